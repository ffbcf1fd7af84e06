/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A look at one port: its row, its namespace, the device inside, the device
 * outside; in this order, as far as each leads to the next. It changes nothing
 * and keeps nothing open. It fails where the row cannot be read, or where the
 * kernel does not answer.
 */
#include <errno.h>
#include <string.h>

#include "ovsint/device/vnic.h"
#include "ovsint/net/link_watch.h"
#include "ovsint/rows/default_route.h"
#include "ovsint/rows/lease.h"
#include "plugin/guard/guarded.h"

/* How long setting an address may take after the server has given it. */
#define LEASING_MS 3000

void look_close(struct look *look)
{
    sandbox_close(&look->sandbox);
}

uint64_t look_patience_ms(const struct guarded *guarded,
                          const struct look *look)
{
    uint64_t limit = guarded->guardian->host->settings->timeout_ms;

    if (look->seen.gone) {
        /* If the switch has made it again already, it only has to be moved. */
        bool is_made = !guarded->on_host && look->port->ifindex > 0;
        uint64_t next = guarded->remade_ms + REMAKE_EVERY_MS;
        return guarded->remade_ms && !is_made &&
                       next > guarded->since_ms + DELETION_PATIENCE_MS
                   ? next - guarded->since_ms
                   : DELETION_PATIENCE_MS;
    }
    if (!look->seen.of_docker)
        return limit;
    return limit * (vswitch_port_id(look->port, ID_NETNS) ? DOCKER_PATIENCE
                                                          : JOIN_PATIENCE);
}

static bool out_of_patience(const struct guarded *guarded,
                            const struct look *look)
{
    if (guarded->verdict == VERDICT_REMAKE || guarded->verdict == VERDICT_BLIND)
        return true;
    return guarded->verdict == VERDICT_PATIENCE &&
           guardian_now_ms(guarded->guardian) - guarded->since_ms >=
               look_patience_ms(guarded, look);
}

static void see_row(const struct guarded *guarded,
                    const struct vswitch_port *port, struct look *look)
{
    struct seen *seen = &look->seen;

    seen->of_docker = vswitch_port_id_is(port, ID_OWNER, DOCKER_OWNER);
    seen->is_veth = look->spec.type == VNIC_VETH;
    seen->other_boot =
        !vswitch_port_id_is(port, ID_BOOT, guarded->guardian->host->boot);
    seen->in_sandbox =
        vswitch_port_id(port, ID_NETNS) && !vswitch_port_has_left(port);
    seen->arrived = vswitch_port_id(port, ID_ARRIVED) != NULL;
    seen->remaking = vswitch_port_id(port, ID_REMAKING) != NULL;
    seen->gone = guarded->gone;
    seen->ofport = port->ofport;
    seen->ifindex = port->ifindex;
    seen->out_of_patience = out_of_patience(guarded, look);
}

struct search {
    const struct look *look;
    char dead_name[IFNAME_SIZE];
    struct link_info found;
};

static void match_mac(void *data, const struct link_info *info)
{
    struct search *search = data;

    if (vnic_is_internal(info) && strcmp(info->name, search->dead_name) != 0 &&
        mac_equal(&info->mac, &search->look->mac))
        search->found = *info;
}

/* Do not conclude anything from a device of that name on the host: between the
 * look there and the one here Docker may have moved it, and it sets it up
 * later. */
static bool is_dead_tap(const struct link_info *info)
{
    return vnic_is_tap(info) && !info->attached;
}

/* An address is in the row before it is on the device. Whoever has just leased
 * it is about to set it. */
static bool is_being_leased(const struct guarded *guarded,
                            const struct vswitch_port *port)
{
    struct dhcp_lease lease;

    return lease_of_port(port, &lease) &&
           (int64_t)guardian_now_ms(guarded->guardian) <
               lease.begun_ms + LEASING_MS;
}

static int see_named(struct guarded *guarded, struct look *look,
                     struct err *err)
{
    const struct link_info *info = &look->inside;

    if (!vnic_is_internal(info)) {
        look->seen.inside = INSIDE_STRANGER;
        return 0;
    }
    if (is_dead_tap(info)) {
        look->seen.inside = INSIDE_DEAD_TAP;
        return 0;
    }
    guarded->index_inside = info->ifindex;
    look->seen.inside = INSIDE_COMPLETE;
    look->seen.is_tap = vnic_is_tap(info);
    if (info->unfinished) {
        look->seen.inside = INSIDE_INCOMPLETE;
        return 0;
    }
    /* Before it has arrived somebody else is at work on it. */
    if (guarded->checked || !look->seen.arrived)
        return 0;
    int r = look_is_set_up(look, err);
    if (r == 0 && is_being_leased(guarded, look->port)) {
        guarded_later(guarded, LEASING_MS);
        return 0;
    }
    if (r == 0)
        look->seen.inside = INSIDE_INCOMPLETE;
    guarded->checked = r > 0;
    return r;
}

/* A guardian that has just started does not know whether a dead TAP was
 * left. */
static int see_dead(struct guarded *guarded, struct look *look,
                    const char *name, struct err *err)
{
    struct link_info info;

    if (!look->seen.arrived || (guarded->checked && !guarded->has_dead))
        return 0;
    int r = link_find(look->sandbox.inside, name, &info, err);
    if (r >= 0)
        guarded->has_dead = r > 0;
    look->seen.has_dead = guarded->has_dead;
    return r;
}

static int see_inside(struct guarded *guarded, struct look *look,
                      struct err *err)
{
    struct search search = {.look = look};

    guarded_dead_name(look->port->name, search.dead_name);
    int r = see_dead(guarded, look, search.dead_name, err);
    if (r >= 0)
        r = link_find(look->sandbox.inside, look->port->name, &look->inside,
                      err);
    if (r > 0)
        return see_named(guarded, look, err);
    if (r < 0)
        return r;
    r = link_each(look->sandbox.inside, match_mac, &search, err);
    if (r >= 0 && search.found.ifindex) {
        look->inside = search.found;
        look->seen.inside =
            is_dead_tap(&look->inside) ? INSIDE_DEAD_TAP : INSIDE_RENAMED;
    }
    return r;
}

static int see_outside(const struct guarded *guarded, struct look *look,
                       struct err *err)
{
    int r = link_find(guarded->guardian->host->net, look->port->name,
                      &look->outside, err);

    if (r <= 0)
        return r;
    look->seen.outside =
        mac_equal(&look->outside.mac, &look->mac) ? OUTSIDE_MOVED : OUTSIDE_NEW;
    return 0;
}

/* What the row says may be old, and a device that is not inside is often the
 * host's again. */
static int see_behind_row(const struct guarded *guarded, struct look *look,
                          struct err *err)
{
    return look->port->ifindex == 0 && look->seen.inside != INSIDE_COMPLETE &&
                   look->seen.inside != INSIDE_INCOMPLETE &&
                   look->seen.inside != INSIDE_RENAMED
               ? see_outside(guarded, look, err)
               : 0;
}

/* If the device was deleted before this guardian started, no event has told
 * that. */
static void see_nowhere(struct guarded *guarded, struct look *look)
{
    const struct seen *seen = &look->seen;

    if (seen->inside != INSIDE_NOTHING || seen->outside != OUTSIDE_NOTHING ||
        guarded->gone || guarded->searched)
        return;
    guarded->searched = true;
    guarded->gone = !sandbox_device_is_elsewhere(look->port, &look->mac);
    look->seen.gone = guarded->gone;
}

static enum seen_netns netns_seen(enum sandbox_sight sight)
{
    switch (sight) {
    case SANDBOX_ENDED:
        return NETNS_ENDED;
    case SANDBOX_HERE:
        return NETNS_HERE;
    case SANDBOX_UNSEEN:
        return NETNS_UNSEEN;
    case SANDBOX_UNMOUNTED:
        return NETNS_UNMOUNTED;
    case SANDBOX_OWN:
        return NETNS_OWN;
    }
    return NETNS_UNCLEAR;
}

static int see_netns(struct guarded *guarded, struct look *look,
                     struct err *err)
{
    bool may_announce = look->port->ifindex > 0 || !guarded->checked ||
                        reannounce_is_due(guarded);
    enum net_flags flags = may_announce && vnic_needs_frames(&look->spec)
                               ? NET_WITH_ANNOUNCE
                               : NET_PLAIN;

    int r = sandbox_open(look->port, flags, &look->sandbox, err);
    if (r < 0) {
        look->seen.netns = NETNS_UNCLEAR;
        return r;
    }
    look->seen.netns = netns_seen((enum sandbox_sight)r);
    if (r != SANDBOX_HERE)
        return 0;
    return nsid_of(guarded->guardian->host->net, look->sandbox.fd,
                   &guarded->nsid, err);
}

/* host_device.h checks what is set on the device. */
static int see_on_host(struct guarded *guarded, struct look *look,
                       struct err *err)
{
    look->seen.on_host = true;
    int r = see_outside(guarded, look, err);
    guarded->gone = r >= 0 && look->seen.outside == OUTSIDE_NOTHING;
    see_row(guarded, look->port, look);
    return r;
}

/* What is inside can only be judged by these. */
static int read_wanted(const struct vswitch_port *port, struct look *ret,
                       struct err *err)
{
    int r = vswitch_port_spec(port, &ret->spec, err);

    if (r < 0 || vswitch_port_mac(port, &ret->mac))
        return r;
    return err_set(err, EINVAL, "port %s has no " ID_MAC, port->name);
}

int guarded_look(struct guarded *guarded, const struct vswitch_port *port,
                 struct look *ret, struct err *err)
{
    struct err unreadable = {0};

    ret->port = port;
    ret->sandbox = SANDBOX_CLOSED;
    ret->seen.strange = guarded->strange;
    if (guarded->strange)
        return 0;
    if (guarded->on_host)
        return see_on_host(guarded, ret, err);
    /* A port of a container that has ended is collected, whatever somebody has
     * written into its row. */
    int wanted = read_wanted(port, ret, &unreadable);
    if (default_route_is_elsewhere(&guarded->guardian->host->ports, port))
        ret->spec.gateway_count = 0;
    see_row(guarded, port, ret);
    bool is_in = !ret->seen.of_docker || ret->seen.in_sandbox;
    if (ret->seen.other_boot || (!is_in && !vswitch_port_id(port, ID_NETNS)))
        return 0;
    int r = see_netns(guarded, ret, err);
    if (r < 0 || ret->seen.netns != NETNS_HERE || !is_in)
        return r;
    if (wanted < 0) {
        *err = unreadable;
        return wanted;
    }
    if (ret->seen.is_veth)
        return guarded_see_pair(guarded, ret, err);
    if (port->ifindex > 0)
        r = see_outside(guarded, ret, err);
    if (r >= 0)
        r = see_inside(guarded, ret, err);
    if (r >= 0)
        r = see_behind_row(guarded, ret, err);
    if (r >= 0)
        see_nowhere(guarded, ret);
    return r < 0 ? r : 0;
}
