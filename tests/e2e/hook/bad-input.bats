#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Bad input: one clear sentence, on stderr and in the log, non-zero exit, and
# nothing changed.

load ../lib/base
load ../lib/sandbox

# Annotations ("KEY=VALUE KEY=VALUE"), then the sentence's core.
BAD_ANNOTATIONS=(
    'ovsint.bridge=br0 ovsint.vlan=0' "ovsint.vlan: '0'"
    'ovsint.bridge=br0 ovsint.vlan=4095' "ovsint.vlan: '4095'"
    'ovsint.bridge=br0 ovsint.vlan=-1' "ovsint.vlan: '-1'"
    'ovsint.bridge=br0 ovsint.vlan=1000000000' "ovsint.vlan: '1000000000'"
    'ovsint.bridge=br0 ovsint.vlan=1e9' "ovsint.vlan: '1e9'"
    'ovsint.bridge=br0 ovsint.vlna=10' "did you mean"
    'ovsint.bridge=br0 ovsint.ip=10.0.0.5' "ovsint.ip: '10.0.0.5'"
    'ovsint.bridge=br0 ovsint.ip=10.0.0.5/33' "ovsint.ip: '10.0.0.5/33'"
    'ovsint.bridge=br0 ovsint.ip=10.0.0.300/24' "ovsint.ip: '10.0.0.300/24'"
    'ovsint.bridge=br0 ovsint.ip=10.0.0.5/24,10.0.0.5/24' "10.0.0.5"
    'ovsint.bridge=br0 ovsint.ip=224.0.0.1/24' "224.0.0.1"
    'ovsint.bridge=br0 ovsint.ip=10.0.0.0/24' "10.0.0.0"
    'ovsint.bridge=br0 ovsint.ip=10.0.0.255/24' "10.0.0.255"
    'ovsint.bridge=br0 ovsint.mac=01:00:5e:00:00:01' "01:00:5e:00:00:01"
    'ovsint.bridge=br0 ovsint.mac=00:00:00:00:00:00' "00:00:00:00:00:00"
    'ovsint.bridge=br0 ovsint.mac=nonsense' "nonsense"
    'ovsint.bridge=br0 ovsint.mtu=67' "ovsint.mtu: '67'"
    'ovsint.bridge=br0 ovsint.mtu=65536' "ovsint.mtu: '65536'"
    'ovsint.bridge=br0 ovsint.type=macvlan' "ovsint.type: 'macvlan'"
    'ovsint.bridge=br0 ovsint.vlan-mode=hybrid' "ovsint.vlan-mode: 'hybrid'"
    'ovsint.bridge=br0 ovsint.trunks=20-10' "ovsint.trunks"
    'ovsint.bridge=br0 ovsint.vlan=1 ovsint.trunks=2' "vlan-mode"
    'ovsint.bridge=br0 ovsint.gateway=10.0.0.1' "gateway"
    'ovsint.bridge=br0 ovsint.ip=10.0.0.5/24 ovsint.gateway=10.1.0.1' "10.1.0.1"
    'ovsint.bridge=br0 ovsint.ip=auto' "auto"
    'ovsint.bridge=br0 ovsint.network=nowhere' "nowhere"
    'ovsint.bridge=br0 ovsint.rate=0' "ovsint.rate: '0'"
    'ovsint.bridge=br0 ovsint.burst=100' "burst"
    'ovsint.bridge=br0 ovsint.ofport=65280' "ovsint.ofport: '65280'"
    'ovsint.bridge=br0 ovsint.default=yes' "ovsint.default: 'yes'"
    'ovsint.bridge=br0 ovsint.external-ids=ovsint-owner=me' "ovsint-owner"
    'ovsint.ip=10.0.0.5/24' "no bridge"
    'ovsint.abcdefghijklmnop.bridge=br0' "abcdefghijklmnop"
    'ovsint.a/b.bridge=br0' "a/b"
    'ovsint.lo.bridge=br0' "lo"
)

# bats test_tags=long
@test "every bad annotation is refused in words that name it" {
    local i words
    sandbox c1
    for ((i = 0; i < ${#BAD_ANNOTATIONS[@]}; i += 2)); do
        echo "annotations: ${BAD_ANNOTATIONS[i]}"
        read -ra words <<<"${BAD_ANNOTATIONS[i]}"
        refuses 2 "${BAD_ANNOTATIONS[i + 1]}" plug c1 "${words[@]}"
    done
    no_rows
    in_net c1 ip -j link | check_json 'length == 1'
}

@test "a state that is not one is refused" {
    refuses_state 2 "state" ''
    refuses_state 2 "state" '{"id":"c1","pid":'
    refuses_state 2 "state" 'nonsense'
    refuses_state 2 "state" '[]'
    refuses_state 2 "id" '{"id":7,"pid":1}'
    refuses_state 2 "id" '{"pid":1}'
    refuses_state 2 "../etc" '{"id":"../etc","pid":1}'
    refuses_state 2 "pid" '{"id":"c1","pid":"one"}'
    refuses_state 2 "ovsint.vlan" \
        '{"id":"c1","pid":1,"annotations":{"ovsint.vlan":10}}'
    no_rows
}

# bats test_tags=long
@test "a state of 2 MiB or of deep nesting is refused" {
    refuses_state 2 "nested too deeply" \
        "{\"id\":\"c1\",\"pid\":1,\"x\":$(printf '[%.0s' {1..500})"
    head -c 2097152 /dev/zero | tr '\0' ' ' >"$T/large"
    refuses 2 "larger than" hook createRuntime <"$T/large"
    no_rows
}

# bats test_tags=long
@test "a runtime that never ends its state does not hang the hook" {
    mkfifo "$T/pipe"
    # time: none passes, it holds the pipe open until it is killed
    sleep 60 >"$T/pipe" 3>&- 4>&- &
    local sleeper=$!
    refuses 2 "did not end within the deadline" hook createRuntime <"$T/pipe"
    kill "$sleeper"
}

@test "no annotation of ours: nothing is done, even with the switch away" {
    sandbox c1
    ovsdb stop
    plug c1
    plug c1 org.example.bridge=br0
    unplug c1
    ovsdb start
}

@test "a container in the host's network namespace is refused" {
    refuses_state 1 "shares the host's network namespace" \
        "{\"id\":\"c1\",\"pid\":$$,\"annotations\":{\"ovsint.bridge\":\"br0\"}}"
    no_rows
}

@test "runc shows the refusal of a container without namespace of its own" {
    bundle c1 ovsint.bridge=br0
    bundle_edit c1 '.linux.namespaces |= map(select(.type != "network"))'
    run run_container runc c1
    [ "$status" != 0 ]
    [[ $output == *"shares the host's network namespace"* ]]
    no_rows
}

@test "a process that is gone is refused" {
    sandbox c1
    local gone
    gone=$(state c1 ovsint.bridge=br0)
    kill_sandbox c1
    refuses_state 1 "container c1" "$gone"
    no_rows
}

# bats test_tags=long
@test "a namespace path that is gone, or is none, is refused" {
    local path
    sandbox c1
    mkdir -p "$T/b"
    for path in /run/netns/nowhere /etc/hostname; do
        echo "{\"linux\":{\"namespaces\":[{\"type\":\"network\",\"path\":\"$path\"}]}}" \
            >"$T/b/config.json"
        refuses_state 1 "$path" "$(state c1 ovsint.bridge=br0 |
            jq -c --arg b "$T/b" '.bundle = $b')"
    done
    no_rows
}

# bats test_tags=long
@test "a rootless runtime is refused" {
    sandbox c1
    state c1 ovsint.bridge=br0 >"$T/state"
    refuses 1 "rootless" unshare --user --map-root-user \
        "$HOOK" createRuntime <"$T/state"
    no_rows
}

@test "the command line: unknown words are named" {
    refuses 2 "unknown option '--frobnicate'" hook --frobnicate
    refuses 2 "'poststart' is not a stage" hook poststart
    refuses_state 2 "/nonexistent" '{"id":"c1","pid":1}' \
        --config /nonexistent createRuntime
}

@test "a bad configuration is refused with file, key and place" {
    sandbox c1
    config '{"networks":{"lan":{"vlna":1}}}'
    refuses 2 "networks.lan.vlna" plug c1 ovsint.bridge=br0
    config '{"policy":{"bridges":"br0"}}'
    refuses 2 "policy.bridges" plug c1 ovsint.bridge=br0
    config '{'
    refuses 2 "ovsint.json" plug c1 ovsint.bridge=br0
    no_rows
}

# bats test_tags=long
@test "a bad configuration does not keep poststop from its work" {
    sandbox c1
    plug c1 ovsint.bridge=br0
    config '{'
    run unplug c1
    [ "$status" = 0 ]
    [[ $output == *"unplugging with the default configuration"* ]]
    no_rows
}

@test "--check says what would be done, and does nothing" {
    sandbox c1
    state c1 ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=10.0.0.5/24 >"$T/state"
    run hook --check "$T/state"
    [ "$status" = 0 ]
    [[ $output == *"eth0"*"br0"*"10"*"10.0.0.5/24"* ]]
    bundle c2 ovsint.bridge=br0
    run hook --check "$BUNDLES/c2/config.json"
    [ "$status" = 0 ]
    [[ $output == *"eth0"*"br0"* ]]
    bundle_edit c2 'del(.hooks.poststop)'
    run hook --check "$BUNDLES/c2/config.json"
    [ "$status" = 0 ]
    [[ $output == *"not listed under poststop"* ]]
    state c1 ovsint.bridge=br0 ovsint.vlan=x >"$T/state"
    refuses 2 "ovsint.vlan: 'x'" hook --check "$T/state"
    # Characters that reverse a terminal's text, or that it obeys.
    state c1 ovsint.bridge=br0 \
        ovsint.external-ids=$'k=a\u202eb\u009b31mc' >"$T/state"
    run hook --check "$T/state"
    [ "$status" = 0 ]
    [[ $output == *"a???b??31mc"* ]] || fail "$output"
    no_rows
}
