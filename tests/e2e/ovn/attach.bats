#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Containers of two hosts on one logical switch, by the hook and by the command.

load ../lib/base
load ../lib/cli
load ../lib/sandbox
load ../lib/cni
load ../lib/frames
load ../lib/ovn

setup_file() { ovn_make 2; }
setup() {
    ovn_begin
    ls_make web
}
teardown() { ovn_end; }

lsp_of() { # NAME: of a container
    nb_rows Logical_Switch_Port external_ids:ovsint-container="$1" | jq '.[0]'
}

acl() { nb --bare --columns="$1" find ACL priority=2000; }

lsp_name_of() { lsp_of "$1" | jq -r .name; }

@test "two hosts: the hook here, the command there; all packets pass" {
    sandbox c1
    plug c1 ovsint.ovn=web ovsint.ip=10.5.0.11/24,fd00:5::11/64
    netns_add n2
    # That of an earlier version is brought up to date.
    local match
    match=$(acl match)
    nb set ACL "$(acl _uuid)" 'match="inport == @ovsint && (nd_ra || icmp6.type == 137 || (udp && udp.src == 67) || (udp && udp.src == 547))"'
    not test "$(acl match)" = "$match"
    on h2 "$OVSINT" attach /run/netns/n2 ovn=web ip=10.5.0.12/24,fd00:5::12/64
    [ "$(acl match)" = "$match" ]
    # The first packet through a tunnel is lost.
    wait_until 5 ping_once c1 10.5.0.12
    can_ping c1 10.5.0.12
    can_ping c1 fd00:5::12
    reaches /run/netns/n2 10.5.0.11
    # The largest packet of the tunnel, as the device has been told.
    link c1 eth0 | check_json '.mtu == 1442'
    in_net c1 busybox ping -c 1 -W 2 -s 1414 10.5.0.12

    lsp_of c1 | check_json --arg mac "$(link c1 eth0 | jq -r .address)" '
        (.addresses | startswith("\($mac) 10.5.0.11 fd00:5::11 fe80::")) and
        .port_security == .addresses and
        .options["requested-chassis"] == "h1" and
        .external_ids["ovsint-ip-10.5.0.11"] == "web" and
        .external_ids["ovsint-host"] == "h1"'
    row Interface external_ids:ovsint-container=c1 | check_json \
        --arg lsp "$(lsp_name_of c1)" '.external_ids["iface-id"] == $lsp and
            .external_ids["ovn-installed"] == "true"'
    unplug c1
    on h2 "$OVSINT" detach /run/netns/n2
    # Gone with their ports, without a daemon.
    lsps_left
    netns_gone n2
}

@test "the link-local addresses of two hosts reach each other" {
    local other
    netns_add n1 n2
    ovsint attach /run/netns/n1 ovn=web ip=10.5.0.1/24
    on h2 "$OVSINT" attach /run/netns/n2 ovn=web
    other=$(ip -n n2 -j -6 addr | jq -r '.[].addr_info[] |
        select(.scope == "link") | .local')
    nb_rows Logical_Switch_Port external_ids:ovsint-host=h2 |
        check_json --arg ip "$other" '.[0].addresses | endswith(" \($ip)")'
    wait_until 10 in_netns n1 busybox ping -6 -c 1 -W 1 "$other%$(
        ip -n n1 -j link | jq -r '.[] | select(.ifname != "lo") | .ifname')"
    ovsint detach /run/netns/n1
    on h2 "$OVSINT" detach /run/netns/n2
    netns_gone n1 n2
}

@test "an address that another host has is refused, with its holder" {
    netns_add n1 n2
    ovsint attach /run/netns/n1 ovn=web ip=10.5.0.7/24
    run on h2 "$OVSINT" attach /run/netns/n2 ovn=web ip=10.5.0.7/24
    [ "$status" != 0 ]
    [[ $output == *"address 10.5.0.7 of logical switch web is held by container netns-"*" on host h1"* ]] ||
        fail "$output"
    # Nothing of the refused one is left, here and there.
    nb_rows Logical_Switch_Port | check_json 'length == 1'
    vs h2 --bare --columns=name find Interface external_ids:ovsint-owner=cli >"$T/left"
    [ ! -s "$T/left" ] || fail "$(cat "$T/left")"
    ovsint detach /run/netns/n1
    on h2 "$OVSINT" attach /run/netns/n2 ovn=web ip=10.5.0.7/24
    on h2 "$OVSINT" detach /run/netns/n2
    netns_gone n1 n2
}

# bats test_tags=long
@test "addresses of a network of the configuration: two hosts share the range" {
    local i
    config '{"networks": {"app": {"ovn": "web", "ip": "auto", "subnets": [
        {"subnet": "10.6.0.0/24", "range": "10.6.0.10-10.6.0.13"}]}}}'
    cp "$CONFIG" /run/hosts/h2/etc/ovsint.json
    netns_add a1 a2 a3 a4 a5
    ovsint attach /run/netns/a1 network=app
    on h2 "$OVSINT" attach /run/netns/a2 network=app
    ovsint attach /run/netns/a3 network=app
    on h2 "$OVSINT" attach /run/netns/a4 network=app
    nb_rows Logical_Switch_Port | check_json '[.[].external_ids | keys[] |
        select(startswith("ovsint-ip-"))] | unique | length == 4'
    # What is in the row is what is on the device.
    for i in 1 2 3 4; do
        nb_rows Logical_Switch_Port "external_ids:ovsint-ip-$(ip -n a$i -j -4 addr |
            jq -r '.[].addr_info[] | select(.scope == "global") | .local')=web" |
            check_json 'length == 1'
    done
    cli_refuses 1 'no address left' attach /run/netns/a5 network=app
    nb_rows Logical_Switch_Port | check_json 'length == 4'
    for i in 1 3; do ovsint detach /run/netns/a$i; done
    for i in 2 4; do on h2 "$OVSINT" detach /run/netns/a$i; done
    netns_gone a1 a2 a3 a4 a5
}

@test "mtu: more than the tunnel carries is refused, with the number" {
    netns_add n1
    cli_refuses 1 "OVN's tunnels carry 1442" attach /run/netns/n1 ovn=web mtu=1443
    ovsint attach /run/netns/n1 ovn=web mtu=1300
    ip -n n1 -j link | check_json 'any(.[]; .mtu == 1300)'
    ovsint detach /run/netns/n1
    netns_gone n1
}

# bats test_tags=long
@test "a switch with a localnet port has no tunnel, and keeps its MTU" {
    netns_add n1
    nb lsp-add web wire -- lsp-set-type wire localnet -- \
        lsp-set-addresses wire unknown -- lsp-set-options wire network_name=phys
    ovsint attach /run/netns/n1 ovn=web ip=10.5.0.1/24
    ip -n n1 -j link | check_json 'any(.[]; .ifname != "lo" and .mtu == 1500)'
    ovsint detach /run/netns/n1
    nb lsp-del wire
    netns_gone n1
}

@test "what cannot be is refused, and leaves nothing" {
    netns_add n1
    cli_refuses 1 "there is no logical switch 'wbe'" attach /run/netns/n1 ovn=wbe
    nb create Logical_Switch name=web
    cli_refuses 1 "2 logical switches have the name 'web'" \
        attach /run/netns/n1 ovn=web
    cli_refuses 2 'not together with ovn' attach /run/netns/n1 ovn=web vlan=10
    cli_refuses 2 'not together with ovn' attach /run/netns/n1 ovn=web bridge=br0
    cli_refuses 2 'of type internal' attach /run/netns/n1 ovn=web type=veth
    cli_refuses 2 "ovsint itself sets 'iface-id'" \
        attach /run/netns/n1 ovn=web external-ids=iface-id=x
    cli_refuses 2 "which is OVN's" \
        attach /run/netns/n1 bridge=br-int external-ids=iface-id=x
    nb_rows Logical_Switch_Port | check_json '. == []'
    netns_gone n1
}

@test "a host that does not come back: gc --host removes what it has left" {
    netns_add n1 n2
    ovsint attach /run/netns/n1 ovn=web ip=10.5.0.1/24
    on h2 "$OVSINT" attach /run/netns/n2 ovn=web ip=10.5.0.2/24
    # The database hears of it by way of two others.
    wait_until 10 eval 'ovsint gc --host h2 | grep -q "  bound$"'
    run ovsint gc --host h2
    [[ $status = 3 && $output == *"1 to be removed: 'ovsint gc --host h2 --yes'"* &&
        $output == *"  bound"* &&
        $output == *"host h2 was not asked yet: with --yes its ovsint-plugin is"* &&
        $output == *"a host that lives without one counts as dead, "* ]] ||
        fail "$status: $output"
    nb_rows Logical_Switch_Port | check_json 'length == 2'
    cli_refuses 1 "host h1 is this one" gc --host h1
    run ovsint gc --host h1 --force
    [[ $status = 3 && $output == *"1 to be removed: "* &&
        $output == *"host h1 was not asked whether it lives"* ]] || fail "$status: $output"
    # Its own database is stuck, and OVN's is not.
    ovsdb freeze
    run ovsint gc --host h2
    ovsdb thaw
    [[ $status = 3 && $output == *"1 to be removed: "* ]] || fail "$status: $output"
    # Its switch has the port no more, which OVN notices at once: so h2 is cut off.
    vs h2 --no-wait del-port br-int "$(vs h2 --bare --columns=name find Interface \
        external_ids:ovsint-owner=cli)"
    wait_until 10 eval 'ovsint gc --host h2 | grep -q "  not bound$"'
    ovsint gc --host h2 --yes >"$T/output"
    tail -n 1 "$T/output" | grep -qx '1 removed' || fail "$(cat "$T/output")"
    grep -q 'host h2 was asked by logical port ovsint-oi.*, and no ovsint-plugin answered within 3 s: so it counts as dead, as does a host that lives without one' \
        "$T/output" || fail "$(cat "$T/output")"
    nb_rows Logical_Switch_Port | check_json '[.[].external_ids["ovsint-host"]] == ["h1"]'
    prints_nothing ovsint gc --host h2
    strace -e trace=prctl,seccomp -o "$T/confined" "$OVSINT" gc --host h2
    grep -qE "SECCOMP_(SET_)?MODE_FILTER" "$T/confined"
    # The address is free again.
    ovsint detach /run/netns/n1
    ovsint attach /run/netns/n1 ovn=web ip=10.5.0.2/24
    ovsint detach /run/netns/n1
    netns_gone n1 n2
}

# bats test_tags=long
@test "gc --host: a name whose logical port somebody has removed" {
    netns_add n2
    on h2 "$OVSINT" attach /run/netns/n2 ovn=web ip=10.5.0.2/24 dns-name=db
    ovsint gc --host h2 >"$T/output" || true
    [ "$(wc -l <"$T/output")" = 3 ] || fail "$(cat "$T/output")"
    nb lsp-del "$(nb_rows Logical_Switch_Port | jq -r '.[].name')"
    ovsint gc --host h2 --yes >"$T/output"
    grep -qx 'db  web  name without a port' "$T/output" || fail "$(cat "$T/output")"
    grep -q 'host h2 has no logical port, so there is nobody' "$T/output" ||
        fail "$(cat "$T/output")"
    nb_rows DNS | check_json '. == []'
    on h2 "$OVSINT" detach /run/netns/n2
    netns_gone n2
}

# Whoever asks is stopped while the container ends, as that may take a slow host longer
# than the host is given for its answer.
# bats test_tags=long
@test "gc --host: a host whose container ends meanwhile lives" {
    local pid
    netns_add n2
    on h2 "$OVSINT" attach /run/netns/n2 ovn=web ip=10.5.0.2/24
    "$OVSINT" gc --host h2 --yes >"$T/output" 2>&1 3>&- 4>&- &
    pid=$!
    wait_until 5 eval "nb_rows Logical_Switch_Port |
        check_json 'any(.[]; .external_ids[\"ovsint-lives\"])'"
    kill -STOP "$pid"
    on h2 "$OVSINT" detach /run/netns/n2
    sleep 3 # time: the host's patience has ended
    kill -CONT "$pid"
    not wait "$pid"
    grep -q 'a logical port of host h2 has gone just now' "$T/output" ||
        fail "$(cat "$T/output")"
    netns_gone n2
}

# All of both rows that we write.
written() {
    nb_rows Logical_Switch_Port | jq -S 'map(del(.up))'
    of_cli | jq -S 'map({_uuid, ids: (.external_ids | del(.["ovn-installed-ts"]))})'
}

# bats test_tags=long
@test "asked for again: nothing is written, and the port stays" {
    local before
    netns_add n1
    ovsint attach /run/netns/n1 ovn=web ip=10.5.0.1/24
    before=$(written)
    ovsint attach /run/netns/n1 ovn=web ip=10.5.0.1/24 --json |
        check_json '.already'
    [ "$before" = "$(written)" ]
    ovsint detach /run/netns/n1
    netns_gone n1
}

MAC=02:00:00:00:00:01
OTHER=02:00:00:00:00:99
LINK_LOCAL=fe80::ff:fe00:1
# As in attach/source-guard.bats.
FROM_TO_ALL=fe80000000000000000000fffe000001ff020000000000000000000000000001
CUT_FRAGMENT=3c00000112341234NEXT20010400000000000000000000000000000000000000
# No ARP, which OVN answers itself for the addresses that it knows.
# Each asks for another address, so the switch has to look at it as at what it follows.
FENCE="fence $MAC arp 1 $MAC 10.5.0.1 10.9.0.77"

# On one host: whatever drops does so where a frame comes in.
sends() { # KEY=VALUE...
    plug c1 ovsint.ovn=web ovsint.mac=$MAC ovsint.dad=false \
        ovsint.ip=10.5.0.1/24,fd00:5::1/64 "$@"
    wait_until 5 ping_once c1 10.5.0.2
    # Frames of IPv6 that the kernel has sent before the port was installed were dropped,
    # and the switch does so with the next ones until it has looked at its flows again.
    wait_until 20 ping_once c1 fd00:5::2
    wait_until 20 solicitation_arrives
}

solicitation_arrives() {
    what_arrives peer <<<"pass-solicitation $MAC icmp6 $LINK_LOCAL ff02::2 133"
}

@test "no DHCP server, no redirect, nobody else's address; with guard=off all arrives" {
    sandbox c1
    sandbox peer
    plug peer ovsint.ovn=web ovsint.ip=10.5.0.2/24,fd00:5::2/64 ovsint.dad=false
    sends
    what_arrives peer <<EOT
pass-ipv4 $MAC udp 10.5.0.1 255.255.255.255 1000 2000
pass-ipv6 $MAC udp fd00:5::1 ff02::1 1000 2000
pass-dhcpv6-question $MAC udp $LINK_LOCAL ff02::1:2 546 547
pass-router-solicitation $MAC icmp6 $LINK_LOCAL ff02::2 133
drop-mac $OTHER arp 1 $OTHER 10.5.0.1 10.5.0.77
drop-arp-address $MAC arp 2 $MAC 10.5.0.254 10.5.0.77
drop-ipv4 $MAC udp 10.5.0.9 255.255.255.255 1000 2000
drop-ipv6 $MAC udp fd00:5::9 ff02::1 1000 2000
drop-advertisement $MAC icmp6 fd00:5::1 ff02::1 136 target fd00:5::9 tll $MAC
drop-router-advertisement-fragment $MAC icmp6 $LINK_LOCAL ff02::1 134 frag
drop-router-advertisement-cut $MAC raw 0x86dd 6000000000202cff$FROM_TO_ALL${CUT_FRAGMENT/NEXT/3a}
drop-redirect $MAC icmp6 $LINK_LOCAL ff02::1 137
drop-redirect-ipv4 $MAC icmp 10.5.0.1 255.255.255.255 5
drop-dhcp-answer $MAC udp 10.5.0.1 255.255.255.255 67 68
drop-dhcp-answer-fragment $MAC udp 10.5.0.1 255.255.255.255 67 68 frag
drop-dhcp-answer-port $MAC udp 10.5.0.1 255.255.255.255 6767 68
drop-dhcpv6-answer $MAC udp $LINK_LOCAL ff02::1 547 546
drop-dhcpv6-answer-port $MAC udp $LINK_LOCAL ff02::1 6547 546
EOT
    # As northd lets it pass before any ACL. No container of ours listens that has
    # not asked for it (accept-ra).
    what_arrives peer <<<"pass-router-advertisement $MAC icmp6 $LINK_LOCAL ff02::1 134"
    unplug c1
    sends ovsint.guard=off
    what_arrives peer <<EOT
pass-router-advertisement-fragment $MAC icmp6 $LINK_LOCAL ff02::1 134 frag
pass-redirect $MAC icmp6 $LINK_LOCAL ff02::1 137
pass-dhcp-answer $MAC udp 10.5.0.1 255.255.255.255 67 68
pass-dhcp-answer-fragment $MAC udp 10.5.0.1 255.255.255.255 67 68 frag
pass-dhcpv6-answer $MAC udp $LINK_LOCAL ff02::1 547 546
EOT
    unplug c1
    unplug peer
}

@test "the CNI plugin: ADD with ovn, CHECK, packets to another host, DEL" {
    local app
    config '{"networks": {"app": {"ovn": "web", "ip": "auto", "subnets": [
        {"subnet": "10.5.0.0/24", "gateway": "10.5.0.254"}]}}}'
    app=$(conf app 1.0.0 '.network = "app"')
    netns_add a b n2
    cni ADD a "$app"
    in_netns a ip -j addr show dev eth0 | check_json \
        --arg ip "$(jq -r '.ips[0].address' <"$T/answer")" '.[0] | .mtu == 1442 and
            any(.addr_info[]; "\(.local)/\(.prefixlen)" == $ip)'
    cni CHECK a "$app"
    on h2 "$OVSINT" attach /run/netns/n2 ovn=web ip=10.5.0.202/24
    wait_until 5 in_netns a busybox ping -c 1 -W 1 10.5.0.202
    reaches /run/netns/a 10.5.0.202
    lsp_of a | check_json '.external_ids["ovsint-owner"] == "cni" and
        .port_security == .addresses'
    cni_refuses 11 "there is no logical switch 'wbe'" ADD b \
        "$(conf wrong 1.0.0 '.ovn = "wbe"')"
    cni DEL a "$app"
    cni DEL a "$app"
    on h2 "$OVSINT" detach /run/netns/n2
    lsps_left
    netns_gone a b n2
}
