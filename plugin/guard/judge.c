/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The questions are asked in the order of certainty: whose the port is, whether
 * its container lives, what is inside, what is outside.
 */
#include "plugin/guard/judge.h"

/* Docker removes all endpoints of a sandbox before its namespace
 * (Sandbox.delete() in libnetwork/sandbox.go), so nobody can need the port. */
static enum verdict judge_ended(const struct seen *seen)
{
    if (!seen->of_docker || seen->arrived || seen->out_of_patience)
        return VERDICT_COLLECT;
    /* Docker answers Join before there is a namespace */
    return VERDICT_PATIENCE;
}

/* Before Docker 28 Join is answered first and the namespace made afterwards;
 * and the file is made before the mount. */
static enum verdict judge_unseen(const struct seen *seen)
{
    return seen->netns == NETNS_UNMOUNTED && !seen->out_of_patience
               ? VERDICT_PATIENCE
               : VERDICT_BLIND;
}

/* Docker has not put the device into a container, or has taken it out again.
 * Then it removes the endpoint; or it has forgotten it, if it asked a plugin
 * that was not there. */
static enum verdict judge_forgotten(const struct seen *seen)
{
    return seen->out_of_patience ? VERDICT_COLLECT : VERDICT_PATIENCE;
}

/* The device lies in the namespace of the switch. */
static enum verdict judge_outside(const struct seen *seen)
{
    if (seen->inside == INSIDE_STRANGER)
        return VERDICT_BLOCKED;
    if (seen->of_docker && seen->outside == OUTSIDE_MOVED)
        return judge_forgotten(seen);
    if (seen->arrived || seen->inside == INSIDE_DEAD_TAP)
        return VERDICT_MOVE;
    if (seen->of_docker)
        return VERDICT_LEAVE_ALONE;
    return seen->out_of_patience ? VERDICT_MOVE : VERDICT_PATIENCE;
}

/* A socket holds only so many messages of netlink, so the switch may have
 * missed the move. It then takes the TAP to be down on the host, and drops what
 * is for it: netdev_linux_tap_batch_send() in lib/netdev-linux.c. The kernel
 * datapath does not check that. */
static enum verdict judge_inside(const struct seen *seen)
{
    if (!seen->arrived)
        return VERDICT_NOTE;
    if (seen->is_tap && seen->ifindex > 0)
        return VERDICT_UNNOTICED;
    return seen->has_dead ? VERDICT_DELETE_DEAD : VERDICT_FINE;
}

/* The device is nowhere. It may have been deleted before anybody noted that it
 * had arrived. If there is a dead one, the row is from the switch that has
 * died. */
static enum verdict judge_nowhere(const struct seen *seen)
{
    if (!seen->gone)
        return seen->inside == INSIDE_DEAD_TAP ? VERDICT_UNMADE : VERDICT_WAIT;
    return seen->out_of_patience ? VERDICT_REMAKE : VERDICT_PATIENCE;
}

/* To move the device now would destroy it. While somebody else may be making
 * the port, it is theirs to say how long that may take. */
static enum verdict judge_unready(const struct seen *seen)
{
    return seen->ofport < 0 || seen->arrived || seen->on_host ? VERDICT_UNMADE
                                                              : VERDICT_WAIT;
}

/* The host's own device stays where the switch makes it, and its network
 * outlives every boot. */
static enum verdict judge_on_host(const struct seen *seen)
{
    if (seen->remaking)
        return VERDICT_RETYPE;
    if (seen->ofport <= 0)
        return judge_unready(seen);
    if (seen->outside != OUTSIDE_NOTHING)
        return VERDICT_FINE;
    return seen->out_of_patience ? VERDICT_REMAKE : VERDICT_PATIENCE;
}

enum verdict judge(const struct seen *seen)
{
    if (seen->strange)
        return VERDICT_STRANGE;
    if (seen->on_host)
        return judge_on_host(seen);
    if (seen->netns == NETNS_OWN)
        return VERDICT_STRANGE;
    if (seen->other_boot)
        return VERDICT_COLLECT;
    if (seen->netns == NETNS_ENDED)
        return judge_ended(seen);
    if (seen->of_docker && !seen->in_sandbox)
        return judge_forgotten(seen);
    if (seen->netns == NETNS_UNSEEN || seen->netns == NETNS_UNMOUNTED)
        return judge_unseen(seen);
    if (seen->netns != NETNS_HERE)
        return VERDICT_LEAVE_ALONE;
    if (seen->remaking)
        return VERDICT_RETYPE;
    if (seen->ofport <= 0)
        return judge_unready(seen);
    if (seen->is_veth)
        return seen->leaves_checksums ? VERDICT_CHECKSUMS : VERDICT_FINE;
    switch (seen->inside) {
    case INSIDE_COMPLETE:
        return judge_inside(seen);
    case INSIDE_INCOMPLETE:
        return VERDICT_SET_UP;
    case INSIDE_RENAMED:
        return VERDICT_RENAME;
    case INSIDE_DEAD_TAP:
    case INSIDE_STRANGER:
    case INSIDE_NOTHING:
        break;
    }
    if (seen->outside == OUTSIDE_NOTHING)
        return judge_nowhere(seen);
    /* The row may be late. A database that has restarted has lost every
     * ifindex, and knows it again when ovs-vswitchd has found it, which is up
     * to 8 s later. The device is not lost, and not to be moved yet. */
    return seen->ifindex > 0 ? judge_outside(seen) : VERDICT_WAIT;
}

bool verdict_is_calm(enum verdict verdict)
{
    return verdict == VERDICT_FINE || verdict == VERDICT_LEAVE_ALONE ||
           verdict == VERDICT_WAIT || verdict == VERDICT_PATIENCE;
}

const char *verdict_name(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_FINE:
    case VERDICT_NOTE:
    case VERDICT_DELETE_DEAD:
    case VERDICT_UNNOTICED:
        return "in its container";
    case VERDICT_LEAVE_ALONE:
        return "with Docker";
    case VERDICT_WAIT:
        return "waiting for the switch";
    case VERDICT_UNMADE:
        return "not made by the switch";
    case VERDICT_PATIENCE:
        return "on its way";
    case VERDICT_COLLECT:
        return "container gone";
    case VERDICT_MOVE:
        return "lost";
    case VERDICT_SET_UP:
    case VERDICT_CHECKSUMS:
        return "incomplete";
    case VERDICT_RENAME:
        return "renamed";
    case VERDICT_REMAKE:
    case VERDICT_RETYPE:
        return "deleted";
    case VERDICT_BLOCKED:
        return "lost, its name is taken inside";
    case VERDICT_STRANGE:
        return "not ours";
    case VERDICT_BLIND:
        return "cannot be judged from here";
    }
    return "unknown";
}

static const char *blind_reason(const struct seen *seen)
{
    return seen->netns == NETNS_UNMOUNTED
               ? "the namespaces that Docker mounts are not seen here: share "
                 "its directory, /run/docker/netns, with the guardian (mount "
                 "propagation rslave)"
               : "the processes of its container are not seen here: run the "
                 "guardian in the PID namespace of the container runtime "
                 "(docker run --pid=host, pidhost of a managed plugin)";
}

const char *verdict_reason(enum verdict verdict, const struct seen *seen)
{
    switch (verdict) {
    case VERDICT_COLLECT:
        if (seen->other_boot)
            return "the host has started anew since";
        return seen->netns == NETNS_ENDED ? "its network namespace has ended"
                                          : "Docker has forgotten it";
    case VERDICT_MOVE:
        if (seen->inside == INSIDE_DEAD_TAP)
            return "the switch left a dead device in the container and made a "
                   "new one on the host";
        return "the switch made its device anew on the host";
    case VERDICT_SET_UP:
        return "the device in the container is not set up as its row says";
    case VERDICT_CHECKSUMS:
        return "what its container sends has no checksums, and the userspace "
               "datapath does not add them";
    case VERDICT_RENAME:
        return "the device was renamed in the container, and the switch finds "
               "it by its name";
    case VERDICT_REMAKE:
    case VERDICT_RETYPE:
        return seen->on_host ? "its device was deleted on the host"
                             : "its device was deleted in the container";
    case VERDICT_UNNOTICED:
        return "the switch has overlooked that its device was moved into the "
               "container, and sends nothing to it";
    case VERDICT_BLOCKED:
        return "another device in the container has its name: rename or "
               "delete that one";
    case VERDICT_STRANGE:
        return seen->strange ? "ovsint gives its ports other names"
                             : "it names the host's own network namespace";
    case VERDICT_BLIND:
        return blind_reason(seen);
    case VERDICT_FINE:
    case VERDICT_LEAVE_ALONE:
    case VERDICT_WAIT:
    case VERDICT_UNMADE:
    case VERDICT_PATIENCE:
    case VERDICT_NOTE:
    case VERDICT_DELETE_DEAD:
        break;
    }
    return "";
}
