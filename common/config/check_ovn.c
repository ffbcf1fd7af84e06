/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What does not go together with a logical switch of OVN.
 */
#include <errno.h>
#include <string.h>

#include "common/config/check.h"
#include "ovsint/spec/general_ids.h"
#include "ovsint/spec/keys.h"

bool is_logical_port_key(const char *key)
{
    return strcmp(key, ID_IFACE) == 0 || strcmp(key, ID_IFACE_VERSION) == 0;
}

/* ovn-controller makes the flows of its bridge: a tag, or a column that is
 * about other ports, would be ignored there or cut the port off. */
static const struct {
    enum vocabulary_key key;
    const char *instead;
} refused[] = {
    {KEY_BRIDGE, "the bridge is OVN's, ovn.bridge in the configuration"},
    {KEY_VLAN, "a logical switch is one segment, which a port of type localnet "
               "puts into a VLAN: a network of Docker's gets one with uplink"},
    {KEY_TRUNKS, "a logical switch is one segment"},
    {KEY_VLAN_MODE, "a logical switch is one segment"},
    {KEY_ISOLATED_PORTS, "write an ACL of OVN"},
    {KEY_MCAST_SNOOPING, "set other_config:mcast_snoop and mcast_querier of "
                         "the logical switch"},
    {KEY_POOL, "a logical port is bound to one port for life"},
    {KEY_STORM, "its flows are OVN's: write a meter of OVN"},
};

static int check_type(const struct attachment_request *merged, struct err *err)
{
    char room[ORIGIN_SIZE];

    if (merged->values.type == VNIC_INTERNAL)
        return 0;
    return err_set(err, EINVAL,
                   "%s: a port of a logical switch is of type internal",
                   key_where(merged, KEY_TYPE, room));
}

/* OVN answers DHCP itself, where it has options for a port; and what it would
 * lease is not among the addresses that port security lets pass. */
static int check_lan(const struct attachment_request *merged, struct err *err)
{
    const struct attachment *values = &merged->values;

    if (!values->ip_dhcp && !values->ip_slaac)
        return 0;
    return err_set(err, EINVAL,
                   "%s: not together with ovn: on a logical switch ovsint "
                   "reserves addresses for all hosts, ask for auto",
                   merged->origin[KEY_IP]);
}

static int check_ids(const struct attachment_request *merged, struct err *err)
{
    const struct attachment *values = &merged->values;
    char room[ORIGIN_SIZE];

    for (size_t i = 0; i < values->external_id_count; i++) {
        const char *key = values->external_ids[i].key;
        if (is_logical_port_key(key))
            return err_set(err, EINVAL, "%s: with ovn, ovsint itself sets '%s'",
                           key_where(merged, KEY_EXTERNAL_IDS, room), key);
    }
    return 0;
}

static int check_no_ovn(const struct attachment_request *merged,
                        struct err *err)
{
    if (!attachment_given(merged, KEY_DNS_NAME))
        return 0;
    return err_set(err, EINVAL, "%s: without ovn nobody answers for it",
                   merged->origin[KEY_DNS_NAME]);
}

int check_ovn(const struct attachment_request *merged, struct err *err)
{
    char room[ORIGIN_SIZE];

    if (!attachment_given(merged, KEY_OVN))
        return check_no_ovn(merged, err);
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        if (!attachment_given(merged, refused[i].key))
            continue;
        return err_set(err, EINVAL, "%s: not together with ovn: %s",
                       key_where(merged, refused[i].key, room),
                       refused[i].instead);
    }
    int r = check_type(merged, err);
    if (r >= 0)
        r = check_lan(merged, err);
    return r < 0 ? r : check_ids(merged, err);
}
