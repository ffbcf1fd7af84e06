# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# What the compiler can do against an error that our tests have not found. Each
# flag is taken if the compiler knows it: of Debian 12, gcc knows all on amd64,
# clang lacks the last. tests/lint/binaries.sh reads what has come of it.
#
#   -fstack-clash-protection        a large frame touches each of its pages, so
#                                   that it cannot leap over the guard page
#   -fcf-protection                 indirect calls and returns can be checked by
#                                   the processor (amd64); on arm64 that is
#   -mbranch-protection=standard
#   -ftrivial-auto-var-init=zero    no variable shows what was there before

cc_knows = $(shell $(CC) -Werror $(1) -x c -c -o /dev/null - </dev/null \
    2>/dev/null && echo $(1))

ifeq ($(SAN),)
HARDEN := $(foreach f,-fstack-clash-protection -fcf-protection \
    -mbranch-protection=standard -ftrivial-auto-var-init=zero,$(call cc_knows,$f))
CFLAGS += $(HARDEN)
endif
