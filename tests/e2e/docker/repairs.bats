#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Docker's containers while the plugin is away, too, or somebody takes things from
# them; and what Docker does to them after a repair.
# bats file_tags=slow

load ../lib/base
load ../lib/plugin
load ../lib/docker
load ../lib/restarts
load ../lib/survivors

# bats test_tags=long
@test "plugin and switch are killed" { survives plugin_and_switch_restart; }

# The network that Docker has chosen is noted, and has the default route.
gateway_noted() {
    local device
    device=$(in_net c1 ip -j route show default | jq -er '.[].dev') &&
        docker_rows | check_json --arg device "$device" '
            map(select(.external_ids["ovsint-endpoint"] and
                .external_ids["ovsint-gateway"])) as $noted |
            ($noted | map(.name) | index($device)) and ($noted | length) == 2'
}

# Docker takes the first by name: what is repaired first must not get it.
# bats test_tags=long
@test "three networks: the default route stays where it was" {
    network -o bridge=br0 -o vlan=20 --subnet 10.20.0.0/24 net2
    docker network connect net2 c1
    wait_until 20 all_noted 3
    wait_until 5 gateway_noted
    survives switch_is_killed
    network -o bridge=br0 -o vlan=21 --subnet 10.21.0.0/24 net0
    docker network connect net0 c1
    wait_until 20 all_noted 4
    wait_until 5 gateway_noted
    survives switch_is_killed
    survives switch_clears_away
    survives plugin_and_switch_restart
    gateway_noted
    docker network disconnect net1 c1
    wait_until 5 gateway_noted
    docker network connect net1 c1
    wait_until 20 all_noted 4
    survives switch_clears_away
}

# Docker switches IPv6 on for each device of a container that it gives an address.
# bats test_tags=long
@test "addresses of both families" {
    network --internal -o bridge=br0 -o vlan=30 --ipv6 --subnet 10.30.0.0/24 \
        --subnet fd00:30::/64 net3
    docker network connect net3 c1
    wait_until 20 all_noted 3
    network_of c1 | grep -q fd00:30::
    survives switch_is_killed
    survives switch_clears_away
}

# bats test_tags=long
@test "what was repaired can be disconnected, connected and removed" {
    survives switch_is_killed
    docker network disconnect net1 c1
    rests
    in_net c1 ip -j link | check_json 'map(.ifname) == ["lo"]'
    docker network connect net1 c1
    can_ping c1 "$(address_of c2 net1)"
    docker rm -f c2
    docker_agrees
}

# bats test_tags=long
@test "disconnected while no plugin can know: it is not put back" {
    config '{"timeout-ms": 500}'
    docker_forgets network disconnect --force net1 c1
    plugin start
    sleep 1 # time: the guardian does not rest before it has given the row up
    in_net c1 ip -j link | check_json 'map(.ifname) == ["lo"]'
    # Docker has forgotten the endpoint: so does the guardian, in a while.
    wait_until 20 plugin_logged "Docker has forgotten it"
    docker_agrees
}

states_are() { # STATE...
    ports | check_json '[.ports[].state] | sort == $ARGS.positional' --args "$@"
}

switch_tells() { row Interface name=br0 | check_json '.ifindex | numbers > 0'; }

# The database has lost the numbers of devices, and only the switch knows them.
# bats test_tags=long
@test "plugin and database start anew while the switch is frozen: all is left alone" {
    network_of c1 >"$T/before"
    vswitchd freeze
    ovsdb kill
    plugin kill
    ovsdb start
    plugin start
    wait_until 10 states_are "in its container" "in its container"
    not switch_tells
    vswitchd thaw
    wait_until 20 switch_tells
    rests
    as_before
    not grep -E "repaired a port|made a port again|removed a port" "$PLUGIN_LOG"
    can_ping c1 "$(address_of c2 net1)"
    docker_agrees
}

# bats test_tags=long
@test "... and Docker has taken a device out of its container meanwhile" {
    config '{"timeout-ms": 500}'
    vswitchd freeze
    docker_forgets network disconnect --force net1 c1
    plugin start
    wait_until 10 states_are "in its container" "waiting for the switch"
    vswitchd thaw
    wait_until 30 plugin_logged "Docker has forgotten it"
    not grep -E "repaired a port|made a port again" "$PLUGIN_LOG"
    in_net c1 ip -j link | check_json 'map(.ifname) == ["lo"]'
    docker_agrees
}

# bats test_tags=long
@test "a container is killed with its shim: its port goes" {
    local pid port
    pid=$(container_pid c2)
    port=$(docker_rows | jq -r --arg mac "$(in_network c2 net1 MacAddress)" \
        '.[] | select(.external_ids["attached-mac"] == $mac).name')
    dockerd kill
    kill -KILL "$pid"
    dockerd start
    wait_until 10 prints_nothing vsctl --bare --columns=name find Interface "name=$port"
    docker_agrees
}

# bats test_tags=long
@test "somebody removes the bridge, and it comes back with its networks" {
    bridge_add br7
    network -o bridge=br7 --subnet 10.70.0.0/24 net7
    start_container c3 net7
    start_container c4 net7
    wait_until 20 all_noted 4
    can_ping c3 "$(address_of c4 net7)"
    bridge_del br7
    wait_until 10 plugin_logged "a bridge was removed while containers live"
    bridge_add br7
    can_ping c3 "$(address_of c4 net7)"
    docker rm -f c3 c4
    docker network rm net7
    bridge_del br7
}
