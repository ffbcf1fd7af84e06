/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the database holds of network cards that were moved to a bridge, and of
 * the access port that has their addresses since. The note stands on the Port
 * of the access port, from before the first change until the move is undone:
 * with it whoever comes next can give everything back. Pure.
 *
 * Its states: MOVING, WAITING for a confirmation, UNDOING; then it is KEPT.
 * Whoever moves or undoes is the holder. If a holder has ended and the note is
 * not KEPT, the move is to be undone.
 *
 * Pitfall: the note and its rows go in one transaction, the last one of an
 * undo. Before that the cards have all back that the note says.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "ovsint/base/parse.h"
#include "ovsint/ovsdb/monitor.h"
#include "ovsint/ovsdb/txn.h"
#include "ovsint/spec/attachment.h"

#define UPLINK_CARDS_MAX 8
#define UPLINK_BOOT_SIZE 37
#define UPLINK_UUID_SIZE 40
/* The longest note: some 4000 routes. */
#define UPLINK_NOTE_SIZE (1u << 20)

enum uplink_state {
    UPLINK_KEPT,
    UPLINK_MOVING,
    UPLINK_WAITING,
    UPLINK_UNDOING,
    UPLINK_STATE_COUNT,
};

const char *uplink_state_name(enum uplink_state state);

struct uplink_card {
    char name[IFNAME_SIZE];
    char *ip; /* device_ip_write(): what it had; owned by the note */
};

/* Who does something about a move: a process of this boot. */
struct uplink_holder {
    char boot[UPLINK_BOOT_SIZE];
    pid_t pid;
    uint64_t start; /* when it was started, in the kernel's clock ticks */
};

struct uplink_note {
    char access[IFNAME_SIZE];
    char bridge[BRIDGE_NAME_SIZE];
    struct uplink_card cards[UPLINK_CARDS_MAX];
    size_t card_count;
    enum uplink_state state;
    struct uplink_holder holder; /* unless it is KEPT */
    /* Of the rows, "" = not there; cards have theirs once they are on the
     * bridge, a bond one for all. */
    char access_uuid[UPLINK_UUID_SIZE];
    char cards_uuid[UPLINK_UUID_SIZE];
};

void uplink_note_done(struct uplink_note *note);
#define auto_uplink_note __attribute__((cleanup(uplink_note_done)))

/* All notes of a database: those of other programs and broken ones are left
 * out. */
struct uplink_notes {
    struct uplink_note *list;
    size_t count;
    size_t room;
};
void uplink_notes_done(struct uplink_notes *notes);
#define auto_uplink_notes __attribute__((cleanup(uplink_notes_done)))
struct uplink_note *uplink_notes_find(const struct uplink_notes *notes,
                                      const char *access);

/* Adds what the reply to this monitor, with these tables, has. */
void uplink_watch(struct monitor *monitor);
void uplink_notes_read(struct uplink_notes *ret, const struct json *updates);
/* The same by a transaction, in which it is operation `op` and the next one. */
size_t uplink_select(struct txn *txn);
void uplink_notes_selected(struct uplink_notes *ret, const struct json *result,
                           size_t op);

/* Transactions. */

struct uplink_shape {
    struct mac mac;        /* of the access port */
    unsigned mtu;          /* of the access port */
    const char *bond_mode; /* of several cards; NULL = the switch's default */
};

/* Writes the rows of the access port, with the note as MOVING. Its guards: the
 * bridge is there, no port has the name of the access port or of a card. -E2BIG
 * if the note is longer than UPLINK_NOTE_SIZE. */
int uplink_claim(struct txn *txn, const struct uplink_note *note,
                 const struct uplink_shape *shape, struct err *err) MUST_CHECK;
/* Puts the cards on the bridge; guarded by the note, which must be MOVING. */
void uplink_join(struct txn *txn, const struct uplink_note *note,
                 const struct uplink_shape *shape);
/* From the state that the note has to another one, with this holder (NULL: the
 * note becomes KEPT); guarded by that state and the holder that the note has,
 * as only one may undo a move. */
void uplink_set_state(struct txn *txn, const struct uplink_note *note,
                      enum uplink_state state,
                      const struct uplink_holder *holder);
/* Removes all rows, and the note with them. */
void uplink_leave(struct txn *txn, const struct uplink_note *note);

/* Asks the switch to say when it has done all of this transaction: when cur_cfg
 * reaches the number that uplink_fence_number() reads in the result. */
size_t uplink_fence(struct txn *txn);
int64_t uplink_fence_number(const struct json *result, size_t op);
