/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Signals that are held back. Each test is a process of its own. */
#include "ovsint/base/stop.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ovsint/base/deadline.h"
#include "tests/lib/test.h"

#define LONG_MS 60000

static void begin(void)
{
    static const int numbers[] = {SIGHUP, SIGINT, SIGTERM};

    /* Whoever runs the tests may have them ignored. */
    for (size_t i = 0; i < 3; i++)
        signal(numbers[i], SIG_DFL);
    stop_begin();
}

TEST(nobody_is_asked_without_a_begin)
{
    CHECK_EQ(stop_asked(), 0);
    CHECK(!stop_is_due());
    CHECK_EQ(stop_poll(NULL, 0, 1), 0);
}

TEST(what_came_before_a_wait_ends_it)
{
    static const int numbers[] = {SIGHUP, SIGINT, SIGTERM};
    static const char *const names[] = {"SIGHUP", "SIGINT", "SIGTERM"};

    for (size_t i = 0; i < 3; i++) {
        begin();
        CHECK_EQ(stop_asked(), 0);
        CHECK_EQ(stop_poll(NULL, 0, 1), 0);
        raise(numbers[i]);
        CHECK_EQ(stop_poll(NULL, 0, LONG_MS), -1);
        CHECK_EQ(errno, EINTR);
        CHECK_EQ(stop_asked(), numbers[i]);
        CHECK_STR(stop_name(stop_asked()), names[i]);
        CHECK(stop_is_due());
        stop_cuts_waits(false);
        CHECK(!stop_is_due());
        stop_end();
        CHECK_EQ(stop_asked(), numbers[i]);
    }
}

TEST(a_look_is_enough)
{
    begin();
    raise(SIGTERM);
    CHECK(stop_is_due());
    stop_end();
    CHECK(!stop_is_due());
}

/* A descriptor that can be read is no reason to lose the signal. */
TEST(it_comes_with_an_event)
{
    int ends[2];
    struct pollfd wait = {.events = POLLIN};

    begin();
    CHECK_EQ(pipe(ends), 0);
    wait.fd = ends[0];
    CHECK_EQ(write(ends[1], "x", 1), 1);
    raise(SIGTERM);
    (void)stop_poll(&wait, 1, LONG_MS);
    CHECK_EQ(stop_asked(), SIGTERM);
    stop_end();
    close(ends[0]);
    close(ends[1]);
}

TEST(one_that_is_too_late_has_no_effect)
{
    begin();
    raise(SIGTERM);
    stop_end();
    CHECK_EQ(stop_asked(), SIGTERM);
    CHECK(!stop_is_due());
}

static int status_of(void (*run)(void))
{
    int status;

    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        run();
        _exit(0);
    }
    CHECK(child > 0);
    CHECK_EQ(waitpid(child, &status, 0), child);
    return status;
}

static void signal_twice(void)
{
    begin();
    raise(SIGTERM);
    if (stop_asked() != SIGTERM)
        return;
    raise(SIGTERM);
    raise(SIGHUP);
    if (stop_asked() != SIGTERM)
        return;
    /* Both count as one. */
    for (int64_t until = deadline_now_ms() + 1100; deadline_now_ms() < until;)
        (void)stop_poll(NULL, 0, 50);
    raise(SIGINT);
}

static void signal_afterwards(void)
{
    begin();
    stop_end();
    raise(SIGINT);
}

TEST(two_at_once_count_as_one_and_a_later_one_ends_the_program)
{
    int status = status_of(signal_twice);

    CHECK(WIFSIGNALED(status));
    CHECK_EQ(WTERMSIG(status), SIGINT);
}

TEST(afterwards_all_is_as_before)
{
    int status = status_of(signal_afterwards);

    CHECK(WIFSIGNALED(status));
    CHECK_EQ(WTERMSIG(status), SIGINT);
}

TEST(what_was_ignored_stays_ignored)
{
    begin();
    stop_end();
    signal(SIGHUP, SIG_IGN);
    stop_begin();
    raise(SIGHUP);
    CHECK_EQ(stop_asked(), 0);
    CHECK_EQ(stop_poll(NULL, 0, 1), 0);
    raise(SIGTERM);
    CHECK_EQ(stop_asked(), SIGTERM);
    raise(SIGHUP);
    stop_end();
}

TEST_MAIN
