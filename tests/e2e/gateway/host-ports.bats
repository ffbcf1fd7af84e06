#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The host as a router: host access ports of networks with mode=nat, and
# whatever happens to them. host-access.bats has what both datapaths need.

load ../lib/base
load ../lib/plugin
load ../lib/sandbox
load ../lib/host

setup() { host_begin; }
teardown() {
    [ ! -e "$T/monitor.pid" ] || kill "$(cat "$T/monitor.pid")" || true
    host_end
}

@test "it is set up when CreateNetwork answers" {
    DEV=$FLAT_DEV
    create_network "$NET" '{"bridge":"br0","vlan":"10","mtu":"1400",
        "host-access":"true"}' "$DUAL"
    has_addresses "10.9.0.254/24 fd00:9::fe/64"
    host_link "$DEV" | check_json '.flags | index("UP")'
    host_link "$DEV" | check_json '.mtu == 1400'
    row Interface "name=$DEV" | check_json '.type == "internal" and
        .mtu_request == 1400 and .external_ids["ovsint-owner"] == "docker" and
        .external_ids["ovsint-host-network"] == $net' --arg net "$NET"
    row Interface "name=$DEV" |
        check_json '.mac == $mac' --arg mac "$(host_link "$DEV" | jq -r .address)"
    row Port "name=$DEV" | check_json '.tag == 10 and .external_ids[
        "ovsint-segment"] == "br0/10" and
        .external_ids["ovsint-ip-10.9.0.254"] == "br0/10"'
    [ "$(setting ipv6 accept_ra)" = 0 ]
    [ "$(setting ipv4 accept_redirects)$(setting ipv6 accept_redirects)" = 00 ]
    [ "$(setting ipv4 accept_source_route)" = 0 ]
    [ "$(setting ipv6 accept_source_route)" = 0 ]
    [ "$(setting ipv6 disable_ipv6)" = 0 ]
    [ "$(setting ipv4 route_localnet)" = 0 ]
}

@test "with mode=nat it is the router" {
    create_network "$NET" '{"mode":"nat"}' "$DUAL"
    has_addresses "10.9.0.254/24 fd00:9::fe/64"
    [ "$(setting ipv4 forwarding)" = 1 ]
    [ "$(setting ipv4 route_localnet)" = 1 ]
    [ "$(setting ipv6 forwarding)" = 1 ]
    [ "$(setting ipv6 accept_ra)" = 0 ]
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    join "$NET" "$EP" | check_json '.Gateway == "10.9.0.254" and
        .DisableGatewayService'
    delete_endpoint "$NET" "$EP"
    delete_network "$NET"
    wait_until 5 not has_device "$DEV"
    rows Bridge "name=oi-${NET:0:12}" | check_json '. == []'
}

# bats test_tags=long
@test "an internal or isolated network has none" {
    create_network "$NET" '{"mode":"nat"}' \
        '{"Options":{"com.docker.network.internal":true}}'
    rows Interface "name=$DEV" | check_json '. == []'
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    join "$NET" "$EP" | check_json '.Gateway == null and .DisableGatewayService'
    delete_endpoint "$NET" "$EP"
}

# ---- what stands in the way --------------------------------------------------

@test "options that do not fit say what does" {
    local options text
    while IFS='|' read -r options text; do
        call_fails "$text" CreateNetwork \
            "$(create_network_json "$NET" "$options")"
        no_network "$NET"
    done <<-'EOF'
	{"mode":"isolated","host-access":"true"}|give mode=flat or mode=nat
	{"mode":"nat","host-access":"false"}|the host is its router
	{"mode":"nat","host-ip":"10.9.0.7/24"}|give --gateway
	{"bridge":"br0","host-ip":"10.9.0.7/24"}|give host-access=true, too
	{"bridge":"br0","host-access":"true","host-ip":"10.9.0.7"}|no address with a length
	{"bridge":"br0","nat6":"routed"}|only a network with mode=nat
	EOF
    call_fails "needs a subnet" CreateNetwork "$(create_network_json "$NET" \
        '{"mode":"nat"}' '{"IPv4Data":[{"Pool":"0.0.0.0/0"}]}')"
    no_network "$NET"
}

@test "addresses and subnets that the host has elsewhere" {
    local text
    DEV=$FLAT_DEV
    text=$(create_network_json "$NET" "$ACCESS")
    ip link add there type veth peer name yonder
    ip address add 10.9.0.254/32 dev there
    call_fails "device there has that address" CreateNetwork "$text"
    ip address del 10.9.0.254/32 dev there
    ip link set there up
    ip address add 10.9.0.9/26 dev there
    call_fails "reaches 10.9.0.0/26 by device there" CreateNetwork "$text"
    ip address del 10.9.0.9/26 dev there
    ip address add 10.1.1.1/8 dev there
    call_fails "reaches 10.0.0.0/8 by device there" CreateNetwork "$text"
    ip address del 10.1.1.1/8 dev there
    # A way to the rest of the world is no neighbour.
    ip address add 192.0.2.1/24 dev there
    ip route add default via 192.0.2.2
    ip route add 10.0.0.0/8 via 192.0.2.2
    create_network "$NET" "$ACCESS"
    has_addresses 10.9.0.254/24
    call_fails "by device $DEV" CreateNetwork "$(create_network_json \
        "$(net_id 2)" '{"bridge":"br0","host-access":"true","vlan":"7",
            "host-ip":"10.9.0.7/24"}')"
    ip link del there
    no_network "$(net_id 2)"
}

@test "an address that a port of the bridge holds" {
    DEV=$FLAT_DEV
    sandbox c1
    plug c1 ovsint.bridge=br0 ovsint.ip=10.9.0.254/24
    call_fails "is held by a port of bridge br0" CreateNetwork \
        "$(create_network_json "$NET" "$ACCESS")"
    no_network "$NET"
    delete_container c1
    create_network "$NET" "$ACCESS"
    sandbox c1
    refuses 1 "10.9.0.254" plug c1 ovsint.bridge=br0 ovsint.ip=10.9.0.254/24
    kill_sandbox c1
    rm "$BUNDLES/c1/pid"
}

# bats test_tags=long
@test "a device of somebody else's has the name" {
    DEV=$FLAT_DEV
    ip link add "$DEV" type veth peer name yonder
    call_fails "$DEV" CreateNetwork "$(create_network_json "$NET" "$ACCESS")"
    ip link del "$DEV"
    wait_until 5 no_network "$NET"
    create_network "$NET" "$ACCESS"
    has_addresses 10.9.0.254/24
}

@test "the switch is silent: CreateNetwork fails and leaves nothing" {
    DEV=$FLAT_DEV
    config '{"timeout-ms": 2500}'
    plugin restart
    vswitchd freeze
    call_fails "host access port" CreateNetwork \
        "$(create_network_json "$NET" "$ACCESS")"
    vswitchd thaw
    wait_until 5 no_network "$NET"
    rows Interface "name=$DEV" | check_json '. == []'
}

# ---- whatever happens to it --------------------------------------------------

is_whole() {
    is_set_up &&
        [ "$(setting ipv4 forwarding)$(setting ipv4 route_localnet)" = 11 ]
}

@test "the switch restarts: it is set up again, and connections live on" {
    create_network "$NET" '{"mode":"nat","bridge":"br0"}' "$DUAL"
    container c1 "$NET" "$EP" 10.9.0.1/24
    can_ping c1 10.9.0.254
    vswitchd restart
    wait_until 10 is_whole
    can_ping c1 10.9.0.254
    vswitchd kill
    vswitchd start
    wait_until 10 is_whole
    can_ping c1 10.9.0.254
    remove_container c1 "$NET" "$EP"
}

# bats test_tags=long
@test "the switch removes all devices and starts again" {
    create_network "$NET" '{"mode":"nat","bridge":"br0"}' "$DUAL"
    vswitchd clear_away
    not has_device "$DEV"
    vswitchd start
    wait_until 10 is_whole
    wait_until 5 plugin_logged "repaired a host access port"
}

@test "somebody removes its addresses, or changes its settings" {
    create_network "$NET" '{"mode":"nat","bridge":"br0"}' "$DUAL"
    ip address flush dev "$DEV" scope global
    wait_until 5 is_whole
    echo 0 >"/proc/sys/net/ipv4/conf/$DEV/forwarding"
    wait_until 5 is_whole
    echo 1 >/proc/sys/net/ipv4/ip_forward
    echo 0 >/proc/sys/net/ipv4/ip_forward
    wait_until 5 is_whole
}

# bats test_tags=long
@test "somebody deletes its device, again and again" {
    local former n
    outside_begin
    create_network "$NET" '{"mode":"nat","bridge":"br0"}' "$DUAL"
    nat_container c1
    can_ping c1 192.0.2.2
    for n in 1 2; do
        former=$(index)
        ip link delete "$DEV"
        wait_until 15 is_anew "$former"
        can_ping c1 192.0.2.2
        can_ping c1 2001:db8::2
        wait_until 5 plugin_logged "made a port again"
        [ "$(grep -c "made a port again" "$PLUGIN_LOG")" = "$n" ]
        [ "$(grep -c "repaired a host access port" "$PLUGIN_LOG")" -ge "$n" ]
    done
    remove_container c1 "$NET" "$EP"
    delete_network "$NET"
    outside_end
}

is_anew() { # FORMER-INDEX
    prints_other "$1" index && is_whole
}

# bats test_tags=long
@test "while the plugin is away" {
    create_network "$NET" '{"mode":"nat","bridge":"br0"}' "$DUAL"
    plugin kill
    ip address flush dev "$DEV"
    ip link set "$DEV" down
    echo 0 >"/proc/sys/net/ipv4/conf/$DEV/forwarding"
    plugin start
    wait_until 5 is_whole
    plugin_logged "repaired a host access port"
    plugin restart
    wait_until 5 is_whole
    [ "$(grep -c "repaired a host access port" "$PLUGIN_LOG")" = 1 ]
}

# bats test_tags=long
@test "somebody sets it down" {
    create_network "$NET" '{"mode":"nat","bridge":"br0"}' "$DUAL"
    ip link set "$DEV" down
    wait_until 5 is_whole
    wait_until 5 plugin_logged "repaired a host access port"
}

@test "somebody removes its row" {
    create_network "$NET" '{"mode":"nat","bridge":"br0"}' "$DUAL"
    vsctl del-port "$DEV"
    wait_until 10 is_whole
    plugin_logged "made a port again"
    row Interface "name=$DEV" |
        check_json '.external_ids["ovsint-host-network"] == $net' --arg net "$NET"
}

# bats test_tags=long
@test "somebody removes its bridge, which comes back" {
    bridge_add theirs
    create_network "$NET" '{"mode":"nat","bridge":"theirs"}' "$DUAL"
    bridge_del theirs
    wait_until 5 not has_device "$DEV"
    bridge_add theirs
    wait_until 10 is_whole
    delete_network "$NET"
    bridge_del theirs
}

# bats test_tags=long
@test "the database is away when the network goes: it goes later" {
    create_network "$NET" '{"mode":"nat","bridge":"br0"}'
    ovsdb stop
    delete_network "$NET"
    ovsdb start
    wait_until 12 not has_device "$DEV"
    rows Interface "name=$DEV" | check_json '. == []'
}

# ---- forwarding ----------------------------------------------------------------

host_forwards() { # 0|1 0|1: IPv4, IPv6
    echo "$1" >/proc/sys/net/ipv4/ip_forward
    echo "$2" >/proc/sys/net/ipv6/conf/all/forwarding
}

# Sets OLD for outside_end.
outside_begin() {
    local pid
    OLD="$(setting ipv4 forwarding all) $(setting ipv6 forwarding all)"
    host_forwards 0 0
    sandbox out
    read -r pid <"$BUNDLES/out/pid"
    ip link add wan0 type veth peer name wan1 netns "$pid"
    ip address add 192.0.2.1/24 dev wan0
    ip address add 2001:db8::1/64 dev wan0 nodad
    ip link set wan0 up
    in_net out ip address add 192.0.2.2/24 dev wan1
    in_net out ip address add 2001:db8::2/64 dev wan1 nodad
    in_net out ip link set wan1 up
}

outside_end() {
    local old
    read -r -a old <<<"$OLD"
    host_forwards "${old[@]}"
    delete_container out
}

nat_container() { # NAME: on $NET as $EP
    container "$1" "$NET" "$EP" 10.9.0.1/24 fd00:9::1/64
    in_net "$1" ip route add default via 10.9.0.254
    in_net "$1" ip route add default via fd00:9::fe
}

wan() { # IPv4 and IPv6
    echo "$(setting ipv4 forwarding wan0)$(setting ipv6 force_forwarding wan0)"
}

wan_is() { [ "$(wan)" = "$1" ] || fail "$(wan)"; }

opened() { # 4|6
    nft -j list set inet ovsint "opened$1" |
        jq -r '[.nftables[].set.elem // [] | .[]] | join(" ")'
}

opened_are() { [ "$(opened 4)|$(opened 6)" = "$1" ]; }

noted_is() { [ "$(noted "$DEV")" = "$1" ]; }

noted() {
    row Interface "name=$1" |
        jq -r '.external_ids["ovsint-forwarding-wan0"]'
}

@test "a host that forwards nothing does so for these networks, and no longer" {
    local other
    outside_begin
    other=$(net_id 2)
    create_network "$NET" '{"mode":"nat","bridge":"br0"}' "$DUAL"
    [ "$(noted "$DEV")" = 46 ]
    wan_is 11
    opened_are "wan0|wan0"
    nat_container c1
    can_ping c1 192.0.2.2
    can_ping c1 2001:db8::2
    create_network "$other" '{"mode":"nat","bridge":"br0","vlan":"7"}' \
        '{"IPv4Data":[{"Pool":"10.8.0.0/24","Gateway":"10.8.0.1"}]}'
    remove_container c1 "$NET" "$EP"
    delete_network "$NET"
    wan_is 11
    plugin restart
    [ "$(noted "ovsint-${other:0:8}")" = 46 ]
    wan_is 11
    delete_network "$other"
    wan_is 00
    outside_end
}

# bats test_tags=long
@test "a plugin that dies has not forgotten what to set back" {
    outside_begin
    create_network "$NET" '{"mode":"nat","bridge":"br0"}' "$DUAL"
    wan_is 11
    plugin kill
    plugin start
    wait_until 5 opened_are "wan0|wan0"
    vsctl del-port "$DEV"
    wait_until 10 is_whole
    wait_until 5 noted_is 46
    delete_network "$NET"
    wan_is 00
    outside_end
}

recorded() { # NAME: what was done before is in the record, too
    nft add table inet "$1"
    nft delete table inet "$1"
    grep -q "delete table inet $1" "$T/monitor"
}

# bats test_tags=long
@test "a plugin that starts makes no table that lets opened devices be" {
    local monitor made verb
    outside_begin
    create_network "$NET" '{"mode":"nat","bridge":"br0"}' "$DUAL"
    opened_are "wan0|wan0"
    nft monitor >"$T/monitor" 2>&1 3>&- 4>&- &
    monitor=$!
    echo "$monitor" >"$T/monitor.pid"
    wait_until 5 recorded begin
    for verb in restart kill restart; do
        plugin "$verb"
        [ "$verb" != kill ] || plugin start
        wait_until 5 opened_are "wan0|wan0"
        wait_until 5 noted_is 46
    done
    wait_until 5 recorded end
    made=$(generations <"$T/monitor")
    [[ $made = "complete complete complete"* && $made != *without* ]] ||
        fail "$made"
    kill "$monitor"
    rm "$T/monitor.pid"
    delete_network "$NET"
    wan_is 00
    outside_end
}

# One word for each time that our table was made.
generations() {
    awk '/^add table inet ovsint/ {made = 1}
        /^add element inet ovsint opened[46] .*"wan0"/ {opened++}
        /^# new generation/ {
            if (made) said = said sep (opened == 2 ? "complete" : "without")
            if (made) sep = " "
            made = opened = 0
        }
        END {print said}'
}

# The kernel lets nobody else change a table that has an owner.
own_table() {
    coproc OWNER { nft -i >/dev/null 2>&1 3>&- 4>&-; }
    echo "$OWNER_PID" >"$T/monitor.pid"
    echo 'add table inet ovsint { flags owner; }' >&"${OWNER[1]}"
    wait_until 5 nft list table inet ovsint
}

# bats test_tags=long
@test "where the rules cannot be made no device is opened" {
    outside_begin
    create_network "$NET" '{"mode":"nat","bridge":"br0"}' "$DUAL"
    wan_is 11
    plugin stop
    nft delete table inet ovsint
    echo 0 >/proc/sys/net/ipv4/conf/wan0/forwarding
    echo 0 >/proc/sys/net/ipv6/conf/wan0/force_forwarding
    own_table
    plugin start
    wait_until 5 plugin_logged "the rules of the networks are not in force"
    # Two reasons to look once more, one after the other.
    ip address flush dev "$DEV" scope global
    wait_until 5 is_set_up
    ip address flush dev "$DEV" scope global
    wait_until 5 is_set_up
    [ "$(setting ipv4 forwarding)$(setting ipv4 route_localnet)" = 00 ]
    wan_is 00
    kill "$OWNER_PID"
    rm "$T/monitor.pid"
    wait_until 12 wan_is 11
    opened_are "wan0|wan0"
    delete_network "$NET"
    outside_end
}

# bats test_tags=long
@test "a device that comes later" {
    local pid
    outside_begin
    create_network "$NET" '{"mode":"nat","bridge":"br0"}' "$DUAL"
    read -r pid <"$BUNDLES/out/pid"
    ip link del wan0
    wait_until 5 noted_is null
    ip link add wan0 type veth peer name wan1 netns "$pid"
    ip address add 192.0.2.1/24 dev wan0
    ip address add 2001:db8::1/64 dev wan0 nodad
    wait_until 5 wan_is 11
    noted_is 46
    delete_network "$NET"
    wan_is 00
    outside_end
}

# bats test_tags=long
@test "more devices than forward for a network: it says so" {
    local i
    outside_begin
    for i in {1..128}; do
        echo "link add many$i type veth peer name more$i"
        echo "link set many$i group 77"
        echo "address add 198.51.100.$i/32 dev many$i"
        echo "address add 203.0.113.$i/32 dev more$i"
    done >"$T/batch"
    ip -batch "$T/batch"
    call_fails "more than 256 devices of the host have addresses" \
        CreateNetwork "$(create_network_json "$NET" \
        '{"mode":"nat","bridge":"br0"}' "$DUAL")"
    ip link delete group 77
    wait_until 5 no_network "$NET"
    create_network "$NET" '{"mode":"nat","bridge":"br0"}' "$DUAL"
    wan_is 11
    delete_network "$NET"
    outside_end
}

# bats test_tags=long
@test "a host that forwards anyway: nothing is touched, and nothing in its way" {
    outside_begin
    create_network "$NET" '{"mode":"nat","bridge":"br0"}' "$DUAL"
    opened_are "wan0|wan0"
    # Somebody makes the host a router, as dockerd does.
    host_forwards 1 0
    wait_until 5 opened_are "|wan0"
    host_forwards 1 1
    wait_until 5 opened_are "|"
    delete_network "$NET"
    [ "$(setting ipv4 forwarding wan0)" = 1 ]
    create_network "$NET" '{"mode":"nat","bridge":"br0"}' "$DUAL"
    opened_are "|"
    # It is one no longer.
    host_forwards 0 0
    wait_until 5 wan_is 11
    wait_until 5 opened_are "wan0|wan0"
    delete_network "$NET"
    wan_is 00
    outside_end
}

# bats test_tags=long
@test "40 networks at once, each with the host on it" {
    local n pids=() pid options
    for n in {1..40}; do
        options="{\"IPv4Data\":[{\"Pool\":\"10.9.$n.0/24\",
            \"Gateway\":\"10.9.$n.254\"}]}"
        create_network "$(net_id "$n")" \
            "{\"bridge\":\"made\",\"mode\":\"nat\",\"vlan\":\"$n\"}" "$options" \
            >"$T/$n" 2>&1 &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid"; done
    for n in {1..40}; do
        NET=$(net_id "$n")
        has_addresses "10.9.$n.254/24" "ovsint-${NET:0:8}"
    done
    for n in {1..40}; do delete_network "$(net_id "$n")"; done
    rows Bridge name=made | check_json '. == []'
}
