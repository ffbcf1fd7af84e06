#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Who reaches whom through a network with mode=nat and published ports.

load ../lib/base
load ../lib/plugin
load ../lib/docker
load ../lib/outside
load ../lib/nat

setup_file() { nat_setup_file nft; }
setup() { docker_begin; }
teardown() { nat_end; }
teardown_file() { docker_teardown_file; }

@test "a container reaches the outside, with the host's address" {
    serve outside tcp 80 udp 53 sctp 99
    nat_network one 50
    start_container c1 one
    says "outside 80 $HOST4" ask c1 tcp "$OUT4" 80
    says "outside 80 $HOST4" ask c1 tcp "$FAR4" 80
    says "outside 53 $HOST4" ask c1 udp "$FAR4" 53
    says "outside 99 $HOST4" ask c1 sctp "$FAR4" 99
    says "outside 80 $HOST6" ask c1 tcp "$OUT6" 80
    says "outside 80 $HOST6" ask c1 tcp "$FAR6" 80
    says "outside 53 $HOST6" ask c1 udp "$FAR6" 53
    says "outside 99 $HOST6" ask c1 sctp "$FAR6" 99
    can_ping c1 "$FAR4"
    can_ping c1 "$FAR6"
}

@test "the outside reaches published ports, and is seen as what it is" {
    nat_network one 50
    # Docker's own needs a kernel with SCTP, although it uses no socket of it.
    ovsint_only && sctp=(-p 9999:99/sctp) || sctp=()
    start_container c1 one -p 8080:80 -p 5353:53/udp "${sctp[@]}"
    serve c1 tcp 80-81 udp 53 sctp 99
    says "c1 80 $OUT4" ask outside tcp "$HOST4" 8080
    says "c1 80 $OUT4" ask outside tcp "$OTHER4" 8080
    says "c1 53 $OUT4" ask outside udp "$HOST4" 5353
    ! ovsint_only || says "c1 99 $OUT4" ask outside sctp "$HOST4" 9999
    ! ovsint_only || says "c1 99 $OUT6" ask outside sctp "$HOST6" 9999
    says "c1 80 $OUT6" ask outside tcp "$HOST6" 8080
    says "c1 80 $OUT6" ask outside tcp "$OTHER6" 8080
    says "c1 53 $OUT6" ask outside udp "$HOST6" 5353
    no_answer outside tcp "$HOST4" 81
    no_answer outside udp "$HOST4" 8080
    no_answer outside tcp "$HOST6" 5353
}

@test "all that programs send gets through a published port, and past the router" {
    local to
    nat_network one 50
    nat_network two 51
    start_container c1 one -p 8080:80 -p 8080:80/udp
    start_container c2 two
    to="/proc/$(container_pid c1)/ns/net"
    reaches /run/netns/outside "$HOST4" 8080 "$to" 80
    reaches /run/netns/outside "$HOST6" 8080 "$to" 80
    reaches /proc/self/ns/net "$HOST4" 8080 "$to" 80
    reaches "/proc/$(container_pid c2)/ns/net" "$HOST4" 8080 "$to" 80
    reaches /proc/self/ns/net "$(address_of c1 one)"
}

@test "what is not published is not reached, whoever routes it to the host" {
    nat_network one 50
    start_container c1 one -p 8080:80
    serve c1 tcp 80-81
    at outside ip route add 10.50.0.0/24 via "$HOST4"
    at outside ip route add fd00:50::/64 via "$HOST6"
    says "c1 81 10.50.0.1" ask host tcp "$(address_of c1 one)" 81
    says "c1 81 *" ask host tcp "$(address6_of c1 one)" 81
    no_answer outside tcp "$(address_of c1 one)" 81
    no_answer outside tcp "$(address6_of c1 one)" 81
    # Docker's own lets it pass, once the port is published.
    ! ovsint_only || no_answer outside tcp "$(address_of c1 one)" 80
    ! ovsint_only || no_answer outside tcp "$(address6_of c1 one)" 80
    at outside ip route del 10.50.0.0/24
    at outside ip route del fd00:50::/64
}

# bats test_tags=long
@test "ranges of ports" {
    local port
    nat_network one 50
    start_container c1 one -p 8000-8009:7000-7009 -p 8500-8509:7500-7509/udp
    serve c1 tcp 7000-7009 udp 7500-7509
    for port in {7000..7009}; do echo "c1 $port $OUT4"; done |
        diff - <(ask outside tcp "$HOST4" 8000-8009)
    for port in {7500..7509}; do echo "c1 $port $OUT6"; done |
        diff - <(ask outside udp "$HOST6" 8500-8509)
    no_answer outside tcp "$HOST4" 8010
}

# bats test_tags=long
@test "a port of one address of the host only" {
    nat_network one 50
    start_container c1 one -p "$OTHER4:8080:80" -p "[$OTHER6]:8081:81" \
        -p 127.0.0.1:8082:82
    serve c1 tcp 80-82
    says "c1 80 $OUT4" ask outside tcp "$OTHER4" 8080
    no_answer outside tcp "$HOST4" 8080
    no_answer outside tcp "$OTHER6" 8080
    says "c1 81 $OUT6" ask outside tcp "$OTHER6" 8081
    no_answer outside tcp "$HOST6" 8081
    no_answer outside tcp "$OTHER4" 8081
    says "c1 82 10.50.0.1" ask host tcp 127.0.0.1 8082
    no_answer outside tcp "$HOST4" 8082
    # Two containers may have the same port of two addresses.
    start_container c2 one -p "$HOST4:8080:80"
    serve c2 tcp 80
    says "c2 80 $OUT4" ask outside tcp "$HOST4" 8080
    says "c1 80 $OUT4" ask outside tcp "$OTHER4" 8080
}

@test "the host itself reaches published ports" {
    nat_network one 50
    start_container c1 one -p 8080:80 -p 5353:53/udp
    serve c1 tcp 80 udp 53
    says "c1 80 10.50.0.1" ask host tcp 127.0.0.1 8080
    says "c1 53 10.50.0.1" ask host udp 127.0.0.1 5353
    says "c1 80 *" ask host tcp "$HOST4" 8080
    says "c1 80 *" ask host tcp "$OTHER4" 8080
    says "c1 53 *" ask host udp "$HOST4" 5353
    says "c1 80 *" ask host tcp 10.50.0.1 8080
    # The kernel has no way back to ::1: at least it says so at once.
    not ask host tcp ::1 8080 2>&1 | grep refused
    says "c1 80 *" ask host tcp "$HOST6" 8080
    says "c1 80 *" ask host tcp fd00:50::1 8080
    # And the host from its containers, as from anywhere else.
    serve host tcp 90
    says "host 90 $(address_of c1 one)" ask c1 tcp 10.50.0.1 90
    says "host 90 $(address_of c1 one)" ask c1 tcp "$HOST4" 90
    says "host 90 $(address6_of c1 one)" ask c1 tcp "$HOST6" 90
}

# bats test_tags=long
@test "a peer, and the container itself, by the published port" {
    nat_network one 50
    start_container c1 one -p 8080:80 -p 5353:53/udp
    start_container c2 one
    serve c1 tcp 80 udp 53
    says "c1 80 *" ask c2 tcp "$HOST4" 8080
    says "c1 80 *" ask c2 tcp 10.50.0.1 8080
    says "c1 53 *" ask c2 udp "$HOST4" 5353
    says "c1 80 *" ask c2 tcp "$HOST6" 8080
    says "c1 80 *" ask c1 tcp "$HOST4" 8080
    says "c1 80 *" ask c1 tcp "$HOST6" 8080
    says "c1 80 $(address_of c2 one)" ask c2 tcp "$(address_of c1 one)" 80
}

# bats test_tags=long
@test "networks stay apart, but for what is published" {
    nat_network one 50
    nat_network two 60
    start_container c1 one -p 8080:80
    start_container c2 two
    start_container c3 one
    serve c1 tcp 80-81 udp 53
    says "c1 81 $(address_of c3 one)" ask c3 tcp "$(address_of c1 one)" 81
    no_answer c2 tcp "$(address_of c1 one)" 80
    no_answer c2 tcp "$(address_of c1 one)" 81
    no_answer c2 udp "$(address_of c1 one)" 53
    no_answer c2 tcp "$(address6_of c1 one)" 81
    cannot_ping c2 "$(address_of c1 one)"
    cannot_ping c2 "$(address6_of c1 one)"
    # Docker's own tells them to use each other's names.
    ovsint_only || return 0
    says "c1 80 *" ask c2 tcp "$HOST4" 8080
    says "c1 80 *" ask c2 tcp "$HOST6" 8080
}

# bats test_tags=long
@test "an internal network reaches nothing, and nobody reaches it" {
    serve outside tcp 80
    serve host tcp 90
    nat_network shut 50 --internal
    start_container c1 shut -p 8080:80
    start_container c2 shut
    serve c1 tcp 80
    says "c1 80 $(address_of c2 shut)" ask c2 tcp "$(address_of c1 shut)" 80
    at c2 ip route replace default via 10.50.0.1
    at c2 ip -6 route replace default via fd00:50::1
    no_answer c2 tcp "$OUT4" 80
    no_answer c2 tcp "$OUT6" 80
    ! ovsint_only || no_answer c2 tcp "$HOST4" 90
    no_answer outside tcp "$HOST4" 8080
}

# bats test_tags=long
@test "ports come and go with the container" {
    nat_network one 50
    start_container c1 one -p 8080:80
    serve c1 tcp 80
    ask outside tcp "$HOST4" 8080
    serve_end
    docker stop -t 0 c1
    no_answer outside tcp "$HOST4" 8080
    # Free for a program of the host.
    serve host tcp 8080
    says "host 8080 $OUT4" ask outside tcp "$HOST4" 8080
    serve_end
    docker start c1
    serve c1 tcp 80
    says "c1 80 $OUT4" ask outside tcp "$HOST4" 8080
    serve_end
    docker restart -t 0 c1
    serve c1 tcp 80
    says "c1 80 $OUT6" ask outside tcp "$HOST6" 8080
    serve_end
    docker rm -f c1
    start_container c2 one -p 8080:81
    serve c2 tcp 81
    says "c2 81 $OUT4" ask outside tcp "$HOST4" 8080
}

# bats test_tags=long
@test "connections of udp follow the port to the next container" {
    nat_network one 50
    start_container c1 one --ip 10.50.0.10 -p 5353:53/udp
    serve c1 udp 53
    says "c1 53 $OUT4" ask outside udp "$HOST4" 5353
    # One socket, as a resolver has it, which goes on while containers change.
    # time: the pace of the sender
    nsenter --net=/run/netns/outside socat "UDP-DATAGRAM:$HOST4:5353" \
        "SYSTEM:while echo; do sleep 0.2; done & cat >'$T/answers'" \
        </dev/null >"$T/socat" 2>&1 3>&- 4>&- &
    echo $! >>"$T/servers"
    wait_until 5 grep -q "^c1 " "$T/answers"
    # Docker 20.10 forgets what would keep the datagrams on their old way.
    ovsint_only || return 0
    docker rm -f c1
    start_container c2 one --ip 10.50.0.20 -p 5353:53/udp
    serve c2 udp 53
    wait_until 10 grep -q "^c2 " "$T/answers"
}

# bats test_tags=long
@test "a container on two networks publishes on one of them" {
    nat_network one 50
    nat_network two 60
    docker create --name c1 --network one -p 8080:80 busybox sleep 3600
    docker network connect two c1
    docker start c1
    serve c1 tcp 80
    says "c1 80 $OUT4" ask outside tcp "$HOST4" 8080
    docker network disconnect one c1
    says "c1 80 $OUT4" ask outside tcp "$HOST4" 8080
    docker network connect one c1
    says "c1 80 $OUT4" ask outside tcp "$HOST4" 8080
}
