/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device is to do in the kernel's place with packets that it sends.
 *
 * The userspace datapath of Open vSwitch 3.1 reads a device that it did not
 * make by a packet socket, and does not look whether a packet's checksum is
 * finished (netdev_linux_batch_rxq_recv_sock() in lib/netdev-linux.c). A veth
 * pair takes packets that are not, as nothing could damage them in between: so
 * what is sent into one end reaches nobody by TCP or UDP.
 */
#pragma once

#include "ovsint/base/err.h"
#include "ovsint/net/net.h"

/* From now on the kernel finishes the checksums of what the device, by name or
 * altname, sends; so it cuts large packets itself, too (netdev_fix_features()
 * in net/core/dev.c). The same as ethtool(8) -K DEVICE tx off. 1 when it had to
 * be changed, 0 when it was so. -ENODEV when there is no such device. */
int offload_finish_checksums(struct net *net, const char *device,
                             struct err *err) MUST_CHECK;

/* 1 when the device leaves checksums unfinished, else 0. */
int offload_leaves_checksums(struct net *net, const char *device,
                             struct err *err) MUST_CHECK;
