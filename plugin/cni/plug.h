/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the CNI plugin tells the attach engine, and what it reads in rows. Each
 * command has two stages, between which main() confines the process:
 * plug_open(), then one of the others.
 */
#pragma once

#include "ovsint/attach/lookout.h"
#include "ovsint/attach/run.h"
#include "ovsint/net/pidns.h"
#include "ovsint/program/program.h"
#include "plugin/cni/nat.h"

struct plug {
    const struct cni_request *request;
    const struct settings *settings;
    char ovsdb[OVSDB_ADDRESS_SIZE];
    char boot[BOOT_ID_SIZE];
    char pidns[PIDNS_ID_SIZE]; /* "" = not known */
    struct deadline deadline;
    int netns; /* -1 = none */
    struct attachment spec;
    struct port_want port;
    struct transient_network transient; /* for `mode` nat */
    struct lookout lookout;
    struct attach_run run;
    struct attach_vnic made;
};

#define PLUG_CLOSED \
    ((struct plug){ \
        .netns = -1, .lookout = LOOKOUT_NONE, .run = ATTACH_RUN_CLOSED})

/* Opens what the command needs. The caller keeps what is pointed to. */
int plug_open(struct plug *plug, const struct cni_request *request,
              const struct settings *settings,
              struct cni_failure *failure) MUST_CHECK;
void plug_close(struct plug *plug);
#define auto_plug __attribute__((cleanup(plug_close)))

/* ADD. On failure nothing is left of it. If the interface is there already,
 * that is a failure, and it stays as it is: so the specification wants it. */
int plug_add(struct plug *plug, struct buf *ret,
             struct cni_failure *failure) MUST_CHECK;
/* DEL. That there is nothing to be removed is success. */
int plug_remove(struct plug *plug, struct cni_failure *failure) MUST_CHECK;
/* CHECK: is everything as ADD has left it? What later plugins of a list may
 * change, as MAC and MTU, is not looked at. */
int plug_check(struct plug *plug, struct cni_failure *failure) MUST_CHECK;
/* GC: removes the ports of this network configuration that no attachment of
 * the runtime's list has. */
int plug_collect(struct plug *plug, struct cni_failure *failure) MUST_CHECK;
/* STATUS: would an ADD find the database, the switch and the bridge? */
int plug_status(struct plug *plug, struct cni_failure *failure) MUST_CHECK;

/* For the parts: removes one interface of one container. */
int plug_release(struct plug *plug, const char *container, const char *ifname,
                 struct cni_failure *failure) MUST_CHECK;
