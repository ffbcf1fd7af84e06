/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * ppoll(2) lets the signals in for as long as it waits. Source: signal(7),
 * ppoll(2) in poll(2).
 */
#include "ovsint/base/stop.h"

#include <signal.h>
#include <stddef.h>
#include <time.h>

#include "ovsint/base/cleanup.h"
#include "ovsint/base/deadline.h"

/* timeout(1) signals a program and then its group; of a terminal that goes the
 * kernel tells it and so does the shell. All that is one request. */
#define ONE_REQUEST_MS 1000

static const int numbers[] = {SIGHUP, SIGINT, SIGTERM};

static struct sigaction before[ARRAY_LEN(numbers)];
static sigset_t held, mask_before;
static volatile sig_atomic_t noted, again;
static int64_t noted_ms;
static bool active, holds, cuts;

static void restore(void)
{
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        if (sigismember(&held, numbers[i]) == 1)
            (void)sigaction(numbers[i], &before[i], NULL);
    }
}

static void note(int number)
{
    if (noted)
        again = number;
    else
        noted = number;
}

void stop_begin(void)
{
    struct sigaction action = {.sa_handler = note};

    sigemptyset(&held);
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        (void)sigaction(numbers[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN)
            sigaddset(&held, numbers[i]);
    }
    action.sa_mask = held;
    noted = 0;
    noted_ms = 0;
    active = holds = cuts = true;
    (void)sigprocmask(SIG_BLOCK, &held, &mask_before);
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        if (sigismember(&held, numbers[i]) == 1)
            (void)sigaction(numbers[i], &action, NULL);
    }
}

/* One that is held back reaches note() here, and later ones the program. */
static void let_in(void)
{
    if (holds) {
        (void)sigprocmask(SIG_SETMASK, &mask_before, NULL);
        restore();
    }
    holds = false;
}

static void look_back(void)
{
    int64_t now = deadline_now_ms();

    if (!noted)
        return;
    if (!noted_ms)
        noted_ms = now;
    if (now - noted_ms < ONE_REQUEST_MS)
        return;
    let_in();
    if (again)
        (void)raise(again);
}

void stop_end(void)
{
    if (!active)
        return;
    let_in();
    active = false;
}

int stop_poll(struct pollfd *fds, unsigned count, int ms)
{
    const struct timespec time = {.tv_sec = ms / 1000,
                                  .tv_nsec = ms % 1000 * 1000000L};

    if (!holds)
        return poll(fds, count, ms);
    again = 0;
    int ready = ppoll(fds, count, ms < 0 ? NULL : &time, &mask_before);
    look_back(); /* which may change errno only if the program ends */
    return ready;
}

int stop_asked(void)
{
    /* What waits to be let in is let in by a wait for nothing. */
    if (holds && !noted)
        (void)stop_poll(NULL, 0, 0);
    return noted;
}

const char *stop_name(int number)
{
    return number == SIGHUP   ? "SIGHUP"
           : number == SIGINT ? "SIGINT"
                              : "SIGTERM";
}

void stop_cuts_waits(bool value)
{
    cuts = value;
}

bool stop_is_due(void)
{
    return active && cuts && stop_asked() != 0;
}
