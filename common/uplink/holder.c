/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A process is known by its number and the time when it was started: the number
 * alone may be that of another process by now.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ovsint/base/io.h"
#include "ovsint/uplink/carry.h"

#define STAT_SIZE 4096
#define STAT_START 22 /* proc(5), counted from 1 */
#define STAT_STATE 3

/* The state's letter and the start time. 0 = there is no such process. */
static int read_stat(pid_t pid, char *ret_state, uint64_t *ret_start,
                     struct err *err)
{
    auto_buf struct buf text = BUF_INIT(STAT_SIZE);
    int r = io_read_process(pid, HELPER_STAT, &text, err);

    if (r == -ENOENT || r == -ESRCH)
        return 0;
    if (r < 0)
        return r;
    /* The name of the program may have spaces. */
    const char *at = strrchr(buf_text(&text), ')');
    for (int field = STAT_STATE - 1; at && field < STAT_START; field++) {
        at = strchr(at, ' ');
        at = at ? at + 1 : NULL;
        if (at && field == STAT_STATE - 1)
            *ret_state = *at;
    }
    if (!at || sscanf(at, "%19" SCNu64, ret_start) != 1)
        return err_set(err, EPROTO, "/proc/%d/stat has another form", (int)pid);
    return 1;
}

int uplink_holder_self(const char *boot, struct uplink_holder *ret,
                       struct err *err)
{
    char state = 0;
    struct uplink_holder holder = {.pid = getpid()};

    snprintf(holder.boot, sizeof(holder.boot), "%s", boot);
    int r = read_stat(holder.pid, &state, &holder.start, err);
    if (r == 0)
        return err_set(err, ESRCH, "/proc does not show this process");
    if (r > 0)
        *ret = holder;
    return r;
}

bool uplink_holder_lives(const struct uplink_holder *holder, const char *boot)
{
    struct err ignored = {0};
    uint64_t start = 0;
    char state = 0;

    if (!holder->pid || strcmp(holder->boot, boot) != 0)
        return false;
    int r = read_stat(holder->pid, &state, &start, &ignored);
    return r < 0 || (r > 0 && start == holder->start && state != 'Z');
}
