/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Attachments as text for people, and the name of the L2 segment. No program
 * parses what attachment_describe() writes: its wording may change.
 */
#include <inttypes.h>
#include <string.h>

#include "ovsint/spec/attachment.h"

void attachment_segment(const struct attachment *attachment, struct buf *ret)
{
    if (attachment->ovn[0])
        buf_addf(ret, "%s/ovn:%s", attachment->bridge, attachment->ovn);
    else
        buf_addf(ret, "%s/%u", attachment->bridge, attachment->vlan);
}

static void add_trunks(const struct attachment *a, struct buf *ret)
{
    if (vlan_set_empty(&a->trunks))
        buf_add_text(ret, "all VLANs");
    else
        vlan_set_format(&a->trunks, ret);
}

static void add_vlans(const struct attachment *a, struct buf *ret)
{
    switch (a->vlan_mode) {
    case VLAN_MODE_UNSET:
        buf_add_text(ret, ", no VLAN set (trunk of all VLANs)");
        return;
    case VLAN_MODE_ACCESS:
        buf_addf(ret, ", access VLAN %u", a->vlan);
        return;
    case VLAN_MODE_TRUNK:
        buf_add_text(ret, ", trunk of ");
        break;
    case VLAN_MODE_NATIVE_TAGGED:
    case VLAN_MODE_NATIVE_UNTAGGED:
        buf_addf(ret, ", %s VLAN %u, trunk of ", vlan_mode_name(a->vlan_mode),
                 a->vlan);
        break;
    case VLAN_MODE_DOT1Q_TUNNEL:
        buf_addf(ret, ", 802.1Q tunnel in VLAN %u for ", a->vlan);
        break;
    }
    add_trunks(a, ret);
}

/* Each gateway is shown once, after the first address that reaches it. */
static void add_gateways_of(const struct attachment *a,
                            const struct ip_prefix *address,
                            bool shown[ARRAY_LEN(a->gateway)], struct buf *ret)
{
    char text[IP_TEXT_SIZE];

    for (size_t i = 0; i < a->gateway_count; i++) {
        if (shown[i] || !ip_in_prefix(&a->gateway[i], address))
            continue;
        shown[i] = true;
        ip_format(&a->gateway[i], text);
        buf_addf(ret, " via %s", text);
    }
}

static void add_addresses(const struct attachment *a, struct buf *ret)
{
    bool shown[ARRAY_LEN(a->gateway)] = {false};
    char text[PREFIX_TEXT_SIZE];

    for (size_t i = 0; i < a->ip_count; i++) {
        prefix_format(&a->ip[i], text);
        buf_addf(ret, ", %s", text);
        add_gateways_of(a, &a->ip[i], shown, ret);
    }
    if (a->ip_auto)
        buf_addf(ret, ", addresses of network %s", a->network);
    if (a->ip_dhcp)
        buf_add_text(ret, ", an address by DHCP");
    if (a->ip_slaac)
        buf_add_text(ret, ", addresses by router advertisements");
    for (size_t i = 0; i < a->gateway_count; i++) {
        ip_format(&a->gateway[i], text);
        if (!shown[i])
            buf_addf(ret, ", gateway %s", text);
    }
}

static void add_routes(const struct attachment *a, struct buf *ret)
{
    char to[PREFIX_TEXT_SIZE], via[IP_TEXT_SIZE];

    for (size_t i = 0; i < a->route_count; i++) {
        prefix_format(&a->routes[i].to, to);
        ip_format(&a->routes[i].via, via);
        buf_addf(ret, ", %s via %s", to, via);
    }
}

static void add_device(const struct attachment *a, struct buf *ret)
{
    char mac[MAC_TEXT_SIZE], prefix[PREFIX_TEXT_SIZE];

    if (a->isolated)
        buf_add_text(ret, ", isolated from other isolated ports");
    if (a->snoops)
        buf_add_text(ret, ", multicast to members alone");
    if (a->guard != SOURCE_GUARD_OFF)
        buf_addf(ret, ", guard %s", source_guard_name(a->guard));
    for (size_t i = 0; i < a->guard_also_count; i++) {
        prefix_format(&a->guard_also[i], prefix);
        buf_addf(ret, "%s%s", i ? ", " : ", and may send from ", prefix);
    }
    if (!mac_is_zero(&a->mac)) {
        mac_format(&a->mac, mac);
        buf_addf(ret, ", mac %s", mac);
    }
    if (a->mtu)
        buf_addf(ret, ", mtu %u", a->mtu);
    if (a->takes_default)
        buf_add_text(ret, ", takes over the default");
    if (a->storm)
        buf_addf(ret, ", storm %" PRIu64 " frames/s", a->storm);
    if (a->rate_kbit)
        buf_addf(ret, ", rate %" PRIu64 " kbit/s", a->rate_kbit);
    if (a->burst_kbit)
        buf_addf(ret, ", burst %" PRIu64 " kbit", a->burst_kbit);
    if (a->skip_dad)
        buf_add_text(ret, ", no duplicate address detection");
    if (a->accepts_ra)
        buf_add_text(ret, ", router advertisements accepted");
    if (a->ofport_request)
        buf_addf(ret, ", ofport %u", a->ofport_request);
}

void attachment_describe(const struct attachment *attachment, struct buf *ret)
{
    buf_addf(ret, "%s: %s port on %s", attachment->ifname,
             vnic_type_name(attachment->type), attachment->bridge);
    if (attachment->ovn[0])
        buf_addf(ret, ", logical switch %s", attachment->ovn);
    else
        add_vlans(attachment, ret);
    add_addresses(attachment, ret);
    add_routes(attachment, ret);
    add_device(attachment, ret);
    for (size_t i = 0; i < attachment->external_id_count; i++)
        buf_addf(ret, ", %s=%s", attachment->external_ids[i].key,
                 attachment->external_ids[i].value);
}
