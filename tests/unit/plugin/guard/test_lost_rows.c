/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Rows that somebody has removed while their container lives: which are made
 * again, when, and what the log says of it.
 */
#include "tests/lib/guard_case.h"

#define MADE_AGAIN                       \
    "info: made a port again; port=" ONE \
    " reason=somebody removed its row while its container lives\n"

/* When its container is looked at. */
#define AFTER_MS 1000

static void remove_bridge(void)
{
    guard_remove(ONE);
    small_find(&db, "Bridge", "br0")->table[0] = '\0';
    daemon_settle();
}

TEST(a_row_that_was_removed_is_written_again)
{
    guard_open();
    guard_plug(ONE, C1);
    guard_set_id(ONE, "a-controllers", "note");
    guard_pass(10);
    guard_remove(ONE);
    CHECK_EQ(lost_rows_count(guardian), 1);
    CHECK(!guard_is_at_rest());
    guard_pass(AFTER_MS - 10);
    CHECK(!guard_row(ONE));
    guard_pass(200);
    CHECK_HAS(buf_text(&said), MADE_AGAIN);
    CHECK_STR(small_get(guard_row(ONE), ID_ARRIVED), "true");
    CHECK_STR(small_get(guard_row(ONE), ID_CONTAINER), "c1");
    CHECK(!small_get(guard_row(ONE), "a-controllers"));
    CHECK_EQ(lost_rows_count(guardian), 0);
    guard_check_whole(ONE, C1);
    guard_close();
}

TEST(an_ordinary_end_is_no_loss)
{
    guard_open();
    guard_plug(ONE, C1);
    guard_remove(ONE);
    small_container_ends(C1);
    guard_pass(AFTER_MS + 100);
    CHECK(!guard_row(ONE));
    CHECK_SAID("");
    CHECK(guard_is_at_rest());
    guard_close();
}

/* What nobody had noted as arrived, what is none of ours, and what Docker has
 * taken back. */
TEST(what_is_not_kept)
{
    struct attachment spec = guard_spec();

    guard_open();
    guard_write(ONE, C1, NULL, &spec);
    daemon_settle();
    guard_remove(ONE);
    CHECK_EQ(lost_rows_count(guardian), 0);
    guard_write("eth7", C1, NULL, &spec);
    guard_set_id("eth7", ID_ARRIVED, "true");
    daemon_settle();
    guard_remove("eth7");
    CHECK_EQ(lost_rows_count(guardian), 0);
    guard_plug_docker(TWO, C2);
    guard_set_id(TWO, ID_LEFT, "true");
    daemon_settle();
    guard_remove(TWO);
    CHECK_EQ(lost_rows_count(guardian), 0);
    guard_close();
}

TEST(one_that_we_have_removed_is_no_loss)
{
    guard_open();
    guard_plug_docker(ONE, C1);
    vswitch_view_expect_removal(&small_daemon.host.ports, ONE);
    guard_remove(ONE);
    CHECK_EQ(lost_rows_count(guardian), 0);
    guard_close();
}

/* The container is started anew meanwhile. */
TEST(one_that_was_plugged_again_is_no_loss)
{
    struct attachment spec = guard_spec();

    guard_open();
    guard_plug(ONE, C1);
    guard_remove(ONE);
    guard_write(TWO, C1, NULL, &spec);
    guard_pass(AFTER_MS + 100);
    CHECK(!guard_row(ONE));
    CHECK(guard_row(TWO));
    CHECK_EQ(lost_rows_count(guardian), 0);
    guard_close();
}

TEST(it_is_not_made_again_where_the_administrator_says_so)
{
    guard_open();
    small_daemon.settings.recreates = false;
    guard_plug(ONE, C1);
    guard_remove(ONE);
    guard_pass(AFTER_MS + 100);
    CHECK(!guard_row(ONE));
    CHECK_SAID("warning: somebody removed a port while its container lives; "
               "it is not made again, as guardian.recreate is false; "
               "port=" ONE "\n");
    guard_close();
}

TEST(docker_gives_up_an_endpoint_whose_row_went)
{
    guard_open();
    guard_plug_docker(ONE, C1);
    guard_remove(ONE);
    CHECK(!guardian_on_endpoint_left(guardian, "e1"));
    CHECK_EQ(lost_rows_count(guardian), 0);
    guard_pass(AFTER_MS + 100);
    CHECK(!guard_row(ONE));
    guard_close();
}

/* Its transaction is in flight: Docker's door removes it when it has come. */
TEST(docker_gives_up_an_endpoint_that_is_being_written)
{
    guard_open();
    guard_plug_docker(ONE, C1);
    guard_remove(ONE);
    daemon_elapse(AFTER_MS + 10);
    CHECK(guard_row(ONE));
    CHECK(guardian_on_endpoint_left(guardian, "e1"));
    CHECK_EQ(lost_rows_count(guardian), 0);
    daemon_settle(); /* nobody waits for the reply */
    CHECK(!strstr(buf_text(&said), "made a port again"));
    guard_close();
}

TEST(a_bridge_that_comes_back)
{
    guard_open();
    guard_plug(ONE, C1);
    remove_bridge();
    guard_pass(60000);
    CHECK_HAS(buf_text(&said),
              "warning: a bridge was removed while containers live on it: "
              "their ports are made again when it is back; bridge=br0 "
              "port=" ONE "\n");
    CHECK_EQ(lost_rows_count(guardian), 1);
    CHECK_EQ(daemon_next_ms(), -1); /* no timer: the rows tell */
    small_add(&db, "Bridge", "br0");
    guard_pass(100);
    CHECK_HAS(buf_text(&said), MADE_AGAIN);
    guard_check_whole(ONE, C1);
    guard_close();
}

TEST(a_bridge_that_does_not_come_back_is_forgotten_after_a_day)
{
    guard_open();
    guard_plug(ONE, C1);
    remove_bridge();
    guard_pass(2000);
    small_daemon.now_ms += 86400000;
    small_add(&db, "Bridge", "br0");
    guard_pass(100);
    CHECK(!guard_row(ONE));
    CHECK_EQ(lost_rows_count(guardian), 0);
    guard_close();
}

/* Another port has the address by now, and goes. */
TEST(what_is_in_the_way_may_go)
{
    struct attachment spec = guard_spec();

    guard_open();
    CHECK_EQ(parse_prefix("10.0.0.9/24", &spec.ip[spec.ip_count++]), 0);
    guard_write(ONE, C1, NULL, &spec);
    guard_arrive(ONE, C1);
    guard_pass(200);
    guard_remove(ONE);
    guard_write(TWO, C2, NULL, &spec);
    guard_arrive(TWO, C2);
    guard_pass(AFTER_MS + 2000);
    CHECK(!guard_row(ONE));
    const char *first = strstr(
        buf_text(&said),
        "error: a port whose container lives could not be made again yet");
    CHECK(first);
    CHECK(!strstr(first + 1, "error: ")); /* once */
    small_container_ends(C2);
    guard_pass(100);
    CHECK(guard_row(ONE));
    CHECK_HAS(buf_text(&said), MADE_AGAIN);
    guard_close();
}

TEST(many_are_written_one_after_another)
{
    char name[19][IFNAME_SIZE], path[19][40];

    guard_open();
    for (int i = 0; i < 19; i++) {
        snprintf(name[i], IFNAME_SIZE, "oimanyaaaaaaa%ca", 'a' + i);
        snprintf(path[i], sizeof(path[i]), "/run/netns/m%d", i);
        guard_plug(name[i], path[i]);
    }
    for (int i = 0; i < 19; i++)
        guard_remove(name[i]);
    daemon_elapse(AFTER_MS);
    CHECK_EQ(small_daemon.reply_count, JOBS_AT_ONCE);
    guard_pass(200);
    for (int i = 0; i < 19; i++)
        guard_check_whole(name[i], path[i]);
    CHECK_EQ(guardian->restoring, 0);
    guard_close();
}

/* Its answer is lost: the rows tell whether it was done. */
TEST(a_connection_that_goes)
{
    guard_open();
    guard_plug(ONE, C1);
    guard_remove(ONE);
    daemon_elapse(AFTER_MS + 10);
    CHECK(guard_row(ONE));
    daemon_down();
    guard_begins();
    guard_pass(100);
    CHECK_EQ(lost_rows_count(guardian), 0);
    CHECK_EQ(
        vswitch_port_is_ours(vswitch_view_find(&small_daemon.host.ports, ONE)),
        true);
    guard_check_whole(ONE, C1);
    guard_close();
}

TEST(without_the_lock_nothing_is_written)
{
    guard_open();
    guard_plug(ONE, C1);
    guard_remove(ONE);
    DAEMON_TELL(on_lock, false);
    guard_pass(5000);
    CHECK(!guard_row(ONE));
    DAEMON_TELL(on_lock, true);
    guard_pass(100);
    CHECK(guard_row(ONE));
    guard_close();
}

/* A row that nobody can write again. */
TEST(a_row_without_its_mac)
{
    guard_open();
    guard_plug(ONE, C1);
    guard_set_id(ONE, ID_MAC, NULL);
    guard_set_id(ONE, ID_ATTACHED_MAC, NULL);
    daemon_settle();
    guard_remove(ONE);
    guard_pass(AFTER_MS + 100);
    CHECK(!guard_row(ONE));
    CHECK_EQ(lost_rows_count(guardian), 0);
    CHECK_HAS(buf_text(&said),
              "error: a port could not be made again; port=" ONE);
    guard_close();
}

TEST(the_networks_of_a_bridge_are_written_back)
{
    static const char network[] = ID_NETWORK_PREFIX "aaaaaaaa11111111";

    guard_open();
    small_put(&db, small_find(&db, "Bridge", "br0"), network, "{}");
    daemon_settle();
    small_find(&db, "Bridge", "br0")->table[0] = '\0';
    daemon_settle();
    guard_pass(1000);
    struct small_row *bridge = small_add(&db, "Bridge", "br0");
    guard_pass(100);
    CHECK_STR(small_get(bridge, network), "{}");
    CHECK_SAID("info: a bridge that somebody had removed is back with its "
               "networks\n");
    guard_close();
}

TEST(networks_that_cannot_be_written_back)
{
    guard_open();
    small_put(&db, small_find(&db, "Bridge", "br0"),
              ID_NETWORK_PREFIX "aaaaaaaa11111111", "{}");
    daemon_settle();
    small_find(&db, "Bridge", "br0")->table[0] = '\0';
    daemon_settle();
    small_daemon.replies_fail = EIO;
    struct small_row *bridge = small_add(&db, "Bridge", "br0");
    guard_pass(1500);
    const char *first =
        strstr(buf_text(&said), "error: the networks of a bridge that is back");
    CHECK(first);
    CHECK(!strstr(first + 1, "error: "));
    small_daemon.replies_fail = 0;
    guard_pass(5000);
    CHECK_EQ(bridge->count, 1);
    guard_close();
}

TEST(a_row_that_the_server_refuses)
{
    guard_open();
    guard_plug(ONE, C1);
    guard_remove(ONE);
    small_daemon.replies_fail = EINVAL;
    guard_pass(AFTER_MS + 100);
    CHECK_HAS(buf_text(&said), "could not be made again yet; port=" ONE);
    CHECK_EQ(lost_rows_count(guardian), 1);
    small_daemon.replies_fail = 0;
    guard_pass(5000);
    guard_check_whole(ONE, C1);
    guard_close();
}

static void connection_breaks(const char *sent)
{
    (void)sent;
    small_daemon.is_up = false;
}

/* The second one is not written before the rows have been seen anew. */
TEST(a_connection_that_breaks_at_the_first_row)
{
    guard_open();
    guard_plug(ONE, C1);
    guard_plug(TWO, C2);
    guard_remove(ONE);
    guard_remove(TWO);
    small_daemon.on_sent = connection_breaks;
    daemon_elapse(AFTER_MS + 10);
    small_daemon.on_sent = NULL;
    CHECK_EQ(guardian->restoring, 1);
    daemon_down();
    daemon_up();
    DAEMON_TELL(on_lock, false);
    daemon_settle();
    CHECK(!guard_row(ONE) || !guard_row(TWO));
    CHECK(!strstr(buf_text(&said), "error: "));
    guard_close();
}

static size_t times_said(const char *text)
{
    size_t count = 0;

    for (const char *at = buf_text(&said); (at = strstr(at, text)); at++)
        count++;
    return count;
}

/* Whether a container lives is seen by a walk through /proc: calls of Docker's
 * have to get their turn between. */
TEST(a_bridge_with_many_ports_goes)
{
    enum { MANY = 10 };

    guard_open();
    for (int i = 0; i < MANY; i++) {
        char name[IFNAME_SIZE], path[40];
        snprintf(name, sizeof(name), "oimanyaaaaaaa%ca", 'a' + i);
        snprintf(path, sizeof(path), "/run/netns/m%d", i);
        guard_plug(name, path);
    }
    small_find(&db, "Bridge", "br0")->table[0] = '\0';
    for (int i = 0; i < MANY; i++) {
        char name[IFNAME_SIZE];
        snprintf(name, sizeof(name), "oimanyaaaaaaa%ca", 'a' + i);
        small_find(&db, "Port", name)->table[0] = '\0';
        guard_row(name)->table[0] = '\0';
    }
    daemon_settle();
    CHECK_EQ(lost_rows_count(guardian), MANY);
    small_daemon.now_ms += AFTER_MS + 1;
    small_daemon.busy_ms = 4;
    buf_clear(&said);
    size_t before = 0, turns = 0;
    for (size_t seen = 0; seen < MANY; before = seen, turns++) {
        CHECK(daemon_fire(small_daemon.now_ms));
        seen = times_said("a bridge was removed while containers live on it");
        CHECK(seen > before);
        CHECK(seen <= before + 3);
        small_daemon.now_ms++;
    }
    CHECK(turns >= 4);
    small_daemon.busy_ms = 0;
    guard_pass(100);
    CHECK_EQ(daemon_next_ms(), -1);
    /* rows of others are no cause to look */
    CHECK_EQ(times_said("a bridge was removed"), MANY);
    CHECK_EQ(lost_rows_count(guardian), MANY);
    guard_close();
}

/* As after a restart of its container on another bridge. */
TEST(one_is_replaced_while_its_bridge_is_away)
{
    struct attachment spec = guard_spec();

    guard_open();
    guard_plug(ONE, C1);
    remove_bridge();
    guard_pass(AFTER_MS + 100);
    CHECK_EQ(lost_rows_count(guardian), 1);
    small_add(&db, "Bridge", "br1");
    snprintf(spec.bridge, sizeof(spec.bridge), "br1");
    guard_write(TWO, C2, NULL, &spec);
    guard_pass(100);
    CHECK_EQ(lost_rows_count(guardian), 1);
    guard_write("oithreeaaaaaaaa", C1, NULL, &spec);
    guard_pass(100);
    CHECK_EQ(lost_rows_count(guardian), 0);
    guard_close();
}

TEST_MAIN
