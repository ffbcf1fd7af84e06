/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Endpoints. CreateEndpoint:
 *
 *   1. The endpoint's options are resolved by the policy as it is today. All
 *      that can be wrong with them is found here. If the port is there already,
 *      as an answer was lost, its row counts instead.
 *   2. The attach engine goes as far as ATTACH_CLAIM. It makes a veth pair,
 *      where the network has that type, and writes the port in one transaction.
 *      The port's addresses guard it. Ports of this network that have its
 *      address go: Docker has lost those in a crash.
 *   3. Docker gets its answer. The switch works on the port while Docker is on
 *      its way to Join.
 *
 * A call that fails by the deadline leaves a removal behind (removals.h), as
 * Docker sends no DeleteEndpoint for it. If the connection goes it begins anew,
 * and finds its port.
 *
 * DeleteEndpoint removes the port, by the endpoint's id alone, now or later.
 *
 * The port is made here and not in Join: only CreateEndpoint gets the
 * endpoint's own options, and the port's row is the only place that keeps
 * them.
 */
#include "plugin/docker/endpoints.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "ovsint/rows/port_name.h"
#include "plugin/docker/publish.h"

static const char *text_of(const struct json *object, const char *key)
{
    const char *text = json_string(json_get(object, key));

    return text ? text : "";
}

/* An address that comes back gets the same MAC, so neighbours need not learn a
 * new one. */
static struct mac choose_mac(const struct call *call,
                             const struct attachment *attachment)
{
    char text[IP_TEXT_SIZE];

    if (!mac_is_zero(&attachment->mac))
        return attachment->mac;
    if (attachment->ip_count == 0)
        return names_mac(call->network, call->endpoint);
    ip_format(&attachment->ip[0].ip, text);
    return names_mac(call->network, text);
}

static void note_reserved(struct endpoint_work *work)
{
    const struct attachment *a = &work->plan.attachment;

    for (size_t i = 0; a->ovn[0] && i < a->ip_count; i++) {
        const char *name =
            ipam_reserved(work->call->docker, a->ovn, &a->ip[i].ip);
        if (name)
            snprintf(work->reserved[work->reserved_count++], IFNAME_SIZE, "%s",
                     name);
    }
}

/* All that can be wrong with the request is found here. */
static int plan_endpoint(struct endpoint_work *work, struct err *err)
{
    const struct call *call = work->call;
    const struct docker *docker = call->docker;
    const struct json *interface = json_get(call->body, "Interface");
    struct endpoint_request asked = {
        .options = json_get(call->body, "Options"),
        .addresses = {text_of(interface, "Address"),
                      text_of(interface, "AddressIPv6")},
        .mac = text_of(interface, "MacAddress")};
    auto_network_row struct network_row network_row = {0};
    const char *text;

    const struct bridge *bridge =
        bridges_network(&docker->host->bridges, call->network, &text);
    if (!bridge)
        return err_set(err, ENOENT,
                       "no bridge carries this network any more: somebody "
                       "removed its bridge; remove the network and create it "
                       "again");
    int r = network_row_read(text, &network_row, err);
    if (r < 0)
        return err_wrap(err, "the network row on bridge %s", bridge->name);
    r = endpoint_resolve(&network_row, &asked, docker->host->settings,
                         bridge->name, &work->plan, err);
    if (r < 0)
        return r;
    note_reserved(work);
    struct mac mac = choose_mac(call, &work->plan.attachment);
    return endpoint_plan_port(work, &mac, err);
}

static void reply_created(const struct endpoint_work *work,
                          const struct mac *mac)
{
    auto_buf struct buf body = BUF_INIT(256);
    struct json_writer w = JSON_WRITER(&body);
    char text[MAC_TEXT_SIZE];

    /* Docker takes it for an error if the answer repeats what it has said. */
    json_write_object(&w);
    json_write_key(&w, "Interface");
    json_write_object(&w);
    mac_format(mac, text);
    if (work->tells_mac)
        json_write_member(&w, "MacAddress", text);
    json_write_object_end(&w);
    json_write_object_end(&w);
    call_reply(work->call, &body);
}

/* Docker sends no DeleteEndpoint after a CreateEndpoint that failed. So the
 * removal has to be noted here. */
static void create_give_up(struct call *call, const struct err *err)
{
    struct docker *docker = call->docker;

    removals_add(&docker->removals, REMOVE_ENDPOINT, call->endpoint);
    call_fail(call, err);
}

static void creation_expired(struct call *call)
{
    const struct endpoint_work *work = call->state;
    struct err err = {0};

    if (work->plan.attachment.ovn[0] &&
        !(work->job.attach && attach_awaits(work->job.attach, false)))
        (void)logical_no_answer(call->docker, &err);
    else
        err_set(&err, ETIMEDOUT,
                "OVSDB did not answer within the deadline: is ovsdb-server "
                "stuck?");
    create_give_up(call, &err);
}

void create_endpoint_offline(struct call *call, const struct err *why)
{
    create_give_up(call, why);
}

static void log_lost_endpoints(struct attach_job *job,
                               const struct attach *attach)
{
    const char *network = endpoint_work_of(job)->call->network;
    const char *name;

    for (size_t i = 0; (name = attach_removes(attach, i)) != NULL; i++)
        log_event(LOG_LEVEL_INFO,
                  "removing an endpoint that Docker has lost: "
                  "another one needs its address",
                  "port", name, "network", network, NULL);
}

static void on_created(struct attach_job *job, const struct attach *attach,
                       const struct attach_failure *failure)
{
    struct endpoint_work *work = endpoint_work_of(job);
    struct err err = {0};

    if (!failure) {
        reply_created(work, &attach_vnic(attach, 0)->mac);
    } else if (!endpoint_put_back(work->call, failure)) {
        endpoint_explain(attach, failure, &err);
        call_fail(work->call, &err);
    }
}

void create_endpoint_start(struct call *call)
{
    static const struct attach_job_events events = {
        .work = endpoint_device_work,
        .sent = log_lost_endpoints,
        .done = on_created,
    };
    const struct attach_want how = {.task = ATTACH_MAKE, .until = ATTACH_CLAIM};
    struct endpoint_work *work = endpoint_work_new(call);
    struct err err = {0};

    work->tells_mac =
        !*text_of(json_get(call->body, "Interface"), "MacAddress");
    if (!call_port(call) && plan_endpoint(work, &err) < 0) {
        call_fail(call, &err);
        return;
    }
    call->expire = creation_expired;
    endpoint_begin(work, &events, &how);
}

/* Whatever fails, Docker forgets the endpoint now. */
void delete_endpoint_offline(struct call *call, const struct err *why)
{
    struct docker *docker = call->docker;

    log_event(LOG_LEVEL_WARNING, "the endpoint will be removed later",
              "endpoint", call->endpoint, "reason", why->text, NULL);
    endpoint_left(docker, call->endpoint);
    removals_add(&docker->removals, REMOVE_ENDPOINT, call->endpoint);
    call_done(call);
}

static void deletion_expired(struct call *call)
{
    struct err err = {0};

    err_set(&err, ETIMEDOUT, "OVSDB did not answer within the deadline");
    delete_endpoint_offline(call, &err);
}

static void on_deleted(struct attach_job *job, const struct attach *attach,
                       const struct attach_failure *failure)
{
    struct call *call = endpoint_work_of(job)->call;

    (void)attach;
    if (!failure)
        unpublish_wait(call);
    else if (!endpoint_put_back(call, failure))
        delete_endpoint_offline(call, &failure->err);
}

void delete_endpoint_start(struct call *call)
{
    static const struct attach_job_events events = {
        .work = endpoint_device_work,
        .done = on_deleted,
    };
    const struct attach_want how = {.task = ATTACH_REMOVE};

    struct endpoint_work *work = endpoint_work_new(call);
    const struct vswitch_port *port = call_port(call);

    if (port)
        snprintf(call->leaving, sizeof(call->leaving), "%s", port->name);
    endpoint_left(call->docker, call->endpoint);
    call->expire = deletion_expired;
    endpoint_begin(work, &events, &how);
}
