/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One search at a time, and what the next one is to look for. A search begins
 * when rules have been put right, and its first turn is taken at once: where
 * few connections are tracked that is all of it, and nobody waits.
 */
#include "plugin/gateway/nat_forget.h"

#include <netinet/in.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "plugin/gateway/nat_keeper.h"

void nat_forget_view(struct nat_forgetting *forgetting)
{
    if (forgetting->has_flows)
        nat_flows_done(&forgetting->flows);
    forgetting->has_flows = false;
}

static void drop_leavers(struct nat_forgetting *forgetting, unsigned search)
{
    size_t kept = 0;

    for (size_t i = 0; i < forgetting->leaver_count; i++) {
        if (forgetting->leavers[i].search != search)
            forgetting->leavers[kept++] = forgetting->leavers[i];
    }
    forgetting->leaver_count = kept;
}

static void end_search(struct nat_forgetting *forgetting)
{
    nat_forget_view(forgetting);
    free(TAKE_PTR(forgetting->changed));
    drop_leavers(forgetting, forgetting->number);
    forgetting->is_under_way = false;
}

void nat_forgetting_done(struct nat_forgetting *forgetting)
{
    end_search(forgetting);
    free(forgetting->next_changed);
    free(forgetting->leavers);
}

static bool awaits_search(const struct nat_forgetting *forgetting)
{
    return forgetting->next_changed || forgetting->next_strays;
}

bool nat_forget_has_search(const struct nat_forgetting *forgetting)
{
    return forgetting->is_under_way || awaits_search(forgetting);
}

static bool begin_search(struct nat_forgetting *forgetting)
{
    if (!awaits_search(forgetting))
        return false;
    forgetting->number++;
    forgetting->changed = TAKE_PTR(forgetting->next_changed);
    forgetting->has_strays = forgetting->next_strays;
    forgetting->next_strays = false;
    forgetting->is_under_way = true;
    return true;
}

/* Looks at the next connections. What has changed since a search has begun is
 * for another one, which begins when it has ended: so each ends, how often
 * others change something. */
void nat_forget_go_on(struct nat_keeper *keeper)
{
    struct nat_forgetting *forgetting = &keeper->forgetting;
    struct err err = {0};
    bool anew = !forgetting->is_under_way;

    if (anew && !begin_search(forgetting))
        return;
    if (!forgetting->has_flows)
        nat_flows_init(&forgetting->flows, &keeper->view, forgetting->changed,
                       forgetting->has_strays);
    forgetting->has_flows = true;
    const struct conntrack_judge judge = {nat_flows_judge, &forgetting->flows};
    int r = keeper->kernel->forget_udp(keeper->data, anew, &judge, &err);
    if (r < 0)
        log_event(LOG_LEVEL_WARNING,
                  "UDP connections may still reach containers by ports that "
                  "are not published any more",
                  "error", err.text, NULL);
    if (r <= 0)
        end_search(forgetting);
    if (nat_forget_has_search(forgetting))
        keeper->kernel->go_on(keeper->data);
}

/* What is still in the packet filter waits for the search after its end. */
static void number_leavers(struct nat_keeper *keeper)
{
    struct nat_forgetting *forgetting = &keeper->forgetting;

    for (size_t i = 0; i < forgetting->leaver_count; i++) {
        struct nat_leaver *leaver = &forgetting->leavers[i];
        if (!leaver->search &&
            !nat_parts_have(&keeper->parts, NAT_DELETE, leaver->port))
            leaver->search = forgetting->number + 1;
    }
}

void nat_forget(struct nat_keeper *keeper, const struct port_map *changed,
                bool has_strays)
{
    struct nat_forgetting *forgetting = &keeper->forgetting;

    if (changed && !forgetting->next_changed)
        forgetting->next_changed = mem_new(sizeof(*forgetting->next_changed));
    if (changed)
        port_map_add_all(forgetting->next_changed, changed);
    forgetting->next_strays |= has_strays;
    number_leavers(keeper);
    if (!forgetting->is_under_way)
        nat_forget_go_on(keeper);
}

static bool has_udp(const struct published_list *ports)
{
    for (size_t i = 0; i < ports->count; i++) {
        if (ports->items[i].protocol == IPPROTO_UDP)
            return true;
    }
    return false;
}

static void add_leaver(const struct nat_endpoint *endpoint, void *data)
{
    struct nat_forgetting *forgetting = data;
    struct nat_leaver leaver = {.ip4 = endpoint->target.ip4,
                                .ip6 = endpoint->target.ip6};

    if (!has_udp(&endpoint->ports))
        return;
    memcpy(leaver.port, endpoint->port, sizeof(leaver.port));
    forgetting->leavers =
        mem_grow(forgetting->leavers, forgetting->leaver_count,
                 &forgetting->leaver_room, sizeof(*forgetting->leavers));
    forgetting->leavers[forgetting->leaver_count++] = leaver;
}

void nat_forget_leavers(struct nat_forgetting *forgetting,
                        const struct nat_view *view,
                        const struct nat_view *next)
{
    nat_view_leaving(view, next, add_leaver, forgetting);
}

/* One whose rules are not off yet is not meant: without rules in force nobody
 * waits. */
bool nat_forgets(const struct nat_forgetting *forgetting, const char *port)
{
    for (size_t i = 0; i < forgetting->leaver_count; i++) {
        const struct nat_leaver *leaver = &forgetting->leavers[i];
        if (leaver->search && strcmp(leaver->port, port) == 0)
            return true;
    }
    return false;
}

bool nat_forgets_target(const struct nat_forgetting *forgetting,
                        const struct nat_target *target)
{
    for (size_t i = 0; i < forgetting->leaver_count; i++) {
        const struct nat_leaver *leaver = &forgetting->leavers[i];
        if (leaver->search &&
            ((target->ip4.family && ip_equal(&leaver->ip4, &target->ip4)) ||
             (target->ip6.family && ip_equal(&leaver->ip6, &target->ip6))))
            return true;
    }
    return false;
}
