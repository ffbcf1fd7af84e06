/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is set on a device inside its container's namespace: from an attachment
 * to the requests that make it true. Each may be done twice with the same
 * outcome, so that whoever follows a killed run completes its work, and the
 * guardian can do it again.
 *
 * The device keeps its OVS name: with the kernel datapath a vport is found by
 * the device's present name (ovs_vport_locate() in net/openvswitch/vport.c),
 * so a renamed one is lost at the next change of any port. The name that
 * people expect is an altname.
 */
#pragma once

#include <stdbool.h>

#include "ovsint/base/err.h"
#include "ovsint/net/link.h"
#include "ovsint/net/net.h"
#include "ovsint/spec/attachment.h"

/* Is it of a kind that the switch makes for internal ports: the kernel
 * datapath's own, or a TAP? */
bool vnic_is_internal(const struct link_info *info);
bool vnic_is_tap(const struct link_info *info);

struct vnic_set_up {
    const char *device; /* its name inside */
    const struct attachment *want;
    const struct mac *mac; /* NULL = whatever it has */
    const char *altname;   /* NULL = none */
    bool spares_default; /* no default route where another device carries one */
    bool finishes_checksums; /* of what it sends: see offload.h */
};

/* Brings the device up and gives it all that is wanted: altname, rate,
 * addresses, routes; then announces its addresses to the neighbours. -ENODEV
 * when it is not there. `inside` needs NET_WITH_ANNOUNCE where
 * vnic_needs_frames() says so. */
int vnic_set_up(struct net *inside, const struct vnic_set_up *dress,
                struct err *err) MUST_CHECK;

/* Announces those of its addresses that the device has. `inside` as above. */
int vnic_announce(struct net *inside, const struct vnic_set_up *dress,
                  struct err *err) MUST_CHECK;

/* For a device that was set up before anybody could hear it: announces its
 * addresses once more, and asks again for the neighbours that have not
 * answered. `inside` as above. */
int vnic_greet(struct net *inside, const struct vnic_set_up *dress,
               struct err *err) MUST_CHECK;

/* 1 when nothing of what vnic_set_up() sets is missing, the rate excepted; 0
 * when something is, or the device is not there. */
int vnic_is_dressed(struct net *inside, const struct vnic_set_up *dress,
                    struct err *err) MUST_CHECK;

/* Gives the device an altname. -EEXIST, with the holder's name, when another
 * device has that name. */
int vnic_set_altname(struct net *inside, const struct link_info *device,
                     const char *altname, struct err *err) MUST_CHECK;

/* Whether a device listens to router advertisements, for one that is there
 * already: other than newcomers.h it comes late, so what the device has of a
 * router is taken from it when it is not to listen and did. `inside` and
 * `netns_fd` are of its namespace. */
int vnic_set_listening(struct net *inside, int netns_fd,
                       const struct link_info *device, bool listen,
                       struct err *err) MUST_CHECK;

/* True when some address can only be announced by a frame of our own: IPv6
 * where it may be announced at once, and an IPv4 address that is not the first
 * of its subnet. */
bool vnic_needs_frames(const struct attachment *want);
