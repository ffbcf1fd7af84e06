/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Moves whose mover has ended are undone by the daemon: what it asks of the
 * database and of the kernel, in which order, and what it does when either
 * refuses.
 */
#include <errno.h>

#include "ovsint/uplink/carry.h"
#include "plugin/daemon/ovsdb_uv.h"
#include "plugin/uplink/moves.h"
#include "tests/lib/rows.h"
#include "tests/lib/said.h"

static struct {
    const struct ovsdb_events *events;
    void *data;
    struct ovsdb_call *call; /* that waits for its answer */
    uv_timer_cb fires;       /* when the time comes */
    uv_timer_t *timer;
    uv_handle_t *closing;
    uv_close_cb closed;
    bool is_down;
    bool lives;  /* the holder of the note */
    int refuses; /* what the kernel answers to giving back */
} world;

static const char *step_of(const char *txn)
{
    if (strstr(txn, "'undoing'"))
        return "recall";
    return strstr(txn, "'next_cfg'") ? "leave" : "look";
}

/* The loop, and the session. */

int uv_timer_init(uv_loop_t *loop, uv_timer_t *timer)
{
    *timer = (uv_timer_t){.loop = loop};
    return 0;
}

int uv_timer_start(uv_timer_t *timer, uv_timer_cb fires, uint64_t ms,
                   uint64_t repeat)
{
    CHECK(ms > 0 && repeat == 0);
    world.timer = timer;
    world.fires = fires;
    return 0;
}

void uv_close(uv_handle_t *handle, uv_close_cb closed)
{
    world.fires = NULL;
    world.closing = handle;
    world.closed = closed;
}

struct ovsdb *ovsdb_open(uv_loop_t *loop, const char *remote, const char *lock,
                         const struct ovsdb_events *events, void *data)
{
    (void)loop;
    CHECK_STR(remote, "unix:/db");
    CHECK(!lock);
    world.events = events;
    world.data = data;
    return (struct ovsdb *)&world;
}

void ovsdb_close(struct ovsdb *ovsdb)
{
    CHECK(ovsdb == (struct ovsdb *)&world);
    world.events->closed(world.data);
}

int ovsdb_transact(struct ovsdb *ovsdb, struct txn *txn,
                   struct ovsdb_call *call, ovsdb_done *done, struct err *err)
{
    auto_free char *text = rows_txn(txn);

    if (world.is_down)
        return err_set(err, ENOTCONN, "there is no connection");
    CHECK(!world.call && !call->ovsdb);
    *call = (struct ovsdb_call){.ovsdb = ovsdb, .done = done};
    world.call = call;
    SAY("%s\n", step_of(text));
    return 0;
}

void ovsdb_forget(struct ovsdb_call *call)
{
    world.call = NULL;
    *call = (struct ovsdb_call){0};
}

/* The kernel. */

int net_open(struct net **ret, int netns_fd, enum net_flags flags,
             struct err *err)
{
    (void)err;
    CHECK(netns_fd < 0 && flags == NET_WITH_ANNOUNCE);
    *ret = (struct net *)&world;
    return 0;
}

void net_close(struct net *net)
{
    CHECK(net == (struct net *)&world);
    SAY("closed\n");
}

int uplink_give_back(struct net *host, const struct uplink_note *note,
                     struct device_loss *ret, struct err *err)
{
    (void)host;
    (void)ret;
    SAY("give back %s %s\n", note->cards[0].name, note->cards[0].ip);
    return world.refuses ? err_set(err, world.refuses, "no such card") : 0;
}

void uplink_forget(struct uplink_note *note)
{
    SAY("forget %s\n", note->cards[0].name);
}

void uplink_announce_cards(struct net *host, const struct uplink_note *note)
{
    (void)host;
    SAY("announce %s\n", note->cards[0].name);
}

int uplink_holder_self(const char *boot, struct uplink_holder *ret,
                       struct err *err)
{
    (void)err;
    *ret = (struct uplink_holder){.pid = 7, .start = 8};
    snprintf(ret->boot, sizeof(ret->boot), "%s", boot);
    return 0;
}

bool uplink_holder_lives(const struct uplink_holder *holder, const char *boot)
{
    (void)holder;
    (void)boot;
    return world.lives;
}

/* What the tests do. */

static void answer(const char *result, int code, enum reply_kind kind)
{
    struct ovsdb_call *call = world.call;
    auto_json struct json *json = result ? rows_json(result) : NULL;
    struct ovsdb_outcome outcome = {.result = json, .fault = {.kind = kind}};
    ovsdb_done *done = call->done;

    CHECK(call);
    if (code)
        outcome.r = err_set(&outcome.err, code, "refused");
    world.call = NULL;
    *call = (struct ovsdb_call){0};
    done(call, &outcome);
}

#define NOTE_OF(boot, state)                                               \
    "[{'rows':[{'_uuid':['uuid','aaaaaaaa-0000-4000-8000-000000000001'],"  \
    "'name':'br0-host','external_ids':['map',["                            \
    "['ovsint-move','access'],['ovsint-move-note','{\\'bridge\\':"         \
    "\\'br0\\',\\'cards\\':[{\\'name\\':\\'eth0\\',\\'ip\\':\\'00\\'}]}']" \
    "," state "['ovsint-move-holder','" boot " 42 9']]]}]},{'rows':[]}]"
#define MOVING "['ovsint-move-state','moving'],"

static void notes(const char *result)
{
    answer(result, 0, REPLY_OK);
}

static void done(void)
{
    answer("[{},{},{}]", 0, REPLY_OK);
}

static void time_passes(void)
{
    uv_timer_cb fires = world.fires;

    CHECK(fires);
    world.fires = NULL;
    fires(world.timer);
}

static struct moves *begin(void)
{
    struct moves *moves = NULL;
    struct err err = {0};

    memset(&world, 0, sizeof(world));
    CHECK_OK(moves_open(NULL, "unix:/db", "b007", &moves, &err), err);
    CHECK_SAID("");
    world.events->synced(world.data, NULL);
    CHECK_SAID("look\n");
    return moves;
}

static void end(struct moves *moves)
{
    moves_close(moves);
    CHECK(world.closed && !world.call);
    world.closed(world.closing);
    CHECK_SAID("closed\n");
}

#define UNDID \
    "warning: undid a move that was interrupted; card=eth0 bridge=br0\n"

TEST(nothing_has_moved)
{
    struct moves *moves = begin();

    notes("[{'rows':[]},{'rows':[]}]");
    CHECK(!world.fires && !world.call);
    end(moves);
}

/* It undoes it itself, or confirms it: the daemon looks each second. */
TEST(a_holder_that_lives)
{
    struct moves *moves = begin();

    world.lives = true;
    notes(NOTE_OF("b007", MOVING));
    CHECK(!world.call);
    time_passes();
    CHECK_SAID("look\n");
    notes(NOTE_OF("b007", ""));
    CHECK(!world.fires && !world.call);
    end(moves);
}

TEST(a_holder_that_has_ended)
{
    struct moves *moves = begin();

    notes(NOTE_OF("b007", MOVING));
    CHECK_SAID("recall\n");
    done();
    CHECK_SAID("give back eth0 00\nleave\n");
    done();
    CHECK_SAID(UNDID "announce eth0\n");
    time_passes();
    CHECK_SAID("look\n");
    end(moves);
}

/* The host has started anew since: the cards have what the host gave them. */
TEST(a_move_of_an_earlier_boot)
{
    struct moves *moves = begin();

    notes(NOTE_OF("b000", MOVING));
    CHECK_SAID("forget eth0\nrecall\n");
    end(moves);
}

/* Its user confirmed it, or another daemon undoes it. */
TEST(a_note_that_somebody_else_has_taken)
{
    struct moves *moves = begin();

    notes(NOTE_OF("b007", MOVING));
    CHECK_SAID("recall\n");
    answer(NULL, EAGAIN, REPLY_GUARD);
    CHECK_SAID("announce eth0\n");
    CHECK(!world.call);
    time_passes();
    CHECK_SAID("look\n");
    end(moves);
}

/* The rows stay, and with them the note. */
TEST(a_card_that_cannot_be_given_back_is_tried_again)
{
    struct moves *moves = begin();

    world.refuses = ENODEV;
    notes(NOTE_OF("b007", MOVING));
    done();
    CHECK_SAID("recall\ngive back eth0 00\n"
               "error: a move that was interrupted could not be undone: it is "
               "tried again; card=eth0 error=no such card\nannounce eth0\n");
    CHECK(!world.call);
    world.refuses = 0;
    time_passes();
    notes(NOTE_OF("b007", "['ovsint-move-state','undoing'],"));
    done();
    done();
    CHECK_SAID("look\nrecall\ngive back eth0 00\nleave\n" UNDID
               "announce eth0\n");
    end(moves);
}

/* What changes while it looks, or undoes, is looked at afterwards. */
TEST(rows_that_change_meanwhile)
{
    struct moves *moves = begin();

    world.events->updated(world.data, NULL);
    CHECK_SAID("");
    notes("[{'rows':[]},{'rows':[]}]");
    CHECK_SAID("look\n");
    notes(NOTE_OF("b007", MOVING));
    world.events->updated(world.data, NULL);
    CHECK_SAID("recall\n");
    done();
    done();
    CHECK_SAID("give back eth0 00\nleave\n" UNDID "announce eth0\n");
    time_passes();
    CHECK_SAID("look\n");
    end(moves);
}

TEST(a_database_that_goes)
{
    struct moves *moves = begin();
    const struct err why = {0};

    notes(NOTE_OF("b007", MOVING));
    CHECK_SAID("recall\n");
    world.is_down = true;
    answer(NULL, ECONNRESET, REPLY_OK);
    CHECK(said.data && strstr(buf_text(&said), "could not be undone"));
    buf_clear(&said);
    world.events->down(world.data, &why);
    time_passes();
    CHECK(!world.call);
    world.is_down = false;
    world.events->synced(world.data, NULL);
    CHECK_SAID("look\n");
    end(moves);
}

TEST_MAIN
