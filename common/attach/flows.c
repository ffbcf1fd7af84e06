/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * FLOWS: the source guard of each port is in force before its device comes into
 * the container; and after ports have gone, their flows go, as the switch keeps
 * them (OpenFlow knows no end of a port), and leases go back: the bridge sends
 * the frame, as the container and its device may have gone, too. A number is
 * not given again for an hour, so what is left there harms nobody at first.
 * Hence a removal that fails is no failure of the call. Pure.
 *
 * The row of a port does not always tell its number: the switch takes it back
 * when the device has gone with its namespace (`ofport` -1), and of a port that
 * was in the way the rows of this call may show nothing. Then the flows of all
 * numbers go that no port of the bridge has (orphan_flows.c).
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/attach/machine.h"
#include "ovsint/flows/port_flows.h"

/* The rows have gone, and nobody waits for the rest. */
#define DROP_MS 1000

static bool is_guarded(const struct vswitch_port *port,
                       const struct attachment *spec)
{
    return port_flows_fit(port->ofport) && attachment_has_flows(spec);
}

/* A number that is still to come has no flows yet. */
static bool is_orphaned(const struct vswitch_port *port,
                        const struct attachment *spec)
{
    return port->ofport < 0 && attachment_has_flows(spec);
}

/* By its row, or one that could not be used, or not be written. */
static bool has_lease(const struct attach *a, const struct vswitch_port *port,
                      struct dhcp_lease *ret)
{
    if (lease_of_port(port, ret))
        return true;
    *ret = a->lease;
    return strcmp(a->lease_port, port->name) == 0;
}

/* The frame that tells the DHCP server so; NULL if there is no lease. Its id is
 * nobody's: a server does not answer. */
static struct dhcp_frame *release_of(const struct attach *a,
                                     const struct vswitch_port *port,
                                     const struct attachment *spec)
{
    struct dhcp_client client;
    struct dhcp_lease lease;
    struct mac mac;

    if (!spec->ip_dhcp || !has_lease(a, port, &lease) ||
        !vswitch_port_mac(port, &mac))
        return NULL;
    struct dhcp_frame *frame = mem_new(sizeof(*frame));
    lease_client(spec, &mac, NULL, &client);
    lease_release_frame(spec, &client, &lease, (uint32_t)port->ofport, frame);
    return frame;
}

static struct gone *add_gone(struct attach *a, const char *bridge)
{
    a->gone.list = mem_grow(a->gone.list, a->gone.count, &a->gone.room,
                            sizeof(*a->gone.list));
    struct gone *gone = &a->gone.list[a->gone.count++];
    *gone = (struct gone){0};
    snprintf(gone->bridge, sizeof(gone->bridge), "%s", bridge);
    return gone;
}

void flows_note_gone(struct attach *a, const struct vswitch_port *port)
{
    struct attachment spec;
    struct err ignored = {0};

    if (!port || vswitch_port_spec(port, &spec, &ignored) < 0)
        return;
    struct dhcp_frame *release = release_of(a, port, &spec);
    if (!release && !is_guarded(port, &spec) && !is_orphaned(port, &spec))
        return;
    struct gone *gone = add_gone(a, spec.bridge);
    gone->is_guarded = is_guarded(port, &spec);
    gone->is_orphaned = is_orphaned(port, &spec);
    gone->flows = port_flows_gone(port->ofport);
    gone->release = release;
}

void flows_note_orphans(struct attach *a)
{
    for (size_t i = 0; i < a->count; i++) {
        if (!a->vnics[i].is.spec.ovn[0])
            add_gone(a, a->vnics[i].is.spec.bridge)->is_orphaned = true;
    }
}

void flows_note_evicted(struct attach *a, const char *name)
{
    const struct vswitch_port *port = vswitch_view_find(a->view, name);

    if (port)
        flows_note_gone(a, port);
    else
        flows_note_orphans(a);
}

void flows_forget_gone(struct attach *a)
{
    for (size_t i = 0; i < a->gone.count; i++)
        free(a->gone.list[i].release);
    a->gone.count = 0;
}

static void drop_packets(struct attach *a)
{
    for (size_t i = 0; i < a->packet_count; i++)
        free(a->frames[i]);
    a->packet_count = 0;
}

static enum go ask_flows(struct attach *a, const char *bridge, const char *port,
                         int64_t until_ms)
{
    const struct attach_todo todo = {
        .step = ATTACH_STEP_FLOWS,
        .vnic = a->i,
        .name = port,
        .bridge = a->flows_bridge,
        .change = {.deletes = a->deletes,
                   .delete_count = a->delete_count,
                   .adds = a->flows.flows,
                   .add_count = a->flows.count,
                   .packets = a->packets,
                   .packet_count = a->packet_count},
        .until_ms = until_ms < a->deadline_ms ? until_ms : a->deadline_ms};

    snprintf(a->flows_bridge, sizeof(a->flows_bridge), "%s", bridge);
    a->todo = todo;
    return GO_ASK;
}

static void drop_one(struct attach *a, const struct gone *gone)
{
    if (gone->is_guarded)
        a->deletes[a->delete_count++] = gone->flows;
    if (!gone->release)
        return;
    a->frames[a->packet_count] = gone->release;
    a->packets[a->packet_count++] = (struct flow_packet){
        .bytes = gone->release->bytes, .size = gone->release->size};
}

/* Those of one bridge at a time. */
enum go flows_drop_gone(struct attach *a)
{
    size_t kept = 0;

    drop_packets(a);
    if (a->gone.count == 0)
        return GO_ON;
    a->flows.count = 0;
    a->delete_count = 0;
    a->deletes = mem_resize(a->deletes, a->gone.count * sizeof(*a->deletes));
    a->packets = mem_resize(a->packets, a->gone.count * sizeof(*a->packets));
    a->frames = mem_resize(a->frames, a->gone.count * sizeof(*a->frames));
    const struct gone first = a->gone.list[0];
    bool orphans = false;
    for (size_t i = 0; i < a->gone.count; i++) {
        struct gone *gone = &a->gone.list[i];
        if (strcmp(gone->bridge, first.bridge) != 0) {
            a->gone.list[kept++] = *gone;
            continue;
        }
        orphans |= gone->is_orphaned;
        drop_one(a, gone);
    }
    a->gone.count = kept;
    enum go go = ask_flows(a, first.bridge, "", a->now_ms + DROP_MS);
    a->todo.orphans = orphans;
    return go;
}

enum go flows_refused(struct attach *a, const struct vnic *vnic)
{
    a->failure.err = a->answer.err;
    if (vnic->is.spec.guard == SOURCE_GUARD_OFF)
        err_wrap(&a->failure.err,
                 "the limit of port %s (storm=%" PRIu64 ") is not in force",
                 vnic->is.port, vnic->is.spec.storm);
    else
        err_wrap(&a->failure.err,
                 "the source guard of port %s (guard=%s%s) is not in force",
                 vnic->is.port, source_guard_name(vnic->is.spec.guard),
                 vnic->asked->spec->guard_unsaid
                     ? ", by default: guard=off does without"
                     : "");
    return fail_for(a, vnic, ATTACH_FOR_OTHER_REASONS);
}

enum { FLOWS_ASK, FLOWS_ANSWERED };

/* Of a ready port nothing has told that the switch runs at the moment: its row
 * is as it was before the switch went. */
static bool may_come_back(const struct attach *a, const struct vnic *vnic)
{
    int r = a->answer.r;

    return vnic->ready[0] &&
           (r == -ECONNREFUSED || r == -ENOENT || r == -ECONNRESET) &&
           a->now_ms + ATTACH_LOOK_EVERY_MS < a->deadline_ms;
}

static enum go flows_answered(struct attach *a, struct vnic *vnic)
{
    if (a->answer.r >= 0)
        return GO_ON;
    if (may_come_back(a, vnic))
        return ask_wait(a, a->now_ms + ATTACH_LOOK_EVERY_MS, FLOWS_ASK);
    return flows_refused(a, vnic);
}

/* Also of a device that is there: the call that had placed it may have been
 * killed, and the switch restarted since. A repair is the guardian's, which
 * sees to the flows before. */
enum go flows_put(struct attach *a, struct vnic *vnic)
{
    if (a->want.until < ATTACH_FLOWS || a->want.task != ATTACH_MAKE ||
        !attachment_has_flows(&vnic->is.spec))
        return GO_ON;
    if (a->at == FLOWS_ANSWERED)
        return flows_answered(a, vnic);
    return flows_ask_for(a, vnic, FLOWS_ANSWERED);
}

enum go flows_ask_for(struct attach *a, struct vnic *vnic, int at)
{
    const struct vswitch_port *port = vswitch_view_find(a->view, vnic->is.port);
    struct attachment spec;

    if (!port) {
        err_set(&a->failure.err, ENOENT,
                "port %s was removed by somebody before its source guard was "
                "in force",
                vnic->is.port);
        return fail_for(a, vnic, ATTACH_ROW_GONE);
    }
    a->flows.count = 0;
    if (port_flows_of_row(port, &spec, &a->flows, &a->failure.err) < 0)
        return fail_for(a, vnic, ATTACH_FOR_OTHER_REASONS);
    a->deletes = mem_resize(a->deletes, sizeof(*a->deletes));
    a->deletes[0] = port_flows_of(port->ofport);
    a->delete_count = 1;
    drop_packets(a);
    a->at = at;
    return ask_flows(a, spec.bridge, vnic->is.port, a->deadline_ms);
}

void flows_done(struct attach *a)
{
    flow_list_done(&a->flows);
    drop_packets(a);
    flows_forget_gone(a);
    free(a->packets);
    free(a->frames);
    free(a->deletes);
    free(a->gone.list);
}
