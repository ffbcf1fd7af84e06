/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ports of containers that have ended while nobody was there to remove them: a
 * runtime calls no poststop when a start fails after createRuntime (podman and
 * crun do not). They are looked for only where they are in the way, as each
 * costs a walk through /proc.
 */
#include <string.h>

#include "hook/attach.h"
#include "ovsint/base/limits.h"
#include "ovsint/base/log.h"
#include "ovsint/ovsdb/row.h"
#include "ovsint/rows/port_name.h"

static bool is_of_this_boot(const struct attach *a, const struct json *row)
{
    const char *owner = row_map_get(row, "external_ids", ID_OWNER);
    const char *boot = row_map_get(row, "external_ids", ID_BOOT);

    return owner && strcmp(owner, HOOK_OWNER) == 0 && boot &&
           strcmp(boot, a->container.boot) == 0;
}

static bool has_ended(const struct attach *a, const struct json *interface)
{
    const struct lookout_row row = {
        .netns = row_map_get(interface, "external_ids", ID_NETNS),
        .netns_id = row_map_get(interface, "external_ids", ID_NETNS_ID),
        .pidns = row_map_get(interface, "external_ids", ID_PIDNS)};

    return is_of_this_boot(a, interface) &&
           lookout_has_ended(&a->lookout, &row, a->run->deadline);
}

int attach_holder_has_ended(struct attach *a, const struct json *port,
                            struct err *err)
{
    const char *name = row_string(port, "name");
    auto_rpc_event struct rpc_event reply = {0};
    auto_txn struct txn txn = {0};

    if (!name || !is_of_this_boot(a, port))
        return 0;
    txn_init(&txn, OVSDB_NAME);
    size_t op = txn_select(&txn, "Interface", "external_ids", NULL);
    txn_where_string(&txn, "name", name);
    int r =
        client_transact(a->ovsdb, &txn, a->run->deadline, &reply, NULL, err);
    if (r < 0)
        return r;
    const struct json *interface = reply_row(reply.result, op, 0);
    return interface && has_ended(a, interface);
}

static const struct json *row_named(const struct json *result, size_t op,
                                    const char *name)
{
    for (size_t i = 0; i < reply_row_count(result, op); i++) {
        const struct json *row = reply_row(result, op, i);
        const char *is = row_string(row, "name");
        if (is && strcmp(is, name) == 0)
            return row;
    }
    return NULL;
}

/* Adds the removal of those that have ended; `op` is the select of Ports, the
 * next one that of Interfaces. */
static size_t remove_ended(const struct attach *a, const struct json *result,
                           size_t op, struct txn *txn)
{
    size_t count = 0;

    for (size_t i = 0;
         i < reply_row_count(result, op) && count < LIMIT_COLLECTED &&
         !deadline_passed(a->run->deadline);
         i++) {
        const struct json *port = reply_row(result, op, i);
        const char *name = row_string(port, "name");
        const char *uuid = row_uuid(port, "_uuid");
        const struct json *interface =
            name ? row_named(result, op + 1, name) : NULL;
        if (!interface || !uuid || !names_is_ours(name) ||
            !has_ended(a, interface))
            continue;
        log_event(LOG_LEVEL_DEBUG, "removing a port whose container is gone",
                  "port", name, NULL);
        vswitch_remove(txn, uuid, name);
        count++;
    }
    return count;
}

int attach_collect_segment(struct attach *a, const char *segment,
                           struct err *err)
{
    auto_rpc_event struct rpc_event reply = {0};
    auto_txn struct txn look = {0};
    auto_txn struct txn removal = {0};

    txn_init(&look, OVSDB_NAME);
    size_t op =
        txn_select(&look, "Port", "_uuid", "name", "external_ids", NULL);
    txn_where_pair(&look, "external_ids", ID_SEGMENT, segment);
    txn_select(&look, "Interface", "name", "external_ids", NULL);
    txn_where_pair(&look, "external_ids", ID_OWNER, HOOK_OWNER);
    int r =
        client_transact(a->ovsdb, &look, a->run->deadline, &reply, NULL, err);
    if (r < 0)
        return r;
    txn_init(&removal, OVSDB_NAME);
    if (remove_ended(a, reply.result, op, &removal) == 0)
        return 0;
    r = client_transact(a->ovsdb, &removal, a->run->deadline, NULL, NULL, err);
    return r < 0 ? r : 1;
}
