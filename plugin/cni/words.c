/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A table: each word with what takes it, or with the answer. What is taken is
 * given to the setter of our key, which judges it.
 */
#include "plugin/cni/words.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/spec/keys.h"

#define TEXT_SIZE 16384

static int refuse(const char *key, const char *answer, struct err *err)
{
    return err_set(err, EINVAL, "key %s is another plugin's word: %s", key,
                   answer);
}

/* [{"id": 42}, {"minID": 1000, "maxID": 1010}] */

static int add_vlans(const struct json *item, struct buf *ret, struct err *err)
{
    int64_t id = 0, first = 0, last = 0;
    bool has_id = json_int(json_get(item, "id"), &id);
    bool has_first = json_int(json_get(item, "minID"), &first);
    bool has_last = json_int(json_get(item, "maxID"), &last);

    if (!has_id && (!has_first || !has_last))
        return err_set(err, EINVAL,
                       "an element has neither id, nor minID and maxID, as "
                       "numbers");
    if (has_id)
        buf_addf(ret, "%s%" PRId64, ret->size ? "," : "", id);
    if (has_first && has_last)
        buf_addf(ret, "%s%" PRId64 "-%" PRId64, ret->size ? "," : "", first,
                 last);
    return 0;
}

static int take_trunk(struct cni_request *request, const char *key,
                      const struct json *value, struct err *err)
{
    auto_buf struct buf text = BUF_INIT(TEXT_SIZE);
    char origin[ORIGIN_SIZE];

    if (json_type(value) != JSON_ARRAY)
        return refuse(key, "write 'trunks', as in \"10,20-29\"", err);
    snprintf(origin, sizeof(origin), "key %.40s", key);
    for (size_t i = 0; i < json_count(value); i++) {
        if (add_vlans(json_at(value, i), &text, err) < 0)
            return err_wrap(err, "%s", origin);
    }
    if (json_count(value) == 0)
        return 0;
    return attachment_set(&request->configured, origin, "trunks",
                          buf_text(&text), err);
}

/* ovs-cni makes a veth pair, unless it is told another type of the switch. */
static int take_type(struct cni_request *request, const char *key,
                     const struct json *value, struct err *err)
{
    const char *type = json_string(value);

    if (!type || (strcmp(type, "") != 0 && strcmp(type, "system") != 0 &&
                  strcmp(type, "internal") != 0))
        return refuse(key, "write 'vnic', internal or veth", err);
    return attachment_set(&request->configured, "key interface_type", "type",
                          strcmp(type, "internal") == 0 ? "internal" : "veth",
                          err);
}

static int take_socket(struct cni_request *request, const char *key,
                       const struct json *value, struct err *err)
{
    const char *path = json_string(value);

    (void)request;
    if (path && (strcmp(path, "") == 0 ||
                 strcmp(path, "unix:/run/openvswitch/db.sock") == 0 ||
                 strcmp(path, "unix:/var/run/openvswitch/db.sock") == 0))
        return 0;
    return refuse(key, "write 'ovsdb' into /etc/ovsint/ovsint.json", err);
}

/* How often, and for how long, ovs-cni looks for its port. We wait for the
 * switch. */
static int take_retries(struct cni_request *request, const char *key,
                        const struct json *value, struct err *err)
{
    int64_t number;

    (void)request;
    if (json_int(value, &number))
        return 0;
    return refuse(key, "'timeout-ms' of /etc/ovsint/ovsint.json is for it",
                  err);
}

static const struct {
    const char *key;
    int (*take)(struct cni_request *request, const char *key,
                const struct json *value, struct err *err);
    const char *answer;
} word_table[] = {
    {"trunk", take_trunk, NULL},
    {"vlanTrunk", take_trunk, NULL},
    {"interface_type", take_type, NULL},
    {"socket_file", take_socket, NULL},
    {"link_state_check_retries", take_retries, NULL},
    {"link_state_check_interval", take_retries, NULL},
    {"vlanMode", NULL, "write 'vlan-mode'"},
    {"ofport_request", NULL,
     "a port number is for one container: write 'ofport' among what the "
     "container asks for"},
    {"ofport", NULL,
     "a port number is for one container: it cannot be that of a network"},
    {"isDefaultGateway", NULL,
     "write 'gateway', and 'default' if it takes over from earlier devices"},
    {"isGateway", NULL, "write \"mode\": \"nat\": the host is the gateway"},
    {"ipMasq", NULL, "write \"mode\": \"nat\": the host translates"},
    {"mac", NULL,
     "a MAC address is for one container: declare the capability "
     "mac"},
    {"configuration_path", NULL,
     "the configuration is /etc/ovsint/ovsint.json"},
    {"deviceID", NULL, "ovsint makes vNICs of its own, not of a card's"},
};

int words_take(struct cni_request *request, const char *key,
               const struct json *value, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(word_table); i++) {
        if (strcmp(word_table[i].key, key) != 0)
            continue;
        int r = word_table[i].take
                    ? word_table[i].take(request, key, value, err)
                    : refuse(key, word_table[i].answer, err);
        return r < 0 ? r : 1;
    }
    return 0;
}
