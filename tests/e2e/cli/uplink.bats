#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# The only card of a host goes to a bridge while somebody is connected over it,
# and back.

load ../lib/base
load ../lib/plugin
load ../lib/docker
load ../lib/outside
load ../lib/uplink
load ../lib/cli

setup_file() {
    outside_make
    uplink_wire
}

setup() { uplink_begin; }

teardown() {
    at outside nft flush ruleset
    uplink_end
}

# A port of a switch that knows one MAC.
port_security() { # MAC
    at outside nft -f - <<-EOF
	table netdev guard {
	    chain wire {
	        type filter hook ingress device eth0 priority 0;
	        ether saddr != $1 drop
	    }
	}
	EOF
}

@test "a card goes to a bridge, is confirmed, and comes back" {
    ovsint uplink move wan0 br0 --check --json | check_json '.moved == false'
    is_home
    ovsint uplink move wan0 br0 --json >"$T/answer"
    check_json '.moved and ."access-port" == "br0-host" and
        .gateways == ["198.51.100.80", "2001:db8:51::80"] and
        ."confirm-within" == 60' <"$T/answer"
    holds
    # All that the card had, and nothing is left there.
    host_is br0-host >"$T/moved"
    diff "$T/home" "$T/moved"
    prints_nothing ip -o address show dev wan0
    [ "$(vsctl list-ports br0 | sort | xargs)" = "br0-host wan0" ]
    # Outside only the access port's MAC is seen.
    reaches /run/netns/outside "$HOST4"
    reaches /run/netns/outside "$HOST6"
    outside_sees "$(mac_of br0-host)"
    [ "$(mac_of br0-host)" != "$(mac_of wan0)" ]
    refused "of access port 'br7-host': name one of br0-host" confirm br7-host
    refused "of access port 'wan0': name one of br0-host" undo wan0
    ovsint uplink confirm | grep -q '^wan0: the move is kept$'
    refused "no move waits to be confirmed: not 'br0-host'" confirm br0-host
    ! ovsint uplink confirm 2>"$T/said" || fail "confirmed twice"
    grep -q 'no move waits to be confirmed' "$T/said"
    # What the host has by then goes back, not what the card had.
    ip address add 192.0.2.8/32 dev br0-host
    ovsint uplink undo >/dev/null
    ip address delete 192.0.2.8/32 dev wan0
    is_home
    outside_sees "$(mac_of wan0)"
}

@test "nobody confirms" {
    ovsint uplink move wan0 br0 --confirm-within 1 >/dev/null
    holds
    wait_until 5 no_moves
    is_home
    wait_until 5 syslog_has 'a move was undone'
    syslog_has 'nobody has confirmed the move within 1 s'
}

# bats test_tags=long
@test "a switch that knows the card's MAC alone" {
    port_security "$(mac_of wan0)"
    ! ovsint uplink move wan0 br0 2>"$T/said" || fail "no gateway was asked"
    grep -q 'gateway 198.51.100.80 does not answer by br0-host; all is as it was before' "$T/said"
    is_home
    ovsint uplink move wan0 br0 --access-mac --access-port acc0 \
        --confirm-within 0 >/dev/null
    holds
    [ "$(mac_of acc0)" = "$(mac_of wan0)" ]
    ! ovsint uplink confirm 2>/dev/null || fail "it waits to be confirmed"
    ovsint uplink undo acc0 >/dev/null
    is_home
}

# bats test_tags=long
@test "what the MTU and settings are" {
    ip link set wan0 mtu 1400
    echo 1 >/proc/sys/net/ipv4/conf/wan0/proxy_arp
    ovsint uplink move wan0 br0 >/dev/null
    ip -j link show dev br0-host | check_json '.[0].mtu == 1400'
    [ "$(cat /proc/sys/net/ipv4/conf/br0-host/proxy_arp)" = 1 ]
    ovsint uplink undo >/dev/null
    ip link set wan0 mtu 1500
    echo 0 >/proc/sys/net/ipv4/conf/wan0/proxy_arp
    is_home
}

# bats test_tags=long
@test "several cards as a bond" {
    at outside ip link add wire1 type veth peer name wan1 netns $$
    ip link set wan1 up
    ip address add 10.77.0.1/24 dev wan1
    ! ovsint uplink move wan0 br0 --bond-mode active-backup 2>/dev/null ||
        fail "one card has no bond mode"
    ovsint uplink move wan0 wan1 br0 --bond-mode active-backup >/dev/null
    holds
    ip -j address show br0-host |
        check_json 'any(.[0].addr_info[]; .local == "10.77.0.1")'
    row Port name=bond-br0-host | check_json \
        '.bond_mode == "active-backup" and (.interfaces | length) == 2'
    ovsint uplink confirm >/dev/null
    ovsint uplink undo >/dev/null
    ip -j address show wan1 |
        check_json 'any(.[0].addr_info[]; .local == "10.77.0.1")'
    ip link delete wan1
    is_home
}

refused() { # TEXT WORDS...
    local text=$1
    shift
    ! ovsint uplink "$@" 2>"$T/said" || fail "uplink $*"
    grep -qF -- "$text" "$T/said" || fail "uplink $*: $(cat "$T/said")"
}

# The files that a text of `ovsint uplink move` has, into a directory.
write_files() { # DIRECTORY <TEXT
    local line file=
    while IFS= read -r line; do
        if [[ $line = '# /etc/'* ]]; then
            file=$1/${line##*/}
            file=${file%%,*}
        elif [ -n "$file" ]; then
            printf '%s\n' "$line" >>"$file"
        fi
    done
}

# Addresses and default routes, without what the kernel adds by itself.
lasting_of() { # DEVICE [COMMAND-THAT-ENTERS...]
    "${@:2}" ip -j address show dev "$1" | jq -r '.[].addr_info[] |
        select(.scope == "global") | "\(.local)/\(.prefixlen)"' | sort
    { "${@:2}" ip -j route show default dev "$1"
        "${@:2}" ip -j -6 route show default dev "$1"; } | jq -r '.[].gateway' | sort
}

# systemd-networkd in a namespace of its own, as after a reboot: the bridge has its
# ports, and nobody has an address.
# bats test_tags=long
@test "what it prints for systemd-networkd yields the same addresses and routes" {
    local networkd=/usr/lib/systemd/systemd-networkd device pid
    [ -x "$networkd" ] && getent passwd systemd-network >/dev/null || fail "no systemd-networkd"
    mkdir -p /run/systemd/netif
    ovsint uplink move wan0 br0 >"$T/said"
    ovsint uplink confirm >/dev/null
    lasting_of br0-host >"$T/wanted"
    [ "$(wc -l <"$T/wanted")" -gt 4 ]
    ovsint uplink undo >/dev/null
    is_home
    rm -rf /run/systemd/netif
    mkdir -p /run/systemd/network
    sed -n '/^systemd-networkd:$/,/^$/p' "$T/said" | write_files /run/systemd/network
    netns_add lasting
    for device in wan0 br0-host; do
        in_netns lasting ip link add "$device" type veth peer name "to-$device"
        in_netns lasting ip link set "to-$device" up
    done
    # What cannot write to /sys waits for no udev.
    nsenter --net=/run/netns/lasting unshare --mount bash -c \
        "mount -t sysfs -o ro sys /sys && exec $networkd" >"$T/networkd" 2>&1 3>&- &
    pid=$!
    wait_until 10 eval 'diff "$T/wanted" <(lasting_of br0-host in_netns lasting)' ||
        { cat "$T/networkd"; kill "$pid"; false; }
    in_netns lasting ip -j link show dev wan0 | check_json '.[0].flags | index("UP")'
    prints_nothing in_netns lasting ip -o address show dev wan0
    kill "$pid"
    wait "$pid" || true
    netns_gone lasting
    rm -rf /run/systemd/network /run/systemd/netif
}

@test "what is refused, and changes nothing" {
    refused 'there is no device nosuch' move nosuch br0
    refused 'there is no bridge br9' move wan0 br9
    refused 'which card, and which bridge?' move wan0
    refused 'lo is no Ethernet device' move lo br0
    refused 'wan0 is named twice' move wan0 wan0 br0
    refused 'br0 is a port of Open vSwitch already' move br0 br0
    refused 'the host has a device wan0 already' move wan0 br0 \
        --access-port wan0
    refused "'stay' is none of move, confirm, undo" stay
    refused "is none of active-backup" move wan0 br0 --bond-mode fast
    refused 'no number of seconds' move wan0 br0 --confirm-within soon
    refused "no card was moved" undo
    refused "by 'ovsint uplink move': not 'br0-host'" undo br0-host
    at outside ip link set eth0 down
    refused 'nothing was changed, as nothing could tell' move wan0 br0
    at outside ip link set eth0 up
    at outside ip address add "$OUT6"/64 dev eth0 nodad
    is_home
}

# On the kernel datapath the card itself shows that it is taken.
# bats test_tags=userspace
@test "a card that is a port already by its other name" {
    ip link add spare type veth peer name spare1
    ip link property add dev spare altname enp3s0
    vsctl add-port br0 enp3s0
    vsctl wait-until Interface enp3s0 'ifindex>0'
    refused 'spare is a port of Open vSwitch already, by its other name enp3s0' \
        move spare br0
    refused "by its other name enp3s0: 'ovs-vsctl port-to-br enp3s0'" \
        move enp3s0 br0
    vsctl del-port enp3s0
    ip link del spare
    is_home
}

# bats test_tags=long
@test "a switch that does not run, a database that goes" {
    vswitchd freeze
    config '{"timeout-ms": 500}'
    refused 'does ovs-vswitchd run?' move wan0 br0
    no_moves
    wait_until 3 not pgrep -x ovsint
    vswitchd thaw
    is_home
    # Its rows have gone, so there is nothing that could be tried again.
    config '{"timeout-ms": 1500}'
    ovsint uplink move wan0 br0 --confirm-within 2 >/dev/null
    vswitchd freeze
    wait_until 5 no_moves
    wait_until 3 not pgrep -x ovsint
    vswitchd thaw
    config "$DEFAULT_CONFIG"
    wait_until 5 is_home
    syslog_has 'a move was undone, but for what the switch has yet to do'
    not syslog_has 'a move could not be undone'
    ovsint uplink move wan0 br0 --confirm-within 60 >/dev/null
    ovsdb restart
    holds
    ovsint uplink confirm >/dev/null
    ovsint uplink undo >/dev/null
    is_home
}

# Rows of before a reboot: the host's network was set up without us since.
@test "the host has started anew in the middle" {
    local mover
    ovsint uplink move wan0 br0 --confirm-within 600 >/dev/null
    mover=$(holder_of br0-host)
    # It is confined: seccomp(2), and no rights but four of capabilities(7).
    grep -q $'^Seccomp:\t2$' "/proc/$mover/status"
    grep -q $'^CapEff:\t0000000000203002$' "/proc/$mover/status"
    kill -KILL "$mover"
    vsctl set Port br0-host \
        external_ids:ovsint-move-holder="'00000000-0000-0000-0000-000000000000 $mover 1'"
    ip address add 192.0.2.7/24 dev wan0
    ovsint uplink undo >/dev/null
    no_moves
    ip -j -4 address show wan0 |
        check_json '[.[0].addr_info[].local] == ["192.0.2.7"]'
    ip address flush dev wan0
    uplink_restore
    is_home
}

# Kills the program and the process that moves, after so long.
killed_after() { # SECONDS
    local parent children=
    "$OVSINT" uplink move wan0 br0 </dev/null >"$T/said" 2>&1 3>&- 4>&- &
    parent=$!
    sleep "$1" # time: where it is by then is what is tested
    { read -r children <"/proc/$parent/task/$parent/children"; } 2>/dev/null ||
        true
    # shellcheck disable=SC2086
    kill -KILL ${children:+$children} "$parent" 2>/dev/null || true
    wait "$parent" 2>/dev/null || true
    # It may have been on its own by then.
    if children=$(holder_of br0-host 2>/dev/null); then
        INTERRUPTED=$((INTERRUPTED + 1))
        kill -KILL "$children" 2>/dev/null || true
    fi
}

# What has become of the note if the database has gone before the last
# transaction of the daemon's undo: it is the holder, and lives.
# bats test_tags=long
@test "the daemon completes an undo that it has begun" {
    local boot mover pid
    plugin start
    ovsint uplink move wan0 br0 --confirm-within 600 >/dev/null
    read -r boot mover _ < <(vsctl get Port br0-host \
        external_ids:ovsint-move-holder | tr -d '"')
    pid=$(plugin_pid)
    vsctl set Port br0-host external_ids:ovsint-move-state=undoing \
        external_ids:ovsint-move-holder="\"$boot $pid $(cut -d' ' -f22 "/proc/$pid/stat")\""
    wait_until 5 no_moves
    is_home
    # Whoever has moved leaves it to the daemon.
    wait_until 5 eval '[ ! -e "/proc/$mover" ]'
    plugin stop
}

# Until the database is back nothing is to be done: a card that has its addresses
# on the bridge receives no broadcasts and nothing else.
# bats test_tags=long
@test "the time to confirm is over while the database is away" {
    local ms=500 mover
    [ "$DATAPATH" = userspace ] || ms=2000 # a guest answers later than that
    config "{\"timeout-ms\": $ms}"
    ovsint uplink move wan0 br0 --confirm-within 1 >/dev/null
    mover=$(holder_of br0-host)
    ovsdb stop
    sleep 4 # time: longer than the time to confirm, and than each step
    # The userspace datapath forwards nothing without its database.
    [ "$DATAPATH" = userspace ] || holds
    host_is br0-host >"$T/moved"
    diff "$T/home" "$T/moved"
    ovsdb start
    config "$DEFAULT_CONFIG"
    wait_until 5 no_moves
    is_home
    # It waits for the switch yet, and without a database it would wait for that.
    wait_until 10 eval '[ ! -e "/proc/$mover" ]'
}

# A TAP goes with the process that has made it.
# bats test_tags=long
@test "the daemon gives the access port all that it had when the switch starts anew" {
    plugin start
    ovsint uplink move wan0 br0 >"$T/said"
    if [ "$DATAPATH" = userspace ]; then
        grep -q 'ovsint-plugin gives br0-host its addresses again' "$T/said"
    fi
    ovsint uplink confirm >/dev/null
    ip address add 192.0.2.8/32 dev br0-host
    host_is br0-host >"$T/moved"
    sleep 2 # time: between two looks of the daemon
    vswitchd restart
    wait_until 10 eval 'diff "$T/moved" <(host_is br0-host)' >/dev/null
    reaches /run/netns/outside "$HOST4"
    reaches /run/netns/outside "$HOST6"
    ip address delete 192.0.2.8/32 dev br0-host
    ovsint uplink undo >/dev/null
    is_home
    plugin stop
}

random_pause() { printf '0.%03d\n' $((RANDOM % $1)); }

# bats test_tags=long
@test "killed in the middle, and undone by the next run" {
    local i pause INTERRUPTED=0
    RANDOM=${SEED:=$RANDOM}
    for i in $(seq "$(many "$(of_all 200 20)")"); do
        pause=$(random_pause 120)
        killed_after "$pause"
        ovsint uplink undo >/dev/null 2>&1 || true
        is_home || fail "seed $SEED, run $i, after $pause s: $(cat "$T/said")"
    done
    [ "$INTERRUPTED" -gt 0 ] || [ "$i" -lt 20 ] || fail "seed $SEED: no run was interrupted"
}

# bats test_tags=long
@test "killed in the middle, and undone by the daemon" {
    local i pause INTERRUPTED=0
    plugin start
    RANDOM=${SEED:=$RANDOM}
    for i in $(seq "$(many "$(of_all 50 5)")"); do
        pause=$(random_pause 120)
        killed_after "$pause"
        wait_until 10 no_moves
        is_home || fail "seed $SEED, run $i, after $pause s: $(cat "$T/said")"
    done
    # A move that lives is left alone.
    ovsint uplink move wan0 br0 >/dev/null
    sleep 1.5 # time: longer than the daemon waits between two looks
    ovsint uplink confirm >/dev/null
    ovsint uplink undo >/dev/null
    is_home
    plugin stop
}
