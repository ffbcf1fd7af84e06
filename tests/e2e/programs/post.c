/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Asks ovsint-plugin as Docker does. The tests ask thousands of times, and curl
 * costs ten times as much processor time as the answer.
 *
 *   post SOCKET PATH            prints the answer; fails if its status is not
 *                               200
 *   post -o FILE -t SECONDS SOCKET PATH [BODY|@FILE]
 *                               the answer goes to the file; prints its status,
 *                               and to standard error how many seconds it took.
 *                               000: there was none in time
 */
#include <err.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/lib/program.h"

#define ANSWER_MAX (16u << 20)
#define BODY_MAX (32u << 20)
#define HEAD_SIZE 512

static char answer[ANSWER_MAX + 1];
static size_t got;
static int64_t until;

/* Nor does it wait longer until the server takes what it says. */
static int connect_to(const char *path, unsigned seconds)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval limit = {.tv_sec = seconds};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
        err(2, "%s", path);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0)
        err(2, "set a deadline");
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        return -1;
    return fd;
}

/* A server may answer before it has read all, and hang up: so the answer tells,
 * whatever becomes of this. */
static void send_all(int fd, const char *bytes, size_t size)
{
    ssize_t sent;

    while (size > 0 && (sent = send(fd, bytes, size, MSG_NOSIGNAL)) > 0) {
        bytes += sent;
        size -= (size_t)sent;
    }
}

/* Without a Host and a type, as Docker leaves them. */
static void ask(int fd, const char *path, const char *body)
{
    char head[HEAD_SIZE];
    int size = snprintf(head, sizeof(head),
                        "POST %s HTTP/1.1\r\nHost:\r\nContent-Length: %zu\r\n"
                        "\r\n",
                        path, strlen(body));

    if (size < 0 || (size_t)size >= sizeof(head))
        errx(2, "%s is too long", path);
    send_all(fd, head, (size_t)size);
    send_all(fd, body, strlen(body));
}

static bool receive(int fd)
{
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    int64_t left = until - now_ms();

    if (left <= 0 || got == ANSWER_MAX || poll(&readable, 1, (int)left) <= 0)
        return false;
    ssize_t size = read(fd, answer + got, ANSWER_MAX - got);
    if (size <= 0)
        return false;
    got += (size_t)size;
    answer[got] = '\0';
    return true;
}

/* Its body; NULL if the answer did not come whole. */
static const char *answered(int fd)
{
    const char *body, *length;

    while (!(body = strstr(answer, "\r\n\r\n"))) {
        if (!receive(fd))
            return NULL;
    }
    body += 4;
    length = strcasestr(answer, "\r\nContent-Length:");
    if (!length || length > body)
        errx(2, "the answer does not say how long it is");
    size_t wanted = strtoul(strchr(length, ':') + 1, NULL, 10);
    while (got - (size_t)(body - answer) < wanted) {
        if (!receive(fd))
            return NULL;
    }
    return body;
}

/* What follows "@" names a file, as with curl. */
static const char *body_of(const char *text)
{
    static char body[BODY_MAX + 1];
    FILE *file;

    if (text[0] != '@')
        return text;
    file = fopen(text + 1, "r");
    if (!file)
        err(2, "%s", text + 1);
    body[fread(body, 1, BODY_MAX, file)] = '\0';
    fclose(file);
    return body;
}

static void write_to(const char *file, const char *text)
{
    FILE *out = fopen(file, "w");

    if (!out || fputs(text, out) < 0 || fclose(out) != 0)
        err(2, "%s", file);
}

int main(int argc, char **argv)
{
    const char *file = NULL, *body = NULL;
    unsigned seconds = 60;
    int option;

    while ((option = getopt(argc, argv, "o:t:")) != -1) {
        if (option == 'o')
            file = optarg;
        else if (option == 't')
            seconds = number(optarg);
        else
            return 2;
    }
    if (argc - optind < 2 || argc - optind > 3)
        errx(2, "usage: post [-o FILE] [-t SECONDS] SOCKET PATH [BODY|@FILE]");
    int64_t begin = now_ms();
    until = begin + (int64_t)seconds * 1000;
    const char *asked = argc - optind == 3 ? body_of(argv[optind + 2]) : "";
    int fd = connect_to(argv[optind], seconds);
    if (fd >= 0) {
        ask(fd, argv[optind + 1], asked);
        body = answered(fd);
    }
    int status = body && strncmp(answer, "HTTP/1.1 ", 9) == 0
                     ? (int)strtol(answer + 9, NULL, 10)
                     : 0;
    if (!file) {
        if (status == 200)
            fputs(body, stdout);
        return status == 200 ? 0 : 1;
    }
    write_to(file, body ? body : "");
    printf("%03d", status);
    fprintf(stderr, "%.3f\n", (double)(now_ms() - begin) / 1000);
    return body ? 0 : 1;
}
