/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Which of a container's networks gives its default route. */
#include "ovsint/rows/default_route.h"
#include "tests/lib/rows.h"

#define UUID(port) "iiiiiiii-0000-4000-8000-" port
#define MARK(port)                                                            \
    "{'op':'mutate','table':'Interface','where':[['_uuid','==',"              \
    "['uuid','" UUID(                                                         \
        port) "']]],'mutations':[['external_ids',"                            \
              "'delete',['set',['ovsint-gateway']]],['external_ids','insert'" \
              ",['map',[['ovsint-gateway','true']]]]]}"
#define UNMARK(port)                                             \
    "{'op':'mutate','table':'Interface','where':[['_uuid','=='," \
    "['uuid','" UUID(port) "']]],'mutations':[['external_ids',"  \
                           "'delete',['set',['ovsint-gateway']]]]}"

/* a and b are in one sandbox, c in another, d in none yet. */
static void show(struct vswitch_view *view, const char *marked)
{
    static const char *const sandboxes[] = {"/run/s1", "/run/s1", "/run/s2"};

    for (size_t i = 0; i < 4; i++) {
        char name[] = {(char)('a' + i), '\0'};
        bool has = strchr(marked, name[0]) != NULL;
        if (i < 3)
            rows_port(view, name, ID_NETNS, sandboxes[i],
                      has ? ID_GATEWAY : NULL, "true", NULL);
        else
            rows_port(view, name, has ? ID_GATEWAY : NULL, "true", NULL);
    }
}

TEST(what_is_noted)
{
    static const struct {
        const char *marked;
        const char *port;
        const char *text; /* NULL = nothing */
    } cases[] = {
        {"", "a", "['Open_vSwitch'," MARK("a") "]"},
        {"b", "a", "['Open_vSwitch'," UNMARK("b") "," MARK("a") "]"},
        {"c", "a", "['Open_vSwitch'," MARK("a") "]"},
        {"a", "a", NULL},
        {"bc", "c", NULL},
        {"a", "d", "['Open_vSwitch'," MARK("d") "]"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        auto_vswitch_view struct vswitch_view view = {0};
        auto_txn struct txn txn = {0};
        show(&view, cases[i].marked);
        txn_init(&txn, OVSDB_NAME);
        bool is = default_route_note(&txn, &view,
                                     vswitch_view_find(&view, cases[i].port));
        CHECK_EQ(is, cases[i].text != NULL);
        if (!is)
            CHECK_EQ(txn_count(&txn), 0);
        auto_free char *text = is ? rows_txn(&txn) : NULL;
        if (is)
            CHECK_STR(text, cases[i].text);
    }
}

TEST(who_has_it)
{
    static const struct {
        const char *marked;
        const char *port;
        bool is_elsewhere;
    } cases[] = {
        {"", "a", false},   {"b", "a", true},  {"a", "a", false},
        {"ab", "a", false}, /* while one takes it over */
        {"c", "a", false},  {"a", "d", false}, {"abcd", "d", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        auto_vswitch_view struct vswitch_view view = {0};
        show(&view, cases[i].marked);
        CHECK_EQ(default_route_is_elsewhere(
                     &view, vswitch_view_find(&view, cases[i].port)),
                 cases[i].is_elsewhere);
    }
}

TEST_MAIN
