/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Requests in a buffer of our own: what a container has made may be larger than
 * the page that libnl gives a message.
 *
 * In a stored request, nlmsg_seq marks that it is done. It gets its number when
 * it is sent.
 */
#include "common/net/replay.h"

#include <errno.h>
#include <string.h>

#define PASSES_MAX 6

void replay_done(struct replay *replay)
{
    buf_done(&replay->messages);
    buf_done(&replay->next);
}

static void pad(struct buf *buf)
{
    static const char padding[NLMSG_ALIGNTO];

    buf_add(buf, padding, NLMSG_ALIGN(buf->size) - buf->size);
}

void replay_begin(struct replay *replay, int type, int flags, const void *head,
                  size_t size)
{
    struct nlmsghdr message = {.nlmsg_type = (uint16_t)type,
                               .nlmsg_flags =
                                   (uint16_t)(NLM_F_REQUEST | flags)};

    buf_clear(&replay->next);
    buf_add(&replay->next, &message, sizeof(message));
    buf_add(&replay->next, head, size);
    pad(&replay->next);
}

void replay_put(struct replay *replay, int type, const void *value, size_t size)
{
    struct nlattr attribute = {.nla_type = (uint16_t)type,
                               .nla_len = (uint16_t)(NLA_HDRLEN + size)};

    buf_add(&replay->next, &attribute, sizeof(attribute));
    buf_add(&replay->next, value, size);
    pad(&replay->next);
}

void replay_copy(struct replay *replay, const struct nlattr *attribute)
{
    buf_add(&replay->next, attribute, attribute->nla_len);
    pad(&replay->next);
}

void replay_end(struct replay *replay)
{
    struct buf *next = &replay->next;
    struct buf *all = &replay->messages;

    if (next->overflow || all->cap - all->size < next->size) {
        replay->left_out++;
        return;
    }
    ((struct nlmsghdr *)(void *)next->data)->nlmsg_len = (uint32_t)next->size;
    buf_add(all, next->data, next->size);
}

struct nlmsghdr *replay_next(const struct replay *replay,
                             const struct nlmsghdr *previous)
{
    const struct buf *all = &replay->messages;
    size_t at = previous ? (size_t)((const char *)previous - all->data) +
                               previous->nlmsg_len
                         : 0;

    return at < all->size ? (struct nlmsghdr *)(void *)(all->data + at) : NULL;
}

bool replay_same(const struct nlmsghdr *left, const struct nlmsghdr *right)
{
    return left->nlmsg_len == right->nlmsg_len &&
           memcmp((const char *)left + NLMSG_HDRLEN,
                  (const char *)right + NLMSG_HDRLEN,
                  left->nlmsg_len - NLMSG_HDRLEN) == 0;
}

void replay_refused(struct replay_result *result, const struct err *err)
{
    if (result->refused++ == 0)
        result->err = *err;
}

int replay_do(struct net *net, const struct nlmsghdr *request, int type,
              int flags, struct err *err, const char *what)
{
    auto_buf struct buf copy = BUF_INIT(request->nlmsg_len);

    buf_add(&copy, request, request->nlmsg_len);
    struct nlmsghdr *head = (struct nlmsghdr *)(void *)copy.data;
    head->nlmsg_seq = NL_AUTO_SEQ;
    head->nlmsg_type = (uint16_t)type;
    head->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    auto_request struct nl_msg *message = nlmsg_convert(head);
    if (!message)
        mem_exhausted();
    return request_do(net, message, err, "%s", what);
}

/* How many are left, or were refused in the last pass. */
static unsigned send_pass(struct net *net, const struct replay *replay,
                          replay_filter *done, const char *what,
                          struct replay_result *result)
{
    struct nlmsghdr *request = NULL;
    unsigned open = 0;

    while ((request = replay_next(replay, request))) {
        struct err err = {0};
        if (request->nlmsg_seq || (done && done(request, 0)))
            continue;
        int r = replay_do(net, request, request->nlmsg_type,
                          request->nlmsg_flags, &err, what);
        request->nlmsg_seq = r >= 0 || (done && done(request, -r));
        if (request->nlmsg_seq)
            continue;
        open++;
        if (result)
            replay_refused(result, &err);
    }
    return open;
}

void replay_send(struct net *net, const struct replay *replay,
                 replay_filter *done, const char *what,
                 struct replay_result *result)
{
    unsigned before = 0;
    unsigned open = send_pass(net, replay, done, what, NULL);

    for (int i = 0; i < PASSES_MAX && open > 0 && open != before; i++) {
        before = open;
        open = send_pass(net, replay, done, what, NULL);
    }
    if (open > 0)
        send_pass(net, replay, done, what, result);
}
