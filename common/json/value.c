/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The tree's arena and its accessors. They know nothing of the syntax. A
 * look-up by key walks the members: the objects that we read by key are small.
 * Large ones, as the rows in a monitor's reply, are walked by index, in O(1)
 * each.
 */
#include "common/json/tree.h"

#include <string.h>

#define FIRST_CHUNK_SIZE 1024
#define LARGEST_STEP (256 * 1024)

struct json_document *json_document_new(void)
{
    return mem_new(sizeof(struct json_document));
}

void json_document_free(struct json_document *document)
{
    if (!document)
        return;
    while (document->chunks) {
        struct json_chunk *chunk = document->chunks;
        document->chunks = chunk->next;
        free(chunk);
    }
    free(document);
}

static struct json_chunk *add_chunk(struct json_document *document, size_t size)
{
    size_t step = FIRST_CHUNK_SIZE;

    if (document->chunks)
        step = document->chunks->size * 2;
    if (step > LARGEST_STEP)
        step = LARGEST_STEP;
    if (step < size)
        step = size;

    struct json_chunk *chunk = mem_new(sizeof(*chunk) + step);
    chunk->size = step;
    chunk->next = document->chunks;
    document->chunks = chunk;
    return chunk;
}

void *json_document_alloc(struct json_document *document, size_t size)
{
    const size_t align = _Alignof(struct json);
    size_t need = (size + align - 1) / align * align;
    struct json_chunk *chunk = document->chunks;

    if (!chunk || need > chunk->size - chunk->used)
        chunk = add_chunk(document, need);
    void *memory = chunk->bytes + chunk->used;
    chunk->used += need;
    return memory;
}

static bool is_continuation(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

size_t json_utf8_size(const char *text, size_t size)
{
    const unsigned char *c = (const unsigned char *)text;

    if (c[0] < 0x80)
        return 1;
    if (c[0] >= 0xc2 && c[0] <= 0xdf)
        return size >= 2 && is_continuation(c[1]) ? 2 : 0;
    if ((c[0] & 0xf0) == 0xe0) {
        if (size < 3 || !is_continuation(c[1]) || !is_continuation(c[2]))
            return 0;
        bool overlong = c[0] == 0xe0 && c[1] < 0xa0;
        bool surrogate = c[0] == 0xed && c[1] >= 0xa0;
        return overlong || surrogate ? 0 : 3;
    }
    if (c[0] >= 0xf0 && c[0] <= 0xf4) {
        if (size < 4 || !is_continuation(c[1]) || !is_continuation(c[2]) ||
            !is_continuation(c[3]))
            return 0;
        bool overlong = c[0] == 0xf0 && c[1] < 0x90;
        bool too_large = c[0] == 0xf4 && c[1] >= 0x90;
        return overlong || too_large ? 0 : 4;
    }
    return 0;
}

enum json_type json_type(const struct json *node)
{
    return node ? node->type : JSON_NONE;
}

const char *json_type_name(const struct json *node)
{
    switch (json_type(node)) {
    case JSON_NONE:
        return "nothing";
    case JSON_NULL:
        return "null";
    case JSON_BOOL:
        return "a boolean";
    case JSON_INT:
        return "an integer";
    case JSON_REAL:
        return "a number that is no 64-bit integer";
    case JSON_STRING:
        return "a string";
    case JSON_ARRAY:
        return "an array";
    case JSON_OBJECT:
        return "an object";
    }
    return "nothing";
}

const char *json_string(const struct json *node)
{
    return json_type(node) == JSON_STRING ? node->text : NULL;
}

bool json_int(const struct json *node, int64_t *ret)
{
    if (json_type(node) != JSON_INT)
        return false;
    *ret = node->integer;
    return true;
}

bool json_bool(const struct json *node, bool *ret)
{
    if (json_type(node) != JSON_BOOL)
        return false;
    *ret = node->boolean;
    return true;
}

size_t json_count(const struct json *node)
{
    enum json_type type = json_type(node);

    return type == JSON_ARRAY || type == JSON_OBJECT ? node->count : 0;
}

const struct json *json_at(const struct json *node, size_t index)
{
    return index < json_count(node) ? &node->items[index] : NULL;
}

const char *json_key_at(const struct json *object, size_t index)
{
    const struct json *member = json_at(object, index);

    return member ? member->key : NULL;
}

const struct json *json_get(const struct json *object, const char *key)
{
    if (json_type(object) != JSON_OBJECT)
        return NULL;
    for (size_t i = 0; i < object->count; i++) {
        if (strcmp(object->items[i].key, key) == 0)
            return &object->items[i];
    }
    return NULL;
}

void json_free(struct json *root)
{
    json_document_free((struct json_document *)root);
}
