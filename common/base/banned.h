/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/*
 * Calls that do not compile in this tree. Each has a bounded or stricter
 * counterpart. The Makefile forces this file into every object.
 */
#pragma once

/* The headers that declare these calls must come before they are poisoned. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* With clang, the fortified forms of glibc are macros. */
#undef sprintf
#undef vsprintf

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets
#pragma GCC poison atoi atol atoll strtok system popen asctime ctime
#pragma GCC poison gmtime localtime usleep
