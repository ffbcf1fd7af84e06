#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# How the guardian is asked and what it answers: its state, one pass (`--once`), two guardians.

load ../lib/base
load ../lib/plugin
load ../lib/sandbox
load ../lib/guard

setup() { guard_setup; }
teardown() { guard_teardown; }

@test "it tells what it knows" {
    pair
    rests
    ports | check_json '.connected and .guarding and .resting and .absent == 0
        and (.ports | length) == 2 and all(.ports[]; .owner == "hook"
            and .state == "in its container" and .repairs == 0)
        and ([.ports[].container] | sort) == ["c1", "peer"]'
    vswitchd kill
    vswitchd start
    can_ping c1 10.0.0.100
    rests
    if [ "$DATAPATH" = userspace ]; then
        ports | check_json '.repairs == 2 and all(.ports[]; .repairs == 1)'
    fi
    kill -USR1 "$(plugin_pid)"
    wait_until 5 plugin_logged "guarding ports=2"
    wait_until 5 plugin_logged 'of=c1'
    kill_sandbox c1
    wait_until 5 eval 'ports | check_json ".collected == 1"'
}

@test "one pass without a daemon" {
    local port
    pair
    remember
    port=$(port_of peer)
    plugin stop
    kill_sandbox peer
    vswitchd kill
    vswitchd start
    "$PLUGIN" --once
    gone_port "$port"
    same_network c1 "$T/c1"
    plugin start
}

# A path that cannot be followed, for as long as it stands there.
netns_path() { # NAME PATH
    looks=$((${looks:-0} + 1))
    vsctl set Interface "$(port_of "$1")" "external_ids:ovsint-netns=$2" \
        "external_ids:look-$looks=1"
}

logged_times() { # COUNT TEXT
    [ "$(grep -cF -- "$2" "$PLUGIN_LOG")" = "$1" ]
}

@test "a port that could not be looked at is told of each time, once" {
    local path times looks
    pair
    path=$(row Interface external_ids:ovsint-container=c1 |
        jq -r '.external_ids["ovsint-netns"]')
    ln -s loop "$T/loop"
    for times in 1 2 3; do
        netns_path c1 "$T/loop"
        wait_until 5 logged_times "$times" "could not be repaired yet"
        # It is tried again, in silence.
        netns_path c1 "$T/loop"
        netns_path c1 "$path"
        wait_until 5 logged_times "$times" "all right again"
        logged_times "$times" "could not be repaired yet"
    done
}

# bats test_tags=long
@test "one pass waits for what fails at first" {
    local path once looks
    pair
    plugin stop
    path=$(row Interface external_ids:ovsint-container=c1 |
        jq -r '.external_ids["ovsint-netns"]')
    ln -s loop "$T/loop"
    netns_path c1 "$T/loop"
    : >"$PLUGIN_LOG"
    "$PLUGIN" --once >>"$PLUGIN_LOG" 2>&1 3>&- 4>&- &
    once=$!
    wait_until 5 plugin_logged "could not be repaired yet"
    netns_path c1 "$path"
    wait "$once"
    netns_path c1 "$T/loop"
    run "$PLUGIN" --once
    [ "$status" = 1 ]
    [[ $output == *"ports that could not be repaired: 1"* ]]
    netns_path c1 "$path"
    plugin start
}

# bats test_tags=long
@test "one pass beside the daemon is left to the daemon" {
    "$PLUGIN" --once 2>"$T/once"
    grep -q "another guardian is at work" "$T/once"
}

@test "one pass without a database says so" {
    plugin stop
    ovsdb kill
    config '{"timeout-ms": 1000}'
    run timeout 100 "$PLUGIN" --once
    [ "$status" = 1 ]
    [[ $output == *ovsint-plugin:*db.sock* ]]
    ovsdb start
    plugin start
}

# bats test_tags=long
@test "a second guardian takes over when the first one dies" {
    local port
    pair
    "$PLUGIN" --socket "$T/second.sock" 2>"$T/second" 3>&- 4>&- &
    local second=$!
    port=$(port_of c1)
    plugin kill
    kill_sandbox c1
    wait_until 5 gone_port "$port"
    kill "$second"
    wait "$second"
    plugin start
}

# Any client may, and nothing is repaired then.
@test "somebody takes the guardian's lock away: the log says so" {
    local taker
    wait_until 5 logged_times 1 "ovsint-plugin: guarding"
    ovsdb-client steal "unix:$OVS_RUNDIR/db.sock" ovsint_guardian \
        >"$T/lock" 2>&1 3>&- 4>&- &
    taker=$!
    wait_until 5 plugin_logged "has taken the guardian's lock"
    kill "$taker"
    wait_until 5 logged_times 2 "ovsint-plugin: guarding"
}
