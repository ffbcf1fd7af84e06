#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# All shell code through shellcheck; .bats files in their own dialect. And a teardown that
# can fail: bats heeds the status of its last command alone.
. tests/lint/lib.sh
lint_need shellcheck

scripts() {
    lint_files . | while read -r file; do
        case $file in
        *.sh | *.bash | *.bats) echo "$file" ;;
        # Scripts without a suffix; the corpus is data.
        tests/fuzz/corpus/*) ;;
        *.*) ;;
        *)
            if head -c 64 "$file" | head -1 | grep -qE '^#!.*(ba|da)?sh\b'; then
                echo "$file"
            fi
            ;;
        esac
    done
}

# A function that calls world_teardown ends with it, or with what tells the outcome.
teardowns() {
    lint_files tests/e2e | grep -E '\.ba(ts|sh)$' | xargs awk '
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
shellchecks() {
    scripts | while read -r file; do
        dialect=()
        case $file in
        *.bats) dialect=(--shell=bats) ;;
        *.bash) dialect=(--shell=bash) ;;
        esac
        shellcheck "${dialect[@]}" --format=gcc --severity=style \
            --exclude=SC1090,SC1091,SC2154,SC2034,SC2013,SC2015,SC2016,SC2317,SC2030,SC2031 "$file"
    done
}

{ teardowns; shellchecks; } | lint_verdict
