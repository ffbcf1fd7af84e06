# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2153,SC2154
#
# The stage `rows`: instructions that ovsint-plugin executes (callgrind) when it
# starts with ports of ours in the database, and when one of their rows changes;
# as it is, and of the earlier revision in $EARLIER. No switch runs. The rows are
# as the plugin writes them and as the switch completes them, and each port's
# device is in a container, so that the guardian finds nothing to do. A change
# is made when the plugin has come to rest after the one before.

TAPS=$BENCH_PROGRAMS/tests/bench/taps
UNCONFINED=$BENCH_PROGRAMS/tests/bench/unconfined.so
ROWS_AT_ONCE=50 # as many fit into one argument
CHANGES=10      # of each kind

# Sets NAME, MAC and ENDPOINT.
row_port() { # I
    name_port "$1"
    printf -v MAC '02:b1:00:00:%02x:%02x' $(($1 / 256)) $(($1 % 256))
    printf -v ENDPOINT '%064x' "$1"
}

row_devices() { # COUNT: sets parked to who keeps them
    local i
    for ((i = 1; i <= $1; i++)); do
        row_port "$i"
        echo "$NAME $MAC"
    done >"$D/taps"
    # shellcheck disable=SC2016
    unshare --net sh -c 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
        exec "$0"' "$TAPS" <"$D/taps" >"$D/made" &
    parked=$!
    wait_until 30 grep -qx "$1" "$D/made"
    # A path for each, as each container has one.
    mkdir -p "$D/netns/0"
    for ((i = 0; i < 64; i++)); do
        ln -s "/proc/$parked/ns/net" "$D/netns/0/$i"
    done
    for ((i = 1; i <= $1 / 64; i++)); do cp -a "$D/netns/0" "$D/netns/$i"; done
}

pairs() { # KEY VALUE...: what is between the brackets of a map
    local text=
    while [ $# -gt 0 ]; do
        text+="[\"$1\",\"$2\"],"
        shift 2
    done
    printf %s "${text%,}"
}

# Prints the insertions of port I.
row_of() { # I
    local both
    row_port "$1"
    both=$(pairs ovsint-owner docker ovsint-boot "$BOOT" \
        ovsint-endpoint "$ENDPOINT")
    printf '{"op":"insert","table":"Interface","uuid-name":"i%d","row":{' "$1"
    printf '"name":"%s","type":"internal","ofport":%d,' "$NAME" "$1"
    printf '"external_ids":["map",[%s,%s]]}},' "$both" "$(pairs \
        ovsint-network "$NETWORK" ovsint-netns "$D/netns/$(($1 / 64))/$(($1 % 64))" \
        ovsint-arrived true attached-mac "$MAC" iface-id "$ENDPOINT" \
        ovsint-spec '{\"ifname\":\"eth0\",\"bridge\":\"br0\"}')"
    printf '{"op":"insert","table":"Port","uuid-name":"p%d","row":{' "$1"
    printf '"name":"%s","interfaces":["named-uuid","i%d"],' "$NAME" "$1"
    printf '"external_ids":["map",[%s,%s]]}},' "$both" "$(pairs \
        ovsint-segment br0/0 \
        "ovsint-ip-10.126.$(($1 / 250)).$(($1 % 250 + 1))" br0/0)"
}

transact() { # OPERATIONS
    local answer
    answer=$(ovsdb-client transact "unix:$OVS_RUNDIR/db.sock" \
        "[\"Open_vSwitch\",$1]")
    [[ $answer != *'"error"'* ]] || fail "refused: $answer"
}

fill_rows() { # COUNT
    local i first operations ports
    for ((first = 1; first <= $1; first += ROWS_AT_ONCE)); do
        operations='' ports=''
        for ((i = first; i < first + ROWS_AT_ONCE && i <= $1; i++)); do
            operations+=$(row_of "$i")
            ports+="[\"named-uuid\",\"p$i\"],"
        done
        transact "$operations{\"op\":\"mutate\",\"table\":\"Bridge\",\"where\":
            [[\"name\",\"==\",\"br0\"]],\"mutations\":[[\"ports\",\"insert\",
            [\"set\",[${ports%,}]]]]}"
    done
}

# ---- the plugin under valgrind ---------------------------------------------------

# It does nothing more by itself: it sleeps (proc(5)) whenever it is looked at,
# and takes no processor time in between.
rest() {
    local stat last=none now calm=0
    while [ "$calm" -lt 4 ]; do
        read -r stat <"/proc/$counted/stat"
        read -ra stat <<<"${stat##*) }"
        now="${stat[0]} ${stat[11]} ${stat[12]}"
        if [[ $now = "$last" && ${stat[0]} = S ]]; then
            calm=$((calm + 1))
        else
            calm=0
        fi
        last=$now
        sleep 0.1
    done
}

counted_start() { # sets counted
    mkdir -p "$(dirname "$PLUGIN_SOCKET")"
    dumps=0
    rm -f "$D"/counts*
    LD_PRELOAD=$UNCONFINED valgrind --tool=callgrind \
        --callgrind-out-file="$D/counts" "$PLUGIN" >"$D/counted.log" 2>&1 &
    counted=$!
    wait_until 30 grep -q "OVSDB is connected" "$D/counted.log"
    rest
}

counted_stop() {
    kill "$counted"
    wait "$counted" || fail "the plugin: $(tail "$D/counted.log")"
}

# Those since the last time.
instructions() { # WHO WHAT TIMES
    dumps=$((dumps + 1))
    callgrind_control --dump "$counted" >/dev/null
    emit rows who "$1" what "$2" ports "$ports" count \
        $(($(sed -n 's/^summary: //p' "$D/counts.$dumps") / $3))
}

all_fine() {
    answer=$(curl -sf --unix-socket "$PLUGIN_SOCKET" -X POST \
        http://x/Ovsint.Ports)
    # shellcheck disable=SC2016
    check_json '[.ports[] | select(.state == "in its container")] |
        length == $count' --argjson count "$ports" <<<"$answer"
    callgrind_control --zero "$counted" >/dev/null
}

change() { # WHO WHAT ROW: with %d in it for the number of the change
    local i
    for ((i = 1; i <= CHANGES; i++)); do
        row_port $((i * ports / CHANGES))
        # shellcheck disable=SC2059
        transact "{\"op\":\"mutate\",\"table\":\"Interface\",\"where\":
            [[\"name\",\"==\",\"$NAME\"]],\"mutations\":[$(printf "$3" "$i")]}"
        rest
    done
    instructions "$1" "$2" "$CHANGES"
}

callgrind() { # PORTS
    local who ports=$1 dumps counted
    say "rows of $1 ports"
    row_devices "$ports"
    fill_rows "$ports"
    for who in earlier now; do
        plugin_of "$who"
        say "the plugin: $who"
        counted_start
        instructions "$who" sync 1
        all_fine
        change "$who" other '["external_ids","insert",["map",[["key","%d"]]]]'
        change "$who" ours \
            '["external_ids","insert",["map",[["ovsint-key","%d"]]]]'
        change "$who" switch '["ofport","+=",10000]'
        counted_stop
        transact '{"op":"mutate","table":"Interface","where":[],"mutations":
            [["external_ids","delete",["set",["key","ovsint-key"]]]]}'
    done
    kill "$parked"
}
