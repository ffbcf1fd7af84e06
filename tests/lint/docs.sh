#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Documents say what is true of the tree: each file and function that HACKING.md
# and docs/decisions.md name exists, each file of a room is in the room's table,
# each decision has its three parts, each test that docs/security.md names is there,
# docs/compatibility.md has the rows that it should, each block of commands or
# configuration is run by a test, and each link leads somewhere.
. tests/lint/lib.sh
. tests/lint/links.bash

tables=$(mktemp)
trap 'rm -f "$tables"' EXIT

mapfile -t tree < <(lint_files .)
mapfile -t sources < <(lint_files include common hook plugin cli tests |
    grep '\.[ch]$')
functions=$(grep -ohE '\b[a-z_][a-z0-9_]*\(' "${sources[@]}" | sort -u)

# Texts between backquotes, one a line.
quoted() {
    grep -oE '`[^`]+`' "$1" | tr -d '`'
}

# Each file's path, and what is left of it without its first directories.
declare -A path_end=()
for path in "${tree[@]}"; do
    while path_end[$path]=1 && [[ $path == */* ]]; do
        path=${path#*/}
    done
done

# Is it a file, a directory, or the end of a file's path?
is_there() {
    [ -e "$1" ] || [ -e "tests/e2e/$1" ] || [ -e "include/ovsint/$1" ] ||
        [ -n "${path_end[$1]-}" ]
}

check_paths() { # DOCUMENT
    quoted "$1" | grep -E '^[a-zA-Z0-9_./-]+\.(c|h|sh|bats|md|bash|mk)$|^(common|include|hook|plugin|cli|tests|docs|findings|packaging|mk)/[a-zA-Z0-9_./-]*$' |
        grep -v '[A-Z][A-Z]' | sort -u | while read -r path; do
            is_there "${path%/}" || echo "$1: there is no $path"
        done
}

# `test_NAME` is a file of tests/unit or tests/netns.
check_tests() { # DOCUMENT
    quoted "$1" | grep -xE 'test_[a-z_]+' | sort -u | while read -r name; do
        is_there "$name.c" || echo "$1: there is no $name.c"
    done
}

# Only our own: functions of others are named with the file that has them, as in
# `uv_loop_init()` or `bundle_add_port()` in ofproto/..., and stand in `others`.
others='^(_.*|uv_.*|netdev_.*|bundle_.*|port_configure_stp|ip_mc_.*|requestAddress|ipv6_add_dev|setmax_.*|rcu_barrier|neigh_.*|tcp_.*|synchronize_net)\($'
check_functions() { # DOCUMENT
    quoted "$1" | grep -oE '^[a-z_][a-zA-Z0-9_]*\(\)$' | tr -d ')' | sort -u |
        grep -vE "$others" | comm -23 - <(printf '%s\n' "$functions") |
        sed "s,.*,$1: there is no function &),"
}

# The tables of rooms: under a heading that names a room each file of the first
# column is in that room, and each source file of the room is in its table. Where
# the first column is `room`, it names rooms, and the second has the files.
check_tables() {
    local room named file
    local -A in_table=()
    awk '
        /^#/ { room = ""; files = 2 }
        /^\| room \| file \|/ { room = ""; files = 3 }
        files == 3 && match($0, /^\| `[a-z]+\/[a-z]+` \|/) {
            room = substr($0, 4, RLENGTH - 6)
        }
        match($0, /`(cli|(common|plugin)\/[a-z]+)`/) &&
            (/^### / || /^\| file of /) {
                room = substr($0, RSTART + 1, RLENGTH - 2)
            }
        (files == 2 ? /^\| `/ : /^\| / && !/^\| room /) && room {
            split($0, column, "|")
            n = split(column[files], name, "`")
            for (i = 2; i <= n; i += 2)
                print room, name[i]
        }' HACKING.md >"$tables"
    while read -r room named; do
        in_table[$room/$named]=1
        [ -f "$room/$named" ] || echo "HACKING.md: there is no $room/$named"
    done <"$tables"
    cut -d' ' -f1 "$tables" | sort -u | while read -r room; do
        for file in "$room"/*.c; do
            [ -n "${in_table[$file]-}" ] || [ "$file" = plugin/daemon/main.c ] ||
                echo "HACKING.md: $file is in no table"
        done
    done
    [ "$(wc -l <"$tables")" -gt 50 ] || echo "too few tables were found"
}

# Paragraphs that begin with a bold title.
check_decisions() {
    awk 'BEGIN { RS = "" } /^\*\*/ {
        gsub(/\n/, " ")
        title = substr($0, 1, 60)
        if ($0 !~ /\*\* .*Measured.*Reconsider if /)
            print "docs/decisions.md: lacks Measured or Reconsider if: " title
    }' docs/decisions.md
}

# What was tried against ovsint: `FILE.bats`: TITLE (or its beginning and ...), or
# `test_ROOM`: NAME, NAME, with a semicolon between them.
check_tried() {
    local item file said path text count=0
    local -A source=()
    for path in "${tree[@]}"; do
        [[ $path != tests/unit/*test_*.c ]] || source[${path##*/}]=$path
    done
    while read -r item; do
        count=$((count + 1))
        file='' said=''
        [[ ! $item =~ ^[^\`]*\`([^\`]+)\` ]] || file=${BASH_REMATCH[1]}
        [[ ! $item =~ ^\`[^\`]+\`:\ (.*) ]] || said=${BASH_REMATCH[1]}
        case $file in
        *.bats)
            [[ $said = *' ...' ]] && said=${said% ...} || said=${said:+$said\" \{}
            text_of "tests/e2e/$file"
            [[ $text == *"@test \"${said//\\/}"* ]]
            ;;
        test_*) text_of "${source[$file.c]-}" && are_tests "${said//,/ }" ;;
        *) [ -f "tests/fuzz/$file.c" ] ;;
        esac || echo "docs/security.md: there is no test $item"
    done < <(sed -n '/^## What was tried/,/^## Not/p' docs/security.md |
        grep -E '^\| [A-Z][0-9]+' | sed 's/ |$//; s/.* | //; s/; /\n/g')
    [ "$count" -gt 20 ] || echo "docs/security.md: too few tests were found"
}

text_of() { # FILE: fills text, and fails if there is none
    text=
    [ -f "$1" ] && { IFS= read -r -d '' text <"$1" || true; }
}

are_tests() { # NAMES, of the unit test that text is
    local name
    for name in $1; do
        [[ $text == *$'\n'"TEST($name)"$'\n'* ]] || return 1
    done
}

mapfile -t pages < <(lint_files README.md SECURITY.md HACKING.md docs | grep '\.md$')

# What README and the book show is marked with the test that runs it, by a name that no
# other block has; or with why none does. Pages with marks of their own have tests that
# read these.
check_blocks() {
    awk 'FNR == 1 { last = "" }
        /^```(sh|json|yaml|conf|ini)$/ && last !~ /^<!-- (test|not run|taken|answered)/ {
            print FILENAME ":" FNR ": no test is named for this block" }
        { last = $0 }' "${pages[@]}"
    sed -n 's/^<!-- test: \(.*\) -->$/\1/p' "${pages[@]}" | sort >"$tables"
    uniq -d "$tables" | sed 's/.*/two blocks are called &/'
    [ "$(wc -l <"$tables")" -gt 20 ] || echo "too few blocks were found"
    diff <(sort -u "$tables") \
        <(grep -rohE --include='*.ba*' '^ +(readme|block|page h[0-9]) [a-z0-9-]+' tests/e2e |
            awk '{ print $NF }' | sort -u) |
        sed -n 's/^< /no test runs the block /p; s/^> /no page has a block /p'
}

{
    for document in HACKING.md docs/decisions.md; do
        check_paths "$document"
        check_functions "$document"
        check_tests "$document"
    done
    check_tables
    check_decisions
    check_tried
    check_blocks
    check_links "${pages[@]}"
    tests/compatibility --check
    [ "$(quoted HACKING.md | wc -l)" -gt 50 ] || echo "too few names were found"
} | lint_verdict
