#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The plugin dies at any system call of a verb or of a repair, or any system call
# fails: there is a clear word or success, and after the guardian has looked
# nothing is left over and nothing is lost. Some of the places; all with
# CRASHES=all, as `make check-full` has it.
# bats file_tags=slow

load ../lib/base
load ../lib/plugin
load ../lib/sandbox
load ../lib/restarts
load ../lib/crashes

container_pid() { cat "$BUNDLES/$1/pid"; }

NET=$(net_id 1)
EP=$(ep_id 1)

setup_file() { export BATS_TEST_TIMEOUT=$((BATS_TEST_TIMEOUT * 5)); }

setup() {
    world_setup
    plugin start
}

teardown() {
    answers >/dev/null || plugin_start
    plugin stop
    [ -n "${BATS_TEST_COMPLETED-}" ] || tail -n 20 "$PLUGIN_LOG" >&2
    world_teardown
}

# ---- verbs ---------------------------------------------------------------------

order=(CreateNetwork CreateEndpoint Join ProgramExternalConnectivity
    RevokeExternalConnectivity Leave DeleteEndpoint DeleteNetwork)

body_of() { # METHOD: what Docker would say
    case $1 in
    CreateNetwork)
        create_network_json "$NET" '{"bridge":"br0","mode":"nat"}'
        ;;
    CreateEndpoint) create_endpoint_json "$NET" "$EP" 10.9.0.1/24 ;;
    Join) join_json "$NET" "$EP" ;;
    ProgramExternalConnectivity)
        publish_json "$NET" "$EP" "$(portmap 6 '' 8080 8080 80)"
        ;;
    DeleteNetwork) ids_json "$NET" ;;
    *) ids_json "$NET" "$EP" ;;
    esac
}

verb() { call "$1" "$(body_of "$1")"; } # METHOD

# Makes the calls that come before METHOD.
lead_up_to() { # METHOD
    local method
    for method in "${order[@]}"; do
        [ "$method" != "$1" ] || return 0
        verb "$method" >/dev/null
    done
}

# What Docker does after a failure: it removes what it had begun.
take_back() {
    revoke "$NET" "$EP" >/dev/null
    leave "$NET" "$EP" >/dev/null
    delete_endpoint "$NET" "$EP" >/dev/null
    delete_network "$NET" >/dev/null
    wait_until 5 nothing_of_docker
}

nothing_of_docker() {
    rows Interface external_ids:ovsint-owner=docker | check_json '. == []' &&
        row Bridge name=br0 | check_json '.external_ids == {}' &&
        prints_no "table inet ovsint" nft list tables &&
        ip -j link | check_json \
            'all(.[]; .ifname | startswith("oi") or startswith("ovsint") | not)'
}

# Attaches strace to the plugin, with these options.
watched() {
    rm -f /run/plugin.status
    strace -qq -p "$(plugin_pid)" "$@" 2>/dev/null 3>&- 4>&- &
    watcher=$!
    wait_until 5 traced
}

traced() { ! grep -q '^TracerPid:.0$' "/proc/$(plugin_pid)/status"; }

unwatched() {
    kill "$watcher" 2>/dev/null || true
    wait "$watcher" 2>/dev/null || true
}

verb_places() { # METHOD
    lead_up_to "$1"
    watched -o "$T/trace"
    verb "$1" >/dev/null
    unwatched
    take_back
    places_in "$T/trace" | sampled 3 >"$T/places"
}

sweep_kill() { # METHOD
    local name number count=0 died=0
    verb_places "$1"
    while read -r name number; do
        lead_up_to "$1"
        watched -o /dev/null -e "trace=$name" \
            -e "inject=$name:signal=KILL:when=$number"
        verb "$1" >/dev/null 2>&1 || true
        unwatched
        if plugin_dead; then
            died=$((died + 1))
            plugin_start
        fi
        take_back || fail "$1 killed at $name $number" || return
        count=$((count + 1))
    done <"$T/places"
    echo "# $1: $count places, killed at $died" >&3
    [ "$died" -gt 0 ]
}

# The answer is 200, or an error that tells the user something. If the connection
# itself has failed it ends without an answer, and Docker reports that.
answered_well() { # STATUS NAME
    case $1 in
    200) ;;
    000) [[ $2 =~ ^(accept|read|write|recv|send)[a-z0-9]*$ ]] ;;
    *) [[ $1 = [45]?? ]] && check_json '.Err | length > 20' <"$T/body" ;;
    esac
}

# If the plugin cannot go on at all it says so, and is started again.
gave_up_well() { # LINES-OF-LOG-BEFORE
    tail -n "+$(($1 + 1))" "$PLUGIN_LOG" |
        grep -qE '^ovsint-plugin: .*(out of memory|giving up)'
}

sweep_fail() { # METHOD
    local name number error count=0 bad=0 died=0 status lines
    verb_places "$1"
    while read -r name number; do
        may_fail "$name" "$number" || continue
        error=$(error_at "$count" "$name")
        lead_up_to "$1"
        lines=$(wc -l <"$PLUGIN_LOG")
        : >"$T/body"
        watched -o "$T/injected" -e "trace=$name" \
            -e "inject=$name:$(failure_of "$name" "$error"):when=$number"
        status=$(call_status "$1" "$(body_of "$1")" || true)
        unwatched
        if plugin_dead; then
            gave_up_well "$lines" || fail "$1, $name $number $error: it died" \
                "with $(cat /run/plugin.status)" || return
            died=$((died + 1))
            plugin_start
        else
            answered_well "$status" "$name" || fail "$1, $name $number $error:" \
                "status $status: $(cat "$T/body")" || return
        fi
        [ "$status" = 200 ] || bad=$((bad + 1))
        take_back || fail "$1, $name $number $error" || return
        ! was_injected || count=$((count + 1))
    done <"$T/places"
    echo "# $1: $count calls failed, $bad errors told, $died deaths" >&3
    [ "$count" -gt 0 ]
}

# bats test_tags=long
@test "killed in CreateNetwork" { sweep_kill CreateNetwork; }
# bats test_tags=long
@test "killed in CreateEndpoint" { sweep_kill CreateEndpoint; }
@test "killed in Join" { sweep_kill Join; }
# bats test_tags=long
@test "killed in ProgramExternalConnectivity" {
    sweep_kill ProgramExternalConnectivity
}
# bats test_tags=long
@test "killed in RevokeExternalConnectivity" {
    sweep_kill RevokeExternalConnectivity
}
# bats test_tags=long
@test "killed in Leave" { sweep_kill Leave; }
# bats test_tags=long
@test "killed in DeleteEndpoint" { sweep_kill DeleteEndpoint; }
# bats test_tags=long
@test "killed in DeleteNetwork" { sweep_kill DeleteNetwork; }

# bats test_tags=long
@test "a call fails in CreateNetwork" { sweep_fail CreateNetwork; }
# bats test_tags=long
@test "a call fails in CreateEndpoint" { sweep_fail CreateEndpoint; }
@test "a call fails in Join" { sweep_fail Join; }
# bats test_tags=long
@test "a call fails in ProgramExternalConnectivity" {
    sweep_fail ProgramExternalConnectivity
}
# bats test_tags=long
@test "a call fails in RevokeExternalConnectivity" {
    sweep_fail RevokeExternalConnectivity
}
# bats test_tags=long
@test "a call fails in Leave" { sweep_fail Leave; }
# bats test_tags=long
@test "a call fails in DeleteEndpoint" { sweep_fail DeleteEndpoint; }
# bats test_tags=long
@test "a call fails in DeleteNetwork" { sweep_fail DeleteNetwork; }

# ---- repairs -------------------------------------------------------------------

guarded_pair() {
    sandbox peer
    plug peer ovsint.bridge=br0 ovsint.ip=10.0.0.100/24
    sandbox c1
    plug c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24 ovsint.gateway=10.0.0.100 \
        ovsint.mtu=1400 ovsint.rate=100000
    wait_until 5 all_arrived 2
    plugin stop
}

# On the userspace datapath both are cut off by it.
lose_both() {
    vswitchd kill
    vswitchd start
}

all_as_before() {
    "$PLUGIN" --once 2>"$T/said" || fail "a whole pass: $(cat "$T/said")" || return
    can_ping c1 10.0.0.100 &&
        in_net c1 ip -j link show dev "$(port_of c1)" |
        check_json '.[0].altnames == ["eth0"] and .[0].mtu == 1400' &&
        in_net c1 ip -j link | check_json 'length == 2' &&
        in_net c1 tc -j qdisc show | check_json 'any(.kind == "tbf")' &&
        ip -j link |
        check_json 'all(.[]; .ifname | startswith("oi") | not)'
}

pass_places() {
    lose_both
    strace -qq -o "$T/trace" "$PLUGIN" --once 2>/dev/null
    all_as_before
    places_in "$T/trace" | sampled 3 >"$T/places"
}

# bats test_tags=long
@test "a pass is killed while it repairs" {
    local name number count=0 died=0
    guarded_pair
    pass_places
    while read -r name number; do
        lose_both
        if killed_at "$name" "$number" "$PLUGIN" --once; then
            died=$((died + 1))
        fi
        all_as_before || fail "killed at $name $number" || return
        count=$((count + 1))
    done <"$T/places"
    echo "# a pass: $count places, killed at $died" >&3
    [ "$died" -gt 0 ]
    plugin start
}

# Before main() the C library speaks; 2 is a configuration that cannot be read.
told_well() { # STATUS
    case $1 in
    1 | 2) grep -qE '^ovsint-plugin: ' "$T/said" ;;
    127) grep -qE 'error while loading shared libraries' "$T/said" ;;
    *) grep -qE 'out of memory|giving up' "$T/said" ;;
    esac
}

# A device that is moved and not set up yet must not be taken for what the
# container had.
# bats test_tags=long
@test "killed while a pass repairs, and then the switch dies" {
    local name number died=0
    guarded_pair
    lose_both
    strace -qq -o "$T/trace" "$PLUGIN" --once 2>/dev/null
    all_as_before
    places_in "$T/trace" | grep '^sendmsg ' | sampled 5 >"$T/places"
    while read -r name number; do
        lose_both
        killed_at "$name" "$number" "$PLUGIN" --once || continue
        died=$((died + 1))
        lose_both
        all_as_before || fail "$name $number" || return
    done <"$T/places"
    echo "# killed at $died places" >&3
    [ "$died" -gt 0 ]
    plugin start
}

# bats test_tags=long
@test "a call fails while a pass repairs" {
    local name number error count=0 bad=0 status
    guarded_pair
    pass_places
    while read -r name number; do
        may_fail "$name" "$number" || continue
        error=$(error_at "$count" "$name")
        lose_both
        status=0
        failing_at "$name" "$number" "$error" "$PLUGIN" --once || status=$?
        if [ "$status" != 0 ]; then
            bad=$((bad + 1))
            told_well "$status" || fail "$name $number $error:" \
                "status $status: $(cat "$T/said")" || return
        fi
        all_as_before || fail "$name $number $error" || return
        ! was_injected || count=$((count + 1))
    done <"$T/places"
    echo "# a pass: $count calls failed, $bad errors told" >&3
    [ "$count" -gt 0 ]
    plugin start
}

# libuv sets what it watches nonblocking first.
@test "what it listens to cannot be watched" {
    local what once number=0
    plugin stop
    for what in "the links of the containers" "the host's addresses and settings"; do
        number=$((number + 1))
        for once in --once ''; do
            # shellcheck disable=SC2086
            not failing_at ioctl "$number" EIO "$PLUGIN" $once
            grep -qx "ovsint-plugin: watch $what in the event loop: Input/output error" \
                "$T/said" || fail "ioctl $number: $(cat "$T/said")" || return
        done
    done
    [ ! -e "$PLUGIN_SOCKET" ]
    plugin start
}
