/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a port of the host is free, and who has it if not.
 *
 * What a reader would get wrong: a port that is free now may be taken a moment
 * later. Nothing is held.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "ovsint/base/err.h"
#include "ovsint/base/parse.h"

/* One port of one address; the unspecified address is all of its family. */
struct host_socket {
    uint8_t protocol; /* IPPROTO_TCP, _UDP, _SCTP */
    struct ip ip;
    uint16_t port;
};

/* 0 = free; -EADDRINUSE; -EADDRNOTAVAIL when no device of the host has the
 * address; -EAFNOSUPPORT, -EPROTONOSUPPORT when the host does not speak it. */
int port_user_try(const struct host_socket *socket);

#define PORT_USER_NAME_SIZE 32
struct port_user {
    pid_t pid; /* 0 = cannot be told: a socket of the kernel, or one that is in
                  no table that is shown */
    char name[PORT_USER_NAME_SIZE];
};
void port_user_find(const struct host_socket *socket, struct port_user *ret);
