/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Ports of the host that an endpoint is about to publish: chosen, and kept from
 * other calls until the endpoint's row shows them.
 */
#pragma once

#include "ovsint/base/list.h"
#include "plugin/gateway/gateway.h"
#include "plugin/gateway/port_request.h"

struct port_choice;
/* All ports are chosen, or `err` says why not; NULL = they are. It may end the
 * choice. */
typedef void port_choice_done(struct port_choice *choice,
                              const struct err *err);

/* Embedded in a call that publishes. */
struct port_choice {
    struct gateway *gateway;
    bool by_podman; /* which keeps ports of the host itself as well */
    struct kept_ports *kept[2]; /* that podman was seen to keep, by family */
    struct nat_endpoint chosen; /* what the row will say */
    struct port_index index;    /* the same; its only owner is 0 */
    struct list link;           /* in the gateway's `choices` */

    /* While it chooses: */
    struct port_request *requests;
    size_t request_count;
    size_t at;           /* the request whose turn it is */
    uint32_t tried;      /* so many ports have been, for that one */
    uint16_t begin;      /* the first of them */
    bool is_last;        /* no other port is left to be tried */
    unsigned looks_left; /* in this turn: see port_choice.c */
    bool wants_to_ask;   /* in its next turn, who has a port */
    bool may_ask;        /* in this one */
    uint16_t ephemeral_first;
    uint16_t ephemeral_last;
    port_choice_done *done;
    struct list turn; /* port_turns.c */
};

/* Then port_choice_aim(), and port_choice_place(), before it chooses. */
void port_choice_begin(struct port_choice *choice, struct gateway *gateway);
void port_choice_end(struct port_choice *choice);

/* Whose ports they are, and where they lead. -EINVAL if the container has no
 * address. */
int port_choice_aim(struct port_choice *choice, const struct vswitch_port *row,
                    const struct nat_network *network,
                    struct err *err) MUST_CHECK;
/* Applies the network's `publish-ip` as far as the container has addresses of
 * that family. If it has none, port_choice_make() says what is wrong. */
void port_choice_place(const struct port_choice *choice,
                       const struct nat_network *network,
                       struct port_request **requests, size_t *count);

/* Chooses ports of the host for all requests, or for none: -EADDRINUSE with who
 * has the port, -EADDRNOTAVAIL, -EAFNOSUPPORT. Takes the requests over.
 *
 * A port is tried by a socket, so thousands take long. 1 = all are chosen; 0 =
 * they are too many for now: the loop goes on with them later, in turn with
 * others, and calls `done`. */
int port_choice_make(struct port_choice *choice, struct port_request *requests,
                     size_t count, port_choice_done *done,
                     struct err *err) MUST_CHECK;
static inline bool port_choice_goes_on(const struct port_choice *choice)
{
    return list_has(&choice->turn);
}
/* What the loop does: goes on for so many looks at a port. 1, 0 and errors as
 * above. */
int port_choice_go_on(struct port_choice *choice, unsigned looks,
                      struct err *err) MUST_CHECK;
