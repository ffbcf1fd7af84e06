/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * GET and HEAD of /metrics are answered at once; everything else by 404 or 405.
 */
#include "plugin/metrics/scrape.h"

#include <string.h>

#include "plugin/daemon/server.h"

#define SENTENCE_SIZE 256

struct scrape {
    struct server_config config;
    struct server *server;
    const struct scrape_events *events;
    void *data;
};

static void scrape_refuse(struct conn *conn, unsigned status, const char *text)
{
    auto_buf struct buf body = BUF_INIT(SENTENCE_SIZE);

    buf_add_text(&body, text);
    server_reply(conn, status, &body);
}

static void on_scrape(void *data, struct conn *conn,
                      const struct http_request *request)
{
    const struct scrape *scrape = data;
    auto_buf struct buf body = BUF_INIT(LIMIT_METRICS_SIZE);

    if (strcmp(request->path, "/metrics") != 0) {
        scrape_refuse(conn, 404, "metrics are at /metrics\n");
    } else if (strcmp(request->method, "GET") != 0 &&
               strcmp(request->method, "HEAD") != 0) {
        scrape_refuse(conn, 405, "metrics are read by GET\n");
    } else {
        scrape->events->write(scrape->data, &body);
        server_reply(conn, 200, &body);
    }
}

static void on_scrape_stopped(void *data)
{
    const struct scrape *scrape = data;

    scrape->events->stopped(scrape->data);
}

int scrape_open(uv_loop_t *loop, int fd, const struct scrape_events *events,
                void *data, struct scrape **ret, struct err *err)
{
    static const struct server_events server_events = {
        .request = on_scrape, .stopped = on_scrape_stopped};
    struct scrape *scrape = mem_new(sizeof(*scrape));

    scrape->events = events;
    scrape->data = data;
    scrape->config =
        (struct server_config){.profile = &http_metrics,
                               .connections = LIMIT_METRICS_CONNECTIONS,
                               .events = &server_events,
                               .data = scrape};
    int r = server_open(loop, fd, &scrape->config, &scrape->server, err);
    if (r < 0) {
        free(scrape);
        return err_wrap(err, "metrics");
    }
    *ret = scrape;
    return 0;
}

void scrape_stop(struct scrape *scrape)
{
    if (!scrape)
        return;
    server_stop(scrape->server);
    server_abort(scrape->server);
}

void scrape_free(struct scrape *scrape)
{
    if (!scrape)
        return;
    server_free(scrape->server);
    free(scrape);
}
