/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The DHCP client. The input is a sequence of steps: a byte that says how many
 * seconds pass, two bytes of length, and a frame that comes. The id of the
 * exchange and the checksum of its header are set right, so that more than the
 * first check is reached. Whatever comes, the client rests after a few steps,
 * and a lease that it has is one that can be used.
 */
#include <string.h>

#include "ovsint/dhcp/dhcp.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/dhcp_server.h"

#define STEPS_MOST 16

static const struct dhcp_client client = {.mac = {{2, 0, 0, 0, 0, 9}}};

static void check_lease(const struct dhcp_lease *lease)
{
    FUZZ_REQUIRE(lease->address.len > 0 && lease->address.len <= 32);
    FUZZ_REQUIRE(lease->address.ip.bytes[0] != 0);
    FUZZ_REQUIRE(lease->lease_s > 0);
    FUZZ_REQUIRE(lease->renew_s <= lease->rebind_s &&
                 lease->rebind_s <= lease->lease_s);
    FUZZ_REQUIRE(lease->route_count <= LIMIT_ROUTES);
    FUZZ_REQUIRE(lease->dns.server_count <= DHCP_DNS_SERVERS);
    FUZZ_REQUIRE(!strpbrk(lease->dns.search, "\n\t#;\"\\"));
}

static void settle(struct dhcp *dhcp, int64_t now, uint8_t xid[4])
{
    for (int i = 0; i < STEPS_MOST; i++) {
        const struct dhcp_todo *todo = dhcp_next(dhcp, now);
        if (todo->step == DHCP_WAIT || todo->step == DHCP_REST) {
            FUZZ_REQUIRE(todo->until_ms > now);
            return;
        }
        if (todo->step == DHCP_BOUND)
            check_lease(dhcp_lease(dhcp));
        if (todo->step == DHCP_SEND && todo->frame->bytes[13] == 0)
            memcpy(xid, todo->frame->bytes + AT_BOOTP + 4, 4);
        dhcp_done(dhcp);
    }
    FUZZ_REQUIRE(!"it rests");
}

static void take(struct dhcp *dhcp, const uint8_t *bytes, size_t size,
                 const uint8_t xid[4], int64_t now)
{
    struct answer_frame frame = {.size = 0};

    if (size > sizeof(frame.bytes))
        size = sizeof(frame.bytes);
    memcpy(frame.bytes, bytes, size);
    frame.size = size;
    if (size > AT_OPTION) {
        memcpy(frame.bytes + AT_BOOTP + 4, xid, 4);
        answer_finish(&frame);
    }
    dhcp_take(dhcp, frame.bytes, frame.size, now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    auto_dhcp struct dhcp *dhcp = dhcp_new(&client, NULL, 1, 0);
    uint8_t xid[4] = {0};
    char story[DHCP_STORY_SIZE];
    int64_t now = 0;

    settle(dhcp, now, xid);
    while (size >= 3) {
        size_t length = (size_t)data[1] << 8 | data[2];
        now += data[0] * INT64_C(500);
        data += 3;
        size -= 3;
        if (length > size)
            length = size;
        settle(dhcp, now, xid);
        take(dhcp, data, length, xid, now);
        settle(dhcp, now, xid);
        data += length;
        size -= length;
    }
    dhcp_story(dhcp, story);
    return 0;
}
