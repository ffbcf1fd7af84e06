/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The old iptables in a namespace of the test. iptables-legacy(8) plays the
 * other program. */
#include <sys/file.h>
#include <sys/mount.h>

#include "ovsint/base/io.h"
#include "ovsint/nft/xtables.h"
#include "tests/netns/fixture.h"

#define PREFIX "ovsint-"

/* Enters a network namespace, with a /run of its own for the lock. */
static void enter(void)
{
    fixture_enter();
    MUST(unshare(CLONE_NEWNS));
    MUST(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
    MUST(mount("run", "/run", "tmpfs", 0, NULL));
}

/* Runs the command and keeps its output. */
static void run(const char *command, char *text, size_t room)
{
    int out[2];
    size_t size = 0;
    ssize_t got;
    int status;

    MUST(pipe2(out, O_CLOEXEC));
    pid_t child = MUST(fork());
    if (child == 0) {
        dup2(out[1], STDOUT_FILENO);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    while ((got = MUST(read(out[0], text + size, room - 1 - size))) > 0)
        size += (size_t)got;
    text[size] = '\0';
    close(out[0]);
    MUST(waitpid(child, &status, 0));
    if (status != 0)
        TEST_FAIL("fixture: %s: status %#x", command, (unsigned)status);
}

static void iptables(const char *tool, const char *arguments)
{
    auto_buf struct buf command = BUF_INIT(4096);
    char text[4096];

    buf_addf(&command, "%s-legacy %s", tool, arguments);
    run(buf_text(&command), text, sizeof(text));
}

static void check_chain(const char *tool, const char *want)
{
    auto_buf struct buf command = BUF_INIT(4096);
    char text[4096];

    buf_addf(&command, "%s-legacy -S FORWARD", tool);
    run(buf_text(&command), text, sizeof(text));
    CHECK_STR(text, want);
}

#define OPEN                             \
    "-A FORWARD -i ovsint-+ -j ACCEPT\n" \
    "-A FORWARD -o ovsint-+ -j ACCEPT\n"

static void count_doubts(void *data, const struct filter_table *table,
                         const struct filter_opening *opening)
{
    (void)table;
    *(size_t *)data += opening->doubt_count;
}

static size_t doubts;

static int open_them(bool wanted, struct err *err)
{
    struct xtables_opening opening = {.prefix = PREFIX,
                                      .wanted = wanted,
                                      .visit = count_doubts,
                                      .data = &doubts};

    doubts = 0;
    return xtables_open(&opening, err);
}

static void pass(bool wanted, int want)
{
    struct err err = {0};
    int r = open_them(wanted, &err);

    CHECK_OK(r, err);
    CHECK_EQ(r, want);
}

TEST(where_there_is_no_table_none_is_made)
{
    enter();
    CHECK(!xtables_in_use());
    pass(true, 0);
    CHECK(!xtables_in_use());
}

TEST(a_chain_that_drops_is_opened_and_as_it_was)
{
    static const char *const tools[] = {"iptables", "ip6tables"};

    for (size_t i = 0; i < ARRAY_LEN(tools); i++) {
        enter();
        iptables(tools[i], "-P FORWARD DROP");
        iptables(tools[i], "-A FORWARD -i eth0 -p tcp --dport 80 -j ACCEPT");
        CHECK(xtables_in_use());
        pass(true, 1);
        check_chain(tools[i], "-P FORWARD DROP\n"
                              "-A FORWARD -i eth0 -p tcp -m tcp --dport 80 "
                              "-j ACCEPT\n" OPEN);
        pass(true, 0);
        pass(false, 1);
        check_chain(tools[i], "-P FORWARD DROP\n"
                              "-A FORWARD -i eth0 -p tcp -m tcp --dport 80 "
                              "-j ACCEPT\n");
        pass(false, 0);
    }
}

TEST(rules_behind_ours_and_twins)
{
    enter();
    iptables("iptables", "-P FORWARD DROP");
    pass(true, 1);
    iptables("iptables", "-A FORWARD -s 192.0.2.1/32 -j DROP");
    pass(true, 1);
    check_chain("iptables", "-P FORWARD DROP\n"
                            "-A FORWARD -s 192.0.2.1/32 -j DROP\n" OPEN);
    iptables("iptables", "-A FORWARD -j DROP");
    pass(true, 0);
    iptables("iptables", "-A FORWARD -i ovsint-+ -j ACCEPT");
    iptables("iptables", "-D FORWARD -o ovsint-+ -j ACCEPT");
    pass(true, 1);
    check_chain("iptables", "-P FORWARD DROP\n"
                            "-A FORWARD -s 192.0.2.1/32 -j DROP\n" OPEN
                            "-A FORWARD -j DROP\n");
}

TEST(a_chain_that_lets_everything_pass_stays_as_it_is)
{
    enter();
    iptables("iptables", "-P FORWARD ACCEPT");
    pass(true, 0);
    iptables("iptables", "-A FORWARD -s 192.0.2.0/24 -j DROP");
    pass(true, 0);
    check_chain("iptables", "-P FORWARD ACCEPT\n"
                            "-A FORWARD -s 192.0.2.0/24 -j DROP\n");
}

/* ufw with DEFAULT_FORWARD_POLICY=REJECT: ufw-init-functions. */
TEST(a_drop_of_all_in_a_chain_that_is_jumped_to)
{
    static const char *const rules[] = {
        "-P FORWARD DROP",
        "-N ufw-before-forward",
        "-A ufw-before-forward -s 192.0.2.1/32 -j DROP",
        "-N ufw-after-logging-forward",
        "-A ufw-after-logging-forward -m limit --limit 3/min -j LOG",
        "-N ufw-reject-forward",
        "-A ufw-reject-forward -j REJECT",
        "-N ufw-track-forward",
        "-A FORWARD -j ufw-before-forward",
        "-A FORWARD -j ufw-after-logging-forward",
        "-A FORWARD -j ufw-reject-forward",
        "-A FORWARD -j ufw-track-forward"};

    enter();
    for (size_t i = 0; i < ARRAY_LEN(rules); i++)
        iptables("iptables", rules[i]);
    pass(true, 1);
    check_chain("iptables", "-P FORWARD DROP\n"
                            "-A FORWARD -j ufw-before-forward\n" OPEN
                            "-A FORWARD -j ufw-after-logging-forward\n"
                            "-A FORWARD -j ufw-reject-forward\n"
                            "-A FORWARD -j ufw-track-forward\n");
    /* And with DROP, where the policy drops. */
    iptables("iptables", "-F ufw-reject-forward");
    pass(true, 0);
    CHECK_EQ(doubts, 0);
}

TEST(what_may_be_a_ban_is_a_doubt)
{
    static const struct {
        const char *rule;
        size_t doubts;
    } rules[] = {{"-i eth0 -j DROP", 1},
                 {"! -i eth0 -p tcp -j DROP", 1},
                 {"-i eth0 -o eth1 -j DROP", 0},
                 {"-i ovsint-1 -j DROP", 0},
                 {"-i eth0 -s 192.0.2.1 -j DROP", 0},
                 {"-s 192.0.2.1 -g BAN", 0},
                 {"-o eth0 -g BAN", 1}};
    auto_buf struct buf text = BUF_INIT(4096);

    enter();
    iptables("iptables", "-N BAN");
    iptables("iptables", "-N END");
    iptables("iptables", "-A END -j DROP");
    iptables("iptables", "-A BAN -p tcp -j DROP");
    iptables("iptables", "-A BAN -g END");
    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        buf_clear(&text);
        iptables("iptables", "-F FORWARD");
        buf_addf(&text, "-A FORWARD %s", rules[i].rule);
        iptables("iptables", buf_text(&text));
        pass(true, 0);
        if (doubts != rules[i].doubts)
            TEST_FAIL("%zu doubts of %s", doubts, rules[i].rule);
    }
}

TEST(rules_that_look_alike_are_not_ours)
{
    enter();
    iptables("iptables", "-P FORWARD DROP");
    iptables("iptables", "-A FORWARD -i ovsint+ -j ACCEPT");
    iptables("iptables", "-A FORWARD -i ovsint-+ -j DROP");
    iptables("iptables", "-A FORWARD -i ovsint-1 -j ACCEPT");
    iptables("iptables", "-A FORWARD -i ovsint-+ -p tcp -j ACCEPT");
    iptables("iptables", "-A FORWARD ! -i ovsint-+ -j ACCEPT");
    pass(false, 0);
    pass(true, 1);
    pass(false, 1);
    check_chain("iptables", "-P FORWARD DROP\n"
                            "-A FORWARD -i ovsint+ -j ACCEPT\n"
                            "-A FORWARD -i ovsint-+ -j DROP\n"
                            "-A FORWARD -i ovsint-1 -j ACCEPT\n"
                            "-A FORWARD -i ovsint-+ -p tcp -j ACCEPT\n"
                            "-A FORWARD ! -i ovsint-+ -j ACCEPT\n");
}

TEST(the_lock_is_respected)
{
    struct err err = {0};

    enter();
    iptables("iptables", "-P FORWARD DROP");
    auto_close int lock =
        MUST(open("/run/xtables.lock", O_RDONLY | O_CREAT | O_CLOEXEC, 0600));
    MUST(flock(lock, LOCK_EX));
    CHECK_ERR(open_them(true, &err), EAGAIN, err, "/run/xtables.lock");
    MUST(flock(lock, LOCK_UN));
    check_chain("iptables", "-P FORWARD DROP\n");
    pass(true, 1);
}

TEST_MAIN
