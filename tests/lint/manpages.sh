#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The pages say what the programs say: every option of --help is in the page
# and the other way round, likewise the annotation keys in ovsint(7).
# $B is the build directory; the programs must be there.
. tests/lint/lib.sh
lint_need mandoc

build=${B:-build/release}
man=packaging/man

# A page as it is shown, or the lines of one section of it.
rendered() { # PAGE [SECTION]
    mandoc -T utf8 "$1" | awk -v name="${2-}" '
        { gsub(/.\010/, "") }
        name == "" { print; next }
        /^[A-Z]/ { inside = ($0 == name); next }
        inside'
}

# Words that match a regex, one a line; of a text's lines that match LINES.
words() { # REGEX [LINES]
    awk -v regex="$1" -v lines="${2-}" '
        $0 ~ lines {
            while (match($0, regex)) {
                print substr($0, RSTART, RLENGTH)
                $0 = substr($0, RSTART + RLENGTH)
            }
        }'
}

# Words that stand in one of two lists alone.
compare() { # WHAT LEFT LIST RIGHT LIST
    local word
    local -A left=() right=()
    for word in $3; do left[$word]=1; done
    for word in $5; do right[$word]=1; done
    # Once, however often the list has it.
    for word in $3; do
        [ -n "${right[$word]-}" ] || echo "$1 $word is in $2 but not in $4"
        right[$word]=1
    done
    for word in $5; do
        [ -n "${left[$word]-}" ] || echo "$1 $word is in $4 but not in $2"
        left[$word]=1
    done
}

option='--[a-z][a-z-]+'
key='ovsint[.][a-z][a-z-]+'

check_program() { # name
    local program=$build/$1 page=$man/$1.8
    [ -x "$program" ] || return 0
    if [ ! -f "$page" ]; then
        echo "$1 has no page $page"
        return
    fi
    # An option's own line begins with it; examples elsewhere may name options
    # of other programs.
    compare option "$1 --help" \
        "$("$program" --help | words "$option" '^ *-')" "$page" \
        "$(rendered "$page" OPTIONS | words "$option" '^ +-')"
}

# Whoever looks into the database finds the meaning of each key of ours.
check_records() {
    local page=$man/ovsint.7
    [ -f "$page" ] || return 0
    compare record include/ovsint/rows/external_ids.h \
        "$(words '"ovsint-[a-z-]+[a-z]' <include/ovsint/rows/external_ids.h |
            tr -d '"')" "RECORDS of $page" \
        "$(sed -nE '/^\.Sh RECORDS/,/^\.Sh ADDRESSES/s/^\.It (ovsint-[a-z-]*[a-z]).*/\1/p' \
            "$page")"
}

check_keys() {
    local page=$man/ovsint.7 help keys
    [ -f "$page" ] && [ -x "$build/ovsint-hook" ] || return 0
    help=$("$build/ovsint-hook" --help)
    # ovsint.json is a file, ovsint.eth1.ip names an interface.
    keys=$(words "$key" <<<"$help" | grep -vx 'ovsint\.json')
    # The tags of the list in KEYS, less the indentation.
    compare key "ovsint-hook --help" "$keys" "KEYS of $page" \
        "$(rendered "$page" KEYS |
            sed -n 's/^     \([a-z][a-z-]*\) .*/ovsint.\1/p')"
    rendered "$page" | sed 's/ovsint\.[a-z]*[0-9][0-9]*\.//g' |
        words "$key" | sort -u | grep -vx 'ovsint\.json' |
        grep -vxF "$keys" | sed "s,^,$page names an unknown key ,"
}

check_network_keys() { # PROGRAM
    local page=$man/$1.8
    [ -f "$page" ] && [ -x "$build/$1" ] || return 0
    # Both in two columns: the key comes first.
    compare key "$1 --help" \
        "$("$build/$1" --help |
            sed -n '1,/^Keys/d; s/^  \([a-z][a-z-]*\) .*/\1/p')" "KEYS of $page" \
        "$(rendered "$page" KEYS |
            sed -n 's/^           \([a-z][a-z-]*\) .*/\1/p')"
}

{
    lint_files packaging/man | grep '\.[1-8]$' | xargs mandoc -T lint -W warning
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
