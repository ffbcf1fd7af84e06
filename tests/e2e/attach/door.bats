#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The skeleton of a front end: namespaces that have a path, and no runtime.

load ../lib/base

DOOR=$ROOT/build/release/tests/door/door

# The switch writes into the other columns when it likes.
port_uuid() { row Interface external_ids:ovsint-owner=door | jq -r ._uuid; }

refuses() { # STATUS TEXT ARGUMENT...
    local wanted=$1 text=$2
    shift 2
    run "$DOOR" "$@"
    [[ $status == "$wanted" && $output == *"$text"* ]] ||
        fail "$* ended with $status: $output"
}

@test "two namespaces ping each other, and leave nothing" {
    netns_add blue green
    "$DOOR" attach /run/netns/blue eth0 bridge=br0 ip=10.0.0.1/24
    "$DOOR" attach /run/netns/green eth0 bridge=br0 ip=10.0.0.2/24 type=veth
    wait_until 5 ip netns exec blue busybox ping -c 1 -W 1 10.0.0.2
    wait_until 5 ip netns exec green busybox ping -c 1 -W 1 10.0.0.1
    row Interface external_ids:ovsint-container=blue |
        check_json '.external_ids["ovsint-owner"] == "door"'
    "$DOOR" detach /run/netns/blue
    # It needs the namespace no more.
    netns_gone blue green
    "$DOOR" detach /run/netns/green
    rows Interface external_ids:ovsint-owner=door | check_json '. == []'
}

@test "attached twice, and asked differently the second time" {
    netns_add blue
    "$DOOR" attach /run/netns/blue eth0 bridge=br0 ip=10.0.0.1/24
    before=$(port_uuid)
    "$DOOR" attach /run/netns/blue eth0 bridge=br0 ip=10.0.0.1/24
    [ "$before" = "$(port_uuid)" ]
    refuses 1 "plugged already by container blue with other settings" \
        attach /run/netns/blue eth0 bridge=br0 ip=10.0.0.3/24
    [ "$before" = "$(port_uuid)" ]
    ip netns exec blue ip -j addr show dev eth0 |
        check_json '.[0].addr_info[0].local == "10.0.0.1"'
    "$DOOR" detach /run/netns/blue
    netns_gone blue
}

@test "what it refuses, and in whose words" {
    netns_add blue
    refuses 2 "argument vlna: unknown key" attach /run/netns/blue eth0 vlna=10
    refuses 1 "plug eth0 into nosuch: there is no bridge nosuch" \
        attach /run/netns/blue eth0 bridge=nosuch
    refuses 1 "host's own" attach /proc/self/ns/net eth0 bridge=br0
    ip -n blue link add eth0 type veth peer name other
    refuses 1 "the container has an interface eth0 already (eth0)" \
        attach /run/netns/blue eth0 bridge=br0
    rows Interface external_ids:ovsint-owner=door | check_json '. == []'
    netns_gone blue
}
