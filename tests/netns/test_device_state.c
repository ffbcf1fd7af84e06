/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What one device had is given to another one of its name.
 */
#include "ovsint/net/device_state.h"
#include "tests/netns/fixture.h"

#define NAME "oi3k9x"
#define MANY 20000

static void add_line(void *data, const struct addr_info *info)
{
    char text[PREFIX_TEXT_SIZE];

    prefix_format(&info->address, text);
    buf_addf(data, "%s\n", text);
}

static void add_route_line(void *data, const struct route_info *route)
{
    char to[PREFIX_TEXT_SIZE], via[IP_TEXT_SIZE] = "link";

    prefix_format(&route->to, to);
    if (route->via.family)
        ip_format(&route->via, via);
    buf_addf(data, "%s %s %u\n", to, via, route->metric);
}

static struct buf seen(struct net *net)
{
    struct buf text = BUF_INIT(1u << 20);
    struct err err = {0};

    CHECK_OK(addr_each(net, fixture_index(net, NAME), add_line, &text, &err),
             err);
    CHECK_OK(route_each(net, add_route_line, &text, &err), err);
    return text;
}

static struct device_state *taken(const struct fixture *f)
{
    struct device_state *state = NULL;
    struct err err = {0};

    CHECK_OK(device_state_take(f->inside, f->inside_fd,
                               fixture_index(f->inside, NAME), &state, &err),
             err);
    return state;
}

static struct device_loss given(const struct fixture *f,
                                struct device_state *state)
{
    struct device_loss loss = {0};
    struct err err = {0};

    CHECK_OK(
        device_state_give(f->inside, f->inside_fd, NAME, state, &loss, &err),
        err);
    return loss;
}

static void set_up(const struct fixture *f)
{
    int index = fixture_index(f->inside, NAME);
    struct err err = {0};

    CHECK_OK(link_set_up(f->inside, index, &err), err);
    fixture_add(f->inside, index, "10.0.0.1/24");
    fixture_add(f->inside, index, "10.0.0.2/24");
    fixture_add(f->inside, index, "fd00::1/64");
    fixture_add(f->inside, index, "fd00::2/64");
    fixture_route(f->inside, index, "10.9.9.9/32", "");
    fixture_route(f->inside, index, "10.8.0.0/16", "10.9.9.9");
    fixture_route(f->inside, index, "fd99::/64", "fd00::9");
    fixture_sysctl(f, "/proc/sys/net/ipv4/conf/" NAME "/rp_filter", "2");
    fixture_sysctl(f, "/proc/sys/net/ipv6/neigh/" NAME "/mcast_solicit", "7");
}

TEST(the_next_device_has_what_the_first_one_had)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};

    int first = fixture_tap_inside(&f, NAME);
    set_up(&f);
    auto_buf struct buf before = seen(f.inside);
    auto_device_state struct device_state *state = taken(&f);
    CHECK_OK(device_state_take_settings(f.inside_fd, state, &err), err);
    close(first); /* the device goes with it */
    auto_close int second = fixture_tap_inside(&f, NAME);
    CHECK(second >= 0);
    CHECK_OK(link_set_mac(f.inside, fixture_index(f.inside, NAME),
                          &device_state_link(state)->mac, &err),
             err);
    struct device_loss loss = given(&f, state);
    CHECK_STR(loss.err.text, "");
    CHECK_EQ(loss.count, 0);
    auto_buf struct buf after = seen(f.inside);
    CHECK_STR(buf_text(&after), buf_text(&before));
    auto_device_state struct device_state *again = taken(&f);
    CHECK_EQ(device_state_needs_index(f.inside_fd, again, &err), 0);
}

/* Its settings are read from the first device, which is renamed and down. */
TEST(settings_are_read_when_they_differ)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};
    int index;

    auto_close int first = fixture_tap_inside(&f, NAME);
    set_up(&f);
    auto_device_state struct device_state *state = taken(&f);
    index = fixture_index(f.inside, NAME);
    CHECK_OK(link_rename_down(f.inside, index, "odead", &err), err);
    auto_close int second = fixture_tap_inside(&f, NAME);
    CHECK(first >= 0 && second >= 0);
    CHECK_EQ(given(&f, state).count, 0);
    auto_device_state struct device_state *is = taken(&f);
    CHECK_EQ(device_state_link(is)->ifindex == index, false);
    fixture_sysctl(&f, "/proc/sys/net/ipv4/conf/odead/rp_filter", "0");
    /* Now the second one has settings of its own. */
    CHECK_OK(device_state_take_settings(f.inside_fd, is, &err), err);
    CHECK_OK(link_delete(f.inside, fixture_index(f.inside, "odead"), &err),
             err);
}

/* So a device is marked as unfinished until it has all the rest. */
TEST(the_alias_is_given_by_itself)
{
    static const char *const aliases[] = {LINK_UNFINISHED, ""};

    for (size_t i = 0; i < ARRAY_LEN(aliases); i++) {
        auto_fixture struct fixture f = fixture_new();
        struct link_info info = {0};
        struct err err = {0};

        auto_close int first = fixture_tap_inside(&f, NAME);
        CHECK_OK(link_set_alias(f.inside, NAME, aliases[i], &err), err);
        auto_device_state struct device_state *state = taken(&f);
        CHECK_OK(link_delete(f.inside, fixture_index(f.inside, NAME), &err),
                 err);
        auto_close int second = fixture_tap_inside(&f, NAME);
        CHECK(first >= 0 && second >= 0);
        CHECK_OK(link_set_alias(f.inside, NAME, LINK_UNFINISHED, &err), err);
        CHECK_EQ(given(&f, state).count, 0);
        CHECK_EQ(link_find(f.inside, NAME, &info, &err), 1);
        CHECK(info.unfinished);
        CHECK_OK(device_state_give_alias(f.inside, NAME, state, &err), err);
        CHECK_EQ(link_find(f.inside, NAME, &info, &err), 1);
        CHECK_EQ(info.unfinished, aliases[i][0] != '\0');
    }
}

TEST(a_device_that_is_not_there)
{
    auto_fixture struct fixture f = fixture_new();
    struct device_state *state = NULL;
    struct err err = {0};

    CHECK_ERR(device_state_take(f.inside, f.inside_fd, 4711, &state, &err),
              ENODEV, err, "device 4711 is not there any more");
}

/* They do not all fit; those that fit come back. */
TEST(more_routes_than_there_is_room_for)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};

    int first = fixture_tap_inside(&f, NAME);
    set_up(&f);
    int index = fixture_index(f.inside, NAME);
    for (int i = 0; i < MANY; i++) {
        char to[PREFIX_TEXT_SIZE];
        snprintf(to, sizeof(to), "172.%d.%d.%d/32", 16 + i / 65536,
                 i / 256 % 256, i % 256);
        fixture_route(f.inside, index, to, "10.0.0.9");
    }
    auto_device_state struct device_state *state = taken(&f);
    CHECK_OK(device_state_take_settings(f.inside_fd, state, &err), err);
    close(first);
    auto_close int second = fixture_tap_inside(&f, NAME);
    CHECK(second >= 0);
    struct device_loss loss = given(&f, state);
    CHECK(loss.count > 0 && loss.count < MANY);
    if (!strstr(loss.err.text, "1 MiB"))
        TEST_FAIL("%s", loss.err.text);
}

TEST_MAIN
