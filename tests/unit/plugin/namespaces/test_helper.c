/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Which questions the helper listens to, and what the asking side does of
 * answers that are none.
 */
#include "ovsint/base/helper.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "ovsint/base/io.h"
#include "ovsint/base/limits.h"
#include "ovsint/base/parse.h"
#include "plugin/namespaces/serve.h"
#include "tests/lib/test.h"

#define TEXT(literal) literal, sizeof(literal) - 1
#define NONE NULL, 0

struct row {
    const char *text;
    size_t size;
    enum helper_verb verb;
    uint32_t what;
    uint64_t number[2];
    bool has_fd;
};

static int judged(const struct row *row)
{
    static struct helper_question question;
    struct err err = {0};

    question =
        (struct helper_question){.verb = row->verb,
                                 .what = row->what,
                                 .number = {row->number[0], row->number[1]},
                                 .size = (uint32_t)row->size};
    if (row->size)
        memcpy(question.text, row->text, row->size);
    return helper_judge(&question, HELPER_QUESTION_HEAD + row->size,
                        row->has_fd, &err);
}

TEST(questions)
{
    static const struct row rows[] = {
        {TEXT("/run/netns/a\0"), HELPER_NETNS},
        {NONE, HELPER_SOCKET, HELPER_ROUTE, .has_fd = true},
        {NONE, HELPER_SOCKET, HELPER_PACKETS, .has_fd = true},
        {NONE, HELPER_SOCKET, HELPER_LINKS},
        {NONE, HELPER_FILE, HELPER_CGROUP, {42}},
        {NONE, HELPER_FILE, HELPER_IGMP, .has_fd = true},
        {TEXT("eth0\0accept_ra\0"), HELPER_SETTING, 1, .has_fd = true},
        {TEXT("ovsint-1\0forwarding\0"), HELPER_SETTING, 0},
        {TEXT("default\0accept_ra\0"), HELPER_SETTING, 1, .has_fd = true},
        {NONE, HELPER_PROCESSES, 0, {4, 4026531840}},
        {NONE, HELPER_PROCESSES, 4194304},
        {TEXT("eth0\0"), HELPER_READ_SETTINGS, .has_fd = true},
        {TEXT("eth0\0"), HELPER_WRITE_SETTINGS, .has_fd = true},
        {TEXT("eth0\0ipv4/conf\0rp_filter\0"
              "1\0"),
         HELPER_WRITE_SETTINGS, .has_fd = true},
        {TEXT("eth0\0ipv4/conf\0a\0\0mpls/neigh\0b\0"
              "2 3\0"),
         HELPER_WRITE_SETTINGS, .has_fd = true},
        {NONE, HELPER_GROUPS, 0, {3, 4}, .has_fd = true},
        {TEXT("/run/openvswitch/db.sock\0"), HELPER_CONNECT},
        {NONE, HELPER_PIDNS},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (judged(&rows[i]) < 0)
            TEST_FAIL("row %zu is refused", i);
    }
}

TEST(no_questions)
{
    static const struct row rows[] = {
        {NONE, HELPER_PIDNS + 1},
        {NONE, (enum helper_verb) ~0u},
        {NONE, HELPER_NETNS},
        {TEXT("/run/netns/a"), HELPER_NETNS},
        {TEXT("run/netns/a\0"), HELPER_NETNS},
        {TEXT("/run\0/netns/a\0"), HELPER_NETNS},
        {TEXT("/run/netns/a\0"), HELPER_NETNS, .has_fd = true},
        {NONE, HELPER_SOCKET, HELPER_ROUTE},
        {NONE, HELPER_SOCKET, HELPER_LINKS, .has_fd = true},
        {NONE, HELPER_SOCKET, HELPER_LINKS + 1, .has_fd = true},
        {TEXT("x"), HELPER_SOCKET, HELPER_ROUTE, .has_fd = true},
        {NONE, HELPER_FILE, HELPER_CGROUP},
        {NONE, HELPER_FILE, HELPER_CGROUP, {1ull << 31}},
        {NONE, HELPER_FILE, HELPER_CGROUP, {42}, .has_fd = true},
        {NONE, HELPER_FILE, HELPER_IGMP, {42}},
        {NONE, HELPER_FILE, HELPER_IGMP, {42}, .has_fd = true},
        {NONE, HELPER_FILE, HELPER_PACKET + 1, .has_fd = true},
        {TEXT("eth0\0"), HELPER_SETTING},
        {TEXT("eth0\0forwarding"), HELPER_SETTING},
        {TEXT("\0forwarding\0"), HELPER_SETTING},
        {TEXT("..\0forwarding\0"), HELPER_SETTING},
        {TEXT("a/b\0forwarding\0"), HELPER_SETTING},
        {TEXT("sixteencharacter\0forwarding\0"), HELPER_SETTING},
        {TEXT("all\0forwarding\0"), HELPER_SETTING},
        {TEXT("default\0forwarding\0"), HELPER_SETTING},
        {TEXT("eth0\0rp_filter\0"), HELPER_SETTING},
        {TEXT("eth0\0../forwarding\0"), HELPER_SETTING},
        {TEXT("eth0\0forwarding\0x\0"), HELPER_SETTING},
        {TEXT("eth0\0forwarding\0"), HELPER_SETTING, 2},
        {NONE, HELPER_PROCESSES, 1u << 31},
        {NONE, HELPER_PROCESSES, .has_fd = true},
        {TEXT("eth0\0"), HELPER_READ_SETTINGS},
        {TEXT("eth0/..\0"), HELPER_READ_SETTINGS, .has_fd = true},
        {TEXT("eth0\0x\0"), HELPER_READ_SETTINGS, .has_fd = true},
        {TEXT("eth0\0ipv4/conf\0"), HELPER_WRITE_SETTINGS, .has_fd = true},
        {TEXT("eth0\0ipv4/conf\0a\0"), HELPER_WRITE_SETTINGS, .has_fd = true},
        {TEXT("eth0\0ipv4/conf\0a\0"
              "1"),
         HELPER_WRITE_SETTINGS, .has_fd = true},
        {TEXT("eth0\0ipv4\0a\0"
              "1\0"),
         HELPER_WRITE_SETTINGS, .has_fd = true},
        {TEXT("eth0\0../conf\0a\0"
              "1\0"),
         HELPER_WRITE_SETTINGS, .has_fd = true},
        {TEXT("eth0\0a/../conf\0a\0"
              "1\0"),
         HELPER_WRITE_SETTINGS, .has_fd = true},
        {TEXT("eth0\0ipv4/conf\0../a\0"
              "1\0"),
         HELPER_WRITE_SETTINGS, .has_fd = true},
        {NONE, HELPER_GROUPS, 0, {3, 0}, .has_fd = true},
        {NONE, HELPER_GROUPS, 0, {3, 4}},
        {TEXT("x"), HELPER_GROUPS, 0, {3, 4}, .has_fd = true},
        {TEXT("x"), HELPER_PORT_USER, IPPROTO_TCP, {80}},
        {NONE, HELPER_PIDNS, .has_fd = true},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (judged(&rows[i]) != -EINVAL)
            TEST_FAIL("row %zu is taken for a question", i);
}

TEST(addresses)
{
    struct ip ip[LIMIT_DEVICE_GROUPS + 1] = {{.family = AF_INET}};
    struct row port = {(const char *)ip, sizeof(ip[0]), HELPER_PORT_USER,
                       IPPROTO_UDP,      {53},          false};

    for (size_t i = 0; i < ARRAY_LEN(ip); i++)
        ip[i].family = i % 2 ? AF_INET : AF_INET6;
    CHECK_EQ(judged(&port), 0);
    port.what = IPPROTO_ICMP;
    CHECK_EQ(judged(&port), -EINVAL);
    port.what = IPPROTO_UDP;
    port.number[0] = 65536;
    CHECK_EQ(judged(&port), -EINVAL);

    struct row groups = {(const char *)ip, LIMIT_DEVICE_GROUPS * sizeof(ip[0]),
                         HELPER_GROUPS,    0,
                         {3, 4},           true};
    CHECK_EQ(judged(&groups), 0);
    groups.size = sizeof(ip);
    CHECK_EQ(judged(&groups), -EINVAL);
    groups.size = sizeof(ip[0]);
    ip[0].family = AF_UNIX;
    CHECK_EQ(judged(&groups), -EINVAL);
}

TEST(sizes)
{
    static struct helper_question question = {.verb = HELPER_PIDNS};
    struct err err = {0};

    CHECK_EQ(helper_judge(&question, HELPER_QUESTION_HEAD, false, &err), 0);
    CHECK_EQ(helper_judge(&question, 0, false, &err), -EINVAL);
    CHECK_EQ(helper_judge(&question, HELPER_QUESTION_HEAD - 1, false, &err),
             -EINVAL);
    CHECK_EQ(helper_judge(&question, HELPER_QUESTION_HEAD + 1, false, &err),
             -EINVAL);
    question.size = UINT32_MAX;
    CHECK_EQ(helper_judge(&question, HELPER_QUESTION_HEAD, false, &err),
             -EINVAL);
    question.size = 0;
    question.zero = 1;
    CHECK_EQ(helper_judge(&question, HELPER_QUESTION_HEAD, false, &err),
             -EINVAL);
}

/* Answers one question with these bytes, with or without a descriptor. */
static int answered(const void *bytes, size_t size, bool with_fd, bool wants_fd,
                    struct err *err)
{
    static char question[sizeof(struct helper_question)];
    struct helper_call call = {
        .verb = HELPER_PIDNS, .fd = -1, .wants_fd = wants_fd};
    int fds[2];

    CHECK_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct err ignored = {0};
        int fd;
        close(fds[0]);
        if (helper_receive(fds[1], question, sizeof(question), &fd, &ignored) <
            0)
            _exit(1);
        if (size > 0 &&
            helper_send(fds[1], bytes, size, with_fd ? 0 : -1, &ignored) < 0)
            _exit(1);
        _exit(0);
    }
    close(fds[1]);
    helper_use(fds[0]);
    *err = (struct err){0};
    int r = helper_ask(&call, err);
    struct err again = {0};
    /* After an answer that is none there is no second question. */
    if (r == -EPROTO || r == -EPIPE) {
        CHECK(helper_ask(&call, &again) < 0);
        CHECK_HAS(err->text, helper_failure());
    }
    if (call.ret_fd >= 0)
        close(call.ret_fd);
    helper_use(-1);
    close(fds[0]);
    int status;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
    return r;
}

TEST(answers)
{
    static struct helper_answer answer;
    struct err err;

    CHECK_EQ(answered(&answer, HELPER_ANSWER_HEAD, false, false, &err), 0);
    CHECK_EQ(answered(&answer, HELPER_ANSWER_HEAD, true, true, &err), 0);
    answer.r = -EACCES;
    answer.size = 6;
    memcpy(answer.text, "not so", 6);
    CHECK_ERR(answered(&answer, HELPER_ANSWER_HEAD + 6, false, true, &err),
              EACCES, err, "not so");
    answer.r = 0;
    answer.size = 0;
    CHECK_ERR(answered(&answer, HELPER_ANSWER_HEAD, false, true, &err), EPROTO,
              err, "the answer has no descriptor");
    CHECK_ERR(answered(&answer, HELPER_ANSWER_HEAD, true, false, &err), EPROTO,
              err, "the answer has a descriptor");
    CHECK_ERR(answered(&answer, 3, false, false, &err), EPROTO, err,
              "another size");
    answer.size = 1;
    CHECK_ERR(answered(&answer, HELPER_ANSWER_HEAD, false, false, &err), EPROTO,
              err, "another size");
    CHECK_ERR(answered(NULL, 0, false, false, &err), EPIPE, err,
              "the helper ovsint-namespaces: it has ended");
}

static int listening(const char *directory, const char *name)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(at.sun_path, sizeof(at.sun_path), "%s/%s", directory, name);
    CHECK_EQ(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    CHECK_EQ(listen(fd, 1), 0);
    return fd;
}

static int connected(const char *directory, const char *name, struct err *err)
{
    char path[256];

    *err = (struct err){0};
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    int fd = io_connect_unix(path, deadline_in(0), err);
    if (fd >= 0)
        close(fd);
    return fd;
}

/* A real helper, which needs no rights for this. */
TEST(sockets_that_are_open_vswitchs_and_others)
{
    static const char *const names[] = {"db.sock", "br0.mgmt", "docker.sock"};
    char directory[] = "/tmp/ovsint-helper-XXXXXX", ovsdb[64], name[64];
    struct err err = {0};
    int fds[3];

    CHECK(mkdtemp(directory) != NULL);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        fds[i] = listening(directory, names[i]);
    snprintf(ovsdb, sizeof(ovsdb), "unix:%s/db.sock", directory);
    const struct helper_reach reach = {.ovsdb = ovsdb, .northbound = ""};
    int helper = helper_fork(&reach, &err);
    CHECK_OK(helper, err);
    helper_use(helper);
    CHECK_OK(connected(directory, "db.sock", &err), err);
    CHECK_OK(connected(directory, "br0.mgmt", &err), err);
    CHECK_ERR(connected(directory, "br1.mgmt", &err), ENOENT, err, "br1.mgmt");
    CHECK_ERR(connected(directory, "docker.sock", &err), EACCES, err,
              "is no socket of Open vSwitch's");
    snprintf(name, sizeof(name), "../%s/br0.mgmt", directory + strlen("/tmp/"));
    CHECK_EQ(connected(directory, name, &err), -EACCES);
    helper_use(-1);
    CHECK_OK(connected(directory, "docker.sock", &err), err);
    close(helper);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        snprintf(name, sizeof(name), "%s/%s", directory, names[i]);
        CHECK_EQ(unlink(name), 0);
        close(fds[i]);
    }
    CHECK_EQ(rmdir(directory), 0);
}

/* Whoever listens has as many who wait as it has room for. The helper does not
 * wait for that, as it serves others; who asks it does, up to the deadline. */
TEST(a_backlog_that_is_full)
{
    char directory[] = "/tmp/ovsint-helper-XXXXXX", ovsdb[64];
    struct err err = {0};
    int waiting[16];
    size_t count = 0;

    CHECK(mkdtemp(directory) != NULL);
    int fd = listening(directory, "db.sock");
    snprintf(ovsdb, sizeof(ovsdb), "unix:%s/db.sock", directory);
    const char *path = ovsdb + strlen("unix:");
    const struct helper_reach reach = {.ovsdb = ovsdb, .northbound = ""};
    int helper = helper_fork(&reach, &err);
    CHECK_OK(helper, err);
    helper_use(helper);
    while (count < ARRAY_LEN(waiting) &&
           (waiting[count] = io_connect_unix(path, deadline_in(0), &err)) >= 0)
        count++;
    CHECK(count < ARRAY_LEN(waiting));
    CHECK_EQ(err.code, ETIMEDOUT);
    err = (struct err){0};
    CHECK_ERR(io_connect_unix(path, deadline_in(20), &err), ETIMEDOUT, err,
              "connect to");
    pid_t child = fork();
    if (child == 0) {
        poll(NULL, 0, 50); /* time: the first try has failed by then */
        _exit(accept(fd, NULL, NULL) < 0);
    }
    err = (struct err){0};
    int late = io_connect_unix(path, deadline_in(10000), &err);
    CHECK_OK(late, err);
    CHECK_EQ(waitpid(child, NULL, 0), child);
    helper_use(-1);
    close(helper);
    close(late);
    close(fd);
    while (count-- > 0)
        close(waiting[count]);
    CHECK_EQ(unlink(path), 0);
    CHECK_EQ(rmdir(directory), 0);
}

TEST_MAIN
