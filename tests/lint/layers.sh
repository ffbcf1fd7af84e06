#!/bin/bash
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Who may include whom. The table is the architecture; changing it is a
# decision about the design, not a fix for a red line.
. tests/lint/lib.sh

# room (or single file, ROOM/NAME): rooms (or single headers) of ours that it
# may include
world="base json dhcp net nft ovsdb openflow multicast oci confine"
ours_below="spec flows config rows ovn device uplink attach program"
daemon="plugin/daemon/host plugin/daemon/bridges plugin/daemon/ovsdb_uv
    plugin/daemon/attach_uv plugin/daemon/flow_keeper plugin/daemon/northbound
    plugin/daemon/stream plugin/daemon/watch plugin/daemon/server
    plugin/daemon/timer"
command="cli/cli cli/options cli/confine"
gateway="plugin/gateway/gateway plugin/gateway/port_choice
    plugin/gateway/port_request"
declare -A ours=(
    [base]="base"
    [json]="base json"
    [dhcp]="base dhcp"
    [net]="base net"
    [nft]="base nft"
    [ovsdb]="base json ovsdb"
    [openflow]="base openflow"
    [multicast]="base multicast"
    [oci]="base json oci"
    [confine]="base confine"
    [spec]="base json spec"
    [flows]="base json dhcp openflow spec rows flows"
    [config]="base json spec config"
    [rows]="base json dhcp spec config rows ovsdb/row ovsdb/txn ovsdb/reply
        ovsdb/monitor"
    [ovn]="base json dhcp spec config rows ovn ovsdb/row ovsdb/txn ovsdb/reply"
    [device]="base net spec rows device"
    [uplink]="base json net ovsdb/row ovsdb/txn ovsdb/reply ovsdb/monitor spec
        rows uplink"
    [program]="base confine spec config program"
    [attach]="base json dhcp net ovsdb openflow spec flows config rows ovn device
        attach"
    [hook]="${world/nft /} $ours_below hook"
    # The doors: none includes another, nor the guardian.
    [plugin/docker]="$world $ours_below $daemon $gateway plugin/docker"
    [plugin/cni]="$world $ours_below $daemon $gateway plugin/cni"
    [plugin/netavark]="$world $ours_below $daemon $gateway plugin/netavark"
    # The command: what it shows on, what runs here, which ports there are; verbs
    # know these, and each other only where it is said.
    [cli/screen]="base cli/screen"
    [cli/runtimes]="$world $ours_below cli/runtimes"
    [cli/ports]="${world/nft /} nft/look $ours_below $command cli/screen cli/runtimes
        cli/ports"
    [cli/look]="${world/nft /} $ours_below $command cli/screen cli/runtimes cli/ports
        cli/look"
    [cli/plug]="${world/nft /} $ours_below $command cli/screen cli/runtimes cli/ports
        cli/mirror/mirror cli/plug"
    [cli/mirror]="${world/nft /} $ours_below $command cli/screen cli/runtimes cli/ports
        cli/mirror"
    [cli/doctor]="${world/nft /} nft/filter nft/look $ours_below $command cli/screen
        cli/runtimes cli/ports cli/doctor"
    [cli/trace]="${world/nft /} nft/filter nft/look $ours_below $command cli/screen
        cli/runtimes cli/ports cli/trace"
    [cli/uplink]="${world/nft /} $ours_below $command cli/screen cli/uplink"
    [cli]="$world $ours_below cli cli/screen cli/doctor/doctor
        cli/mirror/request"
    # How scrapers ask for metrics.
    [plugin/metrics]="base plugin/daemon/server plugin/metrics"
    # What works from rows, for every door.
    [plugin/gateway]="$world $ours_below $daemon plugin/gateway"
    [plugin/guard]="$world $ours_below $daemon plugin/guard"
    [plugin/uplink]="$world $ours_below $daemon plugin/uplink"
    [plugin/lease]="$world $ours_below $daemon plugin/lease"
    [plugin/pool]="$world $ours_below $daemon plugin/pool"
    [plugin/multicast]="$world $ours_below $daemon plugin/daemon/openflow_uv
        plugin/multicast"
    # Beneath them; and main, which wires them together.
    [plugin/daemon]="$world $ours_below plugin/daemon"
    # The second process: it knows no room of the first.
    [plugin/namespaces]="base net confine config program ovsdb/session
        plugin/namespaces"
    [plugin/daemon/main]="$world $ours_below plugin/docker plugin/cni
        plugin/netavark plugin/gateway plugin/guard plugin/metrics
        plugin/uplink plugin/lease plugin/pool plugin/multicast
        plugin/namespaces plugin/daemon"
)

# Foreign headers that only some rooms may include; all others are free. What
# is called of them in the pure parts is seen by purity.sh.
declare -A foreign=(
    ["yajl/"]="json"
    ["netlink/"]="net nft"
    ["netlink/route/"]="net"
    ["linux/"]="net nft confine hook attach plugin cli"
    ["sched.h"]="net hook plugin cli"
    ["poll.h"]="base net ovsdb openflow hook attach plugin cli"
    ["time.h"]="base net hook plugin program cli"
    ["seccomp.h"]="confine program plugin cli"
    ["uv.h"]="plugin"
    ["llhttp.h"]="plugin"
    ["nftables/"]="nft"
    ["libiptc/"]="nft"
)

# What no table may allow: FILE HEADER.
never="
hook/plug.c plugin/docker/docker.h
hook/plug.c plugin/daemon/host.h
plugin/docker/join.c plugin/guard/guardian.h
plugin/docker/join.c plugin/gateway/nat.h
plugin/docker/join.c plugin/cni/cni.h
plugin/cni/cni.c plugin/docker/docker.h
plugin/cni/cni.c plugin/guard/guardian.h
plugin/netavark/netavark.c plugin/cni/cni.h
cli/main.c plugin/daemon/host.h
cli/main.c hook/plug.h
cli/main.c cli/trace/judge.h
cli/help.c cli/plug/gc.h
cli/ports/gather.c cli/doctor/look.h
cli/look/ls.c cli/plug/attach.h
cli/trace/trace.c cli/doctor/look.h
cli/screen/table.c cli/cli.h
plugin/gateway/nat.c plugin/docker/docker.h
plugin/gateway/nat.c plugin/guard/guardian.h
plugin/guard/look.c plugin/docker/docker.h
plugin/guard/look.c plugin/gateway/gateway.h
plugin/guard/look.c plugin/daemon/confine.h
plugin/pool/pool.c plugin/docker/docker.h
plugin/pool/pool.c plugin/guard/guardian.h
plugin/daemon/host.c plugin/docker/docker.h
plugin/daemon/host.c plugin/gateway/gateway.h
plugin/daemon/host.c plugin/guard/guardian.h
common/rows/plug.c ovsint/device/vnic.h
"

# Thousands of includes are asked about, so these functions answer in REPLY: a
# process for each answer would take minutes.

directory_of() { # PATH
    [[ $1 == */* ]] && REPLY=${1%/*} || REPLY=.
}

# The room of a file or of what an include line names.
room_of() {
    case $1 in
    include/ovsint/*/* | plugin/*/* | cli/*/*) REPLY=${1%/*} REPLY=${REPLY#include/ovsint/} ;;
    ovsint/*/*) REPLY=${1%/*} REPLY=${REPLY#ovsint/} ;;
    common/*/*) REPLY=${1#common/} REPLY=${REPLY%%/*} ;;
    *) REPLY=${1%%/*} ;;
    esac
}

# The row of the table that a file goes by: its own, or its room's.
row_of() { # file
    if [ -n "${ours[${1%.[ch]}]:-}" ]; then
        REPLY=${1%.[ch]}
    else
        room_of "$1"
    fi
}

contains() {
    [[ " $1 " == *" $2 "* ]]
}

# What is wrong with it, or nothing.
check_ours() { # file room included
    local of_file of_included header
    directory_of "$1"
    of_file=$REPLY
    directory_of "$3"
    of_included=$REPLY
    REPLY=
    # Pitfall: rooms of the command are beneath it, so the whole path counts.
    [ "$of_included" != "$of_file" ] || return 0
    case $3 in
    ovsint/* | plugin/* | cli/*) ;;
    *)
        REPLY="$1: \"$3\" is private to $of_included"
        return
        ;;
    esac
    header=${3#ovsint/}
    room_of "$3"
    if contains "${ours[$2]//$'\n'/ }" "$REPLY" ||
        contains "${ours[$2]//$'\n'/ }" "${header%.h}"; then
        REPLY=
    else
        REPLY="$1: $2 may not include \"$3\""
    fi
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

mapfile -t files < <(lint_files include common hook plugin cli | grep '\.[ch]$')

check_files() {
    local file line included
    local -A row=()
    local -a lines
    for file in "${files[@]}"; do
        row_of "$file"
        if [ -n "${ours[$REPLY]:-}" ]; then
            row[$file]=$REPLY
        else
            echo "$file: room '$REPLY' is not in the table"
        fi
    done
    # FILE "HEADER", or FILE <HEADER>
    mapfile -t lines < <(awk '
        match($0, /^ *# *include *[<"][^>"]*[>"]/) {
            header = substr($0, 1, RLENGTH)
            sub(/^[^<"]*/, "", header)
            print FILENAME, header
        }' "${files[@]}")
    for line in "${lines[@]}"; do
        file=${line%% *}
        included=${line#* }
        [ -n "${row[$file]:-}" ] || continue
        case $included in
        \"*)
            check_ours "$file" "${row[$file]}" "${included//\"/}"
            [ -z "$REPLY" ] || echo "$REPLY"
            ;;
        \<*) check_foreign "$file" "${row[$file]}" "${included//[<>]/}" ;;
        esac
    done
}

check_table() {
    local file header
    while read -r file header; do
        [ -n "$file" ] || continue
        row_of "$file"
        check_ours "$file" "$REPLY" "$header"
        [ -n "$REPLY" ] || echo "the table lets $file include $header"
    done <<<"$never"
}

{
    check_table
    check_files
} | lint_verdict
