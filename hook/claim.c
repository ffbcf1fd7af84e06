/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bundle tells two containers of one id apart, and the process two runs of
 * one bundle. The path of a bundle means something where the runtime runs only,
 * so it counts together with the PID namespace.
 *
 * A process is looked at by stat(2), which is all that the confined hook can
 * do: a process of that number in that namespace is the one that was noted.
 */
#include "hook/claim.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "ovsint/net/netns.h"

#define PROC_PATH_SIZE 48
#define LOOK_EVERY_MS 10

static bool lives(const struct vswitch_port *port, pid_t pid)
{
    const char *text = vswitch_port_id(port, ID_NETNS_ID);
    char path[PROC_PATH_SIZE];
    struct netns_id id;
    struct stat st;

    if (!text || netns_id_parse(text, &id) < 0)
        return false;
    snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
    return stat(path, &st) == 0 && st.st_dev == id.dev && st.st_ino == id.ino;
}

static bool is_other(const char *is, const char *ours)
{
    return is && ours && strcmp(is, ours) != 0;
}

enum claim hook_claim(const struct vswitch_port *port,
                      const struct claimant *claimant)
{
    const char *bundle = vswitch_port_bundle(port, claimant->container);
    pid_t pid = vswitch_port_pid(port, claimant->container);

    if (!bundle || !claimant->bundle)
        return CLAIM_OURS;
    if (is_other(vswitch_port_id(port, ID_PIDNS), claimant->pidns))
        return CLAIM_OTHER;
    if (is_other(bundle, claimant->bundle))
        return pid == 0 || lives(port, pid) ? CLAIM_OTHER : CLAIM_OURS;
    if (pid == 0 || pid == claimant->pid)
        return CLAIM_OURS;
    while (lives(port, pid)) {
        if (deadline_passed(claimant->ending))
            return CLAIM_RUNS;
        poll(NULL, 0, LOOK_EVERY_MS);
    }
    return CLAIM_OURS;
}
