/* SPDX-License-Identifier: Apache-2.0 */
/* The phase FLOWS: a container's port asks the daemon for published ports. */
#include <errno.h>

#include "tests/lib/attach_case.h"

static struct transient_network lan = {.id = "0123456789abcdef",
                                       .bridge = "br0"};

static void begin(struct attach_case *c, struct world *world)
{
    case_init(c, world);
    c->want.holder.container.transient = &lan;
    c->want.holder.container.asked_ports = "tcp/8080:80";
    lan.text = BUF_INIT(64);
    buf_add_text(&lan.text, "{}");
}

static void end(void)
{
    buf_done(&lan.text);
}

static const char *said; /* by the daemon */

static void daemon_answers(struct world *world, const struct attach_todo *todo)
{
    const struct small_row *row = small_find(&world->db, "Interface", NEW);

    if (todo->step != ATTACH_STEP_WAIT || !row || row->ofport <= 0)
        return;
    world_set_id(world, NEW, ID_ASKED_ANSWER, said);
    world_show(world);
}

TEST(the_device_is_moved_when_the_rules_are_in_force)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin(&c, world);
    said = ASKED_READY;
    world->meanwhile = daemon_answers;
    case_done(&c, world,
              "watch\nfind inside eth0: no\nsend +" NEW "\nwait\nmove " NEW
              "\nset up eth0\ndone");
    const struct small_row *row = small_find(&world->db, "Interface", NEW);
    CHECK_STR(small_get(row, ID_ASKED_PORTS), "tcp/8080:80");
    CHECK_STR(small_get(row, ID_NETWORK), lan.id);
    row = small_find(&world->db, "Bridge", "br0");
    CHECK_STR(small_get(row, ID_NETWORK_PREFIX "0123456789abcdef"), "{}");
    end();
}

TEST(a_network_that_is_there_stays_as_it_is)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin(&c, world);
    said = ASKED_READY;
    world->meanwhile = daemon_answers;
    small_put(&world->db, small_find(&world->db, "Bridge", "br0"),
              ID_NETWORK_PREFIX "0123456789abcdef", "{'first':1}");
    case_done(&c, world, NULL);
    CHECK_STR(small_get(small_find(&world->db, "Bridge", "br0"),
                        ID_NETWORK_PREFIX "0123456789abcdef"),
              "{'first':1}");
    end();
}

TEST(the_daemon_refuses)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin(&c, world);
    said = ASKED_FAILED "host port 8080/tcp is taken by process 7 (nc)";
    world->meanwhile = daemon_answers;
    case_fails(&c, world, EIO, "host port 8080/tcp is taken by process 7 (nc)",
               "watch\nfind inside eth0: no\nsend +" NEW
               "\nwait\nwatch\nsend -" NEW "\nfail");
    CHECK_EQ(world_ports(world), 0);
    end();
}

TEST(the_daemon_does_not_run)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin(&c, world);
    case_fails(&c, world, ETIMEDOUT,
               "ovsint-plugin, which is the gateway of a network with "
               "mode=nat, did not answer within 10000 ms",
               NULL);
    CHECK_EQ(world_ports(world), 0);
    end();
}

static void somebody_removes(struct world *world,
                             const struct attach_todo *todo)
{
    const struct small_row *row = small_find(&world->db, "Interface", NEW);

    if (todo->step != ATTACH_STEP_WAIT || !row || row->ofport <= 0)
        return;
    world_remove(world, NEW);
    world_show(world);
}

TEST(a_port_that_somebody_removes_meanwhile)
{
    auto_world struct world *world = world_new();
    struct attach_case c;

    begin(&c, world);
    world->meanwhile = somebody_removes;
    case_fails(&c, world, ENOENT,
               "was removed by somebody before its ports were published", NULL);
    end();
}

TEST_MAIN
