/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The source guard that a port has if nobody chooses one. */
#include "plugin/docker/resolve.h"
#include "tests/lib/model.h"

#define ON(rest) "{'ovsint.bridge':'br0'" rest "}"
#define ADDRESS ",'ovsint.ip':'10.0.0.5/24'"

static const struct {
    const char *config, *annotations;
    enum source_guard guard;
    bool unsaid;
} table[] = {
    /* with an address that is known, or will be by us */
    {"{}", ON(ADDRESS), SOURCE_GUARD_FULL, true},
    {"{}", ON(ADDRESS ",'ovsint.vlan':'10'"), SOURCE_GUARD_FULL, true},
    {"{}", ON(ADDRESS ",'ovsint.type':'veth'"), SOURCE_GUARD_FULL, true},
    {"{}", ON(",'ovsint.ip':'dhcp'"), SOURCE_GUARD_FULL, true},
    {"{}", ON(",'ovsint.ip':'slaac'"), SOURCE_GUARD_FULL, true},
    {"{'networks':{'lan':{'bridge':'br0','subnets':[{'subnet':'10.0.0.0/24'"
     "}],'ip':'auto'}}}",
     "{'ovsint.network':'lan'}", SOURCE_GUARD_FULL, true},
    /* with none */
    {"{}", ON(""), SOURCE_GUARD_MAC, true},
    {"{}", ON(",'ovsint.vlan':'10'"), SOURCE_GUARD_MAC, true},
    {"{}", ON(",'ovsint.accept-ra':'true'"), SOURCE_GUARD_MAC, true},
    {"{}", ON(",'ovsint.guard-also':'10.0.0.9'"), SOURCE_GUARD_FULL, true},
    /* what is behind it is its own business */
    {"{}", ON(ADDRESS ",'ovsint.trunks':'10-20'"), SOURCE_GUARD_MAC, true},
    {"{}", ON(ADDRESS ",'ovsint.vlan-mode':'trunk'"), SOURCE_GUARD_MAC, true},
    {"{}",
     ON(ADDRESS ",'ovsint.vlan':'5','ovsint.trunks':'10-20',"
                "'ovsint.vlan-mode':'native-untagged'"),
     SOURCE_GUARD_MAC, true},
    {"{}", ON(ADDRESS ",'ovsint.vlan':'5','ovsint.vlan-mode':'dot1q-tunnel'"),
     SOURCE_GUARD_MAC, true},
    /* OVN's */
    {"{}", "{'ovsint.ovn':'web'}", SOURCE_GUARD_FULL, true},
    {"{}", "{'ovsint.bridge':'br-int'" ADDRESS "}", SOURCE_GUARD_OFF, true},
    {"{'ovn':{'bridge':'br0'}}", ON(ADDRESS), SOURCE_GUARD_OFF, true},
    /* somebody has chosen */
    {"{}", ON(ADDRESS ",'ovsint.guard':'off'"), SOURCE_GUARD_OFF, false},
    {"{}", ON(ADDRESS ",'ovsint.guard':'mac'"), SOURCE_GUARD_MAC, false},
    {"{}", ON(",'ovsint.trunks':'10','ovsint.guard':'full'" ADDRESS),
     SOURCE_GUARD_FULL, false},
    {"{'networks':{'lan':{'bridge':'br0','guard':'off','refine':['ip']}}}",
     "{'ovsint.network':'lan'" ADDRESS "}", SOURCE_GUARD_OFF, false},
    {"{'policy':{'default':'allow','guard':'off'}}", ON(ADDRESS),
     SOURCE_GUARD_OFF, false},
    {"{'policy':{'default':'allow','guard':'mac'}}", ON(ADDRESS),
     SOURCE_GUARD_MAC, false},
    /* a policy that does not name it */
    {"{'policy':{'default':'allow'}}", ON(ADDRESS), SOURCE_GUARD_FULL, true},
    {"{'policy':{'bridges':['br0'],'trunks':'all','addresses':['0.0.0.0/0'],"
     "'vlan-modes':['trunk']}}",
     ON(ADDRESS ",'ovsint.vlan-mode':'trunk','ovsint.guard':'off'"),
     SOURCE_GUARD_OFF, false},
};

TEST(by_annotations)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_settings struct settings settings = {0};
        auto_free char *text = model_quotes(table[i].annotations);
        auto_json struct json *json = NULL;
        struct attachment list[LIMIT_ATTACHMENTS];
        struct err err = {0};
        size_t count;
        CHECK_OK(model_settings(table[i].config, &settings, &err), err);
        CHECK_OK(json_parse(text, strlen(text), &model_limits, &json, &err),
                 err);
        CHECK_OK(
            attachments_from_annotations(json, &settings, list, &count, &err),
            err);
        CHECK_STR(source_guard_name(list[0].guard),
                  source_guard_name(table[i].guard));
        CHECK(list[0].guard_unsaid == table[i].unsaid);
    }
}

static const struct {
    const char *network_row, *ip;
    enum source_guard guard;
} docker[] = {
    {"{'options':{'bridge':'br0'}}", "10.9.0.1/24", SOURCE_GUARD_FULL},
    {"{'options':{'bridge':'br0'}}", NULL, SOURCE_GUARD_MAC},
    {"{'options':{'bridge':'br0','guard':'off'}}", "10.9.0.1/24",
     SOURCE_GUARD_OFF},
    {"{'options':{'bridge':'br0','trunks':'10'}}", "10.9.0.1/24",
     SOURCE_GUARD_MAC},
    {"{}", "10.9.0.1/24", SOURCE_GUARD_FULL},
    /* its addresses come when the network has been resolved */
    {"{'options':{'network':'lan'}}", "10.9.0.1/24", SOURCE_GUARD_FULL},
    {"{'options':{'network':'lan'}}", NULL, SOURCE_GUARD_MAC},
};

TEST(by_docker)
{
    auto_settings struct settings settings = {0};
    struct err err = {0};

    CHECK_OK(model_settings("{'networks':{'lan':{'bridge':'br1'}}}", &settings,
                            &err),
             err);
    for (size_t i = 0; i < ARRAY_LEN(docker); i++) {
        auto_network_row struct network_row row = {0};
        auto_free char *text = model_quotes(docker[i].network_row);
        struct endpoint_request endpoint = {.addresses = {docker[i].ip, ""}};
        struct endpoint_plan plan;
        struct attachment host;
        CHECK_OK(network_row_read(text, &row, &err), err);
        CHECK_OK(
            endpoint_resolve(&row, &endpoint, &settings, "brd", &plan, &err),
            err);
        CHECK_STR(source_guard_name(plan.attachment.guard),
                  source_guard_name(docker[i].guard));
        /* the host on that network is the router */
        CHECK_OK(network_row_attachment(&row, &settings, "brd", &host, &err),
                 err);
        CHECK_EQ(host.guard, SOURCE_GUARD_OFF);
    }
}

TEST_MAIN
