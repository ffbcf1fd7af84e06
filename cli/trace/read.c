/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What ofproto/trace writes (ofproto/ofproto-dpif-trace.c), line by line:
 *
 *    0. priority 0, cookie 0x...     a flow that the frame meets
 *       drop                         what that flow does
 *        >> neighbor cache miss for ADDRESS on bridge ..., sending ARP request
 *        -> no learned MAC ...       what NORMAL says about it
 *   Datapath actions: a,push_vlan(vid=10,pcp=0),b
 *
 * A frame that goes through the table of connections has several such
 * sections. Pure.
 */
#include <stdio.h>
#include <string.h>

#include "cli/trace/trace.h"

void trace_path_done(struct trace_path *path)
{
    buf_done(&path->dump);
    free(path->outputs);
}

static void copy(char *to, size_t size, const char *from, size_t length)
{
    if (length >= size)
        length = size - 1;
    memcpy(to, from, length);
    to[length] = '\0';
}

/* Up to the comma that is in no parentheses. */
static size_t action_size(const char *text, size_t size)
{
    int depth = 0;

    for (size_t i = 0; i < size; i++) {
        if (text[i] == ',' && depth == 0)
            return i;
        depth += (text[i] == '(') - (text[i] == ')');
    }
    return size;
}

static bool begins(const char *text, size_t size, const char *with)
{
    size_t length = strlen(with);

    return size >= length && strncmp(text, with, length) == 0;
}

static bool has(const char *line, size_t size, const char *part)
{
    return memmem(line, size, part, strlen(part)) != NULL;
}

static void note_output(struct trace_path *path, const char *text, size_t size,
                        int vlan)
{
    path->outputs = mem_grow(path->outputs, path->output_count,
                             &path->output_room, sizeof(*path->outputs));
    struct trace_output *output = &path->outputs[path->output_count++];
    copy(output->name, sizeof(output->name), text, size);
    output->vlan = vlan;
}

/* An action with parentheses is none that sends, and a name has none. */
static void take_actions(struct trace_path *path, const char *text, size_t size)
{
    static const char *const plain[] = {"drop",     "pop_vlan", "ct",
                                        "ct_clear", "pop_eth",  "unspec"};
    int vlan = -1;

    path->tunnels |=
        has(text, size, "tnl_push(") || has(text, size, "set(tunnel(");
    while (size > 0) {
        size_t length = action_size(text, size);
        bool sends = !memchr(text, '(', length);
        if (begins(text, length, "push_vlan(vid=") &&
            sscanf(text, "push_vlan(vid=%d", &vlan) != 1)
            vlan = -1;
        if (length == 8 && begins(text, length, "pop_vlan"))
            vlan = -1;
        for (size_t i = 0; i < ARRAY_LEN(plain); i++)
            sends &= length != strlen(plain[i]) ||
                     strncmp(text, plain[i], length) != 0;
        if (sends && length > 0)
            note_output(path, text, length, vlan);
        length += length < size;
        text += length;
        size -= length;
    }
}

/* " 0. tcp, priority 100, cookie 0x6f..." */
static bool is_flow(const char *line, size_t size)
{
    size_t digits = 0;

    while (digits < size && line[digits] == ' ')
        digits++;
    size_t first = digits;
    while (digits < size && line[digits] >= '0' && line[digits] <= '9')
        digits++;
    return first <= 2 && digits > first && digits + 1 < size &&
           line[digits] == '.' && line[digits + 1] == ' ';
}

static void take_flow(struct trace_path *path, const char *line, size_t size)
{
    const char *cookie = memmem(line, size, "cookie 0x", 9);
    const char *text = memchr(line, '.', size);
    unsigned long long value;

    path->cookie = 0;
    if (cookie && sscanf(cookie, "cookie 0x%llx", &value) == 1)
        path->cookie = value;
    path->no_match = has(line, size, ". No match");
    path->is_drop = false;
    path->note[0] = '\0';
    text += 2;
    copy(path->flow, sizeof(path->flow), text, size - (size_t)(text - line));
}

/* ofproto/ofproto-dpif-xlate.c: the first packet to another host is lost so. */
static bool take_tunnel(struct trace_path *path, const char *line, size_t size)
{
    static const char miss[] = "neighbor cache miss for ";
    const char *end = memmem(line, size, miss, sizeof(miss) - 1);

    path->unrouted_end |= has(line, size, "native tunnel routing failed");
    if (!end)
        return false;
    end += sizeof(miss) - 1;
    copy(path->unknown_end, sizeof(path->unknown_end), end,
         strcspn(end, " \n"));
    return true;
}

static void take_line(struct trace_path *path, const char *line, size_t size)
{
    static const char actions[] = "Datapath actions: ", arrow[] = " -> ";
    const char *note = memmem(line, size, arrow, sizeof(arrow) - 1);

    if (take_tunnel(path, line, size)) {
        return;
    } else if (begins(line, size, actions)) {
        take_actions(path, line + sizeof(actions) - 1,
                     size - (sizeof(actions) - 1));
    } else if (is_flow(line, size)) {
        take_flow(path, line, size);
    } else if (note) {
        note += sizeof(arrow) - 1;
        size_t length = size - (size_t)(note - line);
        path->floods |= has(note, length, "flooding");
        if (has(note, length, "drop"))
            copy(path->note, sizeof(path->note), note, length);
    } else if (size >= 8 && strncmp(line, "    drop", 8) == 0) {
        path->is_drop = true;
    }
}

void trace_read(struct trace_path *path)
{
    const char *line = buf_text(&path->dump);

    while (*line) {
        size_t size = strcspn(line, "\n");
        take_line(path, line, size);
        line += size + (line[size] == '\n');
    }
}

const struct trace_output *trace_finds(const struct trace_path *path,
                                       const char *name)
{
    for (size_t i = 0; i < path->output_count; i++) {
        if (strcmp(path->outputs[i].name, name) == 0)
            return &path->outputs[i];
    }
    return NULL;
}
