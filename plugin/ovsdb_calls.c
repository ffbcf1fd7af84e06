/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The newest comes first, so the one that is answered next is the last: a list
 * of some dozens, as long as what Docker does at once.
 */
#include "plugin/ovsdb_calls.h"

#include <stddef.h>

void calls_add(struct ovsdb_call **first, struct ovsdb_call *call)
{
    call->previous = NULL;
    call->next = *first;
    if (call->next)
        call->next->previous = call;
    *first = call;
}

void calls_remove(struct ovsdb_call **first, struct ovsdb_call *call)
{
    if (call->previous)
        call->previous->next = call->next;
    else
        *first = call->next;
    if (call->next)
        call->next->previous = call->previous;
    *call = (struct ovsdb_call){0};
}

struct ovsdb_call *calls_find(struct ovsdb_call *first, uint64_t id)
{
    while (first && first->id != id)
        first = first->next;
    return first;
}
