/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A guardian over a small database and small containers: what its tests begin
 * with, and how their time passes.
 */
#pragma once

#include "ovsint/rows/vswitch_plug.h"
#include "plugin/guard/guarded.h"
#include "tests/lib/small_containers.h"

/* Names as we give them: "oi" and 13 letters. */
#define ONE "oioneaaaaaaaaaa"
#define TWO "oitwoaaaaaaaaaa"
#define DEAD_ONE "odoneaaaaaaaaaa"
#define PAIR "ovpairaaaaaaaa0"
#define C1 "/run/netns/c1"
#define C2 "/run/netns/c2"

static struct small_ovsdb db;
static struct flow_keeper *keeper;
static struct attach_uv *attaches;
static struct guardian *guardian;

static inline void guard_open_with(const char *kind)
{
    struct host *host = daemon_open(&db);

    small_add(&db, "Open_vSwitch", "");
    small_add(&db, "Bridge", "br0");
    small_kernel.kind = kind;
    host->net = (struct net *)&small_kernel.containers[SMALL_HOST];
    small_daemon.settings.recreates = true;
    keeper = flow_keeper_open(NULL, host, DAEMON_REMOTE);
    attaches = attach_uv_open(NULL, host, keeper);
    guardian = guardian_open(NULL, host, attaches, keeper);
}

/* It has the lock, and begins to say what it does. */
static inline void guard_begins(void)
{
    daemon_up();
    DAEMON_TELL(on_lock, true);
    daemon_settle();
}

static inline void guard_open(void)
{
    guard_open_with("openvswitch");
    guard_begins();
    buf_clear(&said);
}

static inline void guard_close(void)
{
    guardian_close(guardian);
    attach_uv_close(attaches);
    flow_keeper_close(keeper);
    daemon_close();
    small_ovsdb_done(&db);
}

/* Time passes for the guardian, the database and the switch. */
static inline void guard_pass(uint64_t ms)
{
    uint64_t until = small_daemon.now_ms + ms;

    for (;;) {
        daemon_settle();
        small_switch();
        daemon_settle();
        daemon_elapse(0);
        daemon_settle();
        if (small_daemon.now_ms >= until)
            return;
        daemon_elapse(until - small_daemon.now_ms < 10
                          ? until - small_daemon.now_ms
                          : 10);
    }
}

static inline int guard_container(const char *path)
{
    int i = small_container_of(path);

    for (int k = 1; i < 0; k++) {
        struct small_container *container = &small_kernel.containers[k];
        CHECK(k < SMALL_CONTAINERS);
        if (container->path[0])
            continue;
        snprintf(container->path, sizeof(container->path), "%s", path);
        container->sight = SANDBOX_HERE;
        i = k;
    }
    return i;
}

/* The rows of a port, as its front end writes them. `endpoint`: of Docker's. */
static inline void guard_write(const char *name, const char *path,
                               const char *endpoint,
                               const struct attachment *spec)
{
    const struct port_holder container = {
        .kind = HOLDER_CONTAINER,
        .id = strrchr(path, '/') + 1,
        .netns = path,
        .container = {.netns_id = strrchr(path, '/') + 1}};
    const struct port_holder docker = {.kind = HOLDER_ENDPOINT,
                                       .id = endpoint,
                                       .netns = path,
                                       .endpoint = {.network = "n1"}};
    const struct vswitch_identity identity = {
        .owner = endpoint ? DOCKER_OWNER : HOOK_OWNER,
        .boot = DAEMON_BOOT,
        .holder = endpoint ? docker : container};
    struct vswitch_plug plug = {
        .attachment = spec, .port = name, .mac = {{2, 0, 0, 0, 0, 9}}};
    auto_txn struct txn txn = {0};

    guard_container(path);
    txn_init(&txn, OVSDB_NAME);
    vswitch_plug(&txn, &identity, &plug, 0);
    CHECK_EQ(small_ovsdb_transact(&db, &txn).r, 0);
    small_switch();
}

static inline struct attachment guard_spec(void)
{
    return (struct attachment){.ifname = "eth0", .bridge = "br0"};
}

static inline struct small_row *guard_row(const char *name)
{
    return small_find(&db, "Interface", name);
}

/* Its device gets into the container by whoever has made the port. */
static inline void guard_arrive(const char *name, const char *path)
{
    struct small_link *link = small_link_find(SMALL_HOST, name);

    CHECK(link);
    struct small_link gone = *link;
    link->netns = guard_container(path);
    link->info.mac = (struct mac){{2, 0, 0, 0, 0, 9}};
    link->info.up = link->info.carrier = true;
    link->is_set_up = true;
    small_event(&gone, LINK_GONE, true);
    small_event(link, LINK_CHANGED, false);
}

/* A container with a port, all as it should be, and noted so. */
static inline void guard_plug(const char *name, const char *path)
{
    struct attachment spec = guard_spec();

    guard_write(name, path, NULL, &spec);
    guard_arrive(name, path);
    guard_pass(100);
    CHECK_STR(small_get(guard_row(name), ID_ARRIVED), "true");
    buf_clear(&said);
}

/* The same of Docker's, with endpoint id "e1". */
static inline void guard_plug_docker(const char *name, const char *path)
{
    struct attachment spec = guard_spec();

    guard_write(name, path, "e1", &spec);
    guard_arrive(name, path);
    guard_pass(100);
    buf_clear(&said);
}

static inline void guard_set_id(const char *name, const char *key,
                                const char *value)
{
    small_drop(guard_row(name), key);
    if (value)
        small_put(&db, guard_row(name), key, value);
}

/* An operator removes the port. */
static inline void guard_remove(const char *name)
{
    struct small_row *port = small_find(&db, "Port", name);

    small_unrefer(small_find(&db, "Bridge", "br0"), port->uuid);
    port->table[0] = '\0';
    guard_row(name)->table[0] = '\0';
    small_switch();
    daemon_settle();
}

static inline bool guard_is_at_rest(void)
{
    size_t failed;

    return guardian_rest(guardian, &failed) == GUARDIAN_AT_REST && !failed;
}

/* The device is in its container, complete, and the switch knows it. */
static inline void guard_check_whole(const char *name, const char *path)
{
    const struct small_link *link =
        small_link_find(small_container_of(path), name);

    CHECK(link && link->is_set_up && link->info.attached);
    CHECK_EQ(guard_row(name)->ifindex, 0);
    CHECK(guard_row(name)->ofport > 0);
    CHECK(guard_is_at_rest());
}
