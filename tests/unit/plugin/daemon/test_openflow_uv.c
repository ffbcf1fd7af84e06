/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* How a connection to a bridge ends, over a real socket: what is told of it. */
#include "plugin/daemon/openflow_uv.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/lib/test.h"

/* OpenFlow 1.0, hello, 8 bytes, number 1 (section 5.5.1 there). */
static const char old_hello[] = {1, 0, 0, 8, 0, 0, 0, 1};

static struct err down;
static unsigned downs;

static void on_event(void *data, const struct openflow_event *event)
{
    (void)data;
    (void)event;
}

static void on_down(void *data, const struct err *why)
{
    (void)data;
    downs++;
    down = *why;
}

static const struct openflow_uv_events events = {.event = on_event,
                                                 .down = on_down};

/* A bridge that takes connections at a path of this process's own. */
static int bridge_listen(struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    snprintf(address->sun_path, sizeof(address->sun_path),
             "/tmp/ovsint-openflow-%d", (int)getpid());
    (void)unlink(address->sun_path);
    CHECK_EQ(bind(fd, (struct sockaddr *)address, sizeof(*address)), 0);
    CHECK_EQ(listen(fd, 1), 0);
    return fd;
}

/* What it says before it closes; what the daemon sends then. */
static void end_with(const char *said, size_t size, bool sends)
{
    static const struct flow_change nothing;
    struct sockaddr_un address;
    struct openflow_uv *connection = NULL;
    struct err err = {0};
    auto_close int listener = bridge_listen(&address);
    uv_loop_t loop;

    signal(SIGPIPE, SIG_IGN); /* as the daemon does */
    downs = 0;
    down = (struct err){0};
    CHECK_EQ(uv_loop_init(&loop), 0);
    CHECK_OK(openflow_uv_open(&loop, address.sun_path, &events, NULL,
                              &connection, &err),
             err);
    int bridge = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    CHECK(bridge >= 0);
    if (size)
        CHECK_EQ(write(bridge, said, size), size);
    close(bridge);
    if (sends)
        (void)openflow_uv_change(connection, &nothing);
    for (unsigned turns = 0; turns < 100 && !downs; turns++)
        (void)uv_run(&loop, UV_RUN_NOWAIT);
    CHECK_EQ(downs, 1);
    openflow_uv_close(connection);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    CHECK_EQ(uv_loop_close(&loop), 0);
    unlink(address.sun_path);
}

TEST(a_bridge_that_speaks_another_version_says_so)
{
    end_with(old_hello, sizeof(old_hello), false);
    CHECK_EQ(down.code, EPROTONOSUPPORT);
}

/* Whoever writes hears of the end before it has read why. */
TEST(a_bridge_that_says_so_and_closes_while_something_is_sent)
{
    end_with(old_hello, sizeof(old_hello), true);
    CHECK_EQ(down.code, EPROTONOSUPPORT);
}

TEST(a_bridge_that_closes_without_a_word)
{
    end_with(NULL, 0, false);
    CHECK_EQ(down.code, ECONNRESET);
    end_with(NULL, 0, true);
    CHECK(down.code == EPIPE || down.code == ECONNRESET);
}

TEST_MAIN
