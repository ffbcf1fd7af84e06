/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Mirrors that have lost an end, for `ovsint gc`. */
#include <string.h>

#include "cli/mirror/mirror.h"

struct ends {
    const struct plugged_list *plugged;
    bool (*is_dead)(const struct plugged *plugged);
};

static bool lives(const struct ends *ends, const char *port_uuid)
{
    for (size_t i = 0; i < ends->plugged->count; i++) {
        const struct plugged *plugged = &ends->plugged->list[i];
        if (plugged->row && strcmp(plugged->row->port_uuid, port_uuid) == 0)
            return !ends->is_dead(plugged);
    }
    return true; /* somebody else's */
}

static bool any_lives(const struct ends *ends, const struct mirror_refs *refs)
{
    for (size_t i = 0; i < refs->count; i++) {
        if (lives(ends, refs->uuids[i]))
            return true;
    }
    return false;
}

static bool has_lost_end(const struct ends *ends, const struct mirror *mirror)
{
    return !mirror->output[0] || !lives(ends, mirror->output) ||
           (mirror->from[0] && !any_lives(ends, &mirror->sent) &&
            !any_lives(ends, &mirror->received));
}

/* Each is removed by itself, so that one that cannot be does not keep the
 * others. */
int mirror_collect(struct cli *cli, const struct plugged_list *plugged,
                   bool (*is_dead)(const struct plugged *plugged),
                   size_t *ret_count, struct err *err)
{
    auto_mirror_known struct mirror_known known = {0};
    const struct ends ends = {plugged, is_dead};
    int first = 0;

    *ret_count = 0;
    int r = mirror_know_rows(cli, &known, err);
    if (r < 0)
        return r;
    for (size_t i = 0; i < known.mirrors.count; i++) {
        const struct mirror *mirror = &known.mirrors.rows[i];
        struct err why = {0};
        if (!has_lost_end(&ends, mirror))
            continue;
        (*ret_count)++;
        r = cli->options.yes ? mirror_remove_one(cli, &known, mirror, &why) : 0;
        if (r < 0 && first >= 0) {
            first = r;
            *err = why;
            err_wrap(err, "remove mirror %s", mirror->name);
        }
    }
    return first;
}
