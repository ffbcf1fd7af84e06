/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Which datapath of Open vSwitch this host can offer. The database cannot tell:
 * its column datapath_types lists what ovs-vswitchd was built with.
 */
#pragma once

#include <stdbool.h>

/* Does the kernel have the generic netlink family of the Open vSwitch datapath
 * (net/openvswitch/datapath.c)? Asking loads the module, if the kernel is
 * configured to. */
bool datapath_in_kernel(void);
