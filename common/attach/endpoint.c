/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * LOOK where the holder's port is one row that is known beforehand: that of an
 * endpoint, by the endpoint's id, or one that is to be repaired, by its name.
 * What is inside is asked for a repair alone: else whoever moves the device
 * knows. Pure.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/attach/machine.h"

enum { ENDPOINT_ROW, ENDPOINT_PAIR, ENDPOINT_INSIDE, ENDPOINT_ENTERED };

static const struct vswitch_port *find_port(const struct attach *a)
{
    return a->want.task == ATTACH_REPAIR
               ? vswitch_view_find(a->view, a->ports[0].name)
               : attach_endpoint_port(a);
}

/* The addresses that the endpoint will reserve. */
struct twin_keys {
    char keys[LIMIT_ADDRESSES][ID_KEY_SIZE];
    size_t count;
};

/* Within a network Docker's IPAM gives an address to one endpoint at a time. If
 * another endpoint of the network has it in the rows, Docker has lost that one
 * in a crash. */
static bool is_stale_twin(const struct attach *a,
                          const struct vswitch_port *port,
                          const struct twin_keys *wanted)
{
    const char *network = a->want.holder.endpoint.network;
    bool has = false;

    for (size_t i = 0; i < wanted->count && !has; i++)
        has = vswitch_map_get(&port->port_ids, wanted->keys[i]) != NULL;
    return has && network && attach_may_remove(port) &&
           vswitch_port_id_is(port, ID_NETWORK, network);
}

static int evict_twins(struct attach *a, const struct attachment *spec)
{
    struct twin_keys wanted = {.count = spec->ip_count};

    for (size_t i = 0; i < wanted.count; i++)
        vswitch_address_key(&spec->ip[i].ip, wanted.keys[i]);
    for (size_t i = 0; i < a->view->count; i++) {
        const struct vswitch_port *port = a->view->ports[i];
        if (is_stale_twin(a, port, &wanted) &&
            attach_evict(a, port->port_uuid, port->name, &a->failure.err) < 0)
            return -a->failure.err.code;
    }
    return 0;
}

static enum go settle_nothing(struct attach *a, struct vnic *vnic)
{
    if (a->want.must_exist || a->want.task == ATTACH_REPAIR) {
        err_set(&a->failure.err, ENOENT,
                "there is no such port: it was removed by somebody, or it was "
                "never made");
        return fail_for(a, NULL, ATTACH_NO_ROW);
    }
    if (evict_twins(a, &vnic->is.spec) < 0)
        return fail_for(a, vnic, ATTACH_FOR_OTHER_REASONS);
    return GO_ON;
}

/* The row counts, also if the port was asked for with other words meanwhile. */
static int take_row(struct attach *a, struct vnic *vnic,
                    const struct vswitch_port *port)
{
    if (!vswitch_port_mac(port, &vnic->is.mac))
        return err_set(&a->failure.err, EINVAL, "port %s has no " ID_MAC,
                       port->name);
    return vswitch_port_spec(port, &vnic->is.spec, &a->failure.err);
}

/* A port that has left its container is replaced by one with a new name. Docker
 * up to 27 goes on counting for a prefix that it knows, and would rename the
 * device to number 1, which the kernel datapath does not survive. */
static enum go replace(struct attach *a, const struct vnic *vnic,
                       const struct vswitch_port *port)
{
    if (attach_may_remove(port) &&
        attach_evict(a, port->port_uuid, port->name, &a->failure.err) < 0)
        return fail_for(a, vnic, ATTACH_FOR_OTHER_REASONS);
    return GO_ON;
}

/* Notes in the row which namespace the endpoint is in, unless it says so. */
static enum go enter(struct attach *a, const struct vswitch_port *port)
{
    const char *netns = a->want.holder.netns;
    struct txn *txn;

    if (!netns || a->want.task == ATTACH_REPAIR ||
        vswitch_port_id_is(port, ID_NETNS, netns))
        return GO_ON;
    txn = begin_txn(a);
    txn_mutate(txn, "Interface");
    txn_where_uuid(txn, port->iface_uuid);
    txn_put_pair(txn, "external_ids", ID_NETNS, netns);
    return ask_send(a, ENDPOINT_ENTERED);
}

static enum go settle_row(struct attach *a, struct vnic *vnic,
                          const struct vswitch_port *port)
{
    bool has_left = a->want.task == ATTACH_MAKE &&
                    (a->want.has_left || vswitch_port_id(port, ID_LEFT));

    if (take_row(a, vnic, port) < 0)
        return fail_for(a, NULL, ATTACH_FOR_OTHER_REASONS);
    if (has_left && !attach_is_own(vnic, port))
        return replace(a, vnic, port);
    vnic->is.claimed = true;
    snprintf(vnic->is.port, sizeof(vnic->is.port), "%.15s", port->name);
    if (vnic->is.spec.type == VNIC_VETH && a->want.until == ATTACH_CLAIM)
        return ask_find(a, ATTACH_HOST, vnic->is.port, ENDPOINT_PAIR);
    if (vnic->is.spec.type != VNIC_VETH && a->want.task == ATTACH_REPAIR)
        return ask_find(a, ATTACH_INSIDE, vnic->is.port, ENDPOINT_INSIDE);
    return enter(a, port);
}

enum go look_at_endpoint(struct attach *a)
{
    const struct vswitch_port *port = find_port(a);
    struct vnic *vnic = &a->vnics[0];

    if (a->answer.r < 0)
        return fail_as_answered(a, vnic);
    switch (a->at) {
    case ENDPOINT_ROW:
        a->evictions.count = 0;
        return port ? settle_row(a, vnic, port) : settle_nothing(a, vnic);
    case ENDPOINT_PAIR:
        vnic->pair_missing = a->answer.r == 0;
        return port ? enter(a, port) : GO_LOOK;
    case ENDPOINT_INSIDE:
        vnic->is.present = a->answer.r > 0;
        break;
    }
    return GO_ON;
}
