/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What a runtime asks of the CNI plugin: the network configuration on standard
 * input, CNI_ARGS and the rest of the environment become one checked request.
 * Pure.
 */
#pragma once

#include "ovsint/config/settings.h"
#include "ovsint/rows/published.h"
#include "ovsint/rows/transient_network.h"
#include "ovsint/spec/keys.h"
#include "plugin/cni/result.h"

enum cni_command {
    CNI_ADD,
    CNI_DEL,
    CNI_CHECK,
    CNI_GC,
    CNI_STATUS,
    CNI_VERSION,
};

/* The environment's CNI_...; NULL = it is not set. */
struct cni_environment {
    const char *command;
    const char *container;
    const char *netns;
    const char *ifname;
    const char *args;
    const char *path;
};

/* Names of Kubernetes have at most 253 characters (RFC 1123 subdomains). */
#define POD_TEXT_SIZE 254

struct cni_request {
    enum cni_command command;
    enum cni_version version;
    struct json *document;
    const char *name; /* of the network configuration */
    /* Of ADD, DEL and CHECK; in DEL the namespace may be "". */
    const char *container;
    const char *netns;
    const char *ifname;
    /* Of ADD, CHECK and STATUS. What the administrator's file says: */
    struct attachment_request configured;
    /* What the container's side says, whom the policy binds: */
    struct attachment_request own;
    char ip[LIST_ITEM_SIZE * LIMIT_ADDRESSES]; /* some without length; or "" */
    char ip_origin[ORIGIN_SIZE];
    /* Of a network with mode=nat: the keys that its network row has, and the
     * ports to be published. */
    struct transient_options nat;
    struct buf ports;
    /* The IPAM plugin, or NULL: then addresses of the container's side are its
     * business. */
    const char *ipam;
    struct err ipam_err;       /* of DEL and GC: what is wrong with the key */
    bool ipam_is_late;         /* it asks over the interface: dhcp */
    bool is_answered;          /* `configured` has its addresses */
    const struct json *routes; /* of the configuration, as CNI writes them */
    /* Of CNI_ARGS, for the row; "" = not said */
    char pod_namespace[POD_TEXT_SIZE];
    char pod_name[POD_TEXT_SIZE];
    char pod_uid[POD_TEXT_SIZE];
    const struct json *runtime_dns; /* the capability's, or NULL */
    const struct json *dns;         /* of the configuration, or NULL */
    const struct json *valid;       /* of GC; NULL = the runtime does not say */
};

/* Reads and checks all that does not depend on our own configuration. On
 * failure `ret` has the version that the answer is to be in. `ret` refers to
 * the environment; the caller owns it: cni_request_done(). -errno of
 * `failure->err`. */
int cni_request_parse(const char *bytes, size_t size,
                      const struct cni_environment *environment,
                      struct cni_request *ret,
                      struct cni_failure *failure) MUST_CHECK;

/* The command of that name (CNI_COMMAND), or -EINVAL. */
int cni_command_find(const char *name) MUST_CHECK;
const char *cni_command_name(enum cni_command command);

/* Makes the attachment: named network, policy, cross-checks. */
int cni_request_resolve(struct cni_request *request,
                        const struct settings *settings, struct attachment *ret,
                        struct cni_failure *failure) MUST_CHECK;

/* Of GC: is this attachment still in use, or is it not known? */
bool cni_request_keeps(const struct cni_request *request, const char *container,
                       const char *ifname);

void cni_request_done(struct cni_request *request);
#define auto_cni_request __attribute__((cleanup(cni_request_done)))
