/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Tells the service manager how far the program is (sd_notify(3)) without its
 * library: one datagram to the socket that NOTIFY_SOCKET names.
 */
#pragma once

/* `state` is "READY=1", "STOPPING=1"... If nobody listens nothing happens: no
 * service may fail for lack of a service manager. */
void notify(const char *state);
