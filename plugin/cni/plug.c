/* SPDX-License-Identifier: Apache-2.0 */
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
#include "ovsint/rows/external_ids.h"

/* A database or switch that is away may come back. */
static int fail_as(struct cni_failure *failure)
{
    switch (failure->err.code) {
    case ENOENT:
    case ECONNREFUSED:
    case ECONNRESET:
    case ENOTCONN:
    case ETIMEDOUT:
        return cni_fail(failure, CNI_TRY_LATER);
    default:
        return cni_fail(failure, CNI_COULD_NOT);
    }
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
                                 .pidns = plug->pidns[0] ? plug->pidns : NULL,
                                 .cni_network = request->name,
                                 .transient = request->nat.is_nat
                                                  ? &plug->transient
                                                  : NULL,
                                 .asked_ports = request->nat.is_nat
                                                    ? buf_text(&request->ports)
                                                    : NULL}},
        .timeout_ms = plug->settings->timeout_ms,
        .deadline_ms = plug->deadline.at_ms};
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

static int open_add(struct plug *plug, struct cni_failure *failure)
{
    struct err *err = &failure->err;

    lookout_open(&plug->lookout, &plug->spec, 1);
    int r = open_netns(plug, failure);
    if (r < 0)
        return r;
    plug->port.spec = &plug->spec;
    plug->port.network = settings_network(plug->settings, plug->spec.network);
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

int plug_open(struct plug *plug, const struct cni_request *request,
              const struct settings *settings, struct cni_failure *failure)
{
    struct err ignored = {0};

    plug->request = request;
    plug->settings = settings;
    plug->deadline = deadline_in(settings->timeout_ms);
    program_ovsdb(NULL, settings, plug->ovsdb);
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

int plug_add(struct plug *plug, struct buf *ret, struct cni_failure *failure)
{
    const struct cni_request *request = plug->request;
    const struct attach_want want =
        want_of(plug, request->container, request->ifname);
    const struct cni_made made = {.spec = &plug->made.spec,
                                  .mac = &plug->made.mac,
                                  .netns = request->netns,
                                  .port = plug->made.port,
                                  .dns = request->dns};
    struct attach_failure why;

    if (attach_run(&plug->run, &want, &plug->port, 1, &why) < 0)
        return fail_add(&why, failure);
    if (plug->made.present) {
        err_set(&failure->err, EEXIST,
                "the container has the interface %s already, by an earlier "
                "ADD (port %s): it stays until DEL",
                request->ifname, plug->made.port);
        return cni_fail(failure, CNI_COULD_NOT);
    }
    cni_result_add(request->version, &made, ret);
    return 0;
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
    plug->deadline = deadline_in(plug->settings->timeout_ms);
    return plug_release(plug, plug->request->container, plug->request->ifname,
                        failure);
}
