/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Private to common/net: the socket itself, and one request with its answer.
 * libnl builds and parses attributes, reads and writes. Added here is what
 * libnl drops: the kernel's errno and sentence, the true sender of an answer, a
 * deadline.
 *
 * Building a request cannot fail: ours are far smaller than the page that libnl
 * gives them, so the put functions abort instead of returning an error.
 */
#pragma once

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/socket.h>
#include <stdint.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/deadline.h"
#include "ovsint/base/err.h"
#include "ovsint/base/helper.h"
#include "ovsint/base/parse.h"
#include "ovsint/net/link.h"
#include "ovsint/net/net.h"

#define REQUEST_SENTENCE_SIZE 256

/* Called for one message of the answer. */
typedef void reply_visit(void *data, struct nlmsghdr *reply);

struct net {
    struct nl_sock *sock;
    int packet_fd; /* -1 without NET_WITH_ANNOUNCE */
    unsigned timeout_ms;

    /* The request in progress, for the callbacks. */
    struct deadline deadline;
    uint32_t sequence;
    bool done;
    bool interrupted; /* what is listed has changed meanwhile */
    int code;         /* positive errno from the kernel, 0 = success */
    char sentence[REQUEST_SENTENCE_SIZE]; /* the kernel's sentence, or "" */
    struct buf *answer; /* gathers the answer to a question, or NULL */
};

/* Sets the callbacks and options of a connected socket. */
int request_prepare(struct net *net, struct err *err) MUST_CHECK;

/* Connects it by a netlink socket in that namespace, which the helper opens. */
int net_take_socket(struct net *net, int netns_fd, enum helper_socket what,
                    struct err *err) MUST_CHECK;

struct nl_msg *request_new(int type, int flags, const void *header,
                           size_t size);
void request_free(struct nl_msg *request);
DEFINE_AUTO(request, struct nl_msg *, request_free)
#define auto_request AUTO(request)

void request_put(struct nl_msg *request, int type, const void *value,
                 size_t size);
void request_put_u32(struct nl_msg *request, int type, uint32_t value);
void request_put_text(struct nl_msg *request, int type, const char *text);
void request_put_ip(struct nl_msg *request, int type, const struct ip *ip);
struct nlattr *request_nest(struct nl_msg *request, int type);
void request_nest_end(struct nl_msg *request, struct nlattr *nest);

/* Sends a change and waits for the kernel's answer. The text after `err` says
 * what was attempted. */
int request_do(struct net *net, struct nl_msg *request, struct err *err,
               const char *fmt, ...) PRINTF_LIKE(4, 5) MUST_CHECK;

/* Sends a question. Visits every message of the answer once it is complete, so
 * the visitor may ask other questions. If what is listed changes meanwhile the
 * listing starts anew, unseen by the visitor; -EAGAIN if that happens again and
 * again. */
int request_ask(struct net *net, struct nl_msg *request, reply_visit *visit,
                void *data, struct err *err, const char *fmt, ...)
    PRINTF_LIKE(6, 7) MUST_CHECK;

/* Parses the attributes after a family header of `size` bytes into `ret`, which
 * has room for types up to `max`. Larger types are ignored. */
void reply_parse(struct nlmsghdr *reply, size_t size, struct nlattr **ret,
                 int max);
/* The address in an attribute of a message of this family. Its family is 0 if
 * the attribute is missing or has another size. */
struct ip reply_ip(int family, const struct nlattr *attribute);

/* Reads an RTM_NEWLINK or RTM_DELLINK; false for anything else. */
bool link_read(struct nlmsghdr *message, struct link_info *ret);
