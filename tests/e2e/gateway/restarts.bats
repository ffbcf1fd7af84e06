#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# NAT and published ports while the plugin, the switch, its database or dockerd
# die, restart or are away.
# bats file_tags=slow

load ../lib/base
load ../lib/plugin
load ../lib/docker
load ../lib/outside
load ../lib/nat
load ../lib/crashes

setup_file() { nat_setup_file nft; }
setup() { docker_begin; }
teardown() {
    ovs_heal
    nat_end
}
teardown_file() { docker_teardown_file; }

begin() {
    serve outside tcp 90
    nat_network one 50
    start_container c1 one -p 8080:80
    serve c1 tcp 80
    works
}

works() {
    [ "$(ask outside tcp "$HOST4" 8080)" = "c1 80 $OUT4" ] &&
        [ "$(ask outside tcp "$HOST6" 8080)" = "c1 80 $OUT6" ] &&
        [ "$(ask c1 tcp "$FAR4" 90)" = "outside 90 $HOST4" ] &&
        [ "$(ask c1 tcp "$FAR6" 90)" = "outside 90 $HOST6" ]
}

# The one internal port that stays on the host.
host_port() { sed -nE 's/^ *(ovsint-[^:]+):.*/\1/p' /proc/net/dev; }

# bats test_tags=long
@test "while the plugin is away the network works, and it comes back to it" {
    local before
    begin
    hold outside "$HOST4" 8080
    before=$(nft --stateless list table inet ovsint)
    plugin kill
    works
    plugin_start
    wait_until 10 works
    rules_agree
    wait_until 5 same_rules "$before"
    plugin restart
    wait_until 10 works
    wait_until 5 same_rules "$before"
    holds
}

same_rules() { # TEXT
    diff <(echo "$1") <(nft --stateless list table inet ovsint)
}

# bats test_tags=long
@test "what goes while no plugin can know is gone when it can" {
    nft list ruleset >"$T/ruleset"
    begin
    start_container c2 one -p 8081:80 -p 8082:82/udp
    serve_end
    docker_forgets kill c2
    plugin_start
    wait_until 20 rules_agree
    no_answer outside tcp "$HOST4" 8081
    published | check_published c1
    plugin kill
    nft flush ruleset
    plugin_start
    wait_until 10 rules_agree
    serve c1 tcp 80
    serve outside tcp 90
    wait_until 10 works
    serve_end
    docker rm -f c1 c2
    docker network rm one
    (echo "flush ruleset" && cat "$T/ruleset") | nft -f -
    new_baseline
}

check_published() { [ "$(wc -l)" = 2 ]; }

# Of the calls of a plugin that is asked to publish, some; all with CRASHES=all.
# bats test_tags=long
@test "the plugin is killed while it publishes a port" {
    local name number tracer run count=0
    nat_network one 50
    start_container other one -p 9000:90
    publish_places >"$T/places"
    sampled 4 <"$T/places" >"$T/sample"
    [ -s "$T/sample" ]
    while read -r name number; do
        strace -f -qq -o /dev/null -p "$(plugin_pid)" -e "trace=$name" \
            -e "inject=$name:signal=KILL:when=$number" 2>/dev/null 3>&- 4>&- &
        tracer=$!
        wait_until 5 plugin_is_traced
        docker run -d --name c1 --network one -p 8080:80 -p 8081:81/udp busybox \
            sleep 3600 >"$T/output" 2>&1 &
        run=$!
        # The plugin dies there, or did not get there: then it must not get there later.
        wait_until 40 ended_or_dead "$run"
        kill "$tracer" 2>/dev/null || true
        wait "$tracer" || true
        if plugin_dead; then
            count=$((count + 1))
            plugin_start
        fi
        wait "$run" || true
        wait_until 10 rules_agree
        docker rm -f c1 >/dev/null
        wait_until 10 rules_agree
        plugin stop
        plugin start
    done <"$T/sample"
    echo "killed at $count places of $(wc -l <"$T/sample")"
    [ "$count" -ge 4 ]
}

ended_or_dead() { ! kill -0 "$1" 2>/dev/null || plugin_gone "$(plugin_pid)"; }

plugin_is_traced() { [ "$(plugin_status TracerPid)" != 0 ]; }

# The system calls of a plugin that a container with ports is started on.
publish_places() {
    local tracer
    strace -f -qq -o "$T/trace" -p "$(plugin_pid)" 2>/dev/null 3>&- 4>&- &
    tracer=$!
    wait_until 5 plugin_is_traced
    docker run -d --name c1 --network one -p 8080:80 -p 8081:81/udp busybox \
        sleep 3600 >/dev/null
    kill "$tracer"
    wait "$tracer" || true
    docker rm -f c1 >/dev/null
    places_in "$T/trace"
}

@test "the switch restarts, is killed, and is stopped with its ports" {
    local port
    begin
    hold outside "$HOST4" 8080
    port=$(host_port)
    vswitchd restart
    wait_until 20 works
    holds
    vswitchd kill
    vswitchd start
    wait_until 20 works
    holds
    vswitchd clear_away
    vswitchd start
    wait_until 20 works
    holds
    [ "$(host_port)" = "$port" ]
}

# bats test_tags=long
@test "the database restarts" {
    begin
    hold outside "$HOST4" 8080
    ovsdb restart
    wait_until 20 works
    holds
    ovsdb kill
    ovsdb start
    wait_until 20 answers
    # The switch forwards nothing until it is connected again.
    wait_until 20 works
    holds
    serve_end
    start_container c2 one -p 8081:81
    wait_until 10 rules_agree
}

# bats test_tags=long
@test "somebody deletes the port of the host, its addresses, or takes it down" {
    local port
    begin
    port=$(host_port)
    ip addr flush dev "$port"
    wait_until 20 works
    ip link set "$port" down
    wait_until 20 works
    echo 0 >"/proc/sys/net/ipv4/conf/$port/forwarding"
    echo 1 >"/proc/sys/net/ipv4/conf/$port/forwarding"
    vsctl del-port "$port"
    wait_until 20 works
    plugin_logged repaired
}

# Both rows of a port, a host access port's and the bridge's included, but for
# what the switch says: nothing of ours may be left out where they are made anew.
said() { # PORT
    local table
    for table in Interface Port; do
        row "$table" name="$1" | jq -S '.external_ids'
    done
    row Bridge external_ids:ovsint-owner=docker | jq -S '.name, .external_ids'
}

same_said() { diff <(echo "$2") <(said "$1"); } # PORT TEXT

# bats test_tags=long
@test "somebody removes a container's port, then the bridge: what it publishes answers again" {
    local port before bridge
    begin
    hold outside "$HOST4" 8080
    port=$(docker_rows | jq -r '.[] |
        select(.external_ids["ovsint-endpoint"]).name')
    before=$(said "$port")
    grep -q '"ovsint-ports"' <<<"$before"
    grep -q '"ovsint-gateway"' <<<"$before"
    vsctl del-port "$port"
    wait_until 20 same_said "$port" "$before"
    wait_until 20 works
    rules_agree
    bridge=$(row Bridge external_ids:ovsint-owner=docker | jq -r .name)
    bridge_del "$bridge"
    wait_until 5 plugin_logged "a bridge was removed while containers live"
    bridge_add "$bridge"
    wait_until 20 same_said "$port" "$before"
    wait_until 20 works
    rules_agree
}

# bats test_tags=long
@test "dockerd is killed and started, and the containers go with it" {
    begin
    serve_end
    dockerd kill
    dockerd start
    wait_until 20 docker_agrees
    docker rm -f c1 >/dev/null
    published | diff /dev/null -
    start_container c2 one -p 8080:80
    serve c2 tcp 80
    says "c2 80 $OUT4" ask outside tcp "$HOST4" 8080
    serve_end
    docker rm -f c2
    docker network rm one
    new_baseline
}

# bats test_tags=long
@test "an address of the host comes and goes" {
    begin
    ip addr add 198.51.100.77/24 dev wan0
    says "c1 80 $OUT4" ask outside tcp 198.51.100.77 8080
    ip addr del 198.51.100.77/24 dev wan0
    # The next card that the default route goes by.
    ip link add wan1 type veth peer name eth1 netns outside
    ip addr add 192.0.2.1/24 dev wan1
    ip link set wan1 up
    ip -n outside addr add 192.0.2.80/24 dev eth1
    ip -n outside link set eth1 up
    ip route replace default via 192.0.2.80 dev wan1
    says "outside 90 192.0.2.1" ask c1 tcp "$FAR4" 90
    ip route replace default via "$OUT4" dev wan0
    ip link del wan1
}

# bats test_tags=long
@test "a container is killed, paused, restarted under load" {
    local i
    begin
    serve_end
    for i in 1 2 3; do
        docker kill c1
        docker start c1
        wait_until 10 rules_agree
        docker pause c1
        docker unpause c1
        docker restart -t 0 c1
    done
    wait_until 10 rules_agree
    serve c1 tcp 80
    serve outside tcp 90
    works
}
