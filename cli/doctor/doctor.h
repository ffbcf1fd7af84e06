/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * `ovsint doctor`: what can be wrong with a host and its ports. A table has all
 * findings; doctor_judge() looks for them in what was seen. Looking is apart
 * from it: rows.c takes in rows, look.c the rest. What could not
 * be seen is never a reason for a finding, but for the one that says so.
 */
#pragma once

#include "cli/ports/plugged.h"
#include "ovsint/config/settings.h"
#include "ovsint/ovn/chassis.h"

enum severity {
    SEVERITY_ERROR,   /* packets are lost now, or at the next port */
    SEVERITY_WARNING, /* they will be, or something is left over */
    SEVERITY_NOTE,    /* good to know; nothing is wrong */
    SEVERITY_COUNT,
};

enum finding_id {
    FINDING_DATABASE_AWAY,
    FINDING_SWITCH_AWAY,
    FINDING_SWITCH_BEHIND,
    FINDING_GUARDIAN_AWAY,
    FINDING_MODULE_AWAY,
    FINDING_SPANNING_TREE,
    FINDING_NO_QUERIER,
    FINDING_PORT_REFUSED,
    FINDING_LOST_PORT,
    FINDING_DEAD_TAP,
    FINDING_DELETED_DEVICE,
    FINDING_STALE_PORT,
    FINDING_CUT_FRAMES,
    FINDING_MTU_ABOVE_UPLINK,
    FINDING_MTU_DIFFERS,
    FINDING_UPLINK_ABSENT,
    FINDING_UPLINK_DOWN,
    FINDING_UPLINK_DEAD,
    FINDING_UPLINK_ADDRESSES,
    FINDING_MOVE_UNFINISHED,
    FINDING_FORWARDING_OFF,
    FINDING_FIREWALL_CLOSED,
    FINDING_FIREWALL_BAN,
    FINDING_HOOK_ABSENT,
    FINDING_HOOKS_DIR,
    FINDING_UDEV_RENAMES,
    FINDING_NETWORKD_TAKES,
    FINDING_NETWORK_MANAGER,
    FINDING_DOCKER_MTU,
    FINDING_TUNNEL_DROPS_TCP,
    FINDING_OVN_UNIT,
    FINDING_OVN_INCOMPLETE,
    FINDING_OVN_CONTROLLER_AWAY,
    FINDING_OVN_SOUTHBOUND_AWAY,
    FINDING_OVN_BRIDGE_ABSENT,
    FINDING_OVN_ENCAP_ADDRESS,
    FINDING_OVN_NORTHBOUND_AWAY,
    FINDING_OVN_NORTHBOUND_CUT_OFF,
    FINDING_OVN_MTU,
    FINDING_OVN_RENAMED,
    FINDING_OVN_GATEWAY_PAIR,
    FINDING_OVN_MAPPING,
    FINDING_OVN_MAPPED_BRIDGE,
    FINDING_LOCALNET_LOST,
    FINDING_LOCALNET_VLAN,
    FINDING_LOGICAL_PORT_LOST,
    FINDING_LOGICAL_GATEWAY_LOST,
    FINDING_LOGICAL_GATEWAY_TWICE,
    FINDING_LOGICAL_ADDRESS_TWICE,
    FINDING_LOGICAL_PORT_STALE,
    FINDING_USERSPACE,
    FINDING_USERSPACE_TSO,
    FINDING_STATUS_COLUMNS,
    FINDING_POLICY_OPEN,
    FINDING_GUARD_OFF,
    FINDING_COUNT,
};

#define FINDING_WORDS 2

struct finding_row {
    const char *name; /* stable; what programs go by */
    enum severity severity;
    /* A sentence and a command; "%1" and "%2" are the words of `words`. */
    const char *says;
    const char *mend;
    const char *words[FINDING_WORDS]; /* what they are called in the manual */
    /* What shows or says that it is so: a specification, a file of findings, or
     * the versions. */
    const char *source;
};

const struct finding_row *finding_row(enum finding_id id);
const char *severity_name(enum severity severity);
/* The template with its words put in. */
void finding_text(const char *text, const char *const words[FINDING_WORDS],
                  struct buf *ret);
/* The same of a line for the shell: a word that it would not take as one is in
 * quotes. */
void finding_command(const char *text, const char *const words[FINDING_WORDS],
                     struct buf *ret);
/* All of them for the manual page, as mdoc(7). */
void finding_manual(struct buf *ret);

/* A device of the host that is on a bridge of our ports. */
struct card_seen {
    char name[IFNAME_SIZE];
    char bridge[BRIDGE_NAME_SIZE];
    bool there;
    bool up;
    bool carrier;
    bool promiscuous;
    unsigned mtu;
    char address[PREFIX_TEXT_SIZE]; /* the first one of the host; "" = none */
};

/* The host on a network with mode=nat. */
struct router_seen {
    char device[IFNAME_SIZE];
    bool forwards; /* also if that could not be read */
};

#define SAID_FINDINGS 32
#define SAID_SIZE 256

/* What a file or the packet filter says, with the words of its finding. */
struct said_seen {
    enum finding_id id;
    char first[SAID_SIZE];
    char second[SAID_SIZE];
};

#define HOOK_FILES 8
#define HOOK_PATH_SIZE 256

/* A file of hooks.d that names a program that is not there. */
struct hook_seen {
    char file[HOOK_PATH_SIZE];
    char path[HOOK_PATH_SIZE];
};

/* A logical port of this host: of one of its ports, or left behind. */
struct logical_seen {
    char port[IFNAME_SIZE];
    /* A container, an endpoint; of a gateway, the network */
    char holder[SAID_SIZE];
    bool is_gateway;  /* of a logical switch; the port is the host's */
    bool is_there;    /* in the northbound database */
    bool is_physical; /* its switch has a localnet port: no tunnel */
    bool is_left;     /* it has no port, and none can be on its way */
    /* Of a gateway: the port of a router of OVN's on the same switch, which has
     * one of its addresses; "" = none */
    char router[SAID_SIZE];
    char on[NETWORK_NAME_SIZE]; /* name of its switch */
    struct ip ips[LIMIT_ADDRESSES];
    size_t ip_count;
    /* A logical port of somebody else there that has one of them; "" = none */
    char twin[SAID_SIZE];
};

/* A logical switch on a physical network: a network of this host says so, or
 * ports of this host are on a switch with such a port. */
struct physical_seen {
    char on[NETWORK_NAME_SIZE]; /* name of the switch */
    char network[PHYSICAL_NETWORK_SIZE];
    bool has_localnet;
    bool is_asked_for; /* a network of this host says so, and in which VLAN */
    unsigned vlan;     /* that one; 0 = none */
    bool has_other;    /* a port of type localnet, in another VLAN */
    unsigned other_vlan;
};

/* Of OVN, on a host that has its key ovn-remote. */
struct ovn_seen {
    char remote[SAID_SIZE]; /* of the southbound database */
    const char *absent;     /* the key that is not set; NULL = all are */
    struct chassis chassis;
    struct err controller_why; /* code 0 = ovn-controller answers */
    bool has_southbound;       /* ... and has its database */
    struct err underlay_why;   /* code 0 = `underlay_mtu` is known */
    unsigned underlay_mtu;     /* 0 = no device has the address */
    struct err northbound_why; /* code 0 = `logical` is known */
    /* Its server says that it has lost the others: a relay its database, a
     * member of a cluster the majority. */
    bool is_northbound_cut_off;
    struct logical_seen *logical;
    size_t logical_count, logical_room;
    /* The name of a host under which OVN has a port of this one; "" = none */
    char former[CHASSIS_NAME_SIZE];
    /* A chassis to which ovn-controller has a tunnel; "" = there is none */
    char peer[CHASSIS_NAME_SIZE];
    bool has_more_peers;
    /* The port of a router of OVN's whose gateway hosts are this one and
     * `peer`, if there are no others; "" = none */
    char pair[SAID_SIZE];
    char *mappings; /* ovn-bridge-mappings; NULL = none */
    struct physical_seen *physical;
    size_t physical_count, physical_room;
};

struct host_seen {
    struct plugged_list ports;
    /* Of rows; not known if ports.has_rows is false: */
    /* As ovs-ctl(8) has written it when it started the switch; "" = not known.
     */
    char version[32];
    int64_t next_cfg, cur_cfg;
    bool userspace_tso;
    bool has_ovn;
    bool has_tunnel; /* on a bridge of the userspace datapath */
    struct ovn_seen ovn;
    struct vswitch_bridges bridges;
    struct card_seen *cards;
    size_t card_count, card_room;
    struct router_seen *routers;
    size_t router_count, router_room;
    /* Of the host: */
    struct err switch_why; /* code 0 = ovs-vswitchd answers */
    bool guarded;          /* a guardian has the lock, or answers */
    bool has_module;       /* the kernel has the datapath */
    struct hook_seen hooks[HOOK_FILES];
    size_t hook_count;
    char ovn_unit[HOOK_PATH_SIZE]; /* the unit that cuts off; "" = none */
    bool policy_open;
    /* Ports without a source guard, and one of them. A controller's bridge is
     * no matter of ours. */
    size_t unguarded_count;
    const char *unguarded;
    struct said_seen said[SAID_FINDINGS];
    size_t said_count;
};

/* Adds to `said`; what has no room is left out. */
void host_said(struct host_seen *seen, enum finding_id id, const char *first,
               const char *second);

void host_seen_done(struct host_seen *seen);
#define auto_host_seen __attribute__((cleanup(host_seen_done)))

struct finding {
    enum finding_id id;
    char *words[FINDING_WORDS]; /* NULL = it has none */
};

struct findings {
    struct finding *list;
    size_t count;
    size_t room;
    size_t of[SEVERITY_COUNT]; /* how many of each severity */
};

void findings_done(struct findings *findings);
#define auto_findings __attribute__((cleanup(findings_done)))

/* Those about OVN: judge_ovn.c. Pure. */
void doctor_judge_ovn(const struct host_seen *seen, struct findings *ret);
void doctor_found(struct findings *ret, enum finding_id id, const char *first,
                  const char *second);
/* The same of a server that did not answer: its unit is to be started, or
 * restarted. Pure. */
void doctor_found_away(struct findings *ret, enum finding_id id,
                       const struct err *why);
/* The logical port that a port of ours says; NULL = none. And: the gateway of a
 * logical switch that a port of the host says. Pure. */
const char *doctor_logical(const struct plugged *port);
const char *doctor_gateway(const struct plugged *port);

/* That of the switch, which is added if it is new. Pure. */
/* It has a port of type localnet in that VLAN; 0 = without one. */
void ovn_seen_localnet(struct physical_seen *physical, unsigned vlan);
struct physical_seen *ovn_seen_physical(struct ovn_seen *ovn, const char *on,
                                        const char *network);

/* Finds all, in the order of the table. Pure. */
void doctor_judge(const struct host_seen *seen, struct findings *ret);

/* The monitor whose reply doctor_rows() reads. Pure. */
void doctor_watch(struct monitor *monitor);
void doctor_rows(struct host_seen *seen, const struct json *updates);
