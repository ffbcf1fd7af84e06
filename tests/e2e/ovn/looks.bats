#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# What an operator is told of ports on logical switches.

load ../lib/base
load ../lib/cli
load ../lib/ovn

setup_file() { ovn_make 2; }

setup() {
    ovn_begin
    ls_make web
    netns_add n1 n2 n3
    ovsint attach /run/netns/n1 ovn=web ip=10.5.0.1/24,fd00:5::1/64
    ovsint attach /run/netns/n3 ovn=web ip=10.5.0.3/24
    on h2 "$OVSINT" attach /run/netns/n2 ovn=web ip=10.5.0.2/24
}

teardown() {
    local failed=0
    ovn_heal
    ovsint detach /run/netns/n1
    ovsint detach /run/netns/n3
    on h2 "$OVSINT" detach /run/netns/n2
    netns_gone n1 n2 n3
    ovn_end || failed=1
    return "$failed"
}

all_up() {
    ovsint ls --all-hosts --json | check_json '.ports | length == 3 and all(.up)'
}

@test "ls --all-hosts lists all of them from any host, ls and show the switch" {
    wait_until 10 all_up
    ovsint ls --all-hosts --json >"$T/all"
    check_json '[.ports[] | [.host, .switch, .owner, .ifname, .addresses]] == [
        ["h1", "web", "cli", "eth0", ["10.5.0.1", "fd00:5::1"]],
        ["h1", "web", "cli", "eth0", ["10.5.0.3"]],
        ["h2", "web", "cli", "eth0", ["10.5.0.2"]]] or
        [.ports[0, 1].addresses[0]] == ["10.5.0.3", "10.5.0.1"]' <"$T/all"
    on h2 "$OVSINT" ls --all-hosts --json | cmp - "$T/all"
    ovsint ls --all-hosts | grep -qE '^h2 +web .* 10\.5\.0\.2 +yes +oi'
    ovsint ls | grep -qE '^/run/netns/n3 .* br-int +ovn web '
    ovsint graph | grep -q ' ovn web  *ovn web'
    ovsint show /run/netns/n3 | grep -qE '^  ovn switch +web$'
    # A host that has died is not noticed by OVN; one that leaves is.
    central_do nb kill
    cli_refuses 1 "OVN's northbound database: " ls --all-hosts
}

# What is said, and the status with which it ends.
traces() { # STATUS TEXT WORD...
    local status=0
    ovsint trace /run/netns/n1 "${@:3}" >"$T/answer" 2>&1 || status=$?
    [ "$status" = "$1" ] && grep -qF -- "$2" "$T/answer" ||
        fail "$status, no '$2':" "$(cat "$T/answer")"
}

@test "trace: here, to another host, to nobody; an ACL; a host that has not bound it" {
    wait_until 10 all_up
    traces 0 "OVN's flows on bridge br-int send it to port " 10.5.0.3
    grep -qx 'it arrives' "$T/answer"
    traces 0 "OVN's flows on bridge br-int send it to host h2, where netns-" 10.5.0.2 tcp 80
    grep -qx "it leaves this host's view" "$T/answer"
    # Whether or not the switch knows the MAC of the tunnel's other end by then.
    [ "$DATAPATH" != userspace ] ||
        ovs-appctl -t ovs-vswitchd tnl/arp/flush >/dev/null
    traces 0 "send it to host h2, where netns-" 10.5.0.2
    traces 1 'no port of ovsint'"'"'s on logical switch web has the address 10.5.0.9' 10.5.0.9
    nb --wait=hv acl-add web from-lport 1000 'ip4.dst == 10.5.0.2 && tcp' drop
    traces 3 "OVN's flows on bridge br-int drop the packet" 10.5.0.2 tcp 80
    traces 0 'send it to host h2' 10.5.0.2
    controller_do h2 kill
    traces 0 'send it to host h2' 10.5.0.2 # OVN does not notice
    controller_do h2 start
    nb lsp-set-options "ovsint-$(ovsint ls --all-hosts --json |
        jq -r '.ports[] | select(.host == "h2").port')" requested-chassis=nobody
    wait_until 10 traces 3 'and host h2 has not bound its logical port' 10.5.0.2
    central_do nb kill
    traces 1 "OVN's northbound database: OVSDB at /run/ovn/ovnnb_db.sock: " 10.5.0.2
}
