/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * A doubly linked list whose links are embedded: what is listed contains a
 * struct list, and container_of() leads from the link back to it. The list owns
 * nothing.
 *
 * A link of zeroes is in no list, so a zeroed struct is ready. A head needs
 * list_init().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *previous;
    struct list *next;
};

/* The struct of `type` whose `member` is at `pointer`. */
#define container_of(pointer, type, member) \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* Visits each link in turn. The body may remove `link` and free what contains
 * it, but must leave the other links alone. */
#define LIST_EACH(link, head)                                        \
    for (struct list *link = (head)->next, *list_next_ = link->next; \
         link != (head); link = list_next_, list_next_ = link->next)

static inline void list_init(struct list *head)
{
    head->previous = head;
    head->next = head;
}

static inline bool list_is_empty(const struct list *head)
{
    return head->next == head;
}

/* The first link, or NULL. */
static inline struct list *list_first(const struct list *head)
{
    return list_is_empty(head) ? NULL : head->next;
}

/* Is the link in a list? */
static inline bool list_has(const struct list *link)
{
    return link->next != NULL;
}

/* Adds `link` before one that is in a list. `link` must be in no list. */
static inline void list_insert(struct list *before, struct list *link)
{
    link->previous = before->previous;
    link->next = before;
    before->previous->next = link;
    before->previous = link;
}

/* Adds at the end. The link must be in no list. */
static inline void list_append(struct list *head, struct list *link)
{
    list_insert(head, link);
}

/* Does nothing if the link is in no list. */
static inline void list_remove(struct list *link)
{
    if (!list_has(link))
        return;
    link->previous->next = link->next;
    link->next->previous = link->previous;
    *link = (struct list){0};
}
