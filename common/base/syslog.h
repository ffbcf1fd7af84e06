/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The way to the system's log, for log.c alone. Not syslog(3), as that blocks
 * for ever if the daemon stands still.
 */
#pragma once

/* Opens the socket; further calls do nothing. Without it nothing is sent. */
void syslog_open(void);

/* Sends one message; `priority` is that of syslog(3). Never blocks: what the
 * daemon cannot take at once is lost. */
void syslog_send(int priority, const char *program, const char *text);
