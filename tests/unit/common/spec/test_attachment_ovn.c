/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Ports on logical switches: what is asked for, and what is refused. */
#include <errno.h>

#include "tests/lib/model.h"

struct example {
    const char *config, *annotations;
    int code;
    const char *text; /* the canonical form, or the message */
};

static void check(const struct example *table, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        struct attachment list[LIMIT_ATTACHMENTS];
        struct err err = {0};
        size_t count = 0;
        int r = model_attachments(table[i].config, table[i].annotations, list,
                                  &count, &err);
        CHECK_EQ(-r, table[i].code);
        if (table[i].code) {
            CHECK_STR(err.text, table[i].text);
            continue;
        }
        CHECK_EQ(count, 1);
        auto_free char *spec = model_spec(&list[0]);
        CHECK_STR(spec, table[i].text);
        struct attachment again;
        CHECK_OK(model_read(spec, &again, &err), err);
        auto_free char *written = model_spec(&again);
        CHECK_STR(written, spec);
    }
}

TEST(the_bridge_is_ovns_and_the_guard_is_full)
{
    static const struct example table[] = {
        {"{'default-bridge':'br0'}",
         "{'ovsint.ovn':'web','ovsint.ip':'10.0.0.5/24'}", 0,
         "{'ifname':'eth0','bridge':'br-int','ovn':'web','guard':'full','ip':["
         "'10.0.0.5/24']}"},
        {"{'ovn':{'bridge':'br-ovn'}}", "{'ovsint.ovn':'web'}", 0,
         "{'ifname':'eth0','bridge':'br-ovn','ovn':'web','guard':'full'}"},
        {"{}", "{'ovsint.ovn':'web','ovsint.guard':'off'}", 0,
         "{'ifname':'eth0','bridge':'br-int','ovn':'web'}"},
        {"{'networks':{'app':{'ovn':'web','mtu':1400}}}",
         "{'ovsint.network':'app'}", 0,
         "{'ifname':'eth0','network':'app','bridge':'br-int','ovn':'web',"
         "'guard':'full','mtu':1400}"},
        {"{}", "{'ovsint.ovn':'web','ovsint.dns-name':'Shop-DB'}", 0,
         "{'ifname':'eth0','bridge':'br-int','ovn':'web','guard':'full',"
         "'dns-name':'shop-db'}"},
        /* elsewhere it is a key as any other */
        {"{'ovn':{'bridge':'br-ovn'}}",
         "{'ovsint.bridge':'br-int','ovsint.external-ids':'iface-id=x'}", 0,
         "{'ifname':'eth0','bridge':'br-int','external-ids':{'iface-id':'x'}}"},
        {"{'policy':{'default':'allow','external-ids':['iface-id']}}",
         "{'ovsint.bridge':'br-int','ovsint.external-ids':'iface-id=x'}", 0,
         "{'ifname':'eth0','bridge':'br-int','external-ids':{'iface-id':'x'}}"},
    };

    check(table, ARRAY_LEN(table));
}

TEST(what_is_not_together_with_ovn)
{
    static const struct example table[] = {
        {"{}", "{'ovsint.ovn':'a b'}", EINVAL,
         "annotation ovsint.ovn: 'a b' is not the name of a logical switch "
         "(1-63 printable characters without blank, comma or slash)"},
        {"{}", "{'ovsint.bridge':'br0','ovsint.dns-name':'db'}", EINVAL,
         "annotation ovsint.dns-name: without ovn nobody answers for it"},
        {"{}", "{'ovsint.ovn':'web','ovsint.bridge':'br0'}", EINVAL,
         "annotation ovsint.bridge: not together with ovn: the bridge is "
         "OVN's, "
         "ovn.bridge in the configuration"},
        {"{}", "{'ovsint.ovn':'web','ovsint.trunks':'1'}", EINVAL,
         "annotation ovsint.trunks: not together with ovn: a logical switch is "
         "one segment"},
        {"{}", "{'ovsint.ovn':'web','ovsint.isolated-ports':'true'}", EINVAL,
         "annotation ovsint.isolated-ports: not together with ovn: write an "
         "ACL "
         "of OVN"},
        {"{}", "{'ovsint.ovn':'web','ovsint.type':'veth'}", EINVAL,
         "annotation ovsint.type: a port of a logical switch is of type "
         "internal"},
        {"{}", "{'ovsint.ovn':'web','ovsint.ip':'dhcp'}", EINVAL,
         "annotation ovsint.ip: not together with ovn: on a logical switch "
         "ovsint reserves addresses for all hosts, ask for auto"},
        {"{}", "{'ovsint.ovn':'web','ovsint.external-ids':'iface-id-ver=1'}",
         EINVAL,
         "annotation ovsint.external-ids: with ovn, ovsint itself sets "
         "'iface-id-ver'"},
        {"{}", "{'ovsint.bridge':'br-int','ovsint.external-ids':'iface-id=x'}",
         EPERM,
         "annotation ovsint.external-ids: key 'iface-id' on bridge br-int, "
         "which is OVN's, would take what is sent to another port: ask for "
         "ovn=NAME, or an administrator may name it in policy.external-ids"},
        {"{'default-bridge':'br-int'}", "{'ovsint.external-ids':'iface-id=x'}",
         EPERM,
         "annotation ovsint.external-ids: key 'iface-id' on bridge br-int, "
         "which is OVN's, would take what is sent to another port: ask for "
         "ovn=NAME, or an administrator may name it in policy.external-ids"},
        {"{'policy':{}}", "{'ovsint.ovn':'web'}", EPERM,
         "annotation ovsint.ovn: logical switch 'web' is not allowed by the "
         "policy, which does not name it: an administrator may add \"ovn\": "
         "[\"web\"] to \"policy\""},
        {"{'policy':{'ovn':['dev-*']}}", "{'ovsint.ovn':'web'}", EPERM,
         "annotation ovsint.ovn: logical switch 'web' is not allowed by the "
         "policy (policy.ovn: dev-*)"},
    };

    check(table, ARRAY_LEN(table));
}

TEST(the_policy_allows_it_by_name)
{
    static const struct example table[] = {
        /* A logical switch has no VLANs that the policy would have to name. */
        {"{'policy':{'ovn':['dev-*']}}", "{'ovsint.ovn':'dev-1'}", 0,
         "{'ifname':'eth0','bridge':'br-int','ovn':'dev-1','guard':'full'}"},
    };

    check(table, ARRAY_LEN(table));
}

TEST(the_configuration_of_a_network)
{
    auto_settings struct settings settings = {0};
    struct err err = {0};

    CHECK_ERR(model_settings("{'networks':{'app':{'ovn':'web','vlan':1}}}",
                             &settings, &err),
              EINVAL, err, "networks.app.vlan: not together with ovn");
    CHECK_ERR(model_settings("{'networks':{'app':{'ovn':'web','pool':4}}}",
                             &settings, &err),
              EINVAL, err, "networks.app.pool: not together with ovn");
    CHECK_ERR(model_settings("{'ovn':{'northbound':'tcp:1.2.3.4:6641'}}",
                             &settings, &err),
              EINVAL, err, "is not the address of a Unix socket");
    CHECK_OK(model_settings("{'ovn':{'northbound':'unix:/run/nb'}}", &settings,
                            &err),
             err);
    CHECK_STR(settings.northbound, "unix:/run/nb");
    CHECK_STR(settings.ovn_bridge, "br-int");
}

TEST_MAIN
