/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Characters as they may be shown: what UTF-8 allows, less what a terminal
 * obeys. Pure. */
#include "ovsint/base/shown.h"

/* Is it a character of three bytes that reverses the text after it, or begins a
 * line (Unicode UAX #9, section 2)? These are U+200E, U+200F, U+2028 to U+202E,
 * U+2066 to U+2069. */
static bool turns_text(const unsigned char *c)
{
    if (c[0] != 0xe2)
        return false;
    return (c[1] == 0x80 &&
            (c[2] == 0x8e || c[2] == 0x8f || (c[2] >= 0xa8 && c[2] <= 0xae))) ||
           (c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9);
}

/* How many bytes the character at `text` has. 0 if it is not UTF-8 (RFC 3629,
 * section 4), or if a terminal would obey it: a control character from U+0080
 * to U+009F, or one that reverses text. As texts are cut at a number of bytes,
 * the last character may be incomplete. */
static size_t character_size(const char *text)
{
    const unsigned char *c = (const unsigned char *)text;
    unsigned char low = 0x80, high = 0xbf;
    size_t size;

    if (c[0] < 0x80)
        return 1;
    if (c[0] < 0xc2 || c[0] > 0xf4)
        return 0;
    size = c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
    if (c[0] == 0xc2 || c[0] == 0xe0)
        low = 0xa0;
    if (c[0] == 0xf0)
        low = 0x90;
    if (c[0] == 0xed)
        high = 0x9f;
    if (c[0] == 0xf4)
        high = 0x8f;
    if (c[1] < low || c[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++) {
        if (c[i] < 0x80 || c[i] > 0xbf)
            return 0;
    }
    /* U+061C reverses text, too. */
    if ((size == 2 && c[0] == 0xd8 && c[1] == 0x9c) ||
        (size == 3 && turns_text(c)))
        return 0;
    return size;
}

size_t shown_add(struct buf *ret, const char *text)
{
    size_t size = character_size(text);

    if (size == 0)
        buf_add(ret, "?", 1);
    else
        buf_add(ret, text, size);
    return size ? size : 1;
}
