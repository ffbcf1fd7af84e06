#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Docker's networks on logical switches: one on each of two hosts.

load ../lib/base
load ../lib/cli
load ../lib/plugin
load ../lib/docker
load ../lib/ovn
load ../lib/ovn-docker
load ../lib/readme

setup_file() {
    readme_setup
    ovn_make 2
    docker_hosts h1 h2
}

setup() { ovn_docker_begin; }
teardown() { ovn_docker_end; }
teardown_file() { docker_hosts_gone; }

web_on() { # HOST [OPTIONS...]
    local host=$1
    shift
    docker_on "$host" network create --driver ovsint -o ovn=web \
        --ipam-driver ovsint --subnet 10.5.0.0/24 "$@" web >/dev/null
}

webs() {
    web_on h1 "$@"
    web_on h2 "$@"
}

@test "two hosts, one network: ping, TCP, full datagrams, IPv6, --ip" {
    local one two
    webs --ipv6 --subnet fd05::/64
    nb_rows Logical_Switch name=web | check_json 'length == 1 and
        (.[0].external_ids | ."ovsint-subnets" == "10.5.0.0/24,fd05::/64" and
        ([keys[] | select(startswith("ovsint-use-"))] | length == 2))'
    run_on h1 one web
    run_on h2 two web --ip 10.5.0.99
    one=$(address_on h1 one)
    two=$(address_on h2 two)
    [ "$two" = 10.5.0.99 ]
    reaches_on h1 one "$two"
    reaches_on h2 two "$one"
    reaches_on h2 two "$(address_on h1 one GlobalIPv6Address)"
    # No reservation is left beside the ports.
    nb_rows Logical_Switch_Port external_ids:ovsint-switch=web | check_json '
        length == 2 and all(.external_ids | has("ovsint-reserved") | not)'
    in_net one ip -j link show type tun | check_json '.[0].mtu == 1442'
    docker_agrees
    # The address is held, and by whom.
    not docker_on h1 run --network web --ip 10.5.0.99 busybox true >"$T/output" 2>&1
    output_has 'address 10.5.0.99 of logical switch web is held by container .* on host h2'
    docker_on h1 restart --time 0 one
    reaches_on h2 two "$(address_on h1 one)"
}

# What Docker's resolver does not know it asks of the server beyond the gateway,
# here a router of OVN; and OVN answers in its place.
# bats test_tags=long
@test "a name by an endpoint's option: the container of the other host is found by it" {
    webs --ipv6 --subnet fd05::/64
    nb lr-add r -- lrp-add r r-web 02:00:00:00:09:01 10.5.0.1/24 -- \
        lsp-add web web-r -- lsp-set-type web-r router -- \
        lsp-set-addresses web-r router -- lsp-set-options web-r router-port=r-web
    docker_on h2 run --detach --name two --network name=web,driver-opt=dns-name=db \
        busybox sleep 3600
    run_on h1 one web --dns 192.0.2.53
    nb_rows DNS | check_json --arg ip "$(address_on h2 two)" \
        --arg ip6 "$(address_on h2 two GlobalIPv6Address)" \
        '.[0].records == {"db": "\($ip) \($ip6)"}'
    wait_until 30 ping_on h1 one "$(address_on h2 two)"
    docker exec one ping -c 1 -W 1 db
    docker_on h2 rm --force two
    names_left
    nb lsp-del web-r -- lr-del r
}

# bats test_tags=long
@test "both hosts at once: one switch, distinct addresses; it goes with the last network" {
    local i pids=() host
    for host in h1 h2; do
        web_on $host &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i"; done
    nb_rows Logical_Switch name=web | check_json 'length == 1'
    pids=()
    for host in h1 h2; do
        for i in 1 2; do
            run_on $host $host-$i web >"$T/$host-$i" 2>&1 &
            pids+=($!)
        done
    done
    for i in "${pids[@]}"; do wait "$i" || fail "$(cat "$T"/h?-?)"; done
    nb_rows Logical_Switch_Port external_ids:ovsint-switch=web | check_json '
        [.[].external_ids | keys[] | select(startswith("ovsint-ip-"))] |
            length == 4 and (unique | length == 4)'
    reaches_on h1 h1-1 "$(address_on h2 h2-2)"
    docker_remove_on h1
    nb_rows Logical_Switch name=web | check_json 'length == 1'
    reaches_on h2 h2-1 "$(address_on h2 h2-2)"
    docker_remove_on h2
    wait_until 40 no_switches_of_ours
    # A switch of somebody else is used, and stays.
    ls_make web
    web_on h1
    run_on h1 one web
    docker_remove_on h1
    nb_rows Logical_Switch name=web | check_json \
        'length == 1 and .[0].external_ids == {}'
}

reserved() { nb_rows Logical_Switch_Port external_ids:ovsint-reserved=true; }

request_address() { # [ADDRESS]
    call IpamDriver.RequestAddress "$(jq -nc --arg address "${1-}" \
        '{PoolID: "10.5.0.0/24", Address: $address, Options: {}}')"
}

# bats test_tags=long
@test "an address is reserved until it is released, or Docker or the daemon dies" {
    web_on h1
    call IpamDriver.GetDefaultAddressSpaces | check_json \
        '.LocalDefaultAddressSpace == "ovsint"'
    request_address 10.5.0.77 | check_json '.Address == "10.5.0.77/24"'
    reserved | check_json 'length == 1'
    call_fails "address 10.5.0.77 of logical switch web is held by" \
        IpamDriver.RequestAddress \
        '{"PoolID": "10.5.0.0/24", "Address": "10.5.0.77"}'
    call_fails "address 10.5.0.1 is the network's gateway" \
        IpamDriver.RequestAddress '{"PoolID": "10.5.0.0/24", "Address": "10.5.0.1"}'
    call IpamDriver.ReleaseAddress '{"PoolID": "10.5.0.0/24", "Address": "10.5.0.77"}'
    wait_until 10 eval "reserved | check_json '. == []'"
    # Released again, it is nobody else's.
    run_on h1 one web --ip 10.5.0.77
    call IpamDriver.ReleaseAddress '{"PoolID": "10.5.0.0/24", "Address": "10.5.0.77"}'
    request_address
    plugin kill
    reserved | check_json 'length == 1'
    plugin start
    dockerd kill
    dockerd start
    docker_on h1 start one
    [ "$(address_on h1 one)" = 10.5.0.77 ]
    # The collector's time is waited for once, for both.
    wait_until 40 eval "nb_rows Logical_Switch_Port external_ids:ovsint-switch=web |
        check_json 'length == 1 and .[0].external_ids[\"ovsint-reserved\"] == null'"
}

# Nobody waits for the time of a call, however long it has been away: not for the
# refusal, nor when it is back.
# bats test_tags=long
@test "the northbound database is away: what is refused, what succeeds, what is left" {
    local i
    webs
    run_on h1 one web
    run_on h2 two web
    reaches_on h1 one "$(address_on h2 two)"
    # It goes with a request on its way. The call must not wait for Open vSwitch's
    # database, whose connection is there.
    plugin restart --verbose
    central_do nb freeze
    later call_fails "OVN's northbound database" CreateEndpoint \
        "$(create_endpoint_json "$(docker_on h1 network inspect --format '{{.ID}}' web)" \
            "$(ep_id 9)" 10.5.0.200/24)"
    wait_until 5 log_shows_call CreateEndpoint
    central_do nb kill
    later_ends 0
    wait_until 10 ping_on h1 one "$(address_on h2 two)"
    not docker_on h1 run --network web --name three busybox true >"$T/output" 2>&1
    output_has "OVN's northbound database: OVSDB at "
    for ((i = 0; i < 8; i++)); do
        not other_on_h1 >"$T/output" 2>&1
        output_has "OVN's northbound database: OVSDB at "
    done
    docker_on h1 rm --force one three
    docker_on h1 network rm web
    rows Bridge name=br-int | check_json '.[0].external_ids | keys |
        all(startswith("ovsint-network-") | not)'
    central_do nb start
    other_on_h1
    docker_on h1 network rm other
    # Only what is of the other host is left.
    wait_until 40 eval "nb_rows Logical_Switch_Port | check_json 'length == 1'"
    wait_until 40 eval "nb_rows Logical_Switch external_ids:ovsint-owner=docker |
        check_json 'length == 1 and
            ([.[0].external_ids | keys[] | select(startswith(\"ovsint-use-\"))] |
            length == 1)'"
}

other_on_h1() {
    docker_on h1 network create -d ovsint -o ovn=other --ipam-driver ovsint \
        --subnet 10.6.0.0/24 other
}

# bats test_tags=long
@test "many-hosts.md: Docker on two hosts" {
    block ovn-docker >/dev/null
    block_on h1 "each host"
    block_on h2 "each host"
    block_on h1 "host 1"
    block_on h2 "host 2"
    output_has '[1-3] packets received'
}

# Docker's networks stood in the database that was lost.
# bats test_tags=long
@test "a host starts anew with an empty database: what it had is removed and made again" {
    local pid
    webs
    run_on h1 one web
    run_on h2 two web --ip 10.5.0.99
    pid=$(docker_on h2 inspect --format '{{.State.Pid}}' two)
    plugin_on h2 kill
    dockerd_on h2 kill
    kill -KILL "$pid"
    host_lost h2
    host_open_vswitch h2
    plugin_on h2 start
    dockerd_on h2 start
    host_chassis h2
    wait_until 20 vs h2 br-exists br-int
    not docker_on h2 start two >"$T/output" 2>&1
    output_has 'if the database of Open vSwitch was lost, remove the network'
    docker_on h2 rm --force two
    docker_on h2 network rm web
    web_on h2
    run_on h2 two web --ip 10.5.0.99
    wait_until 30 ping_on h1 one 10.5.0.99
    nb_rows Logical_Switch name=web | check_json '.[0].external_ids |
        [keys[] | select(startswith("ovsint-use-"))] | length == 2'
    nb_rows Logical_Switch_Port external_ids:ovsint-host=h2 | check_json 'length == 1'
}
