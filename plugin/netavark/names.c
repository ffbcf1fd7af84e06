/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A network's file is written whole, beside it, and renamed, under a lock. Then
 * the server reads all files anew, or is started: it goes into the background
 * when it listens. With systemd it gets a unit of its own, as netavark gives it
 * one: else it would end with the unit of the container that came first.
 *
 * The guardian removes the port of a container that was never torn down, and
 * its address may be another's soon. So whoever writes the file looks which
 * ports there are, under the lock: a line is written after its row. Without the
 * database the lines stay until the next time.
 *
 * What can go wrong: there is no such program, it cannot listen (another server
 * has port 53 of that address), the directory cannot be written to. Then setup
 * fails with its words.
 */
#include "plugin/netavark/names.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ovsint/attach/run.h"
#include "ovsint/base/cleanup.h"
#include "ovsint/base/io.h"
#include "ovsint/base/second.h"
#include "ovsint/rows/external_ids.h"
#include "plugin/netavark/names_text.h"

#define RUN_DIR "/run/ovsint"
#define NAMES_DIR RUN_DIR "/names"
#define LOCK_PATH RUN_DIR "/names.lock"
#define PID_PATH NAMES_DIR "/aardvark.pid"
#define NAMES_PATH_SIZE 512
#define START_MS 5000
#define LOOK_MS 1000
#define LOCK_MS 2000
#define SYSTEMD_RUN "/usr/bin/systemd-run"

/* Where podman finds it. */
static const char *const programs[] = {"/usr/local/libexec/podman/aardvark-dns",
                                       "/usr/local/lib/podman/aardvark-dns",
                                       "/usr/libexec/podman/aardvark-dns",
                                       "/usr/lib/podman/aardvark-dns"};

static const char *program(void)
{
    for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
        if (access(programs[i], X_OK) == 0)
            return programs[i];
    }
    return NULL;
}

bool names_can_serve(const struct netavark_request *request)
{
    return request->nat.is_nat && names_text_is_file(request->name) &&
           program();
}

/* The server. */

/* 0 = it does not run. Its number may be another process's meanwhile. */
static pid_t server(void)
{
    auto_buf struct buf text = BUF_INIT(32), name = BUF_INIT(64);
    char path[64];
    struct err ignored = {0};
    uint64_t pid;

    if (io_read_file(PID_PATH, &text, &ignored) < 0 ||
        parse_number(buf_text(&text), 1, INT32_MAX, &pid) < 0)
        return 0;
    snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
    return io_read_file(path, &name, &ignored) >= 0 &&
                   strcmp(buf_text(&name), "aardvark-dns\n") == 0
               ? (pid_t)pid
               : 0;
}

static char *word(const char *text)
{
    return mem_text(text, strlen(text));
}

static _Noreturn void become(const char *file, int words)
{
    char *const environment[] = {word("PATH=/usr/sbin:/usr/bin:/sbin:/bin"),
                                 word("RUST_LOG=warn"), NULL};
    char *const arguments[] = {word(SYSTEMD_RUN), word("-q"),
                               word("--scope"),   word(file),
                               word("--config"),  word(NAMES_DIR),
                               word("-p"),        word("53"),
                               word("run"),       NULL};
    const bool has_systemd = access("/run/systemd/system", F_OK) == 0 &&
                             access(SYSTEMD_RUN, X_OK) == 0;
    char *const *from = has_systemd ? arguments : arguments + 3;

    signal(SIGPIPE, SIG_DFL);
    setsid();
    if (dup3(words, STDERR_FILENO, 0) >= 0)
        execve(from[0], from, environment);
    _exit(127);
}

/* It has ended, or its successor has said that it listens. */
static int await_start(pid_t pid, int words, struct err *err)
{
    auto_buf struct buf text = BUF_INIT(ERR_TEXT_SIZE);
    struct err ignored = {0};
    int status = 0;
    int r = io_read_all(words, "aardvark-dns", deadline_in(START_MS), &text,
                        &ignored);

    if (r == -ETIMEDOUT)
        kill(pid, SIGKILL);
    if (waitpid(pid, &status, 0) < 0)
        return err_sys(err, "wait for aardvark-dns");
    if (r != -ETIMEDOUT && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    return err_set(err, EIO,
                   "the server of names, aardvark-dns, could not be started: "
                   "%.200s",
                   r == -ETIMEDOUT ? "it does not answer" : buf_text(&text));
}

static int start(struct err *err)
{
    const char *file = program();
    int ends[2];

    if (!file)
        return err_set(err, ENOENT,
                       "there is no aardvark-dns, which answers for names: "
                       "install it, or create the network with --disable-dns");
    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_sys(err, "make a pipe");
    auto_close int words = ends[0];
    int input = ends[1];
    pid_t pid = fork();
    if (pid == 0)
        become(file, input);
    close(input);
    if (pid < 0)
        return err_sys(err, "start aardvark-dns");
    return await_start(pid, words, err);
}

static int tell(bool starts, struct err *err)
{
    pid_t pid = server();

    if (pid && kill(pid, SIGHUP) == 0)
        return 0;
    return starts ? start(err) : 0;
}

/* Files. */

/* One who holds it may have been stopped, and podman waits for us. */
static int lock(struct err *err)
{
    if ((mkdir(RUN_DIR, 0755) < 0 && errno != EEXIST) ||
        (mkdir(NAMES_DIR, 0755) < 0 && errno != EEXIST))
        return err_sys(err, "make %s", NAMES_DIR);
    auto_close int fd = open(LOCK_PATH, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_sys(err, "open %s", LOCK_PATH);
    int r = io_lock(fd, LOCK_PATH, LOCK_MS, err);
    return r < 0 ? r : TAKE_FD(fd);
}

static void path_of(const char *network, char ret[NAMES_PATH_SIZE])
{
    snprintf(ret, NAMES_PATH_SIZE, NAMES_DIR "/%.255s", network);
}

/* Pitfall: the server reads whatever lies in its directory, so what is written
 * to stands beside that. */
static int replace(const char *path, const struct buf *text, struct err *err)
{
    const char *fresh = RUN_DIR "/names.new";

    if (text->size == 0)
        return unlink(path) < 0 && errno != ENOENT
                   ? err_sys(err, "remove %s", path)
                   : 0;
    auto_close int fd =
        open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, buf_text(text), text->size) != (ssize_t)text->size)
        return err_sys(err, "write %s", fresh);
    return rename(fresh, path) < 0 ? err_sys(err, "write %s", path) : 0;
}

/* What is in the rows. */

struct plugged {
    const char *network;
    const struct vswitch_view *view;
};

static bool has_port(const void *data, const char *container)
{
    const struct plugged *plugged = data;

    for (size_t i = 0; i < plugged->view->count; i++) {
        const struct vswitch_port *port = plugged->view->ports[i];
        if (vswitch_port_id_is(port, ID_CNI_NETWORK, plugged->network) &&
            vswitch_port_id_is(port, ID_CONTAINER, container))
            return true;
    }
    return false;
}

/* What is left of the file without this container and those that have no port
 * of the network any more. */
static void others_of(const struct netavark_request *request, const char *ovsdb,
                      const char *file, struct buf *ret)
{
    static const struct vswitch_scope scope = {.owners = {NETAVARK_OWNER}};
    const struct deadline deadline = deadline_in(LOOK_MS);
    auto_buf struct buf all = BUF_INIT(LIMIT_STATE_SIZE);
    auto_vswitch_view struct vswitch_view view = {0};
    auto_client struct client *client = NULL;
    struct err ignored = {0};

    names_text_without(file, request->container, &all);
    if (all.size && client_open(ovsdb, deadline, &client, &ignored) >= 0 &&
        attach_run_look(client, &scope, deadline, &view, &ignored) >= 0) {
        const struct plugged plugged = {request->name, &view};
        names_text_keep(buf_text(&all), has_port, &plugged, ret);
    } else {
        buf_add(ret, buf_text(&all), all.size);
    }
}

/* `head` and `line` are "" to remove the container. */
static int change(const struct netavark_request *request, const char *ovsdb,
                  const char *head, const char *line, struct err *err)
{
    auto_buf struct buf old = BUF_INIT(LIMIT_STATE_SIZE);
    auto_buf struct buf text = BUF_INIT(LIMIT_STATE_SIZE);
    char path[NAMES_PATH_SIZE];

    auto_close int locked = lock(err);
    if (locked < 0)
        return locked;
    path_of(request->name, path);
    int r = io_read_file(path, &old, err);
    if (r < 0 && r != -ENOENT)
        return r;
    *err = (struct err){0};
    others_of(request, ovsdb, buf_text(&old), &text);
    if (*line && !text.size)
        buf_add_text(&text, head);
    buf_add_text(&text, line);
    r = replace(path, &text, err);
    return r < 0 ? r : tell(*line, err);
}

int names_remove(const struct netavark_request *request, const char *ovsdb,
                 struct err *err)
{
    char path[NAMES_PATH_SIZE];

    path_of(request->name, path);
    if (!names_text_is_file(request->name) || access(path, F_OK) < 0)
        return 0;
    return change(request, ovsdb, "", "", err);
}

/* The second process. What it is told: the first line and the container's; what
 * it says: why not, or nothing. */

static _Noreturn void serve(int fd, const struct netavark_request *request,
                            const char *ovsdb)
{
    char told[2 * LIMIT_HTTP_HEAD_SIZE];
    struct err err = {0};
    ssize_t size = recv(fd, told, sizeof(told) - 1, 0);

    if (size <= 0)
        _exit(0);
    told[size] = '\0';
    char *line = strchr(told, '\n');
    auto_free char *head = mem_text(told, line ? (size_t)(line - told) + 1 : 0);
    if (line && change(request, ovsdb, head, line + 1, &err) < 0)
        (void)!send(fd, err.text, strlen(err.text), MSG_NOSIGNAL);
    _exit(0);
}

int names_open(struct names *ret, const struct netavark_request *request,
               const char *ovsdb, struct err *err)
{
    int fd;
    int r = second_start(&fd, err);

    if (r < 0)
        return r;
    if (r > 0) {
        second_leave_standard();
        serve(fd, request, ovsdb);
    }
    ret->fd = fd;
    return 0;
}

void names_close(struct names *names)
{
    if (names->fd >= 0)
        close(names->fd);
    *names = NAMES_NONE;
}

int names_add(const struct names *names, const struct netavark_request *request,
              const struct attachment *spec, struct deadline deadline,
              struct err *err)
{
    auto_buf struct buf text = BUF_INIT(2 * LIMIT_HTTP_HEAD_SIZE - 1);
    char words[ERR_TEXT_SIZE];
    struct pollfd answered = {.fd = names->fd, .events = POLLIN};

    if (!names_text_head(request, spec, &text))
        return 0;
    names_text_line(request, spec, &text);
    if (text.overflow)
        return err_set(err, EMSGSIZE,
                       "the container has more names than fit 32 KiB");
    if (send(names->fd, buf_text(&text), text.size, MSG_NOSIGNAL) < 0)
        return err_sys(err, "ask the process that tells names");
    if (poll(&answered, 1, deadline_left_ms(deadline)) != 1)
        return err_set(err, ETIMEDOUT,
                       "the server of names, aardvark-dns, does not begin");
    ssize_t size = recv(names->fd, words, sizeof(words) - 1, 0);
    if (size <= 0)
        return 0; /* it has nothing to say against it */
    words[size] = '\0';
    return err_set(err, EIO, "%s", words);
}
