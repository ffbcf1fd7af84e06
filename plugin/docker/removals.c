/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A wish is tried when it comes up and whenever rows have changed, and goes
 * when the database has said, after everything that was sent before, that
 * there is nothing left to remove.
 */
#include "plugin/docker/removals.h"

#include <errno.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "plugin/docker/docker.h"
#include "plugin/docker/publish.h"

struct removal {
    struct ovsdb_call call; /* first: found from it by a cast */
    struct removals *removals;
    enum removal_kind kind;
    char *id;
    bool asked; /* the server has answered since the wish came up */
    struct removal *next;
};

static void removal_free(struct removal *removal)
{
    ovsdb_forget(&removal->call);
    free(removal->id);
    free(removal);
}

static void drop(struct removals *removals, const struct removal *removal)
{
    struct removal **at = &removals->first;

    while (*at && *at != removal)
        at = &(*at)->next;
    if (!*at)
        return;
    struct removal *dropped = *at;
    *at = dropped->next;
    removal_free(dropped);
    removals->count--;
}

static void try_one(struct removal *removal);

static void give_up(struct removal *removal, const struct err *err)
{
    log_event(LOG_LEVEL_ERROR,
              removal->kind == WISH_LEFT
                  ? "could not note that a container has left its network"
                  : "could not remove what Docker has given up",
              "id", removal->id, "error", err->text, NULL);
    drop(removal->removals, removal);
}

/* A guard that fails has done so because of a change that is shown already: it
 * came before this answer, so nothing else will bring the wish up again. */
static void done(struct ovsdb_call *call, const struct ovsdb_outcome *outcome)
{
    struct removal *removal = (struct removal *)call;

    if (outcome->r == -ECONNRESET)
        return; /* tried again when the rows are there anew */
    if (outcome->r < 0 && outcome->r != -ESTALE) {
        give_up(removal, &outcome->err);
        return;
    }
    removal->asked |= outcome->r >= 0;
    try_one(removal);
}

/* Says what is to be removed; when the rows show nothing, asks a question
 * instead. The server answers in order, so what was sent before, an insertion
 * that nobody waits for any more, shows itself before the answer comes. */
static void say(struct removal *removal, struct txn *txn)
{
    struct docker *docker = removal->removals->docker;

    txn_init(txn, OVSDB_NAME);
    switch (removal->kind) {
    case WISH_ENDPOINT:
        endpoint_remove(docker, removal->id, txn);
        break;
    case WISH_NETWORK:
        network_remove(docker, removal->id, txn);
        break;
    case WISH_PORTS:
        endpoint_unpublish(docker, removal->id, txn);
        break;
    case WISH_LEFT:
        port_mark_left(docker, removal->id, txn);
        break;
    }
    if (txn_count(txn) > 0 || removal->asked)
        return;
    txn_select(txn, "Open_vSwitch", "_uuid", NULL);
    txn_where_any(txn);
}

static void try_one(struct removal *removal)
{
    struct ovsdb *ovsdb = removal->removals->docker->host->ovsdb;
    auto_txn struct txn txn = {0};
    struct err err = {0};

    if (removal->call.ovsdb || !ovsdb_is_up(ovsdb))
        return;
    say(removal, &txn);
    if (txn_count(&txn) == 0) {
        if (removal->kind != WISH_LEFT)
            log_event(LOG_LEVEL_INFO, "nothing is left of what Docker gave up",
                      "id", removal->id, NULL);
        drop(removal->removals, removal);
        return;
    }
    int r = ovsdb_transact(ovsdb, &txn, &removal->call, done, &err);
    if (r < 0 && r != -ENOTCONN) /* else it is brought up by `synced` */
        give_up(removal, &err);
}

void removals_try(struct removals *removals)
{
    struct removal *next;

    for (struct removal *removal = removals->first; removal; removal = next) {
        next = removal->next;
        try_one(removal);
    }
}

bool removals_has(const struct removals *removals, enum removal_kind kind,
                  const char *id)
{
    for (const struct removal *removal = removals->first; removal;
         removal = removal->next) {
        if (removal->kind == kind && strcmp(removal->id, id) == 0)
            return true;
    }
    return false;
}

void removals_add(struct removals *removals, enum removal_kind kind,
                  const char *id)
{
    if (removals_has(removals, kind, id))
        return;
    if (removals->count == LIMIT_REMOVALS)
        drop(removals, removals->first);
    struct removal *removal = mem_new(sizeof(*removal));
    removal->removals = removals;
    removal->kind = kind;
    removal->id = mem_text(id, strlen(id));
    struct removal **end = &removals->first;
    while (*end)
        end = &(*end)->next;
    *end = removal;
    removals->count++;
    try_one(removal);
}

void removals_done(struct removals *removals)
{
    if (removals->count)
        log_event(LOG_LEVEL_WARNING,
                  "ports that Docker has given up are left behind, as OVSDB is "
                  "away",
                  NULL);
    while (removals->first)
        drop(removals, removals->first);
}
