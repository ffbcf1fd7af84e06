/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Lists that rules of the policy are: patterns, prefixes, ranges. Each reader
 * appends to a list that was empty.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/config/policy_rules.h"

void pattern_list_done(struct pattern_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct pattern_list){0};
}

/* A '*' may stand at the end only: elsewhere it would not do what its author
 * expects. */
static bool pattern_valid(const char *pattern)
{
    const char *star = strchr(pattern, '*');

    return *pattern && (!star || !star[1]);
}

int policy_read_patterns(const struct json *value, const char *where,
                         struct pattern_list *list, struct err *err)
{
    if (json_type(value) != JSON_ARRAY)
        return member_type_error(value, where, "a list of strings", err);
    list->items = mem_new((json_count(value) + 1) * sizeof(*list->items));
    for (size_t i = 0; i < json_count(value); i++) {
        const char *text;
        int r = member_string(json_at(value, i), where, &text, err);
        if (r < 0)
            return r;
        if (!pattern_valid(text))
            return err_set(err, EINVAL,
                           "%s: " SHOWN " is not a pattern: one '*' may stand "
                           "at its end",
                           where, text);
        list->items[list->count++] = mem_text(text, strlen(text));
    }
    return 0;
}

int policy_read_prefixes(const struct json *value, const char *where,
                         struct prefix_list *list, struct err *err)
{
    if (json_type(value) != JSON_ARRAY)
        return member_type_error(value, where, "a list of strings", err);
    if (json_count(value) > POLICY_RANGES)
        return err_set(err, EINVAL, "%s: more than %d prefixes", where,
                       POLICY_RANGES);
    for (size_t i = 0; i < json_count(value); i++) {
        struct ip_prefix *prefix = &list->items[list->count];
        const char *text;
        int r = member_string(json_at(value, i), where, &text, err);
        if (r < 0)
            return r;
        if (parse_prefix(text, prefix) < 0)
            return err_set(err, EINVAL,
                           "%s: " SHOWN " is not a prefix (10.0.0.0/24)", where,
                           text);
        list->count++;
    }
    return 0;
}

/* "1000-1999" or "8080" */
static int add_range(const char *item, uint64_t max, struct range_list *list)
{
    char first_text[LIST_ITEM_SIZE];
    const char *dash = strchr(item, '-');
    uint64_t first, last;

    snprintf(first_text, sizeof(first_text), "%.*s",
             dash ? (int)(dash - item) : (int)strlen(item), item);
    if (list->count == POLICY_RANGES ||
        parse_number(first_text, 1, max, &first) < 0 ||
        parse_number(dash ? dash + 1 : first_text, first, max, &last) < 0)
        return -EINVAL;
    list->items[list->count].first = (uint16_t)first;
    list->items[list->count++].last = (uint16_t)last;
    return 0;
}

/* "1000-1999,8080", or one number. "" is none. */
int policy_read_ranges(const struct json *value, const char *where,
                       uint64_t max, struct range_list *list, struct err *err)
{
    const char *text = json_string(value);
    char item[LIST_ITEM_SIZE];
    char digits[24];
    int64_t number;
    int r;

    if (!text && json_int(value, &number)) {
        snprintf(digits, sizeof(digits), "%lld", (long long)number);
        text = digits;
    }
    if (!text)
        return member_type_error(value, where, "a list of numbers", err);
    for (const char *rest = *text ? text : NULL;
         (r = list_next(&rest, item)) > 0;) {
        r = add_range(item, max, list);
        if (r < 0)
            break;
    }
    if (r < 0)
        return err_set(err, EINVAL,
                       "%s: " SHOWN " is not a list of at most %d numbers and "
                       "ranges within 1-%d (1000-1999,8080)",
                       where, text, POLICY_RANGES, (int)max);
    return 0;
}
