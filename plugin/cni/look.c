/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Commands that look: CHECK, GC, STATUS. Each connects, has the rows shown that
 * concern it, and compares. CHECK finds the port, then its device inside. GC
 * notes the ports that are not in use any more, then removes one after the
 * other. STATUS asks whether ovs-vswitchd holds its lock, which says that it
 * runs.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/device/vnic.h"
#include "ovsint/rows/external_ids.h"
#include "plugin/cni/plug.h"

/* ovs-vswitchd holds it as long as it runs: bridge_init() in
 * vswitchd/bridge.c. */
#define SWITCH_LOCK "ovs_vswitchd"

static bool is_of_network(const struct vswitch_port *port, const char *network)
{
    return vswitch_port_is_ours(port) &&
           vswitch_port_id_is(port, ID_OWNER, CNI_OWNER) &&
           vswitch_port_id_is(port, ID_CNI_NETWORK, network);
}

/* CHECK. */

const struct vswitch_port *plug_find_port(const struct plug *plug,
                                          const struct vswitch_view *view)
{
    const struct cni_request *request = plug->request;

    for (size_t i = 0; i < view->count; i++) {
        const struct vswitch_port *port = view->ports[i];
        if (is_of_network(port, request->name) &&
            vswitch_port_id_is(port, ID_CONTAINER, request->container) &&
            vswitch_port_id_is(port, ID_IFNAME, request->ifname))
            return port;
    }
    return NULL;
}

static int check_port(const struct plug *plug, const struct vswitch_port *port,
                      struct err *err)
{
    const struct cni_request *request = plug->request;

    if (!port)
        return err_set(err, ENOENT,
                       "there is no port of network %s for %s of container %s",
                       request->name, request->ifname, request->container);
    if (!vswitch_port_id_is(port, ID_NETNS_ID, plug->run.netns_id))
        return err_set(err, ENOENT,
                       "port %s is in another network namespace than %s",
                       port->name, request->netns);
    if (port->ofport <= 0)
        return err_set(err, EIO, "ovs-vswitchd does not have port %s: %s",
                       port->name,
                       port->error ? port->error : "it has not made it yet");
    return 0;
}

static int check_device(const struct plug *plug,
                        const struct vswitch_port *port, struct err *err)
{
    const char *ifname = plug->request->ifname;
    struct attachment spec;
    int r = vswitch_port_spec(port, &spec, err);

    if (r < 0)
        return r;
    const bool is_pair = spec.type == VNIC_VETH;
    const struct vnic_set_up setup = {.device = is_pair ? ifname : port->name,
                                      .want = &spec,
                                      .altname = is_pair ? NULL : ifname};
    r = vnic_is_set_up(plug->run.place.inside, &setup, err);
    if (r != 0)
        return r;
    return err_set(err, ENODEV,
                   "%s of container %s is missing or not complete: its device "
                   "%s is to be up, with its name, addresses and default "
                   "routes",
                   ifname, plug->request->container, setup.device);
}

int plug_check(struct plug *plug, struct cni_failure *failure)
{
    const struct vswitch_scope scope = {.container = plug->request->container};
    auto_vswitch_view struct vswitch_view view = {0};
    struct err *err = &failure->err;

    if (attach_run_look(plug->run.client, &scope, plug->deadline, &view, err) <
        0)
        return cni_fail(failure, CNI_TRY_LATER);
    const struct vswitch_port *port = plug_find_port(plug, &view);
    int r = check_port(plug, port, err);
    if (r >= 0)
        r = check_device(plug, port, err);
    return r < 0 ? cni_fail(failure, CNI_COULD_NOT)
                 : lease_pass_on(&plug->lease, plug->request, failure);
}

/* GC. */

static int collect(struct plug *plug, const struct vswitch_port *port,
                   struct cni_failure *failure)
{
    const char *container = vswitch_port_id(port, ID_CONTAINER);
    const char *ifname = vswitch_port_id(port, ID_IFNAME);

    if (!is_of_network(port, plug->request->name) || !container || !ifname ||
        cni_request_keeps(plug->request, container, ifname))
        return 0;
    plug->deadline = deadline_in(plug->settings->timeout_ms);
    return plug_release(plug, container, ifname, failure);
}

static int pass_on_collection(const struct plug *plug,
                              struct cni_failure *failure)
{
    if (!plug->lease_failure.err.code)
        return lease_pass_on(&plug->lease, plug->request, failure);
    *failure = plug->lease_failure;
    return -failure->err.code;
}

/* What cannot be removed does not keep the others. The first failure is
 * reported. */
int plug_collect(struct plug *plug, struct cni_failure *failure)
{
    static const struct vswitch_scope scope = {.owners = {CNI_OWNER}};
    auto_vswitch_view struct vswitch_view view = {0};
    auto_client struct client *client = NULL;
    int r = 0;

    if (!plug->request->valid)
        return 0;
    if (client_open(plug->ovsdb, plug->deadline, &client, &failure->err) < 0 ||
        attach_run_look(client, &scope, plug->deadline, &view, &failure->err) <
            0)
        return cni_fail(failure, CNI_TRY_LATER);
    for (size_t i = 0; i < view.count; i++) {
        struct cni_failure why = {0};
        if (collect(plug, view.ports[i], &why) < 0 && r >= 0) {
            *failure = why;
            r = -why.err.code;
        }
    }
    return r < 0 ? r : pass_on_collection(plug, failure);
}

/* STATUS. */

/* Pitfall: if nobody holds the lock we get it, and a program that starts has to
 * wait until we close the connection, which is at once. */
static int check_lock(struct client *client, const char *lock,
                      const char *program, struct deadline deadline,
                      struct err *err)
{
    int r = client_lock(client, lock, deadline, err);

    return r > 0 ? err_set(err, ENOTCONN, "%s does not run", program) : r;
}

/* The gateway of a network with mode=nat is a room of the daemon. */
static int check_programs(const struct plug *plug, struct client *client,
                          struct err *err)
{
    int r =
        check_lock(client, SWITCH_LOCK, "ovs-vswitchd", plug->deadline, err);

    if (r < 0 || !plug->request->nat.is_nat)
        return r;
    return check_lock(client, GUARDIAN_LOCK, "ovsint-plugin", plug->deadline,
                      err);
}

int plug_status(struct plug *plug, struct cni_failure *failure)
{
    auto_client struct client *client = NULL;
    struct err *err = &failure->err;

    int r = client_open(plug->ovsdb, plug->deadline, &client, err);
    if (r >= 0)
        r = attach_run_check_bridge(client, plug->spec.bridge, plug->deadline,
                                    err);
    if (r >= 0)
        r = check_programs(plug, client, err);
    return r < 0 ? cni_fail(failure, CNI_NOT_AVAILABLE)
                 : lease_pass_on(&plug->lease, plug->request, failure);
}
