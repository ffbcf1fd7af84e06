#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Would a packet arrive? What is said is compared with what packets do.

load ../lib/base
load ../lib/plugin
load ../lib/sandbox
load ../lib/outside
load ../lib/cni
load ../lib/cli

setup_file() {
    ln -sf /usr/sbin/iptables-nft /etc/alternatives/iptables
    ln -sf /usr/sbin/ip6tables-nft /etc/alternatives/ip6tables
    outside_make
}

setup() {
    world_setup
    sandbox web
    sandbox db
    plug web ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=10.0.0.1/24,fd00::1/64
    plug db ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=10.0.0.2/24,fd00::2/64
}

teardown() {
    ovs_heal
    ovs-ofctl del-flows br0 'cookie=7/-1' || true
    ! vsctl br-exists br1 || bridge_del br1
    vsctl --if-exists del-port up0
    ip link delete up0 2>/dev/null || true
    [ ! -e "$T/plugin" ] || plugin thaw
    [ ! -e "$T/plugin" ] || plugin stop
    world_teardown
}

# A container is a namespace here, or a sandbox.
entry_of() { # WHERE: sets entry
    entry=()
    [ "$1" = host ] || entry=(nsenter "--net=/run/netns/$1")
}

traces() { # STATUS FATE ENDS-AT FROM TO [WORD...]
    local want=$1 fate=$2 at=$3 status=0
    shift 3
    ovsint trace --json "$@" >"$T/answer" || status=$?
    check_json --arg fate "$fate" --arg at "$at" '.fate == $fate and
        (.["ends-at"] // "") == $at' <"$T/answer" || return
    [ "$status" = "$want" ] || fail "ended with $status: $(cat "$T/answer")"
}

says_so() { # TEXT
    check_json --arg text "$1" 'any(.steps[]; .text | contains($text))' \
        <"$T/answer"
}

arrives() { traces 0 arrives "" "$@"; } # FROM TO [WORD...]
ends_at() { traces 3 ends "$@"; }       # ENDS-AT FROM TO [WORD...]

@test "one VLAN: it arrives, by name, by address, of both families, each protocol" {
    can_ping web 10.0.0.2
    arrives web db
    says_so 'it arrives at db, 10.0.0.2'
    arrives web 10.0.0.2 tcp 80
    arrives web fd00::2 udp 53
    says_so 'it arrives at db, fd00::2'
    arrives "$(port_of web)" db icmp
    arrives "pid:$(container_pid web)" "pid:$(container_pid db)"
    says_so 'it arrives at db, 10.0.0.2'
    cli_refuses 2 "a process is named as pid:4711" trace web pid:0
    arrives web 10.0.0.1
    says_so 'web has the address 10.0.0.1 itself'
    ovsint trace web db --raw >"$T/said"
    grep -q '^Datapath actions: ' "$T/said"
    grep -qx 'it arrives' "$T/said"
}

@test "other VLAN, other bridge, no route, an address that nobody has" {
    sandbox guest
    plug guest ovsint.bridge=br0 ovsint.vlan=20 ovsint.ip=10.0.0.3/24
    cannot_ping web 10.0.0.3
    ends_at vlan web guest
    says_so 'web is in VLAN 10, guest in VLAN 20'
    bridge_add br1
    sandbox far
    plug far ovsint.bridge=br1 ovsint.vlan=10 ovsint.ip=10.0.0.4/24
    ends_at bridge web far
    # A patch joins them.
    vsctl add-port br0 p0 -- set Interface p0 type=patch options:peer=p1 \
        -- add-port br1 p1 -- set Interface p1 type=patch options:peer=p0
    can_ping web 10.0.0.4
    arrives web far
    vsctl del-port p0
    ends_at route web 192.0.2.1
    says_so 'there is no route to 192.0.2.1'
    ends_at nobody web 10.0.0.99
}

# bats test_tags=long
@test "rules choose among tables" {
    in_net web ip rule add to 10.9.0.0/16 lookup 100
    in_net web ip route add 10.9.0.0/16 via 10.0.0.2 table 100
    traces 0 leaves "" web 10.9.0.1 tcp 80
    says_so 'its route to 10.9.0.1 is by the router 10.0.0.2'
    says_so 'a rule of web chooses that route from table 100'
    # Who connects has a source before its way is chosen. Ping has not.
    in_net web ip rule add from 10.0.0.1 lookup 101
    in_net web ip route add prohibit default table 101
    ends_at route web db tcp 80
    says_so 'refuses packets to 10.0.0.2'
    arrives web db
    in_net web busybox ping -c 1 -W 2 10.0.0.2
    in_net web ip -6 rule add to fd00::2 prohibit
    ends_at route web fd00::2 icmp
}

@test "out of the switch: an uplink, without and with its link" {
    ip link add up0 type veth peer name wire0
    ip link set up0 up
    ip link set wire0 up
    vsctl add-port br0 up0
    traces 0 leaves "" web 10.0.0.99
    says_so 'it leaves the switch by up0, with VLAN tag 10'
    vsctl set Port up0 tag=10
    traces 0 leaves "" web 10.0.0.99
    says_so 'it leaves the switch by up0, without a VLAN tag'
    # A VLAN that the uplink does not carry.
    vsctl clear Port up0 tag -- set Port up0 trunks=20,30
    ends_at nobody web 10.0.0.99
}

@test "the source guard, flows of others, a bridge without flows" {
    sandbox safe
    plug safe ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=10.0.0.5/24 \
        ovsint.guard=full
    arrives safe db
    # What it was not given.
    in_net safe ip addr add 10.0.0.77/24 dev eth0
    in_net safe ip addr del 10.0.0.5/24 dev eth0
    in_net safe ip addr add 10.0.0.77/24 dev eth0 2>/dev/null || true
    cannot_ping safe 10.0.0.2
    ends_at guard safe db
    says_so 'the source guard of safe drops'
    ovs-ofctl add-flow br0 'cookie=7,priority=100,tcp,tp_dst=81,actions=drop'
    ends_at flow web db tcp 81
    says_so "which is not ovsint's: tcp,tp_dst=81"
    arrives web db tcp 80
    # The answer has to come back, too.
    ovs-ofctl add-flow br0 'cookie=7,priority=100,arp,arp_op=2,actions=drop'
    ends_at flow web db tcp 80
    says_so 'the answer to the question for the MAC'
}

@test "devices that are down, and MTUs that differ" {
    in_net db ip link set eth0 mtu 1400
    arrives web db
    check_json 'any(.steps[]; .id == "mtu" and .warns)' <"$T/answer"
    says_so 'MTU 1500 of web is larger than 1400 of db'
    arrives db web
    says_so 'MTU 1500 of web is larger than 1400 of db: answering packets'
    in_net db ip link set eth0 down
    ends_at to web db
    says_so "'ip link set $(port_of db) up'"
    in_net web ip link set eth0 down
    ends_at device web db
    in_net web ip link set eth0 up
    delete_container db
    cli_refuses 1 "that is called 'db'" trace web db
}

@test "a switch that is frozen, or away; words that are wrong" {
    vswitchd freeze
    traces 1 unknown "" web db
    says_so 'is it stuck?'
    vswitchd thaw
    # Its TAPs die with it on the userspace datapath.
    vswitchd stop
    if [ "$DATAPATH" = kernel ]; then
        traces 1 unknown "" web db
    else
        ends_at device web db
        says_so lost
    fi
    vswitchd start
    cli_refuses 2 "'http' is none of icmp, tcp, udp" trace web db http
    cli_refuses 2 "'tcp' wants a port" trace web db tcp
    cli_refuses 2 "'70000' is no port" trace web db tcp 70000
    cli_refuses 2 'icmp has no port' trace web db icmp 7
    cli_refuses 1 "that is called 'nosuch'" trace nosuch db
}

# bats test_tags=long
@test "by the host: the world, published ports, other networks" {
    : >"$T/plugin"
    plugin start
    local lan other
    lan=$(conf lan 1.0.0 '.bridge = "br0" | .vlan = 40 | .mode = "nat" |
        .ip = "10.4.0.2/24" | .gateway = "10.4.0.1"')
    other=$(conf other 1.0.0 '.bridge = "br0" | .vlan = 50 | .mode = "nat" |
        .ip = "10.5.0.2/24" | .gateway = "10.5.0.1"')
    netns_add a b
    cni ADD a "$lan" >/dev/null
    cni ADD b "$(jq -c '.capabilities.portMappings = true |
        .runtimeConfig.portMappings = [{hostPort: 8080, containerPort: 80,
            protocol: "tcp"}]' <<<"$other")" >/dev/null
    serve outside tcp 80
    serve b tcp 80
    says "outside 80 $HOST4" ask a tcp "$OUT4" 80
    traces 0 leaves "" a "$OUT4" tcp 80
    says_so 'its route to 198.51.100.80 is by the router 10.4.0.1'
    says_so 'the host sends it on by wan0, with its own address as the source'
    says "b 80 10.5.0.1" ask a tcp "$HOST4" 8080
    arrives a "$HOST4" tcp 8080
    says_so 'b publishes port 8080/tcp'
    says_so 'it arrives at b, 10.5.0.2'
    no_answer a tcp 10.5.0.2 80
    ends_at nat a b tcp 80
    says_so 'takes no connections from outside'
    arrives a "$HOST4" tcp 9
    says_so 'the host has that address itself'
    # The daemon would put that right at once.
    plugin freeze
    sysctl -qw "net.ipv4.conf.$(host_port_of 10.4.0.1).forwarding=0"
    ends_at forwarding a "$OUT4" tcp 80
    sysctl -qw "net.ipv4.conf.$(host_port_of 10.4.0.1).forwarding=1"
    nft 'table ip others {
        chain forward { type filter hook forward priority 0; policy drop; }; }'
    no_answer a tcp "$OUT4" 80
    traces 0 leaves "" a "$OUT4" tcp 80
    says_so "'ip others' is a packet filter of another program"
    nft delete table ip others
    ip rule add iif "$(host_port_of 10.4.0.1)" lookup 100
    ip route add prohibit "$OUT4" table 100
    ends_at host a "$OUT4" tcp 80
    says_so "the host: a route or rule that is unreachable, prohibit or"
    ip route flush table 100
    ip rule delete lookup 100
    plugin thaw
    serve_end
    cni DEL a "$lan" >/dev/null
    cni DEL b "$other" >/dev/null
    # Networks go with their last port.
    wait_until 10 eval 'rows Bridge name=br0 |
        check_json ".[0].external_ids == {}"'
    wait_until 10 prints_no ovsint- ip -o link
    netns_gone a b
}

# The device by which the host is the router of its network.
host_port_of() { # ADDRESS
    ip -j addr | jq -r --arg ip "$1" \
        '.[] | select(.addr_info[]?.local == $ip).ifname'
}
