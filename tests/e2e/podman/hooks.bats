#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# podman finds the hook in hooks.d, and runs poststop itself.

load ../lib/base

setup_file() { podman_setup runc; }

run_podman() { # NAME [OPTION...]
    local name=$1
    shift
    podman run --detach --name "$name" --network none "$@" \
        busybox sleep 3600
}

ours() { rows Interface external_ids:ovsint-owner=hook; }

none_of_ours() { ours | check_json '. == []'; }

@test "an annotation is enough" {
    run_podman p1 --annotation ovsint.bridge=br0 \
        --annotation ovsint.ip=10.0.0.1/24
    bundle c1 ovsint.bridge=br0 ovsint.ip=10.0.0.2/24
    run_container runc c1
    can_ping p1 10.0.0.2
    link p1 eth0 | check_json --arg port "$(port_of p1)" '.ifname == $port'
    podman rm --force --time 0 p1
    port_of c1
    rows Interface "external_ids:container_iface=eth0" |
        check_json 'length == 1'
}

@test "crun" {
    run_podman p1 --annotation ovsint.bridge=br0 --annotation ovsint.vlan=7
    row Port name="$(port_of p1)" | check_json '.tag == 7'
    podman rm --force --time 0 p1
    none_of_ours
}

# bats test_tags=long
@test "no annotation: the hook is not asked" {
    run_podman p1 --label ovsint.bridge=br0
    none_of_ours
    in_net p1 ip -j link | check_json 'map(.ifname) == ["lo"]'
}

@test "restart: plugged again with the same address" {
    run_podman p1 --annotation ovsint.bridge=br0 \
        --annotation ovsint.ip=10.0.0.1/24
    port_of p1
    podman restart --time 0 p1
    ours | check_json 'length == 1'
    in_net p1 ip -j -4 addr show dev eth0 |
        check_json '.[0].addr_info[0].local == "10.0.0.1"'
}

@test "the container ends by itself" {
    podman run --name p1 --network none --annotation ovsint.bridge=br0 \
        busybox ip link show eth0
    wait_until 10 none_of_ours
}

# bats test_tags=long
@test "a pod's members share one vNIC, and the last one takes it along" {
    podman pod create --name pod --network none --infra-image busybox \
        --infra-command "sleep 3600"
    local name
    for name in m1 m2; do
        podman run --detach --pod pod --name "$name" \
            --annotation ovsint.bridge=br0 \
            --annotation ovsint.ip=10.0.0.1/24 busybox sleep 3600
    done
    ours | check_json 'length == 1'
    link m2 eth0 | check_json '.altnames == ["eth0"]'
    podman rm --force --time 0 m1
    ours | check_json 'length == 1'
    link m2 eth0 | check_json '.altnames == ["eth0"]'
    podman rm --force --time 0 m2
    none_of_ours
}

fails_to_start() { # RUNTIME
    ! podman --runtime "$1" run --name bad --network none \
        --annotation ovsint.bridge=br0 --annotation ovsint.ip=10.0.0.9/24 \
        busybox /bin/nonexistent || fail "it has started"
    podman rm --force --time 0 bad
}

# bats test_tags=long
@test "a start that fails: its address is free for the next container" {
    local runtime
    for runtime in runc crun; do
        fails_to_start "$runtime"
        # A container in between gets the number of the namespace that ended.
        podman run --detach --name between --network none busybox sleep 3600
        run_podman p1 --annotation ovsint.bridge=br0 \
            --annotation ovsint.ip=10.0.0.9/24
        ours | check_json 'length == 1'
        podman rm --force --time 0 p1 between
        none_of_ours
    done
    bundle c1 ovsint.bridge=br0 ovsint.ip=10.0.0.9/24
    bundle_edit c1 '.hooks.createRuntime += [{path: "/bin/false"}]'
    not run_container crun c1
    bundle c2 ovsint.bridge=br0 ovsint.ip=10.0.0.9/24
    run_container crun c2
    ours | check_json 'length == 1'
}
