#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# What the datapath decides of ports on a logical switch: tunnels, their size, what a
# restart of the switch or of ovn-controller costs, and the gateway of a host.

load ../lib/base
load ../lib/cli
load ../lib/plugin
load ../lib/sandbox
load ../lib/cni
load ../lib/netavark
load ../lib/outside
load ../lib/ovn

OUT=172.31.0.1 H1=172.31.0.11 H2=172.31.0.12

setup_file() { ovn_make 2; }

setup() {
    ovn_begin
    ls_make web
    config '{"timeout-ms": 10000}'
    netns_add n1 n2
}

teardown() {
    local failed=0
    serve_end || failed=1
    ovn_heal
    ! answers >/dev/null || plugin stop || failed=1
    netns_gone n1 n2 || failed=1
    ovn_end || failed=1
    return "$failed"
}

both() {
    ovsint attach /run/netns/n1 ovn=web ip=10.5.0.1/24,fd00:5::1/64
    on h2 "$OVSINT" attach /run/netns/n2 ovn=web ip=10.5.0.2/24,fd00:5::2/64
    # The first packet through a tunnel is lost on the userspace datapath.
    wait_until 20 pings
}

neither() {
    ovsint detach /run/netns/n1
    on h2 "$OVSINT" detach /run/netns/n2
    lsps_left
}

pings() { in_netns n1 busybox ping -c 1 -W 1 10.5.0.2; }
device_of() { of_cli | jq -r '.[0].name'; }

@test "packets pass between two hosts, up to the size that is said, and nothing is left" {
    local port
    both
    in_netns n1 busybox ping -c 1 -W 2 -s 1414 10.5.0.2
    wait_until 10 in_netns n1 busybox ping -c 1 -W 1 fd00:5::2
    # One byte more does not fit into the device: no tunnel drops it silently.
    ip -n n1 -j link | check_json 'any(.[]; .mtu == 1442)'
    port=$(device_of)
    # Another change of the switch: the port keeps its name, so that it stays.
    vsctl add-port br-int other -- set Interface other type=internal
    vsctl del-port br-int other
    [ "$port" = "$(device_of)" ]
    ip -n n1 link show "$port"
    pings
    neither
    not ip -n n1 link show "$port"
}

mac_of() { ip -n "$1" -j neigh show "$2" | jq -er '.[0].lladdr'; }

# A neighbour of the address that was given up has the MAC of before, and believes it
# for minutes.
@test "an address that was given up is another container's on the other host at once" {
    local before
    netns_add n3
    both
    in_netns n1 sh -c 'for file in /proc/sys/net/ipv4/neigh/*/base_reachable_time_ms; do
        echo 600000 >"$file"
    done'
    ovsint attach /run/netns/n3 ovn=web ip=10.5.0.3/24
    wait_until 5 in_netns n3 busybox ping -c 1 -W 1 10.5.0.2
    on h2 "$OVSINT" detach /run/netns/n2
    not pings
    ovsint detach /run/netns/n3
    before=$(mac_of n1 10.5.0.2)
    ovsint attach /run/netns/n3 ovn=web ip=10.5.0.2/24
    wait_until 10 prints_other "$before" mac_of n1 10.5.0.2
    pings
    ovsint detach /run/netns/n3
    ovsint detach /run/netns/n1
    netns_gone n3
}

# What each door is asked for: one address, and each time another MAC.
as_hook() { # on | off MAC
    if [ "$1" = on ]; then
        plug c1 ovsint.ovn=web ovsint.ip=10.5.0.9/24 ovsint.mac="$2"
    else
        unplug c1
    fi
}

as_cni() {
    local command=ADD
    [ "$1" = on ] || command=DEL
    cni $command n1 "$(conf app 1.0.0 ".ovn = \"web\" | .ip = \"10.5.0.9/24\" | .runtimeConfig.mac = \"$2\"")"
}

as_netavark() {
    local command=setup
    [ "$1" = on ] || command=teardown
    nv $command n1 "$(asked n1 "$(network app \
        '.options = {ovn: "web"} | .subnets = [{subnet: "10.5.0.0/24"}]')" \
        ".network_options |= (.static_ips = [\"10.5.0.9\"] | .static_mac = \"$2\")")"
}

as_command() {
    if [ "$1" = on ]; then
        ovsint attach /run/netns/n1 ovn=web ip=10.5.0.9/24 mac="$2"
    else
        ovsint detach /run/netns/n1
    fi
}

knows() { [ "$(mac_of n2 10.5.0.9)" = "$1" ]; } # MAC

# The neighbour on the other host is sure of what it knows for minutes, and sends nothing:
# so it is an announcement that tells it. One that comes before the port is installed is
# dropped (decisions.md), and one that is lost afterwards is followed by the guardian's.
# bats test_tags=long
@test "what every door has plugged is announced to other hosts" {
    local door i mac times=5
    # A guest takes its time.
    [ "$DATAPATH" = userspace ] || times=1
    sandbox c1
    plugin start
    on h2 "$OVSINT" attach /run/netns/n2 ovn=web ip=10.5.0.2/24
    in_netns n2 sh -c 'for file in /proc/sys/net/ipv4/neigh/*/base_reachable_time_ms; do
        echo 600000 >"$file"
    done'
    # The first packet through a tunnel is lost on the userspace datapath.
    as_command on 02:00:00:00:09:00
    wait_until 20 in_netns n2 busybox ping -c 1 -W 1 10.5.0.9
    knows 02:00:00:00:09:00
    as_command off
    for door in hook cni netavark command; do
        for ((i = 1; i <= times; i++)); do
            mac=02:00:00:0${#door}:09:0$i
            "as_$door" on "$mac"
            wait_until 10 knows "$mac" ||
                fail "as_$door, $i: $(ip -n n2 neigh show 10.5.0.9)"
            "as_$door" off "$mac"
        done
    done
    on h2 "$OVSINT" detach /run/netns/n2
    plugin stop
}

@test "the switch of either host is killed and started: packets pass again, NB is not written to" {
    local before
    plugin start
    both
    before=$(nb_rows Logical_Switch_Port | jq -S 'map(del(.up))')
    vswitchd kill
    vswitchd start
    wait_until 30 pings
    [ "$before" = "$(nb_rows Logical_Switch_Port | jq -S 'map(del(.up))')" ]
    # There nobody repairs, and with the kernel's datapath nobody has to.
    if [ "$DATAPATH" = kernel ]; then
        host_switch h2 kill
        host_switch h2 start
        wait_until 30 pings
    fi
    neither
}

# bats test_tags=long
@test "ovn-controller is killed, and comes back: no packet is lost" {
    both
    controller_do h1 kill
    in_netns n1 busybox ping -c 10 -i 0.1 10.5.0.2 | grep -q ' 0% packet loss'
    controller_do h1 start
    wait_until 20 pings
    neither
}

@test "a container that ends without a word: its port and its logical port go" {
    config '{"timeout-ms": 2000}' # the collector waits 5 s more
    plugin start
    ovsint attach /run/netns/n1 ovn=web ip=10.5.0.1/24
    netns_gone n1
    wait_until 30 lsps_left
    none_of_cli
    netns_add n1
}

entry_of() { # central, h1, h2 or a namespace
    case $1 in
    h1) entry=() ;;
    *) entry=(ip netns exec "$1") ;;
    esac
}

nat_conf() {
    conf app 1.0.0 '.network = "app" | .mode = "nat" |
        .runtimeConfig.portMappings = [{hostPort: 8080, containerPort: 80,
            protocol: "tcp"}]'
}

@test "a gateway on the host: out by it, in by a published port, from the other host, too" {
    # A guest's processor is emulated.
    config '{"timeout-ms": 30000, "networks": {"app": {"ovn": "web", "ip": "auto", "subnets": [
        {"subnet": "10.5.0.0/24", "gateway": "10.5.0.254",
         "range": "10.5.0.100-10.5.0.110"}]}}}'
    plugin start
    cni ADD n1 "$(nat_conf)"
    serve central tcp 80
    serve n1 tcp 80
    says "central 80 $H1" ask n1 tcp $OUT 80
    says "n1 80 $OUT" ask central tcp $H1 8080
    says "n1 80 $H2" ask h2 tcp $H1 8080
    # What the tunnels carry is what the gateway's device does.
    ip -j link | check_json 'any(.[]; (.ifname | startswith("ovsint-")) and .mtu == 1442)'
    vswitchd kill
    vswitchd start
    wait_until 30 eval 'says "central 80 $H1" ask n1 tcp $OUT 80'
    serve_end
    cni DEL n1 "$(nat_conf)"
    wait_until 20 eval "nb_rows Logical_Switch_Port type=localport | check_json '. == []'"
}
