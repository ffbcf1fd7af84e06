#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Tests lie where one looks for them: a unit test in the room of tests/unit that is called
# as the room of the source that it tests, a bats file in a room of tests/e2e. Documents name
# both by their last name alone, so no two unit tests have one in common. What only tests
# execute lies in tests/, and packaging/ has what a package or an installation is made of.
. tests/lint/lib.sh

mapfile -t unit < <(lint_files tests/unit | grep '\.[ch]$')

# The source of some room that a path below tests/unit would test.
is_room() { # PATH
    [[ $1 == */test_*.c ]] && compgen -G "${1%/*}/*.c" >/dev/null
}

check_unit() {
    local file
    for file in "${unit[@]}"; do
        is_room "${file#tests/unit/}" ||
            echo "$file: tests/unit has rooms, those of the source; a test is called test_NAME.c"
    done
    printf '%s\n' "${unit[@]##*/}" | sort | uniq -d |
        sed 's,.*,tests/unit: two tests are called &,'
}

# Scripts of packaging/ that nobody outside of the tests calls.
check_packaging() {
    local script
    lint_files packaging | grep -E '^packaging/[^/]+$' | while read -r script; do
        [ -x "$script" ] || continue
        grep -qsF "${script##*/}" Makefile mk/*.mk README.md packaging/debian/rules \
            packaging/ovsint.spec || echo "$script: only tests call it, so it belongs below tests/"
    done
}

{
    check_unit
    lint_files tests/e2e | grep -E '^tests/e2e/([^/]+|[^/]+/.*/[^/]+)\.bats$' |
        sed 's/$/: lies in no room of tests\/e2e/'
    check_packaging
    for wrong in test_a.c common/test_a.c common/rows/a.c common/nowhere/test_a.c; do
        ! is_room "$wrong" || echo "tests/lint/rooms.sh lets $wrong be"
    done
    [ ${#unit[@]} -gt 20 ] || echo "too few unit tests were found"
} | lint_verdict
