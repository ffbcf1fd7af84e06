/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the Open_vSwitch database says about our ports: the rows that a monitor
 * shows, Port and Interface joined by their name. It is fed with parsed updates
 * and asked by name or key. It knows neither connection nor clock, so every
 * program keeps the same view.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "ovsint/base/index.h"
#include "ovsint/json/json.h"
#include "ovsint/ovsdb/monitor.h"
#include "ovsint/rows/external_ids.h"
#include "ovsint/rows/vswitch_bridge.h"
#include "ovsint/rows/vswitch_map.h"
#include "ovsint/spec/attachment.h"

#define OVSDB_NAME "Open_vSwitch"
#define OVSDB_UUID_SIZE 37

/* The member key of a container. */
void vswitch_member_key(const char *container, char ret[ID_KEY_SIZE]);
/* The reservation key of an address. */
void vswitch_address_key(const struct ip *ip, char ret[ID_KEY_SIZE]);

/* Keys of an Interface's external_ids by which the view finds ports at once. */
enum vswitch_key {
    VSWITCH_BY_ENDPOINT,   /* the value of ID_ENDPOINT */
    VSWITCH_BY_NETNS,      /* the value of ID_NETNS */
    VSWITCH_BY_SET_UP,     /* any value of ID_UNDRESSED */
    VSWITCH_BY_PORTS,      /* any value of ID_PORTS */
    VSWITCH_BY_ASKED,      /* any value of ID_ASKED_PORTS */
    VSWITCH_BY_NETWORK,    /* the value of ID_NETWORK */
    VSWITCH_BY_POOL,       /* the value of ID_POOL */
    VSWITCH_BY_POOL_ASKED, /* any value of ID_POOL_ASKED */
    VSWITCH_BY_SNOOPING,   /* the value of ID_MCAST_SNOOPING */
    VSWITCH_KEYS,
};

struct vswitch_port {
    char *name;
    char port_uuid[OVSDB_UUID_SIZE];  /* "" = there is no Port row */
    char iface_uuid[OVSDB_UUID_SIZE]; /* "" = there is no Interface row */
    int64_t ofport;                   /* 0 = not yet, -1 = the switch failed */
    int64_t ifindex;             /* 0 = not in the namespace of ovs-vswitchd */
    char *error;                 /* the switch's message, or NULL */
    struct vswitch_map ids;      /* external_ids of the Interface */
    struct vswitch_map port_ids; /* external_ids of the Port */
    bool leaving;                /* we have asked for its removal */
    bool left;                   /* we have asked for ID_LEFT on it */
    /* Index of the last change of this port within `changes`. */
    size_t change;
    uint64_t changed_by;
    size_t place; /* index within `ports` */
    /* Its places in the view's indexes. */
    struct index_link by_name;
    struct index_link by_iface_uuid;
    struct index_link by_port_uuid;
    struct index_link by_key[VSWITCH_KEYS];
};

/* What an update has changed of a port. */
enum vswitch_what {
    VSWITCH_INSERTED = 1 << 0, /* a row of it is new */
    VSWITCH_REMOVED = 1 << 1,  /* a row of it has gone */
    VSWITCH_OFPORT = 1 << 2,
    VSWITCH_IFINDEX = 1 << 3,
    VSWITCH_ERROR = 1 << 4,
    VSWITCH_IDS = 1 << 5,  /* keys of ours on the Interface */
    VSWITCH_SPEC = 1 << 6, /* of these, how its device is to be set up */
    /* keys of others on the Interface, or any on the Port */
    VSWITCH_REST = 1 << 7,
    /* rows or keys of ours of a port that has, or had, ID_PORTS or
     * ID_ASKED_PORTS */
    VSWITCH_PORTS = 1 << 8,
    /* rows or keys of ours of a port that has, or had, ID_POOL_ASKED */
    VSWITCH_POOL_ASKED = 1 << 9,
};

struct vswitch_change {
    const char *name;
    const struct vswitch_port *port; /* NULL if both of its rows have gone */
    unsigned what;                   /* of enum vswitch_what */
    char *kept_name;                 /* that of a port that has gone */
};

struct vswitch_view {
    struct vswitch_port **ports; /* in no order */
    size_t count;
    size_t room;
    struct index by_name;
    struct index by_iface_uuid;
    struct index by_port_uuid;
    struct index by_key[VSWITCH_KEYS];
    struct vswitch_bridges bridges; /* the bridges that the monitor shows */
    /* What the last vswitch_view_apply() has changed. Each port stands here
     * once, however many rows and updates it had. Only a port that went and has
     * come again stands here twice, first without its `port`. */
    struct vswitch_change *changes;
    size_t change_count;
    size_t change_room;
    uint64_t updates; /* how often it was called */
    bool keeps_removed;
    /* With `keeps_removed`: ports whose rows have gone, as they were. */
    struct vswitch_port **removed;
    size_t removed_count;
};

/* The most owners of one scope. */
#define VSWITCH_OWNERS 6

/* What to watch: the ports that `container` is a member of, those in the
 * namespace `netns_id`, those of an owner, and ready ports with one of these
 * fits. Each may be NULL; all NULL = every row. */
struct vswitch_scope {
    const char *container;
    const char *netns_id;
    const char *fits[LIMIT_ATTACHMENTS];
    size_t fit_count;
    const char *owners[VSWITCH_OWNERS];
    /* Bridges to watch as well, by name; none = the caller watches them
     * itself. */
    const char *bridges[LIMIT_ATTACHMENTS];
    size_t bridge_count;
};

/* Fills the monitor of this view. monitor_updates() must be given the same
 * `name`. */
void vswitch_watch(struct monitor *monitor, const char *name,
                   const struct vswitch_scope *scope);

/* Applies a reply to the monitor call, or the updates of a notification. */
void vswitch_view_apply(struct vswitch_view *view, const struct json *updates);
void vswitch_view_done(struct vswitch_view *view);
/* Has the last vswitch_view_apply() changed any of `what` of any port? */
bool vswitch_view_changed(const struct vswitch_view *view, unsigned what);
/* Takes the port that was removed first; NULL if there is none. The caller
 * frees it. */
struct vswitch_port *vswitch_view_take_removed(struct vswitch_view *view);
/* Call it before asking for the removal of this port: it sets `leaving`, so
 * that the view does not take the removal for somebody else's. */
void vswitch_view_expect_removal(struct vswitch_view *view, const char *name);
/* Call it when the server has refused that: the port stays. */
void vswitch_view_expect_nothing(struct vswitch_view *view, const char *name);
/* Call it before asking for ID_LEFT on the port whose Interface row has this
 * uuid, or before noting that. Returns the port; NULL if there is none. */
const struct vswitch_port *vswitch_view_expect_left(struct vswitch_view *view,
                                                    const char *iface_uuid);
void vswitch_port_free(struct vswitch_port *port);
#define auto_vswitch_view __attribute__((cleanup(vswitch_view_done)))

const struct vswitch_port *vswitch_view_find(const struct vswitch_view *view,
                                             const char *name);

/* A port with this value of the key (NULL = any value); then the next one with
 * the same; NULL at the end. In no order. */
const struct vswitch_port *vswitch_view_first(const struct vswitch_view *view,
                                              enum vswitch_key key,
                                              const char *value);
const struct vswitch_port *vswitch_port_next(const struct vswitch_port *port,
                                             enum vswitch_key key);

/* Are both rows there, and do they have an owner of ours? */
bool vswitch_port_is_ours(const struct vswitch_port *port);
/* The value of a key of the Interface's external_ids, else NULL. */
const char *vswitch_port_id(const struct vswitch_port *port, const char *key);
/* The MAC that its device is to have; false if the row does not say it. Rows
 * of earlier versions have it in attached-mac alone, which everybody may
 * write. */
bool vswitch_port_mac(const struct vswitch_port *port, struct mac *ret);
bool vswitch_port_id_is(const struct vswitch_port *port, const char *key,
                        const char *value);
/* Has Docker taken the port's device out of its container, or is it about to?
 * The row says so, or we have asked for it. */
bool vswitch_port_has_left(const struct vswitch_port *port);
/* The container id of the next member; NULL = no more. Begin with *at = 0. */
const char *vswitch_port_next_member(const struct vswitch_port *port,
                                     size_t *at);
bool vswitch_port_has_member(const struct vswitch_port *port,
                             const char *container);
/* What a member's runtime has told of it. NULL and 0 = nothing, as in rows of
 * earlier versions. */
const char *vswitch_port_bundle(const struct vswitch_port *port,
                                const char *container);
pid_t vswitch_port_pid(const struct vswitch_port *port, const char *container);
/* Number of containers that share the port. */
size_t vswitch_port_member_count(const struct vswitch_port *port);
/* The attachment that the port was made from. -EINVAL if it cannot be read, as
 * anybody can edit a row. */
int vswitch_port_spec(const struct vswitch_port *port, struct attachment *ret,
                      struct err *err) MUST_CHECK;
/* May that attachment have this key? "No" is certain of what ovsint has
 * written, and takes a fraction of the work of vswitch_port_spec(): to be asked
 * first where most ports do not have it. */
bool vswitch_port_spec_names(const struct vswitch_port *port,
                             enum vocabulary_key key);
/* Of a host access port: ID_HOST_SPEC. */
int vswitch_port_host_spec(const struct vswitch_port *port,
                           struct attachment *ret, struct err *err) MUST_CHECK;
