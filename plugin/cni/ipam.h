/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What an IPAM plugin answers becomes part of the network configuration:
 * addresses, routes, DNS. So the checks of an attachment judge it as what an
 * administrator has written. Pure.
 */
#pragma once

#include "plugin/cni/conf.h"

struct ipam_answer {
    struct json *document; /* owns what `dns` points to */
    struct ip_prefix ips[LIMIT_ADDRESSES];
    struct ip gateways[LIMIT_ADDRESSES]; /* of each address; family 0 = none */
    size_t count;
    const struct json *routes;
    const struct json *dns; /* NULL = none */
};

/* Reads the result of ADD. -EINVAL, -E2BIG. */
int ipam_read(const char *bytes, size_t size, struct ipam_answer *ret,
              struct err *err) MUST_CHECK;
void ipam_done(struct ipam_answer *answer);

/* The failure that the plugin `type` tells in its error object. -errno. */
int ipam_refused(const char *type, const char *bytes, size_t size,
                 struct cni_failure *failure) MUST_CHECK;

/* Does the result of VERSION name this version? */
bool ipam_knows(const char *bytes, size_t size, enum cni_version version);

/* Are these routes written as CNI does it, as objects with `dst`? */
bool ipam_is_routes(const struct json *value);

/* Gives addresses and routes of the answer (NULL = none yet), and the
 * configuration's own routes, to the request. -EINVAL. */
int ipam_set(struct cni_request *request, const struct ipam_answer *answer,
             struct err *err) MUST_CHECK;
