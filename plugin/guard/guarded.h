/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the guardian only: one port in its care, and what can be done for it.
 */
#pragma once

#include "ovsint/device/sandbox.h"
#include "ovsint/net/device_state.h"
#include "ovsint/net/link.h"
#include "ovsint/rows/vswitch_view.h"
#include "plugin/daemon/host.h"
#include "plugin/guard/fence.h"
#include "plugin/guard/guardian.h"
#include "plugin/guard/judge.h"
#include "plugin/guard/streak.h"

/* Docker 20 to 27 move the device some time after Join has been answered, in
 * the runtime's prestart hook. */
#define DOCKER_PATIENCE 12 /* times the configured time limit */
/* Join follows CreateEndpoint at once, unless one of them was lost. */
#define JOIN_PATIENCE 3
/* A device that goes is mostly followed by its row. */
#define DELETION_PATIENCE_MS 500
/* The switch tells of a move in a few milliseconds, mostly. */
#define NOTICE_MS 1000
/* Whoever deletes it again and again shall not keep the switch busy. */
#define REMAKE_EVERY_MS 5000

/* Of a TAP that was moved: reannounce.c. */
enum reannouncement {
    GREETING_NONE,
    GREETING_WANTED,
    GREETING_ASKED, /* the switch is to say when it has gone round */
    GREETING_DUE,   /* it has */
};

struct guarded {
    struct ovsdb_call call;
    struct guardian *guardian;
    char name[IFNAME_SIZE];
    int64_t ifindex;  /* as last seen */
    int nsid;         /* of its namespace; NSID_NONE = not known */
    int index_inside; /* of its device there, 0 = not known */
    bool on_host;     /* a host access port */
    bool strange;     /* none of ours, by its name */
    bool present;     /* its rows are there */
    bool due;         /* is to be looked at */
    bool checked;     /* found complete inside, by this guardian */
    bool aside;       /* a dead TAP may lie in there */
    bool gone;        /* the kernel told that the device was deleted inside */
    bool searched;    /* in all namespaces, when it was in none of both */
    bool busy;        /* its transaction is in flight */
    bool slow;        /* its patience is Docker's */
    bool pair;        /* of a veth pair, found so by the last look */
    bool told;        /* that it cannot be helped was logged */
    enum reannouncement reannouncement;
    enum verdict verdict;
    const char *reason;  /* why it is collected or made again */
    uint64_t look_at_ms; /* of the loop's clock; 0 = when something happens */
    uint64_t delete_dead_at_ms; /* 0 = no dead TAP, as far as is known */
    uint64_t since_ms;          /* begin of the present verdict */
    uint64_t remade_ms;         /* 0 = never */
    uint64_t cut_since_ms;      /* 0 = not cut off, as far as is known */
    struct fence confirmed;     /* passed, and it is still gone */
    uint64_t confirmed_ms;      /* when that was found so; 0 = not yet */
    uint64_t moved_ms;          /* the last time; 0 = never */
    struct device_state *state; /* of a device that the next one replaces */
    struct streak streak;       /* of failures */
    unsigned repairs;
};

struct guardian {
    struct host *host;
    struct host_subscriber subscriber;
    uv_timer_t timer;
    bool has_lock;
    bool is_up;
    struct guarded **guarded_ports;
    size_t count;
    size_t turn;                /* whose it is next */
    struct list lost_rows;      /* that somebody else has deleted */
    struct ovsdb_call networks; /* gives bridges their networks back */
    struct streak networks_streak;
    uint64_t networks_at_ms; /* of the next try; 0 = when something changes */
    struct list stray_taps;  /* whose rows have gone; in the order of time */
    int64_t cur_cfg;     /* what the switch has done, Open_vSwitch.cur_cfg */
    bool lock_told;      /* whose it is is known */
    bool told_unseen;    /* that ports cannot be judged was logged */
    bool told_unmounted; /* the same of Docker's */
    bool syncs;          /* begins when the switch has reached `begin` */
    struct fence begin;
    struct ovsdb_call sync;
    struct ovsdb_call
        round; /* asks the switch to go round, for reannouncements */
    struct fence gone_round;
    uint64_t repairs;
    uint64_t collected;
    uint64_t repaired_ms; /* the last time; 0 = never */
};

/* What one look has found; the sandbox is open where the netns is here. */
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

/* look.c: goes and sees. */
int guarded_look(struct guarded *guarded, const struct vswitch_port *port,
                 struct look *ret, struct err *err) MUST_CHECK;

/* How long whoever may be at work is given. */
uint64_t look_patience_ms(const struct guarded *guarded,
                          const struct look *look);

/* repair.c: what is done in the namespace. */
int guarded_move(struct guarded *guarded, struct look *look,
                 struct err *err) MUST_CHECK;
int guarded_set_up(struct guarded *guarded, struct look *look,
                   struct err *err) MUST_CHECK;
int guarded_rename(struct guarded *guarded, struct look *look,
                   struct err *err) MUST_CHECK;
/* The device inside is about to be replaced: what it has is for the next one.
 */
void guarded_take_state(struct guarded *guarded, const struct look *look);
/* What was moved tells its neighbours, and asks for those it waits for. */
void guarded_reannounce(struct guarded *guarded, struct look *look);
/* Deletes the dead TAP that a move has laid aside. */
int guarded_delete_dead(struct guarded *guarded, struct look *look,
                        struct err *err) MUST_CHECK;
/* What the dead TAP of a port is called when it has been laid aside. */
void guarded_dead_name(const char *port, char ret[IFNAME_SIZE]);
/* Is the device in there as its row says? */
int look_is_set_up(struct look *look, struct err *err) MUST_CHECK;

/* pair.c: of a veth pair, the end in its container. */
int guarded_see_pair(struct guarded *guarded, struct look *look,
                     struct err *err) MUST_CHECK;
int guarded_finish_checksums(struct guarded *guarded, struct look *look,
                             struct err *err) MUST_CHECK;
/* bridges_changed.c: bridges may have another datapath, or a spanning tree. */
void bridges_see_change(struct guardian *guardian, const struct json *updates);

/* guarded_rows.c: what is said to the database. */
void guarded_note(struct guarded *guarded, const struct look *look);
void guarded_collect(struct guarded *guarded, const struct look *look);
/* Has the switch done all that it was asked for by now? Asks it, and looks
 * after the guarded port again when it has. */
bool guarded_is_confirmed(struct guarded *guarded);
/* Has the switch drop the device that is no more, and make one. Both steps are
 * in the row, for whoever follows a guardian that was killed. */
void guarded_remake(struct guarded *guarded, const struct look *look);
void guarded_retype(struct guarded *guarded, const struct vswitch_port *port);

/* lost_rows.c: rows that went while their container lives. */
void lost_rows_take(struct guardian *guardian);
void lost_rows_try(struct guardian *guardian);
void lost_rows_done(struct guardian *guardian);
size_t lost_rows_count(const struct guardian *guardian);
uint64_t lost_rows_next_ms(const struct guardian *guardian);

/* reannounce.c: when what was moved can be heard. */
/* Asks the switch to go round when the last move is long enough past. */
void reannounce_try(struct guardian *guardian);
/* The switch may have gone round. */
void reannounce_see_switch(struct guardian *guardian);
uint64_t reannounce_next_ms(const struct guardian *guardian);
/* The connection went: the switch is to be asked again. */
void reannounce_down(struct guardian *guardian);
void reannounce_done(struct guardian *guardian);

/* stray_taps.c: devices that the switch has not deleted. */
/* The rows of a port have gone, and its device is to follow. */
void stray_taps_expect(struct guardian *guardian, const char *name);
/* A device of the host was deleted. */
void stray_taps_gone(struct guardian *guardian, const char *name);
/* Those that an earlier guardian has not seen to the end. */
void stray_taps_search(struct guardian *guardian);
/* Looks for those whose time is over. */
void stray_taps_try(struct guardian *guardian);
uint64_t stray_taps_next_ms(const struct guardian *guardian);
void stray_taps_done(struct guardian *guardian);

struct guarded *guardian_find(const struct guardian *guardian,
                              const char *name);
uint64_t guardian_now_ms(const struct guardian *guardian);
void guardian_look_at_all(struct guardian *guardian);
/* The lock is ours, the rows are there, and the switch has caught up. */
bool guardian_may_work(const struct guardian *guardian);
enum guardian_rest {
    GUARDIAN_AT_WORK, /* or it does not know yet */
    GUARDIAN_PASSIVE, /* another one has the lock */
    GUARDIAN_AT_REST, /* nothing is left to be done or waited for */
};
/* `ret_failed` is the number of ports that could not be helped. */
enum guardian_rest guardian_rest(const struct guardian *guardian,
                                 size_t *ret_failed);
/* once.c: asks the switch to say when it has. */
void guardian_ask_switch(struct guardian *guardian);
/* guardian_events.c: what struct host_events tells of devices. */
void guardian_on_device(void *data, const struct link_event *event);
void guardian_on_inside(void *data, const struct link_event *event);
void guardian_on_heard(void *data, bool complete);
/* lost_rows.c: the same of an endpoint. */
bool guardian_on_endpoint_left(void *data, const char *endpoint);
/* act.c: looks, and does what is to be done. */
void guarded_look_after(struct guarded *guarded);
/* Something failed: looks again later, and says so once. */
void guarded_failed(struct guarded *guarded, const char *what,
                    const struct err *err);
/* Looks again after some time, at the latest. */
void guarded_later(struct guarded *guarded, uint64_t ms);
/* When the guarded port's dead TAP may be deleted: first all containers get
 * their devices back. */
uint64_t guardian_delete_dead_ms(const struct guarded *guarded);
/* Arms the timer for what is next. */
void guardian_schedule(struct guardian *guardian);
