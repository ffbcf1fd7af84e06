#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# What the administrator allows: every refusal names the key, the value and
# what is allowed, and nothing is plugged.

load ../lib/base
load ../lib/sandbox

setup() {
    world_setup
    sandbox c1
}

# One rule at a time: what is not named stays open.
policy() { config "{\"policy\": {\"default\": \"allow\", ${1#\{}}"; }

@test "bridges" {
    bridge_add br1
    policy '{"bridges": ["br1"]}'
    refuses 2 "policy.bridges: br1" plug c1 ovsint.bridge=br0
    plug c1 ovsint.bridge=br1
    unplug c1
    policy '{"bridges": []}'
    refuses 2 "ovsint.bridge" plug c1 ovsint.bridge=br1
    bridge_del br1
}

@test "VLANs and trunks" {
    policy '{"vlans": "10-20", "trunks": "30"}'
    refuses 2 "ovsint.vlan" plug c1 ovsint.bridge=br0 ovsint.vlan=21
    refuses 2 "ovsint.trunks" plug c1 ovsint.bridge=br0 ovsint.trunks=30,31
    # No VLAN key at all would be a trunk of every VLAN.
    refuses 2 "vlan" plug c1 ovsint.bridge=br0
    plug c1 ovsint.bridge=br0 ovsint.vlan=15
}

# bats test_tags=long
@test "types" {
    policy '{"types": ["internal"]}'
    refuses 2 "ovsint.type" plug c1 ovsint.bridge=br0 ovsint.type=veth
    plug c1 ovsint.bridge=br0
}

# bats test_tags=long
@test "MAC addresses" {
    policy '{"macs": ["02:00:*"]}'
    refuses 2 "ovsint.mac" plug c1 ovsint.bridge=br0 \
        ovsint.mac=02:01:00:00:00:01
    plug c1 ovsint.bridge=br0 ovsint.mac=02:00:00:00:00:01
}

@test "rates: a larger one is refused, none becomes the largest" {
    policy '{"max-rate": 10000}'
    refuses 2 "ovsint.rate" plug c1 ovsint.bridge=br0 ovsint.rate=10001
    plug c1 ovsint.bridge=br0
    in_net c1 tc -j qdisc show dev eth0 |
        check_json '.[0].kind == "tbf" and .[0].options.rate == 1250000'
}

# bats test_tags=long
@test "external ids" {
    policy '{"external-ids": ["vm-*"]}'
    refuses 2 "iface-id" plug c1 ovsint.bridge=br0 \
        ovsint.external-ids=iface-id=lsp1
    plug c1 ovsint.bridge=br0 ovsint.external-ids=vm-name=web
    row Interface external_ids:vm-name=web >/dev/null
}

@test "named networks only" {
    config '{"policy": {"named-networks-only": true},
        "networks": {"lan": {"bridge": "br0", "vlan": 10}}}'
    refuses 2 "network" plug c1 ovsint.bridge=br0
    refuses 2 "ovsint.vlan" plug c1 ovsint.network=lan ovsint.vlan=11
    refuses 2 "nowhere" plug c1 ovsint.network=nowhere
    plug c1 ovsint.network=lan
    row Port "name=$(port_of c1)" | check_json '.tag == 10'
}

@test "our own keys can never be written by a container's owner" {
    refuses 2 "ovsint-" plug c1 ovsint.bridge=br0 \
        ovsint.external-ids=ovsint-container=other
}

@test "what a policy does not name is closed, and each refusal names its line" {
    local keys=(ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=10.0.0.1/24
        ovsint.ofport=1000) rules=() line
    config '{"policy": {}}'
    while read -r line; do
        refuses 2 "may add $line to \"policy\"" plug c1 "${keys[@]}"
        rules+=("$line")
        config "{\"policy\": {$(IFS=,; echo "${rules[*]}")}}"
    done <<-'EOF'
	"bridges": ["br0"]
	"vlans": "10"
	"addresses": ["10.0.0.0/24"]
	"ofports": "1000"
	EOF
    plug c1 "${keys[@]}"
    row Port "name=$(port_of c1)" | check_json '.tag == 10'
}
