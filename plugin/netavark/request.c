/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * In this order: the document; the network's name and subnets; its options,
 * each with the key that it names; what podman has for itself (--route,
 * --ipam-driver, --interface-name), in our words or refused; then what the
 * container asks for. An option that nobody knows is an error. Members of the
 * document that are not known are not: later versions of netavark add some.
 *
 * teardown reads no more than names, so that nothing that is wrong with a
 * network leaves a port behind. Pure.
 */
#include "plugin/netavark/request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/spec/keys.h"
#include "plugin/netavark/nat.h"

#define NO_ROUTE "no_default_route" /* an option of podman's own drivers */

int netavark_command_find(const char *name)
{
    static const char *const names[] = {
        [NETAVARK_CREATE] = "create",
        [NETAVARK_SETUP] = "setup",
        [NETAVARK_TEARDOWN] = "teardown",
        [NETAVARK_INFO] = "info",
    };

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(names[i], name) == 0)
            return (int)i;
    }
    return -EINVAL;
}

/* NULL = absent, whichever way the caller says so. */
static const struct json *member(const struct json *object, const char *key)
{
    const struct json *value = json_get(object, key);

    return json_type(value) == JSON_NULL ? NULL : value;
}

/* Of the given type, or absent. */
static int typed(const struct json *object, const char *key,
                 enum json_type type, const char *what, const struct json **ret,
                 struct err *err)
{
    *ret = member(object, key);
    if (!*ret || json_type(*ret) == type)
        return 0;
    return err_set(err, EINVAL, "%s is %s, not %s", key, json_type_name(*ret),
                   what);
}

static int text_of(const struct json *object, const char *key, const char **ret,
                   struct err *err)
{
    const struct json *value;
    int r = typed(object, key, JSON_STRING, "a string", &value, err);

    *ret = json_string(value);
    return r;
}

static int list_of(const struct json *object, const char *key,
                   const struct json **ret, struct err *err)
{
    return typed(object, key, JSON_ARRAY, "an array", ret, err);
}

static int object_of(const struct json *object, const char *key,
                     const struct json **ret, struct err *err)
{
    return typed(object, key, JSON_OBJECT, "an object", ret, err);
}

/* The document. */

static int parse_document(const char *bytes, size_t size,
                          struct netavark_request *ret, struct err *err)
{
    static const struct json_limits limits = {.size = LIMIT_STATE_SIZE,
                                              .depth = LIMIT_JSON_DEPTH};

    int r = json_parse_object(bytes, size, &limits, &ret->document, err);
    return r < 0 ? err_wrap(err, "what podman writes to standard input") : 0;
}

/* A name that podman's own rule would allow. */
static int read_name(struct netavark_request *ret, struct err *err)
{
    int r = text_of(ret->network, "name", &ret->name, err);

    if (r < 0)
        return r;
    if (!ret->name || !ret->name[0])
        return err_set(err, EINVAL, "the network has no name");
    if (strlen(ret->name) < EXTERNAL_ID_VALUE_SIZE)
        return 0;
    return err_set(err, EINVAL, "the network's name has more than %d bytes",
                   EXTERNAL_ID_VALUE_SIZE - 1);
}

/* The subnets. */

static int read_subnet(const struct json *json, struct netavark_subnet *ret,
                       struct err *err)
{
    const char *subnet, *gateway;
    int r = text_of(json, "subnet", &subnet, err);

    *ret = (struct netavark_subnet){.gateway = {.family = 0}};
    if (r >= 0)
        r = text_of(json, "gateway", &gateway, err);
    if (r < 0)
        return r;
    if (!subnet || parse_prefix(subnet, &ret->prefix) < 0)
        return err_set(err, EINVAL,
                       "subnet " SHOWN " is not of the form "
                       "10.0.0.0/24",
                       subnet ? subnet : "");
    if (!gateway)
        return 0;
    if (parse_ip(gateway, &ret->gateway) < 0)
        return err_set(err, EINVAL, "gateway " SHOWN " is not an address",
                       gateway);
    if (ip_in_prefix(&ret->gateway, &ret->prefix))
        return 0;
    return err_set(err, EINVAL, "gateway %s is not in subnet %s", gateway,
                   subnet);
}

static int read_subnets(struct netavark_request *ret, struct err *err)
{
    const struct json *list;
    int r = list_of(ret->network, "subnets", &list, err);

    if (json_count(list) > LIMIT_ADDRESSES)
        r = err_set(err, EINVAL, "the network has more than %d subnets",
                    LIMIT_ADDRESSES);
    for (size_t i = 0; r >= 0 && i < json_count(list); i++)
        r = read_subnet(json_at(list, i), &ret->subnets[ret->subnet_count++],
                        err);
    return r;
}

/* Options. */

/* Keys with another way to say them, or with none. */
static const char *other_way(const char *key)
{
    static const struct {
        const char *key;
        const char *way;
    } ways[] = {
        {"gateway", "give the network its router as --gateway"},
        {"mac", "give a container its MAC address as --network NAME:mac=ADDR"},
        {"ofport", "a port number is for one container: --network "
                   "NAME:ofport=NUMBER"},
        {"parent", "write 'bridge', and put the network card on it with "
                   "'ovs-vsctl add-port'"},
        {"isolate", "write 'isolated-ports'"},
        {"com.docker.network.driver.mtu", "write 'mtu'"},
        {"mode", "give it to the network: podman network create -o"},
        {"publish-ip", "give it to the network: podman network create -o"},
        {"dhcp-id", "it is for one container: --network NAME:dhcp-id=TEXT"},
        {"dhcp-hostname",
         "it is for one container: --network NAME:dhcp-hostname=NAME"},
        {"metric", "ovsint sets no metric; 'default' takes over from other "
                   "networks"},
    };

    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        if (strcmp(ways[i].key, key) == 0)
            return ways[i].way;
    }
    return NULL;
}

static int refuse_option(const char *origin, const char *key, unsigned fronts,
                         struct err *err)
{
    auto_buf struct buf keys = BUF_INIT(ERR_TEXT_SIZE);
    const char *nearest = vocabulary_nearest(key, fronts);
    const char *way = other_way(key);

    if (way)
        return err_set(err, EINVAL, "%s: it cannot be set here: %s", origin,
                       way);
    if (nearest)
        return err_set(err, EINVAL, "%s: unknown key: did you mean '%s'?",
                       origin, nearest);
    vocabulary_list(fronts, &keys);
    transient_keys_list(&keys);
    return err_set(err, EINVAL, "%s: unknown key (keys: %s)", origin,
                   buf_text(&keys));
}

/* `vnic` is the word of the CNI plugin, which has another `type`. */
static const char *our_key(const char *key)
{
    return strcmp(key, "vnic") == 0 ? vocabulary_entry(KEY_TYPE)->key : key;
}

static int take_option(struct attachment_request *to, const char *option,
                       unsigned fronts, const struct json *value,
                       struct err *err)
{
    const char *key = our_key(option);
    char origin[ORIGIN_SIZE];

    snprintf(origin, sizeof(origin), "option %.80s", option);
    if (!json_string(value))
        return err_set(err, EINVAL, "%s is %s, not a string", origin,
                       json_type_name(value));
    if (vocabulary_find(key, fronts) < 0)
        return refuse_option(origin, option, fronts, err);
    return attachment_set(to, origin, key, json_string(value), err);
}

/* Addresses are podman's to give. Those of the LAN are nobody's here. */
static int check_sources(const struct attachment_request *configured,
                         struct err *err)
{
    const struct attachment *values = &configured->values;

    if (!values->ip_count && !values->ip_auto)
        return 0;
    return err_set(err, EINVAL,
                   "%s: podman gives the addresses: of ip only dhcp and slaac "
                   "may stand here: give the network a --subnet, and a "
                   "container its address as --network NAME:ip=ADDR",
                   configured->origin[KEY_IP]);
}

static int take_nat_option(struct transient_options *to, const char *option,
                           const char *value, struct err *err)
{
    char origin[ORIGIN_SIZE];

    snprintf(origin, sizeof(origin), "option %.80s", option);
    return transient_options_set(to, origin, option, value, err);
}

/* podman writes true and false, or what its user wrote. */
static int read_no_route(const struct json *value, struct netavark_request *ret,
                         struct err *err)
{
    const char *text = json_string(value);
    bool drops = false;

    if (text && (strcmp(text, "1") == 0 || strcmp(text, "0") == 0))
        drops = text[0] == '1';
    else if (!text || parse_bool(text, &drops) < 0)
        return err_set(err, EINVAL,
                       "option " NO_ROUTE ": " SHOWN " is neither true nor "
                       "false",
                       text ? text : json_type_name(value));
    ret->has_router = !drops;
    return 0;
}

static int read_options(struct netavark_request *ret, struct err *err)
{
    const struct json *options;
    int r = object_of(ret->network, "options", &options, err);

    for (size_t i = 0; r >= 0 && i < json_count(options); i++) {
        const char *key = json_key_at(options, i);
        const struct json *value = json_at(options, i);
        if (strcmp(key, NO_ROUTE) == 0)
            r = read_no_route(value, ret, err);
        else if (transient_key_known(key) && json_string(value))
            r = take_nat_option(&ret->nat, key, json_string(value), err);
        else
            r = take_option(&ret->configured, key, FRONT_NETAVARK, value, err);
    }
    return r < 0 ? r : check_sources(&ret->configured, err);
}

/* What podman has for itself. */

static int add_route(const struct json *route, struct buf *text,
                     struct err *err)
{
    const char *to, *via;
    int r = text_of(route, "destination", &to, err);

    if (r >= 0)
        r = text_of(route, "gateway", &via, err);
    if (r < 0)
        return err_wrap(err, "--route");
    if (member(route, "metric"))
        return err_set(err, EINVAL,
                       "--route: ovsint sets no metric: leave it out");
    buf_addf(text, "%s%s via %s", text->size ? "," : "", to ? to : "",
             via ? via : "");
    return 0;
}

static int read_routes(struct netavark_request *ret, struct err *err)
{
    auto_buf struct buf text = BUF_INIT(LIMIT_STATE_SIZE);
    const struct json *routes;
    int r = list_of(ret->network, "routes", &routes, err);

    for (size_t i = 0; r >= 0 && i < json_count(routes); i++)
        r = add_route(json_at(routes, i), &text, err);
    if (r < 0 || json_count(routes) == 0)
        return r;
    return attachment_set(&ret->configured, "--route", "routes",
                          buf_text(&text), err);
}

/* podman's word for ip=dhcp: of networks with it, it gives no addresses. */
static int take_dhcp(struct netavark_request *request, struct err *err)
{
    if (request->configured.values.ip_dhcp)
        return 0;
    if (!attachment_given(&request->configured, KEY_IP))
        return attachment_set(&request->configured, "--ipam-driver", "ip",
                              "dhcp", err);
    request->configured.values.ip_dhcp = true;
    return 0;
}

static int read_ipam(struct netavark_request *request, struct err *err)
{
    const struct json *ipam;
    const char *driver = NULL;
    int r = object_of(request->network, "ipam_options", &ipam, err);

    if (r < 0)
        return r;
    r = text_of(ipam, "driver", &driver, err);
    if (r < 0 || !driver || strcmp(driver, "none") == 0)
        return r;
    if (strcmp(driver, "dhcp") == 0)
        return take_dhcp(request, err);
    if (strcmp(driver, "host-local") != 0)
        return err_set(err, EINVAL,
                       "--ipam-driver " SHOWN ": ovsint knows host-local, "
                       "dhcp and none",
                       driver);
    if (request->subnet_count > 0)
        return 0;
    return err_set(err, EINVAL,
                   "--ipam-driver host-local: addresses come out of a subnet: "
                   "give --subnet");
}

static int check_interface(const struct netavark_request *request,
                           struct err *err)
{
    const char *device;
    int r = text_of(request->network, "network_interface", &device, err);

    if (r < 0 || !device || !device[0])
        return r;
    return err_set(err, EINVAL,
                   "--interface-name: name the bridge as an option: -o "
                   "bridge=%.40s",
                   device);
}

static int read_network(struct netavark_request *ret, struct err *err)
{
    /* Which options may stand there is asked above: addresses and routers are
     * set of subnets. */
    int r =
        attachment_request_init(&ret->configured, FRONT_NETAVARK | FRONT_SPEC,
                                ret->ifname ? ret->ifname : "eth0", err);

    ret->has_router = true;
    json_bool(member(ret->network, "internal"), &ret->internal);
    json_bool(member(ret->network, "dns_enabled"), &ret->wants_names);
    if (r >= 0)
        r = read_subnets(ret, err);
    if (r >= 0)
        r = read_options(ret, err);
    if (r >= 0)
        r = read_routes(ret, err);
    if (r >= 0)
        r = read_ipam(ret, err);
    return r < 0 ? r : check_interface(ret, err);
}

/* The container. */

static bool is_id(const char *text)
{
    size_t len = strlen(text);

    return len > 0 && len < LIMIT_CONTAINER_ID_SIZE &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789_.-") == len;
}

static int read_names(struct netavark_request *ret, struct err *err)
{
    const struct json *options = member(ret->document, "network_options");
    int r = text_of(ret->document, "container_id", &ret->container, err);

    if (r >= 0)
        r = text_of(options, "interface_name", &ret->ifname, err);
    if (r < 0)
        return r;
    if (!ret->container || !is_id(ret->container))
        return err_set(err, EINVAL, "container_id: " SHOWN " is not an id",
                       ret->container ? ret->container : "");
    ret->container_name =
        json_string(json_get(ret->document, "container_name"));
    if (!ret->ifname)
        return err_set(err, EINVAL, "network_options has no interface_name");
    r = attachment_request_init(&ret->own, FRONT_HOOK, ret->ifname, err);
    return r < 0 ? err_wrap(err, "interface_name") : 0;
}

/* A comma ends an option on podman's command line, so a plus may stand for
 * it. */
static int take_trunks(struct netavark_request *ret, const char *value,
                       struct err *err)
{
    auto_free char *list = mem_text(value, strlen(value));

    for (char *c = list; *c; c++)
        *c = *c == '+' ? ',' : *c;
    return attachment_set(&ret->own, "option trunks", "trunks", list, err);
}

/* Keys that a network has not. */
static bool is_of_container(const char *key)
{
    static const char *const keys[] = {"ofport", "dhcp-id", "dhcp-hostname"};

    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (strcmp(keys[i], key) == 0)
            return true;
    }
    return false;
}

static int read_own_options(struct netavark_request *ret,
                            const struct json *network_options, struct err *err)
{
    const struct json *options;
    int r = object_of(network_options, "options", &options, err);

    for (size_t i = 0; r >= 0 && i < json_count(options); i++) {
        const char *key = json_key_at(options, i);
        const struct json *value = json_at(options, i);
        if (strcmp(key, "trunks") == 0 && json_string(value))
            r = take_trunks(ret, json_string(value), err);
        else if (strcmp(key, "ip") == 0)
            r = err_set(err, EINVAL,
                        "option ip: podman takes addresses as --network "
                        "NAME:ip=ADDR, and ip=dhcp is for the network: podman "
                        "network create -o ip=dhcp");
        else
            r = take_option(&ret->own, key,
                            is_of_container(key) ? FRONT_HOOK : FRONT_NETAVARK,
                            value, err);
    }
    return r;
}

static int read_addresses(struct netavark_request *ret,
                          const struct json *network_options, struct err *err)
{
    struct ip ip;
    int r = list_of(network_options, "static_ips", &ret->addresses, err);

    for (size_t i = 0; r >= 0 && i < json_count(ret->addresses); i++) {
        const char *text = json_string(json_at(ret->addresses, i));
        if (!text || parse_ip(text, &ip) < 0)
            r = err_set(err, EINVAL, "static_ips: " SHOWN " is not an address",
                        text ? text : "");
    }
    return r;
}

static int read_mac(struct netavark_request *ret,
                    const struct json *network_options, struct err *err)
{
    const char *mac;
    int r = text_of(network_options, "static_mac", &mac, err);

    if (r < 0 || !mac || !mac[0])
        return r;
    return attachment_set(&ret->own, "the container's MAC address", "mac", mac,
                          err);
}

/* What the network says is settled. */
static int refuse_contradictions(const struct netavark_request *request,
                                 struct err *err)
{
    for (int key = 0; key < KEY_COUNT; key++) {
        if (!request->own.origin[key][0] || !request->configured.origin[key][0])
            continue;
        return err_set(err, EPERM, "%s: network %s says '%s'",
                       request->own.origin[key], request->name,
                       vocabulary_entry((enum vocabulary_key)key)->key);
    }
    return 0;
}

static int read_container(struct netavark_request *ret, struct err *err)
{
    const struct json *options;
    int r = object_of(ret->document, "network_options", &options, err);

    if (r >= 0)
        r = read_own_options(ret, options, err);
    if (r >= 0)
        r = read_addresses(ret, options, err);
    if (r >= 0)
        r = read_mac(ret, options, err);
    if (r >= 0)
        r = nat_read(ret, err);
    return r < 0 ? r : refuse_contradictions(ret, err);
}

int netavark_request_parse(const char *bytes, size_t size,
                           enum netavark_command command,
                           struct netavark_request *ret, struct err *err)
{
    *ret = (struct netavark_request){.command = command,
                                     .ports = BUF_INIT(PUBLISHED_TEXT_SIZE)};
    int r = parse_document(bytes, size, ret, err);
    if (r < 0)
        return r;
    ret->network = command == NETAVARK_CREATE
                       ? ret->document
                       : member(ret->document, "network");
    r = read_name(ret, err);
    if (r >= 0 && command != NETAVARK_CREATE)
        r = read_names(ret, err);
    if (r < 0 || command == NETAVARK_TEARDOWN)
        return r;
    r = read_network(ret, err);
    if (r < 0)
        return r;
    return command == NETAVARK_CREATE ? nat_read(ret, err)
                                      : read_container(ret, err);
}

void netavark_request_done(struct netavark_request *request)
{
    json_free(request->document);
    request->document = NULL;
    buf_done(&request->ports);
}
