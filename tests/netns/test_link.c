/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Finding, setting up, naming and deleting devices.
 */
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include "common/net/request.h"
#include "tests/netns/fixture.h"

static const struct mac mac_a = {{2, 0, 0, 0, 0, 0xa}};

static struct link_info look(struct net *net, const char *name)
{
    struct link_info info = {0};
    struct err err = {0};

    CHECK_EQ(link_find(net, name, &info, &err), 1);
    return info;
}

TEST(finds_a_device_by_name_and_index)
{
    auto_fixture struct fixture f = fixture_new();
    struct link_info by_index = {0};
    struct err err = {0};

    fixture_veth(&f);
    struct link_info by_name = look(f.inside, "v-in");
    CHECK_STR(by_name.name, "v-in");
    CHECK_STR(by_name.kind, "veth");
    CHECK_EQ(by_name.mtu, 1500);
    CHECK(by_name.up && by_name.carrier && !by_name.loopback);
    CHECK(!mac_is_zero(&by_name.mac));
    CHECK_EQ(link_by_index(f.inside, by_name.ifindex, &by_index, &err), 1);
    CHECK(memcmp(&by_name, &by_index, sizeof(by_name)) == 0);
}

TEST(absent_device_is_no_error)
{
    auto_fixture struct fixture f = fixture_new();
    struct link_info info = {.ifindex = 77};
    struct err err = {0};

    CHECK_EQ(link_find(f.host, "nobody", &info, &err), 0);
    CHECK_EQ(link_find(f.host, "a-name-longer-than-fifteen", &info, &err), 0);
    CHECK_EQ(link_by_index(f.host, 4711, &info, &err), 0);
    CHECK_EQ(info.ifindex, 77);
    CHECK_EQ(err.code, 0);
}

TEST(impossible_questions_are_errors)
{
    auto_fixture struct fixture f = fixture_new();
    struct link_info info = {.ifindex = 77};
    struct err err = {0};
    char long_name[200] = {0};

    memset(long_name, 'x', sizeof(long_name) - 1);
    CHECK(link_find(f.host, long_name, &info, &err) < 0);
    CHECK_HAS(err.text, "look for device 'xxx");
    err = (struct err){0};
    CHECK_ERR(link_by_index(f.host, 0, &info, &err), EINVAL, err,
              "look for device 0: Invalid argument");
    err = (struct err){0};
    CHECK(link_by_index(f.host, -5, &info, &err) <= 0);
    CHECK_EQ(info.ifindex, 77);
}

TEST(loopback_is_marked)
{
    auto_fixture struct fixture f = fixture_new();

    struct link_info lo = look(f.host, "lo");
    CHECK_EQ(lo.ifindex, 1);
    CHECK(lo.loopback && !lo.up);
    CHECK(mac_is_zero(&lo.mac));
    CHECK_STR(lo.kind, "");
}

/* An attribute that is not understood hides no device. */
TEST(attributes_that_are_odd)
{
    static const char name[] = {'v', '-', 'i', 'n'}; /* without its NUL */
    static const uint8_t spec[] = {4, 0, 10, 0, 77, 77};
    struct ifinfomsg head = {.ifi_index = 7, .ifi_flags = IFF_UP};
    auto_request struct nl_msg *odd =
        request_new(RTM_NEWLINK, 0, &head, sizeof(head));
    struct link_info info;

    request_put(odd, IFLA_IFNAME, name, sizeof(name));
    request_put(odd, IFLA_MTU, "\1", 1);
    request_put(odd, IFLA_ADDRESS, "\1\2\3\4", 4);
    request_put(odd, IFLA_LINKINFO, "\3", 1);
    request_put(odd, IFLA_CARRIER, "", 0);
    request_put(odd, IFLA_AF_SPEC, spec, sizeof(spec));
    CHECK(link_read(nlmsg_hdr(odd), &info));
    CHECK_EQ(info.ifindex, 7);
    CHECK_EQ(info.peer, 7);
    CHECK_EQ(info.mtu, 0);
    CHECK_STR(info.name, "v-in");
    CHECK_STR(info.kind, "");
    CHECK(info.up && !info.attached && mac_is_zero(&info.mac));
    head.ifi_index = 0;
    auto_request struct nl_msg *none =
        request_new(RTM_NEWLINK, 0, &head, sizeof(head));
    CHECK(!link_read(nlmsg_hdr(none), &info));
    auto_request struct nl_msg *cut = request_new(RTM_NEWLINK, 0, &head, 4);
    CHECK(!link_read(nlmsg_hdr(cut), &info));
}

TEST(lists_every_device_of_its_namespace_only)
{
    auto_fixture struct fixture f = fixture_new();

    fixture_veth(&f);
    auto_close int tap = fixture_tap("tap0");
    auto_buf struct buf host = fixture_links(f.host);
    auto_buf struct buf inside = fixture_links(f.inside);
    CHECK(tap >= 0);
    CHECK_HAS(buf_text(&host), " lo ");
    CHECK_HAS(buf_text(&host), " v-host ");
    CHECK_HAS(buf_text(&host), " tap0 ");
    CHECK_HAS(buf_text(&host), " tun\n");
    CHECK_HAS(buf_text(&inside), " v-in ");
    CHECK(!strstr(buf_text(&inside), "v-host"));
    CHECK(!strstr(buf_text(&host), "v-in"));
}

TEST(lists_more_devices_than_one_read_holds)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};
    size_t lines = 0;

    for (int i = 0; i < 60; i++) {
        char a[IFNAME_SIZE], b[IFNAME_SIZE];
        snprintf(a, sizeof(a), "a%d", i);
        snprintf(b, sizeof(b), "b%d", i);
        const struct link_veth veth = {.name = a, .peer_name = b};
        CHECK_OK(link_create_veth(f.host, &veth, f.inside_fd, &err), err);
    }
    auto_buf struct buf host = fixture_links(f.host);
    for (const char *c = buf_text(&host); *c; c++)
        lines += *c == '\n';
    CHECK_EQ(lines, 61);
}

TEST(sets_up_and_down_mtu_and_mac)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};

    auto_close int tap = fixture_tap("tap0");
    int index = fixture_index(f.host, "tap0");
    CHECK(tap >= 0);
    CHECK_OK(link_set_up(f.host, index, &err), err);
    CHECK(look(f.host, "tap0").up);
    CHECK_OK(link_set_mtu(f.host, index, 1400, &err), err);
    CHECK_OK(link_set_mac(f.host, index, &mac_a, &err), err);
    struct link_info info = look(f.host, "tap0");
    CHECK(info.up);
    CHECK_EQ(info.mtu, 1400);
    CHECK(mac_equal(&info.mac, &mac_a));
    CHECK_OK(link_set_down(f.host, index, &err), err);
    CHECK(!look(f.host, "tap0").up);
}

TEST(refused_settings_keep_the_kernels_sentence)
{
    auto_fixture struct fixture f = fixture_new();
    const struct mac multicast = {{1, 0, 0, 0, 0, 1}};
    struct err err = {0};

    auto_close int tap = fixture_tap("tap0");
    int index = fixture_index(f.host, "tap0");
    CHECK(tap >= 0);
    auto_buf struct buf before = fixture_links(f.host);
    CHECK_ERR(link_set_mtu(f.host, index, 20, &err), EINVAL, err,
              "Invalid argument (kernel: mtu less than device minimum)");
    CHECK_HAS(err.text, "MTU of device");
    err = (struct err){0};
    CHECK_ERR(link_set_mtu(f.host, index, 100000, &err), EINVAL, err,
              "(kernel: mtu greater than device maximum)");
    err = (struct err){0};
    CHECK_ERR(link_set_mac(f.host, index, &multicast, &err), EADDRNOTAVAIL, err,
              "to 01:00:00:00:00:01: Cannot assign requested address");
    CHECK_SAME_LINKS(f.host, before);
}

TEST(changes_to_an_absent_device_fail)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};

    CHECK_ERR(link_set_up(f.host, 4711, &err), ENODEV, err, "device 4711");
    err = (struct err){0};
    CHECK_ERR(link_set_down(f.host, 4711, &err), ENODEV, err, "device 4711");
    err = (struct err){0};
    CHECK_ERR(link_set_mtu(f.host, 4711, 1500, &err), ENODEV, err, "to 1500");
    err = (struct err){0};
    CHECK_ERR(link_set_mac(f.host, 4711, &mac_a, &err), ENODEV, err,
              "02:00:00:00:00:0a");
    err = (struct err){0};
    CHECK_ERR(link_delete(f.host, 4711, &err), ENODEV, err, "delete device");
    err = (struct err){0};
    CHECK_ERR(link_rename(f.host, 4711, "x", &err), ENODEV, err, "rename");
    err = (struct err){0};
    CHECK(link_add_altname(f.host, 4711, "eth0", &err) < 0);
    CHECK_HAS(err.text, "'eth0'");
}

TEST(altname_is_a_second_name)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};

    fixture_veth(&f);
    int index = fixture_index(f.inside, "v-in");
    CHECK_OK(link_add_altname(f.inside, index, "eth0", &err), err);
    struct link_info info = look(f.inside, "eth0");
    CHECK_EQ(info.ifindex, index);
    CHECK_STR(info.name, "v-in");
    CHECK_OK(
        link_add_altname(f.inside, index, "a-name-longer-than-fifteen", &err),
        err);
    CHECK_EQ(fixture_index(f.inside, "a-name-longer-than-fifteen"), index);
    CHECK_OK(link_del_altname(f.inside, index, "eth0", &err), err);
    CHECK_EQ(link_find(f.inside, "eth0", &info, &err), 0);
    info = look(f.inside, "v-in");
    CHECK_STR(info.name, "v-in");
}

TEST(altname_conflicts_are_refused)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};

    fixture_veth(&f);
    auto_close int tap = fixture_tap_inside(&f, "tap0");
    int index = fixture_index(f.inside, "v-in");
    int other = fixture_index(f.inside, "tap0");
    CHECK(tap >= 0);
    CHECK_OK(link_add_altname(f.inside, index, "eth0", &err), err);
    static const char *const taken[] = {"eth0", "v-in", "tap0", "lo"};
    for (size_t i = 0; i < ARRAY_LEN(taken); i++) {
        err = (struct err){0};
        CHECK_ERR(link_add_altname(f.inside, other, taken[i], &err), EEXIST,
                  err, "File exists");
        CHECK_HAS(err.text, taken[i]);
        err = (struct err){0};
        CHECK_ERR(link_add_altname(f.inside, index, taken[i], &err), EEXIST,
                  err, taken[i]);
    }
    err = (struct err){0};
    CHECK_ERR(link_rename(f.inside, other, "eth0", &err), EEXIST, err, "eth0");
    CHECK_EQ(fixture_index(f.inside, "eth0"), index);
}

TEST(bad_altnames_are_refused)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};
    char long_name[129] = {0};

    memset(long_name, 'x', sizeof(long_name) - 1);
    auto_buf struct buf before = fixture_links(f.host);
    CHECK_ERR(link_add_altname(f.host, 1, "", &err), EINVAL, err, "not 0");
    err = (struct err){0};
    CHECK_ERR(link_add_altname(f.host, 1, long_name, &err), EINVAL, err,
              "not 128");
    err = (struct err){0};
    CHECK_ERR(link_del_altname(f.host, 1, "", &err), EINVAL, err, "not 0");
    err = (struct err){0};
    CHECK_ERR(link_del_altname(f.host, 1, "eth0", &err), ENOENT, err,
              "take the name 'eth0' from device 1");
    CHECK_SAME_LINKS(f.host, before);
}

TEST(deletes_a_device)
{
    auto_fixture struct fixture f = fixture_new();
    struct link_info info;
    struct err err = {0};

    auto_buf struct buf host = fixture_links(f.host);
    auto_buf struct buf inside = fixture_links(f.inside);
    fixture_veth(&f);
    CHECK_OK(link_delete(f.host, fixture_index(f.host, "v-host"), &err), err);
    CHECK_EQ(link_find(f.inside, "v-in", &info, &err), 0);
    CHECK_SAME_LINKS(f.host, host);
    CHECK_SAME_LINKS(f.inside, inside);
    CHECK_ERR(link_delete(f.host, 1, &err), EOPNOTSUPP, err, "device 1");
    CHECK_SAME_LINKS(f.host, host);
}

TEST(renames_a_device_that_is_down_or_up)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};

    auto_close int tap = fixture_tap("tap0");
    int index = fixture_index(f.host, "tap0");
    CHECK(tap >= 0);
    CHECK_OK(link_rename(f.host, index, "one", &err), err);
    CHECK_EQ(fixture_index(f.host, "one"), index);
    CHECK(!look(f.host, "one").up);
    CHECK_OK(link_set_up(f.host, index, &err), err);
    CHECK_OK(link_rename(f.host, index, "two", &err), err);
    CHECK_EQ(fixture_index(f.host, "two"), index);
    CHECK(look(f.host, "two").up);
}

TEST(refused_rename_leaves_the_device_as_it_was)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};

    auto_close int tap = fixture_tap("tap0");
    int index = fixture_index(f.host, "tap0");
    CHECK(tap >= 0);
    CHECK_OK(link_set_up(f.host, index, &err), err);
    auto_buf struct buf before = fixture_links(f.host);
    CHECK_ERR(link_rename(f.host, index, "lo", &err), EEXIST, err,
              "to 'lo': File exists");
    err = (struct err){0};
    CHECK_ERR(link_rename(f.host, index, "a/b", &err), EINVAL, err, "'a/b'");
    CHECK_SAME_LINKS(f.host, before);
}

TEST_MAIN
