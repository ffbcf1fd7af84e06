/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * In this order: starts the lookout, as it keeps what is given up later; opens
 * the container's namespace; then opens what the engine needs. The head of
 * attach/attach.h tells what can fail in the run itself.
 */
#include "plugin/netavark/plug.h"

#include <errno.h>
#include <unistd.h>

#include "ovsint/base/log.h"
#include "ovsint/rows/external_ids.h"

/* Opening. */

static int open_netns(struct plug *plug, struct err *err)
{
    plug->netns = netns_open(plug->netns_path, err);
    if (plug->netns < 0)
        return plug->netns;
    int r = netns_is_own(plug->netns, err);
    if (r > 0)
        return err_set(err, EPERM, "%s is the host's own network namespace",
                       plug->netns_path);
    return r;
}

static int open_setup(struct plug *plug, struct err *err)
{
    lookout_open(&plug->lookout, &plug->spec, 1);
    int r = open_netns(plug, err);
    if (r < 0)
        return r;
    plug->port.spec = &plug->spec;
    plug->port.network = settings_network(plug->settings, plug->spec.network);
    plug->port.offers_name =
        plug->request->container_name &&
        attachment_offer_name(&plug->spec, plug->request->container_name);
    r = attach_run_name_ports(&plug->port, 1, plug->request->container, err);
    if (r < 0)
        return r;
    r = attach_run_open(&plug->run, plug->ovsdb, plug->netns, &plug->port, 1,
                        plug->deadline, err);
    plug->run.lookout = &plug->lookout;
    plug->run.made = &plug->made;
    return r;
}

int plug_open(struct plug *plug, const struct netavark_request *request,
              const struct settings *settings, const char *netns_path,
              struct err *err)
{
    struct err ignored = {0};

    plug->request = request;
    plug->settings = settings;
    plug->netns_path = netns_path;
    plug->deadline = deadline_in(settings->timeout_ms);
    program_ovsdb(NULL, settings, plug->ovsdb);
    int r = program_boot_id(plug->boot, err);
    if (r >= 0 && request->nat.is_nat)
        r = nat_network_make(request, settings, &plug->spec, &plug->transient,
                             err);
    if (r < 0)
        return r;
    /* Without it only a guardian that sees all processes may judge the
     * port. */
    if (pidns_id(plug->pidns, &ignored) < 0)
        plug->pidns[0] = '\0';
    switch (request->command) {
    case NETAVARK_CREATE:
        return client_open(plug->ovsdb, plug->deadline, &plug->run.client, err);
    case NETAVARK_SETUP:
        return open_setup(plug, err);
    case NETAVARK_TEARDOWN:
        return attach_run_open(&plug->run, plug->ovsdb, -1, NULL, 0,
                               plug->deadline, err);
    case NETAVARK_INFO:
        break;
    }
    return 0;
}

void plug_close(struct plug *plug)
{
    attach_run_close(&plug->run);
    lookout_close(&plug->lookout);
    transient_network_done(&plug->transient);
    if (plug->netns >= 0)
        close(plug->netns);
    plug->netns = -1;
}

/* create */

int plug_check_bridge(struct plug *plug, struct err *err)
{
    return attach_run_check_bridge(plug->run.client, plug->spec.bridge,
                                   plug->deadline, err);
}

/* setup and teardown */

static struct attach_want want_of(const struct plug *plug)
{
    const struct netavark_request *request = plug->request;

    return (struct attach_want){
        .task = ATTACH_MAKE,
        .mover = ATTACH_BY_US,
        .until = ATTACH_PLACE,
        .owner = NETAVARK_OWNER,
        .self = "this plugin",
        .boot = plug->boot,
        .only = request->ifname,
        .replaces_present = true,
        .holder = {.kind = HOLDER_CONTAINER,
                   .id = request->container,
                   .netns = plug->netns_path,
                   .container = {.netns_id = plug->run.netns_id,
                                 .pidns = plug->pidns[0] ? plug->pidns : NULL,
                                 .cni_network = request->name,
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

int plug_set_up(struct plug *plug, struct err *err)
{
    const struct attach_want want = want_of(plug);
    struct attach_failure why;

    if (plug->request->drops_ports)
        log_event(LOG_LEVEL_WARNING,
                  "ports are not published, as the network's mode is not nat: "
                  "the container is reached by its own address",
                  "network", plug->request->name, NULL);
    int r = attach_run(&plug->run, &want, &plug->port, 1, &why);
    if (r >= 0)
        return 0;
    const char *left = attach_failure_left(&why);
    if (left)
        log_event(LOG_LEVEL_ERROR, left, "device", why.left, "error",
                  why.undo.text, NULL);
    *err = why.err;
    return r;
}

int plug_tear_down(struct plug *plug, struct err *err)
{
    struct attach_want want = want_of(plug);
    struct attach_failure why;

    want.holder.container.transient = NULL;
    plug->deadline = deadline_in(plug->settings->timeout_ms);
    want.task = ATTACH_REMOVE;
    want.deadline_ms = plug->deadline.at_ms;
    want.patience_ms = deadline_in(RESTART_GRACE_MS).at_ms;
    int r = attach_run(&plug->run, &want, NULL, 0, &why);
    if (r < 0)
        *err = why.err;
    return r;
}
