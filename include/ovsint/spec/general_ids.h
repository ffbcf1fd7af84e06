/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The keys of external_ids that other software reads, as far as a user may not
 * choose them: ovsint itself tells others by them what a port is. Whoever could
 * choose them would pass for another container. All other keys are in
 * rows/external_ids.h.
 */
#pragma once

#define ID_ATTACHED_MAC "attached-mac"
#define ID_IFACE_STATUS "iface-status"
#define ID_CONTAINER_ID "container_id"
#define ID_CONTAINER_IFACE "container_iface"

/* A controller's name for the port, which a user may choose, but not where the
 * controller is OVN's. */
#define ID_IFACE "iface-id"
/* ovn-controller binds a logical port only if it has the same in its options.
 */
#define ID_IFACE_VERSION "iface-id-ver"
