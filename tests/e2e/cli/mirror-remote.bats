#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Copies that leave by a tunnel, on the userspace datapath, whose switch makes
# the tunnel's packets itself.

load ../lib/base
load ../lib/plugin
load ../lib/sandbox
load ../lib/cli
load ../lib/sniff

setup() {
    world_setup
    sandbox web
    sandbox db
    plug web ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=10.0.0.1/24
    plug db ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=10.0.0.2/24
    netns_add far
    ip link add phy0 type veth peer name phy1 netns far
    ip link set dev phy0 up
    in_netns far ip addr add 172.31.1.2/24 dev phy1
    in_netns far ip link set dev phy1 up
    bridge_add br-phy
    vsctl add-port br-phy phy0
    ip addr add 172.31.1.1/24 dev br-phy
    ip link set dev br-phy up
}

teardown() {
    sniff_end
    [ ! -s /run/plugin.pid ] || plugin_gone "$(plugin_pid)" || plugin stop
    ovsint mirror rm away >/dev/null 2>&1 || true
    bridge_del br-phy
    ip link del dev phy0
    netns_gone far
    world_teardown
}

arrives_by() { # PROTOCOL-TYPE of GRE
    sniff far phy1
    in_net web busybox ping -c 2 -W 5 10.0.0.2 >/dev/null
    has_sniffed ".protocol == 47 and .from == \"172.31.1.1\" and
        .to == \"172.31.1.2\" and .gre == $1"
}

# bats test_tags=long
@test "by ERSPAN and by GRE; the tunnel goes with its mirror" {
    ovsint mirror add away from=web remote=172.31.1.2 key=7
    wait_until 10 arrives_by $((0x88be))
    ovsint mirror ls --json | check_json '.mirrors[0].state == "copying" and
        .mirrors[0].to == "erspan 172.31.1.2 key 7"'
    # Another one to the same place has a key of its own.
    cli_refuses 1 'the switch could not make the tunnel' mirror add second \
        from=db remote=172.31.1.2 key=7
    rows Mirror | check_json 'length == 1'
    ovsint mirror add second from=db remote=172.31.1.2 key=8
    ovsint mirror rm second
    ovsint mirror rm away
    rows Port | check_json 'all(.external_ids["ovsint-mirror"] == null)'
    # Ethernet in GRE: transparent Ethernet bridging.
    ovsint mirror add away from=web remote=172.31.1.2 tunnel=gre
    wait_until 10 arrives_by $((0x6558))
    plugin start
    rests
    ovsint mirror ls --json | check_json '.mirrors | length == 1'
    unplug web
    wait_until 5 eval '[ "$(rows Mirror)" = "[]" ]'
    rows Port | check_json 'all(.external_ids["ovsint-mirror"] == null)'
}
