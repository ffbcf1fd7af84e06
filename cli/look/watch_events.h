/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * `ovsint watch`: from the database's updates and the guardian's answers to
 * events. What is there at the beginning is none; what has come and gone while
 * the database was away is told when it is back. Pure.
 */
#pragma once

#include "cli/ports/plugged.h"

struct watch_event {
    const char *kind; /* stable: arrived, gone, refused, vlan, state, repaired,
                         database, guardian */
    char *text;
    char port[IFNAME_SIZE]; /* "" = it is about no port */
    char *who;              /* what people call its container, or NULL */
    char *container;        /* id */
    char *ifname;
};

struct watch {
    bool synced; /* once at least */
    struct vswitch_view view;
    struct plugged_list known;
    const struct containers *containers; /* who is called what */
    size_t unnamed; /* ports that came since these were read */
    struct watch_event *events;
    size_t count;
    size_t room;
};

void watch_done(struct watch *watch);
#define auto_watch __attribute__((cleanup(watch_done)))

/* All rows, of a new connection. */
void watch_synced(struct watch *watch, const struct json *updates);
void watch_updated(struct watch *watch, const struct json *updates);
/* What the guardian says of each port. */
void watch_guardian(struct watch *watch, const struct plugged_list *answer);
/* An event about no port. */
void watch_note(struct watch *watch, const char *kind, const char *text);
/* Forgets the events, which have been told. */
void watch_told(struct watch *watch);
