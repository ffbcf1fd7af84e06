/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Each answer is one object and a line feed. Pure.
 */
#include "plugin/netavark/answer.h"

#include <errno.h>
#include <string.h>

#include "ovsint/rows/lease.h"

static void end(struct json_writer *w, struct buf *ret)
{
    json_write_object_end(w);
    buf_add_text(ret, "\n");
}

/* The network. */

static bool has_text(const struct json *object, const char *key)
{
    const char *text = json_string(json_get(object, key));

    return text && text[0];
}

/* podman chooses addresses in subnets, and keeps note of them, if the driver
 * says so. Without subnets it would choose nothing, but ask for one. */
static void write_ipam(const struct netavark_request *request,
                       struct json_writer *w)
{
    const struct json *ipam = json_get(request->network, "ipam_options");

    json_write_key(w, "ipam_options");
    json_write_object(w);
    for (size_t i = 0; i < json_count(ipam); i++) {
        json_write_key(w, json_key_at(ipam, i));
        json_write_value(w, json_at(ipam, i));
    }
    if (!has_text(ipam, "driver"))
        json_write_member(w, "driver",
                          request->subnet_count ? "host-local" : "none");
    json_write_object_end(w);
}

/* If nobody tells the containers' names, those of the world are asked of the
 * operator's own server (--dns). podman wants to be told that there is one. */
static bool has_dns(const struct netavark_request *request, bool has_names)
{
    if (json_count(json_get(request->network, "network_dns_servers")))
        return true;
    return has_names && request->wants_names;
}

static bool is_settled(const char *key)
{
    return strcmp(key, "ipam_options") == 0 || strcmp(key, "dns_enabled") == 0;
}

int netavark_answer_network(const struct netavark_request *request,
                            bool has_names, struct buf *ret, struct err *err)
{
    const struct json *network = request->network;
    struct json_writer w = JSON_WRITER(ret);

    json_write_object(&w);
    for (size_t i = 0; i < json_count(network); i++) {
        if (is_settled(json_key_at(network, i)))
            continue;
        json_write_key(&w, json_key_at(network, i));
        json_write_value(&w, json_at(network, i));
    }
    json_write_key(&w, "dns_enabled");
    json_write_bool(&w, has_dns(request, has_names));
    write_ipam(request, &w);
    end(&w, ret);
    if (ret->size <= NETAVARK_ANSWER_SIZE)
        return 0;
    return err_set(err, EMSGSIZE,
                   "the network's configuration has more than %d bytes, which "
                   "podman could not read: give fewer labels or options",
                   NETAVARK_ANSWER_SIZE);
}

/* What a container got. */

/* The server at the router asks the operator's for what it does not know. */
static void write_routers(const struct attachment *spec, struct json_writer *w)
{
    char text[IP_TEXT_SIZE];

    for (size_t i = 0; i < spec->gateway_count; i++) {
        ip_format(&spec->gateway[i], text);
        json_write_string(w, text);
    }
}

/* Where names are told. */
static void write_names_dns(const struct attachment *spec, const char *domain,
                            struct json_writer *w)
{
    json_write_key(w, "dns_search_domains");
    json_write_array(w);
    json_write_string(w, domain);
    json_write_array_end(w);
    json_write_key(w, "dns_server_ips");
    json_write_array(w);
    write_routers(spec, w);
    json_write_array_end(w);
}

/* What the operator says of servers goes before what the LAN says. */
static void write_dns(const struct netavark_request *request,
                      const struct dhcp_dns *lan, struct json_writer *w)
{
    const struct json *servers =
        json_get(request->network, "network_dns_servers");

    json_write_key(w, "dns_search_domains");
    lease_dns_search(lan, w);
    json_write_key(w, "dns_server_ips");
    if (json_count(servers))
        json_write_value(w, servers);
    else
        lease_dns_servers(lan, w);
}

static void write_subnets(const struct attachment *spec, struct json_writer *w)
{
    char text[PREFIX_TEXT_SIZE];

    json_write_key(w, "subnets");
    json_write_array(w);
    for (size_t i = 0; i < spec->ip_count; i++) {
        const struct ip *router = attachment_router(spec, &spec->ip[i]);
        json_write_object(w);
        prefix_format(&spec->ip[i], text);
        json_write_member(w, "ipnet", text);
        if (router) {
            ip_format(router, text);
            json_write_member(w, "gateway", text);
        }
        json_write_object_end(w);
    }
    json_write_array_end(w);
}

void netavark_answer_status(const struct netavark_request *request,
                            const struct attach_vnic *made, const char *domain,
                            struct buf *ret)
{
    const struct attachment *spec = &made->spec;
    struct json_writer w = JSON_WRITER(ret);
    char text[MAC_TEXT_SIZE];

    json_write_object(&w);
    if (domain)
        write_names_dns(spec, domain, &w);
    else
        write_dns(request, &made->dns, &w);
    json_write_key(&w, "interfaces");
    json_write_object(&w);
    json_write_key(&w, spec->ifname);
    json_write_object(&w);
    mac_format(&made->mac, text);
    json_write_member(&w, "mac_address", text);
    write_subnets(spec, &w);
    json_write_object_end(&w);
    json_write_object_end(&w);
    end(&w, ret);
}

void netavark_answer_info(struct buf *ret)
{
    struct json_writer w = JSON_WRITER(ret);

    json_write_object(&w);
    json_write_member(&w, "version", OVSINT_VERSION);
    json_write_member(&w, "api_version", "1.0.0");
    end(&w, ret);
}

void netavark_answer_error(const struct err *err, struct buf *ret)
{
    struct json_writer w = JSON_WRITER(ret);

    json_write_object(&w);
    json_write_member(&w, "error", err->text);
    end(&w, ret);
}
