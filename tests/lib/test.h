/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The test harness. TEST(name) registers itself. Each test runs in a child
 * process, so that a crash is one failed line. The output is TAP. A check that
 * fails prints both sides and ends its test.
 *
 *   TEST(adds) { CHECK_EQ(1 + 1, 2); }
 *   TEST_MAIN
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct test {
    const char *name;
    void (*run)(void);
    struct test *next;
};

static struct test *test_first;
__attribute__((unused)) static struct test **test_last = &test_first;

#define TEST(ident)                                                      \
    static void test_##ident(void);                                      \
    __attribute__((constructor)) static void test_register_##ident(void) \
    {                                                                    \
        static struct test self = {#ident, test_##ident, NULL};          \
        *test_last = &self;                                              \
        test_last = &self.next;                                          \
    }                                                                    \
    static void test_##ident(void)

#define TEST_FAIL(...)                           \
    do {                                         \
        printf("# %s:%d: ", __FILE__, __LINE__); \
        printf(__VA_ARGS__);                     \
        printf("\n");                            \
        fflush(stdout);                          \
        _exit(1);                                \
    } while (0)

#define CHECK(cond)                      \
    do {                                 \
        if (!(cond))                     \
            TEST_FAIL("not: %s", #cond); \
    } while (0)

#define CHECK_EQ(a, b)                                              \
    do {                                                            \
        long long a_ = (long long)(a), b_ = (long long)(b);         \
        if (a_ != b_)                                               \
            TEST_FAIL("%s = %lld, want %s = %lld", #a, a_, #b, b_); \
    } while (0)

#define CHECK_STR(a, b)                                                   \
    do {                                                                  \
        const char *a_ = (a), *b_ = (b);                                  \
        if (!a_ || !b_ || strcmp(a_, b_) != 0)                            \
            TEST_FAIL("%s = \"%s\", want \"%s\"", #a, a_ ? a_ : "(null)", \
                      b_ ? b_ : "(null)");                                \
    } while (0)

#define CHECK_HAS(text, part)                                    \
    do {                                                         \
        const char *t_ = (text), *p_ = (part);                   \
        if (!strstr(t_, p_))                                     \
            TEST_FAIL("\"%s\" does not contain \"%s\"", t_, p_); \
    } while (0)

/* `r` is the result of a call that must succeed, `err` its error value. */
#define CHECK_OK(r, err)                         \
    do {                                         \
        if ((r) < 0)                             \
            TEST_FAIL("%s: %s", #r, (err).text); \
    } while (0)

/* `r` must be -wanted, and the text of `err` must contain `part`. */
#define CHECK_ERR(r, wanted, err, part) \
    do {                                \
        CHECK_EQ((r), -(wanted));       \
        CHECK_EQ((err).code, (wanted)); \
        CHECK_HAS((err).text, (part));  \
    } while (0)

static inline bool test_run_one(const struct test *test)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        alarm(60);
        test->run();
        fflush(stdout);
        exit(0); /* runs the leak checker */
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        ;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static inline int test_main(int argc, char **argv)
{
    int number = 0, failed = 0;

    for (struct test *t = test_first; t; t = t->next) {
        if (argc > 1 && strcmp(argv[1], t->name) != 0)
            continue;
        bool ok = test_run_one(t);
        printf("%sok %d - %s\n", ok ? "" : "not ", ++number, t->name);
        failed += !ok;
    }
    printf("1..%d\n", number);
    return failed || number == 0 ? 1 : 0;
}

#define TEST_MAIN                     \
    int main(int argc, char **argv)   \
    {                                 \
        return test_main(argc, argv); \
    }
