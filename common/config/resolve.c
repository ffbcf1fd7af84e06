/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * From a request to an attachment, in this order: what was asked for goes on
 * top of the named network, then come the defaults, then the policy and the
 * checks. Each key of the merged request keeps its origin, so that a message
 * can name the annotation or the line of the configuration that is to blame.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "common/config/check.h"
#include "ovsint/config/named_network.h"
#include "ovsint/config/resolve.h"
#include "ovsint/config/settings.h"
#include "ovsint/spec/keys.h"

static const char *nearest_network(const struct settings *settings,
                                   const char *name)
{
    for (size_t i = 0; i < settings->network_count; i++) {
        if (vocabulary_near(name, settings->networks[i].name))
            return settings->networks[i].name;
    }
    return NULL;
}

static int find_network(const struct attachment_request *request,
                        const struct settings *settings,
                        const struct named_network **ret, struct err *err)
{
    const char *name = request->values.network;
    const char *origin = request->origin[KEY_NETWORK];

    *ret = NULL;
    if (!attachment_given(request, KEY_NETWORK))
        return 0;
    *ret = settings_network(settings, name);
    if (*ret)
        return 0;
    const char *nearest = nearest_network(settings, name);
    if (nearest)
        return err_set(err, ENOENT,
                       "%s: no network " SHOWN
                       " in the configuration: did you mean '%s'?",
                       origin, name, nearest);
    return err_set(err, ENOENT,
                   "%s: no network " SHOWN
                   " in the configuration (%zu defined)",
                   origin, name, settings->network_count);
}

static void list_keys(unsigned keys, struct buf *ret)
{
    const char *separator = "";

    for (int key = 0; key < KEY_COUNT; key++) {
        if (!(keys & 1u << key))
            continue;
        buf_addf(ret, "%s%s", separator,
                 vocabulary_entry((enum vocabulary_key)key)->key);
        separator = ", ";
    }
}

static int check_refinement(const struct attachment_request *request,
                            const struct named_network *network,
                            struct err *err)
{
    unsigned allowed = network->refine | 1u << KEY_NETWORK;

    for (int key = 0; key < KEY_COUNT; key++) {
        auto_buf struct buf keys = BUF_INIT(ERR_TEXT_SIZE);
        if (!request->origin[key][0] || allowed & 1u << key)
            continue;
        list_keys(network->refine, &keys);
        return err_set(err, EPERM,
                       "%s: network '%s' does not leave this to the container "
                       "(allowed: %s)",
                       request->origin[key], network->name,
                       network->refine ? buf_text(&keys) : "nothing");
    }
    return 0;
}

static void copy_key(struct attachment_request *to,
                     const struct attachment_request *from,
                     enum vocabulary_key key)
{
    const struct key_row *row = &key_rows[key];

    memcpy((char *)&to->values + row->start,
           (const char *)&from->values + row->start, row->end - row->start);
    memcpy(to->origin[key], from->origin[key], ORIGIN_SIZE);
}

/* Adds what `from` says and `to` does not. */
static void add_keys(struct attachment_request *to,
                     const struct attachment_request *from)
{
    for (int key = 0; key < KEY_COUNT; key++) {
        if (!to->origin[key][0] && from->origin[key][0])
            copy_key(to, from, (enum vocabulary_key)key);
    }
}

static int add_bridge(struct attachment_request *merged,
                      const struct settings *settings, struct err *err)
{
    if (attachment_given(merged, KEY_BRIDGE))
        return 0;
    if (merged->values.ovn[0]) {
        snprintf(merged->values.bridge, sizeof(merged->values.bridge), "%s",
                 settings->ovn_bridge);
        return 0;
    }
    if (!settings->default_bridge[0])
        return err_set(
            err, EINVAL,
            "interface %s: no bridge: name one by the key 'bridge' or "
            "'network', or set default-bridge in the configuration",
            merged->values.ifname);
    snprintf(merged->values.bridge, sizeof(merged->values.bridge), "%s",
             settings->default_bridge);
    return 0;
}

/* A port of that bridge with another port's iface-id takes what is sent to
 * that. So only an administrator may say iface-id there. */
static int check_iface_id(const struct attachment_request *request,
                          const struct attachment *merged,
                          const struct settings *settings, struct err *err)
{
    const struct attachment *values = &request->values;

    if (!attachment_given(request, KEY_EXTERNAL_IDS) || merged->ovn[0] ||
        strcmp(merged->bridge, settings->ovn_bridge) != 0 ||
        policy_names(&settings->policy, RULE_EXTERNAL_IDS))
        return 0;
    for (size_t i = 0; i < values->external_id_count; i++) {
        const char *key = values->external_ids[i].key;
        if (!is_logical_port_key(key))
            continue;
        return err_set(err, EPERM,
                       "%s: key '%s' on bridge %s, which is OVN's, would take "
                       "what is sent to another port: ask for ovn=NAME, or an "
                       "administrator may name it in policy.external-ids",
                       request->origin[KEY_EXTERNAL_IDS], key, merged->bridge);
    }
    return 0;
}

/* With both vlan and trunks no mode is obvious: check_vlans() then asks for
 * one. */
static void add_vlan_mode(struct attachment *values)
{
    bool trunks = !vlan_set_empty(&values->trunks);

    if (values->vlan_mode != VLAN_MODE_UNSET || (values->vlan && trunks))
        return;
    if (values->vlan)
        values->vlan_mode = VLAN_MODE_ACCESS;
    else if (trunks)
        values->vlan_mode = VLAN_MODE_TRUNK;
}

static bool has_family(const struct ip *list, size_t count, int family)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].family == family)
            return true;
    }
    return false;
}

static bool has_address_in(const struct attachment *values,
                           const struct subnet *subnet)
{
    for (size_t i = 0; i < values->ip_count; i++) {
        if (ip_in_prefix(&values->ip[i].ip, &subnet->prefix))
            return true;
    }
    return values->ip_auto;
}

/* If the container says no gateway of a family, that of the first subnet in
 * which it has an address counts. */
static void add_gateways(struct attachment_request *merged,
                         const struct named_network *network)
{
    struct attachment *values = &merged->values;

    if (!network || attachment_given(merged, KEY_GATEWAY))
        return;
    for (size_t i = 0; i < network->subnet_count; i++) {
        const struct subnet *subnet = &network->subnets[i];
        if (subnet->gateway.family == AF_UNSPEC)
            continue;
        if (!has_address_in(values, subnet))
            continue;
        if (has_family(values->gateway, values->gateway_count,
                       subnet->gateway.family))
            continue;
        values->gateway[values->gateway_count++] = subnet->gateway;
    }
}

static bool has_addresses(const struct attachment *values,
                          const struct named_network *network, int family)
{
    for (size_t i = 0; i < values->ip_count; i++) {
        if (values->ip[i].ip.family == family)
            return true;
    }
    for (size_t i = 0; values->ip_auto && i < network->subnet_count; i++) {
        if (network->subnets[i].prefix.ip.family == family)
            return true;
    }
    return false;
}

/* Does a route of the network concern this container? It does if the container
 * has an address in the subnet of the next hop. If the network has no subnets
 * the family decides, and check_all() judges the rest. */
static bool is_for(const struct attachment *values,
                   const struct named_network *network, const struct ip *via)
{
    if (!network->subnet_count || ip_is_link_local(via))
        return has_addresses(values, network, via->family);
    return on_link(values, network, via);
}

static void drop_foreign_routes(const struct attachment_request *request,
                                const struct named_network *network,
                                struct attachment *values)
{
    size_t kept = 0;

    if (!network || attachment_given(request, KEY_ROUTES))
        return;
    for (size_t i = 0; i < values->route_count; i++) {
        if (is_for(values, network, &values->routes[i].via))
            values->routes[kept++] = values->routes[i];
    }
    values->route_count = kept;
}

/* The daemon has the pools of named networks from the configuration: a vNIC
 * says only what its own network has asked for. */
static void take_pool(struct attachment_request *merged,
                      const struct attachment_request *request,
                      const struct attachment_request *configured)
{
    if (attachment_given(request, KEY_POOL) ||
        (configured && attachment_given(configured, KEY_POOL)))
        return;
    merged->values.pool = 0;
    merged->origin[KEY_POOL][0] = '\0';
}

void attachment_take_routes(const struct attachment_request *request,
                            const struct named_network *network,
                            struct attachment *values)
{
    const struct attachment *defaults = &network->defaults.values;

    if (attachment_given(request, KEY_ROUTES))
        return;
    memcpy(values->routes, defaults->routes, sizeof(values->routes));
    values->route_count = defaults->route_count;
    drop_foreign_routes(request, network, values);
}

/* Its addresses are its customers' business. */
static bool carries_others(const struct attachment *a)
{
    return a->vlan_mode != VLAN_MODE_UNSET && a->vlan_mode != VLAN_MODE_ACCESS;
}

static bool knows_addresses(const struct attachment *a)
{
    return a->ip_count || a->ip_auto || a->ip_dhcp || a->ip_slaac;
}

static enum source_guard guard_by_default(const struct attachment *a,
                                          const struct settings *settings)
{
    if (a->ovn[0])
        return SOURCE_GUARD_FULL;
    if (strcmp(a->bridge, settings->ovn_bridge) == 0)
        return SOURCE_GUARD_OFF;
    if (a->guard_also_count)
        return SOURCE_GUARD_FULL;
    return carries_others(a) || !knows_addresses(a) ? SOURCE_GUARD_MAC
                                                    : SOURCE_GUARD_FULL;
}

void attachment_guard_by_default(struct attachment *attachment,
                                 const struct settings *settings)
{
    if (attachment->guard_unsaid)
        attachment->guard = guard_by_default(attachment, settings);
}

static void add_guard(struct attachment_request *merged,
                      const struct settings *settings)
{
    struct attachment *values = &merged->values;

    values->guard_unsaid = false;
    if (attachment_given(merged, KEY_GUARD))
        return;
    values->guard = settings->policy.guard;
    values->guard_unsaid =
        values->ovn[0] || !policy_names(&settings->policy, RULE_GUARD);
    attachment_guard_by_default(values, settings);
}

/* The policy takes what a network says for the administrator's choice. */
static int judge(const struct attachment_request *request,
                 const struct attachment_request *configured,
                 const struct attachment_request *merged,
                 const struct named_network *network,
                 const struct policy *policy, struct err *err)
{
    struct attachment_request judged = *request;

    if (configured && !attachment_given(request, KEY_NETWORK))
        snprintf(judged.origin[KEY_NETWORK], ORIGIN_SIZE, "configured");
    return policy_check(policy, &judged, merged, network, err);
}

int attachment_resolve_within(const struct attachment_request *request,
                              const struct attachment_request *configured,
                              const struct settings *settings,
                              struct attachment *ret, struct err *err)
{
    const struct named_network *network;
    struct attachment_request merged = *request;

    if (configured)
        add_keys(&merged, configured);
    int r = find_network(&merged, settings, &network, err);
    if (r < 0)
        return r;
    if (network) {
        r = check_refinement(request, network, err);
        if (r < 0)
            return r;
        add_keys(&merged, &network->defaults);
        take_pool(&merged, request, configured);
    }
    if (!attachment_given(&merged, KEY_STORM))
        merged.values.storm = settings->policy.max_storm;
    if (!attachment_given(&merged, KEY_RATE))
        merged.values.rate_kbit = settings->policy.max_rate_kbit;
    add_vlan_mode(&merged.values);
    if (merged.values.ip_slaac && !attachment_given(&merged, KEY_ACCEPT_RA))
        merged.values.accepts_ra = true;
    /* Report violations of the policy before inconsistencies. */
    r = judge(request, configured, &merged, network, &settings->policy, err);
    if (r < 0)
        return r;
    r = add_bridge(&merged, settings, err);
    if (r < 0)
        return r;
    r = check_iface_id(request, &merged.values, settings, err);
    if (r < 0)
        return r;
    add_guard(&merged, settings);
    add_gateways(&merged, network);
    if (!configured || !attachment_given(configured, KEY_ROUTES))
        drop_foreign_routes(request, network, &merged.values);
    r = check_all(&merged, network, err);
    if (r < 0)
        return r;
    *ret = merged.values;
    return 0;
}

int attachment_resolve_place(const struct attachment_request *request,
                             const struct settings *settings,
                             struct attachment *ret, struct err *err)
{
    struct attachment_request merged = *request;
    struct attachment *values = &merged.values;

    add_vlan_mode(values);
    if (!attachment_given(request, KEY_BRIDGE) && !settings->default_bridge[0])
        return err_set(err, EINVAL,
                       "no bridge: set bridge there, or default-bridge in the "
                       "configuration");
    int r = add_bridge(&merged, settings, err);
    if (r >= 0)
        r = check_vlans(&merged, err);
    if (r < 0)
        return r;
    *ret = (struct attachment){.type = values->type,
                               .vlan = values->vlan,
                               .vlan_mode = values->vlan_mode,
                               .trunks = values->trunks,
                               .isolated = values->isolated,
                               .guard = values->guard,
                               .pool = values->pool};
    memcpy(ret->bridge, values->bridge, sizeof(ret->bridge));
    return 0;
}

int attachment_resolve(const struct attachment_request *request,
                       const struct settings *settings, struct attachment *ret,
                       struct err *err)
{
    return attachment_resolve_within(request, NULL, settings, ret, err);
}
