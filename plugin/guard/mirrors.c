/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Mirrors go with either end, and come back with it:
 *
 *   1. Rows have changed, or a port that was lost will not come back. Each
 *      mirror is judged anew; there are few.
 *   2. One whose sources or output have gone is removed. One that lacks a port
 *      which is there refers to it again, as a row that somebody removed and
 *      the guardian gave back is another row.
 *
 * One transaction is in flight at a time. If it fails that is logged once, and
 * tried again after a while.
 */
#include <errno.h>

#include "ovsint/base/log.h"
#include "plugin/guard/guarded.h"

static bool may_return(const void *data, const char *port)
{
    return lost_rows_has(data, port);
}

static void on_mirrors_reply(struct ovsdb_call *call,
                             const struct ovsdb_outcome *outcome)
{
    struct guardian *guardian =
        container_of(call, struct guardian, mirror_call);

    if (outcome->r >= 0 || outcome->r == -ECONNRESET) {
        streak_end(&guardian->mirror_streak);
        guardian->mirrors_at_ms = guardian_now_ms(guardian);
    } else {
        guardian->mirrors_at_ms =
            guardian_now_ms(guardian) + streak_fail(&guardian->mirror_streak);
        if (streak_is_new(&guardian->mirror_streak))
            log_event(LOG_LEVEL_ERROR, "a mirror could not be put right yet",
                      "error", outcome->err.text, NULL);
    }
    guardian_schedule(guardian);
}

static void log_removed(const struct mirror *mirror,
                        enum mirror_verdict verdict)
{
    log_event(LOG_LEVEL_INFO, "removed a mirror", "mirror", mirror->name,
              "reason", mirror_verdict_name(verdict), NULL);
}

/* True if there is something to be written. */
static bool put_right(const struct guardian *guardian,
                      const struct mirror *mirror, struct txn *txn)
{
    const struct vswitch_view *ports = &guardian->host->ports;
    enum mirror_verdict verdict =
        mirror_judge(mirror, ports, may_return, guardian);

    switch (verdict) {
    case MIRROR_FINE:
    case MIRROR_WAITS:
        return false;
    case MIRROR_REFERS:
        mirror_refer(mirror, ports, txn);
        return true;
    case MIRROR_NO_SOURCES:
    case MIRROR_NO_OUTPUT:
        log_removed(mirror, verdict);
        mirror_remove(mirror, txn);
        return true;
    }
    return false;
}

void mirrors_try(struct guardian *guardian)
{
    const struct mirrors *mirrors = &guardian->host->mirrors;
    auto_txn struct txn txn = {0};
    struct err err = {0};
    bool any = false;

    if (guardian_now_ms(guardian) < guardian->mirrors_at_ms)
        return;
    guardian->mirrors_at_ms = 0;
    if (mirrors->count == 0 || guardian->mirror_call.ovsdb ||
        !guardian_may_work(guardian) || !guardian->host->settings->guards)
        return;
    txn_init(&txn, OVSDB_NAME);
    txn_assert(&txn, GUARDIAN_LOCK);
    for (size_t i = 0; i < mirrors->count; i++)
        any |= put_right(guardian, &mirrors->rows[i], &txn);
    if (any &&
        ovsdb_transact(guardian->host->ovsdb, &txn, &guardian->mirror_call,
                       on_mirrors_reply, &err) < 0)
        log_event(LOG_LEVEL_DEBUG, err.text, NULL);
}

uint64_t mirrors_next_ms(const struct guardian *guardian)
{
    return guardian->mirror_call.ovsdb ? 0 : guardian->mirrors_at_ms;
}
