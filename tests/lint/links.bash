# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash
# Do links between pages lead somewhere? Of the pages of the source (docs.sh), and of
# those that are installed (tests/e2e/packaging/install.bats).

# The names that a page's headings have on the pages of GitHub.
anchors() { # PAGE
    sed -nE '/^```/,/^```/d; s/^#+ (.*)/\1/p' "$1" | tr '[:upper:]' '[:lower:]' |
        sed -E 's/[^a-z0-9 _-]//g; s/ /-/g'
}

check_links() { # PAGE...: prints a line for each link that leads nowhere
    local page target file
    for page; do
        sed '/^```/,/^```/d' "$page" | grep -oE '\]\([^)]+\)' | sed 's/^](//; s/)$//' |
            grep -v '^https*:' | sort -u | while read -r target; do
                file=${target%%#*}
                file=${file:+$(dirname "$page")/$file}
                if ! [ -e "${file:=$page}" ]; then
                    echo "$page: there is no $target"
                elif [[ $target == *#* ]]; then
                    anchors "$file" | grep -qxF -- "${target#*#}" ||
                        echo "$page: no heading is $target"
                fi
            done
    done
}
