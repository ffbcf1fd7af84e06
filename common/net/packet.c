/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The filter is a program of the kernel's (Documentation/networking/filter.rst)
 * and is there before the socket is bound: so nothing else is ever queued. A
 * VLAN header is not a part of the frame that it sees.
 */
#include "ovsint/net/packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include "common/net/request.h"

#define PORT_DHCP_CLIENT 68
#define FRAGMENT_BITS 0x1fff
#define TAKE 0xffff

/* Offsets within the frame. */
enum { AT_TYPE = 12, AT_FRAGMENT = 20, AT_PROTOCOL = 23, AT_IP = 14 };
enum { AT_PORT = 16 }; /* behind the IP header, whose length is in X */

static int set_filter(int fd, struct err *err)
{
    static struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, AT_TYPE),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_ARP, 8, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 8),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, AT_PROTOCOL),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 6),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, AT_FRAGMENT),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, FRAGMENT_BITS, 4, 0),
        BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, AT_IP),
        BPF_STMT(BPF_LD | BPF_H | BPF_IND, AT_PORT),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PORT_DHCP_CLIENT, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, TAKE),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    const struct sock_fprog program = {.len = ARRAY_LEN(code), .filter = code};

    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
                   sizeof(program)) < 0)
        return err_sys(err, "set the filter of a packet socket");
    return 0;
}

int packet_listen(struct net *net, int ifindex, struct err *err)
{
    const struct sockaddr_ll device = {.sll_family = AF_PACKET,
                                       .sll_protocol = htons(ETH_P_ALL),
                                       .sll_ifindex = ifindex};

    if (net->packet_fd < 0)
        return err_set(err, EBADF, "the packet socket was not asked for");
    int r = set_filter(net->packet_fd, err);
    if (r < 0)
        return r;
    if (bind(net->packet_fd, (const struct sockaddr *)&device, sizeof(device)) <
        0)
        return err_sys(err, "listen on device %d", ifindex);
    return 0;
}

int packet_fd(const struct net *net)
{
    return net->packet_fd;
}

void packet_send(struct net *net, const void *frame, size_t size)
{
    (void)!send(net->packet_fd, frame, size, 0);
}

int packet_receive(struct net *net, void *frame, size_t room, struct err *err)
{
    ssize_t got = recv(net->packet_fd, frame, room, 0);

    if (got >= 0)
        return (int)got;
    if (errno == EAGAIN || errno == EINTR || errno == ENETDOWN)
        return 0;
    return err_sys(err, "take a frame");
}
