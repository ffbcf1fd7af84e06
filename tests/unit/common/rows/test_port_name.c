/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Derived names: their form, and how evenly they are spread. */
#include "ovsint/rows/port_name.h"

#include "ovsint/base/buf.h"
#include "tests/lib/test.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define MANY 20000

static int compare_text(const void *a, const void *b)
{
    return memcmp(a, b, IFNAME_SIZE);
}

static int compare_mac(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct mac));
}

TEST(form)
{
    static const char *const ids[] = {"", "a", ID, ID ID};

    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        char port[IFNAME_SIZE], veth[IFNAME_SIZE];
        names_port(ids[i], "eth0", UINT64_MAX, port);
        names_veth_host(ids[i], "eth0", UINT64_MAX, veth);
        CHECK_EQ(strlen(port), 15);
        CHECK(ifname_valid(port) && ifname_valid(veth));
        CHECK(strncmp(port, "oi", 2) == 0 && strncmp(veth, "ov", 2) == 0);
        CHECK_EQ(strspn(port + 2, "abcdefghijklmnopqrstuvwxyz234567"), 13);
        CHECK_STR(port + 2, veth + 2);
    }
}

/* Databases and leases keep these values: they must never change. */
TEST(stable)
{
    char port[IFNAME_SIZE], mac_text[MAC_TEXT_SIZE];

    names_port("c0ffee", "eth0", 1, port);
    CHECK_STR(port, "oime66lqpbz532d");
    struct mac mac = names_mac("c0ffee", "eth0");
    mac_format(&mac, mac_text);
    CHECK_STR(mac_text, "d6:2c:2b:45:a3:68");
    CHECK(names_hash("c0ffee", "eth0") == UINT64_C(0xab5768a3452b2cd5));
}

TEST(each_part_counts)
{
    char names[6][IFNAME_SIZE];

    names_port("ab", "c", 0, names[0]);
    names_port("a", "bc", 0, names[1]);
    names_port("ab", "d", 0, names[2]);
    names_port("ab", "c", 1, names[3]);
    names_port("ab", "c", UINT64_C(1) << 63, names[4]);
    names_port("abc", "", 0, names[5]);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        for (size_t j = 0; j < i; j++)
            CHECK(strcmp(names[i], names[j]) != 0);
    }
    CHECK(names_hash("ab", "c") != names_hash("a", "bc"));
    CHECK(names_hash("", "") != names_hash("", "a"));
}

TEST(unique_per_nonce)
{
    auto_free char(*names)[IFNAME_SIZE] = mem_new(MANY * sizeof(*names));

    for (uint64_t i = 0; i < MANY; i++)
        names_port(ID, "eth0", i, names[i]);
    qsort(names, MANY, sizeof(*names), compare_text);
    for (size_t i = 1; i < MANY; i++)
        CHECK(strcmp(names[i], names[i - 1]) != 0);
}

TEST(macs)
{
    auto_free struct mac *macs = mem_new(MANY * sizeof(*macs));
    uint8_t ones[6] = {0}, zeros[6] = {0};

    for (unsigned i = 0; i < MANY; i++) {
        char id[16];
        snprintf(id, sizeof(id), "container%u", i);
        macs[i] = names_mac(id, "eth0");
        CHECK_EQ(macs[i].bytes[0] & 3, 2);
        for (size_t b = 0; b < 6; b++) {
            ones[b] |= macs[i].bytes[b];
            zeros[b] |= (uint8_t)~macs[i].bytes[b];
        }
    }
    for (size_t b = 0; b < 6; b++) {
        CHECK_EQ(ones[b], b ? 0xff : 0xfe);
        CHECK_EQ(zeros[b], b ? 0xff : 0xfd);
    }
    qsort(macs, MANY, sizeof(*macs), compare_mac);
    for (size_t i = 1; i < MANY; i++)
        CHECK(!mac_equal(&macs[i], &macs[i - 1]));
}

/* One changed bit of the input changes about half of the hash. */
TEST(mixing)
{
    unsigned changed = 0, pairs = 0;

    for (unsigned i = 0; i < 64; i++) {
        char id[] = ID, other[] = ID;
        other[i] ^= 1;
        uint64_t both = names_hash(id, "eth0") ^ names_hash(other, "eth0");
        for (; both; both &= both - 1)
            changed++;
        pairs++;
    }
    CHECK(changed > pairs * 28 && changed < pairs * 36);
}

TEST(what_may_be_a_port)
{
    static const struct {
        const char *name;
        bool is;
    } cases[] = {
        {"oiabcdefghij234", true},
        {"oiabcdefghij230", true},
        {"oiabcdefghij201", false},
        {"oiabcdefghij0234", false},
        {"oiabcdefghij23", false},
        {"ovabcdefghij234", false},
        {"oi-bcdefghij234", false},
        {"oiABCDEFGHIJ234", false},
        {"", false},
        {"oi", false},
    };
    char port[IFNAME_SIZE];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (names_is_port(cases[i].name) != cases[i].is)
            TEST_FAIL("%s", cases[i].name);
    }
    names_port("c0ffee", "eth0", 1, port);
    CHECK(names_is_port(port));
}

TEST(what_may_be_a_pair_of_dockers)
{
    char pair[IFNAME_SIZE];

    names_veth_host("c0ffee", "", 1, pair);
    pair[IFNAME_SIZE - 2] = '0';
    CHECK(names_is_docker_pair(pair));
    CHECK(!names_is_docker_pair("ovabcdefghij231"));
    CHECK(!names_is_docker_pair("oiabcdefghij230"));
    CHECK(!names_is_docker_pair("ovabcdefghi-230"));
    CHECK(!names_is_docker_pair("ovabcdefg0"));
    CHECK(!names_is_docker_pair(""));

    char peer[IFNAME_SIZE];
    names_docker_peer("ovabcdefghij230", peer);
    CHECK_STR(peer, "ovabcdefghij231");
}

TEST_MAIN
