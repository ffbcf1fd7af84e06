/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The socket is bound under a temporary name, and renamed when it listens.
 * Docker looks for the file, and waits 15 s for a socket that nobody serves. So
 * the file must not be there before the service is, and a stale one must be
 * replaced by ours in one step.
 */
#include "plugin/daemon/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "ovsint/base/io.h"
#include "ovsint/base/parse.h"

#define BACKLOG 512
#define FIRST_INHERITED_FD 3 /* SD_LISTEN_FDS_START */
/* ".", the pid, and a suffix: Docker does not take it for a plugin's socket. */
#define TEMPORARY_FORMAT "%s.%d.new"

static int check_inherited(int fd, struct err *err)
{
    int listens = 0;
    int domain = 0;
    socklen_t size = sizeof(int);

    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) < 0 ||
        getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) < 0)
        return err_sys(err, "LISTEN_FDS: look at descriptor %d", fd);
    if (!listens || domain != AF_UNIX)
        return err_set(err, EINVAL,
                       "LISTEN_FDS: descriptor %d is no listening Unix "
                       "socket: use ListenStream=/path in the socket unit",
                       fd);
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
        return err_sys(err, "LISTEN_FDS: set up descriptor %d", fd);
    return 0;
}

/* 1 with the descriptor; 0 if none was passed to this process. */
static int inherit(struct listening *ret, struct err *err)
{
    const char *pid_text = getenv("LISTEN_PID");
    const char *count_text = getenv("LISTEN_FDS");
    uint64_t pid;
    uint64_t count;

    if (!pid_text || !count_text)
        return 0;
    if (parse_number(pid_text, 1, INT32_MAX, &pid) < 0 ||
        parse_number(count_text, 0, INT32_MAX, &count) < 0)
        return err_set(err, EINVAL, "LISTEN_PID and LISTEN_FDS are no numbers");
    if ((pid_t)pid != getpid() || count == 0)
        return 0;
    if (count > 1)
        return err_set(err, EINVAL,
                       "LISTEN_FDS: %s sockets are given, one is served",
                       count_text);
    int r = check_inherited(FIRST_INHERITED_FD, err);
    if (r < 0)
        return r;
    *ret = (struct listening){.fd = FIRST_INHERITED_FD};
    return 1;
}

static int make_directories(const char *path, struct err *err)
{
    auto_free char *part = mem_text(path, strlen(path));

    for (char *slash = strchr(part + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(part, 0755) < 0 && errno != EEXIST)
            return err_sys(err, "make directory %s", part);
        *slash = '/';
    }
    return 0;
}

/* Is there anything that the new socket must not replace? */
static int refuse_served(const char *path, struct err *err)
{
    struct err ignored = {0};
    struct stat st;

    if (lstat(path, &st) < 0) {
        if (errno == ENOENT)
            return 0;
        return err_sys(err, "look at %s", path);
    }
    if (!S_ISSOCK(st.st_mode))
        return err_set(err, EEXIST,
                       "%s is there and is no socket: remove it, or say "
                       "another path",
                       path);
    auto_close int fd = io_connect_unix(path, deadline_in(0), &ignored);
    if (fd >= 0 || ignored.code == ETIMEDOUT)
        return err_set(err, EADDRINUSE,
                       "somebody serves %s already: is another ovsint-plugin "
                       "running?",
                       path);
    return 0;
}

static int bind_at(const char *path, struct err *err)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof(at.sun_path))
        return err_code(err, ENAMETOOLONG, "listen at %s", path);
    memcpy(at.sun_path, path, strlen(path) + 1);
    auto_close int fd =
        socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_sys(err, "open a Unix socket");
    if (unlink(path) < 0 && errno != ENOENT)
        return err_sys(err, "remove %s", path);
    /* bind(2) creates the file: its mode must be right at once. */
    mode_t before = umask(0177);
    int r = bind(fd, (struct sockaddr *)&at, sizeof(at));
    umask(before);
    if (r < 0)
        return err_sys(err, "bind to %s", path);
    if (listen(fd, BACKLOG) < 0)
        return err_sys(err, "listen at %s", path);
    return TAKE_FD(fd);
}

static int make(const char *path, struct listening *ret, struct err *err)
{
    struct listening made = {.fd = -1};
    char temporary[sizeof(made.path)];
    struct stat st;

    int len = snprintf(temporary, sizeof(temporary), TEMPORARY_FORMAT, path,
                       (int)getpid());
    if (path[0] != '/' || len < 0 || (size_t)len >= sizeof(temporary))
        return err_set(err, EINVAL,
                       "'%s' is no absolute path of at most %zu characters",
                       path, sizeof(temporary) - sizeof(".1234567.new"));
    int r = make_directories(path, err);
    if (r >= 0)
        r = refuse_served(path, err);
    if (r < 0)
        return r;
    auto_close int fd = bind_at(temporary, err);
    if (fd < 0)
        return fd;
    if (stat(temporary, &st) < 0 || rename(temporary, path) < 0) {
        r = err_sys(err, "put the socket in place at %s", path);
        unlink(temporary);
        return r;
    }
    snprintf(made.path, sizeof(made.path), "%s", path);
    made.dev = st.st_dev;
    made.ino = st.st_ino;
    made.fd = TAKE_FD(fd);
    *ret = made;
    return 0;
}

int listen_open(const char *path, struct listening *ret, struct err *err)
{
    int r = inherit(ret, err);

    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    if (r != 0)
        return r < 0 ? r : 0;
    return make(path, ret, err);
}

/* Fills a socket address. */
static socklen_t address_of(const struct ip *ip, uint16_t port,
                            struct sockaddr_storage *ret)
{
    *ret = (struct sockaddr_storage){0};
    if (ip->family == AF_INET) {
        struct sockaddr_in *in = (struct sockaddr_in *)ret;
        in->sin_family = AF_INET;
        in->sin_port = htons(port);
        memcpy(&in->sin_addr, ip->bytes, sizeof(in->sin_addr));
        return sizeof(*in);
    }
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(port);
    memcpy(&in6->sin6_addr, ip->bytes, sizeof(in6->sin6_addr));
    return sizeof(*in6);
}

static int listen_tcp(const char *address, struct listening *ret,
                      struct err *err)
{
    struct sockaddr_storage at;
    struct ip ip;
    uint16_t port;
    int on = 1;

    if (parse_ip_port(address, &ip, &port) < 0)
        return err_set(err, EINVAL, "'%s' is no address with a port", address);
    socklen_t size = address_of(&ip, port, &at);
    auto_close int fd =
        socket(ip.family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_sys(err, "open a TCP socket");
    /* connections of an earlier daemon may still end */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
        bind(fd, (struct sockaddr *)&at, size) < 0)
        return err_sys(err, "bind to %s", address);
    if (listen(fd, BACKLOG) < 0)
        return err_sys(err, "listen at %s", address);
    *ret = (struct listening){.fd = TAKE_FD(fd)};
    return 0;
}

int listen_metrics(const char *address, struct listening *ret, struct err *err)
{
    int r = address[0] == '/' ? make(address, ret, err)
                              : listen_tcp(address, ret, err);

    return r < 0 ? err_wrap(err, "metrics") : 0;
}

void listen_remove(struct listening *listening)
{
    struct stat st;

    if (!listening->path[0])
        return;
    if (lstat(listening->path, &st) == 0 && st.st_dev == listening->dev &&
        st.st_ino == listening->ino)
        unlink(listening->path);
    listening->path[0] = '\0';
}
