/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What the parts of `ovsint mirror` share, and what `ovsint gc` asks of it. */
#pragma once

#include "cli/cli.h"
#include "cli/mirror/request.h"
#include "cli/mirror/rows.h"
#include "cli/ports/gather.h"
#include "ovsint/ovsdb/client.h"

/* Ports and mirrors. */
struct mirror_known {
    struct plugged_list plugged;
    struct client *client;
    struct session_event event; /* owns `rows` */
    const struct json *rows;    /* for rows.h */
    struct mirrors mirrors;
};

/* Gathers who is plugged where, then reads the switch's rows. */
int mirror_know(struct cli *cli, struct mirror_known *ret,
                struct err *err) MUST_CHECK;
/* The second part alone. */
int mirror_know_rows(struct cli *cli, struct mirror_known *ret,
                     struct err *err) MUST_CHECK;
void mirror_known_done(struct mirror_known *known);
#define auto_mirror_known __attribute__((cleanup(mirror_known_done)))

struct mirror_ends {
    const char *bridge;
    struct mirror_end sources[MIRROR_SOURCES];
    size_t source_count;
    struct mirror_end to;
};

/* Are processes named as they have to be, whatever there is? -EINVAL. */
int mirror_check_ends(const struct mirror_request *request,
                      struct err *err) MUST_CHECK;
/* -ENOENT, -EINVAL, -EBUSY; the message says what to do. */
int mirror_find_ends(const struct mirror_known *known,
                     const struct mirror_request *request,
                     struct mirror_ends *ret, struct err *err) MUST_CHECK;

int mirror_ls(struct cli *cli, struct err *err) MUST_CHECK;

int mirror_remove_one(const struct cli *cli, const struct mirror_known *known,
                      const struct mirror *mirror, struct err *err) MUST_CHECK;

/* Counts those that have lost their sources or their output, and removes them
 * with --yes. The rows are read anew; `is_dead` tells of ports in `plugged`
 * that count as gone although they are still there. The first failure is
 * reported. */
int mirror_collect(struct cli *cli, const struct plugged_list *plugged,
                   bool (*is_dead)(const struct plugged *plugged),
                   size_t *ret_count, struct err *err) MUST_CHECK;
