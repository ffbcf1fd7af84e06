/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The policy's judgement of what Docker's users ask of a network as a whole,
 * and of the host: its cards, its addresses, its ports.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/config/policy_rules.h"

static int refuse_by_list(const struct policy *policy, enum policy_rule rule,
                          const char *where, const char *what,
                          const char *value, const struct pattern_list *list,
                          struct err *err)
{
    auto_buf struct buf allowed = BUF_INIT(ERR_TEXT_SIZE);

    pattern_list_format(list, &allowed);
    return policy_refuse(policy, rule, where, what, value, buf_text(&allowed),
                         err);
}

int policy_check_uplink(const struct policy *policy, const char *network,
                        const char *device, struct err *err)
{
    if (network)
        return err_set(err, EPERM,
                       "option uplink: network '%s' does not leave this to "
                       "Docker: put %s on its bridge with 'ovs-vsctl add-port'",
                       network, device);
    if (policy_is_open(policy, RULE_UPLINKS) ||
        pattern_list_has(&policy->uplinks, device))
        return 0;
    return refuse_by_list(policy, RULE_UPLINKS, "option uplink", "device",
                          device, &policy->uplinks, err);
}

int policy_check_physical(const struct policy *policy, unsigned vlan,
                          struct err *err)
{
    auto_buf struct buf allowed = BUF_INIT(ATTACHMENT_TEXT_SIZE);
    char text[8];

    if (policy_is_open(policy, RULE_VLANS) ||
        vlan_set_has(&policy->vlans, vlan))
        return 0;
    snprintf(text, sizeof(text), "%u", vlan);
    vlan_set_format(&policy->vlans, &allowed);
    return policy_refuse(policy, RULE_VLANS, "option vlan", "VLAN", text,
                         buf_text(&allowed), err);
}

int policy_check_mode(const struct policy *policy, const char *mode,
                      struct err *err)
{
    /* What a flat network is on, other rules judge. */
    bool mild = !policy_names(policy, RULE_MODES) && strcmp(mode, "flat") == 0;

    if (mild || policy_is_open(policy, RULE_MODES) ||
        pattern_list_has(&policy->modes, mode))
        return 0;
    return refuse_by_list(policy, RULE_MODES, "option mode", "mode", mode,
                          &policy->modes, err);
}

int policy_check_host(const struct policy *policy, const struct ip_prefix *ips,
                      size_t count, struct err *err)
{
    if (!policy->host_access && !policy_is_open(policy, RULE_HOST_ACCESS))
        return policy_refuse(policy, RULE_HOST_ACCESS, "option host-access",
                             "value", "true", "false", err);
    if (policy_is_open(policy, RULE_HOST_IPS))
        return 0;
    for (size_t i = 0; i < count; i++) {
        auto_buf struct buf allowed = BUF_INIT(ERR_TEXT_SIZE);
        char text[PREFIX_TEXT_SIZE];
        if (prefix_list_has(&policy->host_ips, &ips[i]))
            continue;
        prefix_format(&ips[i], text);
        prefix_list_format(&policy->host_ips, &allowed);
        return policy_refuse(policy, RULE_HOST_IPS, "option host-ip",
                             "address of the host", text, buf_text(&allowed),
                             err);
    }
    return 0;
}

int policy_check_publish(const struct policy *policy, uint16_t first,
                         uint16_t last, struct err *err)
{
    auto_buf struct buf allowed = BUF_INIT(ERR_TEXT_SIZE);
    char text[16];

    if (policy_is_open(policy, RULE_PUBLISH) ||
        (!first && policy->publish.count) ||
        (first && range_list_has(&policy->publish, first, last)))
        return 0;
    range_list_format(&policy->publish, &allowed);
    if (!first)
        snprintf(text, sizeof(text), "1024-65535");
    else if (first == last)
        snprintf(text, sizeof(text), "%u", first);
    else
        snprintf(text, sizeof(text), "%u-%u", first, last);
    return policy_refuse(policy, RULE_PUBLISH, "published ports",
                         "port of the host", text, buf_text(&allowed), err);
}

int policy_check_mirror(const struct policy *policy, const struct ip *remote,
                        struct err *err)
{
    auto_buf struct buf allowed = BUF_INIT(ERR_TEXT_SIZE);
    char text[IP_TEXT_SIZE];

    if (!policy->mirrors && !policy_is_open(policy, RULE_MIRRORS))
        return policy_refuse(policy, RULE_MIRRORS, "mirror", "value", "true",
                             "false", err);
    if (!remote || policy_is_open(policy, RULE_MIRROR_REMOTES))
        return 0;
    const struct ip_prefix whole = {.ip = *remote,
                                    .len = (uint8_t)ip_bits(remote)};
    if (prefix_list_has(&policy->mirror_remotes, &whole))
        return 0;
    ip_format(remote, text);
    prefix_list_format(&policy->mirror_remotes, &allowed);
    return policy_refuse(policy, RULE_MIRROR_REMOTES, "mirror: remote",
                         "address", text, buf_text(&allowed), err);
}
