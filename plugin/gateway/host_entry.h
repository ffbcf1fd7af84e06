/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Private to host_port.c, host_device.c and transient.c: what is remembered of
 * each host access port. All of it can be learned again from rows and devices.
 */
#pragma once

#include "ovsint/net/setting_watch.h"
#include "plugin/gateway/forwarding.h"
#include "plugin/gateway/logical_gateways.h"
#include "plugin/gateway/private.h"

struct host_entry {
    struct ovsdb_call call;
    struct host_ports *ports;
    char network[DOCKER_ID_SIZE];
    char name[IFNAME_SIZE];
    char *text; /* of the network row */
    char *spec; /* ID_HOST_SPEC as its row had it last, or NULL */
    char ovn[NETWORK_NAME_SIZE]; /* the logical switch it says; "" = none */
    struct host_logical logical;
    struct network_row network_row;
    bool present;                   /* scratch, while the bridges are walked */
    const struct vswitch_port *row; /* valid while the view has it; or NULL */
    bool leaving;
    bool due;
    uint64_t again_ms;  /* when to try again what has failed; 0 = nothing has */
    bool announces;     /* the next setting up is a repair, so it is logged */
    bool was_there;     /* before the row that is being written */
    bool gave_up;       /* its row could not be made (again) */
    struct err row_err; /* why */
    uint64_t idle_ms;   /* of a transient network: since when it has no port */
    int64_t ofport;
    int64_t ifindex;
    int device; /* index of the device that was set up last; 0 = none */
    uint64_t repaired_ms;
    struct err err; /* why it could not be set up; code 0 = it could */
};

struct host_ports {
    struct gateway *gateway;
    uv_timer_t timer;
    uv_timer_t look_timer;
    uv_timer_t idle_timer;
    uv_poll_t poll;
    /* that are open: the last one to close frees the memory */
    unsigned handles;
    struct setting_watch *changes;
    struct host_entry **entries;
    size_t count;
    struct forwarding forwarding;
    uint64_t looked_ms;
};

struct host_entry *host_entry_named(const struct host_ports *ports,
                                    const char *name);

/* transient.c: removes networks that have been without a port for a while. Call
 * it when rows have changed. */
void transient_look(struct host_ports *ports);
void on_transient_timer(uv_timer_t *timer);

/* Opens the timers and the watch of settings. */
int host_devices_open(uv_loop_t *loop, struct host_ports *ports,
                      struct err *err) MUST_CHECK;
void host_devices_close(struct host_ports *ports);

/* Looks at forwarding soon, but not all the time. */
void host_devices_look_soon(struct host_ports *ports);
/* Sets up those that are due, or sets a timer for them. True if something
 * became ready that a call may wait for. */
bool host_devices_set_up(struct host_ports *ports);
