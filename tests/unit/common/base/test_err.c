/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Texts of errors: what is said of one again, and what has no room. */
#include "ovsint/base/err.h"

#include <errno.h>
#include <string.h>

#include "tests/lib/test.h"

TEST(an_error_may_be_said_again_in_other_words)
{
    struct err err = {0};

    CHECK_EQ(err_set(&err, ENOENT, "no port %s", "web0"), -ENOENT);
    CHECK_EQ(err_set(&err, EIO, "bridge br0: %s (see its log)", err.text),
             -EIO);
    CHECK_STR(err.text, "bridge br0: no port web0 (see its log)");
    CHECK_EQ(err_code(&err, EACCES, "look: %s", err.text), -EACCES);
    CHECK_STR(err.text, "look: bridge br0: no port web0 (see its log): "
                        "Permission denied");
    CHECK_EQ(err_wrap(&err, "%s again", err.text), -EACCES);
    CHECK(strncmp(err.text, "look: bridge br0", 16) == 0);
}

TEST(what_has_no_room_is_cut_off)
{
    char longest[2 * ERR_TEXT_SIZE];
    struct err err = {0};

    memset(longest, 'x', sizeof(longest));
    longest[sizeof(longest) - 1] = '\0';
    CHECK_EQ(err_code(&err, EIO, "%s", longest), -EIO);
    CHECK_EQ(strlen(err.text), ERR_TEXT_SIZE - 1);
    CHECK_EQ(err_wrap(&err, "%s", longest), -EIO);
    CHECK_EQ(strlen(err.text), ERR_TEXT_SIZE - 1);
}

TEST(a_code_that_is_none_counts_as_an_error)
{
    struct err err = {0};

    CHECK_EQ(err_set(&err, 0, "odd"), -EIO);
    CHECK_EQ(err_set(&err, -ENOENT, "odd"), -EIO);
}

TEST_MAIN
