/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A network with `mode` nat: the host is the router of its containers, and
 * publishes their ports (-p). What is asked for is written into rows, and the
 * daemon does it: rows/transient_network.h. Pure.
 */
#pragma once

#include "ovsint/rows/transient_network.h"
#include "plugin/netavark/request.h"

/* Call it when network and container are read: options that need mode=nat, and
 * the ports. */
int nat_read(struct netavark_request *request, struct err *err) MUST_CHECK;

/* With mode=nat: the network that the port is written with. `create` makes it
 * as well, as all that is wrong is found by that. The caller owns *ret. */
int nat_network_make(const struct netavark_request *request,
                     const struct settings *settings,
                     const struct attachment *spec,
                     struct transient_network *ret, struct err *err) MUST_CHECK;
