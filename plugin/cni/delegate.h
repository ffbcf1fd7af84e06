/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The IPAM plugin of a network configuration, which is asked for addresses. It
 * is the only program that ovsint executes, and a second process does that: it
 * is forked before this one confines itself, and keeps the right to execute
 * this one file. It knows no more than what it was forked with; it is told a
 * command, and answers what the plugin has said.
 *
 * The plugin gets one argument, its name, a new environment (PATH and the CNI_
 * variables), and our standard input as it was. It has DELEGATE_TIMEOUT_MS for
 * each command, and DELEGATE_ANSWER_SIZE bytes to say; else it is killed with
 * all that it has started.
 */
#pragma once

#include <limits.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/err.h"
#include "plugin/cni/conf.h"

/* A DHCP server may be asked several times. */
#define DELEGATE_TIMEOUT_MS 30000
#define DELEGATE_ANSWER_SIZE (64u * 1024)

struct delegate {
    int fd;              /* -1 = there is none */
    unsigned timeout_ms; /* for each command */
};

#define DELEGATE_NONE \
    ((struct delegate){.fd = -1, .timeout_ms = DELEGATE_TIMEOUT_MS})

/* The file of that name in one of the directories of CNI_PATH. -ENOENT. */
int delegate_find(const char *path, const char *type, char ret[PATH_MAX],
                  struct err *err) MUST_CHECK;

/* Call it before anything else is opened: the other process keeps what it
 * inherits until this one ends. The bytes are those of standard input. */
int delegate_open(struct delegate *ret, const char *file,
                  const struct cni_environment *environment, const char *bytes,
                  size_t size, struct err *err) MUST_CHECK;
/* The other process ends by itself when nobody can ask it any more. */
void delegate_close(struct delegate *delegate);

/* Has the plugin do a command. `ret`, of DELEGATE_ANSWER_SIZE, becomes what it
 * has written. 0 = it has done it, 1 = it says that it has not. -ETIMEDOUT,
 * -EFBIG, or why it did not run. */
int delegate_run(const struct delegate *delegate, enum cni_command command,
                 struct buf *ret, struct err *err) MUST_CHECK;
