/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What CreateEndpoint, Join and DeleteEndpoint share: how an endpoint's port is
 * found and named, and how such a call runs on the attach engine:
 *
 *   1. endpoint_work_new(): the call's state. The verb fills in what is wanted.
 *   2. endpoint_begin(): the machine begins. It writes rows, makes veth pairs
 *      and waits for the switch.
 *   3. `done` of the verb's events answers Docker. If the connection to the
 *      database has gone the call is put back (endpoint_put_back()), as what
 * was sent may have been done.
 *
 * The machine has no deadline of its own: that of the call ends it, with the
 * call's state. Its pair is deleted then, unless its rows were written. What
 * rows may come is the verb's to release.
 */
#pragma once

#include "plugin/docker/docker.h"
#include "plugin/docker/resolve.h"

/* DstPrefix. With the number 0 behind it, it is the name of the device. */
#define ENDPOINT_PREFIX_LEN (IFNAME_SIZE - 2)

/* The state of such a call. */
struct endpoint_work {
    struct attach_job job;
    struct call *call;
    struct endpoint_plan plan; /* of a port that is to be written */
    struct port_want port;
    /* Of its addresses, those that are reserved on its logical switch. */
    char reserved[LIMIT_ADDRESSES][IFNAME_SIZE];
    size_t reserved_count;
    bool tells_mac; /* Docker has left the MAC to us */
};

/* The first port with the endpoint's id, or NULL. Valid until the next event of
 * the database. */
const struct vswitch_port *endpoint_find(const struct docker *docker,
                                         const char *endpoint);
/* The same for a call's endpoint. */
const struct vswitch_port *call_port(struct call *call);

/* The device that goes into the container: the port's own, or the other end of
 * a veth pair. */
void endpoint_device(const struct attachment *attachment, const char *port,
                     char ret[IFNAME_SIZE]);

struct endpoint_work *endpoint_work_new(struct call *call);
struct endpoint_work *endpoint_work_of(struct attach_job *job);

/* The port is to be written as `plan` says: gives it a name, which is used
 * once. */
int endpoint_plan_port(struct endpoint_work *work, const struct mac *mac,
                       struct err *err) MUST_CHECK;

/* Begins the machine. Of `how` what is the same for all verbs is not needed.
 * The call may have ended when it returns. */
void endpoint_begin(struct endpoint_work *work,
                    const struct attach_job_events *events,
                    const struct attach_want *how);

/* For struct attach_job_events: pairs as Docker moves them. */
int endpoint_device_work(struct attach_job *job, const struct attach *attach,
                         const struct attach_todo *todo, struct link_info *ret,
                         struct err *err);

/* True if the connection went, and the call begins anew when it is back. */
bool endpoint_put_back(struct call *call, const struct attach_failure *failure);

/* What has failed, in words for somebody who uses Docker. */
void endpoint_explain(const struct attach *attach,
                      const struct attach_failure *failure, struct err *ret);
