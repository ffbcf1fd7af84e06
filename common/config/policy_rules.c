/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * What all judgements by the policy share: is a rule there, does its list have
 * a value, and the sentence of a refusal. That sentence names the rule and what
 * it allows. If nobody has written the rule, it names the line that would
 * allow the value.
 */
#include "common/config/policy_rules.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *policy_rule_key(enum policy_rule rule)
{
    return policy_rows[rule].member.key;
}

bool policy_names(const struct policy *policy, enum policy_rule rule)
{
    return policy->named & 1u << rule;
}

bool policy_is_open(const struct policy *policy, enum policy_rule rule)
{
    return !policy->closed && !policy_names(policy, rule);
}

/* Does `text` match `pattern`? A '*' at the end of the pattern stands for any
 * rest. */
static bool matches(const char *pattern, const char *text)
{
    size_t len = strlen(pattern);

    if (len && pattern[len - 1] == '*')
        return strncmp(pattern, text, len - 1) == 0;
    return strcmp(pattern, text) == 0;
}

bool pattern_list_has(const struct pattern_list *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (matches(list->items[i], text))
            return true;
    }
    return false;
}

bool prefix_list_has(const struct prefix_list *list,
                     const struct ip_prefix *prefix)
{
    for (size_t i = 0; i < list->count; i++) {
        if (prefix->len >= list->items[i].len &&
            ip_in_prefix(&prefix->ip, &list->items[i]))
            return true;
    }
    return false;
}

bool range_list_has(const struct range_list *list, uint16_t first,
                    uint16_t last)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].first <= first && last <= list->items[i].last)
            return true;
    }
    return false;
}

void pattern_list_format(const struct pattern_list *list, struct buf *ret)
{
    for (size_t i = 0; i < list->count; i++)
        buf_addf(ret, "%s%s", i ? ", " : "", list->items[i]);
}

void prefix_list_format(const struct prefix_list *list, struct buf *ret)
{
    char text[PREFIX_TEXT_SIZE];

    for (size_t i = 0; i < list->count; i++) {
        prefix_format(&list->items[i], text);
        buf_addf(ret, "%s%s", i ? ", " : "", text);
    }
}

void range_list_format(const struct range_list *list, struct buf *ret)
{
    for (size_t i = 0; i < list->count; i++) {
        buf_addf(ret, "%s%u", i ? "," : "", list->items[i].first);
        if (list->items[i].last != list->items[i].first)
            buf_addf(ret, "-%u", list->items[i].last);
    }
}

int policy_refuse(const struct policy *policy, enum policy_rule rule,
                  const char *where, const char *what, const char *value,
                  const char *allowed, struct err *err)
{
    static const char *const before[] = {
        [SHAPE_LIST] = "[\"", [SHAPE_TEXT] = "\"", [SHAPE_NUMBER] = ""};
    static const char *const after[] = {
        [SHAPE_LIST] = "\"]", [SHAPE_TEXT] = "\"", [SHAPE_NUMBER] = ""};
    enum rule_shape shape = policy_rows[rule].shape;
    const char *key = policy_rule_key(rule);

    if (policy_names(policy, rule))
        return err_set(err, EPERM,
                       "%s: %s " SHOWN
                       " is not allowed by the policy (policy.%s: %.160s)",
                       where, what, value, key, *allowed ? allowed : "nothing");
    return err_set(err, EPERM,
                   "%s: %s " SHOWN
                   " is not allowed by the policy, which does not name it: an "
                   "administrator may add \"%s\": %s%.80s%s to \"policy\"",
                   where, what, value, key, before[shape], value, after[shape]);
}
