/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The attach engine in a world where each step may fail, get no answer, or find
 * that others have changed the rows. It comes to an end; what it calls done
 * exists, and what it has undone is gone.
 */
#define SMALL_ROWS 16

#include "tests/fuzz/fuzz.h"
#include "tests/lib/attach_case.h"

enum meanwhile {
    MEANWHILE_NOTHING,
    MEANWHILE_REMOVED,
    MEANWHILE_CHANGED,
    MEANWHILE_JOINED,
    MEANWHILES,
};

struct input {
    const uint8_t *data;
    size_t size;
};

static uint8_t take(struct input *input)
{
    if (input->size == 0)
        return 0;
    input->size--;
    return *input->data++;
}

/* Somebody else changes the port's rows. True if he did. */
static bool others(struct world *world, enum meanwhile what)
{
    if (what == MEANWHILE_NOTHING || !small_find(&world->db, "Interface", NEW))
        return false;
    if (what == MEANWHILE_REMOVED)
        world_remove(world, NEW);
    else if (what == MEANWHILE_CHANGED)
        world_set_id(world, NEW, "controller", "x");
    else
        world_set_id(world, NEW, "ovsint-member-second", "");
    world_switch(world);
    world_show(world);
    return what != MEANWHILE_CHANGED;
}

/* Runs the engine to its end; each step has its fault. */
static bool run(struct world *world, struct attach *a, struct input *input,
                bool *ret_touched)
{
    const struct attach_todo *todo;

    while ((todo = attach_next(a, world->now_ms))->step != ATTACH_STEP_DONE) {
        uint8_t byte = take(input);
        if (todo->step == ATTACH_STEP_FAIL)
            return false;
        FUZZ_REQUIRE(++world->steps < WORLD_STEPS_MAX);
        *ret_touched |= others(world, (byte >> 4) % MEANWHILES);
        byte &= 15;
        enum world_fault fault =
            byte == 0 || byte > WORLD_SILENCE ? WORLD_NO_FAULT : byte;
        if (fault == WORLD_CRASH_BEFORE || fault == WORLD_CRASH_AFTER)
            fault = WORLD_NO_FAULT;
        world_step(world, a, todo, fault);
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    auto_world struct world *world = world_new();
    struct input input = {.data = data, .size = size};
    struct attach_case c;
    bool touched = false;
    uint8_t kind = take(&input);

    case_init(&c, world);
    c.specs[0].type = kind & 1 ? VNIC_VETH : VNIC_INTERNAL;
    c.want.waits_on = kind & 2;
    if (kind & 4)
        world_port(world, kind & 1 ? "ovotheraaaaaaaa" : OLD,
                   kind & 8 ? "first" : "c1", &c.specs[0], kind & 16);
    size_t before = world_ports(world);
    auto_attach struct attach *a = case_new(&c, world);
    bool done = run(world, a, &input, &touched);
    world_switch(world);
    if (touched)
        return 0;
    const struct world_device *device =
        world_find(world, ATTACH_INSIDE, "eth0");
    if (done)
        FUZZ_REQUIRE(device && device->is_set_up && world_ports(world) == 1);
    else if (attach_failure(a)->undo.code == 0)
        FUZZ_REQUIRE(world_ports(world) <= before);
    return 0;
}
