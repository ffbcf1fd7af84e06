#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# podman 5's networks on a logical switch, by netavark.
# bats file_tags=later

load ../lib/base
load ../lib/cli
load ../lib/cni
load ../lib/netavark
load ../lib/ovn

setup_file() {
    podman_setup crun
    podman5_setup
    ovn_make 2
}

setup() {
    ovn_begin
    ls_make web
}

teardown() {
    podman_remove_all
    podman network prune --force >/dev/null
    ovn_end
}

@test "podman's network on a logical switch: ping to another host, its name, the end" {
    local one
    podman network create --driver ovsint -o ovn=web --subnet 10.5.0.0/24 web >/dev/null
    podman run --detach --name one --network web busybox sleep 3600 >/dev/null
    one=$(podman inspect --format '{{.NetworkSettings.Networks.web.IPAddress}}' one)
    netns_add n2
    on h2 "$OVSINT" attach /run/netns/n2 ovn=web ip=10.5.0.200/24
    wait_until 10 ping_once one 10.5.0.200
    reaches /run/netns/n2 "$one"
    nb_rows DNS | check_json --arg ip "$one" 'map(.records) == [{one: $ip}]'
    nb_rows Logical_Switch_Port external_ids:ovsint-owner=netavark |
        check_json 'length == 1 and .[0].port_security == .[0].addresses'
    # podman chooses by itself, so what another host has is refused here.
    on h2 "$OVSINT" detach /run/netns/n2
    on h2 "$OVSINT" attach /run/netns/n2 ovn=web ip=10.5.0.77/24
    not podman run --rm --network web --ip 10.5.0.77 busybox true >"$T/output" 2>&1
    grep -q 'address 10.5.0.77 of logical switch web is held by' "$T/output" ||
        fail "$(cat "$T/output")"
    podman rm --force --time 0 one >/dev/null
    names_left
    nb_rows Logical_Switch_Port | check_json 'length == 1'
    on h2 "$OVSINT" detach /run/netns/n2
    netns_gone n2
}
