/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Telling the service manager how far the program is (sd_notify(3)), without
 * its library: one datagram to the socket that NOTIFY_SOCKET names.
 */
#pragma once

/* `state` is "READY=1", "STOPPING=1"... Nothing happens where nobody listens:
 * a service must not fail for it. */
void notify(const char *state);
