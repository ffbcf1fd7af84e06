/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The undo guards of an attach. Ports are found by name: names are random and
 * used once, so the name tells our port from every other even when the reply
 * that carried its uuid was lost.
 */
#include "hook/undo.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/client.h"
#include "ovsint/link.h"
#include "ovsint/log.h"
#include "ovsint/row.h"
#include "ovsint/vswitch_plug.h"

#define RECONNECT_MS 50

/* A name that is there already is a second try of the same effect. */
static void add_name(char names[][IFNAME_SIZE], size_t *count, const char *name)
{
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(names[i], name) == 0)
            return;
    }
    if (*count < LIMIT_ATTACHMENTS)
        snprintf(names[(*count)++], IFNAME_SIZE, "%s", name);
}

void undo_ports_add(struct undo_ports *undo, const char *name)
{
    add_name(undo->names, &undo->count, name);
}

void undo_joins_add(struct undo_joins *undo, const char *name)
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

/* The rows of the named ports: results 2i (Port) and 2i + 1 (Interface). */
static int find_rows(struct client *client, char names[][IFNAME_SIZE],
                     size_t count, struct deadline deadline,
                     struct rpc_event *ret, struct err *err)
{
    static const char *const tables[] = {"Port", "Interface"};
    auto_txn struct txn look = {0};

    txn_init(&look, OVSDB_NAME);
    for (size_t i = 0; i < 2 * count; i++) {
        txn_select(&look, tables[i % 2], "_uuid", NULL);
        txn_where_string(&look, "name", names[i / 2]);
    }
    return client_transact(client, &look, deadline, ret, NULL, err);
}

static const char *row_at(const struct rpc_event *found, size_t op)
{
    const struct json *row = reply_row(found->result, op, 0);

    return row ? row_uuid(row, "_uuid") : NULL;
}

static int remove_ports(struct undo_ports *undo, struct err *err)
{
    struct deadline deadline = deadline_in(UNDO_TIMEOUT_MS);
    auto_client struct client *client = NULL;
    auto_rpc_event struct rpc_event found = {0};
    auto_txn struct txn txn = {0};

    int r = connect_patiently(undo->ovsdb, deadline, &client, err);
    if (r < 0)
        return r;
    r = find_rows(client, undo->names, undo->count, deadline, &found, err);
    if (r < 0)
        return r;
    txn_init(&txn, OVSDB_NAME);
    for (size_t i = 0; i < undo->count; i++) {
        const char *uuid = row_at(&found, 2 * i);
        if (uuid)
            vswitch_remove(&txn, uuid, undo->names[i]);
    }
    if (txn_count(&txn) == 0)
        return 0;
    return client_transact(client, &txn, deadline, NULL, NULL, err);
}

static int leave_ports(struct undo_joins *undo, struct err *err)
{
    struct deadline deadline = deadline_in(UNDO_TIMEOUT_MS);
    auto_client struct client *client = NULL;
    auto_rpc_event struct rpc_event found = {0};
    auto_txn struct txn txn = {0};

    int r = connect_patiently(undo->ovsdb, deadline, &client, err);
    if (r < 0)
        return r;
    r = find_rows(client, undo->names, undo->count, deadline, &found, err);
    if (r < 0)
        return r;
    txn_init(&txn, OVSDB_NAME);
    for (size_t i = 0; i < undo->count; i++) {
        const char *port = row_at(&found, 2 * i);
        const char *interface = row_at(&found, 2 * i + 1);
        if (port && interface)
            vswitch_forget(&txn, port, interface, undo->container);
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

void undo_joins_run(struct undo_joins *undo)
{
    struct err err = {0};

    if (undo->count == 0)
        return;
    if (leave_ports(undo, &err) < 0)
        log_event(LOG_LEVEL_ERROR,
                  "rollback failed: a port may outlive its pod", "port",
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
