/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens to devices, in this network namespace and in all those that
 * this one has given a number to (rtnetlink(7), NETLINK_LISTEN_ALL_NSID). The
 * kernel gives the number when a device moves from here to there.
 *
 * A reader would get wrong how a namespace dies: none of its devices is
 * reported, only that its number is free (rtnl_net_notifyid() in
 * net/core/net_namespace.c). The number is given to the next one at once.
 */
#pragma once

#include "ovsint/base/cleanup.h"
#include "ovsint/base/err.h"
#include "ovsint/net/link.h"
#include "ovsint/net/net.h"

#define NSID_NONE (-1)

enum link_event_type {
    LINK_CHANGED,   /* is there, new or not */
    LINK_GONE,      /* is not in that namespace any more */
    NAMESPACE_GONE, /* nothing but `nsid` is told */
};

struct link_event {
    enum link_event_type type;
    int nsid;   /* where; NSID_NONE = here */
    bool moved; /* of LINK_GONE: to another namespace */
    struct link_info link;
};

struct link_watch;

/* Begins to listen. The descriptor does not block. */
int link_watch_open(struct link_watch **ret, struct err *err) MUST_CHECK;
void link_watch_close(struct link_watch *events);
DEFINE_AUTO(events, struct link_watch *, link_watch_close)
#define auto_events AUTO(events)

/* To be waited for until it is readable. */
int link_watch_fd(const struct link_watch *events);

/* Shows what has come. 0 when there is no more for now; -ENOBUFS when the
 * kernel had to drop some: whoever wants to know looks for himself. */
typedef void link_watch_visit(void *data, const struct link_event *event);
int link_watch_read(struct link_watch *events, link_watch_visit *visit,
                    void *data, struct err *err) MUST_CHECK;

/* The number that this namespace (of `net`) has for the one of `netns_fd`;
 * NSID_NONE when it has none. Asking gives none. */
int nsid_of(struct net *net, int netns_fd, int *ret,
            struct err *err) MUST_CHECK;
