/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Growable bytes with a cap. Exceeding the cap is sticky: the buffer keeps
 * what it had, `overflow` is set, and later additions do nothing; the owner
 * checks once. Running out of memory aborts, which the caps make safe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "ovsint/base/cleanup.h"

struct buf {
    char *data; /* NUL-terminated whenever not NULL */
    size_t size;
    size_t room;
    size_t cap; /* largest `size` allowed */
    bool overflow;
};

#define BUF_INIT(limit) ((struct buf){.cap = (limit)})

void buf_add(struct buf *buf, const void *bytes, size_t size);
void buf_add_text(struct buf *buf, const char *text);
void buf_addf(struct buf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Room for `size` more bytes at the end, or NULL when that would pass the cap.
 * buf_grew() says how many of them were used. */
char *buf_reserve(struct buf *buf, size_t size);
void buf_grew(struct buf *buf, size_t size);

/* Drops `size` bytes from the front. */
void buf_consume(struct buf *buf, size_t size);

/* The text so far, never NULL, owned by the buffer. */
const char *buf_text(const struct buf *buf);

/* Forgets the content and the overflow, keeps the memory. */
void buf_clear(struct buf *buf);

/* Releases the memory; the buffer can be used again. */
void buf_done(struct buf *buf);

#define auto_buf __attribute__((cleanup(buf_done)))

/* Says "out of memory" and aborts: when a library could not allocate. */
void mem_exhausted(void) __attribute__((noreturn));
/* malloc that aborts instead of returning NULL; zeroed. */
void *mem_new(size_t size);
/* realloc that aborts instead of returning NULL; new bytes are not zeroed. */
void *mem_resize(void *memory, size_t size);
char *mem_text(const char *text, size_t size);
