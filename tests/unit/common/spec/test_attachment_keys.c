/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Each key by itself: the values that are refused, and the message for each. */
#include <errno.h>

#include "tests/lib/model.h"

#define VALUES 24
#define TOLD " is reserved: ovsint itself tells others by it what the port is"
#define X16 "xxxxxxxxxxxxxxxx"
#define X64 X16 X16 X16 X16
#define X256 X64 X64 X64 X64

/* The message is "here: '<value>' <what>". */
static const struct {
    const char *key, *what;
    const char *values[VALUES];
} quoted[] = {
    {"vlan",
     "is not a VLAN id (1-4094)",
     {"0", "4095", "-1", "1000000000", "1e9", "", "ten", "10 ", " 10", "0x10",
      "10,11", "10-11", "+1", "1.0", "99999999999999999999999"}},
    {"trunks",
     "is not a list of VLAN ids and ranges within 1-4094 (10,20-29)",
     {"", "0", "4095", "10-", "-10", "20-10", "10,,11", "10,", ",10", "10;11",
      "a", "10--12", "1-4095", "0-10", "10 - 12", "10 11", "-", ","}},
    {"vlan-mode",
     "is not a VLAN mode (access, trunk, native-tagged, native-untagged or "
     "dot1q-tunnel)",
     {"", "Access", "none", "access ", "native", "(null)"}},
    {"isolated-ports",
     "is neither true nor false",
     {"", "True", "yes", "1", "on", "true "}},
    {"guard",
     "is none of off, mac and full",
     {"", "Off", "on", "true", "macs", "full "}},
    {"guard-also",
     "is neither an address nor a network with prefix length (10.0.0.9, "
     "10.1.0.0/24)",
     {"nonsense", "10.0.0.256", "10.0.0.0/33", "02:00:00:00:00:01",
      "10.0.0.1-10.0.0.9", "any"}},
    {"guard-also", "has host bits set: write 10.0.0.0/24", {"10.0.0.5/24"}},
    {"bridge",
     "is not a bridge name (1-63 printable characters without blank, comma or "
     "slash)",
     {"", "a b", "a/b", "a,b", "br\n0", "br\x7f", "\xc3\xa9", X64}},
    {"network",
     "is not a network name (1-63 printable characters without blank, comma or "
     "slash)",
     {"", "a b", "a/b", "a,b", "\t", X64}},
    {"ip",
     "is not an address with prefix length (10.0.0.5/24, fd00::5/64), auto, "
     "dhcp or slaac",
     {"10.0.0.5", "10.0.0.5/", "10.0.0.5/33", "10.0.0.256/24", "10.0.0/24",
      "010.0.0.5/24", "fd00::5/129", "fd00:::5/64", "nonsense", "10.0.0.5/-1",
      "10.0.0.5/24 10.0.0.6/24", "10.0.0.5/24;fd00::5/64", "Auto",
      "fe80::1%eth0/64", "10.0.0.5/255.255.255.0"}},
    {"ip",
     "is empty or has an empty or overlong element",
     {"", " ", ",", "10.0.0.5/24,", ",10.0.0.5/24",
      "10.0.0.5/24,,10.0.0.6/24"}},
    {"ip",
     "is the network address of its prefix",
     {"10.0.0.0/24", "10.0.0.4/30"}},
    {"ip",
     "is the broadcast address of its prefix",
     {"10.0.0.255/24", "10.0.0.7/30", "10.255.255.255/8"}},
    {"ip", "has prefix length 0", {"10.0.0.5/0", "fd00::5/0"}},
    {"ip",
     "is not an address that a host can have (0.0.0.0/8)",
     {"0.0.0.0/0", "0.0.0.5/24", "0.0.0.0/32"}},
    {"ip", "is a loopback address", {"127.0.0.1/8", "127.1.2.3/32"}},
    {"ip",
     "is a multicast address",
     {"224.0.0.1/24", "239.255.255.255/32", "ff02::1/64"}},
    {"ip", "is the broadcast address", {"255.255.255.255/32"}},
    {"ip", "is the unspecified address", {"::/64", "::/128"}},
    {"ip", "is the loopback address", {"::1/128", "::1/64"}},
    {"ip",
     "is the subnet-router address of its prefix",
     {"fd00::/64", "fd00::4/126"}},
    {"ip", "is an IPv4 address in IPv6 form", {"::ffff:10.0.0.1/120"}},
    {"gateway",
     "is not an address (10.0.0.1, fd00::1)",
     {"10.0.0.1/24", "x", "auto", "10.0.0", "fe80::1%eth0",
      "10.0.0.1 10.0.0.2"}},
    {"gateway",
     "is empty or has an empty or overlong element",
     {"", "10.0.0.1,", ",", "10.0.0.1,,fd00::1"}},
    {"gateway", "is a loopback address", {"127.0.0.1"}},
    {"gateway", "is a multicast address", {"224.0.0.1", "ff02::2"}},
    {"gateway", "is the unspecified address", {"::"}},
    {"gateway",
     "is not an address that a host can have (0.0.0.0/8)",
     {"0.0.0.0"}},
    {"routes",
     "is not a route (10.1.0.0/16 via 10.0.0.1)",
     {"10.1.0.0/16", "10.1.0.0/16 via", "10.1.0.0/16 dev eth0",
      "10.1.0.0/16 VIA 10.0.0.1", "via 10.0.0.1"}},
    {"routes",
     "is empty or has an empty or overlong element",
     {"", ",", "10.1.0.0/16 via 10.0.0.1,"}},
    {"dhcp-id",
     "is not 1-62 printable characters without blank",
     {"", "a b", "\x7f", X64}},
    {"dhcp-hostname",
     "is not a host name (1-63 letters, digits, dots and hyphens)",
     {"", "a_b", "-a", ".a", "a b", X64}},
    {"dns-name",
     "is not one label of a host name (1-63 letters, digits, and hyphens "
     "within)",
     {"", "a_b", "-a", "a-", "a.b", "a b", X64}},
    {"accept-ra", "is neither true nor false", {"", "yes", "1", "True", "2"}},
    {"dad", "is neither true nor false", {"", "yes", "1", "True", "false "}},
    {"default", "is neither true nor false", {"", "yes", "0", "TRUE"}},
    {"mac",
     "is not a MAC address (02:00:00:00:00:01)",
     {"", "02:00:00:00:00", "02-00-00-00-00-01", "020000000001", "auto",
      "02:00:00:00:00:0g", "02:00:00:00:00:01:02"}},
    {"mac",
     "is a multicast MAC address, which no device can have",
     {"01:00:00:00:00:01", "ff:ff:ff:ff:ff:ff", "33:33:00:00:00:01"}},
    {"mac",
     "is not a usable MAC address: leave the key out to get one",
     {"00:00:00:00:00:00"}},
    {"mtu",
     "is not an MTU (68-65535)",
     {"", "0", "67", "65536", "-1", "1e3", "1500 ", "jumbo"}},
    {"type",
     "is not a type of vNIC (internal or veth)",
     {"", "Internal", "tap"}},
    {"storm",
     "is not a number of frames per second (1-10000000)",
     {"", "0", "10000001", "-1", "1k"}},
    {"rate",
     "is not a rate in kbit/s (8-100000000, digits only)",
     {"", "0", "7", "100000001", "-8", "1.5", "10mbit",
      "99999999999999999999"}},
    {"burst",
     "is not a burst in kbit (1-4000000, digits only)",
     {"", "0", "4000001", "-1", "x"}},
    {"ofport",
     "is not an OpenFlow port number (1-65279)",
     {"", "0", "65280", "65534", "-1", "x", "4294967297"}},
    {"external-ids", "is not of the form key=value", {"", "k", "k:v"}},
};

/* The message is "here: <text>". */
static const struct {
    const char *key, *value, *text;
} whole[] = {
    {"ip", "auto,auto", "'auto' stands there twice"},
    {"ip", "10.0.0.5/24,10.0.0.5/24",
     "the address of '10.0.0.5/24' stands there twice"},
    {"ip", "10.0.0.5/24,10.0.0.5/16",
     "the address of '10.0.0.5/16' stands there twice"},
    {"ip", "fd00::5/64,fd00:0::5/64",
     "the address of 'fd00:0::5/64' stands there twice"},
    {"ip", "10.0.0.5/24,bad",
     "'bad' is not an address with prefix length "
     "(10.0.0.5/24, fd00::5/64), auto, dhcp or slaac"},
    {"ip",
     "10.0.0.1/8,10.0.0.2/8,10.0.0.3/8,10.0.0.4/8,10.0.0.5/8,10.0.0.6/8,"
     "10.0.0.7/8,10.0.0.8/8,10.0.0.9/8",
     "more than 8 addresses"},
    {"ip", X256, "'" X64 X16 "' is empty or has an empty or overlong element"},
    {"gateway", "10.0.0.1,10.0.0.2", "'10.0.0.2' is a second IPv4 gateway"},
    {"gateway", "fd00::1,10.0.0.1,fe80::1",
     "'fe80::1' is a second IPv6 gateway"},
    {"routes", "10.1.0.0/16 via x",
     "'x' is not an address (10.0.0.1, fd00::1)"},
    {"routes", "x via 10.0.0.1",
     "'x' is not a network with prefix length (10.1.0.0/16)"},
    {"routes", "10.1.0.0/16 via 10.0.0.1 via 10.0.0.2",
     "'10.0.0.1 via 10.0.0.2' is not an address (10.0.0.1, fd00::1)"},
    {"routes", "10.1.0.5/16 via 10.0.0.1",
     "'10.1.0.5/16' has host bits set: write 10.1.0.0/16"},
    {"routes", "fd00::1/64 via fd01::1",
     "'fd00::1/64' has host bits set: write fd00::/64"},
    {"routes", "0.0.0.0/0 via 10.0.0.1",
     "'0.0.0.0/0' is the default route: set it as gateway"},
    {"routes", "::/0 via fd00::1",
     "'::/0' is the default route: set it as gateway"},
    {"routes", "10.1.0.0/16 via fe80::1",
     "'10.1.0.0/16' and 'fe80::1' are of different families"},
    {"routes", "fd00::/8 via 10.0.0.1",
     "'fd00::/8' and '10.0.0.1' are of different families"},
    {"routes", "10.1.0.0/16 via 10.0.0.1,10.1.0.0/16 via 10.0.0.2",
     "'10.1.0.0/16 via 10.0.0.2' is a second route to the same network"},
    {"external-ids", "k=v,", "'' is not of the form key=value"},
    {"external-ids", "k=v,,l=w", "'' is not of the form key=value"},
    {"external-ids", "k=v,k=w", "key 'k' stands there twice"},
    {"external-ids", "=v",
     "key '' is not 1-63 printable characters without blank, comma or "
     "backslash"},
    {"external-ids", "a b=c",
     "key 'a b' is not 1-63 printable characters without blank, comma or "
     "backslash"},
    {"external-ids", "a\\,b=c",
     "key 'a,b' is not 1-63 printable characters without blank, comma or "
     "backslash"},
    {"external-ids", X64 "=v",
     "key '" X64 "' is not 1-63 printable characters without blank, comma or "
     "backslash"},
    {"external-ids", "ovsint-owner=x",
     "key 'ovsint-owner' is reserved: ovsint keeps its own state under "
     "ovsint-"},
    {"external-ids", "attached-mac=02:00:00:00:00:66",
     "key 'attached-mac'" TOLD},
    {"external-ids", "k=v,container_id=c2", "key 'container_id'" TOLD},
    {"external-ids", "container_iface=eth9", "key 'container_iface'" TOLD},
    {"external-ids", "iface-status=inactive", "key 'iface-status'" TOLD},
    {"external-ids", "k=v, ovsint-=x",
     "key 'ovsint-' is reserved: ovsint keeps its own state under ovsint-"},
    {"external-ids", "k=a\nb", "the value of key 'k' has a control character"},
    {"external-ids", "k=\x7f", "the value of key 'k' has a control character"},
    {"external-ids", "k=" X256,
     "the value of key 'k' is longer than 255 bytes"},
    {"external-ids", "k=" X256 X256 X256,
     "'k=" X64 "xxxxxxxxxxxxxx'... is too long for a pair"},
};

static void check_refused(const char *key, const char *value, const char *text)
{
    struct attachment_request request, untouched;
    struct err err = {0};

    CHECK_OK(attachment_request_init(&request, FRONT_HOOK, "eth0", &err), err);
    memcpy(&untouched, &request, sizeof(request));
    CHECK_ERR(attachment_set(&request, "here", key, value, &err), EINVAL, err,
              "");
    CHECK_STR(err.text, text);
    CHECK(memcmp(&untouched, &request, sizeof(request)) == 0);
}

TEST(a_value_without_end)
{
    auto_buf struct buf list = BUF_INIT(2 * LIMIT_VALUE_SIZE);

    while (list.size <= LIMIT_VALUE_SIZE)
        buf_add_text(&list, "1-4094,");
    check_refused("trunks", buf_text(&list),
                  "here: the value is longer than 32768 bytes");
}

TEST(bad_values)
{
    for (size_t i = 0; i < ARRAY_LEN(quoted); i++) {
        for (size_t j = 0; j < VALUES && quoted[i].values[j]; j++) {
            const char *value = quoted[i].values[j];
            auto_buf struct buf text = BUF_INIT(ERR_TEXT_SIZE);
            buf_addf(&text, "here: '%s' %s", value, quoted[i].what);
            check_refused(quoted[i].key, value, buf_text(&text));
        }
    }
}

TEST(bad_parts)
{
    for (size_t i = 0; i < ARRAY_LEN(whole); i++) {
        auto_buf struct buf text = BUF_INIT(ERR_TEXT_SIZE);
        buf_addf(&text, "here: %s", whole[i].text);
        check_refused(whole[i].key, whole[i].value, buf_text(&text));
    }
}

TEST(too_many)
{
    auto_buf struct buf ids = BUF_INIT(1000), routes = BUF_INIT(1000);
    auto_buf struct buf huge = BUF_INIT(LIMIT_VALUE_SIZE);

    for (int i = 0; i <= LIMIT_EXTERNAL_IDS; i++)
        buf_addf(&ids, "%sk%d=v", i ? "," : "", i);
    check_refused("external-ids", buf_text(&ids), "here: more than 16 pairs");
    for (int i = 0; i <= LIMIT_ROUTES; i++)
        buf_addf(&routes, "%s10.%d.0.0/16 via 10.0.0.1", i ? "," : "", i);
    check_refused("routes", buf_text(&routes), "here: more than 16 routes");
    while (huge.size < huge.cap - 2)
        buf_add_text(&huge, "1");
    check_refused("vlan", buf_text(&huge),
                  "here: '11111111111111111111111111111111111111111111111111111"
                  "111111111111111111111111111' is not a VLAN id (1-4094)");
}

TEST(fronts)
{
    static const struct {
        unsigned front;
        const char *key;
        bool known;
    } table[] = {
        {FRONT_HOOK, "ip", true},          {FRONT_HOOK, "gateway", true},
        {FRONT_DOCKER, "ip", true},        {FRONT_DOCKER, "gateway", false},
        {FRONT_DOCKER, "vlan", true},      {FRONT_DOCKER, "mac", true},
        {FRONT_NETWORK, "network", false}, {FRONT_NETWORK, "mac", false},
        {FRONT_NETWORK, "ofport", false},  {FRONT_NETWORK, "gateway", false},
        {FRONT_NETWORK, "ip", true},       {FRONT_NETWORK, "rate", true},
        {FRONT_SPEC, "ip", true},          {FRONT_HOOK, "", false},
        {FRONT_HOOK, "vlans", false},      {FRONT_HOOK, "VLAN", false},
        {FRONT_HOOK, "vlan ", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        CHECK_EQ(vocabulary_find(table[i].key, table[i].front) >= 0,
                 table[i].known);
    }
}

TEST(likeness)
{
    static const struct {
        const char *typed, *meant;
    } table[] = {
        {"vlna", "vlan"},
        {"vlans", "vlan"},
        {"vlan_mode", "vlan-mode"},
        {"vlanmode", "vlan-mode"},
        {"trunk", "trunks"},
        {"route", "routes"},
        {"mut", "mtu"},
        {"gatewya", "gateway"},
        {"externalids", "external-ids"},
        {"ofprot", "ofport"},
        {"brigde", "bridge"},
        {"bride", "bridge"},
        {"xxan", NULL},
        {"tronkz", "trunks"},
        {"IP", NULL},
        {"", NULL},
        {"x", NULL},
        {"address", NULL},
        {"eth0", NULL},
        {X256, NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const char *nearest = vocabulary_nearest(table[i].typed, FRONT_HOOK);
        if (table[i].meant)
            CHECK_STR(nearest, table[i].meant);
        else
            CHECK(!nearest);
    }
    CHECK(!vocabulary_nearest("gatewya", FRONT_NETWORK));
}

/* Each key once and in order, within a terminal's width. */
TEST(help)
{
    auto_buf struct buf text = BUF_INIT(8192);
    size_t keys = 0;

    vocabulary_print(FRONT_HOOK, "ovsint.", &text);
    for (const char *line = buf_text(&text); *line;) {
        const char *end = strchr(line, '\n');
        CHECK(end && end - line < 80 && end[-1] != ' ');
        if (strncmp(line, "  ovsint.", 9) == 0) {
            enum vocabulary_key key = (enum vocabulary_key)keys++;
            const char *name = vocabulary_entry(key)->key;
            CHECK(strncmp(line + 9, name, strlen(name)) == 0);
            CHECK_EQ(line[9 + strlen(name)], ' ');
        }
        line = end + 1;
    }
    /* a container asks for nothing that is its network's */
    CHECK_EQ(keys, KEY_MCAST_SNOOPING);
    CHECK_EQ(KEY_MCAST_SNOOPING + 1, KEY_POOL);
    CHECK_EQ(KEY_POOL + 1, KEY_COUNT);
    CHECK_HAS(buf_text(&text), "\n  ovsint.vlan            1-4094            "
                               "    access or native VLAN\n");
    CHECK_HAS(buf_text(&text),
              "  ovsint.vlan-mode       MODE                  access, trunk, "
              "native-tagged,\n                                               "
              "native-untagged, dot1q-tunnel\n");
}

TEST(set_once)
{
    struct attachment_request request;
    struct err err = {0};

    CHECK_OK(attachment_request_init(&request, FRONT_DOCKER, "eth0", &err),
             err);
    CHECK(!attachment_given(&request, KEY_VLAN));
    CHECK_OK(attachment_set(&request, "option vlan", "vlan", "7", &err), err);
    CHECK(attachment_given(&request, KEY_VLAN));
    CHECK_EQ(request.values.vlan, 7);
    CHECK_ERR(attachment_set(&request, "option ovsint.vlan", "vlan", "8", &err),
              EINVAL, err, "option ovsint.vlan: given before as option vlan");
    CHECK_EQ(request.values.vlan, 7);
}

TEST(vlan_sets)
{
    static const struct {
        const char *text, *shortest;
    } table[] = {{"1", "1"},           {"4094", "4094"},
                 {"1-4094", "1-4094"}, {"3,1,2", "1-3"},
                 {"5-5", "5"},         {"63,64,65,127-129", "63-65,127-129"},
                 {" 1 , 3 ", "1,3"}};
    struct vlan_set set = {0}, all;

    CHECK(vlan_set_empty(&set));
    CHECK_EQ(vlan_set_parse("1-4094", &all), 0);
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        auto_buf struct buf text = BUF_INIT(200);
        CHECK_EQ(vlan_set_parse(table[i].text, &set), 0);
        vlan_set_format(&set, &text);
        CHECK_STR(buf_text(&text), table[i].shortest);
        CHECK(!vlan_set_empty(&set));
        CHECK(vlan_set_within(&set, &all));
    }
    CHECK(!vlan_set_within(&all, &set));
    CHECK_EQ(vlan_set_parse("4095", &set), -ERANGE);
    CHECK_EQ(vlan_set_parse("0", &set), -ERANGE);
    CHECK_EQ(vlan_set_parse("9-3", &set), -ERANGE);
    CHECK_EQ(vlan_set_parse("a", &set), -EINVAL);
    CHECK_EQ(vlan_set_parse("", &set), -EINVAL);
    CHECK(vlan_set_has(&set, 1) && vlan_set_has(&set, 3));
    CHECK(!vlan_set_has(&set, 2) && !vlan_set_has(&set, 4096));
    vlan_set_add(&set, 100000);
    CHECK(!vlan_set_has(&set, 100000));
}

TEST_MAIN
