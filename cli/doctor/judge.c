/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * From what was seen to findings, in the order of the table: servers, bridges,
 * ports, uplinks, the rest of the host. Pure.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/doctor/doctor.h"

#define SHOWN_SIZE 96

void findings_done(struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        for (size_t w = 0; w < FINDING_WORDS; w++)
            free(findings->list[i].words[w]);
    }
    free(findings->list);
    *findings = (struct findings){0};
}

void host_seen_done(struct host_seen *seen)
{
    plugged_done(&seen->ports);
    vswitch_bridges_done(&seen->bridges);
    free(seen->cards);
    free(seen->routers);
    free(seen->ovn.logical);
    free(seen->ovn.mappings);
    free(seen->ovn.physical);
    *seen = (struct host_seen){0};
}

void doctor_found(struct findings *ret, enum finding_id id, const char *first,
                  const char *second)
{
    const char *const words[FINDING_WORDS] = {first, second};

    ret->list = mem_grow(ret->list, ret->count, &ret->room, sizeof(*ret->list));
    struct finding *finding = &ret->list[ret->count++];
    *finding = (struct finding){.id = id};
    for (size_t w = 0; w < FINDING_WORDS; w++) {
        if (words[w])
            finding->words[w] = mem_text(words[w], strlen(words[w]));
    }
    ret->of[finding_row(id)->severity]++;
}

/* To start what runs does nothing: only where nobody listens nothing runs. */
void doctor_found_away(struct findings *ret, enum finding_id id,
                       const struct err *why)
{
    bool is_down = why->code == ENOENT || why->code == ECONNREFUSED;

    doctor_found(ret, id, why->text, is_down ? "start" : "restart");
}

void host_said(struct host_seen *seen, enum finding_id id, const char *first,
               const char *second)
{
    if (seen->said_count == SAID_FINDINGS)
        return;
    struct said_seen *said = &seen->said[seen->said_count++];
    said->id = id;
    snprintf(said->first, sizeof(said->first), "%s", first);
    snprintf(said->second, sizeof(said->second), "%s", second ? second : "");
}

/* Servers. */

static void judge_servers(const struct host_seen *seen, struct findings *ret)
{
    char cur[24], next[24];

    if (!seen->ports.has_rows)
        doctor_found_away(ret, FINDING_DATABASE_AWAY, &seen->ports.rows_why);
    if (seen->switch_why.code)
        doctor_found_away(ret, FINDING_SWITCH_AWAY, &seen->switch_why);
    else if (seen->cur_cfg < seen->next_cfg) {
        snprintf(cur, sizeof(cur), "%" PRId64, seen->cur_cfg);
        snprintf(next, sizeof(next), "%" PRId64, seen->next_cfg);
        doctor_found(ret, FINDING_SWITCH_BEHIND, cur, next);
    }
    /* Without the database nobody can tell who has the lock. */
    if (seen->ports.has_rows && !seen->guarded)
        doctor_found(ret, FINDING_GUARDIAN_AWAY, NULL, NULL);
}

/* Bridges. */

static bool has_internal_ports(const struct host_seen *seen, const char *bridge)
{
    for (size_t i = 0; i < seen->ports.count; i++) {
        const struct plugged *port = &seen->ports.list[i];
        if (port->bridge && !port->veth && strcmp(port->bridge, bridge) == 0)
            return true;
    }
    return false;
}

static bool has_ports(const struct host_seen *seen, const char *bridge)
{
    for (size_t i = 0; i < seen->ports.count; i++) {
        const char *of = seen->ports.list[i].bridge;
        if (of && strcmp(of, bridge) == 0)
            return true;
    }
    return false;
}

static void judge_bridges(const struct host_seen *seen, struct findings *ret)
{
    for (size_t i = 0; i < seen->bridges.count; i++) {
        const struct vswitch_bridge *bridge = &seen->bridges.rows[i];
        if (!bridge->userspace && !seen->has_module)
            doctor_found(ret, FINDING_MODULE_AWAY, bridge->name, NULL);
        if ((bridge->stp || bridge->rstp) &&
            has_internal_ports(seen, bridge->name))
            doctor_found(ret, FINDING_SPANNING_TREE, bridge->name,
                         bridge->stp ? "stp_enable" : "rstp_enable");
    }
}

/* Ports. */

static const struct vswitch_bridge *bridge_of(const struct host_seen *seen,
                                              const struct plugged *port)
{
    return port->bridge ? vswitch_bridges_find(&seen->bridges, port->bridge)
                        : NULL;
}

static bool is(const struct plugged *port, const char *state)
{
    return port->state && strcmp(port->state, state) == 0;
}

/* How the device is: at most one finding. */
static void judge_state(const struct plugged *port, struct findings *ret)
{
    char room[LIMIT_CONTAINER_ID_SIZE];
    const char *title = plugged_title(port, room);

    if (is(port, "container gone"))
        doctor_found(ret, FINDING_STALE_PORT, port->port, title);
    else if (port->error && port->error[0])
        doctor_found(ret, FINDING_PORT_REFUSED, port->port, port->error);
    else if (is(port, "lost") && port->counted)
        doctor_found(ret, FINDING_DEAD_TAP, port->port, title);
    else if (is(port, "lost") || is(port, "lost, its name is taken inside"))
        doctor_found(ret, FINDING_LOST_PORT, port->port, title);
    else if (is(port, "deleted"))
        doctor_found(ret, FINDING_DELETED_DEVICE, port->port, title);
}

/* The narrowest of the bridge's uplinks; NULL = it has none. */
static const struct card_seen *narrowest(const struct host_seen *seen,
                                         const char *bridge)
{
    const struct card_seen *least = NULL;

    for (size_t i = 0; i < seen->card_count; i++) {
        const struct card_seen *card = &seen->cards[i];
        if (card->there && strcmp(card->bridge, bridge) == 0 &&
            (!least || card->mtu < least->mtu))
            least = card;
    }
    return least;
}

static void judge_mtu(const struct host_seen *seen, const struct plugged *port,
                      struct findings *ret)
{
    const struct vswitch_bridge *bridge = bridge_of(seen, port);
    char shown[SHOWN_SIZE];

    if (!bridge || !port->counted)
        return;
    if (bridge->userspace && !port->veth && port->mtu > USERSPACE_MTU_MAX) {
        snprintf(shown, sizeof(shown), "%u", port->mtu);
        doctor_found(ret, FINDING_CUT_FRAMES, port->port, shown);
    }
    const struct card_seen *card = narrowest(seen, bridge->name);
    if (card && port->mtu > card->mtu) {
        snprintf(shown, sizeof(shown), "%u bytes against %u of %s", port->mtu,
                 card->mtu, card->name);
        doctor_found(ret, FINDING_MTU_ABOVE_UPLINK, port->port, shown);
    }
}

static bool same_text(const char *left, const char *right)
{
    return strcmp(left ? left : "", right ? right : "") == 0;
}

static bool same_segment(const struct plugged *left,
                         const struct plugged *right)
{
    return left->counted && right->counted && left->bridge && right->bridge &&
           strcmp(left->bridge, right->bridge) == 0 &&
           same_text(left->vlan, right->vlan);
}

/* One finding for each segment, at its narrowest port: a port is the first one
 * of its segment if none before it is of that. */
static void judge_segment(const struct host_seen *seen, size_t first,
                          struct findings *ret)
{
    const struct plugged *list = seen->ports.list;
    const struct plugged *least = &list[first], *most = least;
    char shown[SHOWN_SIZE];

    for (size_t i = 0; i < first; i++) {
        if (same_segment(&list[i], &list[first]))
            return;
    }
    for (size_t i = first + 1; i < seen->ports.count; i++) {
        if (!same_segment(&list[i], &list[first]))
            continue;
        least = list[i].mtu < least->mtu ? &list[i] : least;
        most = list[i].mtu > most->mtu ? &list[i] : most;
    }
    if (least->mtu == most->mtu)
        return;
    snprintf(shown, sizeof(shown), "%u bytes against %u of %.20s", least->mtu,
             most->mtu, most->port);
    doctor_found(ret, FINDING_MTU_DIFFERS, least->port, shown);
}

static void judge_ports(const struct host_seen *seen, struct findings *ret)
{
    for (size_t i = 0; i < seen->ports.count; i++) {
        judge_state(&seen->ports.list[i], ret);
        judge_mtu(seen, &seen->ports.list[i], ret);
        judge_segment(seen, i, ret);
    }
}

/* Uplinks. */

static void judge_card(const struct host_seen *seen,
                       const struct card_seen *card, struct findings *ret)
{
    const struct vswitch_bridge *bridge =
        vswitch_bridges_find(&seen->bridges, card->bridge);

    if (!card->there) {
        doctor_found(ret, FINDING_UPLINK_ABSENT, card->name, card->bridge);
        return;
    }
    if (!card->up || !card->carrier)
        doctor_found(ret, FINDING_UPLINK_DOWN, card->name, card->bridge);
    /* With the switch away nobody listens; that has a finding of its own. */
    if (bridge && bridge->userspace && !card->promiscuous &&
        !seen->switch_why.code)
        doctor_found(ret, FINDING_UPLINK_DEAD, card->name, card->bridge);
    if (card->address[0])
        doctor_found(ret, FINDING_UPLINK_ADDRESSES, card->name, card->address);
}

static void judge_cards(const struct host_seen *seen, struct findings *ret)
{
    for (size_t i = 0; i < seen->card_count; i++) {
        if (has_ports(seen, seen->cards[i].bridge))
            judge_card(seen, &seen->cards[i], ret);
    }
}

/* Versions. */

struct version {
    unsigned major, minor, patch;
};

static bool read_version(const char *text, struct version *ret)
{
    return sscanf(text, "%3u.%3u.%5u", &ret->major, &ret->minor, &ret->patch) ==
           3;
}

/* Up to which patch of each release the kernel's datapath forgets the status of
 * a port in another namespace. */
static bool loses_status(const struct version *version)
{
    static const struct {
        unsigned minor, patch;
    } last[] = {{3, 8}, {4, 5}, {5, 3}, {6, 2}, {7, 0}};

    if (version->major != 3)
        return version->major < 3;
    for (size_t i = 0; i < ARRAY_LEN(last); i++) {
        if (version->minor == last[i].minor)
            return version->patch <= last[i].patch;
    }
    return version->minor < last[0].minor;
}

/* Does a TAP hand on long segments, and nothing is lost by that? Earlier
 * versions than 3.1 were not tried. Where it is not said that tunnels take them
 * it was seen that they drop them, or not tried. */
static bool tso_is_safe(const struct host_seen *seen,
                        const struct version *version)
{
    unsigned least = seen->has_ovn || seen->has_tunnel ? 5 : 1;

    for (size_t i = 0; i < seen->ports.count; i++) {
        const struct plugged *port = &seen->ports.list[i];
        if (!port->veth && port->mtu > USERSPACE_MTU_MAX)
            return false;
    }
    return version->major > 3 ||
           (version->major == 3 && version->minor >= least);
}

static void judge_tso(const struct host_seen *seen,
                      const struct version *version, struct findings *ret)
{
    if (seen->userspace_tso || !tso_is_safe(seen, version))
        return;
    for (size_t i = 0; i < seen->bridges.count; i++) {
        const struct vswitch_bridge *bridge = &seen->bridges.rows[i];
        if (!bridge->userspace || !has_internal_ports(seen, bridge->name))
            continue;
        doctor_found(ret, FINDING_USERSPACE_TSO, bridge->name, seen->version);
        return; /* it is one setting for all bridges */
    }
}

static void judge_versions(const struct host_seen *seen, struct findings *ret)
{
    struct version version;
    bool in_kernel = false;

    if (!read_version(seen->version, &version))
        return;
    for (size_t i = 0; i < seen->bridges.count; i++)
        in_kernel |= !seen->bridges.rows[i].userspace;
    if (version.major == 3 && version.minor == 1 && seen->userspace_tso &&
        (seen->has_ovn || seen->has_tunnel))
        doctor_found(ret, FINDING_TUNNEL_DROPS_TCP, seen->version, NULL);
    if (in_kernel && loses_status(&version))
        doctor_found(ret, FINDING_STATUS_COLUMNS, seen->version, NULL);
    judge_tso(seen, &version, ret);
}

/* The rest of the host. */

/* The daemon asks for members itself. */
static bool daemon_asks(const struct host_seen *seen, const char *bridge)
{
    return seen->ports.has_daemon &&
           vswitch_view_first(&seen->ports.view, VSWITCH_BY_SNOOPING, bridge);
}

/* Nothing of ours is forwarded if no network has NAT, and bridges without our
 * ports are somebody else's. */
static bool concerns_us(const struct host_seen *seen,
                        const struct said_seen *said)
{
    switch (said->id) {
    case FINDING_FIREWALL_CLOSED:
    case FINDING_FIREWALL_BAN:
        return seen->router_count;
    case FINDING_NO_QUERIER:
        return has_ports(seen, said->first) && !daemon_asks(seen, said->first);
    default:
        return true;
    }
}

static void judge_said(const struct host_seen *seen,
                       const struct said_seen *said, struct findings *ret)
{
    if (concerns_us(seen, said))
        doctor_found(ret, said->id, said->first,
                     said->second[0] ? said->second : NULL);
}

static void judge_guards(const struct host_seen *seen, struct findings *ret)
{
    char number[24];

    if (seen->unguarded_count == 0)
        return;
    snprintf(number, sizeof(number), "%zu", seen->unguarded_count);
    doctor_found(ret, FINDING_GUARD_OFF, number, seen->unguarded);
}

static void judge_host(const struct host_seen *seen, struct findings *ret)
{
    for (size_t i = 0; i < seen->router_count; i++) {
        if (!seen->routers[i].forwards)
            doctor_found(ret, FINDING_FORWARDING_OFF, seen->routers[i].device,
                         NULL);
    }
    for (size_t i = 0; i < seen->hook_count; i++)
        doctor_found(ret, FINDING_HOOK_ABSENT, seen->hooks[i].file,
                     seen->hooks[i].path);
    if (seen->has_ovn && seen->ovn_unit[0])
        doctor_found(ret, FINDING_OVN_UNIT, seen->ovn_unit, NULL);
    for (size_t i = 0; i < seen->bridges.count; i++) {
        if (seen->bridges.rows[i].userspace &&
            has_internal_ports(seen, seen->bridges.rows[i].name))
            doctor_found(ret, FINDING_USERSPACE, seen->bridges.rows[i].name,
                         NULL);
    }
    for (size_t i = 0; i < seen->said_count; i++)
        judge_said(seen, &seen->said[i], ret);
    if (seen->policy_open)
        doctor_found(ret, FINDING_POLICY_OPEN, NULL, NULL);
    judge_guards(seen, ret);
}

static int in_order(const void *a, const void *b)
{
    const struct finding *left = a, *right = b;

    if (left->id != right->id)
        return left->id < right->id ? -1 : 1;
    return strcmp(left->words[0] ? left->words[0] : "",
                  right->words[0] ? right->words[0] : "");
}

void doctor_judge(const struct host_seen *seen, struct findings *ret)
{
    judge_servers(seen, ret);
    judge_bridges(seen, ret);
    judge_ports(seen, ret);
    judge_cards(seen, ret);
    judge_versions(seen, ret);
    doctor_judge_ovn(seen, ret);
    judge_host(seen, ret);
    if (ret->count)
        qsort(ret->list, ret->count, sizeof(*ret->list), in_order);
}
