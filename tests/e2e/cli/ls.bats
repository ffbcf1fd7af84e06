#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Who is plugged where: with everything there, and with the database, the daemon
# or both away; and what dead containers have left.

load ../lib/base
load ../lib/plugin
load ../lib/sandbox
load ../lib/cli

setup() {
    world_setup
    netns_add blue
    sandbox c1
    plug c1 ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=10.0.0.1/24
    ovsint attach /run/netns/blue bridge=br0 trunks=10,20-22 ip=10.0.0.2/24 \
        type=veth rate=5000 >/dev/null
}

teardown() {
    ovs_heal
    [ ! -e /run/netns/blue ] || netns_gone blue
    ovsint gc --yes >/dev/null
    world_teardown
}

both() { # FILTER: of the ports of c1 and blue, in this order
    ovsint ls --json | check_json "[.ports[] | select(.port)] |
        sort_by(.owner) | reverse | length == 2 and (.[0] as \$c1 |
        .[1] as \$blue | $1)"
}

@test "all that is known, with and without the guardian" {
    both '$c1.owner == "hook" and $c1.vlan == "10" and $c1.bridge == "br0" and
        $c1.addresses == ["10.0.0.1/24"] and $c1.interface == "eth0" and
        $c1.state == "in its container" and ($c1 | has("repairs") | not) and
        $c1.counters["tx-packets"] > 0 and $c1.ofport > 0 and
        $blue.namespace == "/run/netns/blue" and $blue.vlan == "trunk 10,20-22"
        and $blue["rate-kbit"] == 5000 and $blue.state == "in its container"'
    # What the switch has counts, not what was asked for.
    vsctl set Port "$(port_of c1)" tag=30
    both '$c1.vlan == "30"'
    plugin start
    rests
    both '$c1.repairs == 0 and $blue.repairs == 0'
    plugin stop
}

@test "for people: as wide as the terminal, a container or a port alone" {
    ovsint ls >"$T/wide"
    grep -qE '^CONTAINER +IFACE +ADDRESSES +BRIDGE +VLAN +STATE +PORT' "$T/wide"
    grep -qE '^/run/netns/blue +eth0 +10\.0\.0\.2/24 +br0 +trunk 10,20-22 +in its' \
        "$T/wide"
    COLUMNS=50 ovsint ls >"$T/narrow"
    [ "$(wc -L <"$T/narrow")" -le 50 ]
    grep -qE '^c1 +eth0 +10\.0\.0\.1/24' "$T/narrow"
    not grep -q $'\e' "$T/wide"
    ovsint show c1 >"$T/shown"
    grep -qE "^  port +$(port_of c1)\$" "$T/shown"
    grep -qE '^  sent +[1-9][0-9]* bytes' "$T/shown"
    ovsint show "$(port_of c1)" --json | check_json '.ports | length == 1'
    ovsint show "pid:$(container_pid c1)" --json | check_json \
        --arg port "$(port_of c1)" '[.ports[].port] == [$port]'
    cli_refuses 1 "called 'pid:$$'" show "pid:$$"
    # Docker's rows have a path before the guardian has noted what it leads to.
    local id
    id=$(row Interface name="$(port_of c1)" |
        jq -r '.external_ids["ovsint-netns-id"]')
    vsctl remove Interface "$(port_of c1)" external_ids ovsint-netns-id
    ovsint show "pid:$(container_pid c1)" --json | check_json \
        --arg port "$(port_of c1)" '[.ports[].port] == [$port]'
    vsctl set Interface "$(port_of c1)" "external_ids:ovsint-netns-id=\"$id\""
    cli_refuses 2 "a process is named as pid:4711" show pid:0
    true &
    wait $!
    cli_refuses 1 "open process $!: No such process" show "pid:$!"
    cli_refuses 1 "'ovsint ls' lists what there is (2)" show nosuch
    ovsint names ports | grep -qx c1
    [ "$(ovsint names bridges)" = br0 ]
    # Whoever has made it.
    local table
    for table in Port Interface; do
        vsctl set "$table" "$(port_of c1)" external_ids:ovsint-owner=netavark
    done
    ovsint names ports | grep -qx c1
    for table in Port Interface; do
        vsctl set "$table" "$(row Interface external_ids:ovsint-container=c1 |
            jq -r .name)" external_ids:ovsint-owner=hook
    done
}

@test "a device that a restart of the switch has taken, on the userspace datapath" {
    local state=lost
    [ "$DATAPATH" = userspace ] || state="in its container"
    vswitchd restart
    wait_until 5 both "\$c1.state == \"$state\""
}

@test "the database away, then the daemon as well" {
    port=$(port_of c1)
    plugin start
    rests
    ovsdb stop
    ovsint ls --json 2>/dev/null | check_json --arg port "$port" '
        (.database | not) and .guardian and (.ports | length == 2) and
        (.ports[] | select(.port == $port) | .state == "in its container" and
            .addresses == ["10.0.0.1/24"])'
    plugin kill
    ovsint ls --json 2>"$T/why" | check_json --arg port "$port" '
        (.database or .guardian | not) and
        (.ports[] | select(.port == $port) | .addresses == ["10.0.0.1/24"])'
    grep -q 'is ovsdb-server running?' "$T/why"
    ovsdb start
}

@test "ports of every door" {
    local owner owners=(cli cni docker hook netavark)
    for owner in "${owners[@]}"; do
        vsctl add-port br0 "p-$owner" \
            -- set Port "p-$owner" "external_ids:ovsint-owner=$owner" \
            -- set Interface "p-$owner" type=internal \
            "external_ids:ovsint-owner=$owner" external_ids:ovsint-container=c1
    done
    [ "$(ovsint names ports | grep '^p-' | sort | xargs)" = "${owners[*]/#/p-}" ]
    ovsint ls --json | check_json --arg owners "${owners[*]}" '
        [.ports[] | select(.port | startswith("p-")).owner] | sort ==
        ($owners / " ")'
    for owner in "${owners[@]}"; do
        vsctl del-port "p-$owner"
    done
}

stuck_is_told() { # LIMIT COMMAND...
    local status=0 limit=$1
    shift
    timeout "$limit" "$OVSINT" "$@" >"$T/$1.answer" 2>"$T/$1.why" || status=$?
    [ "$status" -lt 124 ] || fail "$* says nothing within $limit s"
    grep -qh 'is ovsdb-server stuck?' "$T/$1.answer" "$T/$1.why" ||
        fail "$*: $(cat "$T/$1.answer" "$T/$1.why")"
}

# They would have time until the deadline; whoever looks is told after a second.
# bats test_tags=long
@test "a database that is stuck is told of soon, except to attach and detach" {
    local pids=() pid failed=0
    config '{"timeout-ms": 60000}'
    ovsdb freeze
    stuck_is_told 10 ls --json &
    pids+=("$!")
    stuck_is_told 10 show c1 &
    pids+=("$!")
    stuck_is_told 10 graph &
    pids+=("$!")
    stuck_is_told 10 trace c1 10.0.0.2 &
    pids+=("$!")
    stuck_is_told 10 doctor &
    pids+=("$!")
    stuck_is_told 10 mirror ls &
    pids+=("$!")
    not timeout 2 "$OVSINT" detach /run/netns/blue 2>"$T/detach.why" # time: it waits
    [ ! -s "$T/detach.why" ] || failed=1
    for pid in "${pids[@]}"; do
        wait "$pid" || failed=1
    done
    ovsdb thaw
    [ "$failed" = 0 ]
    check_json '.database | not' <"$T/ls.answer"
}

# bats test_tags=long
@test "more containers than are read" {
    local i
    mkdir -p /run/crun
    (cd /run/crun && seq -f 'many%g' 16385 | xargs mkdir)
    for ((i = 1; i <= 16385; i++)); do
        echo '{"pid": 1, "process-start-time": 1}' >"/run/crun/many$i/status"
    done
    ovsint ls --json >"$T/answer" 2>"$T/why"
    check_json '.ports | length == 2' <"$T/answer"
    grep -q 'more containers than are read' "$T/stderr"
    rm -rf /run/crun
    ovsint ls >/dev/null
    [ ! -s "$T/stderr" ]
}

# A pipe that nobody reads any more.
@test "a reader that has ended ends it, as other tools" {
    local status=0 reader
    mkfifo "$T/pipe"
    (exec <"$T/pipe") &
    reader=$!
    exec 7>"$T/pipe"
    wait "$reader"
    "$OVSINT" ls >&7 2>"$T/stderr" || status=$?
    exec 7>&-
    [ "$status" = 141 ] # SIGPIPE
    [ ! -s "$T/stderr" ]
}

@test "what dead containers have left" {
    prints_nothing ovsint gc
    kill_sandbox c1
    netns_gone blue
    # On the kernel's datapath the switch has noted by now that the pair has gone.
    local status=0
    ovsint gc --json >"$T/answer" || status=$?
    [ "$status" = 3 ]
    check_json '(.removed | not) and (.ports | length == 2) and
        all(.ports[]; .state == "container gone")' <"$T/answer"
    both true
    ovsint gc --yes >"$T/removed" || fail "$(cat "$T/removed" "$T/stderr")"
    [ "$(tail -n 1 "$T/removed")" = '2 removed' ] || fail "$(cat "$T/removed")"
    ovsint ls --json | check_json '.ports == []'
    rm "$BUNDLES/c1/pid"
}

# As bash calls it: a word ends at "=".
offers() { # WORD...
    bash -c 'PATH=${OVSINT%/*}:$PATH
        . <("$OVSINT" completion bash)
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _ovsint 2>/dev/null
        echo "${COMPREPLY[*]}"' - "$@"
}

@test "completion in bash" {
    export OVSINT
    [ "$(offers ovsint det)" = detach ]
    [ "$(offers ovsint attach x vl)" = "vlan= vlan-mode=" ]
    [ "$(offers ovsint attach x bridge = b)" = br0 ]
    [ "$(offers ovsint attach x bridge =)" = br0 ]
    [ -z "$(offers ovsint attach x bridge = br0 vlan = 1)" ]
    [ "$(offers ovsint show c)" = c1 ]
    [ "$(offers ovsint gc --y)" = --yes ]
    # A name that somebody has given is offered, and not executed.
    cd "$T"
    vsctl add-br '$(>made)'
    [ "$(offers ovsint attach x bridge = '$')" = '\$\(\>made\)' ]
    [ "$(offers ovsint attach x bridge = b)" = br0 ]
    vsctl del-br '$(>made)'
    [ ! -e made ]
}
