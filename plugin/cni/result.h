/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the CNI plugin answers: results and error objects in each version of the
 * specification. Pure.
 */
#pragma once

#include "ovsint/base/buf.h"
#include "ovsint/base/err.h"
#include "ovsint/json/json.h"
#include "ovsint/spec/attachment.h"

enum cni_version {
    CNI_0_3_0,
    CNI_0_3_1,
    CNI_0_4_0,
    CNI_1_0_0,
    CNI_1_1_0,
    CNI_VERSIONS,
};

/* What a configuration without a version gets, and what our examples have. */
#define CNI_DEFAULT_VERSION CNI_1_0_0

/* Error codes of the specification; from 100 they are a plugin's own. */
enum cni_code {
    CNI_BAD_VERSION = 1,
    CNI_NO_CONTAINER = 3,
    CNI_BAD_ENVIRONMENT = 4,
    CNI_BAD_INPUT = 5, /* standard input could not be read */
    CNI_NOT_JSON = 6,
    CNI_BAD_CONFIGURATION = 7,
    CNI_TRY_LATER = 11,
    CNI_NOT_AVAILABLE = 50,
    CNI_COULD_NOT = 100,
};

struct cni_failure {
    enum cni_code code;
    struct err err;
};

/* Adds the code to an error that is set. Returns its -errno. */
int cni_fail(struct cni_failure *failure, enum cni_code code);

/* "1.0.0" */
const char *cni_version_name(enum cni_version version);
/* The version of that name, or -EINVAL. */
int cni_version_find(const char *name) MUST_CHECK;
/* Appends all versions, separated by ", ". */
void cni_version_list(struct buf *ret);

struct cni_made {
    const struct attachment *spec; /* with the addresses that it got */
    const struct mac *mac;
    const char *netns;
    const char *port;               /* of a pair: its host end */
    const struct json *dns;         /* NULL = none */
    const struct json *runtime_dns; /* goes before it; NULL = none */
    const struct dhcp_dns *lan_dns; /* if there is neither; NULL = none */
    /* What the IPAM plugin has said of the addresses; family 0 = no gateway */
    const struct ip *gateways; /* of each address; NULL = it was not asked */
    size_t gateway_count;
};

/* The result of ADD. Pitfall: its interface has to have the name that the
 * runtime asked for, whatever the device is called. */
void cni_result_add(enum cni_version version, const struct cni_made *made,
                    struct buf *ret);
/* The result of VERSION. */
void cni_result_version(enum cni_version version, struct buf *ret);
/* The error object: a sentence, and what to look at.
 *
 * Pitfall: containerd takes a failed DEL for a success if its text says that
 * something was "not found", or that there is "no such file or directory"
 * (go-cni, Remove()). So no answer of ours says so in these words. */
void cni_result_error(enum cni_version version,
                      const struct cni_failure *failure, struct buf *ret);
