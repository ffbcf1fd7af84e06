#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The plugin dies inside each of Docker's calls, hangs, or is away for as long
# as Docker tries; dockerd dies beside running containers. What Docker then
# believes is what is there, and the next start works.
# bats file_tags=slow

load ../lib/base
load ../lib/plugin
load ../lib/docker

setup_file() { docker_setup; }

setup() {
    docker_begin
    # The plugin's log tells which call is in progress.
    plugin restart --verbose
    network -o bridge=br0 --subnet 10.10.0.0/24 net1
}

teardown() { docker_end; }
teardown_file() { docker_teardown_file; }

# Kills the plugin in a call that waits for a database which is silent.
dies_in() { # CALL CMD...
    local call=$1 before
    shift
    : >"$PLUGIN_LOG"
    ovsdb freeze
    before=$(unread)
    later "$@"
    wait_until 10 log_shows_call "$call"
    wait_until 5 plugin_has_asked "$before"
    plugin kill
    ovsdb thaw
    plugin start
}

# How many bytes of the plugin wait for a frozen ovsdb-server.
unread() {
    local inodes
    inodes=$(find "/proc/$(plugin_pid)/fd" -lname 'socket:*' -printf '%l\n' |
        tr -dc '0-9\n')
    ss -xnH | awk -v inodes="$inodes" '
        BEGIN { n = split(inodes, list); for (i = 1; i <= n; i++) own[list[i]] }
        $8 in own { sum += $3 }
        END { print sum + 0 }'
}

# A transaction has come since then: probes of the connection are shorter.
plugin_has_asked() { [ "$(unread)" -ge $(($1 + 150)) ]; } # BYTES-BEFORE

# Docker has forgotten a network, or never had it, and told nobody: its network row is
# for an operator to remove. It keeps its bridge, and nothing else.
remove_lost_network_row() {
    local network_row
    network_row=$(rows Bridge | jq -r --argjson known "$(api GET networks |
        jq 'map("ovsint-network-" + .Id)')" \
        '[.[] | .name as $bridge | .external_ids | keys[] |
        select(startswith("ovsint-network-")) | select(IN($known[]) | not) |
        [$bridge, "external_ids", .]] | if length == 1 then .[0] | join(" ")
        else error("want one lost network row: \(.)") end')
    # shellcheck disable=SC2086
    vsctl remove Bridge $network_row
}

no_lost_network_row() {
    rows Bridge | check_json --argjson known "$(api GET networks |
        jq 'map("ovsint-network-" + .Id)')" '[.[].external_ids | keys[] |
        select(startswith("ovsint-")) | select(. != "ovsint-owner")] - $known
        == []'
}

# bats test_tags=long
@test "the plugin dies in CreateNetwork" {
    dies_in CreateNetwork \
        network -o bridge=br0 --subnet 10.20.0.0/24 net2
    later_ends 1
    network -o bridge=br0 --subnet 10.20.0.0/24 net2
    start_container one net2
    start_container two net2
    can_ping one "$(address_of two net2)"
    no_lost_network_row
}

# bats test_tags=long
@test "the plugin dies in CreateEndpoint: the port does not stay" {
    config '{"timeout-ms": 2000}'
    dies_in CreateEndpoint start_container one net1
    later_ends 125
    not no_ports
    wait_until 20 no_ports
    docker start one
    docker_agrees
}

# The guardian leaves such a port to Docker for half a minute.
# bats test_tags=long
@test "the plugin dies in CreateEndpoint: the next start takes its place" {
    dies_in CreateEndpoint start_container one net1
    later_ends 125
    docker start one
    start_container two net1
    can_ping one "$(address_of two net1)"
    docker_agrees
}

# bats test_tags=long
@test "the plugin dies in Join" {
    vswitchd freeze
    later start_container one net1
    wait_until 10 log_shows_call Join
    plugin kill
    vswitchd thaw
    plugin start
    later_ends 125
    wait_until 5 no_ports
    docker start one
    start_container two net1
    can_ping one "$(address_of two net1)"
}

process_gone() { [ ! -e "/proc/$1" ]; }

# A frozen plugin has taken the call and not answered it.
# bats test_tags=long
@test "the plugin dies in Leave" {
    local pid
    start_container one net1
    start_container two net1
    pid=$(container_pid one)
    plugin freeze
    later docker stop -t 0 one
    wait_until 10 process_gone "$pid"
    plugin kill
    plugin start
    later_ends 0
    wait_until 5 docker_agrees
    docker start one
    can_ping one "$(address_of two net1)"
}

# The guardian has seen them inside: it need not leave them to Docker any more.
have_arrived() {
    docker_rows | check_json 'all(.[].external_ids;
        has("ovsint-arrived") or (has("ovsint-endpoint") | not))'
}

# bats test_tags=long
@test "the plugin dies in DeleteEndpoint: the port is collected" {
    start_container one net1
    wait_until 10 have_arrived
    dies_in DeleteEndpoint docker stop -t 0 one
    later_ends 0
    wait_until 15 no_ports
    docker start one
    start_container two net1
    can_ping one "$(address_of two net1)"
    docker_agrees
}

# Whether Leave is in the database then is chance.
# bats test_tags=long
@test "the plugin dies between Leave and DeleteEndpoint: the port is collected" {
    local port
    start_container one net1
    wait_until 10 have_arrived
    port=$(docker_rows | jq -r '.[] | select(.external_ids |
        has("ovsint-endpoint")).name')
    : >"$PLUGIN_LOG"
    ovsdb freeze
    later docker stop -t 0 one
    wait_until 10 log_shows_call DeleteEndpoint
    plugin kill
    ovsdb thaw
    vsctl set Interface "$port" external_ids:ovsint-left=true
    plugin start
    later_ends 0
    wait_until 15 no_ports
}

# bats test_tags=long
@test "the plugin dies in DeleteNetwork" {
    network -o bridge=made --subnet 10.20.0.0/24 net2
    wait_until 5 creation_finished made
    dies_in DeleteNetwork docker network rm net2
    later_ends 0
    wait_until 5 bridge_gone made
    network -o bridge=made --subnet 10.20.0.0/24 net2
    start_container one net2
}

# The plugin takes the mark off when it has answered.
creation_finished() { # BRIDGE
    rows Bridge name="$1" | check_json '.[0].external_ids |
        any(keys[]; startswith("ovsint-begun-")) | not'
}

bridge_gone() { rows Bridge name="$1" | check_json '. == []'; }

@test "a plugin that hangs holds up only who calls it" {
    start_container one net1
    plugin freeze
    later start_container two net1
    docker run --rm --network none busybox true
    docker ps -q | grep -q .
    plugin thaw
    later_ends 0
    can_ping one "$(address_of two net1)"
}

# It tries for 15 s, and then forgets what was to be removed. All at once, so that
# this is waited for once.
# bats test_tags=long
@test "the plugin is away until Docker gives up" {
    local stop rm run create remove
    start_container one net1
    start_container two net1
    network -o bridge=br0 --subnet 10.20.0.0/24 net2
    network -o bridge=br0 -o vlan=20 --subnet 10.40.0.0/24 net4
    wait_until 10 have_arrived
    plugin stop
    docker network rm net4 >"$T/remove" 2>&1 &
    remove=$!
    docker stop -t 0 one >"$T/stop" 2>&1 &
    stop=$!
    docker rm -f two >"$T/rm" 2>&1 &
    rm=$!
    docker run --rm --network net2 busybox true >"$T/run" 2>&1 &
    run=$!
    network net3 >"$T/create" 2>&1 &
    create=$!
    wait "$stop"
    wait "$rm"
    wait "$remove"
    not wait "$run"
    not wait "$create"
    api GET containers/json | check_json '. == []'
    plugin start
    # Docker has forgotten them.
    wait_until 15 no_ports
    docker start one
    start_container three net1
    docker network rm net2
    can_ping one "$(address_of three net1)"
    wait_until 5 docker_agrees
    not docker network inspect net4
    network -o bridge=br0 -o vlan=30 --subnet 10.40.0.0/24 net4
    start_container four net4
    rows Port tag=20 | check_json '. == []'
    rows Port tag=30 | check_json 'length == 1'
    dockerd stop
    dockerd start
    docker start four
    wait_until 5 docker_agrees
    remove_lost_network_row
}

# bats test_tags=long
@test "live-restore: several networks, one of them internal" {
    local pid address
    dockerd stop
    dockerd start --live-restore
    network --internal -o bridge=br0 -o vlan=20 --subnet 10.20.0.0/24 inner
    start_container one net1
    start_container two net1
    start_container three inner
    start_container four inner
    docker network connect inner one
    address=$(address_of two net1)
    pid=$(container_pid one)
    dockerd kill
    nsenter --net="/proc/$pid/ns/net" busybox ping -c 1 -W 2 "$address"
    dockerd start --live-restore
    docker_agrees
    can_ping one "$address"
    can_ping three "$(address_of four inner)"
    can_ping one "$(address_of four inner)"
    # Nothing tells the switch of a device that dies with its namespace.
    docker stop -t 0 one two three four
    wait_until 10 no_ports
    none_on_host
    docker start one three
    can_ping one "$(address_of three inner)"
    docker_agrees
    docker rm -f one two three four
    dockerd stop
    dockerd start
}

# bats test_tags=long
@test "dockerd is killed with containers in two networks: they start again" {
    local name
    network -o bridge=br0 -o vlan=20 -o altname=true \
        --subnet 10.20.0.0/24 blue
    for name in one two three; do start_container "$name" net1; done
    docker network connect blue one
    wait_until 10 have_arrived
    dockerd kill
    dockerd start
    wait_until 15 no_ports
    docker start one two three
    can_ping one "$(address_of two net1)"
    wait_until 5 docker_agrees
}
