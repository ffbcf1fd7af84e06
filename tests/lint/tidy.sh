#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# clang-tidy with .clang-tidy over the product and the fuzz targets, two files
# at a time. PKG_CFLAGS are the include directories of the libraries.
. tests/lint/lib.sh
lint_need clang-tidy

read -ra libraries <<<"${PKG_CFLAGS:-}"
flags=(-std=gnu11 -D_GNU_SOURCE '-DOVSINT_VERSION="lint"' -Iinclude -I.
    -include common/base/banned.h "${libraries[@]}"
    # With the default of 225000 one large function costs several seconds.
    -Xclang -analyzer-config -Xclang max-nodes=60000)

tidy_one() {
    local knowledge=(-include tests/lint/analyzer.h)
    # Where those functions are defined.
    [ "$1" != common/base/err.c ] || knowledge=()
    clang-tidy --quiet "$1" -- "${flags[@]}" "${knowledge[@]}" 2>&1 |
        grep -E ': (warning|error):|^Error'
}

# Two jobs, each with every second file.
mapfile -t files < <(lint_files common hook plugin cli tests/fuzz | grep '\.c$')
tidy_every_second() {
    for ((i = $1; i < ${#files[@]}; i += 2)); do
        tidy_one "${files[i]}"
    done
}

{
    tidy_every_second 0 &
    tidy_every_second 1
    wait
} | sort -u | lint_verdict
