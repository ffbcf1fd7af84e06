/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * If the present rules are known, a change is a batch of elements, else the
 * whole table. Either way it is one transaction: a plugin that dies leaves the
 * old rules or the new ones. Only an endpoint with more than NAT_SLICE ports
 * comes and goes in several, between which the loop serves others; if one of
 * them fails, or the plugin dies, the whole table is made from the rows. A
 * table that somebody has changed is made anew in the same way: what is more
 * than NAT_SLICE ports follows. The steps, and what follows if one fails:
 *
 *   1. nftables are opened. Without them networks are refused with the reason.
 *   2. Docker's own bridges are read. If that fails, it is tried again after
 *      step 3.
 *   3. The table is made or changed. If that fails, and somebody has changed
 *      the former one, a small table drops what is of our networks. If that
 *      fails too, their devices stop forwarding. After RETRY_MS step 1 comes
 *      again.
 *   4. Our rules are put into the chains of others. While another program has
 *      the lock of iptables-legacy, this is tried again after OLD_LOCK_MS.
 *
 * Our table exists exactly while a network needs it. It is made before the
 * rules in other programs' chains and removed after them: so a plugin that
 * starts sees by the table whether such rules may be left.
 */
#include "plugin/gateway/nat_keeper.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "ovsint/base/log.h"

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

static void wake(struct nat_keeper *keeper, unsigned in_ms)
{
    keeper->kernel->wake(keeper->data, in_ms);
}

static int need_nft(struct nat_keeper *keeper, struct err *err)
{
    int r = keeper->kernel->open(keeper->data, err);

    keeper->usable |= r >= 0;
    return r;
}

static int keeper_run(struct nat_keeper *keeper, const struct buf *commands,
                      struct err *err)
{
    return keeper->kernel->run(keeper->data, buf_text(commands), err);
}

static int has_table(struct nat_keeper *keeper, const char *table,
                     struct err *err)
{
    return keeper->kernel->has_table(keeper->data, table, err);
}

void nat_keeper_init(struct nat_keeper *keeper, const struct nat_kernel *kernel,
                     void *data)
{
    struct err err = {0};

    *keeper = (struct nat_keeper){
        .kernel = kernel, .data = data, .repair_ms = REPAIR_FIRST_MS};
    nat_parts_init(&keeper->parts);
    if (need_nft(keeper, &err) < 0)
        log_event(
            LOG_LEVEL_WARNING,
            "the packet filter cannot be used: networks with mode=nat are "
            "refused until it can",
            "error", err.text, NULL);
}

static bool is_wanted(const struct nat_keeper *keeper)
{
    return keeper->view.network_count > 0;
}

/* Docker's own bridges come and go with rules, or with devices
 * (nat_keeper_link()). */
static int read_bridges(struct nat_keeper *keeper, struct err *err)
{
    return keeper->kernel->read_bridges(keeper->data, &keeper->docker_bridges,
                                        err);
}

static void see_to_bridges(struct nat_keeper *keeper)
{
    auto_buf struct buf commands = BUF_INIT(NAT_RULES_SIZE);
    struct err err = {0};

    int r = read_bridges(keeper, &err);
    if (r == -EAGAIN)
        wake(keeper, OLD_LOCK_MS);
    if (r <= 0 || !keeper->in_force || !is_wanted(keeper))
        return;
    docker_bridges_rules(&keeper->docker_bridges, &commands);
    if (keeper_run(keeper, &commands, &err) < 0) {
        keeper->in_force = false;
        keeper->disturbed = true;
        wake(keeper, keeper->repair_ms);
    }
}

void nat_keeper_link(struct nat_keeper *keeper, const struct link_info *link)
{
    if (!is_wanted(keeper) || !docker_bridges_have(link))
        return;
    for (size_t i = 0; i < keeper->docker_bridges.count; i++) {
        if (strcmp(keeper->docker_bridges.devices[i], link->name) == 0)
            return;
    }
    see_to_bridges(keeper);
}

/* 1 if something was done. */
static int see_to_others(struct nat_keeper *keeper, struct err *err)
{
    see_to_bridges(keeper);
    int r = keeper->kernel->open_filters(keeper->data, is_wanted(keeper), err);

    keeper->filters_known = r >= 0;
    if (r < 0)
        wake(keeper, OLD_LOCK_MS);
    else if (is_wanted(keeper))
        wake(keeper, OLD_LOOK_MS);
    return r;
}

static int remove_all(struct nat_keeper *keeper, struct err *err)
{
    auto_buf struct buf commands = BUF_INIT(NAT_RULES_SIZE);

    int r = has_table(keeper, NAT_TABLE, err);
    if (r == 0)
        r = has_table(keeper, NAT_TABLE_CLOSED, err);
    if (r <= 0)
        return r;
    r = see_to_others(keeper, err);
    if (r < 0)
        return r;
    nat_rules_none(&commands);
    return keeper_run(keeper, &commands, err);
}

/* In one transaction as long as the former rules may be in force, as those of a
 * plugin that has died: no port that is published goes, not for a moment. Those
 * that somebody has changed are not worth that everybody waits. */
static int make_all(struct nat_keeper *keeper, struct nat_parts *parts,
                    struct err *err)
{
    auto_buf struct buf commands = BUF_INIT(NAT_RULES_SIZE);
    bool is_lost = keeper->disturbed && !keeper->intact;

    nat_view_table(&keeper->view, keeper->forwarding, keeper->forwarding_count,
                   is_lost ? parts : NULL, &commands);
    docker_bridges_rules(&keeper->docker_bridges, &commands);
    if (commands.overflow)
        return err_set(err, EMSGSIZE,
                       "the rules of all published ports are larger than %u "
                       "bytes",
                       NAT_RULES_SIZE);
    return keeper_run(keeper, &commands, err);
}

static void keep_devices(struct nat_keeper *keeper)
{
    size_t count = keeper->view.network_count;

    keeper->devices =
        mem_resize(keeper->devices, (count + 1) * sizeof(*keeper->devices));
    for (size_t i = 0; i < count; i++)
        memcpy(keeper->devices[i], keeper->view.networks[i].device,
               IFNAME_SIZE);
    keeper->device_count = count;
}

bool nat_keeper_forwards(const struct nat_keeper *keeper, const char *device)
{
    for (size_t i = 0; i < keeper->device_count && !keeper->closed; i++) {
        if (strcmp(keeper->devices[i], device) == 0)
            return true;
    }
    return false;
}

/* The former rules are gone, or somebody has changed them. Without rules the
 * networks would be open to each other and to the world. So a small table drops
 * what is theirs. If that fails too, their devices stop forwarding. */
static void close_networks(struct nat_keeper *keeper)
{
    auto_buf struct buf commands = BUF_INIT(NAT_RULES_SIZE);
    struct err err = {0};
    int r = keeper->usable ? 0 : -ENODEV;

    nat_rules_closed(&commands);
    if (r >= 0)
        r = has_table(keeper, NAT_TABLE_CLOSED, &err);
    if (r == 0)
        r = keeper_run(keeper, &commands, &err);
    if (!keeper->closed)
        log_event(LOG_LEVEL_ERROR,
                  "nothing is forwarded for the networks until their rules "
                  "are in force again",
                  "table", r < 0 ? NULL : NAT_TABLE_CLOSED, "error",
                  r < 0 ? err.text : NULL, NULL);
    keeper->closed = true;
    keeper->kernel->forward(keeper->data, false);
}

static void keeper_failed(struct nat_keeper *keeper, const struct err *err)
{
    if (is_wanted(keeper) && strcmp(keeper->err.text, err->text) != 0)
        log_event(LOG_LEVEL_ERROR, "the rules of the networks are not in force",
                  "error", err->text, NULL);
    keeper->err = *err;
    keeper->in_force = false;
    if (!is_wanted(keeper))
        return;
    wake(keeper, RETRY_MS);
    if (!keeper->intact)
        close_networks(keeper);
}

static void keeper_succeeded(struct nat_keeper *keeper)
{
    bool had_failed = keeper->closed || keeper->err.code;

    keeper->err = (struct err){0};
    keeper->in_force = true;
    keeper->intact = is_wanted(keeper);
    keeper->closed = false;
    keep_devices(keeper);
    if (had_failed)
        keeper->kernel->forward(keeper->data, true);
}

/* Whoever puts the rules right says so: besides the timer, a change of the rows
 * or a call may be the first to do it. */
static void tell(struct nat_keeper *keeper, bool had_failed)
{
    bool repaired = keeper->disturbed && !had_failed;

    keeper->disturbed = false;
    if (!is_wanted(keeper))
        return;
    keeper->repairs += repaired;
    if (repaired || had_failed)
        log_event(LOG_LEVEL_INFO,
                  repaired ? "repaired the rules of the networks, which "
                             "somebody had changed"
                           : "the rules of the networks are in force",
                  NULL);
}

static void forget_changed_ports(struct nat_keeper *keeper,
                                 const struct port_map *changed)
{
    if (port_map_any(changed, IPPROTO_UDP))
        nat_forget(keeper, changed, false);
}

/* Not before the rules are right: by the former ones a packet would make its
 * connection again. */
static void forget_changed(struct nat_keeper *keeper)
{
    auto_free struct port_map *changed = TAKE_PTR(keeper->changed);
    bool has_strays = keeper->has_strays;

    keeper->has_strays = false;
    if (changed)
        nat_parts_hold_back(&keeper->parts, changed);
    if (has_strays)
        nat_forget(keeper, changed, true);
    else if (changed)
        forget_changed_ports(keeper, changed);
}

/* The whole table has what parts were to bring, or brings it anew. Whoever
 * waits for one is told in a later turn, as another call may have had the table
 * made. */
static void drop_parts(struct nat_keeper *keeper)
{
    if (!nat_parts_any(&keeper->parts))
        return;
    forget_changed_ports(keeper, keeper->parts.ports);
    nat_parts_done(&keeper->parts);
    keeper->has_news = true;
    keeper->kernel->go_on(keeper->data);
}

static void take_parts(struct nat_keeper *keeper, struct nat_parts *parts)
{
    drop_parts(keeper);
    nat_parts_move(parts, &keeper->parts);
    if (nat_parts_any(&keeper->parts))
        keeper->kernel->go_on(keeper->data);
}

static void put_right(struct nat_keeper *keeper)
{
    struct nat_parts parts;
    struct err err = {0};
    bool had_failed = keeper->err.code != 0;

    nat_parts_init(&parts);
    int r = need_nft(keeper, &err);
    /* If it fails, it is tried again after the table has been made. */
    if (r >= 0 && is_wanted(keeper) && read_bridges(keeper, &err) < 0)
        err = (struct err){0};
    if (r >= 0)
        r = is_wanted(keeper) ? make_all(keeper, &parts, &err)
                              : remove_all(keeper, &err);
    if (r < 0) {
        nat_parts_done(&parts);
        keeper_failed(keeper, &err);
        return;
    }
    keeper_succeeded(keeper);
    take_parts(keeper, &parts);
    forget_changed(keeper);
    if (nat_forget_has_search(&keeper->forgetting))
        keeper->kernel->go_on(keeper->data);
    if (is_wanted(keeper))
        (void)!see_to_others(keeper, &err);
    tell(keeper, had_failed);
}

/* Sends a batch of elements instead of the whole table. False if that failed:
 * somebody has changed the table, and it has to be made anew. */
static bool change(struct nat_keeper *keeper, const struct buf *commands)
{
    struct err err = {0};

    if (!keeper->in_force || commands->overflow)
        return false;
    return commands->size == 0 || keeper_run(keeper, commands, &err) == 0;
}

/* After a restart of the plugin most of the connections are right already, and
 * nobody knows what has changed meanwhile: so each is looked at. */
static void note_changed(struct nat_keeper *keeper, const struct nat_view *next)
{
    keeper->has_strays |= nat_view_has_new_networks(&keeper->view, next);
    if (keeper->view.fingerprint == 0)
        return;
    if (!keeper->changed)
        keeper->changed = mem_new(sizeof(*keeper->changed));
    nat_view_changed(&keeper->view, next, keeper->changed);
    nat_forget_leavers(&keeper->forgetting, &keeper->view, next);
}

void nat_keeper_rows(struct nat_keeper *keeper, const struct bridges *bridges,
                     const struct vswitch_view *rows, const char *boot)
{
    auto_buf struct buf commands = BUF_INIT(NAT_RULES_SIZE);
    struct nat_view next;

    if (!nat_view_read(bridges, rows, boot, &keeper->view, &next))
        return;
    /* Else the whole table is made, or removed. */
    bool alters =
        keeper->in_force && is_wanted(keeper) && next.network_count > 0;
    note_changed(keeper, &next);
    if (alters)
        nat_view_change(&keeper->view, &next, &keeper->parts, &commands);
    nat_forget_view(&keeper->forgetting);
    nat_view_done(&keeper->view);
    keeper->view = next;
    if (!alters || !change(keeper, &commands)) {
        put_right(keeper);
    } else {
        keep_devices(keeper);
        forget_changed(keeper);
    }
    if (nat_parts_any(&keeper->parts))
        keeper->kernel->go_on(keeper->data);
}

bool nat_keeper_go_on(struct nat_keeper *keeper)
{
    auto_buf struct buf commands = BUF_INIT(NAT_RULES_SIZE);
    struct nat_part *part = nat_parts_next(&keeper->parts);
    bool had_news = keeper->has_news;
    size_t leavers = keeper->forgetting.leaver_count;

    keeper->has_news = false;
    if (keeper->in_force)
        nat_forget_go_on(keeper);
    had_news |= keeper->forgetting.leaver_count < leavers;
    /* Without rules in force they wait for the whole table. */
    if (!part || !keeper->in_force)
        return had_news;
    nat_part_cut(part, &commands);
    if (!change(keeper, &commands)) {
        put_right(keeper);
        return true;
    }
    bool done = nat_part_is_done(part);
    if (done) {
        auto_free struct port_map *changed = mem_new(sizeof(*changed));
        nat_part_ports(part, changed);
        nat_part_free(&keeper->parts, part);
        forget_changed_ports(keeper, changed);
    }
    if (nat_parts_any(&keeper->parts))
        keeper->kernel->go_on(keeper->data);
    return done || had_news;
}

void nat_keeper_finish(struct nat_keeper *keeper)
{
    while ((nat_parts_any(&keeper->parts) ||
            nat_forget_has_search(&keeper->forgetting)) &&
           keeper->in_force)
        (void)!nat_keeper_go_on(keeper);
}

int nat_keeper_in_force(struct nat_keeper *keeper, const char *port,
                        struct err *err)
{
    const char *reason = port ? nat_view_left_out(&keeper->view, port) : NULL;

    if (!keeper->in_force)
        put_right(keeper);
    if (!keeper->in_force) {
        *err = keeper->err;
        return -err->code;
    }
    if (reason)
        return err_set(err, EADDRINUSE,
                       "the published ports of %s are left out: %s", port,
                       reason);
    if (port && nat_parts_have(&keeper->parts, NAT_ADD, port))
        return err_set(err, EAGAIN,
                       "the packet filter has not got all published ports yet, "
                       "as they are many");
    if (keeper->filters_known || !is_wanted(keeper))
        return 0;
    int r = see_to_others(keeper, err);
    return r < 0 ? r : 0;
}

int nat_keeper_open_devices(struct nat_keeper *keeper,
                            const struct forwarding_device *devices,
                            size_t count, struct err *err)
{
    auto_buf struct buf commands = BUF_INIT(NAT_RULES_SIZE);
    struct nat_wanted wanted = {.forwarding = devices,
                                .forwarding_count = count};

    if (!forwarding_devices_same(keeper->forwarding, keeper->forwarding_count,
                                 devices, count)) {
        nat_rules_forwarding(&wanted, &commands);
        keeper->forwarding = mem_resize(
            keeper->forwarding, (count + 1) * sizeof(*keeper->forwarding));
        if (count)
            memcpy(keeper->forwarding, devices,
                   count * sizeof(*keeper->forwarding));
        keeper->forwarding_count = count;
    }
    if (!is_wanted(keeper))
        return 0;
    if (!change(keeper, &commands))
        put_right(keeper);
    if (keeper->in_force)
        return 0;
    *err = keeper->err;
    return -err->code;
}

void nat_keeper_changes(struct nat_keeper *keeper,
                        const struct nft_changes *changes)
{
    if (!is_wanted(keeper))
        return;
    if (changes->table) {
        keeper->in_force = false;
        keeper->intact = false;
        keeper->disturbed = true;
    }
    if (changes->rules)
        keeper->filters_known = false;
    if (changes->table || changes->rules)
        wake(keeper, keeper->repair_ms);
}

static void slow_down(struct nat_keeper *keeper, uint64_t now)
{
    if (now - keeper->repaired_ms > REPAIR_QUIET_MS)
        keeper->repair_ms = REPAIR_FIRST_MS;
    else if (keeper->repair_ms * 2 <= REPAIR_LAST_MS)
        keeper->repair_ms *= 2;
    keeper->repaired_ms = now;
}

bool nat_keeper_wake(struct nat_keeper *keeper, uint64_t now_ms)
{
    struct err err = {0};
    bool was_known = keeper->filters_known;

    if (!keeper->in_force) {
        put_right(keeper);
        slow_down(keeper, now_ms);
    } else if (is_wanted(keeper) && see_to_others(keeper, &err) > 0) {
        slow_down(keeper, now_ms);
    }
    return keeper->in_force && keeper->filters_known && !was_known;
}

void nat_keeper_done(struct nat_keeper *keeper)
{
    nat_parts_done(&keeper->parts);
    free(keeper->changed);
    nat_forgetting_done(&keeper->forgetting);
    nat_view_done(&keeper->view);
    docker_bridges_done(&keeper->docker_bridges);
    free(keeper->forwarding);
    free(keeper->devices);
}
