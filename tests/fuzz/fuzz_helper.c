/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A question of the helper: what is taken for one has names that lead nowhere
 * else. The first byte says whether a descriptor came along. */
#include "ovsint/base/helper.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

static void require_texts(const struct helper_question *question)
{
    FUZZ_REQUIRE(question->size == 0 ||
                 question->text[question->size - 1] == '\0');
    FUZZ_REQUIRE(!memchr(question->text, '/', strlen(question->text)));
    FUZZ_REQUIRE(strlen(question->text) < 16);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct helper_question question;
    struct err err = {0};

    if (size == 0 || size - 1 > sizeof(question))
        return 0;
    memset(&question, 0xff, HELPER_QUESTION_HEAD + 64);
    memcpy(&question, data + 1, size - 1);
    if (helper_judge(&question, size - 1, data[0] & 1, &err) < 0) {
        FUZZ_REQUIRE(err.code > 0 && err.text[0]);
        return 0;
    }
    FUZZ_REQUIRE(size - 1 == HELPER_QUESTION_HEAD + question.size);
    switch ((enum helper_verb)question.verb) {
    case HELPER_NETNS:
    case HELPER_CONNECT:
        FUZZ_REQUIRE(question.text[0] == '/');
        FUZZ_REQUIRE(strlen(question.text) + 1 == question.size);
        break;
    case HELPER_SETTING:
    case HELPER_READ_SETTINGS:
    case HELPER_WRITE_SETTINGS:
        require_texts(&question);
        break;
    default:
        break;
    }
    return 0;
}
