/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Requests: what a front end was given, key by key. Each key keeps how the
 * operator wrote it, as `ovsint.vlan` and `ovsint.eth0.vlan` are one key.
 */
#include "ovsint/spec/attachment.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/spec/keys.h"

int attachment_request_init(struct attachment_request *ret, unsigned fronts,
                            const char *ifname, struct err *err)
{
    if (strcmp(ifname, "lo") == 0)
        return err_set(err, EINVAL,
                       "interface 'lo' is the loopback device, choose another "
                       "name");
    if (strlen(ifname) >= IFNAME_SIZE)
        return err_set(err, EINVAL,
                       "interface name " SHOWN " is longer than 15 characters",
                       ifname);
    if (!ifname_valid(ifname))
        return err_set(err, EINVAL,
                       "interface name " SHOWN " is not 1-15 printable "
                       "characters without blank, colon or slash",
                       ifname);
    *ret = (struct attachment_request){.fronts = fronts};
    snprintf(ret->values.ifname, sizeof(ret->values.ifname), "%s", ifname);
    return 0;
}

bool attachment_given(const struct attachment_request *request,
                      enum vocabulary_key key)
{
    return request->origin[key][0] != '\0';
}

bool attachment_has_flows(const struct attachment *attachment)
{
    return (attachment->guard != SOURCE_GUARD_OFF || attachment->storm) &&
           !attachment->ovn[0];
}

const char *key_where(const struct attachment_request *merged,
                      enum vocabulary_key key, char room[ORIGIN_SIZE])
{
    if (attachment_given(merged, key))
        return merged->origin[key];
    snprintf(room, ORIGIN_SIZE, "interface %s", merged->values.ifname);
    return room;
}

static int refuse_key(const struct attachment_request *request,
                      const char *origin, const char *key, struct err *err)
{
    auto_buf struct buf keys = BUF_INIT(ERR_TEXT_SIZE);
    const char *nearest = vocabulary_nearest(key, request->fronts);

    vocabulary_list(request->fronts, &keys);
    if (nearest)
        return err_set(err, EINVAL,
                       "%s: unknown key '%.40s': did you mean '%s'? (keys: %s)",
                       origin, key, nearest, buf_text(&keys));
    return err_set(err, EINVAL, "%s: unknown key '%.40s' (keys: %s)", origin,
                   key, buf_text(&keys));
}

int attachment_set(struct attachment_request *request, const char *origin,
                   const char *key, const char *value, struct err *err)
{
    struct attachment values = request->values;
    int found = vocabulary_find(key, request->fronts);

    if (found < 0)
        return refuse_key(request, origin, key, err);
    if (strcmp(request->origin[found], origin) == 0)
        return err_set(err, EINVAL, "%s: stands there twice", origin);
    if (request->origin[found][0])
        return err_set(err, EINVAL, "%s: given before as %s", origin,
                       request->origin[found]);
    /* A list of a million items would hold up whoever reads it. */
    if (strnlen(value, LIMIT_VALUE_SIZE + 1) > LIMIT_VALUE_SIZE)
        return err_set(err, EINVAL, "%s: the value is longer than %d bytes",
                       origin, LIMIT_VALUE_SIZE);
    if (key_rows[found].set(&values, value, err) < 0)
        return err_wrap(err, "%s", origin);
    request->values = values;
    snprintf(request->origin[found], ORIGIN_SIZE, "%s", origin);
    return 0;
}
