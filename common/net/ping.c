/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One request after the other, each with the same identifier and the next
 * number. What comes is either the answer, or an error about one of our
 * requests, which quotes it; all else is of others.
 */
#include "ovsint/net/ping.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/net/netns_visit.h"
#include "common/net/object.h"
#include "ovsint/base/checksum.h"
#include "ovsint/net/route.h"

#define PACKET_SIZE 2048
#define ECHO_SIZE 64 /* header and data */
#define IPV4_HEADER_SIZE 20
#define IPV6_HEADER_SIZE 40

struct echo {
    uint8_t type;
    uint8_t code;
    uint16_t checksum;
    uint16_t id;
    uint16_t sequence;
    int64_t sent_us;
    uint8_t rest[ECHO_SIZE - 16];
};

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static bool is_ipv6(const struct ping *ping)
{
    return ping->to.family == AF_INET6;
}

static int open_inside(void *data, struct err *err)
{
    struct ping *ping = data;

    ping->fd = socket(ping->to.family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
                      is_ipv6(ping) ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
    return ping->fd < 0 ? err_sys(err, "open a socket for ICMP") : 0;
}

int ping_open(struct ping *ret, int netns_fd, const struct ip *to,
              struct err *err)
{
    struct ping ping = {.fd = -1, .to = *to};

    if (getrandom(&ping.id, sizeof(ping.id), 0) != sizeof(ping.id))
        return err_sys(err, "get a random number");
    int r = netns_visit(netns_fd, open_inside, &ping, err);
    if (r >= 0)
        *ret = ping;
    return r;
}

void ping_close(struct ping *ping)
{
    if (ping->fd >= 0)
        close(ping->fd);
    *ping = PING_CLOSED;
}

static bool is_link_local(const struct ip *ip)
{
    return ip->family == AF_INET6 && ip->bytes[0] == 0xfe &&
           (ip->bytes[1] & 0xc0) == 0x80;
}

static socklen_t address_of(const struct ping *ping,
                            struct sockaddr_storage *ret)
{
    memset(ret, 0, sizeof(*ret));
    ret->ss_family = (sa_family_t)ping->to.family;
    if (is_ipv6(ping)) {
        struct sockaddr_in6 *to = (struct sockaddr_in6 *)(void *)ret;
        memcpy(&to->sin6_addr, ping->to.bytes, 16);
        if (is_link_local(&ping->to))
            to->sin6_scope_id = (uint32_t)ping->ifindex;
        return sizeof(*to);
    }
    struct sockaddr_in *to = (struct sockaddr_in *)(void *)ret;
    memcpy(&to->sin_addr, ping->to.bytes, 4);
    return sizeof(*to);
}

static struct ip ip_of(const struct sockaddr_storage *address)
{
    struct ip ip = {.family = address->ss_family};

    if (ip.family == AF_INET6)
        memcpy(ip.bytes,
               &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr,
               16);
    else
        memcpy(ip.bytes,
               &((const struct sockaddr_in *)(const void *)address)->sin_addr,
               4);
    return ip;
}

static int send_one(struct ping *ping, struct ping_answer *ret, struct err *err)
{
    struct echo echo;
    struct sockaddr_storage to;
    socklen_t size = address_of(ping, &to);

    memset(&echo, 0, sizeof(echo));
    echo.type = is_ipv6(ping) ? ICMPV6_ECHO_REQUEST : ICMP_ECHO;
    echo.id = ping->id;
    echo.sequence = htons(++ping->sequence);
    echo.sent_us = now_us();
    if (!is_ipv6(ping))
        /* The kernel does it for ICMPv6. */
        echo.checksum =
            htons(checksum_end(checksum_add(0, &echo, sizeof(echo))));
    if (sendto(ping->fd, &echo, sizeof(echo), 0, (struct sockaddr *)&to,
               size) >= 0) {
        ret->sent++;
        ret->outcome = PING_SILENCE;
        return 0;
    }
    switch (errno) {
    case ENETUNREACH:
    case EADDRNOTAVAIL: /* of IPv6: no address is usable yet */
        ret->outcome = PING_NO_ROUTE;
        return 0;
    case EPERM:
        ret->outcome = PING_FORBIDDEN;
        return 0;
    case EACCES: /* prohibit, broadcast */
    case EINVAL: /* blackhole */
        ret->outcome = PING_REFUSED;
        return 0;
    case EHOSTUNREACH: /* an error that was reported before */
    case EAGAIN:
    case ENOBUFS:
    case EINTR:
        return 0;
    default:
        return err_sys(err, "send an echo request");
    }
}

static bool is_ours(const struct ping *ping, const struct echo *echo)
{
    return echo->id == ping->id;
}

static bool is_report(bool v6, uint8_t type)
{
    if (v6)
        return type == ICMPV6_DEST_UNREACH || type == ICMPV6_PKT_TOOBIG ||
               type == ICMPV6_TIME_EXCEED || type == ICMPV6_PARAMPROB;
    return type == ICMP_DEST_UNREACH || type == ICMP_TIME_EXCEEDED ||
           type == ICMP_PARAMETERPROB;
}

/* The request that a report quotes: an IP header and what followed it. */
static bool quotes_ours(const struct ping *ping, const uint8_t *bytes,
                        size_t size)
{
    struct echo echo = {0};
    size_t header = IPV6_HEADER_SIZE;

    if (!is_ipv6(ping)) {
        if (size < IPV4_HEADER_SIZE)
            return false;
        header = (size_t)(bytes[0] & 0xf) * 4;
    }
    if (size < header + 8)
        return false;
    memcpy(&echo, bytes + header, 8);
    return is_ours(ping, &echo);
}

/* True if the asking is over. */
static bool take_packet(const struct ping *ping, const uint8_t *bytes,
                        size_t size, const struct ip *from,
                        struct ping_answer *ret)
{
    struct echo echo = {0};

    if (!is_ipv6(ping)) {
        size_t header = size ? (size_t)(bytes[0] & 0xf) * 4 : 0;
        if (size < header)
            return false;
        bytes += header;
        size -= header;
    }
    if (size < 8)
        return false;
    memcpy(&echo, bytes, size < sizeof(echo) ? size : sizeof(echo));
    if (echo.type == (is_ipv6(ping) ? ICMPV6_ECHO_REPLY : ICMP_ECHOREPLY) &&
        is_ours(ping, &echo) && ip_equal(from, &ping->to)) {
        ret->outcome = PING_ANSWERED;
        ret->micros = size >= sizeof(echo) ? now_us() - echo.sent_us : 0;
        return true;
    }
    if (!is_report(is_ipv6(ping), echo.type) ||
        !quotes_ours(ping, bytes + 8, size - 8))
        return false;
    ret->outcome = PING_UNREACHED;
    ret->from = *from;
    ret->type = echo.type;
    ret->code = echo.code;
    return true;
}

static int receive(struct ping *ping, struct ping_answer *ret, bool *over,
                   struct err *err)
{
    uint8_t packet[PACKET_SIZE];
    struct sockaddr_storage from = {0};

    for (;;) {
        socklen_t from_size = sizeof(from);
        ssize_t size = recvfrom(ping->fd, packet, sizeof(packet), 0,
                                (struct sockaddr *)&from, &from_size);
        if (size < 0 && (errno == EAGAIN || errno == EINTR))
            return 0;
        /* Of a request before: the kernel could not deliver it. */
        if (size < 0 && (errno == EHOSTUNREACH || errno == ENETUNREACH))
            continue;
        if (size < 0)
            return err_sys(err, "receive an echo");
        struct ip sender = ip_of(&from);
        *over = take_packet(ping, packet, (size_t)size, &sender, ret);
        if (*over)
            return 0;
    }
}

static int wait_for_answer(struct ping *ping, struct deadline deadline,
                           struct ping_answer *ret, bool *over, struct err *err)
{
    struct deadline next = deadline_in(PING_EVERY_MS);

    if (deadline.at_ms < next.at_ms)
        next = deadline;
    while (!*over && !deadline_passed(next)) {
        struct pollfd wait = {.fd = ping->fd, .events = POLLIN};
        if (poll(&wait, 1, deadline_left_ms(next)) < 0 && errno != EINTR)
            return err_sys(err, "wait for an echo");
        int r = receive(ping, ret, over, err);
        if (r < 0)
            return r;
    }
    return 0;
}

int ping_ask(struct ping *ping, struct deadline deadline,
             struct ping_answer *ret, struct err *err)
{
    bool over = false;

    *ret = (struct ping_answer){.outcome = PING_SILENCE};
    while (!over && !deadline_passed(deadline)) {
        int r = send_one(ping, ret, err);
        if (r >= 0 && ret->outcome == PING_REFUSED)
            return 0;
        if (r >= 0)
            r = wait_for_answer(ping, deadline, ret, &over, err);
        if (r < 0)
            return r;
    }
    return 0;
}

const char *ping_reason(int family, uint8_t type, uint8_t code)
{
    static const char *const ipv4[] = {
        "it has no route to that network",
        "the host does not answer there",
        "the protocol is not spoken there",
        "the port is closed",
        "the packet is too large for its way",
        "the source route failed",
        "the network is unknown",
        "the host is unknown",
        "the source is isolated",
        "the network is administratively prohibited",
        "the host is administratively prohibited",
        "the network is not reached with this type of service",
        "the host is not reached with this type of service",
        "communication is administratively prohibited"};
    static const char *const ipv6[] = {
        "it has no route to that address",
        "communication is administratively prohibited",
        "the address is beyond the scope of ours",
        "the host does not answer there",
        "the port is closed",
        "the source address failed a policy",
        "it rejects that route"};

    if (family == AF_INET6) {
        if (type == ICMPV6_PKT_TOOBIG)
            return "the packet is too large for its way";
        if (type == ICMPV6_TIME_EXCEED)
            return "the packet went round in a circle";
        return type == ICMPV6_DEST_UNREACH && code < ARRAY_LEN(ipv6)
                   ? ipv6[code]
                   : "the packet could not be delivered";
    }
    if (type == ICMP_TIME_EXCEEDED)
        return "the packet went round in a circle";
    return type == ICMP_DEST_UNREACH && code < ARRAY_LEN(ipv4)
               ? ipv4[code]
               : "the packet could not be delivered";
}

/* The way. */

static void note_neighbour(void *data, struct nlmsghdr *reply)
{
    struct path_hop *hop = data;

    if (reply->nlmsg_type != RTM_NEWNEIGH)
        return;
    auto_rtnl_neigh struct rtnl_neigh *object = object_read(reply);
    if (!object || rtnl_neigh_get_ifindex(object) != hop->ifindex)
        return;
    struct ip ip = object_to_ip(rtnl_neigh_get_dst(object));
    if (!ip_equal(&ip, &hop->via))
        return;
    int state = rtnl_neigh_get_state(object);
    struct nl_addr *mac = rtnl_neigh_get_lladdr(object);
    hop->is_asked = state & (NUD_INCOMPLETE | NUD_FAILED);
    hop->answers =
        !hop->is_asked && mac && nl_addr_get_len(mac) == sizeof(hop->mac.bytes);
    if (hop->answers)
        memcpy(hop->mac.bytes, nl_addr_get_binary_addr(mac),
               sizeof(hop->mac.bytes));
}

static int find_neighbour(struct net *net, struct path_hop *hop,
                          struct err *err)
{
    struct ndmsg head = {.ndm_family = AF_UNSPEC};
    auto_request struct nl_msg *request =
        request_new(RTM_GETNEIGH, NLM_F_DUMP, &head, sizeof(head));

    request_put_u32(request, NDA_IFINDEX, (uint32_t)hop->ifindex);
    return request_ask(net, request, note_neighbour, hop, err,
                       "list the neighbours on device %d", hop->ifindex);
}

/* What the kernel answers about each kind of route that leads nowhere. */
static bool leads_nowhere(int r)
{
    return r == -ENETUNREACH || r == -EHOSTUNREACH || r == -EACCES ||
           r == -EINVAL;
}

int path_find(struct net *net, const struct ip *to, int ifindex,
              struct path_hop *ret, struct err *err)
{
    const struct route_question question = {
        .to = *to, .out = is_link_local(to) ? ifindex : 0};
    struct route_answer route = {0};

    int r = route_look(net, &question, &route, err);
    if (leads_nowhere(r))
        return 0;
    if (r < 0 || route.ifindex == 0)
        return r;
    struct path_hop hop = {.ifindex = route.ifindex,
                           .is_router = route.via.family != 0,
                           .via = route.via.family ? route.via : *to};
    r = find_neighbour(net, &hop, err);
    if (r < 0)
        return r;
    *ret = hop;
    return 1;
}
