#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Containers that end, and what the guardian removes of them.

load ../lib/base
load ../lib/plugin
load ../lib/sandbox
load ../lib/guard

setup() { guard_setup; }
teardown() { guard_teardown; }

@test "a container ends and nobody unplugs it" {
    local port
    pair
    port=$(port_of c1)
    kill_sandbox c1
    wait_until 5 gone_port "$port"
    port_of peer
    plugin_logged "removed a port whose container is gone"
}

# bats test_tags=long
@test "a container ends while there is no guardian" {
    local port
    pair
    port=$(port_of c1)
    plugin stop
    kill_sandbox c1
    plugin start
    wait_until 5 gone_port "$port"
}

# bats test_tags=long
@test "a port of an earlier boot" {
    local port
    pair
    port=$(port_of c1)
    plugin stop
    kill_sandbox c1
    vsctl set Interface "$port" external_ids:ovsint-boot=earlier -- \
        set Port "$port" external_ids:ovsint-boot=earlier
    plugin start
    wait_until 5 gone_port "$port"
}

@test "one of two that share a namespace ends" {
    local port
    pair
    pod_member c2 c1
    plug c2 "${ASK[@]}"
    port=$(port_of c1)
    kill_sandbox c1
    looks_again c1
    can_ping c2 10.0.0.100
    not gone_port "$port"
    unplug c1
    delete_container c2
    wait_until 5 gone_port "$port"
    rm "$BUNDLES/c1/pid"
}

@test "an ordinary end is no loss" {
    running c1 10.0.0.1
    delete_container c1
    rests
    no_rows
    not plugin_logged "made a port again"
}

no_device() { ! ip link show dev "$1" >/dev/null 2>&1; }

# A TAP outlives the switch that has made it, so a TAP of that name is enough.
@test "the switch dies with the device on the host, and the container ends" {
    local port
    pair
    port=$(port_of c1)
    vswitchd kill
    if [ "$DATAPATH" = userspace ]; then
        ip tuntap add dev "$port" mode tap
    fi
    kill_sandbox c1
    wait_until 5 gone_port "$port"
    wait_until 15 no_device "$port"
    vswitchd start
}

# bats test_tags=long
@test "the switch leaves a device on the host while there is no guardian" {
    local port=oiabcdefghijklm other=oi-bcdefghijklm
    plugin stop
    ip tuntap add dev "$port" mode tap
    ip tuntap add dev "$other" mode tap
    plugin start
    wait_until 15 no_device "$port"
    not no_device "$other"
    ip link delete dev "$other"
}
