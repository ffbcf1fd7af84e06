/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The socket: where it works, and what it leaves behind.
 */
#include <dirent.h>
#include <pthread.h>
#include <sys/stat.h>

#include "common/net/request.h"
#include "tests/netns/fixture.h"

static ino_t own_inode(void)
{
    struct stat st;

    MUST(stat("/proc/thread-self/ns/net", &st));
    return st.st_ino;
}

static int open_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;

    CHECK(dir != NULL);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

TEST(serves_the_namespace_that_it_was_opened_in)
{
    auto_fixture struct fixture f = fixture_new();
    struct link_info info;
    struct err err = {0};

    auto_close int host_tap = fixture_tap("here0");
    auto_close int tap = fixture_tap_inside(&f, "there0");
    CHECK(host_tap >= 0 && tap >= 0);
    CHECK_EQ(link_find(f.host, "here0", &info, &err), 1);
    CHECK_EQ(link_find(f.host, "there0", &info, &err), 0);
    CHECK_EQ(link_find(f.inside, "there0", &info, &err), 1);
    CHECK_EQ(link_find(f.inside, "here0", &info, &err), 0);
}

TEST(returns_home_and_leaves_no_descriptor)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};

    ino_t home = own_inode();
    int before = open_files();
    for (int i = 0; i < 3; i++) {
        auto_net struct net *net = NULL;
        CHECK_OK(net_open(&net, f.inside_fd, NET_WITH_ANNOUNCE, &err), err);
        CHECK_EQ(own_inode(), home);
        CHECK_EQ(open_files(), before + 2);
    }
    CHECK_EQ(open_files(), before);
}

TEST(own_descriptor_and_none_mean_the_same)
{
    auto_net struct net *net = NULL;
    struct link_info info;
    struct err err = {0};

    fixture_enter();
    auto_close int own = netns_open_pid(getpid(), &err);
    CHECK_OK(own, err);
    CHECK_EQ(netns_is_own(own, &err), 1);
    auto_close int tap = fixture_tap("here0");
    CHECK(tap >= 0);
    CHECK_OK(net_open(&net, own, NET_PLAIN, &err), err);
    CHECK_EQ(link_find(net, "here0", &info, &err), 1);
}

static uint64_t cookie_of(int fd)
{
    auto_net struct net *net = NULL;
    uint64_t cookie = 0;
    struct err err = {0};

    CHECK_OK(net_open(&net, fd, NET_PLAIN, &err), err);
    CHECK_OK(net_cookie(net, &cookie, &err), err);
    return cookie;
}

TEST(each_namespace_has_a_cookie_of_its_own)
{
    enum { COUNT = 20 };
    uint64_t seen[COUNT];
    struct err err = {0};

    fixture_enter();
    /* Each namespace is gone before the next one comes, which often gets its
     * inode. */
    for (int i = 0; i < COUNT; i++) {
        MUST(unshare(CLONE_NEWNET));
        auto_close int own = netns_open("/proc/thread-self/ns/net", &err);
        CHECK_OK(own, err);
        seen[i] = cookie_of(own);
        CHECK(seen[i] != 0);
        CHECK_EQ(cookie_of(-1), seen[i]);
        for (int j = 0; j < i; j++)
            CHECK(seen[j] != seen[i]);
    }
}

TEST(descriptors_close_on_exec)
{
    auto_fixture struct fixture f = fixture_new();

    CHECK(fcntl(nl_socket_get_fd(f.inside->sock), F_GETFD) & FD_CLOEXEC);
    CHECK(fcntl(f.inside->packet_fd, F_GETFD) & FD_CLOEXEC);
}

TEST(refuses_descriptors_of_other_things)
{
    struct net *net = NULL;
    struct err err = {0};

    fixture_enter();
    ino_t home = own_inode();
    int before = open_files();
    auto_close int user = MUST(open("/proc/self/ns/user", O_RDONLY));
    auto_close int file = MUST(open("/dev/null", O_RDONLY));
    CHECK_ERR(net_open(&net, user, NET_PLAIN, &err), EINVAL, err,
              "enter the network namespace");
    err = (struct err){0};
    CHECK_ERR(net_open(&net, file, NET_PLAIN, &err), EINVAL, err,
              "enter the network namespace");
    err = (struct err){0};
    CHECK_ERR(net_open(&net, 4711, NET_PLAIN, &err), EBADF, err,
              "enter the network namespace: Bad file descriptor");
    CHECK(net == NULL);
    CHECK_EQ(own_inode(), home);
    CHECK_EQ(open_files(), before + 2);
}

TEST(namespace_of_others_needs_the_right_to_enter)
{
    struct net *net = NULL;
    struct err err = {0};

    auto_close int above = netns_open("/proc/self/ns/net", &err);
    CHECK_OK(above, err);
    fixture_enter();
    CHECK_ERR(net_open(&net, above, NET_PLAIN, &err), EPERM, err,
              "enter the network namespace: Operation not permitted");
    CHECK(net == NULL);
}

TEST(works_in_a_namespace_of_a_user_namespace_below)
{
    auto_net struct net *net = NULL;
    struct link_info info;
    struct err err = {0};

    fixture_enter();
    pid_t below = fixture_holder(CLONE_NEWUSER | CLONE_NEWNET);
    auto_close int fd = netns_open_pid(below, &err);
    CHECK_OK(fd, err);
    CHECK_OK(net_open(&net, fd, NET_WITH_ANNOUNCE, &err), err);
    CHECK_OK(link_set_up(net, 1, &err), err);
    CHECK_EQ(link_find(net, "lo", &info, &err), 1);
    CHECK(info.up);
    fixture_end_holder(below);
}

TEST(outlives_the_processes_of_its_namespace)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};

    fixture_end_holder(f.holder);
    CHECK_OK(link_set_up(f.inside, 1, &err), err);
    f.holder = fixture_holder(CLONE_NEWNET);
}

static void *change_namespace(void *data)
{
    MUST(unshare(CLONE_NEWNET));
    struct fixture *f = data;
    auto_net struct net *net = NULL;
    struct err err = {0};

    ino_t home = own_inode();
    CHECK_OK(net_open(&net, f->inside_fd, NET_PLAIN, &err), err);
    CHECK_EQ(own_inode(), home);
    return NULL;
}

/* "Home" is the thread's namespace, not the process's. */
TEST(thread_returns_to_its_own_namespace)
{
    auto_fixture struct fixture f = fixture_new();
    pthread_t thread;

    CHECK_EQ(pthread_create(&thread, NULL, change_namespace, &f), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
}

TEST_MAIN
