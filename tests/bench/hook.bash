# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2153,SC2154
#
# The sections of ovsint-hook. Who is measured: hook (ovsint-hook), floor
# (floor.c), shell (by-hand), cni (the bridge plugin with host-local, on a Linux
# bridge in a namespace of its own). They take turns within each round, so that
# whatever else the machine does falls on all of them.

everybody=(hook floor shell cni)

sample() { # WHO attach|detach PORTS
    local wall user system rss
    read -r wall user system rss < <(run "$1" "$2")
    emit "${LATENCY:-latency}" who "$1" verb "$2" ports "$3" wall "$wall" \
        cpu $((user + system)) rss "$rss"
}

round() { # PORTS
    local who holders
    mapfile -t holders < <("$DRIVER" hold ${#everybody[@]})
    for who in "${!everybody[@]}"; do
        new_container "${holders[who]}"
        who=${everybody[who]}
        settle
        sample "$who" attach "$1"
        check "$who"
        settle
        sample "$who" detach "$1"
        wait_until 20 gone
    done
    end_containers "${holders[@]}"
}

latency() { # PORTS
    local i rounds=$ROUNDS
    [ "$1" -lt 1000 ] || rounds=$ROUNDS_LOADED
    say "${LATENCY:-latency} with $1 ports, $rounds rounds"
    round "$1" >/dev/null # warms the caches
    for ((i = 0; i < rounds; i++)); do
        round "$1"
        everybody=("${everybody[@]:1}" "${everybody[0]}") # nobody is always first
    done
}

count_work() { # WHO attach|detach LABEL
    local before=$counted
    run "$1" "$2" >/dev/null
    counted=$(reconfigured)
    emit work who "$1" verb "$3" count $((counted - before))
}

# A runtime calls poststop when the process has ended, and with it, usually, the
# namespace: then the kernel removes the device first.
work() {
    local i who counted
    say "switch work"
    counted=$(reconfigured)
    for ((i = 0; i < ROUNDS_WORK; i++)); do
        for who in "${everybody[@]}"; do
            [ "$who" = hook ] || [ "$who" = shell ] || continue
            new_container
            count_work "$who" attach attach
            count_work "$who" detach detach
            end_containers "$pid"
            new_container
            count_work "$who" attach attach
            end_containers "$pid"
            count_work "$who" detach "detach, namespace gone"
        done
    done
}

# Where the time of the floor goes, and so most of everybody else's.
phases() { # PORTS
    local i command in_netns name us
    say "phases with $1 ports"
    for ((i = 0; i < ROUNDS_LOADED; i++)); do
        new_container
        command_of floor attach
        settle
        while read -r us name; do
            emit phases phase "$name" ports "$1" us "$us"
        done < <(FLOOR_PHASES=1 "${command[@]}")
        run floor detach >/dev/null
        wait_until 20 gone
        end_containers "$pid"
    done
}

memory() {
    local i verb stage peak anon file
    say "memory"
    for ((i = 0; i < 5; i++)); do
        new_container
        single_state
        for verb in attach detach; do
            stage=createRuntime
            [ "$verb" = attach ] || stage=poststop
            read -r peak anon file _ < <("$DRIVER" mapped "$state" \
                "$HOOK" "$stage")
            emit memory verb "$verb" peak "$peak" anon "$anon" file "$file"
        done
        end_containers "$pid"
    done
}

# A state per container in $D/many.
many_containers() { # COUNT
    rm -rf "$D/many"
    mkdir "$D/many"
    mapfile -t pids < <("$DRIVER" hold "$1")
    for pid in "${pids[@]}"; do
        serial=$((serial + 1))
        id=$(printf 'bench%04d' "$serial")
        write_state "$D/many/$id.json" '"ovsint.network":"bench"'
    done
}

# Nobody may have what another has, in the rows and inside.
check_many() { # COUNT
    local rows have text
    declare -A inside=()
    rows=$(rows Port external_ids:ovsint-owner=hook)
    have=$(jq '[.[].external_ids | keys[] |
        select(startswith("ovsint-ip-10.7."))] | unique | length' <<<"$rows")
    [ "$have" = "$1" ] || fail "$have addresses in the rows of $1 containers"
    for have in "${pids[@]}"; do
        text=$(<"/proc/$have/net/fib_trie")
        [[ $text =~ \|--\ (10\.7\.[0-9.]+)$'\n'\ +/32\ host ]] ||
            fail "no address in process $have"
        inside[${BASH_REMATCH[1]}]=1
    done
    [ ${#inside[@]} = "$1" ] || fail "${#inside[@]} addresses in $1 containers"
}

many_by() { # parallel|serial COUNT PORTS
    local us
    many_containers "$2"
    settle
    us=$("$DRIVER" "$1" "$D/many" "$HOOK" createRuntime)
    emit many way "$1" verb attach ports "$3" count "$2" us "$us"
    check_many "$2"
    settle
    us=$("$DRIVER" "$1" "$D/many" "$HOOK" poststop)
    emit many way "$1" verb detach ports "$3" count "$2" us "$us"
    end_containers "${pids[@]}"
    settle
}

at_once() { # PORTS
    local i
    say "50 at once with $1 ports"
    # The last of them waits for the switch to make all.
    config '{"timeout-ms":60000,"networks":{"bench":{"bridge":"br0","mtu":1400,
        "ip":"auto","subnets":[{"subnet":"10.7.0.0/24"}]}}}'
    for ((i = 0; i < ROUNDS_MANY; i++)); do
        many_by parallel 50 "$1"
        many_by serial "$SERIAL_MANY" "$1"
    done
    config '{}'
}

transfer() { # FROM-PID TO-PID ADDRESS [SECONDS]: bit/s
    local json
    nsenter --net="/proc/$2/ns/net" iperf3 --server --one-off --daemon \
        --pidfile "$D/iperf.pid" >/dev/null
    wait_until 5 nsenter --net="/proc/$2/ns/net" \
        busybox sh -c 'netstat -ltn | grep -q :5201'
    json=$(nsenter --net="/proc/$1/ns/net" iperf3 --client "$3" --time "${4-2}" --json)
    jq '.end.sum_received.bits_per_second | floor' <<<"$json"
    wait_until 5 not test -s "$D/iperf.pid"
}

throughput() {
    local i who verb pair=()
    declare -A from to address
    say "throughput"
    for who in "${everybody[@]}"; do
        [ "$who" = hook ] || [ "$who" = shell ] || continue
        new_container
        run "$who" attach >/dev/null
        from[$who]=$pid
        pair+=("$who $id $pid $port $cidr")
        new_container
        run "$who" attach >/dev/null
        to[$who]=$pid
        address[$who]=${cidr%/*}
        pair+=("$who $id $pid $port $cidr")
    done
    settle
    for ((i = 0; i < ROUNDS_THROUGHPUT; i++)); do
        for who in "${!from[@]}"; do
            emit throughput who "$who" \
                bps "$(transfer "${from[$who]}" "${to[$who]}" "${address[$who]}")"
        done
    done
    for verb in "${pair[@]}"; do
        read -r who id pid port cidr <<<"$verb"
        run "$who" detach >/dev/null
        wait_until 20 gone
        end_containers "$pid"
    done
}
