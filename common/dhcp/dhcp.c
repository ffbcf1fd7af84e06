/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The states of RFC 2131 figure 5. Each is a function of the table below: it is
 * called when the time of the state's wait is over, and sends, or goes to
 * another state. Frames are judged by the state that they find. What is to be
 * sent waits in a queue of two, which is emptied before anything else.
 */
#include "ovsint/dhcp/dhcp.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "ovsint/base/buf.h"

#define FIRST_PAUSE_MS 1000
#define LONGEST_PAUSE_MS 64000
#define LEAST_RENEW_MS 60000
#define REQUESTS 4 /* until another server is looked for */
/* After a conflict: RFC 2131 section 3.1 has ten seconds, so that client and
 * server do not go round for ever. The first time one is enough, as a container
 * waits. */
#define DECLINED_FIRST_MS 1000
#define DECLINED_MS 10000

enum state {
    SELECTING,
    REQUESTING,
    PROBING,  /* the server has agreed; somebody may have the address */
    DECLINED, /* somebody has it */
    HELD,     /* until renew_s */
    RENEWING,
    REBINDING,
    ENDING, /* DHCP_LOST has to be told */
};

struct dhcp {
    struct dhcp_client client;
    enum state state;
    struct dhcp_todo todo;
    struct dhcp_frame queue[2];
    size_t queued;
    bool bound; /* DHCP_BOUND has to be told */
    uint32_t chance;
    uint32_t xid;
    int64_t begun_ms;  /* of this exchange, for `seconds` */
    int64_t asked_ms;  /* of the last request */
    int64_t next_ms;   /* when the state's function is called */
    int64_t listen_ms; /* until then an answer may come */
    int64_t probe_ms;  /* until then somebody may claim the address */
    int64_t pause_ms;
    unsigned requests;
    unsigned conflicts;
    struct dhcp_lease lease; /* that is held, or was offered */
    struct mac holder;       /* of the last conflict */
    struct ip taken;         /* its address */
    bool refused;            /* a server has refused it */
};

/* xorshift: Marsaglia, Xorshift RNGs (2003). */
static uint32_t chance(struct dhcp *d)
{
    d->chance ^= d->chance << 13;
    d->chance ^= d->chance >> 17;
    d->chance ^= d->chance << 5;
    return d->chance;
}

/* Sending. */

static struct dhcp_message begin(const struct dhcp *d, enum dhcp_type type,
                                 int64_t now_ms)
{
    int64_t seconds = (now_ms - d->begun_ms) / 1000;

    return (struct dhcp_message){
        .type = type,
        .client = &d->client,
        .xid = d->xid,
        .seconds = seconds > UINT16_MAX ? UINT16_MAX : (uint16_t)seconds};
}

static void queue(struct dhcp *d, const struct dhcp_message *message)
{
    if (d->queued < ARRAY_LEN(d->queue))
        dhcp_write(message, &d->queue[d->queued++]);
}

static void queue_probe(struct dhcp *d)
{
    if (d->queued < ARRAY_LEN(d->queue))
        dhcp_write_probe(&d->client.mac, &d->lease.address.ip,
                         &d->queue[d->queued++]);
}

static void wait_for(struct dhcp *d, int64_t ms, int64_t now_ms)
{
    d->next_ms = now_ms + ms;
    d->listen_ms = now_ms + (ms < DHCP_LISTEN_MS ? ms : DHCP_LISTEN_MS);
}

/* Twice as long each time, less up to an eighth. */
static void back_off(struct dhcp *d, int64_t now_ms)
{
    int64_t eighth = d->pause_ms / 8;

    wait_for(d, d->pause_ms - (int64_t)(chance(d) % (uint64_t)(eighth + 1)),
             now_ms);
    if (d->pause_ms < LONGEST_PAUSE_MS)
        d->pause_ms *= 2;
}

/* From state to state. */

static void go_to(struct dhcp *d, enum state state, int64_t now_ms)
{
    d->state = state;
    d->pause_ms = FIRST_PAUSE_MS;
    d->requests = 0;
    d->next_ms = now_ms;
    d->listen_ms = now_ms;
}

static void begin_exchange(struct dhcp *d, enum state state, int64_t now_ms)
{
    d->xid = chance(d);
    d->begun_ms = now_ms;
    go_to(d, state, now_ms);
}

static void select_server(struct dhcp *d, int64_t now_ms)
{
    const struct dhcp_message message = begin(d, DHCP_DISCOVER, now_ms);

    queue(d, &message);
    back_off(d, now_ms);
}

static void request(struct dhcp *d, int64_t now_ms)
{
    struct dhcp_message message = begin(d, DHCP_REQUEST, now_ms);

    if (d->requests++ == REQUESTS) {
        begin_exchange(d, SELECTING, now_ms);
        return;
    }
    message.asked = d->lease.address.ip;
    message.server = d->lease.server;
    d->asked_ms = now_ms;
    queue(d, &message);
    back_off(d, now_ms);
}

static void bind_lease(struct dhcp *d, int64_t now_ms)
{
    d->bound = true;
    d->conflicts = 0;
    go_to(d, HELD, now_ms);
}

static void decline(struct dhcp *d, int64_t now_ms)
{
    struct dhcp_message message = begin(d, DHCP_DECLINE, now_ms);

    message.asked = d->taken = d->lease.address.ip;
    message.server = d->lease.server;
    d->queued = 0;
    queue(d, &message);
    go_to(d, DECLINED, now_ms);
    wait_for(d, d->conflicts++ ? DECLINED_MS : DECLINED_FIRST_MS, now_ms);
}

static void select_again(struct dhcp *d, int64_t now_ms)
{
    begin_exchange(d, SELECTING, now_ms);
}

static void lose(struct dhcp *d, int64_t now_ms)
{
    d->bound = false;
    d->queued = 0;
    go_to(d, ENDING, now_ms);
}

/* The moment that lies `seconds` after the lease has begun. */
static int64_t moment(const struct dhcp *d, uint32_t seconds)
{
    return seconds == DHCP_FOREVER
               ? INT64_MAX
               : d->lease.begun_ms + seconds * INT64_C(1000);
}

static void hold(struct dhcp *d, int64_t now_ms)
{
    int64_t renew = moment(d, d->lease.renew_s);

    if (now_ms < renew) {
        d->next_ms = renew;
        return;
    }
    begin_exchange(d, RENEWING, now_ms);
}

/* Half of what is left, but a minute at least. */
static void pause_before(struct dhcp *d, int64_t end_ms, int64_t now_ms)
{
    int64_t ms = (end_ms - now_ms) / 2;

    if (ms < LEAST_RENEW_MS)
        ms = LEAST_RENEW_MS;
    wait_for(d, ms < end_ms - now_ms ? ms : end_ms - now_ms, now_ms);
}

static void ask_for_time(struct dhcp *d, bool everybody, int64_t now_ms)
{
    struct dhcp_message message = begin(d, DHCP_REQUEST, now_ms);

    message.own = d->lease.address.ip;
    if (!everybody) {
        message.to = d->lease.server_mac;
        message.to_address = d->lease.server;
    }
    d->asked_ms = now_ms;
    queue(d, &message);
}

static void renew(struct dhcp *d, int64_t now_ms)
{
    int64_t end = moment(d, d->lease.rebind_s);

    if (now_ms >= end) {
        go_to(d, REBINDING, now_ms);
        return;
    }
    ask_for_time(d, false, now_ms);
    pause_before(d, end, now_ms);
}

static void rebind(struct dhcp *d, int64_t now_ms)
{
    int64_t end = moment(d, d->lease.lease_s);

    if (now_ms >= end) {
        lose(d, now_ms);
        return;
    }
    ask_for_time(d, true, now_ms);
    pause_before(d, end, now_ms);
}

static void (*const states[])(struct dhcp *d, int64_t now_ms) = {
    [SELECTING] = select_server,
    [REQUESTING] = request,
    [PROBING] = bind_lease,
    [DECLINED] = select_again,
    [HELD] = hold,
    [RENEWING] = renew,
    [REBINDING] = rebind,
    [ENDING] = select_again,
};

/* Answers. */

static void take_offer(struct dhcp *d, const struct dhcp_answer *answer,
                       int64_t now_ms)
{
    d->lease = answer->lease;
    go_to(d, REQUESTING, now_ms);
    request(d, now_ms);
    queue_probe(d);
    d->probe_ms = now_ms + DHCP_PROBE_MS;
}

static void take_ack(struct dhcp *d, const struct dhcp_answer *answer,
                     int64_t now_ms)
{
    bool is_new = d->state == REQUESTING;

    d->lease = answer->lease;
    d->lease.begun_ms = d->asked_ms;
    d->refused = false;
    if (!is_new) {
        bind_lease(d, now_ms);
        return;
    }
    go_to(d, PROBING, now_ms);
    d->next_ms = d->listen_ms = d->probe_ms;
}

static void take_nak(struct dhcp *d, int64_t now_ms)
{
    d->refused = true;
    if (d->state == REQUESTING) {
        /* At once it might go round with this server for ever. */
        begin_exchange(d, SELECTING, now_ms);
        back_off(d, now_ms);
        return;
    }
    lose(d, now_ms);
}

static bool is_of_server(const struct dhcp *d, const struct dhcp_answer *answer)
{
    return ip_equal(&answer->lease.server, &d->lease.server);
}

static void take_answer(struct dhcp *d, const struct dhcp_answer *answer,
                        int64_t now_ms)
{
    bool agrees = answer->type == DHCP_ACK &&
                  ip_equal(&answer->lease.address.ip, &d->lease.address.ip);

    switch (d->state) {
    case SELECTING:
        if (answer->type == DHCP_OFFER)
            take_offer(d, answer, now_ms);
        break;
    case REQUESTING:
    case RENEWING:
    case REBINDING:
        if (d->state != REBINDING && !is_of_server(d, answer))
            break;
        if (answer->type == DHCP_NAK)
            take_nak(d, now_ms);
        else if (agrees)
            take_ack(d, answer, now_ms);
        break;
    case PROBING:
    case DECLINED:
    case HELD:
    case ENDING:
        break;
    }
}

void dhcp_take(struct dhcp *d, const void *frame, size_t size, int64_t now_ms)
{
    struct dhcp_answer answer;

    if ((d->state == REQUESTING || d->state == PROBING) &&
        dhcp_is_claim(frame, size, &d->client.mac, &d->lease.address.ip,
                      &d->holder)) {
        decline(d, now_ms);
        return;
    }
    if (dhcp_read(frame, size, &d->client, &answer) && answer.xid == d->xid)
        take_answer(d, &answer, now_ms);
}

/* What the driver sees. */

static const struct dhcp_todo *show(struct dhcp *d, enum dhcp_step step,
                                    int64_t until_ms)
{
    d->todo = (struct dhcp_todo){
        .step = step, .frame = &d->queue[0], .until_ms = until_ms};
    return &d->todo;
}

const struct dhcp_todo *dhcp_next(struct dhcp *d, int64_t now_ms)
{
    for (;;) {
        if (d->queued)
            return show(d, DHCP_SEND, now_ms);
        /* Whoever could not take it before its end must not take it any more.
         */
        if (d->bound && now_ms >= moment(d, d->lease.lease_s))
            lose(d, now_ms);
        if (d->bound)
            return show(d, DHCP_BOUND, now_ms);
        if (d->state == ENDING)
            return show(d, DHCP_LOST, now_ms);
        if (now_ms < d->next_ms)
            break;
        states[d->state](d, now_ms);
    }
    return now_ms < d->listen_ms ? show(d, DHCP_WAIT, d->listen_ms)
                                 : show(d, DHCP_REST, d->next_ms);
}

void dhcp_done(struct dhcp *d)
{
    switch (d->todo.step) {
    case DHCP_SEND:
        if (d->queued)
            memmove(d->queue, d->queue + 1, --d->queued * sizeof(*d->queue));
        break;
    case DHCP_BOUND:
        d->bound = false;
        break;
    case DHCP_LOST:
        if (d->state == ENDING)
            begin_exchange(d, SELECTING, d->todo.until_ms);
        break;
    case DHCP_WAIT:
    case DHCP_REST:
        break;
    }
    d->todo.step = DHCP_WAIT;
}

const struct dhcp_lease *dhcp_lease(const struct dhcp *d)
{
    return &d->lease;
}

void dhcp_story(const struct dhcp *d, char ret[DHCP_STORY_SIZE])
{
    char server[IP_TEXT_SIZE], address[IP_TEXT_SIZE], holder[MAC_TEXT_SIZE];

    ip_format(&d->lease.server, server);
    if (d->conflicts) {
        ip_format(&d->taken, address);
        mac_format(&d->holder, holder);
        snprintf(ret, DHCP_STORY_SIZE,
                 "the DHCP server %s gave %s, which the host with MAC %s has "
                 "already",
                 server, address, holder);
    } else if (d->refused) {
        snprintf(ret, DHCP_STORY_SIZE,
                 "the DHCP server %s offers an address and then refuses it",
                 server);
    } else if (d->lease.server.family == AF_UNSPEC) {
        snprintf(ret, DHCP_STORY_SIZE, "no DHCP server answers");
    } else {
        snprintf(ret, DHCP_STORY_SIZE,
                 "the DHCP server %s offered an address and then did not "
                 "answer",
                 server);
    }
}

struct dhcp *dhcp_new(const struct dhcp_client *client,
                      const struct dhcp_lease *held, uint32_t seed,
                      int64_t now_ms)
{
    struct dhcp *d = mem_new(sizeof(*d));

    d->client = *client;
    d->chance = seed ? seed : 1;
    if (held) {
        d->lease = *held;
        go_to(d, HELD, now_ms);
    } else {
        begin_exchange(d, SELECTING, now_ms);
    }
    return d;
}

void dhcp_free(struct dhcp *d)
{
    free(d);
}
