/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Devices of one namespace: find, move, set up, create, delete. It knows
 * nothing of Open vSwitch. That an internal port must never be renamed
 * (link_rename() destroys it at the switch's next reconfiguration) is for the
 * caller to know: link_add_altname() gives such a device the expected name.
 *
 * Pitfall: a move may change the index. The kernel keeps it only if it is free
 * in the other namespace. After link_move_in() look the device up inside, by
 * its name.
 */
#pragma once

#include <stdbool.h>

#include "ovsint/base/err.h"
#include "ovsint/base/parse.h"
#include "ovsint/net/net.h"

#define LINK_KIND_SIZE 16

struct link_info {
    int ifindex;
    int master; /* index of the bridge or bond that it is on; 0 = none */
    int peer;   /* of a veth: the other end's index, in its own namespace */
    char name[IFNAME_SIZE]; /* its real name, also if an altname found it */
    struct mac mac;         /* all zero if it has no 6-byte address */
    unsigned mtu;
    bool up;      /* IFF_UP: wanted up */
    bool carrier; /* IFF_LOWER_UP: never set while it is down */
    /* IFLA_CARRIER, also while it is down: a program holds the TAP */
    bool attached;
    bool loopback;
    bool unfinished;           /* it is marked so, see struct link_move */
    bool promiscuous;          /* as programs have asked; not if a bridge has */
    char kind[LINK_KIND_SIZE]; /* "openvswitch", "tun", "veth", ... or "" */
};

/* Finds a device by name or altname. 1 with *ret filled, 0 if there is none. */
int link_find(struct net *net, const char *name, struct link_info *ret,
              struct err *err) MUST_CHECK;
/* The same by index. */
int link_by_index(struct net *net, int ifindex, struct link_info *ret,
                  struct err *err) MUST_CHECK;

/* Visits every device of the namespace. The visitor must not use `net`. Costs
 * in proportion to their number, so it is not for an attach. */
typedef void link_visit(void *data, const struct link_info *info);
int link_each(struct net *net, link_visit *visit, void *data,
              struct err *err) MUST_CHECK;

/* The alias of a device that was moved and is not set up yet. */
#define LINK_UNFINISHED "ovsint: not set up yet"

struct link_move {
    const struct mac *mac; /* NULL = keep */
    unsigned mtu;          /* 0 = keep */
    int index; /* in the other namespace; 0 = the same, or the next free one */
    bool up;
    /* Marks the device as unfinished. The mark goes with link_set_alias(). If
     * whoever moves it dies before that, the next one sees that it lacks
     * something. */
    bool unfinished;
};

/* Moves a device into another namespace under its own name and sets it up, all
 * in one RTM_NEWLINK: four single steps would cost the switch four
 * reconfigurations. It is not promiscuous there: ovs-vswitchd opens a TAP so
 * (lib/dpif-netdev.c), which changes nothing of what a TAP hears
 * (drivers/net/tun.c), and plugins of a CNI chain take it for a fault. The
 * kernel moves first and then sets the rest (do_setlink() in
 * net/core/rtnetlink.c), so after a failure the device may be on either side;
 * to undo, delete its port. -EEXIST: the name or an altname is taken there, and
 * nothing was moved. -EBUSY: the index is taken; a kernel before Linux 5.12
 * ignores it. -ENODEV: there is no such device here. */
int link_move_in(struct net *host, int ifindex, int netns_fd,
                 const struct link_move *move, struct err *err) MUST_CHECK;

/* Sets the text that `ip link` shows as "alias"; "" = none. -ENODEV. */
int link_set_alias(struct net *net, const char *name, const char *alias,
                   struct err *err) MUST_CHECK;
int link_set_up(struct net *net, int ifindex, struct err *err) MUST_CHECK;
int link_set_down(struct net *net, int ifindex, struct err *err) MUST_CHECK;
int link_set_mtu(struct net *net, int ifindex, unsigned mtu,
                 struct err *err) MUST_CHECK;
int link_set_mac(struct net *net, int ifindex, const struct mac *mac,
                 struct err *err) MUST_CHECK;

/* Adds a second name, by which every tool finds the device (Linux 5.5). -EEXIST
 * if any device of the namespace, this one included, has it as name or
 * altname. */
int link_add_altname(struct net *net, int ifindex, const char *altname,
                     struct err *err) MUST_CHECK;
/* -ENOENT if the device does not have it. */
int link_del_altname(struct net *net, int ifindex, const char *altname,
                     struct err *err) MUST_CHECK;

struct link_veth {
    const char *name;           /* of the end that stays with `host` */
    const char *peer_name;      /* of the end in the other namespace */
    const struct mac *peer_mac; /* NULL = random */
    unsigned mtu;               /* of both ends; 0 = 1500 */
    bool up;                    /* of the end that stays with `host` */
};

/* Creates a veth pair in one request. The peer is born inside `peer_netns_fd`,
 * and both ends have their final names. The peer is down: the kernel cannot set
 * it up before the pair is joined (veth_open() in drivers/net/veth.c). -EEXIST
 * if either name is taken; then nothing was created. */
int link_create_veth(struct net *host, const struct link_veth *veth,
                     int peer_netns_fd, struct err *err) MUST_CHECK;

/* -EOPNOTSUPP for an internal port of the kernel datapath, which only the
 * switch may delete. -ENODEV if it is gone already. */
int link_delete(struct net *net, int ifindex, struct err *err) MUST_CHECK;

/* Sets the device down and gives it another real name. -EEXIST if the name is
 * taken. */
int link_rename_down(struct net *net, int ifindex, const char *name,
                     struct err *err) MUST_CHECK;

/* Gives the device another real name. Before Linux 6.2 a device that is up is
 * set down for it (dev_change_name() in net/core/dev.c) and up again, which
 * loses its routes. -EEXIST if the name is taken; then nothing but these routes
 * has changed. */
int link_rename(struct net *net, int ifindex, const char *name,
                struct err *err) MUST_CHECK;
