/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * From OCI annotations to attachments: gathers them into one request for each
 * interface, resolves each request, then checks the attachments against one
 * another.
 *
 * Annotations come from whoever starts a container, and from whoever has made
 * its image: podman hands on those of the image's manifest, and nothing tells
 * them apart. So an administrator may name a word that annotations must have
 * after the prefix. Those without it are passed over.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/config/resolve.h"
#include "ovsint/spec/keys.h"

#define ANNOTATION_PREFIX "ovsint."
#define DEFAULT_IFNAME "eth0"

struct request_list {
    struct attachment_request *items;
    size_t count;
    annotations_leave_out *leaves_out;
    void *data;
};

static void request_list_done(struct request_list *list)
{
    free(list->items);
}

static int find_or_add(struct request_list *list, const char *ifname,
                       struct attachment_request **ret, struct err *err)
{
    for (size_t i = 0; i < list->count; i++) {
        *ret = &list->items[i];
        if (strcmp((*ret)->values.ifname, ifname) == 0)
            return 0;
    }
    if (list->count == LIMIT_ATTACHMENTS)
        return err_set(err, E2BIG, "more than %d interfaces",
                       LIMIT_ATTACHMENTS);
    list->items =
        mem_resize(list->items, (list->count + 1) * sizeof(*list->items));
    *ret = &list->items[list->count];
    int r = attachment_request_init(*ret, FRONT_HOOK, ifname, err);
    if (r < 0)
        return r;
    list->count++;
    return 0;
}

/* `name` is the annotation without its prefix: "vlan" or "eth1.vlan". An
 * interface name may contain dots, a key does not. */
static int take_annotation(struct request_list *list, const char *origin,
                           const char *name, const struct json *value,
                           struct err *err)
{
    char ifname[IFNAME_SIZE + 1] = DEFAULT_IFNAME;
    const char *dot = strrchr(name, '.');
    const char *key = dot ? dot + 1 : name;
    struct attachment_request *request;

    /* The array has one byte more than a name may have: enough to see that it
     * is too long. */
    if (dot)
        snprintf(ifname, sizeof(ifname), "%.*s", (int)(dot - name), name);
    if (list->leaves_out && list->leaves_out(list->data, ifname))
        return 0;
    if (!json_string(value))
        return err_set(err, EINVAL, "%s: the value is %s, not a string", origin,
                       json_type_name(value));
    if (find_or_add(list, ifname, &request, err) < 0)
        return err_wrap(err, "%s", origin);
    return attachment_set(request, origin, key, json_string(value), err);
}

/* The part of an annotation's name that counts, "vlan" or "eth1.vlan"; NULL if
 * the annotation does not count. */
static const char *counting_part(const char *name,
                                 const struct settings *settings)
{
    const char *word = settings->policy.annotation_key;
    size_t len = strlen(word);

    name += strlen(ANNOTATION_PREFIX);
    if (!len)
        return name;
    if (strncmp(name, word, len) != 0 || name[len] != '.')
        return NULL;
    return name + len + 1;
}

static bool is_ours(const char *name)
{
    return name &&
           strncmp(name, ANNOTATION_PREFIX, strlen(ANNOTATION_PREFIX)) == 0;
}

static int collect(const struct json *annotations,
                   const struct settings *settings, struct request_list *list,
                   struct err *err)
{
    for (size_t i = 0; i < json_count(annotations); i++) {
        const char *name = json_key_at(annotations, i);
        char origin[ORIGIN_SIZE];
        if (!is_ours(name))
            continue;
        const char *part = counting_part(name, settings);
        if (!part)
            continue;
        snprintf(origin, sizeof(origin), "annotation %s", name);
        int r =
            take_annotation(list, origin, part, json_at(annotations, i), err);
        if (r < 0)
            return r;
    }
    return 0;
}

size_t annotations_passed_over(const struct json *annotations,
                               const struct settings *settings)
{
    size_t count = 0;

    for (size_t i = 0; i < json_count(annotations); i++) {
        const char *name = json_key_at(annotations, i);
        count += is_ours(name) && !counting_part(name, settings);
    }
    return count;
}

static int by_name(const void *a, const void *b)
{
    const struct attachment_request *left = a, *right = b;
    bool left_first = strcmp(left->values.ifname, DEFAULT_IFNAME) == 0;
    bool right_first = strcmp(right->values.ifname, DEFAULT_IFNAME) == 0;

    if (left_first != right_first)
        return left_first ? -1 : 1;
    return strcmp(left->values.ifname, right->values.ifname);
}

static bool same_segment(const struct attachment *a, const struct attachment *b)
{
    return a->vlan == b->vlan && strcmp(a->bridge, b->bridge) == 0 &&
           strcmp(a->ovn, b->ovn) == 0;
}

static const struct ip *shared_address(const struct attachment *a,
                                       const struct attachment *b)
{
    for (size_t i = 0; i < a->ip_count; i++) {
        for (size_t j = 0; j < b->ip_count; j++) {
            if (ip_equal(&a->ip[i].ip, &b->ip[j].ip))
                return &a->ip[i].ip;
        }
    }
    return NULL;
}

/* An address can be reserved once in a segment. If two interfaces ask for one,
 * the second reservation fails at every try. */
static int check_between(const struct attachment_request *request,
                         const struct attachment *all, size_t index,
                         struct err *err)
{
    const struct attachment *a = &all[index];
    char text[IP_TEXT_SIZE];

    for (size_t i = 0; i < index; i++) {
        auto_buf struct buf segment = BUF_INIT(SEGMENT_TEXT_SIZE);
        const struct ip *ip =
            same_segment(a, &all[i]) ? shared_address(a, &all[i]) : NULL;
        if (!ip)
            continue;
        ip_format(ip, text);
        attachment_segment(a, &segment);
        return err_set(err, EINVAL,
                       "%s: '%s' is an address of %s as well, on the same "
                       "segment %s",
                       request->origin[KEY_IP], text, all[i].ifname,
                       buf_text(&segment));
    }
    return 0;
}

int attachments_from_annotations_but(const struct json *annotations,
                                     annotations_leave_out *leaves_out,
                                     void *data,
                                     const struct settings *settings,
                                     struct attachment ret[LIMIT_ATTACHMENTS],
                                     size_t *ret_count, struct err *err)
{
    __attribute__((cleanup(request_list_done))) struct request_list list = {
        .leaves_out = leaves_out, .data = data};

    int r = collect(annotations, settings, &list, err);
    if (r < 0)
        return r;
    if (list.count == 0) {
        *ret_count = 0;
        return 0;
    }
    r = policy_check_interfaces(&settings->policy, list.count, err);
    if (r < 0)
        return r;
    auto_free struct attachment *resolved =
        mem_new(list.count * sizeof(*resolved));
    qsort(list.items, list.count, sizeof(*list.items), by_name);
    for (size_t i = 0; i < list.count; i++) {
        r = attachment_resolve(&list.items[i], settings, &resolved[i], err);
        if (r >= 0)
            r = check_between(&list.items[i], resolved, i, err);
        if (r < 0)
            return r;
    }
    for (size_t i = 0; i < list.count; i++)
        ret[i] = resolved[i];
    *ret_count = list.count;
    return 0;
}

int attachments_from_annotations(const struct json *annotations,
                                 const struct settings *settings,
                                 struct attachment ret[LIMIT_ATTACHMENTS],
                                 size_t *ret_count, struct err *err)
{
    return attachments_from_annotations_but(annotations, NULL, NULL, settings,
                                            ret, ret_count, err);
}
