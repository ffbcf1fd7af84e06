/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The row of a network: its text, what it says, and what it comes to. */
#include "ovsint/rows/network_row.h"

#include <errno.h>

#include "tests/lib/model.h"

static struct network_pool pool(const char *prefix, const char *gateway)
{
    struct network_pool ret = {.gateway = {.family = 0}};

    CHECK_EQ(parse_prefix(prefix, &ret.prefix), 0);
    if (gateway)
        CHECK_EQ(parse_ip(gateway, &ret.gateway), 0);
    return ret;
}

TEST(writes)
{
    static const struct network_option options[] = {{"vlan", "10"},
                                                    {"altname", "true"}};
    const struct network_pool pools[] = {pool("10.0.0.0/24", "10.0.0.1"),
                                         pool("fd00::/64", NULL)};
    const struct {
        struct network_draft draft;
        const char *text;
    } table[] = {
        {{.options = NULL}, "{'options':{},'pools':[]}"},
        {{.options = options,
          .option_count = 2,
          .internal = true,
          .pools = pools,
          .pool_count = 2},
         "{'options':{'vlan':'10','altname':'true'},'internal':true,'pools':["
         "{'pool':'10.0.0.0/24','gateway':'10.0.0.1'},{'pool':'fd00::/64'}]}"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_buf struct buf text = BUF_INIT(NETWORK_ROW_SIZE);
        auto_network_row struct network_row row = {0};
        auto_free char *wanted = model_quotes(table[i].text);
        struct err err = {0};
        CHECK_OK(network_row_write(&table[i].draft, &text, &err), err);
        CHECK_STR(buf_text(&text), wanted);
        CHECK_OK(network_row_read(buf_text(&text), &row, &err), err);
        CHECK_EQ(row.pool_count, table[i].draft.pool_count);
    }
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
        {"{'options':{'ovn':'o','uplink':'wire-between-buildings/1+2'}}",
         MODE_FLAT, false, false, 0, 0, "wire-between-buildings/1+2"},
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

#define TEN "0123456789"

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
        {"{'options':{'ovn':'o','uplink':''}}", "option uplink: '' is no "
                                                "name of a physical network"},
        {"{'options':{'ovn':'o','uplink':'wire:1'}}", "'wire:1' is no name"},
        {"{'options':{'ovn':'o','uplink':'wire,1'}}", "'wire,1' is no name"},
        {"{'options':{'ovn':'o','uplink':'wire 1'}}", "'wire 1' is no name"},
        {"{'options':{'ovn':'o','uplink':'" TEN TEN TEN TEN TEN TEN TEN TEN TEN
             TEN "'}}",
         "is no name of a physical network"},
        {"{'options':{'ovn':'o','uplink':'wire','mode':'nat'}}",
         "option uplink: not together with ovn and mode=nat"},
        {"{'options':{'ovn':'o','uplink':'wire','vlan':'4095'}}",
         "option vlan: '4095' is not a VLAN (1-4094)"},
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
         "option nat4: only a network with mode=nat has it"},
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

/* What its host access port has of it. */
TEST(what_it_comes_to)
{
    static const struct {
        const char *config, *text, *want;
        int code; /* 0 = `want` is the attachment, else what is said */
    } table[] = {
        {"{}", "{}", "{'ifname':'eth0','bridge':'oi-1'}", 0},
        {"{}",
         "{'options':{'mode':'nat','mtu':'1400','uplink':'eth1'}," DUAL "}",
         "{'ifname':'eth0','bridge':'oi-1','mtu':1400}", 0},
        {"{}", "{'options':{'bridge':'br0','vlan':'10'}," DUAL "}",
         "{'ifname':'eth0','bridge':'br0','vlan':10,"
         "'vlan-mode':'access'}",
         0},
        {"{'networks':{'lan':{'bridge':'br1','vlan':20,'mtu':1300}}}",
         "{'options':{'network':'lan'}," DUAL "}",
         "{'ifname':'eth0','network':'lan','bridge':'br1','vlan':20,"
         "'vlan-mode':'access','mtu':1300}",
         0},
        {"{'networks':{'lan':{'bridge':'br1','vlan':20}}}",
         "{'options':{'network':'wan'}}", "wan", ENOENT},
        {"{}", "{'options':{'vlan':'x'}}", "option vlan: 'x'", EINVAL},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_settings struct settings settings = {0};
        auto_network_row struct network_row row = {0};
        struct attachment attachment;
        struct err err = {0};
        CHECK_OK(model_settings(table[i].config, &settings, &err), err);
        CHECK_OK(read_quoted(table[i].text, &row, &err), err);
        int r =
            network_row_attachment(&row, &settings, "oi-1", &attachment, &err);
        if (table[i].code) {
            CHECK_ERR(r, table[i].code, err, table[i].want);
            continue;
        }
        CHECK_OK(r, err);
        auto_free char *spec = model_spec(&attachment);
        CHECK_STR(spec, table[i].want);
    }
}

TEST_MAIN
