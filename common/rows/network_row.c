/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Writes and reads the text of a network row:
 *
 *   {"options": {"vlan": "10"}, "internal": true,
 *    "pools": [{"pool": "10.0.0.0/24", "gateway": "10.0.0.1"}]}
 *
 * A transient network has `owner`, and what its host access port is like as
 * `host`, too.
 *
 * Reading begins with the mode, since `mode` and `--internal` decide which of
 * the keys `nat4`, `nat6`, `nat-source`, `publish-ip`, `host-access` and
 * `host-ip` are allowed. The subnets come last. An error names its key.
 *
 * Pitfall: network_row_check() judges the subnets, not the reader, as Docker
 * asks for a judgement before it has chosen them (GwAllocCheck).
 */
#include "ovsint/rows/network_row.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/config/resolve.h"
#include "ovsint/spec/keys.h"

void host_port_name(const char *network, enum network_mode mode,
                    char ret[IFNAME_SIZE])
{
    snprintf(ret, IFNAME_SIZE, "%s%.8s",
             mode == MODE_NAT ? HOST_PORT_PREFIX : HOST_PORT_FLAT_PREFIX,
             network);
}

bool network_row_host_has_ipv6(const struct network_row *row)
{
    for (size_t i = 0; i < row->host_ip_count; i++) {
        if (ip_bits(&row->host_ips[i].ip) == 128)
            return true;
    }
    return false;
}

static void write_pool(struct json_writer *w, const struct network_pool *pool)
{
    char text[PREFIX_TEXT_SIZE];

    json_write_object(w);
    prefix_format(&pool->prefix, text);
    json_write_member(w, "pool", text);
    if (pool->gateway.family) {
        ip_format(&pool->gateway, text);
        json_write_member(w, "gateway", text);
    }
    json_write_object_end(w);
}

int network_row_write(const struct network_draft *draft, struct buf *ret,
                      struct err *err)
{
    struct json_writer w = JSON_WRITER(ret);

    json_write_object(&w);
    json_write_key(&w, "options");
    json_write_object(&w);
    for (size_t i = 0; i < draft->option_count; i++)
        json_write_member(&w, draft->options[i].key, draft->options[i].value);
    json_write_object_end(&w);
    if (draft->internal) {
        json_write_key(&w, "internal");
        json_write_bool(&w, true);
    }
    if (draft->reserves) {
        json_write_key(&w, "reserves");
        json_write_bool(&w, true);
    }
    if (draft->owner)
        json_write_member(&w, "owner", draft->owner);
    if (draft->host) {
        json_write_key(&w, "host");
        attachment_write(draft->host, &w);
    }
    json_write_key(&w, "pools");
    json_write_array(&w);
    for (size_t i = 0; i < draft->pool_count; i++)
        write_pool(&w, &draft->pools[i]);
    json_write_array_end(&w);
    json_write_object_end(&w);
    if (ret->overflow)
        return err_set(err, EMSGSIZE,
                       "the options of the network are larger than %u bytes",
                       NETWORK_ROW_SIZE);
    return 0;
}

static const char *option(const struct network_row *row, const char *key)
{
    return json_string(json_get(row->options, key));
}

/* If nothing says where the network lies it has a bridge of its own, and no way
 * out but by the host. */
static enum network_mode default_mode(const struct network_row *row)
{
    static const enum vocabulary_key places[] = {KEY_BRIDGE, KEY_NETWORK,
                                                 KEY_VLAN, KEY_TRUNKS, KEY_OVN};

    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        if (json_get(row->options, vocabulary_entry(places[i])->key))
            return MODE_FLAT;
    }
    return row->uplink ? MODE_FLAT : MODE_NAT;
}

static int read_mode(struct network_row *row, struct err *err)
{
    const char *mode = option(row, "mode");

    if (!mode)
        row->mode = default_mode(row);
    else if (strcmp(mode, "nat") == 0)
        row->mode = MODE_NAT;
    else if (strcmp(mode, "flat") == 0)
        row->mode = MODE_FLAT;
    else if (strcmp(mode, "isolated") == 0)
        row->mode = MODE_ISOLATED;
    else
        return err_set(err, EINVAL,
                       "option mode: '%.80s' is none of nat, flat, isolated",
                       mode);
    return 0;
}

static int read_way(const struct network_row *row, const char *key,
                    struct nat_family *family, struct err *err)
{
    const char *way = option(row, key);

    if (!way)
        return 0;
    if (row->mode != MODE_NAT)
        return err_set(err, EINVAL,
                       "option %s: only a network with mode=nat has it", key);
    if (strcmp(way, "masquerade") == 0)
        family->way = NAT_MASQUERADE;
    else if (strcmp(way, "ports") == 0)
        family->way = NAT_PORTS;
    else if (strcmp(way, "routed") == 0)
        family->way = NAT_ROUTED;
    else
        return err_set(err, EINVAL,
                       "option %s: '%.80s' is none of masquerade, ports, "
                       "routed",
                       key, way);
    return 0;
}

static int add_source(struct network_row *row, const char *item,
                      struct err *err)
{
    struct ip_prefix alone = {.len = 0};

    if (parse_ip(item, &alone.ip) < 0)
        return err_set(err, EINVAL,
                       "option nat-source: '%.60s' is no address, such as "
                       "198.51.100.1",
                       item);
    bool is_v6 = ip_bits(&alone.ip) == 128;
    struct nat_family *family = is_v6 ? &row->nat6 : &row->nat4;
    alone.len = (uint8_t)ip_bits(&alone.ip);
    const char *reason = ip_unusable(&alone);
    if (reason)
        return err_set(err, EINVAL, "option nat-source: %.60s %s", item,
                       reason);
    if (family->way != NAT_MASQUERADE)
        return err_set(err, EINVAL,
                       "option nat-source: %s leaves with the addresses of the "
                       "containers, as %s says: leave %.60s out",
                       is_v6 ? "IPv6" : "IPv4", is_v6 ? "nat6" : "nat4", item);
    if (family->source.family)
        return err_set(err, EINVAL,
                       "option nat-source: %.60s is a second %s address", item,
                       is_v6 ? "IPv6" : "IPv4");
    family->source = alone.ip;
    return 0;
}

typedef int item_add(struct network_row *row, const char *item,
                     struct err *err);

static int each_item(struct network_row *row, const char *text, item_add *add,
                     struct err *err)
{
    int r = 0;

    while (r >= 0) {
        size_t len = strcspn(text, ",");
        auto_free char *item = mem_text(text, len);
        r = add(row, item, err);
        if (text[len] == '\0')
            break;
        text += len + 1;
    }
    return r;
}

static int add_publish_ip(struct network_row *row, const char *item,
                          struct err *err)
{
    struct ip *ips = row->publish_ips;
    struct ip ip;

    if (parse_ip(item, &ip) < 0)
        return err_set(err, EINVAL,
                       "option publish-ip: '%.60s' is no address, such as "
                       "127.0.0.1",
                       item);
    if (row->publish_ip_count &&
        (row->publish_ip_count == 2 || ips[0].family == ip.family))
        return err_set(err, EINVAL,
                       "option publish-ip: %.60s is a second address of its "
                       "family",
                       item);
    ips[row->publish_ip_count++] = ip;
    return 0;
}

static int read_publish_ips(struct network_row *row, struct err *err)
{
    const char *text = option(row, "publish-ip");

    if (!text)
        return 0;
    if (row->mode != MODE_NAT)
        return err_set(err, EINVAL,
                       "option publish-ip: only a network with mode=nat "
                       "publishes ports");
    return each_item(row, text, add_publish_ip, err);
}

static int read_nat(struct network_row *row, struct err *err)
{
    const char *sources = option(row, "nat-source");

    int r = read_way(row, "nat4", &row->nat4, err);
    if (r >= 0)
        r = read_way(row, "nat6", &row->nat6, err);
    if (r < 0 || !sources)
        return r;
    if (row->mode != MODE_NAT)
        return err_set(err, EINVAL,
                       "option nat-source: only a network with mode=nat has "
                       "it");
    return each_item(row, sources, add_source, err);
}

/* Why the network cannot have the host access port that was asked for; or
 * NULL. */
static const char *host_obstacle(const struct network_row *row)
{
    if (row->internal)
        return "an internal network has no host access port";
    if (row->mode == MODE_ISOLATED)
        return "a network with mode=isolated has no host access port: give "
               "mode=flat or mode=nat";
    return NULL;
}

static int read_host_access(struct network_row *row, struct err *err)
{
    const char *text = option(row, "host-access");
    bool wanted = row->mode == MODE_NAT && !row->internal;

    if (text && parse_bool(text, &wanted) < 0)
        return err_set(err, EINVAL,
                       "option host-access: '%.80s' is neither true nor false",
                       text);
    const char *obstacle = wanted ? host_obstacle(row) : NULL;
    if (obstacle)
        return err_set(err, EINVAL, "option host-access: %s", obstacle);
    if (!wanted && row->mode == MODE_NAT && !row->internal)
        return err_set(err, EINVAL,
                       "option host-access: a network with mode=nat cannot do "
                       "without: the host is its router");
    row->host_access = wanted;
    return 0;
}

static int add_host_ip(struct network_row *row, const char *item,
                       struct err *err)
{
    struct ip_prefix *prefix = &row->host_ips[row->host_ip_count];

    if (row->host_ip_count == LIMIT_ADDRESSES)
        return err_set(err, EINVAL, "option host-ip: more than %d addresses",
                       LIMIT_ADDRESSES);
    if (parse_prefix(item, prefix) < 0)
        return err_set(err, EINVAL,
                       "option host-ip: '%.60s' is no address with a length, "
                       "such as 10.0.0.1/24",
                       item);
    const char *reason = ip_unusable(prefix);
    if (reason)
        return err_set(err, EINVAL, "option host-ip: %.60s %s", item, reason);
    row->host_ip_count++;
    return 0;
}

static int read_host_ips(struct network_row *row, struct err *err)
{
    const char *text = option(row, "host-ip");

    if (!text)
        return 0;
    if (row->mode == MODE_NAT)
        return err_set(err, EINVAL,
                       "option host-ip: with mode=nat the host has the "
                       "network's gateway address: give --gateway");
    if (!row->host_access)
        return err_set(err, EINVAL,
                       "option host-ip: the network has no host access port: "
                       "give host-access=true, too");
    return each_item(row, text, add_host_ip, err);
}

static int read_modes(struct network_row *row, struct err *err)
{
    int r = read_mode(row, err);
    if (r >= 0)
        r = read_nat(row, err);
    if (r >= 0)
        r = read_publish_ips(row, err);
    if (r >= 0)
        r = read_host_access(row, err);
    if (r >= 0)
        r = read_host_ips(row, err);
    /* It has no way out, so there is nothing to translate. */
    if (r >= 0 && row->mode == MODE_NAT && row->internal)
        row->mode = MODE_ISOLATED;
    return r;
}

static int check_way(const char *key, const struct nat_family *family,
                     struct err *err)
{
    if (family->way == NAT_MASQUERADE)
        return 0;
    return err_set(err, EINVAL,
                   "option %s: on a logical switch of OVN only masquerade: "
                   "containers of other hosts are in the subnet, too, so that "
                   "no route to it leads to all of them",
                   key);
}

int network_row_check_logical(const struct network_row *row, struct err *err)
{
    int r = check_way("nat4", &row->nat4, err);

    if (r >= 0)
        r = check_way("nat6", &row->nat6, err);
    if (r < 0 || !row->host_access || row->mode == MODE_NAT)
        return r;
    return err_set(err, EINVAL,
                   "option host-access: not together with ovn, where the host "
                   "would reach no container of another host: give mode=nat, "
                   "with which it is the gateway of its own ones");
}

/* The gateway of mode=nat would be on the wire as often as there are hosts. */
static int check_physical(struct network_row *row, struct err *err)
{
    const char *vlan = option(row, vocabulary_entry(KEY_VLAN)->key);
    uint64_t number = 0;

    if (row->mode == MODE_NAT)
        return err_set(err, EINVAL,
                       "option uplink: not together with ovn and mode=nat: the "
                       "router of a physical network is on its wire");
    if (vlan && parse_number(vlan, 1, VLAN_COUNT - 2, &number) < 0)
        return err_set(err, EINVAL, "option vlan: '%.80s' is not a VLAN (1-%d)",
                       vlan, VLAN_COUNT - 2);
    row->physical_vlan = (uint16_t)number;
    return 0;
}

static int check_logical(struct network_row *row, struct err *err)
{
    if (!row->ovn)
        return 0;
    int r = network_row_check_logical(row, err);
    if (r < 0)
        return r;
    return row->uplink ? check_physical(row, err) : 0;
}

/* The subnet that contains `ip`, or NULL. */
static const struct ip_prefix *pool_of(const struct network_row *row,
                                       const struct ip *ip)
{
    for (size_t i = 0; i < row->pool_count; i++) {
        if (ip_in_prefix(ip, &row->pools[i]))
            return &row->pools[i];
    }
    return NULL;
}

static void default_host_ips(struct network_row *row)
{
    if (!row->host_access || option(row, "host-ip"))
        return;
    for (size_t i = 0; i < row->gateway_count; i++) {
        const struct ip_prefix *pool = pool_of(row, &row->gateways[i]);
        if (pool)
            row->host_ips[row->host_ip_count++] =
                (struct ip_prefix){row->gateways[i], pool->len};
    }
}

static int read_pool(struct network_row *row, const struct json *json)
{
    const char *pool = json_string(json_get(json, "pool"));
    const char *gateway = json_string(json_get(json, "gateway"));

    if (!pool || row->pool_count == LIMIT_ADDRESSES ||
        parse_prefix(pool, &row->pools[row->pool_count]) < 0)
        return -EINVAL;
    row->pool_count++;
    if (!gateway)
        return 0;
    int r = parse_ip(gateway, &row->gateways[row->gateway_count]);
    row->gateway_count += r == 0;
    return r;
}

static int read_pools(struct network_row *row, struct err *err)
{
    const struct json *pools = json_get(row->document, "pools");

    if (json_count(pools) > LIMIT_ADDRESSES)
        return err_set(err, EINVAL, "%zu subnets are more than %d",
                       json_count(pools), LIMIT_ADDRESSES);
    for (size_t i = 0; i < json_count(pools); i++) {
        if (read_pool(row, json_at(pools, i)) < 0)
            return err_set(err, EINVAL, "subnet %zu cannot be read", i + 1);
    }
    return 0;
}

static int read_flag(const struct network_row *row, const char *key, bool *ret,
                     struct err *err)
{
    const char *text = json_string(json_get(row->options, key));

    if (!text || parse_bool(text, ret) == 0)
        return 0;
    return err_set(err, EINVAL, "option %s: '%.80s' is neither true nor false",
                   key, text);
}

static int read_all(struct network_row *row, struct err *err)
{
    row->options = json_get(row->document, "options");
    row->uplink = json_string(json_get(row->options, "uplink"));
    row->ovn = option(row, vocabulary_entry(KEY_OVN)->key);
    row->owner = json_string(json_get(row->document, "owner"));
    row->host = json_get(row->document, "host");
    json_bool(json_get(row->document, "internal"), &row->internal);
    json_bool(json_get(row->document, "reserves"), &row->reserves);
    if (row->uplink && !(row->ovn ? physical_network_valid(row->uplink)
                                  : ifname_valid(row->uplink)))
        return err_set(err, EINVAL,
                       "option uplink: '%.120s' is no name of a %s",
                       row->uplink, row->ovn ? "physical network" : "device");
    int r = read_modes(row, err);
    if (r >= 0)
        r = check_logical(row, err);
    if (r >= 0)
        r = read_flag(row, "altname", &row->altname, err);
    if (r >= 0)
        r = read_pools(row, err);
    if (r >= 0)
        default_host_ips(row);
    return r;
}

int network_row_read(const char *text, struct network_row *ret, struct err *err)
{
    static const struct json_limits limits = {.size = NETWORK_ROW_SIZE,
                                              .depth = LIMIT_JSON_DEPTH};
    auto_network_row struct network_row row = {0};

    int r = json_parse(text, strlen(text), &limits, &row.document, err);
    if (r >= 0)
        r = read_all(&row, err);
    if (r < 0)
        return r;
    *ret = row;
    row = (struct network_row){0};
    return 0;
}

void network_row_done(struct network_row *row)
{
    json_free(row->document);
    *row = (struct network_row){0};
}

bool network_row_is_of_switch(const struct network_row *row, const char *key)
{
    return row->ovn && row->uplink &&
           strcmp(key, vocabulary_entry(KEY_VLAN)->key) == 0;
}

bool network_row_owns_bridge(const struct network_row *row,
                             const struct settings *settings)
{
    return !row->uplink && !settings->default_bridge[0] &&
           !json_get(row->options, vocabulary_entry(KEY_BRIDGE)->key) &&
           !json_get(row->options, vocabulary_entry(KEY_NETWORK)->key);
}

int network_row_attachment(const struct network_row *row,
                           const struct settings *settings, const char *bridge,
                           struct attachment *ret, struct err *err)
{
    struct settings local = *settings;
    struct attachment_request request;
    char origin[ORIGIN_SIZE];

    /* The policy does not judge a default bridge. */
    snprintf(local.default_bridge, sizeof(local.default_bridge), "%s", bridge);
    local.policy.bridge_is_own = network_row_owns_bridge(row, settings);
    int r = attachment_request_init(&request, FRONT_DOCKER | FRONT_SPEC, "eth0",
                                    err);
    for (size_t i = 0; r >= 0 && i < json_count(row->options); i++) {
        const char *key = json_key_at(row->options, i);
        const char *value = json_string(json_at(row->options, i));
        if (!value || vocabulary_find(key, FRONT_DOCKER) < 0 ||
            network_row_is_of_switch(row, key))
            continue;
        snprintf(origin, sizeof(origin), "option %.60s", key);
        r = attachment_set(&request, origin, key, value, err);
    }
    if (r >= 0)
        r = attachment_resolve(&request, &local, ret, err);
    if (r < 0)
        return r;
    ret->ip_count = 0;
    ret->ip_auto = false;
    ret->gateway_count = 0;
    /* Not the host's: it is the router, or sends what it likes. */
    ret->guard = SOURCE_GUARD_OFF;
    ret->guard_also_count = 0;
    return 0;
}

static bool has_gateway(const struct network_row *row,
                        const struct ip_prefix *pool)
{
    for (size_t i = 0; i < row->gateway_count; i++) {
        if (ip_in_prefix(&row->gateways[i], pool))
            return true;
    }
    return false;
}

static int check_nat(const struct network_row *row, struct err *err)
{
    char text[PREFIX_TEXT_SIZE];

    if (row->pool_count == 0)
        return err_set(err, EINVAL,
                       "a network with mode=nat needs a subnet: give --subnet, "
                       "or mode=isolated for one without addresses");
    for (size_t i = 0; i < row->pool_count; i++) {
        if (has_gateway(row, &row->pools[i]))
            continue;
        prefix_format(&row->pools[i], text);
        return err_set(err, EINVAL,
                       "subnet %s has no gateway, which with mode=nat is the "
                       "host: give --gateway",
                       text);
    }
    return 0;
}

int network_row_check(const struct network_row *row, struct err *err)
{
    if (row->mode == MODE_NAT)
        return check_nat(row, err);
    if (row->host_access && row->host_ip_count == 0)
        return err_set(err, EINVAL,
                       "option host-access: there is no address for the host: "
                       "give host-ip=CIDR, or --subnet with --gateway");
    return 0;
}
