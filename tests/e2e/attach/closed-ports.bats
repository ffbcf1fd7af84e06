#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
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
}

# A test that fails may leave it frozen.
teardown() {
    [ ! -s /run/plugin.pid ] || plugin_gone "$(plugin_pid)" || plugin kill
    world_teardown
}

begin() { # [KEY=VALUE]: of all three
    plug c1 ovsint.bridge=br0 ovsint.dad=false "$@" \
        ovsint.ip=10.0.0.1/24 ovsint.guard=full ovsint.type=veth
    plug peer ovsint.bridge=br0 ovsint.dad=false "$@" \
        ovsint.ip=10.0.0.2/24 ovsint.guard=off ovsint.type=veth
    plug other ovsint.bridge=br0 ovsint.dad=false "$@" \
        ovsint.ip=10.0.0.3/24 ovsint.guard=off ovsint.type=veth
    plugin start
    rests
    wait_until 10 forwards
}

# No Docker here, whose containers plugin.bash looks for.
container_pid() { cat "$BUNDLES/$1/pid"; }

says() { # FILTER: of the Port of c1
    local port
    port=$(port_of c1) && row Port name="$port" | check_json "$1"
}

is_closed() { says '.external_ids["ovsint-closed"] and .vlan_mode == "trunk" and .trunks == 4095'; }

is_open() { # [TAG]
    says ".external_ids[\"ovsint-closed\"] == null and .tag == ${1-10} and .trunks == []"
}

forwards() { can_ping peer 10.0.0.1 && can_ping c1 10.0.0.2; }

# bats test_tags=long
@test "a switch that is killed: a veth pair is closed until its flows are back" {
    begin ovsint.vlan=10
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

# bats test_tags=long
@test "a plugin that is killed beside the switch: the next one opens the port" {
    begin ovsint.vlan=10
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

retag() { # TAG OVS-VSCTL-OPTION...
    local name arguments=("${@:2}")
    for name in c1 peer other; do
        arguments+=(-- set Port "$(port_of "$name")" tag="$1")
    done
    ovs-vsctl "${arguments[@]}"
}

# Of its columns all that change are such as the switch does not watch.
# bats test_tags=long
@test "a port without a VLAN opens as well" {
    begin
    ovs_signal ovs-vswitchd KILL
    wait_until 5 is_closed
    vswitchd start
    wait_until 10 is_open '[]'
    wait_until 10 forwards
    plugin stop
}

# What an operator has set is kept, and what is set meanwhile opens nothing.
@test "a port that has another tag than its spec keeps it through a restart" {
    begin ovsint.vlan=10
    retag 20
    wait_until 10 forwards
    ovs_signal ovs-vswitchd KILL
    wait_until 5 is_closed
    plugin freeze
    retag 30 --no-wait
    vswitchd start
    wait_until 10 can_ping other 10.0.0.2
    no_flows
    cannot_ping c1 10.0.0.2
    cannot_ping peer 10.0.0.1
    plugin thaw
    wait_until 10 is_open 30
    wait_until 10 forwards
    plugin stop
}

# So is what an operator has made of an access port.
# bats test_tags=long
@test "a port whose mode and trunks were changed keeps them through restarts" {
    begin ovsint.vlan=10
    vsctl set Port "$(port_of c1)" vlan_mode=native-untagged trunks=10,20
    wait_until 10 forwards
    ovs_signal ovs-vswitchd KILL
    wait_until 5 is_closed
    wait_until 5 says '.external_ids["ovsint-closed"] | fromjson == {
        vlan_mode: "native-untagged", trunks: [10, 20], cvlans: []}'
    # The next daemon knows it from the row.
    plugin kill
    plugin start
    # What is set while it is closed stays, too.
    vsctl --no-wait set Port "$(port_of c1)" vlan_mode=native-tagged
    vswitchd start
    wait_until 10 says '.external_ids["ovsint-closed"] == null and .tag == 10 and
        .vlan_mode == "native-tagged" and .trunks == [10, 20]'
    vsctl set Port "$(port_of c1)" vlan_mode=native-untagged
    wait_until 10 forwards
    plugin stop
}
