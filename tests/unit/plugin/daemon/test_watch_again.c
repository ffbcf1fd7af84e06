/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A descriptor with an error that passes, in a real loop: a datagram to a port
 * that nobody has comes back as one, as lost messages do with netlink. */
#include "plugin/daemon/watch.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/test.h"

static unsigned errors, reads;

static void on_ready(uv_poll_t *poll, int status, int events)
{
    uv_os_fd_t fd;
    char byte;

    (void)events;
    watch_again(poll, status, on_ready);
    errors += status < 0;
    if (status < 0)
        return;
    CHECK_EQ(uv_fileno((uv_handle_t *)poll, &fd), 0);
    while (recv(fd, &byte, 1, MSG_DONTWAIT) == 1)
        reads++;
}

static int udp_socket(struct sockaddr_in *ret)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t size = sizeof(*ret);

    *ret = (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_addr = {htonl(INADDR_LOOPBACK)}};
    CHECK_EQ(bind(fd, (struct sockaddr *)ret, sizeof(*ret)), 0);
    CHECK_EQ(getsockname(fd, (struct sockaddr *)ret, &size), 0);
    return fd;
}

static void turn(uv_loop_t *loop)
{
    for (unsigned i = 0; i < 10; i++)
        (void)uv_run(loop, UV_RUN_NOWAIT);
}

TEST(a_socket_whose_error_passes_is_watched_again)
{
    struct sockaddr_in own, nobody;
    struct err err = {0};
    uv_loop_t loop;
    uv_poll_t poll;
    auto_close int fd = udp_socket(&own);
    int gone = udp_socket(&nobody);

    close(gone);
    CHECK_EQ(uv_loop_init(&loop), 0);
    CHECK_OK(watch_readable(&loop, &poll, fd, on_ready, NULL, "a test", &err),
             err);
    CHECK_EQ(connect(fd, (struct sockaddr *)&nobody, sizeof(nobody)), 0);
    for (unsigned round = 1; round <= 2; round++) {
        CHECK_EQ(send(fd, "x", 1, 0), 1);
        turn(&loop);
        CHECK_EQ(errors, round);
    }
    auto_close int other = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK_EQ(bind(other, (struct sockaddr *)&nobody, sizeof(nobody)), 0);
    CHECK_EQ(sendto(other, "y", 1, 0, (struct sockaddr *)&own, sizeof(own)), 1);
    turn(&loop);
    CHECK_EQ(reads, 1);
    CHECK_EQ(errors, 2);
    uv_close((uv_handle_t *)&poll, NULL);
    turn(&loop);
    CHECK_EQ(uv_loop_close(&loop), 0);
}

TEST_MAIN
