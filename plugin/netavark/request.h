/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What podman and netavark ask of the plugin: the JSON on standard input
 * becomes one checked request. Pure.
 *
 * Pitfall: absent members are missing in `create`, which podman calls, and null
 * in `setup` and `teardown`, which netavark calls.
 */
#pragma once

#include "ovsint/config/settings.h"
#include "ovsint/rows/transient_network.h"
#include "ovsint/spec/attachment.h"

/* netavark's plugin-API.md has them. */
enum netavark_command {
    NETAVARK_CREATE,
    NETAVARK_SETUP,
    NETAVARK_TEARDOWN,
    NETAVARK_INFO,
};

struct netavark_subnet {
    struct ip_prefix prefix;
    struct ip gateway; /* family 0 = none */
};

struct netavark_request {
    enum netavark_command command;
    struct json *document;
    const struct json *network; /* its configuration */
    const char *name;           /* of the network */
    bool internal;
    bool wants_names; /* unless --disable-dns */
    bool has_router;  /* -o no_default_route is not given */
    struct netavark_subnet subnets[LIMIT_ADDRESSES];
    size_t subnet_count;
    struct transient_options nat; /* what its network row has, with mode=nat */
    /* Of setup and teardown: */
    const char *container;
    const char *container_name; /* or NULL */
    const char *ifname;
    const struct json *addresses; /* without their lengths; or NULL */
    struct buf ports; /* to be published, as a row has them; with mode=nat */
    bool drops_ports; /* there are such, and the mode is another */
    /* Of create and setup. What the network says, which is the
     * administrator's: */
    struct attachment_request configured;
    /* What the container asks for, whom the policy binds: */
    struct attachment_request own;
};

/* The command of that name, or -EINVAL. */
int netavark_command_find(const char *name) MUST_CHECK;

/* Reads and checks all that does not depend on our own configuration. -EINVAL,
 * or as json_parse(). The caller owns *ret, whatever is returned:
 * netavark_request_done(). */
int netavark_request_parse(const char *bytes, size_t size,
                           enum netavark_command command,
                           struct netavark_request *ret,
                           struct err *err) MUST_CHECK;

/* Makes the attachment: named network, policy, cross-checks. For `create` it is
 * that of a container that asks for nothing, and judges the network: each
 * subnet stands for the address that a container will get of it. */
int netavark_request_resolve(struct netavark_request *request,
                             const struct settings *settings,
                             struct attachment *ret,
                             struct err *err) MUST_CHECK;

void netavark_request_done(struct netavark_request *request);
#define auto_netavark_request __attribute__((cleanup(netavark_request_done)))
