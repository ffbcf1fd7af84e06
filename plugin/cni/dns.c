/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The capability has other names for the same lists, and runtimes write them in
 * any case of letters.
 */
#include "plugin/cni/dns.h"

#include <errno.h>

#include "ovsint/rows/lease.h"
#include "plugin/cni/sources.h"

/* A result beyond 64 KiB is more than some callers read. */
#define DNS_SIZE (32u * 1024)

static const struct {
    const char *capability;
    const char *result;
} list_table[] = {
    {"servers", "nameservers"}, {"searches", "search"}, {"options", "options"}};

int dns_check(const struct json *value, struct err *err)
{
    auto_buf struct buf text = BUF_INIT(DNS_SIZE);
    struct json_writer w = JSON_WRITER(&text);

    if (json_type(value) != JSON_OBJECT)
        return err_set(err, EINVAL, "dns is %s, not an object",
                       json_type_name(value));
    json_write_value(&w, value);
    if (text.overflow)
        return err_set(err, E2BIG, "dns is larger than %u bytes", DNS_SIZE);
    return 0;
}

static int check_list(const struct json *list, const char *name,
                      struct err *err)
{
    enum json_type type = json_type(list);

    if (!list || type == JSON_NULL)
        return 0;
    for (size_t i = 0; i < json_count(list); i++) {
        if (!json_string(json_at(list, i)))
            type = JSON_NULL;
    }
    return type == JSON_ARRAY
               ? 0
               : err_set(err, EINVAL, "dns: %s is no list of strings", name);
}

int dns_check_capability(const struct json *value, struct err *err)
{
    int r = dns_check(value, err);

    for (size_t i = 0; r >= 0 && i < ARRAY_LEN(list_table); i++) {
        const char *name = list_table[i].capability;
        r = check_list(sources_get(value, name), name, err);
    }
    return r < 0 ? err_wrap(err, "runtimeConfig") : 0;
}

static void write_capability(const struct json *capability,
                             struct json_writer *w)
{
    json_write_object(w);
    for (size_t i = 0; i < ARRAY_LEN(list_table); i++) {
        const struct json *list =
            sources_get(capability, list_table[i].capability);
        if (json_count(list) == 0)
            continue;
        json_write_key(w, list_table[i].result);
        json_write_value(w, list);
    }
    json_write_object_end(w);
}

static void write_lan(const struct dhcp_dns *lan, struct json_writer *w)
{
    json_write_object(w);
    if (lan && lan->server_count) {
        json_write_key(w, "nameservers");
        lease_dns_servers(lan, w);
    }
    if (lan && lan->search[0]) {
        json_write_key(w, "search");
        lease_dns_search(lan, w);
    }
    json_write_object_end(w);
}

void dns_write(const struct json *capability, const struct json *configured,
               const struct dhcp_dns *lan, struct json_writer *w)
{
    if (json_count(capability) > 0) {
        write_capability(capability, w);
    } else if (configured) {
        json_write_value(w, configured);
    } else {
        write_lan(lan, w);
    }
}
