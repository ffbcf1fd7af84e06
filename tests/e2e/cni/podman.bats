#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# podman 4 with its CNI backend, and chains with the reference plugins: real
# libcni, real configuration lists.

load ../lib/base
load ../lib/cni

setup_file() {
    podman_setup runc
    podman_cni
    sed -i '/^hooks_dir/d' /etc/containers/containers.conf
}

setup() {
    world_setup
    config '{"networks": {"lan": {"bridge": "br0", "vlan": 10, "ip": "auto",
        "subnets": [{"subnet": "10.1.0.0/24", "gateway": "10.1.0.254"}],
        "refine": ["ip", "mac"]}}}'
}

teardown() {
    rm -f /etc/cni/net.d/*
    world_teardown
}

LAN='{"type": "ovsint", "network": "lan",
    "capabilities": {"ips": true, "mac": true}}'

@test "containers of a network reach one another, and leave nothing" {
    list lan "$LAN"
    podman run --detach --name p1 --network lan busybox sleep 3600
    podman run --detach --name p2 --network lan --ip 10.1.0.77 \
        --mac-address 02:00:00:00:00:07 busybox sleep 3600
    can_ping p1 10.1.0.77
    link p2 eth0 | check_json '.address == "02:00:00:00:00:07"'
    podman inspect p2 | check_json '.[0].NetworkSettings.Networks.lan |
        .IPAddress == "10.1.0.77" and .MacAddress == "02:00:00:00:00:07" and
        .Gateway == "10.1.0.254"'
    podman restart --time 0 p2
    can_ping p1 10.1.0.77
    podman kill p1
    podman rm --force --time 0 p1 p2
    wait_until 5 prints_nothing holds
}

@test "what is wrong is what podman says, and nothing stays" {
    list lan '{"type": "ovsint", "network": "lna"}'
    run podman run --name p1 --network lan busybox true
    [ "$status" != 0 ]
    [[ $output == *"no network 'lna' in the configuration: did you mean 'lan'?"* ]]
    podman rm --force --time 0 p1
    prints_nothing holds
}

# bats test_tags=long
@test "a pair in a chain: tuning by its name, portmap" {
    list lan '{"type": "ovsint", "network": "lan", "vnic": "veth"}' \
        '{"type": "tuning", "mtu": 1380,
            "sysctl": {"net.ipv4.conf.eth0.arp_notify": "1"}}' \
        '{"type": "portmap", "capabilities": {"portMappings": true}}'
    podman run --detach --name p1 --network lan --publish 8080:80 busybox \
        sleep 3600
    link p1 eth0 | check_json '.mtu == 1380 and .ifname == "eth0"'

    [ "$(exec_in p1 cat /proc/sys/net/ipv4/conf/eth0/arp_notify)" = 1 ]
    podman rm --force --time 0 p1
    wait_until 5 prints_nothing holds
    # The chains of portmap stay, as after any container of its.
    nft flush ruleset
}
