/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* `ovsint ls`: a line for each port. With the database away it is shorter. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/look/ls.h"
#include "cli/ports/plugged_words.h"
#include "cli/screen/table.h"

static const struct table_column columns[] = {
    {"CONTAINER", false, 0}, {"IFACE", false, 0},   {"ADDRESSES", false, 0},
    {"BRIDGE", false, 1},    {"VLAN", false, 2},    {"STATE", false, 3},
    {"PORT", false, 4},      {"MAC", false, 5},     {"OFPORT", true, 8},
    {"BY", false, 7},        {"RUNTIME", false, 8}, {"RATE", true, 8},
    {"PUBLISHED", false, 6}, {"RX", true, 9},       {"TX", true, 9},
};

/* "17 B", "1.2 kB": of 1000, as rates are. */
static void format_bytes(uint64_t bytes, char ret[16])
{
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    double value = (double)bytes;
    size_t unit = 0;

    if (bytes < 1000) {
        snprintf(ret, 16, "%" PRIu64 " B", bytes);
        return;
    }
    for (value /= 1000; value >= 1000 && unit + 1 < ARRAY_LEN(units); unit++)
        value /= 1000;
    snprintf(ret, 16, "%.1f %s", value, units[unit]);
}

static void add_number(struct table *table, uint64_t number, const char *unit)
{
    char text[32];

    snprintf(text, sizeof(text), "%" PRIu64 "%s", number, unit);
    table_add(table, COLOUR_NONE, number ? text : NULL);
}

static void add_bytes(struct table *table, const struct plugged *plugged,
                      uint64_t bytes)
{
    char text[16];

    format_bytes(bytes, text);
    table_add(table, COLOUR_NONE, plugged->counted ? text : NULL);
}

static void add_segment(struct table *table, const struct plugged *plugged)
{
    char room[SEGMENT_SIZE];

    table_add(table, COLOUR_NONE,
              plugged_segment(plugged, plugged->vlan, room));
}

static void add_row(struct table *table, const struct plugged *plugged)
{
    char room[LIMIT_CONTAINER_ID_SIZE];

    table_add(table, COLOUR_BOLD, plugged_title(plugged, room));
    table_add(table, COLOUR_NONE, plugged->ifname);
    table_add(table, COLOUR_NONE, plugged->addresses);
    table_add(table, COLOUR_NONE, plugged->bridge);
    add_segment(table, plugged);
    table_add(table, plugged_colour(plugged), plugged->state);
    table_add(table, COLOUR_NONE, plugged->port);
    table_add(table, COLOUR_NONE, plugged->mac);
    add_number(table, plugged->ofport > 0 ? (uint64_t)plugged->ofport : 0, "");
    table_add(table, COLOUR_NONE, plugged->owner);
    table_add(table, COLOUR_NONE, plugged->runtime);
    add_number(table, plugged->rate_kbit, " kbit/s");
    table_add(table, COLOUR_NONE, plugged->published);
    add_bytes(table, plugged, plugged->counters.rx_bytes);
    add_bytes(table, plugged, plugged->counters.tx_bytes);
}

void plugged_list_write(struct cli *cli, const struct plugged_list *list)
{
    struct json_writer w = JSON_WRITER(&cli->out);

    json_write_object(&w);
    json_write_key(&w, "database");
    json_write_bool(&w, list->has_rows);
    json_write_key(&w, "guardian");
    json_write_bool(&w, list->has_daemon);
    json_write_key(&w, "ports");
    json_write_array(&w);
    for (size_t i = 0; i < list->count; i++)
        plugged_write(&list->list[i], &w);
    json_write_array_end(&w);
    json_write_object_end(&w);
    buf_add_text(&cli->out, "\n");
}

int ls_command(struct cli *cli, struct err *err)
{
    auto_plugged struct plugged_list list = {0};
    auto_table struct table table = {.columns = columns,
                                     .column_count = ARRAY_LEN(columns)};

    if (cli->options.all_hosts)
        return ls_hosts(cli, err);
    enum gather_purpose purpose =
        cli->options.pool ? GATHER_POOL : GATHER_TO_SHOW;
    int r = gather(cli, purpose, &list, err);
    if (r < 0)
        return r;
    gather_warn(&list);
    if (cli->options.json) {
        plugged_list_write(cli, &list);
        return 0;
    }
    for (size_t i = 0; i < list.count; i++)
        add_row(&table, &list.list[i]);
    if (list.count)
        table_write(&table, &cli->terminal, &cli->out);
    return 0;
}
