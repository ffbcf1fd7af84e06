/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Inside the guardian only: one port that it guards, and what it can do for
 * it.
 */
#pragma once

#include "ovsint/base/index.h"
#include "ovsint/base/list.h"
#include "ovsint/device/sandbox.h"
#include "ovsint/net/device_state.h"
#include "ovsint/net/link.h"
#include "ovsint/rows/vswitch_view.h"
#include "plugin/daemon/attach_uv.h"
#include "plugin/daemon/flow_keeper.h"
#include "plugin/daemon/host.h"
#include "plugin/guard/fence.h"
#include "plugin/guard/guardian.h"
#include "plugin/guard/judge.h"
#include "plugin/guard/streak.h"

/* Docker 20 to 27 move the device some time after Join was answered, in the
 * runtime's prestart hook. */
#define DOCKER_PATIENCE 12 /* times the configured timeout */
/* Join follows CreateEndpoint at once, unless one of them was lost. */
#define JOIN_PATIENCE 3
/* When a device goes its row usually follows. */
#define DELETION_PATIENCE_MS 500
/* The switch usually notices a move within a few milliseconds. */
#define NOTICE_MS 1000
/* Somebody who deletes a device again and again must not keep the switch
 * busy. */
#define REMAKE_EVERY_MS 5000

/* So many jobs that remove or restore ports are at work at once: each takes
 * some 20 KiB, and the database does not get faster with more. */
#define JOBS_AT_ONCE 16

/* So long one of its jobs may last before others get their turn. Each look
 * takes some milliseconds. `begun` is of uv_hrtime(). */
#define TURN_MS 10
static inline bool turn_is_over(uint64_t begun)
{
    return uv_hrtime() - begun > TURN_MS * UINT64_C(1000000);
}

/* State of announcing a device again: reannounce.c. */
enum reannouncement {
    REANNOUNCE_NONE,
    REANNOUNCE_TWICE, /* the second time of a logical port */
    REANNOUNCE_WANTED,
    REANNOUNCE_ASKED, /* a fence is set */
    REANNOUNCE_DUE,   /* the fence is passed */
};

struct guarded {
    struct ovsdb_call call;
    struct attach_job job; /* removes the port */
    struct port_want want;
    struct guardian *guardian;
    char name[IFNAME_SIZE];
    size_t place;              /* within `guarded_ports` */
    struct index_link by_name; /* in the guardian's index */
    struct list active;        /* among those that something is pending for */
    int64_t ifindex;           /* as last seen */
    int nsid; /* nsid of the container's namespace; NSID_NONE = not known */
    int index_inside;  /* index of its device there; 0 = not known */
    bool on_host;      /* a host access port */
    bool awaits_flows; /* its device waits for its source guard */
    bool strange;      /* its name is none that ovsint gives */
    bool present;      /* its rows exist */
    bool due;          /* look at it as soon as possible */
    bool checked;      /* this guardian has found its device complete */
    bool has_dead;     /* its container may have a dead TAP of it */
    bool gone; /* the kernel has reported that the device was deleted inside */
    /* for a device that was nowhere: all namespaces were searched */
    bool searched;
    bool busy;      /* its transaction is in flight, or its job at work */
    bool slow;      /* it waits for Docker, with Docker's patience */
    bool pair;      /* the last look found a veth pair */
    bool logged;    /* it was logged that it cannot be repaired */
    bool asked;     /* the switch was asked to try again to make it: unmade.c */
    bool installed; /* ovn-controller has said so */
    /* its container may wait for neighbours whose answers were dropped */
    bool asks_neighbours;
    uint64_t ask_at_ms; /* when that may be; 0 = not known yet */
    enum reannouncement reannouncement;
    uint64_t announce_at_ms; /* the second time; 0 = no more */
    enum verdict verdict;
    const char *reason;  /* why it is removed or made again; for the log */
    uint64_t look_at_ms; /* on the loop's clock; 0 = when something happens */
    uint64_t delete_dead_at_ms; /* 0 = no dead TAP is known */
    uint64_t since_ms;          /* when the present verdict began */
    uint64_t remade_ms;         /* 0 = never */
    uint64_t cut_since_ms;      /* 0 = not cut off, as far as is known */
    /* when its rows came that are to be timed until its device is in its
     * container; 0 = no more */
    uint64_t asked_ms;
    /* if it is passed and the device is still gone, it is gone */
    struct fence fence;
    uint64_t fence_passed_ms; /* when that was found; 0 = not yet */
    uint64_t moved_ms;        /* last time; 0 = never */
    /* of a dead or deleted device, for its successor */
    struct device_state *state;
    struct streak streak; /* its failures in a row */
    unsigned repairs;
    /* Of the minute that began then: lines about repairs, and repairs without
     * a line. */
    uint64_t told_since_ms;
    uint64_t repaired_ms; /* last time */
    unsigned told;
    unsigned untold;
};

struct guardian {
    struct host *host;
    struct host_subscriber subscriber;
    struct attach_uv *attaches;
    struct flow_keeper *keeper;
    struct flow_listener listener;
    size_t removing;  /* ports */
    size_t restoring; /* rows */
    uv_timer_t timer;
    bool has_lock;
    bool is_up;
    struct guarded **guarded_ports;
    size_t count;
    size_t room;
    struct index by_name;
    /* Ports that are due, wait for something, or have gone. What happens to one
     * port concerns these few, not all. */
    struct list active;
    bool has_absent;            /* some of them may have gone */
    bool reannounces;           /* some of them may be REANNOUNCE_WANTED */
    struct list lost_rows;      /* of rows that somebody else has deleted */
    struct ovsdb_call networks; /* writes bridges' networks back */
    struct streak networks_streak;
    /* when to try again; 0 = when something changes */
    uint64_t networks_at_ms;
    struct ovsdb_call mirror_call; /* puts mirrors right */
    struct streak mirror_streak;
    uint64_t mirrors_at_ms; /* 0 = when something changes */
    struct list stray_taps; /* TAPs whose rows have gone, oldest first */
    int64_t cur_cfg;        /* Open_vSwitch.cur_cfg */
    bool lock_known;        /* it is known whose lock it is */
    /* that the ports of some containers cannot be judged was logged */
    bool logged_unseen;
    bool logged_unmounted;  /* the same for Docker's */
    bool begins_with_fence; /* it waits for `begin_fence` before it works */
    struct fence begin_fence;
    struct ovsdb_call begin_call;
    struct ovsdb_call reannounce_call; /* sets the fence for re-announcements */
    struct fence reannounce_fence;
    struct ovsdb_call unmade_call; /* sets the fence for unmade ports */
    struct fence unmade_fence;
    uint64_t unmade_asked_ms; /* last time */
    uint64_t repairs;
    uint64_t collected;
    uint64_t repaired_ms; /* last time; 0 = never */
};

/* What one look has found. The sandbox is open if the namespace is
 * NETNS_HERE. */
struct look {
    struct seen seen;
    const struct vswitch_port *port;
    struct attachment spec;
    struct mac mac;
    struct sandbox sandbox;
    struct link_info inside;
    struct link_info outside;
};

void look_close(struct look *look);
#define auto_look __attribute__((cleanup(look_close)))

/* look.c: looks at the port. */
int guarded_look(struct guarded *guarded, const struct vswitch_port *port,
                 struct look *ret, struct err *err) MUST_CHECK;

/* How long somebody who may be at work on the port is given. */
uint64_t look_patience_ms(const struct guarded *guarded,
                          const struct look *look);

/* repair.c: what is done inside the namespace. */
/* Moves the device into its container, or gives back what it lacks there. */
int guarded_repair(struct guarded *guarded, struct look *look,
                   struct err *err) MUST_CHECK;
/* Reads what the device inside has, for its successor. Call it before the
 * device is replaced. */
void guarded_take_state(struct guarded *guarded, const struct look *look);
/* Announces the device to its neighbours once more. If it was moved they are
 * asked for, too. */
void guarded_reannounce(struct guarded *guarded, struct look *look);
/* Deletes the dead TAP that a move has left. */
int guarded_delete_dead(struct guarded *guarded, struct look *look,
                        struct err *err) MUST_CHECK;
/* The name that the dead TAP of a port gets. */
void guarded_dead_name(const char *port, char ret[IFNAME_SIZE]);
/* Does the device inside have all that its row says? */
int look_is_set_up(struct look *look, struct err *err) MUST_CHECK;

/* pair.c: the end of a veth pair that is in the container. */
int guarded_see_pair(struct guarded *guarded, struct look *look,
                     struct err *err) MUST_CHECK;
int guarded_finish_checksums(struct guarded *guarded, struct look *look,
                             struct err *err) MUST_CHECK;
/* bridges_changed.c: some bridges may have another datapath, or a spanning
 * tree. */
void bridges_see_change(struct guardian *guardian, const struct json *updates);

/* guarded_rows.c: transactions. */
void guarded_note(struct guarded *guarded, const struct look *look);
void guarded_collect(struct guarded *guarded, const struct look *look);
/* Has the switch done all that it was asked for by now? If no fence is set,
 * sets one, and looks at the port again when it is passed. */
bool guarded_fence_is_passed(struct guarded *guarded);
/* Makes the switch drop a device that was deleted, and make it again. Both
 * steps are in the row, for a guardian that follows one that was killed. */
void guarded_remake(struct guarded *guarded, const struct look *look);
void guarded_retype(struct guarded *guarded, const struct vswitch_port *port);

/* lost_rows.c: rows that somebody else has deleted while their container
 * lives. */
void lost_rows_take(struct guardian *guardian);
void lost_rows_try(struct guardian *guardian);
/* This port is there, or has changed: it may replace one that was lost. */
void lost_rows_see(struct guardian *guardian, const struct vswitch_port *port);
void lost_rows_done(struct guardian *guardian);
size_t lost_rows_count(const struct guardian *guardian);
uint64_t lost_rows_next_ms(const struct guardian *guardian);
/* Have the rows of this port gone, and may they come back? */
bool lost_rows_has(const struct guardian *guardian, const char *port);

/* mirrors.c: mirrors that have lost an end, or whose end is back. */
void mirrors_try(struct guardian *guardian);
uint64_t mirrors_next_ms(const struct guardian *guardian);

/* ask_neighbours.c: what a container has asked while it could not hear. */
/* Something has changed of the port's row: the switch may have noticed that its
 * device has been moved. */
void ask_neighbours_see_row(struct guarded *guarded,
                            const struct vswitch_change *change);
/* Has the bridge ask, if that is due and the device is in its container. */
void ask_neighbours(struct guarded *guarded, const struct look *look);

/* reannounce.c: announces devices again. */
/* Something has changed of the port's row. */
void reannounce_see_row(struct guarded *guarded,
                        const struct vswitch_port *port);
/* Is it time for the second announcement? Then that is due. */
void reannounce_see_time(struct guarded *guarded);
/* Is the next look to announce the device, for either reason? */
bool reannounce_is_due(const struct guarded *guarded);
/* Sets the fence, if the last move is long enough ago. */
void reannounce_try(struct guardian *guardian);
/* cur_cfg has changed: the fence may be passed. */
void reannounce_see_switch(struct guardian *guardian);
uint64_t reannounce_next_ms(struct guardian *guardian);
/* The connection went: the fence has to be set again. */
void reannounce_down(struct guardian *guardian);
void reannounce_done(struct guardian *guardian);

/* unmade.c: ports that the switch could not make. */
/* Has the switch try again, and looks at the port after that. */
void guarded_ask_again(struct guarded *guarded,
                       const struct vswitch_port *port);
/* cur_cfg has changed: the fence may be passed. */
void unmade_see_switch(struct guardian *guardian);
/* The connection went: what was asked is not known any more. */
void unmade_down(struct guardian *guardian);
void unmade_done(struct guardian *guardian);

/* stray_taps.c: devices that the switch has not deleted. */
/* The rows of a port have gone: its device has to go as well. */
void stray_taps_expect(struct guardian *guardian, const char *name);
/* A device of the host was deleted. */
void stray_taps_gone(struct guardian *guardian, const char *name);
/* Searches for devices that an earlier guardian has waited for. */
void stray_taps_search(struct guardian *guardian);
/* Looks at those whose time has come. */
void stray_taps_try(struct guardian *guardian);
uint64_t stray_taps_next_ms(const struct guardian *guardian);
void stray_taps_done(struct guardian *guardian);

struct guarded *guardian_find(const struct guardian *guardian,
                              const char *name);
uint64_t guardian_now_ms(const struct guardian *guardian);
void guardian_look_at_all(struct guardian *guardian);
/* The lock is ours, the rows are there, and begin_fence is passed, if one is
 * waited for. */
bool guardian_may_work(const struct guardian *guardian);
enum guardian_rest {
    GUARDIAN_AT_WORK, /* or it does not know yet */
    GUARDIAN_PASSIVE, /* another one has the lock */
    GUARDIAN_AT_REST, /* nothing is left to be done or waited for */
};
/* `ret_failed` becomes the number of ports that could not be repaired. */
enum guardian_rest guardian_rest(const struct guardian *guardian,
                                 size_t *ret_failed);
/* Did the last try to repair it fail, or can it not be judged? */
bool guarded_has_failed(const struct guarded *guarded);
/* once.c: sets begin_fence. */
void guardian_ask_switch(struct guardian *guardian);
/* guardian_events.c: what struct host_events tells of devices. */
void guardian_on_device(void *data, const struct link_event *event);
void guardian_on_inside(void *data, const struct link_event *event);
void guardian_on_heard(void *data, bool complete);
/* lost_rows.c: what it tells of an endpoint. */
bool guardian_on_endpoint_left(void *data, const char *endpoint);
/* act.c: looks, and does what the verdict says. */
void guarded_look_after(struct guarded *guarded);
/* Something has failed: looks again later. Logs the first failure of a
 * series. */
void guarded_failed(struct guarded *guarded, const char *what,
                    const struct err *err);
/* Its device is in its container: how long that took is counted, once. */
void guarded_arrived(struct guarded *guarded, const struct vswitch_port *port);
/* Looks as soon as possible. */
void guarded_now(struct guarded *guarded);
/* Looks again after this time, at the latest. */
void guarded_later(struct guarded *guarded, uint64_t ms);
/* When the port's dead TAP may be deleted: all containers get their devices
 * back first. */
uint64_t guardian_delete_dead_ms(const struct guarded *guarded);
/* Sets the timer for what is due next. */
void guardian_schedule(struct guardian *guardian);
