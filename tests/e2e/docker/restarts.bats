#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# dockerd or the plugin restart or die, in between and in the middle of a
# container's start and stop. Containers keep their network, Docker and the
# switch agree in the end.

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

# bats test_tags=long
@test "the plugin restarts and dies between all steps" {
    start_container one net1
    plugin restart
    start_container two net1
    plugin kill
    plugin start
    can_ping one "$(address_of two net1)"
    docker stop -t 0 one
    plugin restart
    docker start one
    plugin kill
    can_ping two "$(address_of one net1)"
    plugin start
    docker rm -f one two
    no_ports
    plugin restart
    docker network rm net1
    row Bridge name=br0 | check_json '.external_ids == {}'
}

# bats test_tags=long
@test "the plugin dies in Join: the start fails, the next one works" {
    vswitchd freeze
    docker run -d --name one --network net1 busybox sleep 3600 \
        >"$T/run" 2>&1 &
    local run=$!
    wait_until 10 join_waits
    plugin kill
    plugin start
    vswitchd thaw
    not wait "$run"
    wait_until 10 no_ports
    docker start one
    ports_match
}

docker_tries_again() {
    grep -q "Unable to connect to plugin: .*, retrying in" "$DOCKERD_LOG"
}

# bats test_tags=long
@test "the plugin is away for a moment while a container starts" {
    plugin stop
    : >"$DOCKERD_LOG"
    docker run -d --name one --network net1 busybox sleep 3600 \
        >"$T/run" 2>&1 &
    local run=$!
    wait_until 10 docker_tries_again
    plugin start
    wait "$run"
    ports_match
}

# bats test_tags=long
@test "the plugin is away for a moment while a container stops" {
    start_container one net1
    plugin stop
    : >"$DOCKERD_LOG"
    docker stop -t 0 one &
    local stop=$!
    wait_until 10 docker_tries_again
    plugin start
    wait "$stop"
    wait_until 5 no_ports
}

@test "dockerd restarts" {
    start_container one net1
    dockerd stop
    no_ports
    dockerd start
    docker start one
    start_container two net1
    ports_match
    can_ping one "$(address_of two net1)"
}

# bats test_tags=long
@test "dockerd dies: its lost endpoint makes room for the new one" {
    start_container one net1
    dockerd kill
    dockerd start
    docker start one
    start_container two net1
    can_ping one "$(address_of two net1)"
    ports_match
}

# bats test_tags=long
@test "dockerd dies with live-restore: the container keeps its network" {
    local pid
    dockerd stop
    dockerd start --live-restore
    start_container one net1
    start_container two net1
    pid=$(container_pid one)
    dockerd kill
    nsenter --net="/proc/$pid/ns/net" busybox ping -c 1 -W 2 10.10.0.3
    plugin restart
    dockerd start --live-restore
    can_ping one "$(address_of two net1)"
    ports_match
    docker rm -f one two
    no_ports
    dockerd stop
    dockerd start
}

# bats test_tags=long
@test "the database is away while a container stops" {
    start_container one net1
    ovsdb stop
    docker stop -t 0 one
    ovsdb start
    wait_until 15 no_ports
}

# bats test_tags=long
@test "the database is away while a container starts" {
    ovsdb stop
    run docker run --rm --network net1 busybox true
    [ "$status" = 125 ]
    [[ $output = *"is ovsdb-server running"* ]]
    ovsdb start
    wait_until 15 docker run --rm --network net1 busybox true
    no_ports
}
