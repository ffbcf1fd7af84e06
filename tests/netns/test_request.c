/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Requests that go wrong: the kernel's message, the deadline, and that nobody
 * but the kernel can answer in its place.
 */
#include <linux/rtnetlink.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include "common/net/request.h"
#include "tests/netns/fixture.h"

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

/* Asks for a change without asking for an acknowledgement: no answer comes. */
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
    struct timeval limit = {0};
    socklen_t size = sizeof(limit);
    struct err err = {0};

    MUST(getsockopt(nl_socket_get_fd(f.host->sock), SOL_SOCKET, SO_RCVTIMEO,
                    &limit, &size));
    CHECK_EQ(limit.tv_sec * 1000 + limit.tv_usec / 1000, NET_TIMEOUT_MS);
    shorten_patience(f.host, 50);
    CHECK_ERR(ask_in_vain(f.host, &err), ETIMEDOUT, err,
              "ask in vain: the kernel did not answer within 50 ms");
    /* The next request is answered as usual. */
    CHECK_EQ(link_find(f.host, "lo", &info, &err), 1);
}

/* The answer to a request that was given up waits in the queue. */
TEST(late_answer_is_not_taken_for_the_next_one)
{
    auto_fixture struct fixture f = fixture_new();
    struct ifinfomsg head = {.ifi_index = 4711};
    struct link_info info;
    struct err err = {0};

    for (int i = 0; i < 2; i++) {
        auto_request struct nl_msg *refused =
            request_new(RTM_DELLINK, NLM_F_ACK, &head, sizeof(head));
        MUST(nl_send_auto(f.host->sock, refused));
    }
    CHECK_EQ(link_find(f.host, "lo", &info, &err), 1);
    CHECK_EQ(info.ifindex, 1);
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

/* Sends an error for each of the numbers that the next request may have. */
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

    CHECK_EQ(link_find(f.host, "nobody", &info, &err), 0);
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
    size_t size; /* of one message; below a header's it is no message */
};

static void *pour(void *data)
{
    struct flood *flood = data;
    struct nlmsghdr part = {.nlmsg_len = sizeof(part),
                            .nlmsg_type = RTM_NEWLINK,
                            .nlmsg_flags = NLM_F_MULTI};

    while (!flood->stop) {
        /* Blocks while the victim's queue is full. */
        if (sendto(flood->forger.fd, &part, flood->size, 0,
                   (struct sockaddr *)&flood->forger.to,
                   sizeof(flood->forger.to)) < 0)
            poll(NULL, 0, 1);
    }
    return NULL;
}

static void start_flood(struct flood *flood, const struct net *victim,
                        pthread_t *ret)
{
    struct timeval limit = {.tv_usec = 10000};

    flood->forger = forger_for(victim);
    MUST(setsockopt(flood->forger.fd, SOL_SOCKET, SO_SNDTIMEO, &limit,
                    sizeof(limit)));
    CHECK_EQ(pthread_create(ret, NULL, pour, flood), 0);
}

static void end_flood(struct flood *flood, pthread_t thread)
{
    flood->stop = true;
    CHECK_EQ(pthread_join(thread, NULL), 0);
    close(flood->forger.fd);
}

TEST(flood_of_foreign_messages_ends_at_the_deadline)
{
    auto_fixture struct fixture f = fixture_new();
    struct flood flood = {.size = 4};
    pthread_t thread;
    struct err err = {0};

    shorten_patience(f.host, 100);
    start_flood(&flood, f.host, &thread);
    int64_t start = deadline_now_ms();
    CHECK(ask_in_vain(f.host, &err) < 0);
    CHECK(deadline_now_ms() - start < NET_TIMEOUT_MS);
    end_flood(&flood, thread);
    CHECK(err.code == ETIMEDOUT || err.code == ENOBUFS);
}

static void create_many(const struct fixture *f)
{
    struct err err = {0};

    for (int i = 0; i < 100; i++) {
        char a[IFNAME_SIZE], b[IFNAME_SIZE];
        snprintf(a, sizeof(a), "a%d", i);
        snprintf(b, sizeof(b), "b%d", i);
        const struct link_veth veth = {.name = a, .peer_name = b};
        CHECK_OK(link_create_veth(f->host, &veth, f->inside_fd, &err), err);
    }
}

/* Runs something between two reads of a listing: libnl's recvmsg() is replaced
 * by this one, which runs `amid` after each read. */
static void (*amid)(void *data);
static void *amid_data;

ssize_t recvmsg(int fd, struct msghdr *head, int flags)
{
    ssize_t size = syscall(SYS_recvmsg, fd, head, flags);

    if (amid)
        amid(amid_data);
    return size;
}

static void happens_amid(void (*what)(void *data), void *data)
{
    amid = what;
    amid_data = data;
}

struct delayer {
    struct forger forger;
    const struct net *net;
};

static void outlast_the_deadline(void *data)
{
    const struct delayer *delayer = data;

    happens_amid(NULL, NULL);
    forge_errors(&delayer->forger, delayer->net);
    while (!deadline_passed(delayer->net->deadline))
        poll(NULL, 0, deadline_left_ms(delayer->net->deadline));
}

static void never_shown(void *data, const struct link_info *info)
{
    (void)data;
    CHECK(info == NULL);
}

/* There libnl reads on by itself. */
TEST(foreign_messages_amid_a_listing_end_at_the_deadline)
{
    auto_fixture struct fixture f = fixture_new();
    struct err err = {0};

    create_many(&f);
    shorten_patience(f.host, 50);
    struct delayer delayer = {.forger = forger_for(f.host), .net = f.host};
    happens_amid(outlast_the_deadline, &delayer);
    CHECK_ERR(link_each(f.host, never_shown, NULL, &err), ETIMEDOUT, err,
              "list the devices: the kernel did not answer");
    close(delayer.forger.fd);
}

struct meddler {
    struct fixture *fixture;
    struct net *net; /* another socket of the same namespace */
    int times;       /* how often it does so */
    int meddled;
};

/* After each part of a listing a device comes or goes, so that the listing is
 * out of date. */
static void come_or_go(void *data)
{
    const struct link_veth veth = {.name = "a", .peer_name = "b"};
    struct meddler *meddler = data;
    struct err err = {0};

    if (meddler->meddled == meddler->times)
        return;
    happens_amid(NULL, NULL);
    if (meddler->meddled++ % 2 == 0)
        CHECK_OK(link_create_veth(meddler->net, &veth,
                                  meddler->fixture->inside_fd, &err),
                 err);
    else
        CHECK_OK(
            link_delete(meddler->net, fixture_index(meddler->net, "a"), &err),
            err);
    happens_amid(come_or_go, meddler);
}

static void count_link(void *data, const struct link_info *info)
{
    (void)info;
    ++*(int *)data;
}

/* Lists 101 devices while another one comes and goes. */
static int list_meddled(int times, int *ret_count, struct err *err)
{
    auto_fixture struct fixture f = fixture_new();
    auto_net struct net *other = NULL;
    struct meddler meddler = {.fixture = &f, .times = times};

    create_many(&f);
    CHECK_OK(net_open(&other, -1, NET_PLAIN, err), *err);
    meddler.net = other;
    *ret_count = 0;
    happens_amid(come_or_go, &meddler);
    int r = link_each(f.host, count_link, ret_count, err);
    happens_amid(NULL, NULL);
    CHECK(meddler.meddled == times || r < 0);
    return r;
}

TEST(listing_that_was_overtaken_begins_anew)
{
    struct err err = {0};
    int count;

    CHECK_OK(list_meddled(0, &count, &err), err);
    CHECK_EQ(count, 101);
    CHECK_OK(list_meddled(1, &count, &err), err);
    CHECK_EQ(count, 102);
    CHECK_OK(list_meddled(7, &count, &err), err);
    CHECK_EQ(count, 102);
}

TEST(listing_that_is_overtaken_for_ever_says_so)
{
    struct err err = {0};
    int count;

    CHECK_ERR(list_meddled(1000, &count, &err), EAGAIN, err,
              "list the devices: they changed meanwhile, 16 times in a row");
    CHECK_EQ(count, 0);
}

struct asker {
    struct net *net;
    int answered;
};

static void ask_again(void *data, const struct link_info *info)
{
    struct asker *asker = data;
    struct link_info again;
    struct err err = {0};

    CHECK_EQ(link_find(asker->net, info->name, &again, &err), 1);
    asker->answered += again.ifindex == info->ifindex;
}

TEST(visitor_may_ask_on)
{
    auto_fixture struct fixture f = fixture_new();
    struct asker asker = {.net = f.host};
    struct err err = {0};

    create_many(&f);
    CHECK_OK(link_each(f.host, ask_again, &asker, &err), err);
    CHECK_EQ(asker.answered, 101);
}

TEST_MAIN
