/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Such a transaction owns itself: it is freed when its answer comes, or at once
 * if it cannot be sent.
 */
#include "plugin/daemon/ovsdb_tell.h"

#include <stdlib.h>

#include "ovsint/base/buf.h"

struct telling {
    struct ovsdb_call call; /* the first member: its address is ours */
    enum log_level level;
    const char *what;
};

static void end(struct telling *telling, int r, const struct err *err)
{
    if (r < 0)
        log_event(telling->level, telling->what, "error", err->text, NULL);
    free(telling);
}

static void told(struct ovsdb_call *call, const struct ovsdb_outcome *outcome)
{
    end((struct telling *)call, outcome->r, &outcome->err);
}

void ovsdb_tell(struct ovsdb *ovsdb, struct txn *txn, enum log_level level,
                const char *what)
{
    struct telling *telling = mem_new(sizeof(*telling));
    struct err err = {0};

    telling->level = level;
    telling->what = what;
    int r = ovsdb_transact(ovsdb, txn, &telling->call, told, &err);
    if (r < 0)
        end(telling, r, &err);
}
