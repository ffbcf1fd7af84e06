/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * `ovsint graph`: the ports as ls has them, the whole switch, and the host's
 * devices on it, as a drawing. The file of --svg is opened before the program
 * gives up the right to, and written at the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "cli/ports/gather.h"
#include "cli/ports/plugged_words.h"
#include "cli/ports/switch.h"
#include "cli/screen/drawing.h"
#include "ovsint/base/log.h"
#include "ovsint/net/addr.h"
#include "ovsint/net/link.h"
#include "ovsint/ovsdb/client.h"

#define WIDTH_DEFAULT 80
#define TEXT_SIZE 4096

/* A line of a box that others may have written. */
static void add_line(struct box *box, const char *text)
{
    auto_buf struct buf clean = BUF_INIT(TEXT_SIZE);

    if (text)
        log_clean(text, &clean);
    box_add_line(box, buf_text(&clean));
}

static void add_words(struct box *box, const char *words)
{
    while (words && *words) {
        size_t size = strcspn(words, " ");
        auto_free char *one = mem_text(words, size);
        add_line(box, one);
        words += size + (words[size] == ' ');
    }
}

static void add_labels(struct box *box, int64_t ofport, const char *vlan)
{
    auto_buf struct buf text = BUF_INIT(TEXT_SIZE);

    if (ofport > 0)
        buf_addf(&text, "port %lld", (long long)ofport);
    else
        buf_add_text(&text, ofport < 0 ? "refused" : "no port yet");
    box->labels[0] = mem_text(buf_text(&text), text.size);
    buf_clear(&text);
    if (!vlan)
        return;
    if (strcmp(vlan, "all") == 0)
        buf_add_text(&text, "all VLANs");
    else
        buf_addf(&text, "%s%s", vlan[0] >= '0' && vlan[0] <= '9' ? "VLAN " : "",
                 vlan);
    box->labels[1] = mem_text(buf_text(&text), text.size);
}

static bool is_of_host(const struct plugged *plugged)
{
    return plugged->row && vswitch_port_id(plugged->row, ID_HOST_NETWORK);
}

static void draw_plugged(struct drawn_bridge *bridge,
                         const struct plugged *plugged,
                         const struct switch_port *port)
{
    struct box *box = drawing_add_box(bridge, port->name);
    char room[LIMIT_CONTAINER_ID_SIZE];
    enum colour colour = plugged_colour(plugged);
    char on[SEGMENT_SIZE];

    add_line(box, plugged_title(plugged, room));
    add_words(box, plugged->addresses);
    add_line(box, plugged->ifname);
    add_line(box, port->name);
    if (colour != COLOUR_GREEN)
        add_line(box, plugged->state);
    add_labels(box, port->ofport, plugged_segment(plugged, port->vlan, on));
    box->vlan = port->tag;
    box->is_broken = colour == COLOUR_RED;
    box->is_below = is_of_host(plugged);
}

/* What the host's namespace has on it. */
struct host_device {
    bool there;
    bool up;
    struct buf addresses;
};

static void look_at_device(struct net *host, const char *name,
                           struct host_device *ret)
{
    struct link_info link;
    struct err ignored = {0};

    if (!host || link_find(host, name, &link, &ignored) <= 0)
        return;
    ret->there = true;
    ret->up = link.up && link.carrier;
    (void)!addr_each(host, link.ifindex, plugged_note_address, &ret->addresses,
                     &ignored);
}

static void add_kind(struct box *box, const struct switch_port *port,
                     const struct host_device *device)
{
    auto_buf struct buf text = BUF_INIT(TEXT_SIZE);

    if (port->is_local)
        buf_add_text(&text, "(the host)");
    else if (!port->type[0])
        buf_add_text(&text, !device->there ? "uplink, absent"
                            : !device->up  ? "uplink, down"
                                           : "uplink");
    else if (port->leads_to)
        buf_addf(&text, "%s to %s", port->type, port->leads_to);
    else
        buf_addf(&text, "%s", port->type);
    add_line(box, buf_text(&text));
    box->is_broken = !port->type[0] && !device->up;
}

static void draw_other(struct drawn_bridge *bridge,
                       const struct switch_port *port, struct net *host)
{
    struct host_device device = {.addresses = BUF_INIT(TEXT_SIZE)};

    look_at_device(host, port->name, &device);
    /* Each bridge has a device of its own; most hosts do not use it. */
    if (!port->is_local || device.addresses.size) {
        struct box *box = drawing_add_box(bridge, port->name);
        add_line(box, port->name);
        if (port->port && strcmp(port->port, port->name) != 0)
            add_line(box, port->port);
        add_kind(box, port, &device);
        add_words(box, buf_text(&device.addresses));
        add_labels(box, port->is_local ? 65534 : port->ofport, port->vlan);
        box->vlan = port->tag;
        box->is_below = true;
    }
    buf_done(&device.addresses);
}

static int by_vlan(const void *a, const void *b)
{
    const struct box *left = a, *right = b;
    /* Ports of no VLAN of their own come last: 1 to 4094 are before. */
    int64_t left_vlan = left->vlan < 0 ? 4096 : left->vlan;
    int64_t right_vlan = right->vlan < 0 ? 4096 : right->vlan;

    return (left_vlan > right_vlan) - (left_vlan < right_vlan);
}

/* By VLAN, and within it by OpenFlow number, which is the order before. */
static void sort_boxes(struct drawn_bridge *bridge)
{
    for (size_t i = 1; i < bridge->count; i++) {
        struct box box = bridge->boxes[i];
        size_t at = i;
        for (; at > 0 && by_vlan(&bridge->boxes[at - 1], &box) > 0; at--)
            bridge->boxes[at] = bridge->boxes[at - 1];
        bridge->boxes[at] = box;
    }
}

static void draw_bridge(struct drawing *drawing, struct plugged_list *list,
                        const struct switch_bridge *from, struct net *host)
{
    struct drawn_bridge *bridge = drawing_add_bridge(drawing, from->name);

    for (size_t i = 0; i < from->count; i++) {
        const struct switch_port *port = &from->ports[i];
        const struct plugged *plugged =
            port->is_ours ? plugged_find(list, port->name) : NULL;
        if (plugged)
            draw_plugged(bridge, plugged, port);
        else
            draw_other(bridge, port, host);
    }
    sort_boxes(bridge);
}

static void write_port(struct json_writer *w, const struct switch_port *port,
                       const struct plugged *plugged)
{
    if (plugged) {
        plugged_write(plugged, w);
        return;
    }
    json_write_object(w);
    json_write_member(w, "port", port->port ? port->port : port->name);
    json_write_member(w, "device", port->name);
    json_write_member(w, "type", port->type[0] ? port->type : "system");
    json_write_member(w, "vlan", port->vlan);
    if (port->leads_to)
        json_write_member(w, "leads-to", port->leads_to);
    json_write_key(w, "ofport");
    json_write_int(w, port->is_local ? 65534 : port->ofport);
    json_write_object_end(w);
}

static void write_json(struct cli *cli, struct plugged_list *list,
                       const struct switch_seen *seen)
{
    struct json_writer w = JSON_WRITER(&cli->out);

    json_write_object(&w);
    json_write_key(&w, "bridges");
    json_write_array(&w);
    for (size_t i = 0; i < seen->count; i++) {
        const struct switch_bridge *bridge = &seen->bridges[i];
        json_write_object(&w);
        json_write_member(&w, "bridge", bridge->name);
        json_write_member(&w, "datapath",
                          bridge->userspace ? "userspace" : "kernel");
        json_write_key(&w, "ports");
        json_write_array(&w);
        for (size_t p = 0; p < bridge->count; p++)
            write_port(&w, &bridge->ports[p],
                       bridge->ports[p].is_ours
                           ? plugged_find(list, bridge->ports[p].name)
                           : NULL);
        json_write_array_end(&w);
        json_write_object_end(&w);
    }
    json_write_array_end(&w);
    json_write_object_end(&w);
    buf_add_text(&cli->out, "\n");
}

static void write_drawing(struct cli *cli, struct plugged_list *list,
                          const struct switch_seen *seen)
{
    auto_drawing struct drawing drawing = {0};
    auto_net struct net *host = NULL;
    struct err ignored = {0};
    size_t width = cli->terminal.width ? cli->terminal.width : WIDTH_DEFAULT;

    if (net_open(&host, -1, NET_PLAIN, &ignored) < 0)
        host = NULL;
    for (size_t i = 0; i < seen->count; i++)
        draw_bridge(&drawing, list, &seen->bridges[i], host);
    if (cli->options.svg)
        drawing_svg(&drawing, &cli->out);
    else if (cli->options.dot)
        drawing_dot(&drawing, &cli->out);
    else if (drawing.count)
        drawing_text(&drawing, (int)width, cli->terminal.utf8, &cli->out);
    else
        buf_add_text(&cli->out, "no bridge\n");
}

static int open_output(struct cli *cli, struct err *err)
{
    const struct cli_options *options = &cli->options;

    if ((options->svg != NULL) + options->dot + options->json > 1) {
        cli->status = CLI_BAD_INPUT;
        return err_set(err, EINVAL,
                       "graph: --svg, --dot and --json exclude each other");
    }
    if (!options->svg || strcmp(options->svg, "-") == 0)
        return 0;
    cli->output =
        open(options->svg, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
    if (cli->output >= 0)
        return 0;
    cli->status = CLI_BAD_INPUT;
    return err_sys(err, "open %.200s", options->svg);
}

int graph_command(struct cli *cli, struct err *err)
{
    auto_plugged struct plugged_list list = {0};
    auto_client struct client *client = NULL;
    auto_switch struct switch_seen seen = {0};

    int r = open_output(cli, err);
    if (r < 0)
        return r;
    r = client_open(cli->ovsdb, cli->deadline, &client, err);
    if (r < 0)
        return r;
    r = gather(cli, GATHER_TO_SHOW, &list, err);
    if (r < 0)
        return r;
    if (!list.has_rows) {
        *err = list.rows_why;
        return -err->code;
    }
    r = switch_read(client, cli->deadline, &seen, err);
    if (r < 0)
        return r;
    if (cli->options.json)
        write_json(cli, &list, &seen);
    else
        write_drawing(cli, &list, &seen);
    return 0;
}
