/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the rooms of the daemon stand on: the settings, one connection to the
 * database and the rows that it shows, the switch's namespace, which is ours,
 * and what the kernel tells of devices. It knows none of the rooms; they
 * subscribe, and hear in the order in which they have subscribed:
 *
 *   1. The connection is made, and all rows are there (`on_rows`, anew).
 *   2. Rows change (`on_rows`), devices do (`on_device`, `on_inside`), the
 *      database's lock becomes ours or somebody else's (`on_lock`).
 *   3. The connection goes (`on_down`). It is made again for ever. Where that
 *      takes longer than OUTAGE_GRACE_MS, subscribers hear why (`on_away`).
 *      Then it goes on with 1.
 *
 * There is no other memory than the rows, so a daemon that starts anew knows
 * all that the last one knew.
 */
#pragma once

#include <uv.h>

#include "ovsint/base/list.h"
#include "ovsint/config/settings.h"
#include "ovsint/net/link_watch.h"
#include "ovsint/net/net.h"
#include "ovsint/program/program.h"
#include "ovsint/rows/vswitch_view.h"
#include "plugin/daemon/bridges.h"
#include "plugin/daemon/ovsdb_uv.h"

/* A restart of ovsdb-server takes less. */
#define OUTAGE_GRACE_MS 2000

/* What a room wants to hear; each may be NULL. */
struct host_events {
    /* `ports` and `bridges` have been brought up to date with these updates.
     * `anew`: they are all rows that there are, after a connection was made. */
    void (*on_rows)(void *data, const struct json *updates, bool anew);
    /* The connection went, or could not be made once more. The rows stay as
     * they were last. */
    void (*on_down)(void *data, const struct err *why);
    void (*on_away)(void *data, const struct err *why);
    /* The lock that host_open() was given; nobody has it after `on_down`. */
    void (*on_lock)(void *data, bool ours);
    /* A device of our own namespace. */
    void (*on_device)(void *data, const struct link_event *event);
    /* A device of another namespace, or that namespace's end. */
    void (*on_inside)(void *data, const struct link_event *event);
    /* All that the kernel had to tell was told. `complete` is false when it
     * had to drop some of it. */
    void (*on_heard)(void *data, bool complete);
    /* Docker has taken the endpoint out of its container, or given it up. True
     * when rows of it may come yet, as somebody is about to write them. */
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
    struct vswitch_view ports; /* rows that carry an owner of ours */
    struct bridges bridges;
    struct net *net; /* of the switch's namespace */
    char boot[BOOT_ID_SIZE];
    /* How long whoever asks something of the daemon waits for it. */
    unsigned call_timeout_ms;
    struct err down; /* why there is no database; code 0 = unknown */

    /* Private to host.c. */
    uv_timer_t grace;
    uv_poll_t poll;
    struct link_watch *links;
    struct list subscribers;
    unsigned handles; /* that the loop has not closed */
};

/* Begins to connect to the database at `remote`, to ask for `lock` there, and
 * to listen to devices. Nobody hears anything before the loop runs. The
 * arguments are kept by the caller. */
int host_open(uv_loop_t *loop, const struct settings *settings,
              const char *remote, const char *lock, struct host **ret,
              struct err *err) MUST_CHECK;
/* When nobody is subscribed any more. The memory goes when the loop has closed
 * it. NULL is fine. */
void host_close(struct host *host);

void host_subscribe(struct host *host, struct host_subscriber *subscriber);
void host_unsubscribe(struct host_subscriber *subscriber);

/* Tells it all subscribers. True when one of them says so. */
bool host_endpoint_left(struct host *host, const char *endpoint);
