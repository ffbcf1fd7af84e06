#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The daemon renews leases as long as their containers live: over restarts of
# itself and of the switch, when the server says no, and when it is away.

load ../lib/base
load ../lib/cli
load ../lib/plugin
load ../lib/dhcp
load ../lib/flows

# No Docker here, whose containers plugin.bash looks for.
container_pid() { cat "$BUNDLES/$1/pid"; }

setup() {
    world_setup
    plugin start --verbose
}

teardown() {
    plugin stop
    lan_end
    [ -n "${BATS_TEST_COMPLETED-}" ] || tail -n 20 "$PLUGIN_LOG" >&2
    world_teardown
}

begun() { lease_in "$1" | jq '."begun-ms"'; }

renewed_since() { # NETNS MS
    [ "$(begun "$1")" -gt "$2" ]
}

# The next one after what is on its way.
renewed_again() { # NETNS
    local at
    at=$(begun "$1")
    wait_until 20 renewed_since "$1" "$at"
}

# Who is not answered asks again a minute later at the earliest (RFC 2131, section 4.4.5).
# So a switch or a server that a test takes away has to be back before the next renewal.
POOL='range 10.5.0.50 10.5.0.60; default-lease-time 600; option dhcp-rebinding-time 500;'
SOON="$POOL option dhcp-renewal-time 2;"
LATER="$POOL option dhcp-renewal-time 12;"

@test "a lease is renewed, over restarts of the daemon and of the switch" {
    lan server
    dhcpd_in server "$LATER"
    netns_add a
    ovsint attach /run/netns/a bridge=br0 ip=dhcp
    address=$(address_in a)
    renewed_again a
    plugin restart --verbose
    renewed_again a
    dnsmasq_end
    vswitchd restart
    wait_until 10 reaches /run/netns/a 10.5.0.1
    dhcpd_in server "$SOON" # its socket was of the former device
    renewed_again a
    ovsdb restart
    wait_until 10 rests
    renewed_again a
    has_address a "$address"
    # The port's Interface is as it was: only the Port's times have changed.
    not plugin_logged "another lease"
    # It goes back by the daemon as well, when the container ends unnoticed.
    ip netns delete a
    wait_until 10 dhcp_log "DHCPRELEASE of $address"
    lan_gone server
}

# bats test_tags=long
@test "a server that is away, one that takes a lease away, one that comes back" {
    lan server
    dhcpd_in server 'range 10.5.0.50 10.5.0.50; default-lease-time 6;
        max-lease-time 6; min-lease-time 6; option routers 10.5.0.1;'
    netns_add a
    ovsint attach /run/netns/a bridge=br0 ip=dhcp guard=full
    has_address a 10.5.0.50
    in_netns a busybox ping -c 1 -W 2 10.5.0.1
    renewed_again a
    # Away: when its time is over the address goes off, here and in the rows.
    dnsmasq_end
    wait_until 20 has_address a ""
    wait_until 5 eval 'lease_in a | check_json ". == {}"'
    row Interface external_ids:ovsint-netns=/run/netns/a |
        check_json '.external_ids["ovsint-spec"] | fromjson | .ip == ["dhcp"] and
            (has("gateway") | not)'
    in_netns a ip -j route | check_json '. == []'
    plugin_logged "has lost its lease"
    wait_until 5 prints_no 10.5.0.50 our_flows
    # Back, with another address.
    : >"$T/dhcp/leases"
    dhcpd_in server 'range 10.5.0.51 10.5.0.51; default-lease-time 6;
        max-lease-time 6; min-lease-time 6; option routers 10.5.0.1;'
    wait_until 30 has_address a 10.5.0.51
    wait_until 5 in_netns a busybox ping -c 1 -W 2 10.5.0.1
    lease_in a | check_json '.address == "10.5.0.51/24"'
    # It says no: another one at once.
    dnsmasq_end
    : >"$T/dhcp/leases"
    RANGE=--dhcp-range=10.5.0.52,10.5.0.52,1h dnsmasq_in server
    wait_until 15 has_address a 10.5.0.52
    dhcp_log DHCPNAK
    wait_until 5 in_netns a busybox ping -c 1 -W 2 10.5.0.1
    lan_gone a server
}

wakeups() { awk '/^voluntary/ {print $2}' "/proc/$(plugin_pid)/status"; }

sleeps() {
    local before
    before=$(wakeups)
    sleep 2 # time: so long it has not woken up once
    [ "$(wakeups)" = "$before" ]
}

# A hundred take the switch eight seconds to make.
COUNT=$(of_all 100 25)

# One transaction makes them due 20 ms apart, from 1 s on.
make_due() {
    rows Port | jq -c --argjson now "$(awk '{print int($1 * 1000)}' /proc/uptime)" '
        [.[] | select(.external_ids["ovsint-lease"])] | to_entries |
        ["Open_vSwitch"] + map(.key as $i | .value | {
            op: "mutate", table: "Port", where: [["name", "==", .name]],
            mutations: [
                ["external_ids", "delete", ["set", ["ovsint-lease"]]],
                ["external_ids", "insert", ["map", [["ovsint-lease",
                    (.external_ids["ovsint-lease"] | fromjson |
                        .["begun-ms"] = $now + 1000 + 20 * $i - .renew * 1000 |
                        tojson)]]]]]})' >"$T/due"
    ovsdb-client transact "unix:$OVS_RUNDIR/db.sock" "$(cat "$T/due")" >/dev/null
}

begun_after() { # MS
    rows Port | jq --argjson at "$1" '[.[].external_ids["ovsint-lease"] // empty |
        fromjson | select(.["begun-ms"] > $at)] | length'
}

all_renewed() { [ "$(begun_after "$1")" = "$COUNT" ]; }

# bats test_tags=long
@test "many leases wake the daemon for their own renewals, and for nothing else" {
    local before started spent
    lan server
    dhcpd_in server 'range 10.5.0.50 10.5.0.200; default-lease-time 600;'
    netns_add a
    # Of many devices on one LAN the one that has the address answers; and any of
    # them asks for the others.
    in_netns a sysctl -qw net.ipv4.conf.all.arp_ignore=1
    seq "$COUNT" | xargs -P 8 -I{} "$OVSINT" attach /run/netns/a eth{} bridge=br0 \
        ip=dhcp default=false >/dev/null
    [ "$(begun_after 0)" = "$COUNT" ]
    wait_until 10 sleeps
    make_due
    started=$(awk '{print int($1 * 1000)}' /proc/uptime)
    before=$(wakeups)
    wait_until 15 all_renewed "$started"
    spent=$(($(wakeups) - before))
    echo "wake-ups for $COUNT renewals: $spent"
    # The timer, the server's answer, the database's, the row that has changed; and
    # the helper's: the namespace, and two sockets in it.
    [ "$spent" -le $((7 * COUNT)) ]
    [ "$spent" -ge 1 ]
    wait_until 10 sleeps
    netns_gone a
    lan_gone server
    wait_until 10 eval 'rows Port | check_json "all(.external_ids == {})"'
}
