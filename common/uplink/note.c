/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The note is JSON in one key; state and holder have keys of their own, as they
 * change.
 */
#include "ovsint/uplink/note.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ovsint/ovsdb/reply.h"
#include "ovsint/ovsdb/row.h"
#include "ovsint/rows/external_ids.h"
#include "ovsint/rows/switch_look.h"

#define HOLDER_TEXT_SIZE 96

static const char *const names[UPLINK_STATE_COUNT] = {"kept", "moving",
                                                      "waiting", "undoing"};

const char *uplink_state_name(enum uplink_state state)
{
    return names[state];
}

void uplink_note_done(struct uplink_note *note)
{
    for (size_t i = 0; i < note->card_count; i++)
        free(note->cards[i].ip);
    *note = (struct uplink_note){0};
}

void uplink_notes_done(struct uplink_notes *notes)
{
    for (size_t i = 0; i < notes->count; i++)
        uplink_note_done(&notes->list[i]);
    free(notes->list);
    *notes = (struct uplink_notes){0};
}

struct uplink_note *uplink_notes_find(const struct uplink_notes *notes,
                                      const char *access)
{
    for (size_t i = 0; i < notes->count; i++) {
        if (strcmp(notes->list[i].access, access) == 0)
            return &notes->list[i];
    }
    return NULL;
}

/* Reading. */

void uplink_watch(struct monitor *monitor)
{
    monitor_table(monitor, "Port", "name", "external_ids", NULL);
    monitor_where_pair(monitor, "external_ids", ID_MOVE, MOVE_ACCESS);
    monitor_where_pair(monitor, "external_ids", ID_MOVE, MOVE_CARDS);
}

/* False if it has no room. */
static bool set_text(char *ret, size_t size, const char *text)
{
    return text && snprintf(ret, size, "%s", text) < (int)size;
}

static bool read_card(struct uplink_note *note, const struct json *card)
{
    const char *name = json_string(json_get(card, "name"));
    const char *ip = json_string(json_get(card, "ip"));

    if (!name || !ifname_valid(name) || !ip ||
        note->card_count == UPLINK_CARDS_MAX)
        return false;
    struct uplink_card *ret = &note->cards[note->card_count++];
    ret->ip = mem_text(ip, strlen(ip));
    return set_text(ret->name, sizeof(ret->name), name);
}

static bool read_json(struct uplink_note *note, const char *text)
{
    static const struct json_limits limits = {.size = 2 * UPLINK_NOTE_SIZE,
                                              .depth = LIMIT_JSON_DEPTH};
    auto_json struct json *json = NULL;
    struct err ignored = {0};

    if (!text ||
        json_parse_object(text, strlen(text), &limits, &json, &ignored) < 0)
        return false;
    const struct json *cards = json_get(json, "cards");
    for (size_t i = 0; i < json_count(cards); i++) {
        if (!read_card(note, json_at(cards, i)))
            return false;
    }
    return note->card_count > 0 &&
           set_text(note->bridge, sizeof(note->bridge),
                    json_string(json_get(json, "bridge")));
}

static bool read_state(struct uplink_note *note, const struct json *row)
{
    const char *state = row_map_get(row, "external_ids", ID_MOVE_STATE);
    const char *holder = row_map_get(row, "external_ids", ID_MOVE_HOLDER);
    int pid = 0;

    if (!state)
        return true;
    /* Whatever is not known is to be undone, as nobody holds it. */
    note->state = UPLINK_UNDOING;
    for (size_t i = 1; i < UPLINK_STATE_COUNT; i++) {
        if (strcmp(state, names[i]) == 0)
            note->state = (enum uplink_state)i;
    }
    if (holder && sscanf(holder, "%36s %9d %19" SCNu64, note->holder.boot, &pid,
                         &note->holder.start) == 3)
        note->holder.pid = pid;
    return true;
}

static void read_access(struct uplink_notes *ret, const char *uuid,
                        const struct json *row)
{
    struct uplink_note note = {0};

    if (!set_text(note.access, sizeof(note.access), row_string(row, "name")) ||
        !set_text(note.access_uuid, sizeof(note.access_uuid), uuid) ||
        !read_json(&note, row_map_get(row, "external_ids", ID_MOVE_NOTE)) ||
        !read_state(&note, row)) {
        uplink_note_done(&note);
        return;
    }
    ret->list = mem_grow(ret->list, ret->count, &ret->room, sizeof(*ret->list));
    ret->list[ret->count++] = note;
}

static void read_cards(struct uplink_notes *ret, const char *uuid,
                       const struct json *row)
{
    const char *of = row_map_get(row, "external_ids", ID_MOVE_OF);
    struct uplink_note *note = of ? uplink_notes_find(ret, of) : NULL;

    if (note)
        (void)set_text(note->cards_uuid, sizeof(note->cards_uuid), uuid);
}

static bool is_access(const struct json *row)
{
    const char *kind = row_map_get(row, "external_ids", ID_MOVE);

    return kind && strcmp(kind, MOVE_ACCESS) == 0;
}

void uplink_notes_read(struct uplink_notes *ret, const struct json *updates)
{
    struct row_update update;

    for (size_t i = 0; monitor_update_at(updates, "Port", i, &update); i++) {
        if (is_access(update.row))
            read_access(ret, update.uuid, update.row);
    }
    for (size_t i = 0; monitor_update_at(updates, "Port", i, &update); i++)
        read_cards(ret, update.uuid, update.row);
}

size_t uplink_select(struct txn *txn)
{
    size_t op = txn_select(txn, "Port", "_uuid", "name", "external_ids", NULL);

    txn_where_pair(txn, "external_ids", ID_MOVE, MOVE_ACCESS);
    txn_select(txn, "Port", "_uuid", "name", "external_ids", NULL);
    txn_where_pair(txn, "external_ids", ID_MOVE, MOVE_CARDS);
    return op;
}

void uplink_notes_selected(struct uplink_notes *ret, const struct json *result,
                           size_t op)
{
    const struct json *row;

    for (size_t i = 0; (row = reply_row(result, op, i)) != NULL; i++)
        read_access(ret, row_uuid(row, "_uuid"), row);
    for (size_t i = 0; (row = reply_row(result, op + 1, i)) != NULL; i++)
        read_cards(ret, row_uuid(row, "_uuid"), row);
}

/* Writing. */

static void note_write(const struct uplink_note *note, struct buf *ret)
{
    struct json_writer w = JSON_WRITER(ret);

    json_write_object(&w);
    json_write_member(&w, "bridge", note->bridge);
    json_write_key(&w, "cards");
    json_write_array(&w);
    for (size_t i = 0; i < note->card_count; i++) {
        json_write_object(&w);
        json_write_member(&w, "name", note->cards[i].name);
        json_write_member(&w, "ip", note->cards[i].ip);
        json_write_object_end(&w);
    }
    json_write_array_end(&w);
    json_write_object_end(&w);
}

static void holder_write(const struct uplink_holder *holder,
                         char ret[HOLDER_TEXT_SIZE])
{
    snprintf(ret, HOLDER_TEXT_SIZE, "%s %d %" PRIu64, holder->boot,
             (int)holder->pid, holder->start);
}

static void guard_free(struct txn *txn, const char *name)
{
    txn_wait_absent(txn, "Port");
    txn_where_string(txn, "name", name);
    txn_wait_absent(txn, "Interface");
    txn_where_string(txn, "name", name);
}

static void insert_access(struct txn *txn, const struct uplink_note *note,
                          const struct uplink_shape *shape, const char *text)
{
    char mac[MAC_TEXT_SIZE], holder[HOLDER_TEXT_SIZE];

    mac_format(&shape->mac, mac);
    holder_write(&note->holder, holder);
    txn_insert(txn, "Interface", "access_interface");
    txn_set_string(txn, "name", note->access);
    txn_set_string(txn, "type", "internal");
    txn_set_string(txn, "mac", mac);
    txn_set_int(txn, "mtu_request", shape->mtu);
    txn_insert(txn, "Port", "access_port");
    txn_set_string(txn, "name", note->access);
    txn_set_named(txn, "interfaces", "access_interface");
    txn_set_map(txn, "external_ids");
    txn_pair(txn, ID_MOVE, MOVE_ACCESS);
    txn_pair(txn, ID_MOVE_NOTE, text);
    txn_pair(txn, ID_MOVE_STATE, names[UPLINK_MOVING]);
    txn_pair(txn, ID_MOVE_HOLDER, holder);
}

static void add_to_bridge(struct txn *txn, const struct uplink_note *note,
                          const char *port)
{
    txn_mutate(txn, "Bridge");
    txn_where_string(txn, "name", note->bridge);
    txn_add_named(txn, "ports", port);
}

int uplink_claim(struct txn *txn, const struct uplink_note *note,
                 const struct uplink_shape *shape, struct err *err)
{
    auto_buf struct buf text = BUF_INIT(UPLINK_NOTE_SIZE);

    note_write(note, &text);
    if (text.overflow)
        return err_set(err, E2BIG,
                       "there are more addresses and routes than the database "
                       "could note, which is some 4000: a routing daemon "
                       "makes its routes anew if it is told the other device");
    txn_wait_present(txn, "Bridge");
    txn_where_string(txn, "name", note->bridge);
    guard_free(txn, note->access);
    for (size_t i = 0; i < note->card_count; i++)
        guard_free(txn, note->cards[i].name);
    insert_access(txn, note, shape, buf_text(&text));
    add_to_bridge(txn, note, "access_port");
    return 0;
}

static void guard_state(struct txn *txn, const struct uplink_note *note,
                        enum uplink_state state)
{
    txn_wait_present(txn, "Port");
    txn_where_string(txn, "name", note->access);
    txn_where_pair(txn, "external_ids", ID_MOVE, MOVE_ACCESS);
    if (state != UPLINK_KEPT)
        txn_where_pair(txn, "external_ids", ID_MOVE_STATE, names[state]);
}

void uplink_join(struct txn *txn, const struct uplink_note *note,
                 const struct uplink_shape *shape)
{
    char rows[UPLINK_CARDS_MAX][32];
    bool is_bond = note->card_count > 1;

    guard_state(txn, note, UPLINK_MOVING);
    for (size_t i = 0; i < note->card_count; i++) {
        snprintf(rows[i], sizeof(rows[i]), "card%zu", i);
        txn_insert(txn, "Interface", rows[i]);
        txn_set_string(txn, "name", note->cards[i].name);
    }
    txn_insert(txn, "Port", "cards");
    if (is_bond) {
        char name[2 * IFNAME_SIZE];
        snprintf(name, sizeof(name), "bond-%s", note->access);
        txn_set_string(txn, "name", name);
        if (shape->bond_mode)
            txn_set_string(txn, "bond_mode", shape->bond_mode);
        if (shape->bond_mode && strcmp(shape->bond_mode, "balance-tcp") == 0)
            txn_set_string(txn, "lacp", "active");
    } else {
        txn_set_string(txn, "name", note->cards[0].name);
    }
    txn_set_set(txn, "interfaces");
    for (size_t i = 0; i < note->card_count; i++)
        txn_item_named(txn, rows[i]);
    txn_set_map(txn, "external_ids");
    txn_pair(txn, ID_MOVE, MOVE_CARDS);
    txn_pair(txn, ID_MOVE_OF, note->access);
    add_to_bridge(txn, note, "cards");
}

void uplink_set_state(struct txn *txn, const struct uplink_note *note,
                      enum uplink_state state,
                      const struct uplink_holder *holder)
{
    auto_buf struct buf json = BUF_INIT(UPLINK_NOTE_SIZE);
    char text[HOLDER_TEXT_SIZE];

    guard_state(txn, note, note->state);
    if (note->state != UPLINK_KEPT && note->holder.pid) {
        holder_write(&note->holder, text);
        txn_where_pair(txn, "external_ids", ID_MOVE_HOLDER, text);
    }
    txn_mutate(txn, "Port");
    txn_where_string(txn, "name", note->access);
    if (!holder) {
        txn_remove_key(txn, "external_ids", ID_MOVE_STATE);
        txn_remove_key(txn, "external_ids", ID_MOVE_HOLDER);
        return;
    }
    holder_write(holder, text);
    txn_put_pair(txn, "external_ids", ID_MOVE_STATE, names[state]);
    txn_put_pair(txn, "external_ids", ID_MOVE_HOLDER, text);
    /* uplink_refresh() may have changed it. */
    note_write(note, &json);
    if (state == UPLINK_UNDOING && !json.overflow)
        txn_put_pair(txn, "external_ids", ID_MOVE_NOTE, buf_text(&json));
}

static void remove_port(struct txn *txn, const char *uuid)
{
    txn_mutate(txn, "Bridge");
    txn_where_ref(txn, "ports", uuid);
    txn_remove_uuid(txn, "ports", uuid);
}

void uplink_leave(struct txn *txn, const struct uplink_note *note)
{
    if (note->cards_uuid[0])
        remove_port(txn, note->cards_uuid);
    if (note->access_uuid[0])
        remove_port(txn, note->access_uuid);
}

size_t uplink_fence(struct txn *txn)
{
    switch_look(txn);
    size_t op = txn_select(txn, "Open_vSwitch", "next_cfg", NULL);
    txn_where_any(txn);
    return op;
}

int64_t uplink_fence_number(const struct json *result, size_t op)
{
    int64_t number = INT64_MAX;

    (void)row_int(reply_row(result, op, 0), "next_cfg", &number);
    return number;
}
