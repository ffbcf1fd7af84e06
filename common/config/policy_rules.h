/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Private to this room: the table of the policy's rules, and what judging by
 * one of them needs.
 */
#pragma once

#include "common/config/members.h"

/* How the line would look that allows a value. */
enum rule_shape { SHAPE_LIST, SHAPE_TEXT, SHAPE_NUMBER };

struct policy_row {
    struct member member;
    enum rule_shape shape;
};

extern const struct policy_row policy_rows[RULE_COUNT];

/* Is what the rule is about open, as nobody has named it? */
bool policy_is_open(const struct policy *policy, enum policy_rule rule);

/* Refuses a value: `what` is "bridge", `allowed` what the rule allows. Returns
 * -EPERM. */
int policy_refuse(const struct policy *policy, enum policy_rule rule,
                  const char *where, const char *what, const char *value,
                  const char *allowed, struct err *err);

bool pattern_list_has(const struct pattern_list *list, const char *text);
/* Is all of `prefix` within one of the list? */
bool prefix_list_has(const struct prefix_list *list,
                     const struct ip_prefix *prefix);
bool range_list_has(const struct range_list *list, uint16_t first,
                    uint16_t last);
void pattern_list_format(const struct pattern_list *list, struct buf *ret);
void prefix_list_format(const struct prefix_list *list, struct buf *ret);
void range_list_format(const struct range_list *list, struct buf *ret);

void pattern_list_done(struct pattern_list *list);
/* policy_lists.c: `where` begins a message. -EINVAL. */
int policy_read_patterns(const struct json *value, const char *where,
                         struct pattern_list *list, struct err *err);
int policy_read_prefixes(const struct json *value, const char *where,
                         struct prefix_list *list, struct err *err);
/* "1000-1999,8080", or one number, of 1 to `max`. "" is none. */
int policy_read_ranges(const struct json *value, const char *where,
                       uint64_t max, struct range_list *list, struct err *err);
