/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * DNS settings, which the plugin only passes on: the runtime writes them into
 * the container. Pure.
 */
#pragma once

#include "ovsint/base/err.h"
#include "ovsint/dhcp/message.h"
#include "ovsint/json/json.h"

/* `dns` of a network configuration: an object that is not too large. -EINVAL,
 * -E2BIG. */
int dns_check(const struct json *value, struct err *err) MUST_CHECK;
/* The capability dns: lists of servers, searches and options. -EINVAL. */
int dns_check_capability(const struct json *value, struct err *err) MUST_CHECK;

/* Writes those of the capability, else those of the configuration, else what a
 * DHCP server has said; each may be NULL. */
void dns_write(const struct json *capability, const struct json *configured,
               const struct dhcp_dns *lan, struct json_writer *w);
