/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * `ovsint uplink`. Before anything else each of its commands undoes what was
 * interrupted. A move is decided as a whole before its first step: the cards,
 * the bridge, the gateways that answer now, and what is in the way.
 */
#include "cli/uplink/uplink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "cli/confine.h"
#include "cli/uplink/words.h"
#include "ovsint/attach/run.h"
#include "ovsint/base/log.h"
#include "ovsint/net/device_ip.h"
#include "ovsint/net/link.h"
#include "ovsint/net/route.h"
#include "ovsint/rows/port_name.h"
#include "ovsint/rows/vswitch_view.h"
#include "ovsint/uplink/carry.h"

#define BEFORE_MS 3000 /* how long a gateway may take to answer */

void uplink_job_done(struct uplink_job *job)
{
    uplink_note_done(&job->note);
    uplink_rows_close(&job->rows);
    net_close(TAKE_PTR(job->host));
    if (job->netns_fd > 0)
        close(job->netns_fd);
}

int uplink_job_open(struct uplink_job *job, const struct cli *cli,
                    struct err *err)
{
    job->ovsdb = cli->ovsdb;
    job->rows.ovsdb = cli->ovsdb;
    job->timeout_ms = (unsigned)cli->settings.timeout_ms;
    int r = attach_run_refuse_rootless("run ovsint as root", err);
    if (r >= 0)
        r = program_boot_id(job->boot, err);
    if (r >= 0)
        r = net_open(&job->host, -1, NET_WITH_ANNOUNCE, err);
    if (r < 0)
        return r;
    job->netns_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    return job->netns_fd < 0 ? err_sys(err, "open /proc/self/ns/net") : 0;
}

/* Reads the notes, after what was interrupted has been undone. */
static int begin(struct uplink_job *job, struct cli *cli, bool moves,
                 struct uplink_notes *notes, struct err *err)
{
    int r = uplink_job_open(job, cli, err);

    /* A move starts a process, which is confined then, as this one is. */
    if (r >= 0 && (!moves || cli->options.check))
        r = cli_confine_moving(err);
    if (r >= 0)
        r = uplink_rows_look(&job->rows, cli->deadline, notes, err);
    if (r < 0 || cli->options.check)
        return r;
    r = uplink_undo_interrupted(job, notes, err);
    if (r <= 0)
        return r;
    log_event(LOG_LEVEL_WARNING, "a move that was interrupted was undone",
              NULL);
    uplink_notes_done(notes);
    r = uplink_rows_look(&job->rows, cli->deadline, notes, err);
    return r < 0 ? r : 1;
}

/* What is to be moved. */

static int take_card(struct uplink_job *job, const char *name,
                     struct link_info *ret, struct err *err)
{
    auto_device_ip struct device_ip *ip = NULL;
    auto_buf struct buf text = BUF_INIT(UPLINK_NOTE_SIZE);
    struct link_info master;

    int r = link_find(job->host, name, ret, err);
    if (r == 0)
        return err_set(err, ENODEV, "there is no device %s", name);
    if (r > 0 && (ret->loopback || mac_is_zero(&ret->mac)))
        return err_set(err, EINVAL, "%s is no Ethernet device", name);
    if (r > 0 && ret->master) {
        r = link_by_index(job->host, ret->master, &master, err);
        return r < 0 ? r
                     : err_set(err, EBUSY,
                               "%s is on %s already: take it off there first",
                               ret->name, r > 0 ? master.name : "a bridge");
    }
    if (r > 0 && strcmp(ret->kind, "openvswitch") == 0)
        return err_set(err, EBUSY, "%s is a port of Open vSwitch itself",
                       ret->name);
    if (r >= 0)
        r = device_ip_take(job->host, ret->ifindex, &ip, err);
    if (r < 0)
        return r;
    device_ip_write(ip, &text);
    if (text.overflow)
        return err_set(err, E2BIG,
                       "%s has more addresses and routes than the database "
                       "could note",
                       ret->name);
    struct uplink_card *card = &job->note.cards[job->note.card_count++];
    memcpy(card->name, ret->name, sizeof(card->name));
    card->ip = mem_text(buf_text(&text), text.size);
    return 0;
}

static int name_access(struct uplink_job *job, const char *asked,
                       struct err *err)
{
    char name[BRIDGE_NAME_SIZE + 8];
    struct link_info taken;

    snprintf(name, sizeof(name), "%s-host", job->note.bridge);
    if (asked)
        snprintf(name, sizeof(name), "%s", asked);
    if (!ifname_valid(name))
        return err_set(err, EINVAL,
                       "'%s' is no name for a device, which has 15 characters "
                       "at most: choose one with --access-port",
                       name);
    int r = link_find(job->host, name, &taken, err);
    if (r > 0)
        return err_set(err, EEXIST,
                       "the host has a device %s already: choose another name "
                       "with --access-port",
                       name);
    memcpy(job->note.access, name, IFNAME_SIZE);
    return r;
}

/* Its MAC stays the same over reboots: DHCP servers and neighbours know hosts
 * by it. */
static void choose_mac(struct uplink_job *job, const struct cli *cli,
                       const struct link_info *card)
{
    char mac[MAC_TEXT_SIZE];

    mac_format(&card->mac, mac);
    job->shape.mac =
        cli->options.access_mac ? card->mac : names_mac(mac, job->note.access);
}

static int take_cards(struct uplink_job *job, const struct cli *cli,
                      struct err *err)
{
    size_t last = cli->options.word_count - 1;
    struct link_info card;

    for (size_t i = 1; i < last; i++) {
        int r = take_card(job, cli->options.words[i], &card, err);
        if (r < 0)
            return r;
        for (size_t k = 0; k + 1 < job->note.card_count; k++) {
            if (strcmp(job->note.cards[k].name, card.name) == 0)
                return err_set(err, EINVAL, "%s is named twice", card.name);
        }
        if (i == 1)
            choose_mac(job, cli, &card);
        if (!job->shape.mtu || card.mtu < job->shape.mtu)
            job->shape.mtu = card.mtu;
    }
    return 0;
}

/* Gateways. */

struct gathering {
    struct uplink_job *job;
    struct net *host;
    int ifindex;
};

static void note_gateway(void *data, const struct route_info *info)
{
    const struct gathering *gathering = data;
    struct uplink_job *job = gathering->job;

    if (info->ifindex != gathering->ifindex || !info->via.family ||
        job->gateway_count == UPLINK_GATEWAYS_MAX)
        return;
    for (size_t i = 0; i < job->gateway_count; i++) {
        if (ip_equal(&job->gateways[i], &info->via))
            return;
    }
    job->gateways[job->gateway_count++] = info->via;
}

/* One that does not answer now could not tell afterwards whether it is reached:
 * it is forgotten, if others answer. */
static int find_gateways(struct uplink_job *job, struct err *err)
{
    struct link_info card;
    struct err silent = {0};
    size_t kept = 0;

    for (size_t i = 0; i < job->note.card_count; i++) {
        struct gathering gathering = {.job = job};
        size_t first = job->gateway_count;
        int r = link_find(job->host, job->note.cards[i].name, &card, err);
        gathering.ifindex = card.ifindex;
        if (r > 0)
            r = route_each(job->host, note_gateway, &gathering, err);
        if (r < 0)
            return r;
        for (size_t k = first; k < job->gateway_count; k++) {
            struct ip gateway = job->gateways[k];
            r = uplink_ask(job, card.name, &gateway, deadline_in(BEFORE_MS),
                           &silent);
            if (r >= 0)
                job->gateways[kept++] = gateway;
            else
                log_event(LOG_LEVEL_WARNING, silent.text, NULL);
        }
        job->gateway_count = kept;
    }
    if (silent.code && kept == 0)
        return err_set(err, ETIMEDOUT,
                       "%.300s; nothing was changed, as nothing could tell "
                       "whether the move has worked",
                       silent.text);
    return 0;
}

static int check_free(struct uplink_job *job, const char *name,
                      struct deadline deadline, struct err *err)
{
    struct link_info card;

    int r = link_find(job->host, name, &card, err);
    if (r == 0)
        return err_set(err, ENODEV, "there is no device %s", name);
    return r < 0 ? r : uplink_rows_is_free(&job->rows, &card, deadline, err);
}

static int decide(struct uplink_job *job, const struct cli *cli,
                  const struct uplink_notes *notes, struct err *err)
{
    const struct cli_options *options = &cli->options;
    const char *bridge = options->words[options->word_count - 1];

    if (strlen(bridge) >= BRIDGE_NAME_SIZE)
        return err_set(err, EINVAL, "'%.80s' is no name of a bridge", bridge);
    snprintf(job->note.bridge, sizeof(job->note.bridge), "%s", bridge);
    job->confirm_s = options->confirm_within;
    job->shape.bond_mode = options->bond_mode;
    int r = uplink_rows_bridge(&job->rows, bridge, cli->deadline,
                               &job->userspace, err);
    if (r >= 0)
        r = name_access(job, options->access_port, err);
    if (r >= 0)
        r = take_cards(job, cli, err);
    for (size_t i = 0; r >= 0 && i < notes->count; i++) {
        if (notes->list[i].state != UPLINK_KEPT)
            return err_set(err, EBUSY,
                           "a move of %s is under way: 'ovsint uplink confirm' "
                           "or 'ovsint uplink undo'",
                           notes->list[i].cards[0].name);
    }
    for (size_t i = 0; r >= 0 && i < job->note.card_count; i++)
        r = check_free(job, job->note.cards[i].name, cli->deadline, err);
    return r < 0 ? r : find_gateways(job, err);
}

/* Commands. */

static int check_move_words(const struct cli_options *options, struct err *err)
{
    size_t cards = options->word_count < 2 ? 0 : options->word_count - 2;

    if (cards == 0)
        return err_set(err, EINVAL,
                       "which card, and which bridge? usage: ovsint uplink "
                       "move NIC... BRIDGE");
    if (cards > UPLINK_CARDS_MAX)
        return err_set(err, EINVAL, "more than %d cards", UPLINK_CARDS_MAX);
    if (options->bond_mode && cards == 1)
        return err_set(err, EINVAL,
                       "--bond-mode is for several cards, and there is one");
    return 0;
}

static int move(struct cli *cli, struct err *err)
{
    auto_uplink_job struct uplink_job job = {0};
    auto_uplink_notes struct uplink_notes notes = {0};
    struct uplink_setting setting = {.note = &job.note};

    int r = check_move_words(&cli->options, err);
    if (r < 0) {
        cli->status = CLI_BAD_INPUT;
        return r;
    }
    r = begin(&job, cli, true, &notes, err);
    if (r >= 0)
        r = decide(&job, cli, &notes, err);
    if (r < 0)
        return r;
    if (cli->options.check) {
        for (size_t i = 0; i < job.note.card_count; i++)
            uplink_read_setting(&job, job.note.cards[i].name, &setting);
    } else {
        r = uplink_start(&job, err);
        if (r < 0)
            return r;
        uplink_read_setting(&job, job.note.access, &setting);
    }
    setting.access = job.note.access;
    setting.mtu = job.shape.mtu;
    setting.userspace = job.userspace;
    if (cli->options.json)
        uplink_write_move(cli, &job, &setting);
    else
        uplink_show_move(cli, &job, &setting);
    return 0;
}

/* Whoever has named a move is told of which ones there are. */
static void refuse_absent(const struct cli_options *options,
                          const struct uplink_notes *notes, bool waits,
                          struct err *err)
{
    auto_buf struct buf others = BUF_INIT(ERR_TEXT_SIZE);
    auto_buf struct buf named = BUF_INIT(ERR_TEXT_SIZE);

    for (size_t i = 0; i < notes->count; i++) {
        if (!waits || notes->list[i].state == UPLINK_WAITING)
            buf_addf(&others, "%s%s", others.size ? ", " : "",
                     notes->list[i].access);
    }
    if (options->word_count > 1)
        buf_addf(&named, ": not '%.80s', and no other", options->words[1]);
    if (others.size)
        (void)err_set(err, ENOENT,
                      "there is no such move of access port '%.80s': name one "
                      "of %s",
                      options->words[1], buf_text(&others));
    else if (waits)
        (void)err_set(err, ENOENT, "no move waits to be confirmed%s",
                      buf_text(&named));
    else
        (void)err_set(err, ENOENT,
                      "no card was moved by 'ovsint uplink move'%s",
                      buf_text(&named));
}

/* The one that is meant: by the name of its access port, or the only one. */
static struct uplink_note *choose(const struct cli_options *options,
                                  const struct uplink_notes *notes, bool waits,
                                  struct err *err)
{
    struct uplink_note *found = NULL;

    for (size_t i = 0; i < notes->count; i++) {
        struct uplink_note *note = &notes->list[i];
        if (waits && note->state != UPLINK_WAITING)
            continue;
        if (options->word_count > 1 &&
            strcmp(note->access, options->words[1]) != 0)
            continue;
        if (found) {
            (void)err_set(err, EINVAL,
                          "there are several: name the access port, as %s",
                          note->access);
            return NULL;
        }
        found = note;
    }
    if (!found)
        refuse_absent(options, notes, waits, err);
    return found;
}

static int confirm(struct cli *cli, struct err *err)
{
    auto_uplink_job struct uplink_job job = {0};
    auto_uplink_notes struct uplink_notes notes = {0};
    auto_txn struct txn txn = {0};
    struct reply_fault fault = {0};

    int r = begin(&job, cli, false, &notes, err);
    if (r < 0)
        return r;
    const struct uplink_note *note = choose(&cli->options, &notes, true, err);
    if (!note)
        return -err->code;
    txn_init(&txn, OVSDB_NAME);
    uplink_set_state(&txn, note, UPLINK_KEPT, NULL);
    r = uplink_rows_do(&job.rows, &txn, cli->deadline, &fault, err);
    if (r < 0 && fault.kind == REPLY_GUARD)
        return err_set(err, ETIMEDOUT, "too late: the move is being undone");
    if (r >= 0)
        uplink_answer(cli, note, "confirmed", "the move is kept");
    return r;
}

static int undo(struct cli *cli, struct err *err)
{
    auto_uplink_job struct uplink_job job = {0};
    auto_uplink_notes struct uplink_notes notes = {0};

    int undone = begin(&job, cli, false, &notes, err);
    if (undone < 0)
        return undone;
    if (undone > 0 && notes.count == 0) {
        buf_add_text(&cli->out, cli->options.json ? "{\"undone\":true}\n"
                                                  : "the move is undone\n");
        return 0;
    }
    struct uplink_note *note = choose(&cli->options, &notes, false, err);
    if (!note)
        return -err->code;
    job.note = *note;
    *note = (struct uplink_note){0};
    int r = uplink_undo(&job, err);
    if (r >= 0)
        uplink_answer(
            cli, &job.note, "undone",
            "the card has its addresses again, and is off the bridge");
    return r;
}

int uplink_command(struct cli *cli, struct err *err)
{
    static const struct {
        const char *name;
        cli_run *run;
    } commands[] = {{"move", move}, {"confirm", confirm}, {"undo", undo}};
    const struct cli_options *options = &cli->options;

    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (strcmp(options->words[0], commands[i].name) != 0)
            continue;
        if (commands[i].run != move && options->word_count > 2) {
            cli->status = CLI_BAD_INPUT;
            return err_set(err, EINVAL, "usage: ovsint uplink %s [ACCESS-PORT]",
                           commands[i].name);
        }
        return commands[i].run(cli, err);
    }
    cli->status = CLI_BAD_INPUT;
    return err_set(err, EINVAL, "'%.80s' is none of move, confirm, undo",
                   options->words[0]);
}
