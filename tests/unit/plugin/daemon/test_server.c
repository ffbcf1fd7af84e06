/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* How much of what clients send is read and served in one turn of the loop,
 * over real sockets: counted, so that it tells no time. */
#include "plugin/daemon/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/lib/test.h"

#define MANY 64
#define SHORT 100 /* the body of whoever sends little */
/* How many have their turn when the time for it has come. libuv from 1.45 on
 * looks at the time after it has read, so that this may be in the same turn of
 * the loop, if that has taken long. */
#define IN_LINE_AT_ONCE 4
#define REQUESTS_AT_ONCE 8
#define TURNS_MAX 100000000
#define HEAD "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: "

/* What was served in the turn that is running, and since the beginning. */
static size_t served_now, served;
static size_t served_short; /* of these, since the beginning */

static void on_request(void *data, struct conn *conn,
                       const struct http_request *request)
{
    auto_buf struct buf body = BUF_INIT(8);

    (void)data;
    served_now++;
    served++;
    served_short += request->body_size == SHORT;
    buf_add_text(&body, "{}");
    server_reply(conn, 200, &body);
}

static void on_stopped(void *data)
{
    *(bool *)data = true;
}

struct rig {
    char directory[32];
    struct sockaddr_un address;
    uv_loop_t loop;
    struct server_config config;
    struct server *server;
    bool stopped;
};

static void rig_begin(struct rig *rig)
{
    static const struct server_events events = {on_request, on_stopped};
    struct err err = {0};

    *rig = (struct rig){.directory = "/tmp/ovsint-server-XXXXXX",
                        .address.sun_family = AF_UNIX};
    served = served_short = 0;
    CHECK(mkdtemp(rig->directory) != NULL);
    snprintf(rig->address.sun_path, sizeof(rig->address.sun_path), "%s/sock",
             rig->directory);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK_EQ(bind(fd, (struct sockaddr *)&rig->address, sizeof(rig->address)),
             0);
    rig->config = (struct server_config){.profile = &http_docker,
                                         .connections = 2 * MANY,
                                         .events = &events,
                                         .data = &rig->stopped};
    CHECK_EQ(uv_loop_init(&rig->loop), 0);
    CHECK_OK(server_open(&rig->loop, fd, &rig->config, &rig->server, &err),
             err);
}

static void turn(struct rig *rig)
{
    served_now = 0;
    uv_run(&rig->loop, UV_RUN_NOWAIT);
}

/* Turns come by the millisecond, and this one does not sleep in between.
 * Returns how many were served in the fullest one. */
static size_t turns_until(struct rig *rig, size_t count)
{
    size_t most = 0;

    for (size_t i = 0; i < TURNS_MAX && served < count; i++) {
        turn(rig);
        most = served_now > most ? served_now : most;
    }
    CHECK_EQ(served, count);
    return most;
}

static void rig_end(struct rig *rig)
{
    server_stop(rig->server);
    uv_run(&rig->loop, UV_RUN_DEFAULT);
    CHECK(rig->stopped);
    server_free(rig->server);
    CHECK_EQ(uv_loop_close(&rig->loop), 0);
    unlink(rig->address.sun_path);
    rmdir(rig->directory);
}

static int client(struct rig *rig)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    CHECK_EQ(
        connect(fd, (struct sockaddr *)&rig->address, sizeof(rig->address)), 0);
    turn(rig);
    return fd;
}

/* It fits the socket's buffer. */
static void send_requests(int fd, size_t count, size_t body_size)
{
    auto_buf struct buf text = BUF_INIT(1u << 18);

    for (size_t i = 0; i < count; i++) {
        buf_addf(&text, HEAD "%zu\r\n\r\n", body_size);
        for (size_t at = 0; at < body_size; at++)
            buf_add_text(&text, "1");
    }
    CHECK(!text.overflow);
    CHECK_EQ(write(fd, text.data, text.size), (ssize_t)text.size);
}

TEST(whoever_sends_much_waits_and_whoever_sends_little_does_not)
{
    struct rig rig;
    int many[MANY];

    rig_begin(&rig);
    for (size_t i = 0; i < ARRAY_LEN(many); i++)
        many[i] = client(&rig);
    int one = client(&rig);
    for (size_t i = 0; i < ARRAY_LEN(many); i++)
        send_requests(many[i], 1, 60000);
    turn(&rig);
    CHECK(served <= IN_LINE_AT_ONCE);
    for (size_t i = 0; i < 10; i++) {
        send_requests(one, 1, SHORT);
        turn(&rig);
        CHECK_EQ(served_short, i + 1);
        CHECK(served_now <= IN_LINE_AT_ONCE + 1);
    }
    CHECK(served < 10 + MANY);
    CHECK(turns_until(&rig, 10 + MANY) <= IN_LINE_AT_ONCE);
    for (size_t i = 0; i < ARRAY_LEN(many); i++)
        close(many[i]);
    close(one);
    rig_end(&rig);
}

TEST(many_requests_at_once_are_served_a_few_at_a_time)
{
    struct rig rig;

    rig_begin(&rig);
    int many = client(&rig);
    int one = client(&rig);
    send_requests(many, 200, 2);
    send_requests(one, 1, SHORT);
    turn(&rig);
    CHECK_EQ(served_short, 1);
    CHECK(served <= 1 + REQUESTS_AT_ONCE);
    /* Those that are there, and some of what its turn has read. */
    CHECK(turns_until(&rig, 201) <= 2 * REQUESTS_AT_ONCE);
    close(many);
    close(one);
    rig_end(&rig);
}

/* It would have been served in the next turn. */
TEST(a_stop_while_somebody_waits)
{
    struct rig rig;

    rig_begin(&rig);
    int many = client(&rig);
    send_requests(many, 20, 2000);
    turn(&rig);
    rig_end(&rig);
    close(many);
}

TEST_MAIN
