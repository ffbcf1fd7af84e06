#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Docker's networks: ranges, pools and reserved addresses, pruning and removal,
# the options of `docker run` that concern the network.

load ../lib/base
load ../lib/plugin
load ../lib/docker

setup_file() { docker_setup; }
setup() { docker_begin; }
teardown() { docker_end; }
teardown_file() { docker_teardown_file; }

# bats test_tags=long
@test "--ip-range and --aux-address" {
    local name
    network -o bridge=br0 -o guard=off --subnet 10.10.0.0/16 --ip-range 10.10.7.0/30 \
        --gateway 10.10.0.1 --aux-address router=10.10.7.1 ranged
    for name in one two three; do start_container "$name" ranged; done
    for name in one two three; do address_of "$name" ranged; done |
        sort >"$T/addresses"
    diff "$T/addresses" <(printf '10.10.7.%s\n' 0 2 3)
    run start_container four ranged
    [ "$status" = 125 ]
    docker_agrees
    [ "$(default_route_of one)" = 10.10.0.1 ]
    in_net one ip -j -4 addr | check_json \
        '.[] | select(.ifname != "lo") | .addr_info[0].prefixlen == 16'
    in_net one ip addr add 10.10.200.1/16 dev "$(device_of one)"
    can_ping two 10.10.200.1
    docker rm -f two
    docker rm -f four
    start_container five ranged
    can_ping five "$(address_of three ranged)"
}

# bats test_tags=long
@test "two pools: each container has the gateway of its own" {
    network -o bridge=br0 --subnet 10.21.0.0/30 --subnet 10.22.0.0/24 \
        --gateway 10.22.0.254 --aux-address a=10.22.0.1 two-pools
    # Which pool goes first is chance: docker has them in a map.
    start_container one two-pools --ip 10.21.0.2
    start_container two two-pools
    start_container three two-pools --ip 10.22.0.77
    [ "$(address_of one two-pools)" = 10.21.0.2 ]
    [ "$(address_of two two-pools)" = 10.22.0.2 ]
    [ "$(default_route_of one)" = 10.21.0.1 ]
    [ "$(default_route_of two)" = 10.22.0.254 ]
    [ "$(default_route_of three)" = 10.22.0.254 ]
    can_ping two 10.22.0.77
    docker restart -t 0 one
    [ "$(default_route_of one)" = 10.21.0.1 ]
}

# bats test_tags=long
@test "two networks on one bridge and VLAN are one segment" {
    network -o bridge=br0 -o vlan=10 -o guard=off --subnet 10.10.0.0/24 red
    network -o bridge=br0 -o vlan=10 -o guard=off --subnet 10.20.0.0/24 crimson
    start_container one red
    start_container two crimson
    in_net one ip addr add 10.20.0.200/24 dev "$(device_of one)"
    can_ping two 10.20.0.200
    docker rm -f one
    docker network rm red
    in_net two ip addr add 10.10.0.200/24 dev "$(device_of two)"
    start_container three crimson
    can_ping three "$(address_of two crimson)"
}

# bats test_tags=long
@test "network prune leaves what is in use" {
    network used
    network unused
    network -o bridge=br0 --subnet 10.40.0.0/24 also-unused
    start_container one used
    start_container two used
    docker network prune -f >"$T/pruned"
    diff <(grep -x -e '.*used' "$T/pruned" | sort) \
        <(printf '%s\n' also-unused unused)
    can_ping one "$(address_of two used)"
    rows Bridge | check_json 'length == 2'
    docker stop -t 0 one two
    docker network prune -f
    only_br0
    run docker start one
    [ "$status" = 1 ]
    [[ $output = *"not found"* ]]
    no_ports
}

# bats test_tags=long
@test "network rm is refused while endpoints exist" {
    network used
    start_container one used
    run docker network rm used
    [ "$status" = 1 ]
    [[ $output = *"has active endpoints"* ]]
    start_container two used
    can_ping one "$(address_of two used)"
    docker rm -f one two
    docker network rm used
    only_br0
}

# bats test_tags=long
@test "a network is made, removed and made again under its name" {
    local n
    for n in 1 2 3; do
        network -o vlan=$((10 * n)) --subnet 10.10.0.0/24 again
        start_container one again
        docker_rows | check_json 'any(.external_ids["ovsint-endpoint"])'
        rows Port tag=$((10 * n)) | check_json 'length == 1'
        docker rm -f one
        docker network rm again
        only_br0
    done
}

# bats test_tags=long
@test "what docker run can say of a network besides" {
    network -o bridge=br0 --subnet 10.10.0.0/24 net1
    docker run -d --name one --hostname first --network net1 --init \
        --read-only --network-alias web --link-local-ip 169.254.7.7 \
        --sysctl net.ipv4.ip_forward=0 -p 8080:80 --expose 81 \
        --label a=b busybox sleep 3600
    docker run -d --name two --network net1 --cap-add NET_ADMIN --dns 192.0.2.1 \
        --add-host one:10.10.0.2 busybox sleep 3600
    can_ping two "$(address_of one net1)"
    in_net one ip -j -4 addr | check_json 'any(.[].addr_info[];
        .local == "169.254.7.7")'
    [ "$(in_net one cat /proc/sys/net/ipv4/ip_forward)" = 0 ]
    docker exec two ping -c 1 -W 2 one
    # The alias is Docker's own DNS, which needs nftables in the container; the
    # guest's kernel has none.
    if [ "$DATAPATH" != kernel ]; then
        docker exec two nslookup web 127.0.0.11 >"$T/dns" || cat "$T/dns"
        grep -q "$(address_of one net1)" "$T/dns"
    fi
    docker exec one kill -TERM -1 || true
    wait_until 10 ports_match
}
