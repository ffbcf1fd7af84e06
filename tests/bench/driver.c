/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The stop-watch of `make bench`: starts programs as a container runtime
 * starts a hook (state on standard input, through a pipe) and says what they
 * cost. It knows nothing of Open vSwitch.
 *
 *   driver run STATE CMD...      one run: "wall user system maxrss", in
 *                                microseconds and KiB
 *   driver mapped STATE CMD...   one run under ptrace: "peak anon file shmem"
 *                                in KiB, read as the process ends
 *   driver serial DIR CMD...     a run for each file in DIR, one after
 *                                another: the total in microseconds
 *   driver parallel DIR CMD...   the same, all at once. Both say to each run,
 * in CNI_CONTAINERID, the name of its file, and in CNI_NETNS that name in
 * $CNI_NETNS_DIR driver hold                  starts a process that does
 * nothing in a new network namespace, prints its pid
 *
 * Pitfall: at exec the kernel carries the parent's peak over into the child
 * (setmax_mm_hiwater_rss() in exec_mmap()). So ru_maxrss is true of the child
 * only while this program is smaller, which is why it is linked statically.
 * `mapped` reads the child's own memory instead.
 */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "common/base/banned.h"

#define STATE_LIMIT 65536 /* what a pipe holds without a reader */
#define RUNS_LIMIT 1024

extern char **environ;

struct state {
    char bytes[STATE_LIMIT];
    size_t size;
};

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t us(struct timeval time)
{
    return (int64_t)time.tv_sec * 1000000 + time.tv_usec;
}

static void read_state(const char *path, struct state *ret)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    ssize_t size = fd < 0 ? -1 : read(fd, ret->bytes, sizeof(ret->bytes));
    if (size < 0 || size == sizeof(ret->bytes))
        errx(1, "cannot read %s, or it is too large", path);
    ret->size = (size_t)size;
    close(fd);
}

/* Returns the end to read from. The whole state is in the pipe, and the other
 * end is closed. */
static int state_pipe(const struct state *state)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        err(1, "pipe");
    if (write(ends[1], state->bytes, state->size) != (ssize_t)state->size)
        errx(1, "the state does not fit into a pipe");
    close(ends[1]);
    return ends[0];
}

static pid_t start(int input, char **argv)
{
    posix_spawn_file_actions_t actions;
    pid_t pid;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null",
                                     O_WRONLY, 0);
    errno = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
    if (errno)
        err(1, "%s", argv[0]);
    posix_spawn_file_actions_destroy(&actions);
    return pid;
}

static void check_status(pid_t pid, int status, const char *program)
{
    if (WIFSIGNALED(status))
        errx(1, "%s (pid %d) died of signal %d", program, (int)pid,
             WTERMSIG(status));
    if (WEXITSTATUS(status) != 0)
        errx(1, "%s (pid %d) failed with status %d", program, (int)pid,
             WEXITSTATUS(status));
}

static void run(const char *path, char **argv)
{
    static struct state state;
    struct rusage usage;
    int status;

    read_state(path, &state);
    int input = state_pipe(&state);
    int64_t begin = now_us();
    pid_t pid = start(input, argv);
    if (wait4(pid, &status, 0, &usage) != pid)
        err(1, "wait");
    int64_t end = now_us();
    check_status(pid, status, argv[0]);
    printf("%lld %lld %lld %ld\n", (long long)(end - begin),
           (long long)us(usage.ru_utime), (long long)us(usage.ru_stime),
           usage.ru_maxrss);
}

static long status_field(pid_t pid, const char *field)
{
    char path[64], line[256];
    long value = 0;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    if (!file)
        err(1, "%s", path);
    size_t len = strlen(field);
    while (fgets(line, sizeof(line), file)) {
        if (strncmp(line, field, len) == 0 && line[len] == ':')
            value = strtol(line + len + 1, NULL, 10);
    }
    fclose(file);
    return value;
}

static pid_t start_traced(int input, char **argv)
{
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    dup2(input, STDIN_FILENO);
    raise(SIGSTOP);
    execv(argv[0], argv);
    err(1, "%s", argv[0]);
}

static void mapped(const char *path, char **argv)
{
    static struct state state;
    int status;

    read_state(path, &state);
    pid_t pid = start_traced(state_pipe(&state), argv);
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
        err(1, "cannot trace");
    if (ptrace(PTRACE_SETOPTIONS, pid, 0,
               PTRACE_O_TRACEEXIT | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL) < 0)
        err(1, "ptrace");
    int pass = 0;
    for (;;) {
        if (ptrace(PTRACE_CONT, pid, 0, pass) < 0 ||
            waitpid(pid, &status, 0) != pid)
            err(1, "ptrace");
        if (!WIFSTOPPED(status))
            break;
        if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8))
            printf("%ld %ld %ld %ld\n", status_field(pid, "VmHWM"),
                   status_field(pid, "RssAnon"), status_field(pid, "RssFile"),
                   status_field(pid, "RssShmem"));
        pass = status >> 16 ? 0 : WSTOPSIG(status);
    }
    check_status(pid, status, argv[0]);
}

static char names[RUNS_LIMIT][64];

static size_t list(const char *dir, int inputs[RUNS_LIMIT])
{
    static struct state state;
    struct dirent **entries;
    size_t used = 0;

    int count = scandir(dir, &entries, NULL, alphasort);
    if (count < 0 || count > RUNS_LIMIT)
        errx(1, "%s: cannot list it, or it has too many files", dir);
    for (int i = 0; i < count; i++) {
        char path[4096];
        snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.') {
            read_state(path, &state);
            snprintf(names[used], sizeof(names[used]), "%.63s",
                     entries[i]->d_name);
            inputs[used++] = state_pipe(&state);
        }
        free(entries[i]);
    }
    free(entries);
    return used;
}

/* How many of the runs failed. */
static size_t wait_all(const pid_t *pids, size_t count)
{
    size_t failed = 0;

    for (size_t i = 0; i < count; i++) {
        int status;
        if (waitpid(pids[i], &status, 0) != pids[i])
            err(1, "wait");
        failed += status != 0;
    }
    return failed;
}

static void set_container(const char *name)
{
    const char *dir = getenv("CNI_NETNS_DIR");
    char path[4096];

    if (!dir)
        return;
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    setenv("CNI_CONTAINERID", name, 1);
    setenv("CNI_NETNS", path, 1);
}

static void run_all(const char *dir, size_t at_once, char **argv)
{
    int inputs[RUNS_LIMIT];
    pid_t pids[RUNS_LIMIT];
    size_t count = list(dir, inputs);
    size_t failed = 0;

    int64_t begin = now_us();
    for (size_t first = 0; first < count; first += at_once) {
        size_t some = count - first < at_once ? count - first : at_once;
        for (size_t i = 0; i < some; i++) {
            set_container(names[first + i]);
            pids[i] = start(inputs[first + i], argv);
        }
        failed += wait_all(pids, some);
    }
    int64_t end = now_us();
    if (failed)
        errx(1, "%zu of %zu runs failed", failed, count);
    printf("%lld\n", (long long)(end - begin));
}

static pid_t hold(void)
{
    int ends[2];
    char byte = 0;

    if (pipe2(ends, O_CLOEXEC) < 0)
        err(1, "pipe");
    pid_t pid = fork();
    if (pid < 0)
        err(1, "fork");
    if (pid == 0) {
        close(STDIN_FILENO);
        close(STDOUT_FILENO);
        if (unshare(CLONE_NEWNET) < 0 || write(ends[1], &byte, 1) != 1)
            err(1, "cannot make a network namespace");
        close(ends[0]);
        close(ends[1]);
        for (;;)
            pause();
    }
    close(ends[1]);
    if (read(ends[0], &byte, 1) != 1)
        errx(1, "no namespace was made");
    close(ends[0]);
    return pid;
}

static void hold_all(const char *text)
{
    unsigned long count = strtoul(text, NULL, 10);
    pid_t pids[RUNS_LIMIT];

    if (count > RUNS_LIMIT)
        errx(1, "at most %d", RUNS_LIMIT);
    for (unsigned long i = 0; i < count; i++)
        pids[i] = hold();
    for (unsigned long i = 0; i < count; i++)
        printf("%d\n", (int)pids[i]);
}

/* Waits until the daemon has nothing left to do. It answers between two turns
 * of its main loop, and each turn deals with all that has come in: so a few
 * answers are enough. It never sends anything unasked, so the poll only gives
 * the kernel time to finish, too. */
static void settle(const char *path)
{
    static const char request[] =
        "{\"id\":0,\"method\":\"version\",\"params\":[]}";
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    char reply[4096];

    snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
        err(1, "%s", path);
    for (int i = 0; i < 5; i++) {
        struct pollfd unasked = {.fd = fd, .events = POLLIN};
        if (poll(&unasked, 1, 20) != 0 ||
            send(fd, request, sizeof(request) - 1, 0) < 0 ||
            recv(fd, reply, sizeof(reply), 0) <= 0)
            err(1, "%s does not answer", path);
    }
    close(fd);
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";

    if (strcmp(verb, "hold") == 0 && argc == 3)
        hold_all(argv[2]);
    else if (strcmp(verb, "settle") == 0 && argc == 3)
        settle(argv[2]);
    else if (argc < 4)
        errx(1, "usage: see the head of driver.c");
    else if (strcmp(verb, "run") == 0)
        run(argv[2], argv + 3);
    else if (strcmp(verb, "mapped") == 0)
        mapped(argv[2], argv + 3);
    else if (strcmp(verb, "serial") == 0)
        run_all(argv[2], 1, argv + 3);
    else if (strcmp(verb, "parallel") == 0)
        run_all(argv[2], RUNS_LIMIT, argv + 3);
    else
        errx(1, "'%s' is not a verb", verb);
    return 0;
}
