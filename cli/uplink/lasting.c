/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Each system is told two things: to leave the cards without addresses, and to
 * give the addresses to the access port.
 */
#include "cli/uplink/lasting.h"

#include <sys/socket.h>

static const char *const names[SYSTEM_COUNT] = {"ifupdown", "systemd-networkd",
                                                "netplan", "NetworkManager"};

const char *uplink_system_name(enum uplink_system keeper)
{
    return names[keeper];
}

static void add_addresses(const struct uplink_setting *setting, int family,
                          const char *before, const char *after,
                          struct buf *ret)
{
    char text[PREFIX_TEXT_SIZE];

    for (size_t i = 0; i < setting->address_count; i++) {
        if (family && setting->addresses[i].ip.family != family)
            continue;
        prefix_format(&setting->addresses[i], text);
        buf_addf(ret, "%s%s%s", before, text, after);
    }
}

static bool has_family(const struct uplink_setting *setting, int family)
{
    for (size_t i = 0; i < setting->address_count; i++) {
        if (setting->addresses[i].ip.family == family)
            return true;
    }
    return false;
}

static void add_defaults(const struct uplink_setting *setting, int family,
                         const char *before, const char *after, struct buf *ret)
{
    char text[IP_TEXT_SIZE];

    for (size_t i = 0; i < 2; i++) {
        int is = setting->defaults[i].family;
        if (!is || (family && is != family))
            continue;
        ip_format(&setting->defaults[i], text);
        buf_addf(ret, "%s%s%s", before, text, after);
    }
}

/* interfaces(5). A second address of a family has a stanza of its own. */
static void add_stanzas(const struct uplink_setting *setting, int family,
                        struct buf *ret)
{
    const char *word = family == AF_INET ? "inet" : "inet6";
    char text[PREFIX_TEXT_SIZE];
    bool is_first = true;

    for (size_t i = 0; i < setting->address_count; i++) {
        if (setting->addresses[i].ip.family != family)
            continue;
        prefix_format(&setting->addresses[i], text);
        buf_addf(ret, "iface %s %s static\n    address %s\n", setting->access,
                 word, text);
        if (is_first)
            add_defaults(setting, family, "    gateway ", "\n", ret);
        is_first = false;
    }
}

static void write_ifupdown(const struct uplink_setting *setting,
                           struct buf *ret)
{
    const struct uplink_note *note = setting->note;

    buf_add_text(ret, "# /etc/network/interfaces, in place of what it has of "
                      "these devices\n");
    for (size_t i = 0; i < note->card_count; i++)
        buf_addf(ret,
                 "auto %s\niface %s inet manual\n"
                 "    up ip link set dev %s up\n",
                 note->cards[i].name, note->cards[i].name, note->cards[i].name);
    buf_addf(ret, "auto %s\n", setting->access);
    if (!setting->address_count)
        buf_addf(ret, "iface %s inet manual\n", setting->access);
    add_stanzas(setting, AF_INET, ret);
    add_stanzas(setting, AF_INET6, ret);
}

static void write_networkd(const struct uplink_setting *setting,
                           struct buf *ret)
{
    const struct uplink_note *note = setting->note;

    for (size_t i = 0; i < note->card_count; i++)
        buf_addf(ret,
                 "# /etc/systemd/network/05-%s.network\n"
                 "[Match]\nName=%s\n"
                 "[Link]\nRequiredForOnline=no\n"
                 "[Network]\nLinkLocalAddressing=no\nDHCP=no\n"
                 "IPv6AcceptRA=no\n",
                 note->cards[i].name, note->cards[i].name);
    buf_addf(ret,
             "# /etc/systemd/network/05-%s.network\n"
             "[Match]\nName=%s\n[Network]\n",
             setting->access, setting->access);
    add_addresses(setting, 0, "Address=", "\n", ret);
    add_defaults(setting, 0, "Gateway=", "\n", ret);
}

static void write_netplan(const struct uplink_setting *setting, struct buf *ret)
{
    const struct uplink_note *note = setting->note;

    buf_add_text(ret, "# /etc/netplan/90-ovsint.yaml, and nothing of these "
                      "devices in the other files\n"
                      "network:\n  version: 2\n  ethernets:\n");
    for (size_t i = 0; i < note->card_count; i++)
        buf_addf(ret,
                 "    %s:\n      dhcp4: false\n      dhcp6: false\n"
                 "      link-local: []\n      optional: true\n",
                 note->cards[i].name);
    buf_addf(ret, "    %s:\n", setting->access);
    if (setting->address_count) {
        buf_add_text(ret, "      addresses:\n");
        add_addresses(setting, 0, "        - \"", "\"\n", ret);
    } else {
        buf_add_text(ret, "      dhcp4: false\n");
    }
    if (setting->defaults[0].family || setting->defaults[1].family) {
        buf_add_text(ret, "      routes:\n");
        add_defaults(setting, AF_INET,
                     "        - to: \"0.0.0.0/0\"\n"
                     "          via: \"",
                     "\"\n", ret);
        add_defaults(setting, AF_INET6,
                     "        - to: \"::/0\"\n"
                     "          via: \"",
                     "\"\n", ret);
    }
}

/* Of a key that stands there twice GKeyFile knows the last one only. */
static void add_numbered(const struct uplink_setting *setting, int family,
                         struct buf *ret)
{
    char text[PREFIX_TEXT_SIZE];
    unsigned number = 0;

    for (size_t i = 0; i < setting->address_count; i++) {
        if (setting->addresses[i].ip.family != family)
            continue;
        prefix_format(&setting->addresses[i], text);
        buf_addf(ret, "address%u=%s\n", ++number, text);
    }
}

static void add_keyfile(const struct uplink_setting *setting, int family,
                        struct buf *ret)
{
    buf_addf(ret, "[%s]\n", family == AF_INET ? "ipv4" : "ipv6");
    if (!has_family(setting, family)) {
        buf_add_text(ret, "method=disabled\n");
        return;
    }
    buf_add_text(ret, "method=manual\n");
    add_numbered(setting, family, ret);
    add_defaults(setting, family, "gateway=", "\n", ret);
}

/* The plugin of NetworkManager for Open vSwitch wants to have made the port
 * itself. So it is told of a device that is there already, and that it is to
 * manage it: by itself it leaves alone what others have made. */
static void write_network_manager(const struct uplink_setting *setting,
                                  struct buf *ret)
{
    const struct uplink_note *note = setting->note;

    buf_add_text(ret, "# /etc/NetworkManager/conf.d/90-ovsint.conf\n"
                      "[keyfile]\nunmanaged-devices+=");
    for (size_t i = 0; i < note->card_count; i++)
        buf_addf(ret, "%sinterface-name:%s", i ? ";" : "", note->cards[i].name);
    buf_addf(ret, "\n[device-%s]\nmatch-device=interface-name:%s\nmanaged=1\n",
             setting->access, setting->access);
    buf_addf(ret,
             "# /etc/NetworkManager/system-connections/%s.nmconnection, "
             "mode 0600\n[connection]\nid=%s\ntype=%s\ninterface-name=%s\n",
             setting->access, setting->access,
             setting->userspace ? "tun" : "generic", setting->access);
    if (setting->userspace)
        buf_add_text(ret, "[tun]\nmode=2\n");
    add_keyfile(setting, AF_INET, ret);
    add_keyfile(setting, AF_INET6, ret);
}

void uplink_lasting(enum uplink_system keeper,
                    const struct uplink_setting *setting, struct buf *ret)
{
    static void (*const writers[SYSTEM_COUNT])(
        const struct uplink_setting *setting, struct buf *ret) = {
        write_ifupdown, write_networkd, write_netplan, write_network_manager};

    writers[keeper](setting, ret);
}
