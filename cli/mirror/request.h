/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The words of `ovsint mirror`, from what was typed to a checked request. Pure.
 */
#pragma once

#include "ovsint/rows/mirror.h"
#include "ovsint/spec/attachment.h"

#define MIRROR_SNAPLEN_MIN 14
#define MIRROR_SNAPLEN_MAX 65535

enum mirror_act { MIRROR_ADD, MIRROR_RM, MIRROR_LS };

struct mirror_request {
    enum mirror_act act;
    const char *name;
    char from[MIRROR_FROM_SIZE]; /* "web,db:eth1"; "" = all of `bridge` */
    const char *bridge;          /* NULL = that of the sources */
    const char *to;              /* "monitor:span0"; NULL = a tunnel */
    struct vlan_set vlans;
    enum mirror_direction direction;
    const char *tunnel; /* "erspan", "gre" */
    struct ip remote;
    int64_t key; /* -1 = none */
    unsigned snaplen;
};

/* The result points into `words`. -EINVAL. */
int mirror_request_parse(const char *const *words, size_t count,
                         struct mirror_request *ret,
                         struct err *err) MUST_CHECK;

/* The keys of `mirror add`, for --help and completion; NULL past the end. */
const char *mirror_key(size_t index, const char **ret_syntax,
                       const char **ret_meaning);
