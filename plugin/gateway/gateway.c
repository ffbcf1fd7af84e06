/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The parts of the gateway see what the host tells in this order:
 *
 *   1. After a connection: the devices that forward for our networks alone are
 *      read from the rows, as the first rules must have them.
 *   2. The packet filter gets its rules.
 *   3. Host access ports are set up. They forward while rules are in force.
 *   4. Doors outside of the daemon that have asked by rows get their answer.
 *
 * gateway_open() fails if the addresses and settings of the host cannot be
 * listened to. It does not fail without nftables: networks that need rules are
 * refused one by one.
 */
#include "plugin/gateway/gateway.h"

#include <sys/random.h>

#include "plugin/gateway/asked.h"
#include "plugin/gateway/forwarding.h"
#include "plugin/gateway/host_port.h"
#include "plugin/gateway/host_setup.h"
#include "plugin/gateway/logical_gateways.h"
#include "plugin/gateway/nat.h"
#include "plugin/gateway/port_turns.h"
#include "plugin/gateway/private.h"

/* Most changes are what the switch reports of its ports, or keys of ports that
 * publish nothing. */
static bool concerns_rules(const struct host *host, const struct json *updates)
{
    struct row_update update;

    return monitor_update_at(updates, "Bridge", 0, &update) ||
           vswitch_view_changed(&host->ports, VSWITCH_PORTS);
}

static void on_gateway_rows(void *data, const struct json *updates, bool anew)
{
    struct gateway *gateway = data;

    if (anew)
        host_ports_recall(gateway->host_ports);
    if (anew || concerns_rules(gateway->host, updates))
        nat_rows_changed(gateway->nat);
    host_ports_rows_changed(gateway->host_ports, updates, anew);
    if (gateway->asked)
        asked_look(gateway->asked);
}

static void on_gateway_device(void *data, const struct link_event *event)
{
    struct gateway *gateway = data;

    host_ports_hear(gateway->host_ports, event);
    nat_hear(gateway->nat, event);
}

void gateway_changed(const struct gateway *gateway)
{
    if (gateway->asked)
        asked_look(gateway->asked);
    if (gateway->on_change)
        gateway->on_change(gateway->data);
}

/* Where the kernel has none to give yet, the clock's. */
static uint64_t random_seed(void)
{
    uint64_t seed;

    if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
        seed = uv_hrtime();
    return seed;
}

int gateway_open(uv_loop_t *loop, struct host *host, bool keeps_rules,
                 gateway_on_change *on_change, void *data, struct gateway **ret,
                 struct err *err)
{
    static const struct host_events events = {.on_rows = on_gateway_rows,
                                              .on_device = on_gateway_device};
    struct gateway *gateway = mem_new(sizeof(*gateway));

    gateway->host = host;
    gateway->on_change = on_change;
    gateway->data = data;
    list_init(&gateway->choices);
    int r = host_ports_open(loop, gateway, &gateway->host_ports, err);
    if (r < 0) {
        free(gateway);
        return r;
    }
    gateway->turns = port_turns_open(loop);
    port_index_seed(random_seed());
    if (keeps_rules) {
        gateway->nat = nat_open(loop, gateway);
        gateway->asked = asked_open(gateway);
    }
    gateway->subscriber.events = &events;
    gateway->subscriber.data = gateway;
    host_subscribe(host, &gateway->subscriber);
    *ret = gateway;
    return 0;
}

void gateway_use(struct gateway *gateway, struct northbound *northbound)
{
    gateway->northbound = northbound;
    gateway->logical = logical_gateways_open(gateway, northbound);
}

void gateway_look_at_switches(struct gateway *gateway)
{
    logical_gateways_try_again(gateway->logical);
}

void gateway_close(struct gateway *gateway)
{
    if (!gateway)
        return;
    host_unsubscribe(&gateway->subscriber);
    asked_close(gateway->asked);
    host_ports_close(gateway->host_ports);
    logical_gateways_close(gateway->logical);
    nat_close(gateway->nat);
    port_turns_close(gateway->turns);
    free(gateway);
}

void gateway_metrics(const struct gateway *gateway, struct buf *ret)
{
    if (gateway->nat)
        nat_metrics(gateway->nat, ret);
}

int gateway_check(const struct gateway *gateway, const char *network,
                  const struct network_row *network_row, struct err *err)
{
    struct net *net = gateway->host->net;
    int r = host_check(net, network, network_row, err);

    if (r >= 0)
        r = host_check_sources(net, network_row, err);
    return r < 0 ? r : forwarding_check(network_row, err);
}

int gateway_in_force(struct gateway *gateway, const char *port, struct err *err)
{
    return nat_in_force(gateway->nat, port, err);
}

bool gateway_takes_off(const struct gateway *gateway, const char *port)
{
    return nat_takes_off(gateway->nat, port);
}

bool gateway_leads_to(const struct gateway *gateway,
                      const struct attachment *spec)
{
    struct nat_target target = {0};

    nat_target_addresses(spec, &target);
    return nat_leads_to(gateway->nat, &target);
}
