/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * `ovsint trace`: who is meant, what is seen, what follows. Both sockets are
 * opened before the program gives up rights.
 */
#include "cli/trace/trace.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/ports/filters.h"
#include "cli/ports/gather.h"
#include "cli/ports/plugged_words.h"
#include "cli/runtimes/target.h"
#include "ovsint/ovsdb/control.h"

#define CONNECT_PATIENCE_MS 1000

static int bad(struct cli *cli, struct err *err, const char *text,
               const char *why)
{
    cli->status = CLI_BAD_INPUT;
    return err_set(err, EINVAL, "trace: '%.80s' %s", text, why);
}

/* FROM TO [tcp|udp|icmp] [PORT] */
static int read_words(struct cli *cli, struct trace_question *ret,
                      struct err *err)
{
    static const char *const protocols[] = {"icmp", "tcp", "udp"};
    const struct cli_options *options = &cli->options;
    bool is_known = options->word_count < 3;
    uint64_t port;

    for (size_t i = 0; i < 2; i++) {
        int r = target_check_process(options->words[i], err);
        if (r < 0) {
            cli->status = CLI_BAD_INPUT;
            return r;
        }
    }
    for (size_t i = 0; options->word_count > 2 && i < ARRAY_LEN(protocols);
         i++) {
        if (strcmp(options->words[2], protocols[i]) != 0)
            continue;
        ret->protocol = (enum trace_protocol)i;
        is_known = true;
    }
    if (!is_known)
        return bad(cli, err, options->words[2], "is none of icmp, tcp, udp");
    if (ret->protocol == TRACE_ICMP)
        return options->word_count > 3 ? bad(cli, err, options->words[3],
                                             "is too much: icmp has no port")
                                       : 0;
    if (options->word_count < 4)
        return bad(cli, err, options->words[2], "wants a port behind it");
    if (parse_number(options->words[3], 1, 65535, &port) < 0)
        return bad(cli, err, options->words[3], "is no port, 1-65535");
    ret->to_port = (uint16_t)port;
    return 0;
}

/* The first port of the container that is meant. */
static int find_plugged(const struct plugged_list *list, const char *text,
                        const struct plugged **ret, struct err *err)
{
    char room[NETNS_ID_TEXT_SIZE];
    const char *who;
    int r = plugged_who(text, room, &who, err);

    if (r < 0)
        return r;
    for (int exactly = 1; exactly >= 0 && who[0]; exactly--) {
        for (size_t i = 0; i < list->count; i++) {
            if (!plugged_is_meant(&list->list[i], who, exactly))
                continue;
            *ret = &list->list[i];
            return 0;
        }
    }
    return err_set(err, ENOENT,
                   "there is no port, and no container with one, that is "
                   "called '%.80s': 'ovsint ls' lists all",
                   text);
}

static int find_ends(struct cli *cli, const struct plugged_list *list,
                     struct trace_question *ret, struct err *err)
{
    const char *from = cli->options.words[0], *to = cli->options.words[1];

    int r = find_plugged(list, from, &ret->from, err);
    if (r < 0 || parse_ip(to, &ret->to_ip) >= 0)
        return r;
    r = find_plugged(list, to, &ret->to, err);
    if (r < 0)
        return r;
    if (!ret->to->addresses || !ret->to->addresses[0])
        return err_set(err, EADDRNOTAVAIL,
                       "%.80s has no address that is known here: name one", to);
    return 0;
}

static void add_dump(const char *what, const struct trace_path *path,
                     struct buf *ret)
{
    if (path->asked && path->dump.size)
        buf_addf(ret, "\n-- %s\n%s", what, buf_text(&path->dump));
}

static void add_dumps(const struct trace_seen *seen, struct buf *ret)
{
    add_dump("the question for the MAC", &seen->question, ret);
    add_dump("the packet", &seen->packet, ret);
    add_dump("the answer to the question", &seen->answer, ret);
    add_dump("from the host to the container", &seen->second, ret);
}

static void show(struct cli *cli, const struct trace_seen *seen,
                 const struct trace_verdict *verdict)
{
    static const char *const ends[] = {[TRACE_ARRIVES] = "it arrives",
                                       [TRACE_LEAVES] =
                                           "it leaves this host's view",
                                       [TRACE_ENDS] = "it does not arrive",
                                       [TRACE_UNKNOWN] = "that cannot be told"};
    static const enum colour colours[] = {COLOUR_GREEN, COLOUR_YELLOW,
                                          COLOUR_RED, COLOUR_YELLOW};
    auto_buf struct buf dumps = BUF_INIT(4 * TRACE_DUMP_SIZE);

    for (size_t i = 0; i < verdict->count; i++) {
        const struct trace_step *step = &verdict->steps[i];
        terminal_add(&cli->terminal,
                     step->ends    ? COLOUR_RED
                     : step->warns ? COLOUR_YELLOW
                                   : COLOUR_NONE,
                     step->text, &cli->out);
        buf_add_text(&cli->out, "\n");
    }
    terminal_add(&cli->terminal, colours[verdict->fate], ends[verdict->fate],
                 &cli->out);
    buf_add_text(&cli->out, "\n");
    if (!cli->options.raw)
        return;
    add_dumps(seen, &dumps);
    for (const char *line = buf_text(&dumps); *line;) {
        size_t size = strcspn(line, "\n");
        auto_free char *one = mem_text(line, size);
        terminal_add(&cli->terminal, COLOUR_NONE, one, &cli->out);
        buf_add_text(&cli->out, "\n");
        line += size + (line[size] == '\n');
    }
}

static void write_json(struct cli *cli, const struct trace_seen *seen,
                       const struct trace_verdict *verdict)
{
    auto_buf struct buf dumps = BUF_INIT(4 * TRACE_DUMP_SIZE);
    struct json_writer w = JSON_WRITER(&cli->out);

    json_write_object(&w);
    json_write_member(&w, "fate", trace_fate_name(verdict->fate));
    if (verdict->fate == TRACE_ENDS && verdict->count)
        json_write_member(&w, "ends-at", verdict->steps[verdict->count - 1].id);
    json_write_key(&w, "steps");
    json_write_array(&w);
    for (size_t i = 0; i < verdict->count; i++) {
        const struct trace_step *step = &verdict->steps[i];
        json_write_object(&w);
        json_write_member(&w, "id", step->id);
        json_write_member(&w, "text", step->text);
        json_write_key(&w, "warns");
        json_write_bool(&w, step->warns);
        json_write_object_end(&w);
    }
    json_write_array_end(&w);
    if (cli->options.raw) {
        add_dumps(seen, &dumps);
        json_write_member(&w, "raw", buf_text(&dumps));
    }
    json_write_object_end(&w);
    buf_add_text(&cli->out, "\n");
}

static void see_filter(void *data, const struct filter_table *table)
{
    auto_free struct filter_opening *opening = mem_new(sizeof(*opening));
    struct trace_seen *seen = data;

    filter_opening(table, opening);
    if (!filter_is_right(table, opening))
        snprintf(seen->closed_by, sizeof(seen->closed_by), "%s %.50s",
                 table->family, table->name);
}

static int look(struct cli *cli, struct trace_question *question,
                struct plugged_list *list, struct switch_seen *switches,
                struct trace_seen *ret, struct err *err)
{
    auto_client struct client *client = NULL;

    int r = client_open(cli->ovsdb, cli->deadline, &client, err);
    if (r < 0)
        return r;
    auto_client struct client *northbound = NULL;
    (void)!client_open(cli->settings.northbound,
                       deadline_in(CONNECT_PATIENCE_MS), &northbound,
                       &ret->logical.why);
    auto_close int control = control_connect(
        cli->ovsdb, deadline_in(CONNECT_PATIENCE_MS), &ret->switch_why);
    filters_each(see_filter, ret); /* takes a right that is given up then */
    r = gather(cli, GATHER_TO_SHOW, list, err);
    if (r < 0)
        return r;
    if (!list->has_rows) {
        *err = list->rows_why;
        return -err->code;
    }
    r = switch_read(client, cli->deadline, switches, err);
    if (r < 0)
        return r;
    r = find_ends(cli, list, question, err);
    if (r < 0)
        return r;
    trace_look(question, list, switches, control, northbound, ret);
    return 0;
}

int trace_command(struct cli *cli, struct err *err)
{
    auto_plugged struct plugged_list list = {0};
    auto_switch struct switch_seen switches = {0};
    auto_trace_seen struct trace_seen seen = {0};
    auto_trace_verdict struct trace_verdict verdict = {0};
    struct trace_question question = {0};

    int r = read_words(cli, &question, err);
    if (r < 0)
        return r;
    r = look(cli, &question, &list, &switches, &seen, err);
    if (r < 0)
        return r;
    trace_judge(&seen, &verdict);
    if (cli->options.json)
        write_json(cli, &seen, &verdict);
    else
        show(cli, &seen, &verdict);
    if (verdict.fate == TRACE_ENDS)
        cli->status = CLI_FOUND;
    else if (verdict.fate == TRACE_UNKNOWN)
        cli->status = CLI_COULD_NOT;
    return 0;
}
