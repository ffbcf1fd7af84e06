/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * `ovsint show`: the ports of one container, or one port, a fact on a line.
 * What is meant is looked for in the list itself, so that it also finds a
 * container that no runtime knows any more.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/look/ls.h"
#include "cli/ports/plugged_words.h"
#include "cli/runtimes/target.h"
#include "ovsint/base/log.h"

#define LABEL_WIDTH 12

/* Frees those that are not meant. Returns how many are left. */
static size_t choose(struct plugged_list *list, const char *text)
{
    bool exactly = false;
    size_t kept = 0;

    for (size_t i = 0; i < list->count; i++)
        exactly |= plugged_is_meant(&list->list[i], text, true);
    for (size_t i = 0; text[0] && i < list->count; i++) {
        if (!plugged_is_meant(&list->list[i], text, exactly))
            continue;
        struct plugged one = list->list[i];
        list->list[i] = list->list[kept];
        list->list[kept++] = one;
    }
    return kept;
}

static void add_fact(struct cli *cli, const char *label, enum colour colour,
                     const char *text)
{
    if (!text || !text[0])
        return;
    buf_addf(&cli->out, "  %-*s", LABEL_WIDTH, label);
    terminal_add(&cli->terminal, colour, text, &cli->out);
    buf_add_text(&cli->out, "\n");
}

static void add_counters(struct cli *cli, const char *label, uint64_t bytes,
                         uint64_t packets, uint64_t dropped)
{
    char text[96];

    snprintf(text, sizeof(text),
             "%" PRIu64 " bytes, %" PRIu64 " packets, %" PRIu64 " dropped",
             bytes, packets, dropped);
    add_fact(cli, label, COLOUR_NONE, text);
}

static void add_number(struct cli *cli, const char *label, int64_t number,
                       const char *unit)
{
    char text[48];

    snprintf(text, sizeof(text), "%" PRId64 "%s", number, unit);
    add_fact(cli, label, COLOUR_NONE, text);
}

static void add_facts(struct cli *cli, const struct plugged *plugged)
{
    char room[LIMIT_CONTAINER_ID_SIZE];

    terminal_add(&cli->terminal, COLOUR_BOLD, plugged_title(plugged, room),
                 &cli->out);
    if (plugged->ifname)
        buf_addf(&cli->out, " %s", plugged->ifname);
    buf_add_text(&cli->out, "\n");
    add_fact(cli, "state", plugged_colour(plugged), plugged->state);
    add_fact(cli, "error", COLOUR_RED, plugged->error);
    add_fact(cli, "container", COLOUR_NONE, plugged->container);
    add_fact(cli, "runtime", COLOUR_NONE, plugged->runtime);
    add_fact(cli, "made by", COLOUR_NONE, plugged->owner);
    add_fact(cli, "network", COLOUR_NONE, plugged->network);
    add_fact(cli, "endpoint", COLOUR_NONE, plugged->endpoint);
    add_fact(cli, "namespace", COLOUR_NONE, plugged->netns);
    add_fact(cli, "addresses", COLOUR_NONE, plugged->addresses);
    add_fact(cli, "mac", COLOUR_NONE, plugged->mac);
    add_fact(cli, "bridge", COLOUR_NONE, plugged->bridge);
    add_fact(cli, "ovn switch", COLOUR_NONE, plugged->logical_switch);
    if (plugged->row && plugged->logical_switch)
        add_fact(cli, "ovn port", COLOUR_NONE,
                 vswitch_port_id(plugged->row, ID_IFACE));
    add_fact(cli, "vlan", COLOUR_NONE, plugged->vlan);
    add_fact(cli, "port", COLOUR_NONE, plugged->port);
    if (plugged->ofport)
        add_number(cli, "ofport", plugged->ofport, "");
    if (plugged->mtu)
        add_number(cli, "mtu", plugged->mtu, "");
    if (plugged->rate_kbit)
        add_number(cli, "rate", (int64_t)plugged->rate_kbit, " kbit/s");
    add_fact(cli, "published", COLOUR_NONE, plugged->published);
    if (plugged->repairs >= 0)
        add_number(cli, "repairs", plugged->repairs, "");
    if (!plugged->counted)
        return;
    const struct link_counters *counters = &plugged->counters;
    add_counters(cli, "received", counters->rx_bytes, counters->rx_packets,
                 counters->rx_dropped);
    add_counters(cli, "sent", counters->tx_bytes, counters->tx_packets,
                 counters->tx_dropped);
}

int show_command(struct cli *cli, struct err *err)
{
    auto_plugged struct plugged_list list = {0};
    const char *text = cli->options.words[0], *who;
    char room[NETNS_ID_TEXT_SIZE];

    int r = target_check_process(text, err);
    if (r < 0)
        cli->status = CLI_BAD_INPUT;
    if (r >= 0)
        r = plugged_who(text, room, &who, err);
    if (r >= 0)
        r = gather(cli, GATHER_TO_SHOW, &list, err);
    if (r < 0)
        return r;
    gather_warn(&list);
    size_t all = list.count, count = choose(&list, who);
    if (count == 0)
        return err_set(err, ENOENT,
                       "there is no port, and no container with one, that is "
                       "called '%.80s': 'ovsint ls' lists what there is (%zu)",
                       text, all);
    list.count = count;
    if (cli->options.json)
        plugged_list_write(cli, &list);
    for (size_t i = 0; !cli->options.json && i < count; i++)
        add_facts(cli, &list.list[i]);
    list.count = all;
    return 0;
}
