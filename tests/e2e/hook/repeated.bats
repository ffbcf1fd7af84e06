#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The hook is called again: twice, after a crash at any of its messages, after a reboot. It
# finds out what is there and completes or replaces it.

load ../lib/base
load ../lib/sandbox

ASK=(ovsint.bridge=br0 ovsint.ip=10.0.0.1/24 ovsint.mtu=1400)

setup() {
    world_setup
    sandbox peer
    plug peer ovsint.bridge=br0 ovsint.ip=10.0.0.100/24
}

@test "attach twice: prestart and createRuntime change nothing the second time" {
    local port
    sandbox c1
    plug c1 "${ASK[@]}"
    port=$(port_of c1)
    plug c1 "${ASK[@]}"
    hook prestart <<<"$(state c1 "${ASK[@]}")"
    [ "$(port_of c1)" = "$port" ]
    can_ping c1 10.0.0.100
}

@test "detach twice, and of a container that never was" {
    sandbox c1
    plug c1 "${ASK[@]}"
    unplug c1
    unplug c1
    unplug never
    has_ports c1 0
}

@test "asked differently the second time: replaced" {
    sandbox c1
    plug c1 "${ASK[@]}"
    plug c1 ovsint.bridge=br0 ovsint.ip=10.0.0.2/24
    has_ports c1 1
    in_net c1 ip -j address show dev eth0 |
        check_json '[.[0].addr_info[] | select(.family == "inet").local] ==
            ["10.0.0.2"]'
    can_ping c1 10.0.0.100
}

@test "an interface of that name is there already: refused, nothing changed" {
    sandbox c1
    in_net c1 ip link add eth0 type veth peer name other
    refuses 1 "has an interface eth0 already" plug c1 "${ASK[@]}"
    has_ports c1 0
}

@test "stale rows of an earlier run without poststop are replaced" {
    sandbox c1
    plug c1 "${ASK[@]}"
    kill_sandbox c1
    sandbox c1
    plug c1 "${ASK[@]}"
    has_ports c1 1
    can_ping c1 10.0.0.100
}

# bats test_tags=long
@test "stale rows of an earlier boot are replaced" {
    local port
    sandbox c1
    plug c1 "${ASK[@]}"
    port=$(port_of c1)
    kill_sandbox c1
    vsctl set Interface "$port" external_ids:ovsint-boot=earlier -- \
        set Port "$port" external_ids:ovsint-boot=earlier
    sandbox c1
    plug c1 "${ASK[@]}"
    prints_other "$port" port_of c1
    can_ping c1 10.0.0.100
}

# bats test_tags=long
@test "rows of others are never touched" {
    vsctl add-port br0 foreign -- set Interface foreign type=internal \
        external_ids:container_id=c1 external_ids:container_iface=eth0
    sandbox c1
    plug c1 "${ASK[@]}"
    unplug c1
    row Interface name=foreign >/dev/null
    vsctl del-port foreign
}

@test "veth: attach twice, detach, and nothing is left of the pair" {
    local port
    sandbox c1
    plug c1 "${ASK[@]}" ovsint.type=veth
    port=$(port_of c1)
    plug c1 "${ASK[@]}" ovsint.type=veth
    [ "$(port_of c1)" = "$port" ]
    link c1 eth0 | check_json '.ifname == "eth0" and .mtu == 1400'
    can_ping c1 10.0.0.100
    unplug c1
    in_net c1 ip -j link | check_json 'length == 1'
}

# Kills the hook at its N-th call of CALL. False if it made fewer.
killed_at() { # CALL N STATE
    ! strace -qq -o /dev/null -e "trace=$1" \
        -e "inject=$1:signal=KILL:when=$2" \
        "$HOOK" createRuntime <<<"$3" >/dev/null 2>&1
}

# Every call by which the hook has an effect outside of itself, each in turn.
killed_everywhere() { # AFTERWARDS KEY=VALUE...
    local then=$1 call n text count=0
    shift
    sandbox c1
    text=$(state c1 "$@")
    for call in connect sendto sendmsg write; do
        for ((n = 1; n < 60; n++)); do
            killed_at "$call" "$n" "$text" || break
            count=$((count + 1))
            "$then" "$text" || fail "after a kill at $call $n"
            unplug c1
            has_ports c1 0
            wait_until 5 no_devices c1
        done
        unplug c1
        wait_until 5 no_devices c1
    done
    echo "# killed at $count calls" >&3
    [ "$count" -ge 8 ]
}

run_again() {
    hook createRuntime <<<"$1" && has_ports c1 1 && can_ping c1 10.0.0.100
}

# bats test_tags=long
@test "killed at every message, then run again" {
    killed_everywhere run_again "${ASK[@]}"
}

# bats test_tags=long
@test "killed at every message, then poststop alone" {
    killed_everywhere true "${ASK[@]}"
}

# bats test_tags=long
@test "veth: killed at every message, then run again" {
    killed_everywhere run_again "${ASK[@]}" ovsint.type=veth
}
