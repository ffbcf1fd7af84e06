#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# With the userspace datapath a restart of ovs-vswitchd leaves a dead TAP in each
# container. The one that takes its place is that device, for all that is in the
# container.

load ../lib/base
load ../lib/plugin
load ../lib/sandbox
load ../lib/device

setup() {
    background=()
    world_setup
    plugin start --verbose
}

teardown() {
    plugin stop
    [ -n "${BATS_TEST_COMPLETED-}" ] || tail -n 20 "$PLUGIN_LOG" >&2
    world_teardown
}

container_pid() { cat "$BUNDLES/$1/pid"; }

arrived() { # NAME
    row Interface "external_ids:ovsint-container=$1" |
        check_json '.external_ids["ovsint-arrived"] == "true"'
}

container() { # NAME KEY=VALUE...
    sandbox "$1"
    plug "$1" ovsint.bridge=br0 "${@:2}"
    wait_until 5 arrived "$1"
}

repaired() { # COUNT
    local count
    count=$(grep -c "repaired a port" "$PLUGIN_LOG")
    [ "$count" -ge "$1" ]
}

index_of() { in_net "$1" ip -j link show dev "$2" | jq -e '.[0].ifindex'; }

@test "what is repaired has all that the former device had" {
    local d
    container c1 ovsint.ip=10.0.0.1/24,fd00::1/64 ovsint.gateway=10.0.0.254 \
        ovsint.rate=100000
    d=$(port_of c1)
    adorn c1 "$d"
    adorn_ipv6 c1 "$d"
    wait_until 5 detected c1
    all_of c1 >"$T/was"
    vswitchd restart
    wait_until 10 repaired 1
    wait_until 5 same_as c1 "$T/was"
    not plugin_logged "lacks something"
    # The lifetime continues, and does not start anew.
    in_net c1 ip -j addr show dev "$d" | check_json '.[0].addr_info[] |
        select(.local == "10.0.5.1") | .valid_life_time < 3000 and
            .valid_life_time > 2000 and .preferred_life_time < 2000'
    # Once more, from what was given.
    vswitchd kill
    vswitchd start
    wait_until 10 repaired 2
    wait_until 5 same_as c1 "$T/was"
}

# $STARTED, so that a signal meets the program itself.
in_background() { # NAME OUTPUT CMD...
    local name=$1 output=$2
    shift 2
    nsenter --net="/proc/$(container_pid "$name")/ns/net" "$@" \
        </dev/null >"$T/$output" 2>&1 3>&- 4>&- &
    STARTED=$!
    background+=("$STARTED")
}

end_background() {
    kill "${background[@]}" 2>/dev/null || true
    wait "${background[@]}" || true
}

listen() { # FILE ARGS...
    in_background c1 "$1" "$HEAR" "${@:2}"
    wait_until 5 grep -qx ready "$T/$1"
}

# A second socket is in the group, too, and may go without the first one's loss.
# bats test_tags=long
@test "members of groups and sockets bound to the device hear again" {
    local d p leaver
    container c1 ovsint.ip=10.0.0.1/24
    container peer ovsint.ip=10.0.0.100/24
    d=$(port_of c1) p=$(port_of peer)
    listen first group 239.1.2.3 5000 "$d"
    listen second group 239.1.2.3 5000 "$d"
    leaver=$STARTED
    listen source group 232.1.2.3 5001 "$d" 10.0.0.100
    listen six group ff02::77 5002 "$d"
    listen bound bound "$d" 5003
    all_hear one
    vswitchd restart
    wait_until 10 repaired 2
    can_ping c1 10.0.0.100
    all_hear two
    kill "$leaver"
    wait "$leaver" || true
    in_net peer "$HEAR" send 239.1.2.3 5000 three "$p"
    wait_until 5 grep -qx three "$T/first"
    end_background
}

all_hear() { # TEXT
    wait_until 5 heard first 239.1.2.3 5000 "$1"
    wait_until 5 heard second 239.1.2.3 5000 "$1"
    wait_until 5 heard source 232.1.2.3 5001 "$1"
    wait_until 5 heard six ff02::77 5002 "$1"
    wait_until 5 heard bound 10.0.0.1 5003 "$1"
}

# What was sent at the last look may have come by now.
heard() { # FILE ADDRESS PORT TEXT
    grep -qx "$4" "$T/$1" && return
    in_net peer "$HEAR" send "$2" "$3" "$4" "$p"
    return 1
}

# bats test_tags=long
@test "a DHCP client keeps its lease" {
    local d p client
    container c1
    container server ovsint.ip=10.0.0.100/24 ovsint.guard=off
    d=$(port_of c1) p=$(port_of server)
    : >"$T/leases"
    cat >"$T/udhcpd.conf" <<-EOF
	start 10.0.0.51
	end 10.0.0.51
	interface $p
	lease_file $T/leases
	pidfile $T/udhcpd.pid
	option subnet 255.255.255.0
	option lease 3600
	EOF
    cat >"$T/script" <<-'EOF'
	#!/bin/sh
	echo "$1 $ip" >>"${0%/*}/events"
	case $1 in bound | renew) ip addr replace "$ip/$mask" dev "$interface" \
	    valid_lft "$lease" preferred_lft "$lease" ;; esac
	EOF
    chmod +x "$T/script"
    in_background server served busybox udhcpd -f "$T/udhcpd.conf"
    in_background c1 asked busybox udhcpc -f -i "$d" -s "$T/script"
    client=$STARTED
    wait_until 10 grep -qx "bound 10.0.0.51" "$T/events"
    can_ping c1 10.0.0.100
    vswitchd restart
    wait_until 10 repaired 2
    in_net c1 ip -j addr show dev "$d" | check_json '.[0].addr_info[] |
        select(.local == "10.0.0.51") | .valid_life_time <= 3600 and
            .valid_life_time > 3000'
    can_ping c1 10.0.0.100
    : >"$T/events"
    kill -USR1 "$client"
    wait_until 10 grep -qx "renew 10.0.0.51" "$T/events"
    end_background
}

# bats test_tags=long
@test "what the container has taken off stays off" {
    local d
    container c1 ovsint.ip=10.0.0.1/24,10.0.1.1/24 ovsint.gateway=10.0.0.254
    d=$(port_of c1)
    in_net c1 ip route del default
    in_net c1 ip addr del 10.0.1.1/24 dev "$d"
    wait_until 5 detected c1
    all_of c1 >"$T/was"
    vswitchd restart
    wait_until 10 repaired 1
    wait_until 5 same_as c1 "$T/was"
    in_net c1 sysctl -qw "net.ipv6.conf.$d.disable_ipv6=1"
    vswitchd restart
    wait_until 10 repaired 2
    in_net c1 ip -j -6 addr show dev "$d" | check_json 'map(select(.addr_info
        and (.addr_info | length > 0))) == []'
    [ "$(in_net c1 sysctl -n "net.ipv6.conf.$d.disable_ipv6")" = 1 ]
}

# To keep the number takes the kernel longer, so of many at once only those do
# that something is bound to.
# bats test_tags=long
@test "many at once are what they were, and keep the numbers that count" {
    local i d p index
    for i in {1..8}; do
        container "c$i" "ovsint.ip=10.0.0.$i/24"
        d=$(port_of "c$i")
        in_net "c$i" ip addr add "10.0.1.$i/24" dev "$d"
        in_net "c$i" ip route add 10.99.0.0/16 via 10.0.0.9
        in_net "c$i" sysctl -qw "net.ipv4.conf.$d.rp_filter=$((i % 3))"
        in_net "c$i" ip link property add dev "$d" altname lan
    done
    container peer ovsint.ip=10.0.0.100/24
    d=$(port_of c1) p=$(port_of peer)
    index=$(index_of c1 "$d")
    listen bound bound "$d" 5003
    vswitchd restart
    wait_until 15 repaired 9
    [ "$(index_of c1 "$d")" = "$index" ]
    wait_until 5 heard bound 10.0.0.1 5003 one
    for i in {1..8}; do
        d=$(port_of "c$i")
        can_ping "c$i" 10.0.0.100
        in_net "c$i" ip -j addr show dev lan |
            check_json '[.[0].addr_info[].local] | contains([$ip])' \
                --arg ip "10.0.1.$i"
        in_net "c$i" ip -j route | check_json 'any(.dst == "10.99.0.0/16")'
        [ "$(in_net "c$i" sysctl -n "net.ipv4.conf.$d.rp_filter")" = $((i % 3)) ]
    done
    end_background
}
