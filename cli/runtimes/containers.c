/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Which container does a person mean? A whole name goes before an id, and that
 * before the beginning of one. Pure.
 */
#include <errno.h>
#include <string.h>

#include "cli/runtimes/runtimes.h"
#include "ovsint/base/buf.h"

#define SHOWN_ID 12
#define CANDIDATES 4

enum match { MATCH_NONE, MATCH_PREFIX, MATCH_ID, MATCH_NAME };

static enum match match(const struct container *container, const char *text)
{
    if (container->name[0] && strcmp(container->name, text) == 0)
        return MATCH_NAME;
    if (strcmp(container->id, text) == 0)
        return MATCH_ID;
    return strncmp(container->id, text, strlen(text)) == 0 ? MATCH_PREFIX
                                                           : MATCH_NONE;
}

/* "podman:web": what comes after the runtime's name; NULL if no runtime is
 * named. */
static const char *after_runtime(const char *text, enum runtime *ret)
{
    for (size_t i = 0; i < RUNTIME_COUNT; i++) {
        const char *name = runtime_name((enum runtime)i);
        size_t size = strlen(name);
        if (strncmp(text, name, size) != 0 || text[size] != ':')
            continue;
        *ret = (enum runtime)i;
        return text + size + 1;
    }
    return NULL;
}

static void list_candidate(const struct container *container, size_t count,
                           struct buf *ret)
{
    if (count > CANDIDATES)
        return;
    if (count == CANDIDATES) {
        buf_add_text(ret, ", ...");
        return;
    }
    buf_addf(ret, "%s%s:%.*s%s%s%s", count ? ", " : "",
             runtime_name(container->runtime), SHOWN_ID, container->id,
             container->name[0] ? " (" : "", container->name,
             container->name[0] ? ")" : "");
}

static int refuse(const char *text, enum match best, size_t count,
                  const char *candidates, struct err *err)
{
    if (count == 0)
        return err_set(err, ENOENT,
                       "there is no container '%.80s': neither Docker, podman, "
                       "CRI-O, containerd, runc nor crun knows it; name its "
                       "process as pid:N, or the path of its network namespace",
                       text);
    static const char *const words[] = {[MATCH_PREFIX] = "beginning of the id",
                                        [MATCH_ID] = "id",
                                        [MATCH_NAME] = "name"};
    return err_set(err, EEXIST, "'%.80s' is the %s of %zu containers: %s", text,
                   words[best], count, candidates);
}

int containers_find(const struct containers *containers, const char *text,
                    const struct container **ret, struct err *err)
{
    auto_buf struct buf candidates = BUF_INIT(ERR_TEXT_SIZE);
    const struct container *found = NULL;
    enum match best = MATCH_NONE;
    enum runtime runtime = RUNTIME_COUNT;
    const char *name = after_runtime(text, &runtime);
    size_t count = 0;

    if (!name)
        name = text;
    for (size_t i = 0; i < containers->count && name[0]; i++) {
        const struct container *container = &containers->list[i];
        enum match how = match(container, name);
        if (how == MATCH_NONE || how < best ||
            (runtime != RUNTIME_COUNT && runtime != container->runtime))
            continue;
        if (how > best) {
            best = how;
            count = 0;
            buf_clear(&candidates);
        }
        list_candidate(container, count++, &candidates);
        found = container;
    }
    if (count != 1)
        return refuse(text, best, count, buf_text(&candidates), err);
    *ret = found;
    return 0;
}

const struct container *containers_by_id(const struct containers *containers,
                                         const char *id)
{
    for (size_t i = 0; i < containers->count; i++) {
        if (strcmp(containers->list[i].id, id) == 0)
            return &containers->list[i];
    }
    return NULL;
}

const struct container *
containers_by_endpoint(const struct containers *containers,
                       const char *endpoint)
{
    for (size_t i = 0; i < containers->count; i++) {
        const struct container *container = &containers->list[i];
        for (size_t e = 0; e < container->endpoint_count; e++) {
            if (strcmp(container->endpoints[e], endpoint) == 0)
                return container;
        }
    }
    return NULL;
}
