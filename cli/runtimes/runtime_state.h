/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What container runtimes write about their containers: from the bytes of a
 * file to containers. Pure. Whoever has written such a file is root, but other
 * versions write other things: so only what is needed is read, and what is not
 * understood is no container.
 *
 * Pitfall: such a file may be older than the container's process. A process id
 * in it is a claim that the reader has to check: see target.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "ovsint/base/err.h"
#include "ovsint/base/limits.h"

#define CONTAINER_NAME_SIZE 256
#define ENDPOINT_ID_SIZE 65

enum runtime {
    RUNTIME_DOCKER,
    RUNTIME_PODMAN, /* also CRI-O: both keep their names in containers/storage
                     */
    RUNTIME_CONTAINERD,
    RUNTIME_RUNC,
    RUNTIME_CRUN,
    RUNTIME_COUNT,
};

const char *runtime_name(enum runtime runtime);

struct container {
    enum runtime runtime;
    char id[LIMIT_CONTAINER_ID_SIZE];
    char name[CONTAINER_NAME_SIZE]; /* "" = it has none */
    pid_t pid;                      /* 0 = it does not run, or is not known */
    /* Of that process, as in the 22nd field of proc(5)'s stat; 0 = not known */
    uint64_t start_time;
    /* Docker's ids of its endpoints. */
    char endpoints[LIMIT_CONTAINER_ENDPOINTS][ENDPOINT_ID_SIZE];
    size_t endpoint_count;
};

/* Each fills `ret` and returns 0; -EINVAL if the file is something else. */

/* Docker's containers/ID/config.v2.json (container/container.go in moby). */
int container_of_docker(const char *bytes, size_t size, struct container *ret,
                        struct err *err) MUST_CHECK;
/* runc's ID/state.json (State in libcontainer/container_linux.go). */
int container_of_runc(const char *bytes, size_t size, struct container *ret,
                      struct err *err) MUST_CHECK;
/* crun's ID/status (libcrun_write_container_status() in src/libcrun/status.c);
 * it does not tell the id. */
int container_of_crun(const char *bytes, size_t size, struct container *ret,
                      struct err *err) MUST_CHECK;
/* The config.json in containerd's directory of a task: nerdctl and the CRI
 * plugin write names into its annotations. */
int container_of_task(const char *bytes, size_t size, struct container *ret,
                      struct err *err) MUST_CHECK;

/* Visits each container of an index of containers/storage, containers.json,
 * with its id and first name. */
typedef void container_visit(void *data, const struct container *container);
int containers_of_storage(const char *bytes, size_t size,
                          container_visit *visit, void *data,
                          struct err *err) MUST_CHECK;

/* A file that has one number: a pid. 0 if it has something else. */
pid_t pid_of_text(const char *text);

/* The value of `key = "value"` in a TOML file, in any section. False if it is
 * not there or too long. */
bool toml_string(const char *text, const char *key, char *ret, size_t size);

/* The value of `name` in a command line as /proc/PID/cmdline has it, of
 * `size` bytes: "--name VALUE" or "--name=VALUE". NULL if it is not there. */
const char *cmdline_option(const char *bytes, size_t size, const char *name);

/* The start time in /proc/PID/stat; 0 if it cannot be read. */
uint64_t stat_start_time(const char *text);
