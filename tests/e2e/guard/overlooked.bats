#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# What the switch of the userspace datapath notices late or never: its TAPs are then
# as good as lost, although no row says so.

load ../lib/base
load ../lib/plugin
load ../lib/sandbox

HOLD=$ROOT/build/release/tests/e2e/programs/hold

setup() {
    world_setup
    plugin start --verbose
    sandbox c1
    sandbox peer
    # A guarded port is not repaired while the switch does not answer.
    plug c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24 ovsint.guard=off
    plug peer ovsint.bridge=br0 ovsint.ip=10.0.0.100/24 ovsint.guard=off
    can_ping c1 10.0.0.100
}

teardown() {
    [ -z "${HOLDING_PID-}" ] || kill "$HOLDING_PID" 2>/dev/null || true
    plugin stop
    [ -n "${BATS_TEST_COMPLETED-}" ] || tail -n 20 "$PLUGIN_LOG" >&2
    world_teardown
}

container_pid() { cat "$BUNDLES/$1/pid"; }

iface_of() { row Interface "external_ids:ovsint-container=$1"; } # NAME

is_told() { # NAME, FILTER of the ifindex that the switch tells
    iface_of "$1" | check_json ".ifindex $2"
}

repairs() { # FILTER
    curl -sf --unix-socket "$PLUGIN_SOCKET" -X POST http://x/Ovsint.Ports |
        check_json "(.ports[] | select(.container == \"c1\") | .repairs) $1"
}

# More changes of devices than the switch's socket holds while it does nothing.
overflow() {
    local i
    ip link add noise0 type veth peer name noise1
    for ((i = 0; i < 6000; i++)); do
        echo "link set dev noise0 mtu $((1000 + i % 2))"
    done | ip -batch -
    ip link del noise0
}

# The devices are made anew, and moved while the switch does nothing.
moved_meanwhile() {
    plugin freeze
    vswitchd kill
    vswitchd start
    wait_until 5 is_told c1 '> 0'
    wait_until 5 is_told peer '> 0'
    vswitchd freeze
    plugin thaw
    wait_until 5 repairs '== 1'
}

# ... and it does not hear of it.
moved_unheard() {
    moved_meanwhile
    overflow
    vswitchd thaw
}

@test "the switch loses the news of a move" {
    moved_unheard
    in_net c1 ip addr add 10.0.0.77/24 dev eth0
    wait_until 10 ping_once c1 10.0.0.100
    plugin_logged "made a port again"
    in_net c1 ip -j addr show dev eth0 |
        check_json '[.[0].addr_info[].local] | contains(["10.0.0.77"])'
    plugin_logged "the switch has overlooked that its device was moved"
    wait_until 5 is_told c1 '== 0'
    repairs '== 2'
}

# bats test_tags=long
@test "a device is deleted that the switch takes to be on the host" {
    moved_unheard
    in_net c1 ip link del dev "$(port_of c1)"
    wait_until 15 ping_once c1 10.0.0.100
    plugin_logged "its device was deleted in the container"
}

# The descriptors of a killed process are closed one after the other, and that
# of its pidfile is among the first.
keep_tap() { # DEVICE: for longer than the switch lives
    local fd line
    ovs_alive ovs-vswitchd
    fd=$(grep -l "^iff:.*$1" "/proc/$PID/fdinfo/"*)
    coproc HOLDING { exec "$HOLD" "$PID" "${fd##*/}" 3>&- 4>&-; }
    read -r -t 5 -u "${HOLDING[0]}" line
    [ "$line" = held ]
}

# bats test_tags=long
@test "a killed switch still has its devices when the next one begins" {
    keep_tap "$(port_of c1)"
    vswitchd kill
    vswitchd start
    wait_until 5 plugin_logged "repaired a port port=$(port_of peer)"
    is_told c1 '> 0'
    repairs '== 0'
    kill "$HOLDING_PID"
    wait_until 5 ping_once c1 10.0.0.100
    repairs '== 1'
}

is_unmade() { iface_of "$1" | check_json '.ofport == -1'; } # NAME

# It is down, so nobody hears that it is free at last.
# bats test_tags=long
@test "a killed switch still has a device on the host: the next one does not make the port" {
    plugin freeze
    vswitchd kill
    vswitchd start
    wait_until 5 is_told c1 '> 0'
    keep_tap "$(port_of c1)"
    vswitchd kill
    vswitchd start
    wait_until 5 is_unmade c1
    plugin thaw
    wait_until 10 plugin_logged "the switch could not make a port port=$(port_of c1)"
    is_unmade c1
    kill "$HOLDING_PID"
    wait_until 10 ping_once c1 10.0.0.100
    repairs '== 1'
    rests
}

# A switch that ends removes its pidfile first. Without its datapath the next one
# makes no port, and leaves the rows as they are.
# bats test_tags=long
@test "a switch that ends still has its datapath: the next one makes nothing" {
    keep_tap ovs-netdev
    vswitchd restart
    wait_until 10 plugin_logged "the switch could not make a port port="
    not ping_once c1 10.0.0.100
    kill "$HOLDING_PID"
    wait_until 10 ping_once c1 10.0.0.100
    rests
    repairs '== 1'
}

# The guardian that has removed a row is killed, and so is the switch, which was
# about to delete the device.
# bats test_tags=long
@test "a device without a row, which the switch has not deleted yet" {
    local device=oileftaaaaaaaaa
    vsctl add-port br0 "$device" -- set Interface "$device" type=internal
    plugin restart
    vswitchd freeze
    vsctl --no-wait del-port "$device"
    vswitchd kill
    vswitchd start
    ip link show dev "$device"
    wait_until 20 not ip link show dev "$device"
    wait_until 10 plugin_logged \
        "deleted a device that was left behind device=$device"
}

is_answered() {
    [[ $(neighbour_of c1 10.0.0.100) =~ REACHABLE|STALE|DELAY|PROBE ]]
}

# What a container asks before the switch has noticed the move is not answered,
# and the kernel would not ask again during this test.
@test "what was asked before the switch was ready is asked again" {
    moved_meanwhile
    asks_once c1 ipv4
    not in_net c1 busybox ping -c 1 -W 1 10.0.0.100
    wait_until 5 waits_for c1 10.0.0.100
    vswitchd thaw
    wait_until 10 is_answered
    can_ping c1 10.0.0.100
}

# Docker moves the device first and sets it up last. Whoever looks at the host
# before the move, and into the container after it, sees one on either side.
# bats test_tags=long
@test "Docker moves a device while the guardian looks" {
    local net ep pid port
    net=$(net_id 1)
    ep=$(ep_id 1)
    sandbox c2
    read -r pid < <(container_pid c2)
    create_network "$net" '{"bridge":"br0"}'
    create_endpoint "$net" "$ep" 10.9.0.1/24
    join "$net" "$ep" "/proc/$pid/ns/net"
    port=$(endpoint_port "$ep" | jq -r .name)
    vswitchd freeze
    plugin freeze
    ip link set "$port" netns "$pid"
    ip tuntap add dev "$port" mode tap
    plugin thaw
    wait_until 5 eval 'endpoint_port "$ep" |
        check_json ".external_ids[\"ovsint-arrived\"]"'
    in_net c2 ip -j link | check_json "map(.ifname) == [\"lo\", \"$port\"]"
    ip link del "$port"
    vswitchd thaw
    rests
    not plugin_logged "$port error="
    leave "$net" "$ep"
    delete_endpoint "$net" "$ep"
    delete_network "$net"
}
