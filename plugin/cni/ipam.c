/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * In our words the default route is `gateway`, and other routes name their next
 * hop. In CNI's each is a route, and one without `gw` leads to the gateway that
 * came with the address. With mode=nat the host is the router, whatever routes
 * there are.
 */
#include "plugin/cni/ipam.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "ovsint/spec/keys.h"

#define TEXT_SIZE 16384

static const struct json_limits limits = {.size = LIMIT_STATE_SIZE,
                                          .depth = LIMIT_JSON_DEPTH};

/* Reading. */

static int read_address(const struct json *json, struct ipam_answer *ret,
                        struct err *err)
{
    const char *address = json_string(json_get(json, "address"));
    const char *gateway = json_string(json_get(json, "gateway"));

    if (ret->count == LIMIT_ADDRESSES)
        return err_set(err, E2BIG, "it gives more than %d addresses",
                       LIMIT_ADDRESSES);
    if (!address || parse_prefix(address, &ret->ips[ret->count]) < 0)
        return err_set(err, EINVAL, "it gives " SHOWN " as an address",
                       address ? address : "nothing");
    if (gateway && *gateway &&
        parse_ip(gateway, &ret->gateways[ret->count]) < 0)
        return err_set(err, EINVAL, "it gives " SHOWN " as a gateway", gateway);
    ret->count++;
    return 0;
}

static int read_members(struct ipam_answer *ret, struct err *err)
{
    const struct json *ips = json_get(ret->document, "ips");
    int r = 0;

    for (size_t i = 0; r >= 0 && i < json_count(ips); i++)
        r = read_address(json_at(ips, i), ret, err);
    if (r >= 0 && ret->count == 0)
        r = err_set(err, EINVAL, "it gives no address");
    ret->routes = json_get(ret->document, "routes");
    const struct json *dns = json_get(ret->document, "dns");
    ret->dns =
        json_type(dns) == JSON_OBJECT && json_count(dns) > 0 ? dns : NULL;
    return r;
}

int ipam_read(const char *bytes, size_t size, struct ipam_answer *ret,
              struct err *err)
{
    *ret = (struct ipam_answer){.count = 0};
    int r = json_parse(bytes, size, &limits, &ret->document, err);
    if (r >= 0)
        r = read_members(ret, err);
    if (r < 0)
        ipam_done(ret);
    return r;
}

void ipam_done(struct ipam_answer *answer)
{
    json_free(answer->document);
    *answer = (struct ipam_answer){.count = 0};
}

/* Those below 100 are the specification's, which knows some of them. */
static bool is_code(int64_t code)
{
    return (code >= 1 && code <= 7) || code == 11 || code == 50 || code == 51 ||
           (code >= 100 && code <= 65535);
}

int ipam_refused(const char *type, const char *bytes, size_t size,
                 struct cni_failure *failure)
{
    auto_json struct json *json = NULL;
    struct err ignored = {0};
    int64_t code = 0;
    const char *text = NULL;

    if (json_parse(bytes, size, &limits, &json, &ignored) >= 0)
        text = json_string(json_get(json, "msg"));
    if (!json_int(json_get(json, "code"), &code) || !is_code(code))
        code = CNI_COULD_NOT;
    err_set(&failure->err, EIO, "the IPAM plugin %.60s: %s", type,
            text ? text : "it has failed without a word");
    return cni_fail(failure, (enum cni_code)code);
}

bool ipam_knows(const char *bytes, size_t size, enum cni_version version)
{
    auto_json struct json *json = NULL;
    struct err ignored = {0};

    if (json_parse(bytes, size, &limits, &json, &ignored) < 0)
        return false;
    const struct json *list = json_get(json, "supportedVersions");
    for (size_t i = 0; i < json_count(list); i++) {
        const char *name = json_string(json_at(list, i));
        if (name && strcmp(name, cni_version_name(version)) == 0)
            return true;
    }
    return false;
}

bool ipam_is_routes(const struct json *value)
{
    return json_type(value) == JSON_ARRAY &&
           json_type(json_at(value, 0)) == JSON_OBJECT;
}

/* Giving. */

struct texts {
    const struct ipam_answer *answer;    /* NULL = none yet */
    const struct attachment *configured; /* for its gateways */
    struct ip defaults[2];               /* IPv4, IPv6; family 0 = none */
    struct buf ip;
    struct buf routes;
};

static struct ip *default_of(struct texts *texts, int family)
{
    return &texts->defaults[family == AF_INET6];
}

static bool find_gateway(const struct texts *texts, int family, struct ip *ret)
{
    const struct ipam_answer *answer = texts->answer;
    const struct attachment *a = texts->configured;

    for (size_t i = 0; i < a->gateway_count; i++) {
        if (a->gateway[i].family == family) {
            *ret = a->gateway[i];
            return true;
        }
    }
    for (size_t i = 0; answer && i < answer->count; i++) {
        if (answer->gateways[i].family == family) {
            *ret = answer->gateways[i];
            return true;
        }
    }
    return false;
}

static void write_route(struct texts *texts, const struct ip_prefix *to,
                        const struct ip *via)
{
    char prefix[PREFIX_TEXT_SIZE], hop[IP_TEXT_SIZE];

    prefix_format(to, prefix);
    ip_format(via, hop);
    buf_addf(&texts->routes, "%s%s via %s", texts->routes.size ? "," : "",
             prefix, hop);
}

/* As `priority` or `mtu`. */
static int refuse_other_members(const struct json *route, const char *dst,
                                struct err *err)
{
    for (size_t i = 0; i < json_count(route); i++) {
        const char *key = json_key_at(route, i);
        if (strcmp(key, "dst") != 0 && strcmp(key, "gw") != 0)
            return err_set(err, EINVAL,
                           "routes: %s: ovsint sets no %.40s: leave it out",
                           dst, key);
    }
    return 0;
}

static int add_route(struct texts *texts, const struct json *route,
                     struct err *err)
{
    const char *dst = json_string(json_get(route, "dst"));
    const char *gw = json_string(json_get(route, "gw"));
    struct ip_prefix to;
    struct ip via;

    if (!dst || parse_prefix(dst, &to) < 0)
        return err_set(err, EINVAL, "routes: dst " SHOWN " is not a network",
                       dst ? dst : "");
    if (refuse_other_members(route, dst, err) < 0)
        return -EINVAL;
    to.ip = ip_network(&to);
    if (gw && *gw ? parse_ip(gw, &via) < 0
                  : !find_gateway(texts, to.ip.family, &via)) {
        return err_set(err, EINVAL,
                       "routes: %s has no gw, and there is no gateway", dst);
    }
    if (to.len == 0)
        *default_of(texts, to.ip.family) = via;
    else
        write_route(texts, &to, &via);
    return 0;
}

static int add_routes(struct texts *texts, const struct json *routes,
                      struct err *err)
{
    int r = 0;

    for (size_t i = 0; r >= 0 && i < json_count(routes); i++)
        r = add_route(texts, json_at(routes, i), err);
    return r;
}

static void add_addresses(struct texts *texts, bool is_nat)
{
    const struct ipam_answer *answer = texts->answer;
    char text[PREFIX_TEXT_SIZE];

    for (size_t i = 0; answer && i < answer->count; i++) {
        const struct ip *gateway = &answer->gateways[i];
        prefix_format(&answer->ips[i], text);
        buf_addf(&texts->ip, "%s%s", texts->ip.size ? "," : "", text);
        if (is_nat && gateway->family)
            *default_of(texts, gateway->family) = *gateway;
    }
}

static void write_gateways(const struct texts *texts, struct buf *ret)
{
    char text[IP_TEXT_SIZE];

    for (size_t i = 0; i < ARRAY_LEN(texts->defaults); i++) {
        if (!texts->defaults[i].family)
            continue;
        ip_format(&texts->defaults[i], text);
        buf_addf(ret, "%s%s", ret->size ? "," : "", text);
    }
}

/* What an earlier call has set is replaced. */
static int put(struct cni_request *request, const char *origin, const char *key,
               enum vocabulary_key number, const struct buf *text,
               struct err *err)
{
    if (!text->size)
        return 0;
    request->configured.origin[number][0] = '\0';
    switch (number) {
    case KEY_IP:
        request->configured.values.ip_count = 0;
        break;
    case KEY_GATEWAY:
        request->configured.values.gateway_count = 0;
        break;
    default:
        request->configured.values.route_count = 0;
        break;
    }
    return attachment_set(&request->configured, origin, key, buf_text(text),
                          err);
}

int ipam_set(struct cni_request *request, const struct ipam_answer *answer,
             struct err *err)
{
    auto_buf struct buf gateways = BUF_INIT(TEXT_SIZE);
    struct texts texts = {.answer = answer,
                          .configured = &request->configured.values,
                          .ip = BUF_INIT(TEXT_SIZE),
                          .routes = BUF_INIT(TEXT_SIZE)};
    char origin[ORIGIN_SIZE];

    snprintf(origin, sizeof(origin), "%.80s",
             answer ? "the IPAM plugin" : "key routes");
    if (request->ipam && !answer)
        return 0; /* the answer decides about routes */
    int r = add_routes(&texts, request->routes, err);
    if (r >= 0 && answer)
        r = add_routes(&texts, answer->routes, err);
    add_addresses(&texts, request->nat.is_nat);
    write_gateways(&texts, &gateways);
    if (r >= 0)
        r = put(request, origin, "ip", KEY_IP, &texts.ip, err);
    if (r >= 0)
        r = put(request, origin, "gateway", KEY_GATEWAY, &gateways, err);
    if (r >= 0)
        r = put(request, origin, "routes", KEY_ROUTES, &texts.routes, err);
    buf_done(&texts.ip);
    buf_done(&texts.routes);
    request->is_answered = answer != NULL;
    return r;
}
