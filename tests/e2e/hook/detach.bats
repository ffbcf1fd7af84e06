#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Unplugging with as little as the runtimes may give: no pid, no environment,
# no bundle, no namespace; once, twice, or for a container nobody knows.

load ../lib/base

# A container whose runtime will not call poststop for us.
plugged() { # NAME RUNTIME
    bundle "$1" ovsint.bridge=br0 ovsint.ip=10.0.0.1/24
    bundle_edit "$1" 'del(.hooks.poststop)'
    run_container "$2" "$1"
    port_of "$1"
}

no_port_of() {
    rows Interface "external_ids:ovsint-container=$1" | check_json '. == []'
    rows Port "external_ids:ovsint-container=$1" | check_json '. == []'
}

poststop() { # STATE [ARGUMENT...]
    local state=$1
    shift
    run env -i "$HOOK" "$@" <<<"$state"
    echo "status $status: $output"
    [ "$status" = 0 ] && [ "$output" = "" ]
}

@test "runc's poststop: no pid, empty environment, bundle gone; twice" {
    local state='{"ociVersion": "1.0.2-dev", "id": "c1", "status": "stopped",
        "bundle": "/run/bundles/c1", "annotations": {"ovsint.bridge": "br0"}}'
    plugged c1 runc
    delete_container c1
    rm -r "$BUNDLES/c1"
    cd /
    poststop "$state" poststop
    no_port_of c1
    poststop "$state" poststop
    not grep . "$SYSLOG"
}

@test "crun's poststop: pid 0, no stage argument" {
    local state='{"ociVersion": "1.0", "id": "c1", "pid": 0,
        "status": "stopped", "root": "/run/rootfs", "bundle": "/nowhere"}'
    plugged c1 crun
    delete_container c1
    poststop "$state"
    no_port_of c1
    poststop "$state"
}

# bats test_tags=long
@test "a container that nobody knows" {
    poststop '{"ociVersion": "1.0.2", "id": "stranger", "status": "stopped",
        "annotations": {"ovsint.bridge": "br0"}}' poststop
    not grep . "$SYSLOG"
}

@test "a container without our annotations" {
    poststop '{"ociVersion": "1.0.2", "id": "stranger", "status": "stopped"}'
}

empty_environment() { # RUNTIME
    bundle c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24
    bundle_edit c1 '.hooks |= map_values(map(.env = []))'
    run_container "$1" c1
    port_of c1
    delete_container c1
    no_port_of c1
}

@test "runc: hooks with an empty environment" {
    empty_environment runc
}

# bats test_tags=long
@test "crun: hooks with an empty environment" {
    empty_environment crun
}

# bats test_tags=long
@test "the container's process was killed before" {
    bundle c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24
    run_container runc c1
    kill -KILL "$(container_pid c1)"
    wait_until 5 not test -e "/proc/$(container_pid c1)"
    delete_container c1
    no_port_of c1
}

@test "only this container's ports go" {
    bundle c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24 ovsint.eth1.bridge=br0
    bundle c11 ovsint.bridge=br0 ovsint.ip=10.0.0.2/24
    run_container runc c1
    run_container runc c11
    # The key is ours, the owner is not.
    vsctl add-port br0 other -- set Interface other \
        type=internal external_ids:ovsint-container=other
    delete_container c1
    no_port_of c1
    port_of c11
    row Interface name=other
    vsctl del-port other
    link c11 eth0 | check_json '.altnames == ["eth0"]'
}
