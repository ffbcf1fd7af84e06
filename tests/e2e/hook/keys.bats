#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Keys of the vocabulary that attach.bats and vlans.bats leave: each with its
# effect seen from inside or in the database.

load ../lib/base
load ../lib/sandbox

setup() {
    world_setup
    sandbox peer
    plug peer ovsint.bridge=br0 ovsint.ip=10.0.0.100/24,fd00::100/64 \
        ovsint.guard=off \
        ovsint.dad=false
}

earlier_network() { # NAME: an eth0 with a default route, as of another plugin
    in_net "$1" ip link add eth0 type veth peer name away
    in_net "$1" ip address add 192.168.9.2/24 dev eth0
    in_net "$1" ip link set away up
    in_net "$1" ip link set eth0 up
    in_net "$1" ip route add default via 192.168.9.1
}

@test "default=true: the earlier default device is down, the route is ours" {
    sandbox c1
    earlier_network c1
    plug c1 ovsint.eth1.bridge=br0 ovsint.eth1.ip=10.0.0.1/24 \
        ovsint.eth1.gateway=10.0.0.100 ovsint.eth1.default=true
    in_net c1 ip -j route show default |
        check_json 'length == 1 and .[0].gateway == "10.0.0.100"'
    link c1 eth0 | check_json '.flags | index("UP") | not'
    link c1 eth1 | check_json '.flags | index("UP")'
    can_ping c1 10.0.0.100
}

# bats test_tags=long
@test "without default the earlier device stays up" {
    sandbox c1
    earlier_network c1
    plug c1 ovsint.eth1.bridge=br0 ovsint.eth1.ip=10.0.0.1/24
    link c1 eth0 | check_json '.flags | index("UP")'
    in_net c1 ip -j route show default |
        check_json '.[0].gateway == "192.168.9.1"'
}

# Bytes that left through the device while CMD ran; the shaper's own count.
sent_bytes() {
    in_net "$1" tc -s -j qdisc show dev eth0 | jq '.[0].bytes'
}

@test "rate and burst: a shaper inside, at the rate that was asked for" {
    sandbox c1
    plug c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24 ovsint.rate=8000 \
        ovsint.burst=1000
    in_net c1 tc -j qdisc show dev eth0 |
        check_json '.[0].kind == "tbf" and .[0].options.rate == 1000000 and
            .[0].options.burst >= 124900 and .[0].options.burst <= 125000'
    wait_until 5 ping_once c1 10.0.0.100
    [ "$(sent_bytes c1)" -gt 0 ]
}

@test "ofport: the OpenFlow number that was asked for" {
    sandbox c1
    plug c1 ovsint.bridge=br0 ovsint.ofport=4242
    row Interface "name=$(port_of c1)" | check_json '.ofport == 4242'
}

@test "ofport: a number that another port of the bridge has is refused" {
    local holder
    sandbox c1
    sandbox c2
    plug c1 ovsint.bridge=br0 ovsint.ofport=4242
    holder=$(port_of c1)
    run plug c2 ovsint.bridge=br0 ovsint.ofport=4242
    [ "$status" != 0 ]
    [[ $output == *"OpenFlow number 4242 of bridge br0 belongs to port $holder of container c1"* ]]
    row Interface "name=$holder" | check_json '.ofport == 4242'
    [ "$(rows Port external_ids:ovsint-owner=hook | jq length)" = 2 ]
    # One that has not got it yet, and somebody else's.
    vsctl add-port br0 other -- set Interface other type=internal \
        ofport_request=4243
    run plug c2 ovsint.bridge=br0 ovsint.ofport=4243
    [ "$status" != 0 ]
    [[ $output == *"belongs to port other: ask for another one by ofport"* ]]
    # The numbers of a bridge are its own.
    bridge_add br1
    plug c2 ovsint.bridge=br1 ovsint.ofport=4242
    row Interface "name=$(port_of c2)" | check_json '.ofport == 4242'
    unplug c2
    bridge_del br1
    vsctl del-port other
}

# bats test_tags=long
@test "ofport: one number for two interfaces of a bridge is refused" {
    sandbox c1
    run plug c1 ovsint.bridge=br0 ovsint.ofport=4242 \
        ovsint.eth1.bridge=br0 ovsint.eth1.ofport=4242
    [ "$status" != 0 ]
    [[ $output == *"OpenFlow number 4242 of bridge br0 is asked for twice, by eth0 and by eth1"* ]]
    bridge_add br1
    plug c1 ovsint.bridge=br0 ovsint.ofport=4242 \
        ovsint.eth1.bridge=br1 ovsint.eth1.ofport=4242
    rows Interface ofport=4242 | check_json 'length == 2'
    unplug c1
    bridge_del br1
}

@test "external-ids: copied, also with quotes and commas; ours yield" {
    sandbox c1
    plug c1 ovsint.bridge=br0 \
        'ovsint.external-ids=iface-id=lsp-1,note=say "a\,b=c"'
    row Interface "name=$(port_of c1)" | check_json '.external_ids |
        .["iface-id"] == "lsp-1" and .note == "say \"a,b=c\"" and
        .["ovsint-owner"] == "hook" and .["iface-status"] == "active" and
        .container_id == "c1" and .container_iface == "eth0"'
}

@test "the MAC is told in the row, and a container's own is always the same" {
    local first
    sandbox c1
    plug c1 ovsint.bridge=br0
    first=$(link c1 eth0 | jq -r .address)
    row Interface "name=$(port_of c1)" |
        check_json '.external_ids["attached-mac"] == $mac' --arg mac "$first"
    unplug c1
    kill_sandbox c1
    sandbox c1
    plug c1 ovsint.bridge=br0
    [ "$(link c1 eth0 | jq -r .address)" = "$first" ]
}

tentative() {
    in_net "$1" ip -j -6 address show dev eth0 | jq '[.[0].addr_info[] |
        select(.scope == "global") | has("tentative")] | any'
}

# bats test_tags=long
@test "dad=false: the IPv6 address is usable at once; by default it is tried" {
    sandbox c1
    sandbox c2
    plug c1 ovsint.bridge=br0 ovsint.ip=fd00::1/64 ovsint.dad=false
    [ "$(tentative c1)" = false ]
    # For long enough to be seen, also on a slow machine.
    in_net c2 sh -c 'echo 4 >/proc/sys/net/ipv6/conf/default/dad_transmits'
    plug c2 ovsint.bridge=br0 ovsint.ip=fd00::2/64
    [ "$(tentative c2)" = true ]
    can_ping c1 fd00::100
    wait_until 10 eval '[ "$(tentative c2)" = false ]'
    can_ping c2 fd00::100
}

# In $router, in any case.
advertised() { # NAME PREFIX: it listens, and by now all others could have
    wait_until 5 is_advertised router "$router" "$2" "$1"
    advertises router "$router" "$2::"
}

@test "nobody on the link configures a container, but by accept-ra=true" {
    local router name
    for name in router four six pair listens; do sandbox "$name"; done
    # As an image or a runtime may have set it.
    in_net four sysctl -qw net.ipv6.conf.default.accept_ra=2
    plug router ovsint.bridge=br0
    router=$(port_of router)
    # From the first moment on: one tells it all the time.
    nsenter --net="/proc/$(container_pid router)/ns/net" "$ADVERTISE" \
        "$router" 2001:db8:bad:: 100000 1 3>&- 4>&- &
    plug four ovsint.bridge=br0 ovsint.ip=10.0.0.4/24
    plug six ovsint.bridge=br0 ovsint.ip=fd00::6/64 ovsint.gateway=fd00::1
    plug pair ovsint.bridge=br0 ovsint.ip=10.0.0.5/24 ovsint.type=veth
    plug listens ovsint.bridge=br0 ovsint.accept-ra=true
    wait_until 5 has_prefix listens 2001:db8:bad
    kill "$!"
    wait "$!" || true
    advertised listens 2001:db8:2
    for name in four six pair; do unadvertised "$name" eth0; done
    in_net six ip -j -6 route show default | check_json 'length == 1'
    in_net listens ip -j -6 route show default |
        check_json 'length == 1 and .[0].protocol == "ra"'
    # What others make there is their business.
    [ "$(in_net four cat /proc/sys/net/ipv6/conf/default/accept_ra)" = 2 ]
    [ "$(in_net six cat /proc/sys/net/ipv6/conf/default/accept_ra)" = 1 ]
}

# A neighbour that knew the address under another MAC.
neighbour() { # ADDRESS
    in_net peer ip -j neighbour show "$1" | jq -r '.[0].lladdr'
}

@test "addresses are announced: neighbours learn the new MAC at once" {
    sandbox c1
    in_net peer ip neighbour replace 10.0.0.1 lladdr 02:00:00:00:00:99 \
        dev eth0 nud stale
    in_net peer ip neighbour replace fd00::1 lladdr 02:00:00:00:00:99 \
        dev eth0 nud stale
    plug c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24,fd00::1/64 \
        ovsint.dad=false ovsint.mac=02:00:00:00:00:01
    wait_until 5 eval '[ "$(neighbour 10.0.0.1)" = 02:00:00:00:00:01 ]'
    wait_until 5 eval '[ "$(neighbour fd00::1)" = 02:00:00:00:00:01 ]'
}

# The peer is the router, and has addresses in a net of its own.
@test "a router outside of the container's prefix: on the link" {
    local device
    device=$(port_of peer)
    in_net peer ip addr add 169.254.1.1/32 dev "$device"
    in_net peer ip addr add fd99::1/128 dev "$device" nodad
    in_net peer ip addr add 192.0.2.9/32 dev lo
    in_net peer ip addr add 2001:db8:9::9/128 dev lo
    in_net peer ip link set lo up
    in_net peer ip route add 10.77.0.5/32 dev "$device"
    in_net peer ip -6 route add fd77::5/128 dev "$device"
    sandbox c1
    plug c1 ovsint.bridge=br0 ovsint.ip=10.77.0.5/32,fd77::5/128 \
        ovsint.dad=false ovsint.gateway=169.254.1.1,fd99::1 \
        ovsint.routes="198.51.100.0/24 via 169.254.1.1"
    can_ping c1 192.0.2.9
    can_ping c1 2001:db8:9::9
    in_net c1 ip -j route show 198.51.100.0/24 |
        check_json 'length == 1 and (.[0].flags | index("onlink"))'
}

isolated_pair() { # [KEY=VALUE...]
    sandbox c1
    sandbox c2
    plug c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24,fd00::1/64 \
        ovsint.dad=false ovsint.isolated-ports=true
    plug c2 ovsint.bridge=br0 ovsint.ip=10.0.0.2/24,fd00::2/64 \
        ovsint.dad=false ovsint.isolated-ports=true "$@"
}

# Nobody hears even the question who has an address.
isolated_from() { # NAME ADDRESS
    can_ping "$1" 10.0.0.100
    can_ping "$1" fd00::100
    cannot_ping "$1" "$2"
    in_net "$1" ip -j neigh show to "$2" | check_json 'all(has("lladdr") | not)'
}

@test "isolated-ports: not each other, but everybody else" {
    isolated_pair
    rows Port protected=true | check_json 'length == 2'
    isolated_from c1 10.0.0.2
    isolated_from c2 fd00::1
    can_ping peer 10.0.0.1
    can_ping peer 10.0.0.2
}

# bats test_tags=long
@test "isolated-ports of a veth pair" {
    isolated_pair ovsint.type=veth
    isolated_from c2 10.0.0.1
}

# bats test_tags=long
@test "type=veth: a real eth0, also for readers of /sys" {
    sandbox c1
    plug c1 ovsint.bridge=br0 ovsint.type=veth ovsint.ip=10.0.0.1/24 \
        ovsint.mtu=1300 ovsint.mac=02:00:00:00:00:07
    link c1 eth0 | check_json '.ifname == "eth0" and .mtu == 1300 and
        .linkinfo.info_kind == "veth" and .address == "02:00:00:00:00:07"'
    row Interface "name=$(port_of c1)" | check_json '.type == ""'
    can_ping c1 10.0.0.100
}

@test "type=veth: what programs send gets through, from and to an end of a pair" {
    local expected=on
    # Only the kernel datapath does without it.
    [ "$DATAPATH" = kernel ] || expected=off
    sandbox c1
    sandbox c2
    plug c1 ovsint.bridge=br0 ovsint.type=veth ovsint.ip=10.0.0.1/24
    plug c2 ovsint.bridge=br0 ovsint.type=veth ovsint.ip=10.0.0.2/24
    can_ping c1 10.0.0.100
    can_ping peer 10.0.0.1
    can_ping c1 10.0.0.2
    [ "$(checksums c1 eth0)" = "$expected" ]
    [ "$(checksums peer "$(port_of peer)")" = on ] || [ "$DATAPATH" != kernel ]
}

@test "mtu above 1500: carried, or refused with the largest that is; a pair carries it" {
    sandbox c1
    sandbox c2
    if [ "$DATAPATH" = kernel ]; then
        plug c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24 ovsint.mtu=9000
    else
        refuses 1 "ask for mtu=1500 or less, or for type=veth" \
            plug c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24 ovsint.mtu=1501
        rows Interface external_ids:ovsint-container=c1 |
            check_json 'length == 0'
        plug c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24 ovsint.mtu=1500
        can_ping c1 10.0.0.100
        unplug c1
        plug c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24 ovsint.mtu=9000 \
            ovsint.type=veth
    fi
    plug c2 ovsint.bridge=br0 ovsint.ip=10.0.0.2/24 ovsint.mtu=9000 \
        ovsint.type=veth
    can_ping c1 10.0.0.2
    can_ping c2 10.0.0.1
}

ovs_major() { ovs-vswitchd --version | sed -nE '1s/.* ([0-9]+)\..*/\1/p'; }

# bats test_tags=long
@test "a bridge with a spanning tree: ports that are there receive broadcasts, new ones are refused" {
    local column
    sandbox c1
    sandbox c2
    sandbox c3
    for column in stp_enable rstp_enable; do
        bridge_add tree0
        plug c1 ovsint.bridge=tree0 ovsint.ip=10.1.0.1/24
        plug c2 ovsint.bridge=tree0 ovsint.ip=10.1.0.2/24
        vsctl set Bridge tree0 "$column=true"
        refuses 1 "ovs-vsctl set Bridge tree0 $column=false" \
            plug c3 ovsint.bridge=tree0
        # With Open vSwitch 4.0 ports that were there before receive no
        # broadcasts either.
        [ "$(ovs_major)" -ge 4 ] || can_ping c1 10.1.0.2
        plug c3 ovsint.bridge=tree0 ovsint.type=veth
        unplug c3
        vsctl set Bridge tree0 "$column=false"
        plug c3 ovsint.bridge=tree0 ovsint.ip=10.1.0.3/24
        can_ping c3 10.1.0.1
        unplug c1
        unplug c2
        unplug c3
        bridge_del tree0
    done
}

# bats test_tags=long
@test "sixteen interfaces in one go; a seventeenth is refused" {
    local i ask=()
    sandbox c1
    for i in {0..15}; do
        ask+=("ovsint.net$i.bridge=br0" "ovsint.net$i.ip=10.1.$i.1/24")
    done
    refuses 2 "interfaces" plug c1 "${ask[@]}" ovsint.net16.bridge=br0
    plug c1 "${ask[@]}"
    in_net c1 ip -j link | check_json 'length == 17 and
        ([.[].altnames[0]?] | index("net15"))'
    rows Interface external_ids:ovsint-container=c1 |
        check_json 'length == 16'
}

# bats test_tags=long
@test "one of several cannot be had: none is plugged" {
    sandbox c1
    refuses 1 "there is no bridge br9" plug c1 ovsint.bridge=br0 \
        ovsint.eth1.bridge=br9
    rows Interface external_ids:ovsint-container=c1 | check_json 'length == 0'
    in_net c1 ip -j link | check_json 'length == 1'
}

# Setting up fails after the port was made and moved: everything goes back.
@test "a step inside fails: the port is taken away again" {
    sandbox c1
    in_net c1 sysctl -q net.ipv6.conf.default.disable_ipv6=1
    refuses 1 "IPv6" plug c1 ovsint.bridge=br0 ovsint.ip=fd00::1/64
    rows Interface external_ids:ovsint-container=c1 | check_json 'length == 0'
    wait_until 5 eval '[ "$(in_net c1 ip -j link | jq length)" = 1 ]'
}
