/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Drives the keeper in the loop: has two timers, a descriptor that reports what
 * others change in nftables, and the functions by which the keeper reaches the
 * kernel.
 */
#include "plugin/gateway/nat.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "ovsint/base/metrics.h"
#include "ovsint/net/link_watch.h"
#include "ovsint/nft/conntrack.h"
#include "ovsint/nft/nft.h"
#include "plugin/daemon/timer.h"
#include "plugin/daemon/watch.h"
#include "plugin/gateway/host_port.h"
#include "plugin/gateway/nat_keeper.h"
#include "plugin/gateway/other_filters.h"
#include "plugin/gateway/private.h"

struct nat {
    uv_timer_t timer;
    uv_timer_t turn; /* for the next part of a large change or search */
    uv_poll_t poll;
    /* that are open: the last one to close frees the memory */
    unsigned handles;
    struct gateway *gateway;
    struct nft *nft;                 /* NULL = not usable yet */
    struct conntrack_search *search; /* the one that is under way; or NULL */
    struct other_filters filters;
    struct nat_keeper keeper;
};

static void on_nat_timer(uv_timer_t *timer)
{
    struct nat *nat = timer->data;

    /* Calls may wait for this. */
    if (nat_keeper_wake(&nat->keeper, uv_now(timer->loop)))
        gateway_changed(nat->gateway);
}

/* `is_lost`: messages about some of them were. */
static void see_changes(struct nat *nat, bool is_lost)
{
    struct nft_changes changes = {.table = true, .rules = true};
    struct err err = {0};

    if (!is_lost && nft_changes(nat->nft, &changes, &err) < 0)
        log_event(LOG_LEVEL_WARNING,
                  "changes that others make to nftables cannot be watched: "
                  "rules of ours that somebody removes come back only with "
                  "our next change",
                  "error", err.text, NULL);
    nat_keeper_changes(&nat->keeper, &changes);
}

#define TURN_MS 1

static void on_nat_turn(uv_timer_t *timer)
{
    struct nat *nat = timer->data;

    if (nat->nft && nft_has_news(nat->nft))
        see_changes(nat, false);
    if (nat_keeper_go_on(&nat->keeper))
        gateway_changed(nat->gateway);
}

static void kernel_go_on(void *data)
{
    struct nat *nat = data;

    timer_in(&nat->turn, on_nat_turn, TURN_MS);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)events;
    watch_again(poll, status, on_readable);
    see_changes(poll->data, status < 0);
}

static int kernel_open(void *data, struct err *err)
{
    struct nat *nat = data;

    if (nat->nft)
        return 0;
    int r = nft_open(NAT_TABLE, &nat->nft, err);
    if (r < 0)
        return r;
    r = watch_readable(nat->timer.loop, &nat->poll, nft_fd(nat->nft),
                       on_readable, nat, "the changes of nftables", err);
    if (r < 0) {
        nft_close(TAKE_PTR(nat->nft));
        return r;
    }
    nat->handles++;
    return 0;
}

static int kernel_run(void *data, const char *commands, struct err *err)
{
    struct nat *nat = data;

    int r = nft_run(nat->nft, commands, err);
    /* It has read them, and the descriptor tells of them no more. */
    if (nft_has_news(nat->nft))
        kernel_go_on(nat);
    return r;
}

static int kernel_has_table(void *data, const char *table, struct err *err)
{
    const struct nat *nat = data;

    return nft_has_table(nat->nft, table, err);
}

static int kernel_read_bridges(void *data, struct docker_bridges *bridges,
                               struct err *err)
{
    const struct nat *nat = data;

    return docker_bridges_read(nat->gateway->host->net, bridges, err);
}

static int kernel_open_filters(void *data, bool wanted, struct err *err)
{
    struct nat *nat = data;

    return other_filters(&nat->filters, nat->nft, wanted, err);
}

static int kernel_forget_udp(void *data, bool anew,
                             const struct conntrack_judge *judge,
                             struct err *err)
{
    struct nat *nat = data;
    int r = 0;

    if (anew || !nat->search) {
        conntrack_search_close(TAKE_PTR(nat->search));
        r = conntrack_search_open(&nat->search, err);
    }
    if (r >= 0)
        r = conntrack_search_go_on(nat->search, judge, err);
    if (r <= 0)
        conntrack_search_close(TAKE_PTR(nat->search));
    return r;
}

static void kernel_wake(void *data, unsigned in_ms)
{
    struct nat *nat = data;

    if (!uv_is_active((uv_handle_t *)&nat->timer) ||
        uv_timer_get_due_in(&nat->timer) > in_ms)
        timer_in(&nat->timer, on_nat_timer, in_ms);
}

static void kernel_forward(void *data, bool in_force)
{
    const struct nat *nat = data;

    host_ports_rules_changed(nat->gateway->host_ports, in_force);
}

static const struct nat_kernel kernel = {
    .open = kernel_open,
    .run = kernel_run,
    .has_table = kernel_has_table,
    .read_bridges = kernel_read_bridges,
    .open_filters = kernel_open_filters,
    .forget_udp = kernel_forget_udp,
    .wake = kernel_wake,
    .go_on = kernel_go_on,
    .forward = kernel_forward,
};

struct nat *nat_open(uv_loop_t *loop, struct gateway *gateway)
{
    struct nat *nat = mem_new(sizeof(*nat));

    nat->gateway = gateway;
    uv_timer_init(loop, &nat->timer);
    nat->timer.data = nat;
    uv_timer_init(loop, &nat->turn);
    nat->turn.data = nat;
    nat->handles = 2;
    nat_keeper_init(&nat->keeper, &kernel, nat);
    return nat;
}

static void on_nat_closed(uv_handle_t *handle)
{
    struct nat *nat = handle->data;

    if (--nat->handles > 0)
        return;
    nft_close(nat->nft);
    conntrack_search_close(nat->search);
    nat_keeper_done(&nat->keeper);
    free(nat);
}

void nat_close(struct nat *nat)
{
    if (!nat)
        return;
    nat_keeper_finish(&nat->keeper);
    uv_close((uv_handle_t *)&nat->timer, on_nat_closed);
    uv_close((uv_handle_t *)&nat->turn, on_nat_closed);
    if (nat->nft)
        uv_close((uv_handle_t *)&nat->poll, on_nat_closed);
}

void nat_rows_changed(struct nat *nat)
{
    const struct host *host = nat ? nat->gateway->host : NULL;

    if (nat)
        nat_keeper_rows(&nat->keeper, &host->bridges, &host->ports, host->boot);
}

int nat_in_force(struct nat *nat, const char *port, struct err *err)
{
    return nat ? nat_keeper_in_force(&nat->keeper, port, err) : 0;
}

bool nat_takes_off(const struct nat *nat, const char *port)
{
    return nat && (nat_parts_have(&nat->keeper.parts, NAT_DELETE, port) ||
                   nat_forgets(&nat->keeper.forgetting, port));
}

bool nat_leads_to(const struct nat *nat, const struct nat_target *target)
{
    return nat && (nat_parts_lead_to(&nat->keeper.parts, target) ||
                   nat_forgets_target(&nat->keeper.forgetting, target));
}

void nat_metrics(const struct nat *nat, struct buf *ret)
{
    metric_head(ret, "ovsint_rules_failed", METRIC_GAUGE,
                "Whether rules that networks need are not in force.");
    metric_value(ret, "ovsint_rules_failed", nat->keeper.err.code != 0, NULL);
    metric_head(ret, "ovsint_rule_repairs_total", METRIC_COUNTER,
                "Repairs of rules of networks that somebody had changed.");
    metric_value(ret, "ovsint_rule_repairs_total", nat->keeper.repairs, NULL);
}

bool nat_forwards(const struct nat *nat, const char *device)
{
    /* If there is no packet filter here, whoever has one decides. */
    return !nat || nat_keeper_forwards(&nat->keeper, device);
}

void nat_hear(struct nat *nat, const struct link_event *event)
{
    if (nat && event->type == LINK_CHANGED)
        nat_keeper_link(&nat->keeper, &event->link);
}

int nat_set_forwarding(struct nat *nat, const struct forwarding_device *devices,
                       size_t count, struct err *err)
{
    return nat ? nat_keeper_open_devices(&nat->keeper, devices, count, err) : 0;
}

size_t nat_port_count(const struct nat *nat, const char *except)
{
    return nat ? nat_view_port_count(&nat->keeper.view, except) : 0;
}

bool nat_publishes(const struct nat *nat, const char *port)
{
    return nat && nat_view_find(&nat->keeper.view, port);
}

const struct nat_endpoint *nat_holder(const struct nat *nat, uint8_t protocol,
                                      const struct ip *host, uint16_t port,
                                      const char *except)
{
    return nat ? nat_view_holder(&nat->keeper.view, protocol, host, port,
                                 except)
               : NULL;
}
