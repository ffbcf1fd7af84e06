/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What is done to devices of the host when cards move to a bridge, and back.
 * Each may be done twice with the same outcome.
 */
#pragma once

#include "ovsint/net/device_ip.h"
#include "ovsint/net/device_state.h"
#include "ovsint/net/net.h"
#include "ovsint/uplink/note.h"

/* The access port gets the first card's settings below /proc/sys/net, is up,
 * and has the addresses of all cards besides them. */
int uplink_set_up(struct net *host, int netns_fd,
                  const struct uplink_note *note, struct err *err) MUST_CHECK;

/* The access port gets the routes; the cards lose addresses and routes. Then
 * the access port announces itself. `host` needs NET_WITH_ANNOUNCE. */
int uplink_carry(struct net *host, const struct uplink_note *note,
                 struct err *err) MUST_CHECK;

/* All that the note says, to the cards; the access port loses what it has. A
 * card that is not there is passed over, and so is one of which the note has
 * nothing. What the kernel refuses is counted in `ret`, and stops nothing. */
int uplink_give_back(struct net *host, const struct uplink_note *note,
                     struct device_loss *ret, struct err *err) MUST_CHECK;

/* The note of a move that was kept becomes what is to be given back: what the
 * access port has by now, as addresses may have changed since. If it has
 * nothing, nothing is given back. With several cards it stays as it was. */
int uplink_refresh(struct net *host, struct uplink_note *note,
                   struct err *err) MUST_CHECK;
/* Nothing is to be given back: the host has started anew since. */
void uplink_forget(struct uplink_note *note);

/* An access port of a move that was kept, and what it has. */
struct uplink_access {
    char name[IFNAME_SIZE];
    int ifindex; /* of the device that was looked at; 0 = of none yet */
    struct device_ip *ip;
};
void uplink_access_done(struct uplink_access *access);

/* If the device is another one than before and has no addresses but those of
 * the kernel, it gets what the one before had: 1, and what the kernel refuses
 * is counted in `ret`. Otherwise 0, and what it has is read, if `reads`, or if
 * it is another one. A device that is not there is waited for. */
int uplink_access_look(struct net *host, struct uplink_access *access,
                       bool reads, struct device_loss *ret,
                       struct err *err) MUST_CHECK;

/* Announces all addresses of a device. One that cannot be is passed over. */
void uplink_announce(struct net *host, const char *device);
/* ... of all cards. */
void uplink_announce_cards(struct net *host, const struct uplink_note *note);

/* This process, as a holder. */
int uplink_holder_self(const char *boot, struct uplink_holder *ret,
                       struct err *err) MUST_CHECK;
/* Does the holder still run, of this boot? What cannot be seen does. */
bool uplink_holder_lives(const struct uplink_holder *holder, const char *boot);
