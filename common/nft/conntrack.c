/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Lists all connections. The kernel cannot select by all that is needed here.
 * It answers in datagrams of some 150 connections. Of each datagram the tuples
 * of those that matter are kept, and deleted before the next one is read, by a
 * socket of their own. Both families are listed at once: of one alone, it
 * passes all of the other before it answers (ctnetlink_dump_table()).
 */
#include "ovsint/nft/conntrack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/nft/ask.h"
#include "ovsint/base/buf.h"

/* Of one turn, in connections that are listed. To forget one takes the kernel
 * as long as to list a dozen, and whether an address is the host's takes a
 * socket. */
#define TURN_COST 4096
#define FORGET_COST 16
#define ADDRESS_COST 5

struct tuple {
    int family;
    struct nlattr *attribute; /* a copy */
};

struct conntrack_search {
    int listing;  /* a socket */
    int deleting; /* another one */
    struct nfnl_asked asked;
    /* of one datagram */
    const struct conntrack_judge *judge;
    struct tuple *tuples;
    size_t count;
    size_t room;
    unsigned cost;
};

/* bind(2) knows which addresses are the host's. */
static bool is_of_the_host(struct conntrack_search *search, const struct ip *ip)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    auto_close int fd = socket(ip->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    search->cost += ADDRESS_COST;
    memcpy(&in.sin_addr, ip->bytes, sizeof(in.sin_addr));
    memcpy(&in6.sin6_addr, ip->bytes, sizeof(in6.sin6_addr));
    return fd >= 0 && (ip->family == AF_INET6
                           ? bind(fd, (struct sockaddr *)&in6, sizeof(in6))
                           : bind(fd, (struct sockaddr *)&in, sizeof(in))) == 0;
}

static bool read_ip(int family, const struct nlattr *attribute, struct ip *ret)
{
    *ret = (struct ip){.family = family};
    if (!attribute || nla_len(attribute) != (int)ip_bits(ret) / 8)
        return false;
    memcpy(ret->bytes, nla_data(attribute), (size_t)nla_len(attribute));
    return true;
}

static bool read_ips(int family, struct nlattr *nest, struct ip *from,
                     struct ip *to)
{
    struct nlattr *attrs[CTA_IP_MAX + 1];
    bool is_v6 = family == AF_INET6;

    return nest && nla_parse_nested(attrs, CTA_IP_MAX, nest, NULL) >= 0 &&
           read_ip(family, attrs[is_v6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC],
                   from) &&
           read_ip(family, attrs[is_v6 ? CTA_IP_V6_DST : CTA_IP_V4_DST], to);
}

static bool read_port(const struct nlattr *attribute, uint16_t *ret)
{
    if (!attribute || nla_len(attribute) < (int)sizeof(uint16_t))
        return false;
    *ret = ntohs(nla_get_u16(attribute));
    return true;
}

static bool read_ports(struct nlattr *nest, uint16_t *from, uint16_t *to)
{
    struct nlattr *attrs[CTA_PROTO_MAX + 1];

    return nest && nla_parse_nested(attrs, CTA_PROTO_MAX, nest, NULL) >= 0 &&
           attrs[CTA_PROTO_NUM] && nla_len(attrs[CTA_PROTO_NUM]) >= 1 &&
           nla_get_u8(attrs[CTA_PROTO_NUM]) == IPPROTO_UDP &&
           read_port(attrs[CTA_PROTO_SRC_PORT], from) &&
           read_port(attrs[CTA_PROTO_DST_PORT], to);
}

/* The other direction's sender is who gets this one. */
static bool read_flow(int family, struct nlattr *const *attrs,
                      struct conntrack_flow *ret)
{
    struct nlattr *there[CTA_TUPLE_MAX + 1];
    struct nlattr *back[CTA_TUPLE_MAX + 1];
    uint16_t port;
    struct ip ip;

    return (family == AF_INET || family == AF_INET6) && !attrs[CTA_ZONE] &&
           attrs[CTA_TUPLE_ORIG] && attrs[CTA_TUPLE_REPLY] &&
           nla_parse_nested(there, CTA_TUPLE_MAX, attrs[CTA_TUPLE_ORIG],
                            NULL) >= 0 &&
           nla_parse_nested(back, CTA_TUPLE_MAX, attrs[CTA_TUPLE_REPLY],
                            NULL) >= 0 &&
           read_ports(there[CTA_TUPLE_PROTO], &port, &ret->port) &&
           read_ports(back[CTA_TUPLE_PROTO], &ret->at_port, &port) &&
           read_ips(family, there[CTA_TUPLE_IP], &ret->from, &ret->to) &&
           read_ips(family, back[CTA_TUPLE_IP], &ret->at, &ip);
}

static bool is_to_be_forgotten(struct conntrack_search *search,
                               const struct conntrack_flow *flow)
{
    switch (search->judge->judge(search->judge->data, flow)) {
    case CONNTRACK_KEEP:
        return false;
    case CONNTRACK_FORGET_TO_HOST:
        return is_of_the_host(search, &flow->to);
    case CONNTRACK_FORGET_FORWARDED:
        return !is_of_the_host(search, &flow->from) &&
               !is_of_the_host(search, &flow->to);
    case CONNTRACK_FORGET_EITHER:
        return !is_of_the_host(search, &flow->from) ||
               is_of_the_host(search, &flow->to);
    }
    return false;
}

static void keep_tuple(struct conntrack_search *search, int family,
                       const struct nlattr *attribute)
{
    struct nlattr *copy = mem_new(attribute->nla_len);

    memcpy(copy, attribute, attribute->nla_len);
    search->tuples = mem_grow(search->tuples, search->count, &search->room,
                              sizeof(*search->tuples));
    search->tuples[search->count++] =
        (struct tuple){.family = family, .attribute = copy};
}

static void see(void *data, struct nlmsghdr *answer)
{
    struct conntrack_search *search = data;
    struct nlattr *attrs[CTA_MAX + 1];
    int family = nfnl_family(answer);
    struct conntrack_flow flow;

    search->cost++;
    nfnl_parse(answer, attrs, CTA_MAX);
    if (read_flow(family, attrs, &flow) && is_to_be_forgotten(search, &flow))
        keep_tuple(search, family, attrs[CTA_TUPLE_ORIG]);
}

/* If it fails, the connection has gone. */
static void forget(int fd, const struct tuple *tuple)
{
    const struct nfnl_question order = {.subsystem = NFNL_SUBSYS_CTNETLINK,
                                        .message = IPCTNL_MSG_CT_DELETE,
                                        .family = tuple->family,
                                        .attribute = tuple->attribute};
    struct err gone = {0};

    (void)!nfnl_ask(fd, &order, NULL, NULL, &gone);
}

static void forget_found(struct conntrack_search *search)
{
    for (size_t i = 0; i < search->count; i++) {
        forget(search->deleting, &search->tuples[i]);
        free(search->tuples[i].attribute);
    }
    search->cost += FORGET_COST * (unsigned)search->count;
    search->count = 0;
}

static int begin(struct conntrack_search *search, struct err *err)
{
    const struct nfnl_question question = {.subsystem = NFNL_SUBSYS_CTNETLINK,
                                           .message = IPCTNL_MSG_CT_GET,
                                           .family = AF_UNSPEC,
                                           .listing = true,
                                           .answer = IPCTNL_MSG_CT_NEW};

    return nfnl_begin(search->listing, &question, &search->asked, err);
}

int conntrack_search_open(struct conntrack_search **ret, struct err *err)
{
    struct conntrack_search *search = mem_new(sizeof(*search));

    search->deleting = -1;
    search->listing = nfnl_open(0, err);
    int r = search->listing;
    if (r >= 0)
        r = search->deleting = nfnl_open(0, err);
    if (r >= 0)
        r = begin(search, err);
    if (r < 0) {
        conntrack_search_close(search);
        return r;
    }
    *ret = search;
    return 0;
}

void conntrack_search_close(struct conntrack_search *search)
{
    if (!search)
        return;
    if (search->listing >= 0)
        close(search->listing);
    if (search->deleting >= 0)
        close(search->deleting);
    free(search->tuples);
    free(search);
}

int conntrack_search_go_on(struct conntrack_search *search,
                           const struct conntrack_judge *judge, struct err *err)
{
    int r = 1;

    search->judge = judge;
    search->cost = 0;
    while (r > 0 && search->cost < TURN_COST) {
        r = nfnl_go_on(search->listing, &search->asked, see, search, err);
        forget_found(search);
    }
    /* Of what came meanwhile the first packet has met the new rules; what went
     * is gone. */
    return r == -EAGAIN ? 0 : r;
}
