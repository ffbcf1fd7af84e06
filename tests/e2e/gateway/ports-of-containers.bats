#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Ports of the host that `docker run -p` asks for: which are given, which are refused
# and with what words, and networks that have the host on them in other ways. The
# same without Docker, by its verbs, is in ports-by-verbs.bats.

load ../lib/base
load ../lib/plugin
load ../lib/docker
load ../lib/outside
load ../lib/nat

setup_file() { nat_setup_file nft; }
setup() { docker_begin; }
teardown() { nat_end; }
teardown_file() { docker_teardown_file; }

refused() { # TEXT [MORE-TEXT...]: what cannot_start has said
    local text
    for text; do
        grep -qF -- "$text" "$T/output" ||
            fail "it does not say '$text': $(cat "$T/output")"
    done
}

sent_at_least() { (($(wc -l <"$T/sent") >= $1)); } # COUNT

# bats test_tags=long
@test "a port that a program holds: who it is, and all or nothing" {
    local holder proto
    nat_network one 50
    serve host tcp 8080 udp 8081
    read -r holder <"$T/servers"
    cannot_start start_container c1 one -p 8079:79 -p 8080:80
    ! ovsint_only || refused 8080/tcp talk "$holder"
    no_answer outside tcp "$HOST4" 8079
    docker rm -f c1
    cannot_start start_container c1 one -p 8081:81/udp
    ! ovsint_only || refused 8081/udp talk "$holder"
    docker rm -f c1
    # Another protocol is another port.
    start_container c1 one -p 8079:79 -p 8081:80
    serve c1 tcp 79-80
    says "c1 79 $OUT4" ask outside tcp "$HOST4" 8079
    says "c1 80 $OUT4" ask outside tcp "$HOST4" 8081
    serve_end
    docker rm -f c1
    start_container c2 one -p 8080:80
    ! ovsint_only || rules_agree
}

# bats test_tags=long
@test "a program that holds a port of one address, or of one family" {
    nat_network one 50
    nsenter --net=/proc/self/ns/net socat \
        TCP4-LISTEN:8080,bind=127.0.0.1,fork,reuseaddr PIPE \
        </dev/null >"$T/socat" 2>&1 3>&- 4>&- &
    echo $! >>"$T/servers"
    wait_until 5 socat /dev/null TCP4:127.0.0.1:8080
    cannot_start start_container c1 one -p 8080:80
    docker rm -f c1
    start_container c1 one -p "$HOST4:8080:80"
    serve c1 tcp 80
    says "c1 80 $OUT4" ask outside tcp "$HOST4" 8080
}

# bats test_tags=long
@test "a port that another container has" {
    nat_network one 50
    nat_network two 60
    start_container c1 one -p 8080:80
    cannot_start start_container c2 one -p 8080:80
    ! ovsint_only || refused 8080/tcp "$(in_network c1 one EndpointID | cut -c -12)"
    docker rm -f c2
    cannot_start start_container c2 two -p "$OTHER4:8080:80"
    docker rm -f c2
    cannot_start start_container c2 two -p 8079:79 -p 8075-8085:75-85
    docker rm -f c2
    serve c1 tcp 80
    says "c1 80 $OUT4" ask outside tcp "$HOST4" 8080
    ! ovsint_only || rules_agree
    serve_end
    docker stop -t 0 c1
    start_container c2 two -p 8080:80
    not docker start c1
    docker rm -f c2
    docker start c1
    ! ovsint_only || rules_agree
}

# bats test_tags=long
@test "a port below 1024" {
    nat_network one 50
    start_container c1 one -p 80:80 -p 53:53/udp
    serve c1 tcp 80 udp 53
    says "c1 80 $OUT4" ask outside tcp "$HOST4" 80
    says "c1 53 $OUT6" ask outside udp "$HOST6" 53
    serve host tcp 81
    cannot_start start_container c2 one -p 81:80
}

# bats test_tags=long
@test "one of a range, as is free" {
    local n
    nat_network one 50
    for n in 1 2 3; do
        start_container "c$n" one -p 8100-8102:80
        serve "c$n" tcp 80
    done
    for n in 0 1 2; do ask outside tcp "$HOST4" $((8100 + n)); done |
        sort | diff - <(for n in 1 2 3; do echo "c$n 80 $OUT4"; done)
    cannot_start start_container c4 one -p 8100-8102:80
    ! ovsint_only || refused 8100 8102
}

# The port of the host that leads to a port of a container.
port_to() { # CONTAINER NETWORK PORT
    if ovsint_only; then
        published | awk -v to="$(address_of "$1" "$2") $3" \
            '$3 " " $4 == to {print $2}'
    else
        docker port "$1" "$3/tcp" | sed -n 's/^0.0.0.0://p'
    fi
}

# bats test_tags=long
@test "a port that nobody has chosen" {
    local first second
    nat_network one 50
    start_container c1 one -p 80 -p 81
    serve c1 tcp 80-81
    first=$(port_to c1 one 80)
    second=$(port_to c1 one 81)
    [ "$first" -ge 1024 ]
    [ "$first" != "$second" ]
    says "c1 80 $OUT4" ask outside tcp "$HOST4" "$first"
    says "c1 81 $OUT4" ask outside tcp "$HOST4" "$second"
    says "c1 80 $OUT6" ask outside tcp "$HOST6" "$first"
    ! ovsint_only || call Ovsint.Ports | check_json '.ports |
        any(.published // "" | contains("tcp/\($port):80"))' --arg port "$first"
    ! ovsint_only || plugin_logged "$first"
    start_container c2 one -P --expose 80
    serve c2 tcp 80
    says "c2 80 $OUT4" ask outside tcp "$HOST4" "$(port_to c2 one 80)"
}

no_host_port() { not grep ovsint- /proc/net/dev; }

# bats test_tags=long
@test "the host on a network with a router of its own" {
    ovsint_only || return 0
    network -o bridge=br0 -o vlan=10 -o host-access=true \
        --subnet 10.70.0.0/24 --gateway 10.70.0.1 -o host-ip=10.70.0.2/24 \
        --aux-address host=10.70.0.2 lan
    start_container c1 lan
    start_container c2 lan
    serve c1 tcp 80
    serve host tcp 90
    says "c1 80 10.70.0.2" ask host tcp "$(address_of c1 lan)" 80
    says "host 90 $(address_of c1 lan)" ask c1 tcp 10.70.0.2 90
    # It is no router, neither to the outside nor from there.
    serve outside tcp 80
    at outside ip route add 10.70.0.0/24 via "$HOST4"
    at c1 ip route replace default via 10.70.0.2
    no_answer c1 tcp "$OUT4" 80
    no_answer outside tcp "$(address_of c1 lan)" 80
    at outside ip route del 10.70.0.0/24
    serve_end
    docker rm -f c1 c2
    docker network rm lan
    no_host_port
}

# bats test_tags=long
@test "the host in place of the gateway, on a bridge that others use" {
    ovsint_only || return 0
    network -o bridge=br0 -o vlan=10 -o host-access=true \
        --subnet 10.70.0.0/24 --gateway 10.70.0.1 lan
    network -o bridge=br0 -o vlan=20 --subnet 10.80.0.0/24 other
    start_container c1 lan
    start_container c2 other
    at c2 ip addr add 10.70.0.99/24 dev "$(device_of c2)"
    can_ping c1 10.70.0.1
    cannot_ping c2 10.70.0.1
}

# bats test_tags=long
@test "IPv6 without NAT: those who know a route reach what is published" {
    local address
    ovsint_only || return 0
    nat_network one 50 -o nat6=routed
    start_container c1 one -p 8080:80
    serve c1 tcp 80-81
    serve outside tcp 90
    address=$(address6_of c1 one)
    at outside ip route add fd00:50::/64 via "$HOST6"
    says "outside 90 $address" ask c1 tcp "$FAR6" 90
    says "c1 80 $OUT6" ask outside tcp "$address" 80
    no_answer outside tcp "$address" 81
    ping_from_outside "$address"
    says "outside 90 $HOST4" ask c1 tcp "$FAR4" 90
    says "c1 80 $OUT4" ask outside tcp "$HOST4" 8080
    at outside ip route del fd00:50::/64
}

@test "IPv4 without NAT: those who know a route reach what is published" {
    local address
    ovsint_only || return 0
    nat_network one 50 -o nat4=routed -o isolated-ports=true
    start_container c1 one -p 8080:80 -p 5353:53/udp
    start_container c2 one
    serve c1 tcp 80-81 udp 53
    serve outside tcp 90
    address=$(address_of c1 one)
    at outside ip route add 10.50.0.0/24 via "$HOST4"
    says "outside 90 $address" ask c1 tcp "$FAR4" 90
    says "c1 80 $OUT4" ask outside tcp "$address" 80
    says "c1 53 $OUT4" ask outside udp "$address" 53
    no_answer outside tcp "$address" 81
    no_answer outside tcp "$HOST4" 8080
    ping_from_outside "$address"
    says "outside 90 $HOST6" ask c1 tcp "$FAR6" 90
    says "c1 80 $OUT6" ask outside tcp "$HOST6" 8080
    # Neither on the link nor by way of the host, which both reach.
    at c2 ip route add "$address/32" via 10.50.0.1
    at c1 ip route add "$(address_of c2 one)/32" via 10.50.0.1
    can_ping c2 10.50.0.1
    cannot_ping c2 "$address"
    no_answer c2 tcp "$address" 80
    at outside ip route del 10.50.0.0/24
}

# bats test_tags=long
@test "IPv4 without NAT: a connection of udp ends with its port" {
    ovsint_only || return 0
    nat_network one 50 -o nat4=routed
    start_container c1 one --ip 10.50.0.10 -p 53:53/udp
    serve c1 udp 53
    at outside ip route add 10.50.0.0/24 via "$HOST4"
    # time: the pace of the sender
    nsenter --net=/run/netns/outside socat "UDP-DATAGRAM:10.50.0.10:53" \
        "SYSTEM:while echo; do echo >>'$T/sent'; sleep 0.2; done & \
            cat >'$T/answers'" </dev/null >"$T/socat" 2>&1 3>&- 4>&- &
    echo $! >>"$T/servers"
    wait_until 5 grep -q "^c1 " "$T/answers"
    docker rm -f c1
    start_container c2 one --ip 10.50.0.10
    serve c2 udp 53
    : >"$T/sent"
    wait_until 10 sent_at_least 5
    [[ $(grep -c "^c2 " "$T/answers") = 0 ]]
    at outside ip route del 10.50.0.0/24
}

# bats test_tags=long
@test "ports alone are translated, or packets get the address that was chosen" {
    local address
    ovsint_only || return 0
    serve outside tcp 90
    nat_network one 50 -o nat4=ports -o "nat-source=$OTHER6"
    start_container c1 one -p 8080:80
    serve c1 tcp 80
    address=$(address_of c1 one)
    at outside ip route add 10.50.0.0/24 via "$HOST4"
    says "outside 90 $address" ask c1 tcp "$FAR4" 90
    says "c1 80 $OUT4" ask outside tcp "$HOST4" 8080
    no_answer outside tcp "$address" 80
    says "outside 90 $OTHER6" ask c1 tcp "$FAR6" 90
    at outside ip route del 10.50.0.0/24
    nat_network two 60 -o "nat-source=$OTHER4"
    start_container c2 two
    says "outside 90 $OTHER4" ask c2 tcp "$FAR4" 90
    says "outside 90 $HOST6" ask c2 tcp "$FAR6" 90
    says "outside 90 $OTHER6" ask c1 tcp "$FAR6" 90
}

# With NAT_DRIVER=bridge these mean the same.
# bats test_tags=long
@test "what Docker's bridge driver would keep closed is closed" {
    local bridge=com.docker.network.bridge
    nat_network one 50 -o $bridge.host_binding_ipv4=127.0.0.1 \
        -o $bridge.enable_icc=false
    start_container c1 one -p 8080:80 -p "$OTHER4:8081:81"
    start_container c2 one
    serve c1 tcp 80-81
    says "c1 80 *" ask host tcp 127.0.0.1 8080
    no_answer outside tcp "$HOST4" 8080
    no_answer outside tcp "$HOST6" 8080
    says "c1 81 $OUT4" ask outside tcp "$OTHER4" 8081
    can_ping c2 10.50.0.1
    cannot_ping c2 "$(address_of c1 one)"
    no_answer c2 tcp "$(address6_of c1 one)" 80
    nat_network two 60 -o $bridge.enable_ip_masquerade=false
    start_container c3 two -p 8082:82
    serve c3 tcp 82
    serve outside tcp 90
    at outside ip route add 10.60.0.0/24 via "$HOST4"
    says "outside 90 $(address_of c3 two)" ask c3 tcp "$FAR4" 90
    says "c3 82 $OUT4" ask outside tcp "$HOST4" 8082
    at outside ip route del 10.60.0.0/24
}

ping_from_outside() { at outside busybox ping -c 1 -W 2 "$1"; }

@test "what cannot be made is refused in words that help" {
    ovsint_only || return 0
    run docker network create -d ovsint --ipam-driver null without
    [ "$status" != 0 ]
    [[ $output = *subnet* ]]
    run docker network create -d ovsint --subnet 198.51.100.0/25 taken
    [ "$status" != 0 ]
    [[ $output = *wan0* ]]
    run docker network create -d ovsint --subnet 10.50.0.0/24 \
        -o nat-source="$OUT4" elsewhere
    [ "$status" != 0 ]
    [[ $output = *"no device of the host has address $OUT4"* ]]
    run docker network create -d ovsint --subnet 10.50.0.0/24 \
        -o com.docker.network.bridge.gateway_mode_ipv4=nat-unprotected open
    [ "$status" != 0 ]
    [[ $output = *nat4=routed* ]]
    run docker network create -d ovsint -o mode=isolated -o host-access=true \
        --subnet 10.50.0.0/24 alone
    [ "$status" != 0 ]
    [[ $output = *host-access* ]]
    no_host_port
}
