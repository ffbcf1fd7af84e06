# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2153,SC2154
#
# The stage `dhcp`: from nothing to an address of a DHCP server on the bridge.
# `ovsint attach ... ip=dhcp` and an attach without an address, followed by
# busybox's udhcpc, take turns. The server is dnsmasq, which gives at once.

dhcp_serve() {
    ip netns add lan
    ip -n lan link set lo up
    "$OVSINT" attach /run/netns/lan bridge=br0 ip=10.5.0.1/24 >/dev/null
    nsenter --net=/run/netns/lan dnsmasq --port=0 --no-daemon --conf-file=/dev/null \
        --except-interface=lo --bind-dynamic --dhcp-authoritative --no-ping \
        --dhcp-range=10.5.0.50,10.5.0.250,1h --dhcp-leasefile="$D/leases" \
        >"$D/dnsmasq" 2>&1 3>&- &
    dnsmasq=$!
    wait_until 10 grep -q 'DHCP, ' "$D/dnsmasq"
    cat >"$D/bound" <<-'END'
	#!/bin/sh
	[ "$1" = bound ] || exit 0
	ip address add "$ip/$mask" dev "$interface"
	ip route add default via "$router"
	END
    chmod +x "$D/bound"
}

dhcp_serve_end() {
    kill "$dnsmasq"
    wait "$dnsmasq" || true
    "$OVSINT" detach /run/netns/lan >/dev/null
    ip netns delete lan
}

dhcp_ovsint() { # Sets wall, in microseconds.
    local begun=${EPOCHREALTIME/./}
    "$OVSINT" attach /run/netns/one bridge=br0 ip=dhcp >/dev/null
    wall=$((${EPOCHREALTIME/./} - begun))
}

dhcp_hand() { # The device's name is not looked for in the time.
    local name begun=${EPOCHREALTIME/./}
    "$OVSINT" attach /run/netns/one bridge=br0 >/dev/null
    wall=$((${EPOCHREALTIME/./} - begun))
    name=$(ip -n one -j link show dev eth0 | jq -r '.[0].ifname')
    begun=${EPOCHREALTIME/./}
    nsenter --net=/run/netns/one busybox udhcpc -n -q -i "$name" -s "$D/bound" \
        >/dev/null 2>&1
    wall=$((wall + ${EPOCHREALTIME/./} - begun))
}

leases() {
    local i who wall turn=(ovsint hand)
    say "a lease at start, $ROUNDS rounds"
    dhcp_serve
    for ((i = 0; i <= ROUNDS; i++)); do
        turn=("${turn[1]}" "${turn[0]}")
        for who in "${turn[@]}"; do
            ip netns add one
            ip -n one link set lo up
            settle
            "dhcp_$who"
            ip -n one -j -4 address show dev eth0 |
                jq -e '.[0].addr_info[0].local | startswith("10.5.0.")' >/dev/null
            [ "$i" = 0 ] || emit lease who "$who" wall "$wall"
            "$OVSINT" detach /run/netns/one >/dev/null
            ip netns delete one
        done
    done
    dhcp_serve_end
}
