/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The undo guards of an attach. Ports are found by name: names are random and
 * used once, so the name tells our port from every other even when the reply
 * that carried its uuid was lost.
 */
#include "hook/undo.h"

#include <poll.h>
#include <stdio.h>

#include "ovsint/client.h"
#include "ovsint/link.h"
#include "ovsint/log.h"
#include "ovsint/row.h"
#include "ovsint/vswitch_plug.h"

#define RECONNECT_MS 50

static void add_name(char names[][IFNAME_SIZE], size_t *count, const char *name)
{
    snprintf(names[(*count)++], IFNAME_SIZE, "%s", name);
}

void undo_ports_add(struct undo_ports *undo, const char *name)
{
    add_name(undo->names, &undo->count, name);
}

void undo_links_add(struct undo_links *undo, const char *name)
{
    add_name(undo->names, &undo->count, name);
}

/* A database that is away is often one that restarts. */
static int connect_patiently(const char *ovsdb, struct deadline deadline,
                             struct client **ret, struct err *err)
{
    for (;;) {
        int r = client_open(ovsdb, deadline, ret, err);
        if (r >= 0 || deadline_passed(deadline))
            return r;
        poll(NULL, 0, RECONNECT_MS);
    }
}

static int remove_ports(const struct undo_ports *undo, struct err *err)
{
    struct deadline deadline = deadline_in(UNDO_TIMEOUT_MS);
    auto_client struct client *client = NULL;
    auto_rpc_event struct rpc_event found = {0};
    auto_txn struct txn look = {0};
    auto_txn struct txn txn = {0};

    int r = connect_patiently(undo->ovsdb, deadline, &client, err);
    if (r < 0)
        return r;
    txn_init(&look, OVSDB_NAME);
    for (size_t i = 0; i < undo->count; i++) {
        txn_select(&look, "Port", "_uuid", NULL);
        txn_where_string(&look, "name", undo->names[i]);
    }
    r = client_transact(client, &look, deadline, &found, NULL, err);
    if (r < 0)
        return r;

    txn_init(&txn, OVSDB_NAME);
    for (size_t i = 0; i < undo->count; i++) {
        const struct json *row = reply_row(found.result, i, 0);
        const char *uuid = row ? row_uuid(row, "_uuid") : NULL;
        if (uuid)
            vswitch_remove(&txn, uuid, undo->names[i]);
    }
    if (txn_count(&txn) == 0)
        return 0;
    return client_transact(client, &txn, deadline, NULL, NULL, err);
}

void undo_ports_run(struct undo_ports *undo)
{
    struct err err = {0};

    if (undo->count == 0)
        return;
    if (remove_ports(undo, &err) < 0)
        log_event(LOG_LEVEL_ERROR,
                  "rollback failed: a port may be left on the bridge", "port",
                  undo->names[0], "error", err.text, NULL);
    undo->count = 0;
}

void undo_links_run(struct undo_links *undo)
{
    for (size_t i = 0; i < undo->count; i++) {
        struct err err = {0};
        struct link_info info;
        int r = link_find(undo->host, undo->names[i], &info, &err);
        if (r > 0)
            r = link_delete(undo->host, info.ifindex, &err);
        if (r < 0)
            log_event(LOG_LEVEL_ERROR,
                      "rollback failed: a veth pair may be left on the host",
                      "device", undo->names[i], "error", err.text, NULL);
    }
    undo->count = 0;
}
