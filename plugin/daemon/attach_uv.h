/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The event loop's driver of the attach engine (attach/attach.h): any number of
 * machines at once, over the daemon's one database session and the rows that it
 * shows. One machine is a job:
 *
 *   1. attach_job_begin(): the machine runs as far as it can. The job's `work`
 *      does work on devices at once.
 *   2. Its transactions go out, and their replies come in. It continues when
 *      rows change that it waits for, or when its time comes: one timer serves
 *      all jobs.
 *   3. `done` is called once, with the failure if there was one. That may be
 *      within attach_job_begin() already.
 *
 * If the connection goes, transactions end as unknown. A machine that
 * `waits_on` for the switch then looks at the rows as soon as they are there
 * again, or fails at its deadline. Others fail at once. A caller that does not
 * want to wait so long cancels the job.
 *
 * The machine's `scope` is not needed: the daemon sees the rows of all owners
 * of ours.
 */
#pragma once

#include <uv.h>

#include "ovsint/attach/attach.h"
#include "ovsint/base/list.h"
#include "ovsint/net/link.h"
#include "plugin/daemon/flow_keeper.h"
#include "plugin/daemon/host.h"
#include "plugin/daemon/northbound.h"

struct attach_uv;
struct attach_job;

struct attach_job_events {
    /* Does what the engine asks of devices, and returns what attach_device() is
     * to be given. `ret` becomes what ATTACH_STEP_FIND has found. It must not
     * touch the job. NULL if no such step is ever asked for. */
    int (*work)(struct attach_job *job, const struct attach *attach,
                const struct attach_todo *todo, struct link_info *ret,
                struct err *err);
    /* A transaction is on its way; attach_removes() has the ports that it
     * removes. It must not touch the job. May be NULL. */
    void (*sent)(struct attach_job *job, const struct attach *attach);
    /* The end. `failure` is NULL if all is done. The job is at rest already: it
     * may be begun anew, or freed. `attach` is valid until this returns. */
    void (*done)(struct attach_job *job, const struct attach *attach,
                 const struct attach_failure *failure);
};

/* Embedded in what it is for. Zeroed = at rest. */
struct attach_job {
    struct attach_uv *uv;
    struct northbound_call northbound;
    const struct attach_job_events *events;
    struct attach *attach; /* NULL = at rest */
    struct ovsdb_call call;
    struct list link;
    enum attach_step step; /* what it waits for, and until when */
    int64_t until_ms;
};

/* The keeper must hear of rows before this does. */
struct attach_uv *attach_uv_open(uv_loop_t *loop, struct host *host,
                                 struct flow_keeper *keeper);
/* Call it when no job is left. The memory is freed when the loop has closed it.
 * NULL is fine. */
void attach_uv_close(struct attach_uv *uv);
/* Where ports on logical switches are written; without it they fail. */
void attach_uv_use(struct attach_uv *uv, struct northbound *northbound);
/* The clock for deadlines. */
int64_t attach_uv_now_ms(const struct attach_uv *uv);

/* The caller keeps `ports`, what they refer to, and the texts of `want` until
 * the end. */
void attach_job_begin(struct attach_uv *uv, struct attach_job *job,
                      const struct attach_job_events *events,
                      const struct attach_want *want,
                      const struct port_want *ports, size_t count);
/* Ends the job without `done`. Drops pairs that it has made. Its rows, which
 * may still come, are the caller's to release. A job at rest is fine. */
void attach_job_cancel(struct attach_job *job);
bool attach_job_is_at_work(const struct attach_job *job);
