/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The server of names, aardvark-dns, as netavark runs it for networks of its
 * own drivers: one for all networks of ours, which it reads in a directory, a
 * file for each. It listens at the host's address on a network, so only
 * networks with mode=nat have it.
 *
 * A container is added when its port is there, and we have given up our rights
 * by then. So setup starts a second process first, which does nothing until it
 * is told the addresses. Pitfall: it cannot be started later, as a child of a
 * confined process is confined as well.
 */
#pragma once

#include "ovsint/base/deadline.h"
#include "plugin/netavark/request.h"

#define NAMES_TIMEOUT_MS 8000
#define NAMES_DOMAIN                                        \
    "dns.podman" /* netavark's, so that names stay the same \
                  */

/* Is there such a server, and can it serve this network? */
bool names_can_serve(const struct netavark_request *request);

struct names {
    bool can_serve;
    int fd; /* -1 = there is no second process */
};
#define NAMES_NONE ((struct names){.fd = -1})

/* Call it before anything else is opened: the other process keeps what it
 * inherits until this one ends. */
int names_open(struct names *ret, const struct netavark_request *request,
               const char *ovsdb, struct err *err) MUST_CHECK;
void names_close(struct names *names);
#define auto_names __attribute__((cleanup(names_close)))

/* Adds the container with the addresses that it has got, and starts the server,
 * or has it read anew. Names of containers whose ports have gone are removed:
 * the guardian collects ports, and knows nothing of names. */
int names_add(const struct names *names, const struct netavark_request *request,
              const struct attachment *spec, struct deadline deadline,
              struct err *err) MUST_CHECK;

/* Removes the container, if it is there, and those whose ports have gone. The
 * server ends with the last one. */
int names_remove(const struct netavark_request *request, const char *ovsdb,
                 struct err *err) MUST_CHECK;
