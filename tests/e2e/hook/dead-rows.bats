#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Rows of containers that ended without poststop, and what new containers
# share with them: the number of a namespace, an address, a name.

load ../lib/base
load ../lib/sandbox

ASK=(ovsint.bridge=br0 ovsint.ip=10.0.0.1/24)

setup() {
    world_setup
    sandbox peer
    plug peer ovsint.bridge=br0 ovsint.ip=10.0.0.100/24
}

# A container that has ended, and nobody called poststop. The switch has noticed:
# with the kernel datapath it would else give the number of the dead port to the
# next one, and make that one's device anew when it notices, maybe after the hook
# has moved it. That is for the guardian to mend.
dead() { # NAME KEY=VALUE...
    sandbox "$1"
    plug "$@"
    kill_sandbox "$1"
    vsctl add-port br0 nudge -- set Interface nudge type=internal
    vsctl del-port nudge
}

set_ids() { # PORT KEY=VALUE...
    local port=$1
    shift
    vsctl set Interface "$port" "${@/#/external_ids:}" -- \
        set Port "$port" "${@/#/external_ids:}"
}

netns_id() { row Interface "name=$1" | jq '.external_ids["ovsint-netns-id"]'; }

# As when the kernel gave the number of a dead namespace to a new one, which it
# does at once, but not to us on a busy machine: the cookie stays another.
same_number() { # DEAD NEW
    local port cookie
    port=$(port_of "$1")
    cookie=$(netns_id "$port" | tr -d '"')
    set_ids "$port" "ovsint-netns-id=\"$(stat -Lc %d:%i \
        "/proc/$(container_pid "$2")/ns/net"):${cookie##*:}\""
}

@test "a namespace with the number of a dead one: plugged, and at once" {
    dead gone ovsint.bridge=br0 ovsint.ip=10.0.0.9/24
    sandbox c1
    same_number gone c1
    config '{"timeout-ms": 5000}'
    plug c1 "${ASK[@]}"
    can_ping c1 10.0.0.100
    # Only its own container may remove it.
    port_of gone
    unplug gone
}

# bats test_tags=long
@test "a namespace with the number of one of an earlier boot: plugged" {
    local gone
    dead gone ovsint.bridge=br0 ovsint.ip=10.0.0.9/24
    gone=$(port_of gone)
    sandbox c1
    plug c1 "${ASK[@]}"
    set_ids "$gone" "ovsint-netns-id=$(netns_id "$(port_of c1)")" \
        ovsint-boot=earlier
    unplug c1
    config '{"timeout-ms": 1500}'
    plug c1 "${ASK[@]}"
    can_ping c1 10.0.0.100
    unplug gone
}

# bats test_tags=long
@test "a namespace with the number of a dead one: its own eth0 is left alone" {
    dead gone "${ASK[@]}"
    sandbox c1
    same_number gone c1
    in_net c1 ip link add eth0 type veth peer name other
    refuses 1 "has an interface eth0 already" plug c1 \
        ovsint.bridge=br0 ovsint.ip=10.0.0.2/24
    in_net c1 ip link show dev other
    unplug gone
}

# bats test_tags=long
@test "veth: a namespace with the number of a dead one, and an eth0" {
    dead gone "${ASK[@]}" ovsint.type=veth
    sandbox c1
    same_number gone c1
    in_net c1 ip link add eth0 type veth peer name other
    refuses 1 "has an interface eth0 already" plug c1 "${ASK[@]}" \
        ovsint.type=veth
    unplug gone
}

# bats test_tags=long
@test "veth: asked differently the second time: replaced, and it works" {
    sandbox c1
    plug c1 "${ASK[@]}" ovsint.type=veth
    can_ping c1 10.0.0.100
    plug c1 ovsint.bridge=br0 ovsint.ip=10.0.0.2/24 ovsint.type=veth
    can_ping c1 10.0.0.100
    plug c1 "${ASK[@]}" ovsint.type=veth
    can_ping c1 10.0.0.100
    plug c1 "${ASK[@]}"
    can_ping c1 10.0.0.100
}

# Its namespace lives on, in the hands of another container.
# bats test_tags=long
@test "veth: the container comes back elsewhere: nothing stays behind" {
    sandbox c1
    plug c1 "${ASK[@]}" ovsint.type=veth
    pod_member other c1
    kill_sandbox c1
    sandbox c1
    plug c1 "${ASK[@]}" ovsint.type=veth
    can_ping c1 10.0.0.100
    in_net other ip -j link | check_json 'length == 1'
}

@test "an address held by a container that has ended: it makes room" {
    dead gone ovsint.bridge=br0 ovsint.ip=10.0.0.9/24
    sandbox c1
    plug c1 ovsint.bridge=br0 ovsint.ip=10.0.0.9/24
    can_ping c1 10.0.0.100
    rows Interface external_ids:ovsint-container=gone | check_json '. == []'
}

@test "... and its namespace's number is another container's now: it does, too" {
    dead gone ovsint.bridge=br0 ovsint.ip=10.0.0.9/24
    sandbox other
    same_number gone other
    sandbox c1
    plug c1 ovsint.bridge=br0 ovsint.ip=10.0.0.9/24
    can_ping c1 10.0.0.100
}

@test "an OpenFlow number of a container that has ended: it makes room" {
    dead gone ovsint.bridge=br0 ovsint.ofport=4242
    sandbox c1
    plug c1 ovsint.bridge=br0 ovsint.ofport=4242
    row Interface "name=$(port_of c1)" | check_json '.ofport == 4242'
    rows Interface external_ids:ovsint-container=gone | check_json '. == []'
}

# bats test_tags=long
@test "an address held by a container whose namespace others live in: refused" {
    sandbox c1
    plug c1 ovsint.bridge=br0 ovsint.ip=10.0.0.9/24
    pod_member other c1
    kill_sandbox c1
    sandbox c2
    refuses 1 "10.0.0.9 of segment br0/0 is held by container c1" plug c2 \
        ovsint.bridge=br0 ovsint.ip=10.0.0.9/24
    unplug c1
    rm "$BUNDLES/c1/pid"
}

# bats test_tags=long
@test "an address held by a container that cannot be seen from here: refused" {
    dead gone ovsint.bridge=br0 ovsint.ip=10.0.0.9/24
    set_ids "$(port_of gone)" ovsint-pidns=\"4:1\"
    sandbox c1
    refuses 1 "is held by container gone" plug c1 \
        ovsint.bridge=br0 ovsint.ip=10.0.0.9/24
    unplug gone
}

@test "the second address of an interface is held: by whom, and at once" {
    dead gone ovsint.bridge=br0 ovsint.ip=10.0.0.9/24
    sandbox c1
    refuses 1 "address 10.0.0.100 of segment br0/0 is held by container peer" \
        plug c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24,10.0.0.100/24
    set_ids "$(port_of gone)" ovsint-boot=earlier
    plug c1 ovsint.bridge=br0 ovsint.ip=10.0.0.1/24,10.0.0.9/24
    can_ping c1 10.0.0.100
    rows Interface external_ids:ovsint-boot=earlier | check_json '. == []'
}

# Ports of an earlier boot that hold 10.0.1.1 to 10.0.1.72, all in one
# transaction; patch ports, as they need no device. Their names are such as the
# hook gives: a row with another one is not the hook's, whatever it says.
held_since_earlier() {
    local i ids=(external_ids:ovsint-owner=hook external_ids:ovsint-boot=earlier)
    local -a rows letters=({a..z})
    local name
    for i in {1..72}; do
        name=oiaaaaaaaaaaa${letters[i / 26]}${letters[i % 26]}
        rows+=(-- add-port br0 "$name" -- set Interface "$name" type=patch
            "${ids[@]}" -- set Port "$name" "${ids[@]}"
            "external_ids:ovsint-ip-10.0.1.$i=br0/0")
    done
    vsctl --no-wait "${rows[@]:1}"
}

# bats test_tags=long
@test "more addresses are held by dead containers than one would count on" {
    local i k ips ask=()
    config '{"timeout-ms": 60000}'
    held_since_earlier
    sandbox c1
    for i in {0..8}; do
        ips=
        for k in {1..8}; do ips+=${ips:+,}10.0.1.$((i * 8 + k))/24; done
        ask+=("ovsint.e$i.bridge=br0" "ovsint.e$i.ip=$ips")
    done
    plug c1 "${ask[@]}"
    rows Port external_ids:ovsint-boot=earlier | check_json '. == []'
    rows Interface external_ids:ovsint-container=c1 | check_json 'length == 9'
}
