/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What CreateEndpoint and Join share: how an endpoint's port is found, named
 * and made.
 */
#pragma once

#include "ovsint/rows/vswitch_plug.h"
#include "plugin/docker/docker.h"
#include "plugin/docker/resolve.h"

/* DstPrefix. With the number 0 behind it, it is the name of the device. */
#define ENDPOINT_PREFIX_LEN (IFNAME_SIZE - 2)

/* How an endpoint's port is to be made; the state of such a call. */
struct creation {
    struct endpoint_plan plan;
    char port[IFNAME_SIZE];
    struct mac mac;
    bool tells_mac; /* Docker has left the MAC to us */
    struct vswitch_plug plug;
    struct net *undo_veth; /* where to delete the pair; NULL = disarmed */
};

/* Deletes the veth pair that was made, unless it was disarmed. */
void creation_free(void *creation);

/* The first port with the endpoint's id, or NULL. Valid until the next event of
 * the database. */
const struct vswitch_port *endpoint_find(const struct docker *docker,
                                         const char *endpoint);
/* The same for a call's endpoint. Quick when it is called again, as all calls
 * that wait ask at every update. */
const struct vswitch_port *call_port(struct call *call);

/* A name for a port. Each name is used once. */
int endpoint_name(const char *endpoint, enum vnic_type type,
                  char ret[IFNAME_SIZE], struct err *err) MUST_CHECK;

/* The device that goes into the container: the port's own, or the other end of
 * a veth pair. */
void endpoint_device(const struct attachment *attachment, const char *port,
                     char ret[IFNAME_SIZE]);

/* If the port's type is veth: makes the pair, unless it exists, and arms its
 * undo. */
int endpoint_make_veth(const struct docker *docker, struct creation *creation,
                       struct err *err) MUST_CHECK;

/* Adds the operations that make the port. `netns` is the sandbox's path; NULL
 * before Join. */
void endpoint_plug(const struct call *call, struct creation *creation,
                   const char *netns, struct txn *txn);

/* Replaces the server's message on a guard that failed by one for an
 * operator. */
int endpoint_refused(const struct creation *creation,
                     const struct reply_fault *fault, struct err *err);
