/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Asks the controller of generic netlink whether there is a family of that
 * name. The question makes the kernel load the module, as ovs-vswitchd does.
 */
#include "ovsint/net/datapath.h"

#include <linux/genetlink.h>
#include <linux/openvswitch.h>
#include <netlink/netlink.h>

#include "common/net/request.h"
#include "ovsint/base/buf.h"

static void ignore_reply(void *data, struct nlmsghdr *reply)
{
    (void)data;
    (void)reply;
}

bool datapath_in_kernel(void)
{
    static const struct genlmsghdr head = {.cmd = CTRL_CMD_GETFAMILY,
                                           .version = 1};
    auto_net struct net *net = mem_new(sizeof(*net));
    auto_request struct nl_msg *request = NULL;
    struct err err = {0};

    net->packet_fd = -1;
    net->timeout_ms = NET_TIMEOUT_MS;
    net->sock = nl_socket_alloc();
    if (!net->sock)
        mem_exhausted();
    if (nl_connect(net->sock, NETLINK_GENERIC) < 0 ||
        request_prepare(net, &err) < 0)
        return false;
    request = request_new(GENL_ID_CTRL, NLM_F_ACK, &head, sizeof(head));
    request_put_text(request, CTRL_ATTR_FAMILY_NAME, OVS_DATAPATH_FAMILY);
    return request_ask(net, request, ignore_reply, NULL, &err,
                       "find the datapath") >= 0;
}
