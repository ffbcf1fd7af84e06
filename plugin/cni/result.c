/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Each object is written from one value. Versions differ in little: before
 * 1.0.0 an address tells its family. Pure.
 */
#include "plugin/cni/result.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "plugin/cni/dns.h"

static const char *const version_names[CNI_VERSIONS] = {
    [CNI_0_3_0] = "0.3.0", [CNI_0_3_1] = "0.3.1", [CNI_0_4_0] = "0.4.0",
    [CNI_1_0_0] = "1.0.0", [CNI_1_1_0] = "1.1.0",
};

int cni_fail(struct cni_failure *failure, enum cni_code code)
{
    failure->code = code;
    return -failure->err.code;
}

const char *cni_version_name(enum cni_version version)
{
    return version_names[version];
}

int cni_version_find(const char *name)
{
    for (int i = 0; i < CNI_VERSIONS; i++) {
        if (strcmp(version_names[i], name) == 0)
            return i;
    }
    return -EINVAL;
}

void cni_version_list(struct buf *ret)
{
    for (size_t i = 0; i < CNI_VERSIONS; i++)
        buf_addf(ret, "%s%s", i ? ", " : "", version_names[i]);
}

static void begin(enum cni_version version, struct json_writer *w)
{
    json_write_object(w);
    json_write_member(w, "cniVersion", cni_version_name(version));
}

static void end(struct json_writer *w, struct buf *ret)
{
    json_write_object_end(w);
    buf_add_text(ret, "\n");
}

static void write_interfaces(const struct cni_made *made, struct json_writer *w)
{
    char mac[MAC_TEXT_SIZE];

    json_write_key(w, "interfaces");
    json_write_array(w);
    if (made->spec->type == VNIC_VETH) {
        json_write_object(w);
        json_write_member(w, "name", made->port);
        json_write_object_end(w);
    }
    mac_format(made->mac, mac);
    json_write_object(w);
    json_write_member(w, "name", made->spec->ifname);
    json_write_member(w, "mac", mac);
    json_write_member(w, "sandbox", made->netns);
    json_write_object_end(w);
    json_write_array_end(w);
}

/* That of the IPAM plugin is told even if no route leads there. */
static const struct ip *told_gateway(const struct cni_made *made, size_t i)
{
    const struct ip *gateway =
        attachment_router(made->spec, &made->spec->ip[i]);

    if (!gateway && i < made->gateway_count && made->gateways[i].family)
        return &made->gateways[i];
    return gateway;
}

static void write_ips(enum cni_version version, const struct cni_made *made,
                      struct json_writer *w)
{
    const struct attachment *spec = made->spec;
    char text[PREFIX_TEXT_SIZE];

    json_write_key(w, "ips");
    json_write_array(w);
    for (size_t i = 0; i < spec->ip_count; i++) {
        const struct ip *gateway = told_gateway(made, i);
        json_write_object(w);
        if (version < CNI_1_0_0)
            json_write_member(w, "version",
                              spec->ip[i].ip.family == AF_INET ? "4" : "6");
        prefix_format(&spec->ip[i], text);
        json_write_member(w, "address", text);
        if (gateway) {
            ip_format(gateway, text);
            json_write_member(w, "gateway", text);
        }
        json_write_key(w, "interface");
        json_write_int(w, spec->type == VNIC_VETH ? 1 : 0);
        json_write_object_end(w);
    }
    json_write_array_end(w);
}

static void write_route(const char *to, const struct ip *via,
                        struct json_writer *w)
{
    char text[IP_TEXT_SIZE];

    ip_format(via, text);
    json_write_object(w);
    json_write_member(w, "dst", to);
    json_write_member(w, "gw", text);
    json_write_object_end(w);
}

static void write_routes(const struct attachment *spec, struct json_writer *w)
{
    char to[PREFIX_TEXT_SIZE];

    json_write_key(w, "routes");
    json_write_array(w);
    for (size_t i = 0; i < spec->gateway_count; i++)
        write_route(spec->gateway[i].family == AF_INET ? "0.0.0.0/0" : "::/0",
                    &spec->gateway[i], w);
    for (size_t i = 0; i < spec->route_count; i++) {
        prefix_format(&spec->routes[i].to, to);
        write_route(to, &spec->routes[i].via, w);
    }
    json_write_array_end(w);
}

void cni_result_add(enum cni_version version, const struct cni_made *made,
                    struct buf *ret)
{
    struct json_writer w = JSON_WRITER(ret);

    begin(version, &w);
    write_interfaces(made, &w);
    write_ips(version, made, &w);
    write_routes(made->spec, &w);
    json_write_key(&w, "dns");
    dns_write(made->runtime_dns, made->dns, made->lan_dns, &w);
    end(&w, ret);
}

void cni_result_version(enum cni_version version, struct buf *ret)
{
    struct json_writer w = JSON_WRITER(ret);

    begin(version, &w);
    json_write_key(&w, "supportedVersions");
    json_write_array(&w);
    for (size_t i = 0; i < CNI_VERSIONS; i++)
        json_write_string(&w, version_names[i]);
    json_write_array_end(&w);
    end(&w, ret);
}

/* What to look at. */
static const char *details_of(enum cni_code code)
{
    switch (code) {
    case CNI_BAD_VERSION:
        return "set cniVersion of the network configuration to 1.0.0";
    case CNI_NO_CONTAINER:
        return "the container has ended, or its network namespace was removed";
    case CNI_BAD_ENVIRONMENT:
        return "a container runtime sets CNI_COMMAND, CNI_CONTAINERID, "
               "CNI_NETNS, CNI_IFNAME and CNI_ARGS";
    case CNI_BAD_INPUT:
    case CNI_NOT_JSON:
        return "a container runtime writes the network configuration to "
               "standard input";
    case CNI_BAD_CONFIGURATION:
        return "correct the network configuration (/etc/cni/net.d), what the "
               "container asks for, or /etc/ovsint/ovsint.json: see "
               "ovsint-cni(8)";
    case CNI_TRY_LATER:
    case CNI_NOT_AVAILABLE:
        return "check that ovsdb-server and ovs-vswitchd run; the call can be "
               "repeated";
    case CNI_COULD_NOT:
        break;
    }
    return "the log of ovs-vswitchd may tell more; see ovsint-cni(8)";
}

/* Other words for what a runtime would take for a success. */
static void write_sentence(const char *text, struct buf *ret)
{
    static const struct {
        const char *from;
        const char *to;
    } words[] = {
        {"not found", "missing"},
        {"no such file or directory", "the file does not exist"},
    };

    while (*text) {
        size_t i = 0;
        while (i < ARRAY_LEN(words) &&
               strncasecmp(text, words[i].from, strlen(words[i].from)) != 0)
            i++;
        if (i == ARRAY_LEN(words)) {
            buf_add(ret, text++, 1);
        } else {
            buf_add_text(ret, words[i].to);
            text += strlen(words[i].from);
        }
    }
}

void cni_result_error(enum cni_version version,
                      const struct cni_failure *failure, struct buf *ret)
{
    auto_buf struct buf sentence = BUF_INIT(2 * ERR_TEXT_SIZE);
    struct json_writer w = JSON_WRITER(ret);

    write_sentence(failure->err.text, &sentence);
    begin(version, &w);
    json_write_key(&w, "code");
    json_write_int(&w, failure->code);
    json_write_member(&w, "msg", buf_text(&sentence));
    json_write_member(&w, "details", details_of(failure->code));
    end(&w, ret);
}
