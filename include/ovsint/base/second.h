/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A second process of a program that runs once. It is forked before the program
 * gives up what it may do, does for it what it could not do afterwards, and is
 * asked over a pair of sockets. It ends when the program has closed its end.
 */
#pragma once

#include "ovsint/base/err.h"

/* Forks. Returns 1 in the second process, which ends without the program's exit
 * handlers, and 0 in the program; -errno in the program alone. Each gets its
 * end of the pair, of packets and close-on-exec, and owns it. */
int second_start(int *ret_fd, struct err *err) MUST_CHECK;

/* In the second process: lets go of standard input, output and error. Whoever
 * has started the program may wait until no process has them open. */
void second_leave_standard(void);
