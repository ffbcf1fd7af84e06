#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Who may include whom. The table is the architecture; changing it is a
# decision about the design, not a fix for a red line.
. tests/lint/lib.sh

# layer: layers (or single headers) of ours that it may include
declare -A ours=(
    [base]="base"
    [json]="base json"
    [net]="base net"
    [nft]="base nft"
    [ovsdb]="base json ovsdb"
    [oci]="base json oci"
    [model]="base json model row txn reply monitor"
    [vnic]="base json net model vnic"
    [confine]="base confine"
    [start]="base json model start"
    [hook]="base json net ovsdb oci model vnic confine start hook"
    [plugin]="base json net ovsdb oci model vnic confine start nft plugin"
)

# Foreign headers that only some layers may include; all others are free. What
# is called of them in the pure parts is seen by purity.sh.
declare -A foreign=(
    ["yajl/"]="json"
    ["netlink/"]="net nft"
    ["linux/"]="net nft confine hook plugin"
    ["sched.h"]="net hook plugin"
    ["poll.h"]="base net ovsdb hook plugin"
    ["time.h"]="base hook plugin"
    ["seccomp.h"]="confine hook plugin"
    ["uv.h"]="plugin"
    ["llhttp.h"]="plugin"
    ["nftables/"]="nft"
    ["libiptc/"]="nft"
)

# Contracts without a .c file of the same name.
declare -A layer_of=(
    [cleanup]=base
    [limits]=base
    [list]=base
)

# A header belongs to the layer of its name, or else to the one that
# implements it: the .c file of its name includes it.
header_layer() {
    if [ -n "${layer_of[$1]:-}" ]; then
        echo "${layer_of[$1]}"
    elif [ -n "${ours[$1]:-}" ]; then
        echo "$1"
    else
        grep -lF "#include \"ovsint/$1.h\"" common/*/"$1".c 2>/dev/null |
            sed 's,common/\([^/]*\)/.*,\1,'
    fi
}

file_layer() {
    case $1 in
    include/ovsint/*) header_layer "$(basename "$1" .h)" ;;
    common/*/*) basename "$(dirname "$1")" ;;
    *) echo "${1%%/*}" ;;
    esac
}

contains() {
    [[ " $1 " == *" $2 "* ]]
}

check_ours() { # file layer included
    local header included_layer
    case $3 in
    ovsint/*)
        header=$(basename "$3" .h)
        included_layer=$(header_layer "$header")
        # A contract that nobody implements yet.
        [ -n "$included_layer" ] || return 0
        contains "${ours[$2]}" "$included_layer" ||
            contains "${ours[$2]}" "$header" ||
            echo "$1: $2 may not include \"$3\" ($included_layer)"
        ;;
    "$(dirname "$1")"/*) ;;
    *) echo "$1: \"$3\" is private to $(dirname "$3")" ;;
    esac
}

check_foreign() { # file layer included
    local pattern
    for pattern in "${!foreign[@]}"; do
        [[ $3 == "$pattern" || ($pattern == */ && $3 == "$pattern"*) ]] ||
            continue
        contains "${foreign[$pattern]}" "$2" ||
            echo "$1: $2 may not include <$3>"
    done
}

check_file() {
    local layer included
    layer=$(file_layer "$1")
    [ -n "$layer" ] || return 0
    if [ -z "${ours[$layer]:-}" ]; then
        echo "$1: layer '$layer' is not in the table"
        return
    fi
    while read -r included; do
        case $included in
        \"*) check_ours "$1" "$layer" "${included//\"/}" ;;
        \<*) check_foreign "$1" "$layer" "${included//[<>]/}" ;;
        esac
    done < <(sed -n 's/^ *# *include *\([<"][^>"]*[>"]\).*/\1/p' "$1")
}

lint_files include common hook plugin | grep '\.[ch]$' |
    while read -r file; do
        check_file "$file"
    done | lint_verdict
