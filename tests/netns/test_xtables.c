/* SPDX-License-Identifier: Apache-2.0 */
/* The iptables of old, in a namespace of the test's own; iptables-legacy(8) is
 * somebody else there. */
#include <sys/file.h>
#include <sys/mount.h>

#include "ovsint/io.h"
#include "ovsint/xtables.h"
#include "tests/netns/fixture.h"

#define PREFIX "ovsint-"

/* A network namespace, and a /run of its own for the lock. */
static void enter(void)
{
    fixture_enter();
    MUST(unshare(CLONE_NEWNS));
    MUST(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
    MUST(mount("run", "/run", "tmpfs", 0, NULL));
}

/* Runs it and keeps what it says. */
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
    "-A FORWARD -o ovsint-+ -j ACCEPT\n" \
    "-A FORWARD -i ovsint-+ -j ACCEPT\n"

static void pass(bool wanted, int want)
{
    struct err err = {0};
    int r = xtables_pass(PREFIX, wanted, &err);

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
        check_chain(tools[i], "-P FORWARD DROP\n" OPEN
                              "-A FORWARD -i eth0 -p tcp -m tcp --dport 80 "
                              "-j ACCEPT\n");
        pass(true, 0);
        pass(false, 1);
        check_chain(tools[i], "-P FORWARD DROP\n"
                              "-A FORWARD -i eth0 -p tcp -m tcp --dport 80 "
                              "-j ACCEPT\n");
        pass(false, 0);
    }
}

TEST(rules_before_ours_and_twins)
{
    enter();
    iptables("iptables", "-P FORWARD DROP");
    pass(true, 1);
    iptables("iptables", "-I FORWARD -j DROP");
    pass(true, 1);
    check_chain("iptables", "-P FORWARD DROP\n" OPEN "-A FORWARD -j DROP\n");
    iptables("iptables", "-A FORWARD -i ovsint-+ -j ACCEPT");
    iptables("iptables", "-D FORWARD -o ovsint-+ -j ACCEPT");
    pass(true, 1);
    check_chain("iptables", "-P FORWARD DROP\n" OPEN "-A FORWARD -j DROP\n");
}

TEST(a_chain_that_lets_everything_pass_stays_as_it_is)
{
    enter();
    iptables("iptables", "-P FORWARD ACCEPT");
    pass(true, 0);
    check_chain("iptables", "-P FORWARD ACCEPT\n");
    iptables("iptables", "-A FORWARD -s 192.0.2.0/24 -j DROP");
    pass(true, 1);
    iptables("iptables", "-D FORWARD -s 192.0.2.0/24 -j DROP");
    pass(true, 1);
    check_chain("iptables", "-P FORWARD ACCEPT\n");
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
    CHECK_ERR(xtables_pass(PREFIX, true, &err), EAGAIN, err,
              "/run/xtables.lock");
    MUST(flock(lock, LOCK_UN));
    check_chain("iptables", "-P FORWARD DROP\n");
    pass(true, 1);
}

TEST_MAIN
