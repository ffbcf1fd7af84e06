/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Asks, then looks at the way by which it went. */
#include "cli/plug/verify.h"

#include <stdio.h>

#include "ovsint/net/link.h"

int verify_run(struct ping *ping, struct net *inside, const char *device,
               const char *ifname, struct verdict *ret, struct err *err)
{
    struct verify_sight sight = {.wanted_device = device, .ifname = ifname};
    struct link_info link;

    int r = link_find(inside, device, &link, err);
    if (r < 0)
        return r;
    ping->ifindex = r > 0 ? link.ifindex : 0;
    r = ping_ask(ping, deadline_in(VERIFY_MS), &sight.answer, err);
    if (r < 0)
        return r;
    r = path_find(inside, &ping->to, ping->ifindex, &sight.hop, err);
    if (r < 0)
        return r;
    sight.has_route = r > 0;
    if (sight.has_route) {
        r = link_by_index(inside, sight.hop.ifindex, &link, err);
        if (r < 0)
            return r;
        if (r > 0)
            snprintf(sight.device, sizeof(sight.device), "%s", link.name);
    }
    verify_judge(&ping->to, &sight, ret);
    return 0;
}

void verify_write(const struct ip *to, const struct verdict *verdict,
                  struct json_writer *w)
{
    char text[IP_TEXT_SIZE];

    ip_format(to, text);
    json_write_object(w);
    json_write_member(w, "address", text);
    json_write_key(w, "answers");
    json_write_bool(w, verdict->answers);
    if (verdict->answers) {
        json_write_key(w, "microseconds");
        json_write_int(w, verdict->micros);
    }
    json_write_member(w, "words", verdict->words);
    json_write_object_end(w);
}
