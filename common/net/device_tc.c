/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Queueing disciplines, their classes and filters, as far as the kernel accepts
 * what it shows. Disciplines with handle 0 are the kernel's own choice, and it
 * makes them again by itself.
 */
#include <errno.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "common/net/device_state.h"

#define PARENTS_MAX 64

struct tc_list {
    struct device_state *state;
    int type;                      /* type of the listing's messages */
    uint32_t parents[PARENTS_MAX]; /* what filters may be attached to */
    size_t count;
};

static struct tcmsg *head_of(const struct nlmsghdr *request)
{
    return nlmsg_data(request);
}

static void note_parent(struct tc_list *list, uint32_t handle)
{
    if (list->count < PARENTS_MAX)
        list->parents[list->count++] = handle;
}

/* The filters of clsact are attached to two minor numbers of it, not to
 * itself. */
static void note_discipline(struct tc_list *list, const struct tcmsg *head,
                            const struct nlattr *kind)
{
    if (nla_strcmp(kind, "clsact") == 0) {
        note_parent(list, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS));
        note_parent(list, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS));
        return;
    }
    note_parent(list, head->tcm_handle);
}

static void keep_discipline(void *data, struct nlmsghdr *reply)
{
    struct tc_list *list = data;
    struct replay *all = &list->state->disciplines;
    struct nlattr *attrs[TCA_MAX + 1], *attribute;
    int left, how = NLM_F_CREATE;

    if (reply->nlmsg_type != list->type ||
        !nlmsg_valid_hdr(reply, sizeof(struct tcmsg)))
        return;
    struct tcmsg head = *head_of(reply);
    reply_parse(reply, sizeof(head), attrs, TCA_MAX);
    if (head.tcm_ifindex != list->state->ifindex || head.tcm_handle == 0 ||
        !attrs[TCA_KIND])
        return;
    if (list->type == RTM_NEWQDISC)
        note_discipline(list, &head, attrs[TCA_KIND]);
    else if (list->type == RTM_NEWTCLASS)
        note_parent(list, head.tcm_handle);
    if (list->type == RTM_NEWTFILTER)
        how |= NLM_F_EXCL;
    else
        head.tcm_info = 0; /* it is a count, or the leaf of a class */
    if (list->type == RTM_NEWQDISC)
        how |= NLM_F_REPLACE;
    replay_begin(all, list->type, how, &head, sizeof(head));
    for_each_attribute(attribute, left, reply, sizeof(head))
    {
        switch (nla_type(attribute)) {
        case TCA_STATS:
        case TCA_STATS2:
        case TCA_XSTATS:
        case TCA_HW_OFFLOAD:
            break;
        default:
            replay_copy(all, attribute);
        }
    }
    replay_end(all);
}

static int list_some(struct net *net, struct tc_list *list, int type,
                     uint32_t parent, struct err *err)
{
    struct tcmsg head = {.tcm_family = AF_UNSPEC,
                         .tcm_ifindex = list->state->ifindex,
                         .tcm_parent = parent};
    /* For each of them RTM_GETx is RTM_NEWx + 2. */
    auto_request struct nl_msg *request =
        request_new(type + 2, NLM_F_DUMP, &head, sizeof(head));

    list->type = type;
    return request_ask(net, request, keep_discipline, list, err,
                       "list the traffic control of device %d",
                       list->state->ifindex);
}

int device_tc_take(struct net *net, struct device_state *state, struct err *err)
{
    struct tc_list list = {.state = state};

    int r = list_some(net, &list, RTM_NEWQDISC, 0, err);
    if (r < 0 || list.count == 0)
        return r;
    r = list_some(net, &list, RTM_NEWTCLASS, 0, err);
    size_t parents = list.count;
    for (size_t i = 0; r >= 0 && i < parents; i++) {
        r = list_some(net, &list, RTM_NEWTFILTER, list.parents[i], err);
        if (r == -EINVAL)
            r = 0; /* nothing can be attached to this one */
    }
    return r;
}

/* Did the kernel make it? prio and similar disciplines have classes of their
 * own; u32 has a first table. */
static bool is_the_kernels(const struct nlmsghdr *request, int code)
{
    if (request->nlmsg_type == RTM_NEWTCLASS)
        return code == EOPNOTSUPP || code == EEXIST || code == ENOSYS;
    return request->nlmsg_type == RTM_NEWTFILTER &&
           (head_of(request)->tcm_handle & 0xfffffu) == 0 &&
           (code == EEXIST || code == EINVAL || code == ENOMEM);
}

void device_tc_give(struct net *net, const struct device_state *state,
                    struct replay_result *result)
{
    replay_send(net, &state->disciplines, is_the_kernels,
                "give a queueing discipline, class or filter to the next "
                "device",
                result);
}
