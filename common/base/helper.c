/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The asking side. If an answer is late, the connection is shut down: what came
 * later would be taken for the answer to the next question.
 */
#include "ovsint/base/helper.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ovsint/base/deadline.h"
#include "ovsint/base/io.h"

static int helper_fd = -1;
static struct helper_question question;
static struct helper_answer answer;
static struct err failure; /* the first one; code 0 = none */

void helper_use(int fd)
{
    helper_fd = fd;
    failure = (struct err){0};
}

bool helper_is_used(void)
{
    return helper_fd >= 0;
}

bool helper_is_lost(void)
{
    return failure.code != 0;
}

int helper_send(int fd, const void *message, size_t size, int passed,
                struct err *err)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {.head = {.cmsg_len = CMSG_LEN(sizeof(int)),
                          .cmsg_level = SOL_SOCKET,
                          .cmsg_type = SCM_RIGHTS}};
    struct iovec io = {.iov_len = size};
    struct msghdr head = {.msg_iov = &io, .msg_iovlen = 1};

    memcpy(&io.iov_base, &message, sizeof(message));
    if (passed >= 0) {
        memcpy(CMSG_DATA(&control.head), &passed, sizeof(passed));
        head.msg_control = &control;
        head.msg_controllen = sizeof(control.room);
    }
    ssize_t sent = sendmsg(fd, &head, MSG_NOSIGNAL);
    if (sent < 0)
        return err_sys(err, "send %zu bytes", size);
    return 0;
}

ssize_t helper_receive(int fd, void *message, size_t room, int *ret_passed,
                       struct err *err)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec io = {.iov_base = message, .iov_len = room};
    struct msghdr head = {.msg_iov = &io,
                          .msg_iovlen = 1,
                          .msg_control = &control,
                          /* not sizeof(control.room), where another one fits */
                          .msg_controllen = CMSG_LEN(sizeof(int))};

    *ret_passed = -1;
    ssize_t got = recvmsg(fd, &head, MSG_CMSG_CLOEXEC);
    if (got < 0)
        return err_sys(err, "receive a message");
    const struct cmsghdr *c = CMSG_FIRSTHDR(&head);
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
        c->cmsg_len == CMSG_LEN(sizeof(int)))
        memcpy(ret_passed, CMSG_DATA(c), sizeof(*ret_passed));
    bool is_cut = head.msg_flags & (MSG_TRUNC | MSG_CTRUNC);
    if (got > 0 && !is_cut)
        return got;
    if (*ret_passed < 0 &&
        (head.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == MSG_CTRUNC)
        return err_set(err, EMFILE, "a descriptor that came had no room here");
    if (*ret_passed >= 0)
        close(*ret_passed);
    *ret_passed = -1;
    return is_cut ? err_set(err, EPROTO, "a message was cut off") : 0;
}

static int take_answer(struct helper_call *call, struct err *err)
{
    struct deadline deadline = deadline_in(HELPER_TIMEOUT_MS);
    int ready = -EINTR;

    while (ready == -EINTR)
        ready = io_wait(helper_fd, deadline);
    if (ready == 0)
        return err_set(err, ETIMEDOUT, "no answer within %d s",
                       HELPER_TIMEOUT_MS / 1000);
    if (ready < 0)
        return err_code(err, -ready, "wait for the answer");
    auto_close int fd = -1;
    ssize_t got = helper_receive(helper_fd, &answer, sizeof(answer), &fd, err);
    if (got < 0)
        return (int)got;
    if (got == 0)
        return err_set(err, EPIPE, "it has ended");
    if ((size_t)got < HELPER_ANSWER_HEAD ||
        (size_t)got != HELPER_ANSWER_HEAD + answer.size)
        return err_set(err, EPROTO, "the answer has another size");
    if (answer.r >= 0 && (fd >= 0) != call->wants_fd)
        return err_set(err, EPROTO, "the answer has %s descriptor",
                       fd < 0 ? "no" : "a");
    call->ret_fd = TAKE_FD(fd);
    return 0;
}

static int exchange(struct helper_call *call, struct err *err)
{
    if (helper_fd < 0 || call->size > sizeof(question.text))
        return err_set(err, EINVAL, "%zu bytes are too many", call->size);
    memset(&question, 0, HELPER_QUESTION_HEAD);
    question.verb = call->verb;
    question.what = call->what;
    memcpy(question.number, call->number, sizeof(question.number));
    question.size = (uint32_t)call->size;
    if (call->size)
        memcpy(question.text, call->text, call->size);
    int r = helper_judge(&question, HELPER_QUESTION_HEAD + call->size,
                         call->fd >= 0, err);
    if (r < 0) /* it would refuse it, too */
        return r;
    r = helper_send(helper_fd, &question, HELPER_QUESTION_HEAD + call->size,
                    call->fd, err);
    return r < 0 ? r : take_answer(call, err);
}

int helper_ask(struct helper_call *call, struct err *err)
{
    call->ret_fd = -1;
    int r = exchange(call, err);
    if (r < 0) {
        /* Either nothing was asked, or the answer was read to its end. */
        if (r != -EINVAL && r != -EMFILE) {
            (void)shutdown(helper_fd, SHUT_RDWR);
            if (!failure.code)
                failure = *err;
        }
        return err_wrap(err, "the helper ovsint-namespaces");
    }
    if (answer.r < 0)
        return err_set(err, -answer.r, "%.*s", (int)answer.size, answer.text);
    call->ret_number = answer.number;
    if (call->ret_text)
        buf_add(call->ret_text, answer.text, answer.size);
    return answer.r;
}

const char *helper_failure(void)
{
    return failure.code ? failure.text : "it has ended";
}

int helper_ask_fd(struct helper_call *call, struct err *err)
{
    call->wants_fd = true;
    int r = helper_ask(call, err);
    return r < 0 ? r : call->ret_fd;
}

int helper_path(enum helper_verb verb, const char *path, struct err *err)
{
    struct helper_call call = {
        .verb = verb, .fd = -1, .text = path, .size = strlen(path) + 1};

    return helper_ask_fd(&call, err);
}

int helper_file(enum helper_file file, pid_t pid, int netns_fd, struct err *err)
{
    struct helper_call call = {.verb = HELPER_FILE,
                               .what = file,
                               .number = {(uint64_t)pid},
                               .fd = netns_fd};

    return helper_ask_fd(&call, err);
}

int helper_socket(enum helper_socket what, int netns_fd, struct err *err)
{
    struct helper_call call = {
        .verb = HELPER_SOCKET, .what = what, .fd = netns_fd};

    return helper_ask_fd(&call, err);
}
