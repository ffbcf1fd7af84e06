/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * From what was asked for to attachments that may be made. Only here are the
 * administrator's networks, defaults and policy applied. Pure.
 */
#pragma once

#include "ovsint/config/settings.h"
#include "ovsint/spec/attachment.h"

/* Makes the attachment: named network, default bridge, policy, cross-checks.
 * -EINVAL if it does not fit together, -ENOENT for an unknown network, -EPERM
 * if the policy or the network forbids it.
 *
 * Pitfall: after this an attachment with `ip_auto` still lacks its chosen
 * addresses, see ipam_fill(). In a port's row `ip_auto` says that they are
 * there. */
int attachment_resolve(const struct attachment_request *request,
                       const struct settings *settings, struct attachment *ret,
                       struct err *err) MUST_CHECK;

/* The same for a container on a network that the administrator has configured
 * elsewhere: `configured` is what that says, and is not judged by the policy.
 * No key may be in both but KEY_IP, where the container's goes first. */
int attachment_resolve_within(const struct attachment_request *request,
                              const struct attachment_request *configured,
                              const struct settings *settings,
                              struct attachment *ret,
                              struct err *err) MUST_CHECK;

/* For a door that changes the addresses of what was resolved: the guard that an
 * attachment has if nobody has chosen one, in this order.
 *
 *   on a logical switch                              full
 *   on OVN's bridge, whose flows are the controller's   off
 *   with guard-also                                  full
 *   a trunk, a native VLAN, or a tunnel              mac
 *   with an address, or one that DHCP or a router gives  full
 *   else                                             mac
 */
void attachment_guard_by_default(struct attachment *attachment,
                                 const struct settings *settings);

/* What of it the switch knows, and the pool: bridge, VLANs, type. For a network
 * of the administrator's as a whole, so the policy does not judge it. -EINVAL
 * if no bridge is known, or if the VLANs do not fit together. */
int attachment_resolve_place(const struct attachment_request *request,
                             const struct settings *settings,
                             struct attachment *ret,
                             struct err *err) MUST_CHECK;

/* Makes all attachments that OCI annotations ask for: `ovsint.<key>` for eth0,
 * `ovsint.<ifname>.<key>` for any interface (split at the last dot). eth0 comes
 * first, the others by name. `annotations` may be NULL. If nothing is asked
 * for, the count is 0. Errors as attachment_resolve(), and -E2BIG for too many
 * interfaces. */
int attachments_from_annotations(const struct json *annotations,
                                 const struct settings *settings,
                                 struct attachment ret[LIMIT_ATTACHMENTS],
                                 size_t *ret_count, struct err *err) MUST_CHECK;

/* For a door whose containers get their addresses elsewhere, after `values` has
 * them: the routes of the network whose next hops they reach, unless the
 * request gives others. */
void attachment_take_routes(const struct attachment_request *request,
                            const struct named_network *network,
                            struct attachment *values);

/* Does somebody else see to this interface? */
typedef bool annotations_leave_out(void *data, const char *ifname);
/* The same, but annotations of an interface that is left out are not looked
 * at. */
int attachments_from_annotations_but(const struct json *annotations,
                                     annotations_leave_out *leaves_out,
                                     void *data,
                                     const struct settings *settings,
                                     struct attachment ret[LIMIT_ATTACHMENTS],
                                     size_t *ret_count,
                                     struct err *err) MUST_CHECK;

/* How many annotations begin with "ovsint." and do not count, as the policy
 * wants a word in them that they lack. */
size_t annotations_passed_over(const struct json *annotations,
                               const struct settings *settings);

/* What to say of them. */
#define ANNOTATIONS_PASSED_OVER                                    \
    "annotations do not count, as they are not under the word of " \
    "policy.annotation-key: they may be the image's"
