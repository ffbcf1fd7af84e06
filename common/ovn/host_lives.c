/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The key is one of external_ids, which ovn-northd hands on to the southbound
 * database: a change there that nobody acts upon. */
#include "ovsint/ovn/host_lives.h"

#include "ovsint/ovsdb/row.h"
#include "ovsint/rows/external_ids.h"

#define LSP "Logical_Switch_Port"

void host_lives_ask(struct txn *txn, const char *logical)
{
    txn_mutate(txn, LSP);
    txn_where_string(txn, "name", logical);
    txn_put_pair(txn, "external_ids", ID_OVN_LIVES, "?");
}

size_t host_lives_look(struct txn *txn, const char *logical)
{
    size_t op = txn_select(txn, LSP, "external_ids", NULL);

    txn_where_string(txn, "name", logical);
    return op;
}

enum host_answer host_lives_read(const struct json *result, size_t op)
{
    const struct json *row = reply_row(result, op, 0);

    if (!row)
        return HOST_PORT_GONE;
    return host_lives_asked(row) ? HOST_SILENT : HOST_LIVES;
}

bool host_lives_asked(const struct json *row)
{
    return row_map_get(row, "external_ids", ID_OVN_LIVES) != NULL;
}

void host_lives_answer(struct txn *txn, const char *uuid)
{
    txn_mutate(txn, LSP);
    txn_where_uuid(txn, uuid);
    txn_remove_key(txn, "external_ids", ID_OVN_LIVES);
}
