/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What the device of a host access port is to be like. */
#include "plugin/gateway/host_settings.h"

#include "tests/lib/model.h"

static void read_row(const char *text, struct network_row *ret)
{
    auto_free char *quoted = model_quotes(text);
    struct err err = {0};

    CHECK_OK(network_row_read(quoted, ret, &err), err);
}

#define IPV4 "{'pool':'10.9.0.0/24','gateway':'10.9.0.1'}"
#define IPV6 "{'pool':'fd00:9::/64','gateway':'fd00:9::1'}"
#define FLAT "'options':{'mode':'flat','host-access':'true'},"
#define SAFE4 "4 accept_redirects=0, 4 accept_source_route=0, "
#define SAFE6 "6 accept_ra=0, 6 accept_redirects=0, 6 accept_source_route=0, "

TEST(settings)
{
    static const struct {
        const char *row;
        bool forwards;
        const char *text;
    } table[] = {
        {"{" FLAT "'pools':[" IPV4 "]}", true,
         SAFE4 SAFE6 "6 disable_ipv6=1, "},
        {"{" FLAT "'pools':[" IPV4 "," IPV6 "]}", true,
         SAFE4 SAFE6 "6 disable_ipv6=0, "},
        {"{'pools':[" IPV4 "]}", true,
         SAFE4 "4 forwarding=1, 4 route_localnet=1, " SAFE6
               "6 disable_ipv6=1, "},
        {"{'pools':[" IPV4 "," IPV6 "]}", true,
         SAFE4 "4 forwarding=1, 4 route_localnet=1, " SAFE6
               "6 disable_ipv6=0, 6 forwarding=1, 6 force_forwarding=1, "},
        /* while no rules are in force */
        {"{'pools':[" IPV4 "," IPV6 "]}", false,
         SAFE4 "4 forwarding=0, 4 route_localnet=0, " SAFE6
               "6 disable_ipv6=0, 6 forwarding=0, 6 force_forwarding=0, "},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_network_row struct network_row row = {0};
        auto_buf struct buf text = BUF_INIT(4096);
        struct host_setting list[HOST_SETTINGS];
        read_row(table[i].row, &row);
        size_t count = host_settings(&row, table[i].forwards, list);
        for (size_t k = 0; k < count; k++) {
            bool is_v6 = list[k].family == SYSCTL_IPV6;
            CHECK_EQ(list[k].optional, is_v6);
            buf_addf(&text, "%s %s=%d, ", is_v6 ? "6" : "4", list[k].name,
                     list[k].value);
        }
        CHECK_STR(buf_text(&text), table[i].text);
    }
}

TEST(addresses)
{
    static const struct {
        const char *wanted;
        bool has;
    } table[] = {
        {"10.9.0.1/24", true}, {"10.9.0.1/25", false}, {"10.9.0.2/24", false},
        {"fd00::1/64", true},  {"fd00::1/128", true},  {"fd00::2/64", false},
    };
    static const char *const has[] = {"10.9.0.1/24", "fd00::1/64"};
    struct host_addresses addresses = {.count = 0};
    struct addr_info info = {.ifindex = 3};
    struct ip_prefix wanted;

    for (size_t i = 0; i < ARRAY_LEN(has); i++) {
        CHECK_EQ(parse_prefix(has[i], &info.address), 0);
        host_addresses_note(&addresses, &info);
    }
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        CHECK_EQ(parse_prefix(table[i].wanted, &wanted), 0);
        if (host_addresses_have(&addresses, &wanted) != table[i].has)
            TEST_FAIL("%s", table[i].wanted);
    }
    /* more than fit are passed over */
    for (size_t i = 0; i < 10 * LIMIT_ADDRESSES; i++)
        host_addresses_note(&addresses, &info);
    CHECK_EQ(addresses.count, ARRAY_LEN(addresses.has));
}

TEST_MAIN
