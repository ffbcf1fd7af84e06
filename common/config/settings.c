/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The configuration as a whole: its defaults and its top level. Where the file
 * lies, and who may write it, is not known here.
 */
#include "ovsint/config/settings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/config/members.h"

#define UNIX_PREFIX "unix:"

void settings_init(struct settings *ret)
{
    *ret = (struct settings){.ovsdb = DEFAULT_OVSDB,
                             .northbound = DEFAULT_NORTHBOUND,
                             .ovn_bridge = DEFAULT_OVN_BRIDGE,
                             .timeout_ms = DEFAULT_TIMEOUT_MS,
                             .guards = true,
                             .recreates = true};
}

void settings_done(struct settings *settings)
{
    for (size_t i = 0; i < settings->network_count; i++)
        named_network_done(&settings->networks[i]);
    free(settings->networks);
    free(settings->pools); /* they have no subnets */
    policy_done(&settings->policy);
    settings_init(settings);
}

const char *settings_ovsdb_path(const struct settings *settings)
{
    return settings->ovsdb + strlen(UNIX_PREFIX);
}

const struct named_network *settings_network(const struct settings *settings,
                                             const char *name)
{
    for (size_t i = 0; i < settings->network_count; i++) {
        if (strcmp(settings->networks[i].name, name) == 0)
            return &settings->networks[i];
    }
    return NULL;
}

static int read_address(const struct json *value, const char *where,
                        const char *example, char ret[OVSDB_ADDRESS_SIZE],
                        struct err *err)
{
    const char *text;

    int r = member_string(value, where, &text, err);
    if (r < 0)
        return r;
    const char *path = text + strlen(UNIX_PREFIX);
    if (strncmp(text, UNIX_PREFIX, strlen(UNIX_PREFIX)) != 0 ||
        path[0] != '/' || strlen(path) >= SOCKET_PATH_SIZE)
        return err_set(err, EINVAL,
                       "%s: " SHOWN " is not the address of a Unix socket "
                       "(%s)",
                       where, text, example);
    snprintf(ret, OVSDB_ADDRESS_SIZE, "%s", text);
    return 0;
}

static int read_ovsdb(const struct json *value, const char *where, void *to,
                      struct err *err)
{
    struct settings *settings = to;

    return read_address(value, where, DEFAULT_OVSDB, settings->ovsdb, err);
}

static int read_timeout(const struct json *value, const char *where, void *to,
                        struct err *err)
{
    struct settings *settings = to;
    int64_t ms;

    int r =
        member_number(value, where, TIMEOUT_MIN_MS, TIMEOUT_MAX_MS, &ms, err);
    if (r < 0)
        return r;
    settings->timeout_ms = (unsigned)ms;
    return 0;
}

static int read_bridge_name(const struct json *value, const char *where,
                            char ret[BRIDGE_NAME_SIZE], struct err *err)
{
    const char *text;

    int r = member_string(value, where, &text, err);
    if (r < 0)
        return r;
    if (!bridge_name_valid(text))
        return err_set(err, EINVAL,
                       "%s: " SHOWN " is not a bridge name (1-63 printable "
                       "characters without blank, comma or slash)",
                       where, text);
    snprintf(ret, BRIDGE_NAME_SIZE, "%s", text);
    return 0;
}

static int read_bridge(const struct json *value, const char *where, void *to,
                       struct err *err)
{
    struct settings *settings = to;

    return read_bridge_name(value, where, settings->default_bridge, err);
}

static int read_northbound(const struct json *value, const char *where,
                           void *to, struct err *err)
{
    struct settings *settings = to;

    return read_address(value, where, DEFAULT_NORTHBOUND, settings->northbound,
                        err);
}

static int read_ovn_bridge(const struct json *value, const char *where,
                           void *to, struct err *err)
{
    struct settings *settings = to;

    return read_bridge_name(value, where, settings->ovn_bridge, err);
}

static int read_ovn(const struct json *value, const char *where, void *to,
                    struct err *err)
{
    static const struct member members[] = {
        {"northbound", read_northbound},
        {"bridge", read_ovn_bridge},
    };

    return members_read(value, where, members, ARRAY_LEN(members), to, err);
}

static int read_networks(const struct json *value, const char *where, void *to,
                         struct err *err)
{
    struct settings *settings = to;
    size_t count = json_count(value);

    if (json_type(value) != JSON_OBJECT)
        return member_type_error(value, where, "an object", err);
    if (count > LIMIT_NETWORKS)
        return err_set(err, EINVAL, "%s: more than %d networks", where,
                       LIMIT_NETWORKS);
    int r = members_unique(value, where, err);
    if (r < 0)
        return r;
    settings->networks = mem_new((count + 1) * sizeof(*settings->networks));
    for (size_t i = 0; i < count; i++) {
        const char *name = json_key_at(value, i);
        char path[ORIGIN_SIZE];
        snprintf(path, sizeof(path), "%s.%s", where, name);
        r = named_network_parse(name, path, json_at(value, i),
                                &settings->networks[i], err);
        if (r < 0)
            return r;
        settings->network_count++;
    }
    return 0;
}

/* A place has what the switch knows of a port, and how many of them. */
static int check_place(const struct named_network *place, const char *where,
                       struct err *err)
{
    static const enum vocabulary_key known[] = {
        KEY_BRIDGE,    KEY_VLAN,           KEY_TRUNKS,
        KEY_VLAN_MODE, KEY_ISOLATED_PORTS, KEY_POOL};
    unsigned given = 0;

    if (place->subnet_count)
        return err_set(err, EINVAL, "%s.subnets: a pool has none", where);
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        given |= 1u << known[i];
    for (int key = 0; key < KEY_COUNT; key++) {
        if (place->defaults.origin[key][0] && !(given & 1u << key))
            return err_set(err, EINVAL,
                           "%s: a pool knows bridge, vlan, trunks, vlan-mode, "
                           "isolated-ports and pool",
                           place->defaults.origin[key]);
    }
    if (!attachment_given(&place->defaults, KEY_POOL))
        return err_set(err, EINVAL, "%s: pool is missing", where);
    return 0;
}

static int read_pools(const struct json *value, const char *where, void *to,
                      struct err *err)
{
    struct settings *settings = to;
    size_t count = json_count(value);

    if (json_type(value) != JSON_ARRAY)
        return member_type_error(value, where, "a list of objects", err);
    if (count > LIMIT_POOLS)
        return err_set(err, EINVAL, "%s: more than %d pools", where,
                       LIMIT_POOLS);
    settings->pools = mem_new((count + 1) * sizeof(*settings->pools));
    for (size_t i = 0; i < count; i++) {
        struct named_network *place = &settings->pools[i];
        char path[ORIGIN_SIZE];
        snprintf(path, sizeof(path), "%s[%zu]", where, i);
        int r = named_network_parse(path, path, json_at(value, i), place, err);
        if (r >= 0)
            r = check_place(place, path, err);
        if (r < 0) {
            named_network_done(place);
            return r;
        }
        settings->pool_count++;
    }
    return 0;
}

static int read_policy(const struct json *value, const char *where, void *to,
                       struct err *err)
{
    struct settings *settings = to;

    (void)where;
    return policy_parse(value, &settings->policy, err);
}

static int read_guards(const struct json *value, const char *where, void *to,
                       struct err *err)
{
    struct settings *settings = to;

    return member_bool(value, where, &settings->guards, err);
}

static int read_recreates(const struct json *value, const char *where, void *to,
                          struct err *err)
{
    struct settings *settings = to;

    return member_bool(value, where, &settings->recreates, err);
}

static int read_guardian(const struct json *value, const char *where, void *to,
                         struct err *err)
{
    static const struct member members[] = {
        {"enabled", read_guards},
        {"recreate", read_recreates},
    };

    return members_read(value, where, members, ARRAY_LEN(members), to, err);
}

/* Anybody on the host may connect to a port of it, and read. */
static int read_metrics(const struct json *value, const char *where, void *to,
                        struct err *err)
{
    struct settings *settings = to;
    const char *text;
    struct ip ip;
    uint16_t port;

    int r = member_string(value, where, &text, err);
    if (r < 0)
        return r;
    bool fits = strlen(text) < sizeof(settings->metrics);
    if (!fits || (text[0] != '/' && parse_ip_port(text, &ip, &port) < 0))
        return err_set(err, EINVAL,
                       "%s: " SHOWN " is neither the path of a Unix socket nor "
                       "an address with a port, as 127.0.0.1:9641",
                       where, text);
    if (text[0] != '/' && !ip_is_loopback(&ip))
        return err_set(err, EINVAL,
                       "%s: " SHOWN
                       " is not an address of the loopback device: "
                       "metrics are for this host alone; let a proxy hand them "
                       "on",
                       where, text);
    snprintf(settings->metrics, sizeof(settings->metrics), "%s", text);
    return 0;
}

int settings_parse(const char *bytes, size_t size, const char *path,
                   struct settings *ret, struct err *err)
{
    static const struct json_limits limits = {
        .size = LIMIT_CONFIG_SIZE, .depth = LIMIT_JSON_DEPTH, .comments = true};
    static const struct member members[] = {
        {"ovsdb", read_ovsdb},
        {"timeout-ms", read_timeout},
        {"default-bridge", read_bridge},
        {"networks", read_networks},
        {"policy", read_policy},
        {"guardian", read_guardian},
        {"ovn", read_ovn},
        {"metrics", read_metrics},
        {"pools", read_pools},
    };
    auto_settings struct settings settings;
    auto_json struct json *root = NULL;

    settings_init(&settings);
    if (json_parse(bytes, size, &limits, &root, err) < 0)
        return err_wrap(err, "%s", path);
    if (members_read(root, "", members, ARRAY_LEN(members), &settings, err) < 0)
        return err_wrap(err, "%s", path);
    *ret = settings;
    settings = (struct settings){0};
    return 0;
}
