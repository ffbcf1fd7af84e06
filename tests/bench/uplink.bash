# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2153,SC2154
#
# The stages `uplink` and `uplink-kernel`: for how long the host is cut off when
# its only card goes to a bridge. A datagram goes to somebody outside every two
# milliseconds, and one TCP connection carries data; what is told is the longest
# gap. `ovsint uplink move` and a script that knows the order take turns.

OVSINT=$BENCH_PROGRAMS/ovsint
CHECKSUMS=$BENCH_PROGRAMS/tests/e2e/programs/checksums
HOST=198.51.100.1 OUTSIDE=198.51.100.80

is_outside() { # PID
    [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

wire_begin() {
    ip netns add wire
    ip link add card0 type veth peer name far0 netns wire
    ip address add "$HOST/24" dev card0
    ip link set card0 up
    ip -n wire address add "$OUTSIDE/24" dev far0
    ip -n wire link set far0 up
    # offload.h: a veth pair on the userspace datapath
    ip netns exec wire "$CHECKSUMS" far0 off >/dev/null
    ip route add default via "$OUTSIDE"
    ip netns exec wire sleep 3600 &
    wire=$!
    wait_until 5 is_outside "$wire"
    coproc PROBING { exec "$PROBE" 2 "$wire" "$OUTSIDE" $$ \
        2>"$D/probe" 3>&- 4>&-; }
    probe_in=${PROBING[1]} probe_out=${PROBING[0]}
    read -r -t 60 -u "$probe_out" line && [ "$line" = ready ] ||
        fail "probe: $(cat "$D/probe")"
}

wire_end() {
    traffic_stop
    kill "$wire" 2>/dev/null || true
    ip link delete card0
    ip netns delete wire
}

# The same by hand, as quick as commands can: the access port is complete before
# the card is on the bridge, and its route follows at once.
hand_move() {
    vsctl add-port br0 acc0 -- set Interface acc0 type=internal
    ip link set acc0 up
    ip address add "$HOST/24" dev acc0
    vsctl add-port br0 card0
    ip route replace default via "$OUTSIDE" dev acc0
    ip address delete "$HOST/24" dev card0
    # Both went with the address.
    ip route replace 198.51.100.0/24 dev acc0 src "$HOST"
    ip route replace default via "$OUTSIDE" dev acc0
    busybox arping -q -U -c 1 -I acc0 "$HOST" >/dev/null || true
}

hand_undo() {
    ip address add "$HOST/24" dev card0
    ip address delete "$HOST/24" dev acc0
    vsctl del-port br0 card0 -- del-port br0 acc0
    ip route replace 198.51.100.0/24 dev card0 src "$HOST"
    ip route replace default via "$OUTSIDE" dev card0
    busybox arping -q -U -c 1 -I card0 "$HOST" >/dev/null || true
}

ovsint_move() {
    "$OVSINT" uplink move card0 br0 --confirm-within 0 >/dev/null
}

ovsint_undo() { "$OVSINT" uplink undo >/dev/null; }

gap_of() { # WHO VERB
    ask_probe reset
    "$1_$2"
    sleep 0.5 # time: what is cut off for longer is seen all the same
    ask_probe report
    jq -c --arg who "$1" --arg verb "$2" --arg stage "$STAGE" \
        '{section: "cut_off", $stage, $who, $verb, longest_ms}' <<<"$answer"
}

cut_off() {
    local i who turn=(ovsint hand)
    say "a card goes to a bridge and back, $ROUNDS rounds"
    wire_begin
    sleep 1 # time: the first packets wait for ARP
    for ((i = 0; i < ROUNDS; i++)); do
        turn=("${turn[1]}" "${turn[0]}")
        for who in "${turn[@]}"; do
            gap_of "$who" move
            gap_of "$who" undo
        done
    done
    wire_end
}
