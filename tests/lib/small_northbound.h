/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * OVN's northbound database for unit tests of what is in the daemon's loop:
 * what is sent waits there for the answer that the test gives, as JSON with
 * single quotes. Included by small_daemon.h.
 */
#pragma once

#include "plugin/daemon/northbound.h"
#include "tests/lib/rows.h"

static struct small_northbound {
    struct northbound_call *call; /* the one that waits */
    char *sent;                   /* rows_txn() */
    const char *chassis;          /* NULL = the host is none */
    bool is_up;
    struct logical_port ports[4];
    size_t count;
    struct northbound_listener *listener;
    unsigned removals;
    unsigned gateways_gone;
} small_northbound;

const char *northbound_chassis(const struct northbound *northbound)
{
    (void)northbound;
    return small_northbound.chassis;
}

int northbound_need_chassis(const struct northbound *northbound,
                            const char **ret, struct err *err)
{
    *ret = northbound_chassis(northbound);
    return *ret ? 0 : err_set(err, ENODEV, "this host is no chassis of OVN");
}

const char *northbound_mappings(const struct northbound *northbound)
{
    (void)northbound;
    return "wire:br-wire";
}

int northbound_tunnel_mtu(const struct northbound *northbound, struct err *err)
{
    const char *host;
    int r = northbound_need_chassis(northbound, &host, err);

    return r < 0 ? r : 1442;
}

bool northbound_is_up(const struct northbound *northbound)
{
    (void)northbound;
    return small_northbound.is_up;
}

size_t northbound_count(const struct northbound *northbound)
{
    (void)northbound;
    return small_northbound.count;
}

unsigned northbound_gateways_gone(const struct northbound *northbound)
{
    (void)northbound;
    return small_northbound.gateways_gone;
}

struct logical_port *northbound_port(struct northbound *northbound, size_t i)
{
    (void)northbound;
    return &small_northbound.ports[i];
}

void northbound_listen(struct northbound *northbound,
                       struct northbound_listener *listener)
{
    (void)northbound;
    small_northbound.listener = listener;
}

void northbound_leave(struct northbound_listener *listener)
{
    CHECK(small_northbound.listener == listener);
    small_northbound.listener = NULL;
}

void northbound_expect(struct northbound *northbound, const char *port,
                       const char *on, const struct ip *ip)
{
    struct logical_port *is = &small_northbound.ports[small_northbound.count++];

    (void)northbound;
    *is =
        (struct logical_port){.ips = {*ip}, .ip_count = 1, .is_reserved = true};
    snprintf(is->port, sizeof(is->port), "%s", port);
    snprintf(is->on, sizeof(is->on), "%s", on);
}

void northbound_remove(struct northbound *northbound,
                       const char (*ports)[IFNAME_SIZE], size_t count)
{
    (void)northbound;
    (void)ports;
    small_northbound.removals += (unsigned)count;
}

int northbound_send(struct northbound *northbound, struct txn *txn,
                    struct northbound_call *call, northbound_done *done,
                    struct err *err)
{
    (void)err;
    CHECK(!small_northbound.call);
    *call = (struct northbound_call){
        .northbound = northbound, .txn = txn, .done = done};
    small_northbound.call = call;
    free(small_northbound.sent);
    small_northbound.sent = rows_txn(txn);
    return 0;
}

void northbound_forget(struct northbound_call *call)
{
    if (small_northbound.call == call)
        small_northbound.call = NULL;
    *call = (struct northbound_call){0};
}

/* NULL = it fails with this error. */
static inline void small_northbound_answers(const char *result, int code)
{
    struct northbound_call *call = small_northbound.call;
    struct ovsdb_outcome outcome = {0};
    auto_json struct json *json = result ? rows_json(result) : NULL;

    CHECK(call);
    small_northbound.call = NULL;
    outcome.result = json;
    if (!result)
        outcome.r = err_set(&outcome.err, code, "refused");
    call->northbound = NULL;
    call->done(call, &outcome);
}

/* The guard at this operation did not hold. */
static inline void small_northbound_guard(size_t op)
{
    struct northbound_call *call = small_northbound.call;
    struct ovsdb_outcome outcome = {.fault = {REPLY_GUARD, op}};

    CHECK(call);
    small_northbound.call = NULL;
    outcome.r = err_set(&outcome.err, ESTALE, "a guard did not hold");
    call->northbound = NULL;
    call->done(call, &outcome);
}
