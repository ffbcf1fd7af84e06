/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the tests of the attach engine ask for: container c1 in one namespace,
 * its vNICs on bridge br0.
 */
#pragma once

#include "ovsint/rows/port_name.h"
#include "tests/lib/attach_world.h"

/* Names as we give them: "oi" and 13 letters. */
#define NEW "oinewaaaaaaaaaa"
#define NEW2 "oinewbbbbbbbbbb"
#define OLD "oioldaaaaaaaaaa"
#define OTHER "oiotheraaaaaaaa"

#define TIMEOUT_MS 10000

struct attach_case {
    struct attachment specs[2];
    struct port_want ports[2];
    size_t count;
    struct attach_want want;
};

static inline void case_address(struct attachment *spec, const char *text)
{
    CHECK_EQ(parse_prefix(text, &spec->ip[spec->ip_count++]), 0);
}

static inline void case_port(struct attach_case *c, const char *ifname,
                             const char *name)
{
    struct attachment *spec = &c->specs[c->count];
    struct port_want *port = &c->ports[c->count++];

    snprintf(spec->ifname, sizeof(spec->ifname), "%s", ifname);
    snprintf(spec->bridge, sizeof(spec->bridge), "br0");
    port->spec = spec;
    port->mac = names_mac("c1", ifname);
    snprintf(port->name, sizeof(port->name), "%s", name);
}

/* eth0 of container c1 as an internal port. The case must stay where it is. */
static inline void case_init(struct attach_case *c, const struct world *world)
{
    *c = (struct attach_case){
        .want = {.task = ATTACH_MAKE,
                 .mover = ATTACH_BY_US,
                 .until = ATTACH_PLACE,
                 .owner = HOOK_OWNER,
                 .self = "this test",
                 .boot = WORLD_BOOT,
                 .holder = {.kind = HOLDER_CONTAINER,
                            .id = "c1",
                            .netns = "/run/netns/c1",
                            .container = {.netns_id = WORLD_NETNS}},
                 .timeout_ms = TIMEOUT_MS,
                 .deadline_ms = world->now_ms + TIMEOUT_MS}};
    case_port(c, "eth0", NEW);
}

static inline struct attach *case_new(const struct attach_case *c,
                                      const struct world *world)
{
    return attach_new(&c->want, c->ports, c->count, &world->view);
}

/* Runs it to its end, which must be DONE, and compares the transcript. */
static inline void case_done(const struct attach_case *c, struct world *world,
                             const char *transcript)
{
    auto_attach struct attach *a = case_new(c, world);
    bool done = world_run(world, a);

    if (!done)
        TEST_FAIL("%s\n%s", attach_failure(a)->err.text, world_said(world));
    if (transcript)
        CHECK_STR(world_said(world), transcript);
}

/* ... which must be FAIL, with that errno and text. */
static inline void case_fails(const struct attach_case *c, struct world *world,
                              int code, const char *text,
                              const char *transcript)
{
    auto_attach struct attach *a = case_new(c, world);

    CHECK(!world_run(world, a));
    CHECK_EQ(attach_failure(a)->err.code, code);
    CHECK_HAS(attach_failure(a)->err.text, text);
    if (transcript)
        CHECK_STR(world_said(world), transcript);
}
