/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The addresses that an IPAM plugin gives to a container, from their request to
 * their return. Without `ipam` in the network configuration all of these do
 * nothing and succeed.
 *
 * Most plugins keep their own record, and are asked before anything is made. So
 * the port is written with its addresses, and the database guards that nobody
 * else on the segment has them. dhcp asks a server over the interface: the port
 * is made without addresses, and gets them when they are known.
 *
 * Addresses go back before the port goes, as dhcp tells the server so over the
 * interface. Both are tried in any case.
 */
#pragma once

#include "plugin/cni/conf.h"
#include "plugin/cni/delegate.h"
#include "plugin/cni/ipam.h"

struct lease {
    const char *type; /* of the plugin; NULL = there is none */
    struct delegate delegate;
    struct ipam_answer answer;
    bool taken; /* the plugin was asked: it may have given addresses */
};

#define LEASE_NONE ((struct lease){.delegate = DELEGATE_NONE})

/* Starts the process that runs the plugin: see delegate_open(). */
int lease_open(struct lease *ret, const struct cni_request *request,
               const struct cni_environment *environment,
               const struct buf *input, struct cni_failure *failure) MUST_CHECK;
void lease_close(struct lease *lease);

/* ADD: the addresses become part of the request. On failure the caller gives
 * back what may have been given. */
int lease_take(struct lease *lease, struct cni_request *request,
               struct cni_failure *failure) MUST_CHECK;
/* DEL. */
int lease_give_back(struct lease *lease,
                    struct cni_failure *failure) MUST_CHECK;
/* CHECK, if there is a result of ADD; GC and STATUS only if the plugin knows
 * that version. */
int lease_pass_on(const struct lease *lease, const struct cni_request *request,
                  struct cni_failure *failure) MUST_CHECK;
