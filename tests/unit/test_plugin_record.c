/* SPDX-License-Identifier: Apache-2.0 */
/* What Docker says of a network, to its record and back. */
#include "plugin/record.h"

#include <errno.h>

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
#define KEYS                                                                  \
    "network, bridge, vlan, trunks, vlan-mode, routes, dad, mac, mtu, type, " \
    "default, rate, burst, external-ids, ofport, mode, uplink, altname"

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
        /* what is wrong with a value is found when it is read */
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
        auto_buf struct buf text = BUF_INIT(RECORD_SIZE);
        auto_free char *want = model_quotes(table[i].want);
        struct err err = {0};
        CHECK_OK(record_write(json, &text, &err), err);
        CHECK_STR(buf_text(&text), want);
    }
}

TEST(internal_is_an_option_of_dockers_own)
{
    static const char text[] =
        "{\"Options\":{\"com.docker.network.internal\":true}}";
    auto_json struct json *json = NULL;
    auto_buf struct buf record = BUF_INIT(RECORD_SIZE);
    struct err err = {0};

    CHECK_OK(json_parse(text, strlen(text), &model_limits, &json, &err), err);
    CHECK_OK(record_write(json, &record, &err), err);
    CHECK_STR(buf_text(&record),
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
        {"{'ip':'10.0.0.1/24'}", "", "option ip: unknown key 'ip'"},
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
        auto_buf struct buf text = BUF_INIT(RECORD_SIZE);
        struct err err = {0};
        CHECK_ERR(record_write(json, &text, &err), EINVAL, err, table[i].text);
    }
}

TEST(a_record_has_a_limit)
{
    auto_buf struct buf options = BUF_INIT(1 << 20);
    auto_buf struct buf text = BUF_INIT(RECORD_SIZE);
    struct err err = {0};

    buf_addf(&options, "{'external-ids':'a=%0*d'}", (int)RECORD_SIZE, 0);
    auto_json struct json *json = request(buf_text(&options), "");
    CHECK_ERR(record_write(json, &text, &err), EMSGSIZE, err,
              "larger than 65536 bytes");
}

static int read_quoted(const char *text, struct record *ret, struct err *err)
{
    auto_free char *quoted = model_quotes(text);

    return record_read(quoted, ret, err);
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
        {"{}", MODE_ISOLATED, false, false, 0, 0, NULL},
        {"{'options':{},'pools':[]}", MODE_ISOLATED, false, false, 0, 0, NULL},
        {"{'options':{'mtu':'1400'}}", MODE_ISOLATED, false, false, 0, 0, NULL},
        {"{'options':{'bridge':'br0'}}", MODE_FLAT, false, false, 0, 0, NULL},
        {"{'options':{'network':'lan'}}", MODE_FLAT, false, false, 0, 0, NULL},
        {"{'options':{'vlan':'1'}}", MODE_FLAT, false, false, 0, 0, NULL},
        {"{'options':{'trunks':'1'}}", MODE_FLAT, false, false, 0, 0, NULL},
        {"{'options':{'uplink':'eth1'}}", MODE_FLAT, false, false, 0, 0,
         "eth1"},
        {"{'options':{'bridge':'br0','mode':'isolated'}}", MODE_ISOLATED, false,
         false, 0, 0, NULL},
        {"{'options':{'mode':'flat','altname':'true'},'internal':true}",
         MODE_FLAT, true, true, 0, 0, NULL},
        {"{'options':{'altname':'false'}}", MODE_ISOLATED, false, false, 0, 0,
         NULL},
        {"{'pools':[{'pool':'10.0.0.0/24','gateway':'10.0.0.1'},"
         "{'pool':'fd00::/64'}]}",
         MODE_ISOLATED, false, false, 2, 1, NULL},
        /* a later version may say more */
        {"{'more':{}}", MODE_ISOLATED, false, false, 0, 0, NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_record struct record record = {0};
        struct err err = {0};
        CHECK_OK(read_quoted(table[i].text, &record, &err), err);
        CHECK_EQ(record.mode, table[i].mode);
        CHECK_EQ(record.internal, table[i].internal);
        CHECK_EQ(record.altname, table[i].altname);
        CHECK_EQ(record.pool_count, table[i].pools);
        CHECK_EQ(record.gateway_count, table[i].gateways);
        CHECK_EQ(!record.uplink, !table[i].uplink);
        if (table[i].uplink)
            CHECK_STR(record.uplink, table[i].uplink);
    }
}

/* Rows can be edited by anybody. */
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
        {"{'options':{'mode':'nat'}}",
         "option mode: 'nat' is neither flat nor isolated"},
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
        auto_record struct record record = {0};
        struct err err = {0};
        int r = read_quoted(table[i].text, &record, &err);
        if (strcmp(table[i].want, "JSON") != 0)
            CHECK_ERR(r, EINVAL, err, table[i].want);
        else
            CHECK(r < 0 && err.code);
        CHECK(!record.document);
    }
}

TEST(more_subnets_than_addresses)
{
    auto_buf struct buf text = BUF_INIT(4096);
    auto_record struct record record = {0};
    struct err err = {0};

    buf_add_text(&text, "{'pools':[");
    for (int i = 0; i <= LIMIT_ADDRESSES; i++)
        buf_addf(&text, "%s{'pool':'10.%d.0.0/16'}", i ? "," : "", i);
    buf_add_text(&text, "]}");
    CHECK_ERR(read_quoted(buf_text(&text), &record, &err), EINVAL, err,
              "more than");
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
