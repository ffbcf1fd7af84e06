/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Bytes to trees: yajl finds the tokens, and callbacks build the tree.
 * yajl_tree is not used, as it leaks on malformed input (CVE-2023-33460).
 *
 * Where a document ends is found without a second scan: the callback that
 * closes the outermost bracket stops yajl, and yajl then knows how many bytes
 * it has taken. So a stream may not carry a bare scalar, as only what follows
 * would tell where `12` ends.
 */
#include "common/json/tree.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "ovsint/base/limits.h"

/* A document that is being built. Its nodes lie on a stack. When a container
 * closes, its nodes move side by side into the arena. */
struct build {
    struct json_limits limits;
    yajl_handle yajl;
    struct json_document *document;
    const char *key; /* of the value to come */
    struct json *stack;
    size_t count;
    size_t room;
    size_t nodes; /* so far */
    /* Index of the innermost open container. An open container keeps in `count`
     * the index of the one around it. */
    uint32_t open;
    unsigned depth;
    bool stream;
    bool complete;
    int code;           /* why we refused it: positive errno, */
    const char *reason; /* and the reason */
    size_t size;        /* bytes of earlier chunks */
    struct escape {
        bool begun;      /* by a backslash */
        unsigned digits; /* of \u that are still to come */
        unsigned unit;   /* the UTF-16 of those that came */
        bool first_half; /* of a pair came before */
    } escape;
};

static int build_refuse(struct build *build, int code, const char *reason)
{
    build->code = code;
    build->reason = reason;
    return 0;
}

/* NULL if there are too many. */
static struct json *build_push(struct build *build, enum json_type type)
{
    size_t most = build->limits.nodes;

    if (build->nodes == (most ? most : LIMIT_JSON_NODES)) {
        build_refuse(build, E2BIG, "too many values");
        return NULL;
    }
    build->nodes++;
    if (build->count == build->room) {
        build->room = build->room ? build->room * 2 : 32;
        build->stack =
            mem_resize(build->stack, build->room * sizeof(*build->stack));
    }
    struct json *node = &build->stack[build->count++];
    *node = (struct json){.type = type};
    node->key = TAKE_PTR(build->key);
    return node;
}

/* Ends the callback of a complete value. Returns what that callback has to: 0
 * stops yajl, which is how a stream is cut after each document. */
static int value_complete(struct build *build)
{
    if (build->depth > 0)
        return 1;
    build->document->root = build->stack[0];
    build->complete = true;
    return !build->stream;
}

static struct json *push_scalar(struct build *build, enum json_type type)
{
    if (build->stream && build->depth == 0) {
        build_refuse(build, EINVAL, "a message must be an object or an array");
        return NULL;
    }
    return build_push(build, type);
}

static int on_null(void *context)
{
    struct build *build = context;

    return push_scalar(build, JSON_NULL) ? value_complete(build) : 0;
}

static int on_boolean(void *context, int value)
{
    struct build *build = context;
    struct json *node = push_scalar(build, JSON_BOOL);

    if (!node)
        return 0;
    node->boolean = value;
    return value_complete(build);
}

static const char *keep_text(struct build *build, const char *text, size_t size)
{
    char *copy = json_document_alloc(build->document, size + 1);

    memcpy(copy, text, size);
    return copy;
}

/* False when the number is not an integer of at most 64 bits. */
static bool read_int(const char *text, size_t size, int64_t *ret)
{
    char digits[24];

    if (size >= sizeof(digits))
        return false;
    memcpy(digits, text, size);
    digits[size] = '\0';
    if (strpbrk(digits, ".eE"))
        return false;
    errno = 0;
    *ret = strtoll(digits, NULL, 10);
    return errno == 0;
}

static int on_number(void *context, const char *text, size_t size)
{
    struct build *build = context;
    struct json *node = push_scalar(build, JSON_INT);

    if (!node)
        return 0;
    if (!read_int(text, size, &node->integer)) {
        node->type = JSON_REAL;
        node->text = keep_text(build, text, size);
    }
    return value_complete(build);
}

/* yajl checks UTF-8 as well, but accepts overlong forms, and writes a surrogate
 * for the second half of a \u pair without the first. */
static const char *keep_string(struct build *build, const unsigned char *bytes,
                               size_t size)
{
    const char *text = (const char *)bytes;

    for (size_t i = 0; i < size;) {
        if (bytes[i] != 0 && bytes[i] < 0x80) { /* most are */
            i++;
            continue;
        }
        size_t step = json_utf8_size(text + i, size - i);
        if (step == 0) {
            build_refuse(build, EINVAL, "a string is not valid UTF-8");
            return NULL;
        }
        if (text[i] == '\0') {
            build_refuse(build, EINVAL, "a string contains a NUL character");
            return NULL;
        }
        i += step;
    }
    return keep_text(build, text, size);
}

static int on_string(void *context, const unsigned char *bytes, size_t size)
{
    struct build *build = context;
    const char *text = keep_string(build, bytes, size);
    struct json *node = text ? push_scalar(build, JSON_STRING) : NULL;

    if (!node)
        return 0;
    node->text = text;
    return value_complete(build);
}

static int on_key(void *context, const unsigned char *bytes, size_t size)
{
    struct build *build = context;

    build->key = keep_string(build, bytes, size);
    return build->key != NULL;
}

static int open_container(struct build *build, enum json_type type)
{
    if (build->depth == build->limits.depth)
        return build_refuse(build, E2BIG, "nested too deeply");
    struct json *node = build_push(build, type);
    if (!node)
        return 0;
    node->count = build->open;
    build->open = (uint32_t)build->count - 1;
    build->depth++;
    return 1;
}

static int on_start_object(void *context)
{
    return open_container(context, JSON_OBJECT);
}

static int on_start_array(void *context)
{
    return open_container(context, JSON_ARRAY);
}

static int on_end(void *context)
{
    struct build *build = context;
    struct json *container = &build->stack[build->open];
    size_t count = build->count - build->open - 1;
    uint32_t around = container->count;

    if (count > 0) {
        size_t size = count * sizeof(*container);
        struct json *items = json_document_alloc(build->document, size);
        memcpy(items, container + 1, size);
        container->items = items;
    }
    container->count = (uint32_t)count;
    build->count = build->open + 1;
    build->open = around;
    build->depth--;
    return value_complete(build);
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_start_object,
    .yajl_map_key = on_key,
    .yajl_end_map = on_end,
    .yajl_start_array = on_start_array,
    .yajl_end_array = on_end,
};

static void *allocate(void *context, size_t size)
{
    (void)context;
    return mem_resize(NULL, size);
}

static void *reallocate(void *context, void *memory, size_t size)
{
    (void)context;
    return mem_resize(memory, size);
}

static void release(void *context, void *memory)
{
    (void)context;
    free(memory);
}

static void build_start(struct build *build)
{
    yajl_alloc_funcs memory = {allocate, reallocate, release, NULL};

    build->document = json_document_new();
    build->yajl = yajl_alloc(&callbacks, &memory, build);
    if (build->limits.comments)
        yajl_config(build->yajl, yajl_allow_comments, 1);
}

/* Releases everything, and keeps what the next document needs. */
static void build_done(struct build *build)
{
    if (build->yajl)
        yajl_free(build->yajl);
    json_document_free(build->document);
    free(build->stack);
    *build = (struct build){.limits = build->limits, .stream = build->stream};
}

static struct json *take_document(struct build *build)
{
    struct json_document *document = TAKE_PTR(build->document);

    return &document->root;
}

static int not_json(struct build *build, size_t at, struct err *err)
{
    if (build->code)
        return err_set(err, build->code, "not acceptable JSON at byte %zu: %s",
                       at, build->reason);

    unsigned char *text = yajl_get_error(build->yajl, 0, NULL, 0);
    const char *reason = (const char *)text;
    int len = (int)strcspn(reason, "\n");
    if (len > 0 && reason[len - 1] == '.')
        len--;
    err_set(err, EINVAL, "not JSON at byte %zu: %.*s", at, len, reason);
    yajl_free_error(build->yajl, text);
    return -EINVAL;
}

static int too_large(const struct build *build, struct err *err)
{
    return err_set(err, EFBIG, "JSON text is larger than %zu bytes",
                   build->limits.size);
}

/* Takes one unit of UTF-16. False if the halves of pairs do not match. */
static bool take_unit(struct escape *escape)
{
    bool second = escape->unit >= 0xdc00 && escape->unit <= 0xdfff;
    bool matches = escape->first_half == second;

    escape->first_half = escape->unit >= 0xd800 && escape->unit <= 0xdbff;
    return matches;
}

/* Takes one byte, which yajl has taken as well, or was the first that it
 * refused: then it is the last one. */
static bool take_byte(struct escape *escape, unsigned char byte)
{
    if (escape->digits > 0 && !isxdigit(byte))
        return true;
    if (escape->digits > 0) {
        unsigned digit = byte <= '9' ? byte - '0' : (byte | 0x20) - 'a' + 10;
        escape->unit = (escape->unit << 4 | digit) & 0xffff;
        return --escape->digits > 0 || take_unit(escape);
    }
    if (!escape->begun) {
        escape->begun = byte == '\\';
        return escape->begun || !escape->first_half;
    }
    escape->begun = false;
    escape->digits = byte == 'u' ? 4 : 0;
    return byte == 'u' || !escape->first_half;
}

/* yajl does not refuse the first half of a \u pair alone: it writes `?` for it,
 * or takes the next escape for the second half. Both are other texts than
 * somebody has written. A comment may not have it either. */
static bool pairs_are_whole(struct escape *escape, const char *bytes,
                            size_t size, size_t *ret_at)
{
    for (size_t at = 0; at < size; at++) {
        if (!escape->begun && !escape->digits && !escape->first_half) {
            const char *next = memchr(bytes + at, '\\', size - at);
            if (!next)
                return true;
            at = (size_t)(next - bytes);
        }
        *ret_at = at;
        if (!take_byte(escape, (unsigned char)bytes[at]))
            return false;
    }
    return true;
}

/* Gives yajl as many bytes as the limit still allows. */
static int build_feed(struct build *build, const char *bytes, size_t size,
                      struct err *err)
{
    size_t left = build->limits.size - build->size;
    size_t part = size < left ? size : left;
    yajl_status status =
        yajl_parse(build->yajl, (const unsigned char *)bytes, part);
    size_t used = yajl_get_bytes_consumed(build->yajl);
    size_t half;

    /* What comes first is told, however many bytes come at once. */
    if (!pairs_are_whole(&build->escape, bytes, used, &half)) {
        build_refuse(build, EINVAL, "a string has half of a \\u pair");
        return not_json(build, build->size + half, err);
    }
    if (status == yajl_status_error ||
        (status == yajl_status_client_canceled && !build->complete))
        return not_json(build, build->size + used, err);
    if (part < size && !build->complete)
        return too_large(build, err);
    build->size += part;
    return 0;
}

static int parse_whole(struct build *build, const char *bytes, size_t size,
                       struct err *err)
{
    if (size > build->limits.size)
        return too_large(build, err);
    int r = build_feed(build, bytes, size, err);
    if (r < 0)
        return r;
    if (yajl_complete_parse(build->yajl) != yajl_status_ok)
        return not_json(build, size, err);
    return 0;
}

int json_parse(const char *bytes, size_t size, const struct json_limits *limits,
               struct json **ret, struct err *err)
{
    __attribute__((cleanup(build_done))) struct build build = {
        .limits = *limits,
    };

    assert(limits->size <= UINT32_MAX);
    build_start(&build);
    int r = parse_whole(&build, bytes, size, err);
    if (r < 0)
        return r;
    *ret = take_document(&build);
    return 0;
}

int json_parse_object(const char *bytes, size_t size,
                      const struct json_limits *limits, struct json **ret,
                      struct err *err)
{
    auto_json struct json *json = NULL;
    int r = json_parse(bytes, size, limits, &json, err);

    if (r < 0)
        return r;
    if (json_type(json) != JSON_OBJECT)
        return err_set(err, EINVAL, "it is %s, not an object",
                       json_type_name(json));
    *ret = TAKE_PTR(json);
    return 0;
}

struct json_parser {
    struct build build;
    bool broken;
};

struct json_parser *json_parser_new(const struct json_limits *limits)
{
    struct json_parser *parser = mem_new(sizeof(*parser));

    /* Nodes are counted in 32 bits, and each takes at least one byte of the
     * text. */
    assert(limits->size <= UINT32_MAX);
    parser->build.limits = *limits;
    parser->build.stream = true;
    return parser;
}

void json_parser_free(struct json_parser *parser)
{
    if (!parser)
        return;
    build_done(&parser->build);
    free(parser);
}

int json_parser_feed(struct json_parser *parser, const char *bytes, size_t size,
                     size_t *ret_used, struct json **ret, struct err *err)
{
    struct build *build = &parser->build;

    if (parser->broken)
        return err_set(err, EINVAL,
                       "input goes on after the JSON text was refused");
    if (size > 0) {
        if (!build->yajl)
            build_start(build);
        int r = build_feed(build, bytes, size, err);
        if (r < 0) {
            parser->broken = true;
            build_done(build);
            return r;
        }
    }
    *ret_used = size;
    if (!build->complete)
        return 0;
    *ret_used = yajl_get_bytes_consumed(build->yajl);
    *ret = take_document(build);
    build_done(build);
    return 1;
}
