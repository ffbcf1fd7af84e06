/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* From one port to words, and from a word to whether it is meant. Pure. */
#include "cli/ports/plugged_words.h"

#include <stdio.h>
#include <string.h>

enum colour plugged_colour(const struct plugged *plugged)
{
    static const char *const calm[] = {"in its container", "with Docker",
                                       "on the host", "ready"};
    static const char *const soon[] = {"waiting for the switch", "on its way"};

    for (size_t i = 0; plugged->state && i < ARRAY_LEN(calm); i++) {
        if (strcmp(plugged->state, calm[i]) == 0)
            return COLOUR_GREEN;
    }
    for (size_t i = 0; plugged->state && i < ARRAY_LEN(soon); i++) {
        if (strcmp(plugged->state, soon[i]) == 0)
            return COLOUR_YELLOW;
    }
    return COLOUR_RED;
}

const char *plugged_segment(const struct plugged *plugged, const char *vlan,
                            char room[SEGMENT_SIZE])
{
    if (!plugged->logical_switch)
        return vlan;
    snprintf(room, SEGMENT_SIZE, "ovn %s", plugged->logical_switch);
    return room;
}

static bool is_prefix(const char *text, const char *whole)
{
    return whole && strncmp(text, whole, strlen(text)) == 0;
}

static bool is_same(const char *text, const char *whole)
{
    return whole && strcmp(text, whole) == 0;
}

bool plugged_is_meant(const struct plugged *plugged, const char *text,
                      bool exactly)
{
    if (exactly)
        return is_same(text, plugged->port) || is_same(text, plugged->name) ||
               is_same(text, plugged->netns) ||
               is_same(text, plugged->container) ||
               is_same(text, plugged->netns_id) ||
               (plugged->row &&
                vswitch_port_id_is(plugged->row, ID_NETNS_ID, text));
    return is_prefix(text, plugged->container) ||
           is_prefix(text, plugged->endpoint);
}
