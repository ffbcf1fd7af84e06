/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * From rows that anybody may have written to the text of rules: no text of a
 * row leaves its place. Whether nftables accept what the corpus makes is tested
 * in tests/netns/test_nft.c.
 */
#include <ctype.h>

#include "ovsint/base/log.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lib/nat_rows.h"

#define TEXT_SIZE (16u << 20)

/* A quoted text must be the name of a device, or the beginning of our names. */
static const char *check_quoted(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "_-.@+=#%";
    size_t size = strspn(text, letters);

    FUZZ_REQUIRE(size > 0 && size < IFNAME_SIZE);
    if (text[size] == '*')
        FUZZ_REQUIRE(strncmp(text, "ovsint-*", ++size) == 0);
    FUZZ_REQUIRE(text[size] == '"');
    return text + size + 1;
}

static void check_text(const char *text)
{
    int depth = 0;

    while (*text) {
        char c = *text++;
        if (c == '"')
            text = check_quoted(text);
        depth += (c == '{') - (c == '}');
        FUZZ_REQUIRE(depth >= 0 && depth <= 3);
        FUZZ_REQUIRE(isalnum((unsigned char)c) ||
                     strchr(" \t\n\"{}.,:;-@_=/!", c));
    }
    FUZZ_REQUIRE(depth == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct log_options quiet = {.program = "fuzz",
                                             .level = LOG_LEVEL_ERROR};
    auto_buf struct buf table = BUF_INIT(TEXT_SIZE);
    auto_buf struct buf change = BUF_INIT(TEXT_SIZE);

    log_init(&quiet);
    if (!nat_rows_text((const char *)data, size, &table, &change))
        return 0;
    /* A text that was cut off may end anywhere. */
    if (!table.overflow)
        check_text(buf_text(&table));
    if (!change.overflow)
        check_text(buf_text(&change));
    return 0;
}
