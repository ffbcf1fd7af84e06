/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The table of keys, and how one is found. A guess at what a mistyped key means
 * serves the message only: no key is ever accepted because it is similar.
 */
#include "ovsint/spec/vocabulary.h"

#include <errno.h>
#include <string.h>

#include "ovsint/spec/keys.h"

#define NEAR_LEN 31
#define HELP_WIDTH 79
#define HELP_FIXED_WIDTH (2 + 14 + 2 + 20 + 2) /* all but the prefix */

/* CNI has its own meaning of `type`. */
#define ANY_BUT_CNI                                                       \
    (FRONT_HOOK | FRONT_DOCKER | FRONT_NETWORK | FRONT_SPEC | FRONT_CLI | \
     FRONT_NETAVARK)
#define ANY (ANY_BUT_CNI | FRONT_CNI)
/* Keys whose values cannot be the same for all containers of a network. */
#define CONTAINER (FRONT_HOOK | FRONT_DOCKER | FRONT_SPEC | FRONT_CLI)
/* What a network asks for as a whole. */
#define NETWORK (FRONT_DOCKER | FRONT_NETWORK | FRONT_CNI | FRONT_NETAVARK)
/* Docker and podman hand out addresses themselves: of `ip` their networks may
 * have what is none. */
#define ADDRESS (FRONT_HOOK | FRONT_SPEC | FRONT_CNI | FRONT_CLI)

#define SPAN(first, last)                   \
    offsetof(struct attachment, first),     \
        offsetof(struct attachment, last) + \
            sizeof(((struct attachment *)0)->last)

const struct key_row key_rows[KEY_COUNT] = {
    [KEY_NETWORK] = {{"network", "NAME", "a network of the configuration",
                      CONTAINER | FRONT_CNI | FRONT_NETAVARK},
                     key_set_network,
                     SPAN(network, network)},
    [KEY_BRIDGE] = {{"bridge", "NAME", "Open vSwitch bridge", ANY},
                    key_set_bridge,
                    SPAN(bridge, bridge)},
    [KEY_OVN] = {{"ovn", "NAME", "logical switch of OVN, instead of a bridge",
                  ANY},
                 key_set_ovn,
                 SPAN(ovn, ovn)},
    [KEY_VLAN] = {{"vlan", "1-4094", "access or native VLAN", ANY},
                  key_set_vlan,
                  SPAN(vlan, vlan)},
    [KEY_TRUNKS] = {{"trunks", "10,20-29", "VLANs carried tagged", ANY},
                    key_set_trunks,
                    SPAN(trunks, trunks)},
    [KEY_VLAN_MODE] =
        {{"vlan-mode", "MODE",
          "access, trunk, native-tagged, native-untagged, dot1q-tunnel", ANY},
         key_set_vlan_mode,
         SPAN(vlan_mode, vlan_mode)},
    [KEY_ISOLATED_PORTS] = {{"isolated-ports", "true|false",
                             "no traffic with other ports that have it", ANY},
                            key_set_isolated_ports,
                            SPAN(isolated, isolated)},
    [KEY_GUARD] = {{"guard", "off|mac|full",
                    "what it may send: anything, with its MAC, with its "
                    "addresses",
                    ANY},
                   key_set_guard,
                   SPAN(guard, guard)},
    [KEY_GUARD_ALSO] = {{"guard-also", "ADDR,NET/LEN,...",
                         "what it may send from besides its addresses", ANY},
                        key_set_guard_also,
                        SPAN(guard_also, guard_also_count)},
    [KEY_IP] = {{"ip", "ADDR/LEN,...", "addresses, or auto, dhcp, slaac",
                 ADDRESS | FRONT_NETWORK | FRONT_DOCKER | FRONT_NETAVARK},
                key_set_ip,
                SPAN(ip, ip_slaac)},
    [KEY_GATEWAY] = {{"gateway", "ADDR,...", "default routes, one per family",
                      ADDRESS},
                     key_set_gateway,
                     SPAN(gateway, gateway_count)},
    [KEY_ROUTES] = {{"routes", "NET/LEN via ADDR,...", "further routes", ANY},
                    key_set_routes,
                    SPAN(routes, route_count)},
    [KEY_DAD] = {{"dad", "true|false", "false: no wait for IPv6 addresses",
                  ANY},
                 key_set_dad,
                 SPAN(skip_dad, skip_dad)},
    [KEY_ACCEPT_RA] = {{"accept-ra", "true|false",
                        "true: router advertisements may configure it", ANY},
                       key_set_accept_ra,
                       SPAN(accepts_ra, accepts_ra)},
    [KEY_DHCP_ID] = {{"dhcp-id", "TEXT|01:02:...",
                      "who it is to a DHCP server, else its MAC", CONTAINER},
                     key_set_dhcp_id,
                     SPAN(dhcp_id, dhcp_id)},
    [KEY_DHCP_HOSTNAME] = {{"dhcp-hostname", "NAME",
                            "the name it tells a DHCP server", CONTAINER},
                           key_set_dhcp_hostname,
                           SPAN(dhcp_hostname, dhcp_hostname)},
    [KEY_DNS_NAME] = {{"dns-name", "NAME",
                       "the name by which others on its logical switch find it",
                       CONTAINER},
                      key_set_dns_name,
                      SPAN(dns_name, dns_name)},
    [KEY_MAC] = {{"mac", "02:00:00:00:00:01", "MAC address", CONTAINER},
                 key_set_mac,
                 SPAN(mac, mac)},
    [KEY_MTU] = {{"mtu", "68-65535", "largest packet in bytes", ANY},
                 key_set_mtu,
                 SPAN(mtu, mtu)},
    [KEY_TYPE] = {{"type", "internal|veth", "kind of vNIC", ANY_BUT_CNI},
                  key_set_type,
                  SPAN(type, type)},
    [KEY_DEFAULT] = {{"default", "true|false", "take over from earlier devices",
                      ANY},
                     key_set_default,
                     SPAN(takes_default, takes_default)},
    [KEY_STORM] = {{"storm", "FRAMES/S",
                    "limit on broadcast and multicast that it sends", ANY},
                   key_set_storm,
                   SPAN(storm, storm)},
    [KEY_RATE] = {{"rate", "KBIT/S", "limit on what the container sends", ANY},
                  key_set_rate,
                  SPAN(rate_kbit, rate_kbit)},
    [KEY_BURST] = {{"burst", "KBIT", "how far it may exceed the rate", ANY},
                   key_set_burst,
                   SPAN(burst_kbit, burst_kbit)},
    [KEY_EXTERNAL_IDS] = {{"external-ids", "KEY=VALUE,...",
                           "copied to the Interface row", ANY},
                          key_set_external_ids,
                          SPAN(external_ids, external_id_count)},
    [KEY_OFPORT] = {{"ofport", "1-65279", "OpenFlow port number asked for",
                     CONTAINER},
                    key_set_ofport,
                    SPAN(ofport_request, ofport_request)},
    [KEY_MCAST_SNOOPING] = {{"mcast-snooping", "true|false",
                             "multicast goes to members alone",
                             NETWORK | FRONT_SPEC | FRONT_CLI},
                            key_set_mcast_snooping,
                            SPAN(snoops, snoops)},
    [KEY_POOL] = {{"pool", "1-256", "ports kept ready for new containers",
                   NETWORK},
                  key_set_pool,
                  SPAN(pool, pool)},
};

const struct vocabulary_entry *vocabulary_entry(enum vocabulary_key key)
{
    return &key_rows[key].entry;
}

int vocabulary_find(const char *text, unsigned fronts)
{
    for (int key = 0; key < KEY_COUNT; key++) {
        if (!(key_rows[key].entry.fronts & fronts))
            continue;
        if (strcmp(key_rows[key].entry.key, text) == 0)
            return key;
    }
    return -ENOENT;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* How many characters have to be added, dropped, replaced or swapped with their
 * neighbour to get from `a` to `b`. */
static unsigned distance(const char *a, const char *b)
{
    unsigned cost[NEAR_LEN + 1][NEAR_LEN + 1];
    size_t a_len = strlen(a), b_len = strlen(b);

    if (a_len > NEAR_LEN || b_len > NEAR_LEN)
        return NEAR_LEN;
    for (unsigned i = 0; i <= a_len; i++)
        cost[i][0] = i;
    for (unsigned j = 0; j <= b_len; j++)
        cost[0][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        for (size_t j = 1; j <= b_len; j++) {
            unsigned best = cost[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            best = least(best, cost[i - 1][j] + 1);
            best = least(best, cost[i][j - 1] + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = least(best, cost[i - 2][j - 2] + 1);
            cost[i][j] = best;
        }
    }
    return cost[a_len][b_len];
}

bool vocabulary_near(const char *a, const char *b)
{
    return distance(a, b) <= (strlen(b) <= 4 ? 1 : 2);
}

const char *vocabulary_nearest(const char *text, unsigned fronts)
{
    const char *nearest = NULL;
    unsigned shortest = NEAR_LEN;

    for (size_t key = 0; key < KEY_COUNT; key++) {
        const struct vocabulary_entry *entry = &key_rows[key].entry;
        unsigned far = distance(text, entry->key);
        if (!(entry->fronts & fronts) || !vocabulary_near(text, entry->key))
            continue;
        if (far >= shortest)
            continue;
        shortest = far;
        nearest = entry->key;
    }
    return nearest;
}

void vocabulary_list(unsigned fronts, struct buf *ret)
{
    const char *separator = "";

    for (size_t key = 0; key < KEY_COUNT; key++) {
        if (!(key_rows[key].entry.fronts & fronts))
            continue;
        buf_addf(ret, "%s%s", separator, key_rows[key].entry.key);
        separator = ", ";
    }
}

/* Adds `text` in lines of at most `width` characters, broken at blanks. Further
 * lines begin with `indent` blanks. */
static void add_wrapped(const char *text, size_t width, size_t indent,
                        struct buf *ret)
{
    while (strlen(text) > width) {
        size_t len = width;
        while (len > 0 && text[len] != ' ')
            len--;
        if (len == 0)
            break;
        buf_addf(ret, "%.*s\n%*s", (int)len, text, (int)indent, "");
        text += len + 1;
    }
    buf_addf(ret, "%s\n", text);
}

void vocabulary_print(unsigned fronts, const char *prefix, struct buf *ret)
{
    size_t indent = HELP_FIXED_WIDTH + strlen(prefix);
    size_t width = indent < HELP_WIDTH ? HELP_WIDTH - indent : 1;

    for (size_t key = 0; key < KEY_COUNT; key++) {
        const struct vocabulary_entry *entry = &key_rows[key].entry;
        if (!(entry->fronts & fronts))
            continue;
        buf_addf(ret, "  %s%-14s  %-20s  ", prefix, entry->key, entry->syntax);
        add_wrapped(entry->meaning, width, indent, ret);
    }
}
