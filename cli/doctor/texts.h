/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What configuration files of other programs mean for our ports. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The name of a port as the hook makes them. */
#define SAMPLE_PORT "oi3k9x2mh4q7z1b"

enum networkd_match {
    NETWORKD_OTHERS, /* the file is not about our ports, as far as it tells */
    NETWORKD_TAKES,  /* it sets them up */
    NETWORKD_SPARES, /* it says that they are unmanaged */
};

/* A .network file, systemd.network(5). One that matches by more than names is
 * about others. */
enum networkd_match networkd_reads(const char *text);

/* A rule that gives all network devices another name, udev(7): its line, with
 * *ret_size, or NULL. One with a condition that tells devices apart is none. */
const char *udev_renames(const char *text, size_t *ret_size);

/* Does a file of NetworkManager.conf(5) keep it from our ports? */
bool network_manager_spares(const char *text);

/* Does a containers.conf(5) say where hooks are (hooks_dir), and is this
 * directory none of these? */
bool hooks_dir_lacks(const char *text, const char *directory);
