/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The state that a runtime writes to a hook. The status is not judged, as runc
 * says "creating" where crun says "created". Nor is ociVersion: it is free
 * text.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "common/oci/fields.h"

#define ID_CHARACTERS \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+.-"

bool oci_id_valid(const char *id)
{
    size_t size = strlen(id);

    if (size == 0 || size >= LIMIT_CONTAINER_ID_SIZE)
        return false;
    if (strcmp(id, ".") == 0 || strcmp(id, "..") == 0)
        return false;
    return strspn(id, ID_CHARACTERS) == size;
}

static int read_id(const struct json *document, struct oci_state *ret,
                   struct err *err)
{
    const char *id = NULL;

    int r = fields_text(document, "id", &id, err);
    if (r < 0)
        return r;
    if (!id)
        return err_set(err, EINVAL, "\"id\" is missing");
    if (!oci_id_valid(id))
        return err_set(err, EINVAL,
                       "'%.64s' is no container id: want 1 to %d characters "
                       "of A-Z, a-z, 0-9 and \"_+.-\"",
                       id, LIMIT_CONTAINER_ID_SIZE - 1);
    memcpy(ret->id, id, strlen(id) + 1);
    return 0;
}

static int read_pid(const struct json *document, pid_t *ret, struct err *err)
{
    const struct json *member = NULL;
    int64_t pid = 0;

    int r = fields_get(document, "pid", JSON_INT, &member, err);
    if (r < 0)
        return r;
    if (json_int(member, &pid) && (pid < 0 || pid > INT_MAX))
        return err_set(err, EINVAL, "\"pid\" is no process id: %lld",
                       (long long)pid);
    *ret = (pid_t)pid;
    return 0;
}

static int read_state(struct oci_state *state, struct err *err)
{
    const char *status = json_string(json_get(state->document, "status"));

    state->status = status ? status : "";
    int r = read_id(state->document, state, err);
    if (r < 0)
        return r;
    r = read_pid(state->document, &state->pid, err);
    if (r < 0)
        return r;
    r = fields_path(state->document, "bundle", &state->bundle, err);
    if (r < 0)
        return r;
    return fields_annotations(state->document, &state->annotations, err);
}

int oci_state_parse(const char *bytes, size_t size, struct oci_state *ret,
                    struct err *err)
{
    auto_oci_state struct oci_state state = {0};

    int r = fields_parse(bytes, size, LIMIT_STATE_SIZE, &state.document, err);
    if (r >= 0)
        r = read_state(&state, err);
    if (r < 0)
        return err_wrap(err, "container state");
    *ret = state;
    state.document = NULL;
    return 0;
}

void oci_state_done(struct oci_state *state)
{
    json_free(state->document);
    *state = (struct oci_state){0};
}
