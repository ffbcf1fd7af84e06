#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Docker itself: what its users may ask of networks and containers, and what
# happens to those. Packets flow.

load ../lib/base
load ../lib/plugin
load ../lib/docker

setup_file() { docker_setup; }
setup() { docker_begin; }
teardown() { docker_end; }
teardown_file() { docker_teardown_file; }

@test "VLANs are kept apart" {
    network -o bridge=br0 -o vlan=10 --subnet 10.10.0.0/24 red
    network -o bridge=br0 -o vlan=20 --subnet 10.20.0.0/24 blue
    start_container one red
    start_container two red
    start_container three blue
    can_ping one "$(address_of two red)"
    in_net three ip addr add 10.10.0.200/24 dev "$(in_net three ip -j link |
        jq -r '.[] | select(.ifname != "lo") | .ifname')"
    cannot_ping one 10.10.0.200
}

@test "an isolated network: a bridge of its own, no way out" {
    network own -o mode=isolated
    start_container one own
    start_container two own
    can_ping one "$(address_of two own)"
    in_net one ip -j route | check_json 'all(.dst != "default")'
    docker rm -f one two
    docker network rm own
    rows Bridge | check_json 'map(.name) == ["br0"]'
}

# bats test_tags=long
@test "connecting and disconnecting a stopped container" {
    network -o bridge=br0 --subnet 10.10.0.0/24 net1
    docker create --name one --network none busybox sleep 3600
    docker network disconnect none one
    docker network connect net1 one
    no_ports
    docker start one
    ports_match
    docker stop -t 0 one
    no_ports
    docker network disconnect net1 one
    docker start one
    no_ports
}

# bats test_tags=long
@test "addresses, MAC, MTU, IPv6 and driver options as asked for" {
    network -o bridge=br0 -o com.docker.network.driver.mtu=1400 \
        --ipv6 --subnet 10.10.0.0/24 --subnet fd00:10::/64 \
        --gateway 10.10.0.254 --aux-address router=10.10.0.5 net1
    docker run -d --name one --network net1 --ip 10.10.0.77 \
        --ip6 fd00:10::77 --mac-address 02:11:22:33:44:55 \
        -p 8080:80 --dns 192.0.2.1 busybox sleep 3600
    docker create --name two --network none busybox sleep 3600
    docker network disconnect none two
    docker network connect --driver-opt vlan=30 net1 two
    docker start two
    in_net one ip -j addr | check_json '.[] | select(.ifname != "lo") |
        .address == "02:11:22:33:44:55" and .mtu == 1400 and
        ([.addr_info[].local] | contains(["10.10.0.77", "fd00:10::77"]))'
    in_net one ip -j route | check_json \
        'any(.dst == "default" and .gateway == "10.10.0.254")'
    rows Port tag=30 | check_json 'length == 1'
    cannot_ping one "$(address_of two net1)"
    docker rm -f two
    start_container three net1
    can_ping one "$(address_of three net1)"
    in_net one busybox ping -6 -c 1 -W 2 "$(in_network three net1 \
        GlobalIPv6Address)"
}

# bats test_tags=long
@test "enable_icc=false: not each other, but router and host; also made again" {
    network -o bridge=br0 -o host-access=true \
        -o com.docker.network.bridge.enable_icc=false \
        --subnet 10.10.0.0/24 --gateway 10.10.0.1 net1
    start_container one net1
    start_container two net1
    docker create --name three --network none busybox sleep 3600
    docker network disconnect none three
    docker network connect --driver-opt isolated-ports=false net1 three
    docker start three
    isolated
    vsctl del-port "$(device_of one)"
    wait_until 10 plugin_logged "made a port again"
    isolated
    run docker network connect --driver-opt \
        com.docker.network.bridge.enable_icc=true net1 three
    [ "$status" != 0 ]
}

isolated() {
    rows Port protected=true | check_json 'length == 2'
    can_ping one 10.10.0.1
    can_ping one "$(address_of three net1)"
    cannot_ping one "$(address_of two net1)"
}

# bats test_tags=long
@test "a router of the configuration outside of the subnet: on the link" {
    config '{"networks": {"lan": {"bridge": "br0", "subnets": [
        {"subnet": "10.10.0.0/24", "gateway": "169.254.1.1"}]}}}'
    plugin restart
    vsctl add-port br0 router -- set Interface router type=internal
    wait_until 5 ip link set router up
    ip addr add 169.254.1.1/32 dev router
    ip route add 10.10.0.0/24 dev router
    ip addr add 192.0.2.9/32 dev lo
    run network -o network=lan --subnet 172.30.0.0/16 net1
    [ "$status" != 0 ]
    [[ $output = *"give --subnet (10.10.0.0/24)"* ]]
    run network -o network=lan --subnet 10.10.0.0/24 --gateway 169.254.1.1 net1
    [ "$status" != 0 ]
    network -o network=lan --subnet 10.10.0.0/24 net1
    start_container one net1
    in_net one ip -j route show default |
        check_json '.[0].gateway == "169.254.1.1"'
    can_ping one 192.0.2.9
    vswitchd clear_away
    vswitchd start
    wait_until 5 ip link set router up
    ip addr replace 169.254.1.1/32 dev router
    ip route replace 10.10.0.0/24 dev router
    can_ping one 192.0.2.9
    ip addr del 192.0.2.9/32 dev lo
    vsctl del-port router
}

@test "the MAC stays with the address" {
    local first
    network -o bridge=br0 --subnet 10.10.0.0/24 net1
    docker run -d --name one --network net1 --ip 10.10.0.9 busybox sleep 3600
    first=$(in_network one net1 MacAddress)
    in_net one ip -j link | check_json --arg mac "$first" \
        'any(.address == $mac)'
    docker restart -t 0 one
    in_net one ip -j link | check_json --arg mac "$first" \
        'any(.address == $mac)'
}

# bats test_tags=long
@test "--internal and routes" {
    network --internal -o bridge=br0 --subnet 10.10.0.0/24 inner
    network -o bridge=br0 --subnet 10.20.0.0/24 \
        -o 'routes=192.0.2.0/24 via 10.20.0.200' routed
    start_container one inner
    start_container two routed
    in_net one ip -j route | check_json 'all(.dst != "default")'
    in_net two ip -j route | check_json \
        'any(.dst == "192.0.2.0/24" and .gateway == "10.20.0.200")'
}

# bats test_tags=long
@test "--ipam-driver null: up and without address" {
    network -o bridge=br0 --ipam-driver null bare
    start_container one bare
    in_net one ip -j -4 addr | check_json \
        '[.[] | select(.ifname != "lo")] == []'
    in_net one ip -j link | check_json 'length == 2 and all(.flags |
        contains(["UP"]))'
}

altname_is() { # NAME ALTNAMES-JSON
    in_net "$1" ip -j link | check_json --argjson want "$2" '
        map(select(.ifname != "lo") | .altnames // []) == [$want]'
}

rate_is() { # NAME BYTES-PER-SECOND
    in_net "$1" tc -j qdisc show | check_json --argjson rate "$2" \
        'any(.kind == "tbf" and .options.rate == $rate)'
}

refuses_network() { # TEXT OPTIONS...
    local text=$1 said
    shift
    ! said=$(network "$@" refused 2>&1) || fail "made: $*" || return
    [[ $said = *"$text"* ]] || fail "$*: $said"
}

@test "a bridge with a spanning tree: networks and endpoints that would receive no broadcasts" {
    bridge_add tree0
    network -o bridge=tree0 --subnet 10.10.0.0/24 net1
    start_container one net1
    vsctl set Bridge tree0 stp_enable=true
    wait_until 5 plugin_logged "has a spanning tree now"
    refuses_network "set Bridge tree0 stp_enable=false" -o bridge=tree0
    refuses_network "set Bridge tree0 stp_enable=false" -o bridge=tree0 \
        -o type=veth -o host-access=true --subnet 10.20.0.0/24
    run start_container two net1
    [ "$status" = 125 ]
    [[ $output = *"stp_enable=false"* ]]
    docker rm -f one two
    docker network rm net1
    bridge_del tree0
}

mtu_is() { # NAME MTU
    in_net "$1" ip -j link | check_json --argjson mtu "$2" \
        'any(.ifname != "lo" and .mtu == $mtu)'
}

# bats test_tags=long
@test "altname=true: eth0 besides its own name, at each start" {
    network -o bridge=br0 -o altname=true --subnet 10.10.0.0/24 net1
    # An eth0 on the host would keep a device with that altname from returning.
    ip link add eth0 type veth peer name eth1
    start_container one net1
    wait_until 5 altname_is one '["eth0"]'
    docker restart -t 0 one
    wait_until 5 altname_is one '["eth0"]'
    start_container two net1
    can_ping one "$(address_of two net1)"
    docker network disconnect net1 one
    in_net one ip -j link | check_json 'length == 1'
    docker network connect net1 one
    wait_until 5 altname_is one '["eth0"]'
    ports_match
    docker rm -f one two
    no_ports
    ip link del eth0
}

# bats test_tags=long
@test "a rate, and an MTU above the bridge's, hold inside" {
    local type=internal
    if [ "$DATAPATH" = userspace ]; then
        refuses_network "mtu=1500 or less" -o bridge=br0 -o mtu=4000
        refuses_network "mtu=1500 or less" -o mtu=4000
        type=veth
    fi
    network -o bridge=br0 -o rate=8000 -o mtu=4000 -o type="$type" \
        --subnet 10.10.0.0/24 net1
    start_container one net1
    wait_until 5 rate_is one 1000000
    wait_until 5 mtu_is one 4000
    docker restart -t 0 one
    wait_until 5 rate_is one 1000000
    wait_until 5 mtu_is one 4000
    network -o bridge=br0 -o mtu=4000 -o type="$type" --subnet 10.20.0.0/24 net2
    start_container three net2
    start_container four net2
    wait_until 5 mtu_is three 4000
    wait_until 5 mtu_is four 4000
    can_ping three "$(address_of four net2)"
    rows Interface external_ids:ovsint-owner=docker | check_json \
        'all(.external_ids | has("ovsint-undressed") | not)'
}

# bats test_tags=long
@test "a device that arrived while the plugin was away is set up later" {
    network -o bridge=br0 -o altname=true -o type=internal \
        --subnet 10.10.0.0/24 net1
    start_container one net1
    wait_until 5 altname_is one '["eth0"]'
    plugin stop
    in_net one ip link property del dev eth0 altname eth0
    vsctl set Interface "$(rows Interface external_ids:ovsint-owner=docker |
        jq -r '.[0].name')" external_ids:ovsint-undressed=true
    plugin start
    wait_until 5 altname_is one '["eth0"]'
}

# bats test_tags=long
@test "an uplink: containers and the outside are one segment" {
    ip netns add outside
    ip link add up0 type veth peer name up1 netns outside
    ip -n outside addr add 10.10.0.200/24 dev up1
    ip -n outside link set up1 up
    # Packets that arrive by a real card have finished checksums.
    ip netns exec outside "$CHECKSUMS" up1 off
    config '{"policy": {"default": "allow", "uplinks": ["up0"]}}'
    plugin restart
    network -o uplink=up0 --subnet 10.10.0.0/24 net1
    [ "$DATAPATH" = kernel ] || plugin_logged "ethtool -K DEVICE tx off"
    start_container one net1
    can_ping one 10.10.0.200
    docker rm -f one
    docker network rm net1
    rows Bridge | check_json 'map(.name) == ["br0"]'
    ip link del up0
    ip netns del outside
}

# bats test_tags=long
@test "type=veth is called eth0" {
    network -o bridge=br0 -o type=veth --subnet 10.10.0.0/24 net1
    start_container one net1
    start_container two net1
    in_net one ip -j link | check_json 'any(.ifname == "eth0")'
    can_ping one "$(address_of two net1)"
    docker restart -t 0 one
    can_ping one "$(address_of two net1)"
    docker rm -f one two
    no_ports
}

# bats test_tags=long
@test "a sandbox that is shared" {
    network -o bridge=br0 --subnet 10.10.0.0/24 net1
    start_container one net1
    start_container two net1
    docker run --rm --network container:one busybox \
        ping -c 1 -W 2 "$(address_of two net1)"
    ports_match
}

# bats test_tags=long
@test "stop, start, restart, pause, kill" {
    network -o bridge=br0 --subnet 10.10.0.0/24 net1
    start_container one net1
    start_container two net1
    docker stop -t 0 one
    ports_match
    docker start one
    can_ping two "$(address_of one net1)"
    docker pause one
    ports_match
    docker unpause one
    docker kill one
    wait_until 5 ports_match
    docker start one
    kill -KILL "$(container_pid one)"
    wait_until 5 ports_match
}

# bats test_tags=long
@test "a container that ends at once, and one that cannot start" {
    network -o bridge=br0 --subnet 10.10.0.0/24 net1
    docker run --rm --network net1 busybox true
    no_ports
    cannot_start docker run --rm --network net1 busybox /no/such/program
    wait_until 5 no_ports
    docker run -d --name again --restart on-failure:2 --network net1 \
        busybox false
    # Between two starts it has no port either.
    wait_until 60 gave_up again
    wait_until 5 no_ports
}

@test "what a user sees when it cannot be" {
    run network -o vlna=10 bad
    [ "$status" = 1 ]
    [[ $output = *"unknown key 'vlna': did you mean 'vlan'"* ]]
    network -o bridge=br0 --subnet 10.10.0.0/24 net1
    run docker run --rm --network net1 --mac-address 01:00:00:00:00:01 \
        busybox true
    [ "$status" = 125 ]
    [[ $output = *multicast* ]]
    no_ports
    network -o bridge=br0 --subnet 10.10.0.0/24 net2 || true
    bridge_add theirs
    network -o bridge=theirs --subnet 10.30.0.0/24 gone
    bridge_del theirs
    run docker run --rm --network gone busybox true
    [ "$status" = 125 ]
    [[ $output = *"remove the network and create it again"* ]]
    docker network rm gone
}

# bats test_tags=long
@test "networks that are pruned, and that are made twice" {
    network -o bridge=br0 --subnet 10.10.0.0/24 net1
    network -o bridge=other --subnet 10.11.0.0/24 net2
    run network -o bridge=br0 net1
    [ "$status" = 1 ]
    docker network prune -f
    rows Bridge | check_json 'map(.name) == ["br0"] and
        .[0].external_ids == {}'
}

# Docker moves and raises the device by itself, and knows nothing of it.
# bats test_tags=long
@test "nobody on the link configures a container, but by accept-ra=true" {
    local router device name
    network -o bridge=br0 -o guard=off --ipv6 --subnet 10.10.0.0/24 \
        --subnet fd00:10::/64 net1
    network -o bridge=br0 --subnet 10.20.0.0/24 net4
    network -o bridge=br0 -o accept-ra=true --ipv6 --subnet 10.30.0.0/24 \
        --subnet fd00:30::/64 open
    start_container router net1
    start_container six net1
    # As an image may set it to have IPv6 inside.
    start_container four net4 --sysctl net.ipv6.conf.all.disable_ipv6=0
    start_container listens open
    router=$(device_of router)
    wait_until 5 all_arrived
    wait_until 5 is_advertised router "$router" 2001:db8:2 listens
    advertises router "$router" 2001:db8:2::
    for name in six four; do
        unadvertised "$name" "$(device_of "$name")"
    done
    # What the device had from a router before it was told not to listen.
    plugin stop
    device=$(device_of six)
    in_net six sysctl -qw "net.ipv6.conf.$device.accept_ra=1" \
        "net.ipv6.conf.$device.autoconf=1"
    wait_until 5 is_advertised router "$router" 2001:db8:3 six
    in_net six ip -6 route | grep 'proto ra'
    vsctl set Interface "$device" external_ids:ovsint-undressed=true
    plugin start
    wait_until 5 unadvertised six "$device"
    in_net six ip -j -6 addr show dev "$device" |
        check_json 'any(.[].addr_info[]; .local | startswith("fd00:10:"))'
    can_ping six fd00:10::2
}

all_arrived() {
    docker_rows | check_json '[.[] | select(.external_ids | has("ovsint-spec"))]
        | length == 4 and all(.external_ids["ovsint-arrived"] == "true" and
            (.external_ids | has("ovsint-undressed") | not))'
}
