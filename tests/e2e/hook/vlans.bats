#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# All VLAN modes, told by frames: with which tags does a frame that was sent
# with these tags arrive?

load ../lib/base
load ../lib/sandbox

setup() {
    world_setup
    sandbox a10
    sandbox port
    plug a10 ovsint.bridge=br0 ovsint.vlan=10
}

# arrives FROM TAGS TO TAGS [SIZE]: "-" is untagged, "nothing" is not at all, or
# not whole.
arrives() {
    local got
    got=$("$ROOT/build/release/tests/e2e/programs/frame" \
        "/proc/$(container_pid "$1")/ns/net" eth0 "$2" \
        "/proc/$(container_pid "$3")/ns/net" eth0 "${5:-46}")
    [ "$got" = "$4" ] || fail "$1 sends with $2: $3 gets $got, want $4"
}

@test "access: untagged inside, kept apart outside" {
    sandbox b10
    sandbox a20
    plug b10 ovsint.bridge=br0 ovsint.vlan=10 ovsint.vlan-mode=access
    plug a20 ovsint.bridge=br0 ovsint.vlan=20
    arrives a10 - b10 -
    arrives a10 - a20 nothing
    arrives a10 20 a20 nothing
}

@test "trunk: its VLANs tagged, nothing else" {
    plug port ovsint.bridge=br0 ovsint.trunks=10,30-40
    row Port "name=$(port_of port)" |
        check_json '.trunks | length == 12 and index(10) and index(40)'
    sandbox a20
    plug a20 ovsint.bridge=br0 ovsint.vlan=20
    arrives a10 - port 10
    arrives port 10 a10 -
    arrives port - a10 nothing
    arrives port 20 a20 nothing
    arrives a20 - port nothing
}

# bats test_tags=long
@test "no VLAN keys at all: a trunk of every VLAN" {
    plug port ovsint.bridge=br0
    sandbox a20
    plug a20 ovsint.bridge=br0 ovsint.vlan=20
    arrives a10 - port 10
    arrives a20 - port 20
    arrives port 20 a20 -
}

@test "native-untagged: the native VLAN without a tag, the trunks with one" {
    plug port ovsint.bridge=br0 ovsint.vlan=10 ovsint.trunks=20 \
        ovsint.vlan-mode=native-untagged
    sandbox a20
    plug a20 ovsint.bridge=br0 ovsint.vlan=20
    arrives a10 - port -
    arrives port - a10 -
    arrives a20 - port 20
    arrives port 20 a20 -
}

# bats test_tags=long
@test "native-tagged: untagged frames are of the native VLAN, leave tagged" {
    plug port ovsint.bridge=br0 ovsint.vlan=10 ovsint.trunks=20 \
        ovsint.vlan-mode=native-tagged
    sandbox a20
    plug a20 ovsint.bridge=br0 ovsint.vlan=20
    arrives port - a10 -
    arrives a10 - port 10
    arrives a20 - port 20
}

@test "dot1q-tunnel: customer tags pass inside a service VLAN" {
    sandbox peer
    sandbox trunk
    vsctl set Open_vSwitch . other_config:vlan-limit=2
    plug port ovsint.bridge=br0 ovsint.vlan=100 ovsint.vlan-mode=dot1q-tunnel
    plug peer ovsint.bridge=br0 ovsint.vlan=100 \
        ovsint.vlan-mode=dot1q-tunnel ovsint.trunks=7
    plug trunk ovsint.bridge=br0 ovsint.trunks=100
    row Port "name=$(port_of peer)" |
        check_json '.cvlans == 7 or .cvlans == [7]'
    arrives port 7 peer 7
    arrives port 8 peer nothing
    arrives port 7 trunk 100.7
    arrives port 7 a10 nothing
    vsctl remove Open_vSwitch . other_config vlan-limit
}

# What a packet of 1500 bytes becomes with one tag, and with two.
@test "full-size frames: trunks, and customer tags in a service VLAN" {
    sandbox peer
    sandbox trunk
    sandbox b10
    vsctl set Open_vSwitch . other_config:vlan-limit=2
    plug b10 ovsint.bridge=br0 ovsint.vlan=10
    plug trunk ovsint.bridge=br0 ovsint.trunks=10,100
    arrives a10 - b10 - 1500
    arrives a10 - trunk 10 1500
    arrives trunk 10 a10 - 1500
    plug port ovsint.bridge=br0 ovsint.vlan=100 ovsint.vlan-mode=dot1q-tunnel
    plug peer ovsint.bridge=br0 ovsint.vlan=100 ovsint.vlan-mode=dot1q-tunnel
    arrives port 7 peer 7 1500
    arrives peer 7 port 7 1500
    arrives port - peer - 1500
    # The kernel's datapath allows for one tag: packet_length() in
    # net/openvswitch/vport.c.
    if [ "$DATAPATH" = kernel ]; then
        arrives port 7 trunk 100.7 1496
        arrives port 7 trunk nothing 1497
        in_net trunk ip link set dev eth0 mtu 1504
    fi
    arrives port 7 trunk 100.7 1500
    vsctl remove Open_vSwitch . other_config vlan-limit
}
