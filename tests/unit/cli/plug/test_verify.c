/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What came back from inside a container, in words. */
#include <sys/socket.h>

#include "cli/plug/verify.h"
#include "tests/lib/test.h"

static struct ip ip(const char *text)
{
    struct ip ret;

    CHECK_EQ(parse_ip(text, &ret), 0);
    return ret;
}

/* `hop`: "" no route, else the neighbour; then whether it answers ('y'), was
 * asked in vain ('n') or neither; a router ('r') or not. */
static const struct {
    const char *to;
    enum ping_outcome outcome;
    const char *hop, *neighbour;
    const char *device;
    int type, code;
    const char *says;
} table[] = {
    {"10.0.0.2", PING_ANSWERED, "10.0.0.2", "y", "oi1", 0, 0,
     "10.0.0.2 answers after 1.234 ms (its MAC is 02:00:00:00:00:01)"},
    {"192.0.2.1", PING_ANSWERED, "10.0.0.1", "yr", "oi1", 0, 0,
     "192.0.2.1 answers after 1.234 ms (through the router "
     "02:00:00:00:00:01)"},
    {"10.0.0.2", PING_ANSWERED, "10.0.0.2", "y", "eth9", 0, 0,
     "answers after 1.234 ms, by eth9 and not by eth1"},
    {"10.0.0.2", PING_NO_ROUTE, "", "", "", 0, 0,
     "10.0.0.2 was not asked: the container has no route to it"},
    {"10.0.0.2", PING_FORBIDDEN, "10.0.0.2", "", "oi1", 0, 0,
     "a packet filter inside the container forbids to send"},
    {"10.0.0.2", PING_REFUSED, "", "", "", 0, 0,
     "10.0.0.2 was not asked: a route inside the container refuses it"},
    {"10.0.0.2", PING_SILENCE, "10.0.0.2", "n", "oi1", 0, 0,
     "10.0.0.2 does not answer: nobody answers ARP for it: is it up, and"},
    {"10.0.0.2", PING_UNREACHED, "10.0.0.2", "n", "oi1", 3, 1,
     "nobody answers ARP for it"},
    {"fd00::2", PING_SILENCE, "fd00::2", "n", "oi1", 0, 0,
     "nobody answers neighbour discovery for it"},
    {"192.0.2.1", PING_SILENCE, "10.0.0.1", "nr", "oi1", 0, 0,
     "nobody answers ARP for its router 10.0.0.1"},
    {"10.0.0.2", PING_SILENCE, "10.0.0.2", "y", "oi1", 0, 0,
     "does not answer ping within 3000 ms, but answers ARP "
     "(02:00:00:00:00:01)"},
    {"192.0.2.1", PING_SILENCE, "10.0.0.1", "yr", "oi1", 0, 0,
     "its router 10.0.0.1 (02:00:00:00:00:01) does, so look there"},
    {"192.0.2.1", PING_UNREACHED, "10.0.0.1", "yr", "oi1", 3, 13,
     "10.0.0.9 reports that communication is administratively prohibited"},
    {"192.0.2.1", PING_UNREACHED, "10.0.0.1", "yr", "oi1", 11, 0,
     "reports that the packet went round in a circle"},
    {"192.0.2.1", PING_UNREACHED, "10.0.0.1", "yr", "oi1", 3, 200,
     "reports that the packet could not be delivered"},
};

TEST(words)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const struct ip to = ip(table[i].to);
        struct verify_sight sight = {.answer = {.outcome = table[i].outcome,
                                                .micros = 1234,
                                                .from = ip("10.0.0.9"),
                                                .type = (uint8_t)table[i].type,
                                                .code = (uint8_t)table[i].code},
                                     .has_route = table[i].hop[0] != '\0',
                                     .wanted_device = "oi1",
                                     .ifname = "eth1"};
        struct verdict verdict;
        if (sight.has_route) {
            sight.hop =
                (struct path_hop){.ifindex = 7,
                                  .via = ip(table[i].hop),
                                  .is_router = strchr(table[i].neighbour, 'r'),
                                  .answers = strchr(table[i].neighbour, 'y'),
                                  .is_asked = strchr(table[i].neighbour, 'n'),
                                  .mac = {{2, 0, 0, 0, 0, 1}}};
            snprintf(sight.device, sizeof(sight.device), "%s", table[i].device);
        }
        verify_judge(&to, &sight, &verdict);
        CHECK_EQ(verdict.answers, table[i].outcome == PING_ANSWERED);
        CHECK_HAS(verdict.words, table[i].says);
    }
}

TEST_MAIN
