#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The guardian keeps ports that the command has attached, and removes them when
# their container ends. Containers of Docker and of containerd.

load ../lib/base
load ../lib/plugin
load ../lib/docker
load ../lib/cli

CONTAINERD_LOG=$OVS_LOGDIR/containerd.log

setup_file() {
    docker_setup
    containerd --root /run/containerd-root >"$CONTAINERD_LOG" 2>&1 \
        </dev/null 3>&- 4>&- &
    echo $! >/run/containerd.pid
    wait_until 20 ctr version >/dev/null
}
setup() { docker_begin; }
teardown() { docker_end; }
teardown_file() {
    kill "$(cat /run/containerd.pid)"
    docker_teardown_file
}

@test "a container of Docker: attached beside its network, repaired, gone" {
    network -o bridge=br0 --subnet 10.10.0.0/24 net1
    start_container one net1
    docker run -d --name two --network none busybox sleep 3600
    ovsint attach one eth1 bridge=br0 vlan=7 ip=10.0.0.1/24
    ovsint attach two bridge=br0 vlan=7 ip=10.0.0.2/24 --verify 10.0.0.1
    reaches "/proc/$(container_pid two)/ns/net" 10.0.0.1
    # The userspace datapath loses its devices, the guardian puts them back.
    vswitchd restart
    rests
    reaches "/proc/$(container_pid two)/ns/net" 10.0.0.1
    reaches "/proc/$(container_pid one)/ns/net" 10.0.0.2
    ports | check_json '[.ports[] | select(.owner == "cli") | .state] ==
        ["in its container", "in its container"]'
    docker rm -f one >/dev/null
    wait_until 10 eval 'of_cli | check_json "length == 1"'
    # It comes again without: that port has gone with its namespace.
    docker restart --time 0 two
    wait_until 10 none_of_cli
    docker rm -f two
    docker network rm net1
}

# bats test_tags=long
@test "a container of containerd" {
    ctr run --detach --rootfs "$ROOTFS" c1 \
        /bin/sleep 3600 </dev/null 3>&- 4>&-
    netns_add blue
    ovsint attach /run/netns/blue bridge=br0 ip=10.0.0.1/24
    ovsint attach c1 bridge=br0 ip=10.0.0.2/24 --verify 10.0.0.1 --json |
        check_json '.verify.answers and .target.runtime == "containerd"'
    ctr task kill --signal KILL c1
    wait_until 10 eval 'of_cli | check_json "length == 1"'
    wait_until 5 ctr container delete c1
    netns_gone blue
    wait_until 10 none_of_cli
}
