/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * For each port whose row asks (ID_ASKED_PORTS) and has no answer yet, in this
 * order, one transaction after the other:
 *
 *   1. The network: is there a row of it, does the host allow it, and does the
 *      port fit it?
 *   2. Its host access port is set up.
 *   3. Ports of the host are chosen, many of them bit by bit, and kept from
 *      others until the row shows them under ID_PORTS.
 *   4. The rules are in force, and nothing leads to the port's addresses by
 * ports that another one has published. The row gets the answer ASKED_READY.
 *
 * What fails is the answer, too, and takes ID_PORTS off again. A door that does
 * not wait any more removes its port. Everything is in the rows: so a daemon
 * that dies in the middle is followed by one that goes on. What a row has under
 * ID_PORTS already was chosen by an earlier one.
 *
 * If the rows change beneath a transaction, the next look finds them as they
 * are.
 */
#include "plugin/gateway/asked.h"

#include <errno.h>
#include <string.h>

#include "ovsint/base/log.h"
#include "ovsint/rows/transient_network.h"
#include "plugin/gateway/port_choice.h"
#include "plugin/gateway/private.h"

/* One port that asks. */
struct asker {
    struct list link;
    struct asked *asked;
    struct ovsdb_call call;
    struct port_choice choice;
    char iface_uuid[OVSDB_UUID_SIZE];
    bool is_checked; /* the host allows its network */
    enum { NOT_CHOSEN, CHOOSING, CHOSEN } chosen;
    struct err err; /* of the choice */
    bool present;   /* scratch, while the rows are walked */
};

struct asked {
    struct gateway *gateway;
    struct list askers;
};

static struct asker *asker_at(struct list *link)
{
    return container_of(link, struct asker, link);
}

static void asker_free(struct asker *asker)
{
    ovsdb_forget(&asker->call);
    port_choice_end(&asker->choice);
    list_remove(&asker->link);
    free(asker);
}

static struct asker *asker_of(struct asked *asked,
                              const struct vswitch_port *row)
{
    LIST_EACH (link, &asked->askers) {
        struct asker *asker = asker_at(link);
        if (strcmp(asker->iface_uuid, row->iface_uuid) == 0)
            return asker;
    }
    struct asker *asker = mem_new(sizeof(*asker));
    asker->asked = asked;
    memcpy(asker->iface_uuid, row->iface_uuid, sizeof(asker->iface_uuid));
    port_choice_begin(&asker->choice, asked->gateway);
    list_append(&asked->askers, &asker->link);
    return asker;
}

/* Transactions. */

static void on_written(struct ovsdb_call *call,
                       const struct ovsdb_outcome *outcome)
{
    struct asker *asker = container_of(call, struct asker, call);

    /* If it was done the rows have shown it before. */
    if (outcome->r < 0)
        log_event(LOG_LEVEL_WARNING,
                  "could not answer in a port's row whether it is published",
                  "error", outcome->err.text, NULL);
    else
        asked_look(asker->asked);
}

static struct txn *begin(const struct asker *asker, struct txn *txn)
{
    txn_init(txn, OVSDB_NAME);
    txn_mutate(txn, "Interface");
    txn_where_uuid(txn, asker->iface_uuid);
    return txn;
}

static void submit(struct asker *asker, struct txn *txn)
{
    const struct host *host = asker->asked->gateway->host;
    struct err err = {0};
    int r = ovsdb_transact(host->ovsdb, txn, &asker->call, on_written, &err);

    /* Without a connection all rows come anew, and with them the next look. */
    if (r < 0 && r != -ENOTCONN)
        log_event(LOG_LEVEL_WARNING,
                  "could not answer in a port's row whether it is published",
                  "error", err.text, NULL);
}

static void answer(struct asker *asker, const struct vswitch_port *row, int r,
                   const struct err *err)
{
    auto_buf struct buf text = BUF_INIT(2 * ERR_TEXT_SIZE);
    auto_txn struct txn txn = {0};

    begin(asker, &txn);
    if (r < 0) {
        buf_addf(&text, ASKED_FAILED "%s", err->text);
        txn_remove_key(&txn, "external_ids", ID_PORTS);
        log_event(LOG_LEVEL_WARNING, "ports could not be published", "port",
                  row->name, "error", err->text, NULL);
    } else {
        buf_add_text(&text, ASKED_READY);
        log_event(LOG_LEVEL_INFO, "ports are published", "port", row->name,
                  NULL);
    }
    txn_put_pair(&txn, "external_ids", ID_ASKED_ANSWER, buf_text(&text));
    submit(asker, &txn);
}

/* Choosing. */

static int read_requests(const char *text, struct port_request **ret,
                         size_t *ret_count, struct err *err)
{
    auto_published struct published_list list = {0};
    struct published_cursor cursor = {0};
    struct published one;
    size_t at = 0;
    int r = published_read(text, &list, err);

    *ret_count = published_port_count(&list);
    *ret = mem_new((*ret_count + 1) * sizeof(**ret));
    while (published_next(&list, &cursor, &one))
        (*ret)[at++] = (struct port_request){.protocol = one.protocol,
                                             .host = one.host,
                                             .port = one.port,
                                             .first = one.host_port,
                                             .last = one.host_port};
    return r;
}

static void on_chosen(struct port_choice *choice, const struct err *err)
{
    struct asker *asker = container_of(choice, struct asker, choice);

    asker->chosen = CHOSEN;
    if (err)
        asker->err = *err;
    asked_look(asker->asked);
}

/* 1 = the ports are chosen, 0 = they are being chosen. */
static int choose(struct asker *asker, const struct vswitch_port *row,
                  const struct nat_network *network, struct err *err)
{
    auto_free struct port_request *requests = NULL;
    size_t count = 0;
    int r = read_requests(vswitch_port_id(row, ID_ASKED_PORTS), &requests,
                          &count, err);

    asker->choice.by_podman = vswitch_port_id_is(row, ID_OWNER, NETAVARK_OWNER);
    if (r >= 0)
        r = port_choice_aim(&asker->choice, row, network, err);
    if (r < 0)
        return r;
    port_choice_place(&asker->choice, network, &requests, &count);
    asker->chosen = CHOOSING;
    r = port_choice_make(&asker->choice, TAKE_PTR(requests), count, on_chosen,
                         err);
    if (r != 0)
        asker->chosen = NOT_CHOSEN;
    return r;
}

static int write_chosen(struct asker *asker, struct err *err)
{
    auto_buf struct buf text = BUF_INIT(PUBLISHED_TEXT_SIZE);
    auto_txn struct txn txn = {0};

    published_write(&asker->choice.chosen.ports, &text);
    if (text.overflow)
        return err_set(err, EMSGSIZE, "too many published ports");
    txn_put_pair(begin(asker, &txn), "external_ids", ID_PORTS, buf_text(&text));
    submit(asker, &txn);
    return 0;
}

/* 0 = the row gets them, now or later. */
static int choose_and_write(struct asker *asker, const struct vswitch_port *row,
                            const struct nat_network *network, struct err *err)
{
    int r = asker->chosen == CHOOSING ? 0 : 1;

    if (asker->chosen == NOT_CHOSEN)
        r = choose(asker, row, network, err);
    if (r <= 0)
        return r;
    asker->chosen = NOT_CHOSEN;
    if (asker->err.code) {
        *err = asker->err;
        asker->err = (struct err){0};
        return -err->code;
    }
    return write_chosen(asker, err);
}

/* The steps. */

static int check_network(struct asker *asker, const char *network,
                         const struct vswitch_port *row, struct err *err)
{
    struct attachment spec;
    const struct gateway *gateway = asker->asked->gateway;
    auto_network_row struct network_row read = {0};
    const char *text;

    if (asker->is_checked)
        return 0;
    if (!bridges_network(&gateway->host->bridges, network, &text))
        return err_set(err, ENOENT, "no bridge has the row of network %s",
                       network);
    int r = network_row_read(text, &read, err);
    if (r >= 0)
        r = gateway_check(gateway, network, &read, err);
    if (r >= 0)
        r = vswitch_port_spec(row, &spec, err);
    if (r >= 0)
        r = transient_network_fits(&read, &spec, err);
    asker->is_checked = r >= 0;
    return r;
}

/* Whoever removes a port does not wait until many published ports of it are
 * off, and may give its address to the next one at once: which waits. */
static int check_addresses(const struct asker *asker,
                           const struct vswitch_port *row, struct err *err)
{
    struct attachment spec;
    int r = vswitch_port_spec(row, &spec, err);

    if (r < 0)
        return r;
    return gateway_leads_to(asker->asked->gateway, &spec) ? 0 : 1;
}

/* 1 = all is in force, 0 = not yet. */
static int advance(struct asker *asker, const struct vswitch_port *row,
                   struct err *err)
{
    struct gateway *gateway = asker->asked->gateway;
    const char *network = vswitch_port_id(row, ID_NETWORK);
    struct nat_network nat;
    int r = check_network(asker, network ? network : "", row, err);

    if (r < 0)
        return r;
    if (!nat_network_of(&gateway->host->bridges, network, &nat))
        return err_set(err, EINVAL, "network %s is none with mode=nat",
                       network);
    r = host_port_state(gateway, network, err);
    if (r <= 0)
        return r;
    if (vswitch_port_id(row, ID_ASKED_PORTS)[0] &&
        !vswitch_port_id(row, ID_PORTS)) {
        return choose_and_write(asker, row, &nat, err);
    }
    r = gateway_in_force(gateway, row->name, err);
    if (r == -EAGAIN)
        return 0; /* the gateway tells when it has tried again */
    return r < 0 ? r : check_addresses(asker, row, err);
}

static bool waits(const struct asked *asked, const struct vswitch_port *row)
{
    return vswitch_port_is_ours(row) &&
           !vswitch_port_id(row, ID_ASKED_ANSWER) &&
           vswitch_port_id_is(row, ID_BOOT, asked->gateway->host->boot);
}

void asked_look(struct asked *asked)
{
    const struct vswitch_view *rows = &asked->gateway->host->ports;

    LIST_EACH (link, &asked->askers)
        asker_at(link)->present = false;
    for (const struct vswitch_port *row =
             vswitch_view_first(rows, VSWITCH_BY_ASKED, NULL);
         row; row = vswitch_port_next(row, VSWITCH_BY_ASKED)) {
        struct err err = {0};
        if (!waits(asked, row))
            continue;
        struct asker *asker = asker_of(asked, row);
        asker->present = true;
        int r = asker->call.ovsdb ? 0 : advance(asker, row, &err);
        if (r != 0)
            answer(asker, row, r, &err);
    }
    LIST_EACH (link, &asked->askers) {
        if (!asker_at(link)->present)
            asker_free(asker_at(link));
    }
}

struct asked *asked_open(struct gateway *gateway)
{
    struct asked *asked = mem_new(sizeof(*asked));

    asked->gateway = gateway;
    list_init(&asked->askers);
    return asked;
}

void asked_close(struct asked *asked)
{
    if (!asked)
        return;
    LIST_EACH (link, &asked->askers)
        asker_free(asker_at(link));
    free(asked);
}
