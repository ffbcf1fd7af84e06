#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Pods, as a kubelet asks containerd for them: CRI over gRPC.

load ../lib/base
load ../lib/containerd

setup_file() { containerd_setup; }

setup() {
    containerd_begin
    config '{"networks": {"lan": {"bridge": "br0", "vlan": 10, "ip": "auto",
        "subnets": [{"subnet": "10.1.0.0/24", "gateway": "10.1.0.254"}],
        "refine": ["vlan", "rate"]}}}'
    uses lan '{"type": "ovsint", "network": "lan",
        "capabilities": {"io.kubernetes.cri.pod-annotations": true}}'
}

teardown() { containerd_teardown; }

port_row_of() { row Interface "external_ids:ovsint-container=$1" | jq -r .name; }

ip_of() { pod_status "$1" | jq -re '.status[0].network[0].ip'; }

# A list that has been written is read a moment later.
is_ready() {
    cri Status '{}' | check_json 'all(.status[0].conditions[]; .status == 1)'
}

uses() { # NAME PLUGIN...
    list "$@"
    wait_until 5 is_ready
}

says_no() { # TEXT CMD...
    local text=$1
    shift
    run "$@"
    [ "$status" != 0 ] || fail "it succeeded: $*" || return
    [[ $output == *"$text"* ]] || fail "no '$text' in: $output"
}

@test "pods reach one another, and do not notice that containerd dies" {
    local a b first ip
    a=$(pod a)
    b=$(pod b '.annotations = {"ovsint.rate": "100000"}')
    first=$(pod_container "$a" a first)
    pod_container "$a" a second
    reaches "$(netns_of "$a")" "$(ip_of "$b")"
    cri ExecSync "$(jq -nc --arg id "$first" '{container_id: $id,
        cmd: ["ip", "addr", "show", "dev", "eth0"], timeout: 10}')" |
        check_json '.stdout | contains($ip)' --arg ip "$(ip_of "$a")"
    ip=$(ip_of "$a")
    containerd kill
    reaches "$(netns_of "$b")" "$ip"
    containerd start
    reaches "$(netns_of "$a")" "$(ip_of "$b")"
    pod_gone "$a" "$b"
    prints_nothing holds
}

@test "a sandbox is killed: the port stays until the kubelet stops the pod" {
    local a pid
    a=$(pod a)
    pid=$(pod_pid "$a")
    kill -KILL "$pid"
    wait_until 5 not kill -0 "$pid"
    [ "$(holds)" = "$a/eth0" ]
    pod_stop "$a"
    prints_nothing holds
    pod_remove "$a"
    # The second DEL finds nothing, and no namespace.
    [ "$(cat /run/calls)" = "ADD has netns"$'\n'"DEL has netns"$'\n'"DEL " ]
}

# bats test_tags=long
@test "a namespace goes while containerd is away: DEL without one" {
    local a pid netns
    a=$(pod a)
    netns=$(netns_of "$a") pid=$(pod_pid "$a")
    containerd kill
    kill -KILL "$pid"
    umount "$netns"
    rm "$netns"
    containerd start
    : >/run/calls
    pod_gone "$a"
    [ "$(sort -u /run/calls)" = "DEL " ]
    prints_nothing holds
}

@test "what a pod asks for, and what is not allowed" {
    local a
    a=$(pod a '.annotations = {"ovsint.vlan": "12"}')
    row Port "external_ids:ovsint-container=$a" | check_json '.tag == 12'
    pod_gone "$a"
    says_no "unknown key 'vlna': did you mean 'vlan'" \
        pod b '.annotations = {"ovsint.vlna": "12"}'
    says_no "mtu" pod c '.annotations = {"ovsint.mtu": "1400"}'
    prints_nothing holds
}

# bats test_tags=long
@test "the database is away: the pod is stopped when it is back" {
    local a
    a=$(pod a)
    ovsdb stop
    says_no "db.sock" pod_stop "$a"
    ovsdb start
    vsctl show >/dev/null
    pod_gone "$a"
    prints_nothing holds
}

# The plugin has the pod, the hook each of its containers.
pod_with_hook() { # HANDLER
    local a
    a=$(HANDLER=$1 pod a '.annotations = {"ovsint.vlan": "12",
        "ovsint.net1.bridge": "br0", "ovsint.net1.ip": "10.2.0.1/24"}')
    pod_container "$a" a first
    pod_container "$a" a second
    [ "$(owners)" = 'cni/eth0 hook/net1' ]
    nsenter --net="$(netns_of "$a")" ip -j -4 addr show dev net1 |
        check_json '.[0].addr_info[0].local == "10.2.0.1"'
    pod_gone "$a"
    rows Interface | check_json 'all(.external_ids | has("ovsint-owner") | not)'
}

# bats test_tags=long
@test "a runtime that has the hook, too: runc" { pod_with_hook hook; }

# bats test_tags=long
@test "a runtime that has the hook, too: crun" { pod_with_hook crun; }

# bats test_tags=long
@test "a pair with all that may follow: tuning, portmap, firewall, sbr, bandwidth" {
    local a port ns
    config '{"networks": {"flat": {"bridge": "br0", "ip": "auto",
        "subnets": [{"subnet": "10.3.0.0/24", "gateway": "10.3.0.254"}]}}}'
    uses flat '{"type": "ovsint", "network": "flat", "vnic": "veth"}' \
        '{"type": "tuning", "sysctl": {"net.ipv4.conf.eth0.arp_notify": "1"}}' \
        '{"type": "portmap", "capabilities": {"portMappings": true}}' \
        '{"type": "firewall"}' '{"type": "sbr"}' \
        '{"type": "bandwidth", "capabilities": {"bandwidth": true}}'
    ip addr add 10.3.0.254/24 dev br0
    ip link set br0 up
    a=$(pod a '.port_mappings = [{container_port: 80, host_port: 8080}] |
        .annotations = {"kubernetes.io/ingress-bandwidth": "100M",
            "kubernetes.io/egress-bandwidth": "100M"}')
    ns=$(netns_of "$a") port=$(port_row_of "$a")
    nsenter --net="$ns" sysctl -n net.ipv4.conf.eth0.arp_notify | grep -qx 1
    nsenter --net="$ns" ip -j rule | check_json 'any(.[]; .table == "100")'
    tc -j qdisc show dev "$port" | check_json 'any(.[]; .kind == "tbf")'
    # sbr has a route for packets alone that have an address already.
    reaches /proc/self/ns/net "$(ip_of "$a")"
    nsenter --net="$ns" busybox httpd -f -h /etc 3>&- 4>&- &
    wait_until 5 curl -sS --max-time 5 http://10.3.0.254:8080/hostname
    kill $!
    pod_gone "$a"
    prints_nothing holds
    prints_nothing ip link show type ifb
    # The chains of portmap and firewall stay, as after any container of theirs.
    nft flush ruleset
    ip addr del 10.3.0.254/24 dev br0
    ip link set br0 down
}
