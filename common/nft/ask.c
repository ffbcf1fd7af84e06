/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Asks one question at a time: sends it, then reads until the kernel's final
 * message, at once or datagram by datagram.
 */
#include "common/nft/ask.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "ovsint/base/buf.h"

/* Others may make a thousand changes at once. */
#define QUEUE_SIZE (4 * 1024 * 1024)
#define ANSWER_SIZE 65536
#define ANSWER_TIMEOUT_S 5

int nfnl_open(int group, struct err *err)
{
    int block = group ? SOCK_NONBLOCK : 0;
    auto_close int fd =
        socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | block, NETLINK_NETFILTER);
    struct sockaddr_nl self = {.nl_family = AF_NETLINK};
    struct timeval timeout = {.tv_sec = ANSWER_TIMEOUT_S};
    int size = QUEUE_SIZE;

    if (fd < 0)
        return err_sys(err, "open a netlink socket to nftables");
    if (bind(fd, (struct sockaddr *)&self, sizeof(self)) < 0)
        return err_sys(err, "bind a netlink socket to nftables");
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0)
        return err_sys(err, "limit the wait for nftables");
    if (!group)
        return TAKE_FD(fd);
    if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
                   sizeof(group)) < 0)
        return err_sys(err, "listen to the changes of nftables");
    /* If we may, more than net.core.rmem_max. */
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    return TAKE_FD(fd);
}

int nfnl_type(int nft_message)
{
    return NFNL_SUBSYS_NFTABLES << 8 | nft_message;
}

void nfnl_parse(struct nlmsghdr *message, struct nlattr **ret, int max)
{
    int head = sizeof(struct nfgenmsg);

    memset(ret, 0, ((size_t)max + 1) * sizeof(*ret));
    if (nlmsg_valid_hdr(message, head))
        nla_parse(ret, max, nlmsg_attrdata(message, head),
                  nlmsg_attrlen(message, head), NULL);
}

uint32_t nfnl_u32(const struct nlattr *attribute)
{
    if (!attribute || nla_len(attribute) < (int)sizeof(uint32_t))
        return 0;
    return ntohl(nla_get_u32(attribute));
}

uint64_t nfnl_u64(const struct nlattr *attribute)
{
    if (!attribute || nla_len(attribute) < (int)sizeof(uint64_t))
        return 0;
    return be64toh(nla_get_u64(attribute));
}

int nfnl_family(struct nlmsghdr *message)
{
    const struct nfgenmsg *head = nlmsg_data(message);

    if (!nlmsg_valid_hdr(message, sizeof(*head)))
        return NFPROTO_UNSPEC;
    return head->nfgen_family;
}

static int type_of(const struct nfnl_question *question, int message)
{
    return question->subsystem ? question->subsystem << 8 | message
                               : nfnl_type(message);
}

static int send_question(int fd, const struct nfnl_question *question,
                         uint32_t sequence, struct err *err)
{
    struct nfgenmsg head = {.nfgen_family = (uint8_t)question->family,
                            .version = NFNETLINK_V0};
    int flags = NLM_F_REQUEST | (question->listing ? NLM_F_DUMP : 0) |
                (question->answer ? 0 : NLM_F_ACK);
    struct nl_msg *msg =
        nlmsg_alloc_simple(type_of(question, question->message), flags);
    int r = msg ? nlmsg_append(msg, &head, sizeof(head), NLMSG_ALIGNTO) : -1;

    for (int i = 0; r == 0 && i < (int)ARRAY_LEN(question->texts); i++) {
        const char *text = question->texts[i];
        if (text)
            r = nla_put(msg, i + 1, (int)strlen(text) + 1, text);
    }
    const struct nlattr *attribute = question->attribute;
    if (r == 0 && attribute)
        r = nla_put(msg, attribute->nla_type, nla_len(attribute),
                    nla_data(attribute));
    if (r < 0)
        mem_exhausted();
    struct nlmsghdr *bytes = nlmsg_hdr(msg);
    bytes->nlmsg_seq = sequence;
    ssize_t sent = send(fd, bytes, bytes->nlmsg_len, 0);
    nlmsg_free(msg);
    return sent < 0 ? err_sys(err, "ask nftables") : 0;
}

/* 1 = that was the last message. */
static int take(struct nfnl_asked *asked, struct nlmsghdr *message,
                nfnl_visit *visit, void *data, struct err *err)
{
    /* An answer to an earlier question that was given up. */
    if (message->nlmsg_seq != asked->sequence)
        return 0;
    asked->interrupted |= message->nlmsg_flags & NLM_F_DUMP_INTR;
    if (message->nlmsg_type == NLMSG_DONE)
        return 1;
    if (message->nlmsg_type == NLMSG_ERROR) {
        const struct nlmsgerr *verdict = nlmsg_data(message);
        if (!nlmsg_valid_hdr(message, sizeof(*verdict)))
            return err_set(err, EBADMSG, "nftables: the answer is cut off");
        return verdict->error == 0
                   ? 1
                   : err_code(err, -verdict->error, "ask nftables");
    }
    if (message->nlmsg_type == asked->answer)
        visit(data, message);
    return asked->listing ? 0 : 1;
}

static int receive(int fd, char *bytes, size_t room, struct err *err)
{
    for (;;) {
        struct sockaddr_nl from = {0};
        socklen_t from_size = sizeof(from);
        ssize_t size = recvfrom(fd, bytes, room, MSG_TRUNC,
                                (struct sockaddr *)&from, &from_size);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0 && errno == EAGAIN)
            return err_set(err, ETIMEDOUT,
                           "the kernel's packet filter did not answer within "
                           "%d s",
                           ANSWER_TIMEOUT_S);
        if (size < 0)
            return err_sys(err, "read the answer of nftables");
        if ((size_t)size > room)
            return err_set(err, EMSGSIZE, "an answer of nftables is too long");
        /* Any process may send to our socket. The kernel's port is 0. */
        if (from.nl_pid == 0)
            return (int)size;
    }
}

int nfnl_begin(int fd, const struct nfnl_question *question,
               struct nfnl_asked *ret, struct err *err)
{
    static uint32_t last_sequence;

    *ret = (struct nfnl_asked){.sequence = ++last_sequence,
                               .answer = type_of(question, question->answer),
                               .listing = question->listing};
    return send_question(fd, question, ret->sequence, err);
}

int nfnl_go_on(int fd, struct nfnl_asked *asked, nfnl_visit *visit, void *data,
               struct err *err)
{
    auto_free char *bytes = mem_new(ANSWER_SIZE);
    int left = receive(fd, bytes, ANSWER_SIZE, err);
    struct nlmsghdr *message = (struct nlmsghdr *)(void *)bytes;
    int r = left < 0 ? left : 0;

    for (; r == 0 && nlmsg_ok(message, left);
         message = nlmsg_next(message, &left))
        r = take(asked, message, visit, data, err);
    if (r > 0 && asked->interrupted)
        return err_set(err, EAGAIN, "the ruleset changed while it was read");
    return r < 0 ? r : r == 0;
}

int nfnl_ask(int fd, const struct nfnl_question *question, nfnl_visit *visit,
             void *data, struct err *err)
{
    struct nfnl_asked asked;
    int r = nfnl_begin(fd, question, &asked, err);

    if (r < 0)
        return r;
    while ((r = nfnl_go_on(fd, &asked, visit, data, err)) > 0)
        ;
    return r;
}
