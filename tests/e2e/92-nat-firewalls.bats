#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Rules of others beside ours: they are passed where that is needed, nothing
# else of the host is opened, and what somebody takes from us comes back.

load lib
load plugin
load docker
load outside
load nat

setup_file() { nat_setup_file nft; }
setup() { docker_begin; }
teardown() {
    nft -f - <<<"add table inet other; delete table inet other"
    dmz_end
    [ ! -e "$T/sysctls" ] || forwarding_as_before
    nat_end
}
teardown_file() { docker_teardown_file; }

nat_container() { # with port 8080
    nat_network one 50
    start_container c1 one -p 8080:80
    serve c1 tcp 80-81
}

works_in() { # FAMILY
    local host=HOST$1 far=FAR$1
    [ "$(ask outside tcp "${!host}" 8080)" ] && [ "$(ask c1 tcp "${!far}" 90)" ]
}

works() { works_in 4 && works_in 6; }

# Another network behind this host, which its administrator forwards nothing to.
dmz_begin() {
    ip netns add dmz
    ip link add dmz0 type veth peer name eth0 netns dmz
    ip addr add 10.99.0.1/24 dev dmz0
    ip link set dmz0 up
    ip -n dmz addr add 10.99.0.2/24 dev eth0
    ip -n dmz link set eth0 up
    ip -n dmz route add default via 10.99.0.1
    ip -n outside route add 10.99.0.0/24 via "$HOST4"
    nsenter --net=/run/netns/dmz "$TALK" serve dmz tcp 80 \
        </dev/null >"$T/dmz" 2>&1 3>&- 4>&- &
    echo $! >>"$T/servers"
    wait_until 5 grep -q ready "$T/dmz"
}

dmz_end() {
    [ -e /run/netns/dmz ] || return 0
    serve_end
    ip netns del dmz
    ip link del dmz0 2>/dev/null || true
    ip -n outside route del 10.99.0.0/24 2>/dev/null || true
}

@test "dockerd forwards nothing by default: our networks pass, no others" {
    iptables -S FORWARD | grep -x -- '-P FORWARD DROP'
    ip6tables -S FORWARD | grep -x -- '-P FORWARD DROP'
    dmz_begin
    no_answer outside tcp 10.99.0.2 80
    serve outside tcp 90
    nat_container
    works
    no_answer outside tcp 10.99.0.2 80
    # The tool of those rules still understands what is there.
    iptables -n -L FORWARD
    iptables-save
    ip6tables -n -L FORWARD
    # It can be reached, were it not for those rules.
    iptables -I FORWARD -j ACCEPT
    says "dmz 80 $OUT4" ask outside tcp 10.99.0.2 80
    iptables -D FORWARD -j ACCEPT
}

@test "networks of Docker's own driver beside ours" {
    serve outside tcp 90
    nat_container
    docker network create -d bridge --subnet 10.40.0.0/24 theirs
    start_container c2 theirs -p 8090:80
    serve c2 tcp 80-81
    works
    says "c2 80 $OUT4" ask outside tcp "$HOST4" 8090
    says "outside 90 $HOST4" ask c2 tcp "$FAR4" 90
    no_answer c2 tcp "$(address_of c1 one)" 81
    no_answer c2 tcp "$(address_of c1 one)" 80
    no_answer c1 tcp "$(address_of c2 theirs)" 81
    serve_end
    docker rm -f c2
    docker network rm theirs
    # It leaves its chains.
    docker rm -f c1
    docker network rm one
    new_baseline
}

# What firewalld has for the zone of a card, but for its many jumps.
firewalld_like() {
    nft -f - <<-EOF
	table inet other {
	    chain filter_FORWARD {
	        type filter hook forward priority filter + 10; policy accept;
	        ct state { established, related } accept
	        iifname "lo" accept
	        jump zones
	        ct state invalid drop
	        reject with icmpx admin-prohibited
	    }
	    chain zones {
	        iifname "trusted0" accept
	    }
	    chain filter_INPUT {
	        type filter hook input priority filter + 10; policy accept;
	        ct state { established, related } accept
	        tcp dport 91 reject with icmpx admin-prohibited
	    }
	}
	EOF
}

@test "a firewall that rejects, there before the network" {
    firewalld_like
    serve outside tcp 90
    nat_container
    works
    # What it says of the host itself holds.
    serve host tcp 91-92
    says "host 92 *" ask c1 tcp 10.50.0.1 92
    no_answer c1 tcp 10.50.0.1 91
}

@test "a firewall that comes later, and is loaded again" {
    local n
    serve outside tcp 90
    nat_container
    works
    for n in 1 2 3; do
        firewalld_like
        wait_until 10 works
        nft delete table inet other
    done
}

@test "a table with the policy drop, of each family" {
    serve outside tcp 90
    nat_container
    nft add table ip other
    nft add chain ip other away \
        '{ type filter hook forward priority 0; policy drop; }'
    wait_until 10 works
    nft add table ip6 other
    nft add chain ip6 other away \
        '{ type filter hook forward priority -200; policy drop; }'
    wait_until 10 works
    nft delete table ip other
    nft delete table ip6 other
}

# The rules of dockerd, which it makes at its start only, as they were.
as_before() {
    serve_end
    docker rm -f c1
    docker network rm one
    (echo "flush ruleset" && cat "$T/ruleset") | nft -f -
    new_baseline
}

@test "somebody flushes the whole ruleset" {
    local n
    nft list ruleset >"$T/ruleset"
    serve outside tcp 90
    nat_container
    for n in 1 2 3; do
        works
        nft flush ruleset
        wait_until 10 rules_agree
        wait_until 10 works
    done
    as_before
}

@test "somebody takes out a part of what is ours" {
    nft list ruleset >"$T/ruleset"
    serve outside tcp 90
    nat_container
    nft flush map inet ovsint ports4
    wait_until 10 rules_agree
    wait_until 10 works
    nft flush table inet ovsint
    wait_until 10 works
    nft delete table inet ovsint
    wait_until 10 rules_agree
    wait_until 10 works
    iptables -F FORWARD
    ip6tables -F FORWARD
    wait_until 10 works
    as_before
}

@test "rules go with the last network, and with it alone" {
    local before
    before=$(nft --stateless list ruleset)
    nat_network one 50
    nat_network two 60
    start_container c1 two -p 8080:80
    serve c1 tcp 80
    docker network rm one
    says "c1 80 $OUT4" ask outside tcp "$HOST4" 8080
    serve_end
    docker rm -f c1
    docker network rm two
    diff <(echo "$before") <(nft --stateless list ruleset)
}

forwarding() { # 0|1: of the host as a whole
    echo "$1" >/proc/sys/net/ipv4/ip_forward
    # Before Linux 6.17 there is no other way for IPv6, see nat_setup_file.
    [ -e /proc/sys/net/ipv6/conf/all/force_forwarding ] || return 0
    echo "$1" >/proc/sys/net/ipv6/conf/all/forwarding
}

sysctls() {
    local file
    for file in /proc/sys/net/ipv4/ip_forward \
        /proc/sys/net/ipv[46]/conf/*/{forwarding,force_forwarding,route_localnet,accept_ra}; do
        [ ! -e "$file" ] || echo "$file $(cat "$file")"
    done
}

# What dockerd has set at its start is what other tests have.
forwarding_as_before() {
    local value file
    sysctls | diff "$T/sysctls" - | sed -n 's/^< //p' |
        while read -r file value; do echo "$value" >"$file"; done
    sysctls | diff "$T/sysctls" -
}

@test "a host that forwards nothing: its other networks stay closed" {
    sysctls >"$T/sysctls"
    iptables -P FORWARD ACCEPT
    forwarding 0
    dmz_begin
    echo 1 >/proc/sys/net/ipv4/conf/dmz0/forwarding
    no_answer outside tcp 10.99.0.2 80
    sysctls >"$T/closed"
    serve outside tcp 90
    nat_container
    works
    no_answer outside tcp 10.99.0.2 80
    serve_end
    docker rm -f c1
    docker network rm one
    sysctls | diff "$T/closed" -
    # It could be reached, by a card that forwards.
    dmz_end
    dmz_begin
    echo 1 >/proc/sys/net/ipv4/conf/dmz0/forwarding
    echo 1 >/proc/sys/net/ipv4/conf/wan0/forwarding
    says "dmz 80 $OUT4" ask outside tcp 10.99.0.2 80
    dmz_end
    iptables -P FORWARD DROP
}

@test "a host that forwards nothing, and a plugin that is killed" {
    sysctls >"$T/sysctls"
    forwarding 0
    sysctls >"$T/closed"
    serve outside tcp 90
    nat_container
    nat_network two 60
    plugin kill
    works
    plugin_start
    works
    serve_end
    docker rm -f c1
    docker network rm one
    plugin kill
    plugin_start
    docker network rm two
    sysctls | diff "$T/closed" -
}

# A container that is root in its namespace sends what is meant for the host's
# own 127.0.0.1, by its gateway.
spoof_loopback() { # WHERE GATEWAY
    at "$1" sh -c "
        ip addr del 127.0.0.1/8 dev lo
        echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet
        ip route add 127.0.0.1 via $2"
}

@test "nobody reaches what the host keeps to itself" {
    serve host tcp 91
    nat_container
    says "c1 80 *" ask host tcp 127.0.0.1 8080
    spoof_loopback c1 10.50.0.1
    no_answer c1 tcp 127.0.0.1 91
    no_answer c1 tcp 127.0.0.1 8080
    # The way is right: without the rule that drops it, it would arrive.
    echo 1 >/proc/sys/net/ipv4/conf/wan0/route_localnet
    spoof_loopback outside "$HOST4"
    says "host 91 $OUT4" ask outside tcp 127.0.0.1 91
    at outside ip route del 127.0.0.1
    at outside ip addr add 127.0.0.1/8 dev lo
    echo 0 >/proc/sys/net/ipv4/conf/wan0/route_localnet
}

@test "a ruleset that changes all the time costs no more than a look now and then" {
    local before i
    nat_container
    before=$(plugin_ticks)
    for ((i = 0; i < 300; i++)); do
        echo "add table inet other; delete table inet other"
    done | nft -i >/dev/null
    says "c1 80 $OUT4" ask outside tcp "$HOST4" 8080
    rules_agree
    [ $(($(plugin_ticks) - before)) -lt 200 ] ||
        fail "the plugin took $(($(plugin_ticks) - before)) ticks of 10 ms"
}

plugin_ticks() { awk '{print $14 + $15}' "/proc/$(plugin_pid)/stat"; }
