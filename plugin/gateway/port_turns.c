/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One timer and one list: the choice at its head goes on for a while, and goes
 * to the tail. The more there are, the shorter is the while, so that many who
 * choose do not keep one waiting who wants little.
 */
#include "plugin/gateway/port_turns.h"

#include "plugin/daemon/timer.h"

#define TURN_MS 1
/* In each, of all choices together and of one. */
#define TURN_LOOKS 4096
#define LEAST_LOOKS 64
/* So many may take long turns. */
#define CROWD 8

struct port_turns {
    uv_timer_t timer;
    struct list choices;
};

struct port_turns *port_turns_open(uv_loop_t *loop)
{
    struct port_turns *turns = mem_new(sizeof(*turns));

    list_init(&turns->choices);
    uv_timer_init(loop, &turns->timer);
    turns->timer.data = turns;
    return turns;
}

static void on_turns_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void port_turns_close(struct port_turns *turns)
{
    uv_close((uv_handle_t *)&turns->timer, on_turns_closed);
}

void port_turns_forget(struct port_choice *choice)
{
    if (list_has(&choice->turn))
        list_remove(&choice->turn);
}

static unsigned count_choices(const struct port_turns *turns)
{
    unsigned count = 0;

    LIST_EACH (link, &turns->choices)
        count++;
    return count;
}

bool port_turns_crowded(const struct port_turns *turns)
{
    return count_choices(turns) >= CROWD;
}

static void take_turn(struct port_turns *turns, struct port_choice *choice,
                      unsigned looks)
{
    struct err err = {0};

    list_remove(&choice->turn);
    int r = port_choice_go_on(choice, looks, &err);
    if (r == 0)
        list_append(&turns->choices, &choice->turn);
    else
        choice->done(choice, r < 0 ? &err : NULL);
}

static void on_turn(uv_timer_t *timer)
{
    struct port_turns *turns = timer->data;
    unsigned count = count_choices(turns);
    unsigned share = count ? TURN_LOOKS / count : 0;
    struct list *first;
    bool asks = false;

    if (share < LEAST_LOOKS)
        share = LEAST_LOOKS;
    for (unsigned left = TURN_LOOKS;
         left >= share && count-- > 0 && !asks &&
         (first = list_first(&turns->choices)) != NULL;
         left -= share) {
        struct port_choice *choice =
            container_of(first, struct port_choice, turn);
        asks = choice->wants_to_ask;
        take_turn(turns, choice, share);
    }
    if (!list_is_empty(&turns->choices))
        timer_in(timer, on_turn, TURN_MS);
}

void port_turns_add(struct port_turns *turns, struct port_choice *choice)
{
    list_append(&turns->choices, &choice->turn);
    if (!uv_is_active((uv_handle_t *)&turns->timer))
        timer_in(&turns->timer, on_turn, TURN_MS);
}
