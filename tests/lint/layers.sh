#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Who may include whom. The table is the architecture; changing it is a
# decision about the design, not a fix for a red line.
. tests/lint/lib.sh

# room: rooms (or single headers, ROOM/NAME) of ours that it may include
world="base json net nft ovsdb oci confine"
ours_below="spec config rows device attach program"
declare -A ours=(
    [base]="base"
    [json]="base json"
    [net]="base net"
    [nft]="base nft"
    [ovsdb]="base json ovsdb"
    [oci]="base json oci"
    [confine]="base confine"
    [spec]="base json spec"
    [config]="base json spec config"
    [rows]="base json spec config rows ovsdb/row ovsdb/txn ovsdb/reply
        ovsdb/monitor"
    [device]="base net spec rows device"
    [program]="base spec config program"
    [attach]="base json net ovsdb spec config rows device attach"
    [hook]="${world/nft /} $ours_below hook"
    [plugin/docker]="$world $ours_below plugin/docker plugin/gateway
        plugin/guard plugin/daemon"
    [plugin/gateway]="$world $ours_below plugin/docker plugin/gateway
        plugin/guard plugin/daemon"
    [plugin/guard]="$world $ours_below plugin/docker plugin/gateway
        plugin/guard plugin/daemon"
    [plugin/daemon]="$world $ours_below plugin/docker plugin/gateway
        plugin/guard plugin/daemon"
)

# Foreign headers that only some rooms may include; all others are free. What
# is called of them in the pure parts is seen by purity.sh.
declare -A foreign=(
    ["yajl/"]="json"
    ["netlink/"]="net nft"
    ["netlink/route/"]="net"
    ["linux/"]="net nft confine hook attach plugin"
    ["sched.h"]="net hook plugin"
    ["poll.h"]="base net ovsdb hook attach plugin"
    ["time.h"]="base hook plugin"
    ["seccomp.h"]="confine hook plugin"
    ["uv.h"]="plugin"
    ["llhttp.h"]="plugin"
    ["nftables/"]="nft"
    ["libiptc/"]="nft"
)

# The room of a file or of what an include line names.
room_of() {
    case $1 in
    include/ovsint/*/* | plugin/*/*) room=${1%/*} && echo "${room#include/ovsint/}" ;;
    ovsint/*/*) room=${1%/*} && echo "${room#ovsint/}" ;;
    common/*/*) room=${1#common/} && echo "${room%%/*}" ;;
    *) echo "${1%%/*}" ;;
    esac
}

contains() {
    [[ " $1 " == *" $2 "* ]]
}

check_ours() { # file room included
    local included_room header
    included_room=$(room_of "$3")
    case $3 in
    "$(dirname "$1")"/*) return ;;
    ovsint/* | plugin/*) ;;
    *)
        echo "$1: \"$3\" is private to $(dirname "$3")"
        return
        ;;
    esac
    header=${3#ovsint/}
    contains "${ours[$2]//$'\n'/ }" "$included_room" ||
        contains "${ours[$2]//$'\n'/ }" "${header%.h}" ||
        echo "$1: $2 may not include \"$3\""
}

check_foreign() { # file room included
    local pattern
    for pattern in "${!foreign[@]}"; do
        [[ $3 == "$pattern" || ($pattern == */ && $3 == "$pattern"*) ]] ||
            continue
        contains "${foreign[$pattern]}" "${2%%/*}" ||
            echo "$1: $2 may not include <$3>"
    done
}

check_file() {
    local room included
    room=$(room_of "$1")
    if [ -z "${ours[$room]:-}" ]; then
        echo "$1: room '$room' is not in the table"
        return
    fi
    while read -r included; do
        case $included in
        \"*) check_ours "$1" "$room" "${included//\"/}" ;;
        \<*) check_foreign "$1" "$room" "${included//[<>]/}" ;;
        esac
    done < <(sed -n 's/^ *# *include *\([<"][^>"]*[>"]\).*/\1/p' "$1")
}

lint_files include common hook plugin | grep '\.[ch]$' |
    while read -r file; do
        check_file "$file"
    done | lint_verdict
