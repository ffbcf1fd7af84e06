/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Ready ports (rows/ready_port.h). LOOK shows those that fit a vNIC, CLAIM
 * chooses one of them, and the transaction's guard tells if another call was
 * quicker; then the next one is tried. Calls that begin at the same time each
 * begin their choice elsewhere. Nobody waits for a pool: if none is there, or
 * too many were lost, the port is made as without one. Pure.
 */
#include <stdio.h>
#include <string.h>

#include "common/attach/machine.h"
#include "ovsint/base/hash.h"
#include "ovsint/rows/ready_port.h"

/* Each costs one more transaction. Whoever has lost so many has lost them to as
 * many calls, which leave nothing. */
#define MOST_LOST 16

/* Another vNIC of this call may have it already. */
static bool is_chosen(const struct attach *a, const char *name)
{
    for (size_t i = 0; i < a->count; i++) {
        if (strcmp(a->vnics[i].ready, name) == 0)
            return true;
    }
    return false;
}

/* The next one by a number that differs from call to call, so that few calls
 * want the same. */
static const struct vswitch_port *best(const struct attach *a,
                                       const struct vnic *vnic)
{
    uint64_t begin = hash_text(HASH_BEGIN, vnic->asked->name);
    const struct vswitch_port *ret = NULL;
    uint64_t least = 0;

    for (const struct vswitch_port *port =
             vswitch_view_first(a->view, VSWITCH_BY_POOL, vnic->fit);
         port; port = vswitch_port_next(port, VSWITCH_BY_POOL)) {
        uint64_t far = hash_text(begin, port->name);
        if (!ready_port_is_ready(port, a->want.boot) ||
            name_list_has(&a->ready_lost, port->name) ||
            is_chosen(a, port->name) || (ret && far >= least))
            continue;
        ret = port;
        least = far;
    }
    return ret;
}

/* What was chosen before was not written. */
static void give_back(struct attach *a, struct vnic *vnic)
{
    if (!vnic->ready[0])
        return;
    name_list_remove(&a->armed, vnic->ready);
    vnic->ready[0] = '\0';
    memcpy(vnic->is.port, vnic->asked->name, sizeof(vnic->is.port));
}

const struct vswitch_port *ready_choose(struct attach *a, struct vnic *vnic)
{
    give_back(a, vnic);
    if (!vnic->fit[0] || a->ready_lost.count >= MOST_LOST)
        return NULL;
    const struct vswitch_port *port = best(a, vnic);
    if (!port)
        return NULL;
    snprintf(vnic->ready, sizeof(vnic->ready), "%.15s", port->name);
    memcpy(vnic->is.port, vnic->ready, sizeof(vnic->is.port));
    return port;
}

void ready_lose(struct attach *a, struct vnic *vnic)
{
    name_list_add(&a->ready_lost, vnic->ready);
    give_back(a, vnic);
}
