/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The undo guards of an attach. Ports are found by name: names are random and
 * used once, so the name tells our port from every other even when the reply
 * that carried its uuid was lost.
 */
#include "hook/undo.h"

#include <stdio.h>
#include <string.h>

#include "hook/detach.h"
#include "ovsint/base/log.h"
#include "ovsint/net/link.h"

bool port_names_have(const struct port_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->names[i], name) == 0)
            return true;
    }
    return false;
}

void port_names_add(struct port_names *names, const char *name)
{
    if (names->count < LIMIT_ATTACHMENTS && !port_names_have(names, name))
        snprintf(names->names[names->count++], IFNAME_SIZE, "%s", name);
}

static int leave_ports(struct undo_ports *undo, struct err *err)
{
    struct deadline deadline = deadline_in(UNDO_TIMEOUT_MS);
    auto_vswitch_view struct vswitch_view view = {0};
    const struct claimant claimant = {.container = undo->container};

    int r = detach_ports(undo->ovsdb, &claimant, &undo->ports, deadline,
                         deadline, &view, err);
    if (r < 0)
        return r;
    for (size_t i = 0; i < view.count; i++) {
        if (vswitch_port_member_count(view.ports[i]) > 1)
            port_names_add(&undo->shared, view.ports[i]->name);
    }
    return 0;
}

void undo_ports_run(struct undo_ports *undo)
{
    struct err err = {0};

    if (undo->ports.count == 0)
        return;
    if (leave_ports(undo, &err) < 0)
        log_event(LOG_LEVEL_ERROR,
                  "rollback failed: a port may be left on the bridge", "port",
                  undo->ports.names[0], "error", err.text, NULL);
    undo->ports.count = 0;
}

static void delete_link(struct net *host, const char *name)
{
    struct err err = {0};
    struct link_info info;

    int r = link_find(host, name, &info, &err);
    if (r > 0)
        r = link_delete(host, info.ifindex, &err);
    if (r < 0)
        log_event(LOG_LEVEL_ERROR,
                  "rollback failed: a veth pair may be left on the host",
                  "device", name, "error", err.text, NULL);
}

void undo_links_run(struct undo_links *undo, const struct port_names *keep)
{
    for (size_t i = 0; i < undo->links.count; i++) {
        if (!port_names_have(keep, undo->links.names[i]))
            delete_link(undo->host, undo->links.names[i]);
    }
    undo->links.count = 0;
}
