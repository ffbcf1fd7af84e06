#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# mcast-snooping=true: the bridge sends multicast to members alone, and the
# daemon asks for members, so that none is forgotten.

load ../lib/base
load ../lib/plugin
load ../lib/sandbox
load ../lib/cli
load ../lib/cni
load ../lib/netavark

HEAR=$ROOT/build/release/tests/e2e/programs/hear

setup() {
    world_setup
    config "$(jq -nc --argjson base "$DEFAULT_CONFIG" '$base + {networks: {
        av: {bridge: "br0", vlan: 10, "mcast-snooping": true},
        av20: {bridge: "br0", vlan: 20, "mcast-snooping": true},
        plain: {bridge: "br0", vlan: 10}}}')"
    plugin start
}

teardown() {
    [ ! -e /run/plugin.pid ] || plugin_gone "$(plugin_pid)" || plugin kill
    vsctl remove Bridge br0 other_config mcast-snooping-aging-time -- \
        set Bridge br0 mcast_snooping_enable=false -- \
        remove Bridge br0 external_ids ovsint-mcast-snooping
    world_teardown
}

snoops() { [ "$(vsctl get Bridge br0 mcast_snooping_enable)" = true ]; }
snoops_no_more() { [ "$(vsctl get Bridge br0 mcast_snooping_enable)" = false ]; }

not_noted() { row Bridge name=br0 | check_json '.external_ids | has("ovsint-mcast-snooping") | not'; }

# container NAME NETWORK ADDRESS
container() {
    sandbox "$1"
    plug "$1" ovsint.network="$2" ovsint.ip="$3/24,fd00::${3##*.}/64" ovsint.dad=false
}

# Its members hear what comes to the groups, at port 5000.
member() { # NAME
    local group
    for group in 239.1.1.1 ff15::1234; do
        nsenter --net="/proc/$(container_pid "$1")/ns/net" "$HEAR" group "$group" \
            5000 "$(port_of "$1")" </dev/null >"$T/$1.$group" 2>&1 3>&- 4>&- &
        echo $! >>"$T/members"
    done
    wait_until 5 grep -q ready "$T/$1.239.1.1.1"
    wait_until 5 grep -q ready "$T/$1.ff15::1234"
}

members_end() {
    local pid
    while read -r pid; do
        kill "$pid"
        wait_until 5 not kill -0 "$pid" 2>/dev/null
    done <"$T/members"
}

says() { # NAME TEXT
    local group
    for group in 239.1.1.1 ff15::1234; do
        in_net "$1" "$HEAR" send "$group" 5000 "$2" "$(port_of "$1")"
    done
}

heard() { # NAME TEXT
    grep -qx "$2" "$T/$1.239.1.1.1" && grep -qx "$2" "$T/$1.ff15::1234"
}

# The switch knows a member of both groups at the container's port.
knows() { # NAME VLAN
    local number
    number=$(row Interface name="$(port_of "$1")" | jq -r .ofport)
    ovs-appctl mdb/show br0 | awk -v n="$number" -v vlan="$2" '
        $1 == n && $2 == vlan && $3 == "239.1.1.1" { four = 1 }
        $1 == n && $2 == vlan && $3 == "ff15::1234" { six = 1 }
        END { exit !(four && six) }'
}

received() { # NAME
    in_net "$1" ip -j -s link show dev "$(port_of "$1")" | jq -e '.[0].stats64.rx.packets'
}

@test "members hear the group, others do not; a switch that has forgotten them asks" {
    container c1 av 10.0.0.1
    wait_until 5 snoops
    container c2 av 10.0.0.2
    container c3 plain 10.0.0.3
    container c4 av20 10.0.0.4
    member c1
    member c4
    wait_until 10 knows c1 10
    wait_until 10 knows c4 20
    not knows c2 10
    says c2 before
    wait_until 5 heard c1 before
    not heard c4 before
    # Of what else it may find here nothing is said.
    doctor_tells 'all(.findings[]; .text | contains("has heard no IGMP") | not)'
    # Nobody joins again, but for the questions.
    ovs-appctl mdb/flush br0 >/dev/null
    vsctl set Bridge br0 other_config:mcast-snooping-aging-time=15
    wait_until 10 knows c1 10
    wait_until 10 knows c4 20
    # With MANY=all longer than the switch remembers: nobody is forgotten.
    sleep "$(of_all 45 0)" # time: three aging times
    knows c1 10
    # c3 is no member. What it gets are the questions.
    vsctl remove Bridge br0 other_config mcast-snooping-aging-time
    before=$(received c3)
    for i in $(seq 20); do says c2 "$i"; done
    wait_until 5 heard c1 20
    after=$(received c3)
    [ $((after - before)) -lt 40 ] || fail "c3 gets what is not for it"
    members_end
    for i in c1 c2 c3 c4; do delete_container "$i"; done
    wait_until 10 snoops_no_more
    wait_until 5 not_noted
    plugin stop
}

# bats test_tags=long
@test "after a restart of the switch and a repair members are known again" {
    container c1 av 10.0.0.1
    container c2 av 10.0.0.2
    member c1
    wait_until 10 knows c1 10
    vswitchd restart
    rests
    wait_until 10 knows c1 10
    says c2 again
    wait_until 5 heard c1 again
    ovsdb restart
    wait_until 5 plugin_logged "OVSDB is connected"
    rests
    wait_until 10 snoops
    wait_until 10 knows c1 10
    plugin restart
    rests
    snoops
    members_end
    delete_container c1
    delete_container c2
    wait_until 10 snoops_no_more
    plugin stop
}

# bats test_tags=long
@test "what the operator has set stays; a Docker network asks by itself" {
    vsctl set Bridge br0 mcast_snooping_enable=true
    container c1 av 10.0.0.1
    rests
    not_noted
    delete_container c1
    rests
    snoops
    vsctl set Bridge br0 mcast_snooping_enable=false
    create_network "$(net_id 1)" '{"bridge": "br0", "mcast-snooping": "true"}'
    wait_until 5 snoops
    # Somebody switches it off.
    vsctl set Bridge br0 mcast_snooping_enable=false
    wait_until 5 snoops
    call NetworkDriver.DeleteNetwork "{\"NetworkID\": \"$(net_id 1)\"}"
    wait_until 10 snoops_no_more
    wait_until 5 not_noted
    plugin stop
}

# A member in the namespace is known to the switch, with whatever door made the port.
joins() { # NETNS
    local device pid
    device=$(ip -n "$1" -j link | jq -r '.[] | select(.ifname != "lo").ifname')
    nsenter --net="/run/netns/$1" "$HEAR" group 239.1.1.1 5000 "$device" \
        </dev/null >"$T/$1.heard" 2>&1 3>&- 4>&- &
    pid=$!
    wait_until 5 snoops
    wait_until 10 eval "ovs-appctl mdb/show br0 | grep -q '239.1.1.1'"
    kill "$pid"
    wait_until 5 not kill -0 "$pid" 2>/dev/null
}

leaves() { # NETNS
    wait_until 10 snoops_no_more
    wait_until 5 not_noted
    netns_gone "$1"
}

# bats test_tags=long
@test "by CNI, by a network of podman's, and by ovsint attach" {
    local conf net
    netns_add n1
    conf=$(conf lan 1.0.0 '. + {network: "av", ip: "10.0.0.1/24"}')
    cni ADD n1 "$conf" >/dev/null
    joins n1
    cni DEL n1 "$conf"
    leaves n1
    netns_add n2
    net=$(created "$(network net1 '. + {options: {network: "av"},
        subnets: [{subnet: "10.0.0.0/24"}]}')")
    nv setup n2 "$(asked n2 "$net" '.network_options.static_ips = ["10.0.0.2"]')" >/dev/null
    joins n2
    nv teardown n2 "$(asked n2 "$net" '.network_options.static_ips = ["10.0.0.2"]')"
    leaves n2
    netns_add n3
    ovsint attach /run/netns/n3 network=av ip=10.0.0.3/24 >/dev/null
    joins n3
    ovsint detach /run/netns/n3 >/dev/null
    leaves n3
    plugin stop
}
