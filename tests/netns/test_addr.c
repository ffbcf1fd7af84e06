/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Addresses, read back from the kernel.
 */
#include "tests/netns/fixture.h"

struct search {
    struct ip ip;
    struct addr_info found;
    int count; /* how often the device has the address */
    int total;
};

static void look_for(void *data, const struct addr_info *info)
{
    struct search *search = data;

    search->total++;
    if (ip_equal(&info->address.ip, &search->ip)) {
        search->found = *info;
        search->count++;
    }
}

static struct search look(struct net *net, int ifindex, const char *ip)
{
    struct search search = {.ip = fixture_ip(ip)};
    struct err err = {0};

    CHECK_OK(addr_each(net, ifindex, look_for, &search, &err), err);
    return search;
}

TEST(adds_ipv4_with_its_broadcast_address)
{
    static const struct {
        const char *address;
        const char *ip;
        const char *broadcast; /* "" = none */
    } table[] = {
        {"10.0.0.5/24", "10.0.0.5", "10.0.0.255"},
        {"172.16.1.1/12", "172.16.1.1", "172.31.255.255"},
        {"192.168.7.1/30", "192.168.7.1", "192.168.7.3"},
        {"192.168.8.0/31", "192.168.8.0", ""},
        {"192.168.9.1/32", "192.168.9.1", ""},
        {"169.254.3.4/16", "169.254.3.4", "169.254.255.255"},
    };
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};

    fixture_veth(&f);
    int index = fixture_index(f.inside, "v-in");
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct ip_prefix prefix = fixture_prefix(table[i].address);
        CHECK_OK(addr_add(f.inside, index, &prefix, false, &err), err);
        struct search got = look(f.inside, index, table[i].ip);
        CHECK_EQ(got.count, 1);
        CHECK_EQ(got.found.ifindex, index);
        CHECK_EQ(got.found.address.len, prefix.len);
        CHECK(got.found.permanent);
        if (*table[i].broadcast) {
            struct ip broadcast = fixture_ip(table[i].broadcast);
            CHECK(ip_equal(&got.found.broadcast, &broadcast));
        } else {
            CHECK_EQ(got.found.broadcast.family, 0);
        }
    }
}

TEST(ipv6_without_detection_is_usable_at_once)
{
    auto_fixture struct fixture f = fixture_new();
    const struct ip_prefix prefix = fixture_prefix("fd00::5/64");
    struct err err = {0};

    fixture_veth(&f);
    int index = fixture_index(f.inside, "v-in");
    CHECK_OK(addr_add(f.inside, index, &prefix, true, &err), err);
    struct search got = look(f.inside, index, "fd00::5");
    CHECK_EQ(got.count, 1);
    CHECK_EQ(got.found.address.len, 64);
    CHECK(got.found.no_dad && got.found.permanent);
    CHECK(!got.found.tentative && !got.found.link_scope);
}

TEST(ipv6_with_detection_is_tentative_first)
{
    auto_fixture struct fixture f = fixture_new();
    const struct ip_prefix prefix = fixture_prefix("fd00::5/64");
    struct err err = {0};

    fixture_veth(&f);
    int index = fixture_index(f.inside, "v-in");
    CHECK_OK(addr_add(f.inside, index, &prefix, false, &err), err);
    struct search got = look(f.inside, index, "fd00::5");
    CHECK_EQ(got.count, 1);
    CHECK(!got.found.no_dad && got.found.tentative);
}

TEST(link_local_address_has_link_scope)
{
    auto_fixture struct fixture f = fixture_new();

    fixture_veth(&f);
    int index = fixture_index(f.inside, "v-in");
    fixture_add(f.inside, index, "fe80::77/64");
    struct search got = look(f.inside, index, "fe80::77");
    CHECK_EQ(got.count, 1);
    CHECK(got.found.link_scope && got.found.no_dad);
}

TEST(adding_twice_is_success)
{
    auto_fixture struct fixture f = fixture_new();
    struct ip_prefix four = fixture_prefix("10.0.0.5/24");
    struct ip_prefix six = fixture_prefix("fd00::5/64");
    struct err err = {0};

    fixture_veth(&f);
    int index = fixture_index(f.inside, "v-in");
    for (int i = 0; i < 3; i++) {
        CHECK_OK(addr_add(f.inside, index, &four, true, &err), err);
        CHECK_OK(addr_add(f.inside, index, &six, true, &err), err);
    }
    CHECK_EQ(look(f.inside, index, "10.0.0.5").count, 1);
    CHECK_EQ(look(f.inside, index, "fd00::5").count, 1);
}

TEST(device_that_is_down_takes_addresses)
{
    auto_fixture struct fixture f = fixture_new();

    auto_close int tap = fixture_tap_inside(&f, "tap0");
    CHECK(tap >= 0);
    int index = fixture_index(f.inside, "tap0");
    fixture_add(f.inside, index, "10.0.0.5/24");
    fixture_add(f.inside, index, "fd00::5/64");
    CHECK_EQ(look(f.inside, index, "10.0.0.5").count, 1);
    CHECK_EQ(look(f.inside, index, "fd00::5").count, 1);
}

TEST(lists_one_device_or_all)
{
    auto_fixture struct fixture f = fixture_new();

    auto_close int a = fixture_tap_inside(&f, "a0");
    auto_close int b = fixture_tap_inside(&f, "b0");
    CHECK(a >= 0 && b >= 0);
    int first = fixture_index(f.inside, "a0");
    int second = fixture_index(f.inside, "b0");
    fixture_add(f.inside, first, "10.0.0.1/24");
    fixture_add(f.inside, second, "10.0.1.1/24");
    fixture_add(f.inside, second, "fd00::1/64");
    CHECK_EQ(look(f.inside, first, "10.0.0.1").total, 1);
    CHECK_EQ(look(f.inside, first, "10.0.1.1").count, 0);
    CHECK_EQ(look(f.inside, second, "fd00::1").total, 2);
    CHECK_EQ(look(f.inside, 0, "fd00::1").total, 3);
    CHECK_EQ(look(f.host, 0, "fd00::1").total, 0);
}

TEST(removes_an_address)
{
    auto_fixture struct fixture f = fixture_new();
    static const char *const addresses[] = {"10.0.0.5/24", "fd00::5/64"};
    struct err err = {0};

    fixture_veth(&f);
    int index = fixture_index(f.inside, "v-in");
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
        struct ip_prefix prefix = fixture_prefix(addresses[i]);
        err = (struct err){0};
        fixture_add(f.inside, index, addresses[i]);
        CHECK_OK(addr_del(f.inside, index, &prefix, &err), err);
        CHECK_ERR(addr_del(f.inside, index, &prefix, &err), EADDRNOTAVAIL, err,
                  addresses[i]);
    }
    CHECK_EQ(look(f.inside, index, "10.0.0.5").count, 0);
    CHECK_EQ(look(f.inside, index, "fd00::5").count, 0);
}

TEST(disabled_ipv6_is_told_as_such)
{
    auto_fixture struct fixture f = fixture_new();
    struct ip_prefix four = fixture_prefix("10.0.0.5/24");
    struct ip_prefix six = fixture_prefix("fd00::5/64");
    struct err err = {0};

    fixture_veth(&f);
    int index = fixture_index(f.inside, "v-in");
    fixture_sysctl(&f, "/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
    CHECK_ERR(addr_add(f.inside, index, &six, true, &err), EACCES, err,
              "add fd00::5/64: IPv6 is disabled in the network namespace of "
              "the device (sysctl net.ipv6.conf.all.disable_ipv6)");
    CHECK_OK(addr_add(f.inside, index, &four, true, &err), err);
    CHECK_EQ(look(f.inside, index, "fd00::5").count, 0);
}

TEST(refused_addresses)
{
    auto_fixture struct fixture f = fixture_new();
    struct ip_prefix four = fixture_prefix("10.0.0.5/24");
    struct ip_prefix six = fixture_prefix("fd00::5/64");
    struct ip_prefix multicast = fixture_prefix("ff02::5/64");
    struct err err = {0};

    fixture_veth(&f);
    int index = fixture_index(f.inside, "v-in");
    CHECK_ERR(addr_add(f.inside, 4711, &four, true, &err), ENODEV, err,
              "add address 10.0.0.5/24 to device 4711: No such device");
    err = (struct err){0};
    CHECK_ERR(addr_add(f.inside, 4711, &six, true, &err), ENODEV, err,
              "add address fd00::5/64 to device 4711");
    err = (struct err){0};
    CHECK_ERR(addr_add(f.inside, index, &multicast, true, &err), EADDRNOTAVAIL,
              err, "ff02::5/64");
    err = (struct err){0};
    four.len = 33;
    CHECK_ERR(addr_add(f.inside, index, &four, true, &err), EINVAL, err,
              "10.0.0.5/33");
    CHECK_EQ(look(f.inside, index, "10.0.0.5").count, 0);
}

TEST_MAIN
