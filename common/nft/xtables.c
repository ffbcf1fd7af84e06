/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * libiptc has the same functions for either family, with different types. Here
 * they are called through a table of functions, and an entry is a row of bytes:
 * the table says where its parts are.
 */
#include "ovsint/nft/xtables.h"

#include <errno.h>
#include <fcntl.h>
#include <libiptc/libip6tc.h>
#include <libiptc/libiptc.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/io.h"

#define NAMES_SIZE 4096
#define TABLE "filter"
#define ENTRY_SIZE 512

static const xt_chainlabel forward = "FORWARD";

/* The part that is the same in the entries of both families. */
struct devices {
    char in[IFNAMSIZ];
    char out[IFNAMSIZ];
    unsigned char in_mask[IFNAMSIZ];
    unsigned char out_mask[IFNAMSIZ];
};

struct family {
    const char *name;
    const char *names_path;
    struct xtc_handle *(*init)(const char *table);
    void (*done)(struct xtc_handle *handle);
    const char *(*policy)(const char *chain, struct xt_counters *counters,
                          struct xtc_handle *handle);
    const char *(*first_chain)(struct xtc_handle *handle);
    const char *(*next_chain)(struct xtc_handle *handle);
    int (*references)(unsigned *ret, const xt_chainlabel chain,
                      struct xtc_handle *handle);
    const void *(*first)(const char *chain, struct xtc_handle *handle);
    const void *(*next)(const void *entry, struct xtc_handle *handle);
    const char *(*target)(const void *entry, struct xtc_handle *handle);
    int (*insert)(const xt_chainlabel chain, const void *entry, unsigned place,
                  struct xtc_handle *handle);
    int (*append)(const xt_chainlabel chain, const void *entry,
                  struct xtc_handle *handle);
    int (*remove)(const xt_chainlabel chain, unsigned place,
                  struct xtc_handle *handle);
    int (*commit)(struct xtc_handle *handle);
    const char *(*explain)(int code);
    /* of the part that a rule without matches compares, at 0 */
    size_t match_size;
    size_t entry_size;   /* without the target */
    size_t devices;      /* offset of the devices */
    size_t protocol;     /* offset of the protocol, two bytes */
    size_t flags;        /* offset of the flags (protocol given, goto) */
    size_t inverted;     /* offset of the flags that invert a condition */
    unsigned go;         /* flag of a goto */
    unsigned any;        /* flags that restrict nothing */
    size_t target_place; /* offset of the rule's place */
    size_t next_place;
};

#define DEFINE_FAMILY(name, tc)                                            \
    static const void *name##_first(const char *chain,                     \
                                    struct xtc_handle *handle)             \
    {                                                                      \
        return tc##_first_rule(chain, handle);                             \
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
    static int name##_insert(const xt_chainlabel chain, const void *entry, \
                             unsigned place, struct xtc_handle *handle)    \
    {                                                                      \
        return tc##_insert_entry(chain, entry, place, handle);             \
    }                                                                      \
    static int name##_append(const xt_chainlabel chain, const void *entry, \
                             struct xtc_handle *handle)                    \
    {                                                                      \
        return tc##_append_entry(chain, entry, handle);                    \
    }

DEFINE_FAMILY(v4, iptc)
DEFINE_FAMILY(v6, ip6tc)

static const struct family families[] = {
    {"ip",
     "/proc/net/ip_tables_names",
     iptc_init,
     iptc_free,
     iptc_get_policy,
     iptc_first_chain,
     iptc_next_chain,
     iptc_get_references,
     v4_first,
     v4_next,
     v4_target,
     v4_insert,
     v4_append,
     iptc_delete_num_entry,
     iptc_commit,
     iptc_strerror,
     sizeof(struct ipt_ip),
     sizeof(struct ipt_entry),
     offsetof(struct ipt_entry, ip.iniface),
     offsetof(struct ipt_entry, ip.proto),
     offsetof(struct ipt_entry, ip.flags),
     offsetof(struct ipt_entry, ip.invflags),
     IPT_F_GOTO,
     0,
     offsetof(struct ipt_entry, target_offset),
     offsetof(struct ipt_entry, next_offset)},
    {"ip6",
     "/proc/net/ip6_tables_names",
     ip6tc_init,
     ip6tc_free,
     ip6tc_get_policy,
     ip6tc_first_chain,
     ip6tc_next_chain,
     ip6tc_get_references,
     v6_first,
     v6_next,
     v6_target,
     v6_insert,
     v6_append,
     ip6tc_delete_num_entry,
     ip6tc_commit,
     ip6tc_strerror,
     sizeof(struct ip6t_ip6),
     sizeof(struct ip6t_entry),
     offsetof(struct ip6t_entry, ipv6.iniface),
     offsetof(struct ip6t_entry, ipv6.proto),
     offsetof(struct ip6t_entry, ipv6.flags),
     offsetof(struct ip6t_entry, ipv6.invflags),
     IP6T_F_GOTO,
     IP6T_F_PROTO,
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

struct entry {
    _Alignas(8) unsigned char bytes[ENTRY_SIZE];
};

/* As iptables writes "-i prefix+": the mask leaves the sign out. */
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

static bool is_zero(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i])
            return false;
    }
    return true;
}

/* What the entry requires: takes away one known condition after the other, and
 * looks whether anything is left. */
static enum filter_when when_of(const struct family *family, const void *entry,
                                const char *prefix)
{
    struct entry copy = {.bytes = {0}};
    struct devices devices;
    uint16_t place;

    memcpy(copy.bytes, entry, family->match_size);
    memcpy(&place, (const unsigned char *)entry + family->target_place,
           sizeof(place));
    memcpy(&devices, copy.bytes + family->devices, sizeof(devices));
    copy.bytes[family->flags] &= (unsigned char)~(family->go | family->any);
    if (place != family->entry_size)
        return FILTER_SOME; /* a match of an extension */
    if (is_zero(copy.bytes, family->match_size))
        return FILTER_ALWAYS;
    memset(copy.bytes + family->protocol, 0, sizeof(uint16_t));
    if (is_zero(copy.bytes, family->match_size))
        return FILTER_PROTOCOL;
    memset(copy.bytes + family->devices, 0, sizeof(devices));
    copy.bytes[family->inverted] &=
        (unsigned char)~(IPT_INV_VIA_IN | IPT_INV_VIA_OUT);
    bool both = devices.in_mask[0] && devices.out_mask[0];
    bool of_ours = strncmp(devices.in, prefix, strlen(prefix)) == 0 ||
                   strncmp(devices.out, prefix, strlen(prefix)) == 0;
    return !both && !of_ours && is_zero(copy.bytes, family->match_size)
               ? FILTER_DEVICE
               : FILTER_SOME;
}

static void see_target(const struct family *family,
                       const struct filter_table *table, const void *entry,
                       const char *target, struct filter_rule *ret)
{
    static const struct {
        const char *target;
        enum filter_does does;
    } known[] = {{"ACCEPT", FILTER_ACCEPTS}, {"DROP", FILTER_DROPS},
                 {"REJECT", FILTER_DROPS},   {"RETURN", FILTER_RETURNS},
                 {"LOG", FILTER_LOGS},       {"NFLOG", FILTER_LOGS},
                 {"NFQUEUE", FILTER_ACCEPTS}};
    const unsigned char *bytes = entry;

    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (strcmp(target, known[i].target) == 0)
            ret->does = known[i].does;
    }
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(target, table->chains[i].name) != 0)
            continue;
        ret->to = i;
        ret->does =
            bytes[family->flags] & family->go ? FILTER_GOES : FILTER_JUMPS;
    }
}

struct work {
    const struct family *family;
    struct xtc_handle *handle;
    const char *prefix;
    struct entry ours[2]; /* in, out */
    struct filter_table table;
};

static int xtables_failed(const struct work *work, const char *what,
                          const char *chain, struct err *err)
{
    int code = errno ? errno : EIO;

    return err_set(err, code, "iptables: %s %s: %s", what, chain,
                   work->family->explain(code));
}

static void read_chains(struct work *work)
{
    const struct family *family = work->family;
    struct filter_table *table = &work->table;
    struct xt_counters counters;

    *table = (struct filter_table){.family = family->name};
    snprintf(table->name, sizeof(table->name), TABLE);
    for (const char *name = family->first_chain(work->handle); name;
         name = family->next_chain(work->handle)) {
        const char *policy = family->policy(name, &counters, work->handle);
        table->chains = mem_resize(table->chains,
                                   (table->count + 1) * sizeof(*table->chains));
        struct filter_chain *chain = &table->chains[table->count++];
        *chain = (struct filter_chain){.base = strcmp(name, forward) == 0,
                                       .drops = policy &&
                                                strcmp(policy, "DROP") == 0};
        snprintf(chain->name, sizeof(chain->name), "%s", name);
    }
}

static void label_of(const struct filter_chain *chain, xt_chainlabel ret)
{
    size_t size = strnlen(chain->name, sizeof(xt_chainlabel) - 1);

    memcpy(ret, chain->name, size);
    ret[size] = '\0';
}

static void read_rules(struct work *work, struct filter_chain *chain)
{
    const struct family *family = work->family;
    xt_chainlabel label = {0};

    label_of(chain, label);
    if (!chain->base)
        (void)!family->references(&chain->jumped, label, work->handle);
    for (const void *entry = family->first(label, work->handle); entry;
         entry = family->next(entry, work->handle)) {
        struct filter_rule rule = {.when =
                                       when_of(family, entry, work->prefix)};
        see_target(family, &work->table, entry,
                   family->target(entry, work->handle), &rule);
        if (is_entry(family, entry, &work->ours[0], work->handle))
            rule.whose = FILTER_OURS_IN;
        else if (is_entry(family, entry, &work->ours[1], work->handle))
            rule.whose = FILTER_OURS_OUT;
        chain->rules = mem_resize(chain->rules,
                                  (chain->count + 1) * sizeof(*chain->rules));
        chain->rules[chain->count++] = rule;
    }
}

static int remove_ours(struct work *work, const struct filter_chain *chain,
                       struct err *err)
{
    xt_chainlabel label = {0};

    label_of(chain, label);
    for (size_t i = chain->count; i > 0; i--) {
        if (chain->rules[i - 1].whose != FILTER_THEIRS &&
            !work->family->remove(label, (unsigned)(i - 1), work->handle))
            return xtables_failed(work, "take a rule out of", label, err);
    }
    return 0;
}

/* Call it after remove_ours(). Places count without rules of ours, and the last
 * spot of a chain comes first. */
static int put_ours(struct work *work, const struct filter_spot *spot,
                    struct err *err)
{
    const struct filter_chain *chain = &work->table.chains[spot->chain];
    unsigned place = 0;
    xt_chainlabel label = {0};

    label_of(chain, label);
    for (size_t i = 0; i < spot->place; i++)
        place += chain->rules[i].whose == FILTER_THEIRS;
    for (int i = 0; i < 2; i++) {
        int done =
            spot->place == chain->count
                ? work->family->append(label, &work->ours[i], work->handle)
                : work->family->insert(label, &work->ours[i],
                                       place + (unsigned)i, work->handle);
        if (!done)
            return xtables_failed(work, "put a rule into", label, err);
    }
    return 0;
}

static int put_right(struct work *work, const struct filter_opening *opening,
                     struct err *err)
{
    for (size_t i = 0; i < work->table.count; i++) {
        int r = remove_ours(work, &work->table.chains[i], err);
        if (r < 0)
            return r;
    }
    /* A chain has at most one spot, but for chains of firewalld, which are
     * never in a table of this kind. */
    for (size_t i = 0; i < opening->spot_count; i++) {
        int r = put_ours(work, &opening->spots[i], err);
        if (r < 0)
            return r;
    }
    if (!work->family->commit(work->handle))
        return xtables_failed(work, "change", forward, err);
    return 1;
}

static int see_to(struct work *work, const struct xtables_opening *wanted,
                  struct err *err)
{
    auto_free struct filter_opening *opening = mem_new(sizeof(*opening));
    int r = 0;

    for (int i = 0; i < 2; i++)
        make_entry(work->family, wanted->prefix, i == 1, &work->ours[i]);
    read_chains(work);
    for (size_t i = 0; i < work->table.count; i++)
        read_rules(work, &work->table.chains[i]);
    if (wanted->wanted)
        filter_opening(&work->table, opening);
    if (!filter_is_right(&work->table, opening))
        r = put_right(work, opening, err);
    if (r >= 0)
        wanted->visit(wanted->data, &work->table, opening);
    return r;
}

static int see_to_family(const struct family *family,
                         const struct xtables_opening *wanted, struct err *err)
{
    struct work work = {.family = family, .prefix = wanted->prefix};

    if (!has_table(family))
        return 0;
    errno = 0;
    work.handle = family->init(TABLE);
    if (!work.handle)
        return xtables_failed(&work, "read", forward, err);
    int r = see_to(&work, wanted, err);
    filter_table_done(&work.table);
    family->done(work.handle);
    return r;
}

/* As iptables takes it: xtables_lock() in its iptables/xshared.c. */
static int take_lock(struct err *err)
{
    auto_close int fd =
        open(XTABLES_LOCK, O_RDONLY | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);

    if (fd < 0)
        return err_sys(err, "open " XTABLES_LOCK);
    if (flock(fd, LOCK_EX | LOCK_NB) < 0)
        return errno == EWOULDBLOCK
                   ? err_set(err, EAGAIN,
                             "somebody holds " XTABLES_LOCK
                             " and keeps the rules "
                             "of iptables from being changed: 'lslocks' shows "
                             "who")
                   : err_sys(err, "lock " XTABLES_LOCK);
    return TAKE_FD(fd);
}

int xtables_open(const struct xtables_opening *opening, struct err *err)
{
    int done = 0;

    if (!xtables_in_use())
        return 0;
    auto_close int lock = take_lock(err);
    if (lock < 0)
        return lock;
    for (size_t i = 0; i < ARRAY_LEN(families); i++) {
        int r = see_to_family(&families[i], opening, err);
        if (r < 0)
            return r;
        done |= r;
    }
    return done;
}
