/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to host_port.c and host_device.c: what is remembered of each host
 * access port, which is nothing that rows and devices do not tell again.
 */
#pragma once

#include "plugin/driver.h"

struct host_entry {
    struct ovsdb_call call; /* first: found from it by a cast */
    struct host_ports *ports;
    char network[CALL_ID_SIZE];
    char name[IFNAME_SIZE];
    char *text; /* of the record */
    struct record record;
    bool present; /* while the bridges are gone through */
    bool has_row;
    bool leaving;
    bool due;
    bool announces; /* what has to be done is a repair */
    bool gave_up;   /* its row cannot be made again */
    int64_t ofport;
    int64_t ifindex;
    int device; /* index of the one that was dressed last; 0 = none */
    uint64_t repaired_ms;
    struct err err; /* why it could not be dressed; code 0 = it could */
};

struct host_ports {
    struct driver *driver;
    uv_timer_t timer;
    struct host_entry **entries;
    size_t count;
};

struct host_entry *host_entry_named(const struct host_ports *ports,
                                    const char *name);

/* Dresses those that are due, or as soon as that may be. True when something
 * became ready that a call may wait for. */
bool host_devices_dress(struct host_ports *ports);
