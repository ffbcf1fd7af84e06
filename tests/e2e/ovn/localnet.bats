#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Docker's networks on a VLAN of a physical network, which the hosts share without
# tunnels. The wire is the bridge between the hosts.

load ../lib/base
load ../lib/cli
load ../lib/plugin
load ../lib/docker
load ../lib/ovn
load ../lib/ovn-docker
load ../lib/readme

# OVN's names are no names of devices, and may be longer.
WIRE=wire-between-buildings/2

setup_file() {
    readme_setup
    ovn_make 2
    docker_hosts h1 h2
}

setup() {
    local host
    ovn_begin
    config '{"timeout-ms": 2000, "policy": {"default": "allow"}}'
    cp "$CONFIG" /run/hosts/h2/etc/ovsint.json
    for host in h1 h2; do
        vs $host set Open_vSwitch . external_ids:ovn-bridge-mappings=$WIRE:br-phy
        plugin_on $host start
    done
}

teardown() {
    local failed=0 host
    for host in h1 h2; do
        docker_remove_on $host || failed=1
    done
    wait_until 20 eval "nb_rows Logical_Switch | check_json '. == []'" || failed=1
    for host in h1 h2; do
        plugin_on $host stop || failed=1
        vs $host remove Open_vSwitch . external_ids ovn-bridge-mappings
    done
    in_netns underlay nft delete table netdev watch 2>/dev/null
    ovn_end || failed=1
    return "$failed"
}

teardown_file() {
    dockerd_on h1 stop
    dockerd_on h2 stop
}

office_on() { # HOST [OPTIONS...]
    local host=$1
    shift
    docker_on "$host" network create --driver ovsint -o ovn=office -o "uplink=$WIRE" \
        --ipam-driver ovsint --subnet 10.9.0.0/24 "$@" office
}

# What h1 puts on the wire.
watch_wire() {
    in_netns underlay nft -f - <<'EOT'
table netdev watch {
    chain in {
        type filter hook ingress device "u-h1" priority 0;
        vlan id 100 counter comment "tagged"
        udp dport 6081 counter comment "geneve"
    }
}
EOT
}

seen() { # COMMENT
    in_netns underlay nft -j list chain netdev watch in | jq --arg what "$1" '
        [.nftables[].rule? | select(.comment? == $what) |
            .expr[].counter?.packets? // empty] | add'
}

# What docs/many-hosts.md says, with the names of here.
page_on() { # HOST
    block ovn-vlan >/dev/null
    sed -i "s/br-wire/br-phy/g; s/eth1/eth0/; s|=wire|=$WIRE|" "$T/block"
    on "$1" env DOCKER_HOST="unix://$(docker_socket "$1")" bash -eux "$T/block" \
        >"$T/output" 2>&1 3>&- 4>&- </dev/null || fail "$(cat "$T/output")"
}

@test "two hosts on one VLAN: tagged frames of full size, no tunnel; it goes with the last network" {
    local two
    page_on h1
    page_on h2
    run_on h1 one office
    run_on h2 two office
    two=$(address_on h2 two)
    watch_wire
    wait_until 20 ping_on h1 one "$two"
    docker_on h1 exec one ping -c 3 -W 1 -s 1472 "$two"
    [ "$(seen tagged)" -ge 4 ]
    [ "$(seen geneve)" = 0 ]
    # OVN knows nothing of the router on the wire.
    ovsint trace one 198.51.100.9 >"$T/answer" || fail "$(cat "$T/answer")"
    grep -qF "has the address 192.0.2.1, and the switch has a port of type localnet" \
        "$T/answer" || fail "$(cat "$T/answer")"
    nb_rows Logical_Switch_Port type=localnet | check_json --arg wire $WIRE '
        length == 1 and (.[0] | .tag == 100 and .options.network_name == $wire)'
    # What an operator is told, and what the daemon makes again.
    not told ovn-mapping
    vs h1 set Open_vSwitch . "external_ids:ovn-bridge-mappings=$WIRE:br-none"
    told ovn-mapped-bridge "no bridge br-none, which"
    vs h1 remove Open_vSwitch . external_ids ovn-bridge-mappings
    told ovn-mapping "physical network $WIRE, on which the logical switch office is"
    vs h1 set Open_vSwitch . "external_ids:ovn-bridge-mappings=$WIRE:br-phy"
    not told localnet-lost
    nb lsp-del ovsint-net-office
    told localnet-lost "the logical switch office has no port of type localnet"
    plugin restart
    wait_until 10 eval "nb_rows Logical_Switch_Port type=localnet | check_json '
        length == 1 and .[0].tag == 100'"
    not told localnet-lost
    wait_until 20 ping_on h1 one "$two"
    # Somebody gives it another VLAN.
    nb set Logical_Switch_Port ovsint-net-office tag=101
    told localnet-vlan "office has VLAN 101 in place of VLAN 100"
    not told localnet-lost
    plugin restart
    wait_until 10 eval "nb_rows Logical_Switch_Port type=localnet | check_json '
        length == 1 and .[0].tag == 100'"
    not told localnet-vlan
    wait_until 20 ping_on h1 one "$two"
    docker_remove_on h1
    nb_rows Logical_Switch_Port type=localnet | check_json 'length == 1'
    # The switch goes, too, if somebody has removed that port before.
    nb lsp-del ovsint-net-office
}

told() { # ID [TEXT]: of the doctor
    ovsint doctor --json >"$T/findings" || true
    check_json --arg id "$1" --arg text "${2-}" 'any(.findings[];
        .id == $id and (.text | contains($text)))' <"$T/findings"
}

refused() { # TEXT COMMAND...
    local text=$1
    shift
    not "$@" >"$T/output" 2>&1 || return
    grep -qF -e "$text" "$T/output" || fail "no '$text' in: $(cat "$T/output")"
}

@test "what cannot be on a wire is refused: another VLAN, a router, no bridge, a closed VLAN" {
    office_on h1 -o vlan=100 >/dev/null
    refused "are on the physical network $WIRE vlan 100, and this one is on $WIRE vlan 101" \
        office_on h2 -o vlan=101
    refused 'option uplink: not together with ovn and mode=nat' \
        office_on h2 -o vlan=100 -o mode=nat
    # Nor on one of somebody else.
    nb ls-add hall -- lsp-add hall wire -- lsp-set-type wire localnet -- \
        lsp-set-addresses wire unknown -- lsp-set-options wire network_name=$WIRE
    refused "option mode: the logical switch 'hall' has a port of type localnet" \
        docker_on h2 network create --driver ovsint -o ovn=hall -o mode=nat \
        --ipam-driver ovsint --subnet 10.8.0.0/24 hall
    nb_rows Logical_Switch_Port type=localport | check_json '. == []'
    nb ls-del hall
    vs h2 set Open_vSwitch . external_ids:ovn-bridge-mappings=$WIRE:br-none
    refused 'there is no bridge br-none, which external_ids:ovn-bridge-mappings' \
        office_on h2 -o vlan=100
    vs h2 remove Open_vSwitch . external_ids ovn-bridge-mappings
    refused "this host has no bridge for the physical network $WIRE:" \
        office_on h2 -o vlan=100
    config '{"policy": {"default": "allow", "vlans": "1-99"}}'
    plugin restart
    refused "VLAN '100' is not allowed by the policy" \
        docker_on h1 network create --driver ovsint -o ovn=lab -o "uplink=$WIRE" -o vlan=100 lab
    nb_rows Logical_Switch | check_json 'map(.name) == ["office"]'
}
