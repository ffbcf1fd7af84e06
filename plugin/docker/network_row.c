/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading and writing the record, and the keys that it may hold. The shape:
 *
 *   {"options": {"vlan": "10"}, "internal": true,
 *    "pools": [{"pool": "10.0.0.0/24", "gateway": "10.0.0.1"}]}
 */
#include "plugin/docker/network_row.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "plugin/docker/bridge_options.h"

#define GENERIC "com.docker.network.generic"
#define INTERNAL "com.docker.network.internal"
#define DRIVER_MTU "com.docker.network.driver.mtu"
#define OWN_PREFIX "ovsint."

const struct docker_entry docker_entries[] = {
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
const size_t docker_entry_count = ARRAY_LEN(docker_entries);

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
    for (size_t i = 0; i < docker_entry_count; i++) {
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
    for (size_t i = 0; i < docker_entry_count; i++) {
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

static int write_options(struct json_writer *w, const struct json *generic,
                         struct err *err)
{
    auto_own_options struct own_options options = {0};
    int r = 0;

    for (size_t i = 0; r >= 0 && i < json_count(generic); i++)
        r = take_option(&options, json_key_at(generic, i), json_at(generic, i),
                        err);
    if (r >= 0)
        r = bridge_options_settle(&options, err);
    if (r < 0)
        return r;
    json_write_key(w, "options");
    json_write_object(w);
    for (size_t i = 0; i < options.count; i++) {
        if (options.items[i].key[0])
            json_write_member(w, options.items[i].key, options.items[i].value);
    }
    json_write_object_end(w);
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

static int write_pool(struct json_writer *w, const struct json *data,
                      struct err *err)
{
    const char *pool = json_string(json_get(data, "Pool"));
    const char *gateway = json_string(json_get(data, "Gateway"));
    struct ip_prefix prefix;
    struct ip ip;
    char text[PREFIX_TEXT_SIZE];

    if (!pool || parse_prefix(pool, &prefix) < 0)
        return err_set(err, EINVAL, "pool '%.60s' is no subnet",
                       pool ? pool : "");
    /* What the null IPAM driver gives stands for "none". */
    if (prefix.len == 0)
        return 0;
    json_write_object(w);
    prefix_format(&prefix, text);
    json_write_member(w, "pool", text);
    if (gateway && *gateway) {
        if (read_address(gateway, &ip) < 0)
            return err_set(err, EINVAL, "gateway '%.60s' is no address",
                           gateway);
        ip_format(&ip, text);
        json_write_member(w, "gateway", text);
    }
    json_write_object_end(w);
    return 0;
}

static int write_pools(struct json_writer *w, const struct json *request,
                       struct err *err)
{
    static const char *const families[] = {"IPv4Data", "IPv6Data"};

    json_write_key(w, "pools");
    json_write_array(w);
    for (size_t f = 0; f < ARRAY_LEN(families); f++) {
        const struct json *data = json_get(request, families[f]);
        for (size_t i = 0; i < json_count(data); i++) {
            int r = write_pool(w, json_at(data, i), err);
            if (r < 0)
                return r;
        }
    }
    json_write_array_end(w);
    return 0;
}

int network_row_write(const struct json *request, struct buf *ret,
                      struct err *err)
{
    const struct json *options = json_get(request, "Options");
    struct json_writer w = JSON_WRITER(ret);
    bool internal;

    json_write_object(&w);
    int r = write_options(&w, json_get(options, GENERIC), err);
    if (r < 0)
        return r;
    if (json_bool(json_get(options, INTERNAL), &internal) && internal) {
        json_write_key(&w, "internal");
        json_write_bool(&w, true);
    }
    r = write_pools(&w, request, err);
    if (r < 0)
        return r;
    json_write_object_end(&w);
    if (ret->overflow)
        return err_set(err, EMSGSIZE,
                       "the options of the network are larger than %u bytes",
                       RECORD_SIZE);
    return 0;
}

static int read_pool(struct network_row *network_row, const struct json *json)
{
    const char *pool = json_string(json_get(json, "pool"));
    const char *gateway = json_string(json_get(json, "gateway"));

    if (!pool || network_row->pool_count == LIMIT_ADDRESSES ||
        parse_prefix(pool, &network_row->pools[network_row->pool_count]) < 0)
        return -EINVAL;
    network_row->pool_count++;
    if (!gateway)
        return 0;
    int r =
        parse_ip(gateway, &network_row->gateways[network_row->gateway_count]);
    network_row->gateway_count += r == 0;
    return r;
}

static int read_pools(struct network_row *network_row, struct err *err)
{
    const struct json *pools = json_get(network_row->document, "pools");

    if (json_count(pools) > LIMIT_ADDRESSES)
        return err_set(err, EINVAL, "%zu subnets are more than %d",
                       json_count(pools), LIMIT_ADDRESSES);
    for (size_t i = 0; i < json_count(pools); i++) {
        if (read_pool(network_row, json_at(pools, i)) < 0)
            return err_set(err, EINVAL, "subnet %zu cannot be read", i + 1);
    }
    return 0;
}

static int read_flag(const struct network_row *network_row, const char *key,
                     bool *ret, struct err *err)
{
    const char *text = json_string(json_get(network_row->options, key));

    if (!text || parse_bool(text, ret) == 0)
        return 0;
    return err_set(err, EINVAL, "option %s: '%.80s' is neither true nor false",
                   key, text);
}

static int read_all(struct network_row *network_row, struct err *err)
{
    network_row->options = json_get(network_row->document, "options");
    network_row->uplink = json_string(json_get(network_row->options, "uplink"));
    json_bool(json_get(network_row->document, "internal"),
              &network_row->internal);
    if (network_row->uplink && !ifname_valid(network_row->uplink))
        return err_set(err, EINVAL,
                       "option uplink: '%.80s' is no name of a device",
                       network_row->uplink);
    int r = network_row_read_mode(network_row, err);
    if (r >= 0)
        r = read_flag(network_row, "altname", &network_row->altname, err);
    if (r >= 0)
        r = read_pools(network_row, err);
    if (r >= 0)
        network_row_default_host_ips(network_row);
    return r;
}

int network_row_read(const char *text, struct network_row *ret, struct err *err)
{
    static const struct json_limits limits = {.size = RECORD_SIZE,
                                              .depth = LIMIT_JSON_DEPTH};
    auto_network_row struct network_row network_row = {0};

    int r = json_parse(text, strlen(text), &limits, &network_row.document, err);
    if (r >= 0)
        r = read_all(&network_row, err);
    if (r < 0)
        return r;
    *ret = network_row;
    network_row = (struct network_row){0};
    return 0;
}

void network_row_done(struct network_row *network_row)
{
    json_free(network_row->document);
    *network_row = (struct network_row){0};
}
