/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A device's settings below /proc/sys/net, which are found by listing the
 * directories. These show the namespace of the thread that opens them. To read
 * some 130 files takes longer than all the rest of a device's state. So the
 * kernel is first asked whether two devices differ at all: netlink shows all
 * values at once.
 *
 * Pitfall: writing stable_secret sets addr_gen_mode, so it goes first.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "common/net/device_state.h"
#include "common/net/netns_visit.h"
#include "ovsint/base/helper.h"
#include "ovsint/base/io.h"
#include "ovsint/net/inside.h"

#define PATH_SIZE 160
#define VALUE_SIZE 128
#define ROOT "/proc/sys/net"

static const char *const kinds[] = {"conf", "neigh"};

/* The value without its newline. False if it cannot be read, as stable_secret
 * while it is not set. */
static bool read_value(int directory, const char *name, char ret[VALUE_SIZE])
{
    auto_close int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, ret, VALUE_SIZE - 1);

    if (size <= 0)
        return false;
    ret[size] = '\0';
    ret[strcspn(ret, "\n")] = '\0';
    return true;
}

static void add_text(struct buf *all, const char *text)
{
    buf_add(all, text, strlen(text) + 1);
}

static void take_value(struct buf *all, int directory, const char *place,
                       const char *name)
{
    char value[VALUE_SIZE];

    if (!read_value(directory, name, value))
        return;
    add_text(all, place);
    add_text(all, name);
    add_text(all, value);
}

/* `place` is a directory such as "ipv4/conf". */
static void take_directory(const char *device, const char *place,
                           struct buf *ret)
{
    static const char first[] = "stable_secret";
    char path[PATH_SIZE];
    const struct dirent *entry;

    snprintf(path, sizeof(path), ROOT "/%.80s/%s", place, device);
    auto_dir DIR *directory = opendir(path);
    if (!directory)
        return;
    take_value(ret, dirfd(directory), place, first);
    while ((entry = readdir(directory))) {
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, first) != 0)
            take_value(ret, dirfd(directory), place, entry->d_name);
    }
}

static int take_sysctls(const char *device, struct buf *ret, struct err *err)
{
    auto_dir DIR *families = opendir(ROOT);
    const struct dirent *family;
    char place[PATH_SIZE];

    if (!families)
        return err_sys(err, "open " ROOT);
    while ((family = readdir(families))) {
        if (family->d_name[0] == '.')
            continue;
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
            int size = snprintf(place, sizeof(place), "%s/%s", family->d_name,
                                kinds[i]);
            if (size > 0 && size < PATH_SIZE / 2)
                take_directory(device, place, ret);
        }
    }
    return 0;
}

static int ask_for_sysctls(int netns_fd, const char *device, struct buf *ret,
                           struct err *err)
{
    struct helper_call call = {.verb = HELPER_READ_SETTINGS,
                               .fd = netns_fd,
                               .text = device,
                               .size = strlen(device) + 1,
                               .ret_text = ret};

    return helper_ask(&call, err);
}

struct taking {
    const char *device;
    struct buf *ret;
};

static int take_inside(void *data, struct err *err)
{
    const struct taking *taking = data;

    return take_sysctls(taking->device, taking->ret, err);
}

int inside_read_settings(int netns_fd, const char *device, struct buf *ret,
                         struct err *err)
{
    struct taking taking = {.device = device, .ret = ret};

    return helper_is_used() ? ask_for_sysctls(netns_fd, device, ret, err)
                            : netns_visit(netns_fd, take_inside, &taking, err);
}

int device_settings_take(int netns_fd, struct device_state *state,
                         struct err *err)
{
    int r =
        inside_read_settings(netns_fd, state->info.name, &state->sysctls, err);

    state->has_settings = r >= 0;
    for (size_t i = 0; r >= 0 && i < state->upper_count; i++)
        r = device_settings_take(netns_fd, state->uppers[i], err);
    return r;
}

/* All values as one array, whatever they mean: IFLA_INET_CONF,
 * IFLA_INET6_CONF. */
static const struct nlattr *values_of(struct nlmsghdr *link, int family,
                                      int type)
{
    struct nlattr *families =
        nlmsg_find_attr(link, sizeof(struct ifinfomsg), IFLA_AF_SPEC);
    struct nlattr *one =
        families ? nla_find(nla_data(families), nla_len(families), family)
                 : NULL;

    return one ? nla_find(nla_data(one), nla_len(one), type) : NULL;
}

static bool same(const struct nlattr *left, const struct nlattr *right)
{
    if (!left || !right)
        return left == right;
    return nla_len(left) == nla_len(right) &&
           memcmp(nla_data(left), nla_data(right), (size_t)nla_len(left)) == 0;
}

/* What the neighbour tables keep for both devices. So far all values are the
 * same. */
struct tables {
    uint32_t ifindex[2];
    struct buf parameters[2];
};

static void see_table(void *data, struct nlmsghdr *reply)
{
    struct tables *tables = data;
    struct nlattr *parameters, *value;
    int left;

    if (reply->nlmsg_type != RTM_NEWNEIGHTBL ||
        !nlmsg_valid_hdr(reply, sizeof(struct ndtmsg)))
        return;
    parameters = nlmsg_find_attr(reply, sizeof(struct ndtmsg), NDTA_PARMS);
    value = parameters ? nla_find(nla_data(parameters), nla_len(parameters),
                                  NDTPA_IFINDEX)
                       : NULL;
    for (size_t i = 0; value && i < ARRAY_LEN(tables->ifindex); i++) {
        struct nlattr *each;
        if (nla_get_u32(value) != tables->ifindex[i])
            continue;
        for_each_nested(each, left, parameters)
        {
            int type = nla_type(each);
            /* these differ always: the holders' count, and a random time near
             * the one that is set */
            if (type != NDTPA_IFINDEX && type != NDTPA_REFCNT &&
                type != NDTPA_REACHABLE_TIME)
                buf_add(&tables->parameters[i], each, each->nla_len);
        }
    }
}

static int tables_differ(struct net *net, int left, int right, struct err *err)
{
    struct ndtmsg head = {.ndtm_family = AF_UNSPEC};
    struct tables tables = {.ifindex = {(uint32_t)left, (uint32_t)right},
                            .parameters = {BUF_INIT(LIMIT_DEVICE_SETTINGS),
                                           BUF_INIT(LIMIT_DEVICE_SETTINGS)}};
    const struct buf *of = tables.parameters;

    auto_request struct nl_msg *request =
        request_new(RTM_GETNEIGHTBL, NLM_F_DUMP, &head, sizeof(head));
    int r = request_ask(net, request, see_table, &tables, err,
                        "list the parameters of the neighbour tables");
    if (r >= 0)
        r = of[0].size != of[1].size ||
            memcmp(buf_text(&of[0]), buf_text(&of[1]), of[0].size) != 0;
    buf_done(&tables.parameters[0]);
    buf_done(&tables.parameters[1]);
    return r;
}

int device_settings_differ(struct net *net, const struct device_state *state,
                           struct nlmsghdr *link, struct err *err)
{
    struct nlmsghdr *own = (struct nlmsghdr *)(void *)state->link.data;
    const struct ifinfomsg *head = nlmsg_data(link);

    if (!same(values_of(own, AF_INET, IFLA_INET_CONF),
              values_of(link, AF_INET, IFLA_INET_CONF)) ||
        !same(values_of(own, AF_INET6, IFLA_INET6_CONF),
              values_of(link, AF_INET6, IFLA_INET6_CONF)))
        return 1;
    return tables_differ(net, state->info.ifindex, head->ifi_index, err);
}

struct giving {
    const char *name;
    const struct buf *sysctls;
    struct device_loss *result;
};

static int write_value(int directory, const char *name, const char *value)
{
    char line[VALUE_SIZE + 1];

    auto_close int fd = openat(directory, name, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int size = snprintf(line, sizeof(line), "%s\n", value);
    return write(fd, line, (size_t)size) == size ? 0 : -errno;
}

/* A value that the next device's kernel does not have, or lets nobody set, is
 * left out: mc_forwarding belongs to the multicast routing daemon. */
static void give_value(const struct giving *giving, int directory,
                       const char *path, const char *name, const char *value)
{
    char is[VALUE_SIZE];

    if (read_value(directory, name, is) && strcmp(is, value) == 0)
        return;
    int r = write_value(directory, name, value);
    if (r == 0 || r == -ENOENT || r == -EACCES || r == -EPERM)
        return;
    struct err err = {0};
    r = err_code(&err, -r, "set %s/%s to '%s'", path, name, value);
    if (r < 0 && giving->result->count++ == 0)
        giving->result->err = err;
}

static int give_inside(void *data, struct err *err)
{
    const struct giving *giving = data;
    const struct buf *all = giving->sysctls;
    const char *end = buf_text(all) + all->size;
    const char *open_place = NULL;
    char path[PATH_SIZE];
    int fd = -1;

    (void)err;
    for (const char *at = buf_text(all); at < end;) {
        const char *place = at, *name = place + strlen(place) + 1;
        const char *value = name + strlen(name) + 1;
        at = value + strlen(value) + 1;
        if (!open_place || strcmp(open_place, place) != 0) {
            if (fd >= 0)
                close(fd);
            snprintf(path, sizeof(path), ROOT "/%.80s/%.15s", place,
                     giving->name);
            fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            open_place = place;
        }
        if (fd >= 0)
            give_value(giving, fd, path, name, value);
    }
    if (fd >= 0)
        close(fd);
    return 0;
}

static int ask_to_write(int netns_fd, const char *device,
                        const struct buf *sysctls, struct device_loss *ret,
                        struct err *err)
{
    auto_buf struct buf text = BUF_INIT(HELPER_TEXT_MAX);

    add_text(&text, device);
    buf_add(&text, buf_text(sysctls), sysctls->size);
    struct helper_call call = {.verb = HELPER_WRITE_SETTINGS,
                               .fd = netns_fd,
                               .text = text.data,
                               .size = text.size};

    return device_ask_loss(&call, ret, err);
}

int inside_write_settings(int netns_fd, const char *device,
                          const struct buf *settings, struct device_loss *ret,
                          struct err *err)
{
    struct giving giving = {.name = device, .sysctls = settings, .result = ret};

    *ret = (struct device_loss){0};
    return helper_is_used() ? ask_to_write(netns_fd, device, settings, ret, err)
                            : netns_visit(netns_fd, give_inside, &giving, err);
}

int device_settings_give(int netns_fd, const char *name,
                         const struct device_state *state,
                         struct replay_result *result, struct err *err)
{
    struct device_loss loss;
    int r = inside_write_settings(netns_fd, name, &state->sysctls, &loss, err);

    replay_lost(result, &loss);
    return r;
}

int device_copy_settings(struct net *net, int netns_fd, int ifindex,
                         const char *name, struct err *err)
{
    struct device_state state = {.sysctls = BUF_INIT(LIMIT_DEVICE_SETTINGS)};
    struct replay_result result = {0};

    int r = link_by_index(net, ifindex, &state.info, err);
    if (r == 0)
        r = err_set(err, ENODEV, "device %d is not there any more", ifindex);
    if (r >= 0)
        r = device_settings_take(netns_fd, &state, err);
    if (r >= 0)
        r = device_settings_give(netns_fd, name, &state, &result, err);
    buf_done(&state.sysctls);
    if (r >= 0 && result.refused) {
        *err = result.err;
        r = -err->code;
    }
    return r;
}
