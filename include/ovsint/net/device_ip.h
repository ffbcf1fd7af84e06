/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What IP has on one device: addresses, routes of all tables, permanent
 * neighbours. It can be given to another device while the first one still has
 * it, so that connections go over from one to the other. device_state.h is for
 * a device that takes the place of one that has died. As there, what the kernel
 * lists is what is given.
 *
 * Pitfall: if an IPv4 address goes from the last device that has it, the kernel
 * removes the routes with that source from all devices (fib_del_ifaddr() in
 * net/ipv4/fib_frontend.c). While another device has the address they stay
 * (seen with 6.1 and 6.18). Whoever may have lost that one meanwhile gives the
 * routes once more after device_ip_strip().
 */
#pragma once

#include <stddef.h>

#include "ovsint/base/buf.h"
#include "ovsint/net/device_state.h"

struct device_ip;

int device_ip_take(struct net *net, int ifindex, struct device_ip **ret,
                   struct err *err) MUST_CHECK;
void device_ip_free(struct device_ip *ip);
DEFINE_AUTO(device_ip, struct device_ip *, device_ip_free)
#define auto_device_ip AUTO(device_ip)

/* As text, of hexadecimal digits and commas, and back. If it had no room the
 * buffer has overflowed. -EINVAL for what is not such a text: it may hold
 * addresses, routes and neighbours, and nothing else. */
void device_ip_write(const struct device_ip *ip, struct buf *ret);
int device_ip_read(const char *text, struct device_ip **ret,
                   struct err *err) MUST_CHECK;

/* How many there are of each, without the routes that the kernel makes. */
struct device_ip_count {
    size_t addresses;
    size_t global; /* of these, without the link-local ones of IPv6 */
    size_t routes;
    size_t neighbours;
};
struct device_ip_count device_ip_count(const struct device_ip *ip);

/* Takes the link-local IPv6 addresses of `other` in place of its own, which the
 * kernel has made from the MAC of its device. */
void device_ip_take_local(struct device_ip *ip, const struct device_ip *other);

/* Each may be given twice. What is refused is counted in `ret` and does not
 * stop the rest. IPv6 addresses are not detected as duplicates: they were on
 * the wire a moment ago. */
int device_ip_give_addresses(struct net *net, int ifindex, struct device_ip *ip,
                             struct device_loss *ret,
                             struct err *err) MUST_CHECK;
/* The device must be up. The routes that it has besides go. */
int device_ip_give_routes(struct net *net, int ifindex, struct device_ip *ip,
                          struct device_loss *ret, struct err *err) MUST_CHECK;

/* Removes all of it from the device, whatever it has now. */
int device_ip_strip(struct net *net, int ifindex, struct err *err) MUST_CHECK;
