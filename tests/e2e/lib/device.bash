# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash
#
# All that a device in a container can have, and all that can be seen of it.
# Loaded after base.bash.
#
#   adorn NAME DEVICE         gives it one of each, by the container's own hand
#   all_of NAME               everything that the kernel lists in the container's
#                             namespace, whatever it is, as text
#   same_as NAME FILE         it is as in FILE; what runs down is masked

HEAR=$ROOT/build/release/tests/e2e/programs/hear

adorn() { # NAME DEVICE
    local n=(in_net "$1") d=$2
    "${n[@]}" ip link set dev "$d" txqueuelen 77 group 5 alias "by hand" \
        promisc on allmulticast on mtu 1380
    "${n[@]}" ip link set dev "$d" gso_max_size 60000 \
        gro_max_size 60000
    "${n[@]}" ip link property add dev "$d" altname lan altname wan0
    "${n[@]}" sysctl -qw "net.ipv4.conf.$d.rp_filter=2" \
        "net.ipv4.conf.$d.forwarding=1" "net.ipv4.conf.$d.arp_ignore=1" \
        "net.ipv4.neigh.$d.gc_stale_time=77"
    "${n[@]}" ip addr add 10.0.0.77/24 dev "$d"
    "${n[@]}" ip addr add 10.0.5.1 peer 10.0.5.2/32 dev "$d" \
        valid_lft 3000 preferred_lft 2000
    "${n[@]}" ip addr add 192.0.2.1/24 brd + dev lan label lan:1 \
        scope link noprefixroute
    "${n[@]}" ip route add 10.99.0.0/16 via 10.0.0.9 metric 50
    "${n[@]}" ip route add 10.98.0.0/16 nexthop via 10.0.0.9 \
        nexthop via 10.0.0.10 weight 3
    "${n[@]}" ip route add 198.51.100.1 dev "$d"
    "${n[@]}" ip route add 203.0.113.0/24 via 198.51.100.1 mtu 1300 src 10.0.0.77
    "${n[@]}" ip route add default via 10.0.0.9 table 77
    "${n[@]}" ip rule add from 10.0.0.77 table 77
    "${n[@]}" ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev "$d" nud permanent
    "${n[@]}" ip neigh add proxy 10.0.0.200 dev "$d"
    "${n[@]}" tc qdisc replace dev "$d" root handle 5: tbf rate 50mbit \
        burst 64k latency 20ms
    "${n[@]}" tc qdisc add dev "$d" parent 5:1 handle 12: pfifo limit 77
    "${n[@]}" tc qdisc add dev "$d" clsact
    "${n[@]}" ip link add mv0 link "$d" address 02:00:00:00:00:50 type macvlan \
        mode bridge
    "${n[@]}" ip link set dev mv0 up
    "${n[@]}" ip addr add 10.0.9.50/24 dev mv0
    "${n[@]}" ip route add 10.96.0.0/16 via 10.0.9.1 dev mv0
}

adorn_ipv6() { # NAME DEVICE
    local n=(in_net "$1") d=$2
    "${n[@]}" sysctl -qw "net.ipv6.conf.$d.accept_ra=0" \
        "net.ipv6.conf.$d.hop_limit=77" "net.ipv6.neigh.$d.mcast_solicit=5"
    "${n[@]}" ip -6 addr add fd00::77/64 dev "$d" valid_lft 5000 preferred_lft 0
    "${n[@]}" ip -6 addr add fd00:7::1/128 dev "$d" nodad
    "${n[@]}" ip -6 route add fd99::/64 via fd00::99 metric 77
    "${n[@]}" ip -6 route add fd98::/64 nexthop via fd00::99 nexthop via fd00::98
    "${n[@]}" ip -6 route add default via fe80::99 dev "$d" table 77
    "${n[@]}" ip -6 neigh add fd00::99 lladdr 02:00:00:00:00:99 dev "$d" \
        nud permanent
    "${n[@]}" ip -6 neigh add proxy fd00::200 dev "$d"
}

# Lifetimes run down, groups of a device are listed in any order, and of a socket
# the table shows timers.
all_of() { # NAME
    local n=(in_net "$1") mask='walk(if type == "object" then
        with_entries(if (.key | test("_life_time$|^expires$")) and
            .value != 4294967295 then .value = "runs down" else . end)
        else . end)'
    "${n[@]}" ip -j -d addr | jq "$mask"
    "${n[@]}" ip -j -d route show table all | jq "$mask | sort_by(tostring)"
    "${n[@]}" ip -j -6 -d route show table all |
        jq "$mask | map(del(.nexthops[]?.flags)) | sort_by(tostring)"
    "${n[@]}" ip -j rule
    "${n[@]}" ip -j neigh show nud permanent | jq 'sort_by(tostring)'
    "${n[@]}" ip -j neigh show proxy
    "${n[@]}" ip -j -6 neigh show proxy
    "${n[@]}" ip maddr | sort
    "${n[@]}" tc -j qdisc
    "${n[@]}" sh -c 'cd /proc/sys/net &&
        grep -rs . ipv4/conf ipv6/conf ipv4/neigh ipv6/neigh' | sort
    "${n[@]}" cut -c1-24 /proc/net/igmp
    "${n[@]}" cut -c1-60 /proc/net/igmp6 | sort
}

same_as() { # NAME FILE
    all_of "$1" >"$T/is"
    diff "$2" "$T/is"
}

detected() { # NAME: no IPv6 address is on trial any more
    in_net "$1" ip -j -6 addr show tentative |
        check_json 'all(.addr_info // [] | length == 0)'
}
