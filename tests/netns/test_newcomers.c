/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The settings with which a device starts in the namespace that it comes to.
 */
#include "ovsint/net/newcomers.h"

#include <sys/wait.h>

#include "ovsint/net/sysctl.h"
#include "tests/netns/fixture.h"

static int setting(struct fixture *f, const char *device, const char *name)
{
    auto_close int home = MUST(open("/proc/thread-self/ns/net", O_RDONLY));
    struct err err = {0};
    int value = -1;

    MUST(setns(f->inside_fd, CLONE_NEWNET));
    CHECK_OK(sysctl_get(SYSCTL_IPV6, device, name, &value, &err), err);
    MUST(setns(home, CLONE_NEWNET));
    return value;
}

static void come_in(struct fixture *f, const char *name)
{
    struct link_move move = {.up = true};
    struct err err = {0};

    auto_close int here = netns_open("/proc/self/ns/net", &err);
    struct link_veth veth = {.name = "there", .peer_name = name};
    CHECK_OK(link_create_veth(f->host, &veth, here, &err), err);
    CHECK_OK(link_move_in(f->host, fixture_index(f->host, name), f->inside_fd,
                          &move, &err),
             err);
}

TEST(one_that_comes_does_not_listen_and_the_others_are_as_before)
{
    auto_fixture struct fixture f = fixture_new();
    auto_newcomers struct newcomers *newcomers = NULL;
    struct err err = {0};

    int before = setting(&f, "default", "accept_ra");
    CHECK_OK(newcomers_open(f.inside_fd, &newcomers, &err), err);
    CHECK(newcomers != NULL);
    CHECK_OK(newcomers_begin(newcomers, false, &err), err);
    come_in(&f, "quiet");
    CHECK_OK(newcomers_end(newcomers, &err), err);
    CHECK_EQ(setting(&f, "quiet", "accept_ra"), 0);
    CHECK_EQ(setting(&f, "quiet", "autoconf"), 0);
    CHECK_EQ(setting(&f, "default", "accept_ra"), before);
    CHECK_EQ(setting(&f, "default", "autoconf"), 1);
    CHECK_EQ(setting(&f, "lo", "accept_ra"), before);
}

TEST(one_that_is_to_listen_does_whatever_the_namespace_says)
{
    auto_fixture struct fixture f = fixture_new();
    auto_newcomers struct newcomers *newcomers = NULL;
    struct err err = {0};

    CHECK_OK(sysctl_set_in(f.inside_fd, SYSCTL_IPV6, "default", "accept_ra", 0,
                           &err),
             err);
    CHECK_OK(newcomers_open(f.inside_fd, &newcomers, &err), err);
    CHECK_OK(newcomers_begin(newcomers, true, &err), err);
    come_in(&f, "loud");
    CHECK_OK(newcomers_end(newcomers, &err), err);
    CHECK_EQ(setting(&f, "loud", "accept_ra"), 2);
    CHECK_EQ(setting(&f, "loud", "autoconf"), 1);
    CHECK_EQ(setting(&f, "default", "accept_ra"), 0);
    CHECK_EQ(newcomers_set(f.inside_fd, "loud", false, &err), 1);
    CHECK_EQ(setting(&f, "loud", "accept_ra"), 0);
    CHECK_EQ(newcomers_set(f.inside_fd, "loud", false, &err), 0);
    CHECK_EQ(newcomers_set(f.inside_fd, "nobody", false, &err), 0);
}

/* Does the same in another process, which closes its end when it has had its
 * turn. */
static pid_t come_as_well(struct fixture *f, int told)
{
    pid_t child = MUST(fork());

    if (child != 0)
        return child;
    struct newcomers *newcomers = NULL;
    struct err err = {0};
    bool done = newcomers_open(f->inside_fd, &newcomers, &err) >= 0 &&
                newcomers_begin(newcomers, false, &err) >= 0 &&
                write(told, "x", 1) == 1 && newcomers_end(newcomers, &err) >= 0;
    _exit(done ? 0 : 1);
}

/* The second one waits. What it puts back is not what the first one had set for
 * a while. */
TEST(two_at_once_leave_what_was_there)
{
    auto_fixture struct fixture f = fixture_new();
    auto_newcomers struct newcomers *newcomers = NULL;
    struct pollfd told = {.events = POLLIN};
    struct err err = {0};
    int ends[2], status;

    int before = setting(&f, "default", "accept_ra");
    MUST(pipe2(ends, O_CLOEXEC));
    told.fd = ends[0];
    CHECK_OK(newcomers_open(f.inside_fd, &newcomers, &err), err);
    CHECK_OK(newcomers_begin(newcomers, false, &err), err);
    pid_t child = come_as_well(&f, ends[1]);
    CHECK_EQ(poll(&told, 1, 100), 0);
    CHECK_OK(newcomers_end(newcomers, &err), err);
    CHECK_EQ(poll(&told, 1, FIXTURE_WAIT_MS), 1);
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
    CHECK_EQ(setting(&f, "default", "accept_ra"), before);
    close(ends[0]);
    close(ends[1]);
}

TEST_MAIN
