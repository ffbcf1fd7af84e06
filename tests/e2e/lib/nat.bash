# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# Networks with NAT, and a dockerd that makes rules of its own, as it does on a
# host. Loaded after docker.bash and outside.bash. A file says nat_setup_file,
# docker_begin, nat_end and docker_teardown_file.
#
#   nat_setup_file nft|legacy     which iptables dockerd uses
#   nat_network NAME N [OPTIONS]  of both families, 10.N.0.0/24 and fd00:N::/64
#   address6_of NAME NETWORK
#   published                     "tcp 8080 10.50.0.2 80", of the rules, sorted
#   asked_for                     the same, of the running containers, whose
#                                 ports must be said without an address
#   rules_agree                   they are the same
#   new_baseline                  when dockerd's own rules have changed
#
# NAT_DRIVER=bridge runs the same tests with Docker's own driver: this tells
# whether a test is right. It cannot do what is tested with `ovsint_only`, nor
# repair what gateway/firewalls.bats takes away.

: "${NAT_DRIVER:=ovsint}"
# Docker's proxy would need a kernel with SCTP.
dockerd_options+=(--iptables=true --bridge= --experimental --ip6tables
    --userland-proxy=false)

host_firewall() { # nft|legacy
    local name
    for name in iptables ip6tables; do
        ln -sf "/usr/sbin/$name-$1" "/etc/alternatives/$name"
    done
}

nat_setup_file() { # nft|legacy
    host_firewall "$1"
    outside_make
    # What ovsint asks for before Linux 6.17.
    [ -e /proc/sys/net/ipv6/conf/all/force_forwarding ] ||
        sysctl -qw net.ipv6.conf.all.forwarding=1
    docker_setup
}

# After a failure the rules of dockerd may be gone with those that were left.
nat_end() {
    serve_end
    docker_end && return 0
    dockerd stop
    dockerd start
    return 1
}

# Docker's own driver leaves rules and forwarding.
if [ "$NAT_DRIVER" != ovsint ]; then
    nft() { [ "$*" = "--stateless list ruleset" ] || command nft "$@"; }
    docker_agrees() { :; }
fi

# The rules of dockerd are others from now on; of ours there is nothing.
new_baseline() {
    wait_until 10 nothing_of_ours
    rm "$BASELINE"
    world_state >"$BASELINE"
}

nothing_of_ours() {
    prints_no ovsint nft list ruleset && ! grep -E '^ *(oi|ovsint-)' /proc/net/dev
}

# For world_state of base.bash.
more_state() {
    local file value
    [ "$NAT_DRIVER" = ovsint ] || return 0
    ! [ -s /proc/net/ip_tables_names ] || iptables-legacy-save | plain_rules
    ! [ -s /proc/net/ip6_tables_names ] || ip6tables-legacy-save | plain_rules
    for file in /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv[46]/conf/*/{forwarding,force_forwarding,route_localnet,accept_ra,send_redirects}; do
        # A device may go meanwhile.
        { read -r value <"$file"; } 2>/dev/null || continue
        echo "sysctl $file $value"
    done
}

plain_rules() {
    sed -E '/^#/d; s/^:(.*) \[[0-9:]+\]$/chain \1/; s/^/legacy /'
}

ovsint_only() { [ "$NAT_DRIVER" = ovsint ]; }

nat_network() { # NAME N [OPTIONS...]
    local name=$1 n=$2 mode=(-o mode=nat)
    shift 2
    ovsint_only || mode=()
    docker network create -d "$NAT_DRIVER" "${mode[@]}" --ipv6 --subnet "10.$n.0.0/24" \
        --subnet "fd00:$n::/64" "$@" "$name"
}

address6_of() { in_network "$1" "$2" GlobalIPv6Address; }

# ---- what is in force, and what should be ----------------------------------------

published() {
    local name
    for name in ports4 ports6; do
        nft -j list map inet ovsint "$name" 2>/dev/null || true
    done | jq -r '.nftables[].map.elem // [] | .[] | map(.concat) | flatten |
        map(tostring) | join(" ")' | sort
}

running_containers() {
    local id
    for id in $(api GET containers/json | jq -r '.[].Id'); do
        api GET "containers/$id/json"
    done
}

asked_for() {
    running_containers | jq -r '
        [.NetworkSettings.Networks[] | .IPAddress, .GlobalIPv6Address |
            select(. != "")] as $addresses |
        .HostConfig.PortBindings // {} | to_entries[] |
        (.key | split("/")) as [$port, $proto] | .value[].HostPort as $host |
        "\($proto) \($host) \($addresses[]) \($port)"' | sort
}

rules_agree() { diff <(asked_for) <(published); }
