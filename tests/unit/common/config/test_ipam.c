/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Ranges of addresses, and choosing a free one. */
#include "ovsint/config/ipam.h"

#include <errno.h>
#include <sys/socket.h>

#include "tests/lib/model.h"

#define MANY 300

/* The settings with one network "n" of these subnets. */
static void read_network(const char *subnets, struct settings *ret)
{
    auto_buf struct buf text = BUF_INIT(4096);
    struct err err = {0};

    buf_addf(&text, "{'networks':{'n':{'bridge':'br0','subnets':[%s]}}}",
             subnets);
    CHECK_OK(model_settings(buf_text(&text), ret, &err), err);
}

static struct ip ip_of(const char *text)
{
    struct ip ip = {0};

    CHECK_EQ(parse_ip(text, &ip), 0);
    return ip;
}

/* What is picked if `used` is taken (a list with blanks between, sorted
 * here). */
static int pick(const char *subnet, uint64_t seed, const char *used,
                char ret[IP_TEXT_SIZE], struct err *err)
{
    auto_settings struct settings settings = {0};
    auto_free char *copy = mem_text(used, strlen(used));
    struct ip list[16], ip;
    size_t count = 0;

    for (char *rest = copy, *word; (word = strsep(&rest, " "));) {
        if (*word)
            list[count++] = ip_of(word);
    }
    qsort(list, count, sizeof(*list), ipam_compare);
    read_network(subnet, &settings);
    int r = ipam_pick(&settings.networks[0].subnets[0], seed, list, count, &ip,
                      err);
    if (r == 0)
        ip_format(&ip, ret);
    return r;
}

TEST(picks)
{
    static const struct {
        const char *subnet;
        uint64_t seed;
        const char *used, *picked;
    } table[] = {
        {"{'subnet':'10.0.0.0/24'}", 0, "", "10.0.0.1"},
        {"{'subnet':'10.0.0.0/24'}", 253, "", "10.0.0.254"},
        {"{'subnet':'10.0.0.0/24'}", 254, "", "10.0.0.1"},
        {"{'subnet':'10.0.0.0/24'}", 253, "10.0.0.254", "10.0.0.1"},
        {"{'subnet':'10.0.0.0/24','gateway':'10.0.0.1'}", 0, "", "10.0.0.2"},
        {"{'subnet':'10.0.0.0/24','gateway':'10.0.0.1'}", 0,
         "10.0.0.2 10.0.0.4 10.0.0.3 10.0.0.3 10.9.0.9 fd00::1", "10.0.0.5"},
        {"{'subnet':'10.0.0.0/24','range':'10.0.0.10-10.0.0.19'}", 10, "",
         "10.0.0.10"},
        {"{'subnet':'10.0.0.0/24','range':'10.0.0.10-10.0.0.19'}", 9, "",
         "10.0.0.19"},
        {"{'subnet':'10.0.0.0/24','range':'10.0.0.10-10.0.0.19',"
         "'exclude':['10.0.0.10-10.0.0.18']}",
         3, "", "10.0.0.19"},
        {"{'subnet':'10.0.0.0/24','range':'10.0.0.10-10.0.0.19',"
         "'exclude':['10.0.0.12-10.0.0.200','10.0.0.10']}",
         5, "", "10.0.0.11"},
        {"{'subnet':'10.0.0.0/24','range':'10.0.0.10-10.0.0.19',"
         "'exclude':['10.0.0.0-10.0.0.13','10.0.0.14-10.0.0.18']}",
         0, "", "10.0.0.19"},
        {"{'subnet':'10.0.0.0/24','range':'10.0.0.0-10.0.0.255'}", 0, "",
         "10.0.0.1"},
        {"{'subnet':'10.0.0.0/24','range':'10.0.0.0-10.0.0.255'}", 255, "",
         "10.0.0.1"},
        {"{'subnet':'10.0.0.0/31'}", 1, "10.0.0.1", "10.0.0.0"},
        {"{'subnet':'10.0.0.7/32'}", 12345, "", "10.0.0.7"},
        {"{'subnet':'255.255.255.0/24'}", 253, "", "255.255.255.254"},
        {"{'subnet':'fd00::/64'}", 0, "", "fd00::1"},
        {"{'subnet':'fd00::/64'}", UINT64_MAX, "", "fd00::1"},
        {"{'subnet':'fd00::/64'}", UINT64_MAX - 1, "",
         "fd00::ffff:ffff:ffff:ffff"},
        {"{'subnet':'fd00::/64'}", UINT64_MAX - 1, "fd00::ffff:ffff:ffff:ffff",
         "fd00::1"},
        {"{'subnet':'fd00::/8'}", UINT64_MAX, "", "fd00:0:0:1::"},
        {"{'subnet':'8000::/1'}", 0, "8000::1", "8000::2"},
        {"{'subnet':'fd00::/64','gateway':'fd00::1',"
         "'exclude':['fd00::2-fd00::7fff:ffff:ffff:ffff']}",
         0, "", "fd00::8000:0:0:0"},
        {"{'subnet':'fd00::/64','exclude':['fd00::5-fd00::ffff:ffff:ffff:ffff'"
         "]}",
         UINT64_MAX / 2, "fd00::1 fd00::2", "fd00::3"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        char picked[IP_TEXT_SIZE];
        struct err err = {0};
        CHECK_OK(
            pick(table[i].subnet, table[i].seed, table[i].used, picked, &err),
            err);
        CHECK_STR(picked, table[i].picked);
    }
}

TEST(full)
{
    static const struct {
        const char *subnet, *used, *text;
    } table[] = {
        {"{'subnet':'10.0.0.0/30','gateway':'10.0.0.1'}", "10.0.0.2",
         "no address left in range 10.0.0.1-10.0.0.2 of subnet 10.0.0.0/30: 1 "
         "in use, the others excluded or reserved"},
        {"{'subnet':'10.0.0.0/24','range':'10.0.0.8-10.0.0.9'}",
         "10.0.0.8 10.0.0.9 10.0.0.9 10.0.0.7",
         "no address left in range 10.0.0.8-10.0.0.9 of subnet 10.0.0.0/24: 2 "
         "in use, the others excluded or reserved"},
        {"{'subnet':'10.0.0.0/24','range':'10.0.0.0'}", "", "range 10.0.0.0-"},
        {"{'subnet':'10.0.0.0/24','range':'10.0.0.255'}", "", "0 in use"},
        {"{'subnet':'10.0.0.0/24','gateway':'10.0.0.9','range':'10.0.0.9'}", "",
         "0 in use"},
        {"{'subnet':'10.0.0.7/32'}", "10.0.0.7", "1 in use"},
        {"{'subnet':'fd00::/64','exclude':['fd00::-fd00::ffff:ffff:ffff:ffff']"
         "}",
         "", "0 in use"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        for (uint64_t seed = 0; seed < 5; seed++) {
            char picked[IP_TEXT_SIZE] = "untouched";
            struct err err = {0};
            CHECK_ERR(pick(table[i].subnet, seed, table[i].used, picked, &err),
                      ENOSPC, err, table[i].text);
            CHECK_STR(picked, "untouched");
        }
    }
}

/* Every address is handed out exactly once before the range is full. */
TEST(exhausts_the_range)
{
    auto_settings struct settings settings = {0};
    struct ip used[MANY];
    struct err err = {0};
    size_t count = 0;

    read_network("{'subnet':'10.0.0.0/24','gateway':'10.0.0.1',"
                 "'exclude':['10.0.0.100-10.0.0.199']}",
                 &settings);
    const struct subnet *subnet = &settings.networks[0].subnets[0];
    for (;;) {
        struct ip ip;
        int r = ipam_pick(subnet, count * 7919, used, count, &ip, &err);
        if (r < 0)
            break;
        CHECK(!bsearch(&ip, used, count, sizeof(ip), ipam_compare));
        used[count++] = ip;
        CHECK(count < MANY);
        qsort(used, count, sizeof(*used), ipam_compare);
    }
    CHECK_EQ(count, 254 - 1 - 100);
    CHECK_EQ(err.code, ENOSPC);
    CHECK_HAS(err.text, "153 in use");
}

/* What a container gets on a network with these subnets. */
static void resolve(const char *subnets, const char *annotations,
                    struct attachment *ret, struct settings *ret_settings)
{
    auto_buf struct buf config = BUF_INIT(4096);
    struct attachment list[LIMIT_ATTACHMENTS];
    struct err err = {0};
    size_t count = 0;

    buf_addf(&config,
             "{'networks':{'n':{'bridge':'br0','refine':['ip','gateway'],"
             "'subnets':[%s]}}}",
             subnets);
    CHECK_OK(
        model_attachments(buf_text(&config), annotations, list, &count, &err),
        err);
    CHECK_OK(model_settings(buf_text(&config), ret_settings, &err), err);
    *ret = list[0];
}

TEST(fills)
{
    static const struct {
        const char *subnets, *annotations, *line;
    } table[] = {
        {"{'subnet':'10.0.0.0/24','gateway':'10.0.0.1'},{'subnet':'fd00::/64'}",
         "{'ovsint.network':'n','ovsint.ip':'auto'}",
         "10.0.0.3/24 via 10.0.0.1, fd00::3/64"},
        {"{'subnet':'10.0.0.0/24','gateway':'10.0.0.1'},"
         "{'subnet':'10.0.1.0/24','gateway':'10.0.1.1'},"
         "{'subnet':'10.0.2.0/24','gateway':'10.0.2.1'}",
         "{'ovsint.network':'n','ovsint.ip':'auto'}",
         "10.0.0.3/24 via 10.0.0.1, 10.0.1.3/24, 10.0.2.3/24"},
        {"{'subnet':'10.0.0.0/24'}",
         "{'ovsint.network':'n','ovsint.ip':'auto,10.0.0.3/24'}",
         "10.0.0.3/24, 10.0.0.4/24"},
        {"{'subnet':'10.0.0.0/24'}",
         "{'ovsint.network':'n','ovsint.ip':'auto','ovsint.gateway':'10.0.0.3'"
         "}",
         "10.0.0.4/24 via 10.0.0.3"},
        {"{'subnet':'10.0.0.0/24'}",
         "{'ovsint.network':'n','ovsint.ip':'10.0.0.9/24,10.0.0.10/24,"
         "10.0.0.11/24,10.0.0.12/24,10.0.0.13/24,10.0.0.14/24,10.0.0.15/24,"
         "auto'}",
         "10.0.0.9/24, 10.0.0.10/24, 10.0.0.11/24, 10.0.0.12/24, "
         "10.0.0.13/24, 10.0.0.14/24, 10.0.0.15/24, 10.0.0.3/24"},
        {"{'subnet':'10.0.0.0/24'}",
         "{'ovsint.network':'n','ovsint.ip':'10.0.0.9/24'}", "10.0.0.9/24"},
        {"{'subnet':'10.0.0.0/24'}", "{'ovsint.network':'n'}", NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_settings struct settings settings = {0};
        auto_buf struct buf line = BUF_INIT(4096), want = BUF_INIT(4096);
        struct attachment a;
        struct err err = {0};
        resolve(table[i].subnets, table[i].annotations, &a, &settings);
        CHECK_OK(ipam_fill(&a, &settings.networks[0], 2, NULL, 0, &err), err);
        CHECK(!a.ip_auto);
        attachment_describe(&a, &line);
        buf_addf(&want,
                 "eth0: internal port on br0, no VLAN set (trunk of all "
                 "VLANs)%s%s",
                 table[i].line ? ", " : "", table[i].line ? table[i].line : "");
        CHECK_STR(buf_text(&line), buf_text(&want));
    }
}

/* The second subnet is full: the address of the first is not kept. */
TEST(fills_all_or_nothing)
{
    auto_settings struct settings settings = {0};
    struct ip used[] = {ip_of("10.0.1.7")};
    struct attachment a;
    struct err err = {0};

    resolve("{'subnet':'10.0.0.0/24'},{'subnet':'10.0.1.7/32'}",
            "{'ovsint.network':'n','ovsint.ip':'auto'}", &a, &settings);
    CHECK_ERR(ipam_fill(&a, &settings.networks[0], 2, used, 1, &err), ENOSPC,
              err,
              "network n: no address left in range 10.0.1.7-10.0.1.7 of "
              "subnet 10.0.1.7/32: 1 in use");
    CHECK(a.ip_auto);
    CHECK_EQ(a.ip_count, 0);
}

TEST(ranges)
{
    static const char *const bad[] = {
        "",
        "-",
        "10.0.0.1-",
        "-10.0.0.1",
        "10.0.0",
        "a-b",
        "10.0.0.2-10.0.0.1",
        "10.0.0.1-fd00::1",
        "10.0.0.1 -10.0.0.2",
        "10.0.0.1-10.0.0.2-10.0.0.3",
        "1111:1111:1111:1111:1111:1111:1111:1111:1111:1111-fd00::1"};
    struct ip_range range;
    char text[RANGE_TEXT_SIZE];
    struct ip ip;

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK_EQ(ip_range_parse(bad[i], &range), -EINVAL);
    CHECK_EQ(ip_range_parse("10.0.0.9", &range), 0);
    ip_range_format(&range, text);
    CHECK_STR(text, "10.0.0.9-10.0.0.9");
    CHECK_EQ(ip_range_parse("10.0.0.9-10.0.1.1", &range), 0);
    CHECK_EQ(parse_ip("10.0.0.8", &ip), 0);
    CHECK(!ip_range_has(&range, &ip));
    CHECK_EQ(parse_ip("10.0.0.9", &ip), 0);
    CHECK(ip_range_has(&range, &ip));
    CHECK_EQ(parse_ip("10.0.1.1", &ip), 0);
    CHECK(ip_range_has(&range, &ip));
    CHECK_EQ(parse_ip("10.0.1.2", &ip), 0);
    CHECK(!ip_range_has(&range, &ip));
    CHECK_EQ(parse_ip("::", &ip), 0);
    CHECK(!ip_range_has(&range, &ip));
}

TEST(highest_addresses)
{
    static const struct {
        const char *prefix, *last;
    } table[] = {
        {"10.0.0.5/24", "10.0.0.255"}, {"10.0.0.5/32", "10.0.0.5"},
        {"10.0.0.5/31", "10.0.0.5"},   {"10.0.0.5/1", "127.255.255.255"},
        {"fd00::5/120", "fd00::ff"},   {"fd00::5/128", "fd00::5"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct ip_prefix prefix;
        char text[IP_TEXT_SIZE];
        CHECK_EQ(parse_prefix(table[i].prefix, &prefix), 0);
        struct ip last = ip_last(&prefix);
        ip_format(&last, text);
        CHECK_STR(text, table[i].last);
    }
}

TEST_MAIN
