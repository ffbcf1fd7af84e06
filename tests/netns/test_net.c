/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The socket: where it works, what it costs, and that nobody but the kernel
 * can answer in the kernel's place.
 */
#include <dirent.h>
#include <linux/rtnetlink.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "common/net/request.h"
#include "tests/netns/fixture.h"

static ino_t own_inode(void)
{
    struct stat st;

    MUST(stat("/proc/thread-self/ns/net", &st));
    return st.st_ino;
}

static int open_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;

    CHECK(dir != NULL);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

TEST(serves_the_namespace_that_it_was_opened_in)
{
    auto_fixture struct fixture f = fixture_new();
    struct link_info info;
    struct err err = {0};

    auto_close int host_tap = fixture_tap("here0");
    auto_close int tap = fixture_tap_inside(&f, "there0");
    CHECK(host_tap >= 0 && tap >= 0);
    CHECK_EQ(link_find(f.host, "here0", &info, &err), 1);
    CHECK_EQ(link_find(f.host, "there0", &info, &err), 0);
    CHECK_EQ(link_find(f.inside, "there0", &info, &err), 1);
    CHECK_EQ(link_find(f.inside, "here0", &info, &err), 0);
}

TEST(returns_home_and_leaves_no_descriptor)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};

    ino_t home = own_inode();
    int before = open_files();
    for (int i = 0; i < 3; i++) {
        auto_net struct net *net = NULL;
        CHECK_OK(net_open(&net, f.inside_fd, NET_WITH_ANNOUNCE, &err), err);
        CHECK_EQ(own_inode(), home);
        CHECK_EQ(open_files(), before + 2);
    }
    CHECK_EQ(open_files(), before);
}

TEST(own_descriptor_and_none_mean_the_same)
{
    auto_net struct net *net = NULL;
    struct link_info info;
    struct err err = {0};

    fixture_enter();
    auto_close int own = netns_open_pid(getpid(), &err);
    CHECK_OK(own, err);
    CHECK_EQ(netns_is_own(own, &err), 1);
    auto_close int tap = fixture_tap("here0");
    CHECK(tap >= 0);
    CHECK_OK(net_open(&net, own, NET_PLAIN, &err), err);
    CHECK_EQ(link_find(net, "here0", &info, &err), 1);
}

TEST(descriptors_close_on_exec)
{
    auto_fixture struct fixture f = fixture_new();

    CHECK(fcntl(nl_socket_get_fd(f.inside->sock), F_GETFD) & FD_CLOEXEC);
    CHECK(fcntl(f.inside->packet_fd, F_GETFD) & FD_CLOEXEC);
}

TEST(refuses_descriptors_of_other_things)
{
    struct net *net = NULL;
    struct err err = {0};

    fixture_enter();
    ino_t home = own_inode();
    int before = open_files();
    auto_close int user = MUST(open("/proc/self/ns/user", O_RDONLY));
    auto_close int file = MUST(open("/dev/null", O_RDONLY));
    CHECK_ERR(net_open(&net, user, NET_PLAIN, &err), EINVAL, err,
              "enter the network namespace");
    err = (struct err){0};
    CHECK_ERR(net_open(&net, file, NET_PLAIN, &err), EINVAL, err,
              "enter the network namespace");
    err = (struct err){0};
    CHECK_ERR(net_open(&net, 4711, NET_PLAIN, &err), EBADF, err,
              "enter the network namespace: Bad file descriptor");
    CHECK(net == NULL);
    CHECK_EQ(own_inode(), home);
    CHECK_EQ(open_files(), before + 2);
}

TEST(namespace_of_others_needs_the_right_to_enter)
{
    struct net *net = NULL;
    struct err err = {0};

    auto_close int above = netns_open("/proc/self/ns/net", &err);
    CHECK_OK(above, err);
    fixture_enter();
    CHECK_ERR(net_open(&net, above, NET_PLAIN, &err), EPERM, err,
              "enter the network namespace: Operation not permitted");
    CHECK(net == NULL);
}

TEST(works_in_a_namespace_of_a_user_namespace_below)
{
    auto_net struct net *net = NULL;
    struct link_info info;
    struct err err = {0};

    fixture_enter();
    pid_t below = fixture_holder(CLONE_NEWUSER | CLONE_NEWNET);
    auto_close int fd = netns_open_pid(below, &err);
    CHECK_OK(fd, err);
    CHECK_OK(net_open(&net, fd, NET_WITH_ANNOUNCE, &err), err);
    CHECK_OK(link_set_up(net, 1, &err), err);
    CHECK_EQ(link_find(net, "lo", &info, &err), 1);
    CHECK(info.up);
    fixture_end_holder(below);
}

TEST(outlives_the_processes_of_its_namespace)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};

    fixture_end_holder(f.holder);
    CHECK_OK(link_set_up(f.inside, 1, &err), err);
    f.holder = fixture_holder(CLONE_NEWNET);
}

static void *change_namespace(void *data)
{
    MUST(unshare(CLONE_NEWNET));
    struct fixture *f = data;
    auto_net struct net *net = NULL;
    struct err err = {0};

    ino_t home = own_inode();
    CHECK_OK(net_open(&net, f->inside_fd, NET_PLAIN, &err), err);
    CHECK_EQ(own_inode(), home);
    return NULL;
}

/* "Home" is the thread's namespace, not the process's. */
TEST(thread_returns_to_its_own_namespace)
{
    auto_fixture struct fixture f = fixture_new();
    pthread_t thread;

    CHECK_EQ(pthread_create(&thread, NULL, change_namespace, &f), 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
}

static int set_mtu_unlawfully(struct net *net, struct err *err)
{
    struct ifinfomsg head = {.ifi_index = 1};
    auto_request struct nl_msg *request =
        request_new(RTM_NEWLINK, 0, &head, sizeof(head));

    /* Two bytes where four belong. */
    request_put(request, IFLA_MTU, "xx", 2);
    return request_do(net, request, err, "ask for %s", "nonsense");
}

TEST(malformed_request_is_refused_with_a_sentence)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};

    int r = set_mtu_unlawfully(f.host, &err);
    CHECK(r == -EINVAL || r == -ERANGE);
    CHECK_HAS(err.text, "ask for nonsense: ");
    CHECK_HAS(err.text, " (kernel: ");
    CHECK(err.text[strlen(err.text) - 1] == ')');
    err = (struct err){0};
    CHECK_ERR(link_delete(f.host, 4711, &err), ENODEV, err,
              "delete device 4711: No such device");
    CHECK(!strstr(err.text, "kernel"));
}

static void shorten_patience(struct net *net, unsigned ms)
{
    struct timeval limit = {.tv_usec = ms * 1000L};

    net->timeout_ms = ms;
    MUST(setsockopt(nl_socket_get_fd(net->sock), SOL_SOCKET, SO_RCVTIMEO,
                    &limit, sizeof(limit)));
}

static void ignore_reply(void *data, struct nlmsghdr *reply)
{
    (void)data;
    (void)reply;
}

/* A change for which no acknowledgement was asked is answered by silence. */
static int ask_in_vain(struct net *net, struct err *err)
{
    struct ifinfomsg head = {.ifi_index = 1};
    auto_request struct nl_msg *request =
        request_new(RTM_NEWLINK, 0, &head, sizeof(head));

    return request_ask(net, request, ignore_reply, NULL, err, "ask in vain");
}

TEST(silent_kernel_costs_the_deadline)
{
    auto_fixture struct fixture f = fixture_new();
    struct link_info info;
    struct err err = {0};

    shorten_patience(f.host, 50);
    CHECK_ERR(ask_in_vain(f.host, &err), ETIMEDOUT, err,
              "ask in vain: the kernel did not answer within 50 ms");
    /* And the next request is answered as ever. */
    CHECK_EQ(link_find(f.host, "lo", &info, &err), 1);
}

/* A socket in the same namespace that writes into ours. */
struct forger {
    int fd;
    struct sockaddr_nl to;
};

static struct forger forger_for(const struct net *net)
{
    struct forger forger = {
        .fd = MUST(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)),
        .to = {.nl_family = AF_NETLINK,
               .nl_pid = nl_socket_get_local_port(net->sock)}};

    return forger;
}

static void forge(const struct forger *forger, const void *bytes, size_t size)
{
    MUST(sendto(forger->fd, bytes, size, 0,
                (const struct sockaddr *)&forger->to, sizeof(forger->to)));
}

/* An error for each of the numbers that the next request may have. */
static void forge_errors(const struct forger *forger, const struct net *net)
{
    for (uint32_t ahead = 0; ahead < 4; ahead++) {
        struct {
            struct nlmsghdr head;
            struct nlmsgerr error;
        } message = {
            .head = {.nlmsg_len = sizeof(message),
                     .nlmsg_type = NLMSG_ERROR,
                     .nlmsg_seq = net->sequence + ahead},
            .error = {.error = -EXDEV},
        };
        forge(forger, &message, sizeof(message));
    }
}

TEST(answers_that_are_not_the_kernels_are_ignored)
{
    auto_fixture struct fixture f = fixture_new();
    struct link_info info;
    struct err err = {0};

    CHECK_EQ(link_find(f.host, "lo", &info, &err), 1);
    struct forger forger = forger_for(f.host);
    forge_errors(&forger, f.host);
    CHECK_OK(link_set_up(f.host, 1, &err), err);
    forge_errors(&forger, f.host);
    CHECK_EQ(link_find(f.host, "nobody", &info, &err), 0);
    forge_errors(&forger, f.host);
    auto_buf struct buf links = fixture_links(f.host);
    CHECK_HAS(buf_text(&links), " lo ");
    close(forger.fd);
}

TEST(forged_listing_does_not_hold_up_the_answer)
{
    auto_fixture struct fixture f = fixture_new();
    struct link_info info;
    struct err err = {0};

    struct forger forger = forger_for(f.host);
    struct nlmsghdr part = {.nlmsg_len = sizeof(part),
                            .nlmsg_type = RTM_NEWLINK,
                            .nlmsg_flags = NLM_F_MULTI,
                            .nlmsg_seq = f.host->sequence + 1};
    forge(&forger, &part, sizeof(part));
    int64_t start = deadline_now_ms();
    CHECK_EQ(link_find(f.host, "lo", &info, &err), 1);
    CHECK(deadline_now_ms() - start < NET_TIMEOUT_MS / 2);
    close(forger.fd);
}

struct flood {
    struct forger forger;
    volatile bool stop;
};

static void *pour(void *data)
{
    struct flood *flood = data;
    struct nlmsghdr part = {.nlmsg_len = sizeof(part),
                            .nlmsg_type = RTM_NEWLINK,
                            .nlmsg_flags = NLM_F_MULTI};

    while (!flood->stop) {
        /* Blocks while the queue of the victim is full. */
        if (sendto(flood->forger.fd, &part, sizeof(part), 0,
                   (struct sockaddr *)&flood->forger.to,
                   sizeof(flood->forger.to)) < 0)
            poll(NULL, 0, 1);
    }
    return NULL;
}

TEST(flood_of_foreign_messages_ends_at_the_deadline)
{
    auto_fixture struct fixture f = fixture_new();
    struct flood flood = {.forger = forger_for(f.host)};
    struct timeval limit = {.tv_usec = 10000};
    pthread_t thread;
    struct err err = {0};

    shorten_patience(f.host, 100);
    MUST(setsockopt(flood.forger.fd, SOL_SOCKET, SO_SNDTIMEO, &limit,
                    sizeof(limit)));
    CHECK_EQ(pthread_create(&thread, NULL, pour, &flood), 0);
    int64_t start = deadline_now_ms();
    CHECK(ask_in_vain(f.host, &err) < 0);
    CHECK(deadline_now_ms() - start < NET_TIMEOUT_MS);
    flood.stop = true;
    CHECK_EQ(pthread_join(thread, NULL), 0);
    close(flood.forger.fd);
    CHECK(err.code == ETIMEDOUT || err.code == ENOBUFS);
}

TEST_MAIN
