/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A pointer within a name goes back only. A name may still go round by labels
 * and pointers: it ends when it is longer than a name can be.
 */
#include "common/dhcp/domains.h"

#include <string.h>

enum { NAME_MOST = 253, LABEL_MOST = 63, POINTER = 0xc0 };

struct name {
    char text[NAME_MOST + 1];
    size_t size;
    bool is_bad;
};

static bool is_of_name(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c | 0x20u) == '-' || c == '_' ||
           ((c | 0x20u) >= 'a' && (c | 0x20u) <= 'z');
}

static void add_label(struct name *name, const uint8_t *bytes, size_t size)
{
    if (size == 0 || size + 1 > NAME_MOST - name->size) {
        name->is_bad = true;
        return;
    }
    if (name->size)
        name->text[name->size++] = '.';
    for (size_t i = 0; i < size; i++) {
        name->is_bad |= !is_of_name(bytes[i]);
        name->text[name->size++] = (char)bytes[i];
    }
    name->text[name->size] = '\0';
}

static void add_name(const struct name *name, char ret[DHCP_SEARCH_SIZE])
{
    size_t len = strlen(ret);

    if (name->is_bad || !name->size || len + 1 + name->size >= DHCP_SEARCH_SIZE)
        return;
    if (len)
        ret[len++] = ' ';
    memcpy(ret + len, name->text, name->size + 1);
}

/* Some servers count the zero at its end, and a dot there is the root's. */
void domains_take_text(const uint8_t *bytes, size_t size,
                       char ret[DHCP_SEARCH_SIZE])
{
    struct name name = {.size = 0};
    size_t begin = 0;

    ret[0] = '\0';
    while (size && (bytes[size - 1] == '\0' || bytes[size - 1] == '.'))
        size--;
    for (size_t i = 0; i <= size; i++) {
        if (i < size && bytes[i] != '.')
            continue;
        add_label(&name, bytes + begin, i - begin);
        begin = i + 1;
    }
    add_name(&name, ret);
}

/* Returns where the next name begins; 0 = damaged. */
static size_t read_name(const uint8_t *bytes, size_t size, size_t at,
                        struct name *name)
{
    size_t next = 0;

    while (at < size && !name->is_bad) {
        size_t label = bytes[at];
        if (label >= POINTER) {
            size_t to =
                size - at < 2 ? size : (label - POINTER) << 8 | bytes[at + 1];
            if (!next)
                next = at + 2;
            if (to >= at)
                return 0;
            at = to;
            continue;
        }
        at++;
        if (label == 0)
            return next ? next : at;
        if (label > LABEL_MOST || label > size - at)
            return 0;
        add_label(name, bytes + at, label);
        at += label;
    }
    return 0;
}

void domains_take_list(const uint8_t *bytes, size_t size,
                       char ret[DHCP_SEARCH_SIZE])
{
    size_t at = 0;

    ret[0] = '\0';
    while (at < size) {
        struct name name = {.size = 0};
        at = read_name(bytes, size, at, &name);
        if (at == 0)
            return;
        add_name(&name, ret);
    }
}
