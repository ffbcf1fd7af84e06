/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Goes from runtime to runtime, from directory to directory. One that is not
 * there has no containers. What cannot be read is noted, and does not keep the
 * rest.
 */
#include "cli/runtimes/runtimes.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/hash.h"
#include "ovsint/base/io.h"
#include "ovsint/json/json.h"
#include "ovsint/oci/oci.h"

#define CMDLINE_SIZE (64u << 10)
#define CONF_SIZE (256u << 10)
#define TASKS "io.containerd.runtime.v2.task"

static void note(struct containers *containers, const struct err *err)
{
    if (err->code != ENOENT && containers->unread.code == 0)
        containers->unread = *err;
}

/* The same container, as another runtime has it. Pitfall: an id that a person
 * has chosen may be one of runc and another one of crun, or one in each of two
 * namespaces of containerd. Their processes tell them apart. */
static struct container *find_same(struct containers *containers,
                                   const struct container *container)
{
    uint64_t hash = hash_text(HASH_BEGIN, container->id);

    for (size_t i = 0; i < containers->count; i++) {
        struct container *other = &containers->list[i];
        if (containers->hashes[i] == hash &&
            strcmp(other->id, container->id) == 0 &&
            (other->pid == container->pid || !other->pid || !container->pid))
            return other;
    }
    return NULL;
}

/* The runtime below another one may know more. */
static void complete(struct container *known, const struct container *other)
{
    if (known->pid == 0)
        known->pid = other->pid;
    if (known->pid == other->pid && known->start_time == 0)
        known->start_time = other->start_time;
}

static void add(struct containers *containers,
                const struct container *container)
{
    struct container *known = find_same(containers, container);
    bool is_full = containers->count == LIMIT_RUNTIME_CONTAINERS;

    if (known)
        complete(known, container);
    containers->is_cut |= !known && is_full;
    if (known || is_full)
        return;
    containers->list = mem_grow(containers->list, containers->count,
                                &containers->room, sizeof(*containers->list));
    containers->hashes =
        mem_grow(containers->hashes, containers->count, &containers->hash_room,
                 sizeof(*containers->hashes));
    containers->hashes[containers->count] =
        hash_text(HASH_BEGIN, container->id);
    containers->list[containers->count++] = *container;
}

/* What is done with each entry of a directory, by its path and name. */
typedef void entry_visit(struct containers *containers, const char *path,
                         const char *name, const void *data);

static void each_entry(struct containers *containers, const char *directory,
                       entry_visit *visit, const void *data)
{
    auto_dir DIR *dir = opendir(directory);
    char path[PATH_MAX];
    struct err err = {0};

    if (!dir) {
        err_sys(&err, "open %s", directory);
        note(containers, &err);
        return;
    }
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        int len =
            snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
        if (entry->d_name[0] != '.' && len < (int)sizeof(path))
            visit(containers, path, entry->d_name, data);
    }
}

static bool read_file(struct containers *containers, struct buf *ret,
                      const char *directory, const char *name)
{
    char path[PATH_MAX];
    struct err err = {0};

    if (snprintf(path, sizeof(path), "%s/%s", directory, name) >=
        (int)sizeof(path))
        return false;
    buf_clear(ret);
    if (io_read_file(path, ret, &err) >= 0)
        return true;
    /* ENOTDIR: a file lies beside the containers' directories. */
    if (err.code != ENOTDIR)
        note(containers, &err);
    return false;
}

/* A directory of which one file tells all about its container. */
struct state_file {
    const char *name;
    int (*parse)(const char *bytes, size_t size, struct container *ret,
                 struct err *err);
};

static void see_state(struct containers *containers, const char *path,
                      const char *name, const void *data)
{
    const struct state_file *file = data;
    auto_buf struct buf text = BUF_INIT(LIMIT_RUNTIME_FILE);
    struct container container;
    struct err err = {0};

    (void)name;
    if (!read_file(containers, &text, path, file->name))
        return;
    if (file->parse(buf_text(&text), text.size, &container, &err) >= 0)
        add(containers, &container);
    else
        note(containers, &err);
}

/* Docker. */

static const struct state_file docker_state = {"config.v2.json",
                                               container_of_docker};

/* The data directory that a running dockerd was given on its command line. */
static void see_process(struct containers *containers, const char *path,
                        const char *name, const void *data)
{
    auto_buf struct buf text = BUF_INIT(CMDLINE_SIZE);
    char directory[PATH_MAX];
    struct err ignored = {0};
    char comm[PATH_MAX];

    (void)data;
    if (!pid_of_text(name))
        return;
    snprintf(comm, sizeof(comm), "%.4000s/comm", path);
    if (io_read_file(comm, &text, &ignored) < 0 ||
        strcmp(buf_text(&text), "dockerd\n") != 0)
        return;
    snprintf(comm, sizeof(comm), "%.4000s/cmdline", path);
    buf_clear(&text);
    if (io_read_file(comm, &text, &ignored) < 0)
        return;
    const char *root =
        cmdline_option(buf_text(&text), text.size, "--data-root");
    if (root && snprintf(directory, sizeof(directory), "%.4000s/containers",
                         root) < (int)sizeof(directory))
        each_entry(containers, directory, see_state, &docker_state);
}

static void read_docker(struct containers *containers)
{
    static const struct json_limits limits = {.size = CONF_SIZE,
                                              .depth = LIMIT_JSON_DEPTH};
    auto_buf struct buf text = BUF_INIT(CONF_SIZE);
    auto_json struct json *daemon = NULL;
    char directory[PATH_MAX];
    struct err ignored = {0};
    const char *root = NULL;

    each_entry(containers, "/proc", see_process, NULL);
    if (io_read_file("/etc/docker/daemon.json", &text, &ignored) >= 0 &&
        json_parse(buf_text(&text), text.size, &limits, &daemon, &ignored) >= 0)
        root = json_string(json_get(daemon, "data-root"));
    snprintf(directory, sizeof(directory), "%.4000s/containers",
             root ? root : "/var/lib/docker");
    each_entry(containers, directory, see_state, &docker_state);
}

/* podman and CRI-O. */

struct storage {
    struct containers *containers;
    const char *run; /* RUN/DRIVER-containers */
};

static void see_stored(void *data, const struct container *stored)
{
    const struct storage *storage = data;
    auto_buf struct buf text = BUF_INIT(64);
    struct container container = *stored;
    char name[LIMIT_CONTAINER_ID_SIZE + 32];

    snprintf(name, sizeof(name), "%s/userdata/pidfile", stored->id);
    if (read_file(storage->containers, &text, storage->run, name))
        container.pid = pid_of_text(buf_text(&text));
    add(storage->containers, &container);
}

static void read_index(struct containers *containers, const char *directory,
                       const char *name, const char *run)
{
    auto_buf struct buf text = BUF_INIT(LIMIT_RUNTIME_FILE);
    struct storage storage = {.containers = containers, .run = run};
    struct err err = {0};

    if (!read_file(containers, &text, directory, name))
        return;
    if (containers_of_storage(buf_text(&text), text.size, see_stored, &storage,
                              &err) < 0)
        note(containers, &err);
}

static void see_driver(struct containers *containers, const char *path,
                       const char *name, const void *data)
{
    static const char ending[] = "-containers";
    const char *run_root = data;
    char run[PATH_MAX];
    size_t size = strlen(name);

    if (size < sizeof(ending) ||
        strcmp(name + size - (sizeof(ending) - 1), ending) != 0)
        return;
    if (snprintf(run, sizeof(run), "%s/%s", run_root, name) >= (int)sizeof(run))
        return;
    read_index(containers, path, "containers.json", run);
    read_index(containers, path, "volatile-containers.json", run);
    /* With transient_store=true. */
    read_index(containers, run, "containers.json", run);
    read_index(containers, run, "volatile-containers.json", run);
}

static void read_storage(struct containers *containers)
{
    static const char *const files[] = {"/etc/containers/storage.conf",
                                        "/usr/share/containers/storage.conf"};
    auto_buf struct buf text = BUF_INIT(CONF_SIZE);
    char graph[PATH_MAX] = "/var/lib/containers/storage";
    char run[PATH_MAX] = "/run/containers/storage";
    struct err ignored = {0};

    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        buf_clear(&text);
        if (io_read_file(files[i], &text, &ignored) < 0)
            continue;
        toml_string(buf_text(&text), "graphroot", graph, sizeof(graph));
        toml_string(buf_text(&text), "runroot", run, sizeof(run));
        break;
    }
    each_entry(containers, graph, see_driver, run);
}

/* containerd. */

static void see_task(struct containers *containers, const char *path,
                     const char *name, const void *data)
{
    auto_buf struct buf text = BUF_INIT(LIMIT_RUNTIME_FILE);
    struct container container = {.runtime = RUNTIME_CONTAINERD};
    struct err ignored = {0};

    (void)data;
    const struct container *known = containers_by_id(containers, name);
    if (!oci_id_valid(name) || (known && known->runtime == RUNTIME_DOCKER))
        return;
    if (read_file(containers, &text, path, "config.json"))
        (void)!container_of_task(buf_text(&text), text.size, &container,
                                 &ignored);
    snprintf(container.id, sizeof(container.id), "%s", name);
    if (read_file(containers, &text, path, "init.pid"))
        container.pid = pid_of_text(buf_text(&text));
    if (container.pid)
        add(containers, &container);
}

static void see_namespace(struct containers *containers, const char *path,
                          const char *name, const void *data)
{
    (void)name;
    (void)data;
    each_entry(containers, path, see_task, NULL);
}

static void read_containerd(struct containers *containers)
{
    each_entry(containers, "/run/containerd/" TASKS, see_namespace, NULL);
}

/* runc and crun. */

static const struct state_file runc_state = {"state.json", container_of_runc};

static void see_crun(struct containers *containers, const char *path,
                     const char *name, const void *data)
{
    auto_buf struct buf text = BUF_INIT(LIMIT_RUNTIME_FILE);
    struct container container;
    struct err err = {0};

    (void)data;
    if (!oci_id_valid(name) || !read_file(containers, &text, path, "status"))
        return;
    if (container_of_crun(buf_text(&text), text.size, &container, &err) < 0) {
        note(containers, &err);
        return;
    }
    snprintf(container.id, sizeof(container.id), "%s", name);
    add(containers, &container);
}

void containers_read(struct containers *ret)
{
    read_docker(ret);
    read_storage(ret);
    read_containerd(ret);
    each_entry(ret, "/run/runc", see_state, &runc_state);
    each_entry(ret, "/run/crun", see_crun, NULL);
}

void containers_done(struct containers *containers)
{
    free(containers->list);
    free(containers->hashes);
    *containers = (struct containers){0};
}
