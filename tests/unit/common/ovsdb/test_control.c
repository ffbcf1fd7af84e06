/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The control socket: a real daemon's, and peers that misbehave. */
#include <errno.h>
#include <sys/stat.h>

#include "ovsint/ovsdb/control.h"
#include "tests/lib/ovsdb_server.h"
#include "tests/lib/peer.h"

#define SIZE 65536

static bool peer_has_closed(int fd)
{
    struct pollfd wait = {.fd = fd};

    return poll(&wait, 1, OVSDB_START_MS) == 1 && (wait.revents & POLLHUP);
}

static int ask_when(bool has_closed, const char *socket, const char *method,
                    const char *word, int ms, struct buf *ret, struct err *err)
{
    struct deadline deadline = deadline_in(OVSDB_START_MS);
    int connected;

    /* The daemon makes this socket after that of the database. */
    while ((connected = io_connect_unix(socket, deadline, err)) < 0) {
        if (deadline_passed(deadline))
            TEST_FAIL("%s", err->text);
        poll(NULL, 0, 2);
    }
    auto_close int fd = connected;
    if (has_closed)
        CHECK(peer_has_closed(fd));
    return control_call(fd, method, &word, word ? 1 : 0, deadline_in(ms), ret,
                        err);
}

static int ask(const char *socket, const char *method, const char *word, int ms,
               struct buf *ret, struct err *err)
{
    return ask_when(false, socket, method, word, ms, ret, err);
}

TEST(a_daemon_answers)
{
    struct ovsdb_server server;
    auto_buf struct buf text = BUF_INIT(SIZE);
    char path[128];
    struct err err = {0};

    ovsdb_server_start(&server);
    snprintf(path, sizeof(path), "%s/ctl", server.directory);
    CHECK_OK(ask(path, "version", NULL, 5000, &text, &err), err);
    CHECK_HAS(buf_text(&text), "ovsdb-server (Open vSwitch)");
    /* Its own words. */
    CHECK_ERR(ask(path, "nosuch", NULL, 5000, &text, &err), EINVAL, err,
              "ask ovs-vswitchd for nosuch: \"nosuch\" is not a valid command");
    /* A question with a word, and an answer that is too long. */
    struct err long_err = {0};
    auto_buf struct buf small = BUF_INIT(10);
    CHECK_ERR(ask(path, "list-commands", NULL, 5000, &small, &long_err), EFBIG,
              long_err, "too large");
    ovsdb_server_stop(&server);
}

static void say_nothing(int fd)
{
    char byte;

    while (read(fd, &byte, 1) > 0)
        ;
}

static void close_at_once(int fd)
{
    (void)fd;
}

static void say_garbage(int fd)
{
    CHECK_EQ(write(fd, "%%%", 3), 3);
}

static void answer_a_number(int fd)
{
    static const char text[] = "{\"id\":1,\"result\":7,\"error\":null}";

    CHECK_EQ(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
    say_nothing(fd);
}

TEST(peers_that_misbehave)
{
    static const struct {
        void (*talk)(int fd);
        int code;
        bool has_closed; /* before it is asked */
    } table[] = {
        {say_nothing, ETIMEDOUT, false},   {close_at_once, ECONNRESET, false},
        {close_at_once, ECONNRESET, true}, {say_garbage, EINVAL, false},
        {say_garbage, EINVAL, true},       {answer_a_number, EPROTO, false}};

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_buf struct buf text = BUF_INIT(SIZE);
        struct peer peer;
        struct err err = {0};
        peer_start(&peer, table[i].talk);
        CHECK_EQ(ask_when(table[i].has_closed, peer.socket, "version", NULL,
                          200, &text, &err),
                 -table[i].code);
        CHECK_HAS(err.text, "ask ovs-vswitchd for version: ");
        CHECK_EQ(text.size, 0);
        peer_stop(&peer);
    }
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    CHECK(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

TEST(where_the_socket_is)
{
    char directory[] = "/tmp/ovsint-control-XXXXXX", remote[128], path[128];
    struct err err = {0};

    CHECK(mkdtemp(directory));
    snprintf(remote, sizeof(remote), "unix:%s/db.sock", directory);
    snprintf(path, sizeof(path), "%s/ovs-vswitchd.pid", directory);
    CHECK_EQ(control_connect(remote, deadline_in(100), &err), -ENOENT);
    CHECK_HAS(err.text, "ovs-vswitchd.pid");
    write_file(path, "nonsense\n");
    CHECK_EQ(control_connect(remote, deadline_in(100), &err), -EINVAL);
    write_file(path, "12\n");
    CHECK_EQ(control_connect(remote, deadline_in(100), &err), -ENOENT);
    CHECK_HAS(err.text, "ovs-vswitchd.12.ctl");
    CHECK_EQ(control_connect("tcp:1.2.3.4:5", deadline_in(100), &err), -EINVAL);
    CHECK_EQ(unlink(path), 0);
    CHECK_EQ(rmdir(directory), 0);
}

TEST_MAIN
