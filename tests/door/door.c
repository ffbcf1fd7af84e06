/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The smallest door: it attaches a network namespace that has a path, and
 * detaches it. It is the skeleton of a front end; HACKING walks through it.
 *
 *   door attach NETNS-PATH IFNAME KEY=VALUE...
 *   door detach NETNS-PATH
 *
 * In this order:
 *
 *   1. read: the command line, the configuration.
 *   2. decide: keys and values become an attachment. All that can be wrong in
 *      what was asked for is found here: exit status 2.
 *   3. open: the namespace, then what the engine needs of it. There may be no
 *      such namespace, or nobody may listen at the database's socket.
 *   4. run: the engine attaches or detaches. The head of attach/attach.h tells
 *      what can fail; nothing is left of it then. Exit status 1.
 *
 * A program that confines itself does so between 3 and 4.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ovsint/attach/run.h"
#include "ovsint/base/limits.h"
#include "ovsint/config/resolve.h"
#include "ovsint/program/program.h"

/* ID_OWNER of its rows; it touches no others. */
#define DOOR_OWNER "door"

enum exit_status { EXIT_DONE = 0, EXIT_COULD_NOT = 1, EXIT_BAD_INPUT = 2 };

struct door {
    struct settings settings;
    char ovsdb[OVSDB_ADDRESS_SIZE];
    char boot[BOOT_ID_SIZE];
    const char *netns_path;
    int netns;
    struct attachment spec;
    struct port_want port;
    struct attach_run run;
};

static void door_close(struct door *door)
{
    attach_run_close(&door->run);
    if (door->netns >= 0)
        close(door->netns);
    settings_done(&door->settings);
}
#define auto_door __attribute__((cleanup(door_close)))

/* The namespace's name is the id of its ports. */
static const char *id_of(const struct door *door)
{
    const char *slash = strrchr(door->netns_path, '/');

    return slash ? slash + 1 : door->netns_path;
}

/* 1. Read. */

static int read_settings(struct door *door, struct err *err)
{
    settings_init(&door->settings);
    int r = program_settings(SETTINGS_PATH, false, &door->settings, err);
    if (r < 0)
        return r;
    program_ovsdb(NULL, &door->settings, door->ovsdb);
    return program_boot_id(door->boot, err);
}

/* 2. Decide. A door of the product has a FRONT of its own in the vocabulary,
 * which tells its keys from those of others. */

static int read_key(struct attachment_request *request, const char *word,
                    struct err *err)
{
    char origin[ORIGIN_SIZE], key[EXTERNAL_ID_KEY_SIZE];
    const char *value = strchr(word, '=');

    if (!value || value - word >= (ptrdiff_t)sizeof(key))
        return err_set(err, EINVAL, "'%s' is not of the form KEY=VALUE", word);
    snprintf(key, sizeof(key), "%.*s", (int)(value - word), word);
    snprintf(origin, sizeof(origin), "argument %s", key);
    return attachment_set(request, origin, key, value + 1, err);
}

static int decide(struct door *door, const char *ifname, char **words,
                  struct err *err)
{
    struct attachment_request request;

    int r = attachment_request_init(&request, FRONT_HOOK, ifname, err);
    for (; r >= 0 && *words; words++)
        r = read_key(&request, *words, err);
    return r < 0 ? r
                 : attachment_resolve(&request, &door->settings, &door->spec,
                                      err);
}

/* 3. Open. A port's name is used once; its MAC is the same each time. */

static int name_port(struct door *door, struct err *err)
{
    door->port.spec = &door->spec;
    door->port.network = settings_network(&door->settings, door->spec.network);
    return attach_run_name_ports(&door->port, 1, id_of(door), err);
}

static int open_netns(struct door *door, struct err *err)
{
    door->netns = netns_open(door->netns_path, err);
    if (door->netns < 0)
        return door->netns;
    int r = netns_is_own(door->netns, err);
    if (r > 0)
        return err_set(err, EPERM, "%s is the host's own namespace",
                       door->netns_path);
    return r < 0 ? r : name_port(door, err);
}

/* 4. Run. */

static struct attach_want want_of(const struct door *door,
                                  enum attach_task task,
                                  struct deadline deadline)
{
    return (struct attach_want){
        .task = task,
        .mover = ATTACH_BY_US,
        .until = ATTACH_PLACE,
        .owner = DOOR_OWNER,
        .self = "this door",
        .boot = door->boot,
        .holder = {.kind = HOLDER_CONTAINER,
                   .id = id_of(door),
                   .netns = door->netns_path,
                   .container = {.netns_id = door->run.netns_id}},
        .northbound = door->settings.northbound,
        .timeout_ms = door->settings.timeout_ms,
        .deadline_ms = deadline.at_ms,
        .patience_ms = deadline_in(RESTART_GRACE_MS).at_ms};
}

static int run(struct door *door, enum attach_task task, size_t count,
               struct deadline deadline, struct err *err)
{
    struct attach_want want = want_of(door, task, deadline);
    struct attach_failure failure;

    int r = attach_run(&door->run, &want, &door->port, count, &failure);
    if (r < 0)
        *err = failure.err;
    return r;
}

static int attach(struct door *door, struct err *err)
{
    struct deadline deadline = deadline_in(door->settings.timeout_ms);

    int r = open_netns(door, err);
    if (r >= 0)
        r = attach_run_open(&door->run, door->ovsdb, door->netns, &door->port,
                            1, deadline, err);
    return r < 0 ? r : run(door, ATTACH_MAKE, 1, deadline, err);
}

/* The namespace may be gone: the rows tell everything. */
static int detach(struct door *door, struct err *err)
{
    struct deadline deadline = deadline_in(door->settings.timeout_ms);

    int r =
        attach_run_open(&door->run, door->ovsdb, -1, NULL, 0, deadline, err);
    return r < 0 ? r : run(door, ATTACH_REMOVE, 0, deadline, err);
}

static enum exit_status fail(const struct err *err, enum exit_status status)
{
    fprintf(stderr, "door: %s\n", err->text);
    return status;
}

int main(int argc, char **argv)
{
    auto_door struct door door = {.netns = -1, .run = ATTACH_RUN_CLOSED};
    bool attaches = argc > 3 && strcmp(argv[1], "attach") == 0;
    struct err err = {0};

    if (!attaches && (argc != 3 || strcmp(argv[1], "detach") != 0)) {
        fprintf(stderr, "usage: door attach NETNS-PATH IFNAME KEY=VALUE...\n"
                        "       door detach NETNS-PATH\n");
        return EXIT_BAD_INPUT;
    }
    door.netns_path = argv[2];
    if (read_settings(&door, &err) < 0)
        return fail(&err, EXIT_BAD_INPUT);
    if (attaches && decide(&door, argv[3], argv + 4, &err) < 0)
        return fail(&err, EXIT_BAD_INPUT);
    if ((attaches ? attach(&door, &err) : detach(&door, &err)) < 0)
        return fail(&err, EXIT_COULD_NOT);
    return EXIT_DONE;
}
