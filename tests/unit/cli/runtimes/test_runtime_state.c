/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * State files as runtimes write them (Docker 20.10, podman 4.3, runc 1.1, crun
 * 1.8, containerd 1.6), and as nobody should; what a person means by a name.
 */
#include <errno.h>

#include "cli/runtimes/runtimes.h"
#include "cli/runtimes/target.h"
#include "tests/lib/test.h"

#define ID "8aadb3a00bc70efdf3ee8300e3b1bf92841707f711b21ed097f9dfcff2bcf02c"

typedef int reader(const char *bytes, size_t size, struct container *ret,
                   struct err *err);

static const struct {
    reader *read;
    const char *text;
    const char *id, *name;
    pid_t pid;
    uint64_t start;
    size_t endpoints;
} good[] = {
    {container_of_docker,
     "{\"State\":{\"Running\":true,\"Pid\":275},\"ID\":\"" ID "\",\"Name\":"
     "\"/dweb\",\"NetworkSettings\":{\"Networks\":{\"none\":{\"EndpointID\":"
     "\"444e\"},\"off\":{\"EndpointID\":\"\"}}}}",
     ID, "dweb", 275, 0, 1},
    /* Docker leaves the pid of a container that has ended. */
    {container_of_docker,
     "{\"State\":{\"Running\":false,\"Pid\":275},\"ID\":\"" ID "\"}", ID, "", 0,
     0, 0},
    {container_of_docker,
     "{\"State\":{\"Running\":true,\"Pid\":-1},\"ID\":\"" ID "\"}", ID, "", 0,
     0, 0},
    {container_of_docker,
     "{\"State\":{\"Running\":true,\"Pid\":4194305},\"ID\":\"" ID "\"}", ID, "",
     0, 0, 0},
    {container_of_runc,
     "{\"id\":\"web\",\"init_process_pid\":108,\"init_process_start\":2464062,"
     "\"config\":{}}",
     "web", "", 108, 2464062, 0},
    {container_of_crun,
     "{\"pid\":77,\"process-start-time\":991,\"cgroup-path\":\"/x\"}", "", "",
     77, 991, 0},
    {container_of_task,
     "{\"ociVersion\":\"1.0.2\",\"annotations\":{\"nerdctl/name\":\"n1\"}}", "",
     "n1", 0, 0, 0},
    {container_of_task,
     "{\"ociVersion\":\"1.0.2\",\"annotations\":{"
     "\"io.kubernetes.cri.container-name\":\"app\"}}",
     "", "app", 0, 0, 0},
    {container_of_task, "{\"ociVersion\":\"1.0.2\"}", "", "", 0, 0, 0},
};

TEST(good_files)
{
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct container container;
        struct err err = {0};
        CHECK_OK(
            good[i].read(good[i].text, strlen(good[i].text), &container, &err),
            err);
        CHECK_STR(container.id, good[i].id);
        CHECK_STR(container.name, good[i].name);
        CHECK_EQ(container.pid, good[i].pid);
        CHECK_EQ(container.start_time, good[i].start);
        CHECK_EQ(container.endpoint_count, good[i].endpoints);
    }
}

TEST(bad_files)
{
    static reader *const readers[] = {container_of_docker, container_of_runc,
                                      container_of_crun, container_of_task};
    static const char *const texts[] = {
        "",
        "{",
        "[]",
        "null",
        "{}",
        "{\"id\":7,\"ID\":[],\"pid\":\"x\"}",
        "{\"id\":\"../etc\",\"ID\":\"a/b\",\"State\":{}}"};

    for (size_t r = 0; r < ARRAY_LEN(readers); r++) {
        for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
            struct container container = {.pid = 1};
            struct err err = {0};
            CHECK_EQ(readers[r](texts[i], strlen(texts[i]), &container, &err),
                     -EINVAL);
            CHECK(err.text[0]);
            CHECK_EQ(container.pid, 1);
        }
    }
}

struct seen {
    struct container list[4];
    size_t count;
};

static void see(void *data, const struct container *container)
{
    struct seen *seen = data;

    CHECK(seen->count < ARRAY_LEN(seen->list));
    seen->list[seen->count++] = *container;
}

TEST(storage)
{
    static const char text[] =
        "[{\"id\":\"3247\",\"names\":[\"web\",\"alias\"]},{\"id\":\"../x\"},"
        "{\"id\":\"44\"},7]";
    struct seen seen = {0};
    struct err err = {0};

    CHECK_OK(containers_of_storage(text, sizeof(text) - 1, see, &seen, &err),
             err);
    CHECK_EQ(seen.count, 2);
    CHECK_STR(seen.list[0].name, "web");
    CHECK_STR(seen.list[1].id, "44");
    CHECK_EQ(containers_of_storage("{}", 2, see, &seen, &err), -EINVAL);
}

TEST(small_files)
{
    static const char stat[] = "108 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 11 12 13 "
                               "14 15 16 17 18 2464062 20\n";
    static const char line[] = "/usr/sbin/dockerd\0--data-root\0/d\0-H\0x";
    static const char joined[] = "dockerd\0--data-root=/e";
    char value[8];

    CHECK_EQ(pid_of_text("108\n"), 108);
    CHECK_EQ(pid_of_text("108"), 108);
    CHECK_EQ(pid_of_text(""), 0);
    CHECK_EQ(pid_of_text("-1"), 0);
    CHECK_EQ(pid_of_text("99999999999999999999"), 0);
    CHECK_EQ(stat_start_time(stat), 2464062);
    CHECK_EQ(stat_start_time("108 (a"), 0);
    CHECK_EQ(stat_start_time("108 (a) S 1"), 0);
    CHECK_STR(cmdline_option(line, sizeof(line), "--data-root"), "/d");
    CHECK_STR(cmdline_option(joined, sizeof(joined), "--data-root"), "/e");
    CHECK(!cmdline_option(line, sizeof(line), "--exec-root"));
    CHECK(!cmdline_option("--data-root", 12, "--data-root"));
    CHECK(toml_string("[storage]\n # graphroot = \"no\"\n graphroot= \"/g\"\n",
                      "graphroot", value, sizeof(value)));
    CHECK_STR(value, "/g");
    CHECK(!toml_string("graphroot_x = \"/g\"", "graphroot", value, 8));
    CHECK(!toml_string("graphroot = \"/too/long\"", "graphroot", value, 8));
    CHECK(!toml_string("graphroot = \"/open", "graphroot", value, 8));
}

static struct container some[] = {
    {RUNTIME_DOCKER, "aa11bb", "web", 1, 0, {"e1", "e2"}, 2},
    {RUNTIME_PODMAN, "aa22cc", "web", 2, 0, {""}, 0},
    {RUNTIME_RUNC, "db", "", 3, 0, {""}, 0},
    {RUNTIME_CRUN, "dbx", "", 4, 0, {""}, 0},
    {RUNTIME_CRUN, "cc33", "db2", 5, 0, {""}, 0},
};

TEST(who_is_meant)
{
    static const struct {
        const char *text;
        const char *id; /* NULL = refused */
        const char *says;
    } table[] = {
        {"docker:web", "aa11bb", NULL},
        {"podman:web", "aa22cc", NULL},
        {"aa1", "aa11bb", NULL},
        {"db", "db", NULL}, /* the whole id, though another begins with it */
        {"db2", "cc33", NULL},
        {"crun:db", "dbx", NULL},
        {"web", NULL,
         "'web' is the name of 2 containers: docker:aa11bb (web), "
         "podman:aa22cc (web)"},
        {"aa", NULL, "'aa' is the beginning of the id of 2 containers"},
        {"docker:db", NULL, "there is no container 'docker:db'"},
        {"docker:", NULL, "there is no container"},
        {"nosuch", NULL, "name its process as pid:N"},
    };
    const struct containers containers = {.list = some,
                                          .count = ARRAY_LEN(some)};

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const struct container *found = NULL;
        struct err err = {0};
        int r = containers_find(&containers, table[i].text, &found, &err);
        if (table[i].id) {
            CHECK_OK(r, err);
            CHECK_STR(found->id, table[i].id);
        } else {
            CHECK(r == -ENOENT || r == -EEXIST);
            CHECK_HAS(err.text, table[i].says);
        }
    }
    CHECK_STR(containers_by_endpoint(&containers, "e2")->id, "aa11bb");
    CHECK(!containers_by_endpoint(&containers, "e3"));
}

TEST(spellings)
{
    static const struct {
        const char *text;
        int kind; /* -1 = refused */
        pid_t pid;
    } table[] = {
        {"web", TARGET_CONTAINER, 0},
        {"docker:web", TARGET_CONTAINER, 0},
        {"pid:12", TARGET_PID, 12},
        {"/run/netns/x", TARGET_PATH, 0},
        {"./x", TARGET_PATH, 0},
        {"/run/a=b", TARGET_PATH, 0},
        {"pid:", -1, 0},
        {"pid:0", -1, 0},
        {"pid:x", -1, 0},
        {"pid:1 2", -1, 0},
        {"bridge=br0", -1, 0},
        {"", -1, 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        enum target_kind kind;
        struct err err = {0};
        pid_t pid = 0;
        int r = target_judge(table[i].text, &kind, &pid, &err);
        if (table[i].kind < 0) {
            CHECK_EQ(r, -EINVAL);
            continue;
        }
        CHECK_OK(r, err);
        CHECK_EQ(kind, table[i].kind);
        CHECK_EQ(pid, table[i].pid);
    }
}

TEST_MAIN
