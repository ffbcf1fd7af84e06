/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A signal that asks a program to end, while that has something to undo first.
 * From stop_begin() to stop_end() SIGHUP, SIGINT and SIGTERM are held back, and
 * arrive where stop_poll() waits or stop_asked() looks, and nowhere else: so no
 * other system call has to bear an interruption, and none comes between a look
 * and a wait. The first one is noted. A second later they do again what they
 * did before, so that another one ends the program at once: until then it is
 * taken for the same one, as timeout(1), and a terminal that goes, send two.
 * One that was ignored, as nohup(1) has it, stays ignored.
 *
 * The state is the process's, as signals are. Who has not called stop_begin()
 * gets a poll(2), and is never asked.
 */
#pragma once

#include <poll.h>
#include <stdbool.h>

void stop_begin(void);

/* What is still held back is noted, and too late: it has no effect any more.
 * What was noted stays so. */
void stop_end(void);

/* The number of the signal that was noted; 0 = none. */
int stop_asked(void);

/* The name of such a signal: "SIGTERM". */
const char *stop_name(int number);

/* Whether waits end early once a signal is noted. stop_begin() begins with
 * true; who undoes something, or ends what must not stay half done, says false,
 * so that these waits last. */
void stop_cuts_waits(bool cuts);

/* Has a wait to end, as a signal is noted? */
bool stop_is_due(void);

/* poll(2), of `ms` milliseconds. -1 with EINTR also if a signal arrives. */
int stop_poll(struct pollfd *fds, unsigned count, int ms);
