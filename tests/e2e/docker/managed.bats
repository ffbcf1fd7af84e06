#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# What `make docker-plugin` makes, as a managed plugin of a Docker of the world.

load ../lib/base
load ../lib/plugin
load ../lib/docker
load ../lib/readme

setup_file() {
    readme_setup
    # As systemd has it: what Docker mounts below /run reaches the plugin.
    mount --make-shared /run
    # runc makes the mount private that a plugin's root is on.
    mkdir /run/docker-data
    mount -t tmpfs data /run/docker-data
    # Where it has the sandboxes by default.
    dockerd start --exec-root /run/docker
    docker_image
    readme managed
}

teardown_file() {
    docker plugin disable --force ovsint
    docker plugin rm ovsint
    dockerd stop
    umount /run/docker-data
}

setup() {
    world_setup
    config '{"policy": {"default": "allow"}}'
}

teardown() {
    docker_remove_all || FAILED=1
    world_teardown
    [ -z "${FAILED-}" ]
}

plugin_process() { pgrep -x ovsint-plugin; }

# Its program has to begin to listen.
site_answers() { [ "$(curl -sS -m 10 http://localhost:8080/hostname)" = site ]; }

managed() { docker network create --driver ovsint:latest "$@"; }

@test "networks of both kinds, published ports, and the guardian" {
    managed -o bridge=br0 -o altname=true --subnet 10.10.0.0/24 net1
    start_container c1 net1
    start_container c2 net1
    can_ping c1 "$(address_of c2 net1)"
    can_ping c2 "$(address_of c1 net1)"
    wait_until 10 in_net c1 ip link show dev eth0
    managed net2
    docker run --detach --name site --hostname site --network net2 \
        --publish 8080:80 busybox httpd -f -h /etc
    wait_until 10 site_answers
    docker_agrees
    vswitchd restart
    wait_until 20 ping_once c1 "$(address_of c2 net1)"
    docker_agrees
}

@test "it has given up what it needs no more, and its root has no shell" {
    local status
    status=/proc/$(plugin_process)/status
    grep -q '^Seccomp:.2$' "$status"
    grep -q '^NoNewPrivs:.1$' "$status"
    not grep -qE '^CapEff:.*(ff){4}' "$status"
    diff - <(cd "$ROOT/build/docker-plugin/rootfs" && find . -type f -path '*bin/*' |
        sort) <<-EOF
	./usr/sbin/ovsint-plugin
	./usr/sbin/start
	EOF
}

@test "a container of the hook's outlives it" {
    bundle h1 ovsint.bridge=br0 ovsint.ip=10.10.0.200/24
    run_container runc h1
    managed -o bridge=br0 --subnet 10.10.0.0/24 net1
    start_container c1 net1
    can_ping c1 10.10.0.200
    docker plugin disable --force ovsint
    docker plugin enable ovsint
    can_ping c1 10.10.0.200
    delete_container h1
}

@test "upgraded while containers run" {
    local old peer
    managed -o bridge=br0 --subnet 10.10.0.0/24 net1
    start_container c1 net1
    start_container c2 net1
    peer=$(address_of c2 net1)
    old=$(plugin_process)
    docker plugin disable --force ovsint
    can_ping c1 "$peer"
    docker plugin rm --force ovsint
    docker plugin create ovsint "$ROOT/build/docker-plugin"
    can_ping c1 "$peer"
    docker plugin enable ovsint
    [ "$(plugin_process)" != "$old" ]
    can_ping c1 "$peer"
    docker restart --time 0 c2
    can_ping c1 "$(address_of c2 net1)"
    start_container c3 net1
    can_ping c3 "$(address_of c1 net1)"
    docker_agrees
}
