/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * In this order: the command, the environment that it needs, the document and
 * its version; then, for commands that are about what is configured, each key
 * of the network configuration, and what comes from the container's side
 * (sources.c). A key that nobody knows is an error, as everywhere. DEL and GC
 * read no more than names: a mistake in the file must not leave ports behind,
 * and one in `ipam` is told when they have gone. Pure.
 */
#include "plugin/cni/conf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/config/resolve.h"
#include "plugin/cni/dns.h"
#include "plugin/cni/ipam.h"
#include "plugin/cni/nat.h"
#include "plugin/cni/sources.h"
#include "plugin/cni/words.h"

/* The environment. */

static const struct {
    const char *name;
    enum cni_version since;
} command_table[] = {
    [CNI_ADD] = {"ADD", CNI_0_3_0},
    [CNI_DEL] = {"DEL", CNI_0_3_0},
    [CNI_CHECK] = {"CHECK", CNI_0_4_0},
    [CNI_GC] = {"GC", CNI_1_1_0},
    [CNI_STATUS] = {"STATUS", CNI_1_1_0},
    [CNI_VERSION] = {"VERSION", CNI_0_3_0},
};

int cni_command_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(command_table); i++) {
        if (strcmp(command_table[i].name, name) == 0)
            return (int)i;
    }
    return -EINVAL;
}

const char *cni_command_name(enum cni_command command)
{
    return command < ARRAY_LEN(command_table) ? command_table[command].name
                                              : "";
}

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9');
}

/* The specification's rule for container ids and names of networks. */
static bool is_word(const char *text, size_t room)
{
    size_t len = strlen(text);

    if (len == 0 || len >= room || !is_letter_or_digit(text[0]))
        return false;
    for (size_t i = 1; i < len; i++) {
        if (!is_letter_or_digit(text[i]) && !strchr("_.-", text[i]))
            return false;
    }
    return true;
}

static const char *text_of(const char *variable)
{
    return variable ? variable : "";
}

static bool is_about_container(enum cni_command command)
{
    return command == CNI_ADD || command == CNI_DEL || command == CNI_CHECK;
}

/* In DEL the namespace may have gone, and its name with it. */
static int check_netns(const struct cni_request *request, struct err *err)
{
    if (request->netns[0] == '/' ||
        (request->command == CNI_DEL && !request->netns[0]))
        return 0;
    return err_set(err, EINVAL, "CNI_NETNS: " SHOWN " is not a path",
                   request->netns);
}

static int read_environment(const struct cni_environment *environment,
                            struct cni_request *ret, struct err *err)
{
    int command = cni_command_find(text_of(environment->command));

    if (command < 0)
        return err_set(err, EINVAL, "CNI_COMMAND: " SHOWN " is not a command",
                       text_of(environment->command));
    ret->command = (enum cni_command)command;
    if (!is_about_container(ret->command))
        return 0;
    ret->container = text_of(environment->container);
    ret->netns = text_of(environment->netns);
    ret->ifname = text_of(environment->ifname);
    if (!is_word(ret->container, LIMIT_CONTAINER_ID_SIZE))
        return err_set(err, EINVAL,
                       "CNI_CONTAINERID: " SHOWN " is not a container id",
                       ret->container);
    if (attachment_request_init(&ret->own, FRONT_HOOK, ret->ifname, err) < 0)
        return err_wrap(err, "CNI_IFNAME");
    return check_netns(ret, err);
}

/* The document. */

static int read_version(struct cni_request *ret, struct err *err)
{
    const struct json *value = json_get(ret->document, "cniVersion");
    auto_buf struct buf versions = BUF_INIT(ERR_TEXT_SIZE);

    cni_version_list(&versions);
    if (!value)
        return err_set(err, EINVAL,
                       "the network configuration has no cniVersion "
                       "(supported: %s)",
                       buf_text(&versions));
    const char *text = json_string(value);
    int version = cni_version_find(text ? text : "");
    if (version < 0)
        return err_set(err, EINVAL,
                       "cniVersion " SHOWN " is not supported (supported: %s)",
                       text ? text : json_type_name(value),
                       buf_text(&versions));
    ret->version = (enum cni_version)version;
    if (ret->version < command_table[ret->command].since)
        return err_set(err, EINVAL,
                       "%s is a command of cniVersion %s and later",
                       command_table[ret->command].name,
                       cni_version_name(command_table[ret->command].since));
    return 0;
}

static int read_name(struct cni_request *ret, struct err *err)
{
    const struct json *value = json_get(ret->document, "name");

    ret->name = json_string(value);
    if (!value)
        return err_set(err, EINVAL, "the network configuration has no name");
    if (!ret->name || !is_word(ret->name, EXTERNAL_ID_VALUE_SIZE))
        return err_set(err, EINVAL,
                       "name: " SHOWN " is not the name of a network "
                       "(letters, digits, '.', '_' and '-')",
                       ret->name ? ret->name : json_type_name(value));
    return 0;
}

static int parse_document(const char *bytes, size_t size,
                          struct cni_request *ret, struct err *err)
{
    static const struct json_limits limits = {.size = LIMIT_STATE_SIZE,
                                              .depth = LIMIT_JSON_DEPTH};

    int r = json_parse_object(bytes, size, &limits, &ret->document, err);
    return r < 0 ? err_wrap(err, "the network configuration") : 0;
}

/* Its keys. */

/* libcni hands these to every plugin, declared or not. */
static bool is_of_cni(const char *key)
{
    static const char *const keys[] = {
        "cniVersion",    "name",       "type", "capabilities",
        "runtimeConfig", "prevResult", "args", "cni.dev/"};

    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        size_t len = strlen(keys[i]);
        if (strncmp(key, keys[i], len) == 0 &&
            (key[len] == '\0' || key[len - 1] == '/'))
            return true;
    }
    return false;
}

static int refuse_key(const char *key, struct err *err)
{
    auto_buf struct buf keys = BUF_INIT(ERR_TEXT_SIZE);
    const char *nearest = vocabulary_nearest(key, FRONT_CNI);

    if (!nearest && vocabulary_near(key, "vnic"))
        nearest = "vnic";
    if (nearest)
        return err_set(err, EINVAL, "unknown key '%.40s': did you mean '%s'?",
                       key, nearest);
    vocabulary_list(FRONT_CNI, &keys);
    transient_keys_list(&keys);
    return err_set(err, EINVAL, "unknown key '%.40s' (keys: %s, vnic)", key,
                   buf_text(&keys));
}

/* Of DEL and GC, too: what the plugin has given is to be given back. A plugin
 * that asked us would be asked again, and so on. */
static int take_ipam(struct cni_request *ret, struct err *err)
{
    const struct json *ipam = json_get(ret->document, "ipam");
    const char *own = json_string(json_get(ret->document, "type"));

    if (!ipam || json_type(ipam) == JSON_NULL)
        return 0;
    if (json_type(ipam) != JSON_OBJECT)
        return err_set(err, EINVAL, "key ipam is %s, not an object",
                       json_type_name(ipam));
    if (json_count(ipam) == 0)
        return 0;
    ret->ipam = json_string(json_get(ipam, "type"));
    if (!ret->ipam || !*ret->ipam)
        return err_set(err, EINVAL, "key ipam: it has no type");
    if (own && strcmp(own, ret->ipam) == 0)
        return err_set(err, EINVAL, "key ipam: '%.60s' is no IPAM plugin",
                       ret->ipam);
    ret->ipam_is_late = strcmp(ret->ipam, "dhcp") == 0;
    return 0;
}

/* Who gives the addresses? */
static int check_ipam(const struct cni_request *request, struct err *err)
{
    if (!request->ipam)
        return 0;
    if (attachment_given(&request->configured, KEY_IP))
        return err_set(err, EINVAL,
                       "key ip: the addresses come from the plugin of key "
                       "ipam: remove one of the two");
    if (request->nat.is_nat && request->ipam_is_late)
        return err_set(err, EINVAL,
                       "key ipam: with \"mode\": \"nat\" the host is the "
                       "router, and no DHCP server gives its address: use "
                       "host-local, or a 'network' with \"ip\": \"auto\"");
    return 0;
}

static int take_key(struct cni_request *ret, const char *key,
                    const struct json *value, struct err *err)
{
    char origin[ORIGIN_SIZE];

    if (is_of_cni(key))
        return 0;
    if (strcmp(key, "ipam") == 0)
        return 0;
    if (strcmp(key, "routes") == 0 && ipam_is_routes(value)) {
        ret->routes = value;
        return 0;
    }
    if (strcmp(key, "dns") == 0) {
        ret->dns = value;
        return dns_check(value, err) < 0 ? err_wrap(err, "key") : 0;
    }
    if (transient_key_known(key))
        return nat_take_key(ret, key, value, err);
    snprintf(origin, sizeof(origin), "key %.80s", key);
    if (strcmp(key, "vnic") == 0)
        return attachment_set_json(&ret->configured, origin, "type", value,
                                   err);
    int r = words_take(ret, key, value, err);
    if (r != 0)
        return r < 0 ? r : 0;
    if (vocabulary_find(key, FRONT_CNI) < 0)
        return refuse_key(key, err);
    return attachment_set_json(&ret->configured, origin, key, value, err);
}

static int take_keys(struct cni_request *ret, struct err *err)
{
    /* Which keys may stand here is asked above: `vnic` sets one that may
     * not. */
    const char *ifname = ret->ifname ? ret->ifname : "eth0";
    int r = attachment_request_init(&ret->configured, FRONT_CNI | FRONT_SPEC,
                                    ifname, err);

    for (size_t i = 0; r >= 0 && i < json_count(ret->document); i++)
        r = take_key(ret, json_key_at(ret->document, i),
                     json_at(ret->document, i), err);
    if (r >= 0)
        r = transient_options_check(&ret->nat, err);
    if (r >= 0)
        r = check_ipam(ret, err);
    if (r < 0 || ret->command != CNI_ADD ||
        json_type(json_get(ret->document, "prevResult")) != JSON_OBJECT)
        return r;
    return err_set(err, EINVAL,
                   "ovsint makes the interface, so it has to be the first "
                   "plugin of its list: there is a prevResult");
}

/* What the file says is settled; only an address of one container's own may
 * take the place of one that would be chosen. */
static int refuse_contradictions(const struct cni_request *request,
                                 struct err *err)
{
    const struct attachment *configured = &request->configured.values;

    for (int key = 0; key < KEY_COUNT; key++) {
        if (!request->own.origin[key][0] || !request->configured.origin[key][0])
            continue;
        return err_set(err, EPERM, "%s: the network configuration says '%s'",
                       request->own.origin[key],
                       vocabulary_entry((enum vocabulary_key)key)->key);
    }
    if (request->ip[0] && attachment_given(&request->configured, KEY_IP) &&
        (!configured->ip_auto || configured->ip_count))
        return err_set(err, EPERM, "%s: the network configuration says 'ip'",
                       request->ip_origin);
    return 0;
}

static int read_valid(struct cni_request *ret, struct err *err)
{
    ret->valid = json_get(ret->document, "cni.dev/valid-attachments");
    if (ret->valid && json_type(ret->valid) != JSON_ARRAY)
        return err_set(err, EINVAL,
                       "key cni.dev/valid-attachments is %s, not an array",
                       json_type_name(ret->valid));
    for (size_t i = 0; i < json_count(ret->valid); i++) {
        const struct json *item = json_at(ret->valid, i);
        if (!json_string(json_get(item, "containerID")) ||
            !json_string(json_get(item, "ifname")))
            return err_set(err, EINVAL,
                           "key cni.dev/valid-attachments: an element lacks "
                           "containerID or ifname");
    }
    return 0;
}

static bool removes(enum cni_command command)
{
    return command == CNI_DEL || command == CNI_GC;
}

static int read_keys(const struct cni_environment *environment,
                     struct cni_request *ret, struct err *err)
{
    int r = read_name(ret, err);

    if (r < 0)
        return r;
    if (removes(ret->command)) {
        (void)!take_ipam(ret, &ret->ipam_err);
        return ret->command == CNI_GC ? read_valid(ret, err) : 0;
    }
    r = take_ipam(ret, err);
    if (r < 0)
        return r;
    r = take_keys(ret, err);
    if (r < 0 || ret->command == CNI_STATUS)
        return r;
    r = sources_read(ret, text_of(environment->args), err);
    return r < 0 ? r : refuse_contradictions(ret, err);
}

int cni_request_parse(const char *bytes, size_t size,
                      const struct cni_environment *environment,
                      struct cni_request *ret, struct cni_failure *failure)
{
    struct err *err = &failure->err;

    *ret = (struct cni_request){.version = CNI_DEFAULT_VERSION,
                                .ports = BUF_INIT(PUBLISHED_TEXT_SIZE)};
    bool knows_command = read_environment(environment, ret, err) >= 0;
    struct err of_environment = *err;

    /* The answer is to be in the document's version in any case. */
    if (parse_document(bytes, size, ret, err) < 0)
        return cni_fail(failure, CNI_NOT_JSON);
    int r = read_version(ret, err);
    if (!knows_command) {
        *err = of_environment;
        return cni_fail(failure, CNI_BAD_ENVIRONMENT);
    }
    if (r < 0)
        return cni_fail(failure, CNI_BAD_VERSION);
    if (ret->command != CNI_VERSION && read_keys(environment, ret, err) < 0)
        return cni_fail(failure, CNI_BAD_CONFIGURATION);
    return 0;
}

/* Routes are judged together with the addresses. */
static void drop_routes(struct attachment_request *request)
{
    request->origin[KEY_GATEWAY][0] = '\0';
    request->values.gateway_count = 0;
    request->origin[KEY_ROUTES][0] = '\0';
    request->values.route_count = 0;
}

/* All that can be wrong before the IPAM plugin has answered. */
static int resolve_without_ip(const struct cni_request *request,
                              const struct settings *settings,
                              struct attachment *ret, struct err *err)
{
    struct attachment_request own = request->own;
    struct attachment_request configured = request->configured;

    drop_routes(&own);
    drop_routes(&configured);
    int r = attachment_resolve_within(&own, &configured, settings, ret, err);
    ret->ip_auto = !request->ipam_is_late; /* it will have some */
    attachment_guard_by_default(ret, settings);
    ret->ip_auto = false;
    ret->ip_count = 0;
    ret->gateway_count = 0;
    ret->route_count = 0;
    return r;
}

static int resolve(struct cni_request *request, const struct settings *settings,
                   struct attachment *ret, struct err *err)
{
    if (request->ipam && !request->is_answered)
        return resolve_without_ip(request, settings, ret, err);
    int r = request->ipam ? 0 : sources_set_ip(request, settings, err);
    if (r >= 0 && !request->ipam)
        r = ipam_set(request, NULL, err);
    if (r >= 0)
        r = attachment_resolve_within(&request->own, &request->configured,
                                      settings, ret, err);
    /* What is leased from inside is renewed from there. */
    if (r >= 0 && request->ipam_is_late && ret->guard_unsaid && !ret->ovn[0])
        ret->guard = SOURCE_GUARD_MAC;
    return r;
}

int cni_request_resolve(struct cni_request *request,
                        const struct settings *settings, struct attachment *ret,
                        struct cni_failure *failure)
{
    struct err *err = &failure->err;

    if (request->command == CNI_STATUS &&
        attachment_request_init(&request->own, FRONT_HOOK, "eth0", err) < 0)
        return cni_fail(failure, CNI_BAD_CONFIGURATION);
    return resolve(request, settings, ret, err) < 0
               ? cni_fail(failure, CNI_BAD_CONFIGURATION)
               : 0;
}

bool cni_request_keeps(const struct cni_request *request, const char *container,
                       const char *ifname)
{
    if (!request->valid)
        return true;
    for (size_t i = 0; i < json_count(request->valid); i++) {
        const struct json *item = json_at(request->valid, i);
        if (strcmp(json_string(json_get(item, "containerID")), container) ==
                0 &&
            strcmp(json_string(json_get(item, "ifname")), ifname) == 0)
            return true;
    }
    return false;
}

void cni_request_done(struct cni_request *request)
{
    json_free(request->document);
    request->document = NULL;
    buf_done(&request->ports);
}
