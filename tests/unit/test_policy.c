/* SPDX-License-Identifier: Apache-2.0 */
/* What may be asked for under which policy, and the message of each refusal. */
#include <errno.h>

#include "tests/lib/model.h"

#define NETWORKS                                                            \
    "'networks':{'lan':{'bridge':'br-lan','vlan':99,'refine':['ip','vlan'," \
    "'trunks','vlan-mode','bridge','rate','mac','type','external-ids']},"   \
    "'trunk':{'bridge':'br-lan','refine':['vlan-mode','rate']},"            \
    "'veth':{'bridge':'br0','type':'veth','rate':50000,"                    \
    "'external-ids':{'x':'y'}}}"

static const struct {
    const char *policy, *annotations;
    int code;         /* 0 = allowed */
    const char *text; /* canonical JSON, or the refusal */
} table[] = {
    {"", "{'ovsint.bridge':'br0'}", 0, "{'ifname':'eth0','bridge':'br0'}"},
    {"'bridges':['br0','br1']", "{'ovsint.bridge':'br0'}", 0,
     "{'ifname':'eth0','bridge':'br0'}"},
    {"'bridges':['br0','br1']", "{'ovsint.bridge':'br2'}", EPERM,
     "annotation ovsint.bridge: bridge 'br2' is not allowed by the policy "
     "(allowed: br0, br1)"},
    {"'bridges':['br0','br1']", "{'ovsint.bridge':'br'}", EPERM,
     "annotation ovsint.bridge: bridge 'br' is not allowed by the policy "
     "(allowed: br0, br1)"},
    {"'bridges':['br*']", "{'ovsint.bridge':'br2'}", 0,
     "{'ifname':'eth0','bridge':'br2'}"},
    {"'bridges':[]", "{'ovsint.bridge':'br0'}", EPERM,
     "annotation ovsint.bridge: bridge 'br0' is not allowed by the policy "
     "(allowed: nothing)"},
    {"'bridges':[]", "{'ovsint.mtu':'1400'}", 0,
     "{'ifname':'eth0','bridge':'brd','mtu':1400}"},
    {"'bridges':[]", "{'ovsint.network':'lan'}", 0,
     "{'ifname':'eth0','network':'lan','bridge':'br-lan','vlan':99,'vlan-mode':"
     "'access'}"},
    {"'bridges':[]", "{'ovsint.network':'lan','ovsint.bridge':'br0'}", EPERM,
     "annotation ovsint.bridge: bridge 'br0' is not allowed by the policy "
     "(allowed: nothing)"},
    {"'vlans':'10-20'", "{'ovsint.bridge':'br0','ovsint.vlan':'10'}", 0,
     "{'ifname':'eth0','bridge':'br0','vlan':10,'vlan-mode':'access'}"},
    {"'vlans':'10-20'", "{'ovsint.bridge':'br0','ovsint.vlan':'21'}", EPERM,
     "annotation ovsint.vlan: VLAN '21' is not allowed by the policy (allowed: "
     "10-20)"},
    {"'vlans':'10-20'", "{'ovsint.bridge':'br0'}", EPERM,
     "interface eth0: the port would carry all VLANs of the bridge, which the "
     "policy does not allow: set vlan or trunks (trunks allowed: 10-20)"},
    {"'vlans':'10-20'", "{'ovsint.bridge':'br0','ovsint.vlan-mode':'trunk'}",
     EPERM,
     "interface eth0: the port would carry all VLANs of the bridge, which the "
     "policy does not allow: set vlan or trunks (trunks allowed: 10-20)"},
    {"'vlans':'10-20'", "{'ovsint.bridge':'br0','ovsint.trunks':'10-20'}", 0,
     "{'ifname':'eth0','bridge':'br0','trunks':'10-20','vlan-mode':'trunk'}"},
    {"'vlans':'10-20'", "{'ovsint.bridge':'br0','ovsint.trunks':'10-21'}",
     EPERM,
     "annotation ovsint.trunks: trunk of VLANs '10-21' is not allowed by the "
     "policy (allowed: 10-20)"},
    {"'vlans':'10-20'",
     "{'ovsint.bridge':'br0','ovsint.vlan':'10','ovsint.vlan-mode':'native-"
     "untagged'}",
     EPERM,
     "interface eth0: the port would carry all VLANs of the bridge, which the "
     "policy does not allow: set vlan or trunks (trunks allowed: 10-20)"},
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
     "policy (allowed: 10-20)"},
    {"'vlans':'10-20','trunks':'30-40'",
     "{'ovsint.bridge':'br0','ovsint.vlan':'10','ovsint.trunks':'30','ovsint."
     "vlan-mode':'native-tagged'}",
     0,
     "{'ifname':'eth0','bridge':'br0','vlan':10,'trunks':'30','vlan-mode':'"
     "native-tagged'}"},
    {"'vlans':'10-20','trunks':'30-40'",
     "{'ovsint.bridge':'br0','ovsint.trunks':'10'}", EPERM,
     "annotation ovsint.trunks: trunk of VLANs '10' is not allowed by the "
     "policy (allowed: 30-40)"},
    {"'vlans':'10-20','trunks':[]",
     "{'ovsint.bridge':'br0','ovsint.trunks':'10'}", EPERM,
     "annotation ovsint.trunks: trunk of VLANs '10' is not allowed by the "
     "policy (allowed: nothing)"},
    {"'vlans':'10-20','trunks':[]", "{'ovsint.bridge':'br0'}", EPERM,
     "interface eth0: the port would carry all VLANs of the bridge, which the "
     "policy does not allow: set vlan or trunks (trunks allowed: nothing)"},
    {"'vlans':''", "{'ovsint.bridge':'br0','ovsint.vlan':'1'}", EPERM,
     "annotation ovsint.vlan: VLAN '1' is not allowed by the policy (allowed: "
     "nothing)"},
    {"'vlans':[]", "{'ovsint.bridge':'br0','ovsint.vlan':'1'}", EPERM,
     "annotation ovsint.vlan: VLAN '1' is not allowed by the policy (allowed: "
     "nothing)"},
    {"'vlans':[5,'7-9']", "{'ovsint.bridge':'br0','ovsint.vlan':'8'}", 0,
     "{'ifname':'eth0','bridge':'br0','vlan':8,'vlan-mode':'access'}"},
    {"'vlans':5", "{'ovsint.bridge':'br0','ovsint.vlan':'5'}", 0,
     "{'ifname':'eth0','bridge':'br0','vlan':5,'vlan-mode':'access'}"},
    {"'trunks':'30-40'", "{'ovsint.bridge':'br0','ovsint.vlan':'7'}", 0,
     "{'ifname':'eth0','bridge':'br0','vlan':7,'vlan-mode':'access'}"},
    {"'trunks':'30-40'", "{'ovsint.bridge':'br0'}", EPERM,
     "interface eth0: the port would carry all VLANs of the bridge, which the "
     "policy does not allow: set vlan or trunks (trunks allowed: 30-40)"},
    {"'trunks':'30-40'", "{'ovsint.bridge':'br0','ovsint.trunks':'31,50'}",
     EPERM,
     "annotation ovsint.trunks: trunk of VLANs '31,50' is not allowed by the "
     "policy (allowed: 30-40)"},
    {"'vlans':'1-4094'", "{'ovsint.bridge':'br0'}", EPERM,
     "interface eth0: the port would carry all VLANs of the bridge, which the "
     "policy does not allow: set vlan or trunks (trunks allowed: 1-4094)"},
    {"'vlans':'10-20'", "{'ovsint.network':'lan'}", 0,
     "{'ifname':'eth0','network':'lan','bridge':'br-lan','vlan':99,'vlan-mode':"
     "'access'}"},
    {"'vlans':'10-20'", "{'ovsint.network':'trunk'}", 0,
     "{'ifname':'eth0','network':'trunk','bridge':'br-lan'}"},
    {"'vlans':'10-20'", "{'ovsint.network':'trunk','ovsint.vlan-mode':'trunk'}",
     EPERM,
     "interface eth0: the port would carry all VLANs of the bridge, which the "
     "policy does not allow: set vlan or trunks (trunks allowed: 10-20)"},
    {"'vlans':'10-20'", "{'ovsint.network':'lan','ovsint.vlan':'10'}", 0,
     "{'ifname':'eth0','network':'lan','bridge':'br-lan','vlan':10,'vlan-mode':"
     "'access'}"},
    {"'vlans':'10-20'", "{'ovsint.network':'lan','ovsint.vlan':'21'}", EPERM,
     "annotation ovsint.vlan: VLAN '21' is not allowed by the policy (allowed: "
     "10-20)"},
    {"'vlans':'10-20'", "{'ovsint.network':'lan','ovsint.bridge':'br7'}", EPERM,
     "networks.lan.vlan: VLAN '99' is not allowed by the policy (allowed: "
     "10-20)"},
    {"'vlans':'10-20'",
     "{'ovsint.network':'lan','ovsint.vlan-mode':'native-tagged'}", EPERM,
     "networks.lan.vlan: VLAN '99' is not allowed by the policy (allowed: "
     "10-20)"},
    {"'vlans':'10-20'", "{'ovsint.mtu':'1400'}", EPERM,
     "interface eth0: the port would carry all VLANs of the bridge, which the "
     "policy does not allow: set vlan or trunks (trunks allowed: 10-20)"},
    {"'types':['internal']", "{'ovsint.bridge':'br0'}", 0,
     "{'ifname':'eth0','bridge':'br0'}"},
    {"'types':['internal']", "{'ovsint.bridge':'br0','ovsint.type':'veth'}",
     EPERM,
     "annotation ovsint.type: type 'veth' is not allowed by the policy "
     "(allowed: internal)"},
    {"'types':['veth']", "{'ovsint.bridge':'br0'}", EPERM,
     "interface eth0: type 'internal' is not allowed by the policy (allowed: "
     "veth)"},
    {"'types':['veth']", "{'ovsint.bridge':'br0','ovsint.type':'veth'}", 0,
     "{'ifname':'eth0','bridge':'br0','type':'veth'}"},
    {"'types':[]", "{'ovsint.bridge':'br0'}", EPERM,
     "interface eth0: type 'internal' is not allowed by the policy (allowed: "
     "nothing)"},
    {"'types':['internal']", "{'ovsint.network':'veth'}", 0,
     "{'ifname':'eth0','network':'veth','bridge':'br0','type':'veth','rate':"
     "50000,'external-ids':{'x':'y'}}"},
    {"'types':['veth']", "{'ovsint.network':'lan','ovsint.type':'internal'}",
     EPERM,
     "annotation ovsint.type: type 'internal' is not allowed by the policy "
     "(allowed: veth)"},
    {"'macs':['02:00:*','0A:0B:0C:00:00:01']",
     "{'ovsint.bridge':'br0','ovsint.mac':'02:00:00:00:00:01'}", 0,
     "{'ifname':'eth0','bridge':'br0','mac':'02:00:00:00:00:01'}"},
    {"'macs':['02:00:*']",
     "{'ovsint.bridge':'br0','ovsint.mac':'02:01:00:00:00:01'}", EPERM,
     "annotation ovsint.mac: MAC address '02:01:00:00:00:01' is not allowed by "
     "the policy (allowed: 02:00:*)"},
    {"'macs':['0A:0B:0C:00:00:0F']",
     "{'ovsint.bridge':'br0','ovsint.mac':'0a:0b:0c:00:00:0f'}", 0,
     "{'ifname':'eth0','bridge':'br0','mac':'0a:0b:0c:00:00:0f'}"},
    {"'macs':[]", "{'ovsint.bridge':'br0','ovsint.mac':'02:01:00:00:00:01'}",
     EPERM,
     "annotation ovsint.mac: MAC address '02:01:00:00:00:01' is not allowed by "
     "the policy (allowed: nothing)"},
    {"'macs':[]", "{'ovsint.bridge':'br0'}", 0,
     "{'ifname':'eth0','bridge':'br0'}"},
    {"'max-rate':10000", "{'ovsint.bridge':'br0','ovsint.rate':'10000'}", 0,
     "{'ifname':'eth0','bridge':'br0','rate':10000}"},
    {"'max-rate':10000", "{'ovsint.bridge':'br0','ovsint.rate':'10001'}", EPERM,
     "annotation ovsint.rate: rate '10001' is not allowed by the policy "
     "(allowed: up to 10000 kbit/s)"},
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
     "(allowed: up to 10000 kbit/s)"},
    {"'external-ids':['iface-id','vm-*']",
     "{'ovsint.bridge':'br0','ovsint.external-ids':'iface-id=x,vm-a=b'}", 0,
     "{'ifname':'eth0','bridge':'br0','external-ids':{'iface-id':'x','vm-a':'b'"
     "}}"},
    {"'external-ids':['vm-*']",
     "{'ovsint.bridge':'br0','ovsint.external-ids':'vm-a=b,iface-id=x'}", EPERM,
     "annotation ovsint.external-ids: key 'iface-id' is not allowed by the "
     "policy (allowed: vm-*)"},
    {"'external-ids':[]", "{'ovsint.bridge':'br0','ovsint.external-ids':'a=b'}",
     EPERM,
     "annotation ovsint.external-ids: key 'a' is not allowed by the policy "
     "(allowed: nothing)"},
    {"'external-ids':[]", "{'ovsint.network':'veth'}", 0,
     "{'ifname':'eth0','network':'veth','bridge':'br0','type':'veth','rate':"
     "50000,'external-ids':{'x':'y'}}"},
    {"'external-ids':['*']",
     "{'ovsint.bridge':'br0','ovsint.external-ids':'a=b'}", 0,
     "{'ifname':'eth0','bridge':'br0','external-ids':{'a':'b'}}"},
    {"'named-networks-only':true", "{'ovsint.bridge':'br0'}", EPERM,
     "interface eth0: the policy allows networks of the configuration only: "
     "set ovsint.network"},
    {"'named-networks-only':true", "{'ovsint.mtu':'1400'}", EPERM,
     "interface eth0: the policy allows networks of the configuration only: "
     "set ovsint.network"},
    {"'named-networks-only':true", "{'ovsint.network':'lan'}", 0,
     "{'ifname':'eth0','network':'lan','bridge':'br-lan','vlan':99,'vlan-mode':"
     "'access'}"},
    {"'named-networks-only':false", "{'ovsint.bridge':'br0'}", 0,
     "{'ifname':'eth0','bridge':'br0'}"},
    {"'named-networks-only':true",
     "{'ovsint.network':'lan','ovsint.eth1.bridge':'br0'}", EPERM,
     "interface eth1: the policy allows networks of the configuration only: "
     "set ovsint.network"},
    {"'bridges':['br0'],'vlans':'10'",
     "{'ovsint.bridge':'br0','ovsint.vlan':'10','ovsint.eth1.bridge':'br0','"
     "ovsint.eth1.vlan':'11'}",
     EPERM,
     "annotation ovsint.eth1.vlan: VLAN '11' is not allowed by the policy "
     "(allowed: 10)"},
};

TEST(judgements)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct attachment list[LIMIT_ATTACHMENTS];
        auto_buf struct buf config = BUF_INIT(4096);
        struct err err = {0};
        size_t count = 0;
        buf_addf(&config, "{'default-bridge':'brd'," NETWORKS ",'policy':{%s}}",
                 table[i].policy);
        int r = model_attachments(buf_text(&config), table[i].annotations, list,
                                  &count, &err);
        if (table[i].code) {
            CHECK_ERR(r, table[i].code, err, table[i].text);
            CHECK_STR(err.text, table[i].text);
            continue;
        }
        CHECK_OK(r, err);
        auto_free char *spec = model_spec(&list[0]);
        CHECK_STR(spec, table[i].text);
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
    CHECK_OK(policy_check(&none, &request, &request, &err), err);
}

TEST_MAIN
