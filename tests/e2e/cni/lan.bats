#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The CNI plugin's own ip=dhcp: a lease without an IPAM plugin.

load ../lib/base
load ../lib/cli
load ../lib/cni
load ../lib/dhcp

teardown() {
    lan_end
    world_teardown
}

@test "the plugin takes the lease, tells it, checks it and gives it back" {
    lan server vlan=10 ip=10.5.0.1/24
    dnsmasq_in server --dhcp-option=3,10.5.0.1 --dhcp-option=6,10.5.0.53,10.5.0.54 \
        --dhcp-option=15,lab.example --dhcp-option=119,eng.lab.example,lab.example
    lan_=$(conf lan 1.0.0 '.bridge = "br0" | .vlan = 10 | .ip = "dhcp" | .guard = "full"')
    netns_add a
    cni ADD a "$lan_" | check_json '(.ips | length) == 1 and
        (.ips[0].address | test("^10\\.5\\.0\\.[56][0-9]/24$")) and
        .ips[0].gateway == "10.5.0.1" and .ips[0].interface == 0 and
        .dns == {nameservers: ["10.5.0.53", "10.5.0.54"],
            search: ["eng.lab.example", "lab.example"]}'
    address=$(address_in a)
    jq -e --arg a "$address/24" '.ips[0].address == $a' "$T/answer"
    in_netns a busybox ping -c 1 -W 2 10.5.0.1
    cni CHECK a "$(jq -c --slurpfile r "$T/answer" '.prevResult = $r[0]' <<<"$lan_")"
    cni DEL a "$lan_"
    wait_until 5 dhcp_log "DHCPRELEASE.* $address "
    lan_gone server
    # Nobody gives one: an error, and nothing is left.
    config '{"timeout-ms": 1500}'
    cni_refuses 11 "no DHCP server answers" ADD a "$lan_"
    prints_nothing holds
    netns_gone a
}
