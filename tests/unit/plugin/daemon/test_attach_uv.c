/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The event loop's driver of the attach engine: what it does when a database
 * answers, is silent, goes and comes back, and what it leaves alone.
 */
#include "plugin/daemon/attach_uv.h"

#include "tests/lib/attach_case.h"
#include "tests/lib/small_bridge.h"
#include "tests/lib/small_daemon.h"

struct tried {
    struct attach_job job;
    struct attach_case c;
    struct world *world;
    bool ended;
    bool failed;
    struct attach_failure failure;
    struct attach_job *cancels; /* at its end */
};

static struct flow_keeper *keeper;
static struct attach_uv *uv;

static int work(struct attach_job *job, const struct attach *attach,
                const struct attach_todo *todo, struct link_info *ret,
                struct err *err)
{
    struct tried *tried = container_of(job, struct tried, job);
    const char *name = NULL;
    int r = world_device_work(tried->world, attach, todo, &name, err);

    snprintf(ret->name, sizeof(ret->name), "%s", name ? name : "");
    return r;
}

static void done(struct attach_job *job, const struct attach *attach,
                 const struct attach_failure *failure)
{
    struct tried *tried = container_of(job, struct tried, job);

    CHECK(!tried->ended);
    CHECK(!attach_job_is_at_work(job));
    CHECK_EQ(attach_count(attach), tried->c.count);
    tried->ended = true;
    tried->failed = failure != NULL;
    if (failure)
        tried->failure = *failure;
    if (tried->cancels)
        attach_job_cancel(tried->cancels);
}

static const struct attach_job_events events = {.work = work, .done = done};

static struct world *open_daemon(void)
{
    struct world *world = world_new();

    small_add(&world->db, "Open_vSwitch", "");
    struct host *host = daemon_open(&world->db);
    keeper = flow_keeper_open(NULL, host, DAEMON_REMOTE);
    uv = attach_uv_open(NULL, host, keeper);
    return world;
}

static void close_daemon(struct world *world)
{
    attach_uv_close(uv);
    flow_keeper_close(keeper);
    daemon_close();
    world_done(world);
}

static void begin(struct tried *tried)
{
    attach_job_begin(uv, &tried->job, &events, &tried->c.want, tried->c.ports,
                     tried->c.count);
}

/* What is wanted by a container whose device we move. */
static void want_vnic(struct tried *tried, struct world *world,
                      const char *name)
{
    *tried = (struct tried){.world = world};
    case_init(&tried->c, world);
    snprintf(tried->c.ports[0].name, IFNAME_SIZE, "%s", name);
}

/* An endpoint, whose device Docker moves. */
static void want_endpoint(struct tried *tried, struct world *world,
                          const char *id, const char *name)
{
    want_vnic(tried, world, name);
    tried->c.want.mover = ATTACH_BY_THEM;
    tried->c.want.until = ATTACH_READY;
    tried->c.want.owner = DOCKER_OWNER;
    tried->c.want.waits_on = true;
    tried->c.want.holder = (struct port_holder){
        .kind = HOLDER_ENDPOINT, .id = id, .endpoint = {.network = "n1"}};
}

static void switch_works(struct world *world)
{
    world_switch(world);
    daemon_settle();
}

TEST(a_vnic_comes_to_its_container)
{
    struct world *world = open_daemon();
    struct tried tried;

    daemon_up();
    (void)daemon_fire(small_daemon.now_ms); /* no bridge has old flows */
    want_vnic(&tried, world, NEW);
    begin(&tried);
    CHECK_STR(world->db.said, "+" NEW);
    daemon_settle();
    CHECK(!tried.ended);
    switch_works(world);
    CHECK(tried.ended && !tried.failed);
    CHECK(world_find(world, ATTACH_INSIDE, "eth0")->is_set_up);
    CHECK_EQ(daemon_next_ms(), -1);
    close_daemon(world);
}

TEST(many_at_once)
{
    struct world *world = open_daemon();
    static struct tried tried[9];
    char id[9][8], name[9][IFNAME_SIZE];

    daemon_up();
    (void)daemon_fire(small_daemon.now_ms); /* no bridge has old flows */
    for (int i = 0; i < 9; i++) {
        snprintf(id[i], sizeof(id[i]), "e%d", i);
        snprintf(name[i], sizeof(name[i]), "oiendpointaaa%d0", i);
        want_endpoint(&tried[i], world, id[i], name[i]);
        begin(&tried[i]);
    }
    daemon_settle();
    for (int i = 0; i < 9; i++) {
        CHECK(!tried[i].ended);
        world_make_port(world, small_find(&world->db, "Interface", name[i]));
        daemon_settle();
        for (int k = 0; k < 9; k++)
            CHECK_EQ(tried[k].ended, k <= i);
    }
    close_daemon(world);
}

TEST(a_switch_that_does_nothing)
{
    struct world *world = open_daemon();
    struct tried tried;

    daemon_up();
    (void)daemon_fire(small_daemon.now_ms); /* no bridge has old flows */
    want_endpoint(&tried, world, "e1", NEW);
    begin(&tried);
    daemon_settle();
    CHECK_EQ(daemon_next_ms(), TIMEOUT_MS);
    daemon_elapse(TIMEOUT_MS - 1);
    CHECK(!tried.ended);
    daemon_elapse(1);
    CHECK(tried.failed);
    CHECK_EQ(tried.failure.err.code, ETIMEDOUT);
    CHECK_HAS(tried.failure.err.text, "ovs-vswitchd did not make port " NEW);
    CHECK(tried.failure.may_have_rows);
    close_daemon(world);
}

TEST(a_database_that_does_not_answer)
{
    struct world *world = open_daemon();
    struct tried tried;

    daemon_up();
    (void)daemon_fire(small_daemon.now_ms); /* no bridge has old flows */
    small_daemon.is_silent = true;
    want_endpoint(&tried, world, "e1", NEW);
    begin(&tried);
    daemon_elapse(TIMEOUT_MS);
    CHECK(tried.failed);
    CHECK_EQ(tried.failure.reason, ATTACH_NO_ANSWER);
    CHECK(!tried.job.call.ovsdb);
    close_daemon(world);
}

/* The call waits until its deadline, unless somebody cancels it. */
TEST(a_database_that_is_away)
{
    struct world *world = open_daemon();
    struct tried tried, other;

    want_endpoint(&tried, world, "e1", NEW);
    begin(&tried);
    want_endpoint(&other, world, "e2", NEW2);
    begin(&other);
    CHECK(!tried.ended);
    daemon_elapse(500);
    attach_job_cancel(&other.job);
    attach_job_cancel(&other.job);
    daemon_up();
    (void)daemon_fire(small_daemon.now_ms); /* no bridge has old flows */
    daemon_settle();
    switch_works(world);
    CHECK(tried.ended && !tried.failed && !other.ended);
    want_endpoint(&other, world, "e2", NEW2);
    daemon_down();
    begin(&other);
    daemon_elapse(TIMEOUT_MS);
    CHECK_EQ(other.failure.err.code, ETIMEDOUT);
    close_daemon(world);
}

/* Nobody knows what became of the transaction; whoever asked looks again. */
TEST(a_connection_that_goes)
{
    struct world *world = open_daemon();
    struct tried tried;

    daemon_up();
    (void)daemon_fire(small_daemon.now_ms); /* no bridge has old flows */
    want_endpoint(&tried, world, "e1", NEW);
    begin(&tried);
    CHECK_EQ(world_ports(world), 1);
    daemon_down();
    CHECK(tried.ended && tried.failed);
    CHECK_EQ(tried.failure.err.code, ECONNRESET);
    CHECK_EQ(tried.failure.reason, ATTACH_NO_ANSWER);
    CHECK(tried.failure.may_have_rows);
    close_daemon(world);
}

TEST(a_connection_that_goes_while_the_switch_is_waited_for)
{
    struct world *world = open_daemon();
    struct tried tried, other;

    daemon_up();
    (void)daemon_fire(small_daemon.now_ms); /* no bridge has old flows */
    want_endpoint(&tried, world, "e1", NEW);
    begin(&tried);
    want_endpoint(&other, world, "e2", NEW2);
    other.c.want.waits_on = false;
    begin(&other);
    daemon_settle();
    world_switch(world);
    daemon_down();
    CHECK(!tried.ended);
    CHECK_EQ(other.failure.err.code, ECONNRESET);
    CHECK_HAS(other.failure.err.text, "the server has ended");
    daemon_up();
    (void)daemon_fire(small_daemon.now_ms); /* no bridge has old flows */
    CHECK(tried.ended && !tried.failed);
    close_daemon(world);
}

TEST(a_pair_of_a_job_that_is_cancelled_goes)
{
    struct world *world = open_daemon();
    struct tried tried;

    daemon_up();
    (void)daemon_fire(small_daemon.now_ms); /* no bridge has old flows */
    want_endpoint(&tried, world, "e1", "ovendpointaaaa0");
    tried.c.specs[0].type = VNIC_VETH;
    begin(&tried);
    CHECK_EQ(world_count(world), 2);
    attach_job_cancel(&tried.job);
    CHECK_EQ(world_count(world), 0);
    CHECK(!tried.ended);
    daemon_settle(); /* nobody waits for the reply */
    close_daemon(world);
}

TEST(a_removal_is_expected_by_the_view)
{
    struct world *world = open_daemon();
    struct tried tried;

    daemon_up();
    (void)daemon_fire(small_daemon.now_ms); /* no bridge has old flows */
    want_endpoint(&tried, world, "e1", NEW);
    begin(&tried);
    daemon_settle();
    switch_works(world);
    CHECK(tried.ended);
    tried.ended = false;
    tried.c.want.task = ATTACH_REMOVE;
    tried.c.want.lock = "a_lock";
    tried.c.count = 0;
    world->db.lock_is_lost = true;
    begin(&tried);
    CHECK(vswitch_view_find(&small_daemon.host.ports, NEW)->leaving);
    daemon_settle();
    CHECK(tried.failed);
    CHECK(!vswitch_view_find(&small_daemon.host.ports, NEW)->leaving);
    world->db.lock_is_lost = false;
    tried.ended = tried.failed = false;
    begin(&tried);
    daemon_settle();
    CHECK(tried.ended && !tried.failed);
    CHECK_EQ(world_ports(world), 0);
    close_daemon(world);
}

/* The end of one may be the end of another, while both are to go on. */
TEST(an_end_that_cancels_another)
{
    struct world *world = open_daemon();
    struct tried first, second;

    daemon_up();
    (void)daemon_fire(small_daemon.now_ms); /* no bridge has old flows */
    want_endpoint(&first, world, "e1", NEW);
    begin(&first);
    want_endpoint(&second, world, "e2", NEW2);
    begin(&second);
    first.cancels = &second.job;
    second.cancels = &first.job;
    daemon_settle();
    switch_works(world);
    CHECK_EQ(first.ended + second.ended, 1);
    close_daemon(world);
}

/* Nothing is written without the lock that it asserts. */
TEST(a_lock_that_is_lost)
{
    struct world *world = open_daemon();
    struct tried tried;

    daemon_up();
    (void)daemon_fire(small_daemon.now_ms); /* no bridge has old flows */
    world->db.lock_is_lost = true;
    want_endpoint(&tried, world, "e1", NEW);
    tried.c.want.lock = "a_lock";
    begin(&tried);
    daemon_settle();
    CHECK(tried.failed);
    CHECK_EQ(world_ports(world), 0);
    close_daemon(world);
}

TEST_MAIN
