#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The hook dies at any system call, or any system call of it fails: there is a
# clear word or success, and after the guardian has looked nothing is left over
# and nothing is lost. Some of the places; all with CRASHES=all, as `make
# check-full` has it.
# bats file_tags=slow

load ../lib/base
load ../lib/plugin
load ../lib/sandbox
load ../lib/crashes

container_pid() { cat "$BUNDLES/$1/pid"; }

ASK=(ovsint.bridge=br0 ovsint.ip=10.0.0.1/24 ovsint.gateway=10.0.0.254
    ovsint.mtu=1400 ovsint.rate=100000)

setup_file() { export BATS_TEST_TIMEOUT=$((BATS_TEST_TIMEOUT * 5)); }

setup() {
    world_setup
    plugin start
    sandbox peer
    plug peer ovsint.bridge=br0 ovsint.ip=10.0.0.100/24
}

teardown() {
    plugin_heal
    [ -n "${BATS_TEST_COMPLETED-}" ] || tail -n 20 "$PLUGIN_LOG" >&2
    world_teardown
}

plugin_heal() {
    plugin stop || plugin_start
}

only_the_peer() {
    rows Interface external_ids:ovsint-owner=hook |
        check_json 'map(.external_ids["ovsint-container"]) == ["peer"]' &&
        ip -j link | check_json 'all(.[]; .ifname |
            startswith("oi") or startswith("ov") and . != "ovs-netdev" and
            . != "ovs-system" | not)'
}

begin() {
    sandbox c1
    state c1 "${ASK[@]}" "$@" >"$T/state"
    echo '{"id":"c1","status":"stopped"}' >"$T/stopped"
}

end() {
    kill_sandbox c1
    rm -f "$BUNDLES/c1/pid"
    wait_until 5 only_the_peer
}

hook_places() { # "plug" or "unplug", and more annotations
    local what=$1
    shift
    begin "$@"
    if [ "$what" = unplug ]; then
        "$HOOK" createRuntime <"$T/state"
        strace -qq -o "$T/trace" "$HOOK" poststop <"$T/stopped"
    else
        strace -qq -o "$T/trace" "$HOOK" createRuntime <"$T/state"
    fi
    places_in "$T/trace" | sampled 5 >"$T/places"
    end
}

# The hook says one line that an operator can read, or nothing. Before main() the C
# library speaks, and does not know the program's name yet.
said_well() {
    [ ! -s "$T/said" ] ||
        grep -qE '^(ovsint-hook|: error while loading shared libraries): ' \
            "$T/said" ||
        fail "it said: $(cat "$T/said")"
}

# It ends by a signal of its own if it cannot go on at all.
ended_well() {
    ((status < 128)) ||
        grep -qE ': (out of memory|cannot return to .*, giving up)' "$T/said"
}

sweep_kill() { # plug|unplug [ANNOTATION...]
    local name number file=state stage=createRuntime count=0 what=$1
    hook_places "$@"
    shift
    [ "$what" = plug ] || { file=stopped stage=poststop; }
    while read -r name number; do
        begin "$@"
        [ "$what" = plug ] || "$HOOK" createRuntime <"$T/state"
        killed_at "$name" "$number" "$HOOK" "$stage" <"$T/$file" ||
            said_well || fail "killed at $name $number" || return
        end || fail "killed at $name $number" || return
        count=$((count + 1))
    done <"$T/places"
    echo "# $what: killed at $count places" >&3
    [ "$count" -gt 3 ]
}

sweep_fail() { # plug|unplug [ANNOTATION...]
    local name number file=state stage=createRuntime count=0 what=$1 error
    local status
    hook_places "$@"
    shift
    [ "$what" = plug ] || { file=stopped stage=poststop; }
    while read -r name number; do
        may_fail "$name" "$number" || continue
        error=$(error_at "$count" "$name")
        begin "$@"
        [ "$what" = plug ] || "$HOOK" createRuntime <"$T/state"
        status=0
        failing_at "$name" "$number" "$error" "$HOOK" "$stage" \
            <"$T/$file" || status=$?
        if [ "$status" = 0 ]; then
            [ "$what" = unplug ] || can_ping c1 10.0.0.100 ||
                fail "success, but no network: $name $number $error" || return
        else
            ended_well && said_well ||
                fail "$name $number $error: status $status" || return
        fi
        end || fail "$name $number $error" || return
        ! was_injected || count=$((count + 1))
    done <"$T/places"
    echo "# $what: $count calls failed" >&3
    [ "$count" -gt 3 ]
}

@test "the hook is killed while it plugs" { sweep_kill plug; }
# bats test_tags=long
@test "the hook is killed while it plugs a veth pair" {
    sweep_kill plug ovsint.type=veth
}
@test "the hook is killed while it unplugs" { sweep_kill unplug; }
@test "a call of the hook fails while it plugs" { sweep_fail plug; }
# bats test_tags=long
@test "a call of the hook fails while it unplugs" { sweep_fail unplug; }
