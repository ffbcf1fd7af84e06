/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The lookout: a process beside the run that keeps what the program gives up
 * when it confines itself, for the only question that needs it: has the
 * container of a port ended? It is forked before the rights go, and sleeps;
 * most runs never ask it.
 *
 * Pitfall: it cannot be forked on demand, as a child of the confined process is
 * confined as well.
 */
#pragma once

#include "ovsint/attach/attach.h"
#include "ovsint/base/deadline.h"

struct lookout {
    int fd; /* -1 = there is none */
};

#define LOOKOUT_NONE ((struct lookout){.fd = -1})

/* Starts it if one of the vNICs is to have an address, or an OpenFlow number,
 * as only then another container's port can be in the way. Call it before
 * anything else is opened: the other process keeps what it inherits until this
 * one ends. If it cannot be started, every container that holds one counts as
 * alive. */
void lookout_open(struct lookout *ret, const struct attachment *specs,
                  size_t count);
/* The other process ends by itself when nobody can ask it any more. */
void lookout_close(struct lookout *lookout);

/* Asks what ATTACH_STEP_HAS_ENDED asks. False also if there is no answer until
 * the deadline. */
bool lookout_has_ended(const struct lookout *lookout,
                       const struct attach_todo *todo,
                       struct deadline deadline);
