/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What Docker asks of its IPAM driver before any network exists: the subnet and
 * range are checked. They are the pool's id, so nothing is kept.
 */
#include "plugin/docker/ipam_pool.h"

#include <errno.h>
#include <string.h>

#include "plugin/docker/docker.h"
#include "plugin/docker/network_request.h"

void ipam_capabilities_start(struct call *call)
{
    auto_buf struct buf body = BUF_INIT(128);

    buf_add_text(&body, "{\"RequiresMACAddress\":false,"
                        "\"RequiresRequestReplay\":false}");
    call_reply(call, &body);
}

void ipam_spaces_start(struct call *call)
{
    auto_buf struct buf body = BUF_INIT(128);

    buf_add_text(&body, "{\"LocalDefaultAddressSpace\":\"" IPAM_SPACE "\","
                        "\"GlobalDefaultAddressSpace\":\"" IPAM_SPACE "\"}");
    call_reply(call, &body);
}

static struct ip_range range_of(const struct ip_prefix *prefix)
{
    struct ip first = ip_network(prefix);
    unsigned bits = ip_bits(&first) - prefix->len;
    ip_number last = ip_to_number(&first) + (((ip_number)1 << bits) - 1);

    return (struct ip_range){first, ip_from_number(first.family, last)};
}

static int parse_pool(const char *subnet, const char *range, struct pool *ret,
                      struct err *err)
{
    struct ip_prefix part;

    if (!*subnet)
        return err_set(err, EINVAL,
                       "the IPAM driver ovsint chooses no subnet, as it has to "
                       "be the same on each host: give --subnet");
    if (parse_prefix(subnet, &ret->prefix) < 0 || ret->prefix.len == 0)
        return err_set(err, EINVAL, "pool '%.60s' is no subnet", subnet);
    ret->prefix.ip = ip_network(&ret->prefix);
    ret->range = range_of(&ret->prefix);
    if (!*range)
        return 0;
    if (parse_prefix(range, &part) < 0 || part.len < ret->prefix.len ||
        !ip_in_prefix(&part.ip, &ret->prefix))
        return err_set(err, EINVAL, "--ip-range %.60s is no part of %.60s",
                       range, subnet);
    ret->range = range_of(&part);
    return 0;
}

int ipam_pool_read(const char *id, struct pool *ret, struct err *err)
{
    const char *range = strchr(id, ' ');
    auto_free char *subnet = mem_text(id, strcspn(id, " "));

    return parse_pool(subnet, range ? range + 1 : "", ret, err);
}

void request_pool_start(struct call *call)
{
    const char *range = json_string(json_get(call->body, "SubPool"));
    const char *asked = json_string(json_get(call->body, "Pool"));
    auto_buf struct buf body = BUF_INIT(512), id = BUF_INIT(256);
    struct json_writer w = JSON_WRITER(&body);
    char subnet[PREFIX_TEXT_SIZE];
    struct pool pool;
    struct err err = {0};

    if (parse_pool(asked ? asked : "", range ? range : "", &pool, &err) < 0) {
        call_fail(call, &err);
        return;
    }
    prefix_format(&pool.prefix, subnet);
    buf_addf(&id, "%s%s%s", subnet, range && *range ? " " : "",
             range ? range : "");
    json_write_object(&w);
    json_write_member(&w, "PoolID", buf_text(&id));
    json_write_member(&w, "Pool", subnet);
    json_write_key(&w, "Data");
    json_write_object(&w);
    json_write_object_end(&w);
    json_write_object_end(&w);
    call_reply(call, &body);
}
