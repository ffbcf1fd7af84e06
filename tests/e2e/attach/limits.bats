#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# What the switch itself limits: frames to all that a container sends (storm),
# and with a guard its rate, whatever the container does to its device.

load ../lib/base
load ../lib/plugin
load ../lib/sandbox
load ../lib/flows

MAC=02:00:00:00:00:01
PEER=02:00:00:00:00:02

setup() {
    world_setup
    sandbox c1
    sandbox peer
    plug peer ovsint.bridge=br0 ovsint.dad=false ovsint.vlan=10 \
        ovsint.ip=10.0.0.2/24 ovsint.mac=$PEER ovsint.guard=off
}

# No Docker here, whose containers plugin.bash looks for.
container_pid() { cat "$BUNDLES/$1/pid"; }

limited() { # [KEY=VALUE...]
    plug c1 ovsint.bridge=br0 ovsint.dad=false ovsint.vlan=10 \
        ovsint.ip=10.0.0.1/24 ovsint.mac=$MAC "$@"
    wait_until 10 ping_once c1 10.0.0.2
}

meters() {
    local answer
    answer=$(ovs-ofctl -O OpenFlow14 dump-meters br0) || return
    grep -o 'meter=.*' <<<"$answer" || true
}

no_meters() { prints_nothing meters; }

heard() { in_net peer ip -j -s link show dev eth0 | jq '.[0].stats64.rx.packets'; }

# flooded COUNT SIZE MAC ADDR: how many of so many frames arrive, and in $SECONDS
# how long that has taken
flooded() {
    local before
    before=$(heard)
    SECONDS=0
    in_net c1 "$ROOT/build/release/tests/e2e/programs/flood" eth0 "$1" "$2" \
        "$3" 10.0.0.1 "$4"
    wait_until 10 ping_once c1 10.0.0.2
    ARRIVED=$(($(heard) - before))
}

storm() { flooded 1000 100 ff:ff:ff:ff:ff:ff 10.0.0.255; }

# Of a storm with storm=50: a second's worth at once, and what the seconds allow.
few() {
    [ "$ARRIVED" -gt 20 ] && [ "$ARRIVED" -le $((50 + 50 * (SECONDS + 1) + 10)) ] ||
        fail "$ARRIVED arrived within $SECONDS s"
}

@test "storm: frames to all are few, others as many as before" {
    limited ovsint.guard=off
    storm
    [ "$ARRIVED" -gt 900 ]
    unplug c1
    limited ovsint.storm=50 ovsint.guard=off
    storm
    few
    flooded 1000 100 $PEER 10.0.0.2
    [ "$ARRIVED" -gt 900 ]
    unplug c1
    no_flows
    no_meters
}

@test "storm with a guard: pretences are dropped, as ever" {
    limited ovsint.storm=50 ovsint.guard=full
    storm
    few
    in_net c1 "$ROOT/build/release/tests/e2e/programs/flood" eth0 100 100 \
        $PEER 10.0.0.9 10.0.0.2
    ovs-ofctl -O OpenFlow14 dump-flows br0 |
        grep -q 'n_packets=[1-9].*priority=65200,'
}

@test "a rate holds against CAP_NET_RAW, if there is a guard" {
    limited ovsint.rate=1000 ovsint.guard=off
    flooded 600 1400 $PEER 10.0.0.2
    [ "$ARRIVED" -gt 500 ]
    unplug c1
    limited ovsint.rate=1000 ovsint.guard=full
    flooded 600 1400 $PEER 10.0.0.2
    # 1 Mbit/s, and as much at once
    [ "$ARRIVED" -gt 20 ]
    [ "$ARRIVED" -le $((110 + 95 * (SECONDS + 1))) ]
    unplug c1
    no_meters
}

@test "the guardian puts meters back after a restart of the switch" {
    plugin start
    limited ovsint.storm=50 ovsint.guard=off
    vswitchd stop
    vswitchd start
    wait_until 20 ping_once c1 10.0.0.2
    [ "$(meters | wc -l)" = 1 ]
    storm
    few
    unplug c1
    wait_until 5 no_meters
    plugin stop
}

# bats test_tags=long
@test "a meter goes with its key, and its number is not taken over" {
    local name
    plugin start
    limited ovsint.storm=50 ovsint.rate=100000 ovsint.guard=full
    rests
    [ "$(meters | wc -l)" = 2 ]
    name=$(port_of c1)
    vsctl set Interface "$name" external_ids:ovsint-spec="$(row Interface \
        "name=$name" | jq '.external_ids["ovsint-spec"] | fromjson |
            del(.storm) | tojson')"
    meter_count() { [ "$(meters | wc -l)" = "$1" ]; }
    wait_until 5 meter_count 1
    ovs-ofctl -O OpenFlow14 dump-meters br0 | grep -q kbps
    can_ping c1 10.0.0.2
    unplug c1
    wait_until 5 no_meters
    plugin stop
}
