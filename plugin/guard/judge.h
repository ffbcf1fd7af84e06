/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is to be done about a port, out of what was seen of it. Pure: the whole
 * wisdom of the guardian is this one function, and its table of cases is in
 * tests/unit/test_judge.c.
 *
 * What a reader would get wrong: a device that lies on the host is not lost by
 * that. It may be on its way in (a hook is at work, Docker has yet to move it)
 * or out (Docker has moved it back). Lost is what had been in its container
 * and was made anew by the switch.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum seen_netns {
    NETNS_NOT_SEEN, /* or of no interest */
    NETNS_HERE,
    NETNS_ENDED,
    NETNS_UNSEEN,    /* its processes would not be seen by this guardian */
    NETNS_UNMOUNTED, /* Docker's namespaces are not mounted here, or not yet */
    NETNS_OWN,       /* it is the guardian's own, the host's: no container's */
    NETNS_UNCLEAR,   /* could not be opened: the reason is in the log */
};

enum seen_inside {
    INSIDE_NOTHING,
    INSIDE_DRESSED,
    INSIDE_UNDRESSED, /* the device, but not as its row says */
    INSIDE_RENAMED,   /* the device, under another name */
    INSIDE_CORPSE,    /* a TAP that no switch holds any more */
    INSIDE_STRANGER,  /* another device has its name */
};

enum seen_outside {
    OUTSIDE_NOTHING,
    OUTSIDE_MOVED, /* the device with the container's MAC: somebody moved it */
    OUTSIDE_NEW,   /* a device with a MAC of its own */
};

struct seen {
    bool of_docker;
    bool on_host;          /* a host access port: nothing is to be moved */
    bool is_veth;          /* its inner end is nobody's but the container's */
    bool other_boot;       /* the row is from before the host started */
    bool in_sandbox;       /* of Docker's: has joined and not left */
    bool arrived;          /* was in the container once */
    bool gone;             /* the kernel told that it was deleted */
    bool out_of_patience;  /* whoever may be at work had time enough */
    bool remaking;         /* the switch is to drop its dead device */
    bool leaves_checksums; /* of a pair: its inner end, and nobody does them */
    bool aside;            /* a dead TAP of it was laid aside inside */
    bool is_tap;           /* what is inside */
    bool strange;          /* its name is none that we give */
    int64_t ofport;        /* 0 = not yet, -1 = the switch failed */
    int64_t ifindex;       /* 0 = not in the switch's namespace */
    enum seen_netns netns;
    enum seen_inside inside;
    enum seen_outside outside;
};

enum verdict {
    VERDICT_FINE,      /* in its container */
    VERDICT_FOREIGN,   /* not ours to touch now */
    VERDICT_WAIT,      /* something else has to happen first */
    VERDICT_PATIENCE,  /* look again in a while */
    VERDICT_NOTE,      /* it has arrived: note that */
    VERDICT_COLLECT,   /* nobody is left that it is for: so must the port */
    VERDICT_MOVE,      /* lost: back into the container */
    VERDICT_DRESS,     /* in the container, not complete */
    VERDICT_RENAME,    /* give it its name back */
    VERDICT_CHECKSUMS, /* have its inner end finish them */
    VERDICT_BURY,      /* fine, but a dead TAP is still to be deleted */
    VERDICT_UNNOTICED, /* fine, but the switch takes it to be on the host */
    VERDICT_REMAKE,    /* the device is no more: have the switch make one */
    VERDICT_RETYPE,    /* the dead device is dropped: now have one made */
    VERDICT_BLOCKED,   /* lost, and cannot be moved: its name is taken inside */
    VERDICT_STRANGE,   /* its row says what we never write: not to be touched */
    VERDICT_BLIND, /* whether its container lives cannot be told from here */
};

/* True when nothing is left to be done, or to be done by us: what had failed
 * before is over. */
bool verdict_is_calm(enum verdict verdict);

enum verdict judge(const struct seen *seen);

/* For the log: why it was judged so; for the table: the state's name. */
const char *verdict_reason(enum verdict verdict, const struct seen *seen);
const char *verdict_name(enum verdict verdict);
