/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A runtime's list of ports that are to be published, as JSON. Runtimes have
 * different words for the same. Pure.
 */
#pragma once

#include "ovsint/base/buf.h"
#include "ovsint/base/err.h"
#include "ovsint/json/json.h"

struct port_mapping_words {
    const char *list; /* what messages call the list */
    const char *host_port;
    const char *port; /* of the container */
    const char *host; /* address of the host; absent or "" = all */
    const char *protocol;
    const char *range; /* how many ports; NULL = the list has no such word */
};

/* Appends the list as rows keep it (rows/published.h). Keys are compared
 * without case. An element without a port of the host is left out, as
 * Kubernetes lists those, too. -EINVAL, -EMSGSIZE. */
int port_mappings_read(const struct json *list,
                       const struct port_mapping_words *words, struct buf *ret,
                       struct err *err) MUST_CHECK;
