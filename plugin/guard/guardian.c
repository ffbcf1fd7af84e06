/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * When ports are looked at. The order of things:
 *
 *   1. Rows come or change, a device or a namespace does (guardian_events.c),
 *      or a time is over: the ports concerned are due.
 *   2. The timer fires. Ports that are due are looked after (act.c), one after
 *      the other. That takes some milliseconds each, as a move waits for a
 *      grace period of the kernel; so after TURN_MS Docker's calls get their
 *      turn, and the rest waits for the next time.
 *   3. A repair makes its port due again, after all others.
 *
 * While another client has the lock, or the database is away, nothing is done
 * and no timer runs. Without cause there is no timer either: an idle guardian
 * sleeps.
 */
#include "plugin/guard/guardian.h"

#include <stdio.h>
#include <string.h>

#include "ovsint/base/hash.h"
#include "ovsint/base/log.h"
#include "ovsint/ovsdb/row.h"
#include "ovsint/rows/network_row.h"
#include "ovsint/rows/port_name.h"
#include "plugin/daemon/timer.h"
#include "plugin/guard/guarded.h"

/* Whoever makes a port moves it soon after the switch is ready. */
#define ARRIVAL_MS 50
/* If no port was repaired for so long, all repairs are done. */
#define CALM_MS 500

static void on_guardian_timer(uv_timer_t *timer);

uint64_t guardian_now_ms(const struct guardian *guardian)
{
    return uv_now(guardian->timer.loop);
}

struct guarded *guardian_find(const struct guardian *guardian, const char *name)
{
    INDEX_EACH (link, &guardian->by_name, hash_text(HASH_BEGIN, name)) {
        struct guarded *guarded = container_of(link, struct guarded, by_name);
        if (strcmp(guarded->name, name) == 0)
            return guarded;
    }
    return NULL;
}

static struct guarded *guarded_at(struct list *link)
{
    return container_of(link, struct guarded, active);
}

/* Call it when something has become pending, unless the port is being looked
 * after: on_timer() finds out by itself then. */
static void set_active(struct guarded *guarded)
{
    if (!list_has(&guarded->active))
        list_append(&guarded->guardian->active, &guarded->active);
}

static bool is_pending(const struct guarded *guarded)
{
    return guarded->due || guarded->look_at_ms || guarded->delete_dead_at_ms ||
           guarded->busy || guarded->awaits_flows || guarded->strange ||
           !guarded->present || guarded->asked ||
           fence_is_set(&guarded->fence) || guarded->announce_at_ms ||
           guarded->reannouncement != REANNOUNCE_NONE;
}

void guarded_now(struct guarded *guarded)
{
    guarded->due = true;
    set_active(guarded);
}

void guarded_later(struct guarded *guarded, uint64_t ms)
{
    uint64_t at = guardian_now_ms(guarded->guardian) + ms;

    set_active(guarded);

    if (guarded->look_at_ms == 0 || at < guarded->look_at_ms)
        guarded->look_at_ms = at;
}

/* Those that waited for their flows go on. */
static void guardian_on_flows(void *data)
{
    struct guardian *guardian = data;

    LIST_EACH (link, &guardian->active) {
        if (guarded_at(link)->awaits_flows)
            guarded_now(guarded_at(link));
    }
    guardian_schedule(guardian);
}

uint64_t guardian_delete_dead_ms(const struct guarded *guarded)
{
    uint64_t calm = guarded->guardian->repaired_ms + CALM_MS;

    return guarded->delete_dead_at_ms > calm ? guarded->delete_dead_at_ms
                                             : calm;
}

/* When the port has to be looked at without another cause; 0 = never. */
static uint64_t next_look(const struct guarded *guarded)
{
    uint64_t delete_dead =
        guarded->delete_dead_at_ms ? guardian_delete_dead_ms(guarded) : 0;

    return timer_earlier(timer_earlier(guarded->look_at_ms, delete_dead),
                         guarded->announce_at_ms);
}

/* It is to be removed when others have gone. */
static bool is_queued(const struct guarded *guarded)
{
    return guarded->verdict == VERDICT_COLLECT &&
           guarded->guardian->removing >= JOBS_AT_ONCE;
}

static bool is_due(const struct guarded *guarded, uint64_t now)
{
    uint64_t next = next_look(guarded);

    return !guarded->busy && !is_queued(guarded) &&
           (guarded->due || (next && next <= now));
}

bool guardian_may_work(const struct guardian *guardian)
{
    return guardian->is_up && guardian->has_lock &&
           (!guardian->begins_with_fence ||
            fence_is_passed(&guardian->begin_fence, guardian->cur_cfg));
}

void guardian_look_at_all(struct guardian *guardian)
{
    for (size_t i = 0; i < guardian->count; i++)
        guarded_now(guardian->guarded_ports[i]);
}

void guardian_schedule(struct guardian *guardian)
{
    uint64_t now = guardian_now_ms(guardian);
    uint64_t next = timer_earlier(lost_rows_next_ms(guardian),
                                  stray_taps_next_ms(guardian));
    next = timer_earlier(next, reannounce_next_ms(guardian));
    next = timer_earlier(next, mirrors_next_ms(guardian));

    if (!guardian_may_work(guardian)) {
        uv_timer_stop(&guardian->timer);
        return;
    }
    LIST_EACH (link, &guardian->active) {
        const struct guarded *guarded = guarded_at(link);
        if (is_due(guarded, now)) {
            timer_in(&guardian->timer, on_guardian_timer, 0);
            return;
        }
        if (!guarded->busy && !is_queued(guarded))
            next = timer_earlier(next, next_look(guarded));
    }
    if (next)
        timer_at(&guardian->timer, on_guardian_timer, next);
    else
        uv_timer_stop(&guardian->timer);
}

static void guarded_free(struct guarded *guarded)
{
    ovsdb_forget(&guarded->call);
    attach_job_cancel(&guarded->job);
    list_remove(&guarded->active);
    index_remove(&guarded->guardian->by_name, &guarded->by_name);
    device_state_free(guarded->state);
    free(guarded);
}

/* Drops ports whose rows have gone. A port whose transaction is in flight is
 * dropped when that has ended. */
static void drop_absent(struct guardian *guardian)
{
    if (!guardian->has_absent)
        return;
    guardian->has_absent = false;
    LIST_EACH (link, &guardian->active) {
        struct guarded *guarded = guarded_at(link);
        guardian->has_absent |= !guarded->present && guarded->busy;
        if (guarded->present || guarded->busy)
            continue;
        if (!guarded->strange)
            stray_taps_expect(guardian, guarded->name);
        struct guarded *last = guardian->guarded_ports[--guardian->count];
        last->place = guarded->place;
        guardian->guarded_ports[last->place] = last;
        guarded_free(guarded);
    }
}

/* Each active port gets its turn once, and those that had it go to the end. */
static void look_after_due(struct guardian *guardian)
{
    uint64_t begun = uv_hrtime();
    uint64_t now = guardian_now_ms(guardian);
    const struct list *first = NULL; /* of those that had their turn */

    while (!list_is_empty(&guardian->active) &&
           guardian->active.next != first) {
        struct guarded *guarded = guarded_at(guardian->active.next);
        bool is_its_turn = is_due(guarded, now);
        /* What was just sent may have shown that the connection ends. A job
         * would wait for the next one, and act on what was seen before. */
        if (is_its_turn &&
            (!ovsdb_is_up(guardian->host->ovsdb) || turn_is_over(begun)))
            return;
        list_remove(&guarded->active);
        if (is_its_turn)
            guarded_look_after(guarded);
        if (is_pending(guarded))
            set_active(guarded);
        if (!first && list_has(&guarded->active))
            first = &guarded->active;
    }
}

static void on_guardian_timer(uv_timer_t *timer)
{
    struct guardian *guardian = timer->data;

    if (!ovsdb_is_up(guardian->host->ovsdb))
        return; /* on_guardian_down() is about to be called */
    lost_rows_try(guardian);
    mirrors_try(guardian);
    stray_taps_try(guardian);
    reannounce_try(guardian);
    look_after_due(guardian);
    drop_absent(guardian);
    guardian_schedule(guardian);
}

static struct guarded *add_guarded(struct guardian *guardian, const char *name)
{
    struct guarded *guarded = mem_new(sizeof(*guarded));

    guardian->guarded_ports =
        mem_grow(guardian->guarded_ports, guardian->count, &guardian->room,
                 sizeof(*guardian->guarded_ports));
    *guarded = (struct guarded){.guardian = guardian,
                                .place = guardian->count,
                                .nsid = NSID_NONE,
                                .verdict = VERDICT_WAIT};
    index_add(&guardian->by_name, &guarded->by_name,
              hash_text(HASH_BEGIN, name));
    snprintf(guarded->name, sizeof(guarded->name), "%s", name);
    guardian->guarded_ports[guardian->count++] = guarded;
    return guarded;
}

/* Devices of bridges and uplinks have rows of ours, too, but no settings of
 * ours. */
static bool is_guarded(const struct vswitch_port *port)
{
    return vswitch_port_is_ours(port) &&
           (vswitch_port_id(port, ID_SPEC) ||
            vswitch_port_id(port, ID_HOST_NETWORK)) &&
           strlen(port->name) < IFNAME_SIZE;
}

/* A row may name any device of the host. It is guarded only under a name that
 * ovsint gives, or somebody could have us move that device by writing a row. */
static bool is_strange(const struct guardian *guardian,
                       const struct vswitch_port *port)
{
    const char *network = vswitch_port_id(port, ID_HOST_NETWORK);
    const char *network_row;
    char nat[IFNAME_SIZE], flat[IFNAME_SIZE];

    if (!network)
        return !names_is_ours(port->name);
    host_port_name(network, MODE_NAT, nat);
    host_port_name(network, MODE_FLAT, flat);
    return (strcmp(port->name, nat) != 0 && strcmp(port->name, flat) != 0) ||
           !bridges_network(&guardian->host->bridges, network, &network_row);
}

/* What others write into a row, and reservations of addresses, are no cause to
 * look. */
#define CAUSES                                                        \
    (VSWITCH_INSERTED | VSWITCH_IDS | VSWITCH_SPEC | VSWITCH_OFPORT | \
     VSWITCH_IFINDEX)

/* It begins when the port's rows come, or when a ready port is taken. It ends
 * when the switch has a number for it, and does not see its device on the host
 * any more. The outer end of a veth pair stays there: of that one the guardian
 * tells (guarded_arrived()). */
static void time_attach(struct guarded *guarded,
                        const struct vswitch_change *change, bool is_new)
{
    const struct vswitch_port *port = change->port;

    if ((is_new || change->what & VSWITCH_INSERTED) && !guarded->on_host &&
        !vswitch_port_id(port, ID_ARRIVED))
        guarded->asked_ms = guardian_now_ms(guarded->guardian);
    else if (guarded->asked_ms && port->ofport > 0 && port->ifindex == 0)
        guarded_arrived(guarded, port);
}

void guarded_arrived(struct guarded *guarded, const struct vswitch_port *port)
{
    struct measures *measures = &guarded->guardian->host->measures;
    size_t owner = measured_owner(vswitch_port_id(port, ID_OWNER));
    uint64_t now = guardian_now_ms(guarded->guardian);

    if (guarded->asked_ms)
        histogram_add(&measures->attaches[owner],
                      (now - guarded->asked_ms) * US_PER_MS);
    guarded->asked_ms = 0;
}

static void see_guarded(struct guarded *guarded,
                        const struct vswitch_change *change, bool is_new)
{
    const struct vswitch_port *port = change->port;

    guarded->present = true;
    guarded->ifindex = port->ifindex;
    guarded->on_host = vswitch_port_id(port, ID_HOST_NETWORK) != NULL;
    guarded->strange = is_strange(guarded->guardian, port);
    time_attach(guarded, change, is_new);
    reannounce_see_row(guarded, port);
    ask_neighbours_see_row(guarded, change);
    if (guarded->strange)
        set_active(guarded);
    if (change->what & VSWITCH_SPEC)
        guarded->checked = false;
    bool is_expected = guarded->on_host || vswitch_port_id(port, ID_ARRIVED);
    if (!(change->what & CAUSES) || (port->ofport == 0 && !is_expected))
        return; /* nothing has changed, or others see to it */
    if (port->ofport == 0)
        guarded_later(guarded, NOTICE_MS); /* the switch is at work on it */
    else if (is_expected)
        guarded_now(guarded);
    else
        guarded_later(guarded, ARRIVAL_MS);
}

static void set_absent(struct guarded *guarded)
{
    guarded->present = false;
    guarded->guardian->has_absent = true;
    set_active(guarded);
}

static void see_change(struct guardian *guardian,
                       const struct vswitch_change *change)
{
    struct guarded *guarded = guardian_find(guardian, change->name);

    if (change->port)
        lost_rows_see(guardian, change->port);
    if (change->port && is_guarded(change->port))
        see_guarded(guarded ? guarded : add_guarded(guardian, change->name),
                    change, !guarded);
    else if (guarded)
        set_absent(guarded);
}

/* The network of a host access port may have become known only now. */
static void see_strange(struct guardian *guardian)
{
    LIST_EACH (link, &guardian->active) {
        struct guarded *guarded = guarded_at(link);
        const struct vswitch_port *port =
            guarded->strange
                ? vswitch_view_find(&guardian->host->ports, guarded->name)
                : NULL;
        if (!port || is_strange(guardian, port))
            continue;
        guarded->strange = false;
        guarded->due = true;
    }
}

static void see_switch(struct guardian *guardian, const struct json *updates)
{
    struct row_update update;
    int64_t cfg;

    if (monitor_update_at(updates, "Open_vSwitch", 0, &update) &&
        row_int(update.row, "cur_cfg", &cfg))
        guardian->cur_cfg = cfg;
    reannounce_see_switch(guardian);
    unmade_see_switch(guardian);
    LIST_EACH (link, &guardian->active) {
        struct guarded *guarded = guarded_at(link);
        if (fence_is_passed(&guarded->fence, guardian->cur_cfg))
            guarded->due = true;
    }
}

static void on_guardian_rows(void *data, const struct json *updates, bool anew)
{
    struct guardian *guardian = data;
    const struct vswitch_view *view = &guardian->host->ports;

    guardian->is_up = true;
    for (size_t i = 0; anew && i < guardian->count; i++)
        set_absent(guardian->guarded_ports[i]);
    see_switch(guardian, updates);
    bridges_see_change(guardian, updates);
    lost_rows_take(guardian);
    for (size_t i = 0; i < view->change_count; i++)
        see_change(guardian, &view->changes[i]);
    see_strange(guardian);
    drop_absent(guardian);
    lost_rows_try(guardian);
    mirrors_try(guardian);
    /* These may have been made long ago. */
    for (size_t i = 0; anew && i < guardian->count; i++) {
        guardian->guarded_ports[i]->asked_ms = 0;
        guardian->guarded_ports[i]->announce_at_ms = 0;
    }
    if (anew) {
        stray_taps_search(guardian);
        guardian_look_at_all(guardian);
    }
    guardian_schedule(guardian);
}

static void on_guardian_down(void *data, const struct err *why)
{
    struct guardian *guardian = data;

    (void)why;
    guardian->is_up = false;
    guardian->has_lock = false;
    guardian->lock_known = false;
    /* a row that is new to us leaves out a value of 0 */
    guardian->cur_cfg = 0;
    fence_drop(&guardian->begin_fence);
    reannounce_down(guardian);
    unmade_down(guardian);
    for (size_t i = 0; i < guardian->count; i++) {
        fence_drop(&guardian->guarded_ports[i]->fence);
        guardian->guarded_ports[i]->fence_passed_ms = 0;
    }
    guardian_schedule(guardian);
}

/* Any client of the database can steal the lock, and then this guardian repairs
 * nothing more. The operator has to find out whether that client is a
 * guardian. */
static void log_lock(const struct guardian *guardian, bool ours)
{
    if (guardian->has_lock && !ours)
        log_event(LOG_LEVEL_WARNING,
                  "another client of OVSDB has taken the guardian's lock: "
                  "until it leaves, only that one repairs ports",
                  "lock", GUARDIAN_LOCK, NULL);
    else if (!ours && !guardian->lock_known)
        log_event(LOG_LEVEL_INFO,
                  "another guardian is at work: ports are left to it", "lock",
                  GUARDIAN_LOCK, NULL);
    else if (ours && !guardian->has_lock)
        log_event(guardian->lock_known ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG,
                  "guarding", NULL);
}

static void on_lock(void *data, bool ours)
{
    struct guardian *guardian = data;

    log_lock(guardian, ours);
    guardian->has_lock = ours;
    guardian->lock_known = true;
    if (guardian->begins_with_fence)
        guardian_ask_switch(guardian);
    lost_rows_try(guardian);
    mirrors_try(guardian);
    guardian_schedule(guardian);
}

static bool is_at_rest(const struct guarded *guarded)
{
    /* If it is on its way, whoever is at work on it is responsible. */
    return !guarded->busy && !guarded->due && !guarded->awaits_flows &&
           !guarded->has_dead && !streak_has_hope(&guarded->streak) &&
           guarded->reannouncement == REANNOUNCE_NONE &&
           (guarded->verdict != VERDICT_UNMADE ||
            guarded->streak.failures > 0) &&
           guarded->verdict != VERDICT_UNNOTICED &&
           guarded->verdict != VERDICT_REMAKE &&
           guarded->verdict != VERDICT_RETYPE &&
           (guarded->verdict != VERDICT_PATIENCE || guarded->slow);
}

bool guarded_has_failed(const struct guarded *guarded)
{
    return guarded->streak.failures > 0 ||
           guarded->verdict == VERDICT_BLOCKED ||
           guarded->verdict == VERDICT_BLIND;
}

enum guardian_rest guardian_rest(const struct guardian *guardian,
                                 size_t *ret_failed)
{
    *ret_failed = 0;
    if (guardian->is_up && guardian->lock_known && !guardian->has_lock)
        return GUARDIAN_PASSIVE;
    if (!guardian_may_work(guardian) || guardian->begin_call.ovsdb ||
        guardian->mirror_call.ovsdb || !list_is_empty(&guardian->lost_rows) ||
        !list_is_empty(&guardian->stray_taps) ||
        !flow_keeper_rests(guardian->keeper))
        return GUARDIAN_AT_WORK;
    for (size_t i = 0; i < guardian->count; i++) {
        const struct guarded *guarded = guardian->guarded_ports[i];
        if (!is_at_rest(guarded))
            return GUARDIAN_AT_WORK;
        *ret_failed += guarded_has_failed(guarded);
    }
    return GUARDIAN_AT_REST;
}

struct guardian *guardian_open(uv_loop_t *loop, struct host *host,
                               struct attach_uv *attaches,
                               struct flow_keeper *keeper)
{
    static const struct host_events events = {
        .on_rows = on_guardian_rows,
        .on_down = on_guardian_down,
        .on_lock = on_lock,
        .on_device = guardian_on_device,
        .on_inside = guardian_on_inside,
        .on_heard = guardian_on_heard,
        .on_endpoint_left = guardian_on_endpoint_left,
    };
    struct guardian *guardian = mem_new(sizeof(*guardian));

    guardian->host = host;
    guardian->attaches = attaches;
    guardian->keeper = keeper;
    guardian->listener =
        (struct flow_listener){.changed = guardian_on_flows, .data = guardian};
    flow_keeper_listen(keeper, &guardian->listener);
    list_init(&guardian->active);
    list_init(&guardian->lost_rows);
    list_init(&guardian->stray_taps);
    guardian->subscriber.events = &events;
    guardian->subscriber.data = guardian;
    host_subscribe(host, &guardian->subscriber);
    uv_timer_init(loop, &guardian->timer);
    guardian->timer.data = guardian;
    return guardian;
}

static void on_guardian_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void guardian_close(struct guardian *guardian)
{
    if (!guardian)
        return;
    host_unsubscribe(&guardian->subscriber);
    flow_keeper_leave(&guardian->listener);
    lost_rows_done(guardian);
    stray_taps_done(guardian);
    ovsdb_forget(&guardian->begin_call);
    ovsdb_forget(&guardian->mirror_call);
    reannounce_done(guardian);
    unmade_done(guardian);
    for (size_t i = 0; i < guardian->count; i++)
        guarded_free(guardian->guarded_ports[i]);
    free(guardian->guarded_ports);
    index_done(&guardian->by_name);
    uv_close((uv_handle_t *)&guardian->timer, on_guardian_closed);
}
