/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One port of ours with all that is known of it, from four sources that may
 * each be away: the rows, the guardian, the runtimes, and the container's
 * namespace. What is not known is NULL, "" or negative.
 */
#pragma once

#include "cli/runtimes/runtimes.h"
#include "ovsint/json/json.h"
#include "ovsint/net/addr.h"
#include "ovsint/net/counters.h"
#include "ovsint/net/netns.h"
#include "ovsint/rows/vswitch_view.h"

struct plugged {
    char port[IFNAME_SIZE];
    char mac[MAC_TEXT_SIZE];
    char *owner;
    char *container; /* id */
    char *name;      /* of the container */
    const char *runtime;
    char *endpoint;
    char *network;
    char *ifname;
    char *netns;
    char *netns_id; /* as rows have it, where the row does not yet; or NULL */
    char *bridge;
    char *logical_switch; /* of OVN; NULL = none */
    char *vlan;           /* "10", "trunk 10,20-29", "all" */
    char *addresses;      /* one blank between them */
    char *published;
    char *state;    /* in the guardian's words */
    char *error;    /* of the switch */
    int64_t ofport; /* 0 = not yet */
    uint64_t rate_kbit;
    unsigned mtu;
    bool veth;       /* the outer end of a pair, not an internal port */
    bool unguarded;  /* a container's, without a source guard */
    int64_t repairs; /* -1 = not known */
    bool counted;    /* the device was seen inside: */
    struct link_counters counters;
    const struct vswitch_port *row; /* of the view; NULL = there is none */
};

struct plugged_list {
    struct plugged *list;
    size_t count;
    size_t room;
    bool has_rows;   /* the database answers */
    bool has_daemon; /* the guardian answers */
    bool names_cut;  /* there are more containers than are read */
    struct err rows_why, daemon_why;
    struct vswitch_view view;
};

void plugged_done(struct plugged_list *list);
#define auto_plugged __attribute__((cleanup(plugged_done)))

struct plugged *plugged_add(struct plugged_list *list, const char *port);
struct plugged *plugged_find(struct plugged_list *list, const char *port);

/* The last one takes its place. */
void plugged_remove(struct plugged_list *list, struct plugged *plugged);

/* Pure. */
/* Is it a container's, the host's on a network, or one kept ready? A bridge of
 * a network, and a card on it, are rows of ours that are none of these. */
bool plugged_counts(const struct vswitch_port *port);
/* Adds a port of ours as its rows say; they must outlive it. */
void plugged_add_row(struct plugged_list *list,
                     const struct vswitch_port *port);
/* The monitor whose reply plugged_from_rows() reads: of ports of all doors, or
 * of those that are kept ready. */
void plugged_watch(struct monitor *monitor, bool pool);
/* The state of ports that are kept ready. `boot` is the kernel's boot id. */
void plugged_judge_pool(struct plugged_list *list, const char *boot);
void plugged_from_rows(struct plugged_list *list, const struct json *updates);
/* What the daemon answers to /Ovsint.Ports. -EINVAL. */
int plugged_from_daemon(struct plugged_list *list, const struct json *answer,
                        struct err *err) MUST_CHECK;
void plugged_name(struct plugged_list *list,
                  const struct containers *containers);
/* The VLANs of a row of the table Port, in words: "10", "trunk 10,20-22",
 * "all". The caller frees it. */
char *plugged_vlan(const struct json *row);
/* By what people call them, then by the interface. */
void plugged_sort(struct plugged_list *list);
void plugged_write(const struct plugged *plugged, struct json_writer *w);
/* For addr_each(): appends each address that is not link-local to the buffer
 * `data`, with its length and a blank between two. */
void plugged_note_address(void *data, const struct addr_info *info);
/* What people call its container; never NULL. */
const char *plugged_title(const struct plugged *plugged,
                          char room[LIMIT_CONTAINER_ID_SIZE]);

/* What to look for in place of a word that was typed: for the process of
 * "pid:N" its namespace as rows have it, in `room`; any other word itself.
 * -EINVAL, -ESRCH. */
int plugged_who(const char *text, char room[NETNS_ID_TEXT_SIZE],
                const char **ret, struct err *err) MUST_CHECK;
/* Looks into the namespace of each port. `boot` is the kernel's boot id. */
void plugged_look_inside(struct plugged_list *list, const char *boot);
/* Reads only the counters of each device again. */
void plugged_count(struct plugged_list *list);
/* Without rows: all devices in namespaces that have names of ours. */
void plugged_search(struct plugged_list *list);
