/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The shape of the tree, for the parser, the accessors and the writer only. The
 * root is the first member of its document: so json_free() finds the arena.
 */
#pragma once

#include "ovsint/json/json.h"

struct json {
    const char *key; /* as a member of an object, else NULL */
    enum json_type type;
    uint32_t count; /* of items */
    union {
        bool boolean;
        int64_t integer;
        const char *text; /* of a string; of a real as it was written */
        const struct json *items;
    };
};

struct json_chunk {
    struct json_chunk *next;
    size_t size;
    size_t used;
    _Alignas(max_align_t) char bytes[];
};

struct json_document {
    struct json root;
    struct json_chunk *chunks; /* the first one is being filled */
};

struct json_document *json_document_new(void);
void json_document_free(struct json_document *document);

/* Zeroed memory that lives as long as the document. */
void *json_document_alloc(struct json_document *document, size_t size);

/* Bytes of the UTF-8 character at `text`. 0 if it is not well-formed (RFC 3629:
 * no overlong forms, no surrogates, nothing beyond U+10FFFF). `size` must not
 * be 0. */
size_t json_utf8_size(const char *text, size_t size);
