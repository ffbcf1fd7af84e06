/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One function for each step. Each may be done twice, and none waits: what may
 * take longer is a step of its own.
 */
#include "ovsint/attach/work.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "ovsint/device/sandbox.h"
#include "ovsint/device/veth.h"
#include "ovsint/device/vnic.h"
#include "ovsint/net/addr.h"

#define PROC_PATH_SIZE 48

static int make_pair(const struct attach_place *place,
                     const struct attach_vnic *vnic, struct err *err)
{
    const struct link_veth veth = {.name = vnic->port,
                                   .peer_name = vnic->spec.ifname,
                                   .peer_mac = &vnic->mac,
                                   .mtu = vnic->spec.mtu,
                                   .up = true};
    struct err ignored = {0};
    int r = newcomers_begin(place->newcomers, vnic->spec.accepts_ra, err);

    if (r < 0)
        return r;
    r = link_create_veth(place->host, &veth, place->netns, err);
    int ended = newcomers_end(place->newcomers, r < 0 ? &ignored : err);
    return r < 0 ? r : ended;
}

static int free_name(const struct attach_place *place,
                     const struct attach_vnic *vnic, const char *device,
                     struct err *err)
{
    const char *altname = vnic->spec.ifname;
    struct link_info info;
    int r = link_find(place->inside, altname, &info, err);

    if (r <= 0 || strcmp(info.name, device) != 0)
        return r < 0 ? r : 0;
    r = link_del_altname(place->inside, info.ifindex, altname, err);
    return r == -ENOENT ? 0 : r;
}

/* All in one message: each further change of the device would cost the switch
 * one more reconfiguration. */
static int move(const struct attach_place *place,
                const struct attach_vnic *vnic, struct err *err)
{
    const struct link_move how = {
        .mac = &vnic->mac, .mtu = vnic->spec.mtu, .up = true};
    struct err ignored = {0};
    struct link_info info;
    int r = link_find(place->host, vnic->port, &info, err);

    if (r <= 0)
        return r;
    r = newcomers_begin(place->newcomers, vnic->spec.accepts_ra, err);
    if (r < 0)
        return r;
    r = link_move_in(place->host, info.ifindex, place->netns, &how, err);
    int ended = newcomers_end(place->newcomers, r < 0 ? &ignored : err);
    if (r >= 0)
        r = ended;
    return r < 0 ? r : 1;
}

static struct vnic_set_up how_to_set_up(const struct attach_place *place,
                                        const struct attach_vnic *vnic)
{
    const struct vswitch_bridge *bridge =
        vswitch_bridges_find(place->bridges, vnic->spec.bridge);
    bool is_pair = vnic->spec.type == VNIC_VETH;

    return (struct vnic_set_up){
        .device = is_pair ? vnic->spec.ifname : vnic->port,
        .want = &vnic->spec,
        .mac = vnic->present ? NULL : &vnic->mac,
        /* it has that name already */
        .altname = is_pair ? NULL : vnic->spec.ifname,
        .finishes_checksums =
            vswitch_bridge_needs_checksums(bridge, vnic->spec.type),
    };
}

static int set_up(const struct attach_place *place,
                  const struct attach_vnic *vnic, bool is_mute, struct err *err)
{
    struct vnic_set_up how = how_to_set_up(place, vnic);

    how.is_mute = is_mute;
    return vnic_set_up(place->inside, &how, err);
}

static int announce(const struct attach_place *place,
                    const struct attach_vnic *vnic, struct err *err)
{
    const struct vnic_set_up how = how_to_set_up(place, vnic);

    return vnic_announce(place->inside, &how, err);
}

static void see_address(void *data, const struct addr_info *info)
{
    bool *has = data;

    *has |= info->address.ip.family == AF_INET6 && !info->permanent &&
            !info->tentative && !info->link_scope;
}

/* Has a router given it an address, and is that usable? */
static int has_address(struct net *inside, const char *device, struct err *err)
{
    struct link_info info;
    bool has = false;
    int r = link_find(inside, device, &info, err);

    if (r > 0)
        r = addr_each(inside, info.ifindex, see_address, &has, err);
    return r < 0 ? r : has;
}

/* Questions about others. */

/* If there is a process of that number in that namespace, it is the one that
 * was noted. stat(2) tells it, which a confined program may call. */
static bool is_alive(const struct attach_todo *todo)
{
    struct netns_id id;

    return netns_id_parse(todo->netns_id, &id) >= 0 &&
           netns_process_is_in(todo->pid, &id);
}

static void add_id(struct vswitch_port *port, const char *key,
                   const char *value)
{
    if (value)
        vswitch_map_add(&port->ids, key, value);
}

/* As the row of a hook's port has it. */
bool attach_has_ended(const struct attach_todo *todo)
{
    struct vswitch_port port = {0};
    auto_sandbox struct sandbox sandbox = SANDBOX_CLOSED;
    struct err ignored = {0};

    add_id(&port, ID_OWNER, HOOK_OWNER);
    add_id(&port, ID_NETNS, todo->netns);
    add_id(&port, ID_NETNS_ID, todo->netns_id);
    add_id(&port, ID_PIDNS, todo->pidns);
    int r = sandbox_open(&port, NET_PLAIN, &sandbox, &ignored);
    vswitch_map_done(&port.ids);
    return r == SANDBOX_ENDED;
}

/* From step to work. */

static int vnic_work(const struct attach_place *place,
                     const struct attach_vnic *vnic,
                     const struct attach_todo *todo, struct err *err)
{
    switch (todo->step) {
    case ATTACH_STEP_MAKE_PAIR:
        return make_pair(place, vnic, err);
    case ATTACH_STEP_FREE_NAME:
        return free_name(place, vnic, todo->name, err);
    case ATTACH_STEP_MOVE:
        return move(place, vnic, err);
    case ATTACH_STEP_ANNOUNCE:
        return announce(place, vnic, err);
    default:
        return set_up(place, vnic, todo->is_mute, err);
    }
}

int attach_work(const struct attach_place *place, const struct attach *a,
                const struct attach_todo *todo, struct link_info *ret,
                struct err *err)
{
    switch (todo->step) {
    case ATTACH_STEP_FIND:
        return link_find(todo->side == ATTACH_HOST ? place->host
                                                   : place->inside,
                         todo->name, ret, err);
    case ATTACH_STEP_UNDERLAY:
        return attach_underlay_mtu(place->host, todo->name, err);
    case ATTACH_STEP_DROP_PAIR:
        return veth_delete(place->host, todo->name, err);
    case ATTACH_STEP_HAS_ADDRESS:
        return has_address(place->inside, todo->name, err);
    case ATTACH_STEP_IS_ALIVE:
        return is_alive(todo);
    case ATTACH_STEP_HAS_ENDED:
        return attach_has_ended(todo);
    default:
        return vnic_work(place, attach_vnic(a, todo->vnic), todo, err);
    }
}
