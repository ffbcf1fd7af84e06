/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Drawings, compared with files in tests/transcripts/drawing: as text at
 * several widths, as SVG, for dot(1); and a whole switch from its rows.
 */
#include <errno.h>

#include "cli/ports/switch.h"
#include "cli/screen/drawing.h"
#include "ovsint/base/io.h"
#include "tests/lib/test.h"

#define DIRECTORY "tests/transcripts/drawing/"
#define SIZE (1u << 20)

/* With DRAW set, writes what is drawn into the file instead: look at it before
 * it is committed. */
static void compare(const char *file, const struct buf *got)
{
    auto_buf struct buf want = BUF_INIT(SIZE);
    char path[128];
    struct err err = {0};

    snprintf(path, sizeof(path), DIRECTORY "%s", file);
    if (getenv("DRAW")) {
        FILE *to = fopen(path, "w");
        CHECK(to && fputs(buf_text(got), to) >= 0 && fclose(to) == 0);
        return;
    }
    CHECK_OK(io_read_file(path, &want, &err), err);
    if (strcmp(buf_text(got), buf_text(&want)) != 0)
        TEST_FAIL("not as in %s:\n%s", path, buf_text(got));
}

static char *text(const char *from)
{
    return mem_text(from, strlen(from));
}

static struct box *add(struct drawn_bridge *bridge, const char *name,
                       const char *address, int64_t vlan, bool below)
{
    struct box *box = drawing_add_box(bridge, name);
    char label[32];

    box_add_line(box, name);
    box_add_line(box, address);
    box_add_line(box, "eth0");
    snprintf(label, sizeof(label), "port %zu", bridge->count);
    box->labels[0] = text(label);
    snprintf(label, sizeof(label), "VLAN %d", (int)vlan);
    box->labels[1] = vlan < 0 ? NULL : text(label);
    box->vlan = vlan;
    box->is_below = below;
    return box;
}

static void as_text(const char *file, const struct drawing *drawing, int width,
                    bool utf8)
{
    auto_buf struct buf got = BUF_INIT(SIZE);

    drawing_text(drawing, width, utf8, &got);
    compare(file, &got);
}

/* Three on one bridge, as `make demo` has it. */
static void draw_three(struct drawing *ret)
{
    struct drawn_bridge *bridge = drawing_add_bridge(ret, "br0");

    add(bridge, "web", "10.0.0.1/24", 10, false);
    add(bridge, "db", "10.0.0.2/24", 10, false);
    add(bridge, "guest", "10.0.0.3/24", 20, false);
}

TEST(three_containers)
{
    auto_drawing struct drawing drawing = {0};

    draw_three(&drawing);
    as_text("three-80.txt", &drawing, 80, true);
    as_text("three-80-ascii.txt", &drawing, 80, false);
    as_text("three-60.txt", &drawing, 60, true);
    as_text("three-30.txt", &drawing, 30, true);
}

TEST(nothing_is_wider_than_it_may)
{
    for (int width = 20; width < 200; width++) {
        auto_drawing struct drawing drawing = {0};
        auto_buf struct buf got = BUF_INIT(SIZE);
        draw_three(&drawing);
        add(&drawing.bridges[0], "fd00::1234:5678:9abc:def0:1:2:3:4:5:6:7:8:9",
            NULL, 4094, true);
        drawing_text(&drawing, width, false, &got);
        const char *line = buf_text(&got);
        for (; *line; line += strcspn(line, "\n") + 1) {
            if ((int)strcspn(line, "\n") > width)
                TEST_FAIL("%d: %s", width, buf_text(&got));
        }
    }
}

TEST(both_sides)
{
    auto_drawing struct drawing drawing = {0};
    struct drawn_bridge *bridge = drawing_add_bridge(&drawing, "br0");

    draw_three(&drawing);
    bridge = &drawing.bridges[0];
    add(bridge, "eth1", NULL, -1, true);
    add(bridge, "a \"quoted\" <name> & more \\", "fd00::1/64", 30, false);
    add(bridge, "a-name-that-is-longer-than-the-widest-of-all-boxes-may-be",
        NULL, 30, false)
        ->is_broken = true;
    add(bridge, "größe", NULL, 40, true);
    as_text("both-80.txt", &drawing, 80, true);
    as_text("both-120.txt", &drawing, 120, true);
    auto_buf struct buf svg = BUF_INIT(SIZE);
    drawing_svg(&drawing, &svg);
    compare("both.svg", &svg);
    auto_buf struct buf dot = BUF_INIT(SIZE);
    drawing_dot(&drawing, &dot);
    compare("both.dot", &dot);
}

TEST(empty_ones)
{
    auto_drawing struct drawing drawing = {0};
    auto_buf struct buf got = BUF_INIT(SIZE);

    drawing_text(&drawing, 80, true, &got);
    CHECK_EQ(got.size, 0);
    drawing_svg(&drawing, &got);
    CHECK_HAS(buf_text(&got), "</svg>");
    drawing_add_bridge(&drawing, "br0");
    drawing_add_box(&drawing.bridges[0], "no lines");
    as_text("empty.txt", &drawing, 80, false);
}

/* A text that has been cut ends with a whole character. */
TEST(cut_texts)
{
    size_t size;

    CHECK(!box_fit("größe", 5, &size));
    CHECK_EQ(size, 7);
    CHECK(box_fit("größe", 4, &size));
    CHECK_EQ(size, 4);
    CHECK(box_fit("größe", 1, &size));
    CHECK_EQ(size, 0);
}

static const char rows[] =
    "{\"Interface\":{"
    "\"i1\":{\"initial\":{\"name\":\"oia\",\"type\":\"internal\",\"ofport\":7,"
    "\"external_ids\":[\"map\",[[\"ovsint-owner\",\"hook\"]]]}},"
    "\"i2\":{\"initial\":{\"name\":\"eno1\",\"type\":\"system\",\"ofport\":2,"
    "\"link_state\":\"down\",\"mtu\":1500}},"
    "\"i3\":{\"initial\":{\"name\":\"eno2\",\"ofport\":1}},"
    "\"i4\":{\"initial\":{\"name\":\"br0\",\"type\":\"internal\","
    "\"ofport\":65534}},"
    "\"i5\":{\"initial\":{\"name\":\"vx\",\"type\":\"vxlan\",\"ofport\":-1,"
    "\"options\":[\"map\",[[\"remote_ip\",\"192.0.2.1\"]]]}}},"
    "\"Port\":{"
    "\"p1\":{\"initial\":{\"name\":\"oia\",\"tag\":10,\"interfaces\":"
    "[\"uuid\",\"i1\"]}},"
    "\"p2\":{\"initial\":{\"name\":\"bond\",\"interfaces\":[\"set\",["
    "[\"uuid\",\"i2\"],[\"uuid\",\"i3\"],[\"uuid\",\"none\"]]]}},"
    "\"p3\":{\"initial\":{\"name\":\"br0\",\"interfaces\":[\"uuid\",\"i4\"]}},"
    "\"p4\":{\"initial\":{\"name\":\"vx\",\"trunks\":[\"set\",[5,6,7]],"
    "\"interfaces\":[\"uuid\",\"i5\"]}}},"
    "\"Bridge\":{"
    "\"b1\":{\"initial\":{\"name\":\"br0\",\"datapath_type\":\"netdev\","
    "\"fail_mode\":\"secure\",\"ports\":[\"set\",[[\"uuid\",\"p1\"],"
    "[\"uuid\",\"p2\"],[\"uuid\",\"p3\"],[\"uuid\",\"p4\"],"
    "[\"uuid\",\"p9\"]]]}},"
    "\"b2\":{\"initial\":{\"name\":\"alpha\"}},\"b3\":{\"initial\":{}}}}";

TEST(a_switch_from_its_rows)
{
    static const struct json_limits limits = {.size = SIZE, .depth = 32};
    auto_switch struct switch_seen seen = {0};
    auto_json struct json *updates = NULL;
    struct err err = {0};

    CHECK_OK(json_parse(rows, strlen(rows), &limits, &updates, &err), err);
    switch_from_rows(&seen, updates);
    CHECK_EQ(seen.count, 2);
    CHECK_STR(seen.bridges[0].name, "alpha");
    CHECK(!switch_bridge_find(&seen, "br9") &&
          !switch_bridge_find(&seen, NULL));
    const struct switch_bridge *bridge = switch_bridge_find(&seen, "br0");
    CHECK(bridge->userspace && bridge->is_secure);
    CHECK_EQ(bridge->count, 5);
    CHECK_STR(bridge->ports[0].name, "vx");
    CHECK_STR(bridge->ports[0].leads_to, "192.0.2.1");
    CHECK_STR(bridge->ports[0].vlan, "trunk 5-7");
    CHECK_STR(bridge->ports[1].name, "eno2");
    CHECK_STR(bridge->ports[1].port, "bond");
    const struct switch_port *port = switch_port_find(bridge, "eno1");
    CHECK(port->link_down && !port->is_ours && !port->is_local);
    CHECK_STR(port->type, "");
    CHECK_EQ(port->mtu, 1500);
    port = switch_port_find(bridge, "oia");
    CHECK(port->is_ours && port->tag == 10 && port->ofport == 7);
    CHECK(switch_port_find(bridge, "br0")->is_local);
    CHECK(!switch_port_find(bridge, "oib"));
}

TEST_MAIN
