/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * From the runtime's state to an open namespace. The path in config.json is
 * preferred to the pid, as it outlives the process: a guardian that repairs the
 * port later opens the path again.
 */
#include "hook/container.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/attach/run.h"
#include "ovsint/base/io.h"
#include "ovsint/base/limits.h"
#include "ovsint/base/log.h"

/* What the bundle says about the namespace. If it cannot be read, the pid has
 * to do. */
static int read_bundle(const struct oci_state *state, struct oci_config *ret,
                       struct err *err)
{
    auto_buf struct buf text = BUF_INIT(LIMIT_CONFIG_SIZE);
    char path[PATH_MAX];
    struct err ignored = {0};

    if (!state->bundle)
        return 0;
    int len = snprintf(path, sizeof(path), "%s/config.json", state->bundle);
    if (len < 0 || (size_t)len >= sizeof(path))
        return 0;
    if (io_read_file(path, &text, &ignored) < 0)
        return 0;
    int r = oci_config_parse(buf_text(&text), text.size, ret, err);
    return r < 0 ? err_wrap(err, "%s", path) : 1;
}

static int open_netns(const struct oci_state *state, const char *path,
                      struct container *ret, struct err *err)
{
    if (path) {
        snprintf(ret->netns_path, sizeof(ret->netns_path), "%s", path);
        return netns_open(path, err);
    }
    if (state->pid == 0)
        return err_set(err, EINVAL,
                       "the state has neither a pid nor a namespace path: "
                       "is the hook listed under createRuntime?");
    snprintf(ret->netns_path, sizeof(ret->netns_path), "/proc/%d/ns/net",
             (int)state->pid);
    return netns_open_pid(state->pid, err);
}

static int tell_inside(struct err *err)
{
    return err_set(err, EINVAL,
                   "this hook runs inside the container, as those of the "
                   "stages createContainer and startContainer do, where the "
                   "host's Open vSwitch is out of reach: list it under "
                   "createRuntime");
}

/* There runc sees the container's process as process 1, which it never is to
 * its runtime, and crun does not tell the pid (seen with 1.1.5 and 1.8.1). */
int container_refuse_inside(const struct oci_state *state, struct err *err)
{
    static const char *const begins[] = {"creating", "created", "starting"};

    if (state->pid == 1)
        return tell_inside(err);
    for (size_t i = 0; state->pid == 0 && i < ARRAY_LEN(begins); i++) {
        if (strcmp(state->status, begins[i]) == 0)
            return tell_inside(err);
    }
    return 0;
}

/* Refuses the host's own network namespace. A state that is read in the
 * container's PID namespace tells nothing about that. */
static int refuse_host(int netns, const struct oci_config *config,
                       struct err *err)
{
    int r = netns_is_own(netns, err);

    if (r <= 0)
        return r;
    if (config->network && !config->network_path)
        return tell_inside(err);
    return err_set(err, EPERM,
                   "the container shares the host's network namespace: give "
                   "it one of its own, or remove its ovsint annotations");
}

/* If this /proc has no process 1, or hides it, only a guardian that sees all
 * processes may judge the port. Any other failure is one of the moment, and an
 * error. */
static int see_pidns(struct container *ret, struct err *err)
{
    int r = pidns_id(ret->pidns, err);

    if (r != -EACCES && r != -EPERM && r != -ENOENT)
        return r;
    ret->pidns[0] = '\0';
    log_event(LOG_LEVEL_DEBUG, "the PID namespace is not known", "reason",
              err->text, NULL);
    *err = (struct err){0};
    return 0;
}

int container_open(const struct oci_state *state, struct container *ret,
                   struct err *err)
{
    auto_oci_config struct oci_config config = {0};

    ret->id = state->id;
    ret->bundle = state->bundle;
    ret->pid = state->pid;
    int r = attach_run_refuse_rootless(
        "run the container as root, or without ovsint annotations", err);
    if (r < 0)
        return r;
    r = read_bundle(state, &config, err);
    if (r < 0)
        return r;
    auto_close int netns = open_netns(state, config.network_path, ret, err);
    if (netns < 0)
        return netns;
    r = refuse_host(netns, &config, err);
    if (r < 0)
        return r;
    r = program_boot_id(ret->boot, err);
    if (r < 0)
        return r;
    r = see_pidns(ret, err);
    if (r < 0)
        return r;
    ret->netns = TAKE_FD(netns);
    return 0;
}

const char *container_pidns(const struct container *container)
{
    return container->pidns[0] ? container->pidns : NULL;
}

void container_close(struct container *container)
{
    if (container->netns >= 0)
        close(container->netns);
    container->netns = -1;
}
