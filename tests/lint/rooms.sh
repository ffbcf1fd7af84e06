#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Tests lie where one looks for them: a unit test in the room of tests/unit that is called
# as a room of the source of which it includes something, a bats file in a room of tests/e2e. Documents name
# both by their last name alone, so no two unit tests have one in common. What only tests
# execute lies in tests/, and packaging/ has what a package or an installation is made of.
. tests/lint/lib.sh

mapfile -t unit < <(lint_files tests/unit | grep '\.[ch]$')

# Those that each source includes itself: [FILE]="HEADER HEADER ".
declare -A includes=()
mapfile -t lines < <(lint_files include common hook plugin cli tests | grep '\.[ch]$' |
    xargs grep -HoE '^# *include "[^"]*"')
for line in "${lines[@]}"; do # FILE:#include "HEADER"
    header=${line#*\"}
    header=${header%\"}
    [[ $header != ovsint/* ]] || header=include/$header
    includes[${line%%:*}]+="$header "
done

# The headers of ours that a file includes, also by others.
declare -A included=()
headers() { # FILE
    local header
    for header in ${includes[$1]-}; do
        [ -z "${included[$header]-}" ] && [ -e "$header" ] || continue
        included[$header]=1
        headers "$header"
    done
}

# Is it in the room of something that it includes?
is_in_room() { # ROOM FILE
    local header
    included=()
    headers "$2"
    for header in "${!included[@]}"; do
        header=${header/#include\/ovsint\//common/}
        [ "${header%/*}" != "$1" ] || return 0
    done
    return 1
}

check_unit() {
    local file room
    for file in "${unit[@]}"; do
        room=${file#tests/unit/}
        [[ $file == */test_*.c ]] && is_in_room "${room%/*}" "$file" ||
            echo "$file: is no test_NAME.c in the room of what it includes"
    done
    printf '%s\n' "${unit[@]##*/}" | sort | uniq -d |
        sed 's,.*,tests/unit: two tests are called &,'
}

# Scripts of packaging/ that nobody outside of the tests calls.
check_packaging() {
    local script callers
    callers=$(cat Makefile mk/*.mk README.md packaging/debian/rules packaging/ovsint.spec 2>/dev/null)
    lint_files packaging | grep -E '^packaging/[^/]+$' | while read -r script; do
        [ -x "$script" ] || continue
        [[ $callers == *"${script##*/}"* ]] ||
            echo "$script: only tests call it, so it belongs below tests/"
    done
}

{
    check_unit
    lint_files tests/e2e | grep -E '^tests/e2e/([^/]+|[^/]+/.*/[^/]+)\.bats$' |
        sed 's/$/: lies in no room of tests\/e2e/'
    check_packaging
    for wrong in . common plugin/guard common/nowhere; do
        ! is_in_room "$wrong" tests/unit/common/json/test_json.c ||
            echo "tests/lint/rooms.sh lets test_json.c be in $wrong"
    done
    [ ${#unit[@]} -gt 20 ] || echo "too few unit tests were found"
} | lint_verdict
