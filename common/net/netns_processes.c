/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Who is in a namespace. The kernel keeps no list, so all processes are looked
 * at. Single threads may be elsewhere; containers do not do that.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/helper.h"
#include "ovsint/base/io.h"
#include "ovsint/base/parse.h"
#include "ovsint/net/netns.h"

#define NS_PATH_SIZE 32

/* The pid that a directory of /proc is named after, or 0. */
static pid_t pid_of(const char *name)
{
    uint64_t number;

    return parse_number(name, 1, INT32_MAX, &number) < 0 ? 0 : (pid_t)number;
}

/* 1; 0 if it has gone meanwhile, or is a zombie; -EACCES if it exists but is
 * hidden: without CAP_SYS_PTRACE, or by a security module. A process that ends
 * at this moment can look hidden as well (proc_ns_get_link() in fs/proc). */
static int netns_of(int proc, pid_t pid, struct stat *ret)
{
    char path[NS_PATH_SIZE];
    struct stat ignored;

    snprintf(path, sizeof(path), "%d/ns/net", (int)pid);
    if (fstatat(proc, path, ret, 0) == 0)
        return 1;
    if (errno != EACCES && errno != EPERM)
        return 0;
    *strchr(path, '/') = '\0';
    return fstatat(proc, path, &ignored, 0) == 0 ? -EACCES : 0;
}

/* Called for each process with the inode of its namespace. */
typedef bool process_filter(void *data, pid_t pid, const struct stat *netns);
/* Called before that: is it of interest? */
typedef bool process_choice(const void *data, pid_t pid);

static int is_hidden(pid_t pid, struct err *err)
{
    return err_set(err, EACCES,
                   "the network namespace of process %d is hidden from us: "
                   "CAP_SYS_PTRACE, or a security module's leave, is missing",
                   (int)pid);
}

/* *ret_hidden is one of those that cannot be seen, or 0. */
static int look_at_each(process_choice *choice, process_filter *filter,
                        void *data, pid_t *ret_hidden, struct err *err)
{
    auto_dir DIR *proc = opendir("/proc");
    const struct dirent *entry;
    struct stat st;

    *ret_hidden = 0;
    if (!proc)
        return err_sys(err, "open /proc");
    while ((entry = readdir(proc))) {
        pid_t pid = pid_of(entry->d_name);
        bool counts = pid > 0 && (!choice || choice(data, pid));
        int r = counts ? netns_of(dirfd(proc), pid, &st) : 0;
        if (r < 0)
            *ret_hidden = pid;
        if (r > 0 && filter(data, pid, &st))
            return 1;
    }
    return 0;
}

static int each_process(process_filter *filter, void *data, struct err *err)
{
    pid_t hidden;
    int r = look_at_each(NULL, filter, data, &hidden, err);

    return r != 0 || !hidden ? r : is_hidden(hidden, err);
}

/* 1 if the filter has had enough; else 0 with the next process to ask from, 0 =
 * there is none. */
static int show_some(const struct buf *text, process_filter *filter, void *data,
                     pid_t *ret_after)
{
    size_t count = text->size / sizeof(struct helper_process);
    struct helper_process process = {0};

    for (size_t i = 0; i < count; i++) {
        memcpy(&process, buf_text(text) + i * sizeof(process), sizeof(process));
        const struct stat st = {.st_dev = process.dev, .st_ino = process.ino};
        if (filter(data, (pid_t)process.pid, &st))
            return 1;
    }
    *ret_after = count < HELPER_PROCESSES_MAX ? 0 : (pid_t)process.pid;
    return 0;
}

static int ask_for_processes(const struct netns_id *id, process_filter *filter,
                             void *data, struct err *err)
{
    pid_t after = 0, hidden = 0;

    do {
        auto_buf struct buf text = BUF_INIT(HELPER_TEXT_MAX);
        struct helper_call call = {.verb = HELPER_PROCESSES,
                                   .what = (uint32_t)after,
                                   .number = {id->dev, id->ino},
                                   .fd = -1,
                                   .ret_text = &text};
        int r = helper_ask(&call, err);
        if (r >= 0)
            r = show_some(&text, filter, data, &after);
        if (r != 0)
            return r;
        if (call.ret_number)
            hidden = (pid_t)call.ret_number;
    } while (after > 0);
    return hidden ? is_hidden(hidden, err) : 0;
}

struct listing {
    const struct netns_id *id;
    pid_t after;
    struct helper_process *list;
    size_t count;
};

/* Looking at a process takes far longer than reading its number, and each
 * answer has to find its place anew. */
static bool is_listed(const void *data, pid_t pid)
{
    const struct listing *listing = data;

    return pid > listing->after &&
           (listing->count < HELPER_PROCESSES_MAX ||
            (uint64_t)pid < listing->list[listing->count - 1].pid);
}

/* The smallest numbers stay, in order. */
static void note_process(struct listing *listing, struct helper_process process)
{
    size_t at = listing->count;

    while (at > 0 && listing->list[at - 1].pid > process.pid)
        at--;
    size_t room = HELPER_PROCESSES_MAX - 1;
    size_t behind = (listing->count < room ? listing->count : room) - at;
    memmove(&listing->list[at + 1], &listing->list[at],
            behind * sizeof(process));
    listing->list[at] = process;
    listing->count = at + behind + 1;
}

static bool list_process(void *data, pid_t pid, const struct stat *netns)
{
    struct listing *listing = data;
    const struct netns_id *id = listing->id;

    if (id->ino == 0 || (netns->st_dev == id->dev && netns->st_ino == id->ino))
        note_process(listing, (struct helper_process){.dev = netns->st_dev,
                                                      .ino = netns->st_ino,
                                                      .pid = (uint64_t)pid});
    return false;
}

int netns_list(const struct netns_id *id, pid_t after,
               struct helper_process ret[HELPER_PROCESSES_MAX],
               size_t *ret_count, pid_t *ret_hidden, struct err *err)
{
    struct listing listing = {.id = id, .after = after, .list = ret};
    int r = look_at_each(is_listed, list_process, &listing, ret_hidden, err);

    *ret_count = listing.count;
    return r < 0 ? r : 0;
}

struct of_one {
    const struct netns_id *id;
    process_visit *visit;
    void *data;
};

static bool is_of_one(void *data, pid_t pid, const struct stat *netns)
{
    const struct of_one *one = data;

    return netns->st_dev == one->id->dev && netns->st_ino == one->id->ino &&
           one->visit(one->data, pid);
}

int netns_each_process(const struct netns_id *id, process_visit *visit,
                       void *data, struct err *err)
{
    struct of_one one = {.id = id, .visit = visit, .data = data};

    return helper_is_used() ? ask_for_processes(id, is_of_one, &one, err)
                            : each_process(is_of_one, &one, err);
}

struct of_each {
    ino_t *seen;
    size_t count;
    process_visit *visit;
    void *data;
};

static bool is_of_new(void *data, pid_t pid, const struct stat *netns)
{
    struct of_each *each = data;

    for (size_t i = 0; i < each->count; i++) {
        if (each->seen[i] == netns->st_ino)
            return false;
    }
    each->seen = mem_resize(each->seen, (each->count + 1) * sizeof(ino_t));
    each->seen[each->count++] = netns->st_ino;
    return each->visit(each->data, pid);
}

int netns_each(process_visit *visit, void *data, struct err *err)
{
    struct of_each each = {.visit = visit, .data = data};
    const struct netns_id all = {0};
    int r = helper_is_used() ? ask_for_processes(&all, is_of_new, &each, err)
                             : each_process(is_of_new, &each, err);

    free(each.seen);
    return r;
}
