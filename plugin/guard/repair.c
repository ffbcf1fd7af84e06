/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Repairs inside a namespace. The attach engine has their order
 * (ATTACH_REPAIR):
 *
 *   1. FIND: is the device inside? The look has told.
 *   2. MOVE, if it is not: what a dead device had is read, that one makes way,
 *      and the new one is moved.
 *   3. SET_UP: a moved device gets what its predecessor had, any other what its
 *      row says.
 *
 * Each is a few netlink requests, and all are done before guarded_repair()
 * returns, as the namespace is open for one look only. If one fails the rest is
 * left, and all of it is done again at the next try, by this guardian or by one
 * that follows it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "ovsint/device/vnic.h"
#include "ovsint/net/newcomers.h"
#include "ovsint/net/sysctl.h"
#include "plugin/guard/guarded.h"

/* If no more devices are lost than this, each gets its number again, even if
 * nothing is seen that refers to it. That takes the kernel some 30 ms for
 * each. */
#define FEW 8
#define MANY_WITHIN_MS 5000

#define UNREADABLE \
    "what a device had cannot be read: the next one is set up as its row says"

static struct vnic_set_up setup_of(const struct look *look)
{
    const char *altname = look->seen.of_docker
                              ? vswitch_port_id(look->port, ID_ALTNAME)
                              : look->spec.ifname;

    /* The container may have chosen another default route. */
    return (struct vnic_set_up){.device = look->port->name,
                                .want = &look->spec,
                                .mac = &look->mac,
                                .altname = altname,
                                .spares_default = look->seen.of_docker};
}

int look_is_set_up(struct look *look, struct err *err)
{
    struct vnic_set_up setup = setup_of(look);

    return vnic_is_set_up(look->sandbox.inside, &setup, err);
}

static bool has_ipv6(const struct attachment *spec)
{
    for (size_t i = 0; i < spec->ip_count; i++) {
        if (ip_bits(&spec->ip[i].ip) == 128)
            return true;
    }
    return false;
}

/* Docker disables IPv6 on a device to which it gives no IPv6 address: up to 27
 * by the default of its sandboxes, later for each device (setIPv6() and
 * setIPv6Sysctl() in libnetwork). The setting has gone with the former
 * device. */
static int set_ipv6(const struct look *look, bool is_new, struct err *err)
{
    bool is_wanted = has_ipv6(&look->spec);

    if (!look->seen.of_docker || (!is_wanted && !is_new))
        return 0;
    int r = sysctl_set_in(look->sandbox.fd, SYSCTL_IPV6, look->port->name,
                          "disable_ipv6", !is_wanted, err);
    return r == -ENOENT ? 0 : r; /* the kernel has no IPv6 */
}

static int set_up_by_row(struct look *look, bool is_new, struct err *err)
{
    struct vnic_set_up setup = setup_of(look);
    int r = set_ipv6(look, is_new, err);

    return r < 0 ? r : vnic_set_up(look->sandbox.inside, &setup, err);
}

void guarded_dead_name(const char *port, char ret[IFNAME_SIZE])
{
    snprintf(ret, IFNAME_SIZE, "od%s", strlen(port) > 2 ? port + 2 : port);
}

static int delete_dead_tap(struct look *look, struct err *err)
{
    char name[IFNAME_SIZE];
    struct link_info info;

    guarded_dead_name(look->port->name, name);
    int r = link_find(look->sandbox.inside, name, &info, err);
    if (r > 0)
        r = link_delete(look->sandbox.inside, info.ifindex, err);
    return r == -ENODEV ? 0 : r;
}

/* The dead TAP has the name, the altname, the addresses and the routes. To
 * delete it would wait for a barrier of the kernel (netdev_run_todo() in
 * net/core/dev.c), as long as the move itself, and a hundred other containers
 * would wait with it. So it is set down and renamed. */
static int rename_dead(struct guarded *guarded, struct look *look,
                       struct err *err)
{
    struct vnic_set_up setup = setup_of(look);
    struct net *inside = look->sandbox.inside;
    int ifindex = look->inside.ifindex;
    char name[IFNAME_SIZE];

    if (look->seen.inside != INSIDE_DEAD_TAP)
        return 0;
    guarded->has_dead = true;
    guarded_dead_name(look->port->name, name);
    int r = 0;
    if (guarded->state)
        r = device_state_free_names(inside, guarded->state, err);
    else if (setup.altname)
        r = link_del_altname(inside, ifindex, setup.altname, err);
    if (r >= 0 || r == -ENOENT) /* -ENOENT: the container has removed it */
        r = link_rename_down(inside, ifindex, name, err);
    if (r == -EEXIST) { /* a TAP that died before this one */
        r = delete_dead_tap(look, err);
        if (r >= 0)
            r = link_rename_down(inside, ifindex, name, err);
    }
    return r == -ENODEV ? 0 : r;
}

int guarded_delete_dead(struct guarded *guarded, struct look *look,
                        struct err *err)
{
    int r = delete_dead_tap(look, err);

    if (r >= 0)
        guarded->has_dead = false;
    return r;
}

/* One that is unfinished, as whoever moved it was killed, does not have what
 * its own predecessor had: the row tells that. */
static void take_state(struct guarded *guarded, const struct look *look,
                       int ifindex)
{
    struct device_state *state = NULL;
    struct err err = {0};

    if (device_state_take(look->sandbox.inside, look->sandbox.fd, ifindex,
                          &state, &err) < 0)
        log_event(LOG_LEVEL_WARNING, UNREADABLE, "port", guarded->name, "error",
                  err.text, NULL);
    if (state && device_state_link(state)->unfinished) {
        device_state_free(state);
        state = NULL;
    }
    device_state_free(guarded->state);
    guarded->state = state;
}

static void take_settings(struct guarded *guarded, const struct look *look)
{
    struct err err = {0};

    if (guarded->state &&
        device_state_take_settings(look->sandbox.fd, guarded->state, &err) < 0)
        log_event(LOG_LEVEL_WARNING, UNREADABLE, "port", guarded->name, "error",
                  err.text, NULL);
}

void guarded_take_state(struct guarded *guarded, const struct look *look)
{
    take_state(guarded, look, look->inside.ifindex);
    take_settings(guarded, look);
}

/* A guardian was killed after it had renamed the dead TAP. That TAP is down,
 * but still has some of its state. */
static void take_dead(struct guarded *guarded, const struct look *look)
{
    char name[IFNAME_SIZE];
    struct link_info info;
    struct err ignored = {0};

    guarded_dead_name(look->port->name, name);
    if (!guarded->state && look->seen.has_dead &&
        link_find(look->sandbox.inside, name, &info, &ignored) > 0)
        take_state(guarded, look, info.ifindex);
}

/* Are so many lost that each repair has to be quick? */
static bool is_one_of_many(const struct guarded *guarded)
{
    const struct guardian *guardian = guarded->guardian;
    uint64_t now = guardian_now_ms(guardian);
    size_t count = 0;

    for (size_t i = 0; i < guardian->count; i++) {
        const struct guarded *other = guardian->guarded_ports[i];
        if (!other->on_host &&
            (other->ifindex > 0 ||
             (other->moved_ms && now - other->moved_ms < MANY_WITHIN_MS)))
            count++;
    }
    return count > FEW;
}

static bool gets_number(struct guarded *guarded, const struct look *look)
{
    struct err err = {0};

    if (!is_one_of_many(guarded))
        return true;
    int r = device_state_needs_index(look->sandbox.fd, guarded->state, &err);
    if (r < 0)
        log_event(LOG_LEVEL_WARNING,
                  "the sockets of a container cannot be listed, and those that "
                  "are bound to its device may hear nothing any more",
                  "port", guarded->name, "error", err.text, NULL);
    return r > 0;
}

/* The number is free only when the dead TAP has gone, and that takes the kernel
 * longer than the move. */
static int clear_way(struct guarded *guarded, struct look *look, int *ret_index,
                     struct err *err)
{
    *ret_index = 0;
    if (look->seen.inside != INSIDE_DEAD_TAP)
        return 0;
    if (!guarded->state || !gets_number(guarded, look))
        return rename_dead(guarded, look, err);
    take_settings(guarded, look);
    *ret_index = look->inside.ifindex;
    int r = link_delete(look->sandbox.inside, look->inside.ifindex, err);
    return r == -ENODEV ? 0 : r;
}

/* If the wanted index is taken, the device gets any. */
static int move_as(struct net *host, struct look *look,
                   const struct link_move *move, struct err *err)
{
    struct link_move any = *move;
    struct err busy = {0};

    int r = link_move_in(host, look->outside.ifindex, look->sandbox.fd, move,
                         &busy);
    if (r != -EBUSY || !move->index) {
        if (r < 0)
            *err = busy;
        return r;
    }
    any.index = 0;
    return link_move_in(host, look->outside.ifindex, look->sandbox.fd, &any,
                        err);
}

static int move_in(struct guarded *guarded, struct look *look,
                   const struct link_move *move, struct err *err)
{
    auto_newcomers struct newcomers *newcomers = NULL;
    struct err ignored = {0};

    int r = newcomers_open(look->sandbox.fd, &newcomers, err);
    if (r >= 0)
        r = newcomers_begin(newcomers, look->spec.accepts_ra, err);
    if (r < 0)
        return r;
    r = move_as(guarded->guardian->host->net, look, move, err);
    int ended = newcomers_end(newcomers, r < 0 ? &ignored : err);
    return r < 0 ? r : ended;
}

/* Gives the device all that its predecessor had and nothing else: an address
 * that the container has removed stays removed. */
static int give_state(const struct guarded *guarded, struct look *look,
                      struct device_state *state, struct err *err)
{
    struct vnic_set_up setup = setup_of(look);
    struct device_loss loss = {0};

    int r = device_state_give(look->sandbox.inside, look->sandbox.fd,
                              look->port->name, state, &loss, err);
    if (loss.count)
        log_event(LOG_LEVEL_WARNING,
                  "a repaired port lacks something that it had", "port",
                  guarded->name, "container",
                  vswitch_port_id(look->port, ID_CONTAINER), "error",
                  loss.err.text, NULL);
    return r < 0 ? r : vnic_announce(look->sandbox.inside, &setup, err);
}

/* A predecessor that was set down has lost its routes and IPv6 addresses: these
 * come from the row. */
static int set_up_moved(struct guarded *guarded, struct look *look,
                        struct err *err)
{
    auto_device_state struct device_state *state = TAKE_PTR(guarded->state);
    bool is_whole = state && device_state_link(state)->up;
    int r = state ? give_state(guarded, look, state, err) : 0;

    if (!is_whole || r < 0)
        r = set_up_by_row(look, !state, err);
    if (r >= 0)
        r = device_state_give_alias(look->sandbox.inside, look->port->name,
                                    state, err);
    return r;
}

/* Its mover was killed, or has failed in the middle. */
static int set_up_unfinished(struct look *look, struct err *err)
{
    int r = set_up_by_row(look, true, err);

    return r < 0 ? r
                 : link_set_alias(look->sandbox.inside, look->port->name, "",
                                  err);
}

static int move(struct guarded *guarded, struct look *look, struct err *err)
{
    struct link_move move = {
        .mac = &look->mac, .mtu = look->spec.mtu, .unfinished = true};

    if (look->seen.inside == INSIDE_DEAD_TAP)
        take_state(guarded, look, look->inside.ifindex);
    else
        take_dead(guarded, look);
    int r = clear_way(guarded, look, &move.index, err);
    if (r < 0)
        return r;
    if (guarded->state) {
        move.mac = &device_state_link(guarded->state)->mac;
        move.mtu = device_state_link(guarded->state)->mtu;
        if (!look->seen.has_dead && look->seen.inside != INSIDE_DEAD_TAP)
            move.index = device_state_link(guarded->state)->ifindex;
    }
    /* The settings must be there before the device is up, as they decide what
     * it does then. */
    move.up = !guarded->state && !look->seen.of_docker;
    r = move_in(guarded, look, &move, err);
    if (r < 0)
        return r;
    guarded->gone = false;
    guarded->moved_ms = guardian_now_ms(guarded->guardian);
    if (vnic_is_tap(&look->outside)) {
        guarded->reannouncement = REANNOUNCE_WANTED;
        guarded->guardian->reannounces = true;
    }
    return 1;
}

/* Must be done before the next change of any port: then the switch looks for
 * the name, and makes the port anew on the host. */
static int give_name_back(struct look *look, struct err *err)
{
    return link_rename(look->sandbox.inside, look->inside.ifindex,
                       look->port->name, err);
}

static int set_up(struct guarded *guarded, struct look *look, bool is_moved,
                  struct err *err)
{
    int r = 0;

    if (look->seen.is_veth)
        return guarded_finish_checksums(guarded, look, err);
    if (look->seen.inside == INSIDE_RENAMED)
        r = give_name_back(look, err);
    if (r >= 0 && is_moved)
        r = set_up_moved(guarded, look, err);
    else if (r >= 0 && look->inside.unfinished)
        r = set_up_unfinished(look, err);
    else if (r >= 0)
        r = set_up_by_row(look, false, err);
    if (r >= 0)
        guarded->checked = true;
    return r;
}

/* Its job. */

struct repair {
    struct attach_job job;
    struct guarded *guarded;
    struct look *look;
    int r;
    struct err *err;
};

/* A dead TAP does not count: it is what is replaced. */
static bool is_inside(const struct look *look)
{
    return look->seen.inside == INSIDE_COMPLETE ||
           look->seen.inside == INSIDE_INCOMPLETE ||
           look->seen.inside == INSIDE_RENAMED;
}

static int repair_work(struct attach_job *job, const struct attach *attach,
                       const struct attach_todo *todo, struct link_info *ret,
                       struct err *err)
{
    struct repair *repair = container_of(job, struct repair, job);
    struct look *look = repair->look;

    switch (todo->step) {
    case ATTACH_STEP_FIND:
        *ret = look->inside;
        return is_inside(look);
    case ATTACH_STEP_MOVE:
        return move(repair->guarded, look, err);
    default:
        return set_up(repair->guarded, look,
                      !attach_vnic(attach, todo->vnic)->present, err);
    }
}

static void on_repair_done(struct attach_job *job, const struct attach *attach,
                           const struct attach_failure *failure)
{
    struct repair *repair = container_of(job, struct repair, job);

    (void)attach;
    if (!failure) {
        repair->r = 0;
        return;
    }
    *repair->err = failure->err;
    repair->r = -failure->err.code;
}

/* The row that was looked at is in the view, so nothing is waited for, and the
 * deadline is now. */
int guarded_repair(struct guarded *guarded, struct look *look, struct err *err)
{
    static const struct attach_job_events events = {.work = repair_work,
                                                    .done = on_repair_done};
    struct attach_uv *attaches = guarded->guardian->attaches;
    struct repair repair = {.guarded = guarded, .look = look, .err = err};
    struct port_want port = {0};
    const struct attach_want want = {.task = ATTACH_REPAIR,
                                     .mover = ATTACH_BY_US,
                                     .until = ATTACH_PLACE,
                                     .self = "the guardian",
                                     .boot = guarded->guardian->host->boot,
                                     .lock = GUARDIAN_LOCK,
                                     .deadline_ms = attach_uv_now_ms(attaches)};

    snprintf(port.name, sizeof(port.name), "%s", guarded->name);
    attach_job_begin(attaches, &repair.job, &events, &want, &port, 1);
    if (!attach_job_is_at_work(&repair.job))
        return repair.r;
    attach_job_cancel(&repair.job);
    return err_set(err, ENOTCONN, "the rows are not shown any more");
}

void guarded_reannounce(struct guarded *guarded, struct look *look)
{
    bool was_moved = guarded->reannouncement == REANNOUNCE_DUE;
    struct vnic_set_up setup = setup_of(look);
    struct err err = {0};

    guarded->reannouncement = REANNOUNCE_NONE;
    if (look->seen.inside != INSIDE_COMPLETE)
        return;
    guarded->asks_neighbours |= was_moved;
    int r = vnic_announce(look->sandbox.inside, &setup, &err);
    if (r < 0)
        log_event(LOG_LEVEL_DEBUG, "a port was not announced again", "port",
                  guarded->name, "error", err.text, NULL);
}
