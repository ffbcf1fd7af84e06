/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Logical ports of this host: when the daemon connects to the northbound
 * database, and which it removes, as their ports have gone.
 */
#define DAEMON_HAS_NORTHBOUND
#include "plugin/guard/orphans.h"
#include "tests/lib/rows.h"
#include "tests/lib/small_daemon.h"

#define ONE "oioneaaaaaaaaaa"
#define TWO "oitwoaaaaaaaaaa"
#define LSP(port) "'name':'ovsint-" port "'"
#define INSERT(n, port)                                              \
    "{'Logical_Switch_Port':{'00000000-0000-4000-8000-00000000000" n \
    "':{'insert':{" LSP(port)
#define END "}}}}"
#define GRACE_MS 15000

static struct small_ovsdb db;
static struct northbound *northbound;
static struct orphans *orphans;
static const struct ovsdb_events *session;
static void *session_data;
static char *watched; /* what the session asks for */
static unsigned watches;
static char *removed; /* the last transaction that nobody waits for */
static unsigned removals;

static void watch(void)
{
    auto_monitor struct monitor monitor = {0};

    session->watch(session_data, &monitor);
    free(watched);
    const char *text = buf_text(monitor_params(&monitor));
    watched = mem_text(text, strlen(text));
    watches++;
}

void ovsdb_watch_anew(struct ovsdb *ovsdb, const struct err *reason)
{
    (void)ovsdb;
    CHECK_HAS(reason->text, "another system-id");
    watch();
}

struct ovsdb *ovsdb_open(uv_loop_t *loop, const char *remote, const char *lock,
                         const struct ovsdb_events *events, void *data)
{
    (void)loop;
    (void)lock;
    CHECK_STR(remote, "unix:/run/nb");
    CHECK(!session);
    session = events;
    session_data = data;
    watch();
    CHECK_HAS(watched, "[\"ovsint-host\",\"h1\"]");
    return (struct ovsdb *)(void *)&session;
}

void ovsdb_close(struct ovsdb *ovsdb)
{
    (void)ovsdb;
    session->closed(session_data);
    session = NULL;
}

void ovsdb_hurry(struct ovsdb *ovsdb)
{
    (void)ovsdb;
}

void ovsdb_tell(struct ovsdb *ovsdb, struct txn *txn, enum log_level level,
                const char *what)
{
    (void)ovsdb;
    (void)level;
    (void)what;
    free(removed);
    removed = rows_txn(txn);
    removals++;
}

static bool guardian_has_it;

bool guardian_keeps(const struct guardian *guardian, const char *port)
{
    (void)guardian;
    (void)port;
    return guardian_has_it;
}

static void begin(void)
{
    struct host *host = daemon_open(&db);

    snprintf(small_daemon.settings.northbound,
             sizeof(small_daemon.settings.northbound), "unix:/run/nb");
    removals = watches = 0;
    northbound = northbound_open(NULL, host);
    orphans = orphans_open(NULL, host, northbound, NULL);
}

static void end(void)
{
    orphans_close(orphans);
    northbound_close(northbound);
    daemon_close();
    small_ovsdb_done(&db);
    free(removed);
    free(watched);
    removed = watched = NULL;
}

/* What the host's own database says. */
static void host_rows(const char *text, bool anew)
{
    auto_json struct json *updates = rows_json(text);

    vswitch_view_apply(&small_daemon.host.ports, updates);
    DAEMON_TELL(on_rows, updates, anew);
}

#define CHASSIS                                                            \
    "{'Open_vSwitch':{'u':{'initial':{'external_ids':['map',[['system-id'" \
    ",'h1'],['ovn-encap-ip','10.0.0.1']]]}}}}"

static void host_has(const char *port)
{
    auto_buf struct buf text = BUF_INIT(1000);

    for (int i = 0; i < 2; i++)
        buf_addf(&text,
                 "%s'%s':{'0000000%d-0000-4000-8000-000000000001':{'initial':{"
                 "'name':'%s','external_ids':['map',[['ovsint-owner','hook']]]"
                 "}}}",
                 i ? "," : "{", i ? "Port" : "Interface", i, port);
    buf_add_text(&text, "}");
    host_rows(buf_text(&text), true);
}

static void shows(const char *text, bool anew)
{
    auto_json struct json *updates = rows_json(text);

    (anew ? session->synced : session->updated)(session_data, updates);
}

static void pass(uint64_t ms)
{
    uint64_t until = small_daemon.now_ms + ms;

    while (daemon_fire(until))
        continue;
    small_daemon.now_ms = until;
}

TEST(only_a_chassis_connects)
{
    begin();
    host_rows("{'Open_vSwitch':{'u':{'initial':{'external_ids':['map',[["
              "'system-id','h1']]]}}}}",
              true);
    CHECK(!session);
    host_rows("{'Open_vSwitch':{'u':{'modify':{'external_ids':['map',[["
              "'ovn-encap-ip','10.0.0.1']]]}}}}",
              false);
    CHECK(session);
    end();
}

TEST(a_host_with_another_name_is_shown_what_has_that)
{
    begin();
    host_rows(CHASSIS, true);
    host_rows(CHASSIS, true);
    CHECK_EQ(watches, 1);
    host_rows("{'Open_vSwitch':{'u':{'modify':{'external_ids':['map',[["
              "'system-id','h9']]]}}}}",
              false);
    CHECK_EQ(watches, 2);
    CHECK_HAS(watched, "[\"ovsint-host\",\"h9\"]");
    /* Without any it stays as it is. */
    host_rows("{'Open_vSwitch':{'u':{'initial':{'external_ids':['map',[]]}}}}",
              true);
    host_rows("{'Open_vSwitch':{'u':{'initial':{'external_ids':['map',[['"
              "system-id','h9'],['ovn-encap-ip','10.0.0.1']]]}}}}",
              true);
    CHECK_EQ(watches, 2);
    end();
}

TEST(one_without_a_port_goes_after_the_time_of_a_call)
{
    begin();
    host_rows(CHASSIS, true);
    host_has(ONE);
    shows("{}", true);
    shows(INSERT("1", ONE) END, false);
    shows(INSERT("2", TWO) END, false);
    pass(GRACE_MS - 1);
    CHECK_EQ(removals, 0);
    pass(1);
    CHECK_EQ(removals, 1);
    char uuid[NAMES_UUID_SIZE];
    names_logical_uuid(TWO, uuid);
    CHECK_HAS(removed, uuid);
    names_logical_uuid(ONE, uuid);
    CHECK(!strstr(removed, uuid));
    /* It has gone: nothing more to do. */
    shows("{'Logical_Switch_Port':{'00000000-0000-4000-8000-000000000002':{"
          "'delete':null}}}",
          false);
    pass(10 * GRACE_MS);
    CHECK_EQ(removals, 1);
    end();
}

/* Its rows come a moment later, or are restored. */
TEST(one_whose_port_comes_stays)
{
    begin();
    host_rows(CHASSIS, true);
    shows(INSERT("1", ONE) END, true);
    pass(GRACE_MS / 2);
    host_has(ONE);
    pass(2 * GRACE_MS);
    CHECK_EQ(removals, 0);
    end();
}

/* As while the bridge of a container that lives is away. */
TEST(one_whose_rows_are_to_be_restored_stays)
{
    begin();
    guardian_has_it = true;
    host_rows(CHASSIS, true);
    shows(INSERT("1", ONE) END, true);
    pass(10 * GRACE_MS);
    CHECK_EQ(removals, 0);
    end();
}

/* As a port whose container ends, which shows a moment after its rows have
 * gone. No row tells it. */
TEST(one_that_the_guardian_gives_up_goes)
{
    begin();
    host_rows(CHASSIS, true);
    host_has(ONE);
    shows(INSERT("1", ONE) END, true);
    guardian_has_it = true;
    host_rows("{'Interface':{'00000000-0000-4000-8000-000000000001':{'delete':"
              "null}},'Port':{'00000001-0000-4000-8000-000000000001':{'delete':"
              "null}}}",
              false);
    pass(1000);
    guardian_has_it = false;
    pass(GRACE_MS - 1001);
    CHECK_EQ(removals, 0);
    pass(GRACE_MS);
    CHECK_EQ(removals, 1);
    end();
}

TEST(a_removal_that_was_not_done_is_tried_again)
{
    begin();
    host_rows(CHASSIS, true);
    shows(INSERT("1", ONE) END, true);
    pass(GRACE_MS);
    CHECK_EQ(removals, 1);
    pass(GRACE_MS);
    CHECK_EQ(removals, 2);
    end();
}

TEST(nothing_goes_while_one_of_the_databases_is_away)
{
    struct err why = {.code = EPIPE};

    begin();
    host_rows(CHASSIS, true);
    shows(INSERT("1", ONE) END, true);
    DAEMON_TELL(on_down, &why);
    pass(3 * GRACE_MS);
    CHECK_EQ(removals, 0);
    host_rows("{}", true);
    session->down(session_data, &why);
    pass(3 * GRACE_MS);
    CHECK_EQ(removals, 0);
    end();
}

TEST(a_reservation_without_a_port_goes_after_the_time_of_a_call)
{
    char uuid[NAMES_UUID_SIZE];
    struct ip ip;

    begin();
    host_rows(CHASSIS, true);
    shows(
        INSERT("1",
               ONE) ",'external_ids':['map',[['ovsint-reserved','1'],["
                    "'ovsint-switch','web'],['ovsint-ip-10.5.0.7','web']]]" END,
        true);
    const struct logical_port *port = northbound_port(northbound, 0);
    CHECK(port->is_reserved);
    CHECK_STR(port->on, "web");
    CHECK(parse_ip("10.5.0.7", &ip) == 0 && ip_equal(&port->ips[0], &ip));
    /* It is one already. */
    northbound_expect(northbound, TWO, "web", &ip);
    CHECK_EQ(northbound_count(northbound), 2);
    pass(GRACE_MS);
    CHECK_EQ(removals, 1);
    names_logical_uuid(ONE, uuid);
    CHECK_HAS(removed, uuid);
    shows("{'Logical_Switch_Port':{'00000000-0000-4000-8000-000000000001':{"
          "'modify':{'external_ids':['map',[['ovsint-reserved','1'],["
          "'ovsint-ip-10.5.0.7','web'],['ovsint-ip-10.5.0.8','web']]]}}}}",
          false);
    CHECK(!northbound_port(northbound, 0)->is_reserved);
    CHECK_EQ(northbound_port(northbound, 0)->ip_count, 1);
    CHECK(!ip_equal(&northbound_port(northbound, 0)->ips[0], &ip));
    end();
}

/* A key that has gone is shown by a change as well: one answer more. */
TEST(who_asks_whether_the_host_lives_is_answered)
{
    static const char asked[] =
        "{'Logical_Switch_Port':{'00000000-0000-4000-8000-000000000001':{"
        "'modify':{'external_ids':['map',[['ovsint-lives','?']]]}}}}";

    begin();
    host_rows(CHASSIS, true);
    host_has(ONE);
    shows(INSERT("1", ONE) END, true);
    CHECK_EQ(removals, 0);
    shows(asked, false);
    CHECK_EQ(removals, 1);
    CHECK_HAS(removed, "['external_ids','delete',['set',['ovsint-lives']]]");
    CHECK_HAS(removed, "'00000000-0000-4000-8000-000000000001'");
    end();
}

static unsigned ended;
static int ended_r;

static void on_done(struct northbound_call *call,
                    const struct ovsdb_outcome *outcome)
{
    (void)call;
    ended++;
    ended_r = outcome->r;
}

/* A transaction is what makes the connection, on any host. */
TEST(what_is_sent_waits_for_the_connection)
{
    struct northbound_call call = {0}, other = {0};
    struct err why = {.code = ECONNREFUSED}, err = {0};
    auto_txn struct txn txn = {0};

    begin();
    host_rows(CHASSIS, true);
    txn_init(&txn, "OVN_Northbound");
    txn_comment(&txn, "x");
    ended = 0;
    CHECK_OK(northbound_send(northbound, &txn, &call, on_done, &err), err);
    CHECK_OK(northbound_send(northbound, &txn, &other, on_done, &err), err);
    northbound_forget(&other);
    CHECK_EQ(ended, 0);
    session->down(session_data, &why);
    CHECK_EQ(ended, 1);
    CHECK_EQ(ended_r, -ECONNREFUSED);
    end();
}

TEST(what_cannot_be_sent_is_refused_at_once)
{
    struct northbound_call call = {0};
    struct err err = {0};
    auto_txn struct txn txn = {0};

    begin();
    host_rows(CHASSIS, true);
    shows("{}", true);
    txn_init(&txn, "OVN_Northbound");
    ended = 0;
    small_daemon.is_up = true;
    small_daemon.sends_fail = EMSGSIZE;
    CHECK_ERR(northbound_send(northbound, &txn, &call, on_done, &err), EMSGSIZE,
              err, "refused");
    northbound_forget(&call);
    pass(GRACE_MS);
    CHECK_EQ(ended, 0);
    end();
}

TEST_MAIN
