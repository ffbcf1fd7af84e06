/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Link events of this namespace, and of every namespace that this one has an
 * nsid for (rtnetlink(7), NETLINK_LISTEN_ALL_NSID). The kernel assigns the nsid
 * when a device moves there.
 *
 * Pitfall: when a namespace dies none of its devices is reported, only that its
 * nsid is free (rtnl_net_notifyid() in net/core/net_namespace.c). The kernel
 * gives the nsid to the next namespace at once.
 */
#pragma once

#include "ovsint/base/cleanup.h"
#include "ovsint/base/err.h"
#include "ovsint/net/link.h"
#include "ovsint/net/net.h"

#define NSID_NONE (-1)

enum link_event_type {
    LINK_CHANGED,   /* it exists, and may be new */
    LINK_GONE,      /* it is no longer in that namespace */
    NAMESPACE_GONE, /* only `nsid` is set */
};

struct link_event {
    enum link_event_type type;
    int nsid;   /* where; NSID_NONE = here */
    bool moved; /* of LINK_GONE: it moved to another namespace */
    struct link_info link;
};

struct link_watch;

/* Starts to listen. The descriptor is non-blocking. */
/* The socket that it reads from, not yet bound. The kernel asks who has opened
 * it for CAP_NET_BROADCAST, whenever it has something to tell. */
int link_watch_socket(struct err *err) MUST_CHECK;
int link_watch_open(struct link_watch **ret, struct err *err) MUST_CHECK;
void link_watch_close(struct link_watch *watch);
DEFINE_AUTO(link_watch, struct link_watch *, link_watch_close)
#define auto_link_watch AUTO(link_watch)

/* Poll it for reading. */
int link_watch_fd(const struct link_watch *watch);

/* Visits the events that have come. 0 if there are no more for now; -ENOBUFS if
 * the kernel had to drop some: then look at everything. */
typedef void link_watch_visit(void *data, const struct link_event *event);
int link_watch_read(struct link_watch *watch, link_watch_visit *visit,
                    void *data, struct err *err) MUST_CHECK;

/* The nsid that this namespace (of `net`) has for the one of `netns_fd`;
 * NSID_NONE if it has none. Asking assigns none. */
int nsid_of(struct net *net, int netns_fd, int *ret,
            struct err *err) MUST_CHECK;
