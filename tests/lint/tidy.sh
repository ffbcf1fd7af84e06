#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# clang-tidy with .clang-tidy over the product and the fuzz targets, two files
# at a time. PKG_CFLAGS are the include directories of the libraries.
. tests/lint/lib.sh
lint_need clang-tidy

read -ra libraries <<<"${PKG_CFLAGS:-}"
flags=(-std=gnu11 -D_GNU_SOURCE '-DOVSINT_VERSION="lint"' -Iinclude -I.
    -include common/base/banned.h "${libraries[@]}"
    # How far the analyzer follows one function. With its default of 225000 a large
    # one costs several seconds: `make check-full` has four times as many as this.
    -Xclang -analyzer-config -Xclang "max-nodes=${ANALYZER_NODES:-15000}")

mapfile -t files < <(lint_files common hook plugin cli tests/fuzz | grep '\.c$')

# Whichever of the two jobs is done has the next file: some files take five times as long.
{
    for ((i = 0; i < ${#files[@]}; i++)); do
        [ "$i" -lt 2 ] || wait -n
        file=${files[i]}
        knowledge=(-include tests/lint/analyzer.h)
        # Where those functions are defined.
        [ "$file" != common/base/err.c ] || knowledge=()
        clang-tidy --quiet "$file" -- "${flags[@]}" "${knowledge[@]}" 2>&1 |
            grep -E ': (warning|error):|^Error' &
    done
    wait
} | sort -u | lint_verdict
