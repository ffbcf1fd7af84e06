#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The source guard by default at each door, and what keeps guards: their flows,
# which come and go with the ports. What they let pass is in source-guard.bats.

load ../lib/base
load ../lib/plugin
load ../lib/sandbox
load ../lib/cni
load ../lib/netavark
load ../lib/cli
load ../lib/flows

setup() {
    world_setup
    sandbox c1
}

# No Docker here, whose containers plugin.bash looks for.
container_pid() { cat "$BUNDLES/$1/pid"; }

@test "Docker: in force when Join has answered" {
    local pid
    plugin start
    create_network "$(net_id 1)" \
        '{"bridge": "br0", "vlan": "10"}'
    create_endpoint "$(net_id 1)" "$(ep_id 1)" 10.9.0.1/24 |
        jq -r .Interface.MacAddress >"$T/mac"
    pid=$(container_pid c1)
    join "$(net_id 1)" "$(ep_id 1)" "/proc/$pid/ns/net"
    our_flows | grep 'nw_src=10.9.0.1'
    our_flows | grep "dl_src=$(cat "$T/mac")"
    leave "$(net_id 1)" "$(ep_id 1)"
    delete_endpoint "$(net_id 1)" "$(ep_id 1)"
    wait_until 10 no_flows
    delete_network "$(net_id 1)"
    plugin stop
}

@test "CNI: in force after ADD, gone after DEL" {
    netns_add a
    conf=$(conf lan 1.0.0 '. + {bridge: "br0", vlan: 10,
        ip: ["10.0.0.8/24"]}')
    cni ADD a "$conf"
    our_flows | grep 'nw_src=10.0.0.8'
    cni DEL a "$conf"
    no_flows
    netns_gone a
}

# bats test_tags=long
@test "netavark: in force after setup, gone after teardown" {
    local lan
    lan=$(network lan '.subnets = [{subnet: "10.0.0.0/24"}] |
        .options = {bridge: "br0", vlan: "10"}')
    created "$lan"
    netns_add a
    nv setup a "$(asked a "$lan" '.network_options.static_ips = ["10.0.0.8"] |
        .network_options.static_mac = "02:00:00:00:00:05"')"
    our_flows | grep 'dl_src=02:00:00:00:00:05,nw_src=10.0.0.8'
    nv teardown a "$(asked a "$lan")"
    no_flows
    netns_gone a
}

@test "flows that somebody removes come again, those of ended containers go" {
    plugin start
    plug c1 ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=10.0.0.1/24 \
        ovsint.guard=full
    rests
    local before
    before=$(our_flows)
    ovs-ofctl del-flows br0
    ovs-ofctl add-flow br0 priority=0,actions=NORMAL
    wait_until 5 same_flows "$before"
    kill_sandbox c1
    wait_until 10 no_flows
    plugin stop
}

# The switch takes a port's number back when it cannot make it any more. On the
# kernel datapath that is so when the device has gone with its namespace; on both
# if somebody has changed its type.
taken_back() { # CONTAINER
    local name
    name=$(row Interface "external_ids:ovsint-container=$1" | jq -r .name)
    vsctl set Interface "$name" type=none
    wait_until 5 eval 'row Interface name="'"$name"'" |
        check_json ".ofport == -1"'
}

cli_id() { echo "netns-$(stat -Lc %i "/run/netns/$1")"; } # NETNS

# bats test_tags=long
@test "no plugin: flows go with a port whose number the switch has taken back" {
    local conf kept id
    # Of who lives they stay.
    netns_add live a b
    ovsint attach /run/netns/live bridge=br0 ip=10.0.0.9/24 >/dev/null
    kept=$(our_flows)
    # The hook at the end of a container, which tells its id alone.
    plug c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24 ovsint.storm=100
    kill_sandbox c1
    taken_back c1
    our_flows | grep nw_src=10.0.0.1
    unplug c1
    same_flows "$kept"
    prints_no meter= ovs-ofctl -O OpenFlow14 dump-meters br0
    # CNI's DEL without a namespace.
    conf=$(conf lan 1.0.0 '. + {bridge: "br0", ip: ["10.0.0.2/24"]}')
    cni ADD a "$conf"
    netns_gone a
    taken_back a
    our_flows | grep nw_src=10.0.0.2
    NETNS="" cni DEL a "$conf"
    same_flows "$kept"
    # ovsint gc.
    id=$(cli_id b)
    ovsint attach /run/netns/b bridge=br0 ip=10.0.0.3/24 >/dev/null
    netns_gone b
    taken_back "$id"
    our_flows | grep nw_src=10.0.0.3
    ovsint gc --yes
    same_flows "$kept"
    # The next container that has its address.
    netns_add a b
    ovsint attach /run/netns/b bridge=br0 ip=10.0.0.3/24 >/dev/null
    netns_gone b
    ovsint attach /run/netns/a bridge=br0 ip=10.0.0.3/24 >/dev/null
    [ "$(our_flows | grep -c arp_spa=10.0.0.3)" = 1 ]
    ovsint detach /run/netns/a
    same_flows "$kept"
    ovsint detach /run/netns/live
    no_flows
    netns_gone a live
}
