#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The CNI plugin's networks with mode=nat, through the daemon: the world, ports
# of the host, and what is said if that cannot be. Without mode=nat a plugin
# portmap that follows publishes them.

load ../lib/base
load ../lib/plugin
load ../lib/outside
load ../lib/cni

setup_file() {
    ln -sf /usr/sbin/iptables-nft /etc/alternatives/iptables
    ln -sf /usr/sbin/ip6tables-nft /etc/alternatives/ip6tables
    outside_make
}

setup() {
    world_setup
    config '{"networks": {"lan": {"bridge": "br0", "vlan": 10, "ip": "auto",
        "subnets": [{"subnet": "10.1.0.0/24", "gateway": "10.1.0.254"}]}}}'
    lan=$(conf lan 1.0.0 '.network = "lan" | .mode = "nat" |
        .capabilities.portMappings = true')
    plugin start
}

teardown() {
    serve_end
    plugin stop
    world_teardown
}

# A container is a namespace here.
entry_of() { # WHERE: sets entry
    entry=()
    [ "$1" = host ] || entry=(nsenter "--net=/run/netns/$1")
}

mapping() { # HOST-PORT PORT [PROTOCOL [ADDRESS]]: as containerd writes it
    jq -c --argjson host "$1" --argjson port "$2" --arg proto "${3-TCP}" \
        --arg ip "${4-}" '.runtimeConfig.portMappings += [{HostPort: $host,
            ContainerPort: $port, Protocol: $proto, HostIP: $ip}]' <<<"$lan"
}

no_trace() {
    serve_end
    prints_nothing holds
    wait_until 10 eval 'rows Bridge name=br0 | check_json ".[0].external_ids == {}"'
    wait_until 10 prints_no ovsint- ip -o link
}

@test "the world, and a published port that others reach" {
    netns_add a b
    serve outside tcp 80
    cni ADD a "$(mapping 8080 80)" | check_json '.routes ==
        [{dst: "0.0.0.0/0", gw: "10.1.0.254"}]'
    cni ADD b "$(mapping 5353 53 udp "$OTHER4")"
    says "outside 80 $HOST4" ask a tcp "$OUT4" 80
    serve a tcp 80
    serve b udp 53
    says "a 80 $OUT4" ask outside tcp "$HOST4" 8080
    says "b 53 $OUT4" ask outside udp "$OTHER4" 5353
    no_answer outside udp "$HOST4" 5353
    reaches /run/netns/a 10.1.0.254
    # The switch and the daemon start again.
    vswitchd restart
    plugin restart
    wait_until 10 says "a 80 $OUT4" ask outside tcp "$HOST4" 8080
    cni CHECK a "$(mapping 8080 80)"
    cni DEL a "$(mapping 8080 80)"
    no_answer outside tcp "$HOST4" 8080
    says "b 53 $OUT4" ask outside udp "$OTHER4" 5353
    cni DEL b "$lan"
    no_trace
    netns_gone a b
}

many_ports() { # 8000 of them, in no order that makes a range
    jq -c '.runtimeConfig.portMappings = [range(8000) | {HostPort: (10000 + .),
        ContainerPort: (. * 7 % 60000 + 1), Protocol: "tcp"}]' <<<"$lan"
}
led() { nft -j list map inet ovsint ports4 | grep -oF "\"$1\"" | wc -l; }

# DEL does not wait until many ports are off; whoever comes next does.
# bats test_tags=long
@test "a restart with 8000 published ports" {
    local address
    config "$(jq '. + {"timeout-ms": 60000}' /etc/ovsint/ovsint.json)"
    plugin restart
    netns_add a b
    cni ADD b "$lan" >/dev/null # keeps the network
    many_ports >"$T/many"
    cni ADD a "$(<"$T/many")" >/dev/null
    for _ in 1 2; do
        cni DEL a "$(<"$T/many")"
        address=$(cni ADD a "$(<"$T/many")" | jq -r '.ips[0].address')
        [ "$(led "${address%/*}")" = 8000 ]
    done
    # Nothing leads to a container that publishes nothing, whoever had its address.
    cni DEL a "$(<"$T/many")"
    address=$(cni ADD a "$lan" | jq -r '.ips[0].address')
    prints_no "\"${address%/*}\"" nft -j list map inet ovsint ports4
    cni DEL a "$lan"
    cni DEL b "$lan"
    no_trace
    netns_gone a b
}

@test "ports that cannot be published, and nothing is left" {
    netns_add a b
    serve host tcp 8080
    read -r holder <"$T/servers"
    cni_refuses 100 "host port 8080/tcp is taken by process $holder (talk)" \
        ADD a "$(mapping 8080 80)"
    serve_end
    cni ADD a "$(mapping 8080 80)"
    cni_refuses 100 "host port 8080/tcp is published by the container with" \
        ADD b "$(mapping 8080 80)"
    cni_refuses 7 "hostPort is no number" ADD b "$(mapping 70000 80)"
    cni_refuses 7 "none of tcp, udp, sctp" ADD b "$(mapping 8081 80 icmp)"
    # Kubernetes names ports that are not to be published, too.
    cni ADD b "$(mapping 0 80)"
    [ "$(holds)" = a/eth0$'\n'b/eth0 ]
    cni DEL a "$lan"
    cni DEL b "$lan"
    no_trace
    netns_gone a b
}

# bats test_tags=long
@test "without the database: no row is left" {
    local command gc adds
    gc=$(jq -c '.cniVersion = "1.1.0" | ."cni.dev/valid-attachments" = []' \
        <<<"$lan")
    netns_add a b
    cni ADD a "$(mapping 8080 80)" >/dev/null
    ovsdb stop
    cni_refuses 11 db.sock ADD b "$(mapping 8081 80)"
    for command in CHECK DEL; do
        cni_refuses 11 db.sock "$command" a "$(mapping 8080 80)"
    done
    NETNS='' IFNAME='' cni_refuses 11 db.sock GC '' "$gc"
    NETNS='' IFNAME='' cni_refuses 50 db.sock STATUS '' \
        "$(jq -c '.cniVersion = "1.1.0"' <<<"$lan")"
    ovsdb start
    wait_until 10 eval '[ "$(holds)" = a/eth0 ]'
    cni CHECK a "$(mapping 8080 80)"
    NETNS='' IFNAME='' cni GC '' "$gc"
    # Else it would try to connect less and less often.
    vswitchd restart
    no_trace
    # It goes while ADD waits for the daemon.
    plugin stop
    config "$(jq '. + {"timeout-ms": 2000}' /etc/ovsint/ovsint.json)"
    cni_refuses 11 '' ADD b "$(mapping 8081 80)" &
    adds=$!
    wait_until 5 eval '[ "$(holds)" = b/eth0 ]'
    ovsdb stop
    wait "$adds"
    ovsdb start
    vswitchd restart
    plugin start
    cni DEL b "$(mapping 8081 80)"
    no_trace
    netns_gone a b
}

# bats test_tags=long
@test "what the network's first container said holds: another VLAN, another subnet" {
    netns_add a b
    cni ADD a "$lan"
    cni_refuses 100 "VLAN 20: the host is the router of VLAN 10" ADD b \
        "$(jq -c 'del(.network) | .bridge = "br0" | .vlan = 20 |
            .ip = "10.1.0.9/24" | .gateway = "10.1.0.254"' <<<"$lan")"
    # As a range of several subnets gives them in turn.
    cni_refuses 100 "10.6.0.9/24 via 10.6.0.1: the host is the router of 10.1.0.0/24" \
        ADD b "$(jq -c 'del(.network) | .bridge = "br0" | .vlan = 10 |
            .ip = "10.6.0.9/24" | .gateway = "10.6.0.1"' <<<"$lan")"
    [ "$(holds)" = a/eth0 ]
    cni DEL a "$lan"
    no_trace
    netns_gone a b
}

# bats test_tags=long
@test "another subnet, with the network's last container gone and tries without a pause" {
    local other end=$((SECONDS + 20 * PATIENCE)) refusals=0
    netns_add a
    cni ADD a "$lan"
    cni DEL a "$lan"
    other=$(jq -c 'del(.network) | .bridge = "br0" | .vlan = 20 |
        .ip = "10.6.0.9/24" | .gateway = "10.6.0.1"' <<<"$lan")
    until cni ADD a "$other" 2>/dev/null; do
        refusals=$((refusals + 1))
        [ "$SECONDS" -lt "$end" ]
    done
    echo "refused: $refusals"
    [ "$(holds)" = a/eth0 ]
    cni DEL a "$other"
    no_trace
    netns_gone a
}

# bats test_tags=long
@test "without the daemon" {
    local status
    netns_add a
    status=$(conf lan 1.1.0 '.network = "lan" | .mode = "nat"')
    NETNS='' IFNAME='' cni STATUS '' "$status"
    plugin stop
    config "$(jq '. + {"timeout-ms": 500}' /etc/ovsint/ovsint.json)"
    cni_refuses 11 "is it running ('systemctl status ovsint-plugin')?" \
        ADD a "$lan"
    prints_nothing holds
    NETNS='' IFNAME='' cni_refuses 50 "ovsint-plugin does not run" STATUS '' \
        "$status"
    # The one that starts finds a network without ports.
    plugin start
    no_trace
    netns_gone a
}

# What comes back from an address, for datagrams up to what fills a packet and more.
datagrams() { # WHERE ADDRESS PORT
    at_netns "$1" python3 -c '
import socket, sys
for size in 10, 1472, 1473, 3000:
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(0.3)
    for again in range(20):
        s.sendto(b"x" * size, (sys.argv[1], int(sys.argv[2])))
        try:
            print(len(s.recv(65535)))
            break
        except TimeoutError:
            pass' "$2" "$3"
}

at_netns() { # WHERE COMMAND...
    local entry
    entry_of "$1"
    "${entry[@]}" "${@:2}"
}

# On the userspace datapath nobody but the pair itself finishes its checksums.
@test "a pair behind portmap: full datagrams come back, wherever they are from" {
    local chain where pid
    netns_add a b
    ip addr add 10.7.0.1/24 dev br0
    ip link set br0 up
    sysctl -qw net.ipv4.ip_forward=1
    chain=$(conf flat 1.0.0 '.bridge = "br0" | .vnic = "veth" |
        .ip = "10.7.0.3/24" | .gateway = "10.7.0.1"')
    cni ADD b "$chain"
    chain=$(jq -c '.ip = "10.7.0.2/24"' <<<"$chain")
    cni ADD a "$chain"
    CNI=/usr/lib/cni/portmap cni ADD a "$(jq -c --slurpfile before "$T/answer" '
        .type = "portmap" | del(.bridge, .vnic, .ip, .gateway) |
        .prevResult = $before[0] | .runtimeConfig.portMappings = [{
            hostPort: 8080, containerPort: 80, protocol: "udp"}]' <<<"$chain")"
    nsenter --net=/run/netns/a python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 80))
while True:
    s.sendto(*s.recvfrom(65535))' 3>&- &
    pid=$!
    for where in host a b outside; do
        [ "$(datagrams "$where" "$HOST4" 8080 | xargs)" = "10 1472 1473 3000" ] ||
            { kill "$pid"; fail "from $where"; }
    done
    kill "$pid"
    wait "$pid" || true
    CNI=/usr/lib/cni/portmap cni DEL a "$chain"
    cni DEL a "$chain"
    cni DEL b "$chain"
    sysctl -qw net.ipv4.ip_forward=0
    ip addr flush dev br0
    nft flush ruleset
    netns_gone a b
}

# bats test_tags=long
@test "a chain with portmap, where the network is not with mode=nat" {
    local chain
    netns_add a
    ip addr add 10.7.0.1/24 dev br0
    ip link set br0 up
    flat=$(conf flat 1.0.0 '.bridge = "br0" | .ip = "10.7.0.2/24" |
        .gateway = "10.7.0.1"')
    cni_refuses 7 'serve the capability portMappings without "mode": "nat"' \
        ADD a "$(lan=$flat mapping 8080 80)"
    sysctl -qw net.ipv4.ip_forward=1
    cni ADD a "$flat"
    chain=$(jq -c --slurpfile before "$T/answer" '.type = "portmap" |
        del(.bridge, .ip, .gateway) | .prevResult = $before[0] |
        .runtimeConfig.portMappings = [{hostPort: 8080, containerPort: 80,
            protocol: "tcp"}]' <<<"$flat")
    CNI=/usr/lib/cni/portmap cni ADD a "$chain"
    serve a tcp 80
    says "a 80 $OUT4" ask outside tcp "$HOST4" 8080
    serve_end
    CNI=/usr/lib/cni/portmap cni DEL a "$chain"
    cni DEL a "$flat"
    prints_nothing holds
    sysctl -qw net.ipv4.ip_forward=0
    ip addr flush dev br0
    nft flush ruleset
    netns_gone a
}
