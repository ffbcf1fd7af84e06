/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Carries out the steps of uplink/plan.h. What can go wrong in one is told at
 * its function; whatever it is, the plan says what follows. It runs in a
 * process of its own, in a session of its own: the connection of whoever has
 * asked may be the one that is cut off.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/confine.h"
#include "cli/uplink/uplink.h"
#include "ovsint/base/log.h"
#include "ovsint/base/second.h"
#include "ovsint/net/link.h"
#include "ovsint/rows/vswitch_view.h"
#include "ovsint/uplink/carry.h"

#define ASK_MS 5000
#define RETRY_MS 200
#define BACK_MS 30000 /* how long a database may take to come back */
#define AGAIN_MS 1000
#define STAY_MS (24LL * 3600 * 1000)
#define ANNOUNCEMENTS 5

static struct deadline step_deadline(const struct uplink_job *job)
{
    return deadline_in(job->timeout_ms);
}

/* The rows as they are now, in job->note: uuids are not known before. -ESRCH
 * if somebody has removed the note. */
static int reload(struct uplink_job *job, struct err *err)
{
    auto_uplink_notes struct uplink_notes notes = {0};

    int r = uplink_rows_look(&job->rows, step_deadline(job), &notes, err);
    if (r < 0)
        return r;
    const struct uplink_note *is = uplink_notes_find(&notes, job->note.access);
    if (!is)
        return err_set(err, ESRCH,
                       "the rows of %s were removed meanwhile, by somebody "
                       "else",
                       job->note.access);
    job->note.state = is->state;
    job->note.holder = is->holder;
    memcpy(job->note.access_uuid, is->access_uuid, UPLINK_UUID_SIZE);
    memcpy(job->note.cards_uuid, is->cards_uuid, UPLINK_UUID_SIZE);
    return 0;
}

/* Fails at a guard if a name is taken; or the switch is away. */
static int do_claim(struct uplink_job *job, struct err *err)
{
    auto_txn struct txn txn = {0};
    struct reply_fault fault = {0};

    txn_init(&txn, OVSDB_NAME);
    int r = uplink_claim(&txn, &job->note, &job->shape, err);
    if (r >= 0)
        r = uplink_rows_do_all(&job->rows, &txn, step_deadline(job), &fault,
                               err);
    if (r < 0 && fault.kind == REPLY_GUARD)
        return err_set(err, EEXIST,
                       "bridge %s has gone, or a port has the name %s or that "
                       "of a card by now",
                       job->note.bridge, job->note.access);
    return r;
}

static int do_join(struct uplink_job *job, struct err *err)
{
    auto_txn struct txn txn = {0};

    txn_init(&txn, OVSDB_NAME);
    uplink_join(&txn, &job->note, &job->shape);
    int r = uplink_rows_do_all(&job->rows, &txn, step_deadline(job), NULL, err);
    for (size_t i = 0; r >= 0 && i < job->note.card_count; i++)
        r = uplink_rows_made(&job->rows, job->note.cards[i].name,
                             step_deadline(job), err);
    return r;
}

static int set_state(struct uplink_job *job, enum uplink_state state,
                     struct err *err)
{
    auto_txn struct txn txn = {0};
    struct uplink_holder self;
    struct reply_fault fault = {0};

    int r = uplink_holder_self(job->boot, &self, err);
    if (r < 0)
        return r;
    txn_init(&txn, OVSDB_NAME);
    uplink_set_state(&txn, &job->note, state,
                     state == UPLINK_KEPT ? NULL : &self);
    r = uplink_rows_do(&job->rows, &txn, step_deadline(job), &fault, err);
    if (r < 0 && fault.kind == REPLY_GUARD)
        return err_set(err, ESTALE,
                       "somebody else has done something about "
                       "the move meanwhile");
    if (r < 0)
        return r;
    job->note.state = state;
    job->note.holder = self;
    return 0;
}

/* Gateways. */

int uplink_ask(struct uplink_job *job, const char *device, const struct ip *ip,
               struct deadline deadline, struct err *err)
{
    auto_ping struct ping ping = PING_CLOSED;
    struct ping_answer answer = {.outcome = PING_SILENCE};
    struct link_info link;
    char text[IP_TEXT_SIZE];
    unsigned announced = 0;

    ip_format(ip, text);
    int r = link_find(job->host, device, &link, err);
    if (r <= 0)
        return r < 0 ? r
                     : err_set(err, ENODEV, "device %s is not there", device);
    r = ping_open(&ping, job->netns_fd, ip, err);
    if (r < 0)
        return r;
    ping.ifindex = link.ifindex;
    do {
        struct path_hop hop = {0};
        int64_t slice = deadline_left_ms(deadline);
        r = ping_ask(&ping, deadline_in(slice < RETRY_MS ? slice : RETRY_MS),
                     &answer, err);
        if (r < 0)
            return r;
        r = path_find(job->host, ip, link.ifindex, &hop, err);
        if (r < 0 || answer.outcome == PING_ANSWERED ||
            (r > 0 && hop.answers && hop.ifindex == link.ifindex))
            return r < 0 ? r : 0;
        /* A neighbour that has not heard of us yet answers the old place. */
        if (announced++ < ANNOUNCEMENTS)
            uplink_announce(job->host, device);
    } while (!deadline_passed(deadline));
    return err_set(err, ETIMEDOUT, "gateway %s does not answer by %s", text,
                   device);
}

static int do_ask(struct uplink_job *job, struct err *err)
{
    const struct deadline deadline = deadline_in(ASK_MS);
    int r = 0;

    for (size_t i = 0; r >= 0 && i < job->gateway_count; i++)
        r = uplink_ask(job, job->note.access, &job->gateways[i], deadline, err);
    return r;
}

/* Confirmation. */

/* The database may be away meanwhile: what counts is what it says in the end.
 * -ETIMEDOUT if nobody has confirmed; -EPIPE if somebody else undoes it. */
static int do_confirm(struct uplink_job *job, struct err *err)
{
    const struct deadline until = deadline_in((int64_t)job->confirm_s * 1000);
    pid_t self = getpid();

    while (!deadline_passed(until)) {
        struct err why = {0};
        int r = reload(job, &why);
        if (r >= 0 && job->note.state == UPLINK_KEPT)
            return 0;
        if (r == -ESRCH || (r >= 0 && job->note.holder.pid != self))
            return err_set(err, EPIPE, "somebody else has undone the move");
        if (r >= 0)
            uplink_rows_wait(&job->rows, until);
        else
            poll(NULL, 0, RETRY_MS); /* it is tried again and again */
    }
    return err_set(err, ETIMEDOUT, "nobody has confirmed the move within %u s",
                   job->confirm_s);
}

/* The way back. */

/* The same, for whoever has nothing better to do: the database may be back
 * soon. */
static int reload_patiently(struct uplink_job *job, struct err *err)
{
    const struct deadline until = deadline_in(BACK_MS);
    int r;

    while ((r = reload(job, err)) < 0 && r != -ESRCH && !deadline_passed(until))
        poll(NULL, 0, RETRY_MS);
    return r;
}

/* With its rows the move has gone: the switch does the rest when it runs, and
 * to try again would find nothing. */
static void await_leave(struct uplink_job *job, int64_t number)
{
    struct err err = {0};

    if (uplink_rows_await(&job->rows, number, step_deadline(job), &err) < 0)
        log_event(LOG_LEVEL_WARNING,
                  "a move was undone, but for what the switch has yet to do",
                  "card", job->note.cards[0].name, "reason", err.text, NULL);
}

static int do_leave(struct uplink_job *job, struct err *err)
{
    auto_txn struct txn txn = {0};
    int64_t number = 0;
    int r = reload_patiently(job, err);

    if (r == -ESRCH)
        return 0;
    if (r < 0)
        return r;
    /* The claim has failed as somebody else has one of that name. */
    if (job->note.holder.pid != getpid())
        return 0;
    txn_init(&txn, OVSDB_NAME);
    uplink_leave(&txn, &job->note);
    r = uplink_rows_write(&job->rows, &txn, step_deadline(job), NULL, &number,
                          err);
    if (r >= 0)
        await_leave(job, number);
    uplink_announce_cards(job->host, &job->note);
    return r;
}

/* What has become of the note while there was no connection. Our own last word
 * may be there, which was sent and not answered. */
static int look_again(struct uplink_job *job, struct err *err)
{
    const struct uplink_note was = job->note;
    const struct uplink_note *is = &job->note;
    int r = reload_patiently(job, err);

    if (r >= 0 && was.state != UPLINK_KEPT &&
        (is->state == UPLINK_KEPT || is->holder.pid != was.holder.pid ||
         is->holder.start != was.holder.start))
        return err_set(err, ESTALE,
                       "somebody else has done something about "
                       "the move meanwhile");
    return r;
}

/* If the rows have gone, nobody can confirm any more. */
static int do_recall(struct uplink_job *job, struct err *err)
{
    int r = job->rows.client ? 0 : look_again(job, err);

    if (r == -ESRCH)
        return 0;
    return r < 0 ? r : set_state(job, UPLINK_UNDOING, err);
}

static int do_give_back(struct uplink_job *job, struct err *err)
{
    struct device_loss lost = {0};
    int r = uplink_give_back(job->host, &job->note, &lost, err);

    if (lost.count)
        log_event(LOG_LEVEL_ERROR, "a card did not get all back", "card",
                  job->note.cards[0].name, "error", lost.err.text, NULL);
    return r;
}

static int do_step(struct uplink_job *job, enum uplink_step step,
                   struct err *err)
{
    switch (step) {
    case UPLINK_STEP_CLAIM:
        return do_claim(job, err);
    case UPLINK_STEP_PORT:
        return uplink_rows_made(&job->rows, job->note.access,
                                step_deadline(job), err);
    case UPLINK_STEP_SET_UP:
        return uplink_set_up(job->host, job->netns_fd, &job->note, err);
    case UPLINK_STEP_JOIN:
        return do_join(job, err);
    case UPLINK_STEP_CARRY:
        return uplink_carry(job->host, &job->note, err);
    case UPLINK_STEP_ASK:
        return do_ask(job, err);
    case UPLINK_STEP_OFFER:
        return set_state(job, job->confirm_s ? UPLINK_WAITING : UPLINK_KEPT,
                         err);
    case UPLINK_STEP_CONFIRM:
        return job->confirm_s ? do_confirm(job, err) : 0;
    case UPLINK_STEP_RECALL:
        return do_recall(job, err);
    case UPLINK_STEP_GIVE_BACK:
        return do_give_back(job, err);
    case UPLINK_STEP_LEAVE:
        return do_leave(job, err);
    case UPLINK_STEP_DONE:
    case UPLINK_STEP_UNDONE:
    case UPLINK_STEP_COUNT:
        break;
    }
    return 0;
}

void uplink_run(struct uplink_job *job, struct uplink_plan *plan,
                uplink_told *told, void *data)
{
    while (plan->step != UPLINK_STEP_DONE && plan->step != UPLINK_STEP_UNDONE) {
        enum uplink_step step = plan->step;
        struct err err = {0};
        int r = do_step(job, step, &err);
        log_event(LOG_LEVEL_DEBUG, uplink_step_words(step), "outcome",
                  r < 0 ? err.text : "ok", NULL);
        if (step == UPLINK_STEP_CONFIRM && r == -EPIPE) {
            plan->step = UPLINK_STEP_DONE;
            return;
        }
        uplink_plan_took(plan, r, &err);
        if (step == UPLINK_STEP_OFFER && r >= 0 && told)
            told(data);
    }
}

int uplink_undo(struct uplink_job *job, struct err *err)
{
    struct uplink_plan plan = uplink_plan_undo();

    if (job->note.state == UPLINK_KEPT) {
        int r = uplink_refresh(job->host, &job->note, err);
        if (r < 0)
            return r;
    } else if (strcmp(job->note.holder.boot, job->boot) != 0) {
        uplink_forget(&job->note);
    }
    uplink_run(job, &plan, NULL, NULL);
    if (plan.is_kept)
        return err_set(err, ESTALE,
                       "somebody else has done something about "
                       "the move meanwhile: look again");
    if (plan.undo.code) {
        *err = plan.undo;
        return -err->code;
    }
    return 0;
}

int uplink_undo_interrupted(struct uplink_job *job,
                            const struct uplink_notes *notes, struct err *err)
{
    int count = 0;

    for (size_t i = 0; i < notes->count; i++) {
        struct uplink_note *note = &notes->list[i];
        if (note->state == UPLINK_KEPT ||
            uplink_holder_lives(&note->holder, job->boot))
            continue;
        job->note = *note;
        int r = uplink_undo(job, err);
        *note = job->note;
        job->note = (struct uplink_note){0};
        if (r < 0)
            return err_wrap(err, "undo the interrupted move of %s",
                            note->cards[0].name);
        count++;
    }
    return count;
}

/* The second process. */

struct report {
    int code; /* 0 = it waits to be confirmed, or is kept */
    char text[ERR_TEXT_SIZE];
    char undo[ERR_TEXT_SIZE]; /* what could not be undone; "" = all was */
};

static void report(int fd, const struct err *why, const struct err *undo)
{
    struct report report = {.code = why ? why->code : 0};

    if (why)
        snprintf(report.text, sizeof(report.text), "%s", why->text);
    if (undo)
        snprintf(report.undo, sizeof(report.undo), "%s", undo->text);
    (void)!send(fd, &report, sizeof(report), MSG_NOSIGNAL);
}

static void tell(void *data)
{
    int *fd = data;

    report(*fd, NULL, NULL);
    close(*fd);
    *fd = -1;
}

static void log_outcome(const struct uplink_job *job,
                        const struct uplink_plan *plan)
{
    const char *card = job->note.cards[0].name;

    if (plan->step == UPLINK_STEP_UNDONE && plan->undo.code)
        log_event(LOG_LEVEL_ERROR, "a move could not be undone", "card", card,
                  "reason", plan->why.text, "error", plan->undo.text, NULL);
    else if (plan->step == UPLINK_STEP_UNDONE)
        log_event(LOG_LEVEL_WARNING, "a move was undone", "card", card,
                  "reason", plan->why.text, NULL);
}

/* Without the daemon nobody else is there to do it, when the database or the
 * switch is back. */
static void undo_in_the_end(struct uplink_job *job, struct uplink_plan *plan)
{
    const struct deadline until = deadline_in(STAY_MS);

    while (plan->step == UPLINK_STEP_UNDONE && plan->undo.code &&
           !deadline_passed(until)) {
        poll(NULL, 0, AGAIN_MS);
        uplink_plan_again(plan);
        uplink_run(job, plan, NULL, NULL);
        if (!plan->undo.code)
            log_outcome(job, plan);
    }
}

/* It ignores what ends the processes of a terminal. It is ended by all else,
 * and then the daemon or the next command undoes what it was about to do. */
static _Noreturn void move(struct uplink_job *job, int fd)
{
    struct uplink_plan plan = uplink_plan_move();
    struct err err = {0};

    /* Nobody sees what it says but in the log. */
    log_init(&(struct log_options){
        .program = "ovsint", .level = LOG_LEVEL_WARNING, .to_syslog = true});
    signal(SIGHUP, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    (void)setsid();
    second_leave_standard();
    if (cli_confine_moving(&err) < 0 ||
        uplink_holder_self(job->boot, &job->note.holder, &err) < 0) {
        report(fd, &err, NULL);
        _exit(1);
    }
    job->note.state = UPLINK_MOVING;
    uplink_run(job, &plan, tell, &fd);
    log_outcome(job, &plan);
    if (fd >= 0) {
        report(fd, &plan.why, &plan.undo);
        close(fd);
    }
    undo_in_the_end(job, &plan);
    _exit(plan.step == UPLINK_STEP_DONE ? 0 : 1);
}

int uplink_start(struct uplink_job *job, struct err *err)
{
    struct report report = {0};
    int fd;

    int r = second_start(&fd, err);
    if (r < 0)
        return r;
    if (r > 0)
        move(job, fd);
    auto_close int end = fd;
    r = cli_confine_moving(err);
    if (r < 0)
        return r;
    /* It has a deadline for each of its steps. */
    ssize_t size = recv(end, &report, sizeof(report), 0);
    if (size != sizeof(report))
        return err_set(err, ECHILD,
                       "the process that moves was killed: 'ovsint uplink "
                       "undo' gives the addresses back");
    if (!report.code)
        return 0;
    report.text[sizeof(report.text) - 1] = '\0';
    report.undo[sizeof(report.undo) - 1] = '\0';
    return report.undo[0]
               ? err_set(err, report.code,
                         "%.200s; and what was done could not be undone "
                         "yet, which is tried again: %.200s",
                         report.text, report.undo)
               : err_set(err, report.code, "%.400s; all is as it was before",
                         report.text);
}
