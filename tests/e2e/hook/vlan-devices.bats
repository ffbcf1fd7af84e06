#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# A container that is a router between VLANs: VLAN devices upon its interface. It
# takes a kernel with 8021q, which a machine that tests run on may lack, and the
# guests have.
# bats file_tags=later

load ../lib/base
load ../lib/sandbox

setup() { world_setup; }

# vlan_device VLAN PREFIX: one inside the container `port`
vlan_device() {
    in_net port ip link add link eth0 name "eth0.$1" type vlan id "$1"
    in_net port ip address add "$2.1/24" dev "eth0.$1"
    in_net port ip link set "eth0.$1" up
}

# An MTU of 1500 holds for what is inside the tag.
trunk_carries() {
    local vlan
    for vlan in 10 20; do
        in_net port ip -j link show dev "eth0.$vlan" |
            check_json '.[0].mtu == 1500'
        can_ping port "10.$vlan.0.2"
        can_ping "b$vlan" "10.$vlan.0.1"
    done
    cannot_ping b20 10.10.0.1
    cannot_ping port 10.30.0.2
}

@test "VLAN devices inside a container on a trunk: full-size frames, restarts" {
    sandbox port
    sandbox b10
    sandbox b20
    plug port ovsint.bridge=br0 ovsint.trunks=10,20
    plug b10 ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=10.10.0.2/24
    plug b20 ovsint.bridge=br0 ovsint.vlan=20 \
        ovsint.ip=10.20.0.2/24,10.10.0.3/24
    sandbox b30
    plug b30 ovsint.bridge=br0 ovsint.vlan=30 ovsint.ip=10.30.0.2/24
    vlan_device 10 10.10.0
    vlan_device 20 10.20.0
    vlan_device 30 10.30.0
    trunk_carries
    vswitchd restart
    trunk_carries
}
