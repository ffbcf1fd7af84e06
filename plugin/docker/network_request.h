/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What Docker says of a network in CreateNetwork, and never again: from its
 * JSON, and from the words of Docker's own drivers, to the network row.
 * Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/err.h"
#include "ovsint/json/json.h"

/* The address space of our own IPAM driver: Docker passes it on for the subnets
 * that this has given. */
#define IPAM_SPACE "ovsint"

/* Appends the text of the network row (rows/network_row.h) to *ret. -EINVAL for
 * an unknown option, naming it and the allowed ones. */
int network_request_row(const struct json *request, struct buf *ret,
                        struct err *err) MUST_CHECK;

/* For an error about the row's option, "option KEY: ...": if that key stands
 * for an option of Docker's bridge driver, its name is put before the message,
 * as its user gave no other. */
void network_request_explain(const struct json *request, struct err *err);

/* For options of CreateNetwork and driver options alike: the key of ours
 * without its prefix, or NULL if the option is somebody else's (it has a dot,
 * and not our prefix). */
const char *docker_key(const char *option);

/* For --help: all keys that a network or an endpoint may have. */
void docker_keys_help(struct buf *ret);

/* Does an option of ours have this key? */
bool docker_key_known(const char *key);
/* "-EINVAL: option vlna: unknown key: did you mean 'vlan'? (keys: ...)". */
int docker_key_refuse(const char *origin, const char *key, struct err *err);
