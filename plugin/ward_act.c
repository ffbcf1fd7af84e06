/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a look to a deed, and what the log says of it: one line for each
 * repair, one for the first of several failures.
 */
#include <stdio.h>

#include "ovsint/log.h"
#include "ovsint/vnic.h"
#include "plugin/ward.h"

#define LOOK_EVERY_MS 500
/* Docker may have taken its file away, which nobody tells. */
#define BLIND_EVERY_MS 5000

/* How long it was cut off, as far as is known. */
static void log_repair(struct ward *ward, const struct look *look,
                       enum verdict verdict)
{
    const char *container = vswitch_port_id(look->port, ID_CONTAINER);
    const char *endpoint = vswitch_port_id(look->port, ID_ENDPOINT);
    char cut[32] = "unknown";

    if (ward->cut_since_ms)
        snprintf(cut, sizeof(cut), "%llu ms",
                 (unsigned long long)(guardian_now_ms(ward->guardian) -
                                      ward->cut_since_ms));
    ward->cut_since_ms = 0;
    ward->repairs++;
    ward->guardian->repairs++;
    ward->guardian->repaired_ms = guardian_now_ms(ward->guardian);
    log_event(LOG_LEVEL_INFO, "repaired a port", "port", ward->name,
              "container", container, "endpoint", endpoint, "reason",
              verdict_reason(verdict, &look->seen), "cut off", cut, NULL);
}

void ward_failed(struct ward *ward, const char *what, const struct err *err)
{
    uint64_t wait = streak_fail(&ward->streak);

    if (streak_is_new(&ward->streak))
        log_event(LOG_LEVEL_ERROR, what, "port", ward->name, "error", err->text,
                  NULL);
    ward->look_at_ms = 0;
    ward_later(ward, wait);
}

static void failed(struct ward *ward, const struct err *err)
{
    ward_failed(ward, "a port could not be repaired yet", err);
}

/* What had failed is over, by us or without us. */
static void recovered(struct ward *ward)
{
    if (streak_end(&ward->streak))
        log_event(LOG_LEVEL_INFO, "a port is all right again", "port",
                  ward->name, NULL);
}

static void repaired(struct ward *ward, struct look *look, enum verdict verdict,
                     int r, const struct err *err)
{
    if (r < 0) {
        failed(ward, err);
        return;
    }
    streak_end(&ward->streak);
    uv_update_time(ward->guardian->timer.loop);
    log_repair(ward, look, verdict);
    if (ward->aside)
        ward->bury_at_ms = guardian_now_ms(ward->guardian);
    if (!look->seen.arrived)
        ward_note(ward, look);
}

static void tell_blocked(struct ward *ward, const struct look *look)
{
    if (!ward->told)
        log_event(LOG_LEVEL_ERROR, "a port is lost and cannot be moved back",
                  "port", ward->name, "reason",
                  verdict_reason(VERDICT_BLOCKED, &look->seen), NULL);
    ward->told = true;
    ward_later(ward, STREAK_LAST_MS);
}

/* Somebody has written to the database what we never write. */
static void tell_strange(struct ward *ward, const struct look *look)
{
    if (!ward->told)
        log_event(LOG_LEVEL_ERROR,
                  "a row is left alone: it says that it is ovsint's, and "
                  "cannot be",
                  "port", ward->name, "reason",
                  verdict_reason(VERDICT_STRANGE, &look->seen), NULL);
    ward->told = true;
}

/* Mostly all ports are out of sight, and for the same reason. */
static void tell_blind(struct ward *ward, const struct look *look)
{
    bool *told = look->seen.netns == NETNS_UNMOUNTED
                     ? &ward->guardian->told_unmounted
                     : &ward->guardian->told_unseen;

    if (!*told)
        log_event(LOG_LEVEL_WARNING,
                  "ports are left alone, as it cannot be judged from here "
                  "whether their containers live",
                  "port", ward->name, "reason",
                  verdict_reason(VERDICT_BLIND, &look->seen), NULL);
    *told = true;
    ward_later(ward, BLIND_EVERY_MS);
}

static void tell_helpless(struct ward *ward, const struct look *look,
                          enum verdict verdict)
{
    if (verdict == VERDICT_BLOCKED)
        tell_blocked(ward, look);
    else if (verdict == VERDICT_STRANGE)
        tell_strange(ward, look);
    else
        tell_blind(ward, look);
}

/* The end of a namespace that no device of the host has ever moved to is not
 * told, so a hook that is killed before the move is noticed by looking. */
static void be_patient(struct ward *ward, const struct look *look)
{
    uint64_t patience = look_patience_ms(ward, look);

    ward->slow = look->seen.of_docker && !look->seen.gone;
    if (!ward->slow && patience > LOOK_EVERY_MS)
        patience = LOOK_EVERY_MS;
    ward_later(ward, patience + 1);
}

static void bury(struct ward *ward, struct look *look)
{
    struct err err = {0};

    ward->bury_at_ms = guardian_now_ms(ward->guardian);
    if (guardian_bury_ms(ward) > ward->bury_at_ms)
        return;
    ward->bury_at_ms = 0;
    if (ward_bury(ward, look, &err) < 0)
        failed(ward, &err);
    else
        ward->due = true;
}

/* A switch that is busy, as while others are repaired, has yet to say so:
 * overlooked is what it does not know some time after it has answered. */
static void await_notice(struct ward *ward, const struct look *look)
{
    uint64_t now = guardian_now_ms(ward->guardian);
    uint64_t until = NOTICE_MS + (ward->since_ms > ward->guardian->repaired_ms
                                      ? ward->since_ms
                                      : ward->guardian->repaired_ms);

    if (look->seen.outside != OUTSIDE_NOTHING)
        return; /* its former switch is about to drop the one inside */
    if (now >= until) {
        if (!ward_is_confirmed(ward))
            return;
        if (ward->confirmed_ms == 0)
            ward->confirmed_ms = now;
        until = ward->confirmed_ms + NOTICE_MS;
    }
    if (now < until) {
        ward_later(ward, until - now);
        return;
    }
    ward_take_state(ward, look);
    ward_remake(ward, look);
}

/* Docker has moved it, and knows nothing of what it is to listen to. */
static void note(struct ward *ward, struct look *look)
{
    struct err err = {0};

    if (look->seen.of_docker &&
        vnic_set_listening(look->sandbox.inside, look->sandbox.fd,
                           &look->inside, look->spec.accepts_ra, &err) < 0)
        failed(ward, &err);
    else
        ward_note(ward, look);
}

static void act(struct ward *ward, struct look *look, enum verdict verdict)
{
    struct err err = {0};

    switch (verdict) {
    case VERDICT_FINE:
        ward->cut_since_ms = 0;
        ward->told = false;
        ward->gone = false;
        ward->searched = false;
        device_state_free(TAKE_PTR(ward->state));
        break;
    case VERDICT_FOREIGN:
    case VERDICT_WAIT:
        break;
    case VERDICT_PATIENCE:
        be_patient(ward, look);
        break;
    case VERDICT_NOTE:
        note(ward, look);
        break;
    case VERDICT_COLLECT:
        ward_collect(ward, look);
        break;
    case VERDICT_MOVE:
        repaired(ward, look, verdict, ward_move(ward, look, &err), &err);
        break;
    case VERDICT_DRESS:
        repaired(ward, look, verdict, ward_dress(ward, look, &err), &err);
        break;
    case VERDICT_RENAME:
        repaired(ward, look, verdict, ward_rename(ward, look, &err), &err);
        break;
    case VERDICT_CHECKSUMS:
        repaired(ward, look, verdict, ward_finish_checksums(ward, look, &err),
                 &err);
        break;
    case VERDICT_BURY:
        bury(ward, look);
        break;
    case VERDICT_UNNOTICED:
        await_notice(ward, look);
        break;
    case VERDICT_REMAKE:
        ward_remake(ward, look);
        break;
    case VERDICT_RETYPE:
        ward_retype(ward, look->port);
        break;
    case VERDICT_BLOCKED:
    case VERDICT_STRANGE:
    case VERDICT_BLIND:
        tell_helpless(ward, look, verdict);
        break;
    }
}

/* Without the guardian's work Docker's own leftovers of an earlier boot still
 * have to go: they hold addresses. */
static bool may_act(const struct ward *ward, const struct look *look,
                    enum verdict verdict)
{
    return ward->guardian->driver->settings->guards ||
           (verdict == VERDICT_COLLECT && look->seen.other_boot &&
            look->seen.of_docker);
}

void ward_look_after(struct ward *ward)
{
    const struct vswitch_port *port =
        vswitch_view_find(&ward->guardian->driver->ports, ward->name);
    auto_look struct look look = {.sandbox = SANDBOX_CLOSED};
    struct err err = {0};

    ward->due = false;
    ward->look_at_ms = 0;
    ward->bury_at_ms = 0;
    if (!port || !vswitch_port_is_ours(port))
        return;
    if (ward_look(ward, port, &look, &err) < 0) {
        failed(ward, &err);
        return;
    }
    enum verdict verdict = judge(&look.seen);
    if (verdict != ward->verdict) {
        fence_drop(&ward->confirmed);
        ward->confirmed_ms = 0;
        ward->verdict = verdict;
        ward->since_ms = guardian_now_ms(ward->guardian);
        log_event(LOG_LEVEL_DEBUG, "looked at a port", "port", ward->name,
                  "state", verdict_name(verdict), NULL);
    }
    if (verdict_is_calm(verdict))
        recovered(ward);
    if (may_act(ward, &look, verdict))
        act(ward, &look, verdict);
    if (ward->greeting == GREETING_DUE)
        ward_greet(ward, &look);
}
