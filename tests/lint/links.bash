# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash
# Do links between pages lead somewhere? Of the pages of the source (docs.sh), and of
# those that are installed (tests/e2e/packaging/install.bats).

# PAGE, a tab, and a target that is not on the web; outside of blocks.
link_targets() { # PAGE...
    awk '
        FNR == 1 { block = 0 }
        /^```/ { block = !block; next }
        block { next }
        {
            while (match($0, /\]\([^)]+\)/)) {
                target = substr($0, RSTART + 2, RLENGTH - 3)
                if (target !~ /^https*:/)
                    print FILENAME "\t" target
                $0 = substr($0, RSTART + RLENGTH)
            }
        }' "$@" | sort -u
}

# PAGE, a tab, and the name that a heading of it has on the pages of GitHub.
link_anchors() { # PAGE...
    awk '
        FNR == 1 { block = 0 }
        /^```/ { block = !block; next }
        !block && sub(/^#+ /, "") {
            $0 = tolower($0)
            gsub(/[^a-z0-9 _-]/, "")
            gsub(/ /, "-")
            print FILENAME "\t" $0
        }' "$@"
}

# The file that a link is about.
link_file() { # PAGE TARGET
    local directory=.
    [[ $1 != */* ]] || directory=${1%/*}
    REPLY=${2%%#*}
    REPLY=${REPLY:+$directory/$REPLY}
    REPLY=${REPLY:-$1}
}

check_links() { # PAGE...: prints a line for each link that leads nowhere
    local page target anchor
    local -a links anchors
    local -A wanted=() is_there=()
    mapfile -t links < <(link_targets "$@")
    for target in "${links[@]}"; do
        link_file "${target%%$'\t'*}" "${target#*$'\t'}"
        if [[ $target == *#* && -f $REPLY ]]; then wanted[$REPLY]=1; fi
    done
    if [ ${#wanted[@]} -gt 0 ]; then
        mapfile -t anchors < <(link_anchors "${!wanted[@]}")
        for anchor in "${anchors[@]}"; do is_there[$anchor]=1; done
    fi
    for target in "${links[@]}"; do
        page=${target%%$'\t'*}
        target=${target#*$'\t'}
        link_file "$page" "$target"
        if ! [ -e "$REPLY" ]; then
            echo "$page: there is no $target"
        elif [[ $target == *#* && -z ${is_there[$REPLY$'\t'${target#*#}]-} ]]; then
            echo "$page: no heading is $target"
        fi
    done
}
