/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Rows that went while their container lives: removed by an operator, alone or
 * with their bridge.
 *
 *   1. The rows of a port go. If that was no ordinary end they are kept.
 *   2. After ENDING_MS it is looked whether the container lives, of as many as
 * a turn has time for. If not, they are dropped.
 *   3. When their bridge is there they are written again, in one transaction.
 *      If that fails, as when another port has the address by now, it is tried
 *      again after a while.
 *   4. They are dropped when the rows show them, or the same was plugged again,
 *      or Docker gives the endpoint up, or ABSENCE_MS are over.
 *
 * The networks of a bridge that went are written back likewise, when a bridge
 * of its name is shown again.
 *
 * Pitfall: an ordinary end looks the same at first. A hook removes the rows
 * when the container's process has ended, and that shows in /proc for certain
 * only some moments later.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "ovsint/device/veth.h"
#include "ovsint/rows/port_name.h"
#include "ovsint/rows/vswitch_plug.h"
#include "plugin/guard/guarded.h"

/* wait so long before looking whether the container lives */
#define ENDING_MS 1000
#define ABSENCE_MS 86400000 /* wait so long for a bridge to come back */
#define QUEUE_MS 10         /* while too many others are written */

struct lost_row {
    struct list link;
    struct attach_job job; /* writes it */
    struct guardian *guardian;
    struct vswitch_port *port; /* as the rows had it */
    struct attachment *spec;   /* while it is written */
    struct port_want want;
    uint64_t taken_ms;
    uint64_t look_at_ms;           /* 0 = when rows change */
    bool lives;                    /* its container lives */
    bool is_replaced;              /* rows have shown a port in its place */
    char bridge[BRIDGE_NAME_SIZE]; /* which it waits for; "" = for none */
    struct streak streak;          /* of failures to write it */
};

static struct lost_row *lost_row_at(struct list *link)
{
    return container_of(link, struct lost_row, link);
}

static void lost_row_drop(struct lost_row *lost)
{
    list_remove(&lost->link);
    if (attach_job_is_at_work(&lost->job))
        lost->guardian->restoring--;
    attach_job_cancel(&lost->job);
    free(lost->spec);
    vswitch_port_free(lost->port);
    free(lost);
}

void lost_rows_done(struct guardian *guardian)
{
    ovsdb_forget(&guardian->networks);
    LIST_EACH (link, &guardian->lost_rows)
        lost_row_drop(lost_row_at(link));
}

static bool has_row(const struct vswitch_view *view, const char *endpoint)
{
    for (size_t i = 0; i < view->count; i++) {
        if (vswitch_port_id_is(view->ports[i], ID_ENDPOINT, endpoint))
            return true;
    }
    return false;
}

/* What Docker has removed is not made again. If a row is being written at this
 * moment, the caller has to remove it when it has come. */
bool guardian_on_endpoint_left(void *data, const char *endpoint)
{
    struct guardian *guardian = data;
    bool may_come = false;

    LIST_EACH (link, &guardian->lost_rows) {
        struct lost_row *lost = lost_row_at(link);
        if (!vswitch_port_id_is(lost->port, ID_ENDPOINT, endpoint))
            continue;
        may_come |= attach_job_is_at_work(&lost->job);
        lost_row_drop(lost);
    }
    /* An operator who removed the row may have left the veth pair, which Docker
     * has now moved back to the host. */
    if (!has_row(&guardian->host->ports, endpoint)) {
        stray_taps_search(guardian);
        guardian_schedule(guardian);
    }
    return may_come;
}

size_t lost_rows_count(const struct guardian *guardian)
{
    size_t count = 0;

    LIST_EACH (link, &guardian->lost_rows)
        count++;
    return count;
}

bool lost_rows_has(const struct guardian *guardian, const char *port)
{
    LIST_EACH (link, &guardian->lost_rows) {
        if (strcmp(lost_row_at(link)->port->name, port) == 0)
            return true;
    }
    return false;
}

bool guardian_keeps(const struct guardian *guardian, const char *port)
{
    return lost_rows_has(guardian, port);
}

/* What tells that two ports are for the same. NULL = the row does not say it.
 */
struct place {
    const char *endpoint;
    const char *netns_id;
    const char *ifname;
};

static struct place place_of(const struct vswitch_port *port)
{
    return (struct place){vswitch_port_id(port, ID_ENDPOINT),
                          vswitch_port_id(port, ID_NETNS_ID),
                          vswitch_port_id(port, ID_IFNAME)};
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : !a && !b;
}

/* A port whose namespace was not known yet is for any. */
static bool replaces(const struct place *is, const struct vswitch_port *port,
                     const struct lost_row *lost)
{
    const struct place was = place_of(lost->port);

    return strcmp(port->name, lost->port->name) == 0 ||
           ((!was.netns_id || same_text(was.netns_id, is->netns_id)) &&
            same_text(was.endpoint, is->endpoint) &&
            same_text(was.ifname, is->ifname));
}

/* Is there a new port for the same, as after a restart of the container? */
static bool is_replaced(const struct lost_row *lost)
{
    const struct vswitch_view *view = &lost->guardian->host->ports;

    for (size_t i = 0; i < view->count && !lost->is_replaced; i++) {
        const struct place is = place_of(view->ports[i]);
        if (replaces(&is, view->ports[i], lost))
            return true;
    }
    return lost->is_replaced;
}

void lost_rows_see(struct guardian *guardian, const struct vswitch_port *port)
{
    if (list_is_empty(&guardian->lost_rows))
        return;
    const struct place is = place_of(port);
    LIST_EACH (link, &guardian->lost_rows) {
        struct lost_row *lost = lost_row_at(link);
        lost->is_replaced |= replaces(&is, port, lost);
    }
}

/* It may fail because another port has its address, and that port may go. */
static void lost_row_retry(struct lost_row *lost, const struct err *err)
{
    uint64_t wait = streak_fail(&lost->streak);

    lost->look_at_ms = guardian_now_ms(lost->guardian) + wait;
    if (streak_is_new(&lost->streak))
        log_event(LOG_LEVEL_ERROR,
                  "a port whose container lives could not be made again yet",
                  "port", lost->port->name, "error", err->text, NULL);
    guardian_schedule(lost->guardian);
}

/* A port has gone; it may have been what the others failed at. */
static void retry_all(struct guardian *guardian)
{
    LIST_EACH (link, &guardian->lost_rows) {
        struct lost_row *lost = lost_row_at(link);
        if (lost->streak.failures)
            lost->look_at_ms = guardian_now_ms(guardian);
    }
}

/* After one of these this guardian may still be the one that has to do it
 * later: the connection or the lock may come back. */
static bool may_pass(int r)
{
    return r == -ECONNRESET || r == -ENOTCONN || r == -ESTALE || r == -EPERM;
}

/* What the rows said cannot be written again by anybody. */
static void give_up(struct lost_row *lost, const struct err *err)
{
    log_event(LOG_LEVEL_ERROR, "a port could not be made again", "port",
              lost->port->name, "error", err->text, NULL);
    lost_row_drop(lost);
}

/* The engine leaves a number to who has it. */
static void tell_of_number(const struct lost_row *lost,
                           const struct attach *attach)
{
    if (attach_vnic(attach, 0)->spec.ofport_request ==
        lost->spec->ofport_request)
        return;
    log_event(LOG_LEVEL_WARNING,
              "a port is made again with another OpenFlow number, as a port "
              "has got the one that it asks for",
              "port", lost->port->name, NULL);
}

static void on_job_done(struct attach_job *job, const struct attach *attach,
                        const struct attach_failure *failure)
{
    struct lost_row *lost = container_of(job, struct lost_row, job);

    lost->guardian->restoring--;
    if (!failure)
        tell_of_number(lost, attach);
    free(TAKE_PTR(lost->spec));
    if (failure && failure->err.code == ECONNRESET)
        return; /* the rows will tell */
    if (failure && failure->reason == ATTACH_ROW_UNUSABLE) {
        give_up(lost, &failure->err);
        return;
    }
    if (failure) {
        lost_row_retry(lost, &failure->err);
        return;
    }
    log_event(LOG_LEVEL_INFO, "made a port again", "port", lost->port->name,
              "reason", "somebody removed its row while its container lives",
              NULL);
    lost_row_drop(lost);
}

/* May end, and drop it, at once. */
static void lost_row_write(struct lost_row *lost, const struct attachment *spec)
{
    static const struct attach_job_events events = {.done = on_job_done};
    struct attach_uv *attaches = lost->guardian->attaches;
    const struct host *host = lost->guardian->host;
    const struct attach_want want = {.task = ATTACH_RESTORE,
                                     .until = ATTACH_CLAIM,
                                     .boot = host->boot,
                                     .lock = GUARDIAN_LOCK,
                                     .former = lost->port,
                                     .deadline_ms = attach_uv_now_ms(attaches) +
                                                    host->call_timeout_ms};

    lost->guardian->restoring++;
    lost->spec = mem_new(sizeof(*lost->spec));
    *lost->spec = *spec;
    lost->want = (struct port_want){.spec = lost->spec};
    attach_job_begin(attaches, &lost->job, &events, &want, &lost->want, 1);
}

/* /proc shows the container's end some time after its row has gone. */
static bool lost_row_is_wanted(struct lost_row *lost,
                               const struct attachment *spec, bool has_bridge)
{
    const struct guardian *guardian = lost->guardian;

    if (!sandbox_is_lived_in(lost->port))
        return false;
    if (guardian->host->settings->recreates) {
        if (!lost->lives && !has_bridge)
            log_event(LOG_LEVEL_WARNING,
                      "a bridge was removed while containers live on it: their "
                      "ports are made again when it is back",
                      "bridge", spec->bridge, "port", lost->port->name, NULL);
        lost->lives = true;
        return true;
    }
    log_event(LOG_LEVEL_WARNING,
              "somebody removed a port while its container lives; it is not "
              "made again, as guardian.recreate is false",
              "port", lost->port->name, NULL);
    return false;
}

/* The rows of a host change all the time, and its bridge may be away for
 * hours. */
static bool waits_for_bridge(const struct lost_row *lost, uint64_t now)
{
    return lost->bridge[0] && !lost->is_replaced &&
           now - lost->taken_ms <= ABSENCE_MS &&
           !bridges_find(&lost->guardian->host->bridges, lost->bridge);
}

/* Not yet: something is to happen first. If the connection is about to end, a
 * job would wait for the next one, and write before the rows were looked at. */
static bool lost_row_waits(struct lost_row *lost, uint64_t now)
{
    if (attach_job_is_at_work(&lost->job) || now < lost->look_at_ms ||
        !ovsdb_is_up(lost->guardian->host->ovsdb) ||
        waits_for_bridge(lost, now))
        return true;
    if (lost->guardian->restoring < JOBS_AT_ONCE)
        return false;
    lost->look_at_ms = now + QUEUE_MS;
    return true;
}

/* False if it is finished. */
static bool lost_row_stays(struct lost_row *lost, struct attachment *ret_spec,
                           bool *ret_has_bridge)
{
    const struct guardian *guardian = lost->guardian;
    uint64_t now = guardian_now_ms(guardian);
    struct err err = {0};

    if (is_replaced(lost) || now - lost->taken_ms > ABSENCE_MS ||
        vswitch_port_spec(lost->port, ret_spec, &err) < 0)
        return false;
    *ret_has_bridge = bridges_find(&guardian->host->bridges, ret_spec->bridge);
    return (!*ret_has_bridge && lost->lives) ||
           lost_row_is_wanted(lost, ret_spec, *ret_has_bridge);
}

static void lost_row_try(struct lost_row *lost)
{
    struct attachment spec;
    bool has_bridge;

    lost->look_at_ms = 0;
    lost->bridge[0] = '\0';
    if (!lost_row_stays(lost, &spec, &has_bridge))
        lost_row_drop(lost);
    else if (has_bridge)
        lost_row_write(lost, &spec);
    else
        memcpy(lost->bridge, spec.bridge, sizeof(lost->bridge));
}

static void on_networks_written(struct ovsdb_call *call,
                                const struct ovsdb_outcome *outcome)
{
    struct guardian *guardian = container_of(call, struct guardian, networks);

    if (outcome->r >= 0) {
        streak_end(&guardian->networks_streak);
        log_event(LOG_LEVEL_INFO,
                  "a bridge that somebody had removed is back with its "
                  "networks",
                  NULL);
        return;
    }
    guardian->networks_at_ms =
        guardian_now_ms(guardian) + streak_fail(&guardian->networks_streak);
    if (!may_pass(outcome->r) && streak_is_new(&guardian->networks_streak))
        log_event(LOG_LEVEL_ERROR,
                  "the networks of a bridge that is back could not be noted "
                  "yet",
                  "error", outcome->err.text, NULL);
    guardian_schedule(guardian);
}

/* The networks stay in memory until the rows show them. */
static void restore_networks(struct guardian *guardian)
{
    struct host *host = guardian->host;
    auto_txn struct txn txn = {0};
    struct err err = {0};

    if (guardian->networks.ovsdb ||
        guardian_now_ms(guardian) < guardian->networks_at_ms)
        return;
    guardian->networks_at_ms = 0;
    if (host->bridges.removed_count == 0)
        return;
    txn_init(&txn, OVSDB_NAME);
    txn_assert(&txn, GUARDIAN_LOCK);
    if (bridges_restore(&host->bridges, &txn) &&
        ovsdb_transact(host->ovsdb, &txn, &guardian->networks,
                       on_networks_written, &err) < 0)
        log_event(LOG_LEVEL_DEBUG, err.text, NULL);
}

void lost_rows_try(struct guardian *guardian)
{
    if (!guardian->has_lock || !guardian->is_up)
        return;
    if (guardian->host->settings->recreates)
        restore_networks(guardian);
    uint64_t begun = uv_hrtime();
    uint64_t now = guardian_now_ms(guardian);
    LIST_EACH (link, &guardian->lost_rows) {
        struct lost_row *lost = lost_row_at(link);
        if (lost_row_waits(lost, now))
            continue;
        /* Whether its container lives is seen by a walk through /proc. */
        if (turn_is_over(begun))
            lost->look_at_ms = now;
        else
            lost_row_try(lost);
    }
}

uint64_t lost_rows_next_ms(const struct guardian *guardian)
{
    uint64_t next = guardian->networks_at_ms;

    LIST_EACH (link, &guardian->lost_rows) {
        const struct lost_row *lost = lost_row_at(link);
        if (lost->look_at_ms && (next == 0 || lost->look_at_ms < next))
            next = lost->look_at_ms;
    }
    return next;
}

static bool is_ordinary(const struct vswitch_port *port,
                        const struct guarded *guarded)
{
    return port->leaving || !vswitch_port_id(port, ID_ARRIVED) || !guarded ||
           vswitch_port_has_left(port) || guarded->verdict == VERDICT_COLLECT ||
           guarded->strange;
}

static bool reaches_into_container(struct net *host, const char *port)
{
    struct link_info info;
    struct err ignored = {0};
    char peer[IFNAME_SIZE];

    names_docker_peer(port, peer);
    return link_find(host, peer, &info, &ignored) == 0;
}

/* The rows of a port have gone, whoever removed them. Its veth pair has to go
 * as well, and nothing else in the daemon deletes one of Docker's that has had
 * a row. A pair that reaches into a container is left alone while that
 * container may live: it goes with the namespace, or stray_taps.c finds it when
 * Docker has moved it back. */
static void delete_pair(const struct guardian *guardian,
                        const struct vswitch_port *port)
{
    struct net *host = guardian->host->net;
    struct attachment spec;
    struct err err = {0};

    /* A living hook deletes its own pair, and may make one of that name
     * again. */
    if (!vswitch_port_id_is(port, ID_OWNER, DOCKER_OWNER))
        return;
    if (!names_is_ours(port->name) ||
        !vswitch_port_spec_names(port, KEY_TYPE) ||
        vswitch_port_spec(port, &spec, &err) < 0 || spec.type != VNIC_VETH ||
        vswitch_view_find(&guardian->host->ports, port->name))
        return;
    if (!port->leaving && reaches_into_container(host, port->name))
        return;
    if (veth_delete(host, port->name, &err) < 0)
        log_event(LOG_LEVEL_ERROR, "could not delete a veth pair", "device",
                  port->name, "error", err.text, NULL);
}

static void lost_row_keep(struct guardian *guardian, struct vswitch_port *port)
{
    struct lost_row *lost = mem_new(sizeof(*lost));
    uint64_t now = guardian_now_ms(guardian);

    *lost = (struct lost_row){.guardian = guardian,
                              .port = port,
                              .taken_ms = now,
                              .look_at_ms = now + ENDING_MS};
    list_append(&guardian->lost_rows, &lost->link);
}

void lost_rows_take(struct guardian *guardian)
{
    struct vswitch_view *view = &guardian->host->ports;
    struct vswitch_port *port;

    while ((port = vswitch_view_take_removed(view))) {
        retry_all(guardian);
        const struct guarded *guarded = guardian_find(guardian, port->name);
        delete_pair(guardian, port);
        if (is_ordinary(port, guarded) ||
            lost_rows_count(guardian) >= LIMIT_LOST_ROWS)
            vswitch_port_free(port);
        else
            lost_row_keep(guardian, port);
    }
}
