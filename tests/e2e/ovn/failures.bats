#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# What of OVN may be away, at attach, at detach and in between: what is said, what
# is left, and that traffic which runs goes on.

load ../lib/base
load ../lib/cli
load ../lib/plugin
load ../lib/sandbox
load ../lib/ovn
load ../lib/ovn-docker

setup_file() {
    ovn_make 2
    plugin_directory_on h2
}

setup() {
    ovn_begin
    ls_make web
    # A call has 2 s, and the collector waits 5 s more.
    config '{"timeout-ms": 2000}'
    cp "$CONFIG" /run/hosts/h2/etc/ovsint.json
    netns_add n1 n2
}

teardown() {
    local failed=0 name
    ovn_heal
    ! answers >/dev/null || plugin stop || failed=1
    ! plugin_answers_on h2 2>/dev/null || plugin_on h2 stop || failed=1
    for name in n1 n2; do
        [ ! -e "/run/netns/$name" ] || netns_gone $name
    done
    ovn_end || failed=1
    return "$failed"
}

attach1() { ovsint attach /run/netns/n1 ovn=web ip=10.5.0.1/24; }
attach2() { on h2 "$OVSINT" attach /run/netns/n2 ovn=web ip=10.5.0.2/24; }
detach1() { ovsint detach /run/netns/n1; }
detach2() { on h2 "$OVSINT" detach /run/netns/n2; }

# Both are there, and packets pass.
both() {
    attach1
    attach2
    wait_until 10 pings
}

pings() { in_netns n1 busybox ping -c 1 -W 1 10.5.0.2; }

# Two seconds of packets around DO, of which none is lost.
no_packet_lost() { # DO...
    in_netns n1 busybox ping -c 20 -i 0.1 10.5.0.2 >"$T/pings" &
    local pid=$!
    "$@"
    wait "$pid" || true
    grep -q ' 0% packet loss' "$T/pings" || fail "$(tail -n 3 "$T/pings")"
}

refuses_attach() { # TEXT
    local status=0
    attach1 >"$T/answer" 2>&1 || status=$?
    [ "$status" != 0 ] || fail "attached all the same"
    grep -qF -- "$1" "$T/answer" || fail "no '$1' in: $(cat "$T/answer")"
    none_of_cli
}

@test "NB is away: an attach is refused at once, traffic goes on, a detach succeeds" {
    both
    no_packet_lost central_do nb kill
    ovsint detach /run/netns/n1
    none_of_cli
    refuses_attach "OVN's northbound database: OVSDB at /run/ovn/ovnnb_db.sock: "
    central_do nb start
    # The detached one's logical port is there: nobody could remove it.
    nb_rows Logical_Switch_Port external_ids:ovsint-host=h1 |
        check_json 'length == 1'
    # The address is the same container's at once, after the time of a call.
    plugin start
    wait_until 12 eval "nb_rows Logical_Switch_Port external_ids:ovsint-host=h1 |
        check_json '. == []'"
    attach1
    wait_until 5 pings
    detach1
    detach2
}

# Each logical port of this host has its port, and each port its logical port.
no_ghosts() {
    local ports
    ports=$(rows Interface external_ids:ovsint-owner=cli | jq -c '[.[].name | "ovsint-" + .] | sort')
    nb_rows Logical_Switch_Port external_ids:ovsint-host=h1 |
        check_json --argjson ports "$ports" '[.[].name] | sort == $ports'
}

# With MANY=all for a minute.
# bats test_tags=long
@test "NB is away, and a daemon runs: no packet is lost, nothing is left when it is back" {
    local seconds=2 pid
    [ "${MANY-}" != all ] || seconds=60
    netns_add n3
    plugin start
    both
    ovsint attach /run/netns/n3 ovn=web ip=10.5.0.3/24
    central_do nb kill
    in_netns n1 busybox ping -c $((seconds * 10)) -i 0.1 10.5.0.2 >"$T/pings" &
    pid=$!
    ovsint detach /run/netns/n3
    ! ovsint attach /run/netns/n3 ovn=web ip=10.5.0.4/24 >/dev/null 2>&1 ||
        fail "attached all the same"
    wait "$pid" || true
    grep -q ' 0% packet loss' "$T/pings" || fail "$(tail -n 3 "$T/pings")"
    central_do nb start
    wait_until 30 no_ghosts
    # It is as before: the address is free, and packets pass.
    wait_until 10 ovsint attach /run/netns/n3 ovn=web ip=10.5.0.3/24
    pings
    no_ghosts
    ovsint detach /run/netns/n3
    detach1
    detach2
    netns_gone n3
}

@test "NB takes requests and does not answer: both ends are undone in time" {
    central_do nb freeze
    refuses_attach "did not answer within the deadline"
    central_do nb thaw
    # It has carried out what was given up: the collector removes it.
    plugin start
    wait_until 12 lsps_left
    attach1
    detach1
}

# bats test_tags=long
@test "NB is frozen at a detach: the port goes, and the logical port later" {
    attach1
    central_do nb freeze
    detach1
    none_of_cli
    central_do nb thaw
    plugin start
    wait_until 12 lsps_left
}

# bats test_tags=long
@test "SB is away: what runs goes on, an attach waits and is undone" {
    both
    no_packet_lost central_do sb kill
    detach1
    refuses_attach 'ovn-controller did not install the flows of port'
    nb_rows Logical_Switch_Port external_ids:ovsint-host=h1 | check_json '. == []'
    central_do sb start
    # ovn-controller waits 8 s between its tries.
    wait_until 20 attach1
    wait_until 5 pings
    detach1
    detach2
}

# bats test_tags=long
@test "northd is away: the same, and its return lets an attach go on" {
    both
    no_packet_lost central_do northd kill
    detach1
    refuses_attach 'and does ovn-northd run?'
    config '{"timeout-ms": 10000}'
    attach1 >"$T/answer" 2>&1 &
    local pid=$!
    wait_until 5 eval "nb_rows Logical_Switch_Port external_ids:ovsint-host=h1 |
        check_json 'length == 1'"
    central_do northd start
    wait "$pid" || fail "$(cat "$T/answer")"
    wait_until 5 pings
    detach1
    detach2
}

@test "ovn-controller is away: an attach is undone; killed, nothing is lost" {
    both
    no_packet_lost controller_do h1 kill
    detach1
    refuses_attach 'ovn-controller did not install the flows of port'
    controller_do h1 start
    wait_until 10 attach1
    wait_until 5 pings
    detach1
    detach2
}

chassis_gone() { prints_nothing sb --bare --columns=name find Chassis name="$1"; }

# What a unit runs: the ExecStop of Debian's is ovn-ctl's stop_controller, which says
# `exit` on the control socket.
controller_stops() { # HOST COMMAND...
    local dir
    dir=$(host_run "$1")
    program_alive "$dir/ovn-controller.pid"
    OVN_RUNDIR=$dir OVS_RUNDIR=$dir "${@:2}"
    wait_until 10 not ovs_has_process "$PID"
}

@test "ovn-controller is stopped as Debian's unit does: cut off; by the doctor's drop-in it is not" {
    local stop
    both
    controller_stops h1 ovn-appctl -t ovn-controller exit
    wait_until 5 chassis_gone h1
    wait_until 5 not pings
    controller_do h1 start
    wait_until 20 pings
    stop=$(sed -n 's/.*ExecStop=\\enExecStop=\(.*\)\\en.*/\1/p' \
        "$BATS_TEST_DIRNAME/../../../packaging/man/ovsint.8")
    [ "$stop" = "ovn-appctl -t ovn-controller exit --restart" ] || fail "$stop"
    # shellcheck disable=SC2086
    no_packet_lost controller_stops h1 $stop
    not chassis_gone h1
    controller_do h1 start
    wait_until 10 pings
    detach1
    detach2
}

has_name() { # SYSTEM-ID: the host h1, and its ovn-controller knows it from the start on
    controller_stops h1 ovn-appctl -t ovn-controller exit
    # A chassis may be asked for by its hostname, too.
    vsctl set Open_vSwitch . external_ids:system-id="$1" external_ids:hostname="$1"
    controller_do h1 start
    wait_until 20 not chassis_gone "$1"
}

# bats test_tags=long
@test "the host has another system-id: what was there is cut off until it has the former one again" {
    netns_add n3
    plugin start
    both
    has_name h9
    wait_until 5 plugin_logged "this host has another system-id"
    wait_until 5 not pings
    doctor_tells 'any(.findings[]; .id == "ovn-renamed")'
    # What comes now has the new name, and the daemon answers by it.
    ovsint attach /run/netns/n3 ovn=web ip=10.5.0.3/24
    wait_until 10 in_netns n3 busybox ping -c 1 -W 1 10.5.0.2
    not on h2 "$OVSINT" gc --host h9 --yes >"$T/answer" 2>&1
    grep -qF "host h9 lives" "$T/answer" || fail "$(cat "$T/answer")"
    # The ports of before are kept, and can be detached.
    nb_rows Logical_Switch_Port external_ids:ovsint-host=h1 | check_json 'length == 1'
    ovsint detach /run/netns/n3
    nb_rows Logical_Switch_Port external_ids:ovsint-host=h9 | check_json '. == []'
    has_name h1
    wait_until 20 pings
    on h2 "$OVSINT" gc --host h1 --yes >"$T/answer" 2>&1 && fail "not refused"
    grep -qF "host h1 lives" "$T/answer" || fail "$(cat "$T/answer")"
    # One that is detached under another name leaves nothing.
    has_name h9
    detach1
    nb_rows Logical_Switch_Port external_ids:ovsint-host=h1 | check_json '. == []'
    has_name h1
    attach1
    wait_until 10 pings
    detach1
    detach2
    netns_gone n3
}

dynamic_of() { nb_rows Logical_Switch_Port name="$1" | jq -r '.[0].dynamic_addresses'; }

told_once() { doctor_tells 'all(.findings[]; .id != "logical-address-twice")'; }
told_twice() { doctor_tells 'any(.findings[]; .id == "logical-address-twice")'; }

@test "a logical port of somebody else has the address: both have a static one, a dynamic one gives way" {
    local was
    nb lsp-add web vm -- lsp-set-addresses vm "02:00:00:00:77:01 10.5.0.1 10.5.0.9"
    # OVN takes it, and the database has no index on that text.
    attach1
    told_twice
    check_json 'any(.findings[]; .text | contains("the logical port vm, which somebody"))' \
        <"$T/answer"
    nb lsp-set-addresses vm "02:00:00:00:77:01 10.5.0.9"
    told_once
    # On another switch it is another address.
    ls_make other
    nb lsp-add other vm2 -- lsp-set-addresses vm2 "02:00:00:00:77:02 10.5.0.1"
    told_once
    detach1
    nb set Logical_Switch web other_config:subnet=10.5.0.0/24 -- \
        lsp-set-addresses vm dynamic
    wait_until 5 eval 'dynamic_of vm | grep -q 10.5.0'
    was=$(dynamic_of vm)
    ovsint attach /run/netns/n1 "ovn=web" "ip=${was#* }/24"
    wait_until 5 prints_other "$was" dynamic_of vm
    told_once
    detach1
    nb lsp-del vm -- ls-del other
}

# bats test_tags=long
@test "vswitchd killed: the guardian repairs, OVN installs, NB is not written to" {
    local before
    plugin start
    both
    before=$(nb_rows Logical_Switch_Port external_ids:ovsint-host=h1 | jq -S 'map(del(.up))')
    vswitchd kill
    vswitchd start
    wait_until 20 pings
    reaches /run/netns/n1 10.5.0.2
    [ "$before" = "$(nb_rows Logical_Switch_Port external_ids:ovsint-host=h1 | jq -S 'map(del(.up))')" ]
    detach1
    detach2
}

# bats test_tags=long
@test "a switch that goes under a container, and one that comes instead" {
    attach1
    nb ls-del web
    ls_make web
    # Its logical port went with the switch; the port can be detached all the same.
    detach1
    attach1
    detach1
}

# bats test_tags=long
@test "somebody removes the rows: they are restored, with the same logical port" {
    local port before
    plugin start
    bundle c1 ovsint.ovn=web ovsint.ip=10.5.0.1/24
    run_container runc c1
    attach2
    wait_until 10 ping_once c1 10.5.0.2
    before=$(nb --bare --columns=_uuid find Logical_Switch_Port external_ids:ovsint-host=h1)
    vsctl del-port br-int "$(port_of c1)"
    wait_until 20 ping_once c1 10.5.0.2
    [ "$before" = "$(nb --bare --columns=_uuid find Logical_Switch_Port external_ids:ovsint-host=h1)" ]
    delete_container c1
    detach2
}

@test "a container ends without a word: its port and its logical port go" {
    plugin start
    sandbox c1
    plug c1 ovsint.ovn=web ovsint.ip=10.5.0.9/24
    kill_sandbox c1
    rm "$BUNDLES/c1/pid"
    wait_until 20 lsps_left
    rows Interface external_ids:ovsint-owner=hook | check_json '. == []'
}

logical_ports_of_h2() { nb_rows Logical_Switch_Port external_ids:ovsint-host=h2; }

# bats test_tags=long
@test "a host starts anew with an empty database: its logical ports go, addresses and names are free" {
    local name
    attach1
    on h2 "$OVSINT" attach /run/netns/n2 ovn=web ip=10.5.0.2/24 dns-name=db
    netns_add n3 n4
    on h2 "$OVSINT" attach /run/netns/n3 ovn=web ip=10.5.0.3/24 dns-name=log
    on h2 "$OVSINT" attach /run/netns/n4 ovn=web ip=10.5.0.4/24
    host_lost h2
    for name in n2 n3 n4; do netns_gone $name; done
    # The daemon is there before anybody has said which chassis the host is.
    host_open_vswitch h2
    plugin_on h2 start
    host_chassis h2
    wait_until 20 vs h2 br-exists br-int
    logical_ports_of_h2 | check_json 'length == 3'
    # What was asked for is to be had at once,
    netns_add n2
    on h2 "$OVSINT" attach /run/netns/n2 ovn=web ip=10.5.0.2/24 dns-name=db
    wait_until 10 pings
    # and the rest goes when a call has had its time.
    wait_until 12 eval "logical_ports_of_h2 | check_json 'length == 1 and
        (.[0].external_ids | has(\"ovsint-ip-10.5.0.2\"))'"
    nb_rows DNS | check_json '[.[].records] == [{db: "10.5.0.2"}]'
    plugin_on h2 stop
    pings
    detach1
    detach2
}
