/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the guardian sees of the kernel, for unit tests: a host and a few
 * containers with their devices, and an ovs-vswitchd that makes devices of
 * rows. It defines those functions of net and device that the guardian calls,
 * so nothing of the real ones is linked. What is changed goes to the transcript
 * of said.h. Include it in one file of a program.
 */
#pragma once

#include <errno.h>

#include "ovsint/device/sandbox.h"
#include "ovsint/device/veth.h"
#include "ovsint/device/vnic.h"
#include "ovsint/net/addr.h"
#include "ovsint/net/device_state.h"
#include "ovsint/net/link_watch.h"
#include "ovsint/net/neighbour.h"
#include "ovsint/net/newcomers.h"
#include "ovsint/net/offload.h"
#include "ovsint/net/pidns.h"
#include "ovsint/net/sysctl.h"
#include "tests/lib/said.h"
#include "tests/lib/small_bridge.h"
#include "tests/lib/small_daemon.h"

#define SMALL_LINKS 64
#define SMALL_CONTAINERS 20
#define SMALL_ADDRESSES 3
#define SMALL_HOST 0 /* its number among the namespaces */

/* A device in the namespace of that number. */
struct small_link {
    struct link_info info; /* index 0 = the place is free */
    int netns;
    bool is_set_up;
    bool leaves_checksums;
};

/* A container is its namespace: what is in there is `netns` = its number. */
struct small_container {
    char path[40];
    bool has_ended;
    enum sandbox_sight sight; /* if it has not ended */
    bool hides_processes;     /* it lives, and nobody sees that */
};

static struct small_kernel {
    struct small_link links[SMALL_LINKS];
    struct small_container containers[SMALL_CONTAINERS]; /* [0] is the host */
    int next_index;
    const char *kind; /* of what the switch makes: its datapath */
    bool switch_overlooks_moves;
    bool switch_is_down;
    bool switch_is_late; /* it does what rows ask for, and tells no ifindex */
    bool switch_makes_nothing; /* it runs, without its datapath */
    bool switch_cannot_make;   /* a device, and tries again if it is asked */
    size_t switch_was_asked;   /* so many times whether it is up to date */
    bool is_elsewhere;  /* devices that are nowhere are in some namespace */
    bool sockets_bound; /* something refers to devices by their number */
    struct neighbours awaited; /* by each container, of its own addresses: */
    struct addr_info addresses[SMALL_ADDRESSES];
    const char *fails; /* this function does, once */
    int fails_with;
} small_kernel;

static inline bool small_fails(const char *function, struct err *err)
{
    if (!small_kernel.fails || strcmp(small_kernel.fails, function) != 0)
        return false;
    small_kernel.fails = NULL;
    err_set(err, small_kernel.fails_with, "%s fails", function);
    return true;
}

static inline int small_netns(const struct net *net)
{
    for (int i = 1; i < SMALL_CONTAINERS; i++) {
        if ((const void *)net == &small_kernel.containers[i])
            return i;
    }
    return SMALL_HOST;
}

static inline const char *small_where(int netns)
{
    return netns == SMALL_HOST ? "host" : small_kernel.containers[netns].path;
}

static inline struct small_link *small_link_find(int netns, const char *name)
{
    for (size_t i = 0; i < SMALL_LINKS; i++) {
        struct small_link *link = &small_kernel.links[i];
        if (link->info.ifindex && link->netns == netns &&
            strcmp(link->info.name, name) == 0)
            return link;
    }
    return NULL;
}

static inline struct small_link *small_link_at(int netns, int ifindex)
{
    for (size_t i = 0; i < SMALL_LINKS; i++) {
        struct small_link *link = &small_kernel.links[i];
        if (link->info.ifindex == ifindex && link->netns == netns)
            return link;
    }
    return NULL;
}

static inline struct small_link *small_link_add(int netns, const char *name,
                                                const char *kind)
{
    struct small_link *link = small_kernel.links;

    while (link->info.ifindex)
        link++;
    CHECK(link < small_kernel.links + SMALL_LINKS);
    *link = (struct small_link){.netns = netns};
    link->info = (struct link_info){.ifindex = ++small_kernel.next_index,
                                    .mtu = 1500,
                                    .attached = true,
                                    .mac = {{6, 0, 0, 0, 0, 1}}};
    snprintf(link->info.name, IFNAME_SIZE, "%.15s", name);
    snprintf(link->info.kind, LINK_KIND_SIZE, "%s", kind);
    return link;
}

/* What the kernel tells of a device. */
static inline void small_event(const struct small_link *device,
                               enum link_event_type type, bool moved)
{
    const struct link_event event = {
        .type = type,
        .nsid = device->netns == SMALL_HOST ? NSID_NONE : device->netns,
        .moved = moved,
        .link = device->info};

    if (device->netns == SMALL_HOST)
        DAEMON_TELL(on_device, &event);
    else
        DAEMON_TELL(on_inside, &event);
    DAEMON_TELL(on_heard, true);
}

static inline void small_link_gone(struct small_link *link)
{
    struct small_link gone = *link;

    link->info.ifindex = 0;
    small_event(&gone, LINK_GONE, false);
}

/* Containers. */

static inline int small_container_of(const char *path)
{
    for (int i = 1; path && i < SMALL_CONTAINERS; i++) {
        if (strcmp(small_kernel.containers[i].path, path) == 0)
            return i;
    }
    return -1;
}

/* Its devices go with it. */
static inline void small_container_ends(const char *path)
{
    int netns = small_container_of(path);
    const struct link_event event = {.type = NAMESPACE_GONE, .nsid = netns};

    small_kernel.containers[netns].has_ended = true;
    for (size_t i = 0; i < SMALL_LINKS; i++) {
        if (small_kernel.links[i].netns == netns)
            small_kernel.links[i].info.ifindex = 0;
    }
    DAEMON_TELL(on_inside, &event);
    DAEMON_TELL(on_heard, true);
}

int sandbox_open(const struct vswitch_port *port, enum net_flags flags,
                 struct sandbox *ret, struct err *err)
{
    int netns = small_container_of(vswitch_port_id(port, ID_NETNS));

    (void)flags;
    if (small_fails("sandbox_open", err))
        return -err->code;
    if (netns < 0 || small_kernel.containers[netns].has_ended)
        return SANDBOX_ENDED;
    enum sandbox_sight sight = small_kernel.containers[netns].sight;
    if (sight != SANDBOX_HERE)
        return (int)sight;
    ret->fd = netns;
    ret->inside = (struct net *)&small_kernel.containers[netns];
    snprintf(ret->id, sizeof(ret->id), "4:%d", netns);
    return SANDBOX_HERE;
}

void sandbox_close(struct sandbox *sandbox)
{
    *sandbox = SANDBOX_CLOSED;
}

bool sandbox_is_lived_in(const struct vswitch_port *port)
{
    int netns = small_container_of(vswitch_port_id(port, ID_NETNS));

    return netns > 0 && !small_kernel.containers[netns].has_ended &&
           !small_kernel.containers[netns].hides_processes;
}

bool sandbox_device_is_elsewhere(const struct vswitch_port *port,
                                 const struct mac *mac)
{
    (void)port;
    (void)mac;
    return small_kernel.is_elsewhere;
}

int nsid_of(struct net *net, int netns_fd, int *ret, struct err *err)
{
    (void)net;
    (void)err;
    *ret = netns_fd;
    return 0;
}

int pidns_id(char ret[PIDNS_ID_SIZE], struct err *err)
{
    (void)err;
    snprintf(ret, PIDNS_ID_SIZE, "4:1");
    return 0;
}

/* Devices. */

int link_find(struct net *net, const char *name, struct link_info *ret,
              struct err *err)
{
    const struct small_link *link = small_link_find(small_netns(net), name);

    if (small_fails("link_find", err))
        return -err->code;
    if (link)
        *ret = link->info;
    return link != NULL;
}

int link_by_index(struct net *net, int ifindex, struct link_info *ret,
                  struct err *err)
{
    const struct small_link *link = small_link_at(small_netns(net), ifindex);

    (void)err;
    if (link)
        *ret = link->info;
    return link != NULL;
}

int link_each(struct net *net, link_visit *visit, void *data, struct err *err)
{
    (void)err;
    for (size_t i = 0; i < SMALL_LINKS; i++) {
        const struct small_link *link = &small_kernel.links[i];
        if (link->info.ifindex && link->netns == small_netns(net))
            visit(data, &link->info);
    }
    return 0;
}

int link_move_in(struct net *host, int ifindex, int netns_fd,
                 const struct link_move *move, struct err *err)
{
    struct small_link *link = small_link_at(small_netns(host), ifindex);

    if (small_fails("link_move_in", err))
        return -err->code;
    if (!link)
        return err_set(err, ENODEV, "no such device");
    if (small_link_find(netns_fd, link->info.name))
        return err_set(err, EEXIST, "the name is taken");
    SAY("move %s into %s\n", link->info.name, small_where(netns_fd));
    struct small_link gone = *link;
    link->netns = netns_fd;
    if (move->index)
        link->info.ifindex = move->index;
    if (move->mac)
        link->info.mac = *move->mac;
    link->info.up = move->up;
    link->info.unfinished = move->unfinished;
    link->is_set_up = false;
    small_event(&gone, LINK_GONE, true);
    small_event(link, LINK_CHANGED, false);
    return 0;
}

int link_set_alias(struct net *net, const char *name, const char *alias,
                   struct err *err)
{
    struct small_link *link = small_link_find(small_netns(net), name);

    if (!link)
        return err_set(err, ENODEV, "no such device");
    link->info.unfinished = strcmp(alias, LINK_UNFINISHED) == 0;
    return 0;
}

/* The guardian makes none. */
int link_create_veth(struct net *host, const struct link_veth *veth,
                     int peer_netns_fd, struct err *err)
{
    (void)host;
    (void)peer_netns_fd;
    (void)err;
    TEST_FAIL("a pair %s is made", veth->name);
}

int link_delete(struct net *net, int ifindex, struct err *err)
{
    struct small_link *link = small_link_at(small_netns(net), ifindex);

    if (small_fails("link_delete", err))
        return -err->code;
    if (!link)
        return err_set(err, ENODEV, "no such device");
    SAY("delete %s in %s\n", link->info.name, small_where(link->netns));
    small_link_gone(link);
    return 0;
}

int link_rename(struct net *net, int ifindex, const char *name, struct err *err)
{
    struct small_link *link = small_link_at(small_netns(net), ifindex);

    if (small_link_find(link->netns, name))
        return err_set(err, EEXIST, "the name is taken");
    SAY("rename %s to %s\n", link->info.name, name);
    snprintf(link->info.name, IFNAME_SIZE, "%.15s", name);
    return 0;
}

int link_rename_down(struct net *net, int ifindex, const char *name,
                     struct err *err)
{
    int r = link_rename(net, ifindex, name, err);

    if (r >= 0)
        small_link_at(small_netns(net), ifindex)->info.up = false;
    return r;
}

int link_del_altname(struct net *net, int ifindex, const char *altname,
                     struct err *err)
{
    (void)err;
    SAY("free %s of %s\n", altname,
        small_link_at(small_netns(net), ifindex)->info.name);
    return 0;
}

int veth_delete(struct net *net, const char *device, struct err *err)
{
    struct link_info info;

    if (link_find(net, device, &info, err) <= 0)
        return 0;
    return link_delete(net, info.ifindex, err);
}

/* What is set on them. */

bool vnic_is_internal(const struct link_info *info)
{
    return strcmp(info->kind, "openvswitch") == 0 || vnic_is_tap(info);
}

bool vnic_is_tap(const struct link_info *info)
{
    return strcmp(info->kind, "tun") == 0;
}

bool vnic_needs_frames(const struct attachment *want)
{
    (void)want;
    return false;
}

int vnic_set_up(struct net *inside, const struct vnic_set_up *setup,
                struct err *err)
{
    struct small_link *link =
        small_link_find(small_netns(inside), setup->device);

    if (small_fails("vnic_set_up", err))
        return -err->code;
    if (!link)
        return err_set(err, ENODEV, "no such device");
    SAY("set up %s%s%s\n", setup->device, setup->altname ? " as " : "",
        setup->altname ? setup->altname : "");
    link->is_set_up = true;
    return 0;
}

int vnic_is_set_up(struct net *inside, const struct vnic_set_up *setup,
                   struct err *err)
{
    const struct small_link *link =
        small_link_find(small_netns(inside), setup->device);

    (void)err;
    return link && link->is_set_up;
}

int vnic_announce(struct net *inside, const struct vnic_set_up *setup,
                  struct err *err)
{
    (void)inside;
    (void)err;
    SAY("announce %s\n", setup->device);
    return 0;
}

int neighbours_awaited(struct net *net, int ifindex, struct neighbours *ret,
                       struct err *err)
{
    if (small_fails("neighbours_awaited", err))
        return -err->code;
    CHECK(small_link_at(small_netns(net), ifindex));
    *ret = small_kernel.awaited;
    return 0;
}

int addr_each(struct net *net, int ifindex, addr_visit *visit, void *data,
              struct err *err)
{
    (void)err;
    CHECK(small_link_at(small_netns(net), ifindex));
    for (size_t i = 0; i < SMALL_ADDRESSES; i++) {
        if (small_kernel.addresses[i].address.ip.family)
            visit(data, &small_kernel.addresses[i]);
    }
    return 0;
}

int vnic_set_listening(struct net *inside, int netns_fd,
                       const struct link_info *device, bool listen,
                       struct err *err)
{
    (void)inside;
    (void)netns_fd;
    (void)err;
    SAY("%s %s\n", device->name, listen ? "listens" : "does not listen");
    return 0;
}

int offload_leaves_checksums(struct net *net, const char *device,
                             struct err *err)
{
    (void)err;
    return small_link_find(small_netns(net), device)->leaves_checksums;
}

int offload_finish_checksums(struct net *net, const char *device,
                             struct err *err)
{
    (void)err;
    SAY("%s finishes checksums\n", device);
    small_link_find(small_netns(net), device)->leaves_checksums = false;
    return 0;
}

int sysctl_set_in(int netns_fd, enum sysctl_family family, const char *device,
                  const char *name, int value, struct err *err)
{
    (void)family;
    (void)err;
    SAY("%s of %s in %s is %d\n", name, device, small_where(netns_fd), value);
    return 0;
}

int newcomers_open(int netns_fd, struct newcomers **ret, struct err *err)
{
    (void)netns_fd;
    (void)err;
    *ret = NULL;
    return 0;
}

void newcomers_close(struct newcomers *newcomers)
{
    (void)newcomers;
}

int newcomers_begin(struct newcomers *newcomers, bool listen, struct err *err)
{
    (void)newcomers;
    (void)listen;
    (void)err;
    return 0;
}

int newcomers_end(struct newcomers *newcomers, struct err *err)
{
    (void)newcomers;
    (void)err;
    return 0;
}

/* What a device had. */

struct device_state {
    struct link_info link;
};

int device_state_take(struct net *net, int netns_fd, int ifindex,
                      struct device_state **ret, struct err *err)
{
    const struct small_link *link = small_link_at(small_netns(net), ifindex);

    (void)netns_fd;
    if (small_fails("device_state_take", err))
        return -err->code;
    *ret = mem_new(sizeof(**ret));
    (*ret)->link = link->info;
    SAY("read what %s has\n", link->info.name);
    return 0;
}

int device_state_take_settings(int netns_fd, struct device_state *state,
                               struct err *err)
{
    (void)netns_fd;
    (void)state;
    (void)err;
    return 0;
}

const struct link_info *device_state_link(const struct device_state *state)
{
    return &state->link;
}

int device_state_needs_index(int netns_fd, struct device_state *state,
                             struct err *err)
{
    (void)netns_fd;
    (void)state;
    (void)err;
    return small_kernel.sockets_bound;
}

int device_state_free_names(struct net *net, const struct device_state *state,
                            struct err *err)
{
    (void)net;
    (void)state;
    (void)err;
    return 0;
}

int device_state_give(struct net *net, int netns_fd, const char *name,
                      struct device_state *state, struct device_loss *ret,
                      struct err *err)
{
    struct small_link *link = small_link_find(small_netns(net), name);

    (void)netns_fd;
    (void)ret;
    (void)err;
    SAY("give %s what its predecessor had\n", name);
    link->info.up = state->link.up;
    link->is_set_up = true;
    return 0;
}

int device_state_give_alias(struct net *net, const char *name,
                            const struct device_state *state, struct err *err)
{
    (void)state;
    return link_set_alias(net, name, "", err);
}

void device_state_free(struct device_state *state)
{
    free(state);
}

/* The switch. */

static inline bool small_is_made(const struct small_link *link)
{
    return strcmp(link->info.kind, small_kernel.kind) == 0;
}

/* Where its device is, wherever that was moved. */
static inline struct small_link *small_link_of(const char *name)
{
    for (size_t i = 0; i < SMALL_LINKS; i++) {
        struct small_link *link = &small_kernel.links[i];
        if (link->info.ifindex && small_is_made(link) && link->info.attached &&
            strcmp(link->info.name, name) == 0)
            return link;
    }
    return NULL;
}

static inline void small_switch_row(struct small_row *row)
{
    struct small_link *link = small_link_of(row->name);
    const struct small_link *host;

    if (strcmp(row->type, "internal") != 0) {
        if (link)
            link->info.ifindex = 0;
        row->ofport = row->ifindex = 0;
        return;
    }
    if (!row->ofport && !link && small_kernel.switch_cannot_make) {
        row->ofport = -1;
        row->ifindex = 0;
        snprintf(row->error, sizeof(row->error), "Device or resource busy");
        return;
    }
    if (row->ofport < 0)
        return;
    if (!row->ofport) {
        static long next_ofport;
        row->ofport = ++next_ofport;
        row->error[0] = '\0';
        if (!link)
            small_link_add(SMALL_HOST, row->name, small_kernel.kind);
    }
    host = small_link_find(SMALL_HOST, row->name);
    if (!small_kernel.switch_is_late &&
        (host || !small_kernel.switch_overlooks_moves))
        row->ifindex = host ? host->info.ifindex : 0;
}

/* If it is asked whether it is up to date, it tries all again first. */
static inline void small_switch_begin(struct small_ovsdb *db)
{
    for (size_t i = 0; i < SMALL_ROWS; i++) {
        struct small_row *row = &db->rows[i];
        if (strcmp(row->table, "Open_vSwitch") != 0 ||
            row->cur_cfg == row->next_cfg)
            continue;
        row->cur_cfg = row->next_cfg;
        small_kernel.switch_was_asked++;
        for (size_t k = 0; k < SMALL_ROWS; k++) {
            if (db->rows[k].ofport < 0)
                db->rows[k].ofport = 0;
        }
    }
}

/* ovs-vswitchd does what rows ask for, and says that it has. */
static inline void small_switch(void)
{
    struct small_ovsdb *db = small_daemon.db;

    if (small_kernel.switch_is_down)
        return;
    small_switch_begin(db);
    for (size_t i = 0; i < SMALL_ROWS; i++) {
        struct small_row *row = &db->rows[i];
        if (strcmp(row->table, "Interface") == 0 &&
            strncmp(row->name, "ov", 2) != 0 &&
            !small_kernel.switch_makes_nothing)
            small_switch_row(row);
    }
    for (size_t i = 0; i < SMALL_LINKS; i++) {
        struct small_link *link = &small_kernel.links[i];
        if (link->info.ifindex && small_is_made(link) && link->info.attached &&
            strncmp(link->info.name, "oi", 2) == 0 &&
            !small_find(db, "Interface", link->info.name))
            small_link_gone(link);
    }
}

/* A device that the switch has lost: it makes another one. */
static inline void small_switch_remakes(const char *name)
{
    struct small_row *row = small_find(small_daemon.db, "Interface", name);

    row->ofport = 0;
    small_switch_row(row);
}
