#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# podman 5 with netavark: networks of the driver ovsint, as its users make them.
# bats file_tags=later

load ../lib/base
load ../lib/plugin
load ../lib/outside
load ../lib/cni
load ../lib/netavark
load ../lib/cli
load ../lib/dhcp
load ../lib/readme

setup_file() {
    podman_setup crun
    podman5_setup
    outside_make
    # What keeps the namespaces of a pod.
    cp -r "$ROOTFS" /run/infra
    printf '#!/bin/sh\ntrap "exit 0" TERM\nsleep 3600 &\nwait\n' >/run/infra/pause
    chmod +x /run/infra/pause
    tar -C /run/infra -c . |
        command podman import --quiet --change 'ENTRYPOINT ["/pause"]' - infra
    sed -i '/^\[engine\]/a infra_image = "localhost/infra:latest"' \
        /etc/containers/containers.conf
}

setup() {
    world_setup
    create lan --subnet 10.0.0.0/24 -o bridge=br0 -o vlan=10
}

teardown() {
    serve_end
    podman_remove_all
    podman network prune --force >/dev/null
    [ ! -e "$T/daemon" ] || plugin stop
    lan_end
    world_teardown
}

create() { # NAME [OPTION...]
    local name=$1
    shift
    podman network create --driver ovsint "$@" "$name" >/dev/null
}

run_on() { # NAME NETWORK [OPTION...]
    local name=$1 network=$2
    shift 2
    podman run --detach --name "$name" --network "$network" "$@" busybox \
        sleep 3600 >/dev/null
}

# README says sudo.
readme_paths() {
    mkdir -p "$T/bin"
    printf '#!/bin/sh\nexec "$@"\n' >"$T/bin/sudo"
    chmod +x "$T/bin/sudo"
    PATH=$T/bin:$PATH
}

status_of() { # NAME NETWORK
    podman inspect "$1" |
        jq --arg name "$2" '.[0].NetworkSettings.Networks[$name]'
}

@test "containers of a network reach one another, and leave nothing" {
    run_on p1 lan:ip=10.0.0.5,rate=800000,alias=one
    run_on p2 lan:mac=02:00:00:00:00:07
    can_ping p2 10.0.0.5
    in_net p1 tc qdisc show | grep -q 'rate 800Mbit'
    status_of p1 lan | check_json '.IPAddress == "10.0.0.5" and
        .IPPrefixLen == 24 and .Gateway == "10.0.0.1"'
    status_of p2 lan | check_json '.MacAddress == "02:00:00:00:00:07"'
    link p2 eth0 | check_json '.address == "02:00:00:00:00:07"'
    row Port name="$(port_of p1)" | check_json '.tag == 10'
    podman network inspect lan | check_json '.[0] | .driver == "ovsint" and
        .dns_enabled == false and .options.vlan == "10" and
        .ipam_options.driver == "host-local"'
    podman restart --time 0 p1
    can_ping p2 10.0.0.5
    podman network reload p1
    can_ping p2 10.0.0.5
    [ "$(plugged | wc -l)" = 2 ]
    podman kill p2
    podman rm --force --time 0 p1 p2
    wait_until 5 prints_nothing plugged
}

# bats test_tags=long
@test "several networks, connected and disconnected while it runs" {
    create two --subnet 10.2.0.0/24 -o bridge=br0 -o vlan=20
    create pair --subnet 10.3.0.0/24 --internal -o bridge=br0 -o vnic=veth
    run_on p1 lan:ip=10.0.0.5 --network two:ip=10.2.0.5
    run_on p2 two
    podman network connect --ip 10.3.0.6 pair p2
    podman network connect --ip 10.3.0.5 pair p1
    can_ping p2 10.2.0.5
    can_ping p2 10.3.0.5
    in_net p1 ip -j addr | check_json '[.[] | .altnames[0]? // .ifname] |
        sort == ["eth0", "eth1", "eth2", "lo"]'
    [ "$(plugged | wc -l)" = 5 ]
    podman network disconnect two p2
    cannot_ping p2 10.2.0.5
    can_ping p2 10.3.0.5
    [ "$(plugged | wc -l)" = 4 ]
}

@test "a pod, and what podman kube play makes" {
    podman pod create --name pod --network lan:ip=10.0.0.9
    podman run --detach --pod pod --name m1 busybox sleep 3600
    podman run --detach --pod pod --name m2 busybox sleep 3600
    run_on p1 lan
    can_ping p1 10.0.0.9
    link m2 eth0 | check_json '.altnames == ["eth0"]'
    [ "$(plugged | wc -l)" = 2 ]
    podman pod rm --force --time 0 pod
    [ "$(plugged | wc -l)" = 1 ]
    cat >"$T/pod.yaml" <<-EOF2
	apiVersion: v1
	kind: Pod
	metadata:
	  name: web
	spec:
	  terminationGracePeriodSeconds: 0
	  containers:
	    - name: a
	      image: localhost/busybox:latest
	      imagePullPolicy: Never
	      command: ["sleep", "3600"]
	EOF2
    podman kube play --network lan:ip=10.0.0.11 "$T/pod.yaml"
    can_ping p1 10.0.0.11
    podman kube down "$T/pod.yaml"
    wait_until 5 eval '[ "$(plugged | wc -l)" = 1 ]'
}

# bats test_tags=long
@test "a quadlet: the commands of the units that systemd would get" {
    local unit
    mkdir -p "$T/units"
    printf '[Network]\nNetworkName=quad\nDriver=ovsint\nSubnet=10.4.0.0/24\nOptions=bridge=br0\nOptions=vlan=40\n' \
        >"$T/units/quad.network"
    printf '[Container]\nContainerName=q1\nImage=busybox\nNetwork=quad.network:ip=10.4.0.5,rate=800000\nExec=sleep 3600\n' \
        >"$T/units/q1.container"
    QUADLET_UNIT_DIRS=$T/units /usr/libexec/podman/quadlet -dryrun \
        >"$T/generated"
    sed -n 's/^ExecStart=//p' "$T/generated" | grep -c podman
    unit=$(grep 'network create' "$T/generated" | sed 's/^ExecStart=//')
    # shellcheck disable=SC2086
    eval $unit
    unit=$(grep ' run ' "$T/generated" | sed 's/^ExecStart=//; s/--sdnotify=conmon//; s/--cidfile=[^ ]*//; s/--cgroups=split//; s/%[a-zA-Z]//g')
    # shellcheck disable=SC2086
    eval $unit
    row Port name="$(port_of q1)" | check_json '.tag == 40'
    status_of q1 quad | check_json '.IPAddress == "10.4.0.5"'
}

daemon() {
    plugin start
    touch "$T/daemon"
}

@test "names: containers of a network with mode=nat find one another" {
    daemon
    create web --subnet 10.8.0.0/24 --subnet fd00:8::/64 -o bridge=br0 -o mode=nat
    podman network inspect web | check_json '.[0].dns_enabled'
    run_on p1 web:alias=one
    run_on p2 web
    podman exec p2 cat /etc/resolv.conf | grep -qx 'nameserver 10.8.0.1'
    podman exec p2 ping -c 1 -W 5 one >/dev/null ||
        podman exec p2 nslookup one.dns.podman. 10.8.0.1
    podman exec p2 nslookup p1.dns.podman. 10.8.0.1 |
        grep -q "Address: $(status_of p1 web | jq -r .IPAddress)"
    # p1 asks from its IPv6 address when it has looked for duplicates.
    wait_until 10 eval 'podman exec p1 nslookup -type=aaaa p2.dns.podman. fd00:8::1 |
        grep "Address: $(status_of p2 web | jq -r .GlobalIPv6Address)"'
    podman rm --force --time 0 p1
    not podman exec p2 nslookup one.dns.podman. 10.8.0.1
    podman restart --time 0 p2
    podman exec p2 nslookup p2.dns.podman. 10.8.0.1
    podman rm --force --time 0 p2
    # The server ends with the last container.
    wait_until 5 not pgrep -x aardvark-dns
    # One that has ended by itself.
    run_on p1 web
    kill -KILL "$(pgrep -x aardvark-dns)"
    run_on p2 web
    podman exec p2 nslookup p1.dns.podman. 10.8.0.1
    podman rm --force --time 0 p1 p2
    wait_until 5 not pgrep -x aardvark-dns
    create mute --subnet 10.9.0.0/24 --disable-dns -o bridge=br0 -o mode=nat
    podman network inspect mute | check_json '.[0].dns_enabled | not'
    run_on p1 mute
    not pgrep -x aardvark-dns
    podman rm --force --time 0 p1
    wait_until 10 eval 'rows Bridge name=br0 | check_json ".[0].external_ids == {}"'
}

# A container that was never torn down: its address may be another's soon.
# bats test_tags=long
@test "names: what the guardian has collected has none after the next setup or teardown" {
    local net
    listed() { sed 1d /run/ovsint/names/web | cut -d' ' -f4- | sort | xargs; }
    lost() { # NAME ADDRESS
        netns_add "$1"
        nv setup "$1" "$(asked "$1" "$net" \
            ".network_options.static_ips = [\"$2\"]")" >/dev/null
        [[ " $(listed) " = *" $1,"* || " $(listed) " = *" $1 "* ]]
        netns_gone "$1"
        wait_until 10 prints_no "$1/" plugged
    }
    daemon
    create web --subnet 10.8.0.0/24 -o bridge=br0 -o mode=nat
    net=$(network web '.options = {bridge: "br0", mode: "nat"} |
        .subnets = [{subnet: "10.8.0.0/24", gateway: "10.8.0.1"}]')
    run_on p1 web
    lost one 10.8.0.51
    run_on p2 web
    [[ "$(listed)" = p1,*\ p2,* ]]
    not podman exec p1 nslookup one.dns.podman. 10.8.0.1
    podman exec p1 nslookup p2.dns.podman. 10.8.0.1
    lost two 10.8.0.52
    podman rm --force --time 0 p2
    [[ "$(listed)" =~ ^p1,[^\ ]*$ ]]
    podman rm --force --time 0 p1
    wait_until 5 not pgrep -x aardvark-dns
    wait_until 10 eval 'rows Bridge name=br0 | check_json ".[0].external_ids == {}"'
}

# bats test_tags=long
@test "published ports, and a switch that starts again" {
    daemon
    create web --subnet 10.8.0.0/24 -o bridge=br0 -o mode=nat
    serve outside tcp 80
    run_on p1 web:ip=10.8.0.5 --publish 8080:80 --publish 127.0.0.1:5300:53/udp
    run_on p2 web
    says "outside 80 $HOST4" ask p1 tcp "$OUT4" 80
    serve p1 tcp 80
    says "p1 80 $OUT4" ask outside tcp "$HOST4" 8080
    can_ping p2 10.8.0.5
    run podman run --rm --network web --publish 8080:80 busybox true
    [ "$status" != 0 ]
    [[ $output == *8080*"already in use"* ]]
    [ "$(plugged | wc -l)" = 2 ]
    vswitchd restart
    wait_until 10 says "p1 80 $OUT4" ask outside tcp "$HOST4" 8080
    can_ping p2 10.8.0.5
    podman network reload p1
    says "p1 80 $OUT4" ask outside tcp "$HOST4" 8080
    serve_end
    podman restart --time 0 p1
    serve p1 tcp 80
    says "p1 80 $OUT4" ask outside tcp "$HOST4" 8080
    serve_end
    podman rm --force --time 0 p1 p2
    no_answer outside tcp "$HOST4" 8080
    wait_until 10 eval 'rows Bridge name=br0 | check_json ".[0].external_ids == {}"'
}

@test "networks-of-podman.md: a network of podman 5" {
    vsctl --may-exist add-br br0
    podman network rm --force lan
    readme_paths
    readme netavark
    output_has '^web$'
    prints_nothing plugged
}

@test "the LAN gives the address, before the program starts" {
    lan server
    dnsmasq_in server --dhcp-option=3,10.5.0.1 --dhcp-host=id:web,10.5.0.20 \
        --dhcp-option=6,10.5.0.53 --dhcp-option=15,lab.example
    create asks -o bridge=br0 -o ip=dhcp
    create driver --ipam-driver dhcp -o bridge=br0
    podman network inspect driver | check_json '.[0].ipam_options.driver == "dhcp"'
    podman run --rm --network asks:dhcp-id=web busybox ip address show eth0 |
        grep -q ' 10.5.0.20/24 '
    wait_until 5 dhcp_log 'DHCPRELEASE.* 10.5.0.20 '
    run_on p1 driver
    address=$(status_of p1 driver | jq -r .IPAddress)
    [ -n "$address" ]
    podman exec p1 cat /etc/resolv.conf >"$T/resolv"
    grep -qx 'nameserver 10.5.0.53' "$T/resolv"
    grep -q '^search .*lab.example' "$T/resolv"
    in_net p1 ip -j -4 addr show dev eth0 |
        check_json --arg a "$address" '.[0].addr_info[0].local == $a'
    status_of p1 driver | check_json '.Gateway == "10.5.0.1" and .IPPrefixLen == 24'
    podman restart --time 0 p1
    can_ping p1 10.5.0.1
    podman rm --force --time 0 p1
    prints_nothing plugged
    lan_gone server
}

# bats test_tags=long
@test "the network's own server of names" {
    create named --subnet 10.9.0.0/24 --dns 10.9.0.53 -o bridge=br0
    run_on p1 named
    podman exec p1 cat /etc/resolv.conf | grep -qx 'nameserver 10.9.0.53'
}

@test "what is wrong is what podman says, once, and nothing stays" {
    run podman network create --driver ovsint -o bridge=nosuch n1
    [ "$status" != 0 ]
    [[ $output == *"there is no bridge nosuch: create it with 'ovs-vsctl add-br nosuch'"* ]]
    [ "$(grep -c nosuch <<<"$output")" = 1 ]
    create flat -o bridge=br0
    run podman run --name p1 --network flat:ip=10.0.0.5 busybox true
    [ "$status" != 0 ]
    [[ $output == *"lies in no subnet of network flat: create the network with --subnet"* ]]
    podman rm --force p1
    run podman run --name p1 --network lan:vlan=11 busybox true
    [[ $status != 0 && $output == *"network lan says 'vlan'"* ]]
    podman rm --force p1
    run podman run --name p1 --network flat --publish 8080:80 busybox true
    [ "$status" = 0 ]
    [[ $output == *"ports are not published"* ]]
    podman rm --force p1
    prints_nothing plugged
}
