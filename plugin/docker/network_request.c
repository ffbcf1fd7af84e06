/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * From CreateNetwork's JSON to the network row, and the keys that Docker's
 * users may give. Options come first, each judged alone, then those that depend
 * on each other; then the subnets that Docker has chosen. A wrong value of a
 * key of ours is found when the row is read.
 */
#include "plugin/docker/network_request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/rows/network_row.h"
#include "plugin/docker/bridge_options.h"

#define GENERIC "com.docker.network.generic"
#define INTERNAL "com.docker.network.internal"
#define DRIVER_MTU "com.docker.network.driver.mtu"
#define OWN_PREFIX "ovsint."

/* The keys that only this door knows. */
static const struct {
    const char *key;
    const char *syntax;
    const char *meaning;
} docker_entries[] = {
    {"mode", "nat|flat|isolated", "what its containers can reach"},
    {"host-access", "true|false", "the host is on the network, too"},
    {"host-ip", "CIDR[,CIDR...]", "its addresses there (default: gateways)"},
    {"nat4", "WAY", "IPv4 out: masquerade, ports or routed"},
    {"nat6", "WAY", "IPv6 out: the same"},
    {"publish-ip", "ADDR[,ADDR]", "where ports are published by default"},
    {"nat-source", "ADDR[,ADDR]", "the host's address that it goes out with"},
    {"uplink", "DEVICE", "network card to put on the bridge"},
    {"altname", "true|false", "also call the device eth0 in the container"},
};

void docker_keys_help(struct buf *ret)
{
    buf_add_text(ret, "\nKeys of 'docker network create -d ovsint -o "
                      "KEY=VALUE' and of --driver-opt:\n");
    vocabulary_print(FRONT_DOCKER, "", ret);
    for (size_t i = 0; i < ARRAY_LEN(docker_entries); i++)
        buf_addf(ret, "  %-14s  %-20s  %s\n", docker_entries[i].key,
                 docker_entries[i].syntax, docker_entries[i].meaning);
}

const char *docker_key(const char *option)
{
    size_t prefix = strlen(OWN_PREFIX);

    if (strcmp(option, DRIVER_MTU) == 0)
        return vocabulary_entry(KEY_MTU)->key;
    if (strncmp(option, OWN_PREFIX, prefix) == 0)
        return option + prefix;
    return strchr(option, '.') ? NULL : option;
}

static bool is_docker_only(const char *key)
{
    for (size_t i = 0; i < ARRAY_LEN(docker_entries); i++) {
        if (strcmp(docker_entries[i].key, key) == 0)
            return true;
    }
    return false;
}

bool docker_key_known(const char *key)
{
    return is_docker_only(key) || vocabulary_find(key, FRONT_DOCKER) >= 0;
}

int docker_key_refuse(const char *origin, const char *key, struct err *err)
{
    auto_buf struct buf keys = BUF_INIT(ERR_TEXT_SIZE);
    const char *nearest = vocabulary_nearest(key, FRONT_DOCKER);
    const char *advice = other_driver_advice(key);

    if (advice)
        return err_set(err, EINVAL, "%s: unknown key '%.40s': %s", origin, key,
                       advice);
    vocabulary_list(FRONT_DOCKER, &keys);
    for (size_t i = 0; i < ARRAY_LEN(docker_entries); i++) {
        buf_addf(&keys, ", %s", docker_entries[i].key);
        if (!nearest && vocabulary_near(key, docker_entries[i].key))
            nearest = docker_entries[i].key;
    }
    if (nearest)
        return err_set(err, EINVAL,
                       "%s: unknown key '%.40s': did you mean '%s'? (keys: %s)",
                       origin, key, nearest, buf_text(&keys));
    return err_set(err, EINVAL, "%s: unknown key '%.40s' (keys: %s)", origin,
                   key, buf_text(&keys));
}

static int take_option(struct own_options *options, const char *option,
                       const struct json *value, struct err *err)
{
    const char *key = docker_key(option);
    char origin[ORIGIN_SIZE];

    if (!key && !json_string(value))
        return 0; /* options of drivers are strings */
    if (!key)
        return bridge_option_add(options, option, json_string(value), err);
    snprintf(origin, sizeof(origin), "option %.80s", option);
    if (!docker_key_known(key))
        return docker_key_refuse(origin, key, err);
    if (!json_string(value))
        return err_set(err, EINVAL, "%s: the value is %s, not a string", origin,
                       json_type_name(value));
    return own_options_add(options, origin, key, json_string(value), err);
}

/* What the row's draft points to. */
struct network_request {
    struct own_options options;
    struct network_option *row_options;
    struct network_pool *pools;
};

static void request_done(struct network_request *request)
{
    own_options_done(&request->options);
    free(request->row_options);
    free(request->pools);
}

static int read_options(const struct json *generic,
                        struct network_request *request,
                        struct network_draft *draft, struct err *err)
{
    struct own_options *options = &request->options;
    int r = 0;

    for (size_t i = 0; r >= 0 && i < json_count(generic); i++)
        r = take_option(options, json_key_at(generic, i), json_at(generic, i),
                        err);
    if (r >= 0)
        r = bridge_options_settle(options, err);
    if (r < 0)
        return r;
    request->row_options =
        mem_new((options->count + 1) * sizeof(*request->row_options));
    draft->options = request->row_options;
    for (size_t i = 0; i < options->count; i++) {
        const struct own_option *option = &options->items[i];
        if (option->key[0])
            request->row_options[draft->option_count++] =
                (struct network_option){option->key, option->value};
    }
    return 0;
}

/* "10.0.0.1/24" or "10.0.0.1". */
static int read_address(const char *text, struct ip *ret)
{
    struct ip_prefix prefix;

    if (parse_ip(text, ret) == 0)
        return 0;
    int r = parse_prefix(text, &prefix);
    if (r == 0)
        *ret = prefix.ip;
    return r;
}

/* 1 if *ret is one; 0 for what the null IPAM driver gives for "none". */
static int read_pool(const struct json *data, struct network_pool *ret,
                     struct err *err)
{
    const char *pool = json_string(json_get(data, "Pool"));
    const char *gateway = json_string(json_get(data, "Gateway"));

    *ret = (struct network_pool){.gateway = {.family = 0}};
    if (!pool || parse_prefix(pool, &ret->prefix) < 0)
        return err_set(err, EINVAL, "pool '%.60s' is no subnet",
                       pool ? pool : "");
    if (ret->prefix.len == 0)
        return 0;
    if (gateway && *gateway && read_address(gateway, &ret->gateway) < 0)
        return err_set(err, EINVAL, "gateway '%.60s' is no address", gateway);
    return 1;
}

static int read_pools(const struct json *json, struct network_request *request,
                      struct network_draft *draft, struct err *err)
{
    static const char *const families[] = {"IPv4Data", "IPv6Data"};
    size_t count = 1;

    for (size_t f = 0; f < ARRAY_LEN(families); f++)
        count += json_count(json_get(json, families[f]));
    request->pools = mem_new(count * sizeof(*request->pools));
    draft->pools = request->pools;
    for (size_t f = 0; f < ARRAY_LEN(families); f++) {
        const struct json *data = json_get(json, families[f]);
        for (size_t i = 0; i < json_count(data); i++) {
            int r = read_pool(json_at(data, i),
                              &request->pools[draft->pool_count], err);
            if (r < 0)
                return r;
            draft->pool_count += r > 0;
            const char *space =
                json_string(json_get(json_at(data, i), "AddressSpace"));
            draft->reserves |= space && strcmp(space, IPAM_SPACE) == 0;
        }
    }
    return 0;
}

int network_request_row(const struct json *json, struct buf *ret,
                        struct err *err)
{
    __attribute__((cleanup(request_done))) struct network_request request = {
        .pools = NULL};
    struct network_draft draft = {.internal = false};
    const struct json *options = json_get(json, "Options");

    int r = read_options(json_get(options, GENERIC), &request, &draft, err);
    if (r < 0)
        return r;
    json_bool(json_get(options, INTERNAL), &draft.internal);
    r = read_pools(json, &request, &draft, err);
    return r < 0 ? r : network_row_write(&draft, ret, err);
}

static bool is_about(const struct err *err, const char *key)
{
    static const char prefix[] = "option ";
    const char *text = err->text + sizeof(prefix) - 1;
    size_t len = strlen(key);

    return len && strncmp(err->text, prefix, sizeof(prefix) - 1) == 0 &&
           strncmp(text, key, len) == 0 && text[len] == ':';
}

void network_request_explain(const struct json *json, struct err *err)
{
    __attribute__((cleanup(request_done))) struct network_request request = {
        .pools = NULL};
    struct network_draft draft = {.internal = false};
    const struct json *options = json_get(json, "Options");
    struct err ignored = {0};

    if (read_options(json_get(options, GENERIC), &request, &draft, &ignored) <
        0)
        return;
    for (size_t i = 0; i < request.options.count; i++) {
        const struct own_option *option = &request.options.items[i];
        if (!option->of_bridge || !is_about(err, option->key))
            continue;
        err_wrap(err, "%s", option->origin);
        return;
    }
}
