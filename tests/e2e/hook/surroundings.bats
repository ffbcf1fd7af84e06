#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# What a runtime or a machine in trouble may do to a hook: descriptors that are
# closed, a log that stands still.

load ../lib/base
load ../lib/sandbox
load ../lib/plugin

ASK=(ovsint.bridge=br0 ovsint.ip=10.0.0.1/24)

no_ports_of() {
    rows Interface "external_ids:ovsint-container=$1" | check_json '. == []'
}

# Whoever starts a container chooses neither the database nor files of root's.
@test "what the caller's environment and descriptors say is not heard" {
    sandbox c1
    state c1 ovsint.bridge=br0 >"$T/state"
    vswitchd freeze
    OVS_RUNDIR=/nonexistent TZ=:/nonexistent "$HOOK" createRuntime \
        <"$T/state" 3>&- 4>&- 250<"$T/state" 900<"$T/state" &
    wait_until 5 row Interface external_ids:ovsint-container=c1
    not test -e "/proc/$!/fd/900"
    not test -e "/proc/$!/fd/250"
    vswitchd thaw
    wait "$!"
    OVS_RUNDIR=/nonexistent unplug c1
}

@test "standard input is closed: refused at once" {
    local status=0
    # A descriptor of ours might get its number.
    timeout 3 sh -c 'exec "$HOOK" createRuntime <&-' 2>"$T/err" || status=$?
    [ "$status" = 2 ]
    grep -q "container state" "$T/err"
}

# bats test_tags=long
@test "standard error is closed: plugged, and the log is told once" {
    sandbox c1
    state c1 "${ASK[@]}" >"$T/state"
    "$HOOK" --verbose createRuntime <"$T/state" 2>&-
    port_of c1
    wait_until 5 syslog_has plugged
    [ "$(grep -c plugged "$SYSLOG")" = 1 ]
}

# bats test_tags=long
@test "nobody reads standard error: unplugged all the same" {
    sandbox c1
    plug c1 "${ASK[@]}"
    config '{"a mistake'
    mkfifo "$T/pipe"
    exec 8<>"$T/pipe"
    exec 9>"$T/pipe" 8<&-
    "$HOOK" poststop <<<'{"id":"c1","status":"stopped"}' 2>&9 9>&-
    exec 9>&-
    no_ports_of c1
    wait_until 5 syslog_has "unplugging with the default configuration"
}

syslogd_signal() { kill "-$1" "$(pidof busybox)"; }

@test "the log's daemon stands still: nobody waits for it" {
    local i status=0
    syslogd_signal STOP
    # Its queue is full after some of them.
    for ((i = 0; i <= $(sysctl -n net.unix.max_dgram_qlen) + 5; i++)); do
        timeout 10 "$HOOK" nonsense </dev/null 2>"$T/err" || status=$?
        [ "$status" = 2 ] || break
    done
    syslogd_signal CONT
    [ "$status" = 2 ]
    grep -q "'nonsense' is not a stage" "$T/err"
    wait_until 5 syslog_has "'nonsense' is not a stage"
}

to_full_disk() { # COMMAND...
    local status=0
    "$@" >/dev/full 2>"$T/err" || status=$?
    [ "$status" = 1 ] || fail "$* ended with $status"
    grep -q "write to standard output: No space left on device" "$T/err" ||
        fail "$* said: $(cat "$T/err")"
}

@test "what is to be shown goes to a full disk: no success, and why" {
    local program
    echo '{"annotations":{"ovsint.bridge":"br0"}}' >"$T/config.json"
    for program in "$HOOK" "$PLUGIN"; do
        to_full_disk "$program" --help
        to_full_disk "$program" --version
    done
    to_full_disk "$HOOK" --check "$T/config.json"
}
