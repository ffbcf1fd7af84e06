#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Docker's containers with an address from the LAN: its own IPAM does nothing,
# and the daemon leases when the device has arrived.

load ../lib/base
load ../lib/plugin
load ../lib/docker
load ../lib/cli
load ../lib/dhcp

setup_file() { docker_setup; }
setup() { docker_begin; }
teardown() {
    lan_end
    docker_end
}
teardown_file() { docker_teardown_file; }

inside() { # CONTAINER
    in_net "$1" ip -j -4 addr show |
        jq -r '.[] | select(.ifname != "lo") | .addr_info[0].local // empty'
}

has_lease() { [[ $(inside "$1") == 10.5.0.* ]]; }

# bats test_tags=long
@test "a lease for docker run, its release, and the same address again" {
    lan server vlan=10 ip=10.5.0.1/24
    dnsmasq_in server --dhcp-host=id:two,10.5.0.20
    docker network create -d ovsint --ipam-driver null -o bridge=br0 -o vlan=10 \
        -o ip=dhcp -o guard=full lan
    docker network create -d ovsint --ipam-driver null -o bridge=br0 -o vlan=10 \
        lan2
    docker run -d --name one --network lan busybox sleep 3600
    wait_until 10 has_lease one
    address=$(inside one)
    docker exec one ping -c 1 -W 2 10.5.0.1
    in_net one ip route | grep -q '^default via 10.5.0.1 '
    # The daemon goes on with it.
    plugin restart --verbose
    wait_until 10 has_lease one
    docker exec one ping -c 1 -W 2 10.5.0.1
    docker rm -f one
    wait_until 5 dhcp_log "DHCPRELEASE.* $address "
    # What is reserved for its identifier, whatever its MAC is.
    for _ in 1 2; do
        docker create --name two --network none busybox sleep 3600
        docker network disconnect none two
        docker network connect --driver-opt ip=dhcp --driver-opt dhcp-id=two \
            --driver-opt dhcp-hostname=two lan2 two
        docker start two
        wait_until 10 has_lease two
        inside two >>"$T/two"
        docker rm -f two
    done
    [ "$(sort -u "$T/two")" = 10.5.0.20 ]
    docker network rm lan lan2
    lan_gone server
}

@test "what does not go together is refused" {
    run docker network create -d ovsint -o bridge=br0 -o ip=dhcp --subnet 10.6.0.0/24 a
    [ "$status" != 0 ]
    [[ $output == *"create it with --ipam-driver null"* ]]
    run docker network create -d ovsint --ipam-driver null -o bridge=br0 -o ip=10.6.0.5/24 a
    [ "$status" != 0 ]
    [[ $output == *"option ip: Docker gives the addresses: of ip only dhcp and slaac"* ]]
    run docker network create -d ovsint --ipam-driver null -o mode=isolated -o ip=dhcp a
    [ "$status" != 0 ]
    [[ $output == *"has no LAN that gives addresses"* ]]
}
