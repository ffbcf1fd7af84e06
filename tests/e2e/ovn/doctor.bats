#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# What is wrong with a host of OVN, and with its ports on logical switches: faults
# that are made for real.

load ../lib/base
load ../lib/cli
load ../lib/plugin
load ../lib/ovn
load ../lib/doctor

# The unit of Debian may be there, which is a finding.
DROP_IN=/etc/systemd/system/ovn-controller.service.d

setup_file() { ovn_make 1; }

setup() {
    ovn_begin
    ls_make web
    config '{"timeout-ms": 10000}'
    mkdir -p "$DROP_IN"
    echo 'ExecStop=ovn-appctl exit --restart' >"$DROP_IN/restart.conf"
    plugin start
    netns_add n1
    ovsint attach /run/netns/n1 ovn=web ip=10.5.0.1/24
    PORT=$(of_cli | jq -r '.[0].name')
}

teardown() {
    local failed=0
    rm -rf "$DROP_IN"
    ovn_heal
    ! answers >/dev/null || plugin stop || failed=1
    [ ! -e /run/netns/n1 ] || netns_gone n1
    ovn_end || failed=1
    return "$failed"
}

# bats test_tags=long
@test "OVN's programs: none is missed while all run, each when it is away" {
    wait_until 5 finds
    controller_do h1 kill
    finds ovn-controller-away
    vsctl set Open_vSwitch . external_ids:ovn-bridge=br-nosuch
    finds ovn-controller-away ovn-bridge-absent
    vsctl remove Open_vSwitch . external_ids ovn-bridge
    controller_do h1 start
    wait_until 10 finds
    central_do nb kill
    finds ovn-northbound-away
    central_do nb start
    central_do sb kill
    wait_until 10 finds ovn-southbound-away
    says ovn-southbound-away "OVN's southbound database, tcp:172.31.0.1:6642"
    # A host without ports on logical switches does without NB.
    ovsint detach /run/netns/n1
    central_do nb kill
    finds ovn-southbound-away
}

@test "what the host says of itself" {
    wait_until 5 finds
    vsctl remove Open_vSwitch . external_ids ovn-encap-type=geneve
    finds ovn-incomplete
    says ovn-incomplete ovn-encap-type
    vsctl set Open_vSwitch . external_ids:ovn-encap-type=geneve \
        external_ids:ovn-encap-ip=192.0.2.99
    finds ovn-encap-address
    says ovn-encap-address "the address of OVN's tunnels, 192.0.2.99"
    vsctl set Open_vSwitch . external_ids:ovn-encap-ip=172.31.0.11
    wait_until 5 finds
    # requested-chassis says the name of before.
    vsctl set Open_vSwitch . external_ids:system-id=h9
    ovsint doctor --json >"$T/answer" || true
    says ovn-renamed "as those of host h1, and its system-id is h9 now"
    check_json '[.findings[].id] | index("logical-port-lost") == null' <"$T/answer"
    cli_refuses 1 "host h1 is this one by its former system-id, as port $PORT" \
        gc --host h1 --yes
    vsctl set Open_vSwitch . external_ids:system-id=h1
    wait_until 10 finds
    ovsint detach /run/netns/n1
}

# bats test_tags=long
@test "a device that may send more than the tunnels carry, unless there are none" {
    ip -n n1 link set "$PORT" mtu 1500
    finds ovn-mtu
    says ovn-mtu "$PORT may send more than OVN's tunnels carry, 1500 bytes against 1442"
    nb lsp-add web wire -- lsp-set-type wire localnet -- \
        lsp-set-addresses wire unknown -- lsp-set-options wire network_name=phys
    finds ovn-mapping
    says ovn-mapping "network phys, on which the logical switch web is"
    vsctl set Open_vSwitch . external_ids:ovn-bridge-mappings=phys:br-phy
    finds
    vsctl remove Open_vSwitch . external_ids ovn-bridge-mappings
    nb lsp-del wire
    finds ovn-mtu
    ovsint detach /run/netns/n1
}

@test "a port without its logical port, and a logical port without its port" {
    nb lsp-del "ovsint-$PORT"
    finds logical-port-lost
    says logical-port-lost "the logical port of port $PORT"
    ovsint detach /run/netns/n1
    finds
    ovsint attach /run/netns/n1 ovn=web ip=10.5.0.1/24
    PORT=$(of_cli | jq -r '.[0].name')
    # As after a restart of the host, whose database is empty then.
    plugin kill
    vsctl del-port br-int "$PORT"
    finds guardian-away # it might be a call that is on its way
    nb set Logical_Switch_Port "ovsint-$PORT" external_ids:ovsint-boot=other
    finds guardian-away logical-port-stale
    says logical-port-stale "whose port, $PORT, is not there"
    config '{"timeout-ms": 2000}' # the collector waits 5 s more
    plugin start
    wait_until 20 lsps_left
    finds
}
