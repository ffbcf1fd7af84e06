#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later
# Copies of what containers send and receive: who gets which, that a mirror goes
# with either end and survives everything else, and what is refused.

load ../lib/base
load ../lib/plugin
load ../lib/sandbox
load ../lib/cli
load ../lib/sniff

setup() {
    world_setup
    sandbox web
    sandbox db
    sandbox monitor
    plug web ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=10.0.0.1/24
    plug db ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=10.0.0.2/24
    plug monitor ovsint.span0.bridge=br0
}

teardown() {
    sniff_end
    [ ! -s /run/plugin.pid ] || plugin_gone "$(plugin_pid)" || plugin stop
    ovs_heal
    local each
    for each in $(ovsint mirror ls --json | jq -r ".mirrors[].name"); do
        ovsint mirror rm "$each"
    done
    world_teardown
    rows Mirror | check_json '. == []' || FAILED=1
    teardown_outcome
}

# Copies of both directions between web and db arrive, and what is between
# others does not.
pings() { in_net web busybox ping -c 2 -W 5 10.0.0.2 >/dev/null; }

request='.protocol == 1 and .from == "10.0.0.1" and .to == "10.0.0.2"'
answer='.protocol == 1 and .from == "10.0.0.2" and .to == "10.0.0.1"'

copies() {
    sniff monitor span0
    pings
    sniffed "$request and .vlan == 10"
    sniffed "$answer and .vlan == 10"
}

no_mirror() { rows Mirror | check_json '. == []' >/dev/null 2>&1; }

mirrors() { ovsint mirror ls --json | check_json ".mirrors | $1"; }

@test "of a container, both ways, one way, cut short, and no more" {
    ovsint mirror add spy from=web to=monitor:span0
    copies
    mirrors 'length == 1 and .[0].name == "spy" and .[0].from == "web:eth0" and
        .[0].to == "monitor:span0" and .[0].state == "copying" and
        .[0].bridge == "br0" and .[0].direction == "both"'
    ovsint mirror ls | grep -qE '^spy +web:eth0 .*monitor:span0.* copying '
    # Full-size datagrams and TCP, which nobody notices.
    can_ping web 10.0.0.2
    sniffed '.length >= 1500'
    ovsint mirror rm spy
    no_mirror
    sniff monitor span0
    pings
    ovsint mirror add in from=web direction=in to=monitor:span0 snaplen=64
    pings
    sniffed "$answer and .length <= 64"
    not_sniffed "$request and .length <= 64"
    ovsint mirror rm in
    ovsint mirror add out from=web:eth0 direction=out to=monitor
    sniff monitor span0
    pings
    sniffed "$request"
    not_sniffed "$answer"
    ovsint mirror rm out
}

# bats test_tags=long
@test "of a process" {
    local web monitor
    web=$(container_pid web) monitor=$(container_pid monitor)
    ovsint mirror add spy "from=pid:$web" "to=pid:$monitor:span0"
    copies
    ovsint mirror rm spy
    ovsint mirror add spy "from=db,pid:$web:eth0" to=monitor:span0
    copies
    ovsint mirror rm spy
    cli_refuses 1 "from: 'pid:$web' is neither a container" \
        mirror add spy "from=pid:$web:eth9" to=monitor:span0
    cli_refuses 2 "from: 'pid:0': a process is named as pid:4711" \
        mirror add spy "from=pid:$web,pid:0:eth0" to=monitor:span0
    cli_refuses 2 "to: 'pid:web': a process is named as pid:4711" \
        mirror add spy "from=pid:$web" to=pid:web
    no_mirror
}

# bats test_tags=long
@test "of VLANs of a bridge, of a port by its name, and of several" {
    sandbox other
    plug other ovsint.bridge=br0 ovsint.vlan=20 ovsint.ip=10.0.0.9/24
    sandbox other2
    plug other2 ovsint.bridge=br0 ovsint.vlan=20 ovsint.ip=10.0.0.8/24
    ovsint mirror add vlan20 bridge=br0 vlans=20 to=monitor:span0
    mirrors '.[0].from == "all of br0" and .[0].vlans == "20"'
    sniff monitor span0
    pings
    in_net other busybox ping -c 2 -W 5 10.0.0.8 >/dev/null
    sniffed '.vlan == 20 and .protocol == 1 and .to == "10.0.0.8"'
    not_sniffed '.vlan == 10'
    ovsint mirror rm vlan20
    ovsint mirror add two "from=$(port_of other),db" to=monitor:span0
    sniff monitor span0
    pings
    in_net other busybox ping -c 2 -W 5 10.0.0.8 >/dev/null
    sniffed "$request"
    sniffed '.vlan == 20 and .to == "10.0.0.8"'
    ovsint mirror rm two
}

# A card of the host, as a veth end whose other end is outside.
@test "of an uplink: what outside and a container say to each other" {
    netns_add outside
    ip link add nic0 type veth peer name eth0 netns outside
    ip -n outside address add 10.0.0.77/24 dev eth0
    ip -n outside link set eth0 up
    ip link set nic0 up
    vsctl add-port br0 nic0 tag=10
    ovsint mirror add wire from=nic0 to=monitor:span0
    mirrors '.[0].from == "nic0" and .[0].state == "copying"'
    sniff monitor span0
    in_net web busybox ping -c 2 -W 5 10.0.0.77 >/dev/null
    pings
    sniffed '.protocol == 1 and .from == "10.0.0.1" and .to == "10.0.0.77" and
        .vlan == 10'
    sniffed '.protocol == 1 and .from == "10.0.0.77" and .vlan == 10'
    not_sniffed "$answer" # it stays within the bridge
    # The card goes from the bridge, and the mirror with it.
    vsctl del-port nic0
    mirrors '.[0].state == "its sources are gone"'
    ovsint gc --yes >/dev/null
    no_mirror
    netns_gone outside
}

copies_of_real() {
    sniff spy span0
    in_net real busybox ping -c 2 -W 5 10.0.0.2 >/dev/null
    sniffed '.protocol == 1 and .from == "10.0.0.3" and .vlan == 10'
    sniffed '.protocol == 1 and .to == "10.0.0.3" and .vlan == 10'
}

# Rows are given back to containers that live, which a sandbox is not.
# bats test_tags=long
@test "it survives the switch, the daemon, the database and its ports' rows" {
    local port
    bundle real ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=10.0.0.3/24
    bundle spy ovsint.span0.bridge=br0
    run_container runc real
    run_container runc spy
    plugin start
    rests
    ovsint mirror add spy from=real to=spy:span0
    vswitchd restart
    rests
    wait_until 10 copies_of_real
    plugin restart
    ovsdb restart
    rests
    wait_until 10 copies_of_real
    for port in "$(port_of real)" "$(port_of spy span0)"; do
        vsctl del-port "$port"
        wait_until 10 eval "vsctl get Interface $port ofport >/dev/null 2>&1"
        rests
        wait_until 10 copies_of_real
    done
    rows Mirror | check_json 'length == 1'
    sniff_end
    delete_container spy
    delete_container real
    wait_until 5 no_mirror
}

# bats test_tags=long
@test "it goes with its output, and with the last of its sources" {
    plugin start
    ovsint mirror add spy from=web,db to=monitor:span0
    rests
    unplug web
    rests
    mirrors 'length == 1 and .[0].state == "copying"'
    unplug db
    wait_until 5 no_mirror
    plugin_logged 'removed a mirror mirror=spy reason="its sources are gone"'
    plug web ovsint.bridge=br0 ovsint.vlan=10 ovsint.ip=10.0.0.1/24
    ovsint mirror add spy from=web to=monitor:span0
    unplug monitor
    wait_until 5 no_mirror
    plugin_logged 'removed a mirror mirror=spy reason="its output is gone"'
}

@test "without the daemon gc removes it" {
    ovsint mirror add spy from=web to=monitor:span0
    [ "$(ovsint gc --json | jq .mirrors)" = 0 ]
    unplug web
    mirrors '.[0].state == "its sources are gone"'
    ovsint gc >"$T/gc" && fail "nothing found"
    grep -q '1 of them mirrors' "$T/gc"
    ovsint gc --yes
    no_mirror
}

has_ip_of() { # NAME JSON
    local port spec
    port=$(port_of "$1")
    spec=$(vsctl get Interface "$port" external_ids:ovsint-spec | jq -r . |
        jq -c ".ip = $2 | tojson")
    vsctl set Interface "$port" "external_ids:ovsint-spec=$spec"
}

# bats test_tags=long
@test "what is refused" {
    cli_refuses 2 "'list' is none of add, rm, ls" mirror list
    cli_refuses 2 'a name is wanted' mirror add
    cli_refuses 2 'a name is wanted' mirror add 'a/b' from=web to=monitor
    cli_refuses 2 'say what is to be copied' mirror add x to=monitor:span0
    cli_refuses 2 'say who gets the copies' mirror add x from=web
    cli_refuses 2 'say who gets the copies' mirror add x from=web to=monitor \
        remote=192.0.2.1
    cli_refuses 2 "direction: 'up' is none of" mirror add x from=web direction=up
    cli_refuses 2 "'frm=web' is none of its keys" mirror add x frm=web
    cli_refuses 2 'from stands twice' mirror add x from=web from=db
    cli_refuses 2 "vlans: '4095' is no list" mirror add x bridge=br0 vlans=4095
    cli_refuses 2 "remote: '224.0.0.1' is not" mirror add x from=web remote=224.0.0.1
    cli_refuses 2 'would be copied again' mirror add x bridge=br0 vlans=10 \
        remote=192.0.2.1
    cli_refuses 1 "'nosuch' is neither a container" mirror add x from=nosuch to=monitor
    cli_refuses 1 "'nosuch' is no interface" mirror add x from=web to=nosuch
    cli_refuses 1 'would lose its network' mirror add x from=web to=db:eth0
    cli_refuses 1 'the copies would be copied' mirror add x from=monitor to=monitor
    bridge_add br1
    sandbox far
    plug far ovsint.bridge=br1 ovsint.ip=10.0.0.1/24
    cli_refuses 1 'a mirror is of one bridge' mirror add x from=web,far to=monitor
    cli_refuses 1 'the interface is on bridge br0' mirror add x from=far to=monitor
    cli_refuses 1 "there is no bridge 'br7'" mirror add x bridge=br7 vlans=1 to=monitor
    cli_refuses 1 "there is no mirror 'x'" mirror rm x
    ovsint mirror add x from=web to=monitor:span0
    cli_refuses 1 "there is a mirror 'x' already" mirror add x from=db to=monitor
    cli_refuses 1 'is copied by mirror x' mirror add y from=db to=web
    cli_refuses 1 'gets the copies of mirror x' mirror add y from=monitor to=db
    cli_refuses 1 'the copies would be copied again without end' mirror add y \
        from=web,db remote=10.0.0.2
    # As a port whose address a DHCP server gives.
    has_ip_of db '["dhcp"]'
    cli_refuses 1 'would lose its network' mirror add y from=web to=db:eth0
    ovsint mirror rm x
    config '{"policy": {"bridges": ["br0"]}}'
    cli_refuses 1 'an administrator may add "mirrors": true' mirror add x from=web \
        to=monitor
    config '{"policy": {"mirrors": true, "mirror-remotes": ["192.0.2.0/24"]}}'
    cli_refuses 1 "address '198.51.100.1' is not allowed" mirror add x from=web \
        remote=198.51.100.1
    ovsint mirror add x from=web to=monitor
    ovsint mirror rm x
    unplug far
    bridge_del br1
}
