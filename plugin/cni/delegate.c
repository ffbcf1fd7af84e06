/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Between the two processes a question is one byte, the command; the answer is
 * one packet: how it went, then the plugin's words, or why it did not run.
 */
#include "plugin/cni/delegate.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ovsint/base/cleanup.h"
#include "ovsint/base/io.h"
#include "ovsint/base/second.h"

/* What stands between the deadline of the plugin and our patience. */
#define KILL_MS 2000
#define VARIABLE_SIZE (LIMIT_CONTAINER_ID_SIZE + PATH_MAX)

enum outcome { PLUGIN_DONE, PLUGIN_FAILED, NOT_RUN };

/* What the other process knows. */
struct order {
    const char *file;
    const struct cni_environment *environment;
    int input; /* our standard input as a file */
    unsigned timeout_ms;
};

/* Its environment. */

static char *variable(const char *name, const char *value)
{
    auto_buf struct buf text = BUF_INIT(LIMIT_STATE_SIZE);

    buf_addf(&text, "%s=%s", name, value ? value : "");
    return mem_text(buf_text(&text), text.size);
}

static _Noreturn void become(const struct order *order, const char *command,
                             int output)
{
    const struct cni_environment *from = order->environment;
    char *environment[] = {variable("CNI_COMMAND", command),
                           variable("CNI_CONTAINERID", from->container),
                           variable("CNI_NETNS", from->netns),
                           variable("CNI_IFNAME", from->ifname),
                           variable("CNI_ARGS", from->args),
                           variable("CNI_PATH", from->path),
                           variable("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
                           NULL};
    char *const arguments[] = {mem_text(order->file, strlen(order->file)),
                               NULL};

    /* A group of its own, so that all of it can be killed. */
    setsid();
    signal(SIGPIPE, SIG_DFL);
    if (lseek(order->input, 0, SEEK_SET) == 0 &&
        dup3(order->input, STDIN_FILENO, 0) >= 0 &&
        dup3(output, STDOUT_FILENO, 0) >= 0)
        execve(order->file, arguments, environment);
    _exit(127);
}

/* Running it. */

static int await(int fd, struct deadline deadline)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    int r;

    do
        r = poll(&ready, 1, deadline_left_ms(deadline));
    while (r < 0 && errno == EINTR);
    return r == 1 ? 0 : -ETIMEDOUT;
}

/* The process may not lead its group yet. */
static void kill_all(pid_t pid)
{
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL);
}

/* Its words, then its end: 0 = it has done it, 1 = it has not. */
static int listen_to(const struct order *order, pid_t pid, int output,
                     struct buf *ret, struct err *err)
{
    struct deadline deadline = deadline_in(order->timeout_ms);
    auto_close int end = (int)syscall(SYS_pidfd_open, pid, 0);
    siginfo_t how = {.si_code = 0};
    int r = io_read_all(output, order->file, deadline, ret, err);

    if (r >= 0 && (end < 0 || await(end, deadline) < 0))
        r = err_set(err, ETIMEDOUT, "%s does not end", order->file);
    if (r < 0)
        kill_all(pid);
    if (waitid(P_PID, (id_t)pid, &how, WEXITED) < 0)
        return err_sys(err, "wait for %s", order->file);
    if (r < 0)
        return r;
    if (how.si_code != CLD_EXITED)
        return err_set(err, EIO, "%s was ended by signal %d", order->file,
                       how.si_status);
    if (how.si_status == 127 && ret->size == 0)
        return err_set(err, ENOEXEC, "%s could not be executed", order->file);
    return how.si_status != 0;
}

static int run_plugin(const struct order *order, const char *command,
                      struct buf *ret, struct err *err)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_sys(err, "make a pipe");
    auto_close int output = ends[0];
    int input = ends[1];
    pid_t pid = fork();
    if (pid == 0)
        become(order, command, input);
    close(input);
    if (pid < 0)
        return err_sys(err, "start %s", order->file);
    return listen_to(order, pid, output, ret, err);
}

/* The other process. */

static void answer(int fd, const struct order *order, const char *command)
{
    auto_buf struct buf words = BUF_INIT(DELEGATE_ANSWER_SIZE);
    auto_buf struct buf packet = BUF_INIT(1 + DELEGATE_ANSWER_SIZE);
    struct err err = {0};
    int r = run_plugin(order, command, &words, &err);
    char outcome = (char)(r < 0 ? NOT_RUN : r ? PLUGIN_FAILED : PLUGIN_DONE);

    buf_add(&packet, &outcome, 1);
    if (r < 0) {
        buf_add(&packet, &err.code, sizeof(err.code));
        buf_add(&packet, err.text, strlen(err.text));
    } else {
        buf_add(&packet, buf_text(&words), words.size);
    }
    (void)!send(fd, buf_text(&packet), packet.size, MSG_NOSIGNAL);
}

static _Noreturn void serve(int fd, const struct order *order)
{
    unsigned char command;

    second_leave_standard();
    while (recv(fd, &command, 1, 0) == 1)
        answer(fd, order, cni_command_name((enum cni_command)command));
    _exit(0);
}

/* This process. */

static bool is_file_name(const char *type)
{
    return *type && *type != '.' && !strchr(type, '/') &&
           strlen(type) <= NAME_MAX;
}

int delegate_find(const char *path, const char *type, char ret[PATH_MAX],
                  struct err *err)
{
    if (!is_file_name(type))
        return err_set(err, EINVAL,
                       "key ipam: type '%.80s' is not the name of a file",
                       type);
    for (const char *at = path; *at;) {
        size_t len = strcspn(at, ":");
        int size = snprintf(ret, PATH_MAX, "%.*s/%s", (int)len, at, type);
        if (*at == '/' && size < PATH_MAX && access(ret, X_OK) == 0)
            return 0;
        at += len + (at[len] != '\0');
    }
    return err_set(err, ENOENT,
                   "key ipam: there is no plugin '%.80s' in CNI_PATH (%.200s)",
                   type, path);
}

static int keep_input(const char *bytes, size_t size, struct err *err)
{
    auto_close int fd = memfd_create("input", MFD_CLOEXEC);

    if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
        return err_sys(err, "keep standard input");
    return TAKE_FD(fd);
}

int delegate_open(struct delegate *ret, const char *file,
                  const struct cni_environment *environment, const char *bytes,
                  size_t size, struct err *err)
{
    struct order order = {.file = file,
                          .environment = environment,
                          .timeout_ms = ret->timeout_ms};
    int fd;

    auto_close int input = keep_input(bytes, size, err);
    if (input < 0)
        return input;
    order.input = input;
    int r = second_start(&fd, err);
    if (r < 0)
        return r;
    if (r > 0)
        serve(fd, &order);
    ret->fd = fd;
    return 0;
}

void delegate_close(struct delegate *delegate)
{
    if (delegate->fd >= 0)
        close(delegate->fd);
    *delegate = DELEGATE_NONE;
}

/* After the outcome: its number, then its sentence. */
static int read_reason(const char *packet, size_t size, struct err *err)
{
    int code = EIO;

    if (size <= sizeof(code))
        return err_set(err, EIO, "the IPAM plugin did not run");
    memcpy(&code, packet, sizeof(code));
    return err_set(err, code > 0 ? code : EIO, "%s", packet + sizeof(code));
}

int delegate_run(const struct delegate *delegate, enum cni_command command,
                 struct buf *ret, struct err *err)
{
    static char packet[1 + DELEGATE_ANSWER_SIZE + 1];
    unsigned char byte = (unsigned char)command;
    struct deadline deadline = deadline_in(delegate->timeout_ms + KILL_MS);

    if (send(delegate->fd, &byte, 1, MSG_NOSIGNAL) != 1)
        return err_sys(err, "ask the process that runs the IPAM plugin");
    if (await(delegate->fd, deadline) < 0)
        return err_set(err, ETIMEDOUT,
                       "the process that runs the IPAM plugin does not answer");
    ssize_t size = recv(delegate->fd, packet, sizeof(packet) - 1, 0);
    if (size < 1)
        return err_set(err, EIO,
                       "the process that runs the IPAM plugin was ended");
    packet[size] = '\0';
    if (packet[0] == NOT_RUN)
        return read_reason(packet + 1, (size_t)size - 1, err);
    buf_add(ret, packet + 1, (size_t)size - 1);
    return packet[0] == PLUGIN_FAILED;
}
