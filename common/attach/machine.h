/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the attach engine only: what its phases share. attach.c has the list
 * of stages. A stage is a function that is called until it says GO_ON; whenever
 * it needs something of the driver it fills `todo`, says where it will be by
 * then (`at`), and returns GO_ASK. It finds the answer in `answer`.
 */
#pragma once

#include "ovsint/attach/attach.h"

/* Rows that change at each try: so many tries follow one another at once, so
 * that one that keeps failing does not keep the server busy. */
#define ATTACH_TRIES_WITHOUT_PAUSE 16
#define ATTACH_PAUSE_MS 20
/* While somebody else is at work on a device, which no row tells. */
#define ATTACH_LOOK_EVERY_MS 20
/* `until_ms` of what waits for as long as it takes. */
#define ATTACH_NEVER INT64_MAX

enum go {
    GO_ON,   /* the stage is done */
    GO_ASK,  /* `todo` is for the driver */
    GO_STAY, /* the stage goes on at `at`, and needs nobody for that */
    GO_LOOK, /* something has changed: back to the first look at the rows */
    GO_FAIL, /* `failure` says why */
};

/* A list of names of devices. */
struct name_list {
    char (*names)[IFNAME_SIZE];
    size_t count;
};

bool name_list_has(const struct name_list *names, const char *name);
/* One that is there already is not added again. */
void name_list_add(struct name_list *names, const char *name);
void name_list_remove(struct name_list *names, const char *name);

/* A port of somebody who is gone. Its rows are removed. */
struct eviction {
    char port_uuid[OVSDB_UUID_SIZE];
    char name[IFNAME_SIZE];
};

struct evictions {
    struct eviction *list;
    size_t count;
};

/* The machine's own of one vNIC. */
struct vnic {
    struct attach_vnic is;
    const struct port_want *asked;
    bool pair_named;
    bool pair_armed;   /* its pair may be there */
    bool pair_made;    /* it is */
    bool pair_tried;   /* the kernel refused it, as a name was taken */
    bool pair_missing; /* its rows are there, and it is not */
    bool caught_up;    /* all rows were seen since the name inside was found
                          taken */
    bool addresses_chosen;
};

/* The row that LOOK, or the row that RELEASE is at. */
struct row_at {
    char name[IFNAME_SIZE]; /* "" = before the first */
    char netns_id[128];     /* of its process, for a question */
    struct vnic *vnic;      /* NULL = of none that is asked for */
    bool frees_name;        /* its device has an altname that is needed */
    bool spec_read;         /* since its last change */
    bool has_spec;          /* it could be read */
    struct attachment spec;
    unsigned tries;
};

/* A port that may be one of an ended container. */
struct suspect {
    struct eviction port;
    char *netns; /* each may be NULL */
    char *netns_id;
    char *pidns;
};

/* Who holds an address that is wanted, and the search for another one. */
struct holder_at {
    struct vnic *vnic;
    size_t address;
    bool is_ours; /* its row may be removed */
    struct eviction port;
    struct err refusal; /* if it lives */
    struct err full;    /* there is no other one */
    bool collected;     /* the ended ones are gone */
    struct suspect *suspects;
    size_t suspect_count;
    size_t suspect;
    size_t removed; /* of them, by the transaction that is prepared */
    struct txn removal;
};

enum answer_kind {
    ANSWER_NONE, /* the begin of a stage, or its time is over */
    ANSWER_ROWS,
    ANSWER_LOST,
    ANSWER_REPLY,
    ANSWER_DEVICE,
};

struct answer {
    enum answer_kind kind;
    int r;
    char name[IFNAME_SIZE];              /* of a device that was found */
    const struct ovsdb_outcome *outcome; /* of ANSWER_REPLY, or NULL */
    struct err err;
};

struct attach {
    struct attach_want want;
    const struct port_want *ports;
    const struct vswitch_view *view;
    struct vnic *vnics;
    size_t count;

    /* Where it is. */
    size_t stage;
    size_t i; /* which vNIC the stage is at */
    int at;   /* where in the stage; 0 at its begin */
    int64_t now_ms;
    int64_t deadline_ms;
    struct attach_todo todo;
    bool asked; /* `todo` is with the driver */
    struct answer answer;
    struct txn txn;

    /* LOOK */
    struct row_at row;
    struct evictions evictions;
    int64_t other_run_ms; /* when another one's call counts as dead; 0 = not
                             begun */
    /* CLAIM */
    struct vswitch_plug plugs[LIMIT_ATTACHMENTS];
    struct holder_at holder;
    struct ip *taken; /* found held by others, in any order */
    size_t taken_count;
    unsigned tries;
    /* PLACE */
    int64_t device_back_ms; /* until then a device may come; 0 = not begun */
    /* RELEASE */
    struct name_list armed;   /* ports that were asked for, or joined */
    struct name_list leaving; /* ports that are to be left, or removed */
    struct name_list drops;   /* pairs that nobody needs then */
    struct name_list removes; /* ports that the transaction removes */
    int64_t patience_ms;
    bool releasing; /* in RELEASE, or beyond */
    bool failed;
    struct attach_failure failure;
};

/* What is asked of the driver. Each returns GO_ASK and leaves the stage at
 * `at`. */
enum go ask_find(struct attach *a, enum attach_side side, const char *name,
                 int at);
enum go ask_device(struct attach *a, enum attach_step step, size_t vnic,
                   const char *name, int at);
enum go ask_process(struct attach *a, pid_t pid, const char *netns_id, int at);
enum go ask_wait(struct attach *a, int64_t until_ms, int at);
enum go ask_watch(struct attach *a, int at);
/* Begins a transaction, which is done only while our lock holds. */
void init_txn(const struct attach *a, struct txn *txn);
/* The one that ask_send() sends. */
struct txn *begin_txn(struct attach *a);
enum go ask_send(struct attach *a, int at);

/* A failure of that vNIC's (NULL = of all together), with the text in
 * a->failure.err already. Returns GO_FAIL. */
enum go fail_for(struct attach *a, const struct vnic *vnic,
                 enum attach_reason reason);
/* What the answer says has failed. */
enum go fail_as_answered(struct attach *a, const struct vnic *vnic);
/* Has a guard of the transaction failed? It wrote nothing then. */
bool answer_is_guard(const struct attach *a);
/* After a guard that failed, or something that was not there: the next try,
 * after a pause where there were many. */
enum go try_again(struct attach *a, unsigned *tries, int at);

bool attach_is_over(const struct attach *a);
struct vswitch_identity attach_identity(const struct attach *a);
/* Only what is wanted may be touched: a port of our owner, under a name that we
 * give. */
bool attach_owns(const struct attach *a, const struct vswitch_port *port);
int attach_evict(struct attach *a, const char *port_uuid, const char *name,
                 struct err *err) MUST_CHECK;
/* The port after that name, by name, as the view changes between. */
const struct vswitch_port *attach_next_port(const struct attach *a,
                                            const char *after);
/* That of the holder, an endpoint. NULL = there is none. */
const struct vswitch_port *attach_endpoint_port(const struct attach *a);
/* Reads what the row says into a->row, once for each row and change. */
void attach_read_spec(struct attach *a, const struct vswitch_port *port);
bool attach_is_shared(const struct attach *a, const struct vswitch_port *port);

/* Whose a membership of our container's id is. */
enum claim {
    CLAIM_OURS,     /* or of a container with this id that has ended */
    CLAIM_OTHER,    /* of a container with this id in another place */
    CLAIM_IF_ENDED, /* ours if that process has ended, else of another place */
    CLAIM_RUNS,     /* ours if that process has ended, else of another run */
};
enum claim attach_claim(const struct attach *a,
                        const struct vswitch_port *port);

/* look.c */
enum go look_at_rows(struct attach *a);
enum go look_refuse_uncarried(struct attach *a, struct vnic *vnic);
enum go look_name_pair(struct attach *a, struct vnic *vnic);
enum go look_refuse_taken_name(struct attach *a, struct vnic *vnic);
/* endpoint.c: the same for an endpoint, which is one row. */
enum go look_at_endpoint(struct attach *a);

/* claim.c */
enum go claim_make_pair(struct attach *a, struct vnic *vnic);
enum go claim_choose(struct attach *a, struct vnic *vnic);
enum go claim_rows(struct attach *a);

/* address.c: an address of a->holder.vnic is held. It is a part of the stage
 * claim_rows(), whose `at` begins there. GO_ON = try again. */
enum { ADDRESS_FIRST_STATE = 100 };
enum go address_settle(struct attach *a);
int address_choose(struct attach *a, struct vnic *vnic, const struct ip *used,
                   size_t used_count, struct err *err) MUST_CHECK;
void holder_done(struct holder_at *holder);

/* release.c */
enum go release_rows(struct attach *a);
enum go release_pairs(struct attach *a);
