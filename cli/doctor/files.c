/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What other programs are told about network devices: systemd-networkd, udev,
 * NetworkManager, Docker, podman; and their packet filters. A program that does
 * not run is passed over. What cannot be read is taken for sound.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/doctor/look.h"
#include "cli/doctor/texts.h"
#include "cli/ports/filters.h"
#include "ovsint/base/io.h"
#include "ovsint/rows/network_row.h"

#define TEXT_SIZE (64u << 10)
#define FILES_MAX 256

/* Files whose names end so, in several directories. Of two with one name the
 * first directory's counts, and they are read in the order of their names
 * (systemd.unit(5), udev(7)). */
struct file_list {
    char paths[FILES_MAX][SAID_SIZE];
    size_t count;
};

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), end_size = strlen(end);

    return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

static void add_file(struct file_list *list, const char *path)
{
    size_t at = 0;

    while (at < list->count &&
           strcmp(name_of(list->paths[at]), name_of(path)) < 0)
        at++;
    if (list->count == FILES_MAX ||
        (at < list->count &&
         strcmp(name_of(list->paths[at]), name_of(path)) == 0))
        return;
    memmove(list->paths[at + 1], list->paths[at],
            (list->count - at) * sizeof(list->paths[0]));
    snprintf(list->paths[at], SAID_SIZE, "%s", path);
    list->count++;
}

static void list_files(const char *const *directories, size_t count,
                       const char *end, struct file_list *ret)
{
    ret->count = 0;
    for (size_t i = 0; i < count; i++) {
        auto_dir DIR *dir = opendir(directories[i]);
        for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
            char path[SAID_SIZE];
            int size = snprintf(path, sizeof(path), "%s/%s", directories[i],
                                entry->d_name);
            if (size < (int)sizeof(path) && ends_with(entry->d_name, end))
                add_file(ret, path);
        }
    }
}

static bool read_text(const char *path, struct buf *ret)
{
    struct err ignored = {0};

    buf_clear(ret);
    return io_read_file(path, ret, &ignored) >= 0;
}

static void look_at_networkd(struct host_seen *seen, struct file_list *files)
{
    static const char *const directories[] = {
        "/etc/systemd/network", "/run/systemd/network",
        "/usr/lib/systemd/network", "/lib/systemd/network"};
    auto_buf struct buf text = BUF_INIT(TEXT_SIZE);
    enum networkd_match match = NETWORKD_OTHERS;

    if (access("/run/systemd/netif", F_OK) < 0)
        return;
    list_files(directories, ARRAY_LEN(directories), ".network", files);
    for (size_t i = 0; i < files->count && match == NETWORKD_OTHERS; i++) {
        match = read_text(files->paths[i], &text)
                    ? networkd_reads(buf_text(&text))
                    : NETWORKD_OTHERS;
        if (match == NETWORKD_TAKES)
            host_said(seen, FINDING_NETWORKD_TAKES, files->paths[i], NULL);
    }
}

static void look_at_udev(struct host_seen *seen, struct file_list *files)
{
    static const char *const directories[] = {
        "/etc/udev/rules.d", "/run/udev/rules.d", "/usr/lib/udev/rules.d",
        "/lib/udev/rules.d"};
    auto_buf struct buf text = BUF_INIT(TEXT_SIZE);

    list_files(directories, ARRAY_LEN(directories), ".rules", files);
    for (size_t i = 0; i < files->count; i++) {
        char rule[SAID_SIZE];
        size_t size;
        const char *at = read_text(files->paths[i], &text)
                             ? udev_renames(buf_text(&text), &size)
                             : NULL;
        if (!at)
            continue;
        snprintf(rule, sizeof(rule), "%.*s", (int)(size < 120 ? size : 120),
                 at);
        host_said(seen, FINDING_UDEV_RENAMES, files->paths[i], rule);
    }
}

static void look_at_network_manager(struct host_seen *seen,
                                    struct file_list *files)
{
    static const char *const directories[] = {"/etc/NetworkManager/conf.d",
                                              "/run/NetworkManager/conf.d",
                                              "/usr/lib/NetworkManager/conf.d"};
    static const char first[] = "/etc/NetworkManager/NetworkManager.conf";
    auto_buf struct buf text = BUF_INIT(TEXT_SIZE);
    bool spares = false;

    if (access("/run/NetworkManager", F_OK) < 0)
        return;
    list_files(directories, ARRAY_LEN(directories), ".conf", files);
    for (size_t i = 0; i < files->count && !spares; i++)
        spares = read_text(files->paths[i], &text) &&
                 network_manager_spares(buf_text(&text));
    if (!spares && read_text(first, &text))
        spares = network_manager_spares(buf_text(&text));
    if (!spares)
        host_said(seen, FINDING_NETWORK_MANAGER, directories[0], NULL);
}

static void look_at_docker(struct host_seen *seen)
{
    static const char path[] = "/etc/docker/daemon.json";
    static const struct json_limits limits = {.size = TEXT_SIZE,
                                              .depth = LIMIT_JSON_DEPTH};
    auto_buf struct buf text = BUF_INIT(TEXT_SIZE);
    auto_json struct json *json = NULL;
    struct err ignored = {0};
    char shown[32];
    int64_t mtu;

    if (!read_text(path, &text) ||
        json_parse(buf_text(&text), text.size, &limits, &json, &ignored) < 0 ||
        !json_int(json_get(json, "mtu"), &mtu) || mtu == 1500)
        return;
    snprintf(shown, sizeof(shown), "%lld", (long long)mtu);
    host_said(seen, FINDING_DOCKER_MTU, path, shown);
}

/* Is there a hook of ours? By the name of its file, as it is installed. */
static bool has_hook(const char *directory, struct file_list *files)
{
    list_files(&directory, 1, ".json", files);
    for (size_t i = 0; i < files->count; i++) {
        if (strncmp(name_of(files->paths[i]), "ovsint", 6) == 0)
            return true;
    }
    return false;
}

static void look_at_podman(struct host_seen *seen, struct file_list *files)
{
    static const char *const hooks[] = {"/etc/containers/oci/hooks.d",
                                        "/usr/share/containers/oci/hooks.d"};
    static const char *const configs[] = {
        "/etc/containers/containers.conf",
        "/usr/share/containers/containers.conf"};
    auto_buf struct buf text = BUF_INIT(TEXT_SIZE);

    for (size_t h = 0; h < ARRAY_LEN(hooks); h++) {
        if (!has_hook(hooks[h], files))
            continue;
        for (size_t i = 0; i < ARRAY_LEN(configs); i++) {
            if (read_text(configs[i], &text) &&
                hooks_dir_lacks(buf_text(&text), hooks[h]))
                host_said(seen, FINDING_HOOKS_DIR, configs[i], hooks[h]);
        }
    }
}

void doctor_look_at_files(struct host_seen *seen)
{
    auto_free struct file_list *files = mem_new(sizeof(*files));

    look_at_networkd(seen, files);
    look_at_udev(seen, files);
    look_at_network_manager(seen, files);
    look_at_docker(seen);
    look_at_podman(seen, files);
}

/* Packet filters. */

static void see_table(void *data, const struct filter_table *table)
{
    auto_free struct filter_opening *opening = mem_new(sizeof(*opening));
    char name[SAID_SIZE];

    snprintf(name, sizeof(name), "%s %.200s", table->family, table->name);
    filter_opening(table, opening);
    if (!filter_is_right(table, opening))
        host_said(data, FINDING_FIREWALL_CLOSED, name, NULL);
    for (size_t i = 0; i < opening->doubt_count; i++) {
        const struct filter_chain *chain =
            &table->chains[opening->doubts[i].chain];
        host_said(data, FINDING_FIREWALL_BAN, name, chain->name);
    }
}

void doctor_look_at_filters(struct host_seen *seen)
{
    filters_each(see_table, seen);
}
