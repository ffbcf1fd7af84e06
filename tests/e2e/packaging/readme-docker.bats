#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# README.md's commands for Docker work as they stand there, one after the other,
# after those under "Install".

load ../lib/base
load ../lib/plugin
load ../lib/docker
load ../lib/readme
load ../lib/systemd
load ../lib/outside

SERVICES="$SERVICES systemd"

setup_file() {
    readme_setup
    systemd_start
    printf '#!/bin/sh\nexec nsenter --target %s --pid --mount --cgroup \\
        /usr/bin/systemctl "$@"\n' "$(init_pid)" >/run/bin/systemctl
    chmod +x /run/bin/systemctl
    docker_start
    readme install
    outside_make
}

teardown_file() {
    dockerd stop
    systemd_stop
}

setup() {
    world_setup
    PATH=/run/bin:$PATH
    cp "$ROOT/packaging/ovsint.json" "$CONFIG"
    readme open
}

teardown() {
    docker_remove_all || FAILED=1
    systemctl disable --now ovsint-plugin.service ovsint-plugin.socket ||
        FAILED=1
    world_teardown
    [ -z "${FAILED-}" ]
}

# A switch in the street: its port `router` is an access port of VLAN 10, the
# other end of eth1 a trunk.
street() {
    bridge_add street
    ip link add eth1 type veth peer name cable
    ip link set cable up
    ip netns add router
    vsctl add-port street cable -- add-port street router tag=10 -- \
        set Interface router type=internal
    wait_until 5 ip link show dev router
    ip link set router netns router
    ip -n router addr add 192.0.2.1/24 dev router
    ip -n router link set router up
}

street_del() {
    bridge_del street
    ip netns del router
    ip link del eth1
}

@test "containers on a network, reached by the world, on a VLAN of the outside" {
    readme docker
    output_has '^1 packets transmitted, 1 packets received'
    docker_agrees
    readme nat
    output_has '^site$'
    [ "$(at outside curl -sS "http://$HOST4:8080/hostname")" = site ]
    at site busybox ping -c 1 -W 2 "$FAR4"
    docker_agrees
    street
    # The end of a pair is no card.
    config '{"policy": {"default": "allow", "uplinks": ["eth1"]}}'
    systemctl restart ovsint-plugin.service
    readme uplink
    output_has '^1 packets transmitted, 1 packets received'
    docker_remove_all
    street_del
}
