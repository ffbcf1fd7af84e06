/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One table of keys: how each is written, and what reads it. */
#include "cli/mirror/request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "ovsint/base/parse.h"

/* A session of ERSPAN has 10 bits, a key of GRE 32. */
#define ERSPAN_KEY_MAX 1023

typedef int key_reader(struct mirror_request *request, const char *value,
                       struct err *err);

static int read_from(struct mirror_request *request, const char *value,
                     struct err *err)
{
    if (strlen(value) >= sizeof(request->from) || !value[0])
        return err_set(err, EINVAL,
                       "from: name containers, ports or a card, with commas "
                       "between them");
    snprintf(request->from, sizeof(request->from), "%s", value);
    return 0;
}

static int read_bridge(struct mirror_request *request, const char *value,
                       struct err *err)
{
    if (!value[0])
        return err_set(err, EINVAL, "bridge: a name is wanted");
    request->bridge = value;
    return 0;
}

static int read_vlans(struct mirror_request *request, const char *value,
                      struct err *err)
{
    if (vlan_set_parse(value, &request->vlans) < 0)
        return err_set(err, EINVAL,
                       "vlans: '%.80s' is no list of VLANs, as 10,20-29",
                       value);
    return 0;
}

static int read_direction(struct mirror_request *request, const char *value,
                          struct err *err)
{
    if (mirror_direction_parse(value, &request->direction) < 0)
        return err_set(err, EINVAL,
                       "direction: '%.80s' is none of both, in, out", value);
    return 0;
}

static int read_to(struct mirror_request *request, const char *value,
                   struct err *err)
{
    if (!value[0])
        return err_set(err, EINVAL, "to: a container's interface is wanted");
    request->to = value;
    return 0;
}

static int read_remote(struct mirror_request *request, const char *value,
                       struct err *err)
{
    static const uint8_t any[4];

    if (parse_ip(value, &request->remote) < 0 ||
        request->remote.family != AF_INET ||
        memcmp(request->remote.bytes, any, 4) == 0 ||
        request->remote.bytes[0] >= 224 || ip_is_loopback(&request->remote))
        return err_set(err, EINVAL,
                       "remote: '%.80s' is not the IPv4 address of a host",
                       value);
    return 0;
}

static int read_tunnel(struct mirror_request *request, const char *value,
                       struct err *err)
{
    if (strcmp(value, "erspan") != 0 && strcmp(value, "gre") != 0)
        return err_set(err, EINVAL, "tunnel: '%.80s' is none of erspan, gre",
                       value);
    request->tunnel = value;
    return 0;
}

static int read_key(struct mirror_request *request, const char *value,
                    struct err *err)
{
    uint64_t key;

    if (parse_number(value, 0, UINT32_MAX, &key) < 0)
        return err_set(err, EINVAL, "key: '%.80s' is not a number of 32 bits",
                       value);
    request->key = (int64_t)key;
    return 0;
}

static int read_snaplen(struct mirror_request *request, const char *value,
                        struct err *err)
{
    uint64_t bytes;

    if (parse_number(value, MIRROR_SNAPLEN_MIN, MIRROR_SNAPLEN_MAX, &bytes) < 0)
        return err_set(err, EINVAL,
                       "snaplen: '%.80s' is not a number of bytes from %d to "
                       "%d",
                       value, MIRROR_SNAPLEN_MIN, MIRROR_SNAPLEN_MAX);
    request->snaplen = (unsigned)bytes;
    return 0;
}

static const struct {
    const char *key, *syntax, *meaning;
    key_reader *read;
} keys[] = {
    {"from", "CONTAINER[:IFNAME]|PORT,...", "whose packets are copied",
     read_from},
    {"vlans", "10,20-29", "only those of these VLANs", read_vlans},
    {"bridge", "NAME", "without from: all of its VLANs", read_bridge},
    {"direction", "both|in|out", "what is received, what is sent",
     read_direction},
    {"to", "CONTAINER:IFNAME", "an interface without addresses", read_to},
    {"remote", "ADDR", "or a host, by a tunnel", read_remote},
    {"tunnel", "erspan|gre", "its kind (erspan)", read_tunnel},
    {"key", "NUMBER", "its session or key", read_key},
    {"snaplen", "BYTES", "copy no more of a packet", read_snaplen},
};

const char *mirror_key(size_t index, const char **ret_syntax,
                       const char **ret_meaning)
{
    if (index >= ARRAY_LEN(keys))
        return NULL;
    *ret_syntax = keys[index].syntax;
    *ret_meaning = keys[index].meaning;
    return keys[index].key;
}

static int unknown_key(const char *word, struct err *err)
{
    auto_buf struct buf known = BUF_INIT(256);

    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        buf_addf(&known, "%s%s", i ? ", " : "", keys[i].key);
    return err_set(err, EINVAL,
                   "mirror add: '%.80s' is none of its keys with a value: %s",
                   word, buf_text(&known));
}

static int take_word(struct mirror_request *request, const char *word,
                     bool *given, struct err *err)
{
    size_t len = strcspn(word, "=");

    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (!word[len] || strlen(keys[i].key) != len ||
            strncmp(keys[i].key, word, len) != 0)
            continue;
        if (given[i])
            return err_set(err, EINVAL, "mirror add: %s stands twice",
                           keys[i].key);
        given[i] = true;
        return keys[i].read(request, word + len + 1, err);
    }
    return unknown_key(word, err);
}

/* Copies of all that is on a bridge would go out by it, and be copied again. */
static int check_tunnel(struct mirror_request *request, struct err *err)
{
    if (request->remote.family == 0) {
        if (request->tunnel || request->key >= 0)
            return err_set(err, EINVAL,
                           "mirror add: tunnel and key are for remote=ADDR");
        return 0;
    }
    if (!request->from[0])
        return err_set(err, EINVAL,
                       "mirror add: with remote=ADDR say from=CONTAINER, as "
                       "copies of all that is on a bridge would be copied "
                       "again");
    if (!request->tunnel)
        request->tunnel = "erspan";
    if (strcmp(request->tunnel, "erspan") != 0)
        return 0;
    if (request->key < 0)
        request->key = 1;
    if (request->key > ERSPAN_KEY_MAX)
        return err_set(err, EINVAL, "key: a session of ERSPAN is 0 to %d",
                       ERSPAN_KEY_MAX);
    return 0;
}

static int check_request(struct mirror_request *request, struct err *err)
{
    if (!request->from[0] &&
        (!request->bridge || vlan_set_empty(&request->vlans)))
        return err_set(err, EINVAL,
                       "mirror add: say what is to be copied: from=CONTAINER, "
                       "or bridge=NAME and vlans=LIST");
    if (!request->from[0] && request->direction != MIRROR_BOTH)
        return err_set(err, EINVAL,
                       "mirror add: direction is for from=CONTAINER");
    if (!request->to == (request->remote.family == 0))
        return err_set(err, EINVAL,
                       "mirror add: say who gets the copies: to=CONTAINER:"
                       "IFNAME, or remote=ADDR, and one of them");
    return check_tunnel(request, err);
}

static int parse_add(const char *const *words, size_t count,
                     struct mirror_request *request, struct err *err)
{
    bool given[ARRAY_LEN(keys)] = {false};

    for (size_t i = 0; i < count; i++) {
        int r = take_word(request, words[i], given, err);
        if (r < 0)
            return r;
    }
    return check_request(request, err);
}

int mirror_request_parse(const char *const *words, size_t count,
                         struct mirror_request *ret, struct err *err)
{
    static const char *const acts[] = {
        [MIRROR_ADD] = "add", [MIRROR_RM] = "rm", [MIRROR_LS] = "ls"};
    struct mirror_request request = {.key = -1};
    size_t act = 0;

    while (act < ARRAY_LEN(acts) && strcmp(words[0], acts[act]) != 0)
        act++;
    if (act == ARRAY_LEN(acts))
        return err_set(err, EINVAL, "mirror: '%.80s' is none of add, rm, ls",
                       words[0]);
    request.act = (enum mirror_act)act;
    if (request.act == MIRROR_LS && count > 1)
        return err_set(err, EINVAL, "mirror ls takes no more words");
    if (request.act != MIRROR_LS && (count < 2 || !mirror_name_valid(words[1])))
        return err_set(err, EINVAL,
                       "mirror %s: a name is wanted, 1 to %d letters, digits, "
                       "'_', '-' and '.'",
                       words[0], MIRROR_NAME_SIZE - 1);
    if (request.act == MIRROR_RM && count > 2)
        return err_set(err, EINVAL, "mirror rm takes one name");
    request.name = count > 1 ? words[1] : NULL;
    int r = request.act == MIRROR_ADD
                ? parse_add(words + 2, count - 2, &request, err)
                : 0;
    if (r >= 0)
        *ret = request;
    return r;
}
