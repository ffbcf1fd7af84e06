/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The keeper of pools, over a small database and a clock of numbers: which
 * ports it makes and removes, for whom, and when. The switch is a function that
 * tests call.
 */
#include "plugin/pool/pool.h"

#include "ovsint/rows/port_name.h"
#include "ovsint/rows/ready_port.h"
#include "ovsint/rows/vswitch_plug.h"
#include "plugin/pool/plan.h"
#include "tests/lib/model.h"
#include "tests/lib/small_daemon.h"

#define CALM_MS 200
#define PATIENCE_MS 5000
#define FAILED_MS 30000
#define DEVICELESS_MS 10000
#define POOL4 "{'pools':[{'bridge':'br0','vlan':10,'pool':4}]}"
#define FIT "br0/10/access"

static struct small_ovsdb db;
static struct pool *pool;
static unsigned sent;
static bool refused; /* a guard has failed */

static void on_sent(const char *said)
{
    refused |= strcmp(said, "guard") == 0;
    sent++;
}

static void lock(bool ours)
{
    DAEMON_TELL(on_lock, ours);
}

/* The daemon begins, with what is in the database. */
static void begin(const char *config)
{
    struct host *host = daemon_open(&db);
    struct err err = {0};

    CHECK_OK(model_settings(config, &small_daemon.settings, &err), err);
    small_daemon.on_sent = on_sent;
    sent = 0;
    pool = pool_open(NULL, host);
    daemon_up();
    lock(true);
}

static void end(void)
{
    pool_close(pool);
    daemon_close();
    settings_done(&small_daemon.settings);
}

static void done(void)
{
    end();
    small_ovsdb_done(&db);
    memset(&db, 0, sizeof(db));
}

/* The switch makes what is new, and gives a row the next number. */
static void switch_makes(void)
{
    static long next = 10;

    for (size_t i = 0; i < SMALL_ROWS; i++) {
        struct small_row *row = &db.rows[i];
        if (strcmp(row->table, "Interface") != 0 || row->ofport)
            continue;
        row->ofport = ++next;
        row->ifindex = next + 100;
    }
    daemon_settle();
}

static size_t ready(const char *fit)
{
    size_t count = 0;

    for (size_t i = 0; i < SMALL_ROWS; i++) {
        const struct small_row *row = &db.rows[i];
        const char *is = small_get(row, ID_POOL);
        if (strcmp(row->table, "Interface") == 0 && is && strcmp(is, fit) == 0)
            count++;
    }
    return count;
}

static struct small_row *one_ready(void)
{
    for (size_t i = 0; i < SMALL_ROWS; i++) {
        struct small_row *row = &db.rows[i];
        if (strcmp(row->table, "Interface") == 0 && small_get(row, ID_POOL))
            return row;
    }
    TEST_FAIL("no port is ready");
}

/* Everything happens that is about to happen. */
static void rest(void)
{
    for (unsigned i = 0; i < 6; i++) {
        daemon_settle();
        switch_makes();
        daemon_elapse(CALM_MS);
    }
}

static void begin_with_four(void)
{
    small_add(&db, "Bridge", "br0");
    begin(POOL4);
    rest();
    CHECK_EQ(ready(FIT), 4);
    CHECK_EQ(sent, 1);
}

/* As the engine does. */
static void take(const char *container)
{
    struct small_row *row = one_ready();
    struct small_row *port = small_find(&db, "Port", row->name);

    row->count = port->count = 0;
    small_put(&db, row, ID_OWNER, HOOK_OWNER);
    small_put(&db, row, ID_CONTAINER, container);
    small_put(&db, port, ID_OWNER, HOOK_OWNER);
    daemon_settle();
}

static void remove_rows(const char *name)
{
    struct small_row *port = small_find(&db, "Port", name);

    small_unrefer(small_find(&db, "Bridge", "br0"), port->uuid);
    port->table[0] = '\0';
    small_find(&db, "Interface", name)->table[0] = '\0';
}

/* A port of a container that says what its network asks for. */
static void add_asking(const char *name, unsigned size)
{
    struct attachment spec = {.bridge = "br0", .vlan = 20};
    const struct vswitch_identity identity = {
        .owner = CNI_OWNER,
        .boot = DAEMON_BOOT,
        .holder = {.kind = HOLDER_CONTAINER,
                   .id = name,
                   .container = {.netns_id = name}}};
    struct vswitch_plug plug = {.attachment = &spec, .port = name};
    auto_txn struct txn txn = {0};

    snprintf(spec.ifname, sizeof(spec.ifname), "eth0");
    spec.vlan_mode = VLAN_MODE_ACCESS;
    spec.pool = (uint16_t)size;
    txn_init(&txn, OVSDB_NAME);
    vswitch_plug(&txn, &identity, &plug, 0);
    CHECK_EQ(small_ovsdb_transact(&db, &txn).r, 0);
}

static void on_refused(const char *what, const struct err *why)
{
    TEST_FAIL("%s: %s", what, why->text);
}

/* What it makes. */

TEST(a_pool_is_made_in_one_transaction_and_then_it_rests)
{
    begin_with_four();
    const struct small_row *row = one_ready();
    CHECK(names_is_port(row->name));
    CHECK_EQ(row->name[14], '0');
    CHECK_STR(row->type, "internal");
    CHECK_STR(small_get(row, ID_OWNER), POOL_OWNER);
    CHECK_STR(small_get(row, ID_BOOT), DAEMON_BOOT);
    CHECK_EQ(daemon_next_ms(), -1);
    done();
}

TEST(each_door_that_asks_has_one_and_the_largest_counts)
{
    small_add(&db, "Bridge", "br0");
    small_add(&db, "Bridge", "br1");
    begin("{'default-bridge':'br0','networks':{"
          "'a':{'vlan':10,'pool':2},'b':{'vlan':10,'pool':3},"
          "'c':{'bridge':'br1','trunks':'5-6','pool':1},'d':{'vlan':11}},"
          "'pools':[{'vlan':10,'isolated-ports':true,'pool':1},"
          "{'bridge':'br1','pool':2}]}");
    rest();
    CHECK_EQ(ready(FIT), 3);
    CHECK_EQ(ready("br1/0/trunk/5-6"), 1);
    CHECK_EQ(ready("br0/10/access/isolated"), 1);
    CHECK_EQ(ready("br1/0"), 2);
    CHECK_EQ(ready("br0/11/access"), 0);
    CHECK_EQ(sent, 1);
    done();
}

TEST(a_network_without_a_bridge_is_left_out)
{
    small_add(&db, "Bridge", "br0");
    begin("{'networks':{'a':{'vlan':10,'pool':2}}}");
    rest();
    CHECK_EQ(sent, 0);
    done();
}

TEST(a_bridge_that_comes_later_gets_its_ports_then)
{
    begin(POOL4);
    rest();
    CHECK_EQ(sent, 0);
    small_add(&db, "Bridge", "br0");
    rest();
    CHECK_EQ(ready(FIT), 4);
    done();
}

/* When it is filled up. */

TEST(it_is_filled_up_when_half_is_gone)
{
    begin_with_four();
    take("c1");
    rest();
    CHECK_EQ(sent, 1);
    CHECK_EQ(ready(FIT), 3);
    take("c2");
    rest();
    CHECK_EQ(sent, 2);
    CHECK_EQ(ready(FIT), 4);
    CHECK_EQ(daemon_next_ms(), -1);
    done();
}

TEST(all_pools_are_filled_up_together)
{
    small_add(&db, "Bridge", "br0");
    begin("{'pools':[{'bridge':'br0','vlan':10,'pool':4},"
          "{'bridge':'br0','vlan':11,'pool':4}]}");
    rest();
    while (ready(FIT) > 3)
        take("c1");
    for (unsigned taken = 0; ready("br0/11/access") > 2 && taken < 3; taken++) {
        struct small_row *row = one_ready();
        CHECK(row);
        take("c2");
    }
    rest();
    CHECK_EQ(ready(FIT), 4);
    CHECK_EQ(ready("br0/11/access"), 4);
    done();
}

TEST(while_attaches_follow_one_another_it_waits)
{
    begin_with_four();
    take("c1");
    take("c2");
    for (unsigned i = 0; i < 10; i++) {
        daemon_elapse(CALM_MS - 50);
        add_asking("oicontaineraaaa", 0);
        switch_makes();
        remove_rows("oicontaineraaaa");
        daemon_settle();
    }
    CHECK_EQ(sent, 1);
    rest();
    CHECK_EQ(sent, 2);
    CHECK_EQ(ready(FIT), 4);
    done();
}

TEST(a_port_that_is_being_made_for_a_container_comes_first_for_some_time)
{
    begin_with_four();
    add_asking("oicontaineraaaa", 0);
    take("c1");
    take("c2");
    daemon_elapse(PATIENCE_MS - 2 * CALM_MS);
    daemon_settle();
    CHECK_EQ(sent, 1);
    daemon_elapse(3 * CALM_MS);
    daemon_settle();
    CHECK_EQ(sent, 2);
    done();
}

TEST(attaches_without_end_do_not_keep_it_empty)
{
    begin_with_four();
    take("c1");
    take("c2");
    for (unsigned i = 0; i < 60 && sent == 1; i++) {
        add_asking("oicontaineraaaa", 0);
        daemon_settle();
        daemon_elapse(CALM_MS / 2);
        remove_rows("oicontaineraaaa");
        daemon_settle();
    }
    CHECK_EQ(sent, 2);
    done();
}

/* What goes. */

TEST(ports_of_an_earlier_boot_are_replaced)
{
    begin_with_four();
    for (size_t i = 0; i < SMALL_ROWS; i++) {
        if (small_get(&db.rows[i], ID_POOL)) {
            small_drop(&db.rows[i], ID_BOOT);
            small_put(&db, &db.rows[i], ID_BOOT, "boot0");
        }
    }
    char was[IFNAME_SIZE];
    snprintf(was, sizeof(was), "%.15s", one_ready()->name);
    end();
    begin(POOL4);
    rest();
    CHECK_EQ(ready(FIT), 4);
    CHECK(!small_find(&db, "Interface", was));
    CHECK_EQ(sent, 1);
    done();
}

TEST(what_nobody_wants_any_more_goes)
{
    begin_with_four();
    end();
    begin("{'pools':[{'bridge':'br0','vlan':10,'pool':1}]}");
    rest();
    CHECK_EQ(ready(FIT), 1);
    end();
    begin("{}");
    rest();
    CHECK_EQ(ready(FIT), 0);
    CHECK_EQ(sent, 1);
    done();
}

TEST(a_daemon_that_starts_anew_keeps_them)
{
    begin_with_four();
    end();
    begin(POOL4);
    rest();
    CHECK_EQ(sent, 0);
    CHECK_EQ(ready(FIT), 4);
    done();
}

TEST(one_that_is_taken_in_the_same_moment_stays)
{
    begin_with_four();
    end();
    struct host *host = daemon_open(&db);
    struct err err = {0};
    CHECK_OK(model_settings("{}", &small_daemon.settings, &err), err);
    refused = false;
    small_daemon.on_sent = on_sent;
    pool = pool_open(NULL, host);
    daemon_up();
    /* The daemon has not heard of it. */
    struct small_row *row = one_ready();
    char name[IFNAME_SIZE];
    snprintf(name, sizeof(name), "%.15s", row->name);
    lock(true);
    row->count = 0;
    small_put(&db, row, ID_OWNER, HOOK_OWNER);
    small_put(&db, row, ID_CONTAINER, "c1");
    small_put(&db, small_find(&db, "Port", name), ID_CONTAINER, "c1");
    daemon_elapse(0);
    CHECK(refused);
    rest();
    CHECK(small_find(&db, "Interface", name));
    CHECK_EQ(ready(FIT), 0);
    /* or, if somebody removed it later, that would be an ordinary end */
    const struct vswitch_port *port = vswitch_view_find(&host->ports, name);
    CHECK(port);
    CHECK(!port->leaving);
    done();
}

/* Failures. */

TEST(what_the_switch_cannot_make_is_removed_and_tried_later)
{
    small_add(&db, "Bridge", "br0");
    begin(POOL4);
    daemon_elapse(CALM_MS);
    daemon_settle();
    CHECK_EQ(ready(FIT), 4);
    for (size_t i = 0; i < SMALL_ROWS; i++) {
        if (strcmp(db.rows[i].table, "Interface") == 0) {
            db.rows[i].ofport = -1;
            snprintf(db.rows[i].error, sizeof(db.rows[i].error), "no room");
        }
    }
    daemon_settle();
    daemon_elapse(CALM_MS);
    daemon_settle();
    CHECK_EQ(ready(FIT), 0);
    CHECK_EQ(sent, 2);
    rest();
    CHECK_EQ(sent, 2);
    daemon_elapse(FAILED_MS);
    rest();
    CHECK_EQ(sent, 3);
    CHECK_EQ(ready(FIT), 4);
    CHECK_EQ(daemon_next_ms(), -1);
    done();
}

TEST(a_database_that_refuses_is_tried_later)
{
    small_add(&db, "Bridge", "br0");
    begin(POOL4);
    small_daemon.replies_fail = EIO;
    daemon_elapse(CALM_MS);
    daemon_settle();
    CHECK_EQ(ready(FIT), 0);
    small_daemon.replies_fail = 0;
    rest();
    CHECK_EQ(ready(FIT), 0);
    daemon_elapse(FAILED_MS);
    rest();
    CHECK_EQ(ready(FIT), 4);
    done();
}

TEST(a_removal_that_is_refused_is_tried_later)
{
    begin_with_four();
    end();
    begin("{}");
    small_daemon.replies_fail = ENOSPC;
    for (unsigned ms = 0; ms < 10000; ms += 100) {
        daemon_settle();
        daemon_elapse(100);
    }
    CHECK_EQ(sent, 1);
    CHECK_EQ(ready(FIT), 4);
    small_daemon.replies_fail = 0;
    daemon_elapse(FAILED_MS);
    rest();
    CHECK_EQ(ready(FIT), 0);
    CHECK_EQ(daemon_next_ms(), -1);
    done();
}

static void switch_cannot_make(const char *fit)
{
    for (size_t i = 0; i < SMALL_ROWS; i++) {
        struct small_row *row = &db.rows[i];
        const char *is = small_get(row, ID_POOL);
        if (strcmp(row->table, "Interface") == 0 && is && strcmp(is, fit) == 0)
            row->ofport = -1;
    }
}

/* The pool of another network is none the worse for it. */
TEST(a_pool_whose_ports_cannot_be_made_holds_up_no_other_one)
{
    small_add(&db, "Bridge", "br0");
    begin("{'pools':[{'bridge':'br0','vlan':10,'pool':4},"
          "{'bridge':'br0','vlan':11,'pool':2}]}");
    daemon_elapse(CALM_MS);
    switch_cannot_make("br0/11/access");
    rest();
    CHECK_EQ(ready("br0/11/access"), 0);
    CHECK_EQ(ready(FIT), 4);
    for (unsigned i = 0; i < 3; i++) {
        struct small_row *row = one_ready();
        CHECK_STR(small_get(row, ID_POOL), FIT);
        take("c1");
    }
    rest();
    CHECK_EQ(ready(FIT), 4);
    CHECK_EQ(ready("br0/11/access"), 0);
    daemon_elapse(FAILED_MS);
    rest();
    CHECK_EQ(ready("br0/11/access"), 2);
    CHECK_EQ(daemon_next_ms(), -1);
    done();
}

/* A database that has restarted knows of no device until the switch is back. */
TEST(a_database_that_restarts_costs_no_ready_port)
{
    begin_with_four();
    struct small_row *row = one_ready();
    char name[IFNAME_SIZE];
    snprintf(name, sizeof(name), "%.15s", row->name);
    row->ifindex = 0;
    daemon_settle();
    row->ifindex = 70;
    daemon_settle();
    row->ifindex = 0;
    daemon_settle(); /* a device is missing already */
    daemon_down();
    daemon_elapse(DEVICELESS_MS);
    for (size_t i = 0; i < SMALL_ROWS; i++)
        db.rows[i].ifindex = 0;
    daemon_up();
    lock(true);
    for (unsigned ms = 0; ms < 8000; ms += 100) {
        daemon_settle();
        daemon_elapse(100);
    }
    CHECK_EQ(sent, 1);
    for (size_t i = 0; i < SMALL_ROWS; i++) {
        if (strcmp(db.rows[i].table, "Interface") == 0)
            db.rows[i].ifindex = 70 + (long)i;
    }
    rest();
    daemon_elapse(DEVICELESS_MS);
    rest();
    CHECK_EQ(sent, 1);
    CHECK(small_find(&db, "Interface", name));
    done();
}

static size_t fill(struct wanted_pools *pools)
{
    const struct host *host = &small_daemon.host;
    const struct pool_moment moment = {.now_ms = 1};
    auto_pool_plan struct pool_plan plan = {0};
    auto_txn struct txn txn = {0};
    const struct buf *params;
    struct err err = {0};

    pool_plan_make(&host->ports, &host->bridges, DAEMON_BOOT, &moment, pools,
                   &plan);
    txn_init(&txn, OVSDB_NAME);
    size_t made =
        pool_plan_fill(pools, &host->bridges, DAEMON_BOOT, 1, 1, &txn);
    CHECK(made <= plan.add_count);
    CHECK_OK(txn_params(&txn, &params, &err), err);
    return made;
}

/* Each port of a trunk names its VLANs: 256 are more than a transaction may be.
 */
TEST(what_is_too_much_for_one_transaction_is_made_in_several)
{
    struct wanted_pools pools = {0};
    auto_settings struct settings settings = {0};
    struct err err = {0};

    small_add(&db, "Bridge", "br0");
    begin("{}");
    CHECK_OK(model_settings("{'pools':[{'bridge':'br0','vlan':10,'pool':2},"
                            "{'bridge':'br0','trunks':'2-4000','pool':256}]}",
                            &settings, &err),
             err);
    wanted_of_settings(&settings, on_refused, &pools);
    size_t made = fill(&pools);
    CHECK(made > 50);
    CHECK(made < 200);
    wanted_done(&pools);
    done();
}

/* What is left of it is less than half of the pool, and made all the same. */
TEST(a_filling_that_was_cut_off_goes_on)
{
    struct wanted_pools pools = {0};
    struct pool_plan plan;
    const struct host *host = &small_daemon.host;

    begin_with_four();
    take("c1");
    wanted_of_settings(&small_daemon.settings, on_refused, &pools);
    for (int goes_on = 0; goes_on <= 1; goes_on++) {
        const struct pool_moment moment = {.now_ms = 1, .goes_on = goes_on};
        pool_plan_make(&host->ports, &host->bridges, DAEMON_BOOT, &moment,
                       &pools, &plan);
        CHECK_EQ(plan.add_count, goes_on);
        pool_plan_done(&plan);
    }
    wanted_done(&pools);
    done();
}

TEST(one_whose_device_has_gone_is_replaced_after_a_while)
{
    begin_with_four();
    char name[IFNAME_SIZE];
    struct small_row *row = one_ready();
    snprintf(name, sizeof(name), "%.15s", row->name);
    row->ifindex = 0;
    daemon_settle();
    daemon_elapse(DEVICELESS_MS - 2 * CALM_MS);
    daemon_settle();
    CHECK_EQ(sent, 1);
    daemon_elapse(3 * CALM_MS);
    rest();
    CHECK(!small_find(&db, "Interface", name));
    CHECK_EQ(sent, 2);
    done();
}

TEST(one_whose_device_comes_back_stays)
{
    begin_with_four();
    struct small_row *row = one_ready();
    row->ifindex = 0;
    daemon_settle();
    daemon_elapse(DEVICELESS_MS / 2);
    row->ifindex = 70;
    daemon_settle();
    daemon_elapse(DEVICELESS_MS);
    rest();
    CHECK_EQ(sent, 1);
    CHECK_EQ(daemon_next_ms(), -1);
    done();
}

TEST(without_the_lock_nothing_is_done)
{
    small_add(&db, "Bridge", "br0");
    begin(POOL4);
    lock(false);
    rest();
    CHECK_EQ(sent, 0);
    lock(true);
    rest();
    CHECK_EQ(ready(FIT), 4);
    done();
}

TEST(a_connection_that_goes_in_the_middle)
{
    small_add(&db, "Bridge", "br0");
    begin(POOL4);
    daemon_elapse(CALM_MS); /* sent, and done, but not answered */
    daemon_down();
    daemon_elapse(FAILED_MS);
    CHECK_EQ(sent, 1);
    daemon_up();
    lock(true);
    rest();
    CHECK_EQ(sent, 1);
    CHECK_EQ(ready(FIT), 4);
    done();
}

/* Networks that come and go. */

TEST(a_port_asks_for_its_network)
{
    small_add(&db, "Bridge", "br0");
    begin("{}");
    rest();
    add_asking("oicontaineraaaa", 2);
    rest();
    CHECK_EQ(ready("br0/20/access"), 2);
    add_asking("oicontainerbbbb", 2);
    remove_rows("oicontaineraaaa");
    rest();
    CHECK_EQ(ready("br0/20/access"), 2);
    CHECK_EQ(sent, 1);
    remove_rows("oicontainerbbbb");
    rest();
    CHECK_EQ(ready("br0/20/access"), 0);
    CHECK_EQ(daemon_next_ms(), -1);
    done();
}

TEST(what_a_port_asks_for_is_believed_only_if_it_is_like_that_itself)
{
    small_add(&db, "Bridge", "br0");
    begin("{}");
    add_asking("oicontaineraaaa", 2);
    struct small_row *row = small_find(&db, "Interface", "oicontaineraaaa");
    small_drop(row, ID_POOL_ASKED);
    small_put(&db, row, ID_POOL_ASKED, "2 br0/99/access");
    rest();
    CHECK_EQ(sent, 0);
    done();
}

/* Their sum has a limit, as each port makes the switch's work longer. */
TEST(all_pools_together_have_a_limit)
{
    auto_buf struct buf config = BUF_INIT(4096);
    struct wanted_pools pools = {0};
    auto_settings struct settings settings = {0};
    struct err err = {0};

    buf_add_text(&config, "{'pools':[");
    for (int vlan = 1; vlan <= 10; vlan++)
        buf_addf(&config, "%s{'bridge':'br0','vlan':%d,'pool':250}",
                 vlan > 1 ? "," : "", vlan);
    buf_add_text(&config, "]}");
    CHECK_OK(model_settings(buf_text(&config), &settings, &err), err);
    wanted_of_settings(&settings, on_refused, &pools);
    CHECK_EQ(pools.total, LIMIT_READY);
    CHECK_EQ(pools.count, 9);
    CHECK_EQ(wanted_find(&pools, "br0/9/access")->size, LIMIT_READY - 8 * 250);
    CHECK(pools.is_cut);
    /* Who has ports already asks for no others. */
    wanted_of_settings(&settings, on_refused, &pools);
    CHECK_EQ(pools.total, LIMIT_READY);
    CHECK_EQ(pools.count, 9);
    wanted_done(&pools);
}

TEST(a_network_of_dockers)
{
    auto_free char *text =
        model_quotes("{'options':{'bridge':'br0','vlan':'30','pool':'3',"
                     "'mode':'flat'},'pools':[{'pool':'10.9.0.0/24'}]}");
    struct small_row *bridge = small_add(&db, "Bridge", "br0");

    begin("{}");
    rest();
    small_put(&db, bridge, ID_NETWORK_PREFIX "aaaa", text);
    rest();
    CHECK_EQ(ready("br0/30/access"), 3);
    small_drop(bridge, ID_NETWORK_PREFIX "aaaa");
    rest();
    CHECK_EQ(ready("br0/30/access"), 0);
    done();
}

TEST_MAIN
