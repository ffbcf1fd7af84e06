/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the kernel reports of devices that have moved away: their changes, their
 * end, and the end of their namespace.
 */
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "ovsint/net/link_watch.h"
#include "tests/netns/fixture.h"

#define SEEN_MAX 64

struct seen {
    struct link_event events[SEEN_MAX];
    size_t count;
};

static void keep(void *data, const struct link_event *event)
{
    struct seen *seen = data;

    if (seen->count < SEEN_MAX)
        seen->events[seen->count++] = *event;
}

/* Reads until there is an event of that type about that device (NULL = any). */
static const struct link_event *await(struct link_watch *events,
                                      struct seen *seen,
                                      enum link_event_type type,
                                      const char *name)
{
    struct pollfd wait = {.fd = link_watch_fd(events), .events = POLLIN};
    struct deadline deadline = deadline_in(FIXTURE_WAIT_MS);
    struct err err = {0};
    size_t i = 0;

    for (;;) {
        CHECK_OK(link_watch_read(events, keep, seen, &err), err);
        for (; i < seen->count; i++) {
            const struct link_event *event = &seen->events[i];
            if (event->type == type &&
                (!name || strcmp(event->link.name, name) == 0))
                return event;
        }
        if (deadline_passed(deadline))
            TEST_FAIL("no event of type %d of %s", (int)type,
                      name ? name : "any");
        MUST(poll(&wait, 1, 100));
    }
}

static int move_tap(struct fixture *f, const char *name)
{
    const struct link_move move = {.up = true};
    struct err err = {0};
    int tap = fixture_tap(name);

    CHECK(tap >= 0);
    CHECK_OK(link_move_in(f->host, fixture_index(f->host, name), f->inside_fd,
                          &move, &err),
             err);
    return tap;
}

TEST(a_move_is_seen_from_both_sides)
{
    auto_fixture struct fixture f = fixture_new();
    auto_link_watch struct link_watch *events = NULL;
    struct seen seen = {0};
    struct err err = {0};
    int nsid = 99;

    CHECK_OK(link_watch_open(&events, &err), err);
    CHECK_OK(nsid_of(f.host, f.inside_fd, &nsid, &err), err);
    CHECK_EQ(nsid, NSID_NONE);
    auto_close int tap = move_tap(&f, "oimoved");
    CHECK(tap >= 0);
    CHECK(await(events, &seen, LINK_GONE, "oimoved")->moved);
    CHECK_OK(nsid_of(f.host, f.inside_fd, &nsid, &err), err);
    CHECK(nsid != NSID_NONE);

    seen.count = 0;
    struct link_info inside = {0};
    CHECK_EQ(link_find(f.inside, "oimoved", &inside, &err), 1);
    CHECK_OK(link_set_mtu(f.inside, inside.ifindex, 1300, &err), err);
    const struct link_event *event;
    do
        event = await(events, &seen, LINK_CHANGED, "oimoved");
    while (event->link.mtu != 1300 && (seen.count = 0, true));
    CHECK_EQ(event->nsid, nsid);
    CHECK_EQ(event->link.ifindex, inside.ifindex);
    CHECK_STR(event->link.kind, "tun");
}

TEST(a_rename_is_seen)
{
    auto_fixture struct fixture f = fixture_new();
    auto_link_watch struct link_watch *events = NULL;
    struct seen seen = {0};
    struct err err = {0};
    struct link_info inside = {0};

    CHECK_OK(link_watch_open(&events, &err), err);
    auto_close int tap = move_tap(&f, "oiname");
    CHECK(tap >= 0);
    CHECK_EQ(link_find(f.inside, "oiname", &inside, &err), 1);
    CHECK_OK(link_rename(f.inside, inside.ifindex, "eth0", &err), err);
    const struct link_event *event = await(events, &seen, LINK_CHANGED, "eth0");
    CHECK_EQ(event->link.ifindex, inside.ifindex);
    CHECK(event->nsid != NSID_NONE);
}

TEST(a_deletion_inside_is_no_move)
{
    auto_fixture struct fixture f = fixture_new();
    auto_link_watch struct link_watch *events = NULL;
    struct seen seen = {0};
    struct err err = {0};
    struct link_info inside = {0};

    auto_close int tap = move_tap(&f, "oidel");
    CHECK(tap >= 0);
    CHECK_OK(link_watch_open(&events, &err), err);
    CHECK_EQ(link_find(f.inside, "oidel", &inside, &err), 1);
    CHECK_OK(link_delete(f.inside, inside.ifindex, &err), err);
    const struct link_event *event = await(events, &seen, LINK_GONE, "oidel");
    CHECK(!event->moved);
    CHECK(event->nsid != NSID_NONE);
}

TEST(the_end_of_a_namespace_is_seen)
{
    auto_fixture struct fixture f = fixture_new();
    auto_link_watch struct link_watch *events = NULL;
    struct seen seen = {0};
    struct err err = {0};
    int nsid;

    auto_close int tap = move_tap(&f, "oiend");
    CHECK(tap >= 0);
    CHECK_OK(nsid_of(f.host, f.inside_fd, &nsid, &err), err);
    CHECK_OK(link_watch_open(&events, &err), err);
    fixture_end_holder(f.holder);
    net_close(TAKE_PTR(f.inside));
    close(TAKE_FD(f.inside_fd));
    f.holder = fixture_holder(CLONE_NEWNET);
    CHECK_EQ(await(events, &seen, NAMESPACE_GONE, NULL)->nsid, nsid);
}

TEST(what_processes_send_is_no_event)
{
    auto_link_watch struct link_watch *events = NULL;
    struct seen seen = {0};
    struct err err = {0};
    struct {
        struct nlmsghdr head;
        struct rtgenmsg body;
    } message = {.head = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct rtgenmsg)),
                          .nlmsg_type = RTM_DELNSID}};
    struct sockaddr_nl self;
    socklen_t size = sizeof(self);

    fixture_enter();
    CHECK_OK(link_watch_open(&events, &err), err);
    MUST(getsockname(link_watch_fd(events), (struct sockaddr *)&self, &size));
    auto_close int fd = MUST(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
    MUST(sendto(fd, &message, message.head.nlmsg_len, 0,
                (struct sockaddr *)&self, sizeof(self)));
    CHECK_OK(link_watch_read(events, keep, &seen, &err), err);
    CHECK_EQ(seen.count, 0);
}

TEST_MAIN
