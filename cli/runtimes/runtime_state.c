/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Each reader parses the whole document, and takes the few members that it
 * needs.
 */
#include "cli/runtimes/runtime_state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/base/parse.h"
#include "ovsint/json/json.h"
#include "ovsint/oci/oci.h"

#define PID_MAX 4194304 /* PID_MAX_LIMIT of the kernel */

static const struct json_limits limits = {.size = LIMIT_RUNTIME_FILE,
                                          .depth = LIMIT_JSON_DEPTH};

const char *runtime_name(enum runtime runtime)
{
    static const char *const names[RUNTIME_COUNT] = {
        "docker", "podman", "containerd", "runc", "crun"};

    return names[runtime];
}

static int refuse(struct err *err, const char *what)
{
    return err_set(err, EINVAL, "this is no %s", what);
}

static bool take_text(const char *text, char *ret, size_t size)
{
    if (!text || strlen(text) >= size)
        return false;
    snprintf(ret, size, "%s", text);
    return true;
}

static bool take_id(const char *text, struct container *ret)
{
    return text && oci_id_valid(text) &&
           take_text(text, ret->id, sizeof(ret->id));
}

static pid_t take_pid(const struct json *node)
{
    int64_t number;

    return json_int(node, &number) && number > 0 && number <= PID_MAX
               ? (pid_t)number
               : 0;
}

static uint64_t take_start(const struct json *node)
{
    int64_t number;

    return json_int(node, &number) && number > 0 ? (uint64_t)number : 0;
}

static void take_endpoints(const struct json *networks, struct container *ret)
{
    for (size_t i = 0; i < json_count(networks); i++) {
        const char *id =
            json_string(json_get(json_at(networks, i), "EndpointID"));
        if (ret->endpoint_count == LIMIT_CONTAINER_ENDPOINTS)
            return;
        if (id && id[0] &&
            take_text(id, ret->endpoints[ret->endpoint_count],
                      ENDPOINT_ID_SIZE))
            ret->endpoint_count++;
    }
}

int container_of_docker(const char *bytes, size_t size, struct container *ret,
                        struct err *err)
{
    auto_json struct json *document = NULL;
    struct container container = {.runtime = RUNTIME_DOCKER};
    bool runs = false;

    int r = json_parse(bytes, size, &limits, &document, err);
    if (r < 0)
        return r;
    const struct json *state = json_get(document, "State");
    const char *name = json_string(json_get(document, "Name"));
    if (!take_id(json_string(json_get(document, "ID")), &container) || !state)
        return refuse(err, "config.v2.json of Docker");
    /* Docker writes it with a slash before it. */
    if (name)
        take_text(name + (name[0] == '/'), container.name,
                  sizeof(container.name));
    json_bool(json_get(state, "Running"), &runs);
    if (runs)
        container.pid = take_pid(json_get(state, "Pid"));
    take_endpoints(json_get(json_get(document, "NetworkSettings"), "Networks"),
                   &container);
    *ret = container;
    return 0;
}

int container_of_runc(const char *bytes, size_t size, struct container *ret,
                      struct err *err)
{
    auto_json struct json *document = NULL;
    struct container container = {.runtime = RUNTIME_RUNC};

    int r = json_parse(bytes, size, &limits, &document, err);
    if (r < 0)
        return r;
    if (!take_id(json_string(json_get(document, "id")), &container))
        return refuse(err, "state.json of runc");
    container.pid = take_pid(json_get(document, "init_process_pid"));
    container.start_time = take_start(json_get(document, "init_process_start"));
    *ret = container;
    return 0;
}

int container_of_crun(const char *bytes, size_t size, struct container *ret,
                      struct err *err)
{
    auto_json struct json *document = NULL;
    struct container container = {.runtime = RUNTIME_CRUN};

    int r = json_parse(bytes, size, &limits, &document, err);
    if (r < 0)
        return r;
    container.pid = take_pid(json_get(document, "pid"));
    container.start_time = take_start(json_get(document, "process-start-time"));
    if (!container.pid)
        return refuse(err, "status of crun");
    *ret = container;
    return 0;
}

int container_of_task(const char *bytes, size_t size, struct container *ret,
                      struct err *err)
{
    static const char *const keys[] = {"nerdctl/name",
                                       "io.kubernetes.cri.container-name"};
    auto_json struct json *document = NULL;
    struct container container = {.runtime = RUNTIME_CONTAINERD};

    int r = json_parse(bytes, size, &limits, &document, err);
    if (r < 0)
        return r;
    if (!json_string(json_get(document, "ociVersion")))
        return refuse(err, "config.json of a container");
    const struct json *annotations = json_get(document, "annotations");
    for (size_t i = 0; i < ARRAY_LEN(keys) && !container.name[0]; i++)
        take_text(json_string(json_get(annotations, keys[i])), container.name,
                  sizeof(container.name));
    *ret = container;
    return 0;
}

int containers_of_storage(const char *bytes, size_t size,
                          container_visit *visit, void *data, struct err *err)
{
    auto_json struct json *document = NULL;

    int r = json_parse(bytes, size, &limits, &document, err);
    if (r < 0)
        return r;
    if (json_type(document) != JSON_ARRAY)
        return refuse(err, "containers.json of containers/storage");
    for (size_t i = 0; i < json_count(document); i++) {
        const struct json *entry = json_at(document, i);
        struct container container = {.runtime = RUNTIME_PODMAN};
        if (!take_id(json_string(json_get(entry, "id")), &container))
            continue;
        take_text(json_string(json_at(json_get(entry, "names"), 0)),
                  container.name, sizeof(container.name));
        visit(data, &container);
    }
    return 0;
}

pid_t pid_of_text(const char *text)
{
    char number[16];
    uint64_t pid;

    if (strcspn(text, " \n") >= sizeof(number))
        return 0;
    snprintf(number, sizeof(number), "%.*s", (int)strcspn(text, " \n"), text);
    return parse_number(number, 1, PID_MAX, &pid) < 0 ? 0 : (pid_t)pid;
}

/* One line of TOML: key = "value", perhaps with a comment after it. */
static bool toml_line(const char *line, size_t size, const char *key, char *ret,
                      size_t room)
{
    const char *end = line + size;
    size_t key_size = strlen(key);

    while (line < end && (*line == ' ' || *line == '\t'))
        line++;
    if ((size_t)(end - line) <= key_size || strncmp(line, key, key_size) != 0)
        return false;
    line += key_size;
    while (line < end && (*line == ' ' || *line == '\t'))
        line++;
    if (line == end || *line != '=')
        return false;
    const char *open = memchr(line, '"', (size_t)(end - line));
    const char *close =
        open ? memchr(open + 1, '"', (size_t)(end - open - 1)) : NULL;
    if (!close || (size_t)(close - open - 1) >= room)
        return false;
    snprintf(ret, room, "%.*s", (int)(close - open - 1), open + 1);
    return true;
}

bool toml_string(const char *text, const char *key, char *ret, size_t size)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        if (toml_line(text, len, key, ret, size))
            return true;
        text += len + (text[len] == '\n');
    }
    return false;
}

const char *cmdline_option(const char *bytes, size_t size, const char *name)
{
    size_t name_size = strlen(name);

    for (size_t at = 0; at < size;) {
        const char *word = bytes + at;
        size_t len = strnlen(word, size - at);
        at += len + 1;
        if (strncmp(word, name, name_size) != 0 || len < name_size)
            continue;
        if (len > name_size && word[name_size] == '=')
            return word + name_size + 1;
        if (len == name_size && at < size)
            return bytes + at;
    }
    return NULL;
}

/* The name of the program stands in parentheses, and may contain anything. */
uint64_t stat_start_time(const char *text)
{
    const char *at = strrchr(text, ')');
    uint64_t value;
    char number[24];

    if (!at)
        return 0;
    /* Field 3 follows the parenthesis. */
    for (int field = 2; field < 22 && at; field++)
        at = strchr(at + 1, ' ');
    if (!at || strcspn(at + 1, " \n") >= sizeof(number))
        return 0;
    snprintf(number, sizeof(number), "%.*s", (int)strcspn(at + 1, " \n"),
             at + 1);
    return parse_number(number, 1, UINT64_MAX, &value) < 0 ? 0 : value;
}
