/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Private to common/net: frames of ARP and of neighbour discovery. Pure.
 */
#pragma once

#include "ovsint/base/frame.h"

/* A request to everybody (RFC 826). With `from` equal to `whom` it is an
 * announcement (RFC 5227 section 2.3). */
void neighbour_frame_arp(struct frame *frame, const struct mac *mac,
                         const struct ip *from, const struct ip *whom);

/* To the group that `whom` has to be a member of (RFC 4861 section 4.3, RFC
 * 4291 section 2.7.1). */
void neighbour_frame_solicitation(struct frame *frame, const struct mac *mac,
                                  const struct ip *from, const struct ip *whom);

/* Of one's own address, that nobody has asked for, to all nodes (RFC 4861
 * section 4.4). */
void neighbour_frame_advertisement(struct frame *frame, const struct mac *mac,
                                   const struct ip *ip);
