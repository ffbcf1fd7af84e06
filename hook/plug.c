/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * In this order: starts the lookout, as it keeps what is given up later; opens
 * the container's namespace; then opens what the engine needs. The head of
 * attach/attach.h tells what can fail in the run itself.
 */
#include "hook/plug.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hook/theirs.h"
#include "ovsint/base/log.h"

/* A runtime may call poststop while the killed process is still ending. A
 * process that lives on belongs to another run of the bundle. */
#define ENDING_MS 1000

static int name_ports(struct plug *plug, const struct attachment *attachments,
                      struct err *err)
{
    for (size_t i = 0; i < plug->count; i++) {
        plug->ports[i].spec = &attachments[i];
        plug->ports[i].network =
            settings_network(plug->run->settings, attachments[i].network);
    }
    return attach_run_name_ports(plug->ports, plug->count, plug->container.id,
                                 err);
}

static struct attach_want want_of(const struct plug *plug)
{
    const struct container *container = &plug->container;

    return (struct attach_want){
        .task = ATTACH_MAKE,
        .mover = ATTACH_BY_US,
        .until = ATTACH_PLACE,
        .owner = HOOK_OWNER,
        .self = "this hook",
        .boot = container->boot,
        .yields_to = theirs_owners,
        .replaces_present = true,
        .holder = {.kind = HOLDER_CONTAINER,
                   .id = container->id,
                   .netns = container->netns_path,
                   .container = {.netns_id = plug->attach.netns_id,
                                 .pidns = container_pidns(container),
                                 .bundle = container->bundle,
                                 .pid = container->pid}},
        .northbound = plug->run->settings->northbound,
        .timeout_ms = plug->run->settings->timeout_ms,
        .deadline_ms = plug->run->deadline.at_ms};
}

int plug_open(struct plug *plug, const struct hook_run *run,
              const struct oci_state *state,
              const struct attachment *attachments, size_t count,
              struct err *err)
{
    plug->run = run;
    plug->count = count;
    lookout_open(&plug->lookout, attachments, count);
    int r = container_open(state, &plug->container, err);
    if (r < 0)
        return r;
    r = name_ports(plug, attachments, err);
    if (r < 0)
        return r;
    r = attach_run_open(&plug->attach, run->ovsdb, plug->container.netns,
                        plug->ports, count, run->deadline, err);
    if (r < 0)
        return r;
    plug->attach.lookout = &plug->lookout;
    plug->want = want_of(plug);
    log_event(LOG_LEVEL_DEBUG, "opened", "netns", plug->container.netns_path,
              NULL);
    return 0;
}

/* For people who write annotations. */
static void add_hint(const struct plug *plug,
                     const struct attach_failure *failure, struct err *err)
{
    const char *text = failure->err.text;

    *err = failure->err;
    if (failure->reason == ATTACH_NAME_TAKEN) {
        err_set(err, failure->err.code,
                "%s: name another one, as in ovsint.eth1.bridge=%s, or give "
                "the container no other network",
                text, plug->ports[failure->vnic].spec->bridge);
    } else if (failure->reason == ATTACH_OTHER_SETTINGS) {
        err_set(err, failure->err.code,
                "%s: give all containers of a pod the same ovsint annotations",
                text);
    }
}

int plug_attach(struct plug *plug, struct err *err)
{
    struct attach_failure failure;

    int r = attach_run(&plug->attach, &plug->want, plug->ports, plug->count,
                       &failure);
    if (r >= 0) {
        log_event(LOG_LEVEL_DEBUG, "plugged", NULL);
        return 0;
    }
    const char *left = attach_failure_left(&failure);
    if (left)
        log_event(LOG_LEVEL_ERROR, left, "device", failure.left, "error",
                  failure.undo.text, NULL);
    add_hint(plug, &failure, err);
    return r;
}

int plug_open_detach(struct plug *plug, const struct hook_run *run,
                     const struct oci_state *state, struct err *err)
{
    struct container *container = &plug->container;
    struct err ignored = {0};

    plug->run = run;
    container->id = state->id;
    container->bundle = state->bundle;
    container->pid = state->pid;
    if (pidns_id(container->pidns, &ignored) < 0)
        container->pidns[0] = '\0';
    plug->want = want_of(plug);
    plug->want.task = ATTACH_REMOVE;
    plug->want.ending_ms = deadline_in(ENDING_MS).at_ms;
    plug->want.patience_ms = deadline_in(RESTART_GRACE_MS).at_ms;
    return attach_run_open(&plug->attach, run->ovsdb, -1, NULL, 0,
                           run->deadline, err);
}

int plug_detach(struct plug *plug, struct err *err)
{
    struct attach_failure failure;

    int r = attach_run(&plug->attach, &plug->want, NULL, 0, &failure);
    if (r < 0)
        *err = failure.err;
    return r;
}

void plug_close(struct plug *plug)
{
    attach_run_close(&plug->attach);
    lookout_close(&plug->lookout);
    container_close(&plug->container);
}
