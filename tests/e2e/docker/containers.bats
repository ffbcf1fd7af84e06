#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Docker itself: networks and containers as its users make them. Packets flow.

load ../lib/base
load ../lib/plugin
load ../lib/docker

setup_file() { docker_setup; }
setup() { docker_begin; }
teardown() { docker_end; }
teardown_file() { docker_teardown_file; }

@test "two containers ping each other, and the gateway is told" {
    network -o bridge=br0 --subnet 10.10.0.0/24 net1
    start_container one net1
    start_container two net1
    can_ping one "$(address_of two net1)"
    can_ping two "$(address_of one net1)"
    ports_match
    in_net one ip -j route | check_json \
        'any(.dst == "default" and .gateway == "10.10.0.1")'
    docker inspect one | check_json '.[0].NetworkSettings.Networks.net1 |
        .MacAddress != "" and .Gateway == "10.10.0.1"'
    docker rm -f one two
    no_ports
    docker network rm net1
    row Bridge name=br0 | check_json '.external_ids == {}'
}

# Each of these changes makes the switch look at all its ports again.
reconfigure() {
    vsctl add-port br0 unrelated -- set Interface unrelated type=internal
    vsctl del-port unrelated
    bridge_add unrelated
    vsctl set Bridge br0 other_config:mac-aging-time=299
    bridge_del unrelated
    vsctl remove Bridge br0 other_config mac-aging-time
}

# The devices inside, and what the switch has made of them.
vnics() {
    in_net one ip -j link | jq -c 'map([.ifindex, .ifname, .address])'
    in_net two ip -j link | jq -c 'map([.ifindex, .ifname, .address])'
    docker_rows | jq -c 'map([.name, .ofport, .ifindex]) | sort'
}

# bats test_tags=long
@test "an unrelated port and reconfigurations: containers keep their network" {
    network -o bridge=br0 --subnet 10.10.0.0/24 net1
    start_container one net1
    start_container two net1
    can_ping one "$(address_of two net1)"
    # Nothing lies on the host.
    wait_until 5 eval "vnics | tail -n 1 | check_json 'all(.[] ; .[2] == 0)'"
    vnics >"$T/before"
    reconfigure
    can_ping one "$(address_of two net1)"
    diff "$T/before" <(vnics)
    if [ "$DATAPATH" = kernel ]; then
        vswitchd restart
        reconfigure
        can_ping one "$(address_of two net1)"
        diff "$T/before" <(vnics)
    fi
}

@test "two networks, connect, disconnect, reconnect" {
    network -o bridge=br0 -o vlan=10 --subnet 10.10.0.0/24 red
    network -o bridge=br0 -o vlan=20 --subnet 10.20.0.0/24 blue
    start_container one red
    start_container two blue
    docker network connect blue one
    can_ping one "$(address_of two blue)"
    ports_match
    docker network disconnect red one
    ports_match
    can_ping one "$(address_of two blue)"
    docker network connect red one
    start_container three red
    can_ping one "$(address_of three red)"
    docker network disconnect blue one
    docker network connect blue one
    can_ping one "$(address_of two blue)"
    ports_match
}
