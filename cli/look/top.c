/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The loop of `ovsint top`: count, wait for a key or the next time, count
 * again. Rows are read again only after the database has said that some have
 * changed. If it is away the ports that were known go on being counted.
 */
#include "cli/look/top_rates.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/confine.h"
#include "cli/ports/gather.h"
#include "cli/screen/table.h"
#include "ovsint/base/io.h"

#define ONCE_MS 1000
#define FIRST_MS 500 /* until there are rates for the first time */
#define ROWS_PATIENCE_MS 1000
#define SCREEN_SIZE (4u << 20)

static const struct table_column columns[] = {
    {"CONTAINER", false, 0}, {"IFACE", false, 3},   {"RX bit/s", true, 0},
    {"TX bit/s", true, 0},   {"RX pkt/s", true, 2}, {"TX pkt/s", true, 2},
    {"DROP/s", true, 1},     {"BRIDGE", false, 4},  {"VLAN", false, 5},
    {"PORT", false, 6},
};

struct view {
    struct cli *cli;
    struct client *client;
    struct plugged_list list;
    struct top_samples samples;
    struct top top;
    enum top_order order;
    size_t first; /* the row at the top of the screen */
    int64_t pause_ms;
    int64_t read_ms; /* between the last two countings */
    int64_t last_ms;
    bool stale; /* rows have changed since they were read */
    struct err rows_why;
};

static void view_done(struct view *view)
{
    top_done(&view->top);
    top_samples_done(&view->samples);
    plugged_done(&view->list);
    client_close(view->client);
    terminal_leave();
}
#define auto_view __attribute__((cleanup(view_done)))

/* What the database has said meanwhile, without waiting. */
static void hear(struct view *view)
{
    for (;;) {
        auto_session_event struct session_event event = {0};
        if (!client_next(view->client, deadline_in(0), &event))
            return;
        if (event.type == SESSION_DOWN) {
            view->rows_why = event.reason;
            view->stale = true;
            return;
        }
        view->stale |= event.type == SESSION_UPDATED;
    }
}

static void read_again(struct view *view)
{
    struct plugged_list list = {0};

    view->rows_why = (struct err){0};
    if (gather_rows(view->client, deadline_in(ROWS_PATIENCE_MS), &list,
                    &view->rows_why) < 0) {
        plugged_done(&list);
        return;
    }
    top_done(&view->top); /* its rows point to the old list */
    plugged_done(&view->list);
    view->list = list;
    view->stale = false;
}

/* Of a processor: what was waited for costs nobody anything. */
static int64_t spent_ms(void)
{
    return (int64_t)clock() * 1000 / CLOCKS_PER_SEC;
}

static void count(struct view *view)
{
    int64_t spent = spent_ms();

    hear(view);
    if (view->stale)
        read_again(view);
    int64_t begun = deadline_now_ms();
    plugged_count(&view->list);
    top_take(&view->top, &view->samples, &view->list, begun);
    view->read_ms = begun - view->last_ms;
    view->last_ms = begun;
    view->pause_ms =
        top_pause_ms(view->cli->options.every_ms, spent_ms() - spent);
}

/* For people. */

static void add_number(struct table *table, const struct top_row *row,
                       uint64_t value)
{
    char text[TOP_NUMBER_SIZE];

    top_number(value, text);
    table_add(table, COLOUR_NONE, row->rated ? text : "-");
}

static void add_row(struct table *table, const struct top_row *row)
{
    char room[LIMIT_CONTAINER_ID_SIZE];
    const struct plugged *plugged = row->plugged;

    table_add(table, COLOUR_BOLD, plugged_title(plugged, room));
    table_add(table, COLOUR_NONE, plugged->ifname);
    add_number(table, row, row->rates.rx_bits);
    add_number(table, row, row->rates.tx_bits);
    add_number(table, row, row->rates.rx_packets);
    add_number(table, row, row->rates.tx_packets);
    add_number(table, row, row->rates.dropped);
    table_add(table, COLOUR_NONE, plugged->bridge);
    table_add(table, COLOUR_NONE, plugged->vlan);
    table_add(table, COLOUR_NONE, plugged->port);
}

static void add_table(struct view *view, size_t first, size_t most,
                      struct buf *ret)
{
    auto_table struct table table = {.columns = columns,
                                     .column_count = ARRAY_LEN(columns)};

    top_sort(&view->top, view->order);
    for (size_t i = first; i < view->top.count && i - first < most; i++)
        add_row(&table, &view->top.rows[i]);
    if (table.count)
        table_write(&table, &view->cli->terminal, ret);
}

static void add_head(const struct view *view, struct buf *ret)
{
    static const char *const orders[] = {"bits", "packets", "drops", "name"};
    char rx[TOP_NUMBER_SIZE], tx[TOP_NUMBER_SIZE];
    auto_buf struct buf text = BUF_INIT(ERR_TEXT_SIZE * 2);

    top_number(view->top.sum.rx_bits, rx);
    top_number(view->top.sum.tx_bits, tx);
    buf_addf(&text,
             "by %s: ports %zu, RX %sbit/s, TX %sbit/s, every %" PRId64
             ".%" PRId64 " s; keys b p d n j k q",
             orders[view->order], view->top.count, rx, tx,
             view->pause_ms / 1000, view->pause_ms / 100 % 10);
    if (view->rows_why.code)
        buf_addf(&text, " %s", view->rows_why.text);
    size_t size = text.size, width = view->cli->terminal.width;
    auto_free char *line =
        mem_text(buf_text(&text), width && size > width ? width : size);
    terminal_add(&view->cli->terminal,
                 view->rows_why.code ? COLOUR_YELLOW : COLOUR_BOLD, line, ret);
    buf_add_text(ret, "\n");
}

static int draw(struct view *view, struct err *err)
{
    struct cli *cli = view->cli;
    auto_buf struct buf screen = BUF_INIT(SCREEN_SIZE);

    terminal_resize(&cli->terminal);
    size_t room = cli->terminal.height > 2 ? cli->terminal.height - 2 : 1;
    if (view->first >= view->top.count)
        view->first = view->top.count ? view->top.count - 1 : 0;
    add_head(view, &screen);
    add_table(view, view->first, room, &screen);
    terminal_draw(&cli->terminal, buf_text(&screen), &cli->out);
    return cli_flush(cli, err);
}

/* False if it has to end. */
static bool obey(struct view *view, int key)
{
    switch (key) {
    case 'b':
        view->order = TOP_BY_BITS;
        break;
    case 'p':
        view->order = TOP_BY_PACKETS;
        break;
    case 'd':
        view->order = TOP_BY_DROPS;
        break;
    case 'n':
        view->order = TOP_BY_NAME;
        break;
    case 'j':
        view->first++;
        break;
    case 'k':
        view->first -= view->first > 0;
        break;
    case 'q':
    case -1:
        return false;
    default: /* the window has another size, or a key that means nothing */
        break;
    }
    return true;
}

static int display(struct view *view, struct err *err)
{
    for (bool is_first = true;; is_first = false) {
        count(view);
        int r = draw(view, err);
        struct deadline next =
            deadline_in(is_first ? FIRST_MS : view->pause_ms);
        while (r >= 0 && !deadline_passed(next)) {
            if (!obey(view, terminal_key(next)))
                return 0;
            r = draw(view, err);
        }
        if (r < 0)
            return r;
    }
}

/* For programs, and where there is no terminal. */

static void write_rate(struct json_writer *w, const char *key, uint64_t value)
{
    json_write_key(w, key);
    json_write_int(w, (int64_t)value);
}

static void write_row(const struct top_row *row, struct json_writer *w)
{
    const struct plugged *plugged = row->plugged;

    json_write_object(w);
    json_write_member(w, "port", plugged->port);
    if (plugged->container)
        json_write_member(w, "container", plugged->container);
    if (plugged->name)
        json_write_member(w, "name", plugged->name);
    if (plugged->ifname)
        json_write_member(w, "interface", plugged->ifname);
    if (row->rated) {
        write_rate(w, "rx-bits", row->rates.rx_bits);
        write_rate(w, "tx-bits", row->rates.tx_bits);
        write_rate(w, "rx-packets", row->rates.rx_packets);
        write_rate(w, "tx-packets", row->rates.tx_packets);
        write_rate(w, "dropped", row->rates.dropped);
    }
    json_write_object_end(w);
}

static void write_json(struct view *view)
{
    struct json_writer w = JSON_WRITER(&view->cli->out);

    top_sort(&view->top, view->order);
    json_write_object(&w);
    write_rate(&w, "milliseconds", (uint64_t)view->read_ms);
    json_write_key(&w, "database");
    json_write_bool(&w, !view->rows_why.code);
    json_write_key(&w, "ports");
    json_write_array(&w);
    for (size_t i = 0; i < view->top.count; i++)
        write_row(&view->top.rows[i], &w);
    json_write_array_end(&w);
    json_write_object_end(&w);
    buf_add_text(&view->cli->out, "\n");
}

static int lines(struct view *view, struct err *err)
{
    struct cli *cli = view->cli;

    count(view);
    for (;;) {
        (void)!io_wait(
            -1, deadline_in(cli->options.once ? ONCE_MS : view->pause_ms));
        count(view);
        if (cli->options.json) {
            write_json(view);
        } else {
            add_table(view, 0, view->top.count, &cli->out);
            buf_add_text(&cli->out, cli->options.once ? "" : "\n");
        }
        int r = cli_flush(cli, err);
        if (r < 0 || cli->options.once)
            return r;
    }
}

int top_command(struct cli *cli, struct err *err)
{
    auto_view struct view view = {.cli = cli, .last_ms = deadline_now_ms()};

    signal(SIGPIPE, SIG_DFL); /* there is no work to be cut off */
    int r = client_open(cli->ovsdb, cli->deadline, &view.client, err);
    if (r < 0)
        return r;
    bool shows = !cli->options.once && !cli->options.json && terminal_take();
    r = cli_confine_looking(CLI_STAYS, err);
    if (r >= 0)
        r = gather_rows(view.client, cli->deadline, &view.list, err);
    if (r < 0)
        return r;
    return shows ? display(&view, err) : lines(&view, err);
}
