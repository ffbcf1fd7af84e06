/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
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
#include "plugin/cni/lease.h"
#include "plugin/cni/nat.h"

struct plug {
    struct cni_request *request;
    struct lease lease;
    struct cni_failure lease_failure; /* of DEL and GC: it cannot be asked */
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

#define PLUG_CLOSED                         \
    ((struct plug){.lease = LEASE_NONE,     \
                   .netns = -1,             \
                   .lookout = LOOKOUT_NONE, \
                   .run = ATTACH_RUN_CLOSED})

/* What a runtime has said, as it came. */
struct plug_input {
    const struct cni_environment *environment;
    const struct buf *text;
};

/* Opens what the command needs, and asks the IPAM plugin, unless that asks over
 * the interface. The caller keeps what is pointed to. On failure: plug_undo().
 */
int plug_open(struct plug *plug, struct cni_request *request,
              const struct settings *settings, const struct plug_input *input,
              struct cni_failure *failure) MUST_CHECK;
/* An ADD has failed: gives back what the IPAM plugin may have given. */
void plug_undo(struct plug *plug);
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

/* For the parts: the port of the request's network, container and interface;
 * NULL = there is none. */
const struct vswitch_port *plug_find_port(const struct plug *plug,
                                          const struct vswitch_view *view);
/* For the parts: removes one interface of one container. */
int plug_release(struct plug *plug, const char *container, const char *ifname,
                 struct cni_failure *failure) MUST_CHECK;
