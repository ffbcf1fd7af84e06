/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * In which order network cards of the host move to a bridge, and what undoes
 * each step. A pure machine: it says the next step, and is told what became of
 * it. A step's undo is armed before the step begins, as its outcome may stay
 * unknown.
 *
 * The order keeps connections: the access port is complete, with the addresses,
 * before the first card is on the bridge; as soon as it is, the routes go over
 * and the neighbours are told. Until then packets still leave by the card. On
 * the way back the cards have all before they leave the bridge.
 */
#pragma once

#include <stdbool.h>

#include "ovsint/base/err.h"

enum uplink_step {
    UPLINK_STEP_CLAIM,   /* rows of the access port, with the note */
    UPLINK_STEP_PORT,    /* until the switch has made it */
    UPLINK_STEP_SET_UP,  /* settings and addresses of the cards, onto it */
    UPLINK_STEP_JOIN,    /* the cards, onto the bridge */
    UPLINK_STEP_CARRY,   /* routes over, addresses off the cards, announced */
    UPLINK_STEP_ASK,     /* whether the gateways answer */
    UPLINK_STEP_OFFER,   /* the note: it waits to be confirmed, or is kept */
    UPLINK_STEP_CONFIRM, /* until somebody does; -ETIMEDOUT if nobody does */
    UPLINK_STEP_DONE,
    /* And back: */
    UPLINK_STEP_RECALL,    /* the note says so: nobody may confirm any more */
    UPLINK_STEP_GIVE_BACK, /* addresses and routes, to the cards */
    UPLINK_STEP_LEAVE,     /* all rows go; until the switch has done that */
    UPLINK_STEP_UNDONE,
    UPLINK_STEP_COUNT,
};

/* For --check and messages: "make the access port", with its names to come. */
const char *uplink_step_words(enum uplink_step step);

struct uplink_plan {
    enum uplink_step step;
    bool has_rows;      /* LEAVE is armed */
    bool has_addresses; /* GIVE_BACK is armed */
    struct err why;     /* of the undo; code 0 = it was asked for */
    struct err undo;    /* what has stopped the undo; code 0 = nothing */
    bool is_kept;       /* it was confirmed when it was to be recalled */
};

/* A move; or the undo of one that is there. */
struct uplink_plan uplink_plan_move(void);
struct uplink_plan uplink_plan_undo(void);

/* The present step has succeeded, or failed (r < 0 with `err`). An undo that
 * fails is UNDONE with `undo`: what was not done yet stays, and the rows with
 * the note stay until the cards have all back, so that somebody may try again.
 * Nothing is given back before RECALL, as a card that is still on the bridge is
 * cut off with whatever it has: while the database is away it would stay there.
 * RECALL fails with -ESTALE if the move was confirmed meanwhile, or somebody
 * else undoes it: then it is left alone. */
void uplink_plan_took(struct uplink_plan *plan, int r, const struct err *err);

/* Tries an undo that has failed once more. */
void uplink_plan_again(struct uplink_plan *plan);
