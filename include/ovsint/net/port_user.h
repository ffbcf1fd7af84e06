/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Whether a port of the host is free, and which process has it if not.
 *
 * Pitfall: nothing is reserved. A port that is free now may be taken a moment
 * later.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "ovsint/base/err.h"
#include "ovsint/base/parse.h"

/* One port of one address. The unspecified address stands for all addresses of
 * its family. */
struct host_socket {
    uint8_t protocol; /* IPPROTO_TCP, _UDP, _SCTP */
    struct ip ip;
    uint16_t port;
};

/* 0 = free; -EADDRINUSE; -EADDRNOTAVAIL if no device of the host has the
 * address; -EAFNOSUPPORT, -EPROTONOSUPPORT if the host does not have that
 * family or protocol. */
int port_user_try(const struct host_socket *socket);

#define PORT_USER_NAME_SIZE 32
struct port_user {
    /* 0 = not known: a socket of the kernel, or one that no table shows */
    pid_t pid;
    char name[PORT_USER_NAME_SIZE];
};
void port_user_find(const struct host_socket *socket, struct port_user *ret);
