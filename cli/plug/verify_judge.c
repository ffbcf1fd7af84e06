/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The nearest cause comes first: no route, then the neighbour, then what others
 * have reported, then silence. Pure.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "cli/plug/verify.h"

static const char *asking(const struct ip *ip)
{
    return ip->family == AF_INET6 ? "neighbour discovery" : "ARP";
}

/* ", by eth0 and not by eth1" if it does not go by the port. */
static void add_way(const struct verify_sight *sight, char *ret, size_t size)
{
    ret[0] = '\0';
    if (sight->has_route && sight->device[0] && sight->wanted_device &&
        strcmp(sight->device, sight->wanted_device) != 0)
        snprintf(ret, size, ", by %s and not by %s", sight->device,
                 sight->ifname);
}

static void describe_answered(const char *to, const struct verify_sight *sight,
                              struct verdict *ret)
{
    char way[64], mac[MAC_TEXT_SIZE];
    int64_t micros = sight->answer.micros;

    add_way(sight, way, sizeof(way));
    int len = snprintf(ret->words, sizeof(ret->words),
                       "%s answers after %" PRId64 ".%03" PRId64 " ms%s", to,
                       micros / 1000, micros % 1000, way);
    if (!sight->has_route || !sight->hop.answers)
        return;
    mac_format(&sight->hop.mac, mac);
    snprintf(ret->words + len, sizeof(ret->words) - (size_t)len, " (%s %s)",
             sight->hop.is_router ? "through the router" : "its MAC is", mac);
}

static void describe_no_neighbour(const char *to,
                                  const struct verify_sight *sight,
                                  struct verdict *ret)
{
    char via[IP_TEXT_SIZE], way[64];

    ip_format(&sight->hop.via, via);
    add_way(sight, way, sizeof(way));
    snprintf(ret->words, sizeof(ret->words),
             "%s does not answer: nobody answers %s for %s%s%s: is it up, and "
             "in the same VLAN of the same bridge?",
             to, asking(&sight->hop.via),
             sight->hop.is_router ? "its router " : "it",
             sight->hop.is_router ? via : "", way);
}

static void describe_reported(const char *to, const struct verify_sight *sight,
                              struct verdict *ret)
{
    const struct ping_answer *answer = &sight->answer;
    char from[IP_TEXT_SIZE];

    ip_format(&answer->from, from);
    snprintf(ret->words, sizeof(ret->words),
             "%s does not answer: %s reports that %s", to, from,
             ping_reason(answer->from.family, answer->type, answer->code));
}

static void describe_silence(const char *to, const struct verify_sight *sight,
                             struct verdict *ret)
{
    char via[IP_TEXT_SIZE], mac[MAC_TEXT_SIZE] = "", way[64];

    ip_format(&sight->hop.via, via);
    add_way(sight, way, sizeof(way));
    if (sight->hop.answers)
        mac_format(&sight->hop.mac, mac);
    if (sight->hop.answers && sight->hop.is_router)
        snprintf(ret->words, sizeof(ret->words),
                 "%s does not answer within %d ms%s: its router %s (%s) does, "
                 "so look there, and for a way back",
                 to, VERIFY_MS, way, via, mac);
    else if (sight->hop.answers)
        snprintf(ret->words, sizeof(ret->words),
                 "%s does not answer ping within %d ms%s, but answers %s (%s): "
                 "does a packet filter there drop it, and does it know the way "
                 "back?",
                 to, VERIFY_MS, way, asking(&sight->hop.via), mac);
    else
        snprintf(ret->words, sizeof(ret->words),
                 "%s does not answer within %d ms%s", to, VERIFY_MS, way);
}

void verify_judge(const struct ip *to, const struct verify_sight *sight,
                  struct verdict *ret)
{
    char text[IP_TEXT_SIZE];

    ip_format(to, text);
    *ret = (struct verdict){.answers = sight->answer.outcome == PING_ANSWERED,
                            .micros = sight->answer.micros};
    if (ret->answers) {
        describe_answered(text, sight, ret);
    } else if (sight->answer.outcome == PING_FORBIDDEN) {
        snprintf(ret->words, sizeof(ret->words),
                 "%s was not asked: a packet filter inside the container "
                 "forbids to send",
                 text);
    } else if (sight->answer.outcome == PING_REFUSED) {
        snprintf(ret->words, sizeof(ret->words),
                 "%s was not asked: a route inside the container refuses it "
                 "(prohibit or blackhole in 'ip route'), or it is a broadcast "
                 "address",
                 text);
    } else if (!sight->has_route || sight->answer.outcome == PING_NO_ROUTE) {
        snprintf(ret->words, sizeof(ret->words),
                 "%s was not asked: the container has no route to it; give it "
                 "an address of its subnet (ip=), or a router (gateway=)",
                 text);
    } else if (sight->hop.is_asked) {
        describe_no_neighbour(text, sight, ret);
    } else if (sight->answer.outcome == PING_UNREACHED) {
        describe_reported(text, sight, ret);
    } else {
        describe_silence(text, sight, ret);
    }
}
