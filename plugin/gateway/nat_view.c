/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Called when a bridge, or a port that has or had published ports, has changed.
 * Usually the change is about something else, or all is as before, as after a
 * reconnection: so the inputs are hashed first.
 */
#include "plugin/gateway/nat_view.h"

#include <string.h>

#include "ovsint/base/hash.h"
#include "ovsint/base/log.h"
#include "ovsint/rows/network_row.h"

/* The ports of the row; none if the row is of an earlier boot, or if its
 * endpoint is leaving. */
static const char *ports_of(const struct vswitch_port *row, const char *boot)
{
    const char *text = vswitch_port_id(row, ID_PORTS);
    const char *of_boot;

    if (!text || !*text)
        return NULL;
    of_boot = vswitch_port_id(row, ID_BOOT);
    if (!of_boot || strcmp(of_boot, boot) != 0 || vswitch_port_id(row, ID_LEFT))
        return NULL;
    return text;
}

/* The rows that publish ports come in no order. */
static uint64_t fingerprint(const struct bridges *bridges,
                            const struct vswitch_view *rows, const char *boot)
{
    uint64_t hash = HASH_BEGIN;

    for (size_t i = 0; i < bridges->count; i++) {
        const char *network, *network_row;
        size_t at = 0;
        while ((network = bridge_next_network(&bridges->rows[i], &at,
                                              &network_row))) {
            hash = hash_text(hash, network);
            hash = hash_text(hash, network_row);
        }
    }
    uint64_t sum = hash;
    for (const struct vswitch_port *row =
             vswitch_view_first(rows, VSWITCH_BY_PORTS, NULL);
         row; row = vswitch_port_next(row, VSWITCH_BY_PORTS)) {
        const char *ports = ports_of(row, boot);
        if (!ports)
            continue;
        hash = hash_text(HASH_BEGIN, row->name);
        hash = hash_text(hash, ports);
        hash = hash_text(hash, vswitch_port_id(row, ID_NETWORK));
        sum += hash_text(hash, vswitch_port_id(row, ID_SPEC));
    }
    return sum;
}

static bool read_network(const char *id, const char *text,
                         struct nat_network *ret)
{
    auto_network_row struct network_row network_row = {0};
    struct err err = {0};

    if (network_row_read(text, &network_row, &err) < 0) {
        log_event(LOG_LEVEL_WARNING, "a network row cannot be read", "network",
                  id, "error", err.text, NULL);
        return false;
    }
    if (network_row.mode != MODE_NAT)
        return false;
    *ret = (struct nat_network){
        .routes = true, .ipv4 = network_row.nat4, .ipv6 = network_row.nat6};
    memcpy(ret->publish_ips, network_row.publish_ips, sizeof(ret->publish_ips));
    ret->publish_ip_count = network_row.publish_ip_count;
    memcpy(ret->pools, network_row.pools, sizeof(ret->pools));
    ret->pool_count = network_row.pool_count;
    host_port_name(id, MODE_NAT, ret->device);
    return true;
}

bool nat_network_of(const struct bridges *bridges, const char *network,
                    struct nat_network *ret)
{
    const char *network_row;

    return docker_id_valid(network) &&
           bridges_network(bridges, network, &network_row) &&
           read_network(network, network_row, ret);
}

static int compare_networks(const void *a, const void *b)
{
    const struct nat_network *x = a;
    const struct nat_network *y = b;

    return strcmp(x->device, y->device);
}

/* A device is named after the first digits of the network's id. Docker's ids
 * are random. But somebody else's row may lead to one name twice, and then the
 * kernel would refuse the whole table. */
static void drop_twin_networks(struct nat_view *view)
{
    size_t kept = 0;

    for (size_t i = 0; i < view->network_count; i++) {
        const struct nat_network *network = &view->networks[i];
        if (kept && compare_networks(&view->networks[kept - 1], network) == 0)
            log_event(LOG_LEVEL_WARNING,
                      "two networks have ids that begin alike, so that they "
                      "would share a device: one of them has no rules",
                      "device", network->device, NULL);
        else
            view->networks[kept++] = *network;
    }
    view->network_count = kept;
}

static void read_networks(const struct bridges *bridges, struct nat_view *view)
{
    for (size_t i = 0; i < bridges->count; i++) {
        const char *id, *network_row;
        size_t at = 0;
        while (
            (id = bridge_next_network(&bridges->rows[i], &at, &network_row))) {
            struct nat_network network;
            if (!read_network(id, network_row, &network))
                continue;
            view->networks =
                mem_resize(view->networks,
                           (view->network_count + 1) * sizeof(*view->networks));
            view->networks[view->network_count++] = network;
        }
    }
    if (view->network_count > 1)
        qsort(view->networks, view->network_count, sizeof(*view->networks),
              compare_networks);
    drop_twin_networks(view);
}

static const struct nat_network *find_network(const struct nat_view *view,
                                              const char *id)
{
    struct nat_network wanted = {0};

    if (!docker_id_valid(id) || view->network_count == 0)
        return NULL;
    host_port_name(id, MODE_NAT, wanted.device);
    return bsearch(&wanted, view->networks, view->network_count, sizeof(wanted),
                   compare_networks);
}

static int compare_endpoints(const void *a, const void *b)
{
    const struct nat_endpoint *x = a;
    const struct nat_endpoint *y = b;

    return strcmp(x->port, y->port);
}

static void endpoint_done(struct nat_endpoint *endpoint)
{
    free(endpoint->text);
    free(endpoint->spec);
    published_done(&endpoint->ports);
}

static void copy_ports(const struct nat_endpoint *from, struct nat_endpoint *to)
{
    for (size_t i = 0; i < from->ports.count; i++)
        published_add(&to->ports, &from->ports.items[i]);
    to->target = from->target;
}

static bool is_same(const struct nat_endpoint *a, const struct nat_endpoint *b)
{
    return strcmp(a->text, b->text) == 0 && strcmp(a->spec, b->spec) == 0;
}

void nat_target_addresses(const struct attachment *attachment,
                          struct nat_target *ret)
{
    for (size_t i = 0; i < attachment->ip_count; i++) {
        const struct ip *ip = &attachment->ip[i].ip;
        struct ip *to = ip_bits(ip) == 128 ? &ret->ip6 : &ret->ip4;
        if (!to->family)
            *to = *ip;
    }
}

static bool read_row(const struct vswitch_port *row,
                     struct nat_endpoint *endpoint)
{
    struct attachment attachment;
    struct err err = {0};

    int r = published_read(endpoint->text, &endpoint->ports, &err);
    if (r >= 0)
        r = vswitch_port_spec(row, &attachment, &err);
    if (r < 0) {
        log_event(LOG_LEVEL_WARNING, "the published ports cannot be read",
                  "port", row->name, "error", err.text, NULL);
        return false;
    }
    nat_target_addresses(&attachment, &endpoint->target);
    return true;
}

static void leave_out(struct nat_view *view,
                      const struct nat_endpoint *endpoint, const char *reason)
{
    view->left_out = mem_resize(view->left_out, (view->left_out_count + 1) *
                                                    sizeof(*view->left_out));
    struct nat_left_out *left_out = &view->left_out[view->left_out_count++];
    memcpy(left_out->port, endpoint->port, sizeof(left_out->port));
    left_out->reason = reason;
}

const char *nat_view_left_out(const struct nat_view *view, const char *port)
{
    for (size_t i = 0; i < view->left_out_count; i++) {
        if (strcmp(view->left_out[i].port, port) == 0)
            return view->left_out[i].reason;
    }
    return NULL;
}

static const struct nat_endpoint *find_endpoint(const struct nat_view *view,
                                                const struct nat_endpoint *like)
{
    if (view->endpoint_count == 0)
        return NULL;
    return bsearch(like, view->endpoints, view->endpoint_count, sizeof(*like),
                   compare_endpoints);
}

static void read_endpoint(const struct vswitch_port *row, const char *text,
                          const struct nat_view *last, struct nat_view *view)
{
    const char *spec = vswitch_port_id(row, ID_SPEC);
    const struct nat_network *network =
        find_network(view, vswitch_port_id(row, ID_NETWORK));
    struct nat_endpoint endpoint = {.owner = PORT_INDEX_NONE};

    if (!network || !spec)
        return;
    memcpy(endpoint.port, row->name, strnlen(row->name, IFNAME_SIZE - 1));
    endpoint.text = mem_text(text, strlen(text));
    endpoint.spec = mem_text(spec, strlen(spec));
    const struct nat_endpoint *old = find_endpoint(last, &endpoint);
    if (old && is_same(old, &endpoint)) {
        copy_ports(old, &endpoint);
    } else if (!read_row(row, &endpoint)) {
        leave_out(view, &endpoint, "they cannot be read");
        endpoint_done(&endpoint);
        return;
    }
    endpoint.target.routed4 = network->ipv4.way == NAT_ROUTED;
    endpoint.target.routed6 = network->ipv6.way == NAT_ROUTED;
    view->endpoints = mem_resize(view->endpoints, (view->endpoint_count + 1) *
                                                      sizeof(*view->endpoints));
    view->endpoints[view->endpoint_count++] = endpoint;
}

/* Enters the port, unless one is in the way: then the owner of that. */
static uint32_t enter_port(struct nat_owners *owners,
                           const struct published *one)
{
    uint32_t owner = (uint32_t)owners->count;
    uint32_t other = PORT_INDEX_NONE;

    /* Hardly ever do two endpoints have one number. */
    if (port_map_add_one(owners->numbers, one->protocol, one->host_port))
        other = port_index_find(&owners->index, one->protocol, &one->host,
                                one->host_port, PORT_INDEX_NONE);
    if (other == PORT_INDEX_NONE)
        port_index_add(&owners->index, owner, one->protocol, &one->host,
                       one->host_port);
    return other;
}

/* Enters all ports of the endpoint, or none: why it cannot stand beside those
 * before it; or NULL. */
static const char *enter_ports(struct nat_owners *owners,
                               const struct published_list *list)
{
    size_t before = owners->index.count;
    struct published_cursor cursor = {0};
    struct published one;

    while (published_next(list, &cursor, &one)) {
        uint32_t other = enter_port(owners, &one);
        if (other == PORT_INDEX_NONE)
            continue;
        port_index_cut(&owners->index, before);
        return other == owners->count
                   ? "one of them is published twice"
                   : "they belong to another endpoint already";
    }
    return NULL;
}

static void enter_endpoint(struct nat_view *view, struct nat_endpoint *endpoint)
{
    struct nat_owners *owners = &view->owners;
    size_t before = owners->index.count;
    size_t ports = published_port_count(&endpoint->ports);

    endpoint->reason =
        view->port_count + ports > LIMIT_PUBLISHED_PORTS
            ? "there are too many ports of all endpoints together"
            : enter_ports(owners, &endpoint->ports);
    if (endpoint->reason)
        return;
    endpoint->owner = (uint32_t)owners->count;
    view->port_count += ports;
    owners->list = mem_grow(owners->list, owners->count, &owners->room,
                            sizeof(*owners->list));
    struct nat_owner *owner = &owners->list[owners->count++];
    *owner = (struct nat_owner){.before = before};
    memcpy(owner->port, endpoint->port, sizeof(owner->port));
}

static void drop_endpoints(struct nat_view *view)
{
    size_t kept = 0;

    for (size_t i = 0; i < view->endpoint_count; i++) {
        struct nat_endpoint *endpoint = &view->endpoints[i];
        if (!endpoint->reason) {
            view->endpoints[kept++] = *endpoint;
            continue;
        }
        log_event(LOG_LEVEL_WARNING,
                  "an endpoint's published ports are left out", "port",
                  endpoint->port, "ports", endpoint->text, "reason",
                  endpoint->reason, NULL);
        leave_out(view, endpoint, endpoint->reason);
        endpoint_done(endpoint);
    }
    view->endpoint_count = kept;
}

static struct nat_endpoint *endpoint_of(const struct nat_view *view,
                                        const char *port)
{
    struct nat_endpoint like = {0};

    memcpy(like.port, port, strnlen(port, IFNAME_SIZE - 1));
    return (struct nat_endpoint *)(uintptr_t)find_endpoint(view, &like);
}

/* The endpoint in the view that still has what it had; or NULL. */
static struct nat_endpoint *find_kept(const struct nat_view *view,
                                      const struct nat_view *last,
                                      const char *port)
{
    struct nat_endpoint *endpoint = endpoint_of(view, port);
    const struct nat_endpoint *old =
        endpoint ? find_endpoint(last, endpoint) : NULL;

    return old && strcmp(old->text, endpoint->text) == 0 ? endpoint : NULL;
}

/* Up to the first owner that has gone or has changed, all stay as they are. */
static size_t keep_owners(struct nat_view *view, const struct nat_view *last)
{
    const struct nat_owners *owners = &view->owners;
    size_t kept = 0;

    for (; kept < owners->count; kept++) {
        struct nat_endpoint *endpoint =
            find_kept(view, last, owners->list[kept].port);
        if (!endpoint)
            break;
        endpoint->owner = (uint32_t)kept;
        view->port_count += published_port_count(&endpoint->ports);
    }
    return kept;
}

/* The kernel refuses a whole change if one key stands in it twice, or is too
 * large. Who has ports already keeps them: it is entered first. */
static void enter_endpoints(struct nat_view *view, struct nat_view *last)
{
    struct nat_owners *owners = &view->owners;

    *owners = last->owners;
    last->owners = (struct nat_owners){0};
    size_t kept = keep_owners(view, last);
    size_t rest = owners->count - kept;
    auto_free struct nat_owner *again = mem_new((rest + 1) * sizeof(*again));
    if (rest) {
        memcpy(again, &owners->list[kept], rest * sizeof(*again));
        port_index_cut(&owners->index, again[0].before);
        owners->count = kept;
    }
    if (!owners->numbers)
        owners->numbers = mem_new(sizeof(*owners->numbers));
    if (kept == 0)
        *owners->numbers = (struct port_map){0};
    for (size_t i = 0; i < rest; i++) {
        struct nat_endpoint *endpoint = find_kept(view, last, again[i].port);
        if (endpoint)
            enter_endpoint(view, endpoint);
    }
    for (size_t i = 0; i < view->endpoint_count; i++) {
        struct nat_endpoint *endpoint = &view->endpoints[i];
        if (endpoint->owner == PORT_INDEX_NONE && !endpoint->reason)
            enter_endpoint(view, endpoint);
    }
    drop_endpoints(view);
}

bool nat_view_read(const struct bridges *bridges,
                   const struct vswitch_view *rows, const char *boot,
                   struct nat_view *last, struct nat_view *ret)
{
    uint64_t print = fingerprint(bridges, rows, boot);

    if (print == last->fingerprint)
        return false;
    *ret = (struct nat_view){.fingerprint = print};
    read_networks(bridges, ret);
    for (const struct vswitch_port *row =
             vswitch_view_first(rows, VSWITCH_BY_PORTS, NULL);
         row; row = vswitch_port_next(row, VSWITCH_BY_PORTS)) {
        const char *text = ports_of(row, boot);
        if (text)
            read_endpoint(row, text, last, ret);
    }
    if (ret->endpoint_count > 1)
        qsort(ret->endpoints, ret->endpoint_count, sizeof(*ret->endpoints),
              compare_endpoints);
    enter_endpoints(ret, last);
    return true;
}

void nat_view_done(struct nat_view *view)
{
    for (size_t i = 0; i < view->endpoint_count; i++)
        endpoint_done(&view->endpoints[i]);
    free(view->endpoints);
    free(view->left_out);
    free(view->networks);
    port_index_done(&view->owners.index);
    free(view->owners.list);
    free(view->owners.numbers);
    *view = (struct nat_view){0};
}

const struct nat_endpoint *nat_view_find(const struct nat_view *view,
                                         const char *port)
{
    return endpoint_of(view, port);
}

size_t nat_view_port_count(const struct nat_view *view, const char *except)
{
    const struct nat_endpoint *endpoint = endpoint_of(view, except);

    return view->port_count -
           (endpoint ? published_port_count(&endpoint->ports) : 0);
}

const struct nat_endpoint *nat_view_holder(const struct nat_view *view,
                                           uint8_t protocol,
                                           const struct ip *host, uint16_t port,
                                           const char *except)
{
    const struct nat_endpoint *self = endpoint_of(view, except);
    uint32_t owner = port_index_find(&view->owners.index, protocol, host, port,
                                     self ? self->owner : PORT_INDEX_NONE);

    return owner == PORT_INDEX_NONE
               ? NULL
               : endpoint_of(view, view->owners.list[owner].port);
}
