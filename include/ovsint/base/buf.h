/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Growable bytes with a cap. An addition that would pass the cap does nothing
 * and sets `overflow`, and so do all later ones: the owner checks once, at the
 * end. If memory runs out the program aborts. The caps make that safe.
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

/* Makes room for `size` more bytes at the end. NULL if that would pass the cap.
 * The caller then tells buf_grew() how many of them it has used. */
char *buf_reserve(struct buf *buf, size_t size);
void buf_grew(struct buf *buf, size_t size);

/* Drops `size` bytes from the front. Of what is empty then at most BUF_KEPT
 * bytes are kept: one large message would cost a daemon its memory for ever. */
#define BUF_KEPT 4096
void buf_consume(struct buf *buf, size_t size);

/* The text so far, never NULL, owned by the buffer. */
const char *buf_text(const struct buf *buf);

/* Forgets the content and the overflow, keeps the memory. */
void buf_clear(struct buf *buf);

/* Releases the memory; the buffer can be used again. */
void buf_done(struct buf *buf);

#define auto_buf __attribute__((cleanup(buf_done)))

/* Logs "out of memory" and aborts. For callers of libraries that could not
 * allocate. */
void mem_exhausted(void) __attribute__((noreturn));
/* malloc that aborts instead of returning NULL; zeroed. */
void *mem_new(size_t size);
/* realloc that aborts instead of returning NULL; new bytes are not zeroed. */
void *mem_resize(void *memory, size_t size);
/* Makes room for one more item after `count` of them, by doubling the array if
 * it is full. *room is how many items fit. */
void *mem_grow(void *items, size_t count, size_t *room, size_t item_size);
char *mem_text(const char *text, size_t size);
/* The same of a whole text; NULL of NULL. */
char *mem_copy(const char *text);
