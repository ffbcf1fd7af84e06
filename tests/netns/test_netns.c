/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Opening and comparing namespaces; above all, what must not pass for one.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "ovsint/base/io.h"
#include "ovsint/net/pidns.h"
#include "tests/netns/fixture.h"

static struct netns_id id_of(int fd)
{
    struct netns_id id;
    struct err err = {0};

    CHECK_OK(netns_id(fd, &id, &err), err);
    return id;
}

TEST(opens_by_path_and_by_pid)
{
    char path[64];
    struct err err = {0};

    fixture_enter();
    pid_t holder = fixture_holder(CLONE_NEWNET);
    snprintf(path, sizeof(path), "/proc/%ld/ns/net", (long)holder);
    auto_close int by_path = netns_open(path, &err);
    CHECK_OK(by_path, err);
    auto_close int by_pid = netns_open_pid(holder, &err);
    CHECK_OK(by_pid, err);
    struct netns_id a = id_of(by_path), b = id_of(by_pid);
    CHECK(a.dev == b.dev && a.ino == b.ino);
    CHECK(fcntl(by_path, F_GETFD) & FD_CLOEXEC);
    CHECK(fcntl(by_pid, F_GETFD) & FD_CLOEXEC);
    fixture_end_holder(holder);
    CHECK_EQ(id_of(by_pid).ino, a.ino);
}

TEST(refuses_what_is_no_network_namespace)
{
    static const struct {
        const char *path;
        int code;
        const char *text;
    } bad[] = {
        {"/nonexistent/ns", ENOENT, "open network namespace /nonexistent/ns"},
        {"", ENOENT, "No such file or directory"},
        {"/", EINVAL, "/ is not a namespace (is it mounted?)"},
        {"/dev/null", EINVAL, "/dev/null is not a namespace"},
        {"/proc/self/status", EINVAL, "is not a namespace"},
        {"/proc/self/ns", EINVAL, "is not a namespace"},
        {"/proc/self/ns/user", EINVAL, "but not a network namespace"},
        {"/proc/self/ns/mnt", EINVAL, "but not a network namespace"},
        {"/proc/self/ns/pid", EINVAL, "but not a network namespace"},
    };

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err err = {0};
        CHECK_ERR(netns_open(bad[i].path, &err), bad[i].code, err, bad[i].text);
    }
}

TEST(fifo_in_its_place_is_not_even_opened)
{
    char path[64];
    char event[sizeof(struct inotify_event) + NAME_MAX + 1];
    struct err err = {0};

    snprintf(path, sizeof(path), "/tmp/ovsint-test-fifo-%ld", (long)getpid());
    MUST(mkfifo(path, 0600));
    auto_close int watch = MUST(inotify_init1(IN_NONBLOCK));
    MUST(inotify_add_watch(watch, path, IN_OPEN));
    int fd = netns_open(path, &err);
    CHECK(read(watch, event, sizeof(event)) < 0 && errno == EAGAIN);
    CHECK_ERR(fd, EINVAL, err, "is not a namespace");
    close(MUST(open(path, O_RDWR | O_CLOEXEC)));
    CHECK(read(watch, event, sizeof(event)) > 0);
    unlink(path);
}

TEST(refuses_what_is_no_process)
{
    struct err err = {0};

    CHECK_ERR(netns_open_pid(0, &err), EINVAL, err, "0 is not a process id");
    err = (struct err){0};
    CHECK_ERR(netns_open_pid(-1, &err), EINVAL, err, "-1 is not a process id");
    err = (struct err){0};
    CHECK_ERR(netns_open_pid(0x7ffffff0, &err), ESRCH, err,
              "open process 2147483632: No such process");
}

TEST(process_that_has_ended_is_refused)
{
    struct err err = {0};

    pid_t child = MUST(fork());
    if (child == 0)
        _exit(0);
    siginfo_t info;
    MUST(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT));
    CHECK_ERR(netns_open_pid(child, &err), ESRCH, err, "has ended");
    MUST(waitpid(child, NULL, 0));
    err = (struct err){0};
    CHECK_ERR(netns_open_pid(child, &err), ESRCH, err, "No such process");
}

TEST(identity_is_device_and_inode)
{
    static const struct {
        struct netns_id id;
        const char *text;
    } table[] = {
        {{4, 4026531840, 0}, "4:4026531840"},
        {{4, 4026531840, 12}, "4:4026531840:12"},
        {{0, 0, 0}, "0:0"},
        {{UINT64_MAX, UINT64_MAX, UINT64_MAX},
         "18446744073709551615:18446744073709551615:18446744073709551615"},
    };
    char text[NETNS_ID_TEXT_SIZE];
    char path[64];
    struct stat st;
    struct err err = {0};

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        netns_id_format(&table[i].id, text);
        CHECK_STR(text, table[i].text);
    }
    MUST(stat("/proc/self/ns/net", &st));
    snprintf(path, sizeof(path), "%" PRIu64 ":%" PRIu64, (uint64_t)st.st_dev,
             (uint64_t)st.st_ino);
    auto_close int fd = netns_open("/proc/self/ns/net", &err);
    CHECK_OK(fd, err);
    struct netns_id id = id_of(fd);
    netns_id_format(&id, text);
    CHECK_STR(text, path);
}

TEST(pid_namespace_whose_processes_are_seen)
{
    static const struct {
        const char *own, *other;
        bool sees;
    } table[] = {
        {"4:4026532001", "4:4026532001", true},
        {"4:4026532001", "4:4026532002", false},
        {"4:4026532001", "4:40265320011", false},
        {"4:4026532001", NULL, false},
        {"4:4026532001", "4:4026531836", false},
        {"4:4026531836", "4:4026532002", true},
        {"4:4026531836", NULL, true},
        {"", "", true},
        {"", NULL, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        CHECK_EQ(pidns_sees(table[i].own, table[i].other), table[i].sees);
}

TEST(closed_descriptor_is_an_error)
{
    struct netns_id id = {.ino = 7};
    struct err err = {0};

    CHECK_ERR(netns_id(-1, &id, &err), EBADF, err, "identify the namespace");
    CHECK_EQ(id.ino, 7);
    err = (struct err){0};
    CHECK_ERR(netns_is_own(-1, &err), EBADF, err, "identify the namespace");
    err = (struct err){0};
    CHECK_ERR(netns_user_is_foreign(-1, &err), EBADF, err, "find the owner");
}

TEST(knows_its_own_namespace)
{
    struct err err = {0};

    auto_close int former = netns_open("/proc/self/ns/net", &err);
    CHECK_OK(former, err);
    CHECK_EQ(netns_is_own(former, &err), 1);
    fixture_enter();
    CHECK_EQ(netns_is_own(former, &err), 0);
    auto_close int own = netns_open_pid(getpid(), &err);
    CHECK_OK(own, err);
    CHECK_EQ(netns_is_own(own, &err), 1);
    pid_t holder = fixture_holder(CLONE_NEWNET);
    auto_close int inside = netns_open_pid(holder, &err);
    CHECK_OK(inside, err);
    CHECK_EQ(netns_is_own(inside, &err), 0);
    fixture_end_holder(holder);
}

TEST(tells_whose_namespace_it_is)
{
    struct err err = {0};

    auto_close int above = netns_open("/proc/self/ns/net", &err);
    CHECK_OK(above, err);
    fixture_enter();
    CHECK_EQ(netns_user_is_foreign(above, &err), 1);
    pid_t same = fixture_holder(CLONE_NEWNET);
    auto_close int ours = netns_open_pid(same, &err);
    CHECK_OK(ours, err);
    CHECK_EQ(netns_user_is_foreign(ours, &err), 0);
    pid_t below = fixture_holder(CLONE_NEWUSER | CLONE_NEWNET);
    auto_close int theirs = netns_open_pid(below, &err);
    CHECK_OK(theirs, err);
    CHECK_EQ(netns_user_is_foreign(theirs, &err), 1);
    fixture_end_holder(same);
    fixture_end_holder(below);
    CHECK_EQ(err.code, 0);
}

TEST(tells_whether_it_is_rootless)
{
    auto_buf struct buf map = BUF_INIT(4096);
    struct err err = {0};
    unsigned first, second, count;

    CHECK_OK(io_read_file("/proc/self/uid_map", &map, &err), err);
    CHECK_EQ(sscanf(buf_text(&map), "%u %u %u", &first, &second, &count), 3);
    bool identity = first == 0 && second == 0 && count == UINT32_MAX;
    CHECK_EQ(netns_process_is_confined(&err), !identity);
    fixture_enter();
    CHECK_EQ(netns_process_is_confined(&err), 1);
    CHECK_EQ(err.code, 0);
}

/* A user namespace without a mapping has an empty map: it is even more
 * confined. */
TEST(user_namespace_without_a_map_is_rootless)
{
    struct err err = {0};

    MUST(unshare(CLONE_NEWUSER));
    CHECK_EQ(netns_process_is_confined(&err), 1);
}

static bool is_the_one(void *data, pid_t pid)
{
    const pid_t *wanted = data;

    return pid == *wanted;
}

TEST(process_is_checked)
{
    struct fixture f = fixture_new();
    struct err err = {0};
    pid_t wanted = f.holder;

    auto_close int fd = netns_open_process(f.holder, is_the_one, &wanted, &err);
    CHECK_OK(fd, err);
    wanted++;
    CHECK_ERR(netns_open_process(f.holder, is_the_one, &wanted, &err), ESRCH,
              err, "its number is another process's now");
    fixture_done(&f);
}

TEST_MAIN
