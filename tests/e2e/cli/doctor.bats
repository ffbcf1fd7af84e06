#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# What is wrong with a host: faults that are made for real, one after the other,
# and a host without any.

load ../lib/base
load ../lib/plugin
load ../lib/sandbox
load ../lib/host
load ../lib/cli
load ../lib/doctor

setup() {
    world_setup
    config '{"policy": {"bridges": ["br0"], "vlans": "10",
        "addresses": ["10.0.0.0/24"]}}'
    plugin start
    sandbox c1
    plug c1 ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=10.0.0.1/24
    PORT=$(port_of c1)
}

teardown() {
    ovs_heal
    answers >/dev/null || plugin start
    plugin stop
    uplink_gone
    vsctl remove Open_vSwitch . other_config userspace-tso-enable
    rm -rf /etc/containers/oci /etc/systemd/system/ovn-controller.service{,.d}
    world_teardown
}

uplink() { # MTU: up0 on br0, whose other end is wire0
    ip link add up0 mtu "$1" type veth peer name wire0
    ip link set up0 up
    ip link set wire0 up
}

uplink_gone() {
    vsctl --if-exists del-port up0
    ip link delete lan0 2>/dev/null || true
    ip link delete up0 2>/dev/null || true
}

@test "a sound host" {
    vsctl set Open_vSwitch . ovs_version=3.1.0 # as ovs-ctl(8) does
    rests
    finds
    if [ "$DATAPATH" = userspace ]; then
        check_json '[.findings[].id] ==
            ["userspace-datapath", "userspace-tso"]' <"$T/answer"
        vsctl set Open_vSwitch . other_config:userspace-tso-enable=true
        finds
        check_json '[.findings[].id] == ["userspace-datapath"]' \
            <"$T/answer"
    else
        check_json '[.findings[].id] == ["status-columns"]' \
            <"$T/answer"
    fi
    ovsint doctor >"$T/shown"
    [ "$(tail -n 1 "$T/shown")" = "errors 0, warnings 0, notes 1" ]
    not grep -q guard-off "$T/shown"
    config '{}'
    sandbox c2
    plug c2 ovsint.bridge=br0 ovsint.vlan=10 ovsint.guard=off
    ovsint doctor >"$T/shown"
    grep -q '^note policy-open: ' "$T/shown"
    grep -q "^note guard-off: ports without a source guard: 1, $(port_of c2) among them" "$T/shown"
    unplug c2
    vsctl clear Open_vSwitch . ovs_version
}

@test "an uplink: its MTU, the host's addresses on it, down, deleted" {
    uplink 1400
    vsctl add-port br0 up0
    finds mtu-above-uplink
    says mtu-above-uplink "$PORT may send more than an uplink of its bridge carries, 1500 bytes against 1400 of up0"
    ip link set up0 mtu 1500
    finds
    ip address add 192.0.2.1/24 dev up0
    finds uplink-addresses
    says uplink-addresses 'has the address 192.0.2.1/24'
    ip address delete 192.0.2.1/24 dev up0
    ip link set wire0 down
    finds uplink-down
    ip link delete up0
    finds uplink-absent
    # One that comes back is taken again by the kernel's datapath alone.
    uplink 1500
    if [ "$DATAPATH" = userspace ]; then
        finds uplink-dead
    else
        wait_until 5 finds
    fi
}

# bats test_tags=long
@test "a spanning tree; a bridge that the kernel cannot make" {
    vsctl set Bridge br0 stp_enable=true
    finds spanning-tree
    says spanning-tree 'bridge br0 has stp_enable=true'
    vsctl set Bridge br0 stp_enable=false
    finds
    [ "$DATAPATH" = userspace ] || return 0
    vsctl --no-wait add-br br9
    finds module-away
    vsctl del-br br9
    finds
}

# A bridge of Linux asks, which is an uplink's other end.
# bats test_tags=long
@test "a bridge that snoops multicast, without a querier and with one" {
    vsctl set Bridge br0 mcast_snooping_enable=true
    finds no-querier
    says no-querier 'bridge br0 snoops multicast'
    uplink 1500
    vsctl add-port br0 up0
    finds no-querier
    ip link add lan0 type bridge mcast_querier 1 \
        mcast_startup_query_interval 100 mcast_startup_query_count 30
    ip link set wire0 master lan0
    ip link set lan0 up
    wait_until 20 finds
    vsctl set Bridge br0 mcast_snooping_enable=false
    ip link delete lan0
    finds
}

fills_its_log() { # LINES: that it had before
    tail -n "+$(($1 + 1))" "$OVS_LOGDIR/ovs-vswitchd.log" |
        grep -q "File descriptor in bad state"
}

@test "a port whose device has died, one whose container has ended" {
    local lines
    plugin kill
    finds guardian-away
    vswitchd restart
    if [ "$DATAPATH" = userspace ]; then
        wait_until 5 finds guardian-away dead-tap
        says dead-tap "$PORT"
    else
        wait_until 5 finds guardian-away
    fi
    plugin start
    wait_until 5 finds
    plugin kill
    lines=$(wc -l <"$OVS_LOGDIR/ovs-vswitchd.log")
    kill_sandbox c1
    finds guardian-away stale-port
    [ "$DATAPATH" = kernel ] || wait_until 30 fills_its_log "$lines"
    ovsint doctor | grep -q '^    ovsint gc --yes$'
    ovsint gc --yes >/dev/null
    plugin start
    finds
    rm "$BUNDLES/c1/pid"
}

@test "a hook that is not there; the unit of ovn-controller" {
    local unit=/etc/systemd/system/ovn-controller.service
    mkdir -p /etc/containers/oci/hooks.d /etc/systemd/system
    jq -n '{hook: {path: "/usr/bin/ovsint-nosuch"}}' \
        >/etc/containers/oci/hooks.d/ovsint.json
    finds hook-absent
    says hook-absent '/etc/containers/oci/hooks.d/ovsint.json names the program /usr/bin/ovsint-nosuch'
    rm /etc/containers/oci/hooks.d/ovsint.json
    # What the unit of Debian says.
    echo 'ExecStop=/usr/share/ovn/scripts/ovn-ctl stop_controller' >"$unit"
    finds
    vsctl set Open_vSwitch . external_ids:ovn-remote=unix:/run/nosuch
    finds ovn-unit ovn-incomplete
    says ovn-incomplete 'external_ids:system-id of the table Open_vSwitch is not'
    # As the finding says itself.
    ovsint doctor | sed -n 's/^    \(mkdir .*\) && systemctl daemon-reload$/\1/p' \
        >"$T/mend"
    bash -e "$T/mend"
    grep -qx 'ExecStop=ovn-appctl -t ovn-controller exit --restart' "$unit.d/restart.conf"
    finds ovn-incomplete
    vsctl remove Open_vSwitch . external_ids ovn-remote
}

@test "the host as a router that does not forward" {
    local net
    net=$(net_id 1)
    config '{}'
    plugin restart
    create_network "$net" '{"bridge": "br0", "mode": "nat"}' >/dev/null
    finds
    # The guardian would set it again.
    plugin kill
    echo 0 >"/proc/sys/net/ipv4/conf/ovsint-${net:0:8}/forwarding"
    finds guardian-away forwarding-off
    plugin start
    wait_until 5 finds
    delete_network "$net"
}

# bats test_tags=long
@test "a network with a bridge of its own" {
    local net
    net=$(net_id 1)
    config '{}'
    plugin restart
    create_network "$net" '{"mode": "nat"}' >/dev/null
    wait_until 5 finds
    "$OVSINT" ls --json | check_json '[.ports[].port | select(startswith("oi-"))] == []'
    delete_network "$net"
}

@test "packet filters of others" {
    local net
    net=$(net_id 1)
    config '{}'
    plugin restart
    nft add table inet other
    nft 'add chain inet other pass { type filter hook forward priority 0; policy drop; }'
    finds # nothing is forwarded for us
    create_network "$net" '{"bridge": "br0", "mode": "nat"}' >/dev/null
    wait_until 5 finds # the daemon has opened it
    plugin kill
    nft flush chain inet other pass
    finds guardian-away firewall-closed
    says firewall-closed 'table inet other of another program'
    plugin start
    wait_until 5 finds
    # It might be a ban, so that nobody opens it for us.
    nft insert rule inet other pass iifname eth9 drop
    wait_until 5 finds
    says firewall-ban 'chain pass of table inet other'
    nft delete table inet other
    delete_network "$net"
    wait_until 5 finds
}

# bats test_tags=long
@test "ports of one network with different MTUs" {
    sandbox c2
    plug c2 ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=10.0.0.2/24 \
        ovsint.mtu=1400
    finds mtu-differs
    says mtu-differs "$(port_of c2) with 1400 bytes against 1500 of $PORT"
    unplug c2
    finds
}

@test "a card that was moved, and is not confirmed" {
    uplink 1500
    ip address add 192.0.2.1/24 dev up0
    ovsint uplink move up0 br0 --confirm-within 600 >/dev/null
    finds move-unfinished
    says move-unfinished 'access port br0-host is waiting'
    ovsint uplink confirm >/dev/null
    finds
    ovsint uplink undo >/dev/null
    finds
}

# bats test_tags=long
@test "what other programs are told about network devices" {
    mkdir -p /run/systemd/netif /etc/systemd/network /run/NetworkManager \
        /etc/NetworkManager/conf.d /etc/udev/rules.d /etc/docker \
        /etc/containers/oci/hooks.d
    printf '[keyfile]\nunmanaged-devices=interface-name:oi*\n' \
        >/etc/NetworkManager/conf.d/ovsint.conf
    printf '[Match]\nName=*\n[Network]\nDHCP=yes\n' \
        >/etc/systemd/network/80-all.network
    finds networkd-takes
    says networkd-takes /etc/systemd/network/80-all.network
    # As the finding says itself.
    ovsint doctor | sed -n 's/^    \(printf .*Unmanaged.*\) && networkctl reload$/\1/p' \
        >"$T/mend"
    bash -e "$T/mend"
    [ -e /etc/systemd/network/00-ovsint.network ]
    finds
    rm /etc/NetworkManager/conf.d/ovsint.conf
    ovsint doctor >"$T/shown"
    grep -q '^note network-manager: ' "$T/shown"
    sed -n 's/^    \(printf .*keyfile.*\) && nmcli general reload$/\1/p' "$T/shown" \
        >"$T/mend"
    bash -e "$T/mend"
    prints_no network-manager ovsint doctor
    echo 'SUBSYSTEM=="net", ACTION=="add", NAME="lan%n"' \
        >/etc/udev/rules.d/70-all.rules
    finds udev-renames
    ovsint doctor --json | jq -r '.findings[] | select(.id == "udev-renames").mend' |
        sed 's/ && udevadm.*//' >"$T/mend"
    bash -e "$T/mend"
    finds
    echo '{"mtu": 9000}' >/etc/docker/daemon.json
    ovsint doctor | grep -q '^note docker-mtu: .* sets mtu to 9000'
    echo '{}' >/etc/containers/oci/hooks.d/ovsint.json
    printf '[engine]\nhooks_dir = ["/etc/other"]\n' \
        >/etc/containers/containers.conf
    finds hooks-dir
    rm -r /run/systemd/netif /run/NetworkManager /etc/NetworkManager \
        /etc/systemd/network /etc/udev/rules.d/70-all.rules \
        /etc/docker/daemon.json /etc/containers/containers.conf
}

@test "the servers away" {
    vswitchd kill
    finds switch-away
    vswitchd start
    wait_until 5 finds
    vswitchd freeze
    finds switch-away
    says switch-away 'is it stuck?'
    mends switch-away 'systemctl restart ovs-vswitchd'
    vswitchd thaw
    wait_until 5 finds
    vswitchd kill
    finds switch-away
    vsctl --no-wait set Open_vSwitch . next_cfg=1000000
    vswitchd start
    wait_until 5 finds
    ovsdb stop
    finds database-away
    says database-away 'is ovsdb-server running?'
    mends database-away 'systemctl start ovsdb-server'
    ovsdb start
    wait_until 5 finds
    ovsdb freeze
    finds database-away
    mends database-away 'systemctl restart ovsdb-server'
    ovsdb thaw
    wait_until 5 finds
}

@test "whoever may not look is told so, and not that the servers are away" {
    cp "$OVSINT" /run/ovsint-of-nobody
    printf '#!/bin/sh\nexec setpriv --reuid 65534 --regid 65534 %s "$@"\n' \
        '--clear-groups /run/ovsint-of-nobody' >"$T/nobody"
    chmod +x "$T/nobody"
    OVSINT="$T/nobody" cli_refuses 1 'the socket is for root only' doctor
    rm /run/ovsint-of-nobody
}
