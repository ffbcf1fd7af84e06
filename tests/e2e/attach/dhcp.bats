#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A container with an address from the LAN: ip=dhcp with a real server.

load ../lib/base
load ../lib/cli
load ../lib/dhcp
load ../lib/sandbox
load ../lib/flows

teardown() {
    dnsmasq_end
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
    dnsmasq_end
    ovsint detach /run/netns/server
    netns_gone server
    no_rows
}
