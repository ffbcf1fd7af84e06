#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# attach dies at any system call: the same command once more completes its work,
# and detach clears away what is left. Some of the places; all with CRASHES=all.

load ../lib/base
load ../lib/crashes
load ../lib/cli

nothing_of_ours() {
    none_of_cli && ip -j link | check_json 'all(.[]; .ifname |
        startswith("oi") or startswith("ov") and . != "ovs-netdev" and
        . != "ovs-system" | not)'
}

killed_everywhere() { # COUNT KEY=VALUE...
    local count=$1 place number n=0
    shift
    local attach=("$OVSINT" attach /run/netns/a bridge=br0 ip=10.0.0.1/24 "$@")
    netns_add a
    places_of "${attach[@]}" |
        grep -E '^(sendto|sendmsg|recvmsg|recvfrom|socket|connect|write) ' |
        sampled "$count" >"$T/places"
    ovsint detach /run/netns/a
    wait_until 5 nothing_of_ours
    while read -r place number; do
        # Not every run comes by each place: one that has ended is undone.
        if ! killed_at "$place" "$number" "${attach[@]}"; then
            ovsint detach /run/netns/a >/dev/null
            wait_until 5 nothing_of_ours
            continue
        fi
        n=$((n + 1))
        "${attach[@]}" >/dev/null || fail "attach after $place $number"
        # All that it sets is set.
        in_netns a ip -j addr show dev eth0 | check_json \
            'any(.[].addr_info[]; .local == "10.0.0.1")' ||
            fail "after $place $number"
        of_cli | check_json 'length == 1'
        ovsint detach /run/netns/a >/dev/null ||
            fail "detach after $place $number"
        wait_until 5 nothing_of_ours || fail "left: $place $number"
    done <"$T/places"
    [ "$n" -gt $((count / 2)) ] || fail "only $n were killed"
    netns_gone a
}

@test "an attach of an internal port that is killed" {
    killed_everywhere 6
}

# bats test_tags=long
@test "an attach of a pair that is killed" {
    killed_everywhere 5 type=veth
}
