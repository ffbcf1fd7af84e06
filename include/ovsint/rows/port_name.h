/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Names and numbers that are derived from what is attached. A device name is
 * unique to one attach: two runs for one container must never compete for a
 * name, and ports of ours are found by external_ids, never by name. MAC
 * addresses, and the seeds of the search for an address, depend on the
 * container only, so that one that comes back gets the same again.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ovsint/base/parse.h"

/* A well mixed 64-bit hash of two texts; "ab","c" and "a","bc" differ. It is no
 * secret: whoever chooses the texts can make two of them collide. */
uint64_t names_hash(const char *a, const char *b);

/* "oi" and 13 characters of a-z2-7: the port and device of an internal port.
 * `nonce` is a random number of the caller's. */
void names_port(const char *container_id, const char *ifname, uint64_t nonce,
                char ret[IFNAME_SIZE]);

/* Of a ready port, which suits every door: its last character is Docker's 0. */
void names_ready_port(uint64_t nonce, size_t index, char ret[IFNAME_SIZE]);

/* Could names_port() have made it? Its last character may be Docker's 0. */
bool names_is_port(const char *name);

/* "ov" and 13 characters of a-z2-7: the port and host end of a veth pair. */
void names_veth_host(const char *container_id, const char *ifname,
                     uint64_t nonce, char ret[IFNAME_SIZE]);

/* Could one of the two have made it? If a row of ours has another name,
 * somebody else has written it. */
bool names_is_ours(const char *name);

#define LOGICAL_PORT_SIZE (IFNAME_SIZE + 8)
#define NAMES_UUID_SIZE 37

/* The logical switch port of OVN that stands for a port, and the uuid of its
 * row. As a port's name is used once on all hosts, so are these. */
void names_logical_port(const char *port, char ret[LOGICAL_PORT_SIZE]);
void names_logical_uuid(const char *port, char ret[NAMES_UUID_SIZE]);
/* The same of the row that has its name. */
void names_dns_uuid(const char *port, char ret[NAMES_UUID_SIZE]);
/* The port of a logical switch port of ours, which points into it; NULL = it is
 * none of ours. */
const char *names_port_of_logical(const char *logical_port);

/* Could it be the host end of a Docker endpoint's pair, whose last character is
 * 0? */
bool names_is_docker_pair(const char *name);

/* The other end of that pair, which goes into the container: it has 1 there. */
void names_docker_peer(const char *host_end, char ret[IFNAME_SIZE]);

/* A locally administered unicast address that depends on nothing but the two
 * texts: container id and interface name, or network and address. */
struct mac names_mac(const char *scope, const char *name);
