/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Reading and writing, from the outside in: Ethernet, IPv4, UDP, the message,
 * its options. A length is compared with what is there before anything is
 * read.
 */
#include "ovsint/dhcp/message.h"

#include <string.h>
#include <sys/socket.h>

#include "common/dhcp/domains.h"
#include "ovsint/base/checksum.h"
#include "ovsint/base/frame.h"

enum { ETHERNET_SIZE = 14, IPV4_SIZE = 20, UDP_SIZE = 8, ARP_SIZE = 28 };
enum { PORT_SERVER = 67, PORT_CLIENT = 68, PROTOCOL_UDP = 17 };

/* Where the members of a message are (RFC 2131 figure 1). */
enum {
    AT_OP = 0,
    AT_HTYPE = 1,
    AT_HLEN = 2,
    AT_XID = 4,
    AT_SECS = 8,
    AT_CIADDR = 12,
    AT_YIADDR = 16,
    AT_CHADDR = 28,
    AT_SNAME = 44,
    AT_FILE = 108,
    AT_COOKIE = 236,
    AT_OPTIONS = 240,
};
enum { SNAME_SIZE = 64, FILE_SIZE = 128 };
#define MESSAGE_LEAST 300 /* RFC 1542 section 2.1: what relays may expect */
#define LEASE_LEAST_S 2   /* whose half is a second */
#define MESSAGE_MOST 1472 /* that we take: a packet of 1500 */

enum {
    OPTION_PAD = 0,
    OPTION_MASK = 1,
    OPTION_ROUTER = 3,
    OPTION_DNS = 6,
    OPTION_HOSTNAME = 12,
    OPTION_DOMAIN = 15,
    OPTION_ASKED = 50,
    OPTION_LEASE = 51,
    OPTION_OVERLOAD = 52,
    OPTION_TYPE = 53,
    OPTION_SERVER = 54,
    OPTION_WANTED = 55,
    OPTION_MOST = 57,
    OPTION_RENEW = 58,
    OPTION_REBIND = 59,
    OPTION_ID = 61,
    OPTION_SEARCH = 119,
    OPTION_ROUTES = 121,
    OPTION_END = 255,
};

static const uint8_t cookie[4] = {99, 130, 83, 99};
static const struct mac everybody = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

/* Writing. */

/* Zero if there is none. */
static void add_ip(struct frame *to, const struct ip *ip)
{
    if (ip->family == AF_INET)
        frame_add(to, ip->bytes, 4);
    else
        frame_add_zeros(to, 4);
}

static void add_option(struct frame *to, uint8_t code, const void *bytes,
                       size_t size)
{
    frame_add_number(to, code, 1);
    frame_add_number(to, size, 1);
    frame_add(to, bytes, size);
}

static void add_option_number(struct frame *to, uint8_t code, uint64_t value,
                              size_t size)
{
    frame_add_number(to, code, 1);
    frame_add_number(to, size, 1);
    frame_add_number(to, value, size);
}

static void add_option_ip(struct frame *to, uint8_t code, const struct ip *ip)
{
    if (ip->family == AF_INET)
        add_option(to, code, ip->bytes, 4);
}

static void add_id(struct frame *to, const struct dhcp_client *client)
{
    if (client->id_size) {
        add_option(to, OPTION_ID, client->id, client->id_size);
        return;
    }
    frame_add_number(to, OPTION_ID, 1);
    frame_add_number(to, 1 + sizeof(client->mac.bytes), 1);
    frame_add_number(to, 1, 1); /* Ethernet */
    frame_add(to, client->mac.bytes, sizeof(client->mac.bytes));
}

/* RFC 2131 table 5: DECLINE and RELEASE have these options alone. */
static void add_options(struct frame *to, const struct dhcp_message *message)
{
    static const uint8_t wanted[] = {OPTION_MASK,  OPTION_ROUTES, OPTION_ROUTER,
                                     OPTION_DNS,   OPTION_DOMAIN, OPTION_SEARCH,
                                     OPTION_LEASE, OPTION_SERVER, OPTION_RENEW,
                                     OPTION_REBIND};
    const struct dhcp_client *client = message->client;
    size_t name = strlen(client->hostname);

    frame_add(to, cookie, sizeof(cookie));
    add_option_number(to, OPTION_TYPE, message->type, 1);
    add_id(to, client);
    add_option_ip(to, OPTION_ASKED, &message->asked);
    add_option_ip(to, OPTION_SERVER, &message->server);
    if (message->type == DHCP_DISCOVER || message->type == DHCP_REQUEST) {
        add_option(to, OPTION_WANTED, wanted, sizeof(wanted));
        add_option_number(to, OPTION_MOST, MESSAGE_MOST, 2);
        if (name)
            add_option(to, OPTION_HOSTNAME, client->hostname, name);
    }
    frame_add_number(to, OPTION_END, 1);
}

static void add_message(struct frame *to, const struct dhcp_message *message)
{
    size_t begin = to->size;

    frame_add_number(to, 1, 1); /* to a server */
    frame_add_number(to, 1, 1); /* Ethernet */
    frame_add_number(to, sizeof(message->client->mac.bytes), 1);
    frame_add_number(to, 0, 1);
    frame_add_number(to, message->xid, 4);
    frame_add_number(to, message->seconds, 2);
    /* No flags: answers may be sent to us, as we see every frame. */
    frame_add_number(to, 0, 2);
    add_ip(to, &message->own);
    frame_add_zeros(to, AT_CHADDR - AT_YIADDR);
    frame_add(to, message->client->mac.bytes,
              sizeof(message->client->mac.bytes));
    frame_add_zeros(to,
                    AT_COOKIE - AT_CHADDR - sizeof(message->client->mac.bytes));
    add_options(to, message);
    if (to->size - begin < MESSAGE_LEAST)
        frame_add_zeros(to, MESSAGE_LEAST - (to->size - begin));
}

static void add_ipv4(struct frame *to, const struct dhcp_message *message)
{
    static const uint8_t broadcast[4] = {255, 255, 255, 255};

    frame_add_number(to, 0x45, 1);
    frame_add_number(to, 0, 1);
    frame_add_number(to, 0, 2);      /* length, later */
    frame_add_number(to, 0, 2);      /* id */
    frame_add_number(to, 0x4000, 2); /* no fragments */
    frame_add_number(to, 64, 1);
    frame_add_number(to, PROTOCOL_UDP, 1);
    frame_add_number(to, 0, 2); /* checksum, later */
    add_ip(to, &message->own);
    if (mac_is_zero(&message->to))
        frame_add(to, broadcast, sizeof(broadcast));
    else
        add_ip(to, &message->to_address);
}

static void finish_packet(uint8_t *ip, size_t size)
{
    uint8_t *udp = ip + IPV4_SIZE;
    size_t udp_size = size - IPV4_SIZE;

    frame_put_number(ip + 2, size, 2);
    frame_put_number(ip + 10, checksum_end(checksum_add(0, ip, IPV4_SIZE)), 2);
    frame_put_number(udp + 4, udp_size, 2);
    uint32_t total = PROTOCOL_UDP + (uint32_t)udp_size;
    uint16_t check = checksum_end(
        checksum_add(checksum_add(total, ip + 12, 8), udp, udp_size));
    frame_put_number(udp + 6, check ? check : 0xffff, 2);
}

void dhcp_write(const struct dhcp_message *message, struct dhcp_frame *ret)
{
    struct frame frame = {.bytes = ret->bytes, .room = sizeof(ret->bytes)};

    frame_add_ethernet(&frame,
                       mac_is_zero(&message->to) ? &everybody : &message->to,
                       &message->client->mac, message->vlan, ETHERTYPE_IPV4);
    size_t ip = frame.size;
    add_ipv4(&frame, message);
    frame_add_number(&frame, PORT_CLIENT, 2);
    frame_add_number(&frame, PORT_SERVER, 2);
    frame_add_number(&frame, 0, 4); /* length and checksum, later */
    add_message(&frame, message);
    finish_packet(ret->bytes + ip, frame.size - ip);
    ret->size = frame.size;
}

void dhcp_write_probe(const struct mac *mac, const struct ip *address,
                      struct dhcp_frame *ret)
{
    struct frame frame = {.bytes = ret->bytes, .room = sizeof(ret->bytes)};

    frame_add_ethernet(&frame, &everybody, mac, 0, ETHERTYPE_ARP);
    frame_add_number(&frame, 1, 2); /* Ethernet */
    frame_add_number(&frame, ETHERTYPE_IPV4, 2);
    frame_add_number(&frame, sizeof(mac->bytes), 1);
    frame_add_number(&frame, 4, 1);
    frame_add_number(&frame, 1, 2); /* request */
    frame_add(&frame, mac->bytes, sizeof(mac->bytes));
    frame_add_zeros(&frame, 4 + sizeof(mac->bytes));
    add_ip(&frame, address);
    ret->size = frame.size;
}

/* Reading. */

static uint32_t number(const uint8_t *bytes, size_t size)
{
    uint32_t value = 0;

    for (size_t i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    return value;
}

static struct ip ip_at(const uint8_t *bytes)
{
    struct ip ip = {.family = AF_INET};

    memcpy(ip.bytes, bytes, 4);
    return ip;
}

/* One that a host can have: not 0/8, 127/8, multicast or what lies above. */
static bool is_host(const struct ip *ip)
{
    return ip->bytes[0] != 0 && ip->bytes[0] != 127 && ip->bytes[0] < 224;
}

static struct mac mac_at(const uint8_t *bytes)
{
    struct mac mac;

    memcpy(mac.bytes, bytes, sizeof(mac.bytes));
    return mac;
}

bool dhcp_is_claim(const void *frame, size_t size, const struct mac *own,
                   const struct ip *address, struct mac *ret_holder)
{
    static const uint8_t head[6] = {0, 1, 8, 0, 6, 4};
    static const uint8_t nobody[4] = {0, 0, 0, 0};
    const uint8_t *arp = (const uint8_t *)frame + ETHERNET_SIZE;

    if (size < ETHERNET_SIZE + ARP_SIZE ||
        number(arp - 2, 2) != ETHERTYPE_ARP || memcmp(arp, head, 6) != 0)
        return false;
    *ret_holder = mac_at(arp + 8);
    if (mac_equal(ret_holder, own))
        return false;
    if (memcmp(arp + 14, address->bytes, 4) == 0)
        return true;
    return number(arp + 6, 2) == 1 && memcmp(arp + 14, nobody, 4) == 0 &&
           memcmp(arp + 24, address->bytes, 4) == 0;
}

/* Cuts the message out of its frame. NULL if it is none from a server's port to
 * a client's. */
static const uint8_t *find_message(const uint8_t *frame, size_t size,
                                   const struct mac *own, size_t *ret_size)
{
    const uint8_t *ip = frame + ETHERNET_SIZE;
    const struct mac to = mac_at(frame);

    if (number(ip - 2, 2) != ETHERTYPE_IPV4 ||
        (!mac_equal(&to, own) && !mac_equal(&to, &everybody)))
        return NULL;
    size -= ETHERNET_SIZE;
    size_t head = (ip[0] & 0xfu) * 4;
    size_t total = number(ip + 2, 2);
    if (ip[0] >> 4 != 4 || head < IPV4_SIZE || total > size ||
        total < head + UDP_SIZE || ip[9] != PROTOCOL_UDP ||
        number(ip + 6, 2) & 0x3fff ||
        checksum_end(checksum_add(0, ip, head)) != 0)
        return NULL;
    const uint8_t *udp = ip + head;
    size_t udp_size = number(udp + 4, 2);
    if (number(udp, 2) != PORT_SERVER || number(udp + 2, 2) != PORT_CLIENT ||
        udp_size < UDP_SIZE || udp_size > total - head)
        return NULL;
    *ret_size = udp_size - UDP_SIZE;
    return udp + UDP_SIZE;
}

/* Parts of an option, put together (RFC 3396). */
struct parts {
    uint8_t bytes[LIMIT_ROUTES * 9 + 255];
    size_t size;
};

struct options {
    struct dhcp_answer *answer;
    struct ip mask;
    uint8_t overload;
    struct parts routes;
    struct parts search;
};

static void add_part(struct parts *parts, const uint8_t *bytes, size_t size)
{
    size_t room = sizeof(parts->bytes) - parts->size;

    if (size > room)
        size = room;
    memcpy(parts->bytes + parts->size, bytes, size);
    parts->size += size;
}

static void take_dns_servers(struct dhcp_dns *dns, const uint8_t *bytes,
                             size_t size)
{
    for (; size >= 4; bytes += 4, size -= 4) {
        struct ip ip = ip_at(bytes);
        if (is_host(&ip) && dns->server_count < DHCP_DNS_SERVERS)
            dns->servers[dns->server_count++] = ip;
    }
}

static void take_number(uint32_t *ret, const uint8_t *bytes, size_t size)
{
    if (size == 4)
        *ret = number(bytes, 4);
}

static void take_option(struct options *options, uint8_t code,
                        const uint8_t *bytes, size_t size)
{
    struct dhcp_lease *lease = &options->answer->lease;

    switch (code) {
    case OPTION_TYPE:
        options->answer->type = size ? (enum dhcp_type)bytes[0] : 0;
        break;
    case OPTION_SERVER:
        if (size == 4)
            lease->server = ip_at(bytes);
        break;
    case OPTION_MASK:
        if (size == 4)
            options->mask = ip_at(bytes);
        break;
    case OPTION_ROUTER:
        if (size >= 4)
            lease->router = ip_at(bytes);
        break;
    case OPTION_DNS:
        take_dns_servers(&lease->dns, bytes, size);
        break;
    case OPTION_DOMAIN:
        domains_take_text(bytes, size, lease->dns.search);
        break;
    case OPTION_SEARCH:
        add_part(&options->search, bytes, size);
        break;
    case OPTION_LEASE:
        take_number(&lease->lease_s, bytes, size);
        break;
    case OPTION_RENEW:
        take_number(&lease->renew_s, bytes, size);
        break;
    case OPTION_REBIND:
        take_number(&lease->rebind_s, bytes, size);
        break;
    case OPTION_OVERLOAD:
        options->overload = size ? bytes[0] : 0;
        break;
    case OPTION_ROUTES:
        add_part(&options->routes, bytes, size);
        break;
    }
}

/* False if an option is cut. */
static bool take_options(struct options *options, const uint8_t *bytes,
                         size_t size)
{
    size_t at = 0;

    while (at < size && bytes[at] != OPTION_END) {
        if (bytes[at] == OPTION_PAD) {
            at++;
            continue;
        }
        if (size - at < 2 || bytes[at + 1] > size - at - 2)
            return false;
        take_option(options, bytes[at], bytes + at + 2, bytes[at + 1]);
        at += 2u + bytes[at + 1];
    }
    return true;
}

/* RFC 3442. What goes over no router is skipped: the address's own network has
 * such a route already. */
static void read_routes(const struct options *options, struct dhcp_lease *lease)
{
    const uint8_t *bytes = options->routes.bytes;
    const size_t size = options->routes.size;
    size_t at = 0;

    if (size)
        lease->router = (struct ip){.family = AF_UNSPEC};
    while (at < size) {
        uint8_t len = bytes[at++];
        size_t significant = (len + 7u) / 8;
        struct ip_prefix to = {.ip = {.family = AF_INET}, .len = len};
        if (len > 32 || size - at < significant + 4)
            return;
        memcpy(to.ip.bytes, bytes + at, significant);
        to.ip = ip_network(&to);
        struct ip via = ip_at(bytes + at + significant);
        at += significant + 4;
        if (!is_host(&via))
            continue;
        if (len == 0)
            lease->router = via;
        else if (lease->route_count < LIMIT_ROUTES)
            lease->routes[lease->route_count++] =
                (struct dhcp_route){.to = to, .via = via};
    }
}

/* Without a mask the class of the address has one (RFC 950). -1 if its bits are
 * no prefix. */
static int mask_length(const struct ip *mask, const struct ip *address)
{
    uint32_t bits = number(mask->bytes, 4);
    int len = 0;

    if (mask->family == AF_UNSPEC)
        return address->bytes[0] < 128 ? 8 : address->bytes[0] < 192 ? 16 : 24;
    while (len < 32 && bits & 1u << (31 - len))
        len++;
    return len > 0 && (len == 32 || bits << len == 0) ? len : -1;
}

/* RFC 2131 section 4.4.5. What is out of order is put in order, and nothing is
 * due at once: a client would ask as fast as the server answers. */
static void complete_times(struct dhcp_lease *lease)
{
    uint64_t whole = lease->lease_s;
    uint32_t half = lease->lease_s / 2;

    if (lease->lease_s == DHCP_FOREVER) {
        lease->renew_s = lease->rebind_s = DHCP_FOREVER;
        return;
    }
    if (!lease->rebind_s || lease->rebind_s >= lease->lease_s)
        lease->rebind_s = (uint32_t)(whole * 7 / 8);
    if (!lease->renew_s || lease->renew_s > lease->rebind_s)
        lease->renew_s = half <= lease->rebind_s ? half : lease->rebind_s;
}

static bool complete_lease(const struct options *options,
                           const uint8_t *message, struct dhcp_lease *lease)
{
    lease->address.ip = ip_at(message + AT_YIADDR);
    int len = mask_length(&options->mask, &lease->address.ip);
    if (len < 0 || !is_host(&lease->address.ip) ||
        lease->lease_s < LEASE_LEAST_S)
        return false;
    lease->address.len = (uint8_t)len;
    if (lease->router.family && !is_host(&lease->router))
        lease->router = (struct ip){.family = AF_UNSPEC};
    read_routes(options, lease);
    /* It stands for the one domain, too. */
    if (options->search.size)
        domains_take_list(options->search.bytes, options->search.size,
                          lease->dns.search);
    complete_times(lease);
    return true;
}

static bool read_message(const uint8_t *message, size_t size,
                         struct dhcp_answer *answer)
{
    struct options options = {.answer = answer};

    if (!take_options(&options, message + AT_OPTIONS, size - AT_OPTIONS))
        return false;
    if (options.overload & 1 &&
        !take_options(&options, message + AT_FILE, FILE_SIZE))
        return false;
    if (options.overload & 2 &&
        !take_options(&options, message + AT_SNAME, SNAME_SIZE))
        return false;
    if (answer->lease.server.family == AF_UNSPEC)
        return false;
    if (answer->type == DHCP_NAK)
        return true;
    return (answer->type == DHCP_OFFER || answer->type == DHCP_ACK) &&
           complete_lease(&options, message, &answer->lease);
}

bool dhcp_read(const void *frame, size_t size, const struct dhcp_client *client,
               struct dhcp_answer *ret)
{
    const uint8_t *bytes = frame;
    size_t message_size;

    *ret = (struct dhcp_answer){0};
    if (size < ETHERNET_SIZE + IPV4_SIZE + UDP_SIZE + AT_OPTIONS)
        return false;
    const uint8_t *message =
        find_message(bytes, size, &client->mac, &message_size);
    if (!message || message_size < AT_OPTIONS || message[AT_OP] != 2 ||
        message[AT_HTYPE] != 1 ||
        message[AT_HLEN] != sizeof(client->mac.bytes) ||
        memcmp(message + AT_CHADDR, client->mac.bytes,
               sizeof(client->mac.bytes)) != 0 ||
        memcmp(message + AT_COOKIE, cookie, sizeof(cookie)) != 0)
        return false;
    ret->xid = number(message + AT_XID, 4);
    ret->lease.server_mac = mac_at(bytes + 6);
    return read_message(message, message_size, ret);
}
