/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Names that others have given may have any character: without quotes a line of
 * ours that somebody pastes would be another command.
 */
#include "cli/screen/quoted.h"

#include <string.h>

void quoted_add(const char *word, struct buf *ret)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789._:/@%+,=-";

    if (*word && !word[strspn(word, plain)]) {
        buf_add_text(ret, word);
        return;
    }
    buf_add_text(ret, "'");
    for (; *word; word++) {
        if (*word == '\'')
            buf_add_text(ret, "'\\''");
        else
            buf_add(ret, word, 1);
    }
    buf_add_text(ret, "'");
}
