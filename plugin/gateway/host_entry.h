/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to host_port.c and host_device.c: what is remembered of each host
 * access port, which is nothing that rows and devices do not tell again.
 */
#pragma once

#include "ovsint/net/setting_watch.h"
#include "plugin/gateway/forwarding.h"
#include "plugin/gateway/private.h"

struct host_entry {
    struct ovsdb_call call; /* first: found from it by a cast */
    struct host_ports *ports;
    char network[DOCKER_ID_SIZE];
    char name[IFNAME_SIZE];
    char *text; /* of the network's row */
    char *spec; /* ID_HOST_SPEC as its port's row said last, or NULL */
    struct network_row network_row;
    bool present;                   /* while the bridges are gone through */
    const struct vswitch_port *row; /* while it is shown; or NULL */
    bool leaving;
    bool due;
    bool announces; /* what has to be done is a repair */
    bool gave_up;   /* its row cannot be made again */
    int64_t ofport;
    int64_t ifindex;
    int device; /* index of the one that was set up last; 0 = none */
    uint64_t repaired_ms;
    struct err err; /* why it could not be set up; code 0 = it could */
};

struct host_ports {
    struct gateway *gateway;
    uv_timer_t timer;
    uv_timer_t look_timer;
    uv_poll_t poll;
    unsigned handles; /* open: the memory goes with the last */
    struct setting_watch *changes;
    struct host_entry **entries;
    size_t count;
    struct forwarding forwarding;
    uint64_t looked_ms;
};

struct host_entry *host_entry_named(const struct host_ports *ports,
                                    const char *name);

/* The timers and what is listened to. */
int host_devices_open(uv_loop_t *loop, struct host_ports *ports,
                      struct err *err) MUST_CHECK;
void host_devices_close(struct host_ports *ports);

/* Sees to forwarding, but not all the time. */
void host_devices_look_soon(struct host_ports *ports);
/* Sets up those that are due, or as soon as that may be. True when something
 * became ready that a call may wait for. */
bool host_devices_set_up(struct host_ports *ports);
