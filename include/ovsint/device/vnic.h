/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What is set on a device inside its container's namespace: from an attachment
 * to the requests that make it so. Each may be done twice with the same
 * outcome: so a run that follows a killed one completes its work, and the
 * guardian can repeat it.
 *
 * Pitfall: the device keeps its OVS name. The kernel datapath finds a vport by
 * the present name of its device (ovs_vport_locate() in
 * net/openvswitch/vport.c), so one that is renamed is lost at the next change
 * of any port. The name that people expect is an altname.
 */
#pragma once

#include <stdbool.h>

#include "ovsint/base/err.h"
#include "ovsint/net/link.h"
#include "ovsint/net/net.h"
#include "ovsint/spec/attachment.h"

/* Is it of a kind that ovs-vswitchd makes for internal ports: one of the kernel
 * datapath, or a TAP? */
bool vnic_is_internal(const struct link_info *info);
bool vnic_is_tap(const struct link_info *info);

struct vnic_set_up {
    const char *device; /* its name inside */
    const struct attachment *want;
    const struct mac *mac; /* NULL = whatever it has */
    const char *altname;   /* NULL = none */
    bool spares_default;   /* adds no default route if another device has one */
    bool finishes_checksums; /* of what it sends, see offload.h */
    bool is_mute;            /* announces nothing: vnic_announce() will */
};

/* Brings the device up, gives it altname, rate, addresses and routes, then
 * announces its addresses to the neighbours. -ENODEV if it is not there.
 * `inside` needs NET_WITH_ANNOUNCE if vnic_needs_frames() says so. */
int vnic_set_up(struct net *inside, const struct vnic_set_up *setup,
                struct err *err) MUST_CHECK;

/* Announces those of the wanted addresses that the device has. `inside` as
 * above. */
int vnic_announce(struct net *inside, const struct vnic_set_up *setup,
                  struct err *err) MUST_CHECK;

/* 1 if the device has all that vnic_set_up() gives it, the rate aside. 0 if
 * something is missing, or the device is not there. */
int vnic_is_set_up(struct net *inside, const struct vnic_set_up *setup,
                   struct err *err) MUST_CHECK;

/* Gives the device an altname. If another device has that name: -EEXIST, and
 * the message names it. */
int vnic_set_altname(struct net *inside, const struct link_info *device,
                     const char *altname, struct err *err) MUST_CHECK;

/* Decides whether a device that is already there listens to router
 * advertisements. newcomers.h decides it before a device comes. Here it may
 * have listened already: what it has from a router is then removed. `inside`
 * and `netns_fd` are of its namespace. */
int vnic_set_listening(struct net *inside, int netns_fd,
                       const struct link_info *device, bool listen,
                       struct err *err) MUST_CHECK;

/* Is there an address that only a frame of our own can announce? That is an
 * IPv6 address without duplicate address detection, and an IPv4 address that is
 * not the first of its subnet. */
bool vnic_needs_frames(const struct attachment *want);
