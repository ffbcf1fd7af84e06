/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Inside the attach engine only: what its phases share. attach.c has the table
 * of stages. A stage is a function that is called until it returns GO_ON. If it
 * needs something of the driver it fills `todo`, sets where it will continue
 * (`at`), and returns GO_ASK. It finds the answer in `answer`.
 */
#pragma once

#include "ovsint/attach/attach.h"
#include "ovsint/ovn/chassis.h"
#include "ovsint/ovn/northbound.h"
#include "ovsint/rows/lease.h"

/* If rows change at each try: the first tries follow at once, the others after
 * a pause, so that a call that keeps failing does not keep the server busy. */
#define ATTACH_TRIES_WITHOUT_PAUSE 16
#define ATTACH_PAUSE_MS 20
/* How often to look for a device that another call is placing, as no row tells
 * it. */
#define ATTACH_LOOK_EVERY_MS 20
/* `until_ms` without a limit. */
#define ATTACH_NEVER INT64_MAX

enum go {
    GO_ON,   /* the stage is done */
    GO_ASK,  /* the driver has to do `todo` */
    GO_STAY, /* the stage continues at `at`, without the driver */
    GO_LOOK, /* something has changed: back to the first look at the rows */
    GO_FAIL, /* `failure` has the reason */
};

/* A list of names of devices. */
struct name_list {
    char (*names)[IFNAME_SIZE];
    size_t count;
};

bool name_list_has(const struct name_list *names, const char *name);
/* Adds a name, unless it is there. */
void name_list_add(struct name_list *names, const char *name);
void name_list_remove(struct name_list *names, const char *name);

/* A port whose container is gone; its rows are to be removed. */
struct eviction {
    char port_uuid[OVSDB_UUID_SIZE];
    char name[IFNAME_SIZE];
};

struct evictions {
    struct eviction *list;
    size_t count;
};

/* What the machine knows of one vNIC. */
struct vnic {
    struct attach_vnic is;
    const struct port_want *asked;
    bool pair_named;
    bool pair_armed;   /* its pair may exist */
    bool pair_made;    /* its pair exists */
    bool pair_tried;   /* the kernel has refused it, as a name was taken */
    bool pair_missing; /* its rows exist, and its pair does not */
    /* all rows were read since the name inside was found taken */
    bool caught_up;
    bool addresses_chosen;
    /* Interfaces of other bridges that ask for its OpenFlow number, too. */
    struct {
        char (*uuids)[OVSDB_UUID_SIZE];
        size_t count;
        size_t room;
    } others;
    /* Of a port on a logical switch: */
    struct northbound_switch on;
    struct northbound_plug logical;
    bool nameless;        /* another port has its dns-name */
    bool logical_sent;    /* it is in the transaction that was sent last */
    bool rows_written;    /* this call's rows are there, with these addresses */
    bool logical_written; /* and its logical port is, in any case */
    struct ip_prefix had[LIMIT_ADDRESSES];
    size_t had_count;
    /* Ready ports that it could take; "" = none. */
    char fit[READY_FIT_SIZE];
    /* The one that it asks for, or has; "" = it is to get a port of its
     * own. */
    char ready[IFNAME_SIZE];
};

/* The row that LOOK or RELEASE is looking at. */
struct row_at {
    char name[IFNAME_SIZE]; /* "" = before the first one */
    char netns_id[128];     /* its process, for a question */
    struct vnic *vnic;      /* NULL = no vNIC of this call */
    bool frees_name;        /* its device has an altname that is needed */
    bool spec_read;         /* since the row's last change */
    bool has_spec;          /* the spec could be read */
    struct attachment spec;
    unsigned tries;
};

/* A port whose container may have ended. */
struct suspect {
    struct eviction port;
    char *netns; /* each may be NULL */
    char *netns_id;
    char *pidns;
};

/* The holder of an address that we need, and the search for another address. */
struct holder_at {
    struct vnic *vnic;
    size_t address;
    bool is_name;  /* of its dns-name instead */
    bool is_lease; /* a DHCP server gave it; `refusal` is there already */
    bool is_ours;  /* its row may be removed */
    struct eviction port;
    struct err refusal; /* if it lives */
    struct err full;    /* if there is no other address */
    bool collected;     /* ports of ended containers were removed */
    struct suspect *suspects;
    size_t suspect_count;
    size_t suspect;
    size_t removed; /* how many the prepared transaction removes */
    struct txn removal;
};

/* A port whose rows went: the flows of its source guard are to go, and what it
 * has leased goes back. */
struct gone {
    char bridge[BRIDGE_NAME_SIZE];
    bool is_guarded;
    bool is_orphaned; /* it had flows, and its number is not known */
    struct flow_delete flows;
    struct dhcp_frame *release; /* NULL = none */
};

enum answer_kind {
    ANSWER_NONE, /* a stage begins, or its time is over */
    ANSWER_ROWS,
    ANSWER_LOST,
    ANSWER_REPLY,
    ANSWER_DEVICE,
};

struct answer {
    enum answer_kind kind;
    int r;
    char name[IFNAME_SIZE];              /* of the device that was found */
    const struct ovsdb_outcome *outcome; /* for ANSWER_REPLY, else NULL */
    struct err err;
};

struct attach {
    struct attach_want want;
    const struct port_want *ports;
    const struct vswitch_view *view;
    struct vnic *vnics;
    size_t count;

    /* Where the machine is. */
    size_t stage;
    size_t i; /* index of the stage's vNIC */
    int at;   /* state within the stage; 0 at its begin */
    int64_t now_ms;
    int64_t deadline_ms;
    struct attach_todo todo;
    bool asked; /* the driver has `todo` */
    struct answer answer;
    struct txn txn;
    struct txn northbound;
    /* Of a step that sends two transactions: which reply has not come, what the
     * other one was, and who reads the results while they are there. */
    bool awaits_reply;
    bool awaits_northbound;
    struct ovsdb_outcome reply;
    struct ovsdb_outcome northbound_reply;
    void (*reads)(struct attach *a, bool is_northbound,
                  const struct json *result);

    /* LOOK */
    struct row_at row;
    struct evictions evictions;
    bool collected; /* ports of ended containers were removed for an address */
    /* when another call counts as dead; 0 = no wait has begun */
    int64_t other_run_ms;
    struct chassis chassis;
    bool has_group; /* the port group of guarded logical ports */
    struct northbound_localnets localnets;
    struct err northbound_err;
    /* CLAIM */
    struct vswitch_plug plugs[LIMIT_ATTACHMENTS];
    struct holder_at holder;
    size_t number_op; /* the guards of OpenFlow numbers, in the transaction */
    size_t number_op_count;
    struct ip *taken; /* found held by others; not sorted */
    size_t taken_count;
    unsigned tries;
    struct name_list
        ready_lost; /* ready ports that others were quicker to take */
    /* FLOWS, and after RELEASE: what is asked for now; ports that have gone */
    struct flow_list flows;
    struct flow_delete *deletes;
    size_t delete_count;
    struct flow_packet *packets;
    struct dhcp_frame **frames; /* what they consist of */
    size_t packet_count;
    char flows_bridge[BRIDGE_NAME_SIZE];
    struct {
        struct gone *list;
        size_t count;
        size_t room;
    } gone;
    /* LEASE: what the server gave, as it is applied; the operation that guards
     * its address */
    struct dhcp_lease lease;
    char lease_port[IFNAME_SIZE]; /* has it, and no row says so; "" = none */
    size_t lease_op;
    /* PLACE: how long a device may take to come back; 0 = no wait has begun */
    int64_t device_back_ms; /* until then a device may come; 0 = not begun */
    /* RELEASE */
    struct name_list armed;   /* ports that were asked for, or joined */
    struct name_list leaving; /* ports to be left, or removed */
    struct name_list drops;   /* pairs that nobody needs after that */
    struct name_list removes; /* ports that the transaction removes */
    /* Ports whose logical ports were asked for; are to go with the next
     * transaction; are to go as their ports have gone. */
    struct name_list logical_armed;
    struct name_list logical_evicted;
    struct name_list logical_leaving;
    int64_t patience_ms;
    bool releasing; /* in RELEASE, or after it */
    bool failed;
    struct attach_failure failure;
};

/* Requests to the driver. Each returns GO_ASK; the stage continues at `at`. */
enum go ask_find(struct attach *a, enum attach_side side, const char *name,
                 int at);
enum go ask_device(struct attach *a, enum attach_step step, size_t vnic,
                   const char *name, int at);
enum go ask_process(struct attach *a, pid_t pid, const char *netns_id, int at);
enum go ask_wait(struct attach *a, int64_t until_ms, int at);
enum go ask_watch(struct attach *a, int at);
/* Begins a transaction that is done only while the lock is ours. */
void init_txn(const struct attach *a, struct txn *txn);
/* The transaction that ask_send() sends. */
struct txn *begin_txn(struct attach *a);
enum go ask_send(struct attach *a, int at);
/* The same for OVN's northbound database; and both, of which one may be left
 * out. `reads` is given the result of each that succeeds; NULL = nobody. Then
 * a->answer is that of Open vSwitch's database, if that was sent to. */
struct txn *begin_northbound(struct attach *a);
enum go ask_send_both(struct attach *a, bool sends, bool sends_northbound,
                      void (*reads)(struct attach *a, bool is_northbound,
                                    const struct json *result),
                      int at);

/* A failure of this vNIC (NULL = of all), whose text is in a->failure.err
 * already. Returns GO_FAIL. */
enum go fail_for(struct attach *a, const struct vnic *vnic,
                 enum attach_reason reason);
/* The codes of a connection that went are for Open vSwitch's database alone:
 * who begins again as that is back would wait for it in vain. */
void not_of_database(struct err *err);
/* Fails with the error of the answer. */
enum go fail_as_answered(struct attach *a, const struct vnic *vnic);
/* Has a guard of the transaction failed? Then nothing was written. */
bool answer_is_guard(const struct attach *a);
/* After a failed guard, or something missing: the next try; after many tries,
 * with a pause. */
enum go try_again(struct attach *a, unsigned *tries, int at);

/* answer.c: none is there; none has come in time; does the step have one? */
void no_answer(struct attach *a);
void answer_expire(struct attach *a);
bool answer_has_time(enum attach_step step);

bool attach_is_over(const struct attach *a);
/* attach.c: has the switch deleted a device that was moved already? It makes it
 * anew on the host. */
bool device_was_taken(const struct attach *a, const struct vnic *vnic);
struct vswitch_identity attach_identity(const struct attach *a);
/* Only such a port may be changed: of our owner, and with a name that we
 * give. */
bool attach_owns(const struct attach *a, const struct vswitch_port *port);
/* Of an endpoint: whatever its row says, a port with another name is somebody
 * else's. */
bool attach_may_remove(const struct vswitch_port *port);
/* Is it of the interface, and of the network, that the call is about? */
bool attach_concerns(const struct attach *a, const struct vswitch_port *port);
int attach_evict(struct attach *a, const char *port_uuid, const char *name,
                 struct err *err) MUST_CHECK;
/* The next port by name, as the view changes in between. */
const struct vswitch_port *attach_next_port(const struct attach *a,
                                            const char *after);
/* That of the holder, an endpoint. NULL = there is none. */
const struct vswitch_port *attach_endpoint_port(const struct attach *a);
/* Reads the row's spec into a->row, once for each row and change. */
void attach_read_spec(struct attach *a, const struct vswitch_port *port);
/* Has this call written the port's row, and lost the answer? */
bool attach_is_own(const struct vnic *vnic, const struct vswitch_port *port);
bool attach_is_shared(const struct attach *a, const struct vswitch_port *port);

/* Whether a membership of our container's id is ours. */
enum claim {
    CLAIM_OURS,  /* ours, or of a container with this id that has ended */
    CLAIM_OTHER, /* of a container with this id elsewhere */
    /* ours if that process has ended, else of a container elsewhere */
    CLAIM_IF_ENDED,
    CLAIM_RUNS, /* ours if that process has ended, else of another run */
};
enum claim attach_claim(const struct attach *a,
                        const struct vswitch_port *port);

/* look.c */
enum go look_at_rows(struct attach *a);
enum go look_refuse_uncarried(struct attach *a, struct vnic *vnic);
enum go look_name_pair(struct attach *a, struct vnic *vnic);
enum go look_refuse_taken_name(struct attach *a, struct vnic *vnic);
/* endpoint.c: the same for an endpoint, which has one row. */
enum go look_at_endpoint(struct attach *a);

/* claim.c */
enum go claim_make_pair(struct attach *a, struct vnic *vnic);
enum go claim_choose(struct attach *a, struct vnic *vnic);
enum go claim_rows(struct attach *a);

/* ready.c */
/* The ready port that this vNIC is to take, which then gives it its name; NULL
 * = none fits, and a port is to be made. */
const struct vswitch_port *ready_choose(struct attach *a, struct vnic *vnic);
/* Somebody else has it. */
void ready_lose(struct attach *a, struct vnic *vnic);

/* address.c: an address of a->holder.vnic is held. It is part of the stage
 * claim_rows(), whose states from here on are its own. GO_ON = try again. */
enum { ADDRESS_FIRST_STATE = 100 };
enum go address_settle(struct attach *a);
int address_choose(struct attach *a, struct vnic *vnic, const struct ip *used,
                   size_t used_count, struct err *err) MUST_CHECK;
void holder_done(struct holder_at *holder);
/* Could the container of that Interface have ended unnoticed? Asks that; the
 * stage continues at `at`. */
bool address_may_have_ended(const struct attach *a,
                            const struct json *interface);
enum go address_ask_ended(struct attach *a, const struct json *interface,
                          int at);

/* ofport.c */
enum go claim_number(struct attach *a, struct vnic *vnic);
/* Adds the guards that nobody else asks for those numbers meanwhile. */
void number_guard(struct attach *a);
/* Was it one of them that made the transaction fail? */
bool number_is_fault(const struct attach *a, const struct reply_fault *fault);

/* ovn.c: logical switches. */
enum go ovn_look(struct attach *a);
bool ovn_awaits_installed(const struct attach *a, const struct vnic *vnic);
enum go ovn_await_installed(struct attach *a, struct vnic *vnic);
bool ovn_is_logical(const struct vnic *vnic);
/* Do its rows, which a try of before has written, have the address; were others
 * chosen since? */
bool ovn_had(const struct vnic *vnic, const struct ip *ip);
bool ovn_has_changed(const struct vnic *vnic);
enum go ovn_fail_no_bridge(struct attach *a, const struct vnic *vnic);
/* The failure is what the northbound database has answered, or not. */
void ovn_set_failure(struct attach *a);
/* Adds to the transaction for the northbound database what the vNICs need. */
void ovn_write(struct attach *a);
/* What the replies have written. */
void ovn_note_written(struct attach *a);
/* ovn_settle.c: the northbound database has refused. States as for
 * address_settle(). */
enum { OVN_FIRST_STATE = 200 };
enum go ovn_settle(struct attach *a);
/* Asks for logical switches and the port group; reads the reply. */
enum go ovn_ask_switches(struct attach *a, bool asks_chassis, int at);
/* After RELEASE: logical ports whose ports have gone. */
enum go ovn_release(struct attach *a);

/* flows.c */
/* The transaction that is about to be sent removes it; NULL is fine. Whoever
 * begins another one forgets them first. */
void flows_note_gone(struct attach *a, const struct vswitch_port *port);
/* Ports went from bridges of this call, and their rows were not shown to it, as
 * they were of other containers; the same if they do not show this one. */
void flows_note_orphans(struct attach *a);
void flows_note_evicted(struct attach *a, const char *name);
void flows_forget_gone(struct attach *a);
enum go flows_drop_gone(struct attach *a);
enum go flows_put(struct attach *a, struct vnic *vnic);
/* Has the flows that the row asks for put; and the failure if they were not. */
enum go flows_ask_for(struct attach *a, struct vnic *vnic, int at);
enum go flows_refused(struct attach *a, const struct vnic *vnic);
void flows_done(struct attach *a);

/* lan.c */
enum go lan_take_lease(struct attach *a, struct vnic *vnic);
enum go lan_await_router(struct attach *a, struct vnic *vnic);

/* release.c */
enum go release_rows(struct attach *a);
enum go release_pairs(struct attach *a);
