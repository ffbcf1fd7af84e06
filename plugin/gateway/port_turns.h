/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Inside the gateway only: those who choose many ports take turns, and the loop
 * serves others in between.
 */
#pragma once

#include <uv.h>

#include "plugin/gateway/port_choice.h"

struct port_turns;

struct port_turns *port_turns_open(uv_loop_t *loop);
/* When no choice is left. The memory is freed when the loop has closed it. */
void port_turns_close(struct port_turns *turns);

/* It goes on in later turns of the loop until it is done, or forgotten. */
void port_turns_add(struct port_turns *turns, struct port_choice *choice);
/* Are there so many that one more should not take a long turn? */
bool port_turns_crowded(const struct port_turns *turns);
/* Does nothing if it has no turn to come. */
void port_turns_forget(struct port_choice *choice);
