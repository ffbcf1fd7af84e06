/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What IP has on one device goes to another one, and back.
 */
#include "ovsint/net/device_ip.h"
#include "tests/netns/fixture.h"

static void add_address(void *data, const struct addr_info *info)
{
    char text[PREFIX_TEXT_SIZE];

    prefix_format(&info->address, text);
    if (!info->link_scope)
        buf_addf(data, "%s%s;", text, info->tentative ? " tentative" : "");
}

struct routes {
    int ifindex;
    struct buf text;
};

static void add_route(void *data, const struct route_info *info)
{
    struct routes *routes = data;
    char to[PREFIX_TEXT_SIZE], via[IP_TEXT_SIZE] = "-";

    if (info->ifindex != routes->ifindex || info->to.ip.bytes[0] == 0xfe)
        return;
    prefix_format(&info->to, to);
    if (info->via.family)
        ip_format(&info->via, via);
    buf_addf(&routes->text, "%s %s %u;", to, via, info->metric);
}

/* Its addresses and routes, but for link-local ones. */
#define CHECK_KEPT(net, index, addresses, routes_of)                          \
    do {                                                                      \
        auto_buf struct buf text_ = BUF_INIT(4096);                           \
        struct routes routes_ = {.ifindex = (index), .text = BUF_INIT(4096)}; \
        struct err err_ = {0};                                                \
        CHECK_OK(addr_each(net, index, add_address, &text_, &err_), err_);    \
        CHECK_OK(route_each(net, add_route, &routes_, &err_), err_);          \
        CHECK_STR(buf_text(&text_), addresses);                               \
        CHECK_STR(buf_text(&routes_.text), routes_of);                        \
        buf_done(&routes_.text);                                              \
    } while (0)

#define ADDRESSES "10.0.0.2/24;10.0.0.3/24;2001:db8::2/64;"
#define ROUTES                                                       \
    "0.0.0.0/0 10.0.0.1 0;10.0.0.0/24 - 0;10.9.0.0/16 10.0.0.254 0;" \
    "192.0.2.1/32 - 0;2001:db8::/64 - 256;::/0 2001:db8::1 1024;"

struct pair {
    int card; /* has all of it */
    int port; /* has nothing, and is up */
};

static struct pair pair_new(struct fixture *f)
{
    const struct link_veth port = {
        .name = "port", .peer_name = "port-in", .up = true};
    struct pair pair;
    struct err err = {0};

    fixture_veth(f);
    CHECK_OK(link_create_veth(f->host, &port, f->inside_fd, &err), err);
    CHECK_OK(link_set_up(f->inside, fixture_index(f->inside, "port-in"), &err),
             err);
    pair.card = fixture_index(f->host, "v-host");
    pair.port = fixture_index(f->host, "port");
    fixture_add(f->host, pair.card, "10.0.0.2/24");
    fixture_add(f->host, pair.card, "10.0.0.3/24");
    fixture_add(f->host, pair.card, "2001:db8::2/64");
    fixture_route(f->host, pair.card, "192.0.2.1/32", "");
    fixture_route(f->host, pair.card, "10.9.0.0/16", "10.0.0.254");
    fixture_route(f->host, pair.card, "0.0.0.0/0", "10.0.0.1");
    fixture_route(f->host, pair.card, "::/0", "2001:db8::1");
    CHECK_KEPT(f->host, pair.card, ADDRESSES, ROUTES);
    return pair;
}

static void carry(struct net *net, int from, int to, struct device_ip *ip)
{
    struct device_loss loss;
    struct err err = {0};

    CHECK_OK(device_ip_give_addresses(net, to, ip, &loss, &err), err);
    CHECK_OK(loss.count ? -1 : 0, loss.err);
    CHECK_OK(device_ip_give_routes(net, to, ip, &loss, &err), err);
    CHECK_OK(loss.count ? -1 : 0, loss.err);
    CHECK_OK(device_ip_strip(net, from, &err), err);
    CHECK_OK(device_ip_give_routes(net, to, ip, &loss, &err), err);
    CHECK_OK(loss.count ? -1 : 0, loss.err);
}

TEST(goes_to_another_device_and_back)
{
    auto_fixture struct fixture f = fixture_new();
    const struct pair pair = pair_new(&f);
    auto_device_ip struct device_ip *ip = NULL;
    struct err err = {0};

    CHECK_OK(device_ip_take(f.host, pair.card, &ip, &err), err);
    const struct device_ip_count count = device_ip_count(ip);
    CHECK_EQ(count.routes, 4);
    carry(f.host, pair.card, pair.port, ip);
    CHECK_KEPT(f.host, pair.card, "", "");
    CHECK_KEPT(f.host, pair.port, ADDRESSES, ROUTES);
    carry(f.host, pair.port, pair.card, ip);
    CHECK_KEPT(f.host, pair.port, "", "");
    CHECK_KEPT(f.host, pair.card, ADDRESSES, ROUTES);
}

TEST(other_devices_keep_theirs)
{
    auto_fixture struct fixture f = fixture_new();
    const struct pair pair = pair_new(&f);
    const struct link_veth third = {
        .name = "third", .peer_name = "third-in", .up = true};
    auto_device_ip struct device_ip *ip = NULL;
    struct err err = {0};

    CHECK_OK(link_create_veth(f.host, &third, f.inside_fd, &err), err);
    CHECK_OK(link_set_up(f.inside, fixture_index(f.inside, "third-in"), &err),
             err);
    int other = fixture_index(f.host, "third");
    fixture_add(f.host, other, "172.16.0.2/24");
    fixture_route(f.host, other, "172.17.0.0/16", "172.16.0.1");
    CHECK_OK(device_ip_take(f.host, pair.card, &ip, &err), err);
    carry(f.host, pair.card, pair.port, ip);
    CHECK_KEPT(f.host, other, "172.16.0.2/24;",
               "172.16.0.0/24 - 0;172.17.0.0/16 172.16.0.1 0;");
}

/* Whoever was killed in the middle is followed by one who has the text alone.
 */
TEST(as_text)
{
    auto_fixture struct fixture f = fixture_new();
    const struct pair pair = pair_new(&f);
    auto_device_ip struct device_ip *ip = NULL, *again = NULL;
    auto_buf struct buf text = BUF_INIT(1u << 20);
    auto_buf struct buf second = BUF_INIT(1u << 20);
    struct device_loss loss;
    struct err err = {0};

    CHECK_OK(device_ip_take(f.host, pair.card, &ip, &err), err);
    device_ip_write(ip, &text);
    CHECK_OK(device_ip_read(buf_text(&text), &again, &err), err);
    device_ip_write(again, &second);
    CHECK_STR(buf_text(&text), buf_text(&second));
    CHECK_OK(device_ip_strip(f.host, pair.card, &err), err);
    CHECK_KEPT(f.host, pair.card, "", "");
    CHECK_OK(device_ip_give_addresses(f.host, pair.port, again, &loss, &err),
             err);
    CHECK_OK(device_ip_give_routes(f.host, pair.port, again, &loss, &err), err);
    CHECK_EQ(loss.count, 0);
    CHECK_KEPT(f.host, pair.port, ADDRESSES, ROUTES);
}

TEST(other_texts_are_refused)
{
    static const char *const bad[] = {
        "x",
        "0,",
        "00,",
        "10000000",
        /* RTM_DELLINK */
        "2000000011000000000000000000000000000000000000000000000000000000,",
        /* longer than it is */
        "2000000014000000000000000000000000000000000000000000,",
    };
    struct err err = {0};

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        auto_device_ip struct device_ip *ip = NULL;
        CHECK_EQ(device_ip_read(bad[i], &ip, &err), -EINVAL);
    }
}

TEST_MAIN
