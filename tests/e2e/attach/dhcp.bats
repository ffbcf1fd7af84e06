#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# A container with an address from the LAN: ip=dhcp with a real server.

load ../lib/base
load ../lib/cli
load ../lib/dhcp
load ../lib/sandbox
load ../lib/flows

teardown() {
    lan_end
    world_teardown
}

@test "a lease before the program starts, and back at the end" {
    lan server
    dnsmasq_in server --dhcp-option=3,10.5.0.1
    sandbox c1
    plug c1 ovsint.bridge=br0 ovsint.ip=dhcp ovsint.dhcp-hostname=web
    address=$(in_net c1 ip -j -4 addr show dev eth0 | jq -r '.[0].addr_info[0].local')
    [[ $address == 10.5.0.5* || $address == 10.5.0.60 ]]
    in_net c1 ip -j route | check_json 'map(select(.dst == "default")) |
        length == 1 and .[0].gateway == "10.5.0.1"'
    grep -q " $address web " "$T/dhcp/leases"
    lease_of c1 | check_json --arg ip "$address/24" '.address == $ip and
        .server == "10.5.0.1" and .lease == 3600 and .renew == 1800'
    row Port external_ids:ovsint-container=c1 |
        check_json --arg k "ovsint-ip-$address" '.external_ids | has($k)'
    can_ping c1 10.5.0.1
    # The same once more: nothing is asked.
    asked=$(grep -c DHCPDISCOVER "$T/dhcp/log")
    plug c1 ovsint.bridge=br0 ovsint.ip=dhcp ovsint.dhcp-hostname=web
    [ "$(grep -c DHCPDISCOVER "$T/dhcp/log")" = "$asked" ]
    kill_sandbox c1
    unplug c1
    wait_until 5 dhcp_log "DHCPRELEASE.* $address "
    wait_until 5 not grep -q " $address " "$T/dhcp/leases"
    lan_gone server
    no_rows
}

@test "without a server the container does not start, and nothing is left" {
    config '{"timeout-ms": 1500}'
    netns_add a
    cli_refuses 1 "ip=dhcp: no lease for eth0 on segment br0/10: no DHCP server answers within the deadline" \
        attach /run/netns/a bridge=br0 vlan=10 ip=dhcp
    none_of_cli
    netns_gone a
}

@test "an address that a host of the LAN has is declined" {
    lan server
    lan other ip=10.5.0.50/24
    RANGE=--dhcp-range=10.5.0.50,10.5.0.51,1h dnsmasq_in server
    # The server gives .50 first to one of these; whoever gets it declines it.
    netns_add a b
    ovsint attach /run/netns/a bridge=br0 ip=dhcp
    has_address a 10.5.0.51
    if ! dhcp_log 'DHCPDECLINE.*10.5.0.50'; then
        # It has begun with .51: nothing but .50 is left.
        config '{"timeout-ms": 2500}'
        cli_refuses 1 "gave 10.5.0.50, which the host with MAC" \
            attach /run/netns/b bridge=br0 ip=dhcp
        dhcp_log 'DHCPDECLINE.*10.5.0.50'
    fi
    netns_gone b
    lan_gone a other server
}

# bats test_tags=long
@test "a container that has ended unnoticed is not in the way of the next one with its lease" {
    lan server
    dnsmasq_in server --dhcp-host=id:web,10.5.0.20
    netns_add a
    ovsint attach /run/netns/a bridge=br0 ip=dhcp dhcp-id=web >/dev/null
    # While it lives it keeps it, and be it silent.
    in_netns a ip link set dev eth0 down
    netns_add b
    cli_refuses 1 "gave 10.5.0.20, which another port of the bridge has" \
        attach /run/netns/b bridge=br0 ip=dhcp dhcp-id=web
    lease_in a | check_json '.address == "10.5.0.20/24"'
    netns_gone a
    ovsint attach /run/netns/b bridge=br0 ip=dhcp dhcp-id=web guard=full >/dev/null
    has_address b 10.5.0.20
    in_netns b busybox ping -c 1 -W 2 10.5.0.1
    # To the server both are one client: nothing was given back.
    grep -q " 10.5.0.20 " "$T/dhcp/leases"
    lan_gone b server
    no_flows
}

# bats test_tags=long
@test "an address whose lease has ended, with no daemon, stays and is given to nobody" {
    lan server
    dhcpd_in server 'range 10.5.0.50 10.5.0.50; default-lease-time 3;
        max-lease-time 3; min-lease-time 3; ping-check true;'
    netns_add a b
    ovsint attach /run/netns/a bridge=br0 ip=dhcp >/dev/null
    config '{"timeout-ms": 1500}'
    # The server has no other one, so it looks whether this one is in use. If
    # that finds out nothing, the client's probe does.
    none_is_left() {
        not ovsint attach /run/netns/b bridge=br0 ip=dhcp 2>/dev/null &&
            dhcp_log 'Abandoning IP address 10.5.0.50: (pinged before offer|declined)'
    }
    wait_until 20 none_is_left
    config "$DEFAULT_CONFIG"
    has_address a 10.5.0.50
    in_netns a busybox ping -c 1 -W 2 10.5.0.1
    netns_gone b
    lan_gone a server
}

@test "guard=full learns the leased address, and no other" {
    lan server
    dnsmasq_in server
    netns_add a
    ovsint attach /run/netns/a bridge=br0 ip=dhcp guard=full mac=02:00:00:00:00:01
    address=$(address_in a)
    in_netns a busybox ping -c 1 -W 2 10.5.0.1
    our_flows | grep -q "nw_src=$address"
    # Another one, and other ARP probes, are dropped.
    in_netns a ip addr add 10.5.0.99/24 dev eth0
    not in_netns a busybox ping -c 1 -W 1 -I 10.5.0.99 10.5.0.1
    prints_no arp_spa=0.0.0.0,arp_op=1 our_flows
    lan_gone a server
    no_flows
}

# bats test_tags=long
@test "in its VLAN, as a pair, by its identifier" {
    lan server vlan=10 ip=10.5.0.1/24
    dnsmasq_in server --dhcp-host=id:db,10.5.0.20 --dhcp-option=3,10.5.0.1 \
        --dhcp-option=121,10.8.0.0/16,10.5.0.8,0.0.0.0/0,10.5.0.2
    netns_add a b c
    ovsint attach /run/netns/a bridge=br0 vlan=10 type=veth ip=dhcp dhcp-id=db
    has_address a 10.5.0.20
    # Routes of option 121 go before the router of option 3.
    in_netns a ip -j route | check_json 'map({dst, gateway}) | sort_by(.dst) == [
        {dst: "10.5.0.0/24", gateway: null}, {dst: "10.8.0.0/16",
        gateway: "10.5.0.8"}, {dst: "default", gateway: "10.5.0.2"}]'
    ovsint detach /run/netns/a >/dev/null
    wait_until 5 dhcp_log 'DHCPRELEASE.* 10.5.0.20 '
    # What is asked for goes before what the server says.
    ovsint attach /run/netns/b bridge=br0 vlan=10 ip=dhcp,fd00::5/64 \
        gateway=10.5.0.1 dhcp-id=db dhcp-hostname=shop >/dev/null
    has_address b 10.5.0.20
    grep -q " 10.5.0.20 shop " "$T/dhcp/leases"
    in_netns b ip -j route show default | check_json '.[0].gateway == "10.5.0.1"'
    reaches /run/netns/b 10.5.0.1
    # A trunk asks without a tag, where nobody is.
    config "{\"timeout-ms\": $((PATIENCE * 500))}"
    cli_refuses 1 "no DHCP server answers" attach /run/netns/c bridge=br0 ip=dhcp
    netns_gone a c
    lan_gone b server
}

# bats test_tags=long
@test "a relay between them" {
    # The container is in VLAN 10, the server in VLAN 20; the router relays.
    lan router vlan=10 ip=10.5.0.1/24
    ovsint attach /run/netns/router eth1 bridge=br0 vlan=20 ip=10.6.0.1/24 guard=off >/dev/null
    lan server vlan=20 ip=10.6.0.2/24 gateway=10.6.0.1
    in_netns router sysctl -qw net.ipv4.ip_forward=1
    MORE_SUBNETS='subnet 10.6.0.0 netmask 255.255.255.0 { }' dhcpd_in server \
        'range 10.5.0.50 10.5.0.60; default-lease-time 600; option routers 10.5.0.1;'
    # By their real names.
    nsenter --net=/run/netns/router dhcrelay -4 -d --no-pid -id "$(device_in router)" \
        -iu "$(in_netns router ip -j link show dev eth1 | jq -r '.[0].ifname')" \
        10.6.0.2 >"$T/dhcp/relay" 2>&1 3>&- 4>&- &
    relay=$!
    wait_until 10 grep -q 'Sending on' "$T/dhcp/relay"
    netns_add a
    ovsint attach /run/netns/a bridge=br0 vlan=10 ip=dhcp guard=full >/dev/null
    address=$(address_in a)
    [[ $address == 10.5.0.* ]]
    lease_in a | check_json '.server == "10.6.0.2" and .router == "10.5.0.1"'
    in_netns a busybox ping -c 1 -W 2 10.6.0.2
    # It goes back over the router.
    ovsint detach /run/netns/a >/dev/null
    wait_until 5 dhcp_log "DHCPRELEASE of $address"
    netns_gone a
    kill "$relay"
    wait "$relay" || true
    dnsmasq_end
    ovsint detach /run/netns/router eth1 >/dev/null
    lan_gone router server
}

@test "ip=slaac: a router of the LAN gives the address" {
    config '{"timeout-ms": 1500}'
    netns_add a
    cli_refuses 1 "ip=slaac: no router has given eth0 an address within 1500 ms" \
        attach /run/netns/a bridge=br0 ip=slaac
    none_of_cli
    config "$DEFAULT_CONFIG"
    lan router ip=fd01::1/64
    nsenter --net=/run/netns/router dnsmasq --port=0 --no-daemon --conf-file=/dev/null \
        --except-interface=lo --bind-dynamic --enable-ra \
        --dhcp-range=fd01::,ra-only --ra-param="$(device_in router),10" \
        --dhcp-leasefile=/dev/null >"$T/router" 2>&1 3>&- 4>&- &
    pid=$!
    ovsint attach /run/netns/a bridge=br0 ip=slaac guard=full >/dev/null
    in_netns a ip -j -6 addr show dev eth0 scope global |
        check_json '.[0].addr_info[0] | (.local | startswith("fd01:")) and
            (.tentative | not)'
    in_netns a busybox ping -6 -c 1 -W 2 fd01::1
    kill "$pid"
    wait "$pid" || true
    lan_gone a router
}

@test "the policy: closed until it is opened" {
    lan server vlan=10 ip=10.5.0.1/24
    dnsmasq_in server
    config '{"policy": {"bridges": ["br0"], "vlans": "10"}}'
    sandbox c1
    refuses 2 "annotation ovsint.ip: 'dhcp' is not allowed by the policy" \
        plug c1 ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=dhcp
    config '{"policy": {"bridges": ["br0"], "vlans": "10", "dhcp": true}}'
    plug c1 ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=dhcp
    delete_container c1
    lan_gone server
    no_rows
}
