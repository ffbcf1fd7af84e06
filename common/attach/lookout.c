/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A question is one packet, of three texts that end with NUL; the answer is one
 * byte. So whoever has taken over the confined process learns from it whether a
 * namespace exists, and nothing else.
 */
#include "ovsint/attach/lookout.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ovsint/attach/work.h"
#include "ovsint/base/cleanup.h"
#include "ovsint/base/log.h"
#include "ovsint/base/second.h"
#include "ovsint/base/stop.h"
#include "ovsint/net/netns.h"
#include "ovsint/net/pidns.h"

#define TEXTS 3
#define QUESTION_SIZE (PATH_MAX + NETNS_ID_TEXT_SIZE + PIDNS_ID_SIZE)

/* An empty text stands for none. */
static bool has_ended(const char *question, size_t size)
{
    const char *texts[TEXTS] = {NULL};

    for (size_t i = 0, at = 0; i < TEXTS && at < size; i++) {
        size_t len = strnlen(question + at, size - at);
        if (at + len == size)
            return false; /* a NUL is missing */
        if (len)
            texts[i] = question + at;
        at += len + 1;
    }
    const struct attach_todo todo = {
        .netns = texts[0], .netns_id = texts[1], .pidns = texts[2]};
    return attach_has_ended(&todo);
}

static _Noreturn void look_out(int fd)
{
    static char question[QUESTION_SIZE];
    ssize_t size;

    second_leave_standard();
    while ((size = recv(fd, question, sizeof(question), 0)) > 0) {
        char answer = has_ended(question, (size_t)size);
        if (send(fd, &answer, 1, MSG_NOSIGNAL) != 1)
            break;
    }
    _exit(0);
}

/* Others may have what it asks for: addresses, or a number. */
static bool has_rivals(const struct attachment *specs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (specs[i].ip_auto || specs[i].ip_dhcp || specs[i].ip_count ||
            specs[i].ofport_request)
            return true;
    }
    return false;
}

static int start(struct lookout *ret, struct err *err)
{
    int fd;
    int r = second_start(&fd, err);

    if (r < 0)
        return r;
    if (r > 0)
        look_out(fd);
    ret->fd = fd;
    return 0;
}

void lookout_open(struct lookout *ret, const struct attachment *specs,
                  size_t count)
{
    struct err why = {0};

    if (has_rivals(specs, count) && start(ret, &why) < 0)
        log_event(LOG_LEVEL_DEBUG, "there is no lookout", "reason", why.text,
                  NULL);
}

void lookout_close(struct lookout *lookout)
{
    if (lookout->fd >= 0)
        close(lookout->fd);
    *lookout = LOOKOUT_NONE;
}

static size_t say(const struct attach_todo *todo, char ret[QUESTION_SIZE])
{
    const char *const texts[TEXTS] = {todo->netns, todo->netns_id, todo->pidns};
    size_t size = 0;

    for (size_t i = 0; i < TEXTS; i++) {
        const char *text = texts[i] ? texts[i] : "";
        size_t len = strlen(text) + 1;
        if (size + len > QUESTION_SIZE)
            return 0;
        memcpy(ret + size, text, len);
        size += len;
    }
    return size;
}

bool lookout_has_ended(const struct lookout *lookout,
                       const struct attach_todo *todo, struct deadline deadline)
{
    char question[QUESTION_SIZE];
    char answer = false;
    struct pollfd answered = {.fd = lookout->fd, .events = POLLIN};
    size_t size = say(todo, question);

    return lookout->fd >= 0 && size > 0 &&
           send(lookout->fd, question, size, MSG_NOSIGNAL) == (ssize_t)size &&
           stop_poll(&answered, 1, deadline_left_ms(deadline)) == 1 &&
           recv(lookout->fd, &answer, 1, 0) == 1 && answer;
}
