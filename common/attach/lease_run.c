/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Sends what the client says, and gives it each frame that comes, until it has
 * a lease or the deadline is reached. Pitfall: before a device may send it has
 * to be up, which it is; but on the userspace datapath the switch may need a
 * moment until it forwards what a TAP sends after its move. A DISCOVER that is
 * lost so is sent again early.
 */
#include "ovsint/attach/lease_run.h"

#include <errno.h>
#include <sys/random.h>

#include "ovsint/base/deadline.h"
#include "ovsint/base/stop.h"
#include "ovsint/dhcp/dhcp.h"
#include "ovsint/net/link.h"
#include "ovsint/net/packet.h"

static int open_device(struct net *inside, const char *device, struct err *err)
{
    struct link_info info;
    int r = link_find(inside, device, &info, err);

    if (r == 0)
        return err_set(err, ENODEV, "device %s has gone", device);
    return r < 0 ? r : packet_listen(inside, info.ifindex, err);
}

static int take_frames(struct net *inside, struct dhcp *dhcp, struct err *err)
{
    uint8_t frame[PACKET_SIZE];
    int size;

    while ((size = packet_receive(inside, frame, sizeof(frame), err)) > 0)
        dhcp_take(dhcp, frame, (size_t)size, deadline_now_ms());
    return size;
}

static int await_frames(struct net *inside, struct dhcp *dhcp, int64_t until_ms,
                        struct err *err)
{
    struct pollfd wait = {.fd = packet_fd(inside), .events = POLLIN};
    int ready = stop_poll(
        &wait, 1, deadline_left_ms((struct deadline){.at_ms = until_ms}));

    if (stop_is_due())
        return err_code(err, EINTR, "wait for a DHCP server");
    if (ready < 0 && errno != EINTR)
        return err_sys(err, "wait for a DHCP server");
    return ready > 0 ? take_frames(inside, dhcp, err) : 0;
}

static int fail_late(const struct dhcp *dhcp, struct err *err)
{
    char story[DHCP_STORY_SIZE];

    dhcp_story(dhcp, story);
    return err_set(err, ETIMEDOUT, "%s within the deadline", story);
}

/* 1 = there is a lease, 0 = not yet. */
static int step(struct net *inside, struct dhcp *dhcp, int64_t until_ms,
                struct err *err)
{
    const struct dhcp_todo *todo = dhcp_next(dhcp, deadline_now_ms());

    switch (todo->step) {
    case DHCP_SEND:
        packet_send(inside, todo->frame->bytes, todo->frame->size);
        dhcp_done(dhcp);
        return 0;
    case DHCP_BOUND:
        return 1;
    case DHCP_LOST:
        dhcp_done(dhcp);
        return 0;
    case DHCP_WAIT:
    case DHCP_REST:
        break;
    }
    return await_frames(inside, dhcp,
                        todo->until_ms < until_ms ? todo->until_ms : until_ms,
                        err);
}

int lease_run(struct net *inside, const struct attach_todo *todo,
              struct dhcp_lease *ret, struct err *err)
{
    uint32_t seed = 0;
    int r = open_device(inside, todo->name, err);

    if (r < 0)
        return r;
    if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
        return err_sys(err, "get a random number");
    auto_dhcp struct dhcp *dhcp =
        dhcp_new(&todo->client, NULL, seed, deadline_now_ms());
    while (deadline_now_ms() < todo->until_ms) {
        r = step(inside, dhcp, todo->until_ms, err);
        if (r < 0)
            return r;
        if (r == 0)
            continue;
        *ret = *dhcp_lease(dhcp);
        return 0;
    }
    return fail_late(dhcp, err);
}
