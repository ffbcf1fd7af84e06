/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Each second it is looked whether the device of a port is another one, and
 * each ten seconds what it has: a host may have thousands of routes. While
 * there is no such port, no timer runs.
 */
#include "plugin/uplink/access_ports.h"

#include <stdlib.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "ovsint/uplink/carry.h"
#include "plugin/daemon/timer.h"

#define LOOK_EVERY_MS 1000
#define READ_EVERY 10 /* looks */

struct access_ports {
    struct net *host;
    uv_timer_t timer;
    struct uplink_access *list;
    size_t count;
    unsigned looks;
    void (*closed)(void *data);
    void *data;
};

static void look(struct access_ports *ports, struct uplink_access *access,
                 bool reads)
{
    struct device_loss lost = {0};
    struct err err = {0};
    int r = uplink_access_look(ports->host, access, reads, &lost, &err);

    if (r < 0)
        log_event(LOG_LEVEL_DEBUG, "an access port could not be looked at",
                  "port", access->name, "error", err.text, NULL);
    if (r <= 0)
        return;
    log_event(LOG_LEVEL_WARNING,
              "the switch has made an access port anew: it has its addresses "
              "again",
              "port", access->name, NULL);
    if (lost.count)
        log_event(LOG_LEVEL_ERROR, "an access port did not get all back",
                  "port", access->name, "error", lost.err.text, NULL);
}

static void on_time(uv_timer_t *timer)
{
    struct access_ports *ports = timer->data;
    bool reads = ports->looks++ % READ_EVERY == 0;

    for (size_t i = 0; i < ports->count; i++)
        look(ports, &ports->list[i], reads);
}

static void list_done(struct uplink_access *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        uplink_access_done(&list[i]);
    free(list);
}

/* What is known of this port, or nothing. */
static struct uplink_access take(struct access_ports *ports, const char *name)
{
    struct uplink_access access = {0};

    memcpy(access.name, name, IFNAME_SIZE);
    for (size_t i = 0; i < ports->count; i++) {
        if (strcmp(ports->list[i].name, name) != 0)
            continue;
        access = ports->list[i];
        ports->list[i] = (struct uplink_access){0};
    }
    return access;
}

void access_ports_are(struct access_ports *ports,
                      const struct uplink_notes *notes)
{
    struct uplink_access *list = mem_new((notes->count + 1) * sizeof(*list));
    size_t count = 0;

    for (size_t i = 0; i < notes->count; i++) {
        if (notes->list[i].state == UPLINK_KEPT)
            list[count++] = take(ports, notes->list[i].access);
    }
    list_done(ports->list, ports->count);
    ports->list = list;
    ports->count = count;
    ports->looks = 0;
    if (count)
        timer_every(&ports->timer, on_time, 0, LOOK_EVERY_MS);
    else
        uv_timer_stop(&ports->timer);
}

struct access_ports *access_ports_open(uv_loop_t *loop, struct net *host)
{
    struct access_ports *ports = mem_new(sizeof(*ports));

    ports->host = host;
    uv_timer_init(loop, &ports->timer);
    ports->timer.data = ports;
    return ports;
}

static void on_closed(uv_handle_t *handle)
{
    struct access_ports *ports = handle->data;
    void (*closed)(void *data) = ports->closed;
    void *data = ports->data;

    list_done(ports->list, ports->count);
    free(ports);
    closed(data);
}

void access_ports_close(struct access_ports *ports, void (*closed)(void *data),
                        void *data)
{
    ports->closed = closed;
    ports->data = data;
    uv_close((uv_handle_t *)&ports->timer, on_closed);
}
