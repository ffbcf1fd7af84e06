/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * `ovsint uplink`: network cards of the host onto a bridge, and back.
 * uplink.c reads what is wanted and says what became of it. uplink_mover.c does
 * it, in a process of its own that outlives whoever has asked.
 */
#pragma once

#include "cli/cli.h"
#include "cli/uplink/rows.h"
#include "ovsint/net/net.h"
#include "ovsint/net/ping.h"
#include "ovsint/uplink/note.h"
#include "ovsint/uplink/plan.h"

#define UPLINK_GATEWAYS_MAX 8

/* A move, or an undo: what both need. */
struct uplink_job {
    const char *ovsdb;
    unsigned timeout_ms; /* of each step */
    char boot[BOOT_ID_SIZE];
    struct net *host;
    int netns_fd;
    struct uplink_rows rows;
    struct uplink_note note;
    struct uplink_shape shape;
    /* That have answered the card, and have to answer the access port. */
    struct ip gateways[UPLINK_GATEWAYS_MAX];
    size_t gateway_count;
    unsigned confirm_s; /* 0 = nobody needs to */
    bool userspace;
};

void uplink_job_done(struct uplink_job *job);
#define auto_uplink_job __attribute__((cleanup(uplink_job_done)))

int uplink_job_open(struct uplink_job *job, const struct cli *cli,
                    struct err *err) MUST_CHECK;

/* The plan from its first step on, until it is DONE or UNDONE. `told` is called
 * when the move waits to be confirmed, and may end what is said to whoever has
 * asked; NULL = nobody is told. */
typedef void uplink_told(void *data);
void uplink_run(struct uplink_job *job, struct uplink_plan *plan,
                uplink_told *told, void *data);

/* Undoes the move of job->note, whose rows are there. */
int uplink_undo(struct uplink_job *job, struct err *err) MUST_CHECK;

/* Does this neighbour answer by that device? 0 or -ETIMEDOUT, with words. */
int uplink_ask(struct uplink_job *job, const char *device, const struct ip *ip,
               struct deadline deadline, struct err *err) MUST_CHECK;

/* What was moved by people who have ended before it was complete: undoes each
 * of these moves. Returns how many there were. */
int uplink_undo_interrupted(struct uplink_job *job,
                            const struct uplink_notes *notes,
                            struct err *err) MUST_CHECK;

/* Starts the process that moves, and waits until the move is complete or
 * undone. */
int uplink_start(struct uplink_job *job, struct err *err) MUST_CHECK;
