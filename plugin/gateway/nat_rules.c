/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The chains, and the texts of elements.
 *
 * Pitfall: an accept here does not help a packet that another base chain drops,
 * while a drop here is final. So this table has only what must not pass. What
 * others drop by default is opened for our devices in other_filters.c.
 */
#include "plugin/gateway/nat_rules.h"

#include <string.h>

#define TABLE "inet " NAT_TABLE
#define TABLE_CLOSED "inet " NAT_TABLE_CLOSED
#define OURS "\"ovsint-*\""

/* Packets of containers with an address of 127.0.0.0/8 are dropped first of
 * all. The kernel lets them pass on devices with route_localnet, which ports
 * that are published on 127.0.0.1 need. Redirects are dropped, too: a container
 * that reaches its neighbour by a published port must not learn a shorter
 * way. */
static const char guards[] =
    "\tchain loopback {\n"
    "\t\ttype filter hook prerouting priority raw; policy accept;\n"
    "\t\tiifname " OURS " ip daddr 127.0.0.0/8 drop\n"
    "\t\tiifname " OURS " ip saddr 127.0.0.0/8 drop\n"
    "\t}\n"
    "\tchain redirects {\n"
    "\t\ttype filter hook output priority filter; policy accept;\n"
    "\t\toifname " OURS " icmp type redirect drop\n"
    "\t\toifname " OURS " icmpv6 type nd-redirect drop\n"
    "\t}\n";

/* ::1 is not translated, so a program is refused there and tries 127.0.0.1
 * next. The answers would arrive by another device than lo, for which the
 * kernel has no route to ::1 (rt6_need_strict()), and the program would wait
 * for ever. */
static const char translation[] =
    "\tchain prerouting {\n"
    "\t\ttype nat hook prerouting priority dstnat; policy accept;\n"
    "\t\tfib daddr type local jump published\n"
    "\t}\n"
    "\tchain output {\n"
    "\t\ttype nat hook output priority -100; policy accept;\n"
    "\t\tip6 daddr ::1 accept\n"
    "\t\tfib daddr type local jump published\n"
    "\t}\n"
    "\tchain published {\n"
    "\t\tdnat ip to ip daddr . meta l4proto . th dport map @ports4_at\n"
    "\t\tdnat ip to meta l4proto . th dport map @ports4\n"
    "\t\tdnat ip6 to ip6 daddr . meta l4proto . th dport map @ports6_at\n"
    "\t\tdnat ip6 to meta l4proto . th dport map @ports6\n"
    "\t}\n"
    "\tchain postrouting {\n"
    "\t\ttype nat hook postrouting priority srcnat; policy accept;\n"
    "\t\toifname @networks jump to_networks\n"
    "\t\tsnat ip to iifname map @source4\n"
    "\t\tsnat ip6 to iifname map @source6\n"
    "\t\tmeta nfproto ipv4 iifname @masquerade4 masquerade\n"
    "\t\tmeta nfproto ipv6 iifname @masquerade6 masquerade\n"
    "\t}\n"
    "\tchain to_networks {\n"
    "\t\tiifname @networks ct status dnat masquerade\n"
    "\t\tip saddr 127.0.0.0/8 masquerade\n"
    "\t\taccept\n"
    "\t}\n";

/* The set `networks` has only host access ports of networks with mode=nat.
 * Behind those of other networks is the world, and the host may have no other
 * way to it. The set `back`: what a container sends by way of the host to its
 * own network is meant for an isolated port, so it is dropped. */
static const char filter[] =
    "\tchain forward {\n"
    "\t\ttype filter hook forward priority filter; policy accept;\n"
    "\t\toifname @networks jump inward\n"
    "\t\tiifname @networks jump outward\n"
    "\t\tmeta nfproto ipv4 iifname @opened4 drop\n"
    "\t\tmeta nfproto ipv6 iifname @opened6 drop\n"
    "\t}\n"
    "\tchain outward {\n"
    "\t\tct state established,related accept\n"
    "\t\tct status dnat accept\n"
    "\t\toifname @apart drop\n"
    "\t\taccept\n"
    "\t}\n"
    "\tchain inward {\n"
    "\t\tct state established,related accept\n"
    "\t\tct status dnat accept\n"
    "\t\tiifname . oifname @back drop\n"
    "\t\toifname @routed4 meta l4proto icmp accept\n"
    "\t\toifname @routed4 ip daddr . meta l4proto . th dport @published4 "
    "accept\n"
    "\t\toifname @routed6 meta l4proto ipv6-icmp accept\n"
    "\t\toifname @routed6 ip6 daddr . meta l4proto . th dport @published6 "
    "accept\n"
    "\t\tdrop\n"
    "\t}\n";

/* The maps and sets whose elements are ports. */
enum {
    PORTS4,
    PORTS4_AT,
    PORTS6,
    PORTS6_AT,
    PUBLISHED4,
    PUBLISHED6,
    PORT_SETS
};

static const struct {
    const char *kind;
    const char *name;
    const char *type;
} port_sets[PORT_SETS] = {
    {"map", "ports4", "inet_proto . inet_service : ipv4_addr . inet_service"},
    {"map", "ports4_at",
     "ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service"},
    {"map", "ports6", "inet_proto . inet_service : ipv6_addr . inet_service"},
    {"map", "ports6_at",
     "ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service"},
    {"set", "published4", "ipv4_addr . inet_proto . inet_service"},
    {"set", "published6", "ipv6_addr . inet_proto . inet_service"},
};

struct elements {
    enum nat_verb verb;
    struct buf lists[PORT_SETS];
    size_t counts[PORT_SETS];
};

static void elements_init(struct elements *elements, enum nat_verb verb)
{
    *elements = (struct elements){.verb = verb};
    for (int i = 0; i < PORT_SETS; i++)
        elements->lists[i] = BUF_INIT(NAT_RULES_SIZE);
}

static void elements_done(struct elements *elements)
{
    for (int i = 0; i < PORT_SETS; i++)
        buf_done(&elements->lists[i]);
}

static struct buf *next_element(struct elements *elements, int set)
{
    struct buf *list = &elements->lists[set];

    if (elements->counts[set]++)
        buf_add_text(list, ", ");
    return list;
}

/* One family of an endpoint, as its elements name it. */
struct side {
    const struct ip *ip;
    bool routed;
    char text[IP_TEXT_SIZE];
    struct port_map *seen; /* of a routed one */
};

static void add_translation(struct elements *elements, const struct side *to,
                            const struct published *one)
{
    bool is_v6 = ip_bits(to->ip) == 128;
    bool anywhere = ip_is_any(&one->host);
    int set = is_v6 ? (anywhere ? PORTS6 : PORTS6_AT)
                    : (anywhere ? PORTS4 : PORTS4_AT);
    struct buf *list = next_element(elements, set);
    char host[IP_TEXT_SIZE];

    if (!anywhere) {
        ip_format(&one->host, host);
        buf_addf(list, "%s . ", host);
    }
    buf_addf(list, "%u . %u", one->protocol, one->host_port);
    if (elements->verb == NAT_ADD)
        buf_addf(list, " : %s . %u", to->text, one->port);
}

/* From outside, containers of a routed network are reached at their own
 * addresses. Two ports of the host may lead to one port of the container. */
static void add_routed(struct elements *elements, const struct side *own,
                       const struct published *one)
{
    int set = ip_bits(own->ip) == 128 ? PUBLISHED6 : PUBLISHED4;

    if (!port_map_add_one(own->seen, one->protocol, one->port))
        buf_addf(next_element(elements, set), "%s . %u . %u", own->text,
                 one->protocol, one->port);
}

static void add_side(struct elements *elements, const struct side *side,
                     const struct published *one)
{
    if (!side->ip->family ||
        (one->host.family && one->host.family != side->ip->family))
        return;
    if (side->routed)
        add_routed(elements, side, one);
    else
        add_translation(elements, side, one);
}

static void open_side(struct side *side, struct port_map **seen)
{
    if (side->ip->family)
        ip_format(side->ip, side->text);
    if (side->routed && !*seen)
        *seen = mem_new(sizeof(**seen));
    side->seen = *seen;
}

/* So many ports at most, beginning where the cursor is. */
static void add_target(struct elements *elements,
                       const struct nat_target *target,
                       struct nat_cursor *cursor, size_t ports)
{
    struct side side4 = {.ip = &target->ip4, .routed = target->routed4};
    struct side side6 = {.ip = &target->ip6, .routed = target->routed6};
    struct published one;

    open_side(&side4, &cursor->seen4);
    open_side(&side6, &cursor->seen6);
    while (ports-- > 0 && published_next(target->ports, &cursor->at, &one)) {
        add_side(elements, &side4, &one);
        add_side(elements, &side6, &one);
    }
}

void nat_cursor_done(struct nat_cursor *cursor)
{
    free(cursor->seen4);
    free(cursor->seen6);
}

void nat_rules_slice(enum nat_verb verb, const struct nat_target *target,
                     struct nat_cursor *cursor, struct buf *ret)
{
    bool has_both = target->ip4.family && target->ip6.family;
    struct elements elements;

    elements_init(&elements, verb);
    add_target(&elements, target, cursor, has_both ? NAT_SLICE / 2 : NAT_SLICE);
    for (int i = 0; i < PORT_SETS; i++) {
        if (elements.lists[i].size == 0)
            continue;
        buf_addf(ret, "%s element " TABLE " %s { ",
                 verb == NAT_ADD ? "add" : "delete", port_sets[i].name);
        buf_add(ret, elements.lists[i].data, elements.lists[i].size);
        buf_add_text(ret, " }\n");
        ret->overflow |= elements.lists[i].overflow;
    }
    elements_done(&elements);
}

void nat_rules_target(enum nat_verb verb, const struct nat_target *target,
                      struct buf *ret)
{
    struct nat_cursor cursor = {0};

    while (!nat_cursor_is_done(&cursor, target->ports))
        nat_rules_slice(verb, target, &cursor, ret);
    nat_cursor_done(&cursor);
}

/* Why a network is in a set of devices. */
enum device_kind { REACHES, MASQUERADES, HAS_SOURCE, IS_ROUTED, TURNS_BACK };

static const struct device_set {
    const char *kind;
    const char *name;
    const char *type;
    enum device_kind of;
    int version; /* IP version, where it matters */
} device_sets[] = {
    {"set", "networks", "ifname", REACHES, 0},
    {"set", "masquerade4", "ifname", MASQUERADES, 4},
    {"set", "masquerade6", "ifname", MASQUERADES, 6},
    {"map", "source4", "ifname : ipv4_addr", HAS_SOURCE, 4},
    {"map", "source6", "ifname : ipv6_addr", HAS_SOURCE, 6},
    {"set", "routed4", "ifname", IS_ROUTED, 4},
    {"set", "routed6", "ifname", IS_ROUTED, 6},
    {"set", "back", "ifname . ifname", TURNS_BACK, 0},
};

static const struct nat_family *family_of(const struct nat_network *network,
                                          int version)
{
    return version == 6 ? &network->ipv6 : &network->ipv4;
}

static bool is_in(const struct nat_network *network,
                  const struct device_set *set)
{
    const struct nat_family *family = family_of(network, set->version);

    if (!network->routes)
        return false;
    switch (set->of) {
    case REACHES:
        return true;
    case MASQUERADES:
        return family->way == NAT_MASQUERADE && !family->source.family;
    case HAS_SOURCE:
        return family->way == NAT_MASQUERADE && family->source.family;
    case IS_ROUTED:
        return family->way == NAT_ROUTED;
    case TURNS_BACK:
        return network->ipv4.way == NAT_ROUTED ||
               network->ipv6.way == NAT_ROUTED;
    }
    return false;
}

static void add_set_element(enum nat_verb verb,
                            const struct nat_network *network,
                            const struct device_set *set, struct buf *ret)
{
    char source[IP_TEXT_SIZE];

    buf_addf(ret, "\"%s\"", network->device);
    if (set->of == TURNS_BACK)
        buf_addf(ret, " . \"%s\"", network->device);
    if (set->of != HAS_SOURCE || verb == NAT_DELETE)
        return;
    ip_format(&family_of(network, set->version)->source, source);
    buf_addf(ret, " : %s", source);
}

void nat_rules_network(enum nat_verb verb, const struct nat_network *network,
                       struct buf *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(device_sets); i++) {
        if (!is_in(network, &device_sets[i]))
            continue;
        buf_addf(ret, "%s element " TABLE " %s { ",
                 verb == NAT_ADD ? "add" : "delete", device_sets[i].name);
        add_set_element(verb, network, &device_sets[i], ret);
        buf_add_text(ret, " }\n");
    }
}

static void begin_element(bool *any, struct buf *ret)
{
    buf_add_text(ret, *any ? ", " : "\t\telements = { ");
    *any = true;
}

static void end_elements(bool any, struct buf *ret)
{
    buf_add_text(ret, any ? " }\n\t}\n" : "\t}\n");
}

static void add_device_sets(const struct nat_wanted *wanted, struct buf *ret)
{
    for (size_t s = 0; s < ARRAY_LEN(device_sets); s++) {
        const struct device_set *set = &device_sets[s];
        bool any = false;
        buf_addf(ret, "\t%s %s {\n\t\ttype %s\n", set->kind, set->name,
                 set->type);
        for (size_t i = 0; i < wanted->network_count; i++) {
            if (!is_in(&wanted->networks[i], set))
                continue;
            begin_element(&any, ret);
            add_set_element(NAT_ADD, &wanted->networks[i], set, ret);
        }
        end_elements(any, ret);
    }
}

static bool forwards_family(const struct forwarding_device *forwarding,
                            int family)
{
    return family == 4 ? forwarding->ipv4 : forwarding->ipv6;
}

static void add_forwarding_sets(const struct nat_wanted *wanted,
                                struct buf *ret)
{
    for (int family = 4; family <= 6; family += 2) {
        bool any = false;
        buf_addf(ret, "\tset opened%d {\n\t\ttype ifname\n", family);
        for (size_t i = 0; i < wanted->forwarding_count; i++) {
            if (!forwards_family(&wanted->forwarding[i], family))
                continue;
            begin_element(&any, ret);
            buf_addf(ret, "\"%s\"", wanted->forwarding[i].device);
        }
        end_elements(any, ret);
    }
}

bool forwarding_devices_same(const struct forwarding_device *a, size_t a_count,
                             const struct forwarding_device *b, size_t b_count)
{
    return a_count == b_count &&
           (a_count == 0 || memcmp(a, b, a_count * sizeof(*a)) == 0);
}

void nat_rules_forwarding(const struct nat_wanted *wanted, struct buf *ret)
{
    for (int family = 4; family <= 6; family += 2) {
        buf_addf(ret, "flush set " TABLE " opened%d\n", family);
        for (size_t i = 0; i < wanted->forwarding_count; i++) {
            if (forwards_family(&wanted->forwarding[i], family))
                buf_addf(ret, "add element " TABLE " opened%d { \"%s\" }\n",
                         family, wanted->forwarding[i].device);
        }
    }
}

static void add_port_sets(const struct nat_wanted *wanted, struct buf *ret)
{
    struct elements elements;

    elements_init(&elements, NAT_ADD);
    for (size_t i = 0; i < wanted->target_count; i++) {
        struct nat_cursor cursor = {0};
        add_target(&elements, &wanted->targets[i], &cursor, SIZE_MAX);
        nat_cursor_done(&cursor);
    }
    for (int i = 0; i < PORT_SETS; i++) {
        buf_addf(ret, "\t%s %s {\n\t\ttype %s\n", port_sets[i].kind,
                 port_sets[i].name, port_sets[i].type);
        if (elements.lists[i].size > 0)
            buf_addf(ret, "\t\telements = { %s }\n",
                     buf_text(&elements.lists[i]));
        buf_add_text(ret, "\t}\n");
    }
    elements_done(&elements);
}

bool nat_device_valid(const char *device)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "_-.@+=#%";

    return ifname_valid(device) && strspn(device, letters) == strlen(device);
}

static void remove_table(const char *table, struct buf *ret)
{
    /* If it does not exist, deleting it would be an error: so add it first. */
    buf_addf(ret, "add table %s\ndelete table %s\n", table, table);
}

void nat_rules_none(struct buf *ret)
{
    remove_table(TABLE, ret);
    remove_table(TABLE_CLOSED, ret);
}

void nat_rules_closed(struct buf *ret)
{
    remove_table(TABLE_CLOSED, ret);
    buf_add_text(
        ret, "table " TABLE_CLOSED " {\n"
             "\tchain forward {\n"
             "\t\ttype filter hook forward priority filter; policy accept;\n"
             "\t\tiifname " OURS " drop\n"
             "\t\toifname " OURS " drop\n"
             "\t}\n"
             "}\n");
}

void nat_rules_table(const struct nat_wanted *wanted, struct buf *ret)
{
    nat_rules_none(ret);
    buf_add_text(ret, "table " TABLE " {\n");
    add_device_sets(wanted, ret);
    add_forwarding_sets(wanted, ret);
    buf_add_text(ret, "\tset apart {\n\t\ttype ifname\n\t}\n");
    add_port_sets(wanted, ret);
    buf_add_text(ret, guards);
    buf_add_text(ret, translation);
    buf_add_text(ret, filter);
    buf_add_text(ret, "}\n");
}
