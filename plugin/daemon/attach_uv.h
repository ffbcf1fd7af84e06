/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop's driver of the attach engine (attach/attach.h): any number of
 * machines at once, over the daemon's one database session and the rows that it
 * shows. One of them is a job:
 *
 *   1. attach_job_begin(): the machine runs as far as it can. Work on devices
 *      is done at once, by the job's `work`.
 *   2. Its transactions go out, and their replies come in. It goes on when rows
 *      change that it waits for, or when its time comes: one timer serves all.
 *   3. `done` is called once, with the failure if there was one. That may be
 *      within attach_job_begin() already.
 *
 * A connection that goes ends its transactions as unknown. A machine that
 * `resumes` then looks at the rows anew as soon as they are there again, or
 * fails at its deadline. Others fail at once. Whoever does not want to wait so
 * long for a database that is away cancels the job.
 *
 * `scope` of the machine is not needed: the daemon sees the rows of all owners
 * of ours.
 */
#pragma once

#include <uv.h>

#include "ovsint/attach/attach.h"
#include "ovsint/base/list.h"
#include "ovsint/net/link.h"
#include "plugin/daemon/host.h"

struct attach_uv;
struct attach_job;

struct attach_job_events {
    /* Does what the engine asks of devices, and answers as attach_device() is
     * to be answered. `ret` is what ATTACH_STEP_FIND has found. It must leave
     * the job alone. NULL where none is ever asked. */
    int (*work)(struct attach_job *job, const struct attach *attach,
                const struct attach_todo *todo, struct link_info *ret,
                struct err *err);
    /* The end. `failure` is NULL when all is done. The job is at rest already:
     * it may be begun anew, or freed. `attach` holds until this returns. */
    void (*done)(struct attach_job *job, const struct attach *attach,
                 const struct attach_failure *failure);
};

/* Embedded in what it is for. Zeroed = at rest. */
struct attach_job {
    struct attach_uv *uv;
    const struct attach_job_events *events;
    struct attach *attach; /* NULL = at rest */
    struct ovsdb_call call;
    struct list link;
    enum attach_step step; /* what it waits for, which has time until then */
    int64_t until_ms;
};

struct attach_uv *attach_uv_open(uv_loop_t *loop, struct host *host);
/* When no job is left. The memory goes when the loop has closed it. NULL is
 * fine. */
void attach_uv_close(struct attach_uv *uv);
/* The clock that deadlines are of. */
int64_t attach_uv_now_ms(const struct attach_uv *uv);

/* `ports`, what it refers to, and the texts of `want` are kept by the caller
 * until the end. */
void attach_job_begin(struct attach_uv *uv, struct attach_job *job,
                      const struct attach_job_events *events,
                      const struct attach_want *want,
                      const struct port_want *ports, size_t count);
/* Ends it without `done`. Pairs that it has made are dropped; its rows, which
 * may come yet, are the caller's to release. A job at rest is fine. */
void attach_job_cancel(struct attach_job *job);
bool attach_job_is_at_work(const struct attach_job *job);
