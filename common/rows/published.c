/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Consecutive ports are one item. So the row stays short, and a container that
 * publishes a range of ten thousand ports costs no more than one that publishes
 * one.
 */
#include "ovsint/rows/published.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

static const struct {
    uint8_t number;
    const char *name;
} protocols[] = {
    {IPPROTO_TCP, "tcp"}, {IPPROTO_UDP, "udp"}, {IPPROTO_SCTP, "sctp"}};

const char *published_protocol(uint8_t protocol)
{
    for (size_t i = 0; i < ARRAY_LEN(protocols); i++) {
        if (protocols[i].number == protocol)
            return protocols[i].name;
    }
    return NULL;
}

uint8_t published_protocol_number(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(protocols); i++) {
        if (strcasecmp(protocols[i].name, name) == 0)
            return protocols[i].number;
    }
    return 0;
}

bool ip_is_any(const struct ip *ip)
{
    static const uint8_t zero[sizeof(ip->bytes)];

    return memcmp(ip->bytes, zero, ip_bits(ip) / 8) == 0;
}

void published_name(uint8_t protocol, const struct ip *host, uint16_t port,
                    char ret[PUBLISHED_NAME_SIZE])
{
    auto_buf struct buf text = BUF_INIT(PUBLISHED_NAME_SIZE - 1);
    char address[IP_TEXT_SIZE];

    if (!ip_is_any(host)) {
        ip_format(host, address);
        buf_addf(&text, ip_bits(host) == 128 ? "[%s]:" : "%s:", address);
    }
    buf_addf(&text, "%u/%s", port, published_protocol(protocol));
    memcpy(ret, buf_text(&text), text.size + 1);
}

void published_done(struct published_list *list)
{
    free(list->items);
    *list = (struct published_list){0};
}

static bool continues(const struct published *last,
                      const struct published *item)
{
    return last->protocol == item->protocol &&
           ip_equal(&last->host, &item->host) &&
           last->host_port + last->count == item->host_port &&
           last->port + last->count == item->port;
}

void published_add(struct published_list *list, const struct published *item)
{
    if (list->count > 0 && continues(&list->items[list->count - 1], item)) {
        list->items[list->count - 1].count += item->count;
        return;
    }
    if (list->count == list->room) {
        list->room = list->room ? list->room * 2 : 8;
        list->items =
            mem_resize(list->items, list->room * sizeof(*list->items));
    }
    list->items[list->count++] = *item;
}

static void write_item(const struct published *item, struct buf *ret)
{
    char address[IP_TEXT_SIZE];

    buf_addf(ret, "%s/", published_protocol(item->protocol));
    if (item->host.family) {
        ip_format(&item->host, address);
        buf_addf(ret, "%s/", address);
    }
    buf_addf(ret, "%u", item->host_port);
    if (item->count > 1)
        buf_addf(ret, "-%u", item->host_port + item->count - 1);
    buf_addf(ret, ":%u", item->port);
}

size_t published_port_count(const struct published_list *list)
{
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++)
        count += list->items[i].count;
    return count;
}

bool published_next(const struct published_list *list,
                    struct published_cursor *cursor, struct published *ret)
{
    if (cursor->item == list->count)
        return false;
    const struct published *item = &list->items[cursor->item];
    *ret = *item;
    ret->host_port = (uint16_t)(item->host_port + cursor->of);
    ret->port = (uint16_t)(item->port + cursor->of);
    ret->count = 1;
    if (++cursor->of == item->count)
        *cursor = (struct published_cursor){.item = cursor->item + 1};
    return true;
}

void published_write(const struct published_list *list, struct buf *ret)
{
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            buf_add_text(ret, " ");
        write_item(&list->items[i], ret);
    }
}

/* Cuts `text` at `mark` and returns what follows it, or NULL. */
static char *cut(char *text, char mark)
{
    char *at = strrchr(text, mark);

    if (!at)
        return NULL;
    *at = '\0';
    return at + 1;
}

static int read_port(const char *text, uint16_t *ret)
{
    uint64_t number;
    int r = parse_number(text, 1, 65535, &number);

    if (r == 0)
        *ret = (uint16_t)number;
    return r;
}

/* "8080:80", "7000-7009:7000" */
static int read_numbers(char *text, struct published *ret)
{
    const char *inner = cut(text, ':');
    const char *end = cut(text, '-');
    uint16_t last;

    if (!inner || read_port(inner, &ret->port) < 0 ||
        read_port(text, &ret->host_port) < 0)
        return -EINVAL;
    last = ret->host_port;
    if (end && read_port(end, &last) < 0)
        return -EINVAL;
    if (last < ret->host_port || ret->port + (last - ret->host_port) > 65535)
        return -EINVAL;
    ret->count = (uint32_t)(last - ret->host_port) + 1;
    return 0;
}

static int read_item(char *text, struct published *ret)
{
    char *numbers = cut(text, '/');
    const char *address = strchr(text, '/') ? cut(text, '/') : NULL;

    *ret = (struct published){.protocol = published_protocol_number(text)};
    if (!numbers || !ret->protocol)
        return -EINVAL;
    if (address && parse_ip(address, &ret->host) < 0)
        return -EINVAL;
    return read_numbers(numbers, ret);
}

int published_read(const char *text, struct published_list *ret,
                   struct err *err)
{
    auto_published struct published_list list = {0};
    auto_free char *copy = mem_text(text, strlen(text));
    char *rest = copy;
    size_t ports = 0;

    for (char *word; (word = strsep(&rest, " ")) != NULL;) {
        struct published item;
        size_t place = (size_t)(word - copy);
        if (!*word)
            continue;
        if (list.count == LIMIT_PUBLISHED || read_item(word, &item) < 0)
            return err_set(err, EINVAL, "published port '%.*s' cannot be read",
                           (int)strcspn(text + place, " "), text + place);
        ports += item.count;
        if (ports > LIMIT_PUBLISHED_PORTS)
            return err_set(err, EINVAL,
                           "more than %u ports are published by one endpoint",
                           LIMIT_PUBLISHED_PORTS);
        published_add(&list, &item);
    }
    *ret = list;
    list = (struct published_list){0};
    return 0;
}

static uint8_t *map_byte(const struct port_map *map, uint8_t protocol,
                         uint16_t port)
{
    size_t row = 0;

    while (row < PORT_MAP_PROTOCOLS - 1 && protocols[row].number != protocol)
        row++;
    return (uint8_t *)(uintptr_t)&map->bits[row][port / 8];
}

bool port_map_has(const struct port_map *map, uint8_t protocol, uint16_t port)
{
    return *map_byte(map, protocol, port) & 1u << port % 8;
}

bool port_map_add_one(struct port_map *map, uint8_t protocol, uint16_t port)
{
    bool was = port_map_has(map, protocol, port);

    *map_byte(map, protocol, port) |= (uint8_t)(1u << port % 8);
    return was;
}

bool port_map_add(struct port_map *map, const struct published_list *list)
{
    struct published_cursor cursor = {0};
    struct published one;
    bool was = false;

    while (published_next(list, &cursor, &one))
        was |= port_map_add_one(map, one.protocol, one.host_port);
    return was;
}

void port_map_add_all(struct port_map *map, const struct port_map *more)
{
    uint8_t *bits = &map->bits[0][0];

    for (size_t i = 0; i < sizeof(map->bits); i++)
        bits[i] |= (&more->bits[0][0])[i];
}

bool port_map_any(const struct port_map *map, uint8_t protocol)
{
    const uint8_t *row = map_byte(map, protocol, 0);

    for (size_t i = 0; i < sizeof(map->bits[0]); i++) {
        if (row[i])
            return true;
    }
    return false;
}
