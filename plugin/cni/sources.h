/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What the container's side asks for, the strongest source first: capability
 * arguments of the runtime (runtimeConfig), CNI_ARGS, the annotations of a pod,
 * args.cni. What a stronger one says is not read in a weaker one. Pure.
 */
#pragma once

#include "plugin/cni/conf.h"

/* The member of that name, in any case of letters; NULL = none. */
const struct json *sources_get(const struct json *object, const char *key);

/* Fills `own`, `ip` and `ip_origin` of the request. -EINVAL. */
int sources_read(struct cni_request *request, const char *args,
                 struct err *err) MUST_CHECK;

/* Sets the addresses. podman, nerdctl and CRI-O tell no length: then it is that
 * of the named network's subnet. -EINVAL if there is none. */
int sources_set_ip(struct cni_request *request, const struct settings *settings,
                   struct err *err) MUST_CHECK;
