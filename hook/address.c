/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses: chosen where the container leaves it to its network, and settled
 * when the transaction finds one of them held. The rows of a segment are read
 * only then, as most choices meet nobody.
 */
#include <errno.h>
#include <string.h>

#include "hook/attach.h"
#include "ovsint/config/ipam.h"
#include "ovsint/ovsdb/row.h"
#include "ovsint/rows/port_name.h"

static void add_taken(struct attach *a, const struct ip *ip)
{
    a->taken = mem_resize(a->taken, (a->taken_count + 1) * sizeof(*a->taken));
    a->taken[a->taken_count++] = *ip;
}

static bool same_segment(const struct attachment *left,
                         const struct attachment *right)
{
    return left->vlan == right->vlan &&
           strcmp(left->bridge, right->bridge) == 0;
}

/* What is not to be chosen: `used`, what was found taken before, and what the
 * container's other interfaces have or ask for. */
static struct ip *all_taken(const struct attach *a, const struct vnic *vnic,
                            const struct ip *used, size_t used_count,
                            size_t *ret_count)
{
    size_t most = used_count + a->taken_count + a->count * LIMIT_ADDRESSES;
    struct ip *all = mem_new(most * sizeof(*all));
    size_t count = 0;

    for (size_t i = 0; i < used_count; i++)
        all[count++] = used[i];
    for (size_t i = 0; i < a->taken_count; i++)
        all[count++] = a->taken[i];
    for (size_t i = 0; i < a->count; i++) {
        const struct attachment *other = &a->vnics[i].want;
        if (&a->vnics[i] == vnic || !same_segment(other, &vnic->asked))
            continue;
        for (size_t j = 0; j < other->ip_count; j++)
            all[count++] = other->ip[j].ip;
    }
    qsort(all, count, sizeof(*all), ipam_compare);
    *ret_count = count;
    return all;
}

static int allocate(const struct attach *a, struct vnic *vnic,
                    const struct ip *used, size_t used_count, struct err *err)
{
    struct attachment want = vnic->asked;
    size_t count;

    if (!want.ip_auto)
        return 0;
    auto_free struct ip *taken = all_taken(a, vnic, used, used_count, &count);
    int r =
        ipam_fill(&want, vnic->network,
                  names_hash(a->container.id, want.ifname), taken, count, err);
    if (r < 0)
        return r;
    /* The row tells by it what was chosen and what was asked for. */
    want.ip_auto = true;
    vnic->want = want;
    return 0;
}

int attach_allocate(struct attach *a, struct vnic *vnic, struct err *err)
{
    return allocate(a, vnic, NULL, 0, err);
}

/* Chooses again, now knowing all addresses of the segment. */
static int allocate_knowing(struct attach *a, struct vnic *vnic,
                            const char *segment, struct err *err)
{
    auto_rpc_event struct rpc_event reply = {0};
    auto_txn struct txn txn = {0};
    auto_free struct ip *used = NULL;

    txn_init(&txn, OVSDB_NAME);
    size_t op = vswitch_select_segment(&txn, segment);
    int r =
        client_transact(a->ovsdb, &txn, a->run->deadline, &reply, NULL, err);
    if (r < 0)
        return r;
    size_t count =
        vswitch_used(reply.result, op, HOOK_OWNER, a->container.boot, &used);
    return allocate(a, vnic, used, count, err);
}

static int allocate_anew(struct attach *a, struct vnic *vnic,
                         const char *segment, struct err *err)
{
    struct err ignored = {0};

    int r = allocate_knowing(a, vnic, segment, err);
    if (r != -ENOSPC)
        return r;
    r = attach_collect_segment(a, segment, &ignored);
    if (r <= 0)
        return -err->code;
    /* What was found taken may be what has been collected. */
    a->taken_count = 0;
    *err = (struct err){0};
    return allocate_knowing(a, vnic, segment, err);
}

static int refuse_held(const struct json *row, const struct ip *ip,
                       const char *segment, struct err *err)
{
    const char *holder = row_map_get(row, "external_ids", ID_CONTAINER);
    const char *port = row_string(row, "name");
    char text[IP_TEXT_SIZE];

    ip_format(ip, text);
    return err_set(err, EADDRINUSE,
                   "address %s of segment %s is held by container %s (port "
                   "%s): choose another one, or remove that port if its "
                   "container is gone",
                   text, segment, holder ? holder : "unknown",
                   port ? port : "unknown");
}

int attach_settle_address(struct attach *a, struct vnic *vnic, size_t address,
                          struct err *err)
{
    const struct ip ip = vnic->want.ip[address].ip;
    auto_buf struct buf segment = BUF_INIT(BRIDGE_NAME_SIZE + 16);
    auto_rpc_event struct rpc_event reply = {0};
    auto_txn struct txn txn = {0};

    attachment_segment(&vnic->want, &segment);
    txn_init(&txn, OVSDB_NAME);
    size_t op = vswitch_select_address(&txn, &ip, buf_text(&segment));
    int r =
        client_transact(a->ovsdb, &txn, a->run->deadline, &reply, NULL, err);
    if (r < 0)
        return r;
    const struct json *row = reply_row(reply.result, op, 0);
    if (!row)
        return 0; /* gone meanwhile */
    const char *uuid = row_uuid(row, "_uuid");
    const char *port = row_string(row, "name");
    if (port && !names_is_ours(port))
        uuid = NULL; /* somebody else's, whatever it says */
    if (uuid && port && vswitch_row_is_dead(row, HOOK_OWNER, a->container.boot))
        return attach_evict(a, uuid, port, err);
    if (address < vnic->asked.ip_count) {
        r = attach_holder_has_ended(a, row, err);
        if (r < 0)
            return r;
        if (r == 0 || !uuid || !port)
            return refuse_held(row, &ip, buf_text(&segment), err);
        return attach_evict(a, uuid, port, err);
    }
    add_taken(a, &ip);
    return allocate_anew(a, vnic, buf_text(&segment), err);
}
