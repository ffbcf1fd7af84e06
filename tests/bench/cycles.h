/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What both ways of tests/bench/cycles.c share: clients, each at one step of
 * its cycle, and received bytes.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CLIENTS_MAX 256
#define TEXT_SIZE 4096

enum step { CREATE, JOIN, LEAVE, DELETE, STEPS };

/* Bytes that were received and not looked at yet; NUL follows them. */
struct inbox {
    char *bytes;
    size_t size, room;
};

struct client {
    int fd; /* -1 = all use that of the first client */
    struct inbox inbox;
    unsigned long number; /* of the endpoint */
    unsigned long cycles_left;
    enum step step;
    int64_t since, us[STEPS];
    /* for the floor only */
    char interface[37], port[37];
    int answered, plugged;
};

extern struct client clients[CLIENTS_MAX];
extern unsigned long client_count;
extern const char *network;

/* As long as Docker's. */
#define ID_SIZE 65
void endpoint_id(const struct client *client, char ret[ID_SIZE]);
void endpoint_address(const struct client *client, char ret[16]);

__attribute__((format(printf, 2, 3))) void say(int fd, const char *fmt, ...);
void hear(int fd, struct inbox *inbox);
void taken(struct inbox *inbox, size_t size);

/* The client's step was answered: goes to the next step, or ends the cycle. */
void stepped(struct client *client);

struct way {
    void (*ask)(struct client *client);
    void (*heard)(struct client *client); /* its inbox has more bytes */
};

/* Takes the arguments after SOCKET, up to CLIENTS. */
const struct way *floor_open(int fd, char **argv);
