/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The canonical JSON of attachments, as the port's row keeps it. */
#include <errno.h>
#include <sys/socket.h>

#include "tests/lib/model.h"

#define CHECK_SAME(member) \
    CHECK(memcmp(&a->member, &b->member, sizeof(a->member)) == 0)

static bool same_prefix(const struct ip_prefix *a, const struct ip_prefix *b)
{
    return ip_equal(&a->ip, &b->ip) && a->len == b->len;
}

static void check_same(const struct attachment *a, const struct attachment *b)
{
    CHECK_STR(b->ifname, a->ifname);
    CHECK_STR(b->network, a->network);
    CHECK_STR(b->bridge, a->bridge);
    CHECK_SAME(type);
    CHECK_SAME(vlan);
    CHECK_SAME(vlan_mode);
    CHECK_SAME(trunks);
    CHECK_SAME(ip_count);
    for (size_t i = 0; i < a->ip_count; i++)
        CHECK(same_prefix(&a->ip[i], &b->ip[i]));
    CHECK_SAME(ip_auto);
    CHECK_SAME(gateway);
    CHECK_SAME(gateway_count);
    CHECK_SAME(route_count);
    for (size_t i = 0; i < a->route_count; i++) {
        CHECK(same_prefix(&a->routes[i].to, &b->routes[i].to));
        CHECK(ip_equal(&a->routes[i].via, &b->routes[i].via));
    }
    CHECK_SAME(isolated);
    CHECK_SAME(accepts_ra);
    CHECK_SAME(skip_dad);
    CHECK_SAME(mac);
    CHECK_SAME(mtu);
    CHECK_SAME(takes_default);
    CHECK_SAME(storm);
    CHECK_SAME(rate_kbit);
    CHECK_SAME(burst_kbit);
    CHECK_SAME(external_ids);
    CHECK_SAME(external_id_count);
    CHECK_SAME(ofport_request);
}

/* Every member; those with a limit at their largest. */
TEST(round_trip_is_exact)
{
    static const char ids[] = {"a,b\\,c\\\\\"quoted\" = \xc3\xa9"};
    struct attachment a = {.ifname = "a.b-c_d@e",
                           .network = "n.1",
                           .bridge = "br=0",
                           .type = VNIC_VETH,
                           .vlan = 4094,
                           .vlan_mode = VLAN_MODE_NATIVE_TAGGED,
                           .ip_auto = true,
                           .isolated = true,
                           .accepts_ra = true,
                           .skip_dad = true,
                           .mac = {{0x02, 0xff, 0, 1, 2, 3}},
                           .mtu = 65535,
                           .takes_default = true,
                           .storm = 10000000,
                           .rate_kbit = 100000000,
                           .burst_kbit = 4000000,
                           .ofport_request = 65279};
    for (unsigned vlan = 1; vlan < 4095; vlan += 2)
        vlan_set_add(&a.trunks, vlan);
    for (; a.ip_count < LIMIT_ADDRESSES; a.ip_count++) {
        a.ip[a.ip_count].ip.family = AF_INET6;
        a.ip[a.ip_count].ip.bytes[0] = 0xfd;
        a.ip[a.ip_count].ip.bytes[15] = (uint8_t)(a.ip_count + 1);
        a.ip[a.ip_count].len = 64;
    }
    a.gateway[a.gateway_count++] = (struct ip){AF_INET6, {0xfe, 0x80, 9}};
    a.gateway[a.gateway_count++] = (struct ip){AF_INET, {10, 0, 0, 1}};
    for (; a.route_count < LIMIT_ROUTES; a.route_count++) {
        struct route *route = &a.routes[a.route_count];
        route->to.ip = (struct ip){AF_INET, {10, (uint8_t)a.route_count}};
        route->to.len = 16;
        route->via = (struct ip){AF_INET, {10, 0, 0, 7}};
    }
    for (; a.external_id_count < LIMIT_EXTERNAL_IDS; a.external_id_count++) {
        struct external_id *id = &a.external_ids[a.external_id_count];
        snprintf(id->key, sizeof(id->key), "key=%zu", a.external_id_count);
        id->key[3] = ':';
        memcpy(id->value, ids, sizeof(ids));
        for (size_t i = sizeof(ids) - 1; i < sizeof(id->value) - 1; i++)
            id->value[i] = ',';
    }

    auto_free char *spec = model_spec(&a);
    struct attachment back = {0};
    struct err err = {0};
    auto_buf struct buf text = BUF_INIT(ATTACHMENT_TEXT_SIZE);
    auto_json struct json *json = NULL;
    struct json_writer w = JSON_WRITER(&text);
    attachment_write(&a, &w);
    CHECK_OK(json_parse(text.data, text.size, &model_limits, &json, &err), err);
    CHECK_OK(attachment_read(json, &back, &err), err);
    check_same(&a, &back);
    CHECK(strlen(spec) > 10000);
}

TEST(refuses_edited_specs)
{
    static const struct {
        const char *spec, *text;
    } table[] = {
        {"{}", "stored attachment: no ifname"},
        {"[]", "stored attachment: no ifname"},
        {"{'ifname':7,'bridge':'br0'}", "stored attachment: no ifname"},
        {"{'ifname':'eth0'}", "stored attachment: no bridge"},
        {"{'ifname':'lo','bridge':'br0'}", "is the loopback device"},
        {"{'ifname':'a/b','bridge':'br0'}", "'a/b' is not"},
        {"{'ifname':'eth0','bridge':'br0','vlan':4095}",
         "'4095' is not a VLAN id"},
        {"{'ifname':'eth0','bridge':'br0','vlan':1.5}",
         "a number that is no 64-bit integer cannot stand here"},
        {"{'ifname':'eth0','bridge':'br0','vlan':{}}",
         "an object cannot stand here"},
        {"{'ifname':'eth0','bridge':'br0','ip':[['10.0.0.1/8']]}",
         "an array cannot stand here"},
        {"{'ifname':'eth0','bridge':'br0','bridge':'br1'}",
         "stands there twice"},
        {"{'ifname':'eth0','bridge':'br0','future':1}", "unknown key 'future'"},
        {"{'ifname':'eth0','bridge':'br0','external-ids':{'k':1}}",
         "the value of 'k' is an integer, not a string"},
        {"{'ifname':'eth0','bridge':'br0','external-ids':{'a,b':'c'}}",
         "key 'a,b' has a comma"},
        {"{'ifname':'eth0','bridge':'br0','external-ids':{}}",
         "'' is not of the form key=value"},
        {"{'ifname':'eth0','bridge':'br0','external-ids':{'ovsint-x':'c'}}",
         "is reserved"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct attachment a = {.vlan = 7}, untouched = a;
        struct err err = {0};
        CHECK_ERR(model_read(table[i].spec, &a, &err), EINVAL, err,
                  table[i].text);
        CHECK(memcmp(&a, &untouched, sizeof(a)) == 0);
    }
}

TEST_MAIN
