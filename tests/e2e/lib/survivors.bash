# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# Two containers of Docker, c1 and c2, in net1, that outlive what happens. Loaded
# after docker.bash and restarts.bash; has what bats calls around a test.
#
#   survives EVENT        event_EVENT happens: they reach each other as before
#   all_noted COUNT       the guardian knows so many devices
#   network_of NAME       devices, addresses and routes, to compare

setup_file() { docker_setup; }

setup() {
    docker_begin
    network -o bridge=br0 --subnet 10.10.0.0/24 net1
    start_container c1 net1
    start_container c2 net1
    containers=(c2)
    can_ping c1 "$(address_of c2 net1)"
    wait_until 20 all_noted 2
}

teardown() {
    traffic_stop
    docker_end
}
teardown_file() { docker_teardown_file; }

all_noted() { # COUNT
    docker_rows | check_json '[.[] | select(.external_ids["ovsint-arrived"])]
        | length == $count' --argjson count "$1"
}

network_of() { # NAME
    in_net "$1" ip -j addr | jq -S 'sort_by(.ifname) | map(select(.ifname != "lo") | {ifname,
        address, addr: (.addr_info | map(select(.scope == "global").local))})'
    in_net "$1" ip -j route | jq -S 'sort_by(.dst) | map({dst, gateway, dev})'
}

survives() { # EVENT
    network_of c1 >"$T/before"
    "event_$1"
    can_ping c1 "$(address_of c2 net1)"
    can_ping c2 "$(address_of c1 net1)"
    wait_until 10 as_before
    event_an_unrelated_port
    can_ping c1 "$(address_of c2 net1)"
    docker_agrees
}

as_before() { diff "$T/before" <(network_of c1); }
