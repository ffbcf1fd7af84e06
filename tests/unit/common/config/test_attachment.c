/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* From annotations to attachments, their canonical JSON and their line of
 * text. */
#include <errno.h>

#include "ovsint/config/resolve.h"
#include "tests/lib/model.h"

#define LAN                                                     \
    "'lan':{'bridge':'br-lan','vlan':10,'mtu':1400,'subnets':[" \
    "{'subnet':'10.0.0.0/24','gateway':'10.0.0.1'},"            \
    "{'subnet':'fd00::/64','gateway':'fd00::1'}],"              \
    "'routes':['10.9.0.0/16 via 10.0.0.254','fd09::/48 via fd00::254']}"
#define OPEN                                                                 \
    "'open':{'bridge':'br9','rate':5000,'refine':['bridge','vlan','trunks'," \
    "'vlan-mode','ip','mac','gateway','rate','burst','external-ids']}"
#define CONFIG "{'networks':{" LAN "," OPEN ",'bare':{'bridge':'br9'}}}"

static const struct {
    const char *annotations;
    const char *spec;
    const char *line;
} good[] = {
    {"{'ovsint.bridge':'br0'}", "{'ifname':'eth0','bridge':'br0'}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs)"},
    {"{'ovsint.bridge':'br0','ovsint.vlan':'10'}",
     "{'ifname':'eth0','bridge':'br0','vlan':10,'vlan-mode':'access'}",
     "eth0: internal port on br0, access VLAN 10"},
    {"{'ovsint.bridge':'br0','ovsint.vlan':'1'}",
     "{'ifname':'eth0','bridge':'br0','vlan':1,'vlan-mode':'access'}",
     "eth0: internal port on br0, access VLAN 1"},
    {"{'ovsint.bridge':'br0','ovsint.vlan':'4094'}",
     "{'ifname':'eth0','bridge':'br0','vlan':4094,'vlan-mode':'access'}",
     "eth0: internal port on br0, access VLAN 4094"},
    {"{'ovsint.bridge':'br0','ovsint.trunks':'10,20-29'}",
     "{'ifname':'eth0','bridge':'br0','trunks':'10,20-29','vlan-mode':'trunk'}",
     "eth0: internal port on br0, trunk of 10,20-29"},
    {"{'ovsint.bridge':'br0','ovsint.trunks':'29, 20-28 ,10,10'}",
     "{'ifname':'eth0','bridge':'br0','trunks':'10,20-29','vlan-mode':'trunk'}",
     "eth0: internal port on br0, trunk of 10,20-29"},
    {"{'ovsint.bridge':'br0','ovsint.trunks':'1-4094'}",
     "{'ifname':'eth0','bridge':'br0','trunks':'1-4094','vlan-mode':'trunk'}",
     "eth0: internal port on br0, trunk of 1-4094"},
    {"{'ovsint.bridge':'br0','ovsint.vlan':'10','ovsint.vlan-mode':'access'}",
     "{'ifname':'eth0','bridge':'br0','vlan':10,'vlan-mode':'access'}",
     "eth0: internal port on br0, access VLAN 10"},
    {"{'ovsint.bridge':'br0','ovsint.ip':'10.0.0.5/32,fd00::5/128',"
     "'ovsint.gateway':'10.9.0.1,fd01::1','ovsint.routes':'10.8.0.0/16 via "
     "10.9.0.2'}",
     "{'ifname':'eth0','bridge':'br0','ip':['10.0.0.5/32','fd00::5/128'],"
     "'gateway':['10.9.0.1','fd01::1'],'routes':['10.8.0.0/16 via 10.9.0.2']}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), "
     "10.0.0.5/32, fd00::5/128, gateway 10.9.0.1, gateway fd01::1, 10.8.0.0/16 "
     "via 10.9.0.2"},
    {"{'ovsint.bridge':'br0','ovsint.ip':'10.0.0.5/24',"
     "'ovsint.gateway':'169.254.1.1'}",
     "{'ifname':'eth0','bridge':'br0','ip':['10.0.0.5/24'],"
     "'gateway':['169.254.1.1']}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), "
     "10.0.0.5/24, gateway 169.254.1.1"},
    {"{'ovsint.bridge':'br0','ovsint.isolated-ports':'true'}",
     "{'ifname':'eth0','bridge':'br0','isolated-ports':true}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), isolated "
     "from other isolated ports"},
    {"{'ovsint.bridge':'br0','ovsint.guard':'mac'}",
     "{'ifname':'eth0','bridge':'br0','guard':'mac'}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), guard mac"},
    {"{'ovsint.bridge':'br0','ovsint.guard':'off'}",
     "{'ifname':'eth0','bridge':'br0'}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs)"},
    {"{'ovsint.bridge':'br0','ovsint.guard':'full','ovsint.guard-also':"
     "'10.0.0.9, 10.8.0.0/16,fd00::9','ovsint.ip':'10.0.0.5/24'}",
     "{'ifname':'eth0','bridge':'br0','guard':'full','guard-also':"
     "['10.0.0.9/32','10.8.0.0/16','fd00::9/128'],'ip':['10.0.0.5/24']}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), "
     "10.0.0.5/24, guard full, and may send from 10.0.0.9/32, 10.8.0.0/16, "
     "fd00::9/128"},
    {"{'ovsint.bridge':'br0','ovsint.isolated-ports':'false'}",
     "{'ifname':'eth0','bridge':'br0'}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs)"},
    {"{'ovsint.bridge':'br0','ovsint.vlan-mode':'trunk'}",
     "{'ifname':'eth0','bridge':'br0','vlan-mode':'trunk'}",
     "eth0: internal port on br0, trunk of all VLANs"},
    {"{'ovsint.bridge':'br0','ovsint.vlan':'10','ovsint.vlan-mode':'native-"
     "untagged'}",
     "{'ifname':'eth0','bridge':'br0','vlan':10,'vlan-mode':'native-untagged'}",
     "eth0: internal port on br0, native-untagged VLAN 10, trunk of all VLANs"},
    {"{'ovsint.bridge':'br0','ovsint.vlan':'10','ovsint.trunks':'20,21','"
     "ovsint.vlan-mode':'native-tagged'}",
     "{'ifname':'eth0','bridge':'br0','vlan':10,'trunks':'20-21','vlan-mode':'"
     "native-tagged'}",
     "eth0: internal port on br0, native-tagged VLAN 10, trunk of 20-21"},
    {"{'ovsint.bridge':'br0','ovsint.vlan':'10','ovsint.trunks':'20,21','"
     "ovsint.vlan-mode':'dot1q-tunnel'}",
     "{'ifname':'eth0','bridge':'br0','vlan':10,'trunks':'20-21','vlan-mode':'"
     "dot1q-tunnel'}",
     "eth0: internal port on br0, 802.1Q tunnel in VLAN 10 for 20-21"},
    {"{'ovsint.bridge':'br0','ovsint.vlan':'10','ovsint.vlan-mode':'dot1q-"
     "tunnel'}",
     "{'ifname':'eth0','bridge':'br0','vlan':10,'vlan-mode':'dot1q-tunnel'}",
     "eth0: internal port on br0, 802.1Q tunnel in VLAN 10 for all VLANs"},
    {"{'ovsint.bridge':'br0','ovsint.ip':'10.0.0.5/24'}",
     "{'ifname':'eth0','bridge':'br0','ip':['10.0.0.5/24']}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), "
     "10.0.0.5/24"},
    {"{'ovsint.bridge':'br0','ovsint.ip':'10.0.0.5/24,fd00::5/64'}",
     "{'ifname':'eth0','bridge':'br0','ip':['10.0.0.5/24','fd00::5/64']}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), "
     "10.0.0.5/24, fd00::5/64"},
    {"{'ovsint.bridge':'br0','ovsint.ip':' 10.0.0.5/24 , 10.0.1.5/24 '}",
     "{'ifname':'eth0','bridge':'br0','ip':['10.0.0.5/24','10.0.1.5/24']}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), "
     "10.0.0.5/24, 10.0.1.5/24"},
    {"{'ovsint.bridge':'br0','ovsint.ip':'10.0.0.0/31'}",
     "{'ifname':'eth0','bridge':'br0','ip':['10.0.0.0/31']}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), "
     "10.0.0.0/31"},
    {"{'ovsint.bridge':'br0','ovsint.ip':'10.0.0.255/32'}",
     "{'ifname':'eth0','bridge':'br0','ip':['10.0.0.255/32']}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), "
     "10.0.0.255/32"},
    {"{'ovsint.bridge':'br0','ovsint.ip':'fe80::5/64'}",
     "{'ifname':'eth0','bridge':'br0','ip':['fe80::5/64']}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), "
     "fe80::5/64"},
    {"{'ovsint.bridge':'br0','ovsint.ip':'FD00:0:0::0005/64'}",
     "{'ifname':'eth0','bridge':'br0','ip':['fd00::5/64']}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), "
     "fd00::5/64"},
    {"{'ovsint.bridge':'br0','ovsint.ip':'10.0.0.5/24,fd00::5/"
     "64','ovsint.gateway':'10.0.0.1,fd00::1'}",
     "{'ifname':'eth0','bridge':'br0','ip':['10.0.0.5/24','fd00::5/"
     "64'],'gateway':['10.0.0.1','fd00::1']}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), "
     "10.0.0.5/24 via 10.0.0.1, fd00::5/64 via fd00::1"},
    {"{'ovsint.bridge':'br0','ovsint.ip':'fd00::5/"
     "64','ovsint.gateway':'fe80::1'}",
     "{'ifname':'eth0','bridge':'br0','ip':['fd00::5/"
     "64'],'gateway':['fe80::1']}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), "
     "fd00::5/64, gateway fe80::1"},
    {"{'ovsint.bridge':'br0','ovsint.gateway':'fe80::1'}",
     "{'ifname':'eth0','bridge':'br0','gateway':['fe80::1']}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), gateway "
     "fe80::1"},
    {"{'ovsint.bridge':'br0','ovsint.ip':'10.0.0.5/"
     "24','ovsint.routes':'10.1.0.0/16 via 10.0.0.1, 10.2.0.0/16  via  "
     "10.0.0.2'}",
     "{'ifname':'eth0','bridge':'br0','ip':['10.0.0.5/24'],'routes':['10.1.0.0/"
     "16 via 10.0.0.1','10.2.0.0/16 via 10.0.0.2']}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), "
     "10.0.0.5/24, 10.1.0.0/16 via 10.0.0.1, 10.2.0.0/16 via 10.0.0.2"},
    {"{'ovsint.bridge':'br0','ovsint.dad':'false'}",
     "{'ifname':'eth0','bridge':'br0','dad':false}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), no "
     "duplicate address detection"},
    {"{'ovsint.bridge':'br0','ovsint.accept-ra':'true'}",
     "{'ifname':'eth0','bridge':'br0','accept-ra':true}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), router "
     "advertisements accepted"},
    {"{'ovsint.bridge':'br0','ovsint.ip':'dhcp,fd00::5/64','ovsint.dhcp-id':"
     "'01:02','ovsint.dhcp-hostname':'web','ovsint.gateway':'10.0.0.1'}",
     "{'ifname':'eth0','bridge':'br0','ip':['dhcp','fd00::5/64'],'gateway':"
     "['10.0.0.1'],'dhcp-id':'01:02','dhcp-hostname':'web'}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), "
     "fd00::5/64, an address by DHCP, gateway 10.0.0.1"},
    {"{'ovsint.bridge':'br0','ovsint.ip':'slaac'}",
     "{'ifname':'eth0','bridge':'br0','ip':['slaac'],'accept-ra':true}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), addresses "
     "by router advertisements, router advertisements accepted"},
    {"{'ovsint.bridge':'br0','ovsint.accept-ra':'false'}",
     "{'ifname':'eth0','bridge':'br0'}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs)"},
    {"{'ovsint.bridge':'br0','ovsint.dad':'true'}",
     "{'ifname':'eth0','bridge':'br0'}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs)"},
    {"{'ovsint.bridge':'br0','ovsint.mac':'02:00:00:00:00:0A'}",
     "{'ifname':'eth0','bridge':'br0','mac':'02:00:00:00:00:0a'}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), mac "
     "02:00:00:00:00:0a"},
    {"{'ovsint.bridge':'br0','ovsint.mtu':'68'}",
     "{'ifname':'eth0','bridge':'br0','mtu':68}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), mtu 68"},
    {"{'ovsint.bridge':'br0','ovsint.mtu':'65535'}",
     "{'ifname':'eth0','bridge':'br0','mtu':65535}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), mtu 65535"},
    {"{'ovsint.bridge':'br0','ovsint.mtu':'1280','ovsint.ip':'fd00::5/64'}",
     "{'ifname':'eth0','bridge':'br0','ip':['fd00::5/64'],'mtu':1280}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), "
     "fd00::5/64, mtu 1280"},
    {"{'ovsint.bridge':'br0','ovsint.type':'veth'}",
     "{'ifname':'eth0','bridge':'br0','type':'veth'}",
     "eth0: veth port on br0, no VLAN set (trunk of all VLANs)"},
    {"{'ovsint.bridge':'br0','ovsint.type':'internal'}",
     "{'ifname':'eth0','bridge':'br0'}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs)"},
    {"{'ovsint.bridge':'br0','ovsint.default':'true'}",
     "{'ifname':'eth0','bridge':'br0','default':true}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), takes over "
     "the default"},
    {"{'ovsint.bridge':'br0','ovsint.default':'false'}",
     "{'ifname':'eth0','bridge':'br0'}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs)"},
    {"{'ovsint.bridge':'br0','ovsint.rate':'8'}",
     "{'ifname':'eth0','bridge':'br0','rate':8}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), rate 8 "
     "kbit/s"},
    {"{'ovsint.bridge':'br0','ovsint.rate':'1000','ovsint.burst':'100'}",
     "{'ifname':'eth0','bridge':'br0','rate':1000,'burst':100}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), rate 1000 "
     "kbit/s, burst 100 kbit"},
    {"{'ovsint.bridge':'br0','ovsint.rate':'1000','ovsint.burst':'13'}",
     "{'ifname':'eth0','bridge':'br0','rate':1000,'burst':13}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), rate 1000 "
     "kbit/s, burst 13 kbit"},
    /* The burst of exactly one frame: 1486 and 14 bytes. */
    {"{'ovsint.bridge':'br0','ovsint.rate':'1000','ovsint.burst':'12',"
     "'ovsint.mtu':'1486'}",
     "{'ifname':'eth0','bridge':'br0','mtu':1486,'rate':1000,'burst':12}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), mtu 1486, "
     "rate 1000 kbit/s, burst 12 kbit"},
    {"{'ovsint.bridge':'br0','ovsint.external-ids':'k=v,k2=v=2'}",
     "{'ifname':'eth0','bridge':'br0','external-ids':{'k':'v','k2':'v=2'}}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), k=v, "
     "k2=v=2"},
    {"{'ovsint.bridge':'br0','ovsint.external-ids':'iface-id=lsp1, a= b ,c='}",
     "{'ifname':'eth0','bridge':'br0','external-ids':{'iface-id':'lsp1','a':' "
     "b ','c':''}}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), "
     "iface-id=lsp1, a= b , c="},
    {"{'ovsint.bridge':'br0','ovsint.external-ids':'k=a\\\\,b\\\\\\\\c\\\\d,l="
     "x'}",
     "{'ifname':'eth0','bridge':'br0','external-ids':{'k':'a,b\\\\c\\\\d','l':'"
     "x'}}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), "
     "k=a,b\\c\\d, l=x"},
    {"{'ovsint.bridge':'br0','ovsint.ofport':'65279'}",
     "{'ifname':'eth0','bridge':'br0','ofport':65279}",
     "eth0: internal port on br0, no VLAN set (trunk of all VLANs), ofport "
     "65279"},
    {"{'ovsint.eth0.bridge':'br0','ovsint.vlan':'7'}",
     "{'ifname':'eth0','bridge':'br0','vlan':7,'vlan-mode':'access'}",
     "eth0: internal port on br0, access VLAN 7"},
    {"{'ovsint.br0.x.bridge':'br0','org.example':'x','ovsintx':'1','ovsint':'2'"
     "}",
     "{'ifname':'br0.x','bridge':'br0'}",
     "br0.x: internal port on br0, no VLAN set (trunk of all VLANs)"},
    {"{'ovsint.network':'lan'}",
     "{'ifname':'eth0','network':'lan','bridge':'br-lan','vlan':10,'vlan-mode':"
     "'access','mtu':1400}",
     "eth0: internal port on br-lan, access VLAN 10, mtu 1400"},
    {"{'ovsint.network':'lan','ovsint.ip':'auto'}",
     "{'ifname':'eth0','network':'lan','bridge':'br-lan','vlan':10,'vlan-mode':"
     "'access','ip':['auto'],'gateway':['10.0.0.1','fd00::1'],'routes':['10.9."
     "0.0/16 via 10.0.0.254','fd09::/48 via fd00::254'],'mtu':1400}",
     "eth0: internal port on br-lan, access VLAN 10, addresses of network lan, "
     "gateway 10.0.0.1, gateway fd00::1, 10.9.0.0/16 via 10.0.0.254, fd09::/48 "
     "via fd00::254, mtu 1400"},
    {"{'ovsint.network':'lan','ovsint.ip':'10.0.0.7/24'}",
     "{'ifname':'eth0','network':'lan','bridge':'br-lan','vlan':10,'vlan-mode':"
     "'access','ip':['10.0.0.7/24'],'gateway':['10.0.0.1'],'routes':['10.9.0.0/"
     "16 via 10.0.0.254'],'mtu':1400}",
     "eth0: internal port on br-lan, access VLAN 10, 10.0.0.7/24 via 10.0.0.1, "
     "10.9.0.0/16 via 10.0.0.254, mtu 1400"},
    {"{'ovsint.network':'lan','ovsint.ip':'auto,10.0.0.7/"
     "24','ovsint.default':'true','ovsint.dad':'false'}",
     "{'ifname':'eth0','network':'lan','bridge':'br-lan','vlan':10,'vlan-mode':"
     "'access','ip':['auto','10.0.0.7/"
     "24'],'gateway':['10.0.0.1','fd00::1'],'routes':['10.9.0.0/16 via "
     "10.0.0.254','fd09::/48 via "
     "fd00::254'],'dad':false,'mtu':1400,'default':true}",
     "eth0: internal port on br-lan, access VLAN 10, 10.0.0.7/24 via 10.0.0.1, "
     "addresses of network lan, gateway fd00::1, 10.9.0.0/16 via 10.0.0.254, "
     "fd09::/48 via fd00::254, mtu 1400, takes over the default, no duplicate "
     "address detection"},
    {"{'ovsint.network':'open','ovsint.vlan':'3','ovsint.rate':'9000','ovsint."
     "bridge':'br8'}",
     "{'ifname':'eth0','network':'open','bridge':'br8','vlan':3,'vlan-mode':'"
     "access','rate':9000}",
     "eth0: internal port on br8, access VLAN 3, rate 9000 kbit/s"},
    {"{'ovsint.network':'open','ovsint.ip':'192.168.7.5/"
     "24','ovsint.gateway':'192.168.7.1'}",
     "{'ifname':'eth0','network':'open','bridge':'br9','ip':['192.168.7.5/"
     "24'],'gateway':['192.168.7.1'],'rate':5000}",
     "eth0: internal port on br9, no VLAN set (trunk of all VLANs), "
     "192.168.7.5/24 via 192.168.7.1, rate 5000 kbit/s"},
    {"{'ovsint.network':'bare'}",
     "{'ifname':'eth0','network':'bare','bridge':'br9'}",
     "eth0: internal port on br9, no VLAN set (trunk of all VLANs)"},
};

TEST(accepts)
{
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct attachment list[LIMIT_ATTACHMENTS];
        struct err err = {0};
        size_t count = 0;
        CHECK_OK(
            model_attachments(CONFIG, good[i].annotations, list, &count, &err),
            err);
        CHECK_EQ(count, 1);
        auto_free char *spec = model_spec(&list[0]);
        CHECK_STR(spec, good[i].spec);
    }
}

TEST(describes)
{
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        auto_buf struct buf line = BUF_INIT(ATTACHMENT_TEXT_SIZE);
        struct attachment a;
        struct err err = {0};
        CHECK_OK(model_read(good[i].spec, &a, &err), err);
        attachment_describe(&a, &line);
        CHECK_STR(buf_text(&line), good[i].line);
    }
}

TEST(reads_what_it_wrote)
{
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct attachment a;
        struct err err = {0};
        CHECK_OK(model_read(good[i].spec, &a, &err), err);
        auto_free char *again = model_spec(&a);
        CHECK_STR(again, good[i].spec);
    }
}

TEST(nothing_asked)
{
    static const char *const table[] = {
        "{}", "null", "{'org.example':'ovsint.vlan'}", "{'Ovsint.vlan':'1'}",
        "{'ovsint':'1','ovsint-vlan':'1','ovsint_vlan':1}"};

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct attachment list[LIMIT_ATTACHMENTS];
        struct err err = {0};
        size_t count = 99;
        CHECK_OK(model_attachments("{}", table[i], list, &count, &err), err);
        CHECK_EQ(count, 0);
    }
    struct settings settings;
    struct err err = {0};
    size_t count = 99;
    settings_init(&settings);
    CHECK_OK(attachments_from_annotations(NULL, &settings, NULL, &count, &err),
             err);
    CHECK_EQ(count, 0);
}

TEST(eth0_is_first_then_by_name)
{
    static const char *const order[] = {"eth0", "a", "eth1", "eth10", "eth2.5"};
    struct attachment list[LIMIT_ATTACHMENTS];
    struct err err = {0};
    size_t count = 0;

    CHECK_OK(model_attachments("{'default-bridge':'br0'}",
                               "{'ovsint.eth2.5.vlan':'25','ovsint.eth1.vlan':"
                               "'1','ovsint.eth10.vlan':'10','ovsint.a.mtu':"
                               "'100','ovsint.mtu':'1400','ovsint.eth1.bridge':"
                               "'br1'}",
                               list, &count, &err),
             err);
    CHECK_EQ(count, ARRAY_LEN(order));
    for (size_t i = 0; i < count; i++)
        CHECK_STR(list[i].ifname, order[i]);
    CHECK_STR(list[0].bridge, "br0");
    CHECK_STR(list[2].bridge, "br1");
    CHECK_EQ(list[2].vlan, 1);
    CHECK_EQ(list[3].vlan, 10);
    CHECK_EQ(list[4].vlan, 25);
}

static bool is_eth0(void *data, const char *ifname)
{
    ++*(int *)data;
    return strcmp(ifname, "eth0") == 0;
}

/* Whatever is said of it is not looked at. */
TEST(an_interface_is_left_out)
{
    static const struct json_limits limits = {.size = 1000, .depth = 4};
    static const char text[] =
        "{\"ovsint.vlna\":\"x\",\"ovsint.eth0.vlan\":7,\"foreign\":\"\","
        "\"ovsint.eth1.bridge\":\"br0\"}";
    struct attachment list[LIMIT_ATTACHMENTS];
    auto_settings struct settings settings = {0};
    auto_json struct json *json = NULL;
    struct err err = {0};
    size_t count = 0;
    int asked = 0;

    settings_init(&settings);
    CHECK_OK(json_parse(text, sizeof(text) - 1, &limits, &json, &err), err);
    CHECK_OK(attachments_from_annotations_but(json, is_eth0, &asked, &settings,
                                              list, &count, &err),
             err);
    CHECK_EQ(count, 1);
    CHECK_EQ(asked, 3);
    CHECK_STR(list[0].ifname, "eth1");
}

TEST(most_interfaces)
{
    auto_buf struct buf text = BUF_INIT(ATTACHMENT_TEXT_SIZE);
    struct attachment list[LIMIT_ATTACHMENTS];
    struct err err = {0};
    size_t count = 0;

    for (int i = 0; i < LIMIT_ATTACHMENTS; i++)
        buf_addf(&text, "%s'ovsint.if%d.bridge':'br0'", i ? "," : "{", i);
    buf_add_text(&text, "}");
    CHECK_OK(model_attachments("{}", buf_text(&text), list, &count, &err), err);
    CHECK_EQ(count, LIMIT_ATTACHMENTS);
}

/* One bad interface among good ones: no attachment is returned. */
TEST(all_or_nothing)
{
    struct attachment list[LIMIT_ATTACHMENTS], untouched[LIMIT_ATTACHMENTS];
    struct err err = {0};
    size_t count = 42;

    memset(list, 0x5a, sizeof(list));
    memcpy(untouched, list, sizeof(list));
    CHECK_ERR(model_attachments("{}",
                                "{'ovsint.bridge':'br0','ovsint.z.mtu':'1500'}",
                                list, &count, &err),
              EINVAL, err, "interface z: no bridge");
    CHECK_EQ(count, 42);
    CHECK(memcmp(list, untouched, sizeof(list)) == 0);
}

TEST(segments)
{
    struct attachment a = {.bridge = "br-int"};
    auto_buf struct buf text = BUF_INIT(200);

    attachment_segment(&a, &text);
    a.vlan = 4094;
    buf_add_text(&text, " ");
    attachment_segment(&a, &text);
    CHECK_STR(buf_text(&text), "br-int/0 br-int/4094");
    buf_clear(&text);
    snprintf(a.ovn, sizeof(a.ovn), "10");
    attachment_segment(&a, &text);
    CHECK_STR(buf_text(&text), "br-int/ovn:10");
}

TEST_MAIN
