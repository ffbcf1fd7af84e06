#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Docker, many times over: containers by the dozen, in a loop, restarted by
# policy, dead at once, sharing a namespace, in many networks. With MANY=all, as
# `make check-full` has it, the loop starts 200 of them.
# bats file_tags=slow

load ../lib/base
load ../lib/plugin
load ../lib/docker

setup_file() { docker_setup; }

setup() {
    docker_begin
    network -o bridge=br0 --subnet 10.10.0.0/24 net1
}

teardown() { docker_end; }
teardown_file() { docker_teardown_file; }

wait_for_all() { # PID...
    local pid failed=0
    for pid; do wait "$pid" || failed=1; done
    return "$failed"
}

@test "containers by the dozen, at once" {
    local n count pids=() names=()
    count=$(lives 50 16)
    for ((n = 1; n <= count; n++)); do
        docker run --name "many$n" -d --network net1 busybox sleep 3600 \
            >/dev/null &
        pids+=($!) names+=("many$n")
    done
    wait_for_all "${pids[@]}"
    docker_agrees
    [ "$(plugged_endpoints | wc -l)" = "$count" ]
    can_ping many1 "$(address_of "many$count" net1)"
    docker rm -f "${names[@]}"
    no_ports
}

loop() { # NAME COUNT
    local n
    docker create --name "$1" --network net1 busybox true
    for ((n = 0; n < $2; n++)); do
        docker start -a "$1" || return
    done
}

few_descriptors() { [ "$(plugin_number fds)" -le "$1" ]; }

# daemon/steady.bats has thousands without Docker.
lives() { # ALL SOME
    if [ "$DATAPATH" = kernel ]; then many "$1"; else of_all "$@"; fi
}

# bats test_tags=long
@test "many starts and stops leave no port, descriptor or memory" {
    local name fds memory pids=()
    loop zero "$(lives 30 10)"
    fds=$(plugin_number fds) memory=$(plugin_number VmRSS)
    for name in one two three four; do
        loop "$name" "$(lives 50 10)" &
        pids+=($!)
    done
    wait_for_all "${pids[@]}"
    no_ports
    # dockerd keeps two idle connections at most, where it had one.
    wait_until 10 few_descriptors $((fds + 1))
    (($(plugin_number VmRSS) < memory + 512))
}

runs_anew() { # NAME PID
    local pid
    pid=$(container_pid "$1") && [ "$pid" != "$2" ]
}

# bats test_tags=long
@test "restart policies: what comes back comes with its network" {
    local name pid
    start_container one net1 --restart always
    start_container two net1 --restart unless-stopped
    docker run -d --name three --network net1 --restart on-failure:2 \
        busybox sh -c 'exit 3'
    for name in one two; do
        pid=$(container_pid "$name")
        kill -KILL "$pid"
        wait_until 20 runs_anew "$name" "$pid"
        can_ping "$name" "$(address_of "$name" net1)"
    done
    can_ping one "$(address_of two net1)"
    wait_until 20 gave_up three
    docker_agrees
    docker stop -t 0 two
    dockerd stop
    no_ports
    dockerd start
    wait_until 20 container_pid one
    wait_until 20 docker_agrees
    [ "$(plugged_endpoints | wc -l)" = 1 ]
}

# bats test_tags=long
@test "containers that end within 10 ms" {
    local n pids=()
    for ((n = $(many 20); n > 0; n--)); do
        docker run --rm --network net1 busybox true &
        pids+=($!)
    done
    wait_for_all "${pids[@]}"
    no_ports
    none_on_host
}

# If a failed start kept an address, Docker would run out of them.
# bats test_tags=long
@test "an entrypoint that does not exist, or is none" {
    local n
    network -o bridge=br0 --subnet 10.11.0.0/29 small
    cannot_start docker run --name one --network small \
        --entrypoint /no/such busybox
    cannot_start docker run --rm --network small --entrypoint /etc busybox
    for ((n = 0; n < 6; n++)); do not docker start one; done
    wait_until 5 no_ports
    none_on_host
    start_container two small
    start_container three small
    can_ping two "$(address_of three small)"
}

# bats test_tags=long
@test "--network container:X, while X comes and goes" {
    local device
    start_container one net1
    start_container two net1
    docker run -d --name guest --network container:one busybox sleep 3600
    device=$(device_of guest)
    [ "$device" = "$(device_of one)" ]
    can_ping guest "$(address_of two net1)"
    docker_agrees
    docker stop -t 0 one
    in_net guest ip -j link | check_json 'map(.ifname) == ["lo"]'
    docker_agrees
    docker start one
    can_ping one "$(address_of two net1)"
    docker restart -t 0 guest
    can_ping guest "$(address_of two net1)"
    docker rm -f guest
    can_ping one "$(address_of two net1)"
}

devices_are() { # NAME COUNT
    in_net "$1" ip -j link |
        check_json --argjson count "$2" 'length == $count + 1'
}

# bats test_tags=long
@test "one container in 20 networks" {
    local n count
    count=$(many 20)
    for ((n = 1; n <= count; n++)); do
        network -o bridge=br0 -o vlan=$((100 + n)) \
            --subnet "10.20.$n.0/24" "vlan$n"
    done
    docker create --name one --network vlan1 busybox sleep 3600
    for ((n = 2; n <= count; n++)); do
        docker network connect "vlan$n" one
    done
    no_ports
    start_container first vlan1
    start_container last "vlan$count"
    for n in start "restart -t 0"; do
        # shellcheck disable=SC2086
        docker $n one
        devices_are one "$count"
        can_ping one "$(address_of first vlan1)"
        can_ping one "$(address_of last "vlan$count")"
        docker_agrees
    done
    docker network disconnect vlan1 one
    devices_are one $((count - 1))
    docker network connect vlan1 one
    can_ping one "$(address_of first vlan1)"
    docker stop -t 0 one
    docker_agrees
}

# bats test_tags=long
@test "networks of a stopped container change" {
    network -o bridge=br0 -o vlan=20 --subnet 10.20.0.0/24 blue
    start_container one net1
    start_container two blue
    docker stop -t 0 one
    docker network connect --ip 10.20.0.50 blue one
    docker network disconnect net1 one
    no_ports_of one
    docker start one
    devices_are one 1
    [ "$(address_of one blue)" = 10.20.0.50 ]
    can_ping two 10.20.0.50
    docker stop -t 0 one
    docker network connect net1 one
    docker network disconnect blue one
    docker network connect blue one
    docker start one
    devices_are one 2
    can_ping one "$(address_of two blue)"
    docker_agrees
}

# Before its start Docker itself knows of no endpoint.
no_ports_of() {
    [ "$(in_network "$1" blue EndpointID)" = "" ]
    docker_agrees
}

# bats test_tags=long
@test "beside a network of Docker's own" {
    docker network create -d bridge --subnet 10.30.0.0/24 own
    start_container one own
    start_container two net1
    docker network connect net1 one
    can_ping one "$(address_of two net1)"
    in_net one ip -j link | check_json 'any(.ifname == "eth0")'
    docker restart -t 0 one
    can_ping one "$(address_of two net1)"
    docker network disconnect own one
    can_ping one "$(address_of two net1)"
    devices_are one 1
}
