/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Tables of good and bad small texts. */
#include "ovsint/base/parse.h"

#include <errno.h>

#include "tests/lib/test.h"

TEST(numbers)
{
    static const struct {
        const char *text;
        int result;
        uint64_t value;
    } table[] = {
        {"1", 0, 1},
        {"4094", 0, 4094},
        {"0010", 0, 10},
        {"0", -ERANGE, 0},
        {"4095", -ERANGE, 0},
        {"1000000000", -ERANGE, 0},
        {"-1", -EINVAL, 0},
        {"+1", -EINVAL, 0},
        {"", -EINVAL, 0},
        {" 1", -EINVAL, 0},
        {"1 ", -EINVAL, 0},
        {"0x1", -EINVAL, 0},
        {"1e9", -EINVAL, 0},
        {"1.0", -EINVAL, 0},
        {"18446744073709551616", -ERANGE, 0},
        {"99999999999999999999999999", -ERANGE, 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        uint64_t value = 0;
        CHECK_EQ(parse_number(table[i].text, 1, 4094, &value), table[i].result);
        CHECK_EQ(value, table[i].value);
    }
    uint64_t largest;
    CHECK_EQ(parse_number("18446744073709551615", 0, UINT64_MAX, &largest), 0);
    CHECK(largest == UINT64_MAX);
}

TEST(booleans)
{
    bool value = false;

    CHECK_EQ(parse_bool("true", &value), 0);
    CHECK(value);
    CHECK_EQ(parse_bool("false", &value), 0);
    CHECK(!value);
    CHECK_EQ(parse_bool("yes", &value), -EINVAL);
    CHECK_EQ(parse_bool("1", &value), -EINVAL);
    CHECK_EQ(parse_bool("", &value), -EINVAL);
}

TEST(macs)
{
    static const char *const bad[] = {"",
                                      "02:00:00:00:00",
                                      "02:00:00:00:00:0g",
                                      "020000000001",
                                      "02-00-00-00-00-01",
                                      "02:00:00:00:00:01:02",
                                      "2:0:0:0:0:1",
                                      "02:00:00:00:00:01 "};
    char text[MAC_TEXT_SIZE];
    struct mac mac;

    CHECK_EQ(parse_mac("02:Ab:00:00:00:fF", &mac), 0);
    mac_format(&mac, text);
    CHECK_STR(text, "02:ab:00:00:00:ff");
    CHECK(!mac_is_multicast(&mac));
    CHECK(!mac_is_zero(&mac));
    CHECK_EQ(parse_mac("01:00:5e:00:00:01", &mac), 0);
    CHECK(mac_is_multicast(&mac));
    CHECK_EQ(parse_mac("00:00:00:00:00:00", &mac), 0);
    CHECK(mac_is_zero(&mac));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK_EQ(parse_mac(bad[i], &mac), -EINVAL);
}

TEST(prefixes)
{
    static const char *const good[] = {"10.0.0.5/24", "0.0.0.0/0",
                                       "10.0.0.5/32", "fd00::5/64",
                                       "::/0",        "fd00::1/128"};
    static const char *const bad[] = {
        "10.0.0.5",      "10.0.0.5/",    "10.0.0.5/33",  "10.0.0/24",
        "10.0.0.256/24", "fd00::5/129",  "fd00:::5/64",  "010.0.0.1/8",
        "10.0.0.5/-1",   "10.0.0.5/ 24", " 10.0.0.5/24", "/24",
        "10.0.0.5/24/1", "nonsense"};
    struct ip_prefix prefix;
    char text[PREFIX_TEXT_SIZE];

    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        CHECK_EQ(parse_prefix(good[i], &prefix), 0);
        prefix_format(&prefix, text);
        CHECK_STR(text, good[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK(parse_prefix(bad[i], &prefix) < 0);
}

TEST(membership)
{
    static const struct {
        const char *ip, *prefix;
        bool inside;
    } table[] = {
        {"10.0.0.1", "10.0.0.5/24", true},  {"10.0.1.1", "10.0.0.5/24", false},
        {"10.0.1.1", "10.0.0.5/23", true},  {"10.0.0.1", "10.0.0.1/32", true},
        {"10.0.0.2", "10.0.0.1/32", false}, {"8.8.8.8", "0.0.0.0/0", true},
        {"fd00::1", "fd00::ffff/64", true}, {"fd01::1", "fd00::ffff/64", false},
        {"10.0.0.1", "fd00::/0", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct ip ip;
        struct ip_prefix prefix;
        CHECK_EQ(parse_ip(table[i].ip, &ip), 0);
        CHECK_EQ(parse_prefix(table[i].prefix, &prefix), 0);
        CHECK_EQ(ip_in_prefix(&ip, &prefix), table[i].inside);
    }
}

TEST(device_names)
{
    static const char *const good[] = {"eth0",   "a",    "123456789012345",
                                       "br-int", "oi.1", "x@y"};
    static const char *const bad[] = {
        "",    ".",    "..",  "1234567890123456", "a/b", "a b",
        "a:b", "a\tb", "a\n", "\xc3\xa9",         "\x7f"};

    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        CHECK(ifname_valid(good[i]));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK(!ifname_valid(bad[i]));
}

TEST_MAIN
