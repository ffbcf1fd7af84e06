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
/* A bit for each port. */
#define PORT_USER_PORTS_SIZE (65536 / 8)
/* To search costs milliseconds, however many ports one process has. So it may
 * tell all of its ports of that protocol that are in the way at that address,
 * in `ports`; NULL = none of them is of interest. */
void port_user_find(const struct host_socket *socket, struct port_user *ret,
                    uint8_t ports[PORT_USER_PORTS_SIZE]);
