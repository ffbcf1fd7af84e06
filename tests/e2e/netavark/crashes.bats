#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The netavark plugin dies at any system call: teardown clears away what is left,
# and so does another setup, whichever comes. Some of the places; all with
# CRASHES=all.

load ../lib/base
load ../lib/crashes
load ../lib/cni
load ../lib/netavark

setup() {
    world_setup
    net=$(network lan '.subnets = [{subnet: "10.0.0.0/24"}] |
        .options = {bridge: "br0"}')
    asked a "$net" '.network_options.static_ips = ["10.0.0.1"]' >"$T/internal"
    jq -c '.network.options.vnic = "veth"' <"$T/internal" >"$T/veth"
}

# The plugin as one command, for strace(1).
calls() { # COMMAND FILE
    printf '#!/bin/sh\nexec <%s %s %s /run/netns/a\n' "$2" "$NETAVARK" "$1" \
        >"$T/$1"
    chmod +x "$T/$1"
}

nothing_of_ours() {
    prints_nothing plugged && ip -j link | check_json 'all(.[]; .ifname |
        startswith("oi") or startswith("ov") and . != "ovs-netdev" and
        . != "ovs-system" | not)'
}

places() { # SCRIPT COUNT
    places_of "$1" |
        grep -E '^(sendto|sendmsg|recvmsg|recvfrom|socket|connect|write) ' |
        sampled "$2" >"$T/places"
}

killed_everywhere() { # KIND COUNT
    local place number n=0
    calls setup "$T/$1"
    netns_add a
    places "$T/setup" "$2"
    nv teardown a "$(cat "$T/$1")"
    wait_until 5 nothing_of_ours
    while read -r place number; do
        # Not every run comes by each place: one that has ended is undone.
        if ! killed_at "$place" "$number" "$T/setup"; then
            nv teardown a "$(cat "$T/$1")"
            wait_until 5 nothing_of_ours
            continue
        fi
        n=$((n + 1))
        if ((n % 2)); then
            nv teardown a "$(cat "$T/$1")" || fail "teardown after $place $number"
            wait_until 5 nothing_of_ours || fail "left: $place $number"
        fi
        nv setup a "$(cat "$T/$1")" >/dev/null ||
            fail "setup after $place $number: $(cat "$T/answer")"
        in_netns a ip -j addr show dev eth0 | check_json \
            'any(.[0].addr_info[]; .local == "10.0.0.1")' ||
            fail "incomplete: $place $number"
        nv teardown a "$(cat "$T/$1")"
        wait_until 5 nothing_of_ours || fail "left: $place $number"
    done <"$T/places"
    [ "$n" -gt $(($2 / 2)) ] || fail "only $n were killed"
    netns_gone a
}

# bats test_tags=long
@test "a setup of an internal port that is killed" {
    killed_everywhere internal 8
}

# bats test_tags=long
@test "a setup of a pair that is killed" {
    killed_everywhere veth 6
}

# bats test_tags=long
@test "a teardown that is killed" {
    local place number
    calls teardown "$T/internal"
    netns_add a
    nv setup a "$(cat "$T/internal")"
    places "$T/teardown" 6
    while read -r place number; do
        nv setup a "$(cat "$T/internal")"
        killed_at "$place" "$number" "$T/teardown" || true
        nv teardown a "$(cat "$T/internal")" || fail "teardown: $place $number"
        wait_until 5 nothing_of_ours || fail "left: $place $number"
    done <"$T/places"
    netns_gone a
}
