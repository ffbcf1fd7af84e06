/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One request at a time: sends it, then reads until the kernel's final message.
 * An answer counts only if it has the number of this request and comes from the
 * kernel. A process in the container's namespace with CAP_NET_ADMIN may send to
 * our socket as well, and a late answer to a request that timed out may still
 * be queued.
 */
#include "common/net/request.h"

#include <errno.h>
#include <linux/netlink.h>
#include <netlink/errno.h>
#include <netlink/handlers.h>
#include <netlink/netlink.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/limits.h"

/* The largest piece of a listing that the kernel fills per read. */
#define READ_SIZE 32768
#define LISTING_TRIES 16
/* Requests have a few numbers and names. libnl would clear a page for each. */
#define REQUEST_SIZE 1024

struct nl_msg *request_new(int type, int flags, const void *header, size_t size)
{
    struct nl_msg *request = nlmsg_alloc_size(REQUEST_SIZE);
    void *head = NULL;

    if (request && nlmsg_put(request, NL_AUTO_PORT, NL_AUTO_SEQ, type, 0,
                             NLM_F_REQUEST | flags))
        head = nlmsg_reserve(request, size, NLMSG_ALIGNTO);
    if (!head)
        mem_exhausted();
    memcpy(head, header, size);
    return request;
}

void request_free(struct nl_msg *request)
{
    if (request)
        nlmsg_free(request);
}

void request_put(struct nl_msg *request, int type, const void *value,
                 size_t size)
{
    if (nla_put(request, type, (int)size, value) < 0)
        mem_exhausted();
}

void request_put_u32(struct nl_msg *request, int type, uint32_t value)
{
    request_put(request, type, &value, sizeof(value));
}

void request_put_text(struct nl_msg *request, int type, const char *text)
{
    request_put(request, type, text, strlen(text) + 1);
}

void request_put_ip(struct nl_msg *request, int type, const struct ip *ip)
{
    request_put(request, type, ip->bytes, ip_bits(ip) / 8);
}

struct nlattr *request_nest(struct nl_msg *request, int type)
{
    struct nlattr *nest = nla_nest_start(request, type | NLA_F_NESTED);

    if (!nest)
        mem_exhausted();
    return nest;
}

void request_nest_end(struct nl_msg *request, struct nlattr *nest)
{
    nla_nest_end(request, nest);
}

void reply_parse(struct nlmsghdr *reply, size_t size, struct nlattr **ret,
                 int max)
{
    memset(ret, 0, ((size_t)max + 1) * sizeof(*ret));
    if (nlmsg_valid_hdr(reply, (int)size))
        nla_parse(ret, max, nlmsg_attrdata(reply, (int)size),
                  nlmsg_attrlen(reply, (int)size), NULL);
}

struct ip reply_ip(int family, const struct nlattr *attribute)
{
    struct ip ip = {.family = family};

    if (!attribute || nla_len(attribute) != (int)ip_bits(&ip) / 8)
        return (struct ip){0};
    memcpy(ip.bytes, nla_data(attribute), ip_bits(&ip) / 8);
    return ip;
}

static int is_it_our_answer(struct nl_msg *msg, void *data)
{
    const struct net *net = data;

    if (nlmsg_hdr(msg)->nlmsg_seq == net->sequence &&
        nlmsg_get_src(msg)->nl_pid == 0)
        return NL_OK;
    /* Within a listing libnl reads on by itself. A flood of messages from other
     * processes can keep the kernel from ever queueing the rest. */
    return deadline_passed(net->deadline) ? -NLE_AGAIN : NL_SKIP;
}

static int take_reply(struct nl_msg *msg, void *data)
{
    static const char padding[NLMSG_ALIGNTO];
    struct net *net = data;
    struct nlmsghdr *reply = nlmsg_hdr(msg);

    if (net->answer) {
        buf_add(net->answer, reply, reply->nlmsg_len);
        buf_add(net->answer, padding,
                NLMSG_ALIGN(reply->nlmsg_len) - reply->nlmsg_len);
    }
    if (!(reply->nlmsg_flags & NLM_F_MULTI))
        net->done = true;
    return NL_OK;
}

static int take_acknowledgement(struct nl_msg *msg, void *data)
{
    struct net *net = data;

    (void)msg;
    net->done = true;
    return NL_STOP;
}

static void keep_sentence(struct net *net, struct nlattr *head, int size)
{
    const struct nlattr *text = nla_find(head, size, NLMSGERR_ATTR_MSG);

    if (text)
        snprintf(net->sentence, sizeof(net->sentence), "%.*s", nla_len(text),
                 (const char *)nla_data(text));
}

/* The end of a listing: an errno, and since Linux 4.20 attributes after it. */
static int take_end(struct nl_msg *msg, void *data)
{
    struct net *net = data;
    struct nlmsghdr *end = nlmsg_hdr(msg);
    int code = 0;

    if (nlmsg_datalen(end) >= (int)sizeof(code))
        memcpy(&code, nlmsg_data(end), sizeof(code));
    if (code < 0) {
        net->code = -code;
        keep_sentence(net, nlmsg_attrdata(end, sizeof(code)),
                      nlmsg_attrlen(end, sizeof(code)));
    }
    net->done = true;
    return NL_STOP;
}

static int take_interruption(struct nl_msg *msg, void *data)
{
    struct net *net = data;

    (void)msg;
    net->interrupted = true;
    return NL_OK;
}

/* libnl passes the payload of an NLMSG_ERROR, whose size it has checked. The
 * header stands right before it. */
static int take_error(struct sockaddr_nl *from, struct nlmsgerr *error,
                      void *data)
{
    struct net *net = data;
    struct nlmsghdr *head =
        (struct nlmsghdr *)(void *)((char *)error - NLMSG_HDRLEN);
    int skip = sizeof(*error);

    (void)from;
    net->code = -error->error;
    net->done = true;
    if (!(head->nlmsg_flags & NLM_F_ACK_TLVS))
        return NL_STOP;
    if (!(head->nlmsg_flags & NLM_F_CAPPED))
        skip += (int)error->msg.nlmsg_len - NLMSG_HDRLEN;
    if (skip >= (int)sizeof(*error) && skip <= nlmsg_datalen(head))
        keep_sentence(net, nlmsg_attrdata(head, skip),
                      nlmsg_attrlen(head, skip));
    return NL_STOP;
}

static int set_option(int fd, int option, struct err *err)
{
    int on = 1;

    if (setsockopt(fd, SOL_NETLINK, option, &on, sizeof(on)) < 0)
        return err_sys(err, "set option %d of the netlink socket", option);
    return 0;
}

int request_prepare(struct net *net, struct err *err)
{
    static const int options[] = {NETLINK_EXT_ACK, NETLINK_CAP_ACK,
                                  NETLINK_GET_STRICT_CHK};
    struct nl_sock *sock = net->sock;
    int fd = nl_socket_get_fd(sock);
    struct timeval limit = {.tv_sec = net->timeout_ms / 1000,
                            .tv_usec = net->timeout_ms % 1000 * 1000L};

    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        int r = set_option(fd, options[i], err);
        if (r < 0)
            return r;
    }
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0)
        return err_sys(err, "limit the waiting time of the netlink socket");
    nl_socket_disable_auto_ack(sock);
    nl_socket_disable_msg_peek(sock);
    nl_socket_set_msg_buf_size(sock, READ_SIZE);
    nl_socket_modify_cb(sock, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, is_it_our_answer,
                        net);
    nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, take_reply, net);
    nl_socket_modify_cb(sock, NL_CB_ACK, NL_CB_CUSTOM, take_acknowledgement,
                        net);
    nl_socket_modify_cb(sock, NL_CB_FINISH, NL_CB_CUSTOM, take_end, net);
    nl_socket_modify_cb(sock, NL_CB_DUMP_INTR, NL_CB_CUSTOM, take_interruption,
                        net);
    nl_socket_modify_err_cb(sock, NL_CB_CUSTOM, take_error, net);
    return 0;
}

/* libnl's own codes that can occur here; the errno of the system call behind
 * them is lost. */
static int errno_of(int code)
{
    switch (-code) {
    case NLE_AGAIN:
        return ETIMEDOUT;
    case NLE_NOMEM:
        return ENOBUFS;
    case NLE_MSG_OVERFLOW:
    case NLE_MSG_TRUNC:
        return EMSGSIZE;
    case NLE_PERM:
        return EPERM;
    default:
        return EIO;
    }
}

static int converse(struct net *net, struct nl_msg *request)
{
    net->done = false;
    net->interrupted = false;
    net->code = 0;
    net->sentence[0] = '\0';

    nlmsg_hdr(request)->nlmsg_seq = NL_AUTO_SEQ;
    int r = nl_send_auto(net->sock, request);
    net->sequence = nlmsg_hdr(request)->nlmsg_seq;
    while (r >= 0 && !net->done) {
        r = nl_recvmsgs_default(net->sock);
        if (!net->done && deadline_passed(net->deadline))
            return ETIMEDOUT;
    }
    /* If our callback has stopped libnl, libnl returns that callback's code. */
    if (net->done)
        return net->code;
    return errno_of(r);
}

static int request_explain(const struct net *net, int code, const char *what,
                           struct err *err)
{
    if (code == ETIMEDOUT)
        return err_set(err, code, "%s: the kernel did not answer within %u ms",
                       what, net->timeout_ms);
    if (code == EAGAIN && net->interrupted)
        return err_set(err, code,
                       "%s: they changed meanwhile, %d times in a row", what,
                       LISTING_TRIES);
    if (code == EFBIG)
        return err_set(err, code, "%s: they are more than %u MiB", what,
                       LIMIT_NETLINK_ANSWER >> 20);
    if (net->sentence[0])
        return err_set(err, code, "%s: %s (kernel: %s)", what, strerror(code),
                       net->sentence);
    return err_code(err, code, "%s", what);
}

int request_do(struct net *net, struct nl_msg *request, struct err *err,
               const char *fmt, ...)
{
    char what[ERR_TEXT_SIZE];
    va_list args;

    net->answer = NULL;
    net->deadline = deadline_in(net->timeout_ms);
    nlmsg_hdr(request)->nlmsg_flags |= NLM_F_ACK;
    int code = converse(net, request);
    if (code == 0)
        return 0;
    va_start(args, fmt);
    vsnprintf(what, sizeof(what), fmt, args);
    va_end(args);
    return request_explain(net, code, what, err);
}

/* Reads the whole answer; returns 0 or a positive errno. If the listed things
 * changed meanwhile the kernel marks the listing (NLM_F_DUMP_INTR): it may lack
 * things that were there all the time. Then it starts anew. */
static int collect(struct net *net, struct nl_msg *request, struct buf *ret)
{
    int code = EAGAIN;

    net->answer = ret;
    net->deadline = deadline_in(net->timeout_ms);
    for (int i = 0; i < LISTING_TRIES && code == EAGAIN; i++) {
        buf_clear(ret);
        code = converse(net, request);
        if (code == 0 && net->interrupted)
            code = EAGAIN;
    }
    net->answer = NULL;
    return code == 0 && ret->overflow ? EFBIG : code;
}

static void show(const struct buf *answer, reply_visit *visit, void *data)
{
    struct nlmsghdr *reply = (struct nlmsghdr *)(void *)answer->data;
    int left = (int)answer->size;

    for (; nlmsg_ok(reply, left); reply = nlmsg_next(reply, &left))
        visit(data, reply);
}

int request_ask(struct net *net, struct nl_msg *request, reply_visit *visit,
                void *data, struct err *err, const char *fmt, ...)
{
    auto_buf struct buf answer = BUF_INIT(LIMIT_NETLINK_ANSWER);
    char what[ERR_TEXT_SIZE];
    va_list args;

    int code = collect(net, request, &answer);
    if (code == 0) {
        show(&answer, visit, data);
        return 0;
    }
    va_start(args, fmt);
    vsnprintf(what, sizeof(what), fmt, args);
    va_end(args);
    return request_explain(net, code, what, err);
}
