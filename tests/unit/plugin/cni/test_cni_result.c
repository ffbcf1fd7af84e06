/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What the CNI plugin answers, in each version. */
#include "plugin/cni/dns.h"
#include "plugin/cni/result.h"

#include <errno.h>

#include "tests/lib/model.h"

static void check_text(const struct buf *is, const char *want)
{
    auto_free char *text = model_quotes(want);

    CHECK(!is->overflow);
    CHECK_STR(buf_text(is), text);
}

TEST(versions)
{
    auto_buf struct buf text = BUF_INIT(4096);

    for (int v = 0; v < CNI_VERSIONS; v++)
        CHECK_EQ(cni_version_find(cni_version_name((enum cni_version)v)), v);
    CHECK_EQ(cni_version_find("0.2.0"), -EINVAL);
    CHECK_EQ(cni_version_find("1.0"), -EINVAL);
    CHECK_EQ(cni_version_find(""), -EINVAL);
    cni_version_list(&text);
    CHECK_STR(buf_text(&text), "0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0");
    buf_clear(&text);
    cni_result_version(CNI_1_1_0, &text);
    check_text(&text, "{'cniVersion':'1.1.0','supportedVersions':['0.3.0',"
                      "'0.3.1','0.4.0','1.0.0','1.1.0']}\n");
}

static const struct {
    enum cni_version version;
    const char *spec, *dns, *text;
} results[] = {
    {CNI_1_0_0, "{'ifname':'eth0','bridge':'br0'}", NULL,
     "{'cniVersion':'1.0.0','interfaces':[{'name':'eth0','mac':'02:00:00:00:00:"
     "01','sandbox':'/run/netns/a'}],'ips':[],'routes':[],'dns':{}}\n"},
    {CNI_1_1_0,
     "{'ifname':'net1','bridge':'br0','type':'veth','ip':['10.0.0.5/24','fd00::"
     "5/64'],'gateway':['10.0.0.1','fd00::1'],'routes':['10.9.0.0/16 via "
     "10.0.0.2']}",
     "{'nameservers':['10.0.0.3']}",
     "{'cniVersion':'1.1.0','interfaces':[{'name':'ovhost'},{'name':'net1',"
     "'mac':'02:00:00:00:00:01','sandbox':'/run/netns/a'}],'ips':[{'address':"
     "'10.0.0.5/24','gateway':'10.0.0.1','interface':1},{'address':'fd00::5/"
     "64','gateway':'fd00::1','interface':1}],'routes':[{'dst':'0.0.0.0/0',"
     "'gw':'10.0.0.1'},{'dst':'::/0','gw':'fd00::1'},{'dst':'10.9.0.0/16','gw':"
     "'10.0.0.2'}],'dns':{'nameservers':['10.0.0.3']}}\n"},
    /* Before 1.0.0 an address tells its family. */
    {CNI_0_3_1,
     "{'ifname':'eth0','bridge':'br0','ip':['10.0.0.5/24','fd00::5/64']}", NULL,
     "{'cniVersion':'0.3.1','interfaces':[{'name':'eth0','mac':'02:00:00:00:00:"
     "01','sandbox':'/run/netns/a'}],'ips':[{'version':'4','address':'10.0.0.5/"
     "24','interface':0},{'version':'6','address':'fd00::5/64','interface':0}],"
     "'routes':[],'dns':{}}\n"},
    {CNI_0_4_0,
     "{'ifname':'eth0','bridge':'br0','ip':['10.0.0.5/32'],'gateway':['10.7.0."
     "1']}",
     NULL,
     "{'cniVersion':'0.4.0','interfaces':[{'name':'eth0','mac':'02:00:00:00:00:"
     "01','sandbox':'/run/netns/a'}],'ips':[{'version':'4','address':'10.0.0.5/"
     "32','gateway':'10.7.0.1','interface':0}],'routes':[{'dst':'0.0.0.0/0',"
     "'gw':'10.7.0.1'}],'dns':{}}\n"},
};

TEST(add)
{
    static const struct mac mac = {{2, 0, 0, 0, 0, 1}};

    for (size_t i = 0; i < ARRAY_LEN(results); i++) {
        auto_buf struct buf text = BUF_INIT(4096);
        auto_json struct json *dns = NULL;
        auto_free char *dns_text = model_quotes(results[i].dns ?: "null");
        struct attachment spec;
        struct err err = {0};
        CHECK_OK(model_read(results[i].spec, &spec, &err), err);
        CHECK_OK(
            json_parse(dns_text, strlen(dns_text), &model_limits, &dns, &err),
            err);
        const struct cni_made made = {.spec = &spec,
                                      .mac = &mac,
                                      .netns = "/run/netns/a",
                                      .port = "ovhost",
                                      .dns = results[i].dns ? dns : NULL};
        cni_result_add(results[i].version, &made, &text);
        check_text(&text, results[i].text);
    }
}

TEST(dns_of_the_lan_if_nobody_else_says_any)
{
    static const char *const texts[] = {
        "{'nameservers':['10.0.0.53'],'search':['lab.example','b.example']}",
        "{'domain':'x'}"};
    auto_json struct json *dns = NULL;
    auto_free char *other = model_quotes(texts[1]);
    struct dhcp_dns lan = {.server_count = 1,
                           .search = "lab.example b.example"};
    struct err err = {0};

    CHECK_EQ(parse_ip("10.0.0.53", &lan.servers[0]), 0);
    CHECK_OK(json_parse(other, strlen(other), &model_limits, &dns, &err), err);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        auto_buf struct buf text = BUF_INIT(4096);
        struct json_writer w = JSON_WRITER(&text);
        dns_write(NULL, i ? dns : NULL, &lan, &w);
        check_text(&text, texts[i]);
    }
}

/* Neither text may tell a runtime that there was nothing to be done. */
TEST(errors)
{
    struct cni_failure failure = {.code = CNI_TRY_LATER};
    auto_buf struct buf text = BUF_INIT(4096);

    err_set(&failure.err, ENOENT,
            "connect to x: No such file or directory, or not found");
    cni_result_error(CNI_0_4_0, &failure, &text);
    check_text(&text, "{'cniVersion':'0.4.0','code':11,'msg':'connect to x: "
                      "the file does not exist, or missing','details':'check "
                      "that ovsdb-server and ovs-vswitchd run; the call can be "
                      "repeated'}\n");
}

TEST(each_code_says_what_to_look_at)
{
    static const enum cni_code codes[] = {
        CNI_BAD_VERSION, CNI_NO_CONTAINER,  CNI_BAD_ENVIRONMENT,
        CNI_BAD_INPUT,   CNI_NOT_JSON,      CNI_BAD_CONFIGURATION,
        CNI_TRY_LATER,   CNI_NOT_AVAILABLE, CNI_COULD_NOT};

    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        const struct cni_failure failure = {codes[i], {EIO, "it went wrong"}};
        auto_buf struct buf text = BUF_INIT(4096);
        auto_json struct json *json = NULL;
        struct err err = {0};
        int64_t code;
        cni_result_error(CNI_1_0_0, &failure, &text);
        CHECK_OK(json_parse(text.data, text.size, &model_limits, &json, &err),
                 err);
        CHECK(json_int(json_get(json, "code"), &code) && code == codes[i]);
        CHECK_STR(json_string(json_get(json, "msg")), "it went wrong");
        CHECK(strlen(json_string(json_get(json, "details"))) > 20);
    }
}

TEST_MAIN
