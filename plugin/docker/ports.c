/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The port of an endpoint: how it is found, what it is called, and of which
 * operations and devices it is made. What can fail is the making of a veth
 * pair, and that is undone with the call's state (creation_free()).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "ovsint/base/log.h"
#include "ovsint/device/veth.h"
#include "ovsint/net/link.h"
#include "ovsint/net/netns.h"
#include "ovsint/net/offload.h"
#include "ovsint/rows/port_name.h"
#include "plugin/docker/endpoints.h"

const struct vswitch_port *endpoint_find(const struct docker *docker,
                                         const char *endpoint)
{
    return vswitch_view_first(&docker->host->ports, VSWITCH_BY_ENDPOINT,
                              endpoint);
}

const struct vswitch_port *call_port(struct call *call)
{
    return endpoint_find(call->docker, call->endpoint);
}

void port_remove(struct docker *docker, const struct vswitch_port *port,
                 struct txn *txn)
{
    if (!port->port_uuid[0] || !names_is_ours(port->name))
        return;
    vswitch_view_expect_removal(&docker->host->ports, port->name);
    vswitch_remove(txn, port->port_uuid, port->name);
}

void port_mark_left(struct docker *docker, const char *iface_uuid,
                    struct txn *txn)
{
    const struct vswitch_port *port =
        vswitch_view_expect_left(&docker->host->ports, iface_uuid);

    if (!port || vswitch_port_id(port, ID_LEFT))
        return;
    txn_mutate(txn, "Interface");
    txn_where_uuid(txn, iface_uuid);
    txn_put_pair(txn, "external_ids", ID_LEFT, "true");
}

/* If a row is about to be written again, its removal has to wait until it is
 * there. */
void endpoint_left(struct docker *docker, const char *endpoint)
{
    if (host_endpoint_left(docker->host, endpoint))
        removals_add(&docker->removals, REMOVE_ENDPOINT, endpoint);
}

void endpoint_remove(struct docker *docker, const char *endpoint,
                     struct txn *txn)
{
    const struct vswitch_port *port = endpoint_find(docker, endpoint);

    if (port)
        port_remove(docker, port, txn);
}

/* libnetwork renames a device from SrcName to DstPrefix and a number, which it
 * counts from 0 for each prefix. With a new prefix, and SrcName equal to it
 * with 0, the rename changes nothing: the port keeps the name by which the
 * kernel datapath finds it. */
int endpoint_name(const char *endpoint, enum vnic_type type,
                  char ret[IFNAME_SIZE], struct err *err)
{
    uint64_t nonce;

    if (getrandom(&nonce, sizeof(nonce), 0) != sizeof(nonce))
        return err_sys(err, "get a random number");
    if (type == VNIC_VETH)
        names_veth_host(endpoint, "", nonce, ret);
    else
        names_port(endpoint, "", nonce, ret);
    ret[ENDPOINT_PREFIX_LEN] = '0';
    return 0;
}

void endpoint_device(const struct attachment *attachment, const char *port,
                     char ret[IFNAME_SIZE])
{
    if (attachment->type == VNIC_VETH)
        names_docker_peer(port, ret);
    else
        snprintf(ret, IFNAME_SIZE, "%s", port);
}

static bool needs_checksums(const struct docker *docker,
                            const struct attachment *attachment)
{
    return vswitch_bridge_needs_checksums(
        vswitch_bridges_find(&docker->host->ports.bridges, attachment->bridge),
        attachment->type);
}

/* What is set on the device that goes into the container survives Docker's move
 * and rename. */
int endpoint_make_veth(const struct docker *docker, struct creation *creation,
                       struct err *err)
{
    const struct attachment *attachment = &creation->plan.attachment;
    char peer[IFNAME_SIZE];

    if (attachment->type != VNIC_VETH)
        return 0;
    auto_close int here = netns_open("/proc/self/ns/net", err);
    if (here < 0)
        return here;
    endpoint_device(attachment, creation->port, peer);
    struct link_veth veth = {.name = creation->port,
                             .peer_name = peer,
                             .peer_mac = &creation->mac,
                             .mtu = attachment->mtu,
                             .up = true};
    int r = link_create_veth(docker->host->net, &veth, here, err);
    if (r < 0)
        return r;
    creation->undo_veth = docker->host->net;
    return needs_checksums(docker, attachment)
               ? offload_finish_checksums(docker->host->net, peer, err)
               : 0;
}

void creation_free(void *state)
{
    struct creation *creation = state;
    struct err err = {0};

    if (creation->undo_veth &&
        veth_delete(creation->undo_veth, creation->port, &err) < 0)
        log_event(LOG_LEVEL_ERROR, "could not delete a veth pair", "device",
                  creation->port, "error", err.text, NULL);
    free(creation);
}

/* Docker leaves IPv6 off if it gives no address of it. */
static bool hears_routers(const struct attachment *attachment)
{
    bool hears = attachment->accepts_ra;

    for (size_t i = 0; i < attachment->ip_count; i++)
        hears = hears || ip_bits(&attachment->ip[i].ip) == 128;
    return hears;
}

void endpoint_plug(const struct call *call, struct creation *creation,
                   const char *netns, struct txn *txn)
{
    const struct docker *docker = call->docker;
    const struct attachment *a = &creation->plan.attachment;
    /* The container's end of a veth pair is called eth0 already. */
    bool altname = creation->plan.altname && a->type == VNIC_INTERNAL;
    struct vswitch_identity identity = {
        .owner = DOCKER_OWNER,
        .boot = docker->host->boot,
        .holder = {.kind = HOLDER_ENDPOINT,
                   .id = call->endpoint,
                   .netns = netns,
                   .endpoint = {.network = call->network,
                                .altname = altname ? a->ifname : NULL,
                                .needs_set_up = altname || a->mtu ||
                                                a->rate_kbit ||
                                                hears_routers(a)}}};

    creation->plug =
        (struct vswitch_plug){.attachment = &creation->plan.attachment,
                              .port = creation->port,
                              .mac = creation->mac};
    vswitch_plug(txn, &identity, &creation->plug, 0);
}

int endpoint_refused(const struct creation *creation,
                     const struct reply_fault *fault, struct err *err)
{
    const struct attachment *wanted = &creation->plan.attachment;
    auto_buf struct buf segment = BUF_INIT(256);
    char text[IP_TEXT_SIZE];
    size_t address = 0;

    switch (vswitch_plug_fault(&creation->plug, fault, &address)) {
    case VSWITCH_NO_BRIDGE:
        return err_set(err, ENODEV,
                       "bridge %s of this network is gone: remove the network "
                       "and create it again",
                       wanted->bridge);
    case VSWITCH_IFNAME_BUSY:
        return err_set(err, EEXIST, "the endpoint exists already");
    case VSWITCH_ADDRESS_TAKEN:
        attachment_segment(wanted, &segment);
        ip_format(&wanted->ip[address].ip, text);
        return err_set(err, EADDRINUSE,
                       "address %s is held by a port of another network or of "
                       "ovsint-hook: see 'ovs-vsctl find Port "
                       "external_ids:%s%s=%s'",
                       text, ID_IP_PREFIX, text, buf_text(&segment));
    case VSWITCH_FAULT_OTHER:
        break;
    }
    return -err->code;
}
