# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154,SC2086
#
# A host whose only card is wan0, for `ovsint uplink`. Loaded after outside.bash.
#
#   uplink_begin / uplink_end     in setup and teardown
#   uplink_wire                   in setup_file, after outside_make
#   host_is [DEVICE]              what IP has on the host's devices, as text; the
#                                 one of DEVICE is called wan0
#   is_home                       all is as uplink_begin has found it, and the
#                                 host is reached
#   outside_sees MAC              by ARP and neighbour discovery
#   mac_of DEVICE
#   no_moves                      no row is left

# The userspace datapath does not finish checksums for others: offload.h.
uplink_wire() {
    at outside "$CHECKSUMS" eth0 off >/dev/null
    ip route add 203.0.113.0/24 via $OUT4 metric 77
    ip neigh replace 198.51.100.9 lladdr 02:00:00:00:00:09 dev wan0 nud permanent
    ip address add 2001:db8:51::77/64 dev wan0 nodad
    ip address add 192.0.2.9/32 dev wan0
}

# Not the kernel's order of equal routes; not the link-local address, which is
# detected anew for a second.
host_is() { # [DEVICE]
    {
        ip -o address show
        ip route show table all
        ip -6 route show table all
        ip neigh show nud permanent
    } | sed "s/^[0-9]*: //; s/ \+/ /g; s/${1:-wan0}/wan0/g; s/ tentative//" |
        grep -w wan0 | grep -v 'ff00::/8\|fe80::' | sort
}

uplink_begin() {
    world_setup
    host_is wan0 >"$T/home"
    serve host tcp 8080
    hold outside $HOST4 8080
}

is_home() {
    host_is wan0 >"$T/now"
    diff "$T/home" "$T/now" && no_moves && holds &&
        at host busybox ping -c 1 -W 2 $OUT6 >/dev/null
}

no_moves() {
    prints_nothing vsctl --bare --columns=name find Port external_ids:ovsint-move!='""' &&
        prints_nothing vsctl list-ports br0
}

uplink_end() {
    "$ROOT/build/release/ovsint" uplink undo >/dev/null 2>&1 || true
    serve_end
    world_teardown
}

mac_of() { ip -j link show dev "$1" | jq -r '.[0].address'; }

outside_sees() { # MAC
    at outside ip -j neigh show dev eth0 | check_json --arg mac "$1" \
        --arg four $HOST4 --arg six $HOST6 '[.[] |
        select(.dst == $four or .dst == $six).lladdr] == [$mac, $mac]'
}

holder_of() { # ACCESS-PORT
    vsctl get Port "$1" external_ids:ovsint-move-holder | tr -d '"' |
        cut -d' ' -f2
}

# The card as outside_make and uplink_wire have left it.
uplink_restore() {
    ip link set wan0 up
    ip address add $HOST4/24 dev wan0
    ip address add $OTHER4/24 dev wan0
    ip address add $HOST6/64 dev wan0 nodad
    ip address add $OTHER6/64 dev wan0 nodad preferred_lft 0
    ip route add default via $OUT4
    ip route add default via $OUT6 dev wan0
    uplink_wire
    at outside ip neigh flush dev eth0
}
