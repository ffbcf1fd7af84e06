#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Docker 28: the namespace is there before Join, devices are moved at once, and
# numbers of names are used again. It runs from a tree of its own.

load ../lib/base
load ../lib/plugin
load ../lib/docker
load ../lib/device

setup_file() {
    newer_docker
    docker_setup
}

setup() {
    docker_begin
    network -o bridge=br0 --subnet 10.10.0.0/24 net1
}

teardown() { docker_end; }
teardown_file() { docker_teardown_file; }

# The name that the switch has for each device in a container.
names_agree() { # NAME
    in_net "$1" ip -j link | check_json --argjson rows "$(docker_rows)" '
        ($rows | map(.name)) as $ports | map(.ifname) - ["lo"] |
        length > 0 and all(IN($ports[]))'
}

@test "it is a newer Docker" {
    api GET version | check_json '.Version | split(".")[0] | tonumber >= 28'
    docker version --format '{{.Client.Version}}' | grep -E '^(2[89]|[3-9])'
}

# bats test_tags=long
@test "create, run, ping, stop, start, restart, remove" {
    docker create --name one --network net1 busybox sleep 3600
    no_ports
    docker start one
    start_container two net1
    can_ping one "$(address_of two net1)"
    names_agree one
    docker stop -t 0 one
    docker_agrees
    docker start one
    can_ping two "$(address_of one net1)"
    docker restart -t 0 one two
    can_ping two "$(address_of one net1)"
    names_agree one
    docker rm -f one two
    no_ports
    docker network rm net1
    row Bridge name=br0 | check_json '.external_ids == {}'
}

off_without_ipv6() { # NAME
    local d
    d=$(device_of "$1") &&
        [ "$(in_net "$1" sysctl -n "net.ipv6.conf.$d.disable_ipv6")" = 1 ] &&
        in_net "$1" ip -j -6 addr show dev "$d" |
        check_json 'all(.addr_info // [] | length == 0)'
}

# bats test_tags=long
@test "a repaired device is as it was, and IPv6 off where Docker has it off" {
    local d
    start_container one net1
    start_container two net1
    d=$(device_of one)
    off_without_ipv6 one
    adorn one "$d"
    wait_until 5 detected one
    all_of one >"$T/was"
    vswitchd restart
    can_ping two "$(address_of one net1)"
    wait_until 5 same_as one "$T/was"
    # Nothing is left that could tell.
    in_net two ip link del dev "$(device_of two)"
    wait_until 10 off_without_ipv6 two
    can_ping two "$(address_of one net1)"
}

# bats test_tags=long
@test "an unrelated port: containers keep their network" {
    start_container one net1
    start_container two net1
    can_ping one "$(address_of two net1)"
    vsctl add-port br0 unrelated -- set Interface unrelated type=internal
    vsctl del-port unrelated
    can_ping one "$(address_of two net1)"
    wait_until 5 eval "docker_rows | check_json 'all(.ifindex == 0)'"
    names_agree one
}

# bats test_tags=long
@test "connect, disconnect, reconnect: no number but 0 is ever used" {
    local n
    network -o bridge=br0 -o vlan=20 --subnet 10.20.0.0/24 blue
    start_container one net1
    start_container two blue
    for n in 1 2 3; do
        docker network connect blue one
        can_ping one "$(address_of two blue)"
        names_agree one
        docker network disconnect blue one
        docker_agrees
    done
    docker network disconnect net1 one
    docker network connect blue one
    docker network connect net1 one
    can_ping one "$(address_of two blue)"
    names_agree one
}

sandbox_of() {
    docker_rows | jq -r \
        'map(.external_ids["ovsint-netns"] | select(.)) | unique[]'
}

@test "the sandbox that Join names is the container's namespace" {
    start_container one net1
    [ "$(sandbox_of)" -ef "/proc/$(container_pid one)/ns/net" ]
}

# bats test_tags=long
@test "an altname is there before the first instruction" {
    network -o bridge=br0 -o altname=true --subnet 10.20.0.0/24 named
    docker run --rm --network named busybox ifconfig eth0
    start_container one named
    in_net one ip -j link show dev eth0 | check_json \
        '.[0].altnames == ["eth0"]'
    docker restart -t 0 one
    in_net one ip -j link show dev eth0 | check_json '.[0].ifname != "eth0"'
    docker network disconnect named one
    docker network connect named one
    in_net one ip -j link show dev eth0 | check_json '.[0].ifname != "eth0"'
}

# bats test_tags=long
@test "type=veth is called eth0, again after a reconnection" {
    network -o bridge=br0 -o type=veth --subnet 10.20.0.0/24 pairs
    start_container one pairs
    start_container two pairs
    [ "$(device_of one)" = eth0 ]
    docker network disconnect pairs one
    docker network connect pairs one
    [ "$(device_of one)" = eth0 ]
    can_ping one "$(address_of two pairs)"
}

IFNAME=com.docker.network.endpoint.ifname

@test "the name that Docker was told: an altname, or the name of a pair's end" {
    network -o bridge=br0 -o type=veth -o vlan=20 --subnet 10.20.0.0/24 pairs
    docker run -d --name one --network "name=net1,driver-opt=$IFNAME=foo0" \
        --network "name=pairs,driver-opt=$IFNAME=bar0" busybox sleep 3600
    in_net one ip -j link show dev foo0 | check_json \
        '.[0].altnames == ["foo0"]'
    in_net one ip -j link show dev bar0 | check_json '.[0].ifname == "bar0"'
    docker restart -t 0 one
    in_net one ip -j link show dev foo0 | check_json \
        '.[0].altnames == ["foo0"]'
    in_net one ip -j link show dev bar0 | check_json '.[0].ifname == "bar0"'
    start_container two net1
    can_ping two "$(address_of one net1)"
    docker network connect --driver-opt "$IFNAME=foo0" pairs two
    in_net two ip -j link show dev foo0 | check_json '.[0].ifname == "foo0"'
    docker network disconnect pairs two
    run docker network connect --driver-opt "$IFNAME=foo1" pairs two
    [ "$status" != 0 ]
    [[ $output = *"choose a name that ends in 0, or type=internal"* ]] ||
        fail "$output"
    docker rm -f one two
    run docker run -d --name one \
        --network "name=net1,driver-opt=$IFNAME=foo0" \
        --network "name=pairs,driver-opt=$IFNAME=foo0" busybox sleep 3600
    [ "$status" != 0 ]
    [[ $output = *"has an interface foo0 already"* ]] || fail "$output"
    docker rm -f one
    run docker run -d --name one \
        --network "name=net1,driver-opt=$IFNAME=lo" busybox sleep 3600
    [[ $status != 0 && $output = *"is the loopback device, choose another name"* ]] ||
        fail "$output"
    docker rm -f one
}

# bats test_tags=long
@test "two networks at the start: MAC addresses and --gw-priority" {
    network -o bridge=br0 -o vlan=20 --subnet 10.20.0.0/24 blue
    docker run -d --name one \
        --network name=net1,mac-address=02:11:22:33:44:55,gw-priority=1 \
        --network name=blue,mac-address=02:11:22:33:44:66,ip=10.20.0.77 \
        busybox sleep 3600
    in_net one ip -j link | check_json '([.[].address] |
        contains(["02:11:22:33:44:55", "02:11:22:33:44:66"]))'
    [ "$(default_route_of one)" = 10.10.0.1 ]
    start_container two blue
    can_ping two 10.20.0.77
    docker network disconnect net1 one
    [ "$(default_route_of one)" = 10.20.0.1 ]
    docker network connect --gw-priority 2 net1 one
    [ "$(default_route_of one)" = 10.10.0.1 ]
    docker_agrees
}

# bats test_tags=long
@test "IPv6 alone" {
    network --ipv4=false --ipv6 -o bridge=br0 --subnet fd00:10::/64 six
    start_container one six
    start_container two six
    in_net one ip -j -4 addr | check_json 'map(select(.ifname != "lo")) == []'
    can_ping one "$(in_network two six GlobalIPv6Address)"
    docker restart -t 0 one
    can_ping one "$(in_network two six GlobalIPv6Address)"
}

# bats test_tags=long
@test "no address is kept for a gateway that there is not" {
    network isolated -o mode=isolated --subnet 10.20.0.0/24
    start_container one isolated
    [ "$(address_of one isolated)" = 10.20.0.1 ]
}

# bats test_tags=long
@test "a program that ends at once, and one that does not exist" {
    docker run --rm --network net1 busybox true
    cannot_start docker run --rm --network net1 busybox /no/such/program
    wait_until 5 docker_agrees
    docker run -d --name one --network net1 --restart on-failure:2 busybox false
    wait_until 20 gave_up one
}

# bats test_tags=long
@test "dockerd dies, with and without live-restore" {
    local address
    start_container one net1
    dockerd kill
    dockerd start
    docker start one
    docker_agrees
    dockerd stop
    dockerd start --live-restore
    docker start one
    start_container two net1
    address=$(address_of two net1)
    dockerd kill
    plugin restart
    dockerd start --live-restore
    can_ping one "$address"
    docker_agrees
    docker rm -f one two
    no_ports
    dockerd stop
    dockerd start
}

# bats test_tags=long
@test "the plugin dies in Join" {
    local run
    vswitchd freeze
    docker run -d --name one --network net1 busybox sleep 3600 \
        >"$T/run" 2>&1 &
    run=$!
    wait_until 10 join_waits
    plugin kill
    vswitchd thaw
    plugin start
    not wait "$run"
    wait_until 10 no_ports
    docker start one
    docker_agrees
}


# bats test_tags=long
@test "nobody on the link configures a container, but by accept-ra=true" {
    local router
    network -o bridge=br0 -o guard=off --ipv6 --subnet 10.40.0.0/24 \
        --subnet fd00:40::/64 six
    network -o bridge=br0 -o accept-ra=true --ipv6 --subnet 10.30.0.0/24 \
        --subnet fd00:30::/64 open
    start_container router six
    start_container one six
    start_container listens open
    router=$(device_of router)
    wait_until 5 none_to_set_up
    wait_until 5 is_advertised router "$router" 2001:db8:2 listens
    advertises router "$router" 2001:db8:2::
    unadvertised one "$(device_of one)"
}

none_to_set_up() {
    docker_rows | check_json 'all(.external_ids | has("ovsint-undressed") | not)'
}
