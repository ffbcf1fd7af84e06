/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One function for each source. Pitfall: containerd writes the keys of a
 * capability's value with capitals, other runtimes in lower camel case, and
 * plugins in Go never notice. So these are compared without case. Pure.
 */
#include "plugin/cni/sources.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ovsint/spec/keys.h"
#include "plugin/cni/dns.h"
#include "plugin/cni/nat.h"

#define ANNOTATIONS "io.kubernetes.cri.pod-annotations"
#define PREFIX "ovsint."
#define BITS_PER_KBIT 1000

struct reading {
    struct cni_request *request;
    unsigned stronger; /* keys that a stronger source has given: a bit each */
};

const struct json *sources_get(const struct json *object, const char *key)
{
    for (size_t i = 0; i < json_count(object); i++) {
        const char *is = json_key_at(object, i);
        if (is && strcasecmp(is, key) == 0)
            return json_at(object, i);
    }
    return NULL;
}

/* A weaker source begins. */
static void next_source(struct reading *reading)
{
    for (int key = 0; key < KEY_COUNT; key++) {
        if (reading->request->own.origin[key][0])
            reading->stronger |= 1u << key;
    }
    if (reading->request->ip[0])
        reading->stronger |= 1u << KEY_IP;
}

/* Addresses are kept as they are, as they may lack their length. */
static int set_ip(struct cni_request *request, const char *origin,
                  const char *value, struct err *err)
{
    if (request->ipam)
        return 0; /* it reads the same sources */
    if (request->ip[0])
        return err_set(err, EINVAL, "%s: given before as %s", origin,
                       request->ip_origin);
    if (!value[0] || strlen(value) >= sizeof(request->ip))
        return err_set(err, EINVAL, "%s: " SHOWN " is not a list of addresses",
                       origin, value);
    snprintf(request->ip, sizeof(request->ip), "%s", value);
    snprintf(request->ip_origin, sizeof(request->ip_origin), "%s", origin);
    return 0;
}

static int set(const struct reading *reading, const char *origin,
               const char *key, const char *value, struct err *err)
{
    int found = vocabulary_find(key, FRONT_HOOK);

    if (found >= 0 && reading->stronger & 1u << found)
        return 0;
    return found == KEY_IP ? set_ip(reading->request, origin, value, err)
                           : attachment_set(&reading->request->own, origin, key,
                                            value, err);
}

static int set_text(const struct reading *reading, const char *origin,
                    const char *key, const struct json *value, struct err *err)
{
    if (!json_string(value))
        return err_set(err, EINVAL, "%s is %s, not a string", origin,
                       json_type_name(value));
    return set(reading, origin, key, json_string(value), err);
}

static int set_ips(const struct reading *reading, const char *origin,
                   const struct json *value, struct err *err)
{
    auto_buf struct buf text = BUF_INIT(sizeof(reading->request->ip) - 1);

    if (json_type(value) != JSON_ARRAY)
        return err_set(err, EINVAL, "%s is %s, not an array", origin,
                       json_type_name(value));
    for (size_t i = 0; i < json_count(value); i++) {
        const char *item = json_string(json_at(value, i));
        if (!item)
            return err_set(err, EINVAL, "%s: an element is %s, not a string",
                           origin, json_type_name(json_at(value, i)));
        buf_addf(&text, "%s%s", i ? "," : "", item);
    }
    if (json_count(value) == 0)
        return 0;
    if (text.overflow)
        return err_set(err, E2BIG, "%s: too many addresses", origin);
    return set(reading, origin, "ip", buf_text(&text), err);
}

/* runtimeConfig. */

/* Values by which containerd and CRI-O say that there is none. */
static bool is_given(int64_t bits)
{
    return bits != 0 && bits != UINT32_MAX && bits != 34359738359;
}

static int read_bits(const struct json *bandwidth, const char *key,
                     int64_t *ret, struct err *err)
{
    const struct json *value = sources_get(bandwidth, key);

    *ret = 0;
    if (!value || (json_int(value, ret) && *ret >= 0))
        return 0;
    return err_set(err, EINVAL,
                   "runtimeConfig.bandwidth: %s is not a number of bits", key);
}

static int set_bits(const struct reading *reading, const char *key,
                    int64_t bits, struct err *err)
{
    char origin[ORIGIN_SIZE], text[24];

    if (!is_given(bits))
        return 0;
    snprintf(origin, sizeof(origin), "runtimeConfig.bandwidth (%s)", key);
    snprintf(text, sizeof(text), "%" PRId64, bits / BITS_PER_KBIT);
    return set(reading, origin, key, text, err);
}

/* What a container sends is its egress. */
static int read_bandwidth(const struct reading *reading,
                          const struct json *value, struct err *err)
{
    int64_t ingress, rate, burst;
    int r = read_bits(value, "ingressRate", &ingress, err);

    if (r >= 0)
        r = read_bits(value, "egressRate", &rate, err);
    if (r >= 0)
        r = read_bits(value, "egressBurst", &burst, err);
    if (r < 0)
        return r;
    if (is_given(ingress))
        return err_set(err, EINVAL,
                       "runtimeConfig.bandwidth: ovsint limits what a "
                       "container sends, not what it receives: remove the "
                       "ingress rate");
    r = set_bits(reading, "rate", rate, err);
    return r < 0 || !is_given(rate) ? r
                                    : set_bits(reading, "burst", burst, err);
}

/* "vlan" is for eth0, "net1.vlan" for net1. */
static int read_annotation(const struct reading *reading, const char *name,
                           const struct json *value, struct err *err)
{
    const char *word = name + sizeof(PREFIX) - 1;
    const char *dot = strrchr(word, '.');
    const char *ifname = reading->request->ifname;
    char origin[ORIGIN_SIZE];

    if (dot ? strlen(ifname) != (size_t)(dot - word) ||
                  strncmp(ifname, word, (size_t)(dot - word)) != 0
            : strcmp(ifname, "eth0") != 0)
        return 0;
    snprintf(origin, sizeof(origin), "annotation %.80s", name);
    return set_text(reading, origin, dot ? dot + 1 : word, value, err);
}

static int read_annotations(const struct reading *reading,
                            const struct json *annotations, struct err *err)
{
    for (size_t i = 0; i < json_count(annotations); i++) {
        const char *name = json_key_at(annotations, i);
        int r =
            strncmp(name, PREFIX, sizeof(PREFIX) - 1) == 0
                ? read_annotation(reading, name, json_at(annotations, i), err)
                : 0;
        if (r < 0)
            return r;
    }
    return 0;
}

/* If a capability was declared that nobody serves, the container would lack
 * it. */
static int refuse_capability(const char *key, const struct json *value,
                             struct err *err)
{
    bool is_port = strcasecmp(key, "portMappings") == 0;
    enum json_type type = json_type(value);

    if (type == JSON_NULL ||
        ((type == JSON_ARRAY || type == JSON_OBJECT) && json_count(value) == 0))
        return 0;
    return err_set(err, EINVAL,
                   "runtimeConfig: ovsint does not serve the capability "
                   "%.40s%s: remove it from the plugin's capabilities%s",
                   key, is_port ? " without \"mode\": \"nat\"" : "",
                   is_port ? ", and let the plugin portmap follow in the list"
                           : "");
}

static int read_capability(const struct reading *reading, const char *key,
                           const struct json *value, struct err *err)
{
    if (strcasecmp(key, "ips") == 0)
        return set_ips(reading, "runtimeConfig.ips", value, err);
    if (strcasecmp(key, "mac") == 0)
        return set_text(reading, "runtimeConfig.mac", "mac", value, err);
    if (strcasecmp(key, "bandwidth") == 0)
        return read_bandwidth(reading, value, err);
    if (reading->request->nat.is_nat && strcasecmp(key, "portMappings") == 0)
        return nat_read_mappings(reading->request, value, err);
    if (strcasecmp(key, "dns") == 0) {
        reading->request->runtime_dns = value;
        return dns_check_capability(value, err);
    }
    if (strcmp(key, ANNOTATIONS) == 0)
        return 0;
    return refuse_capability(key, value, err);
}

static int read_runtime(const struct reading *reading,
                        const struct json *runtime, struct err *err)
{
    for (size_t i = 0; i < json_count(runtime); i++) {
        int r = read_capability(reading, json_key_at(runtime, i),
                                json_at(runtime, i), err);
        if (r < 0)
            return r;
    }
    return 0;
}

/* CNI_ARGS. */

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* ovs-cni's word for the port of a controller that a pod is. */
static int set_ovn_port(const struct reading *reading, const char *origin,
                        const char *value, struct err *err)
{
    char pair[EXTERNAL_ID_VALUE_SIZE + 16];

    if (!*value || strlen(value) >= EXTERNAL_ID_VALUE_SIZE ||
        strpbrk(value, ",\\"))
        return err_set(err, EINVAL, "%s: " SHOWN " is not the name of a port",
                       origin, value);
    snprintf(pair, sizeof(pair), "iface-id=%s", value);
    return set(reading, origin, "external-ids", pair, err);
}

static bool is_printable(const char *text)
{
    for (; *text; text++) {
        if (*text <= ' ' || *text > '~')
            return false;
    }
    return true;
}

/* What Kubernetes says of a pod is noted for people. A text that no pod can
 * have is not. */
static void note_pod(struct cni_request *request, const char *key,
                     const char *value)
{
    const struct {
        const char *key;
        char *to;
    } texts[] = {{"K8S_POD_NAMESPACE", request->pod_namespace},
                 {"K8S_POD_NAME", request->pod_name},
                 {"K8S_POD_UID", request->pod_uid}};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (strcmp(key, texts[i].key) == 0 && strlen(value) < POD_TEXT_SIZE &&
            is_printable(value))
            snprintf(texts[i].to, POD_TEXT_SIZE, "%s", value);
    }
}

static int read_arg(const struct reading *reading, const char *key,
                    const char *value, bool ignores, struct err *err)
{
    char origin[ORIGIN_SIZE];

    snprintf(origin, sizeof(origin), "CNI_ARGS %.80s", key);
    if (strcmp(key, "IP") == 0)
        return set(reading, origin, "ip", value, err);
    if (strcmp(key, "MAC") == 0)
        return set(reading, origin, "mac", value, err);
    if (starts_with(key, PREFIX))
        return set(reading, origin, key + sizeof(PREFIX) - 1, value, err);
    if (strcmp(key, "ovnPort") == 0)
        return set_ovn_port(reading, origin, value, err);
    note_pod(reading->request, key, value);
    if (ignores || starts_with(key, "K8S_") ||
        strcmp(key, "IgnoreUnknown") == 0)
        return 0;
    return err_set(err, EINVAL,
                   "%s: unknown (IP, MAC, " PREFIX "KEY; others with "
                   "IgnoreUnknown=1)",
                   origin);
}

/* The pair may stand anywhere: runtimes write them in any order. */
static bool ignores_unknown(const char *args)
{
    static const char *const pairs[] = {"IgnoreUnknown=1",
                                        "IgnoreUnknown=true"};

    while (*args) {
        size_t len = strcspn(args, ";");
        for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
            if (len == strlen(pairs[i]) && strncmp(args, pairs[i], len) == 0)
                return true;
        }
        args += len + (args[len] != '\0');
    }
    return false;
}

static int read_args(const struct reading *reading, const char *args,
                     struct err *err)
{
    bool ignores = ignores_unknown(args);

    while (*args) {
        size_t len = strcspn(args, ";");
        auto_free char *pair = mem_text(args, len);
        char *equals = strchr(pair, '=');
        args += len + (args[len] != '\0');
        if (len == 0)
            continue;
        if (!equals)
            return err_set(err, EINVAL,
                           "CNI_ARGS: " SHOWN " is not of the form KEY=VALUE",
                           pair);
        *equals = '\0';
        int r = read_arg(reading, pair, equals + 1, ignores, err);
        if (r < 0)
            return r;
    }
    return 0;
}

/* args.cni. */

static int read_conf_args(const struct reading *reading,
                          const struct json *args, struct err *err)
{
    for (size_t i = 0; i < json_count(args); i++) {
        const char *key = json_key_at(args, i);
        char origin[ORIGIN_SIZE];
        snprintf(origin, sizeof(origin), "args.cni.%.80s", key);
        int r = strcmp(key, "ips") == 0
                    ? set_ips(reading, origin, json_at(args, i), err)
                : strcmp(key, "ovnPort") == 0 && json_string(json_at(args, i))
                    ? set_ovn_port(reading, origin,
                                   json_string(json_at(args, i)), err)
                    : set_text(reading, origin, key, json_at(args, i), err);
        if (r < 0)
            return r;
    }
    return 0;
}

int sources_read(struct cni_request *request, const char *args, struct err *err)
{
    struct reading reading = {.request = request};
    const struct json *runtime = json_get(request->document, "runtimeConfig");
    const struct json *conf_args = json_get(request->document, "args");

    int r = read_runtime(&reading, runtime, err);
    if (r < 0)
        return r;
    next_source(&reading);
    r = read_args(&reading, args, err);
    if (r < 0)
        return r;
    next_source(&reading);
    r = read_annotations(&reading, json_get(runtime, ANNOTATIONS), err);
    if (r < 0)
        return r;
    next_source(&reading);
    return read_conf_args(&reading, json_get(conf_args, "cni"), err);
}

/* Addresses. */

static const struct named_network *network_of(const struct cni_request *request,
                                              const struct settings *settings)
{
    const char *name = attachment_given(&request->own, KEY_NETWORK)
                           ? request->own.values.network
                           : request->configured.values.network;

    return name[0] ? settings_network(settings, name) : NULL;
}

static int add_length(const struct cni_request *request, const char *item,
                      const struct named_network *network, struct buf *ret,
                      struct err *err)
{
    const struct subnet *subnet = NULL;
    struct ip ip;

    if (parse_ip(item, &ip) < 0)
        return err_set(err, EINVAL, "%s: " SHOWN " is not an address",
                       request->ip_origin, item);
    if (network)
        subnet = named_network_subnet(network, &ip);
    if (!subnet)
        return err_set(err, EINVAL,
                       "%s: '%s' has no prefix length, and lies in no subnet "
                       "of a network of /etc/ovsint/ovsint.json: write '%s/24' "
                       "or so, or set 'network'",
                       request->ip_origin, item, item);
    buf_addf(ret, "/%u", subnet->prefix.len);
    return 0;
}

int sources_set_ip(struct cni_request *request, const struct settings *settings,
                   struct err *err)
{
    const struct named_network *network = network_of(request, settings);
    auto_buf struct buf text = BUF_INIT(2 * sizeof(request->ip));
    const char *cursor = request->ip;
    char item[LIST_ITEM_SIZE];
    int r;

    if (!request->ip[0])
        return 0;
    while ((r = list_next(&cursor, item)) > 0) {
        buf_addf(&text, "%s%s", text.size ? "," : "", item);
        if (strchr(item, '/') || strcmp(item, "auto") == 0)
            continue;
        r = add_length(request, item, network, &text, err);
        if (r < 0)
            return r;
    }
    if (r < 0)
        return err_set(err, EINVAL, "%s: " SHOWN " is not a list of addresses",
                       request->ip_origin, request->ip);
    return attachment_set(&request->own, request->ip_origin, "ip",
                          buf_text(&text), err);
}
