/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* How the ruleset is kept as the rows say, in transcripts: rows, what others
 * do, and the time go in; what is run comes out. The kernel is a few functions
 * here that fail when a test says so. */
#include "plugin/gateway/nat_keeper.h"

#include <errno.h>
#include <netinet/in.h>

#include "tests/lib/rows.h"
#include "tests/lib/said.h"

#define BOOT "boot"

static struct nat_keeper keeper;

static struct {
    int open_fails, run_fails, closing_fails, bridges_fail;
    int filters; /* what open_filters returns */
    bool has_table, has_closed;
    const char *const *flows; /* tracked connections; NULL at the end */
    int crowds; /* so many times there are more than are looked at */
    int forgetting_fails;
    bool counts; /* of elements the transcript has how many, and the first */
    const char *bridges; /* of Docker, one letter each */
} kernel_is;

static int kernel_open(void *data, struct err *err)
{
    (void)data;
    return kernel_is.open_fails
               ? err_set(err, kernel_is.open_fails, "no nftables")
               : 0;
}

/* "add 1024 from 6 . 1" */
static void say_count(const char *commands)
{
    const char *list = strchr(commands, '{');
    size_t count = 1;

    for (const char *at = commands; *at; at++)
        count += *at == ',';
    SAY("%.*s %zu from %.*s\n", (int)strcspn(commands, " "), commands, count,
        list ? (int)strcspn(list + 2, ":,}") : 0, list ? list + 2 : "");
}

/* The whole table is one word in the transcript, with the sets that matter. */
static int kernel_run(void *data, const char *commands, struct err *err)
{
    bool closed = strstr(commands, "\ntable inet ovsint-closed {") != NULL;
    bool whole = strstr(commands, "\ntable inet ovsint {") != NULL;
    bool none = !closed && !whole && strstr(commands, "delete table");
    int fails = closed ? kernel_is.closing_fails : kernel_is.run_fails;

    (void)data;
    if (!whole && !closed && !none && kernel_is.counts)
        say_count(commands);
    else if (!whole && !closed && !none)
        SAY("%s", commands);
    else
        SAY("%s%s%s%s%s",
            closed ? "close"
            : none ? "remove"
                   : "make",
            strstr(commands, "ovsint-aaaa") ? " a" : "",
            strstr(commands, "ovsint-bbbb") ? " b" : "",
            strstr(commands, "\"eth0\"") ? " eth0" : "",
            strstr(commands, "\"docker0\"") ? " docker0" : "");
    if (whole || closed || none)
        SAY("%s\n", fails ? ": fails" : "");
    if (fails)
        return err_set(err, fails, "the kernel says no");
    kernel_is.has_table = whole || (kernel_is.has_table && !none);
    kernel_is.has_closed = closed || (kernel_is.has_closed && !whole && !none);
    return 0;
}

static int kernel_has_table(void *data, const char *table, struct err *err)
{
    (void)data;
    (void)err;
    return strcmp(table, NAT_TABLE) == 0 ? kernel_is.has_table
                                         : kernel_is.has_closed;
}

static int kernel_read_bridges(void *data, struct docker_bridges *bridges,
                               struct err *err)
{
    size_t count = strlen(kernel_is.bridges);

    (void)data;
    if (kernel_is.bridges_fail)
        return err_set(err, kernel_is.bridges_fail, "devices changed");
    if (count == bridges->count)
        return 0;
    bridges->devices =
        mem_resize(bridges->devices, (count + 1) * sizeof(*bridges->devices));
    bridges->count = count;
    for (size_t i = 0; i < count; i++)
        snprintf(bridges->devices[i], IFNAME_SIZE, "docker%c",
                 kernel_is.bridges[i]);
    return 1;
}

static int kernel_open_filters(void *data, bool wanted, struct err *err)
{
    (void)data;
    SAY("filters %s\n", wanted ? "open" : "as before");
    return kernel_is.filters < 0
               ? err_set(err, -kernel_is.filters, "the lock is held")
               : kernel_is.filters;
}

/* "192.0.2.9 192.0.2.1:53 10.9.0.2:53" */
static struct conntrack_flow flow_of(const char *text)
{
    char from[64], to[64], at[64];
    struct conntrack_flow flow;

    CHECK_EQ(sscanf(text, "%63s %63s %63s", from, to, at), 3);
    CHECK_EQ(parse_ip(from, &flow.from), 0);
    CHECK_EQ(parse_ip_port(to, &flow.to, &flow.port), 0);
    CHECK_EQ(parse_ip_port(at, &flow.at, &flow.at_port), 0);
    return flow;
}

static int kernel_forget_udp(void *data, bool anew,
                             const struct conntrack_judge *judge,
                             struct err *err)
{
    static const char *const verdicts[] = {
        [CONNTRACK_FORGET_TO_HOST] = "if to the host",
        [CONNTRACK_FORGET_FORWARDED] = "if forwarded",
        [CONNTRACK_FORGET_EITHER] = "if to the host or forwarded"};
    struct conntrack_flow any = {0};

    (void)data;
    if (!anew)
        SAY("next flows\n");
    if (kernel_is.forgetting_fails)
        return err_set(err, kernel_is.forgetting_fails, "no conntrack");
    for (unsigned port = 1; port < 65536; port++) {
        any.port = (uint16_t)port;
        if (judge->judge(judge->data, &any) == CONNTRACK_FORGET_TO_HOST)
            SAY("forget flows of %u\n", port);
    }
    for (size_t i = 0; kernel_is.flows && kernel_is.flows[i]; i++) {
        struct conntrack_flow flow = flow_of(kernel_is.flows[i]);
        enum conntrack_verdict verdict = judge->judge(judge->data, &flow);
        if (verdict != CONNTRACK_KEEP)
            SAY("forget %s %s\n", kernel_is.flows[i], verdicts[verdict]);
    }
    return kernel_is.crowds > 0 && kernel_is.crowds--;
}

static void kernel_wake(void *data, unsigned in_ms)
{
    (void)data;
    SAY("wake in %u\n", in_ms);
}

static void kernel_go_on(void *data)
{
    (void)data;
    SAY("go on\n");
}

static void kernel_forward(void *data, bool in_force)
{
    (void)data;
    SAY(in_force ? "forward\n" : "stop forwarding\n");
}

static const struct nat_kernel kernel = {
    .open = kernel_open,
    .run = kernel_run,
    .has_table = kernel_has_table,
    .read_bridges = kernel_read_bridges,
    .open_filters = kernel_open_filters,
    .forget_udp = kernel_forget_udp,
    .wake = kernel_wake,
    .go_on = kernel_go_on,
    .forward = kernel_forward,
};

static void add_endpoint(struct vswitch_view *rows, const char *port,
                         const char *address, const char *ports)
{
    auto_buf struct buf spec = BUF_INIT(256);

    buf_addf(&spec,
             "{\"ifname\":\"eth0\",\"bridge\":\"br0\",\"ip\":[\"%s/24\"]}",
             address);
    if (ports)
        rows_port(rows, port, ID_OWNER, "docker", ID_NETWORK, "aaaaaaaa",
                  ID_BOOT, BOOT, ID_SPEC, buf_text(&spec), ID_PORTS, ports,
                  NULL);
}

/* What a second endpoint of network "a" publishes. */
static const char *beside;
static const char *options = "\\'mode\\':\\'nat\\'";

/* The networks of a bridge, one letter each, and the ports that the endpoint of
 * network "a" publishes; NULL = it publishes none. */
static void show(const char *networks, const char *ports)
{
    auto_buf struct buf text = BUF_INIT(1 << 16);
    auto_vswitch_view struct vswitch_view rows = {0};
    struct bridges bridges = {0};

    buf_add_text(&text, "{'Bridge':{'bbbbbbbb-0000-4000-8000-000000000001':{"
                        "'initial':{'name':'br0','external_ids':['map',[");
    for (const char *n = networks; *n; n++)
        buf_addf(&text,
                 "%s['ovsint-network-%c%c%c%c%c%c%c%c','{\\'options\\':{"
                 "%s},\\'pools\\':[{\\'pool\\':"
                 "\\'10.9.0.0/24\\',\\'gateway\\':\\'10.9.0.1\\'}]}']",
                 n > networks ? "," : "", *n, *n, *n, *n, *n, *n, *n, *n,
                 options);
    buf_add_text(&text, "]]}}}}");
    auto_json struct json *updates = rows_json(buf_text(&text));
    bridges_apply(&bridges, updates);
    add_endpoint(&rows, "oe1", "10.9.0.2", ports);
    add_endpoint(&rows, "oe2", "10.9.0.3", beside);
    nat_keeper_rows(&keeper, &bridges, &rows, BOOT);
    bridges_done(&bridges);
}

static void begin(void)
{
    kernel_is.bridges = "";
    nat_keeper_init(&keeper, &kernel, NULL);
}

static bool in_force(void)
{
    struct err err = {0};

    return nat_keeper_in_force(&keeper, NULL, &err) == 0;
}

#define OPEN "filters open\nwake in 10000\n"

TEST(the_table_is_there_while_a_network_is)
{
    begin();
    show("", NULL);
    CHECK_SAID("");
    CHECK(!nat_keeper_forwards(&keeper, "ovsint-aaaaaaaa"));
    show("a", NULL);
    CHECK_SAID("make a\n" OPEN);
    CHECK(in_force());
    CHECK(nat_keeper_forwards(&keeper, "ovsint-aaaaaaaa"));
    show("a", NULL); /* the same again */
    CHECK_SAID("");
    show("ab", NULL);
    CHECK_HAS(buf_text(&said), "add element inet ovsint ");
    CHECK(!strstr(buf_text(&said), "make"));
    CHECK(nat_keeper_forwards(&keeper, "ovsint-bbbbbbbb"));
    buf_clear(&said);
    show("", NULL);
    CHECK_SAID("filters as before\nremove\n");
    CHECK(in_force());
    CHECK(!nat_keeper_forwards(&keeper, "ovsint-aaaaaaaa"));
    nat_keeper_done(&keeper);
}

/* What a plugin that died has left goes, and nothing else is asked for. */
TEST(a_plugin_that_starts_without_networks)
{
    begin();
    kernel_is.has_closed = true;
    show("", NULL);
    CHECK_SAID("filters as before\nremove\n");
    CHECK(in_force());
    CHECK_SAID("");
    nat_keeper_done(&keeper);
}

TEST(ports_come_and_go_as_elements)
{
    begin();
    show("a", "tcp/8080:80");
    CHECK_SAID("make a\n" OPEN);
    show("a", "tcp/8080:80 udp/53:53");
    CHECK_HAS(buf_text(&said), "delete element ");
    CHECK_HAS(buf_text(&said), "add element ");
    CHECK_HAS(buf_text(&said), "forget flows of 53\n");
    buf_clear(&said);
    show("a", NULL);
    CHECK_HAS(buf_text(&said), "delete element ");
    CHECK_HAS(buf_text(&said), "forget flows of 53\n");
    nat_keeper_done(&keeper);
}

/* The table was changed by somebody: it is made anew instead. */
TEST(elements_that_do_not_fit)
{
    begin();
    show("a", NULL);
    buf_clear(&said);
    kernel_is.run_fails = EIO;
    show("ab", NULL);
    /* what was in force is still there: nobody is cut off */
    CHECK_HAS(buf_text(&said), "make a b: fails\nerror: the rules of the "
                               "networks are not in force; error=the kernel "
                               "says no\nwake in 5000\n");
    CHECK(!strstr(buf_text(&said), "close"));
    CHECK(nat_keeper_forwards(&keeper, "ovsint-aaaaaaaa"));
    CHECK(!nat_keeper_forwards(&keeper, "ovsint-bbbbbbbb"));
    buf_clear(&said);
    /* the same failure is not logged again, and a call may ask for a try */
    CHECK(!in_force());
    CHECK_SAID("make a b: fails\nwake in 5000\n");
    kernel_is.run_fails = 0;
    CHECK(nat_keeper_wake(&keeper, 5000) == false); /* the filters were known */
    CHECK_SAID("make a b\nforward\n" OPEN
               "info: the rules of the networks are in force\n");
    CHECK(nat_keeper_forwards(&keeper, "ovsint-bbbbbbbb"));
    nat_keeper_done(&keeper);
}

TEST(without_rules_nothing_is_forwarded)
{
    static const struct nft_changes all = {.table = true, .rules = true};

    begin();
    show("a", NULL);
    buf_clear(&said);
    kernel_is.run_fails = EIO;
    nat_keeper_changes(&keeper, &all);
    CHECK_SAID("wake in 50\n");
    CHECK(!nat_keeper_wake(&keeper, 50));
    CHECK_SAID("make a: fails\n"
               "error: the rules of the networks are not in force; error=the "
               "kernel says no\nwake in 5000\nclose\n"
               "error: nothing is forwarded for the networks until their rules "
               "are in force again; table=ovsint-closed\nstop forwarding\n");
    CHECK(!nat_keeper_forwards(&keeper, "ovsint-aaaaaaaa"));
    /* again: said once */
    CHECK(!nat_keeper_wake(&keeper, 5050));
    CHECK_SAID("make a: fails\nwake in 5000\nstop forwarding\n");
    kernel_is.run_fails = 0;
    CHECK(nat_keeper_wake(&keeper, 10050));
    CHECK_SAID("make a\nforward\n" OPEN
               "info: the rules of the networks are in force\n");
    CHECK(nat_keeper_forwards(&keeper, "ovsint-aaaaaaaa"));
    nat_keeper_done(&keeper);
}

TEST(the_small_table_cannot_be_made_either)
{
    begin();
    kernel_is.run_fails = kernel_is.closing_fails = EPERM;
    show("a", NULL);
    CHECK_SAID("make a: fails\n"
               "error: the rules of the networks are not in force; error=the "
               "kernel says no\nwake in 5000\nclose: fails\n"
               "error: nothing is forwarded for the networks until their rules "
               "are in force again; error=the kernel says no\n"
               "stop forwarding\n");
    nat_keeper_done(&keeper);
}

TEST(no_nftables)
{
    kernel_is.open_fails = EPROTONOSUPPORT;
    begin();
    CHECK_SAID("warning: the packet filter cannot be used: networks with "
               "mode=nat are refused until it can; error=no nftables\n");
    show("a", NULL);
    CHECK_HAS(buf_text(&said),
              "error=no nftables\nwake in 5000\nerror: nothing "
              "is forwarded");
    CHECK(!in_force());
    buf_clear(&said);
    kernel_is.open_fails = 0;
    CHECK(in_force());
    CHECK_SAID("make a\nforward\n" OPEN
               "info: the rules of the networks are in force\n");
    nat_keeper_done(&keeper);
}

/* Somebody who wants it otherwise again and again is answered more and more
 * slowly, until he has been quiet for a while. */
TEST(two_programs_that_do_not_agree)
{
    static const struct nft_changes ours = {.table = true};
    static const unsigned waits[] = {50,  50,   100,  200, 400,
                                     800, 1600, 3200, 3200};
    uint64_t now = 100000;
    char text[64];

    begin();
    show("a", NULL);
    buf_clear(&said);
    for (size_t i = 0; i < ARRAY_LEN(waits); i++) {
        nat_keeper_changes(&keeper, &ours);
        snprintf(text, sizeof(text), "wake in %u\n", waits[i]);
        CHECK_SAID(text);
        now += waits[i];
        CHECK(!nat_keeper_wake(&keeper, now));
        CHECK_SAID("make a\n" OPEN "info: repaired the rules of the networks, "
                   "which somebody had changed\n");
    }
    now += 10001;
    nat_keeper_changes(&keeper, &ours);
    CHECK_SAID("wake in 3200\n");
    CHECK(!nat_keeper_wake(&keeper, now));
    buf_clear(&said);
    nat_keeper_changes(&keeper, &ours);
    CHECK_SAID("wake in 50\n");
    nat_keeper_done(&keeper);
}

/* Rows that change before the timer comes, or a call, put the table right: that
 * is said and counted as well, once. */
TEST(a_repair_that_the_timer_did_not_make)
{
    static const struct nft_changes ours = {.table = true};

    begin();
    show("a", NULL);
    buf_clear(&said);
    nat_keeper_changes(&keeper, &ours);
    show("ab", NULL);
    CHECK_SAID("wake in 50\nmake a b\n" OPEN
               "info: repaired the rules of the networks, "
               "which somebody had changed\n");
    CHECK(!nat_keeper_wake(&keeper, 50));
    CHECK_SAID(OPEN);
    nat_keeper_changes(&keeper, &ours);
    CHECK(in_force());
    CHECK_SAID("wake in 50\nmake a b\n" OPEN
               "info: repaired the rules of the networks, "
               "which somebody had changed\n");
    CHECK(keeper.repairs == 2);
    nat_keeper_done(&keeper);
}

TEST(what_others_do_without_networks)
{
    static const struct nft_changes all = {.table = true, .rules = true};

    begin();
    show("", NULL);
    nat_keeper_changes(&keeper, &all);
    CHECK_SAID("");
    nat_keeper_done(&keeper);
}

/* While somebody has the lock of the old iptables a network is not ready. */
TEST(the_lock_of_iptables)
{
    struct err err = {0};

    begin();
    kernel_is.filters = -EAGAIN;
    show("a", NULL);
    CHECK_SAID("make a\nfilters open\nwake in 50\n");
    CHECK_ERR(nat_keeper_in_force(&keeper, NULL, &err), EAGAIN, err,
              "the lock");
    CHECK_SAID("filters open\nwake in 50\n");
    CHECK(!nat_keeper_wake(&keeper, 50));
    CHECK_SAID("filters open\nwake in 50\n");
    kernel_is.filters = 1;
    CHECK(nat_keeper_wake(&keeper, 100)); /* calls wait for it */
    CHECK_SAID(OPEN);
    CHECK(in_force());
    CHECK_SAID("");
    nat_keeper_done(&keeper);
}

TEST(rules_of_others_change)
{
    static const struct nft_changes others = {.rules = true};

    begin();
    show("a", NULL);
    buf_clear(&said);
    nat_keeper_changes(&keeper, &others);
    CHECK_SAID("wake in 50\n");
    CHECK(nat_keeper_wake(&keeper, 50));
    CHECK_SAID(OPEN);
    /* a call does not wait for the timer */
    nat_keeper_changes(&keeper, &others);
    CHECK(in_force());
    CHECK_SAID("wake in 50\n" OPEN);
    nat_keeper_done(&keeper);
}

TEST(bridges_of_docker)
{
    struct link_info link = {.kind = "bridge", .name = "docker0"};

    begin();
    nat_keeper_link(&keeper, &link); /* nobody asks */
    kernel_is.bridges = "0";
    show("a", NULL);
    CHECK_SAID("make a docker0\n" OPEN);
    nat_keeper_link(&keeper, &link); /* is known */
    CHECK_SAID("");
    kernel_is.bridges = "0x";
    snprintf(link.name, sizeof(link.name), "br-0123456789ab");
    nat_keeper_link(&keeper, &link);
    CHECK_SAID("flush set inet ovsint apart\n"
               "add element inet ovsint apart { \"docker0\" }\n"
               "add element inet ovsint apart { \"dockerx\" }\n");
    snprintf(link.name, sizeof(link.name), "br0");
    nat_keeper_link(&keeper, &link);
    CHECK_SAID("");
    /* devices that change while they are listed are looked at again */
    kernel_is.bridges_fail = EAGAIN;
    snprintf(link.name, sizeof(link.name), "br-0123456789ac");
    nat_keeper_link(&keeper, &link);
    CHECK_SAID("wake in 50\n");
    /* the set cannot be changed: the table is made anew */
    kernel_is.bridges_fail = 0;
    kernel_is.bridges = "0";
    kernel_is.run_fails = EIO;
    nat_keeper_link(&keeper, &link);
    CHECK_HAS(buf_text(&said), "wake in 50\n");
    buf_clear(&said);
    kernel_is.run_fails = 0;
    CHECK(!nat_keeper_wake(&keeper, 50));
    CHECK_HAS(buf_text(&said), "make a docker0\n");
    nat_keeper_done(&keeper);
}

/* Devices that forward for our networks alone: the first rules have them. */
TEST(devices_that_forward)
{
    static const struct forwarding_device eth0 = {"eth0", true, false};
    struct err err = {0};

    begin();
    CHECK_OK(nat_keeper_open_devices(&keeper, &eth0, 1, &err), err);
    CHECK_SAID("");
    show("a", NULL);
    CHECK_SAID("make a eth0\n" OPEN);
    CHECK_OK(nat_keeper_open_devices(&keeper, &eth0, 1, &err), err);
    CHECK_SAID("");
    CHECK_OK(nat_keeper_open_devices(&keeper, NULL, 0, &err), err);
    CHECK_SAID("flush set inet ovsint opened4\n"
               "flush set inet ovsint opened6\n");
    kernel_is.run_fails = EIO;
    CHECK_ERR(nat_keeper_open_devices(&keeper, &eth0, 1, &err), EIO, err,
              "the kernel says no");
    CHECK_HAS(buf_text(&said), "make a eth0: fails\n");
    nat_keeper_done(&keeper);
}

static bool has_ports(const char *port)
{
    struct err err = {0};

    int r = nat_keeper_in_force(&keeper, port, &err);
    CHECK(r == 0 || r == -EAGAIN);
    return r == 0;
}

/* Others are served between its parts, and have their ports meanwhile. */
TEST(an_endpoint_with_many_ports)
{
    begin();
    show("a", NULL);
    buf_clear(&said);
    kernel_is.counts = true;
    show("a", "tcp/1-2500:1");
    CHECK_SAID("go on\n");
    CHECK(!has_ports("oe1"));
    CHECK(has_ports(NULL));
    CHECK(!nat_keeper_go_on(&keeper));
    CHECK_SAID("add 1024 from 6 . 1 \ngo on\n");
    beside = "tcp/8080:80";
    show("a", "tcp/1-2500:1");
    CHECK_SAID("add 1 from 6 . 8080 \ngo on\n");
    CHECK(has_ports("oe2"));
    CHECK(!nat_keeper_go_on(&keeper));
    CHECK(!has_ports("oe1"));
    CHECK(nat_keeper_go_on(&keeper));
    CHECK_SAID("add 1024 from 6 . 1025 \ngo on\nadd 452 from 6 . 2049 \n");
    CHECK(has_ports("oe1"));
    CHECK(!nat_keeper_go_on(&keeper));
    CHECK_SAID("");
    beside = NULL;
    nat_keeper_done(&keeper);
}

/* A port that is not taken off yet is nobody else's, until it is. */
TEST(what_wants_ports_of_a_part_waits)
{
    begin();
    kernel_is.counts = true;
    show("a", "udp/1-1500:1");
    buf_clear(&said);
    beside = "udp/1500:80";
    show("a", NULL);
    CHECK_SAID("go on\n"); /* nobody's flows are forgotten before */
    CHECK(!has_ports("oe2"));
    CHECK(!nat_keeper_go_on(&keeper));
    CHECK_SAID("delete 1024 from 17 . 1\ngo on\n");
    CHECK(nat_keeper_go_on(&keeper));
    CHECK_HAS(buf_text(&said),
              "delete 476 from 17 . 1025\nforget flows of 1\n");
    buf_clear(&said);
    CHECK(!has_ports("oe2"));
    CHECK(nat_keeper_go_on(&keeper));
    CHECK_SAID("add 1 from 17 . 1500 \nforget flows of 1500\n");
    CHECK(has_ports("oe2"));
    beside = NULL;
    nat_keeper_done(&keeper);
}

TEST(endpoints_with_many_ports_take_turns)
{
    begin();
    show("a", NULL);
    buf_clear(&said);
    kernel_is.counts = true;
    beside = "tcp/10001-12000:1";
    show("a", "tcp/1-3000:1");
    while (!has_ports("oe1"))
        (void)!nat_keeper_go_on(&keeper);
    CHECK_SAID("go on\nadd 1024 from 6 . 1 \ngo on\n"
               "add 1024 from 6 . 10001 \ngo on\n"
               "add 1024 from 6 . 1025 \ngo on\n"
               "add 976 from 6 . 11025 \ngo on\n"
               "add 952 from 6 . 2049 \n");
    /* what is left when the program ends is done at once */
    show("a", NULL);
    buf_clear(&said);
    nat_keeper_finish(&keeper);
    CHECK_SAID("delete 1024 from 6 . 1\ngo on\n"
               "delete 1024 from 6 . 1025\ngo on\n"
               "delete 952 from 6 . 2049\n");
    beside = NULL;
    nat_keeper_done(&keeper);
}

/* The whole table has all ports, so nothing is left to be done. */
TEST(a_part_that_fails)
{
    static const struct nft_changes ours = {.table = true};

    begin();
    show("a", NULL);
    kernel_is.counts = true;
    show("a", "tcp/1-3000:1");
    CHECK(!nat_keeper_go_on(&keeper));
    buf_clear(&said);
    kernel_is.run_fails = EIO;
    CHECK(nat_keeper_go_on(&keeper));
    CHECK_HAS(buf_text(&said), "add 1024 from 6 . 1025 \nmake a: fails\n");
    kernel_is.run_fails = 0;
    buf_clear(&said);
    CHECK(!nat_keeper_go_on(&keeper));
    CHECK_SAID("");
    CHECK(has_ports("oe1"));
    CHECK_HAS(buf_text(&said), "make a\nforward\ngo on\n");
    CHECK(nat_keeper_go_on(&keeper));
    /* somebody changes the table in between */
    show("a", NULL);
    nat_keeper_changes(&keeper, &ours);
    CHECK(!nat_keeper_go_on(&keeper));
    buf_clear(&said);
    CHECK(!nat_keeper_wake(&keeper, 50));
    CHECK_HAS(buf_text(&said), "make a\ngo on\n");
    CHECK(nat_keeper_go_on(&keeper));
    CHECK(!nat_keeper_go_on(&keeper));
    nat_keeper_done(&keeper);
}

/* What somebody has changed comes back with as many ports as one turn has room
 * for. The others follow, as if they had just been published. */
TEST(a_repair_of_many_ports)
{
    static const struct nft_changes ours = {.table = true};

    begin();
    beside = "udp/10001-10900:1";
    show("a", "tcp/1-3000:1");
    CHECK(has_ports("oe1")); /* a start has them at once */
    kernel_is.counts = true;
    nat_keeper_changes(&keeper, &ours);
    buf_clear(&said);
    CHECK(!nat_keeper_wake(&keeper, 50));
    CHECK_HAS(buf_text(&said), "make a\ngo on\n");
    CHECK(has_ports("oe2"));
    CHECK(!has_ports("oe1"));
    buf_clear(&said);
    while (!has_ports("oe1"))
        (void)!nat_keeper_go_on(&keeper);
    CHECK_SAID("add 1024 from 6 . 1 \ngo on\nadd 1024 from 6 . 1025 \ngo on\n"
               "add 952 from 6 . 2049 \n");
    beside = NULL;
    nat_keeper_done(&keeper);
}

/* Whoever waits for many ports is told when the whole table has brought them,
 * whoever has had it made: the timer, or a call that waits for other ports. */
TEST(the_whole_table_brings_what_parts_were_to_bring)
{
    begin();
    show("a", NULL);
    kernel_is.counts = true;
    for (int by_call = 0; by_call < 2; by_call++) {
        show("a", "tcp/1-3000:1");
        CHECK(!nat_keeper_go_on(&keeper));
        kernel_is.run_fails = EIO;
        CHECK(nat_keeper_go_on(&keeper));
        CHECK(!nat_keeper_go_on(&keeper));
        kernel_is.run_fails = 0;
        buf_clear(&said);
        if (by_call)
            CHECK(in_force());
        else
            (void)!nat_keeper_wake(&keeper, 50);
        CHECK_HAS(buf_text(&said), "make a\nforward\ngo on\n");
        CHECK(nat_keeper_go_on(&keeper));
        CHECK(has_ports("oe1"));
        CHECK(!nat_keeper_go_on(&keeper));
        show("a", NULL);
        nat_keeper_finish(&keeper);
    }
    nat_keeper_done(&keeper);
}

/* Connections to many ports are right already when the plugin starts, as those
 * to few. */
TEST(a_restart_forgets_no_flows)
{
    begin();
    show("a", "udp/1-1500:1");
    CHECK_SAID("make a\n" OPEN);
    nat_keeper_done(&keeper);
}

/* A plugin that was killed between the transaction that takes ports off the row
 * and that which takes them out of the kernel, or between two parts of many,
 * has left connections to them. */
TEST(a_start_forgets_flows_that_nobody_publishes)
{
    static const char *const flows[] = {
        "192.0.2.9 192.0.2.1:53 10.9.0.2:53",   /* is published */
        "192.0.2.9 192.0.2.1:54 10.9.0.2:54",   /* not any more */
        "192.0.2.9 192.0.2.1:53 10.9.0.3:53",   /* leads to another one now */
        "192.0.2.9 192.0.2.1:55 10.9.0.2:54",   /* to another port */
        "10.9.0.3 192.0.2.1:56 10.9.0.2:56",    /* a neighbour's */
        "192.0.2.9 10.9.0.2:53 10.9.0.2:53",    /* is not published there */
        "10.9.0.3 10.9.0.2:53 10.9.0.2:53",     /* on the bridge alone */
        "10.9.0.2 192.0.2.7:54 192.0.2.7:54",   /* the container's own */
        "192.0.2.9 192.0.2.1:54 172.17.0.2:54", /* of another program */
        NULL};

    begin();
    kernel_is.flows = flows;
    show("a", "udp/53:53 udp/55:55");
    CHECK_SAID("make a\n"
               "forget 192.0.2.9 192.0.2.1:54 10.9.0.2:54 if to the host\n"
               "forget 192.0.2.9 192.0.2.1:53 10.9.0.3:53 if to the host\n"
               "forget 192.0.2.9 192.0.2.1:55 10.9.0.2:54 if to the host\n"
               "forget 10.9.0.3 192.0.2.1:56 10.9.0.2:56 if to the host\n"
               "forget 192.0.2.9 10.9.0.2:53 10.9.0.2:53 if forwarded\n" OPEN);
    beside = "tcp/1:1";
    show("a", "udp/53:53 udp/55:55");
    CHECK(!strstr(buf_text(&said), "forget"));
    buf_clear(&said);
    /* A network that comes may have the addresses of one that went. */
    show("ab", "udp/53:53 udp/55:55");
    CHECK_HAS(buf_text(&said), "forget 192.0.2.9 192.0.2.1:54 10.9.0.2:54");
    beside = NULL;
    nat_keeper_done(&keeper);
}

/* It goes to the container's own address, and its port has the number of the
 * host's, which is the usual way to publish one. */
TEST(flows_to_a_routed_container_go_with_its_port)
{
    static const char *const flows[] = {"192.0.2.9 10.9.0.2:53 10.9.0.2:53",
                                        NULL};

    begin();
    options = "\\'mode\\':\\'nat\\',\\'nat4\\':\\'routed\\'";
    kernel_is.flows = flows;
    show("a", "udp/53:53");
    CHECK_SAID("make a\n" OPEN);
    show("a", NULL);
    CHECK_HAS(buf_text(&said), "forget 192.0.2.9 10.9.0.2:53 10.9.0.2:53 if to "
                               "the host or forwarded\n");
    options = "\\'mode\\':\\'nat\\'";
    nat_keeper_done(&keeper);
}

/* A port that leads elsewhere now has nothing to do with what another program
 * leads to a container. */
TEST(what_another_program_leads_to_a_container_stays)
{
    static const char *const flows[] = {"192.0.2.9 192.0.2.1:99 10.9.0.2:99",
                                        NULL};

    begin();
    show("a", NULL);
    kernel_is.flows = flows;
    buf_clear(&said);
    show("a", "udp/53:53");
    CHECK_HAS(buf_text(&said), "forget flows of 53\n");
    CHECK(!strstr(buf_text(&said), ":99"));
    nat_keeper_done(&keeper);
}

/* A host may track hundreds of thousands: others are served in between. */
TEST(more_flows_than_are_looked_at_in_one_turn)
{
    begin();
    show("a", NULL);
    buf_clear(&said);
    kernel_is.crowds = 2;
    show("a", "udp/53:53");
    CHECK_HAS(buf_text(&said), "}\nforget flows of 53\ngo on\n");
    buf_clear(&said);
    CHECK(!nat_keeper_go_on(&keeper));
    CHECK_SAID("next flows\nforget flows of 53\ngo on\n");
    CHECK(!nat_keeper_go_on(&keeper));
    CHECK_SAID("next flows\nforget flows of 53\n");
    CHECK(!nat_keeper_go_on(&keeper));
    CHECK_SAID("");
    nat_keeper_done(&keeper);
}

/* Whoever changes ports again and again does not keep a search from its end. */
TEST(ports_that_change_during_a_search_have_their_own)
{
    begin();
    show("a", NULL);
    kernel_is.crowds = 2;
    show("a", "udp/53:53");
    buf_clear(&said);
    beside = "udp/54:54";
    show("a", "udp/53:53");
    beside = "udp/55:55";
    show("a", "udp/53:53");
    CHECK(!strstr(buf_text(&said), "forget"));
    buf_clear(&said);
    CHECK(!nat_keeper_go_on(&keeper));
    CHECK_SAID("next flows\nforget flows of 53\ngo on\n");
    CHECK(!nat_keeper_go_on(&keeper));
    CHECK_SAID("next flows\nforget flows of 53\ngo on\n");
    CHECK(nat_keeper_go_on(&keeper)); /* whose port was 54 */
    CHECK_SAID("forget flows of 54\nforget flows of 55\n");
    CHECK(!nat_keeper_go_on(&keeper));
    CHECK_SAID("");
    beside = NULL;
    nat_keeper_done(&keeper);
}

/* What the rows say by then is what counts. */
TEST(rows_that_change_during_a_search)
{
    static const char *const flows[] = {"192.0.2.9 192.0.2.1:54 10.9.0.2:54",
                                        NULL};

    begin();
    kernel_is.flows = flows;
    kernel_is.crowds = 1;
    show("a", "tcp/1:1");
    CHECK_HAS(buf_text(&said), "forget 192.0.2.9 192.0.2.1:54");
    show("a", "udp/54:54");
    buf_clear(&said);
    CHECK(!nat_keeper_go_on(&keeper));
    CHECK_SAID("next flows\ngo on\n");
    nat_keeper_done(&keeper);
}

TEST(a_search_waits_for_the_rules)
{
    static const struct nft_changes table = {.table = true};

    begin();
    show("a", "udp/53:53");
    kernel_is.crowds = 2;
    show("a", NULL);
    nat_keeper_changes(&keeper, &table);
    buf_clear(&said);
    CHECK(!nat_keeper_go_on(&keeper));
    CHECK_SAID("");
    (void)!nat_keeper_wake(&keeper, 50);
    CHECK_HAS(buf_text(&said), "make a\ngo on\n");
    buf_clear(&said);
    CHECK(!nat_keeper_go_on(&keeper));
    CHECK_SAID("next flows\nforget flows of 53\ngo on\n");
    nat_keeper_done(&keeper);
}

/* The table was changed at the moment when one search had ended and the next
 * one had not begun. */
TEST(a_search_that_is_to_begin_waits_for_the_rules)
{
    static const struct nft_changes table = {.table = true};

    begin();
    show("a", NULL);
    kernel_is.crowds = 1;
    show("a", "udp/53:53");
    beside = "udp/54:54";
    show("a", "udp/53:53");
    buf_clear(&said);
    CHECK(!nat_keeper_go_on(&keeper));
    CHECK_SAID("next flows\nforget flows of 53\ngo on\n");
    nat_keeper_changes(&keeper, &table);
    buf_clear(&said);
    CHECK(!nat_keeper_go_on(&keeper));
    CHECK_SAID("");
    (void)!nat_keeper_wake(&keeper, 50);
    CHECK_HAS(buf_text(&said), "make a\ngo on\n");
    buf_clear(&said);
    CHECK(!nat_keeper_go_on(&keeper));
    CHECK_SAID("forget flows of 54\n");
    beside = NULL;
    nat_keeper_done(&keeper);
}

static bool forgets(const char *address)
{
    struct nat_target target = {0};

    CHECK_EQ(parse_ip(address, &target.ip4), 0);
    return nat_forgets_target(&keeper.forgetting, &target);
}

/* Its address may be another one's next. */
TEST(who_has_left_is_known_until_its_flows_are_forgotten)
{
    begin();
    show("a", "tcp/1:1 udp/53:53");
    beside = "tcp/54:54";
    show("a", "tcp/1:1 udp/53:53");
    kernel_is.crowds = 1;
    show("a", NULL);
    CHECK(nat_forgets(&keeper.forgetting, "oe1"));
    CHECK(forgets("10.9.0.2"));
    CHECK(!nat_forgets(&keeper.forgetting, "oe2"));
    CHECK(!forgets("10.9.0.3"));
    /* of TCP nothing is searched for */
    beside = NULL;
    show("a", NULL);
    CHECK(!nat_forgets(&keeper.forgetting, "oe2"));
    CHECK(nat_keeper_go_on(&keeper));
    CHECK(!nat_forgets(&keeper.forgetting, "oe1"));
    CHECK(!forgets("10.9.0.2"));
    /* in one turn nobody has to wait */
    show("a", "udp/53:53");
    show("a", NULL);
    CHECK(!nat_forgets(&keeper.forgetting, "oe1"));
    nat_keeper_done(&keeper);
}

/* It began before: so another one looks. */
TEST(who_leaves_during_a_search_waits_for_the_next_one)
{
    begin();
    beside = "udp/54:54";
    show("a", "udp/53:53");
    kernel_is.crowds = 2;
    show("a", NULL);
    beside = NULL;
    show("a", NULL);
    CHECK(!nat_keeper_go_on(&keeper));
    CHECK(nat_forgets(&keeper.forgetting, "oe1"));
    CHECK(nat_keeper_go_on(&keeper));
    CHECK(!nat_forgets(&keeper.forgetting, "oe1"));
    CHECK(nat_forgets(&keeper.forgetting, "oe2"));
    kernel_is.crowds = 0;
    CHECK(nat_keeper_go_on(&keeper));
    CHECK(!nat_forgets(&keeper.forgetting, "oe2"));
    nat_keeper_done(&keeper);
}

/* While the rules are not right nobody is kept waiting for them. */
TEST(who_leaves_while_the_rules_are_not_in_force)
{
    begin();
    show("a", "udp/53:53");
    kernel_is.run_fails = EIO;
    show("a", NULL);
    CHECK(!nat_forgets(&keeper.forgetting, "oe1"));
    kernel_is.run_fails = 0;
    kernel_is.crowds = 1;
    (void)!nat_keeper_wake(&keeper, 5000);
    CHECK(nat_forgets(&keeper.forgetting, "oe1"));
    CHECK(nat_keeper_go_on(&keeper));
    CHECK(!nat_forgets(&keeper.forgetting, "oe1"));
    nat_keeper_done(&keeper);
}

TEST(networks_that_go_during_a_search)
{
    begin();
    show("a", "udp/53:53");
    kernel_is.crowds = 1;
    show("a", NULL);
    buf_clear(&said);
    show("", NULL);
    CHECK_SAID("filters as before\nremove\ngo on\n");
    (void)!nat_keeper_go_on(&keeper);
    CHECK_SAID("next flows\nforget flows of 53\n");
    nat_keeper_done(&keeper);
}

/* The next daemon looks at what leads into our networks only. */
TEST(the_end_of_the_program_ends_a_search)
{
    begin();
    show("a", "udp/53:53");
    kernel_is.crowds = 3;
    show("a", NULL);
    nat_keeper_finish(&keeper);
    CHECK_EQ(kernel_is.crowds, 0);
    CHECK(!nat_keeper_go_on(&keeper));
    nat_keeper_done(&keeper);
}

TEST(connections_that_cannot_be_listed)
{
    begin();
    show("a", "udp/53:53");
    kernel_is.forgetting_fails = ENOMEM;
    buf_clear(&said);
    show("a", NULL);
    CHECK_HAS(buf_text(&said), "}\nwarning: UDP connections may still reach "
                               "containers by ports that are not published any "
                               "more; error=no conntrack\n");
    buf_clear(&said);
    CHECK(!nat_keeper_go_on(&keeper));
    CHECK_SAID("");
    /* the next one begins anew */
    kernel_is.forgetting_fails = 0;
    show("a", "udp/54:54");
    CHECK_HAS(buf_text(&said), "}\nforget flows of 54\n");
    nat_keeper_done(&keeper);
}

/* A flow that was forgotten before the rules are right would be there again by
 * the next packet, and lead where the former rules say. */
TEST(flows_are_forgotten_when_the_rules_are_right)
{
    begin();
    show("a", "udp/53:53");
    kernel_is.run_fails = EIO;
    buf_clear(&said);
    show("a", NULL);
    show("a", "udp/54:54");
    CHECK(!strstr(buf_text(&said), "forget"));
    buf_clear(&said);
    kernel_is.run_fails = 0;
    (void)!nat_keeper_wake(&keeper, 5000);
    CHECK_SAID("make a\nforward\nforget flows of 53\nforget flows of 54\n" OPEN
               "info: the rules of the networks are in force\n");
    nat_keeper_done(&keeper);
}

/* Without rules nothing is kept for later turns: the whole table will do. */
TEST(no_parts_without_rules)
{
    begin();
    show("a", NULL);
    kernel_is.run_fails = EIO;
    show("ab", NULL);
    for (int i = 0; i < 8; i++)
        show("a", i % 2 ? NULL : "tcp/1-3000:1");
    CHECK(!nat_parts_any(&keeper.parts));
    nat_keeper_done(&keeper);
}

/* Ports that cannot be in force are not said to be. */
TEST(an_endpoint_that_is_left_out)
{
    struct err err = {0};

    begin();
    show("a", "tcp/8080:80");
    beside = "tcp/8080:81";
    show("a", "tcp/8080:80");
    CHECK(has_ports("oe1"));
    CHECK_ERR(nat_keeper_in_force(&keeper, "oe2", &err), EADDRINUSE, err,
              "published ports of oe2 are left out: they belong to another "
              "endpoint already");
    beside = "nonsense";
    show("a", "tcp/8080:80");
    CHECK_ERR(nat_keeper_in_force(&keeper, "oe2", &err), EADDRINUSE, err,
              "they cannot be read");
    beside = "tcp/8081:81";
    show("a", "tcp/8080:80");
    CHECK(has_ports("oe2"));
    /* who came first keeps its ports, whatever their names */
    buf_clear(&said);
    show("a", "tcp/8081:80 tcp/8082:82");
    CHECK_ERR(nat_keeper_in_force(&keeper, "oe1", &err), EADDRINUSE, err,
              "they belong to another endpoint already");
    CHECK(has_ports("oe2"));
    CHECK(!strstr(buf_text(&said), "8081 :") &&
          !strstr(buf_text(&said), "8082 :"));
    const struct ip all = {0};
    CHECK_STR(nat_view_holder(&keeper.view, IPPROTO_TCP, &all, 8081, "")->port,
              "oe2");
    CHECK(!nat_view_holder(&keeper.view, IPPROTO_TCP, &all, 8082, ""));
    beside = NULL;
    nat_keeper_done(&keeper);
}

TEST_MAIN
