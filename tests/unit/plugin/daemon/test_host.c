/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Who hears what of the host, and in which order. The test plays the database,
 * and the kernel that tells of devices.
 */
#include "plugin/daemon/host.h"

#include <errno.h>
#include <sys/eventfd.h>

#include "ovsint/base/cleanup.h"
#include "ovsint/base/limits.h"
#include "tests/lib/test.h"

static const struct ovsdb_events *database;
static void *database_data;
static int kernel = -1; /* readable when it has something to tell */
static struct link_event heard;
static bool heard_all = true;
static char story[512];

static void say(const char *who, const char *what)
{
    size_t len = strlen(story);
    int n = snprintf(story + len, sizeof(story) - len, "%s:%s ", who, what);

    CHECK(n > 0 && (size_t)n < sizeof(story) - len);
}

static void check_story(const char *wanted)
{
    CHECK_STR(story, wanted);
    story[0] = '\0';
}

/* The database. */

struct ovsdb *ovsdb_open(uv_loop_t *loop, const char *remote, const char *lock,
                         const struct ovsdb_events *events, void *data)
{
    (void)loop;
    say(remote, lock);
    database = events;
    database_data = data;
    return NULL;
}

void ovsdb_close(struct ovsdb *ovsdb)
{
    (void)ovsdb;
    database->closed(database_data);
}

/* The kernel. */

int link_watch_open(struct link_watch **ret, struct err *err)
{
    (void)err;
    *ret = (struct link_watch *)(void *)&kernel;
    kernel = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return 0;
}

int link_watch_fd(const struct link_watch *events)
{
    (void)events;
    return kernel;
}

int link_watch_read(struct link_watch *events, link_watch_visit *visit,
                    void *data, struct err *err)
{
    uint64_t count;

    (void)events;
    CHECK(read(kernel, &count, sizeof(count)) == sizeof(count));
    visit(data, &heard);
    return heard_all ? 0 : err_set(err, ENOBUFS, "some were lost");
}

void link_watch_close(struct link_watch *events)
{
    (void)events;
    close(kernel);
}

/* Two rooms. */

static void on_rows(void *data, const struct json *updates, bool anew)
{
    (void)updates;
    say(data, anew ? "anew" : "rows");
}

static void on_down(void *data, const struct err *why)
{
    say(data, why->text);
}

static void on_away(void *data, const struct err *why)
{
    (void)why;
    say(data, "away");
}

static void on_lock(void *data, bool ours)
{
    say(data, ours ? "lock" : "no-lock");
}

static void on_device(void *data, const struct link_event *event)
{
    say(data, event->link.name);
}

static void on_inside(void *data, const struct link_event *event)
{
    say(data, event->type == NAMESPACE_GONE ? "namespace" : "inside");
}

static void on_heard(void *data, bool complete)
{
    say(data, complete ? "." : "lost");
}

static bool may_come;

static bool on_endpoint_left(void *data, const char *endpoint)
{
    say(data, endpoint);
    return may_come;
}

static const struct host_events all = {.on_rows = on_rows,
                                       .on_down = on_down,
                                       .on_away = on_away,
                                       .on_lock = on_lock,
                                       .on_device = on_device,
                                       .on_inside = on_inside,
                                       .on_heard = on_heard,
                                       .on_endpoint_left = on_endpoint_left};
static const struct host_events few = {.on_rows = on_rows};

static uv_loop_t loop;
static struct host *host;
static char names[][2] = {"1", "2"};
static struct host_subscriber first = {.events = &all, .data = names[0]};
static struct host_subscriber second = {.events = &few, .data = names[1]};

static void begin(void)
{
    static const struct settings settings = {.timeout_ms = 60000};
    struct err err = {0};

    CHECK(uv_loop_init(&loop) == 0);
    CHECK_OK(host_open(&loop, &settings, "remote", "lock", &host, &err), err);
    check_story("remote:lock ");
    CHECK_EQ(host->call_timeout_ms, CALL_TIMEOUT_MAX_MS);
    host_subscribe(host, &first);
    host_subscribe(host, &second);
}

static void end(void)
{
    host_unsubscribe(&first);
    host_unsubscribe(&second);
    host_close(host);
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop) == 0);
    check_story("");
}

static void tell(enum link_event_type type, int nsid, const char *name)
{
    static const uint64_t one = 1;

    heard = (struct link_event){.type = type, .nsid = nsid};
    snprintf(heard.link.name, sizeof(heard.link.name), "%s", name);
    CHECK(write(kernel, &one, sizeof(one)) == sizeof(one));
    uv_run(&loop, UV_RUN_ONCE);
}

TEST(rows_are_told_in_the_order_of_subscriptions)
{
    struct err away = {0};

    begin();
    database->synced(database_data, NULL);
    check_story("1:anew 2:anew ");
    database->updated(database_data, NULL);
    check_story("1:rows 2:rows ");
    database->locked(database_data, true);
    check_story("1:lock ");
    host_unsubscribe(&first);
    database->updated(database_data, NULL);
    check_story("2:rows ");
    database->down(database_data, &away);
    end();
}

TEST(an_outage_is_told_at_once_and_its_length_later)
{
    struct err err = {0};

    begin();
    database->synced(database_data, NULL);
    story[0] = '\0';
    err_set(&err, ECONNRESET, "reset");
    database->down(database_data, &err);
    check_story("1:reset ");
    CHECK_STR(host->down.text, "reset");
    CHECK(uv_is_active((uv_handle_t *)&host->grace));
    CHECK_EQ(uv_timer_get_due_in(&host->grace), OUTAGE_GRACE_MS);
    /* It could not be made again, before that time is over and after it. */
    database->down(database_data, &err);
    check_story("1:reset ");
    uv_timer_stop(&host->grace);
    database->down(database_data, &err);
    check_story("1:reset 1:away ");
    database->synced(database_data, NULL);
    check_story("1:anew 2:anew ");
    CHECK_EQ(host->down.code, 0);
    end();
}

TEST(devices_of_the_host_are_told_apart_from_those_inside)
{
    begin();
    tell(LINK_CHANGED, NSID_NONE, "eth0");
    check_story("1:eth0 1:. ");
    tell(LINK_GONE, 3, "eth0");
    check_story("1:inside 1:. ");
    tell(NAMESPACE_GONE, 3, "");
    check_story("1:namespace 1:. ");
    heard_all = false;
    tell(LINK_CHANGED, NSID_NONE, "eth1");
    check_story("1:eth1 1:lost ");
    end();
}

TEST(whoever_may_still_write_rows_of_an_endpoint_says_so)
{
    begin();
    CHECK(!host_endpoint_left(host, "e1"));
    may_come = true;
    CHECK(host_endpoint_left(host, "e2"));
    check_story("1:e1 1:e2 ");
    end();
}

TEST_MAIN
