#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Neither compiler has anything to say about the programs and their tests.
. tests/lint/lib.sh
lint_need gcc clang

compiled() { # COMPILER
    "${MAKE:-make}" -s -j"$(nproc)" CC="$1" WERROR=1 V=1 \
        B="build/lint-$1" check-objects 2>&1 |
        grep -E '(error|warning|Error)[ :]'
}

# clang knows all that it warns of before it optimises.
{
    compiled gcc
    CFLAGS=-O0 compiled clang
} | lint_verdict
