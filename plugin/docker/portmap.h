/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Reads the ports that Docker wants published for an endpoint. Pure.
 */
#pragma once

#include "ovsint/json/json.h"
#include "plugin/gateway/port_request.h"

/* Reads `com.docker.network.portmap`; the caller frees *ret. NULL and 0 if
 * there is none. -EINVAL, -E2BIG. */
int portmap_read(const struct json *options, struct port_request **ret,
                 size_t *ret_count, struct err *err) MUST_CHECK;
