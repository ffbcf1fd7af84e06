#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# A dockerd that makes its rules with the iptables of old: they do not show in
# nftables, and what they drop stays dropped whatever nftables accept.

load ../lib/base
load ../lib/plugin
load ../lib/docker
load ../lib/outside
load ../lib/nat

# Docker 28 sets the policy of a family only if it has switched on its forwarding itself.
setup_file() {
    local tool
    host_firewall legacy
    for tool in iptables ip6tables; do
        "$tool" -P FORWARD DROP
    done
    nat_setup_file legacy
}
setup() { docker_begin; }
teardown() { nat_end; }
teardown_file() { docker_teardown_file; }

rules_of() { "$1-legacy" -S FORWARD | grep ovsint || true; }

@test "the policy is drop: our networks pass, and leave no rule" {
    local tool
    iptables --version | grep legacy
    for tool in iptables ip6tables; do
        "$tool" -S FORWARD | grep -x -- '-P FORWARD DROP'
        "$tool-save" | plain_rules >"$T/$tool"
    done
    serve outside tcp 80
    nat_network one 50
    start_container c1 one -p 8080:80
    serve c1 tcp 80
    says "outside 80 $HOST4" ask c1 tcp "$FAR4" 80
    says "outside 80 $HOST6" ask c1 tcp "$FAR6" 80
    says "c1 80 $OUT4" ask outside tcp "$HOST4" 8080
    says "c1 80 $OUT6" ask outside tcp "$HOST6" 8080
    says "c1 80 *" ask host tcp 127.0.0.1 8080
    ! ovsint_only || for tool in iptables ip6tables; do
        rules_of "$tool" | sort | diff - <(printf '%s\n' \
            '-A FORWARD -i ovsint-+ -j ACCEPT' '-A FORWARD -o ovsint-+ -j ACCEPT')
        "$tool" -n -L FORWARD
    done
    serve_end
    docker rm -f c1
    docker network rm one
    ! ovsint_only || for tool in iptables ip6tables; do
        "$tool-save" | plain_rules | diff "$T/$tool" -
    done
}

# bats test_tags=long
@test "beside networks of Docker's own driver" {
    nat_network one 50
    docker network create -d bridge --subnet 10.40.0.0/24 theirs
    start_container c1 one -p 8080:80
    start_container c2 theirs -p 8090:80
    serve c1 tcp 80-81
    serve c2 tcp 80-81
    says "c1 80 $OUT4" ask outside tcp "$HOST4" 8080
    says "c2 80 $OUT4" ask outside tcp "$HOST4" 8090
    no_answer c2 tcp "$(address_of c1 one)" 81
    no_answer c1 tcp "$(address_of c2 theirs)" 81
    serve_end
    docker rm -f c2
    docker network rm theirs
    # It leaves its chains.
    docker rm -f c1
    docker network rm one
    new_baseline
}

ours_last() { iptables -S FORWARD | tail -2 | grep -c ovsint | grep -x 2; }

# A rule behind ours is seen when the chain is looked at again, and the one
# before them has been by then, too.
# bats test_tags=long
@test "bans of the administrator hold, in each chain" {
    local chain
    nat_network one 50
    start_container c1 one -p 8080:80
    serve c1 tcp 80
    for chain in DOCKER-USER FORWARD; do
        says "c1 80 $OUT4" ask outside tcp "$HOST4" 8080
        iptables -I "$chain" -s "$OUT4" -j DROP
        no_answer outside tcp "$HOST4" 8080
        iptables -D "$chain" -s "$OUT4" -j DROP
    done
    ! ovsint_only || {
        iptables -A FORWARD -s "$OUT4" -j DROP
        wait_until 30 ours_last
        no_answer outside tcp "$HOST4" 8080
        iptables -D FORWARD -s "$OUT4" -j DROP
    }
    says "c1 80 $OUT4" ask outside tcp "$HOST4" 8080
}

# As iptables does it, until it is told to end.
hold_lock() {
    flock --exclusive /run/xtables.lock sleep 600 \
        </dev/null >/dev/null 2>&1 3>&- 4>&- &
    locker=$!
    echo "$locker" >>"$T/servers"
    wait_until 5 not flock --nonblock /run/xtables.lock true
}

# bats test_tags=long
@test "it waits for others who change the rules" {
    local creator
    ovsint_only || return 0
    hold_lock
    # Not by Docker, which runs iptables for each network itself.
    create_network "$(net_id 1)" '{"mode": "nat"}' >"$T/network" 2>&1 3>&- 4>&- &
    creator=$!
    wait_until 5 host_port_is_there
    answers
    pkill -P "$locker"
    wait "$creator" || fail "$(cat "$T/network")"
    [ "$(rules_of iptables | wc -l)" = 2 ]
    [ "$(rules_of ip6tables | wc -l)" = 2 ]
    delete_network "$(net_id 1)"
}

host_port_is_there() { grep ovsint- /proc/net/dev; }
