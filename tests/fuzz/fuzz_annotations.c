/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Annotations under three configurations. What is accepted can be stored and
 * read back, gets addresses of its own, and obeys the policy.
 */
#include <stdbool.h>
#include <string.h>

#include "ovsint/config/ipam.h"
#include "ovsint/config/resolve.h"
#include "ovsint/config/settings.h"
#include "tests/fuzz/fuzz.h"

static const struct json_limits limits = {.size = 1u << 20, .depth = 64};

#define NETWORKS                                                           \
    "\"networks\":{\"lan\":{\"bridge\":\"br-lan\",\"vlan\":99,\"ip\":"     \
    "\"auto\",\"routes\":[\"10.9.0.0/16 via 10.0.0.2\"],\"refine\":"       \
    "[\"ip\",\"gateway\",\"routes\",\"mtu\",\"dad\",\"vlan\",\"trunks\"]," \
    "\"subnets\":[{\"subnet\":\"10.0.0.0/24\",\"gateway\":\"10.0.0.1\"},"  \
    "{\"subnet\":\"fd00::/64\"}]},\"bare\":{\"bridge\":\"br1\"}}"

static const char *const configs[] = {
    "{\"default-bridge\":\"br0\"}",
    "{" NETWORKS "}",
    "{\"default-bridge\":\"br0\"," NETWORKS
    ",\"policy\":{\"bridges\":[\"br0\",\"br-x*\"],\"vlans\":\"10-19\","
    "\"trunks\":\"20-29\",\"types\":[\"internal\"],\"macs\":[\"02:00:*\"],"
    "\"max-rate\":5000,\"external-ids\":[\"vm-*\"],\"max-interfaces\":16,"
    "\"addresses\":[\"10.0.0.0/8\"],\"ofports\":\"1000-1999\"}}",
};

#define POLICED 2

static struct settings settings[ARRAY_LEN(configs)];

static void read_configs(void)
{
    static bool done;
    struct err err = {0};

    for (size_t i = 0; !done && i < ARRAY_LEN(configs); i++)
        FUZZ_REQUIRE(settings_parse(configs[i], strlen(configs[i]), "config",
                                    &settings[i], &err) == 0);
    done = true;
}

static bool in_list(unsigned first, unsigned last, const struct vlan_set *set)
{
    for (unsigned vlan = 0; vlan < VLAN_COUNT; vlan++) {
        if (vlan_set_has(set, vlan) && (vlan < first || vlan > last))
            return false;
    }
    return !vlan_set_empty(set);
}

static void check_policy(const struct attachment *a)
{
    FUZZ_REQUIRE(a->rate_kbit && a->rate_kbit <= 5000);
    FUZZ_REQUIRE(a->type == VNIC_INTERNAL);
    FUZZ_REQUIRE(mac_is_zero(&a->mac) ||
                 (a->mac.bytes[0] == 2 && a->mac.bytes[1] == 0));
    for (size_t i = 0; i < a->external_id_count; i++)
        FUZZ_REQUIRE(strncmp(a->external_ids[i].key, "vm-", 3) == 0);
    if (a->network[0])
        return;
    FUZZ_REQUIRE(strcmp(a->bridge, "br0") == 0 ||
                 strncmp(a->bridge, "br-x", 4) == 0);
    FUZZ_REQUIRE(!a->vlan || (a->vlan >= 10 && a->vlan <= 19));
    FUZZ_REQUIRE(a->vlan_mode != VLAN_MODE_UNSET);
    FUZZ_REQUIRE(a->mtu <= 1500 && !a->burst_kbit && a->ip_count <= 1);
    FUZZ_REQUIRE(!a->ofport_request ||
                 (a->ofport_request >= 1000 && a->ofport_request <= 1999));
    for (size_t i = 0; i < a->ip_count; i++)
        FUZZ_REQUIRE(a->ip[i].ip.bytes[0] == 10 && a->ip[i].len >= 8);
    if (a->vlan_mode == VLAN_MODE_ACCESS ||
        a->vlan_mode == VLAN_MODE_DOT1Q_TUNNEL)
        FUZZ_REQUIRE(a->vlan);
    else
        FUZZ_REQUIRE(in_list(20, 29, &a->trunks));
}

static void check_port(const struct attachment *a)
{
    bool trunks = !vlan_set_empty(&a->trunks);

    FUZZ_REQUIRE(ifname_valid(a->ifname) && strcmp(a->ifname, "lo") != 0);
    FUZZ_REQUIRE(a->bridge[0] && a->vlan <= 4094);
    FUZZ_REQUIRE(!vlan_set_has(&a->trunks, 0) &&
                 !vlan_set_has(&a->trunks, 4095));
    FUZZ_REQUIRE(a->vlan_mode != VLAN_MODE_UNSET || (!a->vlan && !trunks));
    FUZZ_REQUIRE(a->vlan_mode != VLAN_MODE_ACCESS || (a->vlan && !trunks));
    FUZZ_REQUIRE(a->vlan_mode != VLAN_MODE_TRUNK || !a->vlan);
    FUZZ_REQUIRE(!mac_is_multicast(&a->mac));
    FUZZ_REQUIRE(!a->burst_kbit || a->rate_kbit);
    for (size_t i = 0; i < a->external_id_count; i++)
        FUZZ_REQUIRE(strncmp(a->external_ids[i].key, "ovsint-", 7) != 0);
}

static void check_addresses(const struct attachment *a)
{
    FUZZ_REQUIRE(a->ip_count <= LIMIT_ADDRESSES && a->gateway_count <= 2);
    for (size_t i = 0; i < a->ip_count; i++) {
        FUZZ_REQUIRE(!ip_unusable(&a->ip[i]));
        for (size_t j = 0; j < i; j++)
            FUZZ_REQUIRE(!ip_equal(&a->ip[i].ip, &a->ip[j].ip));
        for (size_t j = 0; j < a->gateway_count; j++)
            FUZZ_REQUIRE(!ip_equal(&a->ip[i].ip, &a->gateway[j]));
        for (size_t j = 0; j < a->route_count; j++)
            FUZZ_REQUIRE(!ip_equal(&a->ip[i].ip, &a->routes[j].via));
    }
}

static void write_spec(const struct attachment *a, struct buf *ret)
{
    struct json_writer w = JSON_WRITER(ret);

    attachment_write(a, &w);
    FUZZ_REQUIRE(!ret->overflow);
}

static void check_spec(const struct attachment *a)
{
    auto_buf struct buf once = BUF_INIT(ATTACHMENT_TEXT_SIZE);
    auto_buf struct buf twice = BUF_INIT(ATTACHMENT_TEXT_SIZE);
    auto_buf struct buf line = BUF_INIT(ATTACHMENT_TEXT_SIZE);
    auto_json struct json *json = NULL;
    struct attachment again;
    struct err err = {0};

    write_spec(a, &once);
    FUZZ_REQUIRE(json_parse(once.data, once.size, &limits, &json, &err) == 0);
    FUZZ_REQUIRE(attachment_read(json, &again, &err) == 0);
    write_spec(&again, &twice);
    FUZZ_REQUIRE(strcmp(buf_text(&once), buf_text(&twice)) == 0);
    attachment_describe(&again, &line);
    FUZZ_REQUIRE(!line.overflow);
}

static void check_all(struct attachment *a, size_t config)
{
    const struct named_network *network =
        settings_network(&settings[config], a->network);
    struct err err = {0};

    FUZZ_REQUIRE(!a->network[0] == !network);
    check_port(a);
    check_spec(a);
    if (config == POLICED)
        check_policy(a);
    if (a->ip_auto)
        FUZZ_REQUIRE(ipam_fill(a, network, 5, NULL, 0, &err) == 0);
    check_addresses(a);
    check_spec(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    auto_json struct json *json = NULL;
    struct err err = {0};

    read_configs();
    if (json_parse((const char *)data, size, &limits, &json, &err) < 0)
        return 0;
    for (size_t config = 0; config < ARRAY_LEN(configs); config++) {
        static struct attachment list[LIMIT_ATTACHMENTS];
        size_t count = 0;
        err = (struct err){0};
        int r = attachments_from_annotations(json, &settings[config], list,
                                             &count, &err);
        FUZZ_REQUIRE(r == -err.code);
        FUZZ_REQUIRE((r < 0) == (err.text[0] != '\0'));
        FUZZ_REQUIRE(r == 0 || count == 0);
        for (size_t i = 0; i < count; i++) {
            check_all(&list[i], config);
            for (size_t j = 0; j < i; j++)
                FUZZ_REQUIRE(strcmp(list[i].ifname, list[j].ifname) != 0);
        }
    }
    return 0;
}
