/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Private to this room: do the parts of a request fit together? Pure.
 */
#pragma once

#include "ovsint/config/named_network.h"
#include "ovsint/spec/attachment.h"

/* Judges what depends on more than one key. The request is complete: merged
 * with its network and the defaults. `network` may be NULL. */
int check_vlans(const struct attachment_request *merged,
                struct err *err) MUST_CHECK;
/* -EINVAL if a pool is asked for what no ready port can be. */
int check_pool(const struct attachment_request *merged,
               struct err *err) MUST_CHECK;
int check_burst(const struct attachment_request *merged,
                struct err *err) MUST_CHECK;
/* A port of a logical switch is OVN's but for the device: what says the same
 * on a bridge, or would take another logical port, is refused. */
int check_ovn(const struct attachment_request *merged,
              struct err *err) MUST_CHECK;
/* Is it a key of external_ids by which ovn-controller knows whose port it is?
 */
bool is_logical_port_key(const char *key);
int check_all(const struct attachment_request *merged,
              const struct named_network *network, struct err *err) MUST_CHECK;

/* Is `ip` on the link of the merged request: in the prefix of an address that
 * it has, or will get from the network? */
bool on_link(const struct attachment *attachment,
             const struct named_network *network, const struct ip *ip);

/* May `ip` be a router on the link although it is in no prefix of the merged
 * request? Yes if it is link-local, or if the container's address of that
 * family is alone in its prefix, where no router could be. */
bool may_be_on_link(const struct attachment *attachment,
                    const struct named_network *network, const struct ip *ip);
