/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One timer and one list: the choice at its head goes on for a while, and goes
 * to the tail.
 */
#include "plugin/gateway/port_turns.h"

/* A timer of 0 ms would fire again before the loop looks at its sockets. */
#define TURN_MS 1

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

static void take_turn(struct port_turns *turns, struct port_choice *choice)
{
    struct err err = {0};

    list_remove(&choice->turn);
    int r = port_choice_go_on(choice, &err);
    if (r == 0)
        list_append(&turns->choices, &choice->turn);
    else
        choice->done(choice, r < 0 ? &err : NULL);
}

static void on_turn(uv_timer_t *timer)
{
    struct port_turns *turns = timer->data;
    struct list *first = list_first(&turns->choices);

    if (first)
        take_turn(turns, container_of(first, struct port_choice, turn));
    if (!list_is_empty(&turns->choices))
        uv_timer_start(timer, on_turn, TURN_MS, 0);
}

void port_turns_add(struct port_turns *turns, struct port_choice *choice)
{
    list_append(&turns->choices, &choice->turn);
    if (!uv_is_active((uv_handle_t *)&turns->timer))
        uv_timer_start(&turns->timer, on_turn, TURN_MS, 0);
}
