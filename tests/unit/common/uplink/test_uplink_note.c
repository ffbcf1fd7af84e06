/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Notes of moves: as they are written, and as other people may have written
 * them.
 */
#include "ovsint/uplink/note.h"

#include <errno.h>

#include "ovsint/ovsdb/txn.h"
#include "tests/lib/json_text.h"
#include "tests/lib/model.h"

static struct uplink_note note_new(void)
{
    struct uplink_note note = {
        .access = "br0-host",
        .bridge = "br0",
        .cards = {{.name = "eth0", .ip = mem_text("00ff,", 5)}},
        .card_count = 1,
        .state = UPLINK_MOVING,
        .holder = {.boot = "b007", .pid = 42, .start = 7}};

    return note;
}

static const char *params_of(struct txn *txn)
{
    const struct buf *text;
    struct err err = {0};

    CHECK_OK(txn_params(txn, &text, &err), err);
    return buf_text(text);
}

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

TEST(a_claim_has_guards_before_its_rows)
{
    auto_uplink_note struct uplink_note note = note_new();
    const struct uplink_shape shape = {.mac = {{2, 0, 0, 0, 0, 1}},
                                       .mtu = 1400};
    auto_txn struct txn txn = {0};
    struct err err = {0};

    txn_init(&txn, "Open_vSwitch");
    CHECK_OK(uplink_claim(&txn, &note, &shape, &err), err);
    const char *text = params_of(&txn);
    const char *row = strstr(text, "\"insert\"");
    CHECK(row);
    static const char *const guards[] = {"[\"name\",\"==\",\"br0\"]",
                                         "[\"name\",\"==\",\"br0-host\"]",
                                         "[\"name\",\"==\",\"eth0\"]"};
    for (size_t i = 0; i < sizeof(guards) / sizeof(*guards); i++)
        CHECK(has(text, guards[i]) && strstr(text, guards[i]) < row);
    CHECK(has(text, "\"mtu_request\":1400"));
    CHECK(has(text, "02:00:00:00:00:01"));
    CHECK(has(text, "[\"ovsint-move-state\",\"moving\"]"));
    CHECK(has(text, "[\"ovsint-move-holder\",\"b007 42 7\"]"));
}

TEST(too_much_for_a_note)
{
    auto_uplink_note struct uplink_note note = note_new();
    const struct uplink_shape shape = {.mtu = 1500};
    auto_txn struct txn txn = {0};
    struct err err = {0};

    free(note.cards[0].ip);
    note.cards[0].ip = mem_new(UPLINK_NOTE_SIZE + 1);
    memset(note.cards[0].ip, 'a', UPLINK_NOTE_SIZE);
    txn_init(&txn, "Open_vSwitch");
    CHECK_EQ(uplink_claim(&txn, &note, &shape, &err), -E2BIG);
}

TEST(several_cards_are_a_bond)
{
    auto_uplink_note struct uplink_note note = note_new();
    const struct uplink_shape shape = {.bond_mode = "balance-tcp"};
    auto_txn struct txn txn = {0};

    note.cards[1] = note.cards[0];
    note.cards[1].ip = mem_text("", 0);
    note.card_count = 2;
    txn_init(&txn, "Open_vSwitch");
    uplink_join(&txn, &note, &shape);
    const char *text = params_of(&txn);
    CHECK(has(text, "bond-br0-host"));
    CHECK(has(text, "\"bond_mode\":\"balance-tcp\""));
    CHECK(has(text, "\"lacp\":\"active\""));
}

#define ROW(kind, more)                                     \
    "{'initial':{'name':'br0-host','external_ids':['map',[" \
    "['ovsint-move','" kind "']" more "]]}}"
#define NOTE                                             \
    ",['ovsint-move-note','{\\\"bridge\\\":\\\"br0\\\"," \
    "\\\"cards\\\":[{\\\"name\\\":\\\"eth0\\\",\\\"ip\\\":\\\"00ff,\\\"}]}']"

static struct uplink_notes notes_of(const char *rows)
{
    struct uplink_notes notes = {0};
    auto_buf struct buf text = BUF_INIT(65536);

    buf_addf(&text, "{'Port':{%s}}", rows);
    auto_free char *quoted = model_quotes(buf_text(&text));
    auto_json struct json *updates = json_of(quoted);
    uplink_notes_read(&notes, updates);
    return notes;
}

TEST(notes_are_read)
{
    auto_uplink_notes struct uplink_notes notes = notes_of("'a1':" ROW(
        "access", NOTE
        ",['ovsint-move-state','waiting'],"
        "['ovsint-move-holder','b007 42 7']") ",'a2':{'initial':{'name':'eth0',"
                                              "'external_ids':['map',["
                                              "['ovsint-move','cards'],['"
                                              "ovsint-move-of','br0-host']]]}"
                                              "}");

    CHECK_EQ(notes.count, 1);
    const struct uplink_note *note = uplink_notes_find(&notes, "br0-host");
    CHECK(note && !uplink_notes_find(&notes, "eth0"));
    CHECK_STR(note->bridge, "br0");
    CHECK_STR(note->cards[0].name, "eth0");
    CHECK_STR(note->cards[0].ip, "00ff,");
    CHECK_STR(note->access_uuid, "a1");
    CHECK_STR(note->cards_uuid, "a2");
    CHECK_EQ(note->state, UPLINK_WAITING);
    CHECK_STR(note->holder.boot, "b007");
    CHECK_EQ(note->holder.pid, 42);
    CHECK_EQ(note->holder.start, 7);
}

TEST(a_note_without_a_state_is_kept)
{
    auto_uplink_notes struct uplink_notes notes =
        notes_of("'a1':" ROW("access", NOTE));

    CHECK_EQ(notes.count, 1);
    CHECK_EQ(notes.list[0].state, UPLINK_KEPT);
    CHECK_STR(notes.list[0].cards_uuid, "");
}

/* Nobody holds it, so it is undone. */
TEST(a_state_that_is_not_known)
{
    auto_uplink_notes struct uplink_notes notes =
        notes_of("'a1':" ROW("access", NOTE ",['ovsint-move-state','dancing'],"
                                            "['ovsint-move-holder','x']"));

    CHECK_EQ(notes.count, 1);
    CHECK_EQ(notes.list[0].state, UPLINK_UNDOING);
    CHECK_EQ(notes.list[0].holder.pid, 0);
}

TEST(broken_notes_are_left_out)
{
    static const char *const broken[] = {
        "'a1':" ROW("access", ""),
        "'a1':" ROW("access", ",['ovsint-move-note','[]']"),
        "'a1':" ROW("access", ",['ovsint-move-note','{}']"),
        "'a1':" ROW("access", ",['ovsint-move-note','{\\\"bridge\\\":\\\"b\\\","
                              "\\\"cards\\\":[{\\\"name\\\":\\\"../x\\\","
                              "\\\"ip\\\":\\\"\\\"}]}']"),
        "'a1':" ROW("cards", NOTE),
    };

    for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
        auto_uplink_notes struct uplink_notes notes = notes_of(broken[i]);
        CHECK_EQ(notes.count, 0);
    }
}

TEST_MAIN
