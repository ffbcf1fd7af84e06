/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What a device does in the kernel's place with packets that it sends.
 *
 * The userspace datapath of Open vSwitch 3.1 reads a device that it did not
 * make by a packet socket, and does not look whether a packet's checksum is
 * finished (netdev_linux_batch_rxq_recv_sock() in lib/netdev-linux.c). A veth
 * pair accepts packets without a finished checksum, as nothing can damage them
 * between its ends. So TCP and UDP that are sent into one end reach nobody.
 */
#pragma once

#include "ovsint/base/err.h"
#include "ovsint/net/net.h"

/* From now on the kernel finishes the checksums of what the device, by name or
 * altname, sends. So the kernel also cuts large packets itself
 * (netdev_fix_features() in net/core/dev.c). The same as ethtool(8) -K DEVICE
 * tx off. 1 if it had to be changed, else 0. -ENODEV if there is no such
 * device. */
int offload_finish_checksums(struct net *net, const char *device,
                             struct err *err) MUST_CHECK;

/* 1 if the device leaves checksums unfinished, else 0. */
int offload_leaves_checksums(struct net *net, const char *device,
                             struct err *err) MUST_CHECK;
