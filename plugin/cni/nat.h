/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A network configuration with `mode` nat: the host is the router of its
 * containers, and publishes their ports. What is asked for is written into
 * rows, and the daemon does it (rows/transient_network.h). Pure.
 */
#pragma once

#include "ovsint/rows/transient_network.h"
#include "plugin/cni/conf.h"

/* Takes a key that transient_key_known() knows. */
int nat_take_key(struct cni_request *request, const char *key,
                 const struct json *value, struct err *err) MUST_CHECK;

/* The capability portMappings, of a network with mode=nat. */
int nat_read_mappings(struct cni_request *request, const struct json *value,
                      struct err *err) MUST_CHECK;

/* The network that the port is written with. The caller owns *ret. */
int nat_network_make(const struct cni_request *request,
                     const struct attachment *spec,
                     const struct named_network *network,
                     struct transient_network *ret, struct err *err) MUST_CHECK;
