/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * ProgramExternalConnectivity:
 *
 *   1. Docker's list of ports is read.
 *   2. Ports of the host are chosen, many of them bit by bit, and kept from
 *      other calls until 3 shows. If one is taken the call fails and says by
 *      whom.
 *   3. They are written to the endpoint's row. What a row shows already is
 *      kept: the call came before.
 *   4. The row shows them, and the gateway has put the rules in force. While
 *      others hold the lock of iptables, or the ports are so many that they go
 *      into the packet filter bit by bit, the call waits.
 *
 * If 3 or 4 fails, or the deadline comes, the ports are taken off the row
 * again, now or later (removals.h). RevokeExternalConnectivity does just that,
 * and waits until many ports are out of the packet filter as well.
 *
 * Pitfall: Docker makes this call for every container that has a gateway,
 * whether or not it publishes anything, on networks of every mode. Only those
 * with mode=nat publish. On others the container is reached at its own
 * address.
 */
#include "plugin/docker/publish.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "ovsint/rows/default_route.h"
#include "plugin/docker/endpoints.h"
#include "plugin/docker/portmap.h"
#include "plugin/gateway/port_choice.h"

static void on_ports_written(struct ovsdb_call *done,
                             const struct ovsdb_outcome *outcome);
static void publish_shown(struct call *call);

/* The state of a call that publishes. */
struct publishing {
    struct call *call;
    struct port_choice choice;
    struct nat_network network;
    /* it waits for the packet filter, and for nothing else */
    bool needs_rules;
};

static struct publishing *publishing_new(struct docker *docker)
{
    struct publishing *publishing = mem_new(sizeof(*publishing));

    port_choice_begin(&publishing->choice, docker->gateway);
    return publishing;
}

static void publishing_free(void *state)
{
    struct publishing *publishing = state;

    port_choice_end(&publishing->choice);
    free(publishing);
}

static int read_requests(const struct call *call, struct port_request **ret,
                         size_t *ret_count, struct err *err)
{
    return portmap_read(json_get(call->body, "Options"), ret, ret_count, err);
}

/* The call came before, or begins anew: what was chosen then is the answer. */
static bool keep_chosen(const struct vswitch_port *port,
                        struct publishing *publishing,
                        const struct port_request *requests, size_t count)
{
    const char *text = vswitch_port_id(port, ID_PORTS);
    auto_published struct published_list list = {0};
    struct err ignored = {0};

    if (!text || published_read(text, &list, &ignored) < 0 ||
        !port_requests_satisfied(requests, count, &list))
        return false;
    publishing->choice.chosen.text = mem_text(text, strlen(text));
    return true;
}

static int send_ports(struct call *call, const struct vswitch_port *port,
                      struct publishing *publishing, struct err *err)
{
    struct docker *docker = call->docker;
    auto_buf struct buf text = BUF_INIT(PUBLISHED_TEXT_SIZE);
    auto_txn struct txn txn = {0};

    published_write(&publishing->choice.chosen.ports, &text);
    if (text.overflow)
        return err_set(err, EMSGSIZE, "too many published ports");
    publishing->choice.chosen.text = mem_text(buf_text(&text), text.size);
    txn_init(&txn, OVSDB_NAME);
    txn_mutate(&txn, "Interface");
    txn_where_uuid(&txn, port->iface_uuid);
    txn_put_pair(&txn, "external_ids", ID_PORTS,
                 publishing->choice.chosen.text);
    return ovsdb_transact(docker->host->ovsdb, &txn, &call->transaction,
                          on_ports_written, err);
}

/* Docker will not speak of these ports again: removes what was written of
 * them. */
static void publish_give_up(struct call *call, const struct err *err)
{
    struct docker *docker = call->docker;

    removals_add(&docker->removals, REMOVE_PORTS, call->endpoint);
    call_fail(call, err);
}

static void publish_expired(struct call *call)
{
    const struct publishing *publishing = call->state;
    struct err err = {0};

    if (port_choice_goes_on(&publishing->choice))
        err_set(&err, ETIMEDOUT,
                "so many ports of the host could not be chosen within the "
                "deadline");
    else if (!publishing->needs_rules ||
             gateway_in_force(publishing->choice.gateway,
                              publishing->choice.chosen.port, &err) >= 0)
        err_set(&err, ETIMEDOUT,
                "OVSDB did not answer within the deadline: is ovsdb-server "
                "stuck?");
    publish_give_up(call, &err);
}

/* The ports are chosen, or `err` says why not. */
static void publish_chosen(struct call *call, int r, struct err *err)
{
    const struct vswitch_port *port = call_port(call);

    if (r >= 0 && (!port || !port->iface_uuid[0]))
        r = err_set(err, ENOENT,
                    "the port of this endpoint was removed meanwhile");
    if (r >= 0)
        r = send_ports(call, port, call->state, err);
    if (r == -ENOTCONN)
        call_again(call);
    else if (r < 0)
        call_fail(call, err);
}

static void on_chosen(struct port_choice *choice, const struct err *err)
{
    struct publishing *publishing =
        container_of(choice, struct publishing, choice);
    struct err why = err ? *err : (struct err){0};

    publish_chosen(publishing->call, err ? -err->code : 0, &why);
}

static int publish(struct call *call, struct port_request **requests,
                   size_t *count, const struct nat_network *network,
                   struct err *err)
{
    const struct vswitch_port *port = call_port(call);
    struct publishing *publishing = publishing_new(call->docker);

    publishing->call = call;
    call->state = publishing;
    call->free_state = publishing_free;
    call->expire = publish_expired;
    publishing->network = *network;
    if (!port || !port->iface_uuid[0])
        return err_set(err, ENOENT,
                       "there is no port of this endpoint: it was removed by "
                       "hand, or its creation failed");
    int r = port_choice_aim(&publishing->choice, port, network, err);
    if (r < 0)
        return r;
    port_choice_place(&publishing->choice, network, requests, count);
    /* Docker has revoked them a moment ago: what the rows show may be about to
     * go. */
    bool was_revoked =
        removals_cancel(&call->docker->removals, REMOVE_PORTS, call->endpoint);
    if (!was_revoked && keep_chosen(port, publishing, *requests, *count)) {
        call->rows_changed = publish_shown;
        publish_shown(call);
        return 0;
    }
    r = port_choice_make(&publishing->choice, TAKE_PTR(*requests), *count,
                         on_chosen, err);
    return r <= 0 ? r : send_ports(call, port, publishing, err);
}

static void note_other_mode(const struct call *call)
{
    log_event(LOG_LEVEL_INFO,
              "ports are not published, as the network's mode is not nat: the "
              "container is reached by its own address",
              "network", call->network, "endpoint", call->endpoint, NULL);
}

static void note_default_route(const struct docker *docker,
                               const struct vswitch_port *port)
{
    auto_txn struct txn txn = {0};

    txn_init(&txn, OVSDB_NAME);
    if (default_route_note(&txn, &docker->host->ports, port))
        ovsdb_tell(docker->host->ovsdb, &txn, LOG_LEVEL_DEBUG,
                   "could not note in OVSDB which network gives the default "
                   "route");
}

void publish_start(struct call *call)
{
    const struct docker *docker = call->docker;
    auto_free struct port_request *requests = NULL;
    struct nat_network network = {0};
    const struct vswitch_port *port = call_port(call);
    struct err err = {0};
    size_t count = 0;

    if (port && port->iface_uuid[0])
        note_default_route(docker, port);
    int r = read_requests(call, &requests, &count, &err);
    if (r >= 0 && count == 0) {
        unpublish_start(call);
        return;
    }
    if (r >= 0 &&
        !nat_network_of(&docker->host->bridges, call->network, &network)) {
        note_other_mode(call);
        call_done(call);
        return;
    }
    if (r >= 0)
        r = publish(call, &requests, &count, &network, &err);
    if (r == -ENOTCONN)
        call_again(call);
    else if (r < 0)
        call_fail(call, &err);
}

void publish_offline(struct call *call, const struct err *why)
{
    auto_free struct port_request *requests = NULL;
    struct err err = {0};
    size_t count = 0;

    if (read_requests(call, &requests, &count, &err) < 0)
        call_fail(call, &err);
    else if (count == 0)
        call_done(call);
    else
        call_fail(call, why);
}

static void on_ports_written(struct ovsdb_call *done,
                             const struct ovsdb_outcome *outcome)
{
    struct call *call = call_of(done);

    if (outcome->r == -ECONNRESET) {
        call_again(call);
    } else if (outcome->r < 0) {
        publish_give_up(call, &outcome->err);
    } else {
        call->waits_for = "the row with the published ports";
        call->rows_changed = publish_shown;
        publish_shown(call);
    }
}

/* A line of the log has its limits. The row has all ports. */
#define LOGGED_SIZE 512
static void log_published(const struct call *call, const char *text)
{
    auto_free char *shown = mem_text(text, strnlen(text, LOGGED_SIZE));

    log_event(LOG_LEVEL_INFO, "ports are published", "endpoint", call->endpoint,
              "ports", shown, NULL);
}

static void publish_shown(struct call *call)
{
    struct publishing *publishing = call->state;
    const struct docker *docker = call->docker;
    const struct vswitch_port *port = call_port(call);
    const char *text = port ? vswitch_port_id(port, ID_PORTS) : NULL;
    struct err err = {0};

    if (!port) {
        err_set(&err, ENOENT,
                "the port of this endpoint was removed meanwhile");
        call_fail(call, &err);
        return;
    }
    /* The server sends a change before it answers whoever has made it
     * (ovsdb_jsonrpc_session_send() in ovsdb/jsonrpc-server.c). */
    if (!text || strcmp(text, publishing->choice.chosen.text) != 0) {
        err_set(&err, EAGAIN,
                "somebody else has removed or changed " ID_PORTS " of port %s "
                "while its ports were being published: start the container "
                "again",
                port->name);
        publish_give_up(call, &err);
        return;
    }
    int r = gateway_in_force(docker->gateway, port->name, &err);
    publishing->needs_rules = r == -EAGAIN;
    if (r == -EAGAIN)
        return;
    if (r < 0) {
        publish_give_up(call, &err);
        return;
    }
    log_published(call, text);
    call_done(call);
}

void endpoint_unpublish(const struct docker *docker, const char *endpoint,
                        struct txn *txn)
{
    const struct vswitch_port *port = endpoint_find(docker, endpoint);

    if (!port || !port->iface_uuid[0] || !vswitch_port_id(port, ID_PORTS))
        return;
    txn_mutate(txn, "Interface");
    txn_where_uuid(txn, port->iface_uuid);
    txn_remove_key(txn, "external_ids", ID_PORTS);
}

static void unpublish_gone(struct call *call)
{
    if (!gateway_takes_off(call->docker->gateway, call->leaving))
        call_done(call);
}

static void unpublish_waited(struct call *call)
{
    log_event(LOG_LEVEL_WARNING, "published ports will be removed later",
              "endpoint", call->endpoint, "reason",
              "the packet filter has still some of them, as they are many",
              NULL);
    call_done(call);
}

void unpublish_wait(struct call *call)
{
    call->expire = unpublish_waited;
    call->rows_changed = unpublish_gone;
    unpublish_gone(call);
}

/* Whatever the answer is, Docker forgets them. */
void unpublish_offline(struct call *call, const struct err *why)
{
    struct docker *docker = call->docker;

    log_event(LOG_LEVEL_WARNING, "published ports will be removed later",
              "endpoint", call->endpoint, "reason", why->text, NULL);
    removals_add(&docker->removals, REMOVE_PORTS, call->endpoint);
    call_done(call);
}

static void unpublish_expired(struct call *call)
{
    struct err err = {0};

    err_set(&err, ETIMEDOUT, "OVSDB did not answer within the deadline");
    unpublish_offline(call, &err);
}

static void on_ports_removed(struct ovsdb_call *done,
                             const struct ovsdb_outcome *outcome)
{
    struct call *call = call_of(done);

    if (outcome->r == -ECONNRESET)
        call_again(call);
    else if (outcome->r < 0)
        unpublish_offline(call, &outcome->err);
    else
        unpublish_wait(call);
}

void unpublish_start(struct call *call)
{
    struct docker *docker = call->docker;
    const struct vswitch_port *port = call_port(call);
    auto_txn struct txn txn = {0};
    struct err err = {0};

    if (!port) {
        call_done(call);
        return;
    }
    snprintf(call->leaving, sizeof(call->leaving), "%s", port->name);
    txn_init(&txn, OVSDB_NAME);
    endpoint_unpublish(docker, call->endpoint, &txn);
    if (txn_count(&txn) == 0) {
        unpublish_wait(call);
        return;
    }
    call->expire = unpublish_expired;
    int r = ovsdb_transact(docker->host->ovsdb, &txn, &call->transaction,
                           on_ports_removed, &err);
    if (r == -ENOTCONN)
        call_again(call);
    else if (r < 0)
        unpublish_offline(call, &err);
}
