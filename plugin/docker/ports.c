/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The port of an endpoint: how it is found, what it is called, and how a call
 * has it made by the attach engine. What can fail on the way is explained in
 * endpoint_explain().
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "ovsint/attach/work.h"
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

void endpoint_device(const struct attachment *attachment, const char *port,
                     char ret[IFNAME_SIZE])
{
    if (attachment->type == VNIC_VETH)
        names_docker_peer(port, ret);
    else
        snprintf(ret, IFNAME_SIZE, "%s", port);
}

/* What the machine is told. */

static void endpoint_work_free(void *state)
{
    struct endpoint_work *work = state;

    attach_job_cancel(&work->job);
    free(work);
}

struct endpoint_work *endpoint_work_new(struct call *call)
{
    struct endpoint_work *work = mem_new(sizeof(*work));

    work->call = call;
    call->state = work;
    call->free_state = endpoint_work_free;
    return work;
}

struct endpoint_work *endpoint_work_of(struct attach_job *job)
{
    return container_of(job, struct endpoint_work, job);
}

/* libnetwork renames a device from SrcName to DstPrefix and a number, which it
 * counts from 0 for each prefix. With a new prefix, and SrcName equal to it
 * with 0, the rename changes nothing: the port keeps the name by which the
 * kernel datapath finds it. */
int endpoint_plan_port(struct endpoint_work *work, const struct mac *mac,
                       struct err *err)
{
    const char *endpoint = work->call->endpoint;
    struct port_want *port = &work->port;
    uint64_t nonce;

    if (getrandom(&nonce, sizeof(nonce), 0) != sizeof(nonce))
        return err_sys(err, "get a random number");
    if (work->plan.attachment.type == VNIC_VETH)
        names_veth_host(endpoint, "", nonce, port->name);
    else
        names_port(endpoint, "", nonce, port->name);
    port->name[ENDPOINT_PREFIX_LEN] = '0';
    port->mac = *mac;
    port->spec = &work->plan.attachment;
    return 0;
}

/* Docker leaves IPv6 off if it gives no address of it. */
static bool hears_routers(const struct attachment *attachment)
{
    bool hears = attachment->accepts_ra;

    for (size_t i = 0; i < attachment->ip_count; i++)
        hears = hears || ip_bits(&attachment->ip[i].ip) == 128;
    return hears;
}

static struct port_holder holder_of(const struct endpoint_work *work,
                                    const char *netns)
{
    const struct attachment *a = &work->plan.attachment;
    /* The container's end of a veth pair is called eth0 already. */
    bool altname = work->plan.altname && a->type == VNIC_INTERNAL;

    return (struct port_holder){
        .kind = HOLDER_ENDPOINT,
        .id = work->call->endpoint,
        .netns = netns,
        .endpoint = {.network = work->call->network,
                     .altname = altname ? a->ifname : NULL,
                     .needs_set_up = altname || a->mtu || a->ovn[0] ||
                                     a->rate_kbit || hears_routers(a)}};
}

void endpoint_begin(struct endpoint_work *work,
                    const struct attach_job_events *events,
                    const struct attach_want *how)
{
    const struct docker *docker = work->call->docker;
    struct attach_want want = *how;

    if (!ovsdb_is_up(docker->host->ovsdb)) {
        call_again(work->call);
        return;
    }
    want.mover = ATTACH_BY_THEM;
    want.owner = DOCKER_OWNER;
    want.self = "ovsint-plugin";
    want.boot = docker->host->boot;
    want.holder = holder_of(work, how->holder.netns);
    want.deadline_ms = INT64_MAX;
    want.reserved = (const char(*)[IFNAME_SIZE])work->reserved;
    want.reserved_count = work->reserved_count;
    attach_job_begin(docker->attaches, &work->job, events, &want, &work->port,
                     want.task == ATTACH_REMOVE ? 0 : 1);
}

/* What it asks of devices. */

static bool needs_checksums(const struct docker *docker,
                            const struct attachment *attachment)
{
    return vswitch_bridge_needs_checksums(
        vswitch_bridges_find(&docker->host->ports.bridges, attachment->bridge),
        attachment->type);
}

/* What is set on the device that goes into the container survives Docker's move
 * and rename. */
static int make_pair(const struct docker *docker,
                     const struct attach_vnic *vnic, struct err *err)
{
    char peer[IFNAME_SIZE];

    auto_close int here = netns_open("/proc/self/ns/net", err);
    if (here < 0)
        return here;
    endpoint_device(&vnic->spec, vnic->port, peer);
    struct link_veth veth = {.name = vnic->port,
                             .peer_name = peer,
                             .peer_mac = &vnic->mac,
                             .mtu = vnic->spec.mtu,
                             .up = true};
    int r = link_create_veth(docker->host->net, &veth, here, err);
    if (r >= 0 && needs_checksums(docker, &vnic->spec))
        r = offload_finish_checksums(docker->host->net, peer, err);
    return r;
}

/* Nobody waits for the end of a pair: a failure is for the log. */
static void drop_pair(const struct docker *docker, const char *name)
{
    struct err err = {0};

    if (veth_delete(docker->host->net, name, &err) < 0)
        log_event(LOG_LEVEL_ERROR, "could not delete a veth pair", "device",
                  name, "error", err.text, NULL);
}

int endpoint_device_work(struct attach_job *job, const struct attach *attach,
                         const struct attach_todo *todo, struct link_info *ret,
                         struct err *err)
{
    const struct docker *docker = endpoint_work_of(job)->call->docker;

    switch (todo->step) {
    case ATTACH_STEP_MAKE_PAIR:
        return make_pair(docker, attach_vnic(attach, todo->vnic), err);
    case ATTACH_STEP_DROP_PAIR:
        drop_pair(docker, todo->name);
        return 0;
    case ATTACH_STEP_UNDERLAY:
        return attach_underlay_mtu(docker->host->net, todo->name, err);
    default: /* ATTACH_STEP_FIND */
        return link_find(docker->host->net, todo->name, ret, err);
    }
}

/* How it ends. */

bool endpoint_put_back(struct call *call, const struct attach_failure *failure)
{
    if (failure->err.code != ECONNRESET && failure->err.code != ENOTCONN)
        return false;
    call_again(call);
    return true;
}

static void explain_held(const struct attachment *wanted, size_t address,
                         struct err *ret)
{
    auto_buf struct buf segment = BUF_INIT(SEGMENT_TEXT_SIZE);
    char text[IP_TEXT_SIZE];

    attachment_segment(wanted, &segment);
    ip_format(&wanted->ip[address].ip, text);
    err_set(ret, EADDRINUSE,
            "address %s is held by a port of another network or of "
            "ovsint-hook: see 'ovs-vsctl find Port "
            "external_ids:%s%s=%s'",
            text, ID_IP_PREFIX, text, buf_text(&segment));
}

void endpoint_explain(const struct attach *attach,
                      const struct attach_failure *failure, struct err *ret)
{
    const struct attachment *wanted = &attach_vnic(attach, 0)->spec;

    switch (failure->reason) {
    case ATTACH_NO_ROW:
        err_set(ret, ENOENT,
                "there is no port of this endpoint: it was removed by hand, or "
                "its creation failed");
        break;
    case ATTACH_ROW_GONE:
        err_set(ret, ENOENT, "the endpoint's port was removed by somebody");
        break;
    case ATTACH_NO_BRIDGE:
        err_set(ret, ENODEV,
                "bridge %s of this network is gone: remove the network and "
                "create it again",
                wanted->bridge);
        break;
    case ATTACH_ADDRESS_HELD:
        if (wanted->ovn[0]) {
            *ret = failure->err;
            break;
        }
        explain_held(wanted, failure->address, ret);
        break;
    default:
        *ret = failure->err;
    }
}
