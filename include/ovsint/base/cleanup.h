/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Ownership by scope. An `auto_` variable is released when it leaves its
 * scope, on every path; nobody releases it by hand. Ownership that leaves the
 * scope is spelled TAKE_PTR or TAKE_FD. Modules derive their own `auto_x` from
 * their destructor with DEFINE_AUTO; destructors accept the empty value.
 */
#pragma once

#include <stdlib.h>
#include <unistd.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define MUST_CHECK __attribute__((warn_unused_result))

static inline void cleanup_free(void *p)
{
    free(*(void **)p);
}

static inline void cleanup_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

#define auto_free __attribute__((cleanup(cleanup_free)))
#define auto_close __attribute__((cleanup(cleanup_close)))

/* Defines cleanup_<name>(), to be used as `#define auto_<name> AUTO(<name>)`.
 * `destroy` takes a `type` and accepts NULL. */
#define DEFINE_AUTO(name, type, destroy)           \
    static inline void cleanup_##name(type *value) \
    {                                              \
        destroy(*value);                           \
    }
#define AUTO(name) __attribute__((cleanup(cleanup_##name)))

#define TAKE_PTR(p)            \
    ({                         \
        __auto_type tp_ = (p); \
        (p) = NULL;            \
        tp_;                   \
    })

#define TAKE_FD(fd)     \
    ({                  \
        int tf_ = (fd); \
        (fd) = -1;      \
        tf_;            \
    })
