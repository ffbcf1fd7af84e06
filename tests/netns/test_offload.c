/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Who finishes the checksums of what one end of a pair sends.
 */
#include "ovsint/net/offload.h"

#include "tests/netns/fixture.h"

TEST(a_pair_leaves_checksums_until_it_is_told)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};

    fixture_veth(&f);
    CHECK_EQ(offload_leaves_checksums(f.inside, "v-in", &err), 1);
    CHECK_EQ(offload_finish_checksums(f.inside, "v-in", &err), 1);
    CHECK_EQ(offload_leaves_checksums(f.inside, "v-in", &err), 0);
    CHECK_EQ(offload_finish_checksums(f.inside, "v-in", &err), 0);
    CHECK_EQ(err.code, 0);
}

/* Docker's end is made on the host, and then moved. */
TEST(a_move_and_another_name_keep_it)
{
    auto_fixture struct fixture f = fixture_new();
    auto_close int here = netns_open("/proc/self/ns/net", &(struct err){0});
    struct link_veth veth = {.name = "v-out", .peer_name = "v-in"};
    struct link_move move = {.up = true};
    struct link_info info = {0};
    struct err err = {0};

    CHECK_OK(link_create_veth(f.host, &veth, here, &err), err);
    CHECK_EQ(offload_finish_checksums(f.host, "v-in", &err), 1);
    CHECK_EQ(link_find(f.host, "v-in", &info, &err), 1);
    CHECK_OK(link_move_in(f.host, info.ifindex, f.inside_fd, &move, &err), err);
    CHECK_EQ(link_find(f.inside, "v-in", &info, &err), 1);
    CHECK_OK(link_rename(f.inside, info.ifindex, "eth0", &err), err);
    CHECK_EQ(offload_leaves_checksums(f.inside, "eth0", &err), 0);
    CHECK_EQ(offload_leaves_checksums(f.host, "v-out", &err), 1);
}

TEST(an_absent_device_is_named)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};

    CHECK_ERR(offload_finish_checksums(f.host, "nobody", &err), ENODEV, err,
              "ask for the transmit checksums of device 'nobody'");
    err = (struct err){0};
    CHECK_ERR(offload_finish_checksums(f.host, "v-in", &err), ENODEV, err,
              "'v-in'");
}

TEST_MAIN
