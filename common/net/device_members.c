/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What sockets have of a device, as far as /proc/net tells: groups that they
 * have joined on it, packet sockets that are bound to it. These files show the
 * namespace of the thread that opens them.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "common/net/device_state.h"
#include "common/net/netns_visit.h"
#include "ovsint/base/io.h"

#define TABLE_SIZE (4u << 20) /* of /proc/net/igmp and similar files */

static void note_group(struct device_state *state, const struct ip *ip)
{
    if (state->groups.count < LIMIT_DEVICE_GROUPS)
        state->groups.ip[state->groups.count++] = *ip;
}

/* Does the kernel itself join this group on each device? */
static bool is_the_kernels(const struct ip *ip)
{
    static const uint8_t all_hosts[] = {224, 0, 0, 1};
    static const uint8_t solicited[] = {0xff, 2, 0, 0, 0, 0,   0,
                                        0,    0, 0, 0, 1, 0xff};

    if (ip->family == AF_INET)
        return memcmp(ip->bytes, all_hosts, sizeof(all_hosts)) == 0;
    if (memcmp(ip->bytes, solicited, sizeof(solicited)) == 0)
        return true;
    /* all nodes; and all routers, if it forwards */
    for (size_t i = 2; i < 15; i++) {
        if (ip->bytes[i])
            return false;
    }
    return ip->bytes[15] == 1 || ip->bytes[15] == 2;
}

/* A line for the device, then one for each group, which begins with a tab. */
static void see_igmp(struct device_state *state, const char *line, int *index)
{
    struct ip ip = {.family = AF_INET};
    unsigned group;

    if (*line != '\t') {
        if (sscanf(line, "%d", index) != 1)
            *index = 0;
        return;
    }
    if (*index != state->ifindex || sscanf(line, " %8x", &group) != 1)
        return;
    uint32_t bytes = group;
    memcpy(ip.bytes, &bytes, sizeof(bytes));
    if (!is_the_kernels(&ip))
        note_group(state, &ip);
}

static void see_igmp6(struct device_state *state, const char *line, int *index)
{
    struct ip ip = {.family = AF_INET6};
    char text[33];

    if (sscanf(line, "%d %*s %32[0-9a-f]", index, text) != 2 ||
        *index != state->ifindex || strlen(text) != 32)
        return;
    for (size_t i = 0; i < 16; i++) {
        unsigned byte;
        if (sscanf(text + 2 * i, "%2x", &byte) != 1)
            return;
        ip.bytes[i] = (uint8_t)byte;
    }
    if (!is_the_kernels(&ip))
        note_group(state, &ip);
}

static void see_packet(struct device_state *state, const char *line, int *index)
{
    if (sscanf(line, "%*s %*d %*d %*x %d", index) == 1 &&
        *index == state->ifindex)
        state->is_bound = true;
}

typedef void see_line(struct device_state *state, const char *line, int *index);

/* If the kernel has no IPv6 or no packet sockets, there is no such file. */
static int take_table(struct device_state *state, const char *path,
                      see_line *see, struct err *err)
{
    auto_buf struct buf text = BUF_INIT(TABLE_SIZE);
    int index = 0;
    int r = io_read_file(path, &text, err);

    if (r == -ENOENT)
        return 0;
    if (r < 0)
        return r;
    for (const char *line = buf_text(&text); *line;) {
        const char *end = strchr(line, '\n');
        see(state, line, &index);
        line = end ? end + 1 : "";
    }
    return 0;
}

static int take_one(struct device_state *state, struct err *err)
{
    int r = take_table(state, "/proc/thread-self/net/igmp", see_igmp, err);

    if (r >= 0)
        r = take_table(state, "/proc/thread-self/net/igmp6", see_igmp6, err);
    if (r >= 0)
        r = take_table(state, "/proc/thread-self/net/packet", see_packet, err);
    for (size_t i = 0; r >= 0 && i < state->upper_count; i++)
        r = take_one(state->uppers[i], err);
    return r;
}

static int take_inside(void *data, struct err *err)
{
    return take_one(data, err);
}

int device_members_take(int netns_fd, struct device_state *state,
                        struct err *err)
{
    return netns_visit(netns_fd, take_inside, state, err);
}
