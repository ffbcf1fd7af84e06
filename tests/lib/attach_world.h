/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A world for the attach engine, with a clock of numbers: a small database, a
 * switch that makes devices, a host and one container. world_run() is a driver
 * that does what the engine says and writes down each step, so a test compares
 * a transcript, and then what is there. A test sets faults beforehand, by the
 * number of the step.
 */
#pragma once

#include <stdarg.h>

#include "ovsint/attach/attach.h"
#include "ovsint/flows/port_flows.h"
#include "ovsint/net/link.h"
#include "tests/lib/small_ovsdb.h"

#define WORLD_BOOT "boot1"
#define WORLD_NETNS "4:40"
#define WORLD_DEVICES 32
#define WORLD_STEPS_MAX 2000

struct world_device {
    char name[IFNAME_SIZE]; /* "" = the place is free */
    char altname[IFNAME_SIZE];
    enum attach_side side;
    bool is_pair;
    bool is_set_up;
};

enum world_fault {
    WORLD_NO_FAULT,
    WORLD_CRASH_BEFORE, /* the driver's process dies, the step not done */
    WORLD_CRASH_AFTER,  /* ... the step done, its answer not taken */
    WORLD_BREAK,        /* the step fails and does nothing */
    WORLD_LOSE_BEFORE,  /* the connection goes: the request was not done */
    WORLD_LOSE_AFTER,   /* ... it was, without an answer */
    WORLD_SILENCE,      /* no answer until the time is over */
};

struct world {
    struct small_ovsdb db;
    struct small_ovsdb nb; /* OVN's northbound database */
    struct vswitch_view view;
    struct vswitch_scope scope;
    struct world_device devices[WORLD_DEVICES];
    int64_t now_ms;
    bool switch_is_down;
    const char *switch_error; /* what it says instead of a number */
    bool device_is_missing;   /* the switch is in another namespace */
    bool database_is_away;
    int64_t database_back_ms; /* 0 = it stays away */
    pid_t alive;              /* the process that lives, 0 = none */
    int64_t dies_ms;          /* ... until then; 0 = it does not die */
    const char *ended[4];     /* netns_ids that have ended */
    struct flow_delete
        flows[8];              /* of the ports that have flows; mask 0 = none */
    const char *flows_refused; /* why the switch takes no flows */
    const struct dhcp_lease
        *lease; /* what a server gives; NULL = none is there */
    bool router_is_there;
    long next_ofport;

    unsigned underlay_mtu;   /* of the device with the tunnels' address */
    bool controller_is_down; /* ovn-controller installs nothing */
    /* Which of two replies comes first; which of two requests has the fault. */
    bool northbound_first;
    bool northbound_fault;

    enum world_fault fault;
    size_t fault_at; /* the step, from 0 on */
    size_t steps;
    bool crashed;
    struct buf log;
    /* Called before each step: what others do meanwhile. */
    void (*meanwhile)(struct world *world, const struct attach_todo *todo);
};

static inline void world_done(struct world *world)
{
    small_ovsdb_done(&world->db);
    small_ovsdb_done(&world->nb);
    vswitch_view_done(&world->view);
    buf_done(&world->log);
    free(world);
}
DEFINE_AUTO(world, struct world *, world_done)
#define auto_world AUTO(world)

static inline struct world *world_new(void)
{
    struct world *world = mem_new(sizeof(*world));

    world->log = BUF_INIT(1u << 20);
    world->now_ms = 1000;
    small_add(&world->db, "Bridge", "br0");
    return world;
}

static inline struct world_device *
world_find(struct world *world, enum attach_side side, const char *name)
{
    for (size_t i = 0; i < WORLD_DEVICES; i++) {
        struct world_device *device = &world->devices[i];
        if (device->name[0] && device->side == side &&
            (strcmp(device->name, name) == 0 ||
             strcmp(device->altname, name) == 0))
            return device;
    }
    return NULL;
}

static inline struct world_device *
world_add(struct world *world, enum attach_side side, const char *name)
{
    for (size_t i = 0; i < WORLD_DEVICES; i++) {
        struct world_device *device = &world->devices[i];
        if (device->name[0])
            continue;
        *device = (struct world_device){.side = side};
        snprintf(device->name, sizeof(device->name), "%.15s", name);
        return device;
    }
    TEST_FAIL("too many devices");
}

static inline size_t world_count(const struct world *world)
{
    size_t count = 0;

    for (size_t i = 0; i < WORLD_DEVICES; i++)
        count += world->devices[i].name[0] != '\0';
    return count;
}

static inline size_t world_ports(const struct world *world)
{
    size_t count = 0;

    for (size_t i = 0; i < SMALL_ROWS; i++)
        count += strcmp(world->db.rows[i].table, "Port") == 0;
    return count;
}

/* The switch: devices for new rows, none for rows that went. */

/* ovn-controller, for a port whose logical port is there. */
static inline void world_install(struct world *world, struct small_row *row)
{
    const char *logical = small_get(row, "iface-id");

    if (logical && row->ofport > 0 && !world->controller_is_down &&
        small_find(&world->nb, "Logical_Switch_Port", logical))
        small_put(&world->db, row, "ovn-installed", "true");
}

static inline void world_make_port(struct world *world, struct small_row *row)
{
    bool is_internal = strcmp(row->type, "internal") == 0;

    if (row->ofport || row->error[0])
        return;
    if (world->switch_error ||
        (!is_internal && !world_find(world, ATTACH_HOST, row->name))) {
        snprintf(row->error, sizeof(row->error), "%s",
                 world->switch_error ? world->switch_error : "no such device");
        row->ofport = -1;
        return;
    }
    row->ofport = ++world->next_ofport;
    if (is_internal && !world->device_is_missing)
        world_add(world, ATTACH_HOST, row->name);
}

static inline void world_switch(struct world *world)
{
    if (world->switch_is_down)
        return;
    for (size_t i = 0; i < SMALL_ROWS; i++) {
        struct small_row *row = &world->db.rows[i];
        if (strcmp(row->table, "Interface") != 0)
            continue;
        world_make_port(world, row);
        world_install(world, row);
    }
    for (size_t i = 0; i < WORLD_DEVICES; i++) {
        struct world_device *device = &world->devices[i];
        if (strncmp(device->name, "oi", 2) == 0 &&
            !small_find(&world->db, "Interface", device->name))
            device->name[0] = '\0';
    }
}

/* Somebody removes both rows of a port. */
static inline void world_remove(struct world *world, const char *name)
{
    struct small_row *port = small_find(&world->db, "Port", name);

    small_unrefer(small_find(&world->db, "Bridge", "br0"), port->uuid);
    port->table[0] = '\0';
    small_find(&world->db, "Interface", name)->table[0] = '\0';
}

/* The device of a port as an earlier call has left it. Of a pair that is not
 * inside nothing is left. */
static inline void world_leave_device(struct world *world, const char *name,
                                      const struct attachment *spec,
                                      bool is_inside)
{
    struct world_device *host = world_find(world, ATTACH_HOST, name);
    bool is_pair = spec->type == VNIC_VETH;
    struct world_device *inside;

    CHECK(host);
    if (!is_pair || !is_inside)
        host->name[0] = '\0';
    if (!is_inside)
        return;
    inside = world_find(world, ATTACH_INSIDE, spec->ifname);
    if (!inside)
        inside = world_add(world, ATTACH_INSIDE, is_pair ? spec->ifname : name);
    inside->is_pair = is_pair;
    inside->is_set_up = true;
    if (!is_pair)
        snprintf(inside->altname, sizeof(inside->altname), "%s", spec->ifname);
}

/* A port as an earlier call has left it, its device inside or nowhere. */
static inline struct small_row *
world_port(struct world *world, const char *name, const char *container,
           const struct attachment *spec, bool is_inside)
{
    const struct vswitch_identity identity = {
        .owner = HOOK_OWNER,
        .boot = WORLD_BOOT,
        .holder = {.kind = HOLDER_CONTAINER,
                   .id = container,
                   .netns = "/run/netns/c",
                   .container = {.netns_id = WORLD_NETNS}}};
    struct vswitch_plug plug = {
        .attachment = spec, .port = name, .mac = {{2, 0, 0, 0, 0, 9}}};
    auto_txn struct txn txn = {0};

    if (spec->type == VNIC_VETH && !world_find(world, ATTACH_HOST, name))
        world_add(world, ATTACH_HOST, name)->is_pair = true;
    txn_init(&txn, OVSDB_NAME);
    vswitch_plug(&txn, &identity, &plug, 0);
    CHECK_EQ(small_ovsdb_transact(&world->db, &txn).r, 0);
    world_switch(world);
    world_leave_device(world, name, spec, is_inside);
    return small_find(&world->db, "Interface", name);
}

/* Both rows of a port get another value. */
static inline void world_set_id(struct world *world, const char *name,
                                const char *key, const char *value)
{
    static const char *const tables[] = {"Interface", "Port"};

    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        struct small_row *row = small_find(&world->db, tables[i], name);
        small_drop(row, key);
        if (value)
            small_put(&world->db, row, key, value);
    }
}

/* The driver. */

static inline void world_log(struct world *world, const char *fmt, ...)
    PRINTF_LIKE(2, 3);
static inline void world_log(struct world *world, const char *fmt, ...)
{
    char line[600];
    va_list args;

    va_start(args, fmt);
    vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    if (world->log.size)
        buf_add_text(&world->log, "\n");
    buf_add_text(&world->log, line);
}

static inline const char *world_said(struct world *world)
{
    return buf_text(&world->log);
}

static inline bool world_is_away(const struct world *world)
{
    return world->database_is_away && (world->database_back_ms == 0 ||
                                       world->now_ms < world->database_back_ms);
}

static inline int world_watch(struct world *world,
                              const struct attach_todo *todo, struct err *err)
{
    world_log(world, "watch");
    if (world_is_away(world))
        return err_set(err, ECONNREFUSED, "connection refused");
    world->scope = todo->scope;
    small_ovsdb_show(&world->db, &world->scope, &world->view);
    return 0;
}

static inline void world_show(struct world *world)
{
    small_ovsdb_show(&world->db, &world->scope, &world->view);
}

/* Until the switch has done something, or the time comes. */
static inline bool world_wait(struct world *world,
                              const struct attach_todo *todo)
{
    auto_free struct small_row *before = mem_new(sizeof(world->db.rows));

    memcpy(before, world->db.rows, sizeof(world->db.rows));
    world_switch(world);
    if (memcmp(before, world->db.rows, sizeof(world->db.rows)) != 0) {
        world_show(world);
        return true;
    }
    world->now_ms = todo->until_ms;
    return false;
}

static inline bool world_has_flows(struct world *world, const char *port)
{
    const struct small_row *row = small_find(&world->db, "Interface", port);
    uint64_t cookie = port_flows_of(row ? row->ofport : 0).cookie;

    for (size_t i = 0; i < ARRAY_LEN(world->flows); i++) {
        if (world->flows[i].mask && world->flows[i].cookie == cookie)
            return true;
    }
    return false;
}

/* No device may send before its source guard is in force. */
static inline void world_must_be_guarded(struct world *world,
                                         const struct attach_vnic *vnic)
{
    if (vnic->spec.guard != SOURCE_GUARD_OFF && !vnic->spec.ovn[0] &&
        !world_has_flows(world, vnic->port))
        TEST_FAIL("%s has no flows yet\n%s", vnic->port, buf_text(&world->log));
}

static inline int world_move(struct world *world, const struct attach *a,
                             const struct attach_todo *todo)
{
    const struct attach_vnic *vnic = attach_vnic(a, todo->vnic);
    struct world_device *device = world_find(world, ATTACH_HOST, vnic->port);

    if (!device)
        return 0;
    world_must_be_guarded(world, vnic);
    device->side = ATTACH_INSIDE;
    return 1;
}

static inline int world_set_up(struct world *world, const struct attach *a,
                               const struct attach_todo *todo, struct err *err)
{
    const struct attach_vnic *vnic = attach_vnic(a, todo->vnic);
    bool is_pair = vnic->spec.type == VNIC_VETH;
    const char *name = is_pair ? vnic->spec.ifname : vnic->port;
    struct world_device *device = world_find(world, ATTACH_INSIDE, name);
    struct world_device *other;

    if (!device)
        return err_set(err, ENODEV, "no device %s", name);
    other = world_find(world, ATTACH_INSIDE, vnic->spec.ifname);
    if (other && other != device)
        return err_set(err, EEXIST, "%s has that name", other->name);
    world_must_be_guarded(world, vnic);
    if (!is_pair)
        snprintf(device->altname, sizeof(device->altname), "%s",
                 vnic->spec.ifname);
    device->is_set_up = true;
    return 0;
}

static inline int world_make_pair(struct world *world, const struct attach *a,
                                  const struct attach_todo *todo,
                                  struct err *err)
{
    const struct attach_vnic *vnic = attach_vnic(a, todo->vnic);

    if (world_find(world, ATTACH_HOST, vnic->port) ||
        world_find(world, ATTACH_INSIDE, vnic->spec.ifname))
        return err_set(err, EEXIST, "File exists");
    world_add(world, ATTACH_HOST, vnic->port)->is_pair = true;
    world_add(world, ATTACH_INSIDE, vnic->spec.ifname)->is_pair = true;
    return 0;
}

/* Pairs of one container only: both ends go. */
static inline void world_drop_pair(struct world *world, const char *name)
{
    struct world_device *device = world_find(world, ATTACH_HOST, name);

    if (!device || !device->is_pair)
        return;
    device->name[0] = '\0';
    for (size_t i = 0; i < WORLD_DEVICES; i++) {
        device = &world->devices[i];
        if (device->is_pair && device->side == ATTACH_INSIDE)
            device->name[0] = '\0';
    }
}

static inline bool world_has_ended(const struct world *world,
                                   const char *netns_id)
{
    for (size_t i = 0; i < ARRAY_LEN(world->ended); i++) {
        if (world->ended[i] && netns_id &&
            strcmp(world->ended[i], netns_id) == 0)
            return true;
    }
    return false;
}

/* Work on devices and questions. */
static inline int world_device_work(struct world *world, const struct attach *a,
                                    const struct attach_todo *todo,
                                    const char **ret_name, struct err *err)
{
    static const char *const sides[] = {"host", "inside"};
    struct world_device *device;

    switch (todo->step) {
    case ATTACH_STEP_FIND:
        device = world_find(world, todo->side, todo->name);
        *ret_name = device ? device->name : NULL;
        world_log(world, "find %s %s: %s", sides[todo->side], todo->name,
                  device ? "yes" : "no");
        return device != NULL;
    case ATTACH_STEP_MAKE_PAIR:
        world_log(world, "make pair %s",
                  attach_vnic(a, todo->vnic)->spec.ifname);
        return world_make_pair(world, a, todo, err);
    case ATTACH_STEP_DROP_PAIR:
        world_log(world, "drop pair");
        world_drop_pair(world, todo->name);
        return 0;
    case ATTACH_STEP_FREE_NAME:
        world_log(world, "free name of %s", todo->name);
        device = world_find(world, ATTACH_INSIDE, todo->name);
        if (device)
            device->altname[0] = '\0';
        return 0;
    case ATTACH_STEP_MOVE:
        world_log(world, "move %s", attach_vnic(a, todo->vnic)->port);
        return world_move(world, a, todo);
    case ATTACH_STEP_SET_UP:
        world_log(world, "set up %s%s", attach_vnic(a, todo->vnic)->spec.ifname,
                  todo->is_mute ? ", mute" : "");
        return world_set_up(world, a, todo, err);
    case ATTACH_STEP_ANNOUNCE:
        world_log(world, "announce %s", attach_vnic(a, todo->vnic)->port);
        return 0;
    case ATTACH_STEP_UNDERLAY:
        world_log(world, "what does %s carry?", todo->name);
        return (int)world->underlay_mtu;
    case ATTACH_STEP_HAS_ADDRESS:
        world_log(world, "has %s an address?", todo->name);
        return world->router_is_there;
    case ATTACH_STEP_IS_ALIVE:
        world_log(world, "is %d alive?", (int)todo->pid);
        return todo->pid == world->alive &&
               (world->dies_ms == 0 || world->now_ms < world->dies_ms);
    case ATTACH_STEP_HAS_ENDED:
        world_log(world, "has %s ended?", todo->netns_id);
        return world_has_ended(world, todo->netns_id);
    default:
        TEST_FAIL("step %d", todo->step);
    }
}

/* The bridge: which ports have flows is kept, and not which flows. */

static inline void world_keep_flows(struct world *world, uint64_t cookie,
                                    bool has)
{
    struct flow_delete *free_place = NULL;

    for (size_t i = 0; i < ARRAY_LEN(world->flows); i++) {
        struct flow_delete *place = &world->flows[i];
        if (place->mask && place->cookie == cookie)
            place->mask = 0;
        if (!place->mask && !free_place)
            free_place = place;
    }
    CHECK(free_place);
    if (has)
        *free_place = (struct flow_delete){cookie, UINT64_MAX};
}

static inline size_t world_flows(const struct world *world)
{
    size_t count = 0;

    for (size_t i = 0; i < ARRAY_LEN(world->flows); i++)
        count += world->flows[i].mask != 0;
    return count;
}

static inline bool world_has_number(const struct world *world, uint64_t cookie)
{
    for (size_t i = 0; i < ARRAY_LEN(world->db.rows); i++) {
        const struct small_row *row = &world->db.rows[i];
        if (row->table[0] && row->ofport > 0 &&
            port_flows_of(row->ofport).cookie == cookie)
            return true;
    }
    return false;
}

static inline void world_drop_orphans(struct world *world)
{
    for (size_t i = 0; i < ARRAY_LEN(world->flows); i++) {
        if (!world_has_number(world, world->flows[i].cookie))
            world->flows[i].mask = 0;
    }
}

static inline void world_change_flows(struct world *world, struct attach *a,
                                      const struct attach_todo *todo,
                                      enum world_fault fault)
{
    const struct flow_change *change = &todo->change;
    struct err err = {0};

    if (fault == WORLD_SILENCE) {
        world_log(world, "silence");
        world->now_ms = todo->until_ms;
        return;
    }
    if (change->add_count || change->delete_count)
        world_log(world, "%s flows of %s %s",
                  change->add_count ? "put" : "drop", todo->bridge, todo->name);
    if (todo->orphans)
        world_log(world, "drop orphans of %s", todo->bridge);
    if (change->packet_count)
        world_log(world, "send %zu of %s", change->packet_count, todo->bridge);
    if (world->flows_refused)
        err_set(&err, EIO, "%s", world->flows_refused);
    else if (fault != WORLD_NO_FAULT)
        err_set(&err, ECONNRESET, "the connection is lost");
    if (!world->flows_refused && fault != WORLD_BREAK &&
        fault != WORLD_LOSE_BEFORE) {
        for (size_t i = 0; i < change->delete_count; i++)
            world_keep_flows(world, change->deletes[i].cookie, false);
        for (size_t i = 0; i < change->add_count; i++)
            world_keep_flows(world, change->adds[i].cookie, true);
        if (todo->orphans)
            world_drop_orphans(world);
    }
    attach_flows(a, -err.code, &err);
}

/* Carries it out, or not; the answer is as `fault` has it. */
static inline struct ovsdb_outcome
world_transact(struct small_ovsdb *db, struct txn *txn, enum world_fault fault)
{
    struct ovsdb_outcome outcome = {0};

    if (fault != WORLD_LOSE_BEFORE && fault != WORLD_BREAK)
        outcome = small_ovsdb_transact(db, txn);
    if (fault == WORLD_BREAK) {
        outcome = (struct ovsdb_outcome){.fault = {REPLY_OTHER, 0}};
        outcome.r = err_set(&outcome.err, EIO, "broken");
    } else if (fault != WORLD_NO_FAULT) {
        outcome = (struct ovsdb_outcome){0};
        outcome.r = err_set(&outcome.err, ECONNRESET, "connection reset");
    }
    return outcome;
}

static inline void world_send_host(struct world *world, struct attach *a,
                                   struct txn *txn, enum world_fault fault,
                                   struct ovsdb_outcome *ret)
{
    *ret = world_transact(&world->db, txn, fault);
    world_log(world, "send %s",
              fault == WORLD_BREAK ? "in vain" : world->db.said);
    world_switch(world);
    world_show(world);
    attach_rows(a);
    if (fault != WORLD_SILENCE)
        attach_reply(a, ret);
}

static inline void world_send_northbound(struct world *world, struct attach *a,
                                         struct txn *txn,
                                         enum world_fault fault,
                                         struct ovsdb_outcome *ret)
{
    *ret = world_transact(&world->nb, txn, fault);
    world_log(world, "send to OVN %s",
              fault == WORLD_BREAK ? "in vain" : world->nb.said);
    if (fault != WORLD_SILENCE)
        attach_northbound(a, ret);
}

/* Pitfalls: with the last reply the machine may go on, and `todo` with it; and
 * it reads the outcomes in attach_next(), so they live until then. */
static inline void world_send(struct world *world, struct attach *a,
                              const struct attach_todo *todo,
                              enum world_fault fault)
{
    struct txn *txn = todo->txn, *northbound = todo->northbound;
    bool has_fault = !txn || (northbound && world->northbound_fault);
    int64_t until_ms = todo->until_ms;
    struct ovsdb_outcome of_host, of_northbound;

    if (northbound && world->northbound_first)
        world_send_northbound(world, a, northbound,
                              has_fault ? fault : WORLD_NO_FAULT,
                              &of_northbound);
    if (txn)
        world_send_host(world, a, txn, has_fault ? WORLD_NO_FAULT : fault,
                        &of_host);
    if (northbound && !world->northbound_first)
        world_send_northbound(world, a, northbound,
                              has_fault ? fault : WORLD_NO_FAULT,
                              &of_northbound);
    if (fault == WORLD_SILENCE)
        world->now_ms = until_ms;
    else
        (void)attach_next(a, world->now_ms);
}

/* Silence is a server that is not there. */
static inline void world_lease(struct world *world, struct attach *a,
                               const struct attach_todo *todo,
                               enum world_fault fault)
{
    struct err err = {0};

    world_log(world, "lease for %s", todo->client.hostname);
    if (fault == WORLD_SILENCE || !world->lease) {
        world->now_ms = todo->until_ms;
        return;
    }
    if (fault != WORLD_NO_FAULT)
        err_set(&err, EIO, "broken");
    attach_leased(a, -err.code, world->lease, &err);
}

/* Does one step, with its `fault`. */
static inline void world_step(struct world *world, struct attach *a,
                              const struct attach_todo *todo,
                              enum world_fault fault)
{
    struct err err = {0};
    const char *name = NULL;
    int r = 0;

    if (fault == WORLD_SILENCE &&
        (todo->step == ATTACH_STEP_WATCH ||
         (todo->step == ATTACH_STEP_SEND && !todo->northbound))) {
        world_log(world, "silence");
        world->now_ms = todo->until_ms;
        return;
    }
    if (fault == WORLD_BREAK)
        r = err_set(&err, EIO, "broken");
    switch (todo->step) {
    case ATTACH_STEP_WATCH:
        if (fault != WORLD_NO_FAULT)
            r = err_set(&err, ECONNRESET, "connection reset");
        if (r == 0)
            r = world_watch(world, todo, &err);
        if (r < 0)
            attach_lost(a, &err);
        else
            attach_rows(a);
        return;
    case ATTACH_STEP_SEND:
        world_send(world, a, todo, fault);
        return;
    case ATTACH_STEP_LEASE:
        world_lease(world, a, todo, fault);
        return;
    case ATTACH_STEP_WAIT:
        world_log(world, "wait");
        if (fault == WORLD_LOSE_BEFORE || fault == WORLD_LOSE_AFTER) {
            err_set(&err, ECONNRESET, "connection reset");
            attach_lost(a, &err);
        } else if (world_wait(world, todo)) {
            attach_rows(a);
        }
        return;
    case ATTACH_STEP_FLOWS:
        world_change_flows(world, a, todo, fault);
        return;
    default:
        if (r == 0)
            r = world_device_work(world, a, todo, &name, &err);
        else
            world_log(world, "broken");
        attach_device(a, r, name, &err);
    }
}

/* Runs the engine to its end, or to a crash: true when it came to DONE. */
static inline bool world_run(struct world *world, struct attach *a)
{
    buf_clear(&world->log);
    world->crashed = false;
    for (world->steps = 0; world->steps < WORLD_STEPS_MAX; world->steps++) {
        const struct attach_todo *todo = attach_next(a, world->now_ms);
        enum world_fault fault =
            world->steps == world->fault_at ? world->fault : WORLD_NO_FAULT;
        if (todo->step == ATTACH_STEP_DONE || todo->step == ATTACH_STEP_FAIL) {
            world_log(world, "%s",
                      todo->step == ATTACH_STEP_DONE ? "done" : "fail");
            return todo->step == ATTACH_STEP_DONE;
        }
        if (world->meanwhile)
            world->meanwhile(world, todo);
        world->crashed =
            fault == WORLD_CRASH_BEFORE || fault == WORLD_CRASH_AFTER;
        if (fault != WORLD_CRASH_BEFORE)
            world_step(world, a, todo,
                       fault == WORLD_CRASH_AFTER ? WORLD_NO_FAULT : fault);
        if (world->crashed)
            return false;
    }
    TEST_FAIL("the engine does not come to an end: %.300s", world_said(world));
}
