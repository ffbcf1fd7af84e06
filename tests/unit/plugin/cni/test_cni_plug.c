/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Commands of the CNI plugin over a real database, without a switch: what is
 * found and removed in rows, and what is said when something is missing. What
 * needs a container's namespace is tested with a real one, in tests/e2e/cni.
 */
#include "plugin/cni/plug.h"

#include <errno.h>

#include "ovsint/rows/external_ids.h"
#include "plugin/cni/options.h"
#include "tests/lib/door_rows.h"
#include "tests/lib/model.h"

#define HEAD "'cniVersion':'1.1.0','name':'lan'"

static int run(struct rig *rig, const char *command, const char *conf,
               const char *container, const char *ifname,
               struct cni_failure *failure)
{
    const struct cni_environment environment = {.command = command,
                                                .container = container,
                                                .netns = "/run/netns/nosuch",
                                                .ifname = ifname};
    auto_cni_request struct cni_request request = {0};
    auto_plug struct plug plug = PLUG_CLOSED;
    auto_free char *text = model_quotes(conf);
    auto_buf struct buf bytes = BUF_INIT(LIMIT_STATE_SIZE);
    const struct plug_input input = {&environment, &bytes};

    *failure = (struct cni_failure){0};
    buf_add_text(&bytes, text);
    CHECK_OK(
        cni_request_parse(text, strlen(text), &environment, &request, failure),
        failure->err);
    if (request.command == CNI_STATUS)
        CHECK_OK(
            cni_request_resolve(&request, &rig->settings, &plug.spec, failure),
            failure->err);
    int r = plug_open(&plug, &request, &rig->settings, &input, failure);
    if (r < 0)
        return r;
    switch (request.command) {
    case CNI_DEL:
        return plug_remove(&plug, failure);
    case CNI_GC:
        return plug_collect(&plug, failure);
    default:
        return plug_status(&plug, failure);
    }
}

TEST(del_takes_one_interface_of_one_network)
{
    struct rig rig = {0};
    struct cni_failure failure;

    rig_start(&rig);
    rig_port(&rig, "oiaaaaaaaaaaaaa", CNI_OWNER, "lan", "c1", "eth0");
    rig_port(&rig, "oibbbbbbbbbbbbb", CNI_OWNER, "wan", "c1", "net1");
    rig_port(&rig, "oiccccccccccccc", HOOK_OWNER, NULL, "c1", "eth2");
    CHECK_OK(run(&rig, "DEL", "{" HEAD "}", "c1", "net1", &failure),
             failure.err);
    CHECK_OK(run(&rig, "DEL", "{" HEAD "}", "c1", "eth2", &failure),
             failure.err);
    CHECK_OK(run(&rig, "DEL", "{" HEAD "}", "c2", "eth0", &failure),
             failure.err);
    check_ports(&rig, "oiaaaaaaaaaaaaa oibbbbbbbbbbbbb oiccccccccccccc");
    for (int i = 0; i < 2; i++)
        CHECK_OK(run(&rig, "DEL", "{" HEAD "}", "c1", "eth0", &failure),
                 failure.err);
    check_ports(&rig, "oibbbbbbbbbbbbb oiccccccccccccc");
    rig_stop(&rig);
}

TEST(gc_takes_what_is_not_in_the_list)
{
    struct rig rig = {0};
    struct cni_failure failure;

    rig_start(&rig);
    rig_port(&rig, "oiaaaaaaaaaaaaa", CNI_OWNER, "lan", "c1", "eth0");
    rig_port(&rig, "oibbbbbbbbbbbbb", CNI_OWNER, "lan", "c2", "eth0");
    rig_port(&rig, "oiccccccccccccc", CNI_OWNER, "wan", "c3", "eth0");
    CHECK_OK(run(&rig, "GC", "{" HEAD "}", "", "", &failure), failure.err);
    check_ports(&rig, "oiaaaaaaaaaaaaa oibbbbbbbbbbbbb oiccccccccccccc");
    CHECK_OK(run(&rig, "GC",
                 "{" HEAD ",'cni.dev/valid-attachments':[{'containerID':'c2',"
                 "'ifname':'eth0'},{'containerID':'c1','ifname':'net1'}]}",
                 "", "", &failure),
             failure.err);
    check_ports(&rig, "oibbbbbbbbbbbbb oiccccccccccccc");
    rig_stop(&rig);
}

/* The file was edited meanwhile. The port goes, and the runtime is told that
 * nobody has given the addresses back. */
TEST(mistakes_in_ipam_leave_no_port_behind)
{
    static const struct {
        const char *ipam, *text;
    } table[] = {
        {"'host-local'", "key ipam is a string, not an object"},
        {"{'type':5}", "key ipam: it has no type"},
        {"{'type':'ovsint'}", "'ovsint' is no IPAM plugin"},
        {"{'type':'../host-local'}", "is not the name of a file"},
        {"{'type':'nosuch'}", "there is no plugin 'nosuch'"},
    };

    for (size_t i = 0; i < 2 * ARRAY_LEN(table); i++) {
        auto_buf struct buf conf = BUF_INIT(4096);
        bool is_gc = i % 2;
        struct rig rig = {0};
        struct cni_failure failure;
        rig_start(&rig);
        rig_port(&rig, "oiaaaaaaaaaaaaa", CNI_OWNER, "lan", "c1", "eth0");
        buf_addf(&conf, "{" HEAD ",'type':'ovsint','ipam':%s%s}",
                 table[i / 2].ipam,
                 is_gc ? ",'cni.dev/valid-attachments':[]" : "");
        CHECK(run(&rig, is_gc ? "GC" : "DEL", buf_text(&conf), "c1", "eth0",
                  &failure) < 0);
        CHECK_EQ(failure.code, CNI_BAD_CONFIGURATION);
        CHECK_HAS(failure.err.text, table[i / 2].text);
        check_ports(&rig, "");
        rig_stop(&rig);
    }
}

/* The lock that ovs-vswitchd holds as long as it runs. */
static void lock_as_the_switch(struct rig *rig)
{
    auto_session_event struct session_event event = {0};
    struct err err = {0};

    int r = client_lock(rig->client, "ovs_vswitchd", PATIENCE, &err);
    CHECK_OK(r, err);
    if (r > 0)
        return;
    /* The server has not seen yet that the command has gone. */
    CHECK(client_next(rig->client, PATIENCE, &event));
    CHECK_EQ(event.type, SESSION_LOCKED);
}

TEST(status_looks_for_database_bridge_and_switch)
{
    struct rig rig = {0};
    struct cni_failure failure;

    rig_start(&rig);
    CHECK_ERR(
        run(&rig, "STATUS", "{" HEAD ",'bridge':'br7'}", "", "", &failure),
        ENODEV, failure.err, "there is no bridge br7");
    CHECK_EQ(failure.code, CNI_NOT_AVAILABLE);
    CHECK_ERR(
        run(&rig, "STATUS", "{" HEAD ",'bridge':'br0'}", "", "", &failure),
        ENOTCONN, failure.err, "ovs-vswitchd does not run");
    CHECK_EQ(failure.code, CNI_NOT_AVAILABLE);
    lock_as_the_switch(&rig);
    CHECK_OK(run(&rig, "STATUS", "{" HEAD ",'bridge':'br0'}", "", "", &failure),
             failure.err);
    rig_stop(&rig);
}

TEST(without_the_database)
{
    static const struct {
        const char *command, *conf;
        enum cni_code code;
    } table[] = {
        {"DEL", "{" HEAD "}", CNI_TRY_LATER},
        {"GC", "{" HEAD ",'cni.dev/valid-attachments':[]}", CNI_TRY_LATER},
        {"STATUS", "{" HEAD ",'bridge':'br0'}", CNI_NOT_AVAILABLE},
    };
    struct rig rig = {0};
    struct cni_failure failure;

    settings_init(&rig.settings);
    snprintf(rig.settings.ovsdb, sizeof(rig.settings.ovsdb), "unix:%s",
             "/nowhere/db.sock");
    rig.settings.timeout_ms = 200;
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        CHECK(run(&rig, table[i].command, table[i].conf, "c1", "eth0",
                  &failure) < 0);
        CHECK_EQ(failure.code, table[i].code);
        CHECK_HAS(failure.err.text, "/nowhere/db.sock");
    }
}

TEST(a_namespace_that_is_gone)
{
    struct rig rig = {0};
    struct cni_failure failure;

    settings_init(&rig.settings);
    CHECK_ERR(
        run(&rig, "ADD", "{" HEAD ",'bridge':'br0'}", "c1", "eth0", &failure),
        ENOENT, failure.err, "/run/netns/nosuch");
    CHECK_EQ(failure.code, CNI_NO_CONTAINER);
}

TEST(the_command_line_of_a_person)
{
    char program[] = "ovsint-cni", help[] = "--help", version[] = "--version";
    char other[] = "--config", stage[] = "ADD";
    auto_buf struct buf text = BUF_INIT(16384);
    enum cni_action action;
    struct err err = {0};

    CHECK_OK(cni_options_parse(2, (char *[]){program, help}, &action, &err),
             err);
    CHECK_EQ(action, CNI_SHOW_HELP);
    CHECK_OK(cni_options_parse(2, (char *[]){program, version}, &action, &err),
             err);
    CHECK_EQ(action, CNI_SHOW_VERSION);
    CHECK_ERR(cni_options_parse(1, (char *[]){program}, &action, &err), EINVAL,
              err, "a container runtime starts this program");
    CHECK_ERR(cni_options_parse(2, (char *[]){program, other}, &action, &err),
              EINVAL, err, "--config");
    CHECK_EQ(cni_options_parse(2, (char *[]){program, stage}, &action, &err),
             -EINVAL);
    cni_options_help(&text);
    CHECK_HAS(buf_text(&text), "  vnic            internal|veth");
    CHECK(!strstr(buf_text(&text), "\n  type"));
    CHECK(!strstr(buf_text(&text), "\n  mac"));
}

TEST_MAIN
