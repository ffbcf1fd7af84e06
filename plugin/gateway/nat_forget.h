/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Forgets connections of UDP that the rules would not make any more
 * (nat_flows.h), in turns of the loop: a host may track hundreds of thousands.
 *
 * Pitfall: until a search has ended, senders that never pause still reach
 * endpoints that have left. So whoever gives such an address to another one
 * asks nat_forgets_target() first.
 */
#pragma once

#include "plugin/gateway/nat_flows.h"

struct nat_keeper;

/* An endpoint that has left, or has other ports or addresses now, and had ports
 * of UDP. */
struct nat_leaver {
    char port[IFNAME_SIZE];
    struct ip ip4; /* family 0 = none */
    struct ip ip6;
    unsigned search; /* which looks for its connections; 0 = none yet */
};

struct nat_forgetting {
    bool is_under_way;
    unsigned number; /* of the search that is under way, or was the last one */
    /* Of the search that is under way. */
    struct port_map *changed; /* ports of the host; NULL = none */
    bool has_strays;          /* all networks of ours are looked at */
    struct nat_flows flows;   /* valid if has_flows */
    bool has_flows;
    /* For the one after it. */
    struct port_map *next_changed;
    bool next_strays;
    /* Until their connections are forgotten. */
    struct nat_leaver *leavers;
    size_t leaver_count;
    size_t leaver_room;
};

void nat_forgetting_done(struct nat_forgetting *forgetting);

/* The rows have changed from `view` to `next`: remembers which endpoints with
 * ports of UDP have left, or have others now. */
void nat_forget_leavers(struct nat_forgetting *forgetting,
                        const struct nat_view *view,
                        const struct nat_view *next);
/* The keeper's view is about to be another one. */
void nat_forget_view(struct nat_forgetting *forgetting);

/* The rules are right: searches for connections to these ports of the host
 * (NULL = none); with `has_strays` also for all that lead into our networks. */
void nat_forget(struct nat_keeper *keeper, const struct port_map *changed,
                bool has_strays);
/* Takes the next turn, if there is something to search for. Call it only while
 * the rules are in force: by former ones a packet would make its connection
 * again. */
void nat_forget_go_on(struct nat_keeper *keeper);
bool nat_forget_has_search(const struct nat_forgetting *forgetting);

/* Do senders of UDP perhaps still reach this endpoint, though it has left; or
 * one of these addresses? */
bool nat_forgets(const struct nat_forgetting *forgetting, const char *port);
bool nat_forgets_target(const struct nat_forgetting *forgetting,
                        const struct nat_target *target);
