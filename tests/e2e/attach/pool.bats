#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Ready ports: every door takes them, and whoever asks for something else gets a
# port of its own. They are kept at their number, forward nothing, and go when
# nobody wants them.

load ../lib/base
load ../lib/plugin
load ../lib/sandbox
load ../lib/cni
load ../lib/netavark
load ../lib/cli
load ../lib/flows
load ../lib/pool

# No Docker here, whose containers plugin.bash looks for.
container_pid() { cat "$BUNDLES/$1/pid"; }

setup() {
    world_setup
    sandbox c1
}

teardown() {
    [ ! -e /run/plugin.pid ] || plugin_gone "$(plugin_pid)" || plugin kill
    world_teardown
}

begin() { # SIZE [FILTER]
    pools "$@"
    plugin start
    wait_until 10 has_ready "$1"
    ready_names >"$T/ready"
}

# Is the container's port one of those that were ready?
was_ready() { # PORT
    grep -qxF "$1" "$T/ready" || fail "$1 was not ready: $(cat "$T/ready")"
}

was_made() { # PORT
    not grep -qxF "$1" "$T/ready" || fail "$1 was ready"
}

in_vlan() { # NAME ADDR ANNOTATION...
    local name=$1 address=$2
    shift 2
    plug "$name" ovsint.bridge=br0 ovsint.vlan=10 "ovsint.ip=$address/24" "$@"
}

@test "the hook takes one; packets flow, and the row is that of any port" {
    begin 4
    sandbox c2
    in_vlan c1 10.0.0.1
    in_vlan c2 10.0.0.2 ovsint.mtu=1400 ovsint.mac=02:00:00:00:00:22
    was_ready "$(port_of c1)"
    was_ready "$(port_of c2)"
    can_ping c1 10.0.0.2
    link c2 eth0 | check_json '.mtu == 1400 and .address == "02:00:00:00:00:22"'
    row Interface name="$(port_of c1)" | check_json '.external_ids |
        .["ovsint-owner"] == "hook" and (has("ovsint-pool") | not) and
        .container_id == "c1"'
    row Port name="$(port_of c1)" | check_json '.tag == 10 and
        (.external_ids | has("ovsint-pool") | not)'
    rests
    ports | check_json '[.ports[] | select(.state == "in its container")] |
        length == 2'
    unplug c1
    no_rows_of c1
    kill_sandbox c2
    wait_until 10 no_rows_of c2
    pools_end
}

# The switch has not noticed where the device is when the question is answered, and drops
# the answer (the userspace datapath).
@test "what a container asks before the switch has noticed its device, the bridge asks again" {
    local four six
    begin 4
    sandbox c2
    plug c2 ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=10.0.0.2/24,fd00::2/64
    vswitchd freeze
    plug c1 ovsint.bridge=br0 ovsint.vlan=10 ovsint.guard=off \
        ovsint.ip=10.0.0.1/24,fd00::1/64
    was_ready "$(port_of c1)"
    wait_until 10 prints_nothing in_net c1 ip -6 addr show tentative
    asks_once c1 ipv4
    asks_once c1 ipv6
    in_net c1 busybox ping -c 1 -W 10 10.0.0.2 >"$T/four" 3>&- &
    four=$!
    in_net c1 busybox ping -c 1 -W 10 fd00::2 >"$T/six" 3>&- &
    six=$!
    wait_until 5 waits_for c1 10.0.0.2
    wait_until 5 waits_for c1 fd00::2
    vswitchd thaw
    wait "$four" || fail "$(cat "$T/four")"
    wait "$six" || fail "$(cat "$T/six")"
    unplug c1
    unplug c2
    pools_end
}

no_rows_of() { rows Interface external_ids:ovsint-container="$1" | check_json '. == []'; }

@test "what a ready port is not is made" {
    begin 2
    in_vlan c1 10.0.0.1 ovsint.ofport=77
    was_made "$(port_of c1)"
    plug c1 ovsint.net1.bridge=br0 ovsint.net1.vlan=11
    was_made "$(port_of c1 net1)"
    plug c1 ovsint.net2.bridge=br0 ovsint.net2.vlan=10 ovsint.net2.type=veth
    was_made "$(port_of c1 net2)"
    plug c1 ovsint.net3.bridge=br0 ovsint.net3.vlan=10 \
        ovsint.net3.isolated-ports=true
    was_made "$(port_of c1 net3)"
    has_ready 2
    unplug c1
    pools_end
}

# bats test_tags=long
@test "half of it is taken: it is filled up, in one change; and rests" {
    begin 4
    in_vlan c1 10.0.0.1
    rests
    has_ready 3
    sandbox c2
    in_vlan c2 10.0.0.2
    wait_until 10 has_ready 4
    # The two that were left are still the same.
    [ "$(ready_names | grep -cxF -f "$T/ready")" = 2 ]
    unplug c1
    unplug c2
    has_ready 4
    pools_end
}

@test "it forwards nothing, and is in no list but that of pools" {
    local name
    begin 2
    for name in $(ready_names); do
        host_link "$name" | check_json '.flags | index("UP") | not'
    done
    ovsint ls --json | check_json '.ports == []'
    ovsint ls --pool --json | check_json '.ports | length == 2 and
        all(.owner == "pool" and .state == "ready" and .bridge == "br0" and
            .vlan == "10")'
    ports | check_json '.ports == []'
    pools_end
}

# bats test_tags=long
@test "more than there are at once: each gets a port, and none waits for the pool" {
    local n all=() pids=()
    begin 3
    for n in 1 2 3 4 5 6; do
        [ "$n" = 1 ] || sandbox "c$n"
        all+=("c$n")
    done
    for n in 1 2 3 4 5 6; do
        in_vlan "c$n" "10.0.0.$n" &
        pids+=($!)
    done
    wait "${pids[@]}"
    for n in "${all[@]}"; do
        port_of "$n"
    done | sort >"$T/ports"
    [ "$(uniq "$T/ports" | wc -l)" = 6 ]
    [ "$(grep -cxF -f "$T/ready" "$T/ports")" = 3 ]
    can_ping c1 10.0.0.6
    for n in "${all[@]}"; do
        unplug "$n"
    done
    pools_end
}

@test "a named network, its guard in force before the first packet" {
    config "$(jq -nc --argjson base "$DEFAULT_CONFIG" '$base + {networks: {lan: {
        bridge: "br0", vlan: 20, guard: "full", pool: 2,
        subnets: [{subnet: "10.20.0.0/24"}], ip: "auto"}}}')"
    plugin start
    wait_until 10 has_ready 2
    ready_names >"$T/ready"
    plug c1 ovsint.network=lan
    was_ready "$(port_of c1)"
    our_flows | grep 'nw_src=10.20.0.'
    sandbox c2
    plug c2 ovsint.network=lan
    can_ping c1 "$(in_net c2 ip -j addr show dev eth0 |
        jq -r '.[].addr_info[] | select(.family == "inet").local')"
    unplug c1
    unplug c2
    wait_until 5 no_flows
    pools_end
}

@test "Docker: -o pool=N; endpoints take them, and they go with the network" {
    local pid
    plugin start
    call_fails "is not a number of ports (1-256)" CreateNetwork \
        "$(create_network_json "$(net_id 1)" '{"bridge": "br0", "pool": "999"}')"
    call_fails "only internal ports can be kept ready" CreateNetwork \
        "$(create_network_json "$(net_id 1)" \
            '{"bridge": "br0", "pool": "2", "type": "veth"}')"
    create_network "$(net_id 1)" '{"bridge": "br0", "vlan": "30", "pool": "2"}'
    wait_until 10 has_ready 2
    ready_names >"$T/ready"
    create_endpoint "$(net_id 1)" "$(ep_id 1)" 10.9.0.1/24
    was_ready "$(endpoint_port "$(ep_id 1)" | jq -r .name)"
    pid=$(container_pid c1)
    join "$(net_id 1)" "$(ep_id 1)" "/proc/$pid/ns/net" |
        check_json '.InterfaceName | .SrcName == .DstPrefix + "0"'
    call_fails "give it to the network" CreateEndpoint \
        "$(create_endpoint_json "$(net_id 1)" "$(ep_id 2)" 10.9.0.2/24 \
            '{"pool": "3"}')"
    leave "$(net_id 1)" "$(ep_id 1)"
    delete_endpoint "$(net_id 1)" "$(ep_id 1)"
    delete_network "$(net_id 1)"
    wait_until 10 has_ready 0
    plugin stop
}

@test "CNI: the network's first port asks for them, its last one ends them" {
    netns_add a b
    plugin start
    conf=$(conf lan 1.0.0 '. + {bridge: "br0", vlan: 40, pool: 2}')
    cni ADD a "$conf"
    wait_until 10 has_ready 2
    ready_names >"$T/ready"
    cni ADD b "$conf"
    was_ready "$(row Interface external_ids:ovsint-container=b | jq -r .name)"
    cni CHECK b "$(jq -c --slurpfile answer "$T/answer" \
        '. + {prevResult: $answer[0]}' <<<"$conf")"
    cni DEL a "$conf"
    wait_until 10 has_ready 2
    cni DEL b "$conf"
    wait_until 10 has_ready 0
    netns_gone a b
    plugin stop
}

# bats test_tags=long
@test "netavark: an option of the network" {
    local lan
    lan=$(network lan '.subnets = [{subnet: "10.0.0.0/24"}] |
        .options = {bridge: "br0", vlan: "50", pool: "2"}')
    created "$lan"
    plugin start
    netns_add a b
    nv setup a "$(asked a "$lan" '.network_options.static_ips = ["10.0.0.8"]')"
    wait_until 10 has_ready 2
    ready_names >"$T/ready"
    nv setup b "$(asked b "$lan" '.network_options.static_ips = ["10.0.0.9"]')"
    was_ready "$(row Interface external_ids:ovsint-container=b | jq -r .name)"
    nv teardown a "$(asked a "$lan")"
    nv teardown b "$(asked b "$lan")"
    wait_until 10 has_ready 0
    netns_gone a b
    plugin stop
}

# bats test_tags=long
@test "the operator's command" {
    begin 2
    netns_add a
    ovsint attach /run/netns/a bridge=br0 vlan=10 ip=10.0.0.5/24
    was_ready "$(of_cli | jq -r '.[].name')"
    ovsint detach /run/netns/a
    netns_gone a
    pools_end
}

@test "the policy: what a network may ask for" {
    config "$(jq -nc --argjson base "$DEFAULT_CONFIG" '$base + {policy:
        {bridges: ["br0"], vlans: "10", modes: ["flat"],
            addresses: ["10.0.0.0/8"], "max-pool": 4}}')"
    plugin start
    call_fails "option pool: pool '5' is not allowed by the policy (policy.max-pool: up to 4)" \
        CreateNetwork "$(create_network_json "$(net_id 1)" \
            '{"bridge": "br0", "vlan": "10", "pool": "5"}')"
    create_network "$(net_id 1)" '{"bridge": "br0", "vlan": "10", "pool": "4"}'
    wait_until 10 has_ready 4
    delete_network "$(net_id 1)"
    wait_until 10 has_ready 0
    plugin stop
}
