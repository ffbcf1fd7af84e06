#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
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
        "$T/lines" || { cat "$T/lines" && return 1; }
    [ "$(tail -n 1 "$T/lines")" = "$both passed, 0 failed" ]
}

# bats test_tags=long
@test "a terminal shows where it is, in one line" {
    check script -qec "tests/run unit fuzz" "$T/typescript"
    is_told
    grep -aq $'\r\033\[Kunit ' "$T/typescript"
}

# bats test_tags=long
@test "elsewhere it is a line from time to time" {
    check tests/run unit fuzz
    is_told
    not grep -q $'\033' "$T/lines"
}

# Programs of the layers fuzz and netns that say what the test wants them to.
made_up() { # NAME COMMAND
    printf '#!/bin/sh\n%s\n' "$2" >"$T/build/$1"
    chmod +x "$T/build/$1"
}

is_fine() { made_up "$1" 'echo "ok 1 - fine"'; }

fails_with() { # NAME LINES
    made_up "$1" "echo 'not ok 1 - broken'; seq -f 'line %g' $2"
}

make_up_all() {
    local source
    mkdir -p "$T/build/tests/fuzz" "$T/build/tests/netns"
    for source in tests/fuzz/fuzz_*.c; do
        source=$(basename "$source" .c)
        is_fine "tests/fuzz/replay_${source#fuzz_}"
    done
    for source in tests/netns/test_*.c; do
        is_fine "tests/netns/$(basename "$source" .c)"
    done
}

@test "what has failed is named again at the end, and does not say all" {
    make_up_all
    fails_with tests/fuzz/replay_json 1000
    fails_with tests/netns/test_link 60
    BUILD=$T/build check tests/run fuzz netns
    [ "$(tail -n 3 "$T/lines" | head -n 2)" = "\
failed: fuzz: json: broken
failed: netns: test_link: broken" ]
    [[ $(tail -n 1 "$T/lines") = *" passed, 2 failed" ]]
    [ "$(grep -cx 'line [0-9]*' "$T/lines")" = 160 ]
    grep -qx "# ... 900 more lines: see $T/results/fuzz.tap" "$T/lines"
    [ "$(grep -cx 'line 60' "$T/lines")" = 1 ]
    grep -qx 'line 1000' "$T/lines"
    grep -qx 'line 1000' "$T/results/fuzz.tap"
}

# bats test_tags=long
@test "of a layer that did not run as a whole the table of versions takes nothing" {
    make_up_all
    BATS_FILTER='' BUILD=$T/build FILES='' check tests/run fuzz netns
    [ -s "$T/results/fuzz.whole" ]
    BATS_FILTER='' BUILD=$T/build FILES=tests/e2e/hook check tests/run fuzz
    [ ! -e "$T/results/fuzz.whole" ]
    printf '%s\n' 1..2 '# software: podman 99.9' 'ok 1 podman/hooks: made up' \
        >"$T/results/e2e.tap"
    cp docs/compatibility.md "$T/table.md"
    DOCUMENT=$T/table.md RESULTS=$T/results tests/compatibility
    diff docs/compatibility.md "$T/table.md"
    echo 1 >"$T/results/e2e.whole"
    DOCUMENT=$T/table.md RESULTS=$T/results tests/compatibility
    grep '^| podman | 99.9 |' "$T/table.md"
    # Compilers are their own layer, and those of a Debian stand in its column.
    diff <(grep -E '^\| (gcc|clang) ' docs/compatibility.md) \
        <(grep -E '^\| (gcc|clang) ' "$T/table.md")
    printf '%s\n' 1..1 'ok - compilers: gcc 99.1 of Debian trixie: 7 unit tests' \
        >"$T/results/compilers.tap"
    echo 1 >"$T/results/compilers.whole"
    DOCUMENT=$T/table.md RESULTS=$T/results tests/compatibility
    grep -x '| gcc |  |  | 99.1 |  |' "$T/table.md"
}

# A clone whose tree of Debian 13 is this machine's own root.
tree_of_this_machine() {
    mkdir -p "$T/clone/tests/debian" "$T"/{upper/root/ovsint,work,root}
    mount -t overlay -o "lowerdir=/,upperdir=$T/upper,workdir=$T/work" tree "$T/root"
    cp tests/tree "$T/clone/tests/"
    printf '#!/bin/sh\necho %s\n' "$T/root" >"$T/clone/tests/debian/debian-tree.sh"
    chmod +x "$T/clone/tests/debian/debian-tree.sh"
}

SLEEPER="sleep 4321"
in_tree() { pgrep -f "^$SLEEPER$"; }
of_tree() { pgrep -f "^($SLEEPER|unshare .*$T/root .*)$"; }

@test "what runs in a tree ends with whoever asked for it" {
    local signal caller
    tree_of_this_machine
    for signal in TERM KILL; do
        bash -c "$T/clone/tests/tree trixie $SLEEPER; true" \
            </dev/null >"$T/said" 2>&1 3>&- 4>&- &
        caller=$!
        wait_until 20 in_tree || { cat "$T/said" && return 1; }
        kill -s "$signal" "$caller"
        wait_until 20 not of_tree
    done
    umount "$T/root"
}

# Fails as often as it is told to. The world of a test has a /run of its own.
fails_at_first() { # TIMES [TESTS]
    local n AT=@ # else bats takes the line below for a test of its own
    MADE_UP=$(mktemp -d "$PWD/build/made-up.XXXXXX")
    for n in $(seq "${2:-1}"); do
        cat <<END
${AT}test "now and then (or not)?${2:+ $n}" {
    echo x >>"$MADE_UP/runs"
    [ "\$(wc -l <"$MADE_UP/runs")" -gt "$1" ]
}
END
    done >"$MADE_UP/unsteady.bats"
    FILES=$MADE_UP/unsteady.bats BATS_FILTER='' check tests/run fuzz e2e
    cat "$T/lines"
    RUNS=$(wc -l <"$MADE_UP/runs")
    rm -rf "$MADE_UP"
    NAME="e2e: ${MADE_UP##*/}/unsteady: now and then \(or not\)\? in [0-9]+ms"
    SAID=$(tail -n 2 "$T/lines" | head -n 1)
    SUM=$(tail -n 1 "$T/lines")
}

# bats test_tags=long
@test "a test that fails once and then passes by itself is unsteady" {
    fails_at_first 1
    grep -xE "unsteady: $NAME: passed 3 times by itself" <<<"$SAID"
    [[ $SUM = *" passed, 0 failed" ]]
    [ "$RUNS" = 4 ]
}

# bats test_tags=long
@test "a test that fails a second time has failed" {
    fails_at_first 2
    grep -xE "failed: $NAME" <<<"$SAID"
    [[ $SUM = *" passed, 1 failed" ]]
    [ "$RUNS" = 2 ]
}

# bats test_tags=long
@test "many that fail are not run again" {
    fails_at_first 9 9
    [[ $SUM = *" passed, 9 failed" ]]
    [ "$RUNS" = 9 ]
}
