/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Settings of devices, in the test's own namespace. */
#include "ovsint/net/sysctl.h"

#include "tests/netns/fixture.h"

TEST(a_setting_is_read_and_changed)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};
    int value = -1;

    fixture_veth(&f);
    CHECK_OK(sysctl_set(SYSCTL_IPV4, "v-host", "forwarding", 1, &err), err);
    CHECK_OK(sysctl_get(SYSCTL_IPV4, "v-host", "forwarding", &value, &err),
             err);
    CHECK_EQ(value, 1);
    CHECK_EQ(sysctl_set(SYSCTL_IPV4, "v-host", "forwarding", 1, &err), 0);
    CHECK_EQ(sysctl_set(SYSCTL_IPV4, "v-host", "forwarding", 0, &err), 1);
    CHECK_OK(sysctl_get(SYSCTL_IPV4, "v-host", "forwarding", &value, &err),
             err);
    CHECK_EQ(value, 0);
}

TEST(both_families_and_the_whole_namespace)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};
    int value = -1;

    fixture_veth(&f);
    CHECK_EQ(sysctl_set(SYSCTL_IPV6, "v-host", "accept_ra", 0, &err), 1);
    CHECK_OK(sysctl_get(SYSCTL_IPV6, "v-host", "accept_ra", &value, &err), err);
    CHECK_EQ(value, 0);
    CHECK_OK(sysctl_get(SYSCTL_IPV4, SYSCTL_ALL, "forwarding", &value, &err),
             err);
    CHECK_EQ(value, 0);
}

TEST(what_is_not_there)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};
    int value = -1;

    CHECK(f.host);
    CHECK_ERR(sysctl_get(SYSCTL_IPV4, "v-host", "forwarding", &value, &err),
              ENOENT, err, "net/ipv4/conf/v-host/forwarding");
    CHECK_ERR(sysctl_set(SYSCTL_IPV6, "lo", "nonsense", 1, &err), ENOENT, err,
              "net/ipv6/conf/lo/nonsense");
    CHECK_EQ(value, -1);
}

TEST(a_negative_value)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};
    int value = 0;

    /* -1 is the default of the loopback device: no privacy extensions */
    CHECK(f.host);
    CHECK_OK(sysctl_set(SYSCTL_IPV6, "lo", "use_tempaddr", -1, &err), err);
    CHECK_OK(sysctl_get(SYSCTL_IPV6, "lo", "use_tempaddr", &value, &err), err);
    CHECK_EQ(value, -1);
}

TEST(a_value_that_the_kernel_does_not_take)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};

    fixture_veth(&f);
    CHECK_ERR(sysctl_set(SYSCTL_IPV6, "v-host", "addr_gen_mode", 99, &err),
              EINVAL, err, "set /proc/sys/net/ipv6/conf/v-host/addr_gen_mode");
}

TEST_MAIN
