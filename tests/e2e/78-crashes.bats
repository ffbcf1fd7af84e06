#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Hook and plugin die at any system call, or any system call of theirs fails:
# there is a clear word or success, and after the guardian has looked nothing is
# left over and nothing is lost. Some of the places; all with CRASHES=all, as
# `make check-full` has it.

load lib
load plugin
load sandbox
load crashes

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
    world_teardown
    [ -n "${BATS_TEST_COMPLETED-}" ] || tail -n 20 "$PLUGIN_LOG" >&2
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
    places_in "$T/trace" | sampled >"$T/places"
    end
}

# One line that an operator can read, or nothing. Before main() the C library
# speaks, and does not know the program's name yet.
said_well() {
    [ ! -s "$T/said" ] ||
        grep -qE '^(ovsint-hook|: error while loading shared libraries): ' \
            "$T/said" ||
        fail "it said: $(cat "$T/said")"
}

# A signal is its own, where it could not go on with anything.
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

errors=(EINTR ENOMEM EIO ENOBUFS)

sweep_fail() { # plug|unplug [ANNOTATION...]
    local name number file=state stage=createRuntime count=0 what=$1 error
    local status
    hook_places "$@"
    shift
    [ "$what" = plug ] || { file=stopped stage=poststop; }
    while read -r name number; do
        # The C library's own, before it has a place for errno.
        [ "$name" != brk ] || [ "$number" -gt 2 ] || continue
        error=${errors[count % 4]}
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
        count=$((count + 1))
    done <"$T/places"
    echo "# $what: $count calls failed" >&3
    [ "$count" -gt 3 ]
}

@test "the hook is killed while it plugs" { sweep_kill plug; }
@test "the hook is killed while it plugs a veth pair" {
    sweep_kill plug ovsint.type=veth
}
@test "the hook is killed while it unplugs" { sweep_kill unplug; }
@test "a call of the hook fails while it plugs" { sweep_fail plug; }
@test "a call of the hook fails while it unplugs" { sweep_fail unplug; }

# ---- the plugin ----------------------------------------------------------------

NET=$(net_id 1)
EP=$(ep_id 1)

verb() { # METHOD: what Docker would say
    case $1 in
    CreateNetwork)
        call CreateNetwork "$(create_network_json "$NET" \
            '{"bridge":"br0","mode":"nat"}')"
        ;;
    CreateEndpoint)
        call CreateEndpoint \
            "$(create_endpoint_json "$NET" "$EP" 10.9.0.1/24)"
        ;;
    Join) join "$NET" "$EP" ;;
    Leave) leave "$NET" "$EP" ;;
    DeleteEndpoint) delete_endpoint "$NET" "$EP" ;;
    DeleteNetwork) delete_network "$NET" ;;
    esac
}

order=(CreateNetwork CreateEndpoint Join Leave DeleteEndpoint DeleteNetwork)

# The calls before METHOD, so that it is what comes next.
lead_up_to() { # METHOD
    local method
    for method in "${order[@]}"; do
        [ "$method" != "$1" ] || return 0
        verb "$method" >/dev/null
    done
}

# Docker takes back what it had begun.
take_back() {
    leave "$NET" "$EP" >/dev/null
    delete_endpoint "$NET" "$EP" >/dev/null
    delete_network "$NET" >/dev/null
    wait_until 5 nothing_of_docker
}

nothing_of_docker() {
    rows Interface external_ids:ovsint-owner=docker | check_json '. == []' &&
        row Bridge name=br0 | check_json '.external_ids == {}'
}

# strace at work on the plugin, with the options given.
watched() {
    strace -qq -p "$(plugin_pid)" "$@" 2>/dev/null 3>&- 4>&- &
    watcher=$!
    wait_until 5 traced
}

traced() { ! grep -q '^TracerPid:.0$' "/proc/$(plugin_pid)/status"; }

unwatched() {
    kill "$watcher" 2>/dev/null || true
    wait "$watcher" 2>/dev/null || true
}

sweep_verb() { # METHOD
    local name number count=0 died=0
    lead_up_to "$1"
    watched -o "$T/trace"
    verb "$1" >/dev/null
    unwatched
    take_back
    places_in "$T/trace" | sampled >"$T/places"
    while read -r name number; do
        lead_up_to "$1"
        rm -f /run/plugin.status
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

@test "the plugin is killed in CreateNetwork" { sweep_verb CreateNetwork; }
@test "the plugin is killed in CreateEndpoint" { sweep_verb CreateEndpoint; }
@test "the plugin is killed in Join" { sweep_verb Join; }
@test "the plugin is killed in Leave" { sweep_verb Leave; }
@test "the plugin is killed in DeleteEndpoint" { sweep_verb DeleteEndpoint; }
@test "the plugin is killed in DeleteNetwork" { sweep_verb DeleteNetwork; }
