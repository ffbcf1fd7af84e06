/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * In this order: starts the lookout, as it keeps what is given up later;
 * resolves what is asked for; opens the container's namespace; then opens what
 * the engine needs. The head of attach/attach.h tells what can fail in the run
 * itself.
 */
#include "plugin/cni/plug.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ovsint/base/log.h"
#include "ovsint/device/vnic.h"
#include "ovsint/rows/external_ids.h"
#include "plugin/cni/later.h"

/* A database or switch that is away may come back. */
static int fail_as(struct cni_failure *failure)
{
    switch (failure->err.code) {
    case ENOENT:
    case ECONNREFUSED:
    case ECONNRESET:
    case ENOTCONN:
    case EHOSTDOWN:
    case ETIMEDOUT:
        return cni_fail(failure, CNI_TRY_LATER);
    default:
        return cni_fail(failure, CNI_COULD_NOT);
    }
}

static const char *known(const char *text)
{
    return *text ? text : NULL;
}

static struct attach_want want_of(const struct plug *plug,
                                  const char *container, const char *ifname)
{
    const struct cni_request *request = plug->request;

    return (struct attach_want){
        .task = ATTACH_MAKE,
        .mover = ATTACH_BY_US,
        .until = ATTACH_PLACE,
        .owner = CNI_OWNER,
        .self = "this plugin",
        .boot = plug->boot,
        .only = ifname,
        .holder = {.kind = HOLDER_CONTAINER,
                   .id = container,
                   .netns = request->netns,
                   .container = {.netns_id = plug->run.netns_id,
                                 .pidns = known(plug->pidns),
                                 .cni_network = request->name,
                                 .pod_namespace = known(request->pod_namespace),
                                 .pod_name = known(request->pod_name),
                                 .pod_uid = known(request->pod_uid),
                                 .transient = request->nat.is_nat
                                                  ? &plug->transient
                                                  : NULL,
                                 .asked_ports = request->nat.is_nat
                                                    ? buf_text(&request->ports)
                                                    : NULL}},
        .northbound = plug->settings->northbound,
        .timeout_ms = plug->settings->timeout_ms,
        .deadline_ms = plug->deadline.at_ms};
}

static int refuse_present(const struct plug *plug, const char *port,
                          struct cni_failure *failure)
{
    err_set(&failure->err, EEXIST,
            "the container has the interface %s already, by an earlier ADD "
            "(port %s): it stays until DEL",
            plug->request->ifname, port);
    return cni_fail(failure, CNI_COULD_NOT);
}

/* Opening. */

static int open_netns(struct plug *plug, struct cni_failure *failure)
{
    const char *path = plug->request->netns;
    int r = attach_run_refuse_rootless("run it as root", &failure->err);

    if (r < 0)
        return cni_fail(failure, CNI_COULD_NOT);
    plug->netns = netns_open(path, &failure->err);
    if (plug->netns < 0)
        return cni_fail(failure, CNI_NO_CONTAINER);
    r = netns_is_own(plug->netns, &failure->err);
    if (r > 0)
        err_set(&failure->err, EPERM,
                "CNI_NETNS: %s is the host's own network namespace", path);
    return r == 0 ? 0 : cni_fail(failure, CNI_BAD_ENVIRONMENT);
}

/* Of a port of an earlier namespace the addresses go back, as it will be
 * replaced. One that is here has them: asking again would lead to an error of
 * the plugin, and to giving back what is in use. */
static int settle_former(struct plug *plug, const struct vswitch_port *port,
                         struct cni_failure *failure)
{
    struct cni_failure ignored = {0};
    char here[NETNS_ID_TEXT_SIZE];

    if (netns_identify(plug->netns, here, &failure->err) < 0)
        return cni_fail(failure, CNI_COULD_NOT);
    if (vswitch_port_id_is(port, ID_BOOT, plug->boot) &&
        vswitch_port_id_is(port, ID_NETNS_ID, here))
        return refuse_present(plug, port->name, failure);
    if (lease_give_back(&plug->lease, &ignored) < 0)
        log_event(LOG_LEVEL_WARNING, ignored.err.text, NULL);
    return 0;
}

static int look_for_former(struct plug *plug, struct cni_failure *failure)
{
    const struct vswitch_scope scope = {.container = plug->request->container};
    auto_vswitch_view struct vswitch_view view = {0};
    auto_client struct client *client = NULL;
    struct err *err = &failure->err;

    if (client_open(plug->ovsdb, plug->deadline, &client, err) < 0 ||
        attach_run_look(client, &scope, plug->deadline, &view, err) < 0)
        return cni_fail(failure, CNI_TRY_LATER);
    const struct vswitch_port *port = plug_find_port(plug, &view);
    return port ? settle_former(plug, port, failure) : 0;
}

static int take_addresses(struct plug *plug, struct cni_failure *failure)
{
    int r = lease_take(&plug->lease, plug->request, failure);

    if (r >= 0)
        r = cni_request_resolve(plug->request, plug->settings, &plug->spec,
                                failure);
    plug->deadline = deadline_in(plug->settings->timeout_ms);
    return r;
}

static int take_addresses_first(struct plug *plug, struct cni_failure *failure)
{
    if (!plug->request->ipam)
        return 0;
    int r = look_for_former(plug, failure);
    return r < 0 || plug->request->ipam_is_late ? r
                                                : take_addresses(plug, failure);
}

static void open_lookout(struct plug *plug)
{
    auto_free struct attachment *spec = mem_new(sizeof(*spec));

    *spec = plug->spec;
    spec->ip_auto |= plug->request->ipam && !plug->request->ipam_is_late;
    lookout_open(&plug->lookout, spec, 1);
}

static int open_add(struct plug *plug, struct cni_failure *failure)
{
    struct err *err = &failure->err;

    open_lookout(plug);
    if (plug->spec.type == VNIC_INTERNAL)
        later_warn(LATER_DIRECTORY, plug->request->name, plug->request->ifname);
    int r = open_netns(plug, failure);
    if (r >= 0)
        r = take_addresses_first(plug, failure);
    if (r < 0)
        return r;
    plug->port.spec = &plug->spec;
    plug->port.network = settings_network(plug->settings, plug->spec.network);
    plug->port.offers_name =
        attachment_offer_name(&plug->spec, plug->request->pod_name);
    if (plug->request->nat.is_nat &&
        nat_network_make(plug->request, &plug->spec, plug->port.network,
                         &plug->transient, err) < 0)
        return cni_fail(failure, CNI_BAD_CONFIGURATION);
    if (attach_run_name_ports(&plug->port, 1, plug->request->container, err) <
        0)
        return cni_fail(failure, CNI_COULD_NOT);
    r = attach_run_open(&plug->run, plug->ovsdb, plug->netns, &plug->port, 1,
                        plug->deadline, err);
    plug->run.lookout = &plug->lookout;
    plug->run.made = &plug->made;
    return r < 0 ? fail_as(failure) : 0;
}

static int open_check(struct plug *plug, struct cni_failure *failure)
{
    int r = open_netns(plug, failure);

    if (r < 0)
        return r;
    r = attach_run_open(&plug->run, plug->ovsdb, plug->netns, NULL, 0,
                        plug->deadline, &failure->err);
    return r < 0 ? fail_as(failure) : 0;
}

static int open_command(struct plug *plug, struct cni_failure *failure)
{
    switch (plug->request->command) {
    case CNI_ADD:
        return open_add(plug, failure);
    case CNI_CHECK:
        return open_check(plug, failure);
    default:
        return attach_run_open(&plug->run, plug->ovsdb, -1, NULL, 0,
                               plug->deadline, &failure->err) < 0
                   ? fail_as(failure)
                   : 0;
    }
}

/* Without the plugin a port can be removed all the same. */
static int open_lease(struct plug *plug, const struct plug_input *input,
                      struct cni_failure *failure)
{
    const struct cni_request *request = plug->request;
    int r = lease_open(&plug->lease, request, input->environment, input->text,
                       failure);

    if (r >= 0 || (request->command != CNI_DEL && request->command != CNI_GC))
        return r;
    plug->lease.type = NULL;
    plug->lease_failure = *failure;
    *failure = (struct cni_failure){.err = {.code = 0}};
    return 0;
}

int plug_open(struct plug *plug, struct cni_request *request,
              const struct settings *settings, const struct plug_input *input,
              struct cni_failure *failure)
{
    struct err ignored = {0};

    plug->request = request;
    plug->settings = settings;
    plug->deadline = deadline_in(settings->timeout_ms);
    program_ovsdb(NULL, settings, plug->ovsdb);
    int r = open_lease(plug, input, failure);
    if (r < 0)
        return r;
    if (program_boot_id(plug->boot, &failure->err) < 0)
        return cni_fail(failure, CNI_COULD_NOT);
    /* Without it only a guardian that sees all processes may judge the
     * port. */
    if (pidns_id(plug->pidns, &ignored) < 0)
        plug->pidns[0] = '\0';
    return open_command(plug, failure);
}

void plug_close(struct plug *plug)
{
    attach_run_close(&plug->run);
    lease_close(&plug->lease);
    lookout_close(&plug->lookout);
    transient_network_done(&plug->transient);
    if (plug->netns >= 0)
        close(plug->netns);
    plug->netns = -1;
}

/* ADD. */

static int fail_add(const struct attach_failure *why,
                    struct cni_failure *failure)
{
    const char *left = attach_failure_left(why);

    failure->err = why->err;
    if (left)
        log_event(LOG_LEVEL_ERROR, left, "device", why->left, "error",
                  why->undo.text, NULL);
    if (why->reason == ATTACH_NO_BRIDGE)
        return cni_fail(failure, CNI_BAD_CONFIGURATION);
    return fail_as(failure);
}

static int write_addresses(struct plug *plug, struct err *err)
{
    auto_txn struct txn txn = {0};
    struct reply_fault fault = {.kind = REPLY_OK};
    char text[IP_TEXT_SIZE];

    txn_init(&txn, OVSDB_NAME);
    vswitch_change_addresses(&txn, plug->made.port, NULL, 0, &plug->spec);
    int r = attach_run_transact(&plug->run, &txn, plug->deadline, &fault, err);
    if (r >= 0 || fault.kind != REPLY_GUARD)
        return r;
    if (fault.op >= plug->spec.ip_count)
        return err_set(err, ENOENT, "port %s was removed by somebody",
                       plug->made.port);
    ip_format(&plug->spec.ip[fault.op].ip, text);
    return err_set(err, EADDRINUSE,
                   "the IPAM plugin %s gives %s, which another port of the "
                   "bridge has: see 'ovs-vsctl find Port "
                   "external_ids:" ID_IP_PREFIX "%s=...'",
                   plug->lease.type, text, text);
}

static int set_addresses(struct plug *plug, struct err *err)
{
    const struct attachment *spec = &plug->spec;
    const struct vswitch_bridge *bridge =
        vswitch_bridges_find(&plug->run.view.bridges, spec->bridge);
    bool is_pair = spec->type == VNIC_VETH;
    const struct vnic_set_up how = {
        .device = is_pair ? spec->ifname : plug->made.port,
        .want = spec,
        .altname = is_pair ? NULL : spec->ifname,
        .finishes_checksums =
            vswitch_bridge_needs_checksums(bridge, spec->type)};

    return vnic_set_up(plug->run.place.inside, &how, err);
}

/* The interface is there: dhcp can ask over it. The row is first, so that the
 * guardian does not take an address for somebody else's. */
static int take_addresses_last(struct plug *plug, struct cni_failure *failure)
{
    struct cni_failure ignored = {0};
    int r = take_addresses(plug, failure);

    if (r >= 0 && (write_addresses(plug, &failure->err) < 0 ||
                   set_addresses(plug, &failure->err) < 0))
        r = fail_as(failure);
    if (r >= 0)
        plug->made.spec = plug->spec;
    else if (plug_remove(plug, &ignored) < 0)
        log_event(LOG_LEVEL_ERROR, ignored.err.text, "port", plug->made.port,
                  NULL);
    return r;
}

int plug_add(struct plug *plug, struct buf *ret, struct cni_failure *failure)
{
    const struct cni_request *request = plug->request;
    const struct attach_want want =
        want_of(plug, request->container, request->ifname);
    const struct ipam_answer *answer = &plug->lease.answer;
    struct attach_failure why;

    if (attach_run(&plug->run, &want, &plug->port, 1, &why) < 0)
        return fail_add(&why, failure);
    if (plug->made.present) {
        plug->lease.taken = false; /* it is in use */
        return refuse_present(plug, plug->made.port, failure);
    }
    if (request->ipam_is_late && take_addresses_last(plug, failure) < 0)
        return -failure->err.code;
    const struct cni_made made = {.spec = &plug->made.spec,
                                  .mac = &plug->made.mac,
                                  .netns = request->netns,
                                  .port = plug->made.port,
                                  .dns =
                                      request->dns ? request->dns : answer->dns,
                                  .runtime_dns = request->runtime_dns,
                                  .lan_dns = &plug->made.dns,
                                  .gateways = answer->gateways,
                                  .gateway_count = answer->count};
    cni_result_add(request->version, &made, ret);
    return 0;
}

void plug_undo(struct plug *plug)
{
    struct cni_failure failure = {0};

    if (plug->lease.taken && lease_give_back(&plug->lease, &failure) < 0)
        log_event(LOG_LEVEL_ERROR, failure.err.text, "action",
                  "DEL will give the addresses back", NULL);
}

/* DEL. */

int plug_release(struct plug *plug, const char *container, const char *ifname,
                 struct cni_failure *failure)
{
    struct attach_want want = want_of(plug, container, ifname);
    struct attach_failure why;

    want.task = ATTACH_REMOVE;
    want.patience_ms = deadline_in(RESTART_GRACE_MS).at_ms;
    if (attach_run(&plug->run, &want, NULL, 0, &why) >= 0)
        return 0;
    failure->err = why.err;
    return why.reason == ATTACH_NO_ANSWER ? cni_fail(failure, CNI_TRY_LATER)
                                          : fail_as(failure);
}

int plug_remove(struct plug *plug, struct cni_failure *failure)
{
    struct cni_failure ipam = plug->lease_failure;
    int given =
        ipam.err.code ? -ipam.err.code : lease_give_back(&plug->lease, &ipam);

    plug->deadline = deadline_in(plug->settings->timeout_ms);
    int r = plug_release(plug, plug->request->container, plug->request->ifname,
                         failure);
    if (r >= 0 && given < 0)
        *failure = ipam;
    return r < 0 ? r : given;
}
