/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The gateway over a small database and a small kernel, with a bridge and a
 * card of the host. Include it in one file of a program.
 */
#pragma once

#include "plugin/gateway/gateway.h"
#include "tests/lib/small_daemon.h"
#include "tests/lib/small_kernel.h"

static struct small_ovsdb db;
static struct gateway *gateway;
static unsigned changes; /* how often calls were told to look */

static inline void on_change(void *data)
{
    (void)data;
    changes++;
}

static inline void open_gateway(bool keeps_rules)
{
    struct err err = {0};
    struct host *host = daemon_open(&db);

    small_daemon.settings.recreates = true;
    CHECK_OK(
        gateway_open(NULL, host, keeps_rules, on_change, NULL, &gateway, &err),
        err);
}

/* A host with one card, which forwards. */
static inline void begin(void)
{
    kernel_address(kernel_add("eth0", ""), "192.0.2.1/24");
    *kernel_setting_at("4 all forwarding") = 1;
    *kernel_setting_at("6 all forwarding") = 1;
    small_add(&db, "Open_vSwitch", "");
    small_add(&db, "Bridge", "br0");
    open_gateway(true);
    daemon_up();
    daemon_settle();
    daemon_elapse(1000);
    buf_clear(&said);
}

static inline void end(void)
{
    gateway_close(gateway);
    daemon_close();
    small_ovsdb_done(&db);
}

/* The switch makes the device of a port; its row says so. */
static inline void switch_makes(const char *name)
{
    struct small_row *row = small_find(&db, "Interface", name);
    struct small_device *device = kernel_device(name);

    if (!device)
        device = kernel_add(name, "openvswitch");
    device->info.up = false;
    row->ofport = 1;
    row->ifindex = device->info.ifindex;
    daemon_settle();
}

/* Time passes, and the database answers. */
static inline void wait_ms(uint64_t ms)
{
    for (uint64_t at = 0; at < ms; at += 50) {
        daemon_elapse(50);
        daemon_settle();
    }
}
