/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unplugging a container: by its id, and by its bundle where that is known.
 */
#pragma once

#include "hook/attach.h"
#include "hook/claim.h"

/* A container leaves its ports, or those of them that are in `only`, when that
 * is not NULL and whatever the claim; each that nobody else lives on is
 * removed. A database that is away is waited for until `patience` has passed,
 * one that does not answer until the deadline. *ret, to be released by the
 * caller, shows all its ports as they were before. */
int detach_ports(const char *ovsdb, const struct claimant *claimant,
                 const struct port_names *only, struct deadline patience,
                 struct deadline deadline, struct vswitch_view *ret,
                 struct err *err) MUST_CHECK;

/* Removes every port that only this container lives on, and its membership of
 * those that it shares; where the state tells the bundle, none of another
 * container with its id. Nothing there is success. It does not wait for the
 * switch: a deletion costs it about 17 ms and holds nobody up. */
int hook_detach(const struct hook_run *run, const struct oci_state *state,
                struct err *err) MUST_CHECK;
