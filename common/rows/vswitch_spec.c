/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The attachment that a port was made from, as its Interface row has it. To
 * parse it takes as much as all else that is done to look at a port.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/rows/vswitch_view.h"

static int read_spec(const struct vswitch_port *port, const char *key,
                     struct attachment *ret, struct err *err)
{
    static const struct json_limits limits = {.size = LIMIT_STATE_SIZE,
                                              .depth = LIMIT_JSON_DEPTH};
    const char *text = vswitch_port_id(port, key);
    auto_json struct json *spec = NULL;

    if (!text)
        return err_set(err, EINVAL, "port %s has no %s", port->name, key);
    int r = json_parse(text, strlen(text), &limits, &spec, err);
    if (r >= 0)
        r = attachment_read(spec, ret, err);
    return r < 0 ? err_wrap(err, "port %s: %s", port->name, key) : r;
}

int vswitch_port_spec(const struct vswitch_port *port, struct attachment *ret,
                      struct err *err)
{
    return read_spec(port, ID_SPEC, ret, err);
}

bool vswitch_port_spec_names(const struct vswitch_port *port,
                             enum vocabulary_key key)
{
    const char *text = vswitch_port_id(port, ID_SPEC);
    char quoted[ID_KEY_SIZE];

    snprintf(quoted, sizeof(quoted), "\"%s\"", vocabulary_entry(key)->key);
    return text && strstr(text, quoted);
}

int vswitch_port_host_spec(const struct vswitch_port *port,
                           struct attachment *ret, struct err *err)
{
    return read_spec(port, ID_HOST_SPEC, ret, err);
}
