#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# What a container may send with guard=mac and guard=full, told by frames that
# are really sent: each one that pretends is dropped, each honest one arrives.

load ../lib/base
load ../lib/plugin
load ../lib/sandbox
load ../lib/flows
load ../lib/frames

MAC=02:00:00:00:00:01
OTHER=02:00:00:00:00:99
LINK_LOCAL=fe80::ff:fe00:1
# In bytes: addresses, LINK_LOCAL and ff02::1; then a first fragment that ends
# within destination options, behind which comes NEXT.
FROM_TO_ALL=fe80000000000000000000fffe000001ff020000000000000000000000000001
CUT_FRAGMENT=3c00000112341234NEXT20010400000000000000000000000000000000000000
FENCE="fence $MAC arp 1 $MAC 10.0.0.1 10.0.0.77"

setup() {
    world_setup
    sandbox c1
    sandbox peer
}

# No Docker here, whose containers plugin.bash looks for.
container_pid() { cat "$BUNDLES/$1/pid"; }

guarded() { # [KEY=VALUE...]
    plug c1 ovsint.bridge=br0 ovsint.mac=$MAC ovsint.dad=false "$@"
}

plain_peer() {
    plug peer ovsint.bridge=br0 ovsint.ip=10.0.0.2/24,fd00::2/64 \
        ovsint.dad=false ovsint.guard=off "$@"
}

talks() { # over both families, by large packets and TCP
    can_ping c1 10.0.0.2 &&
        can_ping c1 fd00::2 &&
        in_net c1 busybox ping -c 1 -W 2 -s 4000 10.0.0.2 &&
        in_net peer busybox ping -c 1 -W 2 -s 4000 10.0.0.1
}

@test "full: no other MAC, address, ARP and neighbour, no router, no DHCP server" {
    guarded ovsint.vlan=10 ovsint.ip=10.0.0.1/24,fd00::1/64 ovsint.guard=full
    plain_peer ovsint.vlan=10
    talks
    what_arrives peer <<EOT
pass-arp $MAC arp 1 $MAC 10.0.0.1 10.0.0.2
pass-arp-reply $MAC arp 2 $MAC 10.0.0.1 10.0.0.2
pass-arp-probe $MAC arp 1 $MAC 0.0.0.0 10.0.0.1
pass-ipv4 $MAC udp 10.0.0.1 10.0.0.2 1000 2000
pass-ipv4-fragment $MAC to $OTHER udp 10.0.0.1 10.0.0.2 1000 2000 frag
pass-ipv6 $MAC udp fd00::1 fd00::2 1000 2000
pass-ipv6-link-local $MAC udp $LINK_LOCAL fe80::2 1000 2000
pass-echo $MAC icmp6 fd00::1 fd00::2 128
pass-dhcpv6-question $MAC udp $LINK_LOCAL ff02::1:2 546 547
pass-router-solicitation $MAC icmp6 $LINK_LOCAL ff02::2 133
pass-solicitation $MAC icmp6 fd00::1 ff02::1:ff00:2 135 target fd00::2 sll $MAC
pass-solicitation-bare $MAC icmp6 fd00::1 fd00::2 135 target fd00::2
pass-dad $MAC icmp6 :: ff02::1:ff00:1 135 target fd00::1
pass-advertisement $MAC icmp6 fd00::1 ff02::1 136 target fd00::1 tll $MAC
pass-advertisement-bare $MAC icmp6 fd00::1 fd00::2 136 target fd00::1
pass-mld $MAC icmp6 :: ff02::16 143
drop-mac $OTHER arp 1 $OTHER 10.0.0.1 10.0.0.2
drop-mac-alone $OTHER udp 10.0.0.1 10.0.0.2 1000 2000
drop-mac-of-none $OTHER raw 0x88b5
drop-arp-address $MAC arp 2 $MAC 10.0.0.254 10.0.0.2
drop-arp-hardware $MAC arp 2 $OTHER 10.0.0.1 10.0.0.2
drop-arp-gratuitous $MAC arp 1 $MAC 10.0.0.2 10.0.0.2
drop-arp-probe $MAC arp 1 $MAC 0.0.0.0 10.0.0.2
drop-arp-probe-reply $MAC arp 2 $MAC 0.0.0.0 10.0.0.1
drop-ipv4 $MAC udp 10.0.0.2 10.0.0.1 1000 2000
drop-ipv4-nobody $MAC udp 0.0.0.0 255.255.255.255 68 67
drop-ipv6 $MAC udp fd00::2 fd00::1 1000 2000
drop-ipv6-link-local $MAC udp fe80::1 fd00::1 1000 2000
drop-ipv6-nobody $MAC udp :: ff02::1 1000 2000
drop-dad-of-other $MAC icmp6 :: ff02::1:ff00:2 135 target fd00::2
drop-solicitation-told $MAC icmp6 fd00::1 fd00::2 135 target fd00::2 sll $OTHER
drop-solicitation-source $MAC icmp6 fd00::9 fd00::2 135 target fd00::2 sll $MAC
drop-solicitation-told-twice $MAC icmp6 fd00::1 fd00::2 135 target fd00::2 sll $OTHER sll $MAC
drop-advertisement $MAC icmp6 fd00::1 ff02::1 136 target fd00::2 tll $MAC
drop-advertisement-told-twice $MAC icmp6 fd00::1 ff02::1 136 target fd00::1 tll $OTHER tll $MAC
drop-advertisement-bare $MAC icmp6 fd00::1 ff02::1 136 target fd00::2
drop-advertisement-told $MAC icmp6 fd00::1 ff02::1 136 target fd00::1 tll $OTHER
drop-advertisement-fragment $MAC icmp6 fd00::1 ff02::1 136 target fd00::2 tll $MAC frag
drop-router-advertisement $MAC icmp6 $LINK_LOCAL ff02::1 134
drop-router-advertisement-fragment $MAC icmp6 $LINK_LOCAL ff02::1 134 frag
drop-router-advertisement-cut $MAC raw 0x86dd 6000000000202cff$FROM_TO_ALL${CUT_FRAGMENT/NEXT/3a}
drop-router-advertisement-cut-twice $MAC raw 0x86dd 6000000000202cff$FROM_TO_ALL${CUT_FRAGMENT/NEXT/3c}
drop-redirect $MAC icmp6 $LINK_LOCAL fd00::2 137
drop-redirect-ipv4 $MAC icmp 10.0.0.1 10.0.0.2 5
drop-dhcp-answer $MAC udp 10.0.0.1 255.255.255.255 67 68
drop-dhcp-answer-port $MAC udp 10.0.0.1 10.0.0.2 6767 68
drop-dhcp-answer-fragment $MAC udp 10.0.0.1 255.255.255.255 67 68 frag
drop-dhcpv6-answer $MAC udp $LINK_LOCAL fe80::2 547 546
drop-other-protocol $MAC raw 0x88b5
drop-tag-0 $MAC tag 0 arp 1 $MAC 10.0.0.1 10.0.0.2
drop-tag-0-20 $MAC tag 0 tag 20 arp 1 $MAC 10.0.0.1 10.0.0.2
drop-tag-10 $MAC tag 10 arp 1 $MAC 10.0.0.1 10.0.0.2
EOT
    talks
}

# A flow of the datapath for each would cost each connection an upcall.
@test "full: connections share one flow of the datapath" {
    local flows
    guarded ovsint.vlan=10 ovsint.ip=10.0.0.1/24 ovsint.guard=full
    plain_peer ovsint.vlan=10
    can_ping c1 10.0.0.2 # and TCP
    flows=$(ovs-appctl dpctl/dump-flows)
    grep -F 'ipv4(src=10.0.0.1,proto=6' <<<"$flows"
    not grep -F 'tcp(' <<<"$flows"
}

@test "off: the same pretences arrive" {
    guarded ovsint.vlan=10 ovsint.ip=10.0.0.1/24 ovsint.guard=off
    plain_peer ovsint.vlan=10
    no_flows
    what_arrives peer <<EOT
pass-mac $OTHER arp 1 $OTHER 10.0.0.1 10.0.0.2
pass-arp $MAC arp 2 $MAC 10.0.0.254 10.0.0.2
pass-ipv4 $MAC udp 10.0.0.2 10.0.0.1 1000 2000
pass-ipv6 $MAC udp fd00::2 fd00::1 1000 2000
pass-advertisement $MAC icmp6 fd00::1 ff02::1 136 target fd00::2 tll $MAC
pass-router-advertisement $MAC icmp6 $LINK_LOCAL ff02::1 134
pass-redirect-ipv4 $MAC icmp 10.0.0.1 10.0.0.2 5
pass-dhcp-answer $MAC udp 10.0.0.1 255.255.255.255 67 68
pass-dhcp-answer-fragment $MAC udp 10.0.0.1 255.255.255.255 67 68 frag
pass-dhcpv6-answer $MAC udp $LINK_LOCAL fe80::2 547 546
pass-tag-0-20 $MAC tag 0 tag 20 arp 1 $MAC 10.0.0.1 10.0.0.2
EOT
}

@test "mac: any address, no other MAC, and one VLAN header at most" {
    guarded ovsint.vlan=10 ovsint.guard=mac
    plain_peer ovsint.vlan=10
    what_arrives peer <<EOT
pass-arp $MAC arp 2 $MAC 10.0.0.254 10.0.0.2
pass-dhcp-question $MAC udp 0.0.0.0 255.255.255.255 68 67
pass-other-protocol $MAC raw 0x88b5
drop-mac $OTHER arp 1 $OTHER 10.0.0.1 10.0.0.2
drop-mac-of-none $OTHER raw 0x88b5
drop-tag-0 $MAC tag 0 arp 1 $MAC 10.0.0.1 10.0.0.2
drop-tag-0-20 $MAC tag 0 tag 20 raw 0x88b5
EOT
}

@test "a trunk: its VLANs with its identity, and no VLAN within a VLAN" {
    guarded ovsint.trunks=10,20 # mac by default
    plain_peer ovsint.vlan=10
    what_arrives peer "fence $MAC tag 10 arp 1 $MAC 10.0.0.1 10.0.0.77" <<EOT
pass-tag-10 $MAC tag 10 raw 0x88b5
drop-tag-10-20 $MAC tag 10 tag 20 raw 0x88b5
drop-mac $OTHER tag 10 raw 0x88b5
EOT
    unplug c1
    guarded ovsint.trunks=10,20 ovsint.ip=10.0.0.1/24 ovsint.guard=full
    what_arrives peer "fence $MAC tag 10 arp 1 $MAC 10.0.0.1 10.0.0.77" <<EOT
pass-ipv4 $MAC tag 10 udp 10.0.0.1 10.0.0.2 1000 2000
drop-ipv4 $MAC tag 10 udp 10.0.0.2 10.0.0.1 1000 2000
drop-arp $MAC tag 10 arp 1 $MAC 10.0.0.254 10.0.0.2
drop-tag-10-20 $MAC tag 10 tag 20 udp 10.0.0.1 10.0.0.2 1000 2000
EOT
}

# bats test_tags=long
@test "several addresses, guard-also for what else it may use, accept-ra" {
    plain_peer ovsint.vlan=10
    config '{"policy": {"default": "allow", "guard": "mac",
        "guard-also": ["10.0.0.64/26", "fd00:7::/32"]}}'
    guarded ovsint.vlan=10 ovsint.ip=10.0.0.1/24,10.0.1.1/24 \
        ovsint.guard=full ovsint.guard-also=10.0.0.100,fd00:7::/64 \
        ovsint.accept-ra=true
    what_arrives peer <<EOT
pass-second $MAC udp 10.0.1.1 10.0.0.2 1000 2000
pass-also $MAC arp 2 $MAC 10.0.0.100 10.0.0.2
pass-also-udp $MAC udp 10.0.0.100 10.0.0.2 1000 2000
pass-also-ipv6 $MAC udp fd00:7::5 fd00::2 1000 2000
pass-also-neighbour $MAC icmp6 fd00:7::5 ff02::1 136 target fd00:7::6 tll $MAC
pass-router-gives $MAC udp 2001:db8::ff:fe00:1 fd00::2 1000 2000
drop-beside $MAC udp 10.0.0.101 10.0.0.2 1000 2000
drop-beside-ipv6 $MAC udp fd00:8::5 fd00::2 1000 2000
drop-router-gives-others $MAC udp 2001:db8::2 fd00::2 1000 2000
EOT
    unplug c1
    refuses 2 "to send from '10.0.0.1/32' is not allowed by the policy (policy.guard-also: 10.0.0.64/26, fd00:7::/32)" \
        guarded ovsint.vlan=10 ovsint.ip=10.0.0.1/24 ovsint.guard=full \
        ovsint.guard-also=10.0.0.1
    refuses 2 "guard 'off' is not allowed by the policy (policy.guard: mac, full)" \
        guarded ovsint.vlan=10 ovsint.guard=off
}

# bats test_tags=long
@test "two interfaces on one LAN: each may send from its own address" {
    guarded ovsint.ip=10.0.0.1/24 ovsint.eth1.bridge=br0 ovsint.eth1.ip=10.0.0.3/24 \
        ovsint.eth1.guard=full
    plain_peer
    in_net c1 busybox ping -c 1 -W 2 -I 10.0.0.1 10.0.0.2
    not in_net c1 busybox ping -c 1 -W 1 -I 10.0.0.3 10.0.0.2
    in_net c1 ip rule add from 10.0.0.3 table 7
    in_net c1 ip route add 10.0.0.0/24 dev eth1 table 7
    in_net c1 busybox ping -c 1 -W 2 -I 10.0.0.3 10.0.0.2
}

# bats test_tags=long
@test "a veth pair, and a second member of the pod that has it" {
    guarded ovsint.vlan=10 ovsint.ip=10.0.0.1/24,fd00::1/64 ovsint.guard=full \
        ovsint.type=veth
    plain_peer ovsint.vlan=10
    pod_member second c1
    plug second ovsint.bridge=br0 ovsint.mac=$MAC ovsint.dad=false \
        ovsint.vlan=10 ovsint.ip=10.0.0.1/24,fd00::1/64 ovsint.guard=full \
        ovsint.type=veth
    talks
    what_arrives peer <<EOT
pass-ipv4 $MAC udp 10.0.0.1 10.0.0.2 1000 2000
drop-mac $OTHER arp 1 $OTHER 10.0.0.1 10.0.0.2
drop-ipv4 $MAC udp 10.0.0.2 10.0.0.1 1000 2000
EOT
    delete_container second
    what_arrives peer <<<"drop-ipv4 $MAC udp 10.0.0.2 10.0.0.1 1000 2000"
}

# bats test_tags=long
@test "flows of an operator do what they did, before and after" {
    guarded ovsint.ip=10.0.0.1/24 ovsint.guard=full ovsint.vlan=10
    plain_peer ovsint.vlan=10
    ovs-ofctl -O OpenFlow14 add-flow br0 \
        'priority=100,udp,tp_dst=2000,actions=drop'
    ovs-ofctl -O OpenFlow14 add-flow br0 \
        'priority=65500,udp,tp_dst=3000,actions=NORMAL'
    what_arrives peer <<EOT
pass-free $MAC udp 10.0.0.1 10.0.0.2 1000 1000
drop-theirs $MAC udp 10.0.0.1 10.0.0.2 1000 2000
drop-pretence $MAC udp 10.0.0.9 10.0.0.2 1000 1000
pass-theirs-first $MAC udp 10.0.0.9 10.0.0.2 1000 3000
EOT
    unplug c1
    no_flows
    ovs-ofctl dump-flows br0 | grep -q 'tp_dst=2000 actions=drop'
    ovs-ofctl del-flows br0 udp
}

@test "flows go with their port; a bridge that takes none leaves nothing" {
    guarded ovsint.vlan=10 ovsint.ip=10.0.0.1/24 ovsint.guard=full
    any_port() { our_flows | sed 's/in_port=[0-9]*/in_port=N/'; }
    local before
    before=$(any_port)
    [ -n "$before" ]
    unplug c1
    no_flows
    guarded ovsint.vlan=10 ovsint.ip=10.0.0.1/24 # full by default
    [ "$(any_port)" = "$before" ]
    delete_container c1
    no_flows
    vsctl set Bridge br0 protocols=OpenFlow10,OpenFlow13
    sandbox c1
    refuses 1 "(guard=full) is not in force: /run/openvswitch/br0.mgmt: the switch does not speak OpenFlow 1.4: does the column protocols of the bridge leave it out?" \
        guarded ovsint.vlan=10 ovsint.ip=10.0.0.1/24 ovsint.guard=full
    refuses 1 "(guard=full, by default: guard=off does without) is not in force: " \
        guarded ovsint.vlan=10 ovsint.ip=10.0.0.1/24
    no_rows
    guarded ovsint.vlan=10 ovsint.ip=10.0.0.1/24 ovsint.guard=off
    vsctl clear Bridge br0 protocols
    unplug c1
    no_rows
}

@test "a restart of the switch: the guardian puts them back before the device" {
    plugin start --verbose
    guarded ovsint.vlan=10 ovsint.ip=10.0.0.1/24,fd00::1/64 ovsint.guard=full
    plain_peer ovsint.vlan=10
    talks
    vswitchd stop
    vswitchd start
    wait_until 20 talks
    what_arrives peer <<EOT
pass-ipv4 $MAC udp 10.0.0.1 10.0.0.2 1000 2000
drop-ipv4 $MAC udp 10.0.0.2 10.0.0.1 1000 2000
EOT
    plugin stop
}

# bats test_tags=long
@test "a row that loses its MAC closes its port; flows of nobody go" {
    guarded ovsint.vlan=10 ovsint.ip=10.0.0.1/24 ovsint.guard=full
    plain_peer ovsint.vlan=10
    ovs-ofctl -O OpenFlow14 add-flow br0 \
        cookie=0x6f7673696e740777,priority=65200,in_port=1911,reg15=0/0x80000000,actions=drop
    our_flows | grep -q in_port=1911
    plugin start
    wait_until 5 prints_no in_port=1911 our_flows
    can_ping c1 10.0.0.2
    vsctl remove Interface "$(port_of c1)" external_ids ovsint-mac
    wait_until 5 plugin_logged 'a port is closed, as its row does not tell its source guard'
    wait_until 5 cannot_ping c1 10.0.0.2
    vsctl set Interface "$(port_of c1)" external_ids:ovsint-mac=$MAC
    wait_until 5 can_ping c1 10.0.0.2
    plugin stop
}

second_logged() { grep -qF "$1" "$T/second.log"; }

# Each takes the other's flows for a stranger's, as they are put again.
# bats test_tags=long
@test "two daemons at one database do not wear out the switch" {
    local before messages second
    guarded ovsint.ip=10.0.0.1/24 ovsint.guard=full
    plain_peer
    plugin start
    "$PLUGIN" --socket "$T/second.sock" </dev/null >"$T/second.log" 2>&1 3>&- &
    second=$!
    wait_until 5 test -S "$T/second.sock"
    ovs-ofctl -O OpenFlow14 del-flows br0 'udp,in_port=1'
    wait_until 5 second_logged "again and again"
    before=$(ovs-appctl coverage/read-counter ofproto_recv_openflow)
    sleep 2 # time: how much is said within it
    messages=$(($(ovs-appctl coverage/read-counter ofproto_recv_openflow) - before))
    [ "$messages" -lt 10000 ] || fail "$messages messages in two seconds"
    kill "$second"
    wait "$second"
    wait_until 5 can_ping c1 10.0.0.2
    rests
    plugin stop
}
