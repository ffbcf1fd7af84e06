/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The search treats the range as a ring and leaps over excluded stretches. So
 * its steps are as many as the used addresses and the excluded stretches,
 * however large the range is.
 */
#include "ovsint/config/ipam.h"

#include <errno.h>
#include <string.h>

#include "ovsint/spec/address.h"

int ipam_compare(const void *a, const void *b)
{
    return ip_compare(a, b);
}

static bool is_used(const struct ip *ip, const struct ip *used, size_t count)
{
    return count && bsearch(ip, used, count, sizeof(*used), ipam_compare);
}

/* How many addresses from `at` on are not free; 0 = `at` is. */
static ip_number blocked(const struct subnet *subnet, ip_number at,
                         const struct ip *used, size_t used_count)
{
    struct ip ip = ip_from_number(subnet->prefix.ip.family, at);
    struct ip_prefix host = {.ip = ip, .len = subnet->prefix.len};

    for (size_t i = 0; i < subnet->exclude_count; i++) {
        const struct ip_range *range = &subnet->exclude[i];
        if (ip_range_has(range, &ip))
            return ip_to_number(&range->last) - at + 1;
    }
    if (ip_equal(&ip, &subnet->gateway) || ip_unusable(&host))
        return 1;
    return is_used(&ip, used, used_count) ? 1 : 0;
}

static int refuse_full(const struct subnet *subnet, const struct ip *used,
                       size_t used_count, struct err *err)
{
    char range[RANGE_TEXT_SIZE], prefix[PREFIX_TEXT_SIZE];
    size_t inside = 0;

    for (size_t i = 0; i < used_count; i++) {
        bool again = i && ip_equal(&used[i], &used[i - 1]);
        if (!again && ip_range_has(&subnet->range, &used[i]))
            inside++;
    }
    ip_range_format(&subnet->range, range);
    prefix_format(&subnet->prefix, prefix);
    return err_set(err, ENOSPC,
                   "no address left in range %s of subnet %s: %zu in use, the "
                   "others excluded or reserved",
                   range, prefix, inside);
}

int ipam_pick(const struct subnet *subnet, uint64_t seed, const struct ip *used,
              size_t used_count, struct ip *ret, struct err *err)
{
    ip_number first = ip_to_number(&subnet->range.first);
    /* It cannot be the whole of 2^128, as a prefix has at least one bit. */
    ip_number count = ip_to_number(&subnet->range.last) - first + 1;
    ip_number offset = seed % count;
    ip_number walked = 0;

    while (walked < count) {
        ip_number skip = blocked(subnet, first + offset, used, used_count);
        if (skip == 0) {
            *ret = ip_from_number(subnet->prefix.ip.family, first + offset);
            return 0;
        }
        /* An excluded stretch may reach beyond the end of the range. */
        if (skip > count - offset)
            skip = count - offset;
        walked += skip;
        offset = (offset + skip) % count;
    }
    return refuse_full(subnet, used, used_count, err);
}

/* The used addresses, and those that the attachment asks for itself. */
static struct ip *all_used(const struct attachment *a, const struct ip *used,
                           size_t used_count, size_t *ret_count)
{
    size_t most =
        used_count + LIMIT_ADDRESSES + ARRAY_LEN(a->gateway) + LIMIT_ROUTES;
    struct ip *all = mem_new(most * sizeof(*all));
    size_t count = used_count;

    if (used_count)
        memcpy(all, used, used_count * sizeof(*all));
    for (size_t i = 0; i < a->ip_count; i++)
        all[count++] = a->ip[i].ip;
    for (size_t i = 0; i < a->gateway_count; i++)
        all[count++] = a->gateway[i];
    for (size_t i = 0; i < a->route_count; i++)
        all[count++] = a->routes[i].via;
    qsort(all, count, sizeof(*all), ipam_compare);
    *ret_count = count;
    return all;
}

int ipam_fill(struct attachment *attachment,
              const struct named_network *network, uint64_t seed,
              const struct ip *used, size_t used_count, struct err *err)
{
    struct attachment filled = *attachment;
    size_t count;

    if (!attachment->ip_auto)
        return 0;
    if (attachment->ip_count + network->subnet_count > LIMIT_ADDRESSES)
        return err_set(err, EINVAL, "interface %s: more than %d addresses",
                       attachment->ifname, LIMIT_ADDRESSES);
    auto_free struct ip *all = all_used(attachment, used, used_count, &count);
    for (size_t i = 0; i < network->subnet_count; i++) {
        const struct subnet *subnet = &network->subnets[i];
        struct ip_prefix *to = &filled.ip[filled.ip_count];
        if (ipam_pick(subnet, seed, all, count, &to->ip, err) < 0)
            return err_wrap(err, "network %s", network->name);
        to->len = subnet->prefix.len;
        filled.ip_count++;
    }
    filled.ip_auto = false;
    *attachment = filled;
    return 0;
}
