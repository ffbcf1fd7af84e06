/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Repairs: a few netlink requests, each of which may be done again by whoever
 * follows a guardian that was killed.
 */
#include <errno.h>

#include "ovsint/vnic.h"
#include "plugin/ward.h"

static struct vnic_dress dress_of(const struct look *look)
{
    const char *altname = look->seen.of_docker
                              ? vswitch_port_id(look->port, ID_ALTNAME)
                              : look->spec.ifname;

    /* Which of several networks gives Docker's default route is not in the
     * row: the one that is there stays. */
    return (struct vnic_dress){.device = look->port->name,
                               .want = &look->spec,
                               .mac = &look->mac,
                               .altname = altname,
                               .spares_default = look->seen.of_docker};
}

int look_is_dressed(struct look *look, struct err *err)
{
    struct vnic_dress dress = dress_of(look);

    return vnic_is_dressed(look->sandbox.inside, &dress, err);
}

int ward_dress(struct ward *ward, struct look *look, struct err *err)
{
    struct vnic_dress dress = dress_of(look);

    int r = vnic_dress(look->sandbox.inside, &dress, err);
    if (r >= 0)
        ward->checked = true;
    return r;
}

/* The dead TAP has the name, the altname and the addresses. */
static int bury(struct look *look, struct err *err)
{
    if (look->seen.inside != INSIDE_CORPSE)
        return 0;
    int r = link_delete(look->sandbox.inside, look->inside.ifindex, err);
    return r == -ENODEV ? 0 : r;
}

int ward_move(struct ward *ward, struct look *look, struct err *err)
{
    struct link_move move = {
        .mac = &look->mac, .mtu = look->spec.mtu, .up = true};

    int r = bury(look, err);
    if (r >= 0)
        r = link_move_in(ward->guardian->driver->host, look->outside.ifindex,
                         look->sandbox.fd, &move, err);
    if (r < 0)
        return r;
    ward->gone = false;
    return ward_dress(ward, look, err);
}

/* Before the next change of any port, when the switch looks for the name and
 * makes the port anew on the host. */
int ward_rename(struct ward *ward, struct look *look, struct err *err)
{
    int r = link_rename(look->sandbox.inside, look->inside.ifindex,
                        look->port->name, err);

    return r < 0 ? r : ward_dress(ward, look, err);
}
