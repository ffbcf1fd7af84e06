#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# A container, or somebody on the host, renames, deletes or changes devices and rows of
# containers that live: what the guardian makes again, and what it leaves alone.

load ../lib/base
load ../lib/plugin
load ../lib/sandbox
load ../lib/guard

setup() { guard_setup; }
teardown() { guard_teardown; }

@test "the container renames its device" {
    local port
    pair
    port=$(port_of c1)
    remember
    in_net c1 ip link set dev "$port" down
    in_net c1 ip link set dev "$port" name lan0
    # The guardian may have been faster.
    in_net c1 ip link set dev lan0 up || true
    wait_until 5 in_net c1 ip link show dev "$port"
    whole
    plugin_logged "was renamed in the container"
}

# bats test_tags=long
@test "the container renames its device before any guardian has seen it" {
    local port
    plugin stop
    plugged_pair
    port=$(port_of c1)
    remember
    in_net c1 ip link set dev "$port" down
    in_net c1 ip link set dev "$port" name lan0
    plugin start
    whole
    wait_until 5 arrived c1
}

@test "the container deletes its device" {
    local port
    pair
    port=$(port_of c1)
    remember
    if [ "$DATAPATH" = kernel ]; then
        # The kernel does not let it.
        not deletes_device "$port"
        whole
        return
    fi
    deletes_device "$port"
    wait_until 5 same_network c1 "$T/c1"
    whole
    plugin_logged "its device was deleted in the container"
}

# bats test_tags=long
@test "what a container does to its network is its own business" {
    pair
    in_net c1 ip addr add 10.0.0.77/24 dev eth0
    in_net c1 ip route del default
    looks_again c1
    in_net c1 ip -j route | check_json 'map(select(.dst == "default")) == []'
    in_net c1 ip -j addr show dev eth0 |
        check_json '[.[0].addr_info[].local] | contains(["10.0.0.77"])'
}

@test "somebody removes the port of a container that lives" {
    local port
    running c1 10.0.0.1
    running peer 10.0.0.100
    can_ping c1 10.0.0.100
    remember
    port=$(port_of c1)
    vsctl del-port "$port"
    wait_until 5 port_of c1
    whole
    [ "$(port_of c1)" = "$port" ]
    plugin_logged "somebody removed its row while its container lives"
}

number_of() { row Interface "external_ids:ovsint-container=$1" | jq -e .ofport; }

index_in_c2() { in_net c2 ip -j link show dev eth0 | jq -e '.[0].ifindex'; }

# Its holder does not ask for it: the switch would take it away with the device.
# bats test_tags=long
@test "a port that is made again leaves its OpenFlow number to who has it by now" {
    local port device
    running c1 10.0.0.1 ovsint.ofport=5
    running peer 10.0.0.100
    port=$(port_of c1)
    plugin freeze
    vsctl del-port "$port"
    bundle c2 ovsint.bridge=br0 ovsint.ip=10.0.0.2/24 ovsint.ofport=5
    run_container runc c2
    vsctl clear Interface "$(port_of c2)" ofport_request
    device=$(index_in_c2)
    plugin thaw
    wait_until 5 plugin_logged \
        "a port is made again with another OpenFlow number"
    can_ping c1 10.0.0.100
    can_ping c2 10.0.0.100
    rests
    [ "$(number_of c2)" = 5 ]
    prints_other 5 number_of c1
    [ "$(index_in_c2)" = "$device" ]
    delete_container c2
    delete_container c1
    delete_container peer
}

@test "somebody removes the bridge, and it comes back" {
    bridge_add br1
    bundle c1 ovsint.bridge=br1 ovsint.ip=10.0.0.1/24
    bundle peer ovsint.bridge=br1 ovsint.ip=10.0.0.100/24
    run_container runc c1
    run_container runc peer
    wait_until 5 arrived c1
    wait_until 5 arrived peer
    can_ping c1 10.0.0.100
    bridge_del br1
    wait_until 5 plugin_logged "a bridge was removed while containers live on it"
    bridge_add br1
    can_ping c1 10.0.0.100
    delete_container c1
    delete_container peer
    bridge_del br1
}

spec_of() { # NAME
    row Interface "external_ids:ovsint-container=$1" |
        jq -r '.external_ids["ovsint-spec"]'
}

has_address() { # NAME ADDRESS
    in_net "$1" ip -j addr show dev eth0 |
        check_json --arg address "$2" \
            '.[0].addr_info | any(.local == $address)'
}

# A value that changes, while the number of keys stays.
@test "an operator edits what a port is to be like" {
    local spec
    pair
    spec=$(spec_of c1 | jq -c '.ip += ["10.0.0.77/24"]')
    vsctl set Interface "$(port_of c1)" \
        "external_ids:ovsint-spec=$(jq -n --arg spec "$spec" '$spec')"
    wait_until 5 has_address c1 10.0.0.77
    wait_until 5 plugin_logged "not set up as its row says"
}

# bats test_tags=long
@test "not made again where the administrator says so" {
    local port
    config '{"timeout-ms": 60000, "guardian": {"recreate": false}}'
    plugin restart
    running c1 10.0.0.1
    port=$(port_of c1)
    vsctl del-port "$port"
    wait_until 5 plugin_logged "guardian.recreate is false"
    gone_port "$port"
}

pair_unguarded() {
    sandbox c1
    plug c1 "${ASK[@]}"
}

# bats test_tags=long
@test "switched off: nothing is touched" {
    config '{"timeout-ms": 60000, "guardian": {"enabled": false}}'
    plugin restart
    pair_unguarded
    kill_sandbox c1
    sleep 0.5 # time: who is switched off cannot be asked whether it rests
    port_of c1
    unplug c1
    rm "$BUNDLES/c1/pid"
}

# bats test_tags=long
@test "the container deletes its device before any guardian has seen it" {
    local port
    plugin stop
    plugged_pair
    port=$(port_of c1)
    remember
    if [ "$DATAPATH" = kernel ]; then
        not deletes_device "$port"
    else
        deletes_device "$port"
    fi
    plugin start
    whole
    wait_until 5 arrived c1
}

# bats test_tags=long
@test "the container deletes its device while there is no guardian" {
    local port
    pair
    port=$(port_of c1)
    remember
    plugin stop
    if [ "$DATAPATH" = kernel ]; then
        not deletes_device "$port"
    else
        deletes_device "$port"
    fi
    plugin start --verbose
    whole
}

# What a guardian leaves that is killed between its two steps.
# bats test_tags=long
@test "the switch has dropped the deleted device, and there is no guardian" {
    local port
    pair
    port=$(port_of c1)
    remember
    plugin stop
    vsctl set Interface "$port" 'type=""' external_ids:ovsint-remaking=true
    plugin start
    whole
    row Interface name="$port" | check_json '.type == "internal" and
        (.external_ids | has("ovsint-remaking") | not)'
}
