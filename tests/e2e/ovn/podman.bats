#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# podman 5's networks on a logical switch, by netavark.
# bats file_tags=later

load ../lib/base
load ../lib/cli
load ../lib/cni
load ../lib/netavark
load ../lib/plugin
load ../lib/outside
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
    local failed=0
    serve_end || failed=1
    podman_remove_all
    podman network prune --force >/dev/null
    ! answers >/dev/null || plugin stop || failed=1
    ovn_end || failed=1
    return "$failed"
}

OUT=172.31.0.1 H1=172.31.0.11 H2=172.31.0.12

entry_of() { # central, h1, h2, a container of podman's, or netns/NAME
    case $1 in
    h1) entry=() ;;
    central | h2) entry=(ip netns exec "$1") ;;
    netns/*) entry=(ip netns exec "${1#*/}") ;;
    *) entry=(nsenter "--net=/proc/$(podman inspect --format '{{.State.Pid}}' "$1")/ns/net") ;;
    esac
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

# Only h1 has a podman, as its state is one for the machine; the other host's container
# is plugged by the command, and reaches what is published from there.
@test "podman with mode=nat on a logical switch: out by its host, and in by a published port" {
    config '{"timeout-ms": 10000, "policy": {"default": "allow"}}'
    plugin start
    podman network create --driver ovsint -o ovn=web -o mode=nat \
        --subnet 10.5.0.0/24 --ip-range 10.5.0.64/26 web >/dev/null
    podman run --detach --name one --network web --publish 8080:80 busybox sleep 3600 >/dev/null
    nb_rows Logical_Switch_Port type=localport | check_json 'length == 1'
    netns_add n2
    on h2 "$OVSINT" attach /run/netns/n2 ovn=web ip=10.5.0.200/24
    wait_until 20 in_netns n2 busybox ping -c 1 -W 1 "$(podman inspect --format \
        '{{.NetworkSettings.Networks.web.IPAddress}}' one)"
    serve central tcp 80
    serve one tcp 80
    says "central 80 $H1" ask one tcp $OUT 80
    says "one 80 $OUT" ask central tcp $H1 8080
    says "one 80 $H2" ask h2 tcp $H1 8080
    # From the container on the other host, inside the switch.
    says "one 80 10.5.0.200" ask netns/n2 tcp "$(podman inspect --format \
        '{{.NetworkSettings.Networks.web.IPAddress}}' one)" 80
    serve_end
    podman rm --force --time 0 one >/dev/null
    wait_until 20 eval "nb_rows Logical_Switch_Port type=localport | check_json '. == []'"
    on h2 "$OVSINT" detach /run/netns/n2
    netns_gone n2
}
