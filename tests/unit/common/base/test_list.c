/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The list that is linked through its members. */
#include "ovsint/base/list.h"

#include "tests/lib/test.h"

struct item {
    int number;
    struct list link;
};

static void check_numbers(const struct list *head, const char *want)
{
    char have[64] = "";
    size_t at = 0;

    LIST_EACH (link, head) {
        at += (size_t)snprintf(have + at, sizeof(have) - at, "%d",
                               container_of(link, struct item, link)->number);
    }
    CHECK_STR(have, want);
}

TEST(keeps_the_order_in_which_links_were_added)
{
    struct item items[] = {{.number = 1}, {.number = 2}, {.number = 3}};
    struct list head;

    list_init(&head);
    CHECK(list_is_empty(&head));
    check_numbers(&head, "");
    for (size_t i = 0; i < 3; i++)
        list_append(&head, &items[i].link);
    CHECK(!list_is_empty(&head));
    check_numbers(&head, "123");
}

TEST(inserts_before_a_link)
{
    struct item items[] = {{.number = 1}, {.number = 2}, {.number = 3}};
    struct list head;

    list_init(&head);
    list_insert(&head, &items[2].link);
    list_insert(&items[2].link, &items[0].link);
    list_insert(&items[2].link, &items[1].link);
    check_numbers(&head, "123");
}

TEST(removes_first_middle_and_last)
{
    static const char *const left[] = {"23", "13", "12"};

    for (size_t gone = 0; gone < 3; gone++) {
        struct item items[] = {{.number = 1}, {.number = 2}, {.number = 3}};
        struct list head;
        list_init(&head);
        for (size_t i = 0; i < 3; i++)
            list_append(&head, &items[i].link);
        CHECK(list_has(&items[gone].link));
        list_remove(&items[gone].link);
        CHECK(!list_has(&items[gone].link));
        check_numbers(&head, left[gone]);
        list_append(&head, &items[gone].link); /* it is like new */
    }
}

TEST(a_link_in_no_list_can_be_removed)
{
    struct item item = {0};

    CHECK(!list_has(&item.link));
    list_remove(&item.link);
    CHECK(!list_has(&item.link));
}

TEST(the_body_of_a_loop_may_remove_its_own_link)
{
    struct item items[] = {{.number = 1}, {.number = 2}, {.number = 3}};
    struct list head;

    list_init(&head);
    for (size_t i = 0; i < 3; i++)
        list_append(&head, &items[i].link);
    LIST_EACH (link, &head) {
        if (container_of(link, struct item, link)->number != 2)
            list_remove(link);
    }
    check_numbers(&head, "2");
}

TEST_MAIN
