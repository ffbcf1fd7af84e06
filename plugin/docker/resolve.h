/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a network's row and an endpoint's own options to an attachment. The
 * endpoint's options go before the network's. Addresses are Docker's to give:
 * no option may name one. Pure.
 */
#pragma once

#include "ovsint/config/settings.h"
#include "ovsint/rows/network_row.h"
#include "ovsint/spec/attachment.h"

/* What CreateEndpoint says of one endpoint. */
struct endpoint_request {
    const struct json *options;
    const char *addresses[2]; /* CIDR; NULL or "" = none */
    const char *mac;          /* NULL or "" = none */
};

/* What `--network name=N,driver-opt=` and compose's `interface_name` come to
 * from Docker 28 on (netlabel.Ifname in moby's daemon/libnetwork/netlabel). */
#define ENDPOINT_IFNAME "com.docker.network.endpoint.ifname"
/* What the device is called in the container where nobody says. */
#define ENDPOINT_DEFAULT_IFNAME "eth0"

struct endpoint_plan {
    struct attachment attachment;
    bool altname; /* attachment.ifname is to be one */
};

/* What an endpoint of the network comes to; with `endpoint` NULL, a try that
 * finds everything that can be wrong with the network's options alone, whose
 * attachment has no address. `bridge` is used where neither the options nor
 * the configuration name one. -EINVAL, -EPERM, -ENOENT as
 * attachment_resolve(). */
int endpoint_resolve(const struct network_row *row,
                     const struct endpoint_request *endpoint,
                     const struct settings *settings, const char *bridge,
                     struct endpoint_plan *ret, struct err *err) MUST_CHECK;
