#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# What the plugin still can do with the privileges that it has kept. That it
# has given up the others, and that no call was refused to it, is looked at
# whenever plugin.bash starts and ends it.

load ../lib/base
load ../lib/plugin
load ../lib/sandbox

setup() {
    world_setup
    plugin start
    NET=$(net_id 1)
    EP=$(ep_id 1)
}

teardown() {
    chown -R 0:0 "$OVS_RUNDIR"
    chmod 755 "$OVS_RUNDIR"
    ovs_heal
    delete_network "$NET" || FAILED=1
    plugin stop
    world_teardown
}

@test "a database that belongs to another user" {
    plugin stop
    chown -R 65534:65534 "$OVS_RUNDIR"
    chmod 700 "$OVS_RUNDIR"
    plugin start
    create_network "$NET" '{"bridge":"br0"}'
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    delete_endpoint "$NET" "$EP"
}

FILES=landlock_create_ruleset,landlock_add_rule,landlock_restrict_self

# The plugin keeps its process id: the tracer is a grandchild.
traced_plugin() {
    printf '#!/bin/sh\nexec strace -D -v -s 4096 -o %q -e trace=%s %q "$@"\n' \
        "$T/trace" "prctl,seccomp,epoll_create1,io_uring_setup,$FILES" "$PLUGIN" \
        >"$T/traced"
    chmod 755 "$T/traced"
    echo "$T/traced"
}

# Of the plugin's filters only one fails a call with an error of its own.
io_uring_withheld() {
    local first
    wait_until 5 grep -q '^+++ exited' "$T/trace"
    first=$(grep -E 'SECCOMP_RET_ERRNO\|0x26\b|^epoll_create1' "$T/trace" |
        head -n 1)
    # Its number is 425 everywhere.
    [[ $first = *"SECCOMP_RET_ERRNO|0x26"* && $first = *" 0x1a9,"* ]] ||
        fail "the loop is made before: $(cut -c 1-200 "$T/trace")"
}

# libuv asks for one as it makes the loop, from its version 1.45 on.
# bats test_tags=long
@test "no ring of io_uring is to be had when the loop is made" {
    local PLUGIN=$PLUGIN
    PLUGIN=$(traced_plugin)
    "$PLUGIN" --once
    io_uring_withheld
    plugin stop
    plugin start
    plugin stop
    io_uring_withheld
    plugin start
}

# What this kernel handles of that test_confine tries. What the plugin leaves itself:
# the lock of iptables, which stays empty, and the removal of its socket.
@test "no file is written once the plugin serves" {
    local PLUGIN=$PLUGIN
    plugin stop
    PLUGIN=$(traced_plugin)
    plugin start
    plugin stop
    wait_until 5 grep -q '^+++ exited' "$T/trace"
    grep '^landlock_restrict_self(.* = 0$' "$T/trace"
    grep -c '^landlock_add_rule' "$T/trace" | grep -x 2
    grep -m 1 '^landlock_add_rule.*LANDLOCK_ACCESS_FS_MAKE_REG,' "$T/trace"
    grep -m 1 '^landlock_add_rule.*LANDLOCK_ACCESS_FS_REMOVE_FILE,' "$T/trace"
    plugin start
}

has_eth0() { in_net "$1" ip link show dev eth0; }

# The container's processes have capabilities that the plugin lacks.
altname_by_process() { # NAME
    local pid port
    read -r pid <"$BUNDLES/$1/pid"
    create_network "$NET" '{"bridge":"br0","altname":"true"}'
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    join "$NET" "$EP" "/proc/$pid/ns/net"
    port=$(endpoint_port "$EP" | jq -r .name)
    ip link set "$port" netns "$pid"
    wait_until 5 has_eth0 "$1"
    leave "$NET" "$EP"
    wait_until 5 not has_eth0 "$1"
    delete_endpoint "$NET" "$EP"
}

@test "a sandbox that is found by its process" {
    sandbox c1
    altname_by_process c1
}

@test "a sandbox in a user namespace of its own" {
    sandbox c1 --user --map-root-user
    altname_by_process c1
}
