/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules have the form that `iptables -I FORWARD -i ovsint-+ -j ACCEPT`
 * gives them, so that iptables-nft, which refuses to show a table with a rule
 * that it does not know, shows them.
 */
#include "plugin/nat_foreign.h"

#include <errno.h>
#include <string.h>

#include "ovsint/buf.h"
#include "ovsint/log.h"
#include "ovsint/xtables.h"
#include "plugin/record.h"

#define COMMANDS_SIZE 65536

struct chain_list {
    struct nft_chain *chains;
    size_t count;
};

static void keep_chain(void *data, const struct nft_chain *chain)
{
    struct chain_list *list = data;

    list->chains =
        mem_resize(list->chains, (list->count + 1) * sizeof(*list->chains));
    list->chains[list->count++] = *chain;
}

/* Our rules in one chain. */
struct found {
    const struct nft_chain *chain;
    struct buf deletions;
    unsigned count;
    unsigned in;
    unsigned out;
    unsigned last; /* the place of the last one */
};

static void keep_pass(void *data, const struct nft_pass *pass)
{
    struct found *found = data;
    const struct nft_chain *chain = found->chain;

    found->count++;
    if (pass->out)
        found->out++;
    else
        found->in++;
    found->last = pass->place;
    buf_addf(&found->deletions, "delete rule %s %s %s handle %llu\n",
             chain->family, chain->table, chain->name,
             (unsigned long long)pass->handle);
}

/* As nft(8) takes a name without quotes. */
static bool is_plain(const char *name)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char rest[] = "abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

    return *name && strspn(name, letters) > 0 &&
           strspn(name, rest) == strlen(name);
}

static void complain(const struct nft_chain *chain, const char *what,
                     const char *error)
{
    log_event(LOG_LEVEL_WARNING, what, "family", chain->family, "table",
              chain->table, "chain", chain->name, "error", error, NULL);
}

static bool mend(struct nft *nft, const struct found *found, bool wanted)
{
    const struct nft_chain *chain = found->chain;
    auto_buf struct buf commands = BUF_INIT(COMMANDS_SIZE);
    struct err err = {0};

    buf_add_text(&commands, buf_text(&found->deletions));
    for (int out = 0; wanted && out < 2; out++)
        buf_addf(&commands,
                 "insert rule %s %s %s %s \"" HOST_PORT_PREFIX
                 "*\" counter accept\n",
                 chain->family, chain->table, chain->name,
                 out ? "oifname" : "iifname");
    if (commands.overflow || nft_run(nft, buf_text(&commands), &err) < 0) {
        complain(chain,
                 wanted ? "a packet filter of somebody else drops what our "
                          "networks send, and cannot be opened for them"
                        : "rules of ours are left in a packet filter",
                 err.text);
        return false;
    }
    log_event(LOG_LEVEL_INFO,
              wanted ? "a packet filter was opened for our networks"
                     : "a packet filter is as it was",
              "family", chain->family, "table", chain->table, "chain",
              chain->name, NULL);
    return true;
}

static bool see_to(struct nft *nft, const struct nft_chain *chain, bool wanted)
{
    struct found found = {.chain = chain, .deletions = BUF_INIT(COMMANDS_SIZE)};
    struct err err = {0};
    bool done = false;

    if (nft_passes(nft, chain, HOST_PORT_PREFIX, keep_pass, &found, &err) < 0) {
        complain(chain, "a packet filter cannot be read", err.text);
        buf_done(&found.deletions);
        return false;
    }
    wanted = wanted && (chain->drops || chain->rules > found.count);
    bool right = wanted ? found.in == 1 && found.out == 1 && found.last == 1
                        : found.count == 0;
    if (!right && is_plain(chain->table) && is_plain(chain->name))
        done = mend(nft, &found, wanted);
    else if (!right)
        complain(chain, "a packet filter has a name that needs quotes",
                 "open it for devices " HOST_PORT_PREFIX "* by hand");
    buf_done(&found.deletions);
    return done;
}

/* The iptables of old have their own tables. */
static int see_to_old(bool wanted, struct err *err)
{
    int r = xtables_pass(HOST_PORT_PREFIX, wanted, err);

    if (r == -EAGAIN)
        return r;
    if (r < 0)
        log_event(LOG_LEVEL_WARNING,
                  "chain FORWARD of iptables-legacy cannot be opened for our "
                  "networks: what it drops stays dropped",
                  "error", err->text, NULL);
    else if (r > 0)
        log_event(LOG_LEVEL_INFO,
                  wanted ? "chain FORWARD of iptables-legacy is open for our "
                           "networks where it drops"
                         : "chain FORWARD of iptables-legacy is as it was",
                  NULL);
    return r > 0;
}

int nat_foreign(struct nft *nft, bool wanted, struct err *err)
{
    struct chain_list list = {0};
    struct err complaint = {0};
    bool done = false;

    if (nft_forward_chains(nft, keep_chain, &list, &complaint) < 0)
        log_event(LOG_LEVEL_WARNING,
                  "the packet filters of others cannot be read", "error",
                  complaint.text, NULL);
    for (size_t i = 0; i < list.count; i++)
        done |= see_to(nft, &list.chains[i], wanted);
    free(list.chains);
    int r = see_to_old(wanted, err);
    return r < 0 ? r : done || r > 0;
}
