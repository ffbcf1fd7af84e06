/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Networks that the configuration may not define, and the message for each. */
#include <errno.h>

#include "tests/lib/model.h"

#define NETWORK_KEYS                                         \
    "bridge, ovn, vlan, trunks, vlan-mode, isolated-ports, " \
    "guard, guard-also, ip, routes, dad, "                   \
    "accept-ra, mtu, type, default, "                        \
    "storm, rate, burst, external-ids, mcast-snooping, pool"

struct refusal {
    const char *config, *text; /* the message without the file's name */
};

static void check(const struct refusal *table, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        struct settings settings = {.timeout_ms = 7};
        struct err err = {0};
        auto_buf struct buf text = BUF_INIT(ERR_TEXT_SIZE);
        buf_addf(&text, "ovsint.json: %s", table[i].text);
        CHECK_ERR(model_settings(table[i].config, &settings, &err), EINVAL, err,
                  buf_text(&text));
        CHECK(strncmp(err.text, buf_text(&text), text.size) == 0);
        CHECK_EQ(settings.timeout_ms, 7);
    }
}

TEST(refuses)
{
    static const struct refusal table[] = {
        {"{'networks':[]}", "networks: an array where an object was expected"},
        {"{'networks':{'lan':[]}}",
         "networks.lan: an array where an object was expected"},
        {"{'networks':{'a b':{}}}",
         "networks.a b: not a network name (1-63 printable characters without "
         "blank, comma or slash)"},
        {"{'networks':{'':{}}}",
         "networks.: not a network name (1-63 printable characters without "
         "blank, comma or slash)"},
        {"{'networks':{'"
         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx':{}}"
         "}",
         "networks."
         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx: "
         "not a network name (1-63 printable characters without blank, comma "
         "or slash)"},
        {"{'networks':{'lan':{},'lan':{}}}",
         "networks.lan: stands there twice"},
        {"{'networks':{'lan':{'bridge':'br0','vlna':10}}}",
         "networks.lan.vlna: unknown key 'vlna': did you mean 'vlan'? "
         "(keys: " NETWORK_KEYS ")"},
        {"{'networks':{'lan':{'bridge':'br0','bridge':'br1'}}}",
         "networks.lan.bridge: stands there twice"},
        {"{'networks':{'lan':{'bridge':'br0','subnet':[]}}}",
         "networks.lan.subnet: unknown key: did you mean 'subnets'?"},
        {"{'networks':{'lan':{'bridge':'br0','refines':[]}}}",
         "networks.lan.refines: unknown key: did you mean 'refine'?"},
        {"{'networks':{'lan':{'bridge':'br0','network':'x'}}}",
         "networks.lan.network: unknown key 'network' (keys: " NETWORK_KEYS
         ")"},
        {"{'networks':{'lan':{'bridge':'br0','mac':'02:00:00:00:00:01'}}}",
         "networks.lan.mac: unknown key 'mac' (keys: " NETWORK_KEYS ")"},
        {"{'networks':{'lan':{'bridge':'br0','ofport':1}}}",
         "networks.lan.ofport: unknown key 'ofport' (keys: " NETWORK_KEYS ")"},
        {"{'networks':{'lan':{'bridge':'br0','gateway':'10.0.0.1'}}}",
         "networks.lan.gateway: unknown key 'gateway' (keys: " NETWORK_KEYS
         ")"},
        {"{'networks':{'lan':{'bridge':'br0','vlan':4095}}}",
         "networks.lan.vlan: '4095' is not a VLAN id (1-4094)"},
        {"{'networks':{'lan':{'bridge':'br0','vlan':'ten'}}}",
         "networks.lan.vlan: 'ten' is not a VLAN id (1-4094)"},
        {"{'networks':{'lan':{'bridge':'br0','vlan':1.5}}}",
         "networks.lan.vlan: a number that is no 64-bit integer cannot stand "
         "here, write a string, a number, a boolean or a list of them"},
        {"{'networks':{'lan':{'bridge':'br0','vlan':{}}}}",
         "networks.lan.vlan: an object cannot stand here, write a string, a "
         "number, a boolean or a list of them"},
        {"{'networks':{'lan':{'bridge':'br0','vlan':null}}}",
         "networks.lan.vlan: null cannot stand here, write a string, a number, "
         "a boolean or a list of them"},
        {"{'networks':{'lan':{'bridge':'br0','trunks':[]}}}",
         "networks.lan.trunks: '' is not a list of VLAN ids and ranges within "
         "1-4094 (10,20-29)"},
        {"{'networks':{'lan':{'bridge':'br0','trunks':[10,[11]]}}}",
         "networks.lan.trunks: an array cannot stand here, write a string, a "
         "number, a boolean or a list of them"},
        {"{'networks':{'lan':{'bridge':'br0','mtu':67}}}",
         "networks.lan.mtu: '67' is not an MTU (68-65535)"},
        {"{'networks':{'lan':{'bridge':'br0','default':'yes'}}}",
         "networks.lan.default: 'yes' is neither true nor false"},
        {"{'networks':{'lan':{'bridge':'br0','dad':1}}}",
         "networks.lan.dad: '1' is neither true nor false"},
        {"{'networks':{'lan':{'bridge':'br0','rate':0}}}",
         "networks.lan.rate: '0' is not a rate in kbit/s (8-100000000, digits "
         "only)"},
        {"{'networks':{'lan':{'bridge':'br0','type':'tap'}}}",
         "networks.lan.type: 'tap' is not a type of vNIC (internal or veth)"},
        {"{'networks':{'lan':{'bridge':'br0','external-ids':{'ovsint-x':'y'}}}"
         "}",
         "networks.lan.external-ids: key 'ovsint-x' is reserved: ovsint keeps "
         "its own state under ovsint-"},
        {"{'networks':{'lan':{'bridge':'br0','external-ids':{'a':1}}}}",
         "networks.lan.external-ids: the value of 'a' is an integer, not a "
         "string"},
        {"{'networks':{'lan':{'bridge':'br0','external-ids':{'a,b':'c'}}}}",
         "networks.lan.external-ids: key 'a,b' has a comma, equals sign or "
         "backslash"},
        {"{'networks':{'lan':{'bridge':'br0','external-ids':{}}}}",
         "networks.lan.external-ids: '' is not of the form key=value"},
        {"{'networks':{'lan':{'bridge':'br0','external-ids':'a'}}}",
         "networks.lan.external-ids: 'a' is not of the form key=value"},
        {"{'networks':{'lan':{'bridge':'br0','vlan':10,'trunks':'20'}}}",
         "networks.lan.trunks: vlan and trunks together need a vlan-mode: "
         "native-untagged, native-tagged or dot1q-tunnel"},
        {"{'networks':{'lan':{'bridge':'br0','vlan-mode':'access'}}}",
         "networks.lan.vlan-mode: 'access' needs a vlan"},
        {"{'networks':{'lan':{'bridge':'br0','rate':1000,'burst':12}}}",
         "networks.lan.burst: a burst of 12 kbit is less than one packet of "
         "MTU 1500, set at least 13"},
        {"{'networks':{'lan':{'bridge':'br0','ip':'10.0.0.5/"
         "24','subnets':[{'subnet':'10.0.0.0/24'}]}}}",
         "networks.lan.ip: a network can only say 'auto' here, addresses "
         "belong to containers"},
        {"{'networks':{'lan':{'bridge':'br0','ip':'auto'}}}",
         "networks.lan.ip: 'auto' needs subnets"},
        {"{'networks':{'lan':{'bridge':'br0','routes':['10.1.0.0/16 via "
         "10.9.0.1'],'subnets':[{'subnet':'10.0.0.0/24'}]}}}",
         "networks.lan.routes: next hop '10.9.0.1' lies in no subnet of the "
         "network"},
        {"{'networks':{'lan':{'bridge':'br0','routes':['10.1.0.0/16']}}}",
         "networks.lan.routes: '10.1.0.0/16' is not a route (10.1.0.0/16 via "
         "10.0.0.1)"},
        {"{'networks':{'lan':{'bridge':'br0','routes':[1]}}}",
         "networks.lan.routes: '1' is not a route (10.1.0.0/16 via 10.0.0.1)"},
        {"{'networks':{'lan':{'bridge':'br0','mtu':1279,'subnets':[{'subnet':'"
         "fd00::/64'}]}}}",
         "networks.lan.mtu: an MTU of 1279 is too small for IPv6, which needs "
         "1280"},
        {"{'networks':{'lan':{'bridge':'br0','refine':'ip'}}}",
         "networks.lan.refine: a string where a list of keys was expected"},
        {"{'networks':{'lan':{'bridge':'br0','refine':['network']}}}",
         "networks.lan.refine: 'network' is not a key that a container can "
         "set"},
        {"{'networks':{'lan':{'bridge':'br0','refine':['vlna']}}}",
         "networks.lan.refine: 'vlna' is not a key that a container can set: "
         "did you mean 'vlan'?"},
        {"{'networks':{'lan':{'bridge':'br0','refine':[1]}}}",
         "networks.lan.refine: an integer where a string was expected"},
        {"{'networks':{'lan':{'bridge':'br0','refine':['subnets']}}}",
         "networks.lan.refine: 'subnets' is not a key that a container can "
         "set"},
        {"{'networks':{'lan':{'bridge':'br0','refine':[],'refine':[]}}}",
         "networks.lan.refine: stands there twice"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':{}}}}",
         "networks.lan.subnets: an object where a list of objects was "
         "expected"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[1]}}}",
         "networks.lan.subnets.0: an integer where an object was expected"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[{}]}}}",
         "networks.lan.subnets.0: no key 'subnet'"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[{'subnet':'10.0.0.0'}]}"
         "}}",
         "networks.lan.subnets.0.subnet: '10.0.0.0' is not a network with "
         "prefix length (10.0.0.0/24)"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[{'subnet':'10.0.0.5/"
         "24'}]}}}",
         "networks.lan.subnets.0.subnet: '10.0.0.5/24' has host bits set: "
         "write 10.0.0.0/24"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[{'subnet':'0.0.0.0/"
         "0'}]}}}",
         "networks.lan.subnets.0.subnet: '0.0.0.0/0' is not a network with "
         "prefix length (10.0.0.0/24)"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[{'subnet':'::/0'}]}}}",
         "networks.lan.subnets.0.subnet: '::/0' is not a network with prefix "
         "length (10.0.0.0/24)"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[{'subnet':7}]}}}",
         "networks.lan.subnets.0.subnet: an integer where a string was "
         "expected"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[{'subent':'10.0.0.0/"
         "24'}]}}}",
         "networks.lan.subnets.0.subent: unknown key: did you mean 'subnet'?"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[{'gateway':'10.0.0.1'}]"
         "}}}",
         "networks.lan.subnets.0: no key 'subnet'"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[{'subnet':'10.0.0.0/"
         "24','subnet':'10.0.1.0/24'}]}}}",
         "networks.lan.subnets.0.subnet: stands there twice"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[{'subnet':'10.0.0.0/"
         "24','gateway':'10.0.1.1'}]}}}",
         "networks.lan.subnets.0.gateway: '10.0.1.1' lies outside subnet "
         "10.0.0.0/24"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[{'subnet':'10.0.0.0/"
         "24','gateway':'fd00::1'}]}}}",
         "networks.lan.subnets.0.gateway: 'fd00::1' lies outside subnet "
         "10.0.0.0/24"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[{'subnet':'10.0.0.0/"
         "24','gateway':'10.0.0.0'}]}}}",
         "networks.lan.subnets.0.gateway: '10.0.0.0' is the network address of "
         "its prefix"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[{'subnet':'10.0.0.0/"
         "24','gateway':'10.0.0.255'}]}}}",
         "networks.lan.subnets.0.gateway: '10.0.0.255' is the broadcast "
         "address of its prefix"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[{'subnet':'10.0.0.0/"
         "24','gateway':'10.0.0.1/24'}]}}}",
         "networks.lan.subnets.0.gateway: '10.0.0.1/24' is not an address"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[{'subnet':'10.0.0.0/"
         "24','gateway':1}]}}}",
         "networks.lan.subnets.0.gateway: an integer where a string was "
         "expected"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[{'subnet':'10.0.0.0/"
         "24','range':'10.0.0.9-10.0.0.8'}]}}}",
         "networks.lan.subnets.0.range: '10.0.0.9-10.0.0.8' is not a range of "
         "addresses (10.0.0.10-10.0.0.99)"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[{'subnet':'10.0.0.0/"
         "24','range':'10.0.0.9-10.0.1.8'}]}}}",
         "networks.lan.subnets.0.range: '10.0.0.9-10.0.1.8' lies outside "
         "subnet 10.0.0.0/24"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[{'subnet':'10.0.0.0/"
         "24','range':'10.0.0.9-fd00::1'}]}}}",
         "networks.lan.subnets.0.range: '10.0.0.9-fd00::1' is not a range of "
         "addresses (10.0.0.10-10.0.0.99)"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[{'subnet':'10.0.0.0/"
         "24','range':'10.0.0.9-'}]}}}",
         "networks.lan.subnets.0.range: '10.0.0.9-' is not a range of "
         "addresses (10.0.0.10-10.0.0.99)"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[{'subnet':'10.0.0.0/"
         "24','range':''}]}}}",
         "networks.lan.subnets.0.range: '' is not a range of addresses "
         "(10.0.0.10-10.0.0.99)"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[{'subnet':'10.0.0.0/"
         "24','range':['10.0.0.9']}]}}}",
         "networks.lan.subnets.0.range: an array where a string was expected"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[{'subnet':'10.0.0.0/"
         "24','range':'fd00::1-fd00::2'}]}}}",
         "networks.lan.subnets.0.range: 'fd00::1-fd00::2' lies outside subnet "
         "10.0.0.0/24"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[{'subnet':'10.0.0.0/"
         "24','exclude':'10.0.0.9'}]}}}",
         "networks.lan.subnets.0.exclude: a string where a list of strings was "
         "expected"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[{'subnet':'10.0.0.0/"
         "24','exclude':['10.0.0.9','x']}]}}}",
         "networks.lan.subnets.0.exclude: 'x' is not a range of addresses "
         "(10.0.0.10-10.0.0.99)"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[{'subnet':'10.0.0.0/"
         "24','exclude':['10.0.1.9']}]}}}",
         "networks.lan.subnets.0.exclude: '10.0.1.9-10.0.1.9' lies outside "
         "subnet 10.0.0.0/24"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[{'subnet':'10.0.0.0/"
         "24','exclude':[9]}]}}}",
         "networks.lan.subnets.0.exclude: an integer where a string was "
         "expected"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[{'subnet':'10.0.0.0/"
         "24'},{'subnet':'10.0.0.128/25'}]}}}",
         "networks.lan.subnets.1: subnet 10.0.0.128/25 overlaps 10.0.0.0/24"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[{'subnet':'10.0.0.0/"
         "24'},{'subnet':'10.0.0.0/16'}]}}}",
         "networks.lan.subnets.1: subnet 10.0.0.0/16 overlaps 10.0.0.0/24"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[{'subnet':'10.0.0.0/"
         "24'},{'subnet':'10.0.1.0/24'},{'subnet':'10.0.2.0/"
         "24'},{'subnet':'10.0.3.0/24'},{'subnet':'10.0.4.0/"
         "24'},{'subnet':'10.0.5.0/24'},{'subnet':'10.0.6.0/"
         "24'},{'subnet':'10.0.7.0/24'},{'subnet':'10.0.8.0/24'}]}}}",
         "networks.lan.subnets: more than 8 subnets"},
        {"{'networks':{'lan':{'bridge':'br0','subnets':[],'subnets':[]}}}",
         "networks.lan.subnets: stands there twice"},
    };

    check(table, ARRAY_LEN(table));
}

TEST_MAIN
