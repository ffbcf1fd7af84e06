/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * `ovsint metrics`: what the daemon counts, then what is read here of each port
 * and its device. While the daemon is away, ports and their states are judged
 * from here, and `ovsint_up` says so: a file of them is whole in any case.
 */
#include <string.h>

#include "cli/cli.h"
#include "cli/ports/gather.h"
#include "ovsint/base/log.h"
#include "ovsint/base/metrics.h"

/* How many ports have the same owner and state. */
struct tally {
    const char *owner, *state;
    uint64_t count;
};

static const char *known(const char *text)
{
    return text ? text : "unknown";
}

static void tally_add(struct tally *tallies, size_t *count,
                      const struct plugged *plugged)
{
    size_t i = 0;

    while (i < *count &&
           (strcmp(tallies[i].owner, known(plugged->owner)) != 0 ||
            strcmp(tallies[i].state, known(plugged->state)) != 0))
        i++;
    if (i == *count)
        tallies[(*count)++] = (struct tally){.owner = known(plugged->owner),
                                             .state = known(plugged->state)};
    tallies[i].count++;
}

/* In the daemon's words. */
static void write_states(const struct plugged_list *list, struct buf *ret)
{
    auto_free struct tally *tallies =
        mem_new((list->count + 1) * sizeof(*tallies));
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++)
        tally_add(tallies, &count, &list->list[i]);
    metric_head(ret, "ovsint_database_connected", METRIC_GAUGE,
                "Whether the database answers.");
    metric_value(ret, "ovsint_database_connected", list->has_rows, NULL);
    metric_head(ret, "ovsint_ports", METRIC_GAUGE,
                "Ports by their owner and state, as judged without the "
                "daemon.");
    for (size_t i = 0; i < count; i++)
        metric_value(ret, "ovsint_ports", tallies[i].count, "owner",
                     tallies[i].owner, "state", tallies[i].state, NULL);
}

static void write_info(const struct plugged_list *list, struct buf *ret)
{
    char room[LIMIT_CONTAINER_ID_SIZE];

    metric_head(ret, "ovsint_port_info", METRIC_GAUGE,
                "1 for each port, with what it is.");
    for (size_t i = 0; i < list->count; i++) {
        const struct plugged *plugged = &list->list[i];
        metric_value(ret, "ovsint_port_info", 1, "port", plugged->port,
                     "container", plugged_title(plugged, room), "interface",
                     plugged->ifname, "bridge", plugged->bridge, "vlan",
                     plugged->vlan, "network", plugged->network, "owner",
                     plugged->owner, "state", plugged->state, NULL);
    }
}

#define COUNTER(member) offsetof(struct link_counters, member)
static const struct {
    const char *name;
    const char *help;
    size_t counter;
} counters[] = {
    {"ovsint_port_receive_bytes_total", "Bytes that the container received.",
     COUNTER(rx_bytes)},
    {"ovsint_port_receive_packets_total",
     "Packets that the container received.", COUNTER(rx_packets)},
    {"ovsint_port_receive_drop_total",
     "Packets to the container that were dropped.", COUNTER(rx_dropped)},
    {"ovsint_port_transmit_bytes_total", "Bytes that the container sent.",
     COUNTER(tx_bytes)},
    {"ovsint_port_transmit_packets_total", "Packets that the container sent.",
     COUNTER(tx_packets)},
    {"ovsint_port_transmit_drop_total",
     "Packets of the container that were dropped.", COUNTER(tx_dropped)},
};

static void write_counters(const struct plugged_list *list, size_t counter,
                           struct buf *ret)
{
    char room[LIMIT_CONTAINER_ID_SIZE];

    metric_head(ret, counters[counter].name, METRIC_COUNTER,
                counters[counter].help);
    for (size_t i = 0; i < list->count; i++) {
        const struct plugged *plugged = &list->list[i];
        uint64_t value;
        memcpy(&value,
               (const char *)&plugged->counters + counters[counter].counter,
               sizeof(value));
        if (plugged->counted)
            metric_value(ret, counters[counter].name, value, "port",
                         plugged->port, "container",
                         plugged_title(plugged, room), "interface",
                         plugged->ifname, NULL);
    }
}

int metrics_command(struct cli *cli, struct err *err)
{
    auto_plugged struct plugged_list list = {0};
    auto_buf struct buf answer = BUF_INIT(LIMIT_METRICS_SIZE);
    struct buf *out = &cli->out;

    int r = gather_metrics(cli, &list, &answer, err);
    if (r < 0)
        return r;
    gather_warn(&list);
    metric_head(out, "ovsint_up", METRIC_GAUGE, "Whether the daemon answers.");
    metric_value(out, "ovsint_up", answer.size > 0, NULL);
    if (answer.size)
        buf_add(out, buf_text(&answer), answer.size);
    else
        write_states(&list, out);
    write_info(&list, out);
    for (size_t i = 0; i < ARRAY_LEN(counters); i++)
        write_counters(&list, i, out);
    return 0;
}
