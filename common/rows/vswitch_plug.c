/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Our transactions. The operations of a claim have a fixed order, so that the
 * index of the one that failed tells which guard it was. Pitfall:
 * vswitch_plug() and vswitch_plug_fault() must agree on that order.
 */
#include "ovsint/rows/vswitch_plug.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/config/ipam.h"
#include "ovsint/ovsdb/row.h"
#include "ovsint/rows/port_name.h"
#include "ovsint/rows/ready_port.h"
#include "ovsint/rows/vswitch_closing.h"

#define PID_TEXT_SIZE 12

/* The operations that come before the guards of the addresses. The guard of a
 * ready port comes after these. */
enum { OP_BRIDGE, OP_IFNAME, OP_FIRST_ADDRESS };

/* Guards that nobody holds the address. OVSDB executes transactions one by one,
 * so of two that ask for one address the second fails here. */
static void guard_address(struct txn *txn, const struct ip *ip,
                          const char *segment)
{
    char key[ID_KEY_SIZE];

    vswitch_address_key(ip, key);
    txn_wait_absent(txn, "Port");
    txn_where_pair(txn, "external_ids", key, segment);
}

static bool is_given(const struct attachment *a, const char *key)
{
    for (size_t i = 0; i < a->external_id_count; i++) {
        if (strcmp(a->external_ids[i].key, key) == 0)
            return true;
    }
    return false;
}

/* A controller's name for the port: what the user has set goes before ours. */
static void iface_pair(struct txn *txn, const struct attachment *a,
                       const char *value)
{
    if (!is_given(a, ID_IFACE))
        txn_pair(txn, ID_IFACE, value);
}

/* The keys that stand on both rows. */
static void lookup_pairs(struct txn *txn,
                         const struct vswitch_identity *identity,
                         const struct attachment *a)
{
    const struct port_holder *holder = &identity->holder;
    char member[ID_KEY_SIZE];

    txn_pair(txn, ID_OWNER, identity->owner);
    txn_pair(txn, ID_BOOT, identity->boot);
    if (holder->kind == HOLDER_ENDPOINT) {
        txn_pair(txn, ID_ENDPOINT, holder->id);
        return;
    }
    vswitch_member_key(holder->id, member);
    txn_pair(txn, ID_CONTAINER, holder->id);
    txn_pair(txn, ID_NETNS_ID, holder->container.netns_id);
    txn_pair(txn, ID_PIDNS, holder->container.pidns);
    txn_pair(txn, ID_IFNAME, a->ifname);
    txn_pair(txn, member, "");
}

/* Whose port it is for ovn-controller. */
static void logical_pairs(struct txn *txn, const char *port)
{
    char name[LOGICAL_PORT_SIZE], uuid[NAMES_UUID_SIZE];

    names_logical_port(port, name);
    names_logical_uuid(port, uuid);
    txn_pair(txn, ID_IFACE, name);
    txn_pair(txn, ID_IFACE_VERSION, uuid);
}

/* The keys that other software reads, as far as their values are known. */
static void general_pairs(struct txn *txn, const struct port_holder *holder,
                          const struct vswitch_plug *plug)
{
    const struct attachment *a = plug->attachment;
    char mac[MAC_TEXT_SIZE];
    char iface_id[LIMIT_CONTAINER_ID_SIZE + IFNAME_SIZE + 1];

    mac_format(&plug->mac, mac);
    txn_pair(txn, ID_MAC, mac);
    txn_pair(txn, ID_ATTACHED_MAC, mac);
    txn_pair(txn, ID_IFACE_STATUS, "active");
    if (a->ovn[0])
        logical_pairs(txn, plug->port);
    if (holder->kind == HOLDER_ENDPOINT) {
        if (!a->ovn[0])
            iface_pair(txn, a, holder->id);
        return;
    }
    snprintf(iface_id, sizeof(iface_id), "%s/%s", holder->id, a->ifname);
    if (!a->ovn[0])
        iface_pair(txn, a, iface_id);
    txn_pair(txn, ID_CONTAINER_ID, holder->id);
    txn_pair(txn, ID_CONTAINER_IFACE, a->ifname);
}

/* NULL if it is not known. */
static const char *pid_text(pid_t pid, char ret[PID_TEXT_SIZE])
{
    snprintf(ret, PID_TEXT_SIZE, "%d", (int)pid);
    return pid > 0 ? ret : NULL;
}

/* What tells a container from an earlier or another one with its id. */
static void run_pairs(struct txn *txn, const struct port_holder *holder)
{
    char key[ID_KEY_SIZE];
    char pid[PID_TEXT_SIZE];

    snprintf(key, sizeof(key), ID_BUNDLE_PREFIX "%s", holder->id);
    txn_pair(txn, key, holder->container.bundle);
    snprintf(key, sizeof(key), ID_PID_PREFIX "%s", holder->id);
    txn_pair(txn, key, pid_text(holder->container.pid, pid));
}

/* The network of the configuration, of Docker, or a transient one; NULL =
 * none. */
static const char *network_of(const struct port_holder *holder,
                              const struct attachment *a)
{
    if (holder->kind == HOLDER_ENDPOINT && holder->endpoint.network)
        return holder->endpoint.network;
    if (holder->kind == HOLDER_CONTAINER && holder->container.transient)
        return holder->container.transient->id;
    return a->network[0] ? a->network : NULL;
}

static void holder_pairs(struct txn *txn, const struct port_holder *holder,
                         const struct attachment *a)
{
    if (holder->kind == HOLDER_CONTAINER)
        run_pairs(txn, holder);
    txn_pair(txn, ID_NETNS, holder->netns);
    txn_pair(txn, ID_NETWORK, network_of(holder, a));
    if (holder->kind == HOLDER_CONTAINER) {
        txn_pair(txn, ID_CNI_NETWORK, holder->container.cni_network);
        txn_pair(txn, ID_POD_NAMESPACE, holder->container.pod_namespace);
        txn_pair(txn, ID_POD_NAME, holder->container.pod_name);
        txn_pair(txn, ID_POD_UID, holder->container.pod_uid);
        txn_pair(txn, ID_ASKED_PORTS, holder->container.asked_ports);
        ready_port_ask(txn, a);
        return;
    }
    txn_pair(txn, ID_ALTNAME, holder->endpoint.altname);
    txn_pair(txn, ID_UNDRESSED, holder->endpoint.needs_set_up ? "true" : NULL);
}

static void interface_pairs(struct txn *txn,
                            const struct vswitch_identity *identity,
                            const struct vswitch_plug *plug)
{
    const struct attachment *a = plug->attachment;
    auto_buf struct buf spec = BUF_INIT(LIMIT_STATE_SIZE);
    struct json_writer writer = JSON_WRITER(&spec);

    attachment_write(a, &writer);

    txn_set_map(txn, "external_ids");
    lookup_pairs(txn, identity, a);
    holder_pairs(txn, &identity->holder, a);
    txn_pair(txn, ID_SPEC, buf_text(&spec));
    txn_pair(txn, ID_MCAST_SNOOPING, a->snoops ? a->bridge : NULL);
    for (size_t i = 0; i < a->external_id_count; i++)
        txn_pair(txn, a->external_ids[i].key, a->external_ids[i].value);
    general_pairs(txn, &identity->holder, plug);
}

static void insert_interface(struct txn *txn,
                             const struct vswitch_identity *identity,
                             const struct vswitch_plug *plug,
                             const char *row_name)
{
    const struct attachment *a = plug->attachment;

    txn_insert(txn, "Interface", row_name);
    txn_set_string(txn, "name", plug->port);
    if (a->type == VNIC_INTERNAL)
        txn_set_string(txn, "type", "internal");
    if (a->ofport_request)
        txn_set_int(txn, "ofport_request", a->ofport_request);
    interface_pairs(txn, identity, plug);
}

void vswitch_port_columns(struct txn *txn, const struct attachment *a)
{
    vswitch_set_vlans(txn, a);
    if (a->isolated)
        txn_set_bool(txn, "protected", true);
}

static void port_pairs(struct txn *txn, const struct vswitch_identity *identity,
                       const struct vswitch_plug *plug, const char *segment)
{
    const struct attachment *a = plug->attachment;
    char key[ID_KEY_SIZE];

    txn_set_map(txn, "external_ids");
    lookup_pairs(txn, identity, a);
    txn_pair(txn, ID_SEGMENT, segment);
    /* Docker moves the device, and nobody waits for a lease after that. */
    if (a->ip_dhcp && identity->holder.kind == HOLDER_ENDPOINT)
        txn_pair(txn, ID_LEASE, ID_LEASE_NONE);
    for (size_t i = 0; i < a->ip_count; i++) {
        vswitch_address_key(&a->ip[i].ip, key);
        txn_pair(txn, key, segment);
    }
}

static void insert_rows(struct txn *txn,
                        const struct vswitch_identity *identity,
                        const struct vswitch_plug *plug, const char *segment,
                        size_t index)
{
    char interface_name[32];
    char port_name[32];

    snprintf(interface_name, sizeof(interface_name), "interface%zu", index);
    snprintf(port_name, sizeof(port_name), "port%zu", index);
    insert_interface(txn, identity, plug, interface_name);
    txn_insert(txn, "Port", port_name);
    txn_set_string(txn, "name", plug->port);
    txn_set_named(txn, "interfaces", interface_name);
    vswitch_port_columns(txn, plug->attachment);
    port_pairs(txn, identity, plug, segment);
    txn_mutate(txn, "Bridge");
    txn_where_string(txn, "name", plug->attachment->bridge);
    txn_add_named(txn, "ports", port_name);
}

/* Each row loses what it said of the pool, as the whole map is written. */
static void take_rows(struct txn *txn, const struct vswitch_identity *identity,
                      const struct vswitch_plug *plug, const char *segment)
{
    ready_port_guard(txn, plug->ready);
    txn_update(txn, "Interface");
    txn_where_uuid(txn, plug->ready->iface_uuid);
    interface_pairs(txn, identity, plug);
    txn_update(txn, "Port");
    txn_where_uuid(txn, plug->ready->port_uuid);
    port_pairs(txn, identity, plug, segment);
}

void vswitch_plug(struct txn *txn, const struct vswitch_identity *identity,
                  struct vswitch_plug *plug, size_t index)
{
    const struct attachment *a = plug->attachment;
    const struct port_holder *holder = &identity->holder;
    auto_buf struct buf segment = BUF_INIT(SEGMENT_TEXT_SIZE);

    attachment_segment(a, &segment);

    plug->takes_ready = plug->ready != NULL;
    plug->first_op = txn_count(txn);
    txn_wait_present(txn, "Bridge");
    txn_where_string(txn, "name", a->bridge);
    txn_wait_absent(txn, "Interface");
    if (holder->kind == HOLDER_ENDPOINT) {
        txn_where_pair(txn, "external_ids", ID_ENDPOINT, holder->id);
    } else {
        txn_where_pair(txn, "external_ids", ID_NETNS_ID,
                       holder->container.netns_id);
        txn_where_pair(txn, "external_ids", ID_BOOT, identity->boot);
        txn_where_pair(txn, "external_ids", ID_IFNAME, a->ifname);
    }
    for (size_t i = 0; i < a->ip_count; i++)
        guard_address(txn, &a->ip[i].ip, buf_text(&segment));

    if (plug->ready)
        take_rows(txn, identity, plug, buf_text(&segment));
    else
        insert_rows(txn, identity, plug, buf_text(&segment), index);
    if (holder->kind == HOLDER_CONTAINER && holder->container.transient)
        transient_network_add(holder->container.transient, txn);
}

static bool has_address(const struct ip_prefix *list, size_t count,
                        const struct ip *ip)
{
    for (size_t i = 0; i < count; i++) {
        if (ip_equal(&list[i].ip, ip))
            return true;
    }
    return false;
}

size_t vswitch_change_addresses(struct txn *txn, const char *port,
                                const struct ip_prefix *had, size_t had_count,
                                const struct attachment *spec)
{
    auto_buf struct buf segment = BUF_INIT(SEGMENT_TEXT_SIZE);
    auto_buf struct buf text = BUF_INIT(ATTACHMENT_TEXT_SIZE);
    struct json_writer writer = JSON_WRITER(&text);
    size_t first = txn_count(txn);
    char key[ID_KEY_SIZE];

    attachment_segment(spec, &segment);
    attachment_write(spec, &writer);
    for (size_t i = 0; i < spec->ip_count; i++) {
        if (!has_address(had, had_count, &spec->ip[i].ip))
            guard_address(txn, &spec->ip[i].ip, buf_text(&segment));
    }
    txn_wait_present(txn, "Port");
    txn_where_string(txn, "name", port);
    txn_mutate(txn, "Interface");
    txn_where_string(txn, "name", port);
    txn_put_pair(txn, "external_ids", ID_SPEC, buf_text(&text));
    txn_mutate(txn, "Port");
    txn_where_string(txn, "name", port);
    for (size_t i = 0; i < had_count; i++) {
        vswitch_address_key(&had[i].ip, key);
        txn_remove_key(txn, "external_ids", key);
    }
    for (size_t i = 0; i < spec->ip_count; i++) {
        vswitch_address_key(&spec->ip[i].ip, key);
        txn_add_pair(txn, "external_ids", key, buf_text(&segment));
    }
    return first;
}

/* Does the key come back when the port is made again? All of ours do, so that
 * no key of a later version can be forgotten here. ID_REMAKING does not, as it
 * is about the device of the rows that went. Nor do keys that others have
 * written: what a controller has "installed" was true of those rows only. */
static bool comes_back(const struct attachment *a, const char *key)
{
    static const char *const general[] = {ID_ATTACHED_MAC,  ID_IFACE,
                                          ID_IFACE_VERSION, ID_IFACE_STATUS,
                                          ID_CONTAINER_ID,  ID_CONTAINER_IFACE};

    if (strncmp(key, ID_PREFIX, sizeof(ID_PREFIX) - 1) == 0)
        return strcmp(key, ID_REMAKING) != 0;
    for (size_t i = 0; i < ARRAY_LEN(general); i++) {
        if (strcmp(key, general[i]) == 0)
            return true;
    }
    return is_given(a, key);
}

static void restore_pairs(struct txn *txn, const char *table,
                          const struct vswitch_port *port,
                          const struct vswitch_map *map,
                          const struct attachment *spec)
{
    txn_update(txn, table);
    txn_where_string(txn, "name", port->name);
    txn_set_map(txn, "external_ids");
    for (size_t i = 0; i < map->count; i++) {
        if (comes_back(spec, map->pairs[i].key))
            txn_pair(txn, map->pairs[i].key, map->pairs[i].value);
    }
}

/* Whose port it was, as far as the guards ask for it. */
static int holder_of(const struct vswitch_port *port, struct port_holder *ret,
                     struct err *err)
{
    const char *endpoint = vswitch_port_id(port, ID_ENDPOINT);
    const char *container = vswitch_port_id(port, ID_CONTAINER);

    if (endpoint) {
        *ret = (struct port_holder){.kind = HOLDER_ENDPOINT, .id = endpoint};
        return 0;
    }
    *ret = (struct port_holder){
        .kind = HOLDER_CONTAINER,
        .id = container ? container : "",
        .container = {.netns_id = vswitch_port_id(port, ID_NETNS_ID)}};
    if (!ret->container.netns_id || !vswitch_port_id(port, ID_BOOT))
        return err_set(err, EINVAL,
                       "port %s has no " ID_NETNS_ID " or " ID_BOOT,
                       port->name);
    return 0;
}

int vswitch_plug_again(struct txn *txn, const struct vswitch_port *port,
                       const struct attachment *spec, struct err *err)
{
    struct vswitch_identity identity = {
        .owner = vswitch_port_id(port, ID_OWNER),
        .boot = vswitch_port_id(port, ID_BOOT),
    };
    struct vswitch_plug plug = {.attachment = spec, .port = port->name};

    if (!vswitch_port_mac(port, &plug.mac))
        return err_set(err, EINVAL, "port %s has no " ID_MAC, port->name);
    int r = holder_of(port, &identity.holder, err);
    if (r < 0)
        return r;
    vswitch_plug(txn, &identity, &plug, 0);
    restore_pairs(txn, "Interface", port, &port->ids, spec);
    restore_pairs(txn, "Port", port, &port->port_ids, spec);
    /* Its device is in its container already. */
    if (spec->guard != SOURCE_GUARD_OFF && attachment_has_flows(spec))
        vswitch_close(txn, port->name);
    return 0;
}

enum vswitch_fault vswitch_plug_fault(const struct vswitch_plug *plug,
                                      const struct reply_fault *fault,
                                      size_t *ret_address)
{
    if (fault->kind != REPLY_GUARD || fault->op < plug->first_op)
        return VSWITCH_FAULT_OTHER;

    size_t op = fault->op - plug->first_op;
    if (op == OP_BRIDGE)
        return VSWITCH_NO_BRIDGE;
    if (op == OP_IFNAME)
        return VSWITCH_IFNAME_BUSY;
    size_t after = OP_FIRST_ADDRESS + plug->attachment->ip_count;
    if (op == after && plug->takes_ready)
        return VSWITCH_READY_TAKEN;
    if (op >= after)
        return VSWITCH_FAULT_OTHER;
    *ret_address = op - OP_FIRST_ADDRESS;
    return VSWITCH_ADDRESS_TAKEN;
}

/* Guards that the Interface row still is as the view has it. */
static void guard_unchanged(struct txn *txn, const struct vswitch_port *port)
{
    txn_wait_row(txn, "Interface");
    txn_where_uuid(txn, port->iface_uuid);
    txn_set_map(txn, "external_ids");
    for (size_t i = 0; i < port->ids.count; i++)
        txn_pair(txn, port->ids.pairs[i].key, port->ids.pairs[i].value);
}

void vswitch_remove(struct txn *txn, const char *port_uuid, const char *name)
{
    txn_mutate(txn, "Bridge");
    txn_where_ref(txn, "ports", port_uuid);
    txn_remove_uuid(txn, "ports", port_uuid);
    txn_delete(txn, "Port");
    txn_where_uuid(txn, port_uuid);
    txn_delete(txn, "Interface");
    txn_where_string(txn, "name", name);
}

void vswitch_unplug(struct txn *txn, const struct vswitch_port *port)
{
    guard_unchanged(txn, port);
    vswitch_remove(txn, port->port_uuid, port->name);
}

static void put_for(struct txn *txn, const char *prefix, const char *container,
                    const char *value)
{
    char key[ID_KEY_SIZE];

    snprintf(key, sizeof(key), "%s%s", prefix, container);
    txn_put_pair(txn, "external_ids", key, value);
}

static void remove_for(struct txn *txn, const char *prefix,
                       const char *container)
{
    char key[ID_KEY_SIZE];

    snprintf(key, sizeof(key), "%s%s", prefix, container);
    txn_remove_key(txn, "external_ids", key);
}

void vswitch_join(struct txn *txn, const struct vswitch_port *port,
                  const struct port_holder *container)
{
    const char *bundle = container->container.bundle;
    char pid[PID_TEXT_SIZE];

    guard_unchanged(txn, port);
    txn_mutate(txn, "Interface");
    txn_where_uuid(txn, port->iface_uuid);
    put_for(txn, ID_MEMBER_PREFIX, container->id, "");
    if (bundle)
        put_for(txn, ID_BUNDLE_PREFIX, container->id, bundle);
    if (pid_text(container->container.pid, pid))
        put_for(txn, ID_PID_PREFIX, container->id, pid);
    txn_mutate(txn, "Port");
    txn_where_uuid(txn, port->port_uuid);
    put_for(txn, ID_MEMBER_PREFIX, container->id, "");
}

void vswitch_leave(struct txn *txn, const struct vswitch_port *port,
                   const char *container)
{
    guard_unchanged(txn, port);
    txn_mutate(txn, "Interface");
    txn_where_uuid(txn, port->iface_uuid);
    remove_for(txn, ID_MEMBER_PREFIX, container);
    remove_for(txn, ID_BUNDLE_PREFIX, container);
    remove_for(txn, ID_PID_PREFIX, container);
    txn_mutate(txn, "Port");
    txn_where_uuid(txn, port->port_uuid);
    remove_for(txn, ID_MEMBER_PREFIX, container);
}

size_t vswitch_select_segment(struct txn *txn, const char *segment)
{
    size_t op = txn_select(txn, "Port", "external_ids", NULL);

    txn_where_pair(txn, "external_ids", ID_SEGMENT, segment);
    return op;
}

bool vswitch_row_is_dead(const struct json *row, const char *owner,
                         const char *boot)
{
    const char *is_owner = row_map_get(row, "external_ids", ID_OWNER);
    const char *is_boot = row_map_get(row, "external_ids", ID_BOOT);

    return is_owner && strcmp(is_owner, owner) == 0 && is_boot &&
           strcmp(is_boot, boot) != 0;
}

/* The addresses that one Port holds, at most LIMIT_ADDRESSES. */
static size_t addresses_of(const struct json *row, struct ip *ret)
{
    const char *key;
    const char *value;
    size_t count = 0;

    for (size_t i = 0; count < LIMIT_ADDRESSES &&
                       row_map_at(row, "external_ids", i, &key, &value);
         i++) {
        size_t prefix = sizeof(ID_IP_PREFIX) - 1;
        if (strncmp(key, ID_IP_PREFIX, prefix) == 0 &&
            parse_ip(key + prefix, &ret[count]) == 0)
            count++;
    }
    return count;
}

size_t vswitch_used(const struct json *result, size_t op, const char *owner,
                    const char *boot, struct ip **ret)
{
    size_t rows = reply_row_count(result, op);
    struct ip *used = mem_new((rows + 1) * LIMIT_ADDRESSES * sizeof(*used));
    size_t count = 0;

    for (size_t r = 0; r < rows; r++) {
        const struct json *row = reply_row(result, op, r);
        if (!vswitch_row_is_dead(row, owner, boot))
            count += addresses_of(row, used + count);
    }
    qsort(used, count, sizeof(*used), ipam_compare);
    *ret = used;
    return count;
}

size_t vswitch_select_address(struct txn *txn, const struct ip *ip,
                              const char *segment)
{
    char key[ID_KEY_SIZE];
    size_t op = txn_select(txn, "Port", "_uuid", "name", "external_ids", NULL);

    vswitch_address_key(ip, key);
    txn_where_pair(txn, "external_ids", key, segment);
    return op;
}
