/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* `ovsint mirror ls`: a line for each mirror, with both ends as people call
 * them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/mirror/mirror.h"
#include "cli/screen/table.h"

/* "web:eth0", or the port if its container is not known. */
static void add_end(const struct mirror_known *known, const char *port,
                    struct buf *ret)
{
    char room[LIMIT_CONTAINER_ID_SIZE];

    for (size_t i = 0; i < known->plugged.count; i++) {
        const struct plugged *plugged = &known->plugged.list[i];
        if (strcmp(plugged->port, port) != 0)
            continue;
        buf_add_text(ret, plugged_title(plugged, room));
        if (plugged->ifname)
            buf_addf(ret, ":%s", plugged->ifname);
        return;
    }
    buf_add_text(ret, port);
}

static void add_from(const struct mirror_known *known,
                     const struct mirror *mirror, const char *bridge,
                     struct buf *ret)
{
    const char *at = mirror->from;
    char name[IFNAME_SIZE];

    while (mirror_next_source(&at, name)) {
        if (ret->size)
            buf_add_text(ret, ",");
        add_end(known, name, ret);
    }
    if (!mirror->from[0])
        buf_addf(ret, "all of %s", bridge ? bridge : "no bridge");
}

/* The texts of one line. */
struct line {
    struct buf from, to, vlans;
    const char *bridge;
    const char *state;
    struct mirror_facts facts;
};

static void line_done(struct line *line)
{
    buf_done(&line->from);
    buf_done(&line->to);
    buf_done(&line->vlans);
}
#define auto_line __attribute__((cleanup(line_done)))

static void line_make(const struct mirror_known *known,
                      const struct mirror *mirror, struct line *ret)
{
    *ret = (struct line){.from = BUF_INIT(LIMIT_VALUE_SIZE),
                         .to = BUF_INIT(LIMIT_VALUE_SIZE),
                         .vlans = BUF_INIT(LIMIT_VALUE_SIZE)};
    mirror_facts_read(known->rows, mirror, &ret->facts);
    ret->bridge = mirror_bridge_of(known->rows, "mirrors", mirror->uuid);
    add_from(known, mirror, ret->bridge, &ret->from);
    if (mirror->tunnel)
        buf_add_text(&ret->to, mirror->tunnel);
    else
        add_end(known, mirror->to, &ret->to);
    vlan_set_format(&ret->facts.vlans, &ret->vlans);
    ret->state = ret->facts.error
                     ? ret->facts.error
                     : mirror_verdict_name(mirror_judge(
                           mirror, &known->plugged.view, NULL, NULL));
}

static void write_json(const struct mirror_known *known, struct cli *cli)
{
    struct json_writer w = JSON_WRITER(&cli->out);

    json_write_object(&w);
    json_write_key(&w, "mirrors");
    json_write_array(&w);
    for (size_t i = 0; i < known->mirrors.count; i++) {
        const struct mirror *mirror = &known->mirrors.rows[i];
        auto_line struct line line;
        line_make(known, mirror, &line);
        json_write_object(&w);
        json_write_member(&w, "name", mirror->name);
        json_write_member(&w, "bridge", line.bridge ? line.bridge : "");
        json_write_member(&w, "from", buf_text(&line.from));
        json_write_member(&w, "vlans", buf_text(&line.vlans));
        json_write_member(&w, "direction",
                          mirror_direction_name(mirror->direction));
        json_write_member(&w, "to", buf_text(&line.to));
        json_write_member(&w, "state", line.state);
        json_write_key(&w, "packets");
        json_write_int(&w, line.facts.packets);
        json_write_key(&w, "bytes");
        json_write_int(&w, line.facts.bytes);
        json_write_object_end(&w);
    }
    json_write_array_end(&w);
    json_write_object_end(&w);
    buf_add_text(&cli->out, "\n");
}

static void write_table(const struct mirror_known *known, struct cli *cli)
{
    static const struct table_column columns[] = {
        {"MIRROR", false, 0}, {"FROM", false, 0},      {"VLANS", false, 2},
        {"TO", false, 0},     {"DIRECTION", false, 3}, {"BRIDGE", false, 4},
        {"STATE", false, 1},  {"PACKETS", true, 5}};
    auto_table struct table table = {.columns = columns,
                                     .column_count = ARRAY_LEN(columns)};

    for (size_t i = 0; i < known->mirrors.count; i++) {
        const struct mirror *mirror = &known->mirrors.rows[i];
        auto_line struct line line;
        char packets[24];
        line_make(known, mirror, &line);
        snprintf(packets, sizeof(packets), "%" PRId64, line.facts.packets);
        bool copies = strcmp(line.state, mirror_verdict_name(MIRROR_FINE)) == 0;
        table_add(&table, COLOUR_BOLD, mirror->name);
        table_add(&table, COLOUR_NONE, buf_text(&line.from));
        table_add(&table, COLOUR_NONE, buf_text(&line.vlans));
        table_add(&table, COLOUR_NONE, buf_text(&line.to));
        table_add(&table, COLOUR_NONE,
                  mirror_direction_name(mirror->direction));
        table_add(&table, COLOUR_NONE, line.bridge);
        table_add(&table, copies ? COLOUR_GREEN : COLOUR_RED, line.state);
        table_add(&table, COLOUR_NONE, packets);
    }
    if (known->mirrors.count)
        table_write(&table, &cli->terminal, &cli->out);
}

int mirror_ls(struct cli *cli, struct err *err)
{
    auto_mirror_known struct mirror_known known = {0};

    int r = mirror_know(cli, &known, err);
    if (r < 0)
        return r;
    if (cli->options.json)
        write_json(&known, cli);
    else
        write_table(&known, cli);
    return 0;
}
