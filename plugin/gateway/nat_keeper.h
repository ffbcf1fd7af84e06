/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Keeps the ruleset equal to the rows: what is done, in which order, and what
 * follows if a step fails. It reaches the kernel by functions that it is given,
 * and has neither descriptor nor clock: so a test gives it functions of its
 * own.
 */
#pragma once

#include "ovsint/base/err.h"
#include "ovsint/net/link.h"
#include "ovsint/nft/conntrack.h"
#include "ovsint/nft/nft.h"
#include "plugin/gateway/docker_bridges.h"
#include "plugin/gateway/nat_forget.h"
#include "plugin/gateway/nat_parts.h"

/* All but `wake`, `go_on` and `forward` return what the functions of that name
 * do. */
struct nat_kernel {
    /* Makes nftables usable, unless they are. */
    int (*open)(void *data, struct err *err);
    int (*run)(void *data, const char *commands, struct err *err);
    int (*has_table)(void *data, const char *table, struct err *err);
    int (*read_bridges)(void *data, struct docker_bridges *bridges,
                        struct err *err);
    /* other_filters() */
    int (*open_filters)(void *data, bool wanted, struct err *err);
    /* conntrack_search_go_on(), with the search that is under way; `anew`: with
     * another one. */
    int (*forget_udp)(void *data, bool anew,
                      const struct conntrack_judge *judge, struct err *err);
    /* nat_keeper_wake() is to be called after so many milliseconds, or
     * earlier. */
    void (*wake)(void *data, unsigned in_ms);
    /* nat_keeper_go_on() is to be called in a later turn of the loop. */
    void (*go_on)(void *data);
    /* Devices with mode=nat may forward from now on, or must not. */
    void (*forward)(void *data, bool in_force);
};

struct nat_keeper {
    const struct nat_kernel *kernel;
    void *data;           /* for these functions */
    struct nat_view view; /* what the rows asked for last */
    /* what is still to be done until the table is as the view says */
    struct nat_parts parts;
    bool has_news; /* the whole table has brought parts: go_on() tells */
    /* Ports whose UDP connections are to be forgotten when it is; NULL = none
     */
    struct port_map *changed;
    bool has_strays; /* a network has come that old connections may lead to */
    struct nat_forgetting forgetting;
    struct forwarding_device *forwarding;
    size_t forwarding_count;
    struct docker_bridges docker_bridges;
    bool usable;    /* nftables are open */
    bool in_force;  /* the table is as the view says, but for the parts */
    bool intact;    /* nobody has changed it since it was last in force */
    bool disturbed; /* somebody has changed it, and that was not told yet */
    bool closed;    /* nothing is forwarded until it is in force */
    char (*devices)[IFNAME_SIZE]; /* of the networks that are in it */
    size_t device_count;
    /* our rules in the chains of others are as they should be */
    bool filters_known;
    struct err err; /* why it is not in force */
    unsigned repair_ms;
    uint64_t repaired_ms;
    uint64_t repairs; /* of what somebody else had changed */
};

/* Opens nftables. If that fails it is tried again when they are needed. */
void nat_keeper_init(struct nat_keeper *keeper, const struct nat_kernel *kernel,
                     void *data);
void nat_keeper_done(struct nat_keeper *keeper);

/* The rows are there, or have changed. */
void nat_keeper_rows(struct nat_keeper *keeper, const struct bridges *bridges,
                     const struct vswitch_view *rows, const char *boot);

/* As nat_in_force(), nat_forwards(), nat_set_forwarding() of nat.h. */
int nat_keeper_in_force(struct nat_keeper *keeper, const char *port,
                        struct err *err) MUST_CHECK;
bool nat_keeper_forwards(const struct nat_keeper *keeper, const char *device);
int nat_keeper_open_devices(struct nat_keeper *keeper,
                            const struct forwarding_device *devices,
                            size_t count, struct err *err) MUST_CHECK;

/* A device of the host has come or changed. */
void nat_keeper_link(struct nat_keeper *keeper, const struct link_info *link);
/* Somebody else has changed rules. */
void nat_keeper_changes(struct nat_keeper *keeper,
                        const struct nft_changes *changes);
/* Call it at the time that `wake` was told; at other times it does no harm.
 * True if something is ready that calls may wait for. */
bool nat_keeper_wake(struct nat_keeper *keeper, uint64_t now_ms) MUST_CHECK;
/* Puts the next part in force, and looks at the next connections. True if
 * something is ready that calls may wait for, also since the last time. */
bool nat_keeper_go_on(struct nat_keeper *keeper) MUST_CHECK;
/* The program is about to end: puts all parts in force and ends each search,
 * whatever that takes. */
void nat_keeper_finish(struct nat_keeper *keeper);
