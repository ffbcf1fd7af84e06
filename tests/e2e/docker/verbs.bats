#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The driver's methods, called as Docker calls them and as it should not:
# answers, rows, repetitions.

load ../lib/base
load ../lib/plugin
load ../lib/sandbox

setup() {
    world_setup
    plugin start
    NET=$(net_id 1)
    EP=$(ep_id 1)
    BR0='{"bridge":"br0"}'
}

teardown() {
    local bridge id
    ovs_heal
    for id in $(rows Bridge | jq -r '.[].external_ids | keys[] |
        select(startswith("ovsint-network-")) | ltrimstr("ovsint-network-")'); do
        delete_network "$id" || FAILED=1
    done
    plugin stop
    for bridge in $(rows Bridge | jq -r '.[].name'); do
        [ "$bridge" = br0 ] || bridge_del "$bridge"
    done
    world_teardown
}

no_host_link() { not ip link show dev "$1"; }

# ---- networks ----------------------------------------------------------------

# bats test_tags=long
@test "a network is a key on the row of its bridge" {
    create_network "$NET" '{"bridge":"br0","vlan":"10"}' | check_json '. == {}'
    row Bridge name=br0 | jq -r ".external_ids[\"ovsint-network-$NET\"]" |
        check_json '. == {options: {bridge: "br0", vlan: "10"},
            pools: [{pool: "10.9.0.0/24", gateway: "10.9.0.254"}]}'
    delete_network "$NET" | check_json '. == {}'
    no_network "$NET"
    row Bridge name=br0 | check_json '.external_ids == {}'
}

@test "a bridge that is missing comes and goes with its networks" {
    local other
    other=$(net_id 2)
    create_network "$NET" '{"bridge":"made"}'
    row Bridge name=made | check_json '.external_ids["ovsint-owner"] == "docker"'
    host_link made | check_json '.ifname == "made"'
    create_network "$other" '{"bridge":"made"}'
    delete_network "$NET"
    row Bridge name=made | check_json '.external_ids | length == 2'
    delete_network "$other"
    rows Bridge name=made | check_json '. == []'
    wait_until 5 no_host_link made
}

@test "a network without any option has a bridge of its own" {
    create_network "$NET"
    row Bridge "name=oi-${NET:0:12}" | check_json '.external_ids | length == 2'
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    join "$NET" "$EP" | check_json '.Gateway == "10.9.0.254" and
        .DisableGatewayService'
    delete_endpoint "$NET" "$EP"
}

# bats test_tags=long
@test "an isolated network has no way out" {
    create_network "$NET" '{"mode":"isolated"}'
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    join "$NET" "$EP" | check_json '.Gateway == null and .DisableGatewayService'
    delete_endpoint "$NET" "$EP"
}

# bats test_tags=long
@test "the default bridge of the configuration" {
    config '{"default-bridge": "br0"}'
    plugin restart
    create_network "$NET"
    row Bridge name=br0 | check_json '.external_ids | length == 1'
}

@test "a bridge of somebody else is left" {
    bridge_add theirs
    create_network "$NET" '{"bridge":"theirs"}'
    delete_network "$NET"
    row Bridge name=theirs | check_json '.external_ids == {}'
}

# bats test_tags=long
@test "options that are wrong change nothing and say what is right" {
    local options text
    while IFS='|' read -r options text; do
        call_fails "$text" CreateNetwork \
            "$(create_network_json "$NET" "$options")"
        no_network "$NET"
    done <<-'EOF'
	{"vlna":"10"}|option vlna: unknown key 'vlna': did you mean 'vlan'
	{"vlan":"4095"}|'4095' is not a VLAN id (1-4094)
	{"vlan":"10","trunks":"20"}|need a vlan-mode
	{"bridge":"a/b"}|is not a bridge name
	{"bridge":"a-name-that-is-too-long"}|longer than 15 characters
	{"ovsint.mtu":"x"}|'x' is not an MTU
	{"com.docker.network.bridge.name":"x"}|give bridge=NAME
	{"com.docker.network.bridge.later":"x"}|does not know this option
	{"com.docker.network.driver.mtu":"70000"}|'70000' is not an MTU
	{"mode":"nope"}|none of nat, flat, isolated
	{"altname":"yes"}|neither true nor false
	{"type":"tap"}|internal or veth
	{"uplink":"a b"}|is no name of a device
	{"mac":"02:00:00:00:00:01"}|--mac-address
	{"ofport":"7"}|--driver-opt
	{"default":"true"}|Docker chooses
	{"dad":"true"}|without looking for duplicates
	{"ip":"10.9.0.7/24"}|option ip: Docker gives the addresses: of ip only dhcp and slaac
	{"network":"nope"}|no network 'nope'
	{"bridge":7}|not a string
	{"routes":"10.1.0.0/16 via 192.0.2.1"}|lies in none of the networks
	{"external-ids":"ovsint-owner=me"}|reserved
	EOF
}

# bats test_tags=long
@test "foreign options are none of our business" {
    create_network "$NET" '{"bridge":"br0","com.example.vlna":"1",
        "com.docker.compose.project":"x","com.docker.network.enable_ipv6":"1"}'
    row Bridge name=br0 | jq -r ".external_ids[\"ovsint-network-$NET\"]" |
        check_json '.options == {bridge: "br0"}'
}

@test "the policy of the configuration holds for Docker" {
    config '{"policy": {"bridges": ["br1"], "vlans": "10-19"}}'
    plugin restart
    call_fails "bridge" CreateNetwork "$(create_network_json "$NET" "$BR0")"
    no_network "$NET"
}

@test "CreateNetwork and DeleteNetwork again" {
    create_network "$NET" "$BR0"
    create_network "$NET" "$BR0" | check_json '. == {}'
    call_fails "exists already" CreateNetwork \
        "$(create_network_json "$NET" '{"bridge":"br0","vlan":"7"}')"
    delete_network "$NET"
    delete_network "$NET" | check_json '. == {}'
    delete_network "$(net_id 99)" | check_json '. == {}'
}

# bats test_tags=long
@test "30 networks at once on one bridge that is to be made" {
    local n pids=() pid
    for n in {1..30}; do
        create_network "$(net_id "$n")" '{"bridge":"made"}' >"$T/$n" 2>&1 &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid"; done
    row Bridge name=made | check_json '.external_ids | length == 31'
    pids=()
    for n in {1..30}; do
        delete_network "$(net_id "$n")" >"$T/$n" 2>&1 &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid"; done
    rows Bridge name=made | check_json '. == []'
}

@test "whether a gateway is wanted" {
    local generic=com.docker.network.generic
    call GwAllocCheck "{\"Options\":{\"$generic\":{\"bridge\":\"br0\"}}}" |
        check_json '. == {SkipIPv4: false, SkipIPv6: false}'
    call GwAllocCheck "{\"Options\":{\"$generic\":{\"mode\":\"isolated\"}}}" |
        check_json '.SkipIPv4 and .SkipIPv6'
    call GwAllocCheck "{\"Options\":{\"$generic\":{\"bridge\":\"br0\"},
        \"com.docker.network.internal\":true}}" | check_json '.SkipIPv4'
    call GwAllocCheck '{}' | check_json '.SkipIPv4 == false'
    call_fails "unknown key" GwAllocCheck "{\"Options\":{\"$generic\":{\"x\":\"\"}}}"
}

# The tests have no network card to give away: their uplinks are ends of pairs,
# which the policy has to name.
uplinks_allowed() {
    config '{"policy": {"default": "allow", "uplinks": ["*"]}}'
    plugin restart
}

# bats test_tags=long
@test "an uplink goes on and off with the networks that name it" {
    local other
    other=$(net_id 2)
    ip link add up0 type veth peer name up1
    call_fails "up0 is no network card" CreateNetwork \
        "$(create_network_json "$NET" '{"bridge":"br0","uplink":"up0"}')"
    uplinks_allowed
    create_network "$NET" '{"bridge":"br0","uplink":"up0"}'
    row Interface name=up0 | check_json '.ofport > 0'
    host_link up0 | check_json '.flags | contains(["UP"])'
    create_network "$other" '{"bridge":"br0","uplink":"up0","vlan":"5"}'
    call_fails "up0 is the uplink of bridge br0" CreateNetwork \
        "$(create_network_json "$(net_id 3)" '{"bridge":"b3","uplink":"up0"}')"
    delete_network "$NET"
    row Interface name=up0 | check_json '.ofport > 0'
    delete_network "$other"
    rows Interface name=up0 | check_json '. == []'
    rows Bridge name=b3 | check_json '. == []'
    ip link del up0
}

@test "an uplink that cannot be" {
    local request text="is a port of Open vSwitch already, by this name or"
    [ "$DATAPATH" != kernel ] || text="up0 is on ovs-system already"
    uplinks_allowed
    ip link add up0 type veth peer name up1
    ip link add hub type bridge
    ip link set up0 master hub
    call_fails "up0 is on hub already" CreateNetwork \
        "$(create_network_json "$NET" '{"bridge":"br0","uplink":"up0"}')"
    ip link del hub
    ip addr add 192.0.2.1/24 dev up0
    request=$(create_network_json "$NET" '{"bridge":"b3","uplink":"up0"}')
    call_fails "carries addresses of the host" CreateNetwork "$request"
    call_fails "there is no device nope" CreateNetwork \
        "$(create_network_json "$NET" '{"bridge":"b3","uplink":"nope"}')"
    ip addr flush dev up0
    vsctl add-port br0 up0
    vsctl wait-until Interface up0 'ifindex>0'
    call_fails "$text" CreateNetwork "$request"
    vsctl del-port up0
    no_network "$NET"
    rows Bridge name=b3 | check_json '. == []'
    call CreateNetwork "$request"
    delete_network "$NET"
    ip link del up0
}

# On the kernel datapath the card itself shows that it is taken.
# bats test_tags=long,userspace
@test "an uplink that is a port already by its other name" {
    local request
    uplinks_allowed
    ip link add up0 type veth peer name up1
    ip link property add dev up0 altname enp3s0
    request=$(create_network_json "$NET" '{"bridge":"b3","uplink":"up0"}')
    # The switch would take it twice, without an error.
    vsctl add-port br0 enp3s0
    vsctl wait-until Interface enp3s0 'ifindex>0'
    call_fails "up0 is a port of Open vSwitch already, by this name or by" \
        CreateNetwork "$request"
    no_network "$NET"
    rows Bridge name=b3 | check_json '. == []'
    vsctl del-port enp3s0
    # All networks of one uplink have to name it alike.
    call CreateNetwork "$request"
    call_fails "enp3s0 is a port of Open vSwitch already" CreateNetwork \
        "$(create_network_json "$(net_id 2)" '{"bridge":"b3","uplink":"enp3s0"}')"
    delete_network "$NET"
    ip link del up0
}

# ---- endpoints ---------------------------------------------------------------

@test "an endpoint from creation to removal" {
    create_network "$NET" '{"bridge":"br0","vlan":"10"}'
    create_endpoint "$NET" "$EP" 10.9.0.1/24 >"$T/created"
    check_json '.Interface | keys == ["MacAddress"]' <"$T/created"
    join "$NET" "$EP" >"$T/joined"
    check_json '.InterfaceName.SrcName == .InterfaceName.DstPrefix + "0" and
        (.InterfaceName.SrcName | length) == 15 and
        .Gateway == "10.9.0.254" and .DisableGatewayService' <"$T/joined"
    endpoint_port "$EP" >"$T/port"
    check_json --arg mac "$(jq -r .Interface.MacAddress "$T/created")" \
        --arg name "$(jq -r .InterfaceName.SrcName "$T/joined")" \
        --arg net "$NET" --arg ep "$EP" '
        .name == $name and .type == "internal" and .ofport > 0 and
        .mac == [] and .mtu_request == [] and
        (.external_ids | .["ovsint-owner"] == "docker" and
            .["ovsint-network"] == $net and .["iface-id"] == $ep and
            .["attached-mac"] == $mac and
            .["ovsint-netns"] == "/var/run/docker/netns/0123456789ab" and
            (.["ovsint-spec"] | fromjson | .vlan == 10 and
                .ip == ["10.9.0.1/24"] and .gateway == ["10.9.0.254"]))' \
        <"$T/port"
    row Port "name=$(jq -r .name "$T/port")" |
        check_json '.tag == 10 and
            .external_ids["ovsint-ip-10.9.0.1"] == "br0/10"'
    call EndpointOperInfo "$(ids_json "$NET" "$EP")" |
        check_json '. == {Value: {}}'
    call ProgramExternalConnectivity "$(ids_json "$NET" "$EP")"
    call RevokeExternalConnectivity "$(ids_json "$NET" "$EP")"
    leave "$NET" "$EP" | check_json '. == {}'
    delete_endpoint "$NET" "$EP" | check_json '. == {}'
    no_endpoint "$EP"
}

@test "the MAC belongs to network and address" {
    local first
    create_network "$NET" "$BR0"
    first=$(create_endpoint "$NET" "$EP" 10.9.0.1/24)
    create_endpoint "$NET" "$(ep_id 2)" 10.9.0.2/24 |
        check_json --argjson first "$first" \
            '.Interface.MacAddress | . and . != $first.Interface.MacAddress'
    delete_endpoint "$NET" "$EP"
    create_endpoint "$NET" "$(ep_id 3)" 10.9.0.1/24 |
        check_json --argjson first "$first" '. == $first'
}

@test "nothing that Docker said is said back" {
    create_network "$NET" "$BR0"
    call CreateEndpoint "$(create_endpoint_json "$NET" "$EP" 10.9.0.1/24 |
        jq -c '.Interface.MacAddress = "02:11:22:33:44:55"')" |
        check_json '. == {Interface: {}}'
    endpoint_port "$EP" | check_json \
        '.external_ids["attached-mac"] == "02:11:22:33:44:55"'
}

@test "the MTU is set before Join answers" {
    create_network "$NET" '{"bridge":"br0","mtu":"1400"}'
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    host_link "$(join "$NET" "$EP" | jq -r .InterfaceName.SrcName)" |
        check_json '.mtu == 1400'
}

# bats test_tags=long
@test "routes, internal networks, IPv6" {
    create_network "$NET" '{"bridge":"br0",
        "routes":"192.0.2.0/24 via 10.9.0.253"}' \
        '{"IPv6Data":[{"Pool":"fd00:9::/64","Gateway":"fd00:9::1/64"}]}'
    call CreateEndpoint "$(create_endpoint_json "$NET" "$EP" 10.9.0.1/24 |
        jq -c '.Interface.AddressIPv6 = "fd00:9::2/64"')"
    join "$NET" "$EP" | check_json '.Gateway == "10.9.0.254" and
        .GatewayIPv6 == "fd00:9::1" and .StaticRoutes == [
            {Destination: "192.0.2.0/24", RouteType: 0, NextHop: "10.9.0.253"}]'
    delete_endpoint "$NET" "$EP"
    delete_network "$NET"

    create_network "$NET" "$BR0" \
        '{"Options":{"com.docker.network.internal":true}}'
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    join "$NET" "$EP" | check_json '.Gateway == null and .DisableGatewayService'
}

# bats test_tags=long
@test "without addresses, as with --ipam-driver null" {
    create_network "$NET" "$BR0" \
        '{"IPv4Data":[{"AddressSpace":"null","Pool":"0.0.0.0/0"}]}'
    create_endpoint "$NET" "$EP" "" | check_json '.Interface.MacAddress'
    join "$NET" "$EP" | check_json '.InterfaceName.SrcName and .Gateway == null'
}

# bats test_tags=long
@test "an endpoint's own options go before the network's" {
    create_network "$NET" '{"bridge":"br0","vlan":"10","mtu":"1300"}'
    create_endpoint "$NET" "$EP" 10.9.0.1/24 \
        '{"vlan":"20","ovsint.ofport":"77","external-ids":"iface-id=lsp1",
          "com.docker.network.portmap":[],"com.docker.network.endpoint.x":"y"}'
    host_link "$(join "$NET" "$EP" | jq -r .InterfaceName.SrcName)" |
        check_json '.mtu == 1300'
    endpoint_port "$EP" | check_json '.ofport == 77 and
        .external_ids["iface-id"] == "lsp1"'
    row Port "name=$(endpoint_port "$EP" | jq -r .name)" |
        check_json '.tag == 20'
}

# bats test_tags=long
@test "endpoint options that are wrong" {
    local options text
    create_network "$NET" "$BR0"
    while IFS='|' read -r options text; do
        call_fails "$text" CreateEndpoint \
            "$(create_endpoint_json "$NET" "$EP" 10.9.0.1/24 "$options")"
        no_endpoint "$EP"
    done <<-'EOF'
	{"vlna":"10"}|driver option vlna: unknown key
	{"vlan":"x"}|driver option vlan: 'x' is not a VLAN id
	{"bridge":"br1"}|docker network create -o
	{"mode":"flat"}|docker network create -o
	{"uplink":"eth0"}|docker network create -o
	{"mac":"02:00:00:00:00:01"}|--mac-address
	{"ip":"10.9.0.7/24"}|driver option ip: Docker gives the addresses
	{"vlan":10}|not a string
	EOF
}

# As the hook obeys it, see hook/policy.bats; all of it is in unit tests.
@test "the policy holds for each endpoint, and as it is today" {
    local options text
    config '{"policy": {"bridges": ["br0"], "vlans": "10-19",
        "types": ["internal"], "addresses": ["10.9.0.0/24"],
        "macs": ["02:00:*"], "max-rate": 10000, "external-ids": ["vm-*"],
        "vlan-modes": ["access", "native-untagged"]}}'
    plugin restart
    create_network "$NET" '{"bridge":"br0","vlan":"10"}'
    while IFS='|' read -r options text; do
        call_fails "$text" CreateEndpoint \
            "$(create_endpoint_json "$NET" "$EP" 10.9.0.1/24 "$options")"
        no_endpoint "$EP"
    done <<-'EOF'
	{"vlan":"20"}|driver option vlan: VLAN '20' is not allowed by the policy
	{"trunks":"10,20","vlan-mode":"native-untagged"}|driver option trunks
	{"type":"veth"}|driver option type: type 'veth' is not allowed
	{"rate":"10001"}|driver option rate: rate '10001' is not allowed
	{"external-ids":"iface-id=lsp1"}|driver option external-ids: key 'iface-id'
	EOF
    call_fails "MAC address '02:01:00:00:00:01' is not allowed" CreateEndpoint \
        "$(create_endpoint_json "$NET" "$EP" 10.9.0.1/24 |
            jq -c '.Interface.MacAddress = "02:01:00:00:00:01"')"
    create_endpoint "$NET" "$EP" 10.9.0.1/24 \
        '{"vlan":"19","external-ids":"vm-name=web"}'
    endpoint_port "$EP" | check_json \
        '.external_ids["ovsint-spec"] | fromjson | .vlan == 19 and .rate == 10000'
    delete_endpoint "$NET" "$EP"

    config '{"policy": {"bridges": ["br0"], "vlans": "20-29"}}'
    plugin restart
    call_fails "option vlan: VLAN '10' is not allowed by the policy" \
        CreateEndpoint "$(create_endpoint_json "$NET" "$EP" 10.9.0.1/24)"
}

@test "a network of the configuration leaves Docker what it says" {
    config '{"policy": {"named-networks-only": true}, "networks":
        {"lan": {"bridge": "br0", "vlan": 10, "refine": ["rate"]}}}'
    plugin restart
    call_fails "networks of the configuration only" CreateNetwork \
        "$(create_network_json "$NET" "$BR0")"
    ip link add up0 type veth peer name up1
    call_fails "option uplink: network 'lan' does not leave this to Docker" \
        CreateNetwork "$(create_network_json "$NET" \
            '{"network":"lan","uplink":"up0"}')"
    rows Interface name=up0 | check_json '. == []'
    ip link del up0
    create_network "$NET" '{"network":"lan"}'
    call_fails "driver option vlan: network 'lan' does not leave this" \
        CreateEndpoint "$(create_endpoint_json "$NET" "$EP" 10.9.0.1/24 \
            '{"vlan":"11"}')"
    create_endpoint "$NET" "$EP" 10.9.0.1/24 '{"rate":"1000"}'
    row Port "name=$(endpoint_port "$EP" | jq -r .name)" |
        check_json '.tag == 10'
    delete_endpoint "$NET" "$EP"
}

# bats test_tags=long
@test "on a network of the configuration Docker keeps to its subnets" {
    local other
    config '{"networks": {"lan": {"bridge": "br0", "subnets": [
        {"subnet": "10.9.0.0/24", "gateway": "10.9.0.254",
            "exclude": ["10.9.0.2"]}]}}}'
    plugin restart
    other=$(create_network_json "$NET" '{"network":"lan"}' |
        jq -c '.IPv4Data[0].Gateway = "10.9.0.1/24"')
    call_fails "give --gateway 10.9.0.254" CreateNetwork "$other"
    other=$(create_network_json "$NET" '{"network":"lan"}' |
        jq -c '.IPv4Data[0] = {Pool: "172.30.0.0/16", Gateway: ""}')
    call_fails "give --subnet (10.9.0.0/24)" CreateNetwork "$other"
    call CreateNetwork "$(create_network_json "$NET" '{"network":"lan"}' |
        jq -c '.IPv4Data[0].Gateway = "10.9.0.254/24"')"
    call_fails "is the gateway of network 'lan'" CreateEndpoint \
        "$(create_endpoint_json "$NET" "$EP" 10.9.0.254/24)"
    call_fails "keep it from Docker with --ip-range" CreateEndpoint \
        "$(create_endpoint_json "$NET" "$EP" 10.9.0.2/24)"
    create_endpoint "$NET" "$EP" 10.9.0.3/24
    join "$NET" "$EP" | check_json '.Gateway == "10.9.0.254"'
    delete_endpoint "$NET" "$EP"
}

# bats test_tags=long
@test "every method again, and in the wrong order" {
    local device
    create_network "$NET" "$BR0"
    leave "$NET" "$EP"
    delete_endpoint "$NET" "$EP"
    call_fails "no port of this endpoint" Join "$(join_json "$NET" "$EP")"
    create_endpoint "$NET" "$EP" 10.9.0.1/24 >"$T/first"
    create_endpoint "$NET" "$EP" 10.9.0.1/24 | diff "$T/first" -
    join "$NET" "$EP" >"$T/joined"
    join "$NET" "$EP" | diff "$T/joined" -
    leave "$NET" "$EP"
    leave "$NET" "$EP"
    # Join again after Leave: libnetwork has used up the prefix.
    device=$(join "$NET" "$EP" | jq -r .InterfaceName.SrcName)
    [ "$device" != "$(jq -r .InterfaceName.SrcName "$T/joined")" ]
    rows Interface "external_ids:ovsint-endpoint=$EP" |
        check_json --arg device "$device" 'map(.name) == [$device]'
    host_link "$device" | check_json .ifname
    delete_endpoint "$NET" "$EP"
    delete_endpoint "$NET" "$EP"
    no_endpoint "$EP"
    call_fails "no bridge carries this network" CreateEndpoint \
        "$(create_endpoint_json "$(net_id 9)" "$EP" 10.9.0.1/24)"
}

# As there was no namespace yet, its absence proves nothing.
@test "an endpoint that was left before it had a namespace waits for Join" {
    create_network "$NET" "$BR0"
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    join "$NET" "$EP" | check_json .InterfaceName
    leave "$NET" "$EP"
    wait_until 5 is_noted_as_left
    plugin restart
    wait_until 10 guardian_waits
    join "$NET" "$EP" | check_json .InterfaceName
    delete_endpoint "$NET" "$EP"
}

is_noted_as_left() {
    endpoint_port "$EP" | check_json '.external_ids["ovsint-left"] == "true"'
}

guardian_waits() {
    call Ovsint.Ports |
        check_json '.guarding and ([.ports[].state] == ["on its way"])'
}

@test "an endpoint that Docker has lost makes room for its address" {
    create_network "$NET" "$BR0"
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    create_endpoint "$NET" "$(ep_id 2)" 10.9.0.1/24
    no_endpoint "$EP"
    join "$NET" "$(ep_id 2)" | check_json .InterfaceName
}

@test "an address that is held elsewhere on the segment is refused" {
    local other
    other=$(net_id 2)
    create_network "$NET" "$BR0"
    create_network "$other" "$BR0"
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    call_fails "address 10.9.0.1 is held by a port of another network" \
        CreateEndpoint "$(create_endpoint_json "$other" "$(ep_id 2)" 10.9.0.1/24)"
    no_endpoint "$(ep_id 2)"
    endpoint_port "$EP" | check_json .name
    # Another VLAN is another segment.
    delete_network "$other"
    create_network "$other" '{"bridge":"br0","vlan":"5"}'
    create_endpoint "$other" "$(ep_id 2)" 10.9.0.1/24
}

# bats test_tags=long
@test "a network that is asked for again stays where it is" {
    config '{"default-bridge":"br0"}'
    plugin restart
    create_network "$NET" '{"mode":"flat"}'
    config '{"default-bridge":"absent"}'
    plugin restart
    create_network "$NET" '{"mode":"flat"}'
    answers
    rows Bridge name=absent | check_json '. == []'
    call_fails "exists already, on bridge br0" CreateNetwork \
        "$(create_network_json "$NET" '{"mode":"flat","mtu":"1400"}')"
}

@test "type=veth" {
    local source
    create_network "$NET" '{"bridge":"br0","type":"veth","mtu":"1400"}'
    create_endpoint "$NET" "$EP" 10.9.0.1/24 >"$T/created"
    join "$NET" "$EP" >"$T/joined"
    check_json '.InterfaceName.DstPrefix == "eth"' <"$T/joined"
    source=$(jq -r .InterfaceName.SrcName "$T/joined")
    host_link "$source" | check_json '.mtu == 1400 and
        .linkinfo.info_kind == "veth" and .address == $mac' \
        --arg mac "$(jq -r .Interface.MacAddress "$T/created")"
    endpoint_port "$EP" | check_json '.type == "" and .ofport > 0'
    create_endpoint "$NET" "$EP" 10.9.0.1/24 | diff "$T/created" -
    leave "$NET" "$EP"
    join "$NET" "$EP" >"$T/again"
    no_host_link "$source"
    leave "$NET" "$EP"
    delete_endpoint "$NET" "$EP"
    no_host_link "$(jq -r .InterfaceName.SrcName "$T/again")"
}

no_pair() { # PORT
    no_host_link "$1" && no_host_link "${1%0}1"
}

# bats test_tags=long
@test "a veth pair that was never joined goes with its row, on every way" {
    local pair
    create_network "$NET" '{"bridge":"br0","type":"veth"}'
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    pair=$(endpoint_port "$EP" | jq -r .name)
    create_endpoint "$NET" "$(ep_id 2)" 10.9.0.1/24 # Docker has lost the other
    no_pair "$pair"
    pair=$(endpoint_port "$(ep_id 2)" | jq -r .name)
    host_link "${pair%0}1" | check_json '.linkinfo.info_kind == "veth"'
    delete_network "$NET"
    no_pair "$pair"
    create_network "$NET" '{"bridge":"br0","type":"veth"}'
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    pair=$(endpoint_port "$EP" | jq -r .name)
    vsctl del-port "$pair"
    wait_until 5 no_pair "$pair"
    delete_endpoint "$NET" "$EP"
}

# bats test_tags=long
@test "a veth pair whose row went unseen is found" {
    local taken lost
    create_network "$NET" '{"bridge":"br0","type":"veth"}'
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    create_endpoint "$NET" "$(ep_id 2)" 10.9.0.2/24
    taken=$(endpoint_port "$EP" | jq -r .name)
    lost=$(endpoint_port "$(ep_id 2)" | jq -r .name)
    ip netns add held
    ip link set "${taken%0}1" netns held
    vsctl del-port "$taken"
    plugin kill
    vsctl del-port "$lost"
    config '{"timeout-ms": 1500}'
    plugin start
    ip -n held link set "${taken%0}1" netns "$$"
    ip netns delete held
    delete_endpoint "$NET" "$EP"
    host_link "$taken" | check_json '.linkinfo.info_kind == "veth"'
    wait_until 15 no_pair "$lost"
    wait_until 15 no_pair "$taken"
}

# up0, whose cable leads to 10.9.0.77.
cable() {
    ip link add up0 type veth peer name far address 02:00:00:00:00:77 \
        netns "$(container_pid out)"
    in_net out ip address add 10.9.0.77/24 dev far
    in_net out ip link set far up
    checksums out far off
}

is_up_with() { # MTU
    host_link up0 | check_json '(.flags | index("UP")) and .mtu == $mtu' \
        --argjson mtu "$1"
}

is_back() {
    wait_until 10 is_up_with 1400
    wait_until 10 ping_once c1 10.9.0.77
    can_ping c1 10.9.0.77
}

# bats test_tags=long
@test "an uplink that goes and comes back is set up again" {
    local ofport
    uplinks_allowed
    sandbox out
    cable
    create_network "$NET" '{"bridge":"br0","uplink":"up0"}'
    ip link set up0 mtu 1400
    sandbox c1
    plug c1 ovsint.bridge=br0 ovsint.ip=10.9.0.5/24 ovsint.mtu=1400
    can_ping c1 10.9.0.77
    ofport=$(row Interface name=up0 | jq .ofport)
    ip link del up0
    cable
    is_back
    # With the kernel datapath the switch takes it by itself, under a new number.
    [ "$DATAPATH" = kernel ] ||
        row Interface name=up0 | check_json ".ofport == $ofport"
    ip link set up0 down
    ip link set up0 name away
    ip link set away name up0
    ip link set up0 up
    is_back
    plugin stop
    ip link del up0
    plugin start
    cable
    wait_until 10 ping_once c1 10.9.0.77
    # An operator who sets it down wants it down.
    ip link set up0 down
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    join "$NET" "$EP"
    delete_endpoint "$NET" "$EP"
    host_link up0 | check_json '.flags | index("UP") | not'
    row Interface name=up0 | check_json '.type == "" and
        (.external_ids | has("ovsint-remaking") | not)'
    delete_network "$NET"
    ip link del up0
}

@test "a plugin that is aborted says where the reason is" {
    rm -f /run/plugin.status
    kill -ABRT "$(plugin_pid)"
    wait_until 5 test -s /run/plugin.status
    [ "$(cat /run/plugin.status)" = 134 ]
    plugin_logged "aborted, for the reason in the line before"
    plugin start
}

# bats test_tags=long
@test "a plugin that starts anew knows everything" {
    create_network "$NET" '{"bridge":"br0","mtu":"1400"}'
    create_endpoint "$NET" "$EP" 10.9.0.1/24 >"$T/created"
    plugin kill
    plugin start
    create_endpoint "$NET" "$EP" 10.9.0.1/24 | diff "$T/created" -
    plugin restart
    host_link "$(join "$NET" "$EP" | jq -r .InterfaceName.SrcName)" |
        check_json '.mtu == 1400'
    plugin restart
    leave "$NET" "$EP"
    plugin restart
    delete_endpoint "$NET" "$EP"
    no_endpoint "$EP"
}

# bats test_tags=long
@test "ports of an earlier boot are removed" {
    create_network "$NET" "$BR0"
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    vsctl set Interface "$(endpoint_port "$EP" | jq -r .name)" \
        external_ids:ovsint-boot=00000000-0000-0000-0000-000000000000
    plugin restart
    wait_until 5 no_endpoint "$EP"
}

# bats test_tags=long
@test "a network row that somebody has broken" {
    create_network "$NET" "$BR0"
    vsctl set Bridge br0 "external_ids:ovsint-network-$NET={broken"
    call_fails "the network row on bridge br0" CreateEndpoint \
        "$(create_endpoint_json "$NET" "$EP" 10.9.0.1/24)"
    delete_network "$NET"
    no_network "$NET"
}

@test "a bridge that somebody has removed" {
    create_network "$NET" '{"bridge":"made"}'
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    bridge_del made
    call_fails "no port of this endpoint" Join "$(join_json "$NET" "$EP")"
    call_fails "no bridge carries this network" CreateEndpoint \
        "$(create_endpoint_json "$NET" "$(ep_id 2)" 10.9.0.2/24)"
    leave "$NET" "$EP"
    delete_endpoint "$NET" "$EP"
    delete_network "$NET"
}

# bats test_tags=long
@test "64 endpoints at once" {
    local n count pids=() pid
    count=$(many 64)
    create_network "$NET" "$BR0"
    for ((n = 1; n <= count; n++)); do
        (
            create_endpoint "$NET" "$(ep_id "$n")" "10.9.0.$n/24" &&
                join "$NET" "$(ep_id "$n")"
        ) >"$T/$n" 2>&1 &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid"; done
    rows Interface external_ids:ovsint-owner=docker |
        check_json --argjson count "$count" \
            'length == $count and all(.ofport > 0)'
    pids=()
    for ((n = 1; n <= count; n++)); do
        delete_endpoint "$NET" "$(ep_id "$n")" >"$T/$n" 2>&1 &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid"; done
    rows Interface external_ids:ovsint-owner=docker | check_json '. == []'
}

# bats test_tags=long
@test "swarm's methods" {
    call_fails "local to a host" AllocateNetwork "$(ids_json "$NET")"
    call FreeNetwork "$(ids_json "$NET")" | check_json '. == {}'
    call DiscoverNew '{"DiscoveryType":1,"DiscoveryData":{}}'
    call DiscoverDelete '{"DiscoveryType":1,"DiscoveryData":{}}'
}
