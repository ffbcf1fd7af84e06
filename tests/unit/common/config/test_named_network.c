/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Named networks of the configuration, their subnets and ranges. */
#include <errno.h>
#include <sys/socket.h>

#include "tests/lib/model.h"

TEST(values)
{
    auto_settings struct settings settings = {0};
    struct err err = {0};

    CHECK_OK(
        model_settings(
            "{'networks':{'lan':{'bridge':'br0','vlan':10,'mtu':'9000',"
            "'vlan-mode':'native-untagged','trunks':[20,'30-39'],"
            "'type':'veth','rate':1000,'burst':500,'default':true,"
            "'dad':false,'ip':'auto','external-ids':{'a':'b,c\\\\d'},"
            "'routes':['10.1.0.0/16 via 10.0.0.9','fd09::/16 via fe80::1'],"
            "'subnets':[{'subnet':'10.0.0.0/24','gateway':'10.0.0.1',"
            "'range':'10.0.0.10-10.0.0.99',"
            "'exclude':['10.0.0.50','10.0.0.60-10.0.0.69']},"
            "{'subnet':'fd00::/64'}],'refine':['vlan','rate']}}}",
            &settings, &err),
        err);
    const struct named_network *lan = settings_network(&settings, "lan");
    CHECK(lan);
    auto_free char *spec = model_spec(&lan->defaults.values);
    CHECK_STR(spec,
              "{'ifname':'','bridge':'br0','vlan':10,'trunks':'20,30-39',"
              "'vlan-mode':'native-untagged','ip':['auto'],"
              "'routes':['10.1.0.0/16 via 10.0.0.9','fd09::/16 via fe80::1'],"
              "'dad':false,'mtu':9000,'type':'veth','default':true,"
              "'rate':1000,'burst':500,'external-ids':{'a':'b,c\\\\d'}}");
    CHECK_STR(lan->defaults.origin[KEY_VLAN], "networks.lan.vlan");
    CHECK_EQ(lan->refine, 1u << KEY_VLAN | 1u << KEY_RATE);
    CHECK_EQ(lan->subnet_count, 2);
    CHECK_EQ(lan->subnets[0].exclude_count, 2);
    CHECK_EQ(lan->subnets[1].gateway.family, AF_UNSPEC);
}

/* A route of the network is for containers with an address in the next hop's
 * subnet. */
TEST(routes_by_subnet)
{
    static const struct {
        const char *network, *ip, *routes;
    } table[] = {
        {"two", "auto",
         "'routes':['10.8.0.0/16 via 10.0.0.9','10.9.0.0/16 via 10.0.1.9',"
         "'fd09::/16 via fe80::1']"},
        {"two", "10.0.0.5/24", "'routes':['10.8.0.0/16 via 10.0.0.9']"},
        {"two", "10.0.1.5/24", "'routes':['10.9.0.0/16 via 10.0.1.9']"},
        {"two", "fd00::5/64", "'routes':['fd09::/16 via fe80::1']"},
        {"none", "10.0.0.5/24", "'routes':['10.8.0.0/16 via 10.0.0.9']"},
        {"none", "fd00::5/64", NULL},
    };
    static const char config[] =
        "{'networks':{'two':{'bridge':'b','mtu':1280,'subnets':["
        "{'subnet':'10.0.0.0/24'},{'subnet':'10.0.1.0/24'},"
        "{'subnet':'fd00::/64'}],'routes':['10.8.0.0/16 via 10.0.0.9',"
        "'10.9.0.0/16 via 10.0.1.9','fd09::/16 via fe80::1']},"
        "'none':{'bridge':'b','routes':'10.8.0.0/16 via 10.0.0.9'}}}";

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct attachment list[LIMIT_ATTACHMENTS];
        auto_buf struct buf text = BUF_INIT(1000);
        struct err err = {0};
        size_t count = 0;
        buf_addf(&text, "{'ovsint.network':'%s','ovsint.ip':'%s'}",
                 table[i].network, table[i].ip);
        CHECK_OK(model_attachments(config, buf_text(&text), list, &count, &err),
                 err);
        auto_free char *spec = model_spec(&list[0]);
        if (table[i].routes)
            CHECK_HAS(spec, table[i].routes);
        else
            CHECK(!strstr(spec, "routes"));
    }
    struct attachment list[LIMIT_ATTACHMENTS];
    struct err err = {0};
    size_t count = 0;
    CHECK_ERR(model_attachments(
                  config, "{'ovsint.network':'none','ovsint.ip':'10.7.0.5/24'}",
                  list, &count, &err),
              EINVAL, err,
              "networks.none.routes: next hop '10.0.0.9' lies in none of the "
              "networks of the container's addresses");
}

TEST(default_refinements)
{
    auto_settings struct settings settings = {0};
    struct err err = {0};

    CHECK_OK(model_settings("{'networks':{'a':{},'b':{'refine':[]}}}",
                            &settings, &err),
             err);
    CHECK_EQ(settings.networks[0].refine,
             1u << KEY_IP | 1u << KEY_DEFAULT | 1u << KEY_DAD);
    CHECK_EQ(settings.networks[1].refine, 0);
}

/* The range of a subnet if the configuration does not say one. */
TEST(whole_ranges)
{
    static const struct {
        const char *subnet, *range;
    } table[] = {
        {"10.0.0.0/24", "10.0.0.1-10.0.0.254"},
        {"10.0.0.0/30", "10.0.0.1-10.0.0.2"},
        {"10.0.0.0/31", "10.0.0.0-10.0.0.1"},
        {"10.0.0.7/32", "10.0.0.7-10.0.0.7"},
        {"128.0.0.0/1", "128.0.0.1-255.255.255.254"},
        {"fd00::/64", "fd00::1-fd00::ffff:ffff:ffff:ffff"},
        {"fd00::/126", "fd00::1-fd00::3"},
        {"fd00::/127", "fd00::-fd00::1"},
        {"fd00::5/128", "fd00::5-fd00::5"},
        {"8000::/1", "8000::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_settings struct settings settings = {0};
        auto_buf struct buf text = BUF_INIT(200);
        char range[RANGE_TEXT_SIZE];
        struct err err = {0};
        buf_addf(&text, "{'networks':{'n':{'subnets':[{'subnet':'%s'}]}}}",
                 table[i].subnet);
        CHECK_OK(model_settings(buf_text(&text), &settings, &err), err);
        ip_range_format(&settings.networks[0].subnets[0].range, range);
        CHECK_STR(range, table[i].range);
    }
}

TEST(subnet_of_an_address)
{
    static const struct {
        const char *ip;
        int subnet; /* -1 = none */
    } table[] = {
        {"10.0.0.0", 0},       {"10.0.0.255", 0},  {"10.0.1.0", -1},
        {"9.255.255.255", -1}, {"10.0.2.9", 1},    {"fd00::ffff", 2},
        {"fd01::", -1},        {"::10.0.0.1", -1},
    };
    auto_settings struct settings settings = {0};
    struct err err = {0};

    CHECK_OK(model_settings("{'networks':{'n':{'subnets':[{'subnet':"
                            "'10.0.0.0/24'},{'subnet':'10.0.2.0/23'},"
                            "{'subnet':'fd00::/64'}]}}}",
                            &settings, &err),
             err);
    const struct named_network *n = &settings.networks[0];
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct ip ip;
        CHECK_EQ(parse_ip(table[i].ip, &ip), 0);
        const struct subnet *subnet = named_network_subnet(n, &ip);
        CHECK_EQ(subnet ? subnet - n->subnets : -1, table[i].subnet);
    }
}

TEST_MAIN
