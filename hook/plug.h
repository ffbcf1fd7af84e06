/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the hook tells the attach engine: whose the ports are, what is asked
 * for, and hints for people who write annotations. There are two stages,
 * between which main() confines the process.
 */
#pragma once

#include "hook/container.h"
#include "ovsint/attach/lookout.h"
#include "ovsint/attach/run.h"
#include "ovsint/config/settings.h"

/* What attach and detach both need to know. */
struct hook_run {
    const struct settings *settings;
    const char *ovsdb; /* address of the database server */
    struct deadline deadline;
};

struct plug {
    const struct hook_run *run;
    struct container container;
    struct lookout lookout;
    struct attach_run attach;
    struct attach_want want;
    struct port_want ports[LIMIT_ATTACHMENTS];
    size_t count;
};

#define PLUG_CLOSED                         \
    ((struct plug){.container.netns = -1,   \
                   .lookout = LOOKOUT_NONE, \
                   .attach = ATTACH_RUN_CLOSED})

/* Opens all that is needed to attach the container of `state` as `attachments`
 * say. The caller keeps all that is pointed to. */
int plug_open(struct plug *plug, const struct hook_run *run,
              const struct oci_state *state,
              const struct attachment *attachments, size_t count,
              struct err *err) MUST_CHECK;
/* Repeated for the same container it changes nothing. On failure nothing is
 * left of it. */
int plug_attach(struct plug *plug, struct err *err) MUST_CHECK;

/* The same to remove every port that only this container lives on, and its
 * membership of those that it shares. If the state tells the bundle, ports of
 * another container with this id stay. If there is nothing to remove that is
 * success. It does not wait for the switch, to which a deletion costs about 17
 * ms. */
int plug_open_detach(struct plug *plug, const struct hook_run *run,
                     const struct oci_state *state, struct err *err) MUST_CHECK;
int plug_detach(struct plug *plug, struct err *err) MUST_CHECK;

void plug_close(struct plug *plug);
#define auto_plug __attribute__((cleanup(plug_close)))
