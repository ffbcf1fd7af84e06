/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Which devices of the host do not forward what our networks are to be sent,
 * and how that is set. Devices, addresses and settings are those of a small
 * host that is made here; nothing reaches the kernel. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/net/addr.h"
#include "ovsint/net/link.h"
#include "ovsint/net/sysctl.h"
#include "plugin/gateway/forwarding.h"
#include "tests/lib/model.h"
#include "tests/lib/said.h"

static const struct link_info links[] = {
    {.ifindex = 1, .name = "lo", .loopback = true},
    {.ifindex = 2, .name = "eth0"},
    {.ifindex = 3, .name = "eth1"},
    {.ifindex = 4, .name = "eth2"},
    {.ifindex = 5, .name = "ovsint-01234567"},
    {.ifindex = 6, .name = "dumb0"},
};
static const struct {
    int ifindex;
    const char *address;
    bool link_scope;
} addresses[] = {
    {1, "127.0.0.1/8", false},   {2, "192.0.2.1/24", false},
    {2, "fd00::1/64", false},    {3, "192.0.3.1/24", false},
    {3, "fe80::1/64", true},     {4, "fe80::2/64", true},
    {5, "10.9.0.1/24", false},   {2, "192.0.2.2/24", false},
    {99, "192.0.9.1/24", false}, /* of one that has just gone */
};
/* Settings that are on: "4 eth0". */
static const char *on = "";
/* The kernel has no force_forwarding. */
static bool old_kernel;
static int fails;
static size_t many; /* so many devices more have addresses */

int addr_each(struct net *net, int ifindex, addr_visit *visit, void *data,
              struct err *err)
{
    (void)net;
    CHECK_EQ(ifindex, 0);
    if (fails)
        return err_set(err, fails, "no list");
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
        struct addr_info info = {.ifindex = addresses[i].ifindex,
                                 .link_scope = addresses[i].link_scope};
        CHECK_EQ(parse_prefix(addresses[i].address, &info.address), 0);
        visit(data, &info);
    }
    for (size_t i = 0; i < many; i++) {
        struct addr_info info = {.ifindex = 1000 + (int)i};
        CHECK_EQ(parse_prefix("198.51.100.1/24", &info.address), 0);
        visit(data, &info);
    }
    return 0;
}

int link_each(struct net *net, link_visit *visit, void *data, struct err *err)
{
    (void)net;
    (void)err;
    for (size_t i = 0; i < ARRAY_LEN(links); i++)
        visit(data, &links[i]);
    return 0;
}

int link_find(struct net *net, const char *name, struct link_info *ret,
              struct err *err)
{
    (void)net;
    (void)ret;
    if (fails)
        return err_set(err, fails, "no answer");
    for (size_t i = 0; i < ARRAY_LEN(links); i++) {
        if (strcmp(links[i].name, name) == 0)
            return 1;
    }
    return 0;
}

static bool is_there(enum sysctl_family family, const char *device,
                     const char *name)
{
    CHECK(family == SYSCTL_IPV4 || strcmp(device, SYSCTL_ALL) == 0 ||
          strcmp(name, "force_forwarding") == 0);
    return strcmp(device, "gone0") != 0 &&
           !(old_kernel && strcmp(name, "force_forwarding") == 0);
}

int sysctl_get(enum sysctl_family family, const char *device, const char *name,
               int *ret, struct err *err)
{
    char text[64];

    if (!is_there(family, device, name))
        return err_set(err, ENOENT, "no such setting");
    snprintf(text, sizeof(text), "%d %s,", family == SYSCTL_IPV4 ? 4 : 6,
             device);
    *ret = strstr(on, text) != NULL;
    return 0;
}

int sysctl_set(enum sysctl_family family, const char *device, const char *name,
               int value, struct err *err)
{
    if (!is_there(family, device, name))
        return err_set(err, ENOENT, "no such setting");
    if (fails)
        return err_set(err, fails, "read-only");
    SAY("%d %s %s=%d\n", family == SYSCTL_IPV4 ? 4 : 6, device, name, value);
    return 1;
}

static void say_closed(bool network6)
{
    struct host_wide wide = {.any_network6 = network6};
    struct forwarding_device closed[LIMIT_FORWARDING_DEVICES];
    struct err err = {0};
    size_t count;

    forwarding_host_wide(&wide);
    CHECK_OK(forwarding_closed(NULL, &wide, closed, &count, &err), err);
    for (size_t i = 0; i < count; i++)
        SAY("%s%s%s ", closed[i].device, closed[i].ipv4 ? " 4" : "",
            closed[i].ipv6 ? " 6" : "");
}

TEST(devices_that_do_not_forward)
{
    static const struct {
        const char *on;
        bool network6, old_kernel;
        const char *text;
    } table[] = {
        {"", false, false, "eth0 4 eth1 4 "},
        {"", true, false, "eth0 4 6 eth1 4 "},
        {"4 eth0,", true, false, "eth0 6 eth1 4 "},
        {"4 eth0,6 eth0,", true, false, "eth1 4 "},
        {"4 all,", true, false, "eth0 6 "},
        {"4 all,", false, false, ""},
        {"4 all,6 all,", true, false, ""},
        {"6 all,", true, false, "eth0 4 eth1 4 "},
        /* what cannot be set is no cause to do anything */
        {"", true, true, "eth0 4 eth1 4 "},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        on = table[i].on;
        old_kernel = table[i].old_kernel;
        say_closed(table[i].network6);
        CHECK_SAID(table[i].text);
    }
}

TEST(more_devices_than_can_be_kept_in_mind)
{
    struct host_wide wide = {.ipv4 = false};
    struct forwarding_device closed[LIMIT_FORWARDING_DEVICES];
    struct err err = {0};
    size_t count;

    many = LIMIT_FORWARDING_DEVICES;
    CHECK_ERR(forwarding_closed(NULL, &wide, closed, &count, &err), E2BIG, err,
              "more than 256 devices of the host have addresses");
    CHECK_EQ(count, 2);
    /* if the host forwards anyway no device counts */
    wide.ipv4 = true;
    CHECK_OK(forwarding_closed(NULL, &wide, closed, &count, &err), err);
    CHECK_EQ(count, 0);
}

TEST(a_list_that_the_kernel_does_not_give)
{
    struct host_wide wide = {.ipv4 = false};
    struct forwarding_device closed[LIMIT_FORWARDING_DEVICES];
    struct err err = {0};
    size_t count = 9;

    fails = EAGAIN;
    CHECK_ERR(forwarding_closed(NULL, &wide, closed, &count, &err), EAGAIN, err,
              "no list");
    CHECK_EQ(count, 0);
    /* a device that cannot be asked for may be there */
    CHECK(forwarding_is_there(NULL, "nobody"));
    fails = 0;
    CHECK(!forwarding_is_there(NULL, "nobody"));
    CHECK(forwarding_is_there(NULL, "eth0"));
}

TEST(settings)
{
    static const struct {
        struct forwarding_device device;
        struct host_wide wide;
        int value;
        const char *text;
    } table[] = {
        {{"eth0", true, true},
         {false, false, true},
         1,
         "4 eth0 forwarding=1\n6 eth0 force_forwarding=1\n"},
        {{"eth0", true, true},
         {true, false, true},
         0,
         "6 eth0 force_forwarding=0\n"},
        {{"eth0", true, true}, {false, true, true}, 0, "4 eth0 forwarding=0\n"},
        {{"eth0", true, false},
         {false, false, true},
         1,
         "4 eth0 forwarding=1\n"},
        {{"eth0", true, true}, {true, true, true}, 1, ""},
        {{"gone0", true, true}, {false, false, true}, 1, ""},
    };
    struct err err = {0};

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        CHECK_EQ(forwarding_set(&table[i].device, &table[i].wide,
                                table[i].value, &err),
                 0);
        CHECK_SAID(table[i].text);
    }
    fails = EROFS;
    CHECK_ERR(forwarding_set(&table[0].device, &table[0].wide, 1, &err), EROFS,
              err, "read-only");
}

/* A kernel before 6.17 forwards IPv6 for all devices or for none. */
TEST(ipv6_on_an_old_kernel)
{
    static const char ipv4[] =
        "{'pools':[{'pool':'10.9.0.0/24','gateway':'10.9.0.1'}]}";
    static const char ipv6[] =
        "{'pools':[{'pool':'fd00:9::/64','gateway':'fd00:9::1'}]}";
    static const char flat[] =
        "{'options':{'mode':'flat','host-access':'true'},'pools':[{'pool':"
        "'fd00:9::/64','gateway':'fd00:9::1'}]}";
    static const struct {
        const char *row, *on;
        bool old_kernel, refused;
    } table[] = {
        {ipv6, "", true, true},   {ipv6, "6 all,", true, false},
        {ipv6, "", false, false}, {ipv4, "", true, false},
        {flat, "", true, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_network_row struct network_row row = {0};
        auto_free char *text = model_quotes(table[i].row);
        struct err err = {0};
        CHECK_OK(network_row_read(text, &row, &err), err);
        on = table[i].on;
        old_kernel = table[i].old_kernel;
        int r = forwarding_check(&row, &err);
        if (table[i].refused)
            CHECK_ERR(r, EOPNOTSUPP, err,
                      "IPv6 with mode=nat needs "
                      "net.ipv6.conf.all.forwarding=1 on a kernel before 6.17");
        else
            CHECK_OK(r, err);
    }
}

TEST_MAIN
