/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What needs a real name, by the source of the reference plugins 1.1.1 and 1.9:
 * tuning writes the files of /proc/sys/net under conf/IFNAME, and the kernel
 * has no such directory for an alternative name. bandwidth looks for the other
 * end of a pair. What both do by netlink works with either name.
 */
#include "plugin/cni/later.h"

#include <stdio.h>
#include <string.h>

#include "ovsint/base/io.h"
#include "ovsint/base/limits.h"
#include "ovsint/base/log.h"

#define OUR_TYPE "ovsint"
#define LIST_SUFFIX ".conflist"

static const struct json_limits limits = {.size = LIMIT_LIST_SIZE,
                                          .depth = LIMIT_JSON_DEPTH};

static bool is_text(const struct json *node, const char *text)
{
    const char *is = json_string(node);

    return is && strcmp(is, text) == 0;
}

/* "net.ipv4.conf.eth0.arp_notify" or "net/ipv4/conf/IFNAME/arp_notify". */
static bool names(const char *sysctl, const char *ifname)
{
    for (const char *at = sysctl; *at;) {
        size_t len = strcspn(at, "./");
        if (len == strlen(ifname) && strncmp(at, ifname, len) == 0)
            return true;
        at += len + (at[len] != '\0');
    }
    return false;
}

static bool tuning_needs(const struct json *plugin, const char *ifname)
{
    const struct json *sysctls = json_get(plugin, "sysctl");

    for (size_t i = 0; i < json_count(sysctls); i++) {
        const char *key = json_key_at(sysctls, i);
        if (key && (names(key, ifname) || names(key, "IFNAME")))
            return true;
    }
    return false;
}

static bool bandwidth_needs(const struct json *plugin)
{
    int64_t rate;

    return (json_int(json_get(plugin, "ingressRate"), &rate) && rate > 0) ||
           (json_int(json_get(plugin, "egressRate"), &rate) && rate > 0);
}

const char *later_needs_name(const struct json *list, const char *name,
                             const char *ifname)
{
    const struct json *plugins = json_get(list, "plugins");
    bool is_later = false;

    for (size_t i = 0;
         is_text(json_get(list, "name"), name) && i < json_count(plugins);
         i++) {
        const struct json *plugin = json_at(plugins, i);
        const struct json *type = json_get(plugin, "type");
        if (is_text(type, OUR_TYPE))
            is_later = true;
        else if (is_later &&
                 ((is_text(type, "tuning") && tuning_needs(plugin, ifname)) ||
                  (is_text(type, "bandwidth") && bandwidth_needs(plugin))))
            return json_string(type);
    }
    return NULL;
}

static void look_at(const char *path, const char *name, const char *ifname)
{
    auto_buf struct buf text = BUF_INIT(LIMIT_LIST_SIZE);
    auto_json struct json *list = NULL;
    struct err ignored = {0};
    char words[ERR_TEXT_SIZE];

    if (io_read_file(path, &text, &ignored) < 0 ||
        json_parse(buf_text(&text), text.size, &limits, &list, &ignored) < 0)
        return;
    const char *type = later_needs_name(list, name, ifname);
    if (!type)
        return;
    snprintf(words, sizeof(words),
             "the plugin %s that follows needs an interface that is really "
             "named %s, and that of an internal port is not: set \"vnic\": "
             "\"veth\"",
             type, ifname);
    log_event(LOG_LEVEL_WARNING, words, "list", path, NULL);
}

static bool is_list(const char *file)
{
    size_t len = strlen(file), end = sizeof(LIST_SUFFIX) - 1;

    return len > end && strcmp(file + len - end, LIST_SUFFIX) == 0;
}

void later_warn(const char *directory, const char *name, const char *ifname)
{
    auto_dir DIR *lists = opendir(directory);
    struct dirent *entry;

    for (size_t i = 0; lists && i < LIMIT_LISTS && (entry = readdir(lists));) {
        char path[512];
        if (!is_list(entry->d_name))
            continue;
        i++;
        snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
        look_at(path, name, ifname);
    }
}
