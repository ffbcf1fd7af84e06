/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The plugins that follow ours in a list. A plugin is told its own part of the
 * list alone (SPEC.md of CNI, section "Lifecycle & Ordering"). So ADD looks for
 * the list where runtimes have it by default, to tell beforehand what would be
 * a riddle when it fails.
 */
#pragma once

#include "ovsint/base/err.h"
#include "ovsint/json/json.h"

#define LATER_DIRECTORY "/etc/cni/net.d"

/* Is this the list `name`, and does a plugin behind ours need an interface
 * whose real name is `ifname`? Those are tuning with a sysctl of the interface,
 * and bandwidth with a limit. Returns that plugin's type, or NULL. Pure. */
const char *later_needs_name(const struct json *list, const char *name,
                             const char *ifname);

/* Looks through the lists in the directory. Warns in the log if one of them
 * needs a real name. A file that cannot be read is no business of ours. */
void later_warn(const char *directory, const char *name, const char *ifname);
