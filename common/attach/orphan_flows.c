/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Flows of source guards that belong to no port of their bridge: their port has
 * gone when nobody could tell its number. They are found by their cookies,
 * which have the number, and are deleted, some at a time.
 *
 * Pitfall: whoever is attached meanwhile has flows as well. Its port is there
 * before they are, and the bridge's ports are asked for after the flows.
 */
#include "common/attach/orphan_flows.h"

#include "ovsint/base/buf.h"
#include "ovsint/flows/port_flows.h"
#include "ovsint/openflow/client.h"

#define AT_ONCE 256

struct numbers {
    bool has_flows[PORT_FLOWS_OFPORT_MAX + 1];
};

static void note_number(void *data, const struct openflow_event *event)
{
    struct numbers *numbers = data;
    bool is_flow = event->type == OPENFLOW_FOUND;
    uint64_t number = event->cookie;

    if (is_flow)
        number = (uint64_t)port_flows_ofport(event->cookie);
    if ((is_flow || event->type == OPENFLOW_PORT) &&
        number <= PORT_FLOWS_OFPORT_MAX && number > 0)
        numbers->has_flows[number] = is_flow;
}

static size_t next_deletes(const struct numbers *numbers, int64_t *at,
                           struct flow_delete ret[AT_ONCE])
{
    size_t count = 0;

    for (; *at <= PORT_FLOWS_OFPORT_MAX && count < AT_ONCE; ++*at) {
        if (numbers->has_flows[*at])
            ret[count++] = port_flows_gone(*at);
    }
    return count;
}

int orphan_flows_drop(const char *path, struct deadline deadline,
                      struct err *err)
{
    auto_free struct numbers *numbers = mem_new(sizeof(*numbers));
    struct flow_delete deletes[AT_ONCE];
    struct flow common;
    int64_t at = 1;

    port_flows_common(&common);
    int r = openflow_look(path, &common, note_number, numbers, deadline, err);
    while (r >= 0) {
        size_t count = next_deletes(numbers, &at, deletes);
        if (count == 0)
            break;
        const struct flow_change change = {.deletes = deletes,
                                           .delete_count = count};
        r = openflow_run(path, &change, deadline, err);
    }
    return r;
}
