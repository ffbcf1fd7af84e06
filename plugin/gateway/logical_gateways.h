/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The gateways of networks with mode=nat on logical switches of OVN
 * (ovn/logical_gateway.h): this host's networks are noted on them while these
 * have a host access port, and are taken off when they have gone.
 */
#pragma once

#include "ovsint/ovn/chassis.h"
#include "ovsint/ovn/logical_gateway.h"
#include "plugin/daemon/northbound.h"

struct gateway;
struct host_entry;
struct logical_gateways;

/* What is remembered of a host access port. Zeroed = nothing. */
struct host_logical {
    struct northbound_call call;
    struct txn txn;
    char host[CHASSIS_NAME_SIZE];
    struct logical_gateway is;
    struct logical_gateway_found found;
    size_t localnets_op;
    struct northbound_localnets localnets;
    unsigned tries;
    bool was_there; /* before: it is looked at whenever the database is back */
    bool in_force;
    struct err err; /* why not; whoever asks next takes it, and tries again */
};

struct logical_gateways *logical_gateways_open(struct gateway *gateway,
                                               struct northbound *northbound);
/* NULL is fine. */
void logical_gateways_close(struct logical_gateways *gateways);

/* 1 if the gateway is there, with the network noted on it; 0 not yet,
 * gateway_changed() tells when; negative if it cannot be. */
int logical_gateway_state(struct host_entry *entry, struct err *err);
/* Does the northbound database owe it an answer? */
bool logical_gateway_is_asked(const struct host_entry *entry);
void logical_gateway_forget(struct host_entry *entry);
/* Looks again at those that were there before and could not be made again. */
void logical_gateways_try_again(struct logical_gateways *gateways);
/* A network has gone. */
void logical_gateways_sweep(struct logical_gateways *gateways);
