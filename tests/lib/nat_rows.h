/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * From rows, as the database shows them, to the text of rules: what the plugin
 * does when rows change. For tests that no row makes rules which nftables
 * refuse.
 */
#pragma once

#include <string.h>

#include "plugin/gateway/nat_view.h"

#define NAT_ROWS_BOOT "boot"

static inline size_t nat_rows_forwarding(const struct vswitch_view *rows,
                                         struct forwarding_device *ret,
                                         size_t room)
{
    static const size_t prefix = sizeof(ID_FORWARDING_PREFIX) - 1;
    size_t count = 0;

    for (size_t i = 0; i < rows->count; i++) {
        const struct vswitch_map *ids = &rows->ports[i]->ids;
        for (size_t p = 0; p < ids->count && count < room; p++) {
            const char *key = ids->pairs[p].key;
            if (strncmp(key, ID_FORWARDING_PREFIX, prefix) != 0 ||
                !nat_device_valid(key + prefix))
                continue;
            ret[count] = (struct forwarding_device){.ipv4 = true, .ipv6 = true};
            memcpy(ret[count++].device, key + prefix, strlen(key + prefix));
        }
    }
    return count;
}

/* `json` is what a monitor shows of the tables Bridge, Interface and Port.
 * *ret_table becomes the whole table, *ret_change the change that leads there
 * from a table without networks. False if `json` is no JSON. */
static inline bool nat_rows_text(const char *json, size_t size,
                                 struct buf *ret_table, struct buf *ret_change)
{
    static const struct json_limits limits = {.size = 1 << 20, .depth = 64};
    auto_json struct json *updates = NULL;
    auto_vswitch_view struct vswitch_view rows = {0};
    struct bridges bridges = {0};
    struct forwarding_device forwarding[16];
    struct nat_view none = {0};
    struct nat_view view;
    struct err err = {0};

    if (json_parse(json, size, &limits, &updates, &err) < 0)
        return false;
    bridges_apply(&bridges, updates);
    vswitch_view_apply(&rows, updates);
    size_t count =
        nat_rows_forwarding(&rows, forwarding, ARRAY_LEN(forwarding));
    if (nat_view_read(&bridges, &rows, NAT_ROWS_BOOT, &none, &view)) {
        nat_view_table(&view, forwarding, count, NULL, ret_table);
        nat_view_change(&none, &view, NULL, ret_change);
        nat_view_done(&view);
    }
    bridges_done(&bridges);
    return true;
}
