/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Published ports as the row of a port keeps them under ID_PORTS, and which of
 * them exclude each other. Pure.
 *
 *   tcp/8080:80 udp/192.0.2.1/53:53 tcp/fd00::1/7000-7009:7000
 *
 * Pitfall: an item without an address is for both families, as far as the
 * container has addresses of them; 0.0.0.0 and :: are for one family each.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/err.h"
#include "ovsint/base/limits.h"
#include "ovsint/base/parse.h"

/* `count` consecutive ports of the host, and as many of the container. */
struct published {
    uint8_t protocol; /* IPPROTO_TCP, _UDP, _SCTP */
    struct ip host;   /* family 0 = every address of both families */
    uint16_t host_port;
    uint16_t port;
    uint32_t count;
};

struct published_list {
    struct published *items;
    size_t count;
    size_t room;
};

void published_done(struct published_list *list);
#define auto_published __attribute__((cleanup(published_done)))

/* Appends the item; if it continues the last one, it is added to that. */
void published_add(struct published_list *list, const struct published *item);
/* Of all items together. */
size_t published_port_count(const struct published_list *list);
/* One port after the other, each as an item whose `count` is 1. No item of the
 * list may have a `count` of 0. A cursor begins
 * as zeros; false = `ret` is as it was, and the cursor at the end. */
struct published_cursor {
    size_t item;
    uint32_t of; /* index of the port within the item */
};
bool published_next(const struct published_list *list,
                    struct published_cursor *cursor, struct published *ret);
void published_write(const struct published_list *list, struct buf *ret);
/* -EINVAL if it cannot be read, as anybody can edit a row. */
int published_read(const char *text, struct published_list *ret,
                   struct err *err) MUST_CHECK;

/* Bitmap of the host's ports in use per protocol, addresses ignored. A cheap
 * first test: only a set bit makes us search for the real conflict. */
#define PORT_MAP_PROTOCOLS 3
struct port_map {
    uint8_t bits[PORT_MAP_PROTOCOLS][65536 / 8];
};
/* Adds the list's ports. True if one of them was set already. */
bool port_map_add(struct port_map *map, const struct published_list *list);
bool port_map_add_one(struct port_map *map, uint8_t protocol, uint16_t port);
void port_map_add_all(struct port_map *map, const struct port_map *more);
bool port_map_any(const struct port_map *map, uint8_t protocol);
bool port_map_has(const struct port_map *map, uint8_t protocol, uint16_t port);

/* "tcp", "udp", "sctp". */
const char *published_protocol(uint8_t protocol);
/* The number of that name, in any case of letters; 0 = none. */
uint8_t published_protocol_number(const char *name);
/* "8080/tcp", "192.0.2.1:53/udp", "[fd00::1]:7000/tcp". */
#define PUBLISHED_NAME_SIZE (IP_TEXT_SIZE + 16)
void published_name(uint8_t protocol, const struct ip *host, uint16_t port,
                    char ret[PUBLISHED_NAME_SIZE]);
bool ip_is_any(const struct ip *ip);
