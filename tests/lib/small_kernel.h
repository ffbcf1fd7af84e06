/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the gateway sees of the kernel, for unit tests: devices with addresses,
 * settings, routes, nftables and sockets. It defines those functions of net and
 * nft that the gateway calls, so nothing of the real ones is linked. What is
 * changed goes to the transcript of said.h, but for settings, of which there
 * are many: kernel_setting() tells them. Include it in one file of a program.
 */
#pragma once

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/base/io.h"
#include "ovsint/net/addr.h"
#include "ovsint/net/link.h"
#include "ovsint/net/port_user.h"
#include "ovsint/net/route.h"
#include "ovsint/net/setting_watch.h"
#include "ovsint/net/sysctl.h"
#include "ovsint/nft/conntrack.h"
#include "ovsint/nft/nft.h"
#include "ovsint/nft/xtables.h"
#include "plugin/daemon/watch.h"
#include "tests/lib/said.h"

#define KERNEL_DEVICES 16
#define KERNEL_ADDRESSES 8
#define KERNEL_SETTINGS 256

struct small_device {
    struct link_info info; /* index 0 = the place is free */
    struct ip_prefix addresses[KERNEL_ADDRESSES];
    size_t count;
};

static struct {
    struct small_device devices[KERNEL_DEVICES];
    int next_index;
    struct {
        char name[80]; /* "4 eth0 forwarding" */
        int value;
    } settings[KERNEL_SETTINGS];
    size_t setting_count;
    bool has_no_force_forwarding; /* as before Linux 6.17 */
    const char *fails;            /* this function, with EPERM; or NULL */
    bool has_table, has_closed;   /* of nftables: ours, the small one */
    bool table_changed, rules_changed;
    bool has_news;     /* nft_run() has come upon changes of others */
    int changed_index; /* the device that setting_watch_read() tells */
    uv_poll_t *nft_poll, *settings_poll;
    uv_poll_cb nft_ready, settings_ready;
} small_kernel;

/* True if the test wants `function` to fail. */
static inline bool kernel_fails(const char *function)
{
    return small_kernel.fails && strcmp(small_kernel.fails, function) == 0;
}

#define KERNEL_MAY_FAIL(err)                                         \
    do {                                                             \
        if (kernel_fails(__func__))                                  \
            return err_set((err), EPERM, "%s: not today", __func__); \
    } while (0)

/* Devices. */

static inline struct small_device *kernel_device(const char *name)
{
    for (size_t i = 0; i < KERNEL_DEVICES; i++) {
        struct small_device *device = &small_kernel.devices[i];
        if (device->info.ifindex && strcmp(device->info.name, name) == 0)
            return device;
    }
    return NULL;
}

static inline struct small_device *kernel_at(int ifindex)
{
    for (size_t i = 0; i < KERNEL_DEVICES; i++) {
        if (small_kernel.devices[i].info.ifindex == ifindex)
            return &small_kernel.devices[i];
    }
    return NULL;
}

static inline struct small_device *kernel_add(const char *name,
                                              const char *kind)
{
    struct small_device *device = kernel_at(0);

    CHECK(device);
    *device = (struct small_device){
        .info = {.ifindex = ++small_kernel.next_index, .up = true}};
    snprintf(device->info.name, sizeof(device->info.name), "%s", name);
    snprintf(device->info.kind, sizeof(device->info.kind), "%s", kind);
    return device;
}

static inline void kernel_address(struct small_device *device, const char *text)
{
    CHECK(device->count < KERNEL_ADDRESSES);
    CHECK_EQ(parse_prefix(text, &device->addresses[device->count++]), 0);
}

/* Its settings go along. */
static inline void kernel_remove(const char *name)
{
    struct small_device *device = kernel_device(name);
    char part[IFNAME_SIZE + 2];

    CHECK(device);
    snprintf(part, sizeof(part), " %s ", name);
    for (size_t i = 0; i < small_kernel.setting_count; i++) {
        if (strstr(small_kernel.settings[i].name, part))
            small_kernel.settings[i].name[0] = '\0';
    }
    *device = (struct small_device){.count = 0};
}

int link_find(struct net *net, const char *name, struct link_info *ret,
              struct err *err)
{
    const struct small_device *device = kernel_device(name);

    (void)net;
    KERNEL_MAY_FAIL(err);
    if (device)
        *ret = device->info;
    return device != NULL;
}

int link_by_index(struct net *net, int ifindex, struct link_info *ret,
                  struct err *err)
{
    const struct small_device *device = kernel_at(ifindex);

    (void)net;
    KERNEL_MAY_FAIL(err);
    if (device)
        *ret = device->info;
    return device != NULL;
}

int link_each(struct net *net, link_visit *visit, void *data, struct err *err)
{
    (void)net;
    KERNEL_MAY_FAIL(err);
    for (size_t i = 0; i < KERNEL_DEVICES; i++) {
        if (small_kernel.devices[i].info.ifindex)
            visit(data, &small_kernel.devices[i].info);
    }
    return 0;
}

int link_set_mac(struct net *net, int ifindex, const struct mac *mac,
                 struct err *err)
{
    (void)net;
    KERNEL_MAY_FAIL(err);
    kernel_at(ifindex)->info.mac = *mac;
    SAY("mac %s\n", kernel_at(ifindex)->info.name);
    return 0;
}

int link_set_up(struct net *net, int ifindex, struct err *err)
{
    (void)net;
    KERNEL_MAY_FAIL(err);
    kernel_at(ifindex)->info.up = true;
    SAY("up %s\n", kernel_at(ifindex)->info.name);
    return 0;
}

/* Addresses. */

int addr_each(struct net *net, int ifindex, addr_visit *visit, void *data,
              struct err *err)
{
    (void)net;
    KERNEL_MAY_FAIL(err);
    for (size_t i = 0; i < KERNEL_DEVICES; i++) {
        const struct small_device *device = &small_kernel.devices[i];
        if (!device->info.ifindex ||
            (ifindex && device->info.ifindex != ifindex))
            continue;
        for (size_t a = 0; a < device->count; a++) {
            struct addr_info info = {.ifindex = device->info.ifindex,
                                     .address = device->addresses[a]};
            visit(data, &info);
        }
    }
    return 0;
}

static inline void kernel_say_address(char sign, int ifindex,
                                      const struct ip_prefix *address)
{
    char text[PREFIX_TEXT_SIZE];

    prefix_format(address, text);
    SAY("%s %c%s\n", kernel_at(ifindex)->info.name, sign, text);
}

int addr_add(struct net *net, int ifindex, const struct ip_prefix *address,
             bool skip_dad, struct err *err)
{
    struct small_device *device = kernel_at(ifindex);

    (void)net;
    CHECK(skip_dad);
    KERNEL_MAY_FAIL(err);
    CHECK(device->count < KERNEL_ADDRESSES);
    device->addresses[device->count++] = *address;
    kernel_say_address('+', ifindex, address);
    return 0;
}

int addr_del(struct net *net, int ifindex, const struct ip_prefix *address,
             struct err *err)
{
    struct small_device *device = kernel_at(ifindex);

    (void)net;
    KERNEL_MAY_FAIL(err);
    for (size_t i = 0; i < device->count; i++) {
        if (!ip_equal(&device->addresses[i].ip, &address->ip))
            continue;
        device->addresses[i] = device->addresses[--device->count];
        kernel_say_address('-', ifindex, address);
        return 0;
    }
    return err_set(err, EADDRNOTAVAIL, "it does not have this address");
}

/* The subnets of all addresses. */
int route_each(struct net *net, route_visit *visit, void *data, struct err *err)
{
    (void)net;
    KERNEL_MAY_FAIL(err);
    for (size_t i = 0; i < KERNEL_DEVICES; i++) {
        const struct small_device *device = &small_kernel.devices[i];
        for (size_t a = 0; device->info.ifindex && a < device->count; a++) {
            struct route_info info = {.ifindex = device->info.ifindex,
                                      .to = {ip_network(&device->addresses[a]),
                                             device->addresses[a].len}};
            visit(data, &info);
        }
    }
    return 0;
}

/* Settings. */

/* "4 eth0 forwarding"; what nobody has set is 0, and accept_* is 1. */
static inline int *kernel_setting_at(const char *name)
{
    for (size_t i = 0; i < small_kernel.setting_count; i++) {
        if (strcmp(small_kernel.settings[i].name, name) == 0)
            return &small_kernel.settings[i].value;
    }
    CHECK(small_kernel.setting_count < KERNEL_SETTINGS);
    size_t i = small_kernel.setting_count++;
    snprintf(small_kernel.settings[i].name,
             sizeof(small_kernel.settings[i].name), "%s", name);
    small_kernel.settings[i].value = strstr(name, "accept_") != NULL;
    return &small_kernel.settings[i].value;
}

static inline int kernel_setting(const char *name)
{
    return *kernel_setting_at(name);
}

static inline int *kernel_sysctl(enum sysctl_family family, const char *device,
                                 const char *name)
{
    char text[80];

    if (strcmp(device, SYSCTL_ALL) != 0 && !kernel_device(device))
        return NULL;
    if (small_kernel.has_no_force_forwarding &&
        strcmp(name, "force_forwarding") == 0)
        return NULL;
    snprintf(text, sizeof(text), "%d %s %s", family == SYSCTL_IPV4 ? 4 : 6,
             device, name);
    return kernel_setting_at(text);
}

int sysctl_get(enum sysctl_family family, const char *device, const char *name,
               int *ret, struct err *err)
{
    const int *value = kernel_sysctl(family, device, name);

    if (!value)
        return err_set(err, ENOENT, "no such setting");
    *ret = *value;
    return 0;
}

int sysctl_set(enum sysctl_family family, const char *device, const char *name,
               int value, struct err *err)
{
    int *at = kernel_sysctl(family, device, name);

    if (!at)
        return err_set(err, ENOENT, "no such setting");
    KERNEL_MAY_FAIL(err);
    if (*at == value)
        return 0;
    *at = value;
    return 1;
}

int setting_watch_open(struct setting_watch **ret, struct err *err)
{
    KERNEL_MAY_FAIL(err);
    *ret = (struct setting_watch *)&small_kernel;
    return 0;
}

void setting_watch_close(struct setting_watch *changes)
{
    (void)changes;
}

int setting_watch_fd(const struct setting_watch *changes)
{
    (void)changes;
    return 1000;
}

int setting_watch_read(struct setting_watch *changes,
                       setting_watch_visit *visit, void *data, struct err *err)
{
    (void)changes;
    KERNEL_MAY_FAIL(err);
    visit(data, small_kernel.changed_index);
    return 0;
}

/* nftables. A run that makes or removes a table is one word in the transcript;
 * all others are there in full. */

static inline int kernel_run(const char *commands, struct err *err)
{
    bool closed = strstr(commands, "\ntable inet ovsint-closed {") != NULL;
    bool whole = strstr(commands, "\ntable inet ovsint {") != NULL;
    bool none = !closed && !whole && strstr(commands, "delete table");

    if (!whole && !closed && !none)
        SAY("nft: %s", commands);
    else
        SAY("nft: %s", closed ? "close" : none ? "remove" : "make");
    for (size_t i = 0; whole && i < KERNEL_DEVICES; i++) {
        char quoted[IFNAME_SIZE + 2];
        const char *name = small_kernel.devices[i].info.name;
        snprintf(quoted, sizeof(quoted), "\"%s\"", name);
        if (strstr(commands, quoted))
            SAY(" %s", name);
    }
    if (whole || closed || none)
        SAY("\n");
    if (small_kernel.fails && strcmp(small_kernel.fails, "nft_run") == 0)
        return err_set(err, EPERM, "nft_run: not today");
    small_kernel.has_table = whole || (small_kernel.has_table && !none);
    small_kernel.has_closed =
        closed || (small_kernel.has_closed && !whole && !none);
    return 0;
}

int nft_open(const char *table, struct nft **ret, struct err *err)
{
    CHECK_STR(table, "ovsint");
    KERNEL_MAY_FAIL(err);
    *ret = (struct nft *)&small_kernel;
    return 0;
}

void nft_close(struct nft *nft)
{
    (void)nft;
}

int nft_fd(const struct nft *nft)
{
    (void)nft;
    return 1001;
}

int nft_run(struct nft *nft, const char *commands, struct err *err)
{
    CHECK(nft);
    return kernel_run(commands, err);
}

int nft_has_table(struct nft *nft, const char *table, struct err *err)
{
    CHECK(nft);
    (void)err;
    return strcmp(table, "ovsint") == 0 ? small_kernel.has_table
                                        : small_kernel.has_closed;
}

int nft_changes(struct nft *nft, struct nft_changes *ret, struct err *err)
{
    (void)nft;
    KERNEL_MAY_FAIL(err);
    *ret = (struct nft_changes){.table = small_kernel.table_changed,
                                .rules = small_kernel.rules_changed};
    return 0;
}

bool nft_has_news(const struct nft *nft)
{
    (void)nft;
    return small_kernel.has_news;
}

int nft_filters(struct nft *nft, const struct nft_mark *mark,
                nft_filter_visit *visit, void *data, struct err *err)
{
    CHECK(nft);
    (void)mark;
    (void)visit;
    (void)data;
    KERNEL_MAY_FAIL(err);
    return 0;
}

int xtables_open(const struct xtables_opening *opening, struct err *err)
{
    (void)opening;
    if (kernel_fails("xtables_open"))
        return err_set(err, EAGAIN, "somebody has the lock");
    return 0;
}

int conntrack_search_open(struct conntrack_search **ret, struct err *err)
{
    (void)ret;
    (void)err;
    return 0;
}

int conntrack_search_go_on(struct conntrack_search *search,
                           const struct conntrack_judge *judge, struct err *err)
{
    struct conntrack_flow flow = {0};

    (void)search;
    KERNEL_MAY_FAIL(err);
    for (unsigned port = 1; port < 65536; port++) {
        flow.port = (uint16_t)port;
        if (judge->judge(judge->data, &flow) == CONNTRACK_FORGET_TO_HOST)
            SAY("forget UDP %u\n", port);
    }
    return 0;
}

void conntrack_search_close(struct conntrack_search *search)
{
    (void)search;
}

/* What is to be told when a descriptor can be read. */

int watch_readable(uv_loop_t *loop, uv_poll_t *poll, int fd, uv_poll_cb ready,
                   void *data, const char *what, struct err *err)
{
    (void)loop;
    (void)what;
    KERNEL_MAY_FAIL(err);
    poll->data = data;
    if (fd == 1001) {
        small_kernel.nft_poll = poll;
        small_kernel.nft_ready = ready;
    } else {
        small_kernel.settings_poll = poll;
        small_kernel.settings_ready = ready;
    }
    return 0;
}

void watch_again(uv_poll_t *poll, int status, uv_poll_cb ready)
{
    (void)poll;
    (void)status;
    (void)ready;
}

/* Somebody else has changed nftables. */
static inline void kernel_nft_changed(bool table, bool rules)
{
    small_kernel.table_changed = table;
    small_kernel.rules_changed = rules;
    small_kernel.nft_ready(small_kernel.nft_poll, 0, UV_READABLE);
}

/* Addresses or settings of a device have changed; 0 = of any. */
static inline void kernel_settings_changed(int ifindex)
{
    small_kernel.changed_index = ifindex;
    small_kernel.settings_ready(small_kernel.settings_poll, 0, UV_READABLE);
}
