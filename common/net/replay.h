/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside common/net only: from what a listing shows of a device to requests
 * that make the same once more. A listing's message and the request for its
 * object have one form, header and attributes; what only the kernel may say
 * of it is left out as the request is written.
 */
#pragma once

#include "common/net/request.h"

struct replay {
    struct buf messages; /* requests, aligned, one after the other */
    struct buf next;     /* the one that is being written */
    unsigned left_out;   /* there was no room for them */
};

#define REPLAY_INIT(most) \
    ((struct replay){.messages = BUF_INIT(most), .next = BUF_INIT(64u << 10)})

void replay_done(struct replay *replay);

/* Attributes of a message after a family header of `size` bytes; those within
 * another attribute. */
#define for_each_attribute(attribute, left, message, size)   \
    for ((attribute) = nlmsg_attrdata(message, (int)(size)), \
        (left) = nlmsg_attrlen(message, (int)(size));        \
         nla_ok(attribute, left); (attribute) = nla_next(attribute, &(left)))
#define for_each_nested(attribute, left, nest)                 \
    for ((attribute) = nla_data(nest), (left) = nla_len(nest); \
         nla_ok(attribute, left); (attribute) = nla_next(attribute, &(left)))

/* Writing: the header of the family, attributes, and the end. */
void replay_begin(struct replay *replay, int type, int flags, const void *head,
                  size_t size);
void replay_put(struct replay *replay, int type, const void *value,
                size_t size);
void replay_copy(struct replay *replay, const struct nlattr *attribute);
void replay_end(struct replay *replay);

/* Reading: NULL after the last one. */
struct nlmsghdr *replay_next(const struct replay *replay,
                             const struct nlmsghdr *previous);

/* Do two requests name the same object with the same content? */
bool replay_same(const struct nlmsghdr *left, const struct nlmsghdr *right);

/* What giving a device back came to. */
struct replay_result {
    unsigned refused;
    struct err err; /* the first refusal's */
};
void replay_refused(struct replay_result *result, const struct err *err);

/* Sends each request that `done` does not say is done, again and again as long
 * as that helps, since one may need another one. `done` sees each before it is
 * sent (code 0: is it to be left out?), and each errno that it got: a refusal
 * that is none. NULL = none is. */
typedef bool replay_filter(const struct nlmsghdr *request, int code);
void replay_send(struct net *net, const struct replay *replay,
                 replay_filter *done, const char *what,
                 struct replay_result *result);

/* One request, as another type and with other flags. */
int replay_do(struct net *net, const struct nlmsghdr *request, int type,
              int flags, struct err *err, const char *what) MUST_CHECK;
