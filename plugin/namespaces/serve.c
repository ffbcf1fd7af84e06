/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * One question after the other. helper_judge() has said that a question is one
 * before it comes here; what is left to judge is what a descriptor or a path
 * leads to. Nothing is done in the host's own namespace but that one of its
 * devices' settings is opened.
 */
#include "plugin/namespaces/serve.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ovsint/base/io.h"
#include "ovsint/base/limits.h"
#include "ovsint/net/inside.h"
#include "ovsint/net/link_watch.h"
#include "ovsint/net/netns.h"
#include "ovsint/net/pidns.h"
#include "ovsint/net/port_user.h"
#include "ovsint/net/sysctl.h"
#include "ovsint/ovsdb/session.h"

#define PROC_PATH_SIZE 64

struct serving {
    const struct helper_reach *reach;
    struct helper_question question;
    struct helper_answer answer;
    int netns;  /* that came with the question; -1 = none */
    int result; /* the descriptor of the answer; -1 = none */
};

static void add_text(struct helper_answer *answer, const void *text,
                     size_t size)
{
    if (size > sizeof(answer->text))
        size = sizeof(answer->text);
    memcpy(answer->text, text, size);
    answer->size = (uint32_t)size;
}

static int take_result(struct serving *serving, int fd)
{
    if (fd < 0)
        return fd;
    serving->result = fd;
    return 0;
}

static int open_netns(struct serving *serving, struct err *err)
{
    return take_result(serving, netns_open(serving->question.text, err));
}

static int open_socket(struct serving *serving, struct err *err)
{
    if (serving->netns < 0)
        return take_result(serving, link_watch_socket(err));
    return take_result(
        serving, inside_socket(serving->netns, serving->question.what, err));
}

static int open_process_file(struct serving *serving, struct err *err)
{
    char path[PROC_PATH_SIZE];

    snprintf(path, sizeof(path), "/proc/%d/%s",
             (int)serving->question.number[0],
             serving->question.what == HELPER_CGROUP ? "cgroup" : "stat");
    return take_result(serving, io_open(path, err));
}

static int open_file(struct serving *serving, struct err *err)
{
    if (serving->netns < 0)
        return open_process_file(serving, err);
    return take_result(
        serving, inside_file(serving->netns, serving->question.what, err));
}

static int open_setting(struct serving *serving, struct err *err)
{
    const char *device = serving->question.text;

    return take_result(
        serving, sysctl_open_in(serving->netns, serving->question.what, device,
                                device + strlen(device) + 1, err));
}

static int list_processes(struct serving *serving, struct err *err)
{
    const struct helper_question *question = &serving->question;
    const struct netns_id id = {.dev = question->number[0],
                                .ino = question->number[1]};
    struct helper_process list[HELPER_PROCESSES_MAX];
    size_t count;
    pid_t hidden;

    int r = netns_list(&id, (pid_t)question->what, list, &count, &hidden, err);
    if (r < 0)
        return r;
    serving->answer.number = (uint64_t)hidden;
    add_text(&serving->answer, list, count * sizeof(list[0]));
    return 0;
}

static int read_settings(struct serving *serving, struct err *err)
{
    auto_buf struct buf text = BUF_INIT(LIMIT_DEVICE_SETTINGS);
    int r = inside_read_settings(serving->netns, serving->question.text, &text,
                                 err);

    add_text(&serving->answer, buf_text(&text), text.size);
    return r;
}

/* How many were refused, and the first one's errno and sentence. */
static int tell_loss(struct serving *serving, const struct device_loss *loss)
{
    serving->answer.number = loss->count;
    add_text(&serving->answer, loss->err.text, strlen(loss->err.text));
    return loss->err.code;
}

static int write_settings(struct serving *serving, struct err *err)
{
    const struct helper_question *question = &serving->question;
    size_t head = strlen(question->text) + 1;
    auto_buf struct buf text = BUF_INIT(HELPER_TEXT_MAX);
    struct device_loss loss;

    buf_add(&text, question->text + head, question->size - head);
    int r = inside_write_settings(serving->netns, question->text, &text, &loss,
                                  err);
    return r < 0 ? r : tell_loss(serving, &loss);
}

static int join_groups(struct serving *serving, struct err *err)
{
    const struct helper_question *question = &serving->question;
    struct ip ip[LIMIT_DEVICE_GROUPS];
    const struct inside_groups groups = {.groups = ip,
                                         .count = question->size / sizeof(*ip),
                                         .before = (int)question->number[0],
                                         .now = (int)question->number[1]};
    auto_net struct net *net = NULL;
    struct device_loss loss;

    memcpy(ip, question->text, question->size);
    int r = net_open(&net, serving->netns, NET_PLAIN, err);
    if (r >= 0)
        r = inside_join_groups(net, serving->netns, &groups, &loss, err);
    return r < 0 ? r : tell_loss(serving, &loss);
}

static int find_port_user(struct serving *serving, struct err *err)
{
    const struct helper_question *question = &serving->question;
    struct host_socket wanted = {.protocol = (uint8_t)question->what,
                                 .port = (uint16_t)question->number[0]};
    bool wants_ports = question->number[1] == 1;
    char text[PORT_USER_NAME_SIZE + PORT_USER_PORTS_SIZE];
    uint8_t ports[PORT_USER_PORTS_SIZE];
    struct port_user user;

    (void)err;
    memcpy(&wanted.ip, question->text, sizeof(wanted.ip));
    port_user_find(&wanted, &user, wants_ports ? ports : NULL);
    size_t size = strlen(user.name);
    memcpy(text, user.name, size);
    if (wants_ports) {
        text[size++] = '\0';
        memcpy(text + size, ports, sizeof(ports));
        size += sizeof(ports);
    }
    serving->answer.number = (uint64_t)user.pid;
    add_text(&serving->answer, text, size);
    return 0;
}

/* Is it BRIDGE.mgmt in the directory of the database's socket? */
static bool is_management(const char *path, const char *ovsdb)
{
    static const char suffix[] = ".mgmt";
    const char *name = strrchr(path, '/') + 1;
    const char *slash = ovsdb ? strrchr(ovsdb, '/') : NULL;
    size_t len = strlen(name);

    return slash && name - path == slash + 1 - ovsdb &&
           strncmp(path, ovsdb, (size_t)(name - path)) == 0 &&
           len >= sizeof(suffix) &&
           strcmp(name + len + 1 - sizeof(suffix), suffix) == 0;
}

static bool is_socket(const char *path, const char *remote)
{
    const char *socket = session_path(remote);

    return socket && strcmp(path, socket) == 0;
}

static int connect_socket(struct serving *serving, struct err *err)
{
    const struct helper_reach *reach = serving->reach;
    const char *path = serving->question.text;

    if (!is_socket(path, reach->ovsdb) && !is_socket(path, reach->northbound) &&
        !is_management(path, session_path(reach->ovsdb)))
        return err_set(err, EACCES, "%s is no socket of Open vSwitch's", path);
    return take_result(serving, io_connect_unix(path, deadline_in(0), err));
}

static int tell_pidns(struct serving *serving, struct err *err)
{
    char id[PIDNS_ID_SIZE] = "";
    int r = pidns_id(id, err);

    add_text(&serving->answer, id, strlen(id));
    return r;
}

typedef int act(struct serving *serving, struct err *err);

static act *const acts[] = {
    [HELPER_NETNS] = open_netns,
    [HELPER_SOCKET] = open_socket,
    [HELPER_FILE] = open_file,
    [HELPER_SETTING] = open_setting,
    [HELPER_PROCESSES] = list_processes,
    [HELPER_READ_SETTINGS] = read_settings,
    [HELPER_WRITE_SETTINGS] = write_settings,
    [HELPER_GROUPS] = join_groups,
    [HELPER_PORT_USER] = find_port_user,
    [HELPER_CONNECT] = connect_socket,
    [HELPER_PIDNS] = tell_pidns,
};

/* A descriptor that came along has to be another namespace than the host's. */
static int judge_netns(int fd, struct err *err)
{
    if (fd < 0)
        return 0;
    int r = netns_check(fd, "what was handed over", err);
    if (r >= 0)
        r = netns_is_own(fd, err);
    return r <= 0 ? r
                  : err_set(err, EACCES,
                            "this is the host's own network namespace");
}

static int act_on(struct serving *serving, size_t size, struct err *err)
{
    int r = helper_judge(&serving->question, size, serving->netns >= 0, err);

    if (r >= 0)
        r = judge_netns(serving->netns, err);
    return r < 0 ? r : acts[serving->question.verb](serving, err);
}

static int send_answer(int fd, struct serving *serving, struct err *err)
{
    return helper_send(fd, &serving->answer,
                       HELPER_ANSWER_HEAD + serving->answer.size,
                       serving->result, err);
}

static int answer_one(int fd, struct serving *serving, size_t size,
                      struct err *err)
{
    struct helper_answer *answer = &serving->answer;
    struct err why = {0};

    answer->size = 0;
    answer->number = 0;
    serving->result = -1;
    int r = act_on(serving, size, &why);
    if (r < 0)
        add_text(answer, why.text, strlen(why.text));
    answer->r = r;
    r = send_answer(fd, serving, err);
    if (serving->result >= 0)
        close(serving->result);
    return r;
}

int helper_serve(int fd, const struct helper_reach *reach, struct err *err)
{
    struct serving *serving = mem_new(sizeof(*serving));
    int r = 0;

    serving->reach = reach;
    while (r >= 0) {
        ssize_t got =
            helper_receive(fd, &serving->question, sizeof(serving->question),
                           &serving->netns, err);
        if (got == 0)
            break;
        if (got < 0) {
            r = (int)got;
            break;
        }
        r = answer_one(fd, serving, (size_t)got, err);
        if (serving->netns >= 0)
            close(serving->netns);
    }
    free(serving);
    /* Whoever asks may end without waiting for an answer. */
    return r == -EPIPE || r == -ECONNRESET ? 0 : r;
}
