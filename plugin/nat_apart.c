/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names are those that moby gives (daemon/libnetwork/drivers/bridge:
 * "br-" and 12 digits of the network's id).
 */
#include "plugin/nat_apart.h"

#include <string.h>

#include "plugin/nat_rules.h"

#define ID_DIGITS 12

bool nat_is_apart(const struct link_info *link)
{
    const char *name = link->name;

    if (strcmp(link->kind, "bridge") != 0)
        return false;
    if (strcmp(name, "docker0") == 0 || strcmp(name, "docker_gwbridge") == 0)
        return true;
    return strncmp(name, "br-", 3) == 0 &&
           strspn(name + 3, "0123456789abcdef") == ID_DIGITS &&
           name[3 + ID_DIGITS] == '\0';
}

static void keep(void *data, const struct link_info *link)
{
    struct nat_apart *apart = data;

    if (!nat_is_apart(link))
        return;
    apart->devices = mem_resize(apart->devices,
                                (apart->count + 1) * sizeof(*apart->devices));
    memcpy(apart->devices[apart->count++], link->name, IFNAME_SIZE);
}

/* The kernel lists devices by their number, so the order is always the same. */
static bool is_same(const struct nat_apart *a, const struct nat_apart *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (strcmp(a->devices[i], b->devices[i]) != 0)
            return false;
    }
    return true;
}

int nat_apart_read(struct net *host, struct nat_apart *apart, struct err *err)
{
    struct nat_apart now = {0};

    int r = link_each(host, keep, &now, err);
    if (r < 0 || is_same(&now, apart)) {
        nat_apart_done(&now);
        return r < 0 ? r : 0;
    }
    nat_apart_done(apart);
    *apart = now;
    return 1;
}

void nat_apart_done(struct nat_apart *apart)
{
    free(apart->devices);
    *apart = (struct nat_apart){0};
}

void nat_apart_rules(const struct nat_apart *apart, struct buf *ret)
{
    buf_add_text(ret, "flush set inet " NAT_TABLE " apart\n");
    for (size_t i = 0; i < apart->count; i++)
        buf_addf(ret, "add element inet " NAT_TABLE " apart { \"%s\" }\n",
                 apart->devices[i]);
}
