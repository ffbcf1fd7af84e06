/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Ready ports: what fits whom, and their rows. */
#include "ovsint/rows/ready_port.h"

#include <stdio.h>
#include <string.h>

#include "ovsint/rows/vswitch_plug.h"

bool ready_port_fit(const struct attachment *a, char ret[READY_FIT_SIZE])
{
    auto_buf struct buf fit = BUF_INIT(ATTACHMENT_TEXT_SIZE);

    ret[0] = '\0';
    if (a->type != VNIC_INTERNAL || a->ofport_request || a->ovn[0])
        return false;
    buf_addf(&fit, "%s/%u", a->bridge, a->vlan);
    if (a->vlan_mode != VLAN_MODE_UNSET)
        buf_addf(&fit, "/%s", vlan_mode_name(a->vlan_mode));
    if (!vlan_set_empty(&a->trunks)) {
        buf_add_text(&fit, "/");
        vlan_set_format(&a->trunks, &fit);
    }
    if (a->isolated)
        buf_add_text(&fit, "/isolated");
    if (fit.overflow || fit.size >= READY_FIT_SIZE)
        return false;
    snprintf(ret, READY_FIT_SIZE, "%s", buf_text(&fit));
    return true;
}

bool ready_port_is(const struct vswitch_port *port)
{
    return vswitch_port_id_is(port, ID_OWNER, POOL_OWNER) &&
           vswitch_port_id(port, ID_POOL);
}

bool ready_port_is_ready(const struct vswitch_port *port, const char *boot)
{
    return ready_port_is(port) && port->iface_uuid[0] && port->port_uuid[0] &&
           port->ofport > 0 && port->ifindex > 0 && !port->error &&
           vswitch_port_id_is(port, ID_BOOT, boot);
}

static void add_pairs(struct txn *txn, const char *fit, const char *boot)
{
    txn_set_map(txn, "external_ids");
    txn_pair(txn, ID_OWNER, POOL_OWNER);
    txn_pair(txn, ID_BOOT, boot);
    txn_pair(txn, ID_POOL, fit);
}

void ready_port_insert(struct txn *txn, const struct attachment *place,
                       const char *fit, const char *name, const char *boot,
                       size_t index)
{
    char interface_name[32];
    char port_name[32];

    snprintf(interface_name, sizeof(interface_name), "interface%zu", index);
    snprintf(port_name, sizeof(port_name), "port%zu", index);
    txn_insert(txn, "Interface", interface_name);
    txn_set_string(txn, "name", name);
    txn_set_string(txn, "type", "internal");
    add_pairs(txn, fit, boot);
    txn_insert(txn, "Port", port_name);
    txn_set_string(txn, "name", name);
    txn_set_named(txn, "interfaces", interface_name);
    vswitch_port_columns(txn, place);
    add_pairs(txn, fit, boot);
    txn_mutate(txn, "Bridge");
    txn_where_string(txn, "name", place->bridge);
    txn_add_named(txn, "ports", port_name);
}

size_t ready_port_guard(struct txn *txn, const struct vswitch_port *port)
{
    const char *fit = vswitch_port_id(port, ID_POOL);
    size_t op = txn_wait_present(txn, "Interface");

    txn_where_uuid(txn, port->iface_uuid);
    txn_where_pair(txn, "external_ids", ID_POOL, fit ? fit : "");
    return op;
}

size_t ready_port_remove(struct txn *txn, const struct vswitch_port *port)
{
    size_t op = ready_port_guard(txn, port);

    vswitch_remove(txn, port->port_uuid, port->name);
    return op;
}

void ready_port_ask(struct txn *txn, const struct attachment *a)
{
    auto_buf struct buf asked = BUF_INIT(READY_FIT_SIZE + 16);
    char fit[READY_FIT_SIZE];

    if (!a->pool || !ready_port_fit(a, fit))
        return;
    buf_addf(&asked, "%u %s", a->pool, fit);
    txn_pair(txn, ID_POOL_ASKED, buf_text(&asked));
}

const char *ready_port_asked(const char *text, unsigned *ret_size)
{
    char digits[8];
    const char *blank = strchr(text, ' ');
    uint64_t size;

    if (!blank || (size_t)(blank - text) >= sizeof(digits) ||
        strlen(blank + 1) >= READY_FIT_SIZE)
        return NULL;
    snprintf(digits, sizeof(digits), "%.*s", (int)(blank - text), text);
    if (parse_number(digits, 1, LIMIT_POOL, &size) < 0)
        return NULL;
    *ret_size = (unsigned)size;
    return blank + 1;
}
