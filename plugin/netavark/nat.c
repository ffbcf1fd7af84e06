/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The values of options are judged by whoever reads the network row, as of any
 * network (rows/network_row.c). podman has chosen the ports of the host, also
 * for -P. Pure.
 */
#include "plugin/netavark/nat.h"

#include <errno.h>

#include "ovsint/rows/external_ids.h"
#include "ovsint/rows/port_mapping.h"

static int check_options(const struct netavark_request *request,
                         struct err *err)
{
    int r = transient_options_check(&request->nat, err);

    if (r < 0 || !request->nat.is_nat)
        return r;
    if (attachment_given(&request->configured, KEY_IP))
        return err_set(err, EINVAL,
                       "%s: with mode=nat the host is the router, and nobody "
                       "else gives addresses: give the network a --subnet",
                       request->configured.origin[KEY_IP]);
    if (!request->internal)
        return 0;
    return err_set(err, EINVAL,
                   "--internal: a network with mode=nat has a way out: leave "
                   "one of them out");
}

int nat_read(struct netavark_request *request, struct err *err)
{
    static const struct port_mapping_words words = {.list = "port_mappings",
                                                    .host_port = "host_port",
                                                    .port = "container_port",
                                                    .host = "host_ip",
                                                    .protocol = "protocol",
                                                    .range = "range"};
    const struct json *list = json_get(request->document, "port_mappings");
    int r = check_options(request, err);

    if (r < 0 || request->command != NETAVARK_SETUP)
        return r;
    if (request->nat.is_nat)
        return port_mappings_read(list, &words, &request->ports, err);
    request->drops_ports = json_count(list) > 0;
    return 0;
}

int nat_network_make(const struct netavark_request *request,
                     const struct settings *settings,
                     const struct attachment *spec,
                     struct transient_network *ret, struct err *err)
{
    const struct transient_draft draft = {
        .owner = NETAVARK_OWNER,
        .name = request->name,
        .options = request->nat.list,
        .option_count = request->nat.count,
        .spec = spec,
        .network = settings_network(settings, spec->network)};

    return transient_network_make(&draft, ret, err);
}
