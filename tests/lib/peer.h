/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A peer on a Unix socket that misbehaves as told: a function that runs in a
 * process of its own for each connection, one after another. It is for faults
 * only: good behaviour is tested with a real server.
 */
#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "ovsint/base/buf.h"
#include "tests/lib/test.h"

struct peer {
    char directory[64];
    char socket[96];
    pid_t pid;
};

/* Binds the socket without accepting anybody; returns its descriptor. */
static inline int peer_bind(struct peer *peer)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};

    *peer = (struct peer){.directory = "/tmp/ovsint-peer-XXXXXX"};
    CHECK(mkdtemp(peer->directory));
    snprintf(peer->socket, sizeof(peer->socket), "%s/db.sock", peer->directory);
    memcpy(at.sun_path, peer->socket, strlen(peer->socket) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0);
    CHECK_EQ(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    return fd;
}

static inline void peer_start(struct peer *peer, void (*talk)(int fd))
{
    int fd = peer_bind(peer);
    pid_t parent = getpid();

    CHECK_EQ(listen(fd, 5), 0);
    fflush(stdout);
    peer->pid = fork();
    if (peer->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGPIPE, SIG_IGN);
        while (getppid() == parent) {
            int connection = accept(fd, NULL, NULL);
            talk(connection);
            close(connection);
        }
        _exit(0);
    }
    CHECK(peer->pid > 0);
    close(fd);
}

static inline void peer_stop(struct peer *peer)
{
    if (peer->pid > 0) {
        kill(peer->pid, SIGKILL);
        waitpid(peer->pid, NULL, 0);
    }
    unlink(peer->socket);
    CHECK_EQ(rmdir(peer->directory), 0);
}

/* The pieces of `talk` functions. */

static inline void peer_say(int fd, const char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        ssize_t put = write(fd, text, left);
        if (put < 0)
            return;
        text += put;
        left -= (size_t)put;
    }
}

/* Reads until `text` has come; false if the client has gone. */
static inline bool peer_hear(int fd, const char *text)
{
    auto_buf struct buf heard = BUF_INIT(1u << 26);

    while (!strstr(buf_text(&heard), text)) {
        char *room = buf_reserve(&heard, 4096);
        ssize_t got = room ? read(fd, room, 4096) : -1;
        if (got <= 0)
            return false;
        buf_grew(&heard, (size_t)got);
    }
    return true;
}
