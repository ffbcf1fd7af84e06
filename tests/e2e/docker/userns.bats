#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# `dockerd --userns-remap`: a container's network namespace belongs to a user
# namespace of its own.

load ../lib/base
load ../lib/plugin
load ../lib/docker
load ../lib/restarts

dockerd_options+=(--userns-remap daemon)

setup_file() {
    echo daemon:100000:65536 | tee /etc/subuid >/etc/subgid
    docker_setup
}

setup() {
    docker_begin
    network --internal -o bridge=br0 -o altname=true --subnet 10.40.0.0/24 \
        --ipv6 --subnet fd00:40::/64 mapped
    start_container c1 mapped
    start_container c2 mapped
    has_own_users c1
}

teardown() { docker_end; }
teardown_file() { docker_teardown_file; }

has_own_users() { # NAME
    [ "$(awk '{print $2}' "/proc/$(container_pid "$1")/uid_map")" = 100000 ]
}

reach_each_other() {
    can_ping c1 "$(address_of c2 mapped)"
    can_ping c2 "$(address_of c1 mapped)"
    can_ping c1 "$(in_network c2 mapped GlobalIPv6Address)"
}

is_complete() { # NAME
    in_net "$1" ip -j addr show dev eth0 | check_json '.[0].addr_info |
        map(select(.scope == "global")) | length == 2'
}

# bats test_tags=long
@test "containers reach each other, leave the network and come back" {
    wait_until 10 is_complete c1
    reach_each_other
    docker network disconnect mapped c2
    docker network connect mapped c2
    wait_until 10 is_complete c2
    reach_each_other
    docker restart -t 0 c1
    wait_until 10 is_complete c1
    reach_each_other
}

# bats test_tags=long
@test "they are repaired like others" {
    wait_until 10 is_complete c1
    for event in switch_is_killed switch_clears_away plugin_and_switch_restart; do
        "event_$event"
        wait_until 20 is_complete c1
        wait_until 20 is_complete c2
        reach_each_other
        event_an_unrelated_port
        reach_each_other
    done
}
