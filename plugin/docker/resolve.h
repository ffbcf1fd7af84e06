/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * From a network row and an endpoint's own options to an attachment. An option
 * of the endpoint replaces one of the network. Docker gives the addresses: no
 * option may name one. Pure.
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

/* `--network name=N,driver-opt=` and compose's `interface_name` arrive as this
 * key since Docker 28 (netlabel.Ifname in moby's
 * daemon/libnetwork/netlabel). */
#define ENDPOINT_IFNAME "com.docker.network.endpoint.ifname"
/* The name of the device in the container if nobody chooses one. */
#define ENDPOINT_DEFAULT_IFNAME "eth0"

/* The prefix by which Docker gives the end of a pair this name: what stands
 * before its last digit, 0. Docker takes no whole name from a remote driver; it
 * adds the lowest number that no device of the container has after the prefix
 * (moby 28.5.2: libnetwork's drivers/remote/driver.go, Join, and
 * osl/interface_linux.go, generateIfaceName). False, and the prefix
 * of ENDPOINT_DEFAULT_IFNAME, if it would give another name. */
bool endpoint_pair_prefix(const char *ifname, char ret[static IFNAME_SIZE]);

struct endpoint_plan {
    struct attachment attachment;
    bool altname; /* attachment.ifname is to be an altname */
};

/* Resolves an endpoint of the network. With `endpoint` NULL it is a try, which
 * finds all that can be wrong with the network's own options; its attachment
 * has no address. `bridge` counts if neither the options nor the configuration
 * name one. -EINVAL, -EPERM, -ENOENT as attachment_resolve(). */
int endpoint_resolve(const struct network_row *row,
                     const struct endpoint_request *endpoint,
                     const struct settings *settings, const char *bridge,
                     struct endpoint_plan *ret, struct err *err) MUST_CHECK;
