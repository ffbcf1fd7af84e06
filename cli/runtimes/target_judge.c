/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What kind of target is meant, by its spelling. Pure. */
#include <errno.h>
#include <string.h>

#include "cli/runtimes/target.h"

#define PID_PREFIX "pid:"

bool target_names_process(const char *text)
{
    return strncmp(text, PID_PREFIX, sizeof(PID_PREFIX) - 1) == 0;
}

int target_judge(const char *text, enum target_kind *ret, pid_t *ret_pid,
                 struct err *err)
{
    if (text[0] == '\0')
        return err_set(err, EINVAL, "the target is empty");
    if (strchr(text, '=') && !strchr(text, '/'))
        return err_set(err, EINVAL,
                       "'%.80s' is a key and its value: the target comes "
                       "before it",
                       text);
    if (target_names_process(text)) {
        *ret = TARGET_PID;
        *ret_pid = pid_of_text(text + sizeof(PID_PREFIX) - 1);
        if (*ret_pid > 0 && !strpbrk(text, " \n"))
            return 0;
        return err_set(err, EINVAL, "'%.80s': a process is named as pid:4711",
                       text);
    }
    *ret = strchr(text, '/') ? TARGET_PATH : TARGET_CONTAINER;
    return 0;
}

int target_check(const char *text, struct err *err)
{
    enum target_kind kind;
    pid_t pid;

    return target_judge(text, &kind, &pid, err);
}

int target_check_process(const char *text, struct err *err)
{
    return target_names_process(text) ? target_check(text, err) : 0;
}
