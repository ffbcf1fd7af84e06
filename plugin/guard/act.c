/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * From a look to a deed:
 *
 *   1. guarded_look() goes and sees. If that fails, the port is looked at again
 *      after a while (streak.h).
 *   2. judge() says what is to be done.
 *   3. It is done here, or where the table below says. A deed that fails leads
 *      to 1 after a while; a transaction that fails does so when it is
 *      answered.
 *
 * The log gets one line for each repair, and one for the first of several
 * failures. What is left alone is said once.
 */
#include <stdio.h>

#include "ovsint/base/log.h"
#include "ovsint/device/vnic.h"
#include "plugin/guard/guarded.h"

#define LOOK_EVERY_MS 500
/* Docker may have removed the file of its namespace, and no event tells
 * that. */
#define BLIND_EVERY_MS 5000

/* Somebody in a container who renames its device in a loop must not fill the
 * log: a port gets so many lines in a minute, and the last one says so. */
#define TOLD_AT_MOST 10
#define TOLD_EVERY_MS 60000
#define RENAME_EVERY_MS 1000

/* May a repair be logged? Then `ret` is what is to be said of others; "" =
 * nothing. */
static bool may_tell(struct guarded *guarded, char ret[64])
{
    uint64_t now = guardian_now_ms(guarded->guardian);
    unsigned untold = guarded->untold;

    ret[0] = '\0';
    if (!guarded->told || now - guarded->told_since_ms >= TOLD_EVERY_MS) {
        guarded->told_since_ms = now;
        guarded->told = 0;
        guarded->untold = 0;
        if (untold)
            snprintf(ret, 64, "%u more since the last line", untold);
    }
    if (guarded->told == TOLD_AT_MOST) {
        guarded->untold++;
        return false;
    }
    if (++guarded->told == TOLD_AT_MOST)
        snprintf(ret, 64, "%d within a minute: more are only counted",
                 TOLD_AT_MOST);
    return true;
}

/* Logs it with how long the port was cut off, as far as that is known. */
static void log_repair(struct guarded *guarded, const struct look *look,
                       enum verdict verdict)
{
    const char *container = vswitch_port_id(look->port, ID_CONTAINER);
    const char *endpoint = vswitch_port_id(look->port, ID_ENDPOINT);
    char cut[32] = "unknown";
    char others[64];

    if (guarded->cut_since_ms) {
        uint64_t ms =
            guardian_now_ms(guarded->guardian) - guarded->cut_since_ms;
        snprintf(cut, sizeof(cut), "%llu ms", (unsigned long long)ms);
        histogram_add(&guarded->guardian->host->measures.cut_off,
                      ms * US_PER_MS);
    }
    guarded->cut_since_ms = 0;
    guarded->repairs++;
    guarded->repaired_ms = guardian_now_ms(guarded->guardian);
    guarded->guardian->repairs++;
    guarded->guardian->repaired_ms = guardian_now_ms(guarded->guardian);
    if (may_tell(guarded, others))
        log_event(LOG_LEVEL_INFO, "repaired a port", "port", guarded->name,
                  "container", container, "endpoint", endpoint, "reason",
                  verdict_reason(verdict, &look->seen), "cut off", cut,
                  "repairs", others[0] ? others : NULL, NULL);
}

void guarded_failed(struct guarded *guarded, const char *what,
                    const struct err *err)
{
    uint64_t wait = streak_fail(&guarded->streak);

    if (streak_is_new(&guarded->streak))
        log_event(LOG_LEVEL_ERROR, what, "port", guarded->name, "error",
                  err->text, NULL);
    guarded->look_at_ms = 0;
    guarded_later(guarded, wait);
}

static void repair_failed(struct guarded *guarded, const struct err *err)
{
    guarded_failed(guarded, "a port could not be repaired yet", err);
}

/* The failures have ended, by our repair or without it. */
static void recovered(struct guarded *guarded)
{
    if (streak_end(&guarded->streak))
        log_event(LOG_LEVEL_INFO, "a port is all right again", "port",
                  guarded->name, NULL);
}

static void repaired(struct guarded *guarded, struct look *look,
                     enum verdict verdict, int r, const struct err *err)
{
    if (r < 0) {
        repair_failed(guarded, err);
        return;
    }
    streak_end(&guarded->streak);
    uv_update_time(guarded->guardian->timer.loop);
    log_repair(guarded, look, verdict);
    if (guarded->has_dead)
        guarded->delete_dead_at_ms = guardian_now_ms(guarded->guardian);
    if (!look->seen.arrived)
        guarded_note(guarded, look);
}

static void log_blocked(struct guarded *guarded, const struct look *look)
{
    if (!guarded->logged)
        log_event(LOG_LEVEL_ERROR, "a port is lost and cannot be moved back",
                  "port", guarded->name, "reason",
                  verdict_reason(VERDICT_BLOCKED, &look->seen), NULL);
    guarded->logged = true;
    guarded_later(guarded, STREAK_LAST_MS);
}

/* For a row that says what ovsint never writes: somebody else did. */
static void log_strange(struct guarded *guarded, const struct look *look)
{
    if (!guarded->logged)
        log_event(LOG_LEVEL_ERROR,
                  "ignoring a row that claims to be ovsint's and cannot be",
                  "port", guarded->name, "reason",
                  verdict_reason(VERDICT_STRANGE, &look->seen), NULL);
    guarded->logged = true;
}

/* Usually the guardian can judge none of the ports, for one and the same
 * reason: so it is logged once, not for each port. */
static void log_blind(struct guarded *guarded, const struct look *look)
{
    bool *logged = look->seen.netns == NETNS_UNMOUNTED
                       ? &guarded->guardian->logged_unmounted
                       : &guarded->guardian->logged_unseen;

    if (!*logged)
        log_event(LOG_LEVEL_WARNING,
                  "ports are left alone, as it cannot be judged from here "
                  "whether their containers live",
                  "port", guarded->name, "reason",
                  verdict_reason(VERDICT_BLIND, &look->seen), NULL);
    *logged = true;
    guarded_later(guarded, BLIND_EVERY_MS);
}

static void log_helpless(struct guarded *guarded, const struct look *look,
                         enum verdict verdict)
{
    if (verdict == VERDICT_BLOCKED)
        log_blocked(guarded, look);
    else if (verdict == VERDICT_STRANGE)
        log_strange(guarded, look);
    else
        log_blind(guarded, look);
}

/* The kernel does not report the end of a namespace that no device of the host
 * has ever moved to. So a hook that is killed before the move is noticed by
 * looking again. */
static void be_patient(struct guarded *guarded, const struct look *look)
{
    uint64_t patience = look_patience_ms(guarded, look);

    guarded->slow = look->seen.of_docker && !look->seen.gone;
    if (!guarded->slow && patience > LOOK_EVERY_MS)
        patience = LOOK_EVERY_MS;
    guarded_later(guarded, patience + 1);
}

static void delete_dead(struct guarded *guarded, struct look *look)
{
    struct err err = {0};

    guarded->delete_dead_at_ms = guardian_now_ms(guarded->guardian);
    if (guardian_delete_dead_ms(guarded) > guarded->delete_dead_at_ms)
        return;
    guarded->delete_dead_at_ms = 0;
    if (guarded_delete_dead(guarded, look, &err) < 0)
        repair_failed(guarded, &err);
    else
        guarded->due = true;
}

/* Do not conclude too early that the switch has missed the move: it may be
 * busy, as while others are repaired. Wait for a fence, then NOTICE_MS. */
static void await_notice(struct guarded *guarded, const struct look *look)
{
    uint64_t now = guardian_now_ms(guarded->guardian);
    uint64_t until =
        NOTICE_MS + (guarded->since_ms > guarded->guardian->repaired_ms
                         ? guarded->since_ms
                         : guarded->guardian->repaired_ms);

    if (look->seen.outside != OUTSIDE_NOTHING)
        /* an earlier ovs-vswitchd still has the TAP inside, and is about to
         * close it */
        return;
    if (now >= until) {
        if (!guarded_fence_is_passed(guarded))
            return;
        if (guarded->fence_passed_ms == 0)
            guarded->fence_passed_ms = now;
        until = guarded->fence_passed_ms + NOTICE_MS;
    }
    if (now < until) {
        guarded_later(guarded, until - now);
        return;
    }
    guarded_take_state(guarded, look);
    guarded_remake(guarded, look);
}

/* Docker has moved the device, and does not know whether it is to listen to
 * routers. */
static void note_arrival(struct guarded *guarded, struct look *look)
{
    struct err err = {0};

    guarded_arrived(guarded, look->port);
    if (look->seen.of_docker &&
        vnic_set_listening(look->sandbox.inside, look->sandbox.fd,
                           &look->inside, look->spec.accepts_ra, &err) < 0)
        repair_failed(guarded, &err);
    else
        guarded_note(guarded, look);
}

/* What was remembered of a disturbance that is over. */
static void forget(struct guarded *guarded)
{
    guarded->cut_since_ms = 0;
    guarded->logged = false;
    guarded->gone = false;
    guarded->searched = false;
    device_state_free(TAKE_PTR(guarded->state));
}

/* Nothing of a container may be sent before its source guard is in force: the
 * device stays where it is. */
static bool must_await_flows(struct guarded *guarded, const struct look *look,
                             enum verdict verdict)
{
    struct err err = {0};

    if (verdict != VERDICT_MOVE)
        return false;
    int r = flow_keeper_state(guarded->guardian->keeper, look->port, &err);
    if (r < 0)
        repair_failed(guarded, &err);
    guarded->awaits_flows = r == 0;
    return r <= 0;
}

static void act(struct guarded *guarded, struct look *look,
                enum verdict verdict)
{
    struct err err = {0};

    switch (verdict) {
    case VERDICT_FINE:
        forget(guarded);
        break;
    case VERDICT_LEAVE_ALONE:
    case VERDICT_WAIT:
        break;
    case VERDICT_UNMADE:
        guarded_ask_again(guarded, look->port);
        break;
    case VERDICT_PATIENCE:
        be_patient(guarded, look);
        break;
    case VERDICT_NOTE:
        note_arrival(guarded, look);
        break;
    case VERDICT_COLLECT:
        guarded_collect(guarded, look);
        break;
    case VERDICT_MOVE:
    case VERDICT_SET_UP:
    case VERDICT_RENAME:
    case VERDICT_CHECKSUMS:
        repaired(guarded, look, verdict, guarded_repair(guarded, look, &err),
                 &err);
        break;
    case VERDICT_DELETE_DEAD:
        delete_dead(guarded, look);
        break;
    case VERDICT_UNNOTICED:
        await_notice(guarded, look);
        break;
    case VERDICT_REMAKE:
        guarded_remake(guarded, look);
        break;
    case VERDICT_RETYPE:
        guarded_retype(guarded, look->port);
        break;
    case VERDICT_BLOCKED:
    case VERDICT_STRANGE:
    case VERDICT_BLIND:
        log_helpless(guarded, look, verdict);
        break;
    }
}

/* If the configuration says that nothing is guarded, ports of Docker's from an
 * earlier boot are removed all the same, as they hold addresses. */
static bool may_act(const struct guarded *guarded, const struct look *look,
                    enum verdict verdict)
{
    return guarded->guardian->host->settings->guards ||
           (verdict == VERDICT_COLLECT && look->seen.other_boot &&
            look->seen.of_docker);
}

/* Nor may it keep the guardian busy: a name that was put back often is put back
 * more slowly. Its own network alone depends on it. */
static bool waits_between(struct guarded *guarded, enum verdict verdict)
{
    uint64_t now = guardian_now_ms(guarded->guardian);
    uint64_t passed = now - guarded->repaired_ms;

    if (verdict != VERDICT_RENAME || guarded->told < TOLD_AT_MOST ||
        now - guarded->told_since_ms >= TOLD_EVERY_MS ||
        passed >= RENAME_EVERY_MS)
        return false;
    guarded_later(guarded, RENAME_EVERY_MS - passed);
    return true;
}

void guarded_look_after(struct guarded *guarded)
{
    const struct vswitch_port *port =
        vswitch_view_find(&guarded->guardian->host->ports, guarded->name);
    auto_look struct look look = {.sandbox = SANDBOX_CLOSED};
    struct err err = {0};

    reannounce_see_time(guarded);
    guarded->due = false;
    guarded->awaits_flows = false;
    guarded->look_at_ms = 0;
    guarded->delete_dead_at_ms = 0;
    if (!port || !vswitch_port_is_ours(port))
        return;
    if (guarded_look(guarded, port, &look, &err) < 0) {
        repair_failed(guarded, &err);
        return;
    }
    enum verdict verdict = judge(&look.seen);
    if (verdict != guarded->verdict) {
        fence_drop(&guarded->fence);
        guarded->fence_passed_ms = 0;
        guarded->asked = false;
        guarded->ask_at_ms = 0;
        guarded->verdict = verdict;
        guarded->since_ms = guardian_now_ms(guarded->guardian);
        log_event(LOG_LEVEL_DEBUG, "looked at a port", "port", guarded->name,
                  "state", verdict_name(verdict), NULL);
    }
    if (verdict_is_calm(verdict))
        recovered(guarded);
    if (may_act(guarded, &look, verdict) && !waits_between(guarded, verdict) &&
        !must_await_flows(guarded, &look, verdict))
        act(guarded, &look, verdict);
    if (reannounce_is_due(guarded))
        guarded_reannounce(guarded, &look);
    ask_neighbours(guarded, &look);
}
