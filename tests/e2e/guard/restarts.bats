#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The switch or its database restarts or dies: the guardian gives containers that the hook
# has plugged what they have lost by that, and touches nothing else.

load ../lib/base
load ../lib/plugin
load ../lib/sandbox
load ../lib/guard

setup() { guard_setup; }
teardown() { guard_teardown; }

# bats test_tags=long
@test "ovs-vswitchd restarts in order" {
    pair
    remember
    vswitchd restart
    whole
}

@test "ovs-vswitchd is killed" {
    pair
    remember
    vswitchd kill
    vswitchd start
    whole
}

# bats test_tags=long
@test "ovs-vswitchd takes all devices with it" {
    pair
    remember
    vswitchd clear_away
    vswitchd start
    whole
    plugin_logged "repaired a port"
}

# bats test_tags=long
@test "ovs-vswitchd restarts while there is no guardian" {
    pair
    remember
    plugin stop
    vswitchd restart
    plugin start --verbose
    whole
}

@test "database and switch restart" {
    pair
    remember
    vswitchd stop
    ovsdb restart
    vswitchd start
    whole
}

# bats test_tags=long
@test "a router outside of the prefix is still on the link" {
    local device
    sandbox c1
    sandbox peer
    plug peer ovsint.bridge=br0 ovsint.ip=10.0.0.100/24
    device=$(port_of peer)
    plug c1 ovsint.bridge=br0 ovsint.ip=10.77.0.5/32 \
        ovsint.gateway=10.0.0.100
    wait_until 5 arrived c1
    # The test's own, which no repair brings back.
    in_net peer ip route add 10.77.0.5/32 dev "$device"
    can_ping c1 10.0.0.100
    vswitchd clear_away
    vswitchd start
    wait_until 10 in_net peer ip route replace 10.77.0.5/32 dev "$device"
    can_ping c1 10.0.0.100
}

kept_apart() {
    rows Port protected=true | check_json 'length == 2'
    can_ping c1 10.0.0.100
    can_ping c2 10.0.0.100
    cannot_ping c1 10.0.0.2
}

# bats test_tags=long
@test "isolated ports stay isolated" {
    sandbox c1
    sandbox c2
    sandbox peer
    plug peer ovsint.bridge=br0 ovsint.ip=10.0.0.100/24
    plug c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24 ovsint.isolated-ports=true
    plug c2 ovsint.bridge=br0 ovsint.ip=10.0.0.2/24 ovsint.isolated-ports=true
    wait_until 5 arrived c1
    wait_until 5 arrived c2
    kept_apart
    vswitchd restart
    kept_apart
}

next_cfg_is() { [ "$(vsctl get Open_vSwitch . next_cfg)" -ge "$1" ]; }

# Its numbers are smaller than what the guardian waits for.
@test "an earlier database comes back while the guardian waits for the switch" {
    local port
    pair
    remember
    port=$(port_of c1)
    if [ "$DATAPATH" = kernel ]; then
        # The kernel does not let it, so there is nothing to wait for.
        not deletes_device "$port"
        return
    fi
    vsctl set Open_vSwitch . next_cfg=1000
    vswitchd freeze
    deletes_device "$port"
    wait_until 10 next_cfg_is 1002
    ovsdb stop
    ovsdb-tool transact "$OVS_RUNDIR/conf.db" '["Open_vSwitch",
        {"op":"update","table":"Open_vSwitch","where":[],
         "row":{"next_cfg":0,"cur_cfg":0}}]'
    ovsdb start
    vswitchd thaw
    wait_until 10 plugin_logged "made a port again"
    whole
}

# bats test_tags=long
@test "twelve containers at once" {
    local i
    sandbox peer
    plug peer ovsint.bridge=br0 ovsint.ip=10.0.0.100/24
    for i in {1..12}; do
        sandbox "c$i"
        plug "c$i" ovsint.bridge=br0 "ovsint.ip=10.0.0.$i/24"
    done
    for i in {1..12}; do
        wait_until 5 arrived "c$i"
    done
    vswitchd kill
    vswitchd start
    for i in {1..12}; do
        can_ping "c$i" 10.0.0.100
    done
}

one_device() { # NAME
    in_net "$1" ip -j link | check_json 'map(.ifname) - ["lo"] | length == 1'
}

# bats test_tags=long
@test "a container renames what the switch has left dead" {
    local port
    pair
    remember
    port=$(port_of c1)
    plugin stop
    vswitchd restart
    in_net c1 ip link set dev "$port" down
    in_net c1 ip link set dev "$port" name lan0
    in_net peer ip link set dev "$(port_of peer)" down
    plugin start --verbose
    whole
    wait_until 5 one_device c1
}

laid_aside() { # NAME
    local port
    port=$(port_of "$1")
    in_net "$1" ip link show dev "od${port#oi}" >/dev/null 2>&1
}

# Killed as soon as the dead one has another name: it goes when all has been calm
# for a moment, which a busy machine may let pass first.
killed_in_time() {
    vswitchd kill
    vswitchd start
    wait_until 5 laid_aside c1
    plugin kill
    laid_aside c1
}

# bats test_tags=long
@test "a guardian is killed before it has deleted what the switch left dead" {
    local tries=1 i
    pair
    remember
    if [ "$DATAPATH" = userspace ]; then
        # If many have to be moved, a dead TAP is only renamed.
        for i in {2..9}; do
            sandbox "c$i"
            plug "c$i" ovsint.bridge=br0 "ovsint.ip=10.0.0.$i/24"
        done
        until killed_in_time; do
            [ "$tries" -lt 10 ] || fail "never killed in time"
            tries=$((tries + 1))
            plugin start
            whole
        done
    else # a device of the kernel's does not die
        vswitchd kill
        vswitchd start
        plugin kill
    fi
    plugin start
    whole
    wait_until 5 one_device c1
    wait_until 5 one_device peer
}

@test "the switch is gone with all devices for long: the rows stay" {
    pair
    remember
    vswitchd clear_away
    sleep 1.5 # time: it waits for the switch and does not rest
    port_of c1
    plugin kill
    plugin start --verbose
    sleep 1.5 # time: as before, from the start on
    port_of c1
    vswitchd start
    whole
}

apart() { # PID PID: each in a namespace of its own
    has_own_netns "$1" && [ ! "/proc/$1/ns/net" -ef "/proc/$2/ns/net" ]
}

# bats test_tags=long
@test "a device that the container has moved on is left alone" {
    local port inner
    pair
    port=$(port_of c1)
    nsenter --net="/proc/$(container_pid c1)/ns/net" unshare --net sleep 3600 \
        </dev/null >/dev/null 2>&1 3>&- 4>&- &
    inner=$!
    wait_until 5 apart "$inner" "$(container_pid c1)"
    in_net c1 ip link set dev "$port" netns "$inner"
    plugin restart --verbose
    rests
    [ "$(port_of c1)" = "$port" ]
    nsenter --net="/proc/$inner/ns/net" ip link show dev "$port"
    kill "$inner"
    wait "$inner" || true
}

finishes_checksums() { [ "$(checksums "$1" eth0)" = off ]; }

# Pairs of an ovsint that did not know of it, and of a bridge that was another
# datapath's.
@test "a veth pair that leaves checksums to the switch: on the userspace datapath it is told not to" {
    sandbox c1
    sandbox peer
    plug c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24 ovsint.type=veth
    plug peer ovsint.bridge=br0 ovsint.ip=10.0.0.100/24
    plugin stop
    checksums c1 eth0 on
    plugin start --verbose
    if [ "$DATAPATH" = kernel ]; then
        can_ping c1 10.0.0.100
        [ "$(checksums c1 eth0)" = on ]
        return
    fi
    wait_until 5 finishes_checksums c1
    plugin_logged "repaired a port"
    can_ping c1 10.0.0.100
    # No such datapath here, so the bridge is without one meanwhile.
    vsctl --no-wait set Bridge br0 datapath_type=system
    checksums c1 eth0 on
    vsctl set Bridge br0 datapath_type=netdev
    wait_until 5 finishes_checksums c1
    can_ping c1 10.0.0.100
}

# bats test_tags=long
@test "a repaired device listens to routers as little as before" {
    local router name
    for name in router c1 listens; do sandbox "$name"; done
    plug router ovsint.bridge=br0
    plug c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24,fd00::1/64
    plug listens ovsint.bridge=br0 ovsint.accept-ra=true
    for name in router c1 listens; do wait_until 5 arrived "$name"; done
    vswitchd clear_away
    vswitchd start
    for name in router c1 listens; do
        wait_until 20 in_net "$name" ip link show dev eth0
    done
    router=$(port_of router)
    wait_until 5 is_advertised router "$router" 2001:db8:2 listens
    advertises router "$router" 2001:db8:2::
    unadvertised c1 eth0
}
