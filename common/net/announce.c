/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* By a packet socket, or by what the kernel sends itself. */
#include "ovsint/net/announce.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "common/net/neighbour.h"
#include "common/net/neighbour_frame.h"
#include "common/net/request.h"

#define FRAME_SIZE 128

int announce_address(struct net *net, int ifindex, const struct mac *mac,
                     const struct ip *ip, struct err *err)
{
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = ifindex};
    char text[IP_TEXT_SIZE];
    uint8_t bytes[FRAME_SIZE];
    struct frame frame = {.bytes = bytes, .room = sizeof(bytes)};

    ip_format(ip, text);
    if (net->packet_fd < 0)
        return err_set(err, EBADF,
                       "announce %s: the packet socket was not asked for",
                       text);
    if (ip->family == AF_INET)
        neighbour_frame_arp(&frame, mac, ip, ip);
    else if (ip->family == AF_INET6)
        neighbour_frame_advertisement(&frame, mac, ip);
    else
        return err_set(err, EAFNOSUPPORT, "there is no address to announce");
    if (sendto(net->packet_fd, bytes, frame.size, 0, (struct sockaddr *)&to,
               sizeof(to)) < 0)
        return err_sys(err, "announce %s on device %d", text, ifindex);
    return 0;
}

int announce_by_probe(struct net *net, int ifindex, const struct ip *ip,
                      struct err *err)
{
    static const char what[] = "announce";
    struct err ignored = {0};

    if (ip->family != AF_INET)
        return err_set(err, EAFNOSUPPORT,
                       "only IPv4 addresses are announced by a probe");
    /* The kernel sends the first probe within this call (neigh_probe()). */
    int r = neighbour_change(net, RTM_NEWNEIGH, ifindex, ip, what, err);
    if (r < 0)
        return r;
    /* Nobody needs an entry for an own address. The kernel would drop it after
     * two more probes. */
    if (neighbour_change(net, RTM_DELNEIGH, ifindex, ip, what, &ignored) < 0)
        return 0; /* it has gone by itself */
    return 0;
}
