/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What CreateEndpoint and Join share: how an endpoint's port is found, named
 * and made.
 */
#pragma once

#include "ovsint/rows/vswitch_plug.h"
#include "plugin/docker/docker.h"
#include "plugin/docker/resolve.h"

/* DstPrefix; with the number 0 behind it, the name of the device. */
#define ENDPOINT_PREFIX_LEN (IFNAME_SIZE - 2)

/* What is to be made of an endpoint; the state of such a call. */
struct creation {
    struct endpoint_plan plan;
    char port[IFNAME_SIZE];
    struct mac mac;
    bool tells_mac; /* Docker left it to us */
    struct vswitch_plug plug;
    struct net *undo_veth; /* where to delete the pair; NULL = disarmed */
};

/* Deletes the veth pair that it has made, unless it was disarmed. */
void creation_free(void *creation);

struct call *call_of(struct ovsdb_call *transaction);

/* The first one that carries the endpoint's id, or NULL. Valid until the next
 * event of the database. */
const struct vswitch_port *endpoint_find(const struct docker *docker,
                                         const char *endpoint);
/* The same of a call's endpoint, quickly when it is asked again: all calls that
 * wait ask at every update. */
const struct vswitch_port *call_port(struct call *call);

/* A name for a port, of one use. */
int endpoint_name(const char *endpoint, enum vnic_type type,
                  char ret[IFNAME_SIZE], struct err *err) MUST_CHECK;

/* The device that goes into the container: the port's own, or the other end
 * of a veth pair. */
void endpoint_device(const struct attachment *attachment, const char *port,
                     char ret[IFNAME_SIZE]);

/* Makes the veth pair of a port of that type, if it is not there, and arms its
 * undo. */
int endpoint_make_veth(const struct docker *docker, struct creation *creation,
                       struct err *err) MUST_CHECK;

/* Adds the operations that make the port. `netns` is the sandbox's path, NULL
 * before Join. */
void endpoint_plug(const struct call *call, struct creation *creation,
                   const char *netns, struct txn *txn);

/* Replaces the server's words on a guard that failed by an operator's. */
int endpoint_refused(const struct creation *creation,
                     const struct reply_fault *fault, struct err *err);
