#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The same with kea: a lease, a renewal, a refusal, a release; and over a relay.

load ../lib/base
load ../lib/cli
load ../lib/plugin
load ../lib/dhcp

# No Docker here, whose containers plugin.bash looks for.
container_pid() { cat "$BUNDLES/$1/pid"; }

teardown() {
    [ ! -e "$T/daemon" ] || plugin stop
    [ ! -e "$T/relay" ] || kill "$(cat "$T/relay")"
    lan_end
    world_teardown
}

renewed_since() { # MS
    [ "$(lease_in a | jq '."begun-ms"')" -gt "$1" ]
}

# bats test_tags=long
@test "kea: a lease, more time, a refusal, and back" {
    lan server
    kea_in server "10.5.0.50 - 10.5.0.50" \
        '{"renew-timer": 2, "rebind-timer": 6}'
    plugin start --verbose
    touch "$T/daemon"
    netns_add a
    ovsint attach /run/netns/a bridge=br0 ip=dhcp dhcp-id=web dhcp-hostname=web \
        guard=full >/dev/null
    has_address a 10.5.0.50
    lease_in a | check_json '.server == "10.5.0.1" and .router == "10.5.0.1" and
        .renew == 2 and .rebind == 6 and .lease == 600'
    wait_until 10 renewed_since "$(lease_in a | jq '."begun-ms"')"
    dhcp_log 'DHCP4_LEASE_ALLOC.*cid=\[00:77:65:62\].*10.5.0.50'
    # It has forgotten its leases, and has the address for another one. If it is
    # not back when more time is asked for, it is when every server is asked.
    dnsmasq_end
    kea_in server "10.5.0.50 - 10.5.0.51" '{"reservations": [
        {"hw-address": "02:00:00:00:00:99", "ip-address": "10.5.0.50"}]}'
    wait_until 15 has_address a 10.5.0.51
    dhcp_log 'DHCP4_PACKET_SEND.*DHCPNAK'
    wait_until 5 in_netns a busybox ping -c 1 -W 2 10.5.0.1
    ovsint detach /run/netns/a >/dev/null
    wait_until 5 dhcp_log 'DHCP4_RELEASE .*address 10.5.0.51 was released'
    netns_gone a
    lan_gone server
}

# bats test_tags=long
@test "kea: over a relay" {
    lan router vlan=10 ip=10.5.0.1/24
    ovsint attach /run/netns/router eth1 bridge=br0 vlan=20 ip=10.6.0.1/24 >/dev/null
    lan server vlan=20 ip=10.6.0.2/24 gateway=10.6.0.1
    in_netns router sysctl -qw net.ipv4.ip_forward=1
    kea_in server "10.5.0.50 - 10.5.0.60"
    nsenter --net=/run/netns/router dhcrelay -4 -d --no-pid -id "$(device_in router)" \
        -iu "$(in_netns router ip -j link show dev eth1 | jq -r '.[0].ifname')" \
        10.6.0.2 >"$T/relayed" 2>&1 3>&- 4>&- &
    echo $! >"$T/relay"
    wait_until 10 grep -q 'Sending on' "$T/relayed"
    netns_add a
    ovsint attach /run/netns/a bridge=br0 vlan=10 ip=dhcp >/dev/null
    address=$(address_in a)
    [[ $address == 10.5.0.* ]]
    lease_in a | check_json '.server == "10.6.0.2" and .router == "10.5.0.1"'
    ovsint detach /run/netns/a >/dev/null
    wait_until 5 dhcp_log "DHCP4_RELEASE .*address $address was released"
    netns_gone a
    dnsmasq_end
    kill "$(cat "$T/relay")"
    rm "$T/relay"
    ovsint detach /run/netns/router eth1 >/dev/null
    lan_gone router server
}
