/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A network row: what was said of a network when it was made, as JSON on its
 * bridge's row under ID_NETWORK_PREFIX. Every door that makes networks writes
 * this text. Pure.
 *
 * Pitfall: it holds the options as the operator typed them, in our words, and
 * not what follows from them. They are resolved anew for each endpoint, so that
 * the policy holds as it is now.
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

/* What a network's containers can reach. */
enum network_mode {
    MODE_FLAT,     /* what is on the bridge, its router included */
    MODE_ISOLATED, /* each other */
    MODE_NAT,      /* the world, by the host as their router */
};

/* The source address with which packets of a family leave a network. */
enum nat_way {
    NAT_MASQUERADE, /* the host's */
    NAT_PORTS,  /* the container's; published ports are open at the host's */
    NAT_ROUTED, /* the container's; published ports are open there, too */
};

struct nat_family {
    enum nat_way way;
    struct ip source; /* the host's address; family 0 = the kernel chooses */
};

struct network_row {
    struct json *document; /* owns what the pointers below point to */
    /* keys of the vocabulary and of ours, as typed */
    const struct json *options;
    const char *uplink; /* NULL = none */
    const char *ovn;    /* the logical switch that it is on; NULL = none */
    /* With both, `uplink` is a physical network of OVN's, on which the switch
     * is in this VLAN; 0 = in none. */
    uint16_t physical_vlan;
    /* The door that wrote it with its first port: such a network is transient.
     * NULL = Docker. */
    const char *owner;
    const struct json *host; /* the attachment of its host access port; NULL */
    enum network_mode mode;  /* never nat for an internal network */
    bool internal;           /* --internal */
    bool reserves; /* its addresses are reserved on the logical switch */
    bool altname;
    struct nat_family nat4; /* for mode nat */
    struct nat_family nat6;
    struct ip publish_ips[2]; /* for published ports that name no address */
    size_t publish_ip_count;  /* 0 = all addresses of the host */
    /* The host access port, and the addresses of the host on it. */
    bool host_access;
    struct ip_prefix host_ips[LIMIT_ADDRESSES];
    size_t host_ip_count;
    struct ip_prefix pools[LIMIT_ADDRESSES];
    size_t pool_count;
    struct ip gateways[LIMIT_ADDRESSES];
    size_t gateway_count;
};

/* What is to be written. The caller owns all of it. */
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
    bool reserves;
    const char *owner;             /* NULL = Docker */
    const struct attachment *host; /* NULL = what the options lead to */
    const struct network_pool *pools;
    size_t pool_count;
};

/* Appends the row's text. -EMSGSIZE if it is larger than NETWORK_ROW_SIZE. */
int network_row_write(const struct network_draft *draft, struct buf *ret,
                      struct err *err) MUST_CHECK;

/* Reads a row's text. -EINVAL if it cannot be read, as anybody can edit a
 * row. */
int network_row_read(const char *text, struct network_row *ret,
                     struct err *err) MUST_CHECK;
void network_row_done(struct network_row *row);
#define auto_network_row __attribute__((cleanup(network_row_done)))

/* Is the option about the logical switch as a whole, and about no port? */
bool network_row_is_of_switch(const struct network_row *row, const char *key);

/* Do the subnets fit the network's mode? -EINVAL. */
int network_row_check(const struct network_row *row,
                      struct err *err) MUST_CHECK;

/* -EINVAL: what is made of rules and devices of one host, and has no place on a
 * logical switch, which all hosts share. For networks that are on one by
 * another way than the option `ovn`, which the reader knows. */
int network_row_check_logical(const struct network_row *row,
                              struct err *err) MUST_CHECK;

/* Does the network have a bridge for itself, which nobody has named? Then no
 * VLAN of others is on it. */
bool network_row_owns_bridge(const struct network_row *row,
                             const struct settings *settings);

/* Resolves the network's own options, as they hold now, without an address: the
 * bridge of its host access port and the MTU. `bridge` counts if neither the
 * options nor the configuration name one. -EINVAL, -EPERM, -ENOENT as
 * attachment_resolve(). */
int network_row_attachment(const struct network_row *row,
                           const struct settings *settings, const char *bridge,
                           struct attachment *ret, struct err *err) MUST_CHECK;

/* Names of host access ports. Our table of nftables, and rules in filters of
 * others, match the first prefix, which only networks with mode=nat have. */
/* Our table of family inet, and the comment of our rules in other tables: what
 * an operator sees of networks with NAT in the packet filter. */
#define NAT_TABLE "ovsint"
#define FILTER_COMMENT "ovsint"
#define HOST_PORT_PREFIX "ovsint-"
#define HOST_PORT_FLAT_PREFIX "ovsacc-"
void host_port_name(const char *network, enum network_mode mode,
                    char ret[IFNAME_SIZE]);

/* Does the host have an IPv6 address on the network? */
bool network_row_host_has_ipv6(const struct network_row *row);
