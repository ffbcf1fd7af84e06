/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Reads the policy, rule by rule. An empty list allows nothing; so does a rule
 * that is absent, unless the policy says otherwise. Therefore each rule that
 * was there is noted.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/config/policy_rules.h"

void policy_done(struct policy *policy)
{
    pattern_list_done(&policy->bridges);
    pattern_list_done(&policy->switches);
    pattern_list_done(&policy->uplinks);
    pattern_list_done(&policy->macs);
    pattern_list_done(&policy->external_ids);
    pattern_list_done(&policy->modes);
}

static int read_number(const struct json *value, const char *where, int64_t min,
                       int64_t max, uint64_t *ret, struct err *err)
{
    int64_t number;
    int r = member_number(value, where, min, max, &number, err);

    if (r >= 0)
        *ret = (uint64_t)number;
    return r;
}

/* A rule whose value is read into one field by a function that serves others as
 * well: read_FIELD(). What follows the function are its limits. */
#define DEFINE_READER(field, read, ...)                                  \
    static int read_##field(const struct json *value, const char *where, \
                            void *to, struct err *err)                   \
    {                                                                    \
        struct policy *policy = to;                                      \
                                                                         \
        return read(value, where, ##__VA_ARGS__, &policy->field, err);   \
    }

DEFINE_READER(named_networks_only, member_bool)
DEFINE_READER(dhcp, member_bool)
DEFINE_READER(mcast_snooping, member_bool)
DEFINE_READER(host_access, member_bool)
DEFINE_READER(mirrors, member_bool)
DEFINE_READER(bridges, policy_read_patterns)
DEFINE_READER(switches, policy_read_patterns)
DEFINE_READER(uplinks, policy_read_patterns)
DEFINE_READER(external_ids, policy_read_patterns)
DEFINE_READER(addresses, policy_read_prefixes)
DEFINE_READER(guard_also, policy_read_prefixes)
DEFINE_READER(host_ips, policy_read_prefixes)
DEFINE_READER(mirror_remotes, policy_read_prefixes)
DEFINE_READER(ofports, policy_read_ranges, OFPORT_MAX)
DEFINE_READER(publish, policy_read_ranges, UINT16_MAX)
DEFINE_READER(max_interfaces, read_number, 0, LIMIT_ATTACHMENTS)
DEFINE_READER(max_addresses, read_number, 0, LIMIT_ADDRESSES)
DEFINE_READER(max_mtu, read_number, 0, MTU_MAX)
DEFINE_READER(max_storm, read_number, 0, STORM_MAX)
DEFINE_READER(max_rate_kbit, read_number, RATE_MIN_KBIT, RATE_MAX_KBIT)
DEFINE_READER(max_burst_kbit, read_number, 0, BURST_MAX_KBIT)
DEFINE_READER(max_pool, read_number, 0, LIMIT_POOL)

/* Visits each element of a list of words. */
typedef int word_reader(struct policy *policy, const char *text,
                        const char *where, struct err *err);

static int read_words(const struct json *value, const char *where,
                      word_reader *read, struct policy *policy, struct err *err)
{
    if (json_type(value) != JSON_ARRAY)
        return member_type_error(value, where, "a list of strings", err);
    for (size_t i = 0; i < json_count(value); i++) {
        const char *text;
        int r = member_string(json_at(value, i), where, &text, err);
        if (r >= 0)
            r = read(policy, text, where, err);
        if (r < 0)
            return r;
    }
    return 0;
}

static int read_macs(const struct json *value, const char *where, void *to,
                     struct err *err)
{
    struct policy *policy = to;
    struct pattern_list *list = &policy->macs;

    int r = policy_read_patterns(value, where, list, err);
    if (r < 0)
        return r;
    for (size_t i = 0; i < list->count; i++) {
        char *c = list->items[i];
        struct mac mac;
        bool part = strchr(c, '*') && !c[strspn(c, "0123456789abcdefABCDEF:*")];
        if (!part && parse_mac(c, &mac) < 0)
            return err_set(err, EINVAL,
                           "%s: " SHOWN " is not a MAC address or the "
                           "beginning of one (02:00:*)",
                           where, c);
        for (; *c; c++)
            *c = (char)tolower((unsigned char)*c);
    }
    return 0;
}

static int add_type(struct policy *policy, const char *text, const char *where,
                    struct err *err)
{
    enum vnic_type type;

    if (vnic_type_parse(text, &type) < 0)
        return err_set(err, EINVAL,
                       "%s: " SHOWN " is not a type of vNIC (internal or veth)",
                       where, text);
    policy->types |= 1u << type;
    return 0;
}

static int read_types(const struct json *value, const char *where, void *to,
                      struct err *err)
{
    return read_words(value, where, add_type, to, err);
}

static int add_vlan_mode(struct policy *policy, const char *text,
                         const char *where, struct err *err)
{
    struct attachment parsed = {0};

    if (key_set_vlan_mode(&parsed, text, err) < 0)
        return err_wrap(err, "%s", where);
    policy->vlan_modes |= 1u << parsed.vlan_mode;
    return 0;
}

static int read_vlan_modes(const struct json *value, const char *where,
                           void *to, struct err *err)
{
    return read_words(value, where, add_vlan_mode, to, err);
}

static int check_mode(struct policy *policy, const char *text,
                      const char *where, struct err *err)
{
    static const char *const modes[] = {"flat", "isolated", "nat"};

    (void)policy;
    for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
        if (strcmp(text, modes[i]) == 0)
            return 0;
    }
    return err_set(err, EINVAL, "%s: " SHOWN " is none of flat, isolated, nat",
                   where, text);
}

static int read_modes(const struct json *value, const char *where, void *to,
                      struct err *err)
{
    struct policy *policy = to;
    int r = read_words(value, where, check_mode, policy, err);

    return r < 0 ? r : policy_read_patterns(value, where, &policy->modes, err);
}

static int add_vlans(const struct json *value, const char *where,
                     struct vlan_set *set, struct err *err)
{
    const char *text = json_string(value);
    struct vlan_set more;
    char digits[24];
    int64_t number;

    if (!text && json_int(value, &number)) {
        snprintf(digits, sizeof(digits), "%lld", (long long)number);
        text = digits;
    }
    if (!text)
        return member_type_error(value, where, "a list of VLANs", err);
    if (!*text)
        return 0;
    if (vlan_set_parse(text, &more) < 0)
        return err_set(err, EINVAL,
                       "%s: " SHOWN " is not a list of VLAN ids and ranges "
                       "within 1-4094 (10,20-29)",
                       where, text);
    for (size_t i = 0; i < ARRAY_LEN(set->bits); i++)
        set->bits[i] |= more.bits[i];
    return 0;
}

/* "10,20-29", 10, or an array of these. "" and [] are no VLAN at all. */
static int read_vlan_set(const struct json *value, const char *where,
                         struct vlan_set *set, struct err *err)
{
    if (json_type(value) != JSON_ARRAY)
        return add_vlans(value, where, set, err);
    for (size_t i = 0; i < json_count(value); i++) {
        int r = add_vlans(json_at(value, i), where, set, err);
        if (r < 0)
            return r;
    }
    return 0;
}

static int read_vlans(const struct json *value, const char *where, void *to,
                      struct err *err)
{
    struct policy *policy = to;

    return read_vlan_set(value, where, &policy->vlans, err);
}

static int read_trunks(const struct json *value, const char *where, void *to,
                       struct err *err)
{
    struct policy *policy = to;
    const char *text = json_string(value);

    policy->all_trunks = text && strcmp(text, "all") == 0;
    if (policy->all_trunks)
        text = "1-4094";
    else
        return read_vlan_set(value, where, &policy->trunks, err);
    return vlan_set_parse(text, &policy->trunks);
}

static int read_guard(const struct json *value, const char *where, void *to,
                      struct err *err)
{
    struct policy *policy = to;
    const char *text;
    int r = member_string(value, where, &text, err);

    if (r < 0)
        return r;
    if (source_guard_parse(text, &policy->guard) < 0)
        return err_set(err, EINVAL,
                       "%s: " SHOWN " is none of off, mac and full", where,
                       text);
    return 0;
}

static int read_default(const struct json *value, const char *where, void *to,
                        struct err *err)
{
    struct policy *policy = to;
    const char *text;

    int r = member_string(value, where, &text, err);
    if (r < 0)
        return r;
    policy->closed = strcmp(text, "deny") == 0;
    if (!policy->closed && strcmp(text, "allow") != 0)
        return err_set(err, EINVAL, "%s: " SHOWN " is neither deny nor allow",
                       where, text);
    return 0;
}

/* A dot would end it within the annotation's name. */
static bool annotation_key_valid(const char *text)
{
    size_t len = strlen(text);

    return len > 0 && len < ANNOTATION_KEY_SIZE &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789-_") == len;
}

static int read_annotation_key(const struct json *value, const char *where,
                               void *to, struct err *err)
{
    struct policy *policy = to;
    const char *text;

    int r = member_string(value, where, &text, err);
    if (r < 0)
        return r;
    if (!annotation_key_valid(text))
        return err_set(err, EINVAL,
                       "%s: it is not 1-%d letters, digits, '-' and '_'", where,
                       ANNOTATION_KEY_SIZE - 1);
    snprintf(policy->annotation_key, sizeof(policy->annotation_key), "%s",
             text);
    return 0;
}

const struct policy_row policy_rows[RULE_COUNT] = {
    [RULE_DEFAULT] = {{"default", read_default}, SHAPE_TEXT},
    [RULE_ANNOTATION_KEY] = {{"annotation-key", read_annotation_key},
                             SHAPE_TEXT},
    [RULE_NAMED_ONLY] = {{"named-networks-only", read_named_networks_only},
                         SHAPE_TEXT},
    [RULE_MAX_INTERFACES] = {{"max-interfaces", read_max_interfaces},
                             SHAPE_NUMBER},
    [RULE_BRIDGES] = {{"bridges", read_bridges}, SHAPE_LIST},
    [RULE_OVN] = {{"ovn", read_switches}, SHAPE_LIST},
    [RULE_VLANS] = {{"vlans", read_vlans}, SHAPE_TEXT},
    [RULE_TRUNKS] = {{"trunks", read_trunks}, SHAPE_TEXT},
    [RULE_VLAN_MODES] = {{"vlan-modes", read_vlan_modes}, SHAPE_LIST},
    [RULE_TYPES] = {{"types", read_types}, SHAPE_LIST},
    [RULE_MACS] = {{"macs", read_macs}, SHAPE_LIST},
    [RULE_ADDRESSES] = {{"addresses", read_addresses}, SHAPE_LIST},
    [RULE_MAX_ADDRESSES] = {{"max-addresses", read_max_addresses},
                            SHAPE_NUMBER},
    [RULE_MAX_MTU] = {{"max-mtu", read_max_mtu}, SHAPE_NUMBER},
    [RULE_MAX_STORM] = {{"max-storm", read_max_storm}, SHAPE_NUMBER},
    [RULE_MAX_RATE] = {{"max-rate", read_max_rate_kbit}, SHAPE_NUMBER},
    [RULE_MAX_BURST] = {{"max-burst", read_max_burst_kbit}, SHAPE_NUMBER},
    [RULE_GUARD] = {{"guard", read_guard}, SHAPE_TEXT},
    [RULE_GUARD_ALSO] = {{"guard-also", read_guard_also}, SHAPE_LIST},
    [RULE_EXTERNAL_IDS] = {{"external-ids", read_external_ids}, SHAPE_LIST},
    [RULE_OFPORTS] = {{"ofports", read_ofports}, SHAPE_TEXT},
    [RULE_MCAST_SNOOPING] = {{"mcast-snooping", read_mcast_snooping},
                             SHAPE_NUMBER},
    [RULE_MAX_POOL] = {{"max-pool", read_max_pool}, SHAPE_NUMBER},
    [RULE_MODES] = {{"modes", read_modes}, SHAPE_LIST},
    [RULE_UPLINKS] = {{"uplinks", read_uplinks}, SHAPE_LIST},
    [RULE_DHCP] = {{"dhcp", read_dhcp}, SHAPE_NUMBER},
    [RULE_HOST_ACCESS] = {{"host-access", read_host_access}, SHAPE_NUMBER},
    [RULE_HOST_IPS] = {{"host-ips", read_host_ips}, SHAPE_LIST},
    [RULE_PUBLISH] = {{"publish", read_publish}, SHAPE_TEXT},
    [RULE_MIRRORS] = {{"mirrors", read_mirrors}, SHAPE_NUMBER},
    [RULE_MIRROR_REMOTES] = {{"mirror-remotes", read_mirror_remotes},
                             SHAPE_LIST},
};

int policy_parse(const struct json *json, struct policy *ret, struct err *err)
{
    struct member members[RULE_COUNT];
    __attribute__((cleanup(policy_done))) struct policy policy = {.closed =
                                                                      true};

    for (size_t i = 0; i < RULE_COUNT; i++)
        members[i] = policy_rows[i].member;
    int r = members_read(json, "policy", members, RULE_COUNT, &policy, err);
    if (r < 0)
        return r;
    for (size_t i = 0; i < RULE_COUNT; i++) {
        if (json_get(json, members[i].key))
            policy.named |= 1u << i;
    }
    if (policy_names(&policy, RULE_VLANS) &&
        !policy_names(&policy, RULE_TRUNKS)) {
        policy.named |= 1u << RULE_TRUNKS;
        policy.trunks = policy.vlans;
    }
    *ret = policy;
    policy = (struct policy){0};
    return 0;
}
