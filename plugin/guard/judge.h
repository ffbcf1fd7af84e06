/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What is to be done about a port, from what was seen of it. Pure: all that the
 * guardian decides is decided in this one function. Its table of cases is in
 * tests/unit/plugin/guard/test_judge.c.
 *
 * Pitfall: a device that lies on the host is not lost by that. It may be on its
 * way in (a hook is at work, Docker has yet to move it) or out (Docker has
 * moved it back). It is lost if it was in its container before and the switch
 * has made it anew.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum seen_netns {
    NETNS_NOT_SEEN, /* or it does not matter */
    NETNS_HERE,
    NETNS_ENDED,
    NETNS_UNSEEN,    /* this guardian's /proc would not show its processes */
    NETNS_UNMOUNTED, /* Docker's namespaces are not mounted here, or not yet */
    /* it is the guardian's own, which is the host's: no container's */
    NETNS_OWN,
    NETNS_UNCLEAR, /* it could not be opened; the log has the reason */
};

enum seen_inside {
    INSIDE_NOTHING,
    INSIDE_COMPLETE,
    /* the device, but it lacks something that its row says */
    INSIDE_INCOMPLETE,
    INSIDE_RENAMED,  /* the device, under another name */
    INSIDE_DEAD_TAP, /* a TAP that no ovs-vswitchd holds any more */
    INSIDE_STRANGER, /* another device has the port's name */
};

enum seen_outside {
    OUTSIDE_NOTHING,
    /* the device has the container's MAC: somebody has moved it out */
    OUTSIDE_MOVED,
    /* the device has a MAC of its own: the switch has made it anew */
    OUTSIDE_NEW,
};

struct seen {
    bool of_docker;
    bool on_host; /* a host access port: it is never moved */
    bool is_veth; /* a veth pair: only the container can lose its inner end */
    bool other_boot;      /* the row is from before the host started */
    bool in_sandbox;      /* Docker's: it has joined, and not left */
    bool arrived;         /* it was in its container once */
    bool gone;            /* the kernel has reported that it was deleted */
    bool out_of_patience; /* whoever may be at work on it had enough time */
    bool remaking; /* the switch has been told to drop its deleted device */
    /* a veth pair whose inner end leaves checksums to a switch that adds
     * none */
    bool leaves_checksums;
    bool has_dead;  /* its container has a dead TAP of it, under another name */
    bool is_tap;    /* what is inside is a TAP */
    bool strange;   /* its name is none that ovsint gives */
    int64_t ofport; /* 0 = not yet, -1 = the switch failed */
    /* 0 = not in the namespace of the switch, or the switch has not told */
    int64_t ifindex;
    enum seen_netns netns;
    enum seen_inside inside;
    enum seen_outside outside;
};

enum verdict {
    VERDICT_FINE,        /* it is in its container */
    VERDICT_LEAVE_ALONE, /* others are at work on it: leave it alone */
    /* Something else has to happen first. It has no deadline, as each way to
     * act without that would destroy a device that is not lost. The switch has
     * not told of the port yet: whoever makes the port has a deadline, and
     * undoes it; if that one has died, the port goes with its container. Or the
     * device is in a namespace that neither side sees: it is looked at again
     * with the next event of it, and when the container ends. */
    VERDICT_WAIT,
    VERDICT_UNMADE,      /* the switch has failed: make it try again */
    VERDICT_PATIENCE,    /* look again after a while */
    VERDICT_NOTE,        /* it has arrived: note that in its row */
    VERDICT_COLLECT,     /* its container is gone: remove the port */
    VERDICT_MOVE,        /* it is lost: move it into the container */
    VERDICT_SET_UP,      /* it is in the container, but incomplete */
    VERDICT_RENAME,      /* give it its name again */
    VERDICT_CHECKSUMS,   /* make its inner end finish checksums */
    VERDICT_DELETE_DEAD, /* it is fine, but its dead TAP has to be deleted */
    /* it is fine, but the switch takes it to be on the host */
    VERDICT_UNNOTICED,
    VERDICT_REMAKE, /* it was deleted: make the switch drop it */
    /* the switch has dropped it: make the switch make it again */
    VERDICT_RETYPE,
    /* it is lost and cannot be moved: its name is taken inside */
    VERDICT_BLOCKED,
    /* its row says what ovsint never writes: do not touch it */
    VERDICT_STRANGE,
    /* it cannot be told from here whether its container lives */
    VERDICT_BLIND,
};

/* Is nothing left to be done, or not by us? Then earlier failures are over. */
bool verdict_is_calm(enum verdict verdict);

enum verdict judge(const struct seen *seen);

/* The reason, for the log; the name of the state, for guardian_show(). */
const char *verdict_reason(enum verdict verdict, const struct seen *seen);
const char *verdict_name(enum verdict verdict);
