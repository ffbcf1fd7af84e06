#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Neither compiler has anything to say about the programs and their tests.
. tests/lint/lib.sh
lint_need gcc clang

for compiler in gcc clang; do
    "${MAKE:-make}" -s -j"$(nproc)" CC=$compiler WERROR=1 V=1 \
        B=build/lint-$compiler check-programs 2>&1 |
        grep -E '(error|warning|Error)[ :]'
done | lint_verdict
