/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Opens the container's namespace and the database, and has the ports of that
 * namespace shown. A row alone is not enough, as the number of a namespace is
 * given out again: the device has to be there, too.
 */
#include "hook/theirs.h"

#include <string.h>

#include "ovsint/net/link.h"
#include "ovsint/rows/external_ids.h"

const char *const theirs_owners[] = {CNI_OWNER, NETAVARK_OWNER, NULL};

static bool is_theirs(const struct vswitch_port *port)
{
    for (size_t i = 0; theirs_owners[i]; i++) {
        if (vswitch_port_is_ours(port) &&
            vswitch_port_id_is(port, ID_OWNER, theirs_owners[i]))
            return true;
    }
    return false;
}

int theirs_open(struct theirs *ret, const struct hook_run *run,
                const struct oci_state *state, struct err *err)
{
    struct vswitch_scope scope = {0};

    int r = container_open(state, &ret->container, err);
    if (r < 0)
        return r;
    r = attach_run_open(&ret->run, run->ovsdb, ret->container.netns, NULL, 0,
                        run->deadline, err);
    if (r < 0)
        return r;
    scope.netns_id = ret->run.netns_id;
    r = attach_run_look(ret->run.client, &scope, run->deadline, &ret->run.view,
                        err);
    for (size_t i = 0; r >= 0 && i < ret->run.view.count; i++) {
        if (is_theirs(ret->run.view.ports[i]))
            return 1;
    }
    return r;
}

bool theirs_has(void *theirs, const char *ifname)
{
    const struct attach_run *run = &((struct theirs *)theirs)->run;
    struct link_info info;
    struct err ignored = {0};

    for (size_t i = 0; i < run->view.count; i++) {
        const struct vswitch_port *port = run->view.ports[i];
        if (is_theirs(port) && vswitch_port_id_is(port, ID_IFNAME, ifname))
            return link_find(run->place.inside, ifname, &info, &ignored) > 0;
    }
    return false;
}

void theirs_close(struct theirs *theirs)
{
    attach_run_close(&theirs->run);
    container_close(&theirs->container);
}
