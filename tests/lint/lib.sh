# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash
# Shared by the lint scripts: each prints its findings and then one line,
# `ok lint - <name>` or `not ok lint - <name>`. Run from the top directory.
# A tool that is not installed is a failure, not a skip.

set -u
export LC_ALL=C
lint_name=${0##*/}
lint_name=${lint_name%.sh}

# Files of the tree (tracked or new, not ignored) below the given paths.
lint_files() {
    local lint_file lint_list lint_there=()
    mapfile -t lint_list < <(
        if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
            git ls-files --cached --others --exclude-standard -- "$@"
        else
            find "$@" -type f -not -path './build/*' 2>/dev/null | sed 's,^\./,,'
        fi
    )
    for lint_file in "${lint_list[@]}"; do
        # A file that was removed but not yet committed is still listed.
        [ ! -f "$lint_file" ] || lint_there+=("$lint_file")
    done
    [ ${#lint_there[@]} -eq 0 ] || printf '%s\n' "${lint_there[@]}" | sort
}

lint_need() {
    for tool; do
        command -v "$tool" >/dev/null && continue
        echo "# $tool is not installed"
        echo "not ok lint - $lint_name"
        exit 1
    done
}

# Prints the findings (standard input) and the verdict; exits.
lint_verdict() {
    findings=$(cat)
    if [ -z "$findings" ]; then
        echo "ok lint - $lint_name"
        exit 0
    fi
    printf '%s\n' "$findings" | sed 's/^/# /'
    echo "not ok lint - $lint_name"
    exit 1
}
