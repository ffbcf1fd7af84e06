# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2153,SC2154
#
# What a source guard costs: two of everything, `off` and `full`, which differ in
# guard alone and take turns within each round.

guard_who=(off full)
: "${ROUNDS_GUARD:=8}"
# The two take turns: so many short measurements tell more than a few long ones.
guard_seconds=1

guard_attach() { # off|full: attaches the container; sets wall and cpu
    local user system rss
    write_state "$state" "\"ovsint.bridge\":\"br0\",\"ovsint.ip\":\"$cidr\",
        \"ovsint.mtu\":\"$MTU\",\"ovsint.guard\":\"$1\""
    read -r wall user system rss < <("$DRIVER" run "$state" "$HOOK" createRuntime)
    cpu=$((user + system))
}

guard_detach() { "$DRIVER" run "$state" "$HOOK" poststop >/dev/null; }

guard_attaches() {
    local i who wall cpu
    say "attaches with and without a guard, $ROUNDS rounds"
    for ((i = 0; i <= ROUNDS; i++)); do
        for who in "${guard_who[@]}"; do
            new_container
            settle
            guard_attach "$who"
            [ "$i" = 0 ] || emit guard_attach who "$who" wall "$wall" cpu "$cpu"
            guard_detach
            wait_until 20 gone
            end_containers "$pid"
        done
    done
}

# Both send to a third one, which has no guard.
guard_traffic() {
    local i who wall cpu server address rate
    declare -A from
    say "traffic with and without a guard, $ROUNDS_GUARD rounds"
    new_container
    guard_attach off
    server=$pid address=${cidr%/*}
    nsenter --net="/proc/$server/ns/net" "$TALK" serve bench tcp 80 \
        </dev/null >"$D/talk" 2>&1 3>&- &
    wait_until 5 grep -q ready "$D/talk"
    for who in "${guard_who[@]}"; do
        new_container
        guard_attach "$who"
        from[$who]=$pid
    done
    settle
    for ((i = 0; i <= ROUNDS_GUARD; i++)); do
        for who in "${guard_who[@]}"; do
            rate=$(nsenter --net="/proc/${from[$who]}/ns/net" "$TALK" rate \
                "$address" 80 $((guard_seconds * 1000)) "$RATE_CLIENTS")
            [ "$i" = 0 ] || emit guard_connections who "$who" rate "$rate"
            rate=$(transfer "${from[$who]}" "$server" "$address" "$guard_seconds")
            [ "$i" = 0 ] || emit guard_throughput who "$who" bps "$rate"
        done
    done
    end_containers "$server" "${from[@]}"
}

# From the start of ovs-vswitchd until the guardian rests: all containers have
# their devices again, and with them their flows.
guard_restart() { # PORTS
    local i who wall cpu begin held
    say "a restart of the switch, $1 ports with and without a guard"
    for who in "${guard_who[@]}"; do
        mapfile -t held < <("$DRIVER" hold "$1")
        for ((i = 0; i < $1; i++)); do
            new_container "${held[i]}"
            guard_attach "$who"
            cp "$state" "$state-$i"
        done
        plugin start
        rests
        for ((i = 0; i < 3; i++)); do
            vswitchd stop
            begin=${EPOCHREALTIME/./}
            vswitchd start
            wait_until 120 has_come_to_rest # with 1,000 ports much longer than a test waits
            emit guard_restart who "$who" ports "$1" \
                wall $((${EPOCHREALTIME/./} - begin))
        done
        plugin stop
        for ((i = 0; i < $1; i++)); do
            "$DRIVER" run "$state-$i" "$HOOK" poststop >/dev/null
        done
        end_containers "${held[@]}"
        settle
    done
}
