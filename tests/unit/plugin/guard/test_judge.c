/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The guardian's verdicts: the cases that happen, by name; and that no other
 * combination leads to a harmful deed.
 */
#include "plugin/guard/judge.h"

#include "ovsint/base/cleanup.h"
#include "tests/lib/test.h"

#define HOOK .netns = NETNS_HERE, .ofport = 5
#define JOINED .of_docker = true, .in_sandbox = true
#define DOCKER JOINED, HOOK

static const struct {
    const char *what;
    struct seen seen;
    enum verdict verdict;
} cases[] = {
    {"where it belongs",
     {HOOK, .arrived = true, .inside = INSIDE_COMPLETE},
     VERDICT_FINE},
    {"back in its container, the dead TAP renamed",
     {HOOK, .arrived = true, .inside = INSIDE_COMPLETE, .has_dead = true},
     VERDICT_DELETE_DEAD},
    {"a dead TAP was renamed, and the next one died before it was moved",
     {HOOK, .arrived = true, .has_dead = true, .ifindex = 7,
      .outside = OUTSIDE_NEW},
     VERDICT_MOVE},
    {"the switch has overlooked that its TAP was moved",
     {HOOK, .arrived = true, .inside = INSIDE_COMPLETE, .is_tap = true,
      .ifindex = 7},
     VERDICT_UNNOTICED},
    {"a killed switch still has its TAP, and the next one has made another",
     {HOOK, .arrived = true, .inside = INSIDE_COMPLETE, .is_tap = true,
      .ifindex = 7, .outside = OUTSIDE_NEW},
     VERDICT_UNNOTICED},
    {"... on the kernel datapath, which does not ask where a device is",
     {HOOK, .arrived = true, .inside = INSIDE_COMPLETE, .ifindex = 7},
     VERDICT_FINE},
    {"just arrived", {HOOK, .inside = INSIDE_COMPLETE}, VERDICT_NOTE},
    {"Docker's, just arrived",
     {DOCKER, .inside = INSIDE_COMPLETE},
     VERDICT_NOTE},
    {"a guardian was killed before it had set up the device",
     {HOOK, .arrived = true, .inside = INSIDE_INCOMPLETE},
     VERDICT_SET_UP},

    {"the hook is about to move it",
     {HOOK, .ifindex = 7, .outside = OUTSIDE_NEW},
     VERDICT_PATIENCE},
    {"the hook that should have moved it is gone",
     {HOOK, .ifindex = 7, .outside = OUTSIDE_NEW, .out_of_patience = true},
     VERDICT_MOVE},
    {"Docker is about to move it",
     {DOCKER, .ifindex = 7, .outside = OUTSIDE_NEW},
     VERDICT_LEAVE_ALONE},
    {"Docker does not hurry",
     {DOCKER, .ifindex = 7, .outside = OUTSIDE_NEW, .out_of_patience = true},
     VERDICT_LEAVE_ALONE},
    {"Docker has not joined",
     {.of_docker = true, .ofport = 5},
     VERDICT_PATIENCE},
    {"Docker never will join",
     {.of_docker = true, .ofport = 5, .out_of_patience = true},
     VERDICT_COLLECT},
    {"Docker has left",
     {.of_docker = true, .ofport = 5, .arrived = true, .ifindex = 7},
     VERDICT_PATIENCE},
    {"Docker has left, and its namespace has ended",
     {.of_docker = true,
      .netns = NETNS_ENDED,
      .ofport = 5,
      .arrived = true,
      .ifindex = 7},
     VERDICT_COLLECT},
    {"Docker has left before there was a namespace",
     {.of_docker = true, .netns = NETNS_ENDED, .ofport = 5, .ifindex = 7},
     VERDICT_PATIENCE},
    {"Docker has moved it back while there was no plugin",
     {DOCKER, .arrived = true, .ifindex = 7, .outside = OUTSIDE_MOVED},
     VERDICT_PATIENCE},
    {"... and forgotten it",
     {DOCKER, .arrived = true, .ifindex = 7, .outside = OUTSIDE_MOVED,
      .out_of_patience = true},
     VERDICT_COLLECT},

    {"made anew on the host",
     {HOOK, .arrived = true, .ifindex = 7, .outside = OUTSIDE_NEW},
     VERDICT_MOVE},
    {"Docker's, made anew on the host",
     {DOCKER, .arrived = true, .ifindex = 7, .outside = OUTSIDE_NEW},
     VERDICT_MOVE},
    {"moved to the host by an operator",
     {HOOK, .arrived = true, .ifindex = 7, .outside = OUTSIDE_MOVED},
     VERDICT_MOVE},
    {"a dead TAP is in the way, and the arrival was not noted",
     {HOOK, .ifindex = 7, .inside = INSIDE_DEAD_TAP, .outside = OUTSIDE_NEW},
     VERDICT_MOVE},
    {"the switch has not made it, and nobody else waits for that",
     {.netns = NETNS_HERE, .arrived = true},
     VERDICT_UNMADE},
    {"the switch could not make it",
     {.netns = NETNS_HERE, .arrived = true, .ofport = -1},
     VERDICT_UNMADE},
    {"... and a dead TAP is where it should be",
     {.netns = NETNS_HERE,
      .arrived = true,
      .ofport = -1,
      .inside = INSIDE_DEAD_TAP},
     VERDICT_UNMADE},
    {"... and nobody needs it any more",
     {.netns = NETNS_ENDED, .arrived = true, .ofport = -1},
     VERDICT_COLLECT},
    {"... nor knows Docker of it",
     {.of_docker = true, .netns = NETNS_HERE, .ofport = -1},
     VERDICT_PATIENCE},
    {"the switch is down: a dead TAP, and nothing on the host",
     {HOOK, .arrived = true, .inside = INSIDE_DEAD_TAP},
     VERDICT_UNMADE},
    {"... or it has not even made the bridge, and the row is an earlier one's",
     {HOOK, .arrived = true, .ifindex = 7, .inside = INSIDE_DEAD_TAP},
     VERDICT_UNMADE},
    {"another device has the name inside",
     {HOOK, .arrived = true, .ifindex = 7, .inside = INSIDE_STRANGER,
      .outside = OUTSIDE_NEW},
     VERDICT_BLOCKED},
    {"the row is behind", {HOOK, .arrived = true, .ifindex = 7}, VERDICT_WAIT},

    {"deleted inside, and the switch has not told yet that it made another",
     {HOOK, .arrived = true, .gone = true, .outside = OUTSIDE_NEW,
      .out_of_patience = true},
     VERDICT_WAIT},
    {"Docker has moved it back, and the row is behind",
     {DOCKER, .arrived = true, .gone = true, .outside = OUTSIDE_MOVED,
      .out_of_patience = true},
     VERDICT_WAIT},

    {"renamed inside",
     {HOOK, .arrived = true, .inside = INSIDE_RENAMED},
     VERDICT_RENAME},
    {"deleted inside, this moment",
     {HOOK, .arrived = true, .gone = true},
     VERDICT_PATIENCE},
    {"deleted inside",
     {HOOK, .arrived = true, .gone = true, .out_of_patience = true},
     VERDICT_REMAKE},
    {"deleted inside, and the switch takes it to be on the host",
     {HOOK, .arrived = true, .gone = true, .ifindex = 7,
      .out_of_patience = true},
     VERDICT_REMAKE},
    {"deleted inside before it was seen there",
     {HOOK, .gone = true, .out_of_patience = true},
     VERDICT_REMAKE},
    {"renamed inside before it was seen there",
     {HOOK, .inside = INSIDE_RENAMED},
     VERDICT_RENAME},
    {"the switch has been told to drop the deleted one",
     {.netns = NETNS_HERE, .arrived = true, .remaking = true, .ofport = -1},
     VERDICT_RETYPE},
    {"moved on by the container itself",
     {HOOK, .arrived = true, .out_of_patience = true},
     VERDICT_WAIT},
    {"not made yet", {.netns = NETNS_HERE}, VERDICT_WAIT},

    {"the container has ended",
     {.ofport = 5, .netns = NETNS_ENDED, .arrived = true},
     VERDICT_COLLECT},
    {"it ended before the switch was ready",
     {.netns = NETNS_ENDED},
     VERDICT_COLLECT},
    {"Docker's container has ended",
     {JOINED, .ofport = 5, .netns = NETNS_ENDED, .arrived = true},
     VERDICT_COLLECT},
    {"Docker has not made the namespace yet",
     {JOINED, .ofport = 5, .netns = NETNS_ENDED},
     VERDICT_PATIENCE},
    {"Docker never will",
     {JOINED, .ofport = 5, .netns = NETNS_ENDED, .out_of_patience = true},
     VERDICT_COLLECT},
    {"the host has started anew",
     {HOOK, .other_boot = true, .arrived = true, .inside = INSIDE_COMPLETE},
     VERDICT_COLLECT},
    {"Docker's, from before the host started",
     {.of_docker = true, .other_boot = true},
     VERDICT_COLLECT},
    {"the processes of its container are not seen from here",
     {.ofport = 5,
      .netns = NETNS_UNSEEN,
      .arrived = true,
      .ifindex = 7,
      .outside = OUTSIDE_NEW},
     VERDICT_BLIND},
    {"... but the host has started anew",
     {.other_boot = true, .ofport = 5, .netns = NETNS_UNSEEN, .arrived = true},
     VERDICT_COLLECT},
    {"Docker's, whose mounts are not seen from here, or not made yet",
     {JOINED, .ofport = 5, .netns = NETNS_UNMOUNTED},
     VERDICT_PATIENCE},
    {"Docker's, whose mounts are not seen from here",
     {JOINED, .ofport = 5, .netns = NETNS_UNMOUNTED, .out_of_patience = true},
     VERDICT_BLIND},
    {"... and Docker has left it",
     {.of_docker = true,
      .ofport = 5,
      .netns = NETNS_UNMOUNTED,
      .out_of_patience = true},
     VERDICT_COLLECT},
    {"somebody has given a device of the host our keys",
     {HOOK, .strange = true, .arrived = true, .ifindex = 7},
     VERDICT_STRANGE},
    {"... with the boot id of another boot",
     {HOOK, .strange = true, .other_boot = true},
     VERDICT_STRANGE},
    {"somebody has written that the container is the host",
     {.ofport = 5, .netns = NETNS_OWN, .arrived = true, .ifindex = 7},
     VERDICT_STRANGE},
    {"the namespace cannot be opened",
     {.ofport = 5, .netns = NETNS_UNCLEAR, .arrived = true},
     VERDICT_LEAVE_ALONE},

    {"the host's own",
     {.on_host = true, .ofport = 5, .outside = OUTSIDE_NEW},
     VERDICT_FINE},
    {"the host's own, of an earlier boot, whose switch begins",
     {.on_host = true, .of_docker = true, .other_boot = true},
     VERDICT_UNMADE},
    {"the host's own, and the switch could not make it",
     {.on_host = true, .of_docker = true, .ofport = -1},
     VERDICT_UNMADE},
    {"the host's own, deleted this moment, or about to be made",
     {.on_host = true, .of_docker = true, .ofport = 5, .gone = true},
     VERDICT_PATIENCE},
    {"the host's own, deleted",
     {.on_host = true,
      .of_docker = true,
      .ofport = 5,
      .gone = true,
      .out_of_patience = true},
     VERDICT_REMAKE},
    {"the host's own, and the switch has been told to drop the deleted one",
     {.on_host = true, .of_docker = true, .remaking = true, .ofport = -1},
     VERDICT_RETYPE},

    {"a veth pair is nobody's but the container's",
     {HOOK, .is_veth = true, .ifindex = 7, .outside = OUTSIDE_NEW},
     VERDICT_FINE},
    {"a veth pair whose inner end leaves checksums to a switch that does none",
     {HOOK, .is_veth = true, .leaves_checksums = true, .ifindex = 7},
     VERDICT_CHECKSUMS},
    {"... and the switch has not taken it yet",
     {.netns = NETNS_HERE, .is_veth = true, .leaves_checksums = true},
     VERDICT_WAIT},
    {"a veth pair of a container that has ended",
     {.is_veth = true, .ofport = 5, .netns = NETNS_ENDED},
     VERDICT_COLLECT},
};

TEST(verdicts)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum verdict is = judge(&cases[i].seen);
        if (is != cases[i].verdict)
            TEST_FAIL("%s: %s, want %s", cases[i].what, verdict_name(is),
                      verdict_name(cases[i].verdict));
    }
}

static void check_on_host(const struct seen *seen, enum verdict verdict)
{
    CHECK(verdict == VERDICT_REMAKE || verdict == VERDICT_RETYPE ||
          verdict == VERDICT_FINE || verdict == VERDICT_WAIT ||
          verdict == VERDICT_UNMADE || verdict == VERDICT_PATIENCE);
    if (verdict == VERDICT_REMAKE)
        CHECK(seen->ofport > 0 && seen->outside == OUTSIDE_NOTHING);
    if (verdict == VERDICT_RETYPE)
        CHECK(seen->remaking);
}

/* For every combination: what must be true if the verdict is this deed. */
static void check_deed(const struct seen *seen, enum verdict verdict)
{
    if (seen->strange) {
        CHECK_EQ(verdict, VERDICT_STRANGE);
        return;
    }
    if (seen->on_host) {
        check_on_host(seen, verdict);
        return;
    }
    switch (verdict) {
    case VERDICT_MOVE:
        CHECK(seen->netns == NETNS_HERE && seen->ofport > 0);
        CHECK(seen->ifindex > 0 && seen->outside != OUTSIDE_NOTHING);
        CHECK(!seen->of_docker || seen->in_sandbox);
        CHECK(!seen->of_docker || seen->outside == OUTSIDE_NEW);
        break;
    case VERDICT_COLLECT:
        CHECK(!seen->of_docker || seen->arrived || seen->out_of_patience ||
              seen->other_boot);
        CHECK(seen->other_boot || seen->netns == NETNS_ENDED ||
              (seen->of_docker && seen->out_of_patience &&
               (!seen->in_sandbox || seen->outside == OUTSIDE_MOVED)));
        break;
    case VERDICT_REMAKE:
        CHECK(seen->gone && seen->inside != INSIDE_COMPLETE);
        CHECK(seen->inside != INSIDE_NOTHING ||
              seen->outside == OUTSIDE_NOTHING);
        CHECK(seen->netns == NETNS_HERE);
        break;
    case VERDICT_UNNOTICED:
        CHECK(seen->is_tap && seen->inside == INSIDE_COMPLETE);
        CHECK(seen->arrived && seen->ifindex > 0 && seen->ofport > 0);
        CHECK(!seen->of_docker || seen->in_sandbox);
        break;
    case VERDICT_DELETE_DEAD:
        CHECK(seen->has_dead && seen->inside == INSIDE_COMPLETE);
        CHECK(seen->netns == NETNS_HERE && seen->ofport > 0);
        break;
    case VERDICT_RETYPE:
        CHECK(seen->remaking && seen->netns == NETNS_HERE);
        break;
    case VERDICT_CHECKSUMS:
        CHECK(seen->is_veth && seen->leaves_checksums);
        CHECK(seen->netns == NETNS_HERE && seen->ofport > 0);
        CHECK(!seen->of_docker || seen->in_sandbox);
        break;
    case VERDICT_SET_UP:
    case VERDICT_RENAME:
    case VERDICT_NOTE:
        CHECK(seen->netns == NETNS_HERE && seen->ofport > 0);
        CHECK(!seen->of_docker || seen->in_sandbox);
        break;
    case VERDICT_UNMADE:
        CHECK(seen->ofport < 0 || seen->inside == INSIDE_DEAD_TAP ||
              (seen->ofport == 0 && seen->arrived));
        CHECK(seen->netns == NETNS_HERE);
        CHECK(!seen->of_docker || seen->in_sandbox);
        CHECK(!seen->remaking);
        break;
    case VERDICT_STRANGE:
        CHECK(seen->strange || seen->netns == NETNS_OWN);
        break;
    case VERDICT_BLIND:
        CHECK(seen->netns == NETNS_UNSEEN || seen->netns == NETNS_UNMOUNTED);
        break;
    case VERDICT_FINE:
    case VERDICT_LEAVE_ALONE:
    case VERDICT_WAIT:
    case VERDICT_PATIENCE:
    case VERDICT_BLOCKED:
        break;
    }
}

/* Takes a number below `count` out of the combination. */
static unsigned take(unsigned *combination, unsigned count)
{
    unsigned value = *combination % count;

    *combination /= count;
    return value;
}

TEST(no_deed_without_its_reason)
{
    for (unsigned n = 0;; n++) {
        unsigned rest = n;
        struct seen seen = {
            .of_docker = take(&rest, 2),
            .on_host = take(&rest, 2),
            .is_veth = take(&rest, 2),
            .leaves_checksums = take(&rest, 2),
            .other_boot = take(&rest, 2),
            .in_sandbox = take(&rest, 2),
            .arrived = take(&rest, 2),
            .gone = take(&rest, 2),
            .out_of_patience = take(&rest, 2),
            .has_dead = take(&rest, 2),
            .is_tap = take(&rest, 2),
            .strange = take(&rest, 2),
            .remaking = take(&rest, 2),
            .ofport = (int64_t)take(&rest, 3) - 1,
            .ifindex = take(&rest, 2),
            .netns = (enum seen_netns)take(&rest, NETNS_UNCLEAR + 1),
            .inside = (enum seen_inside)take(&rest, INSIDE_STRANGER + 1),
            .outside = (enum seen_outside)take(&rest, OUTSIDE_NEW + 1),
        };
        if (rest)
            return;
        check_deed(&seen, judge(&seen));
    }
}

/* A series of failures ends only when nothing is left that could fail. */
TEST(calm)
{
    static const enum verdict calm[] = {VERDICT_FINE, VERDICT_LEAVE_ALONE,
                                        VERDICT_WAIT, VERDICT_PATIENCE};
    static const enum verdict busy[] = {
        VERDICT_NOTE,      VERDICT_COLLECT,   VERDICT_MOVE,
        VERDICT_SET_UP,    VERDICT_RENAME,    VERDICT_DELETE_DEAD,
        VERDICT_REMAKE,    VERDICT_RETYPE,    VERDICT_BLOCKED,
        VERDICT_UNNOTICED, VERDICT_CHECKSUMS, VERDICT_UNMADE};

    for (size_t i = 0; i < ARRAY_LEN(calm); i++)
        CHECK(verdict_is_calm(calm[i]));
    for (size_t i = 0; i < ARRAY_LEN(busy); i++)
        CHECK(!verdict_is_calm(busy[i]));
}

TEST_MAIN
