/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way to the system's log, for log.c alone. syslog(3) would wait for ever
 * when the daemon stands still, and its callers with it.
 */
#pragma once

/* Opens the socket; once is enough. Without it nothing is sent. */
void syslog_open(void);

/* Sends one message. `priority` is that of syslog(3). Nobody waits: what the
 * daemon does not take at once is lost. */
void syslog_send(int priority, const char *program, const char *text);
