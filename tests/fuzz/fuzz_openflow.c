/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The OpenFlow engine. The first byte is the size of the pieces, the rest is
 * what the switch sends to somebody with a few open requests. However the bytes
 * are split, the events are the same, and each request ends exactly once.
 */
#include <string.h>

#include "ovsint/openflow/openflow.h"
#include "tests/fuzz/fuzz.h"

#define REQUESTS 6

struct outcome {
    unsigned ends[REQUESTS + 1]; /* of each request */
    uint64_t hash;               /* of all events, in order */
    int r;
};

static void mix(struct outcome *outcome, uint64_t value)
{
    outcome->hash = (outcome->hash ^ value) * 0x100000001b3u;
}

static void drain(struct openflow *of, struct outcome *outcome)
{
    struct openflow_event event;

    while (openflow_next(of, &event)) {
        bool is_report =
            event.type == OPENFLOW_FOUND || event.type == OPENFLOW_CHANGED ||
            event.type == OPENFLOW_PORT || event.type == OPENFLOW_OVERRUN;
        mix(outcome, event.type);
        mix(outcome, event.id);
        mix(outcome, event.cookie);
        mix(outcome, (uint64_t)event.err.code);
        FUZZ_REQUIRE((event.type == OPENFLOW_FAILED) == (event.err.code != 0));
        FUZZ_REQUIRE(is_report || (event.id > 0 && event.id <= REQUESTS));
        if (!is_report)
            outcome->ends[event.id]++;
    }
}

static struct outcome play(const uint8_t *bytes, size_t size, size_t split)
{
    auto_openflow struct openflow *of = openflow_new();
    const struct flow_delete delete = {.cookie = 1, .mask = UINT64_MAX};
    const struct flow_change change = {.deletes = &delete, .delete_count = 1};
    struct outcome outcome = {0};
    struct flow match = {0};
    const char *output;

    flow_match_bits(&match, FLOW_REGISTER(15), 0, 1u << 31);
    for (unsigned i = 0; i < REQUESTS; i++)
        (void)(i == REQUESTS - 1 ? openflow_ports(of)
               : i % 2           ? openflow_watch(of, &match)
                                 : openflow_change(of, &change));
    for (size_t at = 0; at < size && outcome.r >= 0; at += split) {
        struct err err = {0};
        size_t left = size - at;
        outcome.r =
            openflow_feed(of, bytes + at, left < split ? left : split, &err);
        FUZZ_REQUIRE((outcome.r < 0) == (err.code != 0));
        drain(of, &outcome);
        openflow_sent(of, openflow_output(of, &output));
    }
    openflow_lost(of);
    drain(of, &outcome);
    for (unsigned i = 1; i <= REQUESTS; i++)
        FUZZ_REQUIRE(outcome.ends[i] == 1);
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct outcome at_once = play(data + 1, size - 1, size);
    struct outcome in_pieces = play(data + 1, size - 1, data[0] ? data[0] : 1);
    FUZZ_REQUIRE(at_once.hash == in_pieces.hash);
    FUZZ_REQUIRE(at_once.r == in_pieces.r);
    return 0;
}
