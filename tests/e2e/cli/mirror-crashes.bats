#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# mirror add and rm die at any system call: a mirror is there as a whole, or
# nothing of it is. Some of the places; all with CRASHES=all.

load ../lib/base
load ../lib/crashes
load ../lib/cli
load ../lib/sandbox

setup() {
    world_setup
    sandbox web
    sandbox monitor
    plug web ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=10.0.0.1/24
    plug monitor ovsint.span0.bridge=br0
    ports=$(vsctl list-ports br0)
}

teardown() {
    [ -n "${BATS_TEST_COMPLETED-}" ] || ovsint mirror rm spy >/dev/null 2>&1 || true
    world_teardown
}

# No row, no port of a tunnel, nothing on its bridge.
no_trace() {
    rows Mirror | check_json '. == []' && [ "$(vsctl list-ports br0)" = "$ports" ] &&
        row Bridge name=br0 | check_json '.mirrors == []'
}

# It copies, and does not only stand there.
is_whole() {
    ovsint mirror ls --json |
        check_json '.mirrors | length == 1 and .[0].state == "copying"'
}

places_of_ours() { # COUNT CMD...
    local count=$1
    shift
    places_of "$@" |
        grep -E '^(sendto|sendmsg|recvmsg|recvfrom|socket|connect|write) ' |
        sampled "$count"
}

killed_everywhere() { # COUNT KEY=VALUE...
    local count=$1 place number n=0
    shift
    local add=("$OVSINT" mirror add spy from=web "$@")
    local rm=("$OVSINT" mirror rm spy)
    places_of_ours "$count" "${add[@]}" >"$T/adding"
    places_of_ours "$count" "${rm[@]}" >"$T/removing"
    no_trace
    while read -r place number; do
        killed_at "$place" "$number" "${add[@]}" || true
        n=$((n + 1))
        if [ "$(rows Mirror)" = "[]" ]; then
            no_trace || fail "left of add: $place $number"
            "${add[@]}" >/dev/null || fail "add after $place $number"
        fi
        wait_until 5 is_whole || fail "add: $place $number"
        "${rm[@]}" >/dev/null
        no_trace || fail "rm after add: $place $number"
    done <"$T/adding"
    while read -r place number; do
        "${add[@]}" >/dev/null
        killed_at "$place" "$number" "${rm[@]}" || true
        n=$((n + 1))
        if [ "$(rows Mirror)" != "[]" ]; then
            wait_until 5 is_whole || fail "rm: $place $number"
            "${rm[@]}" >/dev/null
        fi
        no_trace || fail "left of rm: $place $number"
    done <"$T/removing"
    [ "$n" -ge "$count" ]
}

# bats test_tags=long
@test "a mirror to a container's port: killed while it is added and removed" {
    killed_everywhere 4 to=monitor:span0
}

# bats test_tags=long
@test "a mirror to another host: killed while it is added and removed" {
    killed_everywhere 3 remote=192.0.2.1
}
