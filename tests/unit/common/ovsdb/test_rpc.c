/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The OVSDB engine: conversations at every split size, and large numbers. */
#include <glob.h>
#include <malloc.h>

#include "ovsint/base/limits.h"
#include "tests/lib/transcript.h"

/* If there are fewer files they have moved. */
#define LEAST_TRANSCRIPTS 15

TEST(plays_every_transcript_at_every_split)
{
    glob_t found;
    size_t plays = 0;

    CHECK_EQ(glob("tests/transcripts/rpc/*.txt", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++)
        plays += transcript_play_all(found.gl_pathv[i]);
    printf("# %zu transcripts, %zu plays\n", found.gl_pathc, plays);
    CHECK(found.gl_pathc >= LEAST_TRANSCRIPTS);
    globfree(&found);
}

static struct buf no_params(void)
{
    struct buf params = BUF_INIT(16);

    buf_add_text(&params, "[]");
    return params;
}

static void reply_to(struct rpc *rpc, uint64_t id)
{
    char text[64];
    struct err err = {0};
    int len = snprintf(text, sizeof(text),
                       "{\"id\":%llu,\"result\":%llu,\"error\":null}",
                       (unsigned long long)id, (unsigned long long)id);

    CHECK_OK(rpc_feed(rpc, text, (size_t)len, &err), err);
}

static void expect_reply(struct rpc *rpc, uint64_t id)
{
    auto_rpc_event struct rpc_event event = {0};
    int64_t value = 0;

    CHECK(rpc_next(rpc, &event));
    CHECK_EQ(event.type, RPC_REPLY);
    CHECK_EQ(event.id, id);
    CHECK(json_int(event.result, &value));
    CHECK_EQ(value, id);
}

/* Walks the numbers 1 to 20000 in the order of `step`, a number that has no
 * common divisor with 20000. */
static void many_calls(uint64_t step)
{
    auto_rpc struct rpc *rpc = rpc_new(&rpc_default_limits);
    auto_buf struct buf params = no_params();
    const uint64_t calls = 20000;

    for (uint64_t i = 1; i <= calls; i++)
        CHECK_EQ(rpc_call(rpc, "m", &params), i);
    CHECK_EQ(rpc_open_calls(rpc), calls);
    for (uint64_t i = 0; i < calls; i++) {
        uint64_t id = i * step % calls + 1;
        reply_to(rpc, id);
        expect_reply(rpc, id);
    }
    CHECK_EQ(rpc_open_calls(rpc), 0);
}

TEST(many_calls_in_order)
{
    many_calls(1);
}

TEST(many_calls_backwards)
{
    many_calls(19999);
}

TEST(many_calls_in_disorder)
{
    many_calls(7919);
}

static size_t heap_size(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

/* One call stays open for ever while others come and go, as a blocking lock
 * does: the table must not grow with the number of calls. */
TEST(an_old_call_does_not_hold_the_table)
{
    auto_rpc struct rpc *rpc = rpc_new(&rpc_default_limits);
    auto_buf struct buf params = no_params();
    const char *bytes;
    size_t before = heap_size();

    CHECK_EQ(rpc_call(rpc, "old", &params), 1);
    for (int i = 0; i < 100000; i++) {
        uint64_t id = rpc_call(rpc, "m", &params);
        rpc_sent(rpc, rpc_output(rpc, &bytes));
        reply_to(rpc, id);
        expect_reply(rpc, id);
        CHECK_EQ(rpc_open_calls(rpc), 1);
    }
    /* 100000 calls would take 1.6 MB. */
    CHECK(heap_size() - before < 64 * 1024);
    reply_to(rpc, 1);
    expect_reply(rpc, 1);
}

/* A transaction may be large, such as that of 64 ready ports. */
TEST(what_was_sent_takes_no_memory)
{
    auto_rpc struct rpc *rpc = rpc_new(&rpc_default_limits);
    auto_buf struct buf params = BUF_INIT(200 * 1024);
    const char *bytes;

    buf_add_text(&params, "[\"");
    while (params.size < 100 * 1024)
        buf_add_text(&params, "0123456789abcdef");
    buf_add_text(&params, "\"]");
    size_t before = heap_size();
    uint64_t id = rpc_call(rpc, "m", &params);
    rpc_sent(rpc, rpc_output(rpc, &bytes) - 1);
    CHECK_EQ(rpc_output(rpc, &bytes), 1);
    rpc_sent(rpc, 1);
    CHECK(heap_size() - before < 16 * 1024);
    reply_to(rpc, id);
    expect_reply(rpc, id);
}

TEST(params_that_overflowed_are_not_sent)
{
    auto_rpc struct rpc *rpc = rpc_new(&rpc_default_limits);
    auto_buf struct buf params = no_params();
    auto_rpc_event struct rpc_event event = {0};
    const char *bytes;

    buf_add_text(&params, "more than sixteen bytes");
    CHECK(params.overflow);
    uint64_t id = rpc_call(rpc, "m", &params);
    CHECK_EQ(rpc_output(rpc, &bytes), 0);
    CHECK(rpc_next(rpc, &event));
    CHECK_EQ(event.type, RPC_LOST);
    CHECK_EQ(event.id, id);
    CHECK_EQ(rpc_open_calls(rpc), 0);
}

TEST(output_leaves_in_pieces)
{
    auto_rpc struct rpc *rpc = rpc_new(&rpc_default_limits);
    auto_buf struct buf params = no_params();
    auto_buf struct buf said = BUF_INIT(1000);
    const char *bytes;

    rpc_call(rpc, "first", &params);
    for (size_t size; (size = rpc_output(rpc, &bytes)) > 0;) {
        buf_add(&said, bytes, size < 7 ? size : 7);
        rpc_sent(rpc, size < 7 ? size : 7);
        if (said.size == 14)
            rpc_call(rpc, "second", &params);
    }
    CHECK_STR(buf_text(&said),
              "{\"id\":1,\"method\":\"first\",\"params\":[]}"
              "{\"id\":2,\"method\":\"second\",\"params\":[]}");
}

TEST(an_answer_that_was_not_taken_can_be_forgotten)
{
    auto_rpc struct rpc *rpc = rpc_new(&rpc_default_limits);
    auto_buf struct buf params = no_params();
    struct rpc_event event;

    for (int i = 0; i < 4; i++)
        rpc_call(rpc, "m", &params);
    for (uint64_t id = 1; id <= 3; id++)
        reply_to(rpc, id);
    rpc_forget(rpc, 3);
    rpc_forget(rpc, 1);
    reply_to(rpc, 4);
    expect_reply(rpc, 2);
    expect_reply(rpc, 4);
    CHECK(!rpc_next(rpc, &event));
    rpc_call(rpc, "m", &params);
    rpc_lost(rpc);
    rpc_forget(rpc, 5);
    CHECK(!rpc_next(rpc, &event));
}

/* Events and calls that are left behind do not leak: the leak checker
 * judges. */
TEST(can_be_freed_at_any_time)
{
    auto_rpc struct rpc *rpc = rpc_new(&rpc_default_limits);
    auto_buf struct buf params = no_params();
    struct err err = {0};
    static const char half[] = "{\"id\":2,\"result\":[[\"half";

    rpc_call(rpc, "a", &params);
    rpc_call(rpc, "b", &params);
    reply_to(rpc, 1);
    CHECK_OK(rpc_feed(rpc, half, sizeof(half) - 1, &err), err);
    rpc_free(NULL);
}

TEST_MAIN
