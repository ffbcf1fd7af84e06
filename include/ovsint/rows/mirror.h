/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Mirrors: rows of the table Mirror that copy what ports of a bridge send and
 * receive to a container's port, or through a tunnel. A mirror of ours names
 * its ends in its external_ids, by the names of ports, as references vanish
 * with a row that somebody removes, and the guardian gives that row back under
 * the same name. Fed with the updates of a monitor. Pure.
 *
 * Pitfall: a mirror's output port carries copies alone. The switch drops what
 * is sent there, and delivers nothing else (ovs-vswitchd.conf.db(5), Mirror).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/err.h"
#include "ovsint/ovsdb/monitor.h"
#include "ovsint/ovsdb/txn.h"
#include "ovsint/rows/vswitch_view.h"

#define MIRROR_NAME_SIZE 64
/* Ports that one mirror copies. */
#define MIRROR_SOURCES 64
#define MIRROR_FROM_SIZE (MIRROR_SOURCES * IFNAME_SIZE)

/* What is copied of a port, as its container sees it. */
enum mirror_direction {
    MIRROR_BOTH,
    MIRROR_IN,  /* what it receives */
    MIRROR_OUT, /* what it sends */
};

/* "both", "in", "out". */
const char *mirror_direction_name(enum mirror_direction direction);
int mirror_direction_parse(const char *text,
                           enum mirror_direction *ret) MUST_CHECK;

/* 1 to 63 letters, digits, "_", "-" and "." */
bool mirror_name_valid(const char *name);

struct mirror_refs {
    char (*uuids)[OVSDB_UUID_SIZE];
    size_t count;
};

struct mirror {
    char uuid[OVSDB_UUID_SIZE];
    char *name;
    char *from;   /* names of ports, "oi...,eth1"; "" = all of the bridge */
    char *to;     /* name of a port; "" = the tunnel */
    char *tunnel; /* "erspan 192.0.2.1 key 7"; NULL = none */
    enum mirror_direction direction;
    char output[OVSDB_UUID_SIZE]; /* "" = the port has gone */
    struct mirror_refs sent;      /* select_src_port */
    struct mirror_refs received;  /* select_dst_port */
};

/* Those of ours. */
struct mirrors {
    struct mirror *rows;
    size_t count;
};

/* Adds the table Mirror to a monitor. */
void mirrors_watch(struct monitor *monitor);
/* True if a mirror of ours has come, gone or changed. */
bool mirrors_apply(struct mirrors *mirrors, const struct json *updates);
void mirrors_done(struct mirrors *mirrors);
#define auto_mirrors __attribute__((cleanup(mirrors_done)))
const struct mirror *mirrors_find(const struct mirrors *mirrors,
                                  const char *name);

/* The name of the next port of `from`; false at the end. Begin with *at =
 * from. */
bool mirror_next_source(const char **at, char ret[IFNAME_SIZE]);

enum mirror_verdict {
    MIRROR_FINE,
    MIRROR_WAITS,      /* a port that it names may come back */
    MIRROR_REFERS,     /* a port has come back: refer to it again */
    MIRROR_NO_SOURCES, /* nothing is left that it copies: remove it */
    MIRROR_NO_OUTPUT,  /* nobody gets its copies: remove it */
};

/* For people: "copying", "its sources are gone"... */
const char *mirror_verdict_name(enum mirror_verdict verdict);

/* What is to be done about it, by the ports that the rows show. `may_return`
 * tells of a port without rows whether they may come back; NULL = none will. */
typedef bool mirror_may_return(const void *data, const char *port);
enum mirror_verdict mirror_judge(const struct mirror *mirror,
                                 const struct vswitch_view *ports,
                                 mirror_may_return *may_return,
                                 const void *data);

/* MIRROR_REFERS: adds the references that are missing. */
void mirror_refer(const struct mirror *mirror, const struct vswitch_view *ports,
                  struct txn *txn);
/* Adds its removal, with that of its tunnel. It and the others increment
 * next_cfg, as the switch would not look. */
void mirror_remove(const struct mirror *mirror, struct txn *txn);

/* What is to be made. */
struct mirror_end {
    char name[IFNAME_SIZE]; /* of the port */
    char uuid[OVSDB_UUID_SIZE];
};

struct mirror_draft {
    const char *name;
    const char *bridge;
    const struct mirror_end *sources; /* none = all ports of the bridge */
    size_t source_count;
    struct vlan_set vlans; /* empty = all */
    enum mirror_direction direction;
    const struct mirror_end *to; /* NULL = the tunnel */
    /* The tunnel: Interface.type, address of its other end, its key; -1 =
     * none. */
    const char *tunnel;
    struct ip remote;
    int64_t key;
    unsigned snaplen; /* bytes of a packet that are copied; 0 = all */
};

/* The name of a mirror's tunnel: "om" and 13 characters. */
void mirror_tunnel_name(const char *mirror, char ret[IFNAME_SIZE]);

/* Adds the operations that make it: guards that there is none of that name and
 * that the ports are there, then the rows. The first operation is the guard of
 * the name. */
void mirror_make(const struct mirror_draft *draft, struct txn *txn);
