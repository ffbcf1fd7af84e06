/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Two network namespaces of the test, made in a user namespace of its own:
 * "host", in which the test stays, and "inside", which a child process holds.
 * It needs no privileges, leaves nothing behind and skips nothing: what cannot
 * be set up is a failed test.
 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/deadline.h"
#include "ovsint/net/addr.h"
#include "ovsint/net/link.h"
#include "ovsint/net/net.h"
#include "ovsint/net/netns.h"
#include "ovsint/net/route.h"
#include "tests/lib/test.h"

#define FIXTURE_WAIT_MS 10000
#define MUST(r)                                                \
    ({                                                         \
        __auto_type must_ = (r);                               \
        if (must_ < 0)                                         \
            TEST_FAIL("fixture: %s: %s", #r, strerror(errno)); \
        must_;                                                 \
    })

struct fixture {
    struct net *host;
    struct net *inside;
    int inside_fd;
    pid_t holder; /* a process in the inside namespace */
};

__attribute__((unused)) static void fixture_write(const char *path,
                                                  const char *text)
{
    auto_close int fd = MUST(open(path, O_WRONLY | O_CLOEXEC));

    MUST(write(fd, text, strlen(text)));
}

/* Enters a new user namespace, in which we are root, and a new network
 * namespace. */
__attribute__((unused)) static void fixture_enter(void)
{
    char uid_map[64], gid_map[64];

    snprintf(uid_map, sizeof(uid_map), "0 %u 1\n", (unsigned)geteuid());
    snprintf(gid_map, sizeof(gid_map), "0 %u 1\n", (unsigned)getegid());
    MUST(unshare(CLONE_NEWUSER | CLONE_NEWNET));
    fixture_write("/proc/self/setgroups", "deny");
    fixture_write("/proc/self/uid_map", uid_map);
    fixture_write("/proc/self/gid_map", gid_map);
}

/* Starts a child that has unshared `flags` and sleeps until it is killed, at
 * the latest at the end of the test. */
__attribute__((unused)) static pid_t fixture_holder(int flags)
{
    int ready[2];

    MUST(pipe2(ready, O_CLOEXEC));
    pid_t child = MUST(fork());
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (unshare(flags) < 0 || write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ready[1]);
    char byte;
    if (read(ready[0], &byte, 1) != 1)
        TEST_FAIL("fixture: the holder could not unshare %#x", (unsigned)flags);
    close(ready[0]);
    return child;
}

__attribute__((unused)) static void fixture_end_holder(pid_t holder)
{
    MUST(kill(holder, SIGKILL));
    while (waitpid(holder, NULL, 0) < 0)
        ;
}

__attribute__((unused)) static void fixture_done(struct fixture *f)
{
    net_close(f->host);
    net_close(f->inside);
    close(f->inside_fd);
    fixture_end_holder(f->holder);
}
#define auto_fixture __attribute__((cleanup(fixture_done)))

__attribute__((unused)) static struct fixture fixture_new(void)
{
    struct fixture f = {.inside_fd = -1};
    struct err err = {0};

    fixture_enter();
    f.holder = fixture_holder(CLONE_NEWNET);
    f.inside_fd = netns_open_pid(f.holder, &err);
    CHECK_OK(f.inside_fd, err);
    CHECK_OK(net_open(&f.host, -1, NET_WITH_ANNOUNCE, &err), err);
    CHECK_OK(net_open(&f.inside, f.inside_fd, NET_WITH_ANNOUNCE, &err), err);
    return f;
}

/* The index of a device; it must exist. */
__attribute__((unused)) static int fixture_index(struct net *net,
                                                 const char *name)
{
    struct link_info info;
    struct err err = {0};

    int r = link_find(net, name, &info, &err);
    CHECK_OK(r, err);
    if (r == 0)
        TEST_FAIL("there is no device '%s'", name);
    return info.ifindex;
}

/* "v-host" in the host namespace, "v-in" inside, both up. */
__attribute__((unused)) static void fixture_veth(struct fixture *f)
{
    const struct link_veth veth = {
        .name = "v-host", .peer_name = "v-in", .up = true};
    struct err err = {0};

    CHECK_OK(link_create_veth(f->host, &veth, f->inside_fd, &err), err);
    int peer = fixture_index(f->inside, "v-in");
    CHECK_OK(link_set_up(f->inside, peer, &err), err);
}

/* Makes a TAP device in the thread's namespace, which is what the userspace
 * datapath uses for internal ports. It lives as long as the descriptor. */
__attribute__((unused)) static int fixture_tap(const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    int fd = MUST(open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK));

    snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
    MUST(ioctl(fd, TUNSETIFF, &request));
    return fd;
}

__attribute__((unused)) static int fixture_tap_inside(const struct fixture *f,
                                                      const char *name)
{
    auto_close int home =
        MUST(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));

    MUST(setns(f->inside_fd, CLONE_NEWNET));
    int fd = fixture_tap(name);
    MUST(setns(home, CLONE_NEWNET));
    return fd;
}

/* Writes to a file below /proc/sys/net/ of the inside namespace. (/proc/sys/net
 * shows the namespace of the thread that opens a file.) */
__attribute__((unused)) static void
fixture_sysctl(const struct fixture *f, const char *path, const char *value)
{
    auto_close int home =
        MUST(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));

    MUST(setns(f->inside_fd, CLONE_NEWNET));
    fixture_write(path, value);
    MUST(setns(home, CLONE_NEWNET));
}

__attribute__((unused)) static void
fixture_add_line(void *data, const struct link_info *info)
{
    char mac[MAC_TEXT_SIZE];

    mac_format(&info->mac, mac);
    buf_addf(data, "%d %s %s %u %s %s\n", info->ifindex, info->name, mac,
             info->mtu, info->up ? "up" : "down", info->kind);
}

/* The devices of a namespace as text, for a comparison of before and after. */
__attribute__((unused)) static struct buf fixture_links(struct net *net)
{
    struct buf text = BUF_INIT(65536);
    struct err err = {0};

    CHECK_OK(link_each(net, fixture_add_line, &text, &err), err);
    return text;
}

#define CHECK_SAME_LINKS(net, before)                      \
    do {                                                   \
        auto_buf struct buf after_ = fixture_links(net);   \
        CHECK_STR(buf_text(&after_), buf_text(&(before))); \
    } while (0)

__attribute__((unused)) static struct ip_prefix fixture_prefix(const char *text)
{
    struct ip_prefix prefix;

    if (parse_prefix(text, &prefix) < 0)
        TEST_FAIL("fixture: '%s' is not a prefix", text);
    return prefix;
}

__attribute__((unused)) static struct ip fixture_ip(const char *text)
{
    struct ip ip;

    if (parse_ip(text, &ip) < 0)
        TEST_FAIL("fixture: '%s' is not an address", text);
    return ip;
}

__attribute__((unused)) static void fixture_add(struct net *net, int ifindex,
                                                const char *address)
{
    const struct ip_prefix prefix = fixture_prefix(address);
    struct err err = {0};

    CHECK_OK(addr_add(net, ifindex, &prefix, true, &err), err);
}

/* Adds a route to `to` by the device; "" = on the link. */
__attribute__((unused)) static void
fixture_route(struct net *net, int ifindex, const char *to, const char *via)
{
    const struct ip_prefix prefix = fixture_prefix(to);
    const struct ip gateway = *via ? fixture_ip(via) : (struct ip){0};
    struct err err = {0};

    CHECK_OK(route_add(net, ifindex, &prefix, &gateway, &err), err);
}
