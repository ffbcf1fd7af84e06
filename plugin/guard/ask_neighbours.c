/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Asks for the neighbours that a container waits for, in its place:
 *
 *   1. A TAP was moved into its container, and the switch tells that it has
 *      noticed: the port's `ifindex` goes.
 *   2. The port is looked at, as after each such change. If its device is
 *      complete, the neighbours are listed that were asked for and have not
 *      answered.
 *   3. The bridge forwards a question for each, as if it came from the port:
 *      by its VLAN, and only what its source guard lets through.
 *
 * After a repair it is the same, when all that were moved are due
 * (reannounce.c).
 *
 * Why: until the switch has noticed the move it takes the TAP to be down and
 * drops what is for it (netdev_linux_tap_batch_send() in lib/netdev-linux.c).
 * It notices in a turn of its main loop that first forwards what has come
 * meanwhile. So the container's first question is answered, the answer is lost,
 * and the kernel asks again only after a second.
 *
 * What fails is in the log for debugging alone: the kernel's own questions have
 * to suffice then.
 */
#include "ovsint/base/log.h"
#include "ovsint/net/addr.h"
#include "ovsint/net/neighbour.h"
#include "plugin/guard/guarded.h"

struct questions {
    const struct look *look;
    struct neighbours awaited;
    struct neighbour_question frames[NEIGHBOURS_AWAITED];
    struct flow_packet packets[NEIGHBOURS_AWAITED];
    size_t count;
    struct ip from[NEIGHBOURS_AWAITED]; /* family 0 = no address fits */
};

/* A neighbour is asked from the address whose subnet it is in, as the kernel
 * does (inet_select_addr(), ipv6_dev_get_saddr()). */
static void note_address(void *data, const struct addr_info *info)
{
    struct questions *questions = data;

    for (size_t i = 0; i < questions->awaited.count && !info->tentative; i++) {
        if (!questions->from[i].family &&
            ip_in_prefix(&questions->awaited.ip[i], &info->address))
            questions->from[i] = info->address.ip;
    }
}

static void write_questions(struct questions *questions)
{
    const struct look *look = questions->look;

    for (size_t i = 0; i < questions->awaited.count; i++) {
        struct neighbour_question *frame = &questions->frames[questions->count];
        if (!questions->from[i].family)
            continue;
        neighbour_question(&look->inside.mac, &questions->from[i],
                           &questions->awaited.ip[i], frame);
        questions->packets[questions->count++] =
            (struct flow_packet){.bytes = frame->bytes,
                                 .size = frame->size,
                                 .in_port = (uint32_t)look->port->ofport};
    }
}

static int find_questions(struct questions *questions, struct err *err)
{
    struct net *inside = questions->look->sandbox.inside;
    int ifindex = questions->look->inside.ifindex;
    int r = neighbours_awaited(inside, ifindex, &questions->awaited, err);

    if (r >= 0 && questions->awaited.count > 0)
        r = addr_each(inside, ifindex, note_address, questions, err);
    if (r < 0)
        return r;
    write_questions(questions);
    return 0;
}

void ask_neighbours_see_row(struct guarded *guarded,
                            const struct vswitch_change *change)
{
    if (change->what & (VSWITCH_OFPORT | VSWITCH_IFINDEX))
        guarded->asks_neighbours =
            change->port->ofport > 0 && change->port->ifindex == 0;
}

/* While many are moved the switch has no time for questions: reannounce.c
 * waits for the last one. */
static bool is_for_later(const struct guarded *guarded)
{
    return guarded->reannouncement == REANNOUNCE_WANTED ||
           guarded->reannouncement == REANNOUNCE_ASKED;
}

void ask_neighbours(struct guarded *guarded, const struct look *look)
{
    struct guardian *guardian = guarded->guardian;
    struct err err = {0};

    if (!guarded->asks_neighbours || look->seen.inside != INSIDE_COMPLETE ||
        is_for_later(guarded))
        return;
    guarded->asks_neighbours = false;
    if (!look->seen.is_tap || look->port->ofport <= 0)
        return;
    auto_free struct questions *questions = mem_new(sizeof(*questions));
    questions->look = look;
    if (find_questions(questions, &err) < 0)
        log_event(LOG_LEVEL_DEBUG,
                  "the neighbours of a container were not asked", "port",
                  guarded->name, "error", err.text, NULL);
    if (questions->count == 0)
        return;
    log_event(LOG_LEVEL_DEBUG, "asked for neighbours again", "port",
              guarded->name, NULL);
    flow_keeper_send(guardian->keeper, look->spec.bridge, questions->packets,
                     questions->count);
}
