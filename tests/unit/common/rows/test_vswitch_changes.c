/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The view after many random changes, whose seed is fixed: it must be like one
 * that is shown the same rows anew, its indexes must find what a look at every
 * port finds, and its list of changes must name each port that differs from
 * before. A model of the tables Port and Interface makes the updates.
 */
#include "ovsint/rows/vswitch_view.h"
#include "tests/lib/rows.h"

#define NAMES 12
#define STEPS 3000
#define VALUES 3

static const char *const keys[] = {
    ID_OWNER, ID_ENDPOINT,   ID_NETNS,          ID_UNDRESSED,
    ID_PORTS, ID_SPEC,       ID_ASKED_PORTS,    ID_NETWORK,
    ID_POOL,  ID_POOL_ASKED, ID_MCAST_SNOOPING, "iface-id"};
#define KEYS ARRAY_LEN(keys)

struct row {
    bool is_there;
    unsigned generation; /* each row has a uuid of its own */
    int ofport;
    int value[KEYS]; /* 0 = the row lacks the key */
};

/* Of each name the rows of both tables: 0 = Interface, 1 = Port. */
struct model {
    struct row rows[NAMES][2];
    unsigned generation;
    uint64_t seed;
};

static unsigned random_below(struct model *model, unsigned end)
{
    model->seed = model->seed * UINT64_C(6364136223846793005) + 1;
    return (unsigned)(model->seed >> 33) % end;
}

static void write_pair(struct json_writer *w, size_t key, int value)
{
    char text[8];

    snprintf(text, sizeof(text), "v%d", value);
    json_write_array(w);
    json_write_string(w, keys[key]);
    json_write_string(w, text);
    json_write_array_end(w);
}

/* All pairs of the row, or those in which it differs from `old`. A pair that
 * goes is named with the value that it had. */
static void write_ids(struct json_writer *w, const struct row *old,
                      const struct row *row)
{
    json_write_key(w, "external_ids");
    json_write_array(w);
    json_write_string(w, "map");
    json_write_array(w);
    for (size_t k = 0; k < KEYS; k++) {
        int was = old ? old->value[k] : 0;
        if (was != row->value[k])
            write_pair(w, k, row->value[k] ? row->value[k] : was);
    }
    json_write_array_end(w);
    json_write_array_end(w);
}

static void write_columns(struct json_writer *w, size_t name, size_t table,
                          const struct row *old, const struct row *row)
{
    char text[8];

    snprintf(text, sizeof(text), "oi%zu", name);
    json_write_object(w);
    if (!old)
        json_write_member(w, "name", text);
    if (table == 0 && (old ? old->ofport : 0) != row->ofport) {
        json_write_key(w, "ofport");
        json_write_int(w, row->ofport);
    }
    write_ids(w, old, row);
    json_write_object_end(w);
}

static void uuid_of(size_t name, size_t table, const struct row *row,
                    char ret[OVSDB_UUID_SIZE])
{
    snprintf(ret, OVSDB_UUID_SIZE, "%08x-%04zx-4000-800%zx-000000000000",
             row->generation, name, table);
}

/* From `old` to `row`, one of which may not be there. */
static void write_row(struct json_writer *w, size_t name, size_t table,
                      const struct row *old, const struct row *row)
{
    char uuid[OVSDB_UUID_SIZE];

    uuid_of(name, table, row->is_there ? row : old, uuid);
    json_write_key(w, uuid);
    json_write_object(w);
    json_write_key(w, !row->is_there  ? "delete"
                      : old->is_there ? "modify"
                                      : "insert");
    if (row->is_there)
        write_columns(w, name, table, old->is_there ? old : NULL, row);
    else
        json_write_null(w);
    json_write_object_end(w);
}

/* What leads from `old` to `now`. */
static void show(struct vswitch_view *view, const struct model *old,
                 const struct model *now)
{
    static const char *const tables[] = {"Interface", "Port"};
    static const struct row none;
    auto_buf struct buf text = BUF_INIT(ROWS_SIZE);
    struct json_writer w = JSON_WRITER(&text);

    json_write_object(&w);
    for (size_t t = 0; t < 2; t++) {
        json_write_key(&w, tables[t]);
        json_write_object(&w);
        for (size_t n = 0; n < NAMES; n++) {
            const struct row *was = old ? &old->rows[n][t] : &none;
            const struct row *is = &now->rows[n][t];
            bool replaced = was->is_there && is->is_there &&
                            was->generation != is->generation;
            /* Either order is possible: the server sorts by uuid. */
            if (replaced && is->generation % 2)
                write_row(&w, n, t, was, &none);
            if (memcmp(was, is, sizeof(*is)) != 0)
                write_row(&w, n, t, replaced ? &none : was, is);
            if (replaced && is->generation % 2 == 0)
                write_row(&w, n, t, was, &none);
        }
        json_write_object_end(&w);
    }
    json_write_object_end(&w);
    rows_apply(view, buf_text(&text));
}

static void change_row(struct model *model, struct row *row, bool is_interface)
{
    if (!row->is_there || random_below(model, 8) == 0) {
        *row =
            (struct row){.is_there = true, .generation = ++model->generation};
    } else if (random_below(model, 5) == 0) {
        *row = (struct row){0};
        return;
    }
    if (is_interface && random_below(model, 2))
        row->ofport = (int)random_below(model, 4);
    for (size_t k = 0; k < KEYS; k++) {
        if (random_below(model, 3) == 0)
            row->value[k] = (int)random_below(model, VALUES + 1);
    }
}

static void change(struct model *model)
{
    unsigned count = 1 + random_below(model, 4);

    for (unsigned i = 0; i < count; i++) {
        unsigned name = random_below(model, NAMES);
        if (random_below(model, 4))
            change_row(model, &model->rows[name][0], true);
        if (random_below(model, 2))
            change_row(model, &model->rows[name][1], false);
    }
}

static void check_map(const struct vswitch_map *have,
                      const struct vswitch_map *want)
{
    CHECK_EQ(have->count, want->count);
    for (size_t i = 0; i < want->count; i++) {
        const char *value = vswitch_map_get(have, want->pairs[i].key);
        CHECK(value && strcmp(value, want->pairs[i].value) == 0);
    }
}

static void check_port(const struct vswitch_port *have,
                       const struct vswitch_port *want)
{
    CHECK(have);
    CHECK_STR(have->name, want->name);
    CHECK_STR(have->iface_uuid, want->iface_uuid);
    CHECK_STR(have->port_uuid, want->port_uuid);
    check_map(&have->ids, &want->ids);
    check_map(&have->port_ids, &want->port_ids);
    if (want->iface_uuid[0])
        CHECK_EQ(have->ofport, want->ofport);
}

/* Without the rows that have gone, which it keeps. */
static void check_like(const struct vswitch_view *view,
                       const struct vswitch_view *anew)
{
    CHECK_EQ(view->count, anew->count);
    for (size_t i = 0; i < anew->count; i++)
        check_port(vswitch_view_find(view, anew->ports[i]->name),
                   anew->ports[i]);
}

static bool has_key(const struct vswitch_port *port, enum vswitch_key key,
                    const char *value)
{
    static const char *const names[VSWITCH_KEYS] = {
        [VSWITCH_BY_ENDPOINT] = ID_ENDPOINT,
        [VSWITCH_BY_NETNS] = ID_NETNS,
        [VSWITCH_BY_SET_UP] = ID_UNDRESSED,
        [VSWITCH_BY_PORTS] = ID_PORTS,
        [VSWITCH_BY_ASKED] = ID_ASKED_PORTS,
        [VSWITCH_BY_NETWORK] = ID_NETWORK,
        [VSWITCH_BY_POOL] = ID_POOL,
        [VSWITCH_BY_POOL_ASKED] = ID_POOL_ASKED,
        [VSWITCH_BY_SNOOPING] = ID_MCAST_SNOOPING,
    };
    const char *has = vswitch_port_id(port, names[key]);
    bool any = key == VSWITCH_BY_SET_UP || key == VSWITCH_BY_PORTS ||
               key == VSWITCH_BY_ASKED || key == VSWITCH_BY_POOL_ASKED;

    return has && (any || strcmp(has, value) == 0);
}

static void check_key(const struct vswitch_view *view, enum vswitch_key key,
                      const char *value)
{
    size_t want = 0;
    size_t have = 0;

    for (size_t i = 0; i < view->count; i++)
        want += has_key(view->ports[i], key, value);
    for (const struct vswitch_port *port = vswitch_view_first(view, key, value);
         port; port = vswitch_port_next(port, key)) {
        CHECK(has_key(port, key, value));
        have++;
    }
    CHECK_EQ(have, want);
}

static void check_indexes(const struct vswitch_view *view)
{
    static const char *const values[] = {"v1", "v2", "v3", "v4"};

    for (size_t i = 0; i < view->count; i++) {
        const struct vswitch_port *port = view->ports[i];
        CHECK(vswitch_view_find(view, port->name) == port);
    }
    for (enum vswitch_key key = 0; key < VSWITCH_KEYS; key++) {
        for (size_t v = 0; v < ARRAY_LEN(values); v++)
            check_key(view, key, values[v]);
    }
}

/* Of what is told of the port; `name` is NULL when nothing is. One of which all
 * rows go before it has a row again is told of twice. */
static struct vswitch_change find_change(const struct vswitch_view *view,
                                         size_t name)
{
    struct vswitch_change found = {0};
    char text[8];

    snprintf(text, sizeof(text), "oi%zu", name);
    for (size_t i = 0; i < view->change_count; i++) {
        const struct vswitch_change *change = &view->changes[i];
        if (strcmp(change->name, text) != 0)
            continue;
        CHECK(!found.name || !found.port);
        found.name = change->name;
        found.port = change->port;
        found.what |= change->what;
    }
    CHECK(!found.name || found.port == vswitch_view_find(view, text));
    return found;
}

/* What must be told of one row that was `old`. */
static unsigned told(const struct row *old, const struct row *now,
                     bool is_interface)
{
    unsigned what = 0;

    if (now->is_there && old->generation != now->generation)
        what |= VSWITCH_INSERTED;
    if (old->is_there && old->generation != now->generation)
        what |= VSWITCH_REMOVED;
    if (!is_interface)
        return what;
    if (now->is_there && old->ofport != now->ofport)
        what |= VSWITCH_OFPORT;
    for (size_t k = 0; now->is_there && k < KEYS; k++) {
        if (old->value[k] != now->value[k])
            what |= strcmp(keys[k], ID_SPEC) == 0 ? VSWITCH_IDS | VSWITCH_SPEC
                    : strncmp(keys[k], ID_PREFIX, 7) == 0 ? VSWITCH_IDS
                                                          : VSWITCH_REST;
        if ((strcmp(keys[k], ID_PORTS) == 0 ||
             strcmp(keys[k], ID_ASKED_PORTS) == 0) &&
            old->value[k] != now->value[k])
            what |= VSWITCH_PORTS;
    }
    return what;
}

static void check_changes(const struct vswitch_view *view,
                          const struct model *old, const struct model *now)
{
    for (size_t n = 0; n < NAMES; n++) {
        struct vswitch_change change = find_change(view, n);
        bool differs =
            memcmp(old->rows[n], now->rows[n], sizeof(now->rows[n])) != 0;
        CHECK((change.name != NULL) == differs);
        for (size_t t = 0; differs && t < 2; t++) {
            unsigned what = told(&old->rows[n][t], &now->rows[n][t], t == 0);
            if (old->rows[n][t].generation == now->rows[n][t].generation ||
                !old->rows[n][t].is_there)
                CHECK_EQ(change.what & what, what);
            else
                CHECK(change.what & (VSWITCH_INSERTED | VSWITCH_REMOVED));
        }
    }
}

static void compare(bool keeps_removed)
{
    auto_vswitch_view struct vswitch_view view = {.keeps_removed =
                                                      keeps_removed};
    struct model model = {.seed = 4000};

    for (size_t step = 0; step < STEPS; step++) {
        auto_vswitch_view struct vswitch_view anew = {0};
        struct model old = model;
        change(&model);
        show(&view, &old, &model);
        show(&anew, NULL, &model);
        if (!keeps_removed)
            check_like(&view, &anew);
        CHECK_EQ(view.count, anew.count);
        check_indexes(&view);
        check_indexes(&anew);
        check_changes(&view, &old, &model);
        for (struct vswitch_port *port;
             (port = vswitch_view_take_removed(&view));)
            vswitch_port_free(port);
    }
}

TEST(random_changes_lead_where_the_rows_anew_lead)
{
    compare(false);
}

TEST(so_they_do_in_a_view_that_keeps_what_was_removed)
{
    compare(true);
}

TEST_MAIN
