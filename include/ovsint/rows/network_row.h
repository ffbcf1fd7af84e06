/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A network: what was said of it when it was made, kept as JSON on the row of
 * its bridge under ID_NETWORK_PREFIX. Pure; whoever makes networks writes the
 * same text.
 *
 * Pitfall: it holds the options as the operator typed them, in our words, not
 * what they came to. They are resolved anew for each endpoint, so that the
 * administrator's policy holds as it is today.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/err.h"
#include "ovsint/base/limits.h"
#include "ovsint/base/parse.h"
#include "ovsint/config/settings.h"
#include "ovsint/json/json.h"
#include "ovsint/spec/attachment.h"

/* What the network's containers can reach. */
enum network_mode {
    MODE_FLAT,     /* what is on the bridge, its router included */
    MODE_ISOLATED, /* each other */
    MODE_NAT,      /* the world, with the host as router */
};

/* With which address packets of a family leave a network. */
enum nat_way {
    NAT_MASQUERADE, /* the host's */
    NAT_PORTS,      /* the container's; published ports are the host's */
    NAT_ROUTED,     /* the container's, which published ports are open at */
};

struct nat_family {
    enum nat_way way;
    struct ip source; /* the host's address; family 0 = the kernel chooses */
};

struct network_row {
    struct json *document;      /* owns what the pointers below point to */
    const struct json *options; /* of the vocabulary and of ours, as typed */
    const char *uplink;         /* NULL = none */
    enum network_mode mode;     /* never nat for an internal network */
    bool internal;              /* --internal */
    bool altname;
    struct nat_family nat4; /* mode nat: how it leaves */
    struct nat_family nat6;
    struct ip publish_ips[2]; /* for ports without an address of their own */
    size_t publish_ip_count;  /* 0 = all addresses of the host */
    /* The host access port, and the host's addresses on it. */
    bool host_access;
    struct ip_prefix host_ips[LIMIT_ADDRESSES];
    size_t host_ip_count;
    struct ip_prefix pools[LIMIT_ADDRESSES];
    size_t pool_count;
    struct ip gateways[LIMIT_ADDRESSES];
    size_t gateway_count;
};

/* What is written of a network; all of it belongs to the caller. */
struct network_option {
    const char *key; /* of the vocabulary or of ours, each at most once */
    const char *value;
};

struct network_pool {
    struct ip_prefix prefix;
    struct ip gateway; /* family 0 = none */
};

struct network_draft {
    const struct network_option *options;
    size_t option_count;
    bool internal;
    const struct network_pool *pools;
    size_t pool_count;
};

/* Appends the row's text. -EMSGSIZE beyond RECORD_SIZE. */
int network_row_write(const struct network_draft *draft, struct buf *ret,
                      struct err *err) MUST_CHECK;

/* Reads it. -EINVAL when that cannot be: rows can be edited by anybody. */
int network_row_read(const char *text, struct network_row *ret,
                     struct err *err) MUST_CHECK;
void network_row_done(struct network_row *row);
#define auto_network_row __attribute__((cleanup(network_row_done)))

/* What can be wrong with the subnets of a network of this mode. -EINVAL. */
int network_row_check(const struct network_row *row,
                      struct err *err) MUST_CHECK;

/* What the network's own options come to today, without an address: where its
 * host access port is and of which MTU. `bridge` is used where neither the
 * options nor the configuration name one. -EINVAL, -EPERM, -ENOENT as
 * attachment_resolve(). */
int network_row_attachment(const struct network_row *row,
                           const struct settings *settings, const char *bridge,
                           struct attachment *ret, struct err *err) MUST_CHECK;

/* A network's host access port: packet filters can match the prefix, which only
 * those have that the table of ours cares for. */
#define HOST_PORT_PREFIX "ovsint-"
#define HOST_PORT_FLAT_PREFIX "ovsacc-"
void host_port_name(const char *network, enum network_mode mode,
                    char ret[IFNAME_SIZE]);

/* Has the host an IPv6 address on the network? */
bool network_row_host_has_ipv6(const struct network_row *row);
