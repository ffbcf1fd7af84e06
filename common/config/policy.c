/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The policy's judgement of one vNIC, one function for each rule, in the order
 * of enum policy_rule. A refusal names who asked, for what, the rule, and what
 * it would have allowed.
 */
#include "ovsint/config/policy.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "common/config/policy_rules.h"
#include "ovsint/config/named_network.h"

/* What holds if a policy does not name the rule. */
#define MILD_MTU 1500
#define MILD_INTERFACES 1
#define MILD_TYPES (1u << VNIC_INTERNAL)
#define MILD_VLAN_MODES \
    (1u << VLAN_MODE_UNSET | 1u << VLAN_MODE_ACCESS | 1u << VLAN_MODE_TRUNK)

struct judged {
    const struct policy *policy;
    const struct attachment_request *request; /* what was asked for */
    const struct attachment_request *merged;  /* with what its network adds */
    const struct named_network *network;      /* or NULL */
};

/* Is the key open, as nobody has written the rule? The administrator has
 * opened it as well who leaves it to the containers of a network. */
static bool is_open(const struct judged *j, enum policy_rule rule,
                    enum vocabulary_key key)
{
    if (policy_names(j->policy, rule))
        return false;
    return !j->policy->closed || (j->network && j->network->refine & 1u << key);
}

static int refuse(const struct judged *j, enum policy_rule rule,
                  enum vocabulary_key key, const char *what, const char *value,
                  const struct buf *allowed, struct err *err)
{
    char room[ORIGIN_SIZE];

    return policy_refuse(j->policy, rule, key_where(j->merged, key, room), what,
                         value, buf_text(allowed), err);
}

static int refuse_by_list(const struct judged *j, enum policy_rule rule,
                          enum vocabulary_key key, const char *what,
                          const char *value, const struct pattern_list *list,
                          struct err *err)
{
    auto_buf struct buf allowed = BUF_INIT(ERR_TEXT_SIZE);

    pattern_list_format(list, &allowed);
    return refuse(j, rule, key, what, value, &allowed, err);
}

/* Refuses a number that is above `max`. `unit` is " kbit/s" or "". */
static int check_number(const struct judged *j, enum policy_rule rule,
                        enum vocabulary_key key, uint64_t number, uint64_t max,
                        const char *unit, struct err *err)
{
    auto_buf struct buf allowed = BUF_INIT(64);
    char text[24];

    if (number <= max)
        return 0;
    snprintf(text, sizeof(text), "%" PRIu64, number);
    buf_addf(&allowed, "up to %" PRIu64 "%s", max, unit);
    return refuse(j, rule, key, vocabulary_entry(key)->key, text, &allowed,
                  err);
}

static int check_named_only(const struct judged *j, struct err *err)
{
    if (!j->policy->named_networks_only ||
        attachment_given(j->request, KEY_NETWORK))
        return 0;
    return err_set(err, EPERM,
                   "interface %s: the policy allows networks of the "
                   "configuration only (policy.%s): set ovsint.network",
                   j->merged->values.ifname, policy_rule_key(RULE_NAMED_ONLY));
}

static int check_bridge(const struct judged *j, struct err *err)
{
    const char *bridge = j->request->values.bridge;

    if (!attachment_given(j->request, KEY_BRIDGE) ||
        is_open(j, RULE_BRIDGES, KEY_BRIDGE) ||
        pattern_list_has(&j->policy->bridges, bridge))
        return 0;
    return refuse_by_list(j, RULE_BRIDGES, KEY_BRIDGE, "bridge", bridge,
                          &j->policy->bridges, err);
}

static int check_switch(const struct judged *j, struct err *err)
{
    const char *name = j->request->values.ovn;

    if (!attachment_given(j->request, KEY_OVN) ||
        is_open(j, RULE_OVN, KEY_OVN) ||
        pattern_list_has(&j->policy->switches, name))
        return 0;
    return refuse_by_list(j, RULE_OVN, KEY_OVN, "logical switch", name,
                          &j->policy->switches, err);
}

/* Has the container itself chosen VLANs? The administrator's own choice is not
 * judged as long as the container changes nothing of it. */
static bool chose_place(const struct judged *j)
{
    static const enum vocabulary_key keys[] = {KEY_BRIDGE, KEY_VLAN, KEY_TRUNKS,
                                               KEY_VLAN_MODE};

    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (attachment_given(j->request, keys[i]))
            return true;
    }
    return !attachment_given(j->request, KEY_NETWORK) &&
           !j->policy->bridge_is_own;
}

static int check_vlan(const struct judged *j, struct err *err)
{
    auto_buf struct buf allowed = BUF_INIT(ATTACHMENT_TEXT_SIZE);
    unsigned vlan = j->merged->values.vlan;
    char text[8];

    if (!vlan || is_open(j, RULE_VLANS, KEY_VLAN) ||
        vlan_set_has(&j->policy->vlans, vlan))
        return 0;
    snprintf(text, sizeof(text), "%u", vlan);
    vlan_set_format(&j->policy->vlans, &allowed);
    return refuse(j, RULE_VLANS, KEY_VLAN, "VLAN", text, &allowed, err);
}

/* All VLANs, and priority-tagged frames as well: no list allows that much. */
static int refuse_all_vlans(const struct judged *j, const char *allowed,
                            struct err *err)
{
    char room[ORIGIN_SIZE];
    const char *where = key_where(j->merged, KEY_TRUNKS, room);

    if (policy_names(j->policy, RULE_TRUNKS))
        return err_set(err, EPERM,
                       "%s: the port would carry all VLANs of the bridge, "
                       "which the policy does not allow: set vlan or trunks "
                       "(policy.trunks: %.160s)",
                       where, *allowed ? allowed : "nothing");
    return err_set(err, EPERM,
                   "%s: the port would carry all VLANs of the bridge, which "
                   "the policy does not name: set vlan, or an administrator "
                   "may add \"trunks\": \"all\" to \"policy\"",
                   where);
}

/* Do frames of several VLANs of the bridge pass the port? Not with a tunnel:
 * its customer VLANs stay within its one VLAN. */
static bool is_trunk(enum vlan_mode mode)
{
    return mode != VLAN_MODE_ACCESS && mode != VLAN_MODE_DOT1Q_TUNNEL;
}

/* Whoever forgets the VLAN must not get them all. */
static int check_meant(const struct judged *j, struct err *err)
{
    char room[ORIGIN_SIZE];

    if (!j->policy->closed || j->merged->values.vlan_mode != VLAN_MODE_UNSET)
        return 0;
    return err_set(err, EPERM,
                   "%s: the port would carry all VLANs of the bridge: set vlan "
                   "or trunks, or vlan-mode=trunk if this is meant",
                   key_where(j->merged, KEY_VLAN_MODE, room));
}

static int check_trunks(const struct judged *j, struct err *err)
{
    const struct attachment *values = &j->merged->values;
    auto_buf struct buf asked = BUF_INIT(ATTACHMENT_TEXT_SIZE);
    auto_buf struct buf allowed = BUF_INIT(ATTACHMENT_TEXT_SIZE);

    if (!is_trunk(values->vlan_mode) || is_open(j, RULE_TRUNKS, KEY_TRUNKS))
        return 0;
    if (j->policy->all_trunks)
        return check_meant(j, err);
    vlan_set_format(&j->policy->trunks, &allowed);
    if (vlan_set_empty(&values->trunks))
        return refuse_all_vlans(j, buf_text(&allowed), err);
    if (vlan_set_within(&values->trunks, &j->policy->trunks))
        return 0;
    vlan_set_format(&values->trunks, &asked);
    return refuse(j, RULE_TRUNKS, KEY_TRUNKS, "trunk of VLANs",
                  buf_text(&asked), &allowed, err);
}

static int check_vlan_mode(const struct judged *j, struct err *err)
{
    enum vlan_mode mode = j->merged->values.vlan_mode;
    unsigned modes = policy_names(j->policy, RULE_VLAN_MODES)
                         ? j->policy->vlan_modes
                         : MILD_VLAN_MODES;
    auto_buf struct buf allowed = BUF_INIT(ERR_TEXT_SIZE);

    if (mode == VLAN_MODE_UNSET)
        mode = VLAN_MODE_TRUNK;
    if (is_open(j, RULE_VLAN_MODES, KEY_VLAN_MODE) || modes & 1u << mode)
        return 0;
    for (unsigned i = VLAN_MODE_ACCESS; i <= VLAN_MODE_DOT1Q_TUNNEL; i++) {
        if (modes & 1u << i)
            buf_addf(&allowed, "%s%s", allowed.size ? ", " : "",
                     vlan_mode_name((enum vlan_mode)i));
    }
    return refuse(j, RULE_VLAN_MODES, KEY_VLAN_MODE, "vlan-mode",
                  vlan_mode_name(mode), &allowed, err);
}

static int check_place(const struct judged *j, struct err *err)
{
    int r = check_bridge(j, err);

    if (r >= 0)
        r = check_switch(j, err);
    /* A logical switch has no VLANs. */
    if (r < 0 || j->merged->values.ovn[0] || !chose_place(j))
        return r;
    r = check_vlan(j, err);
    if (r >= 0)
        r = check_trunks(j, err);
    return r < 0 ? r : check_vlan_mode(j, err);
}

static int check_type(const struct judged *j, struct err *err)
{
    enum vnic_type type = j->request->values.type;
    unsigned types =
        policy_names(j->policy, RULE_TYPES) ? j->policy->types : MILD_TYPES;
    auto_buf struct buf allowed = BUF_INIT(ERR_TEXT_SIZE);

    /* No `type` means internal. That needs permission as well, unless the
     * network says it. */
    if (is_open(j, RULE_TYPES, KEY_TYPE) || types & 1u << type)
        return 0;
    if (!attachment_given(j->request, KEY_TYPE) &&
        attachment_given(j->request, KEY_NETWORK))
        return 0;
    for (unsigned i = VNIC_INTERNAL; i <= VNIC_VETH; i++) {
        if (types & 1u << i)
            buf_addf(&allowed, "%s%s", allowed.size ? ", " : "",
                     vnic_type_name((enum vnic_type)i));
    }
    return refuse(j, RULE_TYPES, KEY_TYPE, "type", vnic_type_name(type),
                  &allowed, err);
}

static int check_mac(const struct judged *j, struct err *err)
{
    char mac[MAC_TEXT_SIZE];

    mac_format(&j->request->values.mac, mac);
    if (!attachment_given(j->request, KEY_MAC) ||
        is_open(j, RULE_MACS, KEY_MAC) ||
        pattern_list_has(&j->policy->macs, mac))
        return 0;
    return refuse_by_list(j, RULE_MACS, KEY_MAC, "MAC address", mac,
                          &j->policy->macs, err);
}

/* A named network with subnets judges addresses by these. */
static int check_addresses(const struct judged *j, struct err *err)
{
    const struct attachment *asked = &j->request->values;

    if (!attachment_given(j->request, KEY_IP) ||
        is_open(j, RULE_ADDRESSES, KEY_IP) ||
        (j->network && j->network->subnet_count))
        return 0;
    for (size_t i = 0; i < asked->ip_count; i++) {
        auto_buf struct buf allowed = BUF_INIT(ERR_TEXT_SIZE);
        char text[PREFIX_TEXT_SIZE];
        if (prefix_list_has(&j->policy->addresses, &asked->ip[i]))
            continue;
        struct ip_prefix network = {.ip = ip_network(&asked->ip[i]),
                                    .len = asked->ip[i].len};
        prefix_format(policy_names(j->policy, RULE_ADDRESSES) ? &asked->ip[i]
                                                              : &network,
                      text);
        prefix_list_format(&j->policy->addresses, &allowed);
        return refuse(j, RULE_ADDRESSES, KEY_IP, "address", text, &allowed,
                      err);
    }
    return 0;
}

static size_t of_family(const struct attachment *a, int family)
{
    size_t count = 0;

    for (size_t i = 0; i < a->ip_count; i++)
        count += a->ip[i].ip.family == family;
    return count;
}

/* Docker's addresses are chosen by whoever makes its network, not by a
 * container. If the rule is not written, a container may choose one address of
 * each family. */
static int check_address_count(const struct judged *j, struct err *err)
{
    const struct policy *policy = j->policy;
    const struct attachment *asked = &j->request->values;

    if (!attachment_given(j->request, KEY_IP) ||
        j->request->fronts & FRONT_DOCKER ||
        policy_is_open(policy, RULE_MAX_ADDRESSES))
        return 0;
    if (policy_names(policy, RULE_MAX_ADDRESSES))
        return asked->ip_count <= policy->max_addresses
                   ? 0
                   : err_set(err, EPERM,
                             "%s: %zu addresses are not allowed by the policy "
                             "(policy.max-addresses: %" PRIu64 ")",
                             j->request->origin[KEY_IP], asked->ip_count,
                             policy->max_addresses);
    if (of_family(asked, AF_INET) <= 1 && of_family(asked, AF_INET6) <= 1)
        return 0;
    return err_set(err, EPERM,
                   "%s: more than one address of a family is not allowed by "
                   "the policy, which does not name it: an administrator may "
                   "add \"max-addresses\": %zu to \"policy\"",
                   j->request->origin[KEY_IP], asked->ip_count);
}

/* What a network of the configuration says is the administrator's. */
static int check_dhcp(const struct judged *j, struct err *err)
{
    auto_buf struct buf allowed = BUF_INIT(64);

    if (!j->request->values.ip_dhcp || is_open(j, RULE_DHCP, KEY_IP) ||
        j->policy->dhcp)
        return 0;
    buf_add_text(&allowed, "false");
    if (policy_names(j->policy, RULE_DHCP))
        return refuse(j, RULE_DHCP, KEY_IP, "an address by", "dhcp", &allowed,
                      err);
    return err_set(err, EPERM,
                   "%s: 'dhcp' is not allowed by the policy, which does not "
                   "name it: an administrator may add \"dhcp\": true to "
                   "\"policy\"",
                   j->request->origin[KEY_IP]);
}

static int check_mtu(const struct judged *j, struct err *err)
{
    bool named = policy_names(j->policy, RULE_MAX_MTU);

    if (!attachment_given(j->request, KEY_MTU) ||
        is_open(j, RULE_MAX_MTU, KEY_MTU))
        return 0;
    return check_number(j, RULE_MAX_MTU, KEY_MTU, j->request->values.mtu,
                        named ? j->policy->max_mtu : MILD_MTU, "", err);
}

/* The same holds for it as for a rate, below. */
static int check_storm(const struct judged *j, struct err *err)
{
    if (!attachment_given(j->request, KEY_STORM) || !j->policy->max_storm)
        return 0;
    return check_number(j, RULE_MAX_STORM, KEY_STORM, j->request->values.storm,
                        j->policy->max_storm, " frames/s", err);
}

/* A rate is a limit, which a container may set for itself unless the policy
 * has a lower one. */
static int check_rate(const struct judged *j, struct err *err)
{
    if (!attachment_given(j->request, KEY_RATE) || !j->policy->max_rate_kbit)
        return 0;
    return check_number(j, RULE_MAX_RATE, KEY_RATE,
                        j->request->values.rate_kbit, j->policy->max_rate_kbit,
                        " kbit/s", err);
}

static int check_burst_limit(const struct judged *j, struct err *err)
{
    if (!attachment_given(j->request, KEY_BURST) ||
        is_open(j, RULE_MAX_BURST, KEY_BURST))
        return 0;
    return check_number(j, RULE_MAX_BURST, KEY_BURST,
                        j->request->values.burst_kbit,
                        j->policy->max_burst_kbit, " kbit", err);
}

/* A network of the configuration may say less: that is the administrator's
 * choice. */
static int check_guard(const struct judged *j, struct err *err)
{
    enum source_guard guard = j->request->values.guard;
    auto_buf struct buf allowed = BUF_INIT(64);

    if (!attachment_given(j->request, KEY_GUARD) || guard >= j->policy->guard)
        return 0;
    buf_addf(&allowed, "%sfull",
             j->policy->guard == SOURCE_GUARD_MAC ? "mac, " : "");
    return refuse(j, RULE_GUARD, KEY_GUARD, "guard", source_guard_name(guard),
                  &allowed, err);
}

static int check_guard_also(const struct judged *j, struct err *err)
{
    const struct attachment *asked = &j->request->values;

    if (!attachment_given(j->request, KEY_GUARD_ALSO) ||
        is_open(j, RULE_GUARD_ALSO, KEY_GUARD_ALSO))
        return 0;
    for (size_t i = 0; i < asked->guard_also_count; i++) {
        auto_buf struct buf allowed = BUF_INIT(ERR_TEXT_SIZE);
        char text[PREFIX_TEXT_SIZE];
        if (prefix_list_has(&j->policy->guard_also, &asked->guard_also[i]))
            continue;
        prefix_format(&asked->guard_also[i], text);
        prefix_list_format(&j->policy->guard_also, &allowed);
        return refuse(j, RULE_GUARD_ALSO, KEY_GUARD_ALSO, "to send from", text,
                      &allowed, err);
    }
    return 0;
}

static int check_external_ids(const struct judged *j, struct err *err)
{
    const struct attachment *asked = &j->request->values;

    if (!attachment_given(j->request, KEY_EXTERNAL_IDS) ||
        is_open(j, RULE_EXTERNAL_IDS, KEY_EXTERNAL_IDS))
        return 0;
    for (size_t i = 0; i < asked->external_id_count; i++) {
        const char *key = asked->external_ids[i].key;
        if (!pattern_list_has(&j->policy->external_ids, key))
            return refuse_by_list(j, RULE_EXTERNAL_IDS, KEY_EXTERNAL_IDS, "key",
                                  key, &j->policy->external_ids, err);
    }
    return 0;
}

static int check_ofport(const struct judged *j, struct err *err)
{
    uint16_t ofport = j->request->values.ofport_request;
    auto_buf struct buf allowed = BUF_INIT(ERR_TEXT_SIZE);
    char text[8];

    if (!attachment_given(j->request, KEY_OFPORT) ||
        is_open(j, RULE_OFPORTS, KEY_OFPORT) ||
        range_list_has(&j->policy->ofports, ofport, ofport))
        return 0;
    snprintf(text, sizeof(text), "%u", ofport);
    range_list_format(&j->policy->ofports, &allowed);
    return refuse(j, RULE_OFPORTS, KEY_OFPORT, "OpenFlow port", text, &allowed,
                  err);
}

/* It is for all ports of the bridge, whoever has them. */
static int check_mcast_snooping(const struct judged *j, struct err *err)
{
    auto_buf struct buf allowed = BUF_INIT(64);

    if (!j->request->values.snoops ||
        is_open(j, RULE_MCAST_SNOOPING, KEY_MCAST_SNOOPING) ||
        j->policy->mcast_snooping)
        return 0;
    buf_add_text(&allowed, "false");
    return refuse(j, RULE_MCAST_SNOOPING, KEY_MCAST_SNOOPING, "mcast-snooping",
                  "true", &allowed, err);
}

/* What a network asks for that is none of the configuration. */
static int check_pool(const struct judged *j, struct err *err)
{
    if (!attachment_given(j->request, KEY_POOL) ||
        is_open(j, RULE_MAX_POOL, KEY_POOL))
        return 0;
    return check_number(j, RULE_MAX_POOL, KEY_POOL, j->request->values.pool,
                        j->policy->max_pool, "", err);
}

int policy_check(const struct policy *policy,
                 const struct attachment_request *request,
                 const struct attachment_request *merged,
                 const struct named_network *network, struct err *err)
{
    static int (*const checks[])(const struct judged *, struct err *) = {
        check_named_only,     check_place,
        check_type,           check_mac,
        check_addresses,      check_address_count,
        check_dhcp,           check_mtu,
        check_rate,           check_burst_limit,
        check_guard,          check_guard_also,
        check_external_ids,   check_ofport,
        check_storm,          check_pool,
        check_mcast_snooping,
    };
    const struct judged judged = {policy, request, merged, network};
    int r = 0;

    for (size_t i = 0; r >= 0 && i < ARRAY_LEN(checks); i++)
        r = checks[i](&judged, err);
    return r;
}

int policy_check_interfaces(const struct policy *policy, size_t count,
                            struct err *err)
{
    bool named = policy_names(policy, RULE_MAX_INTERFACES);
    uint64_t max = named ? policy->max_interfaces : MILD_INTERFACES;

    if (policy_is_open(policy, RULE_MAX_INTERFACES) || count <= max)
        return 0;
    if (named)
        return err_set(err, EPERM,
                       "%zu interfaces are not allowed by the policy "
                       "(policy.max-interfaces: %" PRIu64 ")",
                       count, max);
    return err_set(err, EPERM,
                   "%zu interfaces of one container are not allowed by the "
                   "policy, which does not name them: an administrator may add "
                   "\"max-interfaces\": %zu to \"policy\"",
                   count, count);
}
