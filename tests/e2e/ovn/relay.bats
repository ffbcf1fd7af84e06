#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# A relay of the northbound database that runs, while the database is away: what is
# read it answers from its copy, what is written gets no answer.

load ../lib/base
load ../lib/cli
load ../lib/plugin
load ../lib/sandbox
load ../lib/ovn

setup_file() { ovn_make 2; }

setup() {
    ovn_begin
    ls_make web
    netns_add n1 n2
    relay_do start
    # A call has 2 s.
    config '{"timeout-ms": 2000, "ovn": {"northbound": "unix:'"$OVN_RUN"'/relay.sock"}}'
}

teardown() {
    local failed=0
    ovn_heal
    ! answers >/dev/null || plugin stop || failed=1
    ! program_alive "$OVN_RUN/relay.pid" || relay_do kill
    rm -f "$OVN_RUN"/relay.*
    netns_gone n1 n2 || failed=1
    ovn_end || failed=1
    return "$failed"
}

relay_do() { # VERB
    program_do "$OVN_RUN/relay.pid" "$1" in_central ovsdb-server \
        "--remote=punix:$OVN_RUN/relay.sock" "--unixctl=$OVN_RUN/relay.ctl" \
        "relay:OVN_Northbound:unix:$OVN_RUN/ovnnb_db.sock"
}

# It ends by itself, and in time: the call's 2 s, and those of its undo.
in_time() { # STATUS TEXT COMMAND...
    local status=0 from=$SECONDS
    timeout 20 "${@:3}" >"$T/answer" 2>&1 || status=$?
    [ "$status" = "$1" ] && grep -qF -- "$2" "$T/answer" ||
        fail "$status after $((SECONDS - from)) s, no '$2':" "$(cat "$T/answer")" || return
    [ $((SECONDS - from)) -lt 12 ] || fail "it took $((SECONDS - from)) s"
}

# Whatever it says.
ends_in_time() { # COMMAND...
    local status=0
    timeout 12 "$@" >"$T/answer" 2>&1 || status=$?
    echo "$* ended with $status:" "$(cat "$T/answer")"
    [ "$status" != 124 ]
}

silent="OVN's northbound database"

# bats test_tags=long
@test "a relay without its database: each call ends in time and says so" {
    ovsint attach /run/netns/n1 ovn=web ip=10.5.0.1/24
    central_do nb kill
    in_time 1 "$silent" "$OVSINT" attach /run/netns/n2 ovn=web ip=10.5.0.2/24
    in_time 0 10.5.0.1 "$OVSINT" ls --all-hosts
    ends_in_time "$OVSINT" doctor
    ends_in_time "$OVSINT" gc --host h1
    in_time 0 '' "$OVSINT" detach /run/netns/n1
    of_cli | check_json '. == []'
    # A daemon that starts while it is away, and one that has seen it.
    plugin start
    in_time 1 "$silent" "$OVSINT" attach /run/netns/n2 ovn=web ip=10.5.0.2/24
    central_do nb start
    wait_until 20 ovsint attach /run/netns/n2 ovn=web ip=10.5.0.2/24
    wait_until 20 eval "nb_rows Logical_Switch_Port | check_json 'length == 1'"
    central_do nb kill
    in_time 1 "$silent" "$OVSINT" attach /run/netns/n1 ovn=web ip=10.5.0.1/24
    in_time 0 '' "$OVSINT" detach /run/netns/n2
    plugin stop
    plugin start
    central_do nb start
    wait_until 30 lsps_left
}

# The relay itself says so, after half a minute at most (RELAY_MAX_RECONNECTION_MS in its
# source).
# bats test_tags=long
@test "a relay without its database: the doctor says what it lacks, and only then" {
    ovsint attach /run/netns/n1 ovn=web ip=10.5.0.1/24
    in_time 3 '' "$OVSINT" doctor
    not grep -qF ovn-northbound-cut-off "$T/answer"
    central_do nb kill
    wait_until 60 in_time 3 ovn-northbound-cut-off "$OVSINT" doctor 3>/dev/null
    central_do nb start
    wait_until 30 ovsint detach /run/netns/n1
    wait_until 30 lsps_left
}

ports_of() { # HOST COUNT
    nb_rows Logical_Switch_Port external_ids:ovsint-host="$1" |
        check_json --argjson count "$2" 'length == $count'
}

# Both ask by the relay, whose database is there.
# bats test_tags=long
@test "gc --host by a relay: a host whose daemon answers by it lives, one without counts as dead" {
    local ENTER
    enter h2
    cp "$CONFIG" /run/hosts/h2/etc/ovsint.json
    plugin start
    ovsint attach /run/netns/n1 ovn=web ip=10.5.0.1/24
    on h2 "$OVSINT" attach /run/netns/n2 ovn=web ip=10.5.0.2/24
    in_time 3 "host h1 was not asked yet" "${ENTER[@]}" "$OVSINT" gc --host h1
    in_time 1 "host h1 lives: its ovsint-plugin has answered" "${ENTER[@]}" "$OVSINT" gc --host h1 --yes
    ports_of h1 1
    # h2 lives, and has no daemon: who asks is told that this cannot be seen.
    in_time 3 "a host that lives without one counts as dead" "$OVSINT" gc --host h2
    ports_of h2 1
    # With its database away a relay answers what is read, and nothing is removed.
    central_do nb kill
    ends_in_time "$OVSINT" gc --host h2 --yes
    not grep -q ' removed$' "$T/answer"
    central_do nb start
    wait_until 20 ports_of h2 1
    # What was written meanwhile may be committed when it is back.
    wait_until 40 in_time 0 "so it counts as dead" "$OVSINT" gc --host h2 --yes 3>/dev/null
    ports_of h2 0
    ports_of h1 1
    plugin stop
    in_time 0 "so it counts as dead" "${ENTER[@]}" "$OVSINT" gc --host h1 --yes
    ports_of h1 0
    ovsint detach /run/netns/n1
    on h2 "$OVSINT" detach /run/netns/n2
    echo '{}' >/run/hosts/h2/etc/ovsint.json
}
