/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Connects, sends, and ends with the answer, with the connection, or with the
 * time.
 */
#include "plugin/daemon/packet_out.h"

#include "ovsint/base/log.h"
#include "ovsint/openflow/client.h"
#include "plugin/daemon/openflow_uv.h"
#include "plugin/daemon/timer.h"

struct packet_out {
    struct list link;
    uv_timer_t timer;
    struct openflow_uv *connection;
};

static void on_packet_closed(uv_handle_t *handle)
{
    free(container_of((uv_timer_t *)handle, struct packet_out, timer));
}

static void end(struct packet_out *out)
{
    openflow_uv_close(TAKE_PTR(out->connection));
    list_remove(&out->link);
    uv_close((uv_handle_t *)&out->timer, on_packet_closed);
}

/* An event must not close the connection: that is left to the timer. */
static void on_packet_time(uv_timer_t *timer)
{
    end(container_of(timer, struct packet_out, timer));
}

static void on_packet_event(void *data, const struct openflow_event *event)
{
    struct packet_out *out = data;

    if (event->type == OPENFLOW_FAILED)
        log_event(LOG_LEVEL_DEBUG, "a bridge refused a frame", "reason",
                  event->err.text, NULL);
    timer_in(&out->timer, on_packet_time, 0);
}

static void on_packet_down(void *data, const struct err *why)
{
    (void)why;
    timer_in(&((struct packet_out *)data)->timer, on_packet_time, 0);
}

void packet_out_send(struct packet_outs *outs, const char *bridge,
                     const struct flow_packet *packets, size_t count)
{
    static const struct openflow_uv_events events = {.event = on_packet_event,
                                                     .down = on_packet_down};
    const struct flow_change change = {.packets = packets,
                                       .packet_count = count};
    struct packet_out *out = mem_new(sizeof(*out));
    char path[OPENFLOW_PATH_SIZE];
    struct err err = {0};

    uv_timer_init(outs->loop, &out->timer);
    list_append(&outs->list, &out->link);
    timer_in(&out->timer, on_packet_time, PACKET_OUT_MS);
    int r = openflow_path(outs->remote, bridge, path, &err);
    if (r >= 0)
        r = openflow_uv_open(outs->loop, path, &events, out, &out->connection,
                             &err);
    if (r >= 0 && out->connection)
        (void)openflow_uv_change(out->connection, &change);
    if (r >= 0)
        return;
    log_event(LOG_LEVEL_DEBUG, "a bridge could not be given a frame", "bridge",
              bridge, "reason", err.text, NULL);
    end(out);
}

void packet_outs_open(struct packet_outs *outs, uv_loop_t *loop,
                      const char *remote)
{
    *outs = (struct packet_outs){.loop = loop, .remote = remote};
    list_init(&outs->list);
}

void packet_outs_close(struct packet_outs *outs)
{
    LIST_EACH (link, &outs->list)
        end(container_of(link, struct packet_out, link));
}
