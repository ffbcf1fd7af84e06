/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What the kernel reports of addresses and settings. */
#include "ovsint/net/setting_watch.h"

#include <linux/rtnetlink.h>

#include "ovsint/net/sysctl.h"
#include "tests/netns/fixture.h"

struct seen {
    int device;
    size_t of_device;
    size_t of_all;
};

static void note(void *data, int ifindex)
{
    struct seen *seen = data;

    seen->of_device += ifindex == seen->device;
    seen->of_all += ifindex == SETTING_WATCH_ALL;
}

/* Reads until `count`, one of those in `seen`, has grown. */
static void hear(struct setting_watch *changes, struct seen *seen,
                 const size_t *count)
{
    struct err err = {0};

    seen->of_device = 0;
    seen->of_all = 0;
    while (*count == 0) {
        struct pollfd ready = {.fd = setting_watch_fd(changes),
                               .events = POLLIN};
        CHECK_EQ(poll(&ready, 1, FIXTURE_WAIT_MS), 1);
        CHECK_OK(setting_watch_read(changes, note, seen, &err), err);
    }
}

TEST(addresses_and_settings)
{
    auto_fixture struct fixture f = fixture_new();
    auto_setting_watch struct setting_watch *changes = NULL;
    const struct ip_prefix address = {{AF_INET, {10, 0, 0, 1}}, 24};
    struct err err = {0};

    fixture_veth(&f);
    struct seen seen = {.device = fixture_index(f.host, "v-host")};
    CHECK_OK(setting_watch_open(&changes, &err), err);
    CHECK_OK(addr_add(f.host, seen.device, &address, true, &err), err);
    hear(changes, &seen, &seen.of_device);
    CHECK_OK(addr_del(f.host, seen.device, &address, &err), err);
    hear(changes, &seen, &seen.of_device);
    CHECK_EQ(sysctl_set(SYSCTL_IPV4, "v-host", "forwarding", 1, &err), 1);
    hear(changes, &seen, &seen.of_device);
    CHECK_EQ(sysctl_set(SYSCTL_IPV6, "v-host", "forwarding", 1, &err), 1);
    hear(changes, &seen, &seen.of_device);
    CHECK_EQ(sysctl_set(SYSCTL_IPV4, SYSCTL_ALL, "forwarding", 1, &err), 1);
    hear(changes, &seen, &seen.of_all);
}

TEST(somebody_elses_words_are_ignored)
{
    auto_fixture struct fixture f = fixture_new();
    auto_setting_watch struct setting_watch *changes = NULL;
    struct seen seen = {.device = 1};
    struct sockaddr_nl to = {.nl_family = AF_NETLINK};
    socklen_t size = sizeof(to);
    struct {
        struct nlmsghdr head;
        struct ifaddrmsg body;
    } message = {
        .head = {.nlmsg_len = sizeof(message), .nlmsg_type = RTM_NEWADDR},
        .body = {.ifa_index = 1}};
    struct err err = {0};

    CHECK(f.host);
    CHECK_OK(setting_watch_open(&changes, &err), err);
    MUST(getsockname(setting_watch_fd(changes), (struct sockaddr *)&to, &size));
    auto_close int other = MUST(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
    MUST(sendto(other, &message, sizeof(message), 0, (struct sockaddr *)&to,
                sizeof(to)));
    CHECK_OK(setting_watch_read(changes, note, &seen, &err), err);
    CHECK_EQ(seen.of_device, 0u);
}

TEST_MAIN
