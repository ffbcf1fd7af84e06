/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Moves of network cards that were interrupted, over a small database: who
 * undoes them, and what becomes of an undo that is interrupted itself. Access
 * ports of those that are kept.
 */
#include <unistd.h>

#include "ovsint/uplink/carry.h"
#include "plugin/uplink/moves.h"
#include "tests/lib/said.h"
#include "tests/lib/small_daemon.h"

#define MOVER 77
#define NOTE "{\"bridge\":\"br0\",\"cards\":[{\"name\":\"eth0\",\"ip\":\"\"}]}"

static struct small_ovsdb db;
static struct moves *moves;

static struct {
    const struct ovsdb_events *events;
    void *data;
    bool mover_lives, other_lives;
    bool give_fails;
    bool database_goes; /* while the cards get all back */
    unsigned sent;
} world;

struct ovsdb *ovsdb_open(uv_loop_t *loop, const char *remote, const char *lock,
                         const struct ovsdb_events *events, void *data)
{
    (void)loop;
    (void)remote;
    CHECK(!lock);
    world.events = events;
    world.data = data;
    return (struct ovsdb *)&small_daemon;
}

void ovsdb_close(struct ovsdb *ovsdb)
{
    (void)ovsdb;
    world.events->closed(world.data);
}

int net_open(struct net **ret, int netns_fd, enum net_flags flags,
             struct err *err)
{
    (void)netns_fd;
    (void)err;
    CHECK(flags & NET_WITH_ANNOUNCE);
    *ret = mem_new(8);
    return 0;
}

void net_close(struct net *net)
{
    free(net);
}

int uplink_holder_self(const char *boot, struct uplink_holder *ret,
                       struct err *err)
{
    (void)err;
    *ret = (struct uplink_holder){.pid = getpid(), .start = 5};
    snprintf(ret->boot, sizeof(ret->boot), "%s", boot);
    return 0;
}

bool uplink_holder_lives(const struct uplink_holder *holder, const char *boot)
{
    CHECK_STR(boot, DAEMON_BOOT);
    if (holder->pid == MOVER)
        return world.mover_lives;
    return holder->pid == getpid() || (holder->pid && world.other_lives);
}

int uplink_give_back(struct net *host, const struct uplink_note *note,
                     struct device_loss *ret, struct err *err)
{
    (void)host;
    *ret = (struct device_loss){0};
    SAY("give %s\n", note->cards[0].name);
    if (world.database_goes) {
        world.database_goes = false;
        daemon_down();
        world.events->down(world.data, err);
    }
    return world.give_fails ? err_set(err, EIO, "the kernel refuses") : 0;
}

void uplink_forget(struct uplink_note *note)
{
    (void)note;
    SAY("forget\n");
}

void uplink_announce(struct net *host, const char *device)
{
    (void)host;
    (void)device;
}

void uplink_announce_cards(struct net *host, const struct uplink_note *note)
{
    (void)host;
    (void)note;
}

void uplink_access_done(struct uplink_access *access)
{
    *access = (struct uplink_access){0};
}

int uplink_access_look(struct net *host, struct uplink_access *access,
                       bool reads, struct device_loss *ret, struct err *err)
{
    (void)host;
    (void)ret;
    (void)err;
    /* What is known of it is kept. */
    SAY("%s %s%d\n", reads ? "read" : "look at", access->name,
        access->ifindex++);
    return access->ifindex == 3;
}

/* The rows. */

static struct small_row *add_port(const char *name)
{
    small_plug(&db, "br0", name, name);
    return small_find(&db, "Port", name);
}

static void add_cards(void)
{
    struct small_row *row = add_port("eth0");

    small_put(&db, row, ID_MOVE, MOVE_CARDS);
    small_put(&db, row, ID_MOVE_OF, "br0-host");
}

static void add_move(const char *state, int holder)
{
    struct small_row *row = add_port("br0-host");
    char text[64];

    snprintf(text, sizeof(text), DAEMON_BOOT " %d 5", holder);
    small_put(&db, row, ID_MOVE, MOVE_ACCESS);
    small_put(&db, row, ID_MOVE_NOTE, NOTE);
    if (!state)
        return;
    small_put(&db, row, ID_MOVE_STATE, state);
    small_put(&db, row, ID_MOVE_HOLDER, text);
}

static void change(const char *key, const char *value)
{
    struct small_row *row = small_find(&db, "Port", "br0-host");

    small_drop(row, key);
    small_put(&db, row, key, value);
}

static void come_up(void)
{
    daemon_up();
    world.events->synced(world.data, NULL);
    daemon_settle();
}

static void rows_changed(void)
{
    world.events->updated(world.data, NULL);
    daemon_settle();
}

static void world_open(void)
{
    struct err err = {0};

    memset(&world, 0, sizeof(world));
    daemon_open(&db);
    small_add(&db, "Open_vSwitch", "");
    small_add(&db, "Bridge", "br0");
    CHECK_OK(moves_open(NULL, DAEMON_REMOTE, DAEMON_BOOT, &moves, &err), err);
}

static void world_close(void)
{
    small_daemon.on_sent = NULL;
    moves_close(moves);
    daemon_close();
    small_ovsdb_done(&db);
    CHECK_SAID("");
}

static bool no_rows(void)
{
    return !small_find(&db, "Port", "br0-host") &&
           !small_find(&db, "Port", "eth0") &&
           small_find(&db, "Bridge", "br0")->ref_count == 0;
}

#define UNDONE                                                          \
    "give eth0\nwarning: undid a move that was interrupted; card=eth0 " \
    "bridge=br0\n"

TEST(one_whose_mover_has_ended_is_undone)
{
    world_open();
    add_move("waiting", MOVER);
    add_cards();
    world.mover_lives = true;
    come_up();
    daemon_elapse(3000);
    CHECK_SAID("");
    world.mover_lives = false;
    daemon_elapse(1000);
    daemon_settle();
    CHECK_SAID(UNDONE);
    CHECK(no_rows());
    /* Nothing is left to look at. */
    daemon_elapse(1000);
    daemon_settle();
    CHECK_EQ(daemon_next_ms(), -1);
    world_close();
}

TEST(a_database_that_goes_in_the_middle)
{
    world_open();
    add_move("moving", MOVER);
    add_cards();
    world.database_goes = true;
    come_up();
    CHECK_SAID("give eth0\n"
               "error: a move that was interrupted could not be undone: it is "
               "tried again; card=eth0 error=there is no connection\n");
    daemon_elapse(5000);
    CHECK_SAID("");
    come_up();
    CHECK_SAID(UNDONE);
    CHECK(no_rows());
    world_close();
}

/* A card on the bridge has no use of its addresses. */
TEST(without_the_database_nothing_is_given_back)
{
    world_open();
    add_move("moving", MOVER);
    add_cards();
    world.mover_lives = true;
    come_up();
    world.mover_lives = false;
    world.events->updated(world.data, NULL);
    daemon_turn();
    daemon_down();
    CHECK_SAID("error: a move that was interrupted could not be undone: it is "
               "tried again; card=eth0 error=the connection went\n");
    come_up();
    CHECK_SAID(UNDONE);
    CHECK(no_rows());
    world_close();
}

TEST(what_the_kernel_refuses_is_tried_again)
{
    world_open();
    add_move("moving", MOVER);
    add_cards();
    world.give_fails = true;
    come_up();
    CHECK_SAID("give eth0\n"
               "error: a move that was interrupted could not be undone: it is "
               "tried again; card=eth0 error=the kernel refuses\n");
    /* and told once */
    daemon_elapse(1000);
    daemon_settle();
    CHECK_SAID("give eth0\n");
    world.give_fails = false;
    daemon_elapse(1000);
    daemon_settle();
    CHECK_SAID(UNDONE);
    CHECK(no_rows());
    world_close();
}

/* The mover's last transaction is carried out after the notes were read. */
static void on_sent(const char *text)
{
    (void)text;
    if (world.sent++ == 0)
        add_cards();
}

TEST(cards_that_come_while_it_is_looked)
{
    world_open();
    add_move("moving", MOVER);
    small_daemon.on_sent = on_sent;
    come_up();
    CHECK_SAID(UNDONE);
    CHECK(no_rows());
    world_close();
}

static void on_another(const char *text)
{
    (void)text;
    if (world.sent++ == 0)
        change(ID_MOVE_HOLDER, DAEMON_BOOT " 99 5");
}

/* Both have seen the same note, of a holder that has ended. */
TEST(another_daemon_is_faster)
{
    world_open();
    add_move("undoing", MOVER);
    add_cards();
    world.other_lives = true;
    small_daemon.on_sent = on_another;
    come_up();
    daemon_elapse(3000);
    daemon_settle();
    CHECK_SAID("");
    CHECK(!no_rows());
    /* It ends, too. */
    world.other_lives = false;
    daemon_elapse(1000);
    daemon_settle();
    CHECK_SAID(UNDONE);
    CHECK(no_rows());
    world_close();
}

TEST(a_holder_of_before_a_reboot)
{
    world_open();
    add_move("undoing", MOVER);
    change(ID_MOVE_HOLDER, "boot0 77 5");
    come_up();
    CHECK_SAID("forget\n" UNDONE);
    CHECK(no_rows());
    world_close();
}

TEST(access_ports_of_moves_that_are_kept)
{
    world_open();
    add_move(NULL, 0);
    come_up();
    daemon_elapse(0);
    CHECK_SAID("read br0-host0\n");
    daemon_elapse(1000);
    CHECK_SAID("look at br0-host1\n");
    daemon_elapse(1000);
    CHECK_SAID("look at br0-host2\n"
               "warning: the switch has made an access port anew: it has its "
               "addresses again; port=br0-host\n");
    rows_changed();
    daemon_elapse(0);
    CHECK_SAID("read br0-host3\n");
    /* Whoever undoes it is not disturbed. */
    change(ID_MOVE_STATE, "undoing");
    change(ID_MOVE_HOLDER, DAEMON_BOOT " 77 5");
    world.mover_lives = true;
    rows_changed();
    daemon_elapse(3000);
    CHECK_SAID("");
    world_close();
}

TEST_MAIN
