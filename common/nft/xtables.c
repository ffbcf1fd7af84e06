/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By libiptc, which has the same functions for either family, of other types.
 * Here they are called through a table, and an entry is bytes whose places the
 * table tells.
 */
#include "ovsint/xtables.h"

#include <errno.h>
#include <fcntl.h>
#include <libiptc/libip6tc.h>
#include <libiptc/libiptc.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "ovsint/buf.h"
#include "ovsint/io.h"

#define LOCK_PATH "/run/xtables.lock"
#define NAMES_SIZE 4096
#define TABLE "filter"
#define ENTRY_SIZE 512

static const xt_chainlabel forward = "FORWARD";

/* The same in both kinds of entries. */
struct devices {
    char in[IFNAMSIZ];
    char out[IFNAMSIZ];
    unsigned char in_mask[IFNAMSIZ];
    unsigned char out_mask[IFNAMSIZ];
};

struct family {
    const char *names_path;
    struct xtc_handle *(*init)(const char *table);
    void (*done)(struct xtc_handle *handle);
    const char *(*policy)(const char *chain, struct xt_counters *counters,
                          struct xtc_handle *handle);
    const void *(*first)(struct xtc_handle *handle);
    const void *(*next)(const void *entry, struct xtc_handle *handle);
    const char *(*target)(const void *entry, struct xtc_handle *handle);
    int (*insert)(const void *entry, struct xtc_handle *handle);
    int (*remove)(const xt_chainlabel chain, unsigned place,
                  struct xtc_handle *handle);
    int (*commit)(struct xtc_handle *handle);
    const char *(*explain)(int code);
    size_t match_size;   /* what a rule without matches compares, at 0 */
    size_t entry_size;   /* without the target */
    size_t devices;      /* where they are */
    size_t target_place; /* where the numbers of the places are */
    size_t next_place;
};

#define DEFINE_FAMILY(name, tc)                                            \
    static const void *name##_first(struct xtc_handle *handle)             \
    {                                                                      \
        return tc##_first_rule(forward, handle);                           \
    }                                                                      \
    static const void *name##_next(const void *entry,                      \
                                   struct xtc_handle *handle)              \
    {                                                                      \
        return tc##_next_rule(entry, handle);                              \
    }                                                                      \
    static const char *name##_target(const void *entry,                    \
                                     struct xtc_handle *handle)            \
    {                                                                      \
        return tc##_get_target(entry, handle);                             \
    }                                                                      \
    static int name##_insert(const void *entry, struct xtc_handle *handle) \
    {                                                                      \
        return tc##_insert_entry(forward, entry, 0, handle);               \
    }

DEFINE_FAMILY(v4, iptc)
DEFINE_FAMILY(v6, ip6tc)

static const struct family families[] = {
    {"/proc/net/ip_tables_names", iptc_init, iptc_free, iptc_get_policy,
     v4_first, v4_next, v4_target, v4_insert, iptc_delete_num_entry,
     iptc_commit, iptc_strerror, sizeof(struct ipt_ip),
     sizeof(struct ipt_entry), offsetof(struct ipt_entry, ip.iniface),
     offsetof(struct ipt_entry, target_offset),
     offsetof(struct ipt_entry, next_offset)},
    {"/proc/net/ip6_tables_names", ip6tc_init, ip6tc_free, ip6tc_get_policy,
     v6_first, v6_next, v6_target, v6_insert, ip6tc_delete_num_entry,
     ip6tc_commit, ip6tc_strerror, sizeof(struct ip6t_ip6),
     sizeof(struct ip6t_entry), offsetof(struct ip6t_entry, ipv6.iniface),
     offsetof(struct ip6t_entry, target_offset),
     offsetof(struct ip6t_entry, next_offset)},
};

static bool has_table(const struct family *family)
{
    auto_buf struct buf names = BUF_INIT(NAMES_SIZE);
    struct err ignored = {0};

    if (io_read_file(family->names_path, &names, &ignored) < 0)
        return false;
    const char *at = strstr(buf_text(&names), TABLE "\n");
    return at && (at == buf_text(&names) || at[-1] == '\n');
}

bool xtables_in_use(void)
{
    for (size_t i = 0; i < ARRAY_LEN(families); i++) {
        if (has_table(&families[i]))
            return true;
    }
    return false;
}

/* ---- entries
 * -------------------------------------------------------------------- */

struct entry {
    _Alignas(8) unsigned char bytes[ENTRY_SIZE];
};

/* As iptables makes it of "-i prefix+": the mask leaves the sign out. */
static void match_prefix(char *name, unsigned char *mask, const char *prefix)
{
    snprintf(name, IFNAMSIZ, "%s+", prefix);
    memset(mask, 0xff, strlen(prefix));
}

static void put_place(struct entry *entry, size_t at, size_t place)
{
    uint16_t number = (uint16_t)place;

    memcpy(entry->bytes + at, &number, sizeof(number));
}

static void make_entry(const struct family *family, const char *prefix,
                       bool out, struct entry *ret)
{
    struct devices *devices = (void *)(ret->bytes + family->devices);
    struct xt_standard_target *target =
        (void *)(ret->bytes + family->entry_size);

    memset(ret, 0, sizeof(*ret));
    if (out)
        match_prefix(devices->out, devices->out_mask, prefix);
    else
        match_prefix(devices->in, devices->in_mask, prefix);
    put_place(ret, family->target_place, family->entry_size);
    put_place(ret, family->next_place,
              family->entry_size + XT_ALIGN(sizeof(*target)));
    target->target.u.user.target_size = XT_ALIGN(sizeof(*target));
    snprintf(target->target.u.user.name, sizeof(target->target.u.user.name),
             "ACCEPT");
}

static bool is_entry(const struct family *family, const void *entry,
                     const struct entry *like, struct xtc_handle *handle)
{
    const unsigned char *bytes = entry;
    uint16_t place;

    memcpy(&place, bytes + family->target_place, sizeof(place));
    return place == family->entry_size &&
           memcmp(bytes, like->bytes, family->match_size) == 0 &&
           strcmp(family->target(entry, handle), "ACCEPT") == 0;
}

/* ---- one chain
 * -------------------------------------------------------------------- */

struct work {
    const struct family *family;
    struct xtc_handle *handle;
    struct entry ours[2]; /* in, out */
    unsigned rules;
    unsigned count[2];
    unsigned last; /* place of the last one of ours */
};

static int failed(const struct work *work, const char *what, struct err *err)
{
    int code = errno ? errno : EIO;

    return err_set(err, code, "iptables: %s %s: %s", what, forward,
                   work->family->explain(code));
}

static void look(struct work *work)
{
    const struct family *family = work->family;

    for (const void *entry = family->first(work->handle); entry;
         entry = family->next(entry, work->handle)) {
        for (int i = 0; i < 2; i++) {
            if (is_entry(family, entry, &work->ours[i], work->handle)) {
                work->count[i]++;
                work->last = work->rules;
            }
        }
        work->rules++;
    }
}

static bool is_ours(const struct work *work, const void *entry)
{
    return is_entry(work->family, entry, &work->ours[0], work->handle) ||
           is_entry(work->family, entry, &work->ours[1], work->handle);
}

/* The place of the first one of ours, or -1. */
static int find_first(const struct work *work)
{
    int place = 0;

    for (const void *entry = work->family->first(work->handle); entry;
         entry = work->family->next(entry, work->handle)) {
        if (is_ours(work, entry))
            return place;
        place++;
    }
    return -1;
}

static int put_right(struct work *work, bool wanted, struct err *err)
{
    const struct family *family = work->family;
    int place;

    while ((place = find_first(work)) >= 0) {
        if (!family->remove(forward, (unsigned)place, work->handle))
            return failed(work, "take a rule out of", err);
    }
    for (int i = 0; wanted && i < 2; i++) {
        if (!family->insert(&work->ours[i], work->handle))
            return failed(work, "put a rule into", err);
    }
    if (!family->commit(work->handle))
        return failed(work, "change", err);
    return 1;
}

static int see_to(struct work *work, const char *prefix, bool wanted,
                  struct err *err)
{
    struct xt_counters counters;

    const char *policy = work->family->policy(forward, &counters, work->handle);
    for (int i = 0; i < 2; i++)
        make_entry(work->family, prefix, i == 1, &work->ours[i]);
    look(work);
    unsigned of_ours = work->count[0] + work->count[1];
    bool drops =
        (policy && strcmp(policy, "ACCEPT") != 0) || work->rules > of_ours;
    wanted = wanted && drops;
    bool right =
        wanted ? work->count[0] == 1 && work->count[1] == 1 && work->last == 1
               : of_ours == 0;
    return right ? 0 : put_right(work, wanted, err);
}

static int see_to_family(const struct family *family, const char *prefix,
                         bool wanted, struct err *err)
{
    struct work work = {.family = family};

    if (!has_table(family))
        return 0;
    errno = 0;
    work.handle = family->init(TABLE);
    if (!work.handle)
        return failed(&work, "read", err);
    int r = see_to(&work, prefix, wanted, err);
    family->done(work.handle);
    return r;
}

/* As iptables takes it, xtables_lock() in its iptables/xshared.c. */
static int take_lock(struct err *err)
{
    auto_close int fd =
        open(LOCK_PATH, O_RDONLY | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);

    if (fd < 0)
        return err_sys(err, "open " LOCK_PATH);
    if (flock(fd, LOCK_EX | LOCK_NB) < 0)
        return errno == EWOULDBLOCK
                   ? err_set(err, EAGAIN,
                             "somebody holds " LOCK_PATH " and keeps the rules "
                             "of iptables from being changed: 'lslocks' shows "
                             "who")
                   : err_sys(err, "lock " LOCK_PATH);
    return TAKE_FD(fd);
}

int xtables_pass(const char *prefix, bool wanted, struct err *err)
{
    int done = 0;

    if (!xtables_in_use())
        return 0;
    auto_close int lock = take_lock(err);
    if (lock < 0)
        return lock;
    for (size_t i = 0; i < ARRAY_LEN(families); i++) {
        int r = see_to_family(&families[i], prefix, wanted, err);
        if (r < 0)
            return r;
        done |= r;
    }
    return done;
}
