/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The containers of this host, as the state directories of the runtimes have
 * them. No API is asked, so a runtime may hang or be away.
 *
 * - docker: DATA/containers/ID/config.v2.json: name, pid, endpoints. DATA is
 *   what a running dockerd was told (--data-root), else "data-root" of
 *   /etc/docker/daemon.json, else /var/lib/docker.
 * - podman, CRI-O: GRAPH/DRIVER-containers/containers.json: id and name; beside
 *   it volatile-containers.json, those of `podman run --rm`; the same names in
 *   RUN/DRIVER-containers, if the store is transient;
 *   RUN/DRIVER-containers/ID/userdata/pidfile: the pid. GRAPH and RUN are those
 *   of /etc/containers/storage.conf.
 * - containerd: /run/containerd/io.containerd.runtime.v2.task/NAMESPACE/ID:
 *   init.pid, and config.json for names of nerdctl and of pods.
 * - runc, crun: /run/runc/ID/state.json, /run/crun/ID/status: pid and the time
 *   at which it has started.
 *
 * A container that several of them know stands once, by the first of them. If a
 * directory is not there the runtime has no containers. What cannot be read is
 * left out, and noted.
 */
#pragma once

#include "cli/runtimes/runtime_state.h"

struct containers {
    struct container *list;
    size_t count;
    size_t room;
    uint64_t *hashes; /* of the ids: going through 16384 rows is too slow */
    size_t hash_room;
    bool is_cut;       /* there are more, which are left out */
    struct err unread; /* code 0 = all could be read; else the first failure */
};

void containers_read(struct containers *ret);
void containers_done(struct containers *containers);
#define auto_containers __attribute__((cleanup(containers_done)))

/* The container with that id; NULL if there is none. */
const struct container *containers_by_id(const struct containers *containers,
                                         const char *id);
/* The container that has this endpoint of Docker's. */
const struct container *
containers_by_endpoint(const struct containers *containers,
                       const char *endpoint);

/* The one that a person means: by its name, by its id, or by the beginning of
 * the id of one alone; "RUNTIME:NAME" looks among those of one runtime.
 * -ENOENT; -EEXIST if several are meant, and the message names them. Pure. */
int containers_find(const struct containers *containers, const char *text,
                    const struct container **ret, struct err *err) MUST_CHECK;
