/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The blocking driver of the attach engine against peers that misbehave; and
 * what doors over it share besides the run: names and MACs of ports, and what
 * is said of an undo that failed.
 */
#include "ovsint/attach/run.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "ovsint/rows/port_name.h"
#include "tests/lib/peer.h"

#define ROW(table, columns)                                               \
    "\"" table "\":{\"iiiiiiii-0000-4000-8000-" table "\":{\"initial\":{" \
    "\"name\":\"oiaaaaaaaaaaaaa\"" columns "}}}"
#define IDS(ids) ",\"external_ids\":[\"map\",[" ids "]]"
#define PORT_OF_C1                                                       \
    "{\"id\":1,\"error\":null,\"result\":{" ROW(                         \
        "Interface", IDS("[\"ovsint-owner\",\"hook\"],"                  \
                         "[\"ovsint-member-c1\",\"\"]")) "," ROW("Port", \
                                                                 "") "}}"

TEST(names_are_of_one_use_and_macs_stay)
{
    static const struct attachment specs[] = {
        {.ifname = "eth0", .type = VNIC_INTERNAL},
        {.ifname = "eth1",
         .type = VNIC_INTERNAL,
         .mac = {{0x02, 0, 0, 0, 0, 0x17}}},
        {.ifname = "eth2", .type = VNIC_VETH},
    };
    struct port_want ports[ARRAY_LEN(specs)], again[ARRAY_LEN(specs)];
    struct err err = {0};

    for (size_t i = 0; i < ARRAY_LEN(specs); i++)
        ports[i] = again[i] = (struct port_want){.spec = &specs[i]};
    CHECK_OK(attach_run_name_ports(ports, ARRAY_LEN(specs), "c0ffee", &err),
             err);
    CHECK_OK(attach_run_name_ports(again, ARRAY_LEN(specs), "c0ffee", &err),
             err);
    for (size_t i = 0; i < 2; i++) {
        CHECK(names_is_port(ports[i].name));
        CHECK(strcmp(ports[i].name, again[i].name) != 0);
    }
    CHECK(strcmp(ports[0].name, ports[1].name) != 0);
    CHECK_STR(ports[2].name, "");
    /* The same at each run, and on this host alone if it has an id. */
    const struct mac elsewhere = names_mac("c0ffee", "eth0");
    CHECK(mac_equal(&ports[0].mac, &again[0].mac));
    CHECK(!mac_is_zero(&ports[0].mac) && !mac_is_multicast(&ports[0].mac));
    CHECK_EQ(mac_equal(&ports[0].mac, &elsewhere),
             access("/etc/machine-id", R_OK) != 0);
    CHECK(mac_equal(&ports[1].mac, &specs[1].mac));
}

TEST(what_may_be_left_is_told)
{
    struct attach_failure failure = {.err = {.code = EIO}};

    CHECK(!attach_failure_left(&failure));
    failure.undo.code = ECONNREFUSED;
    CHECK_STR(attach_failure_left(&failure),
              "rollback failed: a port may be left on the bridge");
    failure.left_pair = true;
    CHECK_STR(attach_failure_left(&failure),
              "rollback failed: a veth pair may be left on the host");
}

/* DEL of container c1, of which the peer shows a port. */
static int remove_c1(const char *remote, int64_t ms,
                     struct attach_failure *failure)
{
    auto_attach_run struct attach_run run = ATTACH_RUN_CLOSED;
    const struct attach_want want = {
        .task = ATTACH_REMOVE,
        .mover = ATTACH_BY_US,
        .until = ATTACH_PLACE,
        .owner = HOOK_OWNER,
        .holder = {.kind = HOLDER_CONTAINER, .id = "c1"},
        .deadline_ms = deadline_in(ms).at_ms};
    struct err err = {0};

    *failure = (struct attach_failure){0};
    CHECK_OK(attach_run_open(&run, remote, -1, NULL, 0, deadline_in(ms), &err),
             err);
    return attach_run(&run, &want, NULL, 0, failure);
}

static void talk_done(int fd)
{
    if (peer_hear(fd, "monitor_cond"))
        peer_say(fd, PORT_OF_C1);
    if (peer_hear(fd, "oiaaaaaaaaaaaaa"))
        peer_say(fd, "{\"id\":2,\"error\":null,\"result\":"
                     "[{},{},{\"count\":1},{}]}");
    peer_hear(fd, "never");
}

/* Until the transaction comes; then updates without end. */
static void talk_flood(int fd)
{
    static const char update[] = "{\"method\":\"update2\",\"id\":null,"
                                 "\"params\":[\"ovsint\",{}]}";

    if (peer_hear(fd, "monitor_cond"))
        peer_say(fd, PORT_OF_C1);
    if (!peer_hear(fd, "oiaaaaaaaaaaaaa"))
        return;
    while (write(fd, update, sizeof(update) - 1) > 0)
        ;
}

static void talk_silence(int fd)
{
    if (peer_hear(fd, "monitor_cond"))
        peer_say(fd, PORT_OF_C1);
    peer_hear(fd, "never");
}

static void talk_no_rows(int fd)
{
    peer_hear(fd, "never");
}

static void talk_close(int fd)
{
    if (peer_hear(fd, "monitor_cond"))
        peer_say(fd, PORT_OF_C1);
    peer_hear(fd, "oiaaaaaaaaaaaaa");
}

static const struct {
    void (*talk)(int fd);
    int code;
    const char *text;
} talks[] = {
    {talk_done, 0, ""},
    {talk_flood, ETIMEDOUT, "OVSDB did not answer within the deadline"},
    {talk_silence, ETIMEDOUT, "OVSDB did not answer within the deadline"},
    {talk_no_rows, ETIMEDOUT, "OVSDB did not answer within the deadline"},
    {talk_close, ECONNRESET, "closed the connection without an answer"},
};

TEST(a_removal_ends_whatever_the_database_does)
{
    for (size_t i = 0; i < ARRAY_LEN(talks); i++) {
        struct attach_failure failure;
        struct peer peer;

        peer_start(&peer, talks[i].talk);
        int r = remove_c1(peer.socket, talks[i].code == ETIMEDOUT ? 60 : 20000,
                          &failure);
        CHECK_EQ(r, -talks[i].code);
        CHECK_HAS(failure.err.text, talks[i].text);
        CHECK_EQ(failure.reason, r < 0 ? ATTACH_NO_ANSWER : 0);
        peer_stop(&peer);
    }
}

TEST_MAIN
