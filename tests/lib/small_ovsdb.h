/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A database in a few hundred lines for tests of what is pure: the tables
 * Open_vSwitch, Bridge, Port and Interface, and those operations of RFC 7047
 * that our transactions have. A transaction is done as a whole or not at all.
 * It has no connection: small_ovsdb_transact() is the server.
 */
#pragma once

#include <errno.h>
#include <stdio.h>

#include "ovsint/base/buf.h"
#include "ovsint/json/json.h"
#include "ovsint/ovsdb/session.h"
#include "ovsint/rows/vswitch_view.h"
#include "tests/lib/test.h"

/* Each transaction copies them. Who makes a world for each of many inputs has
 * fewer. */
#ifndef SMALL_ROWS
#define SMALL_ROWS 64
#endif
#define SMALL_PAIRS 40

struct small_row {
    char table[24]; /* "" = the place is free */
    char uuid[OVSDB_UUID_SIZE];
    char name[80];
    char type[16];
    long ofport;
    long ofport_request;
    long ifindex;
    long next_cfg, cur_cfg; /* of Open_vSwitch */
    bool stp_enable;        /* of Bridge */
    bool snoops;            /* mcast_snooping_enable of Bridge */
    bool other_vlans;       /* of Port: an operator has made it a trunk of 20 */
    char error[80];
    const char *keys[SMALL_PAIRS]; /* external_ids */
    const char *values[SMALL_PAIRS];
    size_t count;
    char refs[SMALL_ROWS][OVSDB_UUID_SIZE]; /* Bridge.ports, Port.interfaces */
    size_t ref_count;
};

struct small_ovsdb {
    struct small_row rows[SMALL_ROWS];
    unsigned next_uuid;
    char **texts; /* what rows refer to */
    size_t text_count;
    struct json *result; /* of the last transaction */
    /* what it changed: "+oi1 -oi2 ~oi3", "*oi4" = a ready port was taken, "?" =
     * it asked */
    char said[512];
    bool lock_is_lost;                  /* asserting one fails */
    struct small_row shown[SMALL_ROWS]; /* by small_ovsdb_updates() */
};

static const struct json_limits small_limits = {.size = 1u << 22, .depth = 64};

static inline const char *small_keep(struct small_ovsdb *db, const char *text)
{
    db->texts =
        mem_resize(db->texts, (db->text_count + 1) * sizeof(*db->texts));
    return db->texts[db->text_count++] = mem_text(text, strlen(text));
}

static inline void small_ovsdb_done(struct small_ovsdb *db)
{
    for (size_t i = 0; i < db->text_count; i++)
        free(db->texts[i]);
    free(db->texts);
    json_free(db->result);
}

static inline const char *small_get(const struct small_row *row,
                                    const char *key)
{
    for (size_t i = 0; i < row->count; i++) {
        if (strcmp(row->keys[i], key) == 0)
            return row->values[i];
    }
    return NULL;
}

static inline void small_drop(struct small_row *row, const char *key)
{
    for (size_t i = 0; i < row->count; i++) {
        if (strcmp(row->keys[i], key) != 0)
            continue;
        row->count--;
        row->keys[i] = row->keys[row->count];
        row->values[i] = row->values[row->count];
        return;
    }
}

/* As "insert" does: a key that is there keeps its value. */
static inline void small_put(struct small_ovsdb *db, struct small_row *row,
                             const char *key, const char *value)
{
    if (small_get(row, key))
        return;
    CHECK(row->count < SMALL_PAIRS);
    row->keys[row->count] = small_keep(db, key);
    row->values[row->count++] = small_keep(db, value);
}

static inline struct small_row *small_add(struct small_ovsdb *db,
                                          const char *table, const char *name)
{
    for (size_t i = 0; i < SMALL_ROWS; i++) {
        struct small_row *row = &db->rows[i];
        if (row->table[0])
            continue;
        *row = (struct small_row){0};
        snprintf(row->table, sizeof(row->table), "%s", table);
        snprintf(row->name, sizeof(row->name), "%s", name);
        db->next_uuid++;
        snprintf(row->uuid, sizeof(row->uuid), "%08x-0000-4000-8000-%012x",
                 db->next_uuid, db->next_uuid);
        return row;
    }
    TEST_FAIL("the small database is full");
}

static inline struct small_row *small_find(struct small_ovsdb *db,
                                           const char *table, const char *name)
{
    for (size_t i = 0; i < SMALL_ROWS; i++) {
        if (strcmp(db->rows[i].table, table) == 0 &&
            strcmp(db->rows[i].name, name) == 0)
            return &db->rows[i];
    }
    return NULL;
}

static inline bool small_refers(const struct small_row *row, const char *uuid)
{
    for (size_t i = 0; i < row->ref_count; i++) {
        if (strcmp(row->refs[i], uuid) == 0)
            return true;
    }
    return false;
}

static inline void small_refer(struct small_row *row, const char *uuid)
{
    CHECK(row->ref_count < SMALL_ROWS);
    snprintf(row->refs[row->ref_count++], OVSDB_UUID_SIZE, "%s", uuid);
}

/* A port of somebody else. */
static inline void small_plug(struct small_ovsdb *db, const char *bridge,
                              const char *port, const char *interface)
{
    char uuid[OVSDB_UUID_SIZE];

    memcpy(uuid, small_add(db, "Interface", interface)->uuid, sizeof(uuid));
    struct small_row *row = small_add(db, "Port", port);
    small_refer(row, uuid);
    memcpy(uuid, row->uuid, sizeof(uuid));
    small_refer(small_find(db, "Bridge", bridge), uuid);
}

/* What a value says: a string, ["uuid", x], ["map", [[key, value]]]. */
static inline const struct json *small_elements(const struct json *value)
{
    return json_at(value, 1);
}

static inline bool small_has_pairs(const struct small_row *row,
                                   const struct json *map)
{
    const struct json *pairs = small_elements(map);

    for (size_t i = 0; i < json_count(pairs); i++) {
        const struct json *pair = json_at(pairs, i);
        const char *is = small_get(row, json_string(json_at(pair, 0)));
        if (!is || strcmp(is, json_string(json_at(pair, 1))) != 0)
            return false;
    }
    return true;
}

static inline bool small_is_int(const struct json *value, long is)
{
    int64_t wanted;

    return json_int(value, &wanted) && wanted == is;
}

static inline bool small_matches(const struct small_row *row,
                                 const struct json *op)
{
    const struct json *where = json_get(op, "where");

    if (strcmp(row->table, json_string(json_get(op, "table"))) != 0)
        return false;
    for (size_t i = 0; i < json_count(where); i++) {
        const struct json *condition = json_at(where, i);
        const char *column = json_string(json_at(condition, 0));
        const struct json *value = json_at(condition, 2);
        const char *uuid = json_string(json_at(value, 1));
        bool is;
        if (strcmp(column, "name") == 0)
            is = strcmp(row->name, json_string(value)) == 0;
        else if (strcmp(column, "type") == 0)
            is = strcmp(row->type, json_string(value)) == 0;
        else if (strcmp(column, "ofport") == 0)
            is = small_is_int(value, row->ofport);
        else if (strcmp(column, "ofport_request") == 0)
            is = small_is_int(value, row->ofport_request);
        else if (strcmp(column, "vlan_mode") == 0)
            is = strcmp("trunk", json_string(value)) == 0;
        else if (strcmp(column, "trunks") == 0)
            is = small_is_int(value, row->other_vlans ? 20 : 4095);
        else if (strcmp(column, "match") == 0)
            is = false; /* its ACLs are none of an earlier version */
        else if (strcmp(column, "_uuid") == 0)
            is = strcmp(row->uuid, uuid) == 0;
        else if (strcmp(column, "external_ids") == 0)
            is = small_has_pairs(row, value);
        else
            is = small_refers(row, uuid);
        if (is == (strcmp(json_string(json_at(condition, 1)), "!=") == 0))
            return false;
    }
    return true;
}

static inline void small_say(struct small_ovsdb *db, char sign,
                             const char *name)
{
    size_t used = strlen(db->said);

    snprintf(db->said + used, sizeof(db->said) - used, "%s%c%s",
             used ? " " : "", sign, name);
}

static inline bool small_is_told(const char *table)
{
    return strcmp(table, "Port") == 0 ||
           strcmp(table, "Logical_Switch_Port") == 0;
}

/* A wait with timeout 0. */
/* Are these uuids all that the row refers to? One alone may be without a set.
 */
static inline bool small_has_refs(const struct small_row *row,
                                  const struct json *set)
{
    bool is_set = strcmp(json_string(json_at(set, 0)), "set") == 0;
    const struct json *items = json_at(set, 1);
    size_t count = is_set ? json_count(items) : 1;

    for (size_t i = 0; i < count; i++) {
        const struct json *item = is_set ? json_at(items, i) : set;
        bool has = false;
        for (size_t r = 0; r < row->ref_count; r++)
            has |= strcmp(row->refs[r], json_string(json_at(item, 1))) == 0;
        if (!has)
            return false;
    }
    return count == row->ref_count;
}

static inline bool small_wait(struct small_ovsdb *db, const struct json *op)
{
    bool is_equal = strcmp(json_string(json_get(op, "until")), "==") == 0;
    const struct json *wanted = json_at(json_get(op, "rows"), 0);
    size_t count = 0;

    for (size_t i = 0; i < SMALL_ROWS; i++) {
        const struct small_row *row = &db->rows[i];
        if (!row->table[0] || !small_matches(row, op))
            continue;
        count++;
        if (!wanted)
            continue;
        const struct json *ids = json_get(wanted, "external_ids");
        const struct json *uuid = json_get(wanted, "_uuid");
        bool snoops;
        if (uuid && strcmp(json_string(json_at(uuid, 1)), row->uuid) != 0)
            return false;
        if (json_bool(json_get(wanted, "mcast_snooping_enable"), &snoops) &&
            snoops != row->snoops)
            return false;
        const struct json *ports = json_get(wanted, "ports");
        if (ports && !small_has_refs(row, ports))
            return false;
        if (!ids)
            continue;
        if (json_count(small_elements(ids)) != row->count ||
            !small_has_pairs(row, ids))
            return false;
    }
    if (wanted)
        return count == 1;
    return is_equal ? count == 0 : count > 0;
}

static inline const char *small_uuid(const struct json *names,
                                     const struct json *value)
{
    const char *text = json_string(json_at(value, 1));

    if (strcmp(json_string(json_at(value, 0)), "named-uuid") != 0)
        return text;
    return json_string(json_get(names, text));
}

static inline void small_set_pairs(struct small_ovsdb *db,
                                   struct small_row *row,
                                   const struct json *map)
{
    const struct json *pairs = small_elements(map);

    for (size_t i = 0; i < json_count(pairs); i++)
        small_put(db, row, json_string(json_at(json_at(pairs, i), 0)),
                  json_string(json_at(json_at(pairs, i), 1)));
}

static inline void small_set_row(struct small_ovsdb *db, struct small_row *row,
                                 const struct json *columns,
                                 const struct json *names)
{
    const struct json *ids = json_get(columns, "external_ids");
    const struct json *interfaces = json_get(columns, "interfaces");
    const struct json *ports = json_get(columns, "ports");
    const char *type = json_string(json_get(columns, "type"));
    int64_t number;
    const char *datapath = json_string(json_get(columns, "datapath_type"));

    if (ids) {
        if (strcmp(row->table, "Interface") == 0 && small_get(row, ID_POOL))
            small_say(db, '*', row->name);
        row->count = 0;
        small_set_pairs(db, row, ids);
    }
    (void)json_bool(json_get(columns, "mcast_snooping_enable"), &row->snoops);
    if (json_int(json_get(columns, "ofport_request"), &number))
        row->ofport_request = (long)number;
    if (type)
        snprintf(row->type, sizeof(row->type), "%s", type);
    if (datapath)
        snprintf(row->type, sizeof(row->type), "%s", datapath);
    if (interfaces)
        small_refer(row, small_uuid(names, interfaces));
    if (ports)
        small_refer(row, small_uuid(names, ports));
}

/* A bridge goes with its place in Open_vSwitch.bridges. */
static inline void small_remove_bridge(struct small_ovsdb *db, const char *uuid)
{
    for (size_t i = 0; i < SMALL_ROWS; i++) {
        if (strcmp(db->rows[i].uuid, uuid) == 0)
            db->rows[i].table[0] = '\0';
    }
}

static inline void small_unrefer(struct small_row *row, const char *uuid)
{
    for (size_t i = 0; i < row->ref_count; i++) {
        if (strcmp(row->refs[i], uuid) == 0)
            memcpy(row->refs[i], row->refs[--row->ref_count], OVSDB_UUID_SIZE);
    }
}

static inline void small_mutate_row(struct small_ovsdb *db,
                                    struct small_row *row,
                                    const struct json *mutation,
                                    const struct json *names)
{
    const char *column = json_string(json_at(mutation, 0));
    bool inserts = strcmp(json_string(json_at(mutation, 1)), "insert") == 0;
    const struct json *value = json_at(mutation, 2);
    const struct json *elements = small_elements(value);

    if (strcmp(column, "next_cfg") == 0) {
        row->next_cfg++;
    } else if (strcmp(column, "external_ids") == 0 && inserts) {
        small_set_pairs(db, row, value);
    } else if (strcmp(column, "external_ids") == 0) {
        for (size_t i = 0; i < json_count(elements); i++)
            small_drop(row, json_string(json_at(elements, i)));
    } else if (inserts) {
        small_refer(row, small_uuid(names, value));
    } else {
        small_unrefer(row, small_uuid(names, value));
        if (strcmp(column, "bridges") == 0)
            small_remove_bridge(db, small_uuid(names, value));
    }
}

static inline void small_mutate(struct small_ovsdb *db, const struct json *op,
                                const struct json *names)
{
    const struct json *mutations = json_get(op, "mutations");

    for (size_t i = 0; i < SMALL_ROWS; i++) {
        struct small_row *row = &db->rows[i];
        if (!row->table[0] || !small_matches(row, op))
            continue;
        for (size_t m = 0; m < json_count(mutations); m++)
            small_mutate_row(db, row, json_at(mutations, m), names);
        if (strcmp(row->table, "Interface") == 0)
            small_say(db, '~', row->name);
    }
}

static inline void small_delete(struct small_ovsdb *db, const struct json *op)
{
    for (size_t i = 0; i < SMALL_ROWS; i++) {
        struct small_row *row = &db->rows[i];
        if (!row->table[0] || !small_matches(row, op))
            continue;
        if (small_is_told(row->table))
            small_say(db, '-', row->name);
        row->table[0] = '\0';
    }
}

static inline void small_write_pairs(struct json_writer *w,
                                     const struct small_row *row)
{
    json_write_key(w, "external_ids");
    json_write_array(w);
    json_write_string(w, "map");
    json_write_array(w);
    for (size_t i = 0; i < row->count; i++) {
        json_write_array(w);
        json_write_string(w, row->keys[i]);
        json_write_string(w, row->values[i]);
        json_write_array_end(w);
    }
    json_write_array_end(w);
    json_write_array_end(w);
}

/* The column that has the rows which a row of that table refers to. */
static inline const char *small_refs_column(const struct small_row *row)
{
    return strcmp(row->table, "Bridge") == 0 ? "ports"
           : strcmp(row->table, "Port") == 0 ? "interfaces"
                                             : NULL;
}

static inline void small_write_refs(struct json_writer *w,
                                    const struct small_row *row)
{
    json_write_array(w);
    json_write_string(w, "set");
    json_write_array(w);
    for (size_t i = 0; i < row->ref_count; i++) {
        json_write_array(w);
        json_write_string(w, "uuid");
        json_write_string(w, row->refs[i]);
        json_write_array_end(w);
    }
    json_write_array_end(w);
    json_write_array_end(w);
}

/* Those of a closed port, unless an operator has set others. */
static inline void small_write_vlans(struct json_writer *w,
                                     const struct small_row *row)
{
    json_write_member(w, "vlan_mode", "trunk");
    json_write_key(w, "trunks");
    json_write_int(w, row->other_vlans ? 20 : 4095);
    json_write_key(w, "cvlans");
    json_write_array(w);
    json_write_string(w, "set");
    json_write_array(w);
    json_write_array_end(w);
    json_write_array_end(w);
}

/* One row as a reply or a monitor has it. */
static inline void small_write_row(struct json_writer *w,
                                   const struct small_row *row, bool with_uuid)
{
    json_write_object(w);
    if (with_uuid) {
        json_write_key(w, "_uuid");
        json_write_array(w);
        json_write_string(w, "uuid");
        json_write_string(w, row->uuid);
        json_write_array_end(w);
        if (small_refs_column(row)) {
            json_write_key(w, small_refs_column(row));
            small_write_refs(w, row);
        }
    }
    json_write_member(w, "name", row->name);
    if (row->ofport) {
        json_write_key(w, "ofport");
        json_write_int(w, row->ofport);
    }
    if (row->ifindex) {
        json_write_key(w, "ifindex");
        json_write_int(w, row->ifindex);
    }
    if (strcmp(row->table, "Open_vSwitch") == 0) {
        json_write_key(w, "next_cfg");
        json_write_int(w, row->next_cfg);
        json_write_key(w, "cur_cfg");
        json_write_int(w, row->cur_cfg);
    }
    if (row->error[0])
        json_write_member(w, "error", row->error);
    if (strcmp(row->table, "Bridge") == 0 && row->type[0])
        json_write_member(w, "datapath_type", row->type);
    if (row->stp_enable) {
        json_write_key(w, "stp_enable");
        json_write_bool(w, true);
    }
    if (row->snoops) {
        json_write_key(w, "mcast_snooping_enable");
        json_write_bool(w, true);
    }
    if (strcmp(row->table, "Port") == 0)
        small_write_vlans(w, row);
    small_write_pairs(w, row);
    json_write_object_end(w);
}

static inline void small_select(struct small_ovsdb *db, const struct json *op,
                                struct json_writer *w)
{
    json_write_object(w);
    json_write_key(w, "rows");
    json_write_array(w);
    for (size_t i = 0; i < SMALL_ROWS; i++) {
        if (db->rows[i].table[0] && small_matches(&db->rows[i], op))
            small_write_row(w, &db->rows[i], true);
    }
    json_write_array_end(w);
    json_write_object_end(w);
    small_say(db, '?', "");
}

/* Rows that nobody refers to go at the end of a transaction. */
static inline void small_collect(struct small_ovsdb *db, const char *table,
                                 const char *by)
{
    for (size_t i = 0; i < SMALL_ROWS; i++) {
        struct small_row *row = &db->rows[i];
        bool is_held = strcmp(row->table, table) != 0;
        for (size_t k = 0; k < SMALL_ROWS && !is_held; k++)
            is_held = strcmp(db->rows[k].table, by) == 0 &&
                      small_refers(&db->rows[k], row->uuid);
        if (!is_held)
            row->table[0] = '\0';
    }
}

/* The uuids of the rows that will be inserted, by their names within the
 * transaction, as an object. */
static inline struct json *small_names(struct small_ovsdb *db,
                                       const struct json *params)
{
    auto_buf struct buf text = BUF_INIT(1u << 20);
    struct json_writer w = JSON_WRITER(&text);
    unsigned next = db->next_uuid;
    struct json *names = NULL;
    struct err err = {0};

    json_write_object(&w);
    for (size_t i = 1; i < json_count(params); i++) {
        const struct json *op = json_at(params, i);
        const char *name = json_string(json_get(op, "uuid-name"));
        char uuid[OVSDB_UUID_SIZE];
        if (strcmp(json_string(json_get(op, "op")), "insert") != 0)
            continue;
        ++next;
        snprintf(uuid, sizeof(uuid), "%08x-0000-4000-8000-%012x", next, next);
        if (name)
            json_write_member(&w, name, uuid);
    }
    json_write_object_end(&w);
    CHECK_OK(
        json_parse(buf_text(&text), text.size, &small_limits, &names, &err),
        err);
    return names;
}

static inline bool small_do(struct small_ovsdb *db, const struct json *op,
                            const struct json *names, struct json_writer *w)
{
    const char *kind = json_string(json_get(op, "op"));
    const struct json *columns = json_get(op, "row");
    const char *table = json_string(json_get(op, "table"));

    if (strcmp(kind, "select") == 0) {
        small_select(db, op, w);
        return true;
    }
    json_write_object(w);
    json_write_object_end(w);
    if (strcmp(kind, "wait") == 0)
        return small_wait(db, op);
    if (strcmp(kind, "assert") == 0)
        return !db->lock_is_lost;
    if (strcmp(kind, "insert") == 0) {
        struct small_row *row =
            small_add(db, table, json_string(json_get(columns, "name")));
        if (json_get(op, "uuid"))
            snprintf(row->uuid, sizeof(row->uuid), "%s",
                     json_string(json_get(op, "uuid")));
        small_set_row(db, row, columns, names);
        if (small_is_told(table))
            small_say(db, '+', row->name);
    } else if (strcmp(kind, "mutate") == 0) {
        small_mutate(db, op, names);
    } else if (strcmp(kind, "delete") == 0) {
        small_delete(db, op);
    } else if (strcmp(kind, "update") == 0) {
        for (size_t i = 0; i < SMALL_ROWS; i++) {
            if (!db->rows[i].table[0] || !small_matches(&db->rows[i], op))
                continue;
            small_set_row(db, &db->rows[i], columns, names);
            if (json_get(columns, "trunks"))
                db->rows[i].other_vlans = false;
        }
    }
    return true;
}

/* The outcome as a driver gives it. It holds until the next transaction. */
static inline struct ovsdb_outcome small_ovsdb_transact(struct small_ovsdb *db,
                                                        struct txn *txn)
{
    struct ovsdb_outcome outcome = {0};
    auto_buf struct buf text = BUF_INIT(1u << 22);
    struct json_writer w = JSON_WRITER(&text);
    auto_free struct small_row *before = mem_new(sizeof(db->rows));
    const struct buf *params = NULL;
    auto_json struct json *asked = NULL;
    struct err err = {0};

    db->said[0] = '\0';
    CHECK_OK(txn_params(txn, &params, &err), err);
    CHECK_OK(
        json_parse(buf_text(params), params->size, &small_limits, &asked, &err),
        err);
    auto_json struct json *names = small_names(db, asked);
    memcpy(before, db->rows, sizeof(db->rows));
    json_write_array(&w);
    for (size_t i = 1; i < json_count(asked) && outcome.r == 0; i++) {
        if (small_do(db, json_at(asked, i), names, &w))
            continue;
        outcome.fault = (struct reply_fault){REPLY_GUARD, i - 1};
        outcome.r =
            err_set(&outcome.err, ESTALE, "operation %zu: timed out", i - 1);
        memcpy(db->rows, before, sizeof(db->rows));
        snprintf(db->said, sizeof(db->said), "guard");
    }
    json_write_array_end(&w);
    small_collect(db, "Port", "Bridge");
    small_collect(db, "Interface", "Port");
    json_free(TAKE_PTR(db->result));
    CHECK_OK(json_parse(buf_text(&text), text.size, &small_limits, &db->result,
                        &err),
             err);
    outcome.result = outcome.r == 0 ? db->result : NULL;
    return outcome;
}

/* Would a monitor of that scope show the row? */
static inline bool small_is_shown(const struct small_row *row,
                                  const struct vswitch_scope *scope)
{
    char key[ID_KEY_SIZE];

    if (!row->table[0] || strcmp(row->table, "Bridge") == 0)
        return row->table[0] != '\0';
    if (!scope->container && !scope->netns_id)
        return true;
    if (scope->container) {
        vswitch_member_key(scope->container, key);
        if (small_get(row, key))
            return true;
    }
    for (size_t i = 0; i < scope->fit_count; i++) {
        const char *fit = small_get(row, ID_POOL);
        if (fit && strcmp(fit, scope->fits[i]) == 0)
            return true;
    }
    const char *netns_id = small_get(row, ID_NETNS_ID);
    return scope->netns_id && netns_id &&
           strcmp(netns_id, scope->netns_id) == 0;
}

/* The view as it would be after all updates so far. */
static inline void small_ovsdb_show(struct small_ovsdb *db,
                                    const struct vswitch_scope *scope,
                                    struct vswitch_view *view)
{
    static const char *const tables[] = {"Bridge", "Port", "Interface"};
    auto_buf struct buf text = BUF_INIT(1u << 22);
    struct json_writer w = JSON_WRITER(&text);
    auto_json struct json *updates = NULL;
    struct err err = {0};

    json_write_object(&w);
    for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
        json_write_key(&w, tables[t]);
        json_write_object(&w);
        for (size_t i = 0; i < SMALL_ROWS; i++) {
            const struct small_row *row = &db->rows[i];
            if (strcmp(row->table, tables[t]) != 0 ||
                !small_is_shown(row, scope))
                continue;
            json_write_key(&w, row->uuid);
            json_write_object(&w);
            json_write_key(&w, "initial");
            small_write_row(&w, row, false);
            json_write_object_end(&w);
        }
        json_write_object_end(&w);
    }
    json_write_object_end(&w);
    CHECK_OK(
        json_parse(buf_text(&text), text.size, &small_limits, &updates, &err),
        err);
    vswitch_view_done(view);
    vswitch_view_apply(view, updates);
}

/* What has changed, as a monitor tells it. */

/* "" = none, which is an empty set. */
static inline void small_write_error(struct json_writer *w, const char *error)
{
    json_write_key(w, "error");
    if (error[0]) {
        json_write_string(w, error);
        return;
    }
    json_write_array(w);
    json_write_string(w, "set");
    json_write_array(w);
    json_write_array_end(w);
    json_write_array_end(w);
}

static inline void small_write_difference(struct json_writer *w,
                                          const struct small_row *from,
                                          const struct small_row *to)
{
    struct small_row ids = {0};

    for (size_t i = 0; i < from->count; i++) {
        if (small_get(to, from->keys[i]))
            continue;
        ids.keys[ids.count] = from->keys[i];
        ids.values[ids.count++] = from->values[i];
    }
    for (size_t i = 0; i < to->count; i++) {
        const char *was = small_get(from, to->keys[i]);
        if (was && strcmp(was, to->values[i]) == 0)
            continue;
        ids.keys[ids.count] = to->keys[i];
        ids.values[ids.count++] = to->values[i];
    }
    json_write_object(w);
    if (to->ofport != from->ofport) {
        json_write_key(w, "ofport");
        json_write_int(w, to->ofport);
    }
    if (to->ifindex != from->ifindex) {
        json_write_key(w, "ifindex");
        json_write_int(w, to->ifindex);
    }
    if (to->cur_cfg != from->cur_cfg) {
        json_write_key(w, "cur_cfg");
        json_write_int(w, to->cur_cfg);
    }
    if (strcmp(to->error, from->error) != 0)
        small_write_error(w, to->error);
    if (to->snoops != from->snoops) {
        json_write_key(w, "mcast_snooping_enable");
        json_write_bool(w, to->snoops);
    }
    if (to->stp_enable != from->stp_enable) {
        json_write_key(w, "stp_enable");
        json_write_bool(w, to->stp_enable);
    }
    if (strcmp(to->table, "Bridge") == 0 && strcmp(to->type, from->type) != 0)
        json_write_member(w, "datapath_type", to->type);
    small_write_pairs(w, &ids);
    json_write_object_end(w);
}

static inline void small_write_change(struct json_writer *w,
                                      const struct small_row *from,
                                      const struct small_row *to)
{
    bool is_same = strcmp(from->uuid, to->uuid) == 0;

    if (from->table[0] && (!to->table[0] || !is_same)) {
        json_write_key(w, from->uuid);
        json_write_object(w);
        json_write_key(w, "delete");
        json_write_object(w);
        json_write_object_end(w);
        json_write_object_end(w);
    }
    if (!to->table[0] ||
        (from->table[0] && is_same && memcmp(from, to, sizeof(*from)) == 0))
        return;
    json_write_key(w, to->uuid);
    json_write_object(w);
    json_write_key(w, from->table[0] && is_same ? "modify" : "insert");
    if (from->table[0] && is_same)
        small_write_difference(w, from, to);
    else
        small_write_row(w, to, false);
    json_write_object_end(w);
}

static inline bool small_is_of(const struct small_row *row, const char *table)
{
    return strcmp(row->table, table) == 0;
}

/* What has changed since the last time, NULL = nothing. `anew`: all rows, as
 * after a connection was made. The caller frees. */
static inline struct json *small_ovsdb_updates(struct small_ovsdb *db,
                                               bool anew)
{
    static const char *const tables[] = {"Open_vSwitch", "Bridge", "Port",
                                         "Interface"};
    auto_buf struct buf text = BUF_INIT(1u << 22);
    struct json_writer w = JSON_WRITER(&text);
    struct json *updates = NULL;
    struct err err = {0};

    if (anew)
        memset(db->shown, 0, sizeof(db->shown));
    else if (memcmp(db->shown, db->rows, sizeof(db->rows)) == 0)
        return NULL;
    json_write_object(&w);
    for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
        json_write_key(&w, tables[t]);
        json_write_object(&w);
        for (size_t i = 0; i < SMALL_ROWS; i++) {
            const struct small_row *from = &db->shown[i], *to = &db->rows[i];
            if (small_is_of(from, tables[t]) || small_is_of(to, tables[t]))
                small_write_change(&w, from, to);
        }
        json_write_object_end(&w);
    }
    json_write_object_end(&w);
    memcpy(db->shown, db->rows, sizeof(db->rows));
    CHECK_OK(
        json_parse(buf_text(&text), text.size, &small_limits, &updates, &err),
        err);
    return updates;
}
