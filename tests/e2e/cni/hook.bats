#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The hook and the CNI plugin meet at one namespace: the runtime has the pod
# plugged by the plugin, then starts the hook for each container, with the same
# annotations.

load ../lib/base
load ../lib/cni
load ../lib/sandbox

setup_file() {
    podman_setup runc
    podman_cni
}

setup() {
    world_setup
    config "$LAN"
    lan=$(conf lan 1.0.0 '.network = "lan"')
}

teardown() {
    rm -f /etc/cni/net.d/*
    world_teardown
}

LAN='{"networks": {"lan": {"bridge": "br0", "vlan": 10, "ip": "auto",
    "subnets": [{"subnet": "10.1.0.0/24", "gateway": "10.1.0.254"}]}}}'

pod() { # NAME NETNS [KEY=VALUE...]: a container in that namespace
    local name=$1 path=/run/netns/$2
    shift 2
    bundle "$name" "$@"
    bundle_edit "$name" '(.linux.namespaces[] | select(.type == "network") |
        .path) = $path' --arg path "$path"
}

@test "the plugin first: the hook leaves its port alone, and makes the others" {
    local before
    netns_add a b
    cni ADD a "$lan"
    cni ADD b "$lan" >"$T/b"
    before=$(rows Interface external_ids:ovsint-container=a |
        jq -ec '.[0].external_ids')
    pod c1 a ovsint.network=lan ovsint.eth1.bridge=br0 \
        ovsint.eth1.ip=10.2.0.1/24
    pod c2 a ovsint.network=lan ovsint.eth1.bridge=br0 \
        ovsint.eth1.ip=10.2.0.1/24
    run_container runc c1
    run_container crun c2
    [ "$(owners)" = "cni/eth0 cni/eth0 hook/eth1" ]
    can_ping c2 "$(jq -r '.ips[0].address | split("/")[0]' <"$T/b")"
    delete_container c1
    delete_container c2
    [ "$(owners)" = "cni/eth0 cni/eth0" ]
    [ "$before" = "$(rows Interface external_ids:ovsint-container=a |
        jq -c '.[0].external_ids')" ]
    cni CHECK a "$lan"
    cni DEL a "$lan"
    cni DEL b "$lan"
    netns_gone a b
}

# bats test_tags=long
@test "what a pod asks of the plugin need not be enough for the hook" {
    local refine
    netns_add a
    config '{"policy": {"bridges": ["br1"], "vlans": "12"}}'
    refine='{"ovsint.vlan": "12", "ovsint.eth1.bridge": "br0"}'
    cni ADD a "$(conf flat 1.0.0 '.bridge = "br0" | .runtimeConfig =
        {"io.kubernetes.cri.pod-annotations": '"$refine}")"
    row Port tag=12 >/dev/null
    pod c1 a ovsint.vlan=12
    run_container runc c1
    [ "$(owners)" = "cni/eth0" ]
    # Of an interface that is its own every mistake is one.
    pod c2 a ovsint.vlan=12 ovsint.eth1.vlna=12
    run run_container runc c2
    [ "$status" != 0 ]
    [[ $output == *"unknown key 'vlna': did you mean 'vlan'?"* ]]
    [ "$(owners)" = "cni/eth0" ]
    delete_container c1
    cni DEL a "$(conf flat 1.0.0 '.bridge = "br0"')"
    netns_gone a
}

@test "the hook first: ADD says whose the interface is, and changes nothing" {
    netns_add a
    pod c1 a ovsint.bridge=br0 ovsint.ip=10.0.0.1/24
    run_container runc c1
    cni_refuses 100 'plugged already, and not by this plugin' ADD a "$lan"
    [ "$(owners)" = "hook/eth0" ]
    # The runtime sends DEL after an ADD that failed.
    cni DEL a "$lan"
    [ "$(owners)" = "hook/eth0" ]
    in_netns a ip -j addr show dev eth0 |
        check_json '.[0].addr_info[0].local == "10.0.0.1"'
    delete_container c1
    cni ADD a "$lan"
    cni DEL a "$lan"
    netns_gone a
}

# bats test_tags=long
@test "each is removed by its own, in any order" {
    netns_add a
    for first in DEL poststop; do
        cni ADD a "$lan"
        pod c1 a ovsint.network=lan ovsint.eth1.bridge=br0
        run_container runc c1
        [ "$(owners)" = "cni/eth0 hook/eth1" ]
        if [ "$first" = DEL ]; then
            cni DEL a "$lan"
            [ "$(owners)" = "hook/eth1" ]
            delete_container c1
        else
            delete_container c1
            [ "$(owners)" = "cni/eth0" ]
            cni DEL a "$lan"
        fi
        prints_nothing owners
    done
    netns_gone a
}

@test "podman 4: a network of the plugin's, and the hook's annotations" {
    list lan '{"type": "ovsint", "network": "lan"}'
    podman run --detach --name p1 --network lan --annotation ovsint.network=lan \
        --annotation ovsint.eth1.bridge=br0 busybox sleep 3600
    podman run --detach --name p2 --network container:p1 \
        --annotation ovsint.vlan=10 --annotation ovsint.eth1.bridge=br0 \
        busybox sleep 3600
    podman run --detach --name p3 --network lan busybox sleep 3600
    [ "$(owners)" = "cni/eth0 cni/eth0 hook/eth1" ]
    can_ping p2 "$(podman inspect p3 |
        jq -r '.[0].NetworkSettings.Networks.lan.IPAddress')"
    podman rm --force --time 0 p2
    podman rm --force --time 0 p1 p3
    wait_until 5 prints_nothing owners
}
