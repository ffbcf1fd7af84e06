/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Each element of the list becomes one item; an error names the list and the
 * member that is wrong. Pure.
 */
#include "ovsint/rows/port_mapping.h"

#include <errno.h>
#include <netinet/in.h>
#include <strings.h>

#include "ovsint/rows/published.h"

static const struct json *get(const struct json *object, const char *key)
{
    for (size_t i = 0; i < json_count(object); i++) {
        if (strcasecmp(json_key_at(object, i), key) == 0)
            return json_at(object, i);
    }
    return NULL;
}

/* `least` is also what an absent member counts as. */
static int read_number(const struct json *mapping,
                       const struct port_mapping_words *words, const char *key,
                       int64_t least, uint16_t *ret, struct err *err)
{
    const struct json *value = get(mapping, key);
    int64_t number = least;

    if (value &&
        (!json_int(value, &number) || number < least || number > UINT16_MAX))
        return err_set(err, EINVAL, "%s: %s is no number from %d to 65535",
                       words->list, key, (int)least);
    *ret = (uint16_t)number;
    return 0;
}

static int read_protocol(const struct json *mapping,
                         const struct port_mapping_words *words, uint8_t *ret,
                         struct err *err)
{
    static const uint8_t protocols[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP};
    const struct json *value = get(mapping, words->protocol);
    const char *name = value ? json_string(value) : "tcp";

    for (size_t i = 0; name && i < ARRAY_LEN(protocols); i++) {
        *ret = protocols[i];
        if (strcasecmp(published_protocol(*ret), name) == 0)
            return 0;
    }
    return err_set(err, EINVAL,
                   "%s: protocol '%.40s' is none of tcp, udp, sctp",
                   words->list, name ? name : json_type_name(value));
}

static int read_host(const struct json *mapping,
                     const struct port_mapping_words *words, struct ip *ret,
                     struct err *err)
{
    const struct json *value = get(mapping, words->host);
    const char *text = json_string(value);

    if (json_type(value) <= JSON_NULL || (text && !*text) ||
        (text && parse_ip(text, ret) >= 0))
        return 0;
    return err_set(err, EINVAL, "%s: %s '%.60s' is no address", words->list,
                   words->host, text ? text : json_type_name(value));
}

static int read_range(const struct json *mapping,
                      const struct port_mapping_words *words,
                      struct published *item, struct err *err)
{
    uint16_t count = 1;
    int r = words->range
                ? read_number(mapping, words, words->range, 1, &count, err)
                : 0;

    item->count = count;
    if (r < 0 || (item->port + item->count <= UINT16_MAX + 1u &&
                  item->host_port + item->count <= UINT16_MAX + 1u))
        return r;
    return err_set(err, EINVAL, "%s: %s goes beyond port 65535", words->list,
                   words->range);
}

static int read_mapping(const struct json *mapping,
                        const struct port_mapping_words *words,
                        struct published *ret, struct err *err)
{
    *ret = (struct published){.count = 1};
    if (json_type(mapping) != JSON_OBJECT)
        return err_set(err, EINVAL, "%s: an element is %s, not an object",
                       words->list, json_type_name(mapping));
    int r =
        read_number(mapping, words, words->host_port, 0, &ret->host_port, err);
    if (r >= 0)
        r = read_number(mapping, words, words->port, 1, &ret->port, err);
    if (r >= 0 && !get(mapping, words->port))
        r = err_set(err, EINVAL, "%s: an element has no %s", words->list,
                    words->port);
    if (r >= 0)
        r = read_protocol(mapping, words, &ret->protocol, err);
    if (r >= 0)
        r = read_host(mapping, words, &ret->host, err);
    return r < 0 ? r : read_range(mapping, words, ret, err);
}

int port_mappings_read(const struct json *list,
                       const struct port_mapping_words *words, struct buf *ret,
                       struct err *err)
{
    auto_published struct published_list read = {0};

    if (json_type(list) <= JSON_NULL)
        return 0;
    if (json_type(list) != JSON_ARRAY)
        return err_set(err, EINVAL, "%s is %s, not an array", words->list,
                       json_type_name(list));
    for (size_t i = 0; i < json_count(list); i++) {
        struct published item;
        int r = read_mapping(json_at(list, i), words, &item, err);
        if (r < 0)
            return r;
        if (item.host_port)
            published_add(&read, &item);
    }
    published_write(&read, ret);
    return ret->overflow
               ? err_set(err, EMSGSIZE, "%s: too many ports", words->list)
               : 0;
}
