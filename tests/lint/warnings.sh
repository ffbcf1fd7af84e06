#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Neither compiler has anything to say about the programs and their tests. What the one
# has said that has built what is tested lies beside the objects (Makefile), so nothing is
# compiled for it again.
. tests/lint/lib.sh
lint_need gcc clang
: "${B:=build/release}"

objects() { # DIRECTORY ASSIGNMENT...
    "${MAKE:-make}" -s -j"$(nproc)" V=1 B="$1" check-objects "${@:2}" 2>&1 |
        grep -E '(error|warning|Error)[ :]'
}

# A source that was removed has left its object.
said() {
    local file source
    while read -r file; do
        source=${file#"$B"/}
        [ ! -e "${source%.o.said}.c" ] || cat "$file"
    done < <(find "$B" -name '*.o.said' -size +0)
}

# clang knows all that it warns of before it optimises.
{
    objects "$B"
    said
    CFLAGS=-O0 objects build/lint-clang CC=clang WERROR=1
} | lint_verdict
