/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the rooms of the daemon stand on: the settings, one connection to the
 * database and the rows that it shows, our namespace, which is the switch's,
 * and what the kernel reports of devices. It knows none of the rooms. They
 * subscribe, and are called in the order in which they have subscribed:
 *
 *   1. The connection is made, and all rows are there (`on_rows`, anew).
 *   2. Rows change (`on_rows`), devices change (`on_device`, `on_inside`), the
 *      database's lock becomes ours or somebody else's (`on_lock`).
 *   3. The connection goes (`on_down`). It is tried again for ever. If that
 *      takes longer than OUTAGE_GRACE_MS, subscribers are told why (`on_away`).
 *      Then it goes on with 1.
 *
 * The rows are the only memory: so a daemon that starts knows all that the last
 * one knew.
 */
#pragma once

#include <uv.h>

#include "ovsint/base/list.h"
#include "ovsint/config/settings.h"
#include "ovsint/net/link_watch.h"
#include "ovsint/net/net.h"
#include "ovsint/program/program.h"
#include "ovsint/rows/mirror.h"
#include "ovsint/rows/vswitch_view.h"
#include "plugin/daemon/bridges.h"
#include "plugin/daemon/measures.h"
#include "plugin/daemon/ovsdb_uv.h"

/* A restart of ovsdb-server takes less. */
#define OUTAGE_GRACE_MS 2000

/* The events that a room wants; each may be NULL. */
struct host_events {
    /* These updates were applied to `ports` and `bridges`. `anew`: they are all
     * rows, after a connection was made. */
    void (*on_rows)(void *data, const struct json *updates, bool anew);
    /* The connection went, or a try to make it failed. The rows stay as they
     * were. */
    void (*on_down)(void *data, const struct err *why);
    void (*on_away)(void *data, const struct err *why);
    /* The lock that host_open() was given. After `on_down` it is not ours. */
    void (*on_lock)(void *data, bool ours);
    /* A device of our own namespace. */
    void (*on_device)(void *data, const struct link_event *event);
    /* A device of another namespace, or the end of that namespace. */
    void (*on_inside)(void *data, const struct link_event *event);
    /* All that the kernel had to report was passed on. Without `complete` the
     * kernel had to drop some of it. */
    void (*on_heard)(void *data, bool complete);
    /* Docker has moved the endpoint out of its container, or has removed it.
     * True if a row of it may still come, as it is about to be written. */
    bool (*on_endpoint_left)(void *data, const char *endpoint);
};

/* Embedded in the room that subscribes. */
struct host_subscriber {
    const struct host_events *events;
    void *data;
    struct list link;
};

struct host {
    const struct settings *settings;
    struct ovsdb *ovsdb;
    struct vswitch_view ports; /* rows with an owner of ours */
    struct bridges bridges;
    struct mirrors mirrors;
    struct net *net; /* of the switch's namespace */
    char boot[BOOT_ID_SIZE];
    /* How long somebody who asks the daemon waits for it. */
    unsigned call_timeout_ms;
    struct err down; /* why there is no database; code 0 = not known */
    struct measures measures;

    /* Private to host.c. */
    uv_timer_t grace;
    uv_poll_t poll;
    struct link_watch *links;
    struct list subscribers;
    unsigned handles; /* that the loop has not closed */
};

/* Starts to connect to the database at `remote`, to ask for `lock` there, and
 * to listen to devices. Subscribers hear nothing before the loop runs. The
 * caller keeps the arguments. */
int host_open(uv_loop_t *loop, const struct settings *settings,
              const char *remote, const char *lock, struct host **ret,
              struct err *err) MUST_CHECK;
/* Call it when nobody is subscribed. The memory is freed when the loop has
 * closed it. NULL is fine. */
void host_close(struct host *host);

void host_subscribe(struct host *host, struct host_subscriber *subscriber);
void host_unsubscribe(struct host_subscriber *subscriber);

/* Tells all subscribers. True if one of them returns true. */
bool host_endpoint_left(struct host *host, const char *endpoint);
