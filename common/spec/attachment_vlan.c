/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Sets of VLANs, and the words for VLAN modes and vNIC types. An empty set is
 * just empty here. That an empty Port.trunks means all VLANs is known where
 * ports are judged.
 */
#include <errno.h>
#include <string.h>

#include "ovsint/spec/keys.h"

static const char *const mode_names[] = {
    [VLAN_MODE_ACCESS] = "access",
    [VLAN_MODE_TRUNK] = "trunk",
    [VLAN_MODE_NATIVE_TAGGED] = "native-tagged",
    [VLAN_MODE_NATIVE_UNTAGGED] = "native-untagged",
    [VLAN_MODE_DOT1Q_TUNNEL] = "dot1q-tunnel",
};

static const char *const type_names[] = {
    [VNIC_INTERNAL] = "internal",
    [VNIC_VETH] = "veth",
};

bool vlan_set_has(const struct vlan_set *set, unsigned vlan)
{
    return vlan < VLAN_COUNT && (set->bits[vlan / 64] >> (vlan % 64) & 1);
}

void vlan_set_add(struct vlan_set *set, unsigned vlan)
{
    if (vlan < VLAN_COUNT)
        set->bits[vlan / 64] |= UINT64_C(1) << (vlan % 64);
}

bool vlan_set_empty(const struct vlan_set *set)
{
    static const struct vlan_set empty;

    return vlan_set_within(set, &empty);
}

bool vlan_set_within(const struct vlan_set *set, const struct vlan_set *of)
{
    for (size_t i = 0; i < ARRAY_LEN(set->bits); i++) {
        if (set->bits[i] & ~of->bits[i])
            return false;
    }
    return true;
}

static int add_range(const char *text, struct vlan_set *set)
{
    char first_text[LIST_ITEM_SIZE];
    const char *dash = strchr(text, '-');
    size_t len = dash ? (size_t)(dash - text) : strlen(text);
    uint64_t first, last;

    memcpy(first_text, text, len);
    first_text[len] = '\0';
    int r = parse_number(first_text, 1, VLAN_MAX, &first);
    if (r < 0)
        return r;
    r = parse_number(dash ? dash + 1 : text, 1, VLAN_MAX, &last);
    if (r < 0)
        return r;
    if (first > last)
        return -ERANGE;
    for (uint64_t vlan = first; vlan <= last; vlan++)
        vlan_set_add(set, (unsigned)vlan);
    return 0;
}

int vlan_set_parse(const char *text, struct vlan_set *ret)
{
    struct vlan_set set = {0};
    char item[LIST_ITEM_SIZE];
    int more;

    while ((more = list_next(&text, item)) > 0) {
        int r = add_range(item, &set);
        if (r < 0)
            return r;
    }
    if (more < 0)
        return more;
    *ret = set;
    return 0;
}

void vlan_set_format(const struct vlan_set *set, struct buf *ret)
{
    const char *separator = "";

    for (unsigned vlan = 0; vlan < VLAN_COUNT; vlan++) {
        unsigned last = vlan;
        if (!vlan_set_has(set, vlan))
            continue;
        while (vlan_set_has(set, last + 1))
            last++;
        buf_addf(ret, "%s%u", separator, vlan);
        if (last > vlan)
            buf_addf(ret, "-%u", last);
        separator = ",";
        vlan = last;
    }
}

const char *vlan_mode_name(enum vlan_mode mode)
{
    return mode_names[mode];
}

int key_set_vlan_mode(struct attachment *to, const char *value, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(mode_names); i++) {
        if (!mode_names[i] || strcmp(mode_names[i], value) != 0)
            continue;
        to->vlan_mode = (enum vlan_mode)i;
        return 0;
    }
    return err_set(err, EINVAL,
                   SHOWN " is not a VLAN mode (access, trunk, native-tagged, "
                         "native-untagged or dot1q-tunnel)",
                   value);
}

const char *vnic_type_name(enum vnic_type type)
{
    return type_names[type];
}

int vnic_type_parse(const char *text, enum vnic_type *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(type_names); i++) {
        if (strcmp(type_names[i], text) != 0)
            continue;
        *ret = (enum vnic_type)i;
        return 0;
    }
    return -EINVAL;
}
