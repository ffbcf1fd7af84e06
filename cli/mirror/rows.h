/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What `ovsint mirror` reads of the switch: ports of every kind with their
 * bridges, and mirrors. Pure. */
#pragma once

#include "ovsint/ovsdb/monitor.h"
#include "ovsint/rows/mirror.h"

/* The monitor whose reply, all rows, the functions below read. */
void mirror_rows_watch(struct monitor *monitor);

/* Open_vSwitch.cur_cfg in these rows, or updates of them; false if they do not
 * say it. */
bool mirror_switch_cfg(const struct json *rows, int64_t *ret);

/* The port of that name; false if there is none. */
bool mirror_port_find(const struct json *rows, const char *name,
                      struct mirror_end *ret);
/* The name of the bridge that has this port, or this mirror; NULL. */
const char *mirror_bridge_of(const struct json *rows, const char *column,
                             const char *uuid);
bool mirror_has_bridge(const struct json *rows, const char *name);

/* Beside what struct mirror has: */
struct mirror_facts {
    struct vlan_set vlans;
    int64_t packets;
    int64_t bytes;
    const char *error; /* of its tunnel, in the switch's words; NULL */
};
void mirror_facts_read(const struct json *rows, const struct mirror *mirror,
                       struct mirror_facts *ret);
