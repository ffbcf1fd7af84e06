/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One line per event, whatever the texts hold. */
#include "ovsint/base/log.h"

#include "ovsint/base/cleanup.h"
#include "tests/lib/test.h"

static void begin(int ends[2], enum log_format format)
{
    struct log_options options = {
        .program = "test", .level = LOG_LEVEL_WARNING, .format = format};

    CHECK_EQ(pipe(ends), 0);
    CHECK(dup2(ends[1], STDERR_FILENO) >= 0);
    close(ends[1]);
    log_init(&options);
}

static void check_written(int fd, const char *want)
{
    char text[8192];

    ssize_t size = read(fd, text, sizeof(text) - 1);
    CHECK(size >= 0);
    text[size] = '\0';
    CHECK_STR(text, want);
}

static const struct {
    const char *in;
    const char *message;
    const char *quoted;
} table[] = {
    {"plain", "plain", "\"plain\""},
    {"a \"b\" \\", "a \"b\" \\", "\"a \\\"b\\\" \\\\\""},
    {"two\nlines\x1b[2J\x7f", "two lines [2J ",
     "\"two\\u000alines\\u001b[2J\\u007f\""},
    {"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\x99",
     "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\x99",
     "\"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x90\x99\""},
    /* control characters from U+0080 on: CSI is one */
    {"x\xc2\x9b"
     "2J\xc2\x80\xc2\xa0",
     "x??2J??\xc2\xa0", "\"x??2J??\xc2\xa0\""},
    /* characters that reverse a text, or begin a line */
    {"a\xe2\x80\xae"
     "b\xe2\x81\xa6\xe2\x80\x8f\xd8\x9c\xe2\x80\xa8",
     "a???b???????????", "\"a???b???????????\""},
    {"\xe2\x80\x93\xd8\x9b", "\xe2\x80\x93\xd8\x9b",
     "\"\xe2\x80\x93\xd8\x9b\""},
    /* cut characters, bytes that begin none, overlong forms, surrogates, beyond
     * the last character */
    {"\xc3", "?", "\"?\""},
    {"a\xe2\x82", "a??", "\"a??\""},
    {"\xf0\x9f\x90", "???", "\"???\""},
    {"\x80\xff\xfe", "???", "\"???\""},
    {"\xc0\xaf\xe0\x80\xaf\xf0\x80\x80\xaf", "?????????", "\"?????????\""},
    {"\xed\xa0\x80", "???", "\"???\""},
    {"\xf4\x90\x80\x80", "????", "\"????\""},
};

TEST(messages)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        int ends[2];
        char want[256];
        begin(ends, LOG_FORMAT_TEXT);
        log_event(LOG_LEVEL_ERROR, table[i].in, NULL);
        snprintf(want, sizeof(want), "test: %s\n", table[i].message);
        check_written(ends[0], want);
        close(ends[0]);
    }
}

TEST(messages_as_json)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        int ends[2];
        char want[256];
        begin(ends, LOG_FORMAT_JSON);
        log_event(LOG_LEVEL_ERROR, table[i].in, "key", table[i].in, NULL);
        snprintf(want, sizeof(want),
                 "{\"level\":\"error\",\"message\":%s,\"key\":%s}\n",
                 table[i].quoted, table[i].quoted);
        check_written(ends[0], want);
        close(ends[0]);
    }
}

TEST(values_are_quoted_where_it_matters)
{
    int ends[2];

    begin(ends, LOG_FORMAT_TEXT);
    log_event(LOG_LEVEL_WARNING, "m", "a", "br0", "b", "", "c", "x y", "d",
              "k=v", "none", NULL, "e", "\xc3\xbc", NULL);
    check_written(ends[0], "test: m a=br0 b=\"\" c=\"x y\" d=\"k=v\" "
                           "e=\"\xc3\xbc\"\n");
}

TEST(levels)
{
    int ends[2];

    begin(ends, LOG_FORMAT_TEXT);
    CHECK(log_enabled(LOG_LEVEL_ERROR) && log_enabled(LOG_LEVEL_WARNING));
    CHECK(!log_enabled(LOG_LEVEL_INFO) && !log_enabled(LOG_LEVEL_DEBUG));
    log_event(LOG_LEVEL_INFO, "not shown", NULL);
    log_event(LOG_LEVEL_WARNING, "shown", NULL);
    check_written(ends[0], "test: shown\n");
}

TEST_MAIN
