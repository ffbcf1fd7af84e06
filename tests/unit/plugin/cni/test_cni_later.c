/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Which plugins of a list cannot work behind an internal port. */
#include "plugin/cni/later.h"

#include "tests/lib/model.h"

#define OURS "{'type':'ovsint','bridge':'br0'}"
#define LIST(plugins) "{'name':'lan','plugins':[" plugins "]}"
#define TUNING(key) "{'type':'tuning','sysctl':{'" key "':'1'}}"

static const char *needs(const char *list)
{
    static const struct json_limits limits = {.size = 4096,
                                              .depth = LIMIT_JSON_DEPTH};
    auto_free char *text = model_quotes(list);
    auto_json struct json *read = NULL;
    struct err err = {0};

    CHECK_OK(json_parse(text, strlen(text), &limits, &read, &err), err);
    const char *type = later_needs_name(read, "lan", "eth0");
    static char ret[32];
    snprintf(ret, sizeof(ret), "%s", type ? type : "none");
    return ret;
}

TEST(lists)
{
    static const struct {
        const char *list, *type;
    } table[] = {
        {LIST(OURS), "none"},
        {LIST(OURS ",{'type':'portmap'},{'type':'firewall'}"), "none"},
        {LIST(OURS "," TUNING("net.ipv4.conf.eth0.arp_notify")), "tuning"},
        {LIST(OURS "," TUNING("net/ipv6/conf/eth0/accept_ra")), "tuning"},
        {LIST(OURS "," TUNING("net.ipv4.conf.IFNAME.arp_filter")), "tuning"},
        {LIST(OURS "," TUNING("net.ipv4.conf.eth01.arp_notify")), "none"},
        {LIST(OURS "," TUNING("net.core.somaxconn")), "none"},
        {LIST(OURS ",{'type':'tuning','mtu':1400}"), "none"},
        {LIST(OURS ",{'type':'bandwidth','ingressRate':1000}"), "bandwidth"},
        {LIST(OURS ",{'type':'bandwidth','egressRate':1000}"), "bandwidth"},
        {LIST(OURS ",{'type':'bandwidth','egressRate':0}"), "none"},
        {LIST(OURS ",{'type':'bandwidth','capabilities':{'bandwidth':true}}"),
         "none"},
        {LIST(OURS ",{'type':'portmap'}," TUNING("net.ipv4.conf.eth0.x")),
         "tuning"},
        /* Before ours it is about somebody else's interface. */
        {LIST(TUNING("net.ipv4.conf.eth0.arp_notify") "," OURS), "none"},
        {LIST(TUNING("net.ipv4.conf.eth0.arp_notify")), "none"},
        {"{'name':'other','plugins':[" OURS
         "," TUNING("net.ipv4.conf.eth0.x") "]}",
         "none"},
        /* No list at all, or other things in it. */
        {"{}", "none"},
        {"[]", "none"},
        {"{'name':'lan','plugins':{}}", "none"},
        {"{'name':'lan','plugins':[1,'a',null]}", "none"},
        {"{'name':1,'plugins':[" OURS "]}", "none"},
        {LIST(OURS ",{'type':1},{'type':'tuning','sysctl':[1]}"), "none"},
        {LIST(OURS ",{'type':'bandwidth','ingressRate':'x'}"), "none"},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        CHECK_STR(needs(table[i].list), table[i].type);
}

TEST_MAIN
