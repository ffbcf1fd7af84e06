/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* From a network row and an endpoint's options to an attachment, and what
 * the administrator's policy says to both. */
#include <errno.h>

#include "plugin/docker/resolve.h"
#include "tests/lib/model.h"

#define LAN                                                              \
    "'networks':{'lan':{'bridge':'br-lan','vlan':99,'refine':['rate']}," \
    "'tight':{'bridge':'br-lan','vlan':98,'refine':[],'subnets':["       \
    "{'subnet':'10.7.0.0/24','gateway':'10.7.0.1'}],'ip':'auto'}}"
#define POOLS                                                 \
    "'pools':[{'pool':'10.9.0.0/24','gateway':'10.9.0.254'}," \
    "{'pool':'fd00:9::/64','gateway':'fd00:9::1'}]"

#define TIGHT "'pools':[{'pool':'10.7.0.0/24','gateway':'10.7.0.1'}]"

struct row {
    const char *config, *network_row;
    const char *options; /* of the endpoint; NULL = of the network only */
    const char *ip, *mac;
    int code;         /* 0 = allowed */
    const char *text; /* canonical JSON, or the refusal */
};

static void check(const struct row *row)
{
    auto_settings struct settings settings = {0};
    auto_network_row struct network_row network_row = {0};
    auto_json struct json *options = NULL;
    struct endpoint_plan plan;
    struct err err = {0};
    auto_free char *text = model_quotes(row->network_row);
    auto_free char *given = model_quotes(row->options ? row->options : "{}");

    CHECK_OK(model_settings(row->config, &settings, &err), err);
    model_unguarded(&settings);
    CHECK_OK(network_row_read(text, &network_row, &err), err);
    CHECK_OK(json_parse(given, strlen(given), &model_limits, &options, &err),
             err);
    struct endpoint_request endpoint = {
        .options = options, .addresses = {row->ip, ""}, .mac = row->mac};
    int r = endpoint_resolve(&network_row, row->options ? &endpoint : NULL,
                             &settings, "brd", &plan, &err);
    if (row->code) {
        CHECK_ERR(r, row->code, err, row->text);
        return;
    }
    CHECK_OK(r, err);
    auto_free char *spec = model_spec(&plan.attachment);
    CHECK_STR(spec, row->text);
}

static void check_all(const struct row *table, size_t size)
{
    for (size_t i = 0; i < size; i++)
        check(&table[i]);
}

TEST(endpoints)
{
    static const struct row table[] = {
        {"{}", "{}", "{}", NULL, NULL, 0, "{'ifname':'eth0','bridge':'brd'}"},
        {"{}", "{'options':{'bridge':'br0','vlan':'10'}}", "{}", "10.9.0.1/24",
         "02:00:00:00:00:01", 0,
         "{'ifname':'eth0','bridge':'br0','vlan':10,'vlan-mode':'access',"
         "'ip':['10.9.0.1/24'],'mac':'02:00:00:00:00:01'}"},
        /* options of the endpoint replace those of the network */
        {"{}", "{'options':{'bridge':'br0','vlan':'10','mtu':'1400'}}",
         "{'vlan':'20','ovsint.ofport':'7','com.docker.network.x':1}", NULL,
         NULL, 0,
         "{'ifname':'eth0','bridge':'br0','vlan':20,'vlan-mode':'access',"
         "'mtu':1400,'ofport':7}"},
        /* the router is on the bridge */
        {"{}", "{'options':{'bridge':'br0'}," POOLS "}", "{}", "10.9.0.1/24",
         NULL, 0,
         "{'ifname':'eth0','bridge':'br0','ip':['10.9.0.1/24'],"
         "'gateway':['10.9.0.254']}"},
        {"{}", "{'options':{'bridge':'br0','mode':'isolated'}," POOLS "}", "{}",
         "10.9.0.1/24", NULL, 0,
         "{'ifname':'eth0','bridge':'br0','ip':['10.9.0.1/24']}"},
        {"{}", "{'options':{'bridge':'br0'},'internal':true," POOLS "}", "{}",
         "10.9.0.1/24", NULL, 0,
         "{'ifname':'eth0','bridge':'br0','ip':['10.9.0.1/24']}"},
        /* for an address of another subnet that router does not count */
        {"{}", "{'options':{'bridge':'br0'}," POOLS "}", "{}", "10.8.0.1/24",
         NULL, 0, "{'ifname':'eth0','bridge':'br0','ip':['10.8.0.1/24']}"},
        /* Docker gives addresses and routers on a named network, too */
        {"{" LAN "}", "{'options':{'network':'lan'}," POOLS "}", "{}",
         "10.9.0.1/24", NULL, 0,
         "{'ifname':'eth0','network':'lan','bridge':'br-lan','vlan':99,"
         "'vlan-mode':'access','ip':['10.9.0.1/24'],"
         "'gateway':['10.9.0.254']}"},
        {"{" LAN "}", "{'options':{'network':'tight'}," TIGHT "}", "{}",
         "10.7.0.9/24", NULL, 0,
         "{'ifname':'eth0','network':'tight','bridge':'br-lan','vlan':98,"
         "'vlan-mode':'access','ip':['10.7.0.9/24'],"
         "'gateway':['10.7.0.1']}"},
        {"{" LAN "}", "{'options':{'network':'lan'}}", "{'rate':'1000'}", NULL,
         NULL, 0,
         "{'ifname':'eth0','network':'lan','bridge':'br-lan','vlan':99,"
         "'vlan-mode':'access','rate':1000}"},
    };

    check_all(table, ARRAY_LEN(table));
}

TEST(networks_alone)
{
    static const struct row table[] = {
        {"{}", "{'options':{'bridge':'br0'}," POOLS "}", NULL, NULL, NULL, 0,
         "{'ifname':'eth0','bridge':'br0'}"},
        {"{}",
         "{'options':{'bridge':'br0','routes':'192.0.2.0/24 via "
         "10.9.0.7'}," POOLS "}",
         NULL, NULL, NULL, 0,
         "{'ifname':'eth0','bridge':'br0','routes':['192.0.2.0/24 via "
         "10.9.0.7']}"},
        {"{}",
         "{'options':{'bridge':'br0','routes':'192.0.2.0/24 via "
         "10.8.0.7'}," POOLS "}",
         NULL, NULL, NULL, EINVAL, "option routes: "},
        {"{}", "{'options':{'vlan':'4095'}}", NULL, NULL, NULL, EINVAL,
         "option vlan: '4095' is not a VLAN id"},
        {"{}", "{'options':{'mac':'02:00:00:00:00:01'}}", NULL, NULL, NULL,
         EINVAL, "option mac: cannot be set here: give it to an endpoint"},
        {"{}", "{'options':{'ofport':'1'}}", NULL, NULL, NULL, EINVAL,
         "option ofport: cannot be set here: give it to an endpoint"},
        {"{}", "{'options':{'default':'true'}}", NULL, NULL, NULL, EINVAL,
         "Docker chooses the default route"},
        {"{}", "{'options':{'dad':'false'}}", NULL, NULL, NULL, EINVAL,
         "option dad: cannot be set here"},
        {"{}", "{'options':{'network':'lan'}}", NULL, NULL, NULL, ENOENT,
         "option network: no network 'lan' in the configuration (0 defined)"},
        {"{" LAN "}", "{'options':{'network':'lna'}}", NULL, NULL, NULL, ENOENT,
         "did you mean 'lan'?"},
    };

    check_all(table, ARRAY_LEN(table));
}

TEST(endpoint_options_that_are_wrong)
{
    static const struct row table[] = {
        {"{}", "{}", "{'vlna':'1'}", NULL, NULL, EINVAL,
         "driver option vlna: unknown key 'vlna': did you mean 'vlan'?"},
        {"{}", "{}", "{'ovsint.x':'1'}", NULL, NULL, EINVAL,
         "driver option ovsint.x: unknown key 'x'"},
        {"{}", "{}", "{'vlan':1}", NULL, NULL, EINVAL,
         "driver option vlan: the value is an integer, not a string"},
        {"{}", "{}", "{'altname':'eth0'}", NULL, NULL, EINVAL,
         "driver option altname: 'eth0' is neither true nor false"},
        {"{}", "{}", "{'bridge':'br1'}", NULL, NULL, EINVAL,
         "driver option bridge: cannot be set here: give it to the network"},
        {"{}", "{}", "{'network':'lan'}", NULL, NULL, EINVAL,
         "give it to the network"},
        {"{}", "{}", "{'uplink':'eth1'}", NULL, NULL, EINVAL,
         "give it to the network"},
        {"{}", "{}", "{'mode':'flat'}", NULL, NULL, EINVAL,
         "give it to the network"},
        {"{}", "{}", "{'mac':'02:00:00:00:00:01'}", NULL, NULL, EINVAL,
         "Docker has an option for it: --mac-address"},
        {"{}", "{}", "{'ip':'10.0.0.1/24'}", NULL, NULL, EINVAL,
         "driver option ip: Docker gives the addresses: of ip only dhcp and "
         "slaac may stand here"},
        {"{}", "{}", "{}", NULL, "01:00:00:00:00:01", EINVAL,
         "the endpoint's MAC address: "},
        {"{}", "{}", "{}", "10.0.0.1", NULL, EINVAL,
         "the endpoint's address: "},
    };

    check_all(table, ARRAY_LEN(table));
}

#define BR0 "{'options':{'bridge':'br0','vlan':'10'}}"

/* Networks and endpoints are judged as annotations are. */
TEST(policy)
{
    static const struct row table[] = {
        {"{'policy':{'default':'allow','vlans':'10-19'}}", BR0, "{'vlan':'19'}",
         NULL, NULL, 0,
         "{'ifname':'eth0','bridge':'br0','vlan':19,'vlan-mode':'access'}"},
        {"{'policy':{'default':'allow','vlans':'10-19'}}", BR0, "{'vlan':'20'}",
         NULL, NULL, EPERM,
         "driver option vlan: VLAN '20' is not allowed by the policy "
         "(policy.vlans: "
         "10-19)"},
        {"{'policy':{'default':'allow','vlans':'10-19'}}", BR0,
         "{'ovsint.vlan':'20'}", NULL, NULL, EPERM,
         "driver option ovsint.vlan: VLAN '20' is not allowed"},
        {"{'policy':{'default':'allow','vlans':'10-19'}}", BR0,
         "{'trunks':'20','vlan-mode':'native-untagged'}", NULL, NULL, EPERM,
         "driver option trunks: trunk of VLANs '20' is not allowed"},
        {"{'policy':{'default':'allow','vlans':'10-19'}}",
         "{'options':{'bridge':'br0'}}", "{}", NULL, NULL, EPERM,
         "the port would carry all VLANs of the bridge"},
        {"{'policy':{'default':'allow','vlans':'20'}}", BR0, "{}", NULL, NULL,
         EPERM, "option vlan: VLAN '10' is not allowed"},
        {"{'policy':{'default':'allow','vlans':'20'}}", BR0, NULL, NULL, NULL,
         EPERM, "option vlan: VLAN '10' is not allowed"},
        {"{'policy':{'default':'allow','types':['internal']}}", BR0,
         "{'type':'veth'}", NULL, NULL, EPERM,
         "driver option type: type 'veth' is not allowed"},
        {"{'policy':{'default':'allow','macs':['02:00:*']}}", BR0, "{}", NULL,
         "02:01:00:00:00:01", EPERM,
         "the endpoint's MAC address: MAC address '02:01:00:00:00:01' is not "
         "allowed by the policy (policy.macs: 02:00:*)"},
        {"{'policy':{'default':'allow','macs':['02:00:*']}}", BR0, "{}", NULL,
         "02:00:00:00:00:01", 0,
         "{'ifname':'eth0','bridge':'br0','vlan':10,'vlan-mode':'access',"
         "'mac':'02:00:00:00:00:01'}"},
        {"{'policy':{'default':'allow','max-rate':1000}}", BR0,
         "{'rate':'1001'}", NULL, NULL, EPERM,
         "driver option rate: rate '1001' is not allowed"},
        {"{'policy':{'default':'allow','max-rate':1000}}", BR0, "{}", NULL,
         NULL, 0,
         "{'ifname':'eth0','bridge':'br0','vlan':10,'vlan-mode':'access',"
         "'rate':1000}"},
        {"{'policy':{'default':'allow','external-ids':['vm-*']}}", BR0,
         "{'external-ids':'iface-id=lsp1'}", NULL, NULL, EPERM,
         "driver option external-ids: key 'iface-id' is not allowed"},
        {"{'policy':{'default':'allow','bridges':['br1']}}", BR0, NULL, NULL,
         NULL, EPERM,
         "option bridge: bridge 'br0' is not allowed by the policy "
         "(policy.bridges: "
         "br1)"},
        {"{'policy':{'default':'allow','bridges':['br1']}}", BR0, "{}", NULL,
         NULL, EPERM, "option bridge: bridge 'br0' is not allowed"},
        /* nobody has chosen the bridge of a network without one */
        {"{'policy':{'default':'allow','bridges':[]}}", "{}", "{}", NULL, NULL,
         0, "{'ifname':'eth0','bridge':'brd'}"},
        {"{'policy':{'named-networks-only':true}}", BR0, NULL, NULL, NULL,
         EPERM, "the policy allows networks of the configuration only"},
        {"{" LAN ",'policy':{'named-networks-only':true}}",
         "{'options':{'network':'lan'}}", "{'vlan':'99'}", NULL, NULL, EPERM,
         "driver option vlan: network 'lan' does not leave this to the "
         "container (allowed: rate)"},
        {"{" LAN "}", "{'options':{'network':'lan','bridge':'br0'}}", NULL,
         NULL, NULL, EPERM, "option bridge: network 'lan' does not leave this"},
        {"{" LAN "}", "{'options':{'network':'tight'}}", "{}", NULL,
         "02:00:00:00:00:01", EPERM,
         "the endpoint's MAC address: network 'tight' does not leave this to "
         "the container (allowed: nothing)"},
    };

    check_all(table, ARRAY_LEN(table));
}

#define SUBNETS                                                            \
    "'networks':{'n':{'bridge':'b','subnets':["                            \
    "{'subnet':'10.7.0.0/24','gateway':'10.7.0.1','exclude':['10.7.0.5-"   \
    "10.7.0.6']},{'subnet':'10.8.0.0/24'},{'subnet':'fd00::/64','gateway'" \
    ":'fd00::1'}]}}"
#define ON_N(pools) "{'options':{'network':'n'},'pools':[" pools "]}"
#define P7(gateway) "{'pool':'10.7.0.0/24','gateway':'" gateway "'}"

/* Docker gives addresses, within the bounds that the administrator has set. */
TEST(subnets_of_the_configuration)
{
    static const struct row table[] = {
        {"{" SUBNETS "}", ON_N(P7("10.7.0.1")), NULL, NULL, NULL, 0,
         "{'ifname':'eth0','network':'n','bridge':'b'}"},
        {"{" SUBNETS "}",
         ON_N(P7("10.7.0.1") ",{'pool':'fd00::/64','gateway':'fd00::1'}"), NULL,
         NULL, NULL, 0, "{'ifname':'eth0','network':'n','bridge':'b'}"},
        {"{" SUBNETS "}", ON_N(""), NULL, NULL, NULL, 0,
         "{'ifname':'eth0','network':'n','bridge':'b'}"},
        {"{" SUBNETS "}",
         ON_N("{'pool':'172.30.0.0/16','gateway':'172.30.0.1'}"), NULL, NULL,
         NULL, EINVAL,
         "subnet 172.30.0.0/16 is none of network 'n' of the configuration: "
         "give --subnet (10.7.0.0/24, 10.8.0.0/24, fd00::/64)"},
        {"{" SUBNETS "}", ON_N("{'pool':'10.7.0.0/25'}"), NULL, NULL, NULL,
         EINVAL, "subnet 10.7.0.0/25 is none of network 'n'"},
        {"{" SUBNETS "}", ON_N("{'pool':'10.0.0.0/8'}"), NULL, NULL, NULL,
         EINVAL, "subnet 10.0.0.0/8 is none of network 'n'"},
        {"{" SUBNETS "}", ON_N(P7("10.7.0.99")), NULL, NULL, NULL, EINVAL,
         "gateway 10.7.0.99 is not that of network 'n' of the configuration: "
         "give --gateway 10.7.0.1"},
        {"{" SUBNETS "}",
         "{'options':{'network':'n','host-access':'true','host-ip':'10.9.0.1/"
         "24'},'pools':[]}",
         NULL, NULL, NULL, EINVAL,
         "option host-ip: 10.9.0.1/24 lies in no subnet of network 'n'"},
        /* a router that is on the link but in none of the subnets: Docker is
         * not told */
        {"{'networks':{'n':{'bridge':'b','subnets':[{'subnet':'10.7.0.0/24',"
         "'gateway':'169.254.1.1'}]}}}",
         ON_N(P7("10.7.0.1")), "{}", "10.7.0.9/24", NULL, 0,
         "{'ifname':'eth0','network':'n','bridge':'b','ip':['10.7.0.9/24'],"
         "'gateway':['169.254.1.1']}"},
        /* the router is that of the subnet, never one that Docker has chosen */
        {"{" SUBNETS "}", ON_N("{'pool':'10.8.0.0/24','gateway':'10.8.0.1'}"),
         "{}", "10.8.0.9/24", NULL, 0,
         "{'ifname':'eth0','network':'n','bridge':'b','ip':['10.8.0.9/24']}"},
        {"{" SUBNETS "}", ON_N(P7("10.7.0.1")), "{}", "10.7.0.9/24", NULL, 0,
         "{'ifname':'eth0','network':'n','bridge':'b','ip':['10.7.0.9/24'],"
         "'gateway':['10.7.0.1']}"},
        {"{" SUBNETS "}", ON_N(P7("10.7.0.1")), "{}", "10.7.0.1/24", NULL,
         EINVAL,
         "the endpoint's address: '10.7.0.1/24' is the gateway of network 'n'"},
        {"{" SUBNETS "}", ON_N(P7("10.7.0.1")), "{}", "10.7.0.6/24", NULL,
         EINVAL,
         "the endpoint's address: '10.7.0.6/24' is excluded in network 'n' of "
         "the configuration: keep it from Docker with --ip-range or "
         "--aux-address"},
        {"{" SUBNETS "}", ON_N(P7("10.7.0.1")), "{}", "10.9.0.6/24", NULL,
         EINVAL, "'10.9.0.6/24' lies in no subnet of network 'n'"},
        {"{" SUBNETS "}", ON_N(P7("10.7.0.1")), "{}", "10.7.0.9/16", NULL,
         EINVAL, "'10.7.0.9/16' must have the prefix length of subnet"},
    };

    check_all(table, ARRAY_LEN(table));
}

#define ROUTES                                                      \
    "'networks':{'n':{'bridge':'b','subnets':[{'subnet':'10.7.0.0/" \
    "24'},{'subnet':'10.8.0.0/24'}],'routes':['10.77.0.0/16 via "   \
    "10.7.0.2','10.88.0.0/16 via 10.8.0.2']},'free':{'bridge':'b'," \
    "'routes':['10.99.0.0/16 via 10.7.0.2']}}"
#define ON(network) "{'options':{'network':'" network "'},'pools':[]}"

/* Those whose next hop an endpoint reaches from the address that Docker gives
 * it. */
TEST(routes_of_the_configuration)
{
    static const struct row table[] = {
        {"{" ROUTES "}", ON("n"), "{}", "10.7.0.9/24", NULL, 0,
         "{'ifname':'eth0','network':'n','bridge':'b','ip':['10.7.0.9/24'],"
         "'routes':['10.77.0.0/16 via 10.7.0.2']}"},
        {"{" ROUTES "}", ON("n"), "{}", "10.8.0.9/24", NULL, 0,
         "{'ifname':'eth0','network':'n','bridge':'b','ip':['10.8.0.9/24'],"
         "'routes':['10.88.0.0/16 via 10.8.0.2']}"},
        {"{" ROUTES "}", ON("free"), "{}", "10.7.0.9/24", NULL, 0,
         "{'ifname':'eth0','network':'free','bridge':'b','ip':['10.7.0.9/"
         "24'],'routes':['10.99.0.0/16 via 10.7.0.2']}"},
    };

    check_all(table, ARRAY_LEN(table));
}

#define UPLINK "{'options':{'uplink':'eth1'}}"

/* A network card of the host is a way out of the bridge. */
TEST(uplinks)
{
    static const struct row table[] = {
        {"{}", UPLINK, NULL, NULL, NULL, 0, "{'ifname':'eth0','bridge':'brd'}"},
        {"{'policy':{'default':'allow','uplinks':['eth*']}}", UPLINK, NULL,
         NULL, NULL, 0, "{'ifname':'eth0','bridge':'brd'}"},
        {"{'policy':{'default':'allow','uplinks':['eth2','eth3']}}", UPLINK,
         NULL, NULL, NULL, EPERM,
         "option uplink: device 'eth1' is not allowed by the policy "
         "(policy.uplinks: "
         "eth2, eth3)"},
        {"{'policy':{'default':'allow','uplinks':[]}}", UPLINK, "{}", NULL,
         NULL, EPERM,
         "device 'eth1' is not allowed by the policy (policy.uplinks: "
         "nothing)"},
        {"{'policy':{'default':'allow','uplinks':[]}}", "{}", "{}", NULL, NULL,
         0, "{'ifname':'eth0','bridge':'brd'}"},
        {"{" LAN "}", "{'options':{'network':'lan','uplink':'eth1'}}", NULL,
         NULL, NULL, EPERM,
         "option uplink: network 'lan' does not leave this to Docker: put eth1 "
         "on its bridge with 'ovs-vsctl add-port'"},
        {"{" LAN ",'policy':{'named-networks-only':true,'uplinks':['*']}}",
         UPLINK, NULL, NULL, NULL, EPERM,
         "the policy allows networks of the configuration only"},
    };

    check_all(table, ARRAY_LEN(table));
}

#define CLOSED(rules) "{'policy':{" rules "}}"
#define NAT \
    "{'options':{},'pools':[{'pool':'10.1.0.0/16','gateway':'10.1.0.1'}]}"
#define HOST(ip)                                                          \
    "{'options':{'bridge':'br0','vlan':'10','host-access':'true'" ip "}," \
    "'pools':[{'pool':'10.1.0.0/16','gateway':'10.1.0.1'}]}"
#define RULES "'bridges':['br0'],'vlans':'10','addresses':['10.1.0.0/16']"

/* What the policy says of networks as a whole, and of the host. */
TEST(closed_for_networks)
{
    static const struct row table[] = {
        {CLOSED(""), UPLINK, NULL, NULL, NULL, EPERM,
         "option uplink: device 'eth1' is not allowed by the policy, which "
         "does not name it: an administrator may add \"uplinks\": [\"eth1\"] "
         "to \"policy\""},
        {CLOSED(""), NAT, NULL, NULL, NULL, EPERM,
         "option mode: mode 'nat' is not allowed by the policy, which does not "
         "name it: an administrator may add \"modes\": [\"nat\"] to"},
        {CLOSED("'modes':['nat']"), NAT, NULL, NULL, NULL, EPERM,
         "the network's subnets: address '10.1.0.0/16' is not allowed by the "
         "policy, which does not name it: an administrator may add "
         "\"addresses\": [\"10.1.0.0/16\"] to"},
        /* a bridge of its own has no VLANs of others */
        {CLOSED("'modes':['nat'],'addresses':['10.0.0.0/8']"), NAT, NULL, NULL,
         NULL, 0, "{'ifname':'eth0','bridge':'brd'}"},
        {CLOSED("'modes':['flat']"), NAT, NULL, NULL, NULL, EPERM,
         "option mode: mode 'nat' is not allowed by the policy (policy.modes: "
         "flat)"},
        {CLOSED(RULES), HOST(""), NULL, NULL, NULL, EPERM,
         "option host-access: value 'true' is not allowed by the policy, which "
         "does not name it: an administrator may add \"host-access\": true"},
        {CLOSED(RULES ",'host-access':false"), HOST(""), NULL, NULL, NULL,
         EPERM, "policy (policy.host-access: false)"},
        {CLOSED(RULES ",'host-access':true"), HOST(""), NULL, NULL, NULL, 0,
         "{'ifname':'eth0','bridge':'br0','vlan':10,'vlan-mode':'access'}"},
        {CLOSED(RULES ",'host-access':true"), HOST(",'host-ip':'8.8.8.8/8'"),
         NULL, NULL, NULL, EPERM,
         "option host-ip: address of the host '8.8.8.8/8' is not allowed by "
         "the policy, which does not name it"},
        {CLOSED(RULES ",'host-access':true,'host-ips':['10.1.0.0/16']"),
         HOST(",'host-ip':'8.8.8.8/8'"), NULL, NULL, NULL, EPERM,
         "'8.8.8.8/8' is not allowed by the policy (policy.host-ips: "
         "10.1.0.0/16)"},
        {CLOSED(RULES ",'host-access':true,'host-ips':['10.1.0.0/16']"),
         HOST(",'host-ip':'10.1.0.7/16'"), NULL, NULL, NULL, 0,
         "{'ifname':'eth0','bridge':'br0','vlan':10,'vlan-mode':'access'}"},
    };

    check_all(table, ARRAY_LEN(table));
}

/* Ports of the host that may lead to containers. */
TEST(published_ports)
{
    static const struct {
        const char *policy;
        uint16_t first, last;
        const char *text; /* NULL = allowed */
    } table[] = {
        {"'default':'allow'", 80, 80, NULL},
        {"", 80, 80,
         "published ports: port of the host '80' is not allowed by the policy, "
         "which does not name it: an administrator may add \"publish\": "
         "\"80\" to \"policy\""},
        {"", 0, 0, "may add \"publish\": \"1024-65535\""},
        {"'publish':'8000-8999'", 8000, 8999, NULL},
        {"'publish':'8000-8999'", 0, 0, NULL},
        {"'publish':'8000-8999'", 8999, 9000,
         "port of the host '8999-9000' is not allowed by the policy "
         "(policy.publish: 8000-8999)"},
        {"'publish':''", 0, 0, "(policy.publish: nothing)"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_settings struct settings settings = {0};
        auto_buf struct buf config = BUF_INIT(256);
        struct err err = {0};
        buf_addf(&config, "{'policy':{%s}}", table[i].policy);
        CHECK_OK(model_settings(buf_text(&config), &settings, &err), err);
        int r = policy_check_publish(&settings.policy, table[i].first,
                                     table[i].last, &err);
        if (table[i].text)
            CHECK_ERR(r, EPERM, err, table[i].text);
        else
            CHECK_OK(r, err);
    }
}

#define IFNAME "com.docker.network.endpoint.ifname"

TEST(the_name_inside)
{
    static const struct row table[] = {
        {"{}", "{}", "{'" IFNAME "':'foo0','type':'veth'}", NULL, NULL, 0,
         "{'ifname':'foo0','bridge':'brd','type':'veth'}"},
        {"{}", "{}", "{'" IFNAME "':'net10','type':'veth'}", NULL, NULL, 0,
         "{'ifname':'net10','bridge':'brd','type':'veth'}"},
        {"{}", "{}", "{'" IFNAME "':'lan','type':'veth'}", NULL, NULL, EINVAL,
         "driver option " IFNAME ": the end of a pair cannot be called 'lan', "
         "as Docker adds a number"},
        {"{}", "{}", "{'" IFNAME "':'eth1','type':'veth'}", NULL, NULL, EINVAL,
         "choose a name that ends in 0, or type=internal"},
        {"{}", "{}", "{'" IFNAME "':'0','type':'veth'}", NULL, NULL, EINVAL,
         "cannot be called '0'"},
        {"{}", "{}", "{'" IFNAME "':'eth1'}", NULL, NULL, 0,
         "{'ifname':'eth1','bridge':'brd'}"},
        {"{}", "{}", "{'" IFNAME "':'foo0'}", NULL, NULL, 0,
         "{'ifname':'foo0','bridge':'brd'}"},
        {"{}", "{}", "{'" IFNAME "':'lo'}", NULL, NULL, EINVAL,
         "driver option " IFNAME ": interface 'lo' is the loopback device"},
        {"{}", "{}", "{'" IFNAME "':'a/b'}", NULL, NULL, EINVAL,
         "driver option " IFNAME ": interface name 'a/b' is not"},
        {"{}", "{}", "{'" IFNAME "':''}", NULL, NULL, EINVAL,
         "driver option " IFNAME ": interface name '' is not"},
        {"{}", "{}", "{'" IFNAME "':'sixteen-letters-'}", NULL, NULL, EINVAL,
         "is longer than 15 characters"},
        {"{}", "{}", "{'" IFNAME "':7}", NULL, NULL, EINVAL,
         "driver option " IFNAME ": the value is an integer, not a string"},
        {"{}", "{}", "{'" IFNAME "':'oiabcdefghij230'}", NULL, NULL, EINVAL,
         "looks like that of a port of ovsint"},
    };

    check_all(table, ARRAY_LEN(table));
}

TEST(the_prefix_of_a_pair)
{
    static const struct {
        const char *ifname, *prefix;
        bool want;
    } table[] = {
        {"eth0", "eth", true}, {"net10", "net1", true},
        {"a0", "a", true},     {"fourteen-of-x0", "fourteen-of-x", true},
        {"lan", "eth", false}, {"eth1", "eth", false},
        {"0", "eth", false}};

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        char prefix[IFNAME_SIZE];
        CHECK_EQ(endpoint_pair_prefix(table[i].ifname, prefix), table[i].want);
        CHECK_STR(prefix, table[i].prefix);
    }
}

TEST(altname)
{
    static const struct {
        const char *network_row, *options;
        bool want;
    } table[] = {
        {"{}", "{}", false},
        {"{'options':{'altname':'true'}}", "{}", true},
        {"{}", "{'altname':'true'}", true},
        {"{'options':{'altname':'true'}}", "{'altname':'false'}", false},
        {"{}", "{'" IFNAME "':'foo0'}", true},
        {"{}", "{'" IFNAME "':'foo0','altname':'false'}", true},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_network_row struct network_row network_row = {0};
        auto_json struct json *options = NULL;
        struct settings settings = {0};
        struct endpoint_plan plan;
        struct err err = {0};
        auto_free char *text = model_quotes(table[i].network_row);
        auto_free char *given = model_quotes(table[i].options);
        CHECK_OK(network_row_read(text, &network_row, &err), err);
        CHECK_OK(
            json_parse(given, strlen(given), &model_limits, &options, &err),
            err);
        struct endpoint_request endpoint = {.options = options};
        CHECK_OK(endpoint_resolve(&network_row, &endpoint, &settings, "br0",
                                  &plan, &err),
                 err);
        CHECK_EQ(plan.altname, table[i].want);
    }
}

TEST_MAIN
