#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The database or the switch is away, silent, or says no: a sentence, within
# the deadline, and nothing is left behind.

load ../lib/base
load ../lib/sandbox

FAKE=/run/fake.sock

setup() {
    world_setup
    config '{"timeout-ms": 1500}'
}

# A database server that runs CMD for each connection.
fake_server() { # CMD
    rm -f "$FAKE"
    socat "UNIX-LISTEN:$FAKE,fork" "EXEC:$1" </dev/null >/dev/null 2>&1 \
        3>&- 4>&- &
    SERVER=$!
    wait_until 5 test -S "$FAKE"
}

fake_server_stop() {
    kill "$SERVER"
    rm -f "$FAKE"
}

refuses_at() { # TEXT, the server at $FAKE
    sandbox c1
    refuses_state 1 "$1" "$(state c1 ovsint.bridge=br0)" \
        --ovsdb "unix:$FAKE" createRuntime
}

waits_for_port() {
    rows Interface "external_ids:ovsint-container=$1" |
        check_json 'length == 1'
}

# Starts a plug that waits for the frozen switch.
plug_frozen() { # NAME
    config '{"timeout-ms": 10000}'
    sandbox "$1"
    vswitchd freeze
    state "$1" ovsint.bridge=br0 >"$T/frozen"
    "$HOOK" createRuntime <"$T/frozen" 2>"$T/err" 3>&- 4>&- &
    PLUG=$!
    wait_until 5 waits_for_port "$1"
}

plug_failed() { # TEXT
    local status=0
    wait "$PLUG" || status=$?
    [ "$status" = 1 ] || fail "exit status $status"
    grep -q -- "$1" "$T/err" || fail "no '$1' in: $(cat "$T/err")"
}

@test "the bridge is missing" {
    sandbox c1
    refuses 1 "there is no bridge br9" plug c1 ovsint.bridge=br9
    no_rows
}

@test "the database's socket is missing" {
    refuses_at "$FAKE"
}

# bats test_tags=long
@test "the database refuses the connection" {
    sandbox c1
    ovsdb kill
    refuses 1 "ovsdb-server" plug c1 ovsint.bridge=br0
    ovsdb start
    no_rows
}

@test "the database is silent" {
    fake_server 'sleep 5'
    refuses_at "did not answer within"
    fake_server_stop
}

# bats test_tags=long
@test "the database closes in the middle of a reply" {
    printf '#!/bin/sh\nhead -c 20 >/dev/null\nprintf "{\\"id\\":0,\\"resu"\n' \
        >"$T/half"
    chmod +x "$T/half"
    fake_server "$T/half"
    refuses_at "closed the connection"
    fake_server_stop
}

# bats test_tags=long
@test "the database speaks another language" {
    printf '#!/bin/sh\necho "HTTP/1.0 400 Bad Request"\nsleep 1\n' >"$T/http"
    chmod +x "$T/http"
    fake_server "$T/http"
    refuses_at "$FAKE"
    fake_server_stop
}

@test "the database hangs" {
    sandbox c1
    ovsdb freeze
    refuses 1 "did not answer within" plug c1 ovsint.bridge=br0
    ovsdb thaw
    no_rows
}

# bats test_tags=long
@test "ovs-vswitchd is down: the deadline, and no row is left" {
    sandbox c1
    vswitchd stop
    refuses 1 "ovs-vswitchd did not make port" plug c1 ovsint.bridge=br0
    no_rows
    vswitchd start
}

@test "ovs-vswitchd hangs: the deadline, and no row is left" {
    sandbox c1
    vswitchd freeze
    refuses 1 "ovs-vswitchd did not make port" plug c1 ovsint.bridge=br0
    no_rows
    vswitchd thaw
}

# bats test_tags=long
@test "the switch cannot build the bridge: the deadline, no row is left" {
    sandbox c1
    vsctl --no-wait add-br br9 -- set Bridge br9 datapath_type=nonsense
    refuses 1 "did not make port" plug c1 ovsint.bridge=br9
    no_rows
    vsctl --no-wait del-br br9
}

# The switch is frozen while somebody takes the name that it will want.
@test "the port's name is taken on the host: Interface.error is reported" {
    local name
    plug_frozen c1
    name=$(port_of c1)
    ip link add "$name" type veth peer name taken0
    vswitchd thaw
    plug_failed "the switch could not make port $name: .*"
    no_rows
    ip link delete "$name"
}

# bats test_tags=long
@test "somebody deletes the port while the switch makes it" {
    plug_frozen c1
    vsctl --no-wait del-port "$(port_of c1)"
    plug_failed "was removed by somebody"
    vswitchd thaw
}

# bats test_tags=long
@test "the container dies while the switch makes the port" {
    plug_frozen c1
    kill_sandbox c1
    vswitchd thaw
    # Its namespace lives on in the hook's descriptor until the hook ends.
    wait "$PLUG"
    unplug c1
    no_rows
}

# bats test_tags=long
@test "the database restarts while the hook waits: nothing is left" {
    plug_frozen c1
    ovsdb kill
    ovsdb start
    plug_failed "closed the connection"
    vswitchd thaw
    no_rows
}

# A connection that the frozen server has yet to accept.
somebody_connects() {
    ss -xlnH src "$OVS_RUNDIR/db.sock" | awk '$3 > 0 {n++} END {exit !n}'
}

# The rollback has connected to the frozen server when that one dies.
# bats test_tags=long
@test "the database dies during the rollback: nothing is left" {
    sandbox c1
    vswitchd freeze
    state c1 ovsint.bridge=br0 >"$T/frozen"
    "$HOOK" createRuntime <"$T/frozen" 2>"$T/err" 3>&- 4>&- &
    PLUG=$!
    wait_until 5 waits_for_port c1
    ovsdb freeze
    wait_until 10 somebody_connects
    ovsdb kill
    ovsdb start
    plug_failed "did not make port"
    not grep 'rollback failed' "$T/err"
    vswitchd thaw
    no_rows
}

# bats test_tags=long
@test "poststop while the database restarts: it waits for it" {
    config '{"timeout-ms": 10000}' # the switch reconnects with a back-off
    sandbox c1
    plug c1 ovsint.bridge=br0
    ovsdb kill
    unplug c1 &
    local unplug=$!
    ovsdb start
    wait "$unplug"
    no_rows
}

@test "poststop with the database away: an error, and done once it is back" {
    config '{"timeout-ms": 10000}'
    sandbox c1
    plug c1 ovsint.bridge=br0
    ovsdb kill
    refuses_state 1 "container c1: unplug" \
        '{"id":"c1","annotations":{"ovsint.bridge":"br0"}}' poststop
    ovsdb start
    unplug c1
    no_rows
}
