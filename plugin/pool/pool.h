/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Keeps ports ready (rows/ready_port.h): as many as the configuration, Docker's
 * networks and the ports of other networks ask for. It works from the rows, and
 * knows no door: doors take ready ports by themselves.
 */
#pragma once

#include <uv.h>

struct host;
struct pool;

/* Subscribes to the host. What the configuration asks for and nobody can make
 * is logged. */
struct pool *pool_open(uv_loop_t *loop, struct host *host);
/* Ready ports stay. The memory is freed when the loop has closed it. NULL is
 * fine. */
void pool_close(struct pool *pool);
