#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Sizes of the product's code: functions over 80 lines and files over 600
# fail, functions over 50 are listed. There is no goto.
# A function is found by its braces in the first column, which clang-format
# guarantees.
. tests/lint/lib.sh

mapfile -t sources < <(lint_files include common hook plugin cli | grep '\.[ch]$')

functions() {
    awk '
        FNR == 1 { head = ""; start = 0 }
        /^[A-Za-z_].*\(/ && !start { head = $0; line = FNR }
        /^{$/ { start = line }
        /^}$/ && start {
            name = head
            sub(/\(.*/, "", name)
            sub(/.*[ *]/, "", name)
            print FILENAME, start, name, FNR - start + 1
            start = 0
        }' "${sources[@]}"
}

functions | awk '$4 > 50 && $4 <= 80 {
    printf "# note: %s:%d: %s has %d lines\n", $1, $2, $3, $4 }'

{
    functions | awk '$4 > 80 {
        printf "%s:%d: %s has %d lines, more than 80\n", $1, $2, $3, $4 }'
    wc -l "${sources[@]}" | awk '$2 != "total" && $1 > 600 {
        printf "%s has %d lines, more than 600\n", $2, $1 }'
    grep -nwH goto "${sources[@]}" | grep -v '^[^:]*:[0-9]*: *\*\|/\*.*goto'
    [ "$(functions | wc -l)" -gt 20 ] || echo "too few functions were found"
} | lint_verdict
