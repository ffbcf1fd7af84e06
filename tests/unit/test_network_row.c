/* SPDX-License-Identifier: Apache-2.0 */
/* From what Docker says of a network to its network row, and back. */
#include "plugin/docker/network_row.h"

#include <errno.h>

#include "tests/lib/model.h"

/* {'Options': {generic options, more}, data}, with single quotes. */
static struct json *request(const char *options, const char *rest)
{
    auto_buf struct buf text = BUF_INIT(1 << 20);
    struct json *json = NULL;
    struct err err = {0};

    buf_addf(&text, "{'Options':{'com.docker.network.generic':%s}%s}", options,
             rest);
    auto_free char *quoted = model_quotes(buf_text(&text));
    CHECK_OK(json_parse(quoted, strlen(quoted), &model_limits, &json, &err),
             err);
    return json;
}

#define POOL "'IPv4Data':[{'Pool':'10.0.0.0/24','Gateway':'10.0.0.1/24'}]"
#define KEYS                                                                  \
    "network, bridge, vlan, trunks, vlan-mode, isolated-ports, routes, dad, " \
    "accept-ra, mac, mtu, type, "                                             \
    "default, rate, burst, external-ids, ofport, mode, host-access, "         \
    "host-ip, nat4, nat6, publish-ip, nat-source, uplink, altname"

TEST(writes)
{
    static const struct {
        const char *options, *rest, *want;
    } table[] = {
        {"{}", "", "{'options':{},'pools':[]}"},
        {"null", "", "{'options':{},'pools':[]}"},
        {"{'bridge':'br0','vlan':'10'}", "," POOL,
         "{'options':{'bridge':'br0','vlan':'10'},'pools':["
         "{'pool':'10.0.0.0/24','gateway':'10.0.0.1'}]}"},
        {"{'ovsint.vlan':'10','com.docker.network.driver.mtu':'1400'}", "",
         "{'options':{'vlan':'10','mtu':'1400'},'pools':[]}"},
        {"{'com.example.vlna':'1','a.b':{}}", "", "{'options':{},'pools':[]}"},
        {"{'mode':'flat','uplink':'eth1','altname':'true'}", "",
         "{'options':{'mode':'flat','uplink':'eth1','altname':'true'},"
         "'pools':[]}"},
        /* a wrong value is found when the row is read */
        {"{'vlan':'x'}", "", "{'options':{'vlan':'x'},'pools':[]}"},
        {"{}", ",'IPv4Data':[{'Pool':'0.0.0.0/0','Gateway':''}]",
         "{'options':{},'pools':[]}"},
        {"{}",
         "," POOL ",'IPv6Data':[{'Pool':'fd00::/64','Gateway':'fd00::1'}]",
         "{'options':{},'pools':[{'pool':'10.0.0.0/24','gateway':'10.0.0.1'},"
         "{'pool':'fd00::/64','gateway':'fd00::1'}]}"},
        {"{}", ",'IPv4Data':[{'Pool':'10.0.0.0/24'}]",
         "{'options':{},'pools':[{'pool':'10.0.0.0/24'}]}"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_json struct json *json = request(table[i].options, table[i].rest);
        auto_buf struct buf text = BUF_INIT(RECORD_SIZE);
        auto_free char *want = model_quotes(table[i].want);
        struct err err = {0};
        CHECK_OK(network_row_write(json, &text, &err), err);
        CHECK_STR(buf_text(&text), want);
    }
}

#define DOCKER "com.docker.network."
#define BRIDGE DOCKER "bridge."

/* Options of Docker's bridge driver, and what the network row has for them. */
TEST(what_dockers_bridge_would_do)
{
    static const struct {
        const char *options, *want;
    } table[] = {
        {"'" BRIDGE "host_binding_ipv4':'127.0.0.1'",
         "'publish-ip':'127.0.0.1'"},
        {"'" BRIDGE "host_binding_ipv4':'127.0.0.1','" BRIDGE
         "host_binding_ipv6':'::1'",
         "'publish-ip':'127.0.0.1,::1'"},
        {"'" BRIDGE "host_binding_ipv4':'::1'", "'publish-ip':'::1'"},
        {"'" BRIDGE "host_binding_ipv4':'0.0.0.0'", ""},
        {"'" BRIDGE "host_binding_ipv4':'0.0.0.0','" BRIDGE
         "host_binding_ipv6':'::1'",
         "'publish-ip':'0.0.0.0,::1'"},
        {"'" BRIDGE "host_binding_ipv4':'127.0.0.1','publish-ip':'127.0.0.1'",
         "'publish-ip':'127.0.0.1'"},
        {"'" BRIDGE "enable_ip_masquerade':'true'", ""},
        {"'" BRIDGE "enable_ip_masquerade':'false'",
         "'nat4':'ports','nat6':'ports'"},
        {"'" BRIDGE "enable_ip_masquerade':'F','" BRIDGE
         "gateway_mode_ipv4':'routed'",
         "'nat4':'routed','nat6':'ports'"},
        {"'" BRIDGE "enable_ip_masquerade':'0','" BRIDGE
         "gateway_mode_ipv4':'nat','nat6':'routed'",
         "'nat4':'ports','nat6':'routed'"},
        {"'" BRIDGE "enable_ip_masquerade':'false','mode':'flat'",
         "'mode':'flat'"},
        {"'" BRIDGE "gateway_mode_ipv6':'nat'", "'nat6':'masquerade'"},
        {"'" BRIDGE "gateway_mode_ipv4':'isolated','" BRIDGE
         "gateway_mode_ipv6':'isolated'",
         "'mode':'isolated'"},
        {"'" BRIDGE "enable_icc':'false'", "'isolated-ports':'true'"},
        {"'" BRIDGE "enable_icc':'true'", ""},
        {"'" BRIDGE "enable_icc':'true','isolated-ports':'false'",
         "'isolated-ports':'false'"},
        {"'" BRIDGE "inhibit_ipv4':'true'", "'host-access':'false'"},
        {"'" BRIDGE "inhibit_ipv4':'false'", ""},
        {"'" BRIDGE "default_bridge':'false'", ""},
        {"'" DOCKER "host_ipv4':'192.0.2.1','" DOCKER
         "host_ipv6':'2001:db8::1'",
         "'nat-source':'192.0.2.1,2001:db8::1'"},
        {"'" DOCKER "driver.mtu':'1400','mtu':'1400'", "'mtu':'1400'"},
        {"'" DOCKER "enable_ipv6':'true','" DOCKER
         "endpoint.sysctls':'a','" DOCKER "advertise_addr_ms':'1'",
         ""},
        {"'com.docker.networks':'1','com.docker.compose.project':'x'", ""},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_buf struct buf options = BUF_INIT(1024);
        auto_buf struct buf want = BUF_INIT(1024);
        auto_buf struct buf text = BUF_INIT(RECORD_SIZE);
        struct err err = {0};
        buf_addf(&options, "{%s}", table[i].options);
        buf_addf(&want, "{'options':{%s},'pools':[]}", table[i].want);
        auto_json struct json *json = request(buf_text(&options), "");
        auto_free char *quoted = model_quotes(buf_text(&want));
        CHECK_OK(network_row_write(json, &text, &err), err);
        CHECK_STR(buf_text(&text), quoted);
    }
}

TEST(what_dockers_bridge_would_do_and_we_do_not)
{
    static const struct {
        const char *options, *text;
    } table[] = {
        {"'" BRIDGE "host_binding_ipv4':'localhost'",
         "option " BRIDGE "host_binding_ipv4: 'localhost' is no address"},
        {"'" BRIDGE "host_binding_ipv4':'127.0.0.1','publish-ip':'::1'",
         "option publish-ip: says publish-ip=::1, but option " BRIDGE
         "host_binding_ipv4 says publish-ip=127.0.0.1: leave one out"},
        {"'" BRIDGE "enable_ip_masquerade':'no'", "neither true nor false"},
        {"'" BRIDGE "enable_ip_masquerade':'false','nat4':'masquerade'",
         "option " BRIDGE "enable_ip_masquerade: says nat4=ports, but option "
         "nat4 says nat4=masquerade: leave one out"},
        {"'" BRIDGE "gateway_mode_ipv4':'nat-unprotected'",
         "option " BRIDGE "gateway_mode_ipv4: ports that are not published "
         "stay closed here: give nat4=routed"},
        {"'" BRIDGE "gateway_mode_ipv6':'x'",
         "option " BRIDGE "gateway_mode_ipv6: 'x' is none of nat, routed, "
         "isolated: the key of ovsint is nat6"},
        {"'" BRIDGE "gateway_mode_ipv4':'routed','nat4':'ports'",
         "option nat4: says nat4=ports, but option " BRIDGE
         "gateway_mode_ipv4 says nat4=routed"},
        {"'" BRIDGE "enable_icc':'true','isolated-ports':'true'",
         "option " BRIDGE
         "enable_icc: contradicts isolated-ports=true: leave one out"},
        {"'" BRIDGE "enable_icc':''", "'' is neither true nor false"},
        {"'" BRIDGE "inhibit_ipv4':'maybe'", "neither true nor false"},
        {"'" BRIDGE "default_bridge':'true'", "has the default bridge"},
        {"'" BRIDGE "name':'br-x'", "give bridge=NAME"},
        {"'" BRIDGE "trusted_host_interfaces':'eth0'", "give nat4=routed"},
        {"'" DOCKER "container_iface_prefix':'net'", "give altname=true"},
        {"'" DOCKER "host_ipv4':'x'", "'x' is no address"},
        {"'" BRIDGE "new_ban':'true'", "ovsint does not know this option"},
        {"'" DOCKER "driver.overlay.vxlanid_list':'1'",
         "ovsint does not know this option"},
        {"'vlan':'10','ovsint.vlan':'20'",
         "option ovsint.vlan: says vlan=20, but option vlan says vlan=10"},
        {"'parent':'eth0'",
         "option parent: unknown key 'parent': give uplink="},
        {"'macvlan_mode':'vepa'", "isolated-ports=true"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_buf struct buf options = BUF_INIT(1024);
        auto_buf struct buf text = BUF_INIT(RECORD_SIZE);
        struct err err = {0};
        buf_addf(&options, "{%s}", table[i].options);
        auto_json struct json *json = request(buf_text(&options), "");
        CHECK_ERR(network_row_write(json, &text, &err), EINVAL, err,
                  table[i].text);
    }
}

TEST(internal_is_an_option_of_dockers_own)
{
    static const char text[] =
        "{\"Options\":{\"com.docker.network.internal\":true}}";
    auto_json struct json *json = NULL;
    auto_buf struct buf network_row = BUF_INIT(RECORD_SIZE);
    struct err err = {0};

    CHECK_OK(json_parse(text, strlen(text), &model_limits, &json, &err), err);
    CHECK_OK(network_row_write(json, &network_row, &err), err);
    CHECK_STR(buf_text(&network_row),
              "{\"options\":{},\"internal\":true,\"pools\":[]}");
}

TEST(refuses_to_write)
{
    static const struct {
        const char *options, *rest, *text;
    } table[] = {
        {"{'vlna':'10'}", "",
         "option vlna: unknown key 'vlna': did you mean 'vlan'? (keys: " KEYS
         ")"},
        {"{'ovsint.uplnk':'eth1'}", "",
         "option ovsint.uplnk: unknown key 'uplnk': did you mean 'uplink'? "},
        {"{'zzzzzzzz':'1'}", "",
         "option zzzzzzzz: unknown key 'zzzzzzzz' (keys: network, "},
        {"{'':'1'}", "", "option : unknown key ''"},
        {"{'ip':'10.0.0.1/24'}", "", "option ip: unknown key 'ip'"},
        {"{'gateway':'10.0.0.1'}", "", "option gateway: unknown key 'gateway'"},
        {"{'vlan':10}", "",
         "option vlan: the value is an integer, not a string"},
        {"{'ovsint.vlan':null}", "",
         "option ovsint.vlan: the value is null, not a string"},
        {"{}", ",'IPv4Data':[{}]", "pool '' is no subnet"},
        {"{}", ",'IPv4Data':[{'Pool':'10.0.0.0'}]",
         "pool '10.0.0.0' is no subnet"},
        {"{}", ",'IPv4Data':[{'Pool':'10.0.0.0/24','Gateway':'x'}]",
         "gateway 'x' is no address"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_json struct json *json = request(table[i].options, table[i].rest);
        auto_buf struct buf text = BUF_INIT(RECORD_SIZE);
        struct err err = {0};
        CHECK_ERR(network_row_write(json, &text, &err), EINVAL, err,
                  table[i].text);
    }
}

TEST(a_record_has_a_limit)
{
    auto_buf struct buf options = BUF_INIT(1 << 20);
    auto_buf struct buf text = BUF_INIT(RECORD_SIZE);
    struct err err = {0};

    buf_addf(&options, "{'external-ids':'a=%0*d'}", (int)RECORD_SIZE, 0);
    auto_json struct json *json = request(buf_text(&options), "");
    CHECK_ERR(network_row_write(json, &text, &err), EMSGSIZE, err,
              "larger than 65536 bytes");
}

static int read_quoted(const char *text, struct network_row *ret,
                       struct err *err)
{
    auto_free char *quoted = model_quotes(text);

    return network_row_read(quoted, ret, err);
}

TEST(reads)
{
    static const struct {
        const char *text;
        enum network_mode mode;
        bool internal, altname;
        size_t pools, gateways;
        const char *uplink;
    } table[] = {
        {"{}", MODE_NAT, false, false, 0, 0, NULL},
        {"{'options':{},'pools':[]}", MODE_NAT, false, false, 0, 0, NULL},
        {"{'options':{'mtu':'1400'}}", MODE_NAT, false, false, 0, 0, NULL},
        {"{'options':{'bridge':'br0'}}", MODE_FLAT, false, false, 0, 0, NULL},
        {"{'options':{'network':'lan'}}", MODE_FLAT, false, false, 0, 0, NULL},
        {"{'options':{'vlan':'1'}}", MODE_FLAT, false, false, 0, 0, NULL},
        {"{'options':{'trunks':'1'}}", MODE_FLAT, false, false, 0, 0, NULL},
        {"{'options':{'uplink':'eth1'}}", MODE_FLAT, false, false, 0, 0,
         "eth1"},
        {"{'options':{'bridge':'br0','mode':'isolated'}}", MODE_ISOLATED, false,
         false, 0, 0, NULL},
        {"{'options':{'mode':'flat','altname':'true'},'internal':true}",
         MODE_FLAT, true, true, 0, 0, NULL},
        {"{'options':{'altname':'false'}}", MODE_NAT, false, false, 0, 0, NULL},
        {"{'pools':[{'pool':'10.0.0.0/24','gateway':'10.0.0.1'},"
         "{'pool':'fd00::/64'}]}",
         MODE_NAT, false, false, 2, 1, NULL},
        /* a network without a way out has nothing to translate */
        {"{'internal':true}", MODE_ISOLATED, true, false, 0, 0, NULL},
        /* a later version may write more */
        {"{'more':{}}", MODE_NAT, false, false, 0, 0, NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_network_row struct network_row network_row = {0};
        struct err err = {0};
        CHECK_OK(read_quoted(table[i].text, &network_row, &err), err);
        CHECK_EQ(network_row.mode, table[i].mode);
        CHECK_EQ(network_row.internal, table[i].internal);
        CHECK_EQ(network_row.altname, table[i].altname);
        CHECK_EQ(network_row.pool_count, table[i].pools);
        CHECK_EQ(network_row.gateway_count, table[i].gateways);
        CHECK_EQ(!network_row.uplink, !table[i].uplink);
        if (table[i].uplink)
            CHECK_STR(network_row.uplink, table[i].uplink);
    }
}

#define ACCESS "'bridge':'b','host-access':'true'"
#define PAIR "10.0.0.1/24,fd00::1/64,"
#define NINE PAIR PAIR PAIR PAIR "10.0.0.2/24"
#define DUAL                                                \
    "'pools':[{'pool':'10.0.0.0/24','gateway':'10.0.0.1'}," \
    "{'pool':'fd00::/64','gateway':'fd00::1'}]"

/* `ips`: the host's addresses, each followed by a blank. */
TEST(the_host_on_it)
{
    static const struct {
        const char *text;
        enum network_mode mode;
        bool host_access, nat6_routed;
        const char *ips;
    } table[] = {
        {"{'options':{'mode':'nat'}," DUAL "}", MODE_NAT, true, false,
         "10.0.0.1/24 fd00::1/64 "},
        {"{'options':{'mode':'nat'}}", MODE_NAT, true, false, ""},
        {"{" DUAL "}", MODE_NAT, true, false, "10.0.0.1/24 fd00::1/64 "},
        {"{'internal':true," DUAL "}", MODE_ISOLATED, false, false, ""},
        {"{'options':{'uplink':'eth1'}," DUAL "}", MODE_FLAT, false, false, ""},
        {"{'options':{'mode':'nat','host-access':'true','nat6':'routed'},"
         "'pools':[{'pool':'10.0.0.0/24'}]}",
         MODE_NAT, true, true, ""},
        {"{'options':{'bridge':'b','mode':'nat','nat6':'masquerade'}}",
         MODE_NAT, true, false, ""},
        {"{'options':{'mode':'nat','nat6':'routed'},'internal':true," DUAL "}",
         MODE_ISOLATED, false, true, ""},
        {"{'options':{'mode':'nat','host-access':'false'},'internal':true}",
         MODE_ISOLATED, false, false, ""},
        {"{'options':{" ACCESS "}," DUAL "}", MODE_FLAT, true, false,
         "10.0.0.1/24 fd00::1/64 "},
        {"{'options':{" ACCESS ",'host-ip':'10.0.0.9/25,fd00::9/64'}," DUAL "}",
         MODE_FLAT, true, false, "10.0.0.9/25 fd00::9/64 "},
        {"{'options':{'bridge':'b','host-access':'false'}," DUAL "}", MODE_FLAT,
         false, false, ""},
        {"{'options':{'mode':'isolated','host-access':'false'}," DUAL "}",
         MODE_ISOLATED, false, false, ""},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_network_row struct network_row network_row = {0};
        auto_buf struct buf ips = BUF_INIT(1024);
        char text[PREFIX_TEXT_SIZE];
        struct err err = {0};
        CHECK_OK(read_quoted(table[i].text, &network_row, &err), err);
        CHECK_EQ(network_row.mode, table[i].mode);
        CHECK_EQ(network_row.host_access, table[i].host_access);
        CHECK_EQ(network_row.nat6.way == NAT_ROUTED, table[i].nat6_routed);
        for (size_t k = 0; k < network_row.host_ip_count; k++) {
            prefix_format(&network_row.host_ips[k], text);
            buf_addf(&ips, "%s ", text);
        }
        CHECK_STR(buf_text(&ips), table[i].ips);
    }
}

TEST(ways_out)
{
    static const struct {
        const char *text;
        enum nat_way nat4, nat6;
        const char *sources;
    } table[] = {
        {"{}", NAT_MASQUERADE, NAT_MASQUERADE, ""},
        {"{'options':{'nat4':'masquerade'}}", NAT_MASQUERADE, NAT_MASQUERADE,
         ""},
        {"{'options':{'nat4':'routed','nat6':'ports'}}", NAT_ROUTED, NAT_PORTS,
         ""},
        {"{'options':{'nat4':'ports','nat-source':'2001:db8::1'}}", NAT_PORTS,
         NAT_MASQUERADE, "2001:db8::1 "},
        {"{'options':{'nat-source':'2001:db8::1,192.0.2.1'}}", NAT_MASQUERADE,
         NAT_MASQUERADE, "192.0.2.1 2001:db8::1 "},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_network_row struct network_row network_row = {0};
        auto_buf struct buf sources = BUF_INIT(1024);
        char text[IP_TEXT_SIZE];
        struct err err = {0};
        CHECK_OK(read_quoted(table[i].text, &network_row, &err), err);
        CHECK_EQ(network_row.nat4.way, table[i].nat4);
        CHECK_EQ(network_row.nat6.way, table[i].nat6);
        const struct ip *both[] = {&network_row.nat4.source,
                                   &network_row.nat6.source};
        for (size_t k = 0; k < ARRAY_LEN(both); k++) {
            if (!both[k]->family)
                continue;
            ip_format(both[k], text);
            buf_addf(&sources, "%s ", text);
        }
        CHECK_STR(buf_text(&sources), table[i].sources);
    }
}

TEST(subnets_that_do_not_fit_the_mode)
{
    static const struct {
        const char *text, *want; /* NULL = they fit */
    } table[] = {
        {"{}", "a network with mode=nat needs a subnet"},
        {"{" DUAL "}", NULL},
        {"{'options':{'bridge':'b'}}", NULL},
        {"{'options':{'mode':'isolated'}}", NULL},
        {"{'internal':true}", NULL},
        {"{'options':{'mode':'nat'}," DUAL "}", NULL},
        {"{'options':{'mode':'nat'},'internal':true}", NULL},
        {"{'options':{'mode':'nat'}}",
         "a network with mode=nat needs a subnet: give --subnet, or "
         "mode=isolated"},
        {"{'options':{'mode':'nat'},'pools':[{'pool':'10.0.0.0/24','gateway':"
         "'10.0.0.1'},{'pool':'fd00::/64'}]}",
         "subnet fd00::/64 has no gateway"},
        {"{'options':{'mode':'nat'},'pools':[{'pool':'10.0.0.0/24','gateway':"
         "'10.9.0.1'}]}",
         "subnet 10.0.0.0/24 has no gateway"},
        {"{'options':{" ACCESS "}," DUAL "}", NULL},
        {"{'options':{" ACCESS ",'host-ip':'10.0.0.9/24'}}", NULL},
        {"{'options':{" ACCESS "}}", "there is no address for the host"},
        {"{'options':{" ACCESS "},'pools':[{'pool':'10.0.0.0/24'}]}",
         "there is no address for the host"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_network_row struct network_row network_row = {0};
        struct err err = {0};
        CHECK_OK(read_quoted(table[i].text, &network_row, &err), err);
        int r = network_row_check(&network_row, &err);
        if (table[i].want)
            CHECK_ERR(r, EINVAL, err, table[i].want);
        else
            CHECK_OK(r, err);
    }
}

TEST(the_name_of_its_port)
{
    char name[IFNAME_SIZE];

    host_port_name("0123456789abcdef0123456789abcdef", MODE_NAT, name);
    CHECK_STR(name, "ovsint-01234567");
    CHECK(ifname_valid(name));
    /* Rules of Docker that open other packet filters to its bridges must not
     * open them to our devices. */
    host_port_name("0123456789abcdef0123456789abcdef", MODE_FLAT, name);
    CHECK_STR(name, "ovsacc-01234567");
    CHECK(ifname_valid(name));
}

/* Anybody can edit a row. */
TEST(refuses_to_read)
{
    static const struct {
        const char *text, *want;
    } table[] = {
        {"", "JSON"},
        {"{", "JSON"},
        {"{'options':{'uplink':''}}", "option uplink: '' is no name"},
        {"{'options':{'uplink':'0123456789abcdef'}}",
         "option uplink: '0123456789abcdef' is no name of a device"},
        {"{'options':{'uplink':'a/b'}}", "option uplink: 'a/b' is no name"},
        {"{'options':{'mode':'Nat'}}",
         "option mode: 'Nat' is none of nat, flat, isolated"},
        {"{'options':{'mode':'nat','host-access':'1'}}",
         "option host-access: '1' is neither true nor false"},
        {"{'options':{'mode':'nat','host-access':'false'}}",
         "option host-access: a network with mode=nat cannot do without"},
        {"{'options':{'mode':'isolated','host-access':'true'}}",
         "option host-access: a network with mode=isolated has no host access "
         "port"},
        {"{'options':{'bridge':'b','host-access':'true'},'internal':true}",
         "option host-access: an internal network has no host access port"},
        {"{'options':{'mode':'nat','host-ip':'10.0.0.1/24'}}",
         "option host-ip: with mode=nat the host has the network's gateway"},
        {"{'options':{'bridge':'b','host-ip':'10.0.0.1/24'}}",
         "option host-ip: the network has no host access port: give "},
        {"{'options':{" ACCESS ",'host-ip':''}}",
         "option host-ip: '' is no address with a length"},
        {"{'options':{" ACCESS ",'host-ip':'10.0.0.1'}}",
         "option host-ip: '10.0.0.1' is no address with a length"},
        {"{'options':{" ACCESS ",'host-ip':'10.0.0.1/24,'}}",
         "option host-ip: '' is no address with a length"},
        {"{'options':{" ACCESS ",'host-ip':'10.0.0.0/24'}}",
         "option host-ip: 10.0.0.0/24 is the network address"},
        {"{'options':{" ACCESS ",'host-ip':'" NINE "'}}",
         "option host-ip: more than 8 addresses"},
        {"{'options':{'bridge':'b','nat6':'routed'}}",
         "option nat6: only a network with mode=nat has it"},
        {"{'options':{'mode':'nat','nat6':'yes'}}",
         "option nat6: 'yes' is none of masquerade, ports, routed"},
        {"{'options':{'nat4':''}}",
         "option nat4: '' is none of masquerade, ports, routed"},
        {"{'options':{'uplink':'eth0','nat4':'masquerade'}}",
         "option nat4: only a network with mode=nat has it, and what Docker's "
         "bridge driver says for it (gateway_mode_ipv4, gateway_mode_ipv6, "
         "enable_ip_masquerade)"},
        {"{'options':{'uplink':'eth0','publish-ip':'127.0.0.1'}}",
         "option publish-ip: only a network with mode=nat publishes ports"},
        {"{'options':{'publish-ip':''}}", "option publish-ip: '' is no "},
        {"{'options':{'publish-ip':'::1,127.0.0.1,::'}}",
         "option publish-ip: :: is a second address of its family"},
        {"{'options':{'publish-ip':'::1,::'}}",
         "option publish-ip: :: is a second address of its family"},
        {"{'options':{'uplink':'eth0','nat-source':'192.0.2.1'}}",
         "option nat-source: only a network with mode=nat has it"},
        {"{'options':{'nat-source':''}}",
         "option nat-source: '' is no address"},
        {"{'options':{'nat-source':'192.0.2.1,'}}",
         "option nat-source: '' is no address"},
        {"{'options':{'nat-source':'192.0.2.1/24'}}",
         "option nat-source: '192.0.2.1/24' is no address"},
        {"{'options':{'nat-source':'127.0.0.1'}}",
         "option nat-source: 127.0.0.1 is a loopback address"},
        {"{'options':{'nat-source':'fd00::1,192.0.2.1,fd00::2'}}",
         "option nat-source: fd00::2 is a second IPv6 address"},
        {"{'options':{'nat4':'routed','nat-source':'192.0.2.1'}}",
         "option nat-source: IPv4 leaves with the addresses of the containers, "
         "as nat4 says: leave 192.0.2.1 out"},
        {"{'options':{'nat6':'ports','nat-source':'fd00::1'}}",
         "option nat-source: IPv6 leaves with"},
        {"{'options':{'altname':'yes'}}",
         "option altname: 'yes' is neither true nor false"},
        {"{'pools':[{}]}", "subnet 1 cannot be read"},
        {"{'pools':[{'pool':'10.0.0.0/24'},{'pool':'x'}]}",
         "subnet 2 cannot be read"},
        {"{'pools':[{'pool':'10.0.0.0/24','gateway':'x'}]}",
         "subnet 1 cannot be read"},
        {"{'pools':['10.0.0.0/24']}", "subnet 1 cannot be read"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_network_row struct network_row network_row = {0};
        struct err err = {0};
        int r = read_quoted(table[i].text, &network_row, &err);
        if (strcmp(table[i].want, "JSON") != 0)
            CHECK_ERR(r, EINVAL, err, table[i].want);
        else
            CHECK(r < 0 && err.code);
        CHECK(!network_row.document);
    }
}

TEST(more_subnets_than_addresses)
{
    auto_buf struct buf text = BUF_INIT(4096);
    auto_network_row struct network_row network_row = {0};
    struct err err = {0};

    buf_add_text(&text, "{'pools':[");
    for (int i = 0; i <= LIMIT_ADDRESSES; i++)
        buf_addf(&text, "%s{'pool':'10.%d.0.0/16'}", i ? "," : "", i);
    buf_add_text(&text, "]}");
    CHECK_ERR(read_quoted(buf_text(&text), &network_row, &err), EINVAL, err,
              "more than");
}

TEST(whose_key_it_is)
{
    static const struct {
        const char *option, *key;
    } table[] = {
        {"vlan", "vlan"},
        {"ovsint.vlan", "vlan"},
        {"ovsint.", ""},
        {"vlna", "vlna"},
        {"com.docker.network.driver.mtu", "mtu"},
        {"com.docker.network.bridge.name", NULL},
        {"ovsintx.vlan", NULL},
        {"a.b", NULL},
        {".", NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const char *key = docker_key(table[i].option);
        CHECK_EQ(!key, !table[i].key);
        if (key)
            CHECK_STR(key, table[i].key);
    }
}

TEST_MAIN
