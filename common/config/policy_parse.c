/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the policy. A list that is absent allows anything, an empty one allows
 * nothing: so each list keeps whether it was there.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/config/members.h"

static void allow_list_done(struct allow_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct allow_list){0};
}

void policy_done(struct policy *policy)
{
    allow_list_done(&policy->bridges);
    allow_list_done(&policy->uplinks);
    allow_list_done(&policy->macs);
    allow_list_done(&policy->external_ids);
}

/* A '*' may stand at the end only: elsewhere it would not do what its author
 * expects. */
static bool pattern_valid(const char *pattern)
{
    const char *star = strchr(pattern, '*');

    return *pattern && (!star || !star[1]);
}

static int read_patterns(const struct json *value, const char *where,
                         struct allow_list *list, struct err *err)
{
    if (json_type(value) != JSON_ARRAY)
        return member_type_error(value, where, "a list of strings", err);
    list->limited = true;
    list->items = mem_new((json_count(value) + 1) * sizeof(*list->items));
    for (size_t i = 0; i < json_count(value); i++) {
        const char *text;
        int r = member_string(json_at(value, i), where, &text, err);
        if (r < 0)
            return r;
        if (!pattern_valid(text))
            return err_set(err, EINVAL,
                           "%s: " SHOWN " is not a pattern: one '*' may stand "
                           "at its end",
                           where, text);
        list->items[list->count++] = mem_text(text, strlen(text));
    }
    return 0;
}

static int read_named_only(const struct json *value, const char *where,
                           void *to, struct err *err)
{
    struct policy *policy = to;

    return member_bool(value, where, &policy->named_networks_only, err);
}

static int read_bridges(const struct json *value, const char *where, void *to,
                        struct err *err)
{
    struct policy *policy = to;

    return read_patterns(value, where, &policy->bridges, err);
}

static int read_uplinks(const struct json *value, const char *where, void *to,
                        struct err *err)
{
    struct policy *policy = to;

    return read_patterns(value, where, &policy->uplinks, err);
}

static int read_macs(const struct json *value, const char *where, void *to,
                     struct err *err)
{
    struct policy *policy = to;
    struct allow_list *list = &policy->macs;

    int r = read_patterns(value, where, list, err);
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

static int read_external_ids(const struct json *value, const char *where,
                             void *to, struct err *err)
{
    struct policy *policy = to;

    return read_patterns(value, where, &policy->external_ids, err);
}

static int read_types(const struct json *value, const char *where, void *to,
                      struct err *err)
{
    struct policy *policy = to;

    if (json_type(value) != JSON_ARRAY)
        return member_type_error(value, where, "a list of strings", err);
    policy->limits_types = true;
    for (size_t i = 0; i < json_count(value); i++) {
        const char *text;
        enum vnic_type type;
        int r = member_string(json_at(value, i), where, &text, err);
        if (r < 0)
            return r;
        if (vnic_type_parse(text, &type) < 0)
            return err_set(err, EINVAL,
                           "%s: " SHOWN
                           " is not a type of vNIC (internal or veth)",
                           where, text);
        policy->types |= 1u << type;
    }
    return 0;
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

    policy->limits_vlans = true;
    return read_vlan_set(value, where, &policy->vlans, err);
}

static int read_trunks(const struct json *value, const char *where, void *to,
                       struct err *err)
{
    struct policy *policy = to;

    policy->limits_trunks = true;
    return read_vlan_set(value, where, &policy->trunks, err);
}

static int read_max_rate(const struct json *value, const char *where, void *to,
                         struct err *err)
{
    struct policy *policy = to;
    int64_t rate;

    int r =
        member_number(value, where, RATE_MIN_KBIT, RATE_MAX_KBIT, &rate, err);
    if (r < 0)
        return r;
    policy->max_rate_kbit = (uint64_t)rate;
    return 0;
}

int policy_parse(const struct json *json, struct policy *ret, struct err *err)
{
    static const struct member members[] = {
        {"named-networks-only", read_named_only},
        {"bridges", read_bridges},
        {"uplinks", read_uplinks},
        {"vlans", read_vlans},
        {"trunks", read_trunks},
        {"types", read_types},
        {"macs", read_macs},
        {"max-rate", read_max_rate},
        {"external-ids", read_external_ids},
    };
    __attribute__((cleanup(policy_done))) struct policy policy = {0};

    int r =
        members_read(json, "policy", members, ARRAY_LEN(members), &policy, err);
    if (r < 0)
        return r;
    if (policy.limits_vlans && !policy.limits_trunks) {
        policy.limits_trunks = true;
        policy.trunks = policy.vlans;
    }
    *ret = policy;
    policy = (struct policy){0};
    return 0;
}
