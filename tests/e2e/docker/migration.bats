#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# docs/from-others.md: what each command of ours does there is what the other
# tool's has done.

load ../lib/base
load ../lib/plugin
load ../lib/docker
load ../lib/cli

setup_file() { docker_setup; }
setup() { docker_begin; }
teardown() { docker_end; }
teardown_file() { docker_teardown_file; }

# Our commands of the page that begin so, one a line.
ours() { # BEGINNING
    grep -oE '`[^`]+`' "$ROOT/docs/from-others.md" | tr -d '`' | grep -- "^$1"
}

nets_of() { in_net "$1" ip -j addr show dev eth1; }

# bats test_tags=long
@test "from ovs-docker: the same interface by ovsint, beside what is there" {
    local command
    start_container web none
    start_container db none
    PATH=$PATH:/usr/share/openvswitch/scripts ovs-docker add-port br0 eth1 web \
        --ipaddress=10.0.0.5/24 --macaddress=02:00:00:00:00:05 --mtu=1450 3>&-
    nets_of web >"$T/theirs"
    ovsint attach db eth1 bridge=br0 ip=10.0.0.6/24 mtu=1450
    exec_in db ping -c 1 -W 5 10.0.0.5
    ovs-docker del-port br0 eth1 web 3>&-
    command=$(ours 'ovsint attach' | head -n 1)
    # shellcheck disable=SC2086
    ovsint ${command#ovsint }
    nets_of web >"$T/ours"
    for file in "$T/theirs" "$T/ours"; do
        check_json '.[0] | .address == "02:00:00:00:00:05" and .mtu == 1450 and
            any(.addr_info[]; .local == "10.0.0.5" and .prefixlen == 24)' <"$file"
    done
    exec_in db ping -c 1 -W 5 10.0.0.5
    in_net web ip -j route show default | check_json '.[0].gateway == "10.0.0.1"'
    # The last command names no interface: all of ours go.
    command=$(ours 'ovsint detach' | tail -n 1)
    # shellcheck disable=SC2086
    ovsint ${command#ovsint }
    ovsint detach db
    none_of_cli
    rm -f "/var/run/netns/$(container_pid web)"
    docker rm -f web db
}

# bats test_tags=long
@test "from dovesnap and macvlan: each option of ours is one" {
    local command rest n=0
    # It stands for a card, so the policy has to name it.
    ip netns add outside
    ip link add eth1 type veth peer name far netns outside
    config '{"policy": {"default": "allow", "uplinks": ["eth1"]}}'
    plugin restart
    while read -r command; do
        # shellcheck disable=SC2086
        docker ${command#docker }
        docker network rm lan
        vsctl --if-exists del-port eth1
        n=$((n + 1))
    done < <(ours 'docker network create -d ovsint -o')
    [ "$n" = 1 ]
    # A table's right side: options, each by itself, on one bridge.
    while read -r rest; do
        case $rest in *uplink=* | *bridge=*) ;; *) rest="-o bridge=br0 $rest" ;; esac
        case $rest in *--ipam-driver*) ;; *) rest="--subnet 10.0.0.0/24 $rest" ;; esac
        # shellcheck disable=SC2086
        docker network create -d ovsint $rest lan
        docker network rm lan
        n=$((n + 1))
    done < <(ours '-o ' | grep -v 'ovs\.bridge\|parent=\|macvlan'
        ours '--ipam-driver')
    [ "$n" = 10 ]
    vsctl --if-exists del-port eth1
    ip link del eth1
    ip netns del outside
}
