#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# All VLAN modes, told by packets. Tagged frames come from VLAN devices inside
# the containers.

load lib
load sandbox

# A VLAN device on top of the vNIC.
vlan_device() { # NAME VLAN ADDRESS/LEN
    in_net "$1" ip link add link eth0 name "v$2" type vlan id "$2"
    in_net "$1" ip address add "$3" dev "v$2"
    in_net "$1" ip link set "v$2" up
}

# c1: access ports of VLAN 10 and 20, and one without a VLAN.
setup() {
    world_setup
    sandbox a10
    sandbox a20
    sandbox trunk
    plug a10 ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=10.0.10.1/24
    plug a20 ovsint.bridge=br0 ovsint.vlan=20 ovsint.ip=10.0.20.1/24
}

@test "access: same VLAN passes, other VLANs and untagged do not" {
    sandbox b10
    plug b10 ovsint.bridge=br0 ovsint.vlan=10 ovsint.vlan-mode=access \
        ovsint.ip=10.0.10.2/24
    plug trunk ovsint.bridge=br0 ovsint.ip=10.0.10.3/24
    in_net a20 ip address add 10.0.10.4/24 dev eth0
    can_ping b10 10.0.10.1
    cannot_ping b10 10.0.10.3
    cannot_ping b10 10.0.10.4
}

@test "trunk: carries its VLANs tagged, no other one" {
    plug trunk ovsint.bridge=br0 ovsint.trunks=10,30-40
    row Port "name=$(port_of trunk)" |
        check_json '.trunks | length == 12 and index(10) and index(40)'
    vlan_device trunk 10 10.0.10.2/24
    vlan_device trunk 20 10.0.20.2/24
    can_ping trunk 10.0.10.1
    cannot_ping trunk 10.0.20.1
}

@test "no VLAN keys at all: a trunk of every VLAN" {
    plug trunk ovsint.bridge=br0
    vlan_device trunk 10 10.0.10.2/24
    vlan_device trunk 20 10.0.20.2/24
    can_ping trunk 10.0.10.1
    can_ping trunk 10.0.20.1
}

@test "native-untagged: the native VLAN without a tag, the trunks with one" {
    plug trunk ovsint.bridge=br0 ovsint.vlan=10 ovsint.trunks=20 \
        ovsint.vlan-mode=native-untagged ovsint.ip=10.0.10.2/24
    vlan_device trunk 20 10.0.20.2/24
    can_ping trunk 10.0.10.1
    can_ping trunk 10.0.20.1
}

@test "native-tagged: what arrives untagged is of the native VLAN" {
    plug trunk ovsint.bridge=br0 ovsint.vlan=10 ovsint.trunks=20 \
        ovsint.vlan-mode=native-tagged
    row Port "name=$(port_of trunk)" |
        check_json '.vlan_mode == "native-tagged" and .tag == 10'
    vlan_device trunk 10 10.0.10.2/24
    vlan_device trunk 20 10.0.20.2/24
    can_ping trunk 10.0.10.1
    can_ping trunk 10.0.20.1
}

@test "dot1q-tunnel: customer tags pass through a service VLAN" {
    vsctl set Open_vSwitch . other_config:vlan-limit=2
    sandbox peer
    plug trunk ovsint.bridge=br0 ovsint.vlan=100 \
        ovsint.vlan-mode=dot1q-tunnel
    plug peer ovsint.bridge=br0 ovsint.vlan=100 ovsint.vlan-mode=dot1q-tunnel
    vlan_device trunk 7 10.0.7.1/24
    vlan_device peer 7 10.0.7.2/24
    can_ping trunk 10.0.7.2
    in_net a10 ip address add 10.0.7.3/24 dev eth0
    cannot_ping trunk 10.0.7.3
    vsctl remove Open_vSwitch . other_config vlan-limit
}
