/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Docker tells about a network, in CreateNetwork and never again: kept as
 * JSON on the row of its bridge, under `ovsint-network-<id>`. Pure.
 *
 * What a reader would get wrong: the record holds the options as the operator
 * typed them, not what they came to; those of Docker's bridge driver in our
 * words. They are resolved anew for each endpoint,
 * so that the administrator's policy holds as it is today.
 */
#pragma once

#include "ovsint/config/named_network.h"
#include "ovsint/config/settings.h"
#include "ovsint/json/json.h"
#include "ovsint/spec/attachment.h"
#include "plugin/gateway/nat_rules.h"

/* What the network's containers can reach. */
enum network_mode {
    MODE_FLAT,     /* what is on the bridge, its router included */
    MODE_ISOLATED, /* each other */
    MODE_NAT,      /* the world, with the host as router */
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

/* Appends the record of a CreateNetwork request. -EINVAL, in words that name
 * the key and the allowed ones, for an option that nobody knows. */
int network_row_write(const struct json *request, struct buf *ret,
                      struct err *err) MUST_CHECK;

/* Reads a record. -EINVAL when it is none: rows can be edited by anybody. */
int network_row_read(const char *text, struct network_row *ret,
                     struct err *err) MUST_CHECK;
void network_row_done(struct network_row *network_row);
#define auto_network_row __attribute__((cleanup(network_row_done)))

/* What can be wrong with the subnets that Docker has chosen for a network of
 * this mode. -EINVAL. */
int network_row_check(const struct network_row *network_row,
                      struct err *err) MUST_CHECK;

/* A network's host access port: packet filters can match the prefix, which only
 * those have that the table of ours cares for. */
#define HOST_PORT_PREFIX "ovsint-"
#define HOST_PORT_FLAT_PREFIX "ovsacc-"
void host_port_name(const char *network, enum network_mode mode,
                    char ret[IFNAME_SIZE]);

/* Has the host an IPv6 address on the network? */
bool network_row_host_has_ipv6(const struct network_row *network_row);

/* network_row_mode.c, for network_row_read(): the first before the subnets are
 * read, the second after. */
int network_row_read_mode(struct network_row *network_row,
                          struct err *err) MUST_CHECK;
void network_row_default_host_ips(struct network_row *network_row);

/* What CreateEndpoint says of one endpoint. */
struct endpoint_request {
    const struct json *options;
    const char *addresses[2]; /* CIDR; NULL or "" = none */
    const char *mac;          /* NULL or "" = none */
};

/* What `--network name=N,driver-opt=` and compose's `interface_name` come to
 * from Docker 28 on (netlabel.Ifname in moby's daemon/libnetwork/netlabel). */
#define ENDPOINT_IFNAME "com.docker.network.endpoint.ifname"
/* What the device is called in the container where nobody says. */
#define ENDPOINT_DEFAULT_IFNAME "eth0"

struct endpoint_plan {
    struct attachment attachment;
    bool altname; /* attachment.ifname is to be one */
};

/* What an endpoint of the network comes to; with `endpoint` NULL, a try that
 * finds everything that can be wrong with the network's options alone, whose
 * attachment has no address. `bridge` is used where neither the options nor
 * the configuration name one. -EINVAL, -EPERM, -ENOENT as
 * attachment_resolve(). */
int network_row_resolve(const struct network_row *network_row,
                        const struct endpoint_request *endpoint,
                        const struct settings *settings, const char *bridge,
                        struct endpoint_plan *ret, struct err *err) MUST_CHECK;

/* network_row_named.c: what of Docker's own choice does not fit the subnets of
 * a network of the configuration. Networks without subnets leave it all to
 * Docker. -EINVAL. */
int network_row_check_named(const struct network_row *network_row,
                            const struct named_network *network,
                            struct err *err) MUST_CHECK;
int network_row_check_address(const struct named_network *network,
                              const struct ip_prefix *address,
                              struct err *err) MUST_CHECK;
/* The routers of the subnets that it has addresses in, one per family. */
void network_row_add_routers(const struct named_network *network,
                             struct attachment *a);

/* For CreateNetwork options and driver options alike: the name of a key of
 * ours without its prefix, or NULL for one that is somebody else's (it has a
 * dot and not our prefix). */
const char *docker_key(const char *option);

/* The keys that only Docker's front end knows. */
struct docker_entry {
    const char *key;
    const char *syntax;
    const char *meaning;
};
extern const struct docker_entry docker_entries[];
extern const size_t docker_entry_count;

/* True when an option of ours has this key. */
bool docker_key_known(const char *key);
/* "-EINVAL: option vlna: unknown key: did you mean 'vlan'? (keys: ...)". */
int docker_key_refuse(const char *origin, const char *key, struct err *err);
