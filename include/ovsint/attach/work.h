/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The work on devices that the attach engine asks for, and its questions about
 * others. Each is done at once, over sockets that are open. The drivers share
 * it. A driver that does one step differently, as Docker's pairs have other
 * names, does that step itself and leaves the rest to attach_work().
 */
#pragma once

#include "ovsint/attach/attach.h"
#include "ovsint/net/link.h"
#include "ovsint/net/net.h"
#include "ovsint/net/newcomers.h"

/* Where it is done. A step inside needs all of it but `host`. */
struct attach_place {
    struct net *host;
    int netns; /* -1 = none */
    struct net *inside;
    struct newcomers *newcomers;
    /* for the question who finishes checksums */
    const struct vswitch_bridges *bridges;
};

/* Returns what attach_device() is to be given. ATTACH_STEP_FIND fills `ret`. */
int attach_work(const struct attach_place *place, const struct attach *attach,
                const struct attach_todo *todo, struct link_info *ret,
                struct err *err) MUST_CHECK;

/* ATTACH_STEP_UNDERLAY: the least MTU of the devices that have one of these
 * addresses, with commas between them; 0 = none has. */
int attach_underlay_mtu(struct net *host, const char *list,
                        struct err *err) MUST_CHECK;

/* Looks for the namespace of a row, and for processes in it, as
 * ATTACH_STEP_HAS_ENDED asks. False if it cannot be told. */
bool attach_has_ended(const struct attach_todo *todo);
