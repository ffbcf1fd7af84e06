# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2153,SC2154
#
# The sections of ovsint-plugin. Who is measured: plugin, called over its socket
# as Docker does, and floor (cycles_floor.c); and `docker run` on no network
# (none), a network of ours (ovsint), one of ours with ready ports (pooled), the
# default one (docker0) and another one of Docker's driver bridge (user). They take
# turns within each round.

CYCLES=$BENCH_PROGRAMS/tests/bench/cycles
PLUGIN=$BENCH_PROGRAMS/ovsint-plugin
NETWORK=$(printf '%064x' 0xbe)
POOLED_NETWORK=$(printf '%064x' 0xbd)
T=$D # where plugin.bash of the e2e tests puts answers

prepare_plugin() {
    plugin start
    create_network "$NETWORK" '{"bridge": "br0"}' '{"IPv4Data": [{
        "AddressSpace": "LocalDefault", "Pool": "10.64.0.0/10",
        "Gateway": "10.127.255.254/10"}]}' >/dev/null
}

# Another network, of which ports are kept ready.
prepare_pooled() {
    create_network "$POOLED_NETWORK" '{"bridge": "br0", "vlan": "7",
        "pool": "16"}' '{"IPv4Data": [{"AddressSpace": "LocalDefault",
        "Pool": "10.64.0.0/10", "Gateway": "10.127.255.254/10"}]}' >/dev/null
}

# Sets NAME to a name that the plugin could have given to port I; a device with
# another one is none of its business.
name_port() { # I
    printf -v NAME '%013d' "$1"
    NAME=${NAME//0/a} NAME=${NAME//1/b} NAME=${NAME//8/c}
    NAME=oi${NAME//9/d}
}

# As if each belonged to a running container: rows as the plugin writes them.
fill_endpoints() { # FROM TO
    local i name id pair ids arguments=()
    for ((i = $1 + 1; i <= $2; i++)); do
        name_port "$i"
        name=$NAME
        id=$(printf '%064x' "$i")
        ids="ovsint-owner=docker ovsint-boot=$BOOT ovsint-endpoint=$id"
        arguments+=(-- add-port br0 "$name" -- set Interface "$name"
            type=internal)
        for pair in $ids; do arguments+=("external_ids:\"${pair/=/\"=\"}\""); done
        arguments+=("external_ids:\"ovsint-network\"=\"$NETWORK\""
            "external_ids:\"ovsint-netns\"=\"/proc/$parked/ns/net\""
            "external_ids:\"attached-mac\"=\"$(printf '02:b1:00:00:%02x:%02x' \
                $((i / 256)) $((i % 256)))\""
            'external_ids:"ovsint-spec"="{\"ifname\":\"eth0\",\"bridge\":\"br0\"}"'
            "external_ids:\"iface-id\"=\"$id\"" -- set Port "$name")
        for pair in $ids; do arguments+=("external_ids:\"${pair/=/\"=\"}\""); done
        arguments+=("external_ids:\"ovsint-segment\"=\"br0/0\""
            "external_ids:\"ovsint-ip-10.126.$((i / 250)).$((i % 250 + 1))\"=\"br0/0\"")
    done
    ovs-vsctl -vtimeval:off "${arguments[@]}"
    for ((i = $1 + 1; i <= $2; i++)); do
        name_port "$i"
        printf 'link set dev %s address 02:b1:00:00:%02x:%02x up netns %d\n' \
            "$NAME" $((i / 256)) $((i % 256)) "$parked"
    done | ip -batch -
    settle
}

cycle() { # WHO CLIENTS CYCLES: prints what tests/bench/cycles does
    local first=$((serial * 100 + 1))
    serial=$((serial + 1 + $2 * $3 / 100))
    cycled=$("$CYCLES" "$1" "${way[@]}" "$2" "$3" "$first")
}

by_pooled() { # CLIENTS CYCLES
    local way=("$PLUGIN_SOCKET" "$POOLED_NETWORK")
    wait_until 20 pool_is_full
    cycle plugin "$@"
}

# Sets cycled.
by_plugin() { # CLIENTS CYCLES
    local way=("$PLUGIN_SOCKET" "$NETWORK")
    cycle plugin "$@"
}

by_floor() { # CLIENTS CYCLES
    local way=("$OVS_RUNDIR/db.sock" "$NETWORK" "${bridge:-br0}" "$BOOT")
    cycle floor "$@"
}

endpoints() { # PORTS
    local i who cycled create join leave delete rest
    say "life cycles of an endpoint with $1 ports, $ROUNDS rounds"
    for ((i = 0; i <= ROUNDS; i++)); do
        for who in plugin pooled floor; do
            settle
            "by_$who" 1 1
            read -r create join leave delete rest <<<"$cycled"
            [ "$i" = 0 ] || emit endpoints who "$who" ports "$1" \
                create "$create" join "$join" leave "$leave" delete "$delete" \
                wall $((create + join + leave + delete))
        done
    done
}

clients() { # PORTS
    local i who count cycled
    say "64 clients against one, ports: $1"
    for ((i = 0; i < ROUNDS_CLIENTS; i++)); do
        for who in plugin floor; do
            for count in 1 64; do
                settle
                "by_$who" "$count" $((count == 1 ? 32 : 2))
                emit clients who "$who" ports "$1" clients "$count" \
                    cycles $((count == 1 ? 32 : 128)) us "${cycled##*wall }"
            done
        done
    done
}

# ---- what the plugin takes -----------------------------------------------------

sleeps() { awk '/^voluntary/ {print $2}' "/proc/$(plugin_pid)/status"; }

# 10000 lives of endpoints. Their ports are dummies of Open vSwitch, without a
# device, as the kernel would take most of the time.
steady() {
    local i before memory=() descriptors=() cycled
    local network way dummies=steady
    say "10000 lives of endpoints"
    vswitchd stop
    ovs_daemon ovs-vswitchd start "unix:$OVS_RUNDIR/db.sock" --enable-dummy
    vsctl add-br "$dummies" -- set Bridge "$dummies" datapath_type=dummy
    network=$(printf '%064x' 0xbf)
    create_network "$network" "{\"bridge\": \"$dummies\"}" '{"IPv4Data": [{
        "AddressSpace": "LocalDefault", "Pool": "10.64.0.0/10",
        "Gateway": "10.127.255.254/10"}]}' >/dev/null
    way=("$PLUGIN_SOCKET" "$network")
    for i in 20 180; do
        cycle plugin 50 "$i"
        memory+=("$(plugin_number VmRSS)")
        descriptors+=("$(plugin_number fds)")
    done
    sleep 1
    before=$(sleeps)
    sleep 5
    emit steady first "${memory[0]}" last "${memory[1]}" \
        first_fds "${descriptors[0]}" last_fds "${descriptors[1]}" \
        wakeups $(($(sleeps) - before))
    NETWORK=$network bridge=$dummies clients "no device"
    call DeleteNetwork "$(ids_json "$network")" >/dev/null
    vsctl del-br "$dummies"
    vswitchd restart
}

# ---- docker run ------------------------------------------------------------

# Its own bridges and rules, as it makes them by default.
prepare_docker() {
    mkdir -p /run/docker-data
    dockerd start --bridge= --iptables=true
    tar -C "$ROOTFS" -c . | /usr/bin/docker import - busybox >/dev/null
    docker network create -d ovsint -o bridge=br0 --subnet 10.9.0.0/24 ours \
        >/dev/null
    docker network create -d ovsint -o bridge=br0 -o vlan=7 -o pool=16 \
        --subnet 10.11.0.0/24 ready >/dev/null
    docker network create -d bridge -o com.docker.network.bridge.name=user0 \
        --subnet 10.10.0.0/24 theirs >/dev/null
}

fill_docker() { # FROM TO
    local i bridge
    for bridge in docker0 user0; do
        for ((i = $1 + 1; i <= $2; i++)); do
            echo "link add name $bridge-$i up master $bridge type veth" \
                "peer name in-$bridge-$i netns $parked"
        done
    done | ip -batch -
    for bridge in docker0 user0; do
        for ((i = $1 + 1; i <= $2; i++)); do
            echo "link set dev in-$bridge-$i up"
        done
    done | nsenter --net="/proc/$parked/ns/net" ip -batch -
}

docker_run() { # NETWORK: microseconds
    local wall rest
    read -r wall rest < <("$DRIVER" run /dev/null /usr/bin/docker run --rm \
        --network "$1" busybox true)
    echo "$wall"
}

containers() { # PORTS
    local i who wall
    say "docker run with $1 ports, $ROUNDS_LOADED rounds"
    declare -A of=([none]=none [ovsint]=ours [pooled]=ready [user]=theirs
        [docker0]=bridge)
    for ((i = 0; i <= ROUNDS_LOADED; i++)); do
        for who in none ovsint pooled docker0 user; do
            [ "$who" != pooled ] || wait_until 20 pool_is_full
            wall=$(docker_run "${of[$who]}")
            [ "$i" = 0 ] || emit containers who "$who" ports "$1" wall "$wall"
        done
    done
}
