/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy's judgement, one function for each aspect. A refusal names who
 * asked, for what, and what would have been allowed.
 */
#include "ovsint/config/policy.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/spec/keys.h"

/* Does `text` match `pattern`? A '*' at the end of the pattern stands for any
 * rest. */
static bool matches(const char *pattern, const char *text)
{
    size_t len = strlen(pattern);

    if (len && pattern[len - 1] == '*')
        return strncmp(pattern, text, len - 1) == 0;
    return strcmp(pattern, text) == 0;
}

static bool allows(const struct allow_list *list, const char *text)
{
    if (!list->limited)
        return true;
    for (size_t i = 0; i < list->count; i++) {
        if (matches(list->items[i], text))
            return true;
    }
    return false;
}

static int policy_refuse(const char *where, const char *what, const char *value,
                         const char *allowed, struct err *err)
{
    return err_set(err, EPERM,
                   "%s: %s " SHOWN
                   " is not allowed by the policy (allowed: %.160s)",
                   where, what, value, *allowed ? allowed : "nothing");
}

static int refuse_by_list(const char *where, const char *what,
                          const char *value, const struct allow_list *list,
                          struct err *err)
{
    auto_buf struct buf allowed = BUF_INIT(ERR_TEXT_SIZE);

    for (size_t i = 0; i < list->count; i++)
        buf_addf(&allowed, "%s%s", i ? ", " : "", list->items[i]);
    return policy_refuse(where, what, value, buf_text(&allowed), err);
}

static int refuse_by_set(const char *where, const char *what, const char *value,
                         const struct vlan_set *set, struct err *err)
{
    auto_buf struct buf allowed = BUF_INIT(ATTACHMENT_TEXT_SIZE);

    vlan_set_format(set, &allowed);
    return policy_refuse(where, what, value, buf_text(&allowed), err);
}

static int check_bridge(const struct policy *policy,
                        const struct attachment_request *request,
                        struct err *err)
{
    if (!attachment_given(request, KEY_BRIDGE) ||
        allows(&policy->bridges, request->values.bridge))
        return 0;
    return refuse_by_list(request->origin[KEY_BRIDGE], "bridge",
                          request->values.bridge, &policy->bridges, err);
}

/* Has the container itself chosen VLANs? The administrator's own choice is not
 * judged as long as the container changes nothing of it. */
static bool chose_place(const struct attachment_request *request)
{
    return !attachment_given(request, KEY_NETWORK) ||
           attachment_given(request, KEY_BRIDGE) ||
           attachment_given(request, KEY_VLAN) ||
           attachment_given(request, KEY_TRUNKS) ||
           attachment_given(request, KEY_VLAN_MODE);
}

static int check_trunks(const struct policy *policy,
                        const struct attachment_request *merged,
                        struct err *err)
{
    auto_buf struct buf asked = BUF_INIT(ATTACHMENT_TEXT_SIZE);
    auto_buf struct buf allowed = BUF_INIT(ATTACHMENT_TEXT_SIZE);
    char room[ORIGIN_SIZE];
    const char *where = key_where(merged, KEY_TRUNKS, room);

    vlan_set_format(&policy->trunks, &allowed);
    if (vlan_set_empty(&merged->values.trunks)) {
        /* All VLANs, and priority-tagged frames as well: no list allows that
         * much. */
        return err_set(err, EPERM,
                       "%s: the port would carry all VLANs of the bridge, "
                       "which the policy does not allow: set vlan or trunks "
                       "(trunks allowed: %.160s)",
                       where, allowed.size ? buf_text(&allowed) : "nothing");
    }
    if (vlan_set_within(&merged->values.trunks, &policy->trunks))
        return 0;
    vlan_set_format(&merged->values.trunks, &asked);
    return policy_refuse(where, "trunk of VLANs", buf_text(&asked),
                         buf_text(&allowed), err);
}

/* Do frames of several VLANs of the bridge pass the port? Not with a tunnel:
 * its customer VLANs stay within its one VLAN. */
static bool is_trunk(enum vlan_mode mode)
{
    switch (mode) {
    case VLAN_MODE_UNSET:
    case VLAN_MODE_TRUNK:
    case VLAN_MODE_NATIVE_TAGGED:
    case VLAN_MODE_NATIVE_UNTAGGED:
        return true;
    case VLAN_MODE_ACCESS:
    case VLAN_MODE_DOT1Q_TUNNEL:
        return false;
    }
    return true;
}

static int check_vlan_policy(const struct policy *policy,
                             const struct attachment_request *request,
                             const struct attachment_request *merged,
                             struct err *err)
{
    char room[ORIGIN_SIZE], vlan[8];

    if (!chose_place(request))
        return 0;
    if (merged->values.vlan && policy->limits_vlans &&
        !vlan_set_has(&policy->vlans, merged->values.vlan)) {
        snprintf(vlan, sizeof(vlan), "%u", merged->values.vlan);
        return refuse_by_set(key_where(merged, KEY_VLAN, room), "VLAN", vlan,
                             &policy->vlans, err);
    }
    if (!policy->limits_trunks || !is_trunk(merged->values.vlan_mode))
        return 0;
    return check_trunks(policy, merged, err);
}

static int check_type(const struct policy *policy,
                      const struct attachment_request *request, struct err *err)
{
    enum vnic_type type = request->values.type;
    char room[ORIGIN_SIZE];
    auto_buf struct buf allowed = BUF_INIT(ERR_TEXT_SIZE);

    /* No `type` means internal. That needs permission as well, unless the
     * network says it. */
    if (!policy->limits_types || policy->types & 1u << type)
        return 0;
    if (!attachment_given(request, KEY_TYPE) &&
        attachment_given(request, KEY_NETWORK))
        return 0;
    for (unsigned i = VNIC_INTERNAL; i <= VNIC_VETH; i++) {
        if (policy->types & 1u << i)
            buf_addf(&allowed, "%s%s", allowed.size ? ", " : "",
                     vnic_type_name((enum vnic_type)i));
    }
    return policy_refuse(key_where(request, KEY_TYPE, room), "type",
                         vnic_type_name(type), buf_text(&allowed), err);
}

static int check_mac(const struct policy *policy,
                     const struct attachment_request *request, struct err *err)
{
    char mac[MAC_TEXT_SIZE];

    mac_format(&request->values.mac, mac);
    if (!attachment_given(request, KEY_MAC) || allows(&policy->macs, mac))
        return 0;
    return refuse_by_list(request->origin[KEY_MAC], "MAC address", mac,
                          &policy->macs, err);
}

static int check_rate(const struct policy *policy,
                      const struct attachment_request *request, struct err *err)
{
    if (!attachment_given(request, KEY_RATE) || !policy->max_rate_kbit ||
        request->values.rate_kbit <= policy->max_rate_kbit)
        return 0;
    return err_set(err, EPERM,
                   "%s: rate '%" PRIu64 "' is not allowed by the policy "
                   "(allowed: up to %" PRIu64 " kbit/s)",
                   request->origin[KEY_RATE], request->values.rate_kbit,
                   policy->max_rate_kbit);
}

static int check_external_ids(const struct policy *policy,
                              const struct attachment_request *request,
                              struct err *err)
{
    if (!attachment_given(request, KEY_EXTERNAL_IDS))
        return 0;
    for (size_t i = 0; i < request->values.external_id_count; i++) {
        const char *key = request->values.external_ids[i].key;
        if (!allows(&policy->external_ids, key))
            return refuse_by_list(request->origin[KEY_EXTERNAL_IDS], "key", key,
                                  &policy->external_ids, err);
    }
    return 0;
}

int policy_check(const struct policy *policy,
                 const struct attachment_request *request,
                 const struct attachment_request *merged, struct err *err)
{
    int r;

    if (policy->named_networks_only && !attachment_given(request, KEY_NETWORK))
        return err_set(err, EPERM,
                       "interface %s: the policy allows networks of the "
                       "configuration only: set ovsint.network",
                       merged->values.ifname);
    r = check_bridge(policy, request, err);
    if (r < 0)
        return r;
    r = check_vlan_policy(policy, request, merged, err);
    if (r < 0)
        return r;
    r = check_type(policy, request, err);
    if (r < 0)
        return r;
    r = check_mac(policy, request, err);
    if (r < 0)
        return r;
    r = check_rate(policy, request, err);
    if (r < 0)
        return r;
    return check_external_ids(policy, request, err);
}

int policy_check_uplink(const struct policy *policy, const char *network,
                        const char *device, struct err *err)
{
    if (network)
        return err_set(err, EPERM,
                       "option uplink: network '%s' does not leave this to "
                       "Docker: put %s on its bridge with 'ovs-vsctl add-port'",
                       network, device);
    if (allows(&policy->uplinks, device))
        return 0;
    return refuse_by_list("option uplink", "device", device, &policy->uplinks,
                          err);
}
