/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One setter for each key that is not about addresses. It turns the text into a
 * member of the attachment, or fails with a message that begins with the
 * value.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/spec/general_ids.h"
#include "ovsint/spec/keys.h"

#define RESERVED_PREFIX "ovsint-"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

int list_next(const char **cursor, char ret[LIST_ITEM_SIZE])
{
    const char *start = *cursor;

    if (!start)
        return 0;
    const char *comma = strchr(start, ',');
    const char *end = comma ? comma : start + strlen(start);
    /* NULL is the end. After "a," there is one more item, an empty one. */
    *cursor = comma ? comma + 1 : NULL;
    while (start < end && is_blank(*start))
        start++;
    while (start < end && is_blank(end[-1]))
        end--;
    size_t len = (size_t)(end - start);
    if (len == 0 || len >= LIST_ITEM_SIZE)
        return -EINVAL;
    memcpy(ret, start, len);
    ret[len] = '\0';
    return 1;
}

/* Is it printable, without blanks and without the characters `refused`, which
 * would break a path or a list? */
static bool name_valid(const char *name, size_t room, const char *refused)
{
    size_t len = strlen(name);

    if (len == 0 || len >= room)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (name[i] <= ' ' || name[i] > '~' || strchr(refused, name[i]))
            return false;
    }
    return true;
}

bool bridge_name_valid(const char *name)
{
    return name_valid(name, BRIDGE_NAME_SIZE, "/,");
}

bool network_name_valid(const char *name)
{
    return name_valid(name, NETWORK_NAME_SIZE, "/,");
}

bool physical_network_valid(const char *name)
{
    return name_valid(name, PHYSICAL_NETWORK_SIZE, ",:");
}

int key_set_network(struct attachment *to, const char *value, struct err *err)
{
    if (!network_name_valid(value))
        return err_set(err, EINVAL,
                       SHOWN " is not a network name (1-63 printable "
                             "characters without blank, comma or slash)",
                       value);
    snprintf(to->network, sizeof(to->network), "%s", value);
    return 0;
}

int key_set_bridge(struct attachment *to, const char *value, struct err *err)
{
    if (!bridge_name_valid(value))
        return err_set(err, EINVAL,
                       SHOWN " is not a bridge name (1-63 printable "
                             "characters without blank, comma or slash)",
                       value);
    snprintf(to->bridge, sizeof(to->bridge), "%s", value);
    return 0;
}

int key_set_ovn(struct attachment *to, const char *value, struct err *err)
{
    if (!network_name_valid(value))
        return err_set(err, EINVAL,
                       SHOWN " is not the name of a logical switch (1-63 "
                             "printable characters without blank, comma or "
                             "slash)",
                       value);
    snprintf(to->ovn, sizeof(to->ovn), "%s", value);
    return 0;
}

int key_set_vlan(struct attachment *to, const char *value, struct err *err)
{
    uint64_t vlan;

    if (parse_number(value, 1, VLAN_MAX, &vlan) < 0)
        return err_set(err, EINVAL, SHOWN " is not a VLAN id (1-4094)", value);
    to->vlan = (uint16_t)vlan;
    return 0;
}

int key_set_trunks(struct attachment *to, const char *value, struct err *err)
{
    if (vlan_set_parse(value, &to->trunks) < 0)
        return err_set(err, EINVAL,
                       SHOWN " is not a list of VLAN ids and ranges within "
                             "1-4094 (10,20-29)",
                       value);
    return 0;
}

int key_set_mac(struct attachment *to, const char *value, struct err *err)
{
    struct mac mac;

    if (parse_mac(value, &mac) < 0)
        return err_set(err, EINVAL,
                       SHOWN " is not a MAC address (02:00:00:00:00:01)",
                       value);
    if (mac_is_multicast(&mac))
        return err_set(err, EINVAL,
                       SHOWN " is a multicast MAC address, which no device can "
                             "have",
                       value);
    if (mac_is_zero(&mac))
        return err_set(err, EINVAL,
                       SHOWN " is not a usable MAC address: leave the key out "
                             "to get one",
                       value);
    to->mac = mac;
    return 0;
}

int key_set_mtu(struct attachment *to, const char *value, struct err *err)
{
    uint64_t mtu;

    if (parse_number(value, MTU_MIN, MTU_MAX, &mtu) < 0)
        return err_set(err, EINVAL, SHOWN " is not an MTU (%d-%d)", value,
                       MTU_MIN, MTU_MAX);
    to->mtu = (unsigned)mtu;
    return 0;
}

int key_set_type(struct attachment *to, const char *value, struct err *err)
{
    if (vnic_type_parse(value, &to->type) < 0)
        return err_set(err, EINVAL,
                       SHOWN " is not a type of vNIC (internal or veth)",
                       value);
    return 0;
}

int key_set_default(struct attachment *to, const char *value, struct err *err)
{
    if (parse_bool(value, &to->takes_default) < 0)
        return err_set(err, EINVAL, SHOWN " is neither true nor false", value);
    return 0;
}

int key_set_isolated_ports(struct attachment *to, const char *value,
                           struct err *err)
{
    if (parse_bool(value, &to->isolated) < 0)
        return err_set(err, EINVAL, SHOWN " is neither true nor false", value);
    return 0;
}

int key_set_mcast_snooping(struct attachment *to, const char *value,
                           struct err *err)
{
    if (parse_bool(value, &to->snoops) < 0)
        return err_set(err, EINVAL, SHOWN " is neither true nor false", value);
    return 0;
}

static const char *const guard_names[] = {
    [SOURCE_GUARD_OFF] = "off",
    [SOURCE_GUARD_MAC] = "mac",
    [SOURCE_GUARD_FULL] = "full",
};

const char *source_guard_name(enum source_guard guard)
{
    return guard_names[guard];
}

int source_guard_parse(const char *text, enum source_guard *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(guard_names); i++) {
        if (strcmp(guard_names[i], text) != 0)
            continue;
        *ret = (enum source_guard)i;
        return 0;
    }
    return -EINVAL;
}

int key_set_guard(struct attachment *to, const char *value, struct err *err)
{
    if (source_guard_parse(value, &to->guard) < 0)
        return err_set(err, EINVAL, SHOWN " is none of off, mac and full",
                       value);
    return 0;
}

int key_set_storm(struct attachment *to, const char *value, struct err *err)
{
    if (parse_number(value, 1, STORM_MAX, &to->storm) < 0)
        return err_set(err, EINVAL,
                       SHOWN " is not a number of frames per second (1-%d)",
                       value, STORM_MAX);
    return 0;
}

int key_set_rate(struct attachment *to, const char *value, struct err *err)
{
    if (parse_number(value, RATE_MIN_KBIT, RATE_MAX_KBIT, &to->rate_kbit) < 0)
        return err_set(err, EINVAL,
                       SHOWN " is not a rate in kbit/s (%d-%d, digits only)",
                       value, RATE_MIN_KBIT, RATE_MAX_KBIT);
    return 0;
}

int key_set_burst(struct attachment *to, const char *value, struct err *err)
{
    if (parse_number(value, 1, BURST_MAX_KBIT, &to->burst_kbit) < 0)
        return err_set(err, EINVAL,
                       SHOWN " is not a burst in kbit (1-%d, digits only)",
                       value, BURST_MAX_KBIT);
    return 0;
}

int key_set_ofport(struct attachment *to, const char *value, struct err *err)
{
    uint64_t ofport;

    if (parse_number(value, 1, OFPORT_MAX, &ofport) < 0)
        return err_set(err, EINVAL,
                       SHOWN " is not an OpenFlow port number (1-%d)", value,
                       OFPORT_MAX);
    to->ofport_request = (uint16_t)ofport;
    return 0;
}

int key_set_pool(struct attachment *to, const char *value, struct err *err)
{
    uint64_t pool;

    if (parse_number(value, 1, LIMIT_POOL, &pool) < 0)
        return err_set(err, EINVAL, SHOWN " is not a number of ports (1-%d)",
                       value, LIMIT_POOL);
    to->pool = (uint16_t)pool;
    return 0;
}

/* Copies up to the next comma that is not escaped; "\," and "\\" become "," and
 * "\". Returns where it stopped, or NULL if the item is too long. */
static const char *unescape_item(const char *text, char *ret, size_t room)
{
    size_t len = 0;

    for (; *text && *text != ','; text++) {
        if (*text == '\\' && (text[1] == ',' || text[1] == '\\'))
            text++;
        if (len + 1 >= room)
            return NULL;
        ret[len++] = *text;
    }
    ret[len] = '\0';
    return text;
}

static bool has_control_character(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return true;
    }
    return false;
}

/* Whoever could choose these would pretend to be another container, or hide
 * which MAC its device has. */
static bool is_general(const char *key)
{
    static const char *const keys[] = {ID_ATTACHED_MAC, ID_CONTAINER_ID,
                                       ID_CONTAINER_IFACE, ID_IFACE_STATUS};

    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (strcmp(key, keys[i]) == 0)
            return true;
    }
    return false;
}

static int split_pair(char *item, struct external_id *ret, struct err *err)
{
    while (is_blank(*item))
        item++;
    char *equals = strchr(item, '=');
    if (!equals)
        return err_set(err, EINVAL, SHOWN " is not of the form key=value",
                       item);
    const char *value = equals + 1;
    *equals = '\0';
    if (!name_valid(item, sizeof(ret->key), ",\\"))
        return err_set(err, EINVAL,
                       "key " SHOWN " is not 1-%zu printable characters "
                       "without blank, comma or backslash",
                       item, sizeof(ret->key) - 1);
    if (strncmp(item, RESERVED_PREFIX, strlen(RESERVED_PREFIX)) == 0)
        return err_set(err, EINVAL,
                       "key " SHOWN " is reserved: ovsint keeps its own state "
                       "under " RESERVED_PREFIX,
                       item);
    if (is_general(item))
        return err_set(err, EINVAL,
                       "key " SHOWN " is reserved: ovsint itself tells others "
                       "by it what the port is",
                       item);
    if (strlen(value) >= sizeof(ret->value))
        return err_set(err, EINVAL,
                       "the value of key " SHOWN " is longer than %zu bytes",
                       item, sizeof(ret->value) - 1);
    if (has_control_character(value))
        return err_set(err, EINVAL,
                       "the value of key " SHOWN " has a control character",
                       item);
    memcpy(ret->key, item, strlen(item) + 1);
    memcpy(ret->value, value, strlen(value) + 1);
    return 0;
}

static int add_external_id(struct attachment *to, const struct external_id *id,
                           struct err *err)
{
    for (size_t i = 0; i < to->external_id_count; i++) {
        if (strcmp(to->external_ids[i].key, id->key) == 0)
            return err_set(err, EINVAL, "key " SHOWN " stands there twice",
                           id->key);
    }
    if (to->external_id_count == LIMIT_EXTERNAL_IDS)
        return err_set(err, EINVAL, "more than %d pairs", LIMIT_EXTERNAL_IDS);
    to->external_ids[to->external_id_count++] = *id;
    return 0;
}

int key_set_external_ids(struct attachment *to, const char *value,
                         struct err *err)
{
    /* Twice the room that is needed: so the checks of each half can name the
     * one that is too long. */
    char item[2 * (EXTERNAL_ID_KEY_SIZE + EXTERNAL_ID_VALUE_SIZE)];

    for (;;) {
        struct external_id id = {0};
        const char *end = unescape_item(value, item, sizeof(item));
        if (!end)
            return err_set(err, EINVAL, SHOWN "... is too long for a pair",
                           value);
        int r = split_pair(item, &id, err);
        if (r < 0)
            return r;
        r = add_external_id(to, &id, err);
        if (r < 0)
            return r;
        if (!*end)
            return 0;
        value = end + 1;
    }
}
