/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A private ovsdb-server for one test, with an empty Open vSwitch database in a
 * directory of its own. It needs neither root nor a namespace. It dies with the
 * test that started it, however that ends.
 */
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>

#include "ovsint/base/buf.h"
#include "ovsint/base/io.h"
#include "tests/lib/test.h"

#define OVSDB_SCHEMA "/usr/share/openvswitch/vswitch.ovsschema"
#define OVSDB_START_MS 10000

struct ovsdb_server {
    char directory[64];
    char socket[96];
    pid_t pid;
};

static inline pid_t ovsdb_server_spawn(const char *const argv[])
{
    fflush(stdout);
    pid_t parent = getpid();
    pid_t child = fork();

    if (child != 0)
        return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int null = open("/dev/null", O_RDWR);
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    if (getppid() == parent)
        execvp(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

/* Serves the file that is there. */
static inline void ovsdb_server_serve(struct ovsdb_server *server)
{
    char file[96], control[96], remote[112];
    struct err err = {0};
    int status = 0;

    snprintf(file, sizeof(file), "%s/conf.db", server->directory);
    snprintf(control, sizeof(control), "--unixctl=%s/ctl", server->directory);
    snprintf(remote, sizeof(remote), "--remote=punix:%s", server->socket);
    const char *serve[] = {"ovsdb-server",
                           "-vconsole:off",
                           "-vsyslog:off",
                           control,
                           remote,
                           file,
                           NULL};

    server->pid = ovsdb_server_spawn(serve);
    struct deadline deadline = deadline_in(OVSDB_START_MS);
    for (;;) {
        auto_close int fd = io_connect_unix(server->socket, deadline, &err);
        if (fd >= 0)
            return;
        if (deadline_passed(deadline) ||
            waitpid(server->pid, &status, WNOHANG) != 0)
            TEST_FAIL("ovsdb-server did not start: %s", err.text);
        poll(NULL, 0, 2);
    }
}

static inline void ovsdb_server_start_with(struct ovsdb_server *server,
                                           const char *schema)
{
    char file[96];
    int status = 0;

    snprintf(server->directory, sizeof(server->directory),
             "/tmp/ovsint-test-XXXXXX");
    CHECK(mkdtemp(server->directory));
    snprintf(server->socket, sizeof(server->socket), "%s/db.sock",
             server->directory);
    snprintf(file, sizeof(file), "%s/conf.db", server->directory);

    const char *create[] = {"ovsdb-tool", "create", file, schema, NULL};
    pid_t tool = ovsdb_server_spawn(create);
    CHECK_EQ(waitpid(tool, &status, 0), tool);
    if (status != 0)
        TEST_FAIL("ovsdb-tool create failed: is Open vSwitch installed?");
    ovsdb_server_serve(server);
}

static inline void ovsdb_server_start(struct ovsdb_server *server)
{
    ovsdb_server_start_with(server, OVSDB_SCHEMA);
}

static inline void ovsdb_server_kill(struct ovsdb_server *server)
{
    if (server->pid <= 0)
        return;
    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
    server->pid = 0;
}

static inline void ovsdb_server_stop(struct ovsdb_server *server)
{
    static const char *const files[] = {"conf.db", ".conf.db.~lock~", "ctl",
                                        "db.sock"};

    ovsdb_server_kill(server);
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        char path[160];
        snprintf(path, sizeof(path), "%s/%s", server->directory, files[i]);
        unlink(path);
    }
    CHECK_EQ(rmdir(server->directory), 0);
}
