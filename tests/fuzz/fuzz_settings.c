/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Configurations. If one is accepted, each of its networks can be asked for,
 * and its subnets give only usable addresses of their range.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "ovsint/config/ipam.h"
#include "ovsint/config/resolve.h"
#include "ovsint/config/settings.h"
#include "tests/fuzz/fuzz.h"

static bool excluded(const struct subnet *subnet, const struct ip *ip)
{
    for (size_t i = 0; i < subnet->exclude_count; i++) {
        if (ip_range_has(&subnet->exclude[i], ip))
            return true;
    }
    return false;
}

static void check_subnet(const struct subnet *subnet, uint64_t seed)
{
    struct ip used[4];
    size_t count = 0;

    FUZZ_REQUIRE(ip_in_prefix(&subnet->range.first, &subnet->prefix));
    FUZZ_REQUIRE(ip_in_prefix(&subnet->range.last, &subnet->prefix));
    while (count < ARRAY_LEN(used)) {
        struct ip_prefix host = {.len = subnet->prefix.len};
        struct err err = {0};
        int r = ipam_pick(subnet, seed, used, count, &host.ip, &err);
        FUZZ_REQUIRE(r == 0 || (r == -ENOSPC && err.text[0]));
        if (r < 0)
            return;
        FUZZ_REQUIRE(ip_range_has(&subnet->range, &host.ip));
        FUZZ_REQUIRE(!excluded(subnet, &host.ip) && !ip_unusable(&host));
        FUZZ_REQUIRE(!ip_equal(&host.ip, &subnet->gateway));
        for (size_t i = 0; i < count; i++)
            FUZZ_REQUIRE(!ip_equal(&host.ip, &used[i]));
        used[count++] = host.ip;
        qsort(used, count, sizeof(*used), ipam_compare);
    }
}

/* A container may not fit a network (no bridge, the policy). But it never
 * crashes the reader, and never gets more than the network says. */
static void check_network(const struct settings *settings,
                          const struct named_network *network)
{
    struct attachment_request request;
    struct attachment a;
    struct err err = {0};

    FUZZ_REQUIRE(attachment_request_init(&request, FRONT_HOOK, "eth0", &err) ==
                 0);
    FUZZ_REQUIRE(
        attachment_set(&request, "x", "network", network->name, &err) == 0);
    int r = attachment_resolve(&request, settings, &a, &err);
    FUZZ_REQUIRE(r == -err.code);
    if (r < 0)
        return;
    FUZZ_REQUIRE(strcmp(a.network, network->name) == 0 && a.bridge[0]);
    FUZZ_REQUIRE(a.vlan == network->defaults.values.vlan);
    FUZZ_REQUIRE(!a.ip_auto || network->subnet_count);
    r = ipam_fill(&a, network, 1, NULL, 0, &err);
    FUZZ_REQUIRE(r == 0 || r == -ENOSPC);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    auto_settings struct settings settings = {0};
    struct err err = {0};

    int r = settings_parse((const char *)data, size, "config", &settings, &err);
    FUZZ_REQUIRE(r == -err.code);
    FUZZ_REQUIRE((r < 0) == (err.text[0] != '\0'));
    if (r < 0)
        return 0;
    FUZZ_REQUIRE(settings_ovsdb_path(&settings)[0] == '/');
    FUZZ_REQUIRE(settings.timeout_ms >= 100 && settings.timeout_ms <= 600000);
    for (size_t i = 0; i < settings.network_count; i++) {
        const struct named_network *network = &settings.networks[i];
        FUZZ_REQUIRE(settings_network(&settings, network->name) == network);
        for (size_t j = 0; j < network->subnet_count; j++)
            check_subnet(&network->subnets[j], size * UINT64_C(0x9e3779b9));
        check_network(&settings, network);
    }
    return 0;
}
