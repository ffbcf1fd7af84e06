/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The order within a step is that of the header of plan.h: the new place has
 * all before the old one loses it. Routes are given once more after that: those
 * whose source address nobody had for a moment have gone (device_ip.h), and for
 * the others it changes nothing.
 */
#include "ovsint/uplink/carry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ovsint/net/addr.h"
#include "ovsint/net/announce.h"
#include "ovsint/net/device_ip.h"
#include "ovsint/net/link.h"

static int find(struct net *host, const char *name, struct link_info *ret,
                struct err *err)
{
    int r = link_find(host, name, ret, err);

    return r == 0 ? err_set(err, ENODEV, "device %s is not there", name) : r;
}

static int raise_device(struct net *host, const struct link_info *link,
                        struct err *err)
{
    return link->up ? 0 : link_set_up(host, link->ifindex, err);
}

/* On the way to the bridge what is refused is a failure: an address that is
 * missing may be the one by which the operator is connected. On the way back it
 * is counted in `lost`, as a card that stays on the bridge would be worse. */
static int check_loss(const struct device_loss *loss, const char *device,
                      struct device_loss *lost, struct err *err)
{
    if (!loss->count)
        return 0;
    if (lost) {
        if (!lost->count)
            lost->err = loss->err;
        lost->count += loss->count;
        return 0;
    }
    *err = loss->err;
    return err_wrap(err, "give %s what the other device had", device);
}

static int give_addresses(struct net *host, const struct link_info *to,
                          struct device_ip *ip, struct device_loss *lost,
                          struct err *err)
{
    struct device_loss loss = {0};

    int r = device_ip_give_addresses(host, to->ifindex, ip, &loss, err);
    return r < 0 ? r : check_loss(&loss, to->name, lost, err);
}

static int give_routes(struct net *host, const struct link_info *to,
                       struct device_ip *ip, struct device_loss *lost,
                       struct err *err)
{
    struct device_loss loss = {0};

    int r = device_ip_give_routes(host, to->ifindex, ip, &loss, err);
    return r < 0 ? r : check_loss(&loss, to->name, lost, err);
}

/* What all cards had, as one. */
static int read_all(const struct uplink_note *note, struct device_ip **ret,
                    struct err *err)
{
    auto_buf struct buf text = BUF_INIT(UPLINK_NOTE_SIZE);

    for (size_t i = 0; i < note->card_count; i++)
        buf_add_text(&text, note->cards[i].ip);
    return device_ip_read(buf_text(&text), ret, err);
}

int uplink_set_up(struct net *host, int netns_fd,
                  const struct uplink_note *note, struct err *err)
{
    auto_device_ip struct device_ip *ip = NULL;
    struct link_info access = {0}, card = {0};

    int r = read_all(note, &ip, err);
    if (r >= 0)
        r = find(host, note->access, &access, err);
    if (r >= 0)
        r = find(host, note->cards[0].name, &card, err);
    if (r >= 0)
        r = device_copy_settings(host, netns_fd, card.ifindex, access.name,
                                 err);
    if (r >= 0)
        r = raise_device(host, &access, err);
    return r < 0 ? r : give_addresses(host, &access, ip, NULL, err);
}

int uplink_carry(struct net *host, const struct uplink_note *note,
                 struct err *err)
{
    auto_device_ip struct device_ip *ip = NULL;
    struct link_info access = {0}, card = {0};

    int r = read_all(note, &ip, err);
    if (r >= 0)
        r = find(host, note->access, &access, err);
    if (r >= 0)
        r = give_routes(host, &access, ip, NULL, err);
    if (r < 0)
        return r;
    uplink_announce(host, note->access);
    for (size_t i = 0; r >= 0 && i < note->card_count; i++) {
        r = find(host, note->cards[i].name, &card, err);
        if (r >= 0)
            r = device_ip_strip(host, card.ifindex, err);
    }
    return r < 0 ? r : give_routes(host, &access, ip, NULL, err);
}

static int give_card(struct net *host, const struct uplink_card *card,
                     struct device_loss *lost, struct err *err)
{
    auto_device_ip struct device_ip *ip = NULL;
    struct link_info link;

    int r = card->ip[0] ? link_find(host, card->name, &link, err) : 0;
    if (r <= 0)
        return r;
    r = device_ip_read(card->ip, &ip, err);
    if (r >= 0)
        r = raise_device(host, &link, err);
    if (r >= 0)
        r = give_addresses(host, &link, ip, lost, err);
    return r < 0 ? r : give_routes(host, &link, ip, lost, err);
}

static int give_cards(struct net *host, const struct uplink_note *note,
                      struct device_loss *lost, struct err *err)
{
    int r = 0;

    *lost = (struct device_loss){0};
    for (size_t i = 0; r >= 0 && i < note->card_count; i++)
        r = give_card(host, &note->cards[i], lost, err);
    return r;
}

int uplink_give_back(struct net *host, const struct uplink_note *note,
                     struct device_loss *ret, struct err *err)
{
    struct link_info access = {0};

    int r = give_cards(host, note, ret, err);
    if (r >= 0)
        r = link_find(host, note->access, &access, err);
    if (r > 0)
        r = device_ip_strip(host, access.ifindex, err);
    return r < 0 ? r : give_cards(host, note, ret, err);
}

static void set_ip(struct uplink_card *card, const char *text)
{
    char *copy = mem_text(text, strlen(text));

    free(card->ip);
    card->ip = copy;
}

void uplink_forget(struct uplink_note *note)
{
    for (size_t i = 0; i < note->card_count; i++)
        set_ip(&note->cards[i], "");
}

int uplink_refresh(struct net *host, struct uplink_note *note, struct err *err)
{
    auto_device_ip struct device_ip *is = NULL, *was = NULL;
    auto_buf struct buf text = BUF_INIT(UPLINK_NOTE_SIZE);
    struct link_info access = {0};

    if (note->card_count > 1)
        return 0;
    int r = link_find(host, note->access, &access, err);
    if (r <= 0)
        return r;
    r = device_ip_read(note->cards[0].ip, &was, err);
    if (r >= 0)
        r = device_ip_take(host, access.ifindex, &is, err);
    if (r < 0)
        return r;
    if (device_ip_count(is).global) {
        device_ip_take_local(is, was);
        device_ip_write(is, &text);
    }
    if (text.overflow)
        return err_set(err, E2BIG, "%s has more than the database could note",
                       note->access);
    set_ip(&note->cards[0], buf_text(&text));
    return 0;
}

struct announcing {
    struct ip ips[32];
    size_t count;
};

static void note_address(void *data, const struct addr_info *info)
{
    struct announcing *all = data;

    if (!info->tentative && all->count < ARRAY_LEN(all->ips))
        all->ips[all->count++] = info->address.ip;
}

void uplink_announce(struct net *host, const char *device)
{
    struct announcing all = {.count = 0};
    struct link_info link;
    struct err ignored = {0};

    if (link_find(host, device, &link, &ignored) <= 0 ||
        addr_each(host, link.ifindex, note_address, &all, &ignored) < 0)
        return;
    for (size_t i = 0; i < all.count; i++)
        (void)!announce_address(host, link.ifindex, &link.mac, &all.ips[i],
                                &ignored);
}

void uplink_announce_cards(struct net *host, const struct uplink_note *note)
{
    for (size_t i = 0; i < note->card_count; i++)
        uplink_announce(host, note->cards[i].name);
}
