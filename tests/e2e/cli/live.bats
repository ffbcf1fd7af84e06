#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# What goes on: rates of ports, on a terminal and as documents; arrivals,
# losses and repairs as they happen.

load ../lib/base
load ../lib/plugin
load ../lib/sandbox
load ../lib/cli

setup() {
    world_setup
    sandbox web
    sandbox db
    plug web ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=10.0.0.1/24
    plug db ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=10.0.0.2/24
}

teardown() {
    ovs_heal
    [ ! -e "$T/watcher" ] || kill "$(cat "$T/watcher")" 2>/dev/null || true
    [ ! -e "$T/sender" ] || kill "$(cat "$T/sender")" 2>/dev/null || true
    [ ! -e "$T/plugin" ] || plugin stop
    world_teardown
}

# One datagram of 1000 bytes each 10 ms, from web to db.
send_all_the_time() {
    local pid
    pid=$(cat "$BUNDLES/web/pid")
    nsenter "--net=/proc/$pid/ns/net" bash -c 'printf -v text "%1000s" x
        exec 3>/dev/udp/10.0.0.2/9
        while :; do printf %s "$text" >&3; read -rt 0.01 <> <(:) || true; done' \
        </dev/null >/dev/null 2>&1 3>&- 4>&- &
    echo $! >"$T/sender"
}

@test "rates: once, as a table and as JSON" {
    send_all_the_time
    ovsint top --once --json >"$T/answer"
    check_json '.database and .milliseconds >= 900 and (.ports | length == 2) and
        (.ports[0] | .container == "web" or .container == "db") and
        (.ports[] | select(.container == "web") |
            .["tx-bits"] > 8000 and .["tx-packets"] > 0) and
        (.ports[] | select(.container == "db") | .["rx-bits"] > 8000)' \
        <"$T/answer"
    ovsint top --once >"$T/table"
    grep -qE '^CONTAINER +IFACE +RX bit/s +TX bit/s' "$T/table"
    grep -qE '^web +eth0 +[0-9.]+k? +[0-9.]+[kM] ' "$T/table"
    cli_refuses 2 "'0' is not 1-3600 seconds" top --every 0
}

# A terminal of 12 lines, which somebody makes smaller; the keys come from a pipe.
@test "rates on a terminal, its keys, another size, and its end" {
    local pid status=0
    send_all_the_time
    mkfifo "$T/keys"
    script -qec "stty rows 12 cols 70; tty >$T/tty; exec $OVSINT top --every 1" \
        /dev/null <"$T/keys" >"$T/screen" 2>&1 3>&- 4>&- &
    pid=$!
    exec 7>"$T/keys"
    wait_until 5 grep -qaE 'by bits.*' "$T/screen"
    wait_until 5 grep -qaE 'web.*[0-9.]+k' "$T/screen"
    printf n >&7
    wait_until 5 grep -qa 'by name' "$T/screen"
    stty rows 5 cols 40 <"$(cat "$T/tty")"
    printf d >&7
    wait_until 5 grep -qa 'by drops' "$T/screen"
    printf q >&7
    exec 7>&-
    wait "$pid" || status=$?
    [ "$status" = 0 ]
    # It has left the second screen, and shown no call that it may not make.
    tail -c 40 "$T/screen" | grep -qaF $'\e[?1049l'
    not grep -qa 'not allowed' "$T/screen"
}

# bats test_tags=long
@test "a terminal is given back when it is interrupted" {
    local pid
    script -qec "stty rows 12 cols 70; echo \$\$ >$T/pid; exec $OVSINT top" \
        /dev/null </dev/null >"$T/screen" 2>&1 3>&- 4>&- &
    pid=$!
    wait_until 5 grep -qa 'by bits' "$T/screen"
    kill -INT "$(cat "$T/pid")" 2>/dev/null || true
    wait "$pid" || true
    grep -qaF $'\e[?1049l' "$T/screen"
    not grep -qa 'not allowed' "$T/screen"
}

# bats test_tags=long
@test "ports that come and go while rates are shown, and the database away" {
    "$OVSINT" top --json --every 1 </dev/null >"$T/lines" 2>"$T/stderr" 3>&- 4>&- &
    echo $! >"$T/watcher"
    wait_until 10 last_has '.ports | length == 2'
    sandbox late
    plug late ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=10.0.0.3/24
    wait_until 10 last_has 'any(.ports[]; .container == "late")'
    ovsdb stop
    wait_until 10 last_has '(.database | not) and (.ports | length == 3)'
    ovsdb start
    wait_until 10 last_has '.database'
    delete_container late
    wait_until 10 last_has '.ports | length == 2'
    kill "$(cat "$T/watcher")"
    [ ! -s "$T/stderr" ]
}

last_has() { tail -n 1 "$T/lines" | jq -e "$1" >/dev/null; }

watches() {
    "$OVSINT" watch --json </dev/null >"$T/lines" 2>"$T/stderr" 3>&- 4>&- &
    echo $! >"$T/watcher"
    # A port that everybody may make tells that it looks.
    wait_until 10 looks
}

looks() {
    vsctl --may-exist add-port br0 mark \
        -- set Port mark external_ids:ovsint-owner=hook \
        -- set Interface mark type=internal external_ids:ovsint-owner=hook \
        external_ids:ovsint-container=mark
    vsctl del-port mark
    has_event '.port == "mark"'
}

has_event() { jq -se "any(.[]; $1)" "$T/lines" >/dev/null; }

@test "arrivals, another VLAN, departures, and what happened while the database was away" {
    watches
    sandbox late
    plug late ovsint.bridge=br0 ovsint.vlan=30 ovsint.ip=10.0.0.3/24
    wait_until 5 has_event '.event == "arrived" and .container == "late" and
        .interface == "eth0" and .text == "on br0, VLAN 30, 10.0.0.3/24"'
    vsctl set Port "$(port_of late)" tag=31
    wait_until 5 has_event '.event == "vlan" and .text == "VLAN 31 now"'
    ovsdb stop
    wait_until 5 has_event '.event == "database"'
    ovsdb start
    wait_until 10 has_event '.text == "the database is back"'
    delete_container late
    wait_until 5 has_event '.event == "gone" and .container == "late"'
    not has_event '.container == "web"'
    kill "$(cat "$T/watcher")"
    [ ! -s "$T/stderr" ]
}

# bats test_tags=long
@test "losses and repairs, as the guardian tells them" {
    [ "$DATAPATH" = userspace ] || return 0 # the kernel's lose nothing
    : >"$T/plugin"
    plugin start
    rests
    watches
    vswitchd restart
    wait_until 20 has_event '.event == "repaired" and .container == "web"'
    wait_until 20 has_event '.event == "repaired" and .container == "db"'
    plugin stop
    wait_until 10 has_event '.event == "guardian"'
    plugin start
    wait_until 10 has_event '.text == "the guardian is back"'
    kill "$(cat "$T/watcher")"
}

@test "for people: a line for each" {
    "$OVSINT" watch </dev/null >"$T/lines" 2>&1 3>&- 4>&- &
    echo $! >"$T/watcher"
    sandbox late
    wait_until 10 people_see
    kill "$(cat "$T/watcher")"
    grep -qE '^[0-9]{2}:[0-9]{2}:[0-9]{2}  arrived   late eth0: on br0, ' \
        "$T/lines"
}

people_see() {
    plug late ovsint.bridge=br0 ovsint.vlan=30 ovsint.ip=10.0.0.3/24
    grep -q 'arrived *late' "$T/lines" || { unplug late; return 1; }
}
