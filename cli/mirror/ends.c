/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * From what was typed to the ports of a mirror. A name is looked for among
 * containers and ports of ours first, then among all ports of the switch. What
 * would cut somebody off, or copy copies, is refused here.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/mirror/mirror.h"
#include "cli/ports/plugged_words.h"
#include "cli/runtimes/target.h"

/* The beginning of an id that tells containers apart. */
#define SHOWN_ID 12

/* "web:eth1" is the interface eth1 of web. */
struct named_end {
    char who[MIRROR_FROM_SIZE];
    const char *ifname; /* NULL = all of them */
    const char *meant;  /* plugged_who() of it */
    char room[NETNS_ID_TEXT_SIZE];
};

static bool is_meant(const struct plugged *plugged, const struct named_end *end)
{
    bool is_ifname =
        !end->ifname ||
        (plugged->ifname && strcmp(plugged->ifname, end->ifname) == 0);

    return is_ifname && plugged->row &&
           (plugged_is_meant(plugged, end->meant, true) ||
            (strlen(end->meant) >= SHOWN_ID &&
             plugged_is_meant(plugged, end->meant, false)));
}

/* "pid:4711" has a colon of its own. */
static void split_end(const char *text, size_t len, struct named_end *ret)
{
    snprintf(ret->who, sizeof(ret->who), "%.*s", (int)len, text);
    char *colon = strrchr(ret->who, ':');
    ret->ifname = NULL;
    if (target_names_process(ret->who) && colon == strchr(ret->who, ':'))
        colon = NULL;
    if (colon && colon[1]) {
        *colon = '\0';
        ret->ifname = colon + 1;
    }
}

static int read_end(const char *text, size_t len, struct named_end *ret,
                    struct err *err)
{
    split_end(text, len, ret);
    return plugged_who(ret->who, ret->room, &ret->meant, err);
}

static int check_word(const char *key, const char *text, size_t len,
                      struct err *err)
{
    struct named_end end;

    split_end(text, len, &end);
    return target_check_process(end.who, err) < 0 ? err_wrap(err, "%s", key)
                                                  : 0;
}

int mirror_check_ends(const struct mirror_request *request, struct err *err)
{
    int r = request->to
                ? check_word("to", request->to, strlen(request->to), err)
                : 0;

    for (const char *at = request->from; r >= 0 && *at;) {
        size_t len = strcspn(at, ",");
        r = check_word("from", at, len, err);
        at += len + (at[len] == ',');
    }
    return r;
}

static void add_source(const struct mirror_known *known, const char *port,
                       struct mirror_end *sources, size_t *count)
{
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(sources[i].name, port) == 0)
            return;
    }
    if (*count < MIRROR_SOURCES &&
        mirror_port_find(known->rows, port, &sources[*count]))
        (*count)++;
}

/* A container, or a port of ours; else a port of the switch, as an uplink. */
static int find_source(const struct mirror_known *known, const char *text,
                       size_t len, bool is_remote, struct mirror_end *sources,
                       size_t *count, struct err *err)
{
    size_t before = *count;
    struct named_end end;

    int r = read_end(text, len, &end, err);
    if (r < 0)
        return err_wrap(err, "from");
    for (size_t i = 0; i < known->plugged.count; i++) {
        if (is_meant(&known->plugged.list[i], &end))
            add_source(known, known->plugged.list[i].port, sources, count);
    }
    if (*count > before)
        return 0;
    if (!end.ifname)
        add_source(known, end.who, sources, count);
    if (*count == before)
        return err_set(err, ENOENT,
                       "from: '%.80s' is neither a container with a port nor a "
                       "port of the switch: 'ovsint ls' lists them",
                       end.who);
    if (is_remote)
        return err_set(err, EINVAL,
                       "from: '%.80s' is no container's port: copies that "
                       "leave by it would be copied again, so name a "
                       "container, or to=CONTAINER:IFNAME",
                       end.who);
    return 0;
}

/* The tunnel's own packets would be copied, and those copies again, as fast as
 * the host can. */
static int check_remote(const struct mirror_known *known,
                        const struct mirror_end *source,
                        const struct ip *remote, struct err *err)
{
    for (size_t i = 0; i < known->plugged.count; i++) {
        const struct plugged *plugged = &known->plugged.list[i];
        const char *at = plugged->addresses;
        if (strcmp(plugged->port, source->name) != 0)
            continue;
        while (at && *at) {
            char text[IP_TEXT_SIZE];
            struct ip ip;
            size_t len = strcspn(at, " ");
            snprintf(text, sizeof(text), "%.*s", (int)strcspn(at, "/ "), at);
            if (parse_ip(text, &ip) >= 0 && ip_equal(&ip, remote))
                return err_set(err, EINVAL,
                               "remote: %s is an address of port %s, which is "
                               "one of the sources: the copies would be copied "
                               "again without end",
                               text, source->name);
            at += len + (at[len] == ' ');
        }
    }
    return 0;
}

/* Copies of copies tell nobody what was on the wire. */
static int check_source(const struct mirror_known *known,
                        const struct mirror_end *source, struct err *err)
{
    for (size_t i = 0; i < known->mirrors.count; i++) {
        const struct mirror *mirror = &known->mirrors.rows[i];
        if (strcmp(mirror->output, source->uuid) == 0)
            return err_set(err, EBUSY,
                           "from: port %s gets the copies of mirror %s, and "
                           "carries nothing else",
                           source->name, mirror->name);
    }
    return 0;
}

static int check_sources(const struct mirror_known *known,
                         const struct mirror_request *request,
                         const struct mirror_end *sources, size_t count,
                         struct err *err)
{
    int r = 0;

    for (size_t i = 0; r >= 0 && i < count; i++) {
        r = check_source(known, &sources[i], err);
        if (r >= 0 && request->remote.family)
            r = check_remote(known, &sources[i], &request->remote, err);
    }
    return r;
}

static int find_sources(const struct mirror_known *known,
                        const struct mirror_request *request,
                        struct mirror_end *sources, size_t *count,
                        struct err *err)
{
    for (const char *at = request->from; *at;) {
        size_t len = strcspn(at, ",");
        int r = find_source(known, at, len, request->tunnel != NULL, sources,
                            count, err);
        if (r < 0)
            return r;
        at += len + (at[len] == ',');
    }
    if (*count == MIRROR_SOURCES)
        return err_set(err, E2BIG, "from: a mirror copies less than %d ports",
                       MIRROR_SOURCES);
    return check_sources(known, request, sources, *count, err);
}

static int check_output(const struct mirror_known *known,
                        const struct plugged *to, const char *shown,
                        struct err *err)
{
    struct attachment spec;

    for (size_t i = 0; i < known->mirrors.count; i++) {
        char name[IFNAME_SIZE];
        const char *at = known->mirrors.rows[i].from;
        while (mirror_next_source(&at, name)) {
            if (strcmp(name, to->port) == 0)
                return err_set(err, EBUSY,
                               "to: %s is copied by mirror %s: give the copies "
                               "an interface of their own",
                               shown, known->mirrors.rows[i].name);
        }
    }
    int r = vswitch_port_spec(to->row, &spec, err);
    if (r < 0)
        return err_wrap(err, "to: %s may have addresses", shown);
    if (spec.ip_count == 0 && !spec.ip_auto && !spec.ip_dhcp && !spec.ip_slaac)
        return 0;
    return err_set(err, EINVAL,
                   "to: %s has an address, and would lose its network, as a "
                   "port that gets copies carries nothing else: give the "
                   "container an interface without addresses, as 'ovsint "
                   "attach %s span0 bridge=%s'",
                   shown, to->name ? to->name : to->container, spec.bridge);
}

static int find_output(const struct mirror_known *known, const char *text,
                       struct mirror_end *ret, struct err *err)
{
    const struct plugged *found = NULL;
    struct named_end end;
    size_t count = 0;

    int r = read_end(text, strlen(text), &end, err);
    if (r < 0)
        return err_wrap(err, "to");
    for (size_t i = 0; i < known->plugged.count; i++) {
        if (!is_meant(&known->plugged.list[i], &end))
            continue;
        found = &known->plugged.list[i];
        count++;
    }
    if (count == 0)
        return err_set(err, ENOENT,
                       "to: '%.80s' is no interface of a container: make one "
                       "without addresses, as 'ovsint attach %.80s %s "
                       "bridge=NAME'",
                       text, end.who, end.ifname ? end.ifname : "span0");
    if (count > 1)
        return err_set(err, EINVAL,
                       "to: '%.80s' has %zu interfaces: name one, as "
                       "'%.80s:span0'",
                       text, count, text);
    if (!mirror_port_find(known->rows, found->port, ret))
        return err_set(err, ENOENT, "to: port %s has just gone", found->port);
    return check_output(known, found, text, err);
}

/* A mirror is of one bridge. */
static int find_bridge(const struct mirror_known *known,
                       const struct mirror_request *request,
                       struct mirror_ends *ends, struct err *err)
{
    const char *bridge = request->bridge;

    if (bridge && !mirror_has_bridge(known->rows, bridge))
        return err_set(err, ENOENT, "bridge: there is no bridge '%.80s'",
                       bridge);
    for (size_t i = 0; i < ends->source_count; i++) {
        const char *is =
            mirror_bridge_of(known->rows, "ports", ends->sources[i].uuid);
        if (!bridge)
            bridge = is;
        if (!is || !bridge || strcmp(is, bridge) != 0)
            return err_set(err, EINVAL,
                           "from: port %s is on bridge %s, not on %s, and a "
                           "mirror is of one bridge: make one for each",
                           ends->sources[i].name, is ? is : "none",
                           bridge ? bridge : "one");
    }
    const char *to = request->to
                         ? mirror_bridge_of(known->rows, "ports", ends->to.uuid)
                         : bridge;
    if (!to || !bridge || strcmp(to, bridge) != 0)
        return err_set(err, EINVAL,
                       "to: the interface is on bridge %s, and what is to be "
                       "copied on %s: attach one with bridge=%s",
                       to ? to : "none", bridge ? bridge : "none",
                       bridge ? bridge : "BRIDGE");
    ends->bridge = bridge;
    return 0;
}

/* Copies would be copied. */
static int check_apart(const struct mirror_ends *ends, struct err *err)
{
    for (size_t i = 0; i < ends->source_count; i++) {
        if (strcmp(ends->sources[i].uuid, ends->to.uuid) == 0)
            return err_set(err, EINVAL,
                           "to: the copies would be copied, as port %s is one "
                           "of the sources",
                           ends->to.name);
    }
    return 0;
}

int mirror_find_ends(const struct mirror_known *known,
                     const struct mirror_request *request,
                     struct mirror_ends *ret, struct err *err)
{
    int r = find_sources(known, request, ret->sources, &ret->source_count, err);

    if (r >= 0 && request->to)
        r = find_output(known, request->to, &ret->to, err);
    if (r >= 0)
        r = check_apart(ret, err);
    return r < 0 ? r : find_bridge(known, request, ret, err);
}
