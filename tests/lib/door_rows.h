/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A real database with a bridge, and ports that doors have left there; no
 * switch. For doors that run once.
 */
#pragma once

#include "ovsint/attach/run.h"
#include "ovsint/config/settings.h"
#include "ovsint/rows/external_ids.h"
#include "ovsint/rows/vswitch_plug.h"
#include "tests/lib/ovsdb_client.h"
#include "tests/lib/ovsdb_server.h"

struct rig {
    struct ovsdb_server server;
    struct client *client;
    struct settings settings;
};

static inline void rig_start(struct rig *rig)
{
    auto_txn struct txn txn;

    ovsdb_server_start(&rig->server);
    settings_init(&rig->settings);
    snprintf(rig->settings.ovsdb, sizeof(rig->settings.ovsdb), "unix:%s",
             rig->server.socket);
    rig->client = quiet_client(rig->server.socket);
    txn_init(&txn, OVSDB_NAME);
    txn_insert(&txn, "Bridge", "br");
    txn_set_string(&txn, "name", "br0");
    txn_insert(&txn, "Open_vSwitch", "root");
    txn_set_named(&txn, "bridges", "br");
    commit(rig->client, &txn);
}

static inline void rig_stop(struct rig *rig)
{
    client_close(rig->client);
    settings_done(&rig->settings);
    ovsdb_server_stop(&rig->server);
}

/* A port as a door has left it: of the container's network `network`. */
static inline void rig_port(struct rig *rig, const char *name,
                            const char *owner, const char *network,
                            const char *container, const char *ifname)
{
    const struct vswitch_identity identity = {
        .owner = owner,
        .boot = "boot1",
        .holder = {
            .kind = HOLDER_CONTAINER,
            .id = container,
            .netns = "/run/netns/x",
            .container = {.netns_id = container, .cni_network = network}}};
    struct attachment spec = {.bridge = "br0"};
    struct vswitch_plug plug = {
        .attachment = &spec, .port = name, .mac = {{2, 0, 0, 0, 0, 9}}};
    auto_txn struct txn txn;

    snprintf(spec.ifname, sizeof(spec.ifname), "%s", ifname);
    txn_init(&txn, OVSDB_NAME);
    vswitch_plug(&txn, &identity, &plug, 0);
    commit(rig->client, &txn);
}

/* The names of all ports, sorted, one after the other. */
static inline void check_ports(struct rig *rig, const char *want)
{
    static const struct vswitch_scope scope = {
        .owners = {CNI_OWNER, HOOK_OWNER, NETAVARK_OWNER}};
    auto_vswitch_view struct vswitch_view view = {0};
    auto_buf struct buf names = BUF_INIT(4096);
    const char *last = "";
    struct err err = {0};

    CHECK_OK(attach_run_look(rig->client, &scope, PATIENCE, &view, &err), err);
    for (size_t n = 0; n < view.count; n++) {
        const char *next = NULL;
        for (size_t i = 0; i < view.count; i++) {
            const char *name = view.ports[i]->name;
            if (strcmp(name, last) > 0 && (!next || strcmp(name, next) < 0))
                next = name;
        }
        buf_addf(&names, "%s%s", n ? " " : "", next);
        last = next;
    }
    CHECK_STR(buf_text(&names), want);
}
