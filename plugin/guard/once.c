/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's guardian without the daemon. Whether it has come to rest is
 * looked at from time to time, as nobody needs it sooner.
 */
#include "plugin/guard/once.h"

#include <errno.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "plugin/daemon/confine.h"
#include "plugin/docker/driver.h"

#define LOOK_EVERY_MS 20

struct once {
    struct driver *driver;
    uv_timer_t timer;
    uint64_t deadline_ms;
    int r;
    struct err *err;
};

static void end(struct once *once, int r)
{
    once->r = r;
    uv_close((uv_handle_t *)&once->timer, NULL);
    driver_close(once->driver);
}

static int explain(const struct once *once)
{
    const struct driver *driver = once->driver;

    if (driver->down.code)
        return err_set(once->err, ETIMEDOUT, "%s", driver->down.text);
    return err_set(once->err, ETIMEDOUT,
                   "ports are not at rest within the deadline: does "
                   "ovs-vswitchd run, and what does its log say?");
}

static void on_timer(uv_timer_t *timer)
{
    struct once *once = timer->data;
    size_t failed = 0;

    switch (guardian_rest(once->driver->guardian, &failed)) {
    case GUARDIAN_AT_REST:
        end(once, failed == 0
                      ? 0
                      : err_set(once->err, EIO, "%zu ports could not be helped",
                                failed));
        return;
    case GUARDIAN_PASSIVE:
        log_event(LOG_LEVEL_INFO,
                  "another guardian is at work: nothing is left to do", NULL);
        end(once, 0);
        return;
    case GUARDIAN_AT_WORK:
        break;
    }
    /* A database that is away the driver has waited for. */
    if (once->driver->down.code || uv_now(timer->loop) >= once->deadline_ms)
        end(once, explain(once));
}

static int begin(struct once *once, uv_loop_t *loop)
{
    int r = plugin_confine(once->err);
    if (r < 0) {
        driver_close(once->driver);
        return r;
    }
    uv_timer_init(loop, &once->timer);
    once->timer.data = once;
    uv_timer_start(&once->timer, on_timer, LOOK_EVERY_MS, LOOK_EVERY_MS);
    guardian_sync_switch(once->driver->guardian);
    return 0;
}

int once_run(uv_loop_t *loop, const struct settings *settings,
             const char *remote, unsigned timeout_ms, struct err *err)
{
    struct once once = {.err = err, .deadline_ms = uv_now(loop) + timeout_ms};

    once.r = driver_open(loop, settings, remote, &once.driver, err);
    if (once.r >= 0)
        once.r = begin(&once, loop);
    uv_run(loop, UV_RUN_DEFAULT); /* after a failure it closes what was open */
    return once.r;
}
