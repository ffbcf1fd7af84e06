/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What podman and netavark write: what is accepted, what is refused, in which
 * words. */
#include "plugin/netavark/nat.h"

#include <errno.h>

#include "tests/lib/model.h"

#define CONFIG                                                               \
    "{'networks':{'lan':{'bridge':'br1','vlan':10,'subnets':[{'subnet':"     \
    "'10.1.0.0/24','gateway':'10.1.0.1'}],'ip':'auto','refine':['ip','mac'," \
    "'rate']},'flat':{'bridge':'br1','vlan':20}},'policy':{'bridges':["      \
    "'br0'],'vlans':'10-20','macs':['02:*'],'max-rate':5000}}"
#define ID "'id':'0123','driver':'ovsint','created':'0001-01-01T00:00:00Z'"
#define NET "'name':'n'," ID ",'ipv6_enabled':false,'internal':false"
#define SUBNET "'subnets':[{'subnet':'10.0.0.0/24','gateway':'10.0.0.1'}]"
#define SIX "{'subnet':'fd00::/64','gateway':'fd00::1','lease_range':null}"
#define OPTIONS(text) "'options':{'bridge':'br0'" text "}"
/* A setup: the network, and what the container asks for. */
#define SETUP(network, own)                                               \
    "{'container_id':'c1','container_name':'x','port_mappings':null,"     \
    "'network':{" NET "," network "},'network_options':{'aliases':['a']," \
    "'interface_name':'eth0'" own "}}"
#define IP ",'static_ips':['10.0.0.5'],'static_mac':null,'options':null"
#define SPEC(rest) "{'ifname':'eth0','bridge':'br0'" rest "}"

static int read_it(enum netavark_command command, const char *text,
                   struct netavark_request *ret, struct err *err)
{
    auto_free char *json = model_quotes(text);

    return netavark_request_parse(json, strlen(json), command, ret, err);
}

static int resolve_it(enum netavark_command command, const char *text,
                      struct attachment *ret, struct err *err)
{
    auto_settings struct settings settings = {0};
    auto_netavark_request struct netavark_request request = {0};
    struct err model_err = {0};

    CHECK_OK(model_settings(CONFIG, &settings, &model_err), model_err);
    model_unguarded(&settings);
    int r = read_it(command, text, &request, err);
    return r < 0 ? r : netavark_request_resolve(&request, &settings, ret, err);
}

static const struct {
    const char *text, *spec;
} good[] = {
    /* podman has chosen the address. */
    {SETUP(SUBNET "," OPTIONS(",'vlan':'10'"), IP),
     SPEC(",'vlan':10,'vlan-mode':'access','ip':['10.0.0.5/24'],'gateway':["
          "'10.0.0.1'],'rate':5000")},
    {SETUP("'subnets':null,'routes':null,'network_dns_servers':null,"
           "'ipam_options':{'driver':'none'}," OPTIONS(""),
           ",'static_ips':null,'options':{}"),
     SPEC(",'rate':5000")},
    /* What the container asks for. */
    {SETUP(SUBNET "," OPTIONS(""),
           ",'static_ips':['10.0.0.5'],'static_mac':'02:00:00:00:00:05',"
           "'options':{'rate':'1000','vlan':'12'}"),
     SPEC(",'vlan':12,'vlan-mode':'access','ip':['10.0.0.5/24'],'gateway':["
          "'10.0.0.1'],'mac':'02:00:00:00:00:05','rate':1000")},
    {SETUP(OPTIONS(""), ",'options':{'trunks':'10+12-14'}"),
     SPEC(",'trunks':'10,12-14','vlan-mode':'trunk','rate':5000")},
    /* What the network says is not judged by the policy. */
    {SETUP("'options':{'bridge':'br9','vlan':'99','vnic':'veth','mtu':'1400',"
           "'rate':'9000'}",
           ""),
     "{'ifname':'eth0','bridge':'br9','vlan':99,'vlan-mode':'access','mtu':"
     "1400,'type':'veth','rate':9000}"},
    /* Both families, and routes of podman's. */
    {SETUP("'subnets':[{'subnet':'10.0.0.0/24','gateway':'10.0.0.1'}," SIX
           "],'routes':[{'destination':'10.50.0.0/16','gateway':'10.0.0.2',"
           "'metric':null}]," OPTIONS(""),
           ",'static_ips':['10.0.0.5','fd00::5']"),
     SPEC(",'ip':['10.0.0.5/24','fd00::5/64'],'gateway':['10.0.0.1','fd00::1'],"
          "'routes':['10.50.0.0/16 via 10.0.0.2'],'rate':5000")},
    /* No way out. */
    {"{'container_id':'c1','network':{'name':'n','internal':true," SUBNET
     "," OPTIONS("") "},'network_options':{'interface_name':'eth0'" IP "}}",
     SPEC(",'ip':['10.0.0.5/24'],'rate':5000")},
    {SETUP(SUBNET "," OPTIONS(",'no_default_route':'1'"), IP),
     SPEC(",'ip':['10.0.0.5/24'],'rate':5000")},
    {SETUP(SUBNET "," OPTIONS(",'no_default_route':'false'"), IP),
     SPEC(",'ip':['10.0.0.5/24'],'gateway':['10.0.0.1'],'rate':5000")},
    /* A named network gives addresses, or the container asks for one. */
    {SETUP("'options':{'network':'lan'}", ""),
     "{'ifname':'eth0','network':'lan','bridge':'br1','vlan':10,'vlan-mode':"
     "'access','ip':['auto'],'gateway':['10.1.0.1'],'rate':5000}"},
    {SETUP("'options':{'network':'lan'}", ",'static_ips':['10.1.0.9']"),
     "{'ifname':'eth0','network':'lan','bridge':'br1','vlan':10,'vlan-mode':"
     "'access','ip':['10.1.0.9/24'],'gateway':['10.1.0.1'],'rate':5000}"},
    /* ... or the LAN does, beside addresses of podman's. */
    {SETUP(OPTIONS(",'ip':'dhcp'"), ""), SPEC(",'ip':['dhcp'],'rate':5000")},
    {SETUP("'ipam_options':{'driver':'dhcp'}," OPTIONS(""), ""),
     SPEC(",'ip':['dhcp'],'rate':5000")},
    {SETUP("'ipam_options':{'driver':'dhcp'}," OPTIONS(",'ip':'dhcp,slaac'"),
           ",'options':{'dhcp-id':'web','dhcp-hostname':'shop'}"),
     SPEC(",'ip':['dhcp','slaac'],'accept-ra':true,'dhcp-id':'web',"
          "'dhcp-hostname':'shop','rate':5000")},
    {SETUP("'ipam_options':{'driver':'dhcp'}," OPTIONS(",'ip':'slaac'"), ""),
     SPEC(",'ip':['dhcp','slaac'],'accept-ra':true,'rate':5000")},
    {SETUP("'subnets':[" SIX "]," OPTIONS(",'ip':'dhcp'"),
           ",'static_ips':['fd00::5']"),
     SPEC(",'ip':['dhcp','fd00::5/64'],'gateway':['fd00::1'],'rate':5000")},
    /* ... or podman does. */
    {SETUP(SUBNET ",'options':{'network':'flat'}", IP),
     "{'ifname':'eth0','network':'flat','bridge':'br1','vlan':20,'vlan-mode':"
     "'access','ip':['10.0.0.5/24'],'gateway':['10.0.0.1'],'rate':5000}"},
};

TEST(what_a_container_gets)
{
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct attachment spec;
        struct err err = {0};
        CHECK_OK(resolve_it(NETAVARK_SETUP, good[i].text, &spec, &err), err);
        auto_free char *text = model_spec(&spec);
        CHECK_STR(text, good[i].spec);
    }
}

static const struct {
    const char *text, *words;
} bad[] = {
    {"[]", "what podman writes to standard input: it is an array"},
    {"{", "what podman writes to standard input: "},
    {"{}", "the network has no name"},
    {"{'network':7}", "the network has no name"},
    {"{'network':{'name':7}}", "name is an integer, not a string"},
    {"{'network':{'name':'n'}}", "container_id: '' is not an id"},
    {"{'container_id':'c 1','network':{'name':'n'}}",
     "container_id: 'c 1' is not an id"},
    {"{'container_id':'c1','network':{'name':'n'}}",
     "network_options has no interface_name"},
    {"{'container_id':'c1','network':{'name':'n'},'network_options':{"
     "'interface_name':'lo'}}",
     "interface_name: interface 'lo' is the loopback device"},
    {SETUP("'options':[]", ""), "options is an array, not an object"},
    {SETUP("'options':{'vlan':10}", ""),
     "option vlan is an integer, not a string"},
    {SETUP("'options':{'vlna':'10'}", ""),
     "option vlna: unknown key: did you mean 'vlan'?"},
    {SETUP("'options':{'com.example':'10'}", ""),
     "option com.example: unknown key (keys: network, bridge, ovn, vlan,"},
    {SETUP("'options':{'ip':'10.0.0.5/24'}", ""),
     "option ip: podman gives the addresses: of ip only dhcp and slaac may "
     "stand here"},
    {SETUP(OPTIONS(",'ip':'auto'"), ""), "option ip: podman gives the"},
    {SETUP(SUBNET "," OPTIONS(",'ip':'dhcp'"), IP),
     "option ip: 'dhcp' gives the IPv4 address: leave the other one out"},
    {SETUP("'options':{'network':'lan','ip':'dhcp'}",
           ",'static_ips':['10.1.0.9']"),
     "the container's address: network n says 'ip'"},
    {SETUP(OPTIONS(",'dhcp-id':'x'"), ""),
     "option dhcp-id: it cannot be set here: it is for one container"},
    {SETUP(OPTIONS(""), ",'options':{'dhcp-id':'x'}"),
     "option dhcp-id: without ip=dhcp nobody is told it"},
    {SETUP(OPTIONS(",'ip':'dhcp','mode':'nat'"), ""),
     "option ip: with mode=nat the host is the router"},
    {SETUP("'options':{'parent':'eno1'}", ""),
     "option parent: it cannot be set here: write 'bridge'"},
    {SETUP(OPTIONS(",'vlan':'4095'"), ""), "option vlan: "},
    {SETUP(OPTIONS(",'type':'veth','vnic':'veth'"), ""),
     "option vnic: given before"},
    {SETUP(OPTIONS(",'no_default_route':'maybe'"), ""),
     "option no_default_route: 'maybe' is neither true nor false"},
    {SETUP("'subnets':7," OPTIONS(""), ""),
     "subnets is an integer, not an array"},
    {SETUP("'subnets':[7]," OPTIONS(""), ""), "subnet '' is not of the form"},
    {SETUP("'subnets':[{'subnet':'10.0.0.0'}]," OPTIONS(""), ""),
     "subnet '10.0.0.0' is not of the form 10.0.0.0/24"},
    {SETUP(
         "'subnets':[{'subnet':'10.0.0.0/24','gateway':'10.0.0'}]," OPTIONS(""),
         ""),
     "gateway '10.0.0' is not an address"},
    {SETUP("'subnets':[{'subnet':'10.0.0.0/24','gateway':'10.0.1.1'}]," OPTIONS(
               ""),
           ""),
     "gateway 10.0.1.1 is not in subnet 10.0.0.0/24"},
    {SETUP("'routes':[{'destination':'10.50.0.0/16','gateway':'10.0.0.2',"
           "'metric':50}]," OPTIONS(""),
           ""),
     "--route: ovsint sets no metric: leave it out"},
    {SETUP("'routes':[{'gateway':'10.0.0.2'}]," OPTIONS(""), ""), "--route: "},
    {SETUP("'ipam_options':{'driver':'x'}," OPTIONS(""), ""),
     "--ipam-driver 'x': ovsint knows host-local, dhcp and none"},
    {SETUP("'ipam_options':{'driver':'host-local'}," OPTIONS(""), ""),
     "--ipam-driver host-local: addresses come out of a subnet"},
    {SETUP("'network_interface':'br0'", ""),
     "--interface-name: name the bridge as an option: -o bridge=br0"},
    {SETUP(OPTIONS(""), ",'static_ips':['x']"),
     "static_ips: 'x' is not an address"},
    {SETUP(OPTIONS(""), ",'static_ips':[7]"),
     "static_ips: '' is not an address"},
    {SETUP(OPTIONS(""), IP),
     "address 10.0.0.5 lies in no subnet of network n: create the network "
     "with --subnet, as in --subnet 10.0.0.5/24"},
    {SETUP(SUBNET ",'options':{'network':'lan'}", IP),
     "--subnet: network 'lan' of /etc/ovsint/ovsint.json has subnets"},
    {SETUP(OPTIONS(""), ",'static_mac':'x'"),
     "the container's MAC address: 'x' is not"},
    {SETUP(OPTIONS(""), ",'static_mac':'06:00:00:00:00:01'"),
     "the container's MAC address: "},
    {SETUP(OPTIONS(""), ",'options':{'ip':'10.0.0.5'}"),
     "option ip: podman takes addresses as --network NAME:ip=ADDR"},
    {SETUP(OPTIONS(""), ",'options':{'rate':'x'}"), "option rate: 'x' is not"},
    {SETUP(OPTIONS(""), ",'options':{'rate':'9000'}"), "option rate: "},
    {SETUP(OPTIONS(""), ",'options':{'vlan':'30'}"), "option vlan: "},
    {SETUP(OPTIONS(",'vlan':'10'"), ",'options':{'vlan':'11'}"),
     "option vlan: network n says 'vlan'"},
    {SETUP("'options':{'network':'lna'}", ""),
     "option network: no network 'lna' in the configuration: did you mean "},
    {SETUP("'options':{'vlan':'10'}", ""), "no bridge"},
    {SETUP(SUBNET "," OPTIONS(",'mode':'isolated'"), IP),
     "option mode: 'isolated' is none of flat, nat"},
    {SETUP(SUBNET "," OPTIONS(",'nat4':'ports'"), IP),
     "key nat4 needs mode=nat"},
    {SETUP(SUBNET "," OPTIONS(",'mode':'nat','mode':'nat'"), IP),
     "option mode: given before"},
    {SETUP(SUBNET "," OPTIONS(",'mode':7"), IP),
     "option mode is an integer, not a string"},
    {SETUP(OPTIONS(""), ",'options':{'mode':'nat'}"),
     "option mode: it cannot be set here: give it to the network"},
    {"{'container_id':'c1','network':{'name':'n','internal':true,'options':{"
     "'mode':'nat'}},'network_options':{'interface_name':'eth0'}}",
     "--internal: a network with mode=nat has a way out"},
    {"{'container_id':'c1','port_mappings':7,'network':{'name':'n','options':{"
     "'mode':'nat'}},'network_options':{'interface_name':'eth0'}}",
     "port_mappings is an integer, not an array"},
};

TEST(what_is_refused)
{
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct attachment spec;
        struct err err = {0};
        int r = resolve_it(NETAVARK_SETUP, bad[i].text, &spec, &err);
        CHECK(r < 0);
        CHECK_ERR(r, -r, err, bad[i].words);
    }
}

/* The subnets are judged as the addresses that will come out of them. */
TEST(what_create_judges)
{
    static const struct {
        const char *text, *words; /* NULL = accepted */
    } table[] = {
        {"{" NET "," SUBNET "," OPTIONS(",'mtu':'1400'") "}", NULL},
        {"{" NET "," OPTIONS("") "}", NULL},
        {"{" NET ",'options':{'network':'lan'}}", NULL},
        {"{" NET ",'subnets':[" SIX "]," OPTIONS(",'mtu':'600'") "}",
         "option mtu: an MTU of 600 is too small for IPv6"},
        {"{" NET "," SUBNET "," OPTIONS(",'burst':'9'") "}", "option burst: "},
        {"{" NET "," SUBNET ",'options':{'network':'lan'}}", "--subnet: "},
        {"{" NET "," SUBNET ",'routes':[{'destination':'10.9.0.0/16',"
         "'gateway':'10.2.0.1'}]," OPTIONS("") "}",
         "--route: "},
        {"{" NET ",'subnets':[" SIX "]," OPTIONS(",'ip':'dhcp'") "}", NULL},
        {"{" NET "," SUBNET "," OPTIONS(",'ip':'dhcp'") "}",
         "--subnet: 'dhcp' gives the IPv4 address: leave the other one out"},
        {"{" ID "}", "the network has no name"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct attachment spec;
        struct err err = {0};
        int r = resolve_it(NETAVARK_CREATE, table[i].text, &spec, &err);
        if (table[i].words)
            CHECK_ERR(r, -r, err, table[i].words);
        else
            CHECK_OK(r, err);
    }
}

#define PORTS                                                              \
    "'port_mappings':[{'container_port':80,'host_ip':'','host_port':8080," \
    "'protocol':'tcp','range':2}]"

TEST(ports_are_published_with_mode_nat_alone)
{
    static const struct {
        const char *mode, *ports;
        bool drops;
    } table[] = {{"'mode':'nat'", "tcp/8080-8081:80", false},
                 {"'mode':'flat'", "", true},
                 {"'vlan':'10'", "", true}};

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_netavark_request struct netavark_request request = {0};
        auto_buf struct buf text = BUF_INIT(4096);
        struct err err = {0};
        buf_addf(&text,
                 "{'container_id':'c1'," PORTS ",'network':{'name':'n',"
                 "'options':{'bridge':'br0',%s}},'network_options':{"
                 "'interface_name':'eth0'}}",
                 table[i].mode);
        CHECK_OK(read_it(NETAVARK_SETUP, buf_text(&text), &request, &err), err);
        CHECK_STR(buf_text(&request.ports), table[i].ports);
        CHECK_EQ(request.drops_ports, table[i].drops);
    }
}

/* podman adds the router after create has answered. */
TEST(the_network_of_mode_nat)
{
    static const struct {
        const char *rest, *words;
    } table[] = {
        {SUBNET "," OPTIONS(",'mode':'nat','publish-ip':'127.0.0.1'"), NULL},
        {"'subnets':[{'subnet':'10.7.0.0/24'}]," OPTIONS(",'mode':'nat'"),
         NULL},
        {OPTIONS(",'mode':'nat'"), "mode=nat needs a subnet"},
        {SUBNET "," OPTIONS(",'mode':'nat','nat4':'x'"), "option nat4: 'x' is"},
        {SUBNET "," OPTIONS(",'mode':'nat','publish-ip':'x'"),
         "option publish-ip: 'x' is no address"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_netavark_request struct netavark_request request = {0};
        auto_transient_network struct transient_network network = {.id = ""};
        auto_settings struct settings settings = {0};
        auto_buf struct buf text = BUF_INIT(4096);
        struct attachment spec;
        struct err err = {0};
        CHECK_OK(model_settings(CONFIG, &settings, &err), err);
        buf_addf(&text, "{'name':'n',%s}", table[i].rest);
        CHECK_OK(read_it(NETAVARK_CREATE, buf_text(&text), &request, &err),
                 err);
        CHECK_OK(netavark_request_resolve(&request, &settings, &spec, &err),
                 err);
        int r = nat_network_make(&request, &settings, &spec, &network, &err);
        if (table[i].words)
            CHECK_ERR(r, -r, err, table[i].words);
        else
            CHECK_OK(r, err);
        CHECK_EQ(r < 0, !network.id[0]);
    }
}

/* Nothing that is wrong with a network leaves a port behind. */
TEST(teardown_reads_no_more_than_names)
{
    auto_netavark_request struct netavark_request request = {0};
    struct err err = {0};

    CHECK_OK(read_it(NETAVARK_TEARDOWN,
                     "{'container_id':'c1','network':{'name':'n','options':7,"
                     "'subnets':7},'network_options':{'interface_name':'eth0',"
                     "'static_ips':7},'port_mappings':7}",
                     &request, &err),
             err);
    CHECK_STR(request.name, "n");
    CHECK_STR(request.container, "c1");
    CHECK_STR(request.ifname, "eth0");
}

TEST(commands)
{
    CHECK_EQ(netavark_command_find("create"), NETAVARK_CREATE);
    CHECK_EQ(netavark_command_find("setup"), NETAVARK_SETUP);
    CHECK_EQ(netavark_command_find("teardown"), NETAVARK_TEARDOWN);
    CHECK_EQ(netavark_command_find("info"), NETAVARK_INFO);
    CHECK_EQ(netavark_command_find("Setup"), -EINVAL);
}

TEST_MAIN
