#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The CNI plugin dies at any system call: DEL clears away what is left, and so
# does another ADD, whichever the runtime sends. Some of the places; all with
# CRASHES=all.

load ../lib/base
load ../lib/crashes
load ../lib/cni

setup() {
    world_setup
    conf lan 1.0.0 '.bridge = "br0" | .ip = "10.0.0.1/24"' >"$T/internal"
    jq -c '.vnic = "veth"' <"$T/internal" >"$T/veth"
    jq -c 'del(.ip) | .ipam = {type: "host-local", subnet: "10.2.0.0/24",
        dataDir: "/run/ipam"}' <"$T/internal" >"$T/ipam"
}

teardown() {
    rm -rf /run/ipam
    [ ! -e /run/netns/a ] || netns_gone a
    world_teardown
}

# The plugin as one command, for strace(1).
calls() { # COMMAND CONF
    printf '#!/bin/sh\nexec <%s env CNI_COMMAND=%s CNI_CONTAINERID=a \
CNI_IFNAME=eth0 CNI_NETNS=/run/netns/a CNI_ARGS= CNI_PATH=/usr/lib/cni %s\n' \
        "$2" "$1" "$CNI" >"$T/$1"
    chmod +x "$T/$1"
}

nothing_of_ours() {
    prints_nothing holds && ip -j link | check_json 'all(.[]; .ifname |
        startswith("oi") or startswith("ov") and . != "ovs-netdev" and
        . != "ovs-system" | not)' && [ -z "$(leases)" ] && not runs
}

# A pair is made before its row. If the plugin dies in between, a DEL that is told of
# no namespace cannot find it, but the pair goes with its namespace, and the next ADD
# there deletes it.
all_but_a_pair() { # KIND
    [ "$1" = veth ] || return
    prints_nothing holds || return
    netns_gone a
    netns_add a
    wait_until 5 nothing_of_ours
}

leases() { find /run/ipam -name '[0-9]*' 2>/dev/null; }

# The plugin, its second processes, the IPAM plugin.
runs() {
    local file
    for file in /proc/[0-9]*/exe; do
        case $(readlink "$file") in */ovsint-cni | */host-local) return ;; esac
    done
    return 1
}

# An ADD after one that was killed. With an IPAM plugin there are two that are
# refused: host-local gives a container no second address, and what has one is
# left for DEL.
again() { # KIND
    cni ADD a "$(cat "$T/$1")" >/dev/null && return
    case $1-$(cat "$T/answer") in
    ipam-*'duplicate allocation'*) ;;
    ipam-*'has the interface eth0 already'*)
        NETNS='' cni DEL a "$(cat "$T/ipam")" || return
        ;;
    *'has the interface eth0 already'*) return ;;
    *) return 1 ;;
    esac
    wait_until 5 nothing_of_ours && cni ADD a "$(cat "$T/$1")" >/dev/null
}

# Of the shell and env(1) nothing is killed: they open no socket.
killed_everywhere() { # KIND COUNT
    local place number n=0
    calls ADD "$T/$1"
    netns_add a
    places_of "$T/ADD" |
        grep -E '^(sendto|sendmsg|recvmsg|recvfrom|socket|connect|write) ' |
        sampled "$2" >"$T/places"
    cni DEL a "$(cat "$T/$1")"
    wait_until 5 nothing_of_ours
    while read -r place number; do
        # Not every run comes by each place: one that has ended is undone.
        if ! killed_at "$place" "$number" "$T/ADD"; then
            cni DEL a "$(cat "$T/$1")"
            wait_until 5 nothing_of_ours
            continue
        fi
        n=$((n + 1))
        if ((n % 2)); then
            NETNS='' cni DEL a "$(cat "$T/$1")" ||
                fail "DEL after $place $number"
            wait_until 5 nothing_of_ours || all_but_a_pair "$1" ||
                fail "left: $place $number"
        fi
        again "$1" ||
            fail "ADD after $place $number: $(cat "$T/answer")"
        [ "$1" != ipam ] || [ "$(leases | wc -l)" = 1 ] ||
            fail "leases after $place $number: $(leases)"
        cni CHECK a "$(cat "$T/$1")" || fail "CHECK after $place $number"
        cni DEL a "$(cat "$T/$1")"
        wait_until 5 nothing_of_ours || fail "left at last: $place $number"
    done <"$T/places"
    [ "$n" -gt $(($2 / 2)) ] || fail "only $n were killed"
    netns_gone a
}

# bats test_tags=long
@test "an ADD of an internal port that is killed" {
    killed_everywhere internal 14
}

# bats test_tags=long
@test "an ADD of a pair that is killed" {
    killed_everywhere veth 10
}

# bats test_tags=long
@test "an ADD with host-local that is killed" {
    killed_everywhere ipam 6
}

# What DEL, CHECK and GC have begun is completed by the next one.
command_killed() { # COMMAND COUNT [KIND]
    local place number n=0 gc kind=${3-internal}
    gc=$(jq -c '.cniVersion = "1.1.0" | ."cni.dev/valid-attachments" = []' \
        <"$T/$kind")
    printf '%s' "$gc" >"$T/gc"
    calls ADD "$T/$kind"
    calls "$1" "$([ "$1" = GC ] && echo "$T/gc" || echo "$T/$kind")"
    netns_add a
    cni ADD a "$(cat "$T/$kind")" >/dev/null
    places_of "$T/$1" |
        grep -E '^(sendto|sendmsg|recvmsg|recvfrom|socket|connect|poll) ' |
        sampled "$2" >"$T/places"
    while read -r place number; do
        [ -n "$(holds)" ] || cni ADD a "$(cat "$T/$kind")" >/dev/null
        killed_at "$place" "$number" "$T/$1" || continue
        n=$((n + 1))
        case $1 in
        CHECK) cni CHECK a "$(cat "$T/$kind")" ;;
        DEL) NETNS='' cni DEL a "$(cat "$T/$kind")" ;;
        GC) NETNS='' IFNAME='' cni GC '' "$gc" ;;
        esac || fail "$1 after $place $number: $(cat "$T/answer")"
        [ "$1" = CHECK ] || wait_until 5 nothing_of_ours ||
            fail "left: $place $number"
    done <"$T/places"
    [ "$n" -gt $(($2 / 2)) ] || fail "only $n were killed"
    cni DEL a "$(cat "$T/$kind")"
    wait_until 5 nothing_of_ours
    netns_gone a
}

@test "a DEL that is killed" {
    command_killed DEL 6
}

# bats test_tags=long
@test "a DEL with host-local that is killed" {
    command_killed DEL 4 ipam
}

# bats test_tags=long
@test "a CHECK that is killed" {
    command_killed CHECK 6
}

# bats test_tags=long
@test "a GC that is killed" {
    command_killed GC 6
}
