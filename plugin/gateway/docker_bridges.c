/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The names are those that moby gives its bridges: "br-" and 12 digits of the
 * network's id (daemon/libnetwork/drivers/bridge).
 */
#include "plugin/gateway/docker_bridges.h"

#include <string.h>

#include "plugin/gateway/nat_rules.h"

#define ID_DIGITS 12

bool docker_bridges_have(const struct link_info *link)
{
    const char *name = link->name;

    if (strcmp(link->kind, "bridge") != 0)
        return false;
    if (strcmp(name, "docker0") == 0 || strcmp(name, "docker_gwbridge") == 0)
        return true;
    return strncmp(name, "br-", 3) == 0 &&
           strspn(name + 3, "0123456789abcdef") == ID_DIGITS &&
           name[3 + ID_DIGITS] == '\0';
}

static void bridge_keep(void *data, const struct link_info *link)
{
    struct docker_bridges *docker_bridges = data;

    if (!docker_bridges_have(link))
        return;
    docker_bridges->devices = mem_resize(docker_bridges->devices,
                                         (docker_bridges->count + 1) *
                                             sizeof(*docker_bridges->devices));
    memcpy(docker_bridges->devices[docker_bridges->count++], link->name,
           IFNAME_SIZE);
}

/* The kernel lists devices in the order of their numbers, so the order is
 * always the same. */
static bool is_same(const struct docker_bridges *a,
                    const struct docker_bridges *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (strcmp(a->devices[i], b->devices[i]) != 0)
            return false;
    }
    return true;
}

int docker_bridges_read(struct net *host, struct docker_bridges *docker_bridges,
                        struct err *err)
{
    struct docker_bridges now = {0};

    int r = link_each(host, bridge_keep, &now, err);
    if (r < 0 || is_same(&now, docker_bridges)) {
        docker_bridges_done(&now);
        return r < 0 ? r : 0;
    }
    docker_bridges_done(docker_bridges);
    *docker_bridges = now;
    return 1;
}

void docker_bridges_done(struct docker_bridges *docker_bridges)
{
    free(docker_bridges->devices);
    *docker_bridges = (struct docker_bridges){0};
}

void docker_bridges_rules(const struct docker_bridges *docker_bridges,
                          struct buf *ret)
{
    buf_add_text(ret, "flush set inet " NAT_TABLE " apart\n");
    for (size_t i = 0; i < docker_bridges->count; i++)
        buf_addf(ret, "add element inet " NAT_TABLE " apart { \"%s\" }\n",
                 docker_bridges->devices[i]);
}
