/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Attachments as JSON. Reading turns each member into the text that an operator
 * would have typed and gives it to the setters. So values are judged in one
 * place, wherever they come from.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "ovsint/spec/keys.h"

#define MEMBER_TEXT_SIZE 16384
#define IFNAME_KEY "ifname"

static int scalar_text(const struct json *value, struct buf *ret,
                       struct err *err)
{
    int64_t number;
    bool truth;

    if (json_string(value))
        buf_add_text(ret, json_string(value));
    else if (json_int(value, &number))
        buf_addf(ret, "%" PRId64, number);
    else if (json_bool(value, &truth))
        buf_add_text(ret, truth ? "true" : "false");
    else
        return err_set(err, EINVAL,
                       "%s cannot stand here, write a string, a number, a "
                       "boolean or a list of them",
                       json_type_name(value));
    return 0;
}

static int list_text(const struct json *array, struct buf *ret, struct err *err)
{
    for (size_t i = 0; i < json_count(array); i++) {
        buf_add_text(ret, i ? "," : "");
        int r = scalar_text(json_at(array, i), ret, err);
        if (r < 0)
            return r;
    }
    return 0;
}

static void add_escaped(struct buf *ret, const char *text)
{
    for (; *text; text++) {
        if (*text == ',' || *text == '\\')
            buf_add(ret, "\\", 1);
        buf_add(ret, text, 1);
    }
}

static int pairs_text(const struct json *object, struct buf *ret,
                      struct err *err)
{
    for (size_t i = 0; i < json_count(object); i++) {
        const char *key = json_key_at(object, i);
        const char *value = json_string(json_at(object, i));
        if (!value)
            return err_set(err, EINVAL,
                           "the value of " SHOWN " is %s, not a string", key,
                           json_type_name(json_at(object, i)));
        if (strpbrk(key, ",=\\"))
            return err_set(err, EINVAL,
                           "key " SHOWN " has a comma, equals sign or "
                           "backslash",
                           key);
        buf_addf(ret, "%s%s=", i ? "," : "", key);
        add_escaped(ret, value);
    }
    return 0;
}

static int value_text(const char *key, const struct json *value,
                      struct buf *ret, struct err *err)
{
    const char *pairs_key = vocabulary_entry(KEY_EXTERNAL_IDS)->key;

    if (json_type(value) == JSON_ARRAY)
        return list_text(value, ret, err);
    if (json_type(value) == JSON_OBJECT && strcmp(key, pairs_key) == 0)
        return pairs_text(value, ret, err);
    return scalar_text(value, ret, err);
}

int attachment_set_json(struct attachment_request *request, const char *origin,
                        const char *key, const struct json *value,
                        struct err *err)
{
    auto_buf struct buf text = BUF_INIT(MEMBER_TEXT_SIZE);

    if (value_text(key, value, &text, err) < 0)
        return err_wrap(err, "%s", origin);
    if (text.overflow)
        return err_set(err, EINVAL, "%s: the value is longer than %d bytes",
                       origin, MEMBER_TEXT_SIZE);
    return attachment_set(request, origin, key, buf_text(&text), err);
}

static void write_key(struct json_writer *w, enum vocabulary_key key)
{
    json_write_key(w, vocabulary_entry(key)->key);
}

static void write_text(struct json_writer *w, enum vocabulary_key key,
                       const char *text)
{
    if (text && *text)
        json_write_member(w, vocabulary_entry(key)->key, text);
}

static void write_number(struct json_writer *w, enum vocabulary_key key,
                         uint64_t number)
{
    if (number == 0)
        return;
    write_key(w, key);
    json_write_int(w, (int64_t)number);
}

static void write_prefixes(struct json_writer *w, enum vocabulary_key key,
                           const struct ip_prefix *list, size_t count)
{
    char text[PREFIX_TEXT_SIZE];

    if (count == 0)
        return;
    write_key(w, key);
    json_write_array(w);
    for (size_t i = 0; i < count; i++) {
        prefix_format(&list[i], text);
        json_write_string(w, text);
    }
    json_write_array_end(w);
}

static void write_port(const struct attachment *a, struct json_writer *w)
{
    auto_buf struct buf trunks = BUF_INIT(MEMBER_TEXT_SIZE);

    write_text(w, KEY_NETWORK, a->network);
    write_text(w, KEY_BRIDGE, a->bridge);
    write_text(w, KEY_OVN, a->ovn);
    write_number(w, KEY_VLAN, a->vlan);
    vlan_set_format(&a->trunks, &trunks);
    write_text(w, KEY_TRUNKS, buf_text(&trunks));
    write_text(w, KEY_VLAN_MODE, vlan_mode_name(a->vlan_mode));
    if (a->isolated) {
        write_key(w, KEY_ISOLATED_PORTS);
        json_write_bool(w, true);
    }
    if (a->guard != SOURCE_GUARD_OFF)
        write_text(w, KEY_GUARD, source_guard_name(a->guard));
    write_prefixes(w, KEY_GUARD_ALSO, a->guard_also, a->guard_also_count);
}

static void write_addresses(const struct attachment *a, struct json_writer *w)
{
    char text[PREFIX_TEXT_SIZE];

    if (a->ip_auto || a->ip_dhcp || a->ip_slaac || a->ip_count) {
        write_key(w, KEY_IP);
        json_write_array(w);
        if (a->ip_auto)
            json_write_string(w, "auto");
        if (a->ip_dhcp)
            json_write_string(w, "dhcp");
        if (a->ip_slaac)
            json_write_string(w, "slaac");
        for (size_t i = 0; i < a->ip_count; i++) {
            prefix_format(&a->ip[i], text);
            json_write_string(w, text);
        }
        json_write_array_end(w);
    }
    if (a->gateway_count) {
        write_key(w, KEY_GATEWAY);
        json_write_array(w);
        for (size_t i = 0; i < a->gateway_count; i++) {
            ip_format(&a->gateway[i], text);
            json_write_string(w, text);
        }
        json_write_array_end(w);
    }
}

static void write_routes(const struct attachment *a, struct json_writer *w)
{
    if (!a->route_count)
        return;
    write_key(w, KEY_ROUTES);
    json_write_array(w);
    for (size_t i = 0; i < a->route_count; i++) {
        auto_buf struct buf text = BUF_INIT(LIST_ITEM_SIZE);
        char to[PREFIX_TEXT_SIZE], via[IP_TEXT_SIZE];
        prefix_format(&a->routes[i].to, to);
        ip_format(&a->routes[i].via, via);
        buf_addf(&text, "%s via %s", to, via);
        json_write_string(w, buf_text(&text));
    }
    json_write_array_end(w);
}

static void write_device(const struct attachment *a, struct json_writer *w)
{
    char mac[MAC_TEXT_SIZE];

    if (!mac_is_zero(&a->mac)) {
        mac_format(&a->mac, mac);
        write_text(w, KEY_MAC, mac);
    }
    write_number(w, KEY_MTU, a->mtu);
    if (a->type != VNIC_INTERNAL)
        write_text(w, KEY_TYPE, vnic_type_name(a->type));
    if (a->takes_default) {
        write_key(w, KEY_DEFAULT);
        json_write_bool(w, true);
    }
    write_number(w, KEY_STORM, a->storm);
    write_number(w, KEY_RATE, a->rate_kbit);
    write_number(w, KEY_BURST, a->burst_kbit);
}

static void write_external_ids(const struct attachment *a,
                               struct json_writer *w)
{
    if (!a->external_id_count)
        return;
    write_key(w, KEY_EXTERNAL_IDS);
    json_write_object(w);
    for (size_t i = 0; i < a->external_id_count; i++)
        json_write_member(w, a->external_ids[i].key, a->external_ids[i].value);
    json_write_object_end(w);
}

void attachment_write(const struct attachment *attachment,
                      struct json_writer *w)
{
    json_write_object(w);
    json_write_member(w, IFNAME_KEY, attachment->ifname);
    write_port(attachment, w);
    write_addresses(attachment, w);
    write_routes(attachment, w);
    if (attachment->skip_dad) {
        write_key(w, KEY_DAD);
        json_write_bool(w, false);
    }
    if (attachment->accepts_ra) {
        write_key(w, KEY_ACCEPT_RA);
        json_write_bool(w, true);
    }
    write_text(w, KEY_DHCP_ID, attachment->dhcp_id);
    write_text(w, KEY_DHCP_HOSTNAME, attachment->dhcp_hostname);
    write_text(w, KEY_DNS_NAME, attachment->dns_name);
    write_device(attachment, w);
    write_external_ids(attachment, w);
    write_number(w, KEY_OFPORT, attachment->ofport_request);
    if (attachment->snoops) {
        write_key(w, KEY_MCAST_SNOOPING);
        json_write_bool(w, true);
    }
    json_write_object_end(w);
}

int attachment_read(const struct json *json, struct attachment *ret,
                    struct err *err)
{
    const char *ifname = json_string(json_get(json, IFNAME_KEY));
    struct attachment_request request;

    if (!ifname)
        return err_set(err, EINVAL, "stored attachment: no ifname");
    if (attachment_request_init(&request, FRONT_SPEC, ifname, err) < 0)
        return err_wrap(err, "stored attachment");
    for (size_t i = 0; i < json_count(json); i++) {
        const char *key = json_key_at(json, i);
        if (key && strcmp(key, IFNAME_KEY) == 0)
            continue;
        int r = attachment_set_json(&request, "stored attachment",
                                    key ? key : "", json_at(json, i), err);
        if (r < 0)
            return r;
    }
    if (!attachment_given(&request, KEY_BRIDGE))
        return err_set(err, EINVAL, "stored attachment: no bridge");
    *ret = request.values;
    return 0;
}
