#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# What a container has after the hook ran: read back with ip, and by traffic.

load ../lib/base

two_containers_ping() { # RUNTIME
    bundle c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24
    bundle c2 ovsint.bridge=br0 ovsint.ip=10.0.0.2/24
    run_container "$1" c1
    run_container "$1" c2
    can_ping c1 10.0.0.2
    can_ping c2 10.0.0.1
    delete_container c1
    delete_container c2
    rows Interface external_ids:ovsint-owner=hook | check_json '. == []'
}

@test "runc: two containers ping each other" {
    two_containers_ping runc
}

@test "crun: two containers ping each other" {
    two_containers_ping crun
}

@test "success is silent" {
    bundle c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24
    run run_container runc c1
    [ "$status" = 0 ]
    [ "$output" = "" ]
    run delete_container c1
    [ "$status" = 0 ]
    [ "$output" = "" ]
    not grep . "$SYSLOG"
}

@test "a container without our annotations is left alone" {
    bundle c1 org.example.bridge=br0
    run_container runc c1
    rows Interface external_ids:ovsint-owner=hook | check_json '. == []'
    in_net c1 ip -j link | check_json 'map(.ifname) == ["lo"]'
}

@test "VLANs are kept apart on one bridge" {
    local name vlan address=0
    for name in a1:10 a2:10 b1:20 b2:20; do
        vlan=${name#*:} name=${name%:*}
        bundle "$name" ovsint.bridge=br0 "ovsint.vlan=$vlan" \
            "ovsint.ip=10.0.0.$((++address))/24"
        run_container runc "$name"
    done
    can_ping a1 10.0.0.2
    can_ping b1 10.0.0.4
    cannot_ping a1 10.0.0.3
    cannot_ping b2 10.0.0.1
}

@test "the device is up, with its addresses, MAC and MTU, and is called eth0" {
    bundle c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24,10.0.1.1/16 \
        ovsint.mac=02:00:5e:00:53:01 ovsint.mtu=1400
    run_container runc c1
    link c1 eth0 | check_json --arg port "$(port_of c1)" \
        '.ifname == $port and .altnames == ["eth0"] and
         .address == "02:00:5e:00:53:01" and .mtu == 1400 and
         (.flags | contains(["UP", "LOWER_UP"]))'
    in_net c1 ip -j -4 addr show dev eth0 | check_json \
        '[.[].addr_info[] | "\(.local)/\(.prefixlen)"] | sort ==
         ["10.0.0.1/24", "10.0.1.1/16"]'
}

# bats test_tags=long
@test "gateway and further routes" {
    bundle c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24 \
        ovsint.gateway=10.0.0.254 \
        'ovsint.routes=192.0.2.0/24 via 10.0.0.253,198.51.100.0/24 via 10.0.0.252'
    run_container runc c1
    in_net c1 ip -j route | check_json --arg port "$(port_of c1)" \
        'map(select(.gateway) | [.dst, .gateway, .dev]) | sort == [
            ["192.0.2.0/24", "10.0.0.253", $port],
            ["198.51.100.0/24", "10.0.0.252", $port],
            ["default", "10.0.0.254", $port]]'
}

@test "IPv6: addresses, gateway, traffic" {
    bundle c1 ovsint.bridge=br0 ovsint.ip=2001:db8::1/64,10.0.0.1/24 \
        ovsint.gateway=2001:db8::fe
    bundle c2 ovsint.bridge=br0 ovsint.ip=2001:db8::2/64
    run_container runc c1
    run_container crun c2
    can_ping c1 2001:db8::2
    in_net c1 ip -j -6 route show default |
        check_json 'map(.gateway) == ["2001:db8::fe"]'
}

# bats test_tags=long
@test "several interfaces of one container" {
    bundle c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24 \
        ovsint.eth1.bridge=br0 ovsint.eth1.vlan=30 ovsint.eth1.ip=10.0.3.1/24 \
        ovsint.lan.bridge=br0 ovsint.lan.vlan=40
    bundle c2 ovsint.bridge=br0 ovsint.vlan=30 ovsint.ip=10.0.3.2/24
    run_container runc c1
    run_container runc c2
    link c1 eth0 | check_json '.altnames == ["eth0"]'
    link c1 eth1 | check_json '.altnames == ["eth1"]'
    link c1 lan | check_json '.altnames == ["lan"]'
    row Port name="$(port_of c1 eth1)" | check_json '.tag == 30'
    row Port name="$(port_of c1 lan)" | check_json '.tag == 40'
    can_ping c1 10.0.3.2
}

@test "the row says whose it is and leaves the switch's columns alone" {
    bundle c1 ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=10.0.0.1/24 \
        ovsint.mac=02:00:5e:00:53:01 ovsint.mtu=1400
    run_container runc c1
    row Interface name="$(port_of c1)" | check_json \
        '.type == "internal" and .mac == [] and .mtu_request == [] and
         .ingress_policing_rate == 0 and .ofport > 0 and
         (.external_ids | .["ovsint-owner"] == "hook" and
          .container_id == "c1" and .container_iface == "eth0" and
          .["attached-mac"] == "02:00:5e:00:53:01" and
          .["iface-status"] == "active" and (.["iface-id"] | length) > 0)'
    row Port name="$(port_of c1)" | check_json \
        '.tag == 10 and .qos == [] and
         .external_ids["ovsint-owner"] == "hook" and
         .external_ids["ovsint-container"] == "c1"'
}

# bats test_tags=long
@test "a network namespace that somebody else made" {
    ip netns add blue
    bundle c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24
    bundle_edit c1 '(.linux.namespaces[] | select(.type == "network")).path =
        "/run/netns/blue"'
    run_container runc c1
    ip netns exec blue ip -j addr show dev eth0 |
        check_json '.[0].addr_info[0].local == "10.0.0.1"'
    delete_container c1
    # The namespace outlives the container; the vNIC must not.
    wait_until 5 not ip netns exec blue ip link show dev eth0
    ip netns delete blue
}

@test "a process in the container can use the network" {
    bundle c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24
    bundle c2 ovsint.bridge=br0 ovsint.ip=10.0.0.2/24
    run_container runc c1
    run_container crun c2
    wait_until 5 exec_in c1 ping -c 1 -W 1 10.0.0.2
    wait_until 5 exec_in c2 ping -c 1 -W 1 10.0.0.1
}
