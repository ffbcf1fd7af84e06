/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that do not compile in this tree: each has a bounded or stricter
 * counterpart. Forced into every object by the Makefile.
 */
#pragma once

/* The headers that declare them must come before the poison. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* With clang glibc's fortified forms are macros. */
#undef sprintf
#undef vsprintf

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets
#pragma GCC poison atoi atol atoll strtok system popen asctime ctime
#pragma GCC poison gmtime localtime usleep
