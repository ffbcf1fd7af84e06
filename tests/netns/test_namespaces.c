/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A real helper, asked as ovsint-plugin asks it, and by somebody who wants what
 * it must not give.
 */
#include "plugin/namespaces/serve.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include "ovsint/base/helper.h"
#include "ovsint/base/io.h"
#include "ovsint/net/inside.h"
#include "ovsint/net/link_watch.h"
#include "ovsint/net/newcomers.h"
#include "ovsint/net/pidns.h"
#include "ovsint/net/sysctl.h"
#include "tests/netns/fixture.h"

struct asked {
    struct fixture f;
    int fd;
};

static void asked_done(struct asked *asked)
{
    helper_use(-1);
    close(asked->fd);
    fixture_done(&asked->f);
}
#define auto_asked __attribute__((cleanup(asked_done)))

static struct asked asked_new(void)
{
    static const struct helper_reach reach = {.ovsdb = "unix:/run/ovs/db.sock",
                                              .northbound = ""};
    struct asked asked = {.f = fixture_new()};
    struct err err = {0};

    asked.fd = helper_fork(&reach, &err);
    CHECK_OK(asked.fd, err);
    helper_use(asked.fd);
    return asked;
}

TEST(sockets_of_a_namespace)
{
    auto_asked struct asked asked = asked_new();
    auto_net struct net *net = NULL;
    struct link_info info;
    struct err err = {0};
    uint64_t theirs, cookie;

    fixture_veth(&asked.f);
    CHECK_OK(net_open(&net, asked.f.inside_fd, NET_WITH_ANNOUNCE, &err), err);
    CHECK_EQ(link_find(net, "v-in", &info, &err), 1);
    CHECK_OK(link_set_mtu(net, info.ifindex, 1400, &err), err);
    CHECK_OK(net_cookie(net, &cookie, &err), err);
    CHECK_OK(net_cookie(asked.f.inside, &theirs, &err), err);
    CHECK_EQ(cookie, theirs);
}

static bool note_pid(void *data, pid_t pid)
{
    pid_t *ret = data;

    *ret = pid;
    return false;
}

TEST(namespaces_and_processes)
{
    auto_asked struct asked asked = asked_new();
    char path[64], here[PIDNS_ID_SIZE], there[PIDNS_ID_SIZE];
    struct netns_id id, other;
    struct err err = {0};
    pid_t pid = 0;

    CHECK_OK(netns_id(asked.f.inside_fd, &id, &err), err);
    snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)asked.f.holder);
    auto_close int fd = netns_open(path, &err);
    CHECK_OK(fd, err);
    CHECK_OK(netns_id(fd, &other, &err), err);
    CHECK_EQ(id.ino, other.ino);
    CHECK_ERR(netns_open("/etc/passwd", &err), EINVAL, err, "/etc/passwd");
    CHECK_ERR(netns_open("/run/none", &err), ENOENT, err, "/run/none");
    CHECK(netns_process_is_in(asked.f.holder, &id));
    CHECK(!netns_process_is_in(getpid(), &id));
    int r = netns_each_process(&id, note_pid, &pid, &err);
    CHECK(r == 0 || r == -EACCES);
    CHECK_EQ(pid, asked.f.holder);

    /* Who may not look at process 1 is told so. */
    int asked_for = pidns_id(here, &err);
    helper_use(-1);
    CHECK_EQ(asked_for, pidns_id(there, &err));
    if (asked_for >= 0)
        CHECK_STR(here, there);
}

struct seen {
    pid_t last;
    int count;
};

static bool is_next(void *data, pid_t pid)
{
    struct seen *seen = data;

    CHECK(pid > seen->last);
    seen->last = pid;
    seen->count++;
    return false;
}

TEST(without_a_free_descriptor_one_question_fails_and_no_more)
{
    auto_asked struct asked asked = asked_new();
    struct rlimit limit;
    struct err err = {0};
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)asked.f.holder);
    int next = MUST(dup(asked.fd));
    close(next);
    MUST(getrlimit(RLIMIT_NOFILE, &limit));
    const struct rlimit low = {(rlim_t)next, limit.rlim_max};
    MUST(setrlimit(RLIMIT_NOFILE, &low));
    int r = netns_open(path, &err);
    MUST(setrlimit(RLIMIT_NOFILE, &limit));
    CHECK_ERR(r, EMFILE, err, "no room");
    err = (struct err){0};
    auto_close int fd = netns_open(path, &err);
    CHECK_OK(fd, err);
}

TEST(more_processes_than_one_answer_has)
{
    enum { COUNT = HELPER_PROCESSES_MAX + 20 };
    auto_asked struct asked asked = asked_new();
    auto_close int own = MUST(open("/proc/self/ns/net", O_RDONLY));
    static pid_t children[COUNT];
    struct seen seen = {0};
    struct netns_id id;
    struct err err = {0};

    CHECK(asked.fd >= 0); /* whom netns_each_process() asks */
    CHECK_OK(netns_id(own, &id, &err), err);
    for (size_t i = 0; i < COUNT; i++) {
        children[i] = MUST(fork());
        if (children[i] == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            for (;;)
                pause();
        }
    }
    int r = netns_each_process(&id, is_next, &seen, &err);
    for (size_t i = 0; i < COUNT; i++) {
        MUST(kill(children[i], SIGKILL));
        MUST(waitpid(children[i], NULL, 0));
    }
    CHECK(r == 0 || r == -EACCES);
    CHECK(seen.count >= COUNT);
}

TEST(files_and_settings)
{
    auto_asked struct asked asked = asked_new();
    auto_newcomers struct newcomers *newcomers = NULL;
    auto_buf struct buf stat = BUF_INIT(4096);
    auto_buf struct buf settings = BUF_INIT(65536);
    static const char word[] = "ipv4/conf\0forwarding\0word";
    struct device_loss loss;
    struct err err = {0};
    int value;

    fixture_veth(&asked.f);
    CHECK_OK(io_read_process(asked.f.holder, HELPER_STAT, &stat, &err), err);
    CHECK_EQ(strtol(buf_text(&stat), NULL, 10), asked.f.holder);
    auto_close int igmp = inside_file(asked.f.inside_fd, HELPER_IGMP, &err);
    CHECK_OK(igmp, err);
    CHECK_EQ(sysctl_set_in(asked.f.inside_fd, SYSCTL_IPV6, "v-in", "accept_ra",
                           0, &err),
             1);
    CHECK_EQ(sysctl_set_in(asked.f.inside_fd, SYSCTL_IPV6, "v-in", "accept_ra",
                           0, &err),
             0);
    CHECK_EQ(sysctl_set(SYSCTL_IPV4, "v-host", "forwarding", 1, &err), 1);
    CHECK_OK(sysctl_get(SYSCTL_IPV4, "v-host", "forwarding", &value, &err),
             err);
    CHECK_EQ(value, 1);
    CHECK_ERR(sysctl_get(SYSCTL_IPV4, "none", "forwarding", &value, &err),
              ENOENT, err, "none");
    CHECK_OK(newcomers_open(asked.f.inside_fd, &newcomers, &err), err);
    CHECK(newcomers != NULL);

    CHECK_OK(inside_read_settings(asked.f.inside_fd, "v-in", &settings, &err),
             err);
    CHECK(settings.size > 1000);
    CHECK_OK(inside_write_settings(asked.f.inside_fd, "v-in", &settings, &loss,
                                   &err),
             err);
    CHECK_EQ(loss.count, 0);
    buf_clear(&settings);
    buf_add(&settings, word, sizeof(word));
    CHECK_OK(inside_write_settings(asked.f.inside_fd, "v-in", &settings, &loss,
                                   &err),
             err);
    CHECK_EQ(loss.count, 1);
    CHECK_HAS(loss.err.text, "'word'");
}

/* The raw question of somebody who has taken over the asking side. */
static int ask(struct asked *asked, enum helper_verb verb, uint32_t what,
               const char *text, size_t size, int passed, struct err *err)
{
    static struct helper_question question;
    static struct helper_answer answer;

    question = (struct helper_question){
        .verb = verb, .what = what, .size = (uint32_t)size};
    if (size)
        memcpy(question.text, text, size);
    *err = (struct err){0};
    CHECK_OK(helper_send(asked->fd, &question, HELPER_QUESTION_HEAD + size,
                         passed, err),
             *err);
    int fd;
    ssize_t got = helper_receive(asked->fd, &answer, sizeof(answer), &fd, err);
    CHECK(got >= (ssize_t)HELPER_ANSWER_HEAD);
    if (answer.r < 0) {
        CHECK_EQ(fd, -1);
        return err_set(err, -answer.r, "%.*s", (int)answer.size, answer.text);
    }
    if (fd >= 0)
        close(fd);
    return answer.r;
}

#define ASK(verb, what, text, passed) \
    ask(&asked, verb, what, text, sizeof(text) - 1, passed, &err)

TEST(what_it_does_not_give)
{
    auto_asked struct asked asked = asked_new();
    auto_close int own = MUST(open("/proc/self/ns/net", O_RDONLY));
    auto_close int mount = MUST(open("/proc/self/ns/mnt", O_RDONLY));
    auto_close int file = MUST(open("/etc/passwd", O_RDONLY));
    struct err err = {0};

    /* sockets that are not Open vSwitch's, under whatever name */
    CHECK_ERR(ASK(HELPER_CONNECT, 0, "/run/docker.sock\0", -1), EACCES, err,
              "no socket of Open vSwitch's");
    CHECK_EQ(ASK(HELPER_CONNECT, 0, "/run/ovs/../docker.sock\0", -1), -EACCES);
    CHECK_EQ(ASK(HELPER_CONNECT, 0, "/run/ovs/../x/br0.mgmt\0", -1), -EACCES);
    CHECK_EQ(ASK(HELPER_CONNECT, 0, "/run/ovs/.mgmt\0", -1), -EACCES);
    CHECK_EQ(ASK(HELPER_CONNECT, 0, "/run/ovs/ovs-vswitchd.1.ctl\0", -1),
             -EACCES);
    CHECK_EQ(ASK(HELPER_CONNECT, 0, "/run/ovs/db.sock\0", -1), -ENOENT);
    CHECK_EQ(ASK(HELPER_CONNECT, 0, "/run/ovs/br0.mgmt\0", -1), -ENOENT);
    /* files that are no network namespaces */
    CHECK_EQ(ASK(HELPER_NETNS, 0, "/etc/passwd\0", -1), -EINVAL);
    CHECK_EQ(ASK(HELPER_NETNS, 0, "/proc/self/ns/mnt\0", -1), -EINVAL);
    /* work in the host's namespace, or in what is none */
    CHECK_ERR(ASK(HELPER_READ_SETTINGS, 0, "lo\0", own), EACCES, err,
              "the host's own network namespace");
    CHECK_EQ(
        ASK(HELPER_WRITE_SETTINGS, 0, "lo\0ipv4/conf\0forwarding\0001\0", own),
        -EACCES);
    CHECK_EQ(ASK(HELPER_SOCKET, HELPER_PACKETS, "", own), -EACCES);
    CHECK_EQ(ASK(HELPER_SOCKET, HELPER_ROUTE, "", mount), -EINVAL);
    CHECK(ASK(HELPER_SOCKET, HELPER_ROUTE, "", file) < 0);
    /* questions that are none */
    CHECK_EQ(ASK(HELPER_SETTING, 0, "lo\0../../../kernel/core_pattern\0", -1),
             -EINVAL);
    CHECK_EQ(ASK(HELPER_SETTING, 0, "all\0forwarding\0", -1), -EINVAL);
    CHECK_EQ(ASK(HELPER_PIDNS, 0, "x", -1), -EINVAL);
    CHECK_EQ(ask(&asked, (enum helper_verb)77, 0, NULL, 0, -1, &err), -EINVAL);
    /* and it goes on */
    CHECK_EQ(ask(&asked, HELPER_PROCESSES, 0, NULL, 0, -1, &err), 0);
}

/* A question with as many descriptors as are given. */
static void send_all(int socket, const int *fds, size_t count, size_t size)
{
    static struct helper_question question;
    char control[CMSG_SPACE(2 * sizeof(int))] = "";
    struct iovec io = {.iov_base = &question, .iov_len = size};
    struct msghdr head = {.msg_iov = &io,
                          .msg_iovlen = 1,
                          .msg_control = control,
                          .msg_controllen = CMSG_SPACE(count * sizeof(int))};
    struct cmsghdr *c = CMSG_FIRSTHDR(&head);

    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(c), fds, count * sizeof(int));
    MUST(sendmsg(socket, &head, 0));
}

TEST(nothing_stays_open_of_what_a_message_brings)
{
    int ends[2], passed[2], out;
    struct err err = {0};
    static char room[HELPER_QUESTION_HEAD];
    char byte;

    for (size_t count = 1; count <= 2; count++) {
        MUST(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends));
        MUST(pipe2(passed, O_CLOEXEC | O_NONBLOCK));
        const int fds[] = {passed[1], passed[1]};
        send_all(ends[0], fds, count, count == 1 ? 0 : sizeof(room));
        close(passed[1]);
        ssize_t got = helper_receive(ends[1], room, sizeof(room), &out, &err);
        CHECK_EQ(got, count == 1 ? 0 : -EPROTO);
        CHECK_EQ(out, -1);
        /* nobody has the writing end any more */
        CHECK_EQ(read(passed[0], &byte, 1), 0);
        close(passed[0]);
        close(ends[0]);
        close(ends[1]);
    }
}

TEST(a_message_that_is_too_long_or_brings_too_much_ends_it)
{
    auto_asked struct asked asked = asked_new();
    static char room[sizeof(struct helper_question) + 1];
    struct err err = {0};
    int fd;

    CHECK_OK(helper_send(asked.fd, room, sizeof(room), -1, &err), err);
    CHECK_EQ(helper_receive(asked.fd, room, sizeof(room), &fd, &err), 0);
    CHECK_EQ(fd, -1);
    asked_done(&asked);

    asked = asked_new();
    const int two[] = {STDERR_FILENO, STDERR_FILENO};
    send_all(asked.fd, two, 2, HELPER_QUESTION_HEAD);
    CHECK_EQ(helper_receive(asked.fd, room, sizeof(room), &fd, &err), 0);
}

TEST_MAIN
