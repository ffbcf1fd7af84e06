#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The one fact everything rests on: a vNIC keeps its OVS name for life, so no
# later change of the switch takes it away from its container.

load ../lib/base

pair() {
    bundle c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24
    bundle c2 ovsint.bridge=br0 ovsint.ip=10.0.0.2/24
    run_container runc c1
    run_container runc c2
    can_ping c1 10.0.0.2
}

@test "an unrelated port changes nothing in the containers" {
    pair
    link c1 eth0 >"$T/first"
    vsctl add-port br0 other -- set Interface other type=internal
    can_ping c1 10.0.0.2
    can_ping c2 10.0.0.1
    link c1 eth0 | check_json --slurpfile first "$T/first" \
        '.ifindex == $first[0].ifindex and .ifname == $first[0].ifname'
    vsctl del-port other
    can_ping c1 10.0.0.2
    wait_until 5 eval 'row Interface name="$(port_of c1)" | check_json ".ifindex == 0"'
}

# bats test_tags=long
@test "another bridge comes and goes" {
    pair
    bridge_add br1
    can_ping c1 10.0.0.2
    bridge_del br1
    can_ping c2 10.0.0.1
}

# The userspace datapath loses its TAP devices here until the guardian plugs
# them again; without one, what is promised is that delete leaves nothing.
@test "restart of ovs-vswitchd" {
    pair
    vswitchd restart
    wait_until 10 vsctl add-port br0 other -- set Interface other type=internal
    if [ "$DATAPATH" = kernel ]; then
        can_ping c1 10.0.0.2
        can_ping c2 10.0.0.1
        link c1 eth0 | check_json --arg port "$(port_of c1)" \
            '.ifname == $port'
    fi
    vsctl del-port other
    delete_container c1
    delete_container c2
}

# bats test_tags=long
@test "ovsdb-server restarts: containers keep their network" {
    pair
    ovsdb restart
    can_ping c1 10.0.0.2
    delete_container c1
    port_of c2
}
