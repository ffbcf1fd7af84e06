# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2153,SC2154
#
# The stage of published ports. Who is measured: ovsint, a network of ours with
# mode=nat, and user, one of Docker's driver bridge. Clients are in a namespace
# that plays the outside. They take turns within each round.

TALK=$BENCH_PROGRAMS/tests/e2e/programs/talk
nat_who=(ovsint user)
RATE_MS=2000
RATE_CLIENTS=8

prepare_nat() {
    mkdir -p /run/docker-data
    outside_make
    plugin start
    dockerd start --bridge= --iptables=true
    tar -C "$ROOTFS" -c . | /usr/bin/docker import - busybox >/dev/null
    docker network create -d ovsint --subnet 10.9.0.0/24 ovsint >/dev/null
    docker network create -d bridge --subnet 10.10.0.0/24 user >/dev/null
}

published_at() { # WHO: sets port, of the host
    port=8080
    [ "$1" = ovsint ] || port=8090
}

# A container that answers at two published ports: talk, and iperf3.
nat_serve() { # WHO
    local port pid
    published_at "$1"
    docker run -d --name "$1" --network "$1" -p "$port:80" \
        -p "$((port + 1)):5201" busybox sleep 3600 >/dev/null
    pid=$(container_pid "$1")
    nsenter --net="/proc/$pid/ns/net" "$TALK" serve "$1" tcp 80 \
        </dev/null >"$D/talk-$1" 2>&1 3>&- &
    nsenter --net="/proc/$pid/ns/net" iperf3 --server --forceflush \
        </dev/null >"$D/iperf-$1" 2>&1 3>&- &
    wait_until 5 grep -q ready "$D/talk-$1"
    wait_until 5 grep -q listening "$D/iperf-$1"
    [ "$(at outside "$TALK" ask tcp "$HOST4" "$port")" = "$1 80 $OUT4" ]
}

connections() {
    local i who port rate
    say "new connections through a published port, $ROUNDS_NAT rounds"
    for ((i = 0; i <= ROUNDS_NAT; i++)); do
        for who in "${nat_who[@]}"; do
            published_at "$who"
            rate=$(at outside "$TALK" rate "$HOST4" "$port" "$RATE_MS" \
                "$RATE_CLIENTS")
            [ "$i" = 0 ] || emit connections who "$who" rate "$rate"
        done
    done
}

published_throughput() {
    local i who port json
    say "throughput through a published port, $ROUNDS_NAT rounds"
    for ((i = 0; i <= ROUNDS_NAT; i++)); do
        for who in "${nat_who[@]}"; do
            published_at "$who"
            json=$(at outside iperf3 --client "$HOST4" --port $((port + 1)) \
                --time 2 --json)
            [ "$i" = 0 ] || emit published_throughput who "$who" bps "$(jq \
                '.end.sum_received.bits_per_second | floor' <<<"$json")"
        done
    done
}

# What 1000 published ports add to a container that begins and ends.
publish() {
    local i who ports wall rest way
    say "a container with 1000 published ports, $ROUNDS_PUBLISH rounds"
    for ((i = 0; i < ROUNDS_PUBLISH; i++)); do
        for who in "${nat_who[@]}"; do
            for ports in 0 1000; do
                way=()
                [ "$ports" = 0 ] || way=(-p "20000-20999:20000-20999")
                read -r wall rest < <("$DRIVER" run /dev/null /usr/bin/docker \
                    run -d --name many --network "$who" "${way[@]}" busybox \
                    sleep 3600)
                emit publish who "$who" ports "$ports" what start wall "$wall"
                read -r wall rest < <("$DRIVER" run /dev/null /usr/bin/docker \
                    rm -f many)
                emit publish who "$who" ports "$ports" what remove wall "$wall"
            done
        done
    done
}
