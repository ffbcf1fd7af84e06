/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names and numbers derived from what is attached. Device names are unique to
 * one attach, not stable: two runs for one container must never fight over a
 * name, and finding our ports goes by external_ids, never by name. MAC
 * addresses and address seeds on the other hand are stable, so that a
 * container that comes back keeps them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ovsint/base/parse.h"

/* A well mixed 64-bit hash of two texts; "ab","c" and "a","bc" differ. Not a
 * secret: whoever chooses the texts can construct collisions. */
uint64_t names_hash(const char *a, const char *b);

/* "oi" and 13 of a-z2-7: the port and device of an internal port. `nonce` is
 * random, from the caller. */
void names_port(const char *container_id, const char *ifname, uint64_t nonce,
                char ret[IFNAME_SIZE]);

/* Could names_port() have given that name, also with Docker's 0 as its last
 * character? */
bool names_is_port(const char *name);

/* "ov" and 13 of a-z2-7: the port and host end of a veth pair. */
void names_veth_host(const char *container_id, const char *ifname,
                     uint64_t nonce, char ret[IFNAME_SIZE]);

/* Could it be a name that one of both has given? A row of ours with another one
 * was written by somebody else. */
bool names_is_ours(const char *name);

/* Could that be the host end of a pair of Docker's, which has 0 as its last
 * character? */
bool names_is_docker_pair(const char *name);

/* A locally administered unicast address that depends on the texts only:
 * container id and interface name, or network and address. */
struct mac names_mac(const char *scope, const char *name);
