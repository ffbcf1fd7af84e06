/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* From what Docker says of a network to its network row. */
#include "plugin/docker/network_request.h"

#include <errno.h>

#include "ovsint/rows/network_row.h"
#include "tests/lib/model.h"

/* {'Options': {generic options, more}, data}; single quotes. */
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
#define KEYS                                                          \
    "network, bridge, ovn, vlan, trunks, vlan-mode, isolated-ports, " \
    "guard, guard-also, ip, routes, dad, "                            \
    "accept-ra, dhcp-id, dhcp-hostname, dns-name, mac, mtu, type, "   \
    "default, storm, rate, burst, external-ids, ofport, "             \
    "mcast-snooping, pool, mode, host-access, "                       \
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
        auto_buf struct buf text = BUF_INIT(NETWORK_ROW_SIZE);
        auto_free char *want = model_quotes(table[i].want);
        struct err err = {0};
        CHECK_OK(network_request_row(json, &text, &err), err);
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
        auto_buf struct buf text = BUF_INIT(NETWORK_ROW_SIZE);
        struct err err = {0};
        buf_addf(&options, "{%s}", table[i].options);
        buf_addf(&want, "{'options':{%s},'pools':[]}", table[i].want);
        auto_json struct json *json = request(buf_text(&options), "");
        auto_free char *quoted = model_quotes(buf_text(&want));
        CHECK_OK(network_request_row(json, &text, &err), err);
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
        auto_buf struct buf text = BUF_INIT(NETWORK_ROW_SIZE);
        struct err err = {0};
        buf_addf(&options, "{%s}", table[i].options);
        auto_json struct json *json = request(buf_text(&options), "");
        CHECK_ERR(network_request_row(json, &text, &err), EINVAL, err,
                  table[i].text);
    }
}

/* Whoever gave Docker's word did not give ours. */
TEST(an_error_names_the_word_that_was_given)
{
    static const struct {
        const char *options, *text;
    } table[] = {
        {"{'mode':'flat','" BRIDGE "gateway_mode_ipv4':'routed'}",
         "option " BRIDGE "gateway_mode_ipv4: option nat4: only a network "
         "with mode=nat has it"},
        {"{'mode':'isolated','" BRIDGE "gateway_mode_ipv6':'nat'}",
         "option " BRIDGE "gateway_mode_ipv6: option nat6: only a network"},
        {"{'mode':'flat','nat4':'routed'}", "option nat4: only a network"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_json struct json *json = request(table[i].options, "");
        auto_buf struct buf text = BUF_INIT(NETWORK_ROW_SIZE);
        auto_network_row struct network_row row = {0};
        struct err err = {0};
        CHECK_OK(network_request_row(json, &text, &err), err);
        CHECK(network_row_read(buf_text(&text), &row, &err) < 0);
        network_request_explain(json, &err);
        CHECK(strncmp(err.text, table[i].text, strlen(table[i].text)) == 0);
        CHECK_EQ(err.code, EINVAL);
    }
}

TEST(internal_is_an_option_of_dockers_own)
{
    static const char text[] =
        "{\"Options\":{\"com.docker.network.internal\":true}}";
    auto_json struct json *json = NULL;
    auto_buf struct buf network_row = BUF_INIT(NETWORK_ROW_SIZE);
    struct err err = {0};

    CHECK_OK(json_parse(text, strlen(text), &model_limits, &json, &err), err);
    CHECK_OK(network_request_row(json, &network_row, &err), err);
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
        auto_buf struct buf text = BUF_INIT(NETWORK_ROW_SIZE);
        struct err err = {0};
        CHECK_ERR(network_request_row(json, &text, &err), EINVAL, err,
                  table[i].text);
    }
}

TEST(a_row_has_a_limit)
{
    auto_buf struct buf options = BUF_INIT(1 << 20);
    auto_buf struct buf text = BUF_INIT(NETWORK_ROW_SIZE);
    struct err err = {0};

    buf_addf(&options, "{'external-ids':'a=%0*d'}", (int)NETWORK_ROW_SIZE, 0);
    auto_json struct json *json = request(buf_text(&options), "");
    CHECK_ERR(network_request_row(json, &text, &err), EMSGSIZE, err,
              "larger than 65536 bytes");
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
