/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The configuration, /etc/ovsint/ovsint.json: JSON with comments. An unknown or
 * repeated key is an error at any depth, and the message has the path to it.
 * Without a file the defaults hold. They work as they are, and forbid
 * nothing.
 */
#pragma once

#include "ovsint/config/named_network.h"
#include "ovsint/config/policy.h"
#include "ovsint/spec/attachment.h"

#define SETTINGS_PATH "/etc/ovsint/ovsint.json"
#define DEFAULT_OVSDB "unix:/run/openvswitch/db.sock"
#define DEFAULT_NORTHBOUND "unix:/run/ovn/ovnnb_db.sock"
#define DEFAULT_OVN_BRIDGE "br-int"
#define OVSDB_ADDRESS_SIZE 128
#define SOCKET_PATH_SIZE 108     /* sockaddr_un.sun_path, unix(7) */
#define METRICS_ADDRESS_SIZE 108 /* sockaddr_un.sun_path, unix(7) */

struct settings {
    char ovsdb[OVSDB_ADDRESS_SIZE]; /* "unix:<path>" */
    /* Of OVN: its northbound database, or a relay of that; and its bridge on
     * this host. */
    char northbound[OVSDB_ADDRESS_SIZE];
    char ovn_bridge[BRIDGE_NAME_SIZE];
    unsigned timeout_ms;                   /* one run of the hook */
    char default_bridge[BRIDGE_NAME_SIZE]; /* "" = none */
    struct named_network *networks;
    size_t network_count;
    /* Places on the switch where ports are kept ready: networks without a name,
     * of which attachment_resolve_place() makes the rest. */
    struct named_network *pools;
    size_t pool_count;
    struct policy policy;
    char metrics[METRICS_ADDRESS_SIZE]; /* "/path", "127.0.0.1:9"; "" = off */
    bool guards;                        /* repair and collect ports */
    bool recreates; /* restores ports whose rows somebody else has deleted */
};

/* The settings of a host without configuration file. */
void settings_init(struct settings *ret);

/* Reads a configuration. `path` begins every message. -EINVAL, or as
 * json_parse(). On success the caller owns *ret: settings_done(). */
int settings_parse(const char *bytes, size_t size, const char *path,
                   struct settings *ret, struct err *err) MUST_CHECK;

/* Releases what it points to, and leaves the value as settings_init() does. The
 * zeroed value is fine. */
void settings_done(struct settings *settings);
#define auto_settings __attribute__((cleanup(settings_done)))

/* The path of "unix:<path>" in `ovsdb`; points into the settings. */
const char *settings_ovsdb_path(const struct settings *settings);

/* The network of that name, or NULL. It lives as long as the settings. */
const struct named_network *settings_network(const struct settings *settings,
                                             const char *name);
