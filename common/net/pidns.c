/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Process 1 of a /proc is the first process of the PID namespace that this
 * /proc was mounted for, and never leaves it. /proc/self would tell the
 * reader's own.
 */
#include "ovsint/net/pidns.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "ovsint/base/helper.h"

#define INIT_PATH "/proc/1/ns/pid"
/* The same on every kernel: PROC_PID_INIT_INO in include/linux/proc_ns.h. */
#define INITIAL_INODE ":4026531836"

static int ask_for_id(char ret[PIDNS_ID_SIZE], struct err *err)
{
    auto_buf struct buf text = BUF_INIT(PIDNS_ID_SIZE - 1);
    struct helper_call call = {
        .verb = HELPER_PIDNS, .fd = -1, .ret_text = &text};
    int r = helper_ask(&call, err);

    snprintf(ret, PIDNS_ID_SIZE, "%s", buf_text(&text));
    return r;
}

int pidns_id(char ret[PIDNS_ID_SIZE], struct err *err)
{
    struct stat st;

    if (helper_is_used())
        return ask_for_id(ret, err);
    if (stat(INIT_PATH, &st) < 0)
        return err_sys(err, "identify %s", INIT_PATH);
    snprintf(ret, PIDNS_ID_SIZE, "%" PRIu64 ":%" PRIu64, (uint64_t)st.st_dev,
             (uint64_t)st.st_ino);
    return 0;
}

bool pidns_sees(const char *own, const char *other)
{
    const char *inode = strchr(own, ':');

    if (inode && strcmp(inode, INITIAL_INODE) == 0)
        return true;
    return other && strcmp(own, other) == 0;
}
