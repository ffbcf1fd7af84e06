/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Inside common/net only: the parts of a device's state, and which file reads
 * and gives each part.
 */
#pragma once

#include "common/net/replay.h"
#include "ovsint/base/helper.h"
#include "ovsint/base/limits.h"
#include "ovsint/net/device_state.h"

struct device_groups {
    struct ip ip[LIMIT_DEVICE_GROUPS];
    size_t count;
};

struct device_state {
    struct link_info info; /* as it was read */
    int ifindex;           /* the index that the requests below name */
    struct buf link;       /* the listing's message about it */
    struct replay made; /* the request that makes a device upon another one */
    struct replay addresses;
    struct replay routes;
    struct replay neighbours;
    struct replay disciplines;
    /* directory, name and value of each setting, NUL-terminated */
    struct buf sysctls;
    struct device_groups groups;
    bool has_settings; /* the settings were read */
    /* sockets are bound to it, or there are routes of several legs */
    bool is_bound;
    struct device_state *uppers[LIMIT_DEVICE_UPPERS];
    size_t upper_count;
};

/* Asks the helper for what gives something back. */
int device_ask_loss(const struct helper_call *call, struct device_loss *ret,
                    struct err *err) MUST_CHECK;

/* Adds what could not be given back. */
void replay_lost(struct replay_result *result, const struct device_loss *loss);

/* Its requests name this device from now on, and none of them is done. */
void device_state_aim(struct device_state *state, int ifindex);

/* device_addresses.c, device_routes.c, device_tc.c: listings. */
int device_addresses_take(struct net *net, struct device_state *state,
                          struct err *err) MUST_CHECK;
/* Link-local addresses of IPv6, before the device is up: if there is none then,
 * the kernel makes one. */
void device_addresses_give_local(struct net *net,
                                 const struct device_state *state,
                                 struct replay_result *result);
void device_addresses_give(struct net *net, const struct device_state *state,
                           struct replay_result *result);

int device_routes_take(struct net *net, struct device_state *state,
                       struct err *err) MUST_CHECK;
int device_routes_give(struct net *net, const struct device_state *state,
                       struct replay_result *result,
                       struct err *err) MUST_CHECK;

int device_neighbours_take(struct net *net, struct device_state *state,
                           struct err *err) MUST_CHECK;

int device_tc_take(struct net *net, struct device_state *state,
                   struct err *err) MUST_CHECK;
void device_tc_give(struct net *net, const struct device_state *state,
                    struct replay_result *result);

/* device_settings.c: files below /proc/sys/net, of the state and those upon it.
 */
int device_settings_take(int netns_fd, struct device_state *state,
                         struct err *err) MUST_CHECK;
int device_settings_give(int netns_fd, const char *name,
                         const struct device_state *state,
                         struct replay_result *result,
                         struct err *err) MUST_CHECK;
/* 1 if some settings of the device `other` differ from those of the state's
 * device. `link` is the listing's message about `other`. */
int device_settings_differ(struct net *net, const struct device_state *state,
                           struct nlmsghdr *link, struct err *err) MUST_CHECK;

/* device_sockets.c: groups that sockets have joined on the device, packet
 * sockets that are bound to it; also of the devices upon it. */
int device_members_take(int netns_fd, struct device_state *state,
                        struct err *err) MUST_CHECK;

/* Are other sockets bound to it? */
int device_bound_take(int netns_fd, struct device_state *state,
                      struct err *err) MUST_CHECK;
/* Makes sockets of processes in the namespace join the groups again that they
 * believe to be in. */
int device_groups_give(struct net *net, int netns_fd,
                       const struct device_state *state,
                       struct replay_result *result,
                       struct err *err) MUST_CHECK;
