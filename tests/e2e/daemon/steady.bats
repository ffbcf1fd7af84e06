#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# What the plugin takes does not depend on how long it has run. The ports are
# dummies of Open vSwitch, which have no device: the kernel would take most of
# the time, and the plugin does the same for both.

load ../lib/base
load ../lib/plugin

setup() {
    world_setup
    vswitchd stop
    ovs_daemon ovs-vswitchd start "unix:$OVS_RUNDIR/db.sock" --enable-dummy
    vsctl add-br steady -- set Bridge steady datapath_type=dummy
    plugin start
    NET=$(net_id 1)
    create_network "$NET" '{"bridge": "steady"}' '{"IPv4Data": [{
        "AddressSpace": "LocalDefault", "Pool": "10.64.0.0/10",
        "Gateway": "10.127.255.254/10"}]}'
}

teardown() {
    delete_network "$NET" || FAILED=1
    plugin stop
    bridge_del steady
    world_teardown
}

live() { # CLIENTS CYCLES FIRST: so many lives of endpoints by each client
    "$ROOT/build/release/tests/bench/cycles" plugin "$PLUGIN_SOCKET" "$NET" \
        "$@" >"$T/cycles"
    [ "$(grep -c '^[0-9]' "$T/cycles")" = $(($1 * $2)) ]
}

# The plugin may still have to close what a client has closed.
descriptors_are() { [ "$(plugin_number fds)" = "$1" ]; }

# What the last ones have taken goes a moment after them.
resident_at_most() { # KIB
    after=$(plugin_number VmRSS)
    [ "$after" -le "$1" ]
}

no_ports() {
    rows Port "external_ids:ovsint-owner=docker" | check_json '. == []'
    prints_nothing vsctl list-ports steady
}

# bats test_tags=long
@test "thousands of endpoints leave no memory and no descriptor behind" {
    local descriptors memory after
    descriptors=$(plugin_number fds)
    live 16 126 1
    wait_until 5 descriptors_are "$descriptors"
    memory=$(plugin_number VmRSS)
    live 16 1128 10001
    wait_until 5 descriptors_are "$descriptors"
    # 18048 objects would be more, of which each takes at least 32 bytes: what the C
    # library has room for in between differs from time to time.
    wait_until 10 resident_at_most $((memory + 512)) ||
        fail "resident: $memory KiB, then $after KiB"
    [ "$after" -le 6144 ]
    no_ports
}
