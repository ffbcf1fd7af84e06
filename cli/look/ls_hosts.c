/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * `ovsint ls --all-hosts`: our ports on logical switches of OVN, wherever their
 * hosts are, as the northbound database has them. It is all that there is to
 * ask: a host that is dead is listed, as nothing in OVN notices that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/confine.h"
#include "cli/look/ls.h"
#include "cli/ports/northbound.h"
#include "cli/screen/table.h"
#include "ovsint/ovn/northbound.h"
#include "ovsint/ovsdb/row.h"
#include "ovsint/rows/port_name.h"

#define ADDRESSES_SIZE 4096
#define ID_SHOWN 12 /* of a long id, as Docker and podman show it */
#define LONG_ID 64

static const struct table_column columns[] = {
    {"HOST", false, 0},  {"SWITCH", false, 0},    {"CONTAINER", false, 0},
    {"IFACE", false, 2}, {"ADDRESSES", false, 0}, {"UP", false, 1},
    {"PORT", false, 3},  {"BY", false, 4},
};

/* Rows of several selects, sorted. */
struct rows {
    const struct json **list;
    size_t count;
    size_t room;
};

static const char *id_of(const struct json *row, const char *key)
{
    const char *value = row_map_get(row, "external_ids", key);

    return value ? value : "";
}

static const char *holder_of(const struct json *row)
{
    const char *container = id_of(row, ID_CONTAINER);

    return container[0] ? container : id_of(row, ID_ENDPOINT);
}

static const char *port_of(const struct json *row)
{
    const char *name = row_string(row, "name");

    return name ? names_port_of_logical(name) : NULL;
}

static int by_host(const void *a, const void *b)
{
    const struct json *left = *(const struct json *const *)a;
    const struct json *right = *(const struct json *const *)b;
    static const char *const keys[] = {ID_OVN_HOST, ID_OVN_SWITCH};

    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        int order = strcmp(id_of(left, keys[i]), id_of(right, keys[i]));
        if (order)
            return order;
    }
    int order = strcmp(holder_of(left), holder_of(right));
    return order ? order
                 : strcmp(id_of(left, ID_IFNAME), id_of(right, ID_IFNAME));
}

static void take_rows(const struct json *result, size_t ops, struct rows *ret)
{
    for (size_t op = 0; op < ops; op++) {
        for (size_t i = 0; i < reply_row_count(result, op); i++) {
            const struct json *row = reply_row(result, op, i);
            if (!port_of(row) ||
                row_map_get(row, "external_ids", ID_OVN_RESERVED))
                continue;
            ret->list =
                mem_grow(ret->list, ret->count, &ret->room, sizeof(*ret->list));
            ret->list[ret->count++] = row;
        }
    }
    if (ret->count)
        qsort(ret->list, ret->count, sizeof(*ret->list), by_host);
}

/* The address of the next key of one; `i` goes on from 0. */
static const char *next_address(const struct json *row, size_t *i)
{
    static const size_t prefix = sizeof(ID_IP_PREFIX) - 1;
    const char *key, *value;

    while (row_map_at(row, "external_ids", (*i)++, &key, &value)) {
        if (strncmp(key, ID_IP_PREFIX, prefix) == 0)
            return key + prefix;
    }
    return NULL;
}

static void add_row(struct table *table, const struct json *row)
{
    auto_buf struct buf addresses = BUF_INIT(ADDRESSES_SIZE);
    char holder[LIMIT_CONTAINER_ID_SIZE];
    const char *address;
    size_t i = 0;

    while ((address = next_address(row, &i)) != NULL)
        buf_addf(&addresses, "%s%s", addresses.size ? " " : "", address);
    snprintf(holder, sizeof(holder), "%s", holder_of(row));
    if (strlen(holder) == LONG_ID)
        holder[ID_SHOWN] = '\0';
    bool up = northbound_is_bound(row);
    table_add(table, COLOUR_NONE, id_of(row, ID_OVN_HOST));
    table_add(table, COLOUR_NONE, id_of(row, ID_OVN_SWITCH));
    table_add(table, COLOUR_BOLD, holder);
    table_add(table, COLOUR_NONE, id_of(row, ID_IFNAME));
    table_add(table, COLOUR_NONE, buf_text(&addresses));
    table_add(table, up ? COLOUR_GREEN : COLOUR_RED, up ? "yes" : "no");
    table_add(table, COLOUR_NONE, port_of(row));
    table_add(table, COLOUR_NONE, id_of(row, ID_OWNER));
}

static void write_row(struct json_writer *w, const struct json *row)
{
    static const struct {
        const char *name, *key;
    } members[] = {{"host", ID_OVN_HOST},       {"switch", ID_OVN_SWITCH},
                   {"container", ID_CONTAINER}, {"endpoint", ID_ENDPOINT},
                   {"ifname", ID_IFNAME},       {"owner", ID_OWNER}};
    const char *address;
    size_t at = 0;

    json_write_object(w);
    json_write_member(w, "port", port_of(row));
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        if (id_of(row, members[i].key)[0])
            json_write_member(w, members[i].name, id_of(row, members[i].key));
    }
    json_write_key(w, "addresses");
    json_write_array(w);
    while ((address = next_address(row, &at)) != NULL)
        json_write_string(w, address);
    json_write_array_end(w);
    json_write_key(w, "up");
    json_write_bool(w, northbound_is_bound(row));
    json_write_object_end(w);
}

static void write_all(struct cli *cli, const struct rows *rows)
{
    struct json_writer w = JSON_WRITER(&cli->out);

    json_write_object(&w);
    json_write_key(&w, "ports");
    json_write_array(&w);
    for (size_t i = 0; i < rows->count; i++)
        write_row(&w, rows->list[i]);
    json_write_array_end(&w);
    json_write_object_end(&w);
    buf_add_text(&cli->out, "\n");
}

static void show_all(struct cli *cli, const struct rows *rows)
{
    auto_table struct table table = {.columns = columns,
                                     .column_count = ARRAY_LEN(columns)};

    for (size_t i = 0; i < rows->count; i++)
        add_row(&table, rows->list[i]);
    if (rows->count)
        table_write(&table, &cli->terminal, &cli->out);
}

static int list_in(struct cli *cli, struct client *client, struct err *err)
{
    static const char *const owners[] = {EVERY_OWNER};
    auto_session_event struct session_event synced = {0}, event = {0};
    auto_txn struct txn txn = {0};
    struct rows rows = {0};
    int r = client_show_soon(client, NULL, cli->deadline, &synced, err);

    if (r < 0)
        return r;
    txn_init(&txn, NORTHBOUND_NAME);
    for (size_t i = 0; i < ARRAY_LEN(owners); i++)
        northbound_select_owner(&txn, owners[i]);
    r = northbound_ask(client, &txn, cli->deadline, &event, err);
    if (r < 0)
        return r;
    take_rows(event.outcome.result, ARRAY_LEN(owners), &rows);
    if (cli->options.json)
        write_all(cli, &rows);
    else
        show_all(cli, &rows);
    free(rows.list);
    return 0;
}

int ls_hosts(struct cli *cli, struct err *err)
{
    auto_client struct client *client = NULL;

    int r = client_open(cli->settings.northbound, cli->deadline, &client, err);
    if (r < 0)
        return err_wrap(err, "OVN's northbound database");
    r = cli_confine_asking(err);
    if (r < 0)
        return r;
    r = list_in(cli, client, err);
    return r < 0 ? err_wrap(err, "OVN's northbound database") : 0;
}
