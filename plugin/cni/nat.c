/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The values of keys are judged by whoever reads the network row, as of any
 * network (rows/network_row.c). Ports to be published are read from the
 * runtime's list into the text of the row.
 */
#include "plugin/cni/nat.h"

#include <errno.h>
#include <stdio.h>

#include "ovsint/rows/external_ids.h"
#include "ovsint/rows/port_mapping.h"

int nat_take_key(struct cni_request *request, const char *key,
                 const struct json *value, struct err *err)
{
    char origin[ORIGIN_SIZE];

    snprintf(origin, sizeof(origin), "key %.80s", key);
    if (!json_string(value))
        return err_set(err, EINVAL, "%s is %s, not a string", origin,
                       json_type_name(value));
    return transient_options_set(&request->nat, origin, key, json_string(value),
                                 err);
}

int nat_read_mappings(struct cni_request *request, const struct json *value,
                      struct err *err)
{
    static const struct port_mapping_words words = {
        .list = "runtimeConfig.portMappings",
        .host_port = "hostPort",
        .port = "containerPort",
        .host = "hostIP",
        .protocol = "protocol"};

    return port_mappings_read(value, &words, &request->ports, err);
}

int nat_network_make(const struct cni_request *request,
                     const struct attachment *spec,
                     const struct named_network *network,
                     struct transient_network *ret, struct err *err)
{
    const struct transient_draft draft = {.owner = CNI_OWNER,
                                          .name = request->name,
                                          .options = request->nat.list,
                                          .option_count = request->nat.count,
                                          .spec = spec,
                                          .network = network};

    return transient_network_make(&draft, ret, err);
}
