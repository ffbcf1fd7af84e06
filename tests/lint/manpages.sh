#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The pages say what the programs say: every option of --help is in the page
# and the other way round, likewise the annotation keys in ovsint(7).
# $B is the build directory; the programs must be there.
. tests/lint/lib.sh
lint_need mandoc

build=${B:-build/release}
man=packaging/man

rendered() {
    mandoc -T utf8 "$1" | sed 's/.\x08//g'
}

# Words of a text that match a regex, one a line.
words() {
    grep -oE -- "$1" | sort -u
}

# Lines of a section of a rendered page.
section() {
    awk -v name="$1" '/^[A-Z]/ { inside = ($0 == name); next } inside'
}

# compare <what> <left> <list> <right> <list>
compare() {
    comm -23 <(printf '%s\n' "$3") <(printf '%s\n' "$5") |
        sed "/^\$/d; s,^,$1 ,; s,\$, is in $2 but not in $4,"
    comm -13 <(printf '%s\n' "$3") <(printf '%s\n' "$5") |
        sed "/^\$/d; s,^,$1 ,; s,\$, is in $4 but not in $2,"
}

option='--[a-z][a-z-]+'
key='ovsint\.[a-z][a-z-]+'

check_program() { # name
    local program=$build/$1 page=$man/$1.8 help
    [ -x "$program" ] || return 0
    if [ ! -f "$page" ]; then
        echo "$1 has no page $page"
        return
    fi
    help=$("$program" --help)
    # An option's own line begins with it; examples elsewhere may name options
    # of other programs.
    compare option "$1 --help" \
        "$(grep -E '^ *-' <<<"$help" | words "$option")" "$page" \
        "$(rendered "$page" | section OPTIONS | grep -E '^ +-' |
            words "$option")"
}

# Whoever looks into the database finds the meaning of each key of ours.
check_records() {
    local page=$man/ovsint.7
    [ -f "$page" ] || return 0
    compare record include/ovsint/rows/external_ids.h \
        "$(words '"ovsint-[a-z-]+[a-z]' <include/ovsint/rows/external_ids.h |
            tr -d '"')" "RECORDS of $page" \
        "$(sed -nE '/^\.Sh RECORDS/,/^\.Sh ADDRESSES/s/^\.It (ovsint-[a-z-]*[a-z]).*/\1/p' \
            "$page" | sort -u)"
}

check_keys() {
    local page=$man/ovsint.7 help keys
    [ -f "$page" ] && [ -x "$build/ovsint-hook" ] || return 0
    help=$("$build/ovsint-hook" --help)
    # ovsint.json is a file, ovsint.eth1.ip names an interface.
    keys=$(words "$key" <<<"$help" | grep -vx 'ovsint\.json')
    # The tags of the list in KEYS, less the indentation.
    compare key "ovsint-hook --help" "$keys" "KEYS of $page" \
        "$(rendered "$page" | section KEYS |
            sed -n 's/^     \([a-z][a-z-]*\) .*/ovsint.\1/p' |
            sort -u)"
    rendered "$page" | sed 's/ovsint\.[a-z]*[0-9][0-9]*\.//g' |
        words "$key" | grep -vx 'ovsint\.json' |
        grep -vxF "$keys" | sed "s,^,$page names an unknown key ,"
}

check_network_keys() { # PROGRAM
    local page=$man/$1.8
    [ -f "$page" ] && [ -x "$build/$1" ] || return 0
    # Both in two columns: the key comes first.
    compare key "$1 --help" \
        "$("$build/$1" --help | sed '1,/^Keys/d' |
            sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p' | sort -u)" "KEYS of $page" \
        "$(rendered "$page" | section KEYS |
            sed -n 's/^           \([a-z][a-z-]*\) .*/\1/p' | sort -u)"
}

{
    lint_files packaging/man | grep '\.[1-8]$' | while read -r page; do
        mandoc -T lint -W warning "$page"
    done
    check_program ovsint-hook
    check_program ovsint-plugin
    check_program ovsint-namespaces
    check_program ovsint-cni
    check_network_keys ovsint-cni
    check_program ovsint-netavark
    check_network_keys ovsint-netavark
    check_program ovsint
    # Its tables stand in the page.
    [ ! -x "$build/ovsint" ] ||
        packaging/manual.sh "$build/ovsint" "$man/ovsint.8" |
        cmp -s - "$man/ovsint.8" ||
        echo "$man/ovsint.8 has other tables than the program: make manual"
    check_keys
    check_records
} 2>&1 | lint_verdict
