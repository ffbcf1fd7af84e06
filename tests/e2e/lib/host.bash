# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# Networks with the host on them. Loaded after plugin.bash and sandbox.bash; a
# file says host_begin and host_end in setup and teardown.
#
#   $NET, $DEV, $FLAT_DEV         a network's id, and its host access port with
#                                 NAT, and without
#   index                         of its device
#   has_addresses ADDRESSES [DEVICE]   of global scope, in the kernel's order
#   setting FAMILY NAME [DEVICE]
#   container NAME NET EP ADDRESS [ADDRESS6]   a sandbox on the network
#   remove_container NAME NET EP

host_begin() {
    world_setup
    plugin start
    NET=$(net_id 1)
    EP=$(ep_id 1)
    DEV=ovsint-${NET:0:8} FLAT_DEV=ovsacc-${NET:0:8}
    ACCESS='{"bridge":"br0","host-access":"true"}'
    DUAL='{"IPv6Data": [{"AddressSpace": "LocalDefault",
        "Pool": "fd00:9::/64", "Gateway": "fd00:9::fe/64"}]}'
}

host_end() {
    local id
    ovs_heal
    answers >/dev/null || plugin start
    for id in $(rows Bridge | jq -r '.[].external_ids | keys[] |
        select(startswith("ovsint-network-")) | ltrimstr("ovsint-network-")'); do
        wait_until 12 delete_network "$id" || FAILED=1
    done
    plugin stop
    world_teardown
}

index() { host_link "$DEV" | jq -e .ifindex; }

has_device() { ip link show dev "$1"; }

# Of global scope, in the kernel's order.
host_addresses() { # [DEVICE]
    ip -j address show dev "${1:-$DEV}" | jq -r '[.[].addr_info[] |
        select(.scope == "global") | "\(.local)/\(.prefixlen)"] | join(" ")'
}

has_addresses() { # ADDRESSES [DEVICE]
    [ "$(host_addresses "${2:-$DEV}")" = "$1" ]
}

setting() { cat "/proc/sys/net/$1/conf/${3:-$DEV}/$2"; } # FAMILY NAME [DEVICE]

# A sandbox on the network, moved as Docker moves.
container() { # NAME NET EP ADDRESS [ADDRESS6]
    local pid port mac
    sandbox "$1"
    read -r pid <"$BUNDLES/$1/pid"
    mac=$(create_endpoint "$2" "$3" "$4" "" "${5-}" | jq -r .Interface.MacAddress)
    join "$2" "$3" "/proc/$pid/ns/net" >"$T/joined"
    port=$(endpoint_port "$3" | jq -r .name)
    ip link set "$port" netns "$pid"
    in_net "$1" ip link set "$port" address "$mac"
    in_net "$1" ip address add "$4" dev "$port"
    [ -z "${5-}" ] || in_net "$1" ip address add "$5" dev "$port" nodad
    in_net "$1" ip link set "$port" up
}

remove_container() { # NAME NET EP
    leave "$2" "$3" >/dev/null
    delete_container "$1"
    delete_endpoint "$2" "$3" >/dev/null
}

host_pings() { reaches /proc/self/ns/net "$1"; }

# The host's device of $NET, with both of its addresses.
is_set_up() {
    has_addresses "10.9.0.254/24 fd00:9::fe/64" &&
        host_link "$DEV" | jq -e '.flags | index("UP")'
}
