#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a guarded port forwards while its guard is not in force: nothing.

load ../lib/base
load ../lib/plugin
load ../lib/sandbox
load ../lib/flows

setup() {
    world_setup
    sandbox c1
    sandbox peer
    sandbox other
    plug c1 ovsint.bridge=br0 ovsint.dad=false ovsint.vlan=10 \
        ovsint.ip=10.0.0.1/24 ovsint.guard=full ovsint.type=veth
    plug peer ovsint.bridge=br0 ovsint.dad=false ovsint.vlan=10 \
        ovsint.ip=10.0.0.2/24 ovsint.type=veth
    plug other ovsint.bridge=br0 ovsint.dad=false ovsint.vlan=10 \
        ovsint.ip=10.0.0.3/24 ovsint.type=veth
    plugin start 
    rests
}

# No Docker here, whose containers plugin.bash looks for.
container_pid() { cat "$BUNDLES/$1/pid"; }

says() { # FILTER: of the Port of c1
    local port
    port=$(port_of c1) && row Port name="$port" | check_json "$1"
}

is_closed() { says '.external_ids["ovsint-closed"] and .tag == [] and .trunks == 4095'; }

is_open() { says '.external_ids["ovsint-closed"] == null and .tag == 10 and .trunks == []'; }

forwards() { can_ping peer 10.0.0.1 && can_ping c1 10.0.0.2; }

@test "a switch that is killed: a veth pair is closed until its flows are back" {
    forwards
    ovs_signal ovs-vswitchd KILL
    wait_until 5 is_closed
    plugin freeze
    vswitchd start
    wait_until 10 can_ping other 10.0.0.2
    no_flows
    cannot_ping c1 10.0.0.2
    cannot_ping peer 10.0.0.1
    plugin thaw
    wait_until 10 is_open
    wait_until 10 forwards
    plugin stop
}

@test "a plugin that is killed beside the switch: the next one opens the port" {
    ovs_signal ovs-vswitchd KILL
    wait_until 5 is_closed
    plugin kill
    vswitchd start
    wait_until 10 can_ping other 10.0.0.2
    cannot_ping c1 10.0.0.2
    plugin start
    wait_until 10 is_open
    wait_until 10 forwards
    plugin stop
}
