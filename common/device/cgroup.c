/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Checks one component of the path after the other, as a container may make
 * groups below its own. Somebody who names such a group after another container
 * says that his own processes are that container's, and gains nothing.
 */
#include "ovsint/device/cgroup.h"

#include <stddef.h>
#include <string.h>

#include "ovsint/base/parse.h"

/* The words that moby, podman, CRI-O, containerd's CRI plugin, and (for
 * systemd) runc and crun put before the id. */
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
    /* One line for each hierarchy: "4:memory:/a/b". */
    while ((text = strchr(text, '/'))) {
        size_t size = strcspn(++text, "/\n");
        if (is_of(text, size, container))
            return true;
        text += size;
    }
    return false;
}
