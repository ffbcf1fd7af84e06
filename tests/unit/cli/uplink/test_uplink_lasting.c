/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What the systems that set up networks are told, line by line. */
#include "cli/uplink/lasting.h"

#include "tests/lib/test.h"

static struct uplink_note note = {
    .access = "br0-host",
    .bridge = "br0",
    .cards = {{.name = "eth0"}, {.name = "eth1"}},
    .card_count = 2,
};

static struct uplink_setting setting_new(void)
{
    struct uplink_setting setting = {
        .access = "br0-host", .note = &note, .mtu = 1500};
    static const char *const addresses[] = {"192.0.2.1/24", "192.0.2.2/24",
                                            "2001:db8::1/64"};

    for (size_t i = 0; i < ARRAY_LEN(addresses); i++)
        CHECK_EQ(parse_prefix(addresses[i], &setting.addresses[i]), 0);
    setting.address_count = ARRAY_LEN(addresses);
    CHECK_EQ(parse_ip("192.0.2.254", &setting.defaults[0]), 0);
    CHECK_EQ(parse_ip("2001:db8::fe", &setting.defaults[1]), 0);
    return setting;
}

static void check(enum uplink_system keeper, const struct uplink_setting *of,
                  const char *want)
{
    auto_buf struct buf text = BUF_INIT(1u << 16);

    uplink_lasting(keeper, of, &text);
    CHECK_STR(buf_text(&text), want);
}

TEST(ifupdown)
{
    const struct uplink_setting setting = setting_new();

    check(SYSTEM_IFUPDOWN, &setting,
          "# /etc/network/interfaces, in place of what it has of these "
          "devices\n"
          "auto eth0\niface eth0 inet manual\n    up ip link set dev eth0 up\n"
          "auto eth1\niface eth1 inet manual\n    up ip link set dev eth1 up\n"
          "auto br0-host\n"
          "iface br0-host inet static\n    address 192.0.2.1/24\n"
          "    gateway 192.0.2.254\n"
          "iface br0-host inet static\n    address 192.0.2.2/24\n"
          "iface br0-host inet6 static\n    address 2001:db8::1/64\n"
          "    gateway 2001:db8::fe\n");
}

TEST(networkd)
{
    struct uplink_setting setting = setting_new();

    note.card_count = 1;
    check(SYSTEM_NETWORKD, &setting,
          "# /etc/systemd/network/05-eth0.network\n[Match]\nName=eth0\n"
          "[Link]\nRequiredForOnline=no\n[Network]\nLinkLocalAddressing=no\n"
          "DHCP=no\nIPv6AcceptRA=no\n"
          "# /etc/systemd/network/05-br0-host.network\n[Match]\n"
          "Name=br0-host\n[Network]\nAddress=192.0.2.1/24\n"
          "Address=192.0.2.2/24\nAddress=2001:db8::1/64\n"
          "Gateway=192.0.2.254\nGateway=2001:db8::fe\n");
}

TEST(netplan)
{
    struct uplink_setting setting = setting_new();

    note.card_count = 1;
    check(SYSTEM_NETPLAN, &setting,
          "# /etc/netplan/90-ovsint.yaml, and nothing of these devices in the "
          "other files\nnetwork:\n  version: 2\n  ethernets:\n"
          "    eth0:\n      dhcp4: false\n      dhcp6: false\n"
          "      link-local: []\n      optional: true\n"
          "    br0-host:\n      addresses:\n"
          "        - \"192.0.2.1/24\"\n        - \"192.0.2.2/24\"\n"
          "        - \"2001:db8::1/64\"\n      routes:\n"
          "        - to: \"0.0.0.0/0\"\n          via: \"192.0.2.254\"\n"
          "        - to: \"::/0\"\n          via: \"2001:db8::fe\"\n");
    setting.address_count = 0;
    setting.defaults[0].family = setting.defaults[1].family = 0;
    check(SYSTEM_NETPLAN, &setting,
          "# /etc/netplan/90-ovsint.yaml, and nothing of these devices in the "
          "other files\nnetwork:\n  version: 2\n  ethernets:\n"
          "    eth0:\n      dhcp4: false\n      dhcp6: false\n"
          "      link-local: []\n      optional: true\n"
          "    br0-host:\n      dhcp4: false\n");
}

TEST(network_manager)
{
    struct uplink_setting setting = setting_new();

    note.card_count = 2;
    setting.userspace = true;
    setting.address_count = 2; /* no IPv6 */
    setting.defaults[1].family = 0;
    check(SYSTEM_NETWORK_MANAGER, &setting,
          "# /etc/NetworkManager/conf.d/90-ovsint.conf\n[keyfile]\n"
          "unmanaged-devices+=interface-name:eth0;interface-name:eth1\n"
          "[device-br0-host]\nmatch-device=interface-name:br0-host\n"
          "managed=1\n"
          "# /etc/NetworkManager/system-connections/br0-host.nmconnection, "
          "mode 0600\n[connection]\nid=br0-host\ntype=tun\n"
          "interface-name=br0-host\n[tun]\nmode=2\n[ipv4]\nmethod=manual\n"
          "address1=192.0.2.1/24\naddress2=192.0.2.2/24\ngateway=192.0.2.254\n"
          "[ipv6]\nmethod=disabled\n");
}

TEST_MAIN
