/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What doors outside of the daemon ask of the gateway by rows: to publish
 * ports, and to say when host access port and rules are in force
 * (rows/transient_network.h).
 */
#pragma once

#include "plugin/gateway/gateway.h"

struct asked;

struct asked *asked_open(struct gateway *gateway);
void asked_close(struct asked *asked); /* NULL is fine */

/* Looks at all that waits. Call it when rows that may be about it have changed,
 * and when something of the gateway has become ready or has failed. */
void asked_look(struct asked *asked);
