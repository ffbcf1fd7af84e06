/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One entry of the list, as libnetwork writes its types.PortBinding:
 *
 *   {"Proto": 6, "Port": 80, "HostIP": "192.0.2.1", "HostPort": 8080,
 *    "HostPortEnd": 8090}
 *
 * If one entry is wrong the whole list fails.
 */
#include "plugin/docker/portmap.h"

#include <errno.h>

#define PORTMAP "com.docker.network.portmap"

static int read_number(const struct json *entry, const char *key, uint16_t *ret)
{
    const struct json *node = json_get(entry, key);
    int64_t number;

    *ret = 0;
    if (!node)
        return 0;
    if (!json_int(node, &number) || number < 0 || number > 65535)
        return -EINVAL;
    *ret = (uint16_t)number;
    return 0;
}

static int read_request(const struct json *entry, struct port_request *ret)
{
    const char *host = json_string(json_get(entry, "HostIP"));
    uint16_t protocol;

    *ret = (struct port_request){0};
    if (read_number(entry, "Proto", &protocol) < 0 || protocol > 255 ||
        !published_protocol((uint8_t)protocol) ||
        read_number(entry, "Port", &ret->port) < 0 || ret->port == 0 ||
        read_number(entry, "HostPort", &ret->first) < 0 ||
        read_number(entry, "HostPortEnd", &ret->last) < 0)
        return -EINVAL;
    ret->protocol = (uint8_t)protocol;
    if (ret->last < ret->first)
        ret->last = ret->first;
    return host && *host ? parse_ip(host, &ret->host) : 0;
}

int portmap_read(const struct json *options, struct port_request **ret,
                 size_t *ret_count, struct err *err)
{
    const struct json *list = json_get(options, PORTMAP);
    size_t count = json_count(list);

    if (count > LIMIT_PUBLISHED)
        return err_set(err, E2BIG, "%zu published ports are more than %d",
                       count, LIMIT_PUBLISHED);
    auto_free struct port_request *requests =
        count ? mem_new(count * sizeof(*requests)) : NULL;
    for (size_t i = 0; i < count; i++) {
        if (read_request(json_at(list, i), &requests[i]) < 0)
            return err_set(err, EINVAL,
                           "entry %zu of %s is no port to publish: a protocol "
                           "(tcp, udp, sctp), ports of container and host and "
                           "an address of the host are wanted",
                           i + 1, PORTMAP);
    }
    *ret = TAKE_PTR(requests);
    *ret_count = count;
    return 0;
}
