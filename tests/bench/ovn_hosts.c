/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Hosts that attach ports to one logical switch of a northbound database, all
 * at once: each has a session of its own, as its daemon would, and says what
 * the attach engine says there (common/attach/ovn.c). There are no containers
 * and no switches.
 *
 *   ovn_hosts SOCKET SWITCHES HOSTS PORTS
 *
 * There are SWITCHES logical switches, called 0, 1, 2..., and each host is on
 * one of them. It attaches PORTS ports, one after the other, with addresses out
 * of 10.0.0.0/16 that are chosen as ip=auto chooses them.
 *
 * Besides, two daemons listen, as plugin/daemon/northbound.c does: that of the
 * first host, and that of a host which attaches nothing. What they receive once
 * they have their first rows is counted.
 *
 * Prints: the ports, the wall time in milliseconds, refused guesses, the 50th
 * and 99th of 100 attaches in microseconds, the bytes and messages that the
 * idle daemon receives, and the bytes and messages of the other one.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "ovsint/base/hash.h"
#include "ovsint/ovn/northbound.h"
#include "ovsint/ovsdb/client.h"
#include "ovsint/ovsdb/monitor.h"
#include "ovsint/rows/port_name.h"

#define HOSTS_MAX 1000
#define READ_SIZE 65536

enum doing { SYNCING, LOOKING, PLUGGING, DONE, LISTENING };

struct host {
    char name[16];
    int fd;
    struct session *session;
    struct session_call call;
    enum doing doing;
    unsigned port; /* the one that is being attached */
    unsigned guesses;
    int64_t begun_us;
    struct northbound_switch on;
    struct attachment spec;
    char id[64];
    char name_of_port[IFNAME_SIZE];
    struct northbound_plug plug;
    struct vswitch_identity identity;
    size_t bytes, messages; /* LISTENING */
};

enum { IDLE_DAEMON, BUSY_DAEMON, DAEMONS };

static struct host hosts[HOSTS_MAX + DAEMONS];
static unsigned switch_count, host_count, port_count, hosts_done, refused;
static int64_t *taken_us;
static size_t taken_count;

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void die(const char *what, const struct err *err)
{
    fprintf(stderr, "ovn_hosts: %s: %s\n", what, err->text);
    exit(1);
}

static void transact(struct host *host, struct txn *txn, enum doing doing)
{
    struct err err = {0};

    host->doing = doing;
    if (session_transact(host->session, txn, &host->call, &err) < 0)
        die(host->name, &err);
    txn_done(txn);
}

static void look(struct host *host)
{
    struct txn txn;

    txn_init(&txn, NORTHBOUND_NAME);
    northbound_look_group(&txn);
    northbound_look_localnets(&txn);
    northbound_look(&txn, host->spec.ovn);
    transact(host, &txn, LOOKING);
}

static void begin_port(struct host *host)
{
    host->guesses = 0;
    host->begun_us = now_us();
    snprintf(host->id, sizeof(host->id), "%s-container-%u", host->name,
             host->port);
    names_port(host->id, "eth0", (uint64_t)host->begun_us, host->name_of_port);
    look(host);
}

static void plug(struct host *host)
{
    uint64_t seed =
        names_hash(host->id, "eth0") + host->guesses * 0x9e3779b97f4a7c15;
    char text[PREFIX_TEXT_SIZE];
    struct txn txn;

    snprintf(text, sizeof(text), "10.0.%u.%u/16", (unsigned)(seed >> 8 & 255),
             (unsigned)(seed & 255));
    if (parse_prefix(text, &host->spec.ip[0]) < 0)
        exit(1);
    host->spec.ip_count = 1;
    host->plug = (struct northbound_plug){.identity = &host->identity,
                                          .host = host->name,
                                          .now_ms = host->begun_us / 1000,
                                          .on = &host->on,
                                          .attachment = &host->spec,
                                          .port = host->name_of_port,
                                          .mac = names_mac(host->id, "eth0")};
    txn_init(&txn, NORTHBOUND_NAME);
    northbound_plug(&txn, &host->plug);
    transact(host, &txn, PLUGGING);
}

static void next_port(struct host *host)
{
    if (++host->port < port_count) {
        begin_port(host);
        return;
    }
    host->doing = DONE;
    hosts_done++;
}

static void plugged(struct host *host, const struct ovsdb_outcome *outcome)
{
    size_t address;

    if (outcome->r < 0) {
        if (northbound_plug_fault(&host->plug, &outcome->fault, &address) !=
            NORTHBOUND_ADDRESS_TAKEN)
            die(host->name, &outcome->err);
        refused++;
        host->guesses++;
        plug(host);
        return;
    }
    taken_us[taken_count++] = now_us() - host->begun_us;
    next_port(host);
}

static void ended(struct host *host, const struct ovsdb_outcome *outcome)
{
    struct err err = {0};

    switch (host->doing) {
    case LOOKING:
        if (outcome->r < 0 ||
            northbound_read_look(outcome->result, 2, host->spec.ovn, &host->on,
                                 &err) < 0)
            die(host->name, outcome->r < 0 ? &outcome->err : &err);
        plug(host);
        break;
    case PLUGGING:
        plugged(host, outcome);
        break;
    case SYNCING:
    case DONE:
    case LISTENING:
        break;
    }
}

static void take_events(struct host *host)
{
    for (;;) {
        auto_session_event struct session_event event = {0};
        if (!session_next(host->session, now_us() / 1000, &event))
            return;
        if (event.type == SESSION_SYNCED && host->doing == LISTENING)
            host->bytes = 0;
        else if (event.type == SESSION_SYNCED)
            begin_port(host);
        else if (event.type == SESSION_UPDATED)
            host->messages++;
        else if (event.type == SESSION_ENDED)
            ended(host, &event.outcome);
        else if (event.type == SESSION_DOWN)
            die(host->name, &event.reason);
    }
}

static void receive(struct host *host)
{
    char bytes[READ_SIZE];
    ssize_t got = recv(host->fd, bytes, sizeof(bytes), 0);

    if (got > 0) {
        host->bytes += (size_t)got;
        session_feed(host->session, bytes, (size_t)got);
    } else if (got == 0 || errno != EAGAIN) {
        session_ended(host->session, got < 0 ? errno : 0);
    }
}

static bool send_output(struct host *host)
{
    const char *bytes;
    size_t size = session_output(host->session, &bytes);
    ssize_t put = size ? send(host->fd, bytes, size, MSG_NOSIGNAL) : 0;

    if (put > 0)
        session_sent(host->session, (size_t)put);
    return session_output(host->session, &bytes) > 0;
}

static void connect_host(struct host *host, const char *socket,
                         const struct session_config *config)
{
    struct err err = {0};

    host->fd = client_connect(socket, deadline_in(10000), &err);
    if (host->fd < 0)
        die(host->name, &err);
    host->session = session_new(config);
    session_connected(host->session);
}

static void open_daemon(struct host *host, const char *name, const char *socket)
{
    auto_monitor struct monitor monitor = {0};

    snprintf(host->name, sizeof(host->name), "%s", name);
    host->doing = LISTENING;
    monitor_init(&monitor, NORTHBOUND_NAME, SESSION_MONITOR);
    monitor_table(&monitor, "Logical_Switch_Port", "name", "external_ids",
                  NULL);
    monitor_where_pair(&monitor, "external_ids", ID_OVN_HOST, name);
    monitor_where_string(&monitor, "type", NORTHBOUND_GATEWAY_TYPE);
    const struct session_config config = {.remote = socket,
                                          .monitor = monitor_params(&monitor)};
    connect_host(host, socket, &config);
}

static void open_host(unsigned i, const char *socket)
{
    struct host *host = &hosts[i];
    const struct session_config config = {.remote = socket, .seed = i};

    snprintf(host->name, sizeof(host->name), "host-%u", i);
    snprintf(host->spec.ifname, sizeof(host->spec.ifname), "eth0");
    snprintf(host->spec.ovn, sizeof(host->spec.ovn), "%u", i % switch_count);
    host->spec.guard = SOURCE_GUARD_FULL;
    host->identity = (struct vswitch_identity){
        .owner = "hook",
        .boot = "11111111-2222-3333-4444-555555555555",
        .holder = {.kind = HOLDER_CONTAINER, .id = host->id}};
    connect_host(host, socket, &config);
}

static void serve(void)
{
    static struct pollfd polls[HOSTS_MAX + DAEMONS];
    unsigned count = host_count + DAEMONS;

    for (;;) {
        for (unsigned i = 0; i < count; i++) {
            take_events(&hosts[i]);
            bool waits = send_output(&hosts[i]);
            polls[i] = (struct pollfd){
                .fd = hosts[i].fd,
                .events = (short)(POLLIN | (waits ? POLLOUT : 0))};
        }
        if (hosts_done == host_count)
            return;
        if (poll(polls, count, 60000) <= 0) {
            fprintf(stderr, "ovn_hosts: nothing came for a minute\n");
            exit(1);
        }
        for (unsigned i = 0; i < count; i++) {
            if (polls[i].revents & (POLLIN | POLLHUP | POLLERR))
                receive(&hosts[i]);
        }
    }
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

static unsigned number(const char *text, unsigned most)
{
    uint64_t ret;

    if (parse_number(text, 1, most, &ret) < 0) {
        fprintf(stderr, "ovn_hosts: '%s' is not within 1-%u\n", text, most);
        exit(2);
    }
    return (unsigned)ret;
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        fprintf(stderr, "usage: ovn_hosts SOCKET SWITCHES HOSTS PORTS\n");
        return 2;
    }
    switch_count = number(argv[2], HOSTS_MAX);
    host_count = number(argv[3], HOSTS_MAX);
    port_count = number(argv[4], 1000);
    taken_us = calloc((size_t)host_count * port_count, sizeof(*taken_us));
    for (unsigned i = 0; i < host_count; i++)
        open_host(i, argv[1]);
    struct host *idle = &hosts[host_count + IDLE_DAEMON];
    struct host *busy = &hosts[host_count + BUSY_DAEMON];
    open_daemon(idle, "idle", argv[1]);
    open_daemon(busy, hosts[0].name, argv[1]);
    int64_t begun = now_us();
    serve();
    int64_t wall = now_us() - begun;
    qsort(taken_us, taken_count, sizeof(*taken_us), compare);
    printf("%zu %" PRId64 " %u %" PRId64 " %" PRId64 " %zu %zu %zu %zu\n",
           taken_count, wall / 1000, refused, taken_us[taken_count / 2],
           taken_us[taken_count * 99 / 100], idle->bytes, idle->messages,
           busy->bytes, busy->messages);
    return 0;
}
