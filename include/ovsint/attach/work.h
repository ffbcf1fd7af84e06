/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The work on devices that the attach engine asks for, and its questions about
 * others: each is done at once, over sockets that are open. The drivers share
 * it. Whoever does one of them otherwise, as Docker's pairs have other names,
 * does that one himself and leaves the rest to attach_work().
 */
#pragma once

#include "ovsint/attach/attach.h"
#include "ovsint/net/link.h"
#include "ovsint/net/net.h"
#include "ovsint/net/newcomers.h"

/* Where it is done. What is asked for inside needs all but `host`. */
struct attach_place {
    struct net *host;
    int netns; /* -1 = there is none */
    struct net *inside;
    struct newcomers *newcomers;
    const struct vswitch_bridges *bridges; /* who does checksums */
};

/* What attach_device() is to be given. `ret` is set by ATTACH_STEP_FIND. */
int attach_work(const struct attach_place *place, const struct attach *attach,
                const struct attach_todo *todo, struct link_info *ret,
                struct err *err) MUST_CHECK;

/* Looks for the namespace of a row and for processes in it, as
 * ATTACH_STEP_HAS_ENDED asks. False if nobody can tell. */
bool attach_has_ended(const struct attach_todo *todo);
