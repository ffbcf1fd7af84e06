/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Commands of the netavark plugin over a real database, without a switch, and
 * its command line. What needs a container's namespace is tested with a real
 * one, in tests/e2e/netavark.
 */
#include "plugin/netavark/plug.h"

#include <errno.h>
#include <sys/wait.h>

#include "plugin/netavark/names.h"
#include "plugin/netavark/options.h"
#include "tests/lib/door_rows.h"
#include "tests/lib/model.h"

static int run(struct rig *rig, enum netavark_command command,
               const char *document, struct err *err)
{
    auto_netavark_request struct netavark_request request = {0};
    auto_plug struct plug plug = PLUG_CLOSED;
    auto_free char *text = model_quotes(document);

    *err = (struct err){0};
    CHECK_OK(netavark_request_parse(text, strlen(text), command, &request, err),
             *err);
    if (command == NETAVARK_CREATE)
        CHECK_OK(
            netavark_request_resolve(&request, &rig->settings, &plug.spec, err),
            *err);
    int r = plug_open(&plug, &request, &rig->settings, "/run/netns/gone", err);
    if (r < 0)
        return r;
    return command == NETAVARK_CREATE ? plug_check_bridge(&plug, err)
                                      : plug_tear_down(&plug, err);
}

#define TEARDOWN(container, network, ifname)                      \
    "{'container_id':'" container "','network':{'name':'" network \
    "'},'network_options':{'interface_name':'" ifname "'}}"

TEST(a_network_needs_its_bridge)
{
    struct rig rig;
    struct err err;

    rig_start(&rig);
    CHECK_OK(run(&rig, NETAVARK_CREATE,
                 "{'name':'n','options':{'bridge':'br0'}}", &err),
             err);
    CHECK_ERR(run(&rig, NETAVARK_CREATE,
                  "{'name':'n','options':{'bridge':'br1'}}", &err),
              ENODEV, err, "there is no bridge br1: create it with");
    rig_stop(&rig);
}

TEST(a_teardown_concerns_one_interface_of_one_network)
{
    struct rig rig;
    struct err err;

    rig_start(&rig);
    rig_port(&rig, "oiaaaaaaaaaaaaa", NETAVARK_OWNER, "lan", "c1", "eth0");
    rig_port(&rig, "oibbbbbbbbbbbbb", NETAVARK_OWNER, "two", "c1", "eth1");
    rig_port(&rig, "oiccccccccccccc", NETAVARK_OWNER, "lan", "c2", "eth0");
    rig_port(&rig, "oiddddddddddddd", CNI_OWNER, "lan", "c3", "eth0");
    CHECK_OK(run(&rig, NETAVARK_TEARDOWN, TEARDOWN("c1", "lan", "eth1"), &err),
             err);
    CHECK_OK(run(&rig, NETAVARK_TEARDOWN, TEARDOWN("c3", "lan", "eth0"), &err),
             err);
    CHECK_OK(run(&rig, NETAVARK_TEARDOWN, TEARDOWN("c9", "lan", "eth0"), &err),
             err);
    check_ports(&rig, "oiaaaaaaaaaaaaa oibbbbbbbbbbbbb oiccccccccccccc "
                      "oiddddddddddddd");
    CHECK_OK(run(&rig, NETAVARK_TEARDOWN, TEARDOWN("c1", "lan", "eth0"), &err),
             err);
    CHECK_OK(run(&rig, NETAVARK_TEARDOWN, TEARDOWN("c1", "lan", "eth0"), &err),
             err);
    check_ports(&rig, "oibbbbbbbbbbbbb oiccccccccccccc oiddddddddddddd");
    rig_stop(&rig);
}

TEST(a_database_that_is_away)
{
    struct rig rig;
    struct err err;

    rig_start(&rig);
    snprintf(rig.settings.ovsdb, sizeof(rig.settings.ovsdb),
             "unix:/nonexistent/db.sock");
    CHECK(run(&rig, NETAVARK_CREATE, "{'name':'n','options':{'bridge':'br0'}}",
              &err) < 0);
    CHECK_HAS(err.text, "/nonexistent/db.sock");
    CHECK(run(&rig, NETAVARK_TEARDOWN, TEARDOWN("c1", "lan", "eth0"), &err) <
          0);
    CHECK_HAS(err.text, "/nonexistent/db.sock");
    rig_stop(&rig);
}

/* Whose name is that of another file, or who is not on the host's network. */
TEST(networks_without_names)
{
    static const char *const table[] = {
        TEARDOWN("c1", "no-such-network-of-a-test", "eth0"),
        TEARDOWN("c1", "../names", "eth0"),
        TEARDOWN("c1", "aardvark.pid", "eth0")};

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_netavark_request struct netavark_request request = {0};
        auto_free char *text = model_quotes(table[i]);
        struct err err = {0};
        CHECK_OK(netavark_request_parse(text, strlen(text), NETAVARK_TEARDOWN,
                                        &request, &err),
                 err);
        CHECK(!names_can_serve(&request));
        CHECK_OK(names_remove(&request, "unix:/nosuch", &err), err);
    }
}

/* The second process ends when nobody can tell it anything any more. */
TEST(a_setup_that_fails_before_it_has_a_name)
{
    auto_netavark_request struct netavark_request request = {0};
    auto_free char *text = model_quotes(TEARDOWN("c1", "n", "eth0"));
    auto_names struct names names = NAMES_NONE;
    struct err err = {0};

    CHECK_OK(netavark_request_parse(text, strlen(text), NETAVARK_TEARDOWN,
                                    &request, &err),
             err);
    CHECK_OK(names_open(&names, &request, "unix:/nosuch", &err), err);
    CHECK(names.fd >= 0);
    names_close(&names);
    CHECK_EQ(names.fd, -1);
    CHECK(wait(NULL) > 0);
}

TEST(the_command_line)
{
    static const struct {
        const char *words;
        const char *refusal; /* NULL = accepted */
        enum netavark_action action;
        int command;
    } table[] = {
        {"p create", NULL, NETAVARK_RUN, NETAVARK_CREATE},
        {"p setup /n", NULL, NETAVARK_RUN, NETAVARK_SETUP},
        {"p teardown /n", NULL, NETAVARK_RUN, NETAVARK_TEARDOWN},
        {"p info", NULL, NETAVARK_RUN, NETAVARK_INFO},
        {"p --help", NULL, NETAVARK_SHOW_HELP, 0},
        {"p --version", NULL, NETAVARK_SHOW_VERSION, 0},
        {"p", "podman starts this program", 0, 0},
        {"p update", "'update' is none of create, setup", 0, 0},
        {"p setup", "setup takes one argument, the path", 0, 0},
        {"p teardown /n x", "teardown takes one argument", 0, 0},
        {"p create x", "create takes no argument", 0, 0},
        {"p --hlep", "--hlep", 0, 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_free char *text = mem_text(table[i].words, strlen(table[i].words));
        char *words[5] = {0}, *rest = text;
        struct netavark_options options = {.netns = NULL};
        struct err err = {0};
        int count = 0;
        for (char *word; (word = strtok_r(rest, " ", &rest));)
            words[count++] = word;
        int r = netavark_options_parse(count, words, &options, &err);
        if (table[i].refusal) {
            CHECK_ERR(r, EINVAL, err, table[i].refusal);
            continue;
        }
        CHECK_OK(r, err);
        CHECK_EQ(options.action, table[i].action);
        if (options.action == NETAVARK_RUN)
            CHECK_EQ(options.command, table[i].command);
        CHECK_EQ(options.netns != NULL, count == 3);
    }
}

TEST(help_names_each_key)
{
    auto_buf struct buf text = BUF_INIT(1u << 20);

    netavark_options_help(&text);
    CHECK_HAS(buf_text(&text), "\n  vlan ");
    CHECK_HAS(buf_text(&text), "\n  mode ");
    CHECK_HAS(buf_text(&text), "\n  ip ");
    CHECK(!strstr(buf_text(&text), "\n  mac "));
}

TEST_MAIN
