#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The guardian and ports that the hook has made: what is lost comes back, what
# is dead goes, and what is neither is left alone.

load ../lib/base
load ../lib/plugin
load ../lib/sandbox

ASK=(ovsint.bridge=br0 ovsint.ip=10.0.0.1/24 ovsint.gateway=10.0.0.254
    ovsint.routes="10.7.0.0/16 via 10.0.0.253" ovsint.mtu=1400
    ovsint.rate=100000)

setup() {
    world_setup
    plugin start --verbose
}

teardown() {
    plugin stop
    [ -n "${BATS_TEST_COMPLETED-}" ] || tail -n 20 "$PLUGIN_LOG" >&2
    world_teardown
}

# No Docker here, whose containers plugin.bash looks for.
container_pid() { cat "$BUNDLES/$1/pid"; }

plugged_pair() {
    sandbox c1
    sandbox peer
    plug c1 "${ASK[@]}"
    plug peer ovsint.bridge=br0 ovsint.ip=10.0.0.100/24
    can_ping c1 10.0.0.100
}

pair() {
    plugged_pair
    wait_until 5 arrived c1
    wait_until 5 arrived peer
}

arrived() { # NAME
    row Interface "external_ids:ovsint-container=$1" |
        check_json '.external_ids["ovsint-arrived"] == "true"'
}

# All that a program in the container can see of its network.
network_of() { # NAME
    {
        in_net "$1" ip -j -d link show dev eth0 |
            jq '.[0] | {ifname, address, mtu, altnames, flags}'
        in_net "$1" ip -j addr show dev eth0 |
            jq '.[0].addr_info | map({local, prefixlen, scope})
                | map(select(.scope == "global"))'
        in_net "$1" ip -j route | jq 'map({dst, gateway, dev})
            | sort_by(.dst)'
        in_net "$1" tc -j qdisc show dev eth0 |
            jq 'map(select(.root)) | map({kind, options: .options.rate})'
    } | jq -cs .
}

same_network() { # NAME FILE
    [ "$(network_of "$1")" = "$(cat "$2")" ] ||
        fail "was: $(cat "$2")" "is: $(network_of "$1")"
}

# The containers are as they were, and stay so when anything else changes.
whole() {
    can_ping c1 10.0.0.100
    can_ping peer 10.0.0.1
    wait_until 5 same_network c1 "$T/c1"
    vsctl add-port br0 other -- set Interface other type=internal
    can_ping c1 10.0.0.100
    vsctl del-port other
    can_ping c1 10.0.0.100
}

remember() {
    network_of c1 >"$T/c1"
}

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

@test "ovs-vswitchd takes all devices with it" {
    pair
    remember
    vswitchd clear_away
    vswitchd start
    whole
    plugin_logged "repaired a port"
}

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

gone_port() { [ -z "$(vsctl --bare --columns=name find Interface "name=$1")" ]; }

@test "a container ends and nobody unplugs it" {
    local port
    pair
    port=$(port_of c1)
    kill_sandbox c1
    wait_until 5 gone_port "$port"
    port_of peer
    plugin_logged "removed a port whose container is gone"
}

@test "a container ends while there is no guardian" {
    local port
    pair
    port=$(port_of c1)
    plugin stop
    kill_sandbox c1
    plugin start
    wait_until 5 gone_port "$port"
}

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

@test "the container renames its device" {
    local port
    pair
    port=$(port_of c1)
    remember
    in_net c1 ip link set dev "$port" down
    in_net c1 ip link set dev "$port" name lan0
    # The guardian may have been faster.
    in_net c1 ip link set dev lan0 up || true
    wait_until 5 in_net c1 ip link show dev "$port"
    whole
    plugin_logged "was renamed in the container"
}

@test "the container renames its device before any guardian has seen it" {
    local port
    plugin stop
    plugged_pair
    port=$(port_of c1)
    remember
    in_net c1 ip link set dev "$port" down
    in_net c1 ip link set dev "$port" name lan0
    plugin start
    whole
    wait_until 5 arrived c1
}

deletes_device() { in_net c1 ip link del dev "$1"; }

@test "the container deletes its device" {
    local port
    pair
    port=$(port_of c1)
    remember
    if [ "$DATAPATH" = kernel ]; then
        # The kernel does not let it.
        not deletes_device "$port"
        whole
        return
    fi
    deletes_device "$port"
    wait_until 5 same_network c1 "$T/c1"
    whole
    plugin_logged "its device was deleted in the container"
}

@test "what a container does to its network is its own business" {
    pair
    in_net c1 ip addr add 10.0.0.77/24 dev eth0
    in_net c1 ip route del default
    looks_again c1
    in_net c1 ip -j route | check_json 'map(select(.dst == "default")) == []'
    in_net c1 ip -j addr show dev eth0 |
        check_json '[.[0].addr_info[].local] | contains(["10.0.0.77"])'
}

running() { # NAME ADDRESS
    bundle "$1" ovsint.bridge=br0 "ovsint.ip=$2/24" "${@:3}"
    run_container runc "$1"
    wait_until 5 arrived "$1"
}

@test "somebody removes the port of a container that lives" {
    local port
    running c1 10.0.0.1
    running peer 10.0.0.100
    can_ping c1 10.0.0.100
    remember
    port=$(port_of c1)
    vsctl del-port "$port"
    wait_until 5 port_of c1
    whole
    [ "$(port_of c1)" = "$port" ]
    plugin_logged "somebody removed its row while its container lives"
}

number_of() { row Interface "external_ids:ovsint-container=$1" | jq .ofport; }

index_in_c2() { in_net c2 ip -j link show dev eth0 | jq '.[0].ifindex'; }

# Its holder does not ask for it: the switch would take it away with the device.
@test "a port that is made again leaves its OpenFlow number to who has it by now" {
    local port device
    running c1 10.0.0.1 ovsint.ofport=5
    running peer 10.0.0.100
    port=$(port_of c1)
    plugin freeze
    vsctl del-port "$port"
    bundle c2 ovsint.bridge=br0 ovsint.ip=10.0.0.2/24 ovsint.ofport=5
    run_container runc c2
    vsctl clear Interface "$(port_of c2)" ofport_request
    device=$(index_in_c2)
    plugin thaw
    wait_until 5 plugin_logged \
        "a port is made again with another OpenFlow number"
    can_ping c1 10.0.0.100
    can_ping c2 10.0.0.100
    rests
    [ "$(number_of c2)" = 5 ]
    [ "$(number_of c1)" != 5 ]
    [ "$(index_in_c2)" = "$device" ]
    delete_container c2
    delete_container c1
    delete_container peer
}

@test "somebody removes the bridge, and it comes back" {
    bridge_add br1
    bundle c1 ovsint.bridge=br1 ovsint.ip=10.0.0.1/24
    bundle peer ovsint.bridge=br1 ovsint.ip=10.0.0.100/24
    run_container runc c1
    run_container runc peer
    wait_until 5 arrived c1
    wait_until 5 arrived peer
    can_ping c1 10.0.0.100
    bridge_del br1
    wait_until 5 plugin_logged "a bridge was removed while containers live on it"
    bridge_add br1
    can_ping c1 10.0.0.100
    delete_container c1
    delete_container peer
    bridge_del br1
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

spec_of() { # NAME
    row Interface "external_ids:ovsint-container=$1" |
        jq -r '.external_ids["ovsint-spec"]'
}

has_address() { # NAME ADDRESS
    in_net "$1" ip -j addr show dev eth0 |
        check_json --arg address "$2" \
            '.[0].addr_info | any(.local == $address)'
}

# A value that changes, while the number of keys stays.
@test "an operator edits what a port is to be like" {
    local spec
    pair
    spec=$(spec_of c1 | jq -c '.ip += ["10.0.0.77/24"]')
    vsctl set Interface "$(port_of c1)" \
        "external_ids:ovsint-spec=$(jq -n --arg spec "$spec" '$spec')"
    wait_until 5 has_address c1 10.0.0.77
    wait_until 5 plugin_logged "not set up as its row says"
}

@test "not made again where the administrator says so" {
    local port
    config '{"timeout-ms": 60000, "guardian": {"recreate": false}}'
    plugin restart
    running c1 10.0.0.1
    port=$(port_of c1)
    vsctl del-port "$port"
    wait_until 5 plugin_logged "guardian.recreate is false"
    gone_port "$port"
}

@test "an ordinary end is no loss" {
    running c1 10.0.0.1
    delete_container c1
    rests
    no_rows
    not plugin_logged "made a port again"
}

@test "switched off: nothing is touched" {
    config '{"timeout-ms": 60000, "guardian": {"enabled": false}}'
    plugin restart
    pair_unguarded
    kill_sandbox c1
    sleep 0.5 # time: who is switched off cannot be asked whether it rests
    port_of c1
    unplug c1
    rm "$BUNDLES/c1/pid"
}

pair_unguarded() {
    sandbox c1
    plug c1 "${ASK[@]}"
}

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

# ---- how it is asked --------------------------------------------------------

@test "it tells what it knows" {
    pair
    rests
    ports | check_json '.connected and .guarding and .resting and .absent == 0
        and (.ports | length) == 2 and all(.ports[]; .owner == "hook"
            and .state == "in its container" and .repairs == 0)
        and ([.ports[].container] | sort) == ["c1", "peer"]'
    vswitchd kill
    vswitchd start
    can_ping c1 10.0.0.100
    if [ "$DATAPATH" = userspace ]; then
        ports | check_json '.repairs == 2 and all(.ports[]; .repairs == 1)'
    fi
    kill -USR1 "$(plugin_pid)"
    wait_until 5 plugin_logged "guarding ports=2"
    plugin_logged 'of=c1'
    kill_sandbox c1
    wait_until 5 eval 'ports | check_json ".collected == 1"'
}

@test "one pass without a daemon" {
    local port
    pair
    remember
    port=$(port_of peer)
    plugin stop
    kill_sandbox peer
    vswitchd kill
    vswitchd start
    "$PLUGIN" --once
    gone_port "$port"
    same_network c1 "$T/c1"
    plugin start
}

# A path that cannot be followed, for as long as it stands there.
netns_path() { # NAME PATH
    looks=$((${looks:-0} + 1))
    vsctl set Interface "$(port_of "$1")" "external_ids:ovsint-netns=$2" \
        "external_ids:look-$looks=1"
}

logged_times() { # COUNT TEXT
    [ "$(grep -cF -- "$2" "$PLUGIN_LOG")" = "$1" ]
}

@test "a port that could not be looked at is told of each time, once" {
    local path times looks
    pair
    path=$(row Interface external_ids:ovsint-container=c1 |
        jq -r '.external_ids["ovsint-netns"]')
    ln -s loop "$T/loop"
    for times in 1 2 3; do
        netns_path c1 "$T/loop"
        wait_until 5 logged_times "$times" "could not be repaired yet"
        # It is tried again, in silence.
        netns_path c1 "$T/loop"
        netns_path c1 "$path"
        wait_until 5 logged_times "$times" "all right again"
        logged_times "$times" "could not be repaired yet"
    done
}

@test "one pass waits for what fails at first" {
    local path once looks
    pair
    plugin stop
    path=$(row Interface external_ids:ovsint-container=c1 |
        jq -r '.external_ids["ovsint-netns"]')
    ln -s loop "$T/loop"
    netns_path c1 "$T/loop"
    : >"$PLUGIN_LOG"
    "$PLUGIN" --once >>"$PLUGIN_LOG" 2>&1 3>&- 4>&- &
    once=$!
    wait_until 5 plugin_logged "could not be repaired yet"
    netns_path c1 "$path"
    wait "$once"
    netns_path c1 "$T/loop"
    run "$PLUGIN" --once
    [ "$status" = 1 ]
    [[ $output == *"1 ports could not be repaired"* ]]
    netns_path c1 "$path"
    plugin start
}

@test "one pass beside the daemon is left to the daemon" {
    "$PLUGIN" --once 2>"$T/once"
    grep -q "another guardian is at work" "$T/once"
}

@test "one pass without a database says so" {
    plugin stop
    ovsdb kill
    config '{"timeout-ms": 1000}'
    run timeout 100 "$PLUGIN" --once
    [ "$status" = 1 ]
    [[ $output == *ovsint-plugin:*db.sock* ]]
    ovsdb start
    plugin start
}

@test "a second guardian takes over when the first one dies" {
    local port
    pair
    "$PLUGIN" --socket "$T/second.sock" 2>"$T/second" 3>&- 4>&- &
    local second=$!
    port=$(port_of c1)
    plugin kill
    kill_sandbox c1
    wait_until 5 gone_port "$port"
    kill "$second"
    wait "$second"
    plugin start
}

# Any client may, and nothing is repaired then.
@test "somebody takes the guardian's lock away: the log says so" {
    local taker
    wait_until 5 logged_times 1 "ovsint-plugin: guarding"
    ovsdb-client steal "unix:$OVS_RUNDIR/db.sock" ovsint_guardian \
        >"$T/lock" 2>&1 3>&- 4>&- &
    taker=$!
    wait_until 5 plugin_logged "has taken the guardian's lock"
    kill "$taker"
    wait_until 5 logged_times 2 "ovsint-plugin: guarding"
}

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

one_device() { # NAME
    in_net "$1" ip -j link | check_json 'map(.ifname) - ["lo"] | length == 1'
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

@test "the container deletes its device before any guardian has seen it" {
    local port
    plugin stop
    plugged_pair
    port=$(port_of c1)
    remember
    if [ "$DATAPATH" = kernel ]; then
        not deletes_device "$port"
    else
        deletes_device "$port"
    fi
    plugin start
    whole
    wait_until 5 arrived c1
}

@test "the container deletes its device while there is no guardian" {
    local port
    pair
    port=$(port_of c1)
    remember
    plugin stop
    if [ "$DATAPATH" = kernel ]; then
        not deletes_device "$port"
    else
        deletes_device "$port"
    fi
    plugin start --verbose
    whole
}

# What a guardian leaves that is killed between its two steps.
@test "the switch has dropped the deleted device, and there is no guardian" {
    local port
    pair
    port=$(port_of c1)
    remember
    plugin stop
    vsctl set Interface "$port" 'type=""' external_ids:ovsint-remaking=true
    plugin start
    whole
    row Interface name="$port" | check_json '.type == "internal" and
        (.external_ids | has("ovsint-remaking") | not)'
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

finishes_checksums() { [ "$(checksums "$1" eth0)" = off ]; }

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
