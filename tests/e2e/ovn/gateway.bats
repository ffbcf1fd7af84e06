#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Networks with mode=nat on a logical switch: each of two hosts is the gateway of
# its own containers. The world outside is `central`, on the hosts' underlay.

load ../lib/base
load ../lib/cli
load ../lib/plugin
load ../lib/docker
load ../lib/outside
load ../lib/cni
load ../lib/ovn
load ../lib/ovn-docker
load ../lib/readme

OUT=172.31.0.1 H1=172.31.0.11 H2=172.31.0.12
OUT6=fd31::1

setup_file() {
    readme_setup
    local host device=eth0
    ovn_make 2
    [ "$DATAPATH" != userspace ] || device=br-phy
    ip -n central addr add $OUT6/64 dev eth0 nodad
    for host in h1 h2; do
        on_net $host ip addr add fd31::1${host#h}/64 dev $device nodad
        # What ovsint asks for before Linux 6.17.
        [ -e /proc/sys/net/ipv6/conf/all/force_forwarding ] ||
            on_net $host sysctl -qw net.ipv6.conf.all.forwarding=1
    done
    docker_hosts h1 h2
}
setup() { ovn_docker_begin; }
teardown() {
    local failed=0
    serve_end || failed=1
    ovn_docker_end || failed=1
    return "$failed"
}
teardown_file() { docker_hosts_gone; }

# WHERE is central, h1, h2, HOST/CONTAINER or netns/NAME.
entry_of() {
    case $1 in
    central) entry=(ip netns exec central) ;;
    h1) entry=() ;;
    h2) entry=(ip netns exec h2) ;;
    netns/*) entry=(ip netns exec "${1#*/}") ;;
    *) entry=(nsenter "--net=$(namespace_on "${1%/*}" "${1#*/}")") ;;
    esac
}

nat_on() { # HOST [OPTIONS...]
    local host=$1
    shift
    docker_on "$host" network create --driver ovsint -o ovn=web -o mode=nat \
        --ipam-driver ovsint --subnet 10.5.0.0/24 "$@" web >/dev/null
}

nats() {
    nat_on h1 "$@" &
    local pid=$!
    nat_on h2 "$@" || return
    wait "$pid"
}

gateway_rows() { nb_rows Logical_Switch_Port type=localport; }

gateway_uses() { # COUNT
    gateway_rows | check_json --argjson count "$1" '
        [.[].external_ids | keys[] | select(startswith("ovsint-use-"))] |
            length == $count'
}

gateway_mac_on() { # HOST: of the host access port
    on_net "$1" ip -j link | jq -r '.[] | select(.ifname | startswith("ovsint-")) |
        .address'
}

@test "two hosts: containers reach the outside by their own host, and each other" {
    nats --ipv6 --subnet fd05::/64
    run_on h1 one web
    run_on h2 two web
    reaches_on h1 one "$(address_on h2 two)"
    serve central tcp 80
    says "central 80 $H1" ask h1/one tcp $OUT 80
    says "central 80 $H2" ask h2/two tcp $OUT 80
    says "central 80 fd31::11" ask h1/one tcp $OUT6 80
    says "central 80 fd31::12" ask h2/two tcp $OUT6 80
    # One port, one MAC, one address.
    gateway_rows | check_json --arg mac "$(gateway_mac_on h1)" 'length == 1 and
        (.[0].addresses | startswith("\($mac) 10.5.0.1 ")) and
        .[0].external_ids["ovsint-ip-10.5.0.1"] == "web"'
    [ "$(gateway_mac_on h1)" = "$(gateway_mac_on h2)" ]
    gateway_uses 2
    # As large as the tunnels, so that a host says what is too large.
    on_net h2 ip -j link | check_json 'any(.[]; .ifname |
        startswith("ovsint-")) and all(.[]; (.ifname | startswith("ovsint-") | not)
        or .mtu == 1442)'
    docker_on h1 exec one ping -c 1 -W 2 10.5.0.1
    docker_on h2 exec two ping -c 1 -W 2 fd05::1
    # It goes with the last network, and the switch after it.
    docker_remove_on h1
    wait_until 10 gateway_uses 1
    says "central 80 $H2" ask h2/two tcp $OUT 80
    docker_remove_on h2
    wait_until 20 no_switches_of_ours
    gateway_rows | check_json '. == []'
}

# bats test_tags=long
@test "published ports: from outside, from the host, and from containers of the other host" {
    nats
    run_on h1 one web -p 8080:80 -p 127.0.0.1:8081:80
    run_on h2 two web -p 8080:80
    serve h1/one tcp 80
    serve h2/two tcp 80
    says "h1/one 80 $OUT" ask central tcp $H1 8080
    says "h2/two 80 $OUT" ask central tcp $H2 8080
    no_answer central tcp $H1 8081
    says "h1/one 80 $H1" ask h1 tcp $H1 8080
    says "h1/one 80 *" ask h1 tcp 127.0.0.1 8081
    says "h1/one 80 $H2" ask h2 tcp $H1 8080
    # By the NAT of both hosts, and the answer back by both.
    says "h1/one 80 $H2" ask h2/two tcp $H1 8080
    says "h2/two 80 $H1" ask h1/one tcp $H2 8080
    # Of the own host: by its gateway, which the port answers.
    says "h1/one 80 10.5.0.1" ask h1/one tcp $H1 8080
    says "h1/one 80 10.5.0.1" ask h1/one tcp 10.5.0.1 8080
}

# The gateway is no server of names: what is sent to it leaves the container, and OVN
# answers on the way.
# bats test_tags=long
@test "names of the other host, by a question to the gateway; it goes with its container" {
    nats --ipv6 --subnet fd05::/64
    docker_on h2 run --detach --name two --network name=web,driver-opt=dns-name=db \
        busybox sleep 3600
    run_on h1 one web --dns 10.5.0.1
    wait_until 30 ping_on h1 one "$(address_on h2 two)"
    docker_on h1 exec one ping -c 1 -W 1 db
    docker_on h1 exec one nslookup -type=a db 10.5.0.1 | grep -q "Address.* $(address_on h2 two)\$"
    docker_on h1 exec one nslookup -type=aaaa db 10.5.0.1 |
        grep -q "Address.* $(address_on h2 two GlobalIPv6Address)\$"
    # The other way, of a name on the host that answers.
    docker_on h2 exec two nslookup -type=a db 10.5.0.1 | grep -q "Address.* $(address_on h2 two)\$"
    docker_on h2 rm --force two
    names_left
    wait_until 10 not docker_on h1 exec one timeout 3 nslookup -type=a db 10.5.0.1
}

# bats test_tags=long
@test "many-hosts.md: a way out, and published ports" {
    block ovn-nat >/dev/null
    sed -i "s/192\.0\.2\.11/$H1/" "$T/block"
    block_on h1 "each host"
    block_on h2 "each host"
    block_on h1 "host 1"
    block_on h2 "host 2"
    output_has '^hello$'
}

# What each host has of the network is as it was.
both_ways() {
    says "central 80 $H1" ask h1/one tcp $OUT 80 &&
        says "central 80 $H2" ask h2/two tcp $OUT 80 &&
        says "h1/one 80 $H2" ask h2/two tcp $H1 8080 &&
        ping_on h1 one "$(address_on h2 two)"
}

# bats test_tags=long
@test "parts of OVN, the switch and the daemon end and come back; somebody removes the gateway" {
    nats
    run_on h1 one web -p 8080:80
    run_on h2 two web
    serve central tcp 80
    serve h1/one tcp 80
    wait_until 20 both_ways
    gateway_rows | jq -S "map(del(.up))" >"$T/before"
    # Nothing of what runs needs them.
    central_do northd kill
    central_do nb kill
    plugin_on h1 kill
    plugin_on h2 kill
    both_ways
    plugin_on h1 start
    plugin_on h2 start
    both_ways
    central_do nb start
    central_do northd start
    controller_do h1 kill
    controller_do h2 kill
    both_ways
    controller_do h1 start
    controller_do h2 start
    vswitchd restart
    host_switch h2 kill
    host_switch h2 start
    wait_until 30 both_ways
    gateway_rows | jq -S "map(del(.up))" | cmp - "$T/before"
    nb lsp-del ovsint-gw-web
    wait_until 10 gateway_uses 2
    wait_until 10 both_ways
}

# bats test_tags=long
@test "the northbound database is away when a network is created, or removed" {
    central_do nb kill
    not nat_on h1 >"$T/output" 2>&1
    output_has "OVN's northbound database: OVSDB at "
    wait_until 10 nothing_on_h1
    central_do nb start
    nats
    central_do nb kill
    docker_on h1 network rm web
    wait_until 10 nothing_on_h1
    plugin_on h1 kill
    central_do nb start
    plugin_on h1 start
    # Its daemon has read none of it.
    wait_until 10 gateway_uses 1
    not docker_on h1 network create --driver ovsint -o ovn=web -o mode=nat \
        --ipam-driver ovsint --subnet 10.5.0.0/24 --gateway 10.5.0.9 \
        other >"$T/output" 2>&1
    output_has "the gateway of logical switch web is '.* 10.5.0.1 .*' on other hosts"
    wait_until 10 nothing_on_h1
    gateway_uses 1
}

# bats test_tags=long
@test "the northbound database freezes when the switch is made, and the gateway is not" {
    local pid
    config '{"timeout-ms": 6000, "policy": {"default": "allow"}}'
    plugin restart
    vswitchd freeze
    nat_on h1 >"$T/output" 2>&1 &
    pid=$!
    wait_until 5 eval 'nb ls-list | grep -q web'
    central_do nb freeze
    vswitchd thaw
    not wait "$pid"
    output_has "OVN's northbound database: no answer at "
    wait_until 10 nothing_on_h1
    central_do nb thaw
    wait_until 20 no_switches_of_ours
    gateway_rows | check_json '. == []'
}

nothing_on_h1() {
    rows Bridge name=br-int | check_json '.[0].external_ids | keys |
        all(startswith("ovsint-") | not)' &&
        rows Interface external_ids:ovsint-owner=docker | check_json '. == []' &&
        prints_no ovsint nft list ruleset && prints_no ovsint- ip -o link
}

# Its id is the same on each host.
# bats test_tags=long
@test "a network of CNI: each host is the gateway while a container of its own has it" {
    local app
    ls_make web
    config '{"networks": {"app": {"ovn": "web", "ip": "auto", "subnets": [
        {"subnet": "10.5.0.0/24", "gateway": "10.5.0.1"}]}}}'
    cp "$CONFIG" /run/hosts/h2/etc/ovsint.json
    plugin_on h1 restart
    plugin_on h2 stop
    plugin_on h2 start
    printf '#!/bin/sh\nexec nsenter --net=/run/netns/h2 --mount=/proc/%s/ns/mnt %s\n' \
        "$(</run/hosts/h2/pid)" "$CNI" >"$T/cni-h2"
    chmod +x "$T/cni-h2"
    app=$(conf app 1.0.0 '.network = "app" | .mode = "nat" |
        .runtimeConfig.portMappings = [{hostPort: 8080, containerPort: 80,
            protocol: "tcp"}]')
    netns_add a b
    serve central tcp 80
    cni ADD a "$app"
    CNI=$T/cni-h2 cni ADD b "$app"
    serve netns/a tcp 80
    gateway_uses 2
    says "central 80 $H1" ask netns/a tcp $OUT 80
    says "central 80 $H2" ask netns/b tcp $OUT 80
    says "netns/a 80 $H2" ask netns/b tcp $H1 8080
    plugin_logged "a network with mode=nat has come"
    not plugin_logged "made a port again"
    ip -j link | check_json 'any(.[]; (.ifname | startswith("ovsint-")) and .mtu == 1442)'
    serve_end
    cni DEL a "$app"
    wait_until 10 gateway_uses 1
    CNI=$T/cni-h2 cni DEL b "$app"
    wait_until 10 eval "gateway_rows | check_json '. == []'"
    wait_until 10 nothing_on_h1
    cni_refuses 7 'option nat4: on a logical switch of OVN only masquerade' ADD a \
        "$(jq '.nat4 = "routed"' <<<"$app")"
    netns_gone a b
}

has_finding() { # ID
    ovsint doctor --json >"$T/findings" || true
    jq -r '.findings[].id' "$T/findings" | grep -qx "$1"
}

# bats test_tags=long
@test "what an operator sees of it, and a host that does not come back" {
    local gateway two
    nats
    run_on h1 one web
    run_on h2 two web
    gateway=$(ip -j link | jq -r '.[].ifname | select(startswith("ovsint-"))')
    # ls has ports of containers alone; the drawing has the host's.
    wait_until 10 eval 'ovsint ls --all-hosts --json | check_json ".ports |
        length == 2 and all(.up)"'
    ovsint graph | grep -q "$gateway"
    ovsint ls --json | check_json --arg port "$gateway" '.ports | map(select(.port ==
        $port)) | length == 1 and .[0].ovn == "web"'
    ovsint trace one $OUT >"$T/answer" || fail "$(cat "$T/answer")"
    grep -qF "OVN's flows on bridge br-int send it to port $gateway" "$T/answer" &&
        grep -qF "the host sends it on by br-phy, with its own address" "$T/answer" ||
        fail "$(cat "$T/answer")"
    two=$(address_on h2 two)
    reaches_on h1 one "$two"
    ovsint trace one "$two" >"$T/answer" || fail "$(cat "$T/answer")"
    grep -qF 'send it to host h2' "$T/answer" || fail "$(cat "$T/answer")"
    plugin_on h1 kill
    plugin_on h2 kill
    nb lsp-del ovsint-gw-web
    # Debian's unit may be on this machine.
    has_finding logical-gateway-lost || fail "$(cat "$T/findings")"
    plugin_on h1 start
    plugin_on h2 start
    wait_until 10 gateway_uses 2
    # Somebody's router, on this switch and on another one.
    nb lr-add r -- lrp-add r rp-web 02:00:00:00:00:99 10.5.0.1/24 -- ls-add other -- \
        lsp-add other to-r -- lsp-set-type to-r router -- \
        lsp-set-options to-r router-port=rp-web
    not has_finding logical-gateway-twice
    nb lsp-del to-r -- lsp-add web to-r -- lsp-set-type to-r router -- \
        lsp-set-options to-r router-port=rp-web
    has_finding logical-gateway-twice
    grep -qF 'the port rp-web of a router' "$T/findings" || fail "$(cat "$T/findings")"
    nb lsp-del to-r -- ls-del other -- lr-del r
    # Its daemon answers; one that has died does not.
    cli_refuses 1 "host h2 lives: its ovsint-plugin has answered" gc --host h2 --yes
    gateway_uses 2
    plugin_on h2 kill
    run ovsint gc --host h2
    [[ $status = 3 && $output == *"ovsint-gw-web  use by network "* &&
        $output == *"3 to be removed: 'ovsint gc --host h2 --yes'"* ]] ||
        fail "$status: $output"
    gateway_uses 2
    ovsint gc --host h2 --yes | tail -n 1 | grep -qx '3 removed'
    gateway_uses 1
    docker_remove_on h1
    wait_until 20 no_switches_of_ours
    gateway_rows | check_json '. == []'
    # If it does come back, its network has a switch and a gateway again.
    plugin_on h2 start
    wait_until 10 gateway_uses 1
    docker_on h2 restart --time 1 two
    wait_until 10 docker_on h2 exec two ping -c 1 -W 2 10.5.0.1
    nat_on h1
    run_on h1 one web
    reaches_on h1 one "$(address_on h2 two)"
    # And with the next container, if it was not away.
    docker_remove_on h1
    wait_until 20 gateway_uses 1
    nb ls-del web
    docker_on h2 restart --time 1 two
    wait_until 10 gateway_uses 1
    wait_until 10 docker_on h2 exec two ping -c 1 -W 2 10.5.0.1
    # Whoever insists is not asked.
    ovsint gc --host h2 --yes --force | tail -n 1 | grep -qx '3 removed'
}
