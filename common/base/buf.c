/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Growable bytes with a cap. Growth doubles, the content is always followed
 * by a NUL that `size` does not count.
 */
#include "ovsint/base/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BUF_FIRST_ROOM 256

void mem_exhausted(void)
{
    dprintf(STDERR_FILENO, "%s: out of memory\n",
            program_invocation_short_name);
    abort();
}

void *mem_new(size_t size)
{
    void *memory = calloc(1, size ? size : 1);

    if (!memory)
        mem_exhausted();
    return memory;
}

void *mem_resize(void *memory, size_t size)
{
    void *resized = realloc(memory, size ? size : 1);

    if (!resized)
        mem_exhausted();
    return resized;
}

void *mem_grow(void *items, size_t count, size_t *room, size_t item_size)
{
    if (count < *room)
        return items;
    *room = count ? count * 2 : 4;
    return mem_resize(items, *room * item_size);
}

char *mem_text(const char *text, size_t size)
{
    char *copy = mem_new(size + 1);

    memcpy(copy, text, size);
    return copy;
}

char *mem_copy(const char *text)
{
    return text ? mem_text(text, strlen(text)) : NULL;
}

char *buf_reserve(struct buf *buf, size_t size)
{
    if (buf->overflow || size > buf->cap - buf->size) {
        buf->overflow = true;
        return NULL;
    }
    size_t need = buf->size + size + 1;
    if (need > buf->room) {
        size_t room = buf->room ? buf->room : BUF_FIRST_ROOM;
        while (room < need)
            room *= 2;
        buf->data = mem_resize(buf->data, room);
        buf->room = room;
    }
    return buf->data + buf->size;
}

void buf_grew(struct buf *buf, size_t size)
{
    buf->size += size;
    buf->data[buf->size] = '\0';
}

void buf_add(struct buf *buf, const void *bytes, size_t size)
{
    char *room = buf_reserve(buf, size);

    if (!room)
        return;
    if (size)
        memcpy(room, bytes, size);
    buf_grew(buf, size);
}

void buf_add_text(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

void buf_addf(struct buf *buf, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    int len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (len < 0)
        return;
    char *room = buf_reserve(buf, (size_t)len);
    if (!room)
        return;
    va_start(args, fmt);
    vsnprintf(room, (size_t)len + 1, fmt, args);
    va_end(args);
    buf_grew(buf, (size_t)len);
}

static void drop_memory(struct buf *buf)
{
    free(buf->data);
    buf->data = NULL;
    buf->room = 0;
}

void buf_consume(struct buf *buf, size_t size)
{
    if (size == 0)
        return;
    buf->size -= size;
    memmove(buf->data, buf->data + size, buf->size + 1);
    if (buf->size == 0 && buf->room > BUF_KEPT)
        drop_memory(buf);
}

const char *buf_text(const struct buf *buf)
{
    return buf->data ? buf->data : "";
}

void buf_clear(struct buf *buf)
{
    buf->size = 0;
    buf->overflow = false;
    if (buf->data)
        buf->data[0] = '\0';
}

void buf_done(struct buf *buf)
{
    free(buf->data);
    *buf = BUF_INIT(buf->cap);
}
