/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Which questions the helper listens to at all. Pure. A name may become a part
 * of a path: so it has no slash, and is neither "." nor "..".
 */
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <string.h>

#include "ovsint/base/helper.h"
#include "ovsint/base/limits.h"
#include "ovsint/base/parse.h"

#define SETTING_SIZE 64
#define VALUE_SIZE 128
#define PLACE_SIZE 64

/* What ovsint sets on devices; of these alone a file is handed over. */
static const char *const settings[] = {
    "accept_ra",    "accept_redirects", "accept_source_route", "autoconf",
    "disable_ipv6", "force_forwarding", "forwarding",          "route_localnet",
};

/* The next text of those that follow one another, or NULL. */
static const char *next_text(const struct helper_question *question, size_t *at)
{
    const char *text = question->text + *at;
    size_t left = question->size - *at;
    size_t len = strnlen(text, left);

    if (len == left)
        return NULL;
    *at += len + 1;
    return text;
}

static bool is_path(const struct helper_question *question)
{
    size_t at = 0;
    const char *path = next_text(question, &at);

    return path && at == question->size && path[0] == '/' && at < PATH_MAX;
}

static bool is_name(const char *name, size_t size)
{
    return name && name[0] && strlen(name) < size && !strchr(name, '/') &&
           strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* FAMILY/conf or FAMILY/neigh */
static bool is_place(const char *place)
{
    const char *slash = place ? strchr(place, '/') : NULL;

    if (!slash || slash == place || place[0] == '.' ||
        strlen(place) >= PLACE_SIZE)
        return false;
    return strcmp(slash, "/conf") == 0 || strcmp(slash, "/neigh") == 0;
}

/* On the host one device is meant, and not what counts for all of them. */
static bool is_one_device(const char *name)
{
    return strcmp(name, "all") != 0 && strcmp(name, "default") != 0;
}

static bool is_setting(const struct helper_question *question, bool has_fd)
{
    size_t at = 0;
    const char *device = next_text(question, &at);
    const char *name = device ? next_text(question, &at) : NULL;

    if (!is_name(device, IFNAME_SIZE) || !name || at != question->size ||
        question->what > 1 || (!has_fd && !is_one_device(device)))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        if (strcmp(settings[i], name) == 0)
            return true;
    }
    return false;
}

static bool is_device(const struct helper_question *question)
{
    size_t at = 0;

    return is_name(next_text(question, &at), IFNAME_SIZE) &&
           at == question->size;
}

static bool are_settings(const struct helper_question *question)
{
    size_t at = 0;

    if (!is_name(next_text(question, &at), IFNAME_SIZE))
        return false;
    while (at < question->size) {
        const char *place = next_text(question, &at);
        if (!is_place(place))
            return false;
        if (!is_name(next_text(question, &at), SETTING_SIZE))
            return false;
        const char *value = next_text(question, &at);
        if (!value || strlen(value) >= VALUE_SIZE)
            return false;
    }
    return true;
}

static bool is_index(uint64_t number)
{
    return number > 0 && number <= INT_MAX;
}

static bool are_groups(const struct helper_question *question)
{
    struct ip ip;
    size_t count = question->size / sizeof(ip);

    if (question->size % sizeof(ip) || count > LIMIT_DEVICE_GROUPS ||
        !is_index(question->number[0]) || !is_index(question->number[1]))
        return false;
    for (size_t i = 0; i < count; i++) {
        memcpy(&ip, question->text + i * sizeof(ip), sizeof(ip));
        if (ip.family != AF_INET && ip.family != AF_INET6)
            return false;
    }
    return true;
}

static bool is_port(const struct helper_question *question)
{
    struct ip ip;

    if (question->size != sizeof(ip) || question->number[0] > UINT16_MAX)
        return false;
    memcpy(&ip, question->text, sizeof(ip));
    return (ip.family == AF_INET || ip.family == AF_INET6) &&
           (question->what == IPPROTO_TCP || question->what == IPPROTO_UDP ||
            question->what == IPPROTO_SCTP);
}

static bool is_file(const struct helper_question *question, bool has_fd)
{
    bool of_process =
        question->what == HELPER_CGROUP || question->what == HELPER_STAT;

    return question->what <= HELPER_PACKET && question->size == 0 &&
           has_fd != of_process && of_process == is_index(question->number[0]);
}

static bool is_sound(const struct helper_question *question, bool has_fd)
{
    switch ((enum helper_verb)question->verb) {
    case HELPER_NETNS:
    case HELPER_CONNECT:
        return !has_fd && is_path(question);
    case HELPER_SOCKET:
        return question->what <= HELPER_LINKS && question->size == 0 &&
               has_fd == (question->what != HELPER_LINKS);
    case HELPER_FILE:
        return is_file(question, has_fd);
    case HELPER_SETTING:
        return is_setting(question, has_fd);
    case HELPER_PROCESSES:
        return !has_fd && question->size == 0 && question->what <= INT_MAX;
    case HELPER_READ_SETTINGS:
        return has_fd && is_device(question);
    case HELPER_WRITE_SETTINGS:
        return has_fd && are_settings(question);
    case HELPER_GROUPS:
        return has_fd && are_groups(question);
    case HELPER_PORT_USER:
        return !has_fd && is_port(question);
    case HELPER_PIDNS:
        return !has_fd && question->size == 0;
    }
    return false;
}

int helper_judge(const struct helper_question *question, size_t size,
                 bool has_fd, struct err *err)
{
    if (size < HELPER_QUESTION_HEAD || size > sizeof(*question) ||
        question->size != size - HELPER_QUESTION_HEAD || question->zero)
        return err_set(err, EINVAL, "this is no question: %zu bytes", size);
    if (!is_sound(question, has_fd))
        return err_set(err, EINVAL, "this is no question of kind %u",
                       question->verb);
    return 0;
}
