#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The database or the switch is away, silent or says no, or the plugin dies, in
# every phase of a call: an answer in time, and in the end what Docker believes.

load ../lib/base
load ../lib/plugin

setup() {
    world_setup
    config '{"timeout-ms": 2500}'
    plugin start
    NET=$(net_id 1)
    EP=$(ep_id 1)
    create_network "$NET" '{"bridge":"br0"}'
}

teardown() {
    ovs_heal
    answers >/dev/null || plugin start
    # After its reconnection the plugin does what it had to put off.
    wait_until 12 delete_network "$NET" || FAILED=1
    wait_until 12 no_network "$NET" || FAILED=1
    plugin stop
    world_teardown
}

# What a call takes, without the programs that a busy machine starts around it.
within() { # SECONDS CALL...
    local took limit=$1
    shift
    "$@"
    took=$(<"$T/took")
    ((${took%.*} < limit * PATIENCE)) || fail "$* took $took s"
}

reconnected() { create_network "$NET" '{"bridge":"br0"}'; }

@test "the database is away: creations fail soon and in words" {
    ovsdb stop
    within 5 call_fails "is ovsdb-server running" CreateEndpoint \
        "$(create_endpoint_json "$NET" "$EP" 10.9.0.1/24)"
    within 1 call_fails "is ovsdb-server running" Join "$(join_json "$NET" "$EP")"
    within 1 call_fails "is ovsdb-server running" CreateNetwork \
        "$(create_network_json "$(net_id 2)")"
    within 1 call EndpointOperInfo "$(ids_json "$NET" "$EP")"
    ovsdb start
    wait_until 12 reconnected
    no_endpoint "$EP"
}

# bats test_tags=long
@test "the database is away: removals succeed, and are done later" {
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    join "$NET" "$EP"
    ovsdb stop
    within 5 leave "$NET" "$EP"
    within 5 delete_endpoint "$NET" "$EP"
    within 5 delete_network "$NET"
    ovsdb start
    wait_until 12 no_endpoint "$EP"
    wait_until 12 no_network "$NET"
}

# A switch that has lost its database several times tries again after 8 s only,
# which is more than a call may take.
# bats test_tags=long
@test "a short outage fails nothing" {
    vswitchd restart
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    ovsdb stop
    later join "$NET" "$EP"
    ovsdb start
    later_ends 0
    check_json .InterfaceName <"$T/later"
}

# bats test_tags=long
@test "the database restarts while a creation is on its way" {
    plugin restart --verbose
    reconnected
    ovsdb freeze
    later create_endpoint "$NET" "$EP" 10.9.0.1/24
    wait_until 5 log_shows_call CreateEndpoint
    ovsdb kill
    ovsdb start
    later_ends 0
    # The switch comes back to the database in its own time, up to 8 s.
    wait_until 15 join "$NET" "$EP"
    delete_endpoint "$NET" "$EP"
}

@test "the database is silent: a creation fails and leaves nothing" {
    ovsdb freeze
    within 5 call_fails "did not answer within the deadline" CreateEndpoint \
        "$(create_endpoint_json "$NET" "$EP" 10.9.0.1/24)"
    ovsdb thaw
    wait_until 12 no_endpoint "$EP"
}

# bats test_tags=long
@test "the database is silent: a removal is done when it speaks" {
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    ovsdb freeze
    within 5 delete_endpoint "$NET" "$EP"
    ovsdb thaw
    wait_until 12 no_endpoint "$EP"
}

# bats test_tags=long
@test "the database is silent: a network fails and leaves nothing" {
    ovsdb freeze
    within 5 call_fails "within the deadline" CreateNetwork \
        "$(create_network_json "$(net_id 2)" '{"bridge":"made"}')"
    ovsdb thaw
    wait_until 12 no_network "$(net_id 2)"
    rows Bridge name=made | check_json '. == []'
}

network_is_on() { # BRIDGE ID
    row Bridge "name=$1" |
        check_json --arg key "ovsint-network-$2" '.external_ids | has($key)'
}

# Docker tells a network's options only once, so nobody else knows them.
# bats test_tags=long
@test "a bridge is removed, and the connection breaks before it is back" {
    local net
    net=$(net_id 2)
    bridge_add br1
    create_network "$net" '{"bridge":"br1"}'
    bridge_del br1
    ovsdb restart
    wait_until 12 reconnected
    bridge_add br1
    wait_until 12 network_is_on br1 "$net"
    # The device goes without an event, and the switch makes its successor first.
    plugin freeze
    bridge_del br1
    bridge_add br1
    ovsdb kill
    ovsdb start
    plugin thaw
    wait_until 12 network_is_on br1 "$net"
    create_endpoint "$net" "$EP" 10.9.0.1/24
    delete_endpoint "$net" "$EP"
    # What Docker removes meanwhile does not come back.
    bridge_del br1
    delete_network "$net"
    bridge_add br1
    create_network "$(net_id 3)" '{"bridge":"br1"}'
    bridge_del br1
    bridge_add br1
    wait_until 12 network_is_on br1 "$(net_id 3)"
    no_network "$net"
    delete_network "$(net_id 3)"
    bridge_del br1
}

is_fresh() { # the device of $T/first is another one than that of $T/later
    local first
    first=$(jq -re .InterfaceName.SrcName "$T/first")
    check_json --arg first "$first" \
        '.InterfaceName.SrcName | . != null and . != $first' <"$T/later"
}

# The guardian and the rows both say: the device is in its container.
stays_joined() {
    endpoint_port "$EP" | check_json '.external_ids | has("ovsint-left") | not'
    [ "$(endpoint_port "$EP" | jq -r .name)" = \
        "$(jq -r .InterfaceName.SrcName "$T/later")" ]
}

# libnetwork has used up the prefix: the same name once more would be renamed.
@test "Join comes after a Leave that the silent database has yet to hear of" {
    plugin stop
    plugin start --verbose
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    join "$NET" "$EP" >"$T/first"
    : >"$PLUGIN_LOG"
    ovsdb freeze
    within 5 leave "$NET" "$EP"
    later join "$NET" "$EP"
    wait_until 5 log_shows_call Join
    ovsdb thaw
    later_ends 0
    is_fresh
    stays_joined
    plugin_logged "will note later"
}

# bats test_tags=long
@test "Join comes after a Leave while the database was away" {
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    join "$NET" "$EP" >"$T/first"
    ovsdb stop
    within 5 leave "$NET" "$EP"
    later wait_until 15 join_is_answered
    ovsdb start
    later_ends 0
    is_fresh
    reconnected
    stays_joined
}

join_is_answered() { # the first one that is says which device
    call_status Join "$(join_json "$NET" "$EP")" | grep -q 200 &&
        cp "$T/body$BESIDE" "$T/later"
}

# Sessions are served in their order, so what this one says after the thaw comes
# before what the plugin has said while the database was frozen.
# bats test_tags=long
@test "a network is removed later, while its bridge changes" {
    local words alive
    plugin stop
    mkfifo "$T/words"
    socat - "UNIX-CONNECT:$OVS_RUNDIR/db.sock" <"$T/words" >"$T/answers" \
        3>&- 4>&- &
    exec {words}>"$T/words"
    # The server hangs up where it hears nothing for long.
    while say_echo first; do
        sleep 1 # time: so often it is heard
    done >&"$words" 3>&- 4>&- &
    alive=$!
    wait_until 5 grep -q first "$T/answers"
    plugin start
    create_network "$(net_id 2)" '{"bridge":"made"}'
    kill "$alive"
    say_echo last >&"$words"
    wait_until 5 grep -q last "$T/answers"
    ovsdb freeze
    within 5 delete_network "$(net_id 2)"
    echo '{"id":2,"method":"transact","params":["Open_vSwitch",
        {"op":"mutate","table":"Bridge","where":[["name","==","made"]],
         "mutations":[["external_ids","insert",["map",[["x","y"]]]]]}]}' >&"$words"
    wait_until 5 words_wait
    ovsdb thaw
    wait_until 5 grep -q '"count":1' "$T/answers"
    exec {words}>&-
    wait_until 12 no_bridge made
}

say_echo() { echo "{\"id\":1,\"method\":\"echo\",\"params\":[\"$1\"]}"; }

# The server has yet to read them.
words_wait() { ss -xnpH | awk '/"socat"/ && $4 > 0 {n++} END {exit !n}'; }

no_bridge() { rows Bridge "name=$1" | check_json '. == []'; }

@test "the switch is silent: Join fails and names the port" {
    vswitchd freeze
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    within 5 call_fails "did not make port oi" Join "$(join_json "$NET" "$EP")"
    delete_endpoint "$NET" "$EP"
    vswitchd thaw
    no_endpoint "$EP"
}

# bats test_tags=long
@test "the switch is slow: Join waits for it, others do not" {
    local other
    other=$(ep_id 2)
    create_endpoint "$NET" "$other" 10.9.0.2/24
    join "$NET" "$other"
    vswitchd freeze
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    later join "$NET" "$EP"
    within 1 join "$NET" "$other"
    within 1 delete_endpoint "$NET" "$other"
    vswitchd thaw
    later_ends 0
    delete_endpoint "$NET" "$EP"
}

@test "the switch is away: a new bridge fails and leaves nothing" {
    vswitchd kill
    call_fails "for bridge made" CreateNetwork \
        "$(create_network_json "$(net_id 2)" '{"bridge":"made"}')"
    wait_until 5 no_network "$(net_id 2)"
    rows Bridge name=made | check_json '. == []'
}

# bats test_tags=long
@test "the switch cannot make the bridge" {
    ip link add made type veth peer name made1
    call_fails "the switch could not make bridge made" CreateNetwork \
        "$(create_network_json "$(net_id 2)" '{"bridge":"made"}')"
    wait_until 5 no_network "$(net_id 2)"
    ip link del made
}

# bats test_tags=long
@test "the switch restarts between CreateEndpoint and Join" {
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    vswitchd restart
    join "$NET" "$EP" | check_json .InterfaceName
    delete_endpoint "$NET" "$EP"
}

# bats test_tags=long
@test "the port is removed by hand" {
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    vsctl del-port "$(endpoint_port "$EP" | jq -r .name)"
    call_fails "no port of this endpoint" Join "$(join_json "$NET" "$EP")"
    leave "$NET" "$EP"
    delete_endpoint "$NET" "$EP"
}

@test "the port is removed by hand while Join waits" {
    plugin restart --verbose
    vswitchd freeze
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    later call_fails "was removed by somebody" Join "$(join_json "$NET" "$EP")"
    wait_until 5 log_shows_call Join
    ovs-vsctl --no-wait del-port "$(endpoint_port "$EP" | jq -r .name)"
    later_ends 0
}

@test "the plugin dies in Join; the next one carries on" {
    plugin restart --verbose
    vswitchd freeze
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    later join "$NET" "$EP"
    wait_until 5 log_shows_call Join
    plugin kill
    not wait "$LATER"
    plugin start
    later join "$NET" "$EP"
    vswitchd thaw
    later_ends 0
    delete_endpoint "$NET" "$EP"
}

@test "a plugin that is told to end finishes what it is at" {
    plugin stop
    plugin start --verbose
    vswitchd freeze
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    later join "$NET" "$EP"
    wait_until 5 log_shows_call Join
    rm -f /run/plugin.status
    kill "$(plugin_pid)"
    wait_until 5 test ! -e "$PLUGIN_SOCKET"
    not test -e /run/plugin.status
    vswitchd thaw
    later_ends 0
    check_json .InterfaceName <"$T/later"
    wait_until 5 test -s /run/plugin.status
    [ "$(cat /run/plugin.status)" = 0 ]
    plugin start
    delete_endpoint "$NET" "$EP"
}

# bats test_tags=long
@test "a plugin that is told to end without a database ends" {
    ovsdb stop
    delete_endpoint "$NET" "$EP"
    later create_endpoint "$NET" "$EP" 10.9.0.1/24
    plugin restart
    ovsdb start
    wait "$LATER" || true
    wait_until 12 reconnected
}

# bats test_tags=long
@test "an idle plugin sleeps" {
    create_endpoint "$NET" "$EP" 10.9.0.1/24
    join "$NET" "$EP"
    delete_endpoint "$NET" "$EP"
    # A call may still have been in progress when the guardian looked.
    wait_until 20 sleeps
}

wakeups() { awk '/^voluntary/ {print $2}' "/proc/$(plugin_pid)/status"; }

sleeps() {
    local before
    before=$(wakeups)
    sleep 3 # time: so long it has not woken up once
    [ "$(wakeups)" = "$before" ]
}
