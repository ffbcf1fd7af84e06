/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Docker, the switch and a host for tests of the verbs: requests go to the
 * router, answers come into the transcript ("a 200 {}"). Beneath are a small
 * database and a small kernel, where the devices inside containers are with all
 * others. Include it in one file of a program.
 */
#pragma once

#include "ovsint/device/sandbox.h"
#include "ovsint/device/veth.h"
#include "ovsint/device/vnic.h"
#include "ovsint/net/datapath.h"
#include "ovsint/net/netns.h"
#include "ovsint/net/offload.h"
#include "ovsint/net/qdisc.h"
#include "plugin/docker/docker.h"
#include "tests/lib/model.h"
#include "tests/lib/small_bridge.h"
#include "tests/lib/small_daemon.h"
#include "tests/lib/small_kernel.h"

static struct small_ovsdb db;
static struct gateway *gateway;
static struct flow_keeper *keeper;
static struct attach_uv *attaches;
static struct docker *docker;
static bool is_kernel_datapath;
static bool sandbox_is_there;

/* What is not in the small kernel. */

bool datapath_in_kernel(void)
{
    return is_kernel_datapath;
}

int netns_open(const char *path, struct err *err)
{
    CHECK_STR(path, "/proc/self/ns/net");
    KERNEL_MAY_FAIL(err);
    return 1002; /* nobody has it, so to close it does no harm */
}

int sandbox_open(const struct vswitch_port *port, enum net_flags flags,
                 struct sandbox *ret, struct err *err)
{
    (void)flags;
    (void)err;
    *ret = SANDBOX_CLOSED;
    CHECK(vswitch_port_id(port, ID_NETNS));
    return sandbox_is_there ? SANDBOX_HERE : SANDBOX_ENDED;
}

void sandbox_close(struct sandbox *sandbox)
{
    (void)sandbox;
}

int link_create_veth(struct net *host, const struct link_veth *veth,
                     int peer_netns_fd, struct err *err)
{
    (void)host;
    (void)peer_netns_fd;
    KERNEL_MAY_FAIL(err);
    kernel_add(veth->name, "veth");
    kernel_add(veth->peer_name, "veth")->info.mac = *veth->peer_mac;
    SAY("veth +%.2s\n", veth->name);
    return 0;
}

int veth_delete(struct net *net, const char *device, struct err *err)
{
    (void)net;
    KERNEL_MAY_FAIL(err);
    if (kernel_device(device)) {
        SAY("veth -%.2s\n", device);
        kernel_remove(device);
    }
    return 0;
}

int offload_finish_checksums(struct net *net, const char *device,
                             struct err *err)
{
    (void)net;
    (void)device;
    KERNEL_MAY_FAIL(err);
    SAY("checksums\n");
    return 0;
}

int qdisc_set_rate(struct net *net, int ifindex, uint64_t rate_kbit,
                   uint64_t burst_kbit, unsigned mtu, struct err *err)
{
    (void)net;
    (void)ifindex;
    (void)burst_kbit;
    (void)mtu;
    KERNEL_MAY_FAIL(err);
    SAY("rate %llu\n", (unsigned long long)rate_kbit);
    return 0;
}

int link_set_mtu(struct net *net, int ifindex, unsigned mtu, struct err *err)
{
    (void)net;
    KERNEL_MAY_FAIL(err);
    kernel_at(ifindex)->info.mtu = mtu;
    SAY("mtu %u\n", mtu);
    return 0;
}

int link_del_altname(struct net *net, int ifindex, const char *altname,
                     struct err *err)
{
    (void)net;
    (void)ifindex;
    KERNEL_MAY_FAIL(err);
    SAY("altname -%s\n", altname);
    return 0;
}

int vnic_set_altname(struct net *inside, const struct link_info *device,
                     const char *altname, struct err *err)
{
    (void)inside;
    (void)device;
    KERNEL_MAY_FAIL(err);
    SAY("altname +%s\n", altname);
    return 0;
}

int vnic_set_listening(struct net *inside, int netns_fd,
                       const struct link_info *device, bool listen,
                       struct err *err)
{
    (void)inside;
    (void)netns_fd;
    (void)device;
    (void)listen;
    KERNEL_MAY_FAIL(err);
    return 0;
}

bool vnic_is_internal(const struct link_info *info)
{
    return strcmp(info->kind, "openvswitch") == 0;
}

int port_user_try(const struct host_socket *socket)
{
    return socket->port == 666 ? -EADDRINUSE : 0;
}

void port_user_find(const struct host_socket *socket, struct port_user *ret,
                    uint8_t ports[PORT_USER_PORTS_SIZE])
{
    (void)socket;
    (void)ports;
    *ret = (struct port_user){.pid = 6, .name = "devil"};
}

bool host_endpoint_left(struct host *host, const char *endpoint)
{
    (void)host;
    (void)endpoint;
    return false;
}

struct told_call {
    struct ovsdb_call call;
    enum log_level level;
    const char *what;
};

static void on_told(struct ovsdb_call *call,
                    const struct ovsdb_outcome *outcome)
{
    struct told_call *told = container_of(call, struct told_call, call);

    if (outcome->r < 0)
        log_event(told->level, told->what, "error", outcome->err.text, NULL);
    free(told);
}

void ovsdb_tell(struct ovsdb *ovsdb, struct txn *txn, enum log_level level,
                const char *what)
{
    struct told_call *told = mem_new(sizeof(*told));
    struct err err = {0};

    told->level = level;
    told->what = what;
    if (ovsdb_transact(ovsdb, txn, &told->call, on_told, &err) < 0) {
        log_event(level, what, "error", err.text, NULL);
        free(told);
    }
}

/* Docker. */

void server_reply(struct conn *conn, unsigned status, const struct buf *body)
{
    SAY("%s %u %s\n", (const char *)(void *)conn, status, buf_text(body));
}

/* `conn` names the request in the transcript; the body has single quotes. */
static inline void ask(const char *conn, const char *verb, const char *body)
{
    auto_free char *text = model_quotes(body);
    char path[64];
    struct http_request request = {.method = "POST",
                                   .path = path,
                                   .body = text,
                                   .body_size = strlen(text)};

    snprintf(path, sizeof(path), "%s%s",
             verb[0] == '/' ? "" : "/NetworkDriver.", verb);
    router_request(docker->router, (struct conn *)(void *)(uintptr_t)conn,
                   &request);
    daemon_settle();
}

static void on_gateway(void *data)
{
    (void)data;
    if (docker)
        docker_on_gateway(docker);
}

static void show_ports(const void *data, struct buf *ret)
{
    (void)data;
    buf_add_text(ret, "{\"ports\":[]}");
}

static void show_metrics(const void *data, struct buf *ret)
{
    (void)data;
    docker_metrics(docker, ret);
}

static const struct docker_questions questions = {.ports = show_ports,
                                                  .metrics = show_metrics};

static inline void docker_world_open(void)
{
    struct err err = {0};
    struct host *host = daemon_open(&db);

    host->net = (struct net *)&small_kernel;
    small_daemon.settings.recreates = true;
    CHECK_OK(gateway_open(NULL, host, true, on_gateway, NULL, &gateway, &err),
             err);
    keeper = flow_keeper_open(NULL, host, DAEMON_REMOTE);
    attaches = attach_uv_open(NULL, host, keeper);
    docker = docker_open(NULL, host, gateway, attaches, NULL, &questions);
}

static inline void docker_world_close(void)
{
    struct docker *closing = docker;

    docker = NULL;
    docker_close(closing);
    attach_uv_close(attaches);
    flow_keeper_close(keeper);
    gateway_close(gateway);
    daemon_close();
}

static inline void begin(void)
{
    kernel_address(kernel_add("eth0", ""), "192.0.2.1/24");
    kernel_add("eth1", "");
    *kernel_setting_at("4 all forwarding") = 1;
    *kernel_setting_at("6 all forwarding") = 1;
    small_add(&db, "Open_vSwitch", "");
    small_add(&db, "Bridge", "br0");
    docker_world_open();
    daemon_up();
    daemon_settle();
    daemon_elapse(1000);
    daemon_settle();
    buf_clear(&said);
}

static inline void end(void)
{
    docker_world_close();
    small_ovsdb_done(&db);
}

static inline void wait_ms(uint64_t ms)
{
    for (uint64_t at = 0; at < ms; at += 50) {
        daemon_elapse(50);
        daemon_settle();
    }
}

/* The switch makes all devices that its rows ask for. */
static inline void switch_makes_all(void)
{
    long next = 1;

    for (size_t i = 0; i < SMALL_ROWS; i++) {
        struct small_row *row = &db.rows[i];
        if (strcmp(row->table, "Interface") != 0)
            continue;
        next++;
        if (row->ofport > 0)
            continue;
        struct small_device *device = kernel_device(row->name);
        if (!device)
            device = kernel_add(row->name, "openvswitch");
        row->ofport = next;
        row->ifindex = device->info.ifindex;
    }
    daemon_settle();
}

/* Time passes as well. */
static inline void switch_works(void)
{
    switch_makes_all();
    wait_ms(500);
}

/* The first Interface whose name begins like that, or NULL. */
static inline struct small_row *row_like(const char *prefix)
{
    for (size_t i = 0; i < SMALL_ROWS; i++) {
        struct small_row *row = &db.rows[i];
        if (strcmp(row->table, "Interface") == 0 &&
            strncmp(row->name, prefix, strlen(prefix)) == 0)
            return row;
    }
    return NULL;
}

/* How often the transcript has it. */
static inline unsigned count_said(const char *part)
{
    unsigned ret = 0;

    for (const char *at = buf_text(&said); (at = strstr(at, part)); at++)
        ret++;
    return ret;
}
