/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The OpenFlow engine. Conversations are files of tests/transcripts/openflow,
 * and are played with the switch's bytes in pieces of each size. Their lines:
 *
 *   # a remark
 *   = change     deletes the flows with cookie 0x11/0xff, then adds one that
 *                drops and one that passes;
 *                = packet [from PORT]: sends the frame 010203;
 *                = meter: the same, with a meter, and the meter 9 goes;
 *                = watch: watches register 15;
 *                = ports: asks for the bridge's ports;
 *                = lost: the connection goes
 *   > HEX        all that we have to send by now
 *   < HEX        the switch sends this; lines that follow each other are one
 *   ! EVENT      done ID, lost ID, found COOKIE, changed COOKIE,
 *                port NUMBER, overrun; failed ID TEXT and
 *                refused TEXT, with a part of the message
 *
 * Whatever is sent or happens without its line is a failure.
 */
#include <errno.h>
#include <glob.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "ovsint/base/io.h"
#include "ovsint/base/limits.h"
#include "ovsint/openflow/client.h"
#include "tests/lib/test.h"

/* If there are fewer files they have moved. */
#define LEAST_TRANSCRIPTS 8
#define EVENTS 64

struct play {
    const char *path;
    int line;
    size_t split;
    struct openflow *of;
    struct buf piece;
    struct buf events[EVENTS];
    size_t first, count;
};

#define PLAY_FAIL(p, fmt, ...)                                               \
    TEST_FAIL("%s:%d, split at %zu: " fmt, (p)->path, (p)->line, (p)->split, \
              __VA_ARGS__)

static struct buf *new_event(struct play *p)
{
    if (p->count == EVENTS)
        PLAY_FAIL(p, "more than %d events", EVENTS);
    p->events[p->count] = BUF_INIT(1024);
    return &p->events[p->count++];
}

static void collect(struct play *p)
{
    struct openflow_event event;

    while (openflow_next(p->of, &event)) {
        struct buf *text = new_event(p);
        switch (event.type) {
        case OPENFLOW_DONE:
            buf_addf(text, "done %u", event.id);
            break;
        case OPENFLOW_LOST:
            buf_addf(text, "lost %u", event.id);
            break;
        case OPENFLOW_FAILED:
            buf_addf(text, "failed %u %s", event.id, event.err.text);
            break;
        case OPENFLOW_FOUND:
            buf_addf(text, "found %llx", (unsigned long long)event.cookie);
            break;
        case OPENFLOW_CHANGED:
            buf_addf(text, "changed %llx", (unsigned long long)event.cookie);
            break;
        case OPENFLOW_PORT:
            buf_addf(text, "port %llx", (unsigned long long)event.cookie);
            break;
        case OPENFLOW_OVERRUN:
            buf_addf(text, "overrun");
            break;
        }
    }
}

static void feed(struct play *p)
{
    for (size_t at = 0; at < p->piece.size;) {
        size_t left = p->piece.size - at;
        size_t size = left < p->split ? left : p->split;
        /* A copy of exactly this size, so that a sanitizer sees its end. */
        auto_free char *chunk = mem_new(size);
        struct err err = {0};
        memcpy(chunk, p->piece.data + at, size);
        int r = openflow_feed(p->of, chunk, size, &err);
        collect(p);
        at += size;
        if (r < 0) {
            struct err again = {0};
            CHECK_EQ(err.code, -r);
            buf_addf(new_event(p), "refused %s", err.text);
            CHECK_EQ(openflow_feed(p->of, "", 1, &again), -EPIPE);
            break;
        }
    }
    buf_clear(&p->piece);
}

static void settled(struct play *p)
{
    if (p->first < p->count)
        PLAY_FAIL(p, "unexpected event: %s", buf_text(&p->events[p->first]));
    p->first = p->count = 0;
}

/* Of a text a part is enough. */
static void expect(struct play *p, const char *want)
{
    if (p->first == p->count)
        PLAY_FAIL(p, "no event, want: %s", want);
    struct buf *have = &p->events[p->first++];
    bool is_failure = strncmp(want, "failed ", 7) == 0;
    bool with_text = is_failure || strncmp(want, "refused ", 8) == 0;
    size_t head = strcspn(want, " ") + 1;
    if (is_failure)
        head += strcspn(want + head, " ") + 1;
    bool same = with_text
                    ? strncmp(buf_text(have), want, head) == 0 &&
                          strstr(buf_text(have) + head, want + head) != NULL
                    : strcmp(buf_text(have), want) == 0;
    if (!same)
        PLAY_FAIL(p, "event: %s, want: %s", buf_text(have), want);
    buf_done(have);
}

static void add_hex(const char *text, struct buf *ret)
{
    for (; *text; text++) {
        unsigned byte;
        if (*text == ' ')
            continue;
        if (sscanf(text, "%2x", &byte) != 1 || !text[1])
            TEST_FAIL("not hexadecimal: %s", text);
        buf_add(ret, &(uint8_t){(uint8_t)byte}, 1);
        text++;
    }
}

static void said(struct play *p, const char *hex)
{
    auto_buf struct buf want = BUF_INIT(1u << 20);
    auto_buf struct buf text = BUF_INIT(1u << 20);
    const char *bytes;
    size_t size = openflow_output(p->of, &bytes);

    add_hex(hex, &want);
    for (size_t i = 0; i < size; i++)
        buf_addf(&text, "%02x", (unsigned char)bytes[i]);
    if (size != want.size || (size && memcmp(bytes, want.data, size) != 0))
        PLAY_FAIL(p, "said: %s", buf_text(&text));
    openflow_sent(p->of, size);
}

static void some_flows(struct flow flows[2])
{
    flows[0] = (struct flow){.cookie = 0x1101, .priority = 7};
    flow_match_number(&flows[0], FLOW_IN_PORT, 1);
    flow_match_bits(&flows[0], FLOW_REGISTER(15), 0, 1u << 31);
    flows[1] = flows[0];
    flows[1].priority = 9;
    flow_match(&flows[1], FLOW_ETH_SRC, "\x02\x00\x00\x00\x00\x01", NULL);
    flow_match_number(&flows[1], FLOW_ETH_TYPE, 0x0800);
    flow_match(&flows[1], FLOW_IPV4_SRC, "\x0a\x00\x00\x00",
               "\xff\xff\xff\x00");
    flow_set_bit(&flows[1], 15, 31);
    flow_resubmit(&flows[1], 0);
}

static void meter(struct play *p)
{
    struct flow flows[2];
    const struct flow_delete delete = {
        .cookie = 0x11, .mask = 0xff, .meters = {0, 9}};

    some_flows(flows);
    flows[1].meter = (struct flow_meter){.id = 8, .rate = 50, .burst = 60};
    openflow_change(p->of, &(struct flow_change){.deletes = &delete,
                                                 .delete_count = 1,
                                                 .adds = flows + 1,
                                                 .add_count = 1});
}

static void act(struct play *p, const char *what)
{
    struct flow flows[2];
    const struct flow_delete delete = {.cookie = 0x11, .mask = 0xff};
    const struct flow_change change = {
        .deletes = &delete, .delete_count = 1, .adds = flows, .add_count = 2};
    struct flow_packet packet = {.bytes = "\1\2\3", .size = 3};
    struct flow match = {0};

    some_flows(flows);
    flow_match_bits(&match, FLOW_REGISTER(15), 0, 1u << 31);
    if (strcmp(what, "change") == 0)
        openflow_change(p->of, &change);
    else if (sscanf(what, "packet from %u", &packet.in_port) == 1 ||
             strcmp(what, "packet") == 0)
        openflow_change(p->of, &(struct flow_change){.packets = &packet,
                                                     .packet_count = 1});
    else if (strcmp(what, "meter") == 0)
        meter(p);
    else if (strcmp(what, "watch") == 0)
        openflow_watch(p->of, &match);
    else if (strcmp(what, "ports") == 0)
        openflow_ports(p->of);
    else if (strcmp(what, "lost") == 0)
        openflow_lost(p->of);
    else
        PLAY_FAIL(p, "cannot %s", what);
    collect(p);
}

static void play_line(struct play *p, const char *line)
{
    const char *rest = line[0] && line[1] ? line + 2 : "";

    if (line[0] == '<') {
        if (p->piece.size == 0)
            settled(p);
        add_hex(rest, &p->piece);
        return;
    }
    feed(p);
    switch (line[0]) {
    case '!':
        expect(p, rest);
        break;
    case '>':
        settled(p);
        said(p, rest);
        break;
    case '=':
        settled(p);
        act(p, rest);
        break;
    case '#':
    case '\0':
        break;
    default:
        PLAY_FAIL(p, "not a transcript line: %s", line);
    }
}

static void play(const char *path, char *text, size_t split)
{
    struct play p = {.path = path, .split = split, .piece = BUF_INIT(1u << 20)};

    p.of = openflow_new();
    while (text) {
        p.line++;
        play_line(&p, strsep(&text, "\n"));
    }
    feed(&p);
    settled(&p);
    said(&p, "");
    buf_done(&p.piece);
    openflow_free(p.of);
}

TEST(plays_every_transcript_at_every_split)
{
    glob_t found;

    CHECK_EQ(glob("tests/transcripts/openflow/*.txt", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        auto_buf struct buf file = BUF_INIT(1u << 20);
        struct err err = {0};
        CHECK_OK(io_read_file(found.gl_pathv[i], &file, &err), err);
        for (size_t split = 1; split <= file.size / 2 + 1; split++) {
            auto_free char *copy = mem_text(file.data, file.size);
            play(found.gl_pathv[i], copy, split);
        }
    }
    CHECK(found.gl_pathc >= LEAST_TRANSCRIPTS);
    globfree(&found);
}

/* One message of each kind, whose length field says more or less than it
 * has. */
TEST(no_length_leads_out_of_a_message)
{
    static const uint8_t types[] = {0, 1, 2, 3, 10, 19, 21, 34, 255};
    struct err err = {0};

    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        for (size_t size = 0; size < 64; size++) {
            auto_openflow struct openflow *of = openflow_new();
            auto_free uint8_t *bytes = mem_new(size + 16);
            const uint8_t hello[] = {5, 0, 0, 8, 0, 0, 0, 0};
            openflow_change(of, &(struct flow_change){0});
            memcpy(bytes, hello, sizeof(hello));
            memset(bytes + 8, 0x10, size + 8);
            bytes[8] = 5;
            bytes[9] = types[i];
            bytes[10] = 0;
            bytes[11] = (uint8_t)(size + 8);
            (void)!openflow_feed(of, bytes, size + 16, &err);
        }
    }
}

TEST(a_request_that_is_too_large_is_lost_and_nothing_of_it_is_sent)
{
    auto_openflow struct openflow *of = openflow_new();
    const size_t count = LIMIT_OPENFLOW_OUTPUT / 64;
    auto_free struct flow_delete *deletes = mem_new(count * sizeof(*deletes));
    struct openflow_event event;
    const char *bytes;

    size_t before = openflow_output(of, &bytes);
    uint32_t id = openflow_change(
        of, &(struct flow_change){.deletes = deletes, .delete_count = count});
    CHECK(openflow_next(of, &event));
    CHECK_EQ(event.type, OPENFLOW_LOST);
    CHECK_EQ(event.id, id);
    CHECK_EQ(openflow_output(of, &bytes), before);
    /* and the next one is sent */
    CHECK_EQ(openflow_change(of, &(struct flow_change){0}), id + 1);
    CHECK(!openflow_next(of, &event));
    CHECK(openflow_output(of, &bytes) > before);
}

TEST(reports_without_end_are_refused)
{
    auto_openflow struct openflow *of = openflow_new();
    static const uint8_t hello[] = {5, 0, 0, 8, 0, 0, 0, 0};
    uint8_t report[16 + 24] = {5, 19, 0, 40, 0, 0, 0, 1, 0, 16};
    struct err err = {0};
    int r = openflow_feed(of, hello, sizeof(hello), &err);

    report[17] = 24;
    report[19] = 2;
    for (size_t i = 0; r == 0 && i < LIMIT_OPENFLOW_EVENTS; i++)
        r = openflow_feed(of, report, sizeof(report), &err);
    CHECK_OK(r, err);
    CHECK_ERR(openflow_feed(of, report, sizeof(report), &err), ENOBUFS, err,
              "without end");
}

TEST(a_switch_that_only_asks_is_cut_off)
{
    auto_openflow struct openflow *of = openflow_new();
    auto_free uint8_t *echo = mem_new(UINT16_MAX);
    static const uint8_t hello[] = {5, 0, 0, 8, 0, 0, 0, 0};
    struct err err = {0};
    int r = openflow_feed(of, hello, sizeof(hello), &err);

    memcpy(echo, (uint8_t[]){5, 2, 0xff, 0xff}, 4);
    for (size_t i = 0; r == 0 && i <= LIMIT_OPENFLOW_OUTPUT / UINT16_MAX; i++)
        r = openflow_feed(of, echo, UINT16_MAX, &err);
    CHECK_ERR(r, ENOBUFS, err, "does not take our answers");
}

/* The blocking driver. */

TEST(the_socket_is_beside_that_of_the_database)
{
    static const struct {
        const char *ovsdb, *path;
    } good[] = {
        {"unix:/run/openvswitch/db.sock", "/run/openvswitch/br0.mgmt"},
        {"/run/openvswitch/db.sock", "/run/openvswitch/br0.mgmt"},
        {"unix:/db.sock", "/br0.mgmt"},
    };
    char path[OPENFLOW_PATH_SIZE], longest[256];
    struct err err = {0};

    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        CHECK_OK(openflow_path(good[i].ovsdb, "br0", path, &err), err);
        CHECK_STR(path, good[i].path);
    }
    memset(longest, 'd', sizeof(longest));
    memcpy(longest, "/", 1);
    memcpy(longest + sizeof(longest) - 3, "/s", 3);
    CHECK_ERR(openflow_path(longest, "br0", path, &err), ENAMETOOLONG, err,
              "bridge br0");
}

/* What a switch does that reads nothing, ends the connection, or answers
 * `reply`. */
static int run_against(const void *reply, size_t size, bool closes,
                       struct err *err)
{
    char path[OPENFLOW_PATH_SIZE];
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(path, sizeof(path), "/tmp/ovsint-openflow-%d", (int)getpid());
    unlink(path);
    memcpy(at.sun_path, path, strlen(path) + 1);
    CHECK_EQ(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    CHECK_EQ(listen(fd, 1), 0);
    pid_t child = fork();
    if (child == 0) {
        char bytes[4096];
        int peer = accept(fd, NULL, NULL);
        alarm(20);
        if (read(peer, bytes, sizeof(bytes)) < 0 ||
            write(peer, reply, size) < 0)
            _exit(1);
        if (closes)
            _exit(0);
        for (;;)
            pause();
    }
    int r = openflow_run(path, &(struct flow_change){0},
                         deadline_in(closes || size ? 10000 : 100), err);
    kill(child, SIGKILL);
    CHECK_EQ(waitpid(child, NULL, 0), child);
    close(fd);
    unlink(path);
    return r;
}

TEST(a_change_is_made_refused_or_unanswered)
{
    static const uint8_t done[] = {6, 0,  0, 8, 0, 0, 0, 0,
                                   5, 21, 0, 8, 0, 0, 0, 1};
    static const uint8_t refused[] = {6, 0,  0, 8, 0, 0, 0, 0, 5, 1,
                                      0, 12, 0, 0, 0, 1, 0, 5, 0, 1,
                                      5, 21, 0, 8, 0, 0, 0, 1};
    struct err err = {0};

    CHECK_OK(run_against(done, sizeof(done), false, &err), err);
    CHECK_ERR(run_against(refused, sizeof(refused), false, &err), ENOSPC, err,
              "flow table of the switch is full");
    CHECK_ERR(run_against(refused, 8, true, &err), ECONNRESET, err,
              "without an answer");
    CHECK_ERR(run_against("HTTP/1.1 400", 12, false, &err), EPROTO, err,
              "is this the socket of a bridge?");
    CHECK_ERR(run_against("", 0, false, &err), ETIMEDOUT, err, "is it stuck?");
    CHECK_ERR(openflow_run("/nowhere/br0.mgmt", &(struct flow_change){0},
                           deadline_in(100), &err),
              ENOENT, err, "is ovs-vswitchd running");
}

TEST_MAIN
