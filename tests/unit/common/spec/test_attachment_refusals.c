/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What annotations may not say, and the message for each. */
#include <errno.h>

#include "tests/lib/model.h"

#define LAN                                                     \
    "'lan':{'bridge':'br-lan','vlan':10,'mtu':1400,'subnets':[" \
    "{'subnet':'10.0.0.0/24','gateway':'10.0.0.1'},"            \
    "{'subnet':'fd00::/64','gateway':'fd00::1'}],"              \
    "'routes':['10.9.0.0/16 via 10.0.0.254','fd09::/48 via fd00::254']}"
#define OPEN                                                                 \
    "'open':{'bridge':'br9','rate':5000,'refine':['bridge','vlan','trunks'," \
    "'vlan-mode','ip','mac','gateway','rate','burst','external-ids']}"
#define V4                                                     \
    "'v4':{'bridge':'br4','subnets':[{'subnet':'10.4.0.0/24'," \
    "'exclude':['10.4.0.60']}],"                               \
    "'refine':['ip','gateway']}"
#define V6                                                     \
    "'v6':{'bridge':'br6','subnets':[{'subnet':'fd06::/64'}]," \
    "'refine':['ip','mtu','gateway']}"
#define CONFIG \
    "{'networks':{" LAN "," OPEN "," V4 "," V6 ",'bare':{'bridge':'br9'}}}"
#define KEYS                                                          \
    "network, bridge, ovn, vlan, trunks, vlan-mode, isolated-ports, " \
    "guard, guard-also, ip, gateway, "                                \
    "routes, dad, accept-ra, dhcp-id, dhcp-hostname, "                \
    "dns-name, mac, "                                                 \
    "mtu, type, default, storm, rate, burst, external-ids, ofport"

struct refusal {
    const char *annotations;
    int code;
    const char *text;
};

static void check(const struct refusal *table, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        struct attachment list[LIMIT_ATTACHMENTS];
        struct err err = {0};
        size_t count = 99;
        CHECK_ERR(
            model_attachments(CONFIG, table[i].annotations, list, &count, &err),
            table[i].code, err, "");
        CHECK_STR(err.text, table[i].text);
        CHECK_EQ(count, 99);
    }
}

TEST(names_and_keys)
{
    static const struct refusal table[] = {
        {"{'ovsint.lo.bridge':'br0'}", EINVAL,
         "annotation ovsint.lo.bridge: interface 'lo' is the loopback device, "
         "choose another name"},
        {"{'ovsint.abcdefghijklmnop.bridge':'br0'}", EINVAL,
         "annotation ovsint.abcdefghijklmnop.bridge: interface name "
         "'abcdefghijklmnop' is longer than 15 characters"},
        {"{'ovsint.a/b.bridge':'br0'}", EINVAL,
         "annotation ovsint.a/b.bridge: interface name 'a/b' is not 1-15 "
         "printable characters without blank, colon or slash"},
        {"{'ovsint.a b.bridge':'br0'}", EINVAL,
         "annotation ovsint.a b.bridge: interface name 'a b' is not 1-15 "
         "printable characters without blank, colon or slash"},
        {"{'ovsint.a:b.bridge':'br0'}", EINVAL,
         "annotation ovsint.a:b.bridge: interface name 'a:b' is not 1-15 "
         "printable characters without blank, colon or slash"},
        {"{'ovsint...bridge':'br0'}", EINVAL,
         "annotation ovsint...bridge: interface name '.' is not 1-15 printable "
         "characters without blank, colon or slash"},
        {"{'ovsint..bridge':'br0'}", EINVAL,
         "annotation ovsint..bridge: interface name '' is not 1-15 printable "
         "characters without blank, colon or slash"},
        {"{'ovsint."
         "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopq"
         "rstuvwxyzabcdefghijklmnopqrstuvwxyz.bridge':'br0'}",
         EINVAL,
         "annotation "
         "ovsint."
         "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopq"
         "rstuvwxy: interface name 'abcdefghijklmnop' is longer than 15 "
         "characters"},
        {"{'ovsint.vlna':'10'}", EINVAL,
         "annotation ovsint.vlna: unknown key 'vlna': did you mean 'vlan'? "
         "(keys: " KEYS ")"},
        {"{'ovsint.':'10'}", EINVAL,
         "annotation ovsint.: unknown key '' (keys: " KEYS ")"},
        {"{'ovsint.eth1':'10'}", EINVAL,
         "annotation ovsint.eth1: unknown key 'eth1' (keys: " KEYS ")"},
        {"{'ovsint.eth1.':'10'}", EINVAL,
         "annotation ovsint.eth1.: unknown key '' (keys: " KEYS ")"},
        {"{'ovsint.Vlan':'10'}", EINVAL,
         "annotation ovsint.Vlan: unknown key 'Vlan': did you mean 'vlan'? "
         "(keys: " KEYS ")"},
        {"{'ovsint.zzz':'10'}", EINVAL,
         "annotation ovsint.zzz: unknown key 'zzz' (keys: " KEYS ")"},
        {"{'ovsint.eth1.external_ids':'a=b'}", EINVAL,
         "annotation ovsint.eth1.external_ids: unknown key 'external_ids': did "
         "you mean 'external-ids'? (keys: " KEYS ")"},
        {"{'ovsint.ifname':'x'}", EINVAL,
         "annotation ovsint.ifname: unknown key 'ifname' (keys: " KEYS ")"},
        {"{'ovsint.vlan':'1','ovsint.eth0.vlan':'1'}", EINVAL,
         "annotation ovsint.eth0.vlan: given before as annotation ovsint.vlan"},
        {"{'ovsint.vlan':'1','ovsint.vlan':'2'}", EINVAL,
         "annotation ovsint.vlan: stands there twice"},
        {"{'ovsint.vlan':10}", EINVAL,
         "annotation ovsint.vlan: the value is an integer, not a string"},
        {"{'ovsint.vlan':null}", EINVAL,
         "annotation ovsint.vlan: the value is null, not a string"},
        {"{'ovsint.vlan':['1']}", EINVAL,
         "annotation ovsint.vlan: the value is an array, not a string"},
        {"{'ovsint.vlan':'10'}", EINVAL,
         "interface eth0: no bridge: name one by the key 'bridge' or "
         "'network', or set default-bridge in the configuration"},
        {"{'ovsint.eth1.vlan':'10'}", EINVAL,
         "interface eth1: no bridge: name one by the key 'bridge' or "
         "'network', or set default-bridge in the configuration"},
    };

    check(table, ARRAY_LEN(table));
}

TEST(keys_that_do_not_fit_together)
{
    static const struct refusal table[] = {
        {"{'ovsint.bridge':'br0','ovsint.ip':'dhcp,auto'}", EINVAL,
         "annotation ovsint.ip: 'auto' and 'dhcp' are two ways to one address: "
         "leave one out"},
        {"{'ovsint.bridge':'br0','ovsint.ip':'dhcp,10.0.0.5/24'}", EINVAL,
         "annotation ovsint.ip: 'dhcp' gives the IPv4 address: leave the other "
         "one out"},
        {"{'ovsint.bridge':'br0','ovsint.ip':'slaac',"
         "'ovsint.accept-ra':'false'}",
         EINVAL,
         "annotation ovsint.accept-ra: 'slaac' needs router advertisements: "
         "leave accept-ra out, or set it to true"},
        {"{'ovsint.bridge':'br0','ovsint.dhcp-id':'db'}", EINVAL,
         "annotation ovsint.dhcp-id: without ip=dhcp nobody is told it"},
        {"{'ovsint.bridge':'br0','ovsint.ip':'auto',"
         "'ovsint.dhcp-hostname':'db'}",
         EINVAL,
         "annotation ovsint.dhcp-hostname: without ip=dhcp nobody is told it"},
        {"{'ovsint.bridge':'br0','ovsint.vlan':'10','ovsint.trunks':'20'}",
         EINVAL,
         "annotation ovsint.trunks: vlan and trunks together need a vlan-mode: "
         "native-untagged, native-tagged or dot1q-tunnel"},
        {"{'ovsint.bridge':'br0','ovsint.vlan':'10','ovsint.trunks':'20','"
         "ovsint.vlan-mode':'access'}",
         EINVAL,
         "annotation ovsint.vlan-mode: an access port has no trunks: leave "
         "annotation ovsint.trunks out, or choose native-untagged or "
         "native-tagged"},
        {"{'ovsint.bridge':'br0','ovsint.vlan':'10','ovsint.vlan-mode':'trunk'"
         "}",
         EINVAL,
         "annotation ovsint.vlan-mode: a trunk has no vlan: leave annotation "
         "ovsint.vlan out, or choose native-untagged or native-tagged"},
        {"{'ovsint.bridge':'br0','ovsint.trunks':'10','ovsint.vlan-mode':'"
         "native-tagged'}",
         EINVAL, "annotation ovsint.vlan-mode: 'native-tagged' needs a vlan"},
        {"{'ovsint.bridge':'br0','ovsint.trunks':'10','ovsint.vlan-mode':'"
         "access'}",
         EINVAL,
         "annotation ovsint.vlan-mode: an access port has no trunks: leave "
         "annotation ovsint.trunks out, or choose native-untagged or "
         "native-tagged"},
        {"{'ovsint.bridge':'br0','ovsint.vlan-mode':'access'}", EINVAL,
         "annotation ovsint.vlan-mode: 'access' needs a vlan"},
        {"{'ovsint.bridge':'br0','ovsint.vlan-mode':'native-tagged'}", EINVAL,
         "annotation ovsint.vlan-mode: 'native-tagged' needs a vlan"},
        {"{'ovsint.bridge':'br0','ovsint.vlan-mode':'native-untagged'}", EINVAL,
         "annotation ovsint.vlan-mode: 'native-untagged' needs a vlan"},
        {"{'ovsint.bridge':'br0','ovsint.vlan-mode':'dot1q-tunnel'}", EINVAL,
         "annotation ovsint.vlan-mode: 'dot1q-tunnel' needs a vlan"},
        {"{'ovsint.bridge':'br0','ovsint.ip':'auto'}", EINVAL,
         "annotation ovsint.ip: 'auto' needs a network of the configuration: "
         "set ovsint.network"},
        {"{'ovsint.bridge':'br0','ovsint.ip':'10.0.0.5/24,fd00::5/"
         "64','ovsint.gateway':'10.0.0.5'}",
         EINVAL,
         "annotation ovsint.gateway: gateway '10.0.0.5' is the container's own "
         "address"},
        {"{'ovsint.bridge':'br0','ovsint.ip':'10.0.0.5/24,fd00::5/"
         "64','ovsint.gateway':'10.0.1.1'}",
         EINVAL,
         "annotation ovsint.gateway: gateway '10.0.1.1' lies in none of the "
         "networks of the container's addresses: a router outside of them "
         "needs an address with length 32, or to be link-local"},
        {"{'ovsint.bridge':'br0','ovsint.ip':'10.0.0.5/24,fd00::5/"
         "64','ovsint.gateway':'10.0.0.0'}",
         EINVAL,
         "annotation ovsint.gateway: gateway '10.0.0.0' is the network address "
         "of its prefix"},
        {"{'ovsint.bridge':'br0','ovsint.ip':'10.0.0.5/24,fd00::5/"
         "64','ovsint.gateway':'10.0.0.255'}",
         EINVAL,
         "annotation ovsint.gateway: gateway '10.0.0.255' is the broadcast "
         "address of its prefix"},
        {"{'ovsint.bridge':'br0','ovsint.ip':'10.0.0.5/24,fd00::5/"
         "64','ovsint.gateway':'fd01::1'}",
         EINVAL,
         "annotation ovsint.gateway: gateway 'fd01::1' lies in none of the "
         "networks of the container's addresses: a router outside of them "
         "needs an address with length 128, or to be link-local"},
        {"{'ovsint.bridge':'br0','ovsint.ip':'10.0.0.5/24,fd00::5/"
         "64','ovsint.gateway':'fd00::5'}",
         EINVAL,
         "annotation ovsint.gateway: gateway 'fd00::5' is the container's own "
         "address"},
        {"{'ovsint.bridge':'br0','ovsint.gateway':'10.0.0.1'}", EINVAL,
         "annotation ovsint.gateway: gateway '10.0.0.1' lies in none of the "
         "networks of the container's addresses: a router outside of them "
         "needs an address with length 32, or to be link-local"},
        {"{'ovsint.bridge':'br0','ovsint.gateway':'fd00::1'}", EINVAL,
         "annotation ovsint.gateway: gateway 'fd00::1' lies in none of the "
         "networks of the container's addresses: a router outside of them "
         "needs an address with length 128, or to be link-local"},
        {"{'ovsint.bridge':'br0','ovsint.ip':'10.0.0.5/"
         "31','ovsint.gateway':'10.0.0.1'}",
         EINVAL,
         "annotation ovsint.gateway: gateway '10.0.0.1' lies in none of the "
         "networks of the container's addresses: a router outside of them "
         "needs an address with length 32, or to be link-local"},
        {"{'ovsint.bridge':'br0','ovsint.ip':'10.0.0.5/"
         "32','ovsint.gateway':'10.0.0.5'}",
         EINVAL,
         "annotation ovsint.gateway: gateway '10.0.0.5' is the container's own "
         "address"},
        {"{'ovsint.bridge':'br0','ovsint.ip':'fd00::5/"
         "128','ovsint.gateway':'169.254.1.1'}",
         EINVAL,
         "annotation ovsint.gateway: gateway '169.254.1.1' lies in none of the "
         "networks of the container's addresses: a router outside of them "
         "needs an address with length 32, or to be link-local"},
        {"{'ovsint.bridge':'br0','ovsint.ip':'10.0.0.5/"
         "32','ovsint.gateway':'fd00::1'}",
         EINVAL,
         "annotation ovsint.gateway: gateway 'fd00::1' lies in none of the "
         "networks of the container's addresses: a router outside of them "
         "needs an address with length 128, or to be link-local"},
        {"{'ovsint.bridge':'br0','ovsint.ip':'10.0.0.5/"
         "24','ovsint.routes':'10.1.0.0/16 via 10.0.0.5'}",
         EINVAL,
         "annotation ovsint.routes: next hop '10.0.0.5' is the container's own "
         "address"},
        {"{'ovsint.bridge':'br0','ovsint.ip':'10.0.0.5/"
         "24','ovsint.routes':'10.1.0.0/16 via 10.0.9.1'}",
         EINVAL,
         "annotation ovsint.routes: next hop '10.0.9.1' lies in none of the "
         "networks of the container's addresses: a router outside of them "
         "needs an address with length 32, or to be link-local"},
        {"{'ovsint.bridge':'br0','ovsint.ip':'10.0.0.5/"
         "24','ovsint.routes':'10.1.0.0/16 via 10.0.0.255'}",
         EINVAL,
         "annotation ovsint.routes: next hop '10.0.0.255' is the broadcast "
         "address of its prefix"},
        {"{'ovsint.bridge':'br0','ovsint.ip':'10.0.0.5/"
         "24','ovsint.routes':'10.1.0.0/16 via 10.0.0.1, 10.2.0.0/16 via "
         "10.3.0.1'}",
         EINVAL,
         "annotation ovsint.routes: next hop '10.3.0.1' lies in none of the "
         "networks of the container's addresses: a router outside of them "
         "needs an address with length 32, or to be link-local"},
        {"{'ovsint.bridge':'br0','ovsint.routes':'10.1.0.0/16 via 10.0.0.1'}",
         EINVAL,
         "annotation ovsint.routes: next hop '10.0.0.1' lies in none of the "
         "networks of the container's addresses: a router outside of them "
         "needs an address with length 32, or to be link-local"},
        {"{'ovsint.bridge':'br0','ovsint.mtu':'1279','ovsint.ip':'fd00::5/64'}",
         EINVAL,
         "annotation ovsint.mtu: an MTU of 1279 is too small for IPv6, which "
         "needs 1280"},
        {"{'ovsint.bridge':'br0','ovsint.mtu':'1279','ovsint.gateway':'fe80::1'"
         "}",
         EINVAL,
         "annotation ovsint.mtu: an MTU of 1279 is too small for IPv6, which "
         "needs 1280"},
        {"{'ovsint.network':'v6','ovsint.ip':'auto','ovsint.mtu':'1279'}",
         EINVAL,
         "annotation ovsint.mtu: an MTU of 1279 is too small for IPv6, which "
         "needs 1280"},
        {"{'ovsint.bridge':'br0','ovsint.burst':'100'}", EINVAL,
         "annotation ovsint.burst: a burst needs a rate"},
        {"{'ovsint.bridge':'br0','ovsint.rate':'1000','ovsint.burst':'12'}",
         EINVAL,
         "annotation ovsint.burst: a burst of 12 kbit is less than one packet "
         "of MTU 1500, set at least 13"},
        {"{'ovsint.bridge':'br0','ovsint.rate':'1000','ovsint.burst':'100','"
         "ovsint.mtu':'65535'}",
         EINVAL,
         "annotation ovsint.burst: a burst of 100 kbit is less than one packet "
         "of MTU 65535, set at least 525"},
        {"{'ovsint.network':'lna'}", ENOENT,
         "annotation ovsint.network: no network 'lna' in the configuration: "
         "did you mean 'lan'?"},
        {"{'ovsint.network':'other'}", ENOENT,
         "annotation ovsint.network: no network 'other' in the configuration "
         "(5 defined)"},
        {"{'ovsint.network':'lan','ovsint.vlan':'11'}", EPERM,
         "annotation ovsint.vlan: network 'lan' does not leave this to the "
         "container (allowed: ip, dad, default)"},
        {"{'ovsint.network':'lan','ovsint.bridge':'br0'}", EPERM,
         "annotation ovsint.bridge: network 'lan' does not leave this to the "
         "container (allowed: ip, dad, default)"},
        {"{'ovsint.network':'lan','ovsint.mac':'02:00:00:00:00:01'}", EPERM,
         "annotation ovsint.mac: network 'lan' does not leave this to the "
         "container (allowed: ip, dad, default)"},
        {"{'ovsint.network':'lan','ovsint.ip':'10.0.1.5/24'}", EINVAL,
         "annotation ovsint.ip: '10.0.1.5/24' lies in no subnet of network "
         "'lan'"},
        {"{'ovsint.network':'lan','ovsint.ip':'10.0.0.5/16'}", EINVAL,
         "annotation ovsint.ip: '10.0.0.5/16' must have the prefix length of "
         "subnet 10.0.0.0/24 of network 'lan'"},
        {"{'ovsint.network':'lan','ovsint.ip':'10.0.0.1/24'}", EINVAL,
         "annotation ovsint.ip: '10.0.0.1/24' is the gateway of network 'lan'"},
        {"{'ovsint.network':'v4','ovsint.ip':'10.4.0.60/24'}", EINVAL,
         "annotation ovsint.ip: '10.4.0.60/24' is excluded in network 'v4' of "
         "the configuration"},
        {"{'ovsint.network':'lan','ovsint.ip':'fd01::5/64'}", EINVAL,
         "annotation ovsint.ip: 'fd01::5/64' lies in no subnet of network "
         "'lan'"},
        {"{'ovsint.network':'bare','ovsint.ip':'auto'}", EINVAL,
         "annotation ovsint.ip: 'auto' needs subnets, and network 'bare' has "
         "none"},
        {"{'ovsint.network':'lan','ovsint.gateway':'10.0.0.2'}", EPERM,
         "annotation ovsint.gateway: network 'lan' does not leave this to the "
         "container (allowed: ip, dad, default)"},
        {"{'ovsint.network':'open','ovsint.trunks':'5','ovsint.vlan':'6'}",
         EINVAL,
         "annotation ovsint.trunks: vlan and trunks together need a vlan-mode: "
         "native-untagged, native-tagged or dot1q-tunnel"},
        {"{'ovsint.network':'lan','ovsint.ip':'auto,10.0.0.2/24,10.0.0.3/"
         "24,10.0.0.4/24,10.0.0.5/24,10.0.0.6/24,10.0.0.7/24,10.0.0.8/24'}",
         EINVAL,
         "annotation ovsint.ip: 7 addresses and one of each of 2 subnets are "
         "more than 8"},
        {"{'ovsint.e0.bridge':'br0','ovsint.e1.bridge':'br0','ovsint.e2.bridge'"
         ":'br0','ovsint.e3.bridge':'br0','ovsint.e4.bridge':'br0','ovsint.e5."
         "bridge':'br0','ovsint.e6.bridge':'br0','ovsint.e7.bridge':'br0','"
         "ovsint.e8.bridge':'br0','ovsint.e9.bridge':'br0','ovsint.e10.bridge':"
         "'br0','ovsint.e11.bridge':'br0','ovsint.e12.bridge':'br0','ovsint."
         "e13.bridge':'br0','ovsint.e14.bridge':'br0','ovsint.e15.bridge':'br0'"
         ",'ovsint.e16.bridge':'br0'}",
         E2BIG, "annotation ovsint.e16.bridge: more than 16 interfaces"},
        {"{'ovsint.network':'lan','ovsint.ip':'10.0.0.255/24'}", EINVAL,
         "annotation ovsint.ip: '10.0.0.255/24' is the broadcast address of "
         "its prefix"},
        {"{'ovsint.network':'v4','ovsint.ip':'auto','ovsint.gateway':'10.4.0."
         "255'}",
         EINVAL,
         "annotation ovsint.gateway: gateway '10.4.0.255' is the broadcast "
         "address of its prefix"},
        {"{'ovsint.network':'v4','ovsint.ip':'auto','ovsint.gateway':'10.5.0.1'"
         "}",
         EINVAL,
         "annotation ovsint.gateway: gateway '10.5.0.1' lies in none of the "
         "networks of the container's addresses: a router outside of them "
         "needs an address with length 32, or to be link-local"},
        {"{'ovsint.network':'open','ovsint.burst':'1'}", EINVAL,
         "annotation ovsint.burst: a burst of 1 kbit is less than one packet "
         "of MTU 1500, set at least 13"},
        {"{'ovsint.bridge':'br0','ovsint.eth1.bridge':'br0','ovsint.eth1.vlan':"
         "'0'}",
         EINVAL, "annotation ovsint.eth1.vlan: '0' is not a VLAN id (1-4094)"},
    };

    check(table, ARRAY_LEN(table));
}

TEST(interfaces_that_do_not_fit_together)
{
    static const struct refusal table[] = {
        {"{'ovsint.bridge':'br0','ovsint.ip':'10.0.0.5/24','ovsint.eth1.bridge'"
         ":'br0','ovsint.eth1.ip':'10.0.0.6/24,10.0.0.5/16'}",
         EINVAL,
         "annotation ovsint.eth1.ip: '10.0.0.5' is an address of eth0 as well, "
         "on the same segment br0/0"},
        {"{'ovsint.bridge':'br0','ovsint.a.bridge':'br0','ovsint.a.vlan':'7',"
         "'ovsint.a.ip':'fd00::5/64','ovsint.b.bridge':'br0','ovsint.b.vlan':"
         "'7','ovsint.b.ip':'fd00::5/64'}",
         EINVAL,
         "annotation ovsint.b.ip: 'fd00::5' is an address of a as well, on the "
         "same segment br0/7"},
    };

    check(table, ARRAY_LEN(table));
}

/* On another bridge or VLAN it is another address. */
TEST(one_address_on_several_segments)
{
    struct attachment list[LIMIT_ATTACHMENTS];
    struct err err = {0};
    size_t count = 0;

    CHECK_OK(
        model_attachments(CONFIG,
                          "{'ovsint.bridge':'br0','ovsint.ip':'10.0.0.5/24',"
                          "'ovsint.a.bridge':'br1','ovsint.a.ip':'10.0.0.5/24',"
                          "'ovsint.b.bridge':'br0','ovsint.b.vlan':'7',"
                          "'ovsint.b.ip':'10.0.0.5/24'}",
                          list, &count, &err),
        err);
    CHECK_EQ(count, 3);
}

TEST_MAIN
