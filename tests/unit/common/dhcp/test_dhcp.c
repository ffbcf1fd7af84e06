/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The DHCP client: its messages byte by byte, and its steps as transcripts,
 * with a time and a chance that the test sets.
 */
#include "ovsint/dhcp/dhcp.h"

#include <sys/socket.h>

#include "tests/lib/dhcp_server.h"
#include "tests/lib/said.h"

static const uint8_t usual[] = {1, 4, 255, 255, 255, 0, 3, 4,  192,
                                0, 2, 254, 51,  4,   0, 0, 14, 16};

static const struct dhcp_client client = {.mac = {{2, 0, 0, 0, 0, 9}},
                                          .hostname = "web"};

static struct dhcp *dhcp;
static int64_t now;
static uint32_t xid; /* of the last message that was sent */

static const uint8_t *option(const struct dhcp_frame *frame, uint8_t code)
{
    const uint8_t *at = frame->bytes + AT_OPTION;

    while (*at != 255 && *at != code)
        at += 2 + at[1];
    return *at == code ? at + 2 : NULL;
}

static void say_ip(const char *name, const uint8_t *ip)
{
    if (ip && (ip[0] | ip[1] | ip[2] | ip[3]))
        SAY(" %s=%d.%d.%d.%d", name, ip[0], ip[1], ip[2], ip[3]);
}

static void say_frame(const struct dhcp_frame *frame)
{
    static const char *const types[] = {[DHCP_DISCOVER] = "DISCOVER",
                                        [DHCP_REQUEST] = "REQUEST",
                                        [DHCP_DECLINE] = "DECLINE",
                                        [DHCP_RELEASE] = "RELEASE"};
    const uint8_t *bytes = frame->bytes;

    if (bytes[12] == 0x08 && bytes[13] == 0x06) {
        CHECK_EQ(frame->size, 42);
        SAY("probe");
        say_ip("for", bytes + 38);
        SAY("\n");
        return;
    }
    memcpy(&xid, bytes + AT_BOOTP + 4, 4);
    xid = __builtin_bswap32(xid);
    SAY("%s", types[*option(frame, 53)]);
    SAY(bytes[0] == 0xff ? "" : " unicast");
    say_ip("from", bytes + AT_IP + 12);
    say_ip("own", bytes + AT_BOOTP + 12);
    say_ip("asked", option(frame, 50));
    say_ip("server", option(frame, 54));
    if (bytes[AT_BOOTP + 9])
        SAY(" after=%d", bytes[AT_BOOTP + 9]);
    SAY("\n");
}

/* Does all that can be done now; says what, and how long it would wait. */
static void go(void)
{
    for (;;) {
        const struct dhcp_todo *todo = dhcp_next(dhcp, now);
        switch (todo->step) {
        case DHCP_SEND:
            say_frame(todo->frame);
            break;
        case DHCP_BOUND:
            SAY("bound\n");
            break;
        case DHCP_LOST:
            SAY("lost\n");
            break;
        case DHCP_WAIT:
        case DHCP_REST:
            if (todo->until_ms == INT64_MAX)
                SAY("rest for ever\n");
            else
                SAY("%s %d\n", todo->step == DHCP_WAIT ? "wait" : "rest",
                    (int)(todo->until_ms - now));
            return;
        }
        dhcp_done(dhcp);
    }
}

static void begin(const struct dhcp_lease *held)
{
    dhcp_free(dhcp);
    dhcp = dhcp_new(&client, held, 8, now);
}

static void later(int64_t ms)
{
    now += ms;
    go();
}

static void hear(uint8_t type)
{
    struct answer_frame frame;

    answer_make(&frame, type, xid, usual, sizeof(usual));
    dhcp_take(dhcp, frame.bytes, frame.size, now);
    go();
}

/* `sender` and `target` are the last bytes of addresses in 192.0.2.0/24; 0 =
 * none. */
static void hear_arp(int operation, int sender, int target)
{
    uint8_t arp[42] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0,
                       7,    8,    6,    0,    1,    8,    0, 6, 4, 0};

    arp[21] = (uint8_t)operation;
    memcpy(arp + 22, arp + 6, 6);
    if (sender)
        answer_number(arp + 28, 0xc0000200u + (uint32_t)sender, 4);
    answer_number(arp + 38, 0xc0000200u + (uint32_t)target, 4);
    dhcp_take(dhcp, arp, sizeof(arp), now);
    go();
}

static void bind_address(void)
{
    now = 1000000;
    begin(NULL);
    go();
    hear(DHCP_OFFER);
    later(5);
    hear(DHCP_ACK);
    later(DHCP_PROBE_MS - 5);
    CHECK_SAID("DISCOVER\nwait 988\n"
               "REQUEST asked=192.0.2.77 server=192.0.2.1\n"
               "probe for=192.0.2.77\nwait 959\nwait 954\n"
               "wait 25\nbound\nrest 1799970\n");
}

TEST(a_lease_from_the_first_message_on)
{
    struct mac mac = {{2, 0, 0, 0, 0, 1}};

    bind_address();
    const struct dhcp_lease *lease = dhcp_lease(dhcp);
    char text[PREFIX_TEXT_SIZE];
    prefix_format(&lease->address, text);
    CHECK_STR(text, "192.0.2.77/24");
    ip_format(&lease->router, text);
    CHECK_STR(text, "192.0.2.254");
    ip_format(&lease->server, text);
    CHECK_STR(text, "192.0.2.1");
    CHECK(mac_equal(&lease->server_mac, &mac));
    CHECK_EQ(lease->lease_s, 3600);
    CHECK_EQ(lease->renew_s, 1800);
    CHECK_EQ(lease->rebind_s, 3150);
    CHECK_EQ(lease->begun_ms, 1000000);
}

TEST(without_a_server_it_asks_less_and_less)
{
    char story[DHCP_STORY_SIZE];

    begin(NULL);
    for (int i = 0; i < 9; i++) {
        go();
        while (dhcp_next(dhcp, now)->step != DHCP_SEND)
            now = dhcp_next(dhcp, now)->until_ms;
    }
    CHECK_SAID("DISCOVER\nwait 988\nDISCOVER\nwait 1838\n"
               "DISCOVER after=2\nwait 3798\nDISCOVER after=6\nwait 4000\n"
               "DISCOVER after=14\nwait 4000\nDISCOVER after=29\nwait 4000\n"
               "DISCOVER after=58\nwait 4000\nDISCOVER after=121\nwait 4000\n"
               "DISCOVER after=180\nwait 4000\n");
    dhcp_story(dhcp, story);
    CHECK_STR(story, "no DHCP server answers");
}

TEST(a_server_that_offers_and_falls_silent)
{
    char story[DHCP_STORY_SIZE];

    begin(NULL);
    go();
    hear(DHCP_OFFER);
    buf_clear(&said);
    for (int i = 0; i < 4; i++) {
        while (dhcp_next(dhcp, now)->step != DHCP_SEND)
            now = dhcp_next(dhcp, now)->until_ms;
        say_frame(dhcp_next(dhcp, now)->frame);
        dhcp_done(dhcp);
    }
    CHECK_SAID("REQUEST asked=192.0.2.77 server=192.0.2.1\n"
               "REQUEST asked=192.0.2.77 server=192.0.2.1 after=2\n"
               "REQUEST asked=192.0.2.77 server=192.0.2.1 after=6\n"
               "DISCOVER\n");
    dhcp_story(dhcp, story);
    CHECK_HAS(story, "192.0.2.1 offered an address and then did not answer");
}

TEST(an_address_that_somebody_has_is_declined)
{
    char story[DHCP_STORY_SIZE];

    begin(NULL);
    go();
    hear(DHCP_OFFER);
    hear(DHCP_ACK);
    buf_clear(&said);
    hear_arp(2, 77, 9);
    later(1000);
    CHECK_SAID("DECLINE asked=192.0.2.77 server=192.0.2.1\nwait 1000\n"
               "DISCOVER\nwait 970\n");
    dhcp_story(dhcp, story);
    CHECK_STR(story, "the DHCP server 192.0.2.1 gave 192.0.2.77, which the "
                     "host with MAC 02:00:00:00:00:07 has already");
    /* the second time it waits for longer, as RFC 2131 says */
    hear(DHCP_OFFER);
    buf_clear(&said);
    hear_arp(1, 0, 77);
    CHECK_SAID("DECLINE asked=192.0.2.77 server=192.0.2.1\nwait 4000\n");
}

TEST(arp_of_others_is_no_claim)
{
    begin(NULL);
    go();
    hear(DHCP_OFFER);
    hear(DHCP_ACK);
    buf_clear(&said);
    hear_arp(1, 5, 77); /* who looks for the address does not have it */
    hear_arp(2, 78, 77);
    hear_arp(1, 0, 78);
    later(DHCP_PROBE_MS);
    CHECK_SAID("wait 30\nwait 30\nwait 30\nbound\nrest 1799970\n");
}

TEST(a_server_that_refuses)
{
    begin(NULL);
    go();
    hear(DHCP_OFFER);
    buf_clear(&said);
    hear(DHCP_NAK);
    later(1000);
    CHECK_SAID("wait 970\nDISCOVER after=1\nwait 1986\n");
}

TEST(more_time_in_time)
{
    bind_address();
    later(1799970);
    CHECK_SAID("REQUEST unicast from=192.0.2.77 own=192.0.2.77\nwait 4000\n");
    later(100);
    hear(DHCP_ACK);
    CHECK_SAID("wait 3900\nbound\nrest 1799900\n");
    CHECK_EQ(dhcp_lease(dhcp)->begun_ms, 1000000 + 1800000);
}

TEST(a_server_that_has_gone)
{
    bind_address();
    for (int i = 0; i < 18; i++)
        later(dhcp_next(dhcp, now)->until_ms - now);
    /* half of what is left each time, a minute at least; then everybody; then
     * the address goes */
    CHECK_SAID(
        "REQUEST unicast from=192.0.2.77 own=192.0.2.77\nwait 4000\n"
        "rest 671000\n"
        "REQUEST unicast from=192.0.2.77 own=192.0.2.77 after=163\nwait 4000\n"
        "rest 333500\n"
        "REQUEST unicast from=192.0.2.77 own=192.0.2.77 after=244\nwait 4000\n"
        "rest 164750\n"
        "REQUEST unicast from=192.0.2.77 own=192.0.2.77 after=157\nwait 4000\n"
        "rest 80375\n"
        "REQUEST unicast from=192.0.2.77 own=192.0.2.77 after=241\nwait 4000\n"
        "rest 56000\n"
        "REQUEST unicast from=192.0.2.77 own=192.0.2.77 after=45\nwait 4000\n"
        "rest 20375\n"
        "REQUEST from=192.0.2.77 own=192.0.2.77 after=70\nwait 4000\n"
        "rest 221000\n"
        "REQUEST from=192.0.2.77 own=192.0.2.77 after=39\nwait 4000\n"
        "rest 108500\n"
        "REQUEST from=192.0.2.77 own=192.0.2.77 after=151\nwait 4000\n"
        "rest 56000\n");
    now = 4600000;
    buf_clear(&said);
    go();
    CHECK_SAID("lost\nDISCOVER\nwait 898\n");
}

TEST(a_lease_that_is_taken_away)
{
    bind_address();
    later(1799970);
    buf_clear(&said);
    hear(DHCP_NAK);
    CHECK_SAID("lost\nDISCOVER\nwait 898\n");
    hear(DHCP_OFFER);
    hear(DHCP_ACK);
    later(DHCP_PROBE_MS);
    CHECK_HAS(said.data, "bound\n");
}

TEST(a_lease_that_an_earlier_process_took)
{
    bind_address();
    const struct dhcp_lease held = *dhcp_lease(dhcp);
    now += 60000;
    begin(&held);
    go();
    CHECK_SAID("rest 1739970\n");
    now = held.begun_ms + 3599999; /* nobody was there for an hour */
    begin(&held);
    go();
    CHECK_SAID("REQUEST from=192.0.2.77 own=192.0.2.77\nwait 1\n");
    now += 1;
    begin(&held);
    go();
    CHECK_SAID("lost\nDISCOVER\nwait 959\n");
}

TEST(a_lease_without_end)
{
    static const uint8_t forever[] = {51, 4, 255, 255, 255, 255};
    struct answer_frame frame;

    begin(NULL);
    go();
    hear(DHCP_OFFER);
    buf_clear(&said);
    answer_make(&frame, DHCP_ACK, xid, forever, sizeof(forever));
    dhcp_take(dhcp, frame.bytes, frame.size, now);
    later(DHCP_PROBE_MS);
    CHECK_SAID("bound\nrest for ever\n");
    CHECK_EQ(dhcp_lease(dhcp)->address.len, 24); /* class C */
}

TEST(answers_to_others_are_not_ours)
{
    struct answer_frame frame;

    begin(NULL);
    go();
    buf_clear(&said);
    answer_make(&frame, DHCP_OFFER, xid + 1, usual, sizeof(usual));
    dhcp_take(dhcp, frame.bytes, frame.size, now);
    answer_make(&frame, DHCP_OFFER, xid, usual, sizeof(usual));
    frame.bytes[AT_BOOTP + 28 + 5]++; /* another client's */
    dhcp_take(dhcp, frame.bytes, frame.size, now);
    hear(DHCP_ACK); /* nothing was asked for */
    CHECK_SAID("wait 988\n");
    hear(DHCP_OFFER);
    buf_clear(&said);
    answer_make(&frame, DHCP_ACK, xid, usual, sizeof(usual));
    answer_number(frame.bytes + AT_OPTION + 5, 0xc0000202, 4);
    dhcp_take(dhcp, frame.bytes, frame.size, now); /* another server's */
    answer_make(&frame, DHCP_ACK, xid, usual, sizeof(usual));
    answer_number(frame.bytes + AT_BOOTP + 16, 0xc000024e, 4);
    dhcp_take(dhcp, frame.bytes, frame.size, now); /* another address */
    go();
    CHECK_SAID("wait 959\n");
}

/* Each beginning of a frame is refused, unless all options that count are in
 * it; and so is each damage to a part that is judged. */
TEST(frames_that_are_cut_or_damaged)
{
    struct answer_frame frame;
    struct dhcp_answer answer;

    answer_make(&frame, DHCP_OFFER, 7, usual, sizeof(usual));
    CHECK(dhcp_read(frame.bytes, frame.size, &client, &answer));
    for (size_t size = 0; size < frame.size; size++) {
        auto_free uint8_t *cut = mem_new(size + 1);
        memcpy(cut, frame.bytes, size);
        CHECK(!dhcp_read(cut, size, &client, &answer));
    }
    for (size_t at = AT_IP; at < AT_IP + 20; at++) {
        frame.bytes[at] ^= 0x55;
        CHECK(!dhcp_read(frame.bytes, frame.size, &client, &answer));
        frame.bytes[at] ^= 0x55;
    }
    frame.bytes[AT_UDP + 1]++;
    CHECK(!dhcp_read(frame.bytes, frame.size, &client, &answer));
}

static bool takes(const void *options, size_t size, struct dhcp_lease *ret)
{
    struct answer_frame frame;
    struct dhcp_answer answer;

    answer_make(&frame, DHCP_ACK, 7, options, size);
    bool r = dhcp_read(frame.bytes, frame.size, &client, &answer);
    *ret = answer.lease;
    return r;
}

#define TAKES(...)                        \
    takes((const uint8_t[]){__VA_ARGS__}, \
          sizeof((const uint8_t[]){__VA_ARGS__}), &lease)

TEST(options_of_a_lease)
{
    struct dhcp_lease lease;

    CHECK(!TAKES(1, 4, 255, 255, 255, 0));                   /* no time */
    CHECK(!TAKES(51, 4, 0, 0, 0, 0));                        /* none left */
    CHECK(!TAKES(51, 4, 0, 0, 0, 60, 1, 4, 255, 0, 255, 0)); /* no prefix */
    CHECK(!TAKES(51, 4, 0, 0, 0, 60, 1, 4, 255, 0));         /* cut */
    CHECK(TAKES(51, 4, 0, 0, 0, 60, 1, 4, 255, 255, 255, 255));
    CHECK_EQ(lease.address.len, 32);
    /* times that are out of order are the usual ones */
    CHECK(TAKES(51, 4, 0, 0, 0, 80, 58, 4, 0, 0, 0, 90, 59, 4, 0, 0, 0, 90));
    CHECK_EQ(lease.renew_s, 40);
    CHECK_EQ(lease.rebind_s, 70);
    CHECK(TAKES(51, 4, 0, 0, 0, 80, 58, 4, 0, 0, 0, 10, 59, 4, 0, 0, 0, 20));
    CHECK_EQ(lease.renew_s, 10);
    CHECK_EQ(lease.rebind_s, 20);
    /* rebinding before half of the time, and no word of renewing */
    CHECK(TAKES(51, 4, 0, 0, 0, 80, 59, 4, 0, 0, 0, 20));
    CHECK_EQ(lease.renew_s, 20);
    CHECK_EQ(lease.rebind_s, 20);
    /* nothing is due at once */
    CHECK(!TAKES(51, 4, 0, 0, 0, 1));
    CHECK(TAKES(51, 4, 0, 0, 0, 2, 59, 4, 0, 0, 0, 1));
    CHECK_EQ(lease.renew_s, 1);
    CHECK_EQ(lease.rebind_s, 1);
}

TEST(servers_and_domains_of_dns)
{
    struct dhcp_lease lease;
    char text[IP_TEXT_SIZE];

    /* 127.0.0.1 is of the server itself; no more than three */
    CHECK(TAKES(51, 4, 0, 0, 0, 60, 6, 20, 127, 0, 0, 1, 192, 0, 2, 53, 192, 0,
                2, 54, 192, 0, 2, 55, 192, 0, 2, 56));
    CHECK_EQ(lease.dns.server_count, 3);
    ip_format(&lease.dns.servers[0], text);
    CHECK_STR(text, "192.0.2.53");
    CHECK_STR(lease.dns.search, "");
    CHECK(TAKES(51, 4, 0, 0, 0, 60, 15, 6, 'l', 'a', '.', 'x', '.', 0));
    CHECK_STR(lease.dns.search, "la.x");
    CHECK(TAKES(51, 4, 0, 0, 0, 60, 15, 4, 'l', '\n', 'a', 'b'));
    CHECK_STR(lease.dns.search, "");
    CHECK(TAKES(51, 4, 0, 0, 0, 60, 15, 4, 'l', '.', '.', 'b'));
    CHECK_STR(lease.dns.search, "");
    /* eng.la.x, and sub before la.x; in two parts */
    CHECK(TAKES(51, 4, 0, 0, 0, 60, 15, 1, 'y', 119, 8, 3, 'e', 'n', 'g', 2,
                'l', 'a', 1, 119, 8, 'x', 0, 3, 's', 'u', 'b', 0xc0, 4));
    CHECK_STR(lease.dns.search, "eng.la.x sub.la.x");
    /* a name that goes round; one that points forward; one that is cut */
    CHECK(TAKES(51, 4, 0, 0, 0, 60, 119, 7, 1, 'a', 0, 1, 'b', 0xc0, 3));
    CHECK_STR(lease.dns.search, "a");
    CHECK(TAKES(51, 4, 0, 0, 0, 60, 119, 4, 1, 'a', 0xc0, 4));
    CHECK_STR(lease.dns.search, "");
    CHECK(TAKES(51, 4, 0, 0, 0, 60, 119, 3, 9, 'a', 'b'));
    CHECK_STR(lease.dns.search, "");
}

TEST(routes_in_parts)
{
    struct dhcp_lease lease;
    char text[PREFIX_TEXT_SIZE];

    /* 10.1.0.0/16 via 192.0.2.2, then a default route; in two options; and
     * option 3, which does not count beside it */
    CHECK(TAKES(51, 4, 0, 0, 0, 60, 3, 4, 192, 0, 2, 9, 121, 5, 16, 10, 1, 192,
                0, 121, 7, 2, 2, 0, 192, 0, 2, 3));
    CHECK_EQ(lease.route_count, 1);
    prefix_format(&lease.routes[0].to, text);
    CHECK_STR(text, "10.1.0.0/16");
    ip_format(&lease.routes[0].via, text);
    CHECK_STR(text, "192.0.2.2");
    ip_format(&lease.router, text);
    CHECK_STR(text, "192.0.2.3");
    /* nonsense after the first route */
    CHECK(TAKES(51, 4, 0, 0, 0, 60, 121, 9, 8, 10, 192, 0, 2, 2, 33, 1, 2));
    CHECK_EQ(lease.route_count, 1);
    CHECK_EQ(lease.router.family, AF_UNSPEC);
}

TEST(options_where_names_would_be)
{
    static const uint8_t overloaded[] = {52, 1, 1, 51, 4, 0, 0, 0, 60};
    static const uint8_t mask[] = {1, 4, 255, 255, 0, 0, 255};
    struct answer_frame frame;
    struct dhcp_answer answer;

    answer_make(&frame, DHCP_ACK, 7, overloaded, sizeof(overloaded));
    memcpy(frame.bytes + AT_BOOTP + 108, mask, sizeof(mask));
    CHECK(dhcp_read(frame.bytes, frame.size, &client, &answer));
    CHECK_EQ(answer.lease.address.len, 16);
}

TEST(what_a_release_says)
{
    struct ip own, server;
    struct dhcp_frame frame;

    CHECK_EQ(parse_ip("192.0.2.77", &own), 0);
    CHECK_EQ(parse_ip("198.51.100.1", &server), 0);
    struct dhcp_message message = {.type = DHCP_RELEASE,
                                   .client = &client,
                                   .own = own,
                                   .server = server,
                                   .to = {{2, 0, 0, 0, 0, 1}},
                                   .to_address = server,
                                   .vlan = 10};
    dhcp_write(&message, &frame);
    CHECK(memcmp(frame.bytes, "\2\0\0\0\0\1\2\0\0\0\0\x09\x81\0\0\x0a\x08\0",
                 18) == 0);
    CHECK_EQ(frame.size, 18 + 20 + 8 + 300);
    message.vlan = 0;
    dhcp_write(&message, &frame);
    say_frame(&frame);
    CHECK_SAID("RELEASE unicast from=192.0.2.77 own=192.0.2.77 "
               "server=198.51.100.1\n");
}

TEST(who_asks)
{
    static const uint8_t own_id[] = {0, 'd', 'b'};
    struct dhcp_client who = client;
    struct dhcp_message message = {.type = DHCP_DISCOVER, .client = &who};
    struct dhcp_frame frame;

    dhcp_write(&message, &frame);
    CHECK(memcmp(option(&frame, 61) - 1, "\7\1\2\0\0\0\0\x09", 8) == 0);
    CHECK(memcmp(option(&frame, 12) - 1, "\3web", 4) == 0);
    memcpy(who.id, own_id, sizeof(own_id));
    who.id_size = sizeof(own_id);
    who.hostname[0] = '\0';
    dhcp_write(&message, &frame);
    CHECK(memcmp(option(&frame, 61) - 1, "\3\0db", 4) == 0);
    CHECK(!option(&frame, 12));
}

TEST_MAIN
