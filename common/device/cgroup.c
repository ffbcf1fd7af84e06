/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One component of a path after the other. A container may make groups below
 * its own, so each one counts; who names them after another container says of
 * his own processes that they are that one's, and no more.
 */
#include "ovsint/device/cgroup.h"

#include <stddef.h>
#include <string.h>

#include "ovsint/base/parse.h"

/* Who calls a group so: moby, podman, CRI-O, containerd's CRI plugin; and what
 * runc and crun make for systemd without being told. */
static const char *const prefixes[] = {
    "",         "docker-", "libpod-", "crio-", "cri-containerd-",
    "nerdctl-", "runc-",   "crun-"};

#define SCOPE ".scope"
#define SCOPE_SIZE (sizeof(SCOPE) - 1)

static bool is_of(const char *name, size_t size, const char *container)
{
    size_t id_size = strlen(container);

    if (size > SCOPE_SIZE && size != id_size &&
        memcmp(name + size - SCOPE_SIZE, SCOPE, SCOPE_SIZE) == 0)
        size -= SCOPE_SIZE;
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
        size_t prefix_size = strlen(prefixes[i]);
        if (size == prefix_size + id_size &&
            memcmp(name, prefixes[i], prefix_size) == 0 &&
            memcmp(name + prefix_size, container, id_size) == 0)
            return true;
    }
    return false;
}

bool cgroup_is_of(const char *text, const char *container)
{
    if (!container[0])
        return false;
    /* "4:memory:/a/b", a line for each hierarchy. */
    while ((text = strchr(text, '/'))) {
        size_t size = strcspn(++text, "/\n");
        if (is_of(text, size, container))
            return true;
        text += size;
    }
    return false;
}
