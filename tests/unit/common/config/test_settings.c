/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The configuration: its top level, and the policy in it. */
#include <errno.h>

#include "tests/lib/model.h"

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

TEST(defaults)
{
    auto_settings struct settings settings;
    auto_settings struct settings empty = {0};
    struct err err = {0};

    settings_init(&settings);
    CHECK_STR(settings.ovsdb, "unix:/run/openvswitch/db.sock");
    CHECK_STR(settings_ovsdb_path(&settings), "/run/openvswitch/db.sock");
    CHECK_EQ(settings.timeout_ms, DEFAULT_TIMEOUT_MS);
    CHECK_STR(settings.default_bridge, "");
    CHECK(!settings_network(&settings, ""));
    CHECK_OK(model_settings("{}", &empty, &err), err);
    CHECK(memcmp(&settings, &empty, sizeof(empty)) == 0);
}

TEST(guardian)
{
    auto_settings struct settings settings = {0};
    auto_settings struct settings empty = {0};
    static const struct refusal refusals[] = {
        {"{'guardian':true}", "guardian"},
        {"{'guardian':{'recreate':1}}", "guardian.recreate"},
        {"{'guardian':{'enable':true}}", "guardian.enable"},
    };
    struct err err = {0};

    CHECK_OK(model_settings("{}", &empty, &err), err);
    CHECK(empty.guards && empty.recreates);
    CHECK_OK(model_settings("{'guardian':{'enabled':false,'recreate':false}}",
                            &settings, &err),
             err);
    CHECK(!settings.guards && !settings.recreates);
    check(refusals, sizeof(refusals) / sizeof(refusals[0]));
}

TEST(metrics)
{
    static const char *const good[] = {"/run/ovsint/metrics.sock",
                                       "127.0.0.1:9641", "127.9.9.9:65535",
                                       "[::1]:1"};
    static const struct refusal refusals[] = {
        {"{'metrics':9641}", "metrics"},
        {"{'metrics':''}", "metrics: '' is neither the path of a Unix socket"},
        {"{'metrics':'localhost:1'}", "metrics: 'localhost:1' is neither"},
        {"{'metrics':'127.0.0.1'}", "metrics: '127.0.0.1' is neither"},
        {"{'metrics':'127.0.0.1:0'}", "metrics: '127.0.0.1:0' is neither"},
        {"{'metrics':'127.0.0.1:65536'}", "metrics: '127.0.0.1:65536' is"},
        {"{'metrics':'::1:80'}", "metrics: '::1:80' is neither"},
        {"{'metrics':'[::1]'}", "metrics: '[::1]' is neither"},
        {"{'metrics':'[127.0.0.1]:80'}", "metrics: '[127.0.0.1]:80' is"},
        {"{'metrics':'[:80'}", "metrics: '[:80' is neither"},
        {"{'metrics':'0.0.0.0:80'}",
         "metrics: '0.0.0.0:80' is not an address of the loopback device"},
        {"{'metrics':'[::]:80'}", "metrics: '[::]:80' is not an address"},
    };
    struct err err = {0};

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        auto_settings struct settings settings = {0};
        auto_buf struct buf text = BUF_INIT(256);
        buf_addf(&text, "{'metrics':'%s'}", good[i]);
        CHECK_OK(model_settings(buf_text(&text), &settings, &err), err);
        CHECK_STR(settings.metrics, good[i]);
    }
    check(refusals, sizeof(refusals) / sizeof(refusals[0]));
}

TEST(everything)
{
    auto_settings struct settings settings = {0};
    struct err err = {0};

    CHECK_OK(model_settings(
                 "/* ours */ {'ovsdb':'unix:/var/x.sock', // moved\n"
                 "'timeout-ms':600000,'default-bridge':'br-int',"
                 "'networks':{'lan':{},'dmz':{'bridge':'br1'}},"
                 "'policy':{'named-networks-only':true,'bridges':['br*'],"
                 "'uplinks':['eth1','ens*'],"
                 "'vlans':'1-9','trunks':[],'types':['veth'],"
                 "'macs':['0A:*'],'max-rate':8,'external-ids':['a','b*'],"
                 "'annotation-key':'Site_1-x','max-interfaces':16,"
                 "'vlan-modes':['access','dot1q-tunnel'],"
                 "'addresses':['10.0.0.0/8','fd00::/8'],'max-addresses':8,"
                 "'max-mtu':9000,'max-burst':0,'ofports':'1000-1999, 7',"
                 "'modes':['nat'],'host-access':true,"
                 "'max-pool':256,"
                 "'host-ips':['10.0.0.0/24'],'publish':8080},"
                 "'pools':[{'bridge':'br2','vlan':7,'pool':12}]}",
                 &settings, &err),
             err);
    CHECK_STR(settings_ovsdb_path(&settings), "/var/x.sock");
    CHECK_EQ(settings.timeout_ms, 600000);
    CHECK_STR(settings.default_bridge, "br-int");
    CHECK_EQ(settings.network_count, 2);
    CHECK(settings_network(&settings, "dmz") == &settings.networks[1]);
    CHECK_STR(settings.networks[1].defaults.values.bridge, "br1");
    CHECK(!settings_network(&settings, "dm"));
    CHECK_EQ(settings.pool_count, 1);
    CHECK_STR(settings.pools[0].defaults.values.bridge, "br2");
    CHECK_EQ(settings.pools[0].defaults.values.pool, 12);
    const struct policy *policy = &settings.policy;
    CHECK(policy->named_networks_only);
    CHECK(policy_names(policy, RULE_BRIDGES) && policy->bridges.count == 1);
    CHECK(policy_names(policy, RULE_UPLINKS) && policy->uplinks.count == 2);
    CHECK_STR(policy->macs.items[0], "0a:*");
    CHECK_EQ(policy->types, 1u << VNIC_VETH);
    CHECK(policy_names(policy, RULE_TRUNKS) && vlan_set_empty(&policy->trunks));
    CHECK_EQ(policy->max_rate_kbit, 8);
    CHECK_EQ(policy->external_ids.count, 2);
    CHECK_EQ(policy->max_pool, 256);
    CHECK(policy->closed && !policy->all_trunks);
    CHECK_STR(policy->annotation_key, "Site_1-x");
    CHECK_EQ(policy->vlan_modes,
             1u << VLAN_MODE_ACCESS | 1u << VLAN_MODE_DOT1Q_TUNNEL);
    CHECK_EQ(policy->addresses.count, 2);
    CHECK(policy->ofports.count == 2 && policy->ofports.items[0].last == 1999);
    CHECK(policy->publish.count == 1 && policy->publish.items[0].first == 8080);
    CHECK(policy->host_access && policy->host_ips.count == 1);
    settings_done(&settings);
    CHECK_EQ(settings.network_count, 0);
    CHECK(!settings.policy.closed && !settings.policy.named);
}

TEST(refuses_top_level)
{
    static const struct refusal table[] = {
        {"", "not JSON at byte"},
        {"[]", "configuration: an array where an object was expected"},
        {"'x'", "configuration: a string where an object was expected"},
        {"{", "not JSON at byte"},
        {"{'a':1}", "a: unknown key (keys: ovsdb, timeout-ms, default-bridge, "
                    "networks, policy, "
                    "guardian, ovn, metrics, pools)"},
        {"{'Policy':{}}", "Policy: unknown key: did you mean 'policy'?"},
        {"{'polcy':{}}", "polcy: unknown key: did you mean 'policy'?"},
        {"{'default_bridge':'br0'}",
         "default_bridge: unknown key: did you mean 'default-bridge'?"},
        {"{} {}", "not JSON at byte"},
        {"{'timeout-ms':1000,'timeout-ms':2000}",
         "timeout-ms: stands there twice"},
        {"{'ovsdb':'tcp:127.0.0.1:6640'}",
         "ovsdb: 'tcp:127.0.0.1:6640' is not the address of a Unix socket "
         "(unix:/run/openvswitch/db.sock)"},
        {"{'ovsdb':'unix:db.sock'}",
         "ovsdb: 'unix:db.sock' is not the address of a Unix socket "
         "(unix:/run/openvswitch/db.sock)"},
        {"{'ovsdb':'/run/db.sock'}",
         "ovsdb: '/run/db.sock' is not the address of a Unix socket "
         "(unix:/run/openvswitch/db.sock)"},
        {"{'ovsdb':7}", "ovsdb: an integer where a string was expected"},
        {"{'ovsdb':'unix:/"
         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'}",
         "ovsdb: "
         "'unix:/"
         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
         "xxxxx' is not the address of a Unix socket "
         "(unix:/run/openvswitch/db.sock)"},
        {"{'ovsdb':''}", "ovsdb: '' is not the address of a Unix socket "
                         "(unix:/run/openvswitch/db.sock)"},
        {"{'timeout-ms':99}", "timeout-ms: 99 is not within 100-600000"},
        {"{'timeout-ms':600001}",
         "timeout-ms: 600001 is not within 100-600000"},
        {"{'timeout-ms':'1000'}",
         "timeout-ms: a string where a whole number was expected"},
        {"{'timeout-ms':1.5}", "timeout-ms: a number that is no 64-bit integer "
                               "where a whole number was expected"},
        {"{'timeout-ms':-1}", "timeout-ms: -1 is not within 100-600000"},
        {"{'default-bridge':''}",
         "default-bridge: '' is not a bridge name (1-63 printable characters "
         "without blank, comma or slash)"},
        {"{'default-bridge':'a b'}",
         "default-bridge: 'a b' is not a bridge name (1-63 printable "
         "characters without blank, comma or slash)"},
        {"{'default-bridge':null}",
         "default-bridge: null where a string was expected"},
    };

    check(table, ARRAY_LEN(table));
}

TEST(refuses_policy)
{
    static const struct refusal table[] = {
        {"{'policy':[]}", "policy: an array where an object was expected"},
        {"{'policy':{'bridge':['br0']}}",
         "policy.bridge: unknown key: did you mean 'bridges'?"},
        {"{'policy':{'vlan':'1'}}",
         "policy.vlan: unknown key: did you mean 'vlans'?"},
        {"{'policy':{'bridges':'br0'}}",
         "policy.bridges: a string where a list of strings was expected"},
        {"{'policy':{'bridges':[1]}}",
         "policy.bridges: an integer where a string was expected"},
        {"{'policy':{'bridges':['']}}",
         "policy.bridges: '' is not a pattern: one '*' may stand at its end"},
        {"{'policy':{'bridges':['*br']}}",
         "policy.bridges: '*br' is not a pattern: one '*' may stand at its "
         "end"},
        {"{'policy':{'bridges':['a*b']}}",
         "policy.bridges: 'a*b' is not a pattern: one '*' may stand at its "
         "end"},
        {"{'policy':{'bridges':['a'],'bridges':['b']}}",
         "policy.bridges: stands there twice"},
        {"{'policy':{'vlans':'4095'}}",
         "policy.vlans: '4095' is not a list of VLAN ids and ranges within "
         "1-4094 (10,20-29)"},
        {"{'policy':{'vlans':4095}}",
         "policy.vlans: '4095' is not a list of VLAN ids and ranges within "
         "1-4094 (10,20-29)"},
        {"{'policy':{'vlans':{}}}",
         "policy.vlans: an object where a list of VLANs was expected"},
        {"{'policy':{'vlans':[null]}}",
         "policy.vlans: null where a list of VLANs was expected"},
        {"{'policy':{'trunks':'10-'}}",
         "policy.trunks: '10-' is not a list of VLAN ids and ranges within "
         "1-4094 (10,20-29)"},
        {"{'policy':{'trunks':true}}",
         "policy.trunks: a boolean where a list of VLANs was expected"},
        {"{'policy':{'types':'veth'}}",
         "policy.types: a string where a list of strings was expected"},
        {"{'policy':{'types':['tap']}}",
         "policy.types: 'tap' is not a type of vNIC (internal or veth)"},
        {"{'policy':{'types':[1]}}",
         "policy.types: an integer where a string was expected"},
        {"{'policy':{'macs':['02:00:*',7]}}",
         "policy.macs: an integer where a string was expected"},
        {"{'policy':{'macs':['xx:*']}}",
         "policy.macs: 'xx:*' is not a MAC address or the beginning of one "
         "(02:00:*)"},
        {"{'policy':{'macs':['0*2']}}",
         "policy.macs: '0*2' is not a pattern: one '*' may stand at its end"},
        {"{'policy':{'macs':['02:00']}}",
         "policy.macs: '02:00' is not a MAC address or the beginning of one "
         "(02:00:*)"},
        {"{'policy':{'macs':['02:00:00:00:00:0g']}}",
         "policy.macs: '02:00:00:00:00:0g' is not a MAC address or the "
         "beginning of one (02:00:*)"},
        {"{'policy':{'max-rate':7}}",
         "policy.max-rate: 7 is not within 8-100000000"},
        {"{'policy':{'max-rate':'1000'}}",
         "policy.max-rate: a string where a whole number was expected"},
        {"{'policy':{'max-rate':100000001}}",
         "policy.max-rate: 100000001 is not within 8-100000000"},
        {"{'policy':{'named-networks-only':'true'}}",
         "policy.named-networks-only: a string where true or false was "
         "expected"},
        {"{'policy':{'named-networks-only':1}}",
         "policy.named-networks-only: an integer where true or false was "
         "expected"},
        {"{'policy':{'uplinks':'eth1'}}",
         "policy.uplinks: a string where a list of strings was expected"},
        {"{'policy':{'uplinks':['*1']}}",
         "policy.uplinks: '*1' is not a pattern: one '*' may stand at its end"},
        {"{'policy':{'default':'closed'}}",
         "policy.default: 'closed' is neither deny nor allow"},
        {"{'policy':{'annotation-key':'a.b'}}",
         "policy.annotation-key: it is not 1-63 letters, digits, '-' and '_'"},
        {"{'policy':{'annotation-key':''}}",
         "policy.annotation-key: it is not 1-63 letters, digits, '-' and '_'"},
        {"{'policy':{'max-interfaces':17}}",
         "policy.max-interfaces: 17 is not within 0-16"},
        {"{'policy':{'vlan-modes':['none']}}", "policy.vlan-modes: 'none' is"},
        {"{'policy':{'vlan-modes':'access'}}",
         "policy.vlan-modes: a string where a list of strings was expected"},
        {"{'policy':{'trunks':'none'}}", "policy.trunks: 'none' is not a list"},
        {"{'policy':{'addresses':['10.0.0.0']}}",
         "policy.addresses: '10.0.0.0' is not a prefix (10.0.0.0/24)"},
        {"{'policy':{'addresses':'10.0.0.0/8'}}",
         "policy.addresses: a string where a list of strings was expected"},
        {"{'policy':{'max-addresses':-1}}",
         "policy.max-addresses: -1 is not within 0-8"},
        {"{'pools':{}}", "pools: an object where a list of objects was "
                         "expected"},
        {"{'pools':[7]}", "pools[0]: an integer where an object was expected"},
        {"{'pools':[{'bridge':'br0','pool':1},{'bridge':'br0'}]}",
         "pools[1]: pool is missing"},
        {"{'pools':[{'bridge':'br0','pool':0}]}",
         "pools[0].pool: '0' is not a number of ports (1-256)"},
        {"{'pools':[{'bridge':'br0','pool':257}]}",
         "pools[0].pool: '257' is not a number of ports (1-256)"},
        {"{'pools':[{'bridge':'br0','pool':1,'mtu':1400}]}",
         "pools[0].mtu: a pool knows bridge, vlan, trunks, vlan-mode, "
         "isolated-ports and pool"},
        {"{'pools':[{'pool':1,'subnets':[{'subnet':'10.0.0.0/24'}]}]}",
         "pools[0].subnets: a pool has none"},
        {"{'pools':[{'pool':1,'vlan':9,'vlan-mode':'trunk'}]}",
         "pools[0].vlan-mode: a trunk has no vlan"},
        {"{'networks':{'lan':{'pool':1,'type':'veth'}}}",
         "networks.lan.pool: only internal ports can be kept ready"},
        {"{'policy':{'max-pool':257}}",
         "policy.max-pool: 257 is not within 0-256"},
        {"{'policy':{'max-mtu':65536}}",
         "policy.max-mtu: 65536 is not within 0-65535"},
        {"{'policy':{'ofports':'0'}}", "policy.ofports: '0' is not a list"},
        {"{'policy':{'ofports':'9-8'}}", "policy.ofports: '9-8' is not a list"},
        {"{'policy':{'ofports':'1,,2'}}", "policy.ofports: '1,,2' is not a"},
        {"{'policy':{'ofports':'65280'}}", "policy.ofports: '65280' is not a"},
        {"{'policy':{'ofports':[]}}",
         "policy.ofports: an array where a list of numbers was expected"},
        {"{'policy':{'publish':'1-65536'}}", "policy.publish: '1-65536' is"},
        {"{'policy':{'modes':['bridged']}}",
         "policy.modes: 'bridged' is none of flat, isolated, nat"},
        {"{'policy':{'host-access':'yes'}}",
         "policy.host-access: a string where true or false was expected"},
        {"{'policy':{'host-ips':[1]}}", "policy.host-ips: an integer where"},
        {"{'policy':{'external-ids':{}}}",
         "policy.external-ids: an object where a list of strings was expected"},
    };

    check(table, ARRAY_LEN(table));
}

TEST(limits)
{
    auto_buf struct buf text = BUF_INIT(4u << 20);
    struct settings settings = {0};
    struct err err = {0};

    buf_add_text(&text, "{'networks':{");
    for (int i = 0; i <= LIMIT_NETWORKS; i++)
        buf_addf(&text, "%s'n%d':{}", i ? "," : "", i);
    buf_add_text(&text, "}}");
    CHECK_ERR(model_settings(buf_text(&text), &settings, &err), EINVAL, err,
              "ovsint.json: networks: more than 1024 networks");
    buf_clear(&text);
    while (text.size <= LIMIT_CONFIG_SIZE)
        buf_add_text(&text, "                ");
    buf_add_text(&text, "{}");
    CHECK_ERR(model_settings(buf_text(&text), &settings, &err), EFBIG, err,
              "ovsint.json: ");
}

TEST_MAIN
