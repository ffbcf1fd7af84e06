/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The columns of a closed port. A trunk drops what comes in without a VLAN
 * header, and what has one of a VLAN that is not among its own
 * (input_vid_is_valid() in ofproto/ofproto-dpif-xlate.c). It has no use for a
 * tag (bundle_set() in ofproto/ofproto-dpif.c), so that one stays: somebody may
 * have given the port another one than its spec has, or do so meanwhile.
 */
#include "ovsint/rows/vswitch_closing.h"

#include <string.h>

#include "ovsint/base/limits.h"
#include "ovsint/ovsdb/row.h"

/* IEEE 802.1Q reserves it (table 9-2): no port of ours can have it, and no
 * other switch forwards it. */
#define VLAN_OF_NOBODY 4095

/* The value of ID_CLOSED, unless it is a note of what the columns were. */
#define CLOSED_AS_SPEC "true"

bool vswitch_port_is_closed(const struct vswitch_port *port)
{
    return vswitch_map_get(&port->port_ids, ID_CLOSED) != NULL;
}

/* What the columns tell. */
struct vlans {
    enum vlan_mode mode;
    struct vlan_set trunks;
    struct vlan_set cvlans;
};

/* A tunnel port filters customer VLANs, which have a column of their own. */
static struct vlans vlans_of_spec(const struct attachment *spec)
{
    struct vlans vlans = {.mode = spec->vlan_mode};

    if (spec->vlan_mode == VLAN_MODE_DOT1Q_TUNNEL)
        vlans.cvlans = spec->trunks;
    else
        vlans.trunks = spec->trunks;
    return vlans;
}

static bool vlans_equal(const struct vlans *left, const struct vlans *right)
{
    return left->mode == right->mode &&
           vlan_set_within(&left->trunks, &right->trunks) &&
           vlan_set_within(&right->trunks, &left->trunks) &&
           vlan_set_within(&left->cvlans, &right->cvlans) &&
           vlan_set_within(&right->cvlans, &left->cvlans);
}

static struct vlans vlans_of_closed(void)
{
    struct vlans vlans = {.mode = VLAN_MODE_TRUNK};

    vlan_set_add(&vlans.trunks, VLAN_OF_NOBODY);
    return vlans;
}

/* "" is no mode. */
static bool read_mode(const char *text, enum vlan_mode *ret)
{
    for (int mode = VLAN_MODE_UNSET; mode <= VLAN_MODE_DOT1Q_TUNNEL; mode++) {
        const char *name = vlan_mode_name((enum vlan_mode)mode);
        if (strcmp(name ? name : "", text) != 0)
            continue;
        *ret = (enum vlan_mode)mode;
        return true;
    }
    return false;
}

static bool add_number(const struct json *value, struct vlan_set *to)
{
    int64_t vlan;

    if (!json_int(value, &vlan) || vlan < 0 || vlan >= VLAN_COUNT)
        return false;
    vlan_set_add(to, (unsigned)vlan);
    return true;
}

static bool read_column(const struct json *row, const char *column,
                        struct vlan_set *ret)
{
    if (!json_get(row, column))
        return false;
    for (size_t i = 0; i < row_set_count(row, column); i++) {
        if (!add_number(row_set_at(row, column, i), ret))
            return false;
    }
    return true;
}

static bool read_row(const struct json *row, struct vlans *ret)
{
    const char *mode = row_string(row, "vlan_mode");

    *ret = (struct vlans){0};
    return read_mode(mode ? mode : "", &ret->mode) &&
           read_column(row, "trunks", &ret->trunks) &&
           read_column(row, "cvlans", &ret->cvlans);
}

static bool read_list(const struct json *list, struct vlan_set *ret)
{
    for (size_t i = 0; i < json_count(list); i++) {
        if (!add_number(json_at(list, i), ret))
            return false;
    }
    return true;
}

/* Anybody can edit a row. */
static bool read_note(const char *text, struct vlans *ret)
{
    static const struct json_limits limits = {
        .size = LIMIT_STATE_SIZE, .depth = 3, .nodes = 3 * VLAN_COUNT};
    auto_json struct json *json = NULL;
    struct err ignored = {0};

    *ret = (struct vlans){0};
    if (json_parse_object(text, strlen(text), &limits, &json, &ignored) < 0)
        return false;
    const char *mode = json_string(json_get(json, "vlan_mode"));
    return read_mode(mode ? mode : "", &ret->mode) &&
           read_list(json_get(json, "trunks"), &ret->trunks) &&
           read_list(json_get(json, "cvlans"), &ret->cvlans);
}

static void write_list(struct json_writer *w, const char *key,
                       const struct vlan_set *vlans)
{
    json_write_key(w, key);
    json_write_array(w);
    for (unsigned vlan = 0; vlan < VLAN_COUNT; vlan++) {
        if (vlan_set_has(vlans, vlan))
            json_write_int(w, vlan);
    }
    json_write_array_end(w);
}

static void write_note(const struct vlans *vlans, struct buf *ret)
{
    const char *mode = vlan_mode_name(vlans->mode);
    struct json_writer w = JSON_WRITER(ret);

    json_write_object(&w);
    json_write_member(&w, "vlan_mode", mode ? mode : "");
    write_list(&w, "trunks", &vlans->trunks);
    write_list(&w, "cvlans", &vlans->cvlans);
    json_write_object_end(&w);
}

static void set_vlan_set(struct txn *txn, const char *column,
                         const struct vlan_set *vlans, bool also_empty)
{
    if (!also_empty && vlan_set_empty(vlans))
        return;
    txn_set_set(txn, column);
    for (unsigned vlan = 0; vlan < VLAN_COUNT; vlan++) {
        if (vlan_set_has(vlans, vlan))
            txn_item_int(txn, vlan);
    }
}

static void set_mode(struct txn *txn, const struct vlans *vlans,
                     bool also_unset)
{
    if (vlans->mode != VLAN_MODE_UNSET)
        txn_set_string(txn, "vlan_mode", vlan_mode_name(vlans->mode));
    else if (also_unset)
        txn_set_empty(txn, "vlan_mode");
}

void vswitch_set_vlans(struct txn *txn, const struct attachment *spec)
{
    const struct vlans vlans = vlans_of_spec(spec);

    if (spec->vlan)
        txn_set_int(txn, "tag", spec->vlan);
    set_mode(txn, &vlans, false);
    set_vlan_set(txn, "trunks", &vlans.trunks, false);
    set_vlan_set(txn, "cvlans", &vlans.cvlans, false);
}

void vswitch_ask_vlans(struct txn *txn, const char *port)
{
    txn_select(txn, "Port", "name", "vlan_mode", "trunks", "cvlans", NULL);
    txn_where_string(txn, "name", port);
}

/* cvlans stay as they are: a trunk has no use for them. */
void vswitch_close(struct txn *txn, const char *port)
{
    txn_update(txn, "Port");
    txn_where_string(txn, "name", port);
    txn_set_string(txn, "vlan_mode", vlan_mode_name(VLAN_MODE_TRUNK));
    txn_set_set(txn, "trunks");
    txn_item_int(txn, VLAN_OF_NOBODY);
    txn_mutate(txn, "Port");
    txn_where_string(txn, "name", port);
    txn_add_pair(txn, "external_ids", ID_CLOSED, CLOSED_AS_SPEC);
}

bool vswitch_note_vlans(struct txn *txn, const struct json *row,
                        const struct attachment *spec)
{
    const struct vlans asked = vlans_of_spec(spec), closed = vlans_of_closed();
    const char *port = row_string(row, "name");
    auto_buf struct buf text = BUF_INIT(LIMIT_STATE_SIZE);
    struct vlans vlans;

    if (!port || !read_row(row, &vlans) || vlans_equal(&vlans, &asked) ||
        (vlans.mode == closed.mode &&
         vlan_set_has(&vlans.trunks, VLAN_OF_NOBODY)))
        return false;
    write_note(&vlans, &text);
    txn_mutate(txn, "Port");
    txn_where_string(txn, "name", port);
    txn_where_pair(txn, "external_ids", ID_CLOSED, CLOSED_AS_SPEC);
    txn_put_pair(txn, "external_ids", ID_CLOSED, buf_text(&text));
    return true;
}

/* What is not as vswitch_close() left it is what somebody wants now: it stays,
 * as do cvlans, which a closed port keeps. */
static void update_closed(struct txn *txn, const char *port)
{
    txn_update(txn, "Port");
    txn_where_string(txn, "name", port);
    txn_where_int(txn, "trunks", VLAN_OF_NOBODY);
}

void vswitch_open(struct txn *txn, const struct vswitch_port *port,
                  const struct attachment *spec)
{
    const char *note = vswitch_map_get(&port->port_ids, ID_CLOSED);
    struct vlans vlans;

    if (!note || !read_note(note, &vlans))
        vlans = vlans_of_spec(spec);
    update_closed(txn, port->name);
    txn_where_string(txn, "vlan_mode", vlan_mode_name(VLAN_MODE_TRUNK));
    set_mode(txn, &vlans, true);
    update_closed(txn, port->name);
    set_vlan_set(txn, "trunks", &vlans.trunks, true);
    txn_mutate(txn, "Port");
    txn_where_string(txn, "name", port->name);
    txn_remove_key(txn, "external_ids", ID_CLOSED);
}
