#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# All shell code through shellcheck; .bats files in their own dialect. And a teardown that
# can fail: bats heeds the status of its last command alone.
. tests/lint/lib.sh
lint_need shellcheck

mapfile -t tree < <(lint_files .)
scripts=() libraries=() suites=()
for file in "${tree[@]}"; do
    case $file in
    *.sh) scripts+=("$file") ;;
    *.bash) libraries+=("$file") ;;
    *.bats) suites+=("$file") ;;
    # The corpus is data.
    tests/fuzz/corpus/*) ;;
    *.*) ;;
    *)
        # Scripts without a suffix.
        line=
        IFS= read -r line 2>/dev/null <"$file"
        [[ ! ${line:0:64} =~ ^'#!'.*(ba|da)?sh($|[^[:alnum:]_]) ]] || scripts+=("$file")
        ;;
    esac
done

# A function that calls world_teardown ends with it, or with what tells the outcome.
teardowns() {
    printf '%s\n' "${libraries[@]}" "${suites[@]}" | grep '^tests/e2e/' | xargs awk '
        BEGIN { ends = "(world_teardown|(docker|host|nat|uplink|ovn)_end" }
        /^[a-z_]+\(\) *\{/ { start = FNR; last = ""; found = 0 }
        start && $0 ~ ends ")( |;|$)" { found = 1 }
        start && /^    [^ ]/ { last = $0 }
        /\}$/ && !/^ / && start {
            if (found && FNR > start && last !~ ends "|teardown_outcome)$|return [\"1]")
                print FILENAME ":" start ": its last command does not tell what failed before"
            start = 0
        }'
}

# SC1090, SC1091: sourced files are checked on their own.
# SC2154, SC2034: bats sets `output`, `status`; libraries set variables for
#   the files that source them.
# SC2013: a loop over the words of a command's output means words.
# SC2015: in `a && b || continue` the guard is meant for either.
# SC2016: programs for jq and inner shells stand in single quotes.
# SC2317: traps, bats and tables call functions indirectly.
# SC2030, SC2031: each bats test is a subshell, and meant to be one.
# A call for many files is cheaper than many calls, and two of them share the work.
shellchecks() { # [OPTION], files on standard input
    xargs -r -P2 -n20 shellcheck "$@" --format=gcc --severity=style \
        --exclude=SC1090,SC1091,SC2154,SC2034,SC2013,SC2015,SC2016,SC2317,SC2030,SC2031
}

{
    teardowns
    printf '%s\n' "${scripts[@]}" | shellchecks
    printf '%s\n' "${libraries[@]}" | shellchecks --shell=bash
    printf '%s\n' "${suites[@]}" | shellchecks --shell=bats
} | lint_verdict
