/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to this room: whether the parts of a request fit together. Pure.
 */
#pragma once

#include "ovsint/config/named_network.h"
#include "ovsint/spec/attachment.h"

/* What depends on more than one key. The request is complete: merged with
 * its network and the defaults; `network` may be NULL. */
int check_vlans(const struct attachment_request *merged,
                struct err *err) MUST_CHECK;
int check_burst(const struct attachment_request *merged,
                struct err *err) MUST_CHECK;
int check_all(const struct attachment_request *merged,
              const struct named_network *network, struct err *err) MUST_CHECK;

/* True when `ip` is on the link of the merged request: an address of it, or
 * one that it will get from the network, has it in its prefix. */
bool on_link(const struct attachment *attachment,
             const struct named_network *network, const struct ip *ip);

/* True when `ip`, although in no prefix of the merged request, may be a router
 * on its link: a link-local address, or the container has an address of the
 * family that is alone in its prefix, so that no router could be in it. */
bool may_be_on_link(const struct attachment *attachment,
                    const struct named_network *network, const struct ip *ip);
