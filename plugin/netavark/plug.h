/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the netavark plugin tells the attach engine. Each command has two
 * stages, between which main() confines the process: plug_open(), then one of
 * the others.
 */
#pragma once

#include "ovsint/attach/run.h"
#include "ovsint/net/pidns.h"
#include "ovsint/program/program.h"
#include "plugin/netavark/nat.h"

struct plug {
    const struct netavark_request *request;
    const struct settings *settings;
    const char *netns_path;
    char ovsdb[OVSDB_ADDRESS_SIZE];
    char boot[BOOT_ID_SIZE];
    char pidns[PIDNS_ID_SIZE]; /* "" = not known */
    struct deadline deadline;
    int netns; /* -1 = none */
    struct attachment spec;
    struct transient_network transient; /* with mode=nat */
    struct port_want port;
    struct lookout lookout;
    struct attach_run run;
    struct attach_vnic made;
};

#define PLUG_CLOSED \
    ((struct plug){ \
        .netns = -1, .lookout = LOOKOUT_NONE, .run = ATTACH_RUN_CLOSED})

/* Opens what the command needs. The caller keeps what is pointed to; `spec` is
 * what netavark_request_resolve() has made. */
int plug_open(struct plug *plug, const struct netavark_request *request,
              const struct settings *settings, const char *netns_path,
              struct err *err) MUST_CHECK;
void plug_close(struct plug *plug);
#define auto_plug __attribute__((cleanup(plug_close)))

/* create: is there a bridge that the network can be on? */
int plug_check_bridge(struct plug *plug, struct err *err) MUST_CHECK;
/* setup. What an earlier setup of this container has left is adopted or
 * replaced. On failure nothing is left. */
int plug_set_up(struct plug *plug, struct err *err) MUST_CHECK;
/* teardown. That there is nothing to be removed is success. */
int plug_tear_down(struct plug *plug, struct err *err) MUST_CHECK;
