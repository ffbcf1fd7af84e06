#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The host on a network of its own: the host access port comes, stays as it
# should be whatever the switch does, and goes.

load ../lib/base
load ../lib/plugin
load ../lib/sandbox
load ../lib/host

setup() {
    host_begin
    DEV=$FLAT_DEV
}
teardown() { host_end; }

@test "the host and a container of the network reach each other" {
    create_network "$NET" "$ACCESS" "$DUAL"
    container c1 "$NET" "$EP" 10.9.0.1/24 fd00:9::1/64
    wait_until 5 host_pings 10.9.0.1
    wait_until 5 host_pings fd00:9::1
    can_ping c1 10.9.0.254
    can_ping c1 fd00:9::fe
    remove_container c1 "$NET" "$EP"
}

# bats test_tags=long
@test "a network with VLAN: the host is on that one alone" {
    local other ep2
    other=$(net_id 2) ep2=$(ep_id 2)
    create_network "$NET" '{"bridge":"br0","vlan":"10","host-access":"true"}'
    create_network "$other" '{"bridge":"br0","vlan":"20"}'
    container c1 "$NET" "$EP" 10.9.0.1/24
    container c2 "$other" "$ep2" 10.9.0.2/24
    can_ping c1 10.9.0.254
    cannot_ping c2 10.9.0.254
    remove_container c1 "$NET" "$EP"
    remove_container c2 "$other" "$ep2"
}

# bats test_tags=long
@test "without IPv6 addresses the host has no IPv6 there" {
    create_network "$NET" "$ACCESS"
    [ "$(setting ipv6 disable_ipv6)" = 1 ]
    prints_nothing ip -6 address show dev "$DEV"
}

# bats test_tags=long
@test "addresses of the operator's choice" {
    create_network "$NET" '{"bridge":"br0","host-access":"true",
        "host-ip":"10.9.0.7/24,10.77.0.1/28,fd00:9::7/64"}'
    has_addresses "10.9.0.7/24 10.77.0.1/28 fd00:9::7/64"
}

@test "DeleteNetwork takes it along, from a bridge of somebody else's too" {
    create_network "$NET" "$ACCESS"
    vswitchd freeze
    delete_network "$NET"
    rows Interface "name=$DEV" | check_json '. == []'
    # The device goes in the switch's time, what is on it at once.
    has_addresses ""
    vswitchd thaw
    wait_until 5 not has_device "$DEV"
    create_network "$NET" "$ACCESS"
    has_addresses 10.9.0.254/24
}

# bats test_tags=long
@test "the switch restarts: the host is back, and reached as before" {
    create_network "$NET" "$ACCESS" "$DUAL"
    container c1 "$NET" "$EP" 10.9.0.1/24
    can_ping c1 10.9.0.254
    vswitchd restart
    wait_until 10 is_set_up
    can_ping c1 10.9.0.254
    vswitchd kill
    vswitchd start
    wait_until 10 is_set_up
    can_ping c1 10.9.0.254
    remove_container c1 "$NET" "$EP"
}

deletes_device() { ip link delete "$DEV"; }
is_anew() { prints_other "$1" index && is_set_up; } # FORMER-INDEX

# Rows are written when something is to be done, and not again.
is_at_rest() { # REPAIRS
    call Ovsint.Ports | check_json '.ports | map(select(.port == $dev)) ==
        [{port: $dev, owner: "docker", network: $net, state: "on the host",
            repairs: $count}]' --arg dev "$DEV" --arg net "$NET" \
        --argjson count "$1" || return
    row Interface "name=$DEV" | check_json '.type == "internal" and
        (.external_ids | has("ovsint-remaking") | not)'
}

@test "somebody deletes its device: it is made again, and not twice" {
    local former asked
    create_network "$NET" "$ACCESS" "$DUAL"
    container c1 "$NET" "$EP" 10.9.0.1/24
    can_ping c1 10.9.0.254
    former=$(index)
    if [ "$DATAPATH" = kernel ]; then
        # The kernel does not allow that.
        not deletes_device
        [ "$(index)" = "$former" ]
        wait_until 5 is_at_rest 0
        remove_container c1 "$NET" "$EP"
        return
    fi
    deletes_device
    wait_until 10 is_anew "$former"
    can_ping c1 10.9.0.254
    wait_until 5 host_pings 10.9.0.1
    wait_until 5 is_at_rest 1
    plugin_logged "its device was deleted on the host"
    asked=$(vsctl get Open_vSwitch . next_cfg)
    # A change that makes the guardian look once more.
    vsctl --no-wait set Bridge br0 other_config:mac-table-size=4096
    plugin restart
    wait_until 5 is_at_rest 0
    is_set_up
    [ "$(vsctl get Open_vSwitch . next_cfg)" = "$asked" ]
    [ "$(grep -c "made a port again" "$PLUGIN_LOG")" = 1 ]
    vsctl --no-wait remove Bridge br0 other_config mac-table-size
    remove_container c1 "$NET" "$EP"
}

# bats test_tags=long
@test "somebody deletes its device while the plugin is away" {
    local former
    create_network "$NET" "$ACCESS" "$DUAL"
    container c1 "$NET" "$EP" 10.9.0.1/24
    can_ping c1 10.9.0.254
    former=$(index)
    plugin kill
    if [ "$DATAPATH" = kernel ]; then
        not deletes_device
        former=0
    else
        deletes_device
    fi
    plugin start
    wait_until 10 is_anew "$former"
    can_ping c1 10.9.0.254
    remove_container c1 "$NET" "$EP"
}

# What a guardian leaves that is killed between its two steps.
# bats test_tags=long
@test "the switch has dropped its device, and there is no plugin" {
    create_network "$NET" "$ACCESS" "$DUAL"
    container c1 "$NET" "$EP" 10.9.0.1/24
    plugin kill
    vsctl set Interface "$DEV" 'type=""' external_ids:ovsint-remaking=true
    plugin start
    wait_until 10 is_set_up
    wait_until 5 is_at_rest 1
    can_ping c1 10.9.0.254
    remove_container c1 "$NET" "$EP"
}

# bats test_tags=long
@test "the switch takes all devices along, and somebody the row" {
    create_network "$NET" "$ACCESS" "$DUAL"
    vswitchd clear_away
    not has_device "$DEV"
    vswitchd start
    wait_until 10 is_set_up
    wait_until 5 plugin_logged "repaired a host access port"
    vsctl del-port "$DEV"
    wait_until 10 is_set_up
    plugin_logged "made a port again"
}

is_on_vlan() { # VLAN
    [ "$(vsctl get Port "$DEV" tag)" = "$1" ] &&
        [ "$(vsctl get Interface "$DEV" mtu_request)" = 1400 ]
}

lan_is() { # VLAN
    config '{"networks": {"lan": {"bridge": "br0", "vlan": '"$1"', "mtu": 1400}}}'
    plugin restart
}

# bats test_tags=long
@test "somebody removes its row: it comes back as it was, that of an earlier version as its options say" {
    lan_is 10
    create_network "$NET" '{"network":"lan","host-access":"true"}'
    is_on_vlan 10
    lan_is 20
    vsctl del-port "$DEV"
    wait_until 10 is_on_vlan 10
    wait_until 10 has_device "$DEV"
    plugin stop
    vsctl remove Interface "$DEV" external_ids ovsint-host-spec
    plugin start
    vsctl del-port "$DEV"
    wait_until 10 is_on_vlan 20
    wait_until 10 has_device "$DEV"
    row Interface "name=$DEV" |
        check_json '.external_ids["ovsint-host-spec"] | fromjson | .vlan == 20'
}
