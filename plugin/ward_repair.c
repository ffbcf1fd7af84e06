/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Repairs: a few netlink requests, each of which may be done again by whoever
 * follows a guardian that was killed.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/log.h"
#include "ovsint/newcomers.h"
#include "ovsint/sysctl.h"
#include "ovsint/vnic.h"
#include "plugin/ward.h"

static struct vnic_dress dress_of(const struct look *look)
{
    const char *altname = look->seen.of_docker
                              ? vswitch_port_id(look->port, ID_ALTNAME)
                              : look->spec.ifname;

    /* The container may have chosen another default route. */
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

static bool has_ipv6(const struct attachment *spec)
{
    for (size_t i = 0; i < spec->ip_count; i++) {
        if (ip_bits(&spec->ip[i].ip) == 128)
            return true;
    }
    return false;
}

/* Docker switches IPv6 off in its sandboxes, and on again for each device that
 * it gives an address (up to 27, setIPv6() in libnetwork/osl); the setting went
 * with the former device. */
static int allow_ipv6(const struct look *look, struct err *err)
{
    if (!look->seen.of_docker || !has_ipv6(&look->spec))
        return 0;
    int r = sysctl_set_in(look->sandbox.fd, SYSCTL_IPV6, look->port->name,
                          "disable_ipv6", 0, err);
    return r == -ENOENT ? 0 : r; /* a kernel without IPv6 */
}

int ward_dress(struct ward *ward, struct look *look, struct err *err)
{
    struct vnic_dress dress = dress_of(look);

    int r = allow_ipv6(look, err);
    if (r >= 0)
        r = vnic_dress(look->sandbox.inside, &dress, err);
    if (r >= 0)
        ward->checked = true;
    return r;
}

void ward_aside_name(const char *port, char ret[IFNAME_SIZE])
{
    snprintf(ret, IFNAME_SIZE, "od%s", strlen(port) > 2 ? port + 2 : port);
}

static int delete_aside(struct look *look, struct err *err)
{
    char name[IFNAME_SIZE];
    struct link_info info;

    ward_aside_name(look->port->name, name);
    int r = link_find(look->sandbox.inside, name, &info, err);
    if (r > 0)
        r = link_delete(look->sandbox.inside, info.ifindex, err);
    return r == -ENODEV ? 0 : r;
}

/* The dead TAP has the name, the altname, the addresses and the routes. To
 * delete it waits for a barrier of the kernel (netdev_run_todo() in
 * net/core/dev.c), as long as the move does: a hundred other containers would
 * wait, too. Down and under another name it is in nobody's way. */
static int lay_aside(struct ward *ward, struct look *look, struct err *err)
{
    struct vnic_dress dress = dress_of(look);
    struct net *inside = look->sandbox.inside;
    int ifindex = look->inside.ifindex;
    char name[IFNAME_SIZE];

    if (look->seen.inside != INSIDE_CORPSE)
        return 0;
    ward->aside = true;
    ward_aside_name(look->port->name, name);
    int r = link_set_down(inside, ifindex, err);
    if (r >= 0 && dress.altname)
        r = link_del_altname(inside, ifindex, dress.altname, err);
    if (r == -ENOENT)
        r = 0; /* the container has taken it off */
    if (r >= 0)
        r = link_rename(inside, ifindex, name, err);
    if (r == -EEXIST) { /* one that died before it */
        r = delete_aside(look, err);
        if (r >= 0)
            r = link_rename(inside, ifindex, name, err);
    }
    return r == -ENODEV ? 0 : r;
}

int ward_bury(struct ward *ward, struct look *look, struct err *err)
{
    int r = delete_aside(look, err);

    if (r >= 0)
        ward->aside = false;
    return r;
}

static int move_in(struct ward *ward, struct look *look,
                   const struct link_move *move, struct err *err)
{
    auto_newcomers struct newcomers *newcomers = NULL;
    struct err ignored = {0};

    int r = newcomers_open(look->sandbox.fd, &newcomers, err);
    if (r >= 0)
        r = newcomers_begin(newcomers, look->spec.accepts_ra, err);
    if (r < 0)
        return r;
    r = link_move_in(ward->guardian->driver->host, look->outside.ifindex,
                     look->sandbox.fd, move, err);
    int ended = newcomers_end(newcomers, r < 0 ? &ignored : err);
    return r < 0 ? r : ended;
}

int ward_move(struct ward *ward, struct look *look, struct err *err)
{
    struct link_move move = {
        .mac = &look->mac, .mtu = look->spec.mtu, .up = true};

    int r = lay_aside(ward, look, err);
    if (r >= 0)
        r = move_in(ward, look, &move, err);
    if (r < 0)
        return r;
    ward->gone = false;
    if (vnic_is_tap(&look->outside))
        ward->greeting = GREETING_WANTED;
    return ward_dress(ward, look, err);
}

void ward_greet(struct ward *ward, struct look *look)
{
    struct vnic_dress dress = dress_of(look);
    struct err err = {0};

    ward->greeting = GREETING_NONE;
    if (look->seen.inside == INSIDE_DRESSED &&
        vnic_greet(look->sandbox.inside, &dress, &err) < 0)
        log_event(LOG_LEVEL_DEBUG, "a repaired port was not announced again",
                  "port", ward->name, "error", err.text, NULL);
}

/* Before the next change of any port, when the switch looks for the name and
 * makes the port anew on the host. */
int ward_rename(struct ward *ward, struct look *look, struct err *err)
{
    int r = link_rename(look->sandbox.inside, look->inside.ifindex,
                        look->port->name, err);

    return r < 0 ? r : ward_dress(ward, look, err);
}
