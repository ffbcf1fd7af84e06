/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The OVSDB engine, and the readers of what it passes on. The first byte is the
 * size of the pieces, the rest is what the peer sends to somebody with a few
 * open calls. However the bytes are split, the events are the same, and each
 * call ends exactly once.
 */
#include <string.h>

#include "ovsint/ovsdb/monitor.h"
#include "ovsint/ovsdb/reply.h"
#include "ovsint/ovsdb/row.h"
#include "ovsint/ovsdb/rpc.h"
#include "tests/fuzz/fuzz.h"

#define CALLS 8

static const struct rpc_limits limits = {
    .message_size = 1u << 16, .output_size = 1u << 12, .depth = 16};

/* Calls all readers with values that no server would send. The sanitizer
 * judges. */
static void read_row(const struct json *row)
{
    for (size_t i = 0; i < json_count(row); i++) {
        const char *column = json_key_at(row, i);
        const char *key, *value;
        int64_t integer;
        bool boolean;

        if (!column)
            continue;
        bool one = row_set_count(row, column) == 1;
        FUZZ_REQUIRE(one || !row_string(row, column));
        FUZZ_REQUIRE(one || !row_int(row, column, &integer));
        FUZZ_REQUIRE(one || !row_bool(row, column, &boolean));
        FUZZ_REQUIRE(one || !row_uuid(row, column));
        FUZZ_REQUIRE(!row_set_at(row, column, row_set_count(row, column)));
        for (size_t j = 0; j < row_map_count(row, column); j++) {
            if (row_map_at(row, column, j, &key, &value))
                FUZZ_REQUIRE(row_map_get(row, column, key));
        }
    }
}

static void read_updates(const struct json *updates)
{
    for (size_t i = 0; i < json_count(updates); i++) {
        const char *table = json_key_at(updates, i);
        struct row_update update;

        for (size_t j = 0; table && j < json_count(updates); j++) {
            if (monitor_update_at(updates, table, j, &update)) {
                FUZZ_REQUIRE(update.uuid);
                read_row(update.row);
            }
        }
    }
}

static void read_result(const struct json *result)
{
    size_t ops = json_count(result);
    struct reply_fault fault = {.op = ops + 1};
    struct err err = {0};

    if (reply_check(result, ops, &fault, &err) < 0)
        FUZZ_REQUIRE(fault.op <= ops && fault.kind != REPLY_OK && err.text[0]);
    for (size_t op = 0; op < ops; op++) {
        reply_count(result, op);
        reply_uuid(result, op);
        for (size_t i = 0; i < reply_row_count(result, op); i++)
            read_row(reply_row(result, op, i));
    }
}

static void note(const struct rpc_event *event, struct buf *log,
                 unsigned ends[CALLS])
{
    struct json_writer w = JSON_WRITER(log);
    struct err err = {0};

    buf_addf(log, "%d %llu ", (int)event->type, (unsigned long long)event->id);
    if (event->type == RPC_NOTIFICATION) {
        FUZZ_REQUIRE(event->method && json_type(event->params) == JSON_ARRAY);
        buf_add_text(log, event->method);
        json_write_value(&w, event->params);
        read_updates(json_at(event->params, 1));
    } else {
        FUZZ_REQUIRE(event->id >= 1 && event->id <= CALLS);
        ends[event->id - 1]++;
        json_write_value(&w, event->result);
        read_result(event->result);
        read_updates(event->result);
    }
    if (event->error)
        FUZZ_REQUIRE(reply_refused(event->error, &err) < 0);
}

static void collect(struct rpc *rpc, struct buf *log, unsigned ends[CALLS])
{
    for (;;) {
        auto_rpc_event struct rpc_event event = {0};
        if (!rpc_next(rpc, &event))
            return;
        note(&event, log, ends);
    }
}

static void play(const char *bytes, size_t size, size_t split, struct buf *log)
{
    auto_rpc struct rpc *rpc = rpc_new(&limits);
    auto_buf struct buf params = BUF_INIT(2);
    unsigned ends[CALLS] = {0};
    const char *output;
    int r = 0;

    buf_add_text(&params, "[]");
    for (size_t i = 0; i < CALLS; i++)
        FUZZ_REQUIRE(rpc_call(rpc, "m", &params) == i + 1);
    for (size_t at = 0; r == 0 && at < size; at += split) {
        struct err err = {0};
        size_t left = size - at;
        r = rpc_feed(rpc, bytes + at, left < split ? left : split, &err);
        FUZZ_REQUIRE(r <= 0 && (r < 0) == (err.code > 0));
        collect(rpc, log, ends);
    }
    FUZZ_REQUIRE(r == 0 || rpc_open_calls(rpc) == 0);
    size_t said = rpc_output(rpc, &output);
    buf_add(log, output, said);
    rpc_lost(rpc);
    collect(rpc, log, ends);
    for (size_t i = 0; i < CALLS; i++)
        FUZZ_REQUIRE(ends[i] == 1);
    FUZZ_REQUIRE(rpc_open_calls(rpc) == 0 && rpc_output(rpc, &output) == 0);
    buf_addf(log, " %d", r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    auto_buf struct buf whole = BUF_INIT(8u << 20);
    auto_buf struct buf split = BUF_INIT(8u << 20);

    if (size < 2)
        return 0;
    play((const char *)data + 1, size - 1, size - 1, &whole);
    play((const char *)data + 1, size - 1, data[0] % 32 + 1, &split);
    FUZZ_REQUIRE(strcmp(buf_text(&whole), buf_text(&split)) == 0);
    return 0;
}
