#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The commands for Docker of README.md and docs/how-to/docker.md work as they stand there,
# one after the other, after those under "Install".

load ../lib/base
load ../lib/plugin
load ../lib/docker
load ../lib/readme
load ../lib/systemd
load ../lib/outside

SERVICES="$SERVICES systemd"

setup_file() {
    readme_setup
    # As systemd has it on a host (mount_setup() in its src/shared/mount-setup.c):
    # what Docker mounts is seen in other mount namespaces, too.
    mount --make-shared /run
    systemd_start
    printf '#!/bin/sh\nexec nsenter --target %s --pid --mount --cgroup \\
        /usr/bin/systemctl "$@"\n' "$(init_pid)" >/run/bin/systemctl
    chmod +x /run/bin/systemctl
    docker_start
    readme install
    readme bridge
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

# As packages have it: the plugin runs before the administrator has opened anything.
# bats test_tags=long
@test "a plugin that runs already heeds what the configuration says by now" {
    cp "$ROOT/packaging/ovsint.json" "$CONFIG"
    systemctl enable --now ovsint-plugin.socket ovsint-plugin.service
    run docker network create --driver ovsint -o bridge=br0 lan
    [ "$status" != 0 ]
    [[ $output = *"'br0' is not allowed by the policy"* ]]
    readme open
    readme docker
    output_has '^1 packets transmitted, 1 packets received'
    docker_remove_all
}

# The service has a mount namespace of its own.
# bats test_tags=long
@test "the service repairs sandboxes that came after it, and lets them go" {
    local sandbox other
    readme docker
    docker run --detach --name other --network lan busybox sleep 3600
    sandbox=$(readlink -f "$(api GET containers/web/json |
        jq -r .NetworkSettings.SandboxKey)")
    grep -q " $sandbox " "/proc/$(pgrep -x ovsint-plugin)/mountinfo"
    other=$(address_of other lan)
    at web busybox ping -c 1 -W 2 "$other"
    vswitchd restart
    wait_until 10 at web busybox ping -c 1 -W 1 "$other"
    docker_agrees
    docker rm --force web
    not grep -q " $sandbox " "/proc/$(pgrep -x ovsint-plugin)/mountinfo"
    docker_agrees
    docker_remove_all
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
