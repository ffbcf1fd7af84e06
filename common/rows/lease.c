/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Leases in rows: as JSON, as a part of an attachment, as transactions.
 */
#include "ovsint/rows/lease.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "ovsint/spec/address.h"
#include "ovsint/spec/keys.h"

#define LEASE_TEXT_SIZE 4096
#define TYPE_NO_HARDWARE 0 /* of a client identifier: RFC 2132 section 9.14 */

/* The client. */

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = memchr(digits, c | 0x20, sizeof(digits) - 1);

    return at ? (int)(at - digits) : -1;
}

/* "01:02:..." of two bytes and more: the option as it is, with its type. */
static size_t read_bytes(const char *text, uint8_t ret[DHCP_ID_SIZE])
{
    size_t count = 0;

    for (;; text += 3) {
        int high = hex_digit(text[0]);
        int low = high < 0 ? -1 : hex_digit(text[1]);
        if (low < 0 || count == DHCP_ID_SIZE)
            return 0;
        ret[count++] = (uint8_t)(high << 4 | low);
        if (text[2] != ':')
            return text[2] == '\0' && count >= 2 ? count : 0;
    }
}

static void set_id(const char *text, struct dhcp_client *ret)
{
    size_t len = strlen(text);

    ret->id_size = read_bytes(text, ret->id);
    if (ret->id_size || len == 0)
        return;
    ret->id[0] = TYPE_NO_HARDWARE;
    memcpy(ret->id + 1, text, len);
    ret->id_size = 1 + len;
}

#define LONG_ID 64 /* of containers that have no other name: hexadecimal */
#define SHORT_ID 12

/* Docker and podman call a container without a name by the first digits of its
 * id. */
static void set_hostname(const char *spec, const char *holder,
                         struct dhcp_client *ret)
{
    const char *name = *spec ? spec : holder ? holder : "";
    bool is_long_id =
        strlen(name) == LONG_ID && strspn(name, "0123456789abcdef") == LONG_ID;

    if (is_long_id)
        snprintf(ret->hostname, sizeof(ret->hostname), "%.*s", SHORT_ID, name);
    else if (dhcp_hostname_valid(name))
        snprintf(ret->hostname, sizeof(ret->hostname), "%s", name);
}

void lease_client(const struct attachment *spec, const struct mac *mac,
                  const char *holder, struct dhcp_client *ret)
{
    *ret = (struct dhcp_client){.mac = *mac};
    set_id(spec->dhcp_id, ret);
    set_hostname(spec->dhcp_hostname, holder, ret);
}

/* As a part of an attachment. */

static bool has_address(const struct attachment *spec, const struct ip *ip)
{
    for (size_t i = 0; i < spec->ip_count; i++) {
        if (ip_equal(&spec->ip[i].ip, ip))
            return true;
    }
    return false;
}

static bool has_ipv4_gateway(const struct attachment *spec)
{
    for (size_t i = 0; i < spec->gateway_count; i++) {
        if (spec->gateway[i].family == AF_INET)
            return true;
    }
    return false;
}

static bool has_route(const struct attachment *spec, const struct ip_prefix *to)
{
    for (size_t i = 0; i < spec->route_count; i++) {
        if (spec->routes[i].to.len == to->len &&
            ip_equal(&spec->routes[i].to.ip, &to->ip))
            return true;
    }
    return false;
}

static void apply_routes(struct attachment *spec, struct dhcp_lease *lease)
{
    size_t kept = 0;

    for (size_t i = 0; i < lease->route_count; i++) {
        const struct dhcp_route route = lease->routes[i];
        if (has_route(spec, &route.to) || spec->route_count == LIMIT_ROUTES ||
            ip_equal(&route.via, &lease->address.ip))
            continue;
        spec->routes[spec->route_count++] =
            (struct route){.to = route.to, .via = route.via};
        lease->routes[kept++] = route;
    }
    lease->route_count = kept;
}

int lease_apply(struct attachment *spec, struct dhcp_lease *lease,
                struct err *err)
{
    const char *why = ip_unusable(&lease->address);
    char text[PREFIX_TEXT_SIZE], server[IP_TEXT_SIZE];

    prefix_format(&lease->address, text);
    ip_format(&lease->server, server);
    if (why)
        return err_set(err, EPROTO, "the DHCP server %s gave %s, which %s",
                       server, text, why);
    if (has_address(spec, &lease->address.ip))
        return err_set(err, EEXIST,
                       "the DHCP server %s gave %s, which ip= names beside "
                       "dhcp: leave it out of ip=",
                       server, text);
    if (spec->ip_count == LIMIT_ADDRESSES)
        return err_set(err, ENOSPC,
                       "there is no room for %s beside %d "
                       "addresses",
                       text, LIMIT_ADDRESSES);
    spec->ip[spec->ip_count++] = lease->address;
    if (has_ipv4_gateway(spec) || ip_equal(&lease->router, &lease->address.ip))
        lease->router = (struct ip){.family = AF_UNSPEC};
    if (lease->router.family)
        spec->gateway[spec->gateway_count++] = lease->router;
    apply_routes(spec, lease);
    return 0;
}

static void take_address(struct attachment *spec, const struct ip *ip)
{
    size_t kept = 0;

    for (size_t i = 0; i < spec->ip_count; i++) {
        if (!ip_equal(&spec->ip[i].ip, ip))
            spec->ip[kept++] = spec->ip[i];
    }
    spec->ip_count = kept;
}

static void take_gateway(struct attachment *spec, const struct ip *ip)
{
    size_t kept = 0;

    for (size_t i = 0; i < spec->gateway_count; i++) {
        if (!ip_equal(&spec->gateway[i], ip))
            spec->gateway[kept++] = spec->gateway[i];
    }
    spec->gateway_count = kept;
}

static void take_route(struct attachment *spec, const struct ip_prefix *to)
{
    size_t kept = 0;

    for (size_t i = 0; i < spec->route_count; i++) {
        const struct ip_prefix *is = &spec->routes[i].to;
        if (is->len != to->len || !ip_equal(&is->ip, &to->ip))
            spec->routes[kept++] = spec->routes[i];
    }
    spec->route_count = kept;
}

void lease_take_away(struct attachment *spec, const struct dhcp_lease *lease)
{
    take_address(spec, &lease->address.ip);
    if (lease->router.family)
        take_gateway(spec, &lease->router);
    for (size_t i = 0; i < lease->route_count; i++)
        take_route(spec, &lease->routes[i].to);
}

/* As JSON. */

static void write_ip(struct json_writer *w, const char *key,
                     const struct ip *ip)
{
    char text[IP_TEXT_SIZE];

    if (ip->family == AF_UNSPEC)
        return;
    ip_format(ip, text);
    json_write_member(w, key, text);
}

static void write_prefix(struct json_writer *w, const char *key,
                         const struct ip_prefix *prefix)
{
    char text[PREFIX_TEXT_SIZE];

    prefix_format(prefix, text);
    json_write_member(w, key, text);
}

static void write_number(struct json_writer *w, const char *key, int64_t value)
{
    json_write_key(w, key);
    json_write_int(w, value);
}

void lease_dns_servers(const struct dhcp_dns *dns, struct json_writer *w)
{
    char text[IP_TEXT_SIZE];

    json_write_array(w);
    for (size_t i = 0; i < dns->server_count; i++) {
        ip_format(&dns->servers[i], text);
        json_write_string(w, text);
    }
    json_write_array_end(w);
}

void lease_dns_search(const struct dhcp_dns *dns, struct json_writer *w)
{
    char domains[DHCP_SEARCH_SIZE];
    char *rest = domains, *domain;

    snprintf(domains, sizeof(domains), "%s", dns->search);
    json_write_array(w);
    while ((domain = strsep(&rest, " ")) != NULL) {
        if (domain[0])
            json_write_string(w, domain);
    }
    json_write_array_end(w);
}

/* Rows of earlier versions have none. */
static void write_dns(struct json_writer *w, const struct dhcp_dns *dns)
{
    if (dns->server_count) {
        json_write_key(w, "dns");
        lease_dns_servers(dns, w);
    }
    if (dns->search[0])
        json_write_member(w, "search", dns->search);
}

static void write_lease(const struct dhcp_lease *lease, struct buf *ret)
{
    struct json_writer w = JSON_WRITER(ret);
    char mac[MAC_TEXT_SIZE];

    json_write_object(&w);
    write_prefix(&w, "address", &lease->address);
    write_ip(&w, "server", &lease->server);
    mac_format(&lease->server_mac, mac);
    json_write_member(&w, "server-mac", mac);
    write_ip(&w, "router", &lease->router);
    json_write_key(&w, "routes");
    json_write_array(&w);
    for (size_t i = 0; i < lease->route_count; i++) {
        json_write_object(&w);
        write_prefix(&w, "to", &lease->routes[i].to);
        write_ip(&w, "via", &lease->routes[i].via);
        json_write_object_end(&w);
    }
    json_write_array_end(&w);
    write_dns(&w, &lease->dns);
    write_number(&w, "begun-ms", lease->begun_ms);
    write_number(&w, "renew", lease->renew_s);
    write_number(&w, "rebind", lease->rebind_s);
    write_number(&w, "lease", lease->lease_s);
    json_write_object_end(&w);
}

static bool read_ip(const struct json *json, const char *key, struct ip *ret)
{
    const char *text = json_string(json_get(json, key));

    return text && parse_ip(text, ret) >= 0 && ret->family == AF_INET;
}

static bool read_prefix(const struct json *json, const char *key,
                        struct ip_prefix *ret)
{
    const char *text = json_string(json_get(json, key));

    return text && parse_prefix(text, ret) >= 0 && ret->ip.family == AF_INET;
}

static bool read_seconds(const struct json *json, const char *key,
                         uint32_t *ret)
{
    int64_t value;

    if (!json_int(json_get(json, key), &value) || value < 0 ||
        value > UINT32_MAX)
        return false;
    *ret = (uint32_t)value;
    return true;
}

static bool read_routes(const struct json *array, struct dhcp_lease *ret)
{
    if (json_count(array) > LIMIT_ROUTES)
        return false;
    for (size_t i = 0; i < json_count(array); i++) {
        struct dhcp_route *route = &ret->routes[ret->route_count++];
        if (!read_prefix(json_at(array, i), "to", &route->to) ||
            !read_ip(json_at(array, i), "via", &route->via))
            return false;
    }
    return true;
}

static bool read_dns(const struct json *json, struct dhcp_dns *ret)
{
    const struct json *servers = json_get(json, "dns");
    const char *search = json_string(json_get(json, "search"));

    if (json_count(servers) > DHCP_DNS_SERVERS ||
        (search && strlen(search) >= sizeof(ret->search)))
        return false;
    for (size_t i = 0; i < json_count(servers); i++) {
        const char *text = json_string(json_at(servers, i));
        if (!text || parse_ip(text, &ret->servers[ret->server_count++]) < 0)
            return false;
    }
    snprintf(ret->search, sizeof(ret->search), "%s", search ? search : "");
    return true;
}

static bool read_lease(const struct json *json, struct dhcp_lease *ret)
{
    const char *mac = json_string(json_get(json, "server-mac"));

    *ret = (struct dhcp_lease){0};
    if (json_get(json, "router") && !read_ip(json, "router", &ret->router))
        return false;
    return read_prefix(json, "address", &ret->address) &&
           read_ip(json, "server", &ret->server) && mac &&
           parse_mac(mac, &ret->server_mac) >= 0 &&
           read_routes(json_get(json, "routes"), ret) &&
           read_dns(json, &ret->dns) &&
           json_int(json_get(json, "begun-ms"), &ret->begun_ms) &&
           ret->begun_ms >= 0 && ret->begun_ms < INT64_MAX / 2 &&
           read_seconds(json, "renew", &ret->renew_s) &&
           read_seconds(json, "rebind", &ret->rebind_s) &&
           read_seconds(json, "lease", &ret->lease_s) &&
           ret->renew_s <= ret->rebind_s && ret->rebind_s <= ret->lease_s;
}

bool lease_is_kept(const struct vswitch_port *port)
{
    return vswitch_map_get(&port->port_ids, ID_LEASE) != NULL;
}

bool lease_of_port(const struct vswitch_port *port, struct dhcp_lease *ret)
{
    static const struct json_limits limits = {
        .size = LEASE_TEXT_SIZE, .depth = 4, .nodes = 256};
    const char *text = vswitch_map_get(&port->port_ids, ID_LEASE);
    auto_json struct json *json = NULL;
    struct err ignored = {0};

    return text &&
           json_parse_object(text, strlen(text), &limits, &json, &ignored) >=
               0 &&
           read_lease(json, ret);
}

/* As transactions. */

static void put_spec(struct txn *txn, const char *port,
                     const struct attachment *spec)
{
    auto_buf struct buf text = BUF_INIT(ATTACHMENT_TEXT_SIZE);
    struct json_writer writer = JSON_WRITER(&text);

    attachment_write(spec, &writer);
    txn_mutate(txn, "Interface");
    txn_where_string(txn, "name", port);
    txn_put_pair(txn, "external_ids", ID_SPEC, buf_text(&text));
}

static bool same_ip(const struct ip *a, const struct ip *b)
{
    return a->family == b->family && (a->family == AF_UNSPEC || ip_equal(a, b));
}

/* All but the times, and who brought the answer. */
static bool gives_the_same(const struct dhcp_lease *a,
                           const struct dhcp_lease *b)
{
    if (!ip_equal(&a->address.ip, &b->address.ip) ||
        a->address.len != b->address.len || !same_ip(&a->router, &b->router) ||
        a->route_count != b->route_count)
        return false;
    for (size_t i = 0; i < a->route_count; i++) {
        const struct dhcp_route *x = &a->routes[i], *y = &b->routes[i];
        if (!ip_equal(&x->to.ip, &y->to.ip) || x->to.len != y->to.len ||
            !ip_equal(&x->via, &y->via))
            return false;
    }
    return true;
}

void lease_write(struct txn *txn, const char *port,
                 const struct attachment *spec, const struct dhcp_lease *lease,
                 const struct dhcp_lease *former)
{
    auto_buf struct buf segment = BUF_INIT(BRIDGE_NAME_SIZE + 16);
    auto_buf struct buf text = BUF_INIT(LEASE_TEXT_SIZE);
    char key[ID_KEY_SIZE], former_key[ID_KEY_SIZE] = "";

    attachment_segment(spec, &segment);
    write_lease(lease, &text);
    vswitch_address_key(&lease->address.ip, key);
    if (former)
        vswitch_address_key(&former->address.ip, former_key);
    if (strcmp(key, former_key) != 0) {
        txn_wait_absent(txn, "Port");
        txn_where_pair(txn, "external_ids", key, buf_text(&segment));
    }
    txn_wait_present(txn, "Port");
    txn_where_string(txn, "name", port);
    if (!former || !gives_the_same(lease, former))
        put_spec(txn, port, spec);
    txn_mutate(txn, "Port");
    txn_where_string(txn, "name", port);
    if (former && strcmp(key, former_key) != 0)
        txn_remove_key(txn, "external_ids", former_key);
    txn_put_pair(txn, "external_ids", key, buf_text(&segment));
    txn_put_pair(txn, "external_ids", ID_LEASE, buf_text(&text));
}

void lease_remove(struct txn *txn, const char *port,
                  const struct attachment *spec,
                  const struct dhcp_lease *former)
{
    char key[ID_KEY_SIZE];

    vswitch_address_key(&former->address.ip, key);
    put_spec(txn, port, spec);
    txn_mutate(txn, "Port");
    txn_where_string(txn, "name", port);
    txn_remove_key(txn, "external_ids", key);
    txn_put_pair(txn, "external_ids", ID_LEASE, ID_LEASE_NONE);
}

void lease_release_frame(const struct attachment *spec,
                         const struct dhcp_client *client,
                         const struct dhcp_lease *lease, uint32_t xid,
                         struct dhcp_frame *ret)
{
    const struct dhcp_message message = {.type = DHCP_RELEASE,
                                         .client = client,
                                         .xid = xid,
                                         .own = lease->address.ip,
                                         .server = lease->server,
                                         .to = lease->server_mac,
                                         .to_address = lease->server,
                                         .vlan = spec->vlan};

    dhcp_write(&message, ret);
}
