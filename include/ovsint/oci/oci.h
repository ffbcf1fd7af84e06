/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What an OCI runtime tells a hook: the state on its standard input, and the
 * config.json of the bundle. Runtimes differ: runc leaves the pid out of a
 * stopped state, crun writes 0 and adds keys of its own. So only what we need
 * is required and checked. Bytes in, values out: no file is opened here, and no
 * annotation is interpreted.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "ovsint/base/err.h"
#include "ovsint/base/limits.h"
#include "ovsint/json/json.h"

/* Annotations with this prefix are ours. Others may hold anything. */
#define OCI_ANNOTATION_PREFIX "ovsint."

/* Texts and annotations belong to `document`. */
struct oci_state {
    char id[LIMIT_CONTAINER_ID_SIZE];
    pid_t pid;          /* of the init process; 0 = none, or none any more */
    const char *status; /* in the runtime's own word; "" = not told */
    const char *bundle; /* absolute path; NULL = not told */
    const struct json *annotations; /* an object, or NULL = none */
    struct json *document;
};

/* Would runc accept it as a container id: letters, digits and "_+.-", neither
 * "." nor "..", shorter than LIMIT_CONTAINER_ID_SIZE? Such an id is safe in
 * messages, keys and paths. */
bool oci_id_valid(const char *id);

/* Reads a state (runtime-spec, "State"). Returns -EINVAL if it is not JSON, has
 * no valid id, a pid that is no process, a relative bundle, or an annotation of
 * ours that is no string; -EFBIG beyond LIMIT_STATE_SIZE; -E2BIG beyond
 * LIMIT_JSON_DEPTH. On success the caller owns *ret: oci_state_done(). */
int oci_state_parse(const char *bytes, size_t size, struct oci_state *ret,
                    struct err *err) MUST_CHECK;

/* Releases what it points to. The zeroed value is fine. */
void oci_state_done(struct oci_state *state);
#define auto_oci_state __attribute__((cleanup(oci_state_done)))

/* The stages of the runtime-spec in which ovsint-hook does something. */
enum oci_stage {
    OCI_STAGE_PRESTART = 1,
    OCI_STAGE_CREATE_RUNTIME = 2,
    OCI_STAGE_POSTSTOP = 4,
};

/* Texts and annotations belong to `document`. */
struct oci_config {
    /* Does linux.namespaces list a network? If not, the container shares the
     * namespace of the runtime. */
    bool network;
    /* The namespace to join; NULL = a new one, which the pid leads to. */
    const char *network_path;
    bool user;                      /* a user namespace, new or joined */
    bool uid_mapped;                /* linux.uidMappings is not empty */
    const char *hostname;           /* NULL = none */
    const struct json *annotations; /* an object, or NULL = none */
    /* enum oci_stage: the stages that list ovsint-hook */
    unsigned hook_stages;
    struct json *document;
};

/* Reads a config.json (runtime-spec, "Configuration"). Messages do not name the
 * file: the caller wraps them with its path. Returns -EINVAL if it is not JSON,
 * a key that we need has the wrong type, a namespace stands twice (the spec
 * forbids it), its path is not absolute, or an annotation of ours is no string;
 * -EFBIG beyond LIMIT_CONFIG_SIZE; -E2BIG beyond LIMIT_JSON_DEPTH. On success
 * the caller owns *ret: oci_config_done(). */
int oci_config_parse(const char *bytes, size_t size, struct oci_config *ret,
                     struct err *err) MUST_CHECK;

/* Releases what it points to. The zeroed value is fine. */
void oci_config_done(struct oci_config *config);
#define auto_oci_config __attribute__((cleanup(oci_config_done)))
