#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# attach, detach and gc are asked to end by a signal, without a guardian that
# would look after what they leave: what attach has begun is undone, what detach
# has begun is finished. A second signal ends them at once.

load ../lib/base
load ../lib/crashes
load ../lib/cli
load ../lib/device

setup() {
    world_setup
    netns_add a
}

nothing_of_ours() {
    none_of_cli && ip -j link | check_json 'all(.[]; .ifname |
        startswith("oi") or startswith("ov") and . != "ovs-netdev" and
        . != "ovs-system" | not)'
}

# A shell without job control has what it puts into the background ignore
# SIGINT, and that is kept.
begin_attach() { # KEY=VALUE...
    env --default-signal=INT,TERM "$OVSINT" attach /run/netns/a bridge=br0 "$@" \
        >"$T/answer" 2>"$T/said" 3>&- 4>&- &
    ATTACH=$!
}

ends_with() { # STATUS
    local status=0
    wait "$ATTACH" || status=$?
    [ "$status" = "$1" ] || fail "ended with $status, not $1: $(cat "$T/said")"
}

says_that_nothing_is_left() { # SIGNAL
    [ "$(cat "$T/said")" = "ovsint: $1 came before eth0 of /run/netns/a was \
there: nothing is left of what was begun" ] || fail "it said: $(cat "$T/said")"
}

has_row() { of_cli | check_json 'length == 1'; }

@test "attach, while the switch is stuck" {
    local signal
    for signal in TERM INT; do
        vswitchd freeze
        begin_attach ip=10.0.0.1/24
        wait_until 5 has_row
        kill -"$signal" "$ATTACH"
        ends_with $((128 + $(kill -l "$signal")))
        says_that_nothing_is_left "SIG$signal"
        none_of_cli
        vswitchd thaw
        wait_until 5 nothing_of_ours
    done
    netns_gone a
}

@test "attach, while a DHCP server does not answer" {
    begin_attach ip=dhcp
    wait_until 5 in_netns a ip link show eth0
    kill "$ATTACH"
    ends_with 143
    says_that_nothing_is_left SIGTERM
    wait_until 5 nothing_of_ours
    not in_netns a ip link show eth0
    netns_gone a
}

@test "attach, while the database is stuck: the second signal ends it at once" {
    vswitchd freeze
    begin_attach ip=10.0.0.1/24
    wait_until 5 has_row
    ovsdb freeze
    kill "$ATTACH"
    sleep 1.3 # time: two within a second count as one
    kill "$ATTACH"
    ends_with 143
    # An undo that has run, or given up, says so.
    not grep -q . "$T/said" || fail "$(cat "$T/said")"
    ovsdb thaw
    vswitchd thaw
    ovsint detach /run/netns/a >/dev/null || none_of_cli
    wait_until 5 nothing_of_ours
    netns_gone a
}

signalled_at() { # NAME N CMD...
    local name=$1 number=$2 status=0
    shift 2
    strace -qq -o /dev/null -e "trace=$name" \
        -e "inject=$name:signal=TERM:when=$number" "$@" \
        >"$T/answer" 2>"$T/said" || status=$?
    STATUS=$status
    [ "$status" = 0 ] || [ "$status" = 143 ] ||
        fail "$name $number: ended with $status: $(cat "$T/said")"
}

places() { # COUNT CMD...
    local count=$1
    shift
    places_of "$@" | grep -E \
        '^(sendto|sendmsg|recvmsg|recvfrom|socket|connect|ppoll|fcntl|close) ' |
        sampled "$count"
}

has_address() {
    in_netns a ip -j addr show dev eth0 |
        check_json 'any(.[].addr_info[]; .local == "10.0.0.1")'
}

attached_everywhere() { # COUNT KEY=VALUE...
    local count=$1 place number undone=0
    shift
    local attach=("$OVSINT" attach /run/netns/a bridge=br0 ip=10.0.0.1/24 "$@")
    places "$count" "${attach[@]}" >"$T/places"
    ovsint detach /run/netns/a
    wait_until 5 nothing_of_ours
    while read -r place number; do
        signalled_at "$place" "$number" "${attach[@]}"
        if grep -q . "$T/said"; then
            [ "$STATUS" = 143 ] || fail "$place $number: $STATUS"
            says_that_nothing_is_left SIGTERM
            none_of_cli || fail "left: $place $number"
            undone=$((undone + 1))
        elif not none_of_cli >/dev/null; then # it came when all was done
            has_address || fail "half: $place $number"
            ovsint detach /run/netns/a >/dev/null
        else # it came before anything was
            [ "$STATUS" = 143 ] || fail "$place $number: $STATUS"
        fi
        wait_until 5 nothing_of_ours || fail "left: $place $number"
    done <"$T/places"
    echo "# undone at $undone places" >&3
    [ "$undone" -gt $((count / 4)) ]
    netns_gone a
}

@test "attach of an internal port, at any system call" {
    attached_everywhere 10
}

# bats test_tags=long
@test "attach of a pair, at any system call" {
    attached_everywhere 6 type=veth
}

@test "detach, at any system call: all or nothing" {
    local place number attach all=0
    attach=("$OVSINT" attach /run/netns/a bridge=br0 ip=10.0.0.1/24 type=veth)
    "${attach[@]}" >/dev/null
    places 6 "$OVSINT" detach /run/netns/a >"$T/places"
    while read -r place number; do
        "${attach[@]}" >/dev/null
        signalled_at "$place" "$number" "$OVSINT" detach /run/netns/a
        if [ "$STATUS" = 0 ]; then
            none_of_cli || fail "left: $place $number"
            all=$((all + 1))
        else
            has_row || fail "half: $place $number"
            has_address || fail "half: $place $number"
            ovsint detach /run/netns/a >/dev/null
        fi
        wait_until 5 nothing_of_ours || fail "left: $place $number"
    done <"$T/places"
    echo "# finished at $all places" >&3
    [ "$all" -gt 0 ]
    netns_gone a
}

dead_ports() {
    local i
    netns_add dead
    for i in 1 2 3 4; do
        ovsint attach /run/netns/dead "eth$i" bridge=br0 >/dev/null
    done
    netns_gone dead
}

# Each port has a connection of its own.
# bats test_tags=long
@test "gc: the port at hand goes, and the same command once more goes on" {
    local number left some=0
    dead_ports
    places_of "$OVSINT" gc --yes | grep '^connect ' | tail -n 4 >"$T/places"
    wait_until 5 nothing_of_ours
    while read -r _ number; do
        dead_ports
        signalled_at connect "$number" "$OVSINT" gc --yes
        left=$(of_cli | jq length)
        if [ "$left" -gt 0 ] && [ "$left" -lt 4 ]; then
            grep -qF "SIGTERM came before all was removed: $((4 - left)) are" \
                "$T/said" || fail "$left left: $(cat "$T/said")"
            some=$((some + 1))
        fi
        [ "$left" = 0 ] || ovsint gc --yes >/dev/null
        wait_until 5 nothing_of_ours || fail "left: connect $number"
    done <"$T/places"
    [ "$some" -gt 0 ]
    netns_gone a
}
