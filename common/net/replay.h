/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Inside common/net only: turns what a listing shows of a device into requests
 * that make the same again. A message of a listing and a request for its object
 * have one form, header and attributes. What only the kernel may say is left
 * out.
 */
#pragma once

#include "common/net/request.h"

struct replay {
    struct buf messages; /* requests, aligned, one after the other */
    struct buf next;     /* the request that is being written */
    unsigned left_out;   /* how many had no room */
};

#define REPLAY_INIT(most) \
    ((struct replay){.messages = BUF_INIT(most), .next = BUF_INIT(64u << 10)})

void replay_done(struct replay *replay);

/* Walks the attributes of a message after a family header of `size` bytes; or
 * those within another attribute. */
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

/* The outcome of giving a device its state back. */
struct replay_result {
    unsigned refused;
    struct err err; /* the first refusal's */
};
void replay_refused(struct replay_result *result, const struct err *err);

/* Sends each request that `done` does not call done. It repeats that as long as
 * it helps, as one request may need another one. `done` is asked before a
 * request is sent (code 0: leave it out?), and after a refusal (its errno: is
 * that no refusal?). NULL = nothing is done. */
typedef bool replay_filter(const struct nlmsghdr *request, int code);
void replay_send(struct net *net, const struct replay *replay,
                 replay_filter *done, const char *what,
                 struct replay_result *result);

/* Sends one request, with another type and other flags. */
int replay_do(struct net *net, const struct nlmsghdr *request, int type,
              int flags, struct err *err, const char *what) MUST_CHECK;
