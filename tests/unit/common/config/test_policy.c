/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What may be asked for under which policy, and the message of each refusal. */
#include <errno.h>

#include "tests/lib/model.h"

#define NETWORKS                                                            \
    "'networks':{'lan':{'bridge':'br-lan','vlan':99,'refine':['ip','vlan'," \
    "'trunks','vlan-mode','bridge','rate','mac','type','external-ids']},"   \
    "'trunk':{'bridge':'br-lan','refine':['vlan-mode','rate']},"            \
    "'veth':{'bridge':'br0','type':'veth','rate':50000,"                    \
    "'external-ids':{'x':'y'}}}"

struct judgement {
    const char *policy, *annotations;
    int code;         /* 0 = allowed */
    const char *text; /* canonical JSON, or the refusal */
};

/* What a policy says holds, whatever it leaves out. */
static const struct judgement table[] = {
    {"", "{'ovsint.bridge':'br0'}", 0, "{'ifname':'eth0','bridge':'br0'}"},
    {"'bridges':['br0','br1']", "{'ovsint.bridge':'br0'}", 0,
     "{'ifname':'eth0','bridge':'br0'}"},
    {"'bridges':['br0','br1']", "{'ovsint.bridge':'br2'}", EPERM,
     "annotation ovsint.bridge: bridge 'br2' is not allowed by the policy "
     "(policy.bridges: br0, br1)"},
    {"'bridges':['br0','br1']", "{'ovsint.bridge':'br'}", EPERM,
     "annotation ovsint.bridge: bridge 'br' is not allowed by the policy "
     "(policy.bridges: br0, br1)"},
    {"'bridges':['br*']", "{'ovsint.bridge':'br2'}", 0,
     "{'ifname':'eth0','bridge':'br2'}"},
    {"'bridges':[]", "{'ovsint.bridge':'br0'}", EPERM,
     "annotation ovsint.bridge: bridge 'br0' is not allowed by the policy "
     "(policy.bridges: nothing)"},
    {"'bridges':[]", "{'ovsint.mtu':'1400'}", 0,
     "{'ifname':'eth0','bridge':'brd','mtu':1400}"},
    {"'bridges':[]", "{'ovsint.network':'lan'}", 0,
     "{'ifname':'eth0','network':'lan','bridge':'br-lan','vlan':99,'vlan-mode':"
     "'access'}"},
    {"'bridges':[]", "{'ovsint.network':'lan','ovsint.bridge':'br0'}", EPERM,
     "annotation ovsint.bridge: bridge 'br0' is not allowed by the policy "
     "(policy.bridges: nothing)"},
    {"'vlans':'10-20'", "{'ovsint.bridge':'br0','ovsint.vlan':'10'}", 0,
     "{'ifname':'eth0','bridge':'br0','vlan':10,'vlan-mode':'access'}"},
    {"'vlans':'10-20'", "{'ovsint.bridge':'br0','ovsint.vlan':'21'}", EPERM,
     "annotation ovsint.vlan: VLAN '21' is not allowed by the policy "
     "(policy.vlans: 10-20)"},
    {"'vlans':'10-20'", "{'ovsint.bridge':'br0'}", EPERM,
     "interface eth0: the port would carry all VLANs of the bridge, which the "
     "policy does not allow: set vlan or trunks (policy.trunks: 10-20)"},
    {"'vlans':'10-20'", "{'ovsint.bridge':'br0','ovsint.vlan-mode':'trunk'}",
     EPERM,
     "interface eth0: the port would carry all VLANs of the bridge, which the "
     "policy does not allow: set vlan or trunks (policy.trunks: 10-20)"},
    {"'vlans':'10-20'", "{'ovsint.bridge':'br0','ovsint.trunks':'10-20'}", 0,
     "{'ifname':'eth0','bridge':'br0','trunks':'10-20','vlan-mode':'trunk'}"},
    {"'vlans':'10-20'", "{'ovsint.bridge':'br0','ovsint.trunks':'10-21'}",
     EPERM,
     "annotation ovsint.trunks: trunk of VLANs '10-21' is not allowed by the "
     "policy (policy.trunks: 10-20)"},
    {"'vlans':'10-20'",
     "{'ovsint.bridge':'br0','ovsint.vlan':'10','ovsint.vlan-mode':'native-"
     "untagged'}",
     EPERM,
     "interface eth0: the port would carry all VLANs of the bridge, which the "
     "policy does not allow: set vlan or trunks (policy.trunks: 10-20)"},
    {"'vlans':'10-20'",
     "{'ovsint.bridge':'br0','ovsint.vlan':'10','ovsint.vlan-mode':'dot1q-"
     "tunnel'}",
     0,
     "{'ifname':'eth0','bridge':'br0','vlan':10,'vlan-mode':'dot1q-tunnel'}"},
    {"'vlans':'10-20'",
     "{'ovsint.bridge':'br0','ovsint.vlan':'10','ovsint.trunks':'30','ovsint."
     "vlan-mode':'dot1q-tunnel'}",
     0,
     "{'ifname':'eth0','bridge':'br0','vlan':10,'trunks':'30','vlan-mode':'"
     "dot1q-tunnel'}"},
    {"'vlans':'10-20'",
     "{'ovsint.bridge':'br0','ovsint.vlan':'10','ovsint.trunks':'30','ovsint."
     "vlan-mode':'native-tagged'}",
     EPERM,
     "annotation ovsint.trunks: trunk of VLANs '30' is not allowed by the "
     "policy (policy.trunks: 10-20)"},
    {"'vlans':'10-20','trunks':'30-40'",
     "{'ovsint.bridge':'br0','ovsint.vlan':'10','ovsint.trunks':'30','ovsint."
     "vlan-mode':'native-tagged'}",
     0,
     "{'ifname':'eth0','bridge':'br0','vlan':10,'trunks':'30','vlan-mode':'"
     "native-tagged'}"},
    {"'vlans':'10-20','trunks':'30-40'",
     "{'ovsint.bridge':'br0','ovsint.trunks':'10'}", EPERM,
     "annotation ovsint.trunks: trunk of VLANs '10' is not allowed by the "
     "policy (policy.trunks: 30-40)"},
    {"'vlans':'10-20','trunks':[]",
     "{'ovsint.bridge':'br0','ovsint.trunks':'10'}", EPERM,
     "annotation ovsint.trunks: trunk of VLANs '10' is not allowed by the "
     "policy (policy.trunks: nothing)"},
    {"'vlans':'10-20','trunks':[]", "{'ovsint.bridge':'br0'}", EPERM,
     "interface eth0: the port would carry all VLANs of the bridge, which the "
     "policy does not allow: set vlan or trunks (policy.trunks: nothing)"},
    {"'vlans':''", "{'ovsint.bridge':'br0','ovsint.vlan':'1'}", EPERM,
     "annotation ovsint.vlan: VLAN '1' is not allowed by the policy "
     "(policy.vlans: nothing)"},
    {"'vlans':[]", "{'ovsint.bridge':'br0','ovsint.vlan':'1'}", EPERM,
     "annotation ovsint.vlan: VLAN '1' is not allowed by the policy "
     "(policy.vlans: nothing)"},
    {"'vlans':[5,'7-9']", "{'ovsint.bridge':'br0','ovsint.vlan':'8'}", 0,
     "{'ifname':'eth0','bridge':'br0','vlan':8,'vlan-mode':'access'}"},
    {"'vlans':5", "{'ovsint.bridge':'br0','ovsint.vlan':'5'}", 0,
     "{'ifname':'eth0','bridge':'br0','vlan':5,'vlan-mode':'access'}"},
    {"'trunks':'30-40'", "{'ovsint.bridge':'br0','ovsint.vlan':'7'}", 0,
     "{'ifname':'eth0','bridge':'br0','vlan':7,'vlan-mode':'access'}"},
    {"'trunks':'30-40'", "{'ovsint.bridge':'br0'}", EPERM,
     "interface eth0: the port would carry all VLANs of the bridge, which the "
     "policy does not allow: set vlan or trunks (policy.trunks: 30-40)"},
    {"'trunks':'30-40'", "{'ovsint.bridge':'br0','ovsint.trunks':'31,50'}",
     EPERM,
     "annotation ovsint.trunks: trunk of VLANs '31,50' is not allowed by the "
     "policy (policy.trunks: 30-40)"},
    {"'vlans':'1-4094'", "{'ovsint.bridge':'br0'}", EPERM,
     "interface eth0: the port would carry all VLANs of the bridge, which the "
     "policy does not allow: set vlan or trunks (policy.trunks: 1-4094)"},
    {"'vlans':'10-20'", "{'ovsint.network':'lan'}", 0,
     "{'ifname':'eth0','network':'lan','bridge':'br-lan','vlan':99,'vlan-mode':"
     "'access'}"},
    {"'vlans':'10-20'", "{'ovsint.network':'trunk'}", 0,
     "{'ifname':'eth0','network':'trunk','bridge':'br-lan'}"},
    {"'vlans':'10-20'", "{'ovsint.network':'trunk','ovsint.vlan-mode':'trunk'}",
     EPERM,
     "interface eth0: the port would carry all VLANs of the bridge, which the "
     "policy does not allow: set vlan or trunks (policy.trunks: 10-20)"},
    {"'vlans':'10-20'", "{'ovsint.network':'lan','ovsint.vlan':'10'}", 0,
     "{'ifname':'eth0','network':'lan','bridge':'br-lan','vlan':10,'vlan-mode':"
     "'access'}"},
    {"'vlans':'10-20'", "{'ovsint.network':'lan','ovsint.vlan':'21'}", EPERM,
     "annotation ovsint.vlan: VLAN '21' is not allowed by the policy "
     "(policy.vlans: 10-20)"},
    {"'vlans':'10-20'", "{'ovsint.network':'lan','ovsint.bridge':'br7'}", EPERM,
     "networks.lan.vlan: VLAN '99' is not allowed by the policy (policy.vlans: "
     "10-20)"},
    {"'vlans':'10-20'",
     "{'ovsint.network':'lan','ovsint.vlan-mode':'native-tagged'}", EPERM,
     "networks.lan.vlan: VLAN '99' is not allowed by the policy (policy.vlans: "
     "10-20)"},
    {"'vlans':'10-20'", "{'ovsint.mtu':'1400'}", EPERM,
     "interface eth0: the port would carry all VLANs of the bridge, which the "
     "policy does not allow: set vlan or trunks (policy.trunks: 10-20)"},
    {"'types':['internal']", "{'ovsint.bridge':'br0'}", 0,
     "{'ifname':'eth0','bridge':'br0'}"},
    {"'types':['internal']", "{'ovsint.bridge':'br0','ovsint.type':'veth'}",
     EPERM,
     "annotation ovsint.type: type 'veth' is not allowed by the policy "
     "(policy.types: internal)"},
    {"'types':['veth']", "{'ovsint.bridge':'br0'}", EPERM,
     "interface eth0: type 'internal' is not allowed by the policy "
     "(policy.types: veth)"},
    {"'types':['veth']", "{'ovsint.bridge':'br0','ovsint.type':'veth'}", 0,
     "{'ifname':'eth0','bridge':'br0','type':'veth'}"},
    {"'types':[]", "{'ovsint.bridge':'br0'}", EPERM,
     "interface eth0: type 'internal' is not allowed by the policy "
     "(policy.types: nothing)"},
    {"'types':['internal']", "{'ovsint.network':'veth'}", 0,
     "{'ifname':'eth0','network':'veth','bridge':'br0','type':'veth','rate':"
     "50000,'external-ids':{'x':'y'}}"},
    {"'types':['veth']", "{'ovsint.network':'lan','ovsint.type':'internal'}",
     EPERM,
     "annotation ovsint.type: type 'internal' is not allowed by the policy "
     "(policy.types: veth)"},
    {"'macs':['02:00:*','0A:0B:0C:00:00:01']",
     "{'ovsint.bridge':'br0','ovsint.mac':'02:00:00:00:00:01'}", 0,
     "{'ifname':'eth0','bridge':'br0','mac':'02:00:00:00:00:01'}"},
    {"'macs':['02:00:*']",
     "{'ovsint.bridge':'br0','ovsint.mac':'02:01:00:00:00:01'}", EPERM,
     "annotation ovsint.mac: MAC address '02:01:00:00:00:01' is not allowed by "
     "the policy (policy.macs: 02:00:*)"},
    {"'macs':['0A:0B:0C:00:00:0F']",
     "{'ovsint.bridge':'br0','ovsint.mac':'0a:0b:0c:00:00:0f'}", 0,
     "{'ifname':'eth0','bridge':'br0','mac':'0a:0b:0c:00:00:0f'}"},
    {"'macs':[]", "{'ovsint.bridge':'br0','ovsint.mac':'02:01:00:00:00:01'}",
     EPERM,
     "annotation ovsint.mac: MAC address '02:01:00:00:00:01' is not allowed by "
     "the policy (policy.macs: nothing)"},
    {"'macs':[]", "{'ovsint.bridge':'br0'}", 0,
     "{'ifname':'eth0','bridge':'br0'}"},
    {"'guard':'mac'", "{'ovsint.bridge':'br0'}", 0,
     "{'ifname':'eth0','bridge':'br0','guard':'mac'}"},
    {"'guard':'mac'",
     "{'ovsint.bridge':'br0','ovsint.guard':'full','ovsint.ip':'10.0.0.5/24'}",
     0, "{'ifname':'eth0','bridge':'br0','guard':'full','ip':['10.0.0.5/24']}"},
    {"'guard':'mac'", "{'ovsint.bridge':'br0','ovsint.guard':'off'}", EPERM,
     "annotation ovsint.guard: guard 'off' is not allowed by the policy "
     "(policy.guard: mac, full)"},
    {"'guard':'full'", "{'ovsint.bridge':'br0','ovsint.guard':'mac'}", EPERM,
     "annotation ovsint.guard: guard 'mac' is not allowed by the policy "
     "(policy.guard: full)"},
    {"'guard':'full'", "{'ovsint.bridge':'br0'}", EINVAL,
     "interface eth0: with guard=full a vNIC may send from its addresses "
     "alone, "
     "and this one has none: set ip, guard-also or accept-ra, or guard=mac"},
    {"'guard':'full','guard-also':[]",
     "{'ovsint.bridge':'br0','ovsint.ip':'10.0.0.5/24',"
     "'ovsint.guard-also':'10.0.0.9'}",
     EPERM,
     "annotation ovsint.guard-also: to send from '10.0.0.9/32' is not allowed "
     "by the policy (policy.guard-also: nothing)"},
    {"'guard':'full','guard-also':['10.0.0.0/24']",
     "{'ovsint.bridge':'br0','ovsint.ip':'10.0.0.5/24',"
     "'ovsint.guard-also':'10.0.0.9,10.0.0.0/23'}",
     EPERM,
     "annotation ovsint.guard-also: to send from '10.0.0.0/23' is not allowed "
     "by the policy (policy.guard-also: 10.0.0.0/24)"},
    {"'guard-also':['10.0.0.0/24']",
     "{'ovsint.bridge':'br0','ovsint.guard':'full',"
     "'ovsint.guard-also':'10.0.0.128/25'}",
     0,
     "{'ifname':'eth0','bridge':'br0','guard':'full','guard-also':"
     "['10.0.0.128/25']}"},
    {"'dhcp':true", "{'ovsint.bridge':'br0','ovsint.ip':'dhcp'}", 0,
     "{'ifname':'eth0','bridge':'br0','ip':['dhcp']}"},
    {"'dhcp':false", "{'ovsint.bridge':'br0','ovsint.ip':'dhcp'}", EPERM,
     "annotation ovsint.ip: an address by 'dhcp' is not allowed by the policy "
     "(policy.dhcp: false)"},
    {"'dhcp':false", "{'ovsint.bridge':'br0','ovsint.ip':'10.0.0.5/24'}", 0,
     "{'ifname':'eth0','bridge':'br0','ip':['10.0.0.5/24']}"},
    {"'guard':'full'", "{'ovsint.bridge':'br0','ovsint.ip':'dhcp'}", 0,
     "{'ifname':'eth0','bridge':'br0','guard':'full','ip':['dhcp']}"},
    {"'max-rate':10000",
     "{'ovsint.bridge':'br0','ovsint.guard-also':"
     "'10.0.0.9'}",
     EINVAL,
     "annotation ovsint.guard-also: without guard=full it allows nothing"},
    {"'max-storm':200", "{'ovsint.bridge':'br0','ovsint.storm':'200'}", 0,
     "{'ifname':'eth0','bridge':'br0','storm':200}"},
    {"'max-storm':200", "{'ovsint.bridge':'br0','ovsint.storm':'201'}", EPERM,
     "annotation ovsint.storm: storm '201' is not allowed by the policy "
     "(policy.max-storm: up to 200 frames/s)"},
    {"'max-storm':200", "{'ovsint.bridge':'br0'}", 0,
     "{'ifname':'eth0','bridge':'br0','storm':200}"},
    {"'max-rate':10000", "{'ovsint.bridge':'br0','ovsint.rate':'10000'}", 0,
     "{'ifname':'eth0','bridge':'br0','rate':10000}"},
    {"'max-rate':10000", "{'ovsint.bridge':'br0','ovsint.rate':'10001'}", EPERM,
     "annotation ovsint.rate: rate '10001' is not allowed by the policy "
     "(policy.max-rate: up to 10000 kbit/s)"},
    {"'max-rate':10000", "{'ovsint.bridge':'br0'}", 0,
     "{'ifname':'eth0','bridge':'br0','rate':10000}"},
    {"'max-rate':10000", "{'ovsint.bridge':'br0','ovsint.burst':'100'}", 0,
     "{'ifname':'eth0','bridge':'br0','rate':10000,'burst':100}"},
    {"'max-rate':10000", "{'ovsint.network':'veth'}", 0,
     "{'ifname':'eth0','network':'veth','bridge':'br0','type':'veth','rate':"
     "50000,'external-ids':{'x':'y'}}"},
    {"'max-rate':10000", "{'ovsint.network':'lan'}", 0,
     "{'ifname':'eth0','network':'lan','bridge':'br-lan','vlan':99,'vlan-mode':"
     "'access','rate':10000}"},
    {"'max-rate':10000", "{'ovsint.network':'trunk','ovsint.rate':'20000'}",
     EPERM,
     "annotation ovsint.rate: rate '20000' is not allowed by the policy "
     "(policy.max-rate: up to 10000 kbit/s)"},
    {"'external-ids':['iface-id','vm-*']",
     "{'ovsint.bridge':'br0','ovsint.external-ids':'iface-id=x,vm-a=b'}", 0,
     "{'ifname':'eth0','bridge':'br0','external-ids':{'iface-id':'x','vm-a':'b'"
     "}}"},
    {"'external-ids':['vm-*']",
     "{'ovsint.bridge':'br0','ovsint.external-ids':'vm-a=b,iface-id=x'}", EPERM,
     "annotation ovsint.external-ids: key 'iface-id' is not allowed by the "
     "policy (policy.external-ids: vm-*)"},
    {"'external-ids':[]", "{'ovsint.bridge':'br0','ovsint.external-ids':'a=b'}",
     EPERM,
     "annotation ovsint.external-ids: key 'a' is not allowed by the policy "
     "(policy.external-ids: nothing)"},
    {"'external-ids':[]", "{'ovsint.network':'veth'}", 0,
     "{'ifname':'eth0','network':'veth','bridge':'br0','type':'veth','rate':"
     "50000,'external-ids':{'x':'y'}}"},
    {"'external-ids':['*']",
     "{'ovsint.bridge':'br0','ovsint.external-ids':'a=b'}", 0,
     "{'ifname':'eth0','bridge':'br0','external-ids':{'a':'b'}}"},
    {"'named-networks-only':true", "{'ovsint.bridge':'br0'}", EPERM,
     "interface eth0: the policy allows networks of the configuration only "
     "(policy.named-networks-only): set ovsint.network"},
    {"'named-networks-only':true", "{'ovsint.mtu':'1400'}", EPERM,
     "interface eth0: the policy allows networks of the configuration only "
     "(policy.named-networks-only): set ovsint.network"},
    {"'named-networks-only':true", "{'ovsint.network':'lan'}", 0,
     "{'ifname':'eth0','network':'lan','bridge':'br-lan','vlan':99,'vlan-mode':"
     "'access'}"},
    {"'named-networks-only':false", "{'ovsint.bridge':'br0'}", 0,
     "{'ifname':'eth0','bridge':'br0'}"},
    {"'named-networks-only':true",
     "{'ovsint.network':'lan','ovsint.eth1.bridge':'br0'}", EPERM,
     "interface eth1: the policy allows networks of the configuration only "
     "(policy.named-networks-only): set ovsint.network"},
    {"'bridges':['br0'],'vlans':'10'",
     "{'ovsint.bridge':'br0','ovsint.vlan':'10','ovsint.eth1.bridge':'br0','"
     "ovsint.eth1.vlan':'11'}",
     EPERM,
     "annotation ovsint.eth1.vlan: VLAN '11' is not allowed by the policy "
     "(policy.vlans: 10)"},
};

/* What it does not name is closed. */
#define ADD(line)                                                              \
    " is not allowed by the policy, which does not name it: an administrator " \
    "may add " line " to \"policy\""
#define ON_BR0 "'bridges':['br0'],'vlans':'10'"
#define ASK "'ovsint.bridge':'br0','ovsint.vlan':'10'"
#define IS "'ifname':'eth0','bridge':'br0','vlan':10,'vlan-mode':'access'"
#define LAN_IS                                                     \
    "'ifname':'eth0','network':'lan','bridge':'br-lan','vlan':99," \
    "'vlan-mode':'access'"

static const struct judgement closed[] = {
    {"'bridges':['br0'],'trunks':'all'",
     "{'ovsint.bridge':'br0','ovsint.vlan-mode':'trunk','ovsint.ip':'dhcp'}",
     EPERM,
     "annotation ovsint.ip: 'dhcp' is not allowed by the policy, which does "
     "not "
     "name it: an administrator may add \"dhcp\": true to \"policy\""},
    {"", "{'ovsint.network':'lan','ovsint.ip':'dhcp'}", 0,
     "{'ifname':'eth0','network':'lan','bridge':'br-lan','vlan':99,'vlan-mode':"
     "'access','ip':['dhcp']}"},
    {"", "{'ovsint.network':'lan'}", 0, "{" LAN_IS "}"},
    {"", "{'ovsint.network':'lan','ovsint.ip':'10.0.0.5/24'}", 0,
     "{" LAN_IS ",'ip':['10.0.0.5/24']}"},
    /* the administrator has left it to the network's containers */
    {"", "{'ovsint.network':'lan','ovsint.mac':'02:00:00:00:00:01'}", 0,
     "{" LAN_IS ",'mac':'02:00:00:00:00:01'}"},
    {"'macs':[]", "{'ovsint.network':'lan','ovsint.mac':'02:00:00:00:00:01'}",
     EPERM,
     "annotation ovsint.mac: MAC address '02:00:00:00:00:01' is not allowed by "
     "the policy (policy.macs: nothing)"},
    {"", "{" ASK "}", EPERM,
     "annotation ovsint.bridge: bridge 'br0'" ADD("\"bridges\": [\"br0\"]")},
    {"'bridges':['br0']", "{" ASK "}", EPERM,
     "annotation ovsint.vlan: VLAN '10'" ADD("\"vlans\": \"10\"")},
    {ON_BR0, "{" ASK "}", 0, "{" IS "}"},
    {"'bridges':['br0']", "{'ovsint.bridge':'br0'}", EPERM,
     "interface eth0: the port would carry all VLANs of the bridge, which the "
     "policy does not name: set vlan, or an administrator may add \"trunks\": "
     "\"all\" to \"policy\""},
    {"'bridges':['br0'],'trunks':'all'", "{'ovsint.bridge':'br0'}", EPERM,
     "interface eth0: the port would carry all VLANs of the bridge: set vlan "
     "or "
     "trunks, or vlan-mode=trunk if this is meant"},
    {"'bridges':['br0'],'trunks':'all'",
     "{'ovsint.bridge':'br0','ovsint.vlan-mode':'trunk'}", 0,
     "{'ifname':'eth0','bridge':'br0','vlan-mode':'trunk'}"},
    {"'bridges':['br0'],'trunks':'all'",
     "{'ovsint.bridge':'br0','ovsint.vlan':'10'}", EPERM,
     "annotation ovsint.vlan: VLAN '10'" ADD("\"vlans\": \"10\"")},
    {"'bridges':['br0'],'trunks':'1-4094'", "{'ovsint.bridge':'br0'}", EPERM,
     "interface eth0: the port would carry all VLANs of the bridge, which the "
     "policy does not allow: set vlan or trunks (policy.trunks: 1-4094)"},
    {"'bridges':['br0'],'trunks':'10-12'",
     "{'ovsint.bridge':'br0','ovsint.trunks':'11,12'}", 0,
     "{'ifname':'eth0','bridge':'br0','trunks':'11-12','vlan-mode':'trunk'}"},
    /* a second VLAN header stays within its one VLAN, but only inside the
     * switch */
    {ON_BR0, "{" ASK ",'ovsint.vlan-mode':'dot1q-tunnel'}", EPERM,
     "annotation ovsint.vlan-mode: vlan-mode 'dot1q-tunnel'" ADD(
         "\"vlan-modes\": [\"dot1q-tunnel\"]")},
    {ON_BR0 ",'vlan-modes':['access','dot1q-tunnel']",
     "{" ASK ",'ovsint.vlan-mode':'dot1q-tunnel'}", 0,
     "{'ifname':'eth0','bridge':'br0','vlan':10,'vlan-mode':'dot1q-tunnel'}"},
    {ON_BR0,
     "{" ASK ",'ovsint.trunks':'10','ovsint.vlan-mode':'native-tagged'}", EPERM,
     "annotation ovsint.vlan-mode: vlan-mode 'native-tagged'" ADD(
         "\"vlan-modes\": [\"native-tagged\"]")},
    {ON_BR0 ",'vlan-modes':['access']",
     "{'ovsint.bridge':'br0','ovsint.trunks':'10'}", EPERM,
     "interface eth0: vlan-mode 'trunk' is not allowed by the policy "
     "(policy.vlan-modes: access)"},
    {ON_BR0, "{" ASK ",'ovsint.type':'veth'}", EPERM,
     "annotation ovsint.type: type 'veth'" ADD("\"types\": [\"veth\"]")},
    {ON_BR0, "{" ASK ",'ovsint.mac':'02:00:00:00:00:01'}", EPERM,
     "annotation ovsint.mac: MAC address '02:00:00:00:00:01'" ADD(
         "\"macs\": [\"02:00:00:00:00:01\"]")},
    {ON_BR0, "{" ASK ",'ovsint.ip':'10.0.0.5/24'}", EPERM,
     "annotation ovsint.ip: address '10.0.0.0/24'" ADD(
         "\"addresses\": [\"10.0.0.0/24\"]")},
    {ON_BR0 ",'addresses':['10.0.0.0/24','fd00::/8']",
     "{" ASK ",'ovsint.ip':'10.0.0.5/24,fd00::5/64'}", 0,
     "{" IS ",'ip':['10.0.0.5/24','fd00::5/64']}"},
    {ON_BR0 ",'addresses':['10.0.0.0/24','fd00::/8']",
     "{" ASK ",'ovsint.ip':'10.0.0.5/8'}", EPERM,
     "annotation ovsint.ip: address '10.0.0.5/8' is not allowed by the policy "
     "(policy.addresses: 10.0.0.0/24, fd00::/8)"},
    {ON_BR0 ",'addresses':['10.0.0.0/24']",
     "{" ASK ",'ovsint.ip':'10.0.0.5/24,10.0.1.5/24'}", EPERM,
     "annotation ovsint.ip: address '10.0.1.5/24' is not allowed by the policy "
     "(policy.addresses: 10.0.0.0/24)"},
    {ON_BR0 ",'addresses':['10.0.0.0/24']",
     "{" ASK ",'ovsint.ip':'10.0.0.5/24,10.0.0.6/24'}", EPERM,
     "annotation ovsint.ip: more than one address of a family is not allowed "
     "by the policy, which does not name it: an administrator may add "
     "\"max-addresses\": 2 to \"policy\""},
    {ON_BR0 ",'addresses':['10.0.0.0/24'],'max-addresses':2",
     "{" ASK ",'ovsint.ip':'10.0.0.5/24,10.0.0.6/24'}", 0,
     "{" IS ",'ip':['10.0.0.5/24','10.0.0.6/24']}"},
    {ON_BR0 ",'addresses':['10.0.0.0/24'],'max-addresses':1",
     "{" ASK ",'ovsint.ip':'10.0.0.5/24,10.0.0.6/24'}", EPERM,
     "annotation ovsint.ip: 2 addresses are not allowed by the policy "
     "(policy.max-addresses: 1)"},
    {"", "{'ovsint.network':'lan','ovsint.ip':'10.0.0.5/24,10.0.0.6/24'}",
     EPERM,
     "annotation ovsint.ip: more than one address of a family is not allowed "
     "by the policy, which does not name it: an administrator may add "
     "\"max-addresses\": 2 to \"policy\""},
    {ON_BR0, "{" ASK ",'ovsint.mtu':'1500'}", 0, "{" IS ",'mtu':1500}"},
    {ON_BR0, "{" ASK ",'ovsint.mtu':'9000'}", EPERM,
     "annotation ovsint.mtu: mtu '9000'" ADD("\"max-mtu\": 9000")},
    {ON_BR0 ",'max-mtu':1400", "{" ASK ",'ovsint.mtu':'1500'}", EPERM,
     "annotation ovsint.mtu: mtu '1500' is not allowed by the policy "
     "(policy.max-mtu: up to 1400)"},
    {ON_BR0, "{" ASK ",'ovsint.rate':'1000'}", 0, "{" IS ",'rate':1000}"},
    {ON_BR0 ",'max-rate':1000", "{" ASK ",'ovsint.burst':'400'}", EPERM,
     "annotation ovsint.burst: burst '400'" ADD("\"max-burst\": 400")},
    {ON_BR0 ",'max-rate':1000,'max-burst':400",
     "{" ASK ",'ovsint.burst':'400'}", 0, "{" IS ",'rate':1000,'burst':400}"},
    {ON_BR0 ",'max-rate':1000,'max-burst':400",
     "{" ASK ",'ovsint.burst':'401'}", EPERM,
     "annotation ovsint.burst: burst '401' is not allowed by the policy "
     "(policy.max-burst: up to 400 kbit)"},
    {ON_BR0, "{" ASK ",'ovsint.guard':'mac'}", 0, "{" IS ",'guard':'mac'}"},
    {ON_BR0, "{" ASK ",'ovsint.guard':'full','ovsint.guard-also':'10.0.0.9'}",
     EPERM,
     "annotation ovsint.guard-also: to send from '10.0.0.9/32'" ADD(
         "\"guard-also\": [\"10.0.0.9/32\"]")},
    {ON_BR0, "{" ASK ",'ovsint.external-ids':'iface-id=x'}", EPERM,
     "annotation ovsint.external-ids: key 'iface-id'" ADD(
         "\"external-ids\": [\"iface-id\"]")},
    {ON_BR0, "{" ASK ",'ovsint.ofport':'1'}", EPERM,
     "annotation ovsint.ofport: OpenFlow port '1'" ADD("\"ofports\": \"1\"")},
    {ON_BR0 ",'ofports':'7,1000-1999'", "{" ASK ",'ovsint.ofport':'1000'}", 0,
     "{" IS ",'ofport':1000}"},
    {ON_BR0 ",'ofports':'7,1000-1999'", "{" ASK ",'ovsint.ofport':'8'}", EPERM,
     "annotation ovsint.ofport: OpenFlow port '8' is not allowed by the policy "
     "(policy.ofports: 7,1000-1999)"},
    {"", "{'ovsint.network':'lan','ovsint.eth1.network':'veth'}", EPERM,
     "2 interfaces of one container are not allowed by the policy, which does "
     "not name them: an administrator may add \"max-interfaces\": 2 to "
     "\"policy\""},
    {"'max-interfaces':2",
     "{'ovsint.network':'lan','ovsint.e1.network':'veth'}", 0, "{" LAN_IS "}"},
    {"'max-interfaces':0", "{'ovsint.network':'lan'}", EPERM,
     "1 interfaces are not allowed by the policy (policy.max-interfaces: 0)"},
};

static void judge_all(const struct judgement *rows, size_t count,
                      const char *before)
{
    for (size_t i = 0; i < count; i++) {
        struct attachment list[LIMIT_ATTACHMENTS];
        auto_buf struct buf config = BUF_INIT(4096);
        struct err err = {0};
        size_t found = 0;
        buf_addf(&config,
                 "{'default-bridge':'brd'," NETWORKS ",'policy':{%s%s%s}}",
                 before, *before && *rows[i].policy ? "," : "", rows[i].policy);
        int r = model_attachments(buf_text(&config), rows[i].annotations, list,
                                  &found, &err);
        if (rows[i].code) {
            CHECK_ERR(r, rows[i].code, err, rows[i].text);
            CHECK_STR(err.text, rows[i].text);
            continue;
        }
        CHECK_OK(r, err);
        auto_free char *spec = model_spec(&list[0]);
        CHECK_STR(spec, rows[i].text);
    }
}

TEST(judgements)
{
    judge_all(table, ARRAY_LEN(table), "'default':'allow'");
}

TEST(closed_by_silence)
{
    judge_all(closed, ARRAY_LEN(closed), "");
}

/* An image's author does not know the administrator's word. */
TEST(only_annotations_under_the_word_count)
{
    static const struct {
        const char *annotations;
        size_t passed_over;
        const char *text; /* canonical JSON, or NULL: nothing is asked for */
    } under_word[] = {
        {"{'ovsint.network':'lan'}", 1, NULL},
        {"{'ovsint.site.network':'lan'}", 0, "{" LAN_IS "}"},
        {"{'ovsint.site.network':'lan','ovsint.eth1.network':'veth',"
         "'ovsint.vlan':'66','ovsint.sit.mac':'x','ovsint.site':'y',"
         "'ovsint.sitex.vlan':'1','other':'z'}",
         5, "{" LAN_IS "}"},
        {"{'ovsint.site.eth0.network':'lan','ovsint.vlna':'1'}", 1,
         "{" LAN_IS "}"},
    };

    for (size_t i = 0; i < ARRAY_LEN(under_word); i++) {
        const char *config =
            "{" NETWORKS ",'policy':{'annotation-key':'site'}}";
        struct attachment list[LIMIT_ATTACHMENTS];
        auto_settings struct settings settings = {0};
        auto_json struct json *json = NULL;
        auto_free char *text = model_quotes(under_word[i].annotations);
        struct err err = {0};
        size_t count = 99;
        CHECK_OK(model_settings(config, &settings, &err), err);
        model_unguarded(&settings);
        CHECK_OK(json_parse(text, strlen(text), &model_limits, &json, &err),
                 err);
        CHECK_OK(
            attachments_from_annotations(json, &settings, list, &count, &err),
            err);
        CHECK_EQ(annotations_passed_over(json, &settings),
                 under_word[i].passed_over);
        CHECK_EQ(count, under_word[i].text ? 1 : 0);
        if (!count)
            continue;
        auto_free char *spec = model_spec(&list[0]);
        CHECK_STR(spec, under_word[i].text);
    }
}

/* Without a policy anything goes; the zeroed value is no policy. */
TEST(no_policy)
{
    static const struct policy none;
    struct attachment_request request;
    struct err err = {0};

    CHECK_OK(attachment_request_init(&request, FRONT_HOOK, "eth0", &err), err);
    CHECK_OK(attachment_set(&request, "x", "bridge", "br0", &err), err);
    CHECK_OK(attachment_set(&request, "y", "mac", "02:00:00:00:00:01", &err),
             err);
    CHECK_OK(attachment_set(&request, "z", "type", "veth", &err), err);
    CHECK_OK(attachment_set(&request, "r", "rate", "100000000", &err), err);
    CHECK_OK(attachment_set(&request, "e", "external-ids", "a=b", &err), err);
    CHECK_OK(policy_check(&none, &request, &request, NULL, &err), err);
}

TEST_MAIN
