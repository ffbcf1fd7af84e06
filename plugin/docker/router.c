/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The life of a call:
 *
 *   1. A request has come: its verb is found, its body read, a large one bit by
 *      bit. What is wrong with it is answered at once.
 *   2. A verb that needs the switch starts when the rows are there (GATE_RUN),
 *      waits for them (GATE_HOLD), or is done without them, which mostly means
 *      that it fails (GATE_REFUSE).
 *   3. The verb answers, now or later: call_reply(), call_done(), call_fail().
 *      Or the connection to the database goes, and it is put back to 2 by
 *      call_again().
 *   4. At its deadline a call that has not been answered expires.
 *
 * All calls have the same time. So the list in order of arrival is also the
 * list in order of deadlines, and one timer, for its head, serves them all.
 * Without calls there is no timer: an idle plugin sleeps.
 */
#include "plugin/docker/router.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "ovsint/base/limits.h"
#include "ovsint/base/log.h"
#include "ovsint/base/metrics.h"
#include "plugin/daemon/timer.h"

#define REPLY_SIZE (1u << 20)

enum gate { GATE_HOLD, GATE_RUN, GATE_REFUSE };

/* Of one verb. */
struct tally {
    struct histogram times;
    uint64_t failed;
};

struct router {
    uv_timer_t timer;
    struct body_reader reader;
    unsigned handles; /* that are not closed */
    const struct verb *verbs;
    struct docker *docker;
    unsigned timeout_ms;
    enum gate gate;
    struct err why; /* for GATE_REFUSE */
    unsigned openings;
    struct list calls;     /* in the order of their deadlines */
    struct tally *tallies; /* in the order of the verbs */
};

static void on_router_timer(uv_timer_t *timer);

static uint64_t now_ms(const struct router *router)
{
    return uv_now(router->timer.loop);
}

/* The call with the first deadline; NULL if there is none. */
static struct call *first_call(const struct router *router)
{
    struct list *link = list_first(&router->calls);

    return link ? container_of(link, struct call, link) : NULL;
}

static void set_timer(struct router *router)
{
    const struct call *first = first_call(router);

    if (!first) {
        uv_timer_stop(&router->timer);
        return;
    }
    timer_at(&router->timer, on_router_timer, first->deadline_ms);
}

static size_t count_verbs(const struct verb *verbs)
{
    size_t count = 0;

    while (verbs[count].path)
        count++;
    return count;
}

struct router *router_new(uv_loop_t *loop, const struct verb *verbs,
                          struct docker *docker, unsigned timeout_ms)
{
    struct router *router = mem_new(sizeof(*router));

    router->verbs = verbs;
    router->docker = docker;
    router->timeout_ms = timeout_ms;
    router->tallies = mem_new((count_verbs(verbs) + 1) * sizeof(struct tally));
    list_init(&router->calls);
    uv_timer_init(loop, &router->timer);
    router->timer.data = router;
    body_reader_init(&router->reader, loop);
    router->handles = 2;
    return router;
}

static void handle_closed(struct router *router)
{
    if (--router->handles > 0)
        return;
    free(router->tallies);
    free(router);
}

static void on_router_closed(uv_handle_t *handle)
{
    handle_closed(handle->data);
}

static void on_reader_closed(uv_handle_t *handle)
{
    handle_closed(container_of(handle->data, struct router, reader));
}

void router_close(struct router *router)
{
    assert(list_is_empty(&router->calls));
    uv_close((uv_handle_t *)&router->timer, on_router_closed);
    body_reader_close(&router->reader, on_reader_closed);
}

/* rows_changed() may end its own call only, so `next` stays valid. If the
 * connection's next request starts right away, its call is appended at the
 * tail. */
void router_rows_changed(struct router *router)
{
    LIST_EACH (link, &router->calls) {
        struct call *call = container_of(link, struct call, link);
        if (call->rows_changed)
            call->rows_changed(call);
    }
}

struct call *call_of(struct ovsdb_call *transaction)
{
    return container_of(transaction, struct call, transaction);
}

unsigned call_left_ms(const struct call *call)
{
    uint64_t now = now_ms(call->router);

    return call->deadline_ms > now ? (unsigned)(call->deadline_ms - now) : 0;
}

static struct call *call_new(struct router *router, struct conn *conn,
                             const struct verb *verb)
{
    struct call *call = mem_new(sizeof(*call));

    call->verb = verb;
    call->router = router;
    call->docker = router->docker;
    call->conn = conn;
    call->deadline_ms = now_ms(router) + router->timeout_ms;
    call->begun_ns = uv_hrtime();
    list_append(&router->calls, &call->link);
    if (first_call(router) == call)
        set_timer(router);
    return call;
}

/* Frees what the verb keeps between start and end. */
static void drop_state(struct call *call)
{
    ovsdb_forget(&call->transaction);
    if (call->free_state)
        call->free_state(call->state);
    call->free_state = NULL;
    call->state = NULL;
    call->expire = NULL;
    call->rows_changed = NULL;
    call->waits_for = NULL;
}

static void call_free(struct call *call)
{
    struct router *router = call->router;
    bool was_first = first_call(router) == call;

    drop_state(call);
    list_remove(&call->link);
    body_forget(&call->reading);
    json_free(call->body);
    free(call);
    if (was_first)
        set_timer(router);
}

/* The only place in which a call ends. */
static void answer(struct call *call, unsigned status, const struct buf *body)
{
    const struct router *router = call->router;
    struct tally *tally = &router->tallies[call->verb - router->verbs];
    struct conn *conn = call->conn;

    histogram_add(&tally->times, (uv_hrtime() - call->begun_ns) / NS_PER_US);
    tally->failed += status != 200;

    call_free(call);
    server_reply(conn, status, body);
}

void call_reply(struct call *call, const struct buf *json)
{
    assert(!json->overflow);
    answer(call, 200, json);
}

void call_done(struct call *call)
{
    auto_buf struct buf body = BUF_INIT(16);

    buf_add_text(&body, "{}");
    answer(call, 200, &body);
}

static void write_error(struct buf *ret, const char *text)
{
    struct json_writer w = JSON_WRITER(ret);

    json_write_object(&w);
    json_write_member(&w, "Err", text);
    json_write_object_end(&w);
}

/* Reports to Docker and to the log why a call failed. */
static void call_end_failed(struct call *call, unsigned status,
                            const struct err *err)
{
    auto_buf struct buf body = BUF_INIT(REPLY_SIZE);

    log_event(LOG_LEVEL_ERROR, err->text, "call", call->verb->path + 1,
              "network", call->network, "endpoint", call->endpoint, NULL);
    write_error(&body, err->text);
    answer(call, status, &body);
}

void call_fail(struct call *call, const struct err *err)
{
    call_end_failed(call, 500, err);
}

static void hold(struct call *call)
{
    call->held = true;
    call->held_at = call->router->openings;
}

static void call_start(struct call *call)
{
    const struct router *router = call->router;

    call->began_at = router->openings;
    if (!(call->verb->needs & CALL_SWITCH) || router->gate == GATE_RUN) {
        call->held = false;
        call->verb->start(call);
    } else if (router->gate == GATE_HOLD) {
        hold(call);
    } else if (call->verb->offline) {
        call->verb->offline(call, &router->why);
    } else {
        call_fail(call, &router->why);
    }
}

/* The connection that went may be back by now: whoever had to undo something
 * has waited for that. Then there is no next opening to wait for. */
void call_again(struct call *call)
{
    const struct router *router = call->router;

    drop_state(call);
    if (router->gate == GATE_RUN && call->began_at != router->openings)
        call_start(call);
    else
        hold(call);
}

static struct call *next_held(const struct router *router)
{
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): whoever ended has left */
    LIST_EACH (link, &router->calls) {
        struct call *call = container_of(link, struct call, link);
        if (call->held && call->held_at != router->openings)
            return call;
    }
    return NULL;
}

/* Starts, or refuses, the calls that wait. A call that starts may end others,
 * so the list is walked from its head each time. A call that comes back at
 * once, because the connection broke again, waits for the next opening. */
static void start_held(struct router *router)
{
    struct call *call;

    router->openings++;
    while (router->gate != GATE_HOLD && (call = next_held(router))) {
        call->held = false;
        call_start(call);
    }
}

void router_run(struct router *router)
{
    router->gate = GATE_RUN;
    start_held(router);
}

void router_hold(struct router *router)
{
    router->gate = GATE_HOLD;
}

void router_refuse(struct router *router, const struct err *why)
{
    router->gate = GATE_REFUSE;
    router->why = *why;
    start_held(router);
}

static void expire_held(struct call *call)
{
    struct err err = {0};

    err_set(&err, ETIMEDOUT,
            "OVSDB was not there, or did not show its rows, for %u ms: is "
            "ovsdb-server running?",
            call->router->timeout_ms);
    if (call->verb->offline)
        call->verb->offline(call, &err);
    else
        call_fail(call, &err);
}

static void expire_running(struct call *call)
{
    struct err err = {0};

    if (call->expire) {
        call->expire(call);
        return;
    }
    err_set(&err, ETIMEDOUT, "%s did not come within %u ms",
            call->waits_for        ? call->waits_for
            : call->reading.reader ? "the turn of the request's large body"
                                   : "the end of the work",
            call->router->timeout_ms);
    call_fail(call, &err);
}

static void on_router_timer(uv_timer_t *timer)
{
    struct router *router = timer->data;

    for (;;) {
        struct call *call = first_call(router);
        if (!call || call->deadline_ms > now_ms(router))
            break;
        if (call->held)
            expire_held(call);
        else
            expire_running(call);
    }
    set_timer(router);
}

/* "Join" of "/NetworkDriver.Join". */
static const char *verb_name(const struct verb *verb)
{
    const char *dot = strrchr(verb->path, '.');

    return dot ? dot + 1 : verb->path;
}

void router_metrics(const struct router *router, struct buf *ret)
{
    size_t count = count_verbs(router->verbs);

    metric_head(ret, "ovsint_docker_call_seconds", METRIC_HISTOGRAM,
                "From a call of Docker's to its answer.");
    for (size_t i = 0; i < count; i++) {
        if (histogram_count(&router->tallies[i].times))
            metric_histogram(ret, "ovsint_docker_call_seconds",
                             &router->tallies[i].times, "call",
                             verb_name(&router->verbs[i]));
    }
    metric_head(ret, "ovsint_docker_calls_failed_total", METRIC_COUNTER,
                "Calls of Docker's that were answered with an error.");
    for (size_t i = 0; i < count; i++) {
        if (histogram_count(&router->tallies[i].times))
            metric_value(ret, "ovsint_docker_calls_failed_total",
                         router->tallies[i].failed, "call",
                         verb_name(&router->verbs[i]), NULL);
    }
}

/* Ids become parts of keys in the database. */
static int read_id(const struct json *body, const char *member,
                   const char **ret, struct err *err)
{
    const char *id = json_string(json_get(body, member));

    if (!docker_id_valid(id))
        return err_set(err, EINVAL,
                       "member %s of the request must be a string of 1-%d "
                       "letters and digits",
                       member, CALL_ID_SIZE - 1);
    *ret = id;
    return 0;
}

/* Sets what the verb needs of the body, which is there. */
static int judge_body(struct call *call, struct err *err)
{
    unsigned needs = call->verb->needs;
    int r = 0;

    if (json_type(call->body) != JSON_OBJECT)
        return err_set(err, EINVAL,
                       "the request's body is %s where an object is wanted",
                       json_type_name(call->body));
    if (needs & CALL_NETWORK)
        r = read_id(call->body, "NetworkID", &call->network, err);
    if (r >= 0 && needs & CALL_ENDPOINT)
        r = read_id(call->body, "EndpointID", &call->endpoint, err);
    return r;
}

static void on_body(struct body *body, struct json *json, struct err *err)
{
    struct call *call = container_of(body, struct call, reading);
    struct err why = {0};

    call->body = json;
    if (err) {
        err_wrap(err, "the request's body");
        call_end_failed(call, 400, err);
    } else if (judge_body(call, &why) < 0) {
        call_end_failed(call, 400, &why);
    } else {
        call_start(call);
    }
}

static void read_body(struct call *call, const struct http_request *request)
{
    struct err err = {0};

    if (!(call->verb->needs & CALL_BODY)) {
        call_start(call);
    } else if (request->body_size == 0) {
        err_set(&err, EINVAL,
                "the request has no body: Docker repeats a call like that when "
                "the plugin went away before it answered; try once more");
        call_end_failed(call, 400, &err);
    } else {
        body_read(&call->router->reader, &call->reading, request->body,
                  request->body_size, on_body);
    }
}

static const struct verb *find_verb(const struct router *router,
                                    const char *path)
{
    for (const struct verb *verb = router->verbs; verb->path; verb++) {
        if (strcmp(verb->path, path) == 0)
            return verb;
    }
    return NULL;
}

static void request_refuse(struct conn *conn, unsigned status, const char *text)
{
    auto_buf struct buf body = BUF_INIT(REPLY_SIZE);

    write_error(&body, text);
    server_reply(conn, status, &body);
}

void router_request(void *data, struct conn *conn,
                    const struct http_request *request)
{
    struct router *router = data;
    const struct verb *verb = find_verb(router, request->path);

    if (!verb) {
        request_refuse(conn, 404, "there is no such method");
        return;
    }
    if (strcmp(request->method, "POST") != 0) {
        request_refuse(conn, 405, "methods are called by POST");
        return;
    }
    log_event(LOG_LEVEL_DEBUG, "called", "call", verb->path + 1, "body",
              request->body, NULL);
    read_body(call_new(router, conn, verb), request);
}
