/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Names come from whoever runs a container. One with another character than a
 * name has is left out, as it would be read as something else. Pure.
 */
#include "plugin/netavark/names_text.h"

#include <string.h>
#include <sys/socket.h>

#define PID_FILE "aardvark.pid" /* the server's own */

static bool is_name(const char *text)
{
    size_t len = strlen(text);

    return len > 0 && len < 256 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789_.-") == len;
}

bool names_text_is_file(const char *network)
{
    return is_name(network) && network[0] != '.' &&
           strcmp(network, PID_FILE) != 0;
}

static void add_servers(const struct netavark_request *request, struct buf *ret)
{
    const struct json *servers =
        json_get(request->network, "network_dns_servers");
    const char *separator = " ";
    struct ip ip;

    for (size_t i = 0; i < json_count(servers); i++) {
        const char *text = json_string(json_at(servers, i));
        if (!text || parse_ip(text, &ip) < 0)
            continue;
        buf_addf(ret, "%s%s", separator, text);
        separator = ",";
    }
}

bool names_text_head(const struct netavark_request *request,
                     const struct attachment *spec, struct buf *ret)
{
    char text[IP_TEXT_SIZE];

    for (size_t i = 0; i < spec->gateway_count; i++) {
        ip_format(&spec->gateway[i], text);
        buf_addf(ret, "%s%s", i ? "," : "", text);
    }
    add_servers(request, ret);
    buf_add_text(ret, "\n");
    return spec->gateway_count > 0;
}

static void add_addresses(const struct attachment *spec, int family,
                          struct buf *ret)
{
    const char *separator = "";
    char text[IP_TEXT_SIZE];

    for (size_t i = 0; i < spec->ip_count; i++) {
        if (spec->ip[i].ip.family != family)
            continue;
        ip_format(&spec->ip[i].ip, text);
        buf_addf(ret, "%s%s", separator, text);
        separator = ",";
    }
    buf_add_text(ret, " ");
}

static void add_name(const char *name, const char **separator, struct buf *ret)
{
    if (!name || !is_name(name))
        return;
    buf_addf(ret, "%s%s", *separator, name);
    *separator = ",";
}

void names_text_line(const struct netavark_request *request,
                     const struct attachment *spec, struct buf *ret)
{
    const struct json *options = json_get(request->document, "network_options");
    const struct json *aliases = json_get(options, "aliases");
    const char *separator = "";

    buf_addf(ret, "%s ", request->container);
    add_addresses(spec, AF_INET, ret);
    add_addresses(spec, AF_INET6, ret);
    add_name(json_string(json_get(request->document, "container_name")),
             &separator, ret);
    for (size_t i = 0; i < json_count(aliases); i++)
        add_name(json_string(json_at(aliases, i)), &separator, ret);
    buf_add_text(ret, "\n");
}

void names_text_keep(const char *file,
                     bool (*keeps)(const void *data, const char *container),
                     const void *data, struct buf *ret)
{
    size_t lines = 0;

    for (bool is_head = true; *file; is_head = false) {
        size_t len = strcspn(file, "\n");
        bool is_whole = file[len] == '\n';
        auto_free char *container = mem_text(file, strcspn(file, " \n"));
        if (is_head || (is_whole && keeps(data, container))) {
            buf_addf(ret, "%.*s\n", (int)len, file);
            lines++;
        }
        file += len + is_whole;
    }
    if (lines < 2)
        buf_clear(ret);
}

static bool is_another(const void *data, const char *container)
{
    return strcmp(container, data) != 0;
}

void names_text_without(const char *file, const char *container,
                        struct buf *ret)
{
    names_text_keep(file, is_another, container, ret);
}
