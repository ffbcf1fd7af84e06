/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps the ruleset equal to the rows. If the present rules are known, a change
 * is a batch of elements, else the whole table. Either way it is one
 * transaction: a plugin that dies leaves the old rules or the new ones.
 *
 * Our table exists exactly while a network needs it. It is made before the
 * rules in other programs' chains and removed after them: so a plugin that
 * starts sees by the table whether such rules may be left.
 */
#include "plugin/gateway/nat.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "ovsint/nft/conntrack.h"
#include "ovsint/nft/nft.h"
#include "plugin/daemon/watch.h"
#include "plugin/gateway/docker_bridges.h"
#include "plugin/gateway/host_port.h"
#include "plugin/gateway/nat_view.h"
#include "plugin/gateway/other_filters.h"
#include "plugin/gateway/private.h"

/* Others change the ruleset in several steps. If somebody changes ours again
 * and again, because he wants it otherwise, we answer more and more slowly. */
#define REPAIR_FIRST_MS 50
#define REPAIR_LAST_MS 5000
#define REPAIR_QUIET_MS 10000
#define RETRY_MS 5000
/* Nobody reports changes of iptables-legacy, and programs that change it take
 * turns by a lock. */
#define OLD_LOOK_MS 10000
#define OLD_LOCK_MS 50

struct nat {
    uv_timer_t timer;
    uv_poll_t poll;
    /* that are open: the last one to close frees the memory */
    unsigned handles;
    struct gateway *gateway;
    struct nft *nft;      /* NULL = not usable yet */
    struct nat_view view; /* what the rows asked for last */
    struct nat_opened *opened;
    size_t opened_count;
    struct docker_bridges docker_bridges;
    struct other_filters foreign;
    bool in_force; /* the table is as the view says */
    bool intact;   /* nobody has changed it since it was last in force */
    bool closed;   /* nothing is forwarded until it is in force */
    char (*devices)[IFNAME_SIZE]; /* of the networks that are in it */
    size_t device_count;
    /* our rules in the chains of others are as they should be */
    bool foreign_known;
    struct err err; /* why it is not in force */
    unsigned repair_ms;
    uint64_t repaired_ms;
};

static void on_timer(uv_timer_t *timer);
static void on_readable(uv_poll_t *poll, int status, int events);

static void wake(struct nat *nat, unsigned in_ms)
{
    if (!uv_is_active((uv_handle_t *)&nat->timer) ||
        uv_timer_get_due_in(&nat->timer) > in_ms)
        uv_timer_start(&nat->timer, on_timer, in_ms, 0);
}

static int need_nft(struct nat *nat, struct err *err)
{
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

struct nat *nat_open(uv_loop_t *loop, struct gateway *gateway)
{
    struct nat *nat = mem_new(sizeof(*nat));
    struct err err = {0};

    nat->gateway = gateway;
    nat->repair_ms = REPAIR_FIRST_MS;
    uv_timer_init(loop, &nat->timer);
    nat->timer.data = nat;
    nat->handles = 1;
    if (need_nft(nat, &err) < 0)
        log_event(
            LOG_LEVEL_WARNING,
            "the packet filter cannot be used: networks with mode=nat are "
            "refused until it can",
            "error", err.text, NULL);
    return nat;
}

static void on_closed(uv_handle_t *handle)
{
    struct nat *nat = handle->data;

    if (--nat->handles > 0)
        return;
    nft_close(nat->nft);
    nat_view_done(&nat->view);
    docker_bridges_done(&nat->docker_bridges);
    free(nat->opened);
    free(nat->devices);
    free(nat);
}

void nat_close(struct nat *nat)
{
    if (!nat)
        return;
    uv_close((uv_handle_t *)&nat->timer, on_closed);
    if (nat->nft)
        uv_close((uv_handle_t *)&nat->poll, on_closed);
}

static bool is_wanted(const struct nat *nat)
{
    return nat->view.network_count > 0;
}

/* Docker's own bridges come and go with rules, or with devices (nat_hear()). */
static void see_to_bridges(struct nat *nat)
{
    auto_buf struct buf commands = BUF_INIT(NAT_RULES_SIZE);
    struct err err = {0};

    int r = docker_bridges_read(nat->gateway->host->net, &nat->docker_bridges,
                                &err);
    if (r == -EAGAIN)
        wake(nat, OLD_LOCK_MS);
    if (r <= 0 || !nat->in_force || !is_wanted(nat))
        return;
    docker_bridges_rules(&nat->docker_bridges, &commands);
    if (nft_run(nat->nft, buf_text(&commands), &err) < 0) {
        nat->in_force = false;
        wake(nat, nat->repair_ms);
    }
}

void nat_hear(struct nat *nat, const struct link_event *event)
{
    if (!nat || !is_wanted(nat) || event->type != LINK_CHANGED ||
        !docker_bridges_have(&event->link))
        return;
    for (size_t i = 0; i < nat->docker_bridges.count; i++) {
        if (strcmp(nat->docker_bridges.devices[i], event->link.name) == 0)
            return;
    }
    see_to_bridges(nat);
}

/* 1 if something was done. */
static int see_to_others(struct nat *nat, struct err *err)
{
    see_to_bridges(nat);
    int r = other_filters(&nat->foreign, nat->nft, is_wanted(nat), err);

    nat->foreign_known = r >= 0;
    if (r < 0)
        wake(nat, OLD_LOCK_MS);
    else if (is_wanted(nat))
        wake(nat, OLD_LOOK_MS);
    return r;
}

static int remove_all(struct nat *nat, struct err *err)
{
    auto_buf struct buf commands = BUF_INIT(NAT_RULES_SIZE);

    int r = nft_has_table(nat->nft, NAT_TABLE, err);
    if (r == 0)
        r = nft_has_table(nat->nft, NAT_TABLE_CLOSED, err);
    if (r <= 0)
        return r;
    r = see_to_others(nat, err);
    if (r < 0)
        return r;
    nat_rules_none(&commands);
    return nft_run(nat->nft, buf_text(&commands), err);
}

static int make_all(struct nat *nat, struct err *err)
{
    auto_buf struct buf commands = BUF_INIT(NAT_RULES_SIZE);

    nat_view_table(&nat->view, nat->opened, nat->opened_count, &commands);
    docker_bridges_rules(&nat->docker_bridges, &commands);
    if (commands.overflow)
        return err_set(err, EMSGSIZE,
                       "the rules of all published ports are larger than %u "
                       "bytes",
                       NAT_RULES_SIZE);
    return nft_run(nat->nft, buf_text(&commands), err);
}

static void keep_devices(struct nat *nat)
{
    size_t count = nat->view.network_count;

    nat->devices =
        mem_resize(nat->devices, (count + 1) * sizeof(*nat->devices));
    for (size_t i = 0; i < count; i++)
        memcpy(nat->devices[i], nat->view.networks[i].device, IFNAME_SIZE);
    nat->device_count = count;
}

bool nat_forwards(const struct nat *nat, const char *device)
{
    if (!nat)
        /* without a packet filter of its own, whoever has one decides */
        return true;
    for (size_t i = 0; i < nat->device_count && !nat->closed; i++) {
        if (strcmp(nat->devices[i], device) == 0)
            return true;
    }
    return false;
}

/* The former rules are gone, or somebody has changed them. Without rules the
 * networks would be open to each other and to the world. So a small table drops
 * what is theirs. If that fails too, their devices stop forwarding. */
static void close_networks(struct nat *nat)
{
    auto_buf struct buf commands = BUF_INIT(NAT_RULES_SIZE);
    struct err err = {0};
    int r = nat->nft ? 0 : -ENODEV;

    nat_rules_closed(&commands);
    if (r >= 0)
        r = nft_has_table(nat->nft, NAT_TABLE_CLOSED, &err);
    if (r == 0)
        r = nft_run(nat->nft, buf_text(&commands), &err);
    if (!nat->closed)
        log_event(LOG_LEVEL_ERROR,
                  "nothing is forwarded for the networks until their rules "
                  "are in force again",
                  "table", r < 0 ? NULL : NAT_TABLE_CLOSED, "error",
                  r < 0 ? err.text : NULL, NULL);
    nat->closed = true;
    host_ports_rules_changed(nat->gateway->host_ports, false);
}

static void failed(struct nat *nat, const struct err *err)
{
    if (is_wanted(nat) && strcmp(nat->err.text, err->text) != 0)
        log_event(LOG_LEVEL_ERROR, "the rules of the networks are not in force",
                  "error", err->text, NULL);
    nat->err = *err;
    nat->in_force = false;
    if (!is_wanted(nat))
        return;
    wake(nat, RETRY_MS);
    if (!nat->intact)
        close_networks(nat);
}

static void succeeded(struct nat *nat)
{
    bool had_failed = nat->closed || nat->err.code;

    nat->err = (struct err){0};
    nat->in_force = true;
    nat->intact = is_wanted(nat);
    nat->closed = false;
    keep_devices(nat);
    if (had_failed)
        host_ports_rules_changed(nat->gateway->host_ports, true);
}

static void put_right(struct nat *nat)
{
    struct err err = {0};

    int r = need_nft(nat, &err);
    /* If it fails, it is tried again after the table has been made. */
    if (r >= 0 && is_wanted(nat) &&
        docker_bridges_read(nat->gateway->host->net, &nat->docker_bridges,
                            &err) < 0)
        err = (struct err){0};
    if (r >= 0)
        r = is_wanted(nat) ? make_all(nat, &err) : remove_all(nat, &err);
    if (r < 0) {
        failed(nat, &err);
        return;
    }
    succeeded(nat);
    if (is_wanted(nat))
        (void)!see_to_others(nat, &err);
}

/* Sends a batch of elements instead of the whole table. False if that failed:
 * somebody has changed the table, and it has to be made anew. */
static bool change(struct nat *nat, const struct buf *commands)
{
    struct err err = {0};

    if (!nat->in_force || commands->overflow)
        return false;
    return commands->size == 0 ||
           nft_run(nat->nft, buf_text(commands), &err) == 0;
}

static bool is_changed(void *data, uint16_t port)
{
    return port_map_has(data, IPPROTO_UDP, port);
}

/* As long as packets come, the kernel sends those of a UDP connection where it
 * sent the first one. A sender that never pauses would reach for ever what was
 * published before. So its connection is forgotten. */
static void forget_flows(struct port_map *changed)
{
    struct err err = {0};

    if (port_map_any(changed, IPPROTO_UDP) &&
        conntrack_forget_udp(is_changed, changed, &err) < 0)
        log_event(LOG_LEVEL_WARNING,
                  "flows of UDP may still be led by ports that were published "
                  "before",
                  "error", err.text, NULL);
}

void nat_rows_changed(struct nat *nat)
{
    auto_buf struct buf commands = BUF_INIT(NAT_RULES_SIZE);
    auto_free struct port_map *changed = NULL;
    struct nat_view next;

    if (!nat ||
        !nat_view_read(&nat->gateway->host->bridges, &nat->gateway->host->ports,
                       nat->gateway->host->boot, &nat->view, &next))
        return;
    bool stays = is_wanted(nat) && next.network_count > 0;
    /* After a restart of the plugin the existing connections are right
     * already. */
    bool knew = nat->view.fingerprint != 0;
    changed = mem_new(sizeof(*changed));
    nat_view_changed(&nat->view, &next, changed);
    nat_view_change(&nat->view, &next, &commands);
    nat_view_done(&nat->view);
    nat->view = next;
    if (stays && change(nat, &commands))
        keep_devices(nat);
    else
        put_right(nat);
    if (knew)
        forget_flows(changed);
}

int nat_in_force(struct nat *nat, struct err *err)
{
    if (!nat)
        return 0;
    if (!nat->in_force)
        put_right(nat);
    if (!nat->in_force) {
        *err = nat->err;
        return -err->code;
    }
    if (nat->foreign_known || !is_wanted(nat))
        return 0;
    int r = see_to_others(nat, err);
    return r < 0 ? r : 0;
}

int nat_open_devices(struct nat *nat, const struct nat_opened *devices,
                     size_t count, struct err *err)
{
    auto_buf struct buf commands = BUF_INIT(NAT_RULES_SIZE);
    struct nat_wanted wanted = {.opened = devices, .opened_count = count};

    if (!nat)
        return 0;
    if (!nat_opened_same(nat->opened, nat->opened_count, devices, count)) {
        nat_rules_opened(&wanted, &commands);
        nat->opened =
            mem_resize(nat->opened, (count + 1) * sizeof(*nat->opened));
        if (count)
            memcpy(nat->opened, devices, count * sizeof(*nat->opened));
        nat->opened_count = count;
    }
    if (!is_wanted(nat))
        return 0;
    if (!change(nat, &commands))
        put_right(nat);
    if (nat->in_force)
        return 0;
    *err = nat->err;
    return -err->code;
}

void nat_taken(const struct nat *nat, struct port_map *map)
{
    for (size_t i = 0; nat && i < nat->view.endpoint_count; i++)
        port_map_add(map, &nat->view.endpoints[i].ports);
}

const struct nat_endpoint *nat_holder(const struct nat *nat, uint8_t protocol,
                                      const struct ip *host, uint16_t port,
                                      const char *except)
{
    return nat ? nat_view_holder(&nat->view, protocol, host, port, except)
               : NULL;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct nat *nat = poll->data;
    struct nft_changes changes = {.table = true, .rules = true};
    struct err err = {0};

    (void)events;
    if (status < 0 || nft_changes(nat->nft, &changes, &err) < 0)
        log_event(LOG_LEVEL_WARNING,
                  "changes of nftables by others are not heard: what somebody "
                  "removes of ours comes back with our next change only",
                  "error", err.text, NULL);
    if (!is_wanted(nat))
        return;
    if (changes.table) {
        nat->in_force = false;
        nat->intact = false;
    }
    if (changes.rules)
        nat->foreign_known = false;
    if (changes.table || changes.rules)
        wake(nat, nat->repair_ms);
}

static void slow_down(struct nat *nat)
{
    uint64_t now = uv_now(nat->timer.loop);

    if (now - nat->repaired_ms > REPAIR_QUIET_MS)
        nat->repair_ms = REPAIR_FIRST_MS;
    else if (nat->repair_ms * 2 <= REPAIR_LAST_MS)
        nat->repair_ms *= 2;
    nat->repaired_ms = now;
}

static void repair(struct nat *nat)
{
    bool was_changed = nat->err.code == 0;

    put_right(nat);
    if (nat->in_force && is_wanted(nat))
        log_event(LOG_LEVEL_INFO,
                  was_changed ? "repaired the rules of the networks, which "
                                "somebody had changed"
                              : "the rules of the networks are in force",
                  NULL);
    slow_down(nat);
}

static void on_timer(uv_timer_t *timer)
{
    struct nat *nat = timer->data;
    struct err err = {0};
    bool was_known = nat->foreign_known;

    if (!nat->in_force)
        repair(nat);
    else if (is_wanted(nat) && see_to_others(nat, &err) > 0)
        slow_down(nat);
    /* Calls may wait for this. */
    if (nat->in_force && nat->foreign_known && !was_known)
        gateway_changed(nat->gateway);
}
