# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2153,SC2154
#
# The stage `ovn`: what a logical switch adds to an attach, on one host with OVN's
# central databases beside it. Who is measured: plain (ovsint-hook on a bridge), ovn
# (ovsint-hook with a logical switch, until `ovn-installed`), hand (ovn-nbctl and
# ovs-vsctl at once, until the same; an address besides). They take turns. The
# ports that are there already are logical ports of this host, with the flows of
# each; that of br0 has none.

ovn_who=(plain ovn hand)

# ovn-northd and ovn-controller have done all that was asked for.
ovn_rests() {
    settle
    nb --wait=hv sync
    settle
}

fill_logical() { # FROM TO
    local i name mac addr logical=() rows=()
    for ((i = $1 + 1; i <= $2; i++)); do
        name=full$i
        mac=$(printf '02:f0:00:00:%02x:%02x' $((i / 256)) $((i % 256)))
        addr="$mac 10.9.$((100 + i / 250)).$((i % 250 + 1))"
        logical+=(-- lsp-add web "$name" -- lsp-set-addresses "$name" "$addr"
            -- lsp-set-port-security "$name" "$addr"
            -- lsp-set-options "$name" requested-chassis=h1)
        rows+=(-- add-port br-int "$name" -- set Interface "$name"
            type=internal external_ids:iface-id="$name")
        ((i % 50 == 0 || i == $2)) || continue
        nb "${logical[@]}"
        ovs-vsctl -vtimeval:off "${rows[@]}"
        logical=() rows=()
    done
    for ((i = $1 + 1; i <= $2; i++)); do
        echo "link set dev full$i up netns $parked"
    done | ip -batch -
    ovn_rests
}

ovn_state() { # plain|ovn
    local on='"ovsint.bridge":"br0"'
    [ "$1" = plain ] || on='"ovsint.ovn":"web"'
    write_state "$state" "$on,\"ovsint.ip\":\"$cidr\",\"ovsint.mtu\":\"$MTU\""
}

# By hand nothing is undone, guarded or reserved.
ovn_by_hand() { # attach|detach
    if [ "$1" = detach ]; then
        nb lsp-del "$port" &
        vsctl --no-wait del-port br-int "$port"
        wait $!
        return
    fi
    local addr
    addr="$(mac) ${cidr%/*}"
    nb lsp-add web "$port" -- lsp-set-addresses "$port" "$addr" \
        -- lsp-set-port-security "$port" "$addr" \
        -- lsp-set-options "$port" requested-chassis=h1 &
    vsctl add-port br-int "$port" -- set Interface "$port" type=internal \
        external_ids:iface-id="$port"
    ip link set "$port" netns "$pid" address "$(mac)" mtu "$MTU"
    nsenter --net="/proc/$pid/ns/net" ip -batch - <<-END
	addr add $cidr dev $port
	link set $port up
	END
    vsctl wait-until Interface "$port" external_ids:ovn-installed=true
    wait $!
}

ovn_sample() { # WHO attach|detach PORTS
    local wall user system rss stage=createRuntime begin
    [ "$2" = attach ] || stage=poststop
    if [ "$1" = hand ]; then
        begin=${EPOCHREALTIME/./}
        ovn_by_hand "$2"
        wall=$((${EPOCHREALTIME/./} - begin)) user=0 system=0
    else
        ovn_state "$1"
        read -r wall user system rss < <("$DRIVER" run "$state" "$HOOK" "$stage")
    fi
    emit ovn who "$1" verb "$2" ports "$3" wall "$wall" cpu $((user + system))
}

ovn_round() { # PORTS
    local who holders
    mapfile -t holders < <("$DRIVER" hold ${#ovn_who[@]})
    for who in "${!ovn_who[@]}"; do
        new_container "${holders[who]}"
        who=${ovn_who[who]}
        ovn_rests
        ovn_sample "$who" attach "$1"
        check "$who"
        ovn_rests
        ovn_sample "$who" detach "$1"
        wait_until 20 gone
    done
    end_containers "${holders[@]}"
}

ovn_attaches() { # PORTS
    local i rounds=$ROUNDS
    [ "$1" -lt 1000 ] || rounds=$ROUNDS_LOADED
    say "attaches with $1 logical ports, $rounds rounds"
    ovn_round "$1" >/dev/null # warms the caches
    for ((i = 0; i < rounds; i++)); do
        ovn_round "$1"
        ovn_who=("${ovn_who[@]:1}" "${ovn_who[0]}") # nobody is always first
    done
}
