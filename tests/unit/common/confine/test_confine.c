/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A call that is not in the table fails, is named, and is gone for good. */
#include "ovsint/confine/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ovsint/base/cleanup.h"
#include "ovsint/program/program.h"
#include "tests/lib/test.h"

#if defined(__SANITIZE_ADDRESS__)
#define CALLS_ARE_FREE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CALLS_ARE_FREE 1
#endif
#endif
#ifndef CALLS_ARE_FREE
#define CALLS_ARE_FREE 0
#endif

static const int calls[] = {SCMP_SYS(read),         SCMP_SYS(write),
                            SCMP_SYS(capget),       SCMP_SYS(prctl),
                            SCMP_SYS(rt_sigreturn), SCMP_SYS(getpid),
                            SCMP_SYS(exit_group),   SCMP_SYS(newfstatat),
                            SCMP_SYS(fstat),        SCMP_SYS(capset)};

static const struct confine_rule rules[] = {
    {SCMP_SYS(socket), 0, CONFINE_INT, AF_UNIX},
    {SCMP_SYS(socket), 0, CONFINE_INT, AF_NETLINK},
    {SCMP_SYS(kill), 1, CONFINE_INT, 0},
    {SCMP_SYS(mmap), 2, PROT_EXEC, 0},
};

static const struct confinement confinement = {
    .program = "test",
    .capabilities = CONFINE_CAP(CAP_NET_ADMIN) | CONFINE_CAP(CAP_PERFMON),
    .calls = calls,
    .call_count = ARRAY_LEN(calls),
    .rules = rules,
    .rule_count = ARRAY_LEN(rules),
};

static void begin(int ends[2])
{
    struct err err = {0};

    CHECK_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    CHECK(dup2(ends[1], STDERR_FILENO) >= 0);
    CHECK_OK(confine(&confinement, &err), err);
}

TEST(a_call_that_is_not_in_the_table_fails_and_is_told)
{
    char text[256] = "", want[256];
    int ends[2];

    if (CALLS_ARE_FREE)
        return;
    begin(ends);
    CHECK_EQ(syscall(SYS_getppid), -1);
    CHECK_EQ(errno, EPERM);
    CHECK(read(ends[0], text, sizeof(text) - 1) > 0);
    snprintf(want, sizeof(want),
             "test: system call %ld is not allowed here: please report this\n",
             (long)SYS_getppid);
    CHECK_STR(text, want);
}

TEST(a_call_that_is_in_the_table_works_and_is_not_told)
{
    char text[16];
    int ends[2];

    begin(ends);
    CHECK_EQ(syscall(SYS_getpid), getpid());
    CHECK_EQ(read(ends[0], text, sizeof(text)), -1);
    CHECK_EQ(errno, EAGAIN);
}

static long mapped(int protection)
{
    return syscall(SYS_mmap, NULL, 4096, protection,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

TEST(arguments_are_judged)
{
    int ends[2];

    if (CALLS_ARE_FREE)
        return;
    begin(ends);
    CHECK(socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
    CHECK(socket(AF_NETLINK, SOCK_RAW, 0) >= 0);
    CHECK_EQ(socket(AF_INET, SOCK_STREAM, 0), -1);
    CHECK_EQ(errno, EPERM);
    CHECK_EQ(kill(getpid(), 0), 0);
    CHECK_EQ(kill(getpid(), SIGKILL), -1);
    CHECK_EQ(errno, EPERM);
    CHECK(mapped(PROT_READ | PROT_WRITE) != -1);
    CHECK_EQ(mapped(PROT_READ | PROT_EXEC), -1);
    CHECK_EQ(errno, EPERM);
    /* The kernel looks at the low half of an int alone. */
    CHECK_EQ(syscall(SYS_socket, (UINT64_C(1) << 32) | AF_INET, SOCK_STREAM, 0),
             -1);
    CHECK_EQ(errno, EPERM);
}

/* CAP_PERFMON is in the second of the kernel's two words. */
TEST(capabilities_go_for_good)
{
    struct __user_cap_header_struct header = {.version =
                                                  _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct before[2] = {0}, after[2] = {0};
    int ends[2];

    CHECK_EQ(syscall(SYS_capget, &header, before), 0);
    begin(ends);
    CHECK_EQ(syscall(SYS_capget, &header, after), 0);
    for (int i = 0; i < 2; i++) {
        __u32 kept = (__u32)(confinement.capabilities >> (32 * i));
        CHECK_EQ(after[i].effective, before[i].permitted & kept);
        CHECK_EQ(after[i].permitted, before[i].permitted & kept);
        CHECK_EQ(after[i].inheritable, 0);
    }
    CHECK_EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
    after[0].permitted |= 1u << CAP_SYS_ADMIN;
    CHECK_EQ(syscall(SYS_capset, &header, after), -1);
    CHECK_EQ(errno, EPERM);
}

/* Not getppid(2), which the leak checker asks at the end of a process. */
TEST(a_call_that_is_withheld_is_as_if_the_kernel_had_it_not)
{
    struct err err = {0};
    char text[16];
    int ends[2];

    CHECK_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    CHECK(dup2(ends[1], STDERR_FILENO) >= 0);
    CHECK_OK(confine_withhold(SCMP_SYS(getsid), &err), err);
    CHECK_EQ(syscall(SYS_getsid, 0), -1);
    CHECK_EQ(errno, ENOSYS);
    CHECK_EQ(syscall(SYS_getpid), getpid());
    CHECK_EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
    CHECK_EQ(read(ends[0], text, sizeof(text)), -1);
    CHECK_EQ(errno, EAGAIN);
}

TEST(a_withheld_call_stays_so_when_a_table_allows_it)
{
    static const int more[] = {SCMP_SYS(getsid), SCMP_SYS(exit_group),
                               SCMP_SYS(write)};
    struct confinement lax = {
        .program = "test", .calls = more, .call_count = ARRAY_LEN(more)};
    struct err err = {0};

    CHECK_OK(confine_withhold(SCMP_SYS(getsid), &err), err);
    CHECK_OK(confine(&lax, &err), err);
    CHECK_EQ(syscall(SYS_getsid, 0), -1);
    CHECK_EQ(errno, ENOSYS);
}

/* Landlock is taken away from a process for good: a child tries. */
struct place {
    char directory[64];
    char open_before[96]; /* is written to by a descriptor that is open */
    char there[96];
    char removable[96]; /* in a directory of its own */
    char lock[96];      /* as well */
    int fd;
};

static void write_text(const char *path)
{
    auto_close int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    CHECK_EQ(write(fd, "x", 1), 1);
}

static void place_begin(struct place *place)
{
    snprintf(place->directory, sizeof(place->directory), "/tmp/ovsint.XXXXXX");
    CHECK(mkdtemp(place->directory) != NULL);
    snprintf(place->open_before, sizeof(place->open_before), "%s/open",
             place->directory);
    snprintf(place->there, sizeof(place->there), "%s/there", place->directory);
    snprintf(place->removable, sizeof(place->removable), "%s/sockets",
             place->directory);
    CHECK_EQ(mkdir(place->removable, 0700), 0);
    snprintf(place->removable, sizeof(place->removable), "%s/sockets/one",
             place->directory);
    snprintf(place->lock, sizeof(place->lock), "%s/locks", place->directory);
    CHECK_EQ(mkdir(place->lock, 0700), 0);
    snprintf(place->lock, sizeof(place->lock), "%s/locks/lock",
             place->directory);
    write_text(place->there);
    write_text(place->removable);
    place->fd = open(place->open_before, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK(place->fd >= 0);
}

static void place_end(struct place *place)
{
    char directory[96];

    close(place->fd);
    unlink(place->open_before);
    unlink(place->there);
    unlink(place->lock);
    unlink(place->removable);
    snprintf(directory, sizeof(directory), "%s/sockets", place->directory);
    CHECK_EQ(rmdir(directory), 0);
    snprintf(directory, sizeof(directory), "%s/locks", place->directory);
    CHECK_EQ(rmdir(directory), 0);
    CHECK_EQ(rmdir(place->directory), 0);
}

static bool opens(const char *path, int flags)
{
    auto_close int fd = open(path, flags | O_CLOEXEC, 0600);

    return fd >= 0;
}

/* The number of the first thing that is not as it should be, 0 if all is. */
static int try_files(const struct place *place, bool in_force)
{
    char fresh[96];
    const bool free = !in_force;
    bool is[16];
    size_t count = 0;

    snprintf(fresh, sizeof(fresh), "%s/fresh", place->directory);
    is[count++] = opens(place->there, O_RDONLY);
    is[count++] = write(place->fd, "x", 1) == 1;
    is[count++] = opens(place->lock, O_RDONLY | O_CREAT);
    is[count++] = opens(place->lock, O_RDONLY | O_CREAT);
    is[count++] = unlink(place->removable) == 0;
    is[count++] = opens(place->there, O_WRONLY) == free;
    is[count++] = opens(place->lock, O_WRONLY) == free;
    is[count++] = (rename(place->there, place->removable) == 0) == free;
    is[count++] = (unlink(place->lock) == 0) == free;
    is[count++] = (mkdir(fresh, 0700) == 0) == free;
    is[count++] = (rmdir(fresh) == 0) == free;
    is[count++] = (symlink("/", fresh) == 0) == free;
    for (size_t i = 0; i < count; i++) {
        if (!is[i])
            return (int)i + 1;
    }
    /* Where nothing is in force this ends well, too. */
    (void)execl("/bin/true", "true", NULL);
    return in_force && errno == EACCES ? 0 : 100;
}

TEST(files_are_read_and_only_those_that_are_named_come_and_go)
{
    struct place place;
    struct err err = {0};
    int status;

    place_begin(&place);
    const struct confine_file files[] = {
        {.path = place.lock, .may = CONFINE_MAKE},
        {.path = place.removable, .may = CONFINE_REMOVE},
        {.path = "/nowhere/at/all", .may = CONFINE_MAKE}};
    pid_t child = fork();
    if (child == 0) {
        int r = confine_files(files, ARRAY_LEN(files), &err);
        _exit(r < 0 ? 100 : try_files(&place, r == 1));
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), 0);
    place_end(&place);
}

/* The hook and its like. */
TEST(a_door_that_runs_once_opens_no_card_and_makes_no_program)
{
    struct err err = {0};

    if (CALLS_ARE_FREE)
        return;
    CHECK_OK(program_confine("test", 0, 0, &err), err);
    CHECK(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0);
    CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
               -1, 0) != MAP_FAILED);
    CHECK(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
               -1, 0) == MAP_FAILED);
    CHECK_EQ(errno, EPERM);
    CHECK_EQ(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), -1);
    CHECK_EQ(errno, EPERM);
    CHECK_EQ(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), -1);
    CHECK_EQ(errno, EPERM);
}

TEST_MAIN
