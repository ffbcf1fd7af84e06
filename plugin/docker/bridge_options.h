/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Translates options of Docker's own drivers into ours. Pure.
 *
 * Pitfall: an option is never ignored because it is unknown here. It may be the
 * one that closes a port.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "ovsint/base/err.h"
#include "ovsint/spec/attachment.h"

/* A key of ours, and the option that it comes from. */
struct own_option {
    const char *key; /* "" = it says the default */
    char *value;
    char origin[ORIGIN_SIZE]; /* "option vlan" */
    bool of_bridge;           /* it comes from an option of the bridge driver */
};

/* All options of a CreateNetwork. */
struct own_options {
    struct own_option *items;
    size_t count;
    char unmasqueraded[ORIGIN_SIZE]; /* the option that says so; "" = none */
    char connected[ORIGIN_SIZE];
};

void own_options_done(struct own_options *options);
#define auto_own_options __attribute__((cleanup(own_options_done)))

/* Adds a key. -EINVAL if another option gives it another value. */
int own_options_add(struct own_options *options, const char *origin,
                    const char *key, const char *value,
                    struct err *err) MUST_CHECK;

/* Adds what `option`, whose name is not ours, means. If it belongs to no driver
 * that is nothing. -EINVAL if it cannot be obeyed, with the key of ours that
 * comes nearest. */
int bridge_option_add(struct own_options *options, const char *option,
                      const char *value, struct err *err) MUST_CHECK;

/* Call it when all have been added: judges options that depend on others.
 * -EINVAL. */
int bridge_options_settle(struct own_options *options,
                          struct err *err) MUST_CHECK;

/* Is it an option that a network has and an endpoint has not? */
bool bridge_option_is_of_network(const char *option);

/* What to give instead of a key without dots that another driver of Docker's
 * has; or NULL. */
const char *other_driver_advice(const char *key);
