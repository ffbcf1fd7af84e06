/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * In which VLANs a bridge has to ask, whoever has put the ports there: snooping
 * is on for all of them. Pure.
 *
 * Pitfall: a port that carries all VLANs names none. What only such ports carry
 * is not known here.
 */
#pragma once

#include "ovsint/json/json.h"
#include "ovsint/ovsdb/txn.h"
#include "ovsint/spec/attachment.h"

struct bridge_vlans {
    bool untagged; /* some port forwards frames without a tag */
    struct vlan_set vlans;
    struct mac mac; /* the bridge's own; zero = the switch has made none yet */
};

/* Adds the operations whose result bridge_vlans_read() reads. */
void bridge_vlans_ask(struct txn *txn, const char *bridge);
void bridge_vlans_read(const struct json *result, struct bridge_vlans *ret);
