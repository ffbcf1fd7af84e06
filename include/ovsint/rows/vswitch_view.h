/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the Open_vSwitch database says about ports of ours: the rows that a
 * monitor shows, Port and Interface joined by name. Fed with parsed updates,
 * asked by name or key; it knows neither connection nor clock, so the hook
 * and the plugin keep the same view.
 *
 * The keys of our external_ids are here and nowhere else. Keys that serve
 * lookups stand on both rows; addresses stand on the Port only, which keeps
 * the rows small that a search for a free address reads.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "ovsint/json/json.h"
#include "ovsint/ovsdb/monitor.h"
#include "ovsint/rows/vswitch_bridge.h"
#include "ovsint/spec/attachment.h"

#define OVSDB_NAME "Open_vSwitch"
#define OVSDB_UUID_SIZE 37

/* Values of ID_OWNER: who made the port. */
#define HOOK_OWNER "hook"
#define DOCKER_OWNER "docker"

/* All keys of ours begin with it. */
#define ID_PREFIX "ovsint-"
/* On both rows: */
#define ID_OWNER "ovsint-owner"
#define ID_ENDPOINT "ovsint-endpoint" /* Docker's id, of its ports alone */
#define ID_CONTAINER "ovsint-container"
#define ID_NETNS_ID "ovsint-netns-id" /* netns_id_format() */
#define ID_IFNAME "ovsint-ifname"
#define ID_BOOT "ovsint-boot"
/* pidns_id(): where the processes of the container are seen. Of Docker's ports
 * the Interface has it, when the guardian has seen the device arrive. */
#define ID_PIDNS "ovsint-pidns"
#define ID_MEMBER_PREFIX "ovsint-member-" /* + container id; value: "" */
/* On the Interface: */
/* + container id, of each member that has told: its bundle, its process */
#define ID_BUNDLE_PREFIX "ovsint-bundle-"
#define ID_PID_PREFIX "ovsint-pid-"
#define ID_NETWORK "ovsint-network"
#define ID_NETNS "ovsint-netns"               /* path */
#define ID_HOST_NETWORK "ovsint-host-network" /* of a host access port: id */
/* + name of a device that forwards for the network's sake; value: "4", "6" or
 * "46" */
#define ID_FORWARDING_PREFIX "ovsint-forwarding-"
/* The attachment as canonical JSON; with "auto" the last of its addresses, one
 * for each subnet, were chosen from the network. */
#define ID_SPEC "ovsint-spec"
#define ID_ALTNAME "ovsint-altname"     /* of Docker's ports: eth0 */
#define ID_UNDRESSED "ovsint-undressed" /* something is to be set inside */
#define ID_LEFT "ovsint-left"           /* Docker has taken it out again */
/* The guardian has seen the device in its container. Without this key it may
 * be on its way. */
#define ID_ARRIVED "ovsint-arrived"
/* Its network gives the container's default route, see
 * rows/default_route.h. */
#define ID_GATEWAY "ovsint-gateway"
/* The guardian has the switch drop a device that was deleted: the type is empty
 * until it has. */
#define ID_REMAKING "ovsint-remaking"
/* Published ports, see plugin/gateway/published.h. */
#define ID_PORTS "ovsint-ports"
/* Other software reads these: */
#define ID_MAC "attached-mac"
#define ID_IFACE "iface-id"
#define ID_IFACE_STATUS "iface-status"
#define ID_CONTAINER_ID "container_id"
#define ID_CONTAINER_IFACE "container_iface"
/* On the Interface of an uplink: */
#define ID_UPLINK_PREFIX                                 \
    "ovsint-uplink-" /* + id of a network; value: bridge \
                      */
/* On the Port: */
#define ID_SEGMENT "ovsint-segment" /* "<bridge>/<vlan>" */
#define ID_IP_PREFIX "ovsint-ip-"   /* + address; value: the segment */
/* On the Bridge, + id of a network: */
#define ID_NETWORK_PREFIX "ovsint-network-" /* value: its record */
#define ID_BEGUN_PREFIX "ovsint-begun-"     /* value: "true" */

#define ID_KEY_SIZE (sizeof(ID_MEMBER_PREFIX) + LIMIT_CONTAINER_ID_SIZE)

/* The member key of a container. */
void vswitch_member_key(const char *container, char ret[ID_KEY_SIZE]);
/* The reservation key of an address. */
void vswitch_address_key(const struct ip *ip, char ret[ID_KEY_SIZE]);

struct vswitch_pair {
    char *key;
    char *value;
};

/* A map column, kept up by the differences that update2 sends. */
struct vswitch_map {
    struct vswitch_pair *pairs;
    size_t count;
};

/* Takes over what a row or a difference says about a map column. */
void vswitch_map_apply(struct vswitch_map *map, const struct json *row,
                       const char *column);
/* The value under `key`, else NULL. */
const char *vswitch_map_get(const struct vswitch_map *map, const char *key);
/* Without this pair from now on, if it was there. */
void vswitch_map_remove(struct vswitch_map *map, const char *key);
void vswitch_map_done(struct vswitch_map *map);

struct vswitch_port {
    char *name;
    char port_uuid[OVSDB_UUID_SIZE];  /* "" = the Port row is not there */
    char iface_uuid[OVSDB_UUID_SIZE]; /* "" = the Interface row is not there */
    int64_t ofport;                   /* 0 = not yet, -1 = the switch failed */
    int64_t ifindex;                  /* 0 = not in the switch's namespace */
    char *error;                      /* the switch's own words, or NULL */
    struct vswitch_map ids;           /* external_ids of the Interface */
    struct vswitch_map port_ids;      /* external_ids of the Port */
    /* Of `ids`, what all ports are asked for at every call and every update: */
    const char *endpoint;  /* ID_ENDPOINT, or NULL */
    const char *published; /* ID_PORTS, or NULL */
    bool undressed;        /* ID_UNDRESSED is there */
    bool gateway;          /* ID_GATEWAY is there */
    bool leaving;          /* its removal was asked for by us */
    /* Where it stands among the changes of that update, the last one that
     * changed it. */
    size_t change;
    uint64_t changed_by;
};

/* What an update has changed of a port. */
enum vswitch_what {
    VSWITCH_INSERTED = 1 << 0, /* a row of it is new */
    VSWITCH_REMOVED = 1 << 1,  /* a row of it has gone */
    VSWITCH_OFPORT = 1 << 2,
    VSWITCH_IFINDEX = 1 << 3,
    VSWITCH_ERROR = 1 << 4,
    VSWITCH_IDS = 1 << 5,  /* keys of ours on the Interface */
    VSWITCH_SPEC = 1 << 6, /* of these, what its device is to be like */
    VSWITCH_REST = 1 << 7, /* keys of others, or of the Port */
};

struct vswitch_change {
    char *name;
    const struct vswitch_port *port; /* NULL when both of its rows have gone */
    unsigned what;                   /* of enum vswitch_what */
};

struct vswitch_view {
    struct vswitch_port **ports;
    size_t count;
    struct vswitch_bridges bridges; /* those that the monitor shows */
    /* What the last vswitch_view_apply() has changed: each port once, whatever
     * the number of its rows and updates. */
    struct vswitch_change *changes;
    size_t change_count;
    uint64_t updates; /* so many there were */
    bool keeps_removed;
    /* With `keeps_removed`: the ports whose rows have gone, as they were. */
    struct vswitch_port **removed;
    size_t removed_count;
};

/* What to watch: ports that `container` is a member of, ports in the namespace
 * `netns_id`, ports of an owner; each may be NULL, all NULL = every row. */
struct vswitch_scope {
    const char *container;
    const char *netns_id;
    const char *owners[2];
    /* Bridges to watch besides, by name; none = the caller's own business. */
    const char *bridges[LIMIT_ATTACHMENTS];
    size_t bridge_count;
};

/* Says the monitor of this view, whose name must be given back as `name` of
 * monitor_updates(). */
void vswitch_watch(struct monitor *monitor, const char *name,
                   const struct vswitch_scope *scope);

/* Takes a reply to the monitor call, or the updates of a notification. */
void vswitch_view_apply(struct vswitch_view *view, const struct json *updates);
void vswitch_view_done(struct vswitch_view *view);
/* Has the last update changed any of `what` of any port? */
bool vswitch_view_changed(const struct vswitch_view *view, unsigned what);
/* Takes the oldest of the removed ports, NULL when there is none; the caller
 * frees it. */
struct vswitch_port *vswitch_view_take_removed(struct vswitch_view *view);
/* We are about to ask for the removal of this port (`leaving`), so nobody else
 * will have removed it when its rows are gone. */
void vswitch_view_expect_removal(struct vswitch_view *view, const char *name);
void vswitch_port_free(struct vswitch_port *port);
#define auto_vswitch_view __attribute__((cleanup(vswitch_view_done)))

const struct vswitch_port *vswitch_view_find(const struct vswitch_view *view,
                                             const char *name);

/* True for a whole row pair of ours. */
bool vswitch_port_is_ours(const struct vswitch_port *port);
/* The value under a key of the Interface's external_ids, else NULL. */
const char *vswitch_port_id(const struct vswitch_port *port, const char *key);
bool vswitch_port_id_is(const struct vswitch_port *port, const char *key,
                        const char *value);
/* The container id of the next member from *at on, which begins with 0; NULL =
 * no more. */
const char *vswitch_port_next_member(const struct vswitch_port *port,
                                     size_t *at);
bool vswitch_port_has_member(const struct vswitch_port *port,
                             const char *container);
/* What a member's runtime had told of it; NULL and 0 = nothing, as in rows of
 * earlier versions. */
const char *vswitch_port_bundle(const struct vswitch_port *port,
                                const char *container);
pid_t vswitch_port_pid(const struct vswitch_port *port, const char *container);
/* Number of containers that share the port. */
size_t vswitch_port_member_count(const struct vswitch_port *port);
/* The attachment that the port was made from. -EINVAL when it cannot be read,
 * as somebody else's hand was in it. */
int vswitch_port_spec(const struct vswitch_port *port, struct attachment *ret,
                      struct err *err) MUST_CHECK;
