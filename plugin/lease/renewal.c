/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Does what the DHCP client of one port says: its frames over a socket in the
 * container's namespace, its leases into the row and onto the device. While
 * something is being written the client is not asked. More time counts even if
 * the database is away: it is written when that is back.
 */
#include "plugin/lease/renewal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "ovsint/base/hash.h"
#include "ovsint/base/log.h"
#include "ovsint/device/sandbox.h"
#include "ovsint/device/vnic.h"
#include "ovsint/net/addr.h"
#include "ovsint/net/packet.h"
#include "plugin/daemon/watch.h"

/* If all sockets are in use; and after a row that could not be written. */
#define SLOT_MS 100
#define REFUSED_MS 60000

static const struct vswitch_port *port_of(const struct renewal *renewal)
{
    return vswitch_view_find(&renewal->keeper->host->ports, renewal->name);
}

/* The socket. */

static void on_socket_closed(uv_handle_t *handle)
{
    struct lease_socket *socket =
        container_of((uv_poll_t *)handle, struct lease_socket, poll);

    net_close(socket->inside);
    socket->keeper->open--;
    lease_keeper_closed_one(socket->keeper);
    free(socket);
}

static void close_socket(struct renewal *renewal)
{
    struct lease_socket *socket = TAKE_PTR(renewal->socket);

    if (!socket)
        return;
    socket->renewal = NULL;
    uv_close((uv_handle_t *)&socket->poll, on_socket_closed);
}

static void on_frames(uv_poll_t *poll, int status, int events)
{
    struct lease_socket *socket = container_of(poll, struct lease_socket, poll);
    struct renewal *renewal = socket->renewal;
    uint8_t frame[PACKET_SIZE];
    struct err ignored = {0};
    int size = -1;

    (void)events;
    if (!renewal)
        return;
    while (status >= 0 && (size = packet_receive(socket->inside, frame,
                                                 sizeof(frame), &ignored)) > 0)
        dhcp_take(renewal->dhcp, frame, (size_t)size,
                  lease_keeper_now_ms(renewal->keeper));
    if (size < 0)
        close_socket(renewal);
    renewal_run(renewal);
    lease_keeper_schedule(renewal->keeper);
}

/* The port's device in its container. */
static int find_device(const struct vswitch_port *port, struct net *inside,
                       struct link_info *ret, struct err *err)
{
    struct attachment spec;
    int r = vswitch_port_spec(port, &spec, err);

    if (r >= 0)
        r = link_find(inside, spec.type == VNIC_VETH ? spec.ifname : port->name,
                      ret, err);
    if (r == 0)
        return err_set(err, ENODEV, "its device is not in its container");
    return r < 0 ? r : 0;
}

static int open_inside(const struct vswitch_port *port, struct net **ret,
                       struct link_info *ret_info, struct err *err)
{
    auto_sandbox struct sandbox sandbox = SANDBOX_CLOSED;
    int r = sandbox_open(port, NET_WITH_ANNOUNCE, &sandbox, err);

    if (r >= 0 && r != SANDBOX_HERE)
        return err_set(err, ENOENT, "its container cannot be seen");
    if (r >= 0)
        r = find_device(port, sandbox.inside, ret_info, err);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(sandbox.inside);
    return 0;
}

static int open_socket(struct renewal *renewal, struct err *err)
{
    struct lease_keeper *keeper = renewal->keeper;
    const struct vswitch_port *port = port_of(renewal);
    auto_net struct net *inside = NULL;
    struct link_info info;

    if (!port)
        return err_set(err, ENOENT, "its rows have gone");
    int r = open_inside(port, &inside, &info, err);
    if (r >= 0)
        r = packet_listen(inside, info.ifindex, err);
    if (r < 0)
        return r;
    auto_free struct lease_socket *socket = mem_new(sizeof(*socket));
    r = watch_readable(keeper->timer.loop, &socket->poll, packet_fd(inside),
                       on_frames, NULL, "a packet socket", err);
    if (r < 0)
        return r;
    socket->keeper = keeper;
    socket->renewal = renewal;
    socket->inside = TAKE_PTR(inside);
    keeper->handles++;
    keeper->open++;
    renewal->socket = TAKE_PTR(socket);
    return 0;
}

static void send_frame(struct renewal *renewal, const struct dhcp_frame *frame)
{
    struct err err = {0};

    if (!renewal->socket && open_socket(renewal, &err) < 0)
        log_event(LOG_LEVEL_DEBUG, "a DHCP server could not be asked", "port",
                  renewal->name, "reason", err.text, NULL);
    else
        packet_send(renewal->socket->inside, frame->bytes, frame->size);
}

/* The device. */

static void tell(const struct renewal *renewal, enum log_level level,
                 const char *what, const struct err *why)
{
    char address[PREFIX_TEXT_SIZE];

    prefix_format(&renewal->held.address, address);
    log_event(level, what, "port", renewal->name, "address",
              renewal->has_lease ? address : NULL, "reason",
              why ? why->text : NULL, NULL);
}

static int set_device(const struct vswitch_port *port, struct err *err)
{
    auto_net struct net *inside = NULL;
    struct attachment spec;
    struct link_info info;
    int r = vswitch_port_spec(port, &spec, err);

    if (r >= 0)
        r = open_inside(port, &inside, &info, err);
    if (r < 0)
        return r;
    const struct vnic_set_up how = {
        .device = info.name,
        .want = &spec,
        .spares_default = vswitch_port_id(port, ID_ENDPOINT) != NULL};
    return vnic_set_up(inside, &how, err);
}

/* With its last address the kernel drops the device's routes, too
 * (fib_del_ifaddr() in net/ipv4/fib_frontend.c). */
static void take_off(const struct renewal *renewal,
                     const struct dhcp_lease *lease)
{
    const struct vswitch_port *port = port_of(renewal);
    auto_net struct net *inside = NULL;
    struct link_info info;
    struct err err = {0};

    if (!port)
        return;
    int r = open_inside(port, &inside, &info, &err);
    if (r >= 0)
        r = addr_del(inside, info.ifindex, &lease->address, &err);
    if (r < 0 && r != -EADDRNOTAVAIL)
        tell(renewal, LOG_LEVEL_WARNING,
             "an address whose lease has ended may still be in use", &err);
}

/* The row. */

static bool same_address(const struct dhcp_lease *a, const struct dhcp_lease *b)
{
    return ip_equal(&a->address.ip, &b->address.ip) &&
           a->address.len == b->address.len;
}

/* A new lease that nobody will use: the server may give the address to another
 * one. More time for one that is in use goes on as long as it was given. */
static void give_back(struct renewal *renewal)
{
    const struct vswitch_port *port = port_of(renewal);
    struct dhcp_client client;
    struct dhcp_frame frame;
    struct attachment spec;
    struct err ignored = {0};
    struct mac mac;

    if (renewal->has_lease || renewal->is_removing || !port ||
        vswitch_port_spec(port, &spec, &ignored) < 0 ||
        !vswitch_port_mac(port, &mac))
        return;
    spec.vlan = 0; /* of the switch's, not of the device's frames */
    lease_client(&spec, &mac, NULL, &client);
    lease_release_frame(&spec, &client, dhcp_lease(renewal->dhcp),
                        hash_text(HASH_BEGIN, renewal->name) & UINT32_MAX,
                        &frame);
    send_frame(renewal, &frame);
}

static void refused(struct renewal *renewal,
                    const struct ovsdb_outcome *outcome)
{
    struct err err = outcome->err;

    give_back(renewal);
    close_socket(renewal);
    renewal->is_unwritten = false; /* the next one is */
    renewal->is_refused = true;
    renewal->due_ms = lease_keeper_now_ms(renewal->keeper) + REFUSED_MS;
    if (outcome->fault.kind == REPLY_GUARD)
        err_set(&err, EADDRINUSE,
                "another port of the bridge has the address that the server "
                "gives");
    if (!renewal->logged)
        tell(renewal, LOG_LEVEL_ERROR, "a lease could not be recorded", &err);
    renewal->logged = true;
}

/* Without an answer nothing is known, and without the lock it is not ours to
 * do: the rows, or the lock, come again. */
static bool is_to_be_repeated(const struct ovsdb_outcome *outcome)
{
    return outcome->r == -ECONNRESET ||
           (outcome->r < 0 && outcome->fault.kind == REPLY_NOT_OWNER);
}

static void on_lease_written(struct ovsdb_call *call,
                             const struct ovsdb_outcome *outcome)
{
    struct renewal *renewal = container_of(call, struct renewal, call);
    const struct vswitch_port *port = port_of(renewal);
    struct dhcp_lease is;
    struct err err = {0};

    if (is_to_be_repeated(outcome)) {
        renewal->due_ms = lease_keeper_now_ms(renewal->keeper) + SLOT_MS;
    } else if (outcome->r < 0) {
        refused(renewal, outcome);
    } else if (port && lease_of_port(port, &is)) {
        bool is_new = !renewal->has_lease || !same_address(&is, &renewal->held);
        renewal->held = is;
        renewal->has_lease = true;
        renewal->logged = false;
        if (!renewal->is_unwritten)
            dhcp_done(renewal->dhcp);
        renewal->is_unwritten = false;
        if (is_new && set_device(port, &err) < 0)
            tell(renewal, LOG_LEVEL_WARNING,
                 "a leased address could not be set", &err);
        else if (is_new)
            tell(renewal, LOG_LEVEL_INFO, "a container has a new lease", NULL);
        renewal_run(renewal);
    }
    lease_keeper_schedule(renewal->keeper);
}

static void on_lease_removed(struct ovsdb_call *call,
                             const struct ovsdb_outcome *outcome)
{
    struct renewal *renewal = container_of(call, struct renewal, call);

    if (is_to_be_repeated(outcome))
        return;
    if (outcome->r < 0) {
        refused(renewal, outcome);
    } else {
        renewal->is_removing = false;
        renewal->has_lease = false;
        dhcp_done(renewal->dhcp);
        renewal_run(renewal);
    }
    lease_keeper_schedule(renewal->keeper);
}

/* What the port is without its lease. */
static bool bare_spec(const struct renewal *renewal, struct attachment *ret)
{
    const struct vswitch_port *port = port_of(renewal);
    struct err ignored = {0};

    if (!port || vswitch_port_spec(port, ret, &ignored) < 0)
        return false;
    if (renewal->has_lease)
        lease_take_away(ret, &renewal->held);
    return true;
}

/* False if there is no connection: the rows come with the next one. */
static bool write_row(struct renewal *renewal, struct txn *txn,
                      ovsdb_done *done)
{
    struct err err = {0};

    renewal->due_ms = INT64_MAX;
    if (ovsdb_transact(renewal->keeper->host->ovsdb, txn, &renewal->call, done,
                       &err) >= 0)
        return true;
    log_event(LOG_LEVEL_DEBUG, "a lease waits for the database", "port",
              renewal->name, "reason", err.text, NULL);
    return false;
}

/* True if the client may go on. */
static bool write_lease(struct renewal *renewal)
{
    struct dhcp_lease lease = *dhcp_lease(renewal->dhcp);
    auto_txn struct txn txn = {0};
    struct attachment spec;
    struct err err = {0};

    if (!bare_spec(renewal, &spec) || lease_apply(&spec, &lease, &err) < 0) {
        refused(renewal, &(struct ovsdb_outcome){.err = err});
        return false;
    }
    /* Before another one comes: the rows tell of one address alone. */
    if (renewal->has_lease && !same_address(&lease, &renewal->held))
        take_off(renewal, &renewal->held);
    txn_init(&txn, OVSDB_NAME);
    txn_assert(&txn, GUARDIAN_LOCK);
    lease_write(&txn, renewal->name, &spec, &lease,
                renewal->has_lease ? &renewal->held : NULL);
    if (write_row(renewal, &txn, on_lease_written) || !renewal->has_lease)
        return false;
    if (!renewal->is_unwritten)
        dhcp_done(renewal->dhcp);
    renewal->is_unwritten = true;
    return true;
}

/* True if the client may go on. */
static bool remove_lease(struct renewal *renewal)
{
    auto_txn struct txn txn = {0};
    struct attachment spec;

    renewal->is_unwritten = false;
    if (renewal->has_lease) {
        tell(renewal, LOG_LEVEL_WARNING,
             "a container has lost its lease: the address goes off", NULL);
        take_off(renewal, &renewal->held);
    }
    if (!renewal->has_lease || !bare_spec(renewal, &spec)) {
        dhcp_done(renewal->dhcp);
        return true;
    }
    txn_init(&txn, OVSDB_NAME);
    txn_assert(&txn, GUARDIAN_LOCK);
    lease_remove(&txn, renewal->name, &spec, &renewal->held);
    renewal->is_removing = true;
    (void)write_row(renewal, &txn, on_lease_removed);
    return false;
}

/* The client. */

static bool may_send(struct renewal *renewal)
{
    if (renewal->socket || renewal->keeper->open < LEASES_AT_ONCE)
        return true;
    renewal->due_ms = lease_keeper_now_ms(renewal->keeper) + SLOT_MS;
    return false;
}

/* Does one step. False if nothing more can be done now. */
static bool step(struct renewal *renewal)
{
    const struct dhcp_todo *todo =
        dhcp_next(renewal->dhcp, lease_keeper_now_ms(renewal->keeper));

    switch (todo->step) {
    case DHCP_SEND:
        if (!may_send(renewal))
            return false;
        send_frame(renewal, todo->frame);
        dhcp_done(renewal->dhcp);
        return true;
    case DHCP_BOUND:
        close_socket(renewal);
        renewal->is_unwritten = false; /* what came before it */
        return write_lease(renewal);
    case DHCP_LOST:
        close_socket(renewal);
        return remove_lease(renewal);
    case DHCP_WAIT:
        break;
    case DHCP_REST:
        close_socket(renewal);
        break;
    }
    renewal->due_ms = todo->until_ms;
    return false;
}

static void begin_client(struct renewal *renewal,
                         const struct vswitch_port *port)
{
    const char *pod = vswitch_port_id(port, ID_POD_NAME);
    const char *holder = vswitch_port_id(port, ID_CONTAINER);
    struct attachment spec = {0};
    struct dhcp_client client;
    struct err err = {0};
    struct mac mac = {0};
    uint32_t seed = 0;

    dhcp_free(TAKE_PTR(renewal->dhcp));
    renewal->due_ms = INT64_MAX;
    if (vswitch_port_spec(port, &spec, &err) < 0 ||
        !vswitch_port_mac(port, &mac)) {
        tell(renewal, LOG_LEVEL_WARNING,
             "a lease is not renewed, as the port's row cannot be read", &err);
        return;
    }
    lease_client(&spec, &mac, pod ? pod : holder, &client);
    (void)!getrandom(&seed, sizeof(seed), 0);
    renewal->dhcp =
        dhcp_new(&client, renewal->has_lease ? &renewal->held : NULL, seed,
                 lease_keeper_now_ms(renewal->keeper));
}

/* An address that could not be recorded is not offered for ever: another one is
 * asked for. More time is, until it is over. */
static bool goes_on(struct renewal *renewal)
{
    const struct vswitch_port *port = port_of(renewal);

    if (!renewal->is_refused)
        return true;
    if (lease_keeper_now_ms(renewal->keeper) < renewal->due_ms)
        return false;
    renewal->is_refused = false;
    if (!renewal->has_lease && port)
        begin_client(renewal, port);
    return renewal->dhcp != NULL;
}

void renewal_run(struct renewal *renewal)
{
    if (!renewal->dhcp || renewal->call.ovsdb || !goes_on(renewal))
        return;
    if (renewal->is_unwritten && ovsdb_is_up(renewal->keeper->host->ovsdb) &&
        !write_lease(renewal))
        return;
    while (step(renewal))
        ;
}

static bool is_the_same(const struct renewal *renewal, bool has_lease,
                        const struct dhcp_lease *lease)
{
    if (has_lease != renewal->has_lease)
        return false;
    return !has_lease || (same_address(lease, &renewal->held) &&
                          lease->begun_ms == renewal->held.begun_ms);
}

void renewal_see_row(struct renewal *renewal, const struct vswitch_port *port)
{
    struct dhcp_lease lease;
    bool has_lease = lease_of_port(port, &lease);

    /* Ours is on its way, or its reply. */
    if (renewal->call.ovsdb || is_the_same(renewal, has_lease, &lease))
        return;
    /* Somebody has edited it. The device and the other row have the lease. */
    if (!has_lease && !renewal->is_removing && renewal->dhcp) {
        renewal->is_unwritten = true;
        return;
    }
    close_socket(renewal);
    renewal->has_lease = has_lease;
    renewal->is_refused = renewal->is_unwritten = renewal->is_removing = false;
    if (has_lease)
        renewal->held = lease;
    begin_client(renewal, port);
}

struct renewal *renewal_new(struct lease_keeper *keeper,
                            const struct vswitch_port *port)
{
    struct renewal *renewal = mem_new(sizeof(*renewal));

    renewal->keeper = keeper;
    renewal->due_ms = INT64_MAX;
    snprintf(renewal->name, sizeof(renewal->name), "%.15s", port->name);
    renewal->has_lease = lease_of_port(port, &renewal->held);
    begin_client(renewal, port);
    list_append(&keeper->renewals, &renewal->link);
    index_add(&keeper->by_name, &renewal->by_name,
              hash_text(HASH_BEGIN, renewal->name));
    return renewal;
}

void renewal_free(struct renewal *renewal)
{
    if (!renewal)
        return;
    ovsdb_forget(&renewal->call);
    close_socket(renewal);
    list_remove(&renewal->link);
    index_remove(&renewal->keeper->by_name, &renewal->by_name);
    dhcp_free(renewal->dhcp);
    free(renewal);
}
