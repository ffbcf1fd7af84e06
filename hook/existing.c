/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is there already when an attach begins. Hooks are called twice for one
 * container (prestart and createRuntime), once per container of a pod with one
 * namespace, after a crash and after a reboot; rows tell all of these apart by
 * container, namespace and boot, and the device in the namespace tells whether
 * a row is still true.
 */
#include "hook/attach.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hook/claim.h"
#include "ovsint/net/link.h"
#include "ovsint/rows/port_name.h"

/* How long another container's run may take from the moment when its port is
 * ready to the moment when the device has come; at most half of our time. */
#define OTHER_RUN_MS 3000
#define LOOK_EVERY_MS 20

int attach_evict(struct attach *a, const char *port_uuid, const char *name,
                 struct err *err)
{
    for (size_t i = 0; i < a->eviction_count; i++) {
        if (strcmp(a->evictions[i].port_uuid, port_uuid) == 0)
            return 0;
    }
    if (a->eviction_count == LIMIT_EVICTIONS)
        return err_set(err, E2BIG,
                       "more than %d ports of dead containers are in the way: "
                       "remove them with 'ovs-vsctl del-port' (they have "
                       "external_ids:" ID_OWNER "=" HOOK_OWNER "), or let "
                       "'ovsint-plugin --once' do it",
                       LIMIT_EVICTIONS);
    a->evictions = mem_resize(a->evictions,
                              (a->eviction_count + 1) * sizeof(*a->evictions));
    struct eviction *eviction = &a->evictions[a->eviction_count++];
    snprintf(eviction->port_uuid, sizeof(eviction->port_uuid), "%s", port_uuid);
    snprintf(eviction->name, sizeof(eviction->name), "%s", name);
    return 0;
}

static bool is_of_this_namespace(const struct attach *a,
                                 const struct vswitch_port *port)
{
    return vswitch_port_id_is(port, ID_NETNS_ID, a->container.netns_id) &&
           vswitch_port_id_is(port, ID_BOOT, a->container.boot);
}

/* Do they ask for the same? Addresses that were allocated are not asked for.
 */
static bool asks_the_same(const struct attachment *spec,
                          const struct attachment *asked)
{
    auto_buf struct buf is = BUF_INIT(ATTACHMENT_TEXT_SIZE);
    auto_buf struct buf wanted = BUF_INIT(ATTACHMENT_TEXT_SIZE);
    struct json_writer is_writer = JSON_WRITER(&is);
    struct json_writer wanted_writer = JSON_WRITER(&wanted);
    struct attachment copy = *spec;

    if (copy.ip_auto && copy.ip_count > asked->ip_count)
        copy.ip_count = asked->ip_count;
    attachment_write(&copy, &is_writer);
    attachment_write(asked, &wanted_writer);
    return strcmp(buf_text(&is), buf_text(&wanted)) == 0;
}

bool hook_owns(const struct vswitch_port *port)
{
    return vswitch_port_is_ours(port) && names_is_ours(port->name) &&
           vswitch_port_id_is(port, ID_OWNER, HOOK_OWNER);
}

/* For a message. Somebody may have removed the key. */
static const char *container_of_port(const struct vswitch_port *port)
{
    const char *container = vswitch_port_id(port, ID_CONTAINER);

    return container ? container : "(of unknown id)";
}

static bool is_pair(const struct vswitch_port *port)
{
    struct attachment spec;
    struct err ignored = {0};

    return vswitch_port_spec(port, &spec, &ignored) >= 0 &&
           spec.type == VNIC_VETH;
}

/* The switch deletes the devices that it made, and no others. */
static int evict(struct attach *a, const struct vswitch_port *port,
                 struct err *err)
{
    int r = attach_evict(a, port->port_uuid, port->name, err);

    return r >= 0 && is_pair(port) ? attach_delete_pair(a, port->name, err) : r;
}

/* An internal port that goes while its device is in the namespace keeps its
 * altname until the switch has deleted it; the new device needs that name now.
 */
static int free_altname(struct attach *a, const struct vnic *vnic,
                        const char *port, struct err *err)
{
    struct link_info info;
    int r = link_find(a->inside, vnic->asked.ifname, &info, err);

    if (r <= 0 || strcmp(info.name, port) != 0)
        return r < 0 ? r : 0;
    r = link_del_altname(a->inside, info.ifindex, vnic->asked.ifname, err);
    return r == -ENOENT ? 0 : r;
}

static bool is_shared(const struct attach *a, const struct vswitch_port *port)
{
    return vswitch_port_member_count(port) >
           (vswitch_port_has_member(port, a->container.id) ? 1 : 0);
}

/* Is the port's device in the namespace? An internal port keeps its OVS name
 * there. Of a pair the name inside could be anybody's: ours is the other end.
 */
static int find_device(struct attach *a, const struct vnic *vnic,
                       const struct vswitch_port *port, struct err *err)
{
    struct link_info info;

    if (!is_pair(port))
        return link_find(a->inside, port->name, &info, err);
    int r = link_find(a->host, port->name, &info, err);
    return r > 0 ? link_find(a->inside, vnic->asked.ifname, &info, err) : r;
}

/* One patience for all interfaces, as one run plugs them together. */
static bool other_run_is_dead(struct attach *a)
{
    int64_t half = a->run->settings->timeout_ms / 2;

    if (a->patience.at_ms == 0)
        a->patience = deadline_in(half < OTHER_RUN_MS ? half : OTHER_RUN_MS);
    return deadline_passed(a->patience);
}

/* The device has come into the namespace, maybe by somebody else's hand that
 * is at work right now: 1, or 0 when it does not come. As long as the switch
 * has not made the port the other run rightly waits, as ours would. */
static int wait_for_device(struct attach *a, const struct vnic *vnic,
                           const char *name, bool is_shared, struct err *err)
{
    for (;;) {
        const struct vswitch_port *port = vswitch_view_find(&a->view, name);
        if (!port)
            return 0;
        int r = find_device(a, vnic, port, err);
        if (r != 0 || !is_shared)
            return r;
        if (port->ofport != 0 && other_run_is_dead(a))
            return 0;
        if (deadline_passed(a->run->deadline))
            return err_set(err, ETIMEDOUT,
                           "container %s of this namespace waits for "
                           "ovs-vswitchd to make port %s: is it running?",
                           container_of_port(port), name);
        r = attach_sync(a, deadline_in(LOOK_EVERY_MS), err);
        if (r < 0)
            return r;
    }
}

/* Becomes a member: 1, or 0 when the row changed or went meanwhile. */
static int join(struct attach *a, const struct vswitch_port *port,
                struct err *err)
{
    struct vswitch_identity identity = attach_identity(a);
    struct reply_fault fault = {0};
    auto_txn struct txn txn = {0};

    if (vswitch_port_has_member(port, a->container.id))
        return 1;
    port_names_add(&a->undo_ports.ports, port->name);
    txn_init(&txn, OVSDB_NAME);
    vswitch_join(&txn, port, &identity.holder);
    int r =
        client_transact(a->ovsdb, &txn, a->run->deadline, NULL, &fault, err);
    if (r >= 0)
        return 1;
    return fault.kind == REPLY_GUARD ? 0 : r;
}

static int refuse_other_settings(const struct vnic *vnic,
                                 const struct vswitch_port *port,
                                 struct err *err)
{
    return err_set(err, EBUSY,
                   "%s of this namespace is plugged already by container %s "
                   "with other settings: give all containers of a pod the "
                   "same ovsint annotations",
                   vnic->asked.ifname, container_of_port(port));
}

/* There is a port for this vNIC in this namespace: take it over, or put it on
 * the list of those that have to go. 1 settled, 0 look again. */
static int adopt_once(struct attach *a, struct vnic *vnic, const char *name,
                      struct err *err)
{
    const struct vswitch_port *port = vswitch_view_find(&a->view, name);
    struct attachment spec;
    struct err ignored = {0};

    if (!port)
        return 1;
    bool shared = is_shared(a, port);
    int r = wait_for_device(a, vnic, name, shared, err);
    if (r < 0)
        return r;
    port = vswitch_view_find(&a->view, name);
    if (!port)
        return 1;
    bool same = vswitch_port_spec(port, &spec, &ignored) >= 0 &&
                asks_the_same(&spec, &vnic->asked);
    if (r > 0 && same) {
        r = join(a, port, err);
        if (r <= 0)
            return r;
        vnic->want = spec;
        vnic->present = true;
        snprintf(vnic->port, sizeof(vnic->port), "%.15s", name);
        return 1;
    }
    if (r > 0 && shared)
        return refuse_other_settings(vnic, port, err);
    r = evict(a, port, err);
    if (r >= 0)
        r = free_altname(a, vnic, name, err);
    return r < 0 ? r : 1;
}

static int adopt(struct attach *a, struct vnic *vnic, const char *name,
                 struct err *err)
{
    for (;;) {
        int r = adopt_once(a, vnic, name, err);
        if (r != 0)
            return r < 0 ? r : 0;
        /* The update that explains the failed guard is on its way. */
        r = attach_sync(a, a->run->deadline, err);
        if (r < 0)
            return r;
        if (r == 0)
            return err_set(err, ETIMEDOUT,
                           "the row of port %s changed at each try until the "
                           "deadline",
                           name);
    }
}

static struct vnic *vnic_of(struct attach *a, const struct vswitch_port *port)
{
    for (size_t i = 0; i < a->count; i++) {
        if (vswitch_port_id_is(port, ID_IFNAME, a->vnics[i].asked.ifname))
            return &a->vnics[i];
    }
    return NULL;
}

static int refuse_running(const struct attach *a,
                          const struct vswitch_port *port, struct err *err)
{
    return err_set(err, EBUSY,
                   "it runs already from this bundle, in another network "
                   "namespace (process %d, port %s): stop that one, or give "
                   "one of the two another id or bundle",
                   (int)vswitch_port_pid(port, a->container.id), port->name);
}

/* Its MAC comes from the id, as ours would. */
static void avoid_mac(struct attach *a, const struct vswitch_port *port)
{
    const char *text = vswitch_port_id(port, ID_MAC);
    struct mac mac;

    if (!text || parse_mac(text, &mac) < 0)
        return;
    for (size_t i = 0; i < a->count; i++) {
        struct vnic *vnic = &a->vnics[i];
        if (mac_is_zero(&vnic->asked.mac) && mac_equal(&vnic->mac, &mac))
            vnic->mac = names_mac(a->container.bundle, vnic->asked.ifname);
    }
}

/* A row of this container that belongs to no vNIC of this run: from an earlier
 * boot, an earlier namespace, or an interface that is not asked for any more.
 * Of a port that others live on, only our membership is stale. Another
 * container may have our id. */
static int clear_stale(struct attach *a, const struct vswitch_port *port,
                       struct err *err)
{
    const struct claimant claimant = {.container = a->container.id,
                                      .bundle = a->container.bundle,
                                      .pidns = container_pidns(&a->container),
                                      .pid = a->container.pid};

    if (!hook_owns(port) || !vswitch_port_has_member(port, a->container.id))
        return 0;
    if (!vswitch_port_id_is(port, ID_BOOT, a->container.boot))
        return evict(a, port, err);
    enum claim claim = hook_claim(port, &claimant);
    if (claim == CLAIM_OTHER)
        avoid_mac(a, port);
    if (claim == CLAIM_OTHER || is_shared(a, port))
        return 0;
    return claim == CLAIM_RUNS ? refuse_running(a, port, err)
                               : evict(a, port, err);
}

static int refuse_other_owner(const struct vnic *vnic,
                              const struct vswitch_port *port, struct err *err)
{
    const char *owner = vswitch_port_id(port, ID_OWNER);

    return err_set(err, EBUSY,
                   "%s of this namespace is plugged already, and not by this "
                   "hook: port %s, " ID_OWNER " \"%s\"",
                   vnic->asked.ifname, port->name, owner ? owner : "");
}

/* Ports are visited by name, as the view changes while one is adopted. What is
 * longer than a device's name is no port of ours. */
static const struct vswitch_port *next_port(const struct attach *a,
                                            const char *after)
{
    const struct vswitch_port *next = NULL;

    for (size_t i = 0; i < a->view.count; i++) {
        const struct vswitch_port *port = a->view.ports[i];
        if (strlen(port->name) < IFNAME_SIZE && strcmp(port->name, after) > 0 &&
            (!next || strcmp(port->name, next->name) < 0))
            next = port;
    }
    return next;
}

int attach_find_existing(struct attach *a, struct err *err)
{
    char name[IFNAME_SIZE] = "";
    const struct vswitch_port *port;

    a->eviction_count = 0;
    while ((port = next_port(a, name))) {
        struct vnic *vnic = vnic_of(a, port);
        int r;
        snprintf(name, sizeof(name), "%s", port->name);
        if (!vnic || !is_of_this_namespace(a, port)) {
            r = clear_stale(a, port, err);
            if (r < 0)
                return r;
            continue;
        }
        r = hook_owns(port) ? adopt(a, vnic, name, err)
                            : refuse_other_owner(vnic, port, err);
        if (r < 0)
            return attach_wrap(vnic, err);
    }
    return 0;
}

/* Another member of a pod may have plugged it since the first look. The row of
 * an internal port comes before its device, that of a pair after it. */
static int look_again(struct attach *a, const struct vnic *vnic,
                      struct err *err)
{
    int r = attach_catch_up(a, err);

    if (r >= 0)
        r = attach_find_existing(a, err);
    while (r >= 0 && !vnic->present && vnic->asked.type == VNIC_VETH &&
           !other_run_is_dead(a)) {
        r = attach_sync(a, deadline_in(LOOK_EVERY_MS), err);
        if (r > 0)
            r = attach_find_existing(a, err);
    }
    return r;
}

int attach_refuse_taken_name(struct attach *a, const struct vnic *vnic,
                             struct err *err)
{
    struct link_info info;
    int r = link_find(a->inside, vnic->asked.ifname, &info, err);

    if (r <= 0)
        return r;
    r = look_again(a, vnic, err);
    if (r < 0 || vnic->present)
        return r;
    return err_set(err, EEXIST,
                   "the container has an interface %s already (%s): name "
                   "another one, as in ovsint.eth1.bridge=%s, or give "
                   "the container no other network",
                   vnic->asked.ifname, info.name, vnic->asked.bridge);
}

int attach_refuse_taken_names(struct attach *a, struct err *err)
{
    for (size_t i = 0; i < a->count; i++) {
        const struct vnic *vnic = &a->vnics[i];
        if (vnic->present)
            continue;
        int r = attach_refuse_taken_name(a, vnic, err);
        if (r < 0)
            return attach_wrap(vnic, err);
    }
    return 0;
}

int attach_refuse_uncarried(struct attach *a, struct err *err)
{
    for (size_t i = 0; i < a->count; i++) {
        const struct vnic *vnic = &a->vnics[i];
        const struct vswitch_bridge *bridge =
            vswitch_bridges_find(&a->view.bridges, vnic->asked.bridge);
        if (!bridge || vnic->present)
            continue;
        int r = vswitch_bridge_carries(bridge, &vnic->asked, err);
        if (r < 0)
            return attach_wrap(vnic, err);
    }
    return 0;
}
