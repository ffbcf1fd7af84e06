/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What is judged of OVN: the host as a chassis, ovn-controller, and both ends
 * of our ports on logical switches. Pure.
 */
#include <stdio.h>
#include <string.h>

#include "cli/doctor/doctor.h"
#include "ovsint/rows/port_name.h"

#define SHOWN_SIZE 96

const char *doctor_logical(const struct plugged *port)
{
    const char *logical =
        port->row ? vswitch_port_id(port->row, ID_IFACE) : NULL;

    return logical && names_port_of_logical(logical) ? logical : NULL;
}

const char *doctor_gateway(const struct plugged *port)
{
    if (!port->row || !vswitch_port_id(port->row, ID_HOST_NETWORK) ||
        !port->logical_switch)
        return NULL;
    return vswitch_port_id(port->row, ID_IFACE);
}

static const struct plugged *plugged_of(const struct host_seen *seen,
                                        const struct logical_seen *logical)
{
    for (size_t i = 0; i < seen->ports.count; i++) {
        if (strcmp(seen->ports.list[i].port, logical->port) == 0)
            return &seen->ports.list[i];
    }
    return NULL;
}

static void judge_chassis(const struct host_seen *seen, struct findings *ret)
{
    const struct ovn_seen *ovn = &seen->ovn;

    if (ovn->absent) {
        doctor_found(ret, FINDING_OVN_INCOMPLETE, ovn->absent, NULL);
        return;
    }
    if (ovn->controller_why.code)
        doctor_found_away(ret, FINDING_OVN_CONTROLLER_AWAY,
                          &ovn->controller_why);
    else if (!ovn->has_southbound)
        doctor_found(ret, FINDING_OVN_SOUTHBOUND_AWAY, ovn->remote, NULL);
    if (!vswitch_bridges_find(&seen->bridges, ovn->chassis.bridge))
        doctor_found(ret, FINDING_OVN_BRIDGE_ABSENT, ovn->chassis.bridge, NULL);
    if (!ovn->underlay_why.code && !ovn->underlay_mtu)
        doctor_found(ret, FINDING_OVN_ENCAP_ADDRESS, ovn->chassis.encap_ips,
                     NULL);
}

static void judge_mtu_of(const struct ovn_seen *ovn, const struct plugged *port,
                         struct findings *ret)
{
    char shown[SHOWN_SIZE];

    if (ovn->underlay_mtu <= ovn->chassis.overhead || !port->counted)
        return;
    unsigned most = ovn->underlay_mtu - ovn->chassis.overhead;
    if (port->mtu <= most)
        return;
    snprintf(shown, sizeof(shown), "%u bytes against %u", port->mtu, most);
    doctor_found(ret, FINDING_OVN_MTU, port->port, shown);
}

static void judge_logical(const struct host_seen *seen,
                          const struct logical_seen *logical,
                          struct findings *ret)
{
    const struct plugged *port = plugged_of(seen, logical);

    if (logical->is_left)
        doctor_found(ret, FINDING_LOGICAL_PORT_STALE, logical->port,
                     logical->holder);
    if (!port || seen->ovn.northbound_why.code)
        return;
    if (logical->router[0])
        doctor_found(ret, FINDING_LOGICAL_GATEWAY_TWICE, logical->router,
                     logical->holder);
    if (logical->twin[0])
        doctor_found(ret, FINDING_LOGICAL_ADDRESS_TWICE, logical->twin,
                     logical->holder);
    if (!logical->is_there && seen->ovn.former[0] && !logical->is_gateway)
        return; /* said once, for all of them */
    if (!logical->is_there)
        doctor_found(ret,
                     logical->is_gateway ? FINDING_LOGICAL_GATEWAY_LOST
                                         : FINDING_LOGICAL_PORT_LOST,
                     logical->port, logical->holder);
    else if (!logical->is_physical)
        judge_mtu_of(&seen->ovn, port, ret);
}

struct physical_seen *ovn_seen_physical(struct ovn_seen *ovn, const char *on,
                                        const char *network)
{
    for (size_t i = 0; i < ovn->physical_count; i++) {
        if (strcmp(ovn->physical[i].on, on) == 0 &&
            strcmp(ovn->physical[i].network, network) == 0)
            return &ovn->physical[i];
    }
    ovn->physical = mem_grow(ovn->physical, ovn->physical_count,
                             &ovn->physical_room, sizeof(*ovn->physical));
    struct physical_seen *physical = &ovn->physical[ovn->physical_count++];
    *physical = (struct physical_seen){0};
    snprintf(physical->on, sizeof(physical->on), "%s", on);
    snprintf(physical->network, sizeof(physical->network), "%s", network);
    return physical;
}

void ovn_seen_localnet(struct physical_seen *physical, unsigned vlan)
{
    if (!physical->is_asked_for || physical->vlan == vlan) {
        physical->has_localnet = true;
        return;
    }
    physical->has_other = true;
    physical->other_vlan = vlan;
}

static void add_vlan(struct buf *ret, unsigned vlan)
{
    if (vlan)
        buf_addf(ret, "VLAN %u", vlan);
    else
        buf_add_text(ret, "no VLAN");
}

static void judge_localnet(const struct physical_seen *physical,
                           struct findings *ret)
{
    auto_buf struct buf vlans = BUF_INIT(SHOWN_SIZE);

    if (physical->has_localnet)
        return;
    if (!physical->has_other) {
        doctor_found(ret, FINDING_LOCALNET_LOST, physical->network,
                     physical->on);
        return;
    }
    add_vlan(&vlans, physical->other_vlan);
    buf_add_text(&vlans, " in place of ");
    add_vlan(&vlans, physical->vlan);
    doctor_found(ret, FINDING_LOCALNET_VLAN, physical->on, buf_text(&vlans));
}

static void judge_physical(const struct host_seen *seen,
                           const struct physical_seen *physical,
                           struct findings *ret)
{
    const struct ovn_seen *ovn = &seen->ovn;
    char bridge[BRIDGE_NAME_SIZE];

    if (!chassis_physical(ovn->mappings, physical->network, bridge))
        doctor_found(ret, FINDING_OVN_MAPPING, physical->network, physical->on);
    else if (!vswitch_bridges_find(&seen->bridges, bridge))
        doctor_found(ret, FINDING_OVN_MAPPED_BRIDGE, physical->network, bridge);
    if (!ovn->northbound_why.code)
        judge_localnet(physical, ret);
}

/* A host whose ports are on no logical switch does not need that database. */
static void judge_northbound(const struct host_seen *seen, struct findings *ret)
{
    bool needs = false;

    for (size_t i = 0; i < seen->ovn.logical_count; i++) {
        needs |= plugged_of(seen, &seen->ovn.logical[i]) != NULL;
        judge_logical(seen, &seen->ovn.logical[i], ret);
    }
    if (seen->ovn.former[0])
        doctor_found(ret, FINDING_OVN_RENAMED, seen->ovn.chassis.name,
                     seen->ovn.former);
    if (seen->ovn.pair[0])
        doctor_found(ret, FINDING_OVN_GATEWAY_PAIR, seen->ovn.pair,
                     seen->ovn.peer);
    if (needs && seen->ovn.northbound_why.code)
        doctor_found_away(ret, FINDING_OVN_NORTHBOUND_AWAY,
                          &seen->ovn.northbound_why);
    else if (needs && seen->ovn.is_northbound_cut_off)
        doctor_found(ret, FINDING_OVN_NORTHBOUND_CUT_OFF, NULL, NULL);
}

void doctor_judge_ovn(const struct host_seen *seen, struct findings *ret)
{
    if (!seen->has_ovn || !seen->ports.has_rows)
        return;
    judge_chassis(seen, ret);
    judge_northbound(seen, ret);
    /* Of a host that is no chassis the rest was not looked at. */
    for (size_t i = 0; !seen->ovn.absent && i < seen->ovn.physical_count; i++)
        judge_physical(seen, &seen->ovn.physical[i], ret);
}
