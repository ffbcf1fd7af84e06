/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Life cycles of Docker endpoints, in two ways. Through the plugin: with
 * Docker's requests, each client on a connection of its own. And past it, which
 * is the floor (cycles_floor.c): the same words to OVSDB and the same waits;
 * all clients share one connection, as the plugin has only one.
 *
 *   cycles plugin SOCKET NETWORK CLIENTS CYCLES FIRST
 *   cycles floor SOCKET NETWORK BRIDGE BOOT CLIENTS CYCLES FIRST
 *
 * A cycle is CreateEndpoint, Join, Leave, DeleteEndpoint, each as soon as the
 * one before is answered. Ids and addresses count from FIRST. Prints a line for
 * each cycle with the microseconds of the four, and at the end "wall N", the
 * microseconds of all.
 */
#include "tests/bench/cycles.h"

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "common/base/banned.h"

#define DEADLINE_MS 60000

struct client clients[CLIENTS_MAX];
unsigned long client_count;
const char *network;

static const struct way *way;
static unsigned long next_number, ended;

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static unsigned long number(const char *text)
{
    return strtoul(text, NULL, 10);
}

static int dial(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
        err(1, "%s", path);
    return fd;
}

void say(int fd, const char *fmt, ...)
{
    static char text[TEXT_SIZE];
    va_list args;

    va_start(args, fmt);
    int size = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (size >= TEXT_SIZE || send(fd, text, (size_t)size, 0) != size)
        err(1, "send");
}

void hear(int fd, struct inbox *inbox)
{
    if (inbox->room - inbox->size < 65536) {
        inbox->room = inbox->room * 2 + 65537;
        inbox->bytes = realloc(inbox->bytes, inbox->room);
        if (!inbox->bytes)
            err(1, "memory");
    }
    ssize_t got =
        recv(fd, inbox->bytes + inbox->size, inbox->room - inbox->size - 1, 0);
    if (got <= 0)
        err(1, "the connection is gone");
    inbox->size += (size_t)got;
    inbox->bytes[inbox->size] = '\0';
}

void taken(struct inbox *inbox, size_t size)
{
    inbox->size -= size;
    memmove(inbox->bytes, inbox->bytes + size, inbox->size + 1);
}

void endpoint_id(const struct client *client, char ret[ID_SIZE])
{
    snprintf(ret, ID_SIZE, "%064lx", 0xbe000000 + client->number);
}

void endpoint_address(const struct client *client, char ret[16])
{
    snprintf(ret, 16, "10.%lu.%lu.%lu", 64 + client->number / 62500 % 62,
             client->number / 250 % 250, client->number % 250 + 1);
}

/* Through the plugin. */

static void ask_plugin(struct client *client)
{
    static const char *const verbs[] = {"CreateEndpoint", "Join", "Leave",
                                        "DeleteEndpoint"};
    char id[ID_SIZE], ip[16], more[256] = "", body[1024];

    endpoint_id(client, id);
    endpoint_address(client, ip);
    if (client->step == CREATE)
        snprintf(more, sizeof(more),
                 ",\"Interface\":{\"Address\":\"%s/10\",\"AddressIPv6\":\"\","
                 "\"MacAddress\":\"\"},\"Options\":{}",
                 ip);
    else if (client->step == JOIN)
        snprintf(more, sizeof(more),
                 ",\"SandboxKey\":\"/var/run/docker/netns/%s\",\"Options\":{}",
                 id + 52);
    int size = snprintf(body, sizeof(body),
                        "{\"NetworkID\":\"%s\",\"EndpointID\":\"%s\"%s}",
                        network, id, more);
    say(client->fd,
        "POST /NetworkDriver.%s HTTP/1.1\r\nHost: \r\n"
        "User-Agent: Go-http-client/1.1\r\nContent-Length: %d\r\n"
        "Accept: application/vnd.docker.plugins.v1.2+json\r\n\r\n%s",
        verbs[client->step], size, body);
}

static void plugin_heard(struct client *client)
{
    static const char key[] = "Content-Length: ";
    const char *text = client->inbox.bytes;
    const char *length = strstr(text, key);
    const char *end = strstr(text, "\r\n\r\n");

    if (!length || !end)
        return;
    size_t size = (size_t)(end + 4 - text) + number(length + strlen(key));
    if (client->inbox.size < size)
        return;
    if (strncmp(text, "HTTP/1.1 200 ", 13) != 0)
        errx(1, "refused: %s", text);
    taken(&client->inbox, size);
    stepped(client);
}

static void begin_step(struct client *client, enum step step)
{
    client->step = step;
    client->since = now_us();
    way->ask(client);
}

static void begin_cycle(struct client *client)
{
    if (client->cycles_left == 0) {
        ended++;
        return;
    }
    client->cycles_left--;
    client->number = next_number++;
    begin_step(client, CREATE);
}

void stepped(struct client *client)
{
    client->us[client->step] = now_us() - client->since;
    if (client->step != DELETE) {
        begin_step(client, client->step + 1);
        return;
    }
    for (int step = CREATE; step <= DELETE; step++)
        printf("%lld%c", (long long)client->us[step],
               step == DELETE ? '\n' : ' ');
    begin_cycle(client);
}

static void serve(void)
{
    struct pollfd fds[CLIENTS_MAX];

    for (unsigned long i = 0; i < client_count; i++)
        fds[i] = (struct pollfd){.fd = clients[i].fd, .events = POLLIN};
    while (ended < client_count) {
        if (poll(fds, client_count, DEADLINE_MS) <= 0)
            errx(1, "no answer within %d s", DEADLINE_MS / 1000);
        for (unsigned long i = 0; i < client_count; i++) {
            if (!fds[i].revents)
                continue;
            hear(clients[i].fd, &clients[i].inbox);
            way->heard(&clients[i]);
        }
    }
}

int main(int argc, char **argv)
{
    static const struct way plugin = {ask_plugin, plugin_heard};

    if (argc < 7)
        errx(1, "usage: see the head of cycles.c");
    const char *socket = argv[2];
    char **counts = argv + argc - 3;
    network = argv[3];
    client_count = number(counts[0]);
    next_number = number(counts[2]);
    if (client_count < 1 || client_count > CLIENTS_MAX)
        errx(1, "at most %d clients", CLIENTS_MAX);
    for (unsigned long i = 0; i < client_count; i++) {
        bool alone = i == 0 || strcmp(argv[1], "plugin") == 0;
        clients[i].fd = alone ? dial(socket) : -1;
        clients[i].cycles_left = number(counts[1]);
    }
    if (strcmp(argv[1], "plugin") == 0)
        way = &plugin;
    else
        way = floor_open(clients[0].fd, argv + 4);
    int64_t begin = now_us();
    for (unsigned long i = 0; i < client_count; i++)
        begin_cycle(&clients[i]);
    serve();
    printf("wall %lld\n", (long long)(now_us() - begin));
    return 0;
}
