/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The texts of the table of findings: for an answer, with the words of what was
 * seen; for the manual, with what these words are called. Pure.
 */
#include <string.h>

#include "cli/doctor/doctor.h"
#include "cli/screen/quoted.h"

#define MANUAL_WIDTH 76
#define TEXT_SIZE 1024

static void add_word(const char *word, struct buf *ret)
{
    buf_add_text(ret, word);
}

static void add_text(const char *text, const char *const words[FINDING_WORDS],
                     void (*add)(const char *word, struct buf *ret),
                     struct buf *ret)
{
    for (const char *at = text; *at; at++) {
        if (at[0] != '%' || (at[1] != '1' && at[1] != '2')) {
            buf_add(ret, at, 1);
            continue;
        }
        const char *word = words[at[1] - '1'];
        add(word ? word : "?", ret);
        at++;
    }
}

void finding_text(const char *text, const char *const words[FINDING_WORDS],
                  struct buf *ret)
{
    add_text(text, words, add_word, ret);
}

void finding_command(const char *text, const char *const words[FINDING_WORDS],
                     struct buf *ret)
{
    add_text(text, words, quoted_add, ret);
}

/* Lines that are not too long, as a reader of the source wants them. */
static void add_wrapped(const char *text, struct buf *ret)
{
    size_t column = 0;

    while (*text) {
        size_t size = strcspn(text, " ");
        if (column && column + 1 + size > MANUAL_WIDTH) {
            buf_add_text(ret, "\n");
            column = 0;
        }
        buf_add_text(ret, column ? " " : "");
        buf_add(ret, text, size);
        column += size + (column > 0);
        text += size;
        text += strspn(text, " ");
    }
}

static void add_sentence(const char *before, const char *text, struct buf *ret)
{
    auto_buf struct buf line = BUF_INIT(TEXT_SIZE);

    buf_addf(&line, "%s%s.", before, text);
    if (line.size && line.data[0] >= 'a' && line.data[0] <= 'z')
        line.data[0] = (char)(line.data[0] - 'a' + 'A');
    add_wrapped(buf_text(&line), ret);
    buf_add_text(ret, "\n");
}

/* A backslash begins an escape of mdoc(7), and \e is one. */
static void add_command(const char *text, struct buf *ret)
{
    buf_add_text(ret, ".Dl ");
    for (; *text; text++) {
        if (*text == '\\')
            buf_add_text(ret, "\\e");
        else
            buf_add(ret, text, 1);
    }
    buf_add_text(ret, "\n");
}

void finding_manual(struct buf *ret)
{
    for (size_t i = 0; i < FINDING_COUNT; i++) {
        const struct finding_row *row = finding_row((enum finding_id)i);
        auto_buf struct buf says = BUF_INIT(TEXT_SIZE);
        auto_buf struct buf mend = BUF_INIT(TEXT_SIZE);

        finding_text(row->says, row->words, &says);
        finding_text(row->mend, row->words, &mend);
        buf_addf(ret, ".It %s Pq %s\n", row->name,
                 severity_name(row->severity));
        add_sentence("", buf_text(&says), ret);
        add_sentence("Source: ", row->source, ret);
        add_command(buf_text(&mend), ret);
    }
}
