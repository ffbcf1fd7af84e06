#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Ready ports while everything restarts, ends and is killed; what they cost the
# plugin. All places with CRASHES=all.

load ../lib/base
load ../lib/plugin
load ../lib/sandbox
load ../lib/crashes
load ../lib/pool

# No Docker here, whose containers plugin.bash looks for.
container_pid() { cat "$BUNDLES/$1/pid"; }

teardown() {
    [ ! -e /run/plugin.pid ] || plugin_gone "$(plugin_pid)" || plugin kill
    world_teardown
}

begin() { # SIZE
    pools "$1"
    plugin start
    wait_until 10 has_ready "$1"
    ready_names >"$T/ready"
}

in_vlan() { # NAME ADDR ANNOTATION...
    plug "$1" ovsint.bridge=br0 ovsint.vlan=10 "ovsint.ip=$2/24" "${@:3}"
}

are_the_same() { [ "$(ready_names)" = "$(cat "$T/ready")" ]; }

devices_are_there() {
    local name
    for name in $(ready_names); do
        ip link show dev "$name" >/dev/null || return
    done
}

# Takes the last ones, so that the two meet.
both_reach() {
    sandbox c1
    sandbox c2
    in_vlan c1 10.0.0.1
    in_vlan c2 10.0.0.2
    can_ping c1 10.0.0.2
    unplug c1
    unplug c2
}

@test "a restart of the plugin, of the database and of the switch: they stay, and serve" {
    begin 2
    plugin restart
    rests
    are_the_same
    plugin kill
    plugin start
    rests
    are_the_same
    ovsdb restart
    wait_until 10 has_ready 2
    are_the_same
    vswitchd restart
    wait_until 10 has_ready 2
    wait_until 10 devices_are_there
    are_the_same
    both_reach
    pools_end
}

# As a port is that has to be made.
@test "taken while the switch is away: it is waited for, with a source guard and without" {
    local guard pid
    begin 2
    sandbox c1
    sandbox c2
    for guard in off full; do
        vswitchd kill
        in_vlan c1 10.0.0.1 "ovsint.guard=$guard" >"$T/answer" 2>&1 &
        pid=$!
        sleep 2 # time: the attach has come to its flows, and waits there
        vswitchd start
        wait "$pid" || fail "$guard: $(cat "$T/answer")"
        grep -qxF "$(port_of c1)" "$T/ready"
        in_vlan c2 10.0.0.2
        can_ping c1 10.0.0.2
        unplug c1
        unplug c2
        wait_until 10 has_ready 2
        ready_names >"$T/ready"
    done
    pools_end
}

# bats test_tags=long
@test "ports of an earlier boot are replaced, those with another name are left" {
    local name
    begin 2
    plugin kill
    for name in $(ready_names); do
        vsctl set Interface "$name" external_ids:ovsint-boot=before -- \
            set Port "$name" external_ids:ovsint-boot=before
    done
    vsctl add-port br0 mine -- set Interface mine type=internal \
        external_ids:ovsint-owner=pool external_ids:ovsint-pool=br0/10/access -- \
        set Port mine external_ids:ovsint-owner=pool
    plugin start
    wait_until 10 not are_the_same
    wait_until 10 eval 'ready | check_json "[.[] | select(.name != \"mine\")] |
        length == 2 and all(.ofport > 0)"'
    vsctl list-ports br0 | grep -x mine
    vsctl del-port mine
    both_reach
    pools_end
}

# bats test_tags=long
@test "one whose device or rows somebody removes is made again" {
    local name
    begin 4
    read -r name < <(ready_names)
    vsctl del-port "$name"
    vsctl del-port "$(ready_names | head -n 1)"
    wait_until 10 has_ready 4
    ready_names >"$T/ready"
    read -r name < <(ready_names)
    ip link delete "$name" 2>/dev/null || true
    both_reach
    pools_end
}

# bats test_tags=long
@test "with its bridge they go, and they come with it" {
    pools 2 '.pools[0].bridge = "br1"'
    bridge_add br1
    plugin start
    wait_until 10 has_ready 2
    bridge_del br1
    wait_until 10 has_ready 0
    bridge_add br1
    wait_until 10 has_ready 2
    pools_end
    bridge_del br1
}

# bats test_tags=long
@test "without the plugin what is ready is used up, then ports are made" {
    begin 2
    plugin stop
    sandbox c1
    sandbox c2
    sandbox c3
    in_vlan c1 10.0.0.1
    in_vlan c2 10.0.0.2
    has_ready 0
    in_vlan c3 10.0.0.3
    can_ping c1 10.0.0.3
    unplug c1
    unplug c2
    unplug c3
}

# The plugin has to clear away what the killed one has taken, and only that.
# bats test_tags=long
@test "a hook that is killed: the next one for the container finishes, and the guardian clears up" {
    local place number n=0 most=6
    begin 4
    sandbox c0
    state c0 ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=10.0.0.9/24 >"$T/state"
    run_hook() { "$HOOK" createRuntime <"$T/state"; }
    places_of "$HOOK" createRuntime <"$T/state"
    places_in "$T/trace" |
        grep -E '^(sendto|sendmsg|recvmsg|recvfrom|write) ' |
        sampled "$most" >"$T/places"
    unplug c0
    kill_sandbox c0
    while read -r place number; do
        n=$((n + 1))
        wait_until 10 has_ready_some
        sandbox "k$n"
        state "k$n" ovsint.bridge=br0 ovsint.vlan=10 "ovsint.ip=10.0.1.$n/24" \
            >"$T/state"
        killed_at "$place" "$number" "$HOOK" createRuntime <"$T/state" || true
        if ((n % 2)); then
            run_hook || fail "after $place $number"
            in_net "k$n" ip -j addr show dev eth0 | check_json \
                --arg ip "10.0.1.$n" 'any(.[].addr_info[]; .local == $ip)'
            unplug "k$n"
        fi
        kill_sandbox "k$n"
        wait_until 10 nothing_of "k$n" || fail "left after $place $number"
    done <"$T/places"
    [ "$n" -ge "$most" ]
    both_reach
    pools_end
}

has_ready_some() { ready | check_json 'any(.[]; .ofport > 0)'; }

nothing_of() {
    rows Interface external_ids:ovsint-container="$1" | check_json '. == []'
}

# bats test_tags=long
@test "many at once, more than are ready, while they are made anew" {
    local n count pids=()
    count=$(many 20)
    begin 8
    for ((n = 1; n <= count; n++)); do
        sandbox "m$n"
    done
    for ((n = 1; n <= count; n++)); do
        in_vlan "m$n" "10.0.2.$n" &
        pids+=($!)
    done
    for n in "${pids[@]}"; do wait "$n"; done
    for ((n = 1; n <= count; n++)); do
        port_of "m$n"
    done >"$T/ports"
    [ "$(sort -u "$T/ports" | wc -l)" = "$count" ]
    can_ping m1 "10.0.2.$count"
    wait_until 10 has_ready 8
    for ((n = 1; n <= count; n++)); do
        unplug "m$n"
    done
    pools_end
}

# bats test_tags=long
@test "memory: a pool of 64 is little" {
    local before after
    plugin start
    rests
    before=$(plugin_number VmRSS)
    plugin stop
    begin 64
    rests
    after=$(plugin_number VmRSS)
    echo "$before KiB, with 64 ready ports $after KiB"
    [ $((after - before)) -le 400 ] # twice the aim: pages, not bytes, are counted
    pools_end
}
