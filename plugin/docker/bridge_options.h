/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options that Docker's own drivers know, in the words of ours. Pure.
 *
 * What a reader would get wrong: such an option is never passed over because
 * nobody here knows it. It may be the one that closes a port.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "ovsint/base/err.h"
#include "ovsint/spec/attachment.h"

/* One key of ours, and the option that says it. */
struct own_option {
    const char *key; /* "" = it says what is the default */
    char *value;
    char origin[ORIGIN_SIZE]; /* "option vlan" */
    bool of_bridge;           /* a bridge driver's option says it */
};

/* What CreateNetwork was given. */
struct own_options {
    struct own_option *items;
    size_t count;
    char unmasqueraded[ORIGIN_SIZE]; /* who says so; "" = nobody */
    char connected[ORIGIN_SIZE];
};

void own_options_done(struct own_options *options);
#define auto_own_options __attribute__((cleanup(own_options_done)))

/* Adds a key. -EINVAL when another option says it otherwise. */
int own_options_add(struct own_options *options, const char *origin,
                    const char *key, const char *value,
                    struct err *err) MUST_CHECK;

/* Adds what `option`, which is not ours by its name, comes to: nothing for one
 * that is no driver's. -EINVAL for one that cannot be honoured, with the key of
 * ours that comes nearest. */
int bridge_option_add(struct own_options *options, const char *option,
                      const char *value, struct err *err) MUST_CHECK;

/* When all have been added: judges those that depend on others. -EINVAL. */
int bridge_options_settle(struct own_options *options,
                          struct err *err) MUST_CHECK;

/* True for an option that a network has and an endpoint has not. */
bool bridge_option_is_of_network(const char *option);

/* What to give instead of a key without dots that another driver of Docker's
 * has, or NULL. */
const char *other_driver_advice(const char *key);
