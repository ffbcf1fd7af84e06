/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys are a table. Their values are judged by whoever reads the network
 * row, as of any network (rows/network_row.c). Ports to be published are read
 * from the runtime's list into the text of the row.
 */
#include "plugin/cni/nat.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "ovsint/rows/external_ids.h"
#include "ovsint/rows/published.h"
#include "plugin/cni/sources.h"

static const struct {
    const char *key;
    const char *value;
    const char *meaning;
} key_table[CNI_NAT_KEYS] = {
    {"mode", "flat|nat", "nat: the host is the router"},
    {"nat4", "masquerade|ports|routed", "source of what leaves by IPv4"},
    {"nat6", "masquerade|ports|routed", "source of what leaves by IPv6"},
    {"nat-source", "ADDR,...", "the host's address for it"},
    {"publish-ip", "ADDR,...", "where ports are published"},
};

bool nat_has_key(const char *key)
{
    for (size_t i = 0; i < ARRAY_LEN(key_table); i++) {
        if (strcmp(key_table[i].key, key) == 0)
            return true;
    }
    return false;
}

void nat_list_keys(struct buf *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(key_table); i++)
        buf_addf(ret, ", %s", key_table[i].key);
}

void nat_print_keys(struct buf *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(key_table); i++)
        buf_addf(ret, "  %-14s  %-20s  %s\n", key_table[i].key,
                 key_table[i].value, key_table[i].meaning);
}

int nat_take_key(struct cni_request *request, const char *key,
                 const struct json *value, struct err *err)
{
    const char *text = json_string(value);

    if (!text)
        return err_set(err, EINVAL, "key %s is %s, not a string", key,
                       json_type_name(value));
    if (strcmp(key, "mode") == 0) {
        request->is_nat = strcmp(text, "nat") == 0;
        if (!request->is_nat && strcmp(text, "flat") != 0)
            return err_set(err, EINVAL,
                           "key mode: '%.80s' is none of flat, nat", text);
    }
    request->nat_keys[request->nat_key_count++] =
        (struct network_option){.key = key, .value = text};
    return 0;
}

int nat_check_keys(const struct cni_request *request, struct err *err)
{
    for (size_t i = 0; !request->is_nat && i < request->nat_key_count; i++) {
        if (strcmp(request->nat_keys[i].key, "mode") != 0)
            return err_set(err, EINVAL, "key %s needs \"mode\": \"nat\"",
                           request->nat_keys[i].key);
    }
    return 0;
}

/* portMappings. */

static int read_port(const struct json *mapping, const char *key, int64_t least,
                     uint16_t *ret, struct err *err)
{
    int64_t number = 0;
    const struct json *value = sources_get(mapping, key);

    if (value ? !json_int(value, &number) || number < least || number > 65535
              : least > 0)
        return err_set(err, EINVAL,
                       "runtimeConfig.portMappings: %s is not a port, which is "
                       "a number up to 65535",
                       key);
    *ret = (uint16_t)number;
    return 0;
}

static int read_protocol(const struct json *mapping, uint8_t *ret,
                         struct err *err)
{
    const struct json *value = sources_get(mapping, "protocol");
    const char *name = value ? json_string(value) : "tcp";

    *ret = name ? published_protocol_number(name) : 0;
    if (*ret)
        return 0;
    return err_set(err, EINVAL,
                   "runtimeConfig.portMappings: protocol '%.40s' is none of "
                   "tcp, udp, sctp",
                   name ? name : json_type_name(value));
}

static int read_host(const struct json *mapping, struct ip *ret,
                     struct err *err)
{
    const char *text = json_string(sources_get(mapping, "hostIP"));

    if (!text || !*text || parse_ip(text, ret) >= 0)
        return 0;
    return err_set(err, EINVAL,
                   "runtimeConfig.portMappings: hostIP '%.60s' is no address",
                   text);
}

static int read_mapping(const struct json *mapping, struct published *ret,
                        struct err *err)
{
    *ret = (struct published){.count = 1};
    int r = read_port(mapping, "hostPort", 0, &ret->host_port, err);
    if (r >= 0)
        r = read_port(mapping, "containerPort", 1, &ret->port, err);
    if (r >= 0)
        r = read_protocol(mapping, &ret->protocol, err);
    return r < 0 ? r : read_host(mapping, &ret->host, err);
}

int nat_read_mappings(struct cni_request *request, const struct json *value,
                      struct err *err)
{
    auto_published struct published_list list = {0};

    if (json_type(value) == JSON_NULL)
        return 0;
    if (json_type(value) != JSON_ARRAY)
        return err_set(err, EINVAL,
                       "runtimeConfig.portMappings is %s, not an array",
                       json_type_name(value));
    for (size_t i = 0; i < json_count(value); i++) {
        struct published item;
        int r = read_mapping(json_at(value, i), &item, err);
        if (r < 0)
            return r;
        /* Kubernetes names ports that are not to be published, too. */
        if (item.host_port)
            published_add(&list, &item);
    }
    published_write(&list, &request->ports);
    return request->ports.overflow
               ? err_set(err, EMSGSIZE,
                         "runtimeConfig.portMappings: too many ports")
               : 0;
}

int nat_network_make(const struct cni_request *request,
                     const struct attachment *spec,
                     const struct named_network *network,
                     struct transient_network *ret, struct err *err)
{
    const struct transient_draft draft = {.owner = CNI_OWNER,
                                          .name = request->name,
                                          .options = request->nat_keys,
                                          .option_count =
                                              request->nat_key_count,
                                          .spec = spec,
                                          .network = network};

    return transient_network_make(&draft, ret, err);
}
