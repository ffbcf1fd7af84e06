/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands give up: the head of confine.c. */
#pragma once

#include <stdbool.h>

#include "ovsint/base/err.h"

/* For attach and detach, which have opened what they need. */
int cli_confine_plugging(struct err *err) MUST_CHECK;
/* For commands that look, which go on to open namespaces and files to read; one
 * that removes ports afterwards keeps the rights to do so. */
int cli_confine_looking(bool removes, struct err *err) MUST_CHECK;
