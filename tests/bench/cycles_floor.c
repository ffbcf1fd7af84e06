/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * The floor that the plugin is measured against: what it sends to OVSDB, and
 * nothing else. Replies are searched, not parsed. The words must stay those of
 * the plugin. Compare with
 *   strace -s 9999 -e trace=write -p PLUGIN
 */
#include <err.h>

#include "tests/bench/cycles.h"

#include "common/base/banned.h"

static int ovsdb;
static const char *bridge, *boot;

static void say_create(unsigned long rpc, const struct client *client)
{
    char id[ID_SIZE], ip[16], pairs[256];
    unsigned long n = client->number;

    endpoint_id(client, id);
    endpoint_address(client, ip);
    snprintf(pairs, sizeof(pairs),
             "[\"ovsint-owner\",\"docker\"],[\"ovsint-boot\",\"%s\"],"
             "[\"ovsint-endpoint\",\"%s\"]",
             boot, id);
    say(ovsdb,
        "{\"id\":%lu,\"method\":\"transact\",\"params\":[\"Open_vSwitch\","
        "{\"op\":\"wait\",\"table\":\"Bridge\",\"where\":[[\"name\",\"==\","
        "\"%s\"]],\"columns\":[\"_uuid\"],\"until\":\"!=\",\"timeout\":0,"
        "\"rows\":[]},{\"op\":\"wait\",\"table\":\"Interface\",\"where\":[["
        "\"external_ids\",\"includes\",[\"map\",[[\"ovsint-endpoint\",\"%s\"]]]"
        "]],\"columns\":[\"_uuid\"],\"until\":\"==\",\"timeout\":0,\"rows\":[]}"
        ",{\"op\":\"wait\",\"table\":\"Port\",\"where\":[[\"external_ids\","
        "\"includes\",[\"map\",[[\"ovsint-ip-%s\",\"%s/0\"]]]]],\"columns\":["
        "\"_uuid\"],\"until\":\"==\",\"timeout\":0,\"rows\":[]},"
        "{\"op\":\"insert\",\"table\":\"Interface\",\"uuid-name\":"
        "\"interface0\",\"row\":{\"name\":\"bench%lu\",\"type\":\"internal\","
        "\"external_ids\":[\"map\",[%s,[\"ovsint-network\",\"%s\"],"
        "[\"ovsint-spec\",\"{\\\"ifname\\\":\\\"eth0\\\",\\\"bridge\\\":"
        "\\\"%s\\\",\\\"ip\\\":[\\\"%s/10\\\"],\\\"gateway\\\":["
        "\\\"10.127.255.254\\\"]}\"],[\"attached-mac\",\"02:b0:00:00:00:01\"],"
        "[\"iface-status\",\"active\"],[\"iface-id\",\"%s\"]]]}},"
        "{\"op\":\"insert\",\"table\":\"Port\",\"uuid-name\":\"port0\",\"row\":"
        "{\"name\":\"bench%lu\",\"interfaces\":[\"named-uuid\",\"interface0\"],"
        "\"external_ids\":[\"map\",[%s,[\"ovsint-segment\",\"%s/0\"],"
        "[\"ovsint-ip-%s\",\"%s/0\"]]]}},{\"op\":\"mutate\",\"table\":"
        "\"Bridge\",\"where\":[[\"name\",\"==\",\"%s\"]],\"mutations\":[["
        "\"ports\",\"insert\",[\"named-uuid\",\"port0\"]]]}]}",
        rpc, bridge, id, ip, bridge, n, pairs, network, bridge, ip, id, n,
        pairs, bridge, ip, bridge, bridge);
}

static void say_mark(unsigned long rpc, const struct client *client,
                     const char *key, const char *value)
{
    say(ovsdb,
        "{\"id\":%lu,\"method\":\"transact\",\"params\":[\"Open_vSwitch\","
        "{\"op\":\"mutate\",\"table\":\"Interface\",\"where\":[[\"_uuid\","
        "\"==\",[\"uuid\",\"%s\"]]],\"mutations\":[[\"external_ids\","
        "\"delete\",[\"set\",[\"%s\"]]],[\"external_ids\",\"insert\",[\"map\","
        "[[\"%s\",\"%s\"]]]]]}]}",
        rpc, client->interface, key, key, value);
}

static void say_delete(unsigned long rpc, const struct client *client)
{
    const char *port = client->port;

    say(ovsdb,
        "{\"id\":%lu,\"method\":\"transact\",\"params\":[\"Open_vSwitch\","
        "{\"op\":\"mutate\",\"table\":\"Bridge\",\"where\":[[\"ports\","
        "\"includes\",[\"uuid\",\"%s\"]]],\"mutations\":[[\"ports\",\"delete\","
        "[\"uuid\",\"%s\"]]]},{\"op\":\"delete\",\"table\":\"Port\",\"where\":"
        "[[\"_uuid\",\"==\",[\"uuid\",\"%s\"]]]},{\"op\":\"delete\",\"table\":"
        "\"Interface\",\"where\":[[\"name\",\"==\",\"bench%lu\"]]}]}",
        rpc, port, port, port, client->number);
}

static void ask(struct client *client)
{
    unsigned long rpc =
        (unsigned long)(client - clients) * STEPS + (unsigned long)client->step;
    char id[ID_SIZE], path[128];

    client->answered = 0;
    endpoint_id(client, id);
    snprintf(path, sizeof(path), "/var/run/docker/netns/%s", id + 52);
    switch (client->step) {
    case CREATE:
        client->plugged = 0;
        say_create(rpc, client);
        break;
    case JOIN:
        say_mark(rpc, client, "ovsint-netns", path);
        break;
    case LEAVE: /* nobody waits for it */
        say_mark(rpc, client, "ovsint-left", "true");
        stepped(client);
        break;
    default:
        say_delete(rpc, client);
    }
}

static const char *take_uuid(const char *text, char ret[37])
{
    static const char key[] = "\"uuid\":[\"uuid\",\"";
    const char *found = text ? strstr(text, key) : NULL;

    if (!found)
        errx(1, "it inserted no row");
    found += strlen(key);
    snprintf(ret, 37, "%s", found);
    return found;
}

static void answered(unsigned long rpc, const char *text)
{
    struct client *client = &clients[rpc / STEPS];

    if (strstr(text, "\"error\":\"") || strstr(text, "\"error\":{"))
        errx(1, "refused: %s", text);
    if (rpc % STEPS == CREATE)
        take_uuid(take_uuid(text, client->interface), client->port);
    if (rpc % STEPS != client->step)
        return; /* the reply to a Leave */
    client->answered = 1;
    if (client->step != JOIN || client->plugged)
        stepped(client);
}

/* A row's difference ends with two braces. */
static void updated(const char *text)
{
    for (unsigned long i = 0; i < client_count; i++) {
        struct client *client = &clients[i];
        const char *row = client->plugged || client->step > JOIN
                              ? NULL
                              : strstr(text, client->interface);
        const char *ofport = row ? strstr(row, "\"ofport\":") : NULL;
        if (!ofport || !client->interface[0] || ofport > strstr(row, "}}"))
            continue;
        client->plugged = 1;
        if (client->step == JOIN && client->answered)
            stepped(client);
    }
}

/* The length of the message at the beginning of the inbox; 0 = it is
 * incomplete. */
static size_t message_size(const struct inbox *inbox)
{
    int depth = 0, in_text = 0;

    for (size_t i = 0; i < inbox->size; i++) {
        char c = inbox->bytes[i];
        if (in_text && c == '\\')
            i++;
        else if (c == '"')
            in_text = !in_text;
        else if (!in_text && c == '{')
            depth++;
        else if (!in_text && c == '}' && --depth == 0)
            return i + 1;
    }
    return 0;
}

static void heard(struct client *first)
{
    struct inbox *inbox = &first->inbox;
    size_t size;

    while ((size = message_size(inbox)) > 0) {
        char end = inbox->bytes[size];
        unsigned long rpc;
        inbox->bytes[size] = '\0';
        if (sscanf(inbox->bytes, "{\"id\":%lu,", &rpc) == 1)
            answered(rpc, inbox->bytes);
        else
            updated(inbox->bytes);
        inbox->bytes[size] = end;
        taken(inbox, size);
    }
}

/* The monitor is the one that the plugin asks for. */
const struct way *floor_open(int fd, char **argv)
{
    static const struct way way = {ask, heard};
    static const char owner[] =
        "\"where\":[[\"external_ids\",\"includes\",[\"map\",[["
        "\"ovsint-owner\",\"docker\"]]]],[\"external_ids\",\"includes\","
        "[\"map\",[[\"ovsint-owner\",\"hook\"]]]]]";
    struct inbox *inbox = &clients[0].inbox;

    ovsdb = fd;
    bridge = argv[0];
    boot = argv[1];
    say(fd,
        "{\"id\":0,\"method\":\"monitor_cond\",\"params\":[\"Open_vSwitch\","
        "\"floor\",{\"Interface\":[{\"columns\":[\"name\",\"ofport\","
        "\"ifindex\",\"error\",\"external_ids\"],%s}],\"Port\":[{\"columns\":["
        "\"name\",\"external_ids\"],%s}],\"Bridge\":[{\"columns\":[\"name\","
        "\"external_ids\"]}],\"Open_vSwitch\":[{\"columns\":[\"cur_cfg\"]}]}]}",
        owner, owner);
    do {
        hear(fd, inbox);
    } while (!message_size(inbox));
    taken(inbox, message_size(inbox));
    return &way;
}
