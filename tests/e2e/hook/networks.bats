#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Named networks and the allocation of their addresses.

load ../lib/base
load ../lib/sandbox

LAN='{"networks": {"lan": {"bridge": "br0", "vlan": 10, "subnets": [
    {"subnet": "10.0.10.0/24", "gateway": "10.0.10.1",
     "range": "10.0.10.100-10.0.10.103", "exclude": ["10.0.10.101"]},
    {"subnet": "fd00:10::/64"}]}}}'

setup() {
    world_setup
    config "$LAN"
}

address_of() { # NAME FAMILY
    in_net "$1" ip -j address show dev eth0 |
        jq -r --arg f "$2" '.[0].addr_info[] | select(.family == $f and
            .scope == "global") | .local'
}

@test "ip=auto: an address of each subnet, the gateway, packets" {
    sandbox c1
    sandbox c2
    plug c1 ovsint.network=lan ovsint.ip=auto ovsint.dad=false
    plug c2 ovsint.network=lan ovsint.ip=auto ovsint.dad=false
    [[ $(address_of c1 inet) =~ ^10\.0\.10\.10[023]$ ]]
    [[ $(address_of c1 inet6) == fd00:10:* ]]
    in_net c1 ip -j route show default |
        check_json '.[0].gateway == "10.0.10.1"'
    can_ping c1 "$(address_of c2 inet)"
    can_ping c1 "$(address_of c2 inet6)"
    row Interface external_ids:ovsint-container=c1 |
        check_json '.external_ids["ovsint-network"] == "lan"'
}

@test "a container that comes back gets its address again" {
    local before
    sandbox c1
    plug c1 ovsint.network=lan ovsint.ip=auto
    before=$(address_of c1 inet)
    unplug c1
    kill_sandbox c1
    sandbox c1
    plug c1 ovsint.network=lan ovsint.ip=auto
    [ "$(address_of c1 inet)" = "$before" ]
}

@test "the range is full: a sentence, and room again after an unplug" {
    local i
    for i in 1 2 3 4; do sandbox "c$i"; done
    for i in 1 2 3; do plug "c$i" ovsint.network=lan ovsint.ip=auto; done
    refuses 1 "10.0.10.100-10.0.10.103" plug c4 ovsint.network=lan \
        ovsint.ip=auto
    unplug c2
    plug c4 ovsint.network=lan ovsint.ip=auto
}

# bats test_tags=long
@test "the range is full of containers that ended without poststop: room" {
    local i
    for i in 1 2 3 4; do sandbox "c$i"; done
    for i in 1 2 3; do plug "c$i" ovsint.network=lan ovsint.ip=auto; done
    kill_sandbox c1
    kill_sandbox c3
    plug c4 ovsint.network=lan ovsint.ip=auto
    rows Interface external_ids:ovsint-owner=hook |
        check_json 'map(.external_ids["ovsint-container"]) | sort ==
            ["c2", "c4"]'
    can_ping c4 "$(address_of c2 inet)"
}

@test "addresses asked for: in the subnet, not the gateway, held by one" {
    sandbox c1
    sandbox c2
    refuses 2 "10.0.11.5" plug c1 ovsint.network=lan ovsint.ip=10.0.11.5/24
    refuses 2 "10.0.10.1" plug c1 ovsint.network=lan ovsint.ip=10.0.10.1/24
    plug c1 ovsint.network=lan ovsint.ip=10.0.10.50/24
    refuses 1 "is held by container c1" plug c2 ovsint.network=lan \
        ovsint.ip=10.0.10.50/24
}

# bats test_tags=long
@test "the same address in another VLAN is no conflict" {
    sandbox c1
    sandbox c2
    plug c1 ovsint.bridge=br0 ovsint.vlan=20 ovsint.ip=10.0.10.50/24
    plug c2 ovsint.bridge=br0 ovsint.vlan=21 ovsint.ip=10.0.10.50/24
}

# bats test_tags=long
@test "an address held since an earlier boot is taken over" {
    local port
    sandbox c1
    sandbox c2
    plug c1 ovsint.network=lan ovsint.ip=10.0.10.50/24
    port=$(port_of c1)
    vsctl set Port "$port" external_ids:ovsint-boot=earlier
    kill_sandbox c1
    plug c2 ovsint.network=lan ovsint.ip=10.0.10.50/24
    rows Port "name=$port" | check_json 'length == 0'
}

@test "a default bridge serves who names none" {
    config '{"default-bridge": "br0"}'
    sandbox c1
    plug c1 ovsint.ip=10.0.0.5/24
    row Interface external_ids:ovsint-container=c1 >/dev/null
}

# bats test_tags=long
@test "many hooks at once: all succeed, no address twice" {
    local i count=30 pids=()
    # The guest has one slow processor for all of them and the switch.
    [ "$DATAPATH" = userspace ] || count=12
    config '{"timeout-ms": 60000, "networks": {"lan": {"bridge": "br0",
        "subnets": [{"subnet": "10.0.10.0/24",
            "range": "10.0.10.10-10.0.10.44"}]}}}'
    for ((i = 1; i <= count; i++)); do sandbox "c$i"; done
    for ((i = 1; i <= count; i++)); do
        plug "c$i" ovsint.network=lan ovsint.ip=auto 3>&- 4>&- &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i"; done
    rows Port external_ids:ovsint-owner=hook |
        jq '[.[].external_ids | keys[] | select(startswith("ovsint-ip-"))]' |
        check_json 'length == $n and (unique | length == $n)' \
            --argjson n "$count"
    can_ping c1 "$(address_of "c$count" inet)"
}

@test "two containers race for one address: one gets it, one is told" {
    local i won=0 pids=()
    sandbox c1
    sandbox c2
    for i in 1 2; do
        { plug "c$i" ovsint.bridge=br0 ovsint.ip=10.0.0.9/24 \
            2>"$T/err$i" && echo won >"$T/won$i"; } 3>&- 4>&- &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i" || true; done
    for i in 1 2; do
        if [ -e "$T/won$i" ]; then
            won=$((won + 1))
        else
            grep -q "10.0.0.9 of segment br0/0 is held by container" "$T/err$i"
        fi
    done
    [ "$won" = 1 ]
    rows Port external_ids:ovsint-ip-10.0.0.9=br0/0 | check_json 'length == 1'
}

# bats test_tags=long
@test "ip=auto twice, and in a pod: the same address, nothing changes" {
    local port
    sandbox c1
    plug c1 ovsint.network=lan ovsint.ip=auto
    port=$(port_of c1)
    plug c1 ovsint.network=lan ovsint.ip=auto
    [ "$(port_of c1)" = "$port" ]
    pod_member c2 c1
    plug c2 ovsint.network=lan ovsint.ip=auto
    [ "$(port_of c1)" = "$port" ]
}

# bats test_tags=long
@test "an address of one's own and one of the network in the same subnet" {
    sandbox c1
    plug c1 ovsint.network=lan ovsint.ip=10.0.10.50/24,auto
    in_net c1 ip -j address show dev eth0 |
        check_json '[.[0].addr_info[] | select(.family == "inet")] | length == 2'
}

tiny_network() { # RANGE
    config '{"networks": {"tiny": {"bridge": "br0", "subnets": [
        {"subnet": "10.0.20.0/24", "range": "'"$1"'"}]}}}'
}

# bats test_tags=long
@test "interfaces of one container share a range that is just large enough" {
    local name args=()
    tiny_network 10.0.20.2-10.0.20.5
    sandbox c1
    for name in eth1 eth2 eth3; do
        args+=("ovsint.$name.network=tiny" "ovsint.$name.ip=auto")
    done
    plug c1 ovsint.network=tiny ovsint.ip=10.0.20.4/24 "${args[@]}"
    rows Port external_ids:ovsint-container=c1 |
        jq '[.[].external_ids | keys[] | select(startswith("ovsint-ip-"))]' |
        check_json '(unique | length) == 4'
}

# Reserves addresses 10.0.20.FIRST-LAST by a port that is not ours.
reserve() { # PORT FIRST LAST
    local i ids=()
    for ((i = $2; i <= $3; i++)); do
        ids+=("external_ids:ovsint-ip-10.0.20.$i=br0/0")
    done
    vsctl add-port br0 "$1" -- set Interface "$1" type=internal -- \
        set Port "$1" "${ids[@]}"
}

# bats test_tags=long
@test "addresses that somebody reserved by hand are his" {
    tiny_network 10.0.20.2-10.0.20.12
    reserve mine 2 11
    sandbox c1
    refuses 1 "10.0.20.2 of segment br0/0 is held by container unknown (port m" \
        plug c1 ovsint.network=tiny ovsint.ip=10.0.20.2/24
    plug c1 ovsint.network=tiny ovsint.ip=auto
    [ "$(address_of c1 inet)" = 10.0.20.12 ]
    row Port name=mine >/dev/null
    vsctl del-port mine
}

# bats test_tags=long
@test "a range that the dead of an earlier boot have filled is free" {
    local i port
    tiny_network 10.0.20.2-10.0.20.4
    for i in 1 2; do
        sandbox "dead$i"
        plug "dead$i" ovsint.network=tiny ovsint.ip=auto
        port=$(port_of "dead$i")
        kill_sandbox "dead$i"
        vsctl set Port "$port" external_ids:ovsint-boot=earlier
    done
    for i in 1 2 3; do
        sandbox "c$i"
        plug "c$i" ovsint.network=tiny ovsint.ip=auto
    done
    rows Interface external_ids:ovsint-owner=hook | check_json 'length == 3'
}

# bats test_tags=long
@test "a segment with many addresses: the one that is free is found" {
    local i out
    tiny_network 10.0.20.2-10.0.20.82
    for i in {0..9}; do
        reserve "mine$i" $((2 + 8 * i)) $((9 + 8 * i))
        vsctl set Port "mine$i" external_ids:ovsint-segment=br0/0
    done
    sandbox c1
    out=$(plug c1 ovsint.network=tiny ovsint.ip=auto 2>&1)
    [ "$out" = "" ]
    [ "$(address_of c1 inet)" = 10.0.20.82 ]
    for i in {0..9}; do vsctl del-port "mine$i"; done
}
