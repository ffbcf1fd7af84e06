#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What `make check` says while it runs, by two short layers of it.

load ../lib/base

TIME='\([0-9]+:[0-9]{2}\)'

check() { # [COMMAND...]: its lines go to $T/lines
    PROGRESS_EVERY=0.1 RESULTS=$T/results "$@" 3>&- 4>&- </dev/null |
        tr '\r' '\n' | sed 's/\x1b\[K//' | grep . >"$T/lines"
}

# It knew how many there would be, and the sum stands alone at the end.
is_told() {
    local unit fuzz both
    unit=$(sed -nE 's/^unit +([0-9]+) passed, 0 failed .*/\1/p' "$T/lines")
    fuzz=$(sed -nE 's/^fuzz +([0-9]+) passed, 0 failed .*/\1/p' "$T/lines")
    both=$((unit + fuzz))
    grep -qxE "unit [0-9]+ of $unit tests $TIME, all [0-9]+ of $both $TIME" \
        "$T/lines"
    [ "$(tail -n 1 "$T/lines")" = "$both passed, 0 failed" ]
}

@test "a terminal shows where it is, in one line" {
    check script -qec "tests/run unit fuzz" "$T/typescript"
    is_told
    grep -aq $'\r\033\[Kunit ' "$T/typescript"
}

@test "elsewhere it is a line from time to time" {
    check tests/run unit fuzz
    is_told
    not grep -q $'\033' "$T/lines"
}
