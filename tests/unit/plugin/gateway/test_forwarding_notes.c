/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Devices that forward for our networks, as the rows note them. */
#include "plugin/gateway/forwarding_notes.h"

#include "tests/lib/rows.h"

#define PUT(key, value)                                                     \
    "{'op':'mutate','table':'Interface','where':[['_uuid','==',['uuid',"    \
    "'iiiiiiii-0000-4000-8000-h']]],'mutations':[['external_ids','delete'," \
    "['set',['ovsint-forwarding-" key "']]],['external_ids','insert',"      \
    "['map',[['ovsint-forwarding-" key "','" value "']]]]]}"
#define REMOVE(key)                                                         \
    "{'op':'mutate','table':'Interface','where':[['_uuid','==',['uuid',"    \
    "'iiiiiiii-0000-4000-8000-h']]],'mutations':[['external_ids','delete'," \
    "['set',['ovsint-forwarding-" key "']]]]}"

/* The notes that a row with two keys has. */
static void read_row(const char *key1, const char *value1, const char *key2,
                     const char *value2, struct forwarding_notes *ret)
{
    auto_vswitch_view struct vswitch_view view = {0};

    rows_port(&view, "h", ID_OWNER, "docker", key1, value1, key2, value2, NULL);
    forwarding_notes_read(ret, vswitch_view_find(&view, "h"));
}

TEST(reads)
{
    static const struct {
        const char *key, *value, *device;
        bool ipv4, ipv6;
    } table[] = {
        {"ovsint-forwarding-eth0", "4", "eth0", true, false},
        {"ovsint-forwarding-eth0", "6", "eth0", false, true},
        {"ovsint-forwarding-eth0", "46", "eth0", true, true},
        {"ovsint-forwarding-a.b-c@d", "64", "a.b-c@d", true, true},
        {"ovsint-forwarding-eth0", "", "eth0", false, false},
        {"ovsint-forwarded-eth0", "4", NULL, false, false},
        /* names that rules cannot say */
        {"ovsint-forwarding-", "4", NULL, false, false},
        {"ovsint-forwarding-a\"b", "4", NULL, false, false},
        {"ovsint-forwarding-a*", "4", NULL, false, false},
        {"ovsint-forwarding-0123456789abcdef", "4", NULL, false, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct forwarding_notes notes = {0};
        read_row(table[i].key, table[i].value, "other", "4", &notes);
        CHECK_EQ(notes.count, table[i].device ? 1 : 0);
        if (table[i].device) {
            CHECK_STR(notes.devices[0].device, table[i].device);
            CHECK_EQ(notes.devices[0].ipv4, table[i].ipv4);
            CHECK_EQ(notes.devices[0].ipv6, table[i].ipv6);
        }
        forwarding_notes_done(&notes);
    }
}

TEST(the_first_strange_name_is_known)
{
    struct forwarding_notes notes = {0};

    forwarding_notes_add(&notes, "eth0", true, false);
    CHECK_STR(notes.strange, "");
    forwarding_notes_add(&notes, "a*", true, false);
    forwarding_notes_add(&notes, "b*", true, false);
    CHECK_STR(notes.strange, "a*");
    CHECK_EQ(notes.count, 1);
    forwarding_notes_done(&notes);
}

TEST(what_comes_twice_adds_up)
{
    struct forwarding_notes notes = {0};

    forwarding_notes_add(&notes, "eth0", true, false);
    forwarding_notes_add(&notes, "eth1", true, true);
    forwarding_notes_add(&notes, "eth0", false, true);
    CHECK_EQ(notes.count, 2);
    CHECK(notes.devices[0].ipv4 && notes.devices[0].ipv6);
    forwarding_notes_done(&notes);
}

TEST(no_more_than_the_limit)
{
    struct forwarding_notes notes = {0};
    char name[IFNAME_SIZE];

    for (int i = 0; i < LIMIT_FORWARDING_DEVICES; i++) {
        snprintf(name, sizeof(name), "eth%d", i);
        forwarding_notes_add(&notes, name, true, false);
    }
    CHECK(!notes.overflow);
    forwarding_notes_add(&notes, "eth0", false, true);
    CHECK(!notes.overflow);
    forwarding_notes_add(&notes, "more", true, false);
    CHECK(notes.overflow);
    CHECK_EQ(notes.count, LIMIT_FORWARDING_DEVICES);
    forwarding_notes_done(&notes);
}

/* The whole of a transaction; the caller frees. */
static char *wanted(const char *operations)
{
    auto_buf struct buf text = BUF_INIT(4096);

    buf_addf(&text, "['Open_vSwitch'%s]", operations);
    return mem_text(text.data, text.size);
}

/* A row that notes eth0 as 4 and eth1 as 46. */
TEST(writes)
{
    static const struct {
        struct forwarding_device devices[2];
        size_t count;
        bool overflow;
        const char *text; /* NULL = the row says it */
    } table[] = {
        {{{"eth0", true, false}, {"eth1", true, true}}, 2, false, NULL},
        {{{"eth0", true, true}, {"eth1", true, true}},
         2,
         false,
         "," PUT("eth0", "46")},
        {{{"eth0", true, false}}, 1, false, "," REMOVE("eth1")},
        {{{"eth0", true, false}}, 1, true, NULL},
        {{{"eth1", true, true}, {"eth2", false, true}},
         2,
         false,
         "," PUT("eth2", "6") "," REMOVE("eth0")},
        {{{"", false, false}}, 0, false, "," REMOVE("eth0") "," REMOVE("eth1")},
    };
    auto_vswitch_view struct vswitch_view view = {0};

    rows_port(&view, "h", ID_OWNER, "docker", "ovsint-forwarding-eth0", "4",
              "ovsint-forwarding-eth1", "46", NULL);
    const struct vswitch_port *row = vswitch_view_find(&view, "h");
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct forwarding_notes notes = {.overflow = table[i].overflow};
        auto_txn struct txn txn = {0};
        bool all = true;
        for (size_t d = 0; d < table[i].count; d++) {
            const struct forwarding_device *device = &table[i].devices[d];
            forwarding_notes_add(&notes, device->device, device->ipv4,
                                 device->ipv6);
            all &= forwarding_notes_in(row, device);
        }
        txn_init(&txn, OVSDB_NAME);
        forwarding_notes_write(&notes, row, &txn);
        CHECK_EQ(txn_count(&txn) == 0, !table[i].text);
        if (table[i].text) {
            auto_free char *text = rows_txn(&txn);
            auto_free char *want = wanted(table[i].text);
            CHECK_STR(text, want);
        }
        if (!table[i].text)
            CHECK(all);
        forwarding_notes_done(&notes);
    }
}

TEST_MAIN
