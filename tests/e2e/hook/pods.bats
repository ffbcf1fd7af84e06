#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Containers of a pod share a namespace and its interfaces. Their hooks may meet: one
# waits, fails or dies while another one comes. Nobody takes a port from a container
# that lives.

load ../lib/base
load ../lib/sandbox

ASK=(ovsint.bridge=br0 ovsint.ip=10.0.0.1/24)

setup() {
    world_setup
    sandbox peer
    plug peer ovsint.bridge=br0 ovsint.ip=10.0.0.100/24
}

@test "a pod: plugged once, unplugged with the last member" {
    sandbox first
    plug first "${ASK[@]}"
    pod_member second first
    plug second "${ASK[@]}"
    rows Interface external_ids:ovsint-owner=hook | check_json 'length == 2'
    unplug first
    can_ping second 10.0.0.100
    unplug second
    rows Interface external_ids:ovsint-owner=hook | check_json 'length == 1'
}

# bats test_tags=long
@test "a pod whose members are plugged at the same time" {
    local i pids=()
    sandbox first
    for i in 1 2 3 4; do pod_member "m$i" first; done
    for i in 1 2 3 4; do
        plug "m$i" "${ASK[@]}" 3>&- 4>&- &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i"; done
    rows Interface external_ids:ovsint-owner=hook | check_json 'length == 2'
    can_ping first 10.0.0.100
    for i in 1 2 3 4; do
        unplug "m$i" 3>&- 4>&- &
        pids[i]=$!
    done
    for i in 1 2 3 4; do wait "${pids[i]}"; done
    rows Interface external_ids:ovsint-owner=hook | check_json 'length == 1'
}

# The hook of m2 stands still at one of its calls while m1 is plugged.
overtaken_at() { # CALL INJECTION [KEY=VALUE...]
    local call=$1 injection=$2 text pid
    shift 2
    text=$(state m2 "${ASK[@]}" "$@")
    strace -o "$T/m2" -e "trace=sendmsg,recvfrom,recvmsg,flock" -e "inject=$injection" \
        "$HOOK" createRuntime <<<"$text" 3>&- 4>&- &
    pid=$!
    wait_until 5 eval '[ "$(grep -c "^$call(" "$T/m2")" -ge '"${injection##*=}"' ]'
    plug m1 "${ASK[@]}" "$@"
    wait "$pid"
    rows Interface external_ids:ovsint-owner=hook | check_json 'length == 2'
    unplug m1
    can_ping first 10.0.0.100
    unplug m2
}

# bats test_tags=long
@test "a pod's member that is overtaken by another one finds what that has made" {
    sandbox first
    pod_member m1 first
    pod_member m2 first
    overtaken_at recvfrom recvfrom:delay_exit=2000000:when=1
    overtaken_at recvfrom recvfrom:delay_exit=2000000:when=1 ovsint.type=veth
    # It takes the lock of newcomers.h to make its pair.
    overtaken_at flock flock:delay_enter=2000000:when=1 ovsint.type=veth
    grep -q 'error=-EEXIST' "$T/m2"
}

# bats test_tags=long
@test "a pod's second member that asks for something else is refused" {
    sandbox first
    plug first "${ASK[@]}"
    pod_member second first
    refuses 1 "plugged already by container first with other settings" \
        plug second ovsint.bridge=br0 ovsint.ip=10.0.0.2/24
    can_ping first 10.0.0.100
}

# bats test_tags=long
@test "a pod's member whose other interface fails leaves no membership" {
    sandbox first
    plug first "${ASK[@]}"
    pod_member second first
    refuses 1 "there is no bridge br9" plug second "${ASK[@]}" \
        ovsint.eth1.bridge=br9
    unplug first
    has_ports first 0
    wait_until 5 no_devices first
}

has_row() {
    rows Interface "external_ids:ovsint-container=$1" |
        check_json 'length == 1'
}

plug_behind() { # NAME KEY=VALUE...; its process is $PLUG
    state "$@" >"$T/$1.state"
    "$HOOK" createRuntime <"$T/$1.state" 2>"$T/$1.err" 3>&- 4>&- &
    PLUG=$!
}

# The switch stands still while the first member's hook waits for it.
plug_first_frozen() {
    sandbox first
    vswitchd freeze
    plug_behind first "${ASK[@]}"
    FIRST=$PLUG
    wait_until 5 has_row first
    pod_member second first
}

# bats test_tags=long
@test "a slow switch: the second member waits for the first one's port" {
    config '{"timeout-ms": 20000}'
    plug_first_frozen
    plug_behind second "${ASK[@]}"
    sleep 3.5 # time: longer than the hook's patience with a run that has died
    vswitchd thaw
    wait "$FIRST" || fail "$(cat "$T/first.err")"
    wait "$PLUG" || fail "$(cat "$T/second.err")"
    has_row first
    can_ping second 10.0.0.100
}

# bats test_tags=long
@test "the first member's hook is killed: the second one replaces its port" {
    local port
    plug_first_frozen
    port=$(port_of first)
    kill -KILL "$FIRST"
    vswitchd thaw
    plug second "${ASK[@]}"
    prints_other "$port" port_of second
    can_ping second 10.0.0.100
    unplug first
}

# A hook whose second interface will fail at the very end, and that takes its
# time for each word to the kernel.
plug_slowly_in_vain() { # NAME KEY=VALUE...
    in_net "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
        net.ipv6.conf.default.disable_ipv6=1
    state "$@" "${ASK[@]}" ovsint.eth1.bridge=br0 \
        ovsint.eth1.ip=fd00::1/64 >"$T/$1.state"
    strace -qq -o /dev/null -e trace=sendmsg \
        -e inject=sendmsg:delay_enter=400000:when=5+ \
        "$HOOK" createRuntime <"$T/$1.state" 2>"$T/$1.err" 3>&- 4>&- &
    PLUG=$!
}

fails() { # PID NAME TEXT
    ! wait "$1" || fail "the hook of $2 succeeded"
    grep -q "$3" "$T/$2.err" || fail "$(cat "$T/$2.err")"
}

first_fails_after_second_has_come() { # TYPE
    sandbox first
    plug_slowly_in_vain first ovsint.type="$1"
    wait_until 10 in_net first ip link show dev eth0
    pod_member second first
    plug second "${ASK[@]}" ovsint.type="$1"
    not grep . "$T/first.err"
    fails "$PLUG" first "IPv6 is disabled"
    can_ping second 10.0.0.100
    unplug second
    rows Interface external_ids:ovsint-owner=hook | check_json 'length == 1'
}

# bats test_tags=long
@test "the first member fails after the second one has come: the port stays" {
    first_fails_after_second_has_come internal
}

# bats test_tags=long
@test "veth: the first member fails after the second one has come" {
    first_fails_after_second_has_come veth
}

# bats test_tags=long
@test "the second member fails after the first one has gone: the port goes" {
    sandbox first
    plug first "${ASK[@]}"
    pod_member second first
    plug_slowly_in_vain second
    wait_until 10 has_row second
    unplug first
    port_of first
    fails "$PLUG" second "IPv6 is disabled"
    rows Interface external_ids:ovsint-owner=hook | check_json 'length == 1'
}

@test "somebody else's port with our keys is refused and stays" {
    local id
    sandbox c1
    plug c1 "${ASK[@]}"
    id=$(row Interface external_ids:ovsint-container=c1 |
        jq '.external_ids["ovsint-netns-id"]')
    unplug c1
    vsctl add-port br0 foreign -- set Interface foreign type=internal \
        external_ids:ovsint-owner=docker external_ids:ovsint-ifname=eth0 \
        "external_ids:ovsint-netns-id=$id" external_ids:ovsint-member-c1=\"\" \
        "external_ids:ovsint-boot=$(cat /proc/sys/kernel/random/boot_id)" -- \
        set Port foreign external_ids:ovsint-owner=docker \
        external_ids:ovsint-member-c1=\"\"
    refuses 1 "eth0 of this namespace is plugged already, and not by this" \
        plug c1 "${ASK[@]}"
    unplug c1
    row Port name=foreign >/dev/null
    vsctl del-port foreign
}
