/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The helper: a process that has the rights which ovsint-plugin has given up.
 * It opens namespaces, and files and sockets in them, and hands over
 * descriptors. Once helper_use() was called, those functions of ours that need
 * these rights ask it and do nothing of that kind themselves; a program that
 * never calls it does everything itself.
 *
 * One question at a time over a socket of SOCK_SEQPACKET: one message each way,
 * at most one descriptor each way. Both sides judge what comes: helper_judge()
 * and helper_ask().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/err.h"

/* What is asked for, and what of a question counts for it besides `verb`. `fd`
 * is a network namespace that the helper has opened before. */
enum helper_verb {
    /* text: a path. A descriptor of that network namespace. */
    HELPER_NETNS,
    /* what: enum helper_socket; fd. A socket in it. */
    HELPER_SOCKET,
    /* what: enum helper_file; number[0]: a process, or fd. The open file. */
    HELPER_FILE,
    /* fd, or none for the host's; what: enum sysctl_family; text: a device and
     * one of its settings; of the host's neither "all" nor "default". The file,
     * to read and to write. */
    HELPER_SETTING,
    /* number: device and inode of a namespace, or 0, 0; what: a process. Those
     * in it whose numbers are larger, as of struct helper_process; number: one
     * that is hidden. */
    HELPER_PROCESSES,
    /* fd; text: a device. The text of its settings. */
    HELPER_READ_SETTINGS,
    /* fd; text: a device, and such a text. Number of those refused, and why. */
    HELPER_WRITE_SETTINGS,
    /* fd; number: the former device, the present one; text: of struct ip. As
     * with settings. */
    HELPER_GROUPS,
    /* text: of struct host_socket; number[1]: 1 = all of its ports. The
     * process's number, and its name; then a NUL and a bit for each port. */
    HELPER_PORT_USER,
    /* text: a path. A connected socket of Open vSwitch's. */
    HELPER_CONNECT,
    /* The identity of the PID namespace of this /proc, as text. */
    HELPER_PIDNS,
};

enum helper_socket {
    HELPER_ROUTE,   /* NETLINK_ROUTE */
    HELPER_DIAG,    /* NETLINK_SOCK_DIAG */
    HELPER_PACKETS, /* AF_PACKET, which hears nothing before it is bound */
    HELPER_LINKS,   /* without fd: hears of devices in all namespaces */
};

enum helper_file {
    HELPER_CGROUP, /* of a process */
    HELPER_STAT,
    HELPER_IGMP, /* of a namespace */
    HELPER_IGMP6,
    HELPER_PACKET,
};

struct helper_process {
    uint64_t dev; /* of its network namespace */
    uint64_t ino;
    uint64_t pid;
};

#define HELPER_TEXT_MAX (68u * 1024)
#define HELPER_PROCESSES_MAX 1024
#define HELPER_TIMEOUT_MS 10000

struct helper_question {
    uint32_t verb;
    uint32_t what;
    uint64_t number[2];
    uint32_t size; /* of the text, with each NUL */
    uint32_t zero;
    char text[HELPER_TEXT_MAX];
};
#define HELPER_QUESTION_HEAD offsetof(struct helper_question, text)

struct helper_answer {
    int32_t r; /* negative errno, and the text is a sentence; or the result */
    uint32_t size;
    uint64_t number;
    char text[HELPER_TEXT_MAX];
};
#define HELPER_ANSWER_HEAD offsetof(struct helper_answer, text)

/* Is this a question, of so many bytes, with or without a descriptor? Pure. 0
 * or -EINVAL. */
int helper_judge(const struct helper_question *question, size_t size,
                 bool has_fd, struct err *err) MUST_CHECK;

/* From now on the helper at the other end of this socket is asked. The caller
 * keeps the descriptor open, and watches it: if it ends the helper has gone,
 * and every question fails from then on. */
void helper_use(int fd);
bool helper_is_used(void);
/* Has a question had no answer? Then none will have one. */
bool helper_is_lost(void);
/* Why the helper is of no use any more: the first question that had no answer,
 * or, without such a question, that it has ended. */
const char *helper_failure(void);

struct helper_call {
    enum helper_verb verb;
    uint32_t what;
    uint64_t number[2];
    int fd; /* to be handed over; -1 = none */
    const void *text;
    size_t size;

    /* The answer. */
    bool wants_fd;
    int ret_fd; /* -1, or the caller's */
    uint64_t ret_number;
    struct buf *ret_text; /* NULL = of no interest */
};

/* Waits for the answer, at most HELPER_TIMEOUT_MS, whatever the deadline of the
 * caller: what a helper does takes milliseconds, and one that has none after so
 * long hangs in the kernel. Nobody can end it there, so nobody waits for that:
 * ovsint-plugin ends, and its service manager makes both anew. The helper ends
 * when the kernel lets it go, as nobody listens to it any more. Returns the
 * helper's result, with its sentence if that is negative; -EPIPE if there is no
 * helper any more, -EPROTO if it answers what nobody asked, -EMFILE if this
 * process can have no more descriptors: the next question may be answered
 * again. */
int helper_ask(struct helper_call *call, struct err *err) MUST_CHECK;

/* The same where the answer is a descriptor, which it returns; the caller
 * closes it. Sets `wants_fd`. */
int helper_ask_fd(struct helper_call *call, struct err *err) MUST_CHECK;

/* Questions by helper_ask_fd(): HELPER_NETNS or HELPER_CONNECT, and the two
 * most frequent ones. */
int helper_path(enum helper_verb verb, const char *path,
                struct err *err) MUST_CHECK;
int helper_file(enum helper_file file, pid_t pid, int netns_fd,
                struct err *err) MUST_CHECK;
int helper_socket(enum helper_socket what, int netns_fd,
                  struct err *err) MUST_CHECK;

/* One message with at most one descriptor, for both sides. */
int helper_send(int fd, const void *message, size_t size, int passed,
                struct err *err) MUST_CHECK;
/* Its size, 0 = the other side has gone. *ret_passed is -1 or a descriptor. */
ssize_t helper_receive(int fd, void *message, size_t room, int *ret_passed,
                       struct err *err) MUST_CHECK;
