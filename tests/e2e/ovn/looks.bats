#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# What an operator is told of ports on logical switches.

load ../lib/base
load ../lib/cli
load ../lib/ovn
load ../lib/doctor

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
    nb --if-exists lr-del r
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

# bats test_tags=long
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

# bats test_tags=long
@test "trace: a packet leaves its view by a router of OVN's, and ovn-trace is told where" {
    local lsp
    netns_add n4
    ls_make far
    nb lr-add r -- lrp-add r r-web 02:00:00:00:05:fe 10.5.0.254/24 fd00:5::fe/64 -- \
        lrp-add r r-far 02:00:00:00:06:fe 10.6.0.254/24 fd00:6::fe/64
    for lsp in web far; do
        nb lsp-add $lsp r-of-$lsp -- lsp-set-type r-of-$lsp router -- \
            lsp-set-addresses r-of-$lsp router -- \
            lsp-set-options r-of-$lsp router-port=r-$lsp
    done
    ovsint attach /run/netns/n4 ovn=far ip=10.6.0.4/24,fd00:6::4/64 gateway=10.6.0.254,fd00:6::fe
    ip -n n1 route add default via 10.5.0.254
    ip -n n1 route add default via fd00:5::fe
    # OVN takes it there: what is said is no excuse for a packet that is lost.
    wait_until 10 in_netns n1 busybox ping -c 1 -W 1 10.6.0.4
    lsp=ovsint-$(ovsint ls --all-hosts --json |
        jq -r '.ports[] | select(.switch == "far").port')
    local question
    for question in 10.6.0.4 '10.6.0.4 tcp 80' fd00:6::4 'fd00:6::4 udp 53' 10.5.0.254; do
        # shellcheck disable=SC2086
        traces 0 "port r-web of a router of OVN's has the address " $question
        grep -qx "it leaves this host's view" "$T/answer"
        sed -n "s/^where .* this tells it: \(ovn-trace web .*\)/\1/p" "$T/answer" >"$T/command"
        bash -eu "$T/command" >"$T/traced"
        [ "$question" = 10.5.0.254 ] || grep -qF "output to \"$lsp\"" "$T/traced" ||
            fail "$(cat "$T/command" "$T/traced")"
    done
    # The router has nothing of ours, and another switch's router port is none here.
    ovsint trace /run/netns/n1 10.6.0.4 --json | check_json '.fate == "leaves" and
        ([.steps[].id] | index("router") and index("ovn-trace"))'
    nb lsp-del r-of-web
    traces 1 'no port of ovsint'"'"'s on logical switch web has the address 10.5.0.254' 10.6.0.4
    nb lsp-del r-of-far
    ovsint detach /run/netns/n4
    netns_gone n4
}

# Other findings, as that no daemon runs here, are not what this is about.
has_pair() { # true | false
    ovsint doctor --json >"$T/answer" || true
    check_json --argjson is "$1" \
        '([.findings[].id] | index("ovn-gateway-pair") != null) == $is' <"$T/answer"
}

# bats test_tags=long
@test "doctor: two gateway hosts without a third one, until there is one" {
    wait_until 10 all_up
    nb lr-add r -- lrp-add r r-out 02:00:00:00:07:fe 198.51.100.1/24
    has_pair false
    nb lrp-set-gateway-chassis r-out h1 20
    has_pair false
    nb lrp-set-gateway-chassis r-out h2 10
    has_pair true
    says ovn-gateway-pair "port r-out of a router of OVN's has this host and host h2 as gateways"
    on h2 "$OVSINT" doctor --json >"$T/answer" || true
    says ovn-gateway-pair "has this host and host h1 as gateways"
    # A third chassis, of which these two learn by the southbound database.
    sb chassis-add h3 geneve 172.31.0.13
    wait_until 10 has_pair false
    sb chassis-del h3
    wait_until 10 has_pair true
    nb lrp-del-gateway-chassis r-out h2
    has_pair false
    # The same as a group.
    nb ha-chassis-group-add both -- ha-chassis-group-add-chassis both h1 20 -- \
        ha-chassis-group-add-chassis both h2 10
    has_pair false
    nb clear Logical_Router_Port r-out gateway_chassis -- set Logical_Router_Port r-out \
        ha_chassis_group="$(nb --bare --columns=_uuid find HA_Chassis_Group name=both)"
    has_pair true
    nb lr-del r
    nb ha-chassis-group-del both
    has_pair false
}
