/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the guardian only: one port in its care, and what can be done for it.
 */
#pragma once

#include "ovsint/device_state.h"
#include "ovsint/events.h"
#include "ovsint/link.h"
#include "ovsint/sandbox.h"
#include "ovsint/vswitch_view.h"
#include "plugin/driver.h"
#include "plugin/endpoints.h"
#include "plugin/fence.h"
#include "plugin/guardian.h"
#include "plugin/judge.h"
#include "plugin/streak.h"

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

/* Of a TAP that was moved: greeting.c. */
enum greeting {
    GREETING_NONE,
    GREETING_WANTED,
    GREETING_ASKED, /* the switch is to say when it has gone round */
    GREETING_DUE,   /* it has */
};

struct ward {
    struct ovsdb_call call; /* first: found from it by a cast */
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
    enum greeting greeting;
    enum verdict verdict;
    const char *reason;    /* why it is collected or made again */
    uint64_t look_at_ms;   /* of the loop's clock; 0 = when something happens */
    uint64_t bury_at_ms;   /* 0 = no dead TAP, as far as is known */
    uint64_t since_ms;     /* begin of the present verdict */
    uint64_t remade_ms;    /* 0 = never */
    uint64_t cut_since_ms; /* 0 = not cut off, as far as is known */
    struct fence confirmed;     /* passed, and it is still gone */
    uint64_t confirmed_ms;      /* when that was found so; 0 = not yet */
    uint64_t moved_ms;          /* the last time; 0 = never */
    struct device_state *state; /* of a device that the next one replaces */
    struct streak streak;       /* of failures */
    unsigned repairs;
};

struct keepsake;
struct leftover;

struct guardian {
    struct driver *driver;
    struct events *events;
    uv_poll_t poll;
    uv_timer_t timer;
    unsigned handles; /* that the loop has not closed */
    bool has_lock;
    bool is_up;
    struct ward **wards;
    size_t count;
    size_t turn;                /* whose it is next */
    struct keepsake *keepsakes; /* rows that somebody else has deleted */
    struct ovsdb_call networks; /* gives bridges their networks back */
    struct streak networks_streak;
    uint64_t networks_at_ms; /* of the next try; 0 = when something changes */
    struct leftover *leftovers; /* devices whose rows have gone */
    int64_t cur_cfg;     /* what the switch has done, Open_vSwitch.cur_cfg */
    bool lock_told;      /* whose it is is known */
    bool told_unseen;    /* that ports cannot be judged was logged */
    bool told_unmounted; /* the same of Docker's */
    bool syncs;          /* begins when the switch has reached `begin` */
    struct fence begin;
    struct ovsdb_call sync;
    struct ovsdb_call round; /* asks the switch to go round, for greetings */
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

/* ward_look.c: goes and sees. */
int ward_look(struct ward *ward, const struct vswitch_port *port,
              struct look *ret, struct err *err) MUST_CHECK;

/* How long whoever may be at work is given. */
uint64_t look_patience_ms(const struct ward *ward, const struct look *look);

/* ward_repair.c: what is done in the namespace. */
int ward_move(struct ward *ward, struct look *look, struct err *err) MUST_CHECK;
int ward_dress(struct ward *ward, struct look *look,
               struct err *err) MUST_CHECK;
int ward_rename(struct ward *ward, struct look *look,
                struct err *err) MUST_CHECK;
/* The device inside is about to be replaced: what it has is for the next one.
 */
void ward_take_state(struct ward *ward, const struct look *look);
/* What was moved tells its neighbours, and asks for those it waits for. */
void ward_greet(struct ward *ward, struct look *look);
/* Deletes the dead TAP that a move has laid aside. */
int ward_bury(struct ward *ward, struct look *look, struct err *err) MUST_CHECK;
/* What the dead TAP of a port is called when it has been laid aside. */
void ward_aside_name(const char *port, char ret[IFNAME_SIZE]);
/* Is the device in there as its row says? */
int look_is_dressed(struct look *look, struct err *err) MUST_CHECK;

/* ward_pair.c: of a veth pair, the end in its container. */
int ward_see_pair(struct ward *ward, struct look *look,
                  struct err *err) MUST_CHECK;
int ward_finish_checksums(struct ward *ward, struct look *look,
                          struct err *err) MUST_CHECK;
/* ward_bridges.c: bridges may have another datapath, or a spanning tree. */
void bridges_see_change(struct guardian *guardian, const struct json *updates);

/* ward_rows.c: what is said to the database. */
void ward_note(struct ward *ward, const struct look *look);
void ward_collect(struct ward *ward, const struct look *look);
/* Has the switch done all that it was asked for by now? Asks it, and looks
 * after the ward again when it has. */
bool ward_is_confirmed(struct ward *ward);
/* Has the switch drop the device that is no more, and make one. Both steps are
 * in the row, for whoever follows a guardian that was killed. */
void ward_remake(struct ward *ward, const struct look *look);
void ward_retype(struct ward *ward, const struct vswitch_port *port);

/* keepsake.c: rows that went while their container lives. */
void keepsakes_take(struct guardian *guardian);
void keepsakes_try(struct guardian *guardian);
void keepsakes_done(struct guardian *guardian);
size_t keepsakes_count(const struct guardian *guardian);
uint64_t keepsakes_next_ms(const struct guardian *guardian);

/* greeting.c: when what was moved can be heard. */
/* Asks the switch to go round when the last move is long enough past. */
void greetings_try(struct guardian *guardian);
/* The switch may have gone round. */
void greetings_see_switch(struct guardian *guardian);
uint64_t greetings_next_ms(const struct guardian *guardian);
/* The connection went: the switch is to be asked again. */
void greetings_down(struct guardian *guardian);
void greetings_done(struct guardian *guardian);

/* leftover.c: devices that the switch has not deleted. */
/* The rows of a port have gone, and its device is to follow. */
void leftovers_expect(struct guardian *guardian, const char *name);
/* A device of the host was deleted. */
void leftovers_gone(struct guardian *guardian, const char *name);
/* Those that an earlier guardian has not seen to the end. */
void leftovers_search(struct guardian *guardian);
/* Looks for those whose time is over. */
void leftovers_try(struct guardian *guardian);
uint64_t leftovers_next_ms(const struct guardian *guardian);
void leftovers_done(struct guardian *guardian);

struct ward *guardian_find(const struct guardian *guardian, const char *name);
uint64_t guardian_now_ms(const struct guardian *guardian);
void guardian_look_at_all(struct guardian *guardian);
/* The lock is ours, the rows are there, and the switch has caught up. */
bool guardian_may_work(const struct guardian *guardian);
/* guardian_rest.c: asks the switch to say when it has. */
void guardian_ask_switch(struct guardian *guardian);
/* guardian_events.c: the socket is readable. */
void guardian_hear(uv_poll_t *poll, int status, int events);
/* ward_act.c: looks, and does what is to be done. */
void ward_look_after(struct ward *ward);
/* Something failed: looks again later, and says so once. */
void ward_failed(struct ward *ward, const char *what, const struct err *err);
/* Looks again after some time, at the latest. */
void ward_later(struct ward *ward, uint64_t ms);
/* When the ward's dead TAP may be deleted: first all containers get their
 * devices back. */
uint64_t guardian_bury_ms(const struct ward *ward);
/* Arms the timer for what is next. */
void guardian_schedule(struct guardian *guardian);
