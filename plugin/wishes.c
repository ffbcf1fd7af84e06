/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A wish is tried when it comes up and whenever rows have changed, and goes
 * when the database has said, after everything that was sent before, that
 * there is nothing left to remove.
 */
#include "plugin/wishes.h"

#include <errno.h>
#include <string.h>

#include "ovsint/log.h"
#include "plugin/driver.h"
#include "plugin/publish.h"

struct wish {
    struct ovsdb_call call; /* first: found from it by a cast */
    struct wishes *wishes;
    enum wish_kind kind;
    char *id;
    bool asked; /* the server has answered since the wish came up */
    struct wish *next;
};

static void wish_free(struct wish *wish)
{
    ovsdb_forget(&wish->call);
    free(wish->id);
    free(wish);
}

static void drop(struct wishes *wishes, const struct wish *wish)
{
    struct wish **at = &wishes->first;

    while (*at && *at != wish)
        at = &(*at)->next;
    if (!*at)
        return;
    struct wish *dropped = *at;
    *at = dropped->next;
    wish_free(dropped);
    wishes->count--;
}

static void try_one(struct wish *wish);

static void give_up(struct wish *wish, const struct err *err)
{
    log_event(LOG_LEVEL_ERROR,
              wish->kind == WISH_LEFT
                  ? "could not note that a container has left its network"
                  : "could not remove what Docker has given up",
              "id", wish->id, "error", err->text, NULL);
    drop(wish->wishes, wish);
}

/* A guard that fails has done so because of a change that is shown already: it
 * came before this answer, so nothing else will bring the wish up again. */
static void done(struct ovsdb_call *call, const struct ovsdb_outcome *outcome)
{
    struct wish *wish = (struct wish *)call;

    if (outcome->r == -ECONNRESET)
        return; /* tried again when the rows are there anew */
    if (outcome->r < 0 && outcome->r != -ESTALE) {
        give_up(wish, &outcome->err);
        return;
    }
    wish->asked |= outcome->r >= 0;
    try_one(wish);
}

/* Says what is to be removed; when the rows show nothing, asks a question
 * instead. The server answers in order, so what was sent before, an insertion
 * that nobody waits for any more, shows itself before the answer comes. */
static void say(struct wish *wish, struct txn *txn)
{
    struct driver *driver = wish->wishes->driver;

    txn_init(txn, OVSDB_NAME);
    switch (wish->kind) {
    case WISH_ENDPOINT:
        endpoint_remove(driver, wish->id, txn);
        break;
    case WISH_NETWORK:
        network_remove(driver, wish->id, txn);
        break;
    case WISH_PORTS:
        endpoint_unpublish(driver, wish->id, txn);
        break;
    case WISH_LEFT:
        port_mark_left(driver, wish->id, txn);
        break;
    }
    if (txn_count(txn) > 0 || wish->asked)
        return;
    txn_select(txn, "Open_vSwitch", "_uuid", NULL);
    txn_where_any(txn);
}

static void try_one(struct wish *wish)
{
    struct ovsdb *ovsdb = wish->wishes->driver->ovsdb;
    auto_txn struct txn txn = {0};
    struct err err = {0};

    if (wish->call.ovsdb || !ovsdb_is_up(ovsdb))
        return;
    say(wish, &txn);
    if (txn_count(&txn) == 0) {
        if (wish->kind != WISH_LEFT)
            log_event(LOG_LEVEL_INFO, "nothing is left of what Docker gave up",
                      "id", wish->id, NULL);
        drop(wish->wishes, wish);
        return;
    }
    int r = ovsdb_transact(ovsdb, &txn, &wish->call, done, &err);
    if (r < 0 && r != -ENOTCONN) /* else it is brought up by `synced` */
        give_up(wish, &err);
}

void wishes_try(struct wishes *wishes)
{
    struct wish *next;

    for (struct wish *wish = wishes->first; wish; wish = next) {
        next = wish->next;
        try_one(wish);
    }
}

bool wishes_has(const struct wishes *wishes, enum wish_kind kind,
                const char *id)
{
    for (const struct wish *wish = wishes->first; wish; wish = wish->next) {
        if (wish->kind == kind && strcmp(wish->id, id) == 0)
            return true;
    }
    return false;
}

void wishes_add(struct wishes *wishes, enum wish_kind kind, const char *id)
{
    if (wishes_has(wishes, kind, id))
        return;
    if (wishes->count == LIMIT_REMOVALS)
        drop(wishes, wishes->first);
    struct wish *wish = mem_new(sizeof(*wish));
    wish->wishes = wishes;
    wish->kind = kind;
    wish->id = mem_text(id, strlen(id));
    struct wish **end = &wishes->first;
    while (*end)
        end = &(*end)->next;
    *end = wish;
    wishes->count++;
    try_one(wish);
}

void wishes_done(struct wishes *wishes)
{
    if (wishes->count)
        log_event(LOG_LEVEL_WARNING,
                  "ports that Docker has given up are left behind, as OVSDB is "
                  "away",
                  NULL);
    while (wishes->first)
        drop(wishes, wishes->first);
}
